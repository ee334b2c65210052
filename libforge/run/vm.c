// SPDX-License-Identifier: Apache-2.0
/* Birth and end of a VM.
 *
 * A VM starts in one block: itself, frames, the first stack chunk, the window, and what
 * is left becomes the first block of its heap.  Nothing is cleared that need not be: a
 * stack slot is set to null when a frame first reaches it (see fg_enter_slow). */
#include "run/internal.h"

#include <stdlib.h>

#define FIRST_FRAMES 48u
#define FIRST_STACK 512u

static void *carve(char **at, size_t size)
{
    void *p = *at;
    *at += (size + 15) & ~(size_t)15;
    return p;
}

/* Only forks of a template have pages; a program that is not frozen has a flat window. */
static bool has_pages(const fg_vm_setup *s) { return s->slots && fg_paged(s->nslots); }

static size_t window_bytes(const fg_vm_setup *s)
{
    return has_pages(s) ? fg_page_count(s->nslots) * sizeof(fg_value *)
                        : s->nslots * sizeof(fg_value);
}

static void begin_window(fg_vm *vm, const fg_vm_setup *s, char **at)
{
    void *room = carve(at, window_bytes(s));
    vm->nslots = s->nslots;
    vm->frozen = s->slots;
    if (has_pages(s)) {
        vm->pages = vm->own_pages = room;
        for (uint32_t i = 0; i < fg_page_count(s->nslots); i++)
            vm->pages[i] = (fg_value *)(uintptr_t)s->slots + i * FG_PAGE_SLOTS;
        return;
    }
    vm->window = vm->own_window = room;
    vm->base[1] = (uintptr_t)room - 1;
    if (s->slots)
        memcpy(room, s->slots, s->nslots * sizeof(fg_value));
    else
        for (uint32_t i = 0; i < s->nslots; i++)
            vm->window[i] = fg_undef();
}

fg_value *fg_page_own(fg_vm *vm, fg_cellref r)
{
    size_t page = r / FG_PAGE_BYTES;
    const fg_value *shared = vm->frozen + page * FG_PAGE_SLOTS;
    if (vm->pages[page] == shared) {
        fg_value *own = fg_alloc(&vm->heap, FG_PAGE_BYTES);
        if (!own)
            return NULL;
        memcpy(own, shared, FG_PAGE_BYTES);
        vm->pages[page] = own;
    }
    return &vm->pages[page][r % FG_PAGE_BYTES / sizeof(fg_value)];
}

fg_status fg_vm_begin(const fg_vm_setup *s, void *block, size_t block_size, fg_vm **out)
{
    char *at = block, *end = at + block_size;
    size_t need = sizeof(fg_vm) + FIRST_FRAMES * sizeof(fg_frame)
                  + FIRST_STACK * sizeof(fg_value) + window_bytes(s) + 64;
    if (need > block_size)
        return FG_NOMEM;
    fg_vm *vm = carve(&at, sizeof *vm);
    memset(vm, 0, offsetof(fg_vm, error));
    vm->error.message = NULL;
    vm->error.cause = NULL;
    vm->error.hint[0] = 0;
    vm->error.aside = false;
    vm->error.bound = FG_BOUND_NONE;
    vm->error.ntrace = vm->error.depth = 0;
    vm->error.kind = FG_E_RUNTIME;
    vm->frames = carve(&at, FIRST_FRAMES * sizeof(fg_frame));
    vm->frames_end = vm->frames + FIRST_FRAMES;
    vm->frame = vm->frames - 1;
    vm->stack0 = carve(&at, FIRST_STACK * sizeof(fg_value));
    vm->stack0_end = vm->hard_limit = vm->stack0 + FIRST_STACK;
    vm->limit = vm->top = vm->stack0;
    begin_window(vm, s, &at);
    vm->program = s->program;
    vm->library = s->library;
    vm->globals = s->globals;
    vm->consts = s->consts;
    vm->code0 = s->code0 ? s->code0 : s->program->code;
    vm->hints = s->hints;
    vm->limits = s->limits;
    vm->env = s->env;
    fg_copy(&vm->remembered, &s->remembered);
    vm->max_depth = (s->limits.depth ? s->limits.depth : FG_DEPTH_DEFAULT) + 1;
    fg_heap_init(&vm->heap, &s->host, at, (size_t)(end - at),
                 s->limits.memory ? s->limits.memory : SIZE_MAX, &vm->slice);
    fg_vm_rearm(vm);
    *out = vm;
    return FG_OK;
}

void fg_vm_end(fg_vm *vm)
{
    const fg_host *h = &vm->heap.host;
    fg_scheduler_drop(vm);
    for (fg_resource *r = vm->resources, *next; r; r = next) {
        next = r->next;
        r->end(vm, r);
    }
    while (vm->chunk)
        fg_chunk_pop(vm);
    if (vm->frames_own)
        h->block_put(h->ctx, vm->frames,
                     (size_t)(vm->frames_end - vm->frames) * sizeof(fg_frame));
    fg_error_clear(vm);
    fg_heap_drop(&vm->heap);
}

fg_resource *fg_resource_of(const fg_vm *vm, void (*end)(fg_vm *vm, fg_resource *r))
{
    fg_resource *r = vm->resources;
    while (r && r->end != end)
        r = r->next;
    return r;
}

void fg_resource_add(fg_vm *vm, fg_resource *r, void (*end)(fg_vm *vm, fg_resource *r))
{
    r->end = end;
    r->next = vm->resources;
    vm->resources = r;
}

void *fg_memory_take(fg_vm *vm, size_t size)
{
    const fg_host *h = &vm->heap.host;
    if (size > FG_MAX_LEN || !fg_within_limit(vm, size))
        return NULL;
    void *at = h->block_get(h->ctx, size);
    if (!at)
        vm->heap.bytes -= size;
    return at;
}

void fg_memory_give(fg_vm *vm, void *at, size_t size)
{
    const fg_host *h = &vm->heap.host;
    vm->heap.bytes -= size;
    h->block_put(h->ctx, at, size);
}

void fg_vm_rearm(fg_vm *vm)
{
    vm->fuel_used = 0;
    fg_poll_arm(vm);
}

void fg_vm_continue(fg_vm *vm, const fg_program *p, const fg_cellref *globals,
                    fg_value *window, uint32_t nslots)
{
    assert(!vm->pages && nslots >= vm->nslots && p->nglobals <= nslots);
    vm->program = p;
    vm->globals = globals;
    vm->window = vm->own_window = window;
    vm->base[1] = (uintptr_t)window - 1;
    vm->nslots = nslots;
}

fg_status fg_vm_recover(fg_vm *vm)
{
    __atomic_store_n(&vm->cancelled, 0, __ATOMIC_RELAXED);
    vm->output_bytes = 0;
    fg_vm_rearm(vm);
    if (!vm->heap.nomem)
        return FG_OK;
    if (vm->heap.unmarked)
        return FG_NOMEM;
    vm->heap.nomem = vm->heap.reported = false;
    fg_gc(vm);
    return vm->heap.nomem ? FG_NOMEM : FG_OK;
}

fg_status fg_run_main(fg_vm *vm, fg_value *out)
{
    fg_func *fn = fg_func_new(&vm->heap, vm->program->main, 0);
    if (!fn)
        return fg_out_of_memory(vm);
    fg_value callee = fg_obj_value(fn);
    fg_status s = fg_call(vm, &callee, 0, NULL, out);
    return s == FG_NOMEM && !vm->heap.reported ? fg_out_of_memory(vm) : s;
}
