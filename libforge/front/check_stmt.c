// SPDX-License-Identifier: Apache-2.0
/* Statements, blocks and the bodies of functions. */
#include "front/check_internal.h"

/* ---- blocks ---------------------------------------------------------------------------- */

static bool is_value(const fg_node *n);

/* Walks a BLOCK's statements, or one; the type of the last one's value. */
static const fg_ck_type *statements(fg_checker *c, fg_node *n)
{
    const fg_ck_type *last = FG_CK_T(NULL);
    if (n->kind != FG_N_BLOCK) {
        fg_ck_announce(c, n);
        return fg_ck_expr(c, n);
    }
    for (uint32_t i = 0; i < n->list.n; i++)
        fg_ck_announce(c, n->list.at[i]);
    for (uint32_t i = 0; i < n->list.n; i++)
        last = fg_ck_expr(c, n->list.at[i]);
    bool value = n->list.n > 0 && is_value(n->list.at[n->list.n - 1]);
    return value ? last : FG_CK_T(NULL);
}

void fg_ck_block(fg_checker *c, fg_node *n)
{
    fg_ck_scope scope;
    fg_ck_enter(c, &scope);
    statements(c, n);
    fg_ck_leave(c);
}

/* ---- functions ------------------------------------------------------------------------- */

static void add_result(fg_ck_body *b, const fg_ck_type *t)
{
    if (!b->result || fg_ck_same(b->result, t))
        b->result = t;
    else if (fg_ck_number(b->result) && fg_ck_number(t))
        b->result = FG_CK_T(FLOAT);
    else
        b->result = FG_CK_T(UNKNOWN);
}

/* Whether the statement has a value when it is a function's last one. */
static bool is_value(const fg_node *n)
{
    return n->kind < FG_N_PAT_ANY; /* expressions come first in the list of kinds */
}

/* The type of a parameter; one that is null by default may be. */
static const fg_ck_type *param_type(fg_checker *c, const fg_node *p)
{
    const fg_ck_type *t = fg_ck_annotation(c, p->b);
    bool may_be_null = p->a && t->kind != FG_CK_OPTION && fg_ck_is_nothing(c, p->a);
    return may_be_null && fg_ck_known(t) ? fg_ck_option(c, t) : t;
}

/* Inside, what is null only by default is not asked to be checked for it. */
static const fg_ck_type *inside_type(fg_checker *c, const fg_node *p)
{
    const fg_ck_type *t = fg_ck_annotation(c, p->b);
    return p->a && fg_ck_is_nothing(c, p->a) && t->kind != FG_CK_OPTION
               ? FG_CK_T(UNKNOWN)
               : t;
}

static void declare_params(fg_checker *c, const fg_list *params)
{
    for (uint32_t i = 0; i < params->n; i++) {
        fg_node *p = params->at[i];
        if (p->a)
            fg_ck_expr(c, p->a);
        fg_ck_declare(c, p->name, inside_type(c, p));
    }
}

static void walk_body(fg_checker *c, fg_ck_body *b, const fg_list *params,
                      fg_node *block)
{
    fg_ck_scope scope;
    b->outer = c->body;
    c->body = b;
    c->depth++;
    fg_ck_enter(c, &scope);
    fg_ck_forget(c);
    if (params)
        declare_params(c, params);
    const fg_ck_type *last = statements(c, block);
    if (!fg_ck_exits(block))
        add_result(b, last);
    fg_ck_leave(c);
    c->depth--;
    c->body = b->outer;
}

void fg_ck_task(fg_checker *c, fg_node *block)
{
    fg_ck_body b = { 0 };
    walk_body(c, &b, NULL, block);
}

void fg_ck_lambda(fg_checker *c, fg_node *n)
{
    fg_ck_body b = { 0 };
    walk_body(c, &b, &n->list, n->b);
}

fg_ck_fn *fg_ck_fn_of(fg_checker *c, fg_node *n)
{
    fg_ck_fn *fn = n->info ? n->info : fg_ck_get(c, sizeof *fn);
    const fg_ck_type **params = fg_ck_get(c, (n->list.n + 1) * sizeof *params);
    fg_ck_body b = { .params = n->c, .outer = c->body };
    if (!fn || !params)
        return NULL;
    if (!n->info)
        *fn = (fg_ck_fn){ .node = n, .result = FG_CK_T(UNKNOWN) };
    n->info = c->loud ? NULL : fn;
    c->body = &b;
    fn->params = params;
    fn->required = 0;
    for (uint32_t i = 0; i < n->list.n; i++) {
        params[i] = param_type(c, n->list.at[i]);
        if (!n->list.at[i]->a)
            fn->required = i + 1;
    }
    if (n->a)
        fn->result = fg_ck_annotation(c, n->a);
    c->body = b.outer;
    return fn;
}

static void decorator(fg_checker *c, const fg_node *n)
{
    for (uint32_t i = 0; i < n->list.n; i++)
        fg_ck_expr(c, n->list.at[i]->a);
}

