// SPDX-License-Identifier: Apache-2.0
#include "base/slab.h"

#include "base/heap.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#define SLAB ((size_t)2 << 20) /* a huge page of x86-64; elsewhere just a size */
#define STRIDE (((size_t)FG_BLOCK_SIZE + 15) & ~(size_t)15)
#define BLOCKS 32u
#ifdef FG_ASAN
#define SLABS false
#else
#define SLABS true
#endif
#define SMALL_SLABS 32u /* below 64 MiB small pages are cheaper to get */
#define SPARE_SLABS 8u  /* empty ones that are kept: pages cost time to get */

/* Stands at the end of its slab. */
typedef struct slab {
    struct slab *next, **link; /* among those with free blocks */
    uint32_t free;             /* a bit for each block */
} slab;

_Static_assert(BLOCKS *STRIDE + sizeof(slab) <= SLAB, "the blocks and their record");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static slab *partial; /* with free blocks */
static uint32_t nslabs, nempty;

static char *base_of(const void *in)
{
    return (char *)((uintptr_t)in & ~(uintptr_t)(SLAB - 1));
}

static void link_in(slab *s)
{
    s->next = partial;
    s->link = &partial;
    if (partial)
        partial->link = &s->next;
    partial = s;
}

static void unlink_from(slab *s)
{
    *s->link = s->next;
    if (s->next)
        s->next->link = s->link;
}

static void advise(void *at, size_t size)
{
#ifdef MADV_HUGEPAGE
    madvise(at, size & ~(SLAB - 1), MADV_HUGEPAGE);
#else
    (void)at, (void)size;
#endif
}

/* Address space is taken twice, to have an aligned half. */
static slab *slab_new(void)
{
    char *map = mmap(NULL, 2 * SLAB, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    char *at = base_of(map + SLAB - 1);
    if (at > map)
        munmap(map, (size_t)(at - map));
    munmap(at + SLAB, (size_t)(map + SLAB - at));
    if (nslabs++ >= SMALL_SLABS)
        advise(at, SLAB);
    slab *s = (slab *)(void *)(at + BLOCKS * STRIDE);
    s->free = UINT32_MAX;
    nempty++;
    link_in(s);
    return s;
}

static void *block_get(void)
{
    void *at = NULL;
    pthread_mutex_lock(&lock);
    slab *s = partial ? partial : slab_new();
    if (s) {
        uint32_t i = (uint32_t)__builtin_ctz(s->free);
        nempty -= s->free == UINT32_MAX;
        s->free &= s->free - 1;
        at = base_of(s) + i * STRIDE;
        if (!s->free)
            unlink_from(s);
    }
    pthread_mutex_unlock(&lock);
    return at;
}

static void block_put(void *block)
{
    char *base = base_of(block);
    slab *s = (slab *)(void *)(base + BLOCKS * STRIDE);
    pthread_mutex_lock(&lock);
    if (!s->free)
        link_in(s);
    s->free |= 1u << ((size_t)((char *)block - base) / STRIDE);
    if (s->free == UINT32_MAX && nempty == SPARE_SLABS) {
        unlink_from(s);
        munmap(base, SLAB);
        nslabs--;
    } else {
        nempty += s->free == UINT32_MAX;
    }
    pthread_mutex_unlock(&lock);
}

void *fg_slab_get(void *ctx, size_t size)
{
    void *at;
    (void)ctx;
    if (SLABS && size == FG_BLOCK_SIZE)
        return block_get();
    if (size < 2 * SLAB)
        return malloc(size);
    if (posix_memalign(&at, SLAB, size) != 0)
        return NULL;
    advise(at, size);
    return at;
}

void fg_slab_put(void *ctx, void *block, size_t size)
{
    (void)ctx;
    if (SLABS && size == FG_BLOCK_SIZE) {
        block_put(block);
        return;
    }
    (void)size;
    free(block);
}
