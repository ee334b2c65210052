// SPDX-License-Identifier: Apache-2.0
/* Entering, waiting and leaving.
 *
 * Whoever waits is counted in the child's word before he tries for the last time, and
 * whoever leaves looks at that word in the step that gives his permit back, so that one
 * of them sees the other.  The mutex guards the list alone and is not touched as long as
 * nobody waits. */
#include "gate.h"

#include <stdlib.h>
#include <time.h>

#define SOON 1000   /* microseconds between two looks at what other children hold */
#define LATER 10000 /* and at the client alone */
#define LONG 200000 /* for who waits */

struct mf_waiter {
    mf_waiter *next;
    mf_asking *asking;
    mf_full queued; /* whose queue it is in */
    pthread_cond_t turn;
};

struct mf_hold {
    uint32_t references;
    mf_permit permit;
};

void mf_gate_open(mf_gate *g, mf_board *b, mf_slot *s, const mf_cap *child,
                  const mf_quota *total, uint32_t room)
{
    *g = (mf_gate){
        .board = b, .slot = s, .child = *child, .total = *total, .room = room
    };
    pthread_mutex_init(&g->mutex, NULL);
}

mf_load mf_gate_load(const mf_gate *g) { return mf_slot_load(g->slot); }

static int is_slow(const mf_gate *g)
{
    return __atomic_load_n(&g->slow, __ATOMIC_RELAXED) != 0;
}

static void set_slow(mf_gate *g, int slow)
{
    if (is_slow(g) != slow)
        __atomic_store_n(&g->slow, (uint32_t)slow, __ATOMIC_RELAXED);
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- one try --------------------------------------------------------------------- */

static int take_lane(const mf_gate *g, const mf_quota *q, int waits)
{
    return !q || q->cap.most == MF_NO_CAP
           || mf_lane_take(g->board, g->slot, q->lane, q->cap.most, waits);
}

static void give_lane(const mf_gate *g, const mf_quota *q)
{
    if (q && q->cap.most != MF_NO_CAP)
        mf_lane_give(g->slot, q->lane);
}

/* What is full in the child, as far as a look tells. */
static mf_full child_full(const mf_gate *g)
{
    return mf_slot_load(g->slot).running >= g->child.most ? MF_FULL_CHILD
                                                          : MF_FULL_NOTHING;
}

/* All permits or none: the child's is the last, so that a host that is full takes nothing
 * from the others, not even for a moment. */
static mf_full try_all(const mf_gate *g, const mf_asking *a, int waits)
{
    mf_full full = child_full(g);
    if (full)
        return full;
    if (!take_lane(g, a->host, waits))
        return MF_FULL_HOST;
    if (!take_lane(g, a->section, waits)) {
        give_lane(g, a->host);
        return MF_FULL_SECTION;
    }
    if (!take_lane(g, &g->total, waits)) {
        full = MF_FULL_TOTAL;
    } else if (!(waits ? mf_slot_start(g->slot, g->child.most)
                       : mf_slot_enter(g->slot, g->child.most))) {
        give_lane(g, &g->total);
        full = MF_FULL_CHILD;
    }
    if (full) {
        give_lane(g, a->section);
        give_lane(g, a->host);
    }
    return full;
}

/* ---- the queue ------------------------------------------------------------------- */

/* Who wants what somebody before him waits for does not overtake him. */
static int is_behind(const mf_waiter *before, const mf_asking *a)
{
    return before->asking->full == MF_FULL_CHILD
           || before->asking->full == MF_FULL_TOTAL
           || (before->asking->host == a->host
               && before->asking->section == a->section);
}

/* The first of those before w whom it may not overtake, or NULL: it is its turn. */
static const mf_waiter *blocker(const mf_gate *g, const mf_waiter *w)
{
    for (const mf_waiter *v = g->first; v && v != w; v = v->next)
        if (is_behind(v, w->asking))
            return v;
    return NULL;
}

/* Wakes all whose turn it is. */
static void wake(mf_gate *g)
{
    for (mf_waiter *w = g->first; w; w = w->next)
        if (!blocker(g, w))
            pthread_cond_signal(&w->turn);
}

static const mf_cap *cap_of(const mf_gate *g, const mf_asking *a, mf_full full)
{
    switch (full) {
    case MF_FULL_HOST: return &a->host->cap;
    case MF_FULL_SECTION: return &a->section->cap;
    case MF_FULL_TOTAL: return &g->total.cap;
    case MF_FULL_NOTHING:
    case MF_FULL_RESERVE:
    case MF_FULL_CHILD:
    case MF_FULLS: break;
    }
    return &g->child;
}

static int lane_of(const mf_gate *g, const mf_asking *a, mf_full full)
{
    switch (full) {
    case MF_FULL_HOST: return a->host->lane;
    case MF_FULL_SECTION: return a->section->lane;
    case MF_FULL_TOTAL: return g->total.lane;
    case MF_FULL_NOTHING:
    case MF_FULL_RESERVE:
    case MF_FULL_CHILD:
    case MF_FULLS: break;
    }
    return MF_LANE_NONE;
}

/* Takes a place at the end of the queue of what is full. */
static int join(mf_gate *g, mf_waiter *w)
{
    mf_asking *a = w->asking;
    int lane = lane_of(g, a, a->full);
    uint32_t most = cap_of(g, a, a->full)->queue;
    uint32_t room = is_slow(g) ? g->room : UINT32_MAX;
    if (most == 0)
        return 0;
    if (lane == MF_LANE_NONE ? g->queued >= most
                             : !mf_lane_queue(g->board, g->slot, lane, most))
        return 0;
    if (!mf_slot_queue(g->slot, room)) {
        if (lane != MF_LANE_NONE)
            mf_lane_unqueue(g->slot, lane);
        a->full = MF_FULL_RESERVE;
        return 0;
    }
    w->queued = a->full;
    g->queued += lane == MF_LANE_NONE;
    *(g->first ? &g->last->next : &g->first) = w;
    g->last = w;
    return 1;
}

/* Gives the place up. */
static void part(mf_gate *g, mf_waiter *w)
{
    int lane = lane_of(g, w->asking, w->queued);
    mf_waiter *before = NULL;
    for (mf_waiter *v = g->first; v != w; v = v->next)
        before = v;
    *(before ? &before->next : &g->first) = w->next;
    if (g->last == w)
        g->last = before;
    g->queued -= lane == MF_LANE_NONE;
    if (lane != MF_LANE_NONE)
        mf_lane_unqueue(g->slot, lane);
}

/* Until `until`, or until it is w's turn. */
static void sleep_until(mf_gate *g, mf_waiter *w, int64_t until)
{
    struct timespec t = { until / 1000000, until % 1000000 * 1000 };
    pthread_cond_timedwait(&w->turn, &g->mutex, &t);
}

/* Whoever is woken looks at the client first, and then tries. */
static mf_entry wait_in_queue(mf_gate *g, mf_waiter *w, int64_t start)
{
    mf_asking *a = w->asking;
    int64_t end = start + cap_of(g, a, w->queued)->wait;
    for (;;) {
        int turn = !blocker(g, w);
        mf_full was = a->full;
        if (turn && !(a->full = try_all(g, a, 1)))
            return MF_ENTERED;
        if (a->full != was)
            wake(g); /* what others waited behind may be free */
        int64_t at = now();
        if (at >= end)
            return MF_REFUSED;
        int shared = turn && lane_of(g, a, a->full) != MF_LANE_NONE;
        int64_t until = at + (shared ? SOON : LATER);
        sleep_until(g, w, until < end ? until : end);
        pthread_mutex_unlock(&g->mutex);
        int gone = a->gone(a->ctx);
        pthread_mutex_lock(&g->mutex);
        if (gone)
            return MF_LEFT;
    }
}

static void new_condition(pthread_cond_t *c)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attributes);
    pthread_condattr_destroy(&attributes);
}

