// SPDX-License-Identifier: Apache-2.0
/* The lexer.
 *
 * It looks at each byte of a text once, with one exception: to allow unescaped quotes
 * inside the interpolations of a string it reads ahead to the brace that closes them.
 * That reading is paid from a budget proportional to the source, so lexing stays linear;
 * when the budget ends, such quotes end the string. */
#define _GNU_SOURCE
#include "front/lex.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unictype.h>

#define MAX_NESTED_STRINGS 24
#define SHOWN 60 /* bytes of a token in a message */

typedef struct token_info {
    const char *shown, *text;
    unsigned flags;
} token_info;

static const token_info infos[] = {
#define X(name, shown, text, flags) { shown, text, flags },
    FG_TOKENS(X)
#undef X
};

#define FIRST_PUNCTUATION FG_TOK_DOTS
#define FIRST_KEYWORD FG_TOK_BOOL_TYPE

unsigned fg_token_flags(fg_token_kind k) { return infos[k].flags; }

const char *fg_token_text(fg_token_kind k) { return infos[k].text; }

fg_token_kind fg_token_keyword(fg_slice s)
{
    uint32_t low = FIRST_KEYWORD, high = FG_TOK_COUNT;

    while (low < high) {
        uint32_t mid = (low + high) / 2;
        const char *text = infos[mid].text;
        int order = strncmp(s.p, text, s.n);
        if (order == 0 && text[s.n] == 0)
            return mid;
        if (order <= 0)
            high = mid;
        else
            low = mid + 1;
    }
    return FG_TOK_NAME;
}

void fg_token_show(const fg_token *t, const fg_text *text, char *at, size_t size)
{
    const char *shown = infos[t->kind].shown;
    uint32_t quote = t->kind == FG_TOK_RAW ? 3 : 1;
    fg_slice s = { text->s.p + t->at, t->len };

    switch ((fg_token_kind)t->kind) {
    case FG_TOK_INT: snprintf(at, size, "Int(%" PRId64 ")", t->num.i); return;
    case FG_TOK_FLOAT:
        snprintf(at, size, "Float(%.*s)", (int)fg_diag_fit(s, SHOWN), s.p);
        return;
    case FG_TOK_STRING:
    case FG_TOK_PLAIN:
    case FG_TOK_RAW: s = (fg_slice){ s.p + quote, s.n - 2 * quote }; break;
    case FG_TOK_NAME: break;
    default: snprintf(at, size, "%s", shown); return;
    }
    snprintf(at, size, "%s(\"%.*s\")", shown, (int)fg_diag_fit(s, SHOWN), s.p);
}

void fg_lexer_init(fg_lexer *lx, fg_slice source, fg_diag *d)
{
    *lx = (fg_lexer){ .d = d, .budget = 16 * (uint64_t)source.n + 4096 };
}

void fg_lexer_drop(fg_lexer *lx) { free(lx->tokens); }

/* An error about text bytes [from, to). */
#define LEX_ERROR(lx, from, to, ...)                                                   \
    (fg_diag_set((lx)->d, fg_text_offset((lx)->text, from),                            \
                 fg_text_offset((lx)->text, to), __VA_ARGS__),                         \
     FG_RAISED)

static inline char byte_at(const fg_lexer *lx, uint32_t i)
{
    return i < lx->to ? lx->text->s.p[i] : 0;
}

/* Appends a token of bytes [from, lx->at). */
static fg_status add(fg_lexer *lx, fg_token_kind kind, uint32_t from, fg_token **out)
{
    if (lx->n == lx->cap) {
        uint32_t cap = lx->cap ? 2 * lx->cap : 256;
        fg_token *more = realloc(lx->tokens, cap * sizeof *more);
        if (!more)
            return FG_NOMEM;
        lx->tokens = more;
        lx->cap = cap;
    }
    fg_token *t = &lx->tokens[lx->n++];
    t->kind = (uint8_t)kind;
    t->at = from;
    t->len = lx->at - from;
    t->start = fg_text_offset(lx->text, from);
    t->end = fg_text_offset(lx->text, lx->at);
    t->num.i = 0;
    if (out)
        *out = t;
    return FG_OK;
}

