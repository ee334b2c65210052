// SPDX-License-Identifier: Apache-2.0
/* Operands: prefix operators, postfix forms, names and the constructs that are values
 * (if, match, when, try, spawn …). */
#include "front/parse_internal.h"

/* ---- prefix ------------------------------------------------------------------------ */

typedef struct prefix {
    uint8_t kind; /* fg_node_kind; INT: no prefix */
    uint8_t op;
} prefix;

static const prefix prefixes[FG_TOK_COUNT] = {
    [FG_TOK_MINUS] = { FG_N_UNARY, FG_OP_SUB },
    [FG_TOK_NOT] = { FG_N_UNARY, FG_OP_NOT },
    [FG_TOK_AWAIT] = { FG_N_AWAIT, 0 },
    [FG_TOK_HOLD] = { FG_N_AWAIT, 0 },
    [FG_TOK_MUST] = { FG_N_MUST, 0 },
    [FG_TOK_FREEZE] = { FG_N_FREEZE, 0 },
    [FG_TOK_ASK] = { FG_N_ASK, 0 },
};

/* `not x`: the word, before an operand that is not the argument list of a call. */
static bool is_not_word(const fg_parser *p)
{
    const fg_token *word = fg_parse_token(p, 0), *next = fg_parse_token(p, 1);

    if (!fg_parse_is_word(p, 0, "not") || !(fg_token_flags(next->kind) & FG_TF_OPERAND))
        return false;
    if (next->kind == FG_TOK_MINUS || next->kind == FG_TOK_LBRACE)
        return false;
    return (next->kind != FG_TOK_LPAREN && next->kind != FG_TOK_LBRACKET)
           || next->at > word->at + word->len;
}

/* The prefix operator at the current place.  Soft words need an operand behind them. */
static prefix current_prefix(const fg_parser *p)
{
    fg_token_kind k = fg_parse_peek(p, 0);

    if ((fg_token_flags(k) & FG_TF_NAME)
        && !(fg_token_flags(fg_parse_peek(p, 1)) & FG_TF_OPERAND))
        return prefixes[FG_TOK_NAME];
    return is_not_word(p) ? prefixes[FG_TOK_NOT] : prefixes[k];
}

/* ---- postfix ----------------------------------------------------------------------- */

static fg_status parse_call(fg_parser *p, fg_node *callee, fg_node **out)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_list args = { 0 };
    fg_node *n, *arg;

    FG_TRY(fg_parse_node(p, FG_N_CALL, callee->start, &n));
    n->a = callee;
    fg_parse_context outside = fg_parse_open(p, false);
    fg_parse_newlines(p);
    while (!fg_parse_at(p, FG_TOK_RPAREN) && !fg_parse_at(p, FG_TOK_EOF)) {
        if (fg_parse_at(p, FG_TOK_RBRACE) || fg_parse_at(p, FG_TOK_RBRACKET))
            break;
        FG_TRY(fg_parse_spread(p, &arg));
        FG_TRY(fg_parse_push(p, &args, arg));
        fg_parse_separator(p);
        if (fg_parse_at(p, FG_TOK_COLON)) {
            fg_parse_unexpected(p);
            fg_diag_hint(p->d,
                         "arguments have no names; pass an object { name: value }");
            return FG_RAISED;
        }
    }
    n->list = args.list;
    FG_TRY(fg_parse_close(p, FG_TOK_RPAREN, outside, start));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

static fg_status parse_index(fg_parser *p, fg_node *base, fg_node **out)
{
    uint32_t start = fg_parse_start(p);
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_INDEX, base->start, &n));
    n->a = base;
    fg_parse_context outside = fg_parse_open(p, true);
    FG_TRY(fg_parse_expr(p, &n->b));
    FG_TRY(fg_parse_close(p, FG_TOK_RBRACKET, outside, start));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

static fg_status parse_field(fg_parser *p, fg_node *base, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_FIELD, base->start, &n));
    n->a = base;
    fg_parse_advance(p);
    FG_TRY(fg_parse_name(p, &n->name));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

static fg_status parse_try_op(fg_parser *p, fg_node *base, fg_node **out)
{
    fg_node *n;

    fg_parse_advance(p);
    FG_TRY(fg_parse_node(p, FG_N_TRY_OP, base->start, &n));
    n->a = base;
    *out = n;
    return FG_OK;
}

