// SPDX-License-Identifier: Apache-2.0
/* The checker: its two passes, and its findings in order. */
#include "front/check_internal.h"

#include <stdlib.h>

#define MAX_RAW (10 * FG_MAX_FINDINGS) /* before repetitions are taken out */

void *fg_ck_get(fg_checker *c, size_t n)
{
    void *p = fg_arena_get(c->arena, n);
    if (!p)
        c->status = FG_NOMEM;
    return p;
}

void fg_ck_report(fg_checker *c, uint32_t start, uint32_t end, const char *fmt, ...)
{
    if (!c->loud || c->status != FG_OK || c->nfound == MAX_RAW)
        return;
    fg_diag *d = fg_ck_get(c, sizeof *d);
    if (!d)
        return;
    va_list ap;
    va_start(ap, fmt);
    fg_diag_vset(d, start, end, fmt, ap);
    va_end(ap);
    c->found[c->nfound++] = d;
}

static int by_place(const void *a, const void *b)
{
    const fg_diag *x = *(fg_diag *const *)a, *y = *(fg_diag *const *)b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return strcmp(x->message, y->message);
}

/* Whether the line of d already has its message among the first n. */
static bool repeated(const fg_checker *c, const fg_diag *d, uint32_t n)
{
    while (n-- > 0) {
        const fg_diag *e = c->found[n];
        if (memchr(c->source.p + e->start, '\n', d->start - e->start))
            return false;
        if (strcmp(e->message, d->message) == 0)
            return true;
    }
    return false;
}

static void arrange(fg_checker *c, fg_findings *out)
{
    uint32_t n = 0;
    qsort(c->found, c->nfound, sizeof(fg_diag *), by_place);
    for (uint32_t i = 0; i < c->nfound && n < FG_MAX_FINDINGS; i++)
        if (!repeated(c, c->found[i], n))
            c->found[n++] = c->found[i];
    out->at = (const fg_diag *const *)c->found;
    out->n = n;
}

static void pass(fg_checker *c, fg_node *root, bool loud)
{
    fg_ck_body body = { 0 };
    c->loud = loud;
    c->body = &body;
    fg_ck_block(c, root);
    c->body = NULL;
}

fg_status fg_check(fg_arena *arena, fg_slice source, fg_node *root, fg_findings *out)
{
    fg_checker c = { .arena = arena, .source = source };
    *out = (fg_findings){ 0 };
    c.found = fg_ck_get(&c, MAX_RAW * sizeof *c.found);
    if (!c.found)
        return c.status;
    pass(&c, root, false);
    pass(&c, root, true);
    if (c.status == FG_OK)
        arrange(&c, out);
    free(c.journal);
    free(c.buckets);
    return c.status;
}
