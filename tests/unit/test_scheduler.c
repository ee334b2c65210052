// SPDX-License-Identifier: Apache-2.0
/* The scheduler on a real pool: what reads and writes see, what overlaps, who waits for
 * whom, what is refused, how it ends, and that it leaves no memory.  Jobs are held at gates,
 * so that no test depends on time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/scheduler.h"

#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#define SECOND 1000000000u

typedef struct forked {
    int committed, value; /* plain: only the order keeps them whole */
    bool deleted;
} forked;

typedef enum outcome { NOT_YET, RAN, NOT_FOUND, CANCELLED, EXPIRED } outcome;

typedef struct order {
    fg_job job;
    forked *data;
    int saw;
    outcome how;
    sem_t *begun; /* posted when it runs */
    sem_t *gate;  /* waited for when it runs */
    sem_t *over;  /* posted when it is released */
    pthread_t thread;
    uint32_t turn; /* the how manieth that ran */
    bool deletes;
    bool saw_flag;
} order;

typedef struct world {
    fg_executor *pool;
    fg_lanes *lanes;
    uint32_t turns; /* atomic */
    uint32_t asked; /* times has_pending was called */
    bool pending;
} world;

static world w;

static fg_job_step work(fg_job *j)
{
    order *o = (order *)j;
    o->thread = pthread_self();
    o->turn = __atomic_add_fetch(&w.turns, 1, __ATOMIC_SEQ_CST);
    int saw = 0;
    if (o->data && !o->data->deleted)
        saw = j->kind == FG_JOB_READ && j->committed ? o->data->committed
                                                     : o->data->value;
    o->how = o->data && o->data->deleted ? NOT_FOUND : RAN;
    if (o->begun)
        sem_post(o->begun);
    if (o->gate)
        while (sem_wait(o->gate))
            continue;
    o->saw_flag = fg_job_is_cancelled(j);
    if (j->kind == FG_JOB_WRITE && o->data && !o->data->deleted) {
        o->data->value = saw + 1;
        if (o->deletes) {
            o->data->deleted = true;
            fg_lanes_fork_deleted(w.lanes, j->space, j->fork);
        }
    }
    o->saw = saw;
    return FG_JOB_ENDED;
}

static void cancelled(fg_job *j) { ((order *)j)->how = CANCELLED; }
static void expired(fg_job *j) { ((order *)j)->how = EXPIRED; }

static void released(fg_job *j)
{
    if (((order *)j)->over)
        sem_post(((order *)j)->over);
}

static const fg_job_ops ops = { work, cancelled, expired, released };

static bool has_pending(void *ctx)
{
    (void)ctx;
    w.asked++;
    return w.pending;
}

static uint64_t monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static void start(uint32_t threads, uint32_t cap, fg_lanes_config c)
{
    memset(&w, 0, sizeof w);
    w.pool = fg_threads_start(threads, cap);
    assert_non_null(w.pool);
    assert_int_equal(fg_threads_count(w.pool), threads);
    c.executor = w.pool;
    c.has_pending = has_pending;
    w.lanes = fg_lanes_new(&c);
    assert_non_null(w.lanes);
}

static void drain(void)
{
    assert_true(fg_lanes_drain(w.lanes, monotonic() + 250ull * SECOND));
    assert_int_equal(fg_lanes_busy(w.lanes), 0);
    fg_lanes_check(w.lanes);
}

static void stop(void)
{
    fg_lanes_stop(w.lanes);
    drain();
    fg_threads_stop(w.pool);
    fg_lanes_counts c = fg_lanes_count(w.lanes);
    assert_int_equal(c.queued + c.running + c.unordered + c.spaces + c.owners, 0);
    fg_lanes_free(w.lanes);
}

static order *give(order *o, fg_job_kind kind, bool committed, uint64_t space,
                   uint64_t fork)
{
    o->job.ops = &ops;
    o->job.kind = kind;
    o->job.committed = committed;
    o->job.space = space;
    o->job.fork = fork;
    assert_int_equal(fg_lanes_submit(w.lanes, &o->job), FG_SUBMITTED);
    return o;
}

static order *give_read(order *o, uint64_t space, uint64_t fork)
{
    return give(o, FG_JOB_READ, false, space, fork);
}

static order *give_write(order *o, uint64_t space, uint64_t fork)
{
    return give(o, FG_JOB_WRITE, false, space, fork);
}

static void await(sem_t *s)
{
    while (sem_wait(s))
        continue;
}

