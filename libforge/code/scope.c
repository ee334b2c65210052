// SPDX-License-Identifier: Apache-2.0
/* Which name means which variable.
 *
 * Scoping is lexical with late binding: within a function a name
 * is visible from its declaration on; a function sees every variable of the scopes around
 * it, also those declared after it stands there, as soon as they are set.  Top-level
 * variables are globals and always found by name.
 *
 * The first pass declares; the second resolves names (leaving an fg_ref in `info` of NAME
 * nodes), finds out what is captured and assigned, and marks nodes that may run code. */
#include "code/compiler.h"

#include "value/string.h"

#include <stdlib.h>

#define SCOPE_HASH 12u /* names from which a scope gets a hash table */
#define WALK_DEPTH 3000u

/* An assignment whose value decides whether a variable may hold containers. */
typedef struct fg_assignment {
    struct fg_assignment *next;
    fg_var *var;
    const fg_node *value; /* NULL: anything */
} fg_assignment;

static uint32_t name_hash(fg_slice s)
{
    uint32_t h = 2166136261u;
    for (uint32_t i = 0; i < s.n; i++)
        h = (h ^ (uint8_t)s.p[i]) * 16777619u;
    return h;
}

static void table_put(fg_scope *s, fg_var *v)
{
    uint32_t i = name_hash(v->name) & (s->ntable - 1);
    while (s->table[i])
        i = (i + 1) & (s->ntable - 1);
    s->table[i] = v;
}

static void table_grow(fg_compiler *c, fg_scope *s)
{
    s->ntable = s->ntable ? s->ntable * 2 : 64;
    s->table = fg_arena_get(c->arena, sizeof(fg_var *) * s->ntable);
    if (!s->table) {
        s->ntable = 0;
        fg_c_nomem(c);
        return;
    }
    for (fg_var *v = s->first; v; v = v->next)
        table_put(s, v);
}

fg_var *fg_c_find(const fg_scope *s, fg_slice name)
{
    if (s->table) {
        uint32_t i = name_hash(name) & (s->ntable - 1);
        for (; s->table[i]; i = (i + 1) & (s->ntable - 1))
            if (fg_slice_eq(s->table[i]->name, name))
                return s->table[i];
        return NULL;
    }
    for (fg_var *v = s->first; v; v = v->next)
        if (fg_slice_eq(v->name, name))
            return v;
    return NULL;
}

/* ---- declaring ---------------------------------------------------------------------- */

static fg_scope *scope_new(fg_compiler *c, fg_fn *fn)
{
    fg_scope *s = fg_arena_get(c->arena, sizeof *s);
    if (!s) {
        fg_c_nomem(c);
        return c->scope;
    }
    s->parent = c->scope;
    s->fn = fn;
    return s;
}

static void scope_add(fg_compiler *c, fg_scope *s, fg_var *v)
{
    if (s->last)
        s->last->next = v;
    else
        s->first = v;
    s->last = v;
    s->nvars++;
    if (s->nvars >= SCOPE_HASH && s->nvars * 2 > s->ntable)
        table_grow(c, s);
    else if (s->table)
        table_put(s, v);
}

static fg_var *declare(fg_compiler *c, fg_slice name, uint32_t from, bool mutable_)
{
    fg_scope *s = c->scope;
    fg_var *v = fg_c_find(s, name);
    if (v) { /* declared again: the same variable, set again */
        v->assigned = true;
        v->mutable_ = mutable_;
        return v;
    }
    v = fg_arena_get(c->arena, sizeof *v);
    if (!v) {
        fg_c_nomem(c);
        return NULL;
    }
    v->name = name;
    v->fn = s->fn;
    v->declared = from;
    v->mutable_ = mutable_;
    v->reg = -1;
    v->scalar = true;
    if (s == c->globals) {
        v->is_global = true;
        v->global = fg_c_global(c, name);
    }
    scope_add(c, s, v);
    return v;
}

/* The string that says which type of this name a module's values have. */
static fg_string *type_label(fg_compiler *c, const fg_file *f, const fg_typedecl *t)
{
    const fg_string *text = fg_c_string(c, t->name);
    if (f == c->files)
        return (fg_string *)text;
    fg_typename *label = fg_region_get(c->region, sizeof *label);
    if (!label)
        return NULL;
    label->s = *text;
    label->s.h.bits |= FG_S_STATIC | FG_S_TYPE;
    label->global = t->global;
    return &label->s;
}

