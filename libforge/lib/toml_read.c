// SPDX-License-Identifier: Apache-2.0
/* The TOML reader: documents, tables, keys, arrays and inline tables.
 *
 * Everything read hangs on the document's object at once, containers before they are
 * filled, so that the collector may run between any two values.  Beside it a hash table
 * knows how each table came to be, because that decides who may add to it:
 *
 *     IMPLICIT  named in the middle of a header: one header and any key may
 *     EXPLICIT  its own header was there: only the keys below that, and headers below it
 *     DOTTED    named in the middle of a key: keys of the same section
 *     ARRAY     an array of tables: headers in double brackets
 *
 * What is not in it, inline tables and arrays, is complete. */
#include "lib/toml.h"
#include "lib/toml_reader.h"

#include "base/hash.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

#define TICK 8192 /* bytes between two reports of work */
#define SHOWN 60u /* bytes of a key in a message */
#define ROOM 8u   /* slots that a new table begins with */

typedef enum table_kind { IMPLICIT, EXPLICIT, DOTTED, ARRAY } table_kind;

struct fg_toml_table {
    const void *at; /* the object or array, NULL: a free place */
    table_kind kind;
    uint32_t section; /* of DOTTED */
};

typedef struct fg_toml_table table;

/* ---- faults --------------------------------------------------------------------- */

fg_status fg_toml_fail(fg_toml_reader *r, const char *where, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(r->why, sizeof r->why, fmt, ap);
    va_end(ap);
    r->where = where;
    return FG_RAISED;
}

/* The fault of a key: "key 'a' …". */
static fg_status fail_key(fg_toml_reader *r, const char *where, const fg_string *key,
                          const char *what)
{
    return fg_toml_fail(r, where, "key '%.*s' %s",
                        (int)fg_utf8_fit(fg_string_slice(key), SHOWN), key->bytes,
                        what);
}

static fg_status raise_fault(const fg_toml_reader *r)
{
    uint32_t line = 1;
    const char *from = r->start;
    for (const char *p = r->start; p < r->where; p++)
        if (*p == '\n') {
            line++;
            from = p + 1;
        }
    fg_slice before = fg_slice_of(from, (size_t)(r->where - from));
    return fg_raise(r->vm, FG_E_RUNTIME, "TOML parse error: %s at line %u column %u",
                    r->why, line, fg_utf8_len(before) + 1);
}

/* ---- tables --------------------------------------------------------------------- */

/* The place of an object or array: its entry, or where that would go. */
static table *place_of(const fg_toml_reader *r, const void *at)
{
    uint32_t mask = r->room - 1, i = fg_hash_u64((uintptr_t)at) & mask;
    while (r->tables[i].at && r->tables[i].at != at)
        i = (i + 1) & mask;
    return &r->tables[i];
}

static table *find_table(const fg_toml_reader *r, const void *at)
{
    table *t = r->room ? place_of(r, at) : NULL;
    return t && t->at ? t : NULL;
}

static fg_status grow_tables(fg_toml_reader *r)
{
    fg_toml_reader larger = *r;
    larger.room = r->room ? r->room * 2 : 64;
    larger.tables = fg_memory_take(r->vm, larger.room * sizeof(table));
    if (!larger.tables)
        return FG_NOMEM;
    memset(larger.tables, 0, larger.room * sizeof(table));
    for (uint32_t i = 0; i < r->room; i++)
        if (r->tables[i].at)
            *place_of(&larger, r->tables[i].at) = r->tables[i];
    if (r->tables)
        fg_memory_give(r->vm, r->tables, r->room * sizeof(table));
    r->tables = larger.tables;
    r->room = larger.room;
    return FG_OK;
}

static fg_status note_table(fg_toml_reader *r, const void *at, table_kind kind)
{
    if (r->ntables * 2 >= r->room)
        FG_TRY(grow_tables(r));
    *place_of(r, at) = (table){ at, kind, r->section };
    r->ntables++;
    return FG_OK;
}

/* A new table under a key that is free. */
static fg_status add_table(fg_toml_reader *r, fg_object *in, fg_string *key,
                           table_kind kind, fg_object **out)
{
    fg_heap *h = &r->vm->heap;
    fg_object *o = fg_object_empty(h, ROOM);
    if (!o)
        return FG_NOMEM;
    fg_value v = fg_obj_value(o);
    FG_TRY(fg_object_set(h, in, key, &v));
    *out = o;
    return note_table(r, o, kind);
}

