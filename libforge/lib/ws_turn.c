// SPDX-License-Identifier: Apache-2.0
/* Turns. */
#include "lib/ws_turn.h"

#include "run/fiber.h"

typedef struct fg_ws_turn_wait {
    fg_fiber *fiber;
    struct fg_ws_turn_wait *next;
    bool granted;
} fg_ws_turn_wait;

static void join_queue(fg_ws_turns *t, fg_ws_turn_wait *w)
{
    fg_ws_turn_wait **at = &t->first;
    while (*at)
        at = &(*at)->next;
    *at = w;
}

static void leave_queue(fg_ws_turns *t, const fg_ws_turn_wait *w)
{
    fg_ws_turn_wait **at = &t->first;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
}

fg_status fg_ws_turns_take(fg_vm *vm, fg_ws_turns *t, uint64_t until_ns, bool *ours)
{
    *ours = !t->taken;
    if (*ours) {
        t->taken = true;
        t->holder = vm->sched ? fg_fiber_here(vm) : NULL;
        return FG_OK;
    }
    fg_ws_turn_wait w = { .fiber = fg_fiber_here(vm) };
    fg_status s = w.fiber ? FG_OK : FG_NOMEM;
    join_queue(t, &w);
    while (s == FG_OK && !w.granted && (until_ns == 0 || fg_now_ns() < until_ns)) {
        bool ready;
        s = fg_wait_fds(vm, NULL, 0, until_ns, &ready);
    }
    if (!w.granted)
        leave_queue(t, &w);
    else if (s != FG_OK)
        fg_ws_turns_give(vm, t);
    *ours = w.granted && s == FG_OK;
    return s;
}

void fg_ws_turns_give(fg_vm *vm, fg_ws_turns *t)
{
    fg_ws_turn_wait *w = t->first;
    t->taken = w != NULL;
    t->holder = w ? w->fiber : NULL;
    if (!w)
        return;
    t->first = w->next;
    w->granted = true;
    fg_rouse(vm, w->fiber);
}

void fg_ws_turns_rouse(fg_vm *vm, fg_ws_turns *t)
{
    if (t->holder)
        fg_rouse(vm, t->holder);
}
