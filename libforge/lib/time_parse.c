// SPDX-License-Identifier: Apache-2.0
/* Text that names a date, perhaps with a time of day.  With an offset it is RFC 3339, with
 * years of more than four digits written with a sign; without, one of a few forms. */
#include "lib/time.h"

typedef struct scanner {
    const char *p, *end;
} scanner;

typedef struct fields {
    fg_date date;
    int hour, minute, second;
} fields;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool take(scanner *s, char c)
{
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

/* From `least` to `most` digits; at most nine, so that the number fits. */
static bool digits(scanner *s, int least, int most, int64_t *out)
{
    int n = 0;
    *out = 0;
    for (; n < most && s->p < s->end && is_digit(*s->p); n++)
        *out = *out * 10 + (*s->p++ - '0');
    return n >= least;
}

static bool pair(scanner *s, int *out)
{
    int64_t n;
    bool ok = digits(s, 2, 2, &n);
    *out = (int)n;
    return ok;
}

/* The instant in UTC.  A leap second is the first second of the next minute. */
static bool instant_of(const fields *f, int64_t *unix_time)
{
    if (f->date.year < FG_YEAR_MIN || f->date.year > FG_YEAR_MAX
        || !fg_date_exists(f->date) || f->hour > 23 || f->minute > 59 || f->second > 60)
        return false;
    *unix_time =
        fg_days_of(f->date) * FG_DAY + f->hour * 3600 + f->minute * 60 + f->second;
    return true;
}

/* ---- with an offset ----------------------------------------------------------------- */

static bool rfc_year(scanner *s, int64_t *year)
{
    bool minus = take(s, '-');
    if (!minus && !take(s, '+'))
        return digits(s, 4, 4, year);
    bool ok = digits(s, 4, 6, year);
    *year = minus ? -*year : *year;
    return ok;
}

/* Nanoseconds; further digits are read and mean nothing. */
static bool fraction(scanner *s, int32_t *ns)
{
    int32_t unit = FG_NANO / 10;
    *ns = 0;
    if (s->p == s->end || !is_digit(*s->p))
        return false;
    for (; s->p < s->end && is_digit(*s->p); s->p++, unit /= 10)
        *ns += (*s->p - '0') * unit;
    return true;
}

static bool offset(scanner *s, int32_t *out)
{
    int h, m;
    *out = 0;
    if (take(s, 'Z') || take(s, 'z'))
        return true;
    bool minus = take(s, '-');
    if (!minus && !take(s, '+'))
        return false;
    if (!pair(s, &h) || !take(s, ':') || !pair(s, &m) || h > 23 || m > 59)
        return false;
    *out = (h * 60 + m) * (minus ? -60 : 60);
    return true;
}

static bool parse_rfc3339(fg_slice text, fg_moment *m)
{
    scanner s = { text.p, text.p + text.n };
    fields f;
    int32_t ahead;
    m->ns = 0;
    if (!rfc_year(&s, &f.date.year) || !take(&s, '-') || !pair(&s, &f.date.month)
        || !take(&s, '-') || !pair(&s, &f.date.day))
        return false;
    if (!take(&s, 'T') && !take(&s, 't') && !take(&s, ' '))
        return false;
    if (!pair(&s, &f.hour) || !take(&s, ':') || !pair(&s, &f.minute) || !take(&s, ':')
        || !pair(&s, &f.second))
        return false;
    if (take(&s, '.') && !fraction(&s, &m->ns))
        return false;
    if (!offset(&s, &ahead) || s.p != s.end || !instant_of(&f, &m->unix_time))
        return false;
    m->unix_time -= ahead;
    return true;
}

/* ---- without ------------------------------------------------------------------------ */

static const char *const forms[] = {
    "Y-m-dTH:M:S", "Y-m-d H:M:S", "Y-m-d", "m/d/Y", "d.m.Y", "b d, Y", "d b Y",
};

static void skip_blanks(scanner *s)
{
    while (s->p < s->end && (*s->p == ' ' || (*s->p >= '\t' && *s->p <= '\r')))
        s->p++;
}

/* A number of one or two digits, perhaps behind blanks. */
static bool small(scanner *s, int *out)
{
    int64_t n;
    skip_blanks(s);
    bool ok = digits(s, 1, 2, &n);
    *out = (int)n;
    return ok;
}

/* Up to four digits; with a sign, more. */
static bool year(scanner *s, int64_t *out)
{
    skip_blanks(s);
    bool minus = take(s, '-'), sign = minus || take(s, '+');
    bool ok = digits(s, 1, sign ? 9 : 4, out);
    *out = minus ? -*out : *out;
    return ok;
}

/* The first three letters of a month, in any case. */
static bool month(scanner *s, int *out)
{
    if (s->end - s->p < 3)
        return false;
    for (int i = 0; i < 12; i++) {
        const char *name = fg_month_names[i];
        if ((s->p[0] | 0x20) != (name[0] | 0x20) || (s->p[1] | 0x20) != name[1]
            || (s->p[2] | 0x20) != name[2])
            continue;
        s->p += 3;
        *out = i + 1;
        return true;
    }
    return false;
}

static bool element(scanner *s, char c, fields *f)
{
    switch (c) {
    case 'Y': return year(s, &f->date.year);
    case 'm': return small(s, &f->date.month);
    case 'b': return month(s, &f->date.month);
    case 'd': return small(s, &f->date.day);
    case 'H': return small(s, &f->hour);
    case 'M': return small(s, &f->minute);
    case 'S': return small(s, &f->second);
    }
    return take(s, c);
}

static bool parse_form(fg_slice text, const char *form, fg_moment *m)
{
    scanner s = { text.p, text.p + text.n };
    fields f = { { 0 }, 0, 0, 0 };
    for (; *form; form++)
        if (!element(&s, *form, &f))
            return false;
    m->ns = 0;
    return s.p == s.end && instant_of(&f, &m->unix_time);
}

bool fg_time_parse(fg_slice text, fg_moment *m)
{
    bool ok = parse_rfc3339(text, m);
    for (uint32_t i = 0; !ok && i < FG_COUNT(forms); i++)
        ok = parse_form(text, forms[i], m);
    m->zone = &fg_zone_utc;
    return ok && fg_unix_in_range(m->unix_time);
}
