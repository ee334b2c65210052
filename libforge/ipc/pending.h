// SPDX-License-Identifier: Apache-2.0
/* Calls of one connection that wait for their response, by id.
 *
 * A call that was given up stays as a place without a call, so that its late response is
 * known.  Not for several threads at once. */
#ifndef FG_PENDING_H
#define FG_PENDING_H

#include "base/base.h"

#define FG_PENDING_BUCKETS 256u /* ids come one after the other: they share evenly */

typedef struct fg_pending_place {
    struct fg_pending_place *next;
    uint64_t id;
    void *call; /* NULL: given up */
} fg_pending_place;

typedef struct fg_pending {
    fg_pending_place *buckets[FG_PENDING_BUCKETS];
    fg_pending_place *spare;
    uint32_t n; /* with those that were given up */
} fg_pending;

void fg_pending_drop(fg_pending *p); /* all zero is an empty one */
/* False: no memory. */
bool fg_pending_add(fg_pending *p, uint64_t id, void *call);
/* The call is given up. */
void fg_pending_forget(fg_pending *p, uint64_t id);
/* Removes it.  False: nothing waits with this id. */
bool fg_pending_take(fg_pending *p, uint64_t id, void **call);
/* Removes any one of them.  False: there is none. */
bool fg_pending_any(fg_pending *p, void **call);

#endif
