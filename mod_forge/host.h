// SPDX-License-Identifier: Apache-2.0
/* Memory of forks: nodes of the allocator behind a pool.
 *
 * Nodes are kept by the thread's allocator from one request to the next, so a fork
 * costs no system call.  The engine gives every block back when a fork ends. */
#ifndef MF_HOST_H
#define MF_HOST_H

#include <stdint.h>

#include "apr_pools.h"
#include "forge.h"
#include "httpd.h"

/* Where the blocks of a run come from, and whose they are. */
typedef struct mf_host {
    apr_allocator_t *allocator;
    uint64_t tag; /* of the tenant: see wipe.h */
} mf_host;

/* A host for forks of a tenant, a virtual host, that end before the pool and *h do. */
forge_host mf_host_of(mf_host *h, apr_pool_t *pool, const server_rec *tenant);

#endif