/* A global for a type of a module, which is defined whenever the module is imported. */
static uint32_t module_global(fg_compiler *c, fg_slice name)
{
    uint32_t global = fg_c_global(c, name);
    if (fg_c_ok(c)) {
        fg_global *g = &c->glist[global];
        g->hidden = g->module = g->assigned = true;
    }
    return global;
}

fg_typedecl *fg_c_typedecl(fg_compiler *c, fg_file *f, fg_slice name)
{
    for (fg_typedecl *t = f->types; t; t = t->next)
        if (fg_slice_eq(t->name, name))
            return t;
    fg_typedecl *t = fg_arena_get(c->arena, sizeof *t);
    if (!t) {
        fg_c_nomem(c);
        return NULL;
    }
    t->name = name;
    t->global = f == c->files ? fg_c_global(c, name) : module_global(c, name);
    t->label = type_label(c, f, t);
    if (!fg_c_ok(c) || !t->label) {
        fg_c_nomem(c);
        return NULL;
    }
    c->glist[t->global].hidden = true;
    t->next = f->types;
    f->types = t;
    return t;
}

uint32_t fg_c_type(fg_compiler *c, fg_slice name)
{
    const fg_typedecl *t = fg_c_typedecl(c, c->file, name);
    return t ? t->global : 0;
}

fg_value fg_c_type_label(fg_compiler *c, fg_slice name)
{
    const fg_typedecl *t = fg_c_typedecl(c, c->file, name);
    return t ? fg_string_value(t->label) : fg_c_strv(c, name);
}

void fg_c_add_unit(fg_compiler *c, fg_slice name)
{
    fg_file *f = c->file;
    if (fg_c_grow(c, &f->units, f->nunits, &f->cunits, sizeof name))
        f->units[f->nunits++] = name;
}

bool fg_c_is_unit(const fg_compiler *c, fg_slice name)
{
    for (uint32_t i = 0; i < c->file->nunits; i++)
        if (fg_slice_eq(c->file->units[i], name))
            return true;
    return fg_slice_eq(name, FG_SLICE("None"));
}

static void declare_node(fg_compiler *c, fg_node *n);

static void declare_list(fg_compiler *c, const fg_list *l)
{
    for (uint32_t i = 0; i < l->n; i++)
        declare_node(c, l->at[i]);
}

static void declare_children(fg_compiler *c, fg_node *n)
{
    declare_node(c, n->a);
    declare_node(c, n->b);
    declare_node(c, n->c);
    declare_list(c, &n->list);
    declare_list(c, &n->list2);
}

/* Declares the parts of n in a scope of its own, which n->info keeps. */
static void declare_inside(fg_compiler *c, fg_node *n,
                           void (*parts)(fg_compiler *, fg_node *))
{
    fg_scope *outer = c->scope;
    n->info = c->scope = scope_new(c, outer->fn);
    parts(c, n);
    c->scope = outer;
}

static void for_parts(fg_compiler *c, fg_node *n)
{
    declare(c, n->name, n->start, true);
    if (n->name2.n)
        declare(c, n->name2, n->start, true);
    declare(c, (fg_slice){ "", 0 }, n->start, true); /* what the loop walks */
    declare_node(c, n->b);
}

static void repeat_parts(fg_compiler *c, fg_node *n)
{
    declare(c, FG_SLICE("_"), n->start, true);
    declare_node(c, n->b);
}

static void catch_parts(fg_compiler *c, fg_node *n)
{
    declare(c, n->name, n->a->end, true);
    declare_node(c, n->b);
}

static void declare_pattern(fg_compiler *c, fg_node *p)
{
    if (p->kind == FG_N_PAT_NAME && !fg_c_is_unit(c, p->name))
        p->info = declare(c, p->name, p->start, true);
    for (uint32_t i = 0; i < p->list.n; i++)
        declare_pattern(c, p->list.at[i]);
}

static void arm_parts(fg_compiler *c, fg_node *n)
{
    declare_pattern(c, n->a);
    declare_node(c, n->c);
    declare_node(c, n->b);
}

