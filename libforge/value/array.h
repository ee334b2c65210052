// SPDX-License-Identifier: Apache-2.0
/* Arrays: typed storage that widens when another type comes in.  Functions that take an
 * array to write require that the caller may write in place (see value.h).  Elements
 * stored are counted; those dropped are released.  FG_NOMEM is the only failure. */
#ifndef FG_ARRAY_H
#define FG_ARRAY_H

#include "value/object.h"

fg_array *fg_array_new(fg_heap *h, uint32_t cap); /* empty; typed by its first push */
fg_array *fg_array_of(fg_heap *h, const fg_value *v,
                      uint32_t n);               /* counts the elements */
fg_array *fg_array_ints(fg_heap *h, uint32_t n); /* n ints, uninitialised, len = n */
fg_array *fg_array_floats(fg_heap *h, uint32_t n);
/* A writable copy, one level deep. */
fg_array *fg_array_copy(fg_heap *h, const fg_array *a, uint32_t room);
/* Elements [from, from+n) as a new array. */
fg_array *fg_array_part(fg_heap *h, const fg_array *a, uint32_t from, uint32_t n);

fg_status fg_array_reserve(fg_heap *h, fg_array *a, uint32_t cap);
fg_status fg_array_push(fg_heap *h, fg_array *a, const fg_value *v);
/* Removes the last element into out (null if empty); the reference moves to out as an
 * uncounted temporary. */
void fg_array_pop(fg_array *a, fg_value *out);
/* i < len */
fg_status fg_array_set(fg_heap *h, fg_array *a, uint32_t i, const fg_value *v);
/* Turns typed storage into FG_A_ANY. */
fg_status fg_array_widen(fg_heap *h, fg_array *a);
/* Chooses typed storage if all elements are ints or all floats (for literals). */
fg_status fg_array_narrow(fg_heap *h, fg_array *a);

/* i < len; a borrowed value. */
static inline void fg_array_get(const fg_array *a, uint32_t i, fg_value *out)
{
    if (a->h.bits == FG_A_ANY) {
        fg_copy(out, &a->as.any[i]);
    } else {
        out->tag = a->h.bits == FG_A_INT ? FG_INT : FG_FLOAT;
        out->as.i = a->as.ints[i];
    }
}
static inline fg_value fg_array_at(const fg_array *a, uint32_t i)
{
    fg_value v;
    fg_array_get(a, i, &v);
    return v;
}
/* Bytes of one element / of the storage. */
static inline uint32_t fg_array_stride(const fg_array *a)
{
    return a->h.bits == FG_A_ANY ? sizeof(fg_value) : 8;
}

fg_tuple *fg_tuple_of(fg_heap *h, const fg_value *v,
                      uint32_t n); /* counts the elements */

#endif
