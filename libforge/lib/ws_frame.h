// SPDX-License-Identifier: Apache-2.0
/* The frames of a WebSocket client (RFC 6455, 5), on libwslay: messages out of a stream of
 * bytes, and frames into a buffer.  Knows nothing of sockets. */
#ifndef FG_WS_FRAME_H
#define FG_WS_FRAME_H

#include "lib/intake.h"

#include <wslay/wslay.h>

#define FG_WS_CONTROL_MAX 125u
#define FG_WS_OUT 8192u

typedef enum fg_ws_event {
    FG_WS_HUNGRY,  /* there are no more bytes now */
    FG_WS_PIECE,   /* some bytes of a frame were taken */
    FG_WS_MESSAGE, /* one is complete: opcode and message */
    FG_WS_CONTROL, /* a ping or pong: opcode and control */
    FG_WS_CLOSE,   /* the other side closes: code, and the reason in control */
    FG_WS_FAILED,  /* against the protocol: why, and the code to close with */
    FG_WS_NOMEM
} fg_ws_event;

/* Stays where it is from begin to end. */
typedef struct fg_ws_stream {
    fg_vm *vm;
    uint64_t max_bytes; /* of a message */
    /* Gives up to n bytes that came; 0: none now. */
    size_t (*read)(void *ctx, uint8_t *p, size_t n);
    void *ctx;
    wslay_frame_context_ptr frames;
    /* What comes in. */
    bool in_frame;
    uint8_t frame; /* opcode of the frame */
    bool fin;
    uint64_t left;     /* bytes of the frame that are to come */
    uint8_t fragments; /* opcode of the message that has begun, or 0 */
    /* What the last event is about. */
    uint8_t opcode;
    uint16_t code;
    const char *why;
    fg_intake message; /* may be taken away */
    uint8_t control[FG_WS_CONTROL_MAX];
    uint32_t ncontrol;
    /* What goes out: bytes [out_at, out_n). */
    uint8_t out[FG_WS_OUT];
    uint32_t out_at, out_n;
} fg_ws_stream;

/* A frame on its way out. */
typedef struct fg_ws_frame {
    uint8_t opcode;
    fg_slice data;
    uint32_t at; /* bytes of data that are in the buffer */
} fg_ws_frame;

/* vm, max_bytes, read and ctx are set, the rest is zero.  False: no memory. */
bool fg_ws_begin(fg_ws_stream *s);
void fg_ws_end(fg_ws_stream *s);

/* Takes at most some thousand bytes.  Nothing may be read after CLOSE and FAILED. */
fg_ws_event fg_ws_read(fg_ws_stream *s);

/* Puts as much of a frame into the buffer as it has room for; true: all of it.  Then the
 * next frame may follow. */
bool fg_ws_put(fg_ws_stream *s, fg_ws_frame *f);
/* A whole control frame, between other frames; false: there is no room for it. */
bool fg_ws_put_control(fg_ws_stream *s, uint8_t opcode, fg_slice data);
/* The same for one that closes; code 0: none is told. */
bool fg_ws_put_close(fg_ws_stream *s, uint16_t code);

#endif
