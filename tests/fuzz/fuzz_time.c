// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a date to parse, a format, a TZif file or a POSIX TZ string: the first byte
 * says which.  What is read of them is asked for instants, and must agree with itself. */
#include "fuzz.h"

#include "lib/time.h"

#define LARGEST 8192u

static const int64_t instants[] = {
    FG_UNIX_MIN, -62167219201, -3000000000, -1,         0,           1,
    951782399,   1711846800,   1729990800,  4102444799, 32503680000, FG_UNIX_MAX
};

static fg_slice format(fg_bytes *b, fg_slice text, const fg_moment *m)
{
    fg_reading r = fg_moment_read(m);
    fg_slice bad;
    REQUIRE(r.kind.offset > -100000 && r.kind.offset < 100000);
    REQUIRE(fg_date_exists(r.date) && fg_days_of(r.date) == r.days);
    REQUIRE(r.hour < 24 && r.minute < 60 && r.second < 60);
    if (!fg_time_format(b, text, &r, &bad))
        REQUIRE(bad.n > 0 && bad.p >= text.p && bad.p + bad.n <= text.p + text.n);
    return fg_bytes_view(b);
}

/* What was read is written so that it is read again. */
static void check_parse(fg_slice text)
{
    fg_moment m, again;
    fg_bytes b;
    if (!fg_time_parse(text, &m))
        return;
    REQUIRE(fg_unix_in_range(m.unix_time) && m.ns >= 0 && m.ns < FG_NANO);
    fg_bytes_init(&b);
    REQUIRE(fg_time_parse(format(&b, FG_TIME_ISO, &m), &again));
    REQUIRE(again.unix_time == m.unix_time && again.ns == m.ns);
    fg_bytes_drop(&b);
}

static void check_format(fg_slice text)
{
    for (size_t i = 0; i < FG_COUNT(instants); i++) {
        fg_moment m = { instants[i], (int32_t)i * 70000001, &fg_zone_utc };
        fg_bytes b;
        fg_bytes_init(&b);
        format(&b, text, &m);
        fg_bytes_drop(&b);
    }
}

/* Clocks, moments and units of a zone at one instant. */
static void check_instant(const fg_zone *z, int64_t t)
{
    fg_moment m = { t, 999999999, z };
    fg_bytes b;
    fg_bytes_init(&b);
    format(&b, FG_SLICE("%c %Z %::z %G-%V %U %W %j"), &m);
    fg_bytes_drop(&b);
    int32_t offset = fg_zone_at(z, t).offset;
    fg_zone_instant(z, t + offset);
    for (int unit = FG_UNIT_DAY; unit <= FG_UNIT_YEAR; unit++) {
        fg_unit_start(&m, (fg_time_unit)unit);
        fg_unit_end(&m, (fg_time_unit)unit);
    }
    fg_span span = { .months = 1, .days = -30, .seconds = t, .ns = 1 };
    if (fg_moment_add(&m, &span))
        REQUIRE(fg_unix_in_range(m.unix_time) && m.ns == 0);
}

static void check_zone(fg_zone *z)
{
    if (!z)
        return;
    for (size_t i = 0; i < FG_COUNT(instants); i++)
        check_instant(z, instants[i]);
    for (uint32_t i = 0; i < z->ntimes && i < 64; i++) {
        REQUIRE(i == 0 || z->times[i - 1] < z->times[i]);
        if (!fg_unix_in_range(z->times[i]) || !fg_unix_in_range(z->times[i] - 1))
            continue;
        check_instant(z, z->times[i]);
        check_instant(z, z->times[i] - 1);
    }
    free(z);
}

static void check_rule(fg_slice text)
{
    fg_rule rule;
    fg_zone *z;
    if (!fg_rule_parse(text, &rule))
        return;
    REQUIRE(fg_zone_of_rule(&rule, "Fuzz", &z) == FG_OK);
    check_zone(z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fg_zone *z;
    if (size < 1 || size > LARGEST)
        return 0;
    fg_slice text = fg_slice_of((const char *)data + 1, size - 1);
    switch (data[0]) {
    case 'p': check_parse(text); break;
    case 'f': check_format(text); break;
    case 'r': check_rule(text); break;
    case 'z':
        REQUIRE(fg_zone_parse(data + 1, size - 1, "Fuzz", &z) == FG_OK);
        check_zone(z);
        break;
    }
    return 0;
}
