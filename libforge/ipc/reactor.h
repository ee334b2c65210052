// SPDX-License-Identifier: Apache-2.0
/* The loop of one thread that does all input and output of a server: it waits for
 * descriptors, in batches, and for what other threads post.
 *
 * A post wakes the loop, unless it is awake anyway: then it is found without a system call.
 * The loop starts no thread; who calls fg_reactor_wait is the reactor's thread, and only it
 * may call what is not marked "any thread".  A reactor ends with its last reference, so
 * that a thread may post however late. */
#ifndef FG_REACTOR_H
#define FG_REACTOR_H

#include <sys/epoll.h>

#include "base/base.h"

typedef struct fg_reactor fg_reactor;

/* A descriptor that is watched, inside what belongs to it. */
typedef struct fg_source {
    void (*ready)(struct fg_source *source, uint32_t events);
} fg_source;

/* What is posted, inside what belongs to it. */
typedef struct fg_post {
    struct fg_post *next;
} fg_post;

/* With one reference.  `discard` is called for posts that nobody took before the end.
 * NULL: no memory or no descriptors. */
fg_reactor *fg_reactor_new(void (*discard)(fg_post *post));
void fg_reactor_ref(fg_reactor *r);  /* any thread */
void fg_reactor_drop(fg_reactor *r); /* any thread */

/* Events of <sys/epoll.h>, level-triggered. */
bool fg_reactor_watch(fg_reactor *r, int fd, uint32_t events, fg_source *source);
void fg_reactor_change(fg_reactor *r, int fd, uint32_t events, fg_source *source);
/* Before it is closed, and not while the loop calls sources other than this one. */
void fg_reactor_unwatch(fg_reactor *r, int fd);

/* Waits for something to happen, at most so long (-1: for ever), and calls the sources
 * that are ready. */
void fg_reactor_wait(fg_reactor *r, int ms);
/* Any thread. */
void fg_reactor_post(fg_reactor *r, fg_post *post);
/* All that was posted, in that order; NULL: nothing. */
fg_post *fg_reactor_posts(fg_reactor *r);
/* Ends a wait, or the next one.  Any thread, and signal handlers. */
void fg_reactor_wake(fg_reactor *r);
/* A descriptor is ready that was not called yet.  Changes nothing. */
bool fg_reactor_pending(const fg_reactor *r);
/* How often a post had to wake the loop.  Any thread. */
uint64_t fg_reactor_wakes(const fg_reactor *r);

#endif
