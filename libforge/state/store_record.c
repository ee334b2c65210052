// SPDX-License-Identifier: Apache-2.0
/* Keys and records as bytes. */
#include "state/store_internal.h"

#include <openssl/sha.h>

void fg_key_cell(fg_lkey *k, uint32_t ns, uint16_t table, fg_slice key)
{
    k->n = 0;
    fg_lkey_int(k, ns, 4);
    fg_lkey_int(k, table, 2);
    if (key.n <= FG_STORE_KEY_INLINE) {
        fg_lkey_bytes(k, key.p, key.n);
        return;
    }
    fg_lkey_bytes(k, key.p, FG_STORE_KEY_INLINE);
    SHA256((const unsigned char *)key.p, key.n, k->bytes + k->n);
    k->n += FG_KEY_HASH;
}

void fg_key_hist(fg_lkey *k, const fg_lkey *cell, uint64_t version)
{
    k->n = 0;
    fg_lkey_bytes(k, cell->bytes, FG_KEY_CELL);
    fg_lkey_int(k, cell->n - FG_KEY_CELL, 2);
    fg_lkey_bytes(k, cell->bytes + FG_KEY_CELL, cell->n - FG_KEY_CELL);
    fg_lkey_int(k, version, 8);
}

void fg_key_ttl(fg_lkey *k, const fg_lkey *cell, uint64_t expires)
{
    k->n = 0;
    fg_lkey_bytes(k, cell->bytes, 4);
    fg_lkey_int(k, expires, 8);
    fg_lkey_bytes(k, cell->bytes + 4, cell->n - 4u);
}

void fg_key_version(fg_lkey *k, uint32_t ns, uint64_t version)
{
    k->n = 0;
    fg_lkey_int(k, ns, 4);
    fg_lkey_int(k, version, 8);
}

bool fg_key_begins(const MDB_val *key, const fg_lkey *as, size_t n)
{
    return key->mv_size >= n && memcmp(key->mv_data, as->bytes, n) == 0;
}

/* version 8, flags 1, expires 8 if it expires, length 2 and key if that is long, value */
#define HEAD 9u

bool fg_record_read(const MDB_val *v, fg_record *out)
{
    const uint8_t *at = v->mv_data, *end = at + v->mv_size;
    if (v->mv_size < HEAD || v->mv_size > FG_MAX_LEN)
        return false;
    out->version = fg_be_get(at, 8);
    out->flags = at[8];
    out->expires = 0;
    out->key = (fg_slice){ 0 };
    at += HEAD;
    if (out->flags & FG_RECORD_EXPIRES) {
        if (end - at < 8)
            return false;
        out->expires = fg_be_get(at, 8);
        at += 8;
    }
    if (out->flags & FG_RECORD_LONG) {
        uint32_t n = end - at < 2 ? UINT32_MAX : (uint32_t)fg_be_get(at, 2);
        if (n > end - at - 2)
            return false;
        out->key = fg_slice_of((const char *)at + 2, n);
        at += 2 + n;
    }
    out->value = fg_slice_of((const char *)at, (size_t)(end - at));
    return true;
}

size_t fg_record_size(const fg_record *r)
{
    return HEAD + (r->flags & FG_RECORD_EXPIRES ? 8u : 0u)
           + (r->flags & FG_RECORD_LONG ? 2u + r->key.n : 0u) + r->value.n;
}

void fg_record_write(void *to, const fg_record *r)
{
    uint8_t *at = to;
    fg_be_put(at, r->version, 8);
    at[8] = r->flags;
    at += HEAD;
    if (r->flags & FG_RECORD_EXPIRES) {
        fg_be_put(at, r->expires, 8);
        at += 8;
    }
    if (r->flags & FG_RECORD_LONG) {
        fg_be_put(at, r->key.n, 2);
        memcpy(at + 2, r->key.p, r->key.n);
        at += 2 + r->key.n;
    }
    if (r->value.n > 0)
        memcpy(at, r->value.p, r->value.n);
}
