// SPDX-License-Identifier: Apache-2.0
/* The time module.  An instant is a count of seconds since 1970; a time object carries it
 * as `unix` beside what clocks and calendars of its zone show.  Functions that take a time
 * see an object in its own zone, with the fraction that it shows, and an Int in UTC. */
#include "lib/time.h"

#include "base/utf8.h"
#include "lib/lib.h"

#include <stdio.h>
#include <time.h>

#define QUOTED_MAX 200u /* bytes of an argument in an error */

static fg_status raise(fg_vm *vm, const char *text)
{
    return fg_raise(vm, FG_E_RUNTIME, "%s", text);
}

/* What an error quotes of a text, and in *more what follows. */
static fg_slice quoted(fg_slice s, const char **more)
{
    *more = s.n > QUOTED_MAX ? "…" : "";
    return fg_slice_of(s.p, fg_utf8_fit(s, QUOTED_MAX));
}

/* ---- zones ---------------------------------------------------------------------- */

static fg_status unknown_zone(fg_vm *vm, fg_slice name)
{
    const char *const *names, *more;
    uint32_t n;
    FG_TRY(fg_zone_names(&names, &n));
    name = quoted(name, &more);
    fg_status s =
        fg_raise(vm, FG_E_RUNTIME,
                 "unknown timezone: '%.*s%s'. Use time.zones() to list available zones",
                 (int)name.n, name.p, more);
    return n > 0 ? s : fg_advise(vm, "the system has no list of zones: install tzdata");
}

/* The zone of a name that a program gives, or that stands in a time object. */
static fg_status zone_named(fg_vm *vm, fg_string *name, const fg_zone **out)
{
    fg_slice text = fg_string_slice(name);
    if (fg_slice_eq(text, FG_SLICE("Local")))
        return fg_zone_local(out);
    FG_TRY(fg_zone_find(text, out));
    return *out ? FG_OK : unknown_zone(vm, text);
}

/* ---- moments as objects --------------------------------------------------------- */

static fg_status give_time(fg_vm *vm, const fg_moment *m, fg_value *out)
{
    static const char *const names[] = { "iso",     "unix",          "unix_ms",
                                         "year",    "month",         "day",
                                         "hour",    "minute",        "second",
                                         "weekday", "weekday_short", "day_of_year",
                                         "timezone" };
    if (!fg_unix_in_range(m->unix_time))
        return raise(vm, "invalid timestamp");
    fg_reading r = fg_moment_read(m);
    const char *weekday = fg_weekday_names[fg_weekday_of(r.days)];
    fg_bytes iso;
    fg_value day_name, day_short, zone, text;
    fg_bytes_init(&iso);
    fg_time_format(&iso, FG_TIME_ISO, &r, NULL);
    FG_TRY(fg_take_bytes(vm, &iso, &text));
    FG_TRY(fg_make_string(vm, fg_slice_str(weekday), &day_name));
    FG_TRY(fg_make_string(vm, (fg_slice){ weekday, 3 }, &day_short));
    FG_TRY(fg_make_string(vm, fg_slice_str(m->zone->name), &zone));
    const fg_value values[] = {
        text,
        fg_int(m->unix_time),
        fg_int(m->unix_time * 1000 + m->ns / 1000000),
        fg_int(r.date.year),
        fg_int(r.date.month),
        fg_int(r.date.day),
        fg_int(r.hour),
        fg_int(r.minute),
        fg_int(r.second),
        day_name,
        day_short,
        fg_int(fg_day_of_year(r.days)),
        zone,
    };
    return fg_give_object(out, fg_record(vm, names, values, FG_COUNT(names)));
}

static fg_value field(const fg_object *o, fg_slice name)
{
    const fg_value *slot = fg_object_find_slice(o, name);
    fg_value v = fg_null();
    if (slot)
        fg_peel(slot, &v);
    return v;
}

/* The digits behind the point of a time object's `iso`, as nanoseconds. */
static int32_t shown_fraction(const fg_object *o)
{
    fg_value iso = field(o, FG_SLICE("iso"));
    if (!fg_is_string(iso))
        return 0;
    fg_slice text = fg_string_slice(iso.as.str);
    const char *p = memchr(text.p, '.', text.n), *end = text.p + text.n;
    int32_t ns = 0, unit = FG_NANO / 10;
    for (p = p ? p + 1 : end; p < end && *p >= '0' && *p <= '9'; p++, unit /= 10)
        ns += (*p - '0') * unit;
    return ns;
}

