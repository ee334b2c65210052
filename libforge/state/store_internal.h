// SPDX-License-Identifier: Apache-2.0
/* What the files of the store share: its tables, how keys and records are laid out, and the
 * change of one namespace in a write transaction.
 *
 * Integers in keys are big-endian, so that they sort.  What was written before an update in
 * a write transaction may move with it: slices of pages are copied first. */
#ifndef FG_STORE_INTERNAL_H
#define FG_STORE_INTERNAL_H

#include "base/bytes.h"
#include "state/store_commit.h"
#include "state/store_history.h"

#include <endian.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

/* meta   "format", "incarnation", "next", 'n' name -> id, 'i' id -> record of a namespace
 * cur    ns table key          -> the newest record of a key; deleted keys stay until pruned
 * undo   ns version seq        -> table key: what the version changed
 * hist   ns table n key version -> the record that the version replaced
 * log    ns version            -> time, counts, token, author, request
 * dedup  token                 -> ns version time
 * ttl    ns expires table key  -> key: what is there and expires
 *
 * `key` of cur, hist and ttl is the key itself, or, when that is longer than
 * FG_STORE_KEY_INLINE, so many bytes of it and its SHA-256; its length n in hist keeps the
 * versions of one key together, whatever bytes follow in another one.
 *
 * A value stands once: the undo of a version finds it in hist. */
#define FG_STORE_DBS(X) X(meta) X(cur) X(undo) X(hist) X(log) X(dedup) X(ttl)

enum {
#define X(name) FG_DB_##name,
    FG_STORE_DBS(X)
#undef X
        FG_DBS
};

/* What frees pages needs some itself: on a full map it is tried again with so many times
 * less to do. */
#define FG_STORE_SMALLER 8u

struct fg_store {
    MDB_env *env;
    MDB_dbi dbi[FG_DBS];
    bool writer;
    uint32_t incarnation, wait_ms;
    uint64_t reserve;       /* pages */
    uint64_t reserve_asked; /* bytes, or 0 */
    uint64_t (*now)(void *arg);
    void *now_arg;
    char *path;
    int lock_fd; /* of the writer; -1 */

    fg_store *next; /* of the open stores of this process */
    dev_t dev;
    ino_t ino;
    atomic_bool foreign; /* this process is a child of the one that opened it */

    /* A new mapping is made when nobody reads: `remapping` keeps readers from beginning
     * while one waits until none is busy. */
    pthread_mutex_t remap_lock;
    pthread_cond_t changed; /* remapping, or who is busy meanwhile */
    atomic_bool remapping;
    fg_store_reader *readers;

    /* What writing functions share, under write_lock. */
    pthread_mutex_t write_lock;
    fg_bytes before, fresh, scratch;
    uint8_t forgotten[FG_STORE_TOKEN]; /* where forgetting tokens stopped */
};

/* Aligned, so that readers of different threads write to no common line of the cache. */
struct fg_store_reader {
    _Alignas(64) atomic_bool busy; /* reads, or is about to */
    bool begun, seeker_fresh;
    _Atomic uint64_t since;
    fg_store *store;
    MDB_txn *txn; /* NULL before the first begin */
    MDB_cursor *seeker;
    fg_store_reader *next; /* of the store's */
};

/* What a result of LMDB means; where is what was being done. */
fg_state fg_store_failed(const fg_store *s, int rc, const char *where,
                         fg_state_error *err);
/* Leaves the function when LMDB failed. */
#define FG_MDB_TRY(s, e, where, err)                                                   \
    do {                                                                               \
        int fg_mdb_ = (e);                                                             \
        if (fg_mdb_)                                                                   \
            return fg_store_failed(s, fg_mdb_, where, err);                            \
    } while (0)

/* Brackets what writes. */
fg_state fg_store_write_begin(fg_store *s, MDB_txn **txn, fg_state_error *err);
fg_state fg_store_write_end(fg_store *s, MDB_txn *txn, bool commit,
                            fg_state_error *err);
/* Commits if `state` is OK, and returns it or what went wrong. */
fg_state fg_store_write_finish(fg_store *s, MDB_txn *txn, fg_state state,
                               fg_state_error *err);
/* Around everything that uses the mapping. */
fg_state fg_store_enter(fg_store_reader *r, fg_state_error *err);
void fg_store_leave(fg_store_reader *r);
/* A new mapping; 0: of the size that the writer chose.  BUSY: others read for too long. */
fg_state fg_store_remap(fg_store *s, uint64_t map_size, fg_state_error *err);
/* Pages of the newest data, in a transaction. */
fg_state fg_store_live_pages(fg_store *s, MDB_txn *txn, uint64_t *out,
                             fg_state_error *err);

/* ---- keys and records (store_record.c) ------------------------------------------- */

#define FG_KEY_MAX 511u /* bytes, LMDB's limit */
#define FG_KEY_HASH 32u /* bytes */
#define FG_KEY_CELL 6u  /* bytes before the key in cur */
#define FG_UNDO_HEAD 2u /* bytes before the key in a value of undo */

typedef struct fg_lkey {
    uint16_t n;
    uint8_t bytes[FG_KEY_MAX];
} fg_lkey;

static inline MDB_val fg_lkey_val(const fg_lkey *k)
{
    return (MDB_val){ k->n, (void *)k->bytes };
}

/* Big-endian, of n bytes; n is mostly a constant, for which one instruction remains. */
static inline void fg_be_put(uint8_t *to, uint64_t v, unsigned n)
{
    v = htobe64(v << (64 - 8 * n));
    memcpy(to, &v, n);
}