/* ---- names and numbers ------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Bytes of the code point at i if it continues a name, else 0. */
static uint32_t name_part(const fg_lexer *lx, uint32_t i)
{
    char c = byte_at(lx, i);
    uint32_t cp, n;

    if (is_name_start(c) || is_digit(c))
        return 1;
    if ((unsigned char)c < 0x80)
        return 0;
    n = fg_utf8_get(lx->text->s.p + i, lx->text->s.p + lx->to, &cp);
    if (uc_is_property_alphabetic(cp)
        || uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_N))
        return n;
    return 0;
}

static fg_status lex_name(fg_lexer *lx)
{
    uint32_t from = lx->at, n;

    while ((n = name_part(lx, lx->at)) > 0)
        lx->at += n;
    fg_slice name = { lx->text->s.p + from, lx->at - from };
    return add(lx, fg_token_keyword(name), from, NULL);
}

static void skip_digits(fg_lexer *lx)
{
    while (is_digit(byte_at(lx, lx->at)) || byte_at(lx, lx->at) == '_')
        lx->at++;
}

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* The digits [from, lx->at) as an int; false when they exceed int64. */
static bool read_int(const fg_lexer *lx, uint32_t from, int base, int64_t *out)
{
    int64_t value = 0;

    for (uint32_t i = from; i < lx->at; i++) {
        char c = byte_at(lx, i);
        if (c == '_')
            continue;
        if (__builtin_mul_overflow(value, base, &value)
            || __builtin_add_overflow(value, digit_value(c), &value))
            return false;
    }
    *out = value;
    return true;
}

/* 0x, 0b and 0o followed by a digit of that base; 0 if the number is decimal. */
static int number_base(const fg_lexer *lx)
{
    static const struct {
        char letter;
        int base;
    } bases[] = { { 'x', 16 }, { 'b', 2 }, { 'o', 8 } };

    if (byte_at(lx, lx->at) != '0')
        return 0;
    for (size_t i = 0; i < FG_COUNT(bases); i++)
        if ((byte_at(lx, lx->at + 1) | 0x20) == bases[i].letter
            && digit_value(byte_at(lx, lx->at + 2)) < bases[i].base)
            return bases[i].base;
    return 0;
}

static fg_status add_int(fg_lexer *lx, uint32_t from, uint32_t digits, int base)
{
    fg_token *t;
    int64_t value;

    if (!read_int(lx, digits, base, &value)) {
        fg_status s = LEX_ERROR(lx, from, lx->at, "invalid integer literal");
        fg_diag_hint(lx->d, "the largest integer is 9223372036854775807");
        return s;
    }
    FG_TRY(add(lx, FG_TOK_INT, from, &t));
    t->num.i = value;
    return FG_OK;
}

/* Digits with underscores [from, lx->at) as a double. */
static fg_status add_float(fg_lexer *lx, uint32_t from)
{
    char local[64], *copy = local;
    uint32_t n = 0;
    fg_token *t;

    if (lx->at - from >= sizeof local && !(copy = malloc(lx->at - from + 1)))
        return FG_NOMEM;
    for (uint32_t i = from; i < lx->at; i++)
        if (byte_at(lx, i) != '_')
            copy[n++] = byte_at(lx, i);
    copy[n] = 0;
    double value = strtod(copy, NULL);
    if (copy != local)
        free(copy);
    FG_TRY(add(lx, FG_TOK_FLOAT, from, &t));
    t->num.f = value;
    return FG_OK;
}

static fg_status lex_number(fg_lexer *lx)
{
    uint32_t from = lx->at, sign;
    int base = number_base(lx);
    bool is_float = false;

    if (base) {
        lx->at += 2;
        while (digit_value(byte_at(lx, lx->at)) < base || byte_at(lx, lx->at) == '_')
            lx->at++;
        return add_int(lx, from, from + 2, base);
    }
    skip_digits(lx);
    if (byte_at(lx, lx->at) == '.' && is_digit(byte_at(lx, lx->at + 1))) {
        is_float = true;
        lx->at++;
        skip_digits(lx);
    }
    sign = byte_at(lx, lx->at + 1) == '-' || byte_at(lx, lx->at + 1) == '+';
    if ((byte_at(lx, lx->at) | 0x20) == 'e'
        && is_digit(byte_at(lx, lx->at + 1 + sign))) {
        is_float = true;
        lx->at += 1 + sign;
        skip_digits(lx);
    }
    return is_float ? add_float(lx, from) : add_int(lx, from, from, 10);
}

