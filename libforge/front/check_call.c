// SPDX-License-Identifier: Apache-2.0
/* Calls of names: functions of the program and builtins. */
#include "front/check_internal.h"

/* ---- builtins -------------------------------------------------------------------------- */

/* What builtins return.  SOME, UNWRAP, UNWRAP_OR and SAME depend on the argument. */
/* clang-format off */
#define BUILTINS(X)                                                                   \
    X(len, INT) X(int, INT) X(float, FLOAT) X(str, STRING) X(type, STRING)            \
    X(typeof, STRING) X(uuid, STRING) X(cwd, STRING) X(sh, STRING)                    \
    X(render, STRING) X(Ok, RESULT) X(ok, RESULT) X(Err, RESULT) X(err, RESULT)       \
    X(Some, SOME) X(unwrap, UNWRAP) X(unwrap_or, UNWRAP_OR)                           \
    X(is_some, BOOL) X(is_none, BOOL) X(is_ok, BOOL) X(is_err, BOOL)                  \
    X(contains, BOOL) X(starts_with, BOOL) X(ends_with, BOOL) X(sh_ok, BOOL)          \
    X(satisfies, BOOL) X(range, ARRAY) X(map, ARRAY) X(filter, ARRAY)                 \
    X(sort, ARRAY) X(reverse, SAME) X(keys, ARRAY) X(values, ARRAY) X(split, ARRAY)   \
    X(sh_lines, ARRAY) X(entries, ARRAY) X(fetch, OBJECT) X(shell, OBJECT)            \
    X(sh_json, OBJECT) X(merge, OBJECT)
/* clang-format on */

typedef enum builtin_result {
    RETURNS_UNKNOWN,
    RETURNS_INT,
    RETURNS_FLOAT,
    RETURNS_STRING,
    RETURNS_BOOL,
    RETURNS_OBJECT,
    RETURNS_ARRAY,
    RETURNS_RESULT,
    RETURNS_SOME,
    RETURNS_UNWRAP,
    RETURNS_UNWRAP_OR,
    RETURNS_SAME
} builtin_result;

static builtin_result builtin(fg_slice name)
{
    static const struct {
        fg_slice name;
        builtin_result result;
    } table[] = {
#define X(name, result) { FG_SLICE(#name), RETURNS_##result },
        BUILTINS(X)
#undef X
    };
    for (size_t i = 0; i < FG_COUNT(table); i++)
        if (fg_slice_eq(table[i].name, name))
            return table[i].result;
    return RETURNS_UNKNOWN;
}

static const fg_ck_type *unwrap_or(fg_checker *c, const fg_node *n,
                                   const fg_ck_type *option, const fg_ck_type *fallback)
{
    if (option->kind != FG_CK_OPTION)
        return FG_CK_T(UNKNOWN);
    if (fg_ck_fits(c, option->a, fallback))
        return fg_ck_known(fallback) ? option->a : FG_CK_T(UNKNOWN);
    fg_ck_report(c, n->list.at[1]->start, n->list.at[1]->end,
                 "unwrap_or fallback type %s incompatible with Option inner type %s",
                 fg_ck_show(c, fallback), fg_ck_show(c, option->a));
    return FG_CK_T(UNKNOWN);
}

static const fg_ck_type *builtin_call(fg_checker *c, const fg_node *n,
                                      const fg_ck_type **types)
{
    const fg_ck_type *unknown = FG_CK_T(UNKNOWN);
    const fg_ck_type *first = n->list.n > 0 ? types[0] : unknown;
    switch (builtin(n->a->name)) {
    case RETURNS_UNKNOWN: return unknown;
    case RETURNS_INT: return FG_CK_T(INT);
    case RETURNS_FLOAT: return FG_CK_T(FLOAT);
    case RETURNS_STRING: return FG_CK_T(STRING);
    case RETURNS_BOOL: return FG_CK_T(BOOL);
    case RETURNS_OBJECT: return FG_CK_T(OBJECT);
    case RETURNS_ARRAY: return fg_ck_array(c, unknown);
    case RETURNS_RESULT: return fg_ck_result(c, unknown, unknown);
    case RETURNS_SOME: return fg_ck_option(c, first);
    case RETURNS_UNWRAP: return first->kind == FG_CK_OPTION ? first->a : unknown;
    case RETURNS_UNWRAP_OR:
        return n->list.n == 2 ? unwrap_or(c, n, first, types[1]) : unknown;
    case RETURNS_SAME:
        return first->kind == FG_CK_ARRAY || first->kind == FG_CK_STRING ? first
                                                                         : unknown;
    }
    fg_unreachable();
}

