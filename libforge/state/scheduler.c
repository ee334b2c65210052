// SPDX-License-Identifier: Apache-2.0
/* A job is in one of these places:
 *   queued      in the queue of its lane, and among the deadlines if it is due;
 *   launched    with the executor: waiting there, running, or going on elsewhere; counted
 *               as running in its lane, if it has one.
 * In both it is on the list of its connection, and counted in its namespace and in `busy`;
 * what runs in the reactor's thread is in none.
 *
 * A job stays busy until it has been released, so that nothing busy means that no job is in
 * anybody's hands.
 *
 * Everything but `busy`, `draining` and a job's `cancelled`, which are atomic, and what is
 * of the reactor's thread is read and written under the lock.  Callbacks and the executor are called without it: what is to be called is
 * gathered under the lock, in an `outcome`. */
#include "state/scheduler.h"

#include "state/keyed.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

typedef struct fg_lane {
    fg_keyed key;         /* namespace, fork */
    fg_job *first, *last; /* those that wait, in the order of arrival */
    uint32_t queued, running, running_writes;
    bool alive;           /* the fork */
    bool touched;         /* on the outcome's list */
    struct fg_lane *next; /* there */
} fg_lane;

typedef struct fg_space {
    fg_keyed key; /* namespace, 0 */
    fg_executor_queue queue;
    uint32_t pending;
} fg_space;

typedef struct fg_owner {
    fg_keyed key; /* connection, 0 */
    fg_job *first, *last;
    uint32_t pending;
} fg_owner;

struct fg_lanes {
    fg_lanes_config config;
    pthread_mutex_t lock;
    pthread_cond_t drained;
    fg_keyed_table lanes, spaces, owners;
    fg_deadlines deadlines; /* of queued jobs */
    uint32_t queued, running, unordered;
    uint32_t busy;    /* atomic */
    bool draining;    /* atomic */
    uint64_t inlined; /* from here the reactor's thread's own */
    bool inlining;    /* it is inside a job */
    bool stopped;
};

/* What is left to do when the lock is given back. */
typedef struct outcome {
    fg_runnable *launch, *launch_last; /* for the executor */
    fg_runnable *drop, *drop_last;     /* jobs taken from their lanes */
    fg_lane *lanes;                    /* to be pumped, before the lock is given back */
} outcome;

static fg_job *job_of(fg_runnable *r)
{
    return (fg_job *)((char *)r - offsetof(fg_job, runnable));
}

static fg_job *job_due(fg_deadline *d)
{
    return (fg_job *)((char *)d - offsetof(fg_job, deadline));
}

static void append(fg_runnable **first, fg_runnable **last, fg_runnable *r)
{
    r->next = NULL;
    if (*first)
        (*last)->next = r;
    else
        *first = r;
    *last = r;
}

/* ---- lanes ----------------------------------------------------------------------- */

static void check_lane(const fg_lane *n)
{
    assert(n->running_writes <= 1);
    assert(n->running_writes == 0 || n->running == 1);
    assert(!n->first == (n->queued == 0));
    assert(n->running > 0 || !n->first);
    assert(!n->first || n->first->kind == FG_JOB_WRITE || n->running_writes == 1);
    (void)n;
}

static void enqueue(fg_lanes *l, fg_job *j)
{
    fg_lane *n = j->lane;
    j->queued = true;
    j->next = NULL;
    j->before = n->last;
    if (n->last)
        n->last->next = j;
    else
        n->first = j;
    n->last = j;
    n->queued++;
    l->queued++;
    if (j->due) {
        j->deadline.at = j->due;
        fg_deadlines_add(&l->deadlines, &j->deadline);
    }
}

static void dequeue(fg_lanes *l, fg_job *j)
{
    fg_lane *n = j->lane;
    *(j->before ? &j->before->next : &n->first) = j->next;
    *(j->next ? &j->next->before : &n->last) = j->before;
    n->queued--;
    l->queued--;
    j->queued = false;
    if (j->due)
        fg_deadlines_remove(&l->deadlines, &j->deadline);
}

