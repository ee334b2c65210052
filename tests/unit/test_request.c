// SPDX-License-Identifier: Apache-2.0
/* Requests as the public interface makes them: fields, bodies that come in pieces of any size
 * or fail, whom an error blames, and that nothing is kept. */
#include "prog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A body that comes in pieces, every other time only later, and may fail at its end. */
typedef struct source {
    const char *text;
    size_t n, at, piece;
    int later, fails, asked;
} source;

static int64_t on_read(void *ctx, char *at, size_t n, forge_incoming *how)
{
    source *s = ctx;
    size_t some = s->n - s->at;
    s->asked++;
    assert_true(n > 0);
    if (some == 0 && s->fails) {
        how->why = "the body is broken";
        how->status = 418;
        return FORGE_READ_FAILED;
    }
    if (s->later && s->asked % 2) {
        how->fd = -1;
        return FORGE_READ_LATER;
    }
    some = some < s->piece ? some : s->piece;
    some = some < n ? some : n;
    memcpy(at, s->text + s->at, some);
    s->at += some;
    return (int64_t)some;
}

static int on_tls(void *ctx, forge_tls *out)
{
    (void)ctx;
    out->protocol = "TLSv1.3";
    return 1;
}

static prog_host counted;

typedef struct scene {
    prog p;
    forge_fork *f;
    source body;
    forge_site *site;
    forge_value request;
} scene;

static forge_pair pair(const char *key, const char *value)
{
    return (forge_pair){ key, value, strlen(key), strlen(value) };
}

/* A fork whose function is called with a request of that content type and body. */
static void begin(scene *s, const char *program, const char *type, const char *body)
{
    static forge_pair headers[1];
    forge_host host = prog_host_of(&counted);
    forge_limits limits = { .memory = (size_t)8 << 20 };
    if (!s->body.text)
        s->body = (source){ .text = body, .n = strlen(body), .piece = 1000 };
    forge_env env = { .read = on_read, .ctx = &s->body, .site = s->site };
    forge_request r = { .method = "POST", .headers = headers, .nheaders = 1 };
    headers[0] = pair("Content-Type", type);
    prog_build(&s->p, program);
    assert_int_equal(forge_fork_begin(s->p.tmpl, &host, &limits, &env, &s->f),
                     FORGE_OK);
    assert_int_equal(forge_request_value(s->f, &r, &s->request), FORGE_OK);
}

static forge_status run(scene *s, const char *function, forge_value *out)
{
    return forge_call(s->f, function, &s->request, 1, out);
}

static void end(scene *s)
{
    forge_fork_end(s->f);
    assert_int_equal(counted.bytes, 0);
    assert_int_equal(counted.blocks, 0);
    forge_site_free(s->site);
    prog_free(&s->p);
}

static void expect(scene *s, const char *function, const char *want)
{
    forge_value v;
    const char *text;
    size_t n;
    forge_status status = run(s, function, &v);
    if (status != FORGE_OK)
        fail_msg("%s: %s", function, forge_fork_report(s->f)->text);
    assert_int_equal(forge_json_text(s->f, v, &text, &n), FORGE_OK);
    char *copy = strndup(text, n);
    assert_string_equal(copy, want);
    free(copy);
}

static void expect_error(scene *s, const char *function, const char *message,
                         int status)
{
    assert_int_equal(run(s, function, NULL), FORGE_ERROR);
    const forge_report *r = forge_fork_report(s->f);
    assert_string_equal(r->message, message);
    assert_int_equal(r->status, status);
}

/* ---- fields ----------------------------------------------------------------------- */

