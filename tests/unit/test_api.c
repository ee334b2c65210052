// SPDX-License-Identifier: Apache-2.0
/* The public interface: templates, routes, values, calls, reports, bad input. */
#include "prog.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define REGION ((size_t)256 << 20)

static forge_status try_build(const char *source, forge_build *b, forge_template **t,
                              forge_error **err)
{
    b->file = b->file ? b->file : "app.fg";
    b->source = source;
    b->source_len = strlen(source);
    return forge_build_template(b, t, err);
}

static forge_template *build(const char *source, int page)
{
    forge_build b = { .page = page };
    forge_template *t;
    forge_error *err;
    if (try_build(source, &b, &t, &err) != FORGE_OK)
        fail_msg("%s", err ? forge_error_report(err)->text : "no report");
    return t;
}

static forge_fork *fork_of(forge_template *t)
{
    forge_fork *f;
    assert_int_equal(forge_fork_begin(t, NULL, NULL, NULL, &f), FORGE_OK);
    return f;
}

static void end(forge_fork *f, forge_template *t)
{
    forge_fork_end(f);
    forge_template_free(t);
}

static void ok(forge_fork *f, forge_status s)
{
    if (s != FORGE_OK) {
        const forge_report *r = forge_fork_report(f);
        fail_msg("status %d: %s", (int)s, r ? r->text : "no report");
    }
}

static void expect_json(forge_fork *f, forge_value v, const char *want)
{
    const char *text;
    size_t n;
    ok(f, forge_json_text(f, v, &text, &n));
    assert_int_equal(n, strlen(want));
    assert_memory_equal(text, want, n);
}

static forge_value text_value(forge_fork *f, const char *s)
{
    forge_value v;
    ok(f, forge_string(f, s, strlen(s), &v));
    return v;
}

/* ---- calls and values ------------------------------------------------------------- */

static void calls(void **state)
{
    (void)state;
    forge_template *t = build("fn add(a, b) { return a + b }\n"
                              "fn none() { }\n"
                              "let number = 7\n",
                              0);
    forge_fork *f = fork_of(t);
    forge_value argv[2] = { forge_int(40), forge_int(2) }, v;
    ok(f, forge_call(f, "add", argv, 2, &v));
    assert_int_equal(forge_kind_of(v), FORGE_INT);
    assert_int_equal(forge_to_int(v), 42);
    argv[0] = text_value(f, "for");
    argv[1] = text_value(f, "ge");
    ok(f, forge_call(f, "add", argv, 2, &v));
    expect_json(f, v, "\"forge\"");
    ok(f, forge_call(f, "none", NULL, 0, &v));
    assert_int_equal(forge_kind_of(v), FORGE_NULL);
    ok(f, forge_call(f, "none", NULL, 0, NULL));
    assert_int_equal(forge_call(f, "number", NULL, 0, &v), FORGE_USAGE);
    assert_int_equal(forge_call(f, "missing", NULL, 0, &v), FORGE_USAGE);
    assert_non_null(strstr(forge_fork_report(f)->message, "'missing'"));
    assert_int_equal(forge_call(f, "len", NULL, 0, &v), FORGE_USAGE);
    end(f, t);
}

/* A function that reads files is refused without the right to; the module's others need
 * none, and its constant outlives the build. */
static void rights(void **state)
{
    (void)state;
    forge_template *t = build("let kept = [path]\n"
                              "fn text() { return kept[0].join(\"a\", \"b\")"
                              " + path.separator + kept[0].separator }\n"
                              "fn real() { return path.resolve(\"/\") }\n"
                              "fn way() { return kept[0].relative(\"/\", \"/\") }\n"
                              "fn caught() { try { return real() }"
                              " catch e { return \"refused\" } }\n",
                              0);
    forge_fork *f = fork_of(t);
    forge_value v;
    ok(f, forge_call(f, "text", NULL, 0, &v));
    expect_json(f, v, "\"a/b//\"");
    assert_int_equal(forge_call(f, "real", NULL, 0, &v), FORGE_ERROR);
    assert_string_equal(forge_fork_report(f)->message, "permission denied: fs.read");
    assert_int_equal(forge_call(f, "way", NULL, 0, &v), FORGE_ERROR);
    assert_non_null(strstr(forge_fork_report(f)->hint, "path.relative needs"));
    ok(f, forge_call(f, "caught", NULL, 0, &v));
    expect_json(f, v, "\"refused\"");
    forge_fork_end(f);

    forge_env env = { .capabilities = FORGE_CAP_ALL & ~FORGE_CAP_FS_READ };
    assert_int_equal(forge_fork_begin(t, NULL, NULL, &env, &f), FORGE_OK);
    assert_int_equal(forge_call(f, "real", NULL, 0, &v), FORGE_ERROR);
    forge_fork_end(f);

    env.capabilities = FORGE_CAP_FS_READ;
    assert_int_equal(forge_fork_begin(t, NULL, NULL, &env, &f), FORGE_OK);
    ok(f, forge_call(f, "real", NULL, 0, &v));
    expect_json(f, v, "\"/\"");
    ok(f, forge_call(f, "way", NULL, 0, &v));
    expect_json(f, v, "\".\"");
    end(f, t);
}

