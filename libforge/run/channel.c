// SPDX-License-Identifier: Apache-2.0
/* Channels.
 *
 * A rendezvous channel holds at most one value, whose sender waits until it is taken.
 * Senders of an unbounded one let the others run from time to time, so that a reader keeps
 * up and memory stays bounded. */
#include "run/fiber.h"
#include "run/internal.h"

#include "value/array.h"

#define BACKLOG 4096u /* values after which an unbounded channel lets readers run */
#define MAX_LIMIT (1u << 30)

fg_channel *fg_channel_new(fg_vm *vm, int64_t limit)
{
    fg_channel *c = fg_alloc(&vm->heap, sizeof *c);
    if (!c)
        return NULL;
    memset(c, 0, sizeof *c);
    c->h.kind = FG_CHANNEL;
    c->bounded = limit >= 0;
    c->limit = limit < 0 ? 0 : limit > MAX_LIMIT ? MAX_LIMIT : (uint32_t)limit;
    return c;
}

static bool full(const fg_channel *c)
{
    return c->bounded && c->n >= (c->limit ? c->limit : 1);
}

static fg_status grow(fg_vm *vm, fg_channel *c)
{
    uint32_t cap = c->cap ? c->cap * 2 : 4;
    if (cap > MAX_LIMIT) {
        fg_heap_refuse(&vm->heap);
        return FG_NOMEM;
    }
    fg_value *more = fg_alloc(&vm->heap, cap * sizeof *more);
    if (!more)
        return FG_NOMEM;
    for (uint32_t i = 0; i < c->n; i++)
        fg_copy(&more[i], &c->ring[(c->head + i) & (c->cap - 1)]);
    if (c->ring)
        fg_free_large(&vm->heap, c->ring, c->cap * sizeof *more);
    c->ring = more;
    c->head = 0;
    c->cap = cap;
    return FG_OK;
}

static fg_status put(fg_vm *vm, fg_channel *c, const fg_value *v)
{
    if (c->n == c->cap)
        FG_TRY(grow(vm, c));
    fg_copy_counted(&c->ring[(c->head + c->n++) & (c->cap - 1)], v);
    c->sent++;
    fg_wake_one(vm, &c->receivers);
    return FG_OK;
}

static void take(fg_vm *vm, fg_channel *c, fg_value *out)
{
    fg_value *v = &c->ring[c->head];
    fg_copy(out, v);
    fg_release(v);
    *v = fg_null();
    c->head = (c->head + 1) & (c->cap - 1);
    c->n--;
    c->taken++;
    fg_wake(vm, c->ack);
    c->ack = (fg_waiter){ 0 };
    fg_wake_one(vm, &c->senders);
    if (c->n > 0) /* whoever was woken for it may have given up meanwhile */
        fg_wake_one(vm, &c->receivers);
}

/* The sender waits until its value is taken, or never will be. */
static fg_status taken(fg_vm *vm, fg_channel *c)
{
    fg_fiber *f = vm->fiber;
    while (c->taken < f->ticket && !c->closed) {
        FG_TRY(fg_wait_begin(vm));
        c->ack = (fg_waiter){ f, f->seq };
        FG_TRY(fg_park(vm, 0, true));
    }
    f->ticket = 0;
    return FG_OK;
}

fg_status fg_channel_send(fg_vm *vm, fg_channel *c, const fg_value *v)
{
    if (!fg_fiber_here(vm))
        return FG_NOMEM;
    if (vm->fiber->ticket)
        return taken(vm, c);
    while (!c->closed && full(c)) {
        FG_TRY(fg_wait_begin(vm));
        FG_TRY(fg_wait_on(vm, &c->senders));
        FG_TRY(fg_park(vm, 0, true));
    }
    if (c->closed) {
        fg_wake_one(vm, &c->senders);
        return fg_raise(vm, FG_E_RUNTIME, "channel closed");
    }
    FG_TRY(put(vm, c, v));
    if (c->bounded && c->limit == 0) {
        vm->fiber->ticket = c->sent;
        return taken(vm, c);
    }
    return !c->bounded && c->n >= BACKLOG && c->n % BACKLOG == 0 ? fg_yield(vm) : FG_OK;
}

