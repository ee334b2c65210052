// SPDX-License-Identifier: Apache-2.0
#include "state/executor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

typedef struct threads {
    fg_executor executor; /* first: what the caller holds */
    pthread_mutex_t lock;
    pthread_cond_t work;
    fg_executor_queue *first, *last; /* the ring: has work, and runs less than `cap` */
    uint32_t cap, idle;              /* idle: threads that wait and are not yet woken */
    uint64_t pending;                /* added and not done */
    bool stopping;
    uint32_t count;
    pthread_t threads[];
} threads;

/* The lock is held.  Who wakes a thread takes it off the count, so that a burst wakes
 * each thread once. */
static void wake(threads *t)
{
    if (t->idle > 0) {
        t->idle--;
        pthread_cond_signal(&t->work);
    }
}

static bool may_run(const threads *t, const fg_executor_queue *q)
{
    return q->first && !q->in_ring && q->running < t->cap;
}

static void to_ring(threads *t, fg_executor_queue *q)
{
    q->next = NULL;
    q->in_ring = true;
    if (t->first)
        t->last->next = q;
    else
        t->first = q;
    t->last = q;
}

static void threads_add(fg_executor *e, fg_executor_queue *q, fg_runnable *r)
{
    threads *t = (threads *)e;
    r->next = NULL;
    pthread_mutex_lock(&t->lock);
    t->pending++;
    if (q->first)
        q->last->next = r;
    else
        q->first = r;
    q->last = r;
    if (may_run(t, q))
        to_ring(t, q);
    if (q->in_ring)
        wake(t);
    pthread_mutex_unlock(&t->lock);
}

static void threads_done(fg_executor *e, fg_executor_queue *q)
{
    threads *t = (threads *)e;
    pthread_mutex_lock(&t->lock);
    assert(q->running > 0);
    q->running--;
    t->pending--;
    if (may_run(t, q)) {
        to_ring(t, q);
        wake(t);
    }
    pthread_mutex_unlock(&t->lock);
}

/* The lock is held, the ring not empty.  A queue with more goes to the end of the ring. */
static fg_runnable *take(threads *t)
{
    fg_executor_queue *q = t->first;
    fg_runnable *r = q->first;
    t->first = q->next;
    q->in_ring = false;
    q->first = r->next;
    q->running++;
    if (may_run(t, q))
        to_ring(t, q);
    return r;
}

static void *work(void *arg)
{
    threads *t = arg;
    pthread_mutex_lock(&t->lock);
    for (;;) {
        while (t->first) {
            fg_runnable *r = take(t);
            pthread_mutex_unlock(&t->lock);
            r->run(r);
            pthread_mutex_lock(&t->lock);
        }
        if (t->stopping && t->pending == 0)
            break;
        t->idle++;
        pthread_cond_wait(&t->work, &t->lock);
    }
    pthread_cond_broadcast(&t->work);
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

static void start_threads(threads *t, uint32_t n, int *failed)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    *failed = 0;
    while (t->count < n && *failed == 0) {
        *failed = pthread_create(&t->threads[t->count], NULL, work, t);
        t->count += *failed == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

fg_executor *fg_threads_start(uint32_t n, uint32_t cap)
{
    int failed;
    if (n == 0)
        n = 1;
    threads *t = calloc(1, sizeof *t + n * sizeof t->threads[0]);
    if (!t)
        return NULL;
    t->executor = (fg_executor){ threads_add, threads_done };
    t->cap = cap ? cap : UINT32_MAX;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->work, NULL);
    start_threads(t, n, &failed);
    if (t->count > 0)
        return &t->executor;
    fg_threads_stop(&t->executor);
    errno = failed;
    return NULL;
}

uint32_t fg_threads_count(const fg_executor *e) { return ((const threads *)e)->count; }

void fg_threads_stop(fg_executor *e)
{
    threads *t = (threads *)e;
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_cond_broadcast(&t->work);
    pthread_mutex_unlock(&t->lock);
    for (uint32_t i = 0; i < t->count; i++)
        pthread_join(t->threads[i], NULL);
    assert(!t->first);
    pthread_cond_destroy(&t->work);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
