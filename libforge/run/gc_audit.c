// SPDX-License-Identifier: Apache-2.0
/* The proof of the one rule of uniqueness counts: no durable reference without a count.
 *
 * With FG_AUDIT each collection is followed by a walk over everything reachable that
 * counts the references it meets in containers, captures, cells and window slots, and
 * compares.  Registers are followed but not counted: which of them are variables is not
 * known at run time.  A count that is too low ends the process; one that is too high
 * only costs a copy and is allowed. */
#include "run/gc.h"

#ifdef FG_AUDIT

#include "value/array.h"
#include "value/stream.h"
#include "value/table.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct seen {
    fg_obj *o;
    uint32_t found; /* references met */
} seen;

typedef struct audit {
    seen *list; /* in the order they were met: the queue of the walk, too */
    uint32_t n, cap;
    uint32_t *index; /* list position + 1 by address, 0 empty; 2 * cap entries */
    bool failed;     /* no memory */
    const fg_vm *vm;
} audit;

static uint32_t *place(audit *a, const fg_obj *o)
{
    uint32_t mask = a->cap * 2 - 1;
    uint32_t at = (uint32_t)((uintptr_t)o / 16 * 0x9e3779b97f4a7c15ull >> 32) & mask;
    while (a->index[at] && a->list[a->index[at] - 1].o != o)
        at = (at + 1) & mask;
    return &a->index[at];
}

/* False without memory: then there is no proof this time. */
static bool grow(audit *a)
{
    uint32_t cap = a->cap ? a->cap * 2 : 256;
    seen *list = realloc(a->list, cap * sizeof *list);
    if (!list)
        return false;
    a->list = list;
    uint32_t *index = calloc((size_t)cap * 2, sizeof *index);
    if (!index)
        return false;
    free(a->index);
    a->index = index;
    a->cap = cap;
    for (uint32_t i = 0; i < a->n; i++)
        *place(a, a->list[i].o) = i + 1;
    return true;
}

/* Notes one reference to o that is (1) or is not (0) durable. */
static void meet(audit *a, fg_obj *o, uint32_t durable)
{
    if ((o->flags & FG_F_FROZEN) || a->failed)
        return;
    if (a->n == a->cap && !grow(a)) {
        a->failed = true;
        return;
    }
    uint32_t *at = place(a, o);
    if (!*at) {
        a->list[a->n] = (seen){ o, 0 };
        *at = ++a->n;
    }
    a->list[*at - 1].found += durable;
}

static void meet_values(audit *a, const fg_value *v, size_t n, uint32_t durable)
{
    for (const fg_value *end = v + n; v < end; v++) {
        if (fg_is_heap(*v))
            meet(a, v->as.o, v->tag & FG_COUNTED ? durable : 0);
        else if (fg_type_of(*v) == FG_CELL && !(v->as.cell & 1))
            meet(a, (fg_obj *)(v->as.cell - offsetof(fg_cell, v)), 0);
    }
}

static void walk_table(audit *a, const fg_table *t)
{
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++) {
        meet_values(a, fg_table_key(t, i), 1, 1);
        if (t->h.kind == FG_MAP)
            meet_values(a, fg_table_value(t, i), 1, 1);
    }
}

static void walk_stream(audit *a, const fg_stream *s)
{
    meet_values(a, &s->with, 1, 1);
    if (s->up)
        meet(a, &s->up->h, 0);
    if (s->other)
        meet(a, &s->other->h, 0);
}

static void walk_task(audit *a, const fg_task *t)
{
    meet_values(a, &t->result, 1, 1);
    if (t->body)
        meet(a, (fg_obj *)(uintptr_t)t->body, 0);
    if (t->world)
        meet(a, &t->world->h, 0);
}

static void walk_pages(audit *a, fg_value *const *pages, uint32_t nslots)
{
    for (uint32_t i = 0; i < fg_page_count(nslots); i++)
        if (pages[i] != a->vm->frozen + i * FG_PAGE_SLOTS)
            meet_values(a, pages[i], FG_PAGE_SLOTS, 1);
}

static void walk_world(audit *a, const fg_world *w)
{
    if (w->pages)
        walk_pages(a, w->pages, w->nslots);
    else
        meet_values(a, w->window, w->nslots, 1);
}

static void walk_channel(audit *a, const fg_channel *c)
{
    for (uint32_t i = 0; i < c->n; i++)
        meet_values(a, &c->ring[(c->head + i) & (c->cap - 1)], 1, 1);
}

