// SPDX-License-Identifier: Apache-2.0
/* The store between processes: a writer that is killed loses nothing that it acknowledged
 * and does nothing twice, and readers see commits, growth and the writer's death without
 * opening anew. */
#include "scratch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILLS 50

/* ---- children -------------------------------------------------------------------- */

typedef struct child {
    pid_t pid;
    int from, to; /* of the parent: what the child says, what it hears */
} child;

/* Runs f(arg, in, out) in a child that leaves with its result. */
static child start(int (*f)(void *arg, int in, int out), void *arg)
{
    int down[2], up[2];
    child c;
    assert_int_equal(pipe(down), 0);
    assert_int_equal(pipe(up), 0);
    fflush(stdout);
    c.pid = fork();
    assert_true(c.pid >= 0);
    if (c.pid == 0) {
        close(down[1]);
        close(up[0]);
        _exit(f(arg, down[0], up[1]));
    }
    close(down[0]);
    close(up[1]);
    c.from = up[0];
    c.to = down[1];
    return c;
}

static int finish(child *c)
{
    int status;
    close(c->to);
    close(c->from);
    assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
    return status;
}

static void say(int fd, uint64_t n) { assert_int_equal(write(fd, &n, 8), 8); }
/* False: the other side is gone. */
static bool hear(int fd, uint64_t *n) { return read(fd, n, 8) == 8; }

/* ---- kill -9 --------------------------------------------------------------------- */

typedef struct crash {
    scratch t;
    uint64_t next; /* the first number that is not known to be committed */
    uint64_t random;
} crash;

#define GROUP 3

/* The batch of one number: its token, a counter, and a key that tells its number. */
typedef struct numbered {
    uint8_t token[FG_STORE_TOKEN];
    char key[24];
    fg_store_op ops[3];
} numbered;

static void make_numbered(numbered *n, uint64_t number, uint32_t ns,
                          fg_store_batch *out)
{
    memset(n, 0, sizeof *n);
    memcpy(n->token, &number, sizeof number);
    snprintf(n->key, sizeof n->key, "n%010llu", (unsigned long long)number);
    n->ops[0] = op_of(FG_STORE_INCREMENT, "count", 1);
    n->ops[1] = op_of(FG_STORE_INCREMENT, n->key, 1);
    n->ops[2] = put_op("last", n->key);
    *out = (fg_store_batch){
        .ns = ns, .base = FG_STORE_BLIND, .token = n->token, .ops = n->ops, .n_ops = 3
    };
}

static void pause_us(long us)
{
    struct timespec t = { 0, us * 1000 };
    nanosleep(&t, NULL);
}

/* Commits for ever from the first number that nobody heard of, GROUP at a time. */
static int writer(void *arg, int in, int out)
{
    crash *c = arg;
    (void)in;
    fg_store_options o = scratch_options(&c->t);
    fg_store *s;
    if (fg_store_open(&o, &s, NULL) != FG_STATE_OK)
        return 1;
    for (uint64_t n = c->next;; n += GROUP) {
        numbered made[GROUP];
        fg_store_batch b[GROUP];
        for (uint64_t i = 0; i < GROUP; i++)
            make_numbered(&made[i], n + i, c->t.ns, &b[i]);
        if (fg_store_commit(s, b, GROUP, NULL) != FG_STATE_OK)
            return 2;
        for (unsigned i = 0; i < GROUP; i++)
            if (b[i].error.code != FG_STATE_OK)
                return 3;
        /* Time to be killed between the commit and the word of it. */
        pause_us(50);
        uint64_t done = n + GROUP;
        if (write(out, &done, 8) != 8)
            return 4;
    }
}

