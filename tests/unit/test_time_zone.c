// SPDX-License-Identifier: Apache-2.0
/* Time zones: known changes of the clocks in the system's files, files that are cut or
 * wrong, and rules for all years. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/calendar.h"
#include "lib/time.h"

#include <stdlib.h>

static const fg_zone *zone_named(const char *name)
{
    const fg_zone *z;
    assert_int_equal(fg_zone_find(fg_slice_str(name), &z), FG_OK);
    return z;
}

/* ---- the system's zones --------------------------------------------------------- */

/* The second before a change, and the first one after it. */
static const struct change {
    const char *zone;
    int64_t at;
    int32_t offset;
    const char *letters;
} changes[] = {
    { "Europe/Berlin", -2422054409, 3208, "LMT" },
    { "Europe/Berlin", -2422054408, 3600, "CET" },
    { "Europe/Berlin", -776563201, 7200, "CEST" },
    { "Europe/Berlin", -776563200, 10800, "CEMT" },
    { "Europe/Berlin", 1711846799, 3600, "CET" },
    { "Europe/Berlin", 1711846800, 7200, "CEST" },
    { "Europe/Berlin", 1729990799, 7200, "CEST" },
    { "Europe/Berlin", 1729990800, 3600, "CET" },
    { "America/New_York", -2717650801, -17762, "LMT" },
    { "America/New_York", -2717650800, -18000, "EST" },
    { "America/New_York", 1710053999, -18000, "EST" },
    { "America/New_York", 1710054000, -14400, "EDT" },
    { "America/New_York", 1730613599, -14400, "EDT" },
    { "America/New_York", 1730613600, -18000, "EST" },
    { "Asia/Kolkata", -764145001, 23400, "+0630" },
    { "Asia/Kolkata", -764145000, 19800, "IST" },
    { "Asia/Kolkata", 4102444800, 19800, "IST" },
    { "Australia/Lord_Howe", 1712415599, 39600, "+11" },
    { "Australia/Lord_Howe", 1712415600, 37800, "+1030" },
    { "Australia/Lord_Howe", 1728142199, 37800, "+1030" },
    { "Australia/Lord_Howe", 1728142200, 39600, "+11" },
    { "Africa/Casablanca", 1710035999, 3600, "+01" },
    { "Africa/Casablanca", 1710036000, 0, "+00" },
    { "Africa/Casablanca", 1713059999, 0, "+00" },
    { "Africa/Casablanca", 1713060000, 3600, "+01" },
    { "Pacific/Apia", -2445424385, 45184, "LMT" },
    { "Pacific/Apia", -2445424384, -41216, "LMT" },
    { "Pacific/Apia", 1325239199, -36000, "-10" },
    { "Pacific/Apia", 1325239200, 50400, "+14" },
    { "Europe/Dublin", 1729990799, 3600, "IST" },
    { "Europe/Dublin", 1729990800, 0, "GMT" },
    { "Etc/GMT+5", 0, -18000, "-05" },
    { "UTC", 0, 0, "UTC" },
    { "Etc/UTC", 1729990800, 0, "UTC" },
};

static void known_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < FG_COUNT(changes); i++) {
        const fg_zone *z = zone_named(changes[i].zone);
        assert_non_null(z);
        assert_string_equal(z->name, changes[i].zone);
        fg_zone_kind k = fg_zone_at(z, changes[i].at);
        assert_int_equal(k.offset, changes[i].offset);
        assert_string_equal(k.letters, changes[i].letters);
    }
    assert_ptr_equal(zone_named("Europe/Berlin"), zone_named("Europe/Berlin"));
}

/* What clocks show, and when. */
static const struct clocks {
    const char *zone;
    fg_date date;
    int hour, minute;
    int64_t instant;
} clocks[] = {
    { "Europe/Berlin", { 2024, 3, 31 }, 1, 59, 1711846740 },
    { "Europe/Berlin", { 2024, 3, 31 }, 2, 30, 1711848600 }, /* skipped: 03:30 */
    { "Europe/Berlin", { 2024, 3, 31 }, 3, 30, 1711848600 },
    { "Europe/Berlin", { 2024, 10, 27 }, 2, 30, 1729989000 }, /* twice */
    { "Europe/Berlin", { 2024, 10, 27 }, 3, 0, 1729994400 },
    { "Australia/Lord_Howe", { 2024, 10, 6 }, 2, 15, 1728143100 }, /* skipped: 02:45 */
    { "Australia/Lord_Howe", { 2024, 4, 7 }, 1, 45, 1712414700 },  /* twice */
    { "Pacific/Apia", { 2011, 12, 29 }, 23, 59, 1325239140 },
    { "Pacific/Apia", { 2011, 12, 30 }, 12, 0, 1325282400 }, /* no such day: the 31st */
    { "Pacific/Apia", { 2011, 12, 31 }, 0, 0, 1325239200 },
    { "UTC", { 1970, 1, 2 }, 0, 0, 86400 },
};

