// SPDX-License-Identifier: Apache-2.0
/* Functions of strings: cutting, joining, searching, filling, naming styles.  Positions
 * count code points. */
#include "lib/lib.h"
#include "lib/unicode.h"

#include "base/find.h"
#include "base/utf8.h"

#include <stdlib.h>

static fg_status raise(fg_vm *vm, const char *text)
{
    return fg_raise(vm, FG_E_RUNTIME, "%s", text);
}

/* The bytes of argument i if it is a string. */
static bool string_arg(int argc, const fg_value *argv, int i, fg_slice *s)
{
    fg_value v = fg_arg(argc, argv, i);
    if (!fg_is_string(v))
        return false;
    *s = fg_string_slice(v.as.str);
    return true;
}

/* ---- for other files ------------------------------------------------------------ */

const char *fg_find(fg_slice s, fg_slice part)
{
    return part.n == 0 ? s.p : s.n < part.n ? NULL : fg_find_first(s, part);
}

#define NAIVE_MAX 16u /* longer parts are searched backwards with a table */

/* Length of the longest proper prefix that is a suffix, for each prefix of the part read
 * backwards. */
static void borders(fg_slice part, uint32_t *table)
{
    const char *last = part.p + part.n - 1;
    table[0] = 0;
    for (uint32_t i = 1, k = 0; i < part.n; i++) {
        while (k > 0 && last[-(ptrdiff_t)i] != last[-(ptrdiff_t)k])
            k = table[k - 1];
        k += last[-(ptrdiff_t)i] == last[-(ptrdiff_t)k];
        table[i] = k;
    }
}

/* Knuth, Morris and Pratt's search from the end, so that no text takes long. */
static const char *find_last_long(fg_slice s, fg_slice part, const uint32_t *table)
{
    const char *last = part.p + part.n - 1;
    uint32_t k = 0;
    for (const char *p = s.p + s.n; p > s.p;) {
        p--;
        while (k > 0 && *p != last[-(ptrdiff_t)k])
            k = table[k - 1];
        k += *p == last[-(ptrdiff_t)k];
        if (k == part.n)
            return p;
    }
    return NULL;
}

/* Puts the last `part` in s, or NULL, into *at. */
static fg_status find_last(fg_slice s, fg_slice part, const char **at)
{
    *at = NULL;
    if (part.n > s.n)
        return FG_OK;
    if (part.n > NAIVE_MAX) {
        uint32_t *table = malloc(part.n * sizeof(*table));
        if (!table)
            return FG_NOMEM;
        borders(part, table);
        *at = find_last_long(s, part, table);
        free(table);
        return FG_OK;
    }
    for (uint32_t i = s.n - part.n + 1; i > 0 && !*at; i--)
        if (memcmp(s.p + i - 1, part.p, part.n) == 0)
            *at = s.p + i - 1;
    return FG_OK;
}

static int64_t position(fg_string *s, const char *at)
{
    if (!at)
        return -1;
    uint32_t bytes = (uint32_t)(at - s->bytes);
    return fg_string_is_ascii(s) ? bytes : fg_utf8_len((fg_slice){ s->bytes, bytes });
}

int64_t fg_string_index(fg_string *s, fg_slice sub)
{
    return position(s, fg_find(fg_string_slice(s), sub));
}

fg_status fg_string_cut(fg_vm *vm, fg_string *s, uint64_t from, uint64_t to,
                        fg_value *out)
{
    uint32_t a = from > s->len ? s->len : (uint32_t)from;
    uint32_t b = to > s->len ? s->len : (uint32_t)to;
    if (a >= b)
        return fg_make_string(vm, FG_SLICE(""), out);
    if (!fg_string_is_ascii(s)) {
        uint32_t n = b - a;
        a = fg_utf8_offset(fg_string_slice(s), a);
        b = a + fg_utf8_offset((fg_slice){ s->bytes + a, s->len - a }, n);
    }
    if (a == 0 && b == s->len)
        return fg_give(out, fg_string_value(s));
    return fg_give_object(out, fg_string_part(&vm->heap, s, a, b - a));
}

