// SPDX-License-Identifier: Apache-2.0
/* Threads that do what no fork can be kept waiting for.
 *
 * They belong to the process, and each does one piece of work after the other; one that has
 * had none for some seconds ends.  Once there was one, the code of this library stays in
 * memory for as long as the process lives, so that none can outlive it.  When the process
 * exits it waits for those that work, for a second at most.
 *
 * A copy of the process that fork(2) makes has none of them, and gets its own. */
#ifndef FG_WORKER_H
#define FG_WORKER_H

#include "base/base.h"

/* Has a thread call work(job).  False: there is no thread to be had, and nothing is
 * done. */
bool fg_worker_run(void (*work)(void *job), void *job);

#endif
