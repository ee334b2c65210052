// SPDX-License-Identifier: Apache-2.0
/* Connections of a site that forks use one after the other.
 *
 * A connection belongs to whoever has taken it, and to nobody while it is idle.  Kinds
 * share nothing but the code. */
#ifndef FG_POOL_H
#define FG_POOL_H

#include "run/vm.h"

#include <pthread.h>

/* clang-format off */
#define FG_POOL_KINDS(X) \
    X(HTTP, "HTTP") X(SQLITE, "SQLite") X(POSTGRES, "PostgreSQL") X(MYSQL, "MySQL")
/* clang-format on */

typedef enum fg_pool_kind {
#define X(name, text) FG_POOL_##name,
    FG_POOL_KINDS(X)
#undef X
        FG_POOL_COUNT
} fg_pool_kind;

/* How the struct of a connection starts. */
typedef struct fg_pooled {
    struct fg_pooled *next;
    fg_pool_kind kind;
    char *key;        /* malloc'ed: only for the same one it is used again */
    uint64_t idle_ns; /* since when it is idle */
    void (*close)(struct fg_pooled *); /* closes it and frees the struct, but not key */
} fg_pooled;

typedef struct fg_pools {
    pthread_mutex_t lock;
    uint32_t limit; /* open ones of each kind */
    uint32_t kept;  /* taken ones that nobody who could wait has any more */
    bool dropped;   /* the site has ended: it goes with the last of these */
    struct {
        fg_pooled *idle; /* used last first */
        uint32_t open;   /* taken and idle ones */
    } of[FG_POOL_COUNT];
} fg_pools;

fg_pools *fg_pools_new(uint32_t limit); /* NULL: no memory */
/* Closes the idle ones; none may be taken, unless they are kept: they are closed when their
 * threads have done with them. */
void fg_pools_drop(fg_pools *p);

/* An idle connection with this key in *out; or NULL and the right to open one, which
 * fg_pool_opened or fg_pool_gone must follow.  Waits while too many are open, for at most
 * 30 s, cancellable; may collect. */
fg_status fg_pool_take(fg_vm *vm, fg_pools *p, fg_pool_kind kind, const char *key,
                       fg_pooled **out);
/* Fills in the head of a new connection; false: no memory, and it is not in the pool. */
bool fg_pool_opened(fg_pooled *c, fg_pool_kind kind, const char *key,
                    void (*close)(fg_pooled *));
/* Nothing was opened, or it was closed. */
void fg_pool_gone(fg_pools *p, fg_pool_kind kind);
/* The same without waiting: more than the limit may be open. */
fg_pooled *fg_pool_idle(fg_pools *p, fg_pool_kind kind, const char *key);
/* Back to the idle ones: as good as new.  Closed if the site has ended. */
void fg_pool_put(fg_pools *p, fg_pooled *c);
/* Closes a taken one. */
void fg_pool_close(fg_pools *p, fg_pooled *c);

/* A thread of its own has a taken one to bring to its end, before it puts or closes it: for
 * so long the pools stay, whatever becomes of the site. */
void fg_pool_keep(fg_pools *p);
/* Is followed by no use of the pools. */
void fg_pool_kept(fg_pools *p);

#endif
