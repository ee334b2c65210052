// SPDX-License-Identifier: Apache-2.0
/* What carries the bytes of a WebSocket connection: libcurl connects, and moves them. */
#include "lib/ws_link.h"

#include "lib/lib.h"
#include "lib/ws_handshake.h"
#include "run/fiber.h"

#define PREFIX FG_WS_CONNECT_ERROR

/* ---- bytes ---------------------------------------------------------------------------- */

/* Bytes that came, the first ones behind the answer to the handshake. */
static size_t take_bytes(void *ctx, uint8_t *p, size_t n)
{
    fg_ws_link *l = ctx;
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
    CURLcode code = fg_libcurl.curl_easy_recv(l->curl.easy, p, n, &got);
    if (code == CURLE_AGAIN)
        return 0;
    l->ended = code != CURLE_OK || got == 0;
    return l->ended ? 0 : got;
}

bool fg_ws_link_push(fg_ws_link *l)
{
    fg_ws_stream *s = &l->stream;
    while (s->out_at < s->out_n) {
        size_t n = 0;
        CURLcode code = fg_libcurl.curl_easy_send(l->curl.easy, s->out + s->out_at,
                                                  s->out_n - s->out_at, &n);
        if (code == CURLE_AGAIN)
            return true;
        if (code != CURLE_OK)
            return false;
        s->out_at += (uint32_t)n;
    }
    return true;
}

/* ---- links ---------------------------------------------------------------------------- */