static void clocks_to_instants(void **state)
{
    (void)state;
    for (size_t i = 0; i < FG_COUNT(clocks); i++) {
        int64_t local = fg_days_of(clocks[i].date) * FG_DAY + clocks[i].hour * 3600
                        + clocks[i].minute * 60;
        assert_int_equal(fg_zone_instant(zone_named(clocks[i].zone), local),
                         clocks[i].instant);
    }
}

static void names(void **state)
{
    (void)state;
    static const char *const none[] = {
        "",
        "Mars/Base",
        "asia/tokyo",
        "Europe",
        "Europe/",
        "../etc/passwd",
        "Europe/../UTC",
        "/etc/localtime",
        "posix/UTC",
        "right/UTC",
        "tzdata.zi",
        "zone.tab",
        "Local",
        "Europe/Berlin ",
        "A_name_that_is_longer_than_any_that_is_listed_is"
    };
    const char *const *all;
    uint32_t n;
    for (size_t i = 0; i < FG_COUNT(none); i++)
        assert_null(zone_named(none[i]));
    const fg_zone *z;
    assert_int_equal(fg_zone_find(FG_SLICE("UTC\0x"), &z), FG_OK);
    assert_null(z);
    assert_int_equal(fg_zone_names(&all, &n), FG_OK);
    assert_in_range(n, 400, 1000);
    for (uint32_t i = 0; i < n; i++) {
        z = zone_named(all[i]);
        assert_non_null(z); /* also those that are only other names */
        assert_string_equal(z->name, all[i]);
        assert_true(i == 0 || strcmp(all[i - 1], all[i]) < 0);
        fg_zone_at(z, FG_UNIX_MIN);
        fg_zone_at(z, FG_UNIX_MAX);
    }
}

/* ---- files ---------------------------------------------------------------------- */

/* Version 2, nothing in the part with 32 bits; one change at 1000 from "AAA" to "BBB",
 * then a rule. */
static const uint8_t file[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\2\0\0\0\10"
                              "\0\0\0\0\0\0\3\350\0\0\0\0\0\0\7\320"
                              "\1\0"
                              "\0\0\16\20\0\0\0\0\34\40\1\4"
                              "AAA\0BBB\0"
                              "\nCCC-3\n";
#define FILE_SIZE (sizeof file - 1)
enum {
    SECOND = 44,
    COUNTS = SECOND + 20,
    TIMES = SECOND + 44,
    KIND = TIMES + 16,
    KINDS = KIND + 2,
    LETTERS = KINDS + 12
};

static fg_zone *parse(const uint8_t *p, size_t n)
{
    fg_zone *z;
    uint8_t *copy = malloc(n + 1); /* so that the sanitizer knows its end */
    assert_non_null(copy);
    memcpy(copy, p, n);
    assert_int_equal(fg_zone_parse(copy, n, "Test", &z), FG_OK);
    free(copy);
    return z;
}

static void a_file(void **state)
{
    (void)state;
    fg_zone *z = parse(file, FILE_SIZE);
    assert_non_null(z);
    assert_string_equal(fg_zone_at(z, INT64_MIN / 4).letters, "AAA");
    assert_int_equal(fg_zone_at(z, 999).offset, 3600);
    assert_string_equal(fg_zone_at(z, 1000).letters, "BBB");
    assert_true(fg_zone_at(z, 1999).dst);
    assert_int_equal(fg_zone_at(z, 1999).offset, 7200);
    assert_string_equal(fg_zone_at(z, 2000).letters, "CCC");
    assert_int_equal(fg_zone_at(z, 2000).offset, 10800);
    free(z);
}

static void cut_files(void **state)
{
    (void)state;
    for (size_t n = 0; n < FILE_SIZE; n++)
        assert_null(parse(file, n));
}

/* One byte that makes the file wrong. */
static const struct fault {
    uint32_t at;
    uint8_t byte;
} faults[] = {
    { 0, 'X' },
    { 4, 0 }, /* only 32 bits */
    { 4, '1' },
    { SECOND, 'X' },
    { SECOND + 4, 0 },
    { COUNTS, 0xff }, /* counts that are too large */
    { COUNTS + 4, 0xff },
    { COUNTS + 8, 0xff },
    { COUNTS + 12, 0xff },
    { COUNTS + 16, 0xff },
    { COUNTS + 20, 0xff },
    { COUNTS + 11, 1 }, /* leap seconds, and another size */
    { COUNTS + 19, 0 },
    { COUNTS + 15, 3 },
    { TIMES + 6, 9 },     /* not ascending */
    { KIND, 2 },          /* no such kind */
    { KINDS, 0x40 },      /* an offset of years */
    { KINDS + 4, 2 },     /* neither true nor false */
    { KINDS + 5, 8 },     /* letters behind their end */
    { LETTERS + 7, 'B' }, /* letters without an end */
    { LETTERS + 8, ' ' },
    { LETTERS + 9, '!' },
    { FILE_SIZE - 1, ' ' },
};

static void wrong_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < FG_COUNT(faults); i++) {
        uint8_t bytes[FILE_SIZE];
        memcpy(bytes, file, FILE_SIZE);
        bytes[faults[i].at] = faults[i].byte;
        assert_null(parse(bytes, FILE_SIZE));
    }
}

