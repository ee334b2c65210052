// SPDX-License-Identifier: Apache-2.0
/* HTTP exchanges.
 *
 * A transfer has a multi handle of its own, which says what it waits for; the connections
 * are in a share handle that the fork takes from its site at first use and gives back when
 * it ends, so a connection serves one fork at a time. */
#include "lib/http_transfer.h"

#include "lib/curl_socket.h"
#include "lib/token.h"
#include "run/fiber.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define IDLE_CONNECTIONS 16L

typedef struct transfer {
    fg_curl curl;
    const fg_http_request *request;
    fg_http_response *response;
    uint64_t end_ns; /* of the time limit */
    const char *method;
    fg_slice body;
    char *url;
    bool located;      /* the header has a Location */
    bool crossed;      /* a redirection led to another origin: no credentials */
    bool advertised;   /* too much, by the length in the header */
    uint64_t length;   /* then this much */
    bool exceeded;     /* too much came */
    uint64_t received; /* bytes of the body */
    char prefix[64];   /* of messages about where a redirection leads */
} transfer;

/* ---- connections that are kept -------------------------------------------------------- */

typedef struct share {
    fg_pooled pooled;
    CURLSH *handle;
} share;

/* What a fork has taken. */
typedef struct taken {
    fg_resource resource;
    share *share;
} taken;

static void share_close(fg_pooled *p)
{
    share *s = (share *)p;
    fg_libcurl.curl_share_cleanup(s->handle);
    free(s);
}

