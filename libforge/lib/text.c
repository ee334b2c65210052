// SPDX-License-Identifier: Apache-2.0
/* Methods that only strings have.  Receivers of another type are refused before. */
#include "lib/lib.h"
#include "lib/percent.h"
#include "lib/unicode.h"

#include "base/utf8.h"

/* The receiver, or an error for a call that did not come through a string. */
static fg_status receiver(fg_vm *vm, int argc, const fg_value *argv, fg_string **s)
{
    fg_value v = fg_arg(argc, argv, 0);
    *s = v.as.str;
    if (!fg_is_string(v))
        return fg_raise(vm, FG_E_RUNTIME, "this method requires a string");
    return FG_OK;
}

static fg_status mapped(fg_vm *vm, int argc, const fg_value *argv,
                        void (*map)(fg_bytes *, fg_slice), fg_value *out)
{
    fg_string *s;
    FG_TRY(receiver(vm, argc, argv, &s));
    FG_TRY(fg_work(vm, s->len / 4));
    fg_bytes b;
    fg_begin_text(vm, &b);
    map(&b, fg_string_slice(s));
    return fg_take_bytes(vm, &b, out);
}

/* ASCII text is mapped byte by byte into its place. */
static fg_status text_case(fg_vm *vm, int argc, const fg_value *argv,
                           void (*ascii)(char *, fg_slice),
                           void (*map)(fg_bytes *, fg_slice), fg_value *out)
{
    fg_string *s;
    FG_TRY(receiver(vm, argc, argv, &s));
    if (!fg_string_is_ascii(s))
        return mapped(vm, argc, argv, map, out);
    FG_TRY(fg_work_for(vm, s->len / 16, s->len, out));
    fg_string *r = fg_string_new(&vm->heap, NULL, s->len);
    FG_TRY(fg_give_object(out, r));
    ascii(fg_string_bytes(r), fg_string_slice(s));
    fg_string_set_ascii(r);
    return FG_OK;
}

static fg_status text_upper(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return text_case(vm, argc, argv, fg_ascii_upper, fg_unicode_upper, out);
}

static fg_status text_lower(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return text_case(vm, argc, argv, fg_ascii_lower, fg_unicode_lower, out);
}

static fg_status trim(fg_vm *vm, int argc, const fg_value *argv, bool start, bool end,
                      fg_value *out)
{
    fg_string *s;
    FG_TRY(receiver(vm, argc, argv, &s));
    fg_slice t = fg_unicode_trim(fg_string_slice(s), start, end);
    if (t.n == s->len)
        return fg_give(out, fg_string_value(s));
    return fg_give_object(
        out, fg_string_part(&vm->heap, s, (uint32_t)(t.p - s->bytes), t.n));
}

static fg_status text_trim(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return trim(vm, argc, argv, true, true, out);
}

static fg_status text_trim_start(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return trim(vm, argc, argv, true, false, out);
}

static fg_status text_trim_end(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return trim(vm, argc, argv, false, true, out);
}

static fg_status text_chars(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    FG_TRY(receiver(vm, argc, argv, &s));
    FG_TRY(fg_check_room(vm, "chars()", fg_string_length(s), 48));
    FG_TRY(fg_work(vm, s->len));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (const char *p = s->bytes, *end = p + s->len; p < end;) {
        uint32_t cp, n = fg_utf8_get(p, end, &cp);
        FG_TRY(fg_push_object(vm, out->as.arr, fg_string_new(&vm->heap, p, n)));
        p += n;
    }
    return FG_OK;
}

static fg_status text_bytes(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    FG_TRY(receiver(vm, argc, argv, &s));
    FG_TRY(fg_check_room(vm, "bytes()", s->len, sizeof(int64_t)));
    FG_TRY(fg_give_object(out, fg_array_ints(&vm->heap, s->len)));
    for (uint32_t i = 0; i < s->len; i++)
        out->as.arr->as.ints[i] = (uint8_t)s->bytes[i];
    return FG_OK;
}

static fg_status text_words(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    FG_TRY(receiver(vm, argc, argv, &s));
    FG_TRY(fg_work(vm, s->len));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    fg_slice rest = fg_string_slice(s), word;
    while (fg_unicode_word(&rest, &word))
        FG_TRY(fg_push_object(
            vm, out->as.arr,
            fg_string_part(&vm->heap, s, (uint32_t)(word.p - s->bytes), word.n)));
    return FG_OK;
}

