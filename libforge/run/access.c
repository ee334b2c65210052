// SPDX-License-Identifier: Apache-2.0
/* Reading and writing parts of values.
 *
 * A write goes through a variable: the container in it is copied first unless the
 * variable is its only holder.  The value to store is counted before that is decided, so
 * that storing a container into itself copies it. */
#include "run/internal.h"

#include "value/array.h"
#include "value/equal.h"
#include "value/record.h"
#include "value/string.h"
#include "value/table.h"

/* ---- reading ---------------------------------------------------------------------------- */

fg_string *fg_object_type(const fg_object *o)
{
    static const fg_slice name = { "__type__", 8 };
    uint32_t n = o->keys->n;
    const fg_value *v = NULL;
    if (n && fg_slice_eq(fg_string_slice(o->keys->names[n - 1]), name))
        v = &o->slots[n - 1];
    else if (n && fg_slice_eq(fg_string_slice(o->keys->names[0]), name))
        v = &o->slots[0];
    else
        v = fg_object_find_slice(o, name);
    return v && fg_is_string(*v) ? v->as.str : NULL;
}

const fg_value *fg_embedded_field(fg_vm *vm, const fg_object *o, fg_string *name)
{
    fg_string *type = fg_object_type(o);
    fg_typeinfo *info = type ? fg_type_info(vm, type) : NULL;
    if (!info || fg_type_of(info->embeds) != FG_OBJECT)
        return NULL;
    const fg_keys *parts = info->embeds.as.obj->keys;
    for (uint32_t i = 0; i < parts->n; i++) {
        const fg_value *part = fg_object_find(o, parts->names[i]);
        const fg_value *v = part && fg_type_of(*part) == FG_OBJECT
                                ? fg_object_find(part->as.obj, name)
                                : NULL;
        if (v)
            return v;
    }
    return NULL;
}

static fg_status no_field(fg_vm *vm, const fg_value *o, fg_string *name)
{
    int n = (int)name->len;
    if (fg_wrap_of(*o) == 0) {
        switch (fg_type_of(*o)) {
        case FG_OBJECT:
            fg_raise(vm, FG_E_RUNTIME, "no field '%.*s' on object", n, name->bytes);
            return fg_advise_field(vm, o, fg_string_slice(name));
        case FG_STRING:
        case FG_ARRAY:
        case FG_TUPLE:
        case FG_SET:
            fg_raise(vm, FG_E_RUNTIME, "no method '%.*s' on %s", n, name->bytes,
                     fg_type_name(o));
            return fg_advise_field(vm, o, fg_string_slice(name));
        default: break;
        }
    }
    fg_raise(vm, FG_E_RUNTIME, "cannot access field '%.*s' on %s", n, name->bytes,
             fg_type_name(o));
    return fg_advise_field(vm, o, fg_string_slice(name));
}

fg_status fg_get_field(fg_vm *vm, const fg_value *holder, fg_string *name,
                       fg_value *out)
{
    fg_value o;
    fg_peel(holder, &o);
    if (fg_wrap_of(o))
        return no_field(vm, &o, name);
    if (fg_type_of(o) == FG_OBJECT) {
        const fg_value *v = fg_object_find(o.as.obj, name);
        if (!v)
            v = fg_embedded_field(vm, o.as.obj, name);
        if (!v)
            return no_field(vm, &o, name);
        fg_copy(out, v);
        return FG_OK;
    }
    const fg_native *pseudo = vm->library->field(fg_type_of(o), fg_string_slice(name));
    if (!pseudo)
        return no_field(vm, &o, name);
    fg_value arg[1], result = fg_null();
    fg_copy(arg, &o);
    FG_TRY(pseudo->fn(vm, 1, arg, &result));
    fg_copy(out, &result);
    return FG_OK;
}

static fg_status out_of_bounds(fg_vm *vm, int64_t i, const char *what, uint32_t n)
{
    fg_raise(vm, FG_E_INDEX, "index out of bounds: index %lld on %s of length %u",
             (long long)i, what, n);
    return fg_advise_length(vm, n, true);
}