/* ---- strings ----------------------------------------------------------------------- */

/* \u{1F600}: one to six hexadecimal digits of a scalar value. */
static uint32_t unicode_escape(const char *p, const char *end, uint32_t *cp)
{
    uint32_t value = 0, i = 3;

    if (end - p < 5 || p[2] != '{')
        return 0;
    for (; p + i < end && p[i] != '}'; i++) {
        if (i > 8 || digit_value(p[i]) > 15)
            return 0;
        value = value * 16 + (uint32_t)digit_value(p[i]);
    }
    if (p + i == end || i == 3 || value > 0x10FFFF
        || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *cp = value;
    return i + 1;
}

uint32_t fg_lex_escape(const char *p, const char *end, char quote, uint32_t *cp)
{
    static const char from[] = "ntr0\\{}";
    static const char to[] = "\n\t\r\0\\{}";
    const char *found;

    if (end - p < 2 || p[1] == 0)
        return 0;
    if (p[1] == 'u')
        return unicode_escape(p, end, cp);
    if (p[1] == quote) {
        *cp = (unsigned char)quote;
        return 2;
    }
    found = strchr(from, p[1]);
    if (!found)
        return 0;
    *cp = (unsigned char)to[found - from];
    return 2;
}

/* Whether the quote at `i`, found inside an interpolation opened at `brace`, can start a
 * nested string: something that takes an operand must stand before it.  A quote directly
 * after the brace is doubtful, because "{" + x + "}" is a common way to write braces;
 * there the bytes after the quote decide. */
static bool may_nest(const char *s, uint32_t brace, uint32_t i, uint32_t to,
                     bool grouped)
{
    uint32_t before = i;
    bool blank = false;

    while (s[before - 1] == ' ' || s[before - 1] == '\t') {
        before--;
        blank = true;
    }
    if (before - 1 == brace) {
        char next = i + 1 < to ? s[i + 1] : '\n', after = i + 2 < to ? s[i + 2] : 0;
        if (next == '=' || next == '!' || next == '-' || next == '/')
            return after != '=' && after != '>' && after != '/';
        if (next == '.')
            return !is_name_start(after);
        return !strchr(" \t\r\n+,)]}:;|>&?", next);
    }
    if (s[before - 1] == ',' || s[before - 1] == ':')
        return grouped;
    if (strchr("([{=<>+-*/%!&|?", s[before - 1]))
        return true;
    if (!blank)
        return false;
    uint32_t word = before;
    while (word > brace + 1 && (is_name_start(s[word - 1]) || is_digit(s[word - 1])))
        word--;
    fg_slice name = { s + word, before - word };
    return fg_token_keyword(name) != FG_TOK_NAME || fg_slice_eq(name, FG_SLICE("and"))
           || fg_slice_eq(name, FG_SLICE("or")) || fg_slice_eq(name, FG_SLICE("not"));
}

static uint32_t string_end(fg_lexer *lx, const fg_text *text, uint32_t i,
                           unsigned depth);

/* The last quote of the nested string that starts at i; text->s.n or the end of the line
 * if there is none.  Three quotes begin a raw one. */
static uint32_t nested_string_end(fg_lexer *lx, const fg_text *text, uint32_t i,
                                  unsigned depth)
{
    const char *s = text->s.p;

    if (i + 3 > text->s.n || memcmp(s + i, "\"\"\"", 3) != 0)
        return string_end(lx, text, i + 1, depth);
    for (i += 3; i < text->s.n && s[i] != '\n'; i++) {
        if (depth && lx->budget == 0)
            return text->s.n;
        lx->budget -= depth > 0;
        if (i + 3 <= text->s.n && memcmp(s + i, "\"\"\"", 3) == 0)
            return i + 2;
    }
    return i;
}

/* Reads on from the quote at `i` inside `braces` open braces, over nested strings, to
 * behind the brace that closes the last; 0 if the line has none. */
static uint32_t nested_end(fg_lexer *lx, const fg_text *text, uint32_t i,
                           uint32_t braces, unsigned depth)
{
    const char *s = text->s.p;

    if (depth > MAX_NESTED_STRINGS)
        return 0;
    for (; i < text->s.n && s[i] != '\n' && lx->budget > 0; i++) {
        lx->budget--;
        if (s[i] == '"') {
            i = nested_string_end(lx, text, i, depth + 1);
            if (i >= text->s.n || s[i] != '"')
                return 0;
        } else if (s[i] == '\\') {
            return 0;
        } else if (s[i] == '{') {
            braces++;
        } else if (s[i] == '}' && --braces == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* Where an escape sequence at the backslash i ends, good or bad. */
static uint32_t after_escape(const fg_text *text, uint32_t i)
{
    uint32_t cp, n = fg_lex_escape(text->s.p + i, text->s.p + text->s.n, '"', &cp);

    if (n)
        return i + n;
    return i + 2 <= text->s.n && text->s.p[i + 1] != '\n' ? i + 2 : i + 1;
}

/* Position in a string body while its end is searched. */
typedef struct string_scan {
    uint32_t brace;  /* the open brace of the interpolation */
    uint32_t braces; /* open braces, 0 outside of interpolations */
    uint32_t groups; /* open parentheses and brackets in the interpolation */
    bool inner;      /* inside a nested string written with escaped quotes */
} string_scan;

/* Takes note of one byte outside of nested strings that is neither quote nor escape. */
static void scan_byte(string_scan *sc, char c, uint32_t i)
{
    if (c == '{') {
        if (sc->braces++ == 0) {
            sc->brace = i;
            sc->groups = 0;
        }
    } else if (c == '}') {
        sc->braces -= sc->braces > 0;
    } else if (c == '(' || c == '[') {
        sc->groups++;
    } else if (c == ')' || c == ']') {
        sc->groups -= sc->groups > 0;
    }
}

static uint32_t string_end(fg_lexer *lx, const fg_text *text, uint32_t i,
                           unsigned depth)
{
    const char *s = text->s.p;
    string_scan sc = { 0 };

    while (i < text->s.n && s[i] != '\n') {
        uint32_t from = i;
        if (s[i] == '\\') {
            if (sc.braces && i + 1 < text->s.n && s[i + 1] == '"')
                sc.inner = !sc.inner;
            i = after_escape(text, i);
            if (sc.inner && i < text->s.n && s[from + 1] == '\\' && s[i] == '\\')
                i = after_escape(text, i);
        } else if (s[i] != '"') {
            if (!sc.inner)
                scan_byte(&sc, s[i], i);
            i++;
        } else {
            bool grouped = sc.groups || sc.braces > 1;
            if (!sc.braces || sc.inner || !may_nest(s, sc.brace, i, text->s.n, grouped))
                return i;
            uint32_t end = nested_end(lx, text, i, sc.braces, depth);
            if (!end)
                return i;
            i = end;
            sc = (string_scan){ 0 };
        }
        if (depth) {
            if (lx->budget < i - from)
                return i < text->s.n ? i : text->s.n;
            lx->budget -= i - from;
        }
    }
    return i;
}

uint32_t fg_lex_string_end(fg_lexer *lx, const fg_text *text, uint32_t quote)
{
    return nested_string_end(lx, text, quote, 0);
}

/* Refuses unknown escapes in the body [i, end) of a string.  Inside interpolations
 * escapes belong to the nested text, which is lexed again later. */
static fg_status check_escapes(fg_lexer *lx, uint32_t i, uint32_t end, char quote)
{
    const char *s = lx->text->s.p;

    for (; i < end; i++) {
        uint32_t cp, n;
        if (s[i] != '\\')
            continue;
        n = fg_lex_escape(s + i, s + end, quote, &cp);
        if (!n) {
            uint32_t skip = i + 1 < end ? fg_utf8_get(s + i + 1, s + end, &cp) : 0;
            fg_status st = LEX_ERROR(lx, i, i + 1 + skip, "unknown escape: \\%.*s",
                                     (int)skip, s + i + 1);
            fg_diag_hint(lx->d, "a backslash itself is written \\\\");
            return st;
        }
        i += n - 1;
    }
    return FG_OK;
}

static fg_status unterminated(fg_lexer *lx, uint32_t from, uint32_t end)
{
    bool newline = end < lx->to && lx->text->s.p[end] == '\n';
    fg_status s = LEX_ERROR(lx, from, end, "unterminated string%s",
                            newline ? " (newline in string literal)" : "");

    if (newline)
        fg_diag_hint(lx->d, "text over several lines goes between \"\"\" and \"\"\"");
    return s;
}

static fg_status lex_string(fg_lexer *lx)
{
    uint32_t from = lx->at, end = string_end(lx, lx->text, from + 1, 0);

    if (end >= lx->to || lx->text->s.p[end] != '"')
        return unterminated(lx, from, end < lx->to ? end : lx->to);
    FG_TRY(check_escapes(lx, from + 1, end, '"'));
    lx->at = end + 1;
    return add(lx, FG_TOK_STRING, from, NULL);
}

static fg_status lex_plain(fg_lexer *lx)
{
    uint32_t from = lx->at, i = from + 1;

    while (i < lx->to && lx->text->s.p[i] != '\'' && lx->text->s.p[i] != '\n')
        i += lx->text->s.p[i] == '\\' && byte_at(lx, i + 1) != '\n' ? 2 : 1;
    if (byte_at(lx, i) != '\'')
        return unterminated(lx, from, i < lx->to ? i : lx->to);
    FG_TRY(check_escapes(lx, from + 1, i, '\''));
    lx->at = i + 1;
    return add(lx, FG_TOK_PLAIN, from, NULL);
}

static fg_status lex_raw(fg_lexer *lx)
{
    uint32_t from = lx->at;
    const char *p = lx->text->s.p + from + 3;
    const char *end = memmem(p, lx->to - from - 3, "\"\"\"", 3);

    lx->open = !end;
    if (!end)
        return LEX_ERROR(lx, from, from + 3, "unterminated triple-quoted string");
    lx->at = (uint32_t)(end - lx->text->s.p) + 3;
    return add(lx, FG_TOK_RAW, from, NULL);
}

/* ---- the rest ---------------------------------------------------------------------- */

/* Skips blanks and comments. */
static fg_status skip_blanks(fg_lexer *lx)
{
    for (;;) {
        char c = byte_at(lx, lx->at), next = byte_at(lx, lx->at + 1);
        const char *p = lx->text->s.p + lx->at, *end;
        if (c == ' ' || c == '\t' || c == '\r') {
            lx->at++;
        } else if (c == '/' && next == '/') {
            end = memchr(p, '\n', lx->to - lx->at);
            lx->at = end ? (uint32_t)(end - lx->text->s.p) : lx->to;
        } else if (c == '/' && next == '*') {
            end = memmem(p + 2, lx->to - lx->at - 2, "*/", 2);
            lx->open = !end;
            if (!end)
                return LEX_ERROR(lx, lx->at, lx->at + 2, "unterminated comment");
            lx->at = (uint32_t)(end - lx->text->s.p) + 2;
        } else {
            return FG_OK;
        }
    }
}

static fg_status bad_character(fg_lexer *lx)
{
    const char *s = lx->text->s.p;
    uint32_t cp, n = fg_utf8_get(s + lx->at, s + lx->to, &cp);

    if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xfeff)
        return LEX_ERROR(lx, lx->at, lx->at + n, "unexpected character: '\\u{%x}'", cp);
    fg_status st = LEX_ERROR(lx, lx->at, lx->at + n, "unexpected character: '%.*s'",
                             (int)n, s + lx->at);
    if (cp == '#')
        fg_diag_hint(lx->d, "comments start with //");
    else if (cp == '`')
        fg_diag_hint(lx->d, "strings are written \"…\", raw strings \"\"\"…\"\"\"");
    else if (cp == 0x201c || cp == 0x201d || cp == 0x2018 || cp == 0x2019)
        fg_diag_hint(lx->d, "use the plain quotes \" or '");
    else if (uc_is_property_white_space(cp))
        fg_diag_hint(lx->d, "this is U+%04X, which only looks like a space", cp);
    return st;
}

static fg_status lex_punctuation(fg_lexer *lx)
{
    const char *p = lx->text->s.p + lx->at;

    for (uint32_t k = FIRST_PUNCTUATION; k < FIRST_KEYWORD; k++) {
        const char *text = infos[k].text;
        size_t n = strlen(text);
        if (text[0] == p[0] && n <= lx->to - lx->at && memcmp(text, p, n) == 0) {
            uint32_t from = lx->at;
            lx->at += (uint32_t)n;
            return add(lx, k, from, NULL);
        }
    }
    return bad_character(lx);
}

static fg_status lex_newline(fg_lexer *lx)
{
    uint32_t from = lx->at++;

    if (lx->n > 0 && lx->tokens[lx->n - 1].kind == FG_TOK_NEWLINE)
        return FG_OK;
    return add(lx, FG_TOK_NEWLINE, from, NULL);
}

static fg_status lex_token(fg_lexer *lx)
{
    char c = byte_at(lx, lx->at);

    if (is_name_start(c))
        return lex_name(lx);
    if (is_digit(c))
        return lex_number(lx);
    if (c == '\n' || c == ';')
        return lex_newline(lx);
    if (c == '"')
        return lx->to - lx->at >= 3 && memcmp(lx->text->s.p + lx->at, "\"\"\"", 3) == 0
                   ? lex_raw(lx)
                   : lex_string(lx);
    if (c == '\'')
        return lex_plain(lx);
    return lex_punctuation(lx);
}

/* A byte order mark and a #! line may open the source. */
static void skip_preamble(fg_lexer *lx)
{
    const fg_slice s = lx->text->s;

    if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
        lx->at = 3;
    if (s.n - lx->at >= 2 && memcmp(s.p + lx->at, "#!", 2) == 0)
        while (lx->at < lx->to && s.p[lx->at] != '\n')
            lx->at++;
}

fg_status fg_lex(fg_lexer *lx, const fg_text *text, uint32_t from, uint32_t to)
{
    bool first = lx->n == 0;

    lx->text = text;
    lx->at = from;
    lx->to = to;
    if (first)
        skip_preamble(lx);
    for (;;) {
        FG_TRY(skip_blanks(lx));
        if (lx->at >= lx->to)
            break;
        FG_TRY(lex_token(lx));
    }
    return add(lx, FG_TOK_EOF, lx->at, NULL);
}

fg_status fg_lex_check_utf8(fg_slice source, fg_diag *d)
{
    const char *p = source.p, *end = p + source.n;

    if (fg_utf8_valid(source))
        return FG_OK;
    while (p < end) {
        uint32_t cp, n = fg_utf8_get(p, end, &cp);
        if (cp == FG_REPLACEMENT && (n != 3 || memcmp(p, "\xef\xbf\xbd", 3) != 0)) {
            uint32_t at = (uint32_t)(p - source.p);
            fg_diag_set(d, at, at + n, "invalid UTF-8");
            return FG_RAISED;
        }
        p += n;
    }
    fg_unreachable();
}

bool fg_lex_incomplete(fg_slice source)
{
    fg_diag d;
    fg_lexer lx;
    fg_text text = { .s = source };
    int64_t depth = 0;

    fg_lexer_init(&lx, source, &d);
    fg_status st = fg_lex(&lx, &text, 0, source.n);
    for (uint32_t i = 0; st == FG_OK && i < lx.n && depth >= 0; i++) {
        fg_token_kind k = lx.tokens[i].kind;
        depth += k == FG_TOK_LPAREN || k == FG_TOK_LBRACE || k == FG_TOK_LBRACKET;
        depth -= k == FG_TOK_RPAREN || k == FG_TOK_RBRACE || k == FG_TOK_RBRACKET;
    }
    bool open = st == FG_OK ? depth > 0 : lx.open;
    fg_lexer_drop(&lx);
    return open;
}