static void launch(fg_lanes *l, fg_job *j, outcome *o)
{
    dequeue(l, j);
    j->lane->running++;
    j->lane->running_writes += j->kind == FG_JOB_WRITE;
    l->running++;
    append(&o->launch, &o->launch_last, &j->runnable);
}

/* Launches from the front what may run now; drops the lane if nothing keeps it. */
static void pump(fg_lanes *l, fg_lane *n, outcome *o)
{
    while (n->first && n->running_writes == 0) {
        bool barrier = n->first->kind == FG_JOB_WRITE;
        if (barrier && n->running > 0)
            break;
        launch(l, n->first, o);
    }
    check_lane(n);
    if (!n->alive && n->running == 0)
        fg_keyed_drop(&l->lanes, &n->key);
}

static void touch(fg_lane *n, outcome *o)
{
    if (n->touched)
        return;
    n->touched = true;
    n->next = o->lanes;
    o->lanes = n;
}

/* ---- accounts of a job ----------------------------------------------------------- */

/* The records the job needs, some of which may be new and empty. */
static bool find_records(fg_lanes *l, fg_job *j)
{
    bool ordered = j->kind == FG_JOB_WRITE || !j->committed;
    j->lane = ordered ? fg_keyed_make(&l->lanes, j->space, j->fork) : NULL;
    j->in = fg_keyed_make(&l->spaces, j->space, 0);
    j->of = fg_keyed_make(&l->owners, j->owner, 0);
    return (j->lane || !ordered) && j->in && j->of;
}

static void drop_unused(fg_lanes *l, fg_job *j)
{
    fg_lane *n = j->lane;
    if (n && !n->alive && n->running == 0)
        fg_keyed_drop(&l->lanes, &n->key);
    if (j->in && j->in->pending == 0)
        fg_keyed_drop(&l->spaces, &j->in->key);
    if (j->of && j->of->pending == 0)
        fg_keyed_drop(&l->owners, &j->of->key);
}

static bool is_full(const fg_lanes *l, const fg_job *j)
{
    const fg_lanes_config *c = &l->config;
    return (c->max_owner && j->owner && j->of->pending >= c->max_owner)
           || (c->max_space && j->in->pending >= c->max_space)
           || (c->max_all && fg_lanes_busy(l) >= c->max_all);
}

static void open_account(fg_lanes *l, fg_job *j)
{
    fg_owner *of = j->of;
    j->of_next = NULL;
    j->of_before = of->last;
    *(of->last ? &of->last->of_next : &of->first) = j;
    of->last = j;
    of->pending++;
    j->in->pending++;
    __atomic_add_fetch(&l->busy, 1, __ATOMIC_SEQ_CST);
}

/* The job has ended; so may its namespace and its connection. */
static void close_account(fg_lanes *l, fg_job *j)
{
    fg_owner *of = j->of;
    *(j->of_before ? &j->of_before->of_next : &of->first) = j->of_next;
    *(j->of_next ? &j->of_next->of_before : &of->last) = j->of_before;
    if (--of->pending == 0)
        fg_keyed_drop(&l->owners, &of->key);
    if (--j->in->pending == 0)
        fg_keyed_drop(&l->spaces, &j->in->key);
}

/* ---- what is done without the lock ----------------------------------------------- */

static uint64_t monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now(const fg_lanes *l)
{
    return l->config.now ? l->config.now(l->config.ctx) : monotonic();
}

static void release(fg_job *j)
{
    if (j->ops->release)
        j->ops->release(j);
}

/* Gives the job back.  Whoever sees that nothing is busy sees all that jobs have done;
 * either a drain sees it, or it is seen here that there is a drain. */
