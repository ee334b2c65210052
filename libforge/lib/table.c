// SPDX-License-Identifier: Apache-2.0
/* Sets and maps: their constructors and the methods of their own.  Every method returns
 * a new table; in-place add and remove are instructions of the VM. */
#include "lib/lib.h"

static fg_status raise(fg_vm *vm, const char *text)
{
    return fg_raise(vm, FG_E_RUNTIME, "%s", text);
}

static bool is_frozen(const fg_value *v) { return fg_wrap_of(*v) == FG_WRAP_FROZEN; }

/* ---- constructors --------------------------------------------------------------- */

/* Elements of an array or tuple behind one face. */
typedef struct items {
    const fg_array *a; /* or NULL */
    const fg_tuple *t;
    uint32_t n;
} items;

static bool items_of(fg_value v, items *it)
{
    *it = (items){ NULL, NULL, 0 };
    if (fg_is(v, FG_ARRAY)) {
        it->a = v.as.arr;
        it->n = v.as.arr->len;
    } else if (fg_is(v, FG_TUPLE)) {
        it->t = v.as.tup;
        it->n = v.as.tup->len;
    }
    return it->a || it->t;
}

static void item(const items *it, uint32_t i, fg_value *out)
{
    if (it->a)
        fg_array_get(it->a, i, out);
    else
        fg_copy(out, &it->t->v[i]);
}

static fg_status table_set(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    items it = { NULL, NULL, 0 };
    fg_value x = fg_arg(argc, argv, 0), v;
    if (argc > 1)
        return raise(vm, "set() takes 0 or 1 argument");
    if (argc == 1 && fg_is(x, FG_SET))
        return fg_give_object(out, fg_table_copy(&vm->heap, x.as.tab, 0));
    if (argc == 1 && !items_of(x, &it))
        return raise(vm, "set() requires an array or tuple");
    FG_TRY(fg_work(vm, (uint64_t)it.n * 4));
    FG_TRY(fg_give_object(out, fg_table_new(&vm->heap, FG_SET, 0)));
    for (uint32_t i = 0; i < it.n; i++) {
        item(&it, i, &v);
        FG_TRY(fg_table_put(&vm->heap, out->as.tab, &v, &v));
    }
    return FG_OK;
}

static fg_status put_pairs(fg_vm *vm, const items *it, fg_table *to)
{
    for (uint32_t i = 0; i < it->n; i++) {
        fg_value v, key, value;
        items pair;
        item(it, i, &v);
        fg_peel(&v, &v);
        if (!items_of(v, &pair) || pair.n != 2)
            return raise(vm,
                         "map() constructor expects an array of (key, value) pairs");
        item(&pair, 0, &key);
        item(&pair, 1, &value);
        FG_TRY(fg_table_put(&vm->heap, to, &key, &value));
    }
    return FG_OK;
}

fg_status fg_map_construct(fg_vm *vm, int argc, const fg_value *argv, fg_value *out)
{
    items it = { NULL, NULL, 0 };
    fg_value x = fg_arg(argc, argv, 0);
    if (argc == 1 && fg_is(x, FG_MAP))
        return fg_give_object(out, fg_table_copy(&vm->heap, x.as.tab, 0));
    if (argc == 1 && !items_of(x, &it))
        return raise(vm, "map() constructor expects an array of pairs or another Map");
    FG_TRY(fg_work(vm, (uint64_t)it.n * 4));
    FG_TRY(fg_give_object(out, fg_table_new(&vm->heap, FG_MAP, 0)));
    return put_pairs(vm, &it, out->as.tab);
}

/* ---- methods of both ------------------------------------------------------------ */

/* The receiver's table if it is of this kind and there is one argument behind it. */
static fg_status table_of(fg_vm *vm, int argc, const fg_value *argv, fg_type kind,
                          const char *name, fg_table **t)
{
    fg_value v = fg_arg(argc, argv, 0);
    *t = v.as.tab;
    if (!fg_is(v, kind))
        return fg_raise(vm, FG_E_RUNTIME, "%s() requires a %s", name,
                        kind == FG_SET ? "set" : "map");
    if (argc != 2)
        return fg_raise(vm, FG_E_RUNTIME, "%s() requires one argument", name);
    return FG_OK;
}

static fg_status set_has(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_table *t;
    FG_TRY(table_of(vm, argc, argv, FG_SET, "has", &t));
    return fg_give(out, fg_bool(fg_table_find(t, &argv[1]) >= 0));
}

static fg_status map_has(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_table *t;
    FG_TRY(table_of(vm, argc, argv, FG_MAP, "has", &t));
    return fg_give(out, fg_bool(fg_table_find(t, &argv[1]) >= 0));
}

/* ---- sets ----------------------------------------------------------------------- */

static fg_status set_add(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_table *t;
    if (argc > 0 && is_frozen(&argv[0]))
        return raise(vm, "cannot add to a frozen set");
    FG_TRY(table_of(vm, argc, argv, FG_SET, "add", &t));
    FG_TRY(fg_give_copy(vm, argc, argv, 1, out));
    return fg_table_put(&vm->heap, out->as.tab, &argv[1], &argv[1]);
}

static fg_status set_remove(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_table *t;
    if (argc > 0 && is_frozen(&argv[0]))
        return raise(vm, "cannot remove from a frozen set");
    FG_TRY(table_of(vm, argc, argv, FG_SET, "remove", &t));
    FG_TRY(fg_give_copy(vm, argc, argv, 0, out));
    fg_table_remove(out->as.tab, &argv[1]);
    return FG_OK;
}

