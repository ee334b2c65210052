// SPDX-License-Identifier: Apache-2.0
#include "lib/gate.h"

#include "run/fiber.h"

#include <string.h>

void *fg_state(fg_vm *vm, size_t size, void (*end)(fg_vm *vm, fg_resource *r))
{
    fg_resource *r = fg_resource_of(vm, end);
    if (r)
        return r;
    r = fg_memory_take(vm, size);
    if (!r) {
        fg_heap_refuse(&vm->heap);
        return NULL;
    }
    memset(r, 0, size);
    fg_resource_add(vm, r, end);
    return r;
}

static void wake_first(fg_vm *vm, fg_gate *g)
{
    if (g->first)
        fg_rouse(vm, g->first->fiber);
}

fg_status fg_gate_enter(fg_vm *vm, fg_gate *g)
{
    while (g->taken) {
        fg_gate_wait w = { vm->fiber, NULL }, **at = &g->first;
        bool ready;
        while (*at)
            at = &(*at)->next;
        *at = &w;
        fg_status s = fg_wait_fds(vm, NULL, 0, 0, &ready);
        for (at = &g->first; *at != &w; at = &(*at)->next)
            continue;
        *at = w.next;
        if (s != FG_OK) {
            if (!g->taken) /* it was this one's turn */
                wake_first(vm, g);
            return s;
        }
    }
    g->taken = true;
    return FG_OK;
}

void fg_gate_leave(fg_vm *vm, fg_gate *g)
{
    g->taken = false;
    wake_first(vm, g);
}
