// SPDX-License-Identifier: Apache-2.0
/* MessagePack both ways: each value has one form and is read from all of them, whatever does
 * not fit is a fault that names itself, and the golden messages survive being read and
 * written again. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ipc/envelope.h"

#define GOLDEN "tests/ipc/golden"

static fg_unpacker reader(const void *p, size_t n)
{
    fg_unpacker u;
    fg_unpack_begin(&u, fg_slice_of(p, n));
    return u;
}

#define READ(literal) reader(literal, sizeof(literal) - 1)

/* ---- one form when written --------------------------------------------------------- */

static void expect_bytes(const fg_bytes *b, const char *bytes, size_t n)
{
    assert_false(b->failed);
    assert_int_equal(b->n, n);
    assert_memory_equal(b->p, bytes, n);
}

#define WRITES(call, literal)                                                          \
    do {                                                                               \
        fg_bytes b;                                                                    \
        fg_bytes_init(&b);                                                             \
        call;                                                                          \
        expect_bytes(&b, literal, sizeof(literal) - 1);                                \
        fg_bytes_drop(&b);                                                             \
    } while (0)

static void integers_take_the_shortest_form(void **state)
{
    (void)state;
    WRITES(fg_pack_u64(&b, 0), "\x00");
    WRITES(fg_pack_u64(&b, 127), "\x7f");
    WRITES(fg_pack_u64(&b, 128), "\xcc\x80");
    WRITES(fg_pack_u64(&b, 255), "\xcc\xff");
    WRITES(fg_pack_u64(&b, 256), "\xcd\x01\x00");
    WRITES(fg_pack_u64(&b, 65536), "\xce\x00\x01\x00\x00");
    WRITES(fg_pack_u64(&b, UINT32_MAX), "\xce\xff\xff\xff\xff");
    WRITES(fg_pack_u64(&b, (uint64_t)1 << 32), "\xcf\x00\x00\x00\x01\x00\x00\x00\x00");
    WRITES(fg_pack_u64(&b, UINT64_MAX), "\xcf\xff\xff\xff\xff\xff\xff\xff\xff");
    WRITES(fg_pack_i64(&b, 5), "\x05");
    WRITES(fg_pack_i64(&b, -1), "\xff");
    WRITES(fg_pack_i64(&b, -32), "\xe0");
    WRITES(fg_pack_i64(&b, -33), "\xd0\xdf");
    WRITES(fg_pack_i64(&b, -128), "\xd0\x80");
    WRITES(fg_pack_i64(&b, -129), "\xd1\xff\x7f");
    WRITES(fg_pack_i64(&b, -32769), "\xd2\xff\xff\x7f\xff");
    WRITES(fg_pack_i64(&b, -32768), "\xd1\x80\x00");
    WRITES(fg_pack_i64(&b, INT32_MIN), "\xd2\x80\x00\x00\x00");
    WRITES(fg_pack_i64(&b, -1 + (int64_t)INT32_MIN),
           "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff");
    WRITES(fg_pack_i64(&b, INT64_MIN), "\xd3\x80\x00\x00\x00\x00\x00\x00\x00");
    WRITES(fg_pack_i64(&b, INT64_MAX), "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff");
}

static void floats_have_eight_bytes(void **state)
{
    (void)state;
    WRITES(fg_pack_f64(&b, 1.5), "\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00");
    WRITES(fg_pack_f64(&b, 0.1), "\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a");
    WRITES(fg_pack_f64(&b, -0.0), "\xcb\x80\x00\x00\x00\x00\x00\x00\x00");
}