static fg_status bad_index(fg_vm *vm, const fg_value *o)
{
    fg_raise(vm, FG_E_INDEX, "invalid index operation");
    return fg_advise_index(vm, o);
}

static fg_status no_key(fg_vm *vm, const fg_value *o, const fg_string *key)
{
    fg_raise(vm, FG_E_REFERENCE, "key '%.*s' not found", (int)key->len, key->bytes);
    return fg_is(*o, FG_OBJECT) ? fg_advise_key(vm, o->as.obj, fg_string_slice(key))
                                : FG_RAISED;
}

static fg_status get_key(fg_vm *vm, const fg_value *o, fg_string *key, fg_value *out)
{
    const fg_value *v = fg_object_find(o->as.obj, key);
    if (!v)
        return no_key(vm, o, key);
    fg_copy(out, v);
    return FG_OK;
}

fg_status fg_get_index(fg_vm *vm, const fg_value *holder, const fg_value *index,
                       fg_value *out)
{
    fg_value o, i;
    fg_peel(holder, &o);
    fg_peel(index, &i);
    if (fg_wrap_of(o))
        return bad_index(vm, &o);
    bool by_int = fg_is_int(i);
    int64_t at = i.as.i;
    switch (fg_type_of(o)) {
    case FG_ARRAY:
        if (!by_int)
            return bad_index(vm, &o);
        at += at < 0 ? o.as.arr->len : 0;
        if (at < 0 || at >= o.as.arr->len)
            return out_of_bounds(vm, i.as.i, "array", o.as.arr->len);
        fg_array_get(o.as.arr, (uint32_t)at, out);
        return FG_OK;
    case FG_TUPLE:
        if (!by_int)
            return bad_index(vm, &o);
        at += at < 0 ? o.as.tup->len : 0;
        if (at < 0 || at >= o.as.tup->len)
            return out_of_bounds(vm, i.as.i, "tuple", o.as.tup->len);
        fg_copy(out, &o.as.tup->v[at]);
        return FG_OK;
    case FG_OBJECT:
        return fg_is_string(i) ? get_key(vm, &o, i.as.str, out) : bad_index(vm, &o);
    case FG_MAP: {
        int32_t found = fg_table_find(o.as.tab, &i);
        fg_value none = fg_null();
        fg_copy(out, found < 0 ? &none : fg_table_value(o.as.tab, (uint32_t)found));
        return FG_OK;
    }
    default: return bad_index(vm, &o);
    }
}

/* ---- writing ----------------------------------------------------------------------------- */

static void *copy_container(fg_heap *h, fg_value v)
{
    switch (fg_type_of(v)) {
    case FG_ARRAY: return fg_array_copy(h, v.as.arr, v.as.arr->len + 1);
    case FG_OBJECT: return fg_object_copy(h, v.as.obj, v.as.obj->keys->n + 1);
    default: return fg_table_copy(h, v.as.tab, v.as.tab->len + 1);
    }
}

/* Makes the container in *slot writable by its holder; slot counts if `owned`. */
static fg_status make_unique(fg_vm *vm, fg_value *slot, bool owned)
{
    if (fg_unique(*slot))
        return FG_OK;
    void *copy = copy_container(&vm->heap, *slot);
    if (!copy)
        return FG_NOMEM;
    fg_value v = fg_obj_value(copy);
    if (owned)
        fg_store(slot, &v);
    else
        fg_copy(slot, &v);
    return FG_OK;
}

static fg_status not_writable(fg_vm *vm, const fg_value *o, bool field)
{
    if (fg_wrap_of(*o) == FG_WRAP_FROZEN) {
        fg_slice name = fg_assigned_name(vm);
        return fg_raise(vm, FG_E_RUNTIME, "cannot modify frozen value '%.*s': %s",
                        (int)name.n, name.p, field ? "field" : "index assignment");
    }
    if (field) {
        fg_raise(vm, FG_E_RUNTIME, "cannot set field on non-object");
        return fg_advise_kind(vm, o, false);
    }
    if (fg_is(*o, FG_TUPLE))
        return fg_raise(vm, FG_E_RUNTIME, "cannot mutate a tuple");
    if ((o->tag & ~(uint64_t)FG_COUNTED) == FG_SET)
        return fg_raise(vm, FG_E_INDEX,
                        "cannot index-assign a set; use .add() and .remove()");
    return bad_index(vm, o);
}

