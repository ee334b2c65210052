// SPDX-License-Identifier: Apache-2.0
/* The compiled templates of a site. */
#include "lib/page_cache.h"

#include "base/hash.h"

#include <stdlib.h>

#define TICK_S 2 /* the clocks of file systems are as coarse as that */

/* ---- states of files ------------------------------------------------------------ */

fg_page_stamp fg_page_stamp_of(const struct stat *st, time_t now)
{
    return (fg_page_stamp){
        .dev = st->st_dev,
        .ino = st->st_ino,
        .size = st->st_size,
        .changed = st->st_mtim,
        .young =
            st->st_mtim.tv_sec >= now - TICK_S && st->st_mtim.tv_sec <= now + TICK_S,
    };
}

bool fg_page_unchanged(const fg_page_stamp *s, const struct stat *st)
{
    return !s->young && s->dev == st->st_dev && s->ino == st->st_ino
           && s->size == st->st_size && s->changed.tv_sec == st->st_mtim.tv_sec
           && s->changed.tv_nsec == st->st_mtim.tv_nsec;
}

/* ---- references ----------------------------------------------------------------- */

static void retain(fg_kept_page *p)
{
    __atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
}

void fg_page_release(fg_kept_page *p)
{
    if (__atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    fg_page_free(p->page);
    free(p);
}

/* ---- the cache, locked ---------------------------------------------------------- */

static fg_kept_page **bucket(fg_page_cache *c, uint32_t hash)
{
    return &c->buckets[hash % FG_COUNT(c->buckets)];
}

static fg_kept_page *find(fg_page_cache *c, uint32_t hash, fg_slice key)
{
    fg_kept_page *p = *bucket(c, hash);
    while (p && !(p->hash == hash && fg_slice_eq(key, fg_slice_of(p->key, p->nkey))))
        p = p->next;
    return p;
}

static void unlink_used(fg_page_cache *c, fg_kept_page *p)
{
    *(p->newer ? &p->newer->older : &c->newest) = p->older;
    *(p->older ? &p->older->newer : &c->oldest) = p->newer;
}

static void link_newest(fg_page_cache *c, fg_kept_page *p)
{
    p->newer = NULL;
    p->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = p;
    c->newest = p;
}

/* Takes it out and onto the list `out`, to be released when the lock is free. */
static void take_out(fg_page_cache *c, fg_kept_page *p, fg_kept_page **out)
{
    fg_kept_page **at = bucket(c, p->hash);
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    unlink_used(c, p);
    c->bytes -= p->bytes;
    p->kept = false;
    p->next = *out;
    *out = p;
}

static void release_list(fg_kept_page *p)
{
    for (fg_kept_page *next; p; p = next) {
        next = p->next;
        fg_page_release(p);
    }
}

/* ---- the cache ------------------------------------------------------------------ */

void fg_page_cache_init(fg_page_cache *c, size_t max_bytes, uint64_t check_ns)
{
    memset(c, 0, sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    c->max_bytes = max_bytes;
    c->check_ns = check_ns;
}

void fg_page_cache_drop(fg_page_cache *c)
{
    fg_kept_page *out = NULL;
    while (c->oldest)
        take_out(c, c->oldest, &out);
    release_list(out);
    pthread_mutex_destroy(&c->lock);
}

fg_kept_page *fg_page_cache_find(fg_page_cache *c, fg_slice key, uint64_t now_ns,
                                 bool *check)
{
    uint32_t hash = fg_hash_bytes(key.p, key.n);
    *check = false;
    pthread_mutex_lock(&c->lock);
    fg_kept_page *p = find(c, hash, key);
    if (p) {
        retain(p);
        *check = now_ns >= p->checked_ns + c->check_ns;
        if (*check)
            p->checked_ns = now_ns;
        unlink_used(c, p);
        link_newest(c, p);
    }
    pthread_mutex_unlock(&c->lock);
    return p;
}

static fg_kept_page *new_kept(fg_slice key, fg_page *page, const fg_page_stamp *stamps,
                              uint32_t nstamps, uint64_t checked_ns)
{
    size_t states = nstamps * sizeof *stamps,
           bytes = sizeof(fg_kept_page) + states + key.n;
    fg_kept_page *p = malloc(bytes);
    if (!p)
        return NULL;
    *p = (fg_kept_page){
        .page = page,
        .stamps = (fg_page_stamp *)(p + 1),
        .nstamps = nstamps,
        .nkey = key.n,
        .hash = fg_hash_bytes(key.p, key.n),
        .refs = 1,
        .checked_ns = checked_ns,
        .bytes = bytes + fg_page_bytes(page),
    };
    p->key = (char *)(p->stamps + nstamps);
    memcpy(p->stamps, stamps, states);
    memcpy(p->key, key.p, key.n);
    return p;
}

static void keep(fg_page_cache *c, fg_kept_page *p, fg_kept_page **out)
{
    retain(p);
    p->kept = true;
    p->next = *bucket(c, p->hash);
    *bucket(c, p->hash) = p;
    link_newest(c, p);
    c->bytes += p->bytes;
    while (c->bytes > c->max_bytes)
        take_out(c, c->oldest, out);
}

fg_kept_page *fg_page_cache_put(fg_page_cache *c, fg_slice key, fg_page *page,
                                const fg_page_stamp *stamps, uint32_t nstamps,
                                uint64_t checked_ns)
{
    fg_kept_page *p = new_kept(key, page, stamps, nstamps, checked_ns), *out = NULL;
    if (!p) {
        fg_page_free(page);
        return NULL;
    }
    pthread_mutex_lock(&c->lock);
    fg_kept_page *before = find(c, p->hash, key);
    if (before)
        take_out(c, before, &out);
    if (p->bytes <= c->max_bytes)
        keep(c, p, &out);
    pthread_mutex_unlock(&c->lock);
    release_list(out);
    return p;
}

void fg_page_cache_forget(fg_page_cache *c, fg_kept_page *p)
{
    fg_kept_page *out = NULL;
    pthread_mutex_lock(&c->lock);
    if (p->kept)
        take_out(c, p, &out);
    pthread_mutex_unlock(&c->lock);
    release_list(out);
}
