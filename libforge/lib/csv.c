// SPDX-License-Identifier: Apache-2.0
/* The csv module.
 *
 * A field that begins with a quote goes on to the next single quote, over line ends too;
 * what stands behind that up to the separator belongs to it as it is.  In other fields
 * quotes are characters like others, and white space around the field does not count.
 * The writer quotes whatever would not come back as it was. */
#include "lib/csv.h"
#include "lib/file.h"
#include "lib/lib.h"
#include "lib/unicode.h"

#include "base/number.h"
#include "base/utf8.h"

#define BYTE_ORDER_MARK FG_SLICE("\xef\xbb\xbf")
#define TICK 4096u /* steps between two reports of work */

static bool begins_with(fg_slice s, fg_slice start)
{
    return s.n >= start.n && memcmp(s.p, start.p, start.n) == 0;
}

/* Reports n steps of work together with those before, when there are many. */
static fg_status report(fg_vm *vm, uint64_t *work, uint64_t n)
{
    *work += n;
    if (*work < TICK)
        return FG_OK;
    n = *work < 1u << 28 ? *work : 1u << 28;
    *work = 0;
    return fg_tick(vm, (uint32_t)n);
}

/* ---- options -------------------------------------------------------------------- */

static fg_status read_separator(fg_vm *vm, const char *name, fg_value v, char *out)
{
    char c = fg_is_string(v) && v.as.str->len == 1 ? v.as.str->bytes[0] : '"';
    if (c == '"' || c == '\r' || c == '\n' || (uint8_t)c >= 0x80) {
        fg_raise(vm, FG_E_TYPE, "%s() separator must be one ASCII character", name);
        return fg_hint(vm,
                       "write { separator: \";\" }; quotes and line ends are taken");
    }
    *out = c;
    return FG_OK;
}

fg_status fg_csv_options_read(fg_vm *vm, const char *name, fg_value v,
                              fg_csv_options *o)
{
    if (fg_is_null(v))
        return FG_OK;
    if (!fg_is(v, FG_OBJECT))
        return fg_raise(vm, FG_E_TYPE, "%s() options must be an object, got %s", name,
                        fg_type_name(&v));
    for (uint32_t i = 0; i < v.as.obj->keys->n; i++) {
        fg_string *key = v.as.obj->keys->names[i];
        fg_value x;
        fg_peel(&v.as.obj->slots[i], &x);
        if (fg_slice_eq(fg_string_slice(key), FG_SLICE("separator"))) {
            FG_TRY(read_separator(vm, name, x, &o->separator));
        } else if (fg_slice_eq(fg_string_slice(key), FG_SLICE("typed"))) {
            if (!fg_is_bool(x))
                return fg_raise(vm, FG_E_TYPE, "%s() typed must be a Bool, got %s",
                                name, fg_type_name(&x));
            o->typed = x.as.i;
        } else {
            uint32_t n = fg_utf8_fit(fg_string_slice(key), 40);
            fg_raise(vm, FG_E_TYPE, "%s() has no option '%.*s'", name, (int)n,
                     key->bytes);
            return fg_hint(vm, "there are separator and typed");
        }
    }
    return FG_OK;
}

/* ---- reading -------------------------------------------------------------------- */

typedef struct reader {
    fg_vm *vm;
    const fg_csv_options *options;
    const char *p, *end;
    fg_bytes scratch; /* text of a quoted field that is not a part of the source */
    fg_object *names; /* its keys are those of the rows; reachable */
    fg_bytes columns; /* for each column the place of its key: uint32_t */
    uint32_t ncolumns;
    uint64_t work; /* to be reported */
} reader;

typedef struct field {
    fg_slice text; /* until the next field is read */
    bool quoted;
    bool last; /* of its line */
} field;

/* Takes bytes up to a separator or line end, which is left. */
static fg_slice take_plain(reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p != r->options->separator && *r->p != '\n')
        r->p++;
    return fg_slice_of(from, (size_t)(r->p - from));
}

/* The text between an opening quote, which r->p is behind, and the closing one, which is
 * taken; to the end of the text when there is none. */