static void scalars(void **state)
{
    (void)state;
    assert_int_equal(forge_kind_of(forge_null()), FORGE_NULL);
    assert_int_equal(forge_kind_of(forge_absent()), FORGE_NULL);
    assert_int_equal(forge_kind_of(forge_bool(7)), FORGE_BOOL);
    assert_int_equal(forge_to_int(forge_bool(7)), 1);
    assert_int_equal(forge_kind_of(forge_int(INT64_MIN)), FORGE_INT);
    assert_true(forge_to_int(forge_int(INT64_MIN)) == INT64_MIN);
    assert_int_equal(forge_kind_of(forge_float(0.5)), FORGE_FLOAT);
    assert_true(forge_to_float(forge_float(0.5)) == 0.5);
    assert_true(forge_to_float(forge_int(3)) == 3.0);
    assert_true(forge_to_float(forge_bool(1)) == 1.0);
    assert_int_equal(forge_to_int(forge_float(-2.9)), -2);
    assert_true(forge_to_int(forge_float(1e300)) == INT64_MAX);
    assert_int_equal(forge_to_int(forge_float(NAN)), 0);
    assert_int_equal(forge_to_int(forge_null()), 0);
    size_t n = 9;
    assert_null(forge_to_string(forge_int(1), &n));
    assert_int_equal(n, 0);
    assert_null(forge_to_string(forge_null(), NULL));
}

static void strings(void **state)
{
    (void)state;
    forge_template *t = build("fn same(s) { return s }\n", 0);
    forge_fork *f = fork_of(t);
    forge_value v, out;
    ok(f, forge_string(f, "a\0b", 3, &v));
    ok(f, forge_call(f, "same", &v, 1, &out));
    size_t n;
    const char *p = forge_to_string(out, &n);
    assert_int_equal(n, 3);
    assert_memory_equal(p, "a\0b", 3);
    ok(f, forge_string(f, NULL, 0, &v));
    assert_int_equal(forge_kind_of(v), FORGE_STRING);
    expect_json(f, v, "\"\"");
    ok(f, forge_string(f, "\xff\"\n", 3, &v));
    expect_json(f, v, "\"\xef\xbf\xbd\\\"\\n\"");
    assert_int_equal(forge_string(f, "x", (size_t)1 << 40, &v), FORGE_USAGE);
    assert_int_equal(forge_string(f, NULL, 1, &v), FORGE_USAGE);
    assert_int_equal(forge_string(NULL, "x", 1, &v), FORGE_USAGE);
    assert_int_equal(forge_string(f, "x", 1, NULL), FORGE_USAGE);
    end(f, t);
}

static void containers(void **state)
{
    (void)state;
    forge_template *t = build("fn title(o) { return o.books[1].title }\n"
                              "fn fill(o) { o.extra = 1\n return o }\n",
                              0);
    forge_fork *f = fork_of(t);
    forge_value o, a, book, out;
    ok(f, forge_object(f, &o));
    ok(f, forge_array(f, &a));
    ok(f, forge_object(f, &book));
    expect_json(f, o, "{}");
    expect_json(f, a, "[]");
    ok(f, forge_object_put(f, book, "title", 5, text_value(f, "Emma")));
    ok(f, forge_array_add(f, a, forge_int(1)));
    ok(f, forge_array_add(f, a, book));
    ok(f, forge_array_add(f, a, forge_float(1.5)));
    ok(f, forge_object_put(f, o, "books", 5, a));
    ok(f, forge_object_put(f, o, "n", 1, forge_null()));
    ok(f, forge_object_put(f, o, "n", 1, forge_bool(1)));
    assert_int_equal(forge_kind_of(o), FORGE_OBJECT);
    assert_int_equal(forge_kind_of(a), FORGE_ARRAY);
    expect_json(f, o, "{\"books\":[1,{\"title\":\"Emma\"},1.5],\"n\":true}");
    ok(f, forge_call(f, "title", &o, 1, &out));
    expect_json(f, out, "\"Emma\"");
    end(f, t);
}

static void containers_refuse(void **state)
{
    (void)state;
    forge_template *t = build("fn id(o) { return o }\n", 0);
    forge_fork *f = fork_of(t);
    forge_value o, a;
    ok(f, forge_object(f, &o));
    ok(f, forge_array(f, &a));
    assert_int_equal(forge_array_add(f, a, a), FORGE_USAGE);
    assert_int_equal(forge_array_add(f, o, forge_int(1)), FORGE_USAGE);
    assert_int_equal(forge_object_put(f, a, "k", 1, forge_int(1)), FORGE_USAGE);
    assert_int_equal(forge_array_add(f, a, forge_absent()), FORGE_USAGE);
    assert_int_equal(forge_object_put(f, o, "k", 1, forge_absent()), FORGE_USAGE);
    assert_int_equal(forge_array_add(f, forge_int(1), forge_int(1)), FORGE_USAGE);
    assert_int_equal(forge_object_put(f, o, NULL, 1, forge_int(1)), FORGE_USAGE);
    assert_int_equal(forge_object_put(f, o, "k", (size_t)1 << 40, forge_int(1)),
                     FORGE_USAGE);
    assert_int_equal(forge_object_put(NULL, o, "k", 1, forge_int(1)), FORGE_USAGE);
    assert_int_equal(forge_array_add(NULL, a, forge_int(1)), FORGE_USAGE);
    assert_int_equal(forge_object(f, NULL), FORGE_USAGE);
    assert_int_equal(forge_array(NULL, &a), FORGE_USAGE);
    ok(f, forge_array(f, &a));
    ok(f, forge_array_add(f, a, o));
    assert_int_equal(forge_object_put(f, o, "late", 4, a), FORGE_USAGE);
    expect_json(f, a, "[{}]");
    end(f, t);
}

