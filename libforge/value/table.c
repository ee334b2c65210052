// SPDX-License-Identifier: Apache-2.0
/* Sets and maps.
 *
 * Entries stand in the order of insertion; a removed one keeps its place with an
 * undefined key until the table is packed.  Up to SCAN entries of room there is no
 * index and keys are compared one by one; above, the index has at least two places
 * for each entry there is room for, so it is made anew exactly when the entries are.
 * Places of removed entries stay taken, which keeps the probe sequences whole. */
#include "value/table.h"

#include "value/equal.h"

#define SCAN 8u
#define MAX_ROOM (FG_MAX_LEN / 4)

/* Copies the live entries of `from` to the front of t's, in order. */
static void fill(fg_table *t, const fg_table *from)
{
    const fg_value *keys = from->entries;
    uint32_t used = from->used, cap = from->cap, n = 0;
    for (uint32_t i = 0; i < used; i++) {
        if (keys[i].tag == FG_UNDEF)
            continue;
        fg_copy(&t->entries[n], &keys[i]);
        if (t->h.kind == FG_MAP)
            fg_copy(&t->entries[t->cap + n], &keys[cap + i]);
        n++;
    }
    t->len = t->used = n;
}

/* Indexes the entries of t, none of which is removed; `from` is NULL, or a table with an
 * index and the same entries at the same positions. */
static void index_all(fg_table *t, const fg_table *from)
{
    if (!t->index)
        return;
    memset(t->index, 0, t->nindex * sizeof *t->index);
    for (uint32_t i = 0; from && i < from->nindex; i++)
        if (from->index[i].at)
            fg_index_put(t->index, t->nindex, from->index[i].hash,
                         from->index[i].at - 1);
    for (uint32_t i = 0; !from && i < t->used; i++)
        fg_index_put(t->index, t->nindex, fg_value_hash(&t->entries[i]), i);
}

/* Gives t fresh storage with room for cap entries, filled from `from`. */
static fg_status make_storage(fg_heap *h, fg_table *t, const fg_table *from,
                              uint32_t cap)
{
    if (cap > MAX_ROOM) {
        fg_heap_refuse(h);
        return FG_NOMEM;
    }
    fg_table fresh = { .h = t->h, .cap = cap };
    fresh.entries = fg_alloc(h, fg_table_bytes(&fresh));
    if (!fresh.entries)
        return FG_NOMEM;
    if (cap > SCAN) {
        fresh.nindex = 32;
        while (fresh.nindex < cap * 2)
            fresh.nindex *= 2;
        fresh.index = fg_alloc(h, fresh.nindex * sizeof *fresh.index);
        if (!fresh.index)
            return FG_NOMEM;
    }
    fill(&fresh, from);
    index_all(&fresh, from->index && from->len == from->used ? from : NULL);
    *t = fresh;
    return FG_OK;
}

fg_table *fg_table_new(fg_heap *h, fg_type kind, uint32_t room)
{
    assert(kind == FG_SET || kind == FG_MAP);
    fg_table *t = fg_alloc(h, sizeof *t);
    if (!t)
        return NULL;
    *t = (fg_table){ .h = { (uint8_t)kind, 0, 0, 0, 0 } };
    fg_table none = *t;
    if (room && make_storage(h, t, &none, room) != FG_OK)
        return NULL;
    return t;
}

fg_table *fg_table_copy(fg_heap *h, const fg_table *t, uint32_t room)
{
    if (room > MAX_ROOM - t->len)
        return fg_heap_refuse(h);
    fg_table *copy = fg_table_new(h, (fg_type)t->h.kind, 0);
    if (!copy || t->len + room == 0)
        return copy;
    if (make_storage(h, copy, t, t->len + room) != FG_OK)
        return NULL;
    for (uint32_t i = 0; i < copy->used; i++) {
        fg_retain(fg_table_key(copy, i));
        if (copy->h.kind == FG_MAP)
            fg_retain(fg_table_value(copy, i));
    }
    return copy;
}