/* Lets everything through. */
static void open_gate(sem_t *gate)
{
    for (int i = 0; i < 4096; i++)
        sem_post(gate);
}

/* ---- what is seen ---------------------------------------------------------------- */

#define READS 64

/* 64 reads of the fork, 64 committed ones, a write, and the same again, sent at once by one
 * connection or by several. */
static void concurrent_requests(uint64_t owners)
{
    static order before[2 * READS], after[2 * READS], write;
    forked data = { .committed = 10, .value = 20 };
    start(4, 0, (fg_lanes_config){ 0 });
    memset(before, 0, sizeof before);
    memset(after, 0, sizeof after);
    memset(&write, 0, sizeof write);
    order *all[2] = { before, after };
    write.data = &data;
    write.job.owner = owners;
    for (int half = 0; half < 2; half++) {
        for (int i = 0; i < 2 * READS; i++) {
            order *o = &all[half][i];
            o->data = &data;
            o->job.owner = 1 + (uint64_t)i % owners;
            give(o, FG_JOB_READ, i >= READS, 1, 5);
        }
        if (half == 0)
            give_write(&write, 1, 5);
    }
    drain();
    for (int i = 0; i < READS; i++) {
        assert_int_equal(before[i].saw, 20);
        assert_int_equal(after[i].saw, 21);
        assert_int_equal(before[READS + i].saw, 10);
        assert_int_equal(after[READS + i].saw, 10);
        assert_true(before[i].turn < write.turn && write.turn < after[i].turn);
    }
    stop();
}

static void concurrent_requests_of_one(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        concurrent_requests(1);
}

static void concurrent_requests_of_several(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        concurrent_requests(3);
}

/* Writes and reads of two connections on one fork: everybody sees what came before. */
static void history_of_two_connections(void **state)
{
    static order all[2000];
    forked data = { 0 };
    (void)state;
    start(4, 0, (fg_lanes_config){ 0 });
    memset(all, 0, sizeof all);
    int writes = 0, expected[FG_COUNT(all)];
    for (size_t i = 0; i < FG_COUNT(all); i++) {
        bool write = i * 2654435761u >> 7 & 1;
        all[i].data = &data;
        all[i].job.owner = 1 + i % 2;
        expected[i] = writes;
        writes += write;
        give(&all[i], write ? FG_JOB_WRITE : FG_JOB_READ, false, 1, 0);
    }
    drain();
    for (size_t i = 0; i < FG_COUNT(all); i++)
        assert_int_equal(all[i].saw, expected[i]);
    stop();
}

static void a_read_behind_a_write_sees_it(void **state)
{
    forked data = { 0 };
    (void)state;
    start(4, 0, (fg_lanes_config){ 0 });
    for (int round = 0; round < 1000; round++) {
        order write = { .data = &data }, read = { .data = &data };
        give_write(&write, 1, 3);
        give_read(&read, 1, 3);
        drain();
        assert_int_equal(read.saw, round + 1);
    }
    stop();
}

/* ---- who waits for whom ---------------------------------------------------------- */

static void reads_overlap(void **state)
{
    order a = { 0 }, b = { 0 };
    sem_t begun, gate;
    (void)state;
    start(2, 0, (fg_lanes_config){ 0 });
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    a.begun = b.begun = &begun;
    a.gate = b.gate = &gate;
    give_read(&a, 1, 1);
    give_read(&b, 1, 1);
    await(&begun); /* both run */
    await(&begun);
    open_gate(&gate);
    stop();
}

/* Beside a write that is held: committed reads of the fork, and everything of others. */
static void a_slow_write_delays_only_its_fork(void **state)
{
    order slow = { 0 }, behind = { 0 }, committed = { 0 }, other = { 0 }, far = { 0 };
    sem_t begun, gate, over;
    (void)state;
    start(2, 0, (fg_lanes_config){ 0 });
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    sem_init(&over, 0, 0);
    slow.begun = &begun;
    slow.gate = &gate;
    committed.over = other.over = far.over = &over;
    give_write(&slow, 1, 1);
    await(&begun);
    give_read(&behind, 1, 1);
    give(&committed, FG_JOB_READ, true, 1, 1);
    give_write(&other, 1, 2);
    give_write(&far, 2, 1);
    for (int i = 0; i < 3; i++)
        await(&over);
    assert_int_equal(behind.how, NOT_YET);
    open_gate(&gate);
    drain();
    assert_int_equal(behind.how, RAN);
    stop();
}

