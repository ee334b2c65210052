// SPDX-License-Identifier: Apache-2.0
/* Committing: batches of operations, several in one durable transaction.
 *
 * A batch is a whole transaction of a program: what it read, at which version, and what it
 * changes.  Each batch is accepted as a new version of its namespace or refused without a
 * trace, whatever becomes of the others; a batch sees what those before it did.  Of two
 * that touch the same, the first one wins. */
#ifndef FG_STORE_COMMIT_H
#define FG_STORE_COMMIT_H

#include "state/store_read.h"

/* Nothing was read: no operation conflicts. */
#define FG_STORE_BLIND UINT64_MAX

/* name, conflicts when its key changed after the base version, only takes things away */
#define FG_STORE_OPS(X)                                                                \
    X(PUT, true, false)   /* key, value, ttl_ms */                                     \
    X(DELETE, true, true) /* key; result: 1 if it was there */                         \
    X(DELETE_RANGE, true,                                                              \
      true) /* table, key, value: from, to; amount; to_end; result: */                 \
            /* how many */                                                             \
    X(COMPARE_AND_SWAP, false,                                                         \
      false)                   /* key, expected or expect_absent, value, ttl_ms: */    \
                               /* conflicts when it finds something else */            \
    X(INCREMENT, false, false) /* key, amount; result: the sum */                      \
    X(APPEND, false, false)    /* key, value; result: bytes now */                     \
    X(TOUCH, false, false)     /* key, ttl_ms; result: 1 if it was there */

typedef enum fg_store_op_kind {
#define X(name, checked, shrinks) FG_STORE_##name,
    FG_STORE_OPS(X)
#undef X
} fg_store_op_kind;

/* Absent keys count as 0 to INCREMENT and as empty to APPEND.  Both leave an expiry as it
 * is; PUT and COMPARE_AND_SWAP set it anew. */
typedef struct fg_store_op {
    fg_store_op_kind kind;
    uint16_t table;
    bool expect_absent;
    bool to_end; /* DELETE_RANGE: to the end of the table */
    fg_slice key, value, expected;
    int64_t amount;  /* INCREMENT; DELETE_RANGE: at most so many, 0: all */
    uint64_t ttl_ms; /* 0: for ever */
    int64_t result;  /* out, if the batch was accepted and is not a repetition */
} fg_store_op;

typedef struct fg_store_cell {
    uint16_t table;
    fg_slice key;
} fg_store_cell;

typedef enum fg_store_mode {
    FG_STORE_SNAPSHOT, /* what is written must not have changed since the base version */
    FG_STORE_SERIALISABLE /* what was read must not have, either */
} fg_store_mode;

#define FG_STORE_TOKEN 16u /* bytes */

typedef struct fg_store_batch {
    uint32_t ns;
    uint64_t base; /* the version that was read, or FG_STORE_BLIND */
    fg_store_mode mode;
    /* NULL, or random bytes: a batch whose token was accepted before is not applied again
     * and gets the version it got then. */
    const uint8_t *token;
    const fg_store_cell *reads;
    uint32_t n_reads;
    const fg_store_range *ranges;
    uint32_t n_ranges;
    fg_store_op *ops;
    uint32_t n_ops;
    fg_slice author, request; /* for the log; at most 255 bytes each */

    /* Out.  error.code is FG_STATE_OK if the version was accepted. */
    uint64_t version;
    bool repeated;
    fg_state_error error;
} fg_store_batch;

/* Writer: applies the batches in their order and makes them durable.  Not OK: nothing of
 * any of them happened, and each has the same error. */
fg_state fg_store_commit(fg_store *s, fg_store_batch *batches, uint32_t n,
                         fg_state_error *err);

/* Writer: deletes keys whose time is over, at most `keys`, as a version of its own; none:
 * no version. */
fg_state fg_store_expire(fg_store *s, uint32_t ns, uint32_t keys, uint32_t *deleted,
                         fg_state_error *err);
/* Writer: forgets tokens of batches from before `ms`, looking at no more than `records` of
 * them and going on next time where it stopped. */
fg_state fg_store_forget_tokens(fg_store *s, uint64_t ms, uint32_t records,
                                uint32_t *forgotten, fg_state_error *err);

#endif