/* Position of key or -1; `hash` is used only where there is an index. */
static inline __attribute__((always_inline)) int32_t find(const fg_table *t,
                                                          const fg_value *key,
                                                          uint32_t hash,
                                                          fg_same_fn same, void *ctx)
{
    if (!t->index) {
        for (uint32_t i = 0; i < t->used; i++)
            if (t->entries[i].tag != FG_UNDEF && same(ctx, &t->entries[i], key))
                return (int32_t)i;
        return -1;
    }
    uint32_t mask = t->nindex - 1;
    for (uint32_t i = hash & mask; t->index[i].at; i = (i + 1) & mask) {
        uint32_t at = t->index[i].at - 1;
        if (t->index[i].hash == hash && t->entries[at].tag != FG_UNDEF
            && same(ctx, &t->entries[at], key))
            return (int32_t)at;
    }
    return -1;
}

static inline bool plain_same(void *ctx, const fg_value *a, const fg_value *b)
{
    (void)ctx;
    if (a->tag == FG_STRING && b->tag == FG_STRING) {
        const fg_string *x = a->as.str, *y = b->as.str;
        return x == y || (x->len == y->len && memcmp(x->bytes, y->bytes, x->len) == 0);
    }
    return fg_same(a, b);
}

static inline uint32_t hash_of(const fg_value *key)
{
    uint32_t known = key->tag == FG_STRING ? key->as.str->hash : 0;
    return known ? known : fg_value_hash(key);
}

int32_t fg_table_find(const fg_table *t, const fg_value *key)
{
    return find(t, key, t->index ? hash_of(key) : 0, plain_same, NULL);
}

int32_t fg_table_find_by(const fg_table *t, const fg_value *key, fg_same_fn same,
                         void *ctx)
{
    return find(t, key, t->index ? fg_value_hash(key) : 0, same, ctx);
}

/* Room for one entry more: packs if a quarter was removed, grows otherwise. */
static fg_status make_room(fg_heap *h, fg_table *t)
{
    if (t->cap && t->len <= t->cap - t->cap / 4 - 1) {
        for (uint32_t i = 0, n = 0; t->h.kind == FG_MAP && i < t->used; i++)
            if (t->entries[i].tag != FG_UNDEF)
                fg_copy(&t->entries[t->cap + n++], &t->entries[t->cap + i]);
        fg_table keys = *t;
        keys.h.kind = FG_SET;
        fill(&keys, t);
        index_all(&keys, NULL);
        t->len = t->used = keys.len;
        return FG_OK;
    }
    fg_table old = *t;
    FG_TRY(make_storage(h, t, &old, t->cap < 2 ? 4 : t->cap * 2));
    fg_free_large(h, old.entries, fg_table_bytes(&old));
    fg_free_large(h, old.index, old.nindex * sizeof *old.index);
    return FG_OK;
}

fg_status fg_table_put(fg_heap *h, fg_table *t, const fg_value *key, const fg_value *v)
{
    uint32_t hash = t->index || t->used == t->cap ? hash_of(key) : 0;
    int32_t at = find(t, key, hash, plain_same, NULL);
    if (at >= 0) {
        if (t->h.kind == FG_MAP)
            fg_store(fg_table_value(t, (uint32_t)at), v);
        return FG_OK;
    }
    fg_value own_key,
        own_value = fg_null(); /* key and v may lie in storage that is left */
    fg_copy(&own_key, key);
    if (t->h.kind == FG_MAP)
        fg_copy(&own_value, v);
    if (t->used == t->cap)
        FG_TRY(make_room(h, t));
    uint32_t i = t->used;
    fg_copy_counted(fg_table_key(t, i), &own_key);
    if (t->h.kind == FG_MAP)
        fg_copy_counted(fg_table_value(t, i), &own_value);
    if (t->index)
        fg_index_put(t->index, t->nindex, hash, i);
    t->used++;
    t->len++;
    return FG_OK;
}

bool fg_table_remove(fg_table *t, const fg_value *key)
{
    int32_t at = fg_table_find(t, key);
    if (at < 0)
        return false;
    fg_value *entry = fg_table_key(t, (uint32_t)at);
    if (t->h.kind == FG_MAP) {
        fg_value *value = fg_table_value(t, (uint32_t)at);
        fg_release(value);
        *value = fg_null();
    }
    fg_release(entry);
    *entry = fg_undef();
    t->len--;
    return true;
}
