// SPDX-License-Identifier: Apache-2.0
/* Calls: frames and stack chunks, what a name calls, calls from natives. */
#include "run/defer.h"
#include "run/fiber.h"
#include "run/internal.h"

#include "value/array.h"
#include "value/equal.h"
#include "value/record.h"
#include "value/string.h"

#define CHUNK_VALUES 4000u
#define CLEAN_STEP 16u     /* slots set to null at once when the stack grows */
#define MAX_SPREAD 100000u /* arguments from an array */

/* ---- room ----------------------------------------------------------------------------- */

static fg_status too_deep(fg_vm *vm, uint32_t depth)
{
    fg_raise(vm, FG_E_RUNTIME, "maximum recursion depth exceeded (%u frames)", depth);
    return fg_hint(vm, "check for infinite recursion, or restructure to use iteration");
}

bool fg_within_limit(fg_vm *vm, size_t more)
{
    if (!fg_heap_fits(&vm->heap, more))
        return false;
    vm->heap.bytes += more;
    if (vm->heap.bytes > vm->heap.peak)
        vm->heap.peak = vm->heap.bytes;
    return true;
}

static fg_status grow_frames(fg_vm *vm)
{
    const fg_host *h = &vm->heap.host;
    size_t used = (size_t)(vm->frame + 1 - vm->frames);
    size_t have = (size_t)(vm->frames_end - vm->frames), want = have * 2;
    if (used >= vm->max_depth)
        return too_deep(vm, vm->max_depth - 1);
    if (want > vm->max_depth)
        want = vm->max_depth;
    if (!fg_within_limit(vm, want * sizeof(fg_frame)))
        return FG_NOMEM;
    fg_frame *more = h->block_get(h->ctx, want * sizeof(fg_frame));
    if (!more)
        return FG_NOMEM;
    memcpy(more, vm->frames, used * sizeof(fg_frame));
    if (vm->frames_own) {
        h->block_put(h->ctx, vm->frames, have * sizeof(fg_frame));
        vm->heap.bytes -= have * sizeof(fg_frame);
    }
    vm->frames_own = true;
    vm->frame = more + (vm->frame - vm->frames);
    vm->frames = more;
    vm->frames_end = more + want;
    return FG_OK;
}

/* Makes slots up to `to` valid: they may hold anything from before. */
static void clean_to(fg_vm *vm, fg_value *to)
{
    fg_value *goal =
        to + CLEAN_STEP < vm->hard_limit ? to + CLEAN_STEP : vm->hard_limit;
    _Static_assert(FG_NULL == 0, "null is zeros");
    if (vm->limit < goal)
        memset(vm->limit, 0, (size_t)((char *)goal - (char *)vm->limit));
    vm->limit = goal;
}

static fg_status chunk_push(fg_vm *vm, uint32_t need)
{
    const fg_host *h = &vm->heap.host;
    uint32_t n = need > CHUNK_VALUES ? need : CHUNK_VALUES;
    size_t size = sizeof(fg_chunk) + n * sizeof(fg_value);
    if (!fg_within_limit(vm, size))
        return FG_NOMEM;
    fg_chunk *c = h->block_get(h->ctx, size);
    if (!c)
        return FG_NOMEM;
    c->prev = vm->chunk;
    c->end = c->v + n;
    c->resume = vm->limit;
    c->size = size;
    vm->chunk = c;
    vm->limit = c->v;
    vm->hard_limit = c->end;
    return FG_OK;
}

void fg_chunk_pop(fg_vm *vm)
{
    fg_chunk *c = vm->chunk;
    vm->limit = c->resume;
    vm->chunk = c->prev;
    vm->hard_limit = c->prev ? c->prev->end : vm->stack0_end;
    vm->heap.bytes -= c->size;
    vm->heap.host.block_put(vm->heap.host.ctx, c, c->size);
}