static void others_take_the_shortest_form(void **state)
{
    (void)state;
    WRITES(fg_pack_nil(&b), "\xc0");
    WRITES(fg_pack_bool(&b, true), "\xc3");
    WRITES(fg_pack_bool(&b, false), "\xc2");
    WRITES(fg_pack_str(&b, FG_SLICE("")), "\xa0");
    WRITES(fg_pack_str(&b, FG_SLICE("h\xc3\xa9")), "\xa3h\xc3\xa9");
    WRITES(fg_pack_bin(&b, FG_SLICE("")), "\xc4\x00");
    WRITES(fg_pack_bin(&b, FG_SLICE("\x01")), "\xc4\x01\x01");
    WRITES(fg_pack_array(&b, 15), "\x9f");
    WRITES(fg_pack_array(&b, 16), "\xdc\x00\x10");
    WRITES(fg_pack_array(&b, 65536), "\xdd\x00\x01\x00\x00");
    WRITES(fg_pack_map(&b, 15), "\x8f");
    WRITES(fg_pack_map(&b, 16), "\xde\x00\x10");
    WRITES(fg_pack_map(&b, 65536), "\xdf\x00\x01\x00\x00");
}

/* The head of a text or of bytes of that length. */
static void lengths_take_the_shortest_form(void **state)
{
    static const struct {
        uint32_t n;
        const char *str, *bin;
        uint32_t str_n, bin_n;
    } cases[] = {
        { 31, "\xbf", "\xc4\x1f", 1, 2 },
        { 32, "\xd9\x20", "\xc4\x20", 2, 2 },
        { 255, "\xd9\xff", "\xc4\xff", 2, 2 },
        { 256, "\xda\x01\x00", "\xc5\x01\x00", 3, 3 },
        { 65536, "\xdb\x00\x01\x00\x00", "\xc6\x00\x01\x00\x00", 5, 5 },
    };
    (void)state;
    char *text = calloc(1, 65536);
    for (uint32_t i = 0; i < FG_COUNT(cases); i++) {
        fg_bytes b;
        fg_bytes_init(&b);
        fg_pack_str(&b, fg_slice_of(text, cases[i].n));
        assert_int_equal(b.n, cases[i].str_n + cases[i].n);
        assert_memory_equal(b.p, cases[i].str, cases[i].str_n);
        b.n = 0;
        fg_pack_bin(&b, fg_slice_of(text, cases[i].n));
        assert_int_equal(b.n, cases[i].bin_n + cases[i].n);
        assert_memory_equal(b.p, cases[i].bin, cases[i].bin_n);
        fg_bytes_drop(&b);
    }
    free(text);
}

/* ---- all forms when read ------------------------------------------------------------- */

static void any_width_is_read(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t n;
    } sevens[] = {
        { "\x07", 1 },
        { "\xcc\x07", 2 },
        { "\xcd\x00\x07", 3 },
        { "\xce\x00\x00\x00\x07", 5 },
        { "\xcf\x00\x00\x00\x00\x00\x00\x00\x07", 9 },
        { "\xd0\x07", 2 },
        { "\xd1\x00\x07", 3 },
        { "\xd2\x00\x00\x00\x07", 5 },
        { "\xd3\x00\x00\x00\x00\x00\x00\x00\x07", 9 },
    };
    (void)state;
    for (uint32_t i = 0; i < FG_COUNT(sevens); i++) {
        fg_unpacker u = reader(sevens[i].bytes, sevens[i].n), v = u, w = u;
        assert_int_equal(fg_unpack_u64(&u, 7), 7);
        assert_true(fg_unpack_end(&u));
        assert_int_equal(fg_unpack_i64(&v), 7);
        assert_true(fg_unpack_end(&v));
        assert_true(fg_unpack_f64(&w) == 7.0);
        assert_true(fg_unpack_end(&w));
    }
    fg_unpacker u =
        READ("\xdb\x00\x00\x00\x01z\xc6\x00\x00\x00\x01z\xdd\x00\x00\x00\x01"
             "\xdf\x00\x00\x00\x01\xc0\xc0");
    assert_true(fg_slice_eq(fg_unpack_str(&u, 1), FG_SLICE("z")));
    assert_true(fg_slice_eq(fg_unpack_bin(&u, 1), FG_SLICE("z")));
    assert_int_equal(fg_unpack_array(&u, 1), 1);
    assert_int_equal(fg_unpack_map(&u, 1), 1);
    assert_true(fg_unpack_nil(&u) && fg_unpack_nil(&u) && fg_unpack_end(&u));
}