static void server(fg_checker *c, const fg_node *n)
{
    if (!fg_slice_eq(n->name, FG_SLICE("server")))
        return;
    if (!c->server)
        c->server = n;
    if (c->server != n)
        fg_ck_report(c, n->start, n->end, "only the first @server counts");
}

static bool has_meaning(fg_slice name)
{
    static const char *const names[] = { "middleware", "error",  "cors", "test",
                                         "skip",       "before", "after" };
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (fg_slice_eq(name, fg_slice_str(names[i])))
            return true;
    return fg_ast_is_route(name);
}

/* A server ignores what it does not know; on a handler that is likely to be missed. */
static void handler(fg_checker *c, const fg_node *n)
{
    bool serves = false;
    for (uint32_t i = 0; i < n->list2.n; i++)
        serves = serves || fg_ast_is_route(n->list2.at[i]->name);
    for (uint32_t i = 0; serves && i < n->list2.n; i++) {
        const fg_node *d = n->list2.at[i];
        if (!has_meaning(d->name))
            fg_ck_report(c, d->start, d->end, "@%.*s means nothing to a server",
                         (int)d->name.n, d->name.p);
    }
}

static void function_body(fg_checker *c, fg_node *n, fg_ck_fn *fn)
{
    fg_ck_body outer = { .params = n->c, .outer = c->body };
    for (uint32_t i = 0; i < n->list2.n; i++)
        decorator(c, n->list2.at[i]);
    if (!n->b)
        return;
    c->body = &outer;
    fg_ck_body b = { .expected = n->a ? fg_ck_annotation(c, n->a) : NULL };
    if (n->list2.n > 0 && b.expected && b.expected->kind == FG_CK_OBJECT)
        b.expected = NULL; /* a handler's Json is any reply, Err included */
    walk_body(c, &b, &n->list, n->b);
    c->body = outer.outer;
    if (fn && !n->a)
        fn->result = b.leaves || !b.result ? FG_CK_T(UNKNOWN) : b.result;
}

static void function(fg_checker *c, fg_node *n)
{
    fg_ck_var *v = fg_ck_find(c, n->name);
    if (!v || v->scope != c->scope)
        v = fg_ck_declare(c, n->name, FG_CK_T(UNKNOWN));
    if (!v)
        return;
    if (!v->fn && !v->repeated)
        v->fn = fg_ck_fn_of(c, n);
    v->reached = true;
    handler(c, n);
    function_body(c, n, v->fn && v->fn->node == n ? v->fn : NULL);
}

static void methods(fg_checker *c, const fg_node *n)
{
    const fg_ck_symbol *s = fg_ck_symbol_of(c, n->name);
    fg_ck_body b = { .outer = c->body };
    if (s && s->type)
        b.params = s->type->c;
    c->body = &b;
    for (uint32_t i = 0; i < n->list.n; i++)
        function_body(c, n->list.at[i], NULL);
    c->body = b.outer;
}

/* ---- bindings and assignment ----------------------------------------------------------- */

/* A variable that starts as null or None is waiting for a value of any type. */
static bool is_placeholder(const fg_node *n, const fg_ck_type *t)
{
    bool empty =
        t->kind == FG_CK_NULL || (t->kind == FG_CK_OPTION && !fg_ck_known(t->a));
    return empty && (n->flags & FG_NF_MUT);
}

static void let(fg_checker *c, fg_node *n)
{
    const fg_ck_type *actual = fg_ck_expr(c, n->a);
    const fg_ck_type *declared = actual;
    if (n->b) {
        declared = fg_ck_annotation(c, n->b);
        const fg_ck_type *t = fg_ck_resolve(c, declared);
        if (!fg_ck_fits(c, t, actual))
            fg_ck_report(c, n->start, n->end,
                         "type mismatch: '%.*s' declared as %s but assigned %s",
                         (int)n->name.n, n->name.p, fg_ck_show(c, t),
                         fg_ck_show(c, actual));
    } else if (is_placeholder(n, actual)) {
        declared = FG_CK_T(UNKNOWN);
    }
    fg_ck_var *v = fg_ck_declare(c, n->name, declared);
    if (v)
        v->mutable_ = (n->flags & FG_NF_MUT) != 0;
}

/* Whether t op= v leaves a variable's type as it is: only text can change it. */
static bool keeps_type(const fg_node *n, const fg_ck_type *old, const fg_ck_type *value)
{
    if (n->op == FG_OP_NONE)
        return false;
    return n->op != FG_OP_ADD || value->kind != FG_CK_STRING
           || old->kind == FG_CK_STRING;
}

