// SPDX-License-Identifier: Apache-2.0
/* What the formatter asks the tree: which tokens are prefixes, call parentheses, angle
 * brackets and continuations, and whether two trees are the same.  Rows of operators
 * make trees far deeper than the C stack, so walks keep a stack of their own. */
#include "front/format_internal.h"

#include <stdlib.h>

/* ---- nodes to visit ---------------------------------------------------------------- */

typedef struct stack {
    const fg_node **at;
    size_t n, cap;
    bool failed;
} stack;

static void push(stack *s, const fg_node *n)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 256;
        const fg_node **more = realloc(s->at, cap * sizeof *more);
        if (!more) {
            s->failed = true;
            return;
        }
        s->at = more;
        s->cap = cap;
    }
    s->at[s->n++] = n;
}

static void push_list(stack *s, fg_list l)
{
    for (uint32_t i = l.n; i > 0; i--)
        push(s, l.at[i - 1]);
}

static void push_children(stack *s, const fg_node *n)
{
    const fg_node *children[] = { n->c, n->b, n->a };

    push_list(s, n->list2);
    push_list(s, n->list);
    for (size_t i = 0; i < FG_COUNT(children); i++)
        if (children[i])
            push(s, children[i]);
}

/* ---- roles ------------------------------------------------------------------------- */

/* The first token that starts at `offset` or behind. */
static fg_format_item *token_at(fg_format_items *items, uint32_t offset)
{
    uint32_t low = 0, high = items->n - 1;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (items->at[mid].start < offset)
            low = mid + 1;
        else
            high = mid;
    }
    return &items->at[fg_format_token(items, low)];
}

/* The token that holds byte `offset` of the source. */
static fg_format_item *token_over(fg_format_items *items, uint32_t offset)
{
    uint32_t low = 0, high = items->n;

    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        if (items->at[mid].start <= offset)
            low = mid;
        else
            high = mid;
    }
    return &items->at[low];
}

/* The token behind t; the last has none behind it. */
static fg_format_item *token_behind(fg_format_items *items, fg_format_item *t)
{
    uint32_t i = (uint32_t)(t - items->at);

    return i + 1 < items->n ? &items->at[fg_format_token(items, i + 1)] : t;
}

static void mark(fg_format_item *t, unsigned kind, unsigned roles)
{
    if (t->kind == kind)
        t->roles |= roles;
}

/* The parenthesis that opens the parameters behind t. */
static void mark_params(fg_format_items *items, fg_format_item *t)
{
    while (t->kind != FG_TOK_LPAREN && t->kind != FG_TOK_EOF)
        t = token_behind(items, t);
    mark(t, FG_TOK_LPAREN, FG_FR_TIGHT);
}

static void mark_continued(fg_format_items *items, const fg_node *n)
{
    if (n)
        token_at(items, n->start)->roles |= FG_FR_CONTINUES;
}

/* The first token of n itself: parentheses around the whole may stand before it. */
static fg_format_item *token_inside(fg_format_items *items, const fg_node *n)
{
    fg_format_item *t = token_at(items, n->start);

    while (t->kind == FG_TOK_LPAREN)
        t = token_behind(items, t);
    return t;
}

/* Token t, if it is a `kind`, stands where the construct n does. */
static void mark_owned(fg_format_items *items, fg_format_item *t, unsigned kind,
                       const fg_node *n)
{
    uint32_t owner = (uint32_t)(token_inside(items, n) - items->at);

    if (t->kind == kind && owner < t->owner)
        t->owner = owner;
}

static void mark_block(fg_format_items *items, const fg_node *block, const fg_node *n)
{
    mark_owned(items, token_at(items, block->start), FG_TOK_LBRACE, n);
}

/* The else before n->c, and its block. */
static void mark_else(fg_format_items *items, const fg_node *n)
{
    static const uint8_t words[] = { FG_TOK_ELSE, FG_TOK_OTHERWISE, FG_TOK_NAH };

    if (!n->c)
        return;
    for (size_t i = 0; i < FG_COUNT(words); i++)
        mark_owned(items, token_at(items, n->b->end), words[i], n);
    if (n->c->kind == FG_N_BLOCK)
        mark_block(items, n->c, n);
}

/* The brackets of type arguments; >> closes two lists, and of >= the > closes one. */
static void mark_angles(fg_format_items *items, const fg_node *n)
{
    fg_format_item *t = token_at(items, n->start);

    if (t->kind != FG_TOK_LT) {
        if (t->end == n->end)
            return;
        t = token_behind(items, t);
    }
    mark(t, FG_TOK_LT, FG_FR_TIGHT | FG_FR_PREFIX);
    token_over(items, n->end - 1)->roles |= FG_FR_TIGHT;
}

