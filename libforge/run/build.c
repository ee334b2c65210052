// SPDX-License-Identifier: Apache-2.0
/* Literals, spreads, destructuring, iteration. */
#include "run/internal.h"
#include "run/task.h"

#include "value/array.h"
#include "value/record.h"
#include "value/stream.h"
#include "value/string.h"
#include "value/table.h"

static fg_status give(fg_value *out, void *object)
{
    if (!object)
        return FG_NOMEM;
    *out = fg_obj_value(object);
    return FG_OK;
}

fg_status fg_new_array(fg_vm *vm, const fg_value *v, uint32_t n, fg_value *out)
{
    return give(out, fg_array_of(&vm->heap, v, n));
}

/* Defaults in declaration order, then the given fields, then __type__. */
static fg_status struct_with_defaults(fg_vm *vm, const fg_object *defaults,
                                      const fg_value *v, const fg_keys *keys,
                                      fg_value *out)
{
    fg_object *o = fg_object_copy(&vm->heap, defaults, defaults->keys->n + keys->n);
    if (!o)
        return FG_NOMEM;
    for (uint32_t i = 0; i < keys->n; i++)
        FG_TRY(fg_object_set(&vm->heap, o, keys->names[i], &v[i]));
    *out = fg_obj_value(o);
    return FG_OK;
}

fg_status fg_new_struct(fg_vm *vm, const fg_value *v, fg_keys *keys, bool declared,
                        fg_value *out)
{
    if (declared) {
        fg_typeinfo *info = fg_type_info(vm, v[keys->n - 1].as.str);
        if (info && fg_type_of(info->defaults) == FG_OBJECT
            && info->defaults.as.obj->keys->n)
            return struct_with_defaults(vm, info->defaults.as.obj, v, keys, out);
    }
    fg_object *o = fg_object_new(&vm->heap, keys);
    if (!o)
        return FG_NOMEM;
    for (uint32_t i = 0; i < keys->n; i++)
        fg_copy_counted(&o->slots[i], &v[i]);
    *out = fg_obj_value(o);
    return FG_OK;
}

fg_status fg_array_splice(fg_vm *vm, fg_value *array, const fg_value *more)
{
    fg_value m;
    fg_peel(more, &m);
    if (fg_wrap_of(m) || fg_type_of(m) != FG_ARRAY)
        return fg_array_push(&vm->heap, array->as.arr, more);
    FG_TRY(
        fg_array_reserve(&vm->heap, array->as.arr, array->as.arr->len + m.as.arr->len));
    for (uint32_t i = 0; i < m.as.arr->len; i++) {
        fg_value v = fg_array_at(m.as.arr, i);
        FG_TRY(fg_array_push(&vm->heap, array->as.arr, &v));
    }
    return FG_OK;
}

fg_status fg_object_splice(fg_vm *vm, fg_value *object, const fg_value *more)
{
    fg_value m;
    fg_peel(more, &m);
    if (fg_wrap_of(m) || fg_type_of(m) != FG_OBJECT)
        return fg_raise(vm, FG_E_RUNTIME, "'...' in an object requires an object");
    for (uint32_t i = 0; i < m.as.obj->keys->n; i++)
        FG_TRY(fg_object_set(&vm->heap, object->as.obj, m.as.obj->keys->names[i],
                             &m.as.obj->slots[i]));
    return FG_OK;
}

fg_status fg_destructure_check(fg_vm *vm, fg_value *v, uint32_t kind)
{
    static const uint8_t types[] = { FG_OBJECT, FG_ARRAY, FG_TUPLE };
    static const char *const names[] = { "object", "array", "tuple" };
    fg_value plain;
    fg_peel(v, &plain);
    if (fg_wrap_of(plain) || fg_type_of(plain) != types[kind]) {
        fg_raise(vm, FG_E_RUNTIME, "cannot destructure non-%s", names[kind]);
        return fg_advise_kind(vm, &plain, false);
    }
    fg_copy(v, &plain);
    return FG_OK;
}

fg_status fg_array_rest(fg_vm *vm, const fg_value *v, uint32_t from, fg_value *out)
{
    const fg_array *a = v->as.arr;
    uint32_t n = a->len > from ? a->len - from : 0;
    return give(out, fg_array_part(&vm->heap, a, n ? from : a->len, n));
}

/* ---- iteration ----------------------------------------------------------------------------- */

fg_status fg_range_bounds(fg_vm *vm, fg_value *r)
{
    for (int i = 0; i < 3; i++) {
        fg_peel(&r[i], &r[i]);
        if (r[i].tag != FG_INT)
            return fg_raise(vm, FG_E_RUNTIME, "range() requires integer arguments");
    }
    return FG_OK;
}

