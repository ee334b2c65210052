// SPDX-License-Identifier: Apache-2.0
/* Bracketed values: grouping, tuples, arrays, objects, block expressions and struct
 * literals; and the decisions which of them a brace starts. */
#include "front/parse_internal.h"

/* ---- ( ) and [ ] ------------------------------------------------------------------- */

/* The rest of a tuple behind its first element and comma. */
static fg_status tuple_rest(fg_parser *p, fg_node *first, fg_node *tuple)
{
    fg_parse_list b = { 0 };
    fg_node *n;

    p->ctx.joined = false;
    FG_TRY(fg_parse_push(p, &b, first));
    while (!fg_parse_at(p, FG_TOK_RPAREN) && !fg_parse_at(p, FG_TOK_EOF)) {
        FG_TRY(fg_parse_expr(p, &n));
        FG_TRY(fg_parse_push(p, &b, n));
        fg_parse_separator(p);
    }
    tuple->list = b.list;
    return FG_OK;
}

fg_status fg_parse_paren(fg_parser *p, fg_node **out)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_context outside = fg_parse_open(p, true);
    fg_node *first, *n;

    FG_TRY(fg_parse_expr(p, &first));
    if (!fg_parse_accept(p, FG_TOK_COMMA)) {
        FG_TRY(fg_parse_close(p, FG_TOK_RPAREN, outside, start));
        first->flags |= FG_NF_GROUPED;
        first->start = start;
        fg_parse_finish(p, first);
        *out = first;
        return FG_OK;
    }
    FG_TRY(fg_parse_node(p, FG_N_TUPLE, start, &n));
    FG_TRY(tuple_rest(p, first, n));
    FG_TRY(fg_parse_close(p, FG_TOK_RPAREN, outside, start));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

fg_status fg_parse_array(fg_parser *p, fg_node **out)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_list b = { 0 };
    fg_node *n, *item;

    FG_TRY(fg_parse_node(p, FG_N_ARRAY, start, &n));
    fg_parse_context outside = fg_parse_open(p, false);
    fg_parse_newlines(p);
    while (!fg_parse_at(p, FG_TOK_RBRACKET) && !fg_parse_at(p, FG_TOK_EOF)) {
        if (fg_parse_at(p, FG_TOK_RBRACE) || fg_parse_at(p, FG_TOK_RPAREN))
            break;
        FG_TRY(fg_parse_spread(p, &item));
        FG_TRY(fg_parse_push(p, &b, item));
        fg_parse_separator(p);
    }
    n->list = b.list;
    FG_TRY(fg_parse_close(p, FG_TOK_RBRACKET, outside, start));
    fg_parse_finish(p, n);
    *out = n;
    return FG_OK;
}

/* ---- { } --------------------------------------------------------------------------- */

static bool is_key(fg_token_kind k)
{
    return fg_parse_is_name(k) || k == FG_TOK_STRING || k == FG_TOK_PLAIN;
}

/* Index of the first token behind the brace `ahead` that is no newline. */
static uint32_t inside(const fg_parser *p, uint32_t ahead)
{
    return ahead + 1 + (fg_parse_peek(p, ahead + 1) == FG_TOK_NEWLINE);
}

bool fg_parse_is_object(const fg_parser *p)
{
    uint32_t i = inside(p, 0);
    fg_token_kind k = fg_parse_peek(p, i), next = fg_parse_peek(p, i + 1);

    if (k == FG_TOK_DOTS)
        return true;
    return is_key(k)
           && (next == FG_TOK_COLON || (fg_parse_is_name(k) && next == FG_TOK_COMMA));
}

