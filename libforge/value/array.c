// SPDX-License-Identifier: Apache-2.0
/* Arrays and tuples.
 *
 * Storage is a multiple of 16 bytes, so that an empty array can change its type
 * without changing the size of its storage: cap counts elements of the present type.
 * Only this array refers to its storage, which is why storage it has grown out of is
 * given back. */
#include "value/array.h"

#define FIRST_CAP 4u /* elements of the first storage */

static inline size_t storage_bytes(const fg_array *a)
{
    return (size_t)a->cap * fg_array_stride(a);
}

static inline uint8_t type_for(const fg_value *v)
{
    return v->tag == FG_INT ? FG_A_INT : v->tag == FG_FLOAT ? FG_A_FLOAT : FG_A_ANY;
}

/* Gives an empty array, or one whose elements were converted in place, another type. */
static void retype(fg_array *a, uint8_t type)
{
    size_t bytes = storage_bytes(a);
    a->h.bits = type;
    a->cap = (uint32_t)(bytes / fg_array_stride(a));
}

/* An array of len 0 with room for cap elements of the type. */
static fg_array *array_new(fg_heap *h, uint8_t type, uint32_t cap)
{
    fg_array *a = fg_alloc(h, sizeof *a);
    if (!a)
        return NULL;
    a->h = (fg_obj){ FG_ARRAY, 0, 0, type, 0 };
    a->len = a->cap = 0;
    a->as.data = NULL;
    if (cap == 0)
        return a;
    if (cap > FG_MAX_LEN)
        return fg_heap_refuse(h);
    if (type != FG_A_ANY)
        cap = (cap + 1) & ~1u;
    a->as.data = fg_alloc(h, (size_t)cap * fg_array_stride(a));
    if (!a->as.data)
        return NULL;
    a->cap = cap;
    return a;
}

fg_array *fg_array_new(fg_heap *h, uint32_t cap) { return array_new(h, FG_A_ANY, cap); }

/* The type that can hold all of v. */
static uint8_t common_type(const fg_value *v, uint32_t n)
{
    uint8_t type = n ? type_for(&v[0]) : FG_A_ANY;
    for (uint32_t i = 1; i < n && type != FG_A_ANY; i++)
        if (type_for(&v[i]) != type)
            return FG_A_ANY;
    return type;
}

fg_array *fg_array_of(fg_heap *h, const fg_value *v, uint32_t n)
{
    fg_array *a = array_new(h, common_type(v, n), n);
    if (!a)
        return NULL;
    a->len = n;
    if (a->h.bits == FG_A_ANY)
        for (uint32_t i = 0; i < n; i++)
            fg_copy_counted(&a->as.any[i], &v[i]);
    else
        for (uint32_t i = 0; i < n; i++)
            a->as.ints[i] = v[i].as.i;
    return a;
}

fg_array *fg_array_ints(fg_heap *h, uint32_t n)
{
    fg_array *a = array_new(h, FG_A_INT, n);
    if (a)
        a->len = n;
    return a;
}

fg_array *fg_array_floats(fg_heap *h, uint32_t n)
{
    fg_array *a = array_new(h, FG_A_FLOAT, n);
    if (a)
        a->len = n;
    return a;
}

/* Elements [from, from+n) of a with room for more. */
static fg_array *copy_range(fg_heap *h, const fg_array *a, uint32_t from, uint32_t n,
                            uint32_t room)
{
    if (room > FG_MAX_LEN - n)
        return fg_heap_refuse(h);
    fg_array *copy = array_new(h, a->h.bits, n + room);
    if (!copy || n == 0)
        return copy;
    copy->len = n;
    size_t stride = fg_array_stride(a);
    memcpy(copy->as.data, (const char *)a->as.data + from * stride, n * stride);
    if (a->h.bits == FG_A_ANY)
        for (uint32_t i = 0; i < n; i++)
            fg_retain(&copy->as.any[i]);
    return copy;
}

fg_array *fg_array_copy(fg_heap *h, const fg_array *a, uint32_t room)
{
    return copy_range(h, a, 0, a->len, room);
}

fg_array *fg_array_part(fg_heap *h, const fg_array *a, uint32_t from, uint32_t n)
{
    assert(from <= a->len && n <= a->len - from);
    return copy_range(h, a, from, n, 0);
}

/* Grown capacity for at least `need` elements, a multiple of two; need is at most
 * FG_MAX_LEN. */
static uint32_t grown(uint32_t cap, uint32_t need)
{
    uint32_t twice = cap > FG_MAX_LEN / 2 ? FG_MAX_LEN : cap * 2;
    if (twice < FIRST_CAP)
        twice = FIRST_CAP;
    return ((twice > need ? twice : need) + 1) & ~1u;
}

