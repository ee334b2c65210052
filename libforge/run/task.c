// SPDX-License-Identifier: Apache-2.0
/* Tasks, squads, timeouts. */
#include "run/fiber.h"
#include "run/internal.h"

#include "value/array.h"
#include "value/string.h"

#define TIMEOUT_DEFAULT_S 5.0
#define SCHEDULE_DEFAULT_S 60.0
#define WATCH_NS 1000000000u /* between two looks at a file */

/* ---- errors that are kept ------------------------------------------------------------ */

fg_failure *fg_failure_keep(fg_vm *vm, const fg_proto *task)
{
    const fg_error *e = &vm->error;
    fg_failure *f = fg_alloc(&vm->heap, sizeof *f + e->ntrace * sizeof e->trace[0]);
    if (!f)
        return NULL;
    f->h = (fg_obj){ FG_FAILURE, 0, 0, 0, 0 };
    f->kind = e->kind;
    f->ntrace = e->ntrace;
    f->depth = e->depth;
    f->hint = NULL;
    f->aside = e->aside;
    f->cause = e->cause;
    f->status = e->status;
    f->task = task;
    const char *message = e->message ? e->message : "out of memory";
    f->message = fg_string_new(&vm->heap, message, strlen(message));
    if (f->message && e->hint[0])
        f->hint = fg_string_new(&vm->heap, e->hint, strlen(e->hint));
    if (!f->message || (e->hint[0] && !f->hint))
        return NULL;
    memcpy(f->trace, e->trace, f->ntrace * sizeof f->trace[0]);
    return f;
}

static void add_hint(fg_vm *vm, const fg_failure *f)
{
    if (f->hint && f->aside)
        fg_advise(vm, "%.*s", (int)f->hint->len, f->hint->bytes);
    else if (f->hint)
        fg_hint(vm, "%.*s", (int)f->hint->len, f->hint->bytes);
}

void fg_failure_restore(fg_vm *vm, fg_failure *f)
{
    fg_error *e = &vm->error;
    fg_raise(vm, (fg_errkind)f->kind, "%.*s", (int)f->message->len, f->message->bytes);
    add_hint(vm, f);
    e->cause = f->cause;
    e->status = f->status;
    e->ntrace = f->ntrace;
    e->depth = f->depth;
    memcpy(e->trace, f->trace, f->ntrace * sizeof f->trace[0]);
}

/* Raises the error of a task where it is asked for. */
static fg_status raise_fault(fg_vm *vm, fg_failure *f, const char *prefix)
{
    fg_errkind kind = f->kind == FG_E_CANCELLED ? FG_E_RUNTIME : (fg_errkind)f->kind;
    fg_raise(vm, kind, "%s%.*s", prefix, (int)f->message->len, f->message->bytes);
    add_hint(vm, f);
    vm->error.cause = f;
    vm->error.status = f->status;
    return FG_RAISED;
}

/* ---- spawning ----------------------------------------------------------------------- */

/* The body as a function of its own: captured variables are copied. */
static fg_func *body_new(fg_vm *vm, const fg_proto *body, uint32_t n,
                         const fg_value *captures)
{
    fg_func *fn = fg_func_new(&vm->heap, body, n);
    for (uint32_t i = 0; fn && i < n; i++) {
        if (fg_type_of(captures[i]) != FG_CELL) {
            fg_copy_counted(&fn->captures[i], &captures[i]);
            continue;
        }
        fg_cell *cell = fg_cell_new(&vm->heap, fg_cell_at(vm, captures[i].as.cell));
        if (!cell)
            return NULL;
        fn->captures[i] = (fg_value){ FG_CELL, { .cell = (fg_cellref)&cell->v } };
    }
    return fn;
}

/* A stream is read once: two tasks cannot both have it. */
static fg_status no_streams(fg_vm *vm, const fg_func *fn, const fg_world *w)
{
    bool found = false;
    for (uint32_t i = 0; i < fn->ncaptures; i++) {
        fg_value v = fn->captures[i];
        if (fg_type_of(v) == FG_CELL)
            fg_copy(&v, fg_cell_at(vm, v.as.cell));
        found |= fg_type_of(v) == FG_STREAM;
    }
    for (uint32_t i = 0; w->window && i < w->nslots; i++)
        found |= fg_type_of(w->window[i]) == FG_STREAM;
    if (!found)
        return FG_OK;
    fg_raise(vm, FG_E_RUNTIME, "a task cannot use a Stream of the task that starts it");
    return fg_hint(vm, "make the stream inside the task, or give it an array");
}