static void fields(void **state)
{
    (void)state;
    const forge_pair params[] = { pair("id", "7") };
    const forge_pair query[] = { pair("a", "1"), pair("b", "\xff"), pair("a", "2") };
    const forge_pair headers[] = {
        pair("Host", "x"),
        pair("X-A", "1"),
        pair("x-a", "2"),
        pair("X_A", "3"),
        pair("bad name", "4"),
        pair("", "5"),
        pair("Cookie", "c=\"d\"; e"),
        pair("X-Latin", "\xe9"),
    };
    forge_request r = { .method = "GET",
                        .path = "/x/7",
                        .route = "/x/:id",
                        .scheme = "http",
                        .host = "x",
                        .address = "::1",
                        .port = 9,
                        .params = params,
                        .nparams = 1,
                        .query = query,
                        .nquery = 3,
                        .headers = headers,
                        .nheaders = 8 };
    prog p;
    forge_value v;
    const char *text;
    size_t n;
    prog_build(
        &p, "fn all(r) { return [r.query_all(\"a\"), r.text(), r.read(), r.tls()] }\n"
            "fn other(r) { return r.tls().protocol }\n");
    forge_fork *f = prog_fork(&p);
    assert_int_equal(forge_request_value(f, &r, &v), FORGE_OK);
    assert_int_equal(forge_json_text(f, v, &text, &n), FORGE_OK);
    char *copy = strndup(text, n);
    assert_string_equal(
        copy, "{\"method\":\"GET\",\"path\":\"/x/7\",\"route\":\"/x/"
              ":id\",\"params\":{\"id\":\"7\"},"
              "\"query\":{\"a\":\"2\",\"b\":\"\xef\xbf\xbd\"},\"headers\":{\"host\":"
              "\"x\",\"x-a\":"
              "\"1, 2\",\"cookie\":\"c=\\\"d\\\"; "
              "e\",\"x-latin\":\"\xef\xbf\xbd\"},\"cookies\":"
              "{\"c\":\"d\"},\"scheme\":\"http\",\"host\":\"x\",\"client\":{"
              "\"address\":\"::1\","
              "\"port\":9},\"user\":null,\"id\":null,\"__type__\":\"Request\"}");
    free(copy);
    /* Without env.read there is no body, so it ends at once; without env.tls no TLS. */
    assert_int_equal(forge_call(f, "all", &v, 1, &v), FORGE_ERROR);
    assert_string_equal(forge_fork_report(f)->message,
                        "the body was read as a whole already");
    forge_fork_end(f);
    forge_env env = { .tls = on_tls };
    assert_int_equal(forge_fork_begin(p.tmpl, NULL, NULL, &env, &f), FORGE_OK);
    assert_int_equal(forge_request_value(f, &r, &v), FORGE_OK);
    assert_int_equal(forge_call(f, "other", &v, 1, &v), FORGE_OK);
    assert_memory_equal(forge_to_string(v, &n), "TLSv1.3", 7);
    forge_fork_end(f);
    prog_free(&p);
}

static void refuses(void **state)
{
    (void)state;
    const forge_pair bad[] = { { NULL, "x", 0, 1 } };
    forge_request r = { .query = bad, .nquery = 1 }, none = { .nheaders = 1 },
                  empty = { 0 };
    prog p;
    forge_value v;
    prog_build(&p, "fn f(r) { return r.method }\n");
    forge_fork *f = prog_fork(&p);
    assert_int_equal(forge_request_value(f, &r, &v), FORGE_USAGE);
    assert_int_equal(forge_request_value(f, &none, &v), FORGE_USAGE);
    assert_int_equal(forge_request_value(f, NULL, &v), FORGE_USAGE);
    assert_int_equal(forge_request_value(NULL, &empty, &v), FORGE_USAGE);
    assert_int_equal(forge_request_value(f, &empty, NULL), FORGE_USAGE);
    assert_int_equal(forge_request_value(f, &empty, &v), FORGE_OK);
    assert_int_equal(forge_call(f, "f", &v, 1, &v), FORGE_OK);
    assert_int_equal(forge_kind_of(v), FORGE_NULL);
    forge_fork_end(f);
    prog_free(&p);
}

static void annotations(void **state)
{
    (void)state;
    prog p;
    prog_build(
        &p, "@get(\"/a\")\nfn a(r: Request, s: ?Request, request, t: [Request]) { }\n");
    const forge_route *route = forge_route_get(p.tmpl, 0);
    assert_int_equal(route->params[0].type, FORGE_TYPE_REQUEST);
    assert_int_equal(route->params[1].type, FORGE_TYPE_REQUEST);
    assert_int_equal(route->params[2].type, FORGE_TYPE_ANY);
    assert_int_equal(route->params[3].type, FORGE_TYPE_ANY);
    prog_free(&p);
    prog_build(&p,
               "struct Request { url: String }\n@get(\"/a\")\nfn a(r: Request) { }\n");
    assert_int_equal(forge_route_get(p.tmpl, 0)->params[0].type, FORGE_TYPE_ANY);
    prog_free(&p);
}

