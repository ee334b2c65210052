// SPDX-License-Identifier: Apache-2.0
/* The records of namespaces in the meta table. */
#include "state/store_internal.h"

/* id 4, dropping 1, the numbers, name and owner each with a length, check 8 */
static const struct number {
    size_t offset;
} numbers[] = {
#define X(name) { offsetof(fg_namespace, name) },
    FG_NAMESPACE_COUNTS(X)
#undef X
#define X(name, value) { offsetof(fg_namespace, quota.name) },
        FG_NAMESPACE_QUOTAS(X)
#undef X
};
#define NUMBERS FG_COUNT(numbers)
#define FIXED (4 + 1 + 8 * NUMBERS)
#define CHECK 8u
#define RECORD_MAX (FIXED + 2 * (1 + FG_NAMESPACE_NAME_MAX) + CHECK)

static uint64_t *number_at(fg_namespace *ns, size_t i)
{
    return (uint64_t *)(void *)((char *)ns + numbers[i].offset);
}

fg_quota fg_quota_default(void)
{
    return (fg_quota){
#define X(name, value) .name = value,
        FG_NAMESPACE_QUOTAS(X)
#undef X
    };
}

/* The same on every machine and in every process. */
static uint64_t check_of(const uint8_t *p, size_t n)
{
    uint64_t h = n, last = 0;
    for (; n >= 8; p += 8, n -= 8)
        h = ((h << 27 | h >> 37) ^ fg_be_get(p, 8)) * UINT64_C(0x9e3779b97f4a7c15);
    while (n > 0)
        last = last << 8 | p[--n];
    return ((h << 27 | h >> 37) ^ last) * UINT64_C(0x9e3779b97f4a7c15);
}

static void key_of_id(fg_lkey *k, uint32_t id)
{
    k->n = 0;
    fg_lkey_bytes(k, "i", 1);
    fg_lkey_int(k, id, 4);
}

static void key_of_name(fg_lkey *k, const char *name, size_t n)
{
    k->n = 0;
    fg_lkey_bytes(k, "n", 1);
    fg_lkey_bytes(k, name, n);
}

/* ---- records --------------------------------------------------------------------- */

static bool read_text(const uint8_t **at, const uint8_t *end, uint8_t *n, char *text)
{
    if (*at == end || **at > end - *at - 1)
        return false;
    *n = **at;
    memcpy(text, *at + 1, *n);
    *at += 1 + *n;
    return true;
}

static bool read_record(const MDB_val *v, fg_namespace *ns)
{
    const uint8_t *at = v->mv_data, *end = at + v->mv_size - CHECK;
    if (v->mv_size < FIXED + CHECK
        || fg_be_get(end, CHECK) != check_of(at, v->mv_size - CHECK))
        return false;
    ns->id = (uint32_t)fg_be_get(at, 4);
    ns->dropping = at[4];
    at += 5;
    for (size_t i = 0; i < NUMBERS; i++, at += 8)
        *number_at(ns, i) = fg_be_get(at, 8);
    return read_text(&at, end, &ns->name_n, ns->name)
           && read_text(&at, end, &ns->owner_n, ns->owner) && at == end
           && ns->oldest <= ns->finalized && ns->finalized <= ns->tip
           && ns->tip <= ns->last;
}

static uint8_t *write_text(uint8_t *at, const char *text, uint8_t n)
{
    *at = n;
    memcpy(at + 1, text, n);
    return at + 1 + n;
}

fg_state fg_namespace_save(fg_store *s, MDB_txn *txn, const fg_namespace *ns,
                           fg_state_error *err)
{
    uint8_t bytes[RECORD_MAX], *at = bytes;
    fg_lkey key;
    key_of_id(&key, ns->id);
    fg_be_put(at, ns->id, 4);
    at[4] = ns->dropping;
    at += 5;
    for (size_t i = 0; i < NUMBERS; i++, at += 8)
        fg_be_put(at, *number_at((fg_namespace *)ns, i), 8);
    at = write_text(at, ns->name, ns->name_n);
    at = write_text(at, ns->owner, ns->owner_n);
    fg_be_put(at, check_of(bytes, (size_t)(at - bytes)), CHECK);
    MDB_val k = fg_lkey_val(&key), v = { (size_t)(at - bytes) + CHECK, bytes };
    FG_MDB_TRY(s, mdb_put(txn, s->dbi[FG_DB_meta], &k, &v, 0), "writing a namespace",
               err);
    return FG_STATE_OK;
}