/* A new table at the end of an array of tables. */
static fg_status push_table(fg_toml_reader *r, fg_array *a, fg_object **out)
{
    fg_object *o = fg_object_empty(&r->vm->heap, ROOM);
    FG_TRY(fg_push_object(r->vm, a, o));
    *out = o;
    return note_table(r, o, EXPLICIT);
}

/* ---- blanks --------------------------------------------------------------------- */

static void skip_blanks(fg_toml_reader *r)
{
    while (fg_toml_at(r, ' ') || fg_toml_at(r, '\t'))
        r->p++;
}

/* Skips a comment if there is one; the line end stays. */
static fg_status skip_comment(fg_toml_reader *r)
{
    if (!fg_toml_at(r, '#'))
        return FG_OK;
    while (r->p < r->end && !fg_toml_line_end(r)) {
        if (!fg_toml_plain(*r->p))
            return fg_toml_fail(r, r->p, "control character in a comment");
        r->p++;
    }
    return FG_OK;
}

/* Skips blanks, comments and line ends. */
static fg_status skip_lines(fg_toml_reader *r)
{
    for (;;) {
        skip_blanks(r);
        FG_TRY(skip_comment(r));
        uint32_t n = fg_toml_line_end(r);
        if (n == 0)
            return FG_OK;
        r->p += n;
    }
}

/* Nothing more may stand on the line. */
static fg_status end_line(fg_toml_reader *r)
{
    skip_blanks(r);
    FG_TRY(skip_comment(r));
    if (r->p < r->end && !fg_toml_line_end(r))
        return fg_toml_fail(r, r->p, "expected the end of the line");
    return FG_OK;
}

static fg_status descend(fg_toml_reader *r)
{
    if (r->depth == FG_TOML_DEPTH)
        return fg_toml_fail(r, r->p, "nested deeper than %u tables and arrays",
                            FG_TOML_DEPTH);
    r->depth++;
    return FG_OK;
}

/* Reports what was read since the last time.  May collect. */
static fg_status report(fg_toml_reader *r)
{
    if (r->p - r->told < TICK)
        return FG_OK;
    uint32_t units = (uint32_t)(r->p - r->told) / 2;
    r->told = r->p;
    return fg_tick(r->vm, units);
}

/* ---- keys ----------------------------------------------------------------------- */

static bool is_bare(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || c == '_' || c == '-';
}

/* One part of a key, and blanks around it; *more tells whether a dot follows, which is
 * taken. */
static fg_status read_part(fg_toml_reader *r, fg_string **key, bool *more)
{
    fg_slice text;
    skip_blanks(r);
    if (fg_toml_at(r, '"') || fg_toml_at(r, '\'')) {
        FG_TRY(fg_toml_text(r, false, &text));
    } else {
        const char *from = r->p;
        while (r->p < r->end && is_bare(*r->p))
            r->p++;
        text = fg_slice_of(from, (size_t)(r->p - from));
        if (text.n == 0)
            return fg_toml_fail(r, r->p, "expected a key");
    }
    *key = fg_make_key(r->vm, text);
    skip_blanks(r);
    *more = fg_toml_at(r, '.');
    r->p += *more;
    return *key ? FG_OK : FG_NOMEM;
}

/* ---- headers -------------------------------------------------------------------- */

/* The table of a key in the middle of a header. */
static fg_status header_step(fg_toml_reader *r, const char *where, fg_string *key,
                             fg_object **at)
{
    fg_value *slot = fg_object_find(*at, key);
    if (!slot)
        return add_table(r, *at, key, IMPLICIT, at);
    if (!fg_is_heap(*slot) || !find_table(r, slot->as.o))
        return fail_key(r, where, key, "is a value, not a table with a header");
    if (fg_type_of(*slot) == FG_OBJECT) {
        *at = slot->as.obj;
    } else {
        fg_value last = fg_array_at(slot->as.arr, slot->as.arr->len - 1);
        *at = last.as.obj;
    }
    return FG_OK;
}

