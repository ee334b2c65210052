// SPDX-License-Identifier: Apache-2.0
/* The JSON reader: recursive descent, at most FG_JSON_DEPTH deep.
 *
 * Finished values wait on a stack outside the heap until their array or object is
 * closed; keys wait beside them as slices of the text.  Objects in a row mostly have the
 * same keys, so each depth remembers the key list of the last object and compares with
 * that first; only then the names are looked up in the fork's cache. */
#include "lib/json.h"
#include "lib/lib.h"

#include "base/number.h"
#include "base/utf8.h"

#include <math.h>

typedef struct reader {
    fg_vm *vm;
    const char *start, *p, *end;
    bool check;        /* only check the text */
    const char *why;   /* what is wrong, NULL: nothing */
    const char *where; /* up to where the text was consumed then */
    uint32_t depth;
    fg_value *values; /* stack of finished values */
    fg_slice *keys;   /* stack of keys of open objects */
    uint32_t nvalues, nkeys, room_values, room_keys;
    fg_keys *last[FG_JSON_DEPTH + 1];
    fg_value local_values[64]; /* the first of the stacks, which need not be cleared */
    fg_slice local_keys[32];
} reader;

static fg_status read_value(reader *r);

/* Notes what is wrong; `where` is the end of the offending byte, or of the text. */
static fg_status fail_at(reader *r, const char *why, const char *where)
{
    r->why = why;
    r->where = where < r->end ? where : r->end;
    return FG_RAISED;
}

/* The fault is the next byte. */
static fg_status fail(reader *r, const char *why) { return fail_at(r, why, r->p + 1); }

static void skip_space(reader *r)
{
    while (r->p < r->end
           && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
        r->p++;
}

/* Twice the room, in the fork's memory; the first is the reader's own. */
static void *grow(reader *r, void *from, const void *local, uint32_t *room, size_t size)
{
    void *to = fg_memory_take(r->vm, *room * size * 2);
    if (!to)
        return NULL;
    memcpy(to, from, *room * size);
    if (from != local)
        fg_memory_give(r->vm, from, *room * size);
    *room *= 2;
    return to;
}

static fg_status push_value(reader *r, fg_value v)
{
    if (r->check)
        return FG_OK;
    if (r->nvalues == r->room_values) {
        void *more =
            grow(r, r->values, r->local_values, &r->room_values, sizeof(*r->values));
        if (!more)
            return FG_NOMEM;
        r->values = more;
    }
    fg_copy(&r->values[r->nvalues++], &v);
    return FG_OK;
}

static fg_status push_key(reader *r, fg_slice key)
{
    if (r->nkeys == r->room_keys) {
        void *more = grow(r, r->keys, r->local_keys, &r->room_keys, sizeof(*r->keys));
        if (!more)
            return FG_NOMEM;
        r->keys = more;
    }
    r->keys[r->nkeys++] = key;
    return FG_OK;
}

/* ---- strings -------------------------------------------------------------------- */

/* Advances to the first quote, backslash, control character or the end; *high collects
 * the bytes passed. */
static void scan_plain(reader *r, uint64_t *high)
{
    const uint64_t ones = ~0ull / 255, tops = ones * 128;
    while (r->end - r->p >= 8) {
        uint64_t w;
        memcpy(&w, r->p, 8);
        uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');
        uint64_t hit = ((quote - ones) & ~quote) | ((slash - ones) & ~slash)
                       | ((w - ones * 0x20) & ~w);
        if (hit & tops)
            break;
        *high |= w;
        r->p += 8;
    }
    while (r->p < r->end && *r->p != '"' && *r->p != '\\' && (uint8_t)*r->p >= 0x20)
        *high |= (uint8_t)*r->p++;
}

/* Four hexadecimal digits. */
static fg_status hex4(reader *r, uint32_t *out)
{
    uint32_t x = 0;
    if (r->end - r->p < 4)
        return fail_at(r, "EOF while parsing a string", r->end);
    for (int i = 0; i < 4; i++) {
        char c = r->p[i], low = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            x = x << 4 | (uint32_t)(c - '0');
        else if (low >= 'a' && low <= 'f')
            x = x << 4 | (uint32_t)(low - 'a' + 10);
        else
            return fail_at(r, "invalid escape", r->p + 4);
    }
    r->p += 4;
    *out = x;
    return FG_OK;
}

/* The byte that must follow a leading surrogate. */
static fg_status surrogate_byte(reader *r, char want)
{
    if (r->p == r->end)
        return fail(r, "EOF while parsing a string");
    if (*r->p != want)
        return fail(r, "unexpected end of hex escape");
    r->p++;
    return FG_OK;
}

/* The rest of \u. */
static fg_status unicode_escape(reader *r, fg_bytes *b)
{
    uint32_t cp, low;
    char text[4];
    FG_TRY(hex4(r, &cp));
    if (cp >= 0xDC00 && cp <= 0xDFFF)
        return fail_at(r, "lone leading surrogate in hex escape", r->p);
    if (cp >= 0xD800 && cp <= 0xDBFF) {
        FG_TRY(surrogate_byte(r, '\\'));
        FG_TRY(surrogate_byte(r, 'u'));
        FG_TRY(hex4(r, &low));
        if (low < 0xDC00 || low > 0xDFFF)
            return fail_at(r, "lone leading surrogate in hex escape", r->p);
        cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
    }
    fg_bytes_put(b, text, fg_utf8_put(text, cp));
    return FG_OK;
}

static fg_status escape(reader *r, fg_bytes *b)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    r->p++;
    if (r->p == r->end)
        return fail(r, "EOF while parsing a string");
    char c = *r->p++;
    if (c == 'u')
        return unicode_escape(r, b);
    const char *at = c ? strchr(names, c) : NULL;
    if (!at)
        return fail_at(r, "invalid escape", r->p);
    fg_bytes_char(b, values[at - names]);
    return FG_OK;
}

