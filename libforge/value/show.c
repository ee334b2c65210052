// SPDX-License-Identifier: Apache-2.0
/* Values as text.
 *
 * One walk writes the display form, and JSON in two styles that differ in a few texts
 * (struct style).  It keeps its own stack, so that nesting costs no C stack, and stops as
 * soon as the buffer has failed, so that shared parts cannot make it longer than the text
 * it may write. */
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
#include <stdlib.h>

typedef struct style {
    const char *open, *close; /* of an object */
    fg_slice comma, colon;
    bool valid; /* JSON that every reader accepts */
} style;

const char *const fg_marker_names[] = { "struct", "prompt", "agent" };

static const style loose = { "{ ", " }", { ", ", 2 }, { ": ", 2 }, false };

/* A container whose elements are being written, or what closes a wrapper. */
typedef struct level {
    fg_value v;   /* the container; UNDEF: there is only `close` left to write */
    uint32_t i;   /* next element */
    bool json;    /* elements are written in the walk's JSON style */
    bool started; /* an element was written */
    bool value;   /* map: the key was written, now its value */
    bool pair;    /* map: the entry is an array of its own */
    const char *close;
} level;

#define LOCAL_LEVELS 24u /* before malloc is asked */

typedef struct walk {
    fg_bytes *b;
    const style *s;
    level *at;
    uint32_t n, cap;
    level local[LOCAL_LEVELS];
} walk;

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

/* How many of the n bytes at the start of s are characters of ASCII that are written as they
 * are: eight at a time, the first other one is the lowest bit that stands. */
static uint32_t plain_ascii(const char *s, uint32_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint32_t i = 0;
    for (uint64_t x; i + 8 <= n; i += 8) {
        memcpy(&x, s + i, 8);
        uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
        uint64_t other = x | ((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote)
                         | ((slash - ones) & ~slash);
        if (other & high)
            break;
    }
    while (i < n && (uint8_t)s[i] < 0x80 && is_raw(s + i, 1, (uint8_t)s[i]))
        i++;
    return i;
}

static void put_quoted_rest(fg_bytes *b, fg_slice s, uint32_t i)
{
    uint32_t from = i; /* [from, i) is still to be written */
    for (uint32_t n; i < s.n; i += n) {
        uint32_t cp;
        n = fg_utf8_get(s.p + i, s.p + s.n, &cp);
        if (is_raw(s.p + i, n, cp)) {
            if (n == 1)
                n = plain_ascii(s.p + i, s.n - i);
            continue;
        }
        fg_bytes_put(b, s.p + from, i - from);
        if (cp < 0x80)
            put_escape(b, (uint8_t)cp);
        else
            fg_bytes_str(b, "\xef\xbf\xbd");
        from = i + n;
    }
    fg_bytes_put(b, s.p + from, s.n - from);
}

void fg_show_quoted(fg_bytes *b, fg_slice s)
{
    uint32_t plain = plain_ascii(s.p, s.n);
    char *at = fg_bytes_room(b, (size_t)plain + 2);
    if (!at)
        return;
    *at = '"';
    if (plain)
        memcpy(at + 1, s.p, plain);
    b->n += plain + 1;
    if (plain < s.n)
        put_quoted_rest(b, s, plain);
    fg_bytes_char(b, '"');
}

/* ---- display form ------------------------------------------------------------ */

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

static void push(walk *w, const fg_value *v, bool json, const char *open,
                 const char *close)
{
    fg_bytes_str(w->b, open);
    if (w->n == w->cap) {
        bool local = w->at == w->local;
        level *more = realloc(local ? NULL : w->at, sizeof *more * w->cap * 2);
        if (!more) {
            w->b->failed = true;
            return;
        }
        if (local)
            memcpy(more, w->local, sizeof w->local);
        w->at = more;
        w->cap *= 2;
    }
    w->at[w->n++] = (level){ .v = *v, .json = json, .close = close };
}

/* Values that have no parts. */
static void show_scalar(fg_bytes *b, const fg_value *v)
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
    default: fg_unreachable(); /* has parts, or is never the payload of a value */
    }
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

static void json_scalar(fg_bytes *b, const style *s, const fg_value *v)
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
    default: json_other(b, s, v); return;
    }
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

static void begin_json_map(walk *w, const fg_value *v)
{
    bool named = w->s->valid && has_string_keys(v->as.tab);
    push(w, v, true, named ? w->s->open : "[", named ? w->s->close : "]");
    if (!w->b->failed)
        w->at[w->n - 1].pair = !named;
}

#define FLAT_MOST 32u

/* True if nothing in a small object has parts or wrappers. */
static bool is_flat(const fg_object *o)
{
    const uint32_t flat =
        1u << FG_NULL | 1u << FG_BOOL | 1u << FG_INT | 1u << FG_FLOAT | 1u << FG_STRING;
    uint32_t n = fg_object_len(o);
    if (n > FLAT_MOST)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (fg_wrap_of(o->slots[i]) || !(flat >> fg_type_of(o->slots[i]) & 1))
            return false;
    return true;
}

static void put_flat(fg_bytes *b, const style *s, const fg_object *o)
{
    fg_bytes_str(b, s->open);
    for (uint32_t i = 0; i < fg_object_len(o); i++) {
        if (i)
            fg_bytes_slice(b, s->comma);
        fg_show_quoted(b, fg_string_slice(o->keys->names[i]));
        fg_bytes_slice(b, s->colon);
        json_scalar(b, s, &o->slots[i]);
    }
    fg_bytes_str(b, s->close);
}