/* ---- interfaces ------------------------------------------------------------------------ */

static fg_node *method_of(const fg_ck_symbol *type, fg_slice name)
{
    for (const fg_ck_impl *i = type->impls; i; i = i->next)
        for (uint32_t k = 0; k < i->node->list.n; k++)
            if (fg_slice_eq(i->node->list.at[k]->name, name))
                return i->node->list.at[k];
    return NULL;
}

/* Fields may hold functions, and embedded structs lend their methods. */
static bool may_have(const fg_node *def, fg_slice name)
{
    for (uint32_t i = 0; i < def->list.n; i++)
        if ((def->list.at[i]->flags & FG_NF_HAS)
            || fg_slice_eq(def->list.at[i]->name, name))
            return true;
    return false;
}

static bool has_receiver(const fg_node *method)
{
    if (method->list.n == 0)
        return false;
    fg_slice first = method->list.at[0]->name;
    return fg_slice_eq(first, FG_SLICE("it")) || fg_slice_eq(first, FG_SLICE("self"));
}

static void check_method(fg_checker *c, const fg_node *arg, const fg_ck_symbol *type,
                         const fg_ck_symbol *face, const fg_node *wanted)
{
    const fg_node *m = method_of(type, wanted->name);
    int name = (int)wanted->name.n, s = (int)type->name.n, i = (int)face->name.n;
    if (!m && !may_have(type->type, wanted->name))
        fg_ck_report(c, arg->start, arg->end,
                     "struct '%.*s' does not satisfy interface '%.*s': missing '%.*s'",
                     s, type->name.p, i, face->name.p, name, wanted->name.p);
    if (!m)
        return;
    if (m->list.n - has_receiver(m) != wanted->list.n - has_receiver(wanted))
        fg_ck_report(c, arg->start, arg->end,
                     "method '%.*s' on '%.*s' has %u parameter(s) but interface '%.*s' "
                     "requires %u",
                     name, m->name.p, s, type->name.p, m->list.n, i, face->name.p,
                     wanted->list.n);
    const fg_ck_type *a = fg_ck_annotation(c, m->a),
                     *b = fg_ck_annotation(c, wanted->a);
    if (!m->c && !wanted->c && !type->type->c && !fg_ck_fits(c, b, a))
        fg_ck_report(
            c, arg->start, arg->end,
            "method '%.*s' on '%.*s' returns %s but interface '%.*s' expects %s", name,
            m->name.p, s, type->name.p, fg_ck_show(c, a), i, face->name.p,
            fg_ck_show(c, b));
}

/* A struct where an interface is wanted. */
static void check_interface(fg_checker *c, const fg_node *arg,
                            const fg_ck_type *expected, const fg_ck_type *actual)
{
    if (!c->loud || expected->kind != FG_CK_NAMED || actual->kind != FG_CK_NAMED)
        return;
    const fg_ck_symbol *face = fg_ck_symbol_of(c, expected->name);
    const fg_ck_symbol *type = fg_ck_symbol_of(c, actual->name);
    if (!face || !type || face->ambiguous || type->ambiguous || !face->type
        || !type->type || face->type->kind != FG_N_INTERFACE
        || type->type->kind != FG_N_STRUCT_DEF)
        return;
    for (uint32_t i = 0; i < face->type->list.n; i++)
        check_method(c, arg, type, face, face->type->list.at[i]);
}

/* ---- type parameters ------------------------------------------------------------------- */

/* What the type parameters of one call stand for. */
typedef struct bindings {
    const fg_node *params; /* or NULL */
    const fg_ck_type **types;
} bindings;

static const fg_ck_type **bound(const bindings *b, fg_slice name)
{
    for (uint32_t i = 0; b->params && i < b->params->list.n; i++)
        if (fg_slice_eq(b->params->list.at[i]->name, name))
            return &b->types[i];
    return NULL;
}

