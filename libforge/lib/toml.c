// SPDX-License-Identifier: Apache-2.0
/* The toml module, and the writer: keys in byte order, values before tables, tables
 * under headers, arrays over several lines. */
#include "lib/toml.h"
#include "lib/file.h"
#include "lib/lib.h"

#include "base/number.h"
#include "base/utf8.h"

#include <math.h>

#define TICK 4096u
#define INDENT 4u
#define SHOWN 200u /* bytes of a value in a message */

typedef struct writer {
    fg_vm *vm;
    fg_bytes *b;
    fg_bytes path;    /* the keys of the table being written */
    uint32_t depth;   /* of tables and arrays */
    uint32_t columns; /* blanks in front of an element; 0 inside inline tables */
    uint32_t ticked;  /* bytes that were reported as work */
} writer;

/* A member of a table. */
typedef struct entry {
    const fg_string *key;
    fg_value v; /* without wrappers */
} entry;

static fg_status write_value(writer *w, fg_value v);

/* ---- members -------------------------------------------------------------------- */

static void give_entries(writer *w, const fg_object *o, entry *entries)
{
    if (entries)
        fg_memory_give(w->vm, entries, (size_t)o->keys->n * 2 * sizeof(entry));
}

/* Merges runs of `width` entries to runs of twice that. */
static fg_status merge_runs(writer *w, const entry *from, entry *to, uint32_t n,
                            uint32_t width)
{
    for (uint32_t start = 0; start < n; start += 2 * width) {
        uint32_t middle = n - start > width ? start + width : n;
        uint32_t end = n - middle > width ? middle + width : n;
        for (uint32_t i = start, j = middle, k = start; k < end; k++) {
            bool left = j == end
                        || (i < middle && fg_string_cmp(from[i].key, from[j].key) <= 0);
            const entry *next = &from[left ? i++ : j++];
            to[k].key = next->key;
            fg_copy(&to[k].v, &next->v);
            if (k % TICK == TICK - 1)
                FG_TRY(fg_tick(w->vm, TICK));
        }
    }
    return FG_OK;
}

/* Puts the entries in the order of their keys; room for as many more is behind them. */
static fg_status sort_entries(writer *w, entry *entries, uint32_t n)
{
    entry *from = entries, *to = entries + n;
    for (uint32_t width = 1; width < n; width *= 2) {
        entry *merged = to;
        FG_TRY(merge_runs(w, from, to, n, width));
        to = from;
        from = merged;
    }
    if (from != entries)
        memcpy(entries, from, n * sizeof(entry));
    return FG_OK;
}

/* The members of an object that are not null, in the order of their keys.  To be given
 * back when this succeeds. */
static fg_status take_entries(writer *w, const fg_object *o, entry **entries,
                              uint32_t *n)
{
    *n = 0;
    *entries = NULL;
    if (o->keys->n == 0)
        return FG_OK;
    *entries = fg_memory_take(w->vm, (size_t)o->keys->n * 2 * sizeof(entry));
    if (!*entries)
        return FG_NOMEM;
    for (uint32_t i = 0; i < o->keys->n; i++) {
        entry *e = &(*entries)[*n];
        e->key = o->keys->names[i];
        fg_peel(&o->slots[i], &e->v);
        *n += !fg_is_null(e->v);
    }
    fg_status status = sort_entries(w, *entries, *n);
    if (status != FG_OK)
        give_entries(w, o, *entries);
    return status;
}

/* ---- texts ---------------------------------------------------------------------- */

static void write_escape(fg_bytes *b, char c)
{
    static const char values[] = "\"\\\b\t\n\f\r", names[] = "\"\\btnfr";
    const char *known = c ? strchr(values, c) : NULL;
    if (known)
        fg_bytes_put(b, (char[2]){ '\\', names[known - values] }, 2);
    else
        fg_bytes_fmt(b, "\\u%04X", (unsigned)c);
}

/* A quoted string; bytes that are not UTF-8 become U+FFFD. */
static void write_string(fg_bytes *b, fg_slice s)
{
    const char *from = s.p, *end = s.p + s.n;
    fg_bytes_char(b, '"');
    for (const char *p = from; p < end;) {
        uint32_t cp, n = fg_utf8_get(p, end, &cp);
        bool bad = cp == FG_REPLACEMENT && (n != 3 || *p != '\xef');
        if (bad || cp < 0x20 || cp == 0x7f || cp == '"' || cp == '\\') {
            fg_bytes_put(b, from, (size_t)(p - from));
            if (bad)
                fg_bytes_str(b, "\xef\xbf\xbd");
            else
                write_escape(b, *p);
            from = p + n;
        }
        p += n;
    }
    fg_bytes_put(b, from, (size_t)(end - from));
    fg_bytes_char(b, '"');
}

static bool is_bare(fg_slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i], low = (char)(c | 0x20);
        if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') && c != '_'
            && c != '-')
            return false;
    }
    return s.n > 0;
}

static void write_key(fg_bytes *b, const fg_string *key)
{
    fg_slice s = fg_string_slice(key);
    if (is_bare(s))
        fg_bytes_slice(b, s);
    else
        write_string(b, s);
}

