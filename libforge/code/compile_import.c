// SPDX-License-Identifier: Apache-2.0
/* Imports and modules.
 *
 * A module is compiled once, into a function whose variables are those of its top level.
 * Every import calls it, so each execution has variables of its own, which live on in the
 * functions that captured them.  What it returns is an array of its exports; the import
 * sets variables to its elements.  Types are program-wide records: an import makes the
 * importer's name mean the record that the module has just made. */
#include "code/compiler.h"

#include "value/string.h"

#define FORGET 1u /* aux of TYPELINK */

static void link_types(fg_compiler *c, uint32_t to, uint32_t from, uint32_t aux)
{
    if (to > UINT16_MAX || from > UINT16_MAX) {
        fg_diag_set(c->diag, c->span.start, c->span.end,
                    "a program has at most 65,535 global names");
        if (fg_c_ok(c))
            c->status = FG_RAISED;
        return;
    }
    fg_c_emit(c, FG_OPC_TYPELINK, aux, 0, to, from);
}

void fg_c_type_forget(fg_compiler *c, fg_slice name)
{
    uint32_t global = fg_c_type(c, name);
    link_types(c, global, global, FORGET);
}

/* ---- importing ---------------------------------------------------------------------- */

static void raise_text(fg_compiler *c, fg_slice text)
{
    fg_c_emit32(c, FG_OPC_RAISE, FG_RAISE_IMPORT, 0, fg_c_near(c, fg_c_strv(c, text)));
}

/* a = what the module exports. */
static void execute(fg_compiler *c, const fg_file *f, int32_t a)
{
    uint32_t proto = fg_c_near(c, (fg_value){ FG_PROTO, { .ptr = f->fn->proto } });
    fg_c_emit32(c, FG_OPC_IMPORT, 0, 0, proto);
    fg_c_emit(c, FG_OPC_CLOSURE, 0, fg_c_reg(a), proto, 0);
    fg_c_emit(c, FG_OPC_CALL, 0, fg_c_reg(a), 0, 0);
}

static void missing_name(fg_compiler *c, const fg_node *n, const fg_node *name)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_bytes_fmt(&b, "import '%.*s' does not export '%.*s'", (int)n->name.n, n->name.p,
                 (int)name->name.n, name->name.p);
    if (b.failed)
        fg_c_nomem(c);
    else
        raise_text(c, fg_bytes_view(&b));
    fg_bytes_drop(&b);
}

static bool complete(fg_compiler *c, const fg_node *n, const fg_import *im)
{
    for (uint32_t i = 0; i < im->names.n; i++) {
        if (im->at[i] == UINT32_MAX) {
            missing_name(c, n, im->names.at[i]);
            return false;
        }
    }
    return true;
}

static void import_types(fg_compiler *c, const fg_import *im)
{
    for (uint32_t i = 0; i < im->ntypes && fg_c_ok(c); i++) {
        const fg_typedecl *from = fg_c_typedecl(c, im->file, im->types[i]);
        uint32_t to = fg_c_type(c, im->types[i]);
        if (from)
            link_types(c, to, from->global, 0);
    }
}

void fg_c_import(fg_compiler *c, fg_node *n)
{
    const fg_import *im = n->info;
    if (!im) /* modules of the library are always there */
        return;
    if (!im->file) {
        raise_text(c, im->fault);
        return;
    }
    int32_t a = fg_c_temp(c), part = fg_c_temp(c);
    execute(c, im->file, a);
    if (!complete(c, n, im))
        return;
    import_types(c, im);
    for (uint32_t i = 0; i < im->names.n && fg_c_ok(c); i++) {
        fg_var *v = im->names.at[i]->info;
        if (!v)
            continue;
        v->mutable_ = true;
        fg_c_emit(c, FG_OPC_ELEM, 0, fg_c_reg(part), fg_c_reg(a), im->at[i]);
        fg_c_define(c, v, part);
    }
}

/* ---- modules ------------------------------------------------------------------------ */

/* What a name means at this point of the top level: null where it has no value yet. */
static void load_export(fg_compiler *c, const fg_export *e, int32_t dst)
{
    fg_var *v = fg_c_find(c->file->scope, e->name);
    fg_ref ref = { .kind = FG_REF_LOCAL, .var = v };
    if (v && v->live)
        fg_c_load_ref(c, &ref, e->name, dst);
    else
        fg_c_null(c, dst);
}

void fg_c_module_return(fg_compiler *c)
{
    const fg_file *f = c->file;
    int32_t all = fg_c_temp(c), one = fg_c_temp(c);
    fg_c_emit(c, FG_OPC_NEWARRAY, 0, fg_c_reg(all), fg_c_reg(one), 0);
    for (uint32_t i = 0; i < f->nexports && fg_c_ok(c); i++) {
        load_export(c, &f->exports[i], one);
        fg_c_emit(c, FG_OPC_ARRAYADD, 0, fg_c_reg(all), fg_c_reg(one), 0);
    }
    fg_c_return(c, all);
}

static void begin(fg_compiler *c, fg_file *f, fg_scope *scope)
{
    fg_c_fn_begin(c, NULL, scope);
    f->fn->proto->name = fg_c_string(c, FG_SLICE("<module>"));
}

static void top_level(fg_compiler *c, fg_file *f)
{
    fg_c_declare(c, f->root);
    if (fg_c_ok(c))
        fg_c_resolve(c, f->root);
    if (!fg_c_ok(c))
        return;
    begin(c, f, f->scope);
    fg_c_enter(c, f->scope);
    for (const fg_typedecl *t = f->types; t; t = t->next)
        link_types(c, t->global, t->global, FORGET);
    for (uint32_t i = 0; i < f->root->list.n; i++)
        fg_c_stmt(c, f->root->list.at[i], -1);
    fg_c_module_return(c);
    fg_c_fn_end(c);
}

/* Gives up the functions of a module, finished ones down to `last`. */
static void discard(fg_compiler *c, fg_fn *last)
{
    for (; c->fn; c->fn = c->fn->parent)
        fg_c_fn_drop(c->fn);
    for (; c->done != last; c->done = c->done->next)
        fg_c_fn_drop(c->done);
}

/* A function that only raises the error, at its place in the module. */
static void only_raise(fg_compiler *c, fg_file *f)
{
    fg_proto *proto = f->fn->proto;
    f->fn = fg_arena_get(c->arena, sizeof *f->fn);
    fg_scope *scope = fg_arena_get(c->arena, sizeof *scope);
    if (!f->fn || !scope) {
        fg_c_nomem(c);
        return;
    }
    f->fn->proto = proto;
    scope->fn = f->fn;
    begin(c, f, scope);
    c->span = (fg_span){ f->broken->start, f->broken->end };
    raise_text(c, f->broken->text);
    fg_c_fn_end(c);
}

void fg_c_module(fg_compiler *c, fg_file *f)
{
    fg_fn *last = c->done;
    c->file = f;
    c->globals = NULL;
    c->assignments = NULL;
    c->depth = 0;
    c->span = (fg_span){ 0, 0 };
    if (f->root) {
        top_level(c, f);
        if (c->status != FG_RAISED)
            return;
        discard(c, last);
        fg_c_broken(c, f);
    }
    if (fg_c_ok(c))
        only_raise(c, f);
}
