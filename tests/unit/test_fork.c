// SPDX-License-Identifier: Apache-2.0
/* Forks are isolated from each other and from their template, whatever a program
 * keeps its state in.  Templates lie in memory that was made read-only, so a write
 * to one ends the test program; their checksums are compared as well. */
#include "prog.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A program with functions touch() and show(), and what show() gives before and after
 * one and two changes. */
typedef struct state {
    const char *what, *source, *fresh, *once, *twice;
} state;

/* A counter behind closures. */
#define COUNTER                                                                        \
    "fn counter() {\n"                                                                 \
    "  let mut n = 0\n"                                                                \
    "  return { add: fn() { n = n + 1  return n }, get: fn() { return n } }\n"         \
    "}\n"

static const state states[] = {
    { "global",
      "let mut n = 0\n"
      "fn touch() { n = n + 1 }\n"
      "fn show() { return n }\n",
      "0", "1", "2" },
    { "captured variable",
      COUNTER "let c = counter()\n"
              "fn touch() { let f = c.add  f() }\n"
              "fn show() { let f = c.get  return f() }\n",
      "0", "1", "2" },
    { "counter lambda",
      "let mut n = 0\n"
      "let add = fn() { n = n + 1  return n }\n"
      "fn touch() { add() }\n"
      "fn show() { return n }\n",
      "0", "1", "2" },
    { "one closure in two variables",
      COUNTER "let c = counter()\n"
              "let mut d = c\n"
              "fn touch() { let f = d.add  f() }\n"
              "fn show() { let f = c.get  return f() }\n",
      "0", "1", "2" },
    { "two counters",
      COUNTER "let mut a = counter()\n"
              "let mut b = counter()\n"
              "let f0 = a.add\n"
              "f0()\n"
              "fn touch() { let f = b.add  f()  f() }\n"
              "fn show() { let f = a.get  let g = b.get  return [f(), g()] }\n",
      "[1, 0]", "[1, 2]", "[1, 4]" },
    { "closure in an array in an object",
      COUNTER "let app = { parts: [1, [counter()]] }\n"
              "fn part() { return app.parts[1][0] }\n"
              "fn touch() { let p = part()  let f = p.add  f() }\n"
              "fn show() { let p = part()  let f = p.get  return f() }\n",
      "0", "1", "2" },
    { "closure in a tuple",
      COUNTER "let pair = (1, counter())\n"
              "fn touch() { let p = pair[1]  let f = p.add  f() }\n"
              "fn show() { let p = pair[1]  let f = p.get  return f() }\n",
      "0", "1", "2" },
    { "closure in Some",
      COUNTER "let maybe = Some(counter())\n"
              "fn touch() { let p = unwrap(maybe)  let f = p.add  f() }\n"
              "fn show() { let p = unwrap(maybe)  let f = p.get  return f() }\n",
      "0", "1", "2" },
    { "recursive local function",
      "fn make() {\n"
      "  let mut calls = 0\n"
      "  fn down(k) {\n"
      "    calls = calls + 1\n"
      "    if k > 0 { return down(k - 1) }\n"
      "    return calls\n"
      "  }\n"
      "  return down\n"
      "}\n"
      "let down = make()\n"
      "fn touch() { down(2) }\n"
      "fn show() { return down(0) }\n",
      "1", "4", "7" },
    { "recursive lambda and fib",
      "let fib = fn(n) { if n < 2 { return n }  return fib(n - 1) + fib(n - 2) }\n"
      "let mut k = 9\n"
      "fn touch() { k = k + 1 }\n"
      "fn show() { return fib(k) }\n",
      "34", "55", "89" },
    { "cycle through a captured variable",
      "fn knot() {\n"
      "  let mut me = null\n"
      "  let mut n = 0\n"
      "  me = { step: fn() { n = n + 1  return me }, n: fn() { return n } }\n"
      "  return me\n"
      "}\n"
      "let k = knot()\n"
      "fn touch() { let s = k.step  let again = s()  let t = again.step  t() }\n"
      "fn show() { let f = k.n  return f() }\n",
      "0", "2", "4" },
    { "array element",
      "let mut xs = [1, 2, 3]\n"
      "fn touch() { xs[1] = xs[1] + 1 }\n"
      "fn show() { return xs }\n",
      "[1, 2, 3]", "[1, 3, 3]", "[1, 4, 3]" },
    { "array of ints that gets a string",
      "let mut xs = [1]\n"
      "fn touch() { xs.push(\"a\")  xs[0] = xs[0] + 0.5 }\n"
      "fn show() { return xs }\n",
      "[1]", "[1.5, a]", "[2, a, a]" },
    { "path through containers",
      "let mut o = { a: [ { b: 1 } ], c: 5 }\n"
      "fn touch() { o.a[0].b = o.a[0].b + 1 }\n"
      "fn show() { return o.a[0].b * 10 + o.c }\n",
      "15", "25", "35" },
    { "new key",
      "let mut o = { a: 1 }\n"
      "fn touch() { o[\"k\" + str(len(o))] = 2 }\n"
      "fn show() { return keys(o) }\n",
      "[a]", "[a, k1]", "[a, k1, k2]" },
    { "two variables of one array",
      "let mut a = [1]\n"
      "let mut b = a\n"
      "fn touch() { b.push(2) }\n"
      "fn show() { return [a, b] }\n",
      "[[1], [1]]", "[[1], [1, 2]]", "[[1], [1, 2, 2]]" },
    { "constant taken into a variable",
      "let base = [1]\n"
      "let mut got = []\n"
      "fn touch() { let mut b = base  b.push(2)  got.push(len(b)) }\n"
      "fn show() { return [base, got] }\n",
      "[[1], []]", "[[1], [2]]", "[[1], [2, 2]]" },
    { "parameter",
      "let base = [1]\n"
      "let mut n = 0\n"
      "fn grow(xs) { xs.push(2)  return len(xs) }\n"
      "fn touch() { n = n + grow(base) }\n"
      "fn show() { return [len(base), n] }\n",
      "[1, 0]", "[1, 2]", "[1, 4]" },
    { "default argument",
      "let mut n = 0\n"
      "let none = []\n"
      "fn add(x, to = none) { to.push(x)  return len(to) }\n"
      "fn touch() { n = n + add(7) }\n"
      "fn show() { return [n, len(none)] }\n",
      "[0, 0]", "[1, 0]", "[2, 0]" },
    { "string",
      "let mut s = \"a string that is long enough for a buffer of its own, or so it is "
      "hoped:\"\n"
      "s = s + \".\"\n"
      "let n = len(s)\n"
      "fn touch() { s = s + \"x\" }\n"
      "fn show() { return len(s) - n }\n",
      "0", "1", "2" },
    { "set",
      "let mut s = set([1, 2])\n"
      "fn touch() { s.add(10 + len(s)) }\n"
      "fn show() { return s }\n",
      "set(1, 2)", "set(1, 2, 12)", "set(1, 2, 12, 13)" },
    { "map",
      "let mut m = map([(\"a\", 1)])\n"
      "fn touch() { m[len(m)] = \"x\" }\n"
      "fn show() { return m }\n",
      "Map(a => 1)", "Map(a => 1, 1 => x)", "Map(a => 1, 1 => x, 2 => x)" },
    { "method",
      "thing Acc { total: Int = 0 }\n"
      "let mut log = []\n"
      "give Acc { fn add(it, k) { log.push(k)  return len(log) } }\n"
      "let acc = Acc { }\n"
      "fn touch() { acc.add(3) }\n"
      "fn show() { return log }\n",
      "[]", "[3]", "[3, 3]" },
    { "method that captures",
      "thing Acc { total: Int = 0 }\n"
      "fn install() {\n"
      "  let mut n = 0\n"
      "  give Acc { fn add(it) { n = n + 1  return n }  fn get(it) { return n } }\n"
      "}\n"
      "install()\n"
      "let acc = Acc { }\n"
      "fn touch() { acc.add() }\n"
      "fn show() { return acc.get() }\n",
      "0", "1", "2" },
    { "struct default",
      "thing List { items: Json = [1] }\n"
      "let mut last = null\n"
      "fn touch() { let mut l = List { }  l.items[0] = 2  last = l }\n"
      "fn show() { let l = List { }  return [l.items, if last { last.items } else { 0 "
      "}] }\n",
      "[[1], 0]", "[[1], [2]]", "[[1], [2]]" },
    { "closure as struct default",
      COUNTER
      "thing Service { calls: Json = counter() }\n"
      "fn touch() { let s = Service { }  let c = s.calls  let f = c.add  f() }\n"
      "fn show() { let s = Service { }  let c = s.calls  let f = c.get  return f() "
      "}\n",
      "0", "1", "2" },
    { "loop that changes what it walks",
      "let mut xs = [1, 2]\n"
      "fn touch() { for x in xs { xs.push(x) } }\n"
      "fn show() { return xs }\n",
      "[1, 2]", "[1, 2, 1, 2]", "[1, 2, 1, 2, 1, 2, 1, 2]" },
    { "loop that changes elements ahead",
      "let mut xs = [1, 2, 3]\n"
      "let mut seen = []\n"
      "fn touch() { for x in xs { xs[2] = 9  seen.push(x) } }\n"
      "fn show() { return seen }\n",
      "[]", "[1, 2, 3]", "[1, 2, 3, 1, 2, 9]" },
    { "loop over an object that grows",
      "let mut o = { a: 1, b: 2 }\n"
      "fn touch() { for k in keys(o) { o[k + k] = 0 } }\n"
      "fn show() { return len(o) }\n",
      "2", "4", "6" },
    { "function that is replaced",
      "let mut f = fn() { return 1 }\n"
      "fn touch() { let old = f  let was = old()  f = fn() { return was + 1 } }\n"
      "fn show() { return f() }\n",
      "1", "2", "3" },
    { "enum value",
      "type Light = Red | Green | Mixed(Int)\n"
      "let mut l = Red\n"
      "fn touch() { match l { Red => { l = Green } _ => { l = Mixed(4) } } }\n"
      "fn show() { return match l { Red => \"r\"  Green => \"g\"  Mixed(n) => n } }\n",
      "r", "g", "4" },
};