static void negative_integers_are_read(void **state)
{
    static const int64_t cases[] = { -1,       -32,       -33,
                                     -128,     -129,      -32768,
                                     -32769,   INT32_MIN, -1 + (int64_t)INT32_MIN,
                                     INT64_MIN };
    (void)state;
    for (uint32_t i = 0; i < FG_COUNT(cases); i++) {
        fg_bytes b;
        fg_bytes_init(&b);
        fg_pack_i64(&b, cases[i]);
        fg_unpacker u = reader(b.p, b.n);
        assert_int_equal(fg_unpack_peek(&u), FG_UNPACK_INT);
        assert_true(fg_unpack_i64(&u) == cases[i] && fg_unpack_end(&u));
        fg_bytes_drop(&b);
    }
    fg_unpacker wide = READ("\xd3\xff\xff\xff\xff\xff\xff\xff\xff");
    assert_int_equal(fg_unpack_i64(&wide), -1);
}

static void floats_are_read(void **state)
{
    (void)state;
    fg_unpacker u =
        READ("\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a\xca\x3f\xc0\x00\x00\xe0");
    assert_true(fg_unpack_f64(&u) == 0.1);
    assert_true(fg_unpack_f64(&u) == 1.5);
    assert_true(fg_unpack_f64(&u) == -32.0);
    assert_true(fg_unpack_end(&u));
}

static void a_value_is_skipped_whole(void **state)
{
    (void)state;
    fg_unpacker u = READ("\x82\xa1"
                         "a\x93\xc0\xc4\x02xy\xcb\0\0\0\0\0\0\0\0\xa1"
                         "b\xc7\x03\x05"
                         "abc\x2a");
    fg_slice skipped = fg_unpack_skip(&u);
    assert_int_equal(skipped.n, 26);
    assert_int_equal(fg_unpack_u64(&u, 42), 42);
    assert_true(fg_unpack_end(&u));
}

static void depth_costs_nothing(void **state)
{
    enum { DEEP = 1000000 };
    (void)state;
    char *text = malloc(DEEP + 1);
    memset(text, '\x91', DEEP);
    text[DEEP] = '\xc0';
    fg_unpacker u = reader(text, DEEP + 1);
    assert_int_equal(fg_unpack_skip(&u).n, DEEP + 1);
    assert_true(fg_unpack_end(&u));
    fg_unpacker cut = reader(text, DEEP);
    fg_unpack_skip(&cut);
    assert_non_null(cut.fault);
    free(text);
}

/* ---- faults -------------------------------------------------------------------------- */

#define FAULT(literal, call, text, where)                                              \
    do {                                                                               \
        fg_unpacker u = READ(literal);                                                 \
        call;                                                                          \
        assert_non_null(u.fault);                                                      \
        assert_string_equal(u.fault, text);                                            \
        assert_int_equal(u.offset, where);                                             \
        assert_int_equal(fg_unpack_peek(&u), FG_UNPACK_END);                           \
        assert_int_equal(fg_unpack_u64(&u, UINT64_MAX), 0);                            \
        assert_false(fg_unpack_end(&u));                                               \
        assert_string_equal(u.fault, text);                                            \
    } while (0)

#define CUT "a value is cut off or not MessagePack"

