// SPDX-License-Identifier: Apache-2.0
/* Functions that call a function for each element of an array.
 *
 * The array is retained while callees run, so that whoever writes to its variable
 * writes to a copy; results under construction are reachable only from *out, so pushing
 * to them is always in place. */
#include "lib/lib.h"

static fg_status raise(fg_vm *vm, const char *text)
{
    return fg_raise(vm, FG_E_RUNTIME, "%s", text);
}

/* What a walk does with an element and the callee's answer; *stop ends the walk. */
typedef fg_status (*taker)(fg_vm *vm, const fg_value *element, const fg_value *answer,
                           fg_value *out, bool *stop);

static fg_status walk(fg_vm *vm, fg_value src, const fg_value *fn, taker take,
                      fg_value *out)
{
    fg_value *root = fg_scratch(vm, 2); /* element, answer */
    if (!root)
        return FG_NOMEM;
    fg_status status = FG_OK;
    bool stop = false;
    fg_retain(&src);
    for (uint32_t i = 0; i < src.as.arr->len && !stop; i++) {
        fg_array_get(src.as.arr, i, &root[0]);
        status = fg_call(vm, fn, 1, &root[0], &root[1]);
        if (status == FG_OK)
            status = take(vm, &root[0], &root[1], out, &stop);
        if (status != FG_OK)
            break;
    }
    fg_release(&src);
    return status;
}

/* Checks the arguments (array, fn) and names what is wrong. */
static fg_status array_and_fn(fg_vm *vm, int argc, const fg_value *argv,
                              const char *count, const char *type, fg_value *src)
{
    if (argc < 2)
        return raise(vm, count);
    *src = fg_arg(argc, argv, 0);
    return fg_is(*src, FG_ARRAY) ? FG_OK : raise(vm, type);
}

/* ---- map, filter, for_each ------------------------------------------------------ */

static fg_status take_answer(fg_vm *vm, const fg_value *element, const fg_value *answer,
                             fg_value *out, bool *stop)
{
    (void)element;
    (void)stop;
    return fg_array_push(&vm->heap, out->as.arr, answer);
}

static fg_status each_map(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 2)
        return fg_map_construct(vm, argc, argv, out);
    if (argc > 2)
        return raise(vm, "map() takes 0, 1, or 2 arguments — got more");
    fg_value src = fg_arg(argc, argv, 0);
    if (!fg_is(src, FG_ARRAY))
        return raise(vm, "map() first argument must be array");
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, src.as.arr->len)));
    return walk(vm, src, &argv[1], take_answer, out);
}

static fg_status take_if(fg_vm *vm, const fg_value *element, const fg_value *answer,
                         fg_value *out, bool *stop)
{
    (void)stop;
    if (!fg_truthy(answer))
        return FG_OK;
    return fg_array_push(&vm->heap, out->as.arr, element);
}

static fg_status each_filter(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value src;
    if (argc != 2)
        return raise(vm, "filter() requires (array, function)");
    FG_TRY(array_and_fn(vm, argc, argv, "", "filter() first argument must be array",
                        &src));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    return walk(vm, src, &argv[1], take_if, out);
}

static fg_status take_nothing(fg_vm *vm, const fg_value *element,
                              const fg_value *answer, fg_value *out, bool *stop)
{
    (void)vm;
    (void)element;
    (void)answer;
    (void)out;
    (void)stop;
    return FG_OK;
}

static fg_status each_for_each(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char text[] = "for_each() requires (array, function)";
    fg_value src;
    FG_TRY(array_and_fn(vm, argc, argv, text, text, &src));
    fg_give(out, fg_null());
    return walk(vm, src, &argv[1], take_nothing, out);
}

static fg_status take_spliced(fg_vm *vm, const fg_value *element,
                              const fg_value *answer, fg_value *out, bool *stop)
{
    fg_value v;
    (void)element;
    (void)stop;
    fg_peel(answer, &v);
    if (!fg_is(v, FG_ARRAY))
        return fg_array_push(&vm->heap, out->as.arr, answer);
    for (uint32_t i = 0; i < v.as.arr->len; i++) {
        fg_value x;
        fg_array_get(v.as.arr, i, &x);
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, &x));
    }
    return FG_OK;
}

static fg_status each_flat_map(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char text[] = "flat_map() requires (array, fn)";
    fg_value src;
    FG_TRY(array_and_fn(vm, argc, argv, text, text, &src));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    return walk(vm, src, &argv[1], take_spliced, out);
}

/* ---- find, any, all ------------------------------------------------------------- */

static fg_status take_first(fg_vm *vm, const fg_value *element, const fg_value *answer,
                            fg_value *out, bool *stop)
{
    (void)vm;
    *stop = fg_truthy(answer);
    if (*stop)
        fg_copy(out, element);
    return FG_OK;
}

static fg_status each_find(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char text[] = "find() requires (array, predicate_fn)";
    fg_value src;
    FG_TRY(array_and_fn(vm, argc, argv, text, text, &src));
    fg_give(out, fg_null());
    return walk(vm, src, &argv[1], take_first, out);
}

static fg_status take_any(fg_vm *vm, const fg_value *element, const fg_value *answer,
                          fg_value *out, bool *stop)
{
    (void)vm;
    (void)element;
    *stop = fg_truthy(answer);
    return fg_give(out, fg_bool(*stop));
}

