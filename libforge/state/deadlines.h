// SPDX-License-Identifier: Apache-2.0
/* Deadlines in the order they come due: a pairing heap of nodes that are part of the
 * caller's structures.  Adding takes constant time, removing the logarithm of the number
 * on average; no memory is taken.  Not safe in several threads at once. */
#ifndef FG_DEADLINES_H
#define FG_DEADLINES_H

#include "base/base.h"

typedef struct fg_deadline {
    uint64_t at;                /* nanoseconds of the monotonic clock */
    struct fg_deadline *child;  /* none of them is due earlier */
    struct fg_deadline *next;   /* sibling */
    struct fg_deadline **where; /* the pointer that leads here */
} fg_deadline;

/* NULL to begin with; the node that is due first. */
typedef fg_deadline *fg_deadlines;

/* `d->at` is set. */
void fg_deadlines_add(fg_deadlines *all, fg_deadline *d);
void fg_deadlines_remove(fg_deadlines *all, fg_deadline *d);

#endif
