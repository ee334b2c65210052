// SPDX-License-Identifier: Apache-2.0
/* Numbers as text and back.
 *
 * Nothing here depends on the locale: printf's separator is skipped when its digits are
 * taken, and strtod only ever sees digits and an exponent ("314e-2").
 *
 * Shortest digits: every decimal of up to 15 digits survives the way through a double,
 * so if one of them reads back it is the only one and 15 rounded digits show it, padded
 * with zeros.  Otherwise 16 and then 17 digits are tried.  Numbers below the normal
 * range have fewer significant digits and try every count. */
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS 17 /* always enough to read back */
#define PARSE_DIGITS                                                                   \
    800 /* more than 767 cannot change a double, but for being nonzero */

static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* A decimal: 0.d1d2… * 10^point, without trailing zeros. */
typedef struct decimal {
    char digits[DIGITS + 3];
    int n;
    int point;
} decimal;

/* ---- integers ---------------------------------------------------------------- */

static uint32_t digit_count(uint64_t u)
{
    /* clang-format off */
    static const uint64_t least[] = { /* numbers with one digit more than their index */
        1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u,
        1000000000u, 10000000000u, 100000000000u, 1000000000000u, 10000000000000u,
        100000000000000u, 1000000000000000u, 10000000000000000u, 100000000000000000u,
        1000000000000000000u, 10000000000000000000u
    };
    /* clang-format on */
    uint32_t bits = 64 - (uint32_t)__builtin_clzll(u | 1);
    uint32_t n = bits * 1233 >> 12; /* log10(2): right, or one too few */
    return n + (n < FG_COUNT(least) && u >= least[n]) + (u == 0);
}

/* Two digits at a time, from behind. */
static uint32_t unsigned_text(uint64_t u, char *at)
{
    uint32_t n = digit_count(u);
    char *to = at + n;
    for (; u >= 100; u /= 100) {
        uint32_t two = (uint32_t)(u % 100);
        to -= 2;
        to[0] = (char)('0' + two / 10);
        to[1] = (char)('0' + two % 10);
    }
    if (u >= 10)
        *--to = (char)('0' + u % 10);
    at[0] = (char)('0' + (u >= 10 ? u / 10 : u));
    return n;
}

uint32_t fg_int_text(int64_t i, char *at)
{
    if (i >= 0)
        return unsigned_text((uint64_t)i, at);
    *at = '-';
    return 1 + unsigned_text(-(uint64_t)i, at + 1);
}

