// SPDX-License-Identifier: Apache-2.0
/* What the files of the formatter share: the text as a list of tokens and comments, and
 * what the tree says about some of them. */
#ifndef FG_FORMAT_INTERNAL_H
#define FG_FORMAT_INTERNAL_H

#include "front/ast.h"
#include "front/format.h"
#include "front/lex.h"

/* Kinds of items beyond fg_token_kind. */
#define FG_FI_LINE FG_TOK_COUNT        /* a comment to the end of the line, or #! */
#define FG_FI_BLOCK (FG_TOK_COUNT + 1) /* a comment between marks */

/* Roles that the kind of a token does not tell. */
#define FG_FR_TIGHT 1u     /* no blank before it */
#define FG_FR_PREFIX 2u    /* no blank behind it */
#define FG_FR_CONTINUES 4u /* at the start of a line: goes on with the line before */

/* A token that is no newline, or a comment. */
typedef struct fg_format_item {
    uint8_t kind;
    uint8_t roles;
    uint8_t breaks; /* line ends before it; more than two count as two */
    bool apart;     /* a NEWLINE token lies between it and the token before it; of the
                       comments and the token behind a token, the first carries this */
    uint32_t start, end; /* in the source */
    uint32_t owner;  /* of the brace of a block, of else and catch: index of the word
                            that starts the construct; otherwise its own index */
    uint32_t indent; /* levels of the line it was written to; set by the writer */
} fg_format_item;

/* Ends with an item of kind EOF. */
typedef struct fg_format_items {
    fg_format_item *at;
    uint32_t n, cap;
} fg_format_items;

static inline bool fg_format_is_comment(const fg_format_item *item)
{
    return item->kind == FG_FI_LINE || item->kind == FG_FI_BLOCK;
}

/* The first token at or behind item i. */
static inline uint32_t fg_format_token(const fg_format_items *items, uint32_t i)
{
    while (fg_format_is_comment(&items->at[i]))
        i++;
    return i;
}

/* format_items.c: the items of a source that parses; the caller drops them, also after
 * a failure. */
fg_status fg_format_read(fg_slice source, fg_format_items *out, fg_diag *d);
void fg_format_drop(fg_format_items *items);

/* format_tree.c: sets the roles. */
fg_status fg_format_roles(const fg_node *tree, fg_format_items *items);
/* FG_RAISED: the trees differ in more than positions. */
fg_status fg_format_compare(const fg_node *a, const fg_node *b);

#endif
