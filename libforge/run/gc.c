// SPDX-License-Identifier: Apache-2.0
/* The collector: marks what a VM can reach, then lets the heap find its free lines.
 *
 * Nothing moves and nothing is finalised.  FROZEN objects end a path, so the cost
 * does not depend on the template.  Roots are the window, the functions of the
 * frames, and every slot of the stack up to its top: registers that are not in use
 * any more, too, and what lies above the top is set to null, so that no slot ever
 * holds the address of something that was collected.
 *
 * Marking is waiting for memory.  An object that is met is fetched into the cache and
 * queued; it is coloured, and what it refers to is met, when it has passed a short queue.
 * Wide objects are scanned in portions: what is left of one goes to a stack, as does
 * what the queue has no room for, and comes back when the queue runs low.  So the stack
 * grows with the nesting and not with the width.  If it cannot grow, everything is kept
 * and the program ends like one that has no memory left; nothing is collected after
 * that, because colours of an unfinished marking mean nothing. */
#include "run/gc.h"

#include "value/array.h"
#include "value/stream.h"
#include "value/string.h"
#include "value/table.h"

#include <stdlib.h>

#define AHEAD 64u        /* objects on their way into the cache; a power of two */
#define REFILL 4u        /* with fewer of them the stack is asked for more */
#define PORTION 16u      /* values of one object scanned in a row */
#define LOCAL_STACK 512u /* entries before malloc is asked */
#define REACH 8u         /* names of a key list fetched before they are looked at */
#define FRESH UINT32_MAX /* not coloured yet */

typedef struct pending {
    fg_obj *o;
    uint32_t from; /* scanned up to here, or FRESH */
} pending;

typedef struct marker {
    fg_heap *heap;
    const fg_vm *vm;
    const fg_keys *keys; /* the last key list met */
    uint32_t head, tail; /* of the queue */
    pending *stack;
    uint32_t n, cap;
    uint8_t colour;
    bool failed;          /* no memory for the stack */
    fg_frozen_fn *frozen; /* told of frozen objects, or NULL */
    void *ctx;
    fg_obj *ahead[AHEAD]; /* the queue */
    fg_near near;
    pending local[LOCAL_STACK];
} marker;

static void push(marker *m, fg_obj *o, uint32_t from)
{
    if (fg_unlikely(m->n == m->cap)) {
        size_t bytes = (size_t)m->cap * 2 * sizeof *m->stack;
        pending *grown = m->cap > UINT32_MAX / 2 ? NULL
                         : m->stack == m->local  ? malloc(bytes)
                                                 : realloc(m->stack, bytes);
        if (!grown) {
            m->failed = true;
            return;
        }
        if (m->stack == m->local)
            memcpy(grown, m->local, sizeof m->local);
        m->stack = grown;
        m->cap *= 2;
    }
    m->stack[m->n++] = (pending){ o, from };
}

/* Notes that o is referred to. */
static inline void meet(marker *m, fg_obj *o)
{
    __builtin_prefetch(o);
    uint32_t tail = m->tail;
    if (fg_likely(tail - m->head < AHEAD)) {
        m->ahead[tail % AHEAD] = o;
        m->tail = tail + 1;
    } else {
        push(m, o, FRESH);
    }
}

static inline void meet_value(marker *m, const fg_value *v)
{
    fg_type type = fg_type_of(*v);
    if (type >= FG_STRING)
        meet(m, v->as.o);
    else if (type == FG_CELL && !(v->as.cell & 1)) /* odd ones lie in the window */
        meet(m, (fg_obj *)(v->as.cell - offsetof(fg_cell, v)));
}

static void meet_values(marker *m, const fg_value *from, const fg_value *to)
{
    for (; from < to; from++)
        meet_value(m, from);
}

/* ---- single objects -------------------------------------------------------------- */

/* True if o was not coloured yet and can be collected. */
static inline bool colour(const marker *m, fg_obj *o)
{
    if (o->flags & FG_F_FROZEN) {
        if (fg_unlikely(m->frozen != NULL))
            m->frozen(m->ctx, o);
        return false;
    }
    if (o->mark == m->colour)
        return false;
    o->mark = m->colour;
    return true;
}

