// SPDX-License-Identifier: Apache-2.0
/* Messages and frames. */
#include "lib/ws_frame.h"

#include "base/utf8.h"
#include "lib/random.h"

#include <limits.h>

#define HEADER_MAX 14u

/* ---- what libwslay calls -------------------------------------------------------------- */

static ssize_t on_read(uint8_t *p, size_t n, int flags, void *ctx)
{
    fg_ws_stream *s = ctx;
    (void)flags;
    size_t got = s->read(s->ctx, p, n);
    return got ? (ssize_t)got : -1;
}

static ssize_t on_write(const uint8_t *p, size_t n, int flags, void *ctx)
{
    fg_ws_stream *s = ctx;
    (void)flags;
    size_t room = sizeof s->out - s->out_n;
    if (room == 0)
        return -1;
    if (n > room)
        n = room;
    memcpy(s->out + s->out_n, p, n);
    s->out_n += (uint32_t)n;
    return (ssize_t)n;
}

static int on_mask(uint8_t *p, size_t n, void *ctx)
{
    (void)ctx;
    return fg_random_kernel(p, n) ? 0 : -1;
}

bool fg_ws_begin(fg_ws_stream *s)
{
    static const struct wslay_frame_callbacks callbacks = { on_write, on_read,
                                                            on_mask };
    return wslay_frame_context_init(&s->frames, &callbacks, s) == 0;
}

void fg_ws_end(fg_ws_stream *s)
{
    if (s->frames)
        wslay_frame_context_free(s->frames);
    s->frames = NULL;
    fg_intake_drop(s->vm, &s->message);
}

/* ---- what comes in -------------------------------------------------------------------- */

static fg_ws_event failed(fg_ws_stream *s, uint16_t code, const char *why)
{
    s->code = code;
    s->why = why;
    return FG_WS_FAILED;
}

static fg_ws_event broken(fg_ws_stream *s, const char *why)
{
    return failed(s, WSLAY_CODE_PROTOCOL_ERROR, why);
}

/* The header of a frame; FG_WS_PIECE: it is right. */
static fg_ws_event begin_frame(fg_ws_stream *s, const struct wslay_frame_iocb *f)
{
    bool data = f->opcode == WSLAY_TEXT_FRAME || f->opcode == WSLAY_BINARY_FRAME;
    s->in_frame = true;
    s->frame = f->opcode;
    s->fin = f->fin;
    s->left = f->payload_length;
    if (f->rsv)
        return broken(s, "a frame has reserved bits set");
    if (f->mask)
        return broken(s, "a frame of the server is masked");
    if (wslay_is_ctrl_frame(f->opcode)) {
        s->ncontrol = 0;
        return f->opcode <= WSLAY_PONG ? FG_WS_PIECE
                                       : broken(s, "a frame has an unknown opcode");
    }
    if (!data && f->opcode != WSLAY_CONTINUATION_FRAME)
        return broken(s, "a frame has an unknown opcode");
    if (data && s->fragments)
        return broken(s, "a message begins inside another one");
    if (!data && !s->fragments)
        return broken(s, "a frame continues no message");
    if (data)
        s->fragments = f->opcode;
    if (f->payload_length > s->max_bytes
        || s->message.n > s->max_bytes - f->payload_length)
        return failed(s, WSLAY_CODE_MESSAGE_TOO_BIG, "the message is too long");
    return FG_WS_PIECE;
}

/* May the code stand in a frame? */
static bool is_code(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
           || (code >= 3000 && code <= 4999);
}

static fg_ws_event end_close(fg_ws_stream *s)
{
    s->code = WSLAY_CODE_NO_STATUS_RCVD;
    if (s->ncontrol == 0)
        return FG_WS_CLOSE;
    if (s->ncontrol == 1)
        return broken(s, "a close frame has half a code");
    s->code = (uint16_t)(s->control[0] << 8 | s->control[1]);
    s->ncontrol -= 2;
    memmove(s->control, s->control + 2, s->ncontrol);
    if (!is_code(s->code))
        return broken(s, "a close frame has a code that does not exist");
    if (!fg_utf8_valid(fg_slice_of((const char *)s->control, s->ncontrol)))
        return failed(s, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA,
                      "the reason of a close frame is not UTF-8");
    return FG_WS_CLOSE;
}

static fg_ws_event end_frame(fg_ws_stream *s)
{
    s->in_frame = false;
    if (s->frame == WSLAY_CONNECTION_CLOSE)
        return end_close(s);
    if (wslay_is_ctrl_frame(s->frame)) {
        s->opcode = s->frame;
        return FG_WS_CONTROL;
    }
    if (!s->fin)
        return FG_WS_PIECE;
    s->opcode = s->fragments;
    s->fragments = 0;
    if (s->opcode == WSLAY_TEXT_FRAME && !fg_utf8_valid(fg_intake_view(&s->message)))
        return failed(s, WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA, "text is not UTF-8");
    return FG_WS_MESSAGE;
}

fg_ws_event fg_ws_read(fg_ws_stream *s)
{
    struct wslay_frame_iocb f = { 0 };
    ssize_t n = wslay_frame_recv(s->frames, &f);
    if (n == WSLAY_ERR_WANT_READ)
        return FG_WS_HUNGRY;
    if (n < 0)
        return broken(s, "the header of a frame is malformed");
    if (!s->in_frame) {
        fg_ws_event e = begin_frame(s, &f);
        if (e != FG_WS_PIECE)
            return e;
    }
    if (wslay_is_ctrl_frame(s->frame)) { /* of at most FG_WS_CONTROL_MAX bytes */
        memcpy(s->control + s->ncontrol, f.data, f.data_length);
        s->ncontrol += (uint32_t)f.data_length;
    } else if (f.data_length
               && !fg_intake_put(s->vm, &s->message, f.data, f.data_length)) {
        return FG_WS_NOMEM;
    }
    s->left -= f.data_length;
    return s->left ? FG_WS_PIECE : end_frame(s);
}

/* ---- what goes out -------------------------------------------------------------------- */

bool fg_ws_put(fg_ws_stream *s, fg_ws_frame *f)
{
    if (s->out_at == s->out_n) /* else libcurl may have to be given the same again */
        s->out_at = s->out_n = 0;
    struct wslay_frame_iocb io = { .fin = 1,
                                   .opcode = f->opcode,
                                   .mask = 1,
                                   .payload_length = f->data.n,
                                   .data = (const uint8_t *)f->data.p + f->at,
                                   .data_length = f->data.n - f->at };
    ssize_t n = wslay_frame_send(s->frames, &io);
    if (n < 0)
        return false;
    f->at += (uint32_t)n;
    return f->at == f->data.n;
}

bool fg_ws_put_control(fg_ws_stream *s, uint8_t opcode, fg_slice data)
{
    fg_ws_frame f = { .opcode = opcode, .data = data };
    if (s->out_at == s->out_n)
        s->out_at = s->out_n = 0;
    if (sizeof s->out - s->out_n < HEADER_MAX + FG_WS_CONTROL_MAX)
        return false;
    return fg_ws_put(s, &f);
}

bool fg_ws_put_close(fg_ws_stream *s, uint16_t code)
{
    char data[2] = { (char)(code >> 8), (char)(code & 0xff) };
    return fg_ws_put_control(s, WSLAY_CONNECTION_CLOSE,
                             fg_slice_of(data, code ? 2 : 0));
}
