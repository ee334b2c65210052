// SPDX-License-Identifier: Apache-2.0
/* The findings of the checker: what it says, for which line, and where it is silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/bytes.h"
#include "front/check.h"
#include "front/parse.h"
#include "include/forge.h"

/* The findings as lines "N: MESSAGE". */
static void findings(const char *source, fg_bytes *out)
{
    fg_arena arena;
    fg_diag d;
    fg_node *program;
    fg_findings found;
    fg_slice text = fg_slice_str(source);

    fg_arena_init(&arena, 0);
    if (fg_parse(&arena, text, &program, &d) != FG_OK)
        fail_msg("%s: %s", source, d.message);
    assert_int_equal(fg_check(&arena, text, program, &found), FG_OK);
    for (uint32_t i = 0; i < found.n; i++) {
        uint32_t line, column;
        fg_position(text, found.at[i]->start, &line, &column);
        assert_true(found.at[i]->start <= found.at[i]->end);
        fg_bytes_fmt(out, "%u: %s\n", line, found.at[i]->message);
    }
    fg_arena_drop(&arena);
}

static void finds(const char *source, const char *expected)
{
    fg_bytes text;
    fg_bytes_init(&text);
    findings(source, &text);
    fg_bytes_char(&text, 0);
    if (strcmp(text.p, expected) != 0)
        fail_msg("%s\n-- expected\n%s-- found\n%s", source, expected, text.p);
    fg_bytes_drop(&text);
}

static void silent(const char *source) { finds(source, ""); }

/* ---- bindings ---------------------------------------------------------------------- */

static void test_let(void **state)
{
    (void)state;
    finds("let n: Int = \"s\"",
          "1: type mismatch: 'n' declared as Int but assigned String\n");
    finds("say 1\nlet s: [String] = [1, 2]",
          "2: type mismatch: 's' declared as [String] but assigned [Int]\n");
    finds("let s: bool = null",
          "1: type mismatch: 's' declared as Bool but assigned Null\n");
    finds("let s: str = { a: 1 }",
          "1: type mismatch: 's' declared as String but assigned Object\n");
    finds("let s: Int = fn(a: Int) { return a }",
          "1: type mismatch: 's' declared as Int but assigned fn(Int) -> Unknown\n");
    finds("thing A { x: Int }\nlet s: Int = A { x: 1 }",
          "2: type mismatch: 's' declared as Int but assigned A\n");
    finds("thing A { x: Int }\nthing B { x: Int }\nlet b: B = A { x: 1 }",
          "3: type mismatch: 'b' declared as B but assigned A\n");
    finds("let o: Nowhere = 5",
          "1: type mismatch: 'o' declared as Nowhere but assigned Int\n");
    finds("fn f() {\n  let x: Result<Int, String> = 5\n}",
          "2: type mismatch: 'x' declared as Result<Int, String> but assigned Int\n");
    finds("let x: Int = Some(5)",
          "1: type mismatch: 'x' declared as Int but assigned ?Int\n");
    finds("let x: ?Int = \"a\"",
          "1: type mismatch: 'x' declared as ?Int but assigned String\n");
}

static void test_let_silent(void **state)
{
    (void)state;
    silent("let a: Float = 1\nlet b: INT = 2.5\nlet c: i64 = len([])");
    silent("let a: [Int] = []\nlet b: [Int] = [1, \"a\"]\nlet c: [Float] = [1]");
    silent("let a: ?Int = null\nlet b: ?Int = 1\nlet c: ?Int = None\n"
           "let d: Option<Int> = Some(2)\nlet e: ?[Int] = Some([])");
    silent("thing A { x: Int }\nlet a: A = A { x: 1 }\nlet o: Object = a");
    silent("thing A { x: Int }\nthing B { has a: A }\nlet a: A = B { a: A { x: 1 } }");
    silent("power P { fn m(it) }\nthing A { x: Int }\nlet p: P = A { x: 1 }");
    silent(
        "let a: Any = 1\nlet m: Map<String, Int> = {}\nlet f: Function = fn() { 1 }");
    silent("import \"shapes\"\nlet a: Shape = 5");
    silent("let r: Result<Int, String> = Ok(1)\nlet q: Result = Err(\"x\")");
    silent("fn f(v) { let s: String = v\nreturn s }\nlet t: Int = v.x\nlet u: String = "
           "f(1)");
}

