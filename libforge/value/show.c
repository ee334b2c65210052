// SPDX-License-Identifier: Apache-2.0
/* Values as text.
 *
 * There are two walks: the display form, and JSON in two styles that differ in a few
 * texts (struct style).  Both stop as soon as the buffer has failed, so that shared
 * parts cannot make them longer than the text they are allowed to write. */
#include "value/show.h"

#include "base/number.h"
#include "base/utf8.h"
#include "value/array.h"
#include "value/equal.h"
#include "value/func.h"
#include "value/record.h"
#include "value/string.h"
#include "value/table.h"

#include <math.h>

typedef struct style {
    const char *open, *close; /* of an object */
    const char *comma, *colon;
    bool valid; /* JSON that every reader accepts */
} style;

/* Language reference 3.6. */
const char *const fg_marker_names[] = { "struct", "prompt", "agent" };

static const style loose = { "{ ", " }", ", ", ": ", false };

#define TOO_DEEP "\xe2\x80\xa6"

static void show_at(fg_bytes *b, const fg_value *v, uint32_t depth);
static void json_at(fg_bytes *b, const style *s, const fg_value *v, uint32_t depth);

/* ---- pieces ------------------------------------------------------------------ */

/* Kept out of the recursive functions: their frames stay small. */
static __attribute__((noinline)) void put_int(fg_bytes *b, int64_t i)
{
    char text[24];
    fg_bytes_put(b, text, fg_int_text(i, text));
}

static __attribute__((noinline)) void put_float(fg_bytes *b, double f)
{
    char text[FG_NUMBER_MAX];
    fg_bytes_put(b, text, fg_float_text(f, text));
}

static void put_string(fg_bytes *b, const fg_string *s)
{
    fg_bytes_slice(b, fg_string_slice(s));
}

/* The escape of an ASCII character that may not stand in a string as it is. */
static void put_escape(fg_bytes *b, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    char text[6] = { '\\', (char)c, '0', '0', hex[c >> 4], hex[c & 15] };
    size_t n = 2;
    switch (c) {
    case '"':
    case '\\': break;
    case '\n': text[1] = 'n'; break;
    case '\r': text[1] = 'r'; break;
    case '\t': text[1] = 't'; break;
    default: text[1] = 'u'; n = 6;
    }
    fg_bytes_put(b, text, n);
}

/* True if the n bytes at p, which decode as cp, are written as they are. */
static inline bool is_raw(const char *p, uint32_t n, uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 0x20 && cp != '"' && cp != '\\';
    return cp != FG_REPLACEMENT || (n == 3 && *p == '\xef');
}

void fg_show_quoted(fg_bytes *b, fg_slice s)
{
    fg_bytes_char(b, '"');
    uint32_t from = 0; /* [from, i) is still to be written */
    for (uint32_t i = 0, n; i < s.n; i += n) {
        uint32_t cp;
        n = fg_utf8_get(s.p + i, s.p + s.n, &cp);
        if (is_raw(s.p + i, n, cp))
            continue;
        fg_bytes_put(b, s.p + from, i - from);
        if (cp < 0x80)
            put_escape(b, (uint8_t)cp);
        else
            fg_bytes_str(b, "\xef\xbf\xbd");
        from = i + n;
    }
    fg_bytes_put(b, s.p + from, s.n - from);
    fg_bytes_char(b, '"');
}

/* ---- display form ------------------------------------------------------------ */

static void show_values(fg_bytes *b, const fg_value *v, uint32_t n, uint32_t depth)
{
    for (uint32_t i = 0; i < n && !b->failed; i++) {
        if (i)
            fg_bytes_str(b, ", ");
        show_at(b, &v[i], depth);
    }
}

static void show_array(fg_bytes *b, const fg_array *a, uint32_t depth)
{
    fg_bytes_char(b, '[');
    for (uint32_t i = 0; i < a->len && !b->failed; i++) {
        fg_value item;
        fg_array_get(a, i, &item);
        if (i)
            fg_bytes_str(b, ", ");
        show_at(b, &item, depth);
    }
    fg_bytes_char(b, ']');
}

static void show_table(fg_bytes *b, const fg_table *t, uint32_t depth)
{
    const char *comma = "";
    fg_bytes_str(b, t->h.kind == FG_SET ? "set(" : "Map(");
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used && !b->failed; i++) {
        fg_bytes_str(b, comma);
        comma = ", ";
        show_at(b, fg_table_key(t, i), depth);
        if (t->h.kind == FG_SET)
            continue;
        fg_bytes_str(b, " => ");
        show_at(b, fg_table_value(t, i), depth);
    }
    fg_bytes_char(b, ')');
}

static void show_func(fg_bytes *b, const fg_func *fn)
{
    fg_string *name = fg_func_name(fn);
    if (!name) {
        fg_bytes_str(b, "<lambda>");
        return;
    }
    fg_bytes_str(b, "<fn ");
    put_string(b, name);
    fg_bytes_char(b, '>');
}

