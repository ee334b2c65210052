// SPDX-License-Identifier: Apache-2.0
/* Result and Option values. */
#include "lib/lib.h"

static fg_status wrap(fg_vm *vm, uint64_t kind, fg_value content, fg_value *out)
{
    return fg_wrap(&vm->heap, kind, &content, out);
}

static fg_status result_ok(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return wrap(vm, FG_WRAP_OK, argc > 0 ? argv[0] : fg_null(), out);
}

static fg_status result_err(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc > 0)
        return wrap(vm, FG_WRAP_ERR, argv[0], out);
    FG_TRY(fg_make_string(vm, FG_SLICE("error"), out));
    return wrap(vm, FG_WRAP_ERR, *out, out);
}

static fg_status result_some(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return wrap(vm, FG_WRAP_SOME, argc > 0 ? argv[0] : fg_null(), out);
}

/* The wrapper of argument 0 without Frozen, its content in *content. */
static uint64_t content_of(int argc, const fg_value *argv, fg_value *content)
{
    fg_value v = fg_arg(argc, argv, 0);
    uint64_t kind = fg_wrap_of(v);
    if (kind)
        fg_unwrap(&v, content);
    else
        fg_copy(content, &v);
    return kind;
}

static bool is_result(uint64_t kind)
{
    return kind == FG_WRAP_OK || kind == FG_WRAP_ERR;
}

static fg_status result_is_ok(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v;
    uint64_t kind = content_of(argc, argv, &v);
    if (!is_result(kind))
        return fg_raise(vm, FG_E_RUNTIME, "is_ok() requires a Result value");
    return fg_give(out, fg_bool(kind == FG_WRAP_OK));
}

static fg_status result_is_err(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v;
    uint64_t kind = content_of(argc, argv, &v);
    if (!is_result(kind))
        return fg_raise(vm, FG_E_RUNTIME, "is_err() requires a Result value");
    return fg_give(out, fg_bool(kind == FG_WRAP_ERR));
}

/* "unwrap() on Err: " and the display form of v. */
static fg_status raise_unwrap(fg_vm *vm, const fg_value *v)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_slice text = fg_shown(&b, v);
    fg_status status =
        fg_raise(vm, FG_E_RUNTIME, "unwrap() on Err: %.*s", (int)text.n, text.p);
    fg_bytes_drop(&b);
    return status;
}

static fg_status result_unwrap(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v;
    uint64_t kind = content_of(argc, argv, &v);
    if (kind == FG_WRAP_OK || kind == FG_WRAP_SOME)
        return fg_give(out, v);
    if (kind == FG_WRAP_ERR)
        return raise_unwrap(vm, &v);
    if (fg_is(v, FG_NONE))
        return fg_raise(vm, FG_E_RUNTIME, "unwrap() called on None");
    return fg_raise(vm, FG_E_RUNTIME, "unwrap() requires a Result or Option value");
}

static fg_status result_unwrap_or(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v;
    if (argc != 2)
        return fg_raise(vm, FG_E_RUNTIME, "unwrap_or() requires (value, default)");
    uint64_t kind = content_of(argc, argv, &v);
    if (kind == FG_WRAP_OK || kind == FG_WRAP_SOME)
        return fg_give(out, v);
    if (kind == FG_WRAP_ERR || fg_is(v, FG_NONE))
        return fg_give(out, argv[1]);
    return fg_raise(vm, FG_E_RUNTIME,
                    "unwrap_or() requires a Result or Option value as first argument");
}

static fg_status result_unwrap_err(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v;
    uint64_t kind = content_of(argc, argv, &v);
    if (kind == FG_WRAP_OK)
        return fg_raise(vm, FG_E_RUNTIME, "unwrap_err() called on Ok");
    if (kind != FG_WRAP_ERR)
        return fg_raise(vm, FG_E_RUNTIME, "unwrap_err() requires a Result value");
    if (fg_is_string(v))
        return fg_give(out, v);
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_show(&b, &v);
    return fg_take_bytes(vm, &b, out);
}

/* An object that says it is an Option counts by its variant. */
static bool is_none(fg_value v)
{
    if (fg_is_null(v) || fg_is(v, FG_NONE))
        return true;
    if (!fg_is(v, FG_OBJECT))
        return false;
    fg_value *type = fg_object_find_slice(v.as.obj, FG_SLICE("__type__"));
    fg_value *variant = fg_object_find_slice(v.as.obj, FG_SLICE("__variant__"));
    return type && variant && fg_is_string(*type) && fg_is_string(*variant)
           && fg_slice_eq(fg_string_slice(type->as.str), FG_SLICE("Option"))
           && fg_slice_eq(fg_string_slice(variant->as.str), FG_SLICE("None"));
}

static fg_status result_is_some(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 1)
        return fg_raise(vm, FG_E_RUNTIME, "is_some() requires an argument");
    return fg_give(out, fg_bool(!is_none(fg_arg(argc, argv, 0))));
}

static fg_status result_is_none(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 1)
        return fg_raise(vm, FG_E_RUNTIME, "is_none() requires an argument");
    return fg_give(out, fg_bool(is_none(fg_arg(argc, argv, 0))));
}

const struct fg_result_natives fg_result_natives = {
    .Err = { "Err", result_err, FG_CAP_NONE, "Err(v = \"error\"): a failed Result" },
    .Ok = { "Ok", result_ok, FG_CAP_NONE, "Ok(v = null): a Result that holds v" },
    .Some = { "Some", result_some, FG_CAP_NONE,
              "Some(v = null): an Option that holds v" },
    .err = { "err", result_err, FG_CAP_NONE, "err(v = \"error\"): as Err(v)" },
    .is_err = { "is_err", result_is_err, FG_CAP_NONE,
                "is_err(r): is the Result an Err?" },
    .is_none = { "is_none", result_is_none, FG_CAP_NONE,
                 "is_none(x): is x None or null?" },
    .is_ok = { "is_ok", result_is_ok, FG_CAP_NONE, "is_ok(r): is the Result an Ok?" },
    .is_some = { "is_some", result_is_some, FG_CAP_NONE,
                 "is_some(x): is x neither None nor null?" },
    .ok = { "ok", result_ok, FG_CAP_NONE, "ok(v = null): as Ok(v)" },
    .unwrap = { "unwrap", result_unwrap, FG_CAP_NONE,
                "unwrap(r): content of Ok or Some; an error otherwise" },
    .unwrap_err = { "unwrap_err", result_unwrap_err, FG_CAP_NONE,
                    "unwrap_err(r): text of the content of Err" },
    .unwrap_or = { "unwrap_or", result_unwrap_or, FG_CAP_NONE,
                   "unwrap_or(r, default): content of Ok or Some, else default" },
};
