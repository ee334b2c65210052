// SPDX-License-Identifier: Apache-2.0
/* Texts, numbers, dates and times of TOML.  The whole document is known to be UTF-8. */
#include "lib/percent.h"
#include "lib/toml_reader.h"

#include "base/number.h"
#include "base/utf8.h"

#include <math.h>

#define SHOWN 40u /* bytes of a bad value in a message */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* ---- texts ---------------------------------------------------------------------- */

/* n hexadecimal digits that are a character. */
static fg_status unicode_escape(fg_toml_reader *r, int n)
{
    const char *from = r->p - 2;
    uint32_t cp = 0;
    char text[4];
    for (int i = 0; i < n; i++, r->p++) {
        int digit = r->p < r->end ? fg_hex_digit(*r->p) : -1;
        if (digit < 0)
            return fg_toml_fail(r, r->p, "\\%c needs %d hexadecimal digits", from[1],
                                n);
        cp = cp << 4 | (uint32_t)digit;
    }
    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        return fg_toml_fail(r, from, "\\%c%0*X is no Unicode character", from[1], n,
                            cp);
    fg_bytes_put(&r->scratch, text, fg_utf8_put(text, cp));
    return FG_OK;
}

/* A backslash at the end of a line and the white space behind it mean nothing. */
static bool skip_line_end(fg_toml_reader *r)
{
    const char *from = r->p;
    bool line = false;
    for (;;) {
        uint32_t n = fg_toml_line_end(r);
        line |= n > 0;
        if (n == 0 && (fg_toml_at(r, ' ') || fg_toml_at(r, '\t')))
            n = 1;
        if (n == 0)
            break;
        r->p += n;
    }
    if (!line)
        r->p = from;
    return line;
}

/* What stands at a backslash, into scratch. */
static fg_status escape(fg_toml_reader *r, bool lines)
{
    static const char names[] = "\"\\btnfr", values[] = "\"\\\b\t\n\f\r";
    const char *from = r->p++;
    if (lines && skip_line_end(r))
        return FG_OK;
    if (r->p == r->end)
        return fg_toml_fail(r, r->p, "unclosed string");
    char c = *r->p++;
    if (c == 'u' || c == 'U')
        return unicode_escape(r, c == 'u' ? 4 : 8);
    const char *known = c ? strchr(names, c) : NULL;
    if (!known)
        return fg_toml_fail(r, from, "unknown escape in a string");
    fg_bytes_char(&r->scratch, values[known - names]);
    return FG_OK;
}

/* The text up to a single quote character, which is taken. */
static fg_status one_line(fg_toml_reader *r, char quote, fg_slice *text)
{
    const char *from = r->p;
    for (;;) {
        if (r->p == r->end || fg_toml_line_end(r))
            return fg_toml_fail(r, r->p, "unclosed string");
        if (*r->p == quote)
            break;
        if (*r->p == '\\' && quote == '"') {
            fg_bytes_put(&r->scratch, from, (size_t)(r->p - from));
            FG_TRY(escape(r, false));
            from = r->p;
        } else if (!fg_toml_plain(*r->p++)) {
            return fg_toml_fail(r, r->p - 1, "control character in a string");
        }
    }
    *text = fg_slice_of(from, (size_t)(r->p++ - from));
    if (r->scratch.n > 0) {
        fg_bytes_slice(&r->scratch, *text);
        *text = fg_bytes_view(&r->scratch);
    }
    return FG_OK;
}

/* Takes quotes: three end the text, and up to two in front of them belong to it. */
static bool take_quotes(fg_toml_reader *r, char quote)
{
    uint32_t n = 0;
    while (n < 5 && fg_toml_at(r, quote)) {
        r->p++;
        n++;
    }
    for (uint32_t i = n < 3 ? 0 : 3; i < n; i++)
        fg_bytes_char(&r->scratch, quote);
    return n >= 3;
}

/* The text up to three quote characters, which are taken; line ends become "\n". */
static fg_status many_lines(fg_toml_reader *r, char quote, fg_slice *text)
{
    r->p += fg_toml_line_end(r);
    for (;;) {
        uint32_t n = fg_toml_line_end(r);
        if (r->p == r->end)
            return fg_toml_fail(r, r->p, "unclosed string");
        if (n > 0) {
            fg_bytes_char(&r->scratch, '\n');
            r->p += n;
        } else if (*r->p == quote) {
            if (take_quotes(r, quote))
                break;
        } else if (*r->p == '\\' && quote == '"') {
            FG_TRY(escape(r, true));
        } else if (fg_toml_plain(*r->p)) {
            fg_bytes_char(&r->scratch, *r->p++);
        } else {
            return fg_toml_fail(r, r->p, "control character in a string");
        }
    }
    *text = fg_bytes_view(&r->scratch);
    return FG_OK;
}

