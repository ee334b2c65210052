// SPDX-License-Identifier: Apache-2.0
/* The versions of a namespace: what they changed, and going back.
 *
 *     oldest ≤ finalized ≤ tip
 *
 * Versions from oldest to tip can be read, those from finalized to tip can be gone back to.
 * A number is given once: after an unwind from 9 to 5 the next version is 10, and 6 to 9
 * never existed, so that nobody takes a version for another. */
#ifndef FG_STORE_HISTORY_H
#define FG_STORE_HISTORY_H

#include "state/store_read.h"

/* ---- reading --------------------------------------------------------------------- */

/* The values one key had, newest first, from the view's version down to the oldest. */
typedef struct fg_store_past {
    const fg_store_view *view;
    uint16_t table;
    fg_slice key; /* the caller's */
    uint64_t below;
    bool begun, over;
} fg_store_past;

void fg_store_past_open(const fg_store_view *v, uint16_t table, fg_slice key,
                        fg_store_past *out);
/* Deletions are items, too.  NOT_FOUND without a text at the end. */
fg_state fg_store_past_next(fg_store_past *p, fg_store_item *out, fg_state_error *err);

/* What changed from one version to the view's, in the order of the first change.  Expiry
 * changes nothing. */
typedef struct fg_store_diff {
    const fg_store_view *view;
    uint64_t from;
    MDB_cursor *cursor;
    bool begun;
} fg_store_diff;

typedef struct fg_store_change {
    uint16_t table;
    fg_slice key;
    fg_store_item before, after; /* one of them may be deleted: it was not there */
} fg_store_change;

/* NOT_FOUND: as of fg_store_view_open.  BAD_REQUEST: from is after the view's version. */
fg_state fg_store_diff_open(const fg_store_view *v, uint64_t from, fg_store_diff *out,
                            fg_state_error *err);
fg_state fg_store_diff_next(fg_store_diff *d, fg_store_change *out,
                            fg_state_error *err);
/* Before the reader ends. */
void fg_store_diff_close(fg_store_diff *d);

typedef struct fg_store_log {
    uint64_t version, time; /* milliseconds since 1970 */
    uint32_t ops, changes;  /* as asked for; keys */
    fg_slice author, request;
} fg_store_log;

/* The record of the first version above `after`, up to the view's.  NOT_FOUND without a
 * text: there is none. */
fg_state fg_store_log_next(const fg_store_view *v, uint64_t after, fg_store_log *out,
                           fg_state_error *err);

/* ---- writing; each is one transaction -------------------------------------------- */

/* Versions up to this one are kept for good.  BAD_REQUEST: it does not advance. */
fg_state fg_store_finalize(fg_store *s, uint32_t ns, uint64_t version,
                           fg_state_error *err);
/* Back to a version: what came after it never happened, its tokens included.  BAD_REQUEST:
 * it is not below the tip, or below what is finalized. */
fg_state fg_store_unwind(fg_store *s, uint32_t ns, uint64_t version,
                         fg_state_error *err);
/* Forgets what only versions below this one need.  Looks at no more than about `records`
 * records, by whole versions, and is to be called while *more.  BAD_REQUEST: it is not
 * above the oldest, or not finalized. */
fg_state fg_store_prune(fg_store *s, uint32_t ns, uint64_t version, uint32_t records,
                        bool *more, fg_state_error *err);

#endif
