// SPDX-License-Identifier: Apache-2.0
/* Channels and task handles as functions. */
#include "lib/lib.h"

#include "run/task.h"

static fg_status channel(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value n = fg_arg(argc, argv, 0);
    int64_t capacity = !fg_is_int(n) ? -1 : n.as.i > 0 ? n.as.i : 0;
    return fg_give_object(out, fg_channel_new(vm, capacity));
}

/* The channel in argv[0], or an error with this text. */
static fg_status wanted(fg_vm *vm, int argc, const fg_value *argv, const char *text,
                        fg_channel **c)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (!fg_is(v, FG_CHANNEL))
        return fg_raise(vm, FG_E_RUNTIME, "%s", text);
    *c = fg_as_channel(v);
    return FG_OK;
}

static fg_status send(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_channel *c;
    if (argc < 2)
        return fg_raise(vm, FG_E_RUNTIME, "send(channel, value) requires 2 arguments");
    FG_TRY(wanted(vm, argc, argv, "send() requires a channel as first argument", &c));
    fg_status s = fg_channel_send(vm, c, &argv[1]);
    if (s == FG_OK || (s == FG_SUSPENDED && !vm->again))
        *out = fg_null();
    return s;
}

static fg_status receive(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_channel *c;
    bool got = false;
    if (argc < 1)
        return fg_raise(vm, FG_E_RUNTIME, "receive(channel) requires 1 argument");
    FG_TRY(
        wanted(vm, argc, argv, "receive() requires a channel as first argument", &c));
    FG_TRY(fg_channel_receive(vm, c, out, &got));
    if (!got)
        *out = fg_null();
    return FG_OK;
}

static fg_status try_send(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_channel *c;
    bool sent = false;
    if (argc < 2)
        return fg_raise(vm, FG_E_RUNTIME, "try_send() requires (channel, value)");
    FG_TRY(wanted(vm, argc, argv, "try_send() first argument must be a channel", &c));
    FG_TRY(fg_channel_try_send(vm, c, &argv[1], &sent));
    return fg_give(out, fg_bool(sent));
}

static fg_status try_receive(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_channel *c;
    if (argc < 1)
        return fg_raise(vm, FG_E_RUNTIME, "try_receive() requires a channel");
    FG_TRY(wanted(vm, argc, argv, "try_receive() argument must be a channel", &c));
    if (!fg_channel_try_receive(vm, c, out))
        return fg_give(out, fg_none());
    return fg_wrap(&vm->heap, FG_WRAP_SOME, out, out);
}

static fg_status close(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_channel *c;
    FG_TRY(wanted(vm, argc, argv, "close() requires a channel", &c));
    fg_channel_close(vm, c);
    return fg_give(out, fg_null());
}

static fg_status select_(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value list = fg_arg(argc, argv, 0), ms = fg_arg(argc, argv, 1), e, got;
    int64_t index = -1;
    if (!fg_is(list, FG_ARRAY))
        return fg_raise(vm, FG_E_RUNTIME, "select() requires an array of channels");
    if (list.as.arr->len == 0)
        return fg_raise(vm, FG_E_RUNTIME, "select() requires a non-empty array");
    for (uint32_t i = 0; i < list.as.arr->len; i++) {
        fg_array_get(list.as.arr, i, &e);
        fg_peel(&e, &e);
        if (!fg_is(e, FG_CHANNEL))
            return fg_raise(vm, FG_E_RUNTIME,
                            "select() array must contain only channels");
    }
    double limit = !fg_is_number(ms) ? -1 : fg_number(ms) > 0 ? fg_number(ms) : 0;
    FG_TRY(fg_channel_select(vm, list.as.arr, limit, &index, &got));
    if (index < 0)
        return fg_give(out, fg_null());
    fg_array *pair = fg_array_new(&vm->heap, 2);
    if (!pair)
        return FG_NOMEM;
    fg_value at = fg_int(index);
    FG_TRY(fg_array_push(&vm->heap, pair, &at));
    FG_TRY(fg_array_push(&vm->heap, pair, &got));
    return fg_give_object(out, pair);
}

static fg_status await_all(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value list = fg_arg(argc, argv, 0), e, result;
    if (!fg_is(list, FG_ARRAY))
        return fg_raise(vm, FG_E_RUNTIME,
                        "await_all() requires an array of task handles");
    for (uint32_t i = 0; i < list.as.arr->len; i++) {
        fg_array_get(list.as.arr, i, &e);
        fg_peel(&e, &e);
        if (!fg_is(e, FG_TASK))
            return fg_raise(vm, FG_E_RUNTIME,
                            "await_all() element at index %u is not a task handle", i);
    }
    FG_TRY(fg_await_each(vm, list.as.arr));
    fg_array *results = fg_array_new(&vm->heap, list.as.arr->len);
    if (!results)
        return FG_NOMEM;
    for (uint32_t i = 0; i < list.as.arr->len; i++) {
        fg_array_get(list.as.arr, i, &e);
        FG_TRY(fg_await(vm, &e, &result));
        FG_TRY(fg_array_push(&vm->heap, results, &result));
    }
    return fg_give_object(out, results);
}

static fg_status await_timeout(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value t = fg_arg(argc, argv, 0), ms = fg_arg(argc, argv, 1);
    if (argc < 2)
        return fg_raise(vm, FG_E_RUNTIME,
                        "await_timeout() requires (handle, timeout_ms)");
    if (!fg_is_number(ms))
        return fg_raise(vm, FG_E_RUNTIME,
                        "await_timeout() second argument must be a number (ms)");
    if (!fg_is(t, FG_TASK))
        return fg_raise(vm, FG_E_RUNTIME,
                        "await_timeout() first argument must be a task handle");
    return fg_await_until(vm, fg_as_task(t), fg_number(ms), out);
}

const struct fg_task_natives fg_task_natives = {
    .await_all = { "await_all", await_all, FG_CAP_NONE,
                   "await_all(tasks): the array of what they give, waiting for all; "
                   "the "
                   "first failure is an error" },
    .await_timeout = { "await_timeout", await_timeout, FG_CAP_NONE,
                       "await_timeout(task, ms): what it gives, or null when the time "
                       "is "
                       "over" },
    .channel = { "channel", channel, FG_CAP_NONE,
                 "channel(capacity?): a channel that holds so many values; 0 hands "
                 "over, "
                 "without it there is no bound" },
    .close = { "close", close, FG_CAP_NONE, "close(channel): nothing more is sent" },
    .receive = { "receive", receive, FG_CAP_NONE,
                 "receive(channel): the next value, waiting for it; null when closed "
                 "and "
                 "empty" },
    .select = { "select", select_, FG_CAP_NONE,
                "select(channels, ms?): [index, value] of one that has a value" },
    .send = { "send", send, FG_CAP_NONE,
              "send(channel, value): waits while the channel is full" },
    .try_receive = { "try_receive", try_receive, FG_CAP_NONE,
                     "try_receive(channel): Some(value), or None at once" },
    .try_send = { "try_send", try_send, FG_CAP_NONE,
                  "try_send(channel, value): false when full or closed" },
};