/* What of a second a time object shows: `unix_ms` if it belongs to `unix`, and what `iso`
 * adds to it. */
static int32_t fraction_of(const fg_object *o, int64_t unix_time)
{
    fg_value ms = field(o, FG_SLICE("unix_ms"));
    if (!fg_is_int(ms) || fg_floor_div(ms.as.i, 1000) != unix_time)
        return 0;
    int32_t ns = (int32_t)fg_floor_mod(ms.as.i, 1000) * 1000000;
    int32_t shown = shown_fraction(o);
    return shown / 1000000 == ns / 1000000 ? shown : ns;
}

/* The instant of a time object or of an Int; its zone is not looked at. */
static bool instant(fg_value v, fg_moment *m)
{
    *m = (fg_moment){ .unix_time = v.as.i, .zone = &fg_zone_utc };
    if (!fg_is(v, FG_OBJECT))
        return fg_is_int(v);
    fg_value unix_time = field(v.as.obj, FG_SLICE("unix"));
    if (!fg_is_int(unix_time))
        return false;
    m->unix_time = unix_time.as.i;
    m->ns = fraction_of(v.as.obj, m->unix_time);
    return true;
}

/* The moment that v is; `error` says that it is none. */
static fg_status moment_of(fg_vm *vm, fg_value v, const char *error, fg_moment *m)
{
    if (!instant(v, m))
        return raise(vm, error);
    if (!fg_unix_in_range(m->unix_time))
        return raise(vm, "invalid timestamp");
    fg_value zone = fg_is(v, FG_OBJECT) ? field(v.as.obj, FG_SLICE("timezone")) : v;
    return fg_is_string(zone) ? zone_named(vm, zone.as.str, &m->zone) : FG_OK;
}

static fg_moment clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (fg_moment){ t.tv_sec, (int32_t)t.tv_nsec, &fg_zone_utc };
}

/* The reading of the only argument; of now, in UTC, without one. */
static fg_status reading_or_now(fg_vm *vm, int argc, const fg_value *argv,
                                const char *error, fg_reading *r)
{
    fg_moment m = clock_now();
    if (argc > 0)
        FG_TRY(moment_of(vm, fg_arg(argc, argv, 0), error, &m));
    *r = fg_moment_read(&m);
    return FG_OK;
}

/* ---- the clock ------------------------------------------------------------------ */

static fg_status time_now(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value zone = fg_arg(argc, argv, 0);
    fg_moment m = clock_now();
    if (fg_is_string(zone))
        FG_TRY(zone_named(vm, zone.as.str, &m.zone));
    return give_time(vm, &m, out);
}

static fg_status time_local(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_moment m = clock_now();
    FG_TRY(fg_zone_local(&m.zone));
    return give_time(vm, &m, out);
}

static fg_status time_unix(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)vm;
    (void)argc;
    (void)argv;
    return fg_give(out, fg_int(clock_now().unix_time));
}

static fg_status time_elapsed(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)vm;
    (void)argc;
    (void)argv;
    fg_moment m = clock_now();
    return fg_give(out, fg_int(m.unix_time * 1000 + m.ns / 1000000));
}

static fg_status time_today(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_moment m = clock_now();
    fg_reading r = fg_moment_read(&m);
    fg_bytes text;
    fg_bytes_init(&text);
    fg_time_format(&text, FG_SLICE("%F"), &r, NULL);
    return fg_take_bytes(vm, &text, out);
}

static fg_status time_sleep(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value seconds = fg_arg(argc, argv, 0);
    if (!fg_is_number(seconds))
        return raise(vm, "time.sleep() requires seconds (number)");
    *out = fg_null();
    return fg_sleep_ms(vm, fg_number(seconds) * 1000);
}

/* ---- making time objects -------------------------------------------------------- */