fg_value *fg_enter_slow(fg_vm *vm, const fg_func *fn, fg_value *base, uint32_t argc)
{
    uint32_t nregs = fn->proto->nregs;
    uint32_t need = (nregs > argc ? nregs : argc) + 1;
    vm->enter_flags = 0;
    vm->status = vm->frame + 1 >= vm->frames_end ? grow_frames(vm) : FG_OK;
    if (vm->status != FG_OK)
        return NULL;
    if (base + need > vm->limit && base + need <= vm->hard_limit)
        clean_to(vm, base + need);
    if (fn->home & vm->foreign) {
        if (fg_world_visit(vm, fn))
            vm->enter_flags = FG_FR_WORLD;
        else if (vm->status != FG_OK)
            return NULL;
    }
    if (base + need <= vm->limit)
        return base;
    vm->status = chunk_push(vm, need + 1 + CLEAN_STEP);
    if (vm->status != FG_OK) {
        if (vm->enter_flags)
            fg_world_back(vm);
        return NULL;
    }
    fg_value *moved = vm->chunk->v + 1;
    clean_to(vm, moved + need);
    for (uint32_t i = 0; i < argc; i++)
        fg_copy(&moved[i], &base[i]);
    vm->enter_flags |= FG_FR_CHUNK;
    return moved;
}

/* Slots in the chunk that is in use, or NULL. */
static fg_value *scratch_here(fg_vm *vm, uint32_t n)
{
    if (vm->top + n > vm->limit) {
        if (vm->top + n > vm->hard_limit)
            return NULL;
        clean_to(vm, vm->top + n);
    }
    fg_value *v = vm->top;
    for (uint32_t i = 0; i < n; i++)
        v[i] = fg_null();
    vm->top += n;
    return v;
}

fg_value *fg_scratch(fg_vm *vm, uint32_t n)
{
    fg_value *v = scratch_here(vm, n);
    if (fg_likely(v != NULL))
        return v;
    if (chunk_push(vm, n + CLEAN_STEP) != FG_OK)
        return NULL;
    vm->top = vm->chunk->v;
    return scratch_here(vm, n);
}

void fg_scratch_end(fg_vm *vm, fg_value *top, const fg_chunk *chunk)
{
    while (fg_unlikely(vm->chunk != chunk))
        fg_chunk_pop(vm);
    vm->top = top;
}

/* ---- unwinding ------------------------------------------------------------------------- */

static const fg_handler *handler_for(const fg_frame *f, fg_status s)
{
    const fg_proto *p = f->func->proto;
    uint32_t pc = (uint32_t)(f->pc - p->code) - 1;
    if (s != FG_RAISED && s != FG_EXPIRED)
        return NULL;
    for (uint32_t i = 0; i < p->nhandlers; i++)
        if (pc >= p->handlers[i].from && pc < p->handlers[i].to
            && (s == FG_RAISED || p->handlers[i].reg == FG_CLEAN_UP))
            return &p->handlers[i];
    return NULL;
}

bool fg_is_caught(const fg_vm *vm)
{
    for (const fg_frame *f = vm->frame; f >= vm->frames; f--) {
        const fg_proto *p = f->func->proto;
        for (uint32_t i = 0; i < p->nhandlers; i++) {
            const uint64_t *from = p->code + p->handlers[i].from;
            if (f->pc > from && f->pc <= p->code + p->handlers[i].to
                && p->handlers[i].reg != FG_CLEAN_UP)
                return true;
        }
    }
    return false;
}

/* { message, type } for the catch variable. */
static fg_status error_object(fg_vm *vm, fg_value *out)
{
    fg_bytes text;
    fg_value message, type;
    fg_bytes_init(&text);
    fg_error_text(&vm->error, &text);
    FG_TRY(fg_take_bytes(vm, &text, &message));
    FG_TRY(fg_make_string(vm, fg_slice_str(fg_errkind_name(vm->error.kind)), &type));
    fg_object *o = fg_object_empty(&vm->heap, 2);
    fg_string *k1 = fg_make_key(vm, FG_SLICE("message")),
              *k2 = fg_make_key(vm, FG_SLICE("type"));
    if (!o || !k1 || !k2)
        return FG_NOMEM;
    FG_TRY(fg_object_set(&vm->heap, o, k1, &message));
    FG_TRY(fg_object_set(&vm->heap, o, k2, &type));
    *out = fg_obj_value(o);
    return FG_OK;
}

