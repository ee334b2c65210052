// SPDX-License-Identifier: Apache-2.0
/* Functions of objects.  Keys keep their order; a replaced key keeps its place. */
#include "lib/lib.h"

static fg_status raise(fg_vm *vm, const char *text)
{
    return fg_raise(vm, FG_E_RUNTIME, "%s", text);
}

/* ---- listing -------------------------------------------------------------------- */

static fg_status map_half(fg_vm *vm, const fg_table *t, bool keys, fg_value *out)
{
    FG_TRY(fg_work(vm, t->len));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, t->len)));
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++) {
        const fg_value *v = keys ? fg_table_key(t, i) : fg_table_value(t, i);
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, v));
    }
    return FG_OK;
}

static fg_status object_keys(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    if (fg_is(x, FG_MAP))
        return map_half(vm, x.as.tab, true, out);
    if (!fg_is(x, FG_OBJECT))
        return raise(vm, "keys() requires object or map");
    const fg_keys *k = x.as.obj->keys;
    FG_TRY(fg_work(vm, k->n));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, k->n)));
    for (uint32_t i = 0; i < k->n; i++) {
        fg_value v = fg_string_value(k->names[i]);
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, &v));
    }
    return FG_OK;
}

static fg_status object_values(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    if (fg_is(x, FG_MAP))
        return map_half(vm, x.as.tab, false, out);
    if (!fg_is(x, FG_OBJECT))
        return raise(vm, "values() requires object or map");
    FG_TRY(fg_work(vm, x.as.obj->keys->n));
    FG_TRY(fg_give_object(out,
                          fg_array_of(&vm->heap, x.as.obj->slots, x.as.obj->keys->n)));
    return fg_array_narrow(&vm->heap, out->as.arr);
}

static fg_status object_entries(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    if (!fg_is(x, FG_OBJECT))
        return raise(vm, "entries() requires an object");
    const fg_object *o = x.as.obj;
    FG_TRY(fg_work(vm, (uint64_t)o->keys->n * 4));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, o->keys->n)));
    for (uint32_t i = 0; i < o->keys->n; i++) {
        fg_value pair[2] = { fg_string_value(o->keys->names[i]) };
        fg_copy(&pair[1], &o->slots[i]);
        FG_TRY(fg_push_object(vm, out->as.arr, fg_array_of(&vm->heap, pair, 2)));
    }
    return FG_OK;
}

/* The first two items of a pair whose first is a string. */
static bool key_and_value(fg_value pair, fg_value *key, fg_value *value)
{
    if (fg_is(pair, FG_ARRAY) && pair.as.arr->len >= 2) {
        fg_array_get(pair.as.arr, 0, key);
        fg_array_get(pair.as.arr, 1, value);
    } else if (fg_is(pair, FG_TUPLE) && pair.as.tup->len >= 2) {
        fg_copy(key, &pair.as.tup->v[0]);
        fg_copy(value, &pair.as.tup->v[1]);
    } else {
        return false;
    }
    return fg_is_string(*key);
}

static fg_status object_from_entries(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), pair, key, value;
    if (!fg_is(x, FG_ARRAY))
        return raise(vm, "from_entries() requires an array of [key, value] pairs");
    FG_TRY(fg_work(vm, (uint64_t)x.as.arr->len * 4));
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    for (uint32_t i = 0; i < x.as.arr->len; i++) {
        fg_array_get(x.as.arr, i, &pair);
        fg_peel(&pair, &pair);
        if (key_and_value(pair, &key, &value))
            FG_TRY(fg_object_set(&vm->heap, out->as.obj, key.as.str, &value));
    }
    return FG_OK;
}

/* ---- looking up ----------------------------------------------------------------- */

static fg_status object_has_key(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), key = fg_arg(argc, argv, 1);
    if (!fg_is(x, FG_OBJECT) || !fg_is_string(key))
        return raise(vm, "has_key() requires (object, key_string)");
    return fg_give(out, fg_bool(fg_object_find(x.as.obj, key.as.str) != NULL));
}

/* The element that decimal digits name, or false. */
static bool element_at(const fg_array *a, fg_slice digits, fg_value *out)
{
    uint64_t i = 0;
    if (digits.n == 0 || digits.n > 10)
        return false;
    for (uint32_t k = 0; k < digits.n; k++) {
        if (digits.p[k] < '0' || digits.p[k] > '9')
            return false;
        i = i * 10 + (uint64_t)(digits.p[k] - '0');
    }
    if (i >= a->len)
        return false;
    fg_array_get(a, (uint32_t)i, out);
    return true;
}

