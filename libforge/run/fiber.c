// SPDX-License-Identifier: Apache-2.0
/* The scheduler. */
#include "run/fiber.h"

#include "run/defer.h"
#include "run/internal.h"

#include <stdlib.h>
#include <time.h>

#define FIBER_BYTES 2048u /* a fiber, its first frames and its first values */
#define FIBER_FRAMES 8u
#define MAX_CSTACKS 1000u /* tasks that wait below C frames */
#define IDLE_NS 5000000u  /* how long nobody looks whether the host cancels */
#define LOOK_AT_TIMERS 16u

/* Who may run: a fiber, or a task that has none yet. */
typedef struct fg_turn {
    fg_fiber *fiber;
    fg_task *task;
} fg_turn;

typedef struct fg_slab {
    struct fg_slab *next;
    uint64_t align;
    char room[];
} fg_slab;

typedef struct fg_sched {
    fg_fiber main;
    fg_fiber *fibers; /* all that live, newest first */
    fg_fiber *unused; /* memory of ended ones, by `next` */
    fg_slab *slabs;
    fg_turn *turns; /* a ring */
    uint32_t head, n, cap;
    uint32_t looked;   /* turns since the timers were looked at */
    fg_fiber **timers; /* a heap by wake_ns */
    uint32_t ntimers, ctimers;
    fg_fdset fds;
    uint64_t seq;       /* of the last wait */
    fg_cstack host;     /* of the call from C at the bottom */
    fg_cstack *current; /* in use */
    fg_cstack *spare;   /* with a scheduler on them that can go on */
    uint32_t ncstacks;
    bool ended;       /* the main fiber has */
    fg_status status; /* with this */
} fg_sched;

uint64_t fg_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- stacks ------------------------------------------------------------------------- */

void fg_stack_save(const fg_vm *vm, fg_stack *s)
{
    *s = (fg_stack){ .frame = vm->frame,
                     .frames = vm->frames,
                     .frames_end = vm->frames_end,
                     .limit = vm->limit,
                     .hard_limit = vm->hard_limit,
                     .top = vm->top,
                     .chunk = vm->chunk,
                     .stack0 = vm->stack0,
                     .stack0_end = vm->stack0_end,
                     .world = vm->world,
                     .deferred = vm->deferred,
                     .shield = vm->shield,
                     .native_depth = vm->native_depth,
                     .pull_depth = vm->pull_depth,
                     .frames_own = vm->frames_own };
}

static void load(fg_vm *vm, fg_fiber *f)
{
    const fg_stack *s = &f->stack;
    vm->frame = s->frame;
    vm->frames = s->frames;
    vm->frames_end = s->frames_end;
    vm->limit = s->limit;
    vm->hard_limit = s->hard_limit;
    vm->top = s->top;
    vm->chunk = s->chunk;
    vm->stack0 = s->stack0;
    vm->stack0_end = s->stack0_end;
    fg_copy(&vm->deferred, &s->deferred);
    vm->shield = s->shield;
    vm->native_depth = s->native_depth;
    vm->pull_depth = s->pull_depth;
    vm->frames_own = s->frames_own;
    fg_world_enter(vm, s->world);
    vm->fiber = f;
}

static void save(fg_vm *vm, fg_fiber *f)
{
    fg_stack_save(vm, &f->stack);
    vm->fiber = NULL;
}

/* ---- fibers ------------------------------------------------------------------------- */

static void link_in(fg_sched *d, fg_fiber *f)
{
    f->prev = NULL;
    f->next = d->fibers;
    if (d->fibers)
        d->fibers->prev = f;
    d->fibers = f;
}

