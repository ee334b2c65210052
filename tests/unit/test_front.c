// SPDX-License-Identifier: Apache-2.0
/* The syntax trees of every construct, in both spellings.  What strings, errors and
 * limits do is in test_front_text.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "front/dump.h"
#include "front/parse.h"

/* The program parses to the expected statements; they are dumped without offsets and
 * without the block around them. */
static void tree(const char *source, const char *expected)
{
    fg_arena arena;
    fg_bytes text;
    fg_diag d;
    fg_node *program;

    fg_arena_init(&arena, 0);
    fg_bytes_init(&text);
    if (fg_parse(&arena, fg_slice_str(source), &program, &d) != FG_OK)
        fail_msg("%s: %s", source, d.message);
    for (uint32_t i = 0; i < program->list.n; i++) {
        fg_bytes_str(&text, "- ");
        fg_dump(&text, program->list.at[i], false);
    }
    fg_bytes_char(&text, 0);
    assert_false(text.failed);
    assert_string_equal(text.p, expected);
    fg_bytes_drop(&text);
    fg_arena_drop(&arena);
}

/* ---- Bindings and assignment ----------------------------------------------------- */

static void test_let(void **state)
{
    (void)state;
    tree("let a = 1", "- LET 'a'\n"
                      "  a: INT 1\n");
    tree("let mut a: Int = 1", "- LET 'a' mut\n"
                               "  a: INT 1\n"
                               "  b: TYPE_NAME 'Int'\n");
    tree("let type = 1", "- LET 'type'\n"
                         "  a: INT 1\n");
}

static void test_set(void **state)
{
    (void)state;
    tree("set a to 1 set mut b to 2", "- LET 'a'\n"
                                      "  a: INT 1\n"
                                      "- LET 'b' mut\n"
                                      "  a: INT 2\n");
}

static void test_unpack(void **state)
{
    (void)state;
    tree("let (a, b) = t", "- UNPACK TUPLE\n"
                           "  a: NAME 't'\n"
                           "  - NAME 'a'\n"
                           "  - NAME 'b'\n");
    tree("let {a, b} = o", "- UNPACK OBJECT\n"
                           "  a: NAME 'o'\n"
                           "  - NAME 'a'\n"
                           "  - NAME 'b'\n");
    tree("let mut [a, ...r] = xs", "- UNPACK ARRAY mut\n"
                                   "  a: NAME 'xs'\n"
                                   "  - NAME 'a'\n"
                                   "  - NAME 'r' rest\n");
    tree("unpack {a} from o", "- UNPACK OBJECT\n"
                              "  a: NAME 'o'\n"
                              "  - NAME 'a'\n");
    tree("unpack [a, ...r] from xs", "- UNPACK ARRAY\n"
                                     "  a: NAME 'xs'\n"
                                     "  - NAME 'a'\n"
                                     "  - NAME 'r' rest\n");
    tree("unpack (a, b) from t", "- UNPACK TUPLE\n"
                                 "  a: NAME 't'\n"
                                 "  - NAME 'a'\n"
                                 "  - NAME 'b'\n");
}

static void test_assign(void **state)
{
    (void)state;
    tree("a = 1", "- ASSIGN\n"
                  "  a: NAME 'a'\n"
                  "  b: INT 1\n");
    tree("a.b[0] += 2", "- ASSIGN ADD\n"
                        "  a: INDEX\n"
                        "    a: FIELD 'b'\n"
                        "      a: NAME 'a'\n"
                        "    b: INT 0\n"
                        "  b: INT 2\n");
    tree("change a.b to 1", "- ASSIGN\n"
                            "  a: FIELD 'b'\n"
                            "    a: NAME 'a'\n"
                            "  b: INT 1\n");
    tree("a -= 1 a *= 2 a /= 3 a %= 4", "- ASSIGN SUB\n"
                                        "  a: NAME 'a'\n"
                                        "  b: INT 1\n"
                                        "- ASSIGN MUL\n"
                                        "  a: NAME 'a'\n"
                                        "  b: INT 2\n"
                                        "- ASSIGN DIV\n"
                                        "  a: NAME 'a'\n"
                                        "  b: INT 3\n"
                                        "- ASSIGN MOD\n"
                                        "  a: NAME 'a'\n"
                                        "  b: INT 4\n");
}

/* ---- Literals -------------------------------------------------------------------- */

static void test_numbers(void **state)
{
    (void)state;
    tree("[1_0__0_, 0x1f, 0b101, 0o17, 1e3, 2.5e-1, 1_.5, 3.25]", "- ARRAY\n"
                                                                  "  - INT 100\n"
                                                                  "  - INT 31\n"
                                                                  "  - INT 5\n"
                                                                  "  - INT 15\n"
                                                                  "  - FLOAT 1000\n"
                                                                  "  - FLOAT 0.25\n"
                                                                  "  - FLOAT 1.5\n"
                                                                  "  - FLOAT 3.25\n");
}

static void test_words(void **state)
{
    (void)state;
    tree("[true, false, null, _]", "- ARRAY\n"
                                   "  - TRUE\n"
                                   "  - FALSE\n"
                                   "  - NULL\n"
                                   "  - NAME '_'\n");
}

static void test_array(void **state)
{
    (void)state;
    tree("[1 2, 3,\n 4\n]", "- ARRAY\n"
                            "  - INT 1\n"
                            "  - INT 2\n"
                            "  - INT 3\n"
                            "  - INT 4\n");
    tree("[5 -3]", "- ARRAY\n"
                   "  - BINARY SUB\n"
                   "    a: INT 5\n"
                   "    b: INT 3\n");
    tree("[...a, b]", "- ARRAY\n"
                      "  - SPREAD\n"
                      "    a: NAME 'a'\n"
                      "  - NAME 'b'\n");
}