/* One step of a path. */
static bool step_into(const fg_value *from, fg_slice name, fg_value *out)
{
    fg_value v;
    fg_peel(from, &v);
    if (fg_is(v, FG_ARRAY))
        return element_at(v.as.arr, name, out);
    fg_value *slot = fg_is(v, FG_OBJECT) ? fg_object_find_slice(v.as.obj, name) : NULL;
    if (slot)
        fg_copy(out, slot);
    return slot != NULL;
}

/* Walks a path with dots; false when a step is missing. */
static bool walk(fg_value v, fg_slice path, fg_value *out)
{
    for (;;) {
        const char *dot = path.n ? memchr(path.p, '.', path.n) : NULL;
        uint32_t n = dot ? (uint32_t)(dot - path.p) : path.n;
        if (!step_into(&v, (fg_slice){ path.p, n }, out))
            return false;
        if (!dot)
            return true;
        fg_copy(&v, out);
        path = (fg_slice){ dot + 1, path.n - n - 1 };
    }
}

static fg_status object_get(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), key = fg_arg(argc, argv, 1), found;
    bool ok;
    if (fg_is(x, FG_OBJECT) && fg_is_string(key))
        ok = walk(x, fg_string_slice(key.as.str), &found);
    else if (fg_is(x, FG_ARRAY) && fg_is_int(key)) {
        ok = key.as.i >= 0 && key.as.i < x.as.arr->len;
        if (ok)
            fg_array_get(x.as.arr, (uint32_t)key.as.i, &found);
    } else
        return fg_raise(vm, FG_E_INDEX,
                        "get() requires (object, key) or (array, index)");
    if (!ok)
        return fg_give(out, argc > 2 ? argv[2] : fg_null());
    return fg_give(out, found);
}

/* ---- choosing and merging ------------------------------------------------------- */

static fg_status object_pick(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), names = fg_arg(argc, argv, 1);
    if (!fg_is(x, FG_OBJECT) || !fg_is(names, FG_ARRAY))
        return raise(vm, "pick() requires (object, [field_names])");
    FG_TRY(fg_work(vm, names.as.arr->len));
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    for (uint32_t i = 0; i < names.as.arr->len; i++) {
        fg_value key = fg_array_at(names.as.arr, i);
        fg_value *slot =
            fg_is_string(key) ? fg_object_find(x.as.obj, key.as.str) : NULL;
        if (slot)
            FG_TRY(fg_object_set(&vm->heap, out->as.obj, key.as.str, slot));
    }
    return FG_OK;
}

/* The strings of an array as a set; NULL: no memory. */
static fg_table *name_set(fg_vm *vm, const fg_array *names)
{
    fg_table *t = fg_table_new(&vm->heap, FG_SET, 0);
    for (uint32_t i = 0; t && i < names->len; i++) {
        fg_value key = fg_array_at(names, i);
        if (fg_is_string(key) && fg_table_put(&vm->heap, t, &key, &key) != FG_OK)
            return NULL;
    }
    return t;
}

static fg_status object_omit(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), names = fg_arg(argc, argv, 1);
    if (!fg_is(x, FG_OBJECT) || !fg_is(names, FG_ARRAY))
        return raise(vm, "omit() requires (object, [field_names])");
    const fg_object *o = x.as.obj;
    FG_TRY(fg_work(vm, (uint64_t)names.as.arr->len + o->keys->n));
    fg_table *left_out = name_set(vm, names.as.arr);
    if (!left_out)
        return FG_NOMEM;
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    for (uint32_t i = 0; i < o->keys->n; i++) {
        fg_value key = fg_string_value(o->keys->names[i]);
        if (fg_table_find(left_out, &key) < 0)
            FG_TRY(fg_object_set(&vm->heap, out->as.obj, key.as.str, &o->slots[i]));
    }
    return FG_OK;
}

static fg_status set_all(fg_vm *vm, fg_object *to, const fg_object *from)
{
    for (uint32_t i = 0; i < from->keys->n; i++)
        FG_TRY(fg_object_set(&vm->heap, to, from->keys->names[i], &from->slots[i]));
    return FG_OK;
}

static fg_status object_merge(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    uint64_t n = 0;
    for (int i = 0; i < argc; i++) {
        fg_value x = fg_arg(argc, argv, i);
        if (!fg_is(x, FG_OBJECT))
            return raise(vm, "merge() requires all arguments to be objects");
        n += x.as.obj->keys->n;
    }
    FG_TRY(fg_work(vm, n * 2));
    if (argc == 0)
        return fg_give_object(out, fg_object_empty(&vm->heap, 0));
    fg_value first = fg_arg(argc, argv, 0);
    FG_TRY(fg_give_object(out, fg_object_copy(&vm->heap, first.as.obj, 0)));
    for (int i = 1; i < argc; i++) {
        fg_value x = fg_arg(argc, argv, i);
        FG_TRY(set_all(vm, out->as.obj, x.as.obj));
    }
    return FG_OK;
}