fg_fiber *fg_fiber_here(fg_vm *vm)
{
    if (vm->fiber)
        return vm->fiber;
    fg_sched *d = vm->sched;
    if (!d) {
        d = calloc(1, sizeof *d);
        if (!d) {
            fg_heap_refuse(&vm->heap);
            return NULL;
        }
        vm->sched = d;
        fg_cstack_adopt(&d->host);
        d->current = &d->host;
        link_in(d, &d->main);
        fg_world_enter(vm, vm->world);
    }
    vm->fiber = &d->main;
    return vm->fiber;
}

static bool add_slab(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    const fg_host *h = &vm->heap.host;
    if (!fg_within_limit(vm, FG_BLOCK_SIZE))
        return false;
    fg_slab *s = h->block_get(h->ctx, FG_BLOCK_SIZE);
    if (!s) {
        vm->heap.bytes -= FG_BLOCK_SIZE;
        return false;
    }
    s->next = d->slabs;
    d->slabs = s;
    uint32_t n = (FG_BLOCK_SIZE - sizeof *s) / FIBER_BYTES;
    for (uint32_t i = 0; i < n; i++) {
        fg_fiber *f = (fg_fiber *)(void *)(s->room + (size_t)i * FIBER_BYTES);
        f->next = d->unused;
        d->unused = f;
    }
    return true;
}

static fg_fiber *fiber_new(fg_vm *vm, fg_task *t)
{
    fg_sched *d = vm->sched;
    if (!d->unused && !add_slab(vm))
        return NULL;
    fg_fiber *f = d->unused;
    d->unused = f->next;
    memset(f, 0, sizeof *f);
    fg_stack *s = &f->stack;
    s->frames = (fg_frame *)(void *)(f + 1);
    s->frames_end = s->frames + FIBER_FRAMES;
    s->frame = s->frames - 1;
    s->stack0 = (fg_value *)(void *)s->frames_end;
    s->stack0_end = (fg_value *)(void *)((char *)f + FIBER_BYTES / 16 * 16);
    s->limit = s->top = s->stack0;
    s->hard_limit = s->stack0_end;
    s->world = t->world;
    s->native_depth = 1;
    f->task = t;
    t->fiber = f;
    link_in(d, f);
    return f;
}

/* Memory beyond the fiber's own. */
static void stack_drop(fg_vm *vm, fg_stack *s)
{
    const fg_host *h = &vm->heap.host;
    while (s->chunk) {
        fg_chunk *c = s->chunk;
        s->chunk = c->prev;
        vm->heap.bytes -= c->size;
        h->block_put(h->ctx, c, c->size);
    }
    if (s->frames_own) {
        size_t size = (size_t)(s->frames_end - s->frames) * sizeof(fg_frame);
        vm->heap.bytes -= size;
        h->block_put(h->ctx, s->frames, size);
    }
}

static void untimed(fg_sched *d, fg_fiber *f);

static void fiber_free(fg_vm *vm, fg_fiber *f)
{
    fg_sched *d = vm->sched;
    untimed(d, f);
    stack_drop(vm, &f->stack);
    free(f->back);
    if (f->prev)
        f->prev->next = f->next;
    else
        d->fibers = f->next;
    if (f->next)
        f->next->prev = f->prev;
    f->seq = 0;
    f->next = d->unused;
    d->unused = f;
}

/* ---- turns -------------------------------------------------------------------------- */

static void push_turn(fg_vm *vm, fg_fiber *f, fg_task *t)
{
    fg_sched *d = vm->sched;
    if (d->n == d->cap) {
        uint32_t cap = d->cap ? d->cap * 2 : 64;
        fg_turn *more = malloc(cap * sizeof *more);
        if (!more) {
            fg_heap_refuse(&vm->heap); /* the next poll ends the program */
            return;
        }
        for (uint32_t i = 0; i < d->n; i++)
            more[i] = d->turns[(d->head + i) & (d->cap - 1)];
        free(d->turns);
        d->turns = more;
        d->head = 0;
        d->cap = cap;
    }
    d->turns[(d->head + d->n++) & (d->cap - 1)] = (fg_turn){ f, t };
}

