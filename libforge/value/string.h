// SPDX-License-Identifier: Apache-2.0
/* Strings: immutable bytes, UTF-8 by convention.  Functions that allocate return NULL
 * when the heap is at its limit; the caller returns FG_NOMEM.  Lengths above FG_MAX_LEN
 * count as "no memory". */
#ifndef FG_STRING_H
#define FG_STRING_H

#include "value/object.h"

/* A flat string; bytes NULL leaves them for the caller to fill before anything else. */
fg_string *fg_string_new(fg_heap *h, const char *bytes, size_t n);
/* Bytes that outlive the heap (source text, static data); nothing is copied. */
fg_string *fg_string_static(fg_heap *h, const char *bytes, size_t n);
/* A part of s, sharing its bytes when that pays. */
fg_string *fg_string_part(fg_heap *h, fg_string *s, uint32_t from, uint32_t n);
/* left + right; appends in place when left ends its buffer's used part. */
fg_string *fg_string_concat(fg_heap *h, fg_string *left, fg_slice right);

static inline fg_slice fg_string_slice(const fg_string *s)
{
    return (fg_slice){ s->bytes, s->len };
}
static inline fg_value fg_string_value(fg_string *s)
{
    return (fg_value){ FG_STRING, { .str = s } };
}
/* Is it known to be ASCII?  False says nothing. */
static inline bool fg_string_known_ascii(const fg_string *s)
{
    return s->h.bits & FG_S_ASCII;
}
/* Notes that a new string is ASCII. */
static inline void fg_string_set_ascii(fg_string *s)
{
    s->h.bits |= FG_S_ASCII | FG_S_SCANNED;
}
static inline char *fg_string_bytes(fg_string *s)
{
    return (char *)(s + 1);
} /* of a new flat one */

/* Computed on first use; for frozen strings already there. */
uint32_t fg_string_hash(fg_string *s);
bool fg_string_eq(const fg_string *a, const fg_string *b);
/* Byte order, which is code point order. */
int fg_string_cmp(const fg_string *a, const fg_string *b);
bool fg_string_is_ascii(fg_string *s);
/* Code points. */
uint32_t fg_string_length(fg_string *s);
/* Bytes the header (and flat bytes) take, for marking and freezing. */
size_t fg_string_size(const fg_string *s);

#endif