static void test_tuple(void **state)
{
    (void)state;
    tree("(1, 2)", "- TUPLE\n"
                   "  - INT 1\n"
                   "  - INT 2\n");
    tree("(7,)", "- TUPLE\n"
                 "  - INT 7\n");
    tree("(1,\n 2\n 3)", "- TUPLE\n"
                         "  - INT 1\n"
                         "  - INT 2\n"
                         "  - INT 3\n");
}

static void test_grouping(void **state)
{
    (void)state;
    tree("(a)", "- NAME 'a' ()\n");
    tree("(\n a\n +\n b\n)", "- BINARY ADD ()\n"
                             "  a: NAME 'a'\n"
                             "  b: NAME 'b'\n");
}

static void test_object(void **state)
{
    (void)state;
    tree("let o = {}", "- LET 'o'\n"
                       "  a: OBJECT\n");
    tree("let o = { a: 1, \"b c\": 2\n type: 3 }", "- LET 'o'\n"
                                                   "  a: OBJECT\n"
                                                   "    - ENTRY 'a'\n"
                                                   "      a: INT 1\n"
                                                   "    - ENTRY 'b c'\n"
                                                   "      a: INT 2\n"
                                                   "    - ENTRY 'type'\n"
                                                   "      a: INT 3\n");
    tree("let o = { type: 1 }", "- LET 'o'\n"
                                "  a: OBJECT\n"
                                "    - ENTRY 'type'\n"
                                "      a: INT 1\n");
    tree("let o = { a, b }", "- LET 'o'\n"
                             "  a: OBJECT\n"
                             "    - ENTRY 'a'\n"
                             "      a: NAME 'a'\n"
                             "    - ENTRY 'b'\n"
                             "      a: NAME 'b'\n");
    tree("let o = { ...a, b: 1 }", "- LET 'o'\n"
                                   "  a: OBJECT\n"
                                   "    - SPREAD\n"
                                   "      a: NAME 'a'\n"
                                   "    - ENTRY 'b'\n"
                                   "      a: INT 1\n");
}

static void test_block_value(void **state)
{
    (void)state;
    tree("let b = { n }", "- LET 'b'\n"
                          "  a: BLOCK\n"
                          "    - NAME 'n'\n");
    tree("{ say 1 }", "- BLOCK\n"
                      "  - OUTPUT SAY\n"
                      "    a: INT 1\n");
}

static void test_struct_literal(void **state)
{
    (void)state;
    tree("P { a: 1 }", "- STRUCT_LIT 'P'\n"
                       "  - ENTRY 'a'\n"
                       "    a: INT 1\n");
    tree("craft p { a: 1 }", "- STRUCT_LIT 'p' craft\n"
                             "  - ENTRY 'a'\n"
                             "    a: INT 1\n");
    tree("P {}", "- STRUCT_LIT 'P'\n");
}

static void test_lambda(void **state)
{
    (void)state;
    tree("let f = fn(x, y: Int = 2) { x }", "- LET 'f'\n"
                                            "  a: LAMBDA\n"
                                            "    b: BLOCK\n"
                                            "      - NAME 'x'\n"
                                            "    - PARAM 'x'\n"
                                            "    - PARAM 'y'\n"
                                            "      a: INT 2\n"
                                            "      b: TYPE_NAME 'Int'\n");
}

/* ---- Operators ------------------------------------------------------------------- */

static void test_arithmetic(void **state)
{
    (void)state;
    tree("a + b * c - d / e % f", "- BINARY SUB\n"
                                  "  a: BINARY ADD\n"
                                  "    a: NAME 'a'\n"
                                  "    b: BINARY MUL\n"
                                  "      a: NAME 'b'\n"
                                  "      b: NAME 'c'\n"
                                  "  b: BINARY MOD\n"
                                  "    a: BINARY DIV\n"
                                  "      a: NAME 'd'\n"
                                  "      b: NAME 'e'\n"
                                  "    b: NAME 'f'\n");
}

static void test_comparison(void **state)
{
    (void)state;
    tree("a < b == c >= d", "- BINARY EQ\n"
                            "  a: BINARY LT\n"
                            "    a: NAME 'a'\n"
                            "    b: NAME 'b'\n"
                            "  b: BINARY GE\n"
                            "    a: NAME 'c'\n"
                            "    b: NAME 'd'\n");
    tree("a > b != c <= d", "- BINARY NE\n"
                            "  a: BINARY GT\n"
                            "    a: NAME 'a'\n"
                            "    b: NAME 'b'\n"
                            "  b: BINARY LE\n"
                            "    a: NAME 'c'\n"
                            "    b: NAME 'd'\n");
}

static void test_logic(void **state)
{
    (void)state;
    tree("a || b && !c", "- OR\n"
                         "  a: NAME 'a'\n"
                         "  b: AND\n"
                         "    a: NAME 'b'\n"
                         "    b: UNARY NOT\n"
                         "      a: NAME 'c'\n");
    tree("a or b and not c", "- OR\n"
                             "  a: NAME 'a'\n"
                             "  b: AND\n"
                             "    a: NAME 'b'\n"
                             "    b: UNARY NOT\n"
                             "      a: NAME 'c'\n");
    tree("not (a)", "- UNARY NOT\n"
                    "  a: NAME 'a' ()\n");
}