void fg_task_ready(fg_vm *vm, fg_task *t) { push_turn(vm, NULL, t); }

/* ---- timers ------------------------------------------------------------------------- */

static void place_timer(fg_sched *d, uint32_t at, fg_fiber *f)
{
    d->timers[at] = f;
    f->timer = at + 1;
}

static bool before(const fg_fiber *a, const fg_fiber *b)
{
    return a->wake_ns < b->wake_ns || (a->wake_ns == b->wake_ns && a->seq < b->seq);
}

static void sift_up(fg_sched *d, uint32_t at, fg_fiber *f)
{
    while (at > 0 && before(f, d->timers[(at - 1) / 2])) {
        place_timer(d, at, d->timers[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place_timer(d, at, f);
}

static void sift_down(fg_sched *d, uint32_t at, fg_fiber *f)
{
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child >= d->ntimers)
            break;
        if (child + 1 < d->ntimers && before(d->timers[child + 1], d->timers[child]))
            child++;
        if (!before(d->timers[child], f))
            break;
        place_timer(d, at, d->timers[child]);
        at = child;
    }
    place_timer(d, at, f);
}

static fg_status timed(fg_vm *vm, fg_fiber *f, uint64_t wake_ns)
{
    fg_sched *d = vm->sched;
    if (d->ntimers == d->ctimers) {
        uint32_t cap = d->ctimers ? d->ctimers * 2 : 16;
        fg_fiber **more = realloc(d->timers, cap * sizeof(fg_fiber *));
        if (!more)
            return FG_NOMEM;
        d->timers = more;
        d->ctimers = cap;
    }
    f->wake_ns = wake_ns;
    sift_up(d, d->ntimers++, f);
    return FG_OK;
}

static void untimed(fg_sched *d, fg_fiber *f)
{
    if (f->timer == 0)
        return;
    uint32_t at = f->timer - 1;
    fg_fiber *last = d->timers[--d->ntimers];
    f->timer = 0;
    if (last == f)
        return;
    if (at > 0 && before(last, d->timers[(at - 1) / 2]))
        sift_up(d, at, last);
    else
        sift_down(d, at, last);
}

/* ---- waiting ------------------------------------------------------------------------ */

fg_status fg_wait_begin(fg_vm *vm)
{
    fg_fiber *f = fg_fiber_here(vm);
    if (!f)
        return FG_NOMEM;
    f->seq = ++vm->sched->seq;
    f->timed_out = false;
    f->woken = NULL;
    return FG_OK;
}

static bool stale(const fg_waiter *w) { return w->fiber->seq != w->seq; }

static const fg_waiter *front(fg_waitq *q)
{
    while (q->n > 0 && stale(&q->at[q->head])) {
        q->head = (q->head + 1) & (q->cap - 1);
        q->n--;
    }
    return q->n ? &q->at[q->head] : NULL;
}

bool fg_waited_on(fg_waitq *q) { return front(q) != NULL; }

/* Room for one more: waits that are over leave the ring first. */
static fg_status make_room(fg_vm *vm, fg_waitq *q)
{
    uint32_t live = 0;
    for (uint32_t i = 0; i < q->n; i++) {
        fg_waiter w = q->at[(q->head + i) & (q->cap - 1)];
        if (!stale(&w))
            q->at[(q->head + live++) & (q->cap - 1)] = w;
    }
    q->n = live;
    if (live * 2 < q->cap)
        return FG_OK;
    uint32_t cap = q->cap ? q->cap * 2 : 4;
    fg_waiter *more = fg_alloc(&vm->heap, cap * sizeof *more);
    if (!more)
        return FG_NOMEM;
    for (uint32_t i = 0; i < q->n; i++)
        more[i] = q->at[(q->head + i) & (q->cap - 1)];
    q->at = more;
    q->head = 0;
    q->cap = cap;
    return FG_OK;
}

fg_status fg_wait_on(fg_vm *vm, fg_waitq *q)
{
    front(q);
    if (q->n == q->cap)
        FG_TRY(make_room(vm, q));
    q->at[(q->head + q->n++) & (q->cap - 1)] = (fg_waiter){ vm->fiber, vm->fiber->seq };
    return FG_OK;
}

void fg_rouse(fg_vm *vm, fg_fiber *f)
{
    if (f->seq == 0)
        return;
    f->seq = 0;
    untimed(vm->sched, f);
    push_turn(vm, f, NULL);
}

void fg_wake(fg_vm *vm, fg_waiter w)
{
    if (w.fiber && !stale(&w))
        fg_rouse(vm, w.fiber);
}

void fg_wake_one(fg_vm *vm, fg_waitq *q)
{
    const fg_waiter *w = front(q);
    if (!w)
        return;
    w->fiber->woken = q;
    fg_rouse(vm, w->fiber);
}

void fg_wake_all(fg_vm *vm, fg_waitq *q)
{
    while (fg_waited_on(q))
        fg_wake_one(vm, q);
}

fg_status fg_fiber_check(fg_vm *vm)
{
    fg_fiber *f = vm->fiber;
    if (f->task && f->task->cancel && !vm->shield) {
        f->counted = true;
        return fg_raise(vm, FG_E_CANCELLED, "cancelled");
    }
    if (f->deadline_ns && fg_now_ns() >= f->deadline_ns) {
        f->expired_ns = f->deadline_ns;
        f->deadline_ns = 0; /* what still has to be cleaned up may take its time */
        fg_raise(vm, FG_E_RUNTIME, "timeout: the time limit is exceeded");
        return FG_EXPIRED;
    }
    return FG_OK;
}

/* What a fiber does first when it goes on. */
static fg_status go_on(fg_vm *vm)
{
    fg_fiber *f = vm->fiber;
    fg_status s = f->pending;
    f->pending = FG_OK;
    if (s == FG_OK && vm->sched->ended)
        s = FG_STOPPED;
    if (s == FG_OK)
        s = fg_fiber_check(vm);
    if (s == FG_OK)
        return FG_OK;
    f->until_ns = f->ticket = f->progress = 0; /* the wait is not repeated */
    if (f->woken)                              /* nor is what it was woken for taken */
        fg_wake_one(vm, f->woken);
    return s;
}

static void scheduler_entry(void *arg);

/* A C stack on which a scheduler can go on. */
static fg_status other_cstack(fg_vm *vm, fg_cstack **out)
{
    fg_sched *d = vm->sched;
    *out = d->spare;
    if (*out) {
        d->spare = (*out)->next;
        return FG_OK;
    }
    if (d->ncstacks >= MAX_CSTACKS) {
        fg_raise(vm, FG_E_RUNTIME,
                 "too many tasks wait inside functions of the library (%u)",
                 MAX_CSTACKS);
        return fg_hint(vm, "start fewer at a time; where they are called by map, "
                           "filter, sort …, use a loop");
    }
    *out = fg_cstack_new(scheduler_entry, vm);
    if (!*out)
        return FG_NOMEM;
    d->ncstacks++;
    return FG_OK;
}

/* Keeps the C stack; the scheduler goes on with another one. */
static fg_status park_below_c(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    fg_fiber *f = vm->fiber;
    fg_cstack *to;
    FG_TRY(other_cstack(vm, &to));
    f->cstack = d->current;
    d->current = to;
    save(vm, f);
    fg_cstack_switch(f->cstack, to);
    f->cstack = NULL; /* and whoever switched back has loaded f */
    return go_on(vm);
}

bool fg_is_ending(const fg_vm *vm)
{
    return vm->deferring && (vm->spare_ns || (vm->sched && vm->sched->ended));
}

/* The other tasks do not run any more. */
static fg_status refuse_to_wait(fg_vm *vm)
{
    vm->fiber->seq = 0;
    fg_raise(vm, FG_E_RUNTIME,
             "a deferred function cannot wait for tasks or channels "
             "when the program is being ended");
    return fg_hint(vm, "wait for them before, or close channels, which does not wait");
}

fg_status fg_park(fg_vm *vm, uint64_t until_ns, bool again)
{
    fg_fiber *f = vm->fiber;
    uint64_t wake = until_ns;
    if (fg_unlikely(vm->deferring) && fg_is_ending(vm))
        return refuse_to_wait(vm);
    if (f->deadline_ns && (wake == 0 || f->deadline_ns < wake))
        wake = f->deadline_ns;
    if (wake && f->seq) /* one that only lets others run has its turn already */
        FG_TRY(timed(vm, f, wake));
    if (vm->native_depth > 1 || vm->frame < vm->frames)
        return park_below_c(vm);
    vm->again = again;
    return FG_SUSPENDED;
}

/* Waits below the native that calls this: its C stack is kept. */
static fg_status park_here(fg_vm *vm, uint64_t until_ns)
{
    fg_fiber *f = vm->fiber;
    uint64_t wake = until_ns;
    if (f->deadline_ns && (wake == 0 || f->deadline_ns < wake))
        wake = f->deadline_ns;
    if (wake)
        FG_TRY(timed(vm, f, wake));
    return park_below_c(vm);
}

/* Is there any other fiber, or a task that may get one? */
static bool is_alone(const fg_vm *vm)
{
    const fg_sched *d = vm->sched;
    return !d || (d->n == 0 && !d->fibers->next) || fg_is_ending(vm);
}

/* Nobody else could run meanwhile. */
static fg_status wait_alone(fg_vm *vm, struct pollfd *p, uint32_t n, uint64_t until_ns,
                            bool *ready)
{
    uint64_t now = fg_now_ns();
    for (;;) {
        uint64_t ns = IDLE_NS;
        if (until_ns && until_ns < now + ns)
            ns = until_ns > now ? until_ns - now : 0;
        *ready = fg_fd_poll(p, n, ns) > 0;
        FG_TRY(fg_poll(vm));
        now = fg_now_ns();
        if (*ready || (until_ns && now >= until_ns))
            return FG_OK;
    }
}

fg_status fg_wait_fds(fg_vm *vm, struct pollfd *p, uint32_t n, uint64_t until_ns,
                      bool *ready)
{
    *ready = false;
    for (uint32_t i = 0; i < n; i++)
        p[i].revents = 0;
    FG_TRY(fg_flush(vm));
    if (is_alone(vm))
        return wait_alone(vm, p, n, until_ns, ready);
    FG_TRY(fg_wait_begin(vm));
    fg_fdwait w = { .p = p, .n = n, .ctx = vm->fiber };
    if (!fg_fdset_add(&vm->sched->fds, &w)) {
        fg_heap_refuse(&vm->heap);
        return FG_NOMEM;
    }
    fg_status s = park_here(vm, until_ns);
    fg_fdset_remove(&vm->sched->fds, &w);
    *ready = w.ready;
    return s;
}

fg_status fg_yield(fg_vm *vm)
{
    if (fg_is_ending(vm))
        return FG_OK;
    FG_TRY(fg_wait_begin(vm));
    fg_rouse(vm, vm->fiber);
    return fg_park(vm, 0, false);
}

fg_status fg_sleep_ns(fg_vm *vm, uint64_t ns)
{
    FG_TRY(fg_flush(vm));
    FG_TRY(fg_wait_begin(vm));
    return fg_park(vm, fg_now_ns() + ns, false);
}

/* ---- the scheduler ------------------------------------------------------------------ */

/* The main fiber goes on with this, before anybody else. */
static void stop_main(fg_sched *d, fg_status s)
{
    fg_fiber *f = &d->main;
    f->pending = s;
    f->seq = 0;
    untimed(d, f);
}

static void fire_timers(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    uint64_t now = d->ntimers ? fg_now_ns() : 0;
    while (d->ntimers && d->timers[0]->wake_ns <= now) {
        fg_fiber *f = d->timers[0];
        untimed(d, f);
        f->timed_out = true;
        fg_rouse(vm, f);
    }
}

static void fd_ready(void *vm, fg_fdwait *w) { fg_rouse(vm, w->ctx); }

/* Nobody can run before the first timer, a descriptor, or ever. */
static void idle(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    load(vm, &d->main); /* the place errors are about */
    fg_status s = fg_flush(vm);
    if (s == FG_OK)
        s = fg_poll_host(vm);
    if (s == FG_OK && d->ntimers == 0 && d->fds.n == 0) {
        s = fg_raise(vm, FG_E_RUNTIME, "deadlock: every task waits for another");
        fg_hint(vm, "close channels when nothing more is sent, and await only tasks "
                    "that can end");
    }
    vm->fiber = NULL;
    if (s != FG_OK) {
        stop_main(d, s);
        return;
    }
    uint64_t ns = IDLE_NS;
    if (d->ntimers) {
        uint64_t now = fg_now_ns(), until = d->timers[0]->wake_ns;
        if (until <= now)
            return;
        ns = until - now < IDLE_NS ? until - now : IDLE_NS;
    }
    if (d->fds.n) {
        fg_fdset_poll(&d->fds, ns, fd_ready, vm);
        return;
    }
    struct timespec t = { 0, (long)ns };
    nanosleep(&t, NULL);
}

/* Starts the time until a background block runs next. */
static void arm(fg_vm *vm, fg_fiber *f)
{
    f->seq = ++vm->sched->seq;
    f->woken = NULL;
    if (timed(vm, f, fg_now_ns() + f->task->period_ns) != FG_OK)
        stop_main(vm->sched, FG_NOMEM);
}

/* A background block waits before it runs, and again when there is nothing to do. */
static bool sleeps_on(fg_vm *vm, fg_fiber *f, bool fresh)
{
    if (!f->task || !f->task->background || f->stack.frame >= f->stack.frames)
        return false;
    if (!fg_background_due(vm, f->task) || fresh) {
        arm(vm, f);
        return true;
    }
    return false;
}

/* Whose turn it is. */
static fg_fiber *next_fiber(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    for (;;) {
        if (d->main.pending != FG_OK)
            return &d->main;
        if (d->n == 0 || ++d->looked >= LOOK_AT_TIMERS) {
            d->looked = 0;
            fire_timers(vm);
            if (d->n && d->fds.n)
                fg_fdset_poll(&d->fds, 0, fd_ready, vm);
        }
        if (d->n == 0) {
            idle(vm);
            continue;
        }
        fg_turn t = d->turns[d->head];
        d->head = (d->head + 1) & (d->cap - 1);
        d->n--;
        fg_fiber *f = t.fiber ? t.fiber : fiber_new(vm, t.task);
        if (f && !sleeps_on(vm, f, t.fiber == NULL))
            return f;
        if (f)
            continue;
        load(vm, &d->main);
        fg_heap_refuse(&vm->heap);
        vm->fiber = NULL;
        stop_main(d, FG_NOMEM);
    }
}

/* Puts the first frame of a task on its stack. */
static fg_status start(fg_vm *vm, fg_task *t)
{
    const fg_func *fn = t->body;
    t->state = FG_TASK_RUNS;
    fg_value *base = fg_enter_slow(vm, fn, vm->stack0 + 1, 0);
    if (!base)
        return vm->status;
    *++vm->frame = (fg_frame){ fn, fn->proto->code, base, FG_FR_ENTRY, 0 };
    return FG_OK;
}

/* Runs a fiber until it waits or ends. */
static fg_status resume(fg_vm *vm, fg_fiber *f)
{
    load(vm, f);
    fg_status s = go_on(vm);
    if (s == FG_OK && vm->frame < vm->frames)
        s = start(vm, f->task);
    bool on = s == FG_OK;
    if (!on && vm->frame >= vm->frames) {
        vm->status = s;
        on = fg_unwind(vm);
        s = vm->status;
    }
    if (on)
        s = fg_execute(vm);
    save(vm, f);
    return s;
}

/* A background block has run: again, later. */
static void run_again(fg_vm *vm, fg_fiber *f, fg_status s)
{
    load(vm, f);
    while (vm->chunk)
        fg_chunk_pop(vm);
    vm->frame = vm->frames - 1;
    vm->top = vm->stack0;
    f->nback = 0;
    f->squad = NULL;
    f->deadline_ns = 0;
    fg_world_enter(vm, f->task->world);
    if (s == FG_RAISED)
        fg_background_failed(vm, f->task);
    save(vm, f);
    arm(vm, f);
}

/* A task has ended with s. */
static void task_ended(fg_vm *vm, fg_fiber *f, fg_status s)
{
    fg_sched *d = vm->sched;
    fg_task *t = f->task;
    for (fg_squad *q = s == FG_OK ? NULL : f->squad; q; q = q->up)
        fg_squad_cancel(vm, q);
    if (t->background && (s == FG_OK || s == FG_RAISED) && !t->cancel) {
        run_again(vm, f, s);
        return;
    }
    t->fiber = NULL;
    if (d->ended) {
        t->state = FG_TASK_DEAD;
    } else if (s == FG_OK) {
        fg_copy_counted(&t->result, f->stack.frames[0].base - 1);
        t->state = FG_TASK_DONE;
    } else {
        t->state = FG_TASK_FAILED;
        t->fault =
            s == FG_RAISED || f->counted ? fg_failure_keep(vm, t->body->proto) : NULL;
        if (t->squad)
            fg_squad_cancel(vm, t->squad);
        if (!t->fault)
            stop_main(d, s == FG_RAISED ? FG_NOMEM : s);
    }
    fg_task_release(vm, t);
    fg_wake_all(vm, &t->waiters);
    fiber_free(vm, f);
}

/* Runs fibers on the C stack `here` until the main one has ended; returns only on the
 * one the call from C stands on. */
static void run(fg_vm *vm, fg_cstack *here)
{
    fg_sched *d = vm->sched;
    for (;;) {
        fg_cstack *to = NULL;
        if (d->ended) {
            if (here == &d->host)
                return;
            to = &d->host;
            for (fg_fiber *f = d->fibers; f; f = f->next)
                if (f->cstack == to) /* it has to leave that stack first */
                    load(vm, f);
        } else {
            fg_fiber *f = next_fiber(vm);
            if (f->cstack) {
                to = f->cstack;
                load(vm, f);
            } else {
                fg_status s = resume(vm, f);
                if (s == FG_SUSPENDED)
                    continue;
                if (f->task) {
                    task_ended(vm, f, s);
                } else {
                    d->ended = true;
                    d->status = s;
                }
            }
        }
        if (!to)
            continue;
        here->next = d->spare;
        d->spare = here;
        d->current = to;
        fg_cstack_switch(here, to);
    }
}

static void scheduler_entry(void *arg)
{
    fg_vm *vm = arg;
    run(vm, vm->sched->current);
}

/* Has the fibers that keep a C stack leave it, so that what natives hold is given back. */
static void leave_cstacks(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    fg_fiber *f = d->fibers;
    while (f) {
        fg_cstack *to = f->cstack;
        if (!to) {
            f = f->next;
            continue;
        }
        load(vm, f);
        d->current = to;
        fg_cstack_switch(&d->host, to);
        d->current = &d->host;
        f = d->fibers; /* the list has changed */
    }
}

/* Gives C stacks back that nobody is on. */
static void drop_spare(fg_sched *d)
{
    for (fg_cstack *s = d->spare, *next; s; s = next) {
        next = s->next;
        if (s == &d->host)
            continue;
        fg_cstack_free(s);
        d->ncstacks--;
    }
    d->spare = NULL;
}

/* What tasks deferred is done before they are dropped. */
static void run_deferred(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    for (fg_fiber *f = d->fibers; f; f = f->next) {
        if (!f->task || !fg_has_deferred(&f->stack.deferred))
            continue;
        load(vm, f);
        vm->status = FG_STOPPED;
        fg_unwind(vm);
        save(vm, f);
    }
}

/* Every task but the main one is over. */
static void drop_tasks(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    run_deferred(vm);
    vm->tasks = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        fg_task *t = d->turns[(d->head + i) & (d->cap - 1)].task;
        if (t)
            t->state = FG_TASK_DEAD;
    }
    d->n = 0;
    for (fg_fiber *f = d->fibers, *next; f; f = next) {
        next = f->next;
        if (!f->task)
            continue;
        f->task->state = FG_TASK_DEAD;
        f->task->fiber = NULL;
        fiber_free(vm, f);
    }
}