fg_status fg_array_reserve(fg_heap *h, fg_array *a, uint32_t cap)
{
    if (fg_likely(cap <= a->cap))
        return FG_OK;
    if (cap > FG_MAX_LEN) {
        fg_heap_refuse(h);
        return FG_NOMEM;
    }
    cap = grown(a->cap, cap);
    size_t stride = fg_array_stride(a);
    void *data = fg_alloc(h, cap * stride);
    if (!data)
        return FG_NOMEM;
    if (a->len)
        memcpy(data, a->as.data, a->len * stride);
    fg_free_large(h, a->as.data, storage_bytes(a));
    a->as.data = data;
    a->cap = cap;
    return FG_OK;
}

/* Turns typed storage into FG_A_ANY with room for cap >= len elements. */
static fg_status widen_to(fg_heap *h, fg_array *a, uint32_t cap)
{
    if (a->len == 0) {
        retype(a, FG_A_ANY);
        return fg_array_reserve(h, a, cap);
    }
    fg_value *any = fg_alloc(h, cap * sizeof *any);
    if (!any)
        return FG_NOMEM;
    for (uint32_t i = 0; i < a->len; i++)
        fg_array_get(a, i, &any[i]);
    fg_free_large(h, a->as.data, storage_bytes(a));
    a->as.any = any;
    a->h.bits = FG_A_ANY;
    a->cap = cap;
    return FG_OK;
}

fg_status fg_array_widen(fg_heap *h, fg_array *a)
{
    return a->h.bits == FG_A_ANY ? FG_OK : widen_to(h, a, a->len);
}

fg_status fg_array_push(fg_heap *h, fg_array *a, const fg_value *v)
{
    if (a->h.bits == FG_A_INT && v->tag == FG_INT && a->len < a->cap) {
        a->as.ints[a->len++] = v->as.i;
        return FG_OK;
    }
    if (a->h.bits == FG_A_ANY && a->len > 0 && a->len < a->cap) {
        fg_copy_counted(&a->as.any[a->len++], v);
        return FG_OK;
    }
    fg_value item; /* v may lie in the storage that is left */
    fg_copy(&item, v);
    uint8_t type = type_for(&item);
    if (a->len == 0 && a->h.bits != type)
        retype(a, type);
    if (a->h.bits != type && a->h.bits != FG_A_ANY) {
        if (a->len >= FG_MAX_LEN) {
            fg_heap_refuse(h);
            return FG_NOMEM;
        }
        FG_TRY(widen_to(h, a, a->len < a->cap ? a->cap : grown(a->cap, a->len + 1)));
    }
    if (fg_unlikely(a->len == a->cap))
        FG_TRY(fg_array_reserve(h, a, a->len + 1));
    if (a->h.bits == FG_A_ANY)
        fg_copy_counted(&a->as.any[a->len], &item);
    else
        a->as.ints[a->len] = item.as.i;
    a->len++;
    return FG_OK;
}

void fg_array_pop(fg_array *a, fg_value *out)
{
    if (a->len == 0) {
        *out = fg_null();
        return;
    }
    fg_array_get(a, a->len - 1, out);
    fg_release(out);
    a->len--;
}

fg_status fg_array_set(fg_heap *h, fg_array *a, uint32_t i, const fg_value *v)
{
    assert(i < a->len);
    if (a->h.bits != FG_A_ANY && a->h.bits != type_for(v))
        FG_TRY(widen_to(h, a, a->cap));
    if (a->h.bits == FG_A_ANY)
        fg_store(&a->as.any[i], v);
    else
        a->as.ints[i] = v->as.i;
    return FG_OK;
}

fg_status fg_array_narrow(fg_heap *h, fg_array *a)
{
    (void)h; /* narrowing happens in the storage there is */
    if (a->h.bits != FG_A_ANY || a->len == 0)
        return FG_OK;
    uint8_t type = common_type(a->as.any, a->len);
    if (type == FG_A_ANY)
        return FG_OK;
    for (uint32_t i = 0; i < a->len; i++)
        memcpy((char *)a->as.data + (size_t)i * 8, &a->as.any[i].as, 8);
    retype(a, type);
    return FG_OK;
}

fg_tuple *fg_tuple_of(fg_heap *h, const fg_value *v, uint32_t n)
{
    if (n > FG_MAX_LEN)
        return fg_heap_refuse(h);
    fg_tuple *t = fg_alloc(h, sizeof *t + n * sizeof t->v[0]);
    if (!t)
        return NULL;
    t->h = (fg_obj){ FG_TUPLE, 0, 0, 0, 0 };
    t->len = n;
    t->pad = 0;
    for (uint32_t i = 0; i < n; i++)
        fg_copy_counted(&t->v[i], &v[i]);
    return t;
}
