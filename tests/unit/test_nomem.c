// SPDX-License-Identifier: Apache-2.0
/* Every request for memory fails once, and every one from some request on: nothing is
 * used that is not there, everything is given back (the address sanitizer looks), and a
 * run either gives its result or says that there is no memory.  The linker is told to
 * take the functions of this file. */
#include "prog.h"

#include "lib/time_zone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Wrapped functions, and how what they wrap is called. */
#define WRAPPED(X)                                                                     \
    X(void *, malloc, (size_t n), (n), NULL)                                           \
    X(void *, calloc, (size_t n, size_t size), (n, size), NULL)                        \
    X(void *, realloc, (void *at, size_t n), (at, n), NULL)                            \
    X(char *, strdup, (const char *s), (s), NULL)                                      \
    X(char *, strndup, (const char *s, size_t n), (s, n), NULL)                        \
    X(void *, mmap, (void *at, size_t n, int prot, int flags, int fd, off_t off),      \
      (at, n, prot, flags, fd, off), MAP_FAILED)

static char root[] = "/tmp/forge-nomem-XXXXXX";
static uint64_t asked, fail_at; /* 0: nothing fails */
static bool for_good;           /* and whatever follows */

static bool refused(void)
{
    asked++;
    bool no = fail_at && (asked == fail_at || (for_good && asked > fail_at));
    if (no)
        errno = ENOMEM;
    return no;
}

#define X(type, name, params, args, none)                                              \
    type __real_##name params;                                                         \
    type __wrap_##name params;                                                         \
    type __wrap_##name params { return refused() ? none : __real_##name args; }
WRAPPED(X)
#undef X

/* ---- programs --------------------------------------------------------------------- */

/* A program whose go() gives `result`. */
typedef struct sample {
    const char *name, *source, *result;
} sample;