static void test_prefix(void **state)
{
    (void)state;
    tree("-x.abs()", "- UNARY SUB\n"
                     "  a: CALL\n"
                     "    a: FIELD 'abs'\n"
                     "      a: NAME 'x'\n");
    tree("await t + 1", "- BINARY ADD\n"
                        "  a: AWAIT\n"
                        "    a: NAME 't'\n"
                        "  b: INT 1\n");
    tree("must f() + 1", "- BINARY ADD\n"
                         "  a: MUST\n"
                         "    a: CALL\n"
                         "      a: NAME 'f'\n"
                         "  b: INT 1\n");
    tree("freeze ask hold x", "- FREEZE\n"
                              "  a: ASK\n"
                              "    a: AWAIT\n"
                              "      a: NAME 'x'\n");
}

static void test_postfix(void **state)
{
    (void)state;
    tree("f(1, ...xs)[0].type?.g()", "- CALL\n"
                                     "  a: FIELD 'g'\n"
                                     "    a: TRY_OP\n"
                                     "      a: FIELD 'type'\n"
                                     "        a: INDEX\n"
                                     "          a: CALL\n"
                                     "            a: NAME 'f'\n"
                                     "            - INT 1\n"
                                     "            - SPREAD\n"
                                     "              a: NAME 'xs'\n"
                                     "          b: INT 0\n");
}

static void test_pipe(void **state)
{
    (void)state;
    tree("5 + 3 |> f |> g", "- PIPE\n"
                            "  a: PIPE\n"
                            "    a: BINARY ADD\n"
                            "      a: INT 5\n"
                            "      b: INT 3\n"
                            "    b: NAME 'f'\n"
                            "  b: NAME 'g'\n");
}

static void test_where(void **state)
{
    (void)state;
    tree("xs where age >= 18 + 1", "- WHERE GE 'age'\n"
                                   "  a: NAME 'xs'\n"
                                   "  b: BINARY ADD\n"
                                   "    a: INT 18\n"
                                   "    b: INT 1\n");
}

static void test_chain(void **state)
{
    (void)state;
    tree("xs >> keep where a >> keep where b == 1 >> sort >> sort by c >> take 3 >> f",
         "- CHAIN\n"
         "  a: NAME 'xs'\n"
         "  - STEP_KEEP 'a'\n"
         "  - STEP_KEEP EQ 'b'\n"
         "    b: INT 1\n"
         "  - STEP_SORT\n"
         "  - STEP_SORT 'c'\n"
         "  - STEP_TAKE\n"
         "    a: INT 3\n"
         "  - STEP_APPLY\n"
         "    a: NAME 'f'\n");
    tree("xs where a > 1 >> f", "- CHAIN\n"
                                "  a: WHERE GT 'a'\n"
                                "    a: NAME 'xs'\n"
                                "    b: INT 1\n"
                                "  - STEP_APPLY\n"
                                "    a: NAME 'f'\n");
}

/* ---- Lines ----------------------------------------------------------------------- */

static void test_continuation(void **state)
{
    (void)state;
    tree("let x = 1 +\n 2", "- LET 'x'\n"
                            "  a: BINARY ADD\n"
                            "    a: INT 1\n"
                            "    b: INT 2\n");
    tree("xs\n .sort()\n |> f\n >> g", "- CHAIN\n"
                                       "  a: PIPE\n"
                                       "    a: CALL\n"
                                       "      a: FIELD 'sort'\n"
                                       "        a: NAME 'xs'\n"
                                       "    b: NAME 'f'\n"
                                       "  - STEP_APPLY\n"
                                       "    a: NAME 'g'\n");
    tree("f(\n 1\n 2,\n)", "- CALL\n"
                           "  a: NAME 'f'\n"
                           "  - INT 1\n"
                           "  - INT 2\n");
    tree("fn f(a,\n b\n c) {}", "- FN 'f'\n"
                                "  b: BLOCK\n"
                                "  - PARAM 'a'\n"
                                "  - PARAM 'b'\n"
                                "  - PARAM 'c'\n");
    tree("xs[\n 0\n]", "- INDEX\n"
                       "  a: NAME 'xs'\n"
                       "  b: INT 0\n");
}

static void test_no_continuation(void **state)
{
    (void)state;
    tree("let x = a\n-b\n(c)\n[d]\n{ e }", "- LET 'x'\n"
                                           "  a: NAME 'a'\n"
                                           "- UNARY SUB\n"
                                           "  a: NAME 'b'\n"
                                           "- NAME 'c' ()\n"
                                           "- ARRAY\n"
                                           "  - NAME 'd'\n"
                                           "- BLOCK\n"
                                           "  - NAME 'e'\n");
}

static void test_separators(void **state)
{
    (void)state;
    tree("let a = 1 let b = 2; say a; ;", "- LET 'a'\n"
                                          "  a: INT 1\n"
                                          "- LET 'b'\n"
                                          "  a: INT 2\n"
                                          "- OUTPUT SAY\n"
                                          "  a: NAME 'a'\n");
}

static void test_comments(void **state)
{
    (void)state;
    tree("a // x\n/* y\n */ b /**/ c", "- NAME 'a'\n"
                                       "- NAME 'b'\n"
                                       "- NAME 'c'\n");
}

static void test_preamble(void **state)
{
    (void)state;
    tree("\xef\xbb\xbf"
         "#!/usr/bin/forge\nsay 1",
         "- OUTPUT SAY\n"
         "  a: INT 1\n");
}

/* ---- Control --------------------------------------------------------------------- */