/* What a declaration or literal says about its tokens. */
static void mark_declaration(fg_format_items *items, const fg_node *n)
{
    fg_format_item *first = token_at(items, n->start);

    switch ((fg_node_kind)n->kind) {
    case FG_N_FN:
    case FG_N_PROMPT:
    case FG_N_AGENT: mark_params(items, first); break;
    case FG_N_LAMBDA: mark_params(items, token_inside(items, n)); break;
    case FG_N_DECORATOR:
        first = token_behind(items, first);
        mark(token_behind(items, first), FG_TOK_LPAREN, FG_FR_TIGHT);
        break;
    case FG_N_VARIANT:
        first->roles |= FG_FR_CONTINUES;
        mark(token_behind(items, first), FG_TOK_LPAREN, FG_FR_TIGHT);
        break;
    case FG_N_PAT_VARIANT:
        mark(token_behind(items, first), FG_TOK_LPAREN, FG_FR_TIGHT);
        break;
    case FG_N_PAT_VALUE: mark(first, FG_TOK_MINUS, FG_FR_PREFIX); break;
    case FG_N_TYPE_NAME: mark_angles(items, n); break;
    case FG_N_TYPE_OPTION: mark(first, FG_TOK_QUESTION, FG_FR_PREFIX); break;
    default: break;
    }
}

/* What a construct with blocks says about its tokens. */
static void mark_construct(fg_format_items *items, const fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_FN:
    case FG_N_LAMBDA:
    case FG_N_IF:
    case FG_N_FOR:
    case FG_N_WHILE:
    case FG_N_LOOP:
    case FG_N_REPEAT:
    case FG_N_TIMEOUT:
    case FG_N_RETRY:
    case FG_N_SCHEDULE:
    case FG_N_WATCH:
        if (n->b)
            mark_block(items, n->b, n);
        if (n->kind == FG_N_IF)
            mark_else(items, n);
        break;
    case FG_N_TRY:
        mark_block(items, n->a, n);
        mark_owned(items, token_at(items, n->a->end), FG_TOK_CATCH, n);
        mark_block(items, n->b, n);
        break;
    case FG_N_SPAWN: mark_block(items, n->b, n); break;
    case FG_N_SAFE:
    case FG_N_SQUAD: mark_block(items, n->a, n); break;
    case FG_N_MATCH:
    case FG_N_WHEN:
        mark_owned(items, token_at(items, n->a->end), FG_TOK_LBRACE, n);
        break;
    default: break;
    }
}

/* What an operator, call or binding says about its tokens. */
static void mark_node(fg_format_items *items, const fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_UNARY:
        if (n->op == FG_OP_SUB)
            mark(token_inside(items, n), FG_TOK_MINUS, FG_FR_PREFIX);
        break;
    case FG_N_CALL: mark(token_at(items, n->a->end), FG_TOK_LPAREN, FG_FR_TIGHT); break;
    case FG_N_INDEX:
        mark(token_at(items, n->a->end), FG_TOK_LBRACKET, FG_FR_TIGHT);
        break;
    case FG_N_BINARY:
    case FG_N_AND:
    case FG_N_OR:
    case FG_N_PIPE:
    case FG_N_WHERE:
    case FG_N_STEP_KEEP:
    case FG_N_ASSIGN: mark_continued(items, n->b); break;
    case FG_N_LET:
    case FG_N_UNPACK:
    case FG_N_ENTRY: mark_continued(items, n->a); break;
    case FG_N_ARM:
    case FG_N_WHEN_ARM:
        if (n->b->kind != FG_N_BLOCK)
            mark_continued(items, n->b);
        break;
    case FG_N_CHAIN:
    case FG_N_PAT_OR:
        for (uint32_t i = n->kind == FG_N_PAT_OR; i < n->list.n; i++)
            mark_continued(items, n->list.at[i]);
        break;
    default: mark_declaration(items, n); break;
    }
}

fg_status fg_format_roles(const fg_node *tree, fg_format_items *items)
{
    stack s = { 0 };

    push(&s, tree);
    while (s.n > 0 && !s.failed) {
        const fg_node *n = s.at[--s.n];
        mark_node(items, n);
        mark_construct(items, n);
        if (n->kind != FG_N_INTERP) /* inside of strings there are no items */
            push_children(&s, n);
    }
    free(s.at);
    return s.failed ? FG_NOMEM : FG_OK;
}

/* ---- comparison -------------------------------------------------------------------- */

static bool same_node(const fg_node *a, const fg_node *b)
{
    return a->kind == b->kind && a->op == b->op && a->flags == b->flags
           && a->num.i == b->num.i && fg_slice_eq(a->name, b->name)
           && fg_slice_eq(a->name2, b->name2) && !a->a == !b->a && !a->b == !b->b
           && !a->c == !b->c && a->list.n == b->list.n && a->list2.n == b->list2.n;
}

fg_status fg_format_compare(const fg_node *a, const fg_node *b)
{
    stack left = { 0 }, right = { 0 };
    bool same = true;

    push(&left, a);
    push(&right, b);
    while (same && !left.failed && !right.failed && left.n > 0) {
        a = left.at[--left.n];
        b = right.at[--right.n];
        same = same_node(a, b);
        if (same) {
            push_children(&left, a);
            push_children(&right, b);
        }
    }
    free(left.at);
    free(right.at);
    if (left.failed || right.failed)
        return FG_NOMEM;
    return same ? FG_OK : FG_RAISED;
}
