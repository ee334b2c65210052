// SPDX-License-Identifier: Apache-2.0
/* The json module: writing, and merging. */
#include "lib/json.h"
#include "lib/lib.h"

#include "base/number.h"

#include <math.h>

#define INDENT_MAX 16
#define INT_TEXT 20 /* bytes of the longest Int */

/* ---- writing -------------------------------------------------------------------- */

typedef struct writer {
    fg_vm *vm;
    fg_bytes b;
    int indent; /* blanks per level, -1: all on one line */
    uint32_t depth;
} writer;

static fg_status write_value(writer *w, const fg_value *v);

/* What stands before item i of a container. */
static void begin_item(writer *w, uint32_t i)
{
    if (i > 0)
        fg_bytes_put(&w->b, ", ", w->indent < 0 ? 2 : 1);
    if (w->indent < 0)
        return;
    fg_bytes_char(&w->b, '\n');
    uint32_t n = w->depth * (uint32_t)w->indent;
    char *at = fg_bytes_room(&w->b, n);
    if (at && n > 0) {
        memset(at, ' ', n);
        w->b.n += n;
    }
}

static fg_status open_container(writer *w, char c)
{
    if (++w->depth > FG_MAX_NESTING)
        return fg_raise(w->vm, FG_E_RUNTIME, "json: nested deeper than %d",
                        FG_MAX_NESTING);
    if (w->b.failed)
        return FG_NOMEM;
    fg_bytes_char(&w->b, c);
    return FG_OK;
}

static void close_container(writer *w, char c, uint32_t n)
{
    w->depth--;
    if (n > 0 && w->indent >= 0)
        begin_item(w, 0);
    fg_bytes_char(&w->b, c);
}

static fg_status write_member(writer *w, uint32_t i, const fg_string *key,
                              const fg_value *v)
{
    begin_item(w, i);
    fg_show_quoted(&w->b, fg_string_slice(key));
    fg_bytes_put(&w->b, ": ", 2);
    return write_value(w, v);
}

static fg_status write_array(writer *w, const fg_array *a)
{
    FG_TRY(open_container(w, '['));
    for (uint32_t i = 0; i < a->len; i++) {
        fg_value v;
        fg_array_get(a, i, &v);
        begin_item(w, i);
        FG_TRY(write_value(w, &v));
    }
    close_container(w, ']', a->len);
    return FG_OK;
}

static fg_status write_tuple(writer *w, const fg_tuple *t)
{
    FG_TRY(open_container(w, '['));
    for (uint32_t i = 0; i < t->len; i++) {
        begin_item(w, i);
        FG_TRY(write_value(w, &t->v[i]));
    }
    close_container(w, ']', t->len);
    return FG_OK;
}

static fg_status write_set(writer *w, const fg_table *t)
{
    uint32_t n = 0;
    FG_TRY(open_container(w, '['));
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++) {
        begin_item(w, n++);
        FG_TRY(write_value(w, fg_table_key(t, i)));
    }
    close_container(w, ']', n);
    return FG_OK;
}

static fg_status write_object(writer *w, const fg_object *o)
{
    FG_TRY(open_container(w, '{'));
    for (uint32_t i = 0; i < o->keys->n; i++)
        FG_TRY(write_member(w, i, o->keys->names[i], &o->slots[i]));
    close_container(w, '}', o->keys->n);
    return FG_OK;
}

static fg_status write_map(writer *w, const fg_table *t)
{
    uint32_t n = 0;
    FG_TRY(open_container(w, '{'));
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++) {
        fg_value key;
        fg_peel(fg_table_key(t, i), &key);
        if (!fg_is_string(key))
            return fg_raise(w->vm, FG_E_RUNTIME,
                            "json: cannot serialize map with non-string key (%s)",
                            fg_type_name(&key));
        FG_TRY(write_member(w, n++, key.as.str, fg_table_value(t, i)));
    }
    close_container(w, '}', n);
    return FG_OK;
}

static void write_int(writer *w, int64_t i)
{
    char *at = fg_bytes_room(&w->b, INT_TEXT);
    if (at)
        w->b.n += fg_int_text(i, at);
}

static void write_float(writer *w, double f)
{
    char text[FG_NUMBER_MAX];
    if (isfinite(f))
        fg_bytes_put(&w->b, text, fg_float_text(f, text));
    else
        fg_bytes_str(&w->b, "null");
}