/* Interleaves forks of one template: none sees what another did. */
static void isolated_program(const state *s, const char *source)
{
    prog p;
    prog_build(&p, source);
    forge_fork *a = prog_fork(&p), *b = prog_fork(&p);
    prog_expect(a, "show", s->fresh);
    if (strcmp(s->what, "recursive local function") == 0) {
        forge_fork_end(a); /* showing counts, too */
        a = prog_fork(&p);
    }
    prog_call(a, "touch");
    prog_call(a, "touch");
    prog_call(b, "touch");
    forge_fork *c = prog_fork(&p);
    prog_expect(c, "show", s->fresh);
    prog_expect(b, "show", s->once);
    forge_fork_end(b);
    prog_expect(a, "show", s->twice);
    forge_fork_end(a);
    forge_fork_end(c);
    prog_free(&p);
}

static void isolated(void **context)
{
    const state *s = *context;
    isolated_program(s, s->source);
}

/* The same with so many variables around it that the window is paged: a fork shares the
 * template's pages until it writes to them. */
static void isolated_in_pages(void **context)
{
    enum { FILLER = 600, ROOM = FILLER * 64 };
    const state *s = *context;
    size_t size = ROOM + strlen(s->source), n = 0;
    char *source = malloc(size);
    assert_non_null(source);
    for (int i = 0; i < FILLER; i++)
        n += (size_t)snprintf(source + n, size - n, "let mut fill%d = [%d]\n", i, i);
    n += (size_t)snprintf(source + n, size - n, "fn fill_all(x) {\n");
    for (int i = 0; i < FILLER; i++)
        n += (size_t)snprintf(source + n, size - n, "fill%d = x\n", i);
    snprintf(source + n, size - n, "}\n%s", s->source);
    isolated_program(s, source);
    free(source);
}

