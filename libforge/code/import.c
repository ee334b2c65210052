// SPDX-License-Identifier: Apache-2.0
/* The files of a program: which file an import means, and what it brings.
 *
 * Paths are literals, so everything that can be reached is read before anything is
 * compiled.  A file is read once however often it is imported.  What cannot be found or
 * parsed does not stop the compiler: the import raises an error when it is executed. */
#include "code/compiler.h"

#include "front/parse.h"
#include "value/string.h"

#include <stdlib.h>

#define MAX_FILES 1000u
#define MAX_IMPORTS 10000u
#define MAX_LOADED ((size_t)64 << 20)
#define MAX_PATH 4096u
#define MAX_EXPORTS 4000u /* more have no room in the registers of a top level */

/* ---- files -------------------------------------------------------------------------- */

static bool copy_text(fg_region *r, fg_slice from, fg_slice *to)
{
    char *at = fg_region_get(r, (size_t)from.n + 1);
    if (!at)
        return false;
    if (from.n)
        memcpy(at, from.p, from.n);
    *to = (fg_slice){ at, from.n };
    return true;
}

fg_file *fg_c_file(fg_compiler *c, fg_slice file, fg_slice text)
{
    fg_file *f = fg_arena_get(c->arena, sizeof *f);
    if (f) {
        f->source = fg_region_get(c->region, sizeof *f->source);
        f->fn = fg_arena_get(c->arena, sizeof *f->fn);
    }
    if (!f || !f->source || !f->fn || !copy_text(c->region, file, &f->source->file)
        || !copy_text(c->region, text, &f->source->text)) {
        fg_c_nomem(c);
        return NULL;
    }
    if (c->last_file)
        c->last_file->next = f;
    else
        c->files = f;
    c->last_file = f;
    f->number = c->nfiles++;
    return f;
}

void fg_c_files_drop(fg_compiler *c)
{
    for (fg_file *f = c->files; f; f = f->next) {
        free(f->units);
        free(f->exports);
        free(f->shared);
    }
}

const fg_import_fault *fg_c_import_fault(fg_compiler *c, const fg_source *s,
                                         uint32_t start, uint32_t end, fg_slice text)
{
    fg_import_fault *f = fg_region_get(c->region, sizeof *f);
    if (!f || !copy_text(c->region, text, &f->text)) {
        fg_c_nomem(c);
        return NULL;
    }
    f->source = s;
    f->start = start;
    f->end = end;
    *c->fault = f;
    c->fault = &f->next;
    return f;
}

/* ---- finding ------------------------------------------------------------------------ */

/* Modules of the library may be imported, which does nothing, whether or not this
 * version has them all. */
static bool is_builtin(const fg_compiler *c, fg_slice name)
{
    static const char *const names[] = { "math",  "fs",   "io",   "crypto", "db",
                                         "pg",    "env",  "json", "regex",  "log",
                                         "term",  "http", "csv",  "exec",   "time",
                                         "url",   "toml", "npc",  "ws",     "jwt",
                                         "mysql", "os",   "path" };
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (fg_slice_eq(name, fg_slice_str(names[i])))
            return true;
    return c->lib->module(name) != NULL;
}

/* Where a path may lead, in the order of preference. */
static const struct place {
    bool beside; /* the importing file, not the current directory */
    const char *before, *after;
} places[] = {
    { true, "", "" },
    { true, "", ".fg" },
    { false, "", "" },
    { false, "", ".fg" },
    { false, "forge_modules/", "/main.fg" },
    { false, "forge_modules/", ".fg" },
    { false, "forge_modules/", "/src/main.fg" },
    { false, ".forge/packages/", "/main.fg" },
};

/* The directory of a file with its slash. */
static fg_slice directory(fg_slice file)
{
    uint32_t n = file.n;
    while (n > 0 && file.p[n - 1] != '/')
        n--;
    return (fg_slice){ file.p, n };
}

/* A candidate as a terminated text; false: there is none at this place. */
static bool candidate(const struct place *at, fg_slice dir, fg_slice path,
                      fg_bytes *out)
{
    bool absolute = path.p[0] == '/';
    if (!at->beside && (absolute || (at->before[0] == '\0' && dir.n == 0)))
        return false;
    out->n = 0;
    if (at->beside && !absolute)
        fg_bytes_slice(out, dir);
    fg_bytes_str(out, at->before);
    fg_bytes_slice(out, path);
    fg_bytes_str(out, at->after);
    fg_bytes_char(out, '\0');
    return !out->failed && out->n <= MAX_PATH;
}

