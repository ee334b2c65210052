// SPDX-License-Identifier: Apache-2.0
/* The tables of the standard library, one per file of this folder.
 *
 * A table is a struct whose members are its rows, so that the list of methods can point
 * at single rows at compile time, and it is read as an array of rows too.  Members
 * stand in the byte order of their names, because names are searched by halving. */
#ifndef FG_NATIVES_H
#define FG_NATIVES_H

#include "value/library.h"

/* Global functions. */
extern const struct fg_output_natives {
    fg_native exit, input, print, println, say, whisper, yell;
} fg_output_natives;

extern const struct fg_type_natives {
    fg_native float_, int_, len, satisfies, str, type, typeof_;
} fg_type_natives;

extern const struct fg_array_natives {
    fg_native chunk, compact, contains, enumerate, first, flatten, frequencies,
        index_of, last, max_of, min_of, pop, push, range, reverse, sample, shuffle,
        skip, slice, sum, take_n, unique, zip;
} fg_array_natives;

extern const struct fg_each_natives {
    fg_native all, any, filter, find, flat_map, for_each, group_by, map, partition,
        reduce;
} fg_each_natives;

extern const struct fg_sort_natives {
    fg_native sort, sort_by;
} fg_sort_natives;

extern const struct fg_object_natives {
    fg_native diff, entries, from_entries, get, has_key, keys, merge, omit, pick,
        values;
} fg_object_natives;

extern const struct fg_string_natives {
    fg_native camel_case, capitalize, count, ends_with, join, last_index_of, lines,
        pad_end, pad_start, repeat_str, replace, slugify, snake_case, split,
        starts_with, substring, title;
} fg_string_natives;

extern const struct fg_task_natives {
    fg_native await_all, await_timeout, channel, close, receive, select, send,
        try_receive, try_send;
} fg_task_natives;

extern const struct fg_defer_natives {
    fg_native defer, uncancellable;
} fg_defer_natives;

extern const struct fg_table_natives {
    fg_native set;
} fg_table_natives;

extern const struct fg_result_natives {
    fg_native Err, Ok, Some, err, is_err, is_none, is_ok, is_some, ok, unwrap,
        unwrap_err, unwrap_or;
} fg_result_natives;

extern const struct fg_debug_natives {
    fg_native assert_, assert_eq, assert_ne, assert_throws, bet, bruh, cook, ghost, ick,
        no_cap, slay, sus, yolo;
} fg_debug_natives;

extern const struct fg_random_natives {
    fg_native uuid;
} fg_random_natives;

extern const struct fg_http_natives {
    fg_native ask, fetch;
} fg_http_natives;

extern const struct fg_shell_natives {
    fg_native cd, cwd, pipe_to, run_command, sh, sh_json, sh_lines, sh_ok, shell, which;
} fg_shell_natives;

extern const struct fg_response_natives {
    fg_native bytes, early_hints, file, html, redirect, respond, set_cookie, text;
} fg_response_natives;

extern const struct fg_page_natives {
    fg_native render;
} fg_page_natives;

/* Methods without a global function of their own. */
extern const struct fg_text_natives {
    fg_native bytes, char_at, chars, decode_uri, encode_uri, is_alpha, is_alphanumeric,
        is_empty, is_numeric, lower, trim, trim_end, trim_start, upper, words;
} fg_text_natives;

extern const struct fg_set_natives {
    fg_native add, diff, has, intersect, remove, to_array, union_;
} fg_set_natives;

extern const struct fg_map_natives {
    fg_native get, has, remove, set, to_array;
} fg_map_natives;

extern const struct fg_stream_natives {
    fg_native all, any, chain, collect, count, enumerate, filter, find, first, for_each,
        map, reduce, skip, stream, sum, take, to_array, zip;
} fg_stream_natives;

/* Modules, in the order of their names: a file of this folder each. */
/* clang-format off */
#define FG_MODULES(X)                                                                  \
    X(cookie)                                                                          \
    X(crypto)                                                                          \
    X(csv)                                                                             \
    X(db)                                                                              \
    X(env)                                                                             \
    X(fs)                                                                              \
    X(html)                                                                            \
    X(http)                                                                            \
    X(io)                                                                              \
    X(json)                                                                            \
    X(jwt)                                                                             \
    X(log)                                                                             \
    X(math)                                                                            \
    X(multipart)                                                                       \
    X(mysql)                                                                           \
    X(npc)                                                                             \
    X(os)                                                                              \
    X(path)                                                                            \
    X(pg)                                                                              \
    X(regex)                                                                           \
    X(term)                                                                            \
    X(time)                                                                            \
    X(toml)                                                                            \
    X(url)                                                                             \
    X(ws)
/* clang-format on */

/* Types of the library, each in a file of its own: objects whose __type__ is the name, and
 * whose methods are the members, called with the receiver as the first argument. */
/* clang-format off */
#define FG_LIB_TYPES(X)                                                                \
    X(request)                                                                         \
    X(response)                                                                        \
    X(upload)
/* clang-format on */

/* The row of a function, with its doc from the parenthesis on, and of a constant, with its
 * value as a field of fg_member and its doc from the colon on. */
#define FG_FN(name, fn, caps, doc)                                                     \
    {                                                                                  \
        .native = { name, fn, caps, name doc }                                         \
    }
#define FG_CONST(name, value, doc)                                                     \
    {                                                                                  \
        .native = { name, NULL, 0, name doc }, value                                   \
    }

#define X(name) extern const fg_module fg_##name##_module;
FG_MODULES(X)
FG_LIB_TYPES(X)
#undef X

#endif