/* key: value */
static fg_status parse_entry(fg_parser *p, bool shorthand, fg_node **out)
{
    fg_token_kind k = fg_parse_peek(p, 0);
    bool quoted = fg_parse_at(p, FG_TOK_STRING) || fg_parse_at(p, FG_TOK_PLAIN);
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_ENTRY, fg_parse_start(p), &n));
    if (quoted) {
        fg_node *key;
        FG_TRY(fg_parse_verbatim(p, &key));
        n->name = key->name;
    } else {
        fg_status s = fg_parse_name(p, &n->name);
        if (s == FG_RAISED && k >= FG_TOK_BOOL_TYPE)
            fg_diag_hint(p->d, "as a key write it in quotes: \"%s\"", fg_token_text(k));
        FG_TRY(s);
    }
    fg_parse_finish(p, n);
    *out = n;
    if (shorthand && !quoted && !fg_parse_at(p, FG_TOK_COLON)) {
        FG_TRY(fg_parse_node(p, FG_N_NAME, n->start, &n->a));
        n->a->name = n->name;
        return FG_OK;
    }
    FG_TRY(fg_parse_expect(p, FG_TOK_COLON));
    fg_parse_newlines(p);
    FG_TRY(fg_parse_expr(p, &n->a));
    fg_parse_finish(p, n);
    return FG_OK;
}

/* { entries } into n->list; shorthand and spread only in objects. */
static fg_status parse_entries(fg_parser *p, bool object, fg_node *n)
{
    uint32_t start = fg_parse_start(p);
    fg_parse_list b = { 0 };
    fg_node *entry;
    fg_parse_context outside = fg_parse_open(p, false);

    fg_parse_newlines(p);
    while (!fg_parse_at(p, FG_TOK_RBRACE) && !fg_parse_at(p, FG_TOK_EOF)) {
        if (object && fg_parse_at(p, FG_TOK_DOTS))
            FG_TRY(fg_parse_spread(p, &entry));
        else
            FG_TRY(parse_entry(p, object, &entry));
        FG_TRY(fg_parse_push(p, &b, entry));
        fg_parse_separator(p);
    }
    n->list = b.list;
    FG_TRY(fg_parse_close(p, FG_TOK_RBRACE, outside, start));
    fg_parse_finish(p, n);
    return FG_OK;
}

fg_status fg_parse_brace(fg_parser *p, fg_node **out)
{
    uint32_t first = inside(p, 0);
    bool word_key = fg_parse_peek(p, first) >= FG_TOK_BOOL_TYPE
                    && fg_parse_peek(p, first + 1) == FG_TOK_COLON;

    if (fg_parse_peek(p, first) != FG_TOK_RBRACE && !fg_parse_is_object(p) && !word_key)
        return fg_parse_block(p, out);
    FG_TRY(fg_parse_node(p, FG_N_OBJECT, fg_parse_start(p), out));
    return parse_entries(p, true, *out);
}

/* ---- struct literals --------------------------------------------------------------- */

/* Index behind the brace that closes the one at `ahead`. */
static uint32_t behind_brace(const fg_parser *p, uint32_t ahead)
{
    uint32_t open = 0;

    for (;; ahead++) {
        fg_token_kind k = fg_parse_peek(p, ahead);
        if (k == FG_TOK_EOF)
            return ahead;
        open += k == FG_TOK_LBRACE;
        if (k == FG_TOK_RBRACE && --open == 0)
            return ahead + 1;
    }
}

bool fg_parse_is_struct(const fg_parser *p)
{
    char first = p->text->s.p[fg_parse_token(p, 0)->at];
    uint32_t i;

    if (first < 'A' || first > 'Z' || fg_parse_peek(p, 1) != FG_TOK_LBRACE)
        return false;
    if (!p->ctx.header)
        return true;
    i = inside(p, 1);
    if (!fg_parse_is_name(fg_parse_peek(p, i))
        || fg_parse_peek(p, i + 1) != FG_TOK_COLON)
        return false;
    i = behind_brace(p, 1);
    return fg_parse_peek(p, i + (fg_parse_peek(p, i) == FG_TOK_NEWLINE))
           == FG_TOK_LBRACE;
}

fg_status fg_parse_struct_literal(fg_parser *p, fg_node **out)
{
    fg_node *n;

    FG_TRY(fg_parse_node(p, FG_N_STRUCT_LIT, fg_parse_start(p), &n));
    if (fg_parse_at(p, FG_TOK_CRAFT)) {
        n->flags |= FG_NF_CRAFT;
        fg_parse_advance(p);
    }
    FG_TRY(fg_parse_name(p, &n->name));
    if (!fg_parse_at(p, FG_TOK_LBRACE))
        return fg_parse_expect(p, FG_TOK_LBRACE);
    FG_TRY(parse_entries(p, false, n));
    *out = n;
    return FG_OK;
}