/* The table of the last key of [a.b]. */
static fg_status open_table(fg_toml_reader *r, const char *where, fg_string *key,
                            fg_object **at)
{
    fg_value *slot = fg_object_find(*at, key);
    if (!slot)
        return add_table(r, *at, key, EXPLICIT, at);
    table *t = fg_is_heap(*slot) ? find_table(r, slot->as.o) : NULL;
    if (!t || t->kind != IMPLICIT)
        return fail_key(r, where, key, "is already defined");
    t->kind = EXPLICIT;
    *at = slot->as.obj;
    return FG_OK;
}

/* A new table in the array of the last key of [[a.b]]. */
static fg_status open_item(fg_toml_reader *r, const char *where, fg_string *key,
                           fg_object **at)
{
    fg_value *slot = fg_object_find(*at, key);
    if (slot) {
        table *t = fg_is_heap(*slot) ? find_table(r, slot->as.o) : NULL;
        if (!t || t->kind != ARRAY)
            return fail_key(r, where, key, "is already defined");
        return push_table(r, slot->as.arr, at);
    }
    fg_value v;
    FG_TRY(fg_give_object(&v, fg_array_new(&r->vm->heap, 0)));
    FG_TRY(fg_object_set(&r->vm->heap, *at, key, &v));
    FG_TRY(note_table(r, v.as.arr, ARRAY));
    return push_table(r, v.as.arr, at);
}

/* A header, at its bracket; the keys below it go into *at. */
static fg_status read_header(fg_toml_reader *r, fg_object *root, fg_object **at)
{
    bool item = r->end - r->p > 1 && r->p[1] == '[', more = true;
    *at = root;
    r->depth = 0;
    r->section = ++r->sections;
    r->p += 1 + item;
    while (more) {
        fg_string *key;
        skip_blanks(r);
        const char *where = r->p;
        FG_TRY(descend(r));
        FG_TRY(read_part(r, &key, &more));
        if (more)
            FG_TRY(header_step(r, where, key, at));
        else if (item)
            FG_TRY(open_item(r, where, key, at));
        else
            FG_TRY(open_table(r, where, key, at));
    }
    for (int i = 0; i <= item; i++, r->p++)
        if (!fg_toml_at(r, ']'))
            return fg_toml_fail(r, r->p, item ? "expected ']]'" : "expected ']'");
    return FG_OK;
}

/* ---- values --------------------------------------------------------------------- */

/* Where a value goes: under a key, or behind the others of an array. */
typedef struct place {
    fg_object *table;
    fg_string *key;
    fg_array *array; /* NULL: under the key */
} place;

static fg_status put(fg_toml_reader *r, place to, const fg_value *v)
{
    if (to.array)
        return fg_array_push(&r->vm->heap, to.array, v);
    return fg_object_set(&r->vm->heap, to.table, to.key, v);
}

static fg_status read_value(fg_toml_reader *r, place to);

/* The table of a key in the middle of a dotted key. */
static fg_status dotted_step(fg_toml_reader *r, const char *where, fg_string *key,
                             fg_object **at)
{
    fg_value *slot = fg_object_find(*at, key);
    if (!slot)
        return add_table(r, *at, key, DOTTED, at);
    table *t = fg_is_heap(*slot) ? find_table(r, slot->as.o) : NULL;
    if (!t || t->kind == ARRAY)
        return fail_key(r, where, key, "is a value, which takes no more keys");
    if (t->kind == EXPLICIT || (t->kind == DOTTED && t->section != r->section))
        return fail_key(r, where, key, "is a table that was completed before");
    t->kind = DOTTED;
    t->section = r->section;
    *at = slot->as.obj;
    return FG_OK;
}

/* A key, '=' and its value, into the table `at`. */
static fg_status read_pair(fg_toml_reader *r, fg_object *at)
{
    uint32_t depth = r->depth;
    fg_string *key;
    for (bool more = true; more;) {
        skip_blanks(r);
        const char *where = r->p;
        FG_TRY(read_part(r, &key, &more));
        if (more) {
            FG_TRY(descend(r));
            FG_TRY(dotted_step(r, where, key, &at));
        } else if (fg_object_find(at, key)) {
            return fail_key(r, where, key, "is already defined");
        }
    }
    if (!fg_toml_at(r, '='))
        return fg_toml_fail(r, r->p, "expected '=' behind a key");
    r->p++;
    skip_blanks(r);
    FG_TRY(read_value(r, (place){ .table = at, .key = key }));
    r->depth = depth;
    return FG_OK;
}

