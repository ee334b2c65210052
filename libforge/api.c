// SPDX-License-Identifier: Apache-2.0
/* The public interface: forks, runs and reports (see include/forge.h).
 *
 * Between runs the collector is at rest, so values made here need no roots; arguments
 * are copied to the fork's stack before the run that could collect them begins. */
#include "api.h"

#include "lib/middleware.h"
#include "run/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- reports ------------------------------------------------------------------ */

char *fg_api_text(fg_bytes *b)
{
    char *text = b->failed ? NULL : malloc((size_t)b->n + 1);
    if (text) {
        memcpy(text, b->p, b->n);
        text[b->n] = '\0';
    }
    fg_bytes_drop(b);
    return text;
}

void fg_api_report_drop(fg_api_report *r)
{
    free(r->message);
    free(r->hint);
    free(r->file);
    free(r->text);
    *r = (fg_api_report){ 0 };
}

/* Points the view at the texts; false (and nothing held) if one is missing. */
static bool report_done(fg_api_report *r, const char *kind)
{
    if (!r->message || !r->file || !r->text) {
        fg_api_report_drop(r);
        return false;
    }
    r->view.message = r->message;
    r->view.kind = kind;
    r->view.place.file = r->file;
    r->view.text = r->text;
    return true;
}

static char *report_text(const fg_vm *vm, bool color)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_error_report(vm, &b, color);
    return fg_api_text(&b);
}

void fg_api_report_hint(fg_api_report *r, const char *hint)
{
    if (hint[0])
        r->view.hint = r->hint = strdup(hint);
}

bool fg_api_report_vm(fg_api_report *r, const fg_vm *vm)
{
    const fg_error *e = &vm->error;
    *r = (fg_api_report){ 0 };
    r->message = strdup(e->message ? e->message : "out of memory");
    const fg_source *source = fg_error_source(vm);
    r->file = strndup(source->file.p, source->file.n);
    r->text = report_text(vm, false);
    if (e->ntrace > 0)
        fg_source_position(source, e->trace[0].off, &r->view.place.line,
                           &r->view.place.column);
    fg_api_report_hint(r, e->hint);
    r->view.status = e->status;
    return report_done(r, fg_errkind_name(e->kind));
}

bool fg_api_report_plain(fg_api_report *r, const char *file, const char *kind,
                         const char *message)
{
    *r = (fg_api_report){ 0 };
    fg_bytes b;
    fg_bytes_init(&b);
    fg_bytes_fmt(&b, "Error: [%s] %s\n", file, message);
    r->text = fg_api_text(&b);
    r->message = strdup(message);
    r->file = strdup(file);
    return report_done(r, kind);
}

fg_notes *fg_api_notes(forge_fork *f)
{
    _Static_assert(sizeof(fg_notes) <= FG_NOTES_ROOM, "fg_vm has room for it");
    fg_vm *vm = fg_fork_vm(f);
    if (vm->notes)
        return vm->notes;
    /* All of it is more than a request writes. */
    fg_notes *n = vm->notes = (fg_notes *)(void *)vm->notes_room;
    n->fault = FG_FAULT_NONE;
    n->reported = false;
    n->report = (fg_api_report){ 0 };
    n->colored = NULL;
    n->texts = NULL;
    return n;
}

/* Forgets the report of the last error. */
static void notes_clear(fg_notes *n)
{
    fg_api_report_drop(&n->report);
    free(n->colored);
    n->colored = NULL;
    n->reported = false;
    n->fault = FG_FAULT_NONE;
}

void fg_api_texts_drop(fg_notes *n)
{
    for (fg_given_text *t = n ? n->texts : NULL, *next; t; t = next) {
        next = t->next;
        fg_bytes_drop(&t->bytes);
        if (t != &n->first)
            free(t);
    }
    if (n)
        n->texts = NULL;
}

void fg_api_notes_free(fg_notes *n)
{
    if (!n)
        return;
    notes_clear(n);
    fg_api_texts_drop(n);
}

static void note_vm_fault(forge_fork *f)
{
    fg_notes *n = fg_api_notes(f);
    notes_clear(n);
    n->fault = FG_FAULT_VM;
}

forge_status fg_api_fault(forge_fork *f, forge_status s, const char *kind,
                          const char *fmt, ...)
{
    fg_notes *n = fg_api_notes(f);
    notes_clear(n);
    n->fault = FG_FAULT_OWN;
    n->kind = kind;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(n->message, sizeof n->message, fmt, ap);
    va_end(ap);
    return s;
}

/* Memory ended: the fork's limit, or the host's when there is no limit. */
static forge_status no_memory(forge_fork *f)
{
    fg_vm *vm = fg_fork_vm(f);
    if (!vm->error.message || vm->error.kind != FG_E_LIMIT)
        fg_out_of_memory(vm);
    note_vm_fault(f);
    return vm->limits.memory == SIZE_MAX ? FORGE_NOMEM : FORGE_LIMIT;
}

