// SPDX-License-Identifier: Apache-2.0
/* Between the files of the time module.
 *
 * A moment is an instant and the zone whose clocks show it.  calendar.c knows dates,
 * time_zone.c, _rule.c and _zones.c know zones; time_format.c and _parse.c are about text,
 * time_span.c goes from one moment to another; time.c has the functions of the language. */
#ifndef FG_LIB_TIME_H
#define FG_LIB_TIME_H

#include "base/bytes.h"
#include "lib/calendar.h"
#include "lib/time_zone.h"

#define FG_YEAR_MIN (-262143)
#define FG_YEAR_MAX 262142
#define FG_UNIX_MIN (-8334601228800) /* the first second of the first year … */
#define FG_UNIX_MAX 8210266876799    /* … and the last of the last, in UTC */
#define FG_NANO 1000000000

typedef struct fg_moment {
    int64_t unix_time; /* seconds since 1970 */
    int32_t ns;        /* 0 … 999999999 later */
    const fg_zone *zone;
} fg_moment;

static inline bool fg_unix_in_range(int64_t t)
{
    return t >= FG_UNIX_MIN && t <= FG_UNIX_MAX;
}

/* What clocks and calendars of the zone show. */
typedef struct fg_reading {
    fg_moment at;
    fg_zone_kind kind;
    int64_t days; /* since 1970, of the date */
    fg_date date;
    int hour, minute, second;
} fg_reading;

fg_reading fg_moment_read(const fg_moment *m);

/* ---- text (time_format.c, time_parse.c) --------------------------------------------- */

/* RFC 3339, with three, six or nine digits of the fraction if it is not zero. */
#define FG_TIME_ISO FG_SLICE("%+")

/* Appends the reading in the manner of strftime.  False: *bad is no specifier; it may be
 * NULL when all are known ones. */
bool fg_time_format(fg_bytes *b, fg_slice format, const fg_reading *r, fg_slice *bad);
/* Reads a date and time; what has no offset is in UTC.  The zone is set to UTC. */
bool fg_time_parse(fg_slice text, fg_moment *m);

/* ---- spans (time_span.c) ------------------------------------------------------------ */

typedef struct fg_span {
    int64_t months, days; /* on the calendar of the zone */
    int64_t seconds;      /* that pass */
    int32_t ns;           /* 0 … 999999999 more */
} fg_span;

/* Later by a span: first its months, where a day that a month does not have becomes its
 * last, then its days, then its seconds.  False: out of range. */
bool fg_moment_add(fg_moment *m, const fg_span *span);

/* clang-format off */
#define FG_TIME_UNITS(X)                                                               \
    X(DAY, "day") X(HOUR, "hour") X(MINUTE, "minute")                                  \
    X(WEEK, "week") X(MONTH, "month") X(YEAR, "year")
/* clang-format on */

typedef enum fg_time_unit {
#define X(name, text) FG_UNIT_##name,
    FG_TIME_UNITS(X)
#undef X
} fg_time_unit;

/* The first and the last second of the unit that m is in; not checked for range. */
int64_t fg_unit_start(const fg_moment *m, fg_time_unit unit);
int64_t fg_unit_end(const fg_moment *m, fg_time_unit unit);

#endif