/* ---- values --------------------------------------------------------------------- */

static fg_status cannot_convert(writer *w, const fg_value *v)
{
    fg_bytes shown;
    fg_begin_text(w->vm, &shown);
    fg_slice text = fg_shown(&shown, v);
    uint32_t n = fg_utf8_fit(text, SHOWN);
    fg_raise(w->vm, FG_E_RUNTIME, "cannot convert %.*s%s to TOML", (int)n, text.p,
             n < text.n ? "…" : "");
    fg_bytes_drop(&shown);
    return FG_RAISED;
}

static fg_status descend(writer *w)
{
    if (w->depth == FG_TOML_DEPTH)
        return fg_raise(w->vm, FG_E_RUNTIME,
                        "TOML stringify error: nested deeper than %u tables and arrays",
                        FG_TOML_DEPTH);
    w->depth++;
    return w->b->failed ? FG_NOMEM : FG_OK;
}

/* Reports what was written since the last time. */
static fg_status report(writer *w)
{
    uint32_t n = w->b->n - w->ticked;
    if (n < TICK)
        return FG_OK;
    w->ticked = w->b->n;
    return fg_tick(w->vm, n / 2);
}

static void write_float(fg_bytes *b, double f)
{
    char text[FG_NUMBER_MAX];
    fg_slice s = { text, fg_float_text(f, text) };
    if (isnan(f)) {
        fg_bytes_str(b, "nan");
        return;
    }
    fg_bytes_slice(b, s);
    if (isfinite(f) && !memchr(s.p, '.', s.n))
        fg_bytes_str(b, ".0");
}

/* What stands in front of element i, or at i == n behind the last one. */
static void begin_element(writer *w, uint32_t i, uint32_t n)
{
    if (w->columns == 0) {
        if (i > 0 && i < n)
            fg_bytes_str(w->b, ", ");
        return;
    }
    fg_bytes_str(w->b, i > 0 ? ",\n" : "\n");
    for (uint32_t k = i < n ? 0 : INDENT; k < w->columns; k++)
        fg_bytes_char(w->b, ' ');
}

static fg_status write_array(writer *w, const fg_array *a)
{
    uint32_t columns = w->columns;
    FG_TRY(descend(w));
    fg_bytes_char(w->b, '[');
    for (uint32_t i = 0; i < a->len; i++) {
        fg_value x, v = fg_array_at(a, i);
        fg_peel(&v, &x);
        w->columns = columns;
        begin_element(w, i, a->len);
        w->columns = columns ? columns + INDENT : 0;
        FG_TRY(write_value(w, x));
        FG_TRY(report(w));
    }
    w->columns = columns;
    if (a->len > 0)
        begin_element(w, a->len, a->len);
    fg_bytes_char(w->b, ']');
    w->depth--;
    return FG_OK;
}

static fg_status write_inline(writer *w, const fg_object *o)
{
    uint32_t n, columns = w->columns;
    entry *entries;
    FG_TRY(descend(w));
    FG_TRY(take_entries(w, o, &entries, &n));
    fg_status status = FG_OK;
    w->columns = 0;
    fg_bytes_str(w->b, n > 0 ? "{ " : "{");
    for (uint32_t i = 0; i < n && status == FG_OK; i++) {
        begin_element(w, i, n);
        write_key(w->b, entries[i].key);
        fg_bytes_str(w->b, " = ");
        status = write_value(w, entries[i].v);
        if (status == FG_OK)
            status = report(w);
    }
    fg_bytes_str(w->b, n > 0 ? " }" : "}");
    w->columns = columns;
    w->depth--;
    give_entries(w, o, entries);
    return status;
}

/* Behind a key, or as an element. */
static fg_status write_value(writer *w, fg_value v)
{
    char text[FG_NUMBER_MAX];
    if (fg_is_bool(v))
        fg_bytes_str(w->b, v.as.i ? "true" : "false");
    else if (fg_is_int(v))
        fg_bytes_put(w->b, text, fg_int_text(v.as.i, text));
    else if (fg_is_float(v))
        write_float(w->b, v.as.f);
    else if (fg_is_string(v))
        write_string(w->b, fg_string_slice(v.as.str));
    else if (fg_is(v, FG_ARRAY))
        return write_array(w, v.as.arr);
    else if (fg_is(v, FG_OBJECT))
        return write_inline(w, v.as.obj);
    else
        return cannot_convert(w, &v);
    return FG_OK;
}

/* ---- tables --------------------------------------------------------------------- */

/* An array of objects alone, which gets headers in double brackets? */
static bool is_tables(fg_value v)
{
    if (!fg_is(v, FG_ARRAY) || v.as.arr->len == 0 || v.as.arr->h.bits != FG_A_ANY)
        return false;
    for (uint32_t i = 0; i < v.as.arr->len; i++) {
        fg_value x;
        fg_peel(&v.as.arr->as.any[i], &x);
        if (!fg_is(x, FG_OBJECT))
            return false;
    }
    return true;
}