bool fg_unwind(fg_vm *vm)
{
    if (vm->status == FG_RAISED && vm->heap.nomem)
        vm->status = FG_NOMEM; /* which is worse */
    if (vm->status == FG_NOMEM
        && !vm->heap.reported) { /* the frames still tell where */
        vm->heap.reported = true;
        fg_out_of_memory(vm);
    }
    if (vm->status == FG_SUSPENDED) { /* nothing went wrong */
        if (vm->again)
            vm->frame->pc--;
        return false;
    }
    for (;;) {
        fg_frame *f = vm->frame;
        const fg_handler *h = handler_for(f, vm->status);
        if (h) {
            fg_status s = FG_OK;
            if (h->reg < FG_CLEAN_UP) /* a register */
                s = error_object(vm, &f->base[h->reg]);
            if (s == FG_OK) {
                f->pc = f->func->proto->code + h->handler;
                return true;
            }
            vm->status = s;
        }
        if (f->flags & FG_FR_DEFER) {
            vm->status = fg_deferred_run(vm, vm->status);
            f = vm->frame; /* the frames may have moved */
        }
        if (f->flags & FG_FR_WORLD)
            fg_world_back(vm);
        if (f->flags & FG_FR_CHUNK)
            fg_chunk_pop(vm);
        vm->frame--;
        if (f->flags & FG_FR_ENTRY)
            return false;
    }
}

/* ---- what is called --------------------------------------------------------------------- */

bool fg_callable(const fg_value *v)
{
    fg_value c;
    fg_peel(v, &c);
    return fg_is(c, FG_FUNC) || fg_is(c, FG_NATIVE) || fg_is(c, FG_CTOR);
}

fg_value fg_target_value(const fg_target *t)
{
    return t->fn       ? fg_obj_value((void *)(uintptr_t)t->fn)
           : t->native ? fg_native_value(t->native)
                       : fg_obj_value((void *)(uintptr_t)t->ctor);
}

fg_status fg_target_of(fg_vm *vm, const fg_value *callee)
{
    fg_target *t = &vm->target;
    fg_value c;
    fg_peel(callee, &c);
    *t = (fg_target){ 0 };
    switch (c.tag & ~(uint64_t)FG_COUNTED) {
    case FG_FUNC: t->fn = c.as.fn; return FG_OK;
    case FG_NATIVE: t->native = c.as.native; return FG_OK;
    case FG_CTOR: t->ctor = c.as.ctor; return FG_OK;
    case FG_STRUCT: {
        fg_slice n = fg_string_slice(c.as.st->name);
        fg_raise(vm, FG_E_RUNTIME, "unknown builtin: %s:%.*s",
                 fg_marker_names[c.as.o->bits], (int)n.n, n.p);
        return fg_advise_marker(vm, c.as.st);
    }
    default:
        fg_raise(vm, FG_E_RUNTIME, "cannot call %s", fg_type_name(&c));
        return fg_advise(vm, "only functions can be called; this value is none");
    }
}

static const fg_value *method_in(const fg_value *methods, fg_string *name)
{
    return fg_is(*methods, FG_OBJECT) ? fg_object_find(methods->as.obj, name) : NULL;
}

const fg_value *fg_type_method(fg_vm *vm, const fg_object *o, fg_string *name)
{
    fg_string *type = fg_object_type(o);
    fg_typeinfo *info = type ? fg_type_info(vm, type) : NULL;
    return info ? method_in(&info->methods, name) : NULL;
}