static void same_argument_twice(void **state)
{
    (void)state;
    forge_template *t =
        build("fn grow(a, b) { push(a, 9)\n a[0] = 5\n return b }\n", 0);
    forge_fork *f = fork_of(t);
    forge_value a, out;
    ok(f, forge_array(f, &a));
    ok(f, forge_array_add(f, a, forge_int(1)));
    forge_value argv[2] = { a, a };
    ok(f, forge_call(f, "grow", argv, 2, &out));
    expect_json(f, out, "[1]");
    end(f, t);
}

static void results_as_arguments(void **state)
{
    (void)state;
    forge_template *t = build("fn make() { return { n: [1, 2, 3] } }\n"
                              "fn work(o) {\n"
                              "    let mut junk = []\n"
                              "    for i in range(0, 200000) { junk = [i, str(i)] }\n"
                              "    return o\n"
                              "}\n",
                              0);
    forge_fork *f = fork_of(t);
    forge_value v;
    ok(f, forge_call(f, "make", NULL, 0, &v));
    for (int i = 0; i < 3; i++)
        ok(f, forge_call(f, "work", &v, 1, &v));
    expect_json(f, v, "{\"n\":[1,2,3]}");
    end(f, t);
}

static void defaults(void **state)
{
    (void)state;
    forge_template *t =
        build("fn f(a, b = a + 1, c = \"c\") { return [a, b, c] }\n", 0);
    forge_fork *f = fork_of(t);
    forge_value argv[3] = { forge_int(1), forge_absent(), forge_absent() }, v;
    ok(f, forge_call(f, "f", argv, 3, &v));
    expect_json(f, v, "[1,2,\"c\"]");
    argv[2] = forge_null();
    ok(f, forge_call(f, "f", argv, 3, &v));
    expect_json(f, v, "[1,2,null]");
    ok(f, forge_call(f, "f", argv, 1, &v));
    expect_json(f, v, "[1,2,\"c\"]");
    argv[0] = forge_absent();
    argv[1] = forge_int(5);
    ok(f, forge_call(f, "f", argv, 2, &v));
    expect_json(f, v, "[null,5,\"c\"]");
    end(f, t);
}

static void too_many_arguments(void **state)
{
    (void)state;
    forge_template *t = build("fn f(a) { return a }\n", 0);
    forge_fork *f = fork_of(t);
    forge_value argv[300], v;
    for (size_t i = 0; i < 300; i++)
        argv[i] = forge_int((int64_t)i);
    assert_int_equal(forge_call(f, "f", argv, 300, &v), FORGE_USAGE);
    assert_int_equal(forge_call(f, "f", NULL, 1, &v), FORGE_USAGE);
    end(f, t);
}

static void json_parse(void **state)
{
    (void)state;
    forge_template *t = build("fn get(o) { return o.b[1] }\n", 0);
    forge_fork *f = fork_of(t);
    forge_value v, out;
    const char *text = "{\"b\": [1, {\"x\": null}], \"a\": 1.50, \"b2\": \"\\u00e9\"}";
    ok(f, forge_json_parse(f, text, strlen(text), &v));
    ok(f, forge_call(f, "get", &v, 1, &out));
    expect_json(f, out, "{\"x\":null}");
    ok(f, forge_json_parse(f, text, strlen(text), &v));
    expect_json(f, v, "{\"b\":[1,{\"x\":null}],\"a\":1.5,\"b2\":\"\xc3\xa9\"}");
    static const char *const bad[] = {
        "", "{", "[1,]", "nul", "{\"a\" 1}", "1 2", "\""
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(forge_json_parse(f, bad[i], strlen(bad[i]), &v), FORGE_ERROR);
        assert_int_equal(forge_kind_of(v), FORGE_NULL);
        assert_non_null(forge_fork_report(f));
        assert_true(strlen(forge_fork_report(f)->message) > 0);
    }
    assert_int_equal(forge_json_parse(f, NULL, 1, &v), FORGE_USAGE);
    assert_int_equal(forge_json_parse(f, "1", 1, NULL), FORGE_USAGE);
    assert_int_equal(forge_json_parse(NULL, "1", 1, &v), FORGE_USAGE);
    end(f, t);
}

