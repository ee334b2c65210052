// SPDX-License-Identifier: Apache-2.0
/* Compiling a template with the files it includes, and putting the tables together in one
 * block.  Each file is compiled once; who includes whom is looked at afterwards. */
#include "lib/page_internal.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- faults --------------------------------------------------------------------- */

void fg_page_position(fg_slice text, uint32_t offset, uint32_t *line, uint32_t *column)
{
    uint32_t from = 0;
    *line = 1;
    for (uint32_t i = 0; i < offset && i < text.n; i++)
        if (text.p[i] == '\n') {
            ++*line;
            from = i + 1;
        }
    *column = 1 + fg_utf8_len(fg_slice_of(text.p + from, offset - from));
}

static const fg_page_unit *unit_at(const fg_page_compiler *c, uint32_t i)
{
    return (const fg_page_unit *)(const void *)c->units.at + i;
}

static fg_slice path_of(const fg_page_compiler *c, uint32_t file)
{
    const fg_page_unit *u = unit_at(c, file);
    return fg_slice_of(c->pool.at + u->path, u->npath);
}

static bool fail_in(fg_page_compiler *c, uint32_t file, fg_slice text, uint32_t offset,
                    const char *fmt, va_list ap)
{
    fg_page_fault *f = c->fault;
    fg_slice path = path_of(c, file);
    fg_page_position(text, offset, &f->line, &f->column);
    snprintf(f->file, sizeof f->file, "%.*s",
             (int)fg_utf8_fit(path, sizeof f->file - 1), path.p);
    int n = vsnprintf(f->message, sizeof f->message, fmt, ap);
    if (n >= (int)sizeof f->message) {
        fg_slice all = fg_slice_of(f->message, sizeof f->message - 1);
        f->message[fg_utf8_fit(all, all.n - 1)] = 0;
    }
    f->hint[0] = 0;
    return false;
}

bool fg_page_fail(fg_page_compiler *c, const char *at, const char *fmt, ...)
{
    va_list ap;
    fg_slice text = fg_slice_of(c->start, (size_t)(c->end - c->start));
    va_start(ap, fmt);
    fail_in(c, c->file, text, (uint32_t)(at - c->start), fmt, ap);
    va_end(ap);
    return false;
}

/* The fault is an instruction of a file that was read before. */
static bool fail_ins(fg_page_compiler *c, uint32_t ins, const char *fmt, ...)
{
    va_list ap;
    const fg_page_place *at = (const fg_page_place *)(const void *)c->places.at + ins;
    const fg_page_unit *u = unit_at(c, at->file);
    va_start(ap, fmt);
    fail_in(c, at->file, fg_slice_of(c->pool.at + u->text, u->ntext), at->offset, fmt,
            ap);
    va_end(ap);
    return false;
}

bool fg_page_hint(fg_page_compiler *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->fault->hint, sizeof c->fault->hint, fmt, ap);
    va_end(ap);
    return false;
}

fg_status fg_page_raise(fg_vm *vm, const fg_page_fault *f)
{
    if (f->no_memory)
        return FG_NOMEM;
    fg_raise(vm, FG_E_SYNTAX, "render error: %s:%u:%u: %s", f->file, f->line, f->column,
             f->message);
    return f->hint[0] ? fg_hint(vm, "%s", f->hint) : FG_RAISED;
}

/* ---- tables --------------------------------------------------------------------- */

static bool reserve(fg_page_compiler *c, fg_page_table *t, uint32_t more, uint32_t size)
{
    if (t->cap - t->n >= more)
        return true;
    uint64_t cap = t->cap ? (uint64_t)t->cap * 2 : 64;
    if (cap < (uint64_t)t->n + more)
        cap = (uint64_t)t->n + more;
    char *at = cap * size > c->room || cap * size > FG_MAX_LEN
                   ? NULL
                   : realloc(t->at, cap * size);
    if (!at) {
        c->fault->no_memory = true;
        return false;
    }
    t->at = at;
    t->cap = (uint32_t)cap;
    return true;
}

void *fg_page_grow(fg_page_compiler *c, fg_page_table *t, uint32_t size)
{
    if (!reserve(c, t, 1, size))
        return NULL;
    return memset(t->at + (size_t)t->n++ * size, 0, size);
}

bool fg_page_pool(fg_page_compiler *c, fg_slice text, uint32_t *at)
{
    if (!reserve(c, &c->pool, text.n, 1))
        return false;
    *at = c->pool.n;
    if (text.n > 0)
        memcpy(c->pool.at + c->pool.n, text.p, text.n);
    c->pool.n += text.n;
    return true;
}

bool fg_page_emit(fg_page_compiler *c, fg_page_ins ins, int effect)
{
    fg_page_ins *to = fg_page_grow(c, &c->code, sizeof *to);
    fg_page_place *place = to ? fg_page_grow(c, &c->places, sizeof *place) : NULL;
    if (!place)
        return false;
    *to = ins;
    *place = (fg_page_place){ (uint32_t)(c->at - c->start), c->file };
    c->stack = (uint32_t)((int)c->stack + effect);
    if (c->stack > c->nstack)
        c->nstack = c->stack;
    return true;
}

