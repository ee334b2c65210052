// SPDX-License-Identifier: Apache-2.0
/* Strings and their interpolations, spans, error texts and places, limits, and the framed
 * report. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "front/diag.h"
#include "front/dump.h"
#include "front/lex.h"
#include "front/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- helpers ----------------------------------------------------------------------- */

/* The single statement of a program, dumped with its spans. */
static void spans(const char *source, const char *expected)
{
    fg_arena arena;
    fg_bytes text;
    fg_diag d;
    fg_node *program;

    fg_arena_init(&arena, 0);
    fg_bytes_init(&text);
    if (fg_parse(&arena, fg_slice_str(source), &program, &d) != FG_OK)
        fail_msg("%s: %s", source, d.message);
    assert_int_equal(program->list.n, 1);
    fg_dump(&text, program->list.at[0], true);
    fg_bytes_char(&text, 0);
    assert_string_equal(text.p, expected);
    fg_bytes_drop(&text);
    fg_arena_drop(&arena);
}

/* The program is one string literal with this text. */
static void string(const char *source, fg_slice expected)
{
    fg_arena arena;
    fg_diag d;
    fg_node *program;

    fg_arena_init(&arena, 0);
    if (fg_parse(&arena, fg_slice_str(source), &program, &d) != FG_OK)
        fail_msg("%s: %s", source, d.message);
    assert_int_equal(program->list.n, 1);
    assert_int_equal(program->list.at[0]->kind, FG_N_STRING);
    assert_int_equal(program->list.at[0]->name.n, expected.n);
    assert_memory_equal(program->list.at[0]->name.p, expected.p, expected.n);
    fg_arena_drop(&arena);
}

/* The program fails with this message at `start`, where `span` is underlined; the hint
 * contains `hint`. */
static void error_of(fg_slice source, uint32_t start, const char *span,
                     const char *message, const char *hint)
{
    fg_arena arena;
    fg_diag d;
    fg_node *program;
    char got[128];

    fg_arena_init(&arena, 0);
    assert_int_equal(fg_parse(&arena, source, &program, &d), FG_RAISED);
    assert_null(program);
    assert_string_equal(d.message, message);
    assert_int_equal(d.start, start);
    assert_true(d.start <= d.end && d.end <= source.n);
    snprintf(got, sizeof got, "%.*s", (int)(d.end - d.start), source.p + d.start);
    assert_string_equal(got, span);
    if (!strstr(d.hint, hint))
        fail_msg("hint '%s' lacks '%s'", d.hint, hint);
    fg_arena_drop(&arena);
}

static void error(const char *source, uint32_t start, const char *span,
                  const char *message)
{
    error_of(fg_slice_str(source), start, span, message, "");
}

static void hint(const char *source, const char *expected)
{
    fg_arena arena;
    fg_diag d;
    fg_node *program;

    fg_arena_init(&arena, 0);
    assert_int_equal(fg_parse(&arena, fg_slice_str(source), &program, &d), FG_RAISED);
    if (!strstr(d.hint, expected))
        fail_msg("%s: %s: hint '%s' lacks '%s'", source, d.message, d.hint, expected);
    fg_arena_drop(&arena);
}

/* ---- strings ----------------------------------------------------------------------- */

static void test_escapes(void **state)
{
    (void)state;
    string("\"a\\tb\\\\c\\\"d\\n\\r\"", FG_SLICE("a\tb\\c\"d\n\r"));
    string("\"\\0\\u{41}\\u{1F600}\"", FG_SLICE("\0A\xf0\x9f\x98\x80"));
    string("\"\\{a\\}\"", FG_SLICE("{a}"));
    string("\"\"", FG_SLICE(""));
}

static void test_lone_braces(void **state)
{
    (void)state;
    string("\"{\"", FG_SLICE("{"));
    string("\"}\"", FG_SLICE("}"));
    string("\"a { b\"", FG_SLICE("a { b"));
    string("\"\\{ }\"", FG_SLICE("{ }"));
}

static void test_single_quotes(void **state)
{
    (void)state;
    string("'a {b} \"c\" \\'d\\' \\n'", FG_SLICE("a {b} \"c\" 'd' \n"));
}

static void test_raw(void **state)
{
    (void)state;
    string("\"\"\"x {b} \\n \"q\" y\"\"\"", FG_SLICE("x {b} \\n \"q\" y"));
    string("\"\"\"\none\n  two\n\"\"\"", FG_SLICE("one\n  two\n"));
    string("\"\"\"\r\none\"\"\"", FG_SLICE("one"));
    string("\"\"\"\"\"\"", FG_SLICE(""));
}