fg_status fg_string_reverse(fg_vm *vm, fg_string *s, fg_value *out)
{
    fg_string *r = fg_string_new(&vm->heap, NULL, s->len);
    FG_TRY(fg_give_object(out, r));
    char *to = fg_string_bytes(r) + s->len;
    const char *end = s->bytes + s->len;
    for (const char *p = s->bytes; p < end;) {
        uint32_t cp, n = fg_utf8_get(p, end, &cp);
        to -= n;
        memcpy(to, p, n);
        p += n;
    }
    return FG_OK;
}

#define AHEAD 8u      /* elements: their headers lie anywhere */
#define FAR_BYTES 32u /* memchr is faster for bytes so far from each other */
#define SAMPLE 4096u  /* bytes that tell about how many parts there are */
#define ESTIMATE_MAX 65536u
#define PART_BYTES                                                                     \
    (sizeof(fg_value) + sizeof(fg_string) + FG_ALIGN / 2) /* and its own */

/* ---- splitting and joining ------------------------------------------------------ */

/* Pushes onto an array of what is no number. */
static inline fg_status push_part(fg_vm *vm, fg_array *a, fg_string *s, uint32_t from,
                                  uint32_t n)
{
    if (fg_unlikely((a->len & 1023) == 1023))
        FG_TRY(fg_tick(vm, 256));
    if (fg_unlikely(a->len == a->cap))
        FG_TRY(fg_array_reserve(&vm->heap, a, a->len + 1));
    fg_string *part = fg_string_part(&vm->heap, s, from, n);
    if (fg_unlikely(!part))
        return FG_NOMEM;
    fg_value v = fg_string_value(part);
    assert(a->h.bits == FG_A_ANY && a->len < a->cap);
    fg_copy(&a->as.any[a->len++], &v);
    return FG_OK;
}

/* Non-overlapping occurrences of a part that is not empty. */
static uint32_t count_parts(fg_slice s, fg_slice part)
{
    uint32_t n = 0;
    if (part.n == 1)
        return fg_count_byte(s, part.p[0]);
    if (part.n <= FG_FIND_MAX) {
        fg_finder f;
        fg_find_begin(&f, s, part);
        while (fg_find_next(&f))
            n++;
        return n;
    }
    for (const char *at; (at = fg_find(s, part)) != NULL; n++) {
        uint32_t skip = (uint32_t)(at - s.p) + part.n;
        s = (fg_slice){ s.p + skip, s.n - skip };
    }
    return n;
}

/* How many parts there are; where a sample shows few, an estimate. */
static uint32_t estimate_parts(fg_slice s, fg_slice sep)
{
    fg_slice sample = { s.p, s.n < SAMPLE ? s.n : SAMPLE };
    uint64_t n = count_parts(sample, sep);
    if (n * FAR_BYTES > sample.n)
        return count_parts(s, sep) + 1;
    n += (n + n / 8) * (s.n / SAMPLE) + 1;
    return n < ESTIMATE_MAX ? (uint32_t)n : ESTIMATE_MAX;
}

static fg_status split_short(fg_vm *vm, fg_string *s, fg_slice sep, fg_array *to)
{
    fg_finder f;
    uint32_t from = 0;
    fg_slice text = fg_string_slice(s);
    fg_find_begin(&f, text, sep);
    for (const char *at; (at = fg_find_next(&f)) != NULL;) {
        uint32_t end = (uint32_t)(at - text.p);
        FG_TRY(push_part(vm, to, s, from, end - from));
        from = end + sep.n;
    }
    return push_part(vm, to, s, from, text.n - from);
}

static fg_status split_chars(fg_vm *vm, fg_string *s, fg_array *to)
{
    const char *end = s->bytes + s->len;
    for (const char *p = s->bytes; p < end;) {
        uint32_t cp, n = fg_utf8_get(p, end, &cp);
        if (fg_unlikely((to->len & 1023) == 1023))
            FG_TRY(fg_tick(vm, 256));
        FG_TRY(fg_push_object(vm, to, fg_string_new(&vm->heap, p, n)));
        p += n;
    }
    return FG_OK;
}