/* ---- files ---------------------------------------------------------------------- */

static bool new_unit(fg_page_compiler *c, fg_slice path, uint32_t *unit)
{
    uint32_t at;
    fg_page_unit *u = NULL;
    if (fg_page_pool(c, path, &at))
        u = fg_page_grow(c, &c->units, sizeof *u);
    if (!u)
        return false;
    u->path = at;
    u->npath = path.n;
    *unit = c->units.n - 1;
    return true;
}

/* Appends a component to a path; ".." takes one away if there is one. */
static void add_component(fg_bytes *b, fg_slice part)
{
    if (part.n == 0 || fg_slice_eq(part, FG_SLICE(".")))
        return;
    uint32_t last = b->n; /* where the last component begins */
    while (last > 0 && b->p[last - 1] != '/')
        last--;
    fg_slice end = fg_slice_of(b->p + last, b->n - last);
    if (fg_slice_eq(part, FG_SLICE("..")) && end.n > 0
        && !fg_slice_eq(end, FG_SLICE(".."))) {
        b->n = last > 1 ? last - 1 : last;
        return;
    }
    if (b->n > 0 && b->p[b->n - 1] != '/')
        fg_bytes_char(b, '/');
    fg_bytes_slice(b, part);
}

static void add_path(fg_bytes *b, fg_slice path)
{
    while (path.n > 0) {
        const char *slash = memchr(path.p, '/', path.n);
        uint32_t n = slash ? (uint32_t)(slash - path.p) : path.n;
        add_component(b, fg_slice_of(path.p, n));
        n += slash != NULL;
        path = fg_slice_of(path.p + n, path.n - n);
    }
}

/* The path of a name that the current file includes. */
static void join_path(const fg_page_compiler *c, fg_slice name, fg_bytes *b)
{
    fg_slice from = path_of(c, c->file);
    while (from.n > 0 && from.p[from.n - 1] != '/')
        from.n--;
    if (name.p[0] == '/')
        from.n = 0;
    if (name.p[0] == '/' || (from.n > 0 && from.p[0] == '/'))
        fg_bytes_char(b, '/');
    add_path(b, from);
    add_path(b, name);
}

static bool find_unit(fg_page_compiler *c, const char *at, fg_slice path,
                      uint32_t *unit)
{
    for (uint32_t i = 0; i < c->units.n; i++)
        if (fg_slice_eq(path_of(c, i), path)) {
            *unit = i;
            return true;
        }
    if (c->units.n == FG_PAGE_FILES)
        return fg_page_fail(c, at, "a template cannot include more than %u files",
                            FG_PAGE_FILES);
    return new_unit(c, path, unit);
}

bool fg_page_unit_of(fg_page_compiler *c, const char *at, fg_slice name, uint32_t *unit)
{
    fg_bytes path;
    if (!c->loader) {
        fg_page_fail(c, at, "this template is no file, so it cannot include files");
        return fg_page_hint(c, "include them in a template that is rendered by its "
                               "name");
    }
    if (name.n == 0 || name.n > 1024 || memchr(name.p, 0, name.n))
        return fg_page_fail(c, at, "this is no name of a file");
    fg_bytes_init(&path);
    join_path(c, name, &path);
    bool ok = !path.failed && find_unit(c, at, fg_bytes_view(&path), unit);
    if (path.failed)
        c->fault->no_memory = true;
    fg_bytes_drop(&path);
    return ok;
}

/* The first instruction that includes the file. */
static uint32_t who_includes(const fg_page_compiler *c, uint32_t unit)
{
    const fg_page_ins *code = (const fg_page_ins *)(const void *)c->code.at;
    uint32_t i = 0;
    while (code[i].op != FG_PAGE_INCLUDE || code[i].a != unit)
        i++;
    return i;
}

static bool compile_text(fg_page_compiler *c, uint32_t unit, fg_slice text)
{
    fg_page_unit *u;
    uint32_t at;
    if (text.n > c->text_left) {
        if (unit > 0)
            return fail_ins(c, who_includes(c, unit),
                            "with this file the template is longer than %u bytes",
                            FG_PAGE_TEXT_MAX);
        c->start = c->end = "";
        return fg_page_fail(c, c->start, "the template is longer than %u bytes",
                            FG_PAGE_TEXT_MAX);
    }
    c->text_left -= text.n;
    if (!fg_page_pool(c, text, &at))
        return false;
    u = (fg_page_unit *)(void *)c->units.at + unit;
    u->text = at;
    u->ntext = text.n;
    u->start = c->code.n;
    c->file = unit;
    if (!fg_page_parse(c, text))
        return false;
    u = (fg_page_unit *)(void *)c->units.at + unit;
    u->nslots = c->most_slots;
    return true;
}