/* Everything up to `acknowledged` is there once; at most one group more. */
static void check_after_crash(crash *c, uint64_t acknowledged)
{
    fg_store_view v = view_at(&c->t, FG_STORE_LATEST);
    fg_store_range numbers = { .prefix = S("n"), .to_end = true };
    fg_store_scan scan;
    fg_store_item item;
    uint64_t n = 0;
    OK(&c->t, fg_store_scan_open(&v, &numbers, false, 0, NULL, &scan, &c->t.err));
    while (fg_store_scan_next(&scan, &item, &c->t.err) == FG_STATE_OK) {
        char expected[24];
        snprintf(expected, sizeof expected, "n%010llu", (unsigned long long)n++);
        assert_true(fg_slice_eq(item.key, S(expected)));
        assert_int_equal(item.value.n, 1);
        assert_int_equal(item.value.p[0], 1);
    }
    fg_store_scan_close(&scan);
    assert_true(n >= acknowledged);
    assert_true(n <= acknowledged + GROUP);
    assert_int_equal(n % GROUP, 0);
    assert_int_equal(v.tip, n);
    c->next = acknowledged; /* what nobody heard of is sent again */
}

static void test_killed_writers(void **state)
{
    (void)state;
    crash c = { .random = 88172645463325252u };
    uint64_t acknowledged = 0, incarnation = 0;
    int unheard = 0;
    scratch_open(&c.t, MAP);
    for (int i = 0; i < KILLS; i++) {
        fg_store_reader_free(c.t.reader);
        fg_store_close(c.t.store);
        child w = start(writer, &c);
        c.random ^= c.random << 13;
        c.random ^= c.random >> 7;
        c.random ^= c.random << 17;
        uint64_t heard = 0, n;
        /* Not before its first commit, then at any point of a later one. */
        assert_true(hear(w.from, &heard));
        acknowledged = heard;
        pause_us((long)(c.random % 2000));
        kill(w.pid, SIGKILL);
        while (hear(w.from, &n))
            acknowledged = n;
        int status = finish(&w);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        fg_store_options o = scratch_options(&c.t);
        OK(&c.t, fg_store_open(&o, &c.t.store, &c.t.err));
        OK(&c.t, fg_store_reader_new(c.t.store, &c.t.reader, &c.t.err));
        assert_true(fg_store_incarnation(c.t.store) > incarnation);
        incarnation = fg_store_incarnation(c.t.store);
        check_after_crash(&c, acknowledged);
        unheard += view_at(&c.t, FG_STORE_LATEST).tip > acknowledged;
    }
    check_counts(&c.t);
    /* All history is whole, too. */
    OK(&c.t, fg_store_unwind(c.t.store, c.t.ns, 0, &c.t.err));
    assert_int_equal(counts(&c.t).history_bytes + counts(&c.t).keys, 0);
    print_message("%d of %d writers committed what nobody heard of\n", unheard, KILLS);
    scratch_close(&c.t);
}

/* ---- readers --------------------------------------------------------------------- */

/* Answers each question with the length of the value of "k" at the newest version. */
static int reader(void *arg, int in, int out)
{
    scratch *t = arg;
    fg_store_options o = scratch_options(t);
    fg_store *s;
    fg_store_reader *r;
    fg_store_item item;
    fg_store_view v;
    uint64_t question, answer;
    o.writer = false;
    o.map_size = 0;
    if (fg_store_open(&o, &s, &t->err) != FG_STATE_OK
        || fg_store_reader_new(s, &r, &t->err) != FG_STATE_OK)
        return 1;
    while (hear(in, &question)) {
        if (fg_store_reader_begin(r, &t->err) != FG_STATE_OK
            || fg_store_view_open(r, t->ns, FG_STORE_LATEST, &v, &t->err) != FG_STATE_OK
            || fg_store_get(&v, 0, S("k"), &item, &t->err) != FG_STATE_OK)
            return 2;
        answer = item.value.n;
        for (uint32_t i = 0; i < item.value.n; i++)
            if (item.value.p[i] != 'v')
                return 3;
        fg_store_reader_end(r);
        if (write(out, &answer, 8) != 8)
            return 4;
    }
    fg_store_reader_free(r);
    fg_store_close(s);
    return 0;
}