static void show_ctor(fg_bytes *b, const fg_ctor *ctor)
{
    fg_bytes_str(b, "<builtin adt:");
    put_string(b, ctor->type);
    fg_bytes_char(b, ':');
    put_string(b, ctor->variant);
    fg_bytes_char(b, ':');
    put_int(b, ctor->arity);
    fg_bytes_char(b, '>');
}

static void show_stream(fg_bytes *b, const fg_obj *stream)
{
    static const char *const kinds[] = {
#define X(name) #name,
        FG_STREAM_KINDS(X)
#undef X
    };
    fg_bytes_str(b, "Stream(");
    fg_bytes_str(b, stream->bits < FG_COUNT(kinds) ? kinds[stream->bits] : "?");
    fg_bytes_char(b, ')');
}

static void show_content(fg_bytes *b, const fg_value *v, uint32_t depth)
{
    switch (fg_type_of(*v)) {
    case FG_NULL: fg_bytes_str(b, "null"); return;
    case FG_BOOL: fg_bytes_str(b, v->as.i ? "true" : "false"); return;
    case FG_INT: put_int(b, v->as.i); return;
    case FG_FLOAT: put_float(b, v->as.f); return;
    case FG_UNDEF: fg_bytes_str(b, "undefined"); return;
    case FG_NONE: fg_bytes_str(b, "None"); return;
    case FG_NATIVE:
        fg_bytes_str(b, "<builtin ");
        fg_bytes_str(b, v->as.native->name);
        fg_bytes_char(b, '>');
        return;
    case FG_STRING: put_string(b, v->as.str); return;
    case FG_ARRAY: show_array(b, v->as.arr, depth); return;
    case FG_OBJECT: json_at(b, &loose, v, depth); return;
    case FG_TUPLE:
        fg_bytes_char(b, '(');
        show_values(b, v->as.tup->v, v->as.tup->len, depth);
        fg_bytes_char(b, ')');
        return;
    case FG_SET:
    case FG_MAP: show_table(b, v->as.tab, depth); return;
    case FG_FUNC: show_func(b, v->as.fn); return;
    case FG_CTOR: show_ctor(b, v->as.ctor); return;
    case FG_STRUCT:
        fg_bytes_fmt(b, "<builtin %s:", fg_marker_names[v->as.o->bits]);
        put_string(b, v->as.st->name);
        fg_bytes_char(b, '>');
        return;
    case FG_STREAM: show_stream(b, v->as.o); return;
    case FG_CHANNEL: fg_bytes_str(b, "<channel>"); return;
    case FG_TASK: fg_bytes_str(b, "<task>"); return;
    case FG_BOUND: fg_bytes_str(b, "<builtin host>"); return;
    case FG_CELL:
    case FG_BOX:
    case FG_BUFFER:
    case FG_KEYS:
    case FG_PROTO:
    case FG_TYPEINFO:
    case FG_WORLD:
    case FG_SQUAD:
    case FG_FAILURE:
    case FG_CELLOBJ: break; /* programs do not see these */
    }
    fg_unreachable();
}

static void show_at(fg_bytes *b, const fg_value *v, uint32_t depth)
{
    if (b->failed)
        return;
    if (depth >= FG_MAX_NESTING) {
        fg_bytes_str(b, TOO_DEEP);
        return;
    }
    uint64_t wrap = fg_wrap_of(*v);
    if (wrap == 0) {
        show_content(b, v, depth + 1);
        return;
    }
    fg_value inner;
    fg_unwrap(v, &inner);
    if (wrap == FG_WRAP_FROZEN) {
        show_at(b, &inner, depth + 1);
        return;
    }
    fg_bytes_str(b, wrap == FG_WRAP_OK    ? "Ok("
                    : wrap == FG_WRAP_ERR ? "Err("
                                          : "Some(");
    show_at(b, &inner, depth + 1);
    fg_bytes_char(b, ')');
}

void fg_show(fg_bytes *b, const fg_value *v) { show_at(b, v, 0); }

/* ---- JSON -------------------------------------------------------------------- */

static void json_array(fg_bytes *b, const style *s, const fg_array *a, uint32_t depth)
{
    fg_bytes_char(b, '[');
    for (uint32_t i = 0; i < a->len && !b->failed; i++) {
        fg_value item;
        fg_array_get(a, i, &item);
        if (i)
            fg_bytes_str(b, s->comma);
        json_at(b, s, &item, depth);
    }
    fg_bytes_char(b, ']');
}

static void json_tuple(fg_bytes *b, const style *s, const fg_tuple *t, uint32_t depth)
{
    fg_bytes_char(b, '[');
    for (uint32_t i = 0; i < t->len && !b->failed; i++) {
        if (i)
            fg_bytes_str(b, s->comma);
        json_at(b, s, &t->v[i], depth);
    }
    fg_bytes_char(b, ']');
}

