// SPDX-License-Identifier: Apache-2.0
#include "base/nearest.h"

#define FAR_NAMES 2u /* most changes between two names that are alike */

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Edit distance of two short names, or a number above `most`.  Keeps three rows of
 * the matrix: swapped letters look two rows back. */
static uint32_t distance(fg_slice a, fg_slice b, uint32_t most)
{
    enum { MAX = 64 };
    uint32_t rows[3][MAX + 1], *now = rows[0], *last = rows[1], *before = rows[2];
    if (a.n > MAX || b.n > MAX || a.n > b.n + most || b.n > a.n + most)
        return most + 1;
    for (uint32_t j = 0; j <= b.n; j++)
        now[j] = j;
    for (uint32_t i = 1; i <= a.n; i++) {
        uint32_t *spare = before;
        before = last;
        last = now;
        now = spare;
        now[0] = i;
        for (uint32_t j = 1; j <= b.n; j++) {
            now[j] = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            now[j] = least(now[j], least(now[j - 1], last[j]) + 1);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return now[b.n];
}

void fg_nearest_init(fg_nearest *g, fg_slice wanted)
{
    *g = (fg_nearest){ .wanted = wanted, .best = { "", 0 }, .distance = FAR_NAMES + 1 };
}

void fg_nearest_add(fg_nearest *g, fg_slice name)
{
    uint32_t d = distance(g->wanted, name, FAR_NAMES);
    if (d == 0 || d > FAR_NAMES || d >= g->wanted.n || d > g->distance)
        return;
    uint32_t n = name.n < g->best.n ? name.n : g->best.n;
    int order = memcmp(name.p, g->best.p, n);
    if (d < g->distance || order < 0 || (order == 0 && name.n < g->best.n)) {
        g->best = name;
        g->distance = d;
    }
}
