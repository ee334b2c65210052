// SPDX-License-Identifier: Apache-2.0
/* The parser: tokens, errors, blocks, and which statement starts with which word. */
#include "front/parse_internal.h"

#include "front/slip.h"

/* ---- tokens ------------------------------------------------------------------------ */

void fg_parse_advance(fg_parser *p)
{
    const fg_token *t = fg_parse_token(p, 0);

    p->last_end = t->end;
    if (t->kind != FG_TOK_EOF)
        p->at++;
    if (p->ctx.joined)
        fg_parse_newlines(p);
}

bool fg_parse_accept(fg_parser *p, fg_token_kind k)
{
    if (!fg_parse_at(p, k))
        return false;
    fg_parse_advance(p);
    return true;
}

void fg_parse_newlines(fg_parser *p)
{
    while (fg_parse_at(p, FG_TOK_NEWLINE))
        p->at++;
}

bool fg_parse_accept_below(fg_parser *p, fg_token_kind k)
{
    if (!fg_parse_at(p, FG_TOK_NEWLINE) || fg_parse_peek(p, 1) != k)
        return false;
    p->at++;
    return true;
}

bool fg_parse_is_word(const fg_parser *p, uint32_t ahead, const char *word)
{
    const fg_token *t = fg_parse_token(p, ahead);

    return t->kind == FG_TOK_NAME
           && fg_slice_eq(fg_parse_slice(p, t), fg_slice_str(word));
}

bool fg_parse_accept_word(fg_parser *p, const char *word)
{
    if (!fg_parse_is_word(p, 0, word))
        return false;
    fg_parse_advance(p);
    return true;
}

fg_status fg_parse_expect(fg_parser *p, fg_token_kind k)
{
    fg_token wanted = { .kind = (uint8_t)k };
    char what[32];

    if (fg_parse_accept(p, k))
        return FG_OK;
    fg_token_show(&wanted, p->text, what, sizeof what);
    return fg_parse_expected(p, what);
}

fg_status fg_parse_name(fg_parser *p, fg_slice *out)
{
    fg_token_kind k = fg_parse_peek(p, 0);
    fg_status s;

    if (fg_parse_is_name(k)) {
        *out = fg_parse_slice(p, fg_parse_token(p, 0));
        fg_parse_advance(p);
        return FG_OK;
    }
    s = fg_parse_expected(p, "identifier");
    if (k >= FG_TOK_BOOL_TYPE && k < FG_TOK_COUNT)
        fg_diag_hint(p->d, "'%s' is a word of the language; choose another name",
                     fg_token_text(k));
    return s;
}

fg_parse_context fg_parse_open(fg_parser *p, bool joined)
{
    fg_parse_context outside = p->ctx;

    p->ctx = (fg_parse_context){ .joined = joined };
    fg_parse_advance(p);
    return outside;
}

fg_status fg_parse_close(fg_parser *p, fg_token_kind k, fg_parse_context outside,
                         uint32_t start)
{
    if (fg_parse_at(p, k)) {
        p->ctx = outside;
        fg_parse_advance(p);
        return FG_OK;
    }
    fg_status s = fg_parse_expect(p, k);
    if (p->d->hint[0] == 0) {
        uint32_t line, col;
        fg_position(p->source, start, &line, &col);
        fg_diag_hint(p->d, "the '%c' of line %u, column %u is still open",
                     p->source.p[start], line, col);
        p->d->opened = start + 1;
    }
    return s;
}

void fg_parse_separator(fg_parser *p)
{
    fg_parse_newlines(p);
    if (fg_parse_accept(p, FG_TOK_COMMA))
        fg_parse_newlines(p);
}

/* ---- errors ------------------------------------------------------------------------ */

fg_status fg_parse_error(fg_parser *p, const char *fmt, ...)
{
    const fg_token *t = fg_parse_token(p, 0);
    va_list ap;

    va_start(ap, fmt);
    fg_diag_vset(p->d, t->start, t->end, fmt, ap);
    va_end(ap);
    return FG_RAISED;
}

/* Is there a ? before the current token on its line? */
static bool after_question(const fg_parser *p)
{
    for (uint32_t i = p->at; i > 0 && p->lx.tokens[i].kind != FG_TOK_NEWLINE; i--)
        if (p->lx.tokens[i].kind == FG_TOK_QUESTION)
            return true;
    return false;
}

