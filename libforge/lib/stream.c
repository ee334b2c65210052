// SPDX-License-Identifier: Apache-2.0
/* x.stream() and the methods of streams: stages, which only wrap the stream they are
 * called on, and terminals, which read it. */
#include "lib/lib.h"

#include "value/stream.h"

/* ---- arguments ------------------------------------------------------------------ */

/* The stream a method is called on, with n arguments. */
static fg_status receiver(fg_vm *vm, const char *name, int n, int argc,
                          const fg_value *argv, fg_stream **s)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (!fg_is(v, FG_STREAM))
        return fg_raise(vm, FG_E_RUNTIME, "%s() requires a Stream", name);
    *s = fg_as_stream(v);
    if (argc == n + 1)
        return FG_OK;
    return fg_raise(vm, FG_E_RUNTIME, "%s() %s", name,
                    n == 0   ? "takes no arguments"
                    : n == 1 ? "requires one argument"
                             : "requires (initial, function)");
}

/* ---- stages --------------------------------------------------------------------- */

static fg_status stream_stream(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    int kind = fg_wrap_of(v) ? -1 : fg_stream_source(fg_type_of(v));
    if (kind < 0)
        return fg_raise(vm, FG_E_RUNTIME, "stream() not supported on %s",
                        fg_type_name(&v));
    if (argc != 1)
        return fg_raise(vm, FG_E_RUNTIME, "stream() takes no arguments");
    return fg_give_object(out, fg_stream_over(&vm->heap, kind, &v));
}

/* A stage over s and, for those that join two streams, other; handed out. */
static fg_status stage(fg_vm *vm, const char *name, int kind, fg_stream *s,
                       fg_stream *other, fg_value *out)
{
    uint32_t depth = other && other->depth > s->depth ? other->depth : s->depth;
    if (depth >= FG_STREAM_STAGES) {
        fg_raise(vm, FG_E_RUNTIME, "%s(): a stream can have at most %u stages", name,
                 FG_STREAM_STAGES);
        return fg_hint(vm, "collect() what there is and start a new stream");
    }
    FG_TRY(fg_give_object(out, fg_stream_stage(&vm->heap, kind, s)));
    fg_as_stream(*out)->other = other;
    fg_as_stream(*out)->depth = depth + 1;
    return FG_OK;
}

static fg_status stage_calling(fg_vm *vm, const char *name, int kind, int argc,
                               const fg_value *argv, fg_value *out)
{
    fg_stream *s;
    FG_TRY(receiver(vm, name, 1, argc, argv, &s));
    FG_TRY(stage(vm, name, kind, s, NULL, out));
    fg_copy_counted(&fg_as_stream(*out)->with, &argv[1]);
    return FG_OK;
}

static fg_status stream_filter(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return stage_calling(vm, "filter", FG_STREAM_Filter, argc, argv, out);
}

static fg_status stream_map(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return stage_calling(vm, "map", FG_STREAM_Map, argc, argv, out);
}

static fg_status stage_counting(fg_vm *vm, const char *name, int kind, int argc,
                                const fg_value *argv, fg_value *out)
{
    fg_stream *s;
    FG_TRY(receiver(vm, name, 1, argc, argv, &s));
    fg_value n = fg_arg(argc, argv, 1);
    if (!fg_is_int(n))
        return fg_raise(vm, FG_E_RUNTIME, "%s() argument must be an integer", name);
    if (n.as.i < 0)
        return fg_raise(vm, FG_E_RUNTIME, "%s() argument must be non-negative", name);
    FG_TRY(stage(vm, name, kind, s, NULL, out));
    fg_as_stream(*out)->n = n.as.i;
    return FG_OK;
}

static fg_status stream_take(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return stage_counting(vm, "take", FG_STREAM_Take, argc, argv, out);
}

static fg_status stream_skip(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return stage_counting(vm, "skip", FG_STREAM_Skip, argc, argv, out);
}

static fg_status stage_joining(fg_vm *vm, const char *name, int kind, int argc,
                               const fg_value *argv, fg_value *out)
{
    fg_stream *s;
    FG_TRY(receiver(vm, name, 1, argc, argv, &s));
    fg_value v = fg_arg(argc, argv, 1);
    if (!fg_is(v, FG_STREAM))
        return fg_raise(vm, FG_E_RUNTIME, "%s() expects a Stream, got %s", name,
                        fg_type_name(&v));
    return stage(vm, name, kind, s, fg_as_stream(v), out);
}

