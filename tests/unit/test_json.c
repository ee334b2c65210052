// SPDX-License-Identifier: Apache-2.0
/* The JSON reader through the public interface: what it accepts, the words and places of
 * its errors, and that what it read is written back the same. */
#include "prog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DEPTH 127 /* arrays and objects inside each other */

static prog program;

static int setup(void **state)
{
    (void)state;
    prog_build(&program, "fn none() { return null }\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    prog_free(&program);
    return 0;
}

/* JSON and what it is when it is written again. */
static const struct trip {
    const char *text, *written;
} trips[] = {
    { "1", "1" },
    { " \t\r\n[ 1 , 2 ] ", "[1,2]" },
    { "1.5", "1.5" },
    { "1.0", "1" },
    { "1E5", "100000" },
    { "1e-7", "0.0000001" },
    { "-0", "-0" },
    { "0.1", "0.1" },
    { "123456789012", "123456789012" },
    { "[0,-1,999999999999999999,-999999999999999999]",
      "[0,-1,999999999999999999,-999999999999999999]" },
    { "[1000000000000000000,1234567890123456789,12345678901234567890]",
      "[1000000000000000000,1234567890123456789,12345678901234567000]" },
    { "9223372036854775807", "9223372036854775807" },
    { "-9223372036854775808", "-9223372036854775808" },
    { "9223372036854775808", "9223372036854776000" },
    { "[true,false,null]", "[true,false,null]" },
    { "[]", "[]" },
    { "{}", "{}" },
    { "[[],{},[{}]]", "[[],{},[{}]]" },
    { "[1,2.5,\"x\"]", "[1,2.5,\"x\"]" },
    { "[1.5,2.5]", "[1.5,2.5]" },
    { "{\"z\":1,\"a\":2,\"m\":{\"y\":1,\"b\":2}}",
      "{\"z\":1,\"a\":2,\"m\":{\"y\":1,\"b\":2}}" },
    { "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
    { "{\"\":0}", "{\"\":0}" },
    { "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4},{\"b\":5},{\"a\\u0062\":6}]",
      "[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4},{\"b\":5},{\"ab\":6}]" },
    { "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"b\":"
      "10}",
      "{\"a\":1,\"b\":10,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9}" },
    { "\"\\u00e9\"", "\"é\"" },
    { "\"\\ud83d\\ude00\"", "\"😀\"" },
    { "\"\\uD83D\\uDE00\"", "\"😀\"" },
    { "\"a\\/b\\\\c\\\"d\"", "\"a/b\\\\c\\\"d\"" },
    { "\"\\b\\f\\n\\r\\t\\u001f\"", "\"\\u0008\\u000c\\n\\r\\t\\u001f\"" },
    { "\"日本\x7f\"", "\"日本\x7f\"" },
};

static void test_round_trips(void **state)
{
    (void)state;
    forge_fork *f = prog_fork(&program);
    for (size_t i = 0; i < COUNT(trips); i++) {
        forge_value v;
        const char *text;
        size_t n;
        assert_int_equal(forge_json_parse(f, trips[i].text, strlen(trips[i].text), &v),
                         FORGE_OK);
        assert_int_equal(forge_json_text(f, v, &text, &n), FORGE_OK);
        assert_int_equal(n, strlen(trips[i].written));
        assert_memory_equal(text, trips[i].written, n);
    }
    forge_fork_end(f);
}

/* What is no JSON, and the end of the message. */
static const struct fault {
    const char *text, *message;
} faults[] = {
    { "", "EOF while parsing a value at line 1 column 0" },
    { " ", "EOF while parsing a value at line 1 column 1" },
    { "nul", "EOF while parsing a value at line 1 column 3" },
    { "nulx", "expected ident at line 1 column 4" },
    { "[1,]", "trailing comma at line 1 column 4" },
    { "[1 2]", "expected `,` or `]` at line 1 column 4" },
    { "[,1]", "expected value at line 1 column 2" },
    { "[", "EOF while parsing a list at line 1 column 1" },
    { "[1", "EOF while parsing a list at line 1 column 2" },
    { "[1,", "EOF while parsing a value at line 1 column 3" },
    { "1 2", "trailing characters at line 1 column 3" },
    { "01", "invalid number at line 1 column 2" },
    { "-01", "invalid number at line 1 column 3" },
    { "00", "invalid number at line 1 column 2" },
    { "-", "EOF while parsing a value at line 1 column 1" },
    { "-x", "invalid number at line 1 column 2" },
    { "1.", "EOF while parsing a value at line 1 column 2" },
    { "1.x", "invalid number at line 1 column 3" },
    { "1e", "EOF while parsing a value at line 1 column 2" },
    { "1e+", "EOF while parsing a value at line 1 column 3" },
    { "+1", "expected value at line 1 column 1" },
    { ".5", "expected value at line 1 column 1" },
    { "NaN", "expected value at line 1 column 1" },
    { "1e400", "number out of range at line 1 column 5" },
    { "[-1e400]", "number out of range at line 1 column 7" },
    { "{\"a\" 1}", "expected `:` at line 1 column 6" },
    { "{a:1}", "key must be a string at line 1 column 2" },
    { "{", "EOF while parsing an object at line 1 column 1" },
    { "{\"a\"", "EOF while parsing an object at line 1 column 4" },
    { "{\"a\":", "EOF while parsing a value at line 1 column 5" },
    { "{\"a\":1", "EOF while parsing an object at line 1 column 6" },
    { "{\"a\":1,", "EOF while parsing a value at line 1 column 7" },
    { "{\"a\":1,}", "trailing comma at line 1 column 8" },
    { "{\"a\":1 \"b\"}", "expected `,` or `}` at line 1 column 8" },
    { "'a'", "expected value at line 1 column 1" },
    { "// c", "expected value at line 1 column 1" },
    { "[1,\n 2,\n x]", "expected value at line 3 column 2" },
    { "[1,\r\n\n]", "trailing comma at line 3 column 1" },
    { "\"ab", "EOF while parsing a string at line 1 column 3" },
    { "\"a\\", "EOF while parsing a string at line 1 column 3" },
    { "\"a\tb\"", "control character (\\u0000-\\u001F) found while parsing a string "
                  "at line 1 column 3" },
    { "\"a\nb\"", "control character (\\u0000-\\u001F) found while parsing a string "
                  "at line 2 column 0" },
    { "\"\\q\"", "invalid escape at line 1 column 3" },
    { "\"\\u12", "EOF while parsing a string at line 1 column 5" },
    { "\"\\u12zz\"", "invalid escape at line 1 column 7" },
    { "\"\\ud800\"", "unexpected end of hex escape at line 1 column 8" },
    { "\"\\ud800\\n\"", "unexpected end of hex escape at line 1 column 9" },
    { "\"\\udc00\"", "lone leading surrogate in hex escape at line 1 column 7" },
    { "\"\\ud800\\u0041\"",
      "lone leading surrogate in hex escape at line 1 column 13" },
    { "\"a\xff\"", "invalid unicode code point at line 1 column 3" },
    { "\"\xed\xa0\x80\"", "invalid unicode code point at line 1 column 2" },
    { "\"0123456789\xc3\"", "invalid unicode code point at line 1 column 12" },
};

/* Fails unless the text is refused with a message that ends so. */
static void refused(forge_fork *f, const char *text, size_t n, const char *message)
{
    char want[256];
    forge_value v;
    snprintf(want, sizeof(want), "JSON parse error: %s", message);
    assert_int_equal(forge_json_parse(f, text, n, &v), FORGE_ERROR);
    assert_string_equal(forge_fork_report(f)->message, want);
}

static void test_faults(void **state)
{
    (void)state;
    forge_fork *f = prog_fork(&program);
    for (size_t i = 0; i < COUNT(faults); i++)
        refused(f, faults[i].text, strlen(faults[i].text), faults[i].message);
    refused(f, "\"\0\"", 3,
            "control character (\\u0000-\\u001F) found while parsing a string "
            "at line 1 column 2");
    forge_fork_end(f);
}

static void test_depth(void **state)
{
    char text[2 * (DEPTH + 1)];
    forge_value v;
    (void)state;
    forge_fork *f = prog_fork(&program);
    memset(text, '[', DEPTH + 1);
    memset(text + DEPTH, ']', DEPTH);
    assert_int_equal(forge_json_parse(f, text, 2 * DEPTH, &v), FORGE_OK);
    memset(text, '[', DEPTH + 1);
    refused(f, text, DEPTH + 1, "recursion limit exceeded at line 1 column 128");
    forge_fork_end(f);
}

/* Every prefix of a text ends in an error, never in a value or worse. */
static void test_prefixes(void **state)
{
    static const char text[] = "{\"a\":[1,-2.5e+3,\"x\\n\\u00e9\\ud83d\\ude00\",true],"
                               "\"b\":{\"c\":null,\"d\":false}}";
    forge_value v;
    (void)state;
    forge_fork *f = prog_fork(&program);
    for (size_t n = 0; n + 1 < sizeof(text); n++) {
        char *part = malloc(n + 1); /* so that a read past the end is seen */
        assert_non_null(part);
        memcpy(part, text, n);
        assert_int_equal(forge_json_parse(f, part, n, &v), FORGE_ERROR);
        free(part);
    }
    assert_int_equal(forge_json_parse(f, text, sizeof(text) - 1, &v), FORGE_OK);
    forge_fork_end(f);
}

/* Larger than any block, with the same keys over and over. */
static void test_many(void **state)
{
    enum { ROWS = 20000, ROOM = 64 };
    char *text = malloc(ROWS * ROOM);
    size_t n = 0, out;
    const char *written;
    forge_value v;
    (void)state;
    assert_non_null(text);
    forge_fork *f = prog_fork(&program);
    for (int i = 0; i < ROWS; i++)
        n += (size_t)snprintf(text + n, ROOM, "%c{\"id\":%d,\"name\":\"row %d\"}",
                              i ? ',' : '[', i, i);
    text[n++] = ']';
    assert_int_equal(forge_json_parse(f, text, n, &v), FORGE_OK);
    assert_int_equal(forge_json_text(f, v, &written, &out), FORGE_OK);
    assert_int_equal(out, n);
    assert_memory_equal(written, text, n);
    forge_fork_end(f);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_depth),       cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
