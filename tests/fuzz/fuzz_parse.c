// SPDX-License-Identifier: Apache-2.0
/* Any bytes are parsed: the result is a tree whose spans nest and that can be checked, or
 * an error inside the source that can be framed. */
#include "fuzz.h"

#include "front/check.h"
#include "front/diag.h"
#include "front/dump.h"
#include "front/parse.h"

static void check_list(const fg_node *parent, fg_list l)
{
    for (uint32_t i = 0; i < l.n; i++) {
        REQUIRE(l.at[i]->start >= parent->start);
        REQUIRE(l.at[i]->end <= parent->end);
        REQUIRE(i == 0 || l.at[i]->start >= l.at[i - 1]->end);
    }
}

/* The spans of the children, not those below: a tree may be too deep for the stack. */
static void check_children(const fg_node *n)
{
    const fg_node *children[] = { n->a, n->b, n->c };

    REQUIRE(n->start <= n->end);
    for (size_t i = 0; i < FG_COUNT(children); i++) {
        if (!children[i])
            continue;
        REQUIRE(children[i]->start >= n->start);
        REQUIRE(children[i]->end <= n->end);
    }
    check_list(n, n->list);
    if (n->kind != FG_N_FN)
        check_list(n, n->list2);
}

/* Goes down along the statements and the left side of expressions. */
static void check_tree(const fg_node *n, unsigned depth)
{
    for (; n && depth < 1000; depth++) {
        check_children(n);
        for (uint32_t i = 0; i < n->list.n; i++)
            check_tree(n->list.at[i], depth + 1);
        if (n->b)
            check_tree(n->b, depth + 1);
        n = n->a ? n->a : n->c;
    }
}

/* Findings lie inside the source, in order. */
static void check_findings(fg_arena *arena, fg_slice source, fg_node *tree)
{
    fg_findings found;

    REQUIRE(fg_check(arena, source, tree, &found) == FG_OK);
    for (uint32_t i = 0; i < found.n; i++) {
        REQUIRE(found.at[i]->start <= found.at[i]->end && found.at[i]->end <= source.n);
        REQUIRE(i == 0 || found.at[i - 1]->start <= found.at[i]->start);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fg_slice source = { (const char *)data, (uint32_t)size };
    fg_arena arena;
    fg_bytes text;
    fg_diag d;
    fg_node *tree;

    fg_arena_init(&arena, 0);
    fg_bytes_init(&text);
    switch (fg_parse(&arena, source, &tree, &d)) {
    case FG_OK:
        REQUIRE(tree->end == size);
        check_tree(tree, 0);
        fg_dump(&text, tree, true);
        check_findings(&arena, source, tree);
        break;
    case FG_RAISED:
        REQUIRE(d.start <= d.end && d.end <= size && d.message[0]);
        fg_diag_frame(&text, FG_SLICE("f"), source, d.start, d.end, d.message, true);
        break;
    default: abort();
    }
    fg_bytes_drop(&text);
    fg_arena_drop(&arena);
    return 0;
}