/* The receiver and the set given as argument. */
static fg_status two_sets(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                          fg_table **a, fg_table **b)
{
    FG_TRY(table_of(vm, argc, argv, FG_SET, name, a));
    fg_value v = fg_arg(argc, argv, 1);
    if (!fg_is(v, FG_SET))
        return raise(vm, "set operation requires a set argument");
    *b = v.as.tab;
    return fg_work(vm, ((uint64_t)(*a)->len + (*b)->len) * 4);
}

/* Adds the keys of `from` that are in `other` (that are not) to `to`. */
static fg_status add_matching(fg_vm *vm, fg_table *to, const fg_table *from,
                              const fg_table *other, bool in)
{
    for (uint32_t i = 0; (i = fg_table_next(from, i)) < from->used; i++) {
        const fg_value *key = fg_table_key(from, i);
        if ((fg_table_find(other, key) >= 0) == in)
            FG_TRY(fg_table_put(&vm->heap, to, key, key));
    }
    return FG_OK;
}

static fg_status set_union(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_table *a, *b;
    FG_TRY(two_sets(vm, argc, argv, "union", &a, &b));
    FG_TRY(fg_give_object(out, fg_table_copy(&vm->heap, a, b->len)));
    return add_matching(vm, out->as.tab, b, a, false);
}

static fg_status set_intersect(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_table *a, *b;
    FG_TRY(two_sets(vm, argc, argv, "intersect", &a, &b));
    FG_TRY(fg_give_object(out, fg_table_new(&vm->heap, FG_SET, 0)));
    return add_matching(vm, out->as.tab, a, b, true);
}

static fg_status set_diff(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_table *a, *b;
    FG_TRY(two_sets(vm, argc, argv, "diff", &a, &b));
    FG_TRY(fg_give_object(out, fg_table_new(&vm->heap, FG_SET, 0)));
    return add_matching(vm, out->as.tab, a, b, false);
}

static fg_status set_to_array(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (!fg_is(v, FG_SET))
        return raise(vm, "to_array() requires a set");
    FG_TRY(fg_work(vm, v.as.tab->len));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, v.as.tab->len)));
    for (uint32_t i = 0; (i = fg_table_next(v.as.tab, i)) < v.as.tab->used; i++)
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, fg_table_key(v.as.tab, i)));
    return FG_OK;
}

/* ---- maps ----------------------------------------------------------------------- */

static fg_status map_get(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_table *t;
    FG_TRY(table_of(vm, argc == 3 ? 2 : argc, argv, FG_MAP, "get", &t));
    int32_t i = fg_table_find(t, &argv[1]);
    if (i >= 0)
        return fg_give(out, *fg_table_value(t, (uint32_t)i));
    return fg_give(out, argc == 3 ? argv[2] : fg_null());
}

static fg_status map_set(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (argc > 0 && is_frozen(&argv[0]))
        return raise(vm, "cannot mutate a frozen map");
    if (!fg_is(v, FG_MAP) || argc != 3)
        return raise(vm, "set() requires (key, value)");
    FG_TRY(fg_give_copy(vm, argc, argv, 1, out));
    return fg_table_put(&vm->heap, out->as.tab, &argv[1], &argv[2]);
}

static fg_status map_remove(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_table *t;
    if (argc > 0 && is_frozen(&argv[0]))
        return raise(vm, "cannot mutate a frozen map");
    FG_TRY(table_of(vm, argc, argv, FG_MAP, "remove", &t));
    FG_TRY(fg_give_copy(vm, argc, argv, 0, out));
    fg_table_remove(out->as.tab, &argv[1]);
    return FG_OK;
}

static fg_status map_to_array(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (!fg_is(v, FG_MAP))
        return raise(vm, "to_array() requires a map");
    const fg_table *t = v.as.tab;
    FG_TRY(fg_work(vm, (uint64_t)t->len * 4));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, t->len)));
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++) {
        fg_value pair[2];
        fg_copy(&pair[0], fg_table_key(t, i));
        fg_copy(&pair[1], fg_table_value(t, i));
        FG_TRY(fg_push_object(vm, out->as.arr, fg_tuple_of(&vm->heap, pair, 2)));
    }
    return FG_OK;
}

const struct fg_table_natives fg_table_natives = {
    .set = { "set", table_set, FG_CAP_NONE,
             "set(items = []): the different items, in order" },
};

const struct fg_set_natives fg_set_natives = {
    .add = { "add", set_add, FG_CAP_NONE, "s.add(x): the set with x" },
    .diff = { "diff", set_diff, FG_CAP_NONE, "s.diff(t): what is in s but not in t" },
    .has = { "has", set_has, FG_CAP_NONE, "s.has(x): is x in the set?" },
    .intersect = { "intersect", set_intersect, FG_CAP_NONE,
                   "s.intersect(t): what is in both" },
    .remove = { "remove", set_remove, FG_CAP_NONE, "s.remove(x): the set without x" },
    .to_array = { "to_array", set_to_array, FG_CAP_NONE,
                  "s.to_array(): the elements in order" },
    .union_ = { "union", set_union, FG_CAP_NONE, "s.union(t): what is in one of them" },
};

const struct fg_map_natives fg_map_natives = {
    .get = { "get", map_get, FG_CAP_NONE,
             "m.get(key, default = null): the value of key" },
    .has = { "has", map_has, FG_CAP_NONE, "m.has(key): is there such a key?" },
    .remove = { "remove", map_remove, FG_CAP_NONE,
                "m.remove(key): the map without key" },
    .set = { "set", map_set, FG_CAP_NONE,
             "m.set(key, value): the map with key changed" },
    .to_array = { "to_array", map_to_array, FG_CAP_NONE,
                  "m.to_array(): tuples of key and value" },
};