static fg_status frozen_field(fg_vm *vm, const fg_value *o, const fg_value *key)
{
    fg_slice name = fg_assigned_name(vm);
    if (fg_wrap_of(*o) != FG_WRAP_FROZEN)
        return not_writable(vm, o, true);
    return fg_raise(vm, FG_E_RUNTIME, "cannot modify frozen value '%.*s': field '%.*s'",
                    (int)name.n, name.p, (int)key->as.str->len, key->as.str->bytes);
}

static fg_status out_of_reach(fg_vm *vm, const fg_value *key, uint32_t n)
{
    fg_raise(vm, FG_E_INDEX, "index out of bounds");
    return key->as.i == n ? fg_advise(vm, "push() adds an element at the end")
                          : fg_advise_length(vm, n, false);
}

/* Can key be assigned in o?  Checked for the whole path before anything is copied. */
static fg_status check_step(fg_vm *vm, const fg_value *o, const fg_value *key,
                            bool field)
{
    fg_value plain = *o;
    plain.tag &= ~(uint64_t)FG_COUNTED;
    if (field)
        return plain.tag == FG_OBJECT ? FG_OK : frozen_field(vm, o, key);
    switch (plain.tag) {
    case FG_ARRAY:
        if (!fg_is_int(*key))
            return bad_index(vm, o);
        if (key->as.i < 0 || key->as.i >= o->as.arr->len)
            return out_of_reach(vm, key, o->as.arr->len);
        return FG_OK;
    case FG_OBJECT: return fg_is_string(*key) ? FG_OK : bad_index(vm, o);
    case FG_MAP: return FG_OK;
    default: return not_writable(vm, o, false);
    }
}

static fg_status store_step(fg_vm *vm, fg_value o, const fg_value *key,
                            const fg_value *value)
{
    switch (fg_type_of(o)) {
    case FG_ARRAY: return fg_array_set(&vm->heap, o.as.arr, (uint32_t)key->as.i, value);
    case FG_OBJECT: {
        fg_string *known = key->as.str;
        if (!fg_object_find(o.as.obj, known) && !(known->h.flags & FG_F_FROZEN))
            known = fg_make_key(vm, fg_string_slice(known));
        return known ? fg_object_set(&vm->heap, o.as.obj, known, value) : FG_NOMEM;
    }
    default: return fg_table_put(&vm->heap, o.as.tab, key, value);
    }
}

/* The slot that a step leads to.  What is no container, because a map lacks the key or an
 * array is typed, is put into *plain, which the next step refuses. */
static fg_status inner_slot(fg_vm *vm, const fg_value *o, const fg_value *key,
                            bool field, fg_value *plain, fg_value **out)
{
    switch (fg_type_of(*o)) {
    case FG_OBJECT:
        *out = fg_object_find(o->as.obj, key->as.str);
        if (!*out)
            return field ? no_field(vm, o, key->as.str) : no_key(vm, o, key->as.str);
        return FG_OK;
    case FG_MAP: {
        int32_t at = fg_table_find(o->as.tab, key);
        *plain = fg_null();
        *out = at < 0 ? plain : fg_table_value(o->as.tab, (uint32_t)at);
        return FG_OK;
    }
    default:
        if (o->as.arr->h.bits == FG_A_ANY) {
            *out = &o->as.arr->as.any[key->as.i];
        } else {
            *plain = fg_array_at(o->as.arr, (uint32_t)key->as.i);
            *out = plain;
        }
        return FG_OK;
    }
}

