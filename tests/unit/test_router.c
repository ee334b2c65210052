// SPDX-License-Identifier: Apache-2.0
/* mod_forge's plain parts: router, query strings, coercion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../mod_forge/bind.c"
#include "../../mod_forge/router.c"

/* ---- router ---------------------------------------------------------------------- */

static const mf_route routes[] = {
    { "get", "/", "a.fg", 1, 1 },
    { "get", "/one", "a.fg", 2, 1 },
    { "post", "/one", "a.fg", 3, 1 },
    { "get", "/shelf/:isbn", "a.fg", 4, 1 },
    { "get", "/shelf/special", "a.fg", 5, 1 },
    { "get", "/shelf/:isbn/page/:page", "a.fg", 6, 1 },
    { "get", "/files/*rest", "a.fg", 7, 1 },
    { "put", "/files/:one", "a.fg", 8, 1 },
    { "test", "no path at all", "a.fg", 9, 1 },
    { "get", "/slash/", "a.fg", 10, 1 },
    { "patch", "/shelf/special/x", "a.fg", 11, 1 },
};

typedef struct found {
    int ok;
    char buffer[4096];
    mf_match match;
} found;

static int setup(void **state)
{
    mf_router_error e;
    *state = mf_router_new(routes, sizeof routes / sizeof *routes, &e);
    return *state == NULL;
}

static int teardown(void **state)
{
    mf_router_free(*state);
    return 0;
}

static const found *look(void **state, const char *path)
{
    static found f;
    memset(&f, 0, sizeof f);
    f.ok = mf_router_match(*state, path, strlen(path), f.buffer, &f.match);
    return &f;
}

static void expect(void **state, const char *path, mf_method method, int route)
{
    const found *f = look(state, path);
    assert_true(f->ok);
    assert_int_equal(f->match.route[method], route);
}

static void expect_capture(const found *f, uint32_t i, const char *name,
                           const char *text)
{
    assert_true(f->ok && i < f->match.ncaptures);
    const mf_capture *c = &f->match.captures[i];
    assert_int_equal(c->name_len, strlen(name));
    assert_memory_equal(c->name, name, c->name_len);
    assert_int_equal(c->n, strlen(text));
    assert_memory_equal(c->text, text, c->n);
}

static void test_literals(void **state)
{
    expect(state, "/", MF_GET, 0);
    expect(state, "/one", MF_GET, 1);
    expect(state, "/one", MF_POST, 2);
    expect(state, "/one", MF_PUT, -1);
    expect(state, "/slash/", MF_GET, 9);
    expect(state, "/%6fne", MF_GET, 1);
}