static fg_status stream_chain(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return stage_joining(vm, "chain", FG_STREAM_Chain, argc, argv, out);
}

static fg_status stream_zip(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return stage_joining(vm, "zip", FG_STREAM_Zip, argc, argv, out);
}

static fg_status stream_enumerate(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_stream *s;
    FG_TRY(receiver(vm, "enumerate", 0, argc, argv, &s));
    return stage(vm, "enumerate", FG_STREAM_Enumerate, s, NULL, out);
}

/* ---- terminals ------------------------------------------------------------------ */

/* What a terminal does with an item and, if it has a function, the answer to it; *stop
 * ends the reading and leaves the rest. */
typedef fg_status (*taker)(fg_vm *vm, const fg_value *item, const fg_value *answer,
                           fg_value *out, bool *stop);

/* Reads s.  An item is counted while the function runs, which may write to it. */
static fg_status drain(fg_vm *vm, fg_stream *s, const fg_value *fn, taker take,
                       fg_value *out)
{
    fg_value *root = fg_scratch(vm, 2); /* item, answer */
    fg_status status = FG_OK;
    bool more = true, stop = false;
    if (!root)
        return FG_NOMEM;
    while (!stop) {
        FG_TRY(fg_stream_next(vm, s, &root[0], &more));
        if (!more)
            break;
        if (fn) {
            fg_retain(&root[0]);
            status = fg_call(vm, fn, 1, &root[0], &root[1]);
            fg_release(&root[0]);
            FG_TRY(status);
        }
        FG_TRY(take(vm, &root[0], &root[1], out, &stop));
    }
    return FG_OK;
}

/* A terminal with n arguments, none or a function. */
static fg_status terminal(fg_vm *vm, const char *name, int n, int argc, fg_value *argv,
                          taker take, fg_value *out)
{
    fg_stream *s;
    FG_TRY(receiver(vm, name, n, argc, argv, &s));
    return drain(vm, s, n ? &argv[1] : NULL, take, out);
}

static fg_status take_item(fg_vm *vm, const fg_value *item, const fg_value *answer,
                           fg_value *out, bool *stop)
{
    (void)answer;
    (void)stop;
    return fg_array_push(&vm->heap, out->as.arr, item);
}

static fg_status stream_collect(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    return terminal(vm, "collect", 0, argc, argv, take_item, out);
}

static fg_status stream_to_array(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    return terminal(vm, "to_array", 0, argc, argv, take_item, out);
}

static fg_status take_count(fg_vm *vm, const fg_value *item, const fg_value *answer,
                            fg_value *out, bool *stop)
{
    (void)vm;
    (void)item;
    (void)answer;
    (void)stop;
    out->as.i++;
    return FG_OK;
}

static fg_status stream_count(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_give(out, fg_int(0));
    return terminal(vm, "count", 0, argc, argv, take_count, out);
}

static fg_status take_nothing(fg_vm *vm, const fg_value *item, const fg_value *answer,
                              fg_value *out, bool *stop)
{
    (void)vm;
    (void)item;
    (void)answer;
    (void)out;
    (void)stop;
    return FG_OK;
}

static fg_status stream_for_each(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_give(out, fg_null());
    return terminal(vm, "for_each", 1, argc, argv, take_nothing, out);
}

/* Adds with the rules of the operator +. */
static fg_status take_sum(fg_vm *vm, const fg_value *item, const fg_value *answer,
                          fg_value *out, bool *stop)
{
    fg_value v;
    int64_t sum;
    (void)answer;
    (void)stop;
    fg_peel(item, &v);
    if (!fg_is_number(v))
        return fg_raise(vm, FG_E_RUNTIME, "sum() expects numeric values, got %s",
                        fg_type_name(&v));
    if (fg_is_int(*out) && fg_is_int(v)
        && !__builtin_add_overflow(out->as.i, v.as.i, &sum))
        return fg_give(out, fg_int(sum));
    return fg_give(out, fg_float(fg_number(*out) + fg_number(v)));
}

static fg_status stream_sum(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_give(out, fg_int(0));
    return terminal(vm, "sum", 0, argc, argv, take_sum, out);
}

