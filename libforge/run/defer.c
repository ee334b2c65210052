// SPDX-License-Identifier: Apache-2.0
/* Deferred functions and sections.
 *
 * What is deferred stands in an array of the fiber: function and number of the frame, in
 * the order of the calls of defer.  Frames leave nothing behind when they end, so the
 * entries of the running one are the last. */
#include "run/defer.h"
#include "run/fiber.h"
#include "run/internal.h"

#include "value/array.h"
#include "value/func.h"

#include <stdlib.h>

#define SPARE_NS 100000000u     /* time */
#define SPARE_FUEL (1u << 20)   /* loop turns and calls */
#define SPARE_MEMORY (1u << 18) /* bytes */

fg_status fg_defer(fg_vm *vm, const fg_value *fn)
{
    if (vm->frame < vm->frames)
        return fg_raise(vm, FG_E_RUNTIME, "defer() must be called by a function");
    if (fg_is_null(vm->deferred)) {
        fg_array *fresh = fg_array_new(&vm->heap, 4);
        if (!fresh)
            return FG_NOMEM;
        vm->deferred = fg_obj_value(fresh);
    }
    fg_array *a = vm->deferred.as.arr;
    fg_value frame = fg_int(vm->frame - vm->frames);
    FG_TRY(fg_array_reserve(&vm->heap, a, a->len + 2));
    FG_TRY(fg_array_push(&vm->heap, a, fn));
    FG_TRY(fg_array_push(&vm->heap, a, &frame));
    vm->frame->flags |= FG_FR_DEFER;
    return FG_OK;
}

bool fg_has_deferred(const fg_value *deferred)
{
    return fg_is(*deferred, FG_ARRAY) && deferred->as.arr->len > 0;
}

/* The last function that the running frame deferred; false: there is none left. */
static bool take(fg_vm *vm, fg_value *fn)
{
    fg_value frame;
    if (!fg_has_deferred(&vm->deferred))
        return false;
    fg_array *a = vm->deferred.as.arr;
    fg_array_get(a, a->len - 1, &frame);
    if (frame.as.i != vm->frame - vm->frames)
        return false;
    fg_array_pop(a, &frame);
    fg_array_pop(a, fn);
    return true;
}

/* ---- running ------------------------------------------------------------------------ */

/* Where the function stands, for warnings; 0: unknown. */
static uint32_t line_of(const fg_value *fn)
{
    fg_value f;
    uint32_t line = 0, col;
    fg_peel(fn, &f);
    if (fg_is(f, FG_FUNC))
        fg_source_position(f.as.fn->proto->source, f.as.fn->proto->off, &line, &col);
    return line;
}

/* Nobody receives the error, so somebody is told. */
static void warn(fg_vm *vm, uint32_t line)
{
    fg_bytes text;
    fg_bytes_init(&text);
    fg_bytes_str(&text, "warning: a deferred function");
    if (line)
        fg_bytes_fmt(&text, " of line %u", line);
    fg_bytes_str(&text, " failed: ");
    fg_error_text(&vm->error, &text);
    fg_bytes_char(&text, '\n');
    if (!text.failed)
        fg_write_err(vm, (fg_slice){ text.p, text.n });
    fg_bytes_drop(&text);
}

/* Memory for a program that has used up its own; what is to be set back. */
typedef struct spare {
    size_t max;
    bool nomem;
} spare;

static spare spare_begin(fg_vm *vm)
{
    fg_heap *h = &vm->heap;
    spare s = { h->max_bytes, h->nomem };
    if (h->nomem && !h->unmarked) {
        if (h->bytes < SIZE_MAX - SPARE_MEMORY && h->max_bytes != SIZE_MAX)
            h->max_bytes =
                (h->bytes > h->max_bytes ? h->bytes : h->max_bytes) + SPARE_MEMORY;
        h->nomem = false;
    }
    return s;
}

static void spare_end(fg_vm *vm, const spare *s)
{
    vm->heap.max_bytes = s->max;
    if (s->nomem)
        fg_heap_refuse(&vm->heap);
}

/* Calls fn; how the frame ends then that would have ended with s. */
static fg_status call_one(fg_vm *vm, fg_value fn, fg_status s)
{
    uint32_t line = line_of(&fn);
    fg_error kept = vm->error; /* with its texts */
    fg_value *slot = fg_scratch(vm, 2);
    if (!slot)
        return s;
    fg_copy(&slot[0], &fn);
    if (kept.cause)
        slot[1] = fg_obj_value(kept.cause);
    vm->error.message = NULL;
    fg_error_clear(vm);
    fg_status r = fg_call(vm, &slot[0], 0, NULL, &slot[0]);
    if (r != FG_OK && r != FG_EXIT && r != FG_EXPIRED)
        warn(vm, line);
    bool ends = r == FG_EXIT || r == FG_EXPIRED; /* the program, or a timeout block */
    if (ends && (s == FG_OK || s == FG_RAISED)) {
        free(kept.message);
        return r;
    }
    fg_error_clear(vm);
    vm->error = kept;
    return s;
}

static void call_each(fg_vm *vm, fg_status *s)
{
    fg_value fn;
    fg_value *top = vm->top;
    const fg_chunk *chunk = vm->chunk;
    while (take(vm, &fn)) {
        *s = call_one(vm, fn, *s);
        fg_scratch_end(vm, top, chunk);
    }
}

fg_status fg_deferred_run(fg_vm *vm, fg_status s)
{
    fg_frame *f = vm->frame;
    fg_value *top = vm->top, *result = s == FG_OK ? f->base - 1 : NULL;
    spare memory = spare_begin(vm);
    vm->top = f->base + f->func->proto->nregs;
    if (result) /* it may be a part of what the functions change */
        fg_retain(result);
    vm->deferring++;
    vm->max_depth += FG_DEFER_DEPTH;
    fg_section_begin(vm);
    call_each(vm, &s);
    vm->max_depth -= FG_DEFER_DEPTH;
    vm->deferring--;
    spare_end(vm, &memory);
    s = fg_section_end(vm, s);
    if (result)
        fg_release(result);
    vm->frame->flags &= ~FG_FR_DEFER;
    vm->top = top;
    return s;
}

/* ---- sections ----------------------------------------------------------------------- */

void fg_section_begin(fg_vm *vm)
{
    vm->shield++;
    vm->shields++;
}

fg_status fg_section_end(fg_vm *vm, fg_status s)
{
    vm->shield--;
    vm->shields--;
    return s == FG_OK && !vm->shield ? fg_poll(vm) : s;
}

fg_status fg_deferred_check(fg_vm *vm)
{
    uint64_t now = fg_now_ns();
    if (vm->spare_ns == 0) {
        vm->spare_ns = now + SPARE_NS;
        vm->spare_fuel = vm->fuel_used + SPARE_FUEL;
    }
    if (now <= vm->spare_ns && vm->fuel_used <= vm->spare_fuel)
        return FG_OK;
    fg_raise_limit(vm, FG_BOUND_TIME,
                   "the program must end, and the time for deferred functions is over");
    return fg_hint(vm, "they have %u ms and %u steps then, all of them together",
                   SPARE_NS / 1000000, SPARE_FUEL);
}