static fg_status task_new(fg_vm *vm, const fg_proto *body, uint32_t n,
                          const fg_value *captures, fg_task **out)
{
    if (!fg_fiber_here(vm))
        return FG_NOMEM;
    if (vm->limits.tasks && vm->tasks >= vm->limits.tasks) {
        fg_raise_limit(vm, FG_BOUND_TASKS, "limit of %u tasks at once is reached",
                       vm->limits.tasks);
        return fg_hint(vm, "await tasks before more are started");
    }
    fg_task *t = fg_alloc(&vm->heap, sizeof *t);
    fg_func *fn = body_new(vm, body, n, captures);
    fg_world *w = fg_world_copy(vm, body);
    if (!t || !fn || !w)
        return FG_NOMEM;
    FG_TRY(no_streams(vm, fn, w));
    memset(t, 0, sizeof *t);
    t->h.kind = FG_TASK;
    t->body = fn;
    t->world = w;
    vm->tasks++;
    *out = t;
    return FG_OK;
}

fg_status fg_spawn(fg_vm *vm, const fg_proto *body, uint32_t n,
                   const fg_value *captures, fg_value *out)
{
    fg_task *t;
    FG_TRY(task_new(vm, body, n, captures, &t));
    fg_value v = fg_obj_value(t);
    fg_squad *q = vm->fiber->squad;
    if (q && !q->closing) {
        FG_TRY(fg_array_push(&vm->heap, q->tasks, &v));
        t->squad = q;
        t->cancel = q->cancelled;
    }
    fg_task_ready(vm, t);
    fg_copy(out, &v);
    return FG_OK;
}

/* Captured variables and globals, unless a function may still use them. */
void fg_task_release(fg_vm *vm, fg_task *t)
{
    vm->tasks--;
    fg_func *fn = (fg_func *)(uintptr_t)t->body;
    if (!t->world->escaped) {
        for (uint32_t i = 0; i < fn->ncaptures; i++) {
            fg_value *v = &fn->captures[i];
            if (fg_type_of(*v) == FG_CELL)
                v = fg_cell_write(vm, v->as.cell);
            fg_release(v);
            *v = fg_null();
        }
        fg_world_end(vm, t->world);
    }
    t->world = NULL;
    t->body = NULL;
    t->squad = NULL;
}

/* ---- background blocks --------------------------------------------------------------- */

/* What a request starts ends with it, so nothing can go on behind it. */
static fg_status refuse_served(fg_vm *vm, const char *block)
{
    return vm->served
               ? fg_raise(vm, FG_E_RUNTIME,
                          "%s blocks are started by the top level of a program", block)
               : FG_OK;
}

static fg_status later(fg_vm *vm, fg_task *t, uint64_t period_ns)
{
    t->background = vm->background = true;
    t->period_ns = period_ns;
    fg_task_ready(vm, t);
    return FG_OK;
}

fg_status fg_schedule(fg_vm *vm, const fg_proto *body, uint32_t n,
                      const fg_value *captures, int64_t factor, const fg_value *amount)
{
    fg_task *t;
    fg_value v;
    fg_peel(amount, &v);
    double s =
        fg_is_number(v) ? fg_number(v) * (double)factor / 1e3 : SCHEDULE_DEFAULT_S;
    if (!(s > 0))
        return fg_raise(vm, FG_E_RUNTIME, "schedule interval must be positive");
    FG_TRY(refuse_served(vm, "schedule"));
    FG_TRY(task_new(vm, body, n, captures, &t));
    return later(vm, t, s > 1e9 ? (uint64_t)1e18 : (uint64_t)(s * 1e9));
}

fg_status fg_watch(fg_vm *vm, const fg_proto *body, uint32_t n,
                   const fg_value *captures, const fg_value *path)
{
    fg_task *t;
    fg_value v;
    fg_peel(path, &v);
    if (!fg_is_string(v))
        return fg_raise(vm, FG_E_RUNTIME, "watch requires a string path");
    FG_TRY(refuse_served(vm, "watch"));
    if (!(vm->env.caps & FG_CAP_FS_READ))
        return fg_denied(vm, "watch", FG_CAP_FS_READ);
    FG_TRY(task_new(vm, body, n, captures, &t));
    t->path = v.as.str;
    return later(vm, t, WATCH_NS);
}