static void test_interpolation(void **state)
{
    (void)state;
    spans("\"a{ n + 1 }b{c}\"", "INTERP [0,16)\n"
                                "  - STRING 'a' [1,2)\n"
                                "  - BINARY ADD [4,9)\n"
                                "    a: NAME 'n' [4,5)\n"
                                "    b: INT 1 [8,9)\n"
                                "  - STRING 'b' [11,12)\n"
                                "  - NAME 'c' [13,14)\n");
    spans("\"{{k: 1}}\"", "INTERP [0,10)\n"
                          "  - OBJECT [2,8)\n"
                          "    - ENTRY 'k' [3,7)\n"
                          "      a: INT 1 [6,7)\n");
}

/* Plain quotes inside of an interpolation. */
static void test_nested_quotes(void **state)
{
    (void)state;
    spans("\"{f(\"x\", o[\"}\"])}\"", "INTERP [0,18)\n"
                                      "  - CALL [2,16)\n"
                                      "    a: NAME 'f' [2,3)\n"
                                      "    - STRING 'x' [4,7)\n"
                                      "    - INDEX [9,15)\n"
                                      "      a: NAME 'o' [9,10)\n"
                                      "      b: STRING '}' [11,14)\n");
    spans("\"{a + \"{b(\"\\n\")}\"}\"", "INTERP [0,19)\n"
                                        "  - BINARY ADD [2,17)\n"
                                        "    a: NAME 'a' [2,3)\n"
                                        "    b: INTERP [6,17)\n"
                                        "      - CALL [8,15)\n"
                                        "        a: NAME 'b' [8,9)\n"
                                        "        - STRING '\\x0a' [10,14)\n");
    spans("\"{\"=\" * 4}\"", "INTERP [0,11)\n"
                             "  - BINARY MUL [2,9)\n"
                             "    a: STRING '=' [2,5)\n"
                             "    b: INT 4 [8,9)\n");
}

/* Escaped quotes inside of an interpolation: the spans stay those of the source. */
static void test_escaped_quotes(void **state)
{
    (void)state;
    spans("\"{len(\\\"abc\\\")}\"", "INTERP [0,16)\n"
                                    "  - CALL [2,14)\n"
                                    "    a: NAME 'len' [2,5)\n"
                                    "    - STRING 'abc' [6,13)\n");
    spans("\"{f(\\\"a{g(\\\\\\\"}\\\\\\\")}\\\")}\"", "INTERP [0,26)\n"
                                                      "  - CALL [2,24)\n"
                                                      "    a: NAME 'f' [2,3)\n"
                                                      "    - INTERP [4,23)\n"
                                                      "      - STRING 'a' [6,7)\n"
                                                      "      - CALL [8,20)\n"
                                                      "        a: NAME 'g' [8,9)\n"
                                                      "        - STRING '}' [10,19)\n");
    spans("\"{f(\\\"a\\n\\{b\\}\\\")}\"", "INTERP [0,19)\n"
                                          "  - CALL [2,17)\n"
                                          "    a: NAME 'f' [2,3)\n"
                                          "    - STRING 'a\\x0a{b}' [4,16)\n");
}

/* Texts with braces that only look like interpolations. */
static void test_braces_by_concatenation(void **state)
{
    (void)state;
    spans("\"{\" + x + \"}\"", "BINARY ADD [0,13)\n"
                               "  a: BINARY ADD [0,7)\n"
                               "    a: STRING '{' [0,3)\n"
                               "    b: NAME 'x' [6,7)\n"
                               "  b: STRING '}' [10,13)\n");
    spans("f(\"{\", \"}\")", "CALL [0,11)\n"
                             "  a: NAME 'f' [0,1)\n"
                             "  - STRING '{' [2,5)\n"
                             "  - STRING '}' [7,10)\n");
    spans("\"{k: \" + v + \"}\"", "BINARY ADD [0,16)\n"
                                  "  a: BINARY ADD [0,10)\n"
                                  "    a: STRING '{k: ' [0,6)\n"
                                  "    b: NAME 'v' [9,10)\n"
                                  "  b: STRING '}' [13,16)\n");
}

/* ---- spans ------------------------------------------------------------------------- */

