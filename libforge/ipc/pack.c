// SPDX-License-Identifier: Apache-2.0
/* Tokens of libmpack, written at the end of the buffer. */
#include "ipc/pack.h"

#include <mpack.h>

static void put(fg_bytes *b, mpack_token_t token)
{
    mpack_tokbuf_t buffer;
    size_t room = MPACK_MAX_TOKEN_LEN;
    char *at = fg_bytes_room(b, room);
    if (!at)
        return;
    mpack_tokbuf_init(&buffer);
    mpack_write(&buffer, &at, &room, &token);
    b->n = (uint32_t)(at - b->p);
}

void fg_pack_nil(fg_bytes *b) { put(b, mpack_pack_nil()); }
void fg_pack_bool(fg_bytes *b, bool v) { put(b, mpack_pack_boolean(v)); }
void fg_pack_u64(fg_bytes *b, uint64_t v) { put(b, mpack_pack_uint(v)); }

/* libmpack 1.0.5 writes -129, -32769 and -2147483649 in half of the bytes they need. */
static void put_negative(fg_bytes *b, int64_t v)
{
    uint32_t power = v >= INT8_MIN ? 0 : v >= INT16_MIN ? 1 : v >= INT32_MIN ? 2 : 3;
    uint32_t n = 1u << power;
    char bytes[9] = { (char)(0xd0 + power) };
    for (uint32_t i = 0; i < n; i++)
        bytes[n - i] = (char)((uint64_t)v >> 8 * i);
    fg_bytes_put(b, bytes, 1 + n);
}

void fg_pack_i64(fg_bytes *b, int64_t v)
{
    if (v >= 0)
        fg_pack_u64(b, (uint64_t)v);
    else if (v >= -32)
        fg_bytes_char(b, (char)v);
    else
        put_negative(b, v);
}

/* libmpack would write what is exact in four bytes so. */
void fg_pack_f64(fg_bytes *b, double v)
{
    mpack_token_t token = { .type = MPACK_TOKEN_FLOAT, .length = sizeof v };
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    token.data.value.lo = (mpack_uint32_t)bits;
    token.data.value.hi = (mpack_uint32_t)(bits >> 32);
    put(b, token);
}

void fg_pack_str(fg_bytes *b, fg_slice s)
{
    put(b, mpack_pack_str(s.n));
    fg_bytes_slice(b, s);
}

void fg_pack_bin(fg_bytes *b, fg_slice s)
{
    put(b, mpack_pack_bin(s.n));
    fg_bytes_slice(b, s);
}

void fg_pack_array(fg_bytes *b, uint32_t n) { put(b, mpack_pack_array(n)); }
void fg_pack_map(fg_bytes *b, uint32_t n) { put(b, mpack_pack_map(n)); }
