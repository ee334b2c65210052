// SPDX-License-Identifier: Apache-2.0
/* Waiting for file descriptors. */
#define _GNU_SOURCE
#include "run/fdset.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

int fg_fd_poll(struct pollfd *p, uint32_t n, uint64_t ns)
{
    struct timespec t = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
    int ready = ppoll(p, n, &t, NULL);
    return ready < 0 ? 0 : ready; /* interrupted: whoever waits looks again */
}

bool fg_fdset_add(fg_fdset *s, fg_fdwait *w)
{
    if (s->n + w->n > s->cap) {
        uint32_t cap = (s->n + w->n) * 2;
        struct pollfd *more = realloc(s->polls, cap * sizeof *more);
        if (!more)
            return false;
        s->polls = more;
        s->cap = cap;
    }
    s->n += w->n;
    w->ready = false;
    w->prev = NULL;
    w->next = s->first;
    if (s->first)
        s->first->prev = w;
    s->first = w;
    return true;
}

void fg_fdset_remove(fg_fdset *s, fg_fdwait *w)
{
    s->n -= w->n;
    if (w->prev)
        w->prev->next = w->next;
    else
        s->first = w->next;
    if (w->next)
        w->next->prev = w->prev;
}

void fg_fdset_poll(fg_fdset *s, uint64_t ns, void (*woken)(void *ctx, fg_fdwait *w),
                   void *ctx)
{
    struct pollfd *at = s->polls;
    for (fg_fdwait *w = s->first; w; w = w->next) {
        if (w->n) /* else it waits for a time only, and has no list */
            memcpy(at, w->p, w->n * sizeof *at);
        at += w->n;
    }
    if (fg_fd_poll(s->polls, s->n, ns) == 0)
        return;
    at = s->polls;
    for (fg_fdwait *w = s->first; w; w = w->next) {
        for (uint32_t i = 0; i < w->n; i++) {
            w->p[i].revents = at[i].revents;
            w->ready |= at[i].revents != 0;
        }
        at += w->n;
        if (w->ready)
            woken(ctx, w);
    }
}

void fg_fdset_drop(fg_fdset *s)
{
    free(s->polls);
    memset(s, 0, sizeof *s);
}
