// SPDX-License-Identifier: Apache-2.0
/* Moments as text: a specifier is a percent sign and a letter, between them perhaps a flag
 * that chooses how a number is filled up: '-' not at all, '_' with blanks, '0' with
 * zeros. */
#include "lib/time.h"

#include "base/utf8.h"

fg_reading fg_moment_read(const fg_moment *m)
{
    fg_reading r = { .at = *m, .kind = fg_zone_at(m->zone, m->unix_time) };
    int64_t local = m->unix_time + r.kind.offset;
    int s = (int)fg_floor_mod(local, FG_DAY);
    r.days = fg_floor_div(local, FG_DAY);
    r.date = fg_date_of(r.days);
    r.hour = s / 3600;
    r.minute = s / 60 % 60;
    r.second = s % 60;
    return r;
}

/* ---- numbers ------------------------------------------------------------------------ */

static int64_t iso_year(const fg_reading *r)
{
    int64_t year;
    fg_iso_week(r->days, &year);
    return year;
}

static int hour12(const fg_reading *r) { return (r->hour + 11) % 12 + 1; }

/* Number of the week that began with the last such day; week 1 has the first of them. */
static int week_from(const fg_reading *r, int weekday)
{
    int since = (fg_weekday_of(r->days) - weekday + 7) % 7;
    return (fg_day_of_year(r->days) + 6 - since) / 7;
}

/* Specifiers that are numbers: letter, width, how it is filled up, value. */
/* clang-format off */
#define NUMBERS(X)                                                                     \
    X('Y', 4, '0', r->date.year)                                                       \
    X('C', 2, '0', fg_floor_div(r->date.year, 100))                                    \
    X('y', 2, '0', fg_floor_mod(r->date.year, 100))                                    \
    X('m', 2, '0', r->date.month)                                                      \
    X('d', 2, '0', r->date.day)                                                        \
    X('e', 2, '_', r->date.day)                                                        \
    X('j', 3, '0', fg_day_of_year(r->days))                                            \
    X('w', 1, '0', fg_weekday_of(r->days))                                             \
    X('u', 1, '0', (fg_weekday_of(r->days) + 6) % 7 + 1)                               \
    X('U', 2, '0', week_from(r, 0))                                                    \
    X('W', 2, '0', week_from(r, 1))                                                    \
    X('G', 4, '0', iso_year(r))                                                        \
    X('g', 2, '0', fg_floor_mod(iso_year(r), 100))                                     \
    X('V', 2, '0', fg_iso_week(r->days, &(int64_t){ 0 }))                              \
    X('H', 2, '0', r->hour)                                                            \
    X('k', 2, '_', r->hour)                                                            \
    X('I', 2, '0', hour12(r))                                                          \
    X('l', 2, '_', hour12(r))                                                          \
    X('M', 2, '0', r->minute)                                                          \
    X('S', 2, '0', r->second)                                                          \
    X('f', 9, '0', r->at.ns)                                                           \
    X('s', 1, '0', r->at.unix_time)
/* clang-format on */

/* Years of other than four digits have a sign, so that they can be read again. */
static bool is_long_year(char letter, int64_t n)
{
    return (letter == 'Y' || letter == 'G') && (n < 0 || n > 9999);
}

static void put_padded(fg_bytes *b, char letter, int64_t n, int width, char pad)
{
    bool sign = is_long_year(letter, n);
    const char *form =
        pad == '0' ? (sign ? "%+0*lld" : "%0*lld") : (sign ? "%+*lld" : "%*lld");
    fg_bytes_fmt(b, form, pad == '-' ? 0 : width + sign, (long long)n);
}

/* flag: 0 or the one given.  False: this letter is no number. */
static bool put_number(fg_bytes *b, char letter, char flag, const fg_reading *r)
{
    switch (letter) {
#define X(l, width, pad, value)                                                        \
    case l: put_padded(b, l, value, width, flag ? flag : pad); return true;
        NUMBERS(X)
#undef X
    }
    return false;
}

/* ---- words, fractions, offsets ------------------------------------------------------- */

static void put_short(fg_bytes *b, const char *name) { fg_bytes_put(b, name, 3); }

/* "+01", "+01:00" …: the parts up to the minutes are rounded. */
enum { OFFSET_PLAIN, OFFSET_COLON, OFFSET_SECONDS, OFFSET_HOURS };
static void put_offset(fg_bytes *b, const fg_reading *r, int style)
{
    int32_t n = r->kind.offset;
    char sign = n < 0 ? '-' : '+';
    n = n < 0 ? -n : n;
    if (style != OFFSET_SECONDS)
        n += 30;
    fg_bytes_fmt(b, "%c%02d", sign, n / 3600);
    if (style == OFFSET_HOURS && n / 60 % 60 == 0)
        return;
    fg_bytes_fmt(b, style == OFFSET_COLON || style == OFFSET_SECONDS ? ":%02d" : "%02d",
                 n / 60 % 60);
    if (style == OFFSET_SECONDS)
        fg_bytes_fmt(b, ":%02d", n % 60);
}