static void test_if(void **state)
{
    (void)state;
    tree("if a { 1 }", "- IF\n"
                       "  a: NAME 'a'\n"
                       "  b: BLOCK\n"
                       "    - INT 1\n");
    tree("if a\n{ 1 }\n\nelse { 2 }", "- IF\n"
                                      "  a: NAME 'a'\n"
                                      "  b: BLOCK\n"
                                      "    - INT 1\n"
                                      "  c: BLOCK\n"
                                      "    - INT 2\n");
    tree("if a { 1 } else if b { 2 } otherwise if c { 3 } nah { 4 }",
         "- IF\n"
         "  a: NAME 'a'\n"
         "  b: BLOCK\n"
         "    - INT 1\n"
         "  c: IF\n"
         "    a: NAME 'b'\n"
         "    b: BLOCK\n"
         "      - INT 2\n"
         "    c: IF\n"
         "      a: NAME 'c'\n"
         "      b: BLOCK\n"
         "        - INT 3\n"
         "      c: BLOCK\n"
         "        - INT 4\n");
    tree("let x = if a { 1 } else if b { 2 }", "- LET 'x'\n"
                                               "  a: IF\n"
                                               "    a: NAME 'a'\n"
                                               "    b: BLOCK\n"
                                               "      - INT 1\n"
                                               "    c: IF\n"
                                               "      a: NAME 'b'\n"
                                               "      b: BLOCK\n"
                                               "        - INT 2\n");
}

static void test_unless(void **state)
{
    (void)state;
    tree("unless a { 1 } else { 2 }", "- IF\n"
                                      "  a: UNARY NOT\n"
                                      "    a: NAME 'a'\n"
                                      "  b: BLOCK\n"
                                      "    - INT 1\n"
                                      "  c: BLOCK\n"
                                      "    - INT 2\n");
    tree("return x unless y", "- IF\n"
                              "  a: UNARY NOT\n"
                              "    a: NAME 'y'\n"
                              "  b: BLOCK\n"
                              "    - RETURN\n"
                              "      a: NAME 'x'\n");
}

static void test_while(void **state)
{
    (void)state;
    tree("while a { b }", "- WHILE\n"
                          "  a: NAME 'a'\n"
                          "  b: BLOCK\n"
                          "    - NAME 'b'\n");
    tree("until a { b }", "- WHILE\n"
                          "  a: UNARY NOT\n"
                          "    a: NAME 'a'\n"
                          "  b: BLOCK\n"
                          "    - NAME 'b'\n");
    tree("x += 1 until x > 5", "- WHILE\n"
                               "  a: UNARY NOT\n"
                               "    a: BINARY GT\n"
                               "      a: NAME 'x'\n"
                               "      b: INT 5\n"
                               "  b: BLOCK\n"
                               "    - ASSIGN ADD\n"
                               "      a: NAME 'x'\n"
                               "      b: INT 1\n");
}

static void test_for(void **state)
{
    (void)state;
    tree("for x in xs { }", "- FOR 'x'\n"
                            "  a: NAME 'xs'\n"
                            "  b: BLOCK\n");
    tree("for each k, v in o { break continue }", "- FOR 'k' 'v'\n"
                                                  "  a: NAME 'o'\n"
                                                  "  b: BLOCK\n"
                                                  "    - BREAK\n"
                                                  "    - CONTINUE\n");
}

static void test_loop(void **state)
{
    (void)state;
    tree("loop { }", "- LOOP\n"
                     "  b: BLOCK\n");
    tree("repeat 3 times { }", "- REPEAT\n"
                               "  a: INT 3\n"
                               "  b: BLOCK\n");
    tree("repeat n { }", "- REPEAT\n"
                         "  a: NAME 'n'\n"
                         "  b: BLOCK\n");
}

static void test_header(void **state)
{
    (void)state;
    tree("if ON { }", "- IF\n"
                      "  a: NAME 'ON'\n"
                      "  b: BLOCK\n");
    tree("for x in P { a: 1 } { }", "- FOR 'x'\n"
                                    "  a: STRUCT_LIT 'P'\n"
                                    "    - ENTRY 'a'\n"
                                    "      a: INT 1\n"
                                    "  b: BLOCK\n");
    tree("while (P { a: 1 }) { }", "- WHILE\n"
                                   "  a: STRUCT_LIT 'P' ()\n"
                                   "    - ENTRY 'a'\n"
                                   "      a: INT 1\n"
                                   "  b: BLOCK\n");
    tree("match None { None => 1 }", "- MATCH\n"
                                     "  a: NAME 'None'\n"
                                     "  - ARM\n"
                                     "    a: PAT_NAME 'None'\n"
                                     "    b: INT 1\n");
}

static void test_return(void **state)
{
    (void)state;
    tree("fn f() { return }", "- FN 'f'\n"
                              "  b: BLOCK\n"
                              "    - RETURN\n");
    tree("return 1", "- RETURN\n"
                     "  a: INT 1\n");
}

