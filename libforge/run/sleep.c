// SPDX-License-Identifier: Apache-2.0
/* Waiting, and trying again.  A program that waits is still cancelled, and still ends at
 * its limits, within a few milliseconds. */
#include "run/defer.h"
#include "run/fiber.h"
#include "run/internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_MS 5.0
#define RETRY_DELAY_MS 100.0 /* times the number of attempts made */
#define RETRY_DEFAULT 3

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

fg_status fg_sleep_ms(fg_vm *vm, double ms)
{
    if (!(ms > 0))
        return vm->sched ? fg_yield(vm) : FG_OK;
    if (vm->sched && !fg_is_ending(vm)) /* others may run meanwhile */
        return fg_sleep_ns(vm, ms > 1e12 ? (uint64_t)1e18 : (uint64_t)(ms * 1e6));
    double end = now_ms() + ms;
    FG_TRY(fg_flush(vm));
    for (;;) {
        FG_TRY(fg_poll(vm));
        double left = end - now_ms();
        if (left <= 0)
            return FG_OK;
        double step = left < STEP_MS ? left : STEP_MS;
        struct timespec t = { 0, (long)(step * 1e6) };
        nanosleep(&t, NULL);
    }
}

fg_status fg_wait(fg_vm *vm, const fg_value *amount, int64_t factor)
{
    fg_value v;
    fg_peel(amount, &v);
    if (!fg_is_number(v))
        return fg_raise(vm, FG_E_RUNTIME, "wait() requires a number of seconds");
    return fg_sleep_ms(vm, fg_number(v) * (double)factor);
}

static fg_status give_up(fg_vm *vm, int64_t attempts)
{
    char *last = strdup(vm->error.message && attempts > 0 ? vm->error.message : "");
    fg_status s = fg_raise(vm, FG_E_RUNTIME, "retry failed after %lld attempts: %s",
                           (long long)attempts, last ? last : "");
    free(last);
    return s;
}

/* r[0]: attempts made, r[1]: attempts allowed. */
fg_status fg_retry_begin(fg_vm *vm, fg_value *r)
{
    fg_value n;
    fg_peel(&r[1], &n);
    r[0] = fg_int(0);
    r[1] = fg_int(fg_is_int(n) ? n.as.i : RETRY_DEFAULT);
    return r[1].as.i > 0 ? FG_OK : give_up(vm, 0);
}

fg_status fg_retry_failed(fg_vm *vm, fg_value *r)
{
    r[0].as.i++;
    if (r[0].as.i >= r[1].as.i)
        return give_up(vm, r[0].as.i);
    return fg_sleep_ms(vm, RETRY_DELAY_MS * (double)r[0].as.i);
}
