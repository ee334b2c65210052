// SPDX-License-Identifier: Apache-2.0
/* The functions that templates may call: those of the language that only look at their
 * arguments. */
#include "lib/page_internal.h"

#include "lib/lib.h"

static fg_status filter_default(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    bool empty =
        fg_is_null(v) || fg_is(v, FG_NONE) || (fg_is_string(v) && v.as.str->len == 0);
    if (argc < 2)
        return fg_raise(vm, FG_E_RUNTIME, "default() requires a value and another");
    fg_copy(out, &argv[empty]);
    return FG_OK;
}

static const fg_native defaults = { "default", filter_default, FG_CAP_NONE,
                                    "default(x, y): x, or y if x is null, missing or "
                                    "empty" };

/* A function of the language, or one of a module. */
typedef struct filter {
    const char *name;
    const fg_native *native;
    const fg_module *module;
    const char *member;
} filter;

#define OF(table, name)                                                                \
    {                                                                                  \
#name, &fg_##table##_natives.name, NULL, NULL                                  \
    }
#define TYPE(name)                                                                     \
    {                                                                                  \
#name, &fg_type_natives.name##_, NULL, NULL                                    \
    }
#define MEMBER(name, module, member)                                                   \
    {                                                                                  \
        name, NULL, &fg_##module##_module, member                                      \
    }

static const filter filters[] = {
    { "default", &defaults, NULL, NULL },
    MEMBER("abs", math, "abs"),
    OF(string, camel_case),
    OF(string, capitalize),
    MEMBER("ceil", math, "ceil"),
    OF(text, char_at),
    OF(text, chars),
    OF(array, chunk),
    MEMBER("clamp", math, "clamp"),
    OF(array, compact),
    OF(array, contains),
    OF(string, count),
    MEMBER("date", time, "format"),
    OF(text, decode_uri),
    OF(text, encode_uri),
    OF(string, ends_with),
    OF(object, entries),
    OF(array, enumerate),
    OF(array, first),
    OF(array, flatten),
    TYPE(float),
    MEMBER("floor", math, "floor"),
    OF(object, get),
    OF(object, has_key),
    OF(array, index_of),
    TYPE(int),
    OF(text, is_alpha),
    OF(text, is_alphanumeric),
    OF(text, is_empty),
    OF(text, is_numeric),
    OF(string, join),
    MEMBER("json", json, "stringify"),
    OF(object, keys),
    OF(array, last),
    OF(string, last_index_of),
    OF(type, len),
    OF(string, lines),
    OF(text, lower),
    MEMBER("max", math, "max"),
    OF(array, max_of),
    OF(object, merge),
    MEMBER("min", math, "min"),
    OF(array, min_of),
    OF(object, omit),
    OF(string, pad_end),
    OF(string, pad_start),
    OF(object, pick),
    OF(array, range),
    OF(string, repeat_str),
    OF(string, replace),
    OF(array, reverse),
    MEMBER("round", math, "round"),
    OF(array, skip),
    OF(array, slice),
    OF(string, slugify),
    OF(string, snake_case),
    OF(sort, sort),
    OF(string, split),
    OF(string, starts_with),
    OF(type, str),
    OF(string, substring),
    OF(array, sum),
    OF(array, take_n),
    OF(string, title),
    OF(text, trim),
    OF(text, trim_end),
    OF(text, trim_start),
    OF(type, type),
    TYPE(typeof),
    OF(array, unique),
    OF(text, upper),
    OF(object, values),
    OF(text, words),
    OF(array, zip),
};

const fg_native *fg_page_filter(uint32_t number)
{
    const filter *f = &filters[number];
    if (f->native)
        return f->native;
    const fg_member *m = fg_module_member(f->module, fg_slice_str(f->member));
    return m ? &m->native : NULL;
}

const char *fg_page_filter_name(uint32_t number)
{
    return number < FG_COUNT(filters) ? filters[number].name : NULL;
}

int32_t fg_page_filter_find(fg_slice name)
{
    for (uint32_t i = 0; i < FG_COUNT(filters); i++)
        if (fg_slice_eq(name, fg_slice_str(filters[i].name)))
            return fg_page_filter(i) ? (int32_t)i : -1;
    return -1;
}

bool fg_page_filter_forgives(int32_t number) { return number == 0; }
