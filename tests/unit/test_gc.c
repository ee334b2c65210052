// SPDX-License-Identifier: Apache-2.0
/* The collector: endless garbage in bounded memory, nothing lost that is reachable, and
 * every way the host can run out of blocks. */
#include "prog.h"

#include <string.h>

#define MIB ((size_t)1 << 20)

typedef struct garbage {
    const char *what, *source, *result;
} garbage;

/* Each allocates far more than the limit it runs under, and keeps little. */
static const garbage loops[] = {
    { "strings",
      "fn run() { let mut s = \"\"\n"
      "  for i in range(0, " MANY(
          "60000", "600") ") { s = \"item number \" + str(i) + \" of very many "
                          "more\" }\n"
                          "  return s }\n",
      "item number " MANY("59999", "599") " of very many more" },
    { "growing strings",
      "fn run() { let mut n = 0\n"
      "  repeat " MANY("60", "4") " times { let mut s = \"\"\n"
                                  "    repeat " MANY(
                                      "4000",
                                      "200") " times { s = s + \"0123456789abcdef\" }\n"
                                             "    n = n + len(s) }\n"
                                             "  return n }\n",
      MANY("3840000", "12800") },
    { "arrays",
      "fn run() { let mut keep = []\n"
      "  for i in range(0, " MANY("60000",
                                  "600") ") { keep = [i, [i, [i]], keep.pop()] }\n"
                                         "  return keep[0] + keep[1][1][0] }\n",
      MANY("119998", "1198") },
    { "objects",
      "fn run() { let mut o = { n: 0, was: null }\n"
      "  for i in range(0, " MANY(
          "60000", "600") ") { o = { n: i, was: { n: o.n, text: str(i) } } }\n"
                          "  return o }\n",
      "{ \"n\": " MANY("59999", "599") ", \"was\": { \"n\": " MANY(
          "59998", "598") ", \"text\": \"" MANY("59999", "599") "\" } }" },
    { "objects with keys of their own",
      "fn run() { let mut o = {}\n"
      "  for i in range(0, " MANY(
          "20000", "200") ") { o = {}  o[\"k\" + str(i)] = i  o[\"l\" + str(i)] = "
                          "o }\n"
                          "  return o }\n",
      MANY("{ \"k19999\": 19999, \"l19999\": { \"k19999\": 19999 } }",
           "{ \"k199\": 199, \"l199\": { \"k199\": 199 } }") },
    { "streams",
      "fn run() { let mut s = [0].stream()\n"
      "  for i in range(0, " MANY(
          "20000", "200") ") { let text = \"item \" + str(i)\n"
                          "    s = [i, text].stream().filter(fn(x) { return x != i "
                          "}).chain(s.take(1))\n"
                          "      .zip(text.stream()).enumerate().skip(0).map(fn(p) { "
                          "return p[1][0] })\n"
                          "    let last = s.first()  s = [last].stream() }\n"
                          "  return s.collect() }\n",
      "[Some(item " MANY("19999", "199") ")]" },
    { "sets and maps",
      "fn run() { let mut m = map()\n"
      "  for i in range(0, " MANY(
          "6000",
          "60") ") { m = map()  let mut s = set()\n"
                "    repeat 20 times { m[_] = str(_)  s.add(\"e\" + str(_)) } }\n"
                "  return m.get(19) }\n",
      "19" },
    { "cycles of closures",
      "fn knot(k) { let mut me = null\n"
      "  me = { get: fn() { return k }, me: fn() { return me } }\n"
      "  return me }\n"
      "fn run() { let mut last = null\n"
      "  for i in range(0, " MANY("40000",
                                  "400") ") { last = knot(i) }\n"
                                         "  return last.get() + last.me().get() }\n",
      MANY("79998", "798") },
    { "wrapped values",
      "fn run() { let mut w = None\n"
      "  for i in range(0, " MANY("60000",
                                  "600") ") { w = Some(Ok(Some([i, str(i)]))) }\n"
                                         "  return w }\n",
      "Some(Ok(Some([" MANY("59999, 59999", "599, 599") "])))" },
    { "large arrays",
      "fn run() { let mut n = 0\n"
      "  repeat " MANY("200", "3") " times { let mut xs = []\n"
                                   "    for i in range(0, 3000) { xs.push(i) }\n"
                                   "    n = n + len(xs) }\n"
                                   "  return n }\n",
      MANY("600000", "9000") },
    { "deep calls",
      "fn down(k, xs) { if k == 0 { return len(xs) }\n"
      "  let ys = [k, str(k), xs]\n"
      "  return down(k - 1, ys) + len(ys) }\n"
      "fn run() { let mut n = 0\n"
      "  repeat " MANY("100", "2") " times { n = n + down(500, [1]) }\n"
                                   "  return n }\n",
      MANY("150300", "3006") },
    { "callbacks",
      "fn run() { let xs = range(0, 300)\n"
      "  let mut n = 0\n"
      "  repeat " MANY(
          "100",
          "2") " times {\n"
               "    let ys = map(xs, fn(x) { return { x: x, s: \"s\" + str(x) } })\n"
               "    n = n + len(filter(ys, fn(y) { return len([y.s, y.s, y.s]) == 3 "
               "})) }\n"
               "  return n }\n",
      MANY("30000", "600") },
};

static void bounded(void **context)
{
    const garbage *g = *context;
    prog p;
    prog_build(&p, g->source);
    prog_host h = { 0 };
    forge_host host = prog_host_of(&h);
    forge_limits limits = { .memory = 3 * MIB };
    forge_fork *f;
    assert_int_equal(forge_fork_begin(p.tmpl, &host, &limits, NULL, &f), FORGE_OK);
    prog_expect(f, "run", g->result);
    assert_true(forge_fork_memory(f) <= limits.memory);
    forge_fork_end(f);
    assert_int_equal(h.bytes, 0);
    prog_free(&p);
}

