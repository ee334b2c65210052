// SPDX-License-Identifier: Apache-2.0
/* The public interface: responses, and the early hints that a program sends. */
#include "prog.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char source[] =
    "fn plain(which) {\n"
    "    return match which {\n"
    "        0 => null, 1 => 5, 2 => \"x\", 3 => [1], 4 => {a: 1}, 5 => "
    "Ok(respond(200)),\n"
    "        6 => {status: 404}, 7 => {__type__: \"Other\"}, 8 => {__type__: 5},\n"
    "        9 => {__type__: \"Response\", __variant__: \"A\"}, _ => [respond(200)]\n"
    "    }\n"
    "}\n"
    "fn none() { return respond(204) }\n"
    "fn json() { return respond(201, {a: [1]}, {\"X-A\": [\"1\", \"2\"], \"X-B\": "
    "\"\"}) }\n"
    "fn texts() { return text(\"a\\0b\", 404).header(\"X\", \"ü\") }\n"
    "fn same(r) { return r }\n"
    "fn frozen() { return freeze text(\"x\") }\n"
    "fn sent(p) { return file(p) }\n"
    "fn hints(l) { return early_hints(l) }\n"
    "fn many() { return respond(200).add_header(\"X\", range(200).map(str)) }\n"
    "fn made(s) { return {status: s, headers: [], body: null, kind: \"none\", "
    "__type__: "
    "\"Response\"} }\n";

static forge_template *tmpl;

static int setup(void **state)
{
    (void)state;
    forge_build b = { .file = "app.fg",
                      .source = source,
                      .source_len = strlen(source) };
    return forge_build_template(&b, &tmpl, NULL) == FORGE_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    forge_template_free(tmpl);
    return 0;
}

static forge_fork *fork_with(const forge_env *env)
{
    forge_fork *f;
    assert_int_equal(forge_fork_begin(tmpl, NULL, NULL, env, &f), FORGE_OK);
    return f;
}

static forge_value call(forge_fork *f, const char *name, const forge_value *argv,
                        uint32_t argc)
{
    forge_value v;
    if (forge_call(f, name, argv, argc, &v) != FORGE_OK)
        fail_msg("%s: %s", name, forge_fork_report(f)->text);
    return v;
}

/* The response that a function gives. */
static forge_response response(forge_fork *f, const char *name)
{
    forge_response r;
    memset(&r, 0xff, sizeof r);
    assert_int_equal(forge_response_of(f, call(f, name, NULL, 0), &r), 1);
    return r;
}

static void test_plain_values(void **state)
{
    (void)state;
    forge_fork *f = fork_with(NULL);
    forge_response r;
    for (int i = 0; i <= 10; i++) {
        forge_value which = forge_int(i);
        forge_value v = call(f, "plain", &which, 1);
        if (forge_response_of(f, v, &r) != 0)
            fail_msg("value %d is a response", i);
    }
    assert_int_equal(forge_response_of(f, forge_absent(), &r), 0);
    assert_int_equal(forge_response_of(NULL, forge_null(), &r), 0);
    assert_int_equal(forge_response_of(f, forge_null(), NULL), 0);
    forge_fork_end(f);
}

static void test_none(void **state)
{
    (void)state;
    forge_fork *f = fork_with(NULL);
    forge_response r = response(f, "none");
    assert_int_equal(r.status, 204);
    assert_int_equal(r.kind, FORGE_BODY_NONE);
    assert_int_equal(r.nheaders, 0);
    assert_null(r.type);
    assert_int_equal(r.file, -1);
    forge_fork_end(f);
}

static void test_json(void **state)
{
    (void)state;
    static const char *const want[][2] = { { "X-A", "1" },
                                           { "X-A", "2" },
                                           { "X-B", "" } };
    forge_fork *f = fork_with(NULL);
    forge_response r = response(f, "json");
    const char *text;
    size_t n;
    assert_int_equal(r.status, 201);
    assert_int_equal(r.kind, FORGE_BODY_JSON);
    assert_int_equal(forge_json_text(f, r.value, &text, &n), FORGE_OK);
    assert_int_equal(n, 9);
    assert_memory_equal(text, "{\"a\":[1]}", 9);
    assert_int_equal(r.nheaders, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_string_equal(r.headers[i].name, want[i][0]);
        assert_string_equal(r.headers[i].value, want[i][1]);
    }
    assert_null(r.type);
    forge_fork_end(f);
}