const fg_func *fg_own_method(const fg_vm *vm, const fg_value *r, fg_string *name,
                             uint8_t *hint)
{
    const fg_object *o = r->as.obj;
    const fg_keys *k = o->keys;
    if (!(k->h.bits & FG_K_TYPED))
        return NULL;
    for (uint32_t i = 0; i + 1 < k->n; i++)
        if (k->names[i] == name)
            return NULL;
    const fg_value *type = &o->slots[k->n - 1];
    const fg_value *known = fg_cell_at(vm, vm->globals[k->type_global]);
    if (type->tag != FG_STRING || type->as.str != k->type || known->tag != FG_TYPEINFO)
        return NULL;
    const fg_typeinfo *info = known->as.ptr;
    if ((info->methods.tag & ~(uint64_t)FG_COUNTED) != FG_OBJECT)
        return NULL;
    const fg_object *methods = info->methods.as.obj;
    uint32_t h = __atomic_load_n(hint, __ATOMIC_RELAXED);
    if (h >= methods->keys->n || methods->keys->names[h] != name) {
        int32_t found = fg_keys_find(methods->keys, name);
        if (found < 0)
            return NULL;
        h = (uint32_t)found;
        if (h < 256)
            __atomic_store_n(hint, (uint8_t)h, __ATOMIC_RELAXED);
    }
    return methods->slots[h].tag == FG_FUNC ? methods->slots[h].as.fn : NULL;
}

/* A method of an embedded part: the receiver becomes that part. */
static const fg_value *embedded_method(fg_vm *vm, fg_value *receiver, fg_string *name)
{
    fg_string *type = fg_object_type(receiver->as.obj);
    fg_typeinfo *info = type ? fg_type_info(vm, type) : NULL;
    if (!info || !fg_is(info->embeds, FG_OBJECT))
        return NULL;
    const fg_object *embeds = info->embeds.as.obj;
    for (uint32_t i = 0; i < embeds->keys->n; i++) {
        fg_typeinfo *part = fg_type_info(vm, embeds->slots[i].as.str);
        const fg_value *m = part ? method_in(&part->methods, name) : NULL;
        const fg_value *field =
            m ? fg_object_find(receiver->as.obj, embeds->keys->names[i]) : NULL;
        if (field) {
            fg_copy(receiver, field);
            return m;
        }
    }
    return NULL;
}

static fg_status no_method(fg_vm *vm, fg_string *name, const char *on)
{
    return fg_raise(vm, FG_E_RUNTIME, "no method '%.*s' on %s", (int)name->len,
                    name->bytes, on);
}

static fg_status no_method_on_type(fg_vm *vm, fg_string *name, fg_string *type,
                                   const char *what)
{
    return fg_raise(vm, FG_E_RUNTIME, "no %s '%.*s' on %.*s", what, (int)name->len,
                    name->bytes, (int)type->len, type->bytes);
}

/* A function of the program that has a library method's name comes first. */
static const fg_value *user_function(fg_vm *vm, fg_string *name)
{
    const fg_program *p = vm->program;
    for (uint32_t i = 0; !fg_in_module(vm) && i < p->nglobals; i++) {
        if (p->globals[i].hidden || !fg_string_eq(p->globals[i].name, name))
            continue;
        const fg_value *v = fg_cell_at(vm, vm->globals[i]);
        return fg_is(*v, FG_FUNC) ? v : NULL;
    }
    return NULL;
}

static fg_status raise_no_native(fg_vm *vm, const fg_value *r, fg_string *name,
                                 bool shared)
{
    if (fg_is(*r, FG_STREAM))
        return fg_raise(vm, FG_E_RUNTIME, "unknown Stream method '%.*s'",
                        (int)name->len, name->bytes);
    if (shared) /* every value may be asked for it, although only some have it */
        return fg_raise(vm, FG_E_RUNTIME, "unknown method '%.*s'", (int)name->len,
                        name->bytes);
    if (fg_is(*r, FG_OBJECT)) {
        fg_string *type = fg_object_type(r->as.obj);
        return type ? no_method_on_type(vm, name, type, "method")
                    : no_method(vm, name, "object");
    }
    return fg_raise(vm, FG_E_RUNTIME, "cannot call '%.*s' on %s", (int)name->len,
                    name->bytes, fg_type_name(r));
}

static fg_status no_native(fg_vm *vm, const fg_value *r, fg_string *name, bool shared)
{
    raise_no_native(vm, r, name, shared);
    return fg_advise_method(vm, r, fg_string_slice(name));
}

