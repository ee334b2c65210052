// SPDX-License-Identifier: Apache-2.0
/* Definitions: functions, structs, interfaces, implementations, enums, decorators,
 * prompts and agents; and the types that annotate them. */
#include "front/parse_internal.h"

/* ---- types ------------------------------------------------------------------------- */

/* The > of type arguments.  In >> and >= only the first byte is taken. */
static fg_status close_angle(fg_parser *p)
{
    fg_token *t = &p->lx.tokens[p->at];

    if (t->kind != FG_TOK_PIPE_RIGHT && t->kind != FG_TOK_GT_EQ)
        return fg_parse_expect(p, FG_TOK_GT);
    t->kind = t->kind == FG_TOK_GT_EQ ? FG_TOK_EQ : FG_TOK_GT;
    t->at++;
    t->len--;
    t->start++;
    p->last_end = t->start;
    return FG_OK;
}

static bool ends_angle(fg_token_kind k)
{
    return k == FG_TOK_GT || k == FG_TOK_PIPE_RIGHT || k == FG_TOK_GT_EQ
           || k == FG_TOK_EOF || k == FG_TOK_NEWLINE;
}

/* < types > */
static fg_status parse_type_arguments(fg_parser *p, fg_list *out)
{
    fg_parse_list b = { 0 };
    fg_node *type;

    fg_parse_advance(p);
    while (!ends_angle(fg_parse_peek(p, 0))) {
        FG_TRY(fg_parse_type(p, &type));
        FG_TRY(fg_parse_push(p, &b, type));
        fg_parse_accept(p, FG_TOK_COMMA);
    }
    *out = b.list;
    return close_angle(p);
}

static fg_status no_type(fg_parser *p)
{
    fg_token_kind k = fg_parse_peek(p, 0);
    fg_status s = fg_parse_expected(p, "type");

    if (k == FG_TOK_FN)
        fg_diag_hint(p->d, "functions have no written type; leave the annotation out");
    else if (k == FG_TOK_LPAREN)
        fg_diag_hint(p->d, "tuples have no written type; leave the annotation out");
    return s;
}

static fg_status parse_type_inner(fg_parser *p, fg_node **out)
{
    fg_token_kind k = fg_parse_peek(p, 0);
    uint32_t start = fg_parse_start(p);
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_TYPE_NAME, start, &n));
    *out = n;
    if (k == FG_TOK_LBRACKET) {
        n->kind = FG_N_TYPE_ARRAY;
        fg_parse_context outside = fg_parse_open(p, true);
        FG_TRY(fg_parse_type(p, &n->a));
        FG_TRY(fg_parse_close(p, FG_TOK_RBRACKET, outside, start));
    } else if (k == FG_TOK_QUESTION) {
        n->kind = FG_N_TYPE_OPTION;
        fg_parse_advance(p);
        FG_TRY(fg_parse_type(p, &n->a));
    } else if (fg_parse_is_name(k) || (fg_token_flags(k) & FG_TF_TYPE)) {
        n->name = fg_parse_slice(p, fg_parse_token(p, 0));
        fg_parse_advance(p);
        if (fg_parse_at(p, FG_TOK_LT))
            FG_TRY(parse_type_arguments(p, &n->list));
    } else {
        return no_type(p);
    }
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_type(fg_parser *p, fg_node **out)
{
    FG_TRY(fg_parse_enter(p));
    FG_TRY(parse_type_inner(p, out));
    if (fg_parse_at(p, FG_TOK_QUESTION)) {
        fg_parse_unexpected(p);
        fg_diag_hint(p->d, "an optional type is written ?TYPE");
        return FG_RAISED;
    }
    fg_parse_leave(p);
    return FG_OK;
}

/* [< names >] of a generic definition: a TYPE_NAME without name whose list they are. */
static fg_status parse_type_params(fg_parser *p, fg_node **out)
{
    if (!fg_parse_at(p, FG_TOK_LT))
        return FG_OK;
    FG_TRY(fg_parse_node(p, FG_N_TYPE_NAME, fg_parse_start(p), out));
    FG_TRY(parse_type_arguments(p, &(*out)->list));
    fg_parse_finish(p, *out);
    return FG_OK;
}

