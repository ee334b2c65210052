// SPDX-License-Identifier: Apache-2.0
#include "state/deadlines.h"

/* One tree of two, either of which may be NULL. */
static fg_deadline *meld(fg_deadline *a, fg_deadline *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->at < a->at) {
        fg_deadline *t = a;
        a = b;
        b = t;
    }
    b->next = a->child;
    if (b->next)
        b->next->where = &b->next;
    b->where = &a->child;
    a->child = b;
    return a;
}

/* One tree of siblings: melded in pairs, then the pairs from the last to the first. */
static fg_deadline *gather(fg_deadline *first)
{
    fg_deadline *pairs = NULL, *all = NULL;
    while (first) {
        fg_deadline *a = first, *b = a->next;
        first = b ? b->next : NULL;
        a->next = NULL;
        if (b)
            b->next = NULL;
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs) {
        fg_deadline *a = pairs;
        pairs = a->next;
        a->next = NULL;
        all = meld(a, all);
    }
    return all;
}

static void set_root(fg_deadlines *all, fg_deadline *d)
{
    *all = d;
    if (d)
        d->where = all;
}

void fg_deadlines_add(fg_deadlines *all, fg_deadline *d)
{
    d->child = d->next = NULL;
    set_root(all, meld(*all, d));
}

void fg_deadlines_remove(fg_deadlines *all, fg_deadline *d)
{
    *d->where = d->next;
    if (d->next)
        d->next->where = d->where;
    d->next = NULL;
    set_root(all, meld(*all, gather(d->child)));
}
