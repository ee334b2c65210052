// SPDX-License-Identifier: Apache-2.0
/* The public interface: limits, cancellation, output, and hosts without memory. */
#include "prog.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const source =
    "fn forever() { let mut n = 0\n while true { n = n + 1 }\n return n }\n"
    "fn deep(n) { return deep(n + 1) + 1 }\n"
    "fn levels(n) { if n == 0 { return 0 }\n return levels(n - 1) + 1 }\n"
    "fn hoard() { let mut a = []\n while true { push(a, \"text {len(a)}\") }\n }\n"
    "fn huge() { let mut s = \"0123456789abcdef\"\n while true { s = s + s }\n }\n"
    "fn garbage(n) { let mut a = []\n repeat n times { a = [1, \"x{n}\", { k: n }] }\n"
    "    return len(a) }\n"
    "fn chatter() { while true { say \"0123456789\" }\n }\n"
    "fn stubborn() {\n"
    "    while true { try { while true { } } catch e { say \"caught\" } }\n"
    "}\n"
    "fn hash() { crypto.hash_password(\"a\", {memory: 131072, passes: 2}) }\n"
    "fn hashes() { while true { try { hash() } catch e { say \"caught\" } } }\n"
    "fn fine() { return 1 }\n";

static forge_template *build(void)
{
    forge_build b = { .file = "limits.fg",
                      .source = source,
                      .source_len = strlen(source) };
    forge_template *t;
    forge_error *err;
    if (forge_build_template(&b, &t, &err) != FORGE_OK)
        fail_msg("%s", err ? forge_error_report(err)->text : "no report");
    return t;
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Calls name() under limits; the status, and the message in `message`. */
static forge_status under(const forge_limits *limits, const forge_env *env,
                          const char *name, char *message)
{
    forge_template *t = build();
    forge_fork *f;
    assert_int_equal(forge_fork_begin(t, NULL, limits, env, &f), FORGE_OK);
    forge_value arg = forge_int(0), v;
    forge_status s = forge_call(f, name, &arg, strcmp(name, "deep") == 0, &v);
    message[0] = '\0';
    if (s != FORGE_OK && s != FORGE_EXIT) {
        const forge_report *r = forge_fork_report(f);
        assert_non_null(r);
        assert_true(strlen(r->text) > 0);
        strncat(message, r->message, 255);
        forge_status again = forge_call(f, "fine", NULL, 0, &v);
        assert_true(again == FORGE_OK || again == s);
    }
    forge_fork_end(f);
    forge_template_free(t);
    return s;
}

static void wall(void **state)
{
    (void)state;
    char message[256];
    uint64_t from = now_ms();
    forge_limits l = { .wall_us = 50000 };
    assert_int_equal(under(&l, NULL, "forever", message), FORGE_LIMIT);
    assert_true(now_ms() - from >= 45);
    assert_true(now_ms() - from < 5000);
    assert_int_equal(under(&l, NULL, "stubborn", message), FORGE_LIMIT);
}

static void cpu(void **state)
{
    (void)state;
    char message[256];
    forge_limits l = { .cpu_us = 30000 };
    assert_int_equal(under(&l, NULL, "forever", message), FORGE_LIMIT);
}

/* What a thread of a function's own computes counts, and ends in the middle. */
static void limits_of_a_hash(void **state)
{
    (void)state;
    char message[256];
    forge_limits wall_limit = { .wall_us = 20000 }, cpu_limit = { .cpu_us = 20000 };
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 5 && best >= 100; i++) {
        uint64_t from = now_ms();
        assert_int_equal(under(&wall_limit, NULL, "hash", message), FORGE_LIMIT);
        assert_non_null(strstr(message, "time limit of 0.02 s"));
        assert_true(now_ms() - from >= 15);
        best = now_ms() - from < best ? now_ms() - from : best;
    }
    assert_true(best < 100);
    assert_int_equal(under(&wall_limit, NULL, "hashes", message), FORGE_LIMIT);
    assert_int_equal(under(&cpu_limit, NULL, "hash", message), FORGE_LIMIT);
    assert_non_null(strstr(message, "CPU time limit of 0.02 s"));
    assert_int_equal(under(&cpu_limit, NULL, "hashes", message), FORGE_LIMIT);
}

