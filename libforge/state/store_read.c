// SPDX-License-Identifier: Apache-2.0
/* Single keys at a version. */
#include "state/store_internal.h"

/* ---- records --------------------------------------------------------------------- */

static fg_state damaged(fg_store *s, const char *what, fg_state_error *err)
{
    return fg_state_fail(err, FG_STATE_CORRUPT, "store '%s': %s is damaged", s->path,
                         what);
}

fg_state fg_cell_get(fg_store *s, MDB_txn *txn, const fg_lkey *cell, fg_slice key,
                     fg_record *out, fg_state_error *err)
{
    MDB_val k = fg_lkey_val(cell), v;
    int rc = mdb_get(txn, s->dbi[FG_DB_cur], &k, &v);
    if (rc == MDB_NOTFOUND)
        return FG_STATE_NOT_FOUND;
    FG_MDB_TRY(s, rc, "reading a key", err);
    if (!fg_record_read(&v, out)
        || (out->flags & FG_RECORD_LONG && !fg_slice_eq(out->key, key)))
        return damaged(s, "a record", err);
    return FG_STATE_OK;
}

fg_state fg_cell_replaced(fg_store *s, MDB_txn *txn, const fg_lkey *cell,
                          uint64_t version, fg_record *out, fg_state_error *err)
{
    fg_lkey key;
    MDB_val v;
    fg_key_hist(&key, cell, version);
    MDB_val k = fg_lkey_val(&key);
    int rc = mdb_get(txn, s->dbi[FG_DB_hist], &k, &v);
    if (rc == MDB_NOTFOUND)
        return FG_STATE_NOT_FOUND;
    FG_MDB_TRY(s, rc, "reading history", err);
    return fg_record_read(&v, out) ? FG_STATE_OK : damaged(s, "a record", err);
}

bool fg_undo_read(const MDB_val *v, uint16_t *table, fg_slice *key)
{
    if (v->mv_size < FG_UNDO_HEAD || v->mv_size > FG_UNDO_HEAD + FG_STORE_KEY_MAX)
        return false;
    *table = (uint16_t)fg_be_get(v->mv_data, 2);
    *key =
        fg_slice_of((const char *)v->mv_data + FG_UNDO_HEAD, v->mv_size - FG_UNDO_HEAD);
    return true;
}

void fg_item_fill(fg_store_item *out, const fg_record *r)
{
    out->value = r->value;
    out->version = r->version;
    out->expires = r->expires;
    out->sequence = r->flags & FG_RECORD_SEQUENCE;
    out->deleted = !fg_record_there(r);
}

/* ---- views ----------------------------------------------------------------------- */

fg_state fg_version_check(fg_store *s, MDB_txn *txn, const fg_namespace *ns,
                          uint64_t version, fg_state_error *err)
{
    const char *why = version > ns->last     ? "does not exist yet"
                      : version < ns->oldest ? "was pruned"
                                             : "was unwound";
    if (version == ns->tip || version == ns->oldest)
        return FG_STATE_OK;
    if (version > ns->oldest && version < ns->tip) {
        fg_lkey key;
        MDB_val v;
        fg_key_version(&key, ns->id, version);
        MDB_val k = fg_lkey_val(&key);
        int rc = mdb_get(txn, s->dbi[FG_DB_log], &k, &v);
        if (rc == 0)
            return FG_STATE_OK;
        if (rc != MDB_NOTFOUND)
            return fg_store_failed(s, rc, "looking for a version", err);
    }
    char quoted[FG_STATE_QUOTED];
    return fg_state_fail(err, FG_STATE_NOT_FOUND,
                         "version %llu of namespace %s %s: there are %llu to %llu",
                         (unsigned long long)version,
                         fg_state_quote(quoted, fg_slice_of(ns->name, ns->name_n)), why,
                         (unsigned long long)ns->oldest, (unsigned long long)ns->tip);
}