static fg_status read_array(fg_toml_reader *r, place to)
{
    fg_value v;
    FG_TRY(descend(r));
    FG_TRY(fg_give_object(&v, fg_array_new(&r->vm->heap, 0)));
    FG_TRY(put(r, to, &v));
    r->p++;
    for (;;) {
        FG_TRY(skip_lines(r));
        if (fg_toml_at(r, ']'))
            break;
        FG_TRY(read_value(r, (place){ .array = v.as.arr }));
        FG_TRY(report(r));
        FG_TRY(skip_lines(r));
        if (fg_toml_at(r, ','))
            r->p++;
        else if (!fg_toml_at(r, ']'))
            return fg_toml_fail(r, r->p, "expected ',' or ']' in an array");
    }
    r->p++;
    r->depth--;
    return FG_OK;
}

static fg_status read_inline(fg_toml_reader *r, place to)
{
    uint32_t section = r->section;
    fg_value v;
    FG_TRY(descend(r));
    FG_TRY(fg_give_object(&v, fg_object_empty(&r->vm->heap, ROOM)));
    FG_TRY(put(r, to, &v));
    r->section = ++r->sections;
    r->p++;
    skip_blanks(r);
    for (bool more = !fg_toml_at(r, '}'); more;) {
        FG_TRY(read_pair(r, v.as.obj));
        FG_TRY(report(r));
        skip_blanks(r);
        more = fg_toml_at(r, ',');
        if (!more && !fg_toml_at(r, '}'))
            return fg_toml_fail(r, r->p, "expected ',' or '}' in an inline table");
        r->p += more;
    }
    r->p++;
    r->section = section;
    r->depth--;
    return FG_OK;
}

static fg_status read_string(fg_toml_reader *r, fg_value *out)
{
    fg_slice text;
    FG_TRY(fg_toml_text(r, true, &text));
    return fg_give_object(out, fg_string_new(&r->vm->heap, text.p, text.n));
}

static fg_status read_value(fg_toml_reader *r, place to)
{
    fg_value v;
    if (fg_toml_at(r, '['))
        return read_array(r, to);
    if (fg_toml_at(r, '{'))
        return read_inline(r, to);
    if (fg_toml_at(r, '"') || fg_toml_at(r, '\''))
        FG_TRY(read_string(r, &v));
    else
        FG_TRY(fg_toml_scalar(r, &v));
    return put(r, to, &v);
}

/* ---- documents ------------------------------------------------------------------ */

static fg_status read_line(fg_toml_reader *r, fg_object *root, fg_object **at)
{
    if (fg_toml_at(r, '['))
        FG_TRY(read_header(r, root, at));
    else
        FG_TRY(read_pair(r, *at));
    return end_line(r);
}

/* All that is not UTF-8 is refused first. */
static fg_status check_text(fg_toml_reader *r)
{
    if (fg_utf8_valid(fg_slice_of(r->p, (size_t)(r->end - r->p))))
        return FG_OK;
    const char *p = r->p;
    uint32_t cp, n = 0;
    do {
        p += n;
        n = fg_utf8_get(p, r->end, &cp);
    } while (fg_utf8_valid((fg_slice){ p, n }));
    return fg_toml_fail(r, p, "text is not UTF-8");
}

static fg_status read_document(fg_toml_reader *r, fg_object *root)
{
    fg_object *at = root;
    FG_TRY(check_text(r));
    FG_TRY(skip_lines(r));
    while (r->p < r->end) {
        FG_TRY(read_line(r, root, &at));
        FG_TRY(skip_lines(r));
        FG_TRY(report(r));
    }
    return FG_OK;
}

fg_status fg_toml_read(fg_vm *vm, fg_slice text, fg_value *out)
{
    fg_toml_reader r = {
        .vm = vm, .start = text.p, .p = text.p, .end = text.p + text.n
    };
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        r.start = r.p = text.p + 3;
    r.told = r.p;
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, ROOM)));
    fg_begin_text(vm, &r.scratch);
    fg_status status = read_document(&r, out->as.obj);
    if (status == FG_RAISED && r.why[0])
        status = raise_fault(&r);
    fg_bytes_drop(&r.scratch);
    if (r.tables)
        fg_memory_give(vm, r.tables, r.room * sizeof(table));
    return status;
}