static fg_status string_split(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    fg_slice s, sep;
    if (!string_arg(argc, argv, 0, &s) || !string_arg(argc, argv, 1, &sep))
        return raise(vm, "split() requires (string, delimiter_string)");
    uint32_t n = sep.n == 0 ? s.n : estimate_parts(s, sep), from = 0;
    FG_TRY(fg_work_for(vm, s.n, s.n + n * PART_BYTES, out));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    if (sep.n == 0)
        return split_chars(vm, x.as.str, out->as.arr);
    FG_TRY(fg_array_reserve(&vm->heap, out->as.arr, n));
    if (sep.n <= FG_FIND_MAX && (sep.n > 1 || s.n / n < FAR_BYTES))
        return split_short(vm, x.as.str, sep, out->as.arr);
    for (;;) {
        fg_slice rest = { s.p + from, s.n - from };
        const char *at =
            sep.n == 1 ? memchr(rest.p, sep.p[0], rest.n) : fg_find(rest, sep);
        uint32_t end = at ? (uint32_t)(at - s.p) : s.n;
        FG_TRY(push_part(vm, out->as.arr, x.as.str, from, end - from));
        if (!at)
            return FG_OK;
        from = end + sep.n;
    }
}

static fg_status string_lines(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    if (!fg_is_string(x))
        return raise(vm, "lines() requires a string");
    fg_slice s = fg_string_slice(x.as.str);
    uint32_t n = estimate_parts(s, FG_SLICE("\n"));
    FG_TRY(fg_work_for(vm, s.n, s.n + n * PART_BYTES, out));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    FG_TRY(fg_array_reserve(&vm->heap, out->as.arr, n));
    for (uint32_t from = 0; from < s.n;) {
        const char *at = memchr(s.p + from, '\n', s.n - from);
        uint32_t end = at ? (uint32_t)(at - s.p) : s.n;
        uint32_t cut = at && end > from && s.p[end - 1] == '\r';
        FG_TRY(push_part(vm, out->as.arr, x.as.str, from, end - from - cut));
        from = end + 1;
    }
    return FG_OK;
}

static char *append(char *to, const char *p, uint32_t n)
{
    fg_copy_bytes(to, p, n);
    return to + n;
}

/* Bytes of the joined text if all elements are strings, else -1; *ascii tells whether they
 * are known to be ASCII. */
static int64_t joined_size(const fg_array *a, uint32_t sep, bool *ascii)
{
    if (a->h.bits != FG_A_ANY || a->len == 0)
        return -1;
    int64_t n = (int64_t)sep * (a->len - 1);
    *ascii = true;
    for (uint32_t i = 0; i < a->len; i++) {
        if (!fg_is_string(a->as.any[i]))
            return -1;
        n += a->as.any[i].as.str->len;
        *ascii &= fg_string_known_ascii(a->as.any[i].as.str);
    }
    return n;
}

/* From the end to the start: what was looked at last for the size is still in the cache. */
static fg_status join_strings(fg_vm *vm, const fg_array *a, fg_slice sep, int64_t size,
                              fg_value *out)
{
    FG_TRY(fg_check_room(vm, "join()", (uint64_t)size, 1));
    fg_string *s = fg_string_new(&vm->heap, NULL, (size_t)size);
    FG_TRY(fg_give_object(out, s));
    char *to = fg_string_bytes(s) + size;
    for (uint32_t i = a->len; i-- > 0;) {
        const fg_string *piece = a->as.any[i].as.str;
        if (i >= AHEAD)
            __builtin_prefetch(a->as.any[i - AHEAD].as.str);
        to -= piece->len;
        fg_copy_bytes(to, piece->bytes, piece->len);
        if (i > 0 && sep.n == 1)
            *--to = sep.p[0];
        else if (i > 0)
            fg_copy_bytes(to -= sep.n, sep.p, sep.n);
    }
    return FG_OK;
}

