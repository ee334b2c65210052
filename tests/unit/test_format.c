// SPDX-License-Identifier: Apache-2.0
/* The formatter, one rule at a time; whole texts are in tests/format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "front/dump.h"
#include "front/format.h"
#include "front/parse.h"

/* The tree of a text that parses, as text. */
static void dump(fg_slice source, fg_bytes *out)
{
    fg_arena arena;
    fg_diag d;
    fg_node *tree;

    fg_arena_init(&arena, 0);
    if (fg_parse(&arena, source, &tree, &d) != FG_OK)
        fail_msg("%.*s: %s", (int)source.n, source.p, d.message);
    fg_dump(out, tree, false);
    fg_arena_drop(&arena);
}

static void same_tree(fg_slice a, fg_slice b)
{
    fg_bytes left, right;

    fg_bytes_init(&left);
    fg_bytes_init(&right);
    dump(a, &left);
    dump(b, &right);
    assert_true(fg_slice_eq(fg_bytes_view(&left), fg_bytes_view(&right)));
    fg_bytes_drop(&left);
    fg_bytes_drop(&right);
}

/* The source becomes the expected text, which is the same program and stays as it is. */
static void gives(const char *source, const char *expected)
{
    fg_slice text = fg_slice_str(source), wanted = fg_slice_str(expected);
    fg_bytes out;
    fg_diag d;

    fg_bytes_init(&out);
    if (fg_format(text, &out, &d) != FG_OK)
        fail_msg("%s: %s", source, d.message);
    fg_bytes_char(&out, 0);
    assert_string_equal(out.p, expected);
    same_tree(text, wanted);
    assert_int_equal(fg_format_same(text, wanted), FG_OK);
    out.n = 0;
    assert_int_equal(fg_format(wanted, &out, &d), FG_OK);
    assert_true(fg_slice_eq(fg_bytes_view(&out), wanted));
    fg_bytes_drop(&out);
}

/* ---- Blanks ---------------------------------------------------------------------- */

static void test_minus(void **state)
{
    (void)state;
    gives("a-1", "a - 1\n");
    gives("a- -1", "a - -1\n");
    gives("say - 1", "say -1\n");
    gives("( - a)", "(-a)\n");
    gives("((-a))-b", "((-a)) - b\n");
    gives("f(1,- 1)", "f(1, -1)\n");
    gives("match a { - 1=>b }", "match a { -1 => b }\n");
    gives("\"{-  1}\" - 1", "\"{-  1}\" - 1\n");
}

static void test_angles(void **state)
{
    (void)state;
    gives("let a:M < A,B >=c", "let a: M<A, B> = c\n");
    gives("let a: A<B<C> > = d", "let a: A<B<C>> = d\n");
    gives("let a: A<B<C>>=d>=e", "let a: A<B<C>> = d >= e\n");
    gives("fn f < T > ( a:T ) { }", "fn f<T>(a: T) {}\n");
    gives("a<b>c", "a < b > c\n");
}

static void test_questions(void **state)
{
    (void)state;
    gives("f() ? .a ?", "f()?.a?\n");
    gives("let a:? [ ? T ] = b ?", "let a: ?[?T] = b?\n");
}

static void test_parentheses(void **state)
{
    (void)state;
    gives("f (a) (b) [c]", "f(a)(b)[c]\n");
    gives("if(a){b}", "if (a) { b }\n");
    gives("say(a) say (a)", "say(a) say (a)\n");
    gives("x = (fn (a) {a})(1)", "x = (fn(a) { a })(1)\n");
    gives("not (a)", "not (a)\n");
    gives("not(a)", "not(a)\n");
    gives("not [a]", "not [a]\n");
}

/* ---- Lines ----------------------------------------------------------------------- */

static void test_indentation(void **state)
{
    (void)state;
    gives("f({\na: [\n1\n]\n})", "f({\n    a: [\n        1\n    ]\n})\n");
    gives("x = a +\nb", "x = a +\n    b\n");
    gives("x = (a +\nb)", "x = (a +\n    b)\n");
    gives("f(\na +\nb)", "f(\n    a +\n        b)\n");
    gives("a\n.b()\n\t.c {\nd\n}", "a\n    .b()\n    .c {\n        d\n    }\n");
    gives("if a ||\nb {\nc\n}", "if a ||\n    b {\n    c\n}\n");
}

static void test_blank_lines(void **state)
{
    (void)state;
    gives("\n\na\n\n\n\nb\n\n", "a\n\nb\n");
    gives("{\n\na\n\n}", "{\n    a\n}\n");
    gives("\n \n", "");
    gives("", "");
}