/* The module that was read by this name, or NULL. */
static fg_file *named(const fg_compiler *c, fg_slice name)
{
    for (fg_file *f = c->files->next; f; f = f->next)
        if (fg_slice_eq(f->source->file, name))
            return f;
    return NULL;
}

/* Opens the file that `path` means in a file, unless it is in *have already; its name is
 * left in `name`. */
static fg_load_result find(fg_compiler *c, fg_slice from, fg_slice path, fg_bytes *name,
                           fg_file **have, fg_loaded *out)
{
    char why[sizeof out->why] = "";
    if (path.n == 0 || path.n > MAX_PATH || memchr(path.p, '\0', path.n))
        return FG_LOAD_MISSING;
    for (size_t i = 0; i < FG_COUNT(places); i++) {
        if (!candidate(&places[i], directory(from), path, name))
            continue;
        *have = named(c, fg_slice_of(name->p, name->n - 1));
        if (*have)
            return FG_LOADED;
        memset(out, 0, sizeof *out);
        fg_load_result r = c->loader->open(c->loader->ctx, name->p, out);
        if (r != FG_LOAD_MISSING)
            return r;
        if (!why[0])
            memcpy(why, out->why, sizeof why);
    }
    memcpy(out->why, why, sizeof why);
    return FG_LOAD_MISSING;
}

/* ---- reading ------------------------------------------------------------------------ */

static fg_file *known(const fg_compiler *c, const fg_loaded *l)
{
    for (fg_file *f = c->files->next; f; f = f->next)
        if (f->id[0] == l->id[0] && f->id[1] == l->id[1])
            return f;
    return NULL;
}

void fg_c_broken(fg_compiler *c, fg_file *f)
{
    fg_bytes b;
    fg_diag d = *c->diag;
    memset(c->diag, 0, sizeof *c->diag);
    c->status = FG_OK;
    f->root = NULL;
    fg_bytes_init(&b);
    fg_bytes_fmt(&b, "import '%.*s' %s error: %s\n%s", (int)f->source->name.n,
                 f->source->name.p, d.lexical ? "lex" : "parse", d.message, d.hint);
    if (b.failed)
        fg_c_nomem(c);
    else
        f->broken = fg_c_import_fault(c, f->source, d.start, d.end, fg_bytes_view(&b));
    fg_bytes_drop(&b);
}

/* A new module; NULL without memory. */
static fg_file *module_new(fg_compiler *c, fg_slice path, fg_slice name,
                           const fg_loaded *l)
{
    fg_file *f = fg_c_file(c, name, l->text);
    if (!f)
        return NULL;
    f->id[0] = l->id[0];
    f->id[1] = l->id[1];
    f->fn->proto = fg_region_get(c->region, sizeof *f->fn->proto);
    if (!f->fn->proto || !copy_text(c->region, path, &f->source->name)) {
        fg_c_nomem(c);
        return NULL;
    }
    f->source->unit = f->fn->proto;
    c->loaded += l->text.n;
    c->status = fg_parse(c->arena, f->source->text, &f->root, c->diag);
    if (c->status == FG_RAISED)
        fg_c_broken(c, f);
    return f;
}

static void fault(fg_compiler *c, const fg_file *f, const fg_node *n, fg_import *im,
                  const char *fmt, ...)
{
    fg_bytes b;
    va_list ap;
    fg_bytes_init(&b);
    fg_bytes_fmt(&b, "cannot import '%.*s': ", (int)n->name.n, n->name.p);
    va_start(ap, fmt);
    fg_bytes_vfmt(&b, fmt, ap);
    va_end(ap);
    char *at = b.failed ? NULL : fg_arena_get(c->arena, (size_t)b.n + 1);
    if (!at) {
        fg_c_nomem(c);
    } else {
        memcpy(at, b.p, b.n);
        im->fault = fg_slice_of(at, b.n);
        fg_c_import_fault(c, f->source, n->start, n->end, im->fault);
    }
    fg_bytes_drop(&b);
}

/* The file that was opened, which is new or one of the program's. */
static void take(fg_compiler *c, const fg_file *f, const fg_node *n, fg_import *im,
                 fg_slice name, const fg_loaded *l)
{
    im->file = known(c, l);
    if (im->file)
        return;
    if (c->nfiles >= MAX_FILES)
        fault(c, f, n, im, "a program has at most %u files", MAX_FILES);
    else if (l->text.n > MAX_LOADED - c->loaded)
        fault(c, f, n, im, "the files of a program have at most %zu bytes together",
              MAX_LOADED);
    else
        im->file = module_new(c, n->name, name, l);
}