/* The end of the first invalid sequence's first byte. */
static const char *invalid_byte(const char *p, const char *end)
{
    uint32_t cp;
    while (p < end) {
        uint32_t n = fg_utf8_get(p, end, &cp);
        if (!fg_utf8_valid((fg_slice){ p, n }))
            return p + 1;
        p += n;
    }
    return end;
}

/* Takes plain text up to the next special byte, checking that it is UTF-8. */
static fg_status plain(reader *r, fg_slice *text, uint64_t *high)
{
    const char *from = r->p;
    uint64_t seen = 0;
    scan_plain(r, &seen);
    *text = (fg_slice){ from, (uint32_t)(r->p - from) };
    *high |= seen;
    if ((seen & (~0ull / 255 * 128)) && !fg_utf8_valid(*text))
        return fail_at(r, "invalid unicode code point", invalid_byte(from, r->p));
    if (r->p == r->end)
        return fail(r, "EOF while parsing a string");
    if (*r->p != '"' && *r->p != '\\')
        return fail(r,
                    "control character (\\u0000-\\u001F) found while parsing a string");
    return FG_OK;
}

/* The text after an opening quote.  Text without escapes is a part of the source; other
 * text is collected in b.  *ascii tells whether it surely is ASCII. */
static fg_status read_text(reader *r, fg_bytes *b, fg_slice *text, bool *ascii)
{
    uint64_t high = 0;
    fg_slice part;
    r->p++;
    FG_TRY(plain(r, text, &high));
    bool escaped = *r->p == '\\';
    if (escaped)
        fg_bytes_slice(b, *text);
    while (*r->p == '\\') {
        FG_TRY(escape(r, b));
        FG_TRY(plain(r, &part, &high));
        fg_bytes_slice(b, part);
    }
    r->p++;
    if (escaped)
        *text = fg_bytes_view(b);
    *ascii = !escaped && !(high & (~0ull / 255 * 128));
    return b->failed ? FG_NOMEM : FG_OK;
}

