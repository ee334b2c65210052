// SPDX-License-Identifier: Apache-2.0
/* Objects.  The slots of a small object lie behind its header until it outgrows them;
 * separate storage belongs to the object alone.  Slots from keys->n up are garbage. */
#include "value/record.h"

#include "value/string.h"

#define INLINE_SLOTS 64u /* with more the slots get storage of their own at once */

/* Counts one more user of a key list. */
static void use_keys(fg_keys *k)
{
    if (!(k->h.flags & FG_F_FROZEN))
        k->h.count++;
}

/* An object over keys with room for cap >= keys->n slots, all uninitialised. */
static fg_object *object_make(fg_heap *h, fg_keys *keys, uint32_t cap)
{
    bool flat = cap <= INLINE_SLOTS;
    size_t bytes = cap * sizeof(fg_value);
    fg_object *o = fg_alloc(h, sizeof *o + (flat ? bytes : 0));
    if (!o)
        return NULL;
    o->h = (fg_obj){ FG_OBJECT, 0, 0, flat ? FG_O_INLINE : 0, 0 };
    o->cap = cap;
    o->pad = 0;
    o->keys = keys;
    o->slots = flat ? (fg_value *)(o + 1) : fg_alloc(h, bytes);
    if (!o->slots)
        return NULL;
    use_keys(keys);
    return o;
}

fg_object *fg_object_new(fg_heap *h, fg_keys *keys)
{
    fg_object *o = object_make(h, keys, keys->n);
    if (!o)
        return NULL;
    for (uint32_t i = 0; i < keys->n; i++)
        o->slots[i] = fg_null();
    return o;
}

fg_object *fg_object_empty(fg_heap *h, uint32_t room)
{
    if (room > FG_MAX_LEN)
        return fg_heap_refuse(h);
    return object_make(h, &fg_keys_empty, room);
}

fg_object *fg_object_copy(fg_heap *h, const fg_object *o, uint32_t room)
{
    uint32_t n = o->keys->n;
    if (room > FG_MAX_LEN - n)
        return fg_heap_refuse(h);
    fg_object *copy = object_make(h, o->keys, n + room);
    if (!copy)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        fg_copy_counted(&copy->slots[i], &o->slots[i]);
    return copy;
}

fg_value *fg_object_find_slice(const fg_object *o, fg_slice name)
{
    int32_t i = fg_keys_find_slice(o->keys, name);
    return i < 0 ? NULL : &o->slots[i];
}

/* Room for one slot more. */
static fg_status grow_slots(fg_heap *h, fg_object *o)
{
    if (o->cap >= FG_MAX_LEN / 2) {
        fg_heap_refuse(h);
        return FG_NOMEM;
    }
    uint32_t cap = o->cap < 2 ? 4 : o->cap * 2;
    fg_value *slots = fg_alloc(h, cap * sizeof *slots);
    if (!slots)
        return FG_NOMEM;
    memcpy(slots, o->slots, o->keys->n * sizeof *slots);
    if (!(o->h.bits & FG_O_INLINE))
        fg_free_large(h, o->slots, o->cap * sizeof *slots);
    o->h.bits &= (uint8_t)~FG_O_INLINE;
    o->slots = slots;
    o->cap = cap;
    return FG_OK;
}

/* Makes the key list writable: its only user is o. */
static fg_status own_keys(fg_heap *h, fg_object *o)
{
    fg_keys *k = o->keys;
    bool frozen = k->h.flags & FG_F_FROZEN;
    if (!frozen && k->h.count <= 1)
        return FG_OK;
    uint32_t room = o->cap - k->n;
    fg_keys *own = fg_keys_copy(h, k, room > k->n ? room : k->n);
    if (!own)
        return FG_NOMEM;
    own->h.count = 1;
    if (!frozen)
        k->h.count--;
    o->keys = own;
    return FG_OK;
}

fg_status fg_object_set(fg_heap *h, fg_object *o, fg_string *name, const fg_value *v)
{
    fg_value *slot = fg_object_find(o, name);
    if (slot) {
        fg_store(slot, v);
        return FG_OK;
    }
    fg_value item; /* v may lie in the slots that are left */
    fg_copy(&item, v);
    uint32_t n = o->keys->n;
    if (n == o->cap)
        FG_TRY(grow_slots(h, o));
    FG_TRY(own_keys(h, o));
    FG_TRY(fg_keys_add(h, o->keys, name));
    fg_copy_counted(&o->slots[n], &item);
    return FG_OK;
}
