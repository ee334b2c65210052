// SPDX-License-Identifier: Apache-2.0
/* No wake is lost: the loop says that it will sleep and then looks for posts, a thread
 * posts and then looks whether the loop sleeps.  All four accesses are sequentially
 * consistent, so at least one of the two sees the other.
 *
 * The event counter is edge-triggered and never read: each write is an event. */
#include "ipc/reactor.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCH 64

struct fg_reactor {
    int epoll, counter;
    uint32_t references;
    bool asleep;
    fg_post *posts; /* the newest first */
    uint64_t wakes;
    void (*discard)(fg_post *post);
    struct epoll_event events[BATCH];
    int at, n; /* of the events: called up to here, and how many there are */
};

fg_reactor *fg_reactor_new(void (*discard)(fg_post *post))
{
    struct epoll_event wake = { .events = EPOLLIN | EPOLLET };
    fg_reactor *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->references = 1;
    r->discard = discard;
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    r->counter = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (r->epoll >= 0 && r->counter >= 0
        && epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->counter, &wake) == 0)
        return r;
    fg_reactor_drop(r);
    return NULL;
}

void fg_reactor_ref(fg_reactor *r)
{
    __atomic_fetch_add(&r->references, 1, __ATOMIC_RELAXED);
}

void fg_reactor_drop(fg_reactor *r)
{
    if (__atomic_sub_fetch(&r->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (fg_post *p = fg_reactor_posts(r), *next; p; p = next) {
        next = p->next;
        r->discard(p);
    }
    if (r->epoll >= 0)
        close(r->epoll);
    if (r->counter >= 0)
        close(r->counter);
    free(r);
}

/* ---- descriptors --------------------------------------------------------------------- */

bool fg_reactor_watch(fg_reactor *r, int fd, uint32_t events, fg_source *source)
{
    struct epoll_event e = { .events = events, .data.ptr = source };
    return epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

void fg_reactor_change(fg_reactor *r, int fd, uint32_t events, fg_source *source)
{
    struct epoll_event e = { .events = events, .data.ptr = source };
    int changed = epoll_ctl(r->epoll, EPOLL_CTL_MOD, fd, &e);
    assert(changed == 0);
    (void)changed;
}

void fg_reactor_unwatch(fg_reactor *r, int fd)
{
    epoll_ctl(r->epoll, EPOLL_CTL_DEL, fd, NULL);
}

bool fg_reactor_pending(const fg_reactor *r)
{
    struct pollfd p = { .fd = r->epoll, .events = POLLIN };
    for (int i = r->at; i < r->n; i++)
        if (r->events[i].data.ptr)
            return true;
    return poll(&p, 1, 0) > 0;
}

void fg_reactor_wait(fg_reactor *r, int ms)
{
    if (ms != 0) {
        __atomic_store_n(&r->asleep, true, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&r->posts, __ATOMIC_SEQ_CST))
            ms = 0;
    }
    int n = epoll_wait(r->epoll, r->events, BATCH, ms);
    __atomic_store_n(&r->asleep, false, __ATOMIC_RELAXED);
    r->n = n > 0 ? n : 0;
    for (r->at = 0; r->at < r->n;) {
        const struct epoll_event *e = &r->events[r->at++];
        fg_source *source = e->data.ptr;
        if (source)
            source->ready(source, e->events);
    }
    r->at = r->n = 0;
}

/* ---- other threads ------------------------------------------------------------------- */

void fg_reactor_wake(fg_reactor *r)
{
    uint64_t one = 1;
    ssize_t written = write(r->counter, &one, sizeof one);
    (void)written; /* it fails only when 2^64 wakes are waiting */
}

void fg_reactor_post(fg_reactor *r, fg_post *post)
{
    fg_post *newest = __atomic_load_n(&r->posts, __ATOMIC_RELAXED);
    do {
        post->next = newest;
    } while (!__atomic_compare_exchange_n(&r->posts, &newest, post, true,
                                          __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    if (__atomic_load_n(&r->asleep, __ATOMIC_SEQ_CST)
        && __atomic_exchange_n(&r->asleep, false, __ATOMIC_SEQ_CST)) {
        __atomic_fetch_add(&r->wakes, 1, __ATOMIC_RELAXED);
        fg_reactor_wake(r);
    }
}

fg_post *fg_reactor_posts(fg_reactor *r)
{
    fg_post *oldest = NULL;
    if (!__atomic_load_n(&r->posts, __ATOMIC_RELAXED))
        return NULL;
    fg_post *newest = __atomic_exchange_n(&r->posts, NULL, __ATOMIC_ACQUIRE);
    while (newest) {
        fg_post *older = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = older;
    }
    return oldest;
}

uint64_t fg_reactor_wakes(const fg_reactor *r)
{
    return __atomic_load_n(&r->wakes, __ATOMIC_RELAXED);
}
