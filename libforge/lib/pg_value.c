// SPDX-License-Identifier: Apache-2.0
/* What the server sends as text, by the type of the column. */
#include "lib/pg.h"

#include "base/number.h"
#include "lib/json.h"

/* How the text of a type is read. */
typedef enum reading {
    AS_TEXT,
    AS_BOOL,
    AS_INT,
    AS_FLOAT,
    AS_NUMERIC, /* a Float if that is the same number */
    AS_TIME,    /* ISO 8601 */
    AS_BYTES,   /* hexadecimal digits */
    AS_JSON,
} reading;

/* Types whose numbers never change, and the arrays of them. */
static const struct type {
    Oid type, array;
    reading reading;
} types[] = {
    { 16, 1000, AS_BOOL },      /* bool */
    { 17, 1001, AS_BYTES },     /* bytea */
    { 18, 1002, AS_TEXT },      /* "char" */
    { 19, 1003, AS_TEXT },      /* name */
    { 20, 1016, AS_INT },       /* int8 */
    { 21, 1005, AS_INT },       /* int2 */
    { 23, 1007, AS_INT },       /* int4 */
    { 25, 1009, AS_TEXT },      /* text */
    { 26, 1028, AS_INT },       /* oid */
    { 114, 199, AS_JSON },      /* json */
    { 700, 1021, AS_FLOAT },    /* float4 */
    { 701, 1022, AS_FLOAT },    /* float8 */
    { 869, 1041, AS_TEXT },     /* inet */
    { 1042, 1014, AS_TEXT },    /* bpchar */
    { 1043, 1015, AS_TEXT },    /* varchar */
    { 1082, 1182, AS_TIME },    /* date */
    { 1083, 1183, AS_TIME },    /* time */
    { 1114, 1115, AS_TIME },    /* timestamp */
    { 1184, 1185, AS_TIME },    /* timestamptz */
    { 1266, 1270, AS_TIME },    /* timetz */
    { 1700, 1231, AS_NUMERIC }, /* numeric */
    { 2950, 2951, AS_TEXT },    /* uuid */
    { 3802, 3807, AS_JSON },    /* jsonb */
};

static fg_status make_text(fg_vm *vm, const char *p, size_t n, fg_value *out)
{
    return fg_give_object(out, fg_string_new(&vm->heap, p, n));
}

/* "1.50" as it is when a Float is shown. */
static fg_slice without_zeros(fg_slice s)
{
    if (!s.n || !memchr(s.p, '.', s.n))
        return s;
    while (s.p[s.n - 1] == '0')
        s.n--;
    if (s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

static fg_status read_numeric(fg_vm *vm, fg_slice s, fg_value *out)
{
    char shown[FG_NUMBER_MAX];
    double d;
    if (!fg_float_parse(s, &d))
        return make_text(vm, s.p, s.n, out);
    fg_slice same = fg_slice_of(shown, fg_float_text(d, shown));
    if (d != d || fg_slice_eq(same, without_zeros(s)) || s.p[s.n - 1] == 'y')
        return fg_give(out, fg_float(d));
    return make_text(vm, s.p, s.n, out);
}

static bool digits(fg_slice s, uint32_t at, uint32_t n)
{
    for (uint32_t i = at; i < at + n; i++)
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* "2024-05-06 07:08:09+02" is 2024-05-06T07:08:09+02:00.  Years of more than four digits,
 * before the first, and infinity stay as they are. */
static fg_status read_time(fg_vm *vm, fg_slice s, fg_value *out)
{
    char text[48];
    bool dated = digits(s, 0, 4) && s.n > 4 && s.p[4] == '-';
    if (s.n < 3 || s.n > sizeof text - 3 || s.p[s.n - 1] == 'C')
        return make_text(vm, s.p, s.n, out);
    memcpy(text, s.p, s.n);
    uint32_t n = s.n;
    if (dated && n > 11 && text[10] == ' ')
        text[10] = 'T';
    if ((text[n - 3] == '+' || text[n - 3] == '-') && memchr(text, ':', n)) {
        memcpy(text + n, ":00", 3);
        n += 3;
    }
    return make_text(vm, text, n, out);
}

/* JSON that is nested too deeply for values stays text. */
static fg_status read_json(fg_vm *vm, fg_slice s, fg_value *out)
{
    fg_status status = fg_json_read(vm, s, out);
    if (status != FG_RAISED)
        return status;
    fg_error_clear(vm);
    return make_text(vm, s.p, s.n, out);
}

static fg_status read_one(fg_vm *vm, reading r, fg_slice s, fg_value *out)
{
    int64_t i;
    double d;
    switch (r) {
    case AS_BOOL: return fg_give(out, fg_bool(s.n > 0 && s.p[0] == 't'));
    case AS_INT:
        if (fg_int_parse(s, &i))
            return fg_give(out, fg_int(i));
        break;
    case AS_FLOAT:
        if (fg_float_parse(s, &d))
            return fg_give(out, fg_float(d));
        break;
    case AS_NUMERIC: return read_numeric(vm, s, out);
    case AS_TIME: return read_time(vm, s, out);
    case AS_BYTES:
        if (s.n >= 2 && s.p[0] == '\\' && s.p[1] == 'x')
            return make_text(vm, s.p + 2, s.n - 2, out);
        break;
    case AS_JSON: return read_json(vm, s, out);
    case AS_TEXT: break;
    }
    return make_text(vm, s.p, s.n, out);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

/* One element at s[*at], unquoted into b; *null: NULL without quotes. */
static bool array_element(fg_slice s, uint32_t *at, fg_bytes *b, bool *null)
{
    uint32_t i = *at;
    bool quoted = i < s.n && s.p[i] == '"';
    b->n = 0;
    for (i += quoted; i < s.n; i++) {
        char c = s.p[i];
        if (quoted ? c == '"' : c == ',' || c == '}')
            break;
        if (c == '\\' && ++i < s.n)
            c = s.p[i];
        fg_bytes_char(b, c);
    }
    *null = !quoted && fg_slice_eq(fg_bytes_view(b), FG_SLICE("NULL"));
    *at = i + quoted;
    return i < s.n;
}

/* "{1,2,NULL}"; *flat is false if it has several dimensions or bounds of its own. */
static fg_status read_array(fg_vm *vm, reading r, fg_slice s, bool *flat, fg_value *out)
{
    fg_bytes b;
    fg_status status = FG_OK;
    uint32_t at = 1;
    *flat = s.n >= 2 && s.p[0] == '{' && s.p[1] != '{';
    if (!*flat)
        return FG_OK;
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    fg_begin_text(vm, &b);
    while (status == FG_OK && at < s.n && s.p[at] != '}') {
        fg_value v = fg_null();
        bool null;
        if (!array_element(s, &at, &b, &null))
            break;
        if (b.failed)
            status = FG_NOMEM;
        else if (!null)
            status = read_one(vm, r, fg_bytes_view(&b), &v);
        if (status == FG_OK)
            status = fg_array_push(&vm->heap, out->as.arr, &v);
        at += at < s.n && s.p[at] == ',';
    }
    fg_bytes_drop(&b);
    return status;
}

fg_status fg_pg_value(fg_vm *vm, Oid type, fg_slice text, fg_value *out)
{
    for (size_t i = 0; i < FG_COUNT(types); i++) {
        const struct type *t = &types[i];
        if (t->type == type)
            return read_one(vm, t->reading, text, out);
        if (t->array != type)
            continue;
        bool flat;
        FG_TRY(read_array(vm, t->reading, text, &flat, out));
        if (flat)
            return FG_OK;
    }
    return make_text(vm, text.p, text.n, out);
}