forge_status fg_api_status(forge_fork *f, fg_status s)
{
    switch (s) {
    case FG_OK: return FORGE_OK;
    case FG_RAISED:
        if (fg_fork_vm(f)->heap.nomem)
            return no_memory(f);
        note_vm_fault(f);
        return FORGE_ERROR;
    case FG_NOMEM: return no_memory(f);
    case FG_STOPPED:
        note_vm_fault(f);
        return fg_fork_vm(f)->error.kind == FG_E_CANCELLED ? FORGE_CANCELLED
                                                           : FORGE_LIMIT;
    case FG_EXIT: return FORGE_EXIT;
    case FG_EXPIRED:
    case FG_SUSPENDED: fg_unreachable(); /* end below the call from C */
    }
    fg_unreachable();
}

const forge_report *forge_fork_report(forge_fork *f)
{
    fg_notes *n = f ? fg_fork_notes(f) : NULL;
    if (!n || n->fault == FG_FAULT_NONE)
        return NULL;
    if (!n->reported) {
        const fg_vm *vm = fg_fork_vm(f);
        if (n->fault == FG_FAULT_VM) {
            n->reported = fg_api_report_vm(&n->report, vm);
        } else {
            fg_slice name = vm->program->sources[0]->file;
            char *file = strndup(name.p, name.n);
            n->reported =
                file && fg_api_report_plain(&n->report, file, n->kind, n->message);
            free(file);
        }
    }
    return n->reported ? &n->report.view : NULL;
}

const char *fg_fork_colored(forge_fork *f)
{
    const forge_report *r = forge_fork_report(f);
    if (!r)
        return NULL;
    fg_notes *n = fg_fork_notes(f);
    if (n->fault == FG_FAULT_VM && !n->colored)
        n->colored = report_text(fg_fork_vm(f), true);
    return n->colored ? n->colored : r->text;
}

/* ---- life of a fork ------------------------------------------------------------- */

forge_status forge_fork_begin(forge_template *t, const forge_host *host,
                              const forge_limits *limits, const forge_env *env,
                              forge_fork **out)
{
    if (!out)
        return FORGE_USAGE;
    *out = NULL;
    if (!t || (host && (!host->block_get || !host->block_put)))
        return FORGE_USAGE;
    fg_host h = fg_host_malloc;
    if (host)
        h = (fg_host){ host->block_get, host->block_put, host->ctx };
    fg_limits l = fg_limits_of(limits);
    fg_env e = fg_env_of(env);
    fg_vm *vm;
    if (fg_fork_begin(&t->use, &h, &l, &e, &vm) != FG_OK)
        return FORGE_NOMEM;
    vm->notes = NULL;
    vm->page = t->tmpl->page;
    vm->served = !vm->page;
    *out = (forge_fork *)vm;
    return FORGE_OK;
}

void forge_fork_end(forge_fork *f)
{
    if (!f)
        return;
    fg_api_notes_free(fg_fork_notes(f));
    fg_fork_end(fg_fork_vm(f));
}

void forge_cancel(forge_fork *f)
{
    if (f)
        __atomic_store_n(&fg_fork_vm(f)->cancelled, 1, __ATOMIC_RELAXED);
}

void forge_limits_restart(forge_fork *f)
{
    if (f)
        fg_vm_rearm(fg_fork_vm(f));
}

forge_bound forge_fork_bound(const forge_fork *f)
{
    const fg_error *e = f ? &fg_fork_vm(f)->error : NULL;
    return e && e->kind == FG_E_LIMIT ? (forge_bound)e->bound : FORGE_BOUND_NONE;
}

int forge_exit_code(const forge_fork *f)
{
    return f ? fg_fork_vm(f)->exit_code & 255 : 0;
}

size_t forge_fork_memory(const forge_fork *f)
{
    return f ? fg_fork_vm(f)->heap.peak : 0;
}

uint64_t forge_fork_fuel(const forge_fork *f)
{
    return f ? fg_fork_vm(f)->fuel_used : 0;
}

/* ---- runs --------------------------------------------------------------------------- */

void fg_api_begin(forge_fork *f)
{
    fg_notes *n = fg_fork_notes(f);
    if (n && n->fault != FG_FAULT_NONE)
        notes_clear(n);
    fg_error_clear(fg_fork_vm(f));
}

/* The global that a page's host sets, or NULL. */
static const fg_global *given(const fg_program *p)
{
    for (uint32_t i = 0; i < p->nglobals; i++)
        if (p->globals[i].given)
            return &p->globals[i];
    return NULL;
}

int forge_reads_request(const forge_template *t)
{
    return t && t->tmpl->page && given(t->tmpl->program);
}

forge_status forge_give_request(forge_fork *f, forge_value request)
{
    fg_value v = fg_from_outside(request);
    if (!f || !fg_is(v, FG_OBJECT))
        return FORGE_USAGE;
    fg_vm *vm = fg_fork_vm(f);
    const fg_global *g = vm->page ? given(vm->program) : NULL;
    if (!g)
        return FORGE_USAGE;
    fg_value *slot = fg_cell_write(vm, vm->globals[g - vm->program->globals]);
    if (!slot)
        return fg_api_status(f, FG_NOMEM);
    fg_store(slot, &v);
    return FORGE_OK;
}