static fg_status write_path(fg_vm *vm, fg_value *var, bool owned, const fg_value *keys,
                            uint32_t n, uint32_t fields, const fg_value *value)
{
    fg_value *slot = var, key, plain;
    for (uint32_t i = 0; i < n; i++) {
        bool field = (fields >> i) & 1;
        fg_peel(&keys[i], &key);
        FG_TRY(check_step(vm, slot, &key, field));
        FG_TRY(make_unique(vm, slot, i > 0 || owned));
        if (i + 1 == n)
            return store_step(vm, *slot, &key, value);
        FG_TRY(inner_slot(vm, slot, &key, field, &plain, &slot));
    }
    return FG_OK;
}

fg_status fg_set_path(fg_vm *vm, fg_value *var, const fg_value *keys, uint32_t shape,
                      const fg_value *value)
{
    fg_value v;
    fg_copy(&v, value);
    fg_retain(&v);
    fg_status s = write_path(vm, var, (shape & FG_AUX_OWNED) != 0, keys, shape & 0x7f,
                             shape >> 16, &v);
    fg_release(&v);
    return s;
}

/* The slot a step leads to without any of the rules for what is missing, or NULL. */
static fg_value *plain_slot(const fg_value *o, const fg_value *key, bool field)
{
    if (fg_wrap_of(*o))
        return NULL;
    if (fg_type_of(*o) == FG_OBJECT && fg_is_string(*key))
        return fg_object_find(o->as.obj, key->as.str);
    if (field || fg_type_of(*o) != FG_ARRAY || o->as.arr->h.bits != FG_A_ANY
        || !fg_is_int(*key) || key->as.i < 0 || key->as.i >= o->as.arr->len)
        return NULL;
    return &o->as.arr->as.any[key->as.i];
}

/* What stands at the end of a path, or NULL. */
static const fg_value *end_of_path(const fg_value *var, const fg_value *keys,
                                   uint32_t shape)
{
    const fg_value *slot = var;
    for (uint32_t i = 0; i < (shape & 0x7f) && slot; i++)
        slot = plain_slot(slot, &keys[i], (shape >> 16 >> i) & 1);
    return slot;
}

static fg_status grow(fg_vm *vm, fg_value *var, const fg_value *keys, uint32_t shape,
                      uint32_t which, const fg_value *args)
{
    fg_value *slot = var;
    bool owned = (shape & FG_AUX_OWNED) != 0;
    for (uint32_t i = 0; i < (shape & 0x7f); i++) {
        FG_TRY(make_unique(vm, slot, i > 0 || owned));
        slot = plain_slot(slot, &keys[i], (shape >> 16 >> i) & 1);
        owned = true;
    }
    FG_TRY(make_unique(vm, slot, owned));
    if (which == FG_GROW_PUSH)
        return fg_array_push(&vm->heap, slot->as.arr, &args[0]);
    return fg_table_put(&vm->heap, slot->as.tab, &args[0],
                        &args[which == FG_GROW_SET ? 1 : 0]);
}

int fg_grow_path(fg_vm *vm, fg_value *var, const fg_value *keys, uint32_t shape)
{
    static const uint8_t types[] = {
        [FG_GROW_PUSH] = FG_ARRAY, [FG_GROW_ADD] = FG_SET, [FG_GROW_SET] = FG_MAP
    };
    uint32_t c = shape >> 16, which = c >> FG_GROW_SHIFT & 3;
    uint32_t nargs = which == FG_GROW_SET ? 2 : 1;
    const fg_value *args = keys + (shape & 0x7f);
    const fg_value *held = c & FG_GROW_HELD ? &args[nargs] : NULL;
    const fg_value *slot = end_of_path(var, keys, shape);
    if (held)
        fg_release(held);
    if (!slot || !fg_is(*slot, (fg_type)types[which])
        || (held && held->as.o != slot->as.o))
        return 0;
    fg_value own[2];
    for (uint32_t i = 0; i < nargs; i++)
        fg_copy_counted(&own[i], &args[i]);
    vm->status = grow(vm, var, keys, shape, which, own);
    for (uint32_t i = 0; i < nargs; i++)
        fg_release(&own[i]);
    return vm->status == FG_OK ? 1 : -1;
}