/* ---- bodies ----------------------------------------------------------------------- */

static const char bodies[] =
    "fn text(r) { return [r.text(), r.text(), r.bytes()] }\n"
    "fn body_json(r) { return r.json() }\n"
    "fn pieces(r) { let mut a = []\n let mut p = r.read(3)\n"
    "  while p != null { a.push(p)\n p = r.read(3) }\n return [a, r.read()] }\n"
    "fn caught(r) { try { return r.text() } catch e { return [e.message, e.type] } }\n"
    "fn again(r) { try { r.text() } catch e { }\n return [1][5] }\n"
    "fn within(r) { let t = spawn { return r.text() }\n return await t }\n"
    "fn both(r) { let t = spawn { return r.text() }\n return [r.text(), await t] }\n";

static void texts(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 9; piece += 7)
        for (int later = 0; later < 2; later++) {
            scene s = { .body = { "[1, \"\xc3\xa9\"]", 9, 0, piece, later, 0, 0 } };
            begin(&s, bodies, "x", NULL);
            assert_int_equal(s.body.asked, 0);
            expect(&s, "text",
                   "[\"[1, \\\"\xc3\xa9\\\"]\",\"[1, \\\"\xc3\xa9\\\"]\",\"[1, "
                   "\\\"\xc3\xa9\\\"]\"]");
            expect(&s, "body_json", "[1,\"\xc3\xa9\"]");
            end(&s);
        }
    scene s = { .body = { "abcdefgh", 8, 0, 8, 0, 0, 0 } };
    begin(&s, bodies, "x", NULL);
    expect(&s, "pieces", "[[\"abc\",\"def\",\"gh\"],null]");
    expect_error(&s, "text", "the body is being read piece by piece", 0);
    end(&s);
}

static void taken_before(void **state)
{
    (void)state;
    scene s = { .body = { "never", 5, 0, 5, 0, 0, 0 } };
    forge_request r = { .method = "POST", .body = "{\"a\":1}", .body_len = 7 };
    begin(&s, bodies, "x", NULL);
    assert_int_equal(forge_request_value(s.f, &r, &s.request), FORGE_OK);
    expect(&s, "body_json", "{\"a\":1}");
    assert_int_equal(s.body.asked, 0);
    end(&s);
}

static void blame(void **state)
{
    (void)state;
    scene s = { .body = { "ab", 2, 0, 1, 1, 1, 0 } };
    begin(&s, bodies, "x", NULL);
    expect_error(&s, "text", "the body is broken", 418);
    expect_error(&s, "body_json", "the body is broken", 418);
    expect(&s, "caught", "[\"the body is broken\",\"RuntimeError\"]");
    expect_error(&s, "again", "index out of bounds: index 5 on array of length 1", 0);
    expect_error(&s, "within", "task error: the body is broken", 418);
    end(&s);
    scene t = { 0 };
    begin(&t, bodies, "x", "[1,\n x]");
    assert_int_equal(run(&t, "body_json", NULL), FORGE_ERROR);
    assert_int_equal(forge_fork_report(t.f)->status, 400);
    assert_non_null(strstr(forge_fork_report(t.f)->message, "line 2 column 2"));
    end(&t);
}

static void two_tasks(void **state)
{
    (void)state;
    scene s = { .body = { "abc", 3, 0, 1, 1, 0, 0 } };
    begin(&s, bodies, "x", NULL);
    expect(&s, "both", "[\"abc\",\"abc\"]");
    end(&s);
}

/* ---- forms ------------------------------------------------------------------------ */

static const char forms[] =
    "fn form(r) { return [r.form(), r.form_all(\"a\"), r.files()] }\n"
    "fn content(r) { return r.files().map(fn(f) { return [f.read(2), f.text(), "
    "f.read(9)] }) }\n"
    "fn sizes(r) { return r.files().map(fn(f) { return [f.size, f.text().len()] }) }\n"
    "fn forged(r) { return { __type__: \"Upload\", part: 9 }.text() }\n"
    "fn odd(r) { return { __type__: \"Upload\", part: -1 }.read() }\n";