static void json_object(fg_bytes *b, const style *s, const fg_object *o, uint32_t depth)
{
    fg_bytes_str(b, s->open);
    for (uint32_t i = 0; i < fg_object_len(o) && !b->failed; i++) {
        if (i)
            fg_bytes_str(b, s->comma);
        fg_show_quoted(b, fg_string_slice(o->keys->names[i]));
        fg_bytes_str(b, s->colon);
        json_at(b, s, &o->slots[i], depth);
    }
    fg_bytes_str(b, s->close);
}

static bool has_string_keys(const fg_table *t)
{
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++) {
        fg_value key;
        fg_peel(fg_table_key(t, i), &key);
        if (!fg_is_string(key))
            return false;
    }
    return true;
}

/* One entry of a set or map; `named`: the map is written as an object. */
static void json_entry(fg_bytes *b, const style *s, const fg_table *t, uint32_t i,
                       bool named, uint32_t depth)
{
    if (t->h.kind == FG_MAP && !named)
        fg_bytes_char(b, '[');
    json_at(b, s, fg_table_key(t, i), depth);
    if (t->h.kind == FG_SET)
        return;
    fg_bytes_str(b, named ? s->colon : s->comma);
    json_at(b, s, fg_table_value(t, i), depth);
    if (!named)
        fg_bytes_char(b, ']');
}

static void json_table(fg_bytes *b, const style *s, const fg_table *t, uint32_t depth)
{
    bool named = s->valid && t->h.kind == FG_MAP && has_string_keys(t);
    const char *comma = "";
    fg_bytes_str(b, named ? s->open : "[");
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used && !b->failed; i++) {
        fg_bytes_str(b, comma);
        comma = s->comma;
        json_entry(b, s, t, i, named, depth);
    }
    fg_bytes_str(b, named ? s->close : "]");
}

/* What JSON has no form for. */
static void json_other(fg_bytes *b, const style *s, const fg_value *v)
{
    if (s->valid) {
        fg_bytes_str(b, "null");
        return;
    }
    fg_bytes_str(b, "\"<");
    fg_bytes_str(b, fg_type_name(v));
    fg_bytes_str(b, ">\"");
}

static void json_content(fg_bytes *b, const style *s, const fg_value *v, uint32_t depth)
{
    switch (fg_type_of(*v)) {
    case FG_NULL:
    case FG_NONE: fg_bytes_str(b, "null"); return;
    case FG_BOOL: fg_bytes_str(b, v->as.i ? "true" : "false"); return;
    case FG_INT: put_int(b, v->as.i); return;
    case FG_FLOAT:
        if (s->valid && !isfinite(v->as.f))
            fg_bytes_str(b, "null");
        else
            put_float(b, v->as.f);
        return;
    case FG_STRING: fg_show_quoted(b, fg_string_slice(v->as.str)); return;
    case FG_ARRAY: json_array(b, s, v->as.arr, depth); return;
    case FG_OBJECT: json_object(b, s, v->as.obj, depth); return;
    case FG_TUPLE: json_tuple(b, s, v->as.tup, depth); return;
    case FG_SET:
    case FG_MAP: json_table(b, s, v->as.tab, depth); return;
    case FG_UNDEF:
    case FG_NATIVE:
    case FG_CELL:
    case FG_FUNC:
    case FG_CTOR:
    case FG_STRUCT:
    case FG_BOX:
    case FG_STREAM:
    case FG_CHANNEL:
    case FG_TASK:
    case FG_BOUND: json_other(b, s, v); return;
    case FG_BUFFER:
    case FG_KEYS:
    case FG_PROTO:
    case FG_TYPEINFO:
    case FG_WORLD:
    case FG_SQUAD:
    case FG_FAILURE:
    case FG_CELLOBJ: break; /* never the payload of a value */
    }
    fg_unreachable();
}

static void json_at(fg_bytes *b, const style *s, const fg_value *v, uint32_t depth)
{
    if (b->failed)
        return;
    if (depth >= FG_MAX_NESTING) {
        fg_bytes_str(b, s->valid ? "null" : TOO_DEEP);
        return;
    }
    uint64_t wrap = fg_wrap_of(*v);
    if (wrap == 0) {
        json_content(b, s, v, depth + 1);
        return;
    }
    fg_value inner;
    fg_unwrap(v, &inner);
    if (wrap == FG_WRAP_FROZEN || wrap == FG_WRAP_SOME) {
        json_at(b, s, &inner, depth + 1);
        return;
    }
    fg_bytes_str(b, s->open);
    fg_bytes_str(b, wrap == FG_WRAP_OK ? "\"Ok\"" : "\"Err\"");
    fg_bytes_str(b, s->colon);
    json_at(b, s, &inner, depth + 1);
    fg_bytes_str(b, s->close);
}

void fg_show_json_style(fg_bytes *b, const fg_value *v) { json_at(b, &loose, v, 0); }

void fg_show_json(fg_bytes *b, const fg_value *v, const char *comma, const char *colon)
{
    json_at(b, &(style){ "{", "}", comma, colon, true }, v, 0);
}
