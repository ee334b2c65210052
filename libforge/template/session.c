// SPDX-License-Identifier: Apache-2.0
/* Units of a session: where the next program goes, and which ones are still needed.
 *
 * A unit is needed while it is the VM's program, and while the collector meets one of
 * its objects: a function, a constant, the name of a key.  Objects of a unit refer to
 * the same unit only, so what the collector does not follow need not be followed. */
#include "template/session.h"

#include <stdlib.h>

#define REGION_SIZE ((size_t)256 << 20)
#define BLOCK_SIZE (4 * (size_t)FG_BLOCK_SIZE)
#define LEAST_GAP 16384u /* smaller ones are not tried */
#ifdef FG_GC_STRESS
#define LEAST_SWEEP 1u /* before each piece */
#else
#define LEAST_SWEEP ((size_t)1 << 18)
#endif

/* ---- units -------------------------------------------------------------------------- */

static size_t tail(const fg_session *s)
{
    return s->nunits ? s->units[s->nunits - 1].to : 0;
}

/* Makes memory of a program that is gone as good as new. */
static void clear(fg_session *s, size_t from, size_t to)
{
    memset(s->region.base + from, 0, to - from);
    memset(s->hints.base + from / sizeof(uint64_t), 0, (to - from) / sizeof(uint64_t));
}

/* The unit an object lies in, or NULL. */
static fg_unit *unit_of(const fg_session *s, const void *o)
{
    size_t at = (uintptr_t)o - (uintptr_t)s->region.base;
    uint32_t low = 0, high = s->nunits;
    while (low < high) { /* the first unit that ends behind it */
        uint32_t mid = (low + high) / 2;
        if (s->units[mid].to <= at)
            low = mid + 1;
        else
            high = mid;
    }
    return low < s->nunits && s->units[low].from <= at ? &s->units[low] : NULL;
}

static void mark_unit(void *ctx, const fg_obj *o)
{
    fg_unit *u = unit_of(ctx, o);
    if (u)
        u->used = true;
}

/* Gives back the units that nothing refers to. */
static void sweep(fg_session *s)
{
    for (uint32_t i = 0; i < s->nunits; i++)
        s->units[i].used = false;
    mark_unit(s, (const fg_obj *)s->vm->program);
    if (!fg_gc_frozen(s->vm, mark_unit, s))
        return;
    uint32_t kept = 0;
    s->used = 0;
    for (uint32_t i = 0; i < s->nunits; i++) {
        fg_unit u = s->units[i];
        if (u.used) {
            s->used += u.to - u.from;
            s->units[kept++] = u;
        } else {
            clear(s, u.from, u.to);
        }
    }
    s->nunits = kept;
    s->sweep_at = s->used * 2 > LEAST_SWEEP ? s->used * 2 : LEAST_SWEEP;
}

/* The largest gap between units; *to is its end. */
static size_t largest_gap(const fg_session *s, size_t *to)
{
    size_t from = 0, end = 0;
    *to = 0;
    for (uint32_t i = 0; i < s->nunits; i++) {
        if (s->units[i].from - end > *to - from) {
            from = end;
            *to = s->units[i].from;
        }
        end = s->units[i].to;
    }
    return from;
}

static bool grow(void *vector, uint32_t need, uint32_t *cap, size_t size)
{
    if (need <= *cap)
        return true;
    uint32_t want = *cap ? *cap : 64;
    while (want < need)
        want *= 2;
    void *at = realloc(*(void **)vector, want * size);
    if (!at)
        return false;
    *(void **)vector = at;
    *cap = want;
    return true;
}

static bool add_unit(fg_session *s, size_t from, size_t to)
{
    if (!grow(&s->units, s->nunits + 1, &s->cunits, sizeof *s->units))
        return false;
    uint32_t i = s->nunits++;
    for (; i > 0 && s->units[i - 1].from > from; i--)
        s->units[i] = s->units[i - 1];
    s->units[i] = (fg_unit){ from, to, false };
    s->used += to - from;
    return true;
}

/* ---- compiling ------------------------------------------------------------------------ */