static fg_status time_date(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value y = fg_arg(argc, argv, 0), m = fg_arg(argc, argv, 1),
             d = fg_arg(argc, argv, 2);
    if (!fg_is_int(y) || !fg_is_int(m) || !fg_is_int(d))
        return raise(vm, "time.date(year, month, day) requires three integers");
    if (y.as.i < FG_YEAR_MIN || y.as.i > FG_YEAR_MAX || m.as.i < 1 || m.as.i > 12
        || d.as.i < 1 || d.as.i > fg_month_length(y.as.i, (int)m.as.i))
        return fg_raise(vm, FG_E_RUNTIME, "invalid date: %lld-%lld-%lld",
                        (long long)y.as.i, (long long)m.as.i, (long long)d.as.i);
    int64_t days = fg_days_of((fg_date){ y.as.i, (int)m.as.i, (int)d.as.i });
    fg_moment midnight = { days * FG_DAY, 0, &fg_zone_utc };
    return give_time(vm, &midnight, out);
}

static fg_status time_from_unix(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (!fg_is_int(v))
        return raise(vm, "time.from_unix() requires an integer timestamp");
    if (!fg_unix_in_range(v.as.i))
        return fg_raise(vm, FG_E_RUNTIME, "invalid unix timestamp: %lld",
                        (long long)v.as.i);
    fg_moment m = { v.as.i, 0, &fg_zone_utc };
    return give_time(vm, &m, out);
}

/* ---- text ----------------------------------------------------------------------- */

static fg_status time_parse(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0), zone = fg_arg(argc, argv, 1);
    const char *more;
    fg_moment m;
    if (fg_is_int(v)) { /* it has no zone */
        instant(v, &m);
        return give_time(vm, &m, out);
    }
    if (!fg_is_string(v))
        return raise(vm, "time.parse() requires a date string or unix timestamp");
    fg_slice text = fg_string_slice(v.as.str);
    FG_TRY(fg_work(vm, text.n));
    if (!fg_time_parse(text, &m)) {
        text = quoted(text, &more);
        return fg_raise(vm, FG_E_RUNTIME,
                        "cannot parse '%.*s%s' as a date/time. Supported formats: "
                        "YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS, MM/DD/YYYY, DD.MM.YYYY, "
                        "\"Jan 15, 2026\"",
                        (int)text.n, text.p, more);
    }
    if (fg_is_string(zone))
        FG_TRY(zone_named(vm, zone.as.str, &m.zone));
    return give_time(vm, &m, out);
}

static fg_status time_format(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_moment m;
    fg_value v = fg_arg(argc, argv, 1);
    const char *more;
    fg_slice format = FG_SLICE("%Y-%m-%d %H:%M:%S"), bad;
    if (argc == 0)
        return raise(vm, "time.format(time_obj, format_str) requires a time object");
    FG_TRY(moment_of(vm, fg_arg(argc, argv, 0),
                     "time.format() first argument must be a time object or unix "
                     "timestamp",
                     &m));
    if (fg_is_string(v))
        format = fg_string_slice(v.as.str);
    FG_TRY(fg_work(vm, (uint64_t)format.n * 8));
    fg_reading r = fg_moment_read(&m);
    fg_bytes text;
    fg_begin_text(vm, &text);
    if (!fg_time_format(&text, format, &r, &bad)) {
        fg_bytes_drop(&text);
        raise(vm, "time.format() invalid format");
        bad = quoted(bad, &more);
        return fg_advise(vm, "'%.*s%s' is no specifier; %%%% is a percent sign",
                         (int)bad.n, bad.p, more);
    }
    return fg_take_bytes(vm, &text, out);
}

/* ---- zones of moments ------------------------------------------------------------ */