fg_status fg_channel_receive(fg_vm *vm, fg_channel *c, fg_value *out, bool *got)
{
    while (c->n == 0 && !c->closed) {
        FG_TRY(fg_wait_begin(vm));
        FG_TRY(fg_wait_on(vm, &c->receivers));
        FG_TRY(fg_park(vm, 0, true));
    }
    *got = c->n > 0;
    if (*got)
        take(vm, c, out);
    return FG_OK;
}

fg_status fg_channel_try_send(fg_vm *vm, fg_channel *c, const fg_value *v, bool *sent)
{
    bool room = c->bounded && c->limit == 0 ? c->n == 0 && fg_waited_on(&c->receivers)
                                            : !full(c);
    *sent = !c->closed && room;
    return *sent ? put(vm, c, v) : FG_OK;
}

bool fg_channel_try_receive(fg_vm *vm, fg_channel *c, fg_value *out)
{
    if (c->n == 0)
        return false;
    take(vm, c, out);
    return true;
}

void fg_channel_close(fg_vm *vm, fg_channel *c)
{
    c->closed = true;
    fg_wake_all(vm, &c->receivers);
    fg_wake_all(vm, &c->senders);
    fg_wake(vm, c->ack);
}

/* ---- select --------------------------------------------------------------------------- */

static fg_channel *element(const fg_array *list, uint32_t i)
{
    fg_value v;
    fg_peel(&list->as.any[i], &v);
    return fg_as_channel(v);
}

/* Index of a channel that has a value, from a start that moves on; -1: none, and then
 * *open says whether one may still come. */
static int64_t ready(fg_vm *vm, const fg_array *list, bool *open)
{
    uint32_t start = vm->select_start % list->len;
    *open = false;
    for (uint32_t i = 0; i < list->len; i++) {
        uint32_t at = (start + i) % list->len;
        const fg_channel *c = element(list, at);
        if (c->n > 0) {
            vm->select_start = at + 1;
            return at;
        }
        *open |= !c->closed;
    }
    return -1;
}

static fg_status wait_on_all(fg_vm *vm, const fg_array *list)
{
    FG_TRY(fg_wait_begin(vm));
    for (uint32_t i = 0; i < list->len; i++)
        FG_TRY(fg_wait_on(vm, &element(list, i)->receivers));
    return FG_OK;
}

/* What ended the wait was a value of a channel that was not taken: somebody else may wait
 * for it.  If nothing was waited for, `woken` is of an earlier wait, perhaps for a channel
 * that is gone. */
static void pass_on(fg_vm *vm, const fg_array *list, const fg_channel *taken)
{
    fg_waitq *woken = vm->fiber->woken;
    vm->fiber->woken = NULL;
    for (uint32_t i = 0; woken && i < list->len; i++) {
        fg_channel *c = element(list, i);
        if (c != taken && &c->receivers == woken) {
            fg_wake_one(vm, woken);
            return;
        }
    }
}

fg_status fg_channel_select(fg_vm *vm, const fg_array *list, double ms, int64_t *index,
                            fg_value *out)
{
    bool open;
    if (!fg_fiber_here(vm))
        return FG_NOMEM;
    uint64_t until = ms < 0 ? 0 : fg_wait_until(vm, ms);
    for (;;) {
        *index = ready(vm, list, &open);
        if (*index >= 0 || (!open && !until) || (until && fg_now_ns() >= until))
            break;
        FG_TRY(wait_on_all(vm, list));
        FG_TRY(fg_park(vm, until, true));
    }
    fg_fiber *f = vm->fiber;
    f->until_ns = 0;
    if (*index < 0)
        return FG_OK;
    fg_channel *c = element(list, (uint32_t)*index);
    take(vm, c, out);
    pass_on(vm, list, c);
    return FG_OK;
}