/* ---- differences ---------------------------------------------------------------- */

static bool is_hidden(const fg_string *key)
{
    return key->len >= 2 && key->bytes[0] == '_' && key->bytes[1] == '_';
}

/* Strictly different; objects by their visible keys. */
static bool differs(const fg_value *a, const fg_value *b, int depth)
{
    fg_value x, y;
    fg_peel(a, &x);
    fg_peel(b, &y);
    if (!fg_is(x, FG_OBJECT) || !fg_is(y, FG_OBJECT) || depth > FG_MAX_NESTING)
        return !fg_strict_equal(&x, &y);
    const fg_object *o = x.as.obj, *p = y.as.obj;
    for (uint32_t i = 0; i < o->keys->n; i++) {
        fg_string *key = o->keys->names[i];
        fg_value *other = is_hidden(key) ? NULL : fg_object_find(p, key);
        if (!is_hidden(key) && (!other || differs(&o->slots[i], other, depth + 1)))
            return true;
    }
    for (uint32_t i = 0; i < p->keys->n; i++)
        if (!is_hidden(p->keys->names[i]) && !fg_object_find(o, p->keys->names[i]))
            return true;
    return false;
}

/* Puts { name: v } or { from: v, to: w } under `key`. */
static fg_status note(fg_vm *vm, fg_object *to, fg_string *key, const char *name,
                      const fg_value *v, const fg_value *w)
{
    const char *const names[] = { name, "to" };
    fg_value values[2], change;
    fg_copy(&values[0], v);
    fg_copy(&values[1], w ? w : v);
    FG_TRY(fg_give_object(&change, fg_record(vm, names, values, w ? 2 : 1)));
    return fg_object_set(&vm->heap, to, key, &change);
}

static fg_status diff_objects(fg_vm *vm, const fg_object *a, const fg_object *b,
                              fg_object *to)
{
    for (uint32_t i = 0; i < a->keys->n; i++) {
        fg_string *key = a->keys->names[i];
        const fg_value *other = fg_object_find(b, key);
        if (is_hidden(key) || (other && !differs(&a->slots[i], other, 0)))
            continue;
        FG_TRY(note(vm, to, key, other ? "from" : "removed", &a->slots[i], other));
    }
    for (uint32_t i = 0; i < b->keys->n; i++) {
        fg_string *key = b->keys->names[i];
        if (!is_hidden(key) && !fg_object_find(a, key))
            FG_TRY(note(vm, to, key, "added", &b->slots[i], NULL));
    }
    return FG_OK;
}

static fg_status object_diff(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char *const names[] = { "from", "to" };
    if (argc < 2)
        return raise(vm, "diff() requires two values to compare");
    fg_value a = fg_arg(argc, argv, 0), b = fg_arg(argc, argv, 1);
    if (!differs(&a, &b, 0))
        return fg_give(out, fg_null());
    if (!fg_is(a, FG_OBJECT) || !fg_is(b, FG_OBJECT))
        return fg_give_object(out, fg_record(vm, names, argv, 2));
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    return diff_objects(vm, a.as.obj, b.as.obj, out->as.obj);
}

const struct fg_object_natives fg_object_natives = {
    .diff = { "diff", object_diff, FG_CAP_NONE,
              "diff(a, b): what changed from a to b, or null" },
    .entries = { "entries", object_entries, FG_CAP_NONE,
                 "entries(object): arrays of key and value" },
    .from_entries = { "from_entries", object_from_entries, FG_CAP_NONE,
                      "from_entries(array): object of [key, value] pairs" },
    .get = { "get", object_get, FG_CAP_NONE,
             "get(x, key, default = null): what is at a key, path (\"a.b.0\") or "
             "index" },
    .has_key = { "has_key", object_has_key, FG_CAP_NONE,
                 "has_key(object, key): is there such a key?" },
    .keys = { "keys", object_keys, FG_CAP_NONE, "keys(x): keys of an object or map" },
    .merge = { "merge", object_merge, FG_CAP_NONE,
               "merge(objects...): all keys, later objects win" },
    .omit = { "omit", object_omit, FG_CAP_NONE,
              "omit(object, keys): the object without these keys" },
    .pick = { "pick", object_pick, FG_CAP_NONE,
              "pick(object, keys): the object with only these keys" },
    .values = { "values", object_values, FG_CAP_NONE,
                "values(x): values of an object or map" },
};