/* All postfix forms behind *n. */
static fg_status parse_postfix(fg_parser *p, fg_node **n)
{
    for (;;) {
        fg_parse_accept_below(p, FG_TOK_DOT);
        switch (fg_parse_peek(p, 0)) {
        case FG_TOK_LPAREN: FG_TRY(parse_call(p, *n, n)); break;
        case FG_TOK_LBRACKET: FG_TRY(parse_index(p, *n, n)); break;
        case FG_TOK_DOT: FG_TRY(parse_field(p, *n, n)); break;
        case FG_TOK_QUESTION: FG_TRY(parse_try_op(p, *n, n)); break;
        default: return FG_OK;
        }
    }
}

/* ---- constructs -------------------------------------------------------------------- */

/* Steps over newlines to an else, unless it is the last arm of a `when`. */
static bool accept_else(fg_parser *p)
{
    uint32_t ahead = fg_parse_at(p, FG_TOK_NEWLINE);
    fg_token_kind next = fg_parse_peek(p, ahead + 1);

    if (!fg_parse_is_else(fg_parse_peek(p, ahead)) || next == FG_TOK_ARROW
        || next == FG_TOK_FAT_ARROW)
        return false;
    fg_parse_newlines(p);
    fg_parse_advance(p);
    return true;
}

/* A chain of else-ifs of any length is read in a loop; all its nodes end together. */
fg_status fg_parse_if(fg_parser *p, fg_node **out)
{
    fg_node **at = out;

    for (;;) {
        fg_node *n;
        FG_TRY(fg_parse_node(p, FG_N_IF, fg_parse_start(p), &n));
        *at = n;
        fg_parse_advance(p);
        FG_TRY(fg_parse_header(p, &n->a));
        FG_TRY(fg_parse_block(p, &n->b));
        if (!accept_else(p))
            break;
        if (!fg_parse_at(p, FG_TOK_IF)) {
            FG_TRY(fg_parse_block(p, &n->c));
            break;
        }
        at = &n->c;
    }
    for (fg_node *n = *out; n && n->kind == FG_N_IF; n = n->c)
        fg_parse_finish(p, n);
    return FG_OK;
}

/* -> or =>, both are accepted. */
static bool accept_arrow(fg_parser *p)
{
    return fg_parse_accept(p, FG_TOK_FAT_ARROW) || fg_parse_accept(p, FG_TOK_ARROW);
}

static fg_status parse_arm(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_ARM, fg_parse_start(p), &n));
    FG_TRY(fg_parse_pattern(p, &n->a));
    if (fg_parse_accept(p, FG_TOK_IF))
        FG_TRY(fg_parse_expr(p, &n->c));
    if (!accept_arrow(p))
        return fg_parse_expect(p, FG_TOK_FAT_ARROW);
    FG_TRY(fg_parse_arm_body(p, &n->b));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

typedef fg_status arm_fn(fg_parser *p, fg_node **out);

/* KEYWORD subject { arms } */
static fg_status parse_arms(fg_parser *p, fg_node_kind kind, arm_fn *arm, fg_node **out)
{
    fg_parse_list arms = { 0 };
    fg_node *n, *one;

    FG_TRY(fg_parse_node(p, kind, fg_parse_start(p), &n));
    fg_parse_advance(p);
    FG_TRY(fg_parse_header(p, &n->a));
    fg_parse_accept_below(p, FG_TOK_LBRACE);
    uint32_t start = fg_parse_start(p);
    if (!fg_parse_at(p, FG_TOK_LBRACE))
        return fg_parse_expect(p, FG_TOK_LBRACE);
    fg_parse_context outside = fg_parse_open(p, false);
    fg_parse_newlines(p);
    while (!fg_parse_at(p, FG_TOK_RBRACE) && !fg_parse_at(p, FG_TOK_EOF)) {
        FG_TRY(arm(p, &one));
        FG_TRY(fg_parse_push(p, &arms, one));
        fg_parse_separator(p);
    }
    n->list = arms.list;
    FG_TRY(fg_parse_close(p, FG_TOK_RBRACE, outside, start));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

fg_status fg_parse_match(fg_parser *p, fg_node **out)
{
    return parse_arms(p, FG_N_MATCH, parse_arm, out);
}

/* The result of a `when` arm is an expression; return, break and continue are accepted
 * and become a block. */
static fg_status when_result(fg_parser *p, fg_node **out)
{
    fg_token_kind k;
    fg_parse_list b = { 0 };
    fg_node *jump;

    fg_parse_newlines(p);
    k = fg_parse_peek(p, 0);
    if (k != FG_TOK_RETURN && k != FG_TOK_BREAK && k != FG_TOK_CONTINUE)
        return fg_parse_expr(p, out);
    FG_TRY(fg_parse_statement(p, &jump));
    FG_TRY(fg_parse_push(p, &b, jump));
    FG_TRY(fg_parse_node(p, FG_N_BLOCK, jump->start, out));
    (*out)->list = b.list;
    return FG_OK;
}

static fg_status parse_when_arm(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_WHEN_ARM, fg_parse_start(p), &n));
    n->op = FG_OP_EQ;
    if (fg_parse_is_else(fg_parse_peek(p, 0))) {
        fg_parse_advance(p);
    } else {
        fg_operator op = fg_parse_comparison(fg_parse_peek(p, 0));
        if (op != FG_OP_NONE) {
            n->op = (uint8_t)op;
            fg_parse_advance(p);
        }
        FG_TRY(fg_parse_expr(p, &n->a));
    }
    accept_arrow(p);
    FG_TRY(when_result(p, &n->b));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

