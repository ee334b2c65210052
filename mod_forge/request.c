// SPDX-License-Identifier: Apache-2.0
/* Path and body of a request.
 *
 * Routes match the path as the client wrote it, since r->uri has lost which slashes
 * were encoded or doubled.  What httpd has authorised is r->uri, though: if the two
 * are not the same but for that, a rewrite came between and r->uri counts. */
#include "request.h"

#include <string.h>

#include "apr_buckets.h"
#include "apr_strings.h"
#include "http_protocol.h"
#include "log.h"
#include "router.h"
#include "util_filter.h"

/* Note of the path that a request was authorised for, and the handler that mod_rewrite
 * sets in a directory. */
#define ASKED "forge-asked"
#define REWRITTEN "redirect-handler"

/* ---- path ------------------------------------------------------------------------ */

/* The path of the request line, undecoded. */
static const char *raw_path(request_rec *r)
{
    const char *at = r->unparsed_uri;
    if (at && at[0] != '/') {
        const char *host = strstr(at, "://");
        at = host ? strchr(host + 3, '/') : NULL;
    }
    return at ? apr_pstrmemdup(r->pool, at, strcspn(at, "?#")) : NULL;
}

/* Decoded once, runs of slashes made one, and for r->uri also the %2F it has kept. */
static char *comparable(apr_pool_t *p, const char *text)
{
    apr_size_t n = strlen(text);
    char *out = apr_palloc(p, n + 1);
    n = mf_percent_decode(text, n, out);
    out[n] = '\0';
    ap_no2slash(out);
    return out;
}

/* Encodes just what decoding would take for an escape. */
static const char *escape_percent(apr_pool_t *p, const char *text)
{
    char *out = apr_palloc(p, 3 * strlen(text) + 1), *at = out;
    for (; *text; text++) {
        *at++ = *text;
        if (*text == '%') {
            *at++ = '2';
            *at++ = '5';
        }
    }
    *at = '\0';
    return out;
}

static int has_dot_segment(const char *path)
{
    for (const char *at = strstr(path, "/."); at; at = strstr(at + 1, "/.")) {
        const char *end = at + 2 + (at[2] == '.');
        if (*end == '/' || *end == '\0')
            return 1;
    }
    return 0;
}

/* r->uri decoded as far as the raw path would be: httpd may keep %2F in it. */
static char *authorised(request_rec *r)
{
    char *out = apr_pstrdup(r->pool, r->uri);
    for (char *at = strstr(out, "%2"); at; at = strstr(at + 1, "%2")) {
        if (at[2] == 'F' || at[2] == 'f') {
            *at = '/';
            memmove(at + 1, at + 3, strlen(at + 3) + 1);
        }
    }
    ap_no2slash(out);
    return out;
}

/* What follows `prefix`, a decoded text of n bytes, in a raw path; NULL if it is not
 * there. */
static const char *after_prefix(const char *raw, const char *prefix, apr_size_t n)
{
    for (apr_size_t i = 0; i < n;) {
        char c;
        apr_size_t step = raw[0] == '%' ? strnlen(raw, 3) : 1;
        if (raw[0] == '\0')
            return NULL;
        if (i > 0 && raw[0] == '/' && prefix[i - 1] == '/') {
            raw++;
            continue;
        }
        char text[3];
        if (mf_percent_decode(raw, step, text) == 1)
            c = text[0];
        else
            c = raw[0], step = 1;
        if (c != prefix[i++])
            return NULL;
        raw += step;
    }
    return raw[0] == '\0' || raw[0] == '/' ? raw : NULL;
}

/* The path of most requests: as the client wrote it, it is r->uri, and nothing in it can
 * be written in another way.  NULL: it has to be looked at. */
static const char *plain_path(const request_rec *r, const char *info)
{
    const char *at = r->unparsed_uri, *uri = r->uri;
    if (!at || *at != '/')
        return NULL;
    for (char before = 0; *uri && *at == *uri; at++, uri++) {
        if (*uri <= '/'
            && (*uri == '%' || ((*uri == '/' || *uri == '.') && before == '/')))
            return NULL;
        before = *uri;
    }
    apr_size_t n = (apr_size_t)(uri - r->uri), tail = strlen(info);
    if (*uri || (*at && *at != '?' && *at != '#') || tail > n
        || memcmp(uri - tail, info, tail) != 0)
        return NULL;
    uri -= tail;
    if (*uri && *uri != '/')
        return NULL;
    return *uri ? uri : "/";
}

/* ---- front controllers ----------------------------------------------------------- */

int mf_request_asked(request_rec *r)
{
    if (!r->main && !r->prev
        && (r->finfo.filetype == APR_NOFILE || r->finfo.filetype == APR_DIR))
        apr_table_setn(r->notes, ASKED, r->uri);
    return DECLINED;
}

/* The path that httpd has authorised before a rule for a directory, or mod_dir, chose the
 * script for it; NULL: the script is what was asked for. */
static const char *asked_for(const request_rec *r)
{
    const request_rec *before = r->prev;
    if (!before)
        return apr_table_get(r->notes, ASKED);
    return before->status == HTTP_OK && before->handler
                   && strcmp(before->handler, REWRITTEN) == 0
               ? before->uri
               : NULL;
}