static fg_status string_join(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    fg_slice sep = { "", 0 };
    if (!fg_is(x, FG_ARRAY) || (argc > 1 && !string_arg(argc, argv, 1, &sep)))
        return raise(vm, "join() requires (array[, separator_string])");
    FG_TRY(fg_work(vm, x.as.arr->len));
    bool ascii;
    int64_t size = joined_size(x.as.arr, sep.n, &ascii);
    if (size >= 0) {
        FG_TRY(fg_work_for(vm, 0, (uint64_t)size, out));
        FG_TRY(join_strings(vm, x.as.arr, sep, size, out));
        if (ascii && fg_is_ascii(sep))
            fg_string_set_ascii(out->as.str);
        return FG_OK;
    }
    fg_bytes b;
    fg_begin_text(vm, &b);
    for (uint32_t i = 0; i < x.as.arr->len && !b.failed; i++) {
        fg_value v = fg_array_at(x.as.arr, i);
        if (i > 0)
            fg_bytes_slice(&b, sep);
        fg_show(&b, &v);
    }
    return fg_take_bytes(vm, &b, out);
}

/* ---- searching and replacing ---------------------------------------------------- */

/* Occurrences; an empty part occurs around every code point. */
static uint32_t occurrences(fg_slice s, fg_slice part)
{
    return part.n == 0 ? fg_utf8_len(s) + 1 : count_parts(s, part);
}

static fg_status string_count(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s, part;
    if (!string_arg(argc, argv, 0, &s) || !string_arg(argc, argv, 1, &part))
        return raise(vm, "count() requires (string, substring)");
    return fg_give(out, fg_int(occurrences(s, part)));
}

/* Counts the places of `from`, which is not empty, and keeps them in b while there is
 * room: looking twice takes longer. */
static uint32_t find_places(fg_slice s, fg_slice from, fg_bytes *b)
{
    uint32_t n = 0, place;
    if (from.n <= FG_FIND_MAX) {
        fg_finder f;
        fg_find_begin(&f, s, from);
        for (const char *at; (at = fg_find_next(&f)) != NULL; n++) {
            place = (uint32_t)(at - s.p);
            fg_bytes_put(b, &place, sizeof place);
        }
        return n;
    }
    fg_slice rest = s;
    for (const char *at; (at = fg_find(rest, from)) != NULL; n++) {
        place = (uint32_t)(at - s.p);
        fg_bytes_put(b, &place, sizeof place);
        rest = (fg_slice){ at + from.n, s.n - place - from.n };
    }
    return n;
}

static void replace_places(char *to, fg_slice s, fg_slice from, fg_slice with,
                           const fg_bytes *b)
{
    uint32_t done = 0, place;
    for (uint32_t i = 0; i < b->n; i += sizeof place) {
        memcpy(&place, b->p + i, sizeof place);
        to = append(append(to, s.p + done, place - done), with.p, with.n);
        done = place + from.n;
    }
    append(to, s.p + done, s.n - done);
}

static void replace_parts(char *to, fg_slice s, fg_slice from, fg_slice with)
{
    for (const char *at; (at = fg_find(s, from)) != NULL;) {
        uint32_t n = (uint32_t)(at - s.p);
        to = append(append(to, s.p, n), with.p, with.n);
        s = (fg_slice){ at + from.n, s.n - n - from.n };
    }
    append(to, s.p, s.n);
}

typedef char block __attribute__((vector_size(16)));

static void replace_byte(char *to, fg_slice s, char from, char with)
{
    uint32_t i = 0;
    for (; s.n - i >= sizeof(block); i += sizeof(block)) {
        block x;
        memcpy(&x, s.p + i, sizeof x);
        x ^= (block)(x == from) & (char)(from ^ with);
        memcpy(to + i, &x, sizeof x);
    }
    for (; i < s.n; i++)
        to[i] = s.p[i] == from ? with : s.p[i];
}

/* `with` before every code point and at the end. */
static void intersperse(char *to, fg_slice s, fg_slice with)
{
    to = append(to, with.p, with.n);
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        uint32_t cp, n = fg_utf8_get(p, end, &cp);
        to = append(append(to, p, n), with.p, with.n);
        p += n;
    }
}