fg_state fg_namespace_load(fg_store *s, MDB_txn *txn, uint32_t id, bool dropping,
                           fg_namespace *out, fg_state_error *err)
{
    fg_lkey key;
    MDB_val v;
    key_of_id(&key, id);
    MDB_val k = fg_lkey_val(&key);
    int rc = mdb_get(txn, s->dbi[FG_DB_meta], &k, &v);
    if (rc && rc != MDB_NOTFOUND)
        return fg_store_failed(s, rc, "reading a namespace", err);
    if (rc == 0 && (!read_record(&v, out) || out->id != id))
        return fg_state_fail(err, FG_STATE_CORRUPT,
                             "store '%s': the record of namespace %u is damaged",
                             s->path, id);
    if (rc || (out->dropping && !dropping))
        return fg_state_fail(err, FG_STATE_NOT_FOUND, "store '%s' has no namespace %u",
                             s->path, id);
    return FG_STATE_OK;
}

/* ---- finding and creating -------------------------------------------------------- */

static fg_state check_names(fg_slice name, fg_slice owner, fg_state_error *err)
{
    if (name.n == 0 || name.n > FG_NAMESPACE_NAME_MAX)
        return fg_state_fail(err, FG_STATE_BAD_REQUEST,
                             "a name of %u bytes: a namespace's has 1 to %u", name.n,
                             FG_NAMESPACE_NAME_MAX);
    if (owner.n > FG_NAMESPACE_NAME_MAX)
        return fg_state_fail(err, FG_STATE_BAD_REQUEST,
                             "an owner of %u bytes: at most %u are possible", owner.n,
                             FG_NAMESPACE_NAME_MAX);
    return FG_STATE_OK;
}

static fg_state check_quota(const fg_quota *q, fg_state_error *err)
{
    if (q->max_key_size > FG_STORE_KEY_MAX)
        return fg_state_fail(err, FG_STATE_BAD_REQUEST,
                             "keys of %llu bytes: at most %u are possible",
                             (unsigned long long)q->max_key_size, FG_STORE_KEY_MAX);
    if (q->max_value_size > FG_STORE_VALUE_MAX)
        return fg_state_fail(err, FG_STATE_BAD_REQUEST,
                             "values of %llu bytes: at most %u are possible",
                             (unsigned long long)q->max_value_size, FG_STORE_VALUE_MAX);
    return FG_STATE_OK;
}

/* NOT_FOUND without a text. */
static fg_state find(fg_store *s, MDB_txn *txn, fg_slice name, fg_slice owner,
                     uint32_t *id, fg_state_error *err)
{
    fg_lkey key;
    fg_namespace ns;
    MDB_val v;
    key_of_name(&key, name.p, name.n);
    MDB_val k = fg_lkey_val(&key);
    int rc = mdb_get(txn, s->dbi[FG_DB_meta], &k, &v);
    if (rc == MDB_NOTFOUND)
        return FG_STATE_NOT_FOUND;
    FG_MDB_TRY(s, rc, "looking for a namespace", err);
    *id = v.mv_size == 4 ? (uint32_t)fg_be_get(v.mv_data, 4) : 0;
    FG_STATE_TRY(fg_namespace_load(s, txn, *id, false, &ns, err));
    if (fg_slice_eq(owner, fg_slice_of(ns.owner, ns.owner_n)))
        return FG_STATE_OK;
    char quoted[FG_STATE_QUOTED];
    return fg_state_fail_try(err, FG_STATE_DENIED, "choose another name",
                             "namespace %s belongs to another owner",
                             fg_state_quote(quoted, name));
}

