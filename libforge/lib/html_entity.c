// SPDX-License-Identifier: Apache-2.0
#include "lib/html_entity.h"

#include "base/utf8.h"

#include <stdlib.h>

#define NAME_MAX_BYTES 31u
#define SHORT_MAX 6u /* the longest name that needs no semicolon */

static const struct entity {
    char name[NAME_MAX_BYTES + 1];
    char text[7];
    bool legacy; /* needs no semicolon */
} entities[] = {
#define N(name, text) { name, text, false },
#define L(name, text) { name, text, true },
#include "lib/html_entity.inc"
#undef N
#undef L
};

static int compare(const void *key, const void *row)
{
    const fg_slice *name = key;
    const struct entity *e = row;
    int order = strncmp(name->p, e->name, name->n);
    return order ? order : -(e->name[name->n] != 0);
}

static const struct entity *find(fg_slice name)
{
    if (name.n > NAME_MAX_BYTES)
        return NULL;
    return bsearch(&name, entities, FG_COUNT(entities), sizeof entities[0], compare);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_alnum(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Numbers from 0x80 to 0x9f mean what Windows has there. */
static uint32_t character(uint32_t number)
{
    static const uint16_t windows[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
        0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
    };
    if (number >= 0x80 && number <= 0x9f)
        return windows[number - 0x80];
    if (number == 0 || number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff))
        return FG_REPLACEMENT;
    return number;
}

static int digit_of(char c, uint32_t base)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return base == 16 && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The reference behind "&#": how many bytes of s it is; 0: none. */
static uint32_t numeric(fg_bytes *b, fg_slice s)
{
    uint32_t base = s.n > 2 && (s.p[2] | 0x20) == 'x' ? 16 : 10, i = base == 16 ? 3 : 2;
    uint32_t first = i, number = 0;
    char text[4];
    for (int d; i < s.n && (d = digit_of(s.p[i], base)) >= 0; i++)
        if (number <= 0x10ffff)
            number = number * base + (uint32_t)d;
    if (i == first)
        return 0;
    fg_bytes_put(b, text, fg_utf8_put(text, character(number)));
    return i + (i < s.n && s.p[i] == ';');
}

/* The same for a name behind "&". */
static uint32_t named(fg_bytes *b, fg_slice s)
{
    const struct entity *e;
    uint32_t n = 0;
    while (n <= NAME_MAX_BYTES && 1 + n < s.n && is_alnum(s.p[1 + n]))
        n++;
    if (n > 0 && 1 + n < s.n && s.p[1 + n] == ';'
        && (e = find(fg_slice_of(s.p + 1, n)))) {
        fg_bytes_str(b, e->text);
        return n + 2;
    }
    for (n = n < SHORT_MAX ? n : SHORT_MAX; n > 1; n--)
        if ((e = find(fg_slice_of(s.p + 1, n))) && e->legacy) {
            fg_bytes_str(b, e->text);
            return n + 1;
        }
    return 0;
}

void fg_html_unescape(fg_bytes *b, fg_slice s)
{
    while (s.n > 0) {
        const char *at = memchr(s.p, '&', s.n);
        uint32_t n = at ? (uint32_t)(at - s.p) : s.n;
        fg_bytes_put(b, s.p, n);
        s = fg_slice_of(s.p + n, s.n - n);
        if (s.n == 0)
            return;
        n = s.n > 1 && s.p[1] == '#' ? numeric(b, s) : named(b, s);
        if (n == 0) {
            fg_bytes_char(b, '&');
            n = 1;
        }
        s = fg_slice_of(s.p + n, s.n - n);
    }
}
