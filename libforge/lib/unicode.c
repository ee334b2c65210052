// SPDX-License-Identifier: Apache-2.0
/* Case mappings and character classes through libunistring. */
#include "lib/unicode.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>

typedef uint8_t *(*mapping)(const uint8_t *, size_t, const char *, uninorm_t, uint8_t *,
                            size_t *);

typedef uint8_t block __attribute__((vector_size(16)));
typedef int8_t signed_block __attribute__((vector_size(16)));

#define LINE 64u
#define AHEAD 1024u /* the result is mostly not in the cache */

/* One block of it; the letters become the highest values. */
static inline void change_block(char *to, const char *from, char z)
{
    block x;
    memcpy(&x, from, sizeof x);
    signed_block high = (signed_block)(x + (uint8_t)(127 - z));
    x ^= (block)(high > 127 - 26) & 0x20;
    memcpy(to, &x, sizeof x);
}

/* Changes the case of the 26 letters up to z. */
static inline __attribute__((always_inline)) void change_case(char *to, fg_slice s,
                                                              char z)
{
    uint32_t i = 0;
    for (; s.n - i >= LINE; i += LINE) {
        __builtin_prefetch(to + i + AHEAD, 1);
        __builtin_prefetch(s.p + i + AHEAD, 0);
        for (uint32_t k = 0; k < LINE; k += sizeof(block))
            change_block(to + i + k, s.p + i + k, z);
    }
    for (; i < s.n; i++)
        to[i] = s.p[i] > z - 26 && s.p[i] <= z ? (char)(s.p[i] ^ 0x20) : s.p[i];
}

void fg_ascii_upper(char *to, fg_slice s) { change_case(to, s, 'z'); }

void fg_ascii_lower(char *to, fg_slice s) { change_case(to, s, 'Z'); }

static void ascii_case(fg_bytes *b, fg_slice s, void (*map)(char *, fg_slice))
{
    char *at = fg_bytes_room(b, s.n);
    if (!at)
        return;
    map(at, s);
    b->n += s.n;
}

static void full_case(fg_bytes *b, fg_slice s, mapping map)
{
    size_t n = 0;
    uint8_t *text = map((const uint8_t *)s.p, s.n, NULL, NULL, NULL, &n);
    if (!text) {
        b->failed = true;
        return;
    }
    fg_bytes_put(b, text, n);
    free(text);
}

void fg_unicode_upper(fg_bytes *b, fg_slice s)
{
    if (fg_is_ascii(s))
        ascii_case(b, s, fg_ascii_upper);
    else
        full_case(b, s, u8_toupper);
}

void fg_unicode_lower(fg_bytes *b, fg_slice s)
{
    if (fg_is_ascii(s))
        ascii_case(b, s, fg_ascii_lower);
    else
        full_case(b, s, u8_tolower);
}

void fg_unicode_capitalize(fg_bytes *b, fg_slice s)
{
    uint32_t cp;
    if (s.n == 0)
        return;
    uint32_t n = fg_utf8_get(s.p, s.p + s.n, &cp);
    fg_unicode_upper(b, (fg_slice){ s.p, n });
    fg_unicode_lower(b, (fg_slice){ s.p + n, s.n - n });
}

static uint32_t first_of(uint32_t cp, mapping map)
{
    char text[4];
    uint8_t mapped[64];
    size_t n = sizeof(mapped);
    uint32_t first = cp, len = fg_utf8_put(text, cp);
    uint8_t *at = map((const uint8_t *)text, len, NULL, NULL, mapped, &n);
    if (at && n > 0)
        fg_utf8_get((const char *)at, (const char *)at + n, &first);
    if (at && at != mapped)
        free(at);
    return first;
}

uint32_t fg_unicode_upper_first(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'a' && cp <= 'z' ? cp - 0x20 : cp;
    return first_of(cp, u8_toupper);
}

uint32_t fg_unicode_lower_first(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'A' && cp <= 'Z' ? cp + 0x20 : cp;
    return first_of(cp, u8_tolower);
}

bool fg_unicode_is_space(uint32_t cp)
{
    if (cp < 0x80)
        return cp == ' ' || (cp >= 9 && cp <= 13);
    return uc_is_property_white_space(cp);
}

bool fg_unicode_is_alpha(uint32_t cp)
{
    if (cp < 0x80)
        return (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z';
    return uc_is_property_alphabetic(cp);
}

bool fg_unicode_is_numeric(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= '0' && cp <= '9';
    return uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_N);
}

bool fg_unicode_is_upper(uint32_t cp)
{
    return cp < 0x80 ? cp >= 'A' && cp <= 'Z' : uc_is_property_uppercase(cp);
}

bool fg_unicode_is_lower(uint32_t cp)
{
    return cp < 0x80 ? cp >= 'a' && cp <= 'z' : uc_is_property_lowercase(cp);
}

/* Bytes of the white space at the start of s. */
static uint32_t leading_space(fg_slice s)
{
    uint32_t i = 0, cp;
    while (i < s.n) {
        uint32_t n = fg_utf8_get(s.p + i, s.p + s.n, &cp);
        if (!fg_unicode_is_space(cp))
            break;
        i += n;
    }
    return i;
}

/* Bytes of the white space at the end of s. */
static uint32_t trailing_space(fg_slice s)
{
    uint32_t end = s.n, cp;
    while (end > 0) {
        uint32_t at = end - 1;
        while (at > 0 && end - at < 4 && ((uint8_t)s.p[at] & 0xC0) == 0x80)
            at--;
        if (fg_utf8_get(s.p + at, s.p + end, &cp) != end - at
            || !fg_unicode_is_space(cp))
            break;
        end = at;
    }
    return s.n - end;
}

fg_slice fg_unicode_trim(fg_slice s, bool start, bool end)
{
    uint32_t head = start ? leading_space(s) : 0;
    s = (fg_slice){ s.p + head, s.n - head };
    s.n -= end ? trailing_space(s) : 0;
    return s;
}

bool fg_unicode_word(fg_slice *rest, fg_slice *word)
{
    fg_slice s = fg_unicode_trim(*rest, true, false);
    uint32_t i = 0, cp;
    while (i < s.n) {
        uint32_t n = fg_utf8_get(s.p + i, s.p + s.n, &cp);
        if (fg_unicode_is_space(cp))
            break;
        i += n;
    }
    *word = (fg_slice){ s.p, i };
    *rest = (fg_slice){ s.p + i, s.n - i };
    return i > 0;
}