static void test_spans(void **state)
{
    (void)state;
    spans("  (a + b).f( 1 )  ", "CALL [2,16)\n"
                                "  a: FIELD 'f' [2,11)\n"
                                "    a: BINARY ADD () [2,9)\n"
                                "      a: NAME 'a' [3,4)\n"
                                "      b: NAME 'b' [7,8)\n"
                                "  - INT 1 [13,14)\n");
    spans("if a {\n} else if b { }\n", "IF [0,22)\n"
                                       "  a: NAME 'a' [3,4)\n"
                                       "  b: BLOCK [5,8)\n"
                                       "  c: IF [14,22)\n"
                                       "    a: NAME 'b' [17,18)\n"
                                       "    b: BLOCK [19,22)\n");
    spans("say x unless y", "IF [0,14)\n"
                            "  a: UNARY NOT [13,14)\n"
                            "    a: NAME 'y' [13,14)\n"
                            "  b: BLOCK [0,5)\n"
                            "    - OUTPUT SAY [0,5)\n"
                            "      a: NAME 'x' [4,5)\n");
}

/* ---- errors ------------------------------------------------------------------------ */

static void test_lex_errors(void **state)
{
    (void)state;
    error("say \"a", 4, "\"a", "unterminated string");
    error("say 'a", 4, "'a", "unterminated string");
    error("say \"a\nb\"", 4, "\"a", "unterminated string (newline in string literal)");
    error("\"\"\"a", 0, "\"\"\"", "unterminated triple-quoted string");
    error("a /* b", 2, "/*", "unterminated comment");
    error("say \"a\\qb\"", 6, "\\q", "unknown escape: \\q");
    error("say \"\\u{D800}\"", 5, "\\u", "unknown escape: \\u");
    error("9223372036854775808", 0, "9223372036854775808", "invalid integer literal");
    error("0xfffffffffffffffff", 0, "0xfffffffffffffffff", "invalid integer literal");
    error("let \xc3\xa9"
          "a = 4",
          4, "\xc3\xa9", "unexpected character: '\xc3\xa9'");
    error("a ^ b", 2, "^", "unexpected character: '^'");
    error("a\f", 1, "\f", "unexpected character: '\\u{c}'");
}

static void test_empty(void **state)
{
    fg_arena arena;
    fg_diag d;
    fg_node *program;

    (void)state;
    fg_arena_init(&arena, 0);
    assert_int_equal(fg_parse(&arena, (fg_slice){ NULL, 0 }, &program, &d), FG_OK);
    assert_int_equal(program->list.n, 0);
    fg_arena_drop(&arena);
}

/* Long texts in messages are cut between characters and at newlines. */
static void test_cut(void **state)
{
    fg_diag d;

    (void)state;
    assert_int_equal(fg_diag_fit(FG_SLICE("a\xc3\xa9"), 2), 1);
    assert_int_equal(fg_diag_fit(FG_SLICE("a\xc3\xa9"), 3), 3);
    assert_int_equal(fg_diag_fit(FG_SLICE("a\nb"), 3), 1);
    fg_diag_set(&d, 2, 1, "%0509d\xe2\x82\xac", 0);
    assert_int_equal(strlen(d.message), 509);
    assert_int_equal(d.end, 2);
    error("let a \"\"\"x\ny\"\"\"", 6, "\"\"\"x\ny\"\"\"",
          "expected Eq, got RawStringLit(\"x\")");
}

static void test_bad_bytes(void **state)
{
    (void)state;
    error_of(FG_SLICE("a\0b"), 1, "", "unexpected character: '\\u{0}'", "");
    error_of(FG_SLICE("say \"\xff\""), 5, "\xff", "invalid UTF-8", "");
    error_of(FG_SLICE("// \xc3"), 3, "\xc3", "invalid UTF-8", "");
    error_of(FG_SLICE("\xef\xbf\xbd"), 0, "\xef\xbf\xbd",
             "unexpected character: '\xef\xbf\xbd'", "");
}

static void test_interpolation_errors(void **state)
{
    (void)state;
    error("say \"{}\"", 5, "{}", "empty interpolation expression");
    error("say \"a } b { c\"", 7, "}", "unexpected '}' in string literal");
    error("\"{a} {\"", 5, "{", "unterminated interpolation expression");
    error("\"{1 +}\"", 5, "",
          "invalid interpolation expression '{1 +}': unexpected token: Eof");
    error("\"{a b}\"", 4, "b",
          "invalid interpolation expression '{a b}': trailing tokens");
    error("\"{f(\\\"x\\\", #)}\"", 11, "#",
          "invalid interpolation expression '{f(\\\"x\\\", #)}': unexpected character: "
          "'#'");
}

