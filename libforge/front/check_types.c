// SPDX-License-Identifier: Apache-2.0
/* Types of the checker: making, comparing and printing them. */
#include "front/check_internal.h"

#define MAX_TYPE_DEPTH 16u

const fg_ck_type fg_ck_simple[FG_CK_OBJECT + 1] = {
    [FG_CK_UNKNOWN] = { .kind = FG_CK_UNKNOWN },
    [FG_CK_INT] = { .kind = FG_CK_INT },
    [FG_CK_FLOAT] = { .kind = FG_CK_FLOAT },
    [FG_CK_STRING] = { .kind = FG_CK_STRING },
    [FG_CK_BOOL] = { .kind = FG_CK_BOOL },
    [FG_CK_NULL] = { .kind = FG_CK_NULL },
    [FG_CK_OBJECT] = { .kind = FG_CK_OBJECT },
};

/* ---- making ---------------------------------------------------------------------------- */

static const fg_ck_type *make(fg_checker *c, fg_ck_kind kind, const fg_ck_type *a,
                              const fg_ck_type *b)
{
    uint32_t depth = 1 + (a ? a->depth : 0);
    if (b && b->depth >= depth)
        depth = b->depth + 1;
    fg_ck_type *t = depth > MAX_TYPE_DEPTH ? NULL : fg_ck_get(c, sizeof *t);
    if (!t)
        return FG_CK_T(UNKNOWN);
    *t = (fg_ck_type){ .kind = kind, .depth = depth, .a = a, .b = b };
    return t;
}

const fg_ck_type *fg_ck_array(fg_checker *c, const fg_ck_type *element)
{
    return make(c, FG_CK_ARRAY, element, NULL);
}

const fg_ck_type *fg_ck_option(fg_checker *c, const fg_ck_type *inner)
{
    return make(c, FG_CK_OPTION, inner, NULL);
}

const fg_ck_type *fg_ck_result(fg_checker *c, const fg_ck_type *a, const fg_ck_type *b)
{
    return make(c, FG_CK_RESULT, a, b);
}

static const fg_ck_type *with_name(fg_checker *c, fg_ck_kind kind, fg_slice name)
{
    fg_ck_type *t = fg_ck_get(c, sizeof *t);
    if (!t)
        return FG_CK_T(UNKNOWN);
    *t = (fg_ck_type){ .kind = kind, .depth = 1, .name = name };
    return t;
}

const fg_ck_type *fg_ck_named(fg_checker *c, fg_slice name)
{
    return with_name(c, FG_CK_NAMED, name);
}

const fg_ck_type *fg_ck_function(fg_checker *c, const fg_list *params,
                                 const fg_ck_type *result)
{
    const fg_ck_type *made = make(c, FG_CK_FUNCTION, NULL, result);
    const fg_ck_type **list = fg_ck_get(c, (params->n + 1) * sizeof *list);
    if (made->kind != FG_CK_FUNCTION || !list)
        return FG_CK_T(UNKNOWN);
    for (uint32_t i = 0; i < params->n; i++) {
        list[i] = fg_ck_annotation(c, params->at[i]->b);
        if (list[i]->depth + 1 >= MAX_TYPE_DEPTH)
            list[i] = FG_CK_T(UNKNOWN);
    }
    fg_ck_type *t = (fg_ck_type *)(uintptr_t)made;
    t->depth = MAX_TYPE_DEPTH; /* what holds a function is no deeper type */
    t->list = list;
    t->n = params->n;
    return t;
}

/* ---- annotations ----------------------------------------------------------------------- */

static bool same_word(fg_slice s, const char *lower)
{
    if (s.n != strlen(lower))
        return false;
    for (uint32_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if ((ch >= 'A' && ch <= 'Z' ? ch + ('a' - 'A') : ch) != lower[i])
            return false;
    }
    return true;
}

/* Names with a meaning of their own, in any case of letters.  Unknown ones are types
 * that the checker does not tell apart. */
static const fg_ck_type *builtin_type(fg_slice name)
{
    static const struct {
        const char *name;
        fg_ck_kind kind;
    } names[] = {
        { "int", FG_CK_INT },          { "i64", FG_CK_INT },
        { "integer", FG_CK_INT },      { "float", FG_CK_FLOAT },
        { "f64", FG_CK_FLOAT },        { "number", FG_CK_FLOAT },
        { "string", FG_CK_STRING },    { "str", FG_CK_STRING },
        { "bool", FG_CK_BOOL },        { "boolean", FG_CK_BOOL },
        { "null", FG_CK_NULL },        { "void", FG_CK_NULL },
        { "object", FG_CK_OBJECT },    { "json", FG_CK_OBJECT },
        { "any", FG_CK_UNKNOWN },      { "unknown", FG_CK_UNKNOWN },
        { "dynamic", FG_CK_UNKNOWN },  { "value", FG_CK_UNKNOWN },
        { "array", FG_CK_UNKNOWN },    { "list", FG_CK_UNKNOWN },
        { "tuple", FG_CK_UNKNOWN },    { "set", FG_CK_UNKNOWN },
        { "map", FG_CK_UNKNOWN },      { "stream", FG_CK_UNKNOWN },
        { "channel", FG_CK_UNKNOWN },  { "task", FG_CK_UNKNOWN },
        { "function", FG_CK_UNKNOWN }, { "lambda", FG_CK_UNKNOWN },
        { "fn", FG_CK_UNKNOWN },       { "callable", FG_CK_UNKNOWN },
        { "frozen", FG_CK_UNKNOWN },   { "iterator", FG_CK_UNKNOWN },
        { "error", FG_CK_UNKNOWN },
    };
    /* Of the library: objects with methods. */
    static const char *const objects[] = { "Request", "Upload" };
    for (size_t i = 0; i < FG_COUNT(objects); i++)
        if (fg_slice_eq(name, fg_slice_str(objects[i])))
            return FG_CK_T(OBJECT);
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (same_word(name, names[i].name))
            return fg_ck_basic(names[i].kind);
    return NULL;
}