static fg_status read_string(reader *r)
{
    fg_bytes b;
    fg_slice text;
    bool ascii;
    fg_value v = fg_null();
    fg_bytes_init(&b);
    fg_status status = read_text(r, &b, &text, &ascii);
    if (status == FG_OK && !r->check) {
        fg_string *s = fg_string_new(&r->vm->heap, text.p, text.n);
        status = fg_give_object(&v, s);
        if (status == FG_OK && ascii)
            fg_string_set_ascii(s);
    }
    fg_bytes_drop(&b);
    return status == FG_OK ? push_value(r, v) : status;
}

/* Reads a key; one with escapes becomes a string so that its bytes stay. */
static fg_status read_key(reader *r)
{
    fg_bytes b;
    fg_slice text;
    bool ascii;
    fg_bytes_init(&b);
    fg_status status = read_text(r, &b, &text, &ascii);
    if (status == FG_OK && text.p == b.p && !r->check) {
        fg_string *s = fg_string_new(&r->vm->heap, text.p, text.n);
        status = s ? FG_OK : FG_NOMEM;
        if (s)
            text = fg_string_slice(s);
    }
    fg_bytes_drop(&b);
    return status == FG_OK && !r->check ? push_key(r, text) : status;
}

/* ---- numbers -------------------------------------------------------------------- */