static void test_match(void **state)
{
    (void)state;
    tree("match x { 1 => a, -2.5 -> { b }\n \"s\" => return, null => c = 1 }",
         "- MATCH\n"
         "  a: NAME 'x'\n"
         "  - ARM\n"
         "    a: PAT_VALUE\n"
         "      a: INT 1\n"
         "    b: NAME 'a'\n"
         "  - ARM\n"
         "    a: PAT_VALUE\n"
         "      a: FLOAT -2.5\n"
         "    b: BLOCK\n"
         "      - NAME 'b'\n"
         "  - ARM\n"
         "    a: PAT_VALUE\n"
         "      a: STRING 's'\n"
         "    b: RETURN\n"
         "  - ARM\n"
         "    a: PAT_VALUE\n"
         "      a: NULL\n"
         "    b: ASSIGN\n"
         "      a: NAME 'c'\n"
         "      b: INT 1\n");
    tree("match x { _ => {} Some(Ok(v)) if v > 1 => v None => { k: 1 } }",
         "- MATCH\n"
         "  a: NAME 'x'\n"
         "  - ARM\n"
         "    a: PAT_ANY '_'\n"
         "    b: BLOCK\n"
         "  - ARM\n"
         "    a: PAT_VARIANT 'Some'\n"
         "      - PAT_VARIANT 'Ok'\n"
         "        - PAT_NAME 'v'\n"
         "    b: NAME 'v'\n"
         "    c: BINARY GT\n"
         "      a: NAME 'v'\n"
         "      b: INT 1\n"
         "  - ARM\n"
         "    a: PAT_NAME 'None'\n"
         "    b: OBJECT\n"
         "      - ENTRY 'k'\n"
         "        a: INT 1\n");
    tree("match x { 1 | 2\n | true => 3 }", "- MATCH\n"
                                            "  a: NAME 'x'\n"
                                            "  - ARM\n"
                                            "    a: PAT_OR\n"
                                            "      - PAT_VALUE\n"
                                            "        a: INT 1\n"
                                            "      - PAT_VALUE\n"
                                            "        a: INT 2\n"
                                            "      - PAT_VALUE\n"
                                            "        a: TRUE\n"
                                            "    b: INT 3\n");
    tree("let s = match x { 1 => say 2 }", "- LET 's'\n"
                                           "  a: MATCH\n"
                                           "    a: NAME 'x'\n"
                                           "    - ARM\n"
                                           "      a: PAT_VALUE\n"
                                           "        a: INT 1\n"
                                           "      b: OUTPUT SAY\n"
                                           "        a: INT 2\n");
}

static void test_when(void **state)
{
    (void)state;
    tree("when n { > 5 -> a, <= 3 => b 4 \"c\" else d }", "- WHEN\n"
                                                          "  a: NAME 'n'\n"
                                                          "  - WHEN_ARM GT\n"
                                                          "    a: INT 5\n"
                                                          "    b: NAME 'a'\n"
                                                          "  - WHEN_ARM LE\n"
                                                          "    a: INT 3\n"
                                                          "    b: NAME 'b'\n"
                                                          "  - WHEN_ARM EQ\n"
                                                          "    a: INT 4\n"
                                                          "    b: STRING 'c'\n"
                                                          "  - WHEN_ARM EQ\n"
                                                          "    b: NAME 'd'\n");
    tree("when n { 1 -> return 2 }", "- WHEN\n"
                                     "  a: NAME 'n'\n"
                                     "  - WHEN_ARM EQ\n"
                                     "    a: INT 1\n"
                                     "    b: BLOCK\n"
                                     "      - RETURN\n"
                                     "        a: INT 2\n");
    tree("let a = when n { 1 -> if b { 2 }\n else -> 3 }", "- LET 'a'\n"
                                                           "  a: WHEN\n"
                                                           "    a: NAME 'n'\n"
                                                           "    - WHEN_ARM EQ\n"
                                                           "      a: INT 1\n"
                                                           "      b: IF\n"
                                                           "        a: NAME 'b'\n"
                                                           "        b: BLOCK\n"
                                                           "          - INT 2\n"
                                                           "    - WHEN_ARM EQ\n"
                                                           "      b: INT 3\n");
}

static void test_try(void **state)
{
    (void)state;
    tree("try { a } catch e { b }", "- TRY 'e'\n"
                                    "  a: BLOCK\n"
                                    "    - NAME 'a'\n"
                                    "  b: BLOCK\n"
                                    "    - NAME 'b'\n");
    tree("let x = try { a }\ncatch e { b }", "- LET 'x'\n"
                                             "  a: TRY 'e'\n"
                                             "    a: BLOCK\n"
                                             "      - NAME 'a'\n"
                                             "    b: BLOCK\n"
                                             "      - NAME 'b'\n");
}

static void test_safe(void **state)
{
    (void)state;
    tree("safe { a }", "- SAFE\n"
                       "  a: BLOCK\n"
                       "    - NAME 'a'\n");
    tree("let x = safe { a }", "- LET 'x'\n"
                               "  a: SAFE\n"
                               "    a: BLOCK\n"
                               "      - NAME 'a'\n");
}

/* ---- Definitions ----------------------------------------------------------------- */

static void test_fn(void **state)
{
    (void)state;
    tree("fn f(a b: Int, c = 1) -> [Int] { a }", "- FN 'f'\n"
                                                 "  a: TYPE_ARRAY\n"
                                                 "    a: TYPE_NAME 'Int'\n"
                                                 "  b: BLOCK\n"
                                                 "    - NAME 'a'\n"
                                                 "  - PARAM 'a'\n"
                                                 "  - PARAM 'b'\n"
                                                 "    b: TYPE_NAME 'Int'\n"
                                                 "  - PARAM 'c'\n"
                                                 "    a: INT 1\n");
    tree("define f() { }", "- FN 'f'\n"
                           "  b: BLOCK\n");
    tree("async fn f() {} forge g() {} async define h() {}", "- FN 'f'\n"
                                                             "  b: BLOCK\n"
                                                             "- FN 'g'\n"
                                                             "  b: BLOCK\n"
                                                             "- FN 'h'\n"
                                                             "  b: BLOCK\n");
    tree("fn f<T, U>(a: T) { }", "- FN 'f'\n"
                                 "  b: BLOCK\n"
                                 "  c: TYPE_NAME\n"
                                 "    - TYPE_NAME 'T'\n"
                                 "    - TYPE_NAME 'U'\n"
                                 "  - PARAM 'a'\n"
                                 "    b: TYPE_NAME 'T'\n");
}