/* Storage of a string that was just coloured, and the owner of its bytes. */
static inline void mark_bytes(marker *m, const fg_string *s)
{
    if (fg_likely(!(s->h.bits & (FG_S_SLICE | FG_S_STATIC)))) {
        fg_heap_mark(m->heap, s, sizeof *s + s->len);
        return;
    }
    fg_heap_mark(m->heap, s, fg_string_size(s));
    if (!(s->h.bits & FG_S_SLICE))
        return;
    fg_obj *owner = ((const fg_strslice *)s)->owner;
    if (!colour(m, owner))
        return;
    size_t size = owner->kind == FG_BUFFER
                      ? sizeof(fg_buffer) + ((fg_buffer *)owner)->cap
                      : fg_string_size((fg_string *)owner);
    fg_heap_mark(m->heap, owner, size);
}

static void mark_string(marker *m, fg_string *s)
{
    if (colour(m, &s->h))
        mark_bytes(m, s);
}

static void mark_keys(marker *m, fg_keys *k)
{
    m->keys = k;
    if (!colour(m, &k->h))
        return;
    fg_heap_mark(m->heap, k, sizeof *k);
    fg_heap_mark(m->heap, k->names, k->cap * sizeof *k->names);
    fg_heap_mark(m->heap, k->index, k->nindex * sizeof *k->index);
    for (uint32_t i = 0; i < k->n; i++) {
        if (i + REACH < k->n)
            __builtin_prefetch(k->names[i + REACH]);
        mark_string(m, k->names[i]);
    }
}

/* Sizes of the kinds that are one piece of fixed size. */
static const uint8_t fixed_size[] = {
    [FG_CTOR] = sizeof(fg_ctor),    [FG_STRUCT] = sizeof(fg_struct),
    [FG_BOX] = sizeof(fg_box),      [FG_TYPEINFO] = sizeof(fg_typeinfo),
    [FG_CELLOBJ] = sizeof(fg_cell), [FG_STREAM] = sizeof(fg_stream),
    [FG_SQUAD] = sizeof(fg_squad),
};

static void mark_queue(fg_heap *h, const fg_waitq *q)
{
    fg_heap_mark(h, q->at, q->cap * sizeof *q->at);
}

static void mark_channel(fg_heap *h, const fg_channel *c)
{
    fg_heap_mark(h, c, sizeof *c);
    fg_heap_mark(h, c->ring, c->cap * sizeof *c->ring);
    mark_queue(h, &c->receivers);
    mark_queue(h, &c->senders);
}

static void mark_world(fg_heap *h, const fg_world *w)
{
    size_t pages = w->pages ? fg_page_count(w->nslots) * sizeof(fg_value *) : 0;
    fg_heap_mark(h, w, sizeof *w + pages);
    if (w->window)
        fg_heap_mark(h, w->window, w->nslots * sizeof(fg_value));
}

/* Storage of an object that was just coloured. */
static void mark_storage(fg_heap *h, const fg_obj *o)
{
    const void *p = o;
    const fg_array *a = p;
    const fg_table *t = p;
    const fg_tuple *tuple = p;
    const fg_func *fn = p;
    switch (o->kind) {
    case FG_ARRAY:
        fg_heap_mark(h, a, sizeof *a);
        fg_heap_mark(h, a->as.data, (size_t)a->cap * fg_array_stride(a));
        break;
    case FG_SET:
    case FG_MAP:
        fg_heap_mark(h, t, sizeof *t);
        fg_heap_mark(h, t->entries, fg_table_bytes(t));
        fg_heap_mark(h, t->index, t->nindex * sizeof *t->index);
        break;
    case FG_TUPLE:
        fg_heap_mark(h, p, sizeof *tuple + tuple->len * sizeof tuple->v[0]);
        break;
    case FG_FUNC:
        fg_heap_mark(h, p, sizeof *fn + fn->ncaptures * sizeof fn->captures[0]);
        break;
    case FG_CHANNEL: mark_channel(h, p); break;
    case FG_WORLD: mark_world(h, p); break;
    case FG_TASK:
        fg_heap_mark(h, p, sizeof(fg_task));
        mark_queue(h, &((const fg_task *)p)->waiters);
        break;
    case FG_FAILURE:
        fg_heap_mark(h, p,
                     sizeof(fg_failure)
                         + ((const fg_failure *)p)->ntrace * sizeof(fg_trace));
        break;
    default:
        assert(o->kind < FG_COUNT(fixed_size) && fixed_size[o->kind]);
        fg_heap_mark(h, p, fixed_size[o->kind]);
    }
}

