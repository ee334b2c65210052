// SPDX-License-Identifier: Apache-2.0
/* Type names, conversions, lengths. */
#include "lib/lib.h"

#include "base/number.h"

static fg_status type_str(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (argc > 0 && fg_is_string(v))
        return fg_give(out, v);
    fg_bytes b;
    fg_begin_text(vm, &b);
    if (argc > 0)
        fg_show(&b, &v);
    return fg_take_bytes(vm, &b, out);
}

static fg_status cannot_convert(fg_vm *vm, fg_slice text, const char *to)
{
    return fg_raise(vm, FG_E_RUNTIME, "cannot convert '%.*s' to %s", (int)text.n,
                    text.p, to);
}

static fg_status type_int(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    int64_t i;
    if (fg_is_int(v))
        return fg_give(out, v);
    if (fg_is_float(v))
        return fg_give(out, fg_int(fg_float_to_int(v.as.f)));
    if (fg_is_bool(v))
        return fg_give(out, fg_int(v.as.i));
    if (!fg_is_string(v))
        return fg_raise(vm, FG_E_RUNTIME, "int() requires number, bool, or string");
    if (!fg_int_parse(fg_string_slice(v.as.str), &i))
        return cannot_convert(vm, fg_string_slice(v.as.str), "Int");
    return fg_give(out, fg_int(i));
}

static fg_status type_float(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    double f;
    if (fg_is_number(v))
        return fg_give(out, fg_float(fg_number(v)));
    if (!fg_is_string(v))
        return fg_raise(vm, FG_E_RUNTIME, "float() requires number or string");
    if (!fg_float_parse(fg_string_slice(v.as.str), &f))
        return cannot_convert(vm, fg_string_slice(v.as.str), "Float");
    return fg_give(out, fg_float(f));
}

static fg_status type_typeof(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 1)
        return fg_raise(vm, FG_E_TYPE, "typeof() requires an argument");
    return fg_make_string(vm, fg_slice_str(fg_type_name(&argv[0])), out);
}

static fg_status type_len(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (fg_is(v, FG_STRING))
        return fg_give(out, fg_int(fg_string_length(v.as.str)));
    if (fg_is(v, FG_ARRAY))
        return fg_give(out, fg_int(v.as.arr->len));
    if (fg_is(v, FG_OBJECT))
        return fg_give(out, fg_int(fg_object_len(v.as.obj)));
    if (fg_is(v, FG_TUPLE))
        return fg_give(out, fg_int(v.as.tup->len));
    if (fg_is(v, FG_SET) || fg_is(v, FG_MAP))
        return fg_give(out, fg_int(v.as.tab->len));
    return fg_raise(vm, FG_E_RUNTIME,
                    "len() requires string, array, tuple, set, map, or object");
}

/* The name of method i of an interface's list, or NULL. */
static fg_string *method_name(const fg_array *methods, uint32_t i)
{
    fg_value m = fg_array_at(methods, i);
    fg_value *name =
        fg_is(m, FG_OBJECT) ? fg_object_find_slice(m.as.obj, FG_SLICE("name")) : NULL;
    return name && fg_is_string(*name) ? name->as.str : NULL;
}

/* Does every named method exist as a key (as a method of the object's type)? */
static bool has_methods(fg_vm *vm, const fg_object *o, const fg_array *methods,
                        bool keys)
{
    for (uint32_t i = 0; i < methods->len; i++) {
        fg_string *name = method_name(methods, i);
        if (!name)
            continue;
        if (keys ? fg_object_find(o, name) == NULL
                 : fg_type_method(vm, o, name) == NULL)
            return false;
    }
    return true;
}

static fg_status type_satisfies(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc != 2)
        return fg_raise(vm, FG_E_RUNTIME, "satisfies() requires (value, interface)");
    fg_value v = fg_arg(argc, argv, 0), i = fg_arg(argc, argv, 1);
    fg_value *methods = fg_is(i, FG_OBJECT)
                            ? fg_object_find_slice(i.as.obj, FG_SLICE("methods"))
                            : NULL;
    if (!fg_is(v, FG_OBJECT) || !methods || !fg_is(*methods, FG_ARRAY))
        return fg_give(out, fg_bool(false));
    bool typed = fg_object_find_slice(v.as.obj, FG_SLICE("__type__")) != NULL;
    bool ok = has_methods(vm, v.as.obj, methods->as.arr, true)
              || (typed && has_methods(vm, v.as.obj, methods->as.arr, false));
    return fg_give(out, fg_bool(ok));
}

const struct fg_type_natives fg_type_natives = {
    .float_ = { "float", type_float, FG_CAP_NONE,
                "float(x): x as a Float; x is a number or its text" },
    .int_ = { "int", type_int, FG_CAP_NONE,
              "int(x): x as an Int; a Float is cut, a String is read" },
    .len = { "len", type_len, FG_CAP_NONE,
             "len(x): number of characters, elements or keys" },
    .satisfies = { "satisfies", type_satisfies, FG_CAP_NONE,
                   "satisfies(value, interface): does value have its methods?" },
    .str = { "str", type_str, FG_CAP_NONE, "str(x?): the text that say prints for x" },
    .type = { "type", type_typeof, FG_CAP_NONE, "type(x): as typeof(x)" },
    .typeof_ = { "typeof", type_typeof, FG_CAP_NONE,
                 "typeof(x): name of the type of x" },
};