static void test_struct(void **state)
{
    (void)state;
    tree("struct P { a: Int, b: ?String = null\n has c: D }",
         "- STRUCT_DEF 'P'\n"
         "  - FIELD_DEF 'a'\n"
         "    b: TYPE_NAME 'Int'\n"
         "  - FIELD_DEF 'b'\n"
         "    a: NULL\n"
         "    b: TYPE_OPTION\n"
         "      a: TYPE_NAME 'String'\n"
         "  - FIELD_DEF 'c' has\n"
         "    b: TYPE_NAME 'D'\n");
    tree("thing P<T> { a b = 1, has: Int }", "- STRUCT_DEF 'P'\n"
                                             "  c: TYPE_NAME\n"
                                             "    - TYPE_NAME 'T'\n"
                                             "  - FIELD_DEF 'a'\n"
                                             "  - FIELD_DEF 'b'\n"
                                             "    a: INT 1\n"
                                             "  - FIELD_DEF 'has'\n"
                                             "    b: TYPE_NAME 'Int'\n");
}

static void test_interface(void **state)
{
    (void)state;
    tree("interface I { fn a(it) -> Int\n b() }", "- INTERFACE 'I'\n"
                                                  "  - FN 'a'\n"
                                                  "    a: TYPE_NAME 'Int'\n"
                                                  "    - PARAM 'it'\n"
                                                  "  - FN 'b'\n");
    tree("power I\n{ define a(it) }", "- INTERFACE 'I'\n"
                                      "  - FN 'a'\n"
                                      "    - PARAM 'it'\n");
}

static void test_impl(void **state)
{
    (void)state;
    tree("impl T { fn a(it) { } }", "- IMPL 'T'\n"
                                    "  - FN 'a'\n"
                                    "    b: BLOCK\n"
                                    "    - PARAM 'it'\n");
    tree("impl A for T { }", "- IMPL 'T' 'A'\n");
    tree("give T { define a() { } }", "- IMPL 'T'\n"
                                      "  - FN 'a'\n"
                                      "    b: BLOCK\n");
    tree("give T the power A { fn a(it) { } }", "- IMPL 'T' 'A'\n"
                                                "  - FN 'a'\n"
                                                "    b: BLOCK\n"
                                                "    - PARAM 'it'\n");
}

static void test_enum(void **state)
{
    (void)state;
    tree("type S = Sq(Int, Float) | Dot", "- TYPE_DEF 'S'\n"
                                          "  - VARIANT 'Sq'\n"
                                          "    - TYPE_NAME 'Int'\n"
                                          "    - TYPE_NAME 'Float'\n"
                                          "  - VARIANT 'Dot'\n");
    tree("type U =\n Int\n | String | null", "- TYPE_DEF 'U'\n"
                                             "  - VARIANT 'Int'\n"
                                             "  - VARIANT 'String'\n"
                                             "  - VARIANT 'Null'\n");
}

static void test_annotation(void **state)
{
    (void)state;
    tree("let a: Map<String, Array<Int>> = b", "- LET 'a'\n"
                                               "  a: NAME 'b'\n"
                                               "  b: TYPE_NAME 'Map'\n"
                                               "    - TYPE_NAME 'String'\n"
                                               "    - TYPE_NAME 'Array'\n"
                                               "      - TYPE_NAME 'Int'\n");
    tree("let a: ?[Json]= b", "- LET 'a'\n"
                              "  a: NAME 'b'\n"
                              "  b: TYPE_OPTION\n"
                              "    a: TYPE_ARRAY\n"
                              "      a: TYPE_NAME 'Json'\n");
    tree("let a: A<B>= c", "- LET 'a'\n"
                           "  a: NAME 'c'\n"
                           "  b: TYPE_NAME 'A'\n"
                           "    - TYPE_NAME 'B'\n");
}

static void test_decorators(void **state)
{
    (void)state;
    tree("@a\n@b(1, k: 2)\nfn f() {}", "- FN 'f'\n"
                                       "  b: BLOCK\n"
                                       "  + DECORATOR 'a'\n"
                                       "  + DECORATOR 'b'\n"
                                       "    - DECO_ARG\n"
                                       "      a: INT 1\n"
                                       "    - DECO_ARG 'k'\n"
                                       "      a: INT 2\n");
    tree("@a(1 k: 2\n3,)\n\n@b\ndefine f() {}", "- FN 'f'\n"
                                                "  b: BLOCK\n"
                                                "  + DECORATOR 'a'\n"
                                                "    - DECO_ARG\n"
                                                "      a: INT 1\n"
                                                "    - DECO_ARG 'k'\n"
                                                "      a: INT 2\n"
                                                "    - DECO_ARG\n"
                                                "      a: INT 3\n"
                                                "  + DECORATOR 'b'\n");
    tree("@a async fn f() {}", "- FN 'f'\n"
                               "  b: BLOCK\n"
                               "  + DECORATOR 'a'\n");
    tree("@a forge f() {}", "- FN 'f'\n"
                            "  b: BLOCK\n"
                            "  + DECORATOR 'a'\n");
    tree("@server(port: 1)\nfn f() {}", "- DECORATOR 'server'\n"
                                        "  - DECO_ARG 'port'\n"
                                        "    a: INT 1\n"
                                        "- FN 'f'\n"
                                        "  b: BLOCK\n");
    tree("@a @b\nsay 1", "- DECORATOR 'a'\n"
                         "- DECORATOR 'b'\n"
                         "- OUTPUT SAY\n"
                         "  a: INT 1\n");
    tree("match x { 1 => @a fn f() {} 2 => @a @b }", "- MATCH\n"
                                                     "  a: NAME 'x'\n"
                                                     "  - ARM\n"
                                                     "    a: PAT_VALUE\n"
                                                     "      a: INT 1\n"
                                                     "    b: FN 'f'\n"
                                                     "      b: BLOCK\n"
                                                     "      + DECORATOR 'a'\n"
                                                     "  - ARM\n"
                                                     "    a: PAT_VALUE\n"
                                                     "      a: INT 2\n"
                                                     "    b: BLOCK\n"
                                                     "      - DECORATOR 'a'\n"
                                                     "      - DECORATOR 'b'\n");
}