static void release_counted(fg_lanes *l, fg_job *j)
{
    release(j);
    if (__atomic_sub_fetch(&l->busy, 1, __ATOMIC_SEQ_CST) == 0
        && __atomic_load_n(&l->draining, __ATOMIC_SEQ_CST)) {
        pthread_mutex_lock(&l->lock);
        pthread_cond_signal(&l->drained);
        pthread_mutex_unlock(&l->lock);
    }
}

static void hand_out(fg_lanes *l, outcome *o)
{
    for (fg_runnable *r = o->launch, *next; r; r = next) {
        next = r->next; /* once added, it may have run */
        l->config.executor->add(l->config.executor, &job_of(r)->in->queue, r);
    }
}

static void tell_dropped(fg_lanes *l, outcome *o, void (*tell)(fg_job *j))
{
    for (fg_runnable *r = o->drop, *next; r; r = next) {
        next = r->next;
        tell(job_of(r));
        release_counted(l, job_of(r));
    }
}

static void tell_cancelled(fg_job *j) { j->ops->cancelled(j); }
static void tell_expired(fg_job *j) { j->ops->expired(j); }

/* Takes a job that waits from its lane, whose turn it is afterwards. */
static void drop(fg_lanes *l, fg_job *j, outcome *o)
{
    dequeue(l, j);
    touch(j->lane, o);
    close_account(l, j);
    append(&o->drop, &o->drop_last, &j->runnable);
}

/* Only when all are dropped: pumping between would launch what is to be dropped next. */
static void pump_touched(fg_lanes *l, outcome *o)
{
    for (fg_lane *n = o->lanes, *next; n; n = next) {
        next = n->next;
        n->touched = false;
        pump(l, n, o);
    }
}

/* ---- running --------------------------------------------------------------------- */

void fg_lanes_finish(fg_lanes *l, fg_job *j)
{
    outcome o = { 0 };
    /* Before the account is closed, which may drop the queue. */
    l->config.executor->done(l->config.executor, &j->in->queue);
    pthread_mutex_lock(&l->lock);
    if (j->lane) {
        j->lane->running--;
        j->lane->running_writes -= j->kind == FG_JOB_WRITE;
        l->running--;
        pump(l, j->lane, &o);
    } else {
        l->unordered--;
    }
    close_account(l, j);
    pthread_mutex_unlock(&l->lock);
    hand_out(l, &o);
    release_counted(l, j);
}

/* Runs the job or what takes its place; what was cancelled or came due while it waited
 * for a thread does not begin. */
static fg_job_step begin(const fg_lanes *l, fg_job *j)
{
    if (fg_job_is_cancelled(j))
        j->ops->cancelled(j);
    else if (j->due && j->due <= now(l))
        j->ops->expired(j);
    else
        return j->ops->run(j);
    return FG_JOB_ENDED;
}

static void run_launched(fg_runnable *r)
{
    fg_job *j = job_of(r);
    fg_lanes *l = j->lanes;
    if (begin(l, j) == FG_JOB_ENDED)
        fg_lanes_finish(l, j);
}

/* Nothing is queued or runs, so there is nothing to be ordered against. */
static void run_inline(fg_lanes *l, fg_job *j)
{
    l->inlining = true;
    fg_job_step step = begin(l, j);
    assert(step == FG_JOB_ENDED);
    (void)step;
    l->inlining = false;
    l->inlined++;
    release(j);
}

/* ---- the reactor's side ---------------------------------------------------------- */

static fg_submitted refuse(fg_lanes *l, fg_job *j, fg_submitted why)
{
    drop_unused(l, j);
    pthread_mutex_unlock(&l->lock);
    return why;
}

static fg_submitted submit_ordered(fg_lanes *l, fg_job *j)
{
    outcome o = { 0 };
    pthread_mutex_lock(&l->lock);
    if (!find_records(l, j))
        return refuse(l, j, FG_SUBMIT_NOMEM);
    if (is_full(l, j))
        return refuse(l, j, FG_SUBMIT_BUSY);
    open_account(l, j);
    if (j->lane) {
        enqueue(l, j);
        pump(l, j->lane, &o);
    } else {
        l->unordered++;
        append(&o.launch, &o.launch_last, &j->runnable);
    }
    pthread_mutex_unlock(&l->lock);
    hand_out(l, &o);
    return FG_SUBMITTED;
}

