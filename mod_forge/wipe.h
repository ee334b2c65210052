// SPDX-License-Identifier: Apache-2.0
/* Memory that goes from one tenant to the next is wiped in between.
 *
 * No program can read memory that it has not written; this is for the day when one could.
 * A block that is given back says at its start whose it was, and whoever is next finds
 * either that or zeros.  So a tenant who comes again pays nothing. */
#ifndef MF_WIPE_H
#define MF_WIPE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What a tenant's blocks begin with; never 0. */
static inline uint64_t mf_wipe_tag(const void *tenant)
{
    return ((uint64_t)(uintptr_t)tenant * UINT64_C(0x9e3779b97f4a7c15)) | 1;
}

/* A block of at least 8 bytes, aligned for them, that this tenant gets. */
static inline void mf_wipe_take(void *block, size_t size, uint64_t tag)
{
    uint64_t *first = block;
    if (*first != tag)
        memset(block, 0, size);
    *first = 0;
}

/* The same when he gives it back. */
static inline void mf_wipe_give(void *block, uint64_t tag) { *(uint64_t *)block = tag; }

#endif