/* Notes what the file looks like now; true if that has changed. */
static bool look(fg_vm *vm, fg_task *t)
{
    uint64_t stamp = 0;
    bool seen = vm->library->changed
                && vm->library->changed(vm, fg_string_slice(t->path), &stamp);
    bool changed = seen != t->seen || stamp != t->stamp;
    t->seen = seen;
    t->stamp = stamp;
    return changed;
}

bool fg_background_due(fg_vm *vm, fg_task *t) { return !t->path || look(vm, t); }

/* Nobody waits for a background block, so somebody is told. */
void fg_background_failed(fg_vm *vm, fg_task *t)
{
    uint32_t line, col;
    fg_bytes text;
    const fg_proto *p = t->body->proto;
    fg_source_position(p->source, p->off, &line, &col);
    fg_bytes_init(&text);
    fg_bytes_fmt(&text, "warning: the %s block of line %u failed: ",
                 t->path ? "watch" : "schedule", line);
    fg_error_text(&vm->error, &text);
    fg_bytes_char(&text, '\n');
    if (!text.failed)
        fg_write_err(vm, (fg_slice){ text.p, text.n });
    fg_bytes_drop(&text);
}

/* ---- waiting for tasks ---------------------------------------------------------------- */

static bool has_ended(const fg_task *t) { return t->state >= FG_TASK_DONE; }

fg_status fg_task_result(fg_vm *vm, const fg_task *t, const char *prefix, fg_value *out)
{
    if (t->state == FG_TASK_DEAD)
        return fg_raise(vm, FG_E_RUNTIME, "%sthe program that started it has ended",
                        prefix);
    if (t->state == FG_TASK_FAILED)
        return raise_fault(vm, t->fault, prefix);
    fg_copy(out, &t->result);
    return FG_OK;
}

/* Until t has ended; until_ns 0: for ever. */
static fg_status wait_for(fg_vm *vm, fg_task *t, uint64_t until_ns)
{
    while (!has_ended(t)) {
        FG_TRY(fg_wait_begin(vm));
        FG_TRY(fg_wait_on(vm, &t->waiters));
        FG_TRY(fg_park(vm, until_ns, true));
        if (until_ns && vm->fiber->timed_out)
            break;
    }
    return FG_OK;
}

fg_status fg_await(fg_vm *vm, const fg_value *v, fg_value *out)
{
    fg_value t;
    fg_peel(v, &t);
    if (!fg_is(t, FG_TASK)) {
        fg_copy(out, v);
        return FG_OK;
    }
    FG_TRY(wait_for(vm, fg_as_task(t), 0));
    return fg_task_result(vm, fg_as_task(t), "task error: ", out);
}

fg_status fg_await_each(fg_vm *vm, const fg_array *tasks)
{
    fg_value t, unused;
    if (!fg_fiber_here(vm))
        return FG_NOMEM;
    uint32_t *i = &vm->fiber->progress; /* from the start only once */
    for (; *i < tasks->len; ++*i) {
        fg_array_get(tasks, *i, &t);
        fg_status s = fg_await(vm, &t, &unused);
        if (s != FG_OK) {
            *i = s == FG_SUSPENDED ? *i : 0;
            return s;
        }
    }
    *i = 0;
    return FG_OK;
}

uint64_t fg_wait_until(fg_vm *vm, double ms)
{
    fg_fiber *f = vm->fiber;
    if (f->until_ns == 0)
        f->until_ns = fg_now_ns() + (ms > 1e12 ? (uint64_t)1e18 : (uint64_t)(ms * 1e6));
    return f->until_ns;
}

fg_status fg_await_until(fg_vm *vm, fg_task *t, double ms, fg_value *out)
{
    if (!fg_fiber_here(vm))
        return FG_NOMEM;
    uint64_t until = fg_wait_until(vm, ms > 0 ? ms : 0);
    if (!has_ended(t) && fg_now_ns() < until)
        FG_TRY(wait_for(vm, t, until));
    vm->fiber->until_ns = 0;
    if (has_ended(t))
        return fg_task_result(vm, t, "task error: ", out);
    *out = fg_null();
    return FG_OK;
}

/* ---- cancelling ----------------------------------------------------------------------- */

void fg_task_cancel(fg_vm *vm, fg_task *t)
{
    if (has_ended(t) || t->cancel)
        return;
    t->cancel = true;
    if (!t->fiber)
        return; /* its turn comes, and ends at once */
    for (fg_squad *q = t->fiber->squad; q; q = q->up)
        fg_squad_cancel(vm, q);
    fg_rouse(vm, t->fiber);
}

