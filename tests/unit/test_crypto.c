// SPDX-License-Identifier: Apache-2.0
/* The crypto and jwt modules through the public interface: bytes that are no text, limits,
 * memory that fails, and OpenSSL's queue of errors. */
#include "prog.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static prog program;

static const char *const source =
    "fn mac256(m, k) { return crypto.hmac_sha256(m, k) }\n"
    "fn mac512(m, k) { return crypto.hmac_sha512(m, k) }\n"
    "fn issuer(t, k) { return jwt.verify(t, k, {leeway: \"4000w\"}).iss }\n"
    "fn hash() { return len(crypto.hash_password(\"x\", {memory: 1024, passes: 1})) }\n"
    "fn costly() { return len(crypto.hash_password(\"x\")) }\n"
    "fn verify() { return crypto.verify_password(\"x\", "
    "\"$argon2id$v=19$m=65536,t=2,p=1"
    "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc\") }\n"
    "fn garbage() { return len(repeat_str(\"a\", 12000000)) }\n"
    "fn over(a, b, c, d, e, f) { return a + b + c + d + e + f }\n"
    "fn later() { return garbage() + over(1, 2, 3, 4, 5, 6) + costly() }\n"
    "fn token() { return jwt.valid(jwt.sign({a: 1}, \"s\"), \"s\") }\n"
    "fn wide() { let o = from_entries(range(100).map(fn(i) { return [str(i), i] }))\n"
    "    return len(jwt.sign(o, \"s\")) > 500 }\n"
    "fn scan() { let s = repeat_str(\"a\", 300000)\n    while true { crypto.sha256(s) "
    "} }\n"
    "fn sign() { let s = repeat_str(\"a\", 300000)\n"
    "    while true { jwt.valid(jwt.sign({a: s}, s), s) } }\n"
    "fn guess() { while true { crypto.verify_password(\"a\", "
    "\"$argon2id$v=19$m=8,t=1,p=1"
    "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc\") } }\n"
    "fn swell() { let mut s = \"ab\"\n    while true { s = crypto.hex_encode(s) } }\n"
    "fn swell64() { let mut s = \"ab\"\n    while true { s = crypto.base64_encode(s) } "
    "}\n"
    "fn shared() { let mut x = [1]\n    for i in range(120) { x = [x, x] }\n"
    "    return jwt.sign({x: x}, \"s\") }\n"
    "fn bad_key() { return jwt.valid(\"eyJhbGciOiJFUzI1NiJ9.e30.AA\", \"-----BEGIN "
    "PUBLIC "
    "KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\\n\", {algorithm: \"ES256\"}) }\n"
    "fn taken(b) { let fns = [crypto.sha256, crypto.hex_encode, crypto.base64_encode,\n"
    "        crypto.base64url_encode, crypto.base64_decode, crypto.hex_decode, "
    "jwt.decode]\n"
    "    let mut n = 0\n"
    "    for f in fns { try { f(b)\n n = n + 1 } catch e { } }\n"
    "    if crypto.unsign(crypto.sign(b, b), b) != b { return \"unsign\" }\n"
    "    if !crypto.equal(b, b) { return \"equal\" }\n"
    "    let t = jwt.sign(from_entries([[b, b]]), b)\n"
    "    if !jwt.valid(t, b) || jwt.valid(b, b) { return \"valid\" }\n"
    "    return n }\n";

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

/* What name(a, b) displays, until the fork ends. */
static void expect_call(forge_fork *f, const char *name, const char *a, size_t na,
                        const char *b, size_t nb, const char *want)
{
    forge_value argv[2], v;
    const char *text;
    size_t n;
    assert_int_equal(forge_string(f, a, na, &argv[0]), FORGE_OK);
    assert_int_equal(forge_string(f, b, nb, &argv[1]), FORGE_OK);
    assert_int_equal(forge_call(f, name, argv, 2, &v), FORGE_OK);
    assert_int_equal(forge_display_text(f, v, &text, &n), FORGE_OK);
    assert_int_equal(n, strlen(want));
    assert_memory_equal(text, want, n);
}

