// SPDX-License-Identifier: Apache-2.0
#include "error_handler.h"

#include <string.h>

#include "apr_strings.h"
#include "http_protocol.h"
#include "reqid.h"
#include "request.h"
#include "response_send.h"
#include "view.h"

APLOG_USE_MODULE(forge);

static forge_status put(mf_run *x, forge_value to, const char *key, const char *text)
{
    forge_value v = forge_null();
    forge_status s = text ? forge_string(x->fork, text, strlen(text), &v) : FORGE_OK;
    return s == FORGE_OK ? forge_object_put(x->fork, to, key, strlen(key), v) : s;
}

static forge_status make_error(mf_run *x, int status, const char *message,
                               forge_value *out)
{
    forge_status s = forge_object(x->fork, out);
    if (s == FORGE_OK)
        s = forge_object_put(x->fork, *out, "status", 6, forge_int(status));
    if (s == FORGE_OK)
        s = put(x, *out, "message", message);
    if (s == FORGE_OK)
        s = put(x, *out, "id", mf_request_id(x->r));
    return s;
}

static forge_status call(mf_run *x, const forge_decorator *d, int status,
                         const char *message, forge_value *out)
{
    forge_value argv[2];
    mf_query query;
    if (!mf_request_query(x->r, &query)) /* which may be what is wrong */
        query = (mf_query){ NULL, 0 };
    forge_status s = mf_run_begin(x);
    if (s == FORGE_OK)
        s = mf_view_without_route(x, &query, &argv[0]);
    if (s == FORGE_OK)
        s = make_error(x, status, message, &argv[1]);
    if (s == FORGE_OK)
        s = mf_run_call(x, d->function, argv, d->nparams < 2 ? d->nparams : 2, out);
    return s;
}

int mf_error_handler(mf_run *x, int status, const char *message, int *answer)
{
    const forge_template *t = x->program ? x->program->tmpl : NULL;
    const forge_decorator *d = t ? forge_error_handler(t, status) : NULL;
    forge_value value = forge_null();
    if (!d || x->in_error || x->output)
        return 0;
    x->in_error = 1;
    message = apr_pstrdup(x->r->pool, message); /* it may be the fork's */
    int began = x->fork != NULL;
    mf_run_end(x);
    forge_status s = call(x, d, status, message, &value);
    if (s == FORGE_OK) {
        x->r->status = status; /* unless the value says another one */
        *answer = mf_send_value(x, value);
    } else {
        *answer = mf_run_failed(x, s);
    }
    if (!began)
        mf_run_end(x);
    return 1;
}
