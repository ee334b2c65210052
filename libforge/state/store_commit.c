// SPDX-License-Identifier: Apache-2.0
/* Batches: what they conflict with, what they do, and what they may not exceed. */
#include "ipc/pack.h"
#include "ipc/unpack.h"
#include "state/store_internal.h"

/* A batch while it is applied. */
typedef struct work {
    fg_change change;
    fg_store_batch *batch;
    uint64_t keys, bytes; /* there before it */
} work;

/* ---- conflicts ------------------------------------------------------------------- */

static fg_state conflict(work *w, uint16_t table, fg_slice key)
{
    char quoted[FG_STATE_QUOTED];
    return fg_state_fail(w->change.err, FG_STATE_CONFLICT,
                         "key %s of table %u changed after version %llu",
                         fg_state_quote(quoted, key), table,
                         (unsigned long long)w->batch->base);
}

/* The version that wrote a record when the batch began. */
static fg_state version_before(work *w, const fg_lkey *cell, const fg_record *r,
                               uint64_t *out)
{
    fg_change *c = &w->change;
    fg_record was;
    *out = r->version;
    if (r->version != c->version)
        return FG_STATE_OK;
    FG_STATE_TRY(fg_cell_replaced(c->s, c->txn, cell, c->version, &was, c->err));
    *out = was.version;
    return FG_STATE_OK;
}

/* found: r is the newest record. */
static fg_state check_cell(work *w, const fg_lkey *cell, uint16_t table, fg_slice key,
                           bool found, const fg_record *r)
{
    uint64_t version;
    if (!found || w->batch->base == FG_STORE_BLIND)
        return FG_STATE_OK;
    FG_STATE_TRY(version_before(w, cell, r, &version));
    return version > w->batch->base ? conflict(w, table, key) : FG_STATE_OK;
}

static fg_state check_reads(work *w)
{
    fg_change *c = &w->change;
    for (uint32_t i = 0; i < w->batch->n_reads; i++) {
        const fg_store_cell *read = &w->batch->reads[i];
        fg_lkey cell;
        fg_record r;
        if (read->key.n > FG_STORE_KEY_MAX)
            continue;
        fg_key_cell(&cell, c->ns.id, read->table, read->key);
        fg_state state = fg_cell_get(c->s, c->txn, &cell, read->key, &r, c->err);
        if (state != FG_STATE_NOT_FOUND)
            FG_STATE_TRY(state);
        FG_STATE_TRY(
            check_cell(w, &cell, read->table, read->key, state == FG_STATE_OK, &r));
    }
    return FG_STATE_OK;
}

static fg_state check_undo(work *w, const MDB_val *v)
{
    uint16_t table;
    fg_slice key;
    if (!fg_undo_read(v, &table, &key))
        return fg_state_fail(w->change.err, FG_STATE_CORRUPT,
                             "store '%s': an undo record is damaged",
                             w->change.s->path);
    for (uint32_t i = 0; i < w->batch->n_ranges; i++) {
        const fg_store_range *range = &w->batch->ranges[i];
        if (range->table == table && fg_range_place(range, key) == 0)
            return conflict(w, table, key);
    }
    return FG_STATE_OK;
}

