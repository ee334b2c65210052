// SPDX-License-Identifier: Apache-2.0
/* Records by a key of two numbers: a chained hash table that makes and drops them.
 *
 * A record keeps its address until it is dropped.  The table shrinks as it empties and
 * keeps only FG_KEYED_SPARE dropped records for the next ones, so what was once full
 * leaves no memory.  Not safe in several threads at once. */
#ifndef FG_KEYED_H
#define FG_KEYED_H

#include "base/base.h"

#define FG_KEYED_FEW 16u /* buckets of a table that has few records */
#define FG_KEYED_SPARE 64u

/* First in each record. */
typedef struct fg_keyed {
    struct fg_keyed *next;
    uint64_t a, b;
} fg_keyed;

typedef struct fg_keyed_table {
    fg_keyed **buckets;
    uint32_t nbuckets; /* a power of two */
    uint32_t count;
    fg_keyed *spare;
    uint32_t nspare;
    size_t size; /* of a record */
    fg_keyed *few[FG_KEYED_FEW];
} fg_keyed_table;

/* The table may not be moved. */
void fg_keyed_init(fg_keyed_table *t, size_t size);

/* Frees the records too. */
void fg_keyed_free(fg_keyed_table *t);

/* NULL: there is none. */
void *fg_keyed_find(const fg_keyed_table *t, uint64_t a, uint64_t b);

/* The record of this key, made with zeros behind its key if there is none; NULL: no
 * memory. */
void *fg_keyed_make(fg_keyed_table *t, uint64_t a, uint64_t b);

/* Takes a record out; its memory is the table's again. */
void fg_keyed_drop(fg_keyed_table *t, fg_keyed *k);

/* The records one after the other, in no order: NULL begins, NULL ends.  Nothing may be
 * made or dropped on the way. */
void *fg_keyed_next(const fg_keyed_table *t, const fg_keyed *k);

#endif
