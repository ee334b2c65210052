// SPDX-License-Identifier: Apache-2.0
/* WebSocket connections.
 *
 * A connection has a link for as long as bytes may flow.  Whoever waits looks afterwards
 * whether the link is still there: another task may have closed it.  The struct itself
 * lives until it is closed by the script and nobody uses it. */
#include "lib/ws_connection.h"

#include "lib/ws_link.h"
#include "lib/ws_turn.h"
#include "run/fiber.h"

#include <stdio.h>

#define FAREWELL_NS 1000000000u /* how long a close frame is waited for */
#define BREATH 64u              /* pieces of a message that are taken at once */

struct fg_ws_connection {
    fg_ws_connection *next;
    uint64_t id;
    uint64_t timeout_ns; /* of a send that makes no progress */
    uint32_t users;      /* calls that are under way */
    bool gone;           /* closed by the script */
    fg_ws_link *link;    /* or NULL */
    fg_ws_turns reading, writing;
    uint16_t code; /* without a link: how it ended */
    uint32_t nreason;
    char reason[FG_WS_CONTROL_MAX];
};

typedef struct connections {
    fg_resource resource;
    fg_ws_connection *first;
    uint32_t open; /* links, and those that are being made */
} connections;

static void connections_end(fg_vm *vm, fg_resource *r);

static connections *connections_of(fg_vm *vm)
{
    return (connections *)fg_resource_of(vm, connections_end);
}

/* ---- their ends ----------------------------------------------------------------------- */

/* The end of the link, which is there; whoever waits for it goes on. */
static void end_link(fg_vm *vm, fg_ws_connection *c, uint16_t code, fg_slice reason)
{
    c->code = code;
    c->nreason = reason.n < sizeof c->reason ? reason.n : sizeof c->reason;
    memcpy(c->reason, reason.p, c->nreason);
    fg_ws_link_free(vm, c->link);
    c->link = NULL;
    connections_of(vm)->open--;
    fg_ws_turns_rouse(vm, &c->reading);
    fg_ws_turns_rouse(vm, &c->writing);
}

/* It ended without a close frame from the other side. */
static void lose(fg_vm *vm, fg_ws_connection *c, const char *why)
{
    end_link(vm, c, WSLAY_CODE_ABNORMAL_CLOSURE, fg_slice_str(why));
}

/* ---- opening -------------------------------------------------------------------------- */

/* The list, with room for one more link. */
static fg_status make_room(fg_vm *vm, connections **out)
{
    connections *all = connections_of(vm);
    if (!all) {
        all = fg_memory_take(vm, sizeof *all);
        if (!all)
            return FG_NOMEM;
        memset(all, 0, sizeof *all);
        fg_resource_add(vm, &all->resource, connections_end);
    }
    *out = all;
    if (all->open < FG_WS_OPEN_MAX)
        return FG_OK;
    fg_raise(vm, FG_E_RUNTIME, FG_WS_CONNECT_ERROR "too many connections are open (%u)",
             FG_WS_OPEN_MAX);
    return fg_hint(vm, "ws.close(id) those that are not needed any more");
}

/* Adds a connection that has this link. */
static fg_status enlist(fg_vm *vm, connections *all, fg_ws_link *l, uint64_t timeout_ns,
                        uint64_t *id)
{
    static uint64_t last; /* of the process, atomic */
    fg_ws_connection *c = fg_memory_take(vm, sizeof *c);
    if (!c)
        return FG_NOMEM;
    memset(c, 0, sizeof *c);
    c->id = *id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
    c->timeout_ns = timeout_ns;
    c->link = l;
    c->next = all->first;
    all->first = c;
    return FG_OK;
}

/* There is room for the link. */
static fg_status open_link(fg_vm *vm, connections *all, const fg_http_request *q,
                           fg_slice protocols, fg_bytes *taken, uint64_t *id)
{
    fg_ws_link *l = fg_ws_link_new(vm, q->max_bytes);
    if (!l)
        return FG_NOMEM;
    all->open++;
    fg_status s = fg_ws_link_open(l, q, protocols, taken);
    if (s == FG_OK)
        s = enlist(vm, all, l, q->timeout_ns, id);
    if (s != FG_OK) {
        all->open--;
        fg_ws_link_free(vm, l);
    }
    return s;
}