static void fuel(void **state)
{
    (void)state;
    char message[256];
    forge_limits l = { .fuel = 100000 };
    assert_int_equal(under(&l, NULL, "forever", message), FORGE_LIMIT);
    assert_int_equal(under(&l, NULL, "fine", message), FORGE_OK);
}

static void memory(void **state)
{
    (void)state;
    char message[256];
    forge_limits l = { .memory = (size_t)1 << 20 };
    assert_int_equal(under(&l, NULL, "hoard", message), FORGE_LIMIT);
    assert_non_null(strstr(message, "1048576 bytes"));
    assert_int_equal(under(&l, NULL, "huge", message), FORGE_LIMIT);
}

static void depth(void **state)
{
    (void)state;
    char message[256];
    forge_limits l = { .depth = 100 };
    forge_status s = under(&l, NULL, "deep", message);
    assert_true(s == FORGE_ERROR || s == FORGE_LIMIT);
    assert_non_null(strstr(message, "recursion"));
    s = under(NULL, NULL, "deep", message);
    assert_true(s == FORGE_ERROR || s == FORGE_LIMIT);
}

static void garbage_is_collected(void **state)
{
    (void)state;
    forge_template *t = build();
    forge_limits l = { .memory = (size_t)2 << 20 };
    forge_fork *f;
    assert_int_equal(forge_fork_begin(t, NULL, &l, NULL, &f), FORGE_OK);
    forge_value arg = forge_int(100000), v;
    assert_int_equal(forge_call(f, "garbage", &arg, 1, &v), FORGE_OK);
    assert_int_equal(forge_to_int(v), 3);
    assert_true(forge_fork_memory(f) <= (size_t)2 << 20);
    assert_true(forge_fork_fuel(f) > 50000);
    forge_fork_end(f);
    forge_template_free(t);
}

typedef struct sink {
    size_t bytes, polls, stop_at;
} sink;

static int swallow(void *ctx, const char *text, size_t n)
{
    sink *s = ctx;
    (void)text;
    s->bytes += n;
    return s->stop_at && s->bytes >= s->stop_at;
}

static void output(void **state)
{
    (void)state;
    char message[256];
    sink s = { 0 };
    forge_env env = { .write = swallow, .ctx = &s };
    forge_limits l = { .output = 1000 };
    assert_int_equal(under(&l, &env, "chatter", message), FORGE_LIMIT);
    assert_true(s.bytes <= 1000);
    assert_true(s.bytes >= 900);
}

static void refused_output(void **state)
{
    (void)state;
    char message[256];
    sink s = { .stop_at = 500 };
    forge_env env = { .write = swallow, .ctx = &s };
    assert_int_not_equal(under(NULL, &env, "chatter", message), FORGE_OK);
    assert_true(s.bytes < 600);
}

static int poll_thrice(void *ctx)
{
    sink *s = ctx;
    return ++s->polls >= 3;
}

static void poll_callback(void **state)
{
    (void)state;
    char message[256];
    sink s = { 0 };
    forge_env env = { .write = swallow, .poll = poll_thrice, .ctx = &s };
    assert_int_equal(under(NULL, &env, "forever", message), FORGE_CANCELLED);
    assert_int_equal(s.polls, 3);
    s.polls = 0;
    assert_int_equal(under(NULL, &env, "stubborn", message), FORGE_CANCELLED);
    assert_int_equal(s.bytes, 0);
}

static void *cancel_later(void *fork)
{
    usleep(20000);
    forge_cancel(fork);
    return NULL;
}

static void cancel_from_a_thread(void **state)
{
    (void)state;
    forge_template *t = build();
    forge_fork *f;
    assert_int_equal(forge_fork_begin(t, NULL, NULL, NULL, &f), FORGE_OK);
    pthread_t thread;
    uint64_t from = now_ms();
    assert_int_equal(pthread_create(&thread, NULL, cancel_later, f), 0);
    forge_value v;
    assert_int_equal(forge_call(f, "stubborn", NULL, 0, &v), FORGE_CANCELLED);
    assert_true(now_ms() - from < 5000);
    assert_string_equal(forge_fork_report(f)->kind, "Cancelled");
    pthread_join(thread, NULL);
    forge_fork_end(f);
    forge_template_free(t);
}

