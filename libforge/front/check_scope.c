// SPDX-License-Identifier: Apache-2.0
/* Names, scopes, and what conditions say about variables. */
#include "front/check_internal.h"

#include "base/hash.h"

#include <stdlib.h>

/* ---- symbols --------------------------------------------------------------------------- */

/* Twice as many buckets, or the first ones. */
static bool grow_table(fg_checker *c)
{
    uint32_t n = c->nbuckets ? 2 * c->nbuckets : 256;
    fg_ck_symbol **more = calloc(n, sizeof *more);
    if (!more) {
        c->status = FG_NOMEM;
        return false;
    }
    for (uint32_t i = 0; i < c->nbuckets; i++)
        for (fg_ck_symbol *s = c->buckets[i], *next; s; s = next) {
            next = s->next;
            s->next = more[s->hash & (n - 1)];
            more[s->hash & (n - 1)] = s;
        }
    free(c->buckets);
    c->buckets = more;
    c->nbuckets = n;
    return true;
}

fg_ck_symbol *fg_ck_symbol_of(fg_checker *c, fg_slice name)
{
    uint32_t hash = fg_hash_bytes(name.p, name.n);
    if (c->nsymbols >= c->nbuckets && !grow_table(c))
        return NULL;
    fg_ck_symbol **bucket = &c->buckets[hash & (c->nbuckets - 1)];
    for (fg_ck_symbol *s = *bucket; s; s = s->next)
        if (s->hash == hash && fg_slice_eq(s->name, name))
            return s;
    fg_ck_symbol *s = fg_ck_get(c, sizeof *s);
    if (!s)
        return NULL;
    *s = (fg_ck_symbol){ .next = *bucket, .name = name, .hash = hash };
    *bucket = s;
    c->nsymbols++;
    return s;
}

/* ---- scopes ---------------------------------------------------------------------------- */

void fg_ck_enter(fg_checker *c, fg_ck_scope *s)
{
    *s = (fg_ck_scope){ .parent = c->scope, .mark = c->njournal };
    c->scope = s;
}

void fg_ck_leave(fg_checker *c)
{
    fg_ck_undo(c, c->scope->mark);
    for (fg_ck_var *v = c->scope->first; v; v = v->next)
        v->symbol->var = v->shadowed;
    c->scope = c->scope->parent;
}

fg_ck_var *fg_ck_declare(fg_checker *c, fg_slice name, const fg_ck_type *t)
{
    fg_ck_symbol *s = fg_ck_symbol_of(c, name);
    fg_ck_var *v = s ? s->var : NULL;
    if (!s)
        return NULL;
    if (!v || v->scope != c->scope) {
        v = fg_ck_get(c, sizeof *v);
        if (!v)
            return NULL;
        *v = (fg_ck_var){ .symbol = s, .shadowed = s->var, .scope = c->scope };
        v->next = c->scope->first;
        c->scope->first = v;
        s->var = v;
    }
    v->declared = v->current = t;
    v->depth = c->depth;
    v->reached = true;
    v->mutable_ = true;
    v->fn = NULL;
    return v;
}

static void announce_name(fg_checker *c, fg_slice name, fg_node *fn)
{
    fg_ck_symbol *s = fg_ck_symbol_of(c, name);
    if (!s)
        return;
    bool repeated = s->var && s->var->scope == c->scope;
    fg_ck_var *v = fg_ck_declare(c, name, FG_CK_T(UNKNOWN));
    if (!v)
        return;
    v->reached = false;
    v->repeated = repeated;
    if (fn && !repeated && c->depth == 0 && !c->scope->parent)
        v->fn = fg_ck_fn_of(c, fn);
}

static void announce_type(fg_checker *c, fg_node *n)
{
    fg_ck_symbol *s = fg_ck_symbol_of(c, n->name);
    if (!s)
        return;
    if (s->type && s->type != n)
        s->ambiguous = true;
    s->type = n;
    announce_name(c, n->name, NULL);
    for (uint32_t i = 0; n->kind == FG_N_TYPE_DEF && i < n->list.n; i++)
        announce_name(c, n->list.at[i]->name, NULL);
}

static void announce_impl(fg_checker *c, fg_node *n)
{
    fg_ck_symbol *s = fg_ck_symbol_of(c, n->name);
    fg_ck_impl *impl = s && !c->loud ? fg_ck_get(c, sizeof *impl) : NULL;
    if (!impl)
        return;
    *impl = (fg_ck_impl){ .next = s->impls, .node = n };
    s->impls = impl;
}

void fg_ck_announce(fg_checker *c, fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_LET:
    case FG_N_GRAB:
    case FG_N_PROMPT:
    case FG_N_AGENT: announce_name(c, n->name, NULL); return;
    case FG_N_FN: announce_name(c, n->name, n); return;
    case FG_N_STRUCT_DEF:
    case FG_N_TYPE_DEF:
    case FG_N_INTERFACE: announce_type(c, n); return;
    case FG_N_IMPL: announce_impl(c, n); return;
    case FG_N_IMPORT: c->imports = true; /* fall through */
    case FG_N_UNPACK:
        for (uint32_t i = 0; i < n->list.n; i++)
            announce_name(c, n->list.at[i]->name, NULL);
        return;
    default: return;
    }
}

fg_ck_var *fg_ck_find(fg_checker *c, fg_slice name)
{
    fg_ck_symbol *s = fg_ck_symbol_of(c, name);
    return s ? s->var : NULL;
}