/* Whether a definition around this place has the type parameter. */
static bool is_type_parameter(const fg_checker *c, fg_slice name)
{
    for (const fg_ck_body *b = c->body; b; b = b->outer)
        for (uint32_t i = 0; b->params && i < b->params->list.n; i++)
            if (fg_slice_eq(b->params->list.at[i]->name, name))
                return true;
    return false;
}

static const fg_ck_type *argument(fg_checker *c, const fg_node *n, uint32_t i)
{
    return i < n->list.n ? fg_ck_annotation(c, n->list.at[i]) : FG_CK_T(UNKNOWN);
}

static const fg_ck_type *type_name(fg_checker *c, const fg_node *n)
{
    if (is_type_parameter(c, n->name))
        return with_name(c, FG_CK_PARAM, n->name);
    fg_ck_symbol *s = fg_ck_symbol_of(c, n->name);
    if (!s || s->ambiguous)
        return FG_CK_T(UNKNOWN);
    if (s->type)
        return fg_ck_named(c, n->name);
    if (same_word(n->name, "option"))
        return fg_ck_option(c, argument(c, n, 0));
    if (same_word(n->name, "result"))
        return fg_ck_result(c, argument(c, n, 0), argument(c, n, 1));
    const fg_ck_type *t = builtin_type(n->name);
    if (t)
        return t;
    return c->imports ? FG_CK_T(UNKNOWN) : fg_ck_named(c, n->name);
}

const fg_ck_type *fg_ck_annotation(fg_checker *c, const fg_node *n)
{
    if (!n)
        return FG_CK_T(UNKNOWN);
    if (n->kind == FG_N_TYPE_ARRAY)
        return fg_ck_array(c, fg_ck_annotation(c, n->a));
    if (n->kind == FG_N_TYPE_OPTION)
        return fg_ck_option(c, fg_ck_annotation(c, n->a));
    return type_name(c, n);
}

/* A member of `type U = A | B`: another alias is not looked into. */
static const fg_ck_type *member(fg_checker *c, fg_slice name)
{
    fg_ck_symbol *s = fg_ck_symbol_of(c, name);
    if (!s || s->ambiguous || (s->type && s->type->kind != FG_N_STRUCT_DEF))
        return FG_CK_T(UNKNOWN);
    const fg_ck_type *t = s->type ? NULL : builtin_type(name);
    return t ? t : fg_ck_named(c, name);
}

const fg_ck_type *fg_ck_resolve(fg_checker *c, const fg_ck_type *t)
{
    fg_ck_symbol *s = t->kind == FG_CK_NAMED ? fg_ck_symbol_of(c, t->name) : NULL;
    if (!s || s->ambiguous || !s->type || s->type->kind != FG_N_TYPE_DEF)
        return t;
    const fg_list *variants = &s->type->list;
    for (uint32_t i = 0; i < variants->n; i++)
        if (variants->at[i]->list.n > 0)
            return t;
    fg_ck_type *u = fg_ck_get(c, sizeof *u);
    const fg_ck_type **list = fg_ck_get(c, variants->n * sizeof *list);
    if (!u || !list)
        return FG_CK_T(UNKNOWN);
    for (uint32_t i = 0; i < variants->n; i++)
        list[i] = member(c, variants->at[i]->name);
    *u =
        (fg_ck_type){ .kind = FG_CK_UNION, .depth = 2, .list = list, .n = variants->n };
    return u;
}

/* ---- comparing ------------------------------------------------------------------------- */

bool fg_ck_same(const fg_ck_type *a, const fg_ck_type *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->kind != b->kind || a->n != b->n
        || !fg_slice_eq(a->name, b->name))
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!fg_ck_same(a->list[i], b->list[i]))
            return false;
    return fg_ck_same(a->a, b->a) && fg_ck_same(a->b, b->b);
}

/* A struct may stand for another whose fields it embeds, and an interface is a matter of
 * methods, which calls look at. */