static fg_state next_id(fg_store *s, MDB_txn *txn, uint32_t *id, fg_state_error *err)
{
    uint8_t bytes[4];
    MDB_val k = { 4, "next" }, v;
    int rc = mdb_get(txn, s->dbi[FG_DB_meta], &k, &v);
    if (rc && rc != MDB_NOTFOUND)
        return fg_store_failed(s, rc, "numbering a namespace", err);
    *id = rc == 0 && v.mv_size == 4 ? (uint32_t)fg_be_get(v.mv_data, 4) : 1;
    if (*id == UINT32_MAX)
        return fg_state_fail(err, FG_STATE_TOO_LARGE,
                             "store '%s' has given all numbers of namespaces", s->path);
    fg_be_put(bytes, *id + 1, 4);
    v = (MDB_val){ 4, bytes };
    FG_MDB_TRY(s, mdb_put(txn, s->dbi[FG_DB_meta], &k, &v, 0), "numbering a namespace",
               err);
    return FG_STATE_OK;
}

static fg_state create(fg_store *s, MDB_txn *txn, fg_slice name, fg_slice owner,
                       const fg_quota *quota, uint32_t *id, fg_state_error *err)
{
    fg_namespace ns = { .quota = quota ? *quota : fg_quota_default() };
    uint8_t bytes[4];
    fg_lkey key;
    FG_STATE_TRY(next_id(s, txn, &ns.id, err));
    ns.name_n = (uint8_t)name.n;
    ns.owner_n = (uint8_t)owner.n;
    memcpy(ns.name, name.p, name.n);
    fg_copy_bytes(ns.owner, owner.p, owner.n);
    FG_STATE_TRY(fg_namespace_save(s, txn, &ns, err));
    key_of_name(&key, name.p, name.n);
    fg_be_put(bytes, ns.id, 4);
    MDB_val k = fg_lkey_val(&key), v = { 4, bytes };
    FG_MDB_TRY(s, mdb_put(txn, s->dbi[FG_DB_meta], &k, &v, 0), "naming a namespace",
               err);
    *id = ns.id;
    return FG_STATE_OK;
}

fg_state fg_namespace_find(fg_store_reader *r, fg_slice name, fg_slice owner,
                           uint32_t *id, fg_state_error *err)
{
    assert(r->begun);
    FG_STATE_TRY(check_names(name, owner, err));
    fg_state state = find(r->store, r->txn, name, owner, id, err);
    char quoted[FG_STATE_QUOTED];
    if (state == FG_STATE_NOT_FOUND)
        return fg_state_fail(err, state, "there is no namespace %s",
                             fg_state_quote(quoted, name));
    return state;
}

fg_state fg_namespace_open(fg_store *s, fg_slice name, fg_slice owner,
                           const fg_quota *quota, uint32_t *id, fg_state_error *err)
{
    MDB_txn *txn;
    FG_STATE_TRY(check_names(name, owner, err));
    if (quota)
        FG_STATE_TRY(check_quota(quota, err));
    FG_STATE_TRY(fg_store_write_begin(s, &txn, err));
    fg_state state = find(s, txn, name, owner, id, err);
    if (state == FG_STATE_NOT_FOUND)
        state = create(s, txn, name, owner, quota, id, err);
    /* Nothing was changed if it was found, and LMDB writes nothing then. */
    return fg_store_write_finish(s, txn, state, err);
}

fg_state fg_namespace_get(fg_store_reader *r, uint32_t id, fg_namespace *out,
                          fg_state_error *err)
{
    assert(r->begun);
    return fg_namespace_load(r->store, r->txn, id, false, out, err);
}

fg_state fg_namespace_next(fg_store_reader *r, uint32_t after, fg_namespace *out,
                           fg_state_error *err)
{
    assert(r->begun);
    fg_store *s = r->store;
    MDB_cursor *cursor;
    fg_lkey key;
    MDB_val v;
    if (after == UINT32_MAX)
        return FG_STATE_NOT_FOUND;
    key_of_id(&key, after + 1);
    MDB_val k = fg_lkey_val(&key);
    FG_MDB_TRY(s, mdb_cursor_open(r->txn, s->dbi[FG_DB_meta], &cursor),
               "listing namespaces", err);
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    uint32_t id = 0;
    bool found = rc == 0 && k.mv_size == 5 && *(const char *)k.mv_data == 'i';
    if (found)
        id = (uint32_t)fg_be_get((const uint8_t *)k.mv_data + 1, 4);
    mdb_cursor_close(cursor);
    if (rc && rc != MDB_NOTFOUND)
        return fg_store_failed(s, rc, "listing namespaces", err);
    return found ? fg_namespace_load(s, r->txn, id, true, out, err)
                 : FG_STATE_NOT_FOUND;
}