/* Finds the file of an import. */
static void reach(fg_compiler *c, const fg_file *f, const fg_node *n, fg_import *im)
{
    int len = (int)n->name.n;
    const char *path = n->name.p;
    if (!c->loader) {
        fault(c, f, n, im, "files cannot be imported here\n%s",
              "the host of this program gives it no files");
        return;
    }
    if (++c->nimports > MAX_IMPORTS) {
        fault(c, f, n, im, "a program has at most %u imports", MAX_IMPORTS);
        return;
    }
    fg_bytes name;
    fg_loaded l = { .why = "" };
    fg_bytes_init(&name);
    switch (find(c, f->source->file, n->name, &name, &im->file, &l)) {
    case FG_LOADED:
        if (im->file)
            break;
        take(c, f, n, im, fg_slice_of(name.p, name.n - 1), &l);
        c->loader->close(c->loader->ctx, &l);
        break;
    case FG_LOAD_MISSING:
        fault(c, f, n, im,
              "file not found (checked %.*s.fg, forge_modules/%.*s/main.fg)\n%s", len,
              path, len, path, l.why);
        break;
    case FG_LOAD_REFUSED: fault(c, f, n, im, "%s: %s", name.p, l.why); break;
    }
    fg_bytes_drop(&name);
}

/* ---- exports ------------------------------------------------------------------------ */

static const fg_export *export_of(const fg_file *f, fg_slice name, uint32_t *at)
{
    for (uint32_t i = 0; i < f->nexports; i++) {
        if (fg_slice_eq(f->exports[i].name, name)) {
            *at = i;
            return &f->exports[i];
        }
    }
    return NULL;
}

/* Of two definitions of a name the later one says what it is. */
static void add(fg_compiler *c, fg_file *f, fg_export e)
{
    uint32_t at;
    if (export_of(f, e.name, &at)) {
        f->exports[at] = e;
        return;
    }
    if (f->nexports < MAX_EXPORTS
        && fg_c_grow(c, &f->exports, f->nexports, &f->cexports, sizeof e))
        f->exports[f->nexports++] = e;
}

static void add_shared(fg_compiler *c, fg_file *f, fg_slice type)
{
    for (uint32_t i = 0; i < f->nshared; i++)
        if (fg_slice_eq(f->shared[i], type))
            return;
    if (f->nshared < MAX_EXPORTS
        && fg_c_grow(c, &f->shared, f->nshared, &f->cshared, sizeof type))
        f->shared[f->nshared++] = type;
}

static void export_type(fg_compiler *c, fg_file *f, const fg_node *n)
{
    fg_slice hidden = fg_c_hidden_name(c, "__type_", n->name);
    add_shared(c, f, n->name);
    add(c, f, (fg_export){ .name = n->name, .type = true });
    add(c, f, (fg_export){ .name = hidden, .owner = n->name, .hidden = true });
    for (uint32_t i = 0; i < n->list.n; i++) {
        const fg_node *v = n->list.at[i];
        add(c, f,
            (fg_export){ .name = v->name, .owner = n->name, .unit = v->list.n == 0 });
    }
}

static void export_statement(fg_compiler *c, fg_file *f, const fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_LET:
    case FG_N_GRAB:
    case FG_N_FN: add(c, f, (fg_export){ .name = n->name }); return;
    case FG_N_PROMPT:
    case FG_N_AGENT: add(c, f, (fg_export){ .name = n->name, .listed = true }); return;
    case FG_N_UNPACK:
        for (uint32_t i = 0; i < n->list.n; i++)
            add(c, f, (fg_export){ .name = n->list.at[i]->name, .listed = true });
        return;
    case FG_N_STRUCT_DEF:
        add_shared(c, f, n->name);
        add(c, f, (fg_export){ .name = n->name, .type = true });
        return;
    case FG_N_TYPE_DEF: export_type(c, f, n); return;
    case FG_N_INTERFACE:
        add(c, f, (fg_export){ .name = n->name });
        add(c, f,
            (fg_export){ .name = fg_c_hidden_name(c, "__interface_", n->name),
                         .owner = n->name,
                         .hidden = true });
        return;
    case FG_N_IMPL: add_shared(c, f, n->name); return;
    default: return;
    }
}

static void export_all(fg_compiler *c, fg_file *f)
{
    for (uint32_t i = 0; f->root && i < f->root->list.n && fg_c_ok(c); i++)
        export_statement(c, f, f->root->list.at[i]);
}

/* ---- what an import brings ----------------------------------------------------------- */

static void bring(fg_compiler *c, fg_import *im, fg_node *name, uint32_t at)
{
    im->at[im->names.n] = at;
    im->names.at[im->names.n++] = name;
    if (at != UINT32_MAX && im->file->exports[at].unit)
        fg_c_add_unit(c, name->name);
}