static void test_import(void **state)
{
    (void)state;
    tree("import \"a\"", "- IMPORT 'a'\n");
    tree("import 'a' import b", "- IMPORT 'a'\n"
                                "- IMPORT 'b'\n");
    tree("import { a,\n b } from \"c\"", "- IMPORT 'c'\n"
                                         "  - NAME 'a'\n"
                                         "  - NAME 'b'\n");
}

static void test_prompt(void **state)
{
    (void)state;
    tree("prompt p(x) { system: \"a {x}\"\n user: \"\"\"b\"\"\" }",
         "- PROMPT 'p'\n"
         "  - PARAM 'x'\n"
         "  + ENTRY 'system'\n"
         "    a: STRING 'a {x}'\n"
         "  + ENTRY 'user'\n"
         "    a: STRING 'b'\n");
}

static void test_agent(void **state)
{
    (void)state;
    tree("agent a(q) { tools: [\"x\",\n \"y\"]\n goal: \"g\" max_steps: 3 }",
         "- AGENT 'a'\n"
         "  - PARAM 'q'\n"
         "  + ENTRY 'tools'\n"
         "    a: ARRAY\n"
         "      - STRING 'x'\n"
         "      - STRING 'y'\n"
         "  + ENTRY 'goal'\n"
         "    a: STRING 'g'\n"
         "  + ENTRY 'max_steps'\n"
         "    a: INT 3\n");
}

/* ---- Worded statements ----------------------------------------------------------- */

static void test_output(void **state)
{
    (void)state;
    tree("say a yell b whisper c", "- OUTPUT SAY\n"
                                   "  a: NAME 'a'\n"
                                   "- OUTPUT YELL\n"
                                   "  a: NAME 'b'\n"
                                   "- OUTPUT WHISPER\n"
                                   "  a: NAME 'c'\n");
    tree("let f = fn(x) { x } say(1, 2)", "- LET 'f'\n"
                                          "  a: LAMBDA\n"
                                          "    b: BLOCK\n"
                                          "      - NAME 'x'\n"
                                          "    - PARAM 'x'\n"
                                          "- OUTPUT SAY\n"
                                          "  a: TUPLE\n"
                                          "    - INT 1\n"
                                          "    - INT 2\n");
}

static void test_check(void **state)
{
    (void)state;
    tree("check a", "- CHECK CHECK_TRUTHY\n"
                    "  a: NAME 'a'\n");
    tree("check a is not empty", "- CHECK CHECK_NOT_EMPTY\n"
                                 "  a: NAME 'a'\n");
    tree("check a is !empty check a is empty", "- CHECK CHECK_NOT_EMPTY\n"
                                               "  a: NAME 'a'\n"
                                               "- CHECK CHECK_NOT_EMPTY\n"
                                               "  a: NAME 'a'\n");
    tree("check a between 1 and 2", "- CHECK CHECK_BETWEEN\n"
                                    "  a: NAME 'a'\n"
                                    "  b: INT 1\n"
                                    "  c: INT 2\n");
    tree("check a is between x and y", "- CHECK CHECK_BETWEEN\n"
                                       "  a: NAME 'a'\n"
                                       "  b: NAME 'x'\n"
                                       "  c: NAME 'y'\n");
    tree("check a between 1 10", "- CHECK CHECK_BETWEEN\n"
                                 "  a: NAME 'a'\n"
                                 "  b: INT 1\n"
                                 "  c: INT 10\n");
    tree("check a contains b", "- CHECK CHECK_CONTAINS\n"
                               "  a: NAME 'a'\n"
                               "  b: NAME 'b'\n");
}

static void test_wait(void **state)
{
    (void)state;
    tree("wait 1", "- WAIT 1000\n"
                   "  a: INT 1\n");
    tree("wait 1 seconds wait 2 ms wait 3 minutes wait 4 hour", "- WAIT 1000\n"
                                                                "  a: INT 1\n"
                                                                "- WAIT 1\n"
                                                                "  a: INT 2\n"
                                                                "- WAIT 60000\n"
                                                                "  a: INT 3\n"
                                                                "- WAIT 3600000\n"
                                                                "  a: INT 4\n");
    tree("wait 1 second = 2", "- WAIT 1000\n"
                              "  a: INT 1\n"
                              "- ASSIGN\n"
                              "  a: NAME 'second'\n"
                              "  b: INT 2\n");
}

static void test_timeout(void **state)
{
    (void)state;
    tree("timeout 5 seconds { }", "- TIMEOUT 1000\n"
                                  "  a: INT 5\n"
                                  "  b: BLOCK\n");
    tree("timeout 500 milliseconds { }", "- TIMEOUT 1\n"
                                         "  a: INT 500\n"
                                         "  b: BLOCK\n");
}

static void test_retry(void **state)
{
    (void)state;
    tree("retry 3 times { }", "- RETRY\n"
                              "  a: INT 3\n"
                              "  b: BLOCK\n");
}

