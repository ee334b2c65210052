// SPDX-License-Identifier: Apache-2.0
/* The regex module.  The text comes first, the pattern second. */
#include "lib/regex.h"

/* The strings in argv, or the error that names what they should be. */
static fg_status strings(fg_vm *vm, int argc, const fg_value *argv, int n,
                         const char *name, fg_string **s)
{
    for (int i = 0; i < n; i++) {
        fg_value v = fg_arg(argc, argv, i);
        if (!fg_is_string(v))
            return fg_raise(vm, FG_E_RUNTIME,
                            "regex.%s() requires (text, pattern%s) strings", name,
                            n == 3 ? ", replacement" : "");
        s[i] = v.as.str;
    }
    return FG_OK;
}

/* ---- test, find, find_all, split -------------------------------------------------------- */

static fg_status regex_test(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s[2];
    fg_search search;
    bool found = false;
    FG_TRY(strings(vm, argc, argv, 2, "test", s));
    fg_status status = fg_search_begin(vm, s[0], s[1], &search);
    search.any_end = true;
    if (status == FG_OK)
        status = fg_search_next(&search, &found);
    fg_search_end(&search);
    return status == FG_OK ? fg_give(out, fg_bool(found)) : status;
}

static fg_status find(fg_vm *vm, fg_search *search, fg_value *out)
{
    bool found;
    uint32_t from, to;
    FG_TRY(fg_search_next(search, &found));
    if (!found)
        return fg_give(out, fg_null());
    fg_search_group(search, 0, &from, &to);
    return fg_give_object(out,
                          fg_string_part(&vm->heap, search->original, from, to - from));
}

static fg_status find_all(fg_vm *vm, fg_search *search, fg_value *out)
{
    bool found;
    uint32_t from, to;
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (;;) {
        FG_TRY(fg_search_next(search, &found));
        if (!found)
            return FG_OK;
        fg_search_group(search, 0, &from, &to);
        FG_TRY(fg_push_object(
            vm, out->as.arr,
            fg_string_part(&vm->heap, search->original, from, to - from)));
    }
}

static fg_status split(fg_vm *vm, fg_search *search, fg_value *out)
{
    bool found;
    uint32_t from, to, last = 0;
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (;;) {
        FG_TRY(fg_search_next(search, &found));
        if (!found)
            break;
        fg_search_group(search, 0, &from, &to);
        FG_TRY(fg_push_object(
            vm, out->as.arr,
            fg_string_part(&vm->heap, search->original, last, from - last)));
        last = to;
    }
    return fg_push_object(vm, out->as.arr,
                          fg_string_part(&vm->heap, search->original, last,
                                         search->original->len - last));
}

/* Runs one of these on text and pattern in argv. */
static fg_status searched(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                          fg_status (*fn)(fg_vm *, fg_search *, fg_value *),
                          fg_value *out)
{
    fg_string *s[2];
    fg_search search;
    FG_TRY(strings(vm, argc, argv, 2, name, s));
    fg_status status = fg_search_begin(vm, s[0], s[1], &search);
    if (status == FG_OK)
        status = fn(vm, &search, out);
    fg_search_end(&search);
    return status;
}

static fg_status regex_find(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return searched(vm, argc, argv, "find", find, out);
}

static fg_status regex_find_all(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return searched(vm, argc, argv, "find_all", find_all, out);
}

static fg_status regex_split(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return searched(vm, argc, argv, "split", split, out);
}

/* ---- replace ------------------------------------------------------------------------------ */

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || c == '_';
}

/* Reads what follows a dollar at r[at]: the name of a group and the bytes it takes, or 0
 * when the dollar stands for itself. */
static uint32_t reference(fg_slice r, uint32_t at, fg_slice *name)
{
    uint32_t from = at + 1, to;
    if (from < r.n && r.p[from] == '{') {
        const char *end = memchr(r.p + from, '}', r.n - from);
        if (!end)
            return 0;
        *name = fg_slice_of(r.p + from + 1, (size_t)(end - r.p) - from - 1);
        return name->n + 3;
    }
    for (to = from; to < r.n && name_char(r.p[to]); to++)
        continue;
    *name = fg_slice_of(r.p + from, to - from);
    return to > from ? to - at : 0;
}