/* A function: parameters and body share one scope, which body->info keeps. */
static void declare_function(fg_compiler *c, fg_node *n)
{
    fg_scope *outer = c->scope;
    fg_fn *fn = fg_arena_get(c->arena, sizeof *fn);
    if (!fn) {
        fg_c_nomem(c);
        return;
    }
    fn->parent = outer->fn;
    fn->node = n;
    c->scope = scope_new(c, fn);
    fn->scope = c->scope;
    n->b->info = c->scope;
    for (uint32_t i = 0; i < n->list.n; i++) {
        fg_node *p = n->list.at[i];
        p->info = declare(c, p->name, p->end, true);
        declare_node(c, p->a);
    }
    declare_list(c, &n->b->list);
    c->scope = outer;
}

fg_slice fg_c_hidden_name(fg_compiler *c, const char *before, fg_slice name)
{
    size_t n = strlen(before) + name.n + 2;
    char *at = fg_arena_get(c->arena, n);
    if (!at) {
        fg_c_nomem(c);
        return name;
    }
    memcpy(at, before, strlen(before));
    memcpy(at + strlen(before), name.p, name.n);
    memcpy(at + n - 2, "__", 2);
    return fg_slice_of(at, n);
}

static void declare_definition(fg_compiler *c, fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_STRUCT_DEF:
        n->info = declare(c, n->name, n->start, true);
        fg_c_type(c, n->name);
        declare_list(c, &n->list);
        return;
    case FG_N_TYPE_DEF:
        fg_c_type(c, n->name);
        n->info = declare(c, fg_c_hidden_name(c, "__type_", n->name), n->start, true);
        declare(c, n->name, n->start, true);
        for (uint32_t i = 0; i < n->list.n; i++)
            n->list.at[i]->info = declare(c, n->list.at[i]->name, n->start, true);
        return;
    case FG_N_INTERFACE:
        n->info = declare(c, n->name, n->start, true);
        declare(c, fg_c_hidden_name(c, "__interface_", n->name), n->start, true);
        return;
    case FG_N_IMPL:
        fg_c_type(c, n->name);
        for (uint32_t i = 0; i < n->list.n; i++)
            declare_function(c, n->list.at[i]);
        return;
    default: return;
    }
}

/* An import that fails sets nothing. */
static void declare_import(fg_compiler *c, const fg_node *n)
{
    const fg_import *im = n->info;
    for (uint32_t i = 0; im && i < im->names.n; i++)
        if (im->at[i] != UINT32_MAX)
            im->names.at[i]->info = declare(c, im->names.at[i]->name, n->end, true);
    for (uint32_t i = 0; im && i < im->ntypes; i++) {
        fg_typedecl *t = fg_c_typedecl(c, c->file, im->types[i]);
        if (t)
            t->linked = true;
    }
}

static void declare_node(fg_compiler *c, fg_node *n)
{
    if (!n || !fg_c_ok(c))
        return;
    if (c->depth > WALK_DEPTH) {
        fg_c_error(c, n, "this is nested too deeply");
        return;
    }
    c->depth++;
    switch ((fg_node_kind)n->kind) {
    case FG_N_BLOCK: {
        fg_scope *outer = c->scope;
        n->info = c->scope = scope_new(c, outer->fn);
        declare_list(c, &n->list);
        c->scope = outer;
        break;
    }
    case FG_N_LET:
        declare_node(c, n->a);
        n->info = declare(c, n->name, n->end, (n->flags & FG_NF_MUT) != 0);
        if (n->info)
            ((fg_var *)n->info)->let = n;
        break;
    case FG_N_GRAB:
        declare_children(c, n);
        n->info = declare(c, n->name, n->end, false);
        break;
    case FG_N_UNPACK:
        declare_node(c, n->a);
        for (uint32_t i = 0; i < n->list.n; i++)
            n->list.at[i]->info = declare(c, n->list.at[i]->name, n->end, true);
        break;
    case FG_N_FN:
        n->info = declare(c, n->name, n->start, true);
        declare_function(c, n);
        declare_list(c, &n->list2);
        break;
    case FG_N_LAMBDA:
    case FG_N_SPAWN: declare_function(c, n); break;
    case FG_N_SCHEDULE:
    case FG_N_WATCH:
        declare_node(c, n->a);
        declare_function(c, n);
        break;
    case FG_N_FOR:
        declare_node(c, n->a);
        declare_inside(c, n, for_parts);
        break;
    case FG_N_REPEAT:
        declare_node(c, n->a);
        declare_inside(c, n, repeat_parts);
        break;
    case FG_N_TRY:
        declare_node(c, n->a);
        declare_inside(c, n, catch_parts);
        break;
    case FG_N_ARM: declare_inside(c, n, arm_parts); break;
    case FG_N_STRUCT_DEF:
    case FG_N_TYPE_DEF:
    case FG_N_INTERFACE:
    case FG_N_IMPL: declare_definition(c, n); break;
    case FG_N_PROMPT:
    case FG_N_AGENT: n->info = declare(c, n->name, n->start, true); break;
    case FG_N_IMPORT: declare_import(c, n); break;
    default: declare_children(c, n); break;
    }
    c->depth--;
}

