// SPDX-License-Identifier: Apache-2.0
/* Brigades for JSON, pages and errors.
 *
 * Error bodies are written here instead of returning the status, since httpd would make
 * an HTML page of it. */
#include "response.h"

#include <string.h>

#include "apr_strings.h"
#include "bind.h"
#include "error_page.h"
#include "http_core.h"
#include "http_protocol.h"
#include "log.h"
#include "mod_core.h"
#include "reqid.h"
#include "request.h"
#include "util_filter.h"

/* Known to logs as "the client closed the connection"; never sent. */
#define CLIENT_CLOSED 499

/* What was begun cannot be finished, and the client is told so: without its last chunk a
 * body is not whole, on HTTP/2 the stream is reset, and otherwise the connection ends too
 * early.  Filters of the content would only finish what they have. */
static int cut_off(request_rec *r, apr_bucket_brigade *bb)
{
    conn_rec *c = r->connection;
    int status = r->sent_bodyct ? HTTP_BAD_GATEWAY : HTTP_INTERNAL_SERVER_ERROR;
    c->keepalive = AP_CONN_CLOSE;
    APR_BRIGADE_INSERT_TAIL(
        bb, ap_bucket_error_create(status, NULL, r->pool, c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(c->bucket_alloc));
    apr_status_t rv = ap_pass_brigade(r->proto_output_filters, bb);
    apr_brigade_cleanup(bb);
    return rv == AP_FILTER_ERROR ? AP_FILTER_ERROR : OK;
}

int mf_pass(request_rec *r, apr_bucket_brigade *bb)
{
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(r->connection->bucket_alloc));
    apr_status_t rv = ap_pass_brigade(r->output_filters, bb);
    apr_brigade_cleanup(bb);
    /* The headers are on their way, or filters answered. */
    if (rv == APR_SUCCESS || rv == AP_FILTER_ERROR)
        return rv == AP_FILTER_ERROR ? AP_FILTER_ERROR : OK;
    mf_note_code(r, MF_SEND_FAILED);
    mf_log_request(MF_SEND_FAILED, r, rv, "%s %s", r->method, r->uri);
    return r->connection->aborted ? OK : cut_off(r, bb);
}

apr_bucket_brigade *mf_brigade(request_rec *r)
{
    return apr_brigade_create(r->pool, r->connection->bucket_alloc);
}

static int send_text(request_rec *r, int status, const char *type, const char *text,
                     apr_size_t n)
{
    apr_bucket_brigade *bb = mf_brigade(r);
    if (status != HTTP_OK) /* else that of a request it is the error document for */
        r->status = status;
    ap_set_content_type(r, type);
    ap_set_content_length(r, (apr_off_t)n);
    if (n > 0)
        APR_BRIGADE_INSERT_TAIL(
            bb, apr_bucket_heap_create(text, n, NULL, r->connection->bucket_alloc));
    return mf_pass(r, bb);
}

int mf_send_json(request_rec *r, int status, const char *text, apr_size_t n)
{
    return send_text(r, status, "application/json", text, n);
}

int mf_send_page(request_rec *r, apr_bucket_brigade *bb)
{
    ap_set_content_type(r, "text/html; charset=utf-8");
    return mf_pass(r, bb);
}

int mf_send_empty(request_rec *r, int status)
{
    r->status = status;
    ap_set_content_length(r, 0);
    return mf_pass(r, mf_brigade(r));
}

int mf_send_nothing(request_rec *r)
{
    conn_rec *c = r->connection;
    r->status = CLIENT_CLOSED;
    c->keepalive = AP_CONN_CLOSE;
    /* httpd would otherwise send an empty 200 to a client that closed one
     * direction.  On HTTP/2 the flag is mod_http2's own. */
    if (!c->master)
        c->aborted = 1;
    return OK;
}

/* ---- errors ---------------------------------------------------------------------- */