static void begin_object(walk *w, const fg_value *v, bool json)
{
    if (json && is_flat(v->as.obj))
        put_flat(w->b, w->s, v->as.obj);
    else
        push(w, v, true, json ? w->s->open : loose.open,
             json ? w->s->close : loose.close);
}

/* Writes a value without wrappers, or begins it. */
static void begin(walk *w, const fg_value *v, bool json)
{
    switch (fg_type_of(*v)) {
    case FG_ARRAY: push(w, v, json, "[", "]"); return;
    case FG_TUPLE: push(w, v, json, json ? "[" : "(", json ? "]" : ")"); return;
    case FG_OBJECT: begin_object(w, v, json); return;
    case FG_SET: push(w, v, json, json ? "[" : "set(", json ? "]" : ")"); return;
    case FG_MAP:
        if (json)
            begin_json_map(w, v);
        else
            push(w, v, false, "Map(", ")");
        return;
    default:
        if (json)
            json_scalar(w->b, w->s, v);
        else
            show_scalar(w->b, v);
        return;
    }
}

/* The same with its wrappers, each of which leaves something to close. */
static void put_value(walk *w, const fg_value *v, bool json)
{
    fg_value x;
    fg_value nothing = fg_undef();
    fg_copy(&x, v);
    for (uint64_t wrap; (wrap = fg_wrap_of(x)) != 0 && !w->b->failed;) {
        fg_unwrap(&x, &x);
        if (wrap == FG_WRAP_FROZEN || (json && wrap == FG_WRAP_SOME))
            continue;
        if (!json) {
            push(w, &nothing, false,
                 wrap == FG_WRAP_OK    ? "Ok("
                 : wrap == FG_WRAP_ERR ? "Err("
                                       : "Some(",
                 ")");
            continue;
        }
        push(w, &nothing, true, w->s->open, w->s->close);
        fg_bytes_str(w->b, wrap == FG_WRAP_OK ? "\"Ok\"" : "\"Err\"");
        fg_bytes_slice(w->b, w->s->colon);
    }
    begin(w, &x, json);
}

static void end_level(walk *w) { fg_bytes_str(w->b, w->at[--w->n].close); }

/* Before an element: the comma, but not before the first. */
static void separate(walk *w, level *l)
{
    if (l->started)
        fg_bytes_slice(w->b, l->json ? w->s->comma : loose.comma);
    l->started = true;
}

static void next_of_table(walk *w, level *l)
{
    const fg_table *t = l->v.as.tab;
    bool json = l->json;
    if (l->value) { /* of the entry before i */
        l->value = false;
        fg_bytes_slice(w->b, !json     ? FG_SLICE(" => ")
                             : l->pair ? w->s->comma
                                       : w->s->colon);
        put_value(w, fg_table_value(t, l->i - 1), json);
        return;
    }
    if (l->pair && l->started)
        fg_bytes_char(w->b, ']');
    l->i = fg_table_next(t, l->i);
    if (l->i >= t->used) {
        end_level(w);
        return;
    }
    separate(w, l);
    if (l->pair)
        fg_bytes_char(w->b, '[');
    l->value = t->h.kind == FG_MAP;
    put_value(w, fg_table_key(t, l->i++), json); /* l may have moved now */
}

/* Writes the next part of the innermost level. */
static void next_part(walk *w)
{
    level *l = &w->at[w->n - 1];
    fg_value item;
    switch ((unsigned int)fg_type_of(l->v)) {
    case FG_ARRAY:
        if (l->i == l->v.as.arr->len)
            break;
        separate(w, l);
        fg_array_get(l->v.as.arr, l->i++, &item);
        put_value(w, &item, l->json);
        return;
    case FG_TUPLE:
        if (l->i == l->v.as.tup->len)
            break;
        separate(w, l);
        l->i++;
        put_value(w, &l->v.as.tup->v[l->i - 1], l->json);
        return;
    case FG_OBJECT:
        if (l->i == fg_object_len(l->v.as.obj))
            break;
        separate(w, l);
        fg_show_quoted(w->b, fg_string_slice(l->v.as.obj->keys->names[l->i++]));
        fg_bytes_slice(w->b, w->s->colon);
        put_value(w, &l->v.as.obj->slots[l->i - 1], true);
        return;
    case FG_SET:
    case FG_MAP: next_of_table(w, l); return;
    default: break;
    }
    end_level(w);
}

static void write(fg_bytes *b, const style *s, const fg_value *v, bool json)
{
    walk w;
    w.b = b;
    w.s = s;
    w.at = w.local;
    w.n = 0;
    w.cap = LOCAL_LEVELS;
    put_value(&w, v, json);
    while (w.n > 0 && !b->failed)
        next_part(&w);
    if (w.at != w.local)
        free(w.at);
}

void fg_show(fg_bytes *b, const fg_value *v) { write(b, &loose, v, false); }

void fg_show_json_style(fg_bytes *b, const fg_value *v) { write(b, &loose, v, true); }

void fg_show_json(fg_bytes *b, const fg_value *v, const char *comma, const char *colon)
{
    const style valid = { "{", "}", fg_slice_str(comma), fg_slice_str(colon), true };
    write(b, &valid, v, true);
}
