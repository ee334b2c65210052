// SPDX-License-Identifier: Apache-2.0
/* POSIX TZ strings, with the extensions of RFC 9636: hours of a change from -167 to 167. */
#include "lib/time_zone.h"

#include "lib/calendar.h"

#define HOUR 3600

/* ---- reading ------------------------------------------------------------------------ */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take(fg_slice *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = fg_slice_of(s->p + 1, s->n - 1);
    return true;
}

static bool number(fg_slice *s, int least, int most, int *out)
{
    uint32_t i = 0;
    int n = 0;
    while (i < s->n && i < 4 && is_digit(s->p[i]))
        n = n * 10 + (s->p[i++] - '0');
    *s = fg_slice_of(s->p + i, s->n - i);
    *out = n;
    return i > 0 && n >= least && n <= most;
}

/* "CET" or "<+0330>" */
static bool letters(fg_slice *s, char *at)
{
    bool quoted = take(s, '<');
    uint32_t n = 0;
    while (n < s->n
           && (is_letter(s->p[n])
               || (quoted && (is_digit(s->p[n]) || s->p[n] == '+' || s->p[n] == '-'))))
        n++;
    if (n < 3 || n >= FG_ZONE_LETTERS)
        return false;
    memcpy(at, s->p, n);
    at[n] = '\0';
    *s = fg_slice_of(s->p + n, s->n - n);
    return !quoted || take(s, '>');
}

/* [+-]hours[:minutes[:seconds]] */
static bool clock_time(fg_slice *s, int most_hours, int32_t *out)
{
    bool minus = take(s, '-');
    int h, m = 0, sec = 0;
    if (!minus)
        take(s, '+');
    if (!number(s, 0, most_hours, &h))
        return false;
    if (take(s, ':')
        && (!number(s, 0, 59, &m) || (take(s, ':') && !number(s, 0, 59, &sec))))
        return false;
    int32_t t = h * HOUR + m * 60 + sec;
    *out = minus ? -t : t;
    return true;
}

/* ",M3.5.0/3" */
static bool edge(fg_slice *s, fg_rule_edge *e)
{
    bool ok;
    *e = (fg_rule_edge){ .time = 2 * HOUR };
    if (!take(s, ','))
        return false;
    if (take(s, 'M')) {
        e->kind = FG_EDGE_WEEKDAY;
        ok = number(s, 1, 12, &e->month) && take(s, '.') && number(s, 1, 5, &e->week)
             && take(s, '.') && number(s, 0, 6, &e->day);
    } else if (take(s, 'J')) {
        e->kind = FG_EDGE_JULIAN;
        ok = number(s, 1, 365, &e->day);
    } else {
        e->kind = FG_EDGE_DAY;
        ok = number(s, 0, 365, &e->day);
    }
    return ok && (!take(s, '/') || clock_time(s, 167, &e->time));
}

bool fg_rule_parse(fg_slice text, fg_rule *rule)
{
    fg_slice usual = FG_SLICE(",M3.2.0,M11.1.0"); /* when no days are given */
    *rule = (fg_rule){ 0 };
    if (!letters(&text, rule->letters) || !clock_time(&text, 24, &rule->offset))
        return false;
    rule->offset = -rule->offset; /* POSIX counts to the west */
    if (text.n == 0)
        return true;
    rule->has_dst = true;
    rule->dst_offset = rule->offset + HOUR;
    if (!letters(&text, rule->dst_letters))
        return false;
    if (text.n > 0 && text.p[0] != ',') {
        if (!clock_time(&text, 24, &rule->dst_offset))
            return false;
        rule->dst_offset = -rule->dst_offset;
    }
    if (text.n == 0)
        text = usual;
    return edge(&text, &rule->start) && edge(&text, &rule->end) && text.n == 0;
}

/* ---- using -------------------------------------------------------------------------- */

/* Day of the edge in a year, since 1970. */
static int64_t edge_day(const fg_rule_edge *e, int64_t year)
{
    int64_t first = fg_days_of((fg_date){ year, 1, 1 });
    switch (e->kind) {
    case FG_EDGE_JULIAN: return first + e->day - 1 + (e->day >= 60 && fg_is_leap(year));
    case FG_EDGE_DAY: return first + e->day;
    case FG_EDGE_WEEKDAY:
        first = fg_days_of((fg_date){ year, e->month, 1 });
        first += (e->day - fg_weekday_of(first) + 7) % 7 + (e->week - 1) * 7;
        return fg_date_of(first).month == e->month ? first : first - 7;
    }
    fg_unreachable();
}

/* The years on both sides are looked at too, because a change may lie outside of the year
 * that it belongs to.  Of two changes at once the start counts: then it never ends. */
bool fg_rule_is_dst(const fg_rule *rule, int64_t unix_time)
{
    int64_t year = fg_date_of(fg_floor_div(unix_time + rule->offset, FG_DAY)).year;
    int64_t last = INT64_MIN;
    bool dst = false;
    if (!rule->has_dst)
        return false;
    for (int64_t y = year - 1; y <= year + 1; y++) {
        int64_t end =
            edge_day(&rule->end, y) * FG_DAY + rule->end.time - rule->dst_offset;
        int64_t start =
            edge_day(&rule->start, y) * FG_DAY + rule->start.time - rule->offset;
        if (end <= unix_time && end > last) {
            last = end;
            dst = false;
        }
        if (start <= unix_time && start >= last) {
            last = start;
            dst = true;
        }
    }
    return dst;
}