fg_submitted fg_lanes_submit(fg_lanes *l, fg_job *j)
{
    assert(!l->inlining); /* a job that submits would wait for itself */
    if (l->stopped)
        return FG_SUBMIT_STOPPED;
    j->lanes = l;
    j->runnable.run = run_launched;
    j->cancelled = j->queued = false;
    if (j->brief && fg_lanes_busy(l) == 0
        && !(l->config.has_pending && l->config.has_pending(l->config.ctx))) {
        run_inline(l, j);
        return FG_SUBMITTED;
    }
    return submit_ordered(l, j);
}

static void cancel_all_of(fg_lanes *l, fg_owner *of, outcome *o)
{
    for (fg_job *j = of->first, *next; j; j = next) {
        next = j->of_next;
        __atomic_store_n(&j->cancelled, true, __ATOMIC_RELAXED);
        if (j->queued)
            drop(l, j, o); /* the last one drops `of` */
    }
}

static void end_cancel(fg_lanes *l, outcome *o)
{
    pump_touched(l, o);
    pthread_mutex_unlock(&l->lock);
    hand_out(l, o);
    tell_dropped(l, o, tell_cancelled);
}

void fg_lanes_gone(fg_lanes *l, uint64_t owner)
{
    outcome o = { 0 };
    assert(owner != 0);
    pthread_mutex_lock(&l->lock);
    fg_owner *of = fg_keyed_find(&l->owners, owner, 0);
    if (of)
        cancel_all_of(l, of, &o);
    end_cancel(l, &o);
}

uint64_t fg_lanes_expire(fg_lanes *l)
{
    outcome o = { 0 };
    uint64_t time = now(l), next;
    pthread_mutex_lock(&l->lock);
    while (l->deadlines && l->deadlines->at <= time)
        drop(l, job_due(l->deadlines), &o);
    pump_touched(l, &o);
    next = l->deadlines ? l->deadlines->at : 0;
    pthread_mutex_unlock(&l->lock);
    hand_out(l, &o);
    tell_dropped(l, &o, tell_expired);
    return next;
}

/* ---- forks ----------------------------------------------------------------------- */

bool fg_lanes_fork_created(fg_lanes *l, uint64_t space, uint64_t fork)
{
    pthread_mutex_lock(&l->lock);
    fg_lane *n = fg_keyed_make(&l->lanes, space, fork);
    if (n)
        n->alive = true;
    pthread_mutex_unlock(&l->lock);
    return n != NULL;
}

void fg_lanes_fork_deleted(fg_lanes *l, uint64_t space, uint64_t fork)
{
    pthread_mutex_lock(&l->lock);
    fg_lane *n = fg_keyed_find(&l->lanes, space, fork);
    if (n) {
        n->alive = false;
        if (n->running == 0)
            fg_keyed_drop(&l->lanes, &n->key);
    }
    pthread_mutex_unlock(&l->lock);
}

/* ---- beginning and end ----------------------------------------------------------- */

fg_lanes *fg_lanes_new(const fg_lanes_config *config)
{
    pthread_condattr_t a;
    fg_lanes *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->config = *config;
    fg_keyed_init(&l->lanes, sizeof(fg_lane));
    fg_keyed_init(&l->spaces, sizeof(fg_space));
    fg_keyed_init(&l->owners, sizeof(fg_owner));
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    pthread_cond_init(&l->drained, &a);
    pthread_condattr_destroy(&a);
    return l;
}