/* ---- functions --------------------------------------------------------------------- */

static fg_status parse_param(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_PARAM, fg_parse_start(p), &n));
    *out = n;
    FG_TRY(fg_parse_name(p, &n->name));
    if (fg_parse_accept(p, FG_TOK_COLON))
        FG_TRY(fg_parse_type(p, &n->b));
    if (fg_parse_accept(p, FG_TOK_EQ))
        FG_TRY(fg_parse_expr(p, &n->a));
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_params(fg_parser *p, fg_list *out)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_list b = { 0 };
    fg_node *n;

    if (!fg_parse_at(p, FG_TOK_LPAREN))
        return fg_parse_expect(p, FG_TOK_LPAREN);
    fg_parse_context outside = fg_parse_open(p, true);
    while (!fg_parse_at(p, FG_TOK_RPAREN) && !fg_parse_at(p, FG_TOK_LBRACE)
           && !fg_parse_at(p, FG_TOK_EOF)) {
        FG_TRY(parse_param(p, &n));
        FG_TRY(fg_parse_push(p, &b, n));
        fg_parse_accept(p, FG_TOK_COMMA);
    }
    *out = b.list;
    return fg_parse_close(p, FG_TOK_RPAREN, outside, start);
}

/* name [<types>] (params) [-> type] */
static fg_status parse_signature(fg_parser *p, fg_node *n)
{
    FG_TRY(fg_parse_name(p, &n->name));
    FG_TRY(parse_type_params(p, &n->c));
    FG_TRY(fg_parse_params(p, &n->list));
    if (fg_parse_at(p, FG_TOK_COLON)) {
        fg_status s = fg_parse_expected(p, "LBrace");
        fg_diag_hint(p->d, "the type of the result is written -> TYPE");
        return s;
    }
    if (fg_parse_accept(p, FG_TOK_ARROW))
        FG_TRY(fg_parse_type(p, &n->a));
    return FG_OK;
}

static bool starts_function(fg_token_kind k)
{
    return k == FG_TOK_FN || k == FG_TOK_DEFINE || k == FG_TOK_ASYNC
           || k == FG_TOK_FORGE;
}

/* [async | forge] [fn | define] name … ; fn may be missing only behind async. */
fg_status fg_parse_function(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_FN, fg_parse_start(p), &n));
    *out = n;
    bool async = fg_parse_accept(p, FG_TOK_ASYNC) || fg_parse_accept(p, FG_TOK_FORGE);
    if (!fg_parse_accept(p, FG_TOK_FN) && !fg_parse_accept(p, FG_TOK_DEFINE) && !async)
        return fg_parse_expect(p, FG_TOK_FN);
    if (fg_parse_at(p, FG_TOK_LPAREN)) {
        fg_status s = fg_parse_expected(p, "identifier");
        fg_diag_hint(p->d,
                     "a function value that starts a statement goes in parentheses");
        return s;
    }
    FG_TRY(parse_signature(p, n));
    FG_TRY(fg_parse_block(p, &n->b));
    fg_parse_finish(p, n);
    return FG_OK;
}

/* ---- bodies of definitions --------------------------------------------------------- */

typedef fg_status member_fn(fg_parser *p, fg_node **out);

/* { members }, separated by newlines or commas; the brace may be on the next line. */
static fg_status parse_members(fg_parser *p, member_fn *member, fg_list *out)
{
    fg_parse_list b = { 0 };
    fg_node *n;

    fg_parse_accept_below(p, FG_TOK_LBRACE);
    uint32_t start = fg_parse_start(p);
    if (!fg_parse_at(p, FG_TOK_LBRACE))
        return fg_parse_expect(p, FG_TOK_LBRACE);
    fg_parse_context outside = fg_parse_open(p, false);
    fg_parse_newlines(p);
    while (!fg_parse_at(p, FG_TOK_RBRACE) && !fg_parse_at(p, FG_TOK_EOF)) {
        FG_TRY(member(p, &n));
        FG_TRY(fg_parse_push(p, &b, n));
        fg_parse_separator(p);
    }
    *out = b.list;
    return fg_parse_close(p, FG_TOK_RBRACE, outside, start);
}