static fg_slice take_quoted(reader *r)
{
    const char *from = r->p;
    r->scratch.n = 0;
    for (;;) {
        const char *quote = memchr(r->p, '"', (size_t)(r->end - r->p));
        const char *stop = quote ? quote : r->end;
        r->p = quote ? quote + 1 : r->end;
        bool doubled = quote && r->p < r->end && *r->p == '"';
        if (!doubled && r->scratch.n == 0)
            return fg_slice_of(from, (size_t)(stop - from));
        fg_bytes_put(&r->scratch, from, (size_t)(stop + doubled - from));
        if (!doubled)
            return fg_bytes_view(&r->scratch);
        from = ++r->p;
    }
}

/* Appends what stands behind the closing quote of a field to its text. */
static fg_slice with_rest(reader *r, fg_slice text)
{
    fg_slice rest = fg_unicode_trim(take_plain(r), false, true);
    if (rest.n == 0)
        return text;
    if (text.p != r->scratch.p)
        fg_bytes_slice(&r->scratch, text);
    fg_bytes_slice(&r->scratch, rest);
    return fg_bytes_view(&r->scratch);
}

/* Reads a field and the separator or line end behind it. */
static void read_field(reader *r, field *f)
{
    const char *start = r->p;
    while (start < r->end && (*start == ' ' || *start == '\t')
           && *start != r->options->separator)
        start++;
    f->quoted = start < r->end && *start == '"';
    if (f->quoted) {
        r->p = start + 1;
        f->text = with_rest(r, take_quoted(r));
    } else {
        f->text = fg_unicode_trim(take_plain(r), true, true);
    }
    f->last = r->p == r->end || *r->p == '\n';
    if (r->p < r->end)
        r->p++;
}

/* A line without anything on it? */
static bool is_blank(const field *f) { return f->last && !f->quoted && !f->text.n; }

/* Skips blank lines and reads the first field of a row, or returns false. */
static bool begin_row(reader *r, field *f)
{
    while (r->p < r->end) {
        read_field(r, f);
        if (!is_blank(f))
            return true;
    }
    return false;
}

/* The value that the text of a field stands for. */
static fg_status type_field(reader *r, fg_slice s, fg_value *out)
{
    int64_t i;
    double d;
    if (r->options->typed) {
        if (fg_int_parse(s, &i))
            return fg_give(out, fg_int(i));
        if (fg_float_parse(s, &d))
            return fg_give(out, fg_float(d));
        if (fg_slice_eq(s, FG_SLICE("true")) || fg_slice_eq(s, FG_SLICE("false")))
            return fg_give(out, fg_bool(s.p[0] == 't'));
    }
    return fg_give_object(out, fg_string_new(&r->vm->heap, s.p, s.n));
}

/* Reads the first line, whose first field is f. */
static fg_status read_header(reader *r, field *f)
{
    const fg_value none = fg_null();
    for (bool more = true; more;) {
        int32_t at = fg_keys_find_slice(r->names->keys, f->text);
        if (at < 0) {
            fg_string *name = fg_make_key(r->vm, f->text);
            at = (int32_t)r->names->keys->n;
            if (!name)
                return FG_NOMEM;
            FG_TRY(fg_object_set(&r->vm->heap, r->names, name, &none));
        }
        fg_bytes_put(&r->columns, &at, sizeof at);
        r->ncolumns++;
        FG_TRY(report(r->vm, &r->work, 1));
        more = !f->last;
        if (more)
            read_field(r, f);
    }
    return r->columns.failed || r->scratch.failed ? FG_NOMEM : FG_OK;
}

/* The slot of column i. */
static fg_value *slot_of(const reader *r, fg_object *o, uint32_t i)
{
    uint32_t at;
    memcpy(&at, r->columns.p + i * sizeof at, sizeof at);
    return &o->slots[at];
}

/* Reads a row whose first field is f; columns without a field are "". */
static fg_status read_row(reader *r, field *f, fg_object *o)
{
    uint32_t i = 0;
    fg_value empty;
    for (bool more = true; more && i < r->ncolumns; i++) {
        FG_TRY(type_field(r, f->text, slot_of(r, o, i)));
        more = !f->last;
        if (more)
            read_field(r, f);
    }
    while (!f->last)
        read_field(r, f);
    if (i < r->ncolumns)
        FG_TRY(fg_give_object(&empty, fg_string_new(&r->vm->heap, "", 0)));
    for (; i < r->ncolumns; i++)
        fg_copy(slot_of(r, o, i), &empty);
    return r->scratch.failed ? FG_NOMEM : FG_OK;
}