/* A long text must not be collected away while it is read, nor what was made before. */
static void json_long(void **state)
{
    (void)state;
    forge_template *t = build("fn n(o, s) { return \"{len(o)} {s}\" }\n", 0);
    forge_fork *f = fork_of(t);
    forge_value argv[2] = { forge_null(), text_value(f, "made before") }, out;
    size_t n = 0;
    char *text = malloc((size_t)8 << 20);
    text[n++] = '[';
    for (int i = 0; i < 200000; i++)
        n += (size_t)sprintf(text + n, "%s{\"k\":\"v%d\"}", i ? "," : "", i);
    text[n++] = ']';
    ok(f, forge_json_parse(f, text, n, &argv[0]));
    ok(f, forge_call(f, "n", argv, 2, &out));
    expect_json(f, out, "\"200000 made before\"");
    free(text);
    end(f, t);
}

static void texts(void **state)
{
    (void)state;
    forge_template *t = build("fn wrap(x) { return Ok(x) }\n"
                              "fn some() { return Some([1, \"a\"]) }\n"
                              "fn nothing() { return None }\n",
                              0);
    forge_fork *f = fork_of(t);
    forge_value arg = forge_int(1), v;
    ok(f, forge_call(f, "wrap", &arg, 1, &v));
    assert_int_equal(forge_kind_of(v), FORGE_OTHER);
    expect_json(f, v, "{\"Ok\":1}");
    const char *first, *second;
    size_t n;
    ok(f, forge_display_text(f, v, &first, &n));
    assert_int_equal(n, 5);
    ok(f, forge_call(f, "some", NULL, 0, &v));
    expect_json(f, v, "[1,\"a\"]");
    ok(f, forge_display_text(f, forge_absent(), &second, &n));
    assert_memory_equal(second, "null", n);
    assert_memory_equal(first, "Ok(1)", 5);
    ok(f, forge_call(f, "nothing", NULL, 0, &v));
    assert_int_equal(forge_kind_of(v), FORGE_OTHER);
    expect_json(f, v, "null");
    assert_int_equal(forge_json_text(f, v, NULL, &n), FORGE_USAGE);
    assert_int_equal(forge_display_text(NULL, v, &first, &n), FORGE_USAGE);
    end(f, t);
}

/* ---- forks --------------------------------------------------------------------------- */

static void isolation(void **state)
{
    (void)state;
    forge_template *t =
        build("let mut n = 0\nlet mut log = [0]\n"
              "fn next() { n = n + 1\n log = push(log, n)\n return n }\n"
              "fn count() { return len(log) }\n",
              0);
    uint64_t sum = forge_template_checksum(t);
    assert_true(forge_template_size(t) > 0);
    assert_true(forge_template_slots(t) >= 2);
    forge_fork *a = fork_of(t), *b = fork_of(t);
    forge_value v;
    for (int i = 1; i <= 3; i++) {
        ok(a, forge_call(a, "next", NULL, 0, &v));
        assert_int_equal(forge_to_int(v), i);
    }
    ok(b, forge_call(b, "next", NULL, 0, &v));
    assert_int_equal(forge_to_int(v), 1);
    ok(a, forge_call(a, "count", NULL, 0, &v));
    assert_int_equal(forge_to_int(v), 4);
    forge_fork_end(b);
    assert_true(forge_template_checksum(t) == sum);
    end(a, t);
}

static void decorators(void **state)
{
    (void)state;
    forge_template *t = build("@get(\"/x\") @cache\n"
                              "fn one() { return 1 }\n"
                              "if true { @test\nfn inner() {} }\n"
                              "  @test @skip\nfn two(x) { return 2 }\n"
                              "@server(port: 1)\n",
                              0);
    static const forge_decorator want[] = {
        { "get", "one", { "app.fg", 1, 1 }, 0 },
        { "cache", "one", { "app.fg", 1, 12 }, 0 },
        { "test", "two", { "app.fg", 5, 3 }, 1 },
        { "skip", "two", { "app.fg", 5, 9 }, 1 },
    };
    assert_int_equal(forge_decorator_count(t), 4);
    for (uint32_t i = 0; i < 4; i++) {
        const forge_decorator *d = forge_decorator_get(t, i);
        assert_string_equal(d->name, want[i].name);
        assert_string_equal(d->function, want[i].function);
        assert_string_equal(d->place.file, want[i].place.file);
        assert_int_equal(d->place.line, want[i].place.line);
        assert_int_equal(d->place.column, want[i].place.column);
        assert_int_equal(d->nparams, want[i].nparams);
    }
    assert_null(forge_decorator_get(t, 4));
    assert_int_equal(forge_decorator_count(NULL), 0);
    forge_fork *f = fork_of(t);
    forge_value v;
    ok(f, forge_call(f, forge_decorator_get(t, 2)->function, NULL, 0, &v));
    assert_int_equal(forge_to_int(v), 2);
    forge_fork_end(f);
    forge_template_free(t);
}