/* [has] name [: type] [= default] */
static fg_status parse_field(fg_parser *p, fg_node **out)
{
    fg_node *n;

    if (starts_function(fg_parse_peek(p, 0))) {
        fg_status s = fg_parse_expected(p, "identifier");
        fg_diag_hint(p->d, "methods belong into give NAME { … } or impl NAME { … }");
        return s;
    }
    FG_TRY(fg_parse_node(p, FG_N_FIELD_DEF, fg_parse_start(p), &n));
    *out = n;
    if (fg_parse_is_word(p, 0, "has") && fg_parse_is_name(fg_parse_peek(p, 1))) {
        n->flags |= FG_NF_HAS;
        fg_parse_advance(p);
    }
    FG_TRY(fg_parse_name(p, &n->name));
    if (fg_parse_accept(p, FG_TOK_COLON))
        FG_TRY(fg_parse_type(p, &n->b));
    if (fg_parse_accept(p, FG_TOK_EQ))
        FG_TRY(fg_parse_expr(p, &n->a));
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_struct(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_STRUCT_DEF, fg_parse_start(p), &n));
    *out = n;
    fg_parse_advance(p);
    FG_TRY(fg_parse_name(p, &n->name));
    FG_TRY(parse_type_params(p, &n->c));
    FG_TRY(parse_members(p, parse_field, &n->list));
    fg_parse_finish(p, n);
    return FG_OK;
}

/* [fn | define] name(params) [-> type], without a body */
static fg_status parse_method_head(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_FN, fg_parse_start(p), &n));
    *out = n;
    if (!fg_parse_accept(p, FG_TOK_FN))
        fg_parse_accept(p, FG_TOK_DEFINE);
    FG_TRY(parse_signature(p, n));
    fg_parse_finish(p, n);
    if (fg_parse_at(p, FG_TOK_LBRACE)) {
        fg_status s = fg_parse_unexpected(p);
        fg_diag_hint(p->d, "methods of a power have no body; give them one in "
                           "give TYPE the power NAME { … }");
        return s;
    }
    return FG_OK;
}

fg_status fg_parse_interface(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_INTERFACE, fg_parse_start(p), &n));
    *out = n;
    fg_parse_advance(p);
    FG_TRY(fg_parse_name(p, &n->name));
    FG_TRY(parse_members(p, parse_method_head, &n->list));
    fg_parse_finish(p, n);
    return FG_OK;
}

static fg_status parse_method(fg_parser *p, fg_node **out)
{
    if (!starts_function(fg_parse_peek(p, 0))) {
        fg_status s = fg_parse_unexpected(p);
        fg_diag_hint(p->d, "only functions belong here: fn name(it) { … }");
        return s;
    }
    FG_TRY(fg_parse_enter(p));
    FG_TRY(fg_parse_function(p, out));
    fg_parse_leave(p);
    return FG_OK;
}

/* impl ABILITY for TYPE, impl TYPE, give TYPE [the power ABILITY] */
fg_status fg_parse_impl(fg_parser *p, fg_node **out)
{
    bool give = fg_parse_at(p, FG_TOK_GIVE);
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_IMPL, fg_parse_start(p), &n));
    *out = n;
    fg_parse_advance(p);
    FG_TRY(fg_parse_name(p, &n->name));
    if (give && fg_parse_accept(p, FG_TOK_THE)) {
        FG_TRY(fg_parse_expect(p, FG_TOK_POWER));
        FG_TRY(fg_parse_name(p, &n->name2));
    } else if (!give && fg_parse_accept(p, FG_TOK_FOR)) {
        n->name2 = n->name;
        FG_TRY(fg_parse_name(p, &n->name));
    }
    FG_TRY(parse_members(p, parse_method, &n->list));
    fg_parse_finish(p, n);
    return FG_OK;
}

/* ---- enums ------------------------------------------------------------------------- */

