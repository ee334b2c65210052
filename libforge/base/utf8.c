// SPDX-License-Identifier: Apache-2.0
/* UTF-8 by the table of well-formed sequences (Unicode 15, table 3-7): the lead byte
 * decides the length and the range of the second byte; the others are 80..BF. */
#include "base/utf8.h"

/* True if the eight bytes at p are ASCII. */
static inline bool ascii8(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return (w & 0x8080808080808080ull) == 0;
}

/* Length of the sequence that `lead` begins and the range of its second byte; 0 if no
 * sequence begins so. */
static inline uint32_t sequence(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    if (lead < 0xe0)
        return 2;
    if (lead < 0xf0) {
        if (lead == 0xe0)
            *low = 0xa0; /* shorter forms exist below */
        else if (lead == 0xed)
            *high = 0x9f; /* surrogates above */
        return 3;
    }
    if (lead == 0xf0)
        *low = 0x90;
    else if (lead == 0xf4)
        *high = 0x8f; /* past U+10FFFF above */
    return 4;
}

uint32_t fg_utf8_get(const char *p, const char *end, uint32_t *cp)
{
    const uint8_t *s = (const uint8_t *)p;
    size_t left = (size_t)(end - p);
    assert(left > 0);
    if (s[0] < 0x80) {
        *cp = s[0];
        return 1;
    }
    uint8_t low, high;
    uint32_t n = sequence(s[0], &low, &high);
    *cp = FG_REPLACEMENT;
    if (n == 0 || left < 2 || s[1] < low || s[1] > high)
        return 1;
    uint32_t value = s[0] & (0x7fu >> n);
    value = value << 6 | (s[1] & 0x3f);
    for (uint32_t i = 2; i < n; i++) {
        if (i >= left || (s[i] & 0xc0) != 0x80)
            return i;
        value = value << 6 | (s[i] & 0x3f);
    }
    *cp = value;
    return n;
}

uint32_t fg_utf8_put(char *at, uint32_t cp)
{
    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        cp = FG_REPLACEMENT;
    if (cp < 0x80) {
        at[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        at[0] = (char)(0xc0 | cp >> 6);
        at[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        at[0] = (char)(0xe0 | cp >> 12);
        at[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        at[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    at[0] = (char)(0xf0 | cp >> 18);
    at[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    at[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    at[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

/* Walks over at most `limit` code points of s; returns the bytes passed and stores the
 * code points passed in *count. */
static uint32_t walk(fg_slice s, uint32_t limit, uint32_t *count)
{
    if (s.n == 0) {
        *count = 0;
        return 0;
    }
    const char *p = s.p, *end = s.p + s.n;
    uint32_t n = 0, cp;
    while (p < end && n < limit) {
        if (end - p >= 8 && limit - n >= 8 && ascii8(p)) {
            p += 8;
            n += 8;
        } else {
            p += fg_utf8_get(p, end, &cp);
            n++;
        }
    }
    *count = n;
    return (uint32_t)(p - s.p);
}

uint32_t fg_utf8_len(fg_slice s)
{
    uint32_t count;
    walk(s, UINT32_MAX, &count);
    return count;
}

uint32_t fg_utf8_offset(fg_slice s, uint32_t index)
{
    uint32_t count;
    return walk(s, index, &count);
}

uint32_t fg_utf8_fit(fg_slice s, uint32_t max)
{
    if (s.n <= max)
        return s.n;
    while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
        max--;
    return max;
}

bool fg_utf8_valid(fg_slice s)
{
    uint32_t i = 0, cp;
    while (i < s.n) {
        if (s.n - i >= 8 && ascii8(s.p + i)) {
            i += 8;
            continue;
        }
        uint32_t n = fg_utf8_get(s.p + i, s.p + s.n, &cp);
        /* A real U+FFFD is three bytes that begin with EF; no prefix of it is. */
        if (cp == FG_REPLACEMENT && (n != 3 || (uint8_t)s.p[i] != 0xef))
            return false;
        i += n;
    }
    return true;
}

bool fg_is_ascii(fg_slice s)
{
    uint32_t i = 0;
    if (s.n >= 8 && s.n <= 16)
        return ascii8(s.p) && ascii8(s.p + s.n - 8);
    for (; s.n - i >= 32; i += 32) {
        uint64_t w[4];
        memcpy(w, s.p + i, sizeof w);
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080ull)
            return false;
    }
    for (; s.n - i >= 8; i += 8)
        if (!ascii8(s.p + i))
            return false;
    for (; i < s.n; i++)
        if ((uint8_t)s.p[i] >= 0x80)
            return false;
    return true;
}
