// SPDX-License-Identifier: Apache-2.0
/* What the engine asks of a request, and what is answered when it fails. */
#include "run.h"

#include "early_hints.h"
#include "error_handler.h"
#include "error_page.h"
#include "host.h"
#include "http_protocol.h"
#include "reqid.h"
#include "response.h"
#include "view.h"

APLOG_USE_MODULE(forge);

/* ---- what the engine calls ------------------------------------------------------- */

static int on_write(void *ctx, const char *text, size_t n)
{
    mf_run *x = ctx;
    if (!x->output) {
        mf_log_text(MF_SAID, x->r, text, n, &x->quota);
        return 0;
    }
    return apr_brigade_write(x->output, NULL, NULL, text, n) != APR_SUCCESS;
}

static void on_write_err(void *ctx, const char *text, size_t n)
{
    mf_run *x = ctx;
    mf_log_text(MF_WARNED, x->r, text, n, &x->quota);
}

static void on_log(void *ctx, forge_level level, const char *file, uint32_t line,
                   const char *text, size_t n)
{
    mf_run *x = ctx;
    mf_log_message(x->r, level, file, line, text, n, &x->quota);
}

static int on_poll(void *ctx)
{
    mf_run *x = ctx;
    return mf_cancel_poll(&x->cancel);
}

static int on_early_hints(void *ctx, const char *const *links, uint32_t n)
{
    mf_run *x = ctx;
    return mf_send_early_hints(x->r, links, n);
}

void mf_run_end(mf_run *x)
{
    if (x->fork)
        forge_fork_end(x->fork);
    x->fork = NULL;
    mf_log_quota_end(x->r, &x->quota);
    x->quota = (mf_log_quota){ 0 };
}

forge_status mf_run_begin(mf_run *x)
{
    forge_host host = mf_host_of(&x->host, x->r->pool, x->r->server);
    forge_limits limits = mf_run_limits(x->dir);
    forge_env env = {
        .write = on_write,
        .write_err = on_write_err,
        .poll = on_poll,
        .log = on_log,
        .early_hints = on_early_hints,
        .read = mf_view_read,
        .tls = mf_view_tls,
        .ctx = x,
        .request_id = mf_request_id(x->r),
        .capabilities = mf_hosting_rights(&x->dir->hosting),
        .site = mf_site_of(x->site),
    };
    mf_cancel_init(&x->cancel, x->dir->ignore_abort == 1 ? NULL : x->r->connection);
    x->quota.most = mf_limit_of(x->dir, MF_MAX_LOG);
    return forge_fork_begin(x->program->tmpl, &host, &limits, &env, &x->fork);
}

static forge_status ended(const mf_run *x, forge_status s)
{
    mf_log_stage(x->r,
                 "the program ended: status %d, %" APR_UINT64_T_FMT
                 " steps, %" APR_SIZE_T_FMT " bytes",
                 (int)s, (apr_uint64_t)forge_fork_fuel(x->fork),
                 forge_fork_memory(x->fork));
    return s;
}

forge_status mf_run_route(mf_run *x, uint32_t route, const forge_value *argv,
                          uint32_t argc, forge_value request, forge_value *out)
{
    mf_cancel_hold();
    forge_status s = forge_call_handler(x->fork, route, argv, argc, request, out);
    mf_cancel_release();
    return ended(x, s);
}

forge_status mf_run_call(mf_run *x, const char *function, const forge_value *argv,
                         uint32_t argc, forge_value *out)
{
    mf_cancel_hold();
    forge_status s = forge_call(x->fork, function, argv, argc, out);
    mf_cancel_release();
    return s;
}

forge_status mf_run_page(mf_run *x)
{
    mf_cancel_hold();
    forge_status s = forge_run(x->fork);
    mf_cancel_release();
    return ended(x, s);
}

/* ---- failures -------------------------------------------------------------------- */

