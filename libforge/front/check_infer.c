// SPDX-License-Identifier: Apache-2.0
/* Expressions: walking them, and the types of their values.
 *
 * Operators and calls in a row are deep to the left, so fg_ck_expr goes down that side in
 * a loop; `info` of each node on the way points back up. */
#include "front/check_internal.h"

/* ---- operands ---------------------------------------------------------------------------- */

static void walk_list(fg_checker *c, const fg_list *l)
{
    for (uint32_t i = 0; i < l->n; i++)
        fg_ck_expr(c, l->at[i]);
}

/* The element type if all elements agree; an Unknown one says nothing. */
static const fg_ck_type *array_type(fg_checker *c, const fg_list *l)
{
    const fg_ck_type *element = NULL;
    bool mixed = false;
    for (uint32_t i = 0; i < l->n; i++) {
        const fg_ck_type *t = fg_ck_expr(c, l->at[i]);
        if (l->at[i]->kind == FG_N_SPREAD || !fg_ck_known(t))
            continue;
        if (!element)
            element = t;
        else
            mixed |= !fg_ck_same(element, t);
    }
    return fg_ck_array(c, element && !mixed ? element : FG_CK_T(UNKNOWN));
}

static const fg_ck_type *name_type(fg_checker *c, const fg_node *n)
{
    const fg_ck_var *v = fg_ck_find(c, n->name);
    if (v) {
        const fg_ck_fn *fn = fg_ck_function_of(c, n->name);
        return fn ? fg_ck_function(c, &fn->node->list, fn->result)
                  : fg_ck_type_of(c, v);
    }
    if (fg_slice_eq(n->name, FG_SLICE("None")))
        return fg_ck_option(c, FG_CK_T(UNKNOWN));
    return FG_CK_T(UNKNOWN);
}

static void option_operand(fg_checker *c, const fg_node *n, const fg_ck_type *t)
{
    if (t->kind == FG_CK_OPTION)
        fg_ck_report(c, n->start, n->end,
                     "Option type used in operation; check with is_some() first");
}

static const fg_ck_type *unary(fg_checker *c, const fg_node *n)
{
    const fg_ck_type *t = fg_ck_expr(c, n->a);
    if (n->op == FG_OP_NOT)
        return FG_CK_T(BOOL);
    option_operand(c, n->a, t);
    return fg_ck_number(t) ? t : FG_CK_T(UNKNOWN);
}

/* must x, x?: what is there. */
static const fg_ck_type *inner(const fg_ck_type *t)
{
    return t->kind == FG_CK_OPTION || t->kind == FG_CK_RESULT ? t->a : FG_CK_T(UNKNOWN);
}

static const fg_ck_type *struct_literal(fg_checker *c, const fg_node *n)
{
    walk_list(c, &n->list);
    const fg_ck_symbol *s = fg_ck_symbol_of(c, n->name);
    return s && s->type && !s->ambiguous ? fg_ck_named(c, n->name) : FG_CK_T(UNKNOWN);
}

/* Whatever else there is: its parts are walked, its value is Unknown. */
static const fg_ck_type *anything(fg_checker *c, const fg_node *n)
{
    if (n->a)
        fg_ck_expr(c, n->a);
    if (n->b)
        fg_ck_expr(c, n->b);
    if (n->c)
        fg_ck_expr(c, n->c);
    walk_list(c, &n->list);
    return FG_CK_T(UNKNOWN);
}

static const fg_ck_type *compound(fg_checker *c, fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_ARRAY: return array_type(c, &n->list);
    case FG_N_INTERP: walk_list(c, &n->list); return FG_CK_T(STRING);
    case FG_N_OBJECT: walk_list(c, &n->list); return FG_CK_T(OBJECT);
    case FG_N_STRUCT_LIT: return struct_literal(c, n);
    case FG_N_UNARY: return unary(c, n);
    case FG_N_CALL: return fg_ck_call(c, n);
    case FG_N_MUST: return inner(fg_ck_expr(c, n->a));
    case FG_N_FREEZE: return fg_ck_expr(c, n->a);
    case FG_N_OUTPUT: fg_ck_expr(c, n->a); return FG_CK_T(NULL);
    case FG_N_IF: fg_ck_if(c, n); return FG_CK_T(UNKNOWN);
    case FG_N_MATCH: fg_ck_match(c, n); return FG_CK_T(UNKNOWN);
    case FG_N_BLOCK: fg_ck_block(c, n); return FG_CK_T(UNKNOWN);
    case FG_N_SPAWN: fg_ck_task(c, n->b); return FG_CK_T(UNKNOWN);
    case FG_N_LAMBDA:
        fg_ck_lambda(c, n);
        return fg_ck_function(c, &n->list, FG_CK_T(UNKNOWN));
    default: return fg_ck_statement(c, n) ? FG_CK_T(UNKNOWN) : anything(c, n);
    }
}