/* ---- rules ---------------------------------------------------------------------- */

static int64_t utc(int64_t year, int month, int day, int hour, int minute)
{
    return fg_days_of((fg_date){ year, month, day }) * FG_DAY + hour * 3600
           + minute * 60;
}

static void expect(const char *rule, int64_t at, int32_t offset, const char *letters)
{
    fg_rule r;
    fg_zone *z;
    assert_true(fg_rule_parse(fg_slice_str(rule), &r));
    assert_int_equal(fg_zone_of_rule(&r, "Test", &z), FG_OK);
    fg_zone_kind k = fg_zone_at(z, at);
    assert_int_equal(k.offset, offset);
    assert_string_equal(k.letters, letters);
    free(z);
}

static void rules(void **state)
{
    (void)state;
    static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";
    expect("UTC0", 0, 0, "UTC");
    expect("EST5", 0, -18000, "EST");
    expect("<-0330>+3:30:15", 0, -12615, "-0330");
    expect(berlin, utc(2026, 3, 29, 0, 59), 3600, "CET");
    expect(berlin, utc(2026, 3, 29, 1, 0), 7200, "CEST");
    expect(berlin, utc(2026, 10, 25, 0, 59), 7200, "CEST");
    expect(berlin, utc(2026, 10, 25, 1, 0), 3600, "CET");
    expect(berlin, utc(-9999, 7, 1, 0, 0), 7200, "CEST");
    expect(berlin, utc(262142, 12, 31, 23, 59), 3600, "CET");
    /* in the south, summer is around the turn of the year */
    expect("AEST-10AEDT,M10.1.0,M4.1.0/3", utc(2026, 12, 31, 23, 0), 39600, "AEDT");
    expect("AEST-10AEDT,M10.1.0,M4.1.0/3", utc(2026, 7, 1, 0, 0), 36000, "AEST");
    /* "daylight saving" that is behind, in winter */
    expect("IST-1GMT0,M10.5.0,M3.5.0/1", utc(2026, 1, 1, 0, 0), 0, "GMT");
    expect("IST-1GMT0,M10.5.0,M3.5.0/1", utc(2026, 3, 29, 1, 0), 3600, "IST");
    /* always: the end of a year is the start of the next */
    expect("XXX3EDT4,0/0,J365/23", utc(2026, 1, 1, 2, 59), -14400, "EDT");
    expect("XXX3EDT4,0/0,J365/23", utc(2026, 1, 1, 3, 0), -14400, "EDT");
    expect("XXX3EDT4,0/0,J365/23", utc(2024, 7, 1, 0, 0), -14400, "EDT");
    /* hours before the day, and after it */
    expect("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", utc(2026, 3, 29, 0, 59), -7200, "-02");
    expect("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", utc(2026, 3, 29, 1, 0), -3600, "-01");
    expect("IST-2IDT,M3.4.4/26,M10.5.0", utc(2026, 3, 26, 23, 59), 7200, "IST");
    expect("IST-2IDT,M3.4.4/26,M10.5.0", utc(2026, 3, 27, 0, 0), 10800, "IDT");
    /* days without and with February 29 */
    expect("AAA0BBB,J60/0,300", utc(2024, 2, 29, 23, 59), 0, "AAA");
    expect("AAA0BBB,J60/0,300", utc(2024, 3, 1, 0, 0), 3600, "BBB");
    expect("AAA0BBB,J60/0,300", utc(2023, 3, 1, 0, 0), 3600, "BBB");
    expect("AAA0BBB,59/0,300", utc(2024, 2, 29, 0, 0), 3600, "BBB");
    expect("AAA0BBB,59/0,300", utc(2023, 2, 28, 23, 59), 0, "AAA");
    expect("EST5EDT", utc(2026, 3, 8, 7, 0), -14400, "EDT");
}

