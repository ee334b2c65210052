// SPDX-License-Identifier: Apache-2.0
/* Blocks are APR nodes.
 *
 * A node's header is not a multiple of 16 bytes and blocks must be, so a block
 * starts at the next one; from a block the node is found again by that fixed
 * distance. */
#include "host.h"

#include <stdlib.h>

#include "apr_allocator.h"
#include "wipe.h"

#define HEADER ((sizeof(apr_memnode_t) + 15) & ~(size_t)15)
#define SLACK 16 /* what the alignment may cost */

static void *get_node(void *ctx, size_t size)
{
    const mf_host *h = ctx;
    apr_memnode_t *node = apr_allocator_alloc(h->allocator, size + SLACK);
    char *block = node ? (char *)node + HEADER : NULL;
    if (block)
        mf_wipe_take(block, size, h->tag);
    return block;
}

static void put_node(void *ctx, void *block, size_t size)
{
    const mf_host *h = ctx;
    apr_memnode_t *node = (apr_memnode_t *)((char *)block - HEADER);
    (void)size;
    mf_wipe_give(block, h->tag);
    node->next = NULL;
    apr_allocator_free(h->allocator, node);
}

static void *get_heap(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void put_heap(void *ctx, void *block, size_t size)
{
    (void)ctx;
    (void)size;
    free(block);
}

forge_host mf_host_of(mf_host *h, apr_pool_t *pool, const server_rec *tenant)
{
    *h = (mf_host){ apr_pool_allocator_get(pool), mf_wipe_tag(tenant) };
#ifdef __SANITIZE_ADDRESS__
    h->allocator = NULL; /* so that the sanitizer sees the end of each block */
#endif
    if (!h->allocator)
        return (forge_host){ get_heap, put_heap, NULL };
    return (forge_host){ get_node, put_node, h };
}
