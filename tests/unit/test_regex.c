// SPDX-License-Identifier: Apache-2.0
/* Compiled patterns through the public interface: their memory counts against the fork's
 * limit, stays bounded and ends with the fork; searches obey limits; texts may hold any
 * bytes. */
#include "prog.h"

#include <stdio.h>
#include <string.h>

static prog program;

static const char *const source =
    "fn once() { return regex.find(\"k7\", \"[0-9]\") }\n"
    "fn often() { let mut n = 0\n"
    "    repeat 300 times { if regex.test(\"a1 b2\", \"[a-z][0-9]$\") { n = n + 1 } }\n"
    "    return n }\n"
    "fn other(i) { return regex.find(\"x{i}y\", \"x{i}\\\\w\") }\n"
    "fn hard() { return regex.test(repeat_str(\"a\", 200000) + \"b\", \"(a+)+$\") }\n"
    "fn greedy() { return regex.test(repeat_str(\"a\", 200000), \"^(a|b)*[cd]\") }\n"
    "fn stubborn() { while true { try { hard() } catch e { } } }\n"
    "fn scan() { let s = repeat_str(\"a\", 100000)\n"
    "    while true { regex.test(s, \"[a-z]*1\") } }\n"
    "fn parts(text) { return regex.split(text, \"[^a-z]\") }\n"
    "fn swap(text) { return regex.replace(text, \"(.)b\", \"b$1\") }\n";

static int setup(void **state)
{
    (void)state;
    prog_build(&program, source);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    prog_free(&program);
    return 0;
}

static void end_gives_back(void **state)
{
    (void)state;
    prog_host counted = { 0 };
    forge_host host = prog_host_of(&counted);
    forge_fork *f;
    assert_int_equal(forge_fork_begin(program.tmpl, &host, NULL, NULL, &f), FORGE_OK);
    prog_expect(f, "once", "7");
    prog_expect(f, "often", "300");
    assert_true(counted.blocks > 0);
    forge_fork_end(f);
    assert_int_equal(counted.blocks, 0);
    assert_int_equal(counted.bytes, 0);
}

/* Thousands of patterns need no more than some dozens. */
static void kept_are_bounded(void **state)
{
    (void)state;
    prog_host counted = { 0 };
    forge_host host = prog_host_of(&counted);
    forge_fork *f;
    forge_value v;
    size_t some = 0;
    assert_int_equal(forge_fork_begin(program.tmpl, &host, NULL, NULL, &f), FORGE_OK);
    for (int i = 0; i < MANY(3000, 300); i++) {
        forge_value arg = forge_int(i);
        char want[32];
        const char *text;
        size_t n;
        assert_int_equal(forge_call(f, "other", &arg, 1, &v), FORGE_OK);
        snprintf(want, sizeof want, "x%dy", i);
        text = forge_to_string(v, &n);
        assert_int_equal(n, strlen(want));
        assert_memory_equal(text, want, n);
        if (i == 100)
            some = counted.blocks;
    }
    assert_true(counted.blocks < some + 64);
    forge_fork_end(f);
    assert_int_equal(counted.bytes, 0);
}

/* Whichever allocation fails, the fork ends in order. */
static void without_memory(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 40; at++) {
        prog_host counted = { .fail_at = at };
        forge_host host = prog_host_of(&counted);
        forge_fork *f;
        forge_value v;
        if (forge_fork_begin(program.tmpl, &host, NULL, NULL, &f) == FORGE_OK) {
            forge_status s = forge_call(f, "once", NULL, 0, &v);
            assert_true(s == FORGE_OK || forge_fork_report(f));
            forge_fork_end(f);
        }
        assert_int_equal(counted.blocks, 0);
    }
}

static forge_status limited(const char *name, const forge_limits *limits)
{
    forge_fork *f;
    forge_value v;
    assert_int_equal(forge_fork_begin(program.tmpl, NULL, limits, NULL, &f), FORGE_OK);
    forge_status s = forge_call(f, name, NULL, 0, &v);
    if (s != FORGE_OK)
        assert_string_equal(forge_fork_report(f)->kind, "LimitError");
    if (limits->memory)
        assert_true(forge_fork_memory(f) <= limits->memory);
    forge_fork_end(f);
    return s;
}

static void searches_end_at_limits(void **state)
{
    (void)state;
    forge_limits fuel = { .fuel = MANY(100000, 1000) }, wall = { .wall_us = 100000 };
    forge_limits memory = { .memory = 1u << 20 };
    assert_int_not_equal(limited("stubborn", &fuel), FORGE_OK);
    assert_int_not_equal(limited("stubborn", &wall), FORGE_OK);
    assert_int_not_equal(limited("scan", &wall), FORGE_OK);
    assert_int_equal(limited("often", &memory), FORGE_OK);
    assert_int_not_equal(limited("greedy", &memory), FORGE_OK);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    static const char text[] = "a\xff"
                               "b\xe2\x82"
                               "c\x80\xc3\xa9"
                               "d";
    forge_fork *f = prog_fork(&program);
    forge_value arg, v;
    const char *p;
    size_t n;
    assert_int_equal(forge_string(f, text, sizeof text - 1, &arg), FORGE_OK);
    assert_int_equal(forge_call(f, "parts", &arg, 1, &v), FORGE_OK);
    assert_int_equal(forge_display_text(f, v, &p, &n), FORGE_OK);
    assert_int_equal(n, strlen("[a, b, c, , d]"));
    assert_memory_equal(p, "[a, b, c, , d]", n);
    assert_int_equal(forge_string(f, text, sizeof text - 1, &arg), FORGE_OK);
    assert_int_equal(forge_call(f, "swap", &arg, 1, &v), FORGE_OK);
    p = forge_to_string(v, &n);
    assert_int_equal(n, sizeof text - 1);
    assert_memory_equal(p, "ab\xff\xe2\x82", 5);
    assert_memory_equal(p + 5, text + 5, n - 5);
    forge_fork_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(end_gives_back),
        cmocka_unit_test(kept_are_bounded),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(searches_end_at_limits),
        cmocka_unit_test(bytes_that_are_no_text),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