/* RFC 4231, cases 3, 4 and 6, whose keys are no text. */
static void keyed_hashes(void **state)
{
    (void)state;
    char key[131], data[50];
    static const char six[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    forge_fork *f = prog_fork(&program);
    memset(key, 0xaa, sizeof key);
    memset(data, 0xdd, sizeof data);
    expect_call(f, "mac256", data, 50, key, 20,
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    expect_call(f, "mac512", data, 50, key, 20,
                "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
                "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb");
    expect_call(f, "mac256", six, sizeof six - 1, key, 131,
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    for (int i = 0; i < 25; i++)
        key[i] = (char)(i + 1);
    memset(data, 0xcd, sizeof data);
    expect_call(f, "mac256", data, 50, key, 25,
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    forge_fork_end(f);
}

/* RFC 7515, A.1: its secret is no text either. */
static void token_of_bytes(void **state)
{
    (void)state;
    static const uint8_t key[] = {
        3,   35,  53, 75,  43,  15, 165, 188, 131, 126, 6,   101, 119, 123, 166, 143,
        90,  179, 40, 230, 240, 84, 201, 40,  169, 15,  132, 178, 210, 80,  46,  191,
        211, 251, 90, 146, 210, 6,  71,  239, 150, 138, 180, 195, 119, 98,  61,  34,
        61,  46,  33, 114, 5,   46, 79,  8,   192, 205, 154, 245, 103, 208, 128, 163
    };
    static const char token[] =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4"
        "MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K"
        "27uhbUJU1p1r_wW1gFWFOEjXk";
    forge_fork *f = prog_fork(&program);
    expect_call(f, "issuer", token, sizeof token - 1, (const char *)key, sizeof key,
                "joe");
    forge_fork_end(f);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    static const char *const texts[] = { "\xff", "a\xe2\x82", "\x80\x80.\xc3.\xff",
                                         "\xed\xa0\x80", "ab\xf0\x9f\x98" };
    forge_fork *f = prog_fork(&program);
    for (size_t i = 0; i < COUNT(texts); i++) {
        forge_value arg, v;
        assert_int_equal(forge_string(f, texts[i], strlen(texts[i]), &arg), FORGE_OK);
        assert_int_equal(forge_call(f, "taken", &arg, 1, &v), FORGE_OK);
        assert_int_equal(forge_kind_of(v), FORGE_INT);
        assert_int_equal(forge_to_int(v), 4);
    }
    forge_fork_end(f);
}

/* What is taken from the host is given back, whichever request fails. */
static void without_memory(void **state)
{
    (void)state;
    static const char *const names[] = { "hash", "token", "wide" };
    for (size_t i = 0; i < COUNT(names); i++)
        for (uint64_t at = 1; at < 12; at++) {
            prog_host counted = { .fail_at = at };
            forge_host host = prog_host_of(&counted);
            forge_fork *f;
            forge_value v;
            if (forge_fork_begin(program.tmpl, &host, NULL, NULL, &f) == FORGE_OK) {
                forge_status s = forge_call(f, names[i], NULL, 0, &v);
                assert_true(s == FORGE_OK || forge_fork_report(f));
                forge_fork_end(f);
            }
            assert_int_equal(counted.blocks, 0);
            assert_int_equal(counted.bytes, 0);
        }
}

/* The kind of the error that ends name() under limits, "" without one. */
static const char *limited(const char *name, const forge_limits *limits)
{
    static char kind[32];
    prog_host counted = { 0 };
    forge_host host = prog_host_of(&counted);
    forge_fork *f;
    forge_value v;
    kind[0] = '\0';
    assert_int_equal(forge_fork_begin(program.tmpl, &host, limits, NULL, &f), FORGE_OK);
    if (forge_call(f, name, NULL, 0, &v) != FORGE_OK)
        snprintf(kind, sizeof kind, "%s", forge_fork_report(f)->kind);
    if (limits->memory)
        assert_true(forge_fork_memory(f) <= limits->memory);
    forge_fork_end(f);
    assert_int_equal(counted.bytes, 0);
    return kind;
}

static void limits_hold(void **state)
{
    (void)state;
    forge_limits fuel = { .fuel = MANY(1000000, 50000) }, wall = { .wall_us = 50000 };
    forge_limits small = { .memory = 4u << 20 }, large = { .memory = 128u << 20 };
    forge_limits garbage = { .memory = 25u << 20 };
    static const char *const endless[] = { "scan", "sign", "guess" };
    for (size_t i = 0; i < COUNT(endless); i++) {
        assert_string_equal(limited(endless[i], &fuel), "LimitError");
        assert_string_equal(limited(endless[i], &wall), "LimitError");
    }
    assert_string_equal(limited("hash", &small), "");
    assert_string_equal(limited("costly", &small), "RuntimeError");
    assert_string_equal(limited("verify", &small), "RuntimeError");
    assert_string_equal(limited("costly", &large), "");
    assert_string_equal(limited("later", &garbage), "");
    assert_string_not_equal(limited("swell", &small), "");
    assert_string_not_equal(limited("swell64", &small), "");
    assert_string_equal(limited("shared", &small), "LimitError");
}

/* What others find in OpenSSL's queue of errors is theirs. */
static void errors_of_others(void **state)
{
    (void)state;
    forge_fork *f = prog_fork(&program);
    ERR_clear_error();
    prog_expect(f, "bad_key", "false");
    prog_expect(f, "token", "true");
    assert_int_equal(ERR_peek_error(), 0);
    ERR_raise(ERR_LIB_USER, ERR_R_MALLOC_FAILURE);
    unsigned long theirs = ERR_peek_last_error();
    prog_expect(f, "bad_key", "false");
    prog_expect(f, "token", "true");
    assert_int_equal(ERR_peek_last_error(), theirs);
    assert_int_equal(ERR_get_error(), theirs);
    assert_int_equal(ERR_get_error(), 0);
    forge_fork_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyed_hashes),
        cmocka_unit_test(token_of_bytes),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(errors_of_others),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