static void test_parse_errors(void **state)
{
    (void)state;
    error("let if = 1", 4, "if", "expected identifier, got If");
    error("o.let", 2, "let", "expected identifier, got Let");
    error("say \"a\", 2", 7, ",", "unexpected token: Comma");
    error("let f = (x) => x", 12, "=>", "unexpected token: FatArrow");
    error("if a\n\nb", 4, "\n", "expected LBrace, got Newline");
    error("5.\n", 2, "\n", "expected identifier, got Newline");
    error("let a \"x\"", 6, "\"x\"", "expected Eq, got StringLit(\"x\")");
    error("let a 1.5", 6, "1.5", "expected Eq, got Float(1.5)");
    error("let a 'x'", 6, "'x'", "expected Eq, got StringLit(\"x\")");
    error("let a \"\"\"x\"\"\"", 6, "\"\"\"x\"\"\"",
          "expected Eq, got RawStringLit(\"x\")");
    error("for x y", 6, "y", "expected In, got Ident(\"y\")");
    error("let a: fn", 7, "fn", "expected type, got Fn");
    error("match x { [1] => 2 }", 10, "[", "expected pattern, got LBracket");
    error("match x { 1 2 }", 12, "2", "expected FatArrow, got Int(2)");
    error("let a = ...b", 8, "...", "unexpected token: DotDotDot");
    error("xs where a + 1", 11, "+", "expected comparison operator, got Plus");
    error("import { a } from b", 18, "b", "expected string, got Ident(\"b\")");
    error("agent a() { x: 1 }", 12, "x",
          "expected tools, goal or max_steps, got Ident(\"x\")");
    error("a\n}", 2, "}", "unexpected token: RBrace");
}

static void test_hints(void **state)
{
    (void)state;
    hint("let f = (x) => x", "fn(x)");
    hint("let if = 1", "'if' is a word of the language");
    hint("say (1 + 2", "the '(' of line 1, column 5 is still open");
    hint("fn f() {\n  if a {\n}\n", "the '{' of line 1, column 8 is still open");
    hint("f([1, 2)", "the '[' of line 1, column 3 is still open");
    hint("let f = fn named() {}", "fn(x)");
    hint("fn() {}", "parentheses");
    hint("if a = 1 { }", "==");
    hint("if x in xs { }", "contains(");
    hint("if a say 1", "between { and }");
    hint("else { }", "if directly before");
    hint("try { a }", "catch NAME");
    hint("f(a: 1)", "arguments have no names");
    hint("let o = { if: 1 }", "\"if\"");
    hint("let o = { a: 1, if: 1 }", "\"if\"");
    hint("let a: Int? = 1", "?TYPE");
    hint("fn f(): Int { }", "-> TYPE");
    hint("say Int(1)", "int()");
    hint("thing A { fn b() { } }", "give NAME");
    hint("power A { fn b() { } }", "no body");
    hint("set a = 1", "set NAME to VALUE");
    hint("change a = 1", "change TARGET to VALUE");
    hint("# a", "//");
    hint("say \"{}\"", "\\{");
    hint("a++", "x += 1");
    hint("1..5", "range(");
}

/* ---- limits ------------------------------------------------------------------------ */

/* before, `n` times middle, after */
static fg_slice repeated(const char *before, const char *middle, uint32_t n,
                         const char *after)
{
    size_t b = strlen(before), m = strlen(middle), a = strlen(after),
           size = b + m * n + a;
    char *p = malloc(size + 1), *w = p;

    assert_non_null(p);
    w = mempcpy(w, before, b);
    for (uint32_t i = 0; i < n; i++)
        w = mempcpy(w, middle, m);
    memcpy(w, after, a);
    return fg_slice_of(p, size);
}

static fg_status parse_repeated(const char *before, const char *middle, uint32_t n,
                                const char *after, fg_diag *d)
{
    fg_slice source = repeated(before, middle, n, after);
    fg_arena arena;
    fg_node *program;

    fg_arena_init(&arena, 0);
    fg_status s = fg_parse(&arena, source, &program, d);
    fg_arena_drop(&arena);
    free((char *)source.p);
    return s;
}