/* Reads keep coming, before and after the write: those after it wait. */
static void a_writer_does_not_starve(void **state)
{
    static order reads[500];
    order first = { 0 }, write = { 0 };
    sem_t begun, gate;
    (void)state;
    start(4, 0, (fg_lanes_config){ 0 });
    memset(reads, 0, sizeof reads);
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    first.begun = &begun;
    first.gate = &gate;
    give_read(&first, 1, 1);
    await(&begun);
    give_write(&write, 1, 1);
    for (size_t i = 0; i < FG_COUNT(reads); i++)
        give_read(&reads[i], 1, 1);
    assert_int_equal(fg_lanes_count(w.lanes).queued, FG_COUNT(reads) + 1);
    open_gate(&gate);
    drain();
    assert_int_equal(write.turn, 2);
    stop();
}

static void delete_behind_queued_work(void **state)
{
    order jobs[20] = { [0] = { .saw = 0 } }, late = { 0 };
    forked data = { .value = 1 };
    sem_t begun, gate;
    (void)state;
    start(4, 0, (fg_lanes_config){ 0 });
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    assert_true(fg_lanes_fork_created(w.lanes, 1, 9));
    jobs[0].begun = &begun;
    jobs[0].gate = &gate;
    for (size_t i = 0; i < FG_COUNT(jobs); i++) {
        jobs[i].data = &data;
        jobs[i].deletes = i == 10;
        give(&jobs[i], i == 0 || i % 5 == 0 ? FG_JOB_WRITE : FG_JOB_READ, false, 1, 9);
    }
    await(&begun);
    open_gate(&gate);
    drain();
    for (size_t i = 0; i < FG_COUNT(jobs); i++)
        assert_int_equal(jobs[i].how, i <= 10 ? RAN : NOT_FOUND);
    assert_int_equal(fg_lanes_count(w.lanes).lanes, 0);
    late.data = &data;
    give_read(&late, 1, 9);
    drain();
    assert_int_equal(late.how, NOT_FOUND);
    assert_int_equal(fg_lanes_count(w.lanes).lanes, 0);
    stop();
}

/* One job on the only thread waits for another, without the thread. */
static fg_lanes *in_lanes;
static order *handed;

static fg_job_step hand_over(fg_job *j)
{
    (void)j;
    return FG_JOB_GOES_ON;
}

static fg_job_step finish_other(fg_job *j)
{
    (void)j;
    handed->how = RAN;
    fg_lanes_finish(in_lanes, &handed->job);
    return FG_JOB_ENDED;
}

static void a_job_that_waits_holds_no_thread(void **state)
{
    static const fg_job_ops giver = { hand_over, cancelled, expired, released };
    static const fg_job_ops taker = { finish_other, cancelled, expired, released };
    order a = { 0 }, b = { 0 }, behind = { 0 };
    (void)state;
    start(1, 0, (fg_lanes_config){ 0 });
    in_lanes = w.lanes;
    handed = &a;
    a.job = (fg_job){ .ops = &giver, .kind = FG_JOB_WRITE, .space = 1, .fork = 1 };
    b.job = (fg_job){ .ops = &taker, .kind = FG_JOB_WRITE, .space = 1, .fork = 2 };
    assert_int_equal(fg_lanes_submit(w.lanes, &a.job), FG_SUBMITTED);
    give_read(&behind, 1, 1);
    assert_int_equal(fg_lanes_submit(w.lanes, &b.job), FG_SUBMITTED);
    drain();
    assert_int_equal(a.how, RAN);
    assert_int_equal(behind.how, RAN);
    stop();
}

/* ---- the reactor's thread -------------------------------------------------------- */

static bool here(const order *o) { return pthread_equal(o->thread, pthread_self()); }

/* Nothing in flight or something, a request pending or not, short or not. */
static void inline_when_alone(void **state)
{
    (void)state;
    for (int which = 0; which < 8; which++) {
        bool busy = which & 1, pending = which & 2, brief = which & 4;
        order held = { 0 }, o = { 0 };
        sem_t begun, gate;
        start(2, 0, (fg_lanes_config){ 0 });
        sem_init(&begun, 0, 0);
        sem_init(&gate, 0, 0);
        held.begun = &begun;
        held.gate = &gate;
        if (busy) {
            give_read(&held, 7, 7);
            await(&begun);
        }
        w.pending = pending;
        o.job.brief = brief;
        give_write(&o, 1, 1);
        assert_int_equal(w.asked, brief && !busy);
        bool inlined = o.how == RAN && here(&o);
        open_gate(&gate);
        drain();
        assert_int_equal(inlined, brief && !busy && !pending);
        assert_int_equal(here(&o), inlined);
        assert_int_equal(fg_lanes_count(w.lanes).inlined, inlined);
        stop();
    }
}

