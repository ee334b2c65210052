// SPDX-License-Identifier: Apache-2.0
/* Programs, blocks and statements.
 *
 * dst is the register that receives the value of a construct; -1 when nobody wants it.
 * After each statement the registers of temporaries are free again. */
#include "code/compiler.h"

#include "front/parse.h"
#include "value/string.h"

#include <stdlib.h>

/* ---- variables ------------------------------------------------------------------------ */

int32_t fg_c_var_reg(fg_compiler *c, fg_var *v)
{
    if (v->reg < 0)
        v->reg = fg_c_temp(c);
    return v->reg;
}

void fg_c_define(fg_compiler *c, fg_var *v, int32_t r)
{
    if (!v)
        return;
    if (v->is_global) {
        fg_c_emit32(c, FG_OPC_DEFG, 0, fg_c_reg(r), v->global);
        return;
    }
    uint32_t reg = fg_c_reg(fg_c_var_reg(c, v));
    if (fg_c_is_cell(v)) {
        bool exists = v->late || v->live;
        fg_c_emit(c, exists ? FG_OPC_DEFCELL : FG_OPC_NEWCELL, 0, reg, fg_c_reg(r), 0);
    } else if (r == v->reg) {
        if (!v->scalar)
            fg_c_emit(c, FG_OPC_OWN, 0, reg, 0, 0);
    } else {
        fg_opcode op = v->scalar ? FG_OPC_MOVE : v->live ? FG_OPC_MOVEC : FG_OPC_INITC;
        fg_c_emit(c, op, 0, reg, fg_c_reg(r), 0);
    }
    v->live = true;
}

/* ---- scopes --------------------------------------------------------------------------- */

void fg_c_enter(fg_compiler *c, fg_scope *s)
{
    s->top = c->fn->top;
    c->fn->inner = s;
    for (fg_var *v = s->first; v; v = v->next) {
        if (v->is_global || !fg_c_is_cell(v) || !v->late || v->reg >= 0)
            continue;
        int32_t r = fg_c_var_reg(c, v);
        fg_c_emit(c, FG_OPC_LOADUNDEF, 0, fg_c_reg(r), 0, 0);
        fg_c_emit(c, FG_OPC_NEWCELL, 0, fg_c_reg(r), fg_c_reg(r), 0);
    }
}

static bool counted_variable(const fg_var *v)
{
    return v->live && !v->is_global && !v->scalar && !fg_c_is_cell(v) && v->reg >= 0;
}

static void drop_scope(fg_compiler *c, const fg_scope *s)
{
    const fg_var *v = s->first;
    while (v) {
        if (!counted_variable(v)) {
            v = v->next;
            continue;
        }
        int32_t first = v->reg;
        uint32_t n = 1;
        for (v = v->next; v && counted_variable(v) && v->reg == first + (int32_t)n;
             v = v->next)
            n++;
        fg_c_drop(c, first, n);
    }
}

void fg_c_leave(fg_compiler *c, fg_scope *s)
{
    drop_scope(c, s);
    for (fg_var *v = s->first; v; v = v->next) {
        v->live = false;
        v->reg = -1;
    }
    c->fn->top = s->top;
    c->fn->inner = s->parent;
}

void fg_c_drop_to(fg_compiler *c, const fg_scope *outer)
{
    for (const fg_scope *s = c->fn->inner; s && s != outer && s->fn == c->fn;
         s = s->parent)
        drop_scope(c, s);
}

void fg_c_return(fg_compiler *c, int32_t r)
{
    if (fg_c_guarded_return(c, r))
        return;
    uint32_t start = c->fn->ncode, first = 0, n = 0;
    fg_c_drop_to(c, NULL);
    if (fg_c_ok(c) && c->fn->ncode > start) {
        /* The last of them goes with the return. */
        uint64_t drop = c->fn->code[c->fn->ncode - 1];
        if (fg_ins_bc(drop) <= UINT16_MAX) {
            first = fg_ins_a(drop);
            n = fg_ins_bc(drop);
            fg_c_unemit(c);
        }
    }
    if (r < 0)
        fg_c_emit(c, FG_OPC_RETNULL, 0, 0, first, n);
    else
        fg_c_emit(c, FG_OPC_RET, 0, fg_c_reg(r), first, n);
}

