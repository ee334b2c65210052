// SPDX-License-Identifier: Apache-2.0
/* What versions changed, and the ends of the line: finalize, unwind, prune. */
#include "state/store_internal.h"

/* ---- the past of a key ----------------------------------------------------------- */

void fg_store_past_open(const fg_store_view *v, uint16_t table, fg_slice key,
                        fg_store_past *out)
{
    *out = (fg_store_past){
        .view = v, .table = table, .key = key, .over = key.n > FG_STORE_KEY_MAX
    };
}

/* Each record leads to the one that its version replaced. */
fg_state fg_store_past_next(fg_store_past *p, fg_store_item *out, fg_state_error *err)
{
    const fg_store_view *v = p->view;
    fg_state state = FG_STATE_NOT_FOUND;
    fg_record r;
    fg_lkey cell;
    if (p->over)
        return FG_STATE_NOT_FOUND;
    if (!p->begun) {
        p->begun = true;
        state = fg_view_find(v, p->table, p->key, &r, err);
    } else if (p->below > v->oldest) {
        fg_key_cell(&cell, v->ns, p->table, p->key);
        state = fg_cell_replaced(v->store, v->txn, &cell, p->below, &r, err);
    }
    if (state == FG_STATE_OK && r.flags & FG_RECORD_ABSENT)
        state = FG_STATE_NOT_FOUND;
    if (state != FG_STATE_OK) {
        p->over = true;
        return state;
    }
    p->below = r.version;
    out->key = p->key;
    fg_item_fill(out, &r);
    return FG_STATE_OK;
}

/* ---- differences ----------------------------------------------------------------- */

fg_state fg_store_diff_open(const fg_store_view *v, uint64_t from, fg_store_diff *out,
                            fg_state_error *err)
{
    fg_namespace ns;
    *out = (fg_store_diff){ .view = v, .from = from };
    FG_STATE_TRY(fg_namespace_load(v->store, v->txn, v->ns, false, &ns, err));
    FG_STATE_TRY(fg_version_check(v->store, v->txn, &ns, from, err));
    if (from > v->version)
        return fg_state_fail(err, FG_STATE_BAD_REQUEST,
                             "version %llu comes after %llu, not before",
                             (unsigned long long)from, (unsigned long long)v->version);
    FG_MDB_TRY(v->store,
               mdb_cursor_open(v->txn, v->store->dbi[FG_DB_undo], &out->cursor),
               "comparing versions", err);
    return FG_STATE_OK;
}

void fg_store_diff_close(fg_store_diff *d)
{
    if (d->cursor)
        mdb_cursor_close(d->cursor);
    d->cursor = NULL;
}

/* The next key that a version up to the view's changed.  NOT_FOUND: no more. */
static fg_state next_undo(fg_store_diff *d, uint64_t *version, fg_store_change *out,
                          fg_state_error *err)
{
    const fg_store_view *v = d->view;
    fg_lkey first;
    MDB_val val;
    fg_key_version(&first, v->ns, d->from + 1);
    MDB_val k = fg_lkey_val(&first);
    int rc = mdb_cursor_get(d->cursor, &k, &val, d->begun ? MDB_NEXT : MDB_SET_RANGE);
    d->begun = true;
    if (rc == MDB_NOTFOUND || (rc == 0 && !fg_key_begins(&k, &first, 4)))
        return FG_STATE_NOT_FOUND;
    FG_MDB_TRY(v->store, rc, "comparing versions", err);
    if (k.mv_size != 16 || !fg_undo_read(&val, &out->table, &out->key))
        return fg_state_fail(err, FG_STATE_CORRUPT,
                             "store '%s': an undo record is damaged", v->store->path);
    *version = fg_be_get((uint8_t *)k.mv_data + 4, 8);
    return *version > v->version ? FG_STATE_NOT_FOUND : FG_STATE_OK;
}

/* What a key was before and is after; NOT_FOUND: this is not its first change, or it is as
 * it was. */
