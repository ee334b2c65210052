// SPDX-License-Identifier: Apache-2.0
/* Errors: the record, the words, the report. */
#include "run/internal.h"
#include "run/task.h"

#include "base/utf8.h"
#include "value/func.h"
#include "value/show.h"
#include "value/string.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const kinds[] = {
#define X(name, text) text,
    FG_ERROR_KINDS(X)
#undef X
};

const char *fg_errkind_name(fg_errkind k) { return kinds[k]; }

void fg_error_clear(fg_vm *vm)
{
    free(vm->error.message);
    vm->error.message = NULL;
    vm->error.cause = NULL;
    vm->error.hint[0] = 0;
    vm->error.ntrace = vm->error.depth = 0;
}

static void record_trace(fg_vm *vm)
{
    fg_error *e = &vm->error;
    for (fg_frame *f = vm->frame; f >= vm->frames; f--) {
        e->depth++;
        if (e->ntrace == FG_TRACE_MAX)
            continue;
        const fg_proto *p = f->func->proto;
        uint32_t pc = f->pc > p->code ? (uint32_t)(f->pc - p->code) - 1 : 0;
        e->trace[e->ntrace++] = (fg_trace){ p, fg_proto_offset(p, pc) };
    }
}

fg_status fg_raise(fg_vm *vm, fg_errkind kind, const char *fmt, ...)
{
    fg_bytes text;
    va_list ap;
    fg_error_clear(vm);
    fg_bytes_init(&text);
    va_start(ap, fmt);
    fg_bytes_vfmt(&text, fmt, ap);
    va_end(ap);
    fg_error *e = &vm->error;
    e->kind = kind;
    e->message = text.failed ? NULL : malloc((size_t)text.n + 1);
    if (e->message) {
        memcpy(e->message, text.p, text.n);
        e->message[text.n] = 0;
    } else { /* nobody shall catch an error that cannot be told */
        fg_heap_refuse(&vm->heap);
    }
    fg_bytes_drop(&text);
    record_trace(vm);
    return kind == FG_E_LIMIT || kind == FG_E_CANCELLED ? FG_STOPPED : FG_RAISED;
}

fg_status fg_hint(fg_vm *vm, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(vm->error.hint, sizeof vm->error.hint, fmt, ap);
    va_end(ap);
    fg_errkind k = vm->error.kind;
    return k == FG_E_LIMIT || k == FG_E_CANCELLED ? FG_STOPPED : FG_RAISED;
}

fg_status fg_reword(fg_vm *vm, const char *fmt, ...)
{
    fg_bytes text;
    va_list ap;
    fg_bytes_init(&text);
    va_start(ap, fmt);
    fg_bytes_vfmt(&text, fmt, ap);
    va_end(ap);
    char *message = text.failed ? NULL : strndup(text.p, text.n);
    fg_bytes_drop(&text);
    if (!message) {
        fg_heap_refuse(&vm->heap);
        return FG_NOMEM;
    }
    free(vm->error.message);
    vm->error.message = message;
    return FG_RAISED;
}

fg_status fg_out_of_memory(fg_vm *vm)
{
    if (vm->heap.max_bytes == SIZE_MAX) {
        fg_raise(vm, FG_E_LIMIT, "out of memory");
    } else {
        fg_raise(vm, FG_E_LIMIT, "out of memory: the limit of %zu bytes is reached",
                 vm->heap.max_bytes);
        fg_hint(vm, "keep less data at once, or ask for a higher memory limit");
    }
    return FG_NOMEM;
}

void fg_error_text(const fg_error *e, fg_bytes *out)
{
    fg_bytes_str(out, e->message ? e->message : "out of memory");
    if (e->hint[0])
        fg_bytes_fmt(out, "\n  hint: %s", e->hint);
}

/* ---- names ---------------------------------------------------------------------------- */

/* Edit distance of two short names, or a number above `most`. */
static uint32_t distance(fg_slice a, fg_slice b, uint32_t most)
{
    enum { MAX = 64 };
    uint32_t row[MAX + 1];
    if (a.n > MAX || b.n > MAX || a.n > b.n + most || b.n > a.n + most)
        return most + 1;
    for (uint32_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (uint32_t i = 1; i <= a.n; i++) {
        uint32_t diagonal = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= b.n; j++) {
            uint32_t replace = diagonal + (a.p[i - 1] != b.p[j - 1]);
            uint32_t insert = row[j - 1] + 1, remove = row[j] + 1;
            diagonal = row[j];
            row[j] = replace < insert ? replace : insert;
            if (remove < row[j])
                row[j] = remove;
        }
    }
    return row[b.n];
}