static mf_entry queue_up(mf_gate *g, mf_waiter *w)
{
    int64_t start = now();
    new_condition(&w->turn);
    mf_entry entry = wait_in_queue(g, w, start);
    part(g, w);
    if (entry != MF_ENTERED)
        mf_slot_unqueue(g->slot);
    wake(g);
    pthread_cond_destroy(&w->turn);
    w->asking->waited = now() - start;
    set_slow(g, w->asking->waited > LONG);
    return entry;
}

/* Somebody waits already, or something is full. */
static mf_entry enter_slowly(mf_gate *g, mf_asking *a)
{
    mf_waiter w = { .asking = a };
    mf_entry entry = MF_REFUSED;
    pthread_mutex_lock(&g->mutex);
    const mf_waiter *before = blocker(g, &w);
    a->full = before ? before->asking->full : try_all(g, a, 0);
    if (a->full == MF_FULL_NOTHING)
        entry = MF_ENTERED;
    else if (join(g, &w))
        entry = queue_up(g, &w);
    pthread_mutex_unlock(&g->mutex);
    return entry;
}

mf_entry mf_gate_enter(mf_gate *g, mf_asking *a, mf_permit *permit)
{
    mf_entry entry = MF_ENTERED;
    a->waited = 0;
    if (mf_slot_load(g->slot).waiting > 0) {
        entry = enter_slowly(g, a);
    } else {
        a->full = try_all(g, a, 0);
        if (a->full == MF_FULL_NOTHING)
            set_slow(g, 0);
        else if (cap_of(g, a, a->full)->queue == 0)
            entry = MF_REFUSED;
        else
            entry = enter_slowly(g, a);
    }
    if (entry == MF_ENTERED)
        *permit = (mf_permit){ .gate = g, .host = a->host, .section = a->section };
    return entry;
}

/* ---- the permit ------------------------------------------------------------------ */

static void give_back(const mf_permit *p)
{
    mf_gate *g = p->gate;
    give_lane(g, &g->total);
    give_lane(g, p->section);
    give_lane(g, p->host);
    if (mf_slot_leave(g->slot) > 0) {
        pthread_mutex_lock(&g->mutex);
        wake(g);
        pthread_mutex_unlock(&g->mutex);
    }
}

void mf_permit_release(mf_permit *p)
{
    if (p->hold)
        mf_hold_release(p->hold);
    else if (p->gate)
        give_back(p);
    *p = (mf_permit){ .gate = NULL };
}

mf_hold *mf_permit_share(mf_permit *p)
{
    if (p->hold) {
        __atomic_fetch_add(&p->hold->references, 1, __ATOMIC_RELAXED);
        return p->hold;
    }
    mf_hold *h = malloc(sizeof *h);
    if (!h)
        return NULL;
    h->references = 2;
    h->permit = *p;
    return p->hold = h;
}

void mf_hold_release(mf_hold *h)
{
    if (__atomic_sub_fetch(&h->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    give_back(&h->permit);
    free(h);
}