static void routes(void **state)
{
    (void)state;
    forge_template *t =
        build("@server(port: 9090, host: \"127.0.0.1\", cors: \"*\")\n"
              "@get(\"/x/:id\")\n"
              "fn one(id: Int, q: String = \"all\", f: Float, b: Bool, rest) "
              "{ return id * 2 }\n"
              "@post()\n"
              "fn two(body: Json) { return body }\n",
              0);
    assert_int_equal(forge_route_count(t), 2);
    const forge_route *r = forge_route_get(t, 0);
    assert_string_equal(r->method, "get");
    assert_string_equal(r->pattern, "/x/:id");
    assert_string_equal(r->handler, "one");
    assert_string_equal(r->place.file, "app.fg");
    assert_int_equal(r->place.line, 2);
    assert_int_equal(r->nparams, 5);
    static const forge_type types[] = { FORGE_TYPE_INT, FORGE_TYPE_STRING,
                                        FORGE_TYPE_FLOAT, FORGE_TYPE_BOOL,
                                        FORGE_TYPE_ANY };
    static const char *const names[] = { "id", "q", "f", "b", "rest" };
    for (int i = 0; i < 5; i++) {
        assert_int_equal(r->params[i].type, types[i]);
        assert_string_equal(r->params[i].name, names[i]);
        assert_int_equal(r->params[i].has_default, i == 1);
    }
    r = forge_route_get(t, 1);
    assert_string_equal(r->method, "post");
    assert_string_equal(r->pattern, "/two");
    assert_int_equal(r->nparams, 1);
    assert_string_equal(r->params[0].name, "body");
    assert_int_equal(r->params[0].type, FORGE_TYPE_JSON);
    assert_null(forge_route_get(t, 2));
    int port;
    const char *host, *cors;
    assert_int_equal(forge_server(t, &port, &host, &cors), 1);
    assert_int_equal(port, 9090);
    assert_string_equal(host, "127.0.0.1");
    assert_string_equal(cors, "*");
    forge_fork *f = fork_of(t);
    forge_value argv[1] = { forge_int(21) }, v;
    ok(f, forge_call_route(f, 0, argv, 1, &v));
    assert_int_equal(forge_to_int(v), 42);
    assert_int_equal(forge_call_route(f, 2, argv, 1, &v), FORGE_USAGE);
    end(f, t);
}

typedef struct told {
    int calls;
    uint32_t n;
    char text[256];
} told;

static void on_routes(void *ctx, const forge_route *routes, uint32_t n)
{
    told *t = ctx;
    t->calls++;
    t->n = n;
    for (uint32_t i = 0; i < n; i++)
        snprintf(t->text + strlen(t->text), sizeof t->text - strlen(t->text),
                 "%s %s %u:%u %s %u;", routes[i].method, routes[i].pattern,
                 routes[i].place.line, routes[i].place.column,
                 routes[i].cors ? routes[i].cors : "-", routes[i].nparams);
}

/* They are told without a run. */
static void routes_of_checked_programs(void **state)
{
    (void)state;
    static const char app[] = "exit(3)\n"
                              "@get(\"/x/:id\")\n"
                              "fn one(id) { return id }\n"
                              "@cors(\"*\") @head @options(\"/y\")\n"
                              "fn two() { return 1 }\n";
    told t = { 0 };
    forge_error *err;
    assert_int_equal(
        forge_check_routes("a.fg", app, sizeof app - 1, NULL, on_routes, &t, &err),
        FORGE_OK);
    assert_null(err);
    assert_int_equal(t.calls, 1);
    assert_string_equal(t.text, "get /x/:id 2:1 - 1;head /two 4:12 * 0;"
                                "options /y 4:18 * 0;");
    t = (told){ 0 };
    assert_int_equal(forge_check_routes("a.fg", "let =", 5, NULL, on_routes, &t, &err),
                     FORGE_ERROR);
    assert_non_null(err);
    assert_int_equal(t.calls, 0);
    forge_error_free(err);
    assert_int_equal(forge_check_routes("a.fg", "", 0, NULL, on_routes, &t, NULL),
                     FORGE_OK);
    assert_int_equal(t.calls, 1);
    assert_int_equal(t.n, 0);
}

/* The name of a handler is looked up when it is called. */
static void handlers_that_change(void **state)
{
    (void)state;
    forge_template *t = build("@get(\"/a\")\n"
                              "fn same() { return 1 }\n"
                              "@get(\"/b\")\n"
                              "fn same() { return 2 }\n"
                              "@get(\"/c\")\n"
                              "fn gone() { return 3 }\n"
                              "gone = 5\n",
                              0);
    forge_fork *f = fork_of(t);
    forge_value v;
    for (uint32_t i = 0; i < 2; i++) {
        ok(f, forge_call_route(f, i, NULL, 0, &v));
        assert_int_equal(forge_to_int(v), 2);
    }
    assert_int_equal(forge_call_route(f, 2, NULL, 0, &v), FORGE_ERROR);
    assert_string_equal(forge_fork_report(f)->message,
                        "the handler 'gone' is not a function any more");
    end(f, t);
}