/* Advice that depends on nothing but the token that is in the way. */
static void hint_for_token(fg_parser *p)
{
    static const struct {
        uint8_t kind;
        const char *hint;
    } hints[] = {
        { FG_TOK_FAT_ARROW, "a function value is written fn(x) { … }" },
        { FG_TOK_ARROW, "a function value is written fn(x) { … }" },
        { FG_TOK_DOT_DOT, "a range is written range(from, to)" },
        { FG_TOK_BAR, "alternatives with | belong into the arms of match" },
        { FG_TOK_AMPERSAND, "the logical operator is &&" },
        { FG_TOK_STAR, "a power is written math.pow(x, n)" },
        { FG_TOK_ELSE, "an else needs an if directly before it" },
        { FG_TOK_OTHERWISE, "an otherwise needs an if directly before it" },
        { FG_TOK_NAH, "a nah needs an if directly before it" },
        { FG_TOK_CATCH, "a catch needs a try directly before it" },
        { FG_TOK_PUB, "everything at the top level of a file is public" },
        { FG_TOK_RBRACE, "there is one '}' too many, or a '{' is missing before" },
        { FG_TOK_RPAREN, "there is one ')' too many, or something is missing before" },
        { FG_TOK_IN, "use contains(values, x) to test for membership" },
        { FG_TOK_COLON, "keys with ':' belong into { … }" },
        { FG_TOK_EQ, "a comparison is written ==; an assignment is a statement" },
        { FG_TOK_EOF, "the text ends in the middle of something" },
    };
    fg_token_kind k = fg_parse_peek(p, 0);

    for (size_t i = 0; i < FG_COUNT(hints); i++)
        if (hints[i].kind == k)
            fg_diag_hint(p->d, "%s", hints[i].hint);
    if (k == FG_TOK_COLON && after_question(p))
        fg_diag_hint(p->d, "a choice is written if CONDITION { a } else { b }");
    char hint[sizeof p->d->hint];
    if (k == FG_TOK_NAME
        && fg_slip_foreign(fg_parse_slice(p, fg_parse_token(p, 0)), hint, sizeof hint))
        fg_diag_hint(p->d, "%s", hint);
}

fg_status fg_parse_expected(fg_parser *p, const char *what)
{
    char got[128];

    fg_token_show(fg_parse_token(p, 0), p->text, got, sizeof got);
    return fg_parse_error(p, "expected %s, got %s", what, got);
}

fg_status fg_parse_unexpected(fg_parser *p)
{
    char got[128];

    fg_token_show(fg_parse_token(p, 0), p->text, got, sizeof got);
    fg_parse_error(p, "unexpected token: %s", got);
    hint_for_token(p);
    return FG_RAISED;
}

/* ---- nodes ------------------------------------------------------------------------- */

fg_status fg_parse_enter(fg_parser *p)
{
    if (p->depth >= FG_MAX_DEPTH) {
        fg_parse_error(p, "nested too deeply (more than %d levels)", FG_MAX_DEPTH);
        fg_diag_hint(p->d, "give parts of it names of their own");
        return FG_RAISED;
    }
    p->depth++;
    return FG_OK;
}

fg_status fg_parse_node(fg_parser *p, fg_node_kind kind, uint32_t start, fg_node **out)
{
    fg_node *n = fg_arena_get(p->arena, sizeof *n);

    if (!n)
        return FG_NOMEM;
    n->kind = (uint8_t)kind;
    n->start = start;
    n->end = p->last_end;
    *out = n;
    return FG_OK;
}

fg_status fg_parse_push(fg_parser *p, fg_parse_list *b, fg_node *n)
{
    if (b->list.n == b->cap) {
        uint32_t cap = b->cap ? 2 * b->cap : 4;
        fg_node **more = fg_arena_get(p->arena, cap * sizeof *more);
        if (!more)
            return FG_NOMEM;
        if (b->list.n)
            memcpy(more, b->list.at, b->list.n * sizeof *more);
        b->list.at = more;
        b->cap = cap;
    }
    b->list.at[b->list.n++] = n;
    return FG_OK;
}

/* ---- statements -------------------------------------------------------------------- */

typedef fg_status statement_fn(fg_parser *p, fg_node **out);

/* Statements by their first word.  Soft words are statements only if what follows can
 * be the rest of one: see starts_statement. */
