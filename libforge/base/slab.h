// SPDX-License-Identifier: Apache-2.0
/* The process's own memory as the source of heaps, where no host gives any.
 *
 * Blocks of heaps are cut out of slabs of 2 MiB, and storage of several MiB is aligned to
 * that, so that a large heap lies on huge pages: it costs fewer page faults and address
 * translations.  May be called from any thread. */
#ifndef FG_SLAB_H
#define FG_SLAB_H

#include "base/base.h"

/* 16-aligned; NULL when there is no memory. */
void *fg_slab_get(void *ctx, size_t size);
/* size: what was asked for. */
void fg_slab_put(void *ctx, void *block, size_t size);

#endif
