// SPDX-License-Identifier: Apache-2.0
/* The newest record of a key, changed together with everything that must agree with it: what
 * it replaces, the undo of the version, the list of what expires, and the counts. */
#include "state/store_internal.h"

static fg_state no_memory(fg_change *c)
{
    return fg_state_fail(c->err, FG_STATE_NO_MEMORY, "store '%s': a record",
                         c->s->path);
}

/* A record as bytes in a buffer. */
static fg_state encode(fg_change *c, fg_bytes *b, const fg_record *r)
{
    size_t n = fg_record_size(r);
    b->n = 0;
    b->failed = false;
    char *at = fg_bytes_room(b, n);
    if (!at)
        return no_memory(c);
    fg_record_write(at, r);
    b->n = (uint32_t)n;
    return FG_STATE_OK;
}

static fg_state put(fg_change *c, unsigned db, const fg_lkey *key, MDB_val v)
{
    MDB_val k = fg_lkey_val(key);
    FG_MDB_TRY(c->s, mdb_put(c->txn, c->s->dbi[db], &k, &v, 0), "writing a record",
               c->err);
    return FG_STATE_OK;
}

static fg_state del(fg_change *c, unsigned db, const fg_lkey *key)
{
    MDB_val k = fg_lkey_val(key);
    FG_MDB_TRY(c->s, mdb_del(c->txn, c->s->dbi[db], &k, NULL), "deleting a record",
               c->err);
    return FG_STATE_OK;
}

static MDB_val bytes_val(const fg_bytes *b) { return (MDB_val){ b->n, b->p }; }

/* ---- what goes with a record ----------------------------------------------------- */

/* A record that is there counts, and is listed if it expires. */
static fg_state account(fg_change *c, const fg_lkey *cell, fg_slice key,
                        const fg_record *r, int sign)
{
    if (!fg_record_there(r))
        return FG_STATE_OK;
    uint64_t bytes = (uint64_t)key.n + r->value.n;
    c->ns.keys += sign > 0 ? 1 : UINT64_MAX;
    c->ns.bytes += sign > 0 ? bytes : -bytes;
    if (!(r->flags & FG_RECORD_EXPIRES))
        return FG_STATE_OK;
    fg_lkey ttl;
    fg_key_ttl(&ttl, cell, r->expires);
    return sign > 0 ? put(c, FG_DB_ttl, &ttl, (MDB_val){ key.n, (void *)key.p })
                    : del(c, FG_DB_ttl, &ttl);
}

/* Remembers what this version replaces; `before` holds it. */
static fg_state remember(fg_change *c, const fg_lkey *cell, uint16_t table,
                         fg_slice key)
{
    fg_lkey k;
    fg_bytes *b = &c->s->scratch;
    uint8_t head[FG_UNDO_HEAD];
    fg_key_hist(&k, cell, c->version);
    c->ns.history_bytes += k.n + c->s->before.n;
    FG_STATE_TRY(put(c, FG_DB_hist, &k, bytes_val(&c->s->before)));

    fg_key_version(&k, c->ns.id, c->version);
    fg_lkey_int(&k, c->n++, 4);
    b->n = 0;
    b->failed = false;
    fg_be_put(head, table, FG_UNDO_HEAD);
    fg_bytes_put(b, head, sizeof head);
    fg_bytes_slice(b, key);
    return b->failed ? no_memory(c) : put(c, FG_DB_undo, &k, bytes_val(b));
}

/* ---- changing -------------------------------------------------------------------- */

fg_state fg_cell_put(fg_change *c, const fg_lkey *cell, uint16_t table, fg_slice key,
                     const fg_record *old, fg_record *fresh)
{
    static const fg_record absent = { .flags = FG_RECORD_ABSENT };
    bool first = !old || old->version != c->version;
    /* What `account` looks at does not point anywhere. */
    fg_record was = old ? *old : absent;
    c->dirty = true;
    fresh->version = c->version;
    if (key.n > FG_STORE_KEY_INLINE) {
        fresh->flags |= FG_RECORD_LONG;
        fresh->key = key;
    }
    FG_STATE_TRY(encode(c, &c->s->fresh, fresh));
    if (first)
        FG_STATE_TRY(encode(c, &c->s->before, &was));
    FG_STATE_TRY(account(c, cell, key, &was, -1));
    FG_STATE_TRY(account(c, cell, key, fresh, +1));
    if (first)
        FG_STATE_TRY(remember(c, cell, table, key));
    return put(c, FG_DB_cur, cell, bytes_val(&c->s->fresh));
}

fg_state fg_cell_restore(fg_change *c, const fg_lkey *cell, fg_slice key,
                         uint64_t version)
{
    fg_record now, was;
    fg_lkey hist;
    FG_STATE_TRY(fg_cell_get(c->s, c->txn, cell, key, &now, c->err));
    FG_STATE_TRY(account(c, cell, key, &now, -1));
    FG_STATE_TRY(fg_cell_replaced(c->s, c->txn, cell, version, &was, c->err));
    FG_STATE_TRY(encode(c, &c->s->before, &was));
    FG_STATE_TRY(account(c, cell, key, &was, +1));
    fg_key_hist(&hist, cell, version);
    c->ns.history_bytes -= hist.n + c->s->before.n;
    FG_STATE_TRY(del(c, FG_DB_hist, &hist));
    /* A deletion that pruning would have removed is not brought back. */
    if (was.flags & FG_RECORD_ABSENT
        || (was.flags & FG_RECORD_DELETED && was.version <= c->ns.oldest))
        return del(c, FG_DB_cur, cell);
    return put(c, FG_DB_cur, cell, bytes_val(&c->s->before));
}

fg_state fg_cell_forget(fg_change *c, const fg_lkey *cell, fg_slice key,
                        uint64_t version)
{
    fg_record r;
    fg_lkey hist;
    FG_STATE_TRY(fg_cell_replaced(c->s, c->txn, cell, version, &r, c->err));
    fg_key_hist(&hist, cell, version);
    c->ns.history_bytes -= hist.n + fg_record_size(&r);
    FG_STATE_TRY(del(c, FG_DB_hist, &hist));
    fg_state state = fg_cell_get(c->s, c->txn, cell, key, &r, c->err);
    if (state == FG_STATE_NOT_FOUND)
        return FG_STATE_OK;
    FG_STATE_TRY(state);
    if (r.flags & FG_RECORD_DELETED && r.version == version)
        return del(c, FG_DB_cur, cell);
    return FG_STATE_OK;
}
