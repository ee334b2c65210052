// SPDX-License-Identifier: Apache-2.0
/* The file descriptors that fibers wait for. */
#ifndef FG_FDSET_H
#define FG_FDSET_H

#include "base/base.h"

#include <poll.h>

/* One wait; lies on the C stack of whoever waits. */
typedef struct fg_fdwait {
    struct pollfd *p; /* n of them; revents are filled in */
    uint32_t n;
    bool ready;
    void *ctx; /* the waiter's own */
    struct fg_fdwait *prev, *next;
} fg_fdwait;

typedef struct fg_fdset {
    fg_fdwait *first;
    uint32_t n;           /* descriptors of all waits */
    struct pollfd *polls; /* scratch, malloc'ed */
    uint32_t cap;
} fg_fdset;

/* False: no memory. */
bool fg_fdset_add(fg_fdset *s, fg_fdwait *w);
void fg_fdset_remove(fg_fdset *s, fg_fdwait *w);
/* Waits up to ns for any of them and marks the waits that are ready, which it calls
 * `woken` for. */
void fg_fdset_poll(fg_fdset *s, uint64_t ns, void (*woken)(void *ctx, fg_fdwait *w),
                   void *ctx);
void fg_fdset_drop(fg_fdset *s);
/* Waits for n descriptors up to ns; how many are ready. */
int fg_fd_poll(struct pollfd *p, uint32_t n, uint64_t ns);

#endif