/* r[0] = what r[1] holds, counted; r[1] = position; r[2], r[3] = variables. */
fg_status fg_iterate(fg_vm *vm, fg_value *r)
{
    fg_value c;
    fg_peel(&r[1], &c);
    fg_type t = fg_type_of(c);
    bool walks = t == FG_ARRAY || t == FG_TUPLE || t == FG_SET || t == FG_MAP
                 || t == FG_OBJECT || t == FG_STREAM || t == FG_CHANNEL;
    if (fg_wrap_of(c) || !walks) {
        fg_raise(vm, FG_E_RUNTIME,
                 "can only iterate over arrays, objects, or channels");
        return fg_advise_kind(vm, &c, true);
    }
    fg_copy_counted(&r[0], &c);
    r[1] = fg_int(0);
    r[2] = r[3] = fg_null();
    return FG_OK;
}

static bool indexed_pair(const fg_value *item, fg_value *first, fg_value *second)
{
    fg_value v;
    fg_peel(item, &v);
    if (fg_wrap_of(v))
        return false;
    switch (fg_type_of(v)) {
    case FG_TUPLE:
        if (v.as.tup->len != 2)
            return false;
        fg_copy(first, &v.as.tup->v[0]);
        fg_copy(second, &v.as.tup->v[1]);
        return true;
    case FG_ARRAY:
        if (v.as.arr->len != 2)
            return false;
        fg_array_get(v.as.arr, 0, first);
        fg_array_get(v.as.arr, 1, second);
        return true;
    case FG_OBJECT: {
        const fg_value *i = fg_object_find_slice(v.as.obj, FG_SLICE("index"));
        const fg_value *e = fg_object_find_slice(v.as.obj, FG_SLICE("value"));
        if (v.as.obj->keys->n != 2 || !i || !e)
            return false;
        fg_copy(first, i);
        fg_copy(second, e);
        return true;
    }
    default: return false;
    }
}

/* Element at the position, and for objects and maps the value that belongs to it. */
static bool element(fg_value *r, fg_value *e, fg_value *value, bool *keyed)
{
    uint32_t at = (uint32_t)r[1].as.i;
    *keyed = false;
    switch (fg_type_of(r[0])) {
    case FG_ARRAY:
        if (at >= r[0].as.arr->len)
            return false;
        fg_array_get(r[0].as.arr, at, e);
        break;
    case FG_TUPLE:
        if (at >= r[0].as.tup->len)
            return false;
        fg_copy(e, &r[0].as.tup->v[at]);
        break;
    case FG_OBJECT:
        if (at >= r[0].as.obj->keys->n)
            return false;
        *e = fg_string_value(r[0].as.obj->keys->names[at]);
        fg_copy(value, &r[0].as.obj->slots[at]);
        *keyed = true;
        break;
    default:
        at = fg_table_next(r[0].as.tab, at);
        if (at >= r[0].as.tab->used)
            return false;
        fg_copy(e, fg_table_key(r[0].as.tab, at));
        if (fg_type_of(r[0]) == FG_MAP) {
            fg_copy(value, fg_table_value(r[0].as.tab, at));
            *keyed = true;
        }
        break;
    }
    r[1].as.i = (int64_t)at + 1;
    return true;
}

/* The next item of a stream: 1, 0 at the end, or -1 with vm->status. */
static int stream_item(fg_vm *vm, fg_value *r, fg_value *e)
{
    fg_value *top = vm->top;
    const fg_chunk *chunk = vm->chunk;
    fg_value *item = fg_scratch(vm, 1);
    bool more = false;
    vm->status = item ? fg_stream_next(vm, fg_as_stream(r[0]), item, &more) : FG_NOMEM;
    if (item)
        fg_copy(e, item);
    fg_scratch_end(vm, top, chunk);
    r[1].as.i++;
    return vm->status != FG_OK ? -1 : more;
}

/* The next value of a channel: 1, 0 at the end, or -1 with vm->status. */
static int channel_item(fg_vm *vm, fg_value *r, fg_value *e)
{
    bool got = false;
    vm->status = fg_channel_receive(vm, fg_as_channel(r[0]), e, &got);
    r[1].as.i += got;
    return vm->status != FG_OK ? -1 : got;
}

int fg_next(fg_vm *vm, fg_value *r, uint32_t names)
{
    fg_value e, value;
    bool keyed = false;
    int64_t at = r[1].as.i;
    int got = fg_type_of(r[0]) == FG_STREAM    ? stream_item(vm, r, &e)
              : fg_type_of(r[0]) == FG_CHANNEL ? channel_item(vm, r, &e)
                                               : element(r, &e, &value, &keyed);
    if (got <= 0)
        return got;
    if (names == 2) {
        fg_value first = fg_int(at), second = e;
        if (keyed) {
            first = e;
            second = value;
        } else {
            indexed_pair(&e, &first, &second);
        }
        fg_store(&r[2], &first);
        fg_store(&r[3], &second);
        return 1;
    }
    if (keyed && fg_type_of(r[0]) == FG_MAP) {
        fg_value pair[2] = { e, value };
        fg_tuple *t = fg_tuple_of(&vm->heap, pair, 2);
        if (!t) {
            vm->status = FG_NOMEM;
            return -1;
        }
        e = fg_obj_value(t);
    }
    fg_store(&r[2], &e);
    return 1;
}