/* Reads all rows into an array, which is reachable. */
static fg_status read_rows(reader *r, fg_array *rows)
{
    field f;
    if (!begin_row(r, &f))
        return FG_OK;
    FG_TRY(read_header(r, &f));
    while (begin_row(r, &f)) {
        fg_object *o = fg_object_new(&r->vm->heap, r->names->keys);
        FG_TRY(fg_push_object(r->vm, rows, o));
        FG_TRY(read_row(r, &f, o));
        FG_TRY(report(r->vm, &r->work, r->ncolumns + 1));
    }
    return FG_OK;
}

fg_status fg_csv_read(fg_vm *vm, fg_slice text, const fg_csv_options *o, fg_value *out)
{
    reader r = { .vm = vm, .options = o, .p = text.p, .end = text.p + text.n };
    if (begins_with(text, BYTE_ORDER_MARK))
        r.p += BYTE_ORDER_MARK.n;
    FG_TRY(fg_work(vm, text.n));
    fg_value *names = fg_scratch(vm, 1);
    if (!names)
        return FG_NOMEM;
    FG_TRY(fg_give_object(names, fg_object_empty(&vm->heap, 0)));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    r.names = names->as.obj;
    fg_begin_text(vm, &r.scratch);
    fg_begin_text(vm, &r.columns);
    fg_status status = read_rows(&r, out->as.arr);
    fg_bytes_drop(&r.scratch);
    fg_bytes_drop(&r.columns);
    return status;
}

static fg_status csv_parse(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value text = fg_arg(argc, argv, 0);
    fg_csv_options o = FG_CSV_DEFAULTS;
    if (!fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME, "csv.parse() requires a string");
    FG_TRY(fg_csv_options_read(vm, "csv.parse", fg_arg(argc, argv, 1), &o));
    return fg_csv_read(vm, fg_string_slice(text.as.str), &o, out);
}

/* ---- writing -------------------------------------------------------------------- */

typedef struct writer {
    fg_vm *vm;
    fg_bytes *b;
    fg_bytes cell; /* the text of one */
    char separator;
    bool single;   /* one column: an empty cell alone would be a blank line */
    uint64_t work; /* to be reported */
} writer;

static bool needs_quotes(const writer *w, fg_slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] == w->separator || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r')
            return true;
    if (s.n == 0)
        return w->single;
    return begins_with(s, BYTE_ORDER_MARK) || fg_unicode_trim(s, true, true).n < s.n;
}

static void write_quoted(fg_bytes *b, fg_slice s)
{
    fg_bytes_char(b, '"');
    for (uint32_t from = 0; from < s.n;) {
        const char *quote = memchr(s.p + from, '"', s.n - from);
        uint32_t to = quote ? (uint32_t)(quote - s.p) + 1 : s.n;
        fg_bytes_put(b, s.p + from, to - from);
        if (quote)
            fg_bytes_char(b, '"');
        from = to;
    }
    fg_bytes_char(b, '"');
}

/* Writes the text of a cell, and what follows it. */
static fg_status write_cell(writer *w, fg_slice s, char end)
{
    if (needs_quotes(w, s))
        write_quoted(w->b, s);
    else
        fg_bytes_slice(w->b, s);
    fg_bytes_char(w->b, end);
    if (w->b->failed || w->cell.failed)
        return FG_NOMEM;
    return report(w->vm, &w->work, s.n / 4 + 1);
}

static char end_of(const writer *w, const fg_keys *k, uint32_t i)
{
    return i + 1 < k->n ? w->separator : '\n';
}

static fg_status write_row(writer *w, const fg_keys *k, const fg_object *o)
{
    for (uint32_t i = 0; i < k->n; i++) {
        const fg_value *v =
            o->keys == k ? &o->slots[i] : fg_object_find(o, k->names[i]);
        fg_value x;
        if (v)
            fg_peel(v, &x);
        FG_TRY(
            write_cell(w, v ? fg_shown(&w->cell, &x) : FG_SLICE(""), end_of(w, k, i)));
    }
    return FG_OK;
}

/* Row i if it is an object, else NULL. */
static const fg_object *row_at(const fg_array *rows, uint32_t i)
{
    fg_value v, row;
    fg_array_get(rows, i, &v);
    fg_peel(&v, &row);
    return fg_is(row, FG_OBJECT) ? row.as.obj : NULL;
}

