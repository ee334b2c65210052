// SPDX-License-Identifier: Apache-2.0
/* Functions around handlers: order, paths, what next() gives and takes, errors, tasks. */
#include "prog.h"

#include <string.h>

static const char source[] =
    "let mut trace = \"\"\n"
    "fn note(s) { trace = trace + s }\n"
    "@middleware\n"
    "fn outer(request, next) {\n"
    "    note(\"o(\")\n"
    "    let answer = next()\n"
    "    note(\")o\")\n"
    "    return answer\n"
    "}\n"
    "@middleware(\"/admin\")\n"
    "fn guard(request) {\n"
    "    note(\"g\")\n"
    "    if request.user == null { return \"forbidden\" }\n"
    "}\n"
    "@middleware(\"/admin/deep/\")\n"
    "fn deep(request, next) {\n"
    "    note(\"d\")\n"
    "    let mut changed = request\n"
    "    changed.user = request.user + \"!\"\n"
    "    return { inner: next(changed), again: next(), kept: request.user }\n"
    "}\n"
    "@get(\"/admin\")\nfn admin(request) { note(\"A\")\n return request.user }\n"
    "@get(\"/admin/deep/:id\")\nfn below(id, request) { note(\"D\")\n"
    "    return \"{request.user} {id}\" }\n"
    "@get(\"/administer\")\nfn other() { note(\"O\")\n return 1 }\n"
    "@get(\"/fails\")\nfn fails() { return [1][5] }\n"
    "@get(\"/:any\")\nfn any(any) { return any }\n"
    "fn traced() { return trace }\n";

typedef struct asked {
    prog p;
    forge_fork *f;
} asked;

static asked begin(const char *text)
{
    asked a;
    prog_build(&a.p, text);
    a.f = prog_fork(&a.p);
    return a;
}

static void end(asked *a)
{
    forge_fork_end(a->f);
    prog_free(&a->p);
}

static uint32_t route_of(const asked *a, const char *pattern)
{
    for (uint32_t i = 0; i < forge_route_count(a->p.tmpl); i++)
        if (strcmp(forge_route_get(a->p.tmpl, i)->pattern, pattern) == 0)
            return i;
    fail_msg("no route %s", pattern);
    return 0;
}

/* { user: name }, or without a name null. */
static forge_value request_of(forge_fork *f, const char *user)
{
    forge_value r, name = forge_null();
    assert_int_equal(forge_object(f, &r), FORGE_OK);
    if (user)
        assert_int_equal(forge_string(f, user, strlen(user), &name), FORGE_OK);
    assert_int_equal(forge_object_put(f, r, "user", 4, name), FORGE_OK);
    return r;
}

/* Asks with an id where there is one, and the request where the handler has it. */
static forge_status ask(asked *a, const char *pattern, const char *user,
                        const char **text)
{
    uint32_t i = route_of(a, pattern);
    const forge_route *r = forge_route_get(a->p.tmpl, i);
    forge_value argv[4], out, request = request_of(a->f, user);
    for (uint32_t k = 0; k < r->nparams; k++)
        if (strcmp(r->params[k].name, "request") == 0)
            argv[k] = request;
        else
            assert_int_equal(forge_string(a->f, "7", 1, &argv[k]), FORGE_OK);
    forge_status s = forge_call_handler(a->f, i, argv, r->nparams, request, &out);
    static char copy[200];
    size_t n;
    if (s == FORGE_OK) {
        assert_int_equal(forge_json_text(a->f, out, text, &n), FORGE_OK);
        assert_true(n < sizeof copy);
        memcpy(copy, *text, n);
        copy[n] = '\0';
        *text = copy;
    }
    return s;
}

static void answers(const char *pattern, const char *user, const char *answer,
                    const char *trace)
{
    asked a = begin(source);
    const char *text = "";
    assert_int_equal(ask(&a, pattern, user, &text), FORGE_OK);
    assert_string_equal(text, answer);
    prog_expect(a.f, "traced", trace);
    end(&a);
}