static fg_status stream_reduce(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_stream *s;
    FG_TRY(receiver(vm, "reduce", 2, argc, argv, &s));
    fg_value *root = fg_scratch(vm, 2); /* result so far, item */
    fg_status status = FG_OK;
    bool more = true;
    if (!root)
        return FG_NOMEM;
    fg_copy(out, &argv[1]);
    for (;;) {
        fg_retain(out); /* functions of stages run meanwhile */
        status = fg_stream_next(vm, s, &root[1], &more);
        fg_release(out);
        if (status != FG_OK || !more)
            return status;
        fg_copy(&root[0], out);
        FG_TRY(fg_call(vm, &argv[2], 2, root, out));
    }
}

/* ---- terminals that stop early -------------------------------------------------- */

static fg_status take_first(fg_vm *vm, const fg_value *item, const fg_value *answer,
                            fg_value *out, bool *stop)
{
    (void)answer;
    *stop = true;
    return fg_wrap(&vm->heap, FG_WRAP_SOME, item, out);
}

static fg_status stream_first(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_give(out, fg_none());
    return terminal(vm, "first", 0, argc, argv, take_first, out);
}

static fg_status take_found(fg_vm *vm, const fg_value *item, const fg_value *answer,
                            fg_value *out, bool *stop)
{
    return fg_truthy(answer) ? take_first(vm, item, answer, out, stop) : FG_OK;
}

static fg_status stream_find(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_give(out, fg_none());
    return terminal(vm, "find", 1, argc, argv, take_found, out);
}

static fg_status take_any(fg_vm *vm, const fg_value *item, const fg_value *answer,
                          fg_value *out, bool *stop)
{
    (void)vm;
    (void)item;
    *stop = fg_truthy(answer);
    return fg_give(out, fg_bool(*stop));
}

static fg_status stream_any(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_give(out, fg_bool(false));
    return terminal(vm, "any", 1, argc, argv, take_any, out);
}

static fg_status take_all(fg_vm *vm, const fg_value *item, const fg_value *answer,
                          fg_value *out, bool *stop)
{
    (void)vm;
    (void)item;
    *stop = !fg_truthy(answer);
    return fg_give(out, fg_bool(!*stop));
}

static fg_status stream_all(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_give(out, fg_bool(true));
    return terminal(vm, "all", 1, argc, argv, take_all, out);
}

const struct fg_stream_natives fg_stream_natives = {
    .all = { "all", stream_all, FG_CAP_NONE, "st.all(fn): is fn(x) true for every x?" },
    .any = { "any", stream_any, FG_CAP_NONE, "st.any(fn): is fn(x) true for some x?" },
    .chain = { "chain", stream_chain, FG_CAP_NONE,
               "st.chain(other): the items of st, then those of other" },
    .collect = { "collect", stream_collect, FG_CAP_NONE,
                 "st.collect(): the array of the items" },
    .count = { "count", stream_count, FG_CAP_NONE, "st.count(): number of items" },
    .enumerate = { "enumerate", stream_enumerate, FG_CAP_NONE,
                   "st.enumerate(): tuples of index and item" },
    .filter = { "filter", stream_filter, FG_CAP_NONE,
                "st.filter(fn): the items for which fn(x) is true" },
    .find = { "find", stream_find, FG_CAP_NONE,
              "st.find(fn): Some of the first item for which fn(x) is true, or None" },
    .first = { "first", stream_first, FG_CAP_NONE,
               "st.first(): Some of the next item, or None" },
    .for_each = { "for_each", stream_for_each, FG_CAP_NONE,
                  "st.for_each(fn): calls fn(x) for every x" },
    .map = { "map", stream_map, FG_CAP_NONE, "st.map(fn): the stream of fn(x)" },
    .reduce = { "reduce", stream_reduce, FG_CAP_NONE,
                "st.reduce(initial, fn): fn(result so far, x) over the items" },
    .skip = { "skip", stream_skip, FG_CAP_NONE, "st.skip(n): without the first n" },
    .stream = { "stream", stream_stream, FG_CAP_NONE,
                "x.stream(): the elements of a collection or characters of a string, "
                "one at a time" },
    .sum = { "sum", stream_sum, FG_CAP_NONE, "st.sum(): sum of the numbers" },
    .take = { "take", stream_take, FG_CAP_NONE, "st.take(n): the first n" },
    .to_array = { "to_array", stream_to_array, FG_CAP_NONE,
                  "st.to_array(): the array of the items" },
    .zip = { "zip", stream_zip, FG_CAP_NONE,
             "st.zip(other): tuples of an item of each" },
};
