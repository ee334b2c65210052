// SPDX-License-Identifier: Apache-2.0
/* Versions as they come about, and the log of them. */
#include "state/store_internal.h"

/* time 8, ops 4, changes 4, author length 1, request length 1, has token 1, token 16 if it
 * has one, author, request */
#define HEAD 19u
#define TEXT_MAX 255u

bool fg_log_read(const MDB_val *v, fg_log_record *out)
{
    const uint8_t *at = v->mv_data;
    if (v->mv_size < HEAD)
        return false;
    uint32_t author = at[16], request = at[17], token = at[18] ? FG_STORE_TOKEN : 0;
    if (v->mv_size != HEAD + token + author + request)
        return false;
    out->log.time = fg_be_get(at, 8);
    out->log.ops = (uint32_t)fg_be_get(at + 8, 4);
    out->log.changes = (uint32_t)fg_be_get(at + 12, 4);
    out->token = token ? at + HEAD : NULL;
    at += HEAD + token;
    out->log.author = fg_slice_of((const char *)at, author);
    out->log.request = fg_slice_of((const char *)at + author, request);
    return true;
}

static size_t write_log(uint8_t *to, const fg_log_record *r)
{
    uint8_t *at = to;
    fg_be_put(at, r->log.time, 8);
    fg_be_put(at + 8, r->log.ops, 4);
    fg_be_put(at + 12, r->log.changes, 4);
    at[16] = (uint8_t)r->log.author.n;
    at[17] = (uint8_t)r->log.request.n;
    at[18] = r->token != NULL;
    at += HEAD;
    if (r->token) {
        memcpy(at, r->token, FG_STORE_TOKEN);
        at += FG_STORE_TOKEN;
    }
    fg_copy_bytes((char *)at, r->log.author.p, r->log.author.n);
    at += r->log.author.n;
    fg_copy_bytes((char *)at, r->log.request.p, r->log.request.n);
    return (size_t)(at - to) + r->log.request.n;
}

fg_state fg_change_begin(fg_change *c, fg_store *s, MDB_txn *txn, uint32_t ns,
                         uint64_t now, fg_state_error *err)
{
    *c = (fg_change){ .s = s, .txn = txn, .now = now, .err = err };
    FG_STATE_TRY(fg_namespace_load(s, txn, ns, false, &c->ns, err));
    c->version = c->ns.last + 1;
    return FG_STATE_OK;
}

fg_state fg_change_end(fg_change *c, uint32_t ops, const uint8_t *token,
                       fg_slice author, fg_slice request)
{
    uint8_t bytes[HEAD + FG_STORE_TOKEN + 2 * TEXT_MAX];
    fg_log_record r = { .log = { .time = c->now,
                                 .ops = ops,
                                 .changes = c->n,
                                 .author = author,
                                 .request = request },
                        .token = token };
    fg_lkey key;
    if (author.n > TEXT_MAX || request.n > TEXT_MAX)
        return fg_state_fail(c->err, FG_STATE_TOO_LARGE,
                             "author or request has more than %u bytes", TEXT_MAX);
    fg_key_version(&key, c->ns.id, c->version);
    MDB_val k = fg_lkey_val(&key), v = { write_log(bytes, &r), bytes };
    FG_MDB_TRY(c->s, mdb_put(c->txn, c->s->dbi[FG_DB_log], &k, &v, MDB_NOOVERWRITE),
               "writing the log", c->err);
    c->ns.tip = c->ns.last = c->version;
    return fg_namespace_save(c->s, c->txn, &c->ns, c->err);
}

fg_state fg_store_log_next(const fg_store_view *v, uint64_t after, fg_store_log *out,
                           fg_state_error *err)
{
    fg_lkey key;
    fg_log_record r;
    MDB_cursor *cursor;
    MDB_val val;
    if (after >= v->version)
        return FG_STATE_NOT_FOUND;
    fg_key_version(&key, v->ns, after + 1);
    MDB_val k = fg_lkey_val(&key);
    FG_MDB_TRY(v->store, mdb_cursor_open(v->txn, v->store->dbi[FG_DB_log], &cursor),
               "reading the log", err);
    int rc = mdb_cursor_get(cursor, &k, &val, MDB_SET_RANGE);
    mdb_cursor_close(cursor);
    if (rc == MDB_NOTFOUND || (rc == 0 && !fg_key_begins(&k, &key, 4)))
        return FG_STATE_NOT_FOUND;
    FG_MDB_TRY(v->store, rc, "reading the log", err);
    uint64_t version = k.mv_size == 12 ? fg_be_get((uint8_t *)k.mv_data + 4, 8) : 0;
    if (!version || !fg_log_read(&val, &r))
        return fg_state_fail(err, FG_STATE_CORRUPT, "store '%s': the log is damaged",
                             v->store->path);
    if (version > v->version)
        return FG_STATE_NOT_FOUND;
    *out = r.log;
    out->version = version;
    return FG_STATE_OK;
}