fg_status fg_ws_open(fg_vm *vm, const fg_http_request *q, fg_slice protocols,
                     fg_bytes *taken, uint64_t *id)
{
    connections *all;
    fg_status s = make_room(vm, &all);
    if (s == FG_OK)
        s = open_link(vm, all, q, protocols, taken, id);
    if (s == FG_NOMEM)
        fg_heap_refuse(&vm->heap);
    return s;
}

fg_ws_connection *fg_ws_find(fg_vm *vm, fg_slice id)
{
    const connections *all = connections_of(vm);
    char name[32];
    for (fg_ws_connection *c = all ? all->first : NULL; c; c = c->next) {
        int n = snprintf(name, sizeof name, "ws_%llu", (unsigned long long)c->id);
        if (!c->gone && fg_slice_eq(id, fg_slice_of(name, (size_t)n)))
            return c;
    }
    return NULL;
}

/* ---- use ------------------------------------------------------------------------------ */

static void begin_use(fg_ws_connection *c) { c->users++; }

/* Frees a connection that was closed when nobody uses it any more. */
static void end_use(fg_vm *vm, fg_ws_connection *c)
{
    c->users--;
    if (!c->gone || c->users)
        return;
    fg_ws_connection **at = &connections_of(vm)->first;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    fg_memory_give(vm, c, sizeof *c);
}

/* Waits for the socket of a link that is there, until_ns 0: for ever. */
static fg_status wait_for(fg_vm *vm, const fg_ws_connection *c, short events,
                          uint64_t until_ns)
{
    struct pollfd p = { .fd = c->link->fd, .events = events };
    bool ready;
    return fg_wait_fds(vm, &p, 1, until_ns, &ready);
}

/* ---- sending -------------------------------------------------------------------------- */

static fg_status cannot_send(fg_vm *vm, const char *why)
{
    return fg_raise(vm, FG_E_RUNTIME, "WebSocket send error: %s", why);
}

/* Waits until the buffer is empty; the link may be gone then. */
static fg_status flush(fg_vm *vm, fg_ws_connection *c)
{
    uint64_t until = fg_now_ns() + c->timeout_ns;
    while (c->link && fg_ws_link_has_output(c->link)) {
        uint32_t before = c->link->stream.out_at;
        if (!fg_ws_link_push(c->link)) {
            lose(vm, c, "the connection was reset");
            break;
        }
        if (!fg_ws_link_has_output(c->link))
            break;
        if (c->link->stream.out_at != before)
            until = fg_now_ns() + c->timeout_ns;
        else if (fg_now_ns() >= until)
            return cannot_send(vm, "timed out");
        FG_TRY(wait_for(vm, c, POLLOUT, until));
    }
    return FG_OK;
}

/* The whole frame; the turn to write is ours. */
static fg_status send_frame(fg_vm *vm, fg_ws_connection *c, fg_ws_frame *f)
{
    while (c->link && !c->link->said_close) {
        fg_ws_link *l = c->link;
        l->halfway = !fg_ws_put(&l->stream, f);
        if (l->halfway && !fg_ws_link_has_output(l))
            return cannot_send(vm, "there is no source of random numbers");
        FG_TRY(flush(vm, c));
        if (c->link && !c->link->halfway)
            return FG_OK;
        FG_TRY(fg_tick(vm, FG_WS_OUT / 64));
    }
    return cannot_send(vm, "connection is closed");
}

fg_status fg_ws_send(fg_vm *vm, fg_ws_connection *c, fg_slice text)
{
    fg_ws_frame f = { .opcode = WSLAY_TEXT_FRAME, .data = text };
    bool ours;
    begin_use(c);
    fg_status s = fg_ws_turns_take(vm, &c->writing, 0, &ours);
    if (ours) {
        s = send_frame(vm, c, &f);
        if (s == FG_OK)
            fg_ws_link_pay_pong(c->link);
        else if (c->link && (c->link->halfway || fg_ws_link_has_output(c->link)))
            lose(vm, c, "a message could not be sent as a whole");
        fg_ws_turns_give(vm, &c->writing);
    }
    end_use(vm, c);
    return s;
}