static int answer(mf_run *x, int status, const char *message,
                  const forge_report *report)
{
    int shown = report && mf_shows_errors(x->r);
    if (x->output)
        apr_brigade_cleanup(x->output);
    int answered;
    if (shown && (x->output || mf_wants_page(x->r)))
        return mf_send_report_page(x->r, status, report);
    if (!shown && mf_error_handler(x, status, message, &answered))
        return answered;
    if (x->output)
        return mf_send_error_page(x->r, status, message);
    return mf_send_error_json(x->r, status, shown ? report->message : message,
                              shown ? report : NULL);
}

int mf_run_broken(mf_run *x, const forge_report *report)
{
    return answer(x, HTTP_INTERNAL_SERVER_ERROR, "internal error", report);
}

static int failed(mf_run *x, mf_code code)
{
    const forge_report *report = x->fork ? forge_fork_report(x->fork) : NULL;
    mf_note_code(x->r, code);
    if (report)
        mf_log_request_report(code, x->r, report);
    else
        mf_log_request(code, x->r, 0, "%s", x->r->filename);
    if (code == MF_LIMIT_TIME)
        return answer(x, HTTP_GATEWAY_TIME_OUT, "the program took too long", report);
    return mf_run_broken(x, report);
}

static int cancelled(mf_run *x)
{
    request_rec *r = x->r;
    mf_code code = !mf_cancel_all()     ? MF_CLIENT_GONE
                   : mf_cancel_drains() ? MF_DRAINED
                                        : MF_STOPPED;
    mf_note_code(r, code);
    mf_log_request(code, r, 0, "%s %s", r->method, r->uri);
    if (code != MF_DRAINED)
        return mf_send_nothing(r);
    apr_table_setn(r->err_headers_out, "Retry-After", "1");
    return answer(x, HTTP_SERVICE_UNAVAILABLE, "the server is being restarted", NULL);
}

static mf_code limit_code(const mf_run *x)
{
    switch (x->fork ? forge_fork_bound(x->fork) : FORGE_BOUND_NONE) {
    case FORGE_BOUND_NONE: return MF_LIMIT;
    case FORGE_BOUND_TIME: return MF_LIMIT_TIME;
    case FORGE_BOUND_CPU: return MF_LIMIT_CPU;
    case FORGE_BOUND_FUEL: return MF_LIMIT_FUEL;
    case FORGE_BOUND_MEMORY: return MF_LIMIT_MEMORY;
    case FORGE_BOUND_OUTPUT: return MF_LIMIT_OUTPUT;
    case FORGE_BOUND_FILES: return MF_LIMIT_FILES;
    case FORGE_BOUND_TASKS: break;
    }
    return MF_LIMIT_TASKS;
}

int mf_run_failed(mf_run *x, forge_status status)
{
    switch (status) {
    case FORGE_CANCELLED: return cancelled(x);
    case FORGE_NOMEM:
        mf_note_code(x->r, MF_NO_MEMORY);
        mf_log_request(MF_NO_MEMORY, x->r, 0, "%s", x->r->uri);
        return mf_run_broken(x, NULL);
    case FORGE_LIMIT: return failed(x, limit_code(x));
    case FORGE_OK:
    case FORGE_EXIT:
    case FORGE_ERROR:
    case FORGE_USAGE:
    case FORGE_IO: break;
    }
    const forge_report *report = x->fork ? forge_fork_report(x->fork) : NULL;
    if (report && report->status)
        return mf_run_refuse(x, report->status, report->message);
    return failed(x, MF_HANDLER_FAILED);
}

int mf_run_error(mf_run *x, mf_code code, int status, const char *message)
{
    int answered;
    mf_note_code(x->r, code);
    if (mf_error_handler(x, status, message, &answered))
        return answered;
    if (x->output) {
        apr_brigade_cleanup(x->output);
        return mf_send_error_page(x->r, status, message);
    }
    return mf_send_error_json(x->r, status, message, NULL);
}

int mf_run_refuse(mf_run *x, int status, const char *message)
{
    mf_log_request(MF_BAD_REQUEST, x->r, 0, "%d for %s %s: %s", status, x->r->method,
                   x->r->uri, message);
    return mf_run_error(x, MF_BAD_REQUEST, status, message);
}