fg_status fg_toml_text(fg_toml_reader *r, bool lines, fg_slice *text)
{
    char quote = *r->p++;
    r->scratch.n = 0;
    if (lines && r->end - r->p >= 2 && r->p[0] == quote && r->p[1] == quote) {
        r->p += 2;
        FG_TRY(many_lines(r, quote, text));
    } else {
        FG_TRY(one_line(r, quote, text));
    }
    return r->scratch.failed ? FG_NOMEM : FG_OK;
}

/* ---- numbers -------------------------------------------------------------------- */

/* Takes digits of a base with single underscores between them off *s. */
static bool take_digits(fg_slice *s, int base)
{
    uint32_t i = 0;
    for (bool want = true;; want = false) {
        int digit = i < s->n ? fg_hex_digit(s->p[i]) : -1;
        if (digit >= 0 && digit < base)
            i++;
        else if (want)
            return false;
        else if (i < s->n && s->p[i] == '_' && i + 1 < s->n
                 && fg_hex_digit(s->p[i + 1]) >= 0 && fg_hex_digit(s->p[i + 1]) < base)
            i++;
        else
            break;
    }
    *s = (fg_slice){ s->p + i, s->n - i };
    return true;
}

static fg_slice without_sign(fg_slice s)
{
    bool sign = s.n > 0 && (s.p[0] == '+' || s.p[0] == '-');
    return (fg_slice){ s.p + sign, s.n - sign };
}

/* Takes digits without a leading zero, after a sign. */
static bool take_decimal(fg_slice *s)
{
    fg_slice first = without_sign(*s);
    bool zero =
        first.n > 1 && first.p[0] == '0' && (is_digit(first.p[1]) || first.p[1] == '_');
    *s = first;
    return !zero && take_digits(s, 10);
}

/* Value of valid digits with underscores; false if it is above max. */
static bool value_of(fg_slice s, uint64_t base, uint64_t max, uint64_t *value)
{
    *value = 0;
    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] == '_')
            continue;
        uint64_t digit = (uint64_t)fg_hex_digit(s.p[i]);
        if (*value > (max - digit) / base)
            return false;
        *value = *value * base + digit;
    }
    return true;
}

/* Base of the digits behind 0x, 0o and 0b, or 10. */
static int base_of(fg_slice s)
{
    if (s.n < 2 || s.p[0] != '0')
        return 10;
    return s.p[1] == 'x' ? 16 : s.p[1] == 'o' ? 8 : s.p[1] == 'b' ? 2 : 10;
}

/* True if s is an integer; *fits tells whether an Int can hold it. */
static bool read_int(fg_slice s, int64_t *out, bool *fits)
{
    int base = base_of(s);
    bool negative = s.n > 0 && s.p[0] == '-';
    fg_slice digits = base == 10 ? without_sign(s) : (fg_slice){ s.p + 2, s.n - 2 };
    fg_slice rest = base == 10 ? s : digits;
    uint64_t value;
    if (!(base == 10 ? take_decimal(&rest) : take_digits(&rest, base)) || rest.n > 0)
        return false;
    *fits = value_of(digits, (uint64_t)base, (uint64_t)INT64_MAX + negative, &value);
    *out = (int64_t)(negative ? -value : value);
    return true;
}

/* Is s a float with a fraction or an exponent? */
static bool is_float(fg_slice s)
{
    if (!take_decimal(&s) || s.n == 0)
        return false;
    if (s.p[0] == '.') {
        s = (fg_slice){ s.p + 1, s.n - 1 };
        if (!take_digits(&s, 10))
            return false;
    }
    if (s.n > 0 && (s.p[0] | 0x20) == 'e') {
        s = without_sign((fg_slice){ s.p + 1, s.n - 1 });
        if (!take_digits(&s, 10))
            return false;
    }
    return s.n == 0;
}

/* The value of a float that is one; it may be infinite. */
static double float_value(fg_toml_reader *r, fg_slice s)
{
    double f = 0;
    r->scratch.n = 0;
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] != '_')
            fg_bytes_char(&r->scratch, s.p[i]);
    fg_float_parse(fg_bytes_view(&r->scratch), &f);
    return f;
}

/* ---- dates and times ------------------------------------------------------------ */

/* Takes n digits with a value from low to high off *s. */
static bool take_field(fg_slice *s, uint32_t n, int low, int high, int *value)
{
    *value = 0;
    if (s->n < n)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (!is_digit(s->p[i]))
            return false;
        *value = *value * 10 + (s->p[i] - '0');
    }
    *s = (fg_slice){ s->p + n, s->n - n };
    return *value >= low && *value <= high;
}

static bool take_char(fg_slice *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = (fg_slice){ s->p + 1, s->n - 1 };
    return true;
}

