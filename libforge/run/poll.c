// SPDX-License-Identifier: Apache-2.0
/* What happens when the slice counter runs out: limits, cancellation, collection. */
#include "run/defer.h"
#include "run/fiber.h"
#include "run/internal.h"

#include <time.h>

#define SLICE (fg_gc_stress ? fg_gc_stress : FG_SLICE_POLLS)

static uint64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void fg_poll_arm(fg_vm *vm)
{
    vm->slice = SLICE;
    vm->deadline_ns = vm->cpu_deadline_ns = vm->cpu_look_ns = vm->cpu_other_ns = 0;
    vm->spare_ns = 0;
    if (vm->limits.wall_us)
        vm->deadline_ns = now_ns(CLOCK_MONOTONIC) + vm->limits.wall_us * 1000;
}

void fg_count_cpu(fg_vm *vm, uint64_t ns)
{
    vm->cpu_other_ns += ns;
    vm->cpu_look_ns = 0;
}

/* Why the program has to end. */
typedef enum reason { NONE, CANCELLED, STOPPED, FUEL, TIME, CPU } reason;

/* Asking the thread's clock costs a system call, and it is never ahead of the other one:
 * so it is asked when it could have come to the limit.  What was used before the first
 * poll does not count. */
static bool is_cpu_used(fg_vm *vm, uint64_t now)
{
    if (now < vm->cpu_look_ns)
        return false;
    uint64_t cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
    if (vm->cpu_deadline_ns == 0)
        vm->cpu_deadline_ns = cpu + vm->limits.cpu_us * 1000;
    cpu += vm->cpu_other_ns;
    if (cpu > vm->cpu_deadline_ns)
        return true;
    vm->cpu_look_ns = now + (vm->cpu_deadline_ns - cpu);
    return false;
}

static reason why(fg_vm *vm)
{
    if (vm->limits.fuel && vm->fuel_used > vm->limits.fuel)
        return FUEL;
    if (vm->deadline_ns || vm->limits.cpu_us) {
        uint64_t now = now_ns(CLOCK_MONOTONIC);
        if (vm->deadline_ns && now > vm->deadline_ns)
            return TIME;
        if (vm->limits.cpu_us && is_cpu_used(vm, now))
            return CPU;
    }
    int wish = vm->env.poll ? vm->env.poll(vm->env.ctx) : 0;
    if (wish > 1)
        return STOPPED;
    return wish || __atomic_load_n(&vm->cancelled, __ATOMIC_RELAXED) ? CANCELLED : NONE;
}

static fg_status end(fg_vm *vm, reason r)
{
    switch (r) {
    case NONE: return FG_OK;
    case FUEL:
        fg_raise_limit(vm, FG_BOUND_FUEL, "work limit of %llu steps is reached",
                       (unsigned long long)vm->limits.fuel);
        return fg_hint(vm, "look for a loop that does not end");
    case TIME:
        fg_raise_limit(vm, FG_BOUND_TIME, "time limit of %g s is reached",
                       (double)vm->limits.wall_us / 1e6);
        return fg_hint(vm, "the program runs longer than its host allows");
    case CPU:
        fg_raise_limit(vm, FG_BOUND_CPU, "CPU time limit of %g s is reached",
                       (double)vm->limits.cpu_us / 1e6);
        return fg_hint(vm, "the program computes longer than its host allows");
    case CANCELLED:
    case STOPPED: break;
    }
    return fg_raise(vm, FG_E_CANCELLED, "cancelled");
}

fg_status fg_poll_host(fg_vm *vm)
{
    reason r = why(vm);
    if (fg_likely(r == NONE) && !fg_is_ending(vm))
        return FG_OK;
    if (vm->deferring)
        return fg_deferred_check(vm);
    return r == CANCELLED && vm->shields ? FG_OK : end(vm, r);
}

/* A slice is over: everything but the collection. */
static fg_status check(fg_vm *vm)
{
    int64_t used = SLICE - 1 - vm->slice - vm->heap.taken;
    vm->fuel_used += used > 0 ? (uint64_t)used : 0;
    vm->heap.taken = 0;
    vm->slice = SLICE;
    if (vm->heap.nomem)
        return FG_NOMEM;
    FG_TRY(fg_poll_host(vm));
    return vm->fiber ? fg_fiber_check(vm) : FG_OK;
}

fg_status fg_poll(fg_vm *vm)
{
    FG_TRY(check(vm));
    if (fg_gc_stress || vm->heap.want_gc)
        fg_gc(vm);
    vm->slice = SLICE; /* an allocation may have asked meanwhile */
    vm->heap.taken = 0;
    return FG_OK;
}

fg_status fg_tick(fg_vm *vm, uint32_t units)
{
    vm->slice -= units;
    return fg_unlikely(vm->slice < 0) ? fg_poll(vm) : FG_OK;
}

fg_status fg_tick_within(fg_vm *vm, uint32_t units)
{
    vm->slice -= units;
    return fg_unlikely(vm->slice < 0) ? check(vm) : FG_OK;
}