static void test_semicolons(void **state)
{
    (void)state;
    gives("a;b;", "a\nb\n");
    gives("{a;b;}", "{ a; b }\n");
    gives("{\na;;b;\n}", "{\n    a\n    b\n}\n");
    gives("{;}", "{}\n");
    gives("a; /* c */ b", "a\n/* c */ b\n");
    gives("[a /* c */ ; b]", "[a; /* c */ b]\n");
}

/* `or` is a name only where the text ends. */
static void test_last_word(void **state)
{
    (void)state;
    gives("let or = 1\nsay 1 or", "let or = 1\nsay 1 or");
    gives("say 1 and // c", "say 1 and // c");
    gives("say 1\nor;", "say 1\nor\n");
}

/* ---- What is kept ---------------------------------------------------------------- */

static void test_comments(void **state)
{
    (void)state;
    gives("a// b  \n//c\t\n", "a // b\n//c\n");
    gives("f(/*a*/b/*c*/,d)", "f(/*a*/ b /*c*/, d)\n");
    gives("{\n/* a\n b */\n}", "{\n    /* a\n     b */\n}\n");
    gives("   /* a\n      b */", "/* a\n   b */\n");
    gives("a - /* b\n  c */ d", "a - /* b\n  c */ d\n");
    gives("#! /usr/bin/forge \na", "#! /usr/bin/forge\na\n");
}

static void test_spelling(void **state)
{
    (void)state;
    gives("say 'a'+\"{ b }\"+0x1F", "say 'a' + \"{ b }\" + 0x1F\n");
    gives("say \"\"\" a\r\n  b \"\"\"", "say \"\"\" a\r\n  b \"\"\"\n");
    gives("\xef\xbb\xbf"
          "a\r\nb\r\n",
          "a\nb\n");
}

/* ---- Failures and size ----------------------------------------------------------- */

static void test_errors(void **state)
{
    fg_bytes out;
    fg_diag d;

    (void)state;
    fg_bytes_init(&out);
    assert_int_equal(fg_format(FG_SLICE("say (1"), &out, &d), FG_RAISED);
    assert_non_null(strstr(d.message, "expected RParen"));
    assert_int_equal(fg_format(FG_SLICE("say '\xff'"), &out, &d), FG_RAISED);
    out.max = 8;
    assert_int_equal(fg_format(FG_SLICE("say 1 + 1 + 1"), &out, &d), FG_NOMEM);
    fg_bytes_drop(&out);
}

static void test_same(void **state)
{
    (void)state;
    assert_int_equal(fg_format_same(FG_SLICE("a+b"), FG_SLICE("a  +\n\nb")), FG_OK);
    assert_int_equal(fg_format_same(FG_SLICE("a+b"), FG_SLICE("a-b")), FG_RAISED);
    assert_int_equal(fg_format_same(FG_SLICE("a+b"), FG_SLICE("a+c")), FG_RAISED);
    assert_int_equal(fg_format_same(FG_SLICE("a"), FG_SLICE("a b")), FG_RAISED);
    assert_int_equal(fg_format_same(FG_SLICE("(a)"), FG_SLICE("a")), FG_RAISED);
    assert_int_equal(fg_format_same(FG_SLICE("1"), FG_SLICE("2")), FG_RAISED);
    assert_int_equal(fg_format_same(FG_SLICE("return 1"), FG_SLICE("return\n1")),
                     FG_RAISED);
    assert_int_equal(fg_format_same(FG_SLICE("a"), FG_SLICE("(")), FG_RAISED);
}

/* A row of operators or fields makes a tree as deep as the row is long. */
static void test_long_rows(void **state)
{
    enum { N = 200000 };
    fg_bytes source, out;
    fg_diag d;

    (void)state;
    fg_bytes_init(&source);
    fg_bytes_init(&out);
    fg_bytes_str(&source, "x=a");
    for (int i = 0; i < N; i++)
        fg_bytes_str(&source, i % 2 ? "+b" : " .c");
    assert_int_equal(fg_format(fg_bytes_view(&source), &out, &d), FG_OK);
    assert_int_equal(out.n, source.n + 3 + N / 2);
    assert_int_equal(fg_format_same(fg_bytes_view(&source), fg_bytes_view(&out)),
                     FG_OK);
    fg_bytes_drop(&source);
    fg_bytes_drop(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minus),       cmocka_unit_test(test_angles),
        cmocka_unit_test(test_questions),   cmocka_unit_test(test_parentheses),
        cmocka_unit_test(test_indentation), cmocka_unit_test(test_blank_lines),
        cmocka_unit_test(test_semicolons),  cmocka_unit_test(test_last_word),
        cmocka_unit_test(test_comments),    cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_errors),      cmocka_unit_test(test_same),
        cmocka_unit_test(test_long_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
