// SPDX-License-Identifier: Apache-2.0
/* Pages. */
#include "serve.h"

#include <string.h>

#include "ap_config.h"
#include "app.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "mod_core.h"
#include "request.h"
#include "response.h"

APLOG_USE_MODULE(forge);

static int admit_page(request_rec *r)
{
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_POST, M_OPTIONS, -1);
    if (r->method_number == M_OPTIONS)
        return ap_send_http_options(r);
    if (r->method_number != M_GET && r->method_number != M_POST)
        return HTTP_METHOD_NOT_ALLOWED;
    if (r->path_info && r->path_info[0] && r->used_path_info != AP_REQ_ACCEPT_PATH_INFO
        && !(mf_app_of(r) && strcmp(r->path_info, "/") == 0))
        return HTTP_NOT_FOUND;
    return OK;
}

int mf_serve_page(mf_run *x)
{
    request_rec *r = x->r;
    int status = admit_page(r);
    int answer;
    if (status != OK || r->method_number == M_OPTIONS)
        return status;
    mf_request_discard(r);
    x->output = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    forge_status s = mf_run_begin(x);
    if (s == FORGE_OK)
        s = mf_run_page(x);
    if (s == FORGE_EXIT)
        mf_log_request(MF_EXITED, r, 0, "with %d", forge_exit_code(x->fork));
    if (s == FORGE_OK || s == FORGE_EXIT)
        answer = mf_send_page(r, x->output);
    else
        answer = mf_run_failed(x, s);
    mf_run_end(x);
    return answer;
}
