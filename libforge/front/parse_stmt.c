// SPDX-License-Identifier: Apache-2.0
/* Statements that define nothing global: bindings, assignment, loops, jumps, and the
 * worded ones (wait, grab, check …). */
#include "front/parse_internal.h"

/* A node of the statement that starts with the current keyword, which is consumed. */
static fg_status begin(fg_parser *p, fg_node_kind kind, fg_node **out)
{
    FG_TRY(fg_parse_node(p, kind, fg_parse_start(p), out));
    fg_parse_advance(p);
    return FG_OK;
}

/* ---- bindings ---------------------------------------------------------------------- */

/* { a, b }, [a, ...rest] or (a, b); makes *n an UNPACK. */
static fg_status parse_targets(fg_parser *p, fg_node *n)
{
    static const struct {
        uint8_t open, close, op;
    } brackets[] = {
        { FG_TOK_LBRACE, FG_TOK_RBRACE, FG_OP_OBJECT },
        { FG_TOK_LBRACKET, FG_TOK_RBRACKET, FG_OP_ARRAY },
        { FG_TOK_LPAREN, FG_TOK_RPAREN, FG_OP_TUPLE },
    };
    uint32_t start = fg_parse_start(p), which = 0;
    fg_parse_list b = { 0 };
    fg_node *name;

    while (which < FG_COUNT(brackets) && !fg_parse_at(p, brackets[which].open))
        which++;
    if (which == FG_COUNT(brackets))
        return fg_parse_expected(p, "{, [ or (");
    n->kind = FG_N_UNPACK;
    n->op = brackets[which].op;
    fg_parse_context outside = fg_parse_open(p, true);
    while (!fg_parse_at(p, brackets[which].close) && !fg_parse_at(p, FG_TOK_EOF)) {
        FG_TRY(fg_parse_node(p, FG_N_NAME, fg_parse_start(p), &name));
        if (n->op == FG_OP_ARRAY && fg_parse_accept(p, FG_TOK_DOTS))
            name->flags |= FG_NF_REST;
        FG_TRY(fg_parse_name(p, &name->name));
        fg_parse_finish(p, name);
        FG_TRY(fg_parse_push(p, &b, name));
        fg_parse_accept(p, FG_TOK_COMMA);
    }
    n->list = b.list;
    return fg_parse_close(p, brackets[which].close, outside, start);
}