/* What a request starts ends with it. */
static void background_blocks(void **state)
{
    (void)state;
    static const struct {
        const char *name, *message;
    } blocks[] = {
        { "ticks", "schedule blocks are started by the top level of a program" },
        { "looks", "watch blocks are started by the top level of a program" },
        { "inside", "schedule blocks are started by the top level of a program" },
    };
    forge_template *t = build("fn ticks() { schedule every 1 seconds { say 1 } }\n"
                              "fn looks() { watch \"x\" { say 1 } }\n"
                              "fn inside() { return await spawn { ticks() } }\n",
                              0);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        forge_fork *f = fork_of(t);
        assert_int_equal(forge_call(f, blocks[i].name, NULL, 0, NULL), FORGE_ERROR);
        assert_non_null(strstr(forge_fork_report(f)->message, blocks[i].message));
        forge_fork_end(f);
    }
    forge_template_free(t);
}

static void no_routes(void **state)
{
    (void)state;
    forge_template *t = build("fn f() { }\n", 0);
    int port = 0;
    const char *host = "x", *cors = "x";
    assert_int_equal(forge_route_count(t), 0);
    assert_int_equal(forge_is_page(t), 0);
    assert_int_equal(forge_server(t, &port, &host, &cors), 0);
    assert_int_equal(port, -1);
    assert_null(host);
    assert_null(cors);
    assert_int_equal(forge_server(t, NULL, NULL, NULL), 0);
    forge_template_free(t);
    t = build("@server\n@get(\"/\")\nfn f() { return 1 }\n", 0);
    assert_int_equal(forge_server(t, &port, &host, &cors), 1);
    assert_int_equal(port, -1);
    assert_null(host);
    assert_null(cors);
    assert_null(forge_route_get(t, 0)->cors);
    forge_template_free(t);
}

typedef struct text_out {
    size_t n, calls;
    int fail;
    char text[4096];
} text_out;

static int write_text(void *ctx, const char *text, size_t n)
{
    text_out *o = ctx;
    o->calls++;
    if (o->fail)
        return 1;
    if (o->n + n < sizeof o->text) {
        memcpy(o->text + o->n, text, n);
        o->n += n;
        o->text[o->n] = '\0';
    }
    return 0;
}

static void pages(void **state)
{
    (void)state;
    const char *source =
        "let mut n = 1\nn = n + 1\nsay \"n is {n}\"\nfn get() { return n }\n";
    forge_build b = { .auto_page = 1 };
    forge_template *t;
    assert_int_equal(try_build(source, &b, &t, NULL), FORGE_OK);
    assert_int_equal(forge_is_page(t), 1);
    for (int i = 0; i < 2; i++) {
        text_out out = { 0 };
        forge_env env = { .write = write_text, .ctx = &out };
        forge_fork *f;
        assert_int_equal(forge_fork_begin(t, NULL, NULL, &env, &f), FORGE_OK);
        ok(f, forge_run(f));
        assert_string_equal(out.text, "n is 2\n");
        forge_value v;
        ok(f, forge_call(f, "get", NULL, 0, &v));
        assert_int_equal(forge_to_int(v), 2);
        forge_fork_end(f);
    }
    forge_template_free(t);
}

static void apps_are_no_pages(void **state)
{
    (void)state;
    forge_build b = { .auto_page = 1 };
    text_out out = { 0 };
    b.env = (forge_env){ .write = write_text, .ctx = &out };
    forge_template *t;
    assert_int_equal(
        try_build("say \"built\"\n@get(\"/\")\nfn f() { return 1 }\n", &b, &t, NULL),
        FORGE_OK);
    assert_string_equal(out.text, "built\n");
    assert_int_equal(forge_is_page(t), 0);
    forge_fork *f = fork_of(t);
    assert_int_equal(forge_run(f), FORGE_USAGE);
    assert_non_null(forge_fork_report(f));
    end(f, t);
}

static void exits(void **state)
{
    (void)state;
    forge_template *t = build("say 1\nexit(300)\nsay 2\n", 1);
    forge_fork *f = fork_of(t);
    assert_int_equal(forge_run(f), FORGE_EXIT);
    assert_int_equal(forge_exit_code(f), 300 % 256);
    end(f, t);
    forge_build b = { 0 };
    forge_error *err;
    assert_int_equal(try_build("exit(3)\n", &b, &t, &err), FORGE_EXIT);
    assert_null(t);
    assert_non_null(strstr(forge_error_report(err)->message, "exit(3)"));
    forge_error_free(err);
}

/* ---- reports ---------------------------------------------------------------------------- */