static void test_schedule(void **state)
{
    (void)state;
    tree("schedule every 5 minutes { }", "- SCHEDULE 60000\n"
                                         "  a: INT 5\n"
                                         "  b: BLOCK\n");
    tree("schedule 2 hours { }", "- SCHEDULE 3600000\n"
                                 "  a: INT 2\n"
                                 "  b: BLOCK\n");
    tree("schedule 9 { }", "- SCHEDULE 1000\n"
                           "  a: INT 9\n"
                           "  b: BLOCK\n");
}

static void test_watch(void **state)
{
    (void)state;
    tree("watch \"f\" { }", "- WATCH\n"
                            "  a: STRING 'f'\n"
                            "  b: BLOCK\n");
}

static void test_tasks(void **state)
{
    (void)state;
    tree("spawn { }", "- SPAWN\n"
                      "  b: BLOCK\n");
    tree("let a = squad { spawn { 1 } }", "- LET 'a'\n"
                                          "  a: SQUAD\n"
                                          "    a: BLOCK\n"
                                          "      - SPAWN\n"
                                          "        b: BLOCK\n"
                                          "          - INT 1\n");
}

static void test_yield(void **state)
{
    (void)state;
    tree("yield 1 emit 2", "- YIELD\n"
                           "  a: INT 1\n"
                           "- YIELD\n"
                           "  a: INT 2\n");
}

static void test_grab(void **state)
{
    (void)state;
    tree("grab p from u", "- GRAB 'p'\n"
                          "  a: NAME 'u'\n");
    tree("grab p from u with o", "- GRAB 'p'\n"
                                 "  a: NAME 'u'\n"
                                 "  b: NAME 'o'\n");
}

static void test_download(void **state)
{
    (void)state;
    tree("download u", "- DOWNLOAD\n"
                       "  a: NAME 'u'\n");
    tree("download u to p", "- DOWNLOAD\n"
                            "  a: NAME 'u'\n"
                            "  b: NAME 'p'\n");
    tree("crawl u", "- CRAWL\n"
                    "  a: NAME 'u'\n");
}

/* ---- Words as names -------------------------------------------------------------- */

static void test_soft_words(void **state)
{
    (void)state;
    tree("from + table", "- BINARY ADD\n"
                         "  a: NAME 'from'\n"
                         "  b: NAME 'table'\n");
    tree("timeout = 1", "- ASSIGN\n"
                        "  a: NAME 'timeout'\n"
                        "  b: INT 1\n");
    tree("check.x", "- FIELD 'x'\n"
                    "  a: NAME 'check'\n");
    tree("power(2, 3)", "- CALL\n"
                        "  a: NAME 'power'\n"
                        "  - INT 2\n"
                        "  - INT 3\n");
    tree("any(xs) set() type(1) select", "- CALL\n"
                                         "  a: NAME 'any'\n"
                                         "  - NAME 'xs'\n"
                                         "- CALL\n"
                                         "  a: NAME 'set'\n"
                                         "- CALL\n"
                                         "  a: NAME 'type'\n"
                                         "  - INT 1\n"
                                         "- NAME 'select'\n");
    tree("o.where.by", "- FIELD 'by'\n"
                       "  a: FIELD 'where'\n"
                       "    a: NAME 'o'\n");
    tree("match + 1", "- BINARY ADD\n"
                      "  a: NAME 'match'\n"
                      "  b: INT 1\n");
    tree("import = 1", "- ASSIGN\n"
                       "  a: NAME 'import'\n"
                       "  b: INT 1\n");
    tree("f(to, in)", "- CALL\n"
                      "  a: NAME 'f'\n"
                      "  - NAME 'to'\n"
                      "  - NAME 'in'\n");
}

static void test_soft_names(void **state)
{
    (void)state;
    tree("fn in(to, from) {}", "- FN 'in'\n"
                               "  b: BLOCK\n"
                               "  - PARAM 'to'\n"
                               "  - PARAM 'from'\n");
    tree("thing T { by: Int }", "- STRUCT_DEF 'T'\n"
                                "  - FIELD_DEF 'by'\n"
                                "    b: TYPE_NAME 'Int'\n");
    tree("for every in limit { }", "- FOR 'every'\n"
                                   "  a: NAME 'limit'\n"
                                   "  b: BLOCK\n");
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_let),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_unpack),
        cmocka_unit_test(test_assign),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_array),
        cmocka_unit_test(test_tuple),
        cmocka_unit_test(test_grouping),
        cmocka_unit_test(test_object),
        cmocka_unit_test(test_block_value),
        cmocka_unit_test(test_struct_literal),
        cmocka_unit_test(test_lambda),
        cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_comparison),
        cmocka_unit_test(test_logic),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_postfix),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_continuation),
        cmocka_unit_test(test_no_continuation),
        cmocka_unit_test(test_separators),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_preamble),
        cmocka_unit_test(test_if),
        cmocka_unit_test(test_unless),
        cmocka_unit_test(test_while),
        cmocka_unit_test(test_for),
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_return),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_try),
        cmocka_unit_test(test_safe),
        cmocka_unit_test(test_fn),
        cmocka_unit_test(test_struct),
        cmocka_unit_test(test_interface),
        cmocka_unit_test(test_impl),
        cmocka_unit_test(test_enum),
        cmocka_unit_test(test_annotation),
        cmocka_unit_test(test_decorators),
        cmocka_unit_test(test_import),
        cmocka_unit_test(test_prompt),
        cmocka_unit_test(test_agent),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_schedule),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_tasks),
        cmocka_unit_test(test_yield),
        cmocka_unit_test(test_grab),
        cmocka_unit_test(test_download),
        cmocka_unit_test(test_soft_words),
        cmocka_unit_test(test_soft_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