static void test_text(void **state)
{
    (void)state;
    forge_fork *f = fork_with(NULL);
    forge_response r = response(f, "texts");
    assert_int_equal(r.status, 404);
    assert_int_equal(r.kind, FORGE_BODY_TEXT);
    assert_int_equal(r.n, 3);
    assert_memory_equal(r.text, "a\0b", 3);
    assert_string_equal(r.type, "text/plain; charset=utf-8");
    assert_int_equal(r.nheaders, 1);
    assert_string_equal(r.headers[0].value, "\xc3\xbc");
    r = response(f, "frozen");
    assert_int_equal(r.n, 1);
    r = response(f, "many");
    assert_int_equal(r.nheaders, 200);
    assert_string_equal(r.headers[199].value, "199");
    forge_fork_end(f);
}

static void test_invalid(void **state)
{
    (void)state;
    static const int64_t bad[] = {
        0, -1, 100, 101, 103, 199, 600, INT64_MAX, INT64_MIN
    };
    forge_fork *f = fork_with(NULL);
    forge_response r;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        forge_value status = forge_int(bad[i]), v = call(f, "made", &status, 1);
        assert_int_equal(forge_response_of(f, v, &r), -1);
        assert_string_equal(forge_fork_report(f)->message,
                            "the status of a response is an Int from 200 to 599");
    }
    forge_value status = forge_int(599), v = call(f, "made", &status, 1);
    assert_int_equal(forge_response_of(f, v, &r), 1);
    assert_int_equal(r.status, 599);
    forge_fork_end(f);
}

/* An object that a host makes is a response like any other. */
static void test_of_a_host(void **state)
{
    (void)state;
    forge_fork *f = fork_with(NULL);
    forge_value o, type;
    forge_response r;
    assert_int_equal(forge_object(f, &o), FORGE_OK);
    assert_int_equal(forge_string(f, "Response", 8, &type), FORGE_OK);
    assert_int_equal(forge_object_put(f, o, "__type__", 8, type), FORGE_OK);
    assert_int_equal(forge_object_put(f, o, "status", 6, forge_int(200)), FORGE_OK);
    assert_int_equal(forge_response_of(f, o, &r), -1);
    forge_fork_end(f);
}

/* The file is the one that was opened, for as long as the fork lives, and not longer. */
static void test_file(void **state)
{
    (void)state;
    char path[] = "/tmp/forge-response-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, "content", 7) == 7);
    close(fd);
    forge_env env = { .capabilities = FORGE_CAP_FS_READ };
    forge_fork *f = fork_with(&env);
    forge_value name;
    forge_response r;
    struct stat st;
    char text[8] = "";
    assert_int_equal(forge_string(f, path, strlen(path), &name), FORGE_OK);
    forge_value v = call(f, "sent", &name, 1);
    unlink(path);
    assert_int_equal(forge_response_of(f, v, &r), 1);
    assert_int_equal(r.kind, FORGE_BODY_FILE);
    assert_string_equal(r.file_name, strrchr(path, '/') + 1);
    assert_int_equal(pread(r.file, text, 7, 0), 7);
    assert_string_equal(text, "content");
    assert_true(fcntl(r.file, F_GETFD) & FD_CLOEXEC);
    fd = r.file;
    forge_fork_end(f);
    assert_int_equal(fstat(fd, &st), -1);
}

/* ---- early hints --------------------------------------------------------------------- */

static char seen[256];

static int on_hints(void *ctx, const char *const *links, uint32_t n)
{
    assert_ptr_equal(ctx, seen);
    for (uint32_t i = 0; i < n; i++) {
        strcat(seen, links[i]);
        strcat(seen, "|");
    }
    return 1;
}

static void test_early_hints(void **state)
{
    (void)state;
    forge_env env = { .early_hints = on_hints, .ctx = seen };
    forge_fork *f = fork_with(&env);
    forge_value list, link;
    assert_int_equal(forge_array(f, &list), FORGE_OK);
    assert_int_equal(forge_string(f, "</a>", 4, &link), FORGE_OK);
    assert_int_equal(forge_array_add(f, list, link), FORGE_OK);
    assert_int_equal(forge_string(f, "</b>; x", 7, &link), FORGE_OK);
    assert_int_equal(forge_array_add(f, list, link), FORGE_OK);
    assert_int_equal(forge_to_int(call(f, "hints", &list, 1)), 1);
    assert_string_equal(seen, "</a>|</b>; x|");
    forge_value bad;
    assert_int_equal(forge_string(f, "a\r\nb", 4, &bad), FORGE_OK);
    assert_int_equal(forge_call(f, "hints", &bad, 1, NULL), FORGE_ERROR);
    assert_string_equal(seen, "</a>|</b>; x|");
    forge_fork_end(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_values), cmocka_unit_test(test_none),
        cmocka_unit_test(test_json),         cmocka_unit_test(test_text),
        cmocka_unit_test(test_invalid),      cmocka_unit_test(test_of_a_host),
        cmocka_unit_test(test_file),         cmocka_unit_test(test_early_hints),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