/* What changed since the base is looked at, not what the ranges hold: mostly it is little. */
static fg_state check_ranges(work *w)
{
    fg_change *c = &w->change;
    fg_lkey first;
    MDB_cursor *cursor;
    MDB_val v;
    if (w->batch->n_ranges == 0)
        return FG_STATE_OK;
    fg_key_version(&first, c->ns.id, w->batch->base + 1);
    MDB_val k = fg_lkey_val(&first);
    FG_MDB_TRY(c->s, mdb_cursor_open(c->txn, c->s->dbi[FG_DB_undo], &cursor),
               "looking for conflicts", c->err);
    fg_state state = FG_STATE_OK;
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    while (rc == 0 && state == FG_STATE_OK && fg_key_begins(&k, &first, 4)) {
        state = check_undo(w, &v);
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    if (rc && rc != MDB_NOTFOUND)
        return fg_store_failed(c->s, rc, "looking for conflicts", c->err);
    return state;
}

/* Nothing conflicts with what was read at the tip. */
static fg_state check_base(work *w)
{
    fg_change *c = &w->change;
    uint64_t base = w->batch->base;
    if (base == FG_STORE_BLIND || base == c->ns.tip)
        return FG_STATE_OK;
    if (base > c->ns.last)
        return fg_state_fail(c->err, FG_STATE_BAD_REQUEST,
                             "the base version %llu does not exist: the newest is %llu",
                             (unsigned long long)base, (unsigned long long)c->ns.tip);
    fg_state state = fg_version_check(c->s, c->txn, &c->ns, base, c->err);
    if (state == FG_STATE_NOT_FOUND)
        return fg_state_fail(c->err, FG_STATE_CONFLICT,
                             "the base version %llu was pruned or unwound",
                             (unsigned long long)base);
    FG_STATE_TRY(state);
    if (w->batch->mode == FG_STORE_SNAPSHOT)
        return FG_STATE_OK;
    FG_STATE_TRY(check_reads(w));
    return check_ranges(w);
}

/* ---- limits ---------------------------------------------------------------------- */

/* Names the limit and what it would come to. */
static fg_state over(work *w, const char *what, uint64_t n, uint64_t limit)
{
    const fg_namespace *ns = &w->change.ns;
    char quoted[FG_STATE_QUOTED];
    return fg_state_fail(w->change.err, FG_STATE_QUOTA,
                         "namespace %s: %llu %s are over the limit of %llu",
                         fg_state_quote(quoted, fg_slice_of(ns->name, ns->name_n)),
                         (unsigned long long)n, what, (unsigned long long)limit);
}

static fg_state check_sizes(work *w, fg_slice key, uint64_t value)
{
    const fg_quota *q = &w->change.ns.quota;
    if (key.n > FG_STORE_KEY_MAX || value > FG_STORE_VALUE_MAX)
        return fg_state_fail(
            w->change.err, FG_STATE_TOO_LARGE,
            "a key of %u bytes with a value of %llu: at most %u and %u", key.n,
            (unsigned long long)value, FG_STORE_KEY_MAX, FG_STORE_VALUE_MAX);
    if (key.n > q->max_key_size)
        return over(w, "bytes of a key", key.n, q->max_key_size);
    if (value > q->max_value_size)
        return over(w, "bytes of a value", value, q->max_value_size);
    return FG_STATE_OK;
}

/* Who is over a limit may still do what does not add to it. */
static fg_state check_totals(work *w)
{
    const fg_namespace *ns = &w->change.ns;
    if (ns->bytes > ns->quota.max_bytes && ns->bytes > w->bytes)
        return over(w, "bytes", ns->bytes, ns->quota.max_bytes);
    if (ns->keys > ns->quota.max_keys && ns->keys > w->keys)
        return over(w, "keys", ns->keys, ns->quota.max_keys);
    return FG_STATE_OK;
}

static bool shrinks(const fg_store_batch *b)
{
    static const bool shrinking[] = {
#define X(name, checked, shrinks) shrinks,
        FG_STORE_OPS(X)
#undef X
    };
    for (uint32_t i = 0; i < b->n_ops; i++)
        if (!shrinking[b->ops[i].kind])
            return false;
    return b->n_ops > 0;
}

/* Deletions need pages too, since they keep what they delete until it is pruned: half of the
 * reserve is theirs, the rest is for pruning. */
static fg_state check_room(work *w)
{
    fg_store *s = w->change.s;
    MDB_envinfo info;
    MDB_stat st;
    uint64_t live;
    FG_STATE_TRY(fg_store_live_pages(s, w->change.txn, &live, w->change.err));
    FG_MDB_TRY(s, mdb_env_info(s->env, &info), "counting pages", w->change.err);
    FG_MDB_TRY(s, mdb_env_stat(s->env, &st), "counting pages", w->change.err);
    uint64_t kept = shrinks(w->batch) ? s->reserve / 2 : s->reserve;
    if (live + kept <= info.me_mapsize / st.ms_psize)
        return FG_STATE_OK;
    return fg_state_fail_try(
        w->change.err, FG_STATE_QUOTA, "prune history or enlarge the map",
        "store '%s': %llu of %llu bytes are in use, and %llu are reserved", s->path,
        (unsigned long long)(live * st.ms_psize), (unsigned long long)info.me_mapsize,
        (unsigned long long)(s->reserve * st.ms_psize));
}

/* ---- operations ------------------------------------------------------------------ */

/* One key of one operation. */
typedef struct target {
    work *w;
    fg_store_op *op;
    fg_lkey cell;
    fg_record old;
    bool found;   /* old is a record, maybe of a deletion */
    bool visible; /* old is a value that has not expired */
} target;

static uint64_t expiry_of(const fg_change *c, uint64_t ttl_ms)
{
    return ttl_ms > UINT64_MAX - c->now ? UINT64_MAX : c->now + ttl_ms;
}

/* The expiry of `ttl_ms`, 0: none. */
static void set_expiry(const fg_change *c, fg_record *r, uint64_t ttl_ms)
{
    r->flags &= (uint8_t)~FG_RECORD_EXPIRES;
    if (ttl_ms == 0)
        return;
    r->flags |= FG_RECORD_EXPIRES;
    r->expires = expiry_of(c, ttl_ms);
}

/* That of what is there. */
static void keep_expiry(const target *t, fg_record *r)
{
    if (!t->visible || !(t->old.flags & FG_RECORD_EXPIRES))
        return;
    r->flags |= FG_RECORD_EXPIRES;
    r->expires = t->old.expires;
}

static fg_state replace(target *t, fg_record *fresh)
{
    fg_change *c = &t->w->change;
    FG_STATE_TRY(check_sizes(t->w, t->op->key, fresh->value.n));
    return fg_cell_put(c, &t->cell, t->op->table, t->op->key, t->found ? &t->old : NULL,
                       fresh);
}

static fg_state op_put(target *t)
{
    fg_record fresh = { .value = t->op->value };
    set_expiry(&t->w->change, &fresh, t->op->ttl_ms);
    return replace(t, &fresh);
}

static fg_state delete_cell(target *t)
{
    fg_record fresh = { .flags = FG_RECORD_DELETED };
    return fg_cell_put(&t->w->change, &t->cell, t->op->table, t->op->key, &t->old,
                       &fresh);
}

static fg_state op_delete(target *t)
{
    t->op->result = t->visible;
    if (!t->found || !fg_record_there(&t->old))
        return FG_STATE_OK;
    return delete_cell(t);
}

static fg_state op_compare_and_swap(target *t)
{
    const fg_store_op *op = t->op;
    bool same = op->expect_absent
                    ? !t->visible
                    : t->visible && fg_slice_eq(t->old.value, op->expected);
    char quoted[FG_STATE_QUOTED];
    if (!same)
        return fg_state_fail(t->w->change.err, FG_STATE_CONFLICT,
                             "key %s of table %u is not what was expected",
                             fg_state_quote(quoted, op->key), op->table);
    return op_put(t);
}

/* The value is one MessagePack integer that fits. */
static bool read_number(fg_slice value, int64_t *out)
{
    fg_unpacker u;
    fg_unpack_begin(&u, value);
    *out = fg_unpack_i64(&u);
    return fg_unpack_end(&u);
}

static fg_state put_number(target *t, int64_t n)
{
    fg_bytes b; /* never more than it has of its own */
    fg_bytes_init(&b);
    fg_pack_i64(&b, n);
    fg_record fresh = { .value = fg_bytes_view(&b) };
    keep_expiry(t, &fresh);
    return replace(t, &fresh);
}

static fg_state op_increment(target *t)
{
    fg_state_error *err = t->w->change.err;
    int64_t n = 0;
    char quoted[FG_STATE_QUOTED];
    if (t->visible && !read_number(t->old.value, &n))
        return fg_state_fail(err, FG_STATE_BAD_REQUEST,
                             "key %s of table %u is not an integer",
                             fg_state_quote(quoted, t->op->key), t->op->table);
    if (__builtin_add_overflow(n, t->op->amount, &n))
        return fg_state_fail(
            err, FG_STATE_OVERFLOW, "key %s of table %u cannot be changed by %lld",
            fg_state_quote(quoted, t->op->key), t->op->table, (long long)t->op->amount);
    t->op->result = n;
    return put_number(t, n);
}

static fg_state op_append(target *t)
{
    fg_change *c = &t->w->change;
    fg_bytes *b = &c->s->scratch;
    fg_slice was = t->visible ? t->old.value : (fg_slice){ 0 };
    FG_STATE_TRY(check_sizes(t->w, t->op->key, (uint64_t)was.n + t->op->value.n));
    b->n = 0;
    b->failed = false;
    fg_bytes_slice(b, was);
    fg_bytes_slice(b, t->op->value);
    if (b->failed)
        return fg_state_fail(c->err, FG_STATE_NO_MEMORY, "appending to a value");
    t->op->result = b->n;
    fg_record fresh = { .flags = FG_RECORD_SEQUENCE, .value = fg_bytes_view(b) };
    keep_expiry(t, &fresh);
    return replace(t, &fresh);
}

static fg_state op_touch(target *t)
{
    t->op->result = t->visible;
    if (!t->visible)
        return FG_STATE_OK;
    fg_record fresh = t->old;
    set_expiry(&t->w->change, &fresh, t->op->ttl_ms);
    return replace(t, &fresh);
}

/* ---- one operation --------------------------------------------------------------- */

static fg_state find_target(work *w, fg_store_op *op, target *t)
{
    fg_change *c = &w->change;
    FG_STATE_TRY(check_sizes(w, op->key, 0));
    t->w = w;
    t->op = op;
    fg_key_cell(&t->cell, c->ns.id, op->table, op->key);
    fg_state state = fg_cell_get(c->s, c->txn, &t->cell, op->key, &t->old, c->err);
    t->found = state == FG_STATE_OK;
    t->visible = t->found && fg_record_visible(&t->old, c->now);
    return state == FG_STATE_NOT_FOUND ? FG_STATE_OK : state;
}

static fg_state apply_to_key(work *w, fg_store_op *op)
{
    static fg_state (*const acts[])(target *) = {
        [FG_STORE_PUT] = op_put,
        [FG_STORE_DELETE] = op_delete,
        [FG_STORE_COMPARE_AND_SWAP] = op_compare_and_swap,
        [FG_STORE_INCREMENT] = op_increment,
        [FG_STORE_APPEND] = op_append,
        [FG_STORE_TOUCH] = op_touch,
    };
    static const bool checked[] = {
#define X(name, checks, shrinking) checks,
        FG_STORE_OPS(X)
#undef X
    };
    target t;
    FG_STATE_TRY(find_target(w, op, &t));
    if (checked[op->kind])
        FG_STATE_TRY(check_cell(w, &t.cell, op->table, op->key, t.found, &t.old));
    return acts[op->kind](&t);
}

/* The first key of the range that is still there, in memory of its own. */
static fg_state next_in_range(work *w, const fg_store_range *range, char *key,
                              fg_slice *out)
{
    fg_change *c = &w->change;
    fg_store_view view = { .store = c->s,
                           .txn = c->txn,
                           .ns = c->ns.id,
                           .version = UINT64_MAX,
                           .now = c->now };
    fg_store_scan scan;
    fg_store_item item;
    FG_STATE_TRY(
        fg_store_scan_open(&view, range, false, 1, out->p ? out : NULL, &scan, c->err));
    fg_state state = fg_store_scan_next(&scan, &item, c->err);
    if (state == FG_STATE_OK) {
        fg_copy_bytes(key, item.key.p, item.key.n);
        *out = fg_slice_of(key, item.key.n);
    }
    fg_store_scan_close(&scan);
    return state;
}

static fg_state op_delete_range(work *w, fg_store_op *op)
{
    const fg_store_range range = {
        .table = op->table, .from = op->key, .to = op->value, .to_end = op->to_end
    };
    const fg_quota *q = &w->change.ns.quota;
    char key[FG_STORE_KEY_MAX];
    fg_slice at = { 0 };
    op->result = 0;
    for (;;) {
        if (op->amount > 0 && op->result == op->amount)
            return FG_STATE_OK;
        fg_state state = next_in_range(w, &range, key, &at);
        if (state == FG_STATE_NOT_FOUND)
            return FG_STATE_OK;
        FG_STATE_TRY(state);
        fg_store_op one = { .kind = FG_STORE_DELETE, .table = op->table, .key = at };
        FG_STATE_TRY(apply_to_key(w, &one));
        op->result += one.result;
        if (w->change.n > q->max_ops)
            return over(w, "changed keys of one batch", w->change.n, q->max_ops);
    }
}

/* ---- one batch ------------------------------------------------------------------- */

/* The batch was accepted before: it has its version again. */
static fg_state find_token(work *w)
{
    fg_change *c = &w->change;
    fg_store_batch *b = w->batch;
    MDB_val k = { FG_STORE_TOKEN, (void *)b->token }, v;
    if (!b->token)
        return FG_STATE_OK;
    int rc = mdb_get(c->txn, c->s->dbi[FG_DB_dedup], &k, &v);
    if (rc == MDB_NOTFOUND)
        return FG_STATE_OK;
    FG_MDB_TRY(c->s, rc, "looking for a token", c->err);
    if (v.mv_size != 20)
        return fg_state_fail(c->err, FG_STATE_CORRUPT,
                             "store '%s': the record of a token is damaged",
                             c->s->path);
    if (fg_be_get(v.mv_data, 4) != b->ns)
        return fg_state_fail(c->err, FG_STATE_BAD_REQUEST,
                             "the token was used in another namespace");
    b->repeated = true;
    b->version = fg_be_get((uint8_t *)v.mv_data + 4, 8);
    return FG_STATE_OK;
}

static fg_state put_token(work *w)
{
    fg_change *c = &w->change;
    uint8_t bytes[20];
    if (!w->batch->token)
        return FG_STATE_OK;
    fg_be_put(bytes, c->ns.id, 4);
    fg_be_put(bytes + 4, c->version, 8);
    fg_be_put(bytes + 12, c->now, 8);
    MDB_val k = { FG_STORE_TOKEN, (void *)w->batch->token },
            v = { sizeof bytes, bytes };
    FG_MDB_TRY(c->s, mdb_put(c->txn, c->s->dbi[FG_DB_dedup], &k, &v, 0),
               "writing a token", c->err);
    return FG_STATE_OK;
}

static fg_state apply_ops(work *w)
{
    fg_store_batch *b = w->batch;
    const fg_quota *q = &w->change.ns.quota;
    if (b->n_ops > q->max_ops)
        return over(w, "operations of one batch", b->n_ops, q->max_ops);
    for (uint32_t i = 0; i < b->n_ops; i++) {
        fg_store_op *op = &b->ops[i];
        FG_STATE_TRY(op->kind == FG_STORE_DELETE_RANGE ? op_delete_range(w, op)
                                                       : apply_to_key(w, op));
    }
    return FG_STATE_OK;
}

static fg_state apply_work(work *w)
{
    fg_change *c = &w->change;
    fg_store_batch *b = w->batch;
    w->keys = c->ns.keys;
    w->bytes = c->ns.bytes;
    FG_STATE_TRY(find_token(w));
    if (b->repeated)
        return FG_STATE_OK;
    FG_STATE_TRY(check_base(w));
    FG_STATE_TRY(apply_ops(w));
    FG_STATE_TRY(check_totals(w));
    c->dirty = true;
    FG_STATE_TRY(put_token(w));
    FG_STATE_TRY(fg_change_end(c, b->n_ops, b->token, b->author, b->request));
    FG_STATE_TRY(check_room(w));
    b->version = c->version;
    return FG_STATE_OK;
}

/* dirty: the batch has left something in the transaction. */
static fg_state apply(fg_store *s, MDB_txn *txn, fg_store_batch *b, uint64_t now,
                      bool *dirty)
{
    work w = { .batch = b };
    *dirty = false;
    FG_STATE_TRY(fg_change_begin(&w.change, s, txn, b->ns, now, &b->error));
    fg_state state = apply_work(&w);
    *dirty = w.change.dirty;
    return state;
}

/* In a transaction of its own, so that a refused batch leaves nothing. */
static fg_state apply_nested(fg_store *s, MDB_txn *outer, fg_store_batch *b,
                             uint64_t now, bool *dirty)
{
    MDB_txn *txn;
    FG_MDB_TRY(s, mdb_txn_begin(s->env, outer, 0, &txn), "beginning a batch",
               &b->error);
    fg_state state = apply(s, txn, b, now, dirty);
    if (state != FG_STATE_OK || b->repeated) {
        *dirty = false;
        mdb_txn_abort(txn);
        return state;
    }
    FG_MDB_TRY(s, mdb_txn_commit(txn), "ending a batch", &b->error);
    return FG_STATE_OK;
}

/* ---- several batches ------------------------------------------------------------- */

static void clear(fg_store_batch *batches, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        batches[i].version = 0;
        batches[i].repeated = false;
        batches[i].error = (fg_state_error){ 0 };
    }
}

