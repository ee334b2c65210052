// SPDX-License-Identifier: Apache-2.0
/* What carries the bytes of a WebSocket connection: TCP, maybe TLS, the opening handshake,
 * and the frames above them.  Does not wait but while it opens. */
#ifndef FG_WS_LINK_H
#define FG_WS_LINK_H

#include "lib/curl_socket.h"
#include "lib/http_transfer.h"
#include "lib/ws_frame.h"

#define FG_WS_CONNECT_ERROR "WebSocket connect error: "

typedef struct fg_ws_link {
    fg_curl curl;
    int fd;
    bool ended;       /* nothing more comes */
    bool said_close;  /* a close frame is on its way */
    bool halfway;     /* a frame is not wholly in the buffer */
    bool owes_pong;   /* once that frame is */
    fg_intake answer; /* to the handshake, and what came behind it */
    size_t answer_at; /* read so far */
    uint32_t npong;
    char pong[FG_WS_CONTROL_MAX];
    fg_ws_stream stream;
} fg_ws_link;

/* NULL: no memory. */
fg_ws_link *fg_ws_link_new(fg_vm *vm, uint64_t max_bytes);
void fg_ws_link_free(fg_vm *vm, fg_ws_link *l);

/* Connects and shakes hands; protocols: "a, b", the subprotocols that are offered.  taken
 * gets the one the server took.  Raises what goes wrong; may collect. */
fg_status fg_ws_link_open(fg_ws_link *l, const fg_http_request *q, fg_slice protocols,
                          fg_bytes *taken);

/* Is there anything in the buffer that is not sent? */
static inline bool fg_ws_link_has_output(const fg_ws_link *l)
{
    return l->stream.out_at < l->stream.out_n;
}

/* Gives the network as much of it as it takes; false: the connection is dead. */
bool fg_ws_link_push(fg_ws_link *l);

/* These do as much as is possible at once. */
void fg_ws_link_say_close(fg_ws_link *l, uint16_t code);
/* The ping that came last; inside of a frame the answer is owed. */
void fg_ws_link_answer_ping(fg_ws_link *l);
void fg_ws_link_pay_pong(fg_ws_link *l);

#endif
