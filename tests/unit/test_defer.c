// SPDX-License-Identifier: Apache-2.0
/* Deferred functions and sections under limits and cancellation, and which limit it was. */
#include "prog.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const source =
    "fn forever() { while true { } }\n"
    "fn sleeps() { wait 60 seconds }\n"
    "fn hoard() { let mut a = []\n while true { push(a, \"text {len(a)}\") } }\n"
    "fn endless() { defer(fn() { say \"deferred\" })\n forever() }\n"
    "fn asleep() { defer(fn() { say \"deferred\" })\n sleeps() }\n"
    "fn hoards() { defer(fn() { say \"deferred {range(9)}\" })\n hoard() }\n"
    "fn in_a_task() {\n"
    "    defer(fn() { say \"main\" })\n"
    "    await spawn { defer(fn() { say \"task\" })\n forever() }\n"
    "}\n"
    "fn in_two_tasks() {\n"
    "    defer(fn() { wait 0.01 seconds\n say \"main\" })\n"
    "    spawn { defer(fn() { say \"other\" })\n sleeps() }\n"
    "    await spawn { defer(fn() { say \"task\" })\n forever() }\n"
    "}\n"
    "fn stubborn() {\n"
    "    defer(fn() { say \"last\" })\n"
    "    defer(fn() { forever() })\n"
    "    defer(fn() { say \"first\" })\n"
    "    forever()\n"
    "}\n"
    "fn starts_stubborn() { defer(fn() { forever() }) }\n"
    "fn works() { let mut n = 0\n repeat 40 times { range(20000).map(fn(i) { i }) }\n "
    "}\n"
    "fn section() { uncancellable(fn() { works()\n say \"section\" })\n say \"behind\" "
    "}\n"
    "fn nested() { uncancellable(fn() {\n"
    "    uncancellable(fn() { works() })\n works()\n say \"outer\" })\n"
    "    say \"behind\" }\n"
    "fn other_section() {\n"
    "    let t = spawn { uncancellable(fn() { wait 0.05 seconds\n say \"section\" })\n"
    "        say \"behind\" }\n"
    "    while true { wait 0.001 seconds }\n"
    "}\n"
    "fn leaves_tasks() {\n"
    "    spawn { defer(fn() { wait 0.001 seconds\n say \"left\" })\n sleeps() }\n"
    "    wait 0.001 seconds\n"
    "    say \"call\"\n"
    "}\n"
    "fn waits_in_deferred() {\n"
    "    defer(fn() { say await spawn { 7 } })\n"
    "}\n"
    "fn many_tasks() { await_all(range(5).map(fn(i) { return spawn { wait 0.001 "
    "seconds } })) }\n"
    "fn in_turn() { for i in range(20) { await spawn { i } } }\n"
    "fn copies() { fs.copy(\"/nowhere/a\", \"/nowhere/b\") }\n"
    "fn chatter() { while true { say \"0123456789\" } }\n"
    "fn prints() {\n"
    "    defer(fn() { say \"deferred\" })\n"
    "    uncancellable(fn() { say \"a\"\n wait 0.001 seconds\n say \"b\" })\n"
    "    say \"behind\"\n"
    "}\n"
    "fn fine() { return 1 }\n"
    "fn fails() { bruh(\"x\") }\n";

/* What the host sees and says. */
typedef struct host {
    char out[4096], err[4096];
    int refuses; /* what is written is written to nobody */
    int answer;  /* to the poll callback, from the second one on */
    int polls;
} host;

static int on_write(void *ctx, const char *text, size_t n)
{
    host *h = ctx;
    snprintf(h->out + strlen(h->out), sizeof h->out - strlen(h->out), "%.*s", (int)n,
             text);
    return h->refuses;
}

static void on_write_err(void *ctx, const char *text, size_t n)
{
    host *h = ctx;
    snprintf(h->err + strlen(h->err), sizeof h->err - strlen(h->err), "%.*s", (int)n,
             text);
}

static int on_poll(void *ctx)
{
    host *h = ctx;
    return ++h->polls > 1 ? h->answer : FORGE_GO_ON;
}