static void test_union(void **state)
{
    (void)state;
    finds("type U = Int | String\nlet u: U = true",
          "2: type mismatch: 'u' declared as Int | String but assigned Bool\n");
    finds("type U = Int | String\nfn f(u: U) { return u }\nsay f([1])",
          "3: argument 1 of 'f': expected U but got [Int]\n");
    silent("type U = Int | String\nlet a: U = 1\nlet b: U = \"s\"\nlet c: U = a");
    silent("type U = Int | String\nfn f(u: U) { return u }\nsay [f(1), f(\"a\")]");
    silent("thing A { x: Int }\nthing B { x: Int }\ntype S = A | B\n"
           "let s: S = A { x: 1 }");
    silent("type C = Red | Green\nlet c: C = Red\nfn f(c: C) { c }\nf(Green)");
}

static void test_assign(void **state)
{
    (void)state;
    finds("let mut x = 1\nx = \"a\"",
          "2: type mismatch: 'x' is Int but assigned String\n");
    finds("let mut x: ?Int = 1\nx = \"a\"",
          "2: type mismatch: 'x' is ?Int but assigned String\n");
    finds("let mut x = 1\nfn f() {\n  x += \"a\"\n}",
          "3: type mismatch: 'x' is Int but assigned String\n");
    silent("let mut x = 1\nx = 2.5\nx += 1");
    silent("let mut x = null\nx = 1\nx = \"a\"\nlet mut y = None\ny = 5\nsay y + 1");
    silent("let mut xs = []\nxs = [1]\nxs = [\"a\"]");
    silent("let mut s = \"a\"\ns += 1\ns = s + 2");
    silent("let x = 1\nlet mut x = \"a\"\nx = \"b\"");
}

static void test_scopes(void **state)
{
    (void)state;
    silent("let mut x = 1\nif true { let mut x = \"a\"\nx = \"b\" }\nx = 2");
    silent(
        "let mut x = 1\nfn f(x) { x = \"a\"\nreturn x }\nfor x in [1] { x = \"s\" }");
    silent("fn f(a) { return a }\nfn g() { let f = fn() { 1 }\nreturn f() }\nsay g()");
    silent("fn f(a) { return a }\nfn g(f) { return f() }\nsay g(fn() { 1 })");
    silent("fn g() { fn f(a, b) { return a }\nreturn f(1, 2) }\nfn f(a) { return a }");
    silent("fn f() { return 1 }\nfn f(a) { return a }\nf(1)");
    silent("let x = 1\nfn f() { let s: String = x\nreturn s }\nlet x = \"a\"\nf()");
    silent("say len(\"a\")\nfn len(a, b) { return a }\nsay len(1, 2)");
    silent("try { let x = 1 } catch x { x = \"s\" }\nmatch 5 { x => x = \"s\" }");
    finds("let mut x = 1\nif true { let x = \"a\"\nsay x }\nx = \"a\"",
          "4: type mismatch: 'x' is Int but assigned String\n");
}

/* ---- functions --------------------------------------------------------------------- */

static void test_return(void **state)
{
    (void)state;
    finds("fn f() -> Int {\n  return \"a\"\n}",
          "2: return type mismatch: expected Int but returning String\n");
    finds("give T {\n  fn m(it) -> [Int] { return 5 }\n}",
          "2: return type mismatch: expected [Int] but returning Int\n");
    silent("fn f() -> Int { let g = fn() { return \"a\" }\nreturn 1 }");
    silent(
        "fn f() -> Int { fn g() { return \"a\" }\nspawn { return \"a\" }\nreturn 1 }");
    silent("fn f<T>(x: T) -> T { return x }\nfn g<T>(x: T) -> [T] { return [1] }");
    silent("thing Box<T> { v: T }\ngive Box { fn get(it) -> T { return 5 } }");
    silent("fn f(x) -> ?Int { if x { return null }\nreturn 1 }");
    silent("@get(\"/\")\nfn f() -> Json { return Err(\"none\") }");
    silent("fn f() -> Float { return 1 }\nfn g() -> Int { return }");
}

