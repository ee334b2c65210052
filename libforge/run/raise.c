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
    vm->error.status = 0;
    vm->error.hint[0] = 0;
    vm->error.aside = false;
    vm->error.bound = FG_BOUND_NONE;
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
        e->trace[e->ntrace++] =
            (fg_trace){ p, fg_proto_offset(p, pc), fg_proto_end(p, pc) };
    }
}

/* A text for the record.  Without memory NULL, and the program ends: nobody shall catch an
 * error that cannot be told. */
static char *message_of(fg_vm *vm, const char *fmt, va_list ap)
{
    fg_bytes text;
    fg_bytes_init(&text);
    fg_bytes_vfmt(&text, fmt, ap);
    char *message = text.failed ? NULL : strndup(text.p, text.n);
    fg_bytes_drop(&text);
    if (!message)
        fg_heap_refuse(&vm->heap);
    return message;
}

static void record(fg_vm *vm, fg_errkind kind, const char *fmt, va_list ap)
{
    fg_error_clear(vm);
    vm->error.kind = kind;
    vm->error.message = message_of(vm, fmt, ap);
    record_trace(vm);
}

fg_status fg_raise(fg_vm *vm, fg_errkind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    record(vm, kind, fmt, ap);
    va_end(ap);
    return kind == FG_E_LIMIT || kind == FG_E_CANCELLED ? FG_STOPPED : FG_RAISED;
}

fg_status fg_raise_limit(fg_vm *vm, fg_bound which, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    record(vm, FG_E_LIMIT, fmt, ap);
    va_end(ap);
    vm->error.bound = which;
    return FG_STOPPED;
}

static fg_status add_hint(fg_vm *vm, bool aside, const char *fmt, va_list ap)
{
    fg_errkind k = vm->error.kind;
    fg_slice all = { vm->error.hint, sizeof vm->error.hint - 1 };
    if ((uint32_t)vsnprintf(vm->error.hint, sizeof vm->error.hint, fmt, ap) > all.n)
        vm->error.hint[fg_utf8_fit(all, all.n - 1)] = 0;
    vm->error.aside = aside;
    return k == FG_E_LIMIT || k == FG_E_CANCELLED ? FG_STOPPED : FG_RAISED;
}

fg_status fg_hint(fg_vm *vm, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fg_status s = add_hint(vm, false, fmt, ap);
    va_end(ap);
    return s;
}

fg_status fg_advise(fg_vm *vm, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fg_status s = add_hint(vm, true, fmt, ap);
    va_end(ap);
    return s;
}

fg_status fg_reword(fg_vm *vm, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *message = message_of(vm, fmt, ap);
    va_end(ap);
    if (!message)
        return FG_NOMEM;
    free(vm->error.message);
    vm->error.message = message;
    return FG_RAISED;
}

fg_status fg_out_of_memory(fg_vm *vm)
{
    if (vm->heap.max_bytes == SIZE_MAX) {
        fg_raise_limit(vm, FG_BOUND_MEMORY, "out of memory");
    } else {
        fg_raise_limit(vm, FG_BOUND_MEMORY,
                       "out of memory: the limit of %zu bytes is reached",
                       vm->heap.max_bytes);
        fg_hint(vm, "keep less data at once, or ask for a higher memory limit");
    }
    return FG_NOMEM;
}

void fg_error_text(const fg_error *e, fg_bytes *out)
{
    fg_bytes_str(out, e->message ? e->message : "out of memory");
    if (e->hint[0] && !e->aside)
        fg_bytes_fmt(out, "\n  hint: %s", e->hint);
}

/* ---- names ---------------------------------------------------------------------------- */

static fg_status raise_undefined(fg_vm *vm, fg_slice name)
{
    fg_raise(vm, FG_E_REFERENCE, "undefined variable: '%.*s'", (int)name.n, name.p);
    return fg_hint_name(vm, name);
}

/* The note says where the variable was declared. */
static fg_status raise_immutable(fg_vm *vm, fg_string *name)
{
    const fg_string *note = fg_running_note(vm);
    fg_status s = fg_raise(
        vm, FG_E_TYPE,
        "cannot reassign immutable variable '%.*s' (use 'let mut' to make it mutable)",
        (int)name->len, name->bytes);
    return note ? fg_advise(vm, "%.*s", (int)note->len, note->bytes) : s;
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
    if (fg_wrap_below(v) != FG_WRAP_ERR)
        return fg_raise(vm, FG_E_RUNTIME,
                        "`?` expects Result value (Ok(...) or Err(...))");
    fg_peel(v, &content);
    fg_unwrap(&content, &content);
    raise_shown(vm, FG_E_RUNTIME, "unhandled error: ", &content);
    return fg_advise(vm,
                     "`?` returns an Err from a function, and here is none around it");
}

