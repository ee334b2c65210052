// SPDX-License-Identifier: Apache-2.0
/* Tasks in forks: what they see of a frozen program, limits and cancellation while they
 * run and while they wait, and that everything they took is given back. */
#include "prog.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char source[] =
    "let mut total = 10\n"
    "let mut words = [\"a\"]\n"
    "fn counter() {\n"
    "  let mut n = 0\n"
    "  return fn() { n += 1  return n }\n"
    "}\n"
    "let tick = counter()\n"
    "let add = fn(k) { total += k  return total }\n"
    "fn bump(k) { total += k  words.push(str(total))  return [total, len(words)] }\n"
    "thing P { x: Int = 3 }\n"
    "give P { fn twice(it) { return it.x * 2 } }\n"
    "fn copies() {\n"
    "  let seen = squad { spawn { bump(1) }  spawn { bump(2) } }\n"
    "  return [seen, total, words]\n"
    "}\n"
    "fn shares() {\n"
    "  squad { spawn { tick()  tick() }  spawn { tick() } }\n"
    "  return tick()\n"
    "}\n"
    "fn lambda_stays() {\n"
    "  let inside = await spawn { [add(5), total] }\n"
    "  return [inside, total]\n"
    "}\n"
    "fn types() { return await spawn { P { }.twice() + P { x: 10 }.twice() } }\n"
    "fn result() {\n"
    "  let f = await spawn { total = 77  return fn() { total += 1  return total } }\n"
    "  return [f(), f(), total]\n"
    "}\n"
    "fn below() { return await_all(map(range(20), fn(i) {\n"
    "  return spawn { map([i], fn(x) { wait 0  return x * 2 })[0] }\n"
    "}))[19] }\n"
    "fn waits() { receive(channel()) }\n"
    "fn sleeps() { squad { spawn { wait 600 }  spawn { map([1], fn(x) { wait 600 }) } "
    "} }\n"
    "fn spins() { squad { spawn { while true { } }  spawn { wait 600 } } }\n"
    "fn dozes() { time.sleep(600) }\n"
    "fn stubborn() { while true { try { sleeps() } catch e { say \"caught\" } } }\n"
    "fn hoards() { await spawn { let mut a = []\n while true { a.push(\"text "
    "{len(a)}\") } } }\n"
    "fn spawns() { let mut a = []\n while true { a.push(spawn { wait 600 })  wait 0 } "
    "}\n"
    "fn garbage() { let mut s = 0\n for i in range(2000) { s += await spawn { [i, "
    "i][1] } }\n"
    "  return s }\n"
    "fn leaves() { spawn { wait 600 }  spawn { map([1], fn(x) { wait 600 }) }\n wait "
    "0\n return 1 }\n"
    "fn mixed() { return [copies(), shares(), below(), garbage() > 0, leaves()] }\n";

static void frozen(void **state)
{
    (void)state;
    prog p;
    prog_build(&p, source);
    for (int i = 0; i < 2; i++) {
        forge_fork *f = prog_fork(&p);
        prog_expect(f, "copies", "[[[11, 2], [12, 2]], 10, [a]]");
        prog_expect(f, "shares", "4");
        prog_expect(f, "lambda_stays", "[[15, 10], 15]");
        prog_expect(f, "types", "26");
        prog_expect(f, "result", "[78, 79, 15]");
        prog_expect(f, "below", "38");
        prog_expect(f, "leaves", "1");
        prog_expect(f, "copies", "[[[16, 2], [17, 2]], 15, [a]]");
        forge_fork_end(f);
    }
    prog_free(&p);
}

/* So many variables that windows are paged. */
static void paged(void **state)
{
    (void)state;
    enum { VARIABLES = 1500 };
    char *text = malloc(VARIABLES * 64 + 4096), *at = text;
    for (int i = 0; i < VARIABLES; i++)
        at += sprintf(at, "let mut v%d = %d\nfn s%d() { v%d += 1  return v%d }\n", i, i,
                      i, i, i);
    sprintf(at,
            "let far = fn() { v700 += 1  return v700 }\n"
            "fn go() {\n"
            "  s3()\n"
            "  let t = await spawn { [s3(), s700(), s1499(), v3, far()] }\n"
            "  return [t, v3, v700, v1499]\n"
            "}\n"
            "fn escape() {\n"
            "  let f = await spawn { v9 = 50  return fn() { v9 += 1  return v9 } }\n"
            "  return [f(), f(), v9]\n"
            "}\n");
    prog p;
    prog_build(&p, text);
    forge_fork *f = prog_fork(&p);
    prog_expect(f, "go", "[[5, 701, 1500, 5, 701], 4, 701, 1499]");
    prog_expect(f, "escape", "[51, 52, 9]");
    forge_fork_end(f);
    prog_free(&p);
    free(text);
}

/* The report of a build that must be refused. */
static void refuse(const char *text, const char *message)
{
    forge_build b = { .file = "t.fg", .source = text, .source_len = strlen(text) };
    forge_template *t;
    forge_error *err = NULL;
    assert_int_equal(forge_build_template(&b, &t, &err), FORGE_ERROR);
    if (!strstr(forge_error_report(err)->text, message))
        fail_msg("%s", forge_error_report(err)->text);
    forge_error_free(err);
}