static void test_inferred_result(void **state)
{
    (void)state;
    finds("fn f() { return 1 }\nlet s: String = f()",
          "2: type mismatch: 's' declared as String but assigned Int\n");
    finds("fn f(x) { if x { return 1 }\n2.5 }\nlet s: String = f(1)",
          "3: type mismatch: 's' declared as String but assigned Float\n");
    finds("fn f() { let a = 1 }\nlet s: String = f()",
          "2: type mismatch: 's' declared as String but assigned Null\n");
    finds("fn f<T>(x: T) -> [T] { return [x] }\nlet s: String = f(1)",
          "2: type mismatch: 's' declared as String but assigned [Int]\n");
    silent("fn f(x) { if x { return 1 }\nreturn \"a\" }\nlet s: String = f(0)");
    silent("fn f(x) { if x { return 1 } }\nlet s: ?String = f(0)");
    silent("fn f(x) { let y = x?\nreturn 1 }\nlet s: String = f(Err(\"a\"))");
    silent(
        "fn f(n) { if n < 2 { return 1 }\nreturn n * f(n - 1) }\nlet s: String = f(3)");
    silent("fn f<T>(a: T, b: T) -> T { return b }\nlet s: String = f(1, \"a\")");
    silent("fn f(x) { return x + 1.5 }\nlet s: String = f(\"a\")");
}

static void test_decorators(void **state)
{
    (void)state;
    finds("@auth\n@get(\"/x\")\nfn f() { return 1 }",
          "1: @auth means nothing to a server\n");
    finds("@patch @static(\"a\") @cors(\"*\") @test @skip\nfn f() { return 1 }",
          "1: @static means nothing to a server\n");
    finds("@cache(60)\nfn f() { return 1 }", "");
    finds("@server(port: 1)\n@get(\"/\")\nfn f() { return 1 }", "");
    finds("@server(port: 1)\n@server(port: 2)\n@get(\"/\")\nfn f() { return 1 }\n"
          "@server(port: 3)",
          "2: only the first @server counts\n5: only the first @server counts\n");
}

static void test_calls(void **state)
{
    (void)state;
    finds("fn f(a, b) { return a }\nsay f(1)",
          "2: function 'f' expects 2 argument(s), got 1\n");
    finds("fn f(a, b = 1) { return a }\nsay f(1, 2, 3)\nsay f()",
          "2: function 'f' expects 2 argument(s), got 3\n"
          "3: function 'f' expects 1 argument(s), got 0\n");
    finds("fn g() { return f(1) }\nfn f() { return 1 }",
          "1: function 'f' expects 0 argument(s), got 1\n");
    finds("fn f(a, b: Int) { return a }\nf(1,\n  \"x\")",
          "3: argument 2 of 'f': expected Int but got String\n");
    finds("fn f(p: [String]) { return p }\nf([1])",
          "2: argument 1 of 'f': expected [String] but got [Int]\n");
    finds("fn f(a) { return a }\nsay f() + f()\nsay f()",
          "2: function 'f' expects 1 argument(s), got 0\n"
          "3: function 'f' expects 1 argument(s), got 0\n");
    silent("fn f(a, b = 1) { return a }\nsay [f(1), f(1, 2)]\nsay f(...[1, 2, 3])");
    silent("fn f(a: Int) { return a }\nsay f(1.5)\nsay 2 |> f\nlet g = f\ng()");
    silent("fn f(x: Int, y: ?Int) { return x }\nf(1, null)\nf(1, 2)\nf(1, None)");
    silent("fn f(x: Int = null) { return x == null }\nf(null)\nf(1)");
    silent("import { f } from \"m\"\nfn g() { return f(1, 2) }");
}

static void test_interfaces(void **state)
{
    const char *head = "interface I { fn area(it) -> Float\nfn name(it, a) }\n"
                       "struct S { s: Float }\nfn pr(x: I) { return 1 }\n";
    char text[1024];
    (void)state;
    snprintf(text, sizeof text, "%spr(S { s: 1.0 })", head);
    finds(text, "5: struct 'S' does not satisfy interface 'I': missing 'area'\n"
                "5: struct 'S' does not satisfy interface 'I': missing 'name'\n");
    snprintf(text, sizeof text,
             "%simpl S { fn area(it) -> String { return \"a\" }\n"
             "fn name(it) { return 1 } }\npr(S { s: 1.0 })",
             head);
    finds(text,
          "7: method 'area' on 'S' returns String but interface 'I' expects Float\n"
          "7: method 'name' on 'S' has 1 parameter(s) but interface 'I' requires 2\n");
    snprintf(text, sizeof text,
             "%simpl S { fn area(it) { return 1 }\nfn name(self, b) { return b } }\n"
             "pr(S { s: 1.0 })",
             head);
    silent(text);
    silent("interface I { fn area() }\nstruct A { x: Int }\nstruct S { has a: A }\n"
           "fn pr(x: I) { return 1 }\npr(S { a: A { x: 1 } })");
    silent("interface I { fn area() }\nstruct S { area: Any }\n"
           "fn pr(x: I) { return 1 }\npr(S { area: fn() { 1 } })");
}