fg_state fg_store_view_open(fg_store_reader *r, uint32_t ns_id, uint64_t version,
                            fg_store_view *out, fg_state_error *err)
{
    fg_namespace ns;
    assert(r->begun);
    FG_STATE_TRY(fg_namespace_load(r->store, r->txn, ns_id, false, &ns, err));
    if (version == FG_STORE_LATEST)
        version = ns.tip;
    FG_STATE_TRY(fg_version_check(r->store, r->txn, &ns, version, err));
    *out =
        (fg_store_view){ .store = r->store,
                         .txn = r->txn,
                         .seeker = &r->seeker,
                         .seeker_fresh = &r->seeker_fresh,
                         .ns = ns_id,
                         .version = version,
                         .tip = ns.tip,
                         .oldest = ns.oldest,
                         .now = atomic_load_explicit(&r->since, memory_order_relaxed) };
    return FG_STATE_OK;
}

static fg_state renew_seeker(const fg_store_view *v, fg_state_error *err)
{
    if (*v->seeker_fresh)
        return FG_STATE_OK;
    int rc = *v->seeker ? mdb_cursor_renew(v->txn, *v->seeker)
                        : mdb_cursor_open(v->txn, v->store->dbi[FG_DB_hist], v->seeker);
    FG_MDB_TRY(v->store, rc, "reading history", err);
    *v->seeker_fresh = true;
    return FG_STATE_OK;
}

/* What the first change after the version replaced.  NOT_FOUND: there was none. */
static fg_state find_earlier(const fg_store_view *v, const fg_lkey *cell,
                             fg_record *out, fg_state_error *err)
{
    fg_lkey key;
    MDB_val val;
    FG_STATE_TRY(renew_seeker(v, err));
    fg_key_hist(&key, cell, v->version + 1);
    MDB_val k = fg_lkey_val(&key);
    int rc = mdb_cursor_get(*v->seeker, &k, &val, MDB_SET_RANGE);
    if (rc && rc != MDB_NOTFOUND)
        return fg_store_failed(v->store, rc, "reading history", err);
    if (rc || k.mv_size != key.n || !fg_key_begins(&k, &key, key.n - 8u))
        return damaged(v->store, "history", err);
    if (!fg_record_read(&val, out))
        return damaged(v->store, "a record", err);
    return out->flags & FG_RECORD_ABSENT ? FG_STATE_NOT_FOUND : FG_STATE_OK;
}

/* The newest record was found: the one of the view's version. */
static fg_state of_version(const fg_store_view *v, const fg_lkey *cell, fg_record *r,
                           fg_state_error *err)
{
    return fg_likely(r->version <= v->version) ? FG_STATE_OK
                                               : find_earlier(v, cell, r, err);
}

fg_state fg_view_find(const fg_store_view *v, uint16_t table, fg_slice key,
                      fg_record *out, fg_state_error *err)
{
    fg_lkey cell;
    if (key.n > FG_STORE_KEY_MAX)
        return FG_STATE_NOT_FOUND;
    fg_key_cell(&cell, v->ns, table, key);
    FG_STATE_TRY(fg_cell_get(v->store, v->txn, &cell, key, out, err));
    return of_version(v, &cell, out, err);
}

fg_state fg_store_get(const fg_store_view *v, uint16_t table, fg_slice key,
                      fg_store_item *out, fg_state_error *err)
{
    fg_record r;
    FG_STATE_TRY(fg_view_find(v, table, key, &r, err));
    if (!fg_record_visible(&r, v->now))
        return FG_STATE_NOT_FOUND;
    out->key = key;
    fg_item_fill(out, &r);
    return FG_STATE_OK;
}

fg_state fg_store_exists(const fg_store_view *v, uint16_t table, fg_slice key,
                         bool *out, fg_state_error *err)
{
    fg_store_item item;
    fg_state state = fg_store_get(v, table, key, &item, err);
    *out = state == FG_STATE_OK;
    return state == FG_STATE_NOT_FOUND ? FG_STATE_OK : state;
}

/* ---- ranges ---------------------------------------------------------------------- */