static fg_status replace(fg_vm *vm, fg_slice s, fg_slice from, fg_slice with,
                         fg_bytes *places, fg_value *out)
{
    bool bytes = from.n == 1 && with.n == 1;
    uint32_t n = from.n == 0 ? fg_utf8_len(s) + 1
                 : bytes     ? fg_count_byte(s, from.p[0])
                             : find_places(s, from, places);
    if (n == 0)
        return FG_OK;
    uint64_t size = s.n + (uint64_t)n * with.n - (uint64_t)n * from.n;
    FG_TRY(fg_check_room(vm, "replace()", size, 1));
    fg_string *r = fg_string_new(&vm->heap, NULL, size);
    FG_TRY(fg_give_object(out, r));
    char *to = fg_string_bytes(r);
    if (from.n == 0)
        intersperse(to, s, with);
    else if (bytes)
        replace_byte(to, s, from.p[0], with.p[0]);
    else if (!places->failed)
        replace_places(to, s, from, with, places);
    else
        replace_parts(to, s, from, with);
    return FG_OK;
}

static fg_status string_replace(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    fg_slice s, from, with;
    fg_bytes places;
    if (!string_arg(argc, argv, 0, &s) || !string_arg(argc, argv, 1, &from)
        || !string_arg(argc, argv, 2, &with))
        return raise(vm, "replace() requires (string, from_string, to_string)");
    FG_TRY(fg_work_for(vm, s.n, s.n, out));
    fg_begin_text(vm, &places);
    fg_give(out, x);
    fg_status status = replace(vm, s, from, with, &places, out);
    fg_bytes_drop(&places);
    bool changed = out->as.str != x.as.str;
    if (changed && fg_string_known_ascii(x.as.str) && fg_is_ascii(with))
        fg_string_set_ascii(out->as.str);
    return status;
}

static fg_status string_starts_with(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s, part;
    if (!string_arg(argc, argv, 0, &s) || !string_arg(argc, argv, 1, &part))
        return raise(vm, "starts_with() requires (string, prefix_string)");
    bool yes = part.n <= s.n && fg_slice_eq((fg_slice){ s.p, part.n }, part);
    return fg_give(out, fg_bool(yes));
}

static fg_status string_ends_with(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s, part;
    if (!string_arg(argc, argv, 0, &s) || !string_arg(argc, argv, 1, &part))
        return raise(vm, "ends_with() requires (string, suffix_string)");
    bool yes =
        part.n <= s.n && fg_slice_eq((fg_slice){ s.p + s.n - part.n, part.n }, part);
    return fg_give(out, fg_bool(yes));
}

static fg_status string_last_index_of(fg_vm *vm, int argc, fg_value *argv,
                                      fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    fg_slice part;
    const char *at;
    if (!fg_is_string(x) || !string_arg(argc, argv, 1, &part))
        return fg_raise(vm, FG_E_INDEX, "last_index_of() requires (string, substring)");
    FG_TRY(fg_work(vm, x.as.str->len));
    FG_TRY(find_last(fg_string_slice(x.as.str), part, &at));
    return fg_give(out, fg_int(position(x.as.str, at)));
}

static fg_status string_substring(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), from = fg_arg(argc, argv, 1);
    fg_value to = fg_arg(argc, argv, 2);
    if (!fg_is_string(x))
        return raise(vm, "substring() requires a string as first argument");
    if (!fg_is_int(from))
        return raise(vm, "substring() requires (string, start, end?)");
    uint64_t end = fg_is_int(to) ? (uint64_t)to.as.i : UINT64_MAX;
    return fg_string_cut(vm, x.as.str, (uint64_t)from.as.i, end, out);
}

/* ---- filling -------------------------------------------------------------------- */

static fg_status string_repeat(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s;
    fg_value n = fg_arg(argc, argv, 1);
    if (!string_arg(argc, argv, 0, &s) || !fg_is_int(n))
        return raise(vm, "repeat_str() requires (string, count)");
    if (n.as.i < 0)
        return raise(vm, "repeat_str() count must be non-negative");
    uint64_t times = s.n == 0 ? 0 : (uint64_t)n.as.i;
    uint64_t size = times > FG_MAX_LEN ? times : times * s.n;
    FG_TRY(fg_check_room(vm, "repeat_str()", size, 1));
    FG_TRY(fg_work_for(vm, size / 16, size, out));
    fg_string *r = fg_string_new(&vm->heap, NULL, size);
    FG_TRY(fg_give_object(out, r));
    char *at = fg_string_bytes(r);
    if (s.n == 1)
        memset(at, s.p[0], size);
    for (uint64_t done = 0; s.n > 1 && done < size;) {
        uint64_t part = done == 0 ? s.n : done < size - done ? done : size - done;
        memcpy(at + done, done == 0 ? s.p : at, part);
        done += part;
    }
    return FG_OK;
}