fg_status fg_parse_when(fg_parser *p, fg_node **out)
{
    return parse_arms(p, FG_N_WHEN, parse_when_arm, out);
}

fg_status fg_parse_try(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_TRY, fg_parse_start(p), &n));
    fg_parse_advance(p);
    FG_TRY(fg_parse_block(p, &n->a));
    fg_parse_accept_below(p, FG_TOK_CATCH);
    if (!fg_parse_at(p, FG_TOK_CATCH)) {
        fg_status s = fg_parse_expect(p, FG_TOK_CATCH);
        fg_diag_hint(p->d, "try { … } needs catch NAME { … }; safe { … } does not");
        return s;
    }
    fg_parse_advance(p);
    FG_TRY(fg_parse_name(p, &n->name));
    FG_TRY(fg_parse_block(p, &n->b));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

/* spawn, squad, safe */
static fg_status parse_block_word(fg_parser *p, fg_node_kind kind, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, kind, fg_parse_start(p), &n));
    fg_parse_advance(p);
    FG_TRY(fg_parse_block(p, kind == FG_N_SPAWN ? &n->b : &n->a));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

/* say, yell, whisper */
static fg_status parse_output(fg_parser *p, fg_operator op, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_OUTPUT, fg_parse_start(p), &n));
    n->op = (uint8_t)op;
    fg_parse_advance(p);
    FG_TRY(fg_parse_expr(p, &n->a));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

static fg_status parse_lambda(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_LAMBDA, fg_parse_start(p), &n));
    fg_parse_advance(p);
    if (!fg_parse_at(p, FG_TOK_LPAREN)) {
        fg_status s = fg_parse_expect(p, FG_TOK_LPAREN);
        fg_diag_hint(p->d, "a function used as a value has no name: fn(x) { … }");
        return s;
    }
    FG_TRY(fg_parse_params(p, &n->list));
    FG_TRY(fg_parse_block(p, &n->b));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

/* ---- primary ----------------------------------------------------------------------- */

static fg_status parse_leaf(fg_parser *p, fg_node_kind kind, fg_node **out)
{
    const fg_token *t = fg_parse_token(p, 0);

    FG_TRY(fg_parse_node(p, kind, t->start, out));
    if (kind == FG_N_FLOAT)
        (*out)->num.f = t->num.f;
    else
        (*out)->num.i = t->num.i;
    if (kind == FG_N_NAME)
        (*out)->name = fg_parse_slice(p, t);
    fg_parse_advance(p);
    fg_parse_finish(p, *out);
    return FG_OK;
}

static fg_status parse_name(fg_parser *p, fg_node **out)
{
    if (fg_parse_is_struct(p))
        return fg_parse_struct_literal(p, out);
    return parse_leaf(p, FG_N_NAME, out);
}

/* Whether the soft word at the current place starts its construct. */
static bool starts_construct(const fg_parser *p, fg_token_kind k)
{
    fg_token_kind next = fg_parse_peek(p, 1);

    switch (k) {
    case FG_TOK_MATCH:
        return (fg_token_flags(next) & FG_TF_OPERAND) && next != FG_TOK_DOTS;
    case FG_TOK_SAFE:
        return next == FG_TOK_LBRACE
               || (next == FG_TOK_NEWLINE && fg_parse_peek(p, 2) == FG_TOK_LBRACE);
    case FG_TOK_CRAFT: return fg_parse_is_name(next);
    default: return false;
    }
}

