// SPDX-License-Identifier: Apache-2.0
/* Every interleaving of small programs, under an executor that does what it is told.
 *
 * A program is a list of events of the reactor's thread, in their order: jobs submitted,
 * connections that go away, deadlines that pass.  Between them the threads of a pool begin
 * jobs and end them; a search walks all orders there are, from the start each time.  After
 * each step what the scheduler did is compared with a model, which says of each job when it
 * may be launched: as soon as no job before it in its lane, that has not ended, is a write
 * or, if it is a write itself, is there at all.  What is right is thus more than safe: a job
 * that may be launched and is not is a fault too.  Independent of the model, reads and
 * writes look at the data of their fork, when they begin and when they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/scheduler.h"

#include <stdio.h>

#define MAX 8 /* events of a program */
#define LANES 4
#define DEPTH 96

/* Two forks in each of two namespaces, with the same ids. */
static const uint64_t lane_space[LANES] = { 1, 1, 2, 2 },
                      lane_fork[LANES] = { 0, 7, 0, 7 };

typedef enum sort { READ, COMMITTED, WRITE, DELETE, GONE, PASS } sort;

typedef struct event {
    sort sort;
    int lane;       /* of a job */
    uint64_t owner; /* of a job; of GONE */
    uint64_t due;   /* of a job; the time after PASS */
    bool brief;
} event;

typedef enum place { ABSENT, WAITING, LAUNCHED, BEGUN, RAN, CANCELLED, EXPIRED } place;

static const char *const place_names[] = { "absent", "waiting",   "launched", "begun",
                                           "ran",    "cancelled", "expired" };

/* ---- choices --------------------------------------------------------------------- */

static struct {
    int taken[DEPTH], of[DEPTH];
    int depth, known;
} path;

static int choose(int n)
{
    if (path.depth == path.known) {
        assert_true(path.known < DEPTH);
        path.taken[path.known] = 0;
        path.of[path.known++] = n;
    }
    assert_int_equal(path.of[path.depth], n); /* runs repeat exactly */
    return path.taken[path.depth++];
}

/* To the next path; false: there is none. */
static bool next_path(void)
{
    while (path.known > 0 && path.taken[path.known - 1] + 1 == path.of[path.known - 1])
        path.known--;
    if (path.known > 0)
        path.taken[path.known - 1]++;
    path.depth = 0;
    return path.known > 0;
}

/* ---- a run ----------------------------------------------------------------------- */

typedef struct actor {
    fg_job job;
    place is;       /* what was seen */
    place expected; /* what the model says */
    bool flagged;   /* the model: its connection is gone */
    int saw;        /* data when it began */
    bool inlined, released;
} actor;

static struct {
    const event *program;
    int n;
    int workers;  /* most jobs begun at once */
    bool at_once; /* what is launched begins; to begin is no step of its own */
    fg_lanes *lanes;
    uint64_t time;
    actor actors[MAX];
    int submitting;      /* event being submitted, or -1 */
    bool may_ask, asked; /* whether something is pending */
    bool pending;
    uint32_t added, done;
    struct {
        int value;
        int readers, writers;
        bool exists;
    } data[LANES];
} run;

static bool is_job(int i) { return run.program[i].sort <= DELETE; }
static bool is_write(int i)
{
    return run.program[i].sort == WRITE || run.program[i].sort == DELETE;
}
static bool is_ordered(int i) { return run.program[i].sort != COMMITTED; }
static bool ended(place p) { return p >= RAN; }

static void say(void)
{
    static const char *const sorts[] = { "read",   "committed read", "write",
                                         "delete", "gone",           "pass" };
    for (int i = 0; i < run.n; i++) {
        const event *e = &run.program[i];
        print_error("  %d %s lane %d owner %d due %d%s", i, sorts[e->sort], e->lane,
                    (int)e->owner, (int)e->due, e->brief ? " brief" : "");
        if (is_job(i))
            print_error(": is %s, expected %s", place_names[run.actors[i].is],
                        place_names[run.actors[i].expected]);
        print_error("\n");
    }
    print_error("  path");
    for (int i = 0; i < path.depth; i++)
        print_error(" %d/%d", path.taken[i], path.of[i]);
    print_error("\n");
}