/* Unit variants decide what bare names in patterns mean, wherever the type is defined. */
static void collect_units(fg_compiler *c, fg_node *n)
{
    if (!n || !fg_c_ok(c))
        return;
    if (n->kind == FG_N_TYPE_DEF) {
        for (uint32_t i = 0; i < n->list.n; i++) {
            if (n->list.at[i]->list.n)
                continue;
            fg_c_add_unit(c, n->list.at[i]->name);
        }
        return;
    }
    if (c->depth++ < WALK_DEPTH) {
        collect_units(c, n->a);
        collect_units(c, n->b);
        collect_units(c, n->c);
        for (uint32_t i = 0; i < n->list.n; i++)
            collect_units(c, n->list.at[i]);
    }
    c->depth--;
}

/* The globals of the program before come first, with their numbers. */
static void declare_before(fg_compiler *c)
{
    for (uint32_t i = 0; i < c->before->nglobals && fg_c_ok(c); i++) {
        const fg_global *g = &c->before->globals[i];
        if (g->module)
            module_global(c, fg_string_slice(g->name));
        else if (g->hidden)
            fg_c_type(c, fg_string_slice(g->name));
        else
            declare(c, fg_string_slice(g->name), 0, g->mutable_);
        if (g->unit)
            fg_c_add_unit(c, fg_string_slice(g->name));
    }
}

void fg_c_declare(fg_compiler *c, fg_node *root)
{
    collect_units(c, root);
    c->scope = NULL;
    c->scope = scope_new(c, c->file->fn);
    if (!fg_c_ok(c))
        return;
    c->file->scope = c->file->fn->scope = c->scope;
    c->globals = fg_c_in_module(c) ? NULL : c->scope;
    root->info = c->scope;
    if (c->before && !fg_c_in_module(c))
        declare_before(c);
    declare_list(c, &root->list);
}

/* ---- resolving ---------------------------------------------------------------------- */

/* Source offset where the function inside `outer` that contains fn stands. */
static uint32_t function_offset(const fg_fn *fn, const fg_fn *outer)
{
    while (fn->parent != outer)
        fn = fn->parent;
    return fn->node->start;
}

static fg_ref *ref_new(fg_compiler *c, fg_refkind kind, fg_var *v)
{
    fg_ref *r = fg_arena_get(c->arena, sizeof *r);
    if (!r) {
        fg_c_nomem(c);
        return NULL;
    }
    r->kind = kind;
    r->var = v;
    return r;
}

static fg_ref *library_ref(fg_compiler *c, fg_slice name, fg_var *global)
{
    const fg_native *native = c->lib->global(name);
    const fg_module *module = c->lib->module(name);
    fg_refkind kind = global   ? FG_REF_GLOBAL
                      : module ? FG_REF_MODULE
                      : native ? FG_REF_BUILTIN
                               : FG_REF_UNDEFINED;
    if (fg_slice_eq(name, FG_SLICE("None")) && !global)
        kind = FG_REF_BUILTIN;
    if (!global && (native || module))
        c->lib->expect(name);
    fg_ref *r = ref_new(c, kind, global);
    if (r) {
        r->native = native;
        r->module = module;
    }
    return r;
}

/* A name that nothing explains.  In a function it may be defined by a later program, and in
 * a page the host may know it. */
static fg_ref *unknown_ref(fg_compiler *c, fg_fn *fn, fg_slice name)
{
    fg_ref *r = library_ref(c, name, NULL);
    bool given = !c->before && fg_slice_eq(name, FG_GIVEN);
    bool later = c->before && fn != c->main;
    if ((!given && !later) || fg_c_in_module(c) || !r || r->kind != FG_REF_UNDEFINED)
        return r;
    fg_scope *scope = c->scope;
    c->scope = c->globals;
    fg_var *v = declare(c, name, 0, true);
    c->scope = scope;
    if (v && given) {
        v->scalar = false;
        c->glist[v->global].given = true;
    }
    return v ? library_ref(c, name, v) : NULL;
}