static fg_status pad(fg_vm *vm, int argc, fg_value *argv, bool start, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), n = fg_arg(argc, argv, 1);
    fg_slice fill = { " ", 1 }, s;
    uint32_t cp;
    if (!fg_is_string(x) || !fg_is_int(n))
        return raise(vm, start ? "pad_start() requires (string, length)"
                               : "pad_end() requires (string, length)");
    int64_t missing = n.as.i <= 0 ? 0 : n.as.i - fg_string_length(x.as.str);
    if (missing <= 0)
        return fg_give(out, x);
    if (!string_arg(argc, argv, 2, &fill) || fill.n == 0)
        fill = FG_SLICE(" ");
    fill.n = fg_utf8_get(fill.p, fill.p + fill.n, &cp);
    s = fg_string_slice(x.as.str);
    uint64_t added = (uint64_t)missing > FG_MAX_LEN ? FG_MAX_LEN : (uint64_t)missing;
    FG_TRY(fg_check_room(vm, start ? "pad_start()" : "pad_end()", s.n + added * fill.n,
                         1));
    fg_string *r = fg_string_new(&vm->heap, NULL, s.n + added * fill.n);
    FG_TRY(fg_give_object(out, r));
    char *to = fg_string_bytes(r);
    if (!start)
        to = append(to, s.p, s.n);
    for (uint64_t i = 0; i < added; i++)
        to = append(to, fill.p, fill.n);
    if (start)
        append(to, s.p, s.n);
    return FG_OK;
}

static fg_status string_pad_start(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return pad(vm, argc, argv, true, out);
}

static fg_status string_pad_end(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return pad(vm, argc, argv, false, out);
}

/* ---- naming styles -------------------------------------------------------------- */

static void put_char(fg_bytes *b, uint32_t cp)
{
    char text[4];
    fg_bytes_put(b, text, fg_utf8_put(text, cp));
}

static void title(fg_bytes *b, fg_slice s)
{
    fg_slice word;
    for (bool first = true; fg_unicode_word(&s, &word); first = false) {
        if (!first)
            fg_bytes_char(b, ' ');
        fg_unicode_capitalize(b, word);
    }
}

static void slugify(fg_bytes *b, fg_slice s)
{
    fg_bytes lower;
    fg_bytes_init(&lower);
    fg_unicode_lower(&lower, s);
    bool gap = false;
    for (const char *p = lower.p, *end = p + lower.n; p < end;) {
        uint32_t cp;
        p += fg_utf8_get(p, end, &cp);
        if (!fg_unicode_is_alpha(cp) && !fg_unicode_is_numeric(cp)) {
            gap = true;
            continue;
        }
        if (gap && b->n > 0)
            fg_bytes_char(b, '-');
        gap = false;
        put_char(b, cp);
    }
    b->failed |= lower.failed;
    fg_bytes_drop(&lower);
}

/* Does a word start at the capital `cp` between these neighbours (0: none)? */
static bool starts_word(uint32_t before, uint32_t after)
{
    if (fg_unicode_is_lower(before) || fg_unicode_is_numeric(before))
        return true;
    return fg_unicode_is_upper(before) && fg_unicode_is_lower(after);
}

static void snake_case(fg_bytes *b, fg_slice s)
{
    uint32_t before = 0, cp, after;
    for (const char *p = s.p, *end = p + s.n; p < end; before = cp) {
        p += fg_utf8_get(p, end, &cp);
        after = 0;
        if (p < end)
            fg_utf8_get(p, end, &after);
        if (!fg_unicode_is_upper(cp)) {
            put_char(b, cp == ' ' || cp == '-' ? '_' : cp);
            continue;
        }
        if (before && starts_word(before, after))
            fg_bytes_char(b, '_');
        put_char(b, fg_unicode_lower_first(cp));
    }
}

