// SPDX-License-Identifier: Apache-2.0
/* Sets and maps: hash tables in insertion order, compared by membership equality
 * (equal.h: NaN equals NaN, Int equals Float when numerically equal). */
#ifndef FG_TABLE_H
#define FG_TABLE_H

#include "value/object.h"

fg_table *fg_table_new(fg_heap *h, fg_type kind, uint32_t room); /* FG_SET or FG_MAP */
fg_table *fg_table_copy(fg_heap *h, const fg_table *t, uint32_t room);
/* Position of key or -1. */
int32_t fg_table_find(const fg_table *t, const fg_value *key);
/* The same with another equality that implies equal hashes (equal.c walks with limits). */
typedef bool (*fg_same_fn)(void *ctx, const fg_value *a, const fg_value *b);
int32_t fg_table_find_by(const fg_table *t, const fg_value *key, fg_same_fn same,
                         void *ctx);
/* Inserts, or replaces the value and keeps position and first key.  v is ignored for sets. */
fg_status fg_table_put(fg_heap *h, fg_table *t, const fg_value *key, const fg_value *v);
bool fg_table_remove(fg_table *t, const fg_value *key); /* false if absent */

/* Walk: for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++) uses entries[i]. */
static inline uint32_t fg_table_next(const fg_table *t, uint32_t i)
{
    while (i < t->used && t->entries[i].tag == FG_UNDEF)
        i++;
    return i;
}
static inline fg_value *fg_table_key(const fg_table *t, uint32_t i)
{
    return &t->entries[i];
}
static inline fg_value *fg_table_value(const fg_table *t, uint32_t i)
{
    return &t->entries[t->cap + i];
}
/* Bytes of the entries storage. */
static inline size_t fg_table_bytes(const fg_table *t)
{
    return sizeof(fg_value) * (size_t)t->cap * (t->h.kind == FG_MAP ? 2 : 1);
}

#endif