fg_status fg_must(fg_vm *vm, const fg_value *v, fg_value *out)
{
    fg_value content;
    uint64_t wrap = fg_wrap_below(v);
    fg_peel(v, &content);
    if (fg_is_null(content))
        return fg_raise(vm, FG_E_RUNTIME, "must failed: got null");
    if (wrap != FG_WRAP_OK && wrap != FG_WRAP_ERR) {
        fg_copy(out, v);
        return FG_OK;
    }
    fg_unwrap(&content, &content);
    if (wrap == FG_WRAP_ERR)
        return raise_shown(vm, FG_E_RUNTIME, "must failed: ", &content);
    fg_copy(out, &content);
    return FG_OK;
}

/* text: message, newline, hint or nothing. */
static fg_status raise_import(fg_vm *vm, fg_slice text)
{
    const char *end = memchr(text.p, '\n', text.n);
    int n = end ? (int)(end - text.p) : (int)text.n, hint = (int)text.n - n - 1;
    fg_status s = fg_raise(vm, FG_E_RUNTIME, "%.*s", n, text.p);
    return hint > 0 ? fg_hint(vm, "%.*s", hint, end + 1) : s;
}

fg_status fg_raise_name(fg_vm *vm, uint32_t what, fg_string *name)
{
    int n = (int)name->len;
    switch (what) {
    case FG_RAISE_UNDEFINED_READ: return raise_undefined(vm, fg_string_slice(name));
    case FG_RAISE_UNDEFINED_WRITE:
        fg_raise(vm, FG_E_REFERENCE, "undefined variable: %.*s", n, name->bytes);
        return fg_advise_name(vm, fg_string_slice(name));
    case FG_RAISE_UNDEFINED_BASE:
        fg_raise(vm, FG_E_REFERENCE, "undefined: %.*s", n, name->bytes);
        return fg_advise_name(vm, fg_string_slice(name));
    case FG_RAISE_IMMUTABLE: return raise_immutable(vm, name);
    case FG_RAISE_BREAK: return fg_raise(vm, FG_E_RUNTIME, "break outside of loop");
    case FG_RAISE_CONTINUE:
        return fg_raise(vm, FG_E_RUNTIME, "continue outside of loop");
    case FG_RAISE_NO_MATCH:
        fg_raise(vm, FG_E_RUNTIME, "non-exhaustive match");
        return fg_advise_subject(vm);
    case FG_RAISE_IMPORT: return raise_import(vm, fg_string_slice(name));
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
    fg_slice src = f->func->proto->source->text;
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

static void stack_lines(fg_bytes *out, const fg_trace *trace, uint32_t n,
                        uint32_t depth)
{
    uint32_t line, col;
    for (uint32_t i = 0; i < n; i++) {
        const fg_proto *p = trace[i].proto;
        fg_source_position(p->source, trace[i].off, &line, &col);
        fg_bytes_str(out, "  at ");
        fg_bytes_slice(out, p->name ? fg_string_slice(p->name) : FG_SLICE("<lambda>"));
        fg_bytes_str(out, " (");
        if (p->source->unit) /* of a module */
            fg_bytes_fmt(out, "%.*s, ", (int)p->source->file.n, p->source->file.p);
        fg_bytes_fmt(out, "line %u, col %u)\n", line, col);
    }
    if (depth > n)
        fg_bytes_fmt(out, "  … %u more\n", depth - n);
}

/* The stacks of the tasks that a reported error comes from. */
static void task_lines(const fg_vm *vm, fg_bytes *out)
{
    uint32_t line, col;
    for (const fg_failure *f = vm->error.cause; f; f = f->cause) {
        fg_source_position(f->task->source, f->task->off, &line, &col);
        fg_bytes_fmt(out, "in the task that was started at line %u:\n", line);
        stack_lines(out, f->trace, f->ntrace, f->depth);
    }
}

const fg_source *fg_error_source(const fg_vm *vm)
{
    return vm->error.ntrace ? vm->error.trace[0].proto->source
                            : vm->program->sources[0];
}

void fg_error_report(const fg_vm *vm, fg_bytes *out, bool color)
{
    const fg_error *e = &vm->error;
    const fg_source *source = fg_error_source(vm);
    fg_slice file = source->file;
    const char *message = e->message ? e->message : "out of memory";
    fg_bytes_fmt(out, "%sError:%s [%.*s] %s\n", color ? "\x1b[1;31m" : "",
                 color ? "\x1b[0m" : "", (int)file.n, file.p, message);
    if (e->hint[0])
        fg_bytes_fmt(out, "  hint: %s\n", e->hint);
    if (e->ntrace == 0)
        return;
    fg_source_frame(source, out, e->trace[0].off, e->trace[0].end, message, color);
    stack_lines(out, e->trace, e->ntrace, e->depth);
    task_lines(vm, out);
}