static void not_frozen(void **state)
{
    (void)state;
    refuse("let c = { a: [channel()] }\n@get(\"/\") fn f() { return 1 }",
           "cannot keep a Channel in 'c.a[0]'");
    refuse("let t = spawn { 1 }\n@get(\"/\") fn f() { return 1 }",
           "cannot keep a TaskHandle in 't'");
    refuse("let mut n = 1\nlet t = await spawn { return fn() { n += 1 } }\n"
           "@get(\"/\") fn f() { return 1 }",
           "cannot keep a function made inside a task in 't");
}

typedef struct outcome {
    forge_status status;
    char message[256];
} outcome;

static outcome under(const char *name, const forge_limits *l, const forge_env *e,
                     prog_host *h)
{
    prog p;
    forge_fork *f = NULL;
    forge_value v;
    outcome o = { .message = "" };
    forge_host host;
    prog_build(&p, source);
    if (h)
        host = prog_host_of(h);
    o.status = forge_fork_begin(p.tmpl, h ? &host : NULL, l, e, &f);
    if (o.status == FORGE_OK) {
        o.status = forge_call(f, name, NULL, 0, &v);
        if (o.status != FORGE_OK)
            snprintf(o.message, sizeof o.message, "%s", forge_fork_report(f)->message);
        forge_fork_end(f);
    }
    if (h && (h->bytes || h->blocks))
        fail_msg("%s: %zu bytes in %zu blocks are lost", name, h->bytes, h->blocks);
    prog_free(&p);
    return o;
}

static void limits(void **state)
{
    (void)state;
    static const char *const waiting[] = { "sleeps", "dozes", "spins", "stubborn" };
    forge_limits time = { .wall_us = 50000 };
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++) {
        prog_host h = { 0 };
        outcome o = under(waiting[i], &time, NULL, &h);
        assert_int_equal(o.status, FORGE_LIMIT);
        assert_non_null(strstr(o.message, "time limit"));
    }
    prog_host h = { 0 };
    forge_limits fuel = { .fuel = 200000 };
    assert_int_equal(under("spins", &fuel, NULL, &h).status, FORGE_LIMIT);
    forge_limits memory = { .memory = MANY(4u << 20, 1u << 20) };
    assert_int_equal(under("hoards", &memory, NULL, &h).status, FORGE_LIMIT);
    assert_int_equal(under("spawns", &memory, NULL, &h).status, FORGE_LIMIT);
    assert_int_equal(under("garbage", &memory, NULL, &h).status, FORGE_OK);
    outcome o = under("waits", NULL, NULL, &h);
    assert_int_equal(o.status, FORGE_ERROR);
    assert_non_null(strstr(o.message, "deadlock"));
}

static int polls_left;

static int give_up(void *ctx)
{
    (void)ctx;
    return polls_left-- <= 0;
}

static void host_cancels(void **state)
{
    (void)state;
    static const char *const names[] = { "sleeps", "dozes", "spins", "stubborn" };
    forge_env e = { .poll = give_up };
    for (size_t i = 0; i < 4; i++) {
        prog_host h = { 0 };
        polls_left = 5;
        assert_int_equal(under(names[i], NULL, &e, &h).status, FORGE_CANCELLED);
    }
}

static void *cancel_soon(void *fork)
{
    struct timespec t = { 0, 20000000 };
    nanosleep(&t, NULL);
    forge_cancel(fork);
    return NULL;
}

static void other_thread_cancels(void **state)
{
    (void)state;
    static const char *const names[] = { "sleeps", "dozes", "spins", "stubborn" };
    prog p;
    prog_build(&p, source);
    for (size_t i = 0; i < 4; i++) {
        pthread_t thread;
        forge_value v;
        forge_fork *f = prog_fork(&p);
        assert_int_equal(pthread_create(&thread, NULL, cancel_soon, f), 0);
        assert_int_equal(forge_call(f, names[i], NULL, 0, &v), FORGE_CANCELLED);
        pthread_join(thread, NULL);
        forge_fork_end(f);
    }
    prog_free(&p);
}

/* Every block that is asked for is refused once. */
static void no_memory(void **state)
{
    (void)state;
    static const char *const names[] = { "copies", "result", "below", "mixed" };
    for (size_t i = 0; i < MANY(sizeof names / sizeof *names, 2); i++) {
        for (uint64_t at = 1;; at++) {
            prog_host h = { .fail_at = at };
            outcome o = under(names[i], NULL, NULL, &h);
            if (o.status == FORGE_OK && h.gets < at)
                break;
            assert_true(o.status == FORGE_OK || o.status == FORGE_NOMEM
                        || o.status == FORGE_LIMIT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen),       cmocka_unit_test(paged),
        cmocka_unit_test(not_frozen),   cmocka_unit_test(limits),
        cmocka_unit_test(host_cancels), cmocka_unit_test(other_thread_cancels),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