static fg_status library_method(fg_vm *vm, const fg_value *r, fg_string *name,
                                uint32_t method)
{
    fg_target *t = &vm->target;
    const fg_method *m = &vm->library->methods[method];
    t->receiver = true;
    t->native = m->on[fg_wrap_of(*r) ? FG_NULL : fg_type_of(*r)];
    if (!t->native && fg_is(*r, FG_STREAM)) /* it has no others */
        return no_native(vm, r, name, false);
    if (!t->native) {
        const fg_value *own = user_function(vm, name);
        if (own) {
            t->fn = own->as.fn;
            return FG_OK;
        }
        t->native = m->any;
    }
    return t->native ? FG_OK : no_native(vm, r, name, m->shared);
}

/* The method of a type of the library, which the program's own methods come before. */
static const fg_native *type_native(const fg_vm *vm, const fg_object *o,
                                    const fg_string *name)
{
    const fg_string *type = fg_object_type(o);
    return type ? vm->library->type_method(fg_string_slice(type), fg_string_slice(name))
                : NULL;
}

static fg_status object_method(fg_vm *vm, fg_value *r, fg_string *name, uint32_t method)
{
    const fg_value *field = fg_object_find(r->as.obj, name);
    if (field && (fg_callable(field) || !type_native(vm, r->as.obj, name)))
        return fg_target_of(vm, field);
    const fg_value *m = fg_type_method(vm, r->as.obj, name);
    if (!m)
        m = embedded_method(vm, r, name);
    if (m) {
        FG_TRY(fg_target_of(vm, m));
        vm->target.receiver = true;
        return FG_OK;
    }
    vm->target.native = type_native(vm, r->as.obj, name);
    if (vm->target.native) {
        vm->target.receiver = true;
        return FG_OK;
    }
    return method != FG_METHOD_NONE ? library_method(vm, r, name, method)
                                    : no_native(vm, r, name, false);
}

fg_status fg_method_of(fg_vm *vm, fg_value *receiver, fg_string *name, uint32_t method)
{
    fg_value r;
    fg_peel(receiver, &r);
    vm->target = (fg_target){ 0 };
    if (fg_is(r, FG_OBJECT)) {
        FG_TRY(object_method(vm, &r, name, method));
        if (vm->target.receiver && vm->target.fn)
            fg_copy(receiver, &r);
        return FG_OK;
    }
    if (fg_is(r, FG_STRUCT)) {
        fg_typeinfo *info = fg_type_info(vm, r.as.st->name);
        const fg_value *m = info ? method_in(&info->statics, name) : NULL;
        if (m)
            return fg_target_of(vm, m);
        no_method_on_type(vm, name, r.as.st->name, "static method");
        return fg_advise_method(vm, &r, fg_string_slice(name));
    }
    return method != FG_METHOD_NONE ? library_method(vm, &r, name, method)
                                    : no_native(vm, &r, name, false);
}

/* ---- natives and constructors ------------------------------------------------------------ */

fg_status fg_denied(fg_vm *vm, const char *what, uint32_t caps)
{
    static const char *const names[] = {
#define X(name, text) text,
        FG_CAPABILITIES(X)
#undef X
    };
    uint32_t missing = caps & ~vm->env.caps;
    if (vm->library->denied && vm->library->denied(vm, missing))
        return FG_RAISED;
    fg_raise(vm, FG_E_RUNTIME, "permission denied: %s", names[__builtin_ctz(missing)]);
    return fg_hint(vm, "%s needs this right: the administrator of the host grants it",
                   what);
}

fg_status fg_call_native(fg_vm *vm, const fg_native *n, int argc, fg_value *argv,
                         fg_value *out)
{
    if (fg_unlikely(n->caps & ~vm->env.caps))
        return fg_denied(vm, n->name, n->caps);
    fg_value *top = vm->top;
    const fg_chunk *chunk = vm->chunk;
    fg_status s = n->fn(vm, argc, argv, out);
    fg_scratch_end(vm, top, chunk);
    return fg_unlikely(s == FG_RAISED) ? fg_advise_usage(vm, n) : s;
}

