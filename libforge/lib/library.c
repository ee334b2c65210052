// SPDX-License-Identifier: Apache-2.0
/* The standard library put together: every name is found by halving sorted tables.
 * Resolving names happens when a program is compiled or a call site runs first. */
#include "lib/library.h"
#include "lib/file.h"
#include "lib/libcurl.h"
#include "lib/libmariadb.h"
#include "lib/libpq.h"
#include "lib/natives.h"
#include "lib/site.h"

/* ---- search --------------------------------------------------------------------- */

/* Order of a name and a terminated name. */
static int compare(fg_slice name, const char *with)
{
    size_t n = strlen(with);
    int order = memcmp(name.p, with, name.n < n ? name.n : n);
    return order ? order : (name.n > n) - (name.n < n);
}

/* Index of the row with this name or -1.  A row is `size` bytes and begins with its
 * name; rows stand in the order of their names. */
static int32_t find_row(const void *rows, uint32_t n, size_t size, fg_slice name)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const char *const *row = (const void *)((const char *)rows + middle * size);
        int order = compare(name, *row);
        if (order == 0)
            return (int32_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

/* ---- global functions ----------------------------------------------------------- */

#define TABLE(t)                                                                       \
    (const fg_native *)&fg_##t##_natives, sizeof(fg_##t##_natives) / sizeof(fg_native)

static const struct table {
    const fg_native *rows;
    uint32_t n;
} tables[] = {
    { TABLE(http) },   { TABLE(array) },    { TABLE(debug) },  { TABLE(defer) },
    { TABLE(each) },   { TABLE(object) },   { TABLE(output) }, { TABLE(page) },
    { TABLE(random) }, { TABLE(response) }, { TABLE(result) }, { TABLE(shell) },
    { TABLE(sort) },   { TABLE(string) },   { TABLE(table) },  { TABLE(task) },
    { TABLE(type) },
};

static const fg_native *find_global(fg_slice name)
{
    for (uint32_t i = 0; i < FG_COUNT(tables); i++) {
        int32_t at = find_row(tables[i].rows, tables[i].n, sizeof(fg_native), name);
        if (at >= 0)
            return &tables[i].rows[at];
    }
    return NULL;
}

/* ---- modules -------------------------------------------------------------------- */

static const fg_module *const modules[] = {
#define X(name) &fg_##name##_module,
    FG_MODULES(X)
#undef X
};

static const fg_module *find_module(fg_slice name)
{
    for (uint32_t i = 0; i < FG_COUNT(modules); i++)
        if (fg_slice_eq(name, fg_slice_str(modules[i]->name)))
            return modules[i];
    return NULL;
}

static const fg_module *const types[] = {
#define X(name) &fg_##name##_module,
    FG_LIB_TYPES(X)
#undef X
        NULL,
};

static const fg_module *find_type(fg_slice name)
{
    for (const fg_module *const *t = types; *t; t++)
        if (fg_slice_eq(name, fg_slice_str((*t)->name)))
            return *t;
    return NULL;
}

static const fg_native *find_type_method(fg_slice type, fg_slice name)
{
    const fg_module *t = find_type(type);
    const fg_member *m = t ? fg_module_member(t, name) : NULL;
    return m ? &m->native : NULL;
}

static void each_global(void (*fn)(void *ctx, const fg_native *n), void *ctx)
{
    for (uint32_t i = 0; i < FG_COUNT(tables); i++)
        for (uint32_t k = 0; k < tables[i].n; k++)
            fn(ctx, &tables[i].rows[k]);
}

static void each_module(void (*fn)(void *ctx, const fg_module *m), void *ctx)
{
    for (uint32_t i = 0; i < FG_COUNT(modules); i++)
        fn(ctx, modules[i]);
}

static void each_type(void (*fn)(void *ctx, const fg_module *m), void *ctx)
{
    for (const fg_module *const *t = types; *t; t++)
        fn(ctx, *t);
}

static void each_name(void (*fn)(void *ctx, const char *name), void *ctx)
{
    for (uint32_t i = 0; i < FG_COUNT(tables); i++)
        for (uint32_t k = 0; k < tables[i].n; k++)
            fn(ctx, tables[i].rows[k].name);
    for (uint32_t i = 0; i < FG_COUNT(modules); i++)
        fn(ctx, modules[i]->name);
}

/* ---- libraries of others -------------------------------------------------------------- */

/* What stands on a library that is loaded when it is needed. */
static const struct need {
    const char *name;
    fg_dynlib *library;
} needs[] = {
    { "ask", &fg_libcurl_dynlib },  { "fetch", &fg_libcurl_dynlib },
    { "http", &fg_libcurl_dynlib }, { "mysql", &fg_libmariadb_dynlib },
    { "pg", &fg_libpq_dynlib },     { "ws", &fg_libcurl_dynlib },
};

static void expect(fg_slice name)
{
    int32_t at = find_row(needs, FG_COUNT(needs), sizeof(struct need), name);
    if (at >= 0)
        fg_dynlib_load(needs[at].library);
}

/* A bit for each row. */
uint32_t fg_libraries(void)
{
    uint32_t which = 0;
    for (uint32_t i = 0; i < FG_COUNT(needs); i++)
        which |= (uint32_t)fg_dynlib_loaded(needs[i].library) << i;
    return which;
}

void fg_libraries_load(uint32_t which)
{
    for (uint32_t i = 0; i < FG_COUNT(needs); i++)
        if (which >> i & 1)
            fg_dynlib_load(needs[i].library);
}

/* ---- methods -------------------------------------------------------------------- */

#define SHARED(table, name) #name, &fg_##table##_natives.name, .shared = true
/* Of streams, which have a method of their own where others share a function. */
#define STREAM(name) .on[FG_STREAM] = &fg_stream_natives.name
#define TEXT(name) #name, .on[FG_STRING] = &fg_text_natives.name, .shared = true

static const fg_method methods[] = {
    { "add", .on[FG_SET] = &fg_set_natives.add },
    { SHARED(each, all), STREAM(all) },
    { SHARED(each, any), STREAM(any) },
    { TEXT(bytes) },
    { SHARED(string, camel_case) },
    { SHARED(string, capitalize) },
    { "chain", STREAM(chain) },
    { TEXT(char_at) },
    { "chars", .on[FG_STRING] = &fg_text_natives.chars },
    { SHARED(array, chunk) },
    { "collect", STREAM(collect) },
    { SHARED(array, compact) },
    { SHARED(array, contains) },
    { SHARED(string, count), STREAM(count) },
    { TEXT(decode_uri) },
    { "diff", &fg_object_natives.diff, .on[FG_SET] = &fg_set_natives.diff,
      .shared = true },
    { TEXT(encode_uri) },
    { SHARED(string, ends_with) },
    { SHARED(object, entries) },
    { SHARED(array, enumerate), STREAM(enumerate) },
    { SHARED(each, filter), STREAM(filter) },
    { SHARED(each, find), STREAM(find) },
    { SHARED(array, first), STREAM(first) },
    { SHARED(each, flat_map) },
    { SHARED(array, flatten) },
    { SHARED(each, for_each), STREAM(for_each) },
    { SHARED(array, frequencies) },
    { SHARED(object, from_entries) },
    { "get", &fg_object_natives.get, .on[FG_MAP] = &fg_map_natives.get,
      .shared = true },
    { SHARED(each, group_by) },
    { "has", .on[FG_SET] = &fg_set_natives.has, .on[FG_MAP] = &fg_map_natives.has },
    { SHARED(object, has_key) },
    { SHARED(array, index_of) },
    { "intersect", .on[FG_SET] = &fg_set_natives.intersect },
    { TEXT(is_alpha) },
    { TEXT(is_alphanumeric) },
    { TEXT(is_empty) },
    { TEXT(is_numeric) },
    { SHARED(string, join) },
    { SHARED(object, keys) },
    { SHARED(array, last) },
    { SHARED(string, last_index_of) },
    { SHARED(type, len) },
    { "lines", .on[FG_STRING] = &fg_string_natives.lines },
    { TEXT(lower) },
    { SHARED(each, map), STREAM(map) },
    { SHARED(array, max_of) },
    { SHARED(object, merge) },
    { SHARED(array, min_of) },
    { SHARED(object, omit) },
    { SHARED(string, pad_end) },
    { SHARED(string, pad_start) },
    { SHARED(each, partition) },
    { SHARED(object, pick) },
    { SHARED(array, pop) },
    { SHARED(array, push) },
    { SHARED(each, reduce), STREAM(reduce) },
    { "remove", .on[FG_SET] = &fg_set_natives.remove,
      .on[FG_MAP] = &fg_map_natives.remove },
    { SHARED(string, repeat_str) },
    { SHARED(string, replace) },
    { SHARED(array, reverse) },
    { SHARED(array, sample) },
    { "set", .on[FG_MAP] = &fg_map_natives.set },
    { SHARED(array, shuffle) },
    { SHARED(array, skip), STREAM(skip) },
    { SHARED(array, slice) },
    { SHARED(string, slugify) },
    { SHARED(string, snake_case) },
    { SHARED(sort, sort) },
    { SHARED(sort, sort_by) },
    { SHARED(string, split) },
    { SHARED(string, starts_with) },
    { "stream", .on = { [FG_NULL... FG_BOUND] = &fg_stream_natives.stream } },
    { SHARED(string, substring) },
    { SHARED(array, sum), STREAM(sum) },
    { "take", STREAM(take) },
    { SHARED(array, take_n) },
    { SHARED(string, title) },
    { "to_array", .on[FG_SET] = &fg_set_natives.to_array,
      .on[FG_MAP] = &fg_map_natives.to_array, STREAM(to_array) },
    { TEXT(trim) },
    { TEXT(trim_end) },
    { TEXT(trim_start) },
    { "union", .on[FG_SET] = &fg_set_natives.union_ },
    { SHARED(array, unique) },
    { TEXT(upper) },
    { SHARED(object, values) },
    { TEXT(words) },
    { SHARED(array, zip), STREAM(zip) },
};

static int32_t find_method(fg_slice name)
{
    return find_row(methods, FG_COUNT(methods), sizeof(fg_method), name);
}

/* ---- fields without a call ------------------------------------------------------ */

#define STRINGS (1u << FG_STRING)
#define HAS_LEN (1u << FG_STRING | 1u << FG_ARRAY | 1u << FG_TUPLE | 1u << FG_SET)

static const struct field {
    const char *name;
    const fg_native *native;
    uint32_t receivers;
} fields[] = {
    { "bytes", &fg_text_natives.bytes, STRINGS },
    { "chars", &fg_text_natives.chars, STRINGS },
    { "is_alpha", &fg_text_natives.is_alpha, STRINGS },
    { "is_alphanumeric", &fg_text_natives.is_alphanumeric, STRINGS },
    { "is_empty", &fg_text_natives.is_empty, STRINGS },
    { "is_numeric", &fg_text_natives.is_numeric, STRINGS },
    { "len", &fg_type_natives.len, HAS_LEN },
    { "lines", &fg_string_natives.lines, STRINGS },
    { "lower", &fg_text_natives.lower, STRINGS },
    { "reverse", &fg_array_natives.reverse, STRINGS },
    { "trim", &fg_text_natives.trim, STRINGS },
    { "trim_end", &fg_text_natives.trim_end, STRINGS },
    { "trim_start", &fg_text_natives.trim_start, STRINGS },
    { "upper", &fg_text_natives.upper, STRINGS },
    { "words", &fg_text_natives.words, STRINGS },
};

static const fg_native *find_field(fg_type receiver, fg_slice name)
{
    int32_t at = find_row(fields, FG_COUNT(fields), sizeof(struct field), name);
    return at >= 0 && (fields[at].receivers >> receiver & 1) ? fields[at].native : NULL;
}

const fg_library fg_standard_library = {
    .global = find_global,
    .module = find_module,
    .methods = methods,
    .nmethods = FG_COUNT(methods),
    .method = find_method,
    .type_method = find_type_method,
    .type = find_type,
    .field = find_field,
    .say = &fg_output_natives.say,
    .yell = &fg_output_natives.yell,
    .whisper = &fg_output_natives.whisper,
    .fetch = &fg_http_natives.fetch,
    .ask = &fg_http_natives.ask,
    .each_global = each_global,
    .each_module = each_module,
    .each_type = each_type,
    .each_name = each_name,
    .expect = expect,
    .changed = fg_file_changed,
    .denied = fg_site_denied,
};
