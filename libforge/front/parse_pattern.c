// SPDX-License-Identifier: Apache-2.0
/* Patterns of match arms. */
#include "front/parse_internal.h"

/* A literal, its sign included. */
static fg_status parse_value(fg_parser *p, fg_node **out)
{
    static const uint8_t kinds[FG_TOK_COUNT] = {
        [FG_TOK_INT] = FG_N_INT,   [FG_TOK_FLOAT] = FG_N_FLOAT,
        [FG_TOK_TRUE] = FG_N_TRUE, [FG_TOK_FALSE] = FG_N_FALSE,
        [FG_TOK_NULL] = FG_N_NULL,
    };
    uint32_t start = fg_parse_start(p);
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_PAT_VALUE, start, out));
    if (fg_parse_at(p, FG_TOK_STRING) || fg_parse_at(p, FG_TOK_PLAIN)) {
        FG_TRY(fg_parse_verbatim(p, &(*out)->a));
    } else {
        bool negative = fg_parse_accept(p, FG_TOK_MINUS);
        const fg_token *t = fg_parse_token(p, 0);
        FG_TRY(fg_parse_node(p, kinds[t->kind], start, &n));
        if (n->kind == FG_N_FLOAT)
            n->num.f = negative ? -t->num.f : t->num.f;
        else
            n->num.i = negative ? -t->num.i : t->num.i;
        fg_parse_advance(p);
        fg_parse_finish(p, n);
        (*out)->a = n;
    }
    fg_parse_finish(p, *out);
    return FG_OK;
}

/* name or name(patterns) */
static fg_status parse_named(fg_parser *p, fg_node **out)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_list b = { 0 };
    fg_node *n, *sub;

    FG_TRY(fg_parse_node(p, FG_N_PAT_NAME, start, &n));
    n->name = fg_parse_slice(p, fg_parse_token(p, 0));
    fg_parse_advance(p);
    fg_parse_finish(p, n);
    *out = n;
    if (!fg_parse_at(p, FG_TOK_LPAREN)) {
        if (fg_slice_eq(n->name, FG_SLICE("_")))
            n->kind = FG_N_PAT_ANY;
        return FG_OK;
    }
    n->kind = FG_N_PAT_VARIANT;
    start = fg_parse_start(p);
    fg_parse_context outside = fg_parse_open(p, true);
    while (!fg_parse_at(p, FG_TOK_RPAREN) && !fg_parse_at(p, FG_TOK_EOF)) {
        FG_TRY(fg_parse_pattern(p, &sub));
        FG_TRY(fg_parse_push(p, &b, sub));
        fg_parse_accept(p, FG_TOK_COMMA);
    }
    n->list = b.list;
    FG_TRY(fg_parse_close(p, FG_TOK_RPAREN, outside, start));
    fg_parse_finish(p, n);
    return FG_OK;
}

static bool is_number(fg_token_kind k) { return k == FG_TOK_INT || k == FG_TOK_FLOAT; }

/* A pattern without alternatives. */
static fg_status parse_one(fg_parser *p, fg_node **out)
{
    fg_token_kind k = fg_parse_peek(p, 0);

    if (fg_parse_is_name(k)
        || ((fg_token_flags(k) & FG_TF_TYPE) && fg_parse_peek(p, 1) == FG_TOK_LPAREN))
        return parse_named(p, out);
    if (is_number(k) || k == FG_TOK_STRING || k == FG_TOK_PLAIN || k == FG_TOK_TRUE
        || k == FG_TOK_FALSE || k == FG_TOK_NULL
        || (k == FG_TOK_MINUS && is_number(fg_parse_peek(p, 1))))
        return parse_value(p, out);
    fg_status s = fg_parse_expected(p, "pattern");
    fg_diag_hint(p->d,
                 "a pattern is _, a name, Name(patterns), a number, a string, true, "
                 "false or null");
    return s;
}

static fg_status alternatives(fg_parser *p, fg_node *first, fg_node **out)
{
    fg_parse_list b = { 0 };
    fg_node *n, *one;

    FG_TRY(fg_parse_node(p, FG_N_PAT_OR, first->start, &n));
    FG_TRY(fg_parse_push(p, &b, first));
    while (fg_parse_accept_below(p, FG_TOK_BAR) || fg_parse_at(p, FG_TOK_BAR)) {
        fg_parse_advance(p);
        fg_parse_newlines(p);
        FG_TRY(parse_one(p, &one));
        FG_TRY(fg_parse_push(p, &b, one));
    }
    n->list = b.list;
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

fg_status fg_parse_pattern(fg_parser *p, fg_node **out)
{
    FG_TRY(fg_parse_enter(p));
    FG_TRY(parse_one(p, out));
    if (fg_parse_at(p, FG_TOK_BAR)
        || (fg_parse_at(p, FG_TOK_NEWLINE) && fg_parse_peek(p, 1) == FG_TOK_BAR))
        FG_TRY(alternatives(p, *out, out));
    fg_parse_leave(p);
    return FG_OK;
}
