// SPDX-License-Identifier: Apache-2.0
/* Bodies on demand, through all input filters without blocking.
 *
 * mod_reqtimeout looks at its clock at each read, so a body that it gives up is found by
 * asking again; where that module is not at work, Timeout bounds how long nothing comes. */
#include "body.h"

#include <poll.h>
#include <string.h>

#include "apr_portable.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"
#include "log.h"
#include "request.h"
#include "util_filter.h"

/* Time that an answer is held up by a body that nobody has asked for. */
#define PATIENCE apr_time_from_msec(50)

mf_body *mf_body_new(request_rec *r, apr_int64_t most)
{
    mf_body *b = apr_pcalloc(r->pool, sizeof *b);
    b->r = r;
    b->most = most;
    b->status = OK;
    return b;
}

/* ---- failures -------------------------------------------------------------------- */

static const char *reason(const mf_body *b)
{
    switch (b->status) {
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        return apr_psprintf(b->r->pool, "the body is over %" APR_INT64_T_FMT " bytes",
                            b->most);
    case HTTP_REQUEST_TIME_OUT: return "the body did not arrive in time";
    default: return "the body cannot be read";
    }
}

/* What is left of the body can be anything: nothing follows it on the connection. */
static void fail(mf_body *b, int status)
{
    b->status = status;
    b->why = reason(b);
    b->ended = 1;
    apr_brigade_cleanup(b->bb);
    b->r->connection->keepalive = AP_CONN_CLOSE;
}

static void fail_read(mf_body *b, apr_status_t rv)
{
    mf_log_request(MF_BODY_READ, b->r, rv, "after %" APR_INT64_T_FMT " bytes", b->n);
    fail(b, ap_map_http_request_error(rv, HTTP_BAD_REQUEST));
}

/* ---- reading --------------------------------------------------------------------- */

static void begin(mf_body *b)
{
    b->bb = apr_brigade_create(b->r->pool, b->r->connection->bucket_alloc);
    b->last = apr_time_now();
    if (mf_request_announced(b->r) > b->most)
        fail(b, HTTP_REQUEST_ENTITY_TOO_LARGE);
}

/* Notes the end and the length of what came. */
static void look(mf_body *b)
{
    for (apr_bucket *e = APR_BRIGADE_FIRST(b->bb), *next;
         !b->status && e != APR_BRIGADE_SENTINEL(b->bb); e = next) {
        const char *data;
        apr_size_t n = 0;
        next = APR_BUCKET_NEXT(e);
        if (APR_BUCKET_IS_EOS(e))
            b->ended = 1;
        if (APR_BUCKET_IS_METADATA(e)) {
            apr_bucket_delete(e);
            continue;
        }
        apr_status_t rv = apr_bucket_read(e, &data, &n, APR_BLOCK_READ);
        if (rv == APR_SUCCESS)
            rv = apr_bucket_setaside(e, b->r->pool);
        if (rv != APR_SUCCESS && rv != APR_ENOTIMPL)
            fail_read(b, rv);
        else if ((apr_int64_t)n > b->most - b->n)
            fail(b, HTTP_REQUEST_ENTITY_TOO_LARGE);
        else
            b->n += (apr_int64_t)n;
    }
}

/* Takes the answer that an input filter gives itself: it is the program's to give. */
static apr_status_t take_answer(ap_filter_t *f, apr_bucket_brigade *bb)
{
    int *status = f->ctx;
    for (apr_bucket *e = APR_BRIGADE_FIRST(bb); e != APR_BRIGADE_SENTINEL(bb);
         e = APR_BUCKET_NEXT(e))
        if (AP_BUCKET_IS_ERROR(e))
            *status = ((ap_bucket_error *)e->data)->status;
    apr_brigade_cleanup(bb);
    return AP_FILTER_ERROR;
}

static ap_filter_rec_t answers = { .name = "forge-answers",
                                   .filter_func.out_func = take_answer,
                                   .ftype = AP_FTYPE_RESOURCE };

static apr_status_t ask_filters(mf_body *b, apr_size_t n, int *status)
{
    request_rec *r = b->r;
    ap_filter_t guard = { .frec = &answers, .ctx = status, .c = r->connection };
    ap_filter_t *output = r->output_filters;
    r->output_filters = &guard;
    apr_status_t rv = ap_get_brigade(r->input_filters, b->bb, AP_MODE_READBYTES,
                                     APR_NONBLOCK_READ, (apr_off_t)n);
    r->output_filters = output;
    return rv;
}

