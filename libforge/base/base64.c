// SPDX-License-Identifier: Apache-2.0
/* Base64.  All characters but the last two to four, which may hold padding and fewer
 * bytes, are decoded in groups of four. */
#include "base/base64.h"

#include <stdio.h>

/* ---- encoding ------------------------------------------------------------------- */

static const char standard[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char for_urls[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

uint64_t fg_base64_length(uint32_t n, unsigned kind)
{
    uint64_t whole = (uint64_t)(n / 3) * 4;
    if (n % 3 == 0)
        return whole;
    return whole + (kind & FG_BASE64_PAD ? 4 : n % 3 + 1);
}

void fg_base64_encode(char *at, const void *bytes, uint32_t n, unsigned kind)
{
    const char *letters = kind & FG_BASE64_URL ? for_urls : standard;
    const uint8_t *p = bytes;
    for (; n >= 3; n -= 3, p += 3) {
        *at++ = letters[p[0] >> 2];
        *at++ = letters[(p[0] & 3) << 4 | p[1] >> 4];
        *at++ = letters[(p[1] & 15) << 2 | p[2] >> 6];
        *at++ = letters[p[2] & 63];
    }
    if (n == 0)
        return;
    uint8_t second = n == 2 ? p[1] : 0;
    *at++ = letters[p[0] >> 2];
    *at++ = letters[(p[0] & 3) << 4 | second >> 4];
    if (n == 2)
        *at++ = letters[(second & 15) << 2];
    for (; (kind & FG_BASE64_PAD) && n < 3; n++)
        *at++ = '=';
}

/* ---- decoding ------------------------------------------------------------------- */

/* The six bits of a character, or -1. */
static inline int bits_of(char c, unsigned kind)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == standard[62] || c == for_urls[62])
        return c == (kind & FG_BASE64_URL ? for_urls : standard)[62] ? 62 : -1;
    if (c == standard[63] || c == for_urls[63])
        return c == (kind & FG_BASE64_URL ? for_urls : standard)[63] ? 63 : -1;
    return -1;
}

static bool bad_symbol(char *why, const char *adjective, fg_slice text, uint32_t at)
{
    snprintf(why, FG_BASE64_WHY, "Invalid %ssymbol %u, offset %u.", adjective,
             (uint8_t)text.p[at], at);
    return false;
}

/* What follows the groups of four: `from` is where it begins. */
static bool decode_end(fg_slice text, uint32_t from, unsigned kind, char *at,
                       uint32_t *n, char *why)
{
    uint32_t letters = 0, padding = 0, sum = 0;
    for (uint32_t i = from; i < text.n; i++) {
        int bits = bits_of(text.p[i], kind);
        if (text.p[i] == '=' && i - from >= 2) {
            padding++;
            continue;
        }
        if (padding > 0)
            return bad_symbol(why, "", text, from + letters);
        if (bits < 0)
            return bad_symbol(why, "", text, i);
        sum |= (uint32_t)bits << (26 - 6 * letters++);
    }
    if (letters == 1) {
        snprintf(why, FG_BASE64_WHY, "Invalid input length: %u", from + 1);
        return false;
    }
    bool whole = (letters + padding) % 4 == 0;
    bool wanted = kind & FG_BASE64_PAD, welcome = wanted || (kind & FG_BASE64_ANY);
    if (padding > 0 ? !(whole && welcome) : wanted && !whole) {
        snprintf(why, FG_BASE64_WHY, "Invalid padding");
        return false;
    }
    uint32_t bytes = letters * 6 / 8;
    if (sum & (~0u >> bytes * 8))
        return bad_symbol(why, "last ", text, from + letters - 1);
    for (uint32_t i = 0; i < bytes; i++)
        at[(*n)++] = (char)(sum >> (24 - 8 * i));
    return true;
}

bool fg_base64_decode(fg_slice text, unsigned kind, char *at, uint32_t *n, char *why)
{
    *n = 0;
    if (text.n == 0)
        return true;
    uint32_t over = text.n % 4, end = text.n - (over ? over : 4);
    /* A stray character at the end, mostly a line break, is what people look for. */
    if (over == 1 && text.p[end] != '=' && bits_of(text.p[end], kind) < 0)
        return bad_symbol(why, "", text, end);
    for (uint32_t i = 0; i < end; i += 4) {
        uint32_t sum = 0;
        for (uint32_t j = i; j < i + 4; j++) {
            int bits = bits_of(text.p[j], kind);
            if (bits < 0)
                return bad_symbol(why, "", text, j);
            sum = sum << 6 | (uint32_t)bits;
        }
        at[(*n)++] = (char)(sum >> 16);
        at[(*n)++] = (char)(sum >> 8);
        at[(*n)++] = (char)sum;
    }
    return decode_end(text, end, kind, at, n, why);
}
