// SPDX-License-Identifier: Apache-2.0
/* Runs a program for a request.
 *
 * Everything that can refuse a request comes before its body is read, and the body
 * before the fork, so that a slow client holds no fork.  The fork ends before the
 * function that began it returns; what is sent was copied out of it. */
#include "handler.h"

#include <errno.h>
#include <string.h>

#include "ap_config.h"
#include "app.h"
#include "apr_strings.h"
#include "bind.h"
#include "cache.h"
#include "cancel.h"
#include "config.h"
#include "host.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "log.h"
#include "mod_core.h"
#include "request.h"
#include "response.h"
#include "script.h"
#include "site.h"

APLOG_USE_MODULE(forge);

typedef struct run {
    request_rec *r;
    const mf_dir *dir;
    const mf_program *program;
    const mf_site *site;
    forge_fork *fork;
    apr_bucket_brigade *output; /* of a page; NULL: what is said is logged */
    mf_cancel cancel;
    mf_log_quota quota;
} run;

/* ---- what the engine calls ------------------------------------------------------- */

static int on_write(void *ctx, const char *text, size_t n)
{
    run *x = ctx;
    if (!x->output) {
        mf_log_text(MF_SAID, x->r, text, n, &x->quota);
        return 0;
    }
    return apr_brigade_write(x->output, NULL, NULL, text, n) != APR_SUCCESS;
}

static void on_write_err(void *ctx, const char *text, size_t n)
{
    run *x = ctx;
    mf_log_text(MF_WARNED, x->r, text, n, &x->quota);
}

static void on_log(void *ctx, forge_level level, const char *file, uint32_t line,
                   const char *text, size_t n)
{
    run *x = ctx;
    mf_log_message(x->r, level, file, line, text, n, &x->quota);
}

static int on_poll(void *ctx)
{
    run *x = ctx;
    return mf_cancel_poll(&x->cancel);
}

static void end(run *x)
{
    if (x->fork)
        forge_fork_end(x->fork);
    mf_log_quota_end(x->r, &x->quota);
}

static void *from_pool(void *ctx, size_t n) { return apr_palloc(ctx, n); }

static forge_status begin(run *x)
{
    forge_host host = mf_host_of(x->r->pool);
    forge_limits limits = mf_run_limits(x->dir);
    forge_env env = {
        .write = on_write,
        .write_err = on_write_err,
        .poll = on_poll,
        .log = on_log,
        .ctx = x,
        .capabilities = mf_hosting_rights(&x->dir->hosting),
        .site = mf_site_of(x->site),
    };
    mf_cancel_init(&x->cancel, x->r->connection);
    return forge_fork_begin(x->program->tmpl, &host, &limits, &env, &x->fork);
}

/* ---- failures -------------------------------------------------------------------- */

static int send_error(run *x, int status, const char *message,
                      const forge_report *report)
{
    return x->output ? mf_send_error_page(x->r, status, message, report)
                     : mf_send_error_json(x->r, status, message, report);
}

/* What a failed program shows: everything in development, nothing in production. */
static int send_failure(run *x, const forge_report *report)
{
    if (x->output)
        apr_brigade_cleanup(x->output);
    if (x->dir->errors == MF_ERRORS_DEV && report)
        return send_error(x, HTTP_INTERNAL_SERVER_ERROR, report->message, report);
    return send_error(x, HTTP_INTERNAL_SERVER_ERROR, "internal error", NULL);
}

static void log_failure(run *x, mf_code code, const forge_report *report)
{
    if (report)
        mf_log_request_report(code, x->r, report);
    else
        mf_log_request(code, x->r, 0, "%s", x->r->filename);
}

/* Answers for a run that did not end well. */
static int fail(run *x, forge_status status)
{
    const forge_report *report = x->fork ? forge_fork_report(x->fork) : NULL;
    switch (status) {
    case FORGE_CANCELLED:
        mf_log_request(MF_CLIENT_GONE, x->r, 0, "%s %s", x->r->method, x->r->uri);
        return mf_send_nothing(x->r);
    case FORGE_NOMEM:
        mf_log_request(MF_NO_MEMORY, x->r, 0, "%s", x->r->uri);
        return send_failure(x, NULL);
    case FORGE_LIMIT: log_failure(x, MF_LIMIT, report); return send_failure(x, report);
    case FORGE_OK:
    case FORGE_EXIT:
    case FORGE_ERROR:
    case FORGE_USAGE:
    case FORGE_IO: break;
    }
    log_failure(x, MF_HANDLER_FAILED, report);
    return send_failure(x, report);
}

static int refuse(run *x, int status, const char *message)
{
    mf_log_request(MF_BAD_REQUEST, x->r, 0, "%d for %s %s: %s", status, x->r->method,
                   x->r->uri, message);
    return mf_send_error_json(x->r, status, message, NULL);
}

/* ---- apps ------------------------------------------------------------------------ */