fg_state fg_namespace_set_quota(fg_store *s, uint32_t id, const fg_quota *quota,
                                fg_state_error *err)
{
    MDB_txn *txn;
    fg_namespace ns;
    FG_STATE_TRY(check_quota(quota, err));
    FG_STATE_TRY(fg_store_write_begin(s, &txn, err));
    fg_state state = fg_namespace_load(s, txn, id, false, &ns, err);
    if (state == FG_STATE_OK) {
        ns.quota = *quota;
        state = fg_namespace_save(s, txn, &ns, err);
    }
    return fg_store_write_finish(s, txn, state, err);
}

/* ---- dropping -------------------------------------------------------------------- */

/* Deletes records of one table that begin with the namespace's number, while *left. */
static fg_state drop_records(fg_store *s, MDB_txn *txn, unsigned db, uint32_t id,
                             uint32_t *left, fg_state_error *err)
{
    MDB_cursor *cursor;
    fg_lkey first = { 0 };
    MDB_val v;
    int rc = 0;
    fg_lkey_int(&first, id, 4);
    FG_MDB_TRY(s, mdb_cursor_open(txn, s->dbi[db], &cursor), "dropping", err);
    while (*left > 0) {
        MDB_val k = fg_lkey_val(&first);
        rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
        if (rc || !fg_key_begins(&k, &first, 4))
            break;
        rc = mdb_cursor_del(cursor, 0);
        if (rc)
            break;
        --*left;
    }
    mdb_cursor_close(cursor);
    return rc && rc != MDB_NOTFOUND ? fg_store_failed(s, rc, "dropping", err)
                                    : FG_STATE_OK;
}

static fg_state delete_meta(fg_store *s, MDB_txn *txn, const fg_lkey *key,
                            fg_state_error *err)
{
    MDB_val k = fg_lkey_val(key);
    FG_MDB_TRY(s, mdb_del(txn, s->dbi[FG_DB_meta], &k, NULL), "dropping", err);
    return FG_STATE_OK;
}

static fg_state drop_step(fg_store *s, MDB_txn *txn, uint32_t id, uint32_t records,
                          bool *more, fg_state_error *err)
{
    static const uint8_t dbs[] = { FG_DB_ttl, FG_DB_cur, FG_DB_hist, FG_DB_undo,
                                   FG_DB_log };
    fg_namespace ns;
    fg_lkey key;
    uint32_t left = records > 0 ? records : 1;
    FG_STATE_TRY(fg_namespace_load(s, txn, id, true, &ns, err));
    if (!ns.dropping) {
        key_of_name(&key, ns.name, ns.name_n);
        FG_STATE_TRY(delete_meta(s, txn, &key, err));
        ns.dropping = true;
        FG_STATE_TRY(fg_namespace_save(s, txn, &ns, err));
    }
    for (unsigned i = 0; i < FG_COUNT(dbs); i++)
        FG_STATE_TRY(drop_records(s, txn, dbs[i], id, &left, err));
    *more = left == 0;
    if (*more)
        return FG_STATE_OK;
    key_of_id(&key, id);
    return delete_meta(s, txn, &key, err);
}

fg_state fg_namespace_drop(fg_store *s, uint32_t id, uint32_t records, bool *more,
                           fg_state_error *err)
{
    fg_state state;
    do {
        MDB_txn *txn;
        *more = false;
        FG_STATE_TRY(fg_store_write_begin(s, &txn, err));
        state = drop_step(s, txn, id, records, more, err);
        state = fg_store_write_finish(s, txn, state, err);
    } while (state == FG_STATE_QUOTA && (records /= FG_STORE_SMALLER) > 0);
    return state;
}