static share *share_new(fg_pools *pools)
{
    share *s = calloc(1, sizeof *s);
    CURLSH *h = s ? fg_libcurl.curl_share_init() : NULL;
    if (!h || !fg_pool_opened(&s->pooled, FG_POOL_HTTP, "", share_close)) {
        fg_pool_gone(pools, FG_POOL_HTTP);
        fg_libcurl.curl_share_cleanup(h);
        free(s);
        return NULL;
    }
    s->handle = h;
    fg_libcurl.curl_share_setopt(h, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    fg_libcurl.curl_share_setopt(h, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    fg_libcurl.curl_share_setopt(h, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return s;
}

static void taken_end(fg_vm *vm, fg_resource *r)
{
    taken *t = (taken *)r;
    fg_pool_put(fg_site_of(vm)->pools, &t->share->pooled);
    fg_memory_give(vm, t, sizeof *t);
}

/* The fork's share handle, or NULL without memory. */
static CURLSH *share_of(fg_vm *vm)
{
    taken *t = (taken *)fg_resource_of(vm, taken_end);
    if (t)
        return t->share->handle;
    fg_pools *pools = fg_site_of(vm)->pools;
    t = fg_memory_take(vm, sizeof *t);
    if (!t)
        return NULL;
    t->share = (share *)fg_pool_idle(pools, FG_POOL_HTTP, "");
    if (!t->share)
        t->share = share_new(pools);
    if (!t->share) {
        fg_memory_give(vm, t, sizeof *t);
        fg_heap_refuse(&vm->heap);
        return NULL;
    }
    fg_resource_add(vm, &t->resource, taken_end);
    return t->share->handle;
}

/* ---- what comes ----------------------------------------------------------------------- */

void fg_http_response_drop(fg_vm *vm, fg_http_response *r)
{
    fg_intake_drop(vm, &r->body);
    fg_intake_drop(vm, &r->headers);
    free(r->url);
    r->url = NULL;
}

static long status_of(const transfer *t)
{
    long status = 0;
    fg_libcurl.curl_easy_getinfo(t->curl.easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* Does the response only say where to look instead? */
static bool leads_on(const transfer *t)
{
    long status = status_of(t);
    return t->located
           && (status == 301 || status == 302 || status == 303 || status == 307
               || status == 308);
}

/* Is the body not longer than it may be, as far as the header says? */
static bool fits(transfer *t)
{
    curl_off_t length = -1;
    fg_libcurl.curl_easy_getinfo(t->curl.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                                 &length);
    if (length < 0 || (uint64_t)length <= t->request->max_bytes || leads_on(t)
        || strcmp(t->method, "HEAD") == 0)
        return true;
    t->advertised = true;
    t->length = (uint64_t)length;
    return false;
}

/* One line of the header. */
static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    transfer *t = ctx;
    size_t len = size * n, end = len;
    while (end > 0 && (p[end - 1] == '\r' || p[end - 1] == '\n'))
        end--;
    if (end == 0)
        return fits(t) ? len : 0;
    if (end >= 5 && memcmp(p, "HTTP/", 5) == 0) {
        t->response->headers.n = 0; /* what came before was not the last one */
        t->located = false;
        return len;
    }
    const char *colon = memchr(p, ':', end);
    if (!colon)
        return len;
    size_t name = (size_t)(colon - p), from = name + 1;
    while (from < end && (p[from] == ' ' || p[from] == '\t'))
        from++;
    while (end > from && (p[end - 1] == ' ' || p[end - 1] == '\t'))
        end--;
    for (size_t i = 0; i < name; i++)
        p[i] = fg_ascii_lower(p[i]);
    t->located |= end > from && name == 8 && memcmp(p, "location", 8) == 0;
    if (fg_intake_put(t->curl.vm, &t->response->headers, p, name)
        && fg_intake_put(t->curl.vm, &t->response->headers, "", 1)
        && fg_intake_put(t->curl.vm, &t->response->headers, p + from, end - from)
        && fg_intake_put(t->curl.vm, &t->response->headers, "", 1))
        return len;
    t->curl.status = FG_NOMEM;
    return 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    transfer *t = ctx;
    const fg_http_request *q = t->request;
    size_t len = size * n;
    if (leads_on(t))
        return len;
    t->received += len;
    t->exceeded = t->received > q->max_bytes;
    if (t->exceeded)
        return 0;
    if (q->sink && !(q->failed_bodies && status_of(t) >= 400))
        t->curl.status = q->sink(q->ctx, p, len);
    else if (!fg_intake_put(t->curl.vm, &t->response->body, p, len))
        t->curl.status = FG_NOMEM;
    return t->curl.status == FG_OK ? len : 0;
}

/* ---- one hop -------------------------------------------------------------------------- */

static void set_method(transfer *t)
{
    CURL *e = t->curl.easy;
    bool wants = strcmp(t->method, "POST") == 0 || strcmp(t->method, "PUT") == 0
                 || strcmp(t->method, "PATCH") == 0;
    fg_libcurl.curl_easy_setopt(e, CURLOPT_NOBODY,
                                (long)(strcmp(t->method, "HEAD") == 0));
    if (t->body.p || wants) { /* these have one even when it is empty */
        fg_libcurl.curl_easy_setopt(e, CURLOPT_POST, 1L);
        fg_libcurl.curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
                                    (curl_off_t)t->body.n);
        fg_libcurl.curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->body.p ? t->body.p : "");
    }
    fg_libcurl.curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, t->method);
}

static void set_callbacks(transfer *t)
{
    CURL *e = t->curl.easy;
    fg_libcurl.curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
}

/* Headers that a redirection to another origin must not carry. */
static bool is_secret(const char *line)
{
    static const char *const names[] = { "authorization:", "cookie:",
                                         "proxy-authorization:", "www-authenticate:" };
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static bool is_about_body(const char *line)
{
    return strncasecmp(line, "content-", 8) == 0;
}

static bool add_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *more = fg_libcurl.curl_slist_append(*list, line);
    if (more)
        *list = more;
    return more != NULL;
}

/* The headers for this hop, in a list of its own; false: no memory. */
static bool set_headers(transfer *t, struct curl_slist **list)
{
    bool bodiless = !t->body.p; /* then nothing is said about one either */
    bool added =
        add_header(list, "Expect:") && (!bodiless || add_header(list, "Content-Type:"));
    for (struct curl_slist *h = t->request->headers; h && added; h = h->next)
        if (!(t->crossed && is_secret(h->data))
            && !(bodiless && is_about_body(h->data)))
            added = add_header(list, h->data);
    fg_libcurl.curl_easy_setopt(t->curl.easy, CURLOPT_HTTPHEADER, *list);
    return added;
}

static bool set_up(transfer *t, struct curl_slist **headers)
{
    CURL *e = t->curl.easy;
    set_callbacks(t);
    set_method(t);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_URL, t->url);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_MAXCONNECTS, IDLE_CONNECTIONS);
    fg_libcurl.curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (t->request->user && !t->crossed) {
        fg_libcurl.curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        fg_libcurl.curl_easy_setopt(e, CURLOPT_USERNAME, t->request->user);
        fg_libcurl.curl_easy_setopt(e, CURLOPT_PASSWORD, t->request->password);
    }
    return set_headers(t, headers);
}

/* What libcurl says is wrong, as the catalogue words it. */
static fg_status failed(transfer *t, CURLcode code)
{
    const char *what = t->request->what;
    const char *why = fg_curl_why(&t->curl, code);
    unsigned long long max = t->request->max_bytes;
    FG_TRY(fg_curl_unreached(&t->curl, code));
    if (t->advertised)
        return fg_raise(t->curl.vm, FG_E_RUNTIME,
                        "%s error: response body advertises %llu bytes which exceeds "
                        "cap of %llu",
                        what, (unsigned long long)t->length, max);
    if (t->exceeded)
        return fg_raise(t->curl.vm, FG_E_RUNTIME,
                        "%s error: response body exceeded cap of %llu bytes", what,
                        max);
    if (t->received > 0)
        return fg_raise(t->curl.vm, FG_E_RUNTIME, "%s error: body read error: %s", what,
                        why);
    fg_raise(t->curl.vm, FG_E_RUNTIME,
             "%s error: request failed: error sending request for url (%.300s)", what,
             t->url);
    return fg_hint(t->curl.vm, "%s", why);
}