/* Every variable of a paged window is its own, read and written again and again. */
static void pages_are_copied_when_written(void **context)
{
    (void)context;
    enum { COUNT = 2000 };
    size_t size = COUNT * 96, n = 0;
    char *source = malloc(size);
    assert_non_null(source);
    for (int i = 0; i < COUNT; i++)
        n += (size_t)snprintf(source + n, size - n, "let mut v%d = [%d]\n", i, i);
    n += (size_t)snprintf(source + n, size - n, "fn grow() {\n");
    for (int i = 0; i < COUNT; i += 7)
        n += (size_t)snprintf(source + n, size - n, "v%d.push(v%d[0])\n", i,
                              (i + 5) % COUNT);
    for (int i = 0; i < COUNT; i++)
        n += (size_t)snprintf(source + n, size - n, "if false { v%d = [] }\n", i);
    n += (size_t)snprintf(source + n, size - n, "}\nfn total() { let mut t = 0\n");
    for (int i = 0; i < COUNT; i++)
        n += (size_t)snprintf(source + n, size - n, "t = t + sum(v%d)\n", i);
    snprintf(source + n, size - n, "return t }\n");
    prog p;
    prog_build(&p, source);
    assert_int_equal(forge_template_slots(p.tmpl), COUNT);
    forge_fork *a = prog_fork(&p), *b = prog_fork(&p);
    prog_expect(a, "total", "1999000");
    prog_call(a, "grow");
    prog_expect(a, "total", "2283715");
    prog_call(a, "grow");
    prog_expect(a, "total", "2568430");
    prog_expect(b, "total", "1999000");
    forge_fork_end(a);
    forge_fork_end(b);
    prog_free(&p);
    free(source);
}