static fg_node *name_node(fg_compiler *c, const fg_node *import, fg_slice name)
{
    fg_node *n = fg_arena_get(c->arena, sizeof *n);
    if (!n) {
        fg_c_nomem(c);
        return NULL;
    }
    n->kind = FG_N_NAME;
    n->name = name;
    n->start = import->start;
    n->end = import->end;
    return n;
}

/* The exports that come unasked: all, or those that belong to `owner`. */
static void bring_all(fg_compiler *c, const fg_node *n, fg_import *im,
                      const fg_slice *owner)
{
    for (uint32_t i = 0; i < im->file->nexports; i++) {
        const fg_export *e = &im->file->exports[i];
        if (owner ? !e->hidden || !fg_slice_eq(e->owner, *owner) : e->listed)
            continue;
        fg_node *name = name_node(c, n, e->name);
        if (!name)
            return;
        bring(c, im, name, i);
    }
}

/* The variants of a type are known to patterns even if only the type is asked for. */
static void know_units(fg_compiler *c, const fg_file *f, fg_slice type)
{
    for (uint32_t i = 0; i < f->nexports; i++)
        if (f->exports[i].unit && fg_slice_eq(f->exports[i].owner, type))
            fg_c_add_unit(c, f->exports[i].name);
}

void fg_c_not_exported(fg_bytes *b, const fg_node *import, const fg_node *name)
{
    fg_bytes_init(b);
    fg_bytes_fmt(b, "import '%.*s' does not export '%.*s'", (int)import->name.n,
                 import->name.p, (int)name->name.n, name->name.p);
}

static void not_exported(fg_compiler *c, const fg_node *n, const fg_node *name)
{
    fg_bytes b;
    fg_c_not_exported(&b, n, name);
    if (b.failed)
        fg_c_nomem(c);
    else
        fg_c_import_fault(c, c->file->source, name->start, name->end,
                          fg_bytes_view(&b));
    fg_bytes_drop(&b);
}

static void bring_listed(fg_compiler *c, const fg_node *n, fg_import *im)
{
    for (uint32_t i = 0; i < n->list.n && fg_c_ok(c); i++) {
        fg_node *name = n->list.at[i];
        uint32_t at = UINT32_MAX;
        const fg_export *e = export_of(im->file, name->name, &at);
        bring(c, im, name, at);
        if (!e) {
            not_exported(c, n, name);
            continue;
        }
        bring_all(c, n, im, &name->name);
        if (e->type) {
            im->types[im->ntypes++] = name->name;
            know_units(c, im->file, name->name);
        }
    }
}

static void brings(fg_compiler *c, const fg_node *n, fg_import *im)
{
    const fg_file *f = im->file;
    size_t most = (size_t)n->list.n * 2 + f->nexports;
    im->names.at = fg_arena_get(c->arena, sizeof(fg_node *) * (most + 1));
    im->at = fg_arena_get(c->arena, sizeof *im->at * (most + 1));
    im->types =
        fg_arena_get(c->arena, sizeof(fg_slice) * ((size_t)n->list.n + f->nshared + 1));
    if (!im->names.at || !im->at || !im->types) {
        fg_c_nomem(c);
        return;
    }
    if (n->list.n) {
        bring_listed(c, n, im);
        return;
    }
    bring_all(c, n, im, NULL);
    for (uint32_t i = 0; i < f->nshared; i++)
        im->types[im->ntypes++] = f->shared[i];
}

/* ---- all of it ------------------------------------------------------------------------ */

static void each_import(fg_compiler *c, fg_file *f)
{
    for (uint32_t i = 0; f->root && i < f->root->list2.n && fg_c_ok(c); i++) {
        fg_node *n = f->root->list2.at[i];
        if (is_builtin(c, n->name))
            continue;
        fg_import *im = fg_arena_get(c->arena, sizeof *im);
        if (!im) {
            fg_c_nomem(c);
            return;
        }
        n->info = im;
        reach(c, f, n, im);
    }
}

void fg_c_load(fg_compiler *c)
{
    for (fg_file *f = c->files; f && fg_c_ok(c); f = f->next)
        each_import(c, f);
    for (fg_file *f = c->files->next; f && fg_c_ok(c); f = f->next)
        export_all(c, f);
    for (fg_file *f = c->files; f && fg_c_ok(c); f = f->next) {
        c->file = f;
        for (uint32_t i = 0; f->root && i < f->root->list2.n && fg_c_ok(c); i++) {
            fg_import *im = f->root->list2.at[i]->info;
            if (im && im->file)
                brings(c, f->root->list2.at[i], im);
        }
    }
    c->file = c->files;
}