static void test_order(void **state)
{
    (void)state;
    answers("/admin", "ann", "\"ann\"", "o(gA)o");
    answers("/administer", NULL, "1", "o(O)o");
    answers("/:any", NULL, "\"7\"", "o()o");
}

static void test_an_answer_before(void **state)
{
    (void)state;
    answers("/admin", NULL, "\"forbidden\"", "o(g)o");
}

/* The handler gets the changed request, and the next call of next() the one from before. */
static void test_another_request(void **state)
{
    (void)state;
    answers("/admin/deep/:id", "ann",
            "{\"inner\":\"ann! 7\",\"again\":\"ann 7\",\"kept\":\"ann\"}", "o(gdDD)o");
}

static void test_counts(void **state)
{
    (void)state;
    asked a = begin(source);
    static const struct {
        const char *pattern;
        uint32_t n;
    } expected[] = {
        { "/admin", 2 }, { "/admin/deep/:id", 3 }, { "/administer", 1 }, { "/:any", 1 }
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(
            forge_route_get(a.p.tmpl, route_of(&a, expected[i].pattern))->nmiddleware,
            expected[i].n);
    end(&a);
}

static void reports(const char *text, const char *pattern, const char *message)
{
    asked a = begin(text);
    const char *unused;
    assert_int_equal(ask(&a, pattern, "u", &unused), FORGE_ERROR);
    assert_string_equal(forge_fork_report(a.f)->message, message);
    /* The fork is as usable as after any error. */
    assert_int_equal(ask(&a, pattern, "u", &unused), FORGE_ERROR);
    end(&a);
}

#define HANDLER "@get(\"/x\")\nfn x() { return 1 }\n"

static void test_errors(void **state)
{
    (void)state;
    reports(source, "/fails", "index out of bounds: index 5 on array of length 1");
    reports("@middleware\nfn m(request, next) { return next(1, 2) }\n" HANDLER, "/x",
            "next() takes one request or nothing, got 2");
    reports("let mut kept = null\n@middleware\nfn m(request, next) { kept = next\n "
            "next() }\n"
            "@get(\"/x\")\nfn x() { return later() }\nfn later() { return [1][5] }\n",
            "/x", "index out of bounds: index 5 on array of length 1");
    reports(
        "@middleware\nfn m(request, next) { return await spawn { next() } }\n" HANDLER,
        "/x",
        "task error: next() can be called by @middleware functions while their request "
        "is "
        "answered, and not by tasks");
}

/* A next() that is kept does nothing once its request is answered. */
static void test_kept_for_later(void **state)
{
    (void)state;
    asked a = begin("let mut kept = null\n@middleware\n"
                    "fn m(request, next) { kept = next\n return next() }\n" HANDLER
                    "fn late() { return kept() }\n");
    const char *text;
    forge_value out;
    assert_int_equal(ask(&a, "/x", "u", &text), FORGE_OK);
    assert_int_equal(forge_call(a.f, "late", NULL, 0, &out), FORGE_ERROR);
    assert_non_null(strstr(forge_fork_report(a.f)->message, "next() can be called"));
    end(&a);
}

/* A middleware that waits, and one that has tasks beside it. */
static void test_tasks(void **state)
{
    (void)state;
    asked a = begin(
        "@middleware\nfn m(request, next) {\n"
        "    let beside = spawn { wait 2 milliseconds\n 5 }\n"
        "    wait 1 milliseconds\n"
        "    let n = next()\n    return n + await beside\n}\n"
        "@get(\"/x\")\nfn x() { return await spawn { wait 1 milliseconds\n 7 } }\n");
    const char *text;
    assert_int_equal(ask(&a, "/x", "u", &text), FORGE_OK);
    assert_string_equal(text, "12");
    end(&a);
}

/* Garbage in every step, collected while arguments wait for their handler. */
static void test_collections(void **state)
{
    (void)state;
    asked a =
        begin("fn waste() { let mut s = \"\"\n"
              "    for i in range(" MANY(
                  "20000",
                  "300") ") { s = \"text {i}\" }\n"
                         "    return s }\n"
                         "@middleware\nfn m(request, next) { waste()\n"
                         "    let mut r = request\n    r.user = r.user + \"?\"\n"
                         "    let answer = next(r)\n    waste()\n    return answer }\n"
                         "@get(\"/:id\")\nfn x(id, request) { waste()\n"
                         "    return \"{id} {request.user}\" }\n");
    const char *text;
    assert_int_equal(ask(&a, "/:id", "some user", &text), FORGE_OK);
    assert_string_equal(text, "\"7 some user?\"");
    end(&a);
}

static void test_error_handlers(void **state)
{
    (void)state;
    asked a = begin("@error(404)\nfn missing() { return 1 }\n@error\nfn any(request, "
                    "e) { return 2 }\n" HANDLER);
    assert_string_equal(forge_error_handler(a.p.tmpl, 404)->function, "missing");
    assert_int_equal(forge_error_handler(a.p.tmpl, 404)->nparams, 0);
    assert_string_equal(forge_error_handler(a.p.tmpl, 500)->function, "any");
    assert_int_equal(forge_error_handler(a.p.tmpl, 500)->nparams, 2);
    end(&a);
    a = begin(HANDLER);
    assert_null(forge_error_handler(a.p.tmpl, 404));
    end(&a);
}

static void test_cors(void **state)
{
    (void)state;
    asked a =
        begin("@server(cors: \"*\")\n@cors(\"https://a.example https://b.example\")\n"
              "@get(\"/own\")\nfn own() { return 1 }\n" HANDLER);
    assert_string_equal(forge_route_get(a.p.tmpl, route_of(&a, "/own"))->cors,
                        "https://a.example https://b.example");
    assert_string_equal(forge_route_get(a.p.tmpl, route_of(&a, "/x"))->cors, "*");
    end(&a);
    a = begin(HANDLER);
    assert_null(forge_route_get(a.p.tmpl, 0)->cors);
    end(&a);
}

static void refused(const char *text, const char *message)
{
    forge_error *e = NULL;
    assert_int_equal(forge_check("x.fg", text, strlen(text), NULL, &e), FORGE_ERROR);
    assert_string_equal(forge_error_report(e)->message, message);
    forge_error_free(e);
}

static void test_bad_decorators(void **state)
{
    (void)state;
    refused(
        "@middleware(\"admin\")\nfn f(r) { }",
        "@middleware takes the path that it is for, such as @middleware(\"/admin\"), "
        "or nothing");
    refused(
        "@middleware(1)\nfn f(r) { }",
        "@middleware takes the path that it is for, such as @middleware(\"/admin\"), "
        "or nothing");
    refused(
        "@error(200)\nfn f(r) { }",
        "@error takes a status from 400 to 599, such as @error(404), or nothing for "
        "all of them");
    refused(
        "@error(\"404\")\nfn f(r) { }",
        "@error takes a status from 400 to 599, such as @error(404), or nothing for "
        "all of them");
    refused("@cors\nfn f() { }",
            "@cors takes the origins that may read answers, such as "
            "@cors(\"https://example.org\"), or \"*\" for all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),           cmocka_unit_test(test_an_answer_before),
        cmocka_unit_test(test_another_request), cmocka_unit_test(test_counts),
        cmocka_unit_test(test_errors),          cmocka_unit_test(test_kept_for_later),
        cmocka_unit_test(test_tasks),           cmocka_unit_test(test_collections),
        cmocka_unit_test(test_error_handlers),  cmocka_unit_test(test_cors),
        cmocka_unit_test(test_bad_decorators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