void fg_lanes_free(fg_lanes *l)
{
    assert(fg_lanes_busy(l) == 0);
    fg_keyed_free(&l->lanes);
    fg_keyed_free(&l->spaces);
    fg_keyed_free(&l->owners);
    pthread_cond_destroy(&l->drained);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

uint32_t fg_lanes_busy(const fg_lanes *l)
{
    return __atomic_load_n(&l->busy, __ATOMIC_SEQ_CST);
}

void fg_lanes_stop(fg_lanes *l) { l->stopped = true; }

static void flag_all(const fg_lanes *l)
{
    for (fg_owner *of = NULL; (of = fg_keyed_next(&l->owners, (fg_keyed *)of));)
        for (fg_job *j = of->first; j; j = j->of_next)
            __atomic_store_n(&j->cancelled, true, __ATOMIC_RELAXED);
}

/* By lane, since dropping a job may drop its connection but no lane. */
static void cancel_all(fg_lanes *l)
{
    outcome o = { 0 };
    pthread_mutex_lock(&l->lock);
    flag_all(l);
    for (fg_lane *n = NULL; (n = fg_keyed_next(&l->lanes, (fg_keyed *)n));)
        while (n->first)
            drop(l, n->first, &o);
    end_cancel(l, &o);
}

bool fg_lanes_drain(fg_lanes *l, uint64_t until)
{
    struct timespec t = { (time_t)(until / 1000000000u), (long)(until % 1000000000u) };
    int waited = 0;
    __atomic_store_n(&l->draining, true, __ATOMIC_SEQ_CST);
    pthread_mutex_lock(&l->lock);
    while (waited == 0 && fg_lanes_busy(l) > 0)
        waited = pthread_cond_timedwait(&l->drained, &l->lock, &t);
    pthread_mutex_unlock(&l->lock);
    __atomic_store_n(&l->draining, false, __ATOMIC_SEQ_CST);
    if (fg_lanes_busy(l) > 0)
        cancel_all(l);
    return fg_lanes_busy(l) == 0;
}

/* ---- for looking at -------------------------------------------------------------- */

fg_lanes_counts fg_lanes_count(fg_lanes *l)
{
    pthread_mutex_lock(&l->lock);
    fg_lanes_counts c = {
        .lanes = l->lanes.count,
        .spaces = l->spaces.count,
        .owners = l->owners.count,
        .queued = l->queued,
        .running = l->running,
        .unordered = l->unordered,
        .inlined = l->inlined,
    };
    pthread_mutex_unlock(&l->lock);
    return c;
}

static void check_queue(const fg_lane *n)
{
    uint32_t queued = 0;
    for (const fg_job *j = n->first, *before = NULL; j; before = j, j = j->next) {
        assert(j->lane == n && j->queued && j->before == before);
        assert(j->next || n->last == j);
        queued++;
    }
    assert(queued == n->queued && !n->touched);
    assert(n->alive || n->running > 0);
    (void)queued;
}

static uint32_t jobs_of(const fg_owner *of)
{
    uint32_t jobs = 0;
    for (const fg_job *j = of->first; j; j = j->of_next)
        jobs++;
    assert(jobs > 0 && jobs == of->pending);
    return jobs;
}

void fg_lanes_check(fg_lanes *l)
{
    uint32_t queued = 0, running = 0, owned = 0, pending = 0;
    pthread_mutex_lock(&l->lock);
    for (fg_lane *n = NULL; (n = fg_keyed_next(&l->lanes, (fg_keyed *)n));) {
        check_lane(n);
        check_queue(n);
        queued += n->queued;
        running += n->running;
    }
    for (fg_owner *of = NULL; (of = fg_keyed_next(&l->owners, (fg_keyed *)of));)
        owned += jobs_of(of);
    for (fg_space *in = NULL; (in = fg_keyed_next(&l->spaces, (fg_keyed *)in));) {
        assert(in->pending > 0);
        pending += in->pending;
    }
    assert(queued == l->queued && running == l->running);
    assert(owned == queued + running + l->unordered && owned == pending);
    assert(fg_lanes_busy(l) >= owned);
    pthread_mutex_unlock(&l->lock);
    (void)owned, (void)pending, (void)queued, (void)running;
}
