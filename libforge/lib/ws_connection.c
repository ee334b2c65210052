// SPDX-License-Identifier: Apache-2.0
/* WebSocket connections.
 *
 * A connection has a link for as long as bytes may flow.  Whoever waits looks afterwards
 * whether the link is still there: another task may have closed it.  The struct itself
 * lives until it is closed by the script and nobody uses it. */
#include "lib/ws_connection.h"

#include "lib/curl_socket.h"
#include "lib/ws_handshake.h"
#include "lib/ws_turn.h"
#include "run/fiber.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFIX "WebSocket connect error: "
#define FAREWELL_NS 1000000000u /* how long a close frame is waited for */

/* What carries the bytes. */
typedef struct link {
    fg_curl curl;
    int fd;
    bool ended;       /* nothing more comes */
    fg_intake answer; /* to the handshake, and what came behind it */
    size_t answer_at; /* read so far */
    bool said_close;  /* a close frame is on its way */
    bool halfway;     /* a frame is not wholly in the buffer */
    bool owes_pong;   /* once that frame is */
    uint32_t npong;
    char pong[FG_WS_CONTROL_MAX];
    fg_ws_stream stream;
} link;

struct fg_ws_connection {
    fg_ws_connection *next;
    uint64_t id;
    uint64_t timeout_ns; /* of a send that makes no progress */
    uint32_t users;      /* calls that are under way */
    bool gone;           /* closed by the script */
    link *link;          /* or NULL */
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

/* ---- bytes ---------------------------------------------------------------------------- */

/* Bytes that came, the first ones behind the answer to the handshake. */
static size_t take_bytes(void *ctx, uint8_t *p, size_t n)
{
    link *l = ctx;
    size_t got = l->answer.n - l->answer_at;
    if (got) {
        got = got < n ? got : n;
        memcpy(p, l->answer.p + l->answer_at, got);
        l->answer_at += got;
        if (l->answer_at == l->answer.n) {
            fg_intake_drop(l->curl.vm, &l->answer);
            l->answer_at = 0;
        }
        return got;
    }
    if (l->ended)
        return 0;
    CURLcode code = curl_easy_recv(l->curl.easy, p, n, &got);
    if (code == CURLE_AGAIN)
        return 0;
    l->ended = code != CURLE_OK || got == 0;
    return l->ended ? 0 : got;
}

/* Gives the network what it takes without waiting; false: the connection is dead. */
static bool push_out(link *l)
{
    fg_ws_stream *s = &l->stream;
    while (s->out_at < s->out_n) {
        size_t n = 0;
        CURLcode code =
            curl_easy_send(l->curl.easy, s->out + s->out_at, s->out_n - s->out_at, &n);
        if (code == CURLE_AGAIN)
            return true;
        if (code != CURLE_OK)
            return false;
        s->out_at += (uint32_t)n;
    }
    return true;
}

static bool has_output(const link *l) { return l->stream.out_at < l->stream.out_n; }

/* ---- links ---------------------------------------------------------------------------- */

static link *link_new(fg_vm *vm, uint64_t max_bytes)
{
    link *l = fg_memory_take(vm, sizeof *l);
    if (!l)
        return NULL;
    memset(l, 0, sizeof *l);
    l->curl.vm = vm;
    l->curl.site = fg_site_of(vm);
    l->curl.prefix = PREFIX;
    l->stream.vm = vm;
    l->stream.max_bytes = max_bytes;
    l->stream.read = take_bytes;
    l->stream.ctx = l;
    return l;
}

static void link_free(fg_vm *vm, link *l)
{
    fg_ws_end(&l->stream);
    fg_curl_end(&l->curl);
    fg_intake_drop(vm, &l->answer);
    fg_memory_give(vm, l, sizeof *l);
}

/* Says good-bye as far as that is possible at once. */
static void say_close(link *l, uint16_t code)
{
    if (l->said_close || l->halfway)
        return;
    l->said_close = fg_ws_put_close(&l->stream, code);
    push_out(l);
}

/* The end of the link, which is there; whoever waits for it goes on. */
static void unlink_it(fg_vm *vm, fg_ws_connection *c, uint16_t code, fg_slice reason)
{
    c->code = code;
    c->nreason = reason.n < sizeof c->reason ? reason.n : sizeof c->reason;
    memcpy(c->reason, reason.p, c->nreason);
    link_free(vm, c->link);
    c->link = NULL;
    connections_of(vm)->open--;
    fg_ws_turns_rouse(vm, &c->reading);
    fg_ws_turns_rouse(vm, &c->writing);
}

/* It ended without a close frame from the other side. */
static void lose(fg_vm *vm, fg_ws_connection *c, const char *why)
{
    unlink_it(vm, c, WSLAY_CODE_ABNORMAL_CLOSURE, fg_slice_str(why));
}

/* ---- the handshake -------------------------------------------------------------------- */

static fg_status refuse_open(fg_vm *vm, const char *why)
{
    return fg_raise(vm, FG_E_RUNTIME, PREFIX "%s", why);
}

/* Waits for the socket until end_ns at most, for the handshake. */
static fg_status wait_open(link *l, short events, uint64_t end_ns)
{
    struct pollfd p = { .fd = l->fd, .events = events };
    bool ready;
    FG_TRY(fg_wait_fds(l->curl.vm, &p, 1, end_ns, &ready));
    return ready || fg_now_ns() < end_ns ? FG_OK : refuse_open(l->curl.vm, "timed out");
}

static fg_status send_request(link *l, fg_slice text, uint64_t end_ns)
{
    while (text.n) {
        size_t n = 0;
        CURLcode code = curl_easy_send(l->curl.easy, text.p, text.n, &n);
        if (code == CURLE_AGAIN)
            FG_TRY(wait_open(l, POLLOUT, end_ns));
        else if (code != CURLE_OK)
            return refuse_open(l->curl.vm, fg_curl_why(&l->curl, code));
        text = fg_slice_of(text.p + n, text.n - n);
    }
    return FG_OK;
}

/* The answer's header, and maybe more; *n: bytes of the header. */
static fg_status read_answer(link *l, uint64_t end_ns, uint32_t *n)
{
    char piece[4096];
    while ((*n = fg_ws_answer_size(fg_intake_view(&l->answer))) == 0) {
        size_t got = 0;
        if (l->answer.n >= FG_WS_ANSWER_MAX)
            return refuse_open(l->curl.vm,
                               "the header of the server's answer is too long");
        CURLcode code = curl_easy_recv(l->curl.easy, piece, sizeof piece, &got);
        if (code == CURLE_AGAIN) {
            FG_TRY(wait_open(l, POLLIN, end_ns));
            continue;
        }
        if (code != CURLE_OK)
            return refuse_open(l->curl.vm, fg_curl_why(&l->curl, code));
        if (got == 0)
            return refuse_open(l->curl.vm, "the server closed the connection");
        if (!fg_intake_put(l->curl.vm, &l->answer, piece, got))
            return FG_NOMEM;
    }
    return FG_OK;
}

static fg_status shake_hands(link *l, fg_ws_upgrade *u, uint64_t end_ns,
                             fg_bytes *taken)
{
    fg_vm *vm = l->curl.vm;
    fg_slice protocol;
    uint32_t n;
    fg_bytes text;
    if (!fg_ws_new_key(u->key))
        return refuse_open(vm, "there is no source of random numbers");
    fg_begin_text(vm, &text);
    fg_ws_request(&text, u);
    fg_status s =
        text.failed ? FG_NOMEM : send_request(l, fg_bytes_view(&text), end_ns);
    text.n = 0;
    if (s == FG_OK)
        s = read_answer(l, end_ns, &n);
    if (s == FG_OK
        && !fg_ws_accepted(u, fg_slice_of(l->answer.p, n), &protocol, &text)) {
        fg_bytes_char(&text, '\0');
        s = refuse_open(vm, text.p);
    } else if (s == FG_OK) {
        fg_bytes_slice(taken, protocol);
        l->answer_at = n;
        if (n == l->answer.n) {
            fg_intake_drop(vm, &l->answer);
            l->answer_at = 0;
        }
    }
    fg_bytes_drop(&text);
    return s;
}

/* ---- opening -------------------------------------------------------------------------- */

/* What of the URL the request needs. */
typedef struct place {
    CURLU *u;
    char *url, *path, *query, *host, *port, *user, *password;
    fg_bytes target, authority;
} place;

static void place_drop(place *p)
{
    char *const parts[] = { p->url,  p->path, p->query,   p->host,
                            p->port, p->user, p->password };
    for (size_t i = 0; i < FG_COUNT(parts); i++)
        curl_free(parts[i]);
    curl_url_cleanup(p->u);
    fg_bytes_drop(&p->target);
    fg_bytes_drop(&p->authority);
}

/* libcurl knows the scheme of what lies below. */
static bool place_read(place *p)
{
    char *scheme = NULL;
    bool ok =
        curl_url_get(p->u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
        && curl_url_set(p->u, CURLUPART_SCHEME,
                        strcmp(scheme, "wss") == 0 ? "https" : "http", 0)
               == CURLUE_OK
        && curl_url_get(p->u, CURLUPART_URL, &p->url, 0) == CURLUE_OK
        && curl_url_get(p->u, CURLUPART_PATH, &p->path, 0) == CURLUE_OK
        && curl_url_get(p->u, CURLUPART_HOST, &p->host, CURLU_PUNYCODE) == CURLUE_OK;
    curl_free(scheme);
    if (!ok)
        return false;
    curl_url_get(p->u, CURLUPART_QUERY, &p->query, 0);
    curl_url_get(p->u, CURLUPART_PORT, &p->port, CURLU_NO_DEFAULT_PORT);
    curl_url_get(p->u, CURLUPART_USER, &p->user, CURLU_URLDECODE);
    curl_url_get(p->u, CURLUPART_PASSWORD, &p->password, CURLU_URLDECODE);
    fg_bytes_str(&p->target, p->path);
    if (p->query) {
        fg_bytes_char(&p->target, '?');
        fg_bytes_str(&p->target, p->query);
    }
    fg_bytes_char(&p->target, '\0');
    fg_bytes_str(&p->authority, p->host);
    if (p->port) {
        fg_bytes_char(&p->authority, ':');
        fg_bytes_str(&p->authority, p->port);
    }
    fg_bytes_char(&p->authority, '\0');
    return !p->target.failed && !p->authority.failed;
}

/* TCP, and TLS for wss. */
static fg_status connect_to(link *l, const char *url, uint64_t end_ns)
{
    CURLcode code = CURLE_OK;
    uint64_t now = fg_now_ns();
    curl_socket_t fd = CURL_SOCKET_BAD;
    curl_easy_setopt(l->curl.easy, CURLOPT_URL, url);
    curl_easy_setopt(l->curl.easy, CURLOPT_CONNECT_ONLY, 1L);
    if (curl_multi_add_handle(l->curl.multi, l->curl.easy) != CURLM_OK)
        return FG_NOMEM;
    FG_TRY(fg_curl_run(&l->curl, end_ns > now ? end_ns - now : 0, &code));
    if (code != CURLE_OK) {
        FG_TRY(fg_curl_unreached(&l->curl, code));
        return refuse_open(l->curl.vm, fg_curl_why(&l->curl, code));
    }
    if (curl_easy_getinfo(l->curl.easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK
        || fd == CURL_SOCKET_BAD)
        return refuse_open(l->curl.vm, "the server closed the connection");
    l->fd = fd;
    return FG_OK;
}

static fg_status link_open(link *l, const fg_http_request *q, fg_slice protocols,
                           place *p, fg_bytes *taken)
{
    static const char *const schemes[] = { "ws", "wss" };
    uint64_t end_ns = fg_now_ns() + q->timeout_ns;
    FG_TRY(fg_curl_begin(&l->curl));
    if (!p->u || !fg_ws_begin(&l->stream))
        return FG_NOMEM;
    FG_TRY(fg_curl_inspect(&l->curl, p->u, q->url, schemes));
    if (!place_read(p))
        return fg_raise(l->curl.vm, FG_E_RUNTIME, PREFIX "invalid url '%.200s'",
                        q->url);
    FG_TRY(connect_to(l, p->url, end_ns));
    fg_ws_upgrade u = { .target = p->target.p,
                        .host = p->authority.p,
                        .user = q->user ? q->user : p->user,
                        .password = q->user       ? q->password
                                    : p->password ? p->password
                                                  : "",
                        .headers = q->headers,
                        .protocols = protocols };
    return shake_hands(l, &u, end_ns, taken);
}

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
    fg_raise(vm, FG_E_RUNTIME, PREFIX "too many connections are open (%u)",
             FG_WS_OPEN_MAX);
    return fg_hint(vm, "ws.close(id) those that are not needed any more");
}

/* Adds a connection that has this link. */
static fg_status enlist(fg_vm *vm, connections *all, link *l, uint64_t timeout_ns,
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

fg_status fg_ws_open(fg_vm *vm, const fg_http_request *q, fg_slice protocols,
                     fg_bytes *taken, uint64_t *id)
{
    connections *all;
    fg_status s = make_room(vm, &all);
    if (s != FG_OK)
        return s;
    link *l = link_new(vm, q->max_bytes);
    if (!l)
        return FG_NOMEM;
    place p = { .u = curl_url() };
    fg_begin_text(vm, &p.target);
    fg_begin_text(vm, &p.authority);
    all->open++;
    s = link_open(l, q, protocols, &p, taken);
    if (s == FG_OK)
        s = enlist(vm, all, l, q->timeout_ns, id);
    if (s != FG_OK) {
        all->open--;
        link_free(vm, l);
    }
    if (s == FG_NOMEM)
        fg_heap_refuse(&vm->heap);
    place_drop(&p);
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
    while (c->link && has_output(c->link)) {
        uint32_t before = c->link->stream.out_at;
        if (!push_out(c->link)) {
            lose(vm, c, "the connection was reset");
            break;
        }
        if (!has_output(c->link))
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
        link *l = c->link;
        l->halfway = !fg_ws_put(&l->stream, f);
        if (l->halfway && !has_output(l))
            return cannot_send(vm, "there is no source of random numbers");
        FG_TRY(flush(vm, c));
        if (c->link && !c->link->halfway)
            return FG_OK;
        FG_TRY(fg_tick(vm, FG_WS_OUT / 64));
    }
    return cannot_send(vm, "connection is closed");
}

/* What could not be sent inside of a frame. */
static void pay_pong(link *l)
{
    if (l->owes_pong)
        fg_ws_put_control(&l->stream, WSLAY_PONG, fg_slice_of(l->pong, l->npong));
    l->owes_pong = false;
    push_out(l);
}

fg_status fg_ws_send(fg_vm *vm, fg_ws_connection *c, fg_slice text)
{
    fg_ws_frame f = { .opcode = WSLAY_TEXT_FRAME, .data = text };
    bool ours;
    begin_use(c);
    fg_status s = fg_ws_turns_take(vm, &c->writing, 0, &ours);
    if (ours) {
        s = send_frame(vm, c, &f);
        if (c->link && c->link->halfway) /* nothing else can follow half a frame */
            lose(vm, c, "a message could not be sent as a whole");
        else if (c->link)
            pay_pong(c->link);
        fg_ws_turns_give(vm, &c->writing);
    }
    end_use(vm, c);
    return s;
}

/* ---- receiving ------------------------------------------------------------------------ */

static void answer_ping(link *l)
{
    const fg_ws_stream *s = &l->stream;
    fg_slice data = fg_slice_of((const char *)s->control, s->ncontrol);
    if (l->said_close)
        return;
    if (!l->halfway) {
        fg_ws_put_control(&l->stream, WSLAY_PONG, data); /* else it reads nothing */
        push_out(l);
        return;
    }
    l->owes_pong = true;
    l->npong = data.n;
    memcpy(l->pong, data.p, data.n);
}

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
    link *l = c->link;
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
    if (has_output(l) && !l->halfway)
        events |= POLLOUT;
    FG_TRY(wait_for(vm, c, events, until_ns));
    if (c->link && has_output(c->link) && !c->link->halfway && !push_out(c->link))
        c->link->ended = true;
    return FG_OK;
}

static fg_status got_message(link *l, fg_ws_received *out)
{
    bool text = l->stream.opcode == WSLAY_TEXT_FRAME;
    out->kind = text ? FG_WS_GOT_TEXT : FG_WS_GOT_BINARY;
    out->message = l->stream.message;
    l->stream.message = (fg_intake){ 0 };
    return FG_OK;
}

static fg_status got_control(link *l, fg_ws_received *out)
{
    bool ping = l->stream.opcode == WSLAY_PING;
    out->kind = ping ? FG_WS_GOT_PING : FG_WS_GOT_PONG;
    out->n = l->stream.ncontrol;
    memcpy(out->data, l->stream.control, out->n);
    if (ping)
        answer_ping(l);
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
    say_close(c->link, code == WSLAY_CODE_NO_STATUS_RCVD ? 0 : code);
    unlink_it(vm, c, code, fg_slice_of(reason, n));
    return got_closed(c, out);
}

static fg_status got_nonsense(fg_vm *vm, fg_ws_connection *c)
{
    const fg_ws_stream *s = &c->link->stream;
    const char *why = s->why;
    uint64_t max = s->max_bytes;
    bool too_long = s->code == WSLAY_CODE_MESSAGE_TOO_BIG;
    say_close(c->link, s->code);
    lose(vm, c, why);
    if (too_long)
        return fg_raise(vm, FG_E_RUNTIME,
                        "WebSocket receive error: message exceeds cap of %llu bytes",
                        (unsigned long long)max);
    return fg_raise(vm, FG_E_RUNTIME, "WebSocket receive error: %s", why);
}

/* The turn to read is ours. */
static fg_status receive(fg_vm *vm, fg_ws_connection *c, uint64_t until_ns,
                         fg_ws_received *out)
{
    bool over = false;
    while (c->link && !over) {
        link *l = c->link;
        switch (fg_ws_read(&l->stream)) {
        case FG_WS_HUNGRY: FG_TRY(wait_for_bytes(vm, c, until_ns, &over)); break;
        case FG_WS_PIECE:
            over = fg_now_ns() >= until_ns;
            FG_TRY(fg_tick(vm, 64));
            break;
        case FG_WS_MESSAGE: return got_message(l, out);
        case FG_WS_CONTROL: return got_control(l, out);
        case FG_WS_CLOSE: return got_close(vm, c, out);
        case FG_WS_FAILED: return got_nonsense(vm, c);
        case FG_WS_NOMEM:
            say_close(l, WSLAY_CODE_MESSAGE_TOO_BIG);
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
        say_close(c->link, WSLAY_CODE_NORMAL_CLOSURE);
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
            say_close(c->link, WSLAY_CODE_GOING_AWAY);
            link_free(vm, c->link);
        }
        fg_memory_give(vm, c, sizeof *c);
    }
    fg_memory_give(vm, all, sizeof *all);
}
