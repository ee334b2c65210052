// SPDX-License-Identifier: Apache-2.0
/* From one moment to another.  What a calendar counts (days and more) is counted on the
 * clocks of the zone; hours and less pass at the same pace everywhere. */
#include "lib/time.h"

#define MONTHS_MAX ((int64_t)12 * (FG_YEAR_MAX - FG_YEAR_MIN + 1))
#define DAYS_MAX ((FG_UNIX_MAX - FG_UNIX_MIN) / FG_DAY + 1)

static bool add_calendar(fg_moment *m, const fg_span *span)
{
    if (span->months < -MONTHS_MAX || span->months > MONTHS_MAX
        || span->days < -DAYS_MAX || span->days > DAYS_MAX)
        return false;
    int64_t local = m->unix_time + fg_zone_at(m->zone, m->unix_time).offset;
    int64_t days = fg_floor_div(local, FG_DAY);
    int64_t day = fg_days_of(fg_date_add_months(fg_date_of(days), span->months));
    m->unix_time = fg_zone_instant(m->zone, local + (day - days + span->days) * FG_DAY);
    return true;
}

bool fg_moment_add(fg_moment *m, const fg_span *span)
{
    if ((span->months || span->days) && !add_calendar(m, span))
        return false;
    m->ns += span->ns;
    int32_t carry = m->ns / FG_NANO;
    m->ns -= carry * FG_NANO;
    return !__builtin_add_overflow(m->unix_time, span->seconds, &m->unix_time)
           && !__builtin_add_overflow(m->unix_time, carry, &m->unix_time)
           && fg_unix_in_range(m->unix_time);
}

/* ---- units -------------------------------------------------------------------------- */

static int64_t month_start(fg_date d, int64_t months)
{
    d.day = 1;
    return fg_days_of(fg_date_add_months(d, months)) * FG_DAY;
}

/* The unit that the clocks' time `local` is in, on the same clocks. */
static void bounds(int64_t local, fg_time_unit unit, int64_t *from, int64_t *to)
{
    int64_t days = fg_floor_div(local, FG_DAY), length = FG_DAY;
    fg_date d = fg_date_of(days);
    *from = days * FG_DAY;
    switch (unit) {
    case FG_UNIT_MINUTE:
    case FG_UNIT_HOUR:
        length = unit == FG_UNIT_HOUR ? 3600 : 60;
        *from = local - fg_floor_mod(local, length);
        break;
    case FG_UNIT_DAY: break;
    case FG_UNIT_WEEK:
        *from -= (fg_weekday_of(days) + 6) % 7 * FG_DAY;
        length = 7 * FG_DAY;
        break;
    case FG_UNIT_MONTH:
        *from = month_start(d, 0);
        length = month_start(d, 1) - *from;
        break;
    case FG_UNIT_YEAR:
        *from = month_start(d, 1 - d.month);
        length = month_start(d, 13 - d.month) - *from;
        break;
    }
    *to = *from + length;
}

/* The instant at which clocks show `local`, near m: where they do so twice and are not
 * changed in between, it is not the first one. */
static int64_t near(const fg_moment *m, int64_t local)
{
    int32_t offset = fg_zone_at(m->zone, m->unix_time).offset;
    int64_t t = local - offset;
    return fg_zone_at(m->zone, t).offset == offset ? t
                                                   : fg_zone_instant(m->zone, local);
}

static int64_t to_clocks(const fg_moment *m)
{
    return m->unix_time + fg_zone_at(m->zone, m->unix_time).offset;
}

int64_t fg_unit_start(const fg_moment *m, fg_time_unit unit)
{
    int64_t from, to;
    bounds(to_clocks(m), unit, &from, &to);
    return unit == FG_UNIT_HOUR || unit == FG_UNIT_MINUTE
               ? near(m, from)
               : fg_zone_instant(m->zone, from);
}
int64_t fg_unit_end(const fg_moment *m, fg_time_unit unit)
{
    int64_t from, to;
    bounds(to_clocks(m), unit, &from, &to);
    return unit == FG_UNIT_HOUR || unit == FG_UNIT_MINUTE
               ? near(m, to - 1)
               : fg_zone_instant(m->zone, to) - 1;
}