static int compare(fg_slice a, fg_slice b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static fg_slice head_of(fg_slice key, uint32_t n)
{
    return (fg_slice){ key.p, key.n < n ? key.n : n };
}

int fg_range_place(const fg_store_range *r, fg_slice key)
{
    int c = compare(head_of(key, r->prefix.n), r->prefix);
    if (c)
        return c;
    if (compare(key, r->from) < 0)
        return -1;
    return !r->to_end && compare(key, r->to) >= 0;
}

/* The part of a range that the order of records knows. */
static fg_store_range head_range(const fg_store_range *r)
{
    fg_store_range h = *r;
    h.prefix = head_of(r->prefix, FG_STORE_KEY_INLINE);
    h.from = head_of(r->from, FG_STORE_KEY_INLINE);
    h.to = head_of(r->to, FG_STORE_KEY_INLINE);
    return h;
}

/* The scan has left its range: keys that come after this one are outside, too.  Among long
 * keys that begin alike some may be inside after others are not. */
static bool is_past(const fg_store_scan *scan, fg_slice key)
{
    fg_store_range h = head_range(&scan->range);
    fg_slice head = head_of(key, FG_STORE_KEY_INLINE);
    int c = compare(head_of(head, h.prefix.n), h.prefix);
    if (scan->reverse)
        return c < 0 || compare(head, h.from) < 0;
    return c > 0 || (!h.to_end && compare(head, h.to) > 0)
           || (!h.to_end && scan->range.to.n <= FG_STORE_KEY_INLINE
               && compare(key, scan->range.to) >= 0);
}

/* Above every record whose key begins with `head`, and below all others above those. */
static void key_above(fg_lkey *k, uint32_t ns, uint16_t table, fg_slice head)
{
    fg_key_cell(k, ns, table, head);
    unsigned fill = FG_KEY_CELL + FG_STORE_KEY_INLINE + FG_KEY_HASH + 1;
    memset(k->bytes + k->n, 0xff, fill - k->n);
    k->n = (uint16_t)fill;
}

static bool key_less(const fg_lkey *a, const fg_lkey *b)
{
    return compare(fg_slice_of((const char *)a->bytes, a->n),
                   fg_slice_of((const char *)b->bytes, b->n))
           < 0;
}

static void min_key(fg_lkey *k, const fg_lkey *other)
{
    if (key_less(other, k))
        *k = *other;
}

static void max_key(fg_lkey *k, const fg_lkey *other)
{
    if (key_less(k, other))
        *k = *other;
}

/* Where a scan upwards begins: at the first record not below this. */
static void first_key(const fg_store_scan *scan, fg_lkey *k)
{
    fg_store_range h = head_range(&scan->range);
    uint32_t ns = scan->view->ns;
    fg_lkey other;
    fg_key_cell(k, ns, h.table, h.from);
    fg_key_cell(&other, ns, h.table, h.prefix);
    max_key(k, &other);
    if (scan->has_after) {
        fg_key_cell(&other, ns, h.table, scan->after);
        fg_lkey_bytes(&other, "", 1); /* right after it */
        max_key(k, &other);
    }
}

/* Where a scan downwards begins: at the last record below this. */
static void last_key(const fg_store_scan *scan, fg_lkey *k)
{
    fg_store_range h = head_range(&scan->range);
    uint32_t ns = scan->view->ns;
    fg_lkey other;
    key_above(k, ns, h.table, h.prefix);
    if (!h.to_end) {
        if (scan->range.to.n > FG_STORE_KEY_INLINE)
            key_above(&other, ns, h.table, h.to);
        else
            fg_key_cell(&other, ns, h.table, h.to);
        min_key(k, &other);
    }
    if (scan->has_after) {
        fg_key_cell(&other, ns, h.table, scan->after);
        min_key(k, &other);
    }
}

fg_state fg_store_scan_open(const fg_store_view *v, const fg_store_range *range,
                            bool reverse, uint64_t limit, const fg_slice *after,
                            fg_store_scan *out, fg_state_error *err)
{
    *out = (fg_store_scan){ .view = v,
                            .range = *range,
                            .reverse = reverse,
                            .left = limit ? limit : UINT64_MAX };
    if (after) {
        if (after->n > FG_STORE_KEY_MAX)
            return fg_state_fail(err, FG_STATE_TOO_LARGE,
                                 "a scan cannot go on after a key of %u bytes",
                                 after->n);
        out->after = *after;
        out->has_after = true;
    }
    FG_MDB_TRY(v->store,
               mdb_cursor_open(v->txn, v->store->dbi[FG_DB_cur], &out->cursor),
               "scanning", err);
    return FG_STATE_OK;
}

static int first_record(fg_store_scan *scan, MDB_val *k, MDB_val *v)
{
    fg_lkey bound;
    if (!scan->reverse) {
        first_key(scan, &bound);
        *k = fg_lkey_val(&bound);
        return mdb_cursor_get(scan->cursor, k, v, MDB_SET_RANGE);
    }
    last_key(scan, &bound);
    *k = fg_lkey_val(&bound);
    int rc = mdb_cursor_get(scan->cursor, k, v, MDB_SET_RANGE);
    if (rc && rc != MDB_NOTFOUND)
        return rc;
    return mdb_cursor_get(scan->cursor, k, v, rc ? MDB_LAST : MDB_PREV);
}

static int next_record(fg_store_scan *scan, MDB_val *k, MDB_val *v)
{
    if (scan->begun)
        return mdb_cursor_get(scan->cursor, k, v, scan->reverse ? MDB_PREV : MDB_NEXT);
    scan->begun = true;
    return first_record(scan, k, v);
}

/* The record the cursor is at belongs to the table; its key. */
static bool key_of(const fg_store_scan *scan, const MDB_val *k, const fg_record *r,
                   fg_slice *key)
{
    const uint8_t *p = k->mv_data;
    if (k->mv_size < FG_KEY_CELL || fg_be_get(p, 4) != scan->view->ns
        || fg_be_get(p + 4, 2) != scan->range.table)
        return false;
    *key = r->flags & FG_RECORD_LONG
               ? r->key
               : fg_slice_of((const char *)p + FG_KEY_CELL, k->mv_size - FG_KEY_CELL);
    return true;
}

/* The record of the view's version, if the key has one that is visible. */
static fg_state visible(const fg_store_scan *scan, const MDB_val *k, fg_record *r,
                        fg_state_error *err)
{
    const fg_store_view *v = scan->view;
    fg_lkey cell = { 0 };
    if (r->version > v->version) {
        fg_lkey_bytes(&cell, k->mv_data, k->mv_size);
        FG_STATE_TRY(find_earlier(v, &cell, r, err));
    }
    return fg_record_visible(r, v->now) ? FG_STATE_OK : FG_STATE_NOT_FOUND;
}

fg_state fg_store_scan_next(fg_store_scan *scan, fg_store_item *out,
                            fg_state_error *err)
{
    fg_store *s = scan->view->store;
    MDB_val k, v;
    fg_record r;
    fg_slice key;
    while (scan->left > 0) {
        int rc = next_record(scan, &k, &v);
        if (rc == MDB_NOTFOUND)
            break;
        FG_MDB_TRY(s, rc, "scanning", err);
        if (!fg_record_read(&v, &r))
            return damaged(s, "a record", err);
        if (!key_of(scan, &k, &r, &key) || is_past(scan, key))
            break;
        if (fg_range_place(&scan->range, key) != 0)
            continue;
        fg_state state = visible(scan, &k, &r, err);
        if (state == FG_STATE_NOT_FOUND)
            continue;
        FG_STATE_TRY(state);
        scan->left--;
        out->key = key;
        fg_item_fill(out, &r);
        return FG_STATE_OK;
    }
    scan->left = 0;
    return FG_STATE_NOT_FOUND;
}

void fg_store_scan_close(fg_store_scan *scan)
{
    if (scan->cursor)
        mdb_cursor_close(scan->cursor);
    scan->cursor = NULL;
}

fg_state fg_store_count(const fg_store_view *v, const fg_store_range *range,
                        uint64_t *out, fg_state_error *err)
{
    fg_store_scan scan;
    fg_store_item item;
    *out = 0;
    FG_STATE_TRY(fg_store_scan_open(v, range, false, 0, NULL, &scan, err));
    fg_state state;
    while ((state = fg_store_scan_next(&scan, &item, err)) == FG_STATE_OK)
        ++*out;
    fg_store_scan_close(&scan);
    return state == FG_STATE_NOT_FOUND ? FG_STATE_OK : state;
}
