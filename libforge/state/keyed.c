// SPDX-License-Identifier: Apache-2.0
#include "state/keyed.h"

#include "base/hash.h"

#include <stdlib.h>

static uint32_t bucket_of(const fg_keyed_table *t, uint64_t a, uint64_t b)
{
    return fg_hash_u64((uint64_t)fg_hash_u64(a) << 32 ^ b) & (t->nbuckets - 1);
}

void fg_keyed_init(fg_keyed_table *t, size_t size)
{
    assert(size >= sizeof(fg_keyed));
    memset(t, 0, sizeof *t);
    t->size = size;
    t->buckets = t->few;
    t->nbuckets = FG_KEYED_FEW;
}

void fg_keyed_free(fg_keyed_table *t)
{
    fg_keyed *k, *next;
    for (uint32_t i = 0; i < t->nbuckets; i++) {
        for (k = t->buckets[i]; k; k = next) {
            next = k->next;
            free(k);
        }
    }
    for (k = t->spare; k; k = next) {
        next = k->next;
        free(k);
    }
    if (t->buckets != t->few)
        free(t->buckets);
}

void *fg_keyed_find(const fg_keyed_table *t, uint64_t a, uint64_t b)
{
    fg_keyed *k = t->buckets[bucket_of(t, a, b)];
    while (k && (k->a != a || k->b != b))
        k = k->next;
    return k;
}

/* Without memory for them the table keeps the buckets it has: chains grow, or stay. */
static void resize(fg_keyed_table *t, uint32_t n)
{
    fg_keyed **old = t->buckets, *next;
    uint32_t nold = t->nbuckets;
    fg_keyed **buckets = n == FG_KEYED_FEW ? t->few : calloc(n, sizeof *buckets);
    if (!buckets)
        return;
    if (buckets == t->few)
        memset(t->few, 0, sizeof t->few);
    t->buckets = buckets;
    t->nbuckets = n;
    for (uint32_t i = 0; i < nold; i++) {
        for (fg_keyed *k = old[i]; k; k = next) {
            fg_keyed **at = &buckets[bucket_of(t, k->a, k->b)];
            next = k->next;
            k->next = *at;
            *at = k;
        }
    }
    if (old != t->few)
        free(old);
}

static fg_keyed *take(fg_keyed_table *t)
{
    fg_keyed *k = t->spare;
    if (!k)
        return calloc(1, t->size);
    t->spare = k->next;
    t->nspare--;
    memset(k, 0, t->size);
    return k;
}

void *fg_keyed_make(fg_keyed_table *t, uint64_t a, uint64_t b)
{
    fg_keyed *k = fg_keyed_find(t, a, b);
    if (k)
        return k;
    k = take(t);
    if (!k)
        return NULL;
    if (t->count >= t->nbuckets && t->nbuckets < 1u << 31)
        resize(t, t->nbuckets * 2);
    fg_keyed **at = &t->buckets[bucket_of(t, a, b)];
    k->a = a;
    k->b = b;
    k->next = *at;
    *at = k;
    t->count++;
    return k;
}

void fg_keyed_drop(fg_keyed_table *t, fg_keyed *k)
{
    fg_keyed **at = &t->buckets[bucket_of(t, k->a, k->b)];
    while (*at != k)
        at = &(*at)->next;
    *at = k->next;
    t->count--;
    if (t->nspare < FG_KEYED_SPARE) {
        k->next = t->spare;
        t->spare = k;
        t->nspare++;
    } else {
        free(k);
    }
    if (t->nbuckets > FG_KEYED_FEW && t->count < t->nbuckets / 8)
        resize(t, t->nbuckets / 2);
}

void *fg_keyed_next(const fg_keyed_table *t, const fg_keyed *k)
{
    uint32_t i = 0;
    if (k && k->next)
        return k->next;
    if (k)
        i = bucket_of(t, k->a, k->b) + 1;
    while (i < t->nbuckets && !t->buckets[i])
        i++;
    return i < t->nbuckets ? t->buckets[i] : NULL;
}
