// SPDX-License-Identifier: Apache-2.0
/* What the collector and the audit know of a VM's stack. */
#ifndef FG_GC_H
#define FG_GC_H

#include "run/fiber.h"
#include "run/run.h"

/* One chunk of the stack.  Every slot in it holds a value, so that a part may be
 * scanned that is not in use. */
typedef struct fg_span {
    fg_value *from, *top, *end; /* in use: [from, top); null or stale: [top, end) */
    const fg_chunk *chunk;      /* NULL: the first one */
} fg_span;

/* The newest chunk. */
fg_span fg_stack_newest(const fg_stack *stack);
/* Moves to the chunk below; false if there is none. */
bool fg_stack_below(const fg_stack *stack, fg_span *s);

#endif