static fg_ref *lookup(fg_compiler *c, fg_scope *s, fg_fn *fn, fg_slice name,
                      uint32_t at)
{
    for (; s; s = s->parent) {
        fg_var *v = fg_c_find(s, name);
        if (!v)
            continue;
        if (v->is_global)
            return library_ref(c, name, v);
        if (v->fn == fn) {
            if (v->declared <= at)
                return ref_new(c, FG_REF_LOCAL, v);
            continue;
        }
        v->captured = true;
        fg_ref *r = ref_new(c, FG_REF_CAPTURE, v);
        if (r && v->declared >= function_offset(fn, v->fn)) {
            v->late = true;
            r->late = true;
            r->outer = lookup(c, s->parent, fn, name, at);
        }
        return r;
    }
    return unknown_ref(c, fn, name);
}

const fg_ref *fg_c_name_ref(const fg_node *n) { return n->info; }

static void note_value(fg_compiler *c, fg_var *v, const fg_node *value)
{
    fg_assignment *a = fg_arena_get(c->arena, sizeof *a);
    if (!a) {
        fg_c_nomem(c);
        return;
    }
    a->var = v;
    a->value = value;
    a->next = c->assignments;
    c->assignments = a;
}

static void mark_assigned(fg_compiler *c, const fg_ref *r, const fg_node *value)
{
    for (; r; r = r->outer) {
        if (!r->var)
            continue;
        r->var->assigned = true;
        note_value(c, r->var, value);
        if (r->var->is_global && c->scope->fn != c->main)
            c->glist[r->var->global].assigned = true;
    }
}

static const fg_node *path_root(const fg_node *n)
{
    while (n->kind == FG_N_FIELD || n->kind == FG_N_INDEX)
        n = n->a;
    return n;
}

static int inplace_name(fg_slice s)
{
    static const char *const names[] = { "push", "pop", "add", "remove" };
    for (int i = 0; i < 4; i++)
        if (fg_slice_eq(s, fg_slice_str(names[i])))
            return i;
    return -1;
}

fg_var *fg_c_inplace(const fg_node *call, int *which, fg_node **arg, fg_node **receiver)
{
    const fg_node *f = call->a;
    const fg_list *l = &call->list;
    uint32_t skip = 0;
    if (f->kind == FG_N_FIELD) {
        *receiver = f->a;
    } else if (f->kind == FG_N_NAME && l->n > 0 && fg_c_name_ref(f)
               && fg_c_name_ref(f)->kind == FG_REF_BUILTIN) {
        *receiver = l->at[0];
        skip = 1;
    } else {
        return NULL;
    }
    *which = inplace_name(f->name);
    if (*which < 0 || (skip && *which > FG_IN_POP) || (*receiver)->kind != FG_N_NAME)
        return NULL;
    uint32_t want = skip + (*which == FG_IN_POP ? 0 : 1);
    if (l->n != want || (want > skip && l->at[skip]->kind == FG_N_SPREAD))
        return NULL;
    *arg = want > skip ? l->at[skip] : NULL;
    const fg_ref *r = fg_c_name_ref(*receiver);
    return r && r->var && r->var->mutable_ ? r->var : NULL;
}

static uint32_t resolve_node(fg_compiler *c, fg_node *n);

static uint32_t resolve_list(fg_compiler *c, const fg_list *l)
{
    uint32_t flags = 0;
    for (uint32_t i = 0; i < l->n; i++)
        flags |= resolve_node(c, l->at[i]);
    return flags;
}

static uint32_t resolve_children(fg_compiler *c, fg_node *n)
{
    uint32_t flags = resolve_node(c, n->a);
    flags |= resolve_node(c, n->b);
    flags |= resolve_node(c, n->c);
    flags |= resolve_list(c, &n->list);
    return flags;
}

static void resolve_function(fg_compiler *c, fg_node *n)
{
    fg_scope *outer = c->scope;
    c->scope = n->b->info;
    for (uint32_t i = 0; i < n->list.n; i++) {
        fg_node *p = n->list.at[i];
        note_value(c, p->info, NULL);
        resolve_node(c, p->a);
    }
    resolve_list(c, &n->b->list);
    c->scope = outer;
}