/* ---- what objects refer to ------------------------------------------------------ */

/* A portion of n values, which are all there is of o; the rest is pushed again. */
static void scan_values(marker *m, pending p, const fg_value *v, uint32_t n)
{
    uint32_t to = n - p.from > PORTION ? p.from + PORTION : n;
    if (to < n)
        push(m, p.o, to);
    meet_values(m, v + p.from, v + to);
}

static void scan_table(marker *m, pending p, const fg_table *t)
{
    uint32_t n = t->used, to = n - p.from > PORTION ? p.from + PORTION : n;
    if (to < n)
        push(m, p.o, to);
    meet_values(m, fg_table_key(t, p.from), fg_table_key(t, to)); /* or removed */
    if (t->h.kind == FG_MAP)
        meet_values(m, fg_table_value(t, p.from), fg_table_value(t, to));
}

static void scan_typeinfo(marker *m, const fg_typeinfo *t)
{
    mark_string(m, t->name);
    meet_value(m, &t->defaults);
    meet_value(m, &t->embeds);
    meet_value(m, &t->methods);
    meet_value(m, &t->statics);
    meet_value(m, &t->variants);
}

static void scan_ctor(marker *m, const fg_ctor *c)
{
    mark_string(m, c->type);
    mark_string(m, c->variant);
    mark_keys(m, c->keys);
}

static void scan_stream(marker *m, const fg_stream *s)
{
    meet_value(m, &s->with);
    if (s->up)
        meet(m, &s->up->h);
    if (s->other)
        meet(m, &s->other->h);
    if (s->error)
        mark_string(m, s->error);
    if (s->error_hint)
        mark_string(m, s->error_hint);
}

static void mark_pages(marker *m, const fg_vm *vm, fg_value *const *pages);

static void scan_world(marker *m, const fg_world *w)
{
    if (w->pages)
        mark_pages(m, m->vm, w->pages);
    else
        meet_values(m, w->window, w->window + w->nslots);
}

static void scan_task(marker *m, const fg_task *t)
{
    meet_value(m, &t->result);
    if (t->body)
        meet(m, (fg_obj *)(uintptr_t)t->body);
    if (t->world)
        meet(m, &t->world->h);
    if (t->fault)
        meet(m, &t->fault->h);
    if (t->squad)
        meet(m, &t->squad->h);
    if (t->path)
        mark_string(m, t->path);
}

static void scan_squad(marker *m, const fg_squad *q)
{
    meet(m, &q->tasks->h);
    if (q->up)
        meet(m, &q->up->h);
    if (q->fault)
        meet(m, &q->fault->h);
}

static void scan_failure(marker *m, const fg_failure *f)
{
    mark_string(m, f->message);
    if (f->hint)
        mark_string(m, f->hint);
    for (uint32_t i = 0; i < f->ntrace; i++)
        meet(m, (fg_obj *)(uintptr_t)&f->trace[i].proto->h);
    if (f->task)
        meet(m, (fg_obj *)(uintptr_t)&f->task->h);
    if (f->cause)
        meet(m, &f->cause->h);
}

static void scan_channel(marker *m, pending p, const fg_channel *c)
{
    uint32_t to = c->n - p.from > PORTION ? p.from + PORTION : c->n;
    if (to < c->n)
        push(m, p.o, to);
    for (uint32_t i = p.from; i < to; i++)
        meet_value(m, &c->ring[(c->head + i) & (c->cap - 1)]);
}

