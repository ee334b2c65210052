// SPDX-License-Identifier: Apache-2.0
/* Days and dates (see calendar.h). */
#include "lib/calendar.h"

const char *const fg_weekday_names[7] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday" };
const char *const fg_month_names[12] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"
};

/* Howard Hinnant's algorithms, on years that start in March. */

int64_t fg_days_of(fg_date d)
{
    int64_t y = d.year - (d.month <= 2), era = fg_floor_div(y, 400),
            yoe = y - era * 400;
    int64_t doy = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

fg_date fg_date_of(int64_t days)
{
    days += 719468;
    int64_t era = fg_floor_div(days, 146097), doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (fg_date){ yoe + era * 400 + (month <= 2), month,
                      (int)(doy - (153 * mp + 2) / 5 + 1) };
}

bool fg_is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int fg_month_length(int64_t year, int month)
{
    static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && fg_is_leap(year) ? 29 : lengths[month - 1];
}

bool fg_date_exists(fg_date d)
{
    return d.month >= 1 && d.month <= 12 && d.day >= 1
           && d.day <= fg_month_length(d.year, d.month);
}

fg_date fg_date_add_months(fg_date d, int64_t months)
{
    int64_t n = d.year * 12 + d.month - 1 + months;
    d.year = fg_floor_div(n, 12);
    d.month = (int)fg_floor_mod(n, 12) + 1;
    int length = fg_month_length(d.year, d.month);
    if (d.day > length)
        d.day = length;
    return d;
}

int fg_weekday_of(int64_t days) { return (int)fg_floor_mod(days + 4, 7); }

int fg_day_of_year(int64_t days)
{
    return (int)(days - fg_days_of((fg_date){ fg_date_of(days).year, 1, 1 })) + 1;
}

/* A week belongs to the year that its Thursday is in. */
int fg_iso_week(int64_t days, int64_t *year)
{
    int64_t thursday = days - (fg_weekday_of(days) + 6) % 7 + 3;
    *year = fg_date_of(thursday).year;
    return (fg_day_of_year(thursday) - 1) / 7 + 1;
}