static uint32_t resolve_scoped(fg_compiler *c, fg_node *n, fg_node *first,
                               fg_node *second)
{
    fg_scope *outer = c->scope;
    c->scope = n->info;
    uint32_t flags = resolve_node(c, first) | resolve_node(c, second);
    c->scope = outer;
    return flags;
}

/* A loop over range() gives ints; any other loop anything. */
static void note_loop_variables(fg_compiler *c, fg_node *n)
{
    fg_scope *s = n->info;
    bool ints = n->kind == FG_N_REPEAT;
    if (n->kind == FG_N_FOR && n->a->kind == FG_N_CALL && n->a->a->kind == FG_N_NAME) {
        const fg_ref *r = fg_c_name_ref(n->a->a);
        ints = r && r->kind == FG_REF_BUILTIN
               && fg_slice_eq(n->a->a->name, FG_SLICE("range"));
    }
    if (!ints)
        for (fg_var *v = s->first; v; v = v->next)
            note_value(c, v, NULL);
}

static uint32_t resolve_call(fg_compiler *c, fg_node *n)
{
    uint32_t flags = resolve_children(c, n) | FG_NF_RUNS;
    int which;
    fg_node *arg, *receiver;
    if (fg_c_inplace(n, &which, &arg, &receiver)) {
        mark_assigned(c, fg_c_name_ref(receiver), NULL);
        flags |= FG_NF_ASSIGNS;
    }
    return flags;
}

static uint32_t resolve_assign(fg_compiler *c, fg_node *n)
{
    uint32_t flags = resolve_node(c, n->a) | resolve_node(c, n->b);
    const fg_node *root = path_root(n->a);
    if (root->kind == FG_N_NAME)
        mark_assigned(c, fg_c_name_ref(root),
                      root != n->a || (n->op && !fg_c_scalar(n->a)) ? NULL : n->b);
    return flags | FG_NF_ASSIGNS;
}

static void define_value(fg_compiler *c, fg_var *v, const fg_node *value)
{
    if (v)
        note_value(c, v, value);
    if (v && v->is_global && c->scope->fn != c->main)
        c->glist[v->global].assigned = true;
}

/* Of a variable that is declared twice in a scope, the declaration passed last counts. */
void fg_c_set_mutable(const fg_node *let)
{
    fg_var *v = let->info;
    if (!v)
        return;
    v->let = let;
    v->mutable_ = (let->flags & FG_NF_MUT) != 0;
}

static void resolve_definition(fg_compiler *c, fg_node *n)
{
    bool nested = c->scope->fn != c->main;
    if (nested && n->kind != FG_N_INTERFACE)
        c->glist[fg_c_type(c, n->name)].assigned = true;
    switch ((fg_node_kind)n->kind) {
    case FG_N_IMPL:
        for (uint32_t i = 0; i < n->list.n; i++)
            resolve_function(c, n->list.at[i]);
        if (n->name2.n) { /* the ability is looked up like any name */
            fg_ref *r = lookup(c, c->scope, c->scope->fn, n->name2, n->start);
            n->info = r;
        }
        return;
    case FG_N_TYPE_DEF:
        for (uint32_t i = 0; i < n->list.n; i++)
            note_value(c, n->list.at[i]->info, NULL);
        break;
    case FG_N_STRUCT_DEF:
        for (uint32_t i = 0; i < n->list.n; i++)
            resolve_node(c, n->list.at[i]->a);
        break;
    default: break;
    }
    if (n->info)
        note_value(c, n->info, NULL);
}

static void resolve_import(fg_compiler *c, const fg_node *n)
{
    const fg_import *im = n->info;
    if (!im || !im->file)
        return;
    for (uint32_t i = 0; i < im->names.n; i++) {
        fg_var *v = im->names.at[i]->info;
        define_value(c, v, NULL);
        if (v)
            v->mutable_ = true;
    }
    for (fg_typedecl *t = c->file->types; t && c->scope->fn != c->main; t = t->next)
        if (t->linked)
            c->glist[t->global].assigned = true;
}