/* A burst keeps something in flight, and nobody asks whether more is coming. */
static void a_burst_does_not_ask(void **state)
{
    order held = { 0 }, burst[100] = { [0] = { .saw = 0 } };
    sem_t begun, gate;
    (void)state;
    start(2, 0, (fg_lanes_config){ 0 });
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    held.begun = &begun;
    held.gate = &gate;
    give_read(&held, 1, 1);
    await(&begun);
    for (size_t i = 0; i < FG_COUNT(burst); i++) {
        burst[i].job.brief = true;
        give_read(&burst[i], 1, 1);
    }
    assert_int_equal(w.asked, 0);
    open_gate(&gate);
    drain();
    for (size_t i = 0; i < FG_COUNT(burst); i++)
        assert_false(here(&burst[i]));
    stop();
}

/* ---- fairness and limits --------------------------------------------------------- */

static void namespaces_take_turns(void **state)
{
    static order noisy[100];
    order held = { 0 }, quiet[3] = { [0] = { .saw = 0 } };
    sem_t begun, gate;
    (void)state;
    start(1, 0, (fg_lanes_config){ 0 });
    memset(noisy, 0, sizeof noisy);
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    held.begun = &begun;
    held.gate = &gate;
    give_read(&held, 9, 9);
    await(&begun); /* the only thread is taken: everything else queues */
    for (size_t i = 0; i < FG_COUNT(noisy); i++)
        give_write(&noisy[i], 1, i);
    for (size_t i = 0; i < FG_COUNT(quiet); i++)
        give_write(&quiet[i], 2 + i / 2, i);
    open_gate(&gate);
    drain();
    assert_in_range(quiet[0].turn, 2, 4); /* one piece of each namespace a round */
    assert_in_range(quiet[2].turn, 2, 4);
    assert_in_range(quiet[1].turn, 5, 7);
    for (size_t i = 1; i < FG_COUNT(noisy); i++)
        assert_true(noisy[i - 1].turn < noisy[i].turn);
    stop();
}

/* With two pieces of a namespace running, the third waits and another namespace runs. */
static void a_namespace_has_its_cap(void **state)
{
    order noisy[10] = { [0] = { .saw = 0 } }, quiet = { 0 };
    sem_t begun, gate, over;
    int n;
    (void)state;
    start(4, 2, (fg_lanes_config){ 0 });
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    sem_init(&over, 0, 0);
    for (size_t i = 0; i < FG_COUNT(noisy); i++) {
        noisy[i].begun = &begun;
        noisy[i].gate = &gate;
        give_read(&noisy[i], 1, i);
    }
    await(&begun);
    await(&begun);
    quiet.over = &over;
    give_write(&quiet, 2, 0);
    await(&over);
    sem_getvalue(&begun, &n);
    assert_int_equal(n, 0);
    for (size_t i = 2; i < FG_COUNT(noisy); i++) {
        sem_post(&gate); /* one out, one in */
        await(&begun);
    }
    open_gate(&gate);
    stop();
}

static void limits_refuse(void **state)
{
    static const fg_lanes_config limits[] = {
        { .max_owner = 3 },
        { .max_space = 3 },
        { .max_all = 3 },
    };
    (void)state;
    for (int i = 0; i < (int)FG_COUNT(limits); i++) {
        order held[3] = { [0] = { .saw = 0 } }, more = { 0 }, other = { 0 };
        sem_t begun, gate;
        start(4, 0, limits[i]);
        sem_init(&begun, 0, 0);
        sem_init(&gate, 0, 0);
        for (int k = 0; k < 3; k++) {
            held[k].begun = &begun;
            held[k].gate = &gate;
            held[k].job.owner = 5;
            give(&held[k], FG_JOB_READ, k == 2, 1, 1); /* ordered or not */
        }
        for (int k = 0; k < 3; k++)
            await(&begun);
        more.job = (fg_job){ .ops = &ops, .owner = 5, .space = 1, .fork = 2 };
        assert_int_equal(fg_lanes_submit(w.lanes, &more.job), FG_SUBMIT_BUSY);
        assert_int_equal(fg_lanes_count(w.lanes).lanes, 1);
        other.job = (fg_job){ .ops = &ops, .owner = 6, .space = 2, .fork = 2 };
        assert_int_equal(fg_lanes_submit(w.lanes, &other.job),
                         limits[i].max_all ? FG_SUBMIT_BUSY : FG_SUBMITTED);
        open_gate(&gate);
        drain();
        assert_int_equal(more.how, NOT_YET);
        assert_int_equal(fg_lanes_submit(w.lanes, &more.job), FG_SUBMITTED);
        stop();
    }
}