typedef enum applied {
    APPLIED_NOTHING, /* there is nothing to commit */
    APPLIED,
    APPLIED_SPOILED /* a refused batch has left something */
} applied;

static applied apply_all(fg_store *s, MDB_txn *txn, fg_store_batch *batches, uint32_t n,
                         bool nested)
{
    uint64_t now = fg_store_now(s);
    applied result = APPLIED_NOTHING;
    for (uint32_t i = 0; i < n; i++) {
        bool dirty = false;
        fg_state state = nested ? apply_nested(s, txn, &batches[i], now, &dirty)
                                : apply(s, txn, &batches[i], now, &dirty);
        if (dirty && state != FG_STATE_OK)
            return n == 1 ? APPLIED_NOTHING : APPLIED_SPOILED;
        if (dirty)
            result = APPLIED;
    }
    return result;
}

/* spoiled: nothing was done, and each batch needs a transaction of its own. */
static fg_state commit_once(fg_store *s, fg_store_batch *batches, uint32_t n,
                            bool nested, bool *spoiled, fg_state_error *err)
{
    MDB_txn *txn;
    applied result = APPLIED_NOTHING;
    clear(batches, n);
    fg_state state = fg_store_write_begin(s, &txn, err);
    if (state == FG_STATE_OK) {
        result = apply_all(s, txn, batches, n, nested);
        state = fg_store_write_end(s, txn, result == APPLIED, err);
    }
    *spoiled = result == APPLIED_SPOILED;
    for (uint32_t i = 0; state != FG_STATE_OK && i < n; i++) {
        batches[i].version = 0;
        batches[i].error = *err;
    }
    return state;
}

