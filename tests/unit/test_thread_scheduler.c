// SPDX-License-Identifier: Apache-2.0
/* Many jobs of many forks on a real pool, while connections go away, deadlines pass and
 * other threads finish jobs.  What the jobs touch is plain memory, so the thread sanitizer,
 * under which `make check` runs this, sees whatever the lanes do not keep apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/scheduler.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define JOBS 12000
#define FORKS 5
#define SPACES 2
#define OWNERS 6

static uint64_t monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t patience(void) { return monotonic() + 250000000000u; }

/* ---- everything at once ---------------------------------------------------------- */

typedef struct forked {
    long value, half; /* plain */
} forked;

typedef enum how { NONE, RAN, CANCELLED, EXPIRED } how;

typedef struct order {
    fg_job job;
    forked *data;
    how how;
    int released;
    bool hand_over;
    bool committed_saw; /* of a committed read: it touches no data */
    fg_runnable elsewhere;
} order;

static fg_lanes *lanes;
static fg_executor *pool, *others;
static fg_executor_queue others_queue;

static void act(order *o)
{
    if (o->job.kind == FG_JOB_READ && o->job.committed) {
        o->committed_saw = true;
    } else if (o->job.kind == FG_JOB_WRITE) {
        o->data->value++;
        if ((o->data->value & 7) == 0)
            sched_yield();
        o->data->half++;
    } else {
        assert_true(o->data->value == o->data->half);
    }
    o->how = RAN;
}

static void finish_elsewhere(fg_runnable *r)
{
    order *o = (order *)(void *)((char *)r - offsetof(order, elsewhere));
    act(o);
    fg_lanes_finish(lanes, &o->job);
    others->done(others, &others_queue);
}

static fg_job_step work(fg_job *j)
{
    order *o = (order *)j;
    assert_int_equal(o->how, NONE);
    if (!o->hand_over || j->brief) {
        act(o);
        return FG_JOB_ENDED;
    }
    o->elsewhere.run = finish_elsewhere;
    others->add(others, &others_queue, &o->elsewhere);
    return FG_JOB_GOES_ON;
}

static void end_as(fg_job *j, how h)
{
    assert_int_equal(((order *)j)->how, NONE);
    ((order *)j)->how = h;
}

static void cancelled(fg_job *j) { end_as(j, CANCELLED); }
static void expired(fg_job *j) { end_as(j, EXPIRED); }
static void released(fg_job *j) { ((order *)j)->released++; }

static const fg_job_ops ops = { work, cancelled, expired, released };

static uint32_t next_random(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    return *x ^= *x << 5;
}

static void describe(order *o, uint32_t r, const uint64_t *owners, forked *data)
{
    uint64_t space = r % SPACES, fork = r / 2 % FORKS;
    o->data = &data[space * FORKS + fork];
    o->hand_over = r >> 8 & 1;
    o->job = (fg_job){
        .ops = &ops,
        .space = space,
        .fork = fork,
        .owner = owners[(r >> 9) % OWNERS],
        .due = (r >> 12 & 7) == 0 ? monotonic() + (r >> 16 & 0xffff) : 0,
        .kind = (r >> 15 & 3) == 0 ? FG_JOB_WRITE : FG_JOB_READ,
        .committed = (r >> 17 & 3) == 0,
        .brief = r >> 19 & 1,
    };
}

static void everything_at_once(void **state)
{
    static order orders[JOBS];
    static forked data[SPACES * FORKS];
    uint64_t owners[OWNERS], last_owner = 0;
    uint32_t x = 2463534242u, refused = 0, ends[4] = { 0 };
    long writes[SPACES * FORKS] = { 0 };
    (void)state;
    pool = fg_threads_start(4, 3);
    others = fg_threads_start(1, 0);
    assert_true(pool && others);
    fg_lanes_config c = { .executor = pool, .max_all = 300, .max_owner = 200 };
    lanes = fg_lanes_new(&c);
    for (int i = 0; i < OWNERS; i++)
        owners[i] = ++last_owner;
    for (int i = 0; i < JOBS; i++) {
        uint32_t r = next_random(&x);
        describe(&orders[i], r, owners, data);
        fg_submitted s = fg_lanes_submit(lanes, &orders[i].job);
        assert_true(s == FG_SUBMITTED || s == FG_SUBMIT_BUSY);
        if (s == FG_SUBMIT_BUSY) {
            refused++;
            orders[i].job.ops = NULL;
            sched_yield();
        }
        if (i % 50 == 0) {
            fg_lanes_gone(lanes, owners[r % OWNERS]);
            owners[r % OWNERS] = ++last_owner;
        }
        if (i % 20 == 0)
            fg_lanes_expire(lanes);
    }
    fg_lanes_stop(lanes);
    assert_true(fg_lanes_drain(lanes, patience()));
    fg_lanes_check(lanes);
    for (int i = 0; i < JOBS; i++) {
        const order *o = &orders[i];
        assert_int_equal(o->released, o->job.ops != NULL);
        assert_true((o->how == NONE) == (o->job.ops == NULL));
        ends[o->how]++;
        writes[o->data - data] += o->how == RAN && o->job.kind == FG_JOB_WRITE;
    }
    for (int i = 0; i < SPACES * FORKS; i++)
        assert_int_equal(data[i].value, writes[i]);
    assert_int_equal(ends[NONE], refused);
    assert_true(ends[RAN] > 0);
    fg_threads_stop(pool);
    fg_threads_stop(others);
    fg_lanes_counts n = fg_lanes_count(lanes);
    assert_int_equal(n.lanes + n.spaces + n.owners, 0);
    fg_lanes_free(lanes);
}