/* ---- receiving ------------------------------------------------------------------------ */

static fg_status got_closed(const fg_ws_connection *c, fg_ws_received *out)
{
    out->kind = FG_WS_GOT_CLOSE;
    out->code = c->code;
    out->n = c->nreason;
    memcpy(out->data, c->reason, c->nreason);
    return FG_OK;
}

/* Waits for more bytes; *over: the time is. */
static fg_status wait_for_bytes(fg_vm *vm, fg_ws_connection *c, uint64_t until_ns,
                                bool *over)
{
    fg_ws_link *l = c->link;
    short events = POLLIN;
    *over = false;
    if (l->ended) {
        lose(vm, c, "the connection was lost");
        return FG_OK;
    }
    if (fg_now_ns() >= until_ns) {
        *over = true;
        return FG_OK;
    }
    if (fg_ws_link_has_output(l) && !l->halfway)
        events |= POLLOUT;
    FG_TRY(wait_for(vm, c, events, until_ns));
    if (c->link && fg_ws_link_has_output(c->link) && !c->link->halfway
        && !fg_ws_link_push(c->link))
        c->link->ended = true;
    return FG_OK;
}

static fg_status got_message(fg_ws_link *l, fg_ws_received *out)
{
    bool text = l->stream.opcode == WSLAY_TEXT_FRAME;
    out->kind = text ? FG_WS_GOT_TEXT : FG_WS_GOT_BINARY;
    out->message = l->stream.message;
    l->stream.message = (fg_intake){ 0 };
    return FG_OK;
}

static fg_status got_control(fg_ws_link *l, fg_ws_received *out)
{
    bool ping = l->stream.opcode == WSLAY_PING;
    out->kind = ping ? FG_WS_GOT_PING : FG_WS_GOT_PONG;
    out->n = l->stream.ncontrol;
    memcpy(out->data, l->stream.control, out->n);
    if (ping)
        fg_ws_link_answer_ping(l);
    return FG_OK;
}

/* The other side closes: it hears the same code. */
static fg_status got_close(fg_vm *vm, fg_ws_connection *c, fg_ws_received *out)
{
    const fg_ws_stream *s = &c->link->stream;
    char reason[FG_WS_CONTROL_MAX];
    uint16_t code = s->code;
    uint32_t n = s->ncontrol;
    memcpy(reason, s->control, n);
    fg_ws_link_say_close(c->link, code == WSLAY_CODE_NO_STATUS_RCVD ? 0 : code);
    end_link(vm, c, code, fg_slice_of(reason, n));
    return got_closed(c, out);
}

static fg_status got_nonsense(fg_vm *vm, fg_ws_connection *c)
{
    const fg_ws_stream *s = &c->link->stream;
    const char *why = s->why;
    uint64_t max = s->max_bytes;
    bool too_long = s->code == WSLAY_CODE_MESSAGE_TOO_BIG;
    fg_ws_link_say_close(c->link, s->code);
    lose(vm, c, why);
    if (too_long)
        return fg_raise(vm, FG_E_RUNTIME,
                        "WebSocket receive error: message exceeds cap of %llu bytes",
                        (unsigned long long)max);
    return fg_raise(vm, FG_E_RUNTIME, "WebSocket receive error: %s", why);
}

/* Lets others run after so many pieces of what may never end. */
static fg_status breathe(fg_vm *vm, uint32_t *pieces)
{
    bool ready;
    FG_TRY(fg_tick(vm, 64));
    return ++*pieces % BREATH ? FG_OK : fg_wait_fds(vm, NULL, 0, fg_now_ns(), &ready);
}