static const sample samples[] = {
    { "values",
      "let mut words = [\"b\", \"a\"]\n"
      "let table = map([[1, \"one\"], [[2], \"two\"]])\n"
      "let doc = \"\"\"{\"q\":[1,{}]}\"\"\"\n"
      "let seen = set([1, \"x\", [2]])\n"
      "let nested = { a: { b: [1, 2.5, null, true] }, \"c d\": (1, \"t\") }\n"
      "fn go() {\n"
      "  words.push(\"c{len(words)}\")\n"
      "  let mut long = \"\"\n"
      "  repeat 30 times { long += \"0123456789 é\" }\n"
      "  let mut o = { ...nested, z: 1 }\n"
      "  o.a.b[0] = 9\n"
      "  o[\"k{len(words)}\"] = [...words, ...[1]]\n"
      "  let big = range(5).map(fn(i) { return [str(i), i] })\n"
      "  let { a, z } = o\n"
      "  return [len(long), o.a.b[0], nested.a.b[0], len(big), z,\n"
      "    join(sort(words), \"+\"), json.stringify(json.parse(doc)),\n"
      "    contains(seen, [2]), \"straße\".upper(), split(\"a,b\", \",\")]\n"
      "}\n",
      "[360, 9, 1, 5, 1, a+b+c2, {\"q\": [1, {}]}, true, STRASSE, [a, b]]" },
    { "deferred",
      "let mut log = []\n"
      "fn f(n) {\n"
      "  let made = [n, \"x{n}\"]\n"
      "  defer(fn() { push(log, \"f{n}\") })\n"
      "  defer(fn() { push(made, 1)\n push(log, len(made)) })\n"
      "  if n == 2 { must Err(\"two\") }\n"
      "  return made\n"
      "}\n"
      "fn go() {\n"
      "  defer(fn() { push(log, \"go\") })\n"
      "  let t = spawn { defer(fn() { push(log, \"task\") })\n wait 0.001 seconds\n 7 "
      "}\n"
      "  let a = uncancellable(fn() { f(1) })\n"
      "  try { f(2) } catch e { push(log, e.message) }\n"
      "  return [a, await t, log]\n"
      "}\n",
      "[[1, x1], 7, [2, f1, 2, f2, must failed: two]]" },
    { "definitions",
      "type Shape = Circle(Float) | Box(Int, Int) | Dot\n"
      "struct Point { x: Int = 1, y: Int = 2 }\n"
      "struct Named { has Point\n name: String = \"n\" }\n"
      "give Point { fn sum(it, k = 1) { return (it.x + it.y) * k } }\n"
      "fn area(s) { return match s { Circle(r) => r * r, Box(a, b) => a * b,\n"
      "  Dot => 0 } }\n"
      "fn counter() { let mut n = 0\n"
      "  return { up: fn() { n += 1\n return n }, get: fn() { return n } } }\n"
      "let c = counter()\n"
      "fn fib(n) { if n < 2 { return n }\n return fib(n - 1) + fib(n - 2) }\n"
      "fn risky(k) { if k > 1 { must Err(\"no {k}\") }\n return Ok(k)? }\n"
      "fn caught(k) { try { return risky(k) } catch e { return e.message } }\n"
      "@get(\"/x/:id\")\n"
      "fn show(id: Int, q: String = \"d\") { return { id: id, q: q } }\n"
      "@server(port: 8080)\n"
      "fn go() {\n"
      "  c.up()\n"
      "  let p = Point { x: 5 }\n"
      "  let mut out = []\n"
      "  for i, s in [Circle(2.0), Box(2, 3), Dot] { out.push([i, area(s)]) }\n"
      "  let f = fn(a, b = [1]) { return [a, b] }\n"
      "  return [p.sum(), p.sum(2), c.up(), fib(10), caught(1), "
      "caught(2),\n"
      "    out, f(...[1, 2]), show(3), Named { }.name]\n"
      "}\n",
      NULL },
    { "tasks",
      "let mut total = 10\n"
      "let log = fn(k) { total += k\n return total }\n"
      "fn add(k) { total += k\n return total }\n"
      "fn slow(i) { return spawn { map([i], fn(x) { wait 0\n return x * 2 })[0] } }\n"
      "fn down(n) { if n == 0 { return 0 }\n return down(n - 1) + 1 }\n"
      "fn failing() { try { squad { spawn { wait 0.001 }\n spawn { must Err(\"x\") } } "
      "}\n"
      "  catch e { return e.message } }\n"
      "fn go() {\n"
      "  let c = channel(2)\n"
      "  let d = channel()\n"
      "  let t = spawn { for i in range(20) { send(c, [i, \"v{i}\"]) }\n close(c) }\n"
      "  let mut n = 0\n"
      "  for v in c { n += v[0] }\n"
      "  await t\n"
      "  let many = squad { for i in range(70) { spawn { add(i) } } }\n"
      "  let below = await_all(map(range(5), slow))\n"
      "  spawn { wait 0\n send(d, 5) }\n"
      "  let got = select([d, channel()])\n"
      "  let inside = await spawn { total = 77\n"
      "    return fn() { total += 1\n return total } }\n"
      "  let late = try_late()\n"
      "  return [n, len(many), below, got[1], failing(), inside(), late,\n"
      "    await spawn { down(300) }, await spawn { log(1) }]\n"
      "}\n"
      "fn try_late() { try { timeout 0.001 { receive(channel()) } }\n"
      "  catch e { return e.message } }\n",
      "[190, 70, [0, 2, 4, 6, 8], 5, squad task error: must failed: x, 78, "
      "timeout: operation exceeded 0.001 second limit, 300, 11]" },
    { "formats",
      "let table = \"a,b\\n1,\\\"x\\\"\\\"\\ny\\\"\\n\"\n"
      "let doc = \"a.b = [1, \\\"\\\\t\\\"]\\n[[t]]\\n[t.u]\\nv = 1e2\"\n"
      "fn go() {\n"
      "  let rows = csv.parse(table)\n"
      "  let wide = csv.stringify([{ a: repeat_str(\"\\\"\", 300) }])\n"
      "  let config = toml.parse(doc)\n"
      "  let long = range(200).map(fn(i) { return { i: i, s: [\"é\"] } })\n"
      "  let long_path = repeat_str(\"é\", 50)\n"
      "  let u = url.parse(\"http://u:p@faß.de/\" + long_path + \"?q=%20&r\")\n"
      "  return [len(rows), len(csv.parse(wide)[0].a), toml.stringify(config),\n"
      "    len(toml.parse(toml.stringify({ l: long })).l), u.host, len(u.path),\n"
      "    u.params, url.build({ host: \"h\", params: { a: wide } }).len()]\n"
      "}\n",
      NULL },
    { "templates",
      "fn go() { return render(\"page\", { list: [1, \"<\", { x: \"y\" }] }) }\n",
      "<ul><li>1</li><li>&lt;</li><li>{ &quot;x&quot;: &quot;y&quot; }</li></ul>" },
    { "deep and wide",
      "fn deep(n) { if n == 0 { return 0 }\n let a = [n, n, n, n]\n"
      "  return deep(n - 1) + len(a) }\n"
      "fn back(n) { return map([n], fn(x) { if x == 0 { return deep(50) }\n"
      "  return back(x - 1) })[0] }\n"
      "fn go() {\n"
      "  let big = range(5000).map(fn(i) { return [str(i), i] })\n"
      "  let mut long = \"\"\n"
      "  repeat 3000 times { long += \"0123456789\" }\n"
      "  let m = map(range(900).map(fn(i) { return [\"k{i}\", [i]] }))\n"
      "  let mut o = {}\n"
      "  for i in range(500) { o[\"f{i}\"] = i }\n"
      "  return [len(big), len(long), len(m), len(o), len(json.stringify(o)),\n"
      "    deep(2000), back(60)]\n"
      "}\n",
      NULL },
    { "imports",
      "import \"mod\"\n"
      "import { start, Point } from \"mod\"\n"
      "let mut own = [count]\n"
      "fn go() {\n"
      "  own.push(start())\n"
      "  return [own, bump(), count, Point { }.x]\n"
      "}\n",
      NULL },
    { "streams",
      "let base = [1, 2, 3, 4]\n"
      "fn go() {\n"
      "  let s = base.stream().filter(fn(x) { return x > 1 })\n"
      "    .map(fn(x) { return \"{x}!\" }).take(2).collect()\n"
      "  let g = group_by([\"aa\", \"b\", \"cc\"], len)\n"
      "  let u = unique([1, 1.0, \"1\", [1], [1]])\n"
      "  return [s, keys(g), len(u), reduce(base, 0, fn(a, b) { return a + b })]\n"
      "}\n",
      NULL },
    { "times",
      "fn go() {\n"
      "  let t = time.parse(\"2026-03-28T12:00:00.5Z\", \"Europe/Berlin\")\n"
      "  let bad = refused(t)\n"
      "  return [time.add(t, { days: 1 }).iso, time.format(t, \"%A %Z\"), bad,\n"
      "    time.end_of(t, \"month\").day, len(time.zones(\"Europe/Berlin\"))]\n"
      "}\n"
      "fn refused(t) { try { return time.format(t, \"%Q\") }\n"
      "  catch e { return e.message } }\n",
      "[2026-03-29T13:00:00.500+02:00, Saturday CET, time.format() invalid format, 31, "
      "1]" },
};