/* The same programs with a host that fails at its nth block: they end with a limit or
 * without memory, leak nothing and leave the template alone. */
static void failing_host(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        prog p;
        prog_build(&p, loops[i].source);
        for (uint64_t n = 1; n < (PROG_STRESS ? 4 : 40); n += 1 + n / 8) {
            prog_host h = { .fail_at = n };
            forge_host host = prog_host_of(&h);
            forge_limits limits = { .memory = 64 * MIB };
            forge_value v;
            forge_fork *f;
            forge_status s = forge_fork_begin(p.tmpl, &host, &limits, NULL, &f);
            if (s == FORGE_OK) {
                s = forge_call(f, "run", NULL, 0, &v);
                if (h.gets < n)
                    assert_int_equal(s, FORGE_OK);
                forge_fork_end(f);
            }
            if (s != FORGE_OK && s != FORGE_LIMIT && s != FORGE_NOMEM)
                fail_msg("%s, block %d: status %d", loops[i].what, (int)n, (int)s);
            assert_int_equal(h.blocks, 0);
            assert_int_equal(h.bytes, 0);
        }
        prog_free(&p);
    }
}

/* What is reachable is larger than the limit: the program ends, whatever it tries. */
static void limit_ends_a_program(void **context)
{
    (void)context;
    static const char *const sources[] = {
        "fn run() { let mut xs = []  while true { xs.push([1, 2, 3]) } }\n",
        "fn run() { let mut xs = []  while true { xs = [xs, xs] } }\n",
        "fn run() { let mut s = \"x\"  while true { s = s + s } }\n",
        "fn run() { let mut o = {}  let mut i = 0\n"
        "  while true { i = i + 1  o[str(i)] = i } }\n",
        "fn run() { let mut xs = []\n"
        "  while true { try { xs.push(str(len(xs))) } catch e { xs.push(e) } } }\n",
        "fn run() { let mut m = map()  let mut i = 0\n"
        "  while true { i = i + 1  m[i] = str(i) } }\n",
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        prog p;
        prog_build(&p, sources[i]);
        prog_host h = { 0 };
        forge_host host = prog_host_of(&h);
        forge_limits limits = { .memory = PROG_STRESS ? 4 * 65536 : 2 * MIB };
        forge_fork *f;
        forge_value v;
        assert_int_equal(forge_fork_begin(p.tmpl, &host, &limits, NULL, &f), FORGE_OK);
        assert_int_equal(forge_call(f, "run", NULL, 0, &v), FORGE_LIMIT);
        assert_non_null(forge_fork_report(f));
        assert_true(forge_fork_memory(f) <= limits.memory);
        forge_fork_end(f);
        assert_int_equal(h.bytes, 0);
        prog_free(&p);
    }
}

/* Chains deeper than the C stack survive collections, of which there are many. */
static void deep_chains_survive(void **context)
{
    (void)context;
    prog p;
    prog_build(
        &p,
        "fn run() {\n"
        "  let mut xs = []\n"
        "  let mut o = null\n"
        "  let mut f = null\n"
        "  repeat " MANY(
            "200000",
            "2000") " times {\n"
                    "    xs = [xs]\n"
                    "    o = { next: o, junk: [1, 2] }\n"
                    "  }\n"
                    "  repeat " MANY(
                        "20000",
                        "200") " times { let g = f  f = fn() { return g } }\n"
                               "  let mut n = 0\n"
                               "  repeat " MANY(
                                   "100000",
                                   "1000") " times { n = n + len([_, str(_)]) }\n"
                                           "  while len(xs) > 0 { xs = xs[0]  n = n + "
                                           "1 }\n"
                                           "  while o != null { o = o.next  n = n + 1 "
                                           "}\n"
                                           "  while f != null { f = f()  n = n + 1 }\n"
                                           "  return n\n"
                                           "}\n");
    forge_fork *f = prog_fork(&p);
    prog_expect(f, "run", MANY("620000", "6200"));
    forge_fork_end(f);
    prog_free(&p);
}

/* Hundreds of megabytes that are all alive, with collections while they grow. */
static void large_heaps_are_walked(void **context)
{
    (void)context;
    prog p;
    prog_build(
        &p,
        "fn run() {\n"
        "  let mut all = []\n"
        "  for i in range(0, " MANY(
            "400000",
            "2000") ") { all.push({ id: i, name: \"n\" + str(i),\n"
                    "    tags: [str(i), \"b\"] }) }\n"
                    "  let mut sum = 0\n"
                    "  for o in all { if o.tags[0] == str(o.id) { sum = sum + 1 } }\n"
                    "  return sum\n"
                    "}\n");
    forge_fork *f = prog_fork(&p);
    prog_expect(f, "run", MANY("400000", "2000"));
    assert_true(PROG_STRESS || forge_fork_memory(f) > 50 * MIB);
    forge_fork_end(f);
    prog_free(&p);
}

int main(void)
{
    enum { LOOPS = sizeof loops / sizeof loops[0] };
    struct CMUnitTest garbage_tests[LOOPS];
    for (int i = 0; i < LOOPS; i++)
        garbage_tests[i] = (struct CMUnitTest){ loops[i].what, bounded, NULL, NULL,
                                                (void *)(uintptr_t)&loops[i] };
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(failing_host),
        cmocka_unit_test(limit_ends_a_program),
        cmocka_unit_test(deep_chains_survive),
        cmocka_unit_test(large_heaps_are_walked),
    };
    int failed = cmocka_run_group_tests(garbage_tests, NULL, NULL);
    return failed + cmocka_run_group_tests(others, NULL, NULL);
}