static statement_fn *const statements[FG_TOK_COUNT] = {
    [FG_TOK_LET] = fg_parse_let,
    [FG_TOK_SET] = fg_parse_set,
    [FG_TOK_CHANGE] = fg_parse_change,
    [FG_TOK_UNPACK] = fg_parse_unpack,
    [FG_TOK_FN] = fg_parse_function,
    [FG_TOK_DEFINE] = fg_parse_function,
    [FG_TOK_ASYNC] = fg_parse_function,
    [FG_TOK_FORGE] = fg_parse_function,
    [FG_TOK_TYPE] = fg_parse_type_def,
    [FG_TOK_INTERFACE] = fg_parse_interface,
    [FG_TOK_POWER] = fg_parse_interface,
    [FG_TOK_STRUCT] = fg_parse_struct,
    [FG_TOK_THING] = fg_parse_struct,
    [FG_TOK_IMPL] = fg_parse_impl,
    [FG_TOK_GIVE] = fg_parse_impl,
    [FG_TOK_RETURN] = fg_parse_return,
    [FG_TOK_BREAK] = fg_parse_jump,
    [FG_TOK_CONTINUE] = fg_parse_jump,
    [FG_TOK_IF] = fg_parse_if,
    [FG_TOK_MATCH] = fg_parse_match,
    [FG_TOK_WHEN] = fg_parse_when,
    [FG_TOK_TRY] = fg_parse_try,
    [FG_TOK_FOR] = fg_parse_for,
    [FG_TOK_WHILE] = fg_parse_while,
    [FG_TOK_UNTIL] = fg_parse_while,
    [FG_TOK_UNLESS] = fg_parse_unless,
    [FG_TOK_LOOP] = fg_parse_loop,
    [FG_TOK_REPEAT] = fg_parse_counted,
    [FG_TOK_RETRY] = fg_parse_counted,
    [FG_TOK_TIMEOUT] = fg_parse_timed,
    [FG_TOK_SCHEDULE] = fg_parse_timed,
    [FG_TOK_WATCH] = fg_parse_watch,
    [FG_TOK_WAIT] = fg_parse_wait,
    [FG_TOK_YIELD] = fg_parse_yield,
    [FG_TOK_EMIT] = fg_parse_yield,
    [FG_TOK_GRAB] = fg_parse_grab,
    [FG_TOK_DOWNLOAD] = fg_parse_download,
    [FG_TOK_CRAWL] = fg_parse_download,
    [FG_TOK_CHECK] = fg_parse_check,
    [FG_TOK_IMPORT] = fg_parse_import,
    [FG_TOK_PROMPT] = fg_parse_prompt,
    [FG_TOK_AGENT] = fg_parse_agent,
};

/* Whether the soft keyword at the current place starts its statement; if not it is an
 * identifier, as in `table = 1` or `power(2, 3)`. */
static bool starts_statement(const fg_parser *p, fg_token_kind k)
{
    fg_token_kind next = fg_parse_peek(p, 1);

    if (!(fg_token_flags(k) & FG_TF_NAME))
        return true;
    switch (k) {
    case FG_TOK_SET:
        return next == FG_TOK_MUT || fg_parse_is_name(next)
               || fg_parse_peek(p, 2) == FG_TOK_TO;
    case FG_TOK_TYPE: return next == FG_TOK_NAME && fg_parse_peek(p, 2) == FG_TOK_EQ;
    case FG_TOK_POWER:
    case FG_TOK_THING:
    case FG_TOK_GIVE:
    case FG_TOK_PROMPT:
    case FG_TOK_AGENT: return fg_parse_is_name(next);
    case FG_TOK_IMPORT:
        return fg_parse_is_name(next) || next == FG_TOK_STRING || next == FG_TOK_PLAIN
               || next == FG_TOK_LBRACE;
    default: return (fg_token_flags(next) & FG_TF_OPERAND) && next != FG_TOK_DOTS;
    }
}

/* Statements that `unless` and `until` may follow on the same line. */
static bool takes_modifier(const fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_ASSIGN:
    case FG_N_RETURN:
    case FG_N_BREAK:
    case FG_N_CONTINUE:
    case FG_N_WAIT:
    case FG_N_CHECK:
    case FG_N_OUTPUT:
    case FG_N_CALL:
    case FG_N_MUST:
    case FG_N_AWAIT: return true;
    default: return false;
    }
}

/* STATEMENT unless CONDITION; STATEMENT until CONDITION. */
static fg_status modified(fg_parser *p, fg_node *body, fg_node **out)
{
    bool once = fg_parse_at(p, FG_TOK_UNLESS);
    fg_parse_list b = { 0 };
    fg_node *condition, *not, *block, *n;

    fg_parse_advance(p);
    FG_TRY(fg_parse_expr(p, &condition));
    FG_TRY(fg_parse_node(p, FG_N_UNARY, condition->start, &not ));
    not ->op = FG_OP_NOT;
    not ->a = condition;
    FG_TRY(fg_parse_node(p, FG_N_BLOCK, body->start, &block));
    block->end = body->end;
    FG_TRY(fg_parse_push(p, &b, body));
    block->list = b.list;
    FG_TRY(fg_parse_node(p, once ? FG_N_IF : FG_N_WHILE, body->start, &n));
    n->a = not ;
    n->b = block;
    *out = n;
    return FG_OK;
}

