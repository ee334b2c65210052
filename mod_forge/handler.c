// SPDX-License-Identifier: Apache-2.0
/* Who answers a request: nobody, a mounted app, or the script that the URL names. */
#include "handler.h"

#include <errno.h>
#include <string.h>

#include "admission.h"
#include "app.h"
#include "cache.h"
#include "config.h"
#include "error_page.h"
#include "http_protocol.h"
#include "response.h"
#include "run.h"
#include "script.h"
#include "serve.h"
#include "site.h"

APLOG_USE_MODULE(forge);

/* The report is in the log since the build; here goes a line to find it by. */
static int serve_broken(mf_run *x)
{
    const forge_report *e = &x->program->report;
    mf_note_code(x->r, MF_BROKEN);
    mf_log_request(MF_BROKEN, x->r, 0, "%s:%u:%u: %s", e->place.file, e->place.line,
                   e->place.column, e->message);
    return mf_run_broken(x, e);
}

static int serve(mf_run *x)
{
    if (!x->program)
        return mf_run_failed(x, FORGE_NOMEM);
    if (!x->program->tmpl)
        return serve_broken(x);
    return x->program->router ? mf_serve_app(x) : mf_serve_page(x);
}

/* Of the request that this thread answers, or NULL. */
static __thread mf_permit *of_thread;

/* Everything that costs something, under a permit.  What a page makes httpd include runs
 * under the permit of the page, since a second one might never come. */
static int with_permit(mf_run *x, int (*answer)(mf_run *x))
{
    mf_permit permit;
    mf_asking asking;
    x->permit = of_thread;
    if (x->permit)
        return answer(x);
    mf_entry entry = mf_admit(x->r, &asking, &permit);
    if (entry != MF_ENTERED)
        return mf_admit_not(x->r, &asking, entry);
    mf_log_stage(x->r, "admitted after %" APR_INT64_T_FMT " us", asking.waited);
    x->permit = of_thread = &permit;
    int status = answer(x);
    of_thread = NULL;
    mf_log_stage(x->r, "answered %d", status == OK ? x->r->status : status);
    mf_permit_release(&permit);
    return status;
}

static int run_script(mf_run *x)
{
    request_rec *r = x->r;
    mf_lease *lease;
    int status = mf_cache_get(r, &x->program, &lease);
    if (status == OK) {
        x->site = mf_cache_site(lease);
        /* A broken script has no kind: browsers get a page and others JSON. */
        if (!x->program->tmpl && mf_wants_page(r))
            x->output = apr_brigade_create(r->pool, r->connection->bucket_alloc);
        status = serve(x);
    }
    mf_cache_release(lease);
    return status;
}

static int serve_script(mf_run *x)
{
    request_rec *r = x->r;
    int status = mf_script_admit(r);
    if (status != OK)
        return status;
    if (r->used_path_info == AP_REQ_REJECT_PATH_INFO && r->path_info
        && r->path_info[0]) {
        mf_note_code(r, MF_NOT_FOUND);
        return HTTP_NOT_FOUND;
    }
    return with_permit(x, run_script);
}

static int run_app(mf_run *x)
{
    request_rec *r = x->r;
    const mf_app *app = mf_app_of(r);
    x->program = app->program;
    if (x->program && x->program->tmpl && !(x->site = mf_app_site(r, app))) {
        int fault = errno;
        mf_note_code(r, MF_NO_ROOT);
        mf_log_request(MF_NO_ROOT, r, fault, "%s",
                       mf_root_path(r->pool, x->dir, app->file));
        return mf_send_error_json(r, HTTP_INTERNAL_SERVER_ERROR, "internal error",
                                  NULL);
    }
    return serve(x);
}

static int refuse(mf_run *x, mf_code code)
{
    mf_note_code(x->r, code);
    mf_log_request(code, x->r, 0, "%s", x->r->uri);
    return mf_send_error_json(x->r, HTTP_FORBIDDEN, "forbidden", NULL);
}

static int serve_app(mf_run *x)
{
    return mf_engine_is_on(x->dir) ? with_permit(x, run_app) : refuse(x, MF_ENGINE_OFF);
}

/* Nothing leaves without a word for the access log, and no error without its code. */
static int conclude(const mf_run *x, int status)
{
    request_rec *r = x->r;
    int is_page = x->program && x->program->tmpl && !x->program->router;
    if (status == AP_FILTER_ERROR && !apr_table_get(r->notes, MF_CODE_NOTE))
        mf_note_code(r, MF_FILTERED);
    if (ap_is_HTTP_ERROR(status))
        status = mf_send_status(r, status, is_page || mf_wants_page(r));
    mf_note_end(r);
    return status;
}

int mf_handler(request_rec *r)
{
    mf_run x = { .r = r };
    int is_script = r->handler && strcmp(r->handler, MF_HANDLER_SCRIPT) == 0;
    int is_app = r->handler && strcmp(r->handler, MF_HANDLER_APP) == 0;
    if (!is_script && !is_app)
        return DECLINED;
    x.dir = mf_dir_of(r);
    if (mf_app_of(r))
        return conclude(&x, serve_app(&x));
    return conclude(&x, is_script ? serve_script(&x) : refuse(&x, MF_NO_APP));
}