static bool is_digit(const reader *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

/* One digit or more must come. */
static fg_status digits(reader *r)
{
    if (r->p == r->end)
        return fail(r, "EOF while parsing a value");
    if (!is_digit(r))
        return fail(r, "invalid number");
    while (is_digit(r))
        r->p++;
    return FG_OK;
}

/* Walks over a number; *integer tells whether it has neither fraction nor exponent. */
static fg_status number_syntax(reader *r, bool *integer)
{
    if (*r->p == '-')
        r->p++;
    bool zero = r->p < r->end && *r->p == '0';
    const char *first = r->p;
    FG_TRY(digits(r));
    if (zero && r->p > first + 1)
        return fail_at(r, "invalid number", first + 2);
    *integer = true;
    if (r->p < r->end && *r->p == '.') {
        *integer = false;
        r->p++;
        FG_TRY(digits(r));
    }
    if (r->p < r->end && (*r->p | 0x20) == 'e') {
        *integer = false;
        r->p++;
        if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
            r->p++;
        FG_TRY(digits(r));
    }
    return FG_OK;
}

#define SHORT 18 /* decimal digits that always fit into an Int */

/* Takes the number if it is a short integer, which most are. */
static bool short_int(reader *r, int64_t *out)
{
    const char *p = r->p, *end = r->end;
    bool negative = *p == '-';
    const char *first = p += negative;
    int64_t x = 0;
    while (p < end && *p >= '0' && *p <= '9' && p - first < SHORT)
        x = x * 10 + (*p++ - '0');
    if (p == first || (*first == '0' && (negative || p > first + 1)))
        return false;
    if (p < end && (*p == '.' || (*p | 0x20) == 'e' || (*p >= '0' && *p <= '9')))
        return false;
    r->p = p;
    *out = negative ? -x : x;
    return true;
}

static fg_status read_number(reader *r)
{
    const char *from = r->p;
    bool integer;
    int64_t i;
    double f;
    if (short_int(r, &i))
        return push_value(r, fg_int(i));
    FG_TRY(number_syntax(r, &integer));
    fg_slice text = { from, (uint32_t)(r->p - from) };
    bool minus_zero = text.n == 2 && text.p[0] == '-' && text.p[1] == '0';
    if (integer && !minus_zero && fg_int_parse(text, &i))
        return push_value(r, fg_int(i));
    if (!fg_float_parse(text, &f) || isinf(f))
        return fail_at(r, "number out of range", r->p);
    return push_value(r, fg_float(f));
}

/* ---- arrays and objects --------------------------------------------------------- */

static fg_status open_container(reader *r)
{
    if (r->depth == FG_JSON_DEPTH)
        return fail(r, "recursion limit exceeded");
    r->depth++;
    r->p++;
    skip_space(r);
    return FG_OK;
}

/* After an item: true in *more when a comma came, at the closing byte otherwise. */
static fg_status next_item(reader *r, char close, bool *more)
{
    skip_space(r);
    if (r->p == r->end)
        return fail(r, close == ']' ? "EOF while parsing a list"
                                    : "EOF while parsing an object");
    *more = *r->p == ',';
    if (!*more && *r->p != close)
        return fail(r, close == ']' ? "expected `,` or `]`" : "expected `,` or `}`");
    r->p++;
    if (!*more)
        return FG_OK;
    skip_space(r);
    if (r->p == r->end)
        return fail(r, "EOF while parsing a value");
    if (*r->p == close)
        return fail(r, "trailing comma");
    return FG_OK;
}

/* All values from `base` have this tag? */
static bool all_tagged(const reader *r, uint32_t base, uint64_t tag)
{
    for (uint32_t i = base; i < r->nvalues; i++)
        if (r->values[i].tag != tag)
            return false;
    return r->nvalues > base;
}

/* Replaces the values from `base` by one array of them. */
static fg_status close_array(reader *r, uint32_t base)
{
    fg_heap *h = &r->vm->heap;
    uint32_t n = r->nvalues - base;
    bool ints = all_tagged(r, base, FG_INT), floats = all_tagged(r, base, FG_FLOAT);
    fg_value v;
    if (ints || floats) {
        fg_array *a = ints ? fg_array_ints(h, n) : fg_array_floats(h, n);
        FG_TRY(fg_give_object(&v, a));
        for (uint32_t i = 0; i < n; i++)
            a->as.ints[i] = r->values[base + i].as.i;
    } else {
        FG_TRY(fg_give_object(&v, fg_array_of(h, r->values + base, n)));
    }
    r->nvalues = base;
    return push_value(r, v);
}

static fg_status read_array(reader *r)
{
    uint32_t base = r->nvalues;
    bool more = true;
    FG_TRY(open_container(r));
    if (r->p == r->end)
        return fail(r, "EOF while parsing a list");
    if (*r->p == ']') {
        r->p++;
        more = false;
    }
    while (more) {
        FG_TRY(read_value(r));
        FG_TRY(next_item(r, ']', &more));
    }
    r->depth--;
    return r->check ? FG_OK : close_array(r, base);
}

static bool has_keys(const fg_keys *k, const fg_slice *names, uint32_t n)
{
    if (k->n != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!fg_slice_eq(fg_string_slice(k->names[i]), names[i]))
            return false;
    return true;
}

/* Replaces the keys from key_base and the values from base by one object of them. */
static fg_status close_object(reader *r, uint32_t base, uint32_t key_base)
{
    uint32_t n = r->nkeys - key_base;
    const fg_slice *names = r->keys + key_base;
    fg_keys *k = r->last[r->depth];
    if (!k || !has_keys(k, names, n)) {
        k = fg_shape(r->vm, names, n);
        r->last[r->depth] = k;
    }
    fg_object *o = k ? fg_object_new(&r->vm->heap, k) : NULL;
    if (!o)
        return FG_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        int32_t at = k->n == n ? (int32_t)i : fg_keys_find_slice(k, names[i]);
        fg_store(&o->slots[at], &r->values[base + i]);
    }
    r->nkeys = key_base;
    r->nvalues = base;
    return push_value(r, fg_obj_value(o));
}

