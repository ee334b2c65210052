// SPDX-License-Identifier: Apache-2.0
/* A list of malloc'd chunks, newest first; only the newest has free room.  Requests that
 * would waste much of a chunk get one of their own. */
#include "base/arena.h"

#include <stdlib.h>

#define CHUNK 32768u
#define ALIGN 16u

struct fg_arena_chunk {
    struct fg_arena_chunk *next;
    size_t size; /* also keeps what follows aligned */
};

void fg_arena_init(fg_arena *a, size_t max) { *a = (fg_arena){ .max = max }; }

void fg_arena_drop(fg_arena *a)
{
    struct fg_arena_chunk *c = a->chunks;

    while (c) {
        struct fg_arena_chunk *next = c->next;
        free(c);
        c = next;
    }
    fg_arena_init(a, a->max);
}

/* A zeroed chunk with `n` usable bytes, or NULL. */
static struct fg_arena_chunk *chunk_new(size_t n)
{
    struct fg_arena_chunk *c = calloc(1, sizeof *c + n);

    if (c)
        c->size = n;
    return c;
}

/* Memory in a chunk of its own; the chunk being filled stays the first. */
static void *get_large(fg_arena *a, size_t n)
{
    struct fg_arena_chunk *c = chunk_new(n);

    if (!c)
        return NULL;
    a->used += n;
    if (a->chunks) {
        c->next = a->chunks->next;
        a->chunks->next = c;
    } else {
        a->chunks = c;
    }
    return c + 1;
}

void *fg_arena_get(fg_arena *a, size_t n)
{
    if (n > SIZE_MAX / 2)
        return NULL;
    n = n ? (n + ALIGN - 1) & ~(size_t)(ALIGN - 1) : ALIGN;
    if (a->max && n > a->max - a->used)
        return NULL;
    if (n > (size_t)(a->end - a->at)) {
        struct fg_arena_chunk *c;
        if (n > CHUNK / 4)
            return get_large(a, n);
        c = chunk_new(CHUNK);
        if (!c)
            return NULL;
        c->next = a->chunks;
        a->chunks = c;
        a->at = (char *)(c + 1);
        a->end = a->at + CHUNK;
    }
    void *at = a->at;
    a->at += n;
    a->used += n;
    return at;
}