/* The handles exist.  *to: where it leads on, malloc'ed, or NULL. */
static fg_status exchange(transfer *t, CURLSH *shared, char **to)
{
    struct curl_slist *headers = NULL;
    CURLcode code = CURLE_OK;
    fg_status s = FG_NOMEM;
    uint64_t now = fg_now_ns();
    fg_libcurl.curl_easy_setopt(t->curl.easy, CURLOPT_SHARE, shared);
    if (set_up(t, &headers)
        && fg_libcurl.curl_multi_add_handle(t->curl.multi, t->curl.easy) == CURLM_OK) {
        s = fg_curl_run(&t->curl, t->end_ns > now ? t->end_ns - now : 0, &code);
        if (s == FG_OK && code != CURLE_OK)
            s = failed(t, code);
        t->response->status = status_of(t);
        char *url = NULL;
        if (s == FG_OK && leads_on(t))
            fg_libcurl.curl_easy_getinfo(t->curl.easy, CURLINFO_REDIRECT_URL, &url);
        if (url) {
            *to = strdup(url);
            s = *to ? FG_OK : FG_NOMEM;
        }
        fg_libcurl.curl_multi_remove_handle(t->curl.multi, t->curl.easy);
    }
    fg_libcurl.curl_slist_free_all(headers);
    return s;
}

static fg_status inspect(transfer *t)
{
    static const char *const schemes[] = { "http", "https" };
    CURLU *u = fg_libcurl.curl_url();
    fg_status s = u ? fg_curl_inspect(&t->curl, u, t->url, schemes) : FG_NOMEM;
    fg_libcurl.curl_url_cleanup(u);
    return s;
}

static fg_status one_hop(transfer *t, uint32_t hop, char **to)
{
    if (hop > 0)
        snprintf(t->prefix, sizeof t->prefix,
                 "%s error: redirect rejected: ", t->request->what);
    fg_status s = fg_curl_begin(&t->curl);
    CURLSH *shared = s == FG_OK ? share_of(t->curl.vm) : NULL;
    if (!shared)
        s = FG_NOMEM;
    if (s == FG_OK)
        s = inspect(t);
    if (s == FG_OK)
        s = exchange(t, shared, to);
    fg_curl_end(&t->curl);
    return s;
}

/* ---- redirections --------------------------------------------------------------------- */

/* Is the origin of both the same? */
static bool same_origin(const char *a, const char *b)
{
    static const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_HOST,
                                       CURLUPART_PORT };
    CURLU *u = fg_libcurl.curl_url(), *v = fg_libcurl.curl_url();
    bool same = u && v && fg_libcurl.curl_url_set(u, CURLUPART_URL, a, 0) == CURLUE_OK
                && fg_libcurl.curl_url_set(v, CURLUPART_URL, b, 0) == CURLUE_OK;
    for (size_t i = 0; same && i < FG_COUNT(parts); i++) {
        char *x = NULL, *y = NULL;
        same =
            fg_libcurl.curl_url_get(u, parts[i], &x, CURLU_DEFAULT_PORT) == CURLUE_OK
            && fg_libcurl.curl_url_get(v, parts[i], &y, CURLU_DEFAULT_PORT) == CURLUE_OK
            && strcasecmp(x, y) == 0;
        fg_libcurl.curl_free(x);
        fg_libcurl.curl_free(y);
    }
    fg_libcurl.curl_url_cleanup(u);
    fg_libcurl.curl_url_cleanup(v);
    return same;
}

/* Goes on at `to`, as browsers do. */
static void turn(transfer *t, char *to)
{
    long status = t->response->status;
    bool plain = strcmp(t->method, "GET") == 0 || strcmp(t->method, "HEAD") == 0;
    if (!plain && status < 304) { /* 301, 302, 303 */
        t->method = "GET";
        t->body = (fg_slice){ NULL, 0 };
    }
    if (!same_origin(t->url, to))
        t->crossed = true;
    free(t->url);
    t->url = to;
}

static fg_status all_hops(transfer *t)
{
    for (uint32_t hop = 0;; hop++) {
        char *to = NULL;
        FG_TRY(one_hop(t, hop, &to));
        if (!to)
            return FG_OK;
        if (hop >= t->request->max_redirects) {
            free(to);
            return fg_raise(t->curl.vm, FG_E_RUNTIME,
                            "%s error: too many redirects (cap %u)", t->request->what,
                            t->request->max_redirects);
        }
        turn(t, to);
    }
}

fg_status fg_http_transfer(fg_vm *vm, const fg_http_request *q, fg_http_response *r)
{
    uint64_t start = fg_now_ns();
    *r = (fg_http_response){ 0 };
    transfer t = { .curl = { .vm = vm, .site = fg_site_of(vm) },
                   .request = q,
                   .response = r,
                   .method = q->method,
                   .body = q->body,
                   .end_ns = start + q->timeout_ns,
                   .url = strdup(q->url) };
    t.curl.prefix = t.prefix;
    fg_status s = t.url ? all_hops(&t) : FG_NOMEM;
    if (s == FG_NOMEM)
        fg_heap_refuse(&vm->heap);
    r->url = t.url;
    r->ns = fg_now_ns() - start;
    return s;
}