static fg_status write_rows(writer *w, const fg_keys *k, const fg_array *rows)
{
    for (uint32_t i = 0; i < k->n; i++)
        FG_TRY(write_cell(w, fg_string_slice(k->names[i]), end_of(w, k, i)));
    for (uint32_t i = 0; i < rows->len; i++) {
        const fg_object *o = row_at(rows, i);
        FG_TRY(o ? write_row(w, k, o) : report(w->vm, &w->work, 1));
    }
    return FG_OK;
}

fg_status fg_csv_write(fg_vm *vm, const fg_array *rows, const fg_csv_options *o,
                       fg_bytes *b)
{
    const fg_object *first = rows->len > 0 ? row_at(rows, 0) : NULL;
    if (!first || first->keys->n == 0)
        return FG_OK;
    writer w = {
        .vm = vm, .b = b, .separator = o->separator, .single = first->keys->n == 1
    };
    fg_begin_text(vm, &w.cell);
    fg_status status = write_rows(&w, first->keys, rows);
    fg_bytes_drop(&w.cell);
    return status;
}

static fg_status csv_stringify(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value rows = fg_arg(argc, argv, 0);
    fg_csv_options o = FG_CSV_DEFAULTS;
    fg_bytes b;
    if (!fg_is(rows, FG_ARRAY))
        return fg_raise(vm, FG_E_RUNTIME,
                        "csv.stringify() requires an array of objects");
    FG_TRY(fg_csv_options_read(vm, "csv.stringify", fg_arg(argc, argv, 1), &o));
    fg_begin_text(vm, &b);
    fg_status status = fg_csv_write(vm, rows.as.arr, &o, &b);
    if (status == FG_OK)
        return fg_take_bytes(vm, &b, out);
    fg_bytes_drop(&b);
    return status;
}

/* ---- files ---------------------------------------------------------------------- */

static fg_status csv_read(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value path = fg_arg(argc, argv, 0);
    fg_csv_options o = FG_CSV_DEFAULTS;
    if (!fg_is_string(path))
        return fg_raise(vm, FG_E_RUNTIME, "csv.read() requires a file path");
    FG_TRY(fg_csv_options_read(vm, "csv.read", fg_arg(argc, argv, 1), &o));
    fg_value *text = fg_scratch(vm, 1);
    if (!text)
        return FG_NOMEM;
    FG_TRY(fg_file_read(vm, "csv.read error", fg_string_slice(path.as.str), text));
    return fg_csv_read(vm, fg_string_slice(text->as.str), &o, out);
}

static fg_status csv_write(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value path = fg_arg(argc, argv, 0), rows = fg_arg(argc, argv, 1);
    fg_csv_options o = FG_CSV_DEFAULTS;
    fg_bytes b;
    if (!fg_is_string(path) || !fg_is(rows, FG_ARRAY))
        return fg_raise(vm, FG_E_RUNTIME, "csv.write() requires (path, array)");
    FG_TRY(fg_csv_options_read(vm, "csv.write", fg_arg(argc, argv, 2), &o));
    fg_give(out, fg_null());
    fg_begin_text(vm, &b);
    fg_status status = fg_csv_write(vm, rows.as.arr, &o, &b);
    if (status == FG_OK && b.failed)
        status = FG_NOMEM;
    if (status == FG_OK)
        status = fg_file_write(vm, "csv.write error", fg_string_slice(path.as.str),
                               fg_bytes_view(&b));
    fg_bytes_drop(&b);
    return status;
}

static const fg_member members[] = {
    FG_FN("csv.parse", csv_parse, FG_CAP_NONE,
          "(text, options?): the lines of CSV text as objects, named by the first; "
          "{ typed: false } keeps every field a String, { separator: \";\" }"),
    FG_FN("csv.stringify", csv_stringify, FG_CAP_NONE,
          "(rows, options?): CSV text of objects, with the keys of the first; "
          "{ separator: \";\" }"),
    FG_FN("csv.read", csv_read, FG_CAP_FS_READ,
          "(path, options?): what csv.parse makes of a file"),
    FG_FN("csv.write", csv_write, FG_CAP_FS_WRITE,
          "(path, rows, options?): writes what csv.stringify makes of rows"),
};

const fg_module fg_csv_module = { "csv", FG_COUNT(members), members };