static void statements(fg_compiler *c, const fg_list *l, int32_t dst)
{
    for (uint32_t i = 0; i < l->n; i++)
        fg_c_stmt(c, l->at[i], i + 1 == l->n ? dst : -1);
    if (l->n == 0 && dst >= 0)
        fg_c_null(c, dst);
}

void fg_c_block(fg_compiler *c, fg_node *block, int32_t dst)
{
    fg_c_enter(c, block->info);
    statements(c, &block->list, dst);
    fg_c_leave(c, block->info);
}

/* ---- statements ----------------------------------------------------------------------- */

static void let(fg_compiler *c, fg_node *n)
{
    fg_var *v = n->info;
    if (!v)
        return;
    fg_c_set_mutable(n);
    if (v->is_global || fg_c_is_cell(v) || v->live) {
        fg_c_define(c, v, fg_c_any(c, n->a));
        return;
    }
    int32_t r = fg_c_var_reg(c, v);
    uint32_t top = c->fn->top;
    fg_c_expr(c, n->a, r);
    c->fn->top = top;
    fg_c_define(c, v, r);
}

static void unpack(fg_compiler *c, fg_node *n)
{
    int32_t from = fg_c_temp(c), part = fg_c_temp(c);
    uint32_t kind = n->op == FG_OP_OBJECT ? 0 : n->op == FG_OP_ARRAY ? 1 : 2;
    uint32_t named = 0;
    fg_c_expr(c, n->a, from);
    fg_c_emit(c, FG_OPC_SETTLED, kind, fg_c_reg(from), 0, 0);
    for (uint32_t i = 0; i < n->list.n; i++)
        named += (n->list.at[i]->flags & FG_NF_REST) == 0;
    for (uint32_t i = 0, at = 0; i < n->list.n; i++) {
        fg_node *name = n->list.at[i];
        uint32_t to = fg_c_reg(part), src = fg_c_reg(from);
        if (name->flags & FG_NF_REST)
            fg_c_emit(c, FG_OPC_PART, 0, to, src, named);
        else if (kind == 0)
            fg_c_emit(c, FG_OPC_PICK, 0, to, src,
                      fg_c_near(c, fg_c_strv(c, name->name)));
        else
            fg_c_emit(c, FG_OPC_ELEM, 0, to, src, at++);
        fg_c_define(c, name->info, part);
    }
}

static void return_stmt(fg_compiler *c, fg_node *n)
{
    if (fg_c_in_module(c) && fg_c_at_top(c)) {
        if (n->a)
            fg_c_any(c, n->a);
        fg_c_module_return(c);
        return;
    }
    fg_c_return(c, n->a ? fg_c_any(c, n->a) : -1);
}

static void wait(fg_compiler *c, fg_node *n)
{
    int32_t r = fg_c_any(c, n->a);
    fg_c_at(c, n);
    fg_c_emit32(c, FG_OPC_WAIT, 0, fg_c_reg(r), fg_c_near(c, fg_int(n->num.i)));
}

/* grab NAME from URL [with OPTIONS] */
static void grab(fg_compiler *c, fg_node *n)
{
    int32_t r = fg_c_temp(c);
    c->lib->expect(FG_SLICE("fetch"));
    fg_c_call_native(c, n, c->lib->fetch, n->a, n->b, r);
    fg_c_define(c, n->info, r);
}

static void http_statement(fg_compiler *c, fg_node *n)
{
    const fg_module *http = c->lib->module(FG_SLICE("http"));
    bool crawl = n->kind == FG_N_CRAWL;
    fg_slice name = crawl ? FG_SLICE("crawl") : FG_SLICE("download");
    c->lib->expect(FG_SLICE("http"));
    fg_c_call_native(c, n, &fg_module_member(http, name)->native, n->a, n->b,
                     fg_c_temp(c));
}

/* The top level of a module starts nothing that outlives it. */
static bool later_of_module(const fg_compiler *c, const fg_node *n)
{
    return (n->kind == FG_N_SCHEDULE || n->kind == FG_N_WATCH) && fg_c_in_module(c)
           && fg_c_at_top(c);
}

