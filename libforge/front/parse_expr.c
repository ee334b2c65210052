// SPDX-License-Identifier: Apache-2.0
/* Expressions: operators, from `>>` (lowest) to the postfix forms.
 *
 * An expression may go on in the next line when that starts with `.`, `|>` or `>>`, or
 * when a line ends with an operator; anything else ends at the newline. */
#include "front/parse_internal.h"

/* ---- binary operators -------------------------------------------------------------- */

typedef struct binary {
    uint8_t level; /* 0: no binary operator */
    uint8_t kind;  /* fg_node_kind */
    uint8_t op;    /* fg_operator */
} binary;

#define LEVEL_OR 1
#define LEVEL_AND 2

static const binary binaries[FG_TOK_COUNT] = {
    [FG_TOK_OR] = { LEVEL_OR, FG_N_OR, FG_OP_NONE },
    [FG_TOK_AND] = { LEVEL_AND, FG_N_AND, FG_OP_NONE },
    [FG_TOK_EQ_EQ] = { 3, FG_N_BINARY, FG_OP_EQ },
    [FG_TOK_NOT_EQ] = { 3, FG_N_BINARY, FG_OP_NE },
    [FG_TOK_LT] = { 4, FG_N_BINARY, FG_OP_LT },
    [FG_TOK_GT] = { 4, FG_N_BINARY, FG_OP_GT },
    [FG_TOK_LT_EQ] = { 4, FG_N_BINARY, FG_OP_LE },
    [FG_TOK_GT_EQ] = { 4, FG_N_BINARY, FG_OP_GE },
    [FG_TOK_PLUS] = { 5, FG_N_BINARY, FG_OP_ADD },
    [FG_TOK_MINUS] = { 5, FG_N_BINARY, FG_OP_SUB },
    [FG_TOK_STAR] = { 6, FG_N_BINARY, FG_OP_MUL },
    [FG_TOK_SLASH] = { 6, FG_N_BINARY, FG_OP_DIV },
    [FG_TOK_PERCENT] = { 6, FG_N_BINARY, FG_OP_MOD },
};

fg_operator fg_parse_comparison(fg_token_kind k)
{
    unsigned level = binaries[k].level;

    return level == 3 || level == 4 ? (fg_operator)binaries[k].op : FG_OP_NONE;
}

/* The binary operator at the current place; the words `and` and `or` count. */
static binary current_binary(const fg_parser *p)
{
    static const binary none;
    fg_token_kind k = fg_parse_peek(p, 0);

    if (k != FG_TOK_NAME)
        return binaries[k];
    if (!(fg_token_flags(fg_parse_peek(p, 1)) & FG_TF_OPERAND)
        && fg_parse_peek(p, 1) != FG_TOK_NEWLINE)
        return none;
    if (fg_parse_is_word(p, 0, "and"))
        return p->ctx.between ? none : binaries[FG_TOK_AND];
    if (fg_parse_is_word(p, 0, "or"))
        return binaries[FG_TOK_OR];
    return none;
}

/* Operators of at least `level`; each level calls itself once for a tighter one. */
static fg_status parse_binary(fg_parser *p, unsigned level, fg_node **out)
{
    fg_node *left, *right, *n;
    binary b;

    FG_TRY(fg_parse_operand(p, &left));
    while ((b = current_binary(p)).level >= level && b.level) {
        fg_parse_advance(p);
        fg_parse_newlines(p);
        FG_TRY(parse_binary(p, b.level + 1, &right));
        FG_TRY(fg_parse_node(p, b.kind, left->start, &n));
        n->op = b.op;
        n->a = left;
        n->b = right;
        left = n;
    }
    *out = left;
    return FG_OK;
}

/* ---- |>, where, >> ----------------------------------------------------------------- */

fg_status fg_parse_pipeline(fg_parser *p, fg_node **out)
{
    fg_node *left, *n;

    FG_TRY(parse_binary(p, LEVEL_OR, &left));
    while (fg_parse_accept_below(p, FG_TOK_PIPE) || fg_parse_at(p, FG_TOK_PIPE)) {
        fg_parse_advance(p);
        fg_parse_newlines(p);
        FG_TRY(fg_parse_node(p, FG_N_PIPE, left->start, &n));
        n->a = left;
        FG_TRY(parse_binary(p, LEVEL_OR, &n->b));
        fg_parse_finish(p, n);
        left = n;
    }
    *out = left;
    return FG_OK;
}

