// SPDX-License-Identifier: Apache-2.0
/* The WebSocket connections of a fork.
 *
 * Each belongs to the fork that opened it and ends with it.  Tasks may use one at the same
 * time: one of them receives and one of them sends, others wait for their turn.  All that
 * waits lets other tasks run, so anything may collect. */
#ifndef FG_WS_CONNECTION_H
#define FG_WS_CONNECTION_H

#include "lib/http_request.h"
#include "lib/ws_frame.h"

#define FG_WS_OPEN_MAX 64u /* connections of a fork */

typedef struct fg_ws_connection fg_ws_connection;

typedef enum fg_ws_kind {
    FG_WS_GOT_TEXT,
    FG_WS_GOT_BINARY,
    FG_WS_GOT_PING,
    FG_WS_GOT_PONG,
    FG_WS_GOT_CLOSE,
    FG_WS_GOT_NOTHING /* in time */
} fg_ws_kind;

/* What came. */
typedef struct fg_ws_received {
    fg_ws_kind kind;
    fg_intake message; /* of text and binary; the caller's to drop */
    uint16_t code;     /* of close */
    uint32_t n;        /* of a ping's or pong's data, or of the reason to close */
    char data[FG_WS_CONTROL_MAX];
} fg_ws_received;

/* Opens one; protocols: "a, b", the subprotocols that are offered, n 0: none.  *id is its
 * name "ws_N"; *protocol the one the server took, in `taken`, n 0: none. */
fg_status fg_ws_open(fg_vm *vm, const fg_http_request *q, fg_slice protocols,
                     fg_bytes *taken, uint64_t *id);
/* The fork's connection with this name, or NULL. */
fg_ws_connection *fg_ws_find(fg_vm *vm, fg_slice id);
/* Sends text, which must stay where it is.  Raises what goes wrong. */
fg_status fg_ws_send(fg_vm *vm, fg_ws_connection *c, fg_slice text);
/* Waits for at most so many ns.  After an end of any kind it gives close. */
fg_status fg_ws_receive(fg_vm *vm, fg_ws_connection *c, uint64_t ns,
                        fg_ws_received *out);
/* Says good-bye and forgets the connection; waits a little for the other side. */
fg_status fg_ws_close(fg_vm *vm, fg_ws_connection *c);

#endif