typedef struct call {
    int32_t route;
    mf_match match;
    mf_query query;
    const char *body; /* NULL: there is none */
    apr_size_t body_len;
} call;

/* Calls the handler and sends its value. */
static int call_route(run *x, const call *c, const forge_value *argv, uint32_t argc)
{
    forge_value result = forge_null();
    const char *text;
    size_t n;
    forge_status s = forge_call_route(x->fork, (uint32_t)c->route, argv, argc, &result);
    if (s == FORGE_EXIT) {
        mf_log_request(MF_EXITED, x->r, 0, "with %d", forge_exit_code(x->fork));
        return mf_send_json(x->r, HTTP_OK, "null", 4);
    }
    if (s == FORGE_OK)
        s = forge_json_text(x->fork, result, &text, &n);
    if (s != FORGE_OK)
        return fail(x, s);
    return mf_send_json(x->r, HTTP_OK, text, n);
}

static int bad_json(run *x)
{
    const forge_report *e = forge_fork_report(x->fork);
    if (!e)
        return refuse(x, HTTP_BAD_REQUEST, "the body is not JSON");
    const char *where = "";
    if (e->place.line > 0 && !strstr(e->message, "line "))
        where = apr_psprintf(x->r->pool, " (line %u, column %u)", e->place.line,
                             e->place.column);
    return refuse(
        x, HTTP_BAD_REQUEST,
        apr_pstrcat(x->r->pool, "the body is not JSON: ", e->message, where, NULL));
}

static int bad_parameter(run *x, const mf_bind_fault *f)
{
    return refuse(x, HTTP_BAD_REQUEST,
                  apr_psprintf(x->r->pool, "parameter '%.*s': expected %s, got '%.*s'",
                               (int)f->parameter_len, f->parameter, f->expected,
                               f->n < 80 ? (int)f->n : 80, f->text));
}

/* Binds and calls within the fork. */
static int in_fork(run *x, const call *c)
{
    const forge_route *route = forge_route_get(x->program->tmpl, (uint32_t)c->route);
    mf_binding b = { x->fork, route, &c->match, &c->query, forge_null() };
    mf_bind_fault fault;
    forge_status s = c->body ? forge_json_parse(x->fork, c->body, c->body_len, &b.body)
                             : forge_object(x->fork, &b.body);
    if (s == FORGE_ERROR)
        return bad_json(x);
    if (s != FORGE_OK)
        return fail(x, s);
    forge_value *argv =
        apr_palloc(x->r->pool, (route->nparams ? route->nparams : 1) * sizeof *argv);
    switch (mf_bind(&b, argv, &fault)) {
    case MF_BIND_FAULT: return bad_parameter(x, &fault);
    case MF_BIND_FORK: return fail(x, FORGE_LIMIT);
    case MF_BIND_OK: break;
    }
    return call_route(x, c, argv, route->nparams);
}

/* Takes the body of a method that has one.  Returns OK, or the result of a refusal in
 * *answer. */
static int take_body(run *x, int method, call *c, int *answer)
{
    request_rec *r = x->r;
    if (method == MF_GET || method == MF_DELETE || !mf_request_has_body(r))
        return OK;
    if (!mf_request_is_json(r)) {
        *answer = refuse(x, HTTP_UNSUPPORTED_MEDIA_TYPE,
                         "the body must be JSON: send Content-Type: application/json");
        return DONE;
    }
    apr_int64_t most = mf_limit_of(x->dir, MF_MAX_BODY);
    int status = mf_request_body(r, most, &c->body, &c->body_len);
    if (status == HTTP_REQUEST_ENTITY_TOO_LARGE)
        *answer = refuse(
            x, status,
            apr_psprintf(r->pool, "the body is over %" APR_INT64_T_FMT " bytes", most));
    else if (status == AP_FILTER_ERROR)
        *answer = status;
    else if (status != OK)
        *answer = refuse(x, status, "the body cannot be read");
    if (c->body_len == 0)
        c->body = NULL;
    return status == OK ? OK : DONE;
}

static int method_of(const request_rec *r)
{
    switch (r->method_number) {
    case M_GET: return MF_GET; /* HEAD, too */
    case M_POST: return MF_POST;
    case M_PUT: return MF_PUT;
    case M_DELETE: return MF_DELETE;
    case M_PATCH: return MF_PATCH;
    default: return -1;
    }
}

static void set_allow(request_rec *r, const mf_match *match)
{
    char allow[MF_ALLOW_SIZE];
    mf_match_allow(match, allow);
    apr_table_set(r->err_headers_out, "Allow", allow);
}