static bool compile_file(fg_page_compiler *c, uint32_t unit)
{
    fg_page_file file = { .text = { "", 0 } };
    fg_slice path = path_of(c, unit);
    char *name = strndup(path.p, path.n);
    if (!name) {
        c->fault->no_memory = true;
        return false;
    }
    bool open = c->loader->open(c->loader->ctx, name, &file);
    free(name);
    if (!open)
        return fail_ins(c, who_includes(c, unit), "cannot include '%.*s': %s",
                        (int)fg_utf8_fit(path, 100), path.p,
                        file.why[0] ? file.why : "it cannot be read");
    bool ok = compile_text(c, unit, file.text);
    if (c->loader->close)
        c->loader->close(c->loader->ctx, &file);
    return ok;
}

/* ---- who includes whom ---------------------------------------------------------- */

/* Adds up what a file and those it includes need.  nslots 0 marks one that is being
 * looked at; `need` is 0 until it is known. */
static bool measure(fg_page_compiler *c, uint32_t unit, uint32_t above)
{
    fg_page_unit *all = (fg_page_unit *)(void *)c->units.at, *u = &all[unit];
    const fg_page_ins *code = (const fg_page_ins *)(const void *)c->code.at;
    uint32_t own = u->nslots, most = 0, depth = 0;
    u->nslots = 0;
    for (uint32_t i = u->start; code[i].op != FG_PAGE_RETURN; i++) {
        if (code[i].op != FG_PAGE_INCLUDE)
            continue;
        const fg_page_unit *of = &all[code[i].a];
        if (of->nslots == 0)
            return fail_ins(c, i, "this file includes itself%s",
                            code[i].a == unit ? "" : " by way of others");
        if (above + 1 >= FG_PAGE_INCLUDED)
            return fail_ins(c, i, "more than %u files include each other",
                            FG_PAGE_INCLUDED);
        if (of->need == 0 && !measure(c, code[i].a, above + 1))
            return false;
        if (above + 1 + of->depth > FG_PAGE_INCLUDED)
            return fail_ins(c, i, "more than %u files include each other",
                            FG_PAGE_INCLUDED);
        most = of->need > most ? of->need : most;
        depth = of->depth > depth ? of->depth : depth;
    }
    u->nslots = own;
    u->need = own + most;
    u->depth = depth + 1;
    return true;
}

/* ---- the whole ------------------------------------------------------------------ */

static void *put(char **to, const fg_page_table *t, uint32_t size)
{
    size_t n = (size_t)t->n * size;
    void *at = *to;
    if (n > 0)
        memcpy(at, t->at, n);
    *to += (n + 7) & ~(size_t)7;
    return at;
}

static fg_page *pack(const fg_page_compiler *c, const fg_host *host)
{
    size_t bytes = sizeof(fg_page) + 32 + (size_t)c->code.n * sizeof(fg_page_ins)
                   + (size_t)c->places.n * sizeof(fg_page_place)
                   + (size_t)c->units.n * sizeof(fg_page_unit) + c->pool.n;
    fg_page *p = host->block_get(host->ctx, bytes);
    if (!p) {
        c->fault->no_memory = true;
        return NULL;
    }
    char *at = (char *)(p + 1);
    *p = (fg_page){ .host = *host, .bytes = bytes };
    p->units = put(&at, &c->units, sizeof(fg_page_unit));
    p->code = put(&at, &c->code, sizeof(fg_page_ins));
    p->places = put(&at, &c->places, sizeof(fg_page_place));
    p->pool = put(&at, &c->pool, 1);
    p->ncode = c->code.n;
    p->nunits = c->units.n;
    p->npool = c->pool.n;
    p->nstack = c->nstack;
    return p;
}

static bool compile_all(fg_page_compiler *c, fg_slice name, fg_slice text)
{
    uint32_t unit;
    if (!new_unit(c, name, &unit) || !compile_text(c, unit, text))
        return false;
    for (uint32_t i = 1; i < c->units.n; i++)
        if (!compile_file(c, i))
            return false;
    return measure(c, 0, 0);
}

fg_page *fg_page_compile(const fg_host *host, size_t room, fg_slice name, fg_slice text,
                         const fg_page_loader *loader, fg_page_fault *fault)
{
    fg_page_compiler *c = calloc(1, sizeof *c);
    memset(fault, 0, sizeof *fault);
    fault->no_memory = !c;
    if (!c)
        return NULL;
    c->room = room;
    c->fault = fault;
    c->loader = loader;
    c->text_left = FG_PAGE_TEXT_MAX;
    c->start = c->end = c->at = "";
    fg_bytes_init(&c->text);
    fg_page *p = compile_all(c, name, text) ? pack(c, host) : NULL;
    fg_bytes_drop(&c->text);
    free(c->code.at);
    free(c->places.at);
    free(c->units.at);
    free(c->pool.at);
    free(c);
    return p;
}

void fg_page_free(fg_page *p)
{
    if (!p)
        return;
    fg_host host = p->host;
    host.block_put(host.ctx, p, p->bytes);
}

size_t fg_page_bytes(const fg_page *p) { return p->bytes; }

bool fg_page_source(const fg_page *p, uint32_t i, fg_slice *path)
{
    if (i >= p->nunits)
        return false;
    *path = fg_slice_of(p->pool + p->units[i].path, p->units[i].npath);
    return true;
}