/* Asks the filters for up to n bytes.  0: nothing has come yet. */
static int fetch(mf_body *b, apr_size_t n)
{
    int status = 0;
    apr_status_t rv = ask_filters(b, n, &status);
    if (status || rv == AP_FILTER_ERROR) {
        mf_log_request(MF_BODY_READ, b->r, 0, "after %" APR_INT64_T_FMT " bytes", b->n);
        fail(b, status ? status : HTTP_BAD_REQUEST);
        return 1;
    }
    if (APR_STATUS_IS_EAGAIN(rv) || (rv == APR_SUCCESS && APR_BRIGADE_EMPTY(b->bb))) {
        if (apr_time_now() - b->last > b->r->server->timeout) {
            fail_read(b, APR_TIMEUP);
            return 1;
        }
        return 0;
    }
    b->last = apr_time_now();
    if (rv != APR_SUCCESS)
        fail_read(b, rv);
    else
        look(b);
    return 1;
}

/* Takes up to n bytes of what came. */
static apr_size_t take(mf_body *b, char *at, apr_size_t n)
{
    apr_size_t done = 0;
    while (done < n && !APR_BRIGADE_EMPTY(b->bb)) {
        apr_bucket *e = APR_BRIGADE_FIRST(b->bb);
        const char *data;
        apr_size_t some;
        if (apr_bucket_read(e, &data, &some, APR_BLOCK_READ) != APR_SUCCESS)
            break;
        if (some > n - done) {
            apr_bucket_split(e, n - done);
            some = n - done;
        }
        memcpy(at + done, data, some);
        done += some;
        apr_bucket_delete(e);
    }
    return done;
}

/* What to wait for.  Requests of HTTP/2 have no socket of their own. */
static int descriptor(const mf_body *b)
{
    conn_rec *c = b->r->connection;
    apr_socket_t *socket = c->master ? NULL : ap_get_conn_socket(c);
    apr_os_sock_t fd = -1;
    if (!socket || apr_os_sock_get(&fd, socket) != APR_SUCCESS)
        return -1;
    return fd;
}

/* The filters send no 100-continue for a read that does not wait. */
static void invite(mf_body *b)
{
    request_rec *r = b->r;
    int status = r->status;
    if (!r->expecting_100)
        return;
    r->status = HTTP_CONTINUE;
    ap_send_interim_response(r, 0);
    r->status = status;
}

apr_int64_t mf_body_read(mf_body *b, char *at, apr_size_t n, forge_incoming *how)
{
    apr_size_t done = 0;
    int later = 0;
    if (!b->bb)
        begin(b);
    while (done < n && !b->status && !later) {
        done += take(b, at + done, n - done);
        if (done == n || b->ended)
            break;
        later = !fetch(b, n - done);
    }
    if (b->status) {
        how->why = b->why;
        how->status = b->status;
        return FORGE_READ_FAILED;
    }
    how->fd = descriptor(b);
    if (done > 0 || !later)
        return (apr_int64_t)done;
    invite(b);
    return FORGE_READ_LATER;
}

/* ---- what is left ---------------------------------------------------------------- */

/* Waits for more, or on HTTP/2 a little; 0: it is time to give up. */
static int wait_for_more(const mf_body *b, apr_time_t until)
{
    struct pollfd p = { descriptor(b), POLLIN, 0 };
    apr_time_t left = until - apr_time_now();
    if (left <= 0)
        return 0;
    if (p.fd >= 0)
        return poll(&p, 1, (int)(left / 1000) + 1) > 0;
    apr_sleep(1000);
    return 1;
}

void mf_body_end(mf_body *b)
{
    char scrap[8192];
    forge_incoming how;
    apr_int64_t n = 1;
    apr_off_t left = 0;
    apr_time_t until = 0;
    if (!b->bb && !mf_request_has_body(b->r))
        return;
    /* Reading would invite the client to send what nobody wants. */
    int close =
        b->r->expecting_100 || mf_request_announced(b->r) - b->n > MF_WORTH_READING;
    while (!close && !b->ended && n != 0) {
        n = mf_body_read(b, scrap, sizeof scrap, &how);
        left += n > 0 ? n : 0;
        if (n == FORGE_READ_LATER && !until)
            until = apr_time_now() + PATIENCE;
        close = n == FORGE_READ_FAILED || left > MF_WORTH_READING
                || (n == FORGE_READ_LATER && !wait_for_more(b, until));
    }
    if (close && !b->ended)
        b->r->connection->keepalive = AP_CONN_CLOSE;
}
