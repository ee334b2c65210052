// SPDX-License-Identifier: Apache-2.0
/* Escapes of regular expressions: what follows a backslash. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "lib/regex.h"

#include "base/utf8.h"

#include <pcre2.h>
#include <stdio.h>

/* Letters, marks, digits, connectors and joiners; the ASCII part first, because PCRE2
 * finds it without its tables. */
#define WORD "0-9A-Za-z_\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}"
#define ASCII_WORD "0-9A-Za-z_"

static char peek(const fg_translator *t)
{
    return t->at < t->in.n ? t->in.p[t->at] : '\0';
}

/* ---- characters by number ---------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes one hexadecimal digit. */
static bool take_digit(fg_translator *t, uint32_t *cp)
{
    if (t->at == t->in.n)
        return fg_regex_fail(t, FG_RX_INCOMPLETE_ESCAPE, t->from, t->at);
    int digit = hex_digit(peek(t));
    if (digit < 0)
        return fg_regex_fail(t, FG_RX_BAD_HEX, t->at, t->at + 1);
    *cp = *cp > 0x10ffff ? *cp : *cp * 16 + (uint32_t)digit;
    t->at++;
    return true;
}

/* Takes the number of \x41, \u0041, \U00000041 or with any of the letters {41}. */
static bool numbered(fg_translator *t, char letter, uint32_t *cp)
{
    uint32_t from = t->from = t->at - 2, n = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
    *cp = 0;
    if (peek(t) == '{') {
        uint32_t first = ++t->at;
        while (peek(t) != '}')
            if (!take_digit(t, cp))
                return false;
        if (t->at++ == first)
            return fg_regex_fail(t, FG_RX_EMPTY_HEX, from, t->at);
    } else {
        for (uint32_t i = 0; i < n; i++)
            if (!take_digit(t, cp))
                return false;
    }
    if (*cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
        return fg_regex_fail(t, FG_RX_NOT_SCALAR, from, t->at);
    if (*cp > 0x7f && letter == 'x' && !(t->flags & FG_RX_UNICODE))
        return fg_regex_fail(t, FG_RX_NOT_TEXT, from, t->at);
    return true;
}

/* ---- sets ----------------------------------------------------------------------------------- */

static const struct perl {
    char letter;
    const char *body, *inverse, *ascii;
    const char *own, *own_inverse; /* what PCRE2 calls it without UCP */
} perl[] = {
    { 'd', "0-9\\p{Nd}", "\\P{Nd}", "0-9", "\\d", "\\D" },
    { 's', "\\x09-\\x0d\\x20\\p{White_Space}", "\\P{White_Space}", "\\x09-\\x0d\\x20",
      "\\s", "\\S" },
    { 'w', WORD, NULL, ASCII_WORD, "\\w", "\\W" },
};

/* Is the letter one of d, s, w, or negated D, S, W? */
static bool perl_set(const fg_translator *t, char letter, fg_regex_escape *e)
{
    for (uint32_t i = 0; i < FG_COUNT(perl); i++) {
        if (perl[i].letter != (letter | 0x20))
            continue;
        bool unicode = t->flags & FG_RX_UNICODE;
        e->kind = FG_RX_SET;
        e->negated = letter != perl[i].letter;
        e->own = t->ascii;
        e->body = e->own ? perl[i].own : unicode ? perl[i].body : perl[i].ascii;
        e->inverse = e->own ? perl[i].own_inverse : unicode ? perl[i].inverse : NULL;
        return true;
    }
    return false;
}

/* General categories by the long names; their short ones PCRE2 knows. */
static const struct category {
    const char *name, *code;
} categories[] = {
    { "any", "Any" },
    { "casedletter", "L&" },
    { "closepunctuation", "Pe" },
    { "connectorpunctuation", "Pc" },
    { "control", "Cc" },
    { "currencysymbol", "Sc" },
    { "dashpunctuation", "Pd" },
    { "decimalnumber", "Nd" },
    { "enclosingmark", "Me" },
    { "finalpunctuation", "Pf" },
    { "format", "Cf" },
    { "initialpunctuation", "Pi" },
    { "lc", "L&" },
    { "letter", "L" },
    { "letternumber", "Nl" },
    { "lineseparator", "Zl" },
    { "ll", "Ll" },
    { "lowercaseletter", "Ll" },
    { "lt", "Lt" },
    { "lu", "Lu" },
    { "mark", "M" },
    { "mathsymbol", "Sm" },
    { "modifierletter", "Lm" },
    { "modifiersymbol", "Sk" },
    { "nonspacingmark", "Mn" },
    { "number", "N" },
    { "openpunctuation", "Ps" },
    { "other", "C" },
    { "otherletter", "Lo" },
    { "othernumber", "No" },
    { "otherpunctuation", "Po" },
    { "othersymbol", "So" },
    { "paragraphseparator", "Zp" },
    { "privateuse", "Co" },
    { "punctuation", "P" },
    { "separator", "Z" },
    { "spaceseparator", "Zs" },
    { "spacingmark", "Mc" },
    { "surrogate", "Cs" },
    { "symbol", "S" },
    { "titlecaseletter", "Lt" },
    { "unassigned", "Cn" },
    { "uppercaseletter", "Lu" },
};

/* Without case, blanks, '_' and '-'; false: too long for a property, or no name. */
static bool normalize(fg_slice s, char *to, size_t size)
{
    size_t n = 0;
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == ' ' || c == '_' || c == '-')
            continue;
        if ((!letter && (c < '0' || c > '9')) || n + 1 == size)
            return false;
        to[n++] = letter ? (char)(c | 0x20) : c;
    }
    to[n] = '\0';
    return n > 0;
}