/* Transactions within the transaction cost more than most batches do, and batches that are
 * refused mostly are so before they change anything: so it is tried without first. */
static fg_state commit_together(fg_store *s, fg_store_batch *batches, uint32_t n,
                                fg_state_error *err)
{
    bool spoiled;
    fg_state state = commit_once(s, batches, n, false, &spoiled, err);
    return spoiled ? commit_once(s, batches, n, true, &spoiled, err) : state;
}

fg_state fg_store_commit(fg_store *s, fg_store_batch *batches, uint32_t n,
                         fg_state_error *err)
{
    fg_state_error mine;
    fg_state state = commit_together(s, batches, n, err ? err : &mine);
    if (state != FG_STATE_QUOTA || n < 2)
        return state;
    /* Together they did not fit, so each is on its own, for those that would. */
    for (uint32_t i = 0; i < n; i++)
        commit_together(s, &batches[i], 1, &batches[i].error);
    return FG_STATE_OK;
}

/* ---- what time takes away -------------------------------------------------------- */

/* Deletes the first key whose time is over.  NOT_FOUND: there is none. */
static fg_state expire_one(fg_change *c)
{
    char key[FG_STORE_KEY_MAX];
    fg_lkey first = { 0 };
    MDB_cursor *cursor;
    MDB_val v;
    fg_lkey_int(&first, c->ns.id, 4);
    MDB_val k = fg_lkey_val(&first);
    FG_MDB_TRY(c->s, mdb_cursor_open(c->txn, c->s->dbi[FG_DB_ttl], &cursor), "expiring",
               c->err);
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    mdb_cursor_close(cursor);
    const uint8_t *p = k.mv_data;
    if (rc == MDB_NOTFOUND
        || (rc == 0 && (!fg_key_begins(&k, &first, 4) || fg_be_get(p + 4, 8) > c->now)))
        return FG_STATE_NOT_FOUND;
    FG_MDB_TRY(c->s, rc, "expiring", c->err);

    fg_copy_bytes(key, v.mv_data, v.mv_size);
    fg_store_op op = { .table = (uint16_t)fg_be_get(p + 12, 2),
                       .key = fg_slice_of(key, v.mv_size) };
    work w = { .change = { 0 } };
    target t = { .w = &w, .op = &op };
    fg_key_cell(&t.cell, c->ns.id, op.table, op.key);
    FG_STATE_TRY(fg_cell_get(c->s, c->txn, &t.cell, op.key, &t.old, c->err));
    fg_record fresh = { .flags = FG_RECORD_DELETED };
    return fg_cell_put(c, &t.cell, op.table, op.key, &t.old, &fresh);
}