/* The turn to read is ours. */
static fg_status receive(fg_vm *vm, fg_ws_connection *c, uint64_t until_ns,
                         fg_ws_received *out)
{
    bool over = false;
    uint32_t pieces = 0;
    while (c->link && !over) {
        fg_ws_link *l = c->link;
        switch (fg_ws_read(&l->stream)) {
        case FG_WS_HUNGRY: FG_TRY(wait_for_bytes(vm, c, until_ns, &over)); break;
        case FG_WS_PIECE:
            over = fg_now_ns() >= until_ns;
            FG_TRY(breathe(vm, &pieces));
            break;
        case FG_WS_MESSAGE: return got_message(l, out);
        case FG_WS_CONTROL: return got_control(l, out);
        case FG_WS_CLOSE: return got_close(vm, c, out);
        case FG_WS_FAILED: return got_nonsense(vm, c);
        case FG_WS_NOMEM:
            fg_ws_link_say_close(l, WSLAY_CODE_MESSAGE_TOO_BIG);
            lose(vm, c, "there was no memory");
            fg_heap_refuse(&vm->heap);
            return FG_NOMEM;
        }
    }
    if (!c->link)
        return got_closed(c, out);
    out->kind = FG_WS_GOT_NOTHING;
    return FG_OK;
}

fg_status fg_ws_receive(fg_vm *vm, fg_ws_connection *c, uint64_t ns,
                        fg_ws_received *out)
{
    uint64_t until_ns = fg_now_ns() + ns;
    bool ours;
    *out = (fg_ws_received){ .kind = FG_WS_GOT_NOTHING };
    begin_use(c);
    fg_status s = fg_ws_turns_take(vm, &c->reading, until_ns, &ours);
    if (ours) {
        s = receive(vm, c, until_ns, out);
        fg_ws_turns_give(vm, &c->reading);
    }
    end_use(vm, c);
    return s;
}

/* ---- closing -------------------------------------------------------------------------- */

/* Sends a close frame when nobody writes any more. */
static fg_status tell(fg_vm *vm, fg_ws_connection *c, uint64_t until_ns)
{
    bool ours;
    FG_TRY(fg_ws_turns_take(vm, &c->writing, until_ns, &ours));
    if (!ours)
        return FG_OK;
    if (c->link)
        fg_ws_link_say_close(c->link, WSLAY_CODE_NORMAL_CLOSURE);
    fg_ws_turns_give(vm, &c->writing);
    return FG_OK;
}

/* Reads on until the other side says good-bye too. */
static fg_status hear(fg_vm *vm, fg_ws_connection *c, uint64_t until_ns)
{
    fg_status s = FG_OK;
    bool ours;
    FG_TRY(fg_ws_turns_take(vm, &c->reading, until_ns, &ours));
    while (ours && s == FG_OK && c->link && fg_now_ns() < until_ns) {
        fg_ws_received r = { .kind = FG_WS_GOT_NOTHING };
        s = receive(vm, c, until_ns, &r);
        fg_intake_drop(vm, &r.message);
    }
    if (s == FG_RAISED) /* it is closed all the same */
        fg_error_clear(vm);
    if (ours)
        fg_ws_turns_give(vm, &c->reading);
    return s == FG_RAISED ? FG_OK : s;
}

fg_status fg_ws_close(fg_vm *vm, fg_ws_connection *c)
{
    uint64_t until_ns = fg_now_ns() + FAREWELL_NS;
    begin_use(c);
    c->gone = true;
    fg_status s = tell(vm, c, until_ns);
    if (s == FG_OK)
        s = hear(vm, c, until_ns);
    if (c->link)
        lose(vm, c, "");
    end_use(vm, c);
    return s;
}

/* The fork ends. */
static void connections_end(fg_vm *vm, fg_resource *r)
{
    connections *all = (connections *)r;
    for (fg_ws_connection *c = all->first, *next; c; c = next) {
        next = c->next;
        if (c->link) {
            fg_ws_link_say_close(c->link, WSLAY_CODE_GOING_AWAY);
            fg_ws_link_free(vm, c->link);
        }
        fg_memory_give(vm, c, sizeof *c);
    }
    fg_memory_give(vm, all, sizeof *all);
}