static const char parts[] =
    "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
    "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../x\"\r\n"
    "Content-Type: text/y\r\n\r\nab\r\ncd\r\n"
    "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n2\r\n--B--\r\n";

static void parts_in_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < sizeof parts; piece = piece * 3 + 1) {
        scene s = { .body = { parts, sizeof parts - 1, 0, piece, 1, 0, 0 } };
        begin(&s, forms, "multipart/form-data; boundary=B", NULL);
        expect(
            &s, "form",
            "[{\"a\":\"2\"},[\"1\",\"2\"],[{\"name\":\"f\",\"filename\":\"x\",\"type\":"
            "\"text/y\",\"size\":6,\"part\":1,\"__type__\":\"Upload\"}]]");
        expect(&s, "content", "[[\"ab\",\"ab\\r\\ncd\",\"\\r\\ncd\"]]");
        expect_error(&s, "forged",
                     "Upload.text() is called on what is no file of this request", 0);
        expect_error(&s, "odd",
                     "Upload.read() is called on what is no file of this request", 0);
        end(&s);
    }
}

static void bad_forms(void **state)
{
    (void)state;
    scene s = { 0 };
    begin(&s, forms, "text/plain", "a=1");
    for (int i = 0; i < 2; i++) /* the second time nothing is read */
        expect_error(&s, "form",
                     "the body is not a form: its content type is text/plain", 415);
    end(&s);
    scene t = { .body = { parts, sizeof parts - 20, 0, 50, 0, 0, 0 } };
    begin(&t, forms, "multipart/form-data; boundary=B", NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(run(&t, "form", NULL), FORGE_ERROR);
        assert_int_equal(forge_fork_report(t.f)->status, 400);
    }
    end(&t);
    scene u = { .body = { parts, 100, 0, 50, 0, 1, 0 } };
    begin(&u, forms, "multipart/form-data; boundary=B", NULL);
    for (int i = 0; i < 2; i++)
        expect_error(&u, "form", "the body is broken", 418);
    end(&u);
}

/* One file of so many bytes. */
static char *large_form(size_t size, size_t *n)
{
    static const char first[] =
        "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n";
    static const char last[] = "\r\n--B--\r\n";
    char *text = malloc(sizeof first + size + sizeof last);
    memcpy(text, first, sizeof first - 1);
    memset(text + sizeof first - 1, 'x', size);
    memcpy(text + sizeof first - 1 + size, last, sizeof last - 1);
    *n = sizeof first - 1 + size + sizeof last - 1;
    return text;
}

/* Open files without a name. */
static int open_files(void)
{
    struct stat st;
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fstat(fd, &st) == 0 && st.st_nlink == 0
             && st.st_size == MANY(200000, 70000);
    return n;
}

static void spooled(void **state)
{
    (void)state;
    size_t n;
    char *text = large_form(MANY(200000, 70000), &n), want[64];
    forge_site_options o = { .hosted = 1, .spool = "/tmp" };
    scene s = { .body = { text, n, 0, 4096, 0, 0, 0 }, .site = forge_site_new(&o) };
    begin(&s, forms, "multipart/form-data; boundary=B", NULL);
    snprintf(want, sizeof want, "[[%d,%d]]", MANY(200000, 70000), MANY(200000, 70000));
    expect(&s, "sizes", want);
    assert_int_equal(open_files(), 1);
    end(&s);
    assert_int_equal(open_files(), 0);
    o.spool = "/nonexistent";
    scene t = { .body = { text, n, 0, 4096, 0, 0, 0 }, .site = forge_site_new(&o) };
    begin(&t, forms, "multipart/form-data; boundary=B", NULL);
    for (int i = 0; i < 2; i++)
        expect_error(&t, "sizes",
                     "an upload cannot be kept: No such file or directory (os error 2)",
                     0);
    end(&t);
    free(text);
}

/* ---- pages ------------------------------------------------------------------------ */

static forge_template *page(const char *text, int alone)
{
    forge_template *t = NULL;
    forge_build b = { .file = "page.fg",
                      .source = text,
                      .source_len = strlen(text),
                      .auto_page = alone };
    assert_int_equal(forge_build_template(&b, &t, NULL), FORGE_OK);
    return t;
}