bool fg_int_parse(fg_slice s, int64_t *out)
{
    uint32_t i = 0;
    bool negative = s.n > 0 && s.p[0] == '-';
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
        i++;
    if (i == s.n)
        return false;
    uint64_t limit = (uint64_t)INT64_MAX + negative, value = 0;
    for (; i < s.n; i++) {
        unsigned digit = (unsigned)(uint8_t)s.p[i] - '0';
        if (digit > 9 || value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = (int64_t)(negative ? -value : value);
    return true;
}

int64_t fg_float_to_int(double f)
{
    if (isnan(f))
        return 0;
    if (f >= 9223372036854775808.0)
        return INT64_MAX;
    if (f < -9223372036854775808.0)
        return INT64_MIN;
    return (int64_t)f;
}

/* ---- floats to text ---------------------------------------------------------- */

/* Removes trailing zeros. */
static void trim(decimal *d)
{
    while (d->n > 1 && d->digits[d->n - 1] == '0')
        d->n--;
}

/* f (positive, finite) rounded to n digits by printf. */
static void round_exact(double f, int n, decimal *d)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", n - 1, f);
    const char *p = text;
    d->n = 0;
    for (; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            d->digits[d->n++] = *p;
    d->point = atoi(p + 1) + 1;
}

/* Adds one unit in the last place. */
static void step_up(decimal *d)
{
    int i = d->n - 1;
    while (i >= 0 && d->digits[i] == '9')
        d->digits[i--] = '0';
    if (i >= 0) {
        d->digits[i]++;
        return;
    }
    d->digits[0] = '1';
    d->point++;
}

/* Does d read back to f? */
static bool reads_back(const decimal *d, double f)
{
    char text[DIGITS + 16];
    memcpy(text, d->digits, (size_t)d->n);
    snprintf(text + d->n, sizeof text - (size_t)d->n, "e%d", d->point - d->n);
    return strtod(text, NULL) == f;
}

/* Rounds the 17 digits of `all`, which are f's, to n digits.  Only a dropped part of
 * exactly one half can be a rounding of its own; then printf decides. */
static void round_to(const decimal *all, double f, int n, decimal *d)
{
    bool half = all->digits[n] == '5';
    for (int i = n + 1; half && i < all->n; i++)
        half = all->digits[i] == '0';
    if (half) {
        round_exact(f, n, d);
        return;
    }
    *d = *all;
    d->n = n;
    if (all->digits[n] >= '5')
        step_up(d);
}

/* Is n digits of f enough?  At a power of two the doubles below are twice as dense, so
 * the decimal above may read back where the nearest one does not. */
static bool try_digits(const decimal *all, double f, int n, decimal *d)
{
    round_to(all, f, n, d);
    if (reads_back(d, f))
        return true;
    uint64_t bits;
    memcpy(&bits, &f, sizeof bits);
    if ((bits & 0xfffffffffffffull) != 0)
        return false;
    step_up(d);
    return reads_back(d, f);
}

/* The shortest digits that read back to f (positive, finite). */
static void shortest(double f, decimal *d)
{
    decimal all;
    round_exact(f, DIGITS, &all);
    int n = f < 2.2250738585072014e-308 ? 1 : 15;
    while (n < DIGITS && !try_digits(&all, f, n, d))
        n++;
    if (n == DIGITS)
        *d = all;
    trim(d);
}

/* Decimals with few places, without printf: if k places make an integer m of at most 15
 * digits and m / 10^k (one exact rounding) is f, they are the shortest. */
static bool few_places(double f, decimal *d)
{
    if (f < 1e-5 || f >= 1e15)
        return false;
    for (int k = 0; k <= 8; k++) {
        double m = rint(f * powers[k]);
        if (m >= 1e15)
            return false;
        if (m / powers[k] != f)
            continue;
        d->n = (int)unsigned_text((uint64_t)m, d->digits);
        d->point = d->n - k;
        trim(d);
        return true;
    }
    return false;
}

/* Writes d without an exponent. */
static uint32_t positional(const decimal *d, char *at)
{
    char *p = at;
    if (d->point <= 0) {
        *p++ = '0';
        *p++ = '.';
        memset(p, '0', (size_t)-d->point);
        p += -d->point;
        memcpy(p, d->digits, (size_t)d->n);
        return (uint32_t)(p + d->n - at);
    }
    if (d->point >= d->n) {
        memcpy(p, d->digits, (size_t)d->n);
        memset(p + d->n, '0', (size_t)(d->point - d->n));
        return (uint32_t)d->point;
    }
    memcpy(p, d->digits, (size_t)d->point);
    p[d->point] = '.';
    memcpy(p + d->point + 1, d->digits + d->point, (size_t)(d->n - d->point));
    return (uint32_t)d->n + 1;
}

uint32_t fg_float_text(double f, char *at)
{
    if (isnan(f)) {
        memcpy(at, "NaN", 3);
        return 3;
    }
    uint32_t sign = signbit(f) ? 1 : 0;
    at[0] = '-';
    f = fabs(f);
    if (isinf(f)) {
        memcpy(at + sign, "inf", 3);
        return sign + 3;
    }
    if (f < 9007199254740992.0 && f == (double)(uint64_t)f)
        return sign + unsigned_text((uint64_t)f, at + sign);
    decimal d;
    if (!few_places(f, &d))
        shortest(f, &d);
    return sign + positional(&d, at + sign);
}

/* ---- text to floats ---------------------------------------------------------- */

/* The digits of a number that is being read: value = digits * 10^exponent. */
typedef struct reader {
    const char *p, *end;
    char digits[PARSE_DIGITS + 1];
    int n;
    int64_t exponent;
    bool any; /* a digit was seen */
} reader;

static bool is_digit(const reader *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

/* Reads digits; those after the point lower the exponent.  What does not fit is only
 * remembered as being nonzero. */
static void read_digits(reader *r, bool fraction)
{
    for (; is_digit(r); r->p++) {
        r->any = true;
        bool kept = r->n < PARSE_DIGITS;
        if (kept && (r->n > 0 || *r->p != '0'))
            r->digits[r->n++] = *r->p;
        else if (!kept && *r->p != '0')
            r->digits[PARSE_DIGITS] = '1';
        if (kept && fraction)
            r->exponent--;
        else if (!kept && !fraction)
            r->exponent++;
    }
}

/* Reads [e[+-]digits]; false if the e has no digits. */
static bool read_exponent(reader *r)
{
    if (r->p == r->end || (*r->p | 0x20) != 'e')
        return true;
    r->p++;
    bool negative = r->p < r->end && *r->p == '-';
    if (r->p < r->end && (*r->p == '-' || *r->p == '+'))
        r->p++;
    if (!is_digit(r))
        return false;
    int64_t e = 0;
    for (; is_digit(r); r->p++)
        if (e < INT64_C(1) << 40)
            e = e * 10 + (*r->p - '0');
    r->exponent += negative ? -e : e;
    return true;
}

/* The double nearest to what was read. */
static double value_of(reader *r)
{
    if (r->n == 0)
        return 0.0;
    if (r->n <= 15 && r->exponent >= -22 && r->exponent <= 22) {
        double m = 0;
        for (int i = 0; i < r->n; i++)
            m = m * 10 + (r->digits[i] - '0');
        return r->exponent < 0 ? m / powers[-r->exponent] : m * powers[r->exponent];
    }
    int64_t e = r->exponent;
    int n = r->n;
    if (r->digits[PARSE_DIGITS] == '1') {
        n++;
        e--;
    }
    e = e > 99999 ? 99999 : e < -99999 ? -99999 : e;
    char text[PARSE_DIGITS + 16];
    memcpy(text, r->digits, (size_t)n);
    snprintf(text + n, sizeof text - (size_t)n, "e%d", (int)e);
    return strtod(text, NULL);
}

/* ASCII letters equal in any case? */
static bool is_word(fg_slice s, const char *lower)
{
    if (s.n != strlen(lower))
        return false;
    for (uint32_t i = 0; i < s.n; i++)
        if ((s.p[i] | 0x20) != lower[i])
            return false;
    return true;
}

bool fg_float_parse(fg_slice s, double *out)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
        s = (fg_slice){ s.p + 1, s.n - 1 };
    if (is_word(s, "inf") || is_word(s, "infinity")) {
        *out = negative ? -INFINITY : INFINITY;
        return true;
    }
    if (is_word(s, "nan")) {
        *out = NAN;
        return true;
    }
    if (s.n == 0)
        return false;
    reader r;
    r.p = s.p;
    r.end = s.p + s.n;
    r.n = 0;
    r.exponent = 0;
    r.any = false;
    r.digits[PARSE_DIGITS] = '0';
    read_digits(&r, false);
    if (r.p < r.end && *r.p == '.') {
        r.p++;
        read_digits(&r, true);
    }
    if (!r.any || !read_exponent(&r) || r.p != r.end)
        return false;
    double f = value_of(&r);
    *out = negative ? -f : f;
    return true;
}