/* OP value, after a name; into n->op and n->b. */
static fg_status comparison(fg_parser *p, fg_node *n)
{
    n->op = (uint8_t)fg_parse_comparison(fg_parse_peek(p, 0));
    if (n->op == FG_OP_NONE)
        return fg_parse_expected(p, "comparison operator");
    fg_parse_advance(p);
    fg_parse_newlines(p);
    return fg_parse_pipeline(p, &n->b);
}

/* base where name OP value */
static fg_status parse_where(fg_parser *p, fg_node *base, fg_node **out)
{
    fg_node *n;

    fg_parse_advance(p);
    FG_TRY(fg_parse_node(p, FG_N_WHERE, base->start, &n));
    n->a = base;
    FG_TRY(fg_parse_name(p, &n->name));
    FG_TRY(comparison(p, n));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

static fg_status parse_step(fg_parser *p, fg_node **out)
{
    uint32_t start = fg_parse_start(p);
    fg_node *n;

    if (fg_parse_at(p, FG_TOK_KEEP) && fg_parse_peek(p, 1) == FG_TOK_WHERE) {
        fg_parse_advance(p);
        fg_parse_advance(p);
        FG_TRY(fg_parse_node(p, FG_N_STEP_KEEP, start, &n));
        FG_TRY(fg_parse_name(p, &n->name));
        if (fg_parse_comparison(fg_parse_peek(p, 0)) != FG_OP_NONE)
            FG_TRY(comparison(p, n));
    } else if (fg_parse_is_word(p, 0, "sort") && fg_parse_peek(p, 1) != FG_TOK_LPAREN) {
        fg_parse_advance(p);
        FG_TRY(fg_parse_node(p, FG_N_STEP_SORT, start, &n));
        if (fg_parse_accept(p, FG_TOK_BY))
            FG_TRY(fg_parse_name(p, &n->name));
    } else if (fg_parse_at(p, FG_TOK_TAKE)
               && (fg_token_flags(fg_parse_peek(p, 1)) & FG_TF_OPERAND)) {
        fg_parse_advance(p);
        FG_TRY(fg_parse_node(p, FG_N_STEP_TAKE, start, &n));
        FG_TRY(fg_parse_pipeline(p, &n->a));
    } else {
        FG_TRY(fg_parse_node(p, FG_N_STEP_APPLY, start, &n));
        FG_TRY(fg_parse_pipeline(p, &n->a));
    }
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

static fg_status parse_chain(fg_parser *p, fg_node *base, fg_node **out)
{
    fg_parse_list steps = { 0 };
    fg_node *n, *step;

    FG_TRY(fg_parse_node(p, FG_N_CHAIN, base->start, &n));
    n->a = base;
    do {
        fg_parse_advance(p);
        fg_parse_newlines(p);
        FG_TRY(parse_step(p, &step));
        FG_TRY(fg_parse_push(p, &steps, step));
        fg_parse_accept_below(p, FG_TOK_PIPE_RIGHT);
    } while (fg_parse_at(p, FG_TOK_PIPE_RIGHT));
    n->list = steps.list;
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

fg_status fg_parse_expr(fg_parser *p, fg_node **out)
{
    FG_TRY(fg_parse_pipeline(p, out));
    if (fg_parse_at(p, FG_TOK_WHERE))
        FG_TRY(parse_where(p, *out, out));
    fg_parse_accept_below(p, FG_TOK_PIPE_RIGHT);
    if (fg_parse_at(p, FG_TOK_PIPE_RIGHT))
        FG_TRY(parse_chain(p, *out, out));
    return FG_OK;
}

fg_status fg_parse_spread(fg_parser *p, fg_node **out)
{
    fg_node *n;

    if (!fg_parse_at(p, FG_TOK_DOTS))
        return fg_parse_expr(p, out);
    FG_TRY(fg_parse_node(p, FG_N_SPREAD, fg_parse_start(p), &n));
    fg_parse_advance(p);
    FG_TRY(fg_parse_expr(p, &n->a));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}