const fg_ck_type *fg_ck_type_of(const fg_checker *c, const fg_ck_var *v)
{
    if (!v->reached || (v->repeated && c->depth > v->depth))
        return FG_CK_T(UNKNOWN);
    return v->current;
}

fg_ck_fn *fg_ck_function_of(fg_checker *c, fg_slice name)
{
    const fg_ck_var *v = fg_ck_find(c, name);
    if (!v || !v->fn || v->repeated)
        return NULL;
    return v->reached || c->depth > v->depth ? v->fn : NULL;
}

/* ---- the journal ------------------------------------------------------------------------- */

void fg_ck_change_type(fg_checker *c, fg_ck_var *v, const fg_ck_type *t, bool assigned)
{
    if (c->njournal == c->journal_cap) {
        uint32_t cap = c->journal_cap ? 2 * c->journal_cap : 64;
        fg_ck_change *more = realloc(c->journal, cap * sizeof *more);
        if (!more) {
            c->status = FG_NOMEM;
            return;
        }
        c->journal = more;
        c->journal_cap = cap;
    }
    c->journal[c->njournal++] = (fg_ck_change){ v, v->current, assigned };
    v->current = t;
}

void fg_ck_undo(fg_checker *c, uint32_t mark)
{
    uint32_t end = c->njournal;
    for (uint32_t i = end; i > mark; i--)
        c->journal[i - 1].var->current = c->journal[i - 1].old;
    c->njournal = mark;
    for (uint32_t i = mark; i < end; i++) {
        fg_ck_var *v = c->journal[i].var;
        if (c->journal[i].assigned && v->current->kind != FG_CK_UNKNOWN)
            fg_ck_change_type(c, v, FG_CK_T(UNKNOWN), true);
    }
}

void fg_ck_forget(fg_checker *c)
{
    uint32_t n = c->njournal;
    for (uint32_t i = 0; i < n; i++) {
        fg_ck_var *v = c->journal[i].var;
        if (v->mutable_ && v->current != v->declared && fg_ck_known(v->current))
            fg_ck_change_type(c, v, FG_CK_T(UNKNOWN), false);
    }
}

/* ---- narrowing --------------------------------------------------------------------------- */

/* The variable a condition may speak of, or NULL. */
static fg_ck_var *variable(fg_checker *c, const fg_node *n)
{
    return n->kind == FG_N_NAME ? fg_ck_find(c, n->name) : NULL;
}

/* The variable has a value (some), or is null or None (!some). */
static void refine_option(fg_checker *c, const fg_node *n, bool some)
{
    fg_ck_var *v = variable(c, n);
    const fg_ck_type *t = v ? fg_ck_type_of(c, v) : NULL;
    if (t && t->kind == FG_CK_OPTION)
        fg_ck_change_type(c, v, some ? t->a : FG_CK_T(NULL), false);
}

/* It is known to be Ok or Err.  The value stays a Result, but asked for its payload: both
 * readings go. */
static void refine_result(fg_checker *c, const fg_node *n)
{
    fg_ck_var *v = variable(c, n);
    const fg_ck_type *t = v ? fg_ck_type_of(c, v) : NULL;
    if (t && t->kind == FG_CK_RESULT)
        fg_ck_change_type(c, v, FG_CK_T(UNKNOWN), false);
}

bool fg_ck_is_nothing(fg_checker *c, const fg_node *n)
{
    return n->kind == FG_N_NULL
           || (n->kind == FG_N_NAME && fg_slice_eq(n->name, FG_SLICE("None"))
               && !fg_ck_find(c, n->name));
}

static void refine_equality(fg_checker *c, const fg_node *n, bool equal)
{
    if (fg_ck_is_nothing(c, n->b))
        refine_option(c, n->a, !equal);
    else if (fg_ck_is_nothing(c, n->a))
        refine_option(c, n->b, !equal);
}

static void refine_call(fg_checker *c, const fg_node *n, bool truth)
{
    if (n->a->kind != FG_N_NAME || n->list.n != 1 || fg_ck_find(c, n->a->name))
        return;
    if (fg_slice_eq(n->a->name, FG_SLICE("is_some")))
        refine_option(c, n->list.at[0], truth);
    else if (fg_slice_eq(n->a->name, FG_SLICE("is_none")))
        refine_option(c, n->list.at[0], !truth);
    else if (fg_slice_eq(n->a->name, FG_SLICE("is_ok"))
             || fg_slice_eq(n->a->name, FG_SLICE("is_err")))
        refine_result(c, n->list.at[0]);
}

void fg_ck_refine(fg_checker *c, const fg_node *n, bool truth)
{
    fg_node_kind both = truth ? FG_N_AND : FG_N_OR; /* each side holds by itself */
    while (n->kind == both) {
        fg_ck_refine(c, n->b, truth);
        n = n->a;
    }
    if (n->kind == FG_N_UNARY && n->op == FG_OP_NOT)
        fg_ck_refine(c, n->a, !truth);
    else if (n->kind == FG_N_BINARY && (n->op == FG_OP_EQ || n->op == FG_OP_NE))
        refine_equality(c, n, (n->op == FG_OP_EQ) == truth);
    else if (n->kind == FG_N_CALL)
        refine_call(c, n, truth);
    else if (truth)
        refine_option(c, n, true); /* None is false */
}
