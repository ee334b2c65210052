// SPDX-License-Identifier: Apache-2.0
/* The order of what is done to forks of shared state.
 *
 * Each fork of each namespace has a lane; fork 0 is the canonical state.
 *   R1  A committed read is never ordered: a snapshot keeps it apart from everything.
 *   R2  Other reads of a fork run beside each other, never beside a write of the fork.
 *   R3  A write is alone on its fork: what was submitted before it has ended, and nothing
 *       else runs.
 *   R4  The order within a fork is that of submission.  A write is a barrier: reads after
 *       it wait for it even while reads before it still run, so no writer starves.
 *   R5  Different forks never wait for one another.
 * Reads of no revision are uncommitted reads of fork 0; what changes or copies the
 * canonical state, and creating a fork, are writes of fork 0 (where creating is no matter
 * of the canonical state it needs no job at all); deleting a fork is a write of that fork,
 * the last in its lane that finds it.
 *
 * A lane exists while it has jobs, and, with no jobs, while its fork was told to be alive
 * (fg_lanes_fork_created); so what was deleted leaves no memory.
 *
 * A job belongs to its caller, from submission until `release`.  Every job accepted ends
 * in exactly one of run, cancelled and expired, and is released once, as the last thing.
 * It is cancelled when its connection goes away, or when a drain runs out of time, before
 * it has begun.  Of a job that runs already only fg_job_is_cancelled changes.  No callback
 * is called with the scheduler locked.
 *
 * Threads: one thread, the reactor's, submits, cancels, expires, stops and drains.  Jobs
 * run in the executor's threads or, if short and alone, in the reactor's.  An answer sent
 * from `run` may reach its client before the lane is free; its next request queues then.
 *
 * An operation on two lanes, such as committing a fork f, takes them one after the other
 * and waits in neither, so that no order of two such operations can deadlock:
 *   1. a write on f checks that it is open, seals it, takes what it has to commit and
 *      ends without an answer; from now on what runs on f refuses: sealed;
 *   2. whoever commits to the canonical state (one thread, outside of the lanes) checks,
 *      applies and makes it durable;
 *   3. on success f is gone and the answer is sent; on a conflict f is unsealed first.
 * The state of f changes under a lock of its own, since 3 does not run in f's lane. */
#ifndef FG_SCHEDULER_H
#define FG_SCHEDULER_H

#include "state/deadlines.h"
#include "state/executor.h"

typedef struct fg_lanes fg_lanes;
typedef struct fg_job fg_job;

typedef enum fg_job_kind { FG_JOB_READ, FG_JOB_WRITE } fg_job_kind;

typedef enum fg_job_step {
    FG_JOB_ENDED,
    FG_JOB_GOES_ON, /* another thread has it now, and calls fg_lanes_finish */
} fg_job_step;

/* What a job does; shared by jobs of one sort. */
typedef struct fg_job_ops {
    /* Does the work and answers.  It must not wait for other jobs.  With FG_JOB_GOES_ON,
     * which a short job may not return, the lane stays taken and the thread does not; the
     * job may be gone when `run` returns. */
    fg_job_step (*run)(fg_job *j);
    void (*cancelled)(fg_job *j); /* instead of run */
    void (*expired)(fg_job *j);   /* instead of run */
    void (*release)(fg_job *j);   /* the memory is the caller's again; may be NULL */
} fg_job_ops;

struct fg_job {
    /* Set before submission; constant until release. */
    const fg_job_ops *ops;
    uint64_t space, fork;
    uint64_t owner; /* id of the connection, never used again for another; 0: nobody */
    uint64_t due; /* not begun by then, it expires; nanoseconds, monotonic; 0: never */
    fg_job_kind kind;
    bool committed; /* of a read: excludes what is not committed */
    bool brief;     /* may run in the reactor's thread */
    /* The scheduler's. */
    bool queued;    /* in its lane, not with the executor */
    bool cancelled; /* atomic */
    fg_runnable runnable;
    fg_lanes *lanes;
    fg_deadline deadline;               /* while queued, if due */
    struct fg_lane *lane;               /* NULL: not ordered */
    struct fg_space *in;                /* its namespace */
    struct fg_owner *of;                /* its connection */
    struct fg_job *next, *before;       /* in the lane's queue */
    struct fg_job *of_next, *of_before; /* of its connection */
};

/* Zeros are the defaults. */
typedef struct fg_lanes_config {
    fg_executor *executor;          /* required; outlives the scheduler */
    bool (*has_pending)(void *ctx); /* is a further request there already?  NULL: no */
    uint64_t (*now)(void *ctx);     /* NULL: CLOCK_MONOTONIC; any thread */
    void *ctx;
    /* Jobs submitted and not ended; 0: no limit. */
    uint32_t max_owner, max_space, max_all;
} fg_lanes_config;

typedef enum fg_submitted {
    FG_SUBMITTED = 0, /* and possibly run and released by now */
    /* Refused; the job is the caller's as if it had never been given. */
    FG_SUBMIT_BUSY, /* one of the limits */
    FG_SUBMIT_STOPPED,
    FG_SUBMIT_NOMEM,
} fg_submitted;

typedef struct fg_lanes_counts {
    uint32_t lanes, spaces, owners;
    uint32_t queued;    /* jobs in lanes that wait */
    uint32_t running;   /* jobs of lanes given to the executor */
    uint32_t unordered; /* committed reads given to the executor */
    uint64_t inlined;   /* jobs run in the reactor's thread so far */
} fg_lanes_counts;

/* NULL: no memory. */
fg_lanes *fg_lanes_new(const fg_lanes_config *config);

/* Nothing may be busy, and the executor and whoever else finishes jobs have stopped, since
 * the last of them may still be on its way out. */
void fg_lanes_free(fg_lanes *l);

fg_submitted fg_lanes_submit(fg_lanes *l, fg_job *j);

/* Ends a job whose `run` returned FG_JOB_GOES_ON; any thread, once. */
void fg_lanes_finish(fg_lanes *l, fg_job *j);

/* The connection is gone: its jobs that wait are cancelled, those with the executor get
 * their flag.  It submits no more. */
void fg_lanes_gone(fg_lanes *l, uint64_t owner);

/* Expires what waits and is due.  Returns when the next one is; 0: none. */
uint64_t fg_lanes_expire(fg_lanes *l);

/* Is the connection of the running job gone?  In `run`, or until the finish. */
static inline bool fg_job_is_cancelled(const fg_job *j)
{
    return __atomic_load_n(&j->cancelled, __ATOMIC_RELAXED);
}

/* The life of a fork, in any thread; deleting is told by the job that deletes, and once
 * for each created. */
bool fg_lanes_fork_created(fg_lanes *l, uint64_t space,
                           uint64_t fork); /* no: no memory */
void fg_lanes_fork_deleted(fg_lanes *l, uint64_t space, uint64_t fork);

/* Jobs submitted and not released. */
uint32_t fg_lanes_busy(const fg_lanes *l);

/* Nothing is accepted from now on; what was accepted runs. */
void fg_lanes_stop(fg_lanes *l);

/* Waits until everything has ended, at `until` (of CLOCK_MONOTONIC) cancels what has not
 * begun, and says whether nothing is left: what runs then still has its flag, and another
 * drain waits for it. */
bool fg_lanes_drain(fg_lanes *l, uint64_t until);

fg_lanes_counts fg_lanes_count(fg_lanes *l);

/* Walks everything and asserts what must hold; for tests. */
void fg_lanes_check(fg_lanes *l);

#endif
