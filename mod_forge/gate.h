// SPDX-License-Identifier: Apache-2.0
/* The gate of a child: who gets a permit, who waits for one, and who is refused.
 *
 * A request needs a permit of the child, of its virtual host, of the innermost section
 * that has a cap, and of the whole server; it gets all of them or none.  As long as
 * nobody waits, one step on the child's own word of the board is all that a permit of
 * the child costs, and one more gives it back; the other caps cost only where they are
 * set.  Who waits does so in the order of arrival among those of the same virtual host
 * and section, and before all who come later in whatever child: what is free in the child
 * or given back by it is known at once, what other children give back within a
 * millisecond.
 *
 * Who waits holds a thread.  As long as waits are short that does no harm, and many who
 * come together are served one after the other; once somebody has waited long, and until
 * somebody does not, no more wait than leave some threads free for everything else. */
#ifndef MF_GATE_H
#define MF_GATE_H

#include <pthread.h>

#include "slots.h"

#define MF_NO_CAP UINT32_MAX

typedef struct mf_cap {
    uint32_t most;  /* permits, or MF_NO_CAP */
    uint32_t queue; /* who may wait for one */
    int64_t wait;   /* how long, in microseconds */
} mf_cap;

/* A cap over all children, and the lane that counts for it. */
typedef struct mf_quota {
    mf_cap cap;
    int lane;
    const char *name; /* of the virtual host or section, for the log */
} mf_quota;

/* What can be full. */
#define MF_CAPS(X)                                                                     \
    X(RESERVE, "ForgeReserve")                                                         \
    X(CHILD, "ForgeMaxPerChild")                                                       \
    X(HOST, "ForgeMaxConcurrent")                                                      \
    X(SECTION, "ForgeMaxConcurrent")                                                   \
    X(TOTAL, "ForgeMaxTotal")

typedef enum mf_full {
    MF_FULL_NOTHING,
#define X(name, directive) MF_FULL_##name,
    MF_CAPS(X)
#undef X
        MF_FULLS
} mf_full;

typedef struct mf_waiter mf_waiter;
typedef struct mf_hold mf_hold;

typedef struct mf_gate {
    mf_board *board;
    mf_slot *slot;
    mf_cap child;
    mf_quota total;
    uint32_t room; /* for who runs and who waits, while waits are long */
    uint32_t slow; /* 1: they are */
    pthread_mutex_t mutex;
    mf_waiter *first, *last; /* in the order of arrival */
    uint32_t queued;         /* of them for the child's own permits */
} mf_gate;

/* Who asks, and what is found out. */
typedef struct mf_asking {
    const mf_quota *host, *section; /* NULL: no cap */
    int (*gone)(void *ctx);         /* 1: nobody waits for an answer any more */
    void *ctx;
    mf_full full;   /* what was, if there is no permit */
    int64_t waited; /* microseconds */
} mf_asking;

/* What a run holds.  It belongs to one thread, and costs no memory before it is shared. */
typedef struct mf_permit {
    mf_gate *gate; /* NULL: none */
    const mf_quota *host, *section;
    mf_hold *hold; /* once it is shared */
} mf_permit;

/* The gate of the slot's child.  The board and the quotas that requests name outlive it,
 * and it is never closed. */
void mf_gate_open(mf_gate *g, mf_board *b, mf_slot *s, const mf_cap *child,
                  const mf_quota *total, uint32_t room);
mf_load mf_gate_load(const mf_gate *g);

typedef enum mf_entry {
    MF_ENTERED,
    MF_REFUSED, /* at once, or after it has waited as long as it may */
    MF_LEFT     /* the client went away, or the child stops */
} mf_entry;

/* Asks for a permit and maybe waits.  It is the caller's if the answer is MF_ENTERED. */
mf_entry mf_gate_enter(mf_gate *g, mf_asking *a, mf_permit *permit);

/* Gives the permit back, unless it is shared and others still hold it.  Does nothing the
 * second time. */
void mf_permit_release(mf_permit *p);
/* For work that may last longer than the run: the permit is given back when the run and
 * all holders have released it, the last of them on whatever thread.  To be called by the
 * thread of the run while it holds the permit; NULL without memory. */
mf_hold *mf_permit_share(mf_permit *p);
void mf_hold_release(mf_hold *h);

#endif