/* ---- ends ------------------------------------------------------------------------ */

static void a_connection_goes_away(void **state)
{
    order held = { 0 }, mine[4] = { [0] = { .saw = 0 } }, other = { 0 };
    forked data = { 0 };
    sem_t begun, gate;
    (void)state;
    start(2, 0, (fg_lanes_config){ 0 });
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    held.begun = &begun;
    held.gate = &gate;
    held.data = other.data = &data;
    held.job.owner = 1;
    give_write(&held, 1, 1);
    await(&begun);
    for (int i = 0; i < 4; i++) {
        mine[i].data = &data;
        mine[i].job.owner = 1;
        give(&mine[i], i % 2 ? FG_JOB_READ : FG_JOB_WRITE, false, 1, 1);
    }
    other.job.owner = 2;
    give_read(&other, 1, 1);
    fg_lanes_gone(w.lanes, 1);
    fg_lanes_gone(w.lanes, 1);
    fg_lanes_gone(w.lanes, 77); /* nobody */
    for (int i = 0; i < 4; i++)
        assert_int_equal(mine[i].how, CANCELLED);
    open_gate(&gate);
    drain();
    assert_true(held.saw_flag);
    assert_false(other.saw_flag);
    assert_int_equal(other.saw, 1);
    stop();
}

static void what_is_due_expires(void **state)
{
    order held = { 0 }, due = { 0 }, later = { 0 }, never = { 0 };
    sem_t begun, gate;
    (void)state;
    start(2, 0, (fg_lanes_config){ 0 });
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    held.begun = &begun;
    held.gate = &gate;
    give_write(&held, 1, 1);
    await(&begun);
    uint64_t day = monotonic() + 86400ull * SECOND;
    later.job.due = day;
    due.job.due = 1;
    give_read(&later, 1, 1);
    give_write(&due, 1, 1);
    give_read(&never, 1, 1);
    assert_int_equal(fg_lanes_expire(w.lanes), day);
    assert_int_equal(due.how, EXPIRED);
    assert_int_equal(later.how, NOT_YET);
    assert_int_equal(fg_lanes_count(w.lanes).queued, 2);
    open_gate(&gate);
    drain();
    assert_int_equal(later.how, RAN);
    assert_int_equal(never.how, RAN);
    assert_int_equal(fg_lanes_expire(w.lanes), 0);
    /* Given too late: it does not begin, wherever it would have run. */
    order late[2] = { [0] = { .saw = 0 } };
    for (int i = 0; i < 2; i++) {
        late[i].job.due = 1;
        late[i].job.brief = i;
        give_write(&late[i], 1, 1);
        drain();
        assert_int_equal(late[i].how, EXPIRED);
    }
    stop();
}

static void a_stop_runs_what_was_accepted(void **state)
{
    order held = { 0 }, queued[50] = { [0] = { .saw = 0 } }, late = { 0 };
    sem_t gate;
    (void)state;
    start(2, 0, (fg_lanes_config){ 0 });
    sem_init(&gate, 0, 0);
    held.gate = &gate;
    give_write(&held, 1, 1);
    for (size_t i = 0; i < FG_COUNT(queued); i++)
        give_write(&queued[i], 1, 1);
    fg_lanes_stop(w.lanes);
    late.job.ops = &ops;
    late.job.brief = true;
    assert_int_equal(fg_lanes_submit(w.lanes, &late.job), FG_SUBMIT_STOPPED);
    open_gate(&gate);
    stop();
    for (size_t i = 0; i < FG_COUNT(queued); i++)
        assert_int_equal(queued[i].how, RAN);
    assert_int_equal(late.how, NOT_YET);
}