static fg_status each_any(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value src;
    FG_TRY(array_and_fn(vm, argc, argv, "any() requires (array, predicate)",
                        "any() first argument must be an array", &src));
    fg_give(out, fg_bool(false));
    return walk(vm, src, &argv[1], take_any, out);
}

static fg_status take_all(fg_vm *vm, const fg_value *element, const fg_value *answer,
                          fg_value *out, bool *stop)
{
    (void)vm;
    (void)element;
    *stop = !fg_truthy(answer);
    return fg_give(out, fg_bool(!*stop));
}

static fg_status each_all(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value src;
    FG_TRY(array_and_fn(vm, argc, argv, "all() requires (array, predicate)",
                        "all() first argument must be an array", &src));
    fg_give(out, fg_bool(true));
    return walk(vm, src, &argv[1], take_all, out);
}

/* ---- group_by, partition -------------------------------------------------------- */

/* The array under the text of `answer` in the object; made when it is new. */
static fg_status group_of(fg_vm *vm, fg_object *groups, const fg_value *answer,
                          fg_array **group)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_slice text = fg_shown(&b, answer);
    fg_status status = b.failed ? FG_NOMEM : FG_OK;
    fg_value *slot = fg_object_find_slice(groups, text), made;
    if (!slot && status == FG_OK) {
        fg_string *key = fg_make_key(vm, text);
        status = key ? fg_give_object(&made, fg_array_new(&vm->heap, 0)) : FG_NOMEM;
        if (status == FG_OK)
            status = fg_object_set(&vm->heap, groups, key, &made);
        slot = &made;
    }
    fg_bytes_drop(&b);
    if (status == FG_OK)
        *group = slot->as.arr;
    return status;
}

static fg_status take_group(fg_vm *vm, const fg_value *element, const fg_value *answer,
                            fg_value *out, bool *stop)
{
    fg_array *group;
    (void)stop;
    FG_TRY(group_of(vm, out->as.obj, answer, &group));
    return fg_array_push(&vm->heap, group, element);
}

static fg_status each_group_by(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value src;
    FG_TRY(array_and_fn(vm, argc, argv, "group_by() requires (array, function)",
                        "group_by() first argument must be an array", &src));
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    return walk(vm, src, &argv[1], take_group, out);
}

static fg_status take_side(fg_vm *vm, const fg_value *element, const fg_value *answer,
                           fg_value *out, bool *stop)
{
    fg_value side = fg_array_at(out->as.arr, fg_truthy(answer) ? 0 : 1);
    (void)stop;
    return fg_array_push(&vm->heap, side.as.arr, element);
}

static fg_status each_partition(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value src;
    FG_TRY(array_and_fn(vm, argc, argv, "partition() requires an array and a function",
                        "partition() first arg must be an array", &src));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 2)));
    FG_TRY(fg_push_object(vm, out->as.arr, fg_array_new(&vm->heap, 0)));
    FG_TRY(fg_push_object(vm, out->as.arr, fg_array_new(&vm->heap, 0)));
    return walk(vm, src, &argv[1], take_side, out);
}

/* ---- reduce --------------------------------------------------------------------- */

static fg_status each_reduce(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc != 3)
        return raise(vm, "reduce() requires (array, initial, function)");
    fg_value src = fg_arg(argc, argv, 0);
    if (!fg_is(src, FG_ARRAY))
        return raise(vm, "reduce() first argument must be array");
    fg_value *root = fg_scratch(vm, 2); /* accumulator, element */
    if (!root)
        return FG_NOMEM;
    fg_status status = FG_OK;
    fg_copy(out, &argv[1]);
    fg_retain(&src);
    for (uint32_t i = 0; i < src.as.arr->len && status == FG_OK; i++) {
        fg_copy(&root[0], out);
        fg_array_get(src.as.arr, i, &root[1]);
        status = fg_call(vm, &argv[2], 2, root, out);
    }
    fg_release(&src);
    return status;
}

const struct fg_each_natives fg_each_natives = {
    .all = { "all", each_all, FG_CAP_NONE,
             "all(array, fn): is fn(x) true for every x?" },
    .any = { "any", each_any, FG_CAP_NONE,
             "any(array, fn): is fn(x) true for some x?" },
    .filter = { "filter", each_filter, FG_CAP_NONE,
                "filter(array, fn): the elements for which fn(x) is true" },
    .find = { "find", each_find, FG_CAP_NONE,
              "find(array, fn): the first element for which fn(x) is true, or null" },
    .flat_map = { "flat_map", each_flat_map, FG_CAP_NONE,
                  "flat_map(array, fn): as map, with arrays spliced in" },
    .for_each = { "for_each", each_for_each, FG_CAP_NONE,
                  "for_each(array, fn): calls fn(x) for every x" },
    .group_by = { "group_by", each_group_by, FG_CAP_NONE,
                  "group_by(array, fn): object of arrays, by the text of fn(x)" },
    .map = { "map", each_map, FG_CAP_NONE,
             "map(array?, fn?): the array of fn(x); without fn, the Map of pairs" },
    .partition = { "partition", each_partition, FG_CAP_NONE,
                   "partition(array, fn): [those with fn(x) true, the rest]" },
    .reduce = { "reduce", each_reduce, FG_CAP_NONE,
                "reduce(array, initial, fn): fn(result so far, x) over the elements" },
};
