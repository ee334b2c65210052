// SPDX-License-Identifier: Apache-2.0
/* A growing byte buffer on malloc, for text that is built in C (display forms, JSON,
 * reports).  The first failure to grow makes it `failed`; later writes do nothing, so a
 * writer checks once at the end. */
#ifndef FG_BYTES_H
#define FG_BYTES_H

#include "base/base.h"

#include <stdarg.h>

typedef struct fg_bytes {
    char *p;
    uint32_t n, cap;
    uint32_t max; /* refuse to grow beyond this many bytes; 0: FG_MAX_LEN */
    bool failed;
    char local[256]; /* used until more is needed */
} fg_bytes;

void fg_bytes_init(fg_bytes *b);
void fg_bytes_drop(fg_bytes *b);
/* The rest of fg_bytes_room; do not call directly. */
char *fg_bytes_grow(fg_bytes *b, size_t n);
/* Room for `n` more bytes at the end, or NULL (and failed). */
static inline char *fg_bytes_room(fg_bytes *b, size_t n)
{
    if (fg_likely(n <= b->cap - b->n && !b->failed
                  && (b->max == 0 || b->n + n <= b->max)))
        return b->p + b->n;
    return fg_bytes_grow(b, n);
}
static inline void fg_bytes_put(fg_bytes *b, const void *p, size_t n)
{
    char *at = n ? fg_bytes_room(b, n) : NULL;
    if (!at)
        return;
    memcpy(at, p, n);
    b->n += (uint32_t)n;
}
static inline void fg_bytes_slice(fg_bytes *b, fg_slice s)
{
    fg_bytes_put(b, s.p, s.n);
}
static inline void fg_bytes_str(fg_bytes *b, const char *s)
{
    fg_bytes_put(b, s, strlen(s));
}
static inline void fg_bytes_char(fg_bytes *b, char c) { fg_bytes_put(b, &c, 1); }
void fg_bytes_fmt(fg_bytes *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void fg_bytes_vfmt(fg_bytes *b, const char *fmt, va_list ap);
static inline fg_slice fg_bytes_view(const fg_bytes *b)
{
    return fg_slice_of(b->p, b->n);
}

#endif