static void run_time_report(void **state)
{
    (void)state;
    forge_template *t = build("fn inner(x) {\n"
                              "    return 1 / x\n"
                              "}\n"
                              "fn outer() {\n"
                              "    return inner(0)\n"
                              "}\n"
                              "fn fine() { return 1 }\n",
                              0);
    forge_fork *f = fork_of(t);
    forge_value v;
    assert_null(forge_fork_report(f));
    assert_int_equal(forge_call(f, "outer", NULL, 0, &v), FORGE_ERROR);
    const forge_report *r = forge_fork_report(f);
    assert_string_equal(r->message, "division by zero");
    assert_string_equal(r->kind, "ArithmeticError");
    assert_string_equal(r->place.file, "app.fg");
    assert_int_equal(r->place.line, 2);
    assert_true(r->place.column > 0);
    assert_non_null(strstr(r->text, "return 1 / x"));
    assert_non_null(strstr(r->text, "hint: check that the divisor is not zero"));
    assert_non_null(strstr(r->text, "app.fg:2:"));
    assert_non_null(strstr(r->text, "at inner"));
    assert_non_null(strstr(r->text, "at outer"));
    assert_null(strchr(r->text, '\033'));
    assert_ptr_equal(forge_fork_report(f), r);
    ok(f, forge_call(f, "fine", NULL, 0, &v));
    assert_null(forge_fork_report(f));
    end(f, t);
}

static void build_reports(void **state)
{
    (void)state;
    forge_build b = { 0 };
    forge_template *t;
    forge_error *err;
    assert_int_equal(try_build("let a = 1\nlet = 2\n", &b, &t, &err), FORGE_ERROR);
    assert_null(t);
    const forge_report *r = forge_error_report(err);
    assert_string_equal(r->kind, "SyntaxError");
    assert_int_equal(r->place.line, 2);
    assert_string_equal(r->place.file, "app.fg");
    assert_int_equal(r->end_line, 2);
    assert_int_equal(r->end_column, r->place.column + 1);
    assert_null(r->hint);
    assert_int_equal(strncmp(r->text, "Error: [app.fg] ", 16), 0);
    assert_non_null(strstr(r->text, "let = 2"));
    forge_error_free(err);
    assert_int_equal(try_build("let a = 1\nlet b = a / 0\n", &b, &t, &err),
                     FORGE_ERROR);
    r = forge_error_report(err);
    assert_string_equal(r->message, "division by zero");
    assert_int_equal(r->place.line, 2);
    assert_non_null(strstr(r->text, "let b = a / 0"));
    assert_string_equal(r->hint, "check that the divisor is not zero before dividing");
    assert_int_equal(r->end_line, 0);
    forge_error_free(err);
    assert_int_equal(try_build("let = \n", &b, &t, NULL), FORGE_ERROR);
    assert_null(forge_error_report(NULL));
    forge_error_free(NULL);
}

static void check_only(void **state)
{
    (void)state;
    forge_error *err;
    assert_int_equal(forge_check("x.fg", "say 1\n", 6, NULL, &err), FORGE_OK);
    assert_null(err);
    assert_int_equal(forge_check(NULL, NULL, 0, NULL, &err), FORGE_OK);
    assert_int_equal(forge_check("x.fg", "fn (\n", 5, NULL, &err), FORGE_ERROR);
    assert_string_equal(forge_error_report(err)->kind, "SyntaxError");
    forge_error_free(err);
    assert_int_equal(
        forge_check("x.fg", "let a = 1\nlet b = \"\xff\"\n", 22, NULL, &err),
        FORGE_ERROR);
    const forge_report *r = forge_error_report(err);
    assert_non_null(strstr(r->message, "0xff"));
    assert_int_equal(r->place.line, 2);
    forge_error_free(err);
    assert_int_equal(forge_check("x.fg", NULL, 5, NULL, &err), FORGE_USAGE);
    assert_int_equal(forge_check("x.fg", "a", (size_t)1 << 40, NULL, &err),
                     FORGE_ERROR);
    assert_non_null(strstr(forge_error_report(err)->message, "too large"));
    forge_error_free(err);
}

/* ---- regions ------------------------------------------------------------------------------ */