static void what_does_not_fit_is_a_fault(void **state)
{
    (void)state;
    FAULT("", fg_unpack_bool(&u), "the message ends where a value is expected", 0);
    FAULT("\xc1", fg_unpack_u64(&u, 1), CUT, 0);
    FAULT("\xcd\x01", fg_unpack_u64(&u, 999), CUT, 0);
    FAULT("\xcc\x80", fg_unpack_u64(&u, 127), "an integer is too large", 0);
    FAULT("\xff", fg_unpack_u64(&u, 1), "expected an unsigned integer", 0);
    FAULT("\xcf\xff\xff\xff\xff\xff\xff\xff\xff", fg_unpack_i64(&u),
          "expected an integer of 64 bits", 0);
    FAULT("\xcf\xff\xff\xff\xff\xff\xff\xff\xff", fg_unpack_f64(&u), "expected a float",
          0);
    FAULT("\xa1x", fg_unpack_i64(&u), "expected an integer of 64 bits", 0);
    FAULT("\x01", fg_unpack_bool(&u), "expected a boolean", 0);
    FAULT("\xc4\x01x", fg_unpack_str(&u, 9), "expected a text", 0);
    FAULT("\xa1x", fg_unpack_bin(&u, 9), "expected bytes", 0);
    FAULT("\xa2xy", fg_unpack_str(&u, 1), "a text or bytes are too long", 0);
    FAULT("\xa2x", fg_unpack_str(&u, 1), CUT, 0);
    FAULT("\xc4\x02xy", fg_unpack_bin_of(&u, 3), "bytes of another length are expected",
          0);
    FAULT("\xc4\x02xy", fg_unpack_bin_of(&u, 1), "bytes of another length are expected",
          0);
    FAULT("\x01\x02", fg_unpack_u64(&u, 1);
          fg_unpack_end(&u), "something follows the value", 1);
}

/* A length that only promises is never believed. */
static void empty_promises_are_faults(void **state)
{
    (void)state;
    FAULT("\xdd\xff\xff\xff\xff", fg_unpack_array(&u, UINT32_MAX), CUT, 0);
    FAULT("\xdf\xff\xff\xff\xff", fg_unpack_map(&u, UINT32_MAX), CUT, 0);
    FAULT("\xdf\x80\x00\x00\x01\xc0\xc0", fg_unpack_map(&u, UINT32_MAX), CUT, 0);
    FAULT("\xc6\xff\xff\xff\xff", fg_unpack_bin(&u, UINT32_MAX), CUT, 0);
    FAULT("\xdd\xff\xff\xff\xff", fg_unpack_skip(&u), CUT, 0);
    FAULT("\x92\xc0", fg_unpack_skip(&u), CUT, 0);
    FAULT("\xc7\x05\x01", fg_unpack_skip(&u), CUT, 0);
    FAULT("\x93\x01\x02\x03", fg_unpack_array(&u, 2),
          "an array or a map has too many elements", 0);
}

/* ---- envelopes ----------------------------------------------------------------------- */

static void envelopes_are_opened(void **state)
{
    fg_slice name;
    (void)state;
    fg_unpacker u = READ("\x91\x92\xa3"
                         "Foo\x80");
    assert_true(fg_envelope_open_request(&u, &name));
    assert_true(fg_slice_eq(name, FG_SLICE("Foo")));
    assert_int_equal(fg_unpack_map(&u, 0), 0);
    assert_true(fg_unpack_end(&u));
    u = READ("\x92\xa3"
             "Foo\x80");
    assert_true(fg_envelope_open_response(&u, &name));
    assert_true(fg_slice_eq(name, FG_SLICE("Foo")));
}

static void bad_envelopes_are_faults(void **state)
{
    static const char outer[] =
        "a request is [[name, payload]]: the outer array is not",
                      inner[] =
                          "a request is [[name, payload]]: the inner array is not",
                      response[] = "a response is [name, payload]: this is not";
    fg_slice name;
    (void)state;
    FAULT("\x92\xa1x\x80", fg_envelope_open_request(&u, &name), outer, 0);
    FAULT("\x80", fg_envelope_open_request(&u, &name), outer, 0);
    FAULT("\x91\x91\xa1x", fg_envelope_open_request(&u, &name), inner, 1);
    FAULT("\x91\x92\x01\x80", fg_envelope_open_request(&u, &name), inner, 1);
    FAULT("\x91\x92\xa0\x80", fg_envelope_open_request(&u, &name), inner, 1);
    FAULT("\x91\xa1x", fg_envelope_open_request(&u, &name), inner, 1);
    FAULT("\x93\xa1x\x80\x80", fg_envelope_open_response(&u, &name), response, 0);
    FAULT("", fg_envelope_open_response(&u, &name), response, 0);
}