static fg_state compare_key(fg_store_diff *d, uint64_t version, fg_store_change *out,
                            fg_state_error *err)
{
    const fg_store_view *v = d->view;
    fg_record before, after;
    fg_lkey cell;
    fg_key_cell(&cell, v->ns, out->table, out->key);
    fg_state state = fg_cell_replaced(v->store, v->txn, &cell, version, &before, err);
    if (state == FG_STATE_NOT_FOUND)
        return fg_state_fail(err, FG_STATE_CORRUPT,
                             "store '%s': history of a key is missing", v->store->path);
    FG_STATE_TRY(state);
    if (before.version > d->from)
        return FG_STATE_NOT_FOUND;
    FG_STATE_TRY(fg_view_find(v, out->table, out->key, &after, err));
    fg_item_fill(&out->before, &before);
    fg_item_fill(&out->after, &after);
    out->before.key = out->after.key = out->key;
    if (out->before.deleted && out->after.deleted)
        return FG_STATE_NOT_FOUND;
    bool same = !out->before.deleted && !out->after.deleted
                && out->before.expires == out->after.expires
                && fg_slice_eq(out->before.value, out->after.value);
    return same ? FG_STATE_NOT_FOUND : FG_STATE_OK;
}

fg_state fg_store_diff_next(fg_store_diff *d, fg_store_change *out, fg_state_error *err)
{
    for (;;) {
        uint64_t version;
        FG_STATE_TRY(next_undo(d, &version, out, err));
        fg_state state = compare_key(d, version, out, err);
        if (state != FG_STATE_NOT_FOUND)
            return state;
    }
}

/* ---- the line of versions -------------------------------------------------------- */

static fg_state refuse(fg_change *c, const char *what, uint64_t version,
                       const char *why)
{
    char quoted[FG_STATE_QUOTED];
    return fg_state_fail(
        c->err, FG_STATE_BAD_REQUEST,
        "cannot %s version %llu of namespace %s, which is %s: oldest %llu, finalized "
        "%llu, newest %llu",
        what, (unsigned long long)version,
        fg_state_quote(quoted, fg_slice_of(c->ns.name, c->ns.name_n)), why,
        (unsigned long long)c->ns.oldest, (unsigned long long)c->ns.finalized,
        (unsigned long long)c->ns.tip);
}

/* Does it in a transaction of its own. */
static fg_state change_version(fg_store *s, uint32_t ns, uint64_t version,
                               fg_state (*act)(fg_change *c, uint64_t version),
                               fg_state_error *err)
{
    MDB_txn *txn;
    fg_change c;
    FG_STATE_TRY(fg_store_write_begin(s, &txn, err));
    fg_state state = fg_change_begin(&c, s, txn, ns, 0, err);
    if (state == FG_STATE_OK)
        state = act(&c, version);
    return fg_store_write_finish(s, txn, state, err);
}

static fg_state finalize(fg_change *c, uint64_t version)
{
    FG_STATE_TRY(fg_version_check(c->s, c->txn, &c->ns, version, c->err));
    if (version <= c->ns.finalized)
        return refuse(c, "finalize", version, "finalized already");
    c->ns.finalized = version;
    return fg_namespace_save(c->s, c->txn, &c->ns, c->err);
}

fg_state fg_store_finalize(fg_store *s, uint32_t ns, uint64_t version,
                           fg_state_error *err)
{
    return change_version(s, ns, version, finalize, err);
}

/* ---- undo records ---------------------------------------------------------------- */

/* What is done with one key that a version changed. */
typedef fg_state (*undo_act)(fg_change *c, const fg_lkey *cell, fg_slice key,
                             uint64_t version);

