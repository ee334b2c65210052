// SPDX-License-Identifier: Apache-2.0
/* Worlds: the globals of tasks. */
#include "run/internal.h"

#include "run/fiber.h"

#include <stdlib.h>

static fg_world *world_new(fg_vm *vm, size_t more)
{
    fg_world *w = fg_alloc(&vm->heap, sizeof *w + more);
    if (!w)
        return NULL;
    w->h = (fg_obj){ FG_WORLD, 0, 0, 0, 0 };
    w->nslots = vm->nslots;
    w->escaped = false;
    w->window = NULL;
    w->pages = NULL;
    return w;
}

/* A window with all the slots there are, new ones not set. */
static bool widen(fg_vm *vm, fg_world *w)
{
    fg_value *window = fg_alloc(&vm->heap, vm->nslots * sizeof *window);
    if (!window)
        return false;
    uint32_t had = w->window ? w->nslots : 0;
    for (uint32_t i = 0; i < vm->nslots; i++)
        window[i] = i < had ? w->window[i] : fg_undef();
    w->window = window;
    w->nslots = vm->nslots;
    return true;
}

static fg_world *flat_world(fg_vm *vm, const fg_proto *body)
{
    fg_world *w = world_new(vm, 0);
    if (!w || !widen(vm, w))
        return NULL;
    for (uint32_t i = 0; i < body->nshots; i++) {
        fg_cellref r = vm->globals[body->shots[i]];
        if (r & 1) /* the others are never assigned */
            fg_copy_counted(&w->window[(r - 1) / sizeof(fg_value)], fg_cell_at(vm, r));
    }
    return w;
}

/* Pages that nobody wrote to stay shared with the template. */
static fg_world *paged_world(fg_vm *vm)
{
    uint32_t n = fg_page_count(vm->nslots);
    fg_world *w = world_new(vm, n * sizeof(fg_value *));
    if (!w)
        return NULL;
    w->pages = (fg_value **)(void *)(w + 1);
    for (uint32_t i = 0; i < n; i++) {
        w->pages[i] = vm->pages[i];
        if (vm->pages[i] == vm->frozen + i * FG_PAGE_SLOTS)
            continue;
        w->pages[i] = fg_alloc(&vm->heap, FG_PAGE_BYTES);
        if (!w->pages[i])
            return NULL;
        for (uint32_t k = 0; k < FG_PAGE_SLOTS; k++)
            fg_copy_counted(&w->pages[i][k], &vm->pages[i][k]);
    }
    return w;
}

fg_world *fg_world_copy(fg_vm *vm, const fg_proto *body)
{
    return vm->pages ? paged_world(vm) : flat_world(vm, body);
}

void fg_world_enter(fg_vm *vm, fg_world *w)
{
    /* A session has got more globals since: without memory for them the program ends at
     * its next poll, and must not touch what is not there until then. */
    if (w && w->window && w->nslots < vm->nslots && !widen(vm, w))
        w = NULL;
    vm->world = w;
    vm->foreign = w ? FG_HOME_MAIN | FG_HOME_TASK : FG_HOME_TASK;
    vm->window = w ? w->window : vm->own_window;
    vm->pages = w ? w->pages : vm->own_pages;
    vm->base[1] = vm->window ? (uintptr_t)vm->window - 1 : 0;
}

void fg_world_end(fg_vm *vm, fg_world *w)
{
    if (w->escaped)
        return;
    for (uint32_t i = 0; w->window && i < w->nslots; i++) {
        fg_release(&w->window[i]);
        w->window[i] = fg_undef();
    }
    for (uint32_t i = 0; w->pages && i < fg_page_count(w->nslots); i++) {
        if (w->pages[i] == vm->frozen + i * FG_PAGE_SLOTS)
            continue;
        for (uint32_t k = 0; k < FG_PAGE_SLOTS; k++)
            fg_release(&w->pages[i][k]);
        w->pages[i] = (fg_value *)(uintptr_t)vm->frozen + i * FG_PAGE_SLOTS;
    }
}

static fg_world *home_of(const fg_func *fn)
{
    return fn->home == FG_HOME_TASK ? fn->captures[fn->ncaptures - 1].as.ptr : NULL;
}

bool fg_world_visit(fg_vm *vm, const fg_func *fn)
{
    fg_world *home = home_of(fn);
    if (home == vm->world)
        return false;
    fg_fiber *f = fg_fiber_here(vm);
    if (!f) {
        vm->status = FG_NOMEM;
        return false;
    }
    if (f->nback == f->cback) {
        uint32_t cap = f->cback ? f->cback * 2 : 8;
        fg_world **more = realloc(f->back, cap * sizeof *more);
        if (!more) {
            vm->status = FG_NOMEM;
            return false;
        }
        f->back = more;
        f->cback = cap;
    }
    f->back[f->nback++] = vm->world;
    fg_world_enter(vm, home);
    return true;
}

void fg_world_back(fg_vm *vm)
{
    fg_fiber *f = vm->fiber;
    fg_world_enter(vm, f->back[--f->nback]);
}

fg_func *fg_world_closure(fg_vm *vm, const fg_proto *proto, uint32_t ncaptures)
{
    if (proto->home == FG_HOME_CALLER)
        return fg_func_new(&vm->heap, proto, ncaptures);
    fg_func *fn = fg_func_new(&vm->heap, proto, ncaptures + 1);
    if (!fn)
        return NULL;
    fn->home = FG_HOME_TASK;
    fn->captures[ncaptures] = (fg_value){ FG_WORLD, { .ptr = vm->world } };
    vm->world->escaped = true;
    return fn;
}
