// SPDX-License-Identifier: Apache-2.0
/* Memory that is filled once and read-only afterwards.
 *
 * Pages of an own region are reserved without being charged and become real when they
 * are touched.  `cap` is what may be used; the pages mapped are always those of
 * [base, base + cap), rounded up.  Whoever called fg_region_open closes. */
#include "base/region.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (n + page - 1) / page * page;
}

fg_status fg_region_open(fg_region *r, void *at, size_t size)
{
    *r = (fg_region){ .base = at, .cap = size };
    if (at)
        return FG_OK;
    r->cap = whole_pages(size ? size : FG_REGION_RESERVE);
    void *map = mmap(NULL, r->cap, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        r->cap = 0;
        return FG_NOMEM;
    }
    r->base = map;
    r->own = true;
    return FG_OK;
}

void fg_region_close(fg_region *r)
{
    if (r->own)
        munmap(r->base, whole_pages(r->cap));
    *r = (fg_region){ 0 };
}

void *fg_region_get(fg_region *r, size_t n)
{
    if (n > r->cap)
        return NULL;
    size_t from = (r->used + 15) & ~(size_t)15;
    if (from > r->cap || n > r->cap - from)
        return NULL;
    r->used = from + n;
    return r->base + from;
}

fg_status fg_region_seal(fg_region *r)
{
    if (!r->own)
        return FG_OK;
    size_t mapped = whole_pages(r->cap), used = whole_pages(r->used);
    if (used < mapped)
        munmap(r->base + used, mapped - used);
    r->cap = r->used;
    if (used == 0)
        r->own = false;
    else if (mprotect(r->base, used, PROT_READ) != 0)
        return FG_NOMEM;
    return FG_OK;
}