/* Does it with one undo record and deletes that. */
static fg_state consume_undo(fg_change *c, const MDB_val *k, const MDB_val *v,
                             undo_act act)
{
    char bytes[FG_STORE_KEY_MAX];
    uint16_t table;
    fg_slice key;
    fg_lkey cell, undo = { 0 };
    if (!fg_undo_read(v, &table, &key))
        return fg_state_fail(c->err, FG_STATE_CORRUPT,
                             "store '%s': an undo record is damaged", c->s->path);
    fg_copy_bytes(bytes, key.p, key.n);
    key.p = bytes;
    fg_lkey_bytes(&undo, k->mv_data, k->mv_size);
    fg_key_cell(&cell, c->ns.id, table, key);
    fg_state state = act(c, &cell, key, fg_be_get(undo.bytes + 4, 8));
    if (state == FG_STATE_NOT_FOUND)
        return fg_state_fail(c->err, FG_STATE_CORRUPT,
                             "store '%s': history of a key is missing", c->s->path);
    FG_STATE_TRY(state);
    MDB_val again = fg_lkey_val(&undo);
    FG_MDB_TRY(c->s, mdb_del(c->txn, c->s->dbi[FG_DB_undo], &again, NULL),
               "deleting an undo record", c->err);
    return FG_STATE_OK;
}

/* Does it with all keys that one version changed; adds their number. */
static fg_state consume_version(fg_change *c, uint64_t version, undo_act act,
                                uint64_t *n)
{
    fg_lkey first;
    fg_key_version(&first, c->ns.id, version);
    for (;;) {
        MDB_cursor *cursor;
        MDB_val k = fg_lkey_val(&first), v;
        FG_MDB_TRY(c->s, mdb_cursor_open(c->txn, c->s->dbi[FG_DB_undo], &cursor),
                   "reading undo records", c->err);
        int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
        mdb_cursor_close(cursor);
        if (rc == MDB_NOTFOUND || (rc == 0 && !fg_key_begins(&k, &first, first.n)))
            return FG_STATE_OK;
        FG_MDB_TRY(c->s, rc, "reading undo records", c->err);
        FG_STATE_TRY(consume_undo(c, &k, &v, act));
        ++*n;
    }
}

/* The first version in the log from `from` on. */
static fg_state find_logged(fg_change *c, uint64_t from, uint64_t *version)
{
    fg_lkey key;
    MDB_cursor *cursor;
    MDB_val v;
    fg_key_version(&key, c->ns.id, from);
    MDB_val k = fg_lkey_val(&key);
    FG_MDB_TRY(c->s, mdb_cursor_open(c->txn, c->s->dbi[FG_DB_log], &cursor),
               "reading the log", c->err);
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    mdb_cursor_close(cursor);
    if (rc == 0 && (k.mv_size != 12 || !fg_key_begins(&k, &key, 4)))
        rc = MDB_NOTFOUND;
    FG_MDB_TRY(c->s, rc, "reading the log", c->err);
    *version = fg_be_get((uint8_t *)k.mv_data + 4, 8);
    return FG_STATE_OK;
}

static fg_state delete_log(fg_change *c, uint64_t version)
{
    fg_lkey key;
    fg_key_version(&key, c->ns.id, version);
    MDB_val k = fg_lkey_val(&key);
    FG_MDB_TRY(c->s, mdb_del(c->txn, c->s->dbi[FG_DB_log], &k, NULL),
               "deleting from the log", c->err);
    return FG_STATE_OK;
}

/* ---- unwind ---------------------------------------------------------------------- */

/* What never happened may happen again under the same token. */
static fg_state delete_token(fg_change *c, uint64_t version)
{
    fg_lkey key;
    fg_log_record r;
    MDB_val v;
    uint8_t token[FG_STORE_TOKEN];
    fg_key_version(&key, c->ns.id, version);
    MDB_val k = fg_lkey_val(&key);
    FG_MDB_TRY(c->s, mdb_get(c->txn, c->s->dbi[FG_DB_log], &k, &v), "reading the log",
               c->err);
    if (!fg_log_read(&v, &r))
        return fg_state_fail(c->err, FG_STATE_CORRUPT, "store '%s': the log is damaged",
                             c->s->path);
    if (!r.token)
        return FG_STATE_OK;
    memcpy(token, r.token, sizeof token);
    k = (MDB_val){ sizeof token, token };
    int rc = mdb_del(c->txn, c->s->dbi[FG_DB_dedup], &k, NULL);
    if (rc && rc != MDB_NOTFOUND)
        return fg_store_failed(c->s, rc, "deleting a token", c->err);
    return FG_STATE_OK;
}

