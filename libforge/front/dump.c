// SPDX-License-Identifier: Apache-2.0
/* The tree printer.  It keeps its own stack, because operators and calls in a row give
 * trees that are far deeper than the parser's nesting. */
#include "front/dump.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct item {
    const fg_node *node;
    const char *member;
    uint32_t depth;
} item;

typedef struct dumper {
    fg_bytes *b;
    item *items; /* still to print, the next last */
    size_t n, cap;
    bool offsets;
} dumper;

static void push(dumper *d, const fg_node *n, const char *member, uint32_t depth)
{
    if (!n)
        return;
    if (d->n == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 64;
        item *more = realloc(d->items, cap * sizeof *more);
        if (!more) {
            d->b->failed = true;
            return;
        }
        d->items = more;
        d->cap = cap;
    }
    d->items[d->n++] = (item){ n, member, depth };
}

static void push_list(dumper *d, const fg_list *l, const char *member, uint32_t depth)
{
    for (uint32_t i = l->n; i > 0; i--)
        push(d, l->at[i - 1], member, depth);
}

static void put_text(fg_bytes *b, fg_slice s)
{
    fg_bytes_str(b, " '");
    for (uint32_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == '\'' || c == '\\')
            fg_bytes_fmt(b, "\\x%02x", c);
        else
            fg_bytes_char(b, (char)c);
    }
    fg_bytes_char(b, '\'');
}

static void put_number(fg_bytes *b, const fg_node *n)
{
    char text[FG_NUMBER_MAX];

    switch ((fg_node_kind)n->kind) {
    case FG_N_INT:
    case FG_N_WAIT:
    case FG_N_TIMEOUT:
    case FG_N_SCHEDULE: fg_bytes_fmt(b, " %" PRId64, n->num.i); break;
    case FG_N_FLOAT:
        fg_bytes_char(b, ' ');
        fg_bytes_put(b, text, fg_float_text(n->num.f, text));
        break;
    default: break;
    }
}

static void put_flags(fg_bytes *b, unsigned flags)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {
        { FG_NF_MUT, " mut" },     { FG_NF_REST, " rest" },  { FG_NF_HAS, " has" },
        { FG_NF_CRAFT, " craft" }, { FG_NF_GROUPED, " ()" },
    };

    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (flags & names[i].flag)
            fg_bytes_str(b, names[i].name);
}

/* Name of the operator as in FG_OPERATORS. */
static const char *operator_name(unsigned op)
{
    static const char *const names[] = {
#define X(name, text) #name,
        FG_OPERATORS(X)
#undef X
    };
    return names[op];
}

static void put_node(dumper *d, const item *it)
{
    const fg_node *n = it->node;
    fg_bytes *b = d->b;

    for (uint32_t i = 0; i < it->depth; i++)
        fg_bytes_str(b, "  ");
    fg_bytes_fmt(b, "%s%s", it->member, fg_node_name((fg_node_kind)n->kind));
    if (n->op)
        fg_bytes_fmt(b, " %s", operator_name(n->op));
    if (n->name.p)
        put_text(b, n->name);
    if (n->name2.p)
        put_text(b, n->name2);
    put_number(b, n);
    put_flags(b, n->flags);
    if (d->offsets)
        fg_bytes_fmt(b, " [%u,%u)", n->start, n->end);
    fg_bytes_char(b, '\n');
}

void fg_dump(fg_bytes *b, const fg_node *n, bool offsets)
{
    dumper d = { .b = b, .offsets = offsets };

    push(&d, n, "", 0);
    while (d.n > 0 && !b->failed) {
        item it = d.items[--d.n];
        put_node(&d, &it);
        if (it.node->kind != FG_N_BLOCK) /* a program's imports are in its list, too */
            push_list(&d, &it.node->list2, "+ ", it.depth + 1);
        push_list(&d, &it.node->list, "- ", it.depth + 1);
        push(&d, it.node->c, "c: ", it.depth + 1);
        push(&d, it.node->b, "b: ", it.depth + 1);
        push(&d, it.node->a, "a: ", it.depth + 1);
    }
    free(d.items);
}