static fg_status parse_variant(fg_parser *p, fg_node **out)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_list b = { 0 };
    fg_node *n, *type;

    FG_TRY(fg_parse_node(p, FG_N_VARIANT, start, &n));
    *out = n;
    if (fg_parse_accept(p, FG_TOK_NULL)) {
        n->name = FG_SLICE("Null");
    } else if (fg_token_flags(fg_parse_peek(p, 0)) & FG_TF_TYPE) {
        n->name = fg_parse_slice(p, fg_parse_token(p, 0));
        fg_parse_advance(p);
    } else {
        FG_TRY(fg_parse_name(p, &n->name));
    }
    fg_parse_finish(p, n);
    if (!fg_parse_at(p, FG_TOK_LPAREN))
        return FG_OK;
    start = fg_parse_start(p);
    fg_parse_context outside = fg_parse_open(p, true);
    while (!fg_parse_at(p, FG_TOK_RPAREN) && !fg_parse_at(p, FG_TOK_EOF)) {
        FG_TRY(fg_parse_type(p, &type));
        FG_TRY(fg_parse_push(p, &b, type));
        fg_parse_accept(p, FG_TOK_COMMA);
    }
    n->list = b.list;
    FG_TRY(fg_parse_close(p, FG_TOK_RPAREN, outside, start));
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_type_def(fg_parser *p, fg_node **out)
{
    fg_parse_list b = { 0 };
    fg_node *n, *variant;

    FG_TRY(fg_parse_node(p, FG_N_TYPE_DEF, fg_parse_start(p), &n));
    *out = n;
    fg_parse_advance(p);
    FG_TRY(fg_parse_name(p, &n->name));
    FG_TRY(fg_parse_expect(p, FG_TOK_EQ));
    fg_parse_newlines(p);
    fg_parse_accept(p, FG_TOK_BAR);
    do {
        fg_parse_newlines(p);
        FG_TRY(parse_variant(p, &variant));
        FG_TRY(fg_parse_push(p, &b, variant));
        fg_parse_accept_below(p, FG_TOK_BAR);
    } while (fg_parse_accept(p, FG_TOK_BAR));
    n->list = b.list;
    fg_parse_finish(p, n);
    return FG_OK;
}

/* ---- decorators -------------------------------------------------------------------- */

static fg_status parse_argument(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_DECO_ARG, fg_parse_start(p), &n));
    *out = n;
    if (fg_parse_is_name(fg_parse_peek(p, 0)) && fg_parse_peek(p, 1) == FG_TOK_COLON) {
        FG_TRY(fg_parse_name(p, &n->name));
        fg_parse_advance(p);
    }
    FG_TRY(fg_parse_expr(p, &n->a));
    fg_parse_finish(p, n);
    return FG_OK;
}