static fg_status text_is_empty(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    FG_TRY(receiver(vm, argc, argv, &s));
    return fg_give(out, fg_bool(s->len == 0));
}

static bool numeric(uint32_t cp)
{
    return (cp >= '0' && cp <= '9') || cp == '.' || cp == '-';
}

static bool alphanumeric(uint32_t cp)
{
    return fg_unicode_is_alpha(cp) || fg_unicode_is_numeric(cp);
}

/* Are all characters of the receiver of this class?  `empty` answers for "". */
static fg_status all_are(fg_vm *vm, int argc, const fg_value *argv,
                         bool (*class)(uint32_t), bool empty, fg_value *out)
{
    fg_string *s;
    FG_TRY(receiver(vm, argc, argv, &s));
    bool yes = s->len > 0 || empty;
    for (const char *p = s->bytes, *end = p + s->len; yes && p < end;) {
        uint32_t cp;
        p += fg_utf8_get(p, end, &cp);
        yes = class(cp);
    }
    return fg_give(out, fg_bool(yes));
}

static fg_status text_is_numeric(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return all_are(vm, argc, argv, numeric, true, out);
}

static fg_status text_is_alpha(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return all_are(vm, argc, argv, fg_unicode_is_alpha, false, out);
}

static fg_status text_is_alphanumeric(fg_vm *vm, int argc, fg_value *argv,
                                      fg_value *out)
{
    return all_are(vm, argc, argv, alphanumeric, false, out);
}

static fg_status text_char_at(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_string *s;
    FG_TRY(receiver(vm, argc, argv, &s));
    fg_value i = fg_arg(argc, argv, 1);
    if (!fg_is_int(i))
        return fg_raise(vm, FG_E_INDEX, "char_at() requires an integer index");
    if (i.as.i < 0 || i.as.i >= fg_string_length(s))
        return fg_give(out, fg_null());
    return fg_string_cut(vm, s, (uint64_t)i.as.i, (uint64_t)i.as.i + 1, out);
}

/* ---- percent encoding ----------------------------------------------------------- */

static void decode_uri(fg_bytes *b, fg_slice s) { fg_percent_decode(b, s, true); }

static fg_status text_encode_uri(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return mapped(vm, argc, argv, fg_percent_encode, out);
}

static fg_status text_decode_uri(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return mapped(vm, argc, argv, decode_uri, out);
}

const struct fg_text_natives fg_text_natives = {
    .bytes = { "bytes", text_bytes, FG_CAP_NONE, "s.bytes(): the bytes of s as ints" },
    .char_at = { "char_at", text_char_at, FG_CAP_NONE,
                 "s.char_at(i): character number i, or null" },
    .chars = { "chars", text_chars, FG_CAP_NONE, "s.chars(): the characters of s" },
    .decode_uri = { "decode_uri", text_decode_uri, FG_CAP_NONE,
                    "s.decode_uri(): s with %XX and + decoded" },
    .encode_uri = { "encode_uri", text_encode_uri, FG_CAP_NONE,
                    "s.encode_uri(): s with %XX for reserved bytes" },
    .is_alpha = { "is_alpha", text_is_alpha, FG_CAP_NONE,
                  "s.is_alpha(): are there only letters?" },
    .is_alphanumeric = { "is_alphanumeric", text_is_alphanumeric, FG_CAP_NONE,
                         "s.is_alphanumeric(): are there only letters and digits?" },
    .is_empty = { "is_empty", text_is_empty, FG_CAP_NONE, "s.is_empty(): is s \"\"?" },
    .is_numeric = { "is_numeric", text_is_numeric, FG_CAP_NONE,
                    "s.is_numeric(): are there only digits, '.' and '-'?" },
    .lower = { "lower", text_lower, FG_CAP_NONE, "s.lower(): s in lower case" },
    .trim = { "trim", text_trim, FG_CAP_NONE, "s.trim(): s without outer white space" },
    .trim_end = { "trim_end", text_trim_end, FG_CAP_NONE,
                  "s.trim_end(): s without white space at its end" },
    .trim_start = { "trim_start", text_trim_start, FG_CAP_NONE,
                    "s.trim_start(): s without white space at its start" },
    .upper = { "upper", text_upper, FG_CAP_NONE, "s.upper(): s in upper case" },
    .words = { "words", text_words, FG_CAP_NONE,
               "s.words(): the parts between white space" },
};