void fg_scheduler_drop(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    if (!d)
        return;
    save(vm, &d->main);
    d->ended = true;
    leave_cstacks(vm);
    drop_tasks(vm);
    drop_spare(d);
    load(vm, &d->main);
    free(d->main.back);
    for (fg_slab *s = d->slabs, *next; s; s = next) {
        next = s->next;
        vm->heap.bytes -= FG_BLOCK_SIZE;
        vm->heap.host.block_put(vm->heap.host.ctx, s, FG_BLOCK_SIZE);
    }
    free(d->turns);
    free(d->timers);
    fg_fdset_drop(&d->fds);
    free(d);
    vm->sched = NULL;
    vm->fiber = NULL;
}

/* Runs the tasks while the main fiber waits; its final status.  Tasks that are to
 * outlive the call from C must not stand on its C stack. */
static fg_status run_all(fg_vm *vm)
{
    fg_sched *d = vm->sched;
    fg_cstack *to = NULL;
    if (vm->keeps_tasks)
        other_cstack(vm, &to);
    if (to) {
        d->current = to;
        fg_cstack_switch(&d->host, to);
        d->current = &d->host;
    } else {
        run(vm, &d->host);
    }
    return d->status;
}

fg_status fg_scheduler_run(fg_vm *vm, fg_status s)
{
    fg_sched *d = vm->sched;
    fg_fiber *f = &d->main;
    save(vm, f);
    if (s == FG_SUSPENDED)
        s = run_all(vm);
    d->ended = true;
    if (!vm->keeps_tasks) {
        leave_cstacks(vm);
        drop_tasks(vm);
    }
    drop_spare(d);
    d->ended = false; /* for the next call from C */
    if (s != FG_STOPPED && s != FG_NOMEM)
        vm->spare_ns = 0; /* only the tasks had to end */
    untimed(d, f);
    f->squad = NULL;
    f->seq = f->until_ns = f->ticket = f->progress = f->deadline_ns = 0;
    f->pending = FG_OK;
    f->nback = 0;
    load(vm, f);
    return s;
}

void fg_fibers_each(const fg_vm *vm, void (*fiber)(void *ctx, const fg_fiber *f),
                    void (*task)(void *ctx, fg_task *t), void *ctx)
{
    const fg_sched *d = vm->sched;
    if (!d)
        return;
    for (const fg_fiber *f = d->fibers; f; f = f->next)
        if (f != vm->fiber)
            fiber(ctx, f);
    for (uint32_t i = 0; i < d->n; i++) {
        fg_task *t = d->turns[(d->head + i) & (d->cap - 1)].task;
        if (t)
            task(ctx, t);
    }
}
