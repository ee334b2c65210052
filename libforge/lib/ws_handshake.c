// SPDX-License-Identifier: Apache-2.0
/* The opening handshake. */
#define _GNU_SOURCE
#include "lib/ws_handshake.h"

#include "base/base64.h"
#include "lib/random.h"

#include <openssl/sha.h>
#include <strings.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, 1.3 */
#define ACCEPT 28u /* characters of the answer to a key */

/* ---- the request ---------------------------------------------------------------------- */

bool fg_ws_new_key(char key[FG_WS_KEY + 1])
{
    unsigned char random[16];
    if (!fg_random_kernel(random, sizeof random))
        return false;
    fg_base64_encode(key, random, sizeof random, FG_BASE64_PAD);
    key[FG_WS_KEY] = '\0';
    return true;
}

/* The same name, whatever the case? */
static bool is_named(fg_slice s, const char *name)
{
    return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

bool fg_ws_is_own_header(fg_slice name)
{
    static const char prefix[] = "Sec-WebSocket-";
    return is_named(name, "Host") || is_named(name, "Upgrade")
           || is_named(name, "Connection") || is_named(name, "Content-Length")
           || is_named(name, "Transfer-Encoding")
           || (name.n >= sizeof prefix - 1
               && strncasecmp(name.p, prefix, sizeof prefix - 1) == 0);
}

static void put_basic(fg_bytes *out, const char *user, const char *password)
{
    fg_bytes pair;
    fg_bytes_init(&pair);
    fg_bytes_str(&pair, user);
    fg_bytes_char(&pair, ':');
    fg_bytes_str(&pair, password);
    fg_bytes_str(out, "Authorization: Basic ");
    uint64_t n = fg_base64_length(pair.n, FG_BASE64_PAD);
    char *at = fg_bytes_room(out, n);
    if (at) {
        fg_base64_encode(at, pair.p, pair.n, FG_BASE64_PAD);
        out->n += (uint32_t)n;
    }
    out->failed |= pair.failed;
    fg_bytes_str(out, "\r\n");
    fg_bytes_drop(&pair);
}

void fg_ws_request(fg_bytes *out, const fg_ws_upgrade *u)
{
    fg_bytes_fmt(out, "GET %s HTTP/1.1\r\nHost: %s\r\n", u->target, u->host);
    fg_bytes_fmt(out,
                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n",
                 u->key);
    if (u->protocols.n) {
        fg_bytes_str(out, "Sec-WebSocket-Protocol: ");
        fg_bytes_slice(out, u->protocols);
        fg_bytes_str(out, "\r\n");
    }
    if (u->user)
        put_basic(out, u->user, u->password);
    for (const struct curl_slist *h = u->headers; h; h = h->next) {
        size_t n = strcspn(h->data, ":;");
        fg_bytes_put(out, h->data, n);
        fg_bytes_str(out, h->data[n] == ':' ? h->data + n : ":");
        fg_bytes_str(out, "\r\n");
    }
    fg_bytes_str(out, "\r\n");
}

/* ---- the answer ----------------------------------------------------------------------- */

uint32_t fg_ws_answer_size(fg_slice came)
{
    const char *end = came.n ? memmem(came.p, came.n, "\r\n\r\n", 4) : NULL;
    return end ? (uint32_t)(end - came.p) + 4 : 0;
}

static fg_slice trimmed(fg_slice s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = fg_slice_of(s.p + 1, s.n - 1);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* Cuts s behind the first `mark`, or whole; what stood before it. */
static fg_slice cut(fg_slice *s, const char *mark)
{
    size_t n = strlen(mark);
    const char *at = s->n ? memmem(s->p, s->n, mark, n) : NULL;
    fg_slice first = fg_slice_of(s->p, at ? (size_t)(at - s->p) : s->n);
    *s = at ? fg_slice_of(at + n, s->n - first.n - n) : fg_slice_of(s->p + s->n, 0);
    return first;
}

/* Is the word in a list like "a, b"? */
static bool has_word(fg_slice list, fg_slice word, bool any_case)
{
    while (list.n) {
        fg_slice w = trimmed(cut(&list, ","));
        if (w.n == word.n
            && (any_case ? strncasecmp(w.p, word.p, w.n) : memcmp(w.p, word.p, w.n))
                   == 0)
            return true;
    }
    return false;
}

/* What of an answer counts. */
typedef struct answer {
    bool upgrade, connection, extensions;
    uint32_t accepts, protocols; /* how many there were */
    fg_slice accept, protocol;
} answer;

/* One line of the header; false: it is none. */
static bool read_header(answer *a, fg_slice line)
{
    const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
    if (!colon || colon == line.p || line.p[0] == ' ' || line.p[0] == '\t')
        return false;
    fg_slice name = fg_slice_of(line.p, (size_t)(colon - line.p));
    fg_slice value = trimmed(fg_slice_of(colon + 1, line.n - name.n - 1));
    if (memchr(value.p, '\0', value.n) || memchr(value.p, '\n', value.n))
        return false;
    if (is_named(name, "Upgrade")) {
        a->upgrade |= is_named(value, "websocket");
    } else if (is_named(name, "Connection")) {
        a->connection |= has_word(value, FG_SLICE("upgrade"), true);
    } else if (is_named(name, "Sec-WebSocket-Accept")) {
        a->accepts++;
        a->accept = value;
    } else if (is_named(name, "Sec-WebSocket-Protocol")) {
        a->protocols++;
        a->protocol = value;
    } else if (is_named(name, "Sec-WebSocket-Extensions")) {
        a->extensions |= value.n > 0;
    }
    return true;
}

/* Is it what the server must make of the key? */
static bool fits_key(const char *key, fg_slice accept)
{
    char text[FG_WS_KEY + sizeof GUID], fitting[ACCEPT];
    unsigned char hash[SHA_DIGEST_LENGTH];
    memcpy(text, key, FG_WS_KEY);
    memcpy(text + FG_WS_KEY, GUID, sizeof GUID);
    SHA1((const unsigned char *)text, strlen(text), hash);
    fg_base64_encode(fitting, hash, sizeof hash, FG_BASE64_PAD);
    return fg_slice_eq(accept, fg_slice_of(fitting, sizeof fitting));
}

/* The status of "HTTP/1.1 101 …", or 0. */
static unsigned read_status(fg_slice line)
{
    static const char version[] = "HTTP/1.";
    if (line.n < 12 || memcmp(line.p, version, sizeof version - 1) != 0
        || line.p[7] < '0' || line.p[7] > '9' || line.p[8] != ' '
        || (line.n > 12 && line.p[12] != ' '))
        return 0;
    unsigned status = 0;
    for (int i = 9; i < 12; i++) {
        if (line.p[i] < '0' || line.p[i] > '9')
            return 0;
        status = status * 10 + (unsigned)(line.p[i] - '0');
    }
    return status;
}

/* Why the header does not open the connection, or NULL. */
static const char *objection(const fg_ws_upgrade *u, const answer *a)
{
    if (!a->upgrade || !a->connection)
        return "the server does not upgrade to websocket";
    if (a->accepts != 1 || !fits_key(u->key, a->accept))
        return "the server's answer does not fit the key (Sec-WebSocket-Accept)";
    if (a->extensions)
        return "the server uses an extension that was not asked for";
    if (a->protocols > 1
        || (a->protocols && !has_word(u->protocols, a->protocol, false)))
        return "the server chose a subprotocol that was not offered";
    return NULL;
}

bool fg_ws_accepted(const fg_ws_upgrade *u, fg_slice head, fg_slice *protocol,
                    fg_bytes *why)
{
    answer a = { 0 };
    unsigned status = read_status(cut(&head, "\r\n"));
    *protocol = fg_slice_of("", 0);
    if (status == 0) {
        fg_bytes_str(why, "the server does not answer as HTTP/1.1");
        return false;
    }
    if (status != 101) {
        fg_bytes_fmt(why, "the server answered with HTTP status %u instead of 101",
                     status);
        return false;
    }
    for (fg_slice line; (line = cut(&head, "\r\n")).n > 0;)
        if (!read_header(&a, line)) {
            fg_bytes_str(why, "the header of the server's answer is malformed");
            return false;
        }
    const char *text = objection(u, &a);
    if (text)
        fg_bytes_str(why, text);
    else if (a.protocols)
        *protocol = a.protocol;
    return !text;
}
