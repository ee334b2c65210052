// SPDX-License-Identifier: Apache-2.0
/* Blocks are APR nodes.
 *
 * A node's header is not a multiple of 16 bytes and blocks must be, so a block
 * starts at the next one; from a block the node is found again by that fixed
 * distance. */
#include "host.h"

#include <stdlib.h>

#include "apr_allocator.h"

#define HEADER ((sizeof(apr_memnode_t) + 15) & ~(size_t)15)
#define SLACK 16 /* what the alignment may cost */

static void *get_node(void *ctx, size_t size)
{
    apr_memnode_t *node = apr_allocator_alloc(ctx, size + SLACK);
    return node ? (char *)node + HEADER : NULL;
}

static void put_node(void *ctx, void *block, size_t size)
{
    apr_memnode_t *node = (apr_memnode_t *)((char *)block - HEADER);
    (void)size;
    node->next = NULL;
    apr_allocator_free(ctx, node);
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

forge_host mf_host_of(apr_pool_t *pool)
{
    apr_allocator_t *allocator = apr_pool_allocator_get(pool);
#ifdef __SANITIZE_ADDRESS__
    allocator = NULL; /* so that the sanitizer sees the end of each block */
#endif
    if (!allocator)
        return (forge_host){ get_heap, put_heap, NULL };
    return (forge_host){ get_node, put_node, allocator };
}