forge_status forge_run(forge_fork *f)
{
    if (!f)
        return FORGE_USAGE;
    fg_api_begin(f);
    fg_vm *vm = fg_fork_vm(f);
    if (!vm->page)
        return fg_api_fault(
            f, FORGE_USAGE, "RuntimeError",
            "the top level ran when the template was built; only a page "
            "runs it in a fork");
    fg_value result;
    return fg_api_status(f, fg_run_main(vm, &result));
}

/* Calls fn with the arguments copied to the stack, where the collector finds them. */
static forge_status call(forge_fork *f, const fg_value *fn, const forge_value *argv,
                         uint32_t argc, forge_value *out)
{
    fg_vm *vm = fg_fork_vm(f);
    fg_value *top = vm->top;
    const fg_chunk *chunk = vm->chunk;
    fg_value *slot = fg_scratch(vm, argc + 1);
    if (!slot)
        return fg_api_status(f, FG_NOMEM);
    for (uint32_t i = 0; i < argc; i++)
        slot[i + 1] = fg_from_outside(argv[i]);
    fg_status s = fg_call(vm, fn, (int)argc, slot + 1, slot);
    if (out)
        *out = fg_to_outside(s == FG_OK ? slot[0] : fg_null());
    fg_scratch_end(vm, top, chunk);
    return fg_api_status(f, s);
}

/* At most this many arguments: the stack holds them at once. */
#define MAX_ARGS 255u

static bool bad_call(const forge_fork *f, const forge_value *argv, uint32_t argc)
{
    return !f || (argc > 0 && !argv) || argc > MAX_ARGS;
}

forge_status forge_call_route(forge_fork *f, uint32_t route, const forge_value *argv,
                              uint32_t argc, forge_value *out)
{
    if (bad_call(f, argv, argc))
        return FORGE_USAGE;
    fg_api_begin(f);
    fg_vm *vm = fg_fork_vm(f);
    if (route >= vm->program->nroutes)
        return fg_api_fault(f, FORGE_USAGE, "RuntimeError", "there is no route %u",
                            (unsigned)route);
    const fg_route *r = &vm->program->routes[route];
    const fg_value *fn = fg_cell_at(vm, vm->globals[r->global]);
    if (!fg_callable(fn)) /* the name was given to something else */
        return fg_api_fault(f, FORGE_ERROR, "TypeError",
                            "the handler '%.*s' is not a function any more",
                            (int)(r->handler->len < 100 ? r->handler->len : 100),
                            r->handler->bytes);
    return call(f, fn, argv, argc, out);
}

forge_status forge_call_handler(forge_fork *f, uint32_t route, const forge_value *argv,
                                uint32_t argc, forge_value request, forge_value *out)
{
    fg_vm *vm = fg_fork_vm(f);
    if (!f || !vm->program->nmiddleware || route >= vm->program->nroutes)
        return forge_call_route(f, route, argv, argc, out);
    if (bad_call(f, argv, argc))
        return FORGE_USAGE;
    fg_api_begin(f);
    fg_value *top = vm->top;
    const fg_chunk *chunk = vm->chunk;
    fg_value *slot = fg_scratch(vm, argc + 2);
    if (!slot)
        return fg_api_status(f, FG_NOMEM);
    slot[1] = fg_from_outside(request);
    for (uint32_t i = 0; i < argc; i++)
        slot[i + 2] = fg_from_outside(argv[i]);
    fg_status s = fg_middleware_call(vm, &vm->program->routes[route], slot + 1,
                                     (int)argc, slot + 2, slot);
    if (out)
        *out = fg_to_outside(s == FG_OK ? slot[0] : fg_null());
    fg_scratch_end(vm, top, chunk);
    return fg_api_status(f, s);
}

/* Index of a global of the program that outsiders may name, or -1. */
static int64_t find_global(const fg_program *p, const char *name)
{
    fg_slice text = fg_slice_str(name);
    for (uint32_t i = 0; i < p->nglobals; i++)
        if (!p->globals[i].hidden && p->globals[i].name->len == text.n
            && memcmp(p->globals[i].name->bytes, text.p, text.n) == 0)
            return i;
    return -1;
}

forge_status forge_call(forge_fork *f, const char *name, const forge_value *argv,
                        uint32_t argc, forge_value *out)
{
    if (bad_call(f, argv, argc) || !name || strlen(name) > FG_MAX_LEN)
        return FORGE_USAGE;
    fg_api_begin(f);
    fg_vm *vm = fg_fork_vm(f);
    int64_t global = find_global(vm->program, name);
    if (global < 0)
        return fg_api_fault(f, FORGE_USAGE, "ReferenceError",
                            "there is no function '%.100s'", name);
    const fg_value *fn = fg_cell_at(vm, vm->globals[global]);
    if (!fg_callable(fn))
        return fg_api_fault(f, FORGE_USAGE, "TypeError", "'%.100s' is not a function",
                            name);
    return call(f, fn, argv, argc, out);
}