static void wrong_rules(void **state)
{
    (void)state;
    static const char *const texts[] = { "",
                                         "A",
                                         "AB0",
                                         "ABC",
                                         "ABC-",
                                         "ABC25",
                                         "ABC1:60",
                                         "ABC1:00:60",
                                         "<AB>0",
                                         "<ABC0",
                                         "ABCDEFGHIJKLMNOP0",
                                         "ABC0D",
                                         "ABC0DEF,",
                                         "ABC0DEF,M3.2.0",
                                         "ABC0DEF,M13.2.0,M3.2.0",
                                         "ABC0DEF,M0.2.0,M3.2.0",
                                         "ABC0DEF,M3.6.0,M3.2.0",
                                         "ABC0DEF,M3.2.7,M3.2.0",
                                         "ABC0DEF,J0,J1",
                                         "ABC0DEF,366,1",
                                         "ABC0DEF,1/168,1",
                                         "ABC0DEF,1,1x",
                                         "ABC0 ",
                                         "99999999999999999999" };
    fg_rule r;
    for (size_t i = 0; i < FG_COUNT(texts); i++)
        assert_false(fg_rule_parse(fg_slice_str(texts[i]), &r));
}

/* ---- the calendar --------------------------------------------------------------- */

static void calendar(void **state)
{
    (void)state;
    assert_int_equal(fg_days_of((fg_date){ FG_YEAR_MIN, 1, 1 }) * FG_DAY, FG_UNIX_MIN);
    assert_int_equal(fg_days_of((fg_date){ FG_YEAR_MAX + 1, 1, 1 }) * FG_DAY - 1,
                     FG_UNIX_MAX);
    int64_t days = fg_days_of((fg_date){ -401, 12, 20 });
    int weekday = fg_weekday_of(days);
    for (fg_date d = { -401, 12, 20 }; d.year < 402;
         days++, weekday = (weekday + 1) % 7) {
        fg_date got = fg_date_of(days);
        assert_true(got.year == d.year && got.month == d.month && got.day == d.day);
        assert_int_equal(fg_days_of(d), days);
        assert_int_equal(fg_weekday_of(days), weekday);
        if (++d.day > fg_month_length(d.year, d.month)) {
            d.day = 1;
            if (++d.month > 12) {
                d.month = 1;
                d.year++;
            }
        }
    }
}

/* Days around the turn of the year, and the week of ISO 8601 they are in. */
static void iso_weeks(void **state)
{
    (void)state;
    static const struct {
        fg_date date;
        int week;
        int64_t year;
    } weeks[] = {
        { { 2020, 12, 31 }, 53, 2020 }, { { 2021, 1, 3 }, 53, 2020 },
        { { 2021, 1, 4 }, 1, 2021 },    { { 2024, 12, 29 }, 52, 2024 },
        { { 2024, 12, 30 }, 1, 2025 },  { { 2026, 1, 1 }, 1, 2026 },
        { { 2027, 1, 1 }, 53, 2026 },   { { 1970, 1, 1 }, 1, 1970 },
        { { 0, 1, 1 }, 52, -1 },
    };
    for (size_t i = 0; i < FG_COUNT(weeks); i++) {
        int64_t year;
        assert_int_equal(fg_iso_week(fg_days_of(weeks[i].date), &year), weeks[i].week);
        assert_int_equal(year, weeks[i].year);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_changes), cmocka_unit_test(clocks_to_instants),
        cmocka_unit_test(names),         cmocka_unit_test(a_file),
        cmocka_unit_test(cut_files),     cmocka_unit_test(wrong_files),
        cmocka_unit_test(rules),         cmocka_unit_test(wrong_rules),
        cmocka_unit_test(calendar),      cmocka_unit_test(iso_weeks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
