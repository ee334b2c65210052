// SPDX-License-Identifier: Apache-2.0
/* "Did you mean": the name that is most like the one written.
 *
 * A candidate counts if at most two letters must be changed, added, left out or swapped
 * with the next, and fewer than the written name has; the nearest wins, of equals the
 * first by bytes. */
#ifndef FG_NEAREST_H
#define FG_NEAREST_H

#include "base/base.h"

/* A search; `best` is empty until a candidate counts.  Borrows all names. */
typedef struct fg_nearest {
    fg_slice wanted, best;
    uint32_t distance; /* of best */
} fg_nearest;

void fg_nearest_init(fg_nearest *g, fg_slice wanted);
void fg_nearest_add(fg_nearest *g, fg_slice name);

#endif
