// SPDX-License-Identifier: Apache-2.0
/* A seeded multiply-fold hash: two 8-byte words are xored with secrets, multiplied to
 * 128 bits and folded.  The seed is the only state; it is written by fg_hash_seed
 * before any other thread exists and read-only from then on. */
#include "base/hash.h"

#define NEAR 16u /* numbers that stand in a row */
#define SECRET0 0xa0761d6478bd642full
#define SECRET1 0xe7037ed1a0b428dbull
#define SECRET2 0x8ebc6af09c88c6e3ull

static uint64_t seed_word = 0x589965cc75374cc3ull;

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load8(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

static inline uint64_t load4(const uint8_t *p)
{
    uint32_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* 32 bits of h, never 0. */
static inline uint32_t finish(uint64_t h)
{
    uint32_t half = (uint32_t)(h ^ (h >> 32));
    return half ? half : 1;
}

/* The place `by` behind h. */
static inline uint32_t behind(uint32_t h, uint32_t by)
{
    h += by;
    return h ? h : 1;
}

void fg_hash_seed(uint64_t seed) { seed_word = fold(seed ^ SECRET0, SECRET2); }

/* All but the last byte is hashed, which is added. */
uint32_t fg_hash_bytes(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    uint64_t h = seed_word ^ fold(n ^ SECRET0, SECRET1);
    uint32_t last = n ? p[--n] : 0;
    uint64_t a = 0, b = 0;
    size_t left = n;
    for (; left > 16; p += 16, left -= 16)
        h = fold(load8(p) ^ SECRET1, load8(p + 8) ^ h);
    if (left >= 8) {
        a = load8(p);
        b = load8(p + left - 8);
    } else if (left >= 4) {
        a = load4(p);
        b = load4(p + left - 4);
    } else if (left > 0) {
        a = (uint64_t)p[0] << 16 | (uint64_t)p[left >> 1] << 8 | p[left - 1];
    }
    return behind(finish(fold(SECRET2 ^ n, fold(a ^ SECRET1, b ^ h))), last);
}

uint32_t fg_hash_near(uint64_t x)
{
    return behind(fg_hash_u64(x / NEAR), (uint32_t)(x % NEAR));
}

uint32_t fg_hash_u64(uint64_t x)
{
    return finish(fold(x ^ SECRET0, seed_word ^ SECRET1));
}