/* The value behind = or to; a newline may come between. */
static fg_status parse_value(fg_parser *p, fg_node *n)
{
    fg_parse_newlines(p);
    FG_TRY(fg_parse_expr(p, &n->a));
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_let(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(begin(p, FG_N_LET, &n));
    *out = n;
    if (fg_parse_accept(p, FG_TOK_MUT))
        n->flags |= FG_NF_MUT;
    if (fg_parse_at(p, FG_TOK_LPAREN) || fg_parse_at(p, FG_TOK_LBRACE)
        || fg_parse_at(p, FG_TOK_LBRACKET)) {
        FG_TRY(parse_targets(p, n));
    } else {
        FG_TRY(fg_parse_name(p, &n->name));
        if (fg_parse_accept(p, FG_TOK_COLON))
            FG_TRY(fg_parse_type(p, &n->b));
    }
    FG_TRY(fg_parse_expect(p, FG_TOK_EQ));
    return parse_value(p, n);
}

fg_status fg_parse_set(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(begin(p, FG_N_LET, &n));
    *out = n;
    if (fg_parse_accept(p, FG_TOK_MUT))
        n->flags |= FG_NF_MUT;
    FG_TRY(fg_parse_name(p, &n->name));
    if (!fg_parse_at(p, FG_TOK_TO)) {
        fg_status s = fg_parse_expect(p, FG_TOK_TO);
        fg_diag_hint(p->d, "set NAME to VALUE, or let NAME = VALUE");
        return s;
    }
    fg_parse_advance(p);
    return parse_value(p, n);
}

fg_status fg_parse_change(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(begin(p, FG_N_ASSIGN, &n));
    *out = n;
    FG_TRY(fg_parse_expr(p, &n->a));
    if (!fg_parse_at(p, FG_TOK_TO)) {
        fg_status s = fg_parse_expect(p, FG_TOK_TO);
        fg_diag_hint(p->d, "change TARGET to VALUE, or TARGET = VALUE");
        return s;
    }
    fg_parse_advance(p);
    fg_parse_newlines(p);
    FG_TRY(fg_parse_expr(p, &n->b));
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_unpack(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(begin(p, FG_N_UNPACK, &n));
    *out = n;
    FG_TRY(parse_targets(p, n));
    FG_TRY(fg_parse_expect(p, FG_TOK_FROM));
    return parse_value(p, n);
}

/* = and the compound assignments; COUNT of operators: none. */
static bool assignment(fg_token_kind k, fg_operator *op)
{
    static const struct {
        uint8_t kind, op;
    } assignments[] = {
        { FG_TOK_EQ, FG_OP_NONE },      { FG_TOK_PLUS_EQ, FG_OP_ADD },
        { FG_TOK_MINUS_EQ, FG_OP_SUB }, { FG_TOK_STAR_EQ, FG_OP_MUL },
        { FG_TOK_SLASH_EQ, FG_OP_DIV }, { FG_TOK_PERCENT_EQ, FG_OP_MOD },
    };

    for (size_t i = 0; i < FG_COUNT(assignments); i++) {
        if (assignments[i].kind == k) {
            *op = (fg_operator)assignments[i].op;
            return true;
        }
    }
    return false;
}

fg_status fg_parse_simple(fg_parser *p, fg_node **out)
{
    fg_operator op;
    fg_node *n;

    FG_TRY(fg_parse_expr(p, out));
    if (!assignment(fg_parse_peek(p, 0), &op))
        return FG_OK;
    FG_TRY(fg_parse_node(p, FG_N_ASSIGN, (*out)->start, &n));
    n->a = *out;
    n->op = (uint8_t)op;
    fg_parse_advance(p);
    fg_parse_newlines(p);
    FG_TRY(fg_parse_expr(p, &n->b));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

/* ---- jumps ------------------------------------------------------------------------- */

fg_status fg_parse_return(fg_parser *p, fg_node **out)
{
    FG_TRY(begin(p, FG_N_RETURN, out));
    switch (fg_parse_peek(p, 0)) {
    case FG_TOK_NEWLINE:
    case FG_TOK_RBRACE:
    case FG_TOK_EOF:
    case FG_TOK_UNLESS:
    case FG_TOK_COMMA: break;
    default: FG_TRY(fg_parse_expr(p, &(*out)->a)); break;
    }
    fg_parse_finish(p, *out);
    return FG_OK;
}

fg_status fg_parse_jump(fg_parser *p, fg_node **out)
{
    FG_TRY(begin(p, fg_parse_at(p, FG_TOK_BREAK) ? FG_N_BREAK : FG_N_CONTINUE, out));
    fg_parse_finish(p, *out);
    return FG_OK;
}

fg_status fg_parse_yield(fg_parser *p, fg_node **out)
{
    FG_TRY(begin(p, FG_N_YIELD, out));
    FG_TRY(fg_parse_expr(p, &(*out)->a));
    fg_parse_finish(p, *out);
    return FG_OK;
}

/* ---- loops ------------------------------------------------------------------------- */

static fg_status parse_body(fg_parser *p, fg_node *n)
{
    FG_TRY(fg_parse_block(p, &n->b));
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_for(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(begin(p, FG_N_FOR, &n));
    *out = n;
    fg_parse_accept(p, FG_TOK_EACH);
    FG_TRY(fg_parse_name(p, &n->name));
    if (fg_parse_accept(p, FG_TOK_COMMA))
        FG_TRY(fg_parse_name(p, &n->name2));
    FG_TRY(fg_parse_expect(p, FG_TOK_IN));
    FG_TRY(fg_parse_header(p, &n->a));
    return parse_body(p, n);
}

/* The condition behind `until` or `unless`, negated. */
static fg_status parse_negated(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_UNARY, fg_parse_start(p), &n));
    n->op = FG_OP_NOT;
    FG_TRY(fg_parse_header(p, &n->a));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

fg_status fg_parse_while(fg_parser *p, fg_node **out)
{
    bool until = fg_parse_at(p, FG_TOK_UNTIL);

    FG_TRY(begin(p, FG_N_WHILE, out));
    FG_TRY(until ? parse_negated(p, &(*out)->a) : fg_parse_header(p, &(*out)->a));
    return parse_body(p, *out);
}

fg_status fg_parse_unless(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(begin(p, FG_N_IF, &n));
    *out = n;
    FG_TRY(parse_negated(p, &n->a));
    FG_TRY(parse_body(p, n));
    if (fg_parse_is_else(fg_parse_peek(p, fg_parse_at(p, FG_TOK_NEWLINE)))) {
        fg_parse_newlines(p);
        fg_parse_advance(p);
        FG_TRY(fg_parse_block(p, &n->c));
        fg_parse_finish(p, n);
    }
    return FG_OK;
}

fg_status fg_parse_loop(fg_parser *p, fg_node **out)
{
    FG_TRY(begin(p, FG_N_LOOP, out));
    return parse_body(p, *out);
}

/* repeat and retry */
fg_status fg_parse_counted(fg_parser *p, fg_node **out)
{
    FG_TRY(begin(p, fg_parse_at(p, FG_TOK_REPEAT) ? FG_N_REPEAT : FG_N_RETRY, out));
    FG_TRY(fg_parse_header(p, &(*out)->a));
    fg_parse_accept(p, FG_TOK_TIMES);
    return parse_body(p, *out);
}

fg_status fg_parse_watch(fg_parser *p, fg_node **out)
{
    FG_TRY(begin(p, FG_N_WATCH, out));
    FG_TRY(fg_parse_header(p, &(*out)->a));
    return parse_body(p, *out);
}

/* ---- time -------------------------------------------------------------------------- */

/* An optional unit of time behind an amount; milliseconds per unit. */
static int64_t parse_unit(fg_parser *p)
{
    static const struct {
        const char *word;
        int64_t factor;
    } units[] = {
        { "ms", 1 },         { "millisecond", 1 }, { "milliseconds", 1 },
        { "second", 1000 },  { "minute", 60000 },  { "minutes", 60000 },
        { "hour", 3600000 }, { "hours", 3600000 },
    };
    fg_operator op;

    if (fg_parse_accept(p, FG_TOK_SECONDS))
        return 1000;
    if (assignment(fg_parse_peek(p, 1), &op) || fg_parse_peek(p, 1) == FG_TOK_DOT
        || fg_parse_peek(p, 1) == FG_TOK_LPAREN)
        return 1000;
    for (size_t i = 0; i < FG_COUNT(units); i++)
        if (fg_parse_accept_word(p, units[i].word))
            return units[i].factor;
    return 1000;
}

fg_status fg_parse_wait(fg_parser *p, fg_node **out)
{
    FG_TRY(begin(p, FG_N_WAIT, out));
    FG_TRY(fg_parse_expr(p, &(*out)->a));
    (*out)->num.i = parse_unit(p);
    fg_parse_finish(p, *out);
    return FG_OK;
}

/* timeout and schedule */
fg_status fg_parse_timed(fg_parser *p, fg_node **out)
{
    bool timeout = fg_parse_at(p, FG_TOK_TIMEOUT);

    FG_TRY(begin(p, timeout ? FG_N_TIMEOUT : FG_N_SCHEDULE, out));
    if (!timeout)
        fg_parse_accept(p, FG_TOK_EVERY);
    FG_TRY(fg_parse_header(p, &(*out)->a));
    (*out)->num.i = parse_unit(p);
    return parse_body(p, *out);
}

/* ---- worded statements ------------------------------------------------------------- */

fg_status fg_parse_grab(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(begin(p, FG_N_GRAB, &n));
    *out = n;
    FG_TRY(fg_parse_name(p, &n->name));
    FG_TRY(fg_parse_expect(p, FG_TOK_FROM));
    FG_TRY(fg_parse_expr(p, &n->a));
    if (fg_parse_accept_word(p, "with"))
        FG_TRY(fg_parse_expr(p, &n->b));
    fg_parse_finish(p, n);
    return FG_OK;
}

/* download and crawl */
fg_status fg_parse_download(fg_parser *p, fg_node **out)
{
    bool crawl = fg_parse_at(p, FG_TOK_CRAWL);

    FG_TRY(begin(p, crawl ? FG_N_CRAWL : FG_N_DOWNLOAD, out));
    FG_TRY(fg_parse_expr(p, &(*out)->a));
    if (!crawl && fg_parse_accept(p, FG_TOK_TO))
        FG_TRY(fg_parse_expr(p, &(*out)->b));
    fg_parse_finish(p, *out);
    return FG_OK;
}

/* lo [and] hi, behind `between` */
static fg_status parse_between(fg_parser *p, fg_node *n)
{
    fg_parse_context outside = p->ctx;

    n->op = FG_OP_CHECK_BETWEEN;
    p->ctx.between = true;
    FG_TRY(fg_parse_expr(p, &n->b));
    p->ctx = outside;
    fg_parse_accept_word(p, "and");
    return fg_parse_expr(p, &n->c);
}

fg_status fg_parse_check(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(begin(p, FG_N_CHECK, &n));
    *out = n;
    n->op = FG_OP_CHECK_TRUTHY;
    FG_TRY(fg_parse_expr(p, &n->a));
    bool is = fg_parse_accept_word(p, "is");
    if (fg_parse_accept_word(p, "between")) {
        FG_TRY(parse_between(p, n));
    } else if (fg_parse_accept_word(p, "contains")) {
        n->op = FG_OP_CHECK_CONTAINS;
        FG_TRY(fg_parse_expr(p, &n->b));
    } else if (is) {
        n->op = FG_OP_CHECK_NOT_EMPTY;
        if (!fg_parse_accept(p, FG_TOK_NOT))
            fg_parse_accept_word(p, "not");
        fg_parse_accept_word(p, "empty");
    }
    fg_parse_finish(p, n);
    return FG_OK;
}

/* ---- import ------------------------------------------------------------------------ */

/* { names } from */
static fg_status parse_import_names(fg_parser *p, fg_node *n)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_context outside = fg_parse_open(p, true);
    fg_parse_list b = { 0 };
    fg_node *name;

    while (!fg_parse_at(p, FG_TOK_RBRACE) && !fg_parse_at(p, FG_TOK_EOF)) {
        FG_TRY(fg_parse_node(p, FG_N_NAME, fg_parse_start(p), &name));
        FG_TRY(fg_parse_name(p, &name->name));
        fg_parse_finish(p, name);
        FG_TRY(fg_parse_push(p, &b, name));
        fg_parse_accept(p, FG_TOK_COMMA);
    }
    n->list = b.list;
    FG_TRY(fg_parse_close(p, FG_TOK_RBRACE, outside, start));
    return fg_parse_expect(p, FG_TOK_FROM);
}

fg_status fg_parse_import(fg_parser *p, fg_node **out)
{
    fg_node *n, *path;
    bool names;

    FG_TRY(begin(p, FG_N_IMPORT, &n));
    *out = n;
    names = fg_parse_at(p, FG_TOK_LBRACE);
    if (names)
        FG_TRY(parse_import_names(p, n));
    if (fg_parse_at(p, FG_TOK_STRING) || fg_parse_at(p, FG_TOK_PLAIN)) {
        FG_TRY(fg_parse_verbatim(p, &path));
        n->name = path->name;
    } else if (!names) {
        FG_TRY(fg_parse_name(p, &n->name));
    } else {
        return fg_parse_expected(p, "string");
    }
    fg_parse_finish(p, n);
    return fg_parse_push(p, &p->imports, n);
}