/* Does PCRE2 know this property? */
static bool known(const char *prefix, const char *name)
{
    char text[64];
    int error, n = snprintf(text, sizeof text, "\\p{%s%s}", prefix, name);
    size_t at;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)text, (size_t)n, PCRE2_UTF, &error, &at, NULL);
    pcre2_code_free(code);
    return code != NULL;
}

static const char *category_of(const fg_translator *t, const char *name)
{
    const char *code = NULL;
    for (uint32_t i = 0; i < FG_COUNT(categories); i++)
        if (strcmp(categories[i].name, name) == 0)
            code = categories[i].code;
    bool cased = code && code[0] == 'L' && code[1] && strchr("ult", code[1]);
    return cased && (t->flags & FG_RX_CASELESS) ? "L&" : code;
}

/* The set of \p{name} or \p{key=name}; false: there is none. */
static bool property(const fg_translator *t, fg_slice key, fg_slice name,
                     fg_regex_escape *e)
{
    char k[40] = "", v[40];
    const char *prefix = "", *code = NULL;
    if (!normalize(name, v, sizeof v) || (key.n && !normalize(key, k, sizeof k)))
        return false;
    bool category = !key.n || !strcmp(k, "gc") || !strcmp(k, "generalcategory");
    bool script = !key.n || !strcmp(k, "sc") || !strcmp(k, "script");
    bool extension = !strcmp(k, "scx") || !strcmp(k, "scriptextensions");
    if (!key.n && !strcmp(v, "ascii")) {
        e->body = "\\x00-\\x7f";
        return true;
    }
    if (!key.n && !strcmp(v, "assigned")) {
        e->body = "\\P{Cn}";
        e->inverse = "\\p{Cn}";
        return true;
    }
    if (category)
        code = category_of(t, v);
    if (!code && script && known("sc:", v))
        prefix = "sc:", code = v;
    if (!code && extension && known("scx:", v))
        prefix = "scx:", code = v;
    if (!code && (!key.n || (category && strlen(v) <= 2)) && known("", v))
        code = v;
    if (!code)
        return false;
    snprintf(e->text, sizeof e->text, "\\p{%s%s}", prefix, code);
    snprintf(e->other, sizeof e->other, "\\P{%s%s}", prefix, code);
    e->body = e->text;
    e->inverse = e->other;
    return true;
}

/* Splits key=name, key:name and key!=name. */
static void split_property(fg_slice s, fg_slice *key, fg_slice *name, bool *negated)
{
    *key = fg_slice_of(s.p, 0);
    *name = s;
    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] != '=' && s.p[i] != ':')
            continue;
        bool not = i > 0 && s.p[i - 1] == '!';
        *key = fg_slice_of(s.p, i - not );
        *name = fg_slice_of(s.p + i + 1, s.n - i - 1);
        *negated ^= not ;
        return;
    }
}

static bool property_set(fg_translator *t, char letter, fg_regex_escape *e)
{
    uint32_t open = t->at - 2, from = t->at, to;
    if (t->at == t->in.n)
        return fg_regex_fail(t, FG_RX_INCOMPLETE_ESCAPE, open, t->at);
    if (peek(t) == '{') {
        const char *end = memchr(t->in.p + t->at, '}', t->in.n - t->at);
        if (!end)
            return fg_regex_fail(t, FG_RX_INCOMPLETE_ESCAPE, open, t->in.n);
        from++;
        to = (uint32_t)(end - t->in.p);
        t->at = to + 1;
    } else {
        fg_regex_next(t);
        to = t->at;
    }
    fg_slice key, name;
    e->kind = FG_RX_SET;
    e->negated = letter == 'P';
    split_property(fg_slice_of(t->in.p + from, to - from), &key, &name, &e->negated);
    if (!(t->flags & FG_RX_UNICODE) || !property(t, key, name, e))
        return fg_regex_fail(t, FG_RX_PROPERTY, open, t->at);
    t->wide = true;
    return true;
}

