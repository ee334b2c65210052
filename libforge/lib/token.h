// SPDX-License-Identifier: Apache-2.0
/* Words of headers (RFC 9110): ASCII only, whatever the locale. */
#ifndef FG_TOKEN_H
#define FG_TOKEN_H

#include "base/base.h"

/* c, or the small letter of a capital one. */
static inline char fg_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool fg_ascii_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* May the byte stand in a token: the name of a header, a method, a cookie? */
bool fg_token_char(char c);
/* Is s a token?  It is not empty then. */
bool fg_is_token(fg_slice s);
/* May s stand in a header: no control character but the tab? */
bool fg_is_header_text(fg_slice s);

/* Does s begin with the word, in whatever case? */
bool fg_begins_word(fg_slice s, const char *word);
/* Is s that word, in whatever case? */
bool fg_same_word(fg_slice s, const char *word);

#endif
