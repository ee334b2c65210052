// SPDX-License-Identifier: Apache-2.0
/* Source text to items.  The lexer gives the tokens; comments are found in the gaps
 * between them, where nothing but blanks, line ends and semicolons lies besides. */
#define _GNU_SOURCE
#include "front/format_internal.h"

#include <stdlib.h>

/* The text between two tokens while it is read. */
typedef struct gap {
    fg_slice source;
    uint32_t at, to;
    unsigned breaks; /* line ends since the last item */
    uint32_t
        first; /* index of the item that will be the first behind the gap's start */
    bool apart;
} gap;

static fg_status add(fg_format_items *items, unsigned kind, gap *g, uint32_t start,
                     uint32_t end)
{
    if (items->n == items->cap) {
        uint32_t cap = items->cap ? 2 * items->cap : 256;
        fg_format_item *more = realloc(items->at, cap * sizeof *more);
        if (!more)
            return FG_NOMEM;
        items->at = more;
        items->cap = cap;
    }
    items->at[items->n] = (fg_format_item){
        .kind = (uint8_t)kind,
        .breaks = (uint8_t)(g->breaks < 2 ? g->breaks : 2),
        .start = start,
        .end = end,
        .owner = items->n,
    };
    items->n++;
    g->breaks = 0;
    return FG_OK;
}

/* The comment or #! line at g->at. */
static fg_status add_comment(fg_format_items *items, gap *g)
{
    const char *p = g->source.p + g->at, *end;
    uint32_t from = g->at, left = g->to - g->at;
    bool block = left > 3 && p[1] == '*';

    if (block) {
        end = memmem(p + 2, left - 2, "*/", 2);
        g->at = end ? (uint32_t)(end - g->source.p) + 2 : g->to;
    } else {
        end = memchr(p, '\n', left);
        g->at = end ? (uint32_t)(end - g->source.p) : g->to;
    }
    return add(items, block ? FG_FI_BLOCK : FG_FI_LINE, g, from, g->at);
}

/* The comments in [at, to) and, behind them, the token that ends the gap. */
static fg_status add_token(fg_format_items *items, fg_slice source, uint32_t at,
                           const fg_token *t)
{
    gap g = { .source = source, .at = at, .to = t->start, .first = items->n };

    while (g.at < g.to) {
        char c = source.p[g.at];
        if (c == '/' || c == '#') {
            FG_TRY(add_comment(items, &g));
            continue;
        }
        g.breaks += c == '\n';
        g.apart |= c == '\n' || c == ';';
        g.at++;
    }
    FG_TRY(add(items, t->kind, &g, t->start, t->end));
    items->at[g.first].apart = g.apart;
    return FG_OK;
}

fg_status fg_format_read(fg_slice source, fg_format_items *out, fg_diag *d)
{
    fg_text text = { .s = source };
    fg_lexer lx;
    uint32_t at = 0;

    fg_lexer_init(&lx, source, d);
    fg_status s = fg_lex(&lx, &text, 0, source.n);
    for (uint32_t i = 0; s == FG_OK && i < lx.n; i++) {
        if (lx.tokens[i].kind == FG_TOK_NEWLINE)
            continue;
        s = add_token(out, source, at, &lx.tokens[i]);
        at = lx.tokens[i].end;
    }
    fg_lexer_drop(&lx);
    return s;
}

void fg_format_drop(fg_format_items *items) { free(items->at); }