static fg_status parse_decorator(fg_parser *p, fg_node **out)
{
    fg_parse_list b = { 0 };
    fg_node *n, *arg;

    FG_TRY(fg_parse_node(p, FG_N_DECORATOR, fg_parse_start(p), &n));
    *out = n;
    fg_parse_advance(p);
    FG_TRY(fg_parse_name(p, &n->name));
    if (fg_parse_at(p, FG_TOK_LPAREN)) {
        uint32_t start = fg_parse_start(p);
        fg_parse_context outside = fg_parse_open(p, true);
        while (!fg_parse_at(p, FG_TOK_RPAREN) && !fg_parse_at(p, FG_TOK_EOF)) {
            FG_TRY(parse_argument(p, &arg));
            FG_TRY(fg_parse_push(p, &b, arg));
            fg_parse_accept(p, FG_TOK_COMMA);
        }
        FG_TRY(fg_parse_close(p, FG_TOK_RPAREN, outside, start));
    }
    n->list = b.list;
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_decorated(fg_parser *p, fg_parse_list *out)
{
    fg_parse_list run = { 0 };
    fg_node *n;

    while (fg_parse_at(p, FG_TOK_AT)) {
        FG_TRY(parse_decorator(p, &n));
        FG_TRY(fg_parse_push(p, &run, n));
        if (fg_slice_eq(n->name, FG_SLICE("server")))
            break;
        uint32_t ahead = fg_parse_at(p, FG_TOK_NEWLINE);
        fg_token_kind next = fg_parse_peek(p, ahead);
        if (next != FG_TOK_AT && !starts_function(next))
            break;
        fg_parse_newlines(p);
    }
    if (starts_function(fg_parse_peek(p, 0))
        && !fg_slice_eq(run.list.at[run.list.n - 1]->name, FG_SLICE("server"))) {
        FG_TRY(fg_parse_enter(p));
        FG_TRY(fg_parse_function(p, &n));
        fg_parse_leave(p);
        n->list2 = run.list;
        return fg_parse_push(p, out, n);
    }
    for (uint32_t i = 0; i < run.list.n; i++)
        FG_TRY(fg_parse_push(p, out, run.list.at[i]));
    return FG_OK;
}

/* ---- prompts and agents ------------------------------------------------------------ */

static bool at_text(const fg_parser *p)
{
    return fg_parse_at(p, FG_TOK_STRING) || fg_parse_at(p, FG_TOK_PLAIN)
           || fg_parse_at(p, FG_TOK_RAW);
}

/* name: */
static fg_status parse_entry_name(fg_parser *p, fg_node **out)
{
    FG_TRY(fg_parse_node(p, FG_N_ENTRY, fg_parse_start(p), out));
    FG_TRY(fg_parse_name(p, &(*out)->name));
    return fg_parse_expect(p, FG_TOK_COLON);
}

/* name: "text" */
static fg_status parse_prompt_entry(fg_parser *p, fg_node **out)
{
    FG_TRY(parse_entry_name(p, out));
    if (!at_text(p))
        return fg_parse_expected(p, "string");
    FG_TRY(fg_parse_verbatim(p, &(*out)->a));
    fg_parse_finish(p, *out);
    return FG_OK;
}

/* [ "name", … ] */
static fg_status parse_tools(fg_parser *p, fg_node **out)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_list b = { 0 };
    fg_node *tool;

    FG_TRY(fg_parse_node(p, FG_N_ARRAY, start, out));
    if (!fg_parse_at(p, FG_TOK_LBRACKET))
        return fg_parse_expect(p, FG_TOK_LBRACKET);
    fg_parse_context outside = fg_parse_open(p, true);
    while (at_text(p)) {
        FG_TRY(fg_parse_verbatim(p, &tool));
        FG_TRY(fg_parse_push(p, &b, tool));
        fg_parse_accept(p, FG_TOK_COMMA);
    }
    (*out)->list = b.list;
    FG_TRY(fg_parse_close(p, FG_TOK_RBRACKET, outside, start));
    fg_parse_finish(p, *out);
    return FG_OK;
}

/* tools: [ … ], goal: "text" or max_steps: INT */
static fg_status parse_agent_entry(fg_parser *p, fg_node **out)
{
    if (fg_parse_is_word(p, 0, "goal"))
        return parse_prompt_entry(p, out);
    if (!fg_parse_is_word(p, 0, "tools") && !fg_parse_is_word(p, 0, "max_steps"))
        return fg_parse_expected(p, "tools, goal or max_steps");
    bool tools = fg_parse_is_word(p, 0, "tools");
    FG_TRY(parse_entry_name(p, out));
    if (tools) {
        FG_TRY(parse_tools(p, &(*out)->a));
    } else {
        if (!fg_parse_at(p, FG_TOK_INT))
            return fg_parse_expected(p, "integer");
        FG_TRY(fg_parse_node(p, FG_N_INT, fg_parse_start(p), &(*out)->a));
        (*out)->a->num.i = fg_parse_token(p, 0)->num.i;
        fg_parse_advance(p);
        fg_parse_finish(p, (*out)->a);
    }
    fg_parse_finish(p, *out);
    return FG_OK;
}

/* KEYWORD name(params) { entries } */
static fg_status parse_texts(fg_parser *p, fg_node_kind kind, member_fn *entry,
                             fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, kind, fg_parse_start(p), &n));
    *out = n;
    fg_parse_advance(p);
    FG_TRY(fg_parse_name(p, &n->name));
    FG_TRY(fg_parse_params(p, &n->list));
    FG_TRY(parse_members(p, entry, &n->list2));
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_prompt(fg_parser *p, fg_node **out)
{
    return parse_texts(p, FG_N_PROMPT, parse_prompt_entry, out);
}

fg_status fg_parse_agent(fg_parser *p, fg_node **out)
{
    return parse_texts(p, FG_N_AGENT, parse_agent_entry, out);
}
