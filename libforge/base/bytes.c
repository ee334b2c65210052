// SPDX-License-Identifier: Apache-2.0
/* The growing byte buffer of bytes.h.
 *
 * Invariants: n <= cap, p is `local` or malloc's, and once `failed` is set nothing is
 * written any more.  Because p may point into the structure, it is never moved. */
#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

void fg_bytes_init(fg_bytes *b)
{
    b->p = b->local;
    b->n = 0;
    b->cap = sizeof b->local;
    b->max = 0;
    b->failed = false;
}

void fg_bytes_drop(fg_bytes *b)
{
    if (b->p != b->local)
        free(b->p);
    fg_bytes_init(b);
}

/* Moves to storage of `cap` bytes; false if there is none. */
static bool move(fg_bytes *b, size_t cap)
{
    char *p = b->p == b->local ? malloc(cap) : realloc(b->p, cap);
    if (!p)
        return false;
    if (b->p == b->local)
        memcpy(p, b->local, b->n);
    b->p = p;
    b->cap = (uint32_t)cap;
    return true;
}

char *fg_bytes_grow(fg_bytes *b, size_t n)
{
    if (fg_unlikely(b->failed))
        return NULL;
    size_t max = b->max ? b->max : FG_MAX_LEN;
    if (fg_unlikely(n > max || b->n + n > max)) {
        b->failed = true;
        return NULL;
    }
    if (fg_likely(n <= b->cap - b->n))
        return b->p + b->n;
    size_t cap = (size_t)b->cap * 2;
    if (cap < b->n + n)
        cap = b->n + n;
    if (cap > max)
        cap = max;
    if (!move(b, cap)) {
        b->failed = true;
        return NULL;
    }
    return b->p + b->n;
}

void fg_bytes_vfmt(fg_bytes *b, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    if (n < 0) {
        b->failed = true;
    } else if ((size_t)n < sizeof small) {
        fg_bytes_put(b, small, (size_t)n);
    } else {
        char *at =
            malloc((size_t)n + 1); /* the terminator must not count against max */
        if (at) {
            vsnprintf(at, (size_t)n + 1, fmt, again);
            fg_bytes_put(b, at, (size_t)n);
            free(at);
        } else {
            b->failed = true;
        }
    }
    va_end(again);
}

void fg_bytes_fmt(fg_bytes *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fg_bytes_vfmt(b, fmt, ap);
    va_end(ap);
}