/* A JSON string literal of any bytes. */
static const char *json_string(apr_pool_t *p, const char *text)
{
    apr_size_t n = strlen(text);
    char *good = apr_palloc(p, 3 * n + 1);
    n = mf_utf8_repair(text, n, good);
    char *out = apr_palloc(p, 6 * n + 3), *at = out;
    *at++ = '"';
    for (apr_size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)good[i];
        if (c == '"' || c == '\\') {
            *at++ = '\\';
            *at++ = (char)c;
        } else if (c == '\n') {
            *at++ = '\\';
            *at++ = 'n';
        } else if (c < 0x20 || c == 0x7f) {
            at += apr_snprintf(at, 7, "\\u%04x", c);
        } else {
            *at++ = (char)c;
        }
    }
    *at++ = '"';
    *at = '\0';
    return out;
}

int mf_send_error_json(request_rec *r, int status, const char *message,
                       const forge_report *report)
{
    const char *id = mf_request_id(r);
    const char *text =
        apr_pstrcat(r->pool, "{\"error\":", json_string(r->pool, message), NULL);
    if (id)
        text = apr_pstrcat(r->pool, text, ",\"request_id\":", json_string(r->pool, id),
                           NULL);
    const char *code = apr_table_get(r->notes, MF_CODE_NOTE);
    if (code)
        text = apr_pstrcat(r->pool, text, ",\"code\":\"", code, "\"", NULL);
    if (report)
        text =
            apr_pstrcat(r->pool, text, ",\"kind\":", json_string(r->pool, report->kind),
                        ",\"report\":", json_string(r->pool, report->text), NULL);
    text = apr_pstrcat(r->pool, text, "}", NULL);
    mf_request_discard(r);
    return mf_send_json(r, status, text, strlen(text));
}

int mf_send_error_page(request_rec *r, int status, const char *message)
{
    const char *id = mf_request_id(r), *code = apr_table_get(r->notes, MF_CODE_NOTE);
    if (ap_response_code_string(r, ap_index_of_response(status)))
        return status;
    const char *title = ap_escape_html(r->pool, ap_get_status_line(status));
    const char *text = apr_pstrcat(
        r->pool,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>",
        title, "</title></head>\n<body>\n<h1>", title, "</h1>\n<p>",
        ap_escape_html(r->pool, message), "</p>\n", NULL);
    if (id)
        text = apr_pstrcat(r->pool, text, "<p>Request id: <code>",
                           ap_escape_html(r->pool, id), "</code></p>\n", NULL);
    if (code)
        text =
            apr_pstrcat(r->pool, text, "<p>Code: <code>", code, "</code></p>\n", NULL);
    text = apr_pstrcat(r->pool, text, "</body></html>\n", NULL);
    mf_request_discard(r);
    return send_text(r, status, "text/html; charset=utf-8", text, strlen(text));
}

static const char *words_of(int status)
{
    switch (status) {
    case HTTP_FORBIDDEN: return "forbidden";
    case HTTP_NOT_FOUND: return "not found";
    case HTTP_METHOD_NOT_ALLOWED: return "method not allowed";
    case HTTP_SERVICE_UNAVAILABLE: return "the program is not ready";
    default: return "internal error";
    }
}

int mf_send_status(request_rec *r, int status, int page)
{
    if (r->main || ap_response_code_string(r, ap_index_of_response(status)))
        return status;
    apr_table_clear(r->headers_out);
    r->status_line = NULL;
    r->content_encoding = NULL;
    r->content_languages = NULL;
    return page ? mf_send_error_page(r, status, words_of(status))
                : mf_send_error_json(r, status, words_of(status), NULL);
}

int mf_send_report_page(request_rec *r, int status, const forge_report *report)
{
    const char *text = mf_error_page(r, status, report);
    mf_request_discard(r);
    return send_text(r, status, "text/html; charset=utf-8", text, strlen(text));
}
