// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* memmem */
#include "base/find.h"

#define ONES (~0ull / 255)
#define COMPARED_MIN 256u
#define DENSE 4u /* lanes looked at one by one before whole blocks are */

typedef uint8_t block __attribute__((vector_size(16)));
typedef uint64_t words __attribute__((vector_size(16)));

static inline uint64_t load(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* The top bit of each byte that is zero in both. */
static inline uint64_t both_zero(uint64_t a, uint64_t b)
{
    uint64_t x = a | b, low = ONES * 0x7f;
    return ~(((x & low) + low) | x | low);
}

static inline uint64_t candidates(const fg_finder *f, const char *at)
{
    return both_zero(load(at) ^ f->first_bytes,
                     load(at + f->part.n - 1) ^ f->last_bytes);
}

/* Has one of the 16 starts the right first and last byte? */
static inline bool block_has(const char *at, uint32_t n, block first, block last)
{
    block a, b;
    memcpy(&a, at, sizeof a);
    memcpy(&b, at + n - 1, sizeof b);
    words hit = (words)((a == first) & (b == last));
    return (hit[0] | hit[1]) != 0;
}

void fg_find_begin(fg_finder *f, fg_slice text, fg_slice part)
{
    assert(part.n >= 1);
    f->part = part;
    f->mask = 0;
    f->from = f->lane = f->next = text.p;
    f->left = text.n < part.n ? 0 : text.n - part.n + 1;
    f->first_bytes = ONES * (uint8_t)part.p[0];
    f->last_bytes = ONES * (uint8_t)part.p[part.n - 1];
}

/* The last starts, less than eight, as a lane. */
static uint64_t tail(const fg_finder *f)
{
    char first[8] = { 0 }, last[8] = { 0 }, within[8] = { 0 };
    memcpy(first, f->next, f->left);
    memcpy(last, f->next + f->part.n - 1, f->left);
    memset(within, 0x80, f->left);
    return both_zero(load(first) ^ f->first_bytes, load(last) ^ f->last_bytes)
           & load(within);
}

bool fg_find_lane(fg_finder *f)
{
    block first = (block){ 0 } + (uint8_t)f->first_bytes;
    block last = (block){ 0 } + (uint8_t)f->last_bytes;
    for (uint32_t i = 0; f->left >= 8; i++) {
        f->lane = f->next;
        f->next += 8;
        f->left -= 8;
        f->mask = candidates(f, f->lane);
        if (f->mask)
            return true;
        if (i < DENSE)
            continue;
        const char *at = f->next;
        uint32_t left = f->left;
        for (; left >= 16 && !block_has(at, f->part.n, first, last); left -= 16)
            at += 16;
        f->next = at;
        f->left = left;
    }
    f->lane = f->next;
    f->mask = f->left > 0 ? tail(f) : 0;
    f->left = 0;
    return f->mask != 0;
}

/* memmem takes over when more is compared than is passed. */
const char *fg_find_first(fg_slice text, fg_slice part)
{
    fg_finder f;
    uint64_t compared = 0;
    if (part.n == 1)
        return memchr(text.p, part.p[0], text.n);
    fg_find_begin(&f, text, part);
    for (const char *at; (at = fg_find_candidate(&f)) != NULL;) {
        size_t passed = (size_t)(at - text.p);
        if (compared > 2 * passed + COMPARED_MIN)
            return memmem(at, text.n - passed, part.p, part.n);
        if (memcmp(at + 1, part.p + 1, part.n - 1) == 0)
            return at;
        compared += part.n;
    }
    return NULL;
}

uint32_t fg_count_byte(fg_slice text, char c)
{
    uint32_t n = 0, i = 0;
    while (text.n - i >= sizeof(block)) {
        block sums = { 0 };
        for (int k = 0; k < 255 && text.n - i >= sizeof(block);
             k++, i += sizeof(block)) {
            block x;
            memcpy(&x, text.p + i, sizeof x);
            sums -= (block)(x == (uint8_t)c);
        }
        for (uint32_t k = 0; k < sizeof(block); k++)
            n += sums[k];
    }
    for (; i < text.n; i++)
        n += text.p[i] == c;
    return n;
}
