// SPDX-License-Identifier: Apache-2.0
/* Reading a namespace at a version, straight from the mapping.
 *
 * Everything that is returned as a slice is borrowed from the snapshot: it is valid until
 * the reader ends.  A key whose time is over reads as absent, by the clock when the snapshot
 * began. */
#ifndef FG_STORE_READ_H
#define FG_STORE_READ_H

#include "state/namespace.h"

typedef struct MDB_txn MDB_txn;
typedef struct MDB_cursor MDB_cursor;

#define FG_STORE_LATEST UINT64_MAX

typedef struct fg_store_view {
    fg_store *store;
    MDB_txn *txn;
    MDB_cursor **seeker; /* over what earlier versions need; opened when first used */
    bool *seeker_fresh;  /* it belongs to this snapshot */
    uint32_t ns;
    uint64_t version, tip, oldest;
    uint64_t now; /* by which keys expire; may be changed */
} fg_store_view;

typedef struct fg_store_item {
    fg_slice key; /* of a scan and a comparison */
    fg_slice value;
    uint64_t version; /* that wrote it */
    uint64_t expires; /* milliseconds since 1970; 0: never */
    bool sequence;    /* made by appending: values one after the other */
    bool deleted;     /* of a history and a comparison */
} fg_store_item;

/* The reader has begun, and the view ends with it.  NOT_FOUND: the version does not exist
 * yet, was pruned or was unwound. */
fg_state fg_store_view_open(fg_store_reader *r, uint32_t ns, uint64_t version,
                            fg_store_view *out, fg_state_error *err);

/* NOT_FOUND without a text when the key is absent: the usual case costs nothing. */
fg_state fg_store_get(const fg_store_view *v, uint16_t table, fg_slice key,
                      fg_store_item *out, fg_state_error *err);
fg_state fg_store_exists(const fg_store_view *v, uint16_t table, fg_slice key,
                         bool *out, fg_state_error *err);

/* ---- ranges ---------------------------------------------------------------------- */

/* Keys of one table; all that is given holds together. */
typedef struct fg_store_range {
    uint16_t table;
    bool to_end;     /* `to` says nothing */
    fg_slice prefix; /* keys that begin so */
    fg_slice from;   /* keys from here on */
    fg_slice to;     /* keys before this */
} fg_store_range;

#define FG_STORE_TABLE(t) ((fg_store_range){ .table = (t), .to_end = true })

typedef struct fg_store_scan {
    const fg_store_view *view;
    fg_store_range range; /* its slices are the caller's, until the scan is closed */
    MDB_cursor *cursor;
    bool reverse, begun, has_after;
    uint64_t left; /* items it may still give */
    fg_slice after;
} fg_store_scan;

/* limit: 0 is none.  after: NULL, or where an earlier scan of the same range stopped: its
 * last key, which need not exist any more. */
fg_state fg_store_scan_open(const fg_store_view *v, const fg_store_range *range,
                            bool reverse, uint64_t limit, const fg_slice *after,
                            fg_store_scan *out, fg_state_error *err);
/* NOT_FOUND without a text at the end. */
fg_state fg_store_scan_next(fg_store_scan *scan, fg_store_item *out,
                            fg_state_error *err);
/* Before the reader ends. */
void fg_store_scan_close(fg_store_scan *scan);

fg_state fg_store_count(const fg_store_view *v, const fg_store_range *range,
                        uint64_t *out, fg_state_error *err);

#endif