static inline uint64_t fg_be_get(const uint8_t *from, unsigned n)
{
    uint64_t v = 0;
    memcpy(&v, from, n);
    return be64toh(v) >> (64 - 8 * n);
}

/* Adds n bytes of v. */
static inline void fg_lkey_int(fg_lkey *k, uint64_t v, unsigned n)
{
    assert(k->n + n <= FG_KEY_MAX);
    fg_be_put(k->bytes + k->n, v, n);
    k->n = (uint16_t)(k->n + n);
}

static inline void fg_lkey_bytes(fg_lkey *k, const void *p, size_t n)
{
    assert(k->n + n <= FG_KEY_MAX);
    fg_copy_bytes((char *)k->bytes + k->n, p, n);
    k->n = (uint16_t)(k->n + n);
}

void fg_key_cell(fg_lkey *k, uint32_t ns, uint16_t table, fg_slice key);
void fg_key_hist(fg_lkey *k, const fg_lkey *cell, uint64_t version);
void fg_key_ttl(fg_lkey *k, const fg_lkey *cell, uint64_t expires);
void fg_key_version(fg_lkey *k, uint32_t ns, uint64_t version);
/* Both begin alike in the first n bytes. */
bool fg_key_begins(const MDB_val *key, const fg_lkey *as, size_t n);

enum {
    FG_RECORD_DELETED = 1,
    FG_RECORD_EXPIRES = 2,
    FG_RECORD_LONG = 4,     /* the whole key follows */
    FG_RECORD_SEQUENCE = 8, /* made by appending */
    FG_RECORD_ABSENT = 16,  /* of hist: there was no record */
};

typedef struct fg_record {
    uint64_t version, expires;
    uint8_t flags;
    fg_slice key; /* if it is long */
    fg_slice value;
} fg_record;

bool fg_record_read(const MDB_val *v, fg_record *out);
size_t fg_record_size(const fg_record *r);
void fg_record_write(void *to, const fg_record *r);
/* It is a value, and not a deletion. */
static inline bool fg_record_there(const fg_record *r)
{
    return !(r->flags & (FG_RECORD_DELETED | FG_RECORD_ABSENT));
}
static inline bool fg_record_visible(const fg_record *r, uint64_t now)
{
    return fg_record_there(r) && !(r->flags & FG_RECORD_EXPIRES && r->expires <= now);
}

/* ---- namespaces (namespace.c) ---------------------------------------------------- */

/* NOT_FOUND, also of one that is being dropped unless `dropping`; CORRUPT. */
fg_state fg_namespace_load(fg_store *s, MDB_txn *txn, uint32_t id, bool dropping,
                           fg_namespace *out, fg_state_error *err);
fg_state fg_namespace_save(fg_store *s, MDB_txn *txn, const fg_namespace *ns,
                           fg_state_error *err);

/* ---- reading (store_read.c) ------------------------------------------------------ */

/* The newest record; NOT_FOUND without a text. */
fg_state fg_cell_get(fg_store *s, MDB_txn *txn, const fg_lkey *cell, fg_slice key,
                     fg_record *out, fg_state_error *err);
/* The record a version replaced; NOT_FOUND without a text. */
fg_state fg_cell_replaced(fg_store *s, MDB_txn *txn, const fg_lkey *cell,
                          uint64_t version, fg_record *out, fg_state_error *err);
/* The record at a view's version, expired or not; NOT_FOUND without a text. */
fg_state fg_view_find(const fg_store_view *v, uint16_t table, fg_slice key,
                      fg_record *out, fg_state_error *err);
void fg_item_fill(fg_store_item *out, const fg_record *r);
/* NOT_FOUND unless the namespace has the version. */
fg_state fg_version_check(fg_store *s, MDB_txn *txn, const fg_namespace *ns,
                          uint64_t version, fg_state_error *err);
/* The place of a key relative to a range: below 0, in it: 0, above it. */
int fg_range_place(const fg_store_range *r, fg_slice key);
/* Splits a value of undo. */
bool fg_undo_read(const MDB_val *v, uint16_t *table, fg_slice *key);

/* ---- changing (store_cell.c) ----------------------------------------------------- */

/* One version of one namespace that comes about in a transaction. */
typedef struct fg_change {
    fg_store *s;
    MDB_txn *txn;
    fg_namespace ns;
    uint64_t version, now;
    uint32_t n; /* keys changed so far */
    bool dirty; /* something was written, or tried */
    fg_state_error *err;
} fg_change;

/* Replaces the record `old` (NULL: none) of a key by `fresh`, whose version it sets; both
 * may point into pages. */
fg_state fg_cell_put(fg_change *c, const fg_lkey *cell, uint16_t table, fg_slice key,
                     const fg_record *old, fg_record *fresh);
/* Puts back what `version` replaced. */
fg_state fg_cell_restore(fg_change *c, const fg_lkey *cell, fg_slice key,
                         uint64_t version);
/* Removes what hist has of a version, and the key's deletion if it is of that version. */
fg_state fg_cell_forget(fg_change *c, const fg_lkey *cell, fg_slice key,
                        uint64_t version);

/* ---- versions and their log (store_log.c) ---------------------------------------- */

typedef struct fg_log_record {
    fg_store_log log;
    const uint8_t *token; /* NULL: none */
} fg_log_record;

bool fg_log_read(const MDB_val *v, fg_log_record *out);

fg_state fg_change_begin(fg_change *c, fg_store *s, MDB_txn *txn, uint32_t ns,
                         uint64_t now, fg_state_error *err);
/* Writes log and namespace: the version exists. */
fg_state fg_change_end(fg_change *c, uint32_t ops, const uint8_t *token,
                       fg_slice author, fg_slice request);

#endif
