// SPDX-License-Identifier: Apache-2.0
/* The Gregorian calendar, extended to all years: days since 1970-01-01 and back.  It is
 * exact for years within a million. */
#ifndef FG_LIB_CALENDAR_H
#define FG_LIB_CALENDAR_H

#include "base/base.h"

#define FG_DAY 86400 /* seconds */

typedef struct fg_date {
    int64_t year;
    int month, day; /* from 1 */
} fg_date;

/* Rounded down, and what is left of it; b > 0. */
static inline int64_t fg_floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }
static inline int64_t fg_floor_mod(int64_t a, int64_t b)
{
    int64_t rest = a % b;
    return rest < 0 ? rest + b : rest;
}

int64_t fg_days_of(fg_date d);
fg_date fg_date_of(int64_t days);
bool fg_is_leap(int64_t year);
int fg_month_length(int64_t year, int month);
bool fg_date_exists(fg_date d);
/* So many months later; a day that the month does not have becomes its last. */
fg_date fg_date_add_months(fg_date d, int64_t months);
int fg_weekday_of(int64_t days); /* 0: Sunday */
/* Of the year, from 1. */
int fg_day_of_year(int64_t days);
/* The week of ISO 8601, from 1, and the year it is counted in. */
int fg_iso_week(int64_t days, int64_t *year);

/* English names; the first three letters are the short ones. */
extern const char *const fg_weekday_names[7];
extern const char *const fg_month_names[12];

#endif
