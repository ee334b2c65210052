// SPDX-License-Identifier: Apache-2.0
/* Who runs what the scheduler lets go: an interface, and the thread pool behind it.
 *
 * A queue holds the work of one namespace.  The pool takes from the queues in turn, one
 * piece each, and runs at most `cap` pieces of a queue at once, so that one namespace
 * cannot keep the others from the threads.  Queues are unbounded and adding never waits:
 * a thread of the pool may add, and nothing in the pool waits for another piece of work,
 * so it cannot deadlock on itself.  Nodes and queues belong to the caller; the pool
 * allocates nothing after its start. */
#ifndef FG_EXECUTOR_H
#define FG_EXECUTOR_H

#include "base/base.h"

/* Part of the caller's own structure; untouched by the executor once `run` is called. */
typedef struct fg_runnable {
    struct fg_runnable *next;
    void (*run)(struct fg_runnable *r);
} fg_runnable;

/* Zero to begin with.  Must stay until each piece added has been told done. */
typedef struct fg_executor_queue {
    fg_runnable *first, *last;
    struct fg_executor_queue
        *next;        /* on the ring of those that have something to run */
    uint32_t running; /* begun and not done */
    bool in_ring;
} fg_executor_queue;

/* Each piece added is run exactly once, and told done exactly once, not before `run` was
 * called; both in any thread. */
typedef struct fg_executor {
    void (*add)(struct fg_executor *e, fg_executor_queue *q, fg_runnable *r);
    void (*done)(struct fg_executor *e, fg_executor_queue *q);
} fg_executor;

/* A pool of up to `threads` threads, which take no signals; fewer if the system refuses
 * more, NULL and errno if it refuses all.  A `cap` of 0 is none. */
fg_executor *fg_threads_start(uint32_t threads, uint32_t cap);

/* Threads that were started. */
uint32_t fg_threads_count(const fg_executor *e);

/* Runs what is queued, ends the threads when everything is done, and frees the pool.
 * Nothing may be added any more but by what a thread of the pool runs.  Not from such a
 * thread. */
void fg_threads_stop(fg_executor *e);

#endif