static void *shared_region(void)
{
    void *at = mmap(NULL, REGION, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(at != MAP_FAILED);
    return at;
}

static const char *const shared_app =
    "let mut n = 0\nlet names = [\"a\", \"b\"]\n"
    "@get(\"/n/:k\")\n"
    "fn next(k: Int = 1) { n = n + k\n return [n, names] }\n";

/* Uses a template that another process built. */
static int use_attached(void *region)
{
    forge_template *t = forge_template_attach(region);
    if (!t || forge_route_count(t) != 1
        || strcmp(forge_route_get(t, 0)->pattern, "/n/:k"))
        return 1;
    forge_fork *f;
    forge_value argv = forge_int(5), v;
    const char *text;
    size_t n;
    if (forge_fork_begin(t, NULL, NULL, NULL, &f) != FORGE_OK
        || forge_call_route(f, 0, &argv, 1, &v) != FORGE_OK
        || forge_json_text(f, v, &text, &n) != FORGE_OK)
        return 2;
    int bad = n != 13 || memcmp(text, "[5,[\"a\",\"b\"]]", n) != 0;
    forge_fork_end(f);
    forge_template_free(t);
    return bad ? 3 : 0;
}

static void attach(void **state)
{
    (void)state;
    void *region = shared_region();
    assert_null(forge_template_attach(region));
    assert_null(forge_template_attach(NULL));
    pid_t builder = fork();
    if (builder == 0) {
        forge_build b = { .region = region, .region_size = REGION };
        forge_template *t;
        _exit(try_build(shared_app, &b, &t, NULL) == FORGE_OK ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(builder, &status, 0), builder);
    assert_int_equal(status, 0);
    assert_int_equal(mprotect(region, REGION, PROT_READ), 0);
    for (int i = 0; i < 2; i++) {
        pid_t user = fork();
        if (user == 0)
            _exit(use_attached(region));
        assert_int_equal(waitpid(user, &status, 0), user);
        assert_int_equal(status, 0);
    }
    assert_int_equal(use_attached(region), 0);
    munmap(region, REGION);
}

static void broken_region(void **state)
{
    (void)state;
    void *region = shared_region();
    forge_build b = { .region = region, .region_size = REGION };
    forge_template *t;
    assert_int_equal(try_build("let x = 1 / 0\n", &b, &t, NULL), FORGE_ERROR);
    assert_null(forge_template_attach(region));
    munmap(region, REGION);
    region = shared_region();
    b.region = region;
    b.region_size = 2048;
    forge_error *err;
    assert_int_equal(try_build(shared_app, &b, &t, &err), FORGE_NOMEM);
    assert_non_null(err);
    forge_error_free(err);
    assert_null(forge_template_attach(region));
    b.region_size = 1;
    assert_int_equal(try_build(shared_app, &b, &t, NULL), FORGE_USAGE);
    munmap(region, REGION);
}

/* ---- bad input --------------------------------------------------------------------------------- */

static void nulls(void **state)
{
    (void)state;
    forge_template *t = NULL;
    forge_fork *f = NULL;
    forge_value v;
    forge_build b = { .source_len = 1 };
    assert_int_equal(forge_build_template(NULL, &t, NULL), FORGE_USAGE);
    assert_int_equal(forge_build_template(&b, &t, NULL), FORGE_USAGE);
    assert_int_equal(forge_build_template(&b, NULL, NULL), FORGE_USAGE);
    assert_int_equal(forge_fork_begin(NULL, NULL, NULL, NULL, &f), FORGE_USAGE);
    assert_int_equal(forge_call(NULL, "f", NULL, 0, &v), FORGE_USAGE);
    assert_int_equal(forge_call_route(NULL, 0, NULL, 0, &v), FORGE_USAGE);
    assert_int_equal(forge_run(NULL), FORGE_USAGE);
    assert_null(forge_fork_report(NULL));
    assert_int_equal(forge_exit_code(NULL), 0);
    assert_int_equal(forge_fork_memory(NULL), 0);
    assert_int_equal(forge_fork_fuel(NULL), 0);
    assert_int_equal(forge_route_count(NULL), 0);
    assert_null(forge_route_get(NULL, 0));
    assert_int_equal(forge_is_page(NULL), 0);
    assert_int_equal(forge_server(NULL, NULL, NULL, NULL), 0);
    assert_int_equal(forge_template_size(NULL), 0);
    assert_int_equal(forge_template_slots(NULL), 0);
    assert_true(forge_template_checksum(NULL) == forge_template_checksum(NULL));
    forge_cancel(NULL);
    forge_limits_restart(NULL);
    forge_fork_end(NULL);
    forge_template_free(NULL);
}

static void empty_programs(void **state)
{
    (void)state;
    forge_template *t = build("", 0);
    forge_fork *f = fork_of(t);
    assert_int_equal(forge_call(f, NULL, NULL, 0, NULL), FORGE_USAGE);
    assert_int_equal(forge_call(f, "", NULL, 0, NULL), FORGE_USAGE);
    forge_host half = { 0 };
    forge_fork *other;
    assert_int_equal(forge_fork_begin(t, &half, NULL, NULL, &other), FORGE_USAGE);
    assert_int_equal(forge_fork_begin(t, NULL, NULL, NULL, NULL), FORGE_USAGE);
    end(f, t);
    t = build("", 1);
    f = fork_of(t);
    ok(f, forge_run(f));
    end(f, t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls),
        cmocka_unit_test(rights),
        cmocka_unit_test(scalars),
        cmocka_unit_test(strings),
        cmocka_unit_test(containers),
        cmocka_unit_test(containers_refuse),
        cmocka_unit_test(same_argument_twice),
        cmocka_unit_test(results_as_arguments),
        cmocka_unit_test(defaults),
        cmocka_unit_test(too_many_arguments),
        cmocka_unit_test(json_parse),
        cmocka_unit_test(json_long),
        cmocka_unit_test(texts),
        cmocka_unit_test(isolation),
        cmocka_unit_test(decorators),
        cmocka_unit_test(routes),
        cmocka_unit_test(routes_of_checked_programs),
        cmocka_unit_test(handlers_that_change),
        cmocka_unit_test(background_blocks),
        cmocka_unit_test(no_routes),
        cmocka_unit_test(pages),
        cmocka_unit_test(apps_are_no_pages),
        cmocka_unit_test(exits),
        cmocka_unit_test(run_time_report),
        cmocka_unit_test(build_reports),
        cmocka_unit_test(check_only),
        cmocka_unit_test(attach),
        cmocka_unit_test(broken_region),
        cmocka_unit_test(nulls),
        cmocka_unit_test(empty_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
