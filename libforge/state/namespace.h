// SPDX-License-Identifier: Apache-2.0
/* Namespaces: what one tenant has in a store.
 *
 * A namespace is found by name and owned by an identity; it has a number that is never used
 * again, versions, quotas, and counts that are kept in the transactions that change them. */
#ifndef FG_NAMESPACE_H
#define FG_NAMESPACE_H

#include "state/store.h"

#define FG_NAMESPACE_NAME_MAX 255u /* bytes, of the owner's identity too */

/* name, default; each is a limit of what its comment in fg_namespace says */
#define FG_NAMESPACE_QUOTAS(X)                                                         \
    X(max_bytes, UINT64_C(64) << 20) /* of keys and values that are there */           \
    X(max_keys, UINT64_C(1) << 20)   /* that are there */                              \
    X(max_key_size, 1024)            /* bytes */                                       \
    X(max_value_size, 1 << 20)       /* bytes */                                       \
    X(max_ops, 10000)                /* operations and changed keys of one batch */

#define FG_NAMESPACE_COUNTS(X)                                                         \
    X(tip)           /* the newest version; 0: nothing was ever committed */           \
    X(last)          /* the newest number given; above the tip after an unwind */      \
    X(finalized)     /* no unwind goes below */                                        \
    X(oldest)        /* that can be read */                                            \
    X(keys)          /* that are there, what has expired but is not swept included */  \
    X(bytes)         /* of those keys and their values */                              \
    X(history_bytes) /* of what earlier versions need */

typedef struct fg_quota {
#define X(name, value) uint64_t name;
    FG_NAMESPACE_QUOTAS(X)
#undef X
} fg_quota;

typedef struct fg_namespace {
    uint32_t id;
    bool dropping; /* has no name any more; fg_namespace_drop goes on with it */
#define X(name) uint64_t name;
    FG_NAMESPACE_COUNTS(X)
#undef X
    fg_quota quota;
    uint8_t name_n, owner_n;
    char name[FG_NAMESPACE_NAME_MAX];
    char owner[FG_NAMESPACE_NAME_MAX];
} fg_namespace;

/* The limits a namespace gets when nothing else is said. */
fg_quota fg_quota_default(void);

/* Writer: the namespace of a name, created with the quota (NULL: the default) when it is
 * missing; an existing one keeps its own.  DENIED: it belongs to another owner. */
fg_state fg_namespace_open(fg_store *s, fg_slice name, fg_slice owner,
                           const fg_quota *quota, uint32_t *id, fg_state_error *err);
/* The same without creating, from a snapshot. */
fg_state fg_namespace_find(fg_store_reader *r, fg_slice name, fg_slice owner,
                           uint32_t *id, fg_state_error *err);
/* Counts, quotas, name and owner. */
fg_state fg_namespace_get(fg_store_reader *r, uint32_t id, fg_namespace *out,
                          fg_state_error *err);
/* The namespace with the smallest number above `after`, those being dropped included.
 * NOT_FOUND: there is none. */
fg_state fg_namespace_next(fg_store_reader *r, uint32_t after, fg_namespace *out,
                           fg_state_error *err);

/* Writer.  A limit below what is there refuses only what adds to it. */
fg_state fg_namespace_set_quota(fg_store *s, uint32_t id, const fg_quota *quota,
                                fg_state_error *err);
/* Writer: the first step takes the name away, so that it can be used anew; each step is a
 * transaction that deletes at most `records` records.  To be called while *more. */
fg_state fg_namespace_drop(fg_store *s, uint32_t id, uint32_t records, bool *more,
                           fg_state_error *err);

#endif
