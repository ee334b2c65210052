// SPDX-License-Identifier: Apache-2.0
/* From a response of the program to the one of httpd.
 *
 * The library has checked it.  Whatever can fail comes first: until the headers are set
 * there can still be an error response. */
#include "response_send.h"

#include <strings.h>

#include "apr_date.h"
#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"
#include "response.h"
#include "response_file.h"

APLOG_USE_MODULE(forge);

static int refuse(mf_run *x)
{
    const forge_report *e = forge_fork_report(x->fork);
    mf_note_code(x->r, MF_RESPONSE_BAD);
    mf_log_request(MF_RESPONSE_BAD, x->r, 0, "%s", e ? e->message : "no memory");
    return mf_run_broken(x, e);
}

static int has_body(int status)
{
    return status != HTTP_NO_CONTENT && status != HTTP_NOT_MODIFIED
           && status != HTTP_RESET_CONTENT;
}

/* Headers that this module has set for every response.  Others that come with errors, too,
 * are those of other modules. */
static int is_ours(const char *name)
{
    return strcasecmp(name, "X-Request-Id") == 0
           || strncasecmp(name, "Access-Control-", 15) == 0;
}

static void set_headers(request_rec *r, const forge_response *a)
{
    if (a->status != HTTP_OK) /* else that of a request it is the error document for */
        r->status = a->status;
    r->status_line = NULL;
    if (ap_index_of_response(a->status)
        == ap_index_of_response(0)) /* httpd has no name */
        r->status_line = apr_psprintf(r->pool, "%d Status %d", a->status, a->status);
    for (uint32_t i = 0; i < a->nheaders; i++)
        if (is_ours(a->headers[i].name))
            apr_table_unset(r->err_headers_out, a->headers[i].name);
    for (uint32_t i = 0; i < a->nheaders; i++)
        apr_table_add(r->headers_out, a->headers[i].name, a->headers[i].value);
    ap_set_content_type(r, a->type ? apr_pstrdup(r->pool, a->type) : NULL);
}

/* OK, or the status that the conditions of the request lead to.  They are about what can be
 * read: other methods have done their work already. */
static int check_conditions(request_rec *r)
{
    const char *modified = apr_table_get(r->headers_out, "Last-Modified");
    if (r->method_number != M_GET || !ap_is_HTTP_SUCCESS(r->status)
        || (!modified && !apr_table_get(r->headers_out, "ETag")))
        return OK;
    apr_time_t at = modified ? apr_date_parse_http(modified) : APR_DATE_BAD;
    if (at != APR_DATE_BAD)
        ap_update_mtime(r, at);
    return ap_meets_conditions(r);
}

static int fail_condition(request_rec *r, const forge_response *a, int status)
{
    for (uint32_t i = 0; i < a->nheaders; i++)
        apr_table_unset(r->headers_out, a->headers[i].name);
    r->status_line = NULL;
    mf_note_code(r, MF_NOT_MET);
    return mf_send_error_json(r, status, "precondition failed", NULL);
}

static int send_bodiless(request_rec *r)
{
    if (has_body(r->status))
        ap_set_content_length(r, 0);
    return mf_pass(r, mf_brigade(r));
}

static int send_text(request_rec *r, const forge_response *a)
{
    apr_bucket_brigade *bb = mf_brigade(r);
    ap_set_content_length(r, (apr_off_t)a->n);
    if (a->n > 0)
        APR_BRIGADE_INSERT_TAIL(
            bb, apr_bucket_heap_create(a->text, a->n, NULL, bb->bucket_alloc));
    return mf_pass(r, bb);
}

static int send_response(mf_run *x, forge_response *a)
{
    request_rec *r = x->r;
    forge_status s = FORGE_OK;
    mf_file file;
    if (a->kind == FORGE_BODY_JSON)
        s = forge_json_text(x->fork, a->value, &a->text, &a->n);
    if (s != FORGE_OK)
        return mf_run_failed(x, s);
    if (a->kind == FORGE_BODY_FILE && mf_file_open(r, a, &file) != APR_SUCCESS)
        return mf_run_broken(x, NULL);
    if (!a->type && a->kind == FORGE_BODY_JSON)
        a->type = "application/json";
    if (!a->type && a->kind == FORGE_BODY_TEXT)
        a->type = "text/plain; charset=utf-8";
    set_headers(r, a);
    if (a->kind == FORGE_BODY_FILE)
        mf_file_headers(r, a, &file);
    int status = check_conditions(r);
    if (status == HTTP_NOT_MODIFIED) {
        r->status = status;
        r->status_line = NULL;
        return send_bodiless(r);
    }
    if (status != OK)
        return fail_condition(r, a, status);
    switch (a->kind) {
    case FORGE_BODY_NONE: return send_bodiless(r);
    case FORGE_BODY_TEXT:
    case FORGE_BODY_JSON: return send_text(r, a);
    case FORGE_BODY_FILE: return mf_file_send(r, &file);
    }
    return HTTP_INTERNAL_SERVER_ERROR;
}

int mf_send_value(mf_run *x, forge_value v)
{
    forge_response a;
    const char *text;
    size_t n;
    int which = forge_response_of(x->fork, v, &a);
    if (which)
        return which > 0 ? send_response(x, &a) : refuse(x);
    forge_status s = forge_json_text(x->fork, v, &text, &n);
    return s == FORGE_OK ? mf_send_json(x->r, HTTP_OK, text, n) : mf_run_failed(x, s);
}