#define CHECK(e)                                                                       \
    do {                                                                               \
        if (!(e)) {                                                                    \
            say();                                                                     \
            fail_msg("%s", #e);                                                        \
        }                                                                              \
    } while (0)

static int index_of(const fg_job *j)
{
    return (int)((const actor *)(const void *)((const char *)j - offsetof(actor, job))
                 - run.actors);
}

/* ---- what jobs do ---------------------------------------------------------------- */

/* Writes before job i in its lane that did their work. */
static int writes_before(int i)
{
    int n = 0;
    for (int k = 0; k < i; k++)
        n += is_job(k) && is_write(k) && run.program[k].lane == run.program[i].lane
             && run.actors[k].is == RAN;
    return n;
}

static void enter(int i)
{
    int lane = run.program[i].lane;
    run.actors[i].saw = run.data[lane].value;
    if (!is_ordered(i))
        return;
    CHECK(run.data[lane].writers == 0);
    CHECK(run.data[lane].value == writes_before(i));
    if (is_write(i)) {
        CHECK(run.data[lane].readers == 0);
        run.data[lane].writers++;
    } else {
        run.data[lane].readers++;
    }
}

static void leave(int i)
{
    int lane = run.program[i].lane;
    if (!is_ordered(i))
        return;
    CHECK(run.data[lane].value == run.actors[i].saw);
    if (is_write(i)) {
        run.data[lane].writers--;
        run.data[lane].value++;
    } else {
        run.data[lane].readers--;
    }
    if (run.program[i].sort == DELETE && run.data[lane].exists) {
        run.data[lane].exists = false;
        fg_lanes_fork_deleted(run.lanes, lane_space[lane], lane_fork[lane]);
    }
}

static fg_job_step work(fg_job *j)
{
    int i = index_of(j);
    CHECK(run.actors[i].is == LAUNCHED || run.submitting == i);
    CHECK(!fg_job_is_cancelled(j));
    enter(i);
    if (run.submitting == i) {
        leave(i);
        run.actors[i].inlined = true;
        run.actors[i].is = RAN;
        return FG_JOB_ENDED;
    }
    run.actors[i].is = BEGUN;
    return FG_JOB_GOES_ON;
}

static void dropped(fg_job *j, place how)
{
    actor *a = &run.actors[index_of(j)];
    CHECK(a->is == WAITING || a->is == LAUNCHED || run.submitting == index_of(j));
    a->is = how;
}

static void cancelled(fg_job *j) { dropped(j, CANCELLED); }
static void expired(fg_job *j) { dropped(j, EXPIRED); }

static void released(fg_job *j)
{
    actor *a = &run.actors[index_of(j)];
    CHECK(ended(a->is) && !a->released);
    a->released = true;
}

static const fg_job_ops ops = { work, cancelled, expired, released };

static void add(fg_executor *e, fg_executor_queue *q, fg_runnable *r)
{
    (void)e;
    (void)q;
    actor *a = (actor *)(void *)((char *)r - offsetof(actor, job.runnable));
    CHECK(a->is == WAITING);
    a->is = LAUNCHED;
    run.added++;
}

static void done(fg_executor *e, fg_executor_queue *q)
{
    (void)e;
    (void)q;
    run.done++;
}

static bool has_pending(void *ctx)
{
    (void)ctx;
    CHECK(run.may_ask && !run.asked);
    run.asked = true;
    run.pending = choose(2);
    return run.pending;
}

static uint64_t clock_of_run(void *ctx)
{
    (void)ctx;
    return run.time;
}

/* ---- the model ------------------------------------------------------------------- */

static bool model_idle(void)
{
    for (int i = 0; i < run.n; i++)
        if (run.actors[i].expected != ABSENT && !ended(run.actors[i].expected))
            return false;
    return true;
}

static bool model_may_launch(int i)
{
    for (int k = 0; k < i && is_ordered(i); k++)
        if (is_job(k) && is_ordered(k) && run.program[k].lane == run.program[i].lane
            && !ended(run.actors[k].expected) && (is_write(k) || is_write(i)))
            return false;
    return true;
}

static void model_launch(void)
{
    for (int i = 0; i < run.n; i++)
        if (run.actors[i].expected == WAITING && model_may_launch(i))
            run.actors[i].expected = LAUNCHED;
}

static bool is_due(int i)
{
    return run.program[i].due && run.program[i].due <= run.time;
}

static place model_begin(int i)
{
    if (run.actors[i].flagged)
        return CANCELLED;
    return is_due(i) ? EXPIRED : BEGUN;
}

static void model_gone(uint64_t owner)
{
    for (int i = 0; i < run.n; i++) {
        actor *a = &run.actors[i];
        if (!is_job(i) || run.program[i].owner != owner || a->expected == ABSENT)
            continue;
        if (a->expected == WAITING)
            a->expected = CANCELLED;
        a->flagged = true;
    }
}

static void model_pass(void)
{
    for (int i = 0; i < run.n; i++)
        if (is_job(i) && run.actors[i].expected == WAITING && is_due(i))
            run.actors[i].expected = EXPIRED;
}

/* ---- steps ----------------------------------------------------------------------- */

static void submit(int i)
{
    const event *e = &run.program[i];
    actor *a = &run.actors[i];
    a->job = (fg_job){ .ops = &ops,
                       .space = lane_space[e->lane],
                       .fork = lane_fork[e->lane],
                       .owner = e->owner,
                       .due = e->due,
                       .kind = is_write(i) ? FG_JOB_WRITE : FG_JOB_READ,
                       .committed = e->sort == COMMITTED,
                       .brief = e->brief };
    bool idle = model_idle();
    run.may_ask = e->brief && idle;
    run.asked = false;
    bool may_inline = run.may_ask;
    a->is = WAITING;
    run.submitting = may_inline ? i : -1;
    /* What is launched is no longer inside the submission. */
    fg_submitted s = fg_lanes_submit(run.lanes, &a->job);
    run.submitting = -1;
    CHECK(s == FG_SUBMITTED);
    CHECK(run.asked == may_inline);
    if (may_inline && !run.pending)
        a->expected = is_due(i) ? EXPIRED : RAN;
    else
        a->expected = WAITING;
    CHECK(a->inlined == (a->expected == RAN));
}

static void begin(int i)
{
    run.actors[i].expected = model_begin(i);
    run.actors[i].job.runnable.run(&run.actors[i].job.runnable);
}

static void end(int i)
{
    leave(i);
    run.actors[i].is = run.actors[i].expected = RAN;
    fg_lanes_finish(run.lanes, &run.actors[i].job);
}

static uint64_t model_next_due(void)
{
    uint64_t next = 0;
    for (int i = 0; i < run.n; i++)
        if (is_job(i) && run.actors[i].expected == WAITING && run.program[i].due
            && (!next || run.program[i].due < next))
            next = run.program[i].due;
    return next;
}

static void happen(int i)
{
    const event *e = &run.program[i];
    if (is_job(i)) {
        submit(i);
    } else if (e->sort == GONE) {
        model_gone(e->owner);
        fg_lanes_gone(run.lanes, e->owner);
    } else {
        run.time = e->due;
        model_pass();
        model_launch();
        uint64_t due = fg_lanes_expire(run.lanes);
        CHECK(due == model_next_due());
    }
}

static int begun(void)
{
    int n = 0;
    for (int i = 0; i < run.n; i++)
        n += run.actors[i].is == BEGUN;
    return n;
}

/* Lanes there should be: of forks that are alive, and with jobs. */
static uint32_t model_lanes(void)
{
    uint32_t lanes = 0;
    for (int lane = 0; lane < LANES; lane++) {
        bool kept = run.data[lane].exists;
        for (int i = 0; i < run.n; i++)
            kept |= is_job(i) && is_ordered(i) && run.program[i].lane == lane
                    && run.actors[i].expected != ABSENT
                    && !ended(run.actors[i].expected);
        lanes += kept;
    }
    return lanes;
}

static void compare(void)
{
    uint32_t busy = 0;
    model_launch();
    for (int i = 0; i < run.n; i++) {
        const actor *a = &run.actors[i];
        CHECK(a->is == a->expected);
        CHECK(a->released == ended(a->is));
        if (a->is == LAUNCHED || a->is == BEGUN)
            CHECK(fg_job_is_cancelled(&a->job) == a->flagged);
        busy += a->is != ABSENT && !ended(a->is);
    }
    CHECK(fg_lanes_busy(run.lanes) == busy);
    CHECK(fg_lanes_count(run.lanes).lanes == model_lanes());
    fg_lanes_check(run.lanes);
}

static void begin_all(void)
{
    for (int i = 0; i < run.n; i++) {
        if (run.actors[i].is == LAUNCHED) {
            begin(i);
            compare();
            i = -1; /* what was dropped instead may have let others go */
        }
    }
}

/* One step: the next event, or a thread begins or ends a job.  False: all is over. */
static bool step(int *at)
{
    int can[MAX * 2 + 1], n = 0;
    if (*at < run.n)
        can[n++] = -1;
    for (int i = 0; i < run.n; i++)
        if (run.actors[i].is == BEGUN
            || (run.actors[i].is == LAUNCHED && begun() < run.workers))
            can[n++] = i;
    if (n == 0)
        return false;
    int what = can[n > 1 ? choose(n) : 0];
    if (what < 0)
        happen((*at)++);
    else if (run.actors[what].is == BEGUN)
        end(what);
    else
        begin(what);
    compare();
    if (run.at_once)
        begin_all();
    return true;
}

static void run_once(void)
{
    memset(run.actors, 0, sizeof run.actors);
    memset(run.data, 0, sizeof run.data);
    run.time = 1;
    run.added = run.done = 0;
    run.submitting = -1;
    for (int i = 0; i < LANES; i++)
        run.data[i].exists =
            fg_lanes_fork_created(run.lanes, lane_space[i], lane_fork[i]);
    for (int at = 0; step(&at);)
        continue;
    for (int i = 0; i < run.n; i++)
        CHECK(!is_job(i) || ended(run.actors[i].is));
    CHECK(run.added == run.done);
    for (int i = 0; i < LANES; i++)
        if (run.data[i].exists)
            fg_lanes_fork_deleted(run.lanes, lane_space[i], lane_fork[i]);
    fg_lanes_counts c = fg_lanes_count(run.lanes);
    CHECK(c.lanes == 0 && c.spaces == 0 && c.owners == 0);
}

static uint64_t run_all(event *program, int n)
{
    uint64_t runs = 0;
    run.program = program;
    run.n = n;
    path.known = path.depth = 0;
    do {
        run_once();
        runs++;
    } while (next_path());
    return runs;
}

static int setup(void **state)
{
    static fg_executor executor = { add, done };
    fg_lanes_config c = { .executor = &executor,
                          .has_pending = has_pending,
                          .now = clock_of_run };
    (void)state;
    run.workers = MAX;
    run.at_once = false;
    run.lanes = fg_lanes_new(&c);
    return run.lanes ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    if (fg_lanes_busy(run.lanes) == 0) /* otherwise a check failed, which is told */
        fg_lanes_free(run.lanes);
    return 0;
}

/* ---- programs -------------------------------------------------------------------- */

/* All programs of n jobs of these sorts, on lanes named in the order they are first used;
 * `with` says what is done with each. */
typedef struct family {
    int n, sorts, lanes;
    const sort *sort;
    uint64_t (*with)(event *program, int n);
    uint64_t programs, runs;
} family;

static void all_programs(family *f, event *program, int i, int lanes)
{
    if (i == f->n) {
        f->programs++;
        f->runs += f->with(program, f->n);
        return;
    }
    for (int lane = 0; lane <= lanes && lane < f->lanes; lane++) {
        for (int k = 0; k < f->sorts; k++) {
            program[i] = (event){ .sort = f->sort[k], .lane = lane, .owner = 1 };
            all_programs(f, program, i + 1, lane == lanes ? lanes + 1 : lanes);
        }
    }
}

static void walk(const char *name, family f)
{
    event program[MAX];
    all_programs(&f, program, 0, 0);
    print_message("%s: %d jobs, %llu programs, %llu interleavings\n", name, f.n,
                  (unsigned long long)f.programs, (unsigned long long)f.runs);
    assert_true(f.programs > 0 && f.runs >= f.programs);
}

static const sort sorts[] = { READ, COMMITTED, WRITE, DELETE };
static const sort plain[] = { READ, WRITE };

/* The sanitizers make everything slower; they have a job less to do. */
#if defined(FG_ASAN) || !defined(__OPTIMIZE__)
#define LESS 1
#else
#define LESS 0
#endif

/* What is launched begins at once: all orders of submissions and ends. */
static void orders(void **state)
{
    (void)state;
    run.at_once = true;
    for (int n = 1; n <= 4 - LESS; n++)
        walk("orders", (family){ n, 3, LANES, sorts, run_all, 0, 0 });
    if (!LESS)
        walk("orders", (family){ 5, 2, 2, plain, run_all, 0, 0 });
}

static uint64_t with_brief(event *program, int n)
{
    uint64_t runs = 0;
    for (int mask = 1; mask < 1 << n; mask++) {
        for (int i = 0; i < n; i++)
            program[i].brief = mask >> i & 1;
        runs += run_all(program, n);
    }
    for (int i = 0; i < n; i++)
        program[i].brief = false;
    return runs;
}

/* Each subset of the jobs is short, and a request is pending or not. */
static void inline_path(void **state)
{
    (void)state;
    run.at_once = true;
    for (int n = 1; n <= 3; n++)
        walk("inline", (family){ n, 3, 2, sorts, with_brief, 0, 0 });
    if (!LESS)
        walk("inline", (family){ 4, 2, 2, plain, with_brief, 0, 0 });
}

/* Puts `e` at each place behind the first job, and runs. */
static uint64_t at_each_place(event *program, int n, event e)
{
    event with[MAX];
    uint64_t runs = 0;
    for (int at = 1; at <= n; at++) {
        memcpy(with, program, (size_t)at * sizeof *with);
        with[at] = e;
        memcpy(with + at + 1, program + at, (size_t)(n - at) * sizeof *with);
        runs += run_all(with, n + 1);
    }
    return runs;
}

static uint64_t with_gone(event *program, int n)
{
    uint64_t runs = 0;
    for (int mask = 1; mask < 1 << n; mask++) {
        for (int i = 0; i < n; i++)
            program[i].owner = mask >> i & 1 ? 2 : 1;
        runs += at_each_place(program, n, (event){ .sort = GONE, .owner = 2 });
    }
    return runs;
}

static uint64_t with_due(event *program, int n)
{
    uint64_t runs = 0;
    for (int mask = 1; mask < 1 << n; mask++) {
        for (int i = 0; i < n; i++)
            program[i].due = mask >> i & 1 ? (uint64_t)(20 - i) : 0;
        runs += at_each_place(program, n, (event){ .sort = PASS, .due = 18 });
    }
    for (int i = 0; i < n; i++)
        program[i].due = 0;
    return runs;
}

/* A thread begins what was launched at any time later. */
static void connection_goes_away(void **state)
{
    (void)state;
    run.workers = 2;
    for (int n = 1; n <= 2; n++)
        walk("gone", (family){ n, 3, 2, sorts, with_gone, 0, 0 });
    walk("gone", (family){ 3, 2, 2, plain, with_gone, 0, 0 });
    run.at_once = true;
    walk("gone, begun at once", (family){ 4 - LESS, 2, 2, plain, with_gone, 0, 0 });
}

static void deadlines_pass(void **state)
{
    (void)state;
    run.workers = 2;
    for (int n = 1; n <= 2; n++)
        walk("due", (family){ n, 3, 2, sorts, with_due, 0, 0 });
    walk("due", (family){ 3, 2, 2, plain, with_due, 0, 0 });
    run.at_once = true;
    walk("due, begun at once", (family){ 4 - LESS, 2, 2, plain, with_due, 0, 0 });
}

static void forks_are_deleted(void **state)
{
    (void)state;
    for (int n = 1; n <= 3; n++)
        walk("delete", (family){ n, 4, 2, sorts, run_all, 0, 0 });
    run.at_once = true;
    walk("delete, begun at once", (family){ 4 - LESS, 4, 3, sorts, run_all, 0, 0 });
}

/* Longer ones, of everything. */
static void chosen_programs(void **state)
{
    static struct {
        int workers;
        event program[MAX];
        int n;
    } chosen[] = {
        { 2,
          { { READ, 0, 1, 0, 0 },
            { READ, 0, 2, 0, 0 },
            { WRITE, 0, 1, 0, 0 },
            { READ, 0, 2, 0, 0 },
            { COMMITTED, 0, 1, 0, 0 },
            { WRITE, 2, 2, 0, 0 } },
          6 },
        { 2,
          { { WRITE, 0, 1, 0, 0 },
            { WRITE, 2, 2, 0, 0 },
            { DELETE, 0, 1, 0, 0 },
            { READ, 2, 2, 0, 0 },
            { GONE, 0, 2, 0, 0 },
            { READ, 0, 1, 0, 0 } },
          6 },
        { 2,
          { { READ, 1, 1, 0, 1 },
            { WRITE, 1, 2, 5, 1 },
            { READ, 1, 1, 0, 1 },
            { PASS, 0, 0, 6, 0 },
            { WRITE, 3, 1, 5, 1 },
            { GONE, 0, 1, 0, 0 },
            { READ, 1, 2, 0, 1 } },
          7 },
        { 3,
          { { WRITE, 0, 2, 0, 0 },
            { WRITE, 0, 2, 0, 0 },
            { WRITE, 0, 2, 9, 0 },
            { READ, 0, 1, 0, 0 },
            { GONE, 0, 2, 0, 0 },
            { READ, 0, 1, 0, 0 } },
          6 },
    };
    (void)state;
    for (size_t i = 0; i < FG_COUNT(chosen); i++) {
        run.workers = chosen[i].workers;
        uint64_t runs = run_all(chosen[i].program, chosen[i].n);
        print_message("chosen %d: %llu interleavings\n", (int)i,
                      (unsigned long long)runs);
        assert_true(runs > 1);
    }
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    static const struct CMUnitTest tests[] = {
        FRESH(orders),         FRESH(inline_path),       FRESH(connection_goes_away),
        FRESH(deadlines_pass), FRESH(forks_are_deleted), FRESH(chosen_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