void fg_squad_cancel(fg_vm *vm, fg_squad *q)
{
    if (q->cancelled)
        return;
    q->cancelled = true;
    for (uint32_t i = 0; i < q->tasks->len; i++)
        fg_task_cancel(vm, fg_as_task(q->tasks->as.any[i]));
}

/* ---- squads --------------------------------------------------------------------------- */

fg_status fg_squad_begin(fg_vm *vm)
{
    fg_fiber *f = fg_fiber_here(vm);
    if (!f)
        return FG_NOMEM;
    fg_squad *q = fg_alloc(&vm->heap, sizeof *q);
    fg_array *tasks = fg_array_new(&vm->heap, 4);
    if (!q || !tasks)
        return FG_NOMEM;
    memset(q, 0, sizeof *q);
    q->h.kind = FG_SQUAD;
    q->tasks = tasks;
    q->up = f->squad;
    f->squad = q;
    return FG_OK;
}

/* Waits until every task has ended. */
static fg_status join(fg_vm *vm, fg_squad *q)
{
    q->closing = true;
    for (; q->joined < q->tasks->len; q->joined++) {
        fg_task *t = fg_as_task(q->tasks->as.any[q->joined]);
        FG_TRY(wait_for(vm, t, 0));
    }
    vm->fiber->squad = q->up;
    return FG_OK;
}

fg_status fg_squad_end(fg_vm *vm, fg_value *out)
{
    fg_squad *q = vm->fiber->squad;
    FG_TRY(join(vm, q));
    fg_array *results = fg_array_new(&vm->heap, q->tasks->len);
    if (!results)
        return FG_NOMEM;
    const fg_task *failed = NULL;
    for (uint32_t i = 0; i < q->tasks->len; i++) {
        const fg_task *t = fg_as_task(q->tasks->as.any[i]);
        if (t->state == FG_TASK_DONE) {
            FG_TRY(fg_array_push(&vm->heap, results, &t->result));
        } else if (!failed
                   || (failed->fault->kind == FG_E_CANCELLED
                       && t->fault->kind != FG_E_CANCELLED)) {
            failed = t; /* a cancelled one is not the cause */
        }
    }
    fg_value unused;
    if (failed)
        return fg_task_result(vm, failed, "squad task error: ", &unused);
    *out = fg_obj_value(results);
    return FG_OK;
}

fg_status fg_squad_abandon(fg_vm *vm)
{
    fg_squad *q = vm->fiber->squad;
    fg_squad_cancel(vm, q);
    return join(vm, q);
}

fg_status fg_squad_failed(fg_vm *vm)
{
    fg_squad *q = vm->fiber->squad;
    if (!q->fault) {
        q->why = vm->status;
        q->fault = fg_failure_keep(vm, NULL);
        if (!q->fault)
            return FG_NOMEM;
    }
    FG_TRY(fg_squad_abandon(vm));
    fg_failure_restore(vm, q->fault);
    return q->why;
}

/* ---- timeouts ------------------------------------------------------------------------- */

fg_status fg_timeout_begin(fg_vm *vm, fg_value *r, int64_t factor)
{
    fg_value v;
    fg_fiber *f = fg_fiber_here(vm);
    if (!f)
        return FG_NOMEM;
    fg_peel(&r[2], &v);
    double s =
        fg_is_number(v) ? fg_number(v) * (double)factor / 1e3 : TIMEOUT_DEFAULT_S;
    if (!(s > 0))
        s = 0;
    uint64_t own = fg_now_ns() + (s > 1e9 ? (uint64_t)1e18 : (uint64_t)(s * 1e9));
    r[0] = fg_int((int64_t)f->deadline_ns);
    r[1] = fg_int((int64_t)own);
    r[2] = fg_float(s);
    if (f->deadline_ns == 0 || own < f->deadline_ns)
        f->deadline_ns = own;
    return FG_OK;
}

void fg_timeout_end(fg_vm *vm, const fg_value *r)
{
    vm->fiber->deadline_ns = (uint64_t)r[0].as.i;
}

fg_status fg_timeout_failed(fg_vm *vm, const fg_value *r)
{
    fg_status s = vm->status;
    fg_timeout_end(vm, r);
    if (s != FG_EXPIRED || vm->fiber->expired_ns != (uint64_t)r[1].as.i)
        return s;
    return fg_reword(vm, "timeout: operation exceeded %g second limit", r[2].as.f);
}