/* Finds the route.  Returns OK, or the result of an answer in *answer. */
static int find_route(run *x, call *c, int *answer)
{
    request_rec *r = x->r;
    const char *path = mf_request_path(r);
    int method = method_of(r);
    apr_size_t n = path ? strlen(path) : 0;
    char *buffer = apr_palloc(r->pool, n + 1);
    if (!path || !mf_router_match(x->program->router, path, n, buffer, &c->match)) {
        *answer = mf_send_error_json(r, HTTP_NOT_FOUND, "not found", NULL);
        return DONE;
    }
    c->route = method >= 0 ? c->match.route[method] : -1;
    if (c->route >= 0)
        return OK;
    set_allow(r, &c->match);
    if (r->method_number == M_OPTIONS) {
        mf_request_discard(r);
        *answer = mf_send_empty(r, HTTP_OK);
    } else {
        *answer =
            mf_send_error_json(r, HTTP_METHOD_NOT_ALLOWED, "method not allowed", NULL);
    }
    return DONE;
}

static int serve_app(run *x)
{
    request_rec *r = x->r;
    mf_memory memory = { from_pool, r->pool };
    call c;
    int answer = OK;
    c.body = NULL;
    c.body_len = 0;
    if (find_route(x, &c, &answer) != OK)
        return answer;
    if (!mf_query_parse(r->args, &memory, &c.query))
        return refuse(x, HTTP_BAD_REQUEST,
                      apr_psprintf(r->pool, "the query has more than %d parameters",
                                   MF_MAX_QUERY));
    if (take_body(x, method_of(r), &c, &answer) != OK)
        return answer;
    forge_status s = begin(x);
    if (s != FORGE_OK)
        return fail(x, s);
    answer = in_fork(x, &c);
    end(x);
    return answer;
}

/* ---- pages ----------------------------------------------------------------------- */

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

static int serve_page(run *x)
{
    request_rec *r = x->r;
    int status = admit_page(r);
    int answer;
    if (status != OK || r->method_number == M_OPTIONS)
        return status;
    mf_request_discard(r);
    x->output = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    forge_status s = begin(x);
    if (s == FORGE_OK)
        s = forge_run(x->fork);
    if (s == FORGE_EXIT)
        mf_log_request(MF_EXITED, r, 0, "with %d", forge_exit_code(x->fork));
    if (s == FORGE_OK || s == FORGE_EXIT)
        answer = mf_send_page(r, x->output);
    else
        answer = fail(x, s);
    end(x);
    return answer;
}

/* ---- the hook -------------------------------------------------------------------- */

/* The report is in the log since the build; here goes a line to find it by. */
static int serve_broken(run *x)
{
    const forge_report *e = &x->program->report;
    mf_log_request(MF_BROKEN, x->r, 0, "%s:%u:%u: %s", e->place.file, e->place.line,
                   e->place.column, e->message);
    return send_failure(x, e);
}

static int serve(run *x)
{
    if (!x->program)
        return fail(x, FORGE_NOMEM);
    if (!x->program->tmpl)
        return serve_broken(x);
    return x->program->router ? serve_app(x) : serve_page(x);
}

/* A broken script has no kind: browsers get a page and others JSON. */
static int wants_page(const request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");
    return accept && strstr(accept, "text/html");
}

static int serve_script(run *x)
{
    request_rec *r = x->r;
    mf_lease *lease;
    int status = mf_script_admit(r);
    if (status != OK)
        return status;
    if (r->used_path_info == AP_REQ_REJECT_PATH_INFO && r->path_info && r->path_info[0])
        return HTTP_NOT_FOUND;
    status = mf_cache_get(r, &x->program, &lease);
    if (status == OK) {
        x->site = mf_cache_site(lease);
        if (!x->program->tmpl && wants_page(r))
            x->output = apr_brigade_create(r->pool, r->connection->bucket_alloc);
        status = serve(x);
    }
    mf_cache_release(lease);
    return status;
}

int mf_handler(request_rec *r)
{
    const mf_app *app = mf_app_of(r);
    run x = { .r = r };
    int is_script = r->handler && strcmp(r->handler, MF_HANDLER_SCRIPT) == 0;
    int is_app = r->handler && strcmp(r->handler, MF_HANDLER_APP) == 0;
    if (!is_script && !is_app)
        return DECLINED;
    x.dir = mf_dir_of(r);
    if (!app && is_script)
        return serve_script(&x);
    if (!app) {
        mf_log_request(MF_NO_APP, r, 0, "%s", r->uri);
        return HTTP_FORBIDDEN;
    }
    x.program = app->program;
    if (!mf_engine_is_on(x.dir)) {
        mf_log_request(MF_ENGINE_OFF, r, 0, "%s", r->uri);
        return mf_send_error_json(r, HTTP_FORBIDDEN, "forbidden", NULL);
    }
    if (x.program && x.program->tmpl && !(x.site = mf_app_site(r, app))) {
        mf_log_request(MF_NO_ROOT, r, errno, "%s",
                       mf_root_path(r->pool, x.dir, app->file));
        return mf_send_error_json(r, HTTP_INTERNAL_SERVER_ERROR, "internal error",
                                  NULL);
    }
    return serve(&x);
}