static void put_v(scratch *t, uint32_t n)
{
    static char value[1 << 20];
    memset(value, 'v', sizeof value);
    fg_store_op op = { .kind = FG_STORE_PUT,
                       .key = S("k"),
                       .value = fg_slice_of(value, n) };
    OK(t, commit_ops(t, FG_STORE_BLIND, &op, 1, NULL));
}

static uint64_t ask(const child *c)
{
    uint64_t answer = UINT64_MAX;
    say(c->to, 1);
    assert_true(hear(c->from, &answer));
    return answer;
}

static void test_readers_see_commits(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, UINT64_C(2) << 20);
    put_v(&t, 1);
    child c = start(reader, &t);
    for (uint32_t n = 1; n < 200; n++) {
        put_v(&t, n);
        assert_int_equal(ask(&c), n);
    }
    /* The map grows while it is open there: that process maps anew by itself. */
    fg_store_reader_end(t.reader);
    OK(&t, fg_store_grow(t.store, UINT64_C(64) << 20, &t.err));
    for (uint32_t n = 1; n < 12; n++) {
        put_v(&t, n * 80000);
        assert_int_equal(ask(&c), n * 80000);
    }
    /* Without a writer, what was committed can be read on. */
    fg_store_reader_free(t.reader);
    fg_store_close(t.store);
    t.store = NULL;
    t.reader = NULL;
    assert_int_equal(ask(&c), 11 * 80000);
    assert_int_equal(finish(&c), 0);
    scratch_close(&t);
}

/* Says that it reads, and then nothing. */
static int stuck(void *arg, int in, int out)
{
    scratch *t = arg;
    fg_store_options o = scratch_options(t);
    fg_store *s;
    fg_store_reader *r;
    uint64_t never;
    o.writer = false;
    if (fg_store_open(&o, &s, &t->err) != FG_STATE_OK
        || fg_store_reader_new(s, &r, &t->err) != FG_STATE_OK
        || fg_store_reader_begin(r, &t->err) != FG_STATE_OK)
        return 1;
    say(out, 1);
    hear(in, &never);
    return 0;
}

static void test_dead_readers_are_reaped(void **state)
{
    (void)state;
    scratch t;
    uint64_t began;
    uint32_t reaped;
    fg_store_status st;
    scratch_open(&t, MAP);
    put_v(&t, 1);
    child c = start(stuck, &t);
    assert_true(hear(c.from, &began));
    OK(&t, fg_store_get_status(t.store, &st, &t.err));
    uint64_t since = st.oldest_reader;
    assert_int_equal(since, st.transaction);
    OK(&t, fg_store_reap(t.store, &reaped, &t.err));
    assert_int_equal(reaped, 0);
    put_v(&t, 2);
    kill(c.pid, SIGKILL);
    finish(&c);
    OK(&t, fg_store_get_status(t.store, &st, &t.err));
    assert_int_equal(st.oldest_reader, since);
    OK(&t, fg_store_reap(t.store, &reaped, &t.err));
    assert_int_equal(reaped, 1);
    OK(&t, fg_store_get_status(t.store, &st, &t.err));
    assert_int_equal(st.oldest_reader, 0);
    scratch_close(&t);
}

/* Tries to be a second writer; the code. */
static int second_writer(void *arg, int in, int out)
{
    fg_store_options o = scratch_options(arg);
    fg_store *s;
    (void)in;
    say(out, fg_store_open(&o, &s, NULL));
    return 0;
}

static void test_one_writer(void **state)
{
    (void)state;
    scratch t;
    uint64_t code;
    scratch_open(&t, MAP);
    for (int i = 0; i < 2; i++) {
        child c = start(second_writer, &t);
        assert_true(hear(c.from, &code));
        assert_string_equal(fg_state_name((fg_state)code), i ? "OK" : "BUSY");
        assert_int_equal(finish(&c), 0);
        fg_store_reader_free(t.reader);
        fg_store_close(t.store);
        t.store = NULL;
        t.reader = NULL;
    }
    scratch_close(&t);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_writers),
        cmocka_unit_test(test_readers_see_commits),
        cmocka_unit_test(test_dead_readers_are_reaped),
        cmocka_unit_test(test_one_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
