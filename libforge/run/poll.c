// SPDX-License-Identifier: Apache-2.0
/* What happens when the slice counter runs out: limits, cancellation, collection. */
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
    vm->deadline_ns = vm->cpu_deadline_ns = 0;
    if (vm->limits.wall_us)
        vm->deadline_ns = now_ns(CLOCK_MONOTONIC) + vm->limits.wall_us * 1000;
    if (vm->limits.cpu_us)
        vm->cpu_deadline_ns =
            now_ns(CLOCK_THREAD_CPUTIME_ID) + vm->limits.cpu_us * 1000;
}

static fg_status check_time(fg_vm *vm)
{
    if (vm->deadline_ns && now_ns(CLOCK_MONOTONIC) > vm->deadline_ns) {
        fg_raise(vm, FG_E_LIMIT, "time limit of %g s is reached",
                 (double)vm->limits.wall_us / 1e6);
        return fg_hint(vm, "the program runs longer than its host allows");
    }
    if (vm->cpu_deadline_ns && now_ns(CLOCK_THREAD_CPUTIME_ID) > vm->cpu_deadline_ns) {
        fg_raise(vm, FG_E_LIMIT, "CPU time limit of %g s is reached",
                 (double)vm->limits.cpu_us / 1e6);
        return fg_hint(vm, "the program computes longer than its host allows");
    }
    return FG_OK;
}

fg_status fg_poll_host(fg_vm *vm)
{
    if (__atomic_load_n(&vm->cancelled, __ATOMIC_RELAXED))
        return fg_raise(vm, FG_E_CANCELLED, "cancelled");
    if (vm->limits.fuel && vm->fuel_used > vm->limits.fuel) {
        fg_raise(vm, FG_E_LIMIT, "work limit of %llu steps is reached",
                 (unsigned long long)vm->limits.fuel);
        return fg_hint(vm, "look for a loop that does not end");
    }
    FG_TRY(check_time(vm));
    if (vm->env.poll && vm->env.poll(vm->env.ctx))
        return fg_raise(vm, FG_E_CANCELLED, "cancelled");
    return FG_OK;
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