/* The file that "imports" imports. */
static forge_found open_module(void *ctx, const char *path, forge_file *f)
{
    static const char text[] = "let mut count = 1\n"
                               "struct Point { x: Int = 4 }\n"
                               "fn bump() { count += 1\n return count }\n"
                               "fn start() { return { at: bump() } }\n";
    (void)ctx;
    if (strcmp(path, "mod.fg") != 0)
        return FORGE_MISSING;
    f->text = text;
    f->n = sizeof text - 1;
    f->id[0] = 1;
    return FORGE_FOUND;
}

static const forge_loader loader = { .open = open_module };

static forge_build build_of(const sample *s)
{
    return (forge_build){ .file = "m.fg",
                          .source = s->source,
                          .source_len = strlen(s->source),
                          .loader = &loader,
                          .region_size = 4u << 20 };
}

/* ---- the sweep ---------------------------------------------------------------------- */

#define LEN 1024

static bool text_of(forge_fork *f, forge_value v, char *result)
{
    const char *text;
    size_t n;
    if (forge_display_text(f, v, &text, &n) != FORGE_OK)
        return false;
    assert_true(n < LEN);
    memcpy(result, text, n);
    result[n] = '\0';
    return true;
}

/* Where the programs run; its templates are not compiled yet. */
static bool new_site(forge_env *env)
{
    const forge_site_options o = { .root = root };
    *env = (forge_env){ .capabilities = FORGE_CAP_FS_READ, .site = forge_site_new(&o) };
    return env->site != NULL;
}

static bool attempt_in(const sample *s, const forge_env *env, char *result)
{
    forge_build b = build_of(s);
    forge_template *t;
    forge_error *err = NULL;
    forge_status status = forge_build_template(&b, &t, &err);
    if (status != FORGE_OK) {
        if (!fail_at)
            fail_msg("%s: %s", s->name, forge_error_report(err)->text);
        assert_true(status == FORGE_NOMEM || status == FORGE_LIMIT);
        forge_error_free(err);
        return false;
    }
    forge_fork *f = NULL;
    forge_value v;
    status = forge_fork_begin(t, NULL, NULL, env, &f);
    if (status == FORGE_OK)
        status = forge_call(f, "go", NULL, 0, &v);
    if (status != FORGE_OK && status != FORGE_NOMEM) {
        const forge_report *r = forge_fork_report(f);
        fail_msg("%s, request %u: status %d: %s", s->name, (unsigned)fail_at, status,
                 r ? r->text : "no report");
    }
    bool done = status == FORGE_OK && text_of(f, v, result);
    forge_fork_end(f);
    forge_template_free(t);
    return done;
}

/* Builds the program and calls go(); true and its result if that succeeds. */
static bool attempt(const sample *s, char *result)
{
    forge_env env;
    if (!new_site(&env)) {
        assert_true(fail_at && errno == ENOMEM);
        return false;
    }
    bool done = attempt_in(s, &env, result);
    forge_site_free(env.site);
    return done;
}