static void restart(void **state)
{
    (void)state;
    forge_template *t = build();
    forge_limits l = { .fuel = 200000 };
    forge_fork *f;
    assert_int_equal(forge_fork_begin(t, NULL, &l, NULL, &f), FORGE_OK);
    forge_value arg = forge_int(150000), v;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(forge_call(f, "garbage", &arg, 1, &v), FORGE_OK);
        forge_limits_restart(f);
    }
    assert_int_equal(forge_call(f, "garbage", &arg, 1, &v), FORGE_OK);
    assert_int_equal(forge_call(f, "garbage", &arg, 1, &v), FORGE_LIMIT);
    forge_fork_end(f);
    forge_template_free(t);
}

static void build_limits(void **state)
{
    (void)state;
    static const char *const loop = "let mut n = 0\nwhile true { n = n + 1 }\n";
    forge_build b = { .file = "x.fg", .source = loop, .source_len = strlen(loop) };
    b.limits.wall_us = 30000;
    forge_template *t;
    forge_error *err;
    assert_int_equal(forge_build_template(&b, &t, &err), FORGE_LIMIT);
    assert_null(t);
    assert_non_null(err);
    forge_error_free(err);
    static const char *const hoard =
        "let mut s = \"abcdefgh\"\nwhile true { s = s + s }\n";
    b.source = hoard;
    b.source_len = strlen(hoard);
    b.limits.memory = (size_t)4 << 20;
    assert_int_equal(forge_build_template(&b, &t, &err), FORGE_LIMIT);
    assert_non_null(strstr(forge_error_report(err)->message, "4194304"));
    forge_error_free(err);
}

/* Lets each block request fail in turn: no crash, everything given back. */
static void failing_host(void **state)
{
    (void)state;
    forge_template *t = build();
    for (uint64_t i = 1; i < 40; i++) {
        prog_host h = { .fail_at = i };
        forge_host host = prog_host_of(&h);
        forge_fork *f;
        forge_status s = forge_fork_begin(t, &host, NULL, NULL, &f);
        if (s != FORGE_OK) {
            assert_int_equal(s, FORGE_NOMEM);
            assert_null(f);
        } else {
            forge_value arg = forge_int(3000), v;
            s = forge_call(f, "levels", &arg, 1, &v);
            assert_true(s == FORGE_OK || s == FORGE_NOMEM);
            s = forge_json_parse(f, "[1,[2,[3,{\"a\":\"b\"}]]]", 21, &v);
            assert_true(s == FORGE_OK || s == FORGE_NOMEM);
            s = forge_call(f, "hoard", NULL, 0, &v);
            assert_int_equal(s, FORGE_NOMEM);
            assert_non_null(forge_fork_report(f));
            forge_fork_end(f);
        }
        assert_int_equal(h.blocks, 0);
        assert_int_equal(h.bytes, 0);
    }
    forge_template_free(t);
}

static void values_without_memory(void **state)
{
    (void)state;
    forge_template *t = build();
    forge_limits l = { .memory = 200000 };
    forge_fork *f;
    assert_int_equal(forge_fork_begin(t, NULL, &l, NULL, &f), FORGE_OK);
    static char big[300000];
    memset(big, 'x', sizeof big);
    forge_value v, o;
    assert_int_equal(forge_string(f, big, sizeof big, &v), FORGE_LIMIT);
    assert_int_equal(forge_kind_of(v), FORGE_NULL);
    assert_non_null(strstr(forge_fork_report(f)->message, "200000"));
    assert_int_equal(forge_object(f, &o), FORGE_OK);
    assert_int_equal(forge_object_put(f, o, big, sizeof big, forge_int(1)),
                     FORGE_LIMIT);
    forge_fork_end(f);
    forge_template_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall),
        cmocka_unit_test(cpu),
        cmocka_unit_test(limits_of_a_hash),
        cmocka_unit_test(fuel),
        cmocka_unit_test(memory),
        cmocka_unit_test(depth),
        cmocka_unit_test(garbage_is_collected),
        cmocka_unit_test(output),
        cmocka_unit_test(refused_output),
        cmocka_unit_test(poll_callback),
        cmocka_unit_test(cancel_from_a_thread),
        cmocka_unit_test(restart),
        cmocka_unit_test(build_limits),
        cmocka_unit_test(failing_host),
        cmocka_unit_test(values_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
