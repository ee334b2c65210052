// SPDX-License-Identifier: Apache-2.0
/* CSV, TOML and URLs through the public interface: long texts end at the limits of memory
 * and fuel and leave nothing behind, and texts may hold any bytes. */
#include "prog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static prog program;

static const char *const source =
    "fn csv_read(text) { return len(csv.parse(text)) }\n"
    "fn csv_write(text) { let rows = csv.parse(text, { typed: false })\n"
    "    return csv.parse(csv.stringify(rows), { typed: false }) == rows }\n"
    "fn csv_cells(text) { return csv.stringify([{ a: text }]) }\n"
    "fn toml_read(text) { return len(toml.parse(text)) }\n"
    "fn toml_write(text) { let v = toml.parse(text)\n"
    "    return toml.parse(toml.stringify(v)) == v }\n"
    "fn toml_string(text) { return toml.stringify({ a: text }) }\n"
    "fn url_read(text) { return url.parse(text).path }\n"
    "fn url_write(text) { return url.build({ host: \"h\", params: { a: text } }) }\n";

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

/* A function of the program and what its text is made of: first once, again many times. */
typedef struct repeated {
    const char *function, *first, *again;
} repeated;

static const repeated texts[] = {
    { "csv_read", "a,b\n", "1,\"x\"\n" },
    { "csv_write", "a\n", "\"x\"\"\n\"\n" },
    { "csv_read", "a", ",a" },
    { "csv_read", "a\n\"", "\"\"" },
    { "csv_cells", "", "\"" },
    { "toml_read", "", "[[a]]\nb.c = 'x'\n" },
    { "toml_write", "", "[[a.b]]\nc = [1, {}]\n" },
    { "toml_string", "", "\x01" },
    { "url_read", "http://h/", "a/../\xc3\xa9" },
    { "url_read", "http://h/?", "k=%41&" },
    { "url_write", "", "\xc3\xa9" },
};

static forge_status give(forge_fork *f, const repeated *r, size_t n, forge_value *out)
{
    size_t first = strlen(r->first), again = strlen(r->again);
    char *text = malloc(first + n * again);
    assert_non_null(text);
    memcpy(text, r->first, first);
    for (size_t i = 0; i < n; i++)
        memcpy(text + first + i * again, r->again, again);
    forge_status s = forge_string(f, text, first + n * again, out);
    free(text);
    return s;
}

/* Calls the function with the text under limits; nothing may be left. */
static forge_status limited(const repeated *r, size_t n, const forge_limits *limits)
{
    prog_host counted = { 0 };
    forge_host host = prog_host_of(&counted);
    forge_fork *f;
    forge_value arg, v;
    assert_int_equal(forge_fork_begin(program.tmpl, &host, limits, NULL, &f), FORGE_OK);
    forge_status s = give(f, r, n, &arg);
    assert_int_equal(s, FORGE_OK);
    s = forge_call(f, r->function, &arg, 1, &v);
    if (s != FORGE_OK)
        assert_string_equal(forge_fork_report(f)->kind, "LimitError");
    if (limits && limits->memory)
        assert_true(forge_fork_memory(f) <= limits->memory);
    forge_fork_end(f);
    assert_int_equal(counted.blocks, 0);
    return s;
}

static void memory_is_a_limit(void **state)
{
    forge_limits memory = { .memory = 1u << 20 };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t n = 900000 / strlen(texts[i].again);
        assert_int_equal(limited(&texts[i], 100, &memory), FORGE_OK);
        if (limited(&texts[i], n, &memory) == FORGE_OK)
            fail_msg("%s of %s fits", texts[i].function, texts[i].again);
    }
}

/* Work is reported while it is done, not only when it is over. */
static void fuel_is_a_limit(void **state)
{
    forge_limits fuel = { .fuel = MANY(20000, 200) };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t n = MANY(400000, 40000) / strlen(texts[i].again);
        if (limited(&texts[i], n, &fuel) == FORGE_OK)
            fail_msg("%s of %s costs too little", texts[i].function, texts[i].again);
    }
}

static void without_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(limited(&texts[i], MANY(20000, 1000), NULL), FORGE_OK);
}

/* The display text of function(text). */
static void expect(const char *function, const char *text, const char *want)
{
    forge_fork *f = prog_fork(&program);
    forge_value arg, v;
    const char *got;
    size_t n;
    assert_int_equal(forge_string(f, text, strlen(text), &arg), FORGE_OK);
    if (forge_call(f, function, &arg, 1, &v) == FORGE_OK) {
        assert_int_equal(forge_display_text(f, v, &got, &n), FORGE_OK);
        assert_int_equal(n, strlen(want));
        assert_memory_equal(got, want, n);
    } else {
        assert_string_equal(forge_fork_report(f)->message, want);
    }
    forge_fork_end(f);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    expect("csv_cells", "\xff,\xc3", "a\n\"\xff,\xc3\"\n");
    expect("csv_write", "a\xff,b\n \xe2\x82 ,\"\x80\"\"\"\n", "true");
    expect("toml_read", "a = 1\nb = '\xc3\xa9\xff'",
           "TOML parse error: text is not UTF-8 at line 2 column 7");
    expect("toml_string",
           "a\xff\xe2\x82"
           "b",
           "a = \"a\xef\xbf\xbd\xef\xbf\xbd"
           "b\"\n");
    expect("url_read", "http://h/\xff/..\xe2\x82", "/%EF%BF%BD/..%EF%BF%BD");
    expect("url_write", "\xff", "https://h/?a=%FF");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_a_limit),
        cmocka_unit_test(fuel_is_a_limit),
        cmocka_unit_test(without_limits),
        cmocka_unit_test(bytes_that_are_no_text),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