static fg_state expire(fg_store *s, MDB_txn *txn, uint32_t ns, uint32_t keys,
                       uint32_t *deleted, fg_state_error *err)
{
    fg_change c;
    FG_STATE_TRY(fg_change_begin(&c, s, txn, ns, fg_store_now(s), err));
    while (*deleted < keys) {
        fg_state state = expire_one(&c);
        if (state == FG_STATE_NOT_FOUND)
            break;
        FG_STATE_TRY(state);
        ++*deleted;
    }
    if (*deleted == 0)
        return FG_STATE_OK;
    return fg_change_end(&c, *deleted, NULL, FG_SLICE("expiry"), (fg_slice){ 0 });
}

fg_state fg_store_expire(fg_store *s, uint32_t ns, uint32_t keys, uint32_t *deleted,
                         fg_state_error *err)
{
    MDB_txn *txn;
    *deleted = 0;
    FG_STATE_TRY(fg_store_write_begin(s, &txn, err));
    fg_state state = expire(s, txn, ns, keys, deleted, err);
    state = fg_store_write_finish(s, txn, state, err);
    if (state != FG_STATE_OK)
        *deleted = 0;
    return state;
}

/* Looks at up to `records` tokens from where the last call stopped. */
static int forget(fg_store *s, MDB_cursor *cursor, uint64_t ms, uint32_t records,
                  uint32_t *forgotten)
{
    MDB_val k = { FG_STORE_TOKEN, s->forgotten }, v;
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    for (uint32_t i = 0; i < records && rc == 0; i++) {
        if (v.mv_size == 20 && fg_be_get((uint8_t *)v.mv_data + 12, 8) < ms) {
            rc = mdb_cursor_del(cursor, 0);
            if (rc)
                return rc;
            ++*forgotten;
        }
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    if (rc == 0)
        memcpy(s->forgotten, k.mv_data, FG_STORE_TOKEN);
    else if (rc == MDB_NOTFOUND)
        memset(s->forgotten, 0, FG_STORE_TOKEN);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

fg_state fg_store_forget_tokens(fg_store *s, uint64_t ms, uint32_t records,
                                uint32_t *forgotten, fg_state_error *err)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    *forgotten = 0;
    FG_STATE_TRY(fg_store_write_begin(s, &txn, err));
    int rc = mdb_cursor_open(txn, s->dbi[FG_DB_dedup], &cursor);
    if (rc == 0) {
        rc = forget(s, cursor, ms, records, forgotten);
        mdb_cursor_close(cursor);
    }
    fg_state state = FG_STATE_OK;
    if (rc)
        state = fg_store_failed(s, rc, "forgetting tokens", err);
    return fg_store_write_finish(s, txn, state, err);
}
