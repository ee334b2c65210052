// SPDX-License-Identifier: Apache-2.0
/* The time module: the clock and the Gregorian calendar in UTC.  An instant is a count
 * of seconds since 1970; a time object carries it as `unix` beside its fields. */
#include "lib/lib.h"

#include <stdio.h>
#include <time.h>

#define DAY 86400
#define UNIX_MIN (-8334601228800) /* year -262143 */
#define UNIX_MAX 8210266876799    /* end of year 262142 */
#define YEAR_MAX 262142

static const char *const weekdays[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday" };

static fg_status raise(fg_vm *vm, const char *text)
{
    return fg_raise(vm, FG_E_RUNTIME, "%s", text);
}

/* ---- calendar ------------------------------------------------------------------- */

typedef struct date {
    int64_t year;
    int month, day;
} date;

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Days since 1970-01-01 (Howard Hinnant's algorithm on years that start in March). */
static int64_t days_of(date d)
{
    int64_t y = d.year - (d.month <= 2), era = floor_div(y, 400), yoe = y - era * 400;
    int64_t doy = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static date date_of(int64_t days)
{
    days += 719468;
    int64_t era = floor_div(days, 146097), doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (date){ yoe + era * 400 + (month <= 2), month,
                   (int)(doy - (153 * mp + 2) / 5 + 1) };
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_length(int64_t year, int month)
{
    static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

static int weekday_of(int64_t days) { return (int)(((days + 4) % 7 + 7) % 7); }

/* ---- time objects --------------------------------------------------------------- */

/* RFC 3339 in UTC, with as many digits of the fraction as it needs. */
static void iso_text(char *at, size_t size, int64_t unix_time, long ns)
{
    date d = date_of(floor_div(unix_time, DAY));
    int s = (int)(unix_time - floor_div(unix_time, DAY) * DAY);
    char fraction[24] = "";
    if (ns % 1000 != 0)
        snprintf(fraction, sizeof(fraction), ".%09ld", ns);
    else if (ns % 1000000 != 0)
        snprintf(fraction, sizeof(fraction), ".%06ld", ns / 1000);
    else if (ns != 0)
        snprintf(fraction, sizeof(fraction), ".%03ld", ns / 1000000);
    snprintf(at, size,
             d.year < 0 || d.year > 9999 ? "%+05lld-%02d-%02dT%02d:%02d:%02d%s+00:00"
                                         : "%04lld-%02d-%02dT%02d:%02d:%02d%s+00:00",
             (long long)d.year, d.month, d.day, s / 3600, s / 60 % 60, s % 60,
             fraction);
}

static fg_status give_time(fg_vm *vm, int64_t unix_time, long ns, fg_value *out)
{
    static const char *const names[] = { "iso",     "unix",          "unix_ms",
                                         "year",    "month",         "day",
                                         "hour",    "minute",        "second",
                                         "weekday", "weekday_short", "day_of_year",
                                         "timezone" };
    if (unix_time < UNIX_MIN || unix_time > UNIX_MAX)
        return raise(vm, "invalid timestamp");
    int64_t days = floor_div(unix_time, DAY), s = unix_time - days * DAY;
    date d = date_of(days);
    const char *weekday = weekdays[weekday_of(days)];
    char iso[64];
    fg_value day_name, day_short, zone, text;
    iso_text(iso, sizeof(iso), unix_time, ns);
    FG_TRY(fg_make_string(vm, fg_slice_str(iso), &text));
    FG_TRY(fg_make_string(vm, fg_slice_str(weekday), &day_name));
    FG_TRY(fg_make_string(vm, (fg_slice){ weekday, 3 }, &day_short));
    FG_TRY(fg_make_string(vm, FG_SLICE("UTC"), &zone));
    const fg_value values[] = {
        text,
        fg_int(unix_time),
        fg_int(unix_time * 1000 + ns / 1000000),
        fg_int(d.year),
        fg_int(d.month),
        fg_int(d.day),
        fg_int(s / 3600),
        fg_int(s / 60 % 60),
        fg_int(s % 60),
        day_name,
        day_short,
        fg_int(days - days_of((date){ d.year, 1, 1 }) + 1),
        zone,
    };
    return fg_give_object(out, fg_record(vm, names, values, FG_COUNT(names)));
}

/* The instant of a time object or of an Int. */
static bool instant(fg_value v, int64_t *unix_time)
{
    if (fg_is(v, FG_OBJECT)) {
        fg_value *slot = fg_object_find_slice(v.as.obj, FG_SLICE("unix"));
        v = slot ? *slot : fg_null();
    }
    *unix_time = v.as.i;
    return fg_is_int(v);
}

static struct timespec clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t;
}

/* The instant of the only argument, now without one. */
static fg_status instant_or_now(fg_vm *vm, int argc, const fg_value *argv,
                                const char *error, int64_t *unix_time)
{
    *unix_time = clock_now().tv_sec;
    if (argc > 0 && !instant(fg_arg(argc, argv, 0), unix_time))
        return raise(vm, error);
    if (*unix_time < UNIX_MIN || *unix_time > UNIX_MAX)
        return raise(vm, "invalid timestamp");
    return FG_OK;
}

/* ---- the clock ------------------------------------------------------------------ */

static fg_status time_now(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value zone = fg_arg(argc, argv, 0);
    if (fg_is_string(zone)
        && !fg_slice_eq(fg_string_slice(zone.as.str), FG_SLICE("UTC")))
        return fg_raise(
            vm, FG_E_RUNTIME,
            "unknown timezone: '%.*s'. Use time.zones() to list available zones",
            (int)zone.as.str->len, zone.as.str->bytes);
    struct timespec t = clock_now();
    return give_time(vm, t.tv_sec, t.tv_nsec, out);
}

static fg_status time_unix(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)vm;
    (void)argc;
    (void)argv;
    return fg_give(out, fg_int(clock_now().tv_sec));
}

static fg_status time_elapsed(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)vm;
    (void)argc;
    (void)argv;
    struct timespec t = clock_now();
    return fg_give(out, fg_int((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000));
}

static fg_status time_today(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    char text[64];
    (void)argc;
    (void)argv;
    iso_text(text, sizeof(text), clock_now().tv_sec, 0);
    return fg_make_string(vm, (fg_slice){ text, 10 }, out);
}

/* ---- making time objects -------------------------------------------------------- */

static fg_status time_date(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value y = fg_arg(argc, argv, 0), m = fg_arg(argc, argv, 1),
             d = fg_arg(argc, argv, 2);
    if (!fg_is_int(y) || !fg_is_int(m) || !fg_is_int(d))
        return raise(vm, "time.date(year, month, day) requires three integers");
    if (y.as.i < -YEAR_MAX || y.as.i > YEAR_MAX || m.as.i < 1 || m.as.i > 12
        || d.as.i < 1 || d.as.i > month_length(y.as.i, (int)m.as.i))
        return fg_raise(vm, FG_E_RUNTIME, "invalid date: %lld-%lld-%lld",
                        (long long)y.as.i, (long long)m.as.i, (long long)d.as.i);
    int64_t days = days_of((date){ y.as.i, (int)m.as.i, (int)d.as.i });
    return give_time(vm, days * DAY, 0, out);
}

static fg_status time_from_unix(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (!fg_is_int(v))
        return raise(vm, "time.from_unix() requires an integer timestamp");
    if (v.as.i < UNIX_MIN || v.as.i > UNIX_MAX)
        return fg_raise(vm, FG_E_RUNTIME, "invalid unix timestamp: %lld",
                        (long long)v.as.i);
    return give_time(vm, v.as.i, 0, out);
}

/* ---- comparing ------------------------------------------------------------------ */

static fg_status two_instants(fg_vm *vm, int argc, const fg_value *argv,
                              const char *name, int64_t *a, int64_t *b)
{
    if (argc < 2)
        return fg_raise(vm, FG_E_RUNTIME, "time.%s(t1, t2) requires two time objects",
                        name);
    if (!instant(fg_arg(argc, argv, 0), a))
        return raise(vm, "first argument must be a time object");
    if (!instant(fg_arg(argc, argv, 1), b))
        return raise(vm, "second argument must be a time object");
    return FG_OK;
}

static fg_status time_is_before(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int64_t a, b;
    FG_TRY(two_instants(vm, argc, argv, "is_before", &a, &b));
    return fg_give(out, fg_bool(a < b));
}

static fg_status time_is_after(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int64_t a, b;
    FG_TRY(two_instants(vm, argc, argv, "is_after", &a, &b));
    return fg_give(out, fg_bool(a > b));
}

static fg_status time_diff(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char *const names[] = { "seconds", "minutes", "hours",
                                         "days",    "weeks",   "human" };
    int64_t a, b, s;
    FG_TRY(two_instants(vm, argc, argv, "diff", &a, &b));
    if (__builtin_sub_overflow(a, b, &s))
        return raise(vm, "invalid timestamp");
    uint64_t n = s < 0 ? 0 - (uint64_t)s : (uint64_t)s;
    char text[64];
    snprintf(text, sizeof(text), "%s%llud %lluh %llum %llus", s < 0 ? "-" : "",
             (unsigned long long)(n / DAY), (unsigned long long)(n / 3600 % 24),
             (unsigned long long)(n / 60 % 60), (unsigned long long)(n % 60));
    fg_value human;
    FG_TRY(fg_make_string(vm, fg_slice_str(text), &human));
    double f = (double)s;
    const fg_value values[] = {
        fg_int(s),         fg_float(f / 60),      fg_float(f / 3600),
        fg_float(f / DAY), fg_float(f / DAY / 7), human
    };
    return fg_give_object(out, fg_record(vm, names, values, FG_COUNT(names)));
}

/* ---- asking about a day --------------------------------------------------------- */

/* The weekday of the argument, 0 is Sunday. */
static fg_status weekday_arg(fg_vm *vm, int argc, const fg_value *argv, int *weekday)
{
    int64_t t;
    FG_TRY(instant_or_now(vm, argc, argv, "argument must be a time object", &t));
    *weekday = weekday_of(floor_div(t, DAY));
    return FG_OK;
}

static fg_status time_is_weekend(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int weekday;
    FG_TRY(weekday_arg(vm, argc, argv, &weekday));
    return fg_give(out, fg_bool(weekday == 0 || weekday == 6));
}

static fg_status time_is_weekday(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int weekday;
    FG_TRY(weekday_arg(vm, argc, argv, &weekday));
    return fg_give(out, fg_bool(weekday != 0 && weekday != 6));
}

static fg_status time_day_of_week(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int weekday;
    FG_TRY(weekday_arg(vm, argc, argv, &weekday));
    return fg_make_string(vm, fg_slice_str(weekdays[weekday]), out);
}

static fg_status time_days_in_month(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char error[] = "argument must be a time object or (year, month)";
    fg_value y = fg_arg(argc, argv, 0), m = fg_arg(argc, argv, 1);
    if (argc > 1 && fg_is_int(y) && fg_is_int(m)) {
        if (m.as.i < 0 || m.as.i > 12)
            return raise(vm, "invalid year/month");
        return fg_give(out, fg_int(m.as.i ? month_length(y.as.i, (int)m.as.i) : 31));
    }
    int64_t t;
    if (argc > 0 && !fg_is(y, FG_OBJECT))
        return raise(vm, error);
    FG_TRY(instant_or_now(vm, argc, argv, error, &t));
    date d = date_of(floor_div(t, DAY));
    return fg_give(out, fg_int(month_length(d.year, d.month)));
}

static fg_status time_is_leap_year(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value y = fg_arg(argc, argv, 0);
    int64_t t;
    if (fg_is_int(y))
        return fg_give(out, fg_bool(is_leap(y.as.i)));
    FG_TRY(instant_or_now(vm, argc, argv,
                          "argument must be a year integer or time object", &t));
    return fg_give(out, fg_bool(is_leap(date_of(floor_div(t, DAY)).year)));
}

static const fg_member members[] = {
    FG_FN("time.now", time_now, FG_CAP_NONE, "(): a time object of now"),
    FG_FN("time.unix", time_unix, FG_CAP_NONE, "(): seconds of the clock since 1970"),
    FG_FN("time.elapsed", time_elapsed, FG_CAP_NONE, "(): milliseconds of the clock"),
    FG_FN("time.today", time_today, FG_CAP_NONE, "(): \"YYYY-MM-DD\""),
    FG_FN("time.date", time_date, FG_CAP_NONE,
          "(year, month, day): midnight of that day"),
    FG_FN("time.from_unix", time_from_unix, FG_CAP_NONE, "(seconds): that instant"),
    FG_FN("time.diff", time_diff, FG_CAP_NONE, "(a, b): a minus b in several units"),
    FG_FN("time.is_before", time_is_before, FG_CAP_NONE,
          "(a, b): is a earlier than b?"),
    FG_FN("time.is_after", time_is_after, FG_CAP_NONE, "(a, b): is a later than b?"),
    FG_FN("time.is_weekend", time_is_weekend, FG_CAP_NONE,
          "(t = now): is it Saturday or Sunday?"),
    FG_FN("time.is_weekday", time_is_weekday, FG_CAP_NONE,
          "(t = now): is it Monday to Friday?"),
    FG_FN("time.day_of_week", time_day_of_week, FG_CAP_NONE, "(t = now): \"Monday\" …"),
    FG_FN("time.days_in_month", time_days_in_month, FG_CAP_NONE,
          "(year, month): length of the month"),
    FG_FN("time.is_leap_year", time_is_leap_year, FG_CAP_NONE,
          "(year): has it 366 days?"),
    FG_FN("time.measure", time_elapsed, FG_CAP_NONE, "(): milliseconds of the clock"),
};

const fg_module fg_time_module = { "time", FG_COUNT(members), members };