static fg_status time_zone(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_moment m;
    fg_value name = fg_arg(argc, argv, 1);
    if (argc == 0)
        return raise(vm, "time.zone(time_obj, timezone) requires two arguments");
    if (!instant(fg_arg(argc, argv, 0), &m))
        return raise(vm, "first argument must be a time object");
    if (!fg_is_string(name))
        return raise(vm, "time.zone() second argument must be a timezone string");
    FG_TRY(zone_named(vm, name.as.str, &m.zone));
    return give_time(vm, &m, out);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

/* Does the name contain the part, in any case? */
static bool name_contains(const char *name, fg_slice part)
{
    for (size_t n = strlen(name); n >= part.n; name++, n--) {
        uint32_t i = 0;
        while (i < part.n && lower(name[i]) == lower(part.p[i]))
            i++;
        if (i == part.n)
            return true;
    }
    return false;
}

static fg_status time_zones(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value filter = fg_arg(argc, argv, 0), name;
    fg_slice part = FG_SLICE("");
    const char *const *names;
    uint32_t n;
    if (fg_is_string(filter))
        part = fg_string_slice(filter.as.str);
    FG_TRY(fg_zone_names(&names, &n));
    if (n == 0) {
        raise(vm, "the list of time zones cannot be read");
        return fg_advise(vm, "install the package tzdata");
    }
    FG_TRY(fg_work(vm, (uint64_t)n * 16));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (uint32_t i = 0; i < n; i++) {
        if (!name_contains(names[i], part))
            continue;
        FG_TRY(fg_make_string(vm, fg_slice_str(names[i]), &name));
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, &name));
    }
    return FG_OK;
}

/* ---- spans ---------------------------------------------------------------------- */

/* Adds n units, or takes them away.  False: too many. */
static bool count(int64_t *sum, int64_t n, int64_t unit, bool minus)
{
    int64_t product;
    if (__builtin_mul_overflow(n, unit, &product))
        return false;
    return minus ? !__builtin_sub_overflow(*sum, product, sum)
                 : !__builtin_add_overflow(*sum, product, sum);
}

/* What a duration object says; what is no Int says nothing.  False: too much. */
static bool read_span(const fg_object *o, bool minus, fg_span *s)
{
    int64_t ms = 0;
    const struct part {
        fg_slice name;
        int64_t *sum, unit;
    } parts[] = {
        { FG_SLICE("years"), &s->months, 12 },
        { FG_SLICE("months"), &s->months, 1 },
        { FG_SLICE("weeks"), &s->days, 7 },
        { FG_SLICE("days"), &s->days, 1 },
        { FG_SLICE("hours"), &s->seconds, 3600 },
        { FG_SLICE("minutes"), &s->seconds, 60 },
        { FG_SLICE("seconds"), &s->seconds, 1 },
        { FG_SLICE("millis"), &ms, 1 },
    };
    for (uint32_t i = 0; i < FG_COUNT(parts); i++) {
        fg_value v = field(o, parts[i].name);
        if (fg_is_int(v) && !count(parts[i].sum, v.as.i, parts[i].unit, minus))
            return false;
    }
    s->ns = (int32_t)fg_floor_mod(ms, 1000) * 1000000;
    return count(&s->seconds, fg_floor_div(ms, 1000), 1, false);
}

static fg_status shift(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                       const char *example, fg_value *out)
{
    bool minus = strcmp(name, "sub") == 0, fits = true;
    fg_value v = fg_arg(argc, argv, 1);
    fg_span span = { 0 };
    fg_moment m;
    if (argc == 0)
        return fg_raise(vm, FG_E_RUNTIME,
                        "time.%s(time_obj, duration) requires two arguments", name);
    FG_TRY(moment_of(vm, fg_arg(argc, argv, 0), "first argument must be a time object",
                     &m));
    if (fg_is_int(v))
        fits = count(&span.seconds, v.as.i, 1, minus);
    else if (fg_is(v, FG_OBJECT))
        fits = read_span(v.as.obj, minus, &span);
    else
        return fg_raise(vm, FG_E_RUNTIME,
                        "time.%s() second argument must be a duration object %sor "
                        "seconds integer",
                        name, example);
    if (!fits || !fg_moment_add(&m, &span))
        return raise(vm, "invalid timestamp");
    return give_time(vm, &m, out);
}

static fg_status time_add(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return shift(vm, argc, argv, "add", "like {days: 5, hours: 3} ", out);
}

static fg_status time_sub(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return shift(vm, argc, argv, "sub", "", out);
}