static void walk(audit *a, fg_obj *o)
{
    void *p = o;
    switch (o->kind) {
    case FG_ARRAY:
        if (o->bits == FG_A_ANY)
            meet_values(a, ((fg_array *)p)->as.any, ((fg_array *)p)->len, 1);
        break;
    case FG_OBJECT:
        meet(a, &((fg_object *)p)->keys->h, 1);
        meet_values(a, ((fg_object *)p)->slots, ((fg_object *)p)->keys->n, 1);
        break;
    case FG_TUPLE: meet_values(a, ((fg_tuple *)p)->v, ((fg_tuple *)p)->len, 1); break;
    case FG_SET:
    case FG_MAP: walk_table(a, p); break;
    case FG_FUNC:
        meet_values(a, ((fg_func *)p)->captures, ((fg_func *)p)->ncaptures, 1);
        break;
    case FG_CTOR: meet(a, &((fg_ctor *)p)->keys->h, 1); break;
    case FG_BOX: meet_values(a, &((fg_box *)p)->v, 1, 1); break;
    case FG_TYPEINFO: meet_values(a, &((fg_typeinfo *)p)->defaults, 5, 1); break;
    case FG_CELLOBJ: meet_values(a, &((fg_cell *)p)->v, 1, 1); break;
    case FG_STREAM: walk_stream(a, p); break;
    case FG_TASK: walk_task(a, p); break;
    case FG_SQUAD: meet(a, &((fg_squad *)p)->tasks->h, 0); break;
    case FG_WORLD: walk_world(a, p); break;
    case FG_CHANNEL: walk_channel(a, p); break;
    default: break; /* refers to nothing that is counted */
    }
}

static void compare(const seen *s)
{
    static const char *const names[] = {
#define X(name, text) text,
        FG_TYPES(X)
#undef X
    };
    bool counted = s->o->kind == FG_ARRAY || s->o->kind == FG_OBJECT
                   || s->o->kind == FG_SET || s->o->kind == FG_MAP
                   || s->o->kind == FG_KEYS;
    if (!counted || s->o->count >= s->found)
        return;
    fprintf(stderr, "audit: %s at %p has count %u, but %u references\n",
            s->o->kind < FG_COUNT(names) ? names[s->o->kind] : "key list", (void *)s->o,
            (unsigned)s->o->count, (unsigned)s->found);
    abort();
}

/* Registers: followed, not counted. */
static void meet_stack(audit *a, const fg_stack *stack)
{
    fg_span s = fg_stack_newest(stack);
    do
        meet_values(a, s.from, (size_t)(s.top - s.from), 0);
    while (fg_stack_below(stack, &s));
    for (fg_frame *f = stack->frames; stack->frame && f <= stack->frame; f++)
        if (f->func)
            meet(a, (fg_obj *)(uintptr_t)f->func, 0);
    if (stack->world)
        meet(a, &stack->world->h, 0);
    meet_values(a, &stack->deferred, 1, 0);
}

static void meet_fiber(void *ctx, const fg_fiber *f)
{
    audit *a = ctx;
    meet_stack(a, &f->stack);
    if (f->task)
        meet(a, &f->task->h, 0);
    for (const fg_squad *q = f->squad; q; q = q->up)
        meet(a, (fg_obj *)(uintptr_t)&q->h, 0);
}

static void meet_task(void *ctx, fg_task *t) { meet(ctx, &t->h, 0); }

void fg_gc_audit(fg_vm *vm)
{
    if (!fg_gc_stress)
        return;
    audit a = { .vm = vm };
    fg_stack running;
    fg_stack_save(vm, &running);
    meet_stack(&a, &running);
    fg_fibers_each(vm, meet_fiber, meet_task, &a);
    if (vm->own_pages)
        walk_pages(&a, vm->own_pages, vm->nslots);
    else
        meet_values(&a, vm->own_window, vm->nslots, 1);
    meet_values(&a, &vm->remembered, 1, 1);
    for (uint32_t i = 0; i < a.n; i++)
        walk(&a, a.list[i].o);
    for (uint32_t i = 0; i < a.n; i++) /* too few were met if it failed: no harm */
        compare(&a.list[i]);
    free(a.list);
    free(a.index);
}

#else

void fg_gc_audit(fg_vm *vm) { (void)vm; }

#endif