static fg_status wrong_count(fg_vm *vm, const fg_ctor *c, int argc)
{
    int n = (int)c->variant->len;
    const char *variant = c->variant->bytes;
    fg_raise(vm, FG_E_RUNTIME, "%.*s() expects %u argument(s), got %d", n, variant,
             c->arity, argc);
    return fg_advise(vm, "%.*s is declared with %u value%s by type %.*s", n, variant,
                     c->arity, c->arity == 1 ? "" : "s", (int)c->type->len,
                     c->type->bytes);
}

fg_status fg_construct(fg_vm *vm, const fg_ctor *c, int argc, const fg_value *argv,
                       fg_value *out)
{
    if ((uint32_t)argc != c->arity)
        return wrong_count(vm, c, argc);
    fg_object *o = fg_object_new(&vm->heap, c->keys);
    if (!o)
        return FG_NOMEM;
    o->slots[0] = fg_string_value(c->type);
    o->slots[1] = fg_string_value(c->variant);
    for (uint32_t i = 0; i < c->arity; i++)
        fg_copy_counted(&o->slots[2 + i], &argv[i]);
    *out = fg_obj_value(o);
    return FG_OK;
}

/* ---- calls from C ------------------------------------------------------------------------- */

static fg_status call_function(fg_vm *vm, const fg_func *fn, int argc,
                               const fg_value *argv, fg_value *out)
{
    const fg_proto *p = fn->proto;
    uint32_t flags = FG_FR_ENTRY, n = (uint32_t)argc;
    fg_value *args = scratch_here(vm, n + 1);
    if (!args) { /* the chunk is full: a small one just for the arguments would not help */
        FG_TRY(chunk_push(vm, n + 2 + p->nregs + CLEAN_STEP));
        vm->top = vm->chunk->v;
        args = scratch_here(vm, n + 1);
        flags |= FG_FR_CHUNK;
        if (!args)
            return FG_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++)
        fg_copy(&args[1 + i], &argv[i]);
    fg_value *base = args + 1;
    uint32_t entered = 0;
    if (base + p->nregs + 1 > vm->limit || vm->frame + 1 >= vm->frames_end
        || (fn->home & vm->foreign)) {
        base = fg_enter_slow(vm, fn, base, n);
        entered = vm->enter_flags;
        if (!base) {
            if (flags & FG_FR_CHUNK)
                fg_chunk_pop(vm);
            return vm->status;
        }
    }
    vm->frame++;
    *vm->frame = (fg_frame){ fn, p->code, base, flags | entered, n };
    for (uint32_t i = 0; i < p->nparams; i++) {
        if (i >= n)
            base[i] = p->ndefaults ? fg_undef() : fg_null();
        else if (base[i].tag == FG_UNDEF && !p->ndefaults)
            base[i] = fg_null();
        else
            fg_retain(&base[i]);
    }
    fg_status s = fg_execute(vm);
    if (fg_unlikely(vm->sched != NULL) && vm->native_depth == 1)
        s = fg_scheduler_run(vm, s);
    FG_TRY(s);
    fg_copy(out, &base[-1]);
    if ((flags | entered) & FG_FR_CHUNK) /* one at most: the first is large enough */
        fg_chunk_pop(vm);
    return FG_OK;
}

fg_status fg_call(fg_vm *vm, const fg_value *fn, int argc, const fg_value *argv,
                  fg_value *out)
{
    FG_TRY(fg_target_of(vm, fn));
    fg_target t = vm->target;
    if (t.ctor)
        return fg_construct(vm, t.ctor, argc, argv, out);
    if (vm->native_depth >= FG_NATIVE_DEPTH + (vm->deferring ? FG_DEFER_DEPTH : 0))
        return too_deep(vm, FG_NATIVE_DEPTH);
    fg_value *top = vm->top;
    fg_status s;
    vm->native_depth++;
    if (t.native)
        s = fg_call_native(vm, t.native, argc, (fg_value *)(uintptr_t)argv, out);
    else
        s = call_function(vm, t.fn, argc, argv, out);
    vm->native_depth--;
    vm->top = top;
    return s;
}