fg_ws_link *fg_ws_link_new(fg_vm *vm, uint64_t max_bytes)
{
    fg_ws_link *l = fg_memory_take(vm, sizeof *l);
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

void fg_ws_link_free(fg_vm *vm, fg_ws_link *l)
{
    fg_ws_end(&l->stream);
    fg_curl_end(&l->curl);
    fg_intake_drop(vm, &l->answer);
    fg_memory_give(vm, l, sizeof *l);
}

/* ---- between frames ------------------------------------------------------------------- */

void fg_ws_link_say_close(fg_ws_link *l, uint16_t code)
{
    if (l->said_close || l->halfway)
        return;
    l->said_close = fg_ws_put_close(&l->stream, code);
    fg_ws_link_push(l);
}

void fg_ws_link_answer_ping(fg_ws_link *l)
{
    const fg_ws_stream *s = &l->stream;
    fg_slice data = fg_slice_of((const char *)s->control, s->ncontrol);
    if (l->said_close)
        return;
    if (!l->halfway) {
        fg_ws_put_control(&l->stream, WSLAY_PONG, data); /* else it reads nothing */
        fg_ws_link_push(l);
        return;
    }
    l->owes_pong = true;
    l->npong = data.n;
    memcpy(l->pong, data.p, data.n);
}

void fg_ws_link_pay_pong(fg_ws_link *l)
{
    if (l->owes_pong)
        fg_ws_put_control(&l->stream, WSLAY_PONG, fg_slice_of(l->pong, l->npong));
    l->owes_pong = false;
    fg_ws_link_push(l);
}

/* ---- the handshake -------------------------------------------------------------------- */

static fg_status refuse_open(fg_vm *vm, const char *why)
{
    return fg_raise(vm, FG_E_RUNTIME, PREFIX "%s", why);
}

/* Waits for the socket until end_ns at most, for the handshake. */
static fg_status wait_open(fg_ws_link *l, short events, uint64_t end_ns)
{
    struct pollfd p = { .fd = l->fd, .events = events };
    bool ready;
    FG_TRY(fg_wait_fds(l->curl.vm, &p, 1, end_ns, &ready));
    return ready || fg_now_ns() < end_ns ? FG_OK : refuse_open(l->curl.vm, "timed out");
}

static fg_status send_request(fg_ws_link *l, fg_slice text, uint64_t end_ns)
{
    while (text.n) {
        size_t n = 0;
        CURLcode code = fg_libcurl.curl_easy_send(l->curl.easy, text.p, text.n, &n);
        if (code == CURLE_AGAIN)
            FG_TRY(wait_open(l, POLLOUT, end_ns));
        else if (code != CURLE_OK)
            return refuse_open(l->curl.vm, fg_curl_why(&l->curl, code));
        text = fg_slice_of(text.p + n, text.n - n);
    }
    return FG_OK;
}

/* The answer's header, and maybe more; *n: bytes of the header. */
static fg_status read_answer(fg_ws_link *l, uint64_t end_ns, uint32_t *n)
{
    char piece[4096];
    while ((*n = fg_ws_answer_size(fg_intake_view(&l->answer))) == 0) {
        size_t got = 0;
        if (l->answer.n >= FG_WS_ANSWER_MAX)
            return refuse_open(l->curl.vm,
                               "the header of the server's answer is too long");
        CURLcode code =
            fg_libcurl.curl_easy_recv(l->curl.easy, piece, sizeof piece, &got);
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

static fg_status shake_hands(fg_ws_link *l, fg_ws_upgrade *u, uint64_t end_ns,
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
        fg_libcurl.curl_free(parts[i]);
    fg_libcurl.curl_url_cleanup(p->u);
    fg_bytes_drop(&p->target);
    fg_bytes_drop(&p->authority);
}

/* libcurl knows the scheme of what lies below. */
static bool place_read(place *p)
{
    char *scheme = NULL;
    bool ok =
        fg_libcurl.curl_url_get(p->u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
        && fg_libcurl.curl_url_set(p->u, CURLUPART_SCHEME,
                                   strcmp(scheme, "wss") == 0 ? "https" : "http", 0)
               == CURLUE_OK
        && fg_libcurl.curl_url_get(p->u, CURLUPART_URL, &p->url, 0) == CURLUE_OK
        && fg_libcurl.curl_url_get(p->u, CURLUPART_PATH, &p->path, 0) == CURLUE_OK
        && fg_libcurl.curl_url_get(p->u, CURLUPART_HOST, &p->host, CURLU_PUNYCODE)
               == CURLUE_OK;
    fg_libcurl.curl_free(scheme);
    if (!ok)
        return false;
    fg_libcurl.curl_url_get(p->u, CURLUPART_QUERY, &p->query, 0);
    fg_libcurl.curl_url_get(p->u, CURLUPART_PORT, &p->port, CURLU_NO_DEFAULT_PORT);
    fg_libcurl.curl_url_get(p->u, CURLUPART_USER, &p->user, CURLU_URLDECODE);
    fg_libcurl.curl_url_get(p->u, CURLUPART_PASSWORD, &p->password, CURLU_URLDECODE);
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
static fg_status connect_to(fg_ws_link *l, const char *url, uint64_t end_ns)
{
    CURLcode code = CURLE_OK;
    uint64_t now = fg_now_ns();
    curl_socket_t fd = CURL_SOCKET_BAD;
    fg_libcurl.curl_easy_setopt(l->curl.easy, CURLOPT_URL, url);
    fg_libcurl.curl_easy_setopt(l->curl.easy, CURLOPT_CONNECT_ONLY, 1L);
    if (fg_libcurl.curl_multi_add_handle(l->curl.multi, l->curl.easy) != CURLM_OK)
        return FG_NOMEM;
    FG_TRY(fg_curl_run(&l->curl, end_ns > now ? end_ns - now : 0, &code));
    if (code != CURLE_OK) {
        FG_TRY(fg_curl_unreached(&l->curl, code));
        return refuse_open(l->curl.vm, fg_curl_why(&l->curl, code));
    }
    if (fg_libcurl.curl_easy_getinfo(l->curl.easy, CURLINFO_ACTIVESOCKET, &fd)
            != CURLE_OK
        || fd == CURL_SOCKET_BAD)
        return refuse_open(l->curl.vm, "the server closed the connection");
    l->fd = fd;
    return FG_OK;
}

static fg_status open_at(fg_ws_link *l, const fg_http_request *q, fg_slice protocols,
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

fg_status fg_ws_link_open(fg_ws_link *l, const fg_http_request *q, fg_slice protocols,
                          fg_bytes *taken)
{
    place p = { .u = fg_libcurl.curl_url() };
    fg_begin_text(l->curl.vm, &p.target);
    fg_begin_text(l->curl.vm, &p.authority);
    fg_status s = open_at(l, q, protocols, &p, taken);
    place_drop(&p);
    return s;
}
