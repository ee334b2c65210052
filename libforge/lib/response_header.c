// SPDX-License-Identifier: Apache-2.0
/* Which headers and statuses programs may send.  What frames a message or belongs to the
 * connection is the server's, and a byte that ends a line would begin another header. */
#include "lib/response.h"
#include "lib/token.h"

#include "base/utf8.h"

#include <stdio.h>

#define SHOWN 80u /* bytes of a name in an error */

static bool is_media_type(fg_slice s)
{
    const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
    if (!slash || !fg_is_token(fg_slice_of(s.p, (size_t)(slash - s.p))))
        return false;
    uint32_t from = (uint32_t)(slash - s.p) + 1, end = from;
    while (end < s.n && fg_token_char(s.p[end]))
        end++;
    uint32_t rest = end;
    while (rest < s.n && (s.p[rest] == ' ' || s.p[rest] == '\t'))
        rest++;
    return end > from && (rest == s.n || s.p[rest] == ';');
}

static bool is_of_server(fg_slice name)
{
    static const char *const names[] = {
        "connection",        "keep-alive",    "te", "trailer", "upgrade",
        "transfer-encoding", "content-length"
    };
    for (uint32_t i = 0; i < FG_COUNT(names); i++)
        if (fg_same_word(name, names[i]))
            return true;
    return fg_begins_word(name, "proxy-");
}

static bool refuse(char why[FG_WHY_SIZE], fg_slice name, const char *what)
{
    snprintf(why, FG_WHY_SIZE, "the header '%.*s' %s", (int)fg_utf8_fit(name, SHOWN),
             name.p, what);
    return false;
}

static bool refuse_value(char why[FG_WHY_SIZE], fg_slice name, fg_slice value)
{
    char what[80];
    uint32_t at = 0;
    while (fg_is_header_text(fg_slice_of(value.p + at, 1)))
        at++;
    snprintf(what, sizeof what, "cannot have the byte 0x%02x at position %u",
             (unsigned)(uint8_t)value.p[at], at);
    return refuse(why, name, what);
}

bool fg_header_allowed(fg_slice name, fg_slice value, char why[FG_WHY_SIZE])
{
    if (!fg_is_token(name))
        return refuse(why, name,
                      "has no proper name: letters, digits and !#$%&'*+-.^_`|~ only");
    if (fg_same_word(name, "content-length"))
        return refuse(why, name, "is computed by the server");
    if (is_of_server(name))
        return refuse(why, name, "belongs to the connection, which is the server's");
    if (name.n > SHOWN)
        return refuse(why, name, "has a name that is longer than 80 bytes");
    if (value.n > FG_HEADER_BYTES_MAX)
        return refuse(why, name, "is longer than 16384 bytes");
    if (!fg_is_header_text(value))
        return refuse_value(why, name, value);
    if (fg_same_word(name, "content-type") && !is_media_type(value))
        return refuse(why, name, "must be like text/plain; charset=utf-8");
    return true;
}

bool fg_status_allowed(int64_t s) { return s >= 200 && s <= 599; }

bool fg_status_has_body(int64_t s) { return s != 204 && s != 205 && s != 304; }