static const char *const nested[][3] = {
    { "", "(", "" },
    { "", "[", "" },
    { "", "{", "" },
    { "", "{a:", "" },
    { "", "- ", "x" },
    { "", "not ", "x" },
    { "", "must ", "x" },
    { "", "say ", "x" },
    { "", "f(", "" },
    { "", "a[", "" },
    { "", "if a { ", "" },
    { "", "if a { } else { ", "" },
    { "", "match a { 1 => ", "" },
    { "match a { ", "A(", "" },
    { "let a: ", "[", "" },
    { "let a: ", "?", "" },
    { "let a: ", "A<", "" },
    { "", "fn f() { ", "" },
    { "", "let f = fn() { ", "" },
    { "", "try { ", "" },
    { "", "(1, ", "" },
    { "", "\"{", "a" },
    { "", "@a fn f() { ", "" },
    { "a = ", "fn(b = ", "" },
};

static void test_depth(void **state)
{
    fg_diag d;

    (void)state;
    for (size_t i = 0; i < FG_COUNT(nested); i++) {
        const char *const *n = nested[i];
        fg_status s = parse_repeated(n[0], n[1], 20000, n[2], &d);
        if (s != FG_RAISED || !strstr(d.message, "nested too deeply"))
            fail_msg("%s: %d %s", n[1], s, d.message);
    }
    assert_int_equal(parse_repeated("", "(", 240, "1", &d), FG_RAISED);
    assert_null(strstr(d.message, "nested"));
}

/* Rows may be as long as they like. */
static const char *const rows[][3] = {
    { "a", " + a", "" },
    { "a", ".b()", "" },
    { "a", "[0]", "" },
    { "a", "?", "" },
    { "a", " |> f", "" },
    { "a", "\n>> f", "" },
    { "a", " and a", "" },
    { "if a { }", " else if b { }", " else { }" },
    { "[", "1 ", "]" },
    { "{", "a: 1, ", "}" },
    { "match a { ", "1 | ", "2 => 3 }" },
    { "type A = ", "B | ", "C" },
    { "", "@a\n", "fn f() { }" },
    { "\"", "{a}", "\"" },
    { "f(", "\"{\" ", ")" },
    { "f(", "\"{a(\" ", ")" },
    { "f(", "\"{a(\"b\" + c[\"d\"])}\" ", ")" },
    { "f(\"{g(", "\\\"a\\\",", ")}\")" },
    { "", "\n", "" },
    { "", "/**/", "" },
    { "a", "\xc3\xa9", "" },
};

static void test_rows(void **state)
{
    fg_diag d;
    time_t start = time(NULL);

    (void)state;
    for (size_t i = 0; i < FG_COUNT(rows); i++)
        if (parse_repeated(rows[i][0], rows[i][1], 50000, rows[i][2], &d) != FG_OK)
            fail_msg("%s: %s", rows[i][1], d.message);
    assert_true(time(NULL) - start < 60);
}

/* ---- tables ------------------------------------------------------------------------ */

static void test_keywords(void **state)
{
    (void)state;
    for (uint32_t k = FG_TOK_BOOL_TYPE; k < FG_TOK_COUNT; k++) {
        const char *text = fg_token_text(k);
        assert_int_equal(fg_token_keyword(fg_slice_str(text)), k);
        assert_true(k == FG_TOK_BOOL_TYPE || strcmp(fg_token_text(k - 1), text) < 0);
    }
    assert_int_equal(fg_token_keyword(FG_SLICE("le")), FG_TOK_NAME);
    assert_int_equal(fg_token_keyword(FG_SLICE("lets")), FG_TOK_NAME);
    assert_int_equal(fg_token_keyword(FG_SLICE("")), FG_TOK_NAME);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(fg_node_name(FG_N_INT), "INT");
    assert_string_equal(fg_node_name(FG_N_TYPE_OPTION), "TYPE_OPTION");
}

static void test_arena(void **state)
{
    fg_arena arena;

    (void)state;
    fg_arena_init(&arena, 0);
    for (size_t n = 1; n < 200000; n = n * 3 + 1) {
        char *p = fg_arena_get(&arena, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 'x', n);
    }
    assert_null(fg_arena_get(&arena, SIZE_MAX));
    fg_arena_drop(&arena);
}

/* ---- reports ----------------------------------------------------------------------- */

static void frame(const char *source, uint32_t start, uint32_t end,
                  const char *expected)
{
    fg_bytes b;

    fg_bytes_init(&b);
    fg_diag_frame(&b, FG_SLICE("a.fg"), fg_slice_str(source), start, end,
                  "message\n  hint: not here", false);
    fg_bytes_char(&b, 0);
    assert_string_equal(b.p, expected);
    fg_bytes_drop(&b);
}