static int on_write(void *ctx, const char *text, size_t n)
{
    char *said = ctx;
    strncat(said, text, n);
    return 0;
}

/* What a fork of the page says, and its status.  NULL: nobody gives it a request. */
static forge_status say(forge_template *t, const char *path, char *said)
{
    forge_fork *f;
    forge_value v;
    forge_host host = prog_host_of(&counted);
    forge_env env = { .write = on_write, .ctx = said };
    const forge_request r = { .method = "GET", .path = path, .body = "" };
    said[0] = '\0';
    assert_int_equal(forge_fork_begin(t, &host, NULL, &env, &f), FORGE_OK);
    if (path) {
        assert_int_equal(forge_request_value(f, &r, &v), FORGE_OK);
        assert_int_equal(forge_give_request(f, v), FORGE_OK);
    }
    forge_status s = forge_run(f);
    if (s == FORGE_ERROR)
        assert_string_equal(forge_fork_report(f)->message,
                            "undefined variable: 'request'");
    forge_fork_end(f);
    assert_int_equal(counted.bytes, 0);
    return s;
}

/* Each fork has its own, and none is left behind for the next one. */
static void page_reads(void **state)
{
    char said[200];
    forge_template *t =
        page("fn path() { return request.path }\nsay path() + request.text()\n"
             "request.path = \"changed\"\nsay path()\nrequest = [1]\nsay request\n",
             1);
    uint64_t sum = forge_template_checksum(t);
    (void)state;
    assert_int_equal(forge_reads_request(t), 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(say(t, i ? "/b" : "/a", said), FORGE_OK);
        assert_string_equal(said, i ? "/b\nchanged\n[1]\n" : "/a\nchanged\n[1]\n");
        assert_int_equal(say(t, NULL, said), FORGE_ERROR);
    }
    assert_true(sum == forge_template_checksum(t));
    forge_template_free(t);
}

/* Its own variable of that name, and programs that are no pages. */
static void page_does_not_read(void **state)
{
    static const char *const pages[] = {
        "say 1\n", "let request = 1\nsay request\n",
        "fn f(request) { return request }\nsay f(1)\n"
    };
    char said[200];
    forge_value v;
    (void)state;
    for (int i = 0; i < 3; i++) {
        forge_template *t = page(pages[i], 1);
        forge_fork *f;
        assert_int_equal(forge_reads_request(t), 0);
        assert_int_equal(say(t, NULL, said), FORGE_OK);
        assert_string_equal(said, "1\n");
        assert_int_equal(forge_fork_begin(t, NULL, NULL, NULL, &f), FORGE_OK);
        assert_int_equal(forge_object(f, &v), FORGE_OK);
        assert_int_equal(forge_give_request(f, v), FORGE_USAGE);
        forge_fork_end(f);
        forge_template_free(t);
    }
    forge_template *t = page("fn f() { return request }\n", 0);
    forge_fork *f;
    assert_int_equal(forge_reads_request(t), 0);
    assert_int_equal(forge_fork_begin(t, NULL, NULL, NULL, &f), FORGE_OK);
    assert_int_equal(forge_object(f, &v), FORGE_OK);
    assert_int_equal(forge_give_request(f, v), FORGE_USAGE);
    assert_int_equal(forge_give_request(NULL, v), FORGE_USAGE);
    assert_int_equal(forge_give_request(f, forge_int(1)), FORGE_USAGE);
    assert_int_equal(forge_call(f, "f", NULL, 0, NULL), FORGE_ERROR);
    assert_string_equal(forge_fork_report(f)->message, "undefined variable: 'request'");
    forge_fork_end(f);
    forge_template_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),       cmocka_unit_test(refuses),
        cmocka_unit_test(annotations),  cmocka_unit_test(texts),
        cmocka_unit_test(taken_before), cmocka_unit_test(blame),
        cmocka_unit_test(two_tasks),    cmocka_unit_test(parts_in_pieces),
        cmocka_unit_test(bad_forms),    cmocka_unit_test(spooled),
        cmocka_unit_test(page_reads),   cmocka_unit_test(page_does_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
