// SPDX-License-Identifier: Apache-2.0
/* libcurl's handles and the sockets they wait for. */
#define _GNU_SOURCE
#include "lib/curl_socket.h"

#include "run/fiber.h"

#include <string.h>

/* ---- sockets -------------------------------------------------------------------------- */

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    fg_curl *c = ctx;
    (void)purpose;
    if (c->refused == FG_REACH_OK)
        c->refused = fg_guard_judge(c->site, c->host, &a->addr);
    if (c->refused != FG_REACH_OK)
        return CURL_SOCKET_BAD;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
    fg_curl *c = ctx;
    (void)easy;
    (void)unused;
    uint32_t i = 0;
    while (i < c->nfds && c->fds[i].fd != fd)
        i++;
    if (what == CURL_POLL_REMOVE) {
        if (i < c->nfds)
            c->fds[i] = c->fds[--c->nfds];
        return 0;
    }
    if (i == FG_CURL_SOCKETS) {
        c->status = FG_NOMEM;
        return -1;
    }
    c->nfds += i == c->nfds;
    short events = 0;
    if (what & CURL_POLL_IN)
        events |= POLLIN;
    if (what & CURL_POLL_OUT)
        events |= POLLOUT;
    c->fds[i] = (struct pollfd){ .fd = fd, .events = events };
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
    fg_curl *c = ctx;
    (void)multi;
    c->timer_ns = ms < 0 ? 0 : fg_now_ns() + (uint64_t)ms * 1000000u + 1;
    return 0;
}

/* What libcurl is to be told of a descriptor. */
static int ready_bits(short revents)
{
    int bits = 0;
    if (revents & (POLLIN | POLLHUP))
        bits |= CURL_CSELECT_IN;
    if (revents & POLLOUT)
        bits |= CURL_CSELECT_OUT;
    if (revents & (POLLERR | POLLNVAL))
        bits |= CURL_CSELECT_ERR;
    return bits;
}

fg_status fg_curl_run(fg_curl *c, uint64_t ns, CURLcode *code)
{
    int running = 1, left;
    uint64_t ms = ns / 1000000u;
    fg_libcurl.curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, ms ? (long)ms : 1L);
    fg_libcurl.curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    while (running) {
        bool ready;
        FG_TRY(fg_wait_fds(c->vm, c->fds, c->nfds, c->timer_ns, &ready));
        struct pollfd fds[FG_CURL_SOCKETS]; /* acting changes the list */
        uint32_t n = ready ? c->nfds : 0;
        memcpy(fds, c->fds, n * sizeof *fds);
        for (uint32_t i = 0; i < n && running; i++)
            if (fds[i].revents)
                fg_libcurl.curl_multi_socket_action(
                    c->multi, fds[i].fd, ready_bits(fds[i].revents), &running);
        if (running && c->timer_ns && fg_now_ns() >= c->timer_ns) {
            c->timer_ns = 0;
            fg_libcurl.curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0,
                                                &running);
        }
    }
    CURLMsg *m = fg_libcurl.curl_multi_info_read(c->multi, &left);
    *code = m ? m->data.result : CURLE_OUT_OF_MEMORY;
    return c->status;
}

/* ---- handles -------------------------------------------------------------------------- */

fg_status fg_curl_begin(fg_curl *c)
{
    c->nfds = 0;
    c->timer_ns = 0;
    c->easy = fg_libcurl.curl_easy_init();
    c->multi = fg_libcurl.curl_multi_init();
    if (!c->easy || !c->multi)
        return FG_NOMEM;
    CURL *e = c->easy;
    const char *roots = fg_site_var(c->site, "SSL_CERT_FILE");
    fg_libcurl.curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, c);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->error);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    fg_libcurl.curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_QUICK_EXIT,
                                1L); /* do not wait for the resolver */
    fg_libcurl.curl_easy_setopt(e, CURLOPT_PROXY, "");
    if (roots)
        fg_libcurl.curl_easy_setopt(e, CURLOPT_CAINFO, roots);
    fg_libcurl.curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    fg_libcurl.curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    fg_libcurl.curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    fg_libcurl.curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    return FG_OK;
}

void fg_curl_end(fg_curl *c)
{
    if (c->easy && c->multi)
        fg_libcurl.curl_multi_remove_handle(c->multi, c->easy);
    fg_libcurl.curl_easy_cleanup(c->easy);
    fg_libcurl.curl_multi_cleanup(c->multi);
    fg_libcurl.curl_free(c->host);
    c->easy = NULL;
    c->multi = NULL;
    c->host = NULL;
}

/* ---- whom it leads to ----------------------------------------------------------------- */

static fg_status refuse(fg_curl *c, bool resolved)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_bytes_str(&b, c->prefix);
    fg_guard_reason(c->site, c->refused, c->host, resolved, &b);
    fg_status s = fg_raise(c->vm, FG_E_RUNTIME, "%.*s", (int)b.n, b.p);
    fg_bytes_drop(&b);
    return c->site->hosted ? fg_hint(c->vm, "the administrator of the host decides who "
                                            "can be reached")
                           : s;
}

static const char *url_reason(CURLUcode code)
{
    switch (code) {
    case CURLUE_BAD_SCHEME:
    case CURLUE_MALFORMED_INPUT: return "relative URL without a base";
    case CURLUE_NO_HOST: return "empty host";
    case CURLUE_BAD_PORT_NUMBER: return "invalid port number";
    case CURLUE_BAD_IPV6: return "invalid IPv6 address";
    case CURLUE_BAD_HOSTNAME: return "invalid domain character";
    default: return fg_libcurl.curl_url_strerror(code);
    }
}

static fg_status bad_url(fg_curl *c, const char *url, CURLUcode code)
{
    return fg_raise(c->vm, FG_E_RUNTIME, "%sinvalid url '%.200s': %s", c->prefix, url,
                    url_reason(code));
}

fg_status fg_curl_inspect(fg_curl *c, CURLU *u, const char *url,
                          const char *const schemes[2])
{
    char *scheme = NULL;
    fg_status s = FG_OK;
    CURLUcode code =
        fg_libcurl.curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OK)
        code = fg_libcurl.curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    if (code == CURLUE_OK && strcmp(scheme, schemes[0]) != 0
        && strcmp(scheme, schemes[1]) != 0)
        s = fg_raise(c->vm, FG_E_RUNTIME,
                     "%sunsupported url scheme '%.60s': only %s/%s allowed", c->prefix,
                     scheme, schemes[0], schemes[1]);
    fg_libcurl.curl_free(scheme);
    FG_TRY(s);
    fg_libcurl.curl_free(c->host);
    c->host = NULL;
    if (code == CURLUE_OK)
        code = fg_libcurl.curl_url_get(u, CURLUPART_HOST, &c->host, 0);
    if (code != CURLUE_OK)
        return bad_url(c, url, code);
    c->refused = fg_guard_judge(c->site, c->host, NULL);
    return c->refused == FG_REACH_OK ? FG_OK : refuse(c, false);
}

const char *fg_curl_why(const fg_curl *c, CURLcode code)
{
    return c->error[0] ? c->error : fg_libcurl.curl_easy_strerror(code);
}

fg_status fg_curl_unreached(fg_curl *c, CURLcode code)
{
    if (c->refused != FG_REACH_OK)
        return refuse(c, true);
    if (code != CURLE_COULDNT_RESOLVE_HOST)
        return FG_OK;
    return fg_raise(c->vm, FG_E_RUNTIME, "%sdns resolution failed for '%s': %s",
                    c->prefix, c->host, fg_curl_why(c, code));
}