static void test_nothing_there(void **state)
{
    static const char *const paths[] = {
        "",        "one",
        "/One",    "/one/",
        "//one",   "/two",
        "/shelf/", "/files",
        "/files/", "/shelf/a/page",
        "/slash",  "/shelf/a/page/",
        "/one%2F", "/no path at all",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (look(state, paths[i])->ok)
            fail_msg("'%s' matches", paths[i]);
}

static void test_captures(void **state)
{
    expect(state, "/shelf/special", MF_GET, 4);
    expect_capture(look(state, "/shelf/9780"), 0, "isbn", "9780");
    expect_capture(look(state, "/shelf/a%20b"), 0, "isbn", "a b");
    expect_capture(look(state, "/shelf/a+b"), 0, "isbn", "a+b");
    expect_capture(look(state, "/shelf/a%2Fb"), 0, "isbn", "a/b");
    expect_capture(look(state, "/shelf/%2541"), 0, "isbn", "%41");
    expect_capture(look(state, "/shelf/x%zz%4"), 0, "isbn", "x%zz%4");
    expect_capture(look(state, "/shelf/a/page/b"), 1, "page", "b");
    /* The literal child has no such child: back to the capture. */
    expect_capture(look(state, "/shelf/special/page/2"), 0, "isbn", "special");
}

static void test_wildcard(void **state)
{
    expect_capture(look(state, "/files/a/b%2Fc/d.txt"), 0, "rest", "a/b/c/d.txt");
    expect_capture(look(state, "/files/a/"), 0, "rest", "a/");
    expect_capture(look(state, "/files//x"), 0, "rest", "/x");
    /* One segment is the capture's, whatever the method. */
    expect(state, "/files/a", MF_PUT, 7);
    expect(state, "/files/a", MF_GET, -1);
}

static void test_allow(void **state)
{
    char allow[MF_ALLOW_SIZE];
    mf_match_allow(&look(state, "/one")->match, allow);
    assert_string_equal(allow, "GET,HEAD,POST");
    mf_match_allow(&look(state, "/shelf/special/x")->match, allow);
    assert_string_equal(allow, "PATCH");
    mf_match all = { .route = { 0 } };
    mf_match_allow(&all, allow);
    assert_string_equal(allow, "GET,HEAD,POST,PUT,DELETE,PATCH,OPTIONS");
    mf_match head = { .route = { -1, 0, -1, -1, -1, 0, -1 } };
    mf_match_allow(&head, allow);
    assert_string_equal(allow, "POST,HEAD");
}

static void test_long_paths(void **state)
{
    char path[4096];
    memset(path, '/', sizeof path);
    memcpy(path, "/files", 6);
    path[sizeof path - 1] = '\0';
    assert_false(look(state, path)->ok);
    memset(path + 7, 'x', sizeof path - 8);
    assert_true(look(state, path)->ok);
}

/* Builds two routes and expects a refusal that names both places. */
static void refuse(const char *first, const char *second, const char *say)
{
    mf_route two[] = { { "get", first, "a.fg", 3, 1 },
                       { "get", second, "b.fg", 8, 1 } };
    mf_router_error e;
    mf_router *r = mf_router_new(two, 2, &e);
    assert_null(r);
    assert_non_null(strstr(e.message, say));
    assert_int_equal(e.route, 1);
}

static void test_conflicts(void **state)
{
    (void)state;
    refuse("/p", "/p", "already declared as \"/p\" at a.fg:3:1");
    refuse("/u/:id", "/u/:name", "\"/u/:id\" at a.fg:3:1 names 'id'");
    refuse("/u/:id/x", "/u/:name/y", "at a.fg:3:1");
    refuse("/f/*all", "/f/*rest", "at a.fg:3:1");
    refuse("/", "", "must begin with '/'");
    refuse("/", "x", "must begin with '/'");
    refuse("/", "/*rest/x", "must be the last segment");
    refuse("/", "/*rest/", "must be the last segment");
    refuse("/", "/a/:", "needs a name");
    refuse("/", "/a/*", "needs a name");
    refuse("/", "/:a/:a", "two captures 'a'");
}

static void test_same_shape_is_fine(void **state)
{
    (void)state;
    mf_route fine[] = { { "get", "/u/:id", "a.fg", 1, 1 },
                        { "post", "/u/:id", "a.fg", 2, 1 },
                        { "get", "/u/*rest", "a.fg", 3, 1 },
                        { "middleware", "/u/:other", "a.fg", 4, 1 } };
    mf_router_error e;
    mf_router *r = mf_router_new(fine, 4, &e);
    assert_non_null(r);
    mf_router_free(r);
}

/* ---- query ----------------------------------------------------------------------- */

static void *take(void *ctx, size_t n)
{
    (void)ctx;
    return test_malloc(n ? n : 1);
}

static const mf_memory memory = { take, NULL };

static void drop_query(mf_query *q)
{
    for (uint32_t i = 0; i < q->count; i++) {
        test_free((void *)q->pairs[i].key);
        test_free((void *)q->pairs[i].value);
    }
    test_free(q->pairs);
}

static void expect_query(const char *text, uint32_t count, const char *key,
                         const char *value)
{
    mf_query q;
    assert_true(mf_query_parse(text, &memory, &q));
    assert_int_equal(q.count, count);
    if (key)
        assert_string_equal(find_pair(&q, key)->value, value);
    if (q.pairs)
        drop_query(&q);
}

static void test_query(void **state)
{
    (void)state;
    expect_query(NULL, 0, NULL, NULL);
    expect_query("", 0, NULL, NULL);
    expect_query("&&", 0, NULL, NULL);
    expect_query("a=1", 1, "a", "1");
    expect_query("a=1&b=2&a=3", 3, "a", "3");
    expect_query("&a=1&&b=2&", 2, "b", "2");
    expect_query("a", 1, "a", "");
    expect_query("a=", 1, "a", "");
    expect_query("=x", 1, "", "x");
    expect_query("a=b=c", 1, "a", "b=c");
    expect_query("a=x+y%20z%2B", 1, "a", "x y z+");
    expect_query("a+b%3D=1", 1, "a b=", "1");
    expect_query("a=%zz%4", 1, "a", "%zz%4");
}

static void test_query_limit(void **state)
{
    (void)state;
    char text[2 * (MF_MAX_QUERY + 1) + 1];
    mf_query q;
    for (int i = 0; i <= MF_MAX_QUERY; i++)
        memcpy(text + 2 * i, "k&", 2);
    text[2 * MF_MAX_QUERY] = '\0';
    expect_query(text, MF_MAX_QUERY, "k", "");
    text[2 * MF_MAX_QUERY] = 'k';
    text[2 * MF_MAX_QUERY + 1] = '\0';
    assert_false(mf_query_parse(text, &memory, &q));
}

static void expect_repair(const char *text, const char *good)
{
    char out[64];
    size_t n = mf_utf8_repair(text, strlen(text), out);
    assert_int_equal(n, strlen(good));
    assert_memory_equal(out, good, n);
    assert_int_equal(mf_utf8_valid(text, strlen(text)), strcmp(text, good) == 0);
}

static void test_utf8(void **state)
{
    (void)state;
    expect_repair("plain", "plain");
    expect_repair("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
                  "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");
    expect_repair("a\xff"
                  "b",
                  "a\xef\xbf\xbd"
                  "b");
    expect_repair("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");
    expect_repair("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    expect_repair("\xc3", "\xef\xbf\xbd");
    expect_repair("\xf4\x90\x80\x80",
                  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

/* ---- coercion -------------------------------------------------------------------- */

static void test_int(void **state)
{
    (void)state;
    int64_t i;
    static const char *const bad[] = { "",
                                       "-",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1.5",
                                       "0x1",
                                       "1e3",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "99999999999999999999" };
    assert_true(mf_parse_int("0", 1, &i) && i == 0);
    assert_true(mf_parse_int("-42", 3, &i) && i == -42);
    assert_true(mf_parse_int("9223372036854775807", 19, &i) && i == INT64_MAX);
    assert_true(mf_parse_int("-9223372036854775808", 20, &i) && i == INT64_MIN);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        if (mf_parse_int(bad[k], strlen(bad[k]), &i))
            fail_msg("'%s' is an Int", bad[k]);
}

static void test_float(void **state)
{
    (void)state;
    double d;
    static const char *const bad[] = { "",      "-",   ".",     "1.", ".5",
                                       "nan",   "inf", "0x1p3", "1e", "1e+",
                                       "1e999", "1,5", "two",   "1 " };
    assert_true(mf_parse_float("2.5", 3, &d) && d == 2.5);
    assert_true(mf_parse_float("-3", 2, &d) && d == -3.0);
    assert_true(mf_parse_float("1e3", 3, &d) && d == 1000.0);
    assert_true(mf_parse_float("1.5E-1", 6, &d) && d == 0.15);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        if (mf_parse_float(bad[k], strlen(bad[k]), &d))
            fail_msg("'%s' is a Float", bad[k]);
}

static void test_bool(void **state)
{
    (void)state;
    int b;
    assert_true(mf_parse_bool("true", 4, &b) && b == 1);
    assert_true(mf_parse_bool("1", 1, &b) && b == 1);
    assert_true(mf_parse_bool("false", 5, &b) && b == 0);
    assert_true(mf_parse_bool("0", 1, &b) && b == 0);
    assert_false(mf_parse_bool("", 0, &b));
    assert_false(mf_parse_bool("TRUE", 4, &b));
    assert_false(mf_parse_bool("perhaps", 7, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_literals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_captures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wildcard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_allow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_paths, setup, teardown),
        cmocka_unit_test(test_conflicts),
        cmocka_unit_test(test_same_shape_is_fine),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_query_limit),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_int),
        cmocka_unit_test(test_float),
        cmocka_unit_test(test_bool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
