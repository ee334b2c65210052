// SPDX-License-Identifier: Apache-2.0
/* Percent encoding (see percent.h). */
#include "lib/percent.h"

#include "lib/lib.h"

static bool unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || c == '-' || c == '_' || c == '.' || c == '~';
}

int fg_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void fg_percent_byte(fg_bytes *b, uint8_t c)
{
    static const char digits[] = "0123456789ABCDEF";
    fg_bytes_put(b, (char[3]){ '%', digits[c >> 4], digits[c & 15] }, 3);
}

void fg_percent_encode(fg_bytes *b, fg_slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (unreserved(s.p[i]))
            fg_bytes_char(b, s.p[i]);
        else
            fg_percent_byte(b, (uint8_t)s.p[i]);
}

/* Takes one character or escape from s at *i. */
static char decoded(fg_slice s, uint32_t *i, bool form)
{
    char c = s.p[(*i)++];
    if (form && c == '+')
        return ' ';
    if (c != '%' || s.n - *i < 2)
        return c;
    int high = fg_hex_digit(s.p[*i]), low = fg_hex_digit(s.p[*i + 1]);
    if (high < 0 || low < 0)
        return c;
    *i += 2;
    return (char)(high << 4 | low);
}

void fg_percent_decode(fg_bytes *b, fg_slice s, bool form)
{
    fg_bytes raw;
    fg_bytes_init(&raw);
    raw.max = b->max;
    for (uint32_t i = 0; i < s.n;)
        fg_bytes_char(&raw, decoded(s, &i, form));
    fg_put_valid(b, fg_bytes_view(&raw));
    b->failed |= raw.failed;
    fg_bytes_drop(&raw);
}
