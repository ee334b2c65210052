// SPDX-License-Identifier: Apache-2.0
/* Tasks as values: what spawn, squad, channels and timeouts are made of.
 *
 * A task is a fiber (run/fiber.h) that runs the body of a `spawn` block.  Tasks of one VM
 * share its heap and its thread, and switch only where they wait.  Everything here is a
 * heap object: nothing is freed by hand but the fiber.
 *
 * A task sees copies of the variables that were visible where it was spawned: its captures
 * are cells of its own, and the globals live in a world of its own.  A function made
 * outside keeps seeing the variables of the task that made it (FG_HOME_…). */
#ifndef FG_TASK_H
#define FG_TASK_H

#include "run/vm.h"

struct fg_fiber;

/* ---- worlds (world.c) --------------------------------------------------------------- */

/* The globals of a task: a window like the program's own (vm.h), of which only those
 * slots are set that the task may touch. */
typedef struct fg_world {
    fg_obj h;
    uint32_t nslots;
    bool escaped;     /* a function refers to it: it may outlive its task */
    fg_value *window; /* or */
    fg_value **pages; /* of a paged window */
} fg_world;

/* The world of the running task with the globals of `body` copied; NULL: FG_NOMEM. */
fg_world *fg_world_copy(fg_vm *vm, const fg_proto *body);
/* Makes w the world that globals are found in; NULL is the program's own. */
void fg_world_enter(fg_vm *vm, fg_world *w);
/* Lets go of what w holds, unless a function may still see it. */
void fg_world_end(fg_vm *vm, fg_world *w);
/* Enters the world of a function that does not belong to the running one, until its frame
 * ends: the frame gets FG_FR_WORLD.  false: it belongs here, or vm->status is FG_NOMEM. */
bool fg_world_visit(fg_vm *vm, const fg_func *fn);
/* Goes back when such a frame ends. */
void fg_world_back(fg_vm *vm);
/* A function made in a task; NULL: FG_NOMEM. */
fg_func *fg_world_closure(fg_vm *vm, const fg_proto *proto, uint32_t ncaptures);

/* ---- waiting ------------------------------------------------------------------------ */

/* One wait of one fiber.  It is over when the fiber's `seq` is another. */
typedef struct fg_waiter {
    struct fg_fiber *fiber;
    uint64_t seq;
} fg_waiter;

/* Who waits for something, in the order they came. */
typedef struct fg_waitq {
    fg_waiter *at; /* heap storage, a ring */
    uint32_t head, n, cap;
} fg_waitq;

/* ---- tasks -------------------------------------------------------------------------- */

/* An error that was kept: what fg_error is while it happens. */
typedef struct fg_failure {
    fg_obj h;
    uint32_t kind; /* fg_errkind */
    uint32_t ntrace, depth;
    fg_string *message, *hint; /* hint NULL: none */
    struct fg_failure *cause;  /* the task's error behind this one, or NULL */
    const fg_proto *task;      /* whose task it ended, or NULL */
    int status;                /* see fg_error */
    bool aside;                /* the hint is for reports only */
    fg_trace trace[];
} fg_failure;

typedef enum fg_taskstate {
    FG_TASK_NEW, /* not started */
    FG_TASK_RUNS,
    FG_TASK_DONE,
    FG_TASK_FAILED,
    FG_TASK_DEAD /* the program ended first */
} fg_taskstate;

typedef struct fg_task {
    fg_obj h;
    uint8_t state;
    bool cancel;            /* ends at its next chance */
    bool background;        /* schedule or watch: run again and again, nobody waits */
    bool seen;              /* watch: what it looks for was there */
    struct fg_squad *squad; /* that waits for it, or NULL */
    const fg_func *body;
    fg_world *world;        /* NULL once it has ended */
    struct fg_fiber *fiber; /* while it exists */
    fg_value result;
    fg_failure *fault; /* FAILED: why */
    fg_waitq waiters;
    uint64_t period_ns; /* background: between two runs, or two looks */
    uint64_t stamp;     /* watch: of the last look */
    fg_string *path;    /* watch: file, NULL for schedule */
} fg_task;

static inline fg_task *fg_as_task(fg_value v) { return (fg_task *)(void *)v.as.o; }

/* Starts the body of a spawn block: its captures stand at `captures`. */
fg_status fg_spawn(fg_vm *vm, const fg_proto *body, uint32_t ncaptures,
                   const fg_value *captures, fg_value *out);