fg_status fg_set_field(fg_vm *vm, fg_value *var, const fg_value *key, uint32_t owned,
                       const fg_value *value, uint8_t *hint)
{
    FG_TRY(fg_set_path(vm, var, key, owned | 1 | 1u << 16, value));
    int32_t at = fg_keys_find(var->as.obj->keys, key->as.str);
    if (at < 256)
        __atomic_store_n(hint, (uint8_t)at, __ATOMIC_RELAXED);
    return FG_OK;
}

/* ---- push, pop, add, remove on a variable -------------------------------------------------- */

static fg_status inplace_array(fg_vm *vm, uint32_t which, fg_value *var, bool owned,
                               const fg_value *arg, fg_value *out)
{
    fg_value v;
    fg_copy(&v, arg);
    if (which == FG_IN_PUSH)
        fg_retain(&v);
    fg_status s = make_unique(vm, var, owned);
    if (s == FG_OK && which == FG_IN_POP) {
        fg_array_pop(var->as.arr, out);
        return FG_OK;
    }
    if (s == FG_OK)
        s = fg_array_push(&vm->heap, var->as.arr, &v);
    fg_release(&v);
    fg_copy(out, var);
    return s;
}

static fg_status inplace_set(fg_vm *vm, uint32_t which, fg_value *var, bool owned,
                             const fg_value *arg, fg_value *out)
{
    fg_value v;
    fg_copy(&v, arg);
    fg_retain(&v);
    fg_status s = make_unique(vm, var, owned);
    if (s == FG_OK && which == FG_IN_ADD)
        s = fg_table_put(&vm->heap, var->as.tab, &v, &v);
    else if (s == FG_OK)
        fg_table_remove(var->as.tab, &v);
    fg_release(&v);
    fg_copy(out, var);
    return s;
}

/* Anything else is an ordinary method call on the value. */
static fg_status inplace_method(fg_vm *vm, uint32_t which, fg_value *var,
                                const fg_value *arg, fg_value *out)
{
    static const char *const names[] = { "push", "pop", "add", "remove" };
    fg_slice name = fg_slice_str(names[which]);
    fg_value plain;
    fg_peel(var, &plain);
    if (which <= FG_IN_POP && fg_type_of(plain) != FG_OBJECT)
        return which == FG_IN_PUSH
                   ? fg_raise(vm, FG_E_RUNTIME, "push() first argument must be array")
                   : fg_raise(vm, FG_E_RUNTIME, "pop() requires array");
    fg_value *top = vm->top;
    const fg_chunk *chunk = vm->chunk;
    fg_string *key = fg_make_key(vm, name);
    fg_value *args = fg_scratch(vm, 2);
    int32_t m = vm->library->method(name);
    int argc = which == FG_IN_POP ? 0 : 1;
    fg_status s = key && args ? FG_OK : FG_NOMEM;
    if (s == FG_OK) {
        fg_copy(&args[0], var);
        fg_copy(&args[1], arg);
        s = fg_method_of(vm, &args[0], key, m < 0 ? FG_METHOD_NONE : (uint32_t)m);
    }
    if (s == FG_OK) {
        bool receiver = vm->target.receiver;
        fg_value callee = fg_target_value(&vm->target);
        s = fg_call(vm, &callee, argc + receiver, args + !receiver, out);
    }
    fg_scratch_end(vm, top, chunk);
    return s;
}

fg_status fg_inplace(fg_vm *vm, uint32_t which, fg_value *var, bool owned,
                     const fg_value *arg, fg_value *out)
{
    uint64_t plain = var->tag & ~(uint64_t)FG_COUNTED;
    if (plain == FG_ARRAY && which <= FG_IN_POP)
        return inplace_array(vm, which, var, owned, arg, out);
    if (plain == FG_SET && which >= FG_IN_ADD)
        return inplace_set(vm, which, var, owned, arg, out);
    return inplace_method(vm, which, var, arg, out);
}