static void put_digits(fg_bytes *b, const fg_reading *r, int digits)
{
    int32_t n = r->at.ns;
    for (int i = digits; i < 9; i++)
        n /= 10;
    fg_bytes_fmt(b, "%0*d", digits, n);
}

static void put_fraction(fg_bytes *b, const fg_reading *r, int digits)
{
    fg_bytes_char(b, '.');
    put_digits(b, r, digits);
}

/* As many digits as are needed: none, three, six or nine. */
static void put_needed(fg_bytes *b, const fg_reading *r, int unused)
{
    (void)unused;
    if (r->at.ns != 0)
        put_fraction(b, r, r->at.ns % 1000 ? 9 : r->at.ns % 1000000 ? 6 : 3);
}

static const struct special {
    const char *text;
    void (*put)(fg_bytes *b, const fg_reading *r, int argument);
    int argument;
} specials[] = {
    { "z", put_offset, OFFSET_PLAIN },
    { ":z", put_offset, OFFSET_COLON },
    { "::z", put_offset, OFFSET_SECONDS },
    { "#z", put_offset, OFFSET_HOURS },
    { ".f", put_needed, 0 },
    { ".3f", put_fraction, 3 },
    { ".6f", put_fraction, 6 },
    { ".9f", put_fraction, 9 },
    { "3f", put_digits, 3 },
    { "6f", put_digits, 6 },
    { "9f", put_digits, 9 },
};

static bool put_word(fg_bytes *b, char letter, const fg_reading *r)
{
    const char *weekday = fg_weekday_names[fg_weekday_of(r->days)];
    const char *month = fg_month_names[r->date.month - 1];
    switch (letter) {
    case 'a': put_short(b, weekday); return true;
    case 'A': fg_bytes_str(b, weekday); return true;
    case 'b':
    case 'h': put_short(b, month); return true;
    case 'B': fg_bytes_str(b, month); return true;
    case 'p': fg_bytes_str(b, r->hour < 12 ? "AM" : "PM"); return true;
    case 'P': fg_bytes_str(b, r->hour < 12 ? "am" : "pm"); return true;
    case 'Z': fg_bytes_str(b, r->kind.letters); return true;
    }
    return false;
}

/* Letters that stand for several specifiers, or for a character. */
static const struct expansion {
    char letter;
    const char *text;
} expansions[] = {
    { 'D', "%m/%d/%y" },
    { 'x', "%m/%d/%y" },
    { 'F', "%Y-%m-%d" },
    { 'v', "%e-%b-%Y" },
    { 'R', "%H:%M" },
    { 'T', "%H:%M:%S" },
    { 'X', "%H:%M:%S" },
    { 'r', "%I:%M:%S %p" },
    { 'c', "%a %b %e %H:%M:%S %Y" },
    { '+', "%Y-%m-%dT%H:%M:%S%.f%:z" },
    { 't', "\t" },
    { 'n', "\n" },
};

/* ---- formats ------------------------------------------------------------------------ */

/* Appends what the specifier at the start of s (behind the percent sign) says; its length,
 * or 0 if it is unknown. */
static uint32_t put_specifier(fg_bytes *b, fg_slice s, const fg_reading *r)
{
    if (s.n == 0)
        return 0;
    if (s.p[0] == '%') {
        fg_bytes_char(b, '%');
        return 1;
    }
    if (s.p[0] == '-' || s.p[0] == '_' || s.p[0] == '0')
        return s.n > 1 && put_number(b, s.p[1], s.p[0], r) ? 2 : 0;
    if (put_number(b, s.p[0], 0, r) || put_word(b, s.p[0], r))
        return 1;
    for (uint32_t i = 0; i < FG_COUNT(specials); i++) {
        fg_slice text = fg_slice_str(specials[i].text);
        if (s.n < text.n || memcmp(s.p, text.p, text.n) != 0)
            continue;
        specials[i].put(b, r, specials[i].argument);
        return text.n;
    }
    for (uint32_t i = 0; i < FG_COUNT(expansions); i++)
        if (expansions[i].letter == s.p[0]) {
            fg_time_format(b, fg_slice_str(expansions[i].text), r, NULL);
            return 1;
        }
    return 0;
}

/* What is wrong at the start of s, which is a percent sign. */
static fg_slice bad_specifier(fg_slice s)
{
    uint32_t n = 1, cp;
    while (n < s.n && s.p[n] && strchr("-_0.:#369", s.p[n]))
        n++;
    if (n < s.n)
        n += fg_utf8_get(s.p + n, s.p + s.n, &cp);
    return fg_slice_of(s.p, n);
}

bool fg_time_format(fg_bytes *b, fg_slice format, const fg_reading *r, fg_slice *bad)
{
    const char *p = format.p, *end = p + format.n;
    while (p < end && !b->failed) {
        const char *percent = memchr(p, '%', (size_t)(end - p));
        const char *stop = percent ? percent : end;
        fg_bytes_put(b, p, (size_t)(stop - p));
        if (!percent)
            break;
        p = percent + 1;
        uint32_t n = put_specifier(b, fg_slice_of(p, (size_t)(end - p)), r);
        if (n == 0) {
            *bad = bad_specifier(fg_slice_of(percent, (size_t)(end - percent)));
            return false;
        }
        p += n;
    }
    return true;
}