/* An operand that is a soft word. */
static fg_status parse_soft(fg_parser *p, fg_token_kind k, fg_node **out)
{
    if (!starts_construct(p, k))
        return parse_leaf(p, FG_N_NAME, out);
    if (k == FG_TOK_MATCH)
        return fg_parse_match(p, out);
    if (k == FG_TOK_SAFE)
        return parse_block_word(p, FG_N_SAFE, out);
    return fg_parse_struct_literal(p, out);
}

static fg_status no_operand(fg_parser *p)
{
    fg_token_kind k = fg_parse_peek(p, 0);

    fg_parse_unexpected(p);
    if (fg_token_flags(k) & FG_TF_TYPE)
        fg_diag_hint(p->d,
                     "%s is the name of a type; conversions are int(), float(), "
                     "str()",
                     fg_token_text(k));
    else if (k == FG_TOK_DOTS)
        fg_diag_hint(p->d, "... spreads only in calls, arrays and objects");
    else if (k == FG_TOK_PLUS)
        fg_diag_hint(p->d, "there is no unary '+' and no '++'; write x += 1");
    else if (p->d->hint[0] == 0 && k >= FG_TOK_BOOL_TYPE && k < FG_TOK_COUNT)
        fg_diag_hint(p->d, "'%s' is a word of the language and no value here",
                     fg_token_text(k));
    return FG_RAISED;
}

static fg_status parse_primary(fg_parser *p, fg_node **out)
{
    fg_token_kind k = fg_parse_peek(p, 0);

    switch (k) {
    case FG_TOK_NAME: return parse_name(p, out);
    case FG_TOK_INT: return parse_leaf(p, FG_N_INT, out);
    case FG_TOK_FLOAT: return parse_leaf(p, FG_N_FLOAT, out);
    case FG_TOK_STRING: return fg_parse_string(p, out);
    case FG_TOK_PLAIN:
    case FG_TOK_RAW: return fg_parse_verbatim(p, out);
    case FG_TOK_TRUE: return parse_leaf(p, FG_N_TRUE, out);
    case FG_TOK_FALSE: return parse_leaf(p, FG_N_FALSE, out);
    case FG_TOK_NULL: return parse_leaf(p, FG_N_NULL, out);
    case FG_TOK_LPAREN: return fg_parse_paren(p, out);
    case FG_TOK_LBRACKET: return fg_parse_array(p, out);
    case FG_TOK_LBRACE: return fg_parse_brace(p, out);
    case FG_TOK_FN: return parse_lambda(p, out);
    case FG_TOK_IF: return fg_parse_if(p, out);
    case FG_TOK_WHEN: return fg_parse_when(p, out);
    case FG_TOK_TRY: return fg_parse_try(p, out);
    case FG_TOK_SPAWN: return parse_block_word(p, FG_N_SPAWN, out);
    case FG_TOK_SQUAD: return parse_block_word(p, FG_N_SQUAD, out);
    case FG_TOK_SAY: return parse_output(p, FG_OP_SAY, out);
    case FG_TOK_YELL: return parse_output(p, FG_OP_YELL, out);
    case FG_TOK_WHISPER: return parse_output(p, FG_OP_WHISPER, out);
    default: break;
    }
    return fg_token_flags(k) & FG_TF_NAME ? parse_soft(p, k, out) : no_operand(p);
}

fg_status fg_parse_operand(fg_parser *p, fg_node **out)
{
    prefix pre = current_prefix(p);
    fg_node *n;

    FG_TRY(fg_parse_enter(p));
    if (pre.kind) {
        FG_TRY(fg_parse_node(p, pre.kind, fg_parse_start(p), &n));
        n->op = pre.op;
        fg_parse_advance(p);
        FG_TRY(fg_parse_operand(p, &n->a));
        fg_parse_finish(p, n);
        *out = n;
    } else {
        FG_TRY(parse_primary(p, out));
        if ((*out)->kind != FG_N_OUTPUT)
            FG_TRY(parse_postfix(p, out));
    }
    fg_parse_leave(p);
    return FG_OK;
}
