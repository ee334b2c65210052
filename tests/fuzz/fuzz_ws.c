// SPDX-License-Identifier: Apache-2.0
/* Any bytes are what a WebSocket server says: the first byte 'h' begins an answer to the
 * handshake, any other one frames, of which it says how many bytes come at a time.  How
 * they are cut makes no difference, and what comes goes out again as it came. */
#define _GNU_SOURCE
#include "fuzz.h"

#include "lib/ws_frame.h"
#include "lib/ws_handshake.h"

#define MEMORY (1u << 20)
#define MAX_BYTES 5000u

/* ---- the handshake -------------------------------------------------------------------- */

static void answer(fg_slice came)
{
    const fg_ws_upgrade u = { .protocols = FG_SLICE("chat, b"),
                              .key = "dGhlIHNhbXBsZSBub25jZQ==" };
    fg_slice protocol;
    fg_bytes why;
    uint32_t n = fg_ws_answer_size(came);
    REQUIRE(n <= came.n);
    if (n == 0)
        return;
    REQUIRE(memcmp(came.p + n - 4, "\r\n\r\n", 4) == 0);
    fg_bytes_init(&why);
    bool accepted = fg_ws_accepted(&u, fg_slice_of(came.p, n), &protocol, &why);
    REQUIRE(accepted == (why.n == 0));
    REQUIRE(protocol.n == 0 || fg_slice_eq(protocol, FG_SLICE("chat"))
            || fg_slice_eq(protocol, FG_SLICE("b")));
    REQUIRE(!accepted || memmem(came.p, n, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28));
    fg_bytes_drop(&why);
}

/* ---- frames --------------------------------------------------------------------------- */

typedef struct source {
    const uint8_t *p;
    size_t n, at_once;
    bool dry; /* every other time nothing comes */
} source;

static size_t give(void *ctx, uint8_t *p, size_t n)
{
    source *s = ctx;
    size_t got = s->n < s->at_once ? s->n : s->at_once;
    s->dry = !s->dry && s->at_once < s->n;
    got = s->dry ? 0 : got < n ? got : n;
    memcpy(p, s->p, got);
    s->p += got;
    s->n -= got;
    return got;
}

/* The masked frame in `at` is this message. */
static void check_frame(uint8_t *at, size_t n, uint8_t opcode, fg_slice data)
{
    size_t head = data.n < 126 ? 2 : data.n < 65536 ? 4 : 10;
    uint64_t size = at[1] & 127;
    REQUIRE(n == head + 4 + data.n);
    REQUIRE(at[0] == (0x80 | opcode) && (at[1] & 0x80));
    if (head > 2) {
        REQUIRE(size == (head == 4 ? 126 : 127));
        size = 0;
        for (size_t i = 2; i < head; i++)
            size = size << 8 | at[i];
    }
    REQUIRE(size == data.n);
    for (uint32_t i = 0; i < data.n; i++)
        REQUIRE((uint8_t)data.p[i] == (at[head + 4 + i] ^ at[head + i % 4]));
}

static void send_back(fg_ws_stream *s, uint8_t opcode, fg_slice data)
{
    fg_ws_frame f = { .opcode = opcode, .data = data };
    uint8_t *all = malloc((size_t)data.n + 14);
    size_t n = 0;
    REQUIRE(all);
    for (bool done = false; !done;) {
        done = fg_ws_put(s, &f);
        REQUIRE(s->out_n > s->out_at && n + s->out_n - s->out_at <= data.n + 14);
        memcpy(all + n, s->out + s->out_at, s->out_n - s->out_at);
        n += s->out_n - s->out_at;
        s->out_at = s->out_n;
    }
    check_frame(all, n, opcode, data);
    free(all);
}

static void mix(uint64_t *hash, const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        *hash = (*hash ^ ((const uint8_t *)p)[i]) * 0x100000001b3u;
}

/* One event; false: it was the last. */
static bool take(fg_ws_stream *s, fg_ws_event e, uint64_t *hash)
{
    fg_slice control = fg_slice_of((const char *)s->control, s->ncontrol);
    mix(hash, &e, sizeof e);
    switch (e) {
    case FG_WS_HUNGRY:
    case FG_WS_PIECE: return true;
    case FG_WS_MESSAGE:
        REQUIRE(s->opcode == WSLAY_TEXT_FRAME || s->opcode == WSLAY_BINARY_FRAME);
        REQUIRE(s->message.n <= MAX_BYTES);
        mix(hash, &s->opcode, 1);
        mix(hash, s->message.p, s->message.n);
        send_back(s, s->opcode, fg_intake_view(&s->message));
        fg_intake_drop(s->vm, &s->message);
        return true;
    case FG_WS_CONTROL:
        REQUIRE(s->opcode == WSLAY_PING || s->opcode == WSLAY_PONG);
        mix(hash, control.p, control.n);
        send_back(s, s->opcode, control);
        return true;
    case FG_WS_CLOSE:
        REQUIRE(s->code >= 1000 && s->code < 5000);
        REQUIRE(fg_ws_put_close(s, s->code == 1005 ? 0 : s->code));
        mix(hash, &s->code, sizeof s->code);
        mix(hash, control.p, control.n);
        return false;
    case FG_WS_FAILED:
        REQUIRE(s->why && s->code >= 1002 && s->code <= 1009);
        mix(hash, s->why, strlen(s->why));
        return false;
    case FG_WS_NOMEM: return false;
    }
    abort();
}

/* A hash of all events. */
static uint64_t frames(const uint8_t *data, size_t size, size_t at_once)
{
    static fg_vm vm;
    uint64_t hash = 0xcbf29ce484222325u;
    source from = { .p = data, .n = size, .at_once = at_once };
    fg_ws_stream s = { .vm = &vm, .max_bytes = MAX_BYTES, .read = give, .ctx = &from };
    memset(&vm, 0, sizeof vm);
    fg_heap_init(&vm.heap, &fg_host_malloc, NULL, 0, MEMORY, &vm.slice);
    REQUIRE(fg_ws_begin(&s));
    for (bool more = true; more;) {
        fg_ws_event e = fg_ws_read(&s);
        if (e == FG_WS_HUNGRY)
            more = from.n > 0;
        else if (e != FG_WS_PIECE)
            more = take(&s, e, &hash);
    }
    fg_ws_end(&s);
    REQUIRE(vm.heap.bytes == 0);
    fg_heap_drop(&vm.heap);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 1u << 16)
        return 0;
    if (data[0] == 'h')
        answer(fg_slice_of((const char *)data + 1, size - 1));
    else
        REQUIRE(frames(data + 1, size - 1, (size_t)data[0] + 1)
                == frames(data + 1, size - 1, SIZE_MAX));
    return 0;
}