static bool named_fits(fg_checker *c, fg_slice expected, fg_slice actual)
{
    if (fg_slice_eq(expected, actual))
        return true;
    const fg_ck_symbol *e = fg_ck_symbol_of(c, expected);
    const fg_ck_symbol *a = fg_ck_symbol_of(c, actual);
    if (!e || !a || e->ambiguous || a->ambiguous)
        return true;
    if (e->type && e->type->kind == FG_N_INTERFACE)
        return true;
    if (!a->type || a->type->kind != FG_N_STRUCT_DEF)
        return false;
    for (uint32_t i = 0; i < a->type->list.n; i++)
        if (a->type->list.at[i]->flags & FG_NF_HAS)
            return true;
    return false;
}

static bool union_takes(fg_checker *c, const fg_ck_type *u, const fg_ck_type *t)
{
    for (uint32_t i = 0; i < u->n; i++)
        if (fg_ck_fits(c, u->list[i], t))
            return true;
    return false;
}

static bool union_given(fg_checker *c, const fg_ck_type *t, const fg_ck_type *u)
{
    for (uint32_t i = 0; i < u->n; i++)
        if (!fg_ck_fits(c, t, u->list[i]))
            return false;
    return true;
}

static bool option_takes(fg_checker *c, const fg_ck_type *inner, const fg_ck_type *t)
{
    return t->kind == FG_CK_NULL
           || fg_ck_fits(c, inner, t->kind == FG_CK_OPTION ? t->a : t);
}

static bool same_kind_fits(fg_checker *c, const fg_ck_type *e, const fg_ck_type *a)
{
    switch (e->kind) {
    case FG_CK_ARRAY: return fg_ck_fits(c, e->a, a->a);
    case FG_CK_RESULT: return fg_ck_fits(c, e->a, a->a) && fg_ck_fits(c, e->b, a->b);
    case FG_CK_NAMED: return named_fits(c, e->name, a->name);
    default: return true;
    }
}

bool fg_ck_fits(fg_checker *c, const fg_ck_type *expected, const fg_ck_type *actual)
{
    if (!fg_ck_known(expected) || !fg_ck_known(actual))
        return true;
    const fg_ck_type *e = fg_ck_resolve(c, expected), *a = fg_ck_resolve(c, actual);
    if (a->kind == FG_CK_UNION && e->kind == FG_CK_UNION && fg_ck_same(e, a))
        return true;
    if (a->kind == FG_CK_UNION)
        return union_given(c, e, a);
    if (e->kind == FG_CK_UNION)
        return union_takes(c, e, a);
    if (e->kind == FG_CK_OPTION)
        return option_takes(c, e->a, a);
    if (fg_ck_number(e) && fg_ck_number(a))
        return true;
    if (e->kind == FG_CK_OBJECT && a->kind == FG_CK_NAMED)
        return true; /* structs are objects */
    return e->kind == a->kind && same_kind_fits(c, e, a);
}

/* ---- printing -------------------------------------------------------------------------- */

static void put(fg_bytes *b, const fg_ck_type *t);

static void put_list(fg_bytes *b, const fg_ck_type *t, const char *between)
{
    for (uint32_t i = 0; i < t->n; i++) {
        if (i > 0)
            fg_bytes_str(b, between);
        put(b, t->list[i]);
    }
}

static void put(fg_bytes *b, const fg_ck_type *t)
{
    static const char *const names[] = { "Unknown", "Int",  "Float", "String",
                                         "Bool",    "Null", "Object" };
    switch (t->kind) {
    case FG_CK_UNKNOWN:
    case FG_CK_INT:
    case FG_CK_FLOAT:
    case FG_CK_STRING:
    case FG_CK_BOOL:
    case FG_CK_NULL:
    case FG_CK_OBJECT: fg_bytes_str(b, names[t->kind]); return;
    case FG_CK_FUNCTION:
        fg_bytes_str(b, "fn(");
        put_list(b, t, ", ");
        fg_bytes_str(b, ") -> ");
        put(b, t->b);
        return;
    case FG_CK_ARRAY:
        fg_bytes_char(b, '[');
        put(b, t->a);
        fg_bytes_char(b, ']');
        return;
    case FG_CK_OPTION:
        fg_bytes_char(b, '?');
        put(b, t->a);
        return;
    case FG_CK_RESULT:
        fg_bytes_str(b, "Result<");
        put(b, t->a);
        fg_bytes_str(b, ", ");
        put(b, t->b);
        fg_bytes_char(b, '>');
        return;
    case FG_CK_NAMED:
    case FG_CK_PARAM: fg_bytes_slice(b, t->name); return;
    case FG_CK_UNION: put_list(b, t, " | "); return;
    }
}

const char *fg_ck_show(fg_checker *c, const fg_ck_type *t)
{
    if (!c->loud)
        return "";
    fg_bytes b;
    fg_bytes_init(&b);
    put(&b, t);
    char *text = b.failed ? NULL : fg_ck_get(c, (size_t)b.n + 1);
    if (text)
        memcpy(text, b.p, b.n);
    else
        c->status = FG_NOMEM;
    fg_bytes_drop(&b);
    return text ? text : "";
}