typedef struct guess {
    fg_slice wanted, best;
    uint32_t distance;
} guess;

static void consider(guess *g, fg_slice name)
{
    uint32_t d = distance(g->wanted, name, 2);
    if (d > 2 || d >= g->wanted.n || d > g->distance)
        return;
    uint32_t n = name.n < g->best.n ? name.n : g->best.n;
    int order = memcmp(name.p, g->best.p, n);
    if (d < g->distance || order < 0 || (order == 0 && name.n < g->best.n)) {
        g->best = name;
        g->distance = d;
    }
}

static void consider_library(void *ctx, const char *name)
{
    consider(ctx, fg_slice_str(name));
}

static fg_status raise_undefined(fg_vm *vm, fg_slice name)
{
    guess g = { .wanted = name, .best = { "", 0 }, .distance = 3 };
    const fg_program *p = vm->program;
    for (uint32_t i = 0; i < p->nglobals; i++)
        if (!p->globals[i].hidden && fg_cell_at(vm, vm->globals[i])->tag != FG_UNDEF)
            consider(&g, fg_string_slice(p->globals[i].name));
    vm->library->each_name(consider_library, &g);
    fg_raise(vm, FG_E_REFERENCE, "undefined variable: '%.*s'", (int)name.n, name.p);
    if (g.best.n)
        return fg_hint(vm, "did you mean '%.*s'?", (int)g.best.n, g.best.p);
    return fg_hint(vm, "make sure the variable is defined before use");
}

fg_status fg_undefined_global(fg_vm *vm, uint32_t global, fg_value *out)
{
    fg_slice name = fg_string_slice(vm->program->globals[global].name);
    const fg_native *n = vm->library->global(name);
    if (!n)
        return raise_undefined(vm, name);
    *out = fg_native_value(n); /* the program's own is not set yet */
    return FG_OK;
}

static uint32_t global_of(const fg_vm *vm, fg_cellref ref)
{
    uint32_t i = 0;
    while (i < vm->program->nglobals && vm->globals[i] != ref)
        i++;
    assert(i < vm->program->nglobals);
    return i;
}

fg_status fg_undefined_window(fg_vm *vm, uint32_t offset, fg_value *out)
{
    return fg_undefined_global(vm, global_of(vm, (fg_cellref)offset + 1), out);
}

fg_status fg_undefined_const(fg_vm *vm, uint32_t offset, fg_value *out)
{
    return fg_undefined_global(
        vm, global_of(vm, (fg_cellref)((uintptr_t)vm->consts + offset)), out);
}

fg_string *fg_window_name(const fg_vm *vm, uint32_t offset)
{
    return vm->program->globals[global_of(vm, (fg_cellref)offset + 1)].name;
}

/* ---- Result values ---------------------------------------------------------------------- */

static fg_status raise_shown(fg_vm *vm, fg_errkind kind, const char *before,
                             const fg_value *v)
{
    fg_bytes text;
    fg_bytes_init(&text);
    text.max = 65536;
    fg_show(&text, v);
    fg_status s = fg_raise(vm, kind, "%s%.*s", before, (int)text.n, text.p);
    fg_bytes_drop(&text);
    return s;
}

fg_status fg_question_mark(fg_vm *vm, const fg_value *v)
{
    fg_value content;
    if (fg_wrap_of(*v) != FG_WRAP_ERR)
        return fg_raise(vm, FG_E_RUNTIME,
                        "`?` expects Result value (Ok(...) or Err(...))");
    fg_unwrap(v, &content);
    return raise_shown(vm, FG_E_RUNTIME, "unhandled error: ", &content);
}

fg_status fg_must(fg_vm *vm, const fg_value *v, fg_value *out)
{
    fg_value result, content;
    fg_peel(v, &result);
    if (fg_is_null(result))
        return fg_raise(vm, FG_E_RUNTIME, "must failed: got null");
    if (fg_wrap_of(result) != FG_WRAP_OK && fg_wrap_of(result) != FG_WRAP_ERR) {
        fg_copy(out, v);
        return FG_OK;
    }
    fg_unwrap(&result, &content);
    if (fg_wrap_of(result) == FG_WRAP_ERR)
        return raise_shown(vm, FG_E_RUNTIME, "must failed: ", &content);
    fg_copy(out, &content);
    return FG_OK;
}