/* A value without wrappers. */
static fg_status write_plain(writer *w, fg_value v)
{
    switch (fg_type_of(v)) {
    case FG_BOOL: fg_bytes_str(&w->b, v.as.i ? "true" : "false"); return FG_OK;
    case FG_INT: write_int(w, v.as.i); return FG_OK;
    case FG_FLOAT: write_float(w, v.as.f); return FG_OK;
    case FG_STRING: fg_show_quoted(&w->b, fg_string_slice(v.as.str)); return FG_OK;
    case FG_ARRAY: return write_array(w, v.as.arr);
    case FG_TUPLE: return write_tuple(w, v.as.tup);
    case FG_SET: return write_set(w, v.as.tab);
    case FG_OBJECT: return write_object(w, v.as.obj);
    case FG_MAP: return write_map(w, v.as.tab);
    case FG_STREAM:
        return fg_raise(w->vm, FG_E_RUNTIME,
                        "Stream cannot cross the VM/interpreter boundary; call "
                        ".collect() first to materialize");
    default: fg_bytes_str(&w->b, "null"); return FG_OK;
    }
}

static fg_status write_value(writer *w, const fg_value *v)
{
    fg_value x;
    fg_copy(&x, v);
    while (fg_wrap_of(x) == FG_WRAP_FROZEN || fg_wrap_of(x) == FG_WRAP_SOME)
        fg_unwrap(&x, &x);
    if (fg_wrap_of(x))
        x = fg_null();
    return write_plain(w, x);
}

fg_status fg_json_write(fg_vm *vm, const fg_value *v, int indent, fg_value *out)
{
    writer w = { .vm = vm, .indent = indent };
    fg_begin_text(vm, &w.b);
    fg_status status = write_value(&w, v);
    if (status == FG_OK)
        return fg_take_bytes(vm, &w.b, out);
    fg_bytes_drop(&w.b);
    return status;
}

static fg_status json_stringify(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 1)
        return fg_raise(vm, FG_E_RUNTIME, "json.stringify() requires a value");
    return fg_json_write(vm, &argv[0], -1, out);
}

static fg_status json_pretty(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value indent = fg_arg(argc, argv, 1);
    if (argc < 1)
        return fg_raise(vm, FG_E_RUNTIME, "json.pretty() requires a value");
    int64_t n = fg_is_int(indent) ? indent.as.i : FG_JSON_INDENT;
    return fg_json_write(vm, &argv[0],
                         (int)(n < 0            ? 0
                               : n > INDENT_MAX ? INDENT_MAX
                                                : n),
                         out);
}

/* ---- reading -------------------------------------------------------------------- */

static fg_status json_parse(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value text = fg_arg(argc, argv, 0);
    if (!fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME, "json.parse() requires a string");
    FG_TRY(fg_work(vm, text.as.str->len));
    return fg_json_read(vm, fg_string_slice(text.as.str), out);
}

static fg_status json_valid(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value text = fg_arg(argc, argv, 0);
    if (!fg_is_string(text))
        return fg_give(out, fg_bool(false));
    FG_TRY(fg_work(vm, text.as.str->len));
    return fg_give(out, fg_bool(fg_json_valid(vm, fg_string_slice(text.as.str))));
}

/* ---- merging -------------------------------------------------------------------- */

static fg_status merge(fg_vm *vm, const fg_object *a, const fg_object *b,
                       uint32_t depth, fg_value *out)
{
    if (depth > FG_MAX_NESTING)
        return fg_raise(vm, FG_E_RUNTIME, "json.merge() nested deeper than %d",
                        FG_MAX_NESTING);
    FG_TRY(fg_give_object(out, fg_object_copy(&vm->heap, a, b->keys->n)));
    for (uint32_t i = 0; i < b->keys->n; i++) {
        fg_value x = fg_null(), y, merged;
        fg_value *slot = fg_object_find(a, b->keys->names[i]);
        if (slot)
            fg_peel(slot, &x);
        fg_peel(&b->slots[i], &y);
        fg_copy(&merged, &b->slots[i]);
        if (fg_is(x, FG_OBJECT) && fg_is(y, FG_OBJECT))
            FG_TRY(merge(vm, x.as.obj, y.as.obj, depth + 1, &merged));
        FG_TRY(fg_object_set(&vm->heap, out->as.obj, b->keys->names[i], &merged));
    }
    return FG_OK;
}

static fg_status json_merge(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0), b = fg_arg(argc, argv, 1);
    if (!fg_is(a, FG_OBJECT) || !fg_is(b, FG_OBJECT))
        return fg_raise(vm, FG_E_RUNTIME, "json.merge() requires two objects");
    return merge(vm, a.as.obj, b.as.obj, 0, out);
}

static const fg_member members[] = {
    FG_FN("json.parse", json_parse, FG_CAP_NONE,
          "(text): the value that JSON text describes"),
    FG_FN("json.stringify", json_stringify, FG_CAP_NONE,
          "(value): JSON text on one line"),
    FG_FN("json.pretty", json_pretty, FG_CAP_NONE,
          "(value, indent = 2): JSON text over several lines"),
    FG_FN("json.valid", json_valid, FG_CAP_NONE, "(text): is it JSON?"),
    FG_FN("json.merge", json_merge, FG_CAP_NONE,
          "(a, b): all keys of both, objects inside merged too"),
};

const fg_module fg_json_module = { "json", FG_COUNT(members), members };