/* ---- places -------------------------------------------------------------------------------- */

#define AFTER(w) "(?<=[" w "])"
#define NOT_AFTER(w) "(?<![" w "])"
#define BEFORE(w) "(?=[" w "])"
#define NOT_BEFORE(w) "(?![" w "])"
#define PLACES(w)                                                                      \
    {                                                                                  \
        "(?:" AFTER(w) NOT_BEFORE(w) "|" NOT_AFTER(w) BEFORE(w) ")",                   \
            "(?:" AFTER(w) BEFORE(w) "|" NOT_AFTER(w) NOT_BEFORE(w) ")",               \
            "(?:" NOT_AFTER(w) BEFORE(w) ")", "(?:" AFTER(w) NOT_BEFORE(w) ")",        \
            NOT_AFTER(w), NOT_BEFORE(w)                                                \
    }

enum place { BOUNDARY, NO_BOUNDARY, START, END, START_HALF, END_HALF, NPLACES };

static const char *const unicode_places[NPLACES] = PLACES(WORD);
static const char *const ascii_places[NPLACES] = PLACES(ASCII_WORD);

static bool place(const fg_translator *t, enum place which, fg_regex_escape *e)
{
    e->kind = FG_RX_PLACE;
    if (t->ascii && which <= NO_BOUNDARY)
        e->body = which == BOUNDARY ? "\\b" : "\\B";
    else if ((t->flags & FG_RX_UNICODE) && !t->ascii)
        e->body = unicode_places[which];
    else
        e->body = ascii_places[which];
    return true;
}

/* \b, or \b{start} and the like; \b{2} is a repeated \b. */
static bool boundary(fg_translator *t, fg_regex_escape *e)
{
    static const char *const names[NPLACES] = {
        [START] = "start",
        [END] = "end",
        [START_HALF] = "start-half",
        [END_HALF] = "end-half",
    };
    uint32_t open = t->at - 2, end = t->at + 1;
    while (end < t->in.n
           && ((t->in.p[end] >= 'a' && t->in.p[end] <= 'z')
               || (t->in.p[end] >= 'A' && t->in.p[end] <= 'Z') || t->in.p[end] == '-'))
        end++;
    if (peek(t) != '{' || end == t->at + 1)
        return place(t, BOUNDARY, e);
    fg_slice name = fg_slice_of(t->in.p + t->at + 1, end - t->at - 1);
    bool closed = end < t->in.n && t->in.p[end] == '}';
    for (uint32_t i = START; closed && i < NPLACES; i++) {
        if (!fg_slice_eq(fg_slice_str(names[i]), name))
            continue;
        t->at = end + 1;
        return place(t, (enum place)i, e);
    }
    return fg_regex_fail(t, FG_RX_BOUNDARY, open, end + closed);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool fg_regex_escape_read(fg_translator *t, fg_regex_escape *e)
{
    static const char named[] = "aftnrv", meaning[] = "\a\f\t\n\r\v";
    uint32_t from = t->at++;
    *e = (fg_regex_escape){ .kind = FG_RX_LITERAL };
    if (t->at == t->in.n)
        return fg_regex_fail(t, FG_RX_INCOMPLETE_ESCAPE, from, t->at);
    uint32_t cp = fg_regex_next(t);
    char c = cp < 0x80 ? (char)cp : '\0';
    const char *control = c ? strchr(named, c) : NULL;
    e->cp = control ? (uint32_t)meaning[control - named] : cp;
    if (control || perl_set(t, c, e))
        return true;
    switch (c) {
    case 'x':
    case 'u':
    case 'U': return numbered(t, c, &e->cp);
    case 'p':
    case 'P': return property_set(t, c, e);
    case 'b': return boundary(t, e);
    case 'B': return place(t, NO_BOUNDARY, e);
    case '<': return place(t, START, e);
    case '>': return place(t, END, e);
    case 'A':
        e->kind = FG_RX_PLACE;
        e->body = "(?:\\A)";
        return true;
    case 'z':
        e->kind = FG_RX_PLACE;
        e->body = "(?:\\z)";
        return true;
    }
    if (c >= '0' && c <= '9')
        return fg_regex_fail(t, FG_RX_BACKREFERENCE, from, t->at);
    if (cp >= 0x80 || is_letter_or_digit(c))
        return fg_regex_fail(t, FG_RX_UNKNOWN_ESCAPE, from, t->at);
    return true;
}

bool fg_regex_put_set(fg_translator *t, const fg_regex_escape *e)
{
    if (e->own)
        fg_bytes_str(&t->out, e->negated ? e->inverse : e->body);
    else if (e->negated && e->inverse)
        fg_bytes_fmt(&t->out, "[%s]", e->inverse);
    else
        fg_bytes_fmt(&t->out, e->negated ? "[^%s]" : "[%s]", e->body);
    return true;
}