static void errors_have_their_bytes(void **state)
{
    (void)state;
    WRITES(fg_envelope_error(&b, FG_SLICE("EchoErrorResponse"),
                             FG_SLICE("deliberate failure")),
           "\x92\xb1"
           "EchoErrorResponse\x81\xa7"
           "message\xb2"
           "deliberate failure");
    WRITES(fg_envelope_request(&b, FG_SLICE("EchoFail")), "\x91\x92\xa8"
                                                          "EchoFail");
}

/* ---- the golden messages ------------------------------------------------------------- */

/* Writes again what is read. */
static void copy(fg_unpacker *u, fg_bytes *b)
{
    uint32_t n;
    switch (fg_unpack_peek(u)) {
    case FG_UNPACK_NIL: assert_true(fg_unpack_nil(u)); return fg_pack_nil(b);
    case FG_UNPACK_BOOL: return fg_pack_bool(b, fg_unpack_bool(u));
    case FG_UNPACK_UINT: return fg_pack_u64(b, fg_unpack_u64(u, UINT64_MAX));
    case FG_UNPACK_STR: return fg_pack_str(b, fg_unpack_str(u, FG_MAX_LEN));
    case FG_UNPACK_BIN: return fg_pack_bin(b, fg_unpack_bin(u, FG_MAX_LEN));
    case FG_UNPACK_ARRAY:
        fg_pack_array(b, n = fg_unpack_array(u, FG_MAX_LEN));
        while (n-- > 0)
            copy(u, b);
        return;
    case FG_UNPACK_MAP:
        fg_pack_map(b, n = fg_unpack_map(u, FG_MAX_LEN));
        for (n *= 2; n-- > 0;)
            copy(u, b);
        return;
    case FG_UNPACK_INT:
    case FG_UNPACK_FLOAT:
    case FG_UNPACK_EXT:
    case FG_UNPACK_END: fail_msg("no golden message has this");
    }
}

static uint32_t load(const char *name, char *buffer, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, GOLDEN "/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(buffer, 1, size, f);
    fclose(f);
    assert_in_range(n, 1, size - 1);
    return (uint32_t)n;
}

static void golden_messages_survive(void **state)
{
    char buffer[1024];
    struct dirent *e;
    int found = 0;
    (void)state;
    DIR *d = opendir(GOLDEN);
    assert_non_null(d);
    while ((e = readdir(d))) {
        const char *kind = strrchr(e->d_name, '.');
        if (!kind || strcmp(kind, ".msgpack") != 0)
            continue;
        fg_slice message = { buffer, load(e->d_name, buffer, sizeof buffer) };
        fg_unpacker u;
        fg_bytes b;
        fg_slice name;
        fg_unpack_begin(&u, message);
        bool request = message.p[0] == '\x91';
        assert_true(request ? fg_envelope_open_request(&u, &name)
                            : fg_envelope_open_response(&u, &name));
        assert_memory_equal(name.p, "Echo", 4);
        fg_unpack_begin(&u, message);
        fg_bytes_init(&b);
        copy(&u, &b);
        assert_true(fg_unpack_end(&u));
        expect_bytes(&b, message.p, message.n);
        fg_bytes_drop(&b);
        found++;
    }
    closedir(d);
    assert_int_equal(found, 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_take_the_shortest_form),
        cmocka_unit_test(floats_have_eight_bytes),
        cmocka_unit_test(others_take_the_shortest_form),
        cmocka_unit_test(lengths_take_the_shortest_form),
        cmocka_unit_test(any_width_is_read),
        cmocka_unit_test(negative_integers_are_read),
        cmocka_unit_test(floats_are_read),
        cmocka_unit_test(a_value_is_skipped_whole),
        cmocka_unit_test(depth_costs_nothing),
        cmocka_unit_test(what_does_not_fit_is_a_fault),
        cmocka_unit_test(empty_promises_are_faults),
        cmocka_unit_test(envelopes_are_opened),
        cmocka_unit_test(bad_envelopes_are_faults),
        cmocka_unit_test(errors_have_their_bytes),
        cmocka_unit_test(golden_messages_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