static fg_status read_member(reader *r)
{
    if (*r->p != '"')
        return fail(r, "key must be a string");
    FG_TRY(read_key(r));
    skip_space(r);
    if (r->p == r->end)
        return fail(r, "EOF while parsing an object");
    if (*r->p != ':')
        return fail(r, "expected `:`");
    r->p++;
    return read_value(r);
}

static fg_status read_object(reader *r)
{
    uint32_t base = r->nvalues, key_base = r->nkeys;
    bool more = true;
    FG_TRY(open_container(r));
    if (r->p == r->end)
        return fail(r, "EOF while parsing an object");
    if (*r->p == '}') {
        r->p++;
        more = false;
    }
    while (more) {
        FG_TRY(read_member(r));
        FG_TRY(next_item(r, '}', &more));
    }
    r->depth--;
    return r->check ? FG_OK : close_object(r, base, key_base);
}

/* ---- values --------------------------------------------------------------------- */

static fg_status read_word(reader *r, const char *word, fg_value v)
{
    for (; *word; word++, r->p++) {
        if (r->p == r->end)
            return fail(r, "EOF while parsing a value");
        if (*r->p != *word)
            return fail(r, "expected ident");
    }
    return push_value(r, v);
}

static fg_status read_value(reader *r)
{
    skip_space(r);
    if (r->p == r->end)
        return fail(r, "EOF while parsing a value");
    switch (*r->p) {
    case '"': return read_string(r);
    case '[': return read_array(r);
    case '{': return read_object(r);
    case 't': return read_word(r, "true", fg_bool(true));
    case 'f': return read_word(r, "false", fg_bool(false));
    case 'n': return read_word(r, "null", fg_null());
    case '-': return read_number(r);
    }
    if (is_digit(r))
        return read_number(r);
    return fail(r, "expected value");
}

/* Reads the whole text; the value is left on the stack. */
static fg_status read_all(reader *r)
{
    FG_TRY(read_value(r));
    skip_space(r);
    return r->p == r->end ? FG_OK : fail(r, "trailing characters");
}

static void begin(reader *r, fg_vm *vm, fg_slice text, bool check)
{
    memset(r, 0, offsetof(reader, local_values));
    r->values = r->local_values;
    r->room_values = FG_COUNT(r->local_values);
    r->keys = r->local_keys;
    r->room_keys = FG_COUNT(r->local_keys);
    r->vm = vm;
    r->start = r->p = text.n ? text.p : "";
    r->end = r->start + text.n;
    r->check = check;
}

static void drop(reader *r)
{
    if (r->values != r->local_values)
        fg_memory_give(r->vm, r->values, r->room_values * sizeof(*r->values));
    if (r->keys != r->local_keys)
        fg_memory_give(r->vm, r->keys, r->room_keys * sizeof(*r->keys));
}

static fg_status raise_fault(const reader *r, const char *what)
{
    uint32_t line = 1;
    const char *from = r->start;
    for (const char *p = r->start; p < r->where; p++)
        if (*p == '\n') {
            line++;
            from = p + 1;
        }
    return fg_raise(r->vm, FG_E_RUNTIME, "%s: %s at line %u column %u", what, r->why,
                    line, (uint32_t)(r->where - from));
}

fg_status fg_json_read_as(fg_vm *vm, const char *what, fg_slice text, fg_value *out)
{
    reader r;
    begin(&r, vm, text, false);
    fg_status status = read_all(&r);
    if (status == FG_OK)
        fg_copy(out, &r.values[0]);
    else if (status == FG_RAISED)
        status = raise_fault(&r, what);
    drop(&r);
    return status;
}

fg_status fg_json_read(fg_vm *vm, fg_slice text, fg_value *out)
{
    return fg_json_read_as(vm, "JSON parse error", text, out);
}

bool fg_json_valid(fg_vm *vm, fg_slice text)
{
    reader r;
    begin(&r, vm, text, true);
    bool ok = read_all(&r) == FG_OK;
    drop(&r);
    return ok;
}
