// SPDX-License-Identifier: Apache-2.0
/* Words of headers. */
#include "lib/token.h"

bool fg_token_char(char c)
{
    return fg_ascii_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool fg_is_token(fg_slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (!fg_token_char(s.p[i]))
            return false;
    return s.n > 0;
}

bool fg_is_header_text(fg_slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (((uint8_t)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

bool fg_begins_word(fg_slice s, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    for (uint32_t i = 0; i < n; i++)
        if (i == s.n || fg_ascii_lower(s.p[i]) != fg_ascii_lower(word[i]))
            return false;
    return true;
}

bool fg_same_word(fg_slice s, const char *word)
{
    return s.n == strlen(word) && fg_begins_word(s, word);
}