/* The moment and the unit that the arguments of start_of and end_of name. */
static fg_status unit_args(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                           fg_moment *m, fg_time_unit *unit)
{
    static const char *const names[] = {
#define X(name, text) text,
        FG_TIME_UNITS(X)
#undef X
    };
    fg_value v = fg_arg(argc, argv, 1);
    const char *more;
    if (argc == 0)
        return fg_raise(vm, FG_E_RUNTIME,
                        "time.%s(time_obj, unit) requires two arguments", name);
    FG_TRY(moment_of(vm, fg_arg(argc, argv, 0), "first argument must be a time object",
                     m));
    *unit = FG_UNIT_DAY;
    if (!fg_is_string(v))
        return FG_OK;
    fg_slice text = fg_string_slice(v.as.str);
    for (uint32_t i = 0; i < FG_COUNT(names); i++)
        if (fg_slice_eq(text, fg_slice_str(names[i]))) {
            *unit = (fg_time_unit)i;
            return FG_OK;
        }
    text = quoted(text, &more);
    return fg_raise(vm, FG_E_RUNTIME,
                    "unknown unit '%.*s%s'. Use: day, hour, minute, week, month, year",
                    (int)text.n, text.p, more);
}

static fg_status time_start_of(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_moment m;
    fg_time_unit unit;
    FG_TRY(unit_args(vm, argc, argv, "start_of", &m, &unit));
    m.unix_time = fg_unit_start(&m, unit);
    m.ns = 0;
    return give_time(vm, &m, out);
}

static fg_status time_end_of(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_moment m;
    fg_time_unit unit;
    FG_TRY(unit_args(vm, argc, argv, "end_of", &m, &unit));
    m.unix_time = fg_unit_end(&m, unit);
    m.ns = 0;
    return give_time(vm, &m, out);
}

/* ---- comparing ------------------------------------------------------------------ */

static fg_status two_instants(fg_vm *vm, int argc, const fg_value *argv,
                              const char *name, fg_moment *a, fg_moment *b)
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

static bool before(const fg_moment *a, const fg_moment *b)
{
    return a->unix_time < b->unix_time
           || (a->unix_time == b->unix_time && a->ns < b->ns);
}

static fg_status time_is_before(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_moment a, b;
    FG_TRY(two_instants(vm, argc, argv, "is_before", &a, &b));
    return fg_give(out, fg_bool(before(&a, &b)));
}

static fg_status time_is_after(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_moment a, b;
    FG_TRY(two_instants(vm, argc, argv, "is_after", &a, &b));
    return fg_give(out, fg_bool(before(&b, &a)));
}

static fg_status time_diff(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char *const names[] = { "seconds", "minutes", "hours",
                                         "days",    "weeks",   "human" };
    fg_moment a, b;
    int64_t s;
    FG_TRY(two_instants(vm, argc, argv, "diff", &a, &b));
    if (__builtin_sub_overflow(a.unix_time, b.unix_time, &s))
        return raise(vm, "invalid timestamp");
    uint64_t n = s < 0 ? 0 - (uint64_t)s : (uint64_t)s;
    char text[64];
    snprintf(text, sizeof(text), "%s%llud %lluh %llum %llus", s < 0 ? "-" : "",
             (unsigned long long)(n / FG_DAY), (unsigned long long)(n / 3600 % 24),
             (unsigned long long)(n / 60 % 60), (unsigned long long)(n % 60));
    fg_value human;
    FG_TRY(fg_make_string(vm, fg_slice_str(text), &human));
    double f = (double)s;
    const fg_value values[] = { fg_int(s),
                                fg_float(f / 60),
                                fg_float(f / 3600),
                                fg_float(f / FG_DAY),
                                fg_float(f / FG_DAY / 7),
                                human };
    return fg_give_object(out, fg_record(vm, names, values, FG_COUNT(names)));
}

/* ---- asking about a day --------------------------------------------------------- */

/* The weekday of the argument, 0 is Sunday. */
static fg_status weekday_arg(fg_vm *vm, int argc, const fg_value *argv, int *weekday)
{
    fg_reading r;
    FG_TRY(reading_or_now(vm, argc, argv, "argument must be a time object", &r));
    *weekday = fg_weekday_of(r.days);
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
    return fg_make_string(vm, fg_slice_str(fg_weekday_names[weekday]), out);
}