static void assign_variable(fg_checker *c, const fg_node *n, fg_ck_var *v,
                            const fg_ck_type *actual)
{
    const fg_ck_type *old = fg_ck_type_of(c, v);
    if (n->op != FG_OP_NONE && old->kind == FG_CK_OPTION)
        fg_ck_report(c, n->a->start, n->a->end,
                     "Option type used in operation; check with is_some() first");
    if (!v->reached || v->repeated || keeps_type(n, old, actual))
        return;
    if (!fg_ck_fits(c, v->declared, actual))
        fg_ck_report(c, n->start, n->end, "type mismatch: '%.*s' is %s but assigned %s",
                     (int)n->a->name.n, n->a->name.p, fg_ck_show(c, v->declared),
                     fg_ck_show(c, actual));
    bool narrows = v->declared->kind == FG_CK_OPTION && actual->kind != FG_CK_NULL
                   && actual->kind != FG_CK_OPTION;
    if (narrows || v->current != v->declared)
        fg_ck_change_type(c, v, narrows ? FG_CK_T(UNKNOWN) : v->declared, true);
}

static void assign(fg_checker *c, fg_node *n)
{
    const fg_ck_type *actual = fg_ck_expr(c, n->b);
    if (n->a->kind != FG_N_NAME) {
        fg_ck_expr(c, n->a);
        return;
    }
    fg_ck_var *v = fg_ck_find(c, n->a->name);
    if (v && !v->fn)
        assign_variable(c, n, v, actual);
}

static void return_stmt(fg_checker *c, const fg_node *n)
{
    const fg_ck_type *t = n->a ? fg_ck_expr(c, n->a) : FG_CK_T(NULL);
    add_result(c->body, t);
    const fg_ck_type *expected = c->body->expected;
    if (n->a && expected && !fg_ck_fits(c, expected, t))
        fg_ck_report(c, n->start, n->end,
                     "return type mismatch: expected %s but returning %s",
                     fg_ck_show(c, expected), fg_ck_show(c, t));
}

/* ---- loops and the rest ---------------------------------------------------------------- */

static void loop(fg_checker *c, fg_node *n)
{
    fg_ck_scope scope;
    if (n->kind != FG_N_WHILE && n->a)
        fg_ck_expr(c, n->a);
    fg_ck_enter(c, &scope);
    fg_ck_forget(c);
    if (n->kind == FG_N_WHILE) {
        fg_ck_expr(c, n->a);
        fg_ck_refine(c, n->a, true);
    } else if (n->kind == FG_N_FOR) {
        fg_ck_declare(c, n->name, FG_CK_T(UNKNOWN));
        if (n->name2.n > 0)
            fg_ck_declare(c, n->name2, FG_CK_T(UNKNOWN));
    }
    fg_ck_block(c, n->b);
    fg_ck_leave(c);
}

static void try_stmt(fg_checker *c, fg_node *n)
{
    fg_ck_scope scope;
    fg_ck_block(c, n->a);
    fg_ck_enter(c, &scope);
    if (n->name.n > 0)
        fg_ck_declare(c, n->name, FG_CK_T(UNKNOWN));
    fg_ck_block(c, n->b);
    fg_ck_leave(c);
}

/* `check x …` raises unless x is as it should be: of x no more is known. */
static void check_stmt(fg_checker *c, fg_node *n)
{
    fg_ck_expr(c, n->a);
    if (n->b)
        fg_ck_expr(c, n->b);
    if (n->c)
        fg_ck_expr(c, n->c);
    fg_ck_var *v = n->a->kind == FG_N_NAME ? fg_ck_find(c, n->a->name) : NULL;
    if (v)
        fg_ck_change_type(c, v, FG_CK_T(UNKNOWN), false);
}

static void later(fg_checker *c, fg_node *n)
{
    fg_ck_expr(c, n->a);
    fg_ck_task(c, n->b);
}

static void field_defaults(fg_checker *c, const fg_node *n)
{
    for (uint32_t i = 0; i < n->list.n; i++)
        if (n->list.at[i]->a)
            fg_ck_expr(c, n->list.at[i]->a);
}

bool fg_ck_statement(fg_checker *c, fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_LET: let(c, n); return true;
    case FG_N_UNPACK: fg_ck_expr(c, n->a); return true;
    case FG_N_ASSIGN: assign(c, n); return true;
    case FG_N_FN: function(c, n); return true;
    case FG_N_RETURN: return_stmt(c, n); return true;
    case FG_N_FOR:
    case FG_N_WHILE:
    case FG_N_LOOP:
    case FG_N_REPEAT:
    case FG_N_RETRY: loop(c, n); return true;
    case FG_N_TRY: try_stmt(c, n); return true;
    case FG_N_CHECK: check_stmt(c, n); return true;
    case FG_N_SCHEDULE:
    case FG_N_WATCH: later(c, n); return true;
    case FG_N_STRUCT_DEF: field_defaults(c, n); return true;
    case FG_N_IMPL: methods(c, n); return true;
    case FG_N_DECORATOR:
        server(c, n);
        decorator(c, n);
        return true;
    case FG_N_TYPE_DEF:
    case FG_N_INTERFACE:
    case FG_N_IMPORT:
    case FG_N_PROMPT:
    case FG_N_AGENT:
    case FG_N_YIELD: return true;
    default: return false;
    }
}
