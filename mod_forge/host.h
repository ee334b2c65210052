// SPDX-License-Identifier: Apache-2.0
/* Memory of forks: nodes of the allocator behind a pool.
 *
 * Nodes are kept by the thread's allocator from one request to the next, so a fork
 * costs no system call.  The engine gives every block back when a fork ends. */
#ifndef MF_HOST_H
#define MF_HOST_H

#include "apr_pools.h"
#include "forge.h"

/* A host for forks that end before the pool does. */
forge_host mf_host_of(apr_pool_t *pool);

#endif