fg_status fg_raise_name(fg_vm *vm, uint32_t what, fg_string *name)
{
    int n = (int)name->len;
    switch (what) {
    case FG_RAISE_UNDEFINED_READ: return raise_undefined(vm, fg_string_slice(name));
    case FG_RAISE_UNDEFINED_WRITE:
        return fg_raise(vm, FG_E_REFERENCE, "undefined variable: %.*s", n, name->bytes);
    case FG_RAISE_UNDEFINED_BASE:
        return fg_raise(vm, FG_E_REFERENCE, "undefined: %.*s", n, name->bytes);
    case FG_RAISE_IMMUTABLE:
        return fg_raise(
            vm, FG_E_TYPE,
            "cannot reassign immutable variable '%.*s' (use 'let mut' to make it "
            "mutable)",
            n, name->bytes);
    case FG_RAISE_BREAK: return fg_raise(vm, FG_E_RUNTIME, "break outside of loop");
    case FG_RAISE_CONTINUE:
        return fg_raise(vm, FG_E_RUNTIME, "continue outside of loop");
    case FG_RAISE_NO_MATCH: return fg_raise(vm, FG_E_RUNTIME, "non-exhaustive match");
    default: return fg_raise(vm, FG_E_RUNTIME, "invalid assignment target");
    }
}

static bool name_byte(char ch)
{
    return ch == '_' || (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z')
           || (ch >= 'A' && ch <= 'Z') || (ch & 0x80);
}

/* The statement starts with the variable, or with "change " and the variable. */
fg_slice fg_assigned_name(const fg_vm *vm)
{
    const fg_frame *f = vm->frame;
    fg_slice src = f->func->proto->program->source;
    uint32_t off =
        fg_proto_offset(f->func->proto, (uint32_t)(f->pc - f->func->proto->code) - 1);
    if (off + 7 < src.n && memcmp(src.p + off, "change ", 7) == 0)
        off += 7;
    uint32_t n = 0;
    while (off + n < src.n && name_byte(src.p[off + n]))
        n++;
    return (fg_slice){ src.p + off, n };
}

/* ---- reports ----------------------------------------------------------------------------- */

/* Length of the word or symbol at off, for underlining. */
static uint32_t word_length(fg_slice src, uint32_t off)
{
    uint32_t n = 0;
    while (off + n < src.n && name_byte(src.p[off + n]))
        n++;
    return n ? n : 1;
}

static void stack_lines(fg_bytes *out, const fg_trace *trace, uint32_t n,
                        uint32_t depth)
{
    uint32_t line, col;
    for (uint32_t i = 0; i < n; i++) {
        const fg_proto *p = trace[i].proto;
        fg_program_position(p->program, trace[i].off, &line, &col);
        fg_bytes_str(out, "  at ");
        fg_bytes_slice(out, p->name ? fg_string_slice(p->name) : FG_SLICE("<lambda>"));
        fg_bytes_fmt(out, " (line %u, col %u)\n", line, col);
    }
    if (depth > n)
        fg_bytes_fmt(out, "  … %u more\n", depth - n);
}

/* The stacks of the tasks that a reported error comes from. */
static void task_lines(const fg_vm *vm, fg_bytes *out)
{
    uint32_t line, col;
    for (const fg_failure *f = vm->error.cause; f; f = f->cause) {
        fg_program_position(f->task->program, f->task->off, &line, &col);
        fg_bytes_fmt(out, "in the task that was started at line %u:\n", line);
        stack_lines(out, f->trace, f->ntrace, f->depth);
    }
}

const fg_program *fg_error_program(const fg_vm *vm)
{
    return vm->error.ntrace ? vm->error.trace[0].proto->program : vm->program;
}

void fg_error_report(const fg_vm *vm, fg_bytes *out, bool color)
{
    const fg_error *e = &vm->error;
    const fg_program *p = fg_error_program(vm);
    fg_slice file = p->file;
    const char *message = e->message ? e->message : "out of memory";
    fg_bytes_fmt(out, "%sError:%s [%.*s] %s\n", color ? "\x1b[1;31m" : "",
                 color ? "\x1b[0m" : "", (int)file.n, file.p, message);
    if (e->hint[0])
        fg_bytes_fmt(out, "  hint: %s\n", e->hint);
    if (e->ntrace == 0)
        return;
    uint32_t off = e->trace[0].off;
    fg_program_frame(p, out, off, off + word_length(p->source, off), message, color);
    stack_lines(out, e->trace, e->ntrace, e->depth);
    task_lines(vm, out);
}