static forge_env env_of(host *h)
{
    return (forge_env){ .write = on_write,
                        .write_err = on_write_err,
                        .poll = on_poll,
                        .ctx = h,
                        .capabilities = FORGE_CAP_ALL };
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Calls name() in a fork of its own, which is not to run for long. */
static forge_status run(const forge_limits *l, host *h, const char *name,
                        forge_bound *bound)
{
    prog p;
    forge_fork *f;
    prog_host counted = { 0 };
    forge_host memory = prog_host_of(&counted);
    forge_env env = env_of(h);
    prog_build(&p, source);
    assert_int_equal(forge_fork_begin(p.tmpl, &memory, l, &env, &f), FORGE_OK);
    uint64_t begin = now_ms();
    forge_status s = forge_call(f, name, NULL, 0, NULL);
    *bound = forge_fork_bound(f);
    if (s == FORGE_LIMIT && *bound == FORGE_BOUND_TIME)
        assert_non_null(strstr(forge_fork_report(f)->message, "time limit of"));
    forge_fork_end(f);
    assert_true(now_ms() - begin < 20000);
    assert_int_equal(counted.bytes, 0);
    prog_free(&p);
    return s;
}

/* ---- which limit -------------------------------------------------------------------- */

static void bounds(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        forge_bound want;
        forge_limits limits;
    } cases[] = {
        { "forever", FORGE_BOUND_TIME, { .wall_us = 20000 } },
        { "sleeps", FORGE_BOUND_TIME, { .wall_us = 20000 } },
        { "forever", FORGE_BOUND_CPU, { .cpu_us = 20000 } },
        { "forever", FORGE_BOUND_FUEL, { .fuel = 50000 } },
        { "hoard", FORGE_BOUND_MEMORY, { .memory = 1 << 20 } },
        { "chatter", FORGE_BOUND_OUTPUT, { .output = 1000 } },
        { "copies", FORGE_BOUND_FILES, { .files = 1 } },
        { "many_tasks", FORGE_BOUND_TASKS, { .tasks = 4 } },
        { "copies", FORGE_BOUND_NONE, { .files = 2 } },
        { "many_tasks", FORGE_BOUND_NONE, { .tasks = 5 } },
        { "in_turn", FORGE_BOUND_NONE, { .tasks = 1 } },
        { "fine", FORGE_BOUND_NONE, { .wall_us = 1000000 } },
        { "fails", FORGE_BOUND_NONE, { .wall_us = 1000000 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        host h = { .answer = FORGE_GO_ON };
        forge_bound bound;
        forge_status s = run(&cases[i].limits, &h, cases[i].name, &bound);
        assert_int_equal(bound, cases[i].want);
        assert_int_equal(s == FORGE_LIMIT, bound != FORGE_BOUND_NONE);
    }
}

/* Waiting costs no processor time. */
static void cpu_is_not_wall(void **state)
{
    (void)state;
    host h = { .answer = FORGE_GO_ON };
    forge_bound bound;
    forge_limits l = { .cpu_us = 40000, .wall_us = 400000 };
    assert_int_equal(run(&l, &h, "sleeps", &bound), FORGE_LIMIT);
    assert_int_equal(bound, FORGE_BOUND_TIME);
}

/* ---- deferred functions --------------------------------------------------------------- */

static void run_after_limits(void **state)
{
    (void)state;
    static const forge_limits limits[] = {
        { .wall_us = 20000 },
        { .cpu_us = 20000 },
        { .fuel = 50000 },
    };
    static const char *const names[][2] = { { "endless", "deferred\n" },
                                            { "in_a_task", "task\nmain\n" },
                                            { "in_two_tasks", "task\nmain\nother\n" } };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            host h = { .answer = FORGE_GO_ON };
            forge_bound bound;
            assert_int_equal(run(&limits[i], &h, names[k][0], &bound), FORGE_LIMIT);
            assert_string_equal(h.out, names[k][1]);
            assert_string_equal(h.err, "");
        }
}

static void run_without_memory(void **state)
{
    (void)state;
    host h = { .answer = FORGE_GO_ON };
    forge_bound bound;
    forge_limits l = { .memory = 1 << 20 };
    assert_int_equal(run(&l, &h, "hoards", &bound), FORGE_LIMIT);
    assert_int_equal(bound, FORGE_BOUND_MEMORY);
    assert_string_equal(h.out, "deferred [0, 1, 2, 3, 4, 5, 6, 7, 8]\n");
}

static void run_after_cancellation(void **state)
{
    (void)state;
    static const char *const names[][2] = { { "endless", "deferred\n" },
                                            { "asleep", "deferred\n" },
                                            { "in_a_task", "task\nmain\n" },
                                            { "in_two_tasks", "task\nmain\nother\n" } };
    for (int answer = FORGE_CANCEL; answer <= FORGE_STOP; answer++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            host h = { .answer = answer };
            forge_bound bound;
            assert_int_equal(run(NULL, &h, names[k][0], &bound), FORGE_CANCELLED);
            assert_string_equal(h.out, names[k][1]);
            assert_int_equal(bound, FORGE_BOUND_NONE);
        }
}

/* The one that does not end is ended, and that is not what the run ended with. */
static void have_an_end(void **state)
{
    (void)state;
    static const char over[] = "the time for deferred functions is over";
    static const forge_limits limits[] = { { .wall_us = 20000 }, { .fuel = 50000 } };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        host h = { .answer = FORGE_GO_ON };
        forge_bound bound;
        assert_int_equal(run(&limits[i], &h, "stubborn", &bound), FORGE_LIMIT);
        assert_int_equal(bound, i == 0 ? FORGE_BOUND_TIME : FORGE_BOUND_FUEL);
        assert_memory_equal(h.out, "first\n", 6);
        assert_non_null(strstr(h.err, over));
    }
    host h = { .answer = FORGE_CANCEL };
    forge_bound bound;
    assert_int_equal(run(NULL, &h, "stubborn", &bound), FORGE_CANCELLED);
    assert_non_null(strstr(h.err, over));
    host g = { .answer = FORGE_STOP };
    assert_int_equal(run(NULL, &g, "starts_stubborn", &bound), FORGE_CANCELLED);
    assert_non_null(strstr(g.err, over));
}

