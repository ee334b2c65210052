// SPDX-License-Identifier: Apache-2.0
/* Connections of a site. */
#include "lib/pool.h"
#include "lib/worker.h"

#include "run/fiber.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_MAX_NS (60 * 1000000000ull) /* then an idle one is closed */
#define WAIT_NS (30 * 1000000000ull)
#define STEP_NS 2000000u

static const char *const kind_names[] = {
#define X(name, text) text,
    FG_POOL_KINDS(X)
#undef X
};

fg_pools *fg_pools_new(uint32_t limit)
{
    fg_pools *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    pthread_mutex_init(&p->lock, NULL);
    p->limit = limit;
    return p;
}

static void close_one(fg_pooled *c)
{
    free(c->key);
    c->close(c);
}

static void close_list(void *first)
{
    for (fg_pooled *c = first, *next; c; c = next) {
        next = c->next;
        close_one(c);
    }
}

/* Whoever happens to find them does not wait for it: what a database is closed with may
 * take long. */
static void close_elsewhere(fg_pooled *first)
{
    if (first && !fg_worker_run(close_list, first))
        close_list(first);
}

static void free_pools(fg_pools *p)
{
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void fg_pools_drop(fg_pools *p)
{
    if (!p)
        return;
    fg_pooled *idle[FG_POOL_COUNT];
    pthread_mutex_lock(&p->lock);
    for (int i = 0; i < FG_POOL_COUNT; i++)
        idle[i] = p->of[i].idle;
    p->dropped = true; /* nothing is put there any more */
    bool last = p->kept == 0;
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < FG_POOL_COUNT; i++)
        close_list(idle[i]);
    if (last)
        free_pools(p);
}

void fg_pool_keep(fg_pools *p)
{
    pthread_mutex_lock(&p->lock);
    p->kept++;
    pthread_mutex_unlock(&p->lock);
}

void fg_pool_kept(fg_pools *p)
{
    pthread_mutex_lock(&p->lock);
    bool last = --p->kept == 0 && p->dropped;
    pthread_mutex_unlock(&p->lock);
    if (last)
        free_pools(p);
}

/* Cuts off those that have been idle for too long; they are at the end. */
static fg_pooled *cut_old(fg_pools *p, fg_pool_kind kind, uint64_t now)
{
    fg_pooled **at = &p->of[kind].idle;
    while (*at && now - (*at)->idle_ns < IDLE_MAX_NS)
        at = &(*at)->next;
    fg_pooled *old = *at;
    *at = NULL;
    for (fg_pooled *c = old; c; c = c->next)
        p->of[kind].open--;
    return old;
}

static fg_pooled *find(fg_pools *p, fg_pool_kind kind, const char *key)
{
    for (fg_pooled **at = &p->of[kind].idle; *at; at = &(*at)->next) {
        fg_pooled *c = *at;
        if (strcmp(c->key, key) != 0)
            continue;
        *at = c->next;
        return c;
    }
    return NULL;
}

/* An idle one, or room for another: then one with another key may have to make way. */
static bool try_take(fg_pools *p, fg_pool_kind kind, const char *key, fg_pooled **out)
{
    pthread_mutex_lock(&p->lock);
    fg_pooled *out_of_use = cut_old(p, kind, fg_now_ns());
    *out = find(p, kind, key);
    bool done = *out || p->of[kind].open < p->limit;
    if (!done && p->of[kind].idle) {
        fg_pooled *c = p->of[kind].idle;
        p->of[kind].idle = c->next;
        c->next = out_of_use;
        out_of_use = c;
        done = true;
    } else if (done && !*out) {
        p->of[kind].open++;
    }
    pthread_mutex_unlock(&p->lock);
    close_elsewhere(out_of_use);
    return done;
}

fg_status fg_pool_take(fg_vm *vm, fg_pools *p, fg_pool_kind kind, const char *key,
                       fg_pooled **out)
{
    uint64_t end = 0;
    while (!try_take(p, kind, key, out)) {
        bool ready;
        uint64_t now = fg_now_ns();
        if (end == 0)
            end = now + WAIT_NS;
        if (now >= end) {
            fg_raise(vm, FG_E_RUNTIME, "too many %s connections are in use (%u)",
                     kind_names[kind], p->limit);
            return fg_hint(vm, "commit or roll back transactions soon, or ask the "
                               "administrator for more connections");
        }
        FG_TRY(fg_wait_fds(vm, NULL, 0, now + STEP_NS, &ready));
    }
    return FG_OK;
}

fg_pooled *fg_pool_idle(fg_pools *p, fg_pool_kind kind, const char *key)
{
    pthread_mutex_lock(&p->lock);
    fg_pooled *old = cut_old(p, kind, fg_now_ns());
    fg_pooled *c = find(p, kind, key);
    p->of[kind].open += !c;
    pthread_mutex_unlock(&p->lock);
    close_elsewhere(old);
    return c;
}

bool fg_pool_opened(fg_pooled *c, fg_pool_kind kind, const char *key,
                    void (*close)(fg_pooled *))
{
    c->next = NULL;
    c->kind = kind;
    c->close = close;
    c->key = strdup(key);
    return c->key != NULL;
}

void fg_pool_gone(fg_pools *p, fg_pool_kind kind)
{
    pthread_mutex_lock(&p->lock);
    p->of[kind].open--;
    pthread_mutex_unlock(&p->lock);
}

void fg_pool_put(fg_pools *p, fg_pooled *c)
{
    c->idle_ns = fg_now_ns();
    pthread_mutex_lock(&p->lock);
    bool dropped = p->dropped;
    if (!dropped) {
        c->next = p->of[c->kind].idle;
        p->of[c->kind].idle = c;
    }
    pthread_mutex_unlock(&p->lock);
    if (dropped)
        close_one(c);
}

void fg_pool_close(fg_pools *p, fg_pooled *c)
{
    fg_pool_gone(p, c->kind);
    close_one(c);
}