static void bind(const bindings *b, const fg_ck_type *pattern, const fg_ck_type *t)
{
    if (pattern->kind == FG_CK_PARAM) {
        const fg_ck_type **at = bound(b, pattern->name);
        if (at)
            *at = !*at || fg_ck_same(*at, t) ? t : FG_CK_T(UNKNOWN);
    } else if (pattern->kind == FG_CK_OPTION && t->kind != FG_CK_OPTION) {
        bind(b, pattern->a, FG_CK_T(UNKNOWN));
    } else {
        bool fits = pattern->kind == t->kind;
        if (pattern->a)
            bind(b, pattern->a, fits && t->a ? t->a : FG_CK_T(UNKNOWN));
        if (pattern->b)
            bind(b, pattern->b, fits && t->b ? t->b : FG_CK_T(UNKNOWN));
    }
}

static const fg_ck_type *substitute(fg_checker *c, const bindings *b,
                                    const fg_ck_type *t)
{
    if (t->kind == FG_CK_PARAM) {
        const fg_ck_type **at = bound(b, t->name);
        return at && *at ? *at : FG_CK_T(UNKNOWN);
    }
    if (t->kind == FG_CK_ARRAY)
        return fg_ck_array(c, substitute(c, b, t->a));
    if (t->kind == FG_CK_OPTION)
        return fg_ck_option(c, substitute(c, b, t->a));
    if (t->kind == FG_CK_RESULT)
        return fg_ck_result(c, substitute(c, b, t->a), substitute(c, b, t->b));
    return t;
}

/* ---- functions of the program ---------------------------------------------------------- */

static bool has_spread(const fg_node *n)
{
    for (uint32_t i = 0; i < n->list.n; i++)
        if (n->list.at[i]->kind == FG_N_SPREAD)
            return true;
    return false;
}

static void check_count(fg_checker *c, const fg_node *n, const fg_ck_fn *fn)
{
    uint32_t most = fn->node->list.n, got = n->list.n;
    if (got < fn->required || got > most)
        fg_ck_report(
            c, n->start, n->end, "function '%.*s' expects %u argument(s), got %u",
            (int)n->a->name.n, n->a->name.p, got > most ? most : fn->required, got);
}

static void check_arguments(fg_checker *c, const fg_node *n, const fg_ck_fn *fn,
                            const fg_ck_type **types, const bindings *b)
{
    for (uint32_t i = 0; i < n->list.n && i < fn->node->list.n; i++) {
        const fg_node *arg = n->list.at[i];
        const fg_ck_type *expected = fn->params[i];
        if (!fg_ck_fits(c, expected, types[i]))
            fg_ck_report(c, arg->start, arg->end,
                         "argument %u of '%.*s': expected %s but got %s", i + 1,
                         (int)n->a->name.n, n->a->name.p, fg_ck_show(c, expected),
                         fg_ck_show(c, types[i]));
        else
            check_interface(c, arg, expected, types[i]);
        if (b->params)
            bind(b, expected, types[i]);
    }
}

static const fg_ck_type *program_call(fg_checker *c, const fg_node *n,
                                      const fg_ck_fn *fn, const fg_ck_type **types)
{
    bindings b = { .params = fn->node->c };
    if (b.params) {
        b.types = fg_ck_get(c, (b.params->list.n + 1) * sizeof *b.types);
        if (!b.types)
            return FG_CK_T(UNKNOWN);
    }
    if (!has_spread(n)) {
        check_count(c, n, fn);
        check_arguments(c, n, fn, types, &b);
    }
    return b.params ? substitute(c, &b, fn->result) : fn->result;
}

const fg_ck_type *fg_ck_call(fg_checker *c, fg_node *n)
{
    const fg_ck_type **types = fg_ck_get(c, (n->list.n + 1) * sizeof *types);
    for (uint32_t i = 0; i < n->list.n; i++) {
        const fg_ck_type *t = fg_ck_expr(c, n->list.at[i]);
        if (types)
            types[i] = t;
    }
    if (!types)
        return FG_CK_T(UNKNOWN);
    if (!fg_ck_find(c, n->a->name))
        return has_spread(n) ? FG_CK_T(UNKNOWN) : builtin_call(c, n, types);
    const fg_ck_fn *fn = fg_ck_function_of(c, n->a->name);
    return fn ? program_call(c, n, fn, types) : FG_CK_T(UNKNOWN);
}