static fg_status time_days_in_month(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char error[] = "argument must be a time object or (year, month)";
    fg_value y = fg_arg(argc, argv, 0), m = fg_arg(argc, argv, 1);
    if (argc > 1 && fg_is_int(y) && fg_is_int(m)) {
        if (m.as.i < 0 || m.as.i > 12)
            return raise(vm, "invalid year/month");
        return fg_give(out, fg_int(m.as.i ? fg_month_length(y.as.i, (int)m.as.i) : 31));
    }
    fg_reading r;
    if (argc > 0 && !fg_is(y, FG_OBJECT))
        return raise(vm, error);
    FG_TRY(reading_or_now(vm, argc, argv, error, &r));
    return fg_give(out, fg_int(fg_month_length(r.date.year, r.date.month)));
}

static fg_status time_is_leap_year(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value y = fg_arg(argc, argv, 0);
    fg_reading r;
    if (fg_is_int(y))
        return fg_give(out, fg_bool(fg_is_leap(y.as.i)));
    FG_TRY(reading_or_now(vm, argc, argv,
                          "argument must be a year integer or time object", &r));
    return fg_give(out, fg_bool(fg_is_leap(r.date.year)));
}

static const fg_member members[] = {
    FG_FN("time.now", time_now, FG_CAP_NONE,
          "(zone = \"UTC\"): a time object of now, as clocks of the zone show it"),
    FG_FN("time.local", time_local, FG_CAP_NONE,
          "(): a time object of now in the zone of the system"),
    FG_FN("time.unix", time_unix, FG_CAP_NONE, "(): seconds of the clock since 1970"),
    FG_FN("time.elapsed", time_elapsed, FG_CAP_NONE, "(): milliseconds of the clock"),
    FG_FN("time.measure", time_elapsed, FG_CAP_NONE, "(): milliseconds of the clock"),
    FG_FN("time.today", time_today, FG_CAP_NONE, "(): \"YYYY-MM-DD\""),
    FG_FN("time.sleep", time_sleep, FG_CAP_NONE, "(seconds): waits so long"),
    FG_FN("time.date", time_date, FG_CAP_NONE,
          "(year, month, day): midnight of that day"),
    FG_FN("time.from_unix", time_from_unix, FG_CAP_NONE, "(seconds): that instant"),
    FG_FN("time.parse", time_parse, FG_CAP_NONE,
          "(text, zone = \"UTC\"): the instant that text or an Int names, in the zone"),
    FG_FN("time.format", time_format, FG_CAP_NONE,
          "(t, format?): t as text, by specifiers like %Y-%m-%d"),
    FG_FN("time.zone", time_zone, FG_CAP_NONE,
          "(t, zone): the same instant as clocks of another zone show it"),
    FG_FN("time.zones", time_zones, FG_CAP_NONE,
          "(part = \"\"): names of zones that contain the part"),
    FG_FN("time.add", time_add, FG_CAP_NONE,
          "(t, duration): later by seconds, or by {months: 1, days: 2, hours: 3} …"),
    FG_FN("time.sub", time_sub, FG_CAP_NONE, "(t, duration): earlier by that much"),
    FG_FN("time.start_of", time_start_of, FG_CAP_NONE,
          "(t, unit = \"day\"): its first second"),
    FG_FN("time.end_of", time_end_of, FG_CAP_NONE,
          "(t, unit = \"day\"): its last second"),
    FG_FN("time.diff", time_diff, FG_CAP_NONE, "(a, b): a minus b in several units"),
    FG_FN("time.is_before", time_is_before, FG_CAP_NONE,
          "(a, b): is a earlier than b?"),
    FG_FN("time.is_after", time_is_after, FG_CAP_NONE, "(a, b): is a later than b?"),
    FG_FN("time.is_weekend", time_is_weekend, FG_CAP_NONE,
          "(t = now): is it Saturday or Sunday?"),
    FG_FN("time.is_weekday", time_is_weekday, FG_CAP_NONE,
          "(t = now): is it Monday to Friday?"),
    FG_FN("time.day_of_week", time_day_of_week, FG_CAP_NONE, "(t = now): \"Monday\" …"),
    FG_FN(
        "time.days_in_month", time_days_in_month, FG_CAP_NONE,
        "(year?, month?): length of the month, or of that of a time object or of now"),
    FG_FN("time.is_leap_year", time_is_leap_year, FG_CAP_NONE,
          "(year = now): has it 366 days?"),
};

const fg_module fg_time_module = { "time", FG_COUNT(members), members };