/* ---- sections ------------------------------------------------------------------------- */

static void sections(void **state)
{
    (void)state;
    static const char *const names[][2] = { { "section", "section\n" },
                                            { "nested", "outer\n" },
                                            { "other_section", "section\n" } };
    forge_bound bound;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        host left = { .answer = FORGE_CANCEL }, stopped = { .answer = FORGE_STOP };
        assert_int_equal(run(NULL, &left, names[k][0], &bound), FORGE_CANCELLED);
        assert_string_equal(left.out, names[k][1]);
        assert_int_equal(run(NULL, &stopped, names[k][0], &bound), FORGE_CANCELLED);
        assert_string_equal(stopped.out, "");
    }
    host h = { .answer = FORGE_CANCEL };
    forge_limits l = { .fuel = 20000 };
    assert_int_equal(run(&l, &h, "section", &bound), FORGE_LIMIT);
    assert_string_equal(h.out, "");
}

/* Output that nobody reads ends sections no earlier. */
static void sections_that_print(void **state)
{
    (void)state;
    host h = { .refuses = 1 }, g = { .refuses = 0 };
    forge_bound bound;
    assert_int_equal(run(NULL, &h, "prints", &bound), FORGE_CANCELLED);
    assert_string_equal(h.out, "a\nb\ndeferred\n");
    assert_int_equal(run(NULL, &g, "prints", &bound), FORGE_OK);
    assert_string_equal(g.out, "a\nb\nbehind\ndeferred\n");
}

/* ---- several calls of one fork, and sessions -------------------------------------------- */

/* Tasks end with their call, and the next call is not short of anything. */
static void calls_of_one_fork(void **state)
{
    (void)state;
    prog p;
    forge_fork *f;
    host h = { .answer = FORGE_GO_ON };
    forge_env env = env_of(&h);
    prog_build(&p, source);
    assert_int_equal(forge_fork_begin(p.tmpl, NULL, NULL, &env, &f), FORGE_OK);
    for (int i = 0; i < 3; i++) {
        h.out[0] = '\0';
        assert_int_equal(forge_call(f, "leaves_tasks", NULL, 0, NULL), FORGE_OK);
        assert_int_equal(forge_call(f, "waits_in_deferred", NULL, 0, NULL), FORGE_OK);
        assert_string_equal(h.out, "call\nleft\n7\n");
    }
    forge_fork_end(f);
    assert_string_equal(h.err, "");
    prog_free(&p);
}

static void piece(forge_session *s, const char *text, forge_status want)
{
    forge_value v;
    assert_int_equal(forge_session_run(s, text, strlen(text), &v), want);
}

/* What its tasks deferred is called when a session ends. */
static void end_of_a_session(void **state)
{
    (void)state;
    host h = { .answer = FORGE_GO_ON };
    forge_env env = env_of(&h);
    forge_limits l = { .fuel = 200000 };
    forge_session *s;
    assert_int_equal(forge_session_begin("<test>", NULL, &l, &env, NULL, &s), FORGE_OK);
    piece(s, "fn f() { defer(fn() { say \"f\" })\n while true { } }", FORGE_OK);
    piece(s, "spawn { defer(fn() { say \"task\" })\n wait 60 seconds }", FORGE_OK);
    piece(
        s,
        "spawn { defer(fn() { say \"below\" })\n [1].map(fn(x) { wait 60 seconds }) }",
        FORGE_OK);
    piece(s, "wait 0.01 seconds", FORGE_OK);
    piece(s, "f()", FORGE_LIMIT);
    piece(s, "defer(fn() { say await spawn { 8 } })", FORGE_OK);
    assert_string_equal(h.out, "f\n8\n");
    forge_session_end(s);
    assert_non_null(strstr(h.out, "task\n"));
    assert_non_null(strstr(h.out, "below\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds),
        cmocka_unit_test(cpu_is_not_wall),
        cmocka_unit_test(run_after_limits),
        cmocka_unit_test(run_without_memory),
        cmocka_unit_test(run_after_cancellation),
        cmocka_unit_test(have_an_end),
        cmocka_unit_test(sections),
        cmocka_unit_test(sections_that_print),
        cmocka_unit_test(calls_of_one_fork),
        cmocka_unit_test(end_of_a_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