static fg_status plain_statement(fg_parser *p, fg_node **out)
{
    fg_token_kind k = fg_parse_peek(p, 0);

    if (statements[k] && starts_statement(p, k))
        return statements[k](p, out);
    return fg_parse_simple(p, out);
}

fg_status fg_parse_statement(fg_parser *p, fg_node **out)
{
    FG_TRY(fg_parse_enter(p));
    FG_TRY(plain_statement(p, out));
    if ((fg_parse_at(p, FG_TOK_UNLESS) || fg_parse_at(p, FG_TOK_UNTIL))
        && takes_modifier(*out))
        FG_TRY(modified(p, *out, out));
    fg_parse_leave(p);
    return FG_OK;
}

/* Statements up to a token of kind `end`, which is left. */
static fg_status statement_list(fg_parser *p, fg_token_kind end, fg_list *out)
{
    fg_parse_list b = { 0 };
    fg_node *n;

    fg_parse_newlines(p);
    while (!fg_parse_at(p, end) && !fg_parse_at(p, FG_TOK_EOF)) {
        if (fg_parse_at(p, FG_TOK_AT)) {
            FG_TRY(fg_parse_decorated(p, &b));
        } else {
            if (fg_parse_at(p, FG_TOK_NAME))
                FG_TRY(fg_parse_slip(p));
            FG_TRY(fg_parse_statement(p, &n));
            FG_TRY(fg_parse_push(p, &b, n));
        }
        fg_parse_newlines(p);
    }
    *out = b.list;
    return FG_OK;
}

fg_status fg_parse_block(fg_parser *p, fg_node **out)
{
    fg_node *n;

    fg_parse_accept_below(p, FG_TOK_LBRACE);
    uint32_t start = fg_parse_start(p);
    if (!fg_parse_at(p, FG_TOK_LBRACE)) {
        fg_status s = fg_parse_expect(p, FG_TOK_LBRACE);
        fg_diag_hint(p->d, "the statements that belong here go between { and }");
        hint_for_token(p);
        return s;
    }
    FG_TRY(fg_parse_node(p, FG_N_BLOCK, start, &n));
    fg_parse_context outside = fg_parse_open(p, false);
    FG_TRY(statement_list(p, FG_TOK_RBRACE, &n->list));
    FG_TRY(fg_parse_close(p, FG_TOK_RBRACE, outside, start));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

fg_status fg_parse_header(fg_parser *p, fg_node **out)
{
    fg_parse_context outside = p->ctx;

    p->ctx.header = true;
    FG_TRY(fg_parse_expr(p, out));
    p->ctx = outside;
    return FG_OK;
}

/* The decorators of an arm's body, as a block unless they give one statement. */
static fg_status decorated_body(fg_parser *p, fg_node **out)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_list b = { 0 };

    FG_TRY(fg_parse_decorated(p, &b));
    if (b.list.n == 1) {
        *out = b.list.at[0];
        return FG_OK;
    }
    FG_TRY(fg_parse_node(p, FG_N_BLOCK, start, out));
    (*out)->list = b.list;
    return FG_OK;
}

fg_status fg_parse_arm_body(fg_parser *p, fg_node **out)
{
    fg_parse_newlines(p);
    if (fg_parse_at(p, FG_TOK_AT))
        return decorated_body(p, out);
    if (fg_parse_at(p, FG_TOK_LBRACE) && !fg_parse_is_object(p))
        return fg_parse_block(p, out);
    return fg_parse_statement(p, out);
}

/* ---- the program ------------------------------------------------------------------- */

static fg_status program(fg_parser *p, fg_node **out)
{
    p->d->lexical = true;
    FG_TRY(fg_lex_check_utf8(p->source, p->d));
    FG_TRY(fg_lex(&p->lx, p->text, 0, p->source.n));
    p->d->lexical = false;
    FG_TRY(fg_parse_node(p, FG_N_BLOCK, 0, out));
    FG_TRY(statement_list(p, FG_TOK_EOF, &(*out)->list));
    (*out)->list2 = p->imports.list;
    (*out)->end = p->source.n;
    return FG_OK;
}

fg_status fg_parse(fg_arena *arena, fg_slice source, fg_node **out, fg_diag *d)
{
    fg_text text = { .s = source };
    fg_parser p = { .arena = arena, .text = &text, .source = source, .d = d };
    fg_status s;

    *out = NULL;
    *d = (fg_diag){ 0 };
    if (source.n == 0)
        text.s = p.source = FG_SLICE("");
    fg_lexer_init(&p.lx, source, d);
    s = program(&p, out);
    fg_lexer_drop(&p.lx);
    if (s != FG_OK)
        *out = NULL;
    return s;
}