/* The version before the tip, which has a log record or is the oldest. */
static fg_state previous(fg_change *c, uint64_t *version)
{
    fg_lkey key;
    MDB_cursor *cursor;
    MDB_val v;
    fg_key_version(&key, c->ns.id, c->ns.tip);
    MDB_val k = fg_lkey_val(&key);
    FG_MDB_TRY(c->s, mdb_cursor_open(c->txn, c->s->dbi[FG_DB_log], &cursor),
               "reading the log", c->err);
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_KEY);
    if (rc == 0)
        rc = mdb_cursor_get(cursor, &k, &v, MDB_PREV);
    mdb_cursor_close(cursor);
    *version = c->ns.oldest;
    if (rc == MDB_NOTFOUND || (rc == 0 && !fg_key_begins(&k, &key, 4)))
        return FG_STATE_OK;
    FG_MDB_TRY(c->s, rc, "reading the log", c->err);
    *version = fg_be_get((uint8_t *)k.mv_data + 4, 8);
    return FG_STATE_OK;
}

static fg_state unwind(fg_change *c, uint64_t version)
{
    uint64_t keys = 0, below = 0;
    if (version >= c->ns.tip)
        return refuse(c, "unwind to", version, "not below the newest");
    if (version < c->ns.finalized)
        return refuse(c, "unwind to", version, "below what is finalized");
    FG_STATE_TRY(fg_version_check(c->s, c->txn, &c->ns, version, c->err));
    while (c->ns.tip > version) {
        FG_STATE_TRY(consume_version(c, c->ns.tip, fg_cell_restore, &keys));
        FG_STATE_TRY(delete_token(c, c->ns.tip));
        FG_STATE_TRY(previous(c, &below));
        FG_STATE_TRY(delete_log(c, c->ns.tip));
        c->ns.tip = below;
    }
    return fg_namespace_save(c->s, c->txn, &c->ns, c->err);
}

fg_state fg_store_unwind(fg_store *s, uint32_t ns, uint64_t version,
                         fg_state_error *err)
{
    return change_version(s, ns, version, unwind, err);
}

/* ---- prune ----------------------------------------------------------------------- */

static fg_state prune(fg_change *c, uint64_t version, uint32_t records, bool *more)
{
    uint64_t n = 0, next = 0;
    FG_STATE_TRY(fg_version_check(c->s, c->txn, &c->ns, version, c->err));
    if (version <= c->ns.oldest)
        return refuse(c, "prune up to", version, "pruned already");
    if (version > c->ns.finalized)
        return refuse(c, "prune up to", version, "not finalized");
    while (c->ns.oldest < version && n <= records) {
        FG_STATE_TRY(find_logged(c, c->ns.oldest + 1, &next));
        FG_STATE_TRY(consume_version(c, next, fg_cell_forget, &n));
        FG_STATE_TRY(delete_log(c, next));
        c->ns.oldest = next;
        n++;
    }
    *more = c->ns.oldest < version;
    return fg_namespace_save(c->s, c->txn, &c->ns, c->err);
}

static fg_state prune_step(fg_store *s, uint32_t ns, uint64_t version, uint32_t records,
                           bool *more, fg_state_error *err)
{
    MDB_txn *txn;
    fg_change c;
    *more = false;
    FG_STATE_TRY(fg_store_write_begin(s, &txn, err));
    fg_state state = fg_change_begin(&c, s, txn, ns, 0, err);
    if (state == FG_STATE_OK)
        state = prune(&c, version, records, more);
    return fg_store_write_finish(s, txn, state, err);
}

fg_state fg_store_prune(fg_store *s, uint32_t ns, uint64_t version, uint32_t records,
                        bool *more, fg_state_error *err)
{
    fg_state state;
    do
        state = prune_step(s, ns, version, records, more, err);
    while (state == FG_STATE_QUOTA && (records /= FG_STORE_SMALLER) > 0);
    return state;
}