/* Statements without a value; false if n is something else. */
static bool plain_statement(fg_compiler *c, fg_node *n)
{
    if (later_of_module(c, n))
        return true;
    switch ((fg_node_kind)n->kind) {
    case FG_N_LET: let(c, n); return true;
    case FG_N_UNPACK: unpack(c, n); return true;
    case FG_N_ASSIGN: fg_c_assign(c, n); return true;
    case FG_N_FN: fg_c_fn_stmt(c, n); return true;
    case FG_N_RETURN: return_stmt(c, n); return true;
    case FG_N_BREAK:
    case FG_N_CONTINUE: fg_c_leave_loop(c, n); return true;
    case FG_N_FOR:
    case FG_N_WHILE:
    case FG_N_LOOP:
    case FG_N_REPEAT: fg_c_loop(c, n); return true;
    case FG_N_STRUCT_DEF: fg_c_struct_def(c, n); return true;
    case FG_N_TYPE_DEF: fg_c_type_def(c, n); return true;
    case FG_N_INTERFACE: fg_c_interface(c, n); return true;
    case FG_N_IMPL: fg_c_impl(c, n); return true;
    case FG_N_DECORATOR: fg_c_decorator(c, n); return true;
    case FG_N_IMPORT: fg_c_import(c, n); return true;
    case FG_N_RETRY: fg_c_retry(c, n); return true;
    case FG_N_WAIT: wait(c, n); return true;
    case FG_N_GRAB: grab(c, n); return true;
    case FG_N_DOWNLOAD:
    case FG_N_CRAWL: http_statement(c, n); return true;
    case FG_N_TIMEOUT: fg_c_timeout(c, n); return true;
    case FG_N_SCHEDULE:
    case FG_N_WATCH: fg_c_later(c, n); return true;
    case FG_N_PROMPT:
    case FG_N_AGENT: fg_c_placeholder(c, n); return true;
    case FG_N_YIELD: return true; /* does nothing, its operand is not evaluated */
    default: return false;
    }
}

static void value_statement(fg_compiler *c, fg_node *n, int32_t dst)
{
    if (dst >= 0) {
        fg_c_expr(c, n, dst);
        return;
    }
    switch ((fg_node_kind)n->kind) {
    case FG_N_IF: fg_c_if(c, n, -1); return;
    case FG_N_MATCH: fg_c_match(c, n, -1); return;
    case FG_N_WHEN: fg_c_when(c, n, -1); return;
    case FG_N_SAFE:
    case FG_N_TRY: fg_c_try(c, n, -1); return;
    case FG_N_BLOCK: fg_c_block(c, n, -1); return;
    default: fg_c_any(c, n); return;
    }
}

/* Registers of variables that the statement declared stay taken. */
static uint32_t registers_in_use(const fg_compiler *c, uint32_t top)
{
    if (c->fn->inner == c->globals)
        return top;
    for (const fg_var *v = c->fn->inner->first; v; v = v->next)
        if (!v->is_global && v->reg >= 0 && (uint32_t)v->reg >= top)
            top = (uint32_t)v->reg + 1;
    return top;
}

/* Statements come nearly in the order of the text, so lines are counted on from the last. */
void fg_c_cover(fg_compiler *c, const fg_node *n)
{
    fg_file *f = c->file;
    if (!c->cover)
        return;
    if (n->start < f->counted) {
        f->counted = 0;
        f->line = 0;
    }
    for (; f->counted < n->start; f->counted++)
        f->line += f->source->text.p[f->counted] == '\n';
    fg_c_emit32(c, FG_OPC_COVER, 0, f->number, f->line + 1);
}

void fg_c_stmt(fg_compiler *c, fg_node *n, int32_t dst)
{
    if (!fg_c_ok(c))
        return;
    uint32_t top = c->fn->top;
    fg_c_at(c, n);
    fg_c_cover(c, n);
    if (plain_statement(c, n)) {
        if (dst >= 0)
            fg_c_null(c, dst);
        top = registers_in_use(c, top);
    } else {
        value_statement(c, n, dst);
    }
    c->fn->top = top;
}