static void test_position(void **state)
{
    fg_slice source = FG_SLICE("a\n\xc3\xa9\xe2\x82\xac"
                               "b\n");
    static const uint32_t places[][3] = {
        { 0, 1, 1 }, { 1, 1, 2 }, { 2, 2, 1 }, { 4, 2, 2 },
        { 7, 2, 3 }, { 8, 2, 4 }, { 9, 3, 1 }, { 99, 3, 1 },
    };

    (void)state;
    for (size_t i = 0; i < FG_COUNT(places); i++) {
        uint32_t line, col;
        fg_position(source, places[i][0], &line, &col);
        assert_int_equal(line, places[i][1]);
        assert_int_equal(col, places[i][2]);
    }
}

static void test_frame(void **state)
{
    (void)state;
    frame("a\n\n\n    return y / 0\n", 15, 20,
          "   ╭─[a.fg:4:12]\n"
          "   │\n"
          " 4 │     return y / 0\n"
          "   │            ──┬──\n"
          "   │              ╰── message\n"
          "───╯\n");
    frame("ab", 2, 2,
          "   ╭─[a.fg:1:3]\n"
          "   │\n"
          " 1 │ ab\n"
          "   │   ┬\n"
          "   │   ╰── message\n"
          "───╯\n");
}

/* Over several lines the first is underlined to its end. */
static void test_frame_lines(void **state)
{
    (void)state;
    frame("f(1,\r\n2)", 1, 8,
          "   ╭─[a.fg:1:2]\n"
          "   │\n"
          " 1 │ f(1,\n"
          "   │  ─┬─\n"
          "   │   ╰── message\n"
          "───╯\n");
}

/* Tabs are copied; wide characters take two columns, combining ones none. */
static void test_frame_columns(void **state)
{
    (void)state;
    frame("\tx\ty", 3, 4,
          "   ╭─[a.fg:1:4]\n"
          "   │\n"
          " 1 │ \tx\ty\n"
          "   │ \t \t┬\n"
          "   │ \t \t╰── message\n"
          "───╯\n");
    frame("日本e\xcc\x81 ab", 10, 12,
          "   ╭─[a.fg:1:6]\n"
          "   │\n"
          " 1 │ 日本e\xcc\x81 ab\n"
          "   │       ┬─\n"
          "   │       ╰── message\n"
          "───╯\n");
    frame("\x1b[31m a", 6, 7,
          "   ╭─[a.fg:1:7]\n"
          "   │\n"
          " 1 │ \xef\xbf\xbd[31m a\n"
          "   │       ┬\n"
          "   │       ╰── message\n"
          "───╯\n");
}

/* Of a long line only what is around the span is shown. */
static void test_frame_long(void **state)
{
    fg_slice source = repeated("", "a", 500, "\n");
    fg_bytes b;

    (void)state;
    fg_bytes_init(&b);
    fg_diag_frame(&b, FG_SLICE("f"), source, 300, 500, "m", false);
    fg_bytes_char(&b, 0);
    assert_non_null(strstr(b.p, " 1 │ …aaaa"));
    assert_non_null(strstr(b.p, "aaaa…\n"));
    assert_true(b.n < 1000);
    fg_bytes_drop(&b);
    free((char *)source.p);
}

static void test_frame_color(void **state)
{
    fg_bytes b;

    (void)state;
    fg_bytes_init(&b);
    fg_diag_frame(&b, FG_SLICE("f"), FG_SLICE("a"), 0, 1, "m", true);
    fg_bytes_char(&b, 0);
    assert_non_null(strstr(b.p, "\x1b[31m┬\x1b[0m"));
    fg_bytes_drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_lone_braces),
        cmocka_unit_test(test_single_quotes),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_interpolation),
        cmocka_unit_test(test_nested_quotes),
        cmocka_unit_test(test_escaped_quotes),
        cmocka_unit_test(test_braces_by_concatenation),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_lex_errors),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_interpolation_errors),
        cmocka_unit_test(test_parse_errors),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_keywords),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_position),
        cmocka_unit_test(test_frame),
        cmocka_unit_test(test_frame_lines),
        cmocka_unit_test(test_frame_columns),
        cmocka_unit_test(test_frame_long),
        cmocka_unit_test(test_frame_color),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
