// SPDX-License-Identifier: Apache-2.0
/* Pages. */
#include "serve.h"

#include <string.h>

#include "ap_config.h"
#include "app.h"
#include "body.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "mod_core.h"
#include "request.h"
#include "response.h"
#include "view.h"

APLOG_USE_MODULE(forge);

static int refuse(request_rec *r, mf_code code, int status)
{
    mf_note_code(r, code);
    if (status == HTTP_METHOD_NOT_ALLOWED)
        apr_table_setn(r->err_headers_out, "Allow", "GET,HEAD,POST,OPTIONS");
    return status;
}

static int admit_page(request_rec *r)
{
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_POST, M_OPTIONS, -1);
    if (r->method_number == M_OPTIONS)
        return ap_send_http_options(r);
    if (r->method_number != M_GET && r->method_number != M_POST)
        return refuse(r, MF_NO_METHOD, HTTP_METHOD_NOT_ALLOWED);
    if (r->path_info && r->path_info[0] && r->used_path_info != AP_REQ_ACCEPT_PATH_INFO
        && !(mf_app_of(r) && strcmp(r->path_info, "/") == 0))
        return refuse(r, MF_NOT_FOUND, HTTP_NOT_FOUND);
    return OK;
}

/* Makes the page's variable `request`; its body waits until it is asked for. */
static forge_status give_request(mf_run *x, const mf_query *query)
{
    forge_value request = forge_null();
    forge_status s = mf_view_without_route(x, query, &request);
    return s == FORGE_OK ? forge_give_request(x->fork, request) : s;
}

int mf_serve_page(mf_run *x)
{
    request_rec *r = x->r;
    int reads = forge_reads_request(x->program->tmpl);
    int status = admit_page(r);
    int answer;
    mf_query query;
    if (status != OK || r->method_number == M_OPTIONS)
        return status;
    x->output = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    if (!reads)
        mf_request_discard(r);
    else if (mf_view_query(x, &query, &answer) != OK)
        return answer;
    else
        x->body = mf_body_new(r, mf_limit_of(x->dir, MF_MAX_BODY));
    forge_status s = mf_run_begin(x);
    if (s == FORGE_OK && reads)
        s = give_request(x, &query);
    if (s == FORGE_OK)
        s = mf_run_page(x);
    if (x->body)
        mf_body_end(x->body);
    if (s == FORGE_EXIT)
        mf_log_request(MF_EXITED, r, 0, "with %d", forge_exit_code(x->fork));
    if (s == FORGE_OK || s == FORGE_EXIT)
        answer = mf_send_page(r, x->output);
    else
        answer = mf_run_failed(x, s);
    mf_run_end(x);
    return answer;
}