/* ---- drains in a row ------------------------------------------------------------- */

/* The jobs are on this stack: a drain that comes back too early is seen. */
static void drained_means_released(void **state)
{
    static forked data;
    (void)state;
    pool = fg_threads_start(3, 0);
    fg_lanes_config c = { .executor = pool };
    lanes = fg_lanes_new(&c);
    data = (forked){ 0 };
    for (int round = 0; round < 1500; round++) {
        order o[4];
        memset(o, 0, sizeof o);
        for (int i = 0; i < 4; i++) {
            o[i].data = &data;
            o[i].job.ops = &ops;
            o[i].job.kind = i == 1 ? FG_JOB_WRITE : FG_JOB_READ;
            assert_int_equal(fg_lanes_submit(lanes, &o[i].job), FG_SUBMITTED);
        }
        assert_true(fg_lanes_drain(lanes, patience()));
        for (int i = 0; i < 4; i++)
            assert_int_equal(o[i].released, 1);
        assert_int_equal(data.value, round + 1); /* as the reactor sees it */
    }
    fg_threads_stop(pool);
    fg_lanes_free(lanes);
}

/* ---- the pool alone -------------------------------------------------------------- */

#define PIECES 3000

typedef struct piece {
    fg_runnable r;
    fg_executor_queue *q;
    int *running, *most;
    int ran;
    struct piece *child; /* added by it */
} piece;

static void run_piece(fg_runnable *r)
{
    piece *p = (piece *)(void *)r;
    int n = __atomic_add_fetch(p->running, 1, __ATOMIC_SEQ_CST);
    int most = __atomic_load_n(p->most, __ATOMIC_SEQ_CST);
    while (most < n
           && !__atomic_compare_exchange_n(p->most, &most, n, 0, __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST)) {}
    p->ran++;
    if (p->child)
        pool->add(pool, p->child->q, &p->child->r);
    __atomic_sub_fetch(p->running, 1, __ATOMIC_SEQ_CST);
    pool->done(pool, p->q);
}

/* Pieces add pieces, also after the stop; each runs once, within the cap of its queue. */
static void a_pool_runs_everything_once(void **state)
{
    static piece pieces[2 * PIECES];
    fg_executor_queue queues[3] = { { NULL, NULL, NULL, 0, false } };
    int running[3] = { 0 }, most[3] = { 0 };
    (void)state;
    pool = fg_threads_start(4, 2);
    assert_non_null(pool);
    memset(pieces, 0, sizeof pieces);
    for (int i = 0; i < 2 * PIECES; i++) {
        int q = i % 3;
        pieces[i] = (piece){ .r.run = run_piece,
                             .q = &queues[q],
                             .running = &running[q],
                             .most = &most[q] };
    }
    for (int i = 0; i < PIECES; i++) {
        pieces[i].child = &pieces[PIECES + i];
        pool->add(pool, pieces[i].q, &pieces[i].r);
    }
    fg_threads_stop(pool);
    for (int i = 0; i < 2 * PIECES; i++)
        assert_int_equal(pieces[i].ran, 1);
    for (int q = 0; q < 3; q++)
        assert_in_range(most[q], 1, 2);
}

static void a_pool_stops_when_idle(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        pool = fg_threads_start(1 + (uint32_t)i % 4, 0);
        assert_non_null(pool);
        fg_threads_stop(pool);
    }
}

/* ---- committing a fork ----------------------------------------------------------- */

/* The recipe of two lanes (state/scheduler.h), with a pool of one thread for the committer.
 * A fork commits what was written to it if nobody has committed since it was made. */
typedef enum phase { OPEN, SEALED, GONE } phase;

typedef struct branch {
    pthread_mutex_t lock;
    phase phase;
    long value, base; /* base: the version it was made from */
} branch;