/* ---- options and results ----------------------------------------------------------- */

#define OPTION "Option type used in operation; check with is_some() first\n"

static void test_options(void **state)
{
    (void)state;
    finds("let x: ?Int = None\nsay x + 1", "2: " OPTION);
    finds("fn f(x: ?Int) { return -x }", "1: " OPTION);
    finds("fn f(x: ?Int) { return 1 < x }", "1: " OPTION);
    finds("let mut x: ?Int = None\nx += 1", "2: " OPTION);
    finds("fn f(x: ?Int) {\nif x == null { say 1 }\nreturn x + 1 }", "3: " OPTION);
    finds("fn f(x: ?Int) {\nif x != null || true { return x + 1 } }", "2: " OPTION);
    finds(
        "let x: ?Int = 1\nsay unwrap_or(x, \"a\")",
        "2: unwrap_or fallback type String incompatible with Option inner type Int\n");
    finds("let x: ?Int = 1\nlet s: String = unwrap(x)",
          "2: type mismatch: 's' declared as String but assigned Int\n");
    silent("let x: ?Int = 1\nsay [x == 1, x != null]\nsay unwrap_or(x, 2) + unwrap(x) "
           "+ 1");
    silent("let x: ?Int = 1\nsay [!x, x && true, must x + 1]");
}

static void test_narrowing(void **state)
{
    (void)state;
    silent("fn f(x: ?Int) { if x != null { return x + 1 } }");
    silent("fn f(x: ?Int) { if null == x { return 0 } else { return x + 1 } }");
    silent("fn f(x: ?Int) { if x == None { return 0 }\nreturn x + 1 }");
    silent("fn f(x: ?Int) { if !is_some(x) { return 0 }\nreturn x + 1 }");
    silent("fn f(x: ?Int) { if is_none(x) || x > 3 { return 0 }\nreturn x + 1 }");
    silent("fn f(x: ?Int) { return x != null && true && x > 3 && x < 9 }");
    silent("fn f(x: ?Int, y: ?Int) { if x != null && is_some(y) { return x + y } }");
    silent("fn f(x: ?Int) { if x == null { exit(1) }\nreturn x + 1 }");
    silent("fn f(x: ?Int) { if x { return x + 1 } }");
    silent("fn f(x: ?Int) { for i in [1] { if x == null { continue }\nsay x + i } }");
    silent("let mut x: ?Int = None\nif x == null { x = 5 }\nsay x + 1");
    silent("let mut x: ?Int = None\nwhile x != null { say x + 1\nx = None }");
    silent("let mut x: ?Int = 1\nif x != null { let f = fn() { x + 1 }\nx = None }");
    silent("fn f(x: ?Int) { match x { Some(v) => x + v, None => 0 } }");
    silent("fn f(r: Result<Int, String>) { if is_ok(r) { g(r) } }\n"
           "fn g(r: Result<Int, String>) { match r { Ok(v) => g(r), _ => 0 } }");
    silent("fn f(r: Result<Int, String>) { if is_err(r) { return r + \"a\" }\n"
           "let n: Int = r\nreturn n }");
    silent(
        "let x: ?Int = 1\nif x != null { if x > 1 { say x } else if x > 0 { say x } }");
    finds("fn f(x: ?Int) { if is_some(x) {\nlet s: String = x } }",
          "2: type mismatch: 's' declared as String but assigned Int\n");
    finds("fn f(x: Result<Int, String>) { match x {\nOk(v) => { let s: String = v }\n"
          "Err(e) => { let n: Int = e } } }",
          "2: type mismatch: 's' declared as String but assigned Int\n"
          "3: type mismatch: 'n' declared as Int but assigned String\n");
}