/* What has not begun when the time is over is cancelled; what runs is told. */
static void a_drain_has_a_deadline(void **state)
{
    order held = { 0 }, queued[50] = { [0] = { .saw = 0 } };
    sem_t begun, gate;
    (void)state;
    start(1, 0, (fg_lanes_config){ 0 });
    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    held.begun = &begun;
    held.gate = &gate;
    give_write(&held, 1, 1);
    await(&begun);
    for (size_t i = 0; i < FG_COUNT(queued); i++) {
        queued[i].job.owner = i % 7;
        give(&queued[i], i % 3 ? FG_JOB_READ : FG_JOB_WRITE, i % 4 == 1, 1 + i % 2,
             i % 5);
    }
    fg_lanes_stop(w.lanes);
    assert_false(fg_lanes_drain(w.lanes, monotonic()));
    fg_lanes_check(w.lanes);
    assert_int_equal(fg_lanes_count(w.lanes).queued, 0);
    open_gate(&gate);
    stop();
    assert_true(held.saw_flag);
    for (size_t i = 0; i < FG_COUNT(queued); i++)
        assert_int_equal(queued[i].how, CANCELLED);
}

/* ---- memory ---------------------------------------------------------------------- */

static size_t used(void)
{
#ifdef FG_ASAN
    return 0;
#else
    return mallinfo2().uordblks;
#endif
}

#define FORKS 1000000u

/* An executor that runs everything where it is added. */
static void run_here(fg_executor *e, fg_executor_queue *q, fg_runnable *r)
{
    (void)e;
    (void)q;
    r->run(r);
}

static void no_done(fg_executor *e, fg_executor_queue *q)
{
    (void)e;
    (void)q;
}

static void a_million_forks_leave_no_memory(void **state)
{
    fg_executor here_now = { run_here, no_done };
    fg_lanes_config c = { .executor = &here_now };
    forked data = { 0 };
    order o = { .data = &data };
    (void)state;
    w.lanes = fg_lanes_new(&c);
    give_write(&o, 1, 0);
    size_t before = used();
    for (uint64_t f = 1; f <= FORKS; f++) { /* one after the other */
        o.job.owner = f;
        assert_true(fg_lanes_fork_created(w.lanes, 1, f));
        give_write(&o, 1, f);
        give_read(&o, 1, f);
        fg_lanes_fork_deleted(w.lanes, 1, f);
    }
    assert_int_equal(fg_lanes_count(w.lanes).lanes, 0);
    assert_in_range(used(), 0, before + 65536);
    for (uint64_t f = 1; f <= FORKS; f++) /* never told of */
        give_read(&o, 2, f);
    assert_int_equal(fg_lanes_count(w.lanes).lanes, 0);
    for (uint64_t f = 1; f <= FORKS / 4; f++) /* at once */
        assert_true(fg_lanes_fork_created(w.lanes, 1, f));
    assert_int_equal(fg_lanes_count(w.lanes).lanes, FORKS / 4);
    fg_lanes_check(w.lanes);
    for (uint64_t f = 1; f <= FORKS / 4; f++)
        fg_lanes_fork_deleted(w.lanes, 1, f);
    fg_lanes_fork_deleted(w.lanes, 1, 12345); /* never created */
    fg_lanes_counts n = fg_lanes_count(w.lanes);
    assert_int_equal(n.lanes + n.spaces + n.owners, 0);
    assert_in_range(used(), 0, before + 65536);
    fg_lanes_free(w.lanes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(concurrent_requests_of_one),
        cmocka_unit_test(concurrent_requests_of_several),
        cmocka_unit_test(history_of_two_connections),
        cmocka_unit_test(a_read_behind_a_write_sees_it),
        cmocka_unit_test(reads_overlap),
        cmocka_unit_test(a_slow_write_delays_only_its_fork),
        cmocka_unit_test(a_writer_does_not_starve),
        cmocka_unit_test(delete_behind_queued_work),
        cmocka_unit_test(a_job_that_waits_holds_no_thread),
        cmocka_unit_test(inline_when_alone),
        cmocka_unit_test(a_burst_does_not_ask),
        cmocka_unit_test(namespaces_take_turns),
        cmocka_unit_test(a_namespace_has_its_cap),
        cmocka_unit_test(limits_refuse),
        cmocka_unit_test(a_connection_goes_away),
        cmocka_unit_test(what_is_due_expires),
        cmocka_unit_test(a_stop_runs_what_was_accepted),
        cmocka_unit_test(a_drain_has_a_deadline),
        cmocka_unit_test(a_million_forks_leave_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
