// SPDX-License-Identifier: Apache-2.0
/* All places of a short part in a text, from left to right, without overlaps.
 *
 * Eight starts at a time are compared with the first and the last byte of the part; only
 * where both agree the bytes between are looked at. */
#ifndef FG_FIND_H
#define FG_FIND_H

#include "base/base.h"

#define FG_FIND_MAX                                                                    \
    16u /* bytes of a part; others need an algorithm that is never slow */

typedef struct fg_finder {
    const char *lane; /* the eight starts that are being looked at */
    uint64_t mask;    /* top bits of those left to look at */
    const char *next; /* the starts behind them, */
    uint32_t left;    /* and how many there are */
    const char *from; /* a match starts not before this */
    fg_slice part;
    uint64_t first_bytes, last_bytes; /* its first and last byte, eight times */
} fg_finder;

/* part has 1 to FG_FIND_MAX bytes, or the caller watches what comparing costs. */
void fg_find_begin(fg_finder *f, fg_slice text, fg_slice part);
/* Goes to the next lane with candidates; false: there is none. */
bool fg_find_lane(fg_finder *f);

/* How often the byte occurs. */
uint32_t fg_count_byte(fg_slice text, char c);

/* The next start whose first and last byte agree, or NULL. */
static inline const char *fg_find_candidate(fg_finder *f)
{
    if (!f->mask && !fg_find_lane(f))
        return NULL;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const char *at = f->lane + (__builtin_ctzll(f->mask) >> 3);
    f->mask &= f->mask - 1;
#else
    uint32_t i = (uint32_t)__builtin_clzll(f->mask) >> 3;
    const char *at = f->lane + i;
    f->mask &= ~(1ull << (63 - 8 * i));
#endif
    return at;
}

/* The start of the next match, or NULL. */
static inline const char *fg_find_next(fg_finder *f)
{
    for (const char *at; (at = fg_find_candidate(f)) != NULL;) {
        if (at < f->from
            || (f->part.n > 2 && memcmp(at + 1, f->part.p + 1, f->part.n - 2) != 0))
            continue;
        f->from = at + f->part.n;
        return at;
    }
    return NULL;
}

/* The first place of a part of any length but 0, or NULL; in linear time. */
const char *fg_find_first(fg_slice text, fg_slice part);

#endif