static void test_match(void **state)
{
    (void)state;
    finds("match true { true => say 1 }",
          "1: non-exhaustive match on Bool — missing: false\n");
    finds("let x: ?Int = 1\nmatch x { Some(v) => say v }",
          "2: non-exhaustive match on ?Int — missing: None\n");
    finds("match None { 5 => say 1 }",
          "1: non-exhaustive match on ?Unknown — missing: None, Some\n");
    finds("match Ok(1) { Err(e) => say e }",
          "1: non-exhaustive match on Result<Unknown, Unknown> — missing: Ok\n");
    silent("match true { true => say 1, false => say 2 }");
    silent("match true { true => say 1, _ => say 2 }\nmatch Ok(1) { r => say r }");
    silent("match Some(1) { Some(v) => say v, null => say 0 }");
    silent("match Some(1) { None | Some(_) => say 1 }\nmatch 5 { 1 => say 1 }");
    silent("fn f(x) { match x { Some(v) => v } }");
    silent("fn f(x: ?Bool) { if is_some(x) { match x { Some(b) => b } }\n"
           "match x { true => 1, false => 2, null => 3 } }");
    silent("type R = Ok(Int) | Bad\nmatch Ok(1) { Ok(v) => say v }");
}

/* ---- the whole --------------------------------------------------------------------- */

static void test_bounds(void **state)
{
    fg_bytes source, out;
    uint32_t lines = 0;
    (void)state;
    fg_bytes_init(&source);
    fg_bytes_init(&out);
    fg_bytes_str(&source, "fn f(a) { return a }\n");
    for (int i = 0; i < 3000; i++)
        fg_bytes_str(&source, "f()\n");
    fg_bytes_char(&source, 0);
    findings(source.p, &out);
    for (uint32_t i = 0; i < out.n; i++)
        lines += out.p[i] == '\n';
    assert_int_equal(lines, FG_MAX_FINDINGS);
    fg_bytes_drop(&source);
    fg_bytes_drop(&out);
}

/* Rows and chains are deep trees. */
static void test_depth(void **state)
{
    static const char *const rows[] = { " + x", " && x", " || x", ".f", "(1)", "[0]" };
    (void)state;
    for (size_t i = 0; i < FG_COUNT(rows); i++) {
        fg_bytes source;
        fg_bytes_init(&source);
        fg_bytes_str(&source, "fn g(x) { return x.y");
        for (int k = 0; k < 100000; k++)
            fg_bytes_str(&source, rows[i]);
        fg_bytes_str(&source, " }");
        fg_bytes_char(&source, 0);
        silent(source.p);
        fg_bytes_drop(&source);
    }
}

static void count(void *ctx, const forge_finding *f)
{
    assert_string_equal(f->place.file, "a.fg");
    assert_int_equal(f->place.line, 2);
    assert_int_equal(f->place.column, 5);
    assert_int_equal(f->end_line, 2);
    assert_int_equal(f->end_column, 9);
    assert_null(f->hint);
    assert_non_null(strstr(f->frame, "a.fg:2:5"));
    assert_non_null(strstr(f->colored_frame, "\x1b["));
    ++*(int *)ctx;
}

static void test_api(void **state)
{
    const char *source = "fn f() { return 1 }\nsay f(1)";
    int n = 0;
    (void)state;
    assert_int_equal(forge_lint("a.fg", source, strlen(source), count, &n), FORGE_OK);
    assert_int_equal(n, 1);
    assert_int_equal(forge_lint("a.fg", "let =", 5, count, &n), FORGE_ERROR);
    assert_int_equal(forge_lint("a.fg", "say \"\xff\"", 7, count, &n), FORGE_ERROR);
    assert_int_equal(forge_lint(NULL, NULL, 0, count, &n), FORGE_OK);
    assert_int_equal(forge_lint("a.fg", NULL, 5, count, &n), FORGE_USAGE);
    assert_int_equal(forge_lint("a.fg", source, 5, NULL, &n), FORGE_USAGE);
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_let),
        cmocka_unit_test(test_let_silent),
        cmocka_unit_test(test_union),
        cmocka_unit_test(test_assign),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_return),
        cmocka_unit_test(test_inferred_result),
        cmocka_unit_test(test_decorators),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_interfaces),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_narrowing),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
