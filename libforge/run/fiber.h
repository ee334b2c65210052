// SPDX-License-Identifier: Apache-2.0
/* Fibers: what runs a task, and the scheduler.
 *
 * A fiber is frames and a stack of values; the VM holds those of the running one.  One
 * that waits leaves the interpreter (FG_SUSPENDED) and costs no C stack: its instruction
 * is executed again, or the next one, when it goes on.  Only where C frames lie between
 * the interpreter and what waits – a function that a native called – the C stack itself is
 * kept, and the scheduler continues on another one (cstack.h).
 *
 * The order is fixed: whoever may run stands in one queue, and runs until it waits.  The
 * scheduler lives at the bottom of the outermost call from C.  When that call ends, the
 * other tasks end with it. */
#ifndef FG_FIBER_H
#define FG_FIBER_H

#include "run/cstack.h"
#include "run/fdset.h"
#include "run/task.h"

/* What of a VM belongs to the running fiber. */
typedef struct fg_stack {
    fg_frame *frame, *frames, *frames_end;
    fg_value *limit, *hard_limit, *top;
    fg_chunk *chunk;
    fg_value *stack0, *stack0_end;
    fg_world *world;
    fg_value deferred;
    uint32_t native_depth, pull_depth, shield;
    bool frames_own;
} fg_stack;

void fg_stack_save(const fg_vm *vm, fg_stack *s);

typedef struct fg_fiber {
    fg_stack stack;               /* while it does not run */
    fg_task *task;                /* NULL: the main one */
    fg_squad *squad;              /* innermost open one */
    struct fg_fiber *prev, *next; /* all that live */
    uint64_t seq;                 /* of its wait, 0: it does not wait */
    uint64_t wake_ns;             /* when its timer fires */
    uint32_t timer;               /* 1 + place in the timers, or 0 */
    fg_waitq *woken;              /* the queue that ended the last wait, or NULL */
    bool timed_out;               /* the last wait ended by its timer */
    bool counted;                 /* its cancellation was raised */
    uint64_t until_ns;            /* of a wait that is repeated: when it ends, or 0 */
    uint32_t progress;            /* of a wait for several tasks that is repeated */
    uint64_t ticket;      /* rendezvous: number of the value that must be taken, or 0 */
    uint64_t deadline_ns; /* of the innermost timeout block, or 0 */
    uint64_t expired_ns;  /* the deadline that FG_EXPIRED is about */
    fg_status pending;    /* what it goes on with, when not FG_OK: recorded already */
    fg_cstack *cstack;    /* kept while it waits below C frames, or NULL */
    fg_world **back;      /* worlds to go back to, malloc'ed */
    uint32_t nback, cback;
} fg_fiber;

/* The running fiber; made with the scheduler when there is none.  NULL: FG_NOMEM. */
fg_fiber *fg_fiber_here(fg_vm *vm);

/* Adds a task to those that may run. */
void fg_task_ready(fg_vm *vm, fg_task *t);

/* Waits: begin, then queue the wait wherever it can end, then park.  until_ns 0: no
 * limit.  fg_park gives FG_OK when it is over, FG_SUSPENDED to pass up at once (then the
 * instruction is executed again if `again`, else it has been completed), or an error. */
fg_status fg_wait_begin(fg_vm *vm);
fg_status fg_wait_on(fg_vm *vm, fg_waitq *q);
fg_status fg_park(fg_vm *vm, uint64_t until_ns, bool again);
/* Waits until one of n descriptors is ready for what its `events` say, or until_ns unless
 * that is 0; *ready: `revents` say for what.  For natives: the C stack is kept, others run
 * meanwhile and the collector may run.  An error ends the wait. */
fg_status fg_wait_fds(fg_vm *vm, struct pollfd *p, uint32_t n, uint64_t until_ns,
                      bool *ready);
/* Lets the others run first. */
fg_status fg_yield(fg_vm *vm);
/* Ends one wait of a queue, or all. */
void fg_wake_one(fg_vm *vm, fg_waitq *q);
void fg_wake_all(fg_vm *vm, fg_waitq *q);
void fg_wake(fg_vm *vm, fg_waiter w);
/* Is anybody still waiting? */
bool fg_waited_on(fg_waitq *q);
/* Ends the wait of a fiber, whatever it is for. */
void fg_rouse(fg_vm *vm, fg_fiber *f);
/* Waits a time without end of its own. */
fg_status fg_sleep_ns(fg_vm *vm, uint64_t ns);

/* When a wait of so many milliseconds is over that may be repeated; the caller sets
 * until_ns of the fiber to 0 when it is. */
uint64_t fg_wait_until(fg_vm *vm, double ms);

/* Raises what is due in the running fiber: cancellation, its timeout. */
fg_status fg_fiber_check(fg_vm *vm);

/* At the bottom of a call from C whose interpreter gave s: runs the others while it
 * waits, ends them when it has ended.  The final status. */
fg_status fg_scheduler_run(fg_vm *vm, fg_status s);

uint64_t fg_now_ns(void);

/* For the collector: each fiber but the running one, and queued tasks. */
void fg_fibers_each(const fg_vm *vm, void (*fiber)(void *ctx, const fg_fiber *f),
                    void (*task)(void *ctx, fg_task *t), void *ctx);

#endif
