// SPDX-License-Identifier: Apache-2.0
/* Middleware: next() goes one step further in the chain of the call that it is made in.
 *
 * Who has called what stands on the C stack, since next() is a call from C; the fork only
 * knows the innermost chain.  A task that a middleware starts runs beside it, so it has no
 * step of its own to make. */
#include "lib/middleware.h"
#include "lib/lib.h"

#include "run/fiber.h"

#include <stdlib.h>

typedef struct chain {
    struct chain *outer;
    const fg_route *route;
    const fg_task *task; /* whose calls these are */
    uint32_t at;         /* decorators before this one have been called */
    fg_value *request, *argv;
    int argc;
} chain;

typedef struct state {
    fg_resource resource;
    chain *innermost;
} state;

bool fg_middleware_covers(const fg_decorator *d, const fg_route *r)
{
    if (d->kind != FG_DECO_MIDDLEWARE)
        return false;
    fg_slice path = d->text ? fg_string_slice(d->text) : FG_SLICE("");
    while (path.n > 0 && path.p[path.n - 1] == '/')
        path.n--;
    fg_slice pattern = fg_string_slice(r->pattern);
    return pattern.n >= path.n && memcmp(pattern.p, path.p, path.n) == 0
           && (pattern.n == path.n || pattern.p[path.n] == '/');
}

/* ---- steps ---------------------------------------------------------------------- */

static fg_status next(fg_vm *vm, int argc, fg_value *argv, fg_value *out);

static const fg_native next_native = {
    "next", next, 0,
    "next(request?): what the rest of the way to the handler, and it itself, returns"
};

static const fg_value *function_of(const fg_vm *vm, uint32_t global)
{
    return fg_cell_at(vm, vm->globals[global]);
}

static fg_status call_global(fg_vm *vm, uint32_t global, const char *what, int argc,
                             const fg_value *argv, fg_value *out)
{
    const fg_value *fn = function_of(vm, global);
    if (!fg_callable(fn))
        return fg_raise(vm, FG_E_TYPE, "the %s is not a function", what);
    return fg_call(vm, fn, argc, argv, out);
}

/* Calls the next function of the chain, and what comes after one that lets pass. */
static fg_status step(fg_vm *vm, chain *c, fg_value *out)
{
    const fg_program *p = vm->program;
    uint32_t before = c->at;
    fg_status s = FG_OK;
    bool passed = true;
    while (passed && s == FG_OK) {
        while (c->at < p->ndecorators
               && !fg_middleware_covers(&p->decorators[c->at], c->route))
            c->at++;
        if (c->at == p->ndecorators) {
            s = call_global(vm, c->route->global, "handler", c->argc, c->argv, out);
            break;
        }
        const fg_decorator *d = &p->decorators[c->at++];
        fg_value given[2] = { *c->request, fg_native_value(&next_native) };
        s = call_global(vm, d->global, "middleware", d->nparams < 2 ? 1 : 2, given,
                        out);
        passed = d->nparams < 2 && fg_is_null(*out);
    }
    c->at = before;
    return s;
}

static void put_request(chain *c, const fg_value *request)
{
    for (int i = 0; i < c->argc; i++)
        if (c->argv[i].tag == c->request->tag && c->argv[i].as.u == c->request->as.u)
            fg_copy(&c->argv[i], request);
    fg_copy(c->request, request);
}

/* ---- next ----------------------------------------------------------------------- */

static void state_end(fg_vm *vm, fg_resource *r)
{
    (void)vm;
    free(r);
}

static state *state_of(fg_vm *vm, bool make)
{
    state *s = (state *)(void *)fg_resource_of(vm, state_end);
    if (!s && make && (s = calloc(1, sizeof *s)) != NULL)
        fg_resource_add(vm, &s->resource, state_end);
    return s;
}

/* NULL: the program's own. */
static const fg_task *running_task(const fg_vm *vm)
{
    return vm->fiber ? vm->fiber->task : NULL;
}

static fg_status next(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    state *s = state_of(vm, false);
    chain *c = s ? s->innermost : NULL;
    if (argc > 1)
        return fg_raise(vm, FG_E_RUNTIME, "next() takes one request or nothing, got %d",
                        argc);
    if (!c || c->task != running_task(vm))
        return fg_raise(vm, FG_E_RUNTIME,
                        "next() can be called by @middleware functions while their "
                        "request is answered, and not by tasks");
    fg_value *before = fg_scratch(vm, 1);
    if (!before)
        return FG_NOMEM;
    fg_copy(before, c->request);
    if (argc == 1 && !fg_is_null(argv[0]))
        put_request(c, &argv[0]);
    fg_status status = step(vm, c, out);
    put_request(c, before);
    return status;
}

fg_status fg_middleware_call(fg_vm *vm, const fg_route *r, fg_value *request, int argc,
                             fg_value *argv, fg_value *out)
{
    state *s = state_of(vm, true);
    if (!s)
        return FG_NOMEM;
    chain c = { s->innermost, r, running_task(vm), 0, request, argv, argc };
    s->innermost = &c;
    fg_status status = step(vm, &c, out);
    s->innermost = c.outer;
    return status;
}