/* Compiles into [from, to) of the region; a unit only if that succeeds. */
static fg_status compile_at(fg_session *s, size_t from, size_t to, fg_slice source,
                            const fg_program **out, fg_diag *d)
{
    const fg_vm *vm = s->vm;
    fg_region r = { .base = s->region.base + from, .cap = to - from };
    fg_program *program;
    fg_status status =
        fg_compile_next(&r, vm->library, s->loader, vm->program->sources[0]->file,
                        source, vm->program, &program, d);
    size_t end = from + ((r.used + 15) & ~(size_t)15);
    if (status == FG_OK && !add_unit(s, from, end))
        status = FG_NOMEM;
    if (status != FG_OK)
        clear(s, from, end);
    else
        *out = program;
    return status;
}

/* Slots for the globals of a program, new ones not set. */
static bool extend(fg_session *s, uint32_t nglobals)
{
    uint32_t cap = s->cglobals;
    if (!grow(&s->globals, nglobals, &cap, sizeof *s->globals))
        return false;
    cap = s->cglobals;
    if (!grow(&s->window, nglobals, &cap, sizeof *s->window))
        return false;
    s->cglobals = cap;
    for (; s->nglobals < nglobals; s->nglobals++) {
        s->window[s->nglobals] = fg_undef();
        s->globals[s->nglobals] = s->nglobals * sizeof(fg_value) | 1;
    }
    return true;
}

fg_status fg_session_compile(fg_session *s, fg_slice source, fg_diag *d)
{
    const fg_program *program = NULL;
    fg_status status = FG_NOMEM;
    if (s->used >= s->sweep_at)
        sweep(s);
    size_t to, from = largest_gap(s, &to);
    if (to - from >= LEAST_GAP)
        status = compile_at(s, from, to, source, &program, d);
    if (status == FG_NOMEM)
        status = compile_at(s, tail(s), s->region.cap, source, &program, d);
    if (status != FG_OK)
        return status;
    bool room = extend(s, program->nglobals);
    /* The vectors may have moved even if one of them could not grow. */
    fg_vm_continue(s->vm, room ? program : s->vm->program, s->globals, s->window,
                   s->nglobals);
    return room ? FG_OK : FG_NOMEM;
}

/* ---- life --------------------------------------------------------------------------------- */

fg_status fg_session_begin(fg_session *s, const fg_library *lib,
                           const fg_loader *loader, fg_slice file, const fg_host *host,
                           const fg_limits *limits, const fg_env *env)
{
    fg_program *program;
    fg_diag d;
    *s = (fg_session){ .loader = loader, .sweep_at = LEAST_SWEEP };
    s->block = malloc(BLOCK_SIZE);
    fg_status status = s->block ? FG_OK : FG_NOMEM;
    if (status == FG_OK)
        status = fg_region_open(&s->region, NULL, REGION_SIZE);
    if (status == FG_OK)
        status = fg_region_open(&s->hints, NULL, REGION_SIZE / sizeof(uint64_t));
    if (status == FG_OK)
        status = fg_compile(&s->region, lib, NULL, file, FG_SLICE(""), &program, &d);
    if (status == FG_OK && !add_unit(s, 0, (s->region.used + 15) & ~(size_t)15))
        status = FG_NOMEM;
    if (status == FG_OK) {
        fg_vm_setup setup = {
            .program = program,
            .library = lib,
            .hints = (uint8_t *)s->hints.base,
            .code0 = (const uint64_t *)(const void *)s->region.base,
            .host = *host,
            .limits = *limits,
            .env = *env,
        };
        status = fg_vm_begin(&setup, s->block, BLOCK_SIZE, &s->vm);
        if (status == FG_OK)
            s->vm->keeps_tasks = true;
    }
    if (status != FG_OK)
        fg_session_end(s);
    return status;
}

void fg_session_end(fg_session *s)
{
    if (s->vm)
        fg_vm_end(s->vm);
    free(s->block);
    free(s->units);
    free(s->window);
    free(s->globals);
    fg_region_close(&s->region);
    fg_region_close(&s->hints);
    *s = (fg_session){ 0 };
}
