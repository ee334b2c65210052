// SPDX-License-Identifier: Apache-2.0
/* Memory that is taken bit by bit and given back at once: of the syntax tree, and of what is
 * decoded from a message.  One thread at a time. */
#ifndef FG_ARENA_H
#define FG_ARENA_H

#include "base/base.h"

typedef struct fg_arena {
    struct fg_arena_chunk *chunks;
    char *at, *end;
    size_t used, max; /* bytes given out, and how many may be; 0: any number */
} fg_arena;

void fg_arena_init(fg_arena *a, size_t max);
/* Gives everything back; the arena may be used again. */
void fg_arena_drop(fg_arena *a);
/* Zeroed, 16-aligned; NULL: no memory, or more than `max`. */
void *fg_arena_get(fg_arena *a, size_t n);

#endif