static const fg_ck_type *operand(fg_checker *c, fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_INT: return FG_CK_T(INT);
    case FG_N_FLOAT: return FG_CK_T(FLOAT);
    case FG_N_STRING: return FG_CK_T(STRING);
    case FG_N_TRUE:
    case FG_N_FALSE: return FG_CK_T(BOOL);
    case FG_N_NULL: return FG_CK_T(NULL);
    case FG_N_NAME: return name_type(c, n);
    default: return compound(c, n);
    }
}

/* ---- rows -------------------------------------------------------------------------------- */

/* The operand on which n goes on, or NULL. */
static fg_node *left_of(const fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_CALL: return n->a->kind == FG_N_NAME ? NULL : n->a;
    case FG_N_BINARY:
    case FG_N_AND:
    case FG_N_OR:
    case FG_N_FIELD:
    case FG_N_INDEX:
    case FG_N_TRY_OP:
    case FG_N_PIPE:
    case FG_N_WHERE:
    case FG_N_CHAIN: return n->a;
    default: return NULL;
    }
}

static const fg_ck_type *arithmetic(const fg_node *n, const fg_ck_type *a,
                                    const fg_ck_type *b)
{
    bool add = n->op == FG_OP_ADD;
    if (add && (a->kind == FG_CK_STRING || b->kind == FG_CK_STRING))
        return FG_CK_T(STRING);
    if (a->kind == FG_CK_INT && b->kind == FG_CK_INT)
        return FG_CK_T(INT);
    if (fg_ck_number(a) && fg_ck_number(b))
        return FG_CK_T(FLOAT);
    bool one = a->kind == FG_CK_FLOAT || b->kind == FG_CK_FLOAT;
    bool other = !fg_ck_known(a) || !fg_ck_known(b);
    return one && other && !add ? FG_CK_T(FLOAT) : FG_CK_T(UNKNOWN);
}

static const fg_ck_type *binary(fg_checker *c, const fg_node *n, const fg_ck_type *a)
{
    const fg_ck_type *b = fg_ck_expr(c, n->b);
    if (n->op != FG_OP_EQ && n->op != FG_OP_NE) {
        option_operand(c, n->a, a);
        option_operand(c, n->b, b);
    }
    return n->op >= FG_OP_EQ ? FG_CK_T(BOOL) : arithmetic(n, a, b);
}

/* One && or || of a row; what the left side says holds in the right one, until the row
 * ends at `up`. */
static const fg_ck_type *logic(fg_checker *c, const fg_node *n, const fg_node *up,
                               uint32_t *mark)
{
    bool truth = n->kind == FG_N_AND;
    bool first = n->a->kind != n->kind;
    if (first)
        *mark = c->njournal;
    fg_ck_refine(c, first ? n->a : n->a->b, truth);
    fg_ck_expr(c, n->b);
    if (!up || up->kind != n->kind)
        fg_ck_undo(c, *mark);
    return FG_CK_T(BOOL);
}

/* n, whose left operand has type t and has been walked. */
static const fg_ck_type *fold(fg_checker *c, fg_node *n, const fg_ck_type *t)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_BINARY: return binary(c, n, t);
    case FG_N_TRY_OP: c->body->leaves = true; return inner(t);
    case FG_N_PIPE:
    case FG_N_INDEX:
    case FG_N_WHERE: fg_ck_expr(c, n->b); return FG_CK_T(UNKNOWN);
    case FG_N_CALL:
    case FG_N_CHAIN: walk_list(c, &n->list); return FG_CK_T(UNKNOWN);
    default: return FG_CK_T(UNKNOWN); /* FIELD */
    }
}

const fg_ck_type *fg_ck_expr(fg_checker *c, fg_node *n)
{
    fg_node *up = NULL, *left;
    uint32_t mark = 0;
    if (c->status != FG_OK)
        return FG_CK_T(UNKNOWN);
    while ((left = left_of(n))) {
        n->info = up;
        up = n;
        n = left;
    }
    const fg_ck_type *t = operand(c, n);
    while (up) {
        n = up;
        up = n->info;
        n->info = NULL;
        bool logical = n->kind == FG_N_AND || n->kind == FG_N_OR;
        t = logical ? logic(c, n, up, &mark) : fold(c, n, t);
    }
    return t;
}
