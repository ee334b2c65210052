// SPDX-License-Identifier: Apache-2.0
/* What a part of the library keeps for a program, and how its tasks use it one after the
 * other. */
#ifndef FG_GATE_H
#define FG_GATE_H

#include "run/vm.h"

/* The resource of the VM with this end, made with `size` zero bytes if there is none; NULL:
 * no memory.  Its end gives it back with fg_memory_give. */
void *fg_state(fg_vm *vm, size_t size, void (*end)(fg_vm *vm, fg_resource *r));

typedef struct fg_gate_wait {
    struct fg_fiber *fiber;
    struct fg_gate_wait *next;
} fg_gate_wait;

/* Zero to begin with.  Tasks pass in the order they came. */
typedef struct fg_gate {
    bool taken;
    fg_gate_wait *first; /* on the C stacks of those that wait */
} fg_gate;

/* Waits, cancellable, until nobody else is inside; may collect. */
fg_status fg_gate_enter(fg_vm *vm, fg_gate *g);
void fg_gate_leave(fg_vm *vm, fg_gate *g);

#endif