static void scan(marker *m, pending p)
{
    void *o = p.o;
    switch (p.o->kind) {
    case FG_ARRAY:
        if (p.o->bits == FG_A_ANY)
            scan_values(m, p, ((fg_array *)o)->as.any, ((fg_array *)o)->len);
        break;
    case FG_OBJECT:
        scan_values(m, p, ((fg_object *)o)->slots, ((fg_object *)o)->keys->n);
        break;
    case FG_TUPLE: scan_values(m, p, ((fg_tuple *)o)->v, ((fg_tuple *)o)->len); break;
    case FG_SET:
    case FG_MAP: scan_table(m, p, o); break;
    case FG_FUNC:
        colour(m, (fg_obj *)(uintptr_t)((fg_func *)o)->proto);
        scan_values(m, p, ((fg_func *)o)->captures, ((fg_func *)o)->ncaptures);
        break;
    case FG_CTOR: scan_ctor(m, o); break;
    case FG_STRUCT: mark_string(m, ((fg_struct *)o)->name); break;
    case FG_BOX: meet_value(m, &((fg_box *)o)->v); break;
    case FG_TYPEINFO: scan_typeinfo(m, o); break;
    case FG_STREAM: scan_stream(m, o); break;
    case FG_CELLOBJ: meet_value(m, &((fg_cell *)o)->v); break;
    case FG_WORLD: scan_world(m, o); break;
    case FG_TASK: scan_task(m, o); break;
    case FG_SQUAD: scan_squad(m, o); break;
    case FG_FAILURE: scan_failure(m, o); break;
    case FG_CHANNEL: scan_channel(m, p, o); break;
    default: fg_unreachable(); /* mark_storage knows no others */
    }
}

/* A record that was just coloured. */
static inline void visit_record(marker *m, fg_object *o)
{
    const fg_value *v;
    if (fg_likely(o->h.bits & FG_O_INLINE)) {
        fg_heap_mark(m->heap, o, sizeof *o + o->cap * sizeof *v);
        v = (const fg_value *)(o + 1); /* there before o->slots is */
    } else {
        fg_heap_mark(m->heap, o, sizeof *o);
        v = o->slots;
        fg_heap_mark(m->heap, v, o->cap * sizeof *v);
    }
    fg_keys *keys = o->keys;
    if (keys != m->keys)
        mark_keys(m, keys);
    uint32_t n = keys->n, tail = m->tail;
    if (fg_unlikely(n > AHEAD - (tail - m->head))) {
        scan_values(m, (pending){ &o->h, 0 }, v, n);
        return;
    }
    for (const fg_value *end = v + n; v < end; v++)
        if (fg_type_of(*v) >= FG_STRING) { /* there are no cells in records */
            __builtin_prefetch(v->as.o);
            __builtin_prefetch((const char *)v->as.o + sizeof *o); /* its slots */
            m->ahead[tail++ % AHEAD] = v->as.o;
        }
    m->tail = tail;
}

/* Looks at an object that was met. */
static inline void visit(marker *m, fg_obj *o)
{
    if (!colour(m, o))
        return;
    if (o->kind == FG_STRING) {
        mark_bytes(m, (fg_string *)o);
    } else if (fg_likely(o->kind == FG_OBJECT)) {
        visit_record(m, (fg_object *)o);
    } else {
        mark_storage(m->heap, o);
        scan(m, (pending){ o, 0 });
    }
}

static void drain(marker *m)
{
    for (;;) {
        if (m->tail - m->head < REFILL && m->n > 0) {
            pending p = m->stack[--m->n];
            if (p.from == FRESH)
                meet(m, p.o);
            else
                scan(m, p);
        } else if (m->tail != m->head) {
            visit(m, m->ahead[m->head++ % AHEAD]);
        } else {
            return;
        }
    }
}

/* ---- roots ---------------------------------------------------------------------- */

/* The top is the running frame's, or what a native has reserved above it. */
fg_span fg_stack_newest(const fg_stack *stack)
{
    fg_span s = { .from = stack->stack0, .end = stack->limit, .chunk = stack->chunk };
    if (stack->chunk)
        s.from = stack->chunk->v;
    s.top = s.from;
    if (stack->frame && stack->frame >= stack->frames) {
        fg_value *top = stack->frame->base + stack->frame->func->proto->nregs;
        if (top > s.from && top <= s.end)
            s.top = top;
    }
    if (stack->top > s.top && stack->top <= s.end)
        s.top = stack->top;
    return s;
}