typedef struct change {
    fg_job job;
    branch *on;
    fg_runnable commit;
    long value, base; /* detached when the fork was sealed */
    enum { UNANSWERED, DONE, REFUSED, CONFLICT } answer;
    int answers;
} change;

static long version, canonical; /* the committer's own */
static fg_executor_queue committer_queue;

static void answer(change *c, int what)
{
    c->answer = what;
    __atomic_add_fetch(&c->answers, 1, __ATOMIC_SEQ_CST);
}

static void commit(fg_runnable *r)
{
    change *c = (change *)(void *)((char *)r - offsetof(change, commit));
    bool fits = c->base == version;
    if (fits) {
        version++;
        canonical += c->value;
    }
    pthread_mutex_lock(&c->on->lock);
    c->on->phase = fits ? GONE : OPEN;
    c->on->base = version;
    pthread_mutex_unlock(&c->on->lock);
    answer(c, fits ? DONE : CONFLICT);
    others->done(others, &committer_queue);
}

static fg_job_step seal(fg_job *j)
{
    change *c = (change *)j;
    pthread_mutex_lock(&c->on->lock);
    bool open = c->on->phase == OPEN;
    if (open)
        c->on->phase = SEALED;
    c->value = c->on->value;
    c->base = c->on->base;
    pthread_mutex_unlock(&c->on->lock);
    if (!open)
        answer(c, REFUSED);
    return FG_JOB_ENDED;
}

static void to_committer(fg_job *j)
{
    change *c = (change *)j;
    if (c->answers > 0)
        return;
    c->commit.run = commit;
    others->add(others, &committer_queue, &c->commit);
}

static fg_job_step write(fg_job *j)
{
    change *c = (change *)j;
    pthread_mutex_lock(&c->on->lock);
    bool open = c->on->phase == OPEN;
    c->on->value += open;
    pthread_mutex_unlock(&c->on->lock);
    answer(c, open ? DONE : REFUSED);
    return FG_JOB_ENDED;
}

#define BRANCHES 40
#define WRITES 20

static const fg_job_ops sealing = { seal, cancelled, expired, to_committer };
static const fg_job_ops writing = { write, cancelled, expired, NULL };

static void give_change(change *c, branch *on, uint64_t fork, const fg_job_ops *o)
{
    c->on = on;
    c->job = (fg_job){ .ops = o, .space = 1, .fork = fork + 1, .kind = FG_JOB_WRITE };
    assert_int_equal(fg_lanes_submit(lanes, &c->job), FG_SUBMITTED);
}

/* Each fork is written to, committed, written to, and committed again, all at once: the
 * second time commits nothing but after a conflict. */
static void forks_commit(void **state)
{
    static branch branches[BRANCHES];
    static change writes[BRANCHES][2][WRITES], commits[BRANCHES][2];
    long expected = 0, committed = 0;
    (void)state;
    pool = fg_threads_start(3, 0);
    others = fg_threads_start(1, 0);
    fg_lanes_config config = { .executor = pool };
    lanes = fg_lanes_new(&config);
    for (uint64_t f = 0; f < BRANCHES; f++)
        pthread_mutex_init(&branches[f].lock, NULL);
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < WRITES; i++)
            for (uint64_t f = 0; f < BRANCHES; f++)
                give_change(&writes[f][turn][i], &branches[f], f, &writing);
        for (uint64_t f = 0; f < BRANCHES; f++)
            give_change(&commits[f][turn], &branches[f], f, &sealing);
    }
    assert_true(fg_lanes_drain(lanes, patience()));
    fg_threads_stop(others);
    fg_threads_stop(pool);
    for (int f = 0; f < BRANCHES; f++) {
        long value = 0;
        bool gone = false;
        for (int turn = 0; turn < 2; turn++) {
            for (int i = 0; i < WRITES; i++) {
                assert_int_equal(writes[f][turn][i].answers, 1);
                value += writes[f][turn][i].answer == DONE;
                assert_false(turn == 0 && writes[f][0][i].answer != DONE);
            }
            assert_int_equal(commits[f][turn].answers, 1);
            if (commits[f][turn].answer == DONE) {
                assert_false(gone);
                gone = true;
                committed++;
                expected += value; /* all before it, nothing behind it */
                assert_int_equal(commits[f][turn].value, value);
            }
        }
        assert_int_equal(branches[f].value, value);
        assert_int_equal(branches[f].phase, gone ? GONE : OPEN);
    }
    assert_int_equal(canonical, expected);
    assert_int_equal(version, committed);
    assert_true(committed > 0);
    fg_lanes_free(lanes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_at_once),
        cmocka_unit_test(drained_means_released),
        cmocka_unit_test(a_pool_runs_everything_once),
        cmocka_unit_test(a_pool_stops_when_idle),
        cmocka_unit_test(forks_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