static bool take_date(fg_slice *s)
{
    static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year, month, day;
    if (!take_field(s, 4, 0, 9999, &year) || !take_char(s, '-')
        || !take_field(s, 2, 1, 12, &month) || !take_char(s, '-')
        || !take_field(s, 2, 1, days[month - 1], &day))
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month != 2 || day < 29 || leap;
}

static bool take_time(fg_slice *s)
{
    int value;
    if (!take_field(s, 2, 0, 23, &value) || !take_char(s, ':')
        || !take_field(s, 2, 0, 59, &value) || !take_char(s, ':')
        || !take_field(s, 2, 0, 60, &value))
        return false;
    if (!take_char(s, '.'))
        return true;
    uint32_t n = s->n;
    while (s->n > 0 && is_digit(s->p[0]))
        *s = (fg_slice){ s->p + 1, s->n - 1 };
    return s->n < n;
}

static bool take_offset(fg_slice *s)
{
    int value;
    if (take_char(s, 'Z') || take_char(s, 'z'))
        return true;
    return (take_char(s, '+') || take_char(s, '-')) && take_field(s, 2, 0, 23, &value)
           && take_char(s, ':') && take_field(s, 2, 0, 59, &value);
}

/* Does s begin like a date (a time)? */
static bool like_date(fg_slice s)
{
    return s.n > 4 && is_digit(s.p[0]) && is_digit(s.p[1]) && is_digit(s.p[2])
           && is_digit(s.p[3]) && s.p[4] == '-';
}

static bool like_time(fg_slice s)
{
    return s.n > 2 && is_digit(s.p[0]) && is_digit(s.p[1]) && s.p[2] == ':';
}

static bool is_moment(fg_slice s)
{
    if (!like_date(s))
        return take_time(&s) && s.n == 0;
    if (!take_date(&s))
        return false;
    if (s.n == 0)
        return true;
    if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' '))
        return false;
    return take_time(&s) && (s.n == 0 || take_offset(&s)) && s.n == 0;
}

/* A date, a time, or both, as a string. */
static fg_status read_moment(fg_toml_reader *r, fg_slice s, fg_value *out)
{
    if (!is_moment(s))
        return fg_toml_fail(r, s.p, "invalid date or time '%.*s'",
                            (int)fg_utf8_fit(s, SHOWN), s.p);
    fg_string *text = fg_string_new(&r->vm->heap, s.p, s.n);
    FG_TRY(fg_give_object(out, text));
    char *bytes = fg_string_bytes(text);
    if (like_date(s) && s.n > 10)
        bytes[10] = 'T';
    if (bytes[s.n - 1] == 'z')
        bytes[s.n - 1] = 'Z';
    return FG_OK;
}

/* ---- all ------------------------------------------------------------------------ */

static bool in_word(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
           || (c && strchr("+-_.:", c));
}

/* Takes a word, and the time that a blank separates from a date. */
static fg_slice take_word(fg_toml_reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && in_word(*r->p))
        r->p++;
    fg_slice word = fg_slice_of(from, (size_t)(r->p - from));
    if (word.n != 10 || !like_date(word) || r->end - r->p < 2 || *r->p != ' '
        || !is_digit(r->p[1]))
        return word;
    r->p++;
    while (r->p < r->end && in_word(*r->p))
        r->p++;
    return fg_slice_of(from, (size_t)(r->p - from));
}

static fg_status read_number(fg_toml_reader *r, fg_slice s, fg_value *out)
{
    int64_t i;
    bool fits = true;
    if (read_int(s, &i, &fits) && fits)
        return fg_give(out, fg_int(i));
    if (fits && is_float(s)) {
        double f = float_value(r, s);
        fits = !isinf(f);
        if (fits)
            return r->scratch.failed ? FG_NOMEM : fg_give(out, fg_float(f));
    }
    return fg_toml_fail(r, s.p,
                        fits ? "invalid value '%.*s'" : "number '%.*s' is out of range",
                        (int)fg_utf8_fit(s, SHOWN), s.p);
}

fg_status fg_toml_scalar(fg_toml_reader *r, fg_value *out)
{
    fg_slice s = take_word(r), bare = without_sign(s);
    if (s.n == 0)
        return fg_toml_fail(r, s.p, "expected a value");
    if (fg_slice_eq(s, FG_SLICE("true")) || fg_slice_eq(s, FG_SLICE("false")))
        return fg_give(out, fg_bool(s.p[0] == 't'));
    if (fg_slice_eq(bare, FG_SLICE("inf")))
        return fg_give(out, fg_float(s.p[0] == '-' ? -INFINITY : INFINITY));
    if (fg_slice_eq(bare, FG_SLICE("nan")))
        return fg_give(out, fg_float(NAN));
    if (like_date(s) || like_time(s))
        return read_moment(r, s, out);
    return read_number(r, s, out);
}