static void camel_case(fg_bytes *b, fg_slice s)
{
    bool first = true;
    for (const char *p = s.p, *end = p + s.n; p < end;) {
        uint32_t n = 0, cp;
        while (p + n < end && p[n] != '_' && p[n] != ' ' && p[n] != '-')
            n++;
        fg_slice piece = { p, n };
        p += n + 1;
        if (n == 0)
            continue;
        if (!first) {
            uint32_t head = fg_utf8_get(piece.p, piece.p + n, &cp);
            put_char(b, fg_unicode_upper_first(cp));
            piece = (fg_slice){ piece.p + head, n - head };
        }
        fg_unicode_lower(b, piece);
        first = false;
    }
}

/* Gives the text that `style` makes of a string argument. */
static fg_status restyle(fg_vm *vm, int argc, fg_value *argv, const char *error,
                         void (*style)(fg_bytes *, fg_slice), fg_value *out)
{
    fg_slice s;
    if (!string_arg(argc, argv, 0, &s))
        return raise(vm, error);
    FG_TRY(fg_work(vm, s.n));
    fg_bytes b;
    fg_begin_text(vm, &b);
    style(&b, s);
    return fg_take_bytes(vm, &b, out);
}

static fg_status string_capitalize(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return restyle(vm, argc, argv, "capitalize() requires a string",
                   fg_unicode_capitalize, out);
}

static fg_status string_title(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return restyle(vm, argc, argv, "title() requires a string", title, out);
}

static fg_status string_slugify(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return restyle(vm, argc, argv, "slugify() requires a string", slugify, out);
}

static fg_status string_snake_case(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return restyle(vm, argc, argv, "snake_case() requires a string", snake_case, out);
}

static fg_status string_camel_case(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return restyle(vm, argc, argv, "camel_case() requires a string", camel_case, out);
}

const struct fg_string_natives fg_string_natives = {
    .camel_case = { "camel_case", string_camel_case, FG_CAP_NONE,
                    "camel_case(s): \"foo_bar\" as \"fooBar\"" },
    .capitalize = { "capitalize", string_capitalize, FG_CAP_NONE,
                    "capitalize(s): first letter in upper case, the rest in lower "
                    "case" },
    .count = { "count", string_count, FG_CAP_NONE,
               "count(s, part): how often part stands in s" },
    .ends_with = { "ends_with", string_ends_with, FG_CAP_NONE,
                   "ends_with(s, suffix): does s end so?" },
    .join = { "join", string_join, FG_CAP_NONE,
              "join(array, sep = \"\"): the elements as one text" },
    .last_index_of = { "last_index_of", string_last_index_of, FG_CAP_NONE,
                       "last_index_of(s, part): position of the last part in s, or "
                       "-1" },
    .lines = { "lines", string_lines, FG_CAP_NONE, "lines(s): the lines of s" },
    .pad_end = { "pad_end", string_pad_end, FG_CAP_NONE,
                 "pad_end(s, length, ch = \" \"): s filled up at its end" },
    .pad_start = { "pad_start", string_pad_start, FG_CAP_NONE,
                   "pad_start(s, length, ch = \" \"): s filled up at its start" },
    .repeat_str = { "repeat_str", string_repeat, FG_CAP_NONE,
                    "repeat_str(s, n): s, n times" },
    .replace = { "replace", string_replace, FG_CAP_NONE,
                 "replace(s, from, to): s with every from replaced" },
    .slugify = { "slugify", string_slugify, FG_CAP_NONE,
                 "slugify(s): s as a part of a URL" },
    .snake_case = { "snake_case", string_snake_case, FG_CAP_NONE,
                    "snake_case(s): \"fooBar\" as \"foo_bar\"" },
    .split = { "split", string_split, FG_CAP_NONE,
               "split(s, sep): the parts between separators" },
    .starts_with = { "starts_with", string_starts_with, FG_CAP_NONE,
                     "starts_with(s, prefix): does s start so?" },
    .substring = { "substring", string_substring, FG_CAP_NONE,
                   "substring(s, start, end = len): part of s" },
    .title = { "title", string_title, FG_CAP_NONE,
               "title(s): every word capitalized, one space between" },
};