/* ---- the shape of templates ----------------------------------------------------- */

/* Calls the counter of one fork five times and of another three times, interleaved. */
static void counters_end_at_five_and_three(void **context)
{
    (void)context;
    prog p;
    prog_build(&p, COUNTER "let c = counter()\n"
                           "fn add() { let f = c.add  return f() }\n"
                           "fn get() { let f = c.get  return f() }\n");
    forge_fork *a = prog_fork(&p), *b = prog_fork(&p);
    static const char *const text[] = { "1", "2", "3", "4", "5" };
    for (int i = 0; i < 5; i++) {
        prog_expect(a, "add", text[i]);
        if (i < 3)
            prog_expect(b, "add", text[i]);
    }
    prog_expect(a, "get", "5");
    prog_expect(b, "get", "3");
    forge_fork *c = prog_fork(&p);
    prog_expect(c, "get", "0");
    forge_fork_end(a);
    forge_fork_end(b);
    forge_fork_end(c);
    prog_free(&p);
}

/* Slots are variables that something assigns, whatever the data is. */
static void slots_are_variables(void **context)
{
    (void)context;
    prog p;
    prog_build(&p, "let a = 1\n"
                   "let mut b = 2\n"
                   "let mut c = [1, 2, 3]\n"
                   "fn set_c() { c = 5 }\n");
    assert_int_equal(forge_template_slots(p.tmpl), 1);
    prog_free(&p);
    prog_build(&p, COUNTER "let cs = [counter(), counter(), counter()]\n");
    assert_int_equal(forge_template_slots(p.tmpl), 3);
    prog_free(&p);
}

static void big_template_has_few_slots(void **context)
{
    (void)context;
    prog p;
    prog_build(&p, "let mut s = \"0123456789abcdef\"\n"
                   "repeat 23 times { s = s + s }\n"
                   "let mut xs = range(0, 4096)\n"
                   "let mut n = 0\n"
                   "fn touch() { n = n + 1  s = s + \"!\"  xs.push(n)\n"
                   "  return [n, len(s), len(xs)] }\n");
    assert_true(forge_template_size(p.tmpl) > ((size_t)100 << 20));
    assert_int_equal(forge_template_slots(p.tmpl), 3);
    forge_fork *f = prog_fork(&p);
    prog_expect(f, "touch", "[1, 134217729, 4097]");
    prog_expect(f, "touch", "[2, 134217730, 4098]");
    forge_fork_end(f);
    f = prog_fork(&p);
    prog_expect(f, "touch", "[1, 134217729, 4097]");
    forge_fork_end(f);
    prog_free(&p);
}