/* Appends the replacement of the last match. */
static void expand(fg_search *search, fg_slice r, fg_bytes *b)
{
    for (uint32_t at = 0; at < r.n;) {
        const char *dollar = memchr(r.p + at, '$', r.n - at);
        uint32_t to = dollar ? (uint32_t)(dollar - r.p) : r.n, from, n;
        fg_bytes_put(b, r.p + at, to - at);
        at = to;
        if (!dollar)
            return;
        if (at + 1 < r.n && r.p[at + 1] == '$') {
            fg_bytes_char(b, '$');
            at += 2;
            continue;
        }
        fg_slice name;
        n = reference(r, at, &name);
        if (n == 0) {
            fg_bytes_char(b, '$');
            at++;
            continue;
        }
        int64_t group = fg_search_named(search, name);
        if (group >= 0 && fg_search_group(search, (uint32_t)group, &from, &to))
            fg_bytes_put(b, search->original->bytes + from, to - from);
        at += n;
    }
}

#define SHORT 32u

/* Appends the first n bytes of `rest` and a replacement.  Both are mostly short, and how
 * short cannot be foreseen: where SHORT bytes are there, all of them are copied. */
static inline void put(fg_bytes *b, fg_slice rest, uint32_t n, fg_slice r)
{
    if (fg_likely(n <= SHORT && rest.n >= SHORT && r.n <= b->cap - b->n
                  && b->cap - b->n - r.n >= SHORT)) {
        memcpy(b->p + b->n, rest.p, SHORT);
        fg_copy_bytes(b->p + b->n + n, r.p, r.n);
        b->n += n + r.n;
        return;
    }
    fg_bytes_put(b, rest.p, n);
    fg_bytes_put(b, r.p, r.n);
}

static fg_status replace(fg_search *search, fg_slice replacement, fg_bytes *b)
{
    bool found;
    uint32_t from, to, last = 0;
    const char *text = search->original->bytes;
    bool plain = !memchr(replacement.p, '$', replacement.n);
    search->wants_groups = !plain;
    for (;;) {
        FG_TRY(fg_search_next(search, &found));
        if (!found)
            break;
        fg_search_group(search, 0, &from, &to);
        if (b->n == 0 && search->original->len < b->max / 2)
            fg_bytes_room(b, search->original->len); /* mostly it is that long */
        put(b, fg_slice_of(text + last, search->original->len - last), from - last,
            plain ? replacement : FG_SLICE(""));
        if (!plain)
            expand(search, replacement, b);
        if (b->failed)
            return FG_NOMEM;
        FG_TRY(fg_work(search->vm, replacement.n));
        last = to;
    }
    fg_bytes_put(b, text + last, search->original->len - last);
    return FG_OK;
}

static fg_status regex_replace(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s[3];
    fg_search search;
    fg_bytes b;
    FG_TRY(strings(vm, argc, argv, 3, "replace", s));
    fg_begin_text(vm, &b);
    fg_status status = fg_search_begin(vm, s[0], s[1], &search);
    if (status == FG_OK)
        status = replace(&search, fg_string_slice(s[2]), &b);
    bool changed = search.matched;
    fg_search_end(&search);
    if (status == FG_OK && changed) {
        FG_TRY(fg_take_bytes(vm, &b, out));
        if (fg_string_known_ascii(s[0]) && fg_string_is_ascii(s[2]))
            fg_string_set_ascii(out->as.str);
        return FG_OK;
    }
    fg_bytes_drop(&b);
    return status == FG_OK ? fg_give(out, fg_string_value(s[0])) : status;
}

static const fg_member members[] = {
    FG_FN("regex.test", regex_test, FG_CAP_NONE, "(text, pattern): is there a match?"),
    FG_FN("regex.find", regex_find, FG_CAP_NONE,
          "(text, pattern): the first match, or null"),
    FG_FN("regex.find_all", regex_find_all, FG_CAP_NONE,
          "(text, pattern): all matches"),
    FG_FN("regex.replace", regex_replace, FG_CAP_NONE,
          "(text, pattern, replacement): text with every match "
          "replaced; $1 and $name are groups"),
    FG_FN("regex.split", regex_split, FG_CAP_NONE,
          "(text, pattern): the parts between matches"),
};

const fg_module fg_regex_module = { "regex", FG_COUNT(members), members };