/* The call itself, with v having room for callee, receiver and arguments. */
static fg_status call_with(fg_vm *vm, const fg_value *callee, const fg_value *recv,
                           fg_string *name, const fg_array *a, fg_value *v,
                           fg_value *out)
{
    uint32_t n = 1;
    fg_copy(&v[0], callee ? callee : recv);
    if (!callee) {
        int32_t m = vm->library->method(fg_string_slice(name));
        fg_copy(&v[1], recv);
        FG_TRY(fg_method_of(vm, &v[1], name, m < 0 ? FG_METHOD_NONE : (uint32_t)m));
        n = vm->target.receiver ? 2 : 1;
        v[0] = fg_target_value(&vm->target);
    }
    for (uint32_t i = 0; i < a->len; i++)
        fg_array_get(a, i, &v[n + i]);
    return fg_call(vm, &v[0], (int)(n - 1 + a->len), v + 1, out);
}

fg_status fg_call_spread(fg_vm *vm, const fg_value *callee, const fg_value *recv,
                         fg_string *name, const fg_value *args, fg_value *out)
{
    const fg_array *a = args->as.arr;
    if (a->len > MAX_SPREAD)
        return fg_raise(vm, FG_E_RUNTIME, "too many arguments (%u)", a->len);
    fg_value *top = vm->top;
    const fg_chunk *chunk = vm->chunk;
    fg_value *v = fg_scratch(vm, a->len + 2);
    fg_status s = v ? call_with(vm, callee, recv, name, a, v, out) : FG_NOMEM;
    fg_scratch_end(vm, top, chunk);
    return s;
}

/* ---- for natives --------------------------------------------------------------------------- */

fg_status fg_make_string(fg_vm *vm, fg_slice text, fg_value *out)
{
    fg_string *s = text.n <= 40 ? fg_program_intern(vm->program, text) : NULL;
    if (!s)
        s = fg_string_new(&vm->heap, text.p, text.n);
    if (!s)
        return FG_NOMEM;
    *out = fg_string_value(s);
    return FG_OK;
}

fg_string *fg_make_key(fg_vm *vm, fg_slice text)
{
    fg_string *s = fg_program_intern(vm->program, text);
    return s ? s : fg_string_new(&vm->heap, text.p, text.n);
}

fg_status fg_take_bytes(fg_vm *vm, fg_bytes *b, fg_value *out)
{
    fg_status s = b->failed ? FG_NOMEM : FG_OK;
    if (s == FG_OK) {
        fg_string *str = fg_string_new(&vm->heap, b->p, b->n);
        s = str ? FG_OK : FG_NOMEM;
        if (str)
            *out = fg_string_value(str);
    }
    fg_bytes_drop(b);
    return s;
}

/* The host takes no more output: a client that has left.  Sections go on. */
static fg_status not_read(fg_vm *vm)
{
    if (!vm->shields)
        return fg_raise(vm, FG_E_CANCELLED, "nobody reads the output any more");
    __atomic_store_n(&vm->cancelled, 1, __ATOMIC_RELAXED);
    return FG_OK;
}

fg_status fg_write(fg_vm *vm, fg_slice text)
{
    vm->output_bytes += text.n;
    if (vm->limits.output && vm->output_bytes > vm->limits.output) {
        fg_raise_limit(vm, FG_BOUND_OUTPUT, "output limit of %zu bytes is reached",
                       vm->limits.output);
        return fg_hint(vm, "the program prints more than its host allows");
    }
    if (vm->env.write && text.n && vm->env.write(vm->env.ctx, text.p, text.n))
        return not_read(vm);
    return FG_OK;
}

fg_status fg_flush(fg_vm *vm)
{
    if (vm->env.write && vm->env.write(vm->env.ctx, "", 0))
        return not_read(vm);
    return FG_OK;
}

void fg_write_err(fg_vm *vm, fg_slice text)
{
    if (vm->env.write_err)
        vm->env.write_err(vm->env.ctx, text.p, text.n);
}
