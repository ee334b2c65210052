// SPDX-License-Identifier: Apache-2.0
/* Key lists.  From FG_KEYS_INDEX names up there is an index with at least two entries
 * per name there is room for, so growing the names is the only reason to make a new
 * one. Names and index are storage of this list alone. */
#include "value/keys.h"

#include "base/hash.h"
#include "value/string.h"

fg_keys fg_keys_empty = { .h = { FG_KEYS, FG_F_FROZEN, 0, 0, 0 } };

/* Fills the index for `cap` names into fresh storage; false if there is none. */
static bool index_make(fg_heap *h, fg_keys *k, uint32_t cap)
{
    uint32_t n = 32;
    while (n < cap * 2)
        n *= 2;
    fg_place *index = fg_alloc(h, n * sizeof *index);
    if (!index)
        return false;
    memset(index, 0, n * sizeof *index);
    for (uint32_t i = 0; i < k->nindex; i++)
        if (k->index[i].at)
            fg_index_put(index, n, k->index[i].hash, k->index[i].at - 1);
    for (uint32_t i = 0; !k->index && i < k->n; i++)
        fg_index_put(index, n, fg_string_hash(k->names[i]), i);
    fg_free_large(h, k->index, k->nindex * sizeof *k->index);
    k->index = index;
    k->nindex = n;
    return true;
}

fg_keys *fg_keys_new(fg_heap *h, fg_string *const *names, uint32_t n, uint32_t room)
{
    uint64_t cap = (uint64_t)n + room;
    if (cap > FG_MAX_LEN)
        return fg_heap_refuse(h);
    fg_keys *k = fg_alloc(h, sizeof *k);
    if (!k)
        return NULL;
    *k = (fg_keys){ .h = { FG_KEYS, 0, 0, 0, 0 }, .n = n, .cap = (uint32_t)cap };
    if (cap == 0)
        return k;
    k->names = fg_alloc(h, cap * sizeof *k->names);
    if (!k->names)
        return NULL;
    if (n)
        memcpy(k->names, names, n * sizeof *names);
    if (n >= FG_KEYS_INDEX && !index_make(h, k, (uint32_t)cap))
        return NULL;
    return k;
}

fg_keys *fg_keys_copy(fg_heap *h, const fg_keys *k, uint32_t room)
{
    return fg_keys_new(h, k->names, k->n, room);
}

/* Position by the index; `name` is only a pointer that may
 * spare the comparison, NULL if there is none. */
static int32_t find_indexed(const fg_keys *k, const fg_string *name, fg_slice text,
                            uint32_t hash)
{
    uint32_t mask = k->nindex - 1;
    for (uint32_t i = hash & mask; k->index[i].at; i = (i + 1) & mask) {
        if (k->index[i].hash != hash)
            continue;
        fg_string *at = k->names[k->index[i].at - 1];
        if (at == name || fg_slice_eq(fg_string_slice(at), text))
            return (int32_t)(k->index[i].at - 1);
    }
    return -1;
}

int32_t fg_keys_find(const fg_keys *k, fg_string *name)
{
    if (k->index)
        return find_indexed(k, name, fg_string_slice(name), fg_string_hash(name));
    for (uint32_t i = 0; i < k->n; i++)
        if (k->names[i] == name)
            return (int32_t)i;
    for (uint32_t i = 0; i < k->n; i++)
        if (fg_string_eq(k->names[i], name))
            return (int32_t)i;
    return -1;
}

int32_t fg_keys_find_slice(const fg_keys *k, fg_slice name)
{
    if (k->index)
        return find_indexed(k, NULL, name, fg_hash_bytes(name.p, name.n));
    for (uint32_t i = 0; i < k->n; i++)
        if (fg_slice_eq(fg_string_slice(k->names[i]), name))
            return (int32_t)i;
    return -1;
}

/* Room for one name more. */
static fg_status grow(fg_heap *h, fg_keys *k)
{
    if (k->n >= FG_MAX_LEN / 2) {
        fg_heap_refuse(h);
        return FG_NOMEM;
    }
    uint32_t cap = k->cap < 2 ? 4 : k->cap * 2;
    fg_string **names = fg_alloc(h, cap * sizeof *names);
    if (!names)
        return FG_NOMEM;
    if (k->index && !index_make(h, k, cap))
        return FG_NOMEM;
    if (k->n)
        memcpy(names, k->names, k->n * sizeof *names);
    fg_free_large(h, k->names, k->cap * sizeof *k->names);
    k->names = names;
    k->cap = cap;
    return FG_OK;
}

fg_status fg_keys_add(fg_heap *h, fg_keys *k, fg_string *name)
{
    assert(!(k->h.flags & FG_F_FROZEN) && k->h.count <= 1);
    if (k->n == k->cap)
        FG_TRY(grow(h, k));
    if (k->n + 1 >= FG_KEYS_INDEX && !k->index && !index_make(h, k, k->cap))
        return FG_NOMEM;
    k->names[k->n] = name;
    if (k->index)
        fg_index_put(k->index, k->nindex, fg_string_hash(name), k->n);
    k->n++;
    k->hash = 0;
    return FG_OK;
}

bool fg_keys_same(const fg_keys *k, fg_string *const *names, uint32_t n)
{
    if (k->n != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (k->names[i] != names[i] && !fg_string_eq(k->names[i], names[i]))
            return false;
    return true;
}