/* A chain of containers far deeper than any C stack. */
static void deep_structures_freeze(void **context)
{
    (void)context;
    prog p;
    prog_build(
        &p, "let mut xs = []\n"
            "let mut o = { next: null }\n"
            "repeat " MANY(
                "1000000",
                "2000") " times { xs = [xs] }\n"
                        "repeat " MANY(
                            "100000",
                            "1000") " times { o = { next: o } }\n"
                                    "fn depth() {\n"
                                    "  let mut d = 0\n"
                                    "  let mut at = xs\n"
                                    "  while len(at) > 0 { at = at[0]  d = d + 1 }\n"
                                    "  let mut p = o\n"
                                    "  while p.next != null { p = p.next  d = d + 1 }\n"
                                    "  return d\n"
                                    "}\n");
    forge_fork *f = prog_fork(&p);
    prog_expect(f, "depth", MANY("1100000", "3000"));
    forge_fork_end(f);
    prog_free(&p);
}

/* A linked chain of closures, each held by the one after it. */
static void deep_closures_freeze(void **context)
{
    (void)context;
    prog p;
    prog_build(
        &p, "fn link(next) { let mut n = 0\n"
            "  return fn() { n = n + 1  return [n, next] } }\n"
            "let mut head = null\n"
            "repeat " MANY(
                "10000",
                "500") " times { head = link(head) }\n"
                       "fn walk() {\n"
                       "  let mut sum = 0\n"
                       "  let mut f = head\n"
                       "  while f != null { let r = f()  sum = sum + r[0]  f = r[1] }\n"
                       "  return sum\n"
                       "}\n");
    assert_true(forge_template_slots(p.tmpl) >= (PROG_STRESS ? 500 : 10000));
    forge_fork *f = prog_fork(&p), *g = prog_fork(&p);
    prog_expect(f, "walk", MANY("10000", "500"));
    prog_expect(f, "walk", MANY("20000", "1000"));
    prog_expect(g, "walk", MANY("10000", "500"));
    forge_fork_end(f);
    forge_fork_end(g);
    prog_free(&p);
}

/* Sets, maps and objects are found by key in the template as before. */
static void tables_keep_their_index(void **context)
{
    (void)context;
    prog p;
    prog_build(&p, "let mut m = map()\n"
                   "let mut o = {}\n"
                   "let mut s = set()\n"
                   "repeat 1000 times {\n"
                   "  m[\"k\" + str(_)] = _\n"
                   "  o[\"k\" + str(_)] = _\n"
                   "  s.add((_, \"x\"))\n"
                   "}\n"
                   "repeat 500 times { s.remove((_ * 2, \"x\")) }\n"
                   "fn look() {\n"
                   "  let mut n = 0\n"
                   "  repeat 1000 times {\n"
                   "    if m.get(\"k\" + str(_)) == _ { n = n + 1 }\n"
                   "    if o[\"k\" + str(_)] == _ { n = n + 1 }\n"
                   "    if s.has((_, \"x\")) { n = n + 1 }\n"
                   "  }\n"
                   "  return [n, len(m), len(o), len(s)]\n"
                   "}\n");
    forge_fork *f = prog_fork(&p);
    prog_expect(f, "look", "[2500, 1000, 1000, 500]");
    forge_fork_end(f);
    prog_free(&p);
}