static void sweep(const sample *s, bool good)
{
    char expected[LEN], result[LEN];
    fail_at = 0;
    asked = 0;
    assert_true(attempt(s, expected));
    if (s->result)
        assert_string_equal(expected, s->result);
    uint64_t all = asked;
    for_good = good;
    uint64_t step = all / (PROG_STRESS ? 4 : 2000) + 1;
    for (uint64_t i = 1; i <= all; i += step) {
        asked = 0;
        fail_at = i;
        if (attempt(s, result))
            assert_string_equal(result, expected);
    }
    fail_at = 0;
}

static void one_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        sweep(&samples[i], false);
}

static void the_rest_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        sweep(&samples[i], true);
}

/* A fork that has one block, of which ever more is used before it begins: each of its
 * first allocations is in turn the one that does not fit. */
static void every_allocation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char expected[LEN], result[LEN];
        assert_true(attempt(&samples[i], expected));
        forge_build b = build_of(&samples[i]);
        forge_template *t;
        assert_int_equal(forge_build_template(&b, &t, NULL), FORGE_OK);
        for (uint32_t used = 0, room = 1; room; used += MANY(1, 400)) {
            prog_host h = { .fail_at = 2 };
            forge_host host = prog_host_of(&h);
            forge_fork *f;
            forge_value v;
            forge_env env;
            assert_true(new_site(&env));
            assert_int_equal(forge_fork_begin(t, &host, NULL, &env, &f), FORGE_OK);
            for (uint32_t k = 0; k < used && room; k++) {
                char text[32]; /* that is no constant of the program */
                int n = snprintf(text, sizeof text, "this is no. %u", (unsigned)k);
                room = forge_string(f, text, (size_t)n, &v) == FORGE_OK;
            }
            forge_status s = forge_call(f, "go", NULL, 0, &v);
            if (s == FORGE_OK && text_of(f, v, result))
                assert_string_equal(result, expected);
            if (s != FORGE_OK && s != FORGE_NOMEM)
                fail_msg("%s: %s", samples[i].name, forge_fork_report(f)->text);
            forge_fork_end(f);
            forge_site_free(env.site);
            assert_int_equal(h.blocks, 0);
        }
        forge_template_free(t);
    }
}

/* Regions of every size that is too small. */
static void every_region(void **state)
{
    (void)state;
    enum { SIZE = 1 << 18 };
    char *region =
        mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(region != MAP_FAILED);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        forge_status status = FORGE_NOMEM;
        for (size_t size = 0; status != FORGE_OK; size += MANY(112, 8192)) {
            assert_true(size < SIZE);
            forge_build b = build_of(&samples[i]);
            b.region = region;
            b.region_size = size;
            forge_template *t;
            memset(region, 0, size);
            status = forge_build_template(&b, &t, NULL);
            assert_true(status == FORGE_OK || status == FORGE_NOMEM
                        || (status == FORGE_USAGE && size < 64));
            forge_template_free(t);
        }
    }
    munmap(region, SIZE);
}

/* How often a zone cannot be read before it can. */
static unsigned refusals(const char *name)
{
    const fg_zone *z = NULL;
    fg_status s = FG_NOMEM;
    for_good = true;
    for (fail_at = 1; s != FG_OK; fail_at++) {
        asked = 0;
        s = name ? fg_zone_find(fg_slice_str(name), &z) : fg_zone_local(&z);
        assert_true(s == FG_OK || s == FG_NOMEM);
    }
    assert_non_null(z);
    unsigned n = (unsigned)fail_at - 2;
    fail_at = 0;
    return n;
}

/* The list of zones and their files are read once, so this comes before all others. */
static void zones(void **state)
{
    (void)state;
    assert_true(refusals("Asia/Tokyo") >= 5); /* the list too */
    assert_true(refusals("Europe/Paris") >= 2);
    assert_int_equal(refusals("Europe/Paris"), 0);
    assert_true(refusals(NULL) >= 1);
    assert_int_equal(refusals(NULL), 0);
}

/* ---- a directory with templates ------------------------------------------------- */

static const struct file {
    const char *name, *text;
} files[] = {
    { "page", "{let items = list}<ul>{include 'part'}</ul>" },
    { "part", "{for item in list}<li>{item}</li>{/for}" },
};

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(root))
        return -1;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", root, files[i].name);
        FILE *f = fopen(path, "w");
        if (!f || fputs(files[i].text, f) < 0 || fclose(f) != 0)
            return -1;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", root, files[i].name);
        unlink(path);
    }
    return rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones),          cmocka_unit_test(one_fails),
        cmocka_unit_test(the_rest_fails), cmocka_unit_test(every_allocation),
        cmocka_unit_test(every_region),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
