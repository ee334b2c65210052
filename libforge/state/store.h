// SPDX-License-Identifier: Apache-2.0
/* A versioned, ordered key-value store in one LMDB environment.
 *
 * One process opens it as the writer; any number of processes read it straight from the
 * mapping at the same time.  A namespace (state/namespace.h) is what one tenant has; each
 * accepted batch of operations (state/store_commit.h) is a new version of its namespace,
 * and every version that was not pruned can be read (state/store_read.h), compared and gone
 * back to (state/store_history.h).  Commits of all namespaces are atomic and durable
 * together.
 *
 * Keys are bytes within a table of 16 bits within a namespace.  They are in the order of
 * their bytes.  One exception: keys longer than FG_STORE_KEY_INLINE that agree in so many
 * first bytes are, among themselves, in the order of their SHA-256; what a range or a
 * prefix holds is right for them, too.  Values are bytes without meaning here, except for
 * increments, which are of MessagePack integers.
 *
 * A store may be used by several threads at once: writing functions exclude one another, a
 * reader belongs to one thread at a time.  A store does not survive fork(): the child
 * closes it, which touches nothing of the parent's, and opens its own. */
#ifndef FG_STORE_H
#define FG_STORE_H

#include "state/error.h"

#define FG_STORE_FORMAT 1u
#define FG_STORE_KEY_INLINE 463u             /* bytes of a key that decide its place */
#define FG_STORE_KEY_MAX 65535u              /* bytes of a key */
#define FG_STORE_VALUE_MAX (256u << 20)      /* bytes of a value */
#define FG_STORE_MAP_MIN (UINT64_C(1) << 20) /* bytes of a map */

typedef struct fg_store fg_store;

typedef struct fg_store_options {
    const char *path; /* a directory that exists */
    bool writer;
    /* Bytes.  Writer: what the data may grow to.  Reader: 0 is the writer's; more is room
     * for growth that then needs no new mapping. */
    uint64_t map_size;
    /* Bytes of the map that only deleting, pruning, unwinding and dropping may use; 0: an
     * eighth, at least 512 KiB and at most 64 MiB. */
    uint64_t reserve;
    uint32_t max_readers; /* of all processes together; 0: 1,024 */
    uint32_t
        wait_ms; /* for other readers of the process, before a new mapping; 0: 1,000 */
    uint32_t mode; /* of the files; 0: 0600 */
    /* Milliseconds since 1970, for expiry and records; NULL: the system's clock.  Called by
     * any thread. */
    uint64_t (*now)(void *arg);
    void *now_arg;
} fg_store_options;

/* A writer creates what is missing, counts the incarnation up and makes that durable.
 * BUSY: open in this process, or another process is the writer.  NOT_FOUND: a reader came
 * before the first writer.  FORMAT, CORRUPT, DENIED, BAD_REQUEST, IO. */
fg_state fg_store_open(const fg_store_options *o, fg_store **out, fg_state_error *err);
/* Readers were freed.  NULL is fine. */
void fg_store_close(fg_store *s);

/* How many times a writer has opened it; a reader tells that of when it was opened. */
uint32_t fg_store_incarnation(const fg_store *s);
/* What the store's clock says. */
uint64_t fg_store_now(const fg_store *s);

/* Writer: a larger map.  Waits for readers of this process, then BUSY.  Readers of other
 * processes take the new size when they begin. */
fg_state fg_store_grow(fg_store *s, uint64_t map_size, fg_state_error *err);
/* Frees the slots of readers whose process died; how many. */
fg_state fg_store_reap(fg_store *s, uint32_t *reaped, fg_state_error *err);
/* A consistent copy into a directory that is empty or missing; compact: without free pages,
 * which is slower.  Commits go on meanwhile. */
fg_state fg_store_copy(fg_store *s, const char *path, bool compact,
                       fg_state_error *err);

/* ---- readers --------------------------------------------------------------------- */

/* A reusable read transaction.  What is read between begin and end is one snapshot; a
 * snapshot that stays open keeps the pages of everything it can see from being reused. */
typedef struct fg_store_reader fg_store_reader;

fg_state fg_store_reader_new(fg_store *s, fg_store_reader **out, fg_state_error *err);
/* Ends it first.  NULL is fine. */
void fg_store_reader_free(fg_store_reader *r);
/* BUSY: the map has grown and other readers of this process did not end in time, or all
 * slots are taken. */
fg_state fg_store_reader_begin(fg_store_reader *r, fg_state_error *err);
/* Everything borrowed from the snapshot is gone.  Fine when it has not begun. */
void fg_store_reader_end(fg_store_reader *r);
/* When it began, of the store's clock; 0: it has not.  By any thread: who limits the age
 * of readers has the one that is too old cancelled. */
uint64_t fg_store_reader_since(const fg_store_reader *r);

/* ---- status ---------------------------------------------------------------------- */

typedef struct fg_store_status {
    uint32_t incarnation;
    uint64_t map_size, page_size, reserve; /* bytes */
    uint64_t pages_high;                   /* pages of the file that were ever used */
    uint64_t pages_live;                   /* pages that hold the newest data */
    uint64_t transaction;                  /* the last one, by LMDB's count */
    uint64_t oldest_reader; /* the transaction the oldest snapshot is of; 0: none */
    uint32_t readers, max_readers;
    /* Records of each of the store's tables. */
    uint64_t cells, undo, history, logs, tokens, expiring;
} fg_store_status;

fg_state fg_store_get_status(fg_store *s, fg_store_status *out, fg_state_error *err);

#endif