/* ---- programs ------------------------------------------------------------------------- */

static fg_status prepare(fg_compiler *c, fg_slice file, fg_slice source)
{
    c->program = fg_region_get(c->region, sizeof *c->program);
    c->file = fg_c_file(c, file, source);
    if (!c->program || !c->file)
        return FG_NOMEM;
    /* Number 0 stands for any global once memory has ended. */
    if (!fg_c_grow(c, &c->glist, 0, &c->cglobals, sizeof(fg_global)))
        return FG_NOMEM;
    c->main = c->file->fn;
    c->program->port = -1;
    c->fault = &c->program->faults;
    return FG_OK;
}

static void compile_main(fg_compiler *c)
{
    fg_node *root = c->file->root;
    fg_c_declare(c, root);
    if (fg_c_ok(c))
        fg_c_resolve(c, root);
    if (!fg_c_ok(c) || !fg_c_fn_begin(c, NULL, c->globals))
        return;
    c->main->proto->name = fg_c_string(c, FG_SLICE("<main>"));
    fg_c_enter(c, c->globals);
    if (c->before) {
        fg_c_returning(c, &root->list);
    } else {
        statements(c, &root->list, -1);
        fg_c_emit(c, FG_OPC_RETNULL, 0, 0, 0, 0);
    }
    fg_c_fn_end(c);
}

static void compile_all(fg_compiler *c)
{
    fg_c_load(c);
    if (fg_c_ok(c))
        compile_main(c);
    for (fg_file *f = c->files->next; f && fg_c_ok(c); f = f->next)
        fg_c_module(c, f);
    c->file = c->files;
    c->globals = c->file->scope;
}

void fg_c_fn_drop(fg_fn *fn)
{
    free(fn->code);
    free(fn->lines);
    free(fn->lengths);
    free(fn->notes);
    free(fn->handlers);
    free(fn->near_k);
    free(fn->far_k);
    free(fn->captures);
}

static void compiler_drop(fg_compiler *c)
{
    for (fg_fn *fn = c->done; fn; fn = fn->next)
        fg_c_fn_drop(fn);
    for (fg_fn *fn = c->fn; fn; fn = fn->parent) /* left open by an error */
        fg_c_fn_drop(fn);
    fg_c_files_drop(c);
    free(c->intern);
    free(c->glist);
    free(c->routes);
    free(c->decorators);
}

/* Compiles what c says. */
static fg_status compile(fg_compiler *c, fg_slice file, fg_slice source,
                         fg_program **out)
{
    fg_arena arena;
    c->arena = &arena;
    fg_arena_init(&arena, 0);
    memset(c->diag, 0, sizeof *c->diag);
    c->status = prepare(c, file, source);
    if (fg_c_ok(c))
        c->status = fg_parse(&arena, c->file->source->text, &c->file->root, c->diag);
    if (fg_c_ok(c))
        compile_all(c);
    if (fg_c_ok(c))
        fg_c_snapshots(c);
    if (fg_c_ok(c))
        c->status = fg_c_link(c);
    if (fg_c_ok(c))
        *out = c->program;
    compiler_drop(c);
    fg_arena_drop(&arena);
    return c->status;
}

fg_status fg_compile(fg_region *r, const fg_library *lib, const fg_loader *loader,
                     fg_slice file, fg_slice source, fg_program **out, fg_diag *d)
{
    fg_compiler c = { .region = r, .lib = lib, .loader = loader, .diag = d };
    return compile(&c, file, source, out);
}

fg_status fg_compile_covered(fg_region *r, const fg_library *lib,
                             const fg_loader *loader, fg_slice file, fg_slice source,
                             fg_program **out, fg_diag *d)
{
    fg_compiler c = { .region = r, .lib = lib, .loader = loader, .diag = d };
    c.cover = true;
    return compile(&c, file, source, out);
}

fg_status fg_compile_next(fg_region *r, const fg_library *lib, const fg_loader *loader,
                          fg_slice file, fg_slice source, const fg_program *before,
                          fg_program **out, fg_diag *d)
{
    fg_compiler c = { .region = r, .lib = lib, .loader = loader, .diag = d };
    c.before = before;
    return compile(&c, file, source, out);
}