bool fg_stack_below(const fg_stack *stack, fg_span *s)
{
    if (!s->chunk)
        return false;
    s->end = s->top = s->chunk->resume;
    s->chunk = s->chunk->prev;
    s->from = s->chunk ? (fg_value *)(uintptr_t)s->chunk->v : stack->stack0;
    return true;
}

/* Root values: so many at a time that the queue has room. */
static void mark_slots(marker *m, const fg_value *from, const fg_value *to)
{
    for (; to - from > (ptrdiff_t)AHEAD; from += AHEAD) {
        meet_values(m, from, from + AHEAD);
        drain(m);
    }
    meet_values(m, from, to);
    drain(m);
}

static void mark_stack(marker *m, const fg_stack *stack)
{
    fg_span s = fg_stack_newest(stack);
    for (fg_value *v = s.top; v < s.end; v++)
        *v = fg_null();
    do
        mark_slots(m, s.from, s.top);
    while (fg_stack_below(stack, &s));
    for (fg_frame *f = stack->frames; stack->frame && f <= stack->frame; f++)
        if (f->func)
            meet(m, (fg_obj *)(uintptr_t)f->func);
    if (stack->world)
        meet(m, &stack->world->h);
    meet_value(m, &stack->deferred);
}

/* What a fiber holds beside its stack. */
static void mark_fiber(marker *m, const fg_fiber *f)
{
    if (f->task)
        meet(m, &f->task->h);
    if (f->squad)
        meet(m, &f->squad->h);
    for (uint32_t i = 0; i < f->nback; i++)
        if (f->back[i])
            meet(m, &f->back[i]->h);
}

static void mark_waiting(void *ctx, const fg_fiber *f)
{
    mark_stack(ctx, &f->stack);
    mark_fiber(ctx, f);
}

static void mark_queued(void *ctx, fg_task *t) { meet(ctx, &t->h); }

/* Of a paged window, only what was copied from the template. */
static void mark_pages(marker *m, const fg_vm *vm, fg_value *const *pages)
{
    for (uint32_t i = 0; i < fg_page_count(vm->nslots); i++) {
        const fg_value *page = pages[i];
        if (page == vm->frozen + i * FG_PAGE_SLOTS)
            continue;
        fg_heap_mark(m->heap, page, FG_PAGE_BYTES);
        meet_values(m, page, page + FG_PAGE_SLOTS);
    }
}

static void mark_roots(marker *m, fg_vm *vm)
{
    fg_stack running;
    fg_stack_save(vm, &running);
    mark_stack(m, &running);
    if (vm->fiber)
        mark_fiber(m, vm->fiber);
    fg_fibers_each(vm, mark_waiting, mark_queued, m);
    if (vm->own_pages)
        mark_pages(m, vm, vm->own_pages);
    else
        mark_slots(m, vm->own_window, vm->own_window + vm->nslots);
    meet_value(m, &vm->remembered);
    if (vm->error.cause)
        meet(m, &vm->error.cause->h);
    drain(m);
}

/* Makes the heap keep everything: marking could not be finished. */
static void give_up(fg_heap *h)
{
    fg_heap_refuse(h);
    h->unmarked = true;
    for (fg_block *b = h->blocks; b; b = b->next)
        memset(b->lines, 1, b->nlines);
    for (fg_large *l = h->large; l; l = l->next)
        l->mark = h->mark;
}

void fg_gc(fg_vm *vm) { fg_gc_frozen(vm, NULL, NULL); }

bool fg_gc_frozen(fg_vm *vm, fg_frozen_fn *frozen, void *ctx)
{
    marker m;
    if (vm->heap.nomem)
        return false;
    m.frozen = frozen;
    m.ctx = ctx;
    m.heap = &vm->heap;
    m.vm = vm;
    m.stack = m.local;
    m.keys = NULL;
    m.n = m.head = m.tail = 0;
    m.cap = LOCAL_STACK;
    m.colour = fg_heap_mark_begin(&vm->heap, &m.near);
    m.failed = false;
    vm->key_cache_ready = false;
    mark_roots(&m, vm);
    if (m.failed)
        give_up(&vm->heap);
    if (m.stack != m.local)
        free(m.stack);
    fg_heap_sweep(&vm->heap);
    fg_gc_audit(vm);
    return !m.failed;
}