static uint32_t resolve_kind(fg_compiler *c, fg_node *n)
{
    fg_scope *outer = c->scope;
    uint32_t flags = 0;
    switch ((fg_node_kind)n->kind) {
    case FG_N_NAME:
        n->info = lookup(c, c->scope, c->scope->fn, n->name, n->start);
        return 0;
    case FG_N_BLOCK:
        c->scope = n->info;
        flags = resolve_list(c, &n->list);
        c->scope = outer;
        return flags | FG_NF_ASSIGNS;
    case FG_N_LET:
        flags = resolve_node(c, n->a);
        define_value(c, n->info, n->a);
        fg_c_set_mutable(n);
        return flags | FG_NF_ASSIGNS;
    case FG_N_GRAB:
        flags = resolve_children(c, n);
        define_value(c, n->info, NULL);
        return flags | FG_NF_RUNS | FG_NF_ASSIGNS;
    case FG_N_UNPACK:
        flags = resolve_node(c, n->a);
        for (uint32_t i = 0; i < n->list.n; i++)
            define_value(c, n->list.at[i]->info, NULL);
        return flags | FG_NF_ASSIGNS;
    case FG_N_FN:
        define_value(c, n->info, NULL);
        resolve_function(c, n);
        for (uint32_t i = 0; i < n->list2.n; i++)
            resolve_list(c, &n->list2.at[i]->list);
        return 0;
    case FG_N_LAMBDA: resolve_function(c, n); return 0;
    case FG_N_SPAWN: resolve_function(c, n); return 0;
    case FG_N_SCHEDULE:
    case FG_N_WATCH:
        flags = resolve_node(c, n->a);
        resolve_function(c, n);
        return flags;
    case FG_N_SQUAD:
    case FG_N_WAIT:
    case FG_N_TIMEOUT: return resolve_children(c, n) | FG_NF_RUNS;
    case FG_N_FOR:
    case FG_N_REPEAT:
        flags = resolve_node(c, n->a);
        note_loop_variables(c, n);
        return flags | resolve_scoped(c, n, n->b, NULL) | FG_NF_RUNS;
    case FG_N_TRY:
        flags = resolve_node(c, n->a);
        note_value(c, ((fg_scope *)n->info)->first, NULL);
        return flags | resolve_scoped(c, n, n->b, NULL);
    case FG_N_ARM:
        for (fg_var *v = ((fg_scope *)n->info)->first; v; v = v->next)
            note_value(c, v, NULL);
        return resolve_scoped(c, n, n->c, n->b);
    case FG_N_CALL: return resolve_call(c, n);
    case FG_N_PIPE:
    case FG_N_CHAIN:
    case FG_N_AWAIT:
    case FG_N_ASK:
    case FG_N_DOWNLOAD:
    case FG_N_CRAWL: return resolve_children(c, n) | FG_NF_RUNS;
    case FG_N_ASSIGN: return resolve_assign(c, n);
    case FG_N_STRUCT_DEF:
    case FG_N_TYPE_DEF:
    case FG_N_INTERFACE:
    case FG_N_IMPL: resolve_definition(c, n); return 0;
    case FG_N_IMPORT: resolve_import(c, n); return FG_NF_RUNS | FG_NF_ASSIGNS;
    default: return resolve_children(c, n);
    }
}

static uint32_t resolve_node(fg_compiler *c, fg_node *n)
{
    if (!n || !fg_c_ok(c))
        return 0;
    uint32_t flags = resolve_kind(c, n) & (FG_NF_RUNS | FG_NF_ASSIGNS);
    n->flags |= (uint16_t)flags;
    return flags;
}

/* ---- which variables never hold containers ------------------------------------------ */

bool fg_c_scalar(const fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_INT:
    case FG_N_FLOAT:
    case FG_N_STRING:
    case FG_N_INTERP:
    case FG_N_TRUE:
    case FG_N_FALSE:
    case FG_N_NULL:
    case FG_N_UNARY:
    case FG_N_BINARY:
    case FG_N_AND:
    case FG_N_OR:
    case FG_N_LAMBDA:
    case FG_N_OUTPUT:
    case FG_N_CHECK: return true;
    case FG_N_NAME: {
        const fg_ref *r = fg_c_name_ref(n);
        return r && r->var && r->var->scalar && !r->late && !r->var->is_global;
    }
    default: return false;
    }
}

static void infer_scalars(fg_compiler *c)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (fg_assignment *a = c->assignments; a; a = a->next) {
            if (a->var && a->var->scalar && (!a->value || !fg_c_scalar(a->value))) {
                a->var->scalar = false;
                changed = true;
            }
        }
    }
}

void fg_c_resolve(fg_compiler *c, fg_node *root)
{
    c->scope = c->file->scope;
    resolve_list(c, &root->list);
    infer_scalars(c);
}
