// SPDX-License-Identifier: Apache-2.0
/* The opening handshake of a WebSocket connection (RFC 6455, 4): the text of the request,
 * and whether the answer to it opens the connection. */
#ifndef FG_WS_HANDSHAKE_H
#define FG_WS_HANDSHAKE_H

#include "base/bytes.h"

#include <curl/curl.h>

#define FG_WS_KEY 24u           /* characters of a key */
#define FG_WS_ANSWER_MAX 16384u /* bytes of the header of an answer */

typedef struct fg_ws_upgrade {
    const char *target;               /* path and query */
    const char *host;                 /* with the port unless it is the usual one */
    const char *user, *password;      /* basic authentication, or NULL */
    const struct curl_slist *headers; /* "name: value", or "name;" for an empty one */
    fg_slice protocols; /* "a, b": the subprotocols that are offered; n 0: none */
    char key[FG_WS_KEY + 1];
} fg_ws_upgrade;

/* A new random key; false: the kernel has none. */
bool fg_ws_new_key(char key[FG_WS_KEY + 1]);
/* Is it a header that only the handshake itself sets? */
bool fg_ws_is_own_header(fg_slice name);
void fg_ws_request(fg_bytes *out, const fg_ws_upgrade *u);

/* Bytes of the header of an answer, with the empty line at its end; 0: more are needed. */
uint32_t fg_ws_answer_size(fg_slice came);
/* Does the header open the connection?  *protocol: the one the server took, a part of
 * head, n 0: none.  If not, why gets a phrase about it. */
bool fg_ws_accepted(const fg_ws_upgrade *u, fg_slice head, fg_slice *protocol,
                    fg_bytes *why);

#endif
