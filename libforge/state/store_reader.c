// SPDX-License-Identifier: Apache-2.0
/* Read transactions, and new mappings between them. */
#include "state/store_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* ---- who reads ----------------------------------------------------------------------
 *
 * A mapping may only be replaced while nobody in the process reads.  A reader says that it
 * is busy before it looks whether a new mapping is wanted; the one that wants it says so
 * before it looks who is busy.  So one of them sees the other, and readers write nothing
 * that other readers look at. */

fg_state fg_store_enter(fg_store_reader *r, fg_state_error *err)
{
    fg_store *s = r->store;
    if (atomic_load_explicit(&s->foreign, memory_order_relaxed))
        return fg_state_fail_try(err, FG_STATE_BAD_REQUEST, "open it in this process",
                                 "store '%s' was opened before a fork", s->path);
    for (;;) {
        atomic_store(&r->busy, true);
        if (fg_likely(!atomic_load(&s->remapping)))
            return FG_STATE_OK;
        fg_store_leave(r);
        pthread_mutex_lock(&s->remap_lock);
        while (atomic_load(&s->remapping))
            pthread_cond_wait(&s->changed, &s->remap_lock);
        pthread_mutex_unlock(&s->remap_lock);
    }
}

void fg_store_leave(fg_store_reader *r)
{
    fg_store *s = r->store;
    atomic_store(&r->busy, false);
    if (fg_likely(!atomic_load(&s->remapping)))
        return;
    pthread_mutex_lock(&s->remap_lock);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->remap_lock);
}

static bool anyone_busy(const fg_store *s)
{
    for (const fg_store_reader *r = s->readers; r; r = r->next)
        if (atomic_load(&r->busy))
            return true;
    return false;
}

static struct timespec deadline(uint32_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

fg_state fg_store_remap(fg_store *s, uint64_t map_size, fg_state_error *err)
{
    struct timespec until = deadline(s->wait_ms);
    int rc = 0;
    pthread_mutex_lock(&s->remap_lock);
    while (atomic_load(&s->remapping))
        pthread_cond_wait(&s->changed, &s->remap_lock);
    atomic_store(&s->remapping, true);
    while (rc == 0 && anyone_busy(s))
        rc = pthread_cond_timedwait(&s->changed, &s->remap_lock, &until);
    bool busy = rc != 0;
    if (!busy)
        rc = mdb_env_set_mapsize(s->env, map_size);
    atomic_store(&s->remapping, false);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->remap_lock);
    if (busy)
        return fg_state_fail_try(
            err, FG_STATE_BUSY, "end long reads and try again",
            "store '%s' needs a new mapping, and others still read", s->path);
    return rc ? fg_store_failed(s, rc, "mapping anew", err) : FG_STATE_OK;
}

/* ---- readers --------------------------------------------------------------------- */

fg_state fg_store_reader_new(fg_store *s, fg_store_reader **out, fg_state_error *err)
{
    fg_store_reader *r = aligned_alloc(_Alignof(fg_store_reader), sizeof *r);
    *out = r;
    if (!r)
        return fg_state_fail(err, FG_STATE_NO_MEMORY, "a reader of store '%s'",
                             s->path);
    memset(r, 0, sizeof *r);
    r->store = s;
    pthread_mutex_lock(&s->remap_lock);
    r->next = s->readers;
    s->readers = r;
    pthread_mutex_unlock(&s->remap_lock);
    return FG_STATE_OK;
}

static void unlink_reader(fg_store_reader *r)
{
    fg_store *s = r->store;
    pthread_mutex_lock(&s->remap_lock);
    fg_store_reader **at = &s->readers;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    pthread_mutex_unlock(&s->remap_lock);
}

void fg_store_reader_free(fg_store_reader *r)
{
    if (!r)
        return;
    fg_store_reader_end(r);
    /* In a child, the slot is the parent's, and the lock may be another thread's. */
    if (!atomic_load(&r->store->foreign)) {
        unlink_reader(r);
        if (r->seeker)
            mdb_cursor_close(r->seeker);
        if (r->txn)
            mdb_txn_abort(r->txn);
    }
    free(r);
}

fg_state fg_store_reader_begin(fg_store_reader *r, fg_state_error *err)
{
    fg_store *s = r->store;
    assert(!r->begun);
    for (;;) {
        FG_STATE_TRY(fg_store_enter(r, err));
        int rc = r->txn ? mdb_txn_renew(r->txn)
                        : mdb_txn_begin(s->env, NULL, MDB_RDONLY, &r->txn);
        if (rc == 0)
            break;
        fg_store_leave(r);
        if (rc != MDB_MAP_RESIZED)
            return fg_store_failed(s, rc, "beginning to read", err);
        FG_STATE_TRY(fg_store_remap(s, 0, err));
    }
    r->begun = true;
    r->seeker_fresh = false;
    uint64_t now = fg_store_now(s);
    atomic_store_explicit(&r->since, now ? now : 1, memory_order_relaxed);
    return FG_STATE_OK;
}

void fg_store_reader_end(fg_store_reader *r)
{
    if (!r->begun)
        return;
    r->begun = false;
    atomic_store_explicit(&r->since, 0, memory_order_relaxed);
    if (atomic_load_explicit(&r->store->foreign, memory_order_relaxed))
        return;
    mdb_txn_reset(r->txn);
    fg_store_leave(r);
}

uint64_t fg_store_reader_since(const fg_store_reader *r)
{
    return atomic_load_explicit(&r->since, memory_order_relaxed);
}