/* The same for `schedule` (amount units of factor milliseconds) and `watch`. */
fg_status fg_schedule(fg_vm *vm, const fg_proto *body, uint32_t ncaptures,
                      const fg_value *captures, int64_t factor, const fg_value *amount);
fg_status fg_watch(fg_vm *vm, const fg_proto *body, uint32_t ncaptures,
                   const fg_value *captures, const fg_value *path);
/* Waits for v if it is a task handle; its value or error.  May return FG_SUSPENDED. */
fg_status fg_await(fg_vm *vm, const fg_value *v, fg_value *out);
/* Waits for each handle of an array in turn; the first error.  May return FG_SUSPENDED. */
fg_status fg_await_each(fg_vm *vm, const fg_array *tasks);
/* Waits for t, at most so many milliseconds: its value or error, null when they have
 * passed.  May return FG_SUSPENDED. */
fg_status fg_await_until(fg_vm *vm, fg_task *t, double ms, fg_value *out);
/* Value of a task that has ended, or its error with `prefix` before the message. */
fg_status fg_task_result(fg_vm *vm, const fg_task *t, const char *prefix,
                         fg_value *out);
/* Asks a task, and the tasks of its squads, to end. */
void fg_task_cancel(fg_vm *vm, fg_task *t);

/* The last error as an object; NULL: FG_NOMEM.  And back. */
fg_failure *fg_failure_keep(fg_vm *vm, const fg_proto *task);
void fg_failure_restore(fg_vm *vm, fg_failure *f);

/* ---- squads ------------------------------------------------------------------------- */

typedef struct fg_squad {
    fg_obj h;
    uint32_t joined;     /* tasks known to have ended */
    fg_status why;       /* FAILED: the status its body ended with */
    bool closing;        /* the body has failed, or is left early */
    bool cancelled;      /* its tasks have been asked to end */
    struct fg_squad *up; /* the one around it */
    fg_array *tasks;     /* in the order they were spawned */
    fg_failure *fault;   /* what the body raised */
} fg_squad;

fg_status fg_squad_begin(fg_vm *vm);
/* Waits for the tasks; their results in an array.  May return FG_SUSPENDED. */
fg_status fg_squad_end(fg_vm *vm, fg_value *out);
/* Cancels the tasks and waits for them, without looking at results. */
fg_status fg_squad_abandon(fg_vm *vm);
/* The same after an error in the body, which it raises again. */
fg_status fg_squad_failed(fg_vm *vm);

/* ---- timeouts: r[0] deadline around it, r[1] its own, r[2] seconds -------------------- */

fg_status fg_timeout_begin(fg_vm *vm, fg_value *r, int64_t factor);
void fg_timeout_end(fg_vm *vm, const fg_value *r);
/* After an error in the block: raises it again, as the timeout's own if it is. */
fg_status fg_timeout_failed(fg_vm *vm, const fg_value *r);

/* ---- channels (channel.c) ----------------------------------------------------------- */

typedef struct fg_channel {
    fg_obj h;
    bool closed;
    bool bounded;
    uint32_t limit; /* bounded: values it holds at most; 0: rendezvous */
    fg_value *ring; /* heap storage */
    uint32_t head, n, cap;
    uint64_t sent, taken; /* values, ever */
    fg_waitq receivers, senders;
    fg_waiter ack; /* rendezvous: whose value is in the ring */
} fg_channel;

static inline fg_channel *fg_as_channel(fg_value v)
{
    return (fg_channel *)(void *)v.as.o;
}

/* limit < 0: unbounded.  NULL: FG_NOMEM. */
fg_channel *fg_channel_new(fg_vm *vm, int64_t limit);
/* These may return FG_SUSPENDED; then the instruction is executed again. */
fg_status fg_channel_send(fg_vm *vm, fg_channel *c, const fg_value *v);
/* *got false: closed and empty. */
fg_status fg_channel_receive(fg_vm *vm, fg_channel *c, fg_value *out, bool *got);
fg_status fg_channel_try_send(fg_vm *vm, fg_channel *c, const fg_value *v, bool *sent);
bool fg_channel_try_receive(fg_vm *vm, fg_channel *c, fg_value *out);
void fg_channel_close(fg_vm *vm, fg_channel *c);
/* Index of a channel of `list` with a value, which is taken; -1 when the time is over, or
 * when all are closed and empty.  ms < 0: no limit. */
fg_status fg_channel_select(fg_vm *vm, const fg_array *list, double ms, int64_t *index,
                            fg_value *out);

#endif