/* What such a script routes on: the path from its own directory on; or NULL. */
static const char *front_path(request_rec *r)
{
    const char *asked = asked_for(r), *slash = strrchr(r->uri, '/');
    if (!asked || !slash)
        return NULL;
    apr_size_t n = (apr_size_t)(slash - r->uri);
    return strncmp(asked, r->uri, n + 1) == 0 ? escape_percent(r->pool, asked + n)
                                              : NULL;
}

const char *mf_request_path(request_rec *r)
{
    const char *info = r->path_info ? r->path_info : "";
    const char *path = info[0] ? NULL : front_path(r);
    if (!path)
        path = plain_path(r, info);
    if (path)
        return path;
    const char *raw = raw_path(r);
    apr_size_t uri = strlen(r->uri), tail = strlen(info);
    if (raw) {
        const char *decoded = comparable(r->pool, raw);
        if (has_dot_segment(decoded))
            return NULL;
        if (tail <= uri && strcmp(r->uri + uri - tail, info) == 0
            && strcmp(decoded, authorised(r)) == 0)
            path = after_prefix(raw, r->uri, uri - tail);
    }
    if (!path)
        path = escape_percent(r->pool, info);
    return path[0] ? path : "/";
}

int mf_request_method(int number)
{
    switch (number) {
    case M_GET: return MF_GET; /* HEAD, too */
    case M_POST: return MF_POST;
    case M_PUT: return MF_PUT;
    case M_DELETE: return MF_DELETE;
    case M_PATCH: return MF_PATCH;
    case M_OPTIONS: return MF_OPTIONS;
    default: return -1;
    }
}

const char *mf_request_asked_path(request_rec *r)
{
    while (r->prev)
        r = r->prev;
    const char *raw = raw_path(r);
    char *path = apr_pstrdup(r->pool, raw ? raw : r->uri);
    if (raw)
        path[mf_percent_decode(raw, strlen(raw), path)] = '\0';
    return path;
}

/* ---- query ----------------------------------------------------------------------- */

static void *from_pool(void *ctx, size_t n) { return apr_palloc(ctx, n); }

int mf_request_query(request_rec *r, mf_query *out)
{
    mf_memory memory = { from_pool, r->pool };
    return mf_query_parse(r->args, &memory, out);
}

/* ---- body ------------------------------------------------------------------------ */

int mf_request_has_body(const request_rec *r)
{
    return ap_request_has_body((request_rec *)r);
}

int mf_request_is_json(request_rec *r)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    if (!type)
        return 0;
    type += strspn(type, " \t");
    apr_size_t n = strcspn(type, "; \t");
    if (n < 12 || strncasecmp(type, "application/", 12) != 0)
        return 0;
    if (n == 16 && strncasecmp(type + 12, "json", 4) == 0)
        return 1;
    return n > 17 && strncasecmp(type + n - 5, "+json", 5) == 0;
}

typedef struct body {
    char *text;
    apr_size_t n, room;
    apr_int64_t most;
} body;

/* Appends the data of a brigade.  Returns OK, DONE at the end, or a status. */
static int append(request_rec *r, apr_bucket_brigade *bb, body *b)
{
    for (apr_bucket *e = APR_BRIGADE_FIRST(bb); e != APR_BRIGADE_SENTINEL(bb);
         e = APR_BUCKET_NEXT(e)) {
        const char *data;
        apr_size_t n;
        if (APR_BUCKET_IS_EOS(e))
            return DONE;
        if (APR_BUCKET_IS_METADATA(e))
            continue;
        apr_status_t rv = apr_bucket_read(e, &data, &n, APR_BLOCK_READ);
        if (rv != APR_SUCCESS)
            return ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
        if ((apr_int64_t)n > b->most - (apr_int64_t)b->n)
            return HTTP_REQUEST_ENTITY_TOO_LARGE;
        if (b->n + n > b->room) {
            apr_size_t room = b->room * 2 > b->n + n ? b->room * 2 : b->n + n;
            char *text = apr_palloc(r->pool, room);
            memcpy(text, b->text, b->n);
            b->text = text;
            b->room = room;
        }
        memcpy(b->text + b->n, data, n);
        b->n += n;
    }
    return OK;
}

apr_off_t mf_request_announced(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t n;
    if (!header || apr_table_get(r->headers_in, "Transfer-Encoding")
        || !ap_parse_strict_length(&n, header))
        return -1;
    return n;
}

int mf_request_body(request_rec *r, apr_int64_t most, const char **text, apr_size_t *n)
{
    apr_off_t length = mf_request_announced(r);
    body b = { NULL, 0, length >= 0 ? (apr_size_t)length : 8192, most };
    int status = OK;
    if (length > most)
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    b.text = apr_palloc(r->pool, b.room + 1);
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    while (status == OK) {
        apr_status_t rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES,
                                         APR_BLOCK_READ, HUGE_STRING_LEN);
        if (rv != APR_SUCCESS) {
            mf_log_request(MF_BODY_READ, r, rv, "after %lu bytes", (unsigned long)b.n);
            status = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
        } else {
            status = append(r, bb, &b);
        }
        apr_brigade_cleanup(bb);
    }
    apr_brigade_destroy(bb);
    *text = b.text;
    *n = b.n;
    return status == DONE ? OK : status;
}

void mf_request_discard(request_rec *r)
{
    if (!mf_request_has_body(r))
        return;
    apr_off_t length = mf_request_announced(r);
    /* Reading would invite the client to send what nobody wants. */
    if (r->expecting_100 || length < 0 || length > MF_WORTH_READING)
        r->connection->keepalive = AP_CONN_CLOSE;
    else
        ap_discard_request_body(r);
}
