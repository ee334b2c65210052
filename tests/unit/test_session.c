// SPDX-License-Identifier: Apache-2.0
/* Tests of sessions: what stays from piece to piece, and that nothing else does. */
#include "include/forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef FG_GC_STRESS
#define TURNS 300
#else
#define TURNS 5000
#endif

static forge_session *begin(const forge_limits *limits, const forge_env *env)
{
    forge_session *s = NULL;
    assert_int_equal(forge_session_begin("<test>", NULL, limits, env, NULL, &s),
                     FORGE_OK);
    return s;
}

/* Runs a piece; the display form of its value. */
static const char *run(forge_session *s, const char *source)
{
    static char copy[4096];
    const char *text;
    size_t n;
    forge_value v;
    forge_fork *f = forge_session_fork(s);
    if (forge_session_run(s, source, strlen(source), &v) != FORGE_OK)
        fail_msg("%s: %s", source,
                 forge_fork_report(f) ? forge_fork_report(f)->text : "no report");
    assert_int_equal(forge_display_text(f, v, &text, &n), FORGE_OK);
    assert_true(n < sizeof copy);
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

/* Runs a piece that fails; its report. */
static const forge_report *fails(forge_session *s, const char *source,
                                 forge_status want)
{
    forge_value v = forge_int(1);
    assert_int_equal(forge_session_run(s, source, strlen(source), &v), want);
    assert_int_equal(forge_kind_of(v), FORGE_NULL);
    const forge_report *r = forge_fork_report(forge_session_fork(s));
    assert_non_null(r);
    return r;
}

static void values(void **state)
{
    (void)state;
    forge_session *s = begin(NULL, NULL);
    assert_string_equal(run(s, "let mut x = 1"), "null");
    assert_string_equal(run(s, "x = x + 1"), "null");
    assert_string_equal(run(s, "x"), "2");
    assert_string_equal(run(s, "let y = 5; x + y"), "7");
    assert_string_equal(run(s, "if x > 1 { \"big\" } else { \"small\" }"), "big");
    assert_string_equal(run(s, ""), "null");
    assert_string_equal(run(s, "// nothing"), "null");
    assert_string_equal(run(s, "let x = [1, 2]; x.map(fn(v) { return v * y })"),
                        "[5, 10]");
    assert_string_equal(run(s, "x"), "[1, 2]");
    forge_session_end(s);
}

static void definitions(void **state)
{
    (void)state;
    forge_session *s = begin(NULL, NULL);
    run(s, "fn odd(n) { return if n == 0 { false } else { even(n - 1) } }");
    fails(s, "odd(3)", FORGE_ERROR);
    run(s, "fn even(n) { return if n == 0 { true } else { odd(n - 1) } }");
    assert_string_equal(run(s, "odd(7)"), "true");
    run(s, "fn even(n) { return \"replaced\" }");
    assert_string_equal(run(s, "odd(7)"), "replaced");
    run(s, "struct P { a: Int, b: Int = 4 }");
    run(s, "impl P { fn sum(it) { return it.a + it.b } }");
    run(s, "let p = P { a: 1 }");
    assert_string_equal(run(s, "p.sum()"), "5");
    run(s, "type Color = Red | Green | Blue(Int)");
    run(s,
        "fn name(c) { return match c { Red => \"r\", Green => \"g\", Blue(n) => n } }");
    assert_string_equal(run(s, "name(Green)"), "g");
    assert_string_equal(run(s, "name(Blue(3))"), "3");
    assert_string_equal(run(s, "match Green { Red => 1, Green => 2, Blue(n) => n }"),
                        "2");
    run(s, "fn counter() { let mut n = 0; return fn() { n = n + 1; return n } }");
    run(s, "let next = counter()");
    run(s, "next()");
    assert_string_equal(run(s, "next()"), "2");
    forge_session_end(s);
}

static void failures(void **state)
{
    (void)state;
    forge_session *s = begin(NULL, NULL);
    run(s, "let x = 7\nfn boom(a) {\n    return a / 0\n}");
    const forge_report *r = fails(s, "let y = 1\nboom(4)", FORGE_ERROR);
    assert_string_equal(r->message, "division by zero");
    assert_int_equal(r->place.line, 3);
    assert_non_null(strstr(r->text, "return a / 0"));
    assert_non_null(strstr(r->text, "at boom (line 3, col 12)"));
    assert_non_null(strstr(r->text, "at <main> (line 2, col 1)"));
    assert_string_equal(run(s, "x + y"), "8");
    r = fails(s, "x = 8", FORGE_ERROR);
    assert_non_null(strstr(r->message, "immutable"));
    assert_string_equal(run(s, "x"), "7");
    r = fails(s, "let z = 1\nlet = 2", FORGE_ERROR);
    assert_string_equal(r->kind, "SyntaxError");
    assert_int_equal(r->place.line, 2);
    assert_int_equal(r->end_column, 6);
    assert_string_equal(r->place.file, "<test>");
    r = fails(s, "z", FORGE_ERROR);
    assert_string_equal(r->message, "undefined variable: 'z'");
    r = fails(s, "\"\xff\"", FORGE_ERROR);
    assert_string_equal(r->hint, "save the file as UTF-8");
    r = fails(s, "let w = nothing", FORGE_ERROR);
    fails(s, "w", FORGE_ERROR);
    assert_string_equal(run(s, "let w = 3\nw"), "3");
    assert_int_equal(forge_session_run(s, "exit(3)", 7, NULL), FORGE_EXIT);
    assert_int_equal(forge_exit_code(forge_session_fork(s)), 3);
    assert_string_equal(run(s, "x"), "7");
    assert_int_equal(forge_session_run(s, NULL, 1, NULL), FORGE_USAGE);
    assert_int_equal(forge_session_run(NULL, "1", 1, NULL), FORGE_USAGE);
    assert_int_equal(forge_run(forge_session_fork(s)), FORGE_USAGE);
    forge_session_end(s);
    forge_session_end(NULL);
}

static int turns(void *ctx) { return --*(int *)ctx < 0; }

static void limits_and_cancelling(void **state)
{
    (void)state;
    int left = 3;
    forge_limits limits = { .memory = (size_t)16 << 20 };
    forge_env env = { .poll = turns, .ctx = &left };
    forge_session *s = begin(&limits, &env);
    run(s, "let mut n = 0");
    fails(s, "while true { n = n + 1 }", FORGE_CANCELLED);
    left = 1 << 30;
    assert_true(atoi(run(s, "n")) > 0);
    forge_cancel(forge_session_fork(s)); /* came too late: nothing runs */
    assert_string_equal(run(s, "repeat 100000 times { n = 1 }\nn"), "1");
    run(s, "let mut text = \"abcdefgh\"");
    fails(s, "while true { text = text + text }", FORGE_LIMIT);
    assert_string_equal(run(s, "n"), "1");
    run(s, "text = \"\"");
    assert_string_equal(run(s, "let many = range(0, 100000); len(many)"), "100000");
    fails(s, "fn f(x) { return f(x) + 1 }\nf(0)", FORGE_ERROR);
    assert_string_equal(run(s, "len(many)"), "100000");
    forge_session_end(s);
}

/* What is kept refers to constants, keys and code of many pieces. */
static void memory(void **state)
{
    (void)state;
    forge_session *s = begin(NULL, NULL);
    char piece[256];
    run(s, "let kept = \"a constant\"\nlet part = kept.substring(2, 10)");
    run(s, "let record = { first: 1, second: [\"x\", { third: \"y\" }] }");
    run(s, "let plain = { alone: 1 }");
    run(s, "fn twice(n) { return n + n }");
    run(s, "let lambdas = [fn(n) { return \"{n} items\" }]");
    run(s, "type T = One | Two(Int)\nlet t = [One, Two(5)]");
    run(s,
        "let parsed = json.parse(\"[{{\\\"first\\\": 1}}, {{\\\"zeroth\\\": 2}}]\")");
    size_t most = 0;
    for (int i = 0; i < TURNS; i++) {
        snprintf(piece, sizeof piece,
                 "let again = { k%d: \"text %d\" }\n"
                 "fn changing(x) { return x + %d }\n"
                 "changing(1) + twice(%d)",
                 i, i, i, i);
        forge_value v;
        assert_int_equal(forge_session_run(s, piece, strlen(piece), &v), FORGE_OK);
        assert_int_equal(forge_to_int(v), 1 + 3 * i);
        if (forge_session_code(s) > most)
            most = forge_session_code(s);
    }
    assert_in_range(most, 1, (size_t)1 << 20);
    assert_in_range(forge_fork_memory(forge_session_fork(s)), 0, (size_t)8 << 20);
    assert_string_equal(run(s, "[kept, part, record, lambdas[0](3), twice(4)]"),
                        "[a constant, constant, { \"first\": 1, \"second\": [\"x\", { "
                        "\"third\": \"y\" }] }, 3 items, 8]");
    assert_string_equal(run(s, "match t[1] { One => 0, Two(n) => n }"), "5");
    assert_string_equal(run(s, "plain"), "{ \"alone\": 1 }");
    assert_string_equal(run(s, "parsed"), "[{ \"first\": 1 }, { \"zeroth\": 2 }]");
    forge_session_end(s);
}

/* A large piece goes behind all others, a small one into the gap it leaves. */
static void gaps(void **state)
{
    (void)state;
    forge_session *s = begin(NULL, NULL);
    size_t n = 3000 * 24;
    char *large = malloc(n + 64), *at = large;
    at += sprintf(at, "let big = [");
    for (int i = 0; i < 3000; i++)
        at += sprintf(at, "\"text number %d\",", i);
    sprintf(at, "]\n");
    for (int i = 0; i < 40; i++) {
        run(s, i % 2 ? "let big = 0" : large);
        char piece[64];
        snprintf(piece, sizeof piece, "fn f%d() { return \"f{%d}\" }", i, i);
        run(s, piece);
    }
    run(s, large);
    assert_string_equal(run(s, "[f0(), f39(), len(big), big[2999]]"),
                        "[f0, f39, 3000, text number 2999]");
    free(large);
    forge_session_end(s);
}

static void collect_name(void *ctx, const char *name, forge_value v)
{
    char *text = ctx;
    sprintf(text + strlen(text), "%s:%d ", name, forge_kind_of(v));
}

static void names(void **state)
{
    (void)state;
    char text[256] = "";
    forge_session *s = begin(NULL, NULL);
    run(s, "let b = 1; let a = \"x\"");
    fails(s, "let c = 1 / 0", FORGE_ERROR);
    run(s, "fn f() { return unknown }");
    forge_session_each(s, collect_name, text);
    assert_string_equal(text, "b:2 a:4 f:7 ");
    forge_value v;
    assert_int_equal(forge_call(forge_session_fork(s), "f", NULL, 0, &v), FORGE_ERROR);
    forge_session_end(s);
}

static void incomplete(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int want;
    } cases[] = {
        { "", 0 },           { "say 1", 0 },         { "fn f() {", 1 },
        { "[1,\n2", 1 },     { "f(\n", 1 },          { "f(1)", 0 },
        { "}", 0 },          { "} {", 0 },           { "say \"\"\"a\nb", 1 },
        { "say \"{", 0 },    { "\"\"\"a\"\"\"", 0 }, { "/* x", 1 },
        { "// {", 0 },       { "\"{[1, 2]}\"", 0 },  { "say \"(\"", 0 },
        { "let x = #{", 0 }, { "{ /* } */", 1 },     { "say 'it{'", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (forge_session_incomplete(cases[i].text, strlen(cases[i].text))
            != cases[i].want)
            fail_msg("%s", cases[i].text);
    assert_int_equal(forge_session_incomplete(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),   cmocka_unit_test(definitions),
        cmocka_unit_test(failures), cmocka_unit_test(limits_and_cancelling),
        cmocka_unit_test(memory),   cmocka_unit_test(gaps),
        cmocka_unit_test(names),    cmocka_unit_test(incomplete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