static void write_header(writer *w, const char *open, const char *close)
{
    if (w->b->n > 0)
        fg_bytes_char(w->b, '\n');
    fg_bytes_str(w->b, open);
    fg_bytes_slice(w->b, fg_bytes_view(&w->path));
    fg_bytes_str(w->b, close);
}

static fg_status write_table(writer *w, const fg_object *o, bool item, bool root);

/* The table or tables of a member. */
static fg_status write_member(writer *w, const entry *e)
{
    uint32_t path = w->path.n;
    FG_TRY(descend(w));
    if (path > 0)
        fg_bytes_char(&w->path, '.');
    write_key(&w->path, e->key);
    fg_status status = w->path.failed ? FG_NOMEM : FG_OK;
    if (fg_is(e->v, FG_OBJECT) && status == FG_OK)
        status = write_table(w, e->v.as.obj, false, false);
    for (uint32_t i = 0; fg_is(e->v, FG_ARRAY) && i < e->v.as.arr->len; i++) {
        fg_value x;
        fg_peel(&e->v.as.arr->as.any[i], &x);
        if (status == FG_OK)
            status = write_table(w, x.as.obj, true, false);
    }
    w->path.n = path;
    w->depth--;
    return status;
}

/* The members of a table: first values, then those that have headers. */
static fg_status write_members(writer *w, const entry *entries, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (fg_is(entries[i].v, FG_OBJECT) || is_tables(entries[i].v))
            continue;
        write_key(w->b, entries[i].key);
        fg_bytes_str(w->b, " = ");
        w->columns = INDENT;
        FG_TRY(write_value(w, entries[i].v));
        fg_bytes_char(w->b, '\n');
        FG_TRY(report(w));
    }
    for (uint32_t i = 0; i < n; i++)
        if (fg_is(entries[i].v, FG_OBJECT) || is_tables(entries[i].v))
            FG_TRY(write_member(w, &entries[i]));
    return FG_OK;
}

/* Does a table need no header of its own, because only tables are in it? */
static bool only_tables(const entry *entries, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!fg_is(entries[i].v, FG_OBJECT) && !is_tables(entries[i].v))
            return false;
    return n > 0;
}

static fg_status write_table(writer *w, const fg_object *o, bool item, bool root)
{
    entry *entries;
    uint32_t n;
    FG_TRY(take_entries(w, o, &entries, &n));
    if (item)
        write_header(w, "[[", "]]\n");
    else if (!root && !only_tables(entries, n))
        write_header(w, "[", "]\n");
    fg_status status = report(w);
    if (status == FG_OK)
        status = write_members(w, entries, n);
    give_entries(w, o, entries);
    return w->b->failed && status == FG_OK ? FG_NOMEM : status;
}

fg_status fg_toml_write(fg_vm *vm, const fg_value *v, fg_bytes *b)
{
    writer w = { .vm = vm, .b = b, .ticked = b->n };
    fg_value root;
    fg_peel(v, &root);
    if (fg_is(root, FG_OBJECT)) {
        fg_begin_text(vm, &w.path);
        fg_status status = write_table(&w, root.as.obj, false, true);
        fg_bytes_drop(&w.path);
        return status;
    }
    if (!fg_is(root, FG_ARRAY) && root.tag > FG_FLOAT && !fg_is_string(root))
        return cannot_convert(&w, &root);
    return fg_raise(vm, FG_E_RUNTIME,
                    "TOML stringify error: a document is an Object, not %s",
                    fg_type_name(&root));
}

/* ---- module --------------------------------------------------------------------- */

static fg_status toml_parse(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value text = fg_arg(argc, argv, 0);
    if (!fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME, "toml.parse() requires a string");
    return fg_toml_read(vm, fg_string_slice(text.as.str), out);
}

static fg_status toml_read(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value path = fg_arg(argc, argv, 0);
    if (!fg_is_string(path))
        return fg_raise(vm, FG_E_RUNTIME, "toml.read() requires a file path string");
    fg_value *text = fg_scratch(vm, 1);
    if (!text)
        return FG_NOMEM;
    FG_TRY(fg_file_read(vm, "file read error", fg_string_slice(path.as.str), text));
    return fg_toml_read(vm, fg_string_slice(text->as.str), out);
}

static fg_status toml_stringify(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    if (argc < 1)
        return fg_raise(vm, FG_E_RUNTIME, "toml.stringify() requires a value");
    fg_begin_text(vm, &b);
    fg_status status = fg_toml_write(vm, &argv[0], &b);
    if (status == FG_OK)
        return fg_take_bytes(vm, &b, out);
    fg_bytes_drop(&b);
    return status;
}

static const fg_member members[] = {
    FG_FN("toml.parse", toml_parse, FG_CAP_NONE,
          "(text): the object that a TOML document describes"),
    FG_FN("toml.read", toml_read, FG_CAP_FS_READ,
          "(path): the object that a TOML file describes"),
    FG_FN("toml.stringify", toml_stringify, FG_CAP_NONE,
          "(value): the TOML document of an object; null is left out"),
};

const fg_module fg_toml_module = { "toml", FG_COUNT(members), members };