/* A fork takes one block and gives everything back, with many slots, too. */
static void forks_give_back_what_they_take(void **context)
{
    (void)context;
    prog p;
    prog_build(
        &p, COUNTER
        "let mut cs = []\n"
        "repeat " MANY("20000", "500") " times { cs.push(counter()) }\n"
                                       "fn use() { let mut n = 0\n"
                                       "  for c in cs { let f = c.add  n = n + f() }\n"
                                       "  return n }\n");
    prog_host h = { 0 };
    forge_host host = prog_host_of(&h);
    forge_fork *f;
    assert_int_equal(forge_fork_begin(p.tmpl, &host, NULL, NULL, &f), FORGE_OK);
    assert_int_equal(h.blocks, 1);
    prog_expect(f, "use", MANY("20000", "500"));
    forge_fork_end(f);
    assert_int_equal(h.blocks, 0);
    assert_int_equal(h.bytes, 0);
    prog_free(&p);
}

/* The top level of a page runs in each fork, and starts from nothing. */
static void pages_run_in_each_fork(void **context)
{
    (void)context;
    static const char source[] = "let mut n = 0\n"
                                 "fn add() { n = n + 1  return n }\n"
                                 "add()\n"
                                 "fn show() { return n }\n";
    forge_build b = {
        .file = "page.fg", .source = source, .source_len = sizeof source - 1, .page = 1
    };
    forge_template *t;
    assert_int_equal(forge_build_template(&b, &t, NULL), FORGE_OK);
    uint64_t sum = forge_template_checksum(t);
    for (int i = 0; i < 3; i++) {
        forge_fork *f;
        assert_int_equal(forge_fork_begin(t, NULL, NULL, NULL, &f), FORGE_OK);
        assert_int_equal(forge_run(f), FORGE_OK);
        prog_expect(f, "show", "1");
        forge_fork_end(f);
    }
    assert_true(forge_template_checksum(t) == sum);
    forge_template_free(t);
}

/* What the top level never came to set is reported by name in a fork, too. */
static void unset_variables(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *message;
    } calls[] = {
        { "read", "undefined variable: 'later'" },
        { "constant", "undefined variable: 'never'" },
        { "call", "undefined variable: 'never'" },
        { "write", "undefined variable: later" },
    };
    for (int padding = 0; padding < 2; padding++) {
        char source[32768] = "fn read() { return later }\n"
                             "fn constant() { return never }\n"
                             "fn call() { return never(1) }\n"
                             "fn write() { later = 5\n return later }\n"
                             "if true { return 1 }\n"
                             "let mut later = 1\n"
                             "let never = 2\n";
        for (size_t i = 0; padding && i < 600; i++) /* a window of pages */
            sprintf(source + strlen(source), "let mut pad%d = 1\npad%d = 2\n", (int)i,
                    (int)i);
        prog p;
        prog_build(&p, source);
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
            forge_fork *f = prog_fork(&p);
            assert_int_equal(forge_call(f, calls[i].name, NULL, 0, NULL), FORGE_ERROR);
            assert_string_equal(forge_fork_report(f)->message, calls[i].message);
            forge_fork_end(f);
        }
        prog_free(&p);
    }
}

int main(void)
{
    enum { STATES = sizeof states / sizeof states[0] };
    struct CMUnitTest isolation[2 * STATES];
    for (int i = 0; i < 2 * STATES; i++)
        isolation[i] = (struct CMUnitTest){ states[i / 2].what,
                                            i % 2 ? isolated_in_pages : isolated, NULL,
                                            NULL, (void *)(uintptr_t)&states[i / 2] };
    static const struct CMUnitTest shapes[] = {
        cmocka_unit_test(counters_end_at_five_and_three),
        cmocka_unit_test(slots_are_variables),
        cmocka_unit_test(big_template_has_few_slots),
        cmocka_unit_test(deep_structures_freeze),
        cmocka_unit_test(deep_closures_freeze),
        cmocka_unit_test(tables_keep_their_index),
        cmocka_unit_test(forks_give_back_what_they_take),
        cmocka_unit_test(pages_run_in_each_fork),
        cmocka_unit_test(pages_are_copied_when_written),
        cmocka_unit_test(unset_variables),
    };
    int failed = cmocka_run_group_tests(isolation, NULL, NULL);
    return failed + cmocka_run_group_tests(shapes, NULL, NULL);
}
