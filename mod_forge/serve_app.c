// SPDX-License-Identifier: Apache-2.0
/* Apps.
 *
 * Everything that can refuse a request comes before its body is read, and the body
 * before the fork, so that a slow client holds no fork.  The fork ends before the
 * function that began it returns; what is sent was copied out of it. */
#include "serve.h"

#include <string.h>

#include "apr_strings.h"
#include "bind.h"
#include "body.h"
#include "cors.h"
#include "http_protocol.h"
#include "request.h"
#include "response.h"
#include "response_send.h"
#include "view.h"

APLOG_USE_MODULE(forge);

/* ---- apps ------------------------------------------------------------------------ */

typedef struct call {
    uint32_t number; /* of the route */
    const forge_route *route;
    mf_match match;
    mf_query query;
    mf_wants wants;
    const char *body; /* NULL: there is none */
    apr_size_t body_len;
} call;

/* Calls the handler and sends its value. */
static int call_route(mf_run *x, const call *c, const mf_binding *b,
                      const forge_value *argv)
{
    forge_value result = forge_null();
    forge_status s =
        mf_run_route(x, c->number, argv, b->route->nparams, b->request, &result);
    if (x->body)
        mf_body_end(x->body);
    if (s == FORGE_EXIT) {
        mf_log_request(MF_EXITED, x->r, 0, "with %d", forge_exit_code(x->fork));
        return mf_send_json(x->r, HTTP_OK, "null", 4);
    }
    return s == FORGE_OK ? mf_send_value(x, result) : mf_run_failed(x, s);
}

static int bad_json(mf_run *x)
{
    const forge_report *e = forge_fork_report(x->fork);
    if (!e)
        return mf_run_refuse(x, HTTP_BAD_REQUEST, "the body is not JSON");
    const char *where = "";
    if (e->place.line > 0 && !strstr(e->message, "line "))
        where = apr_psprintf(x->r->pool, " (line %u, column %u)", e->place.line,
                             e->place.column);
    return mf_run_refuse(
        x, HTTP_BAD_REQUEST,
        apr_pstrcat(x->r->pool, "the body is not JSON: ", e->message, where, NULL));
}

static int bad_parameter(mf_run *x, const mf_bind_fault *f)
{
    return mf_run_refuse(x, HTTP_BAD_REQUEST,
                         apr_psprintf(x->r->pool,
                                      "parameter '%.*s': expected %s, got '%.*s'",
                                      (int)f->parameter_len, f->parameter, f->expected,
                                      f->n < 80 ? (int)f->n : 80, f->text));
}

/* The request as a value; a body that was read for a parameter is in it. */
static forge_status make_request(mf_run *x, const call *c, const forge_route *route,
                                 forge_value *out)
{
    forge_request *view = mf_view_of(x, route, &c->match, &c->query);
    if (!x->body) {
        view->body = c->body ? c->body : "";
        view->body_len = c->body_len;
    }
    return forge_request_value(x->fork, view, out);
}

/* Binds and calls within the fork. */
static int in_fork(mf_run *x, const call *c)
{
    const forge_route *route = c->route;
    mf_binding b = { x->fork, route, &c->match, &c->query, forge_null(), forge_null() };
    mf_bind_fault fault;
    forge_status s = FORGE_OK;
    if (c->body)
        s = forge_json_parse(x->fork, c->body, c->body_len, &b.body);
    else if (c->wants.body)
        s = forge_object(x->fork, &b.body);
    if (s == FORGE_ERROR)
        return bad_json(x);
    if (s == FORGE_OK && c->wants.request)
        s = make_request(x, c, route, &b.request);
    if (s != FORGE_OK)
        return mf_run_failed(x, s);
    if (route->nparams == 0)
        return call_route(x, c, &b, NULL);
    forge_value *argv = apr_palloc(x->r->pool, route->nparams * sizeof *argv);
    switch (mf_bind(&b, argv, &fault)) {
    case MF_BIND_FAULT: return bad_parameter(x, &fault);
    case MF_BIND_FORK: return mf_run_failed(x, FORGE_LIMIT);
    case MF_BIND_OK: break;
    }
    return call_route(x, c, &b, argv);
}

/* Takes the body of a method that has one.  Returns OK, or the result of a refusal in
 * *answer. */
static int take_body(mf_run *x, int method, call *c, int *answer)
{
    request_rec *r = x->r;
    if (method == MF_GET || method == MF_DELETE || method == MF_OPTIONS
        || !mf_request_has_body(r))
        return OK;
    if (!mf_request_is_json(r)) {
        *answer =
            mf_run_refuse(x, HTTP_UNSUPPORTED_MEDIA_TYPE,
                          "the body must be JSON: send Content-Type: application/json");
        return DONE;
    }
    apr_int64_t most = mf_limit_of(x->dir, MF_MAX_BODY);
    int status = mf_request_body(r, most, &c->body, &c->body_len);
    if (status == HTTP_REQUEST_ENTITY_TOO_LARGE)
        *answer = mf_run_refuse(
            x, status,
            apr_psprintf(r->pool, "the body is over %" APR_INT64_T_FMT " bytes", most));
    else if (status == AP_FILTER_ERROR)
        *answer = status;
    else if (status != OK)
        *answer = mf_run_refuse(x, status, "the body cannot be read");
    else
        mf_log_stage(r, "a body of %" APR_SIZE_T_FMT " bytes", c->body_len);
    if (c->body_len == 0)
        c->body = NULL;
    return status == OK ? OK : DONE;
}

static void set_allow(request_rec *r, const mf_match *match)
{
    char allow[MF_ALLOW_SIZE];
    mf_match_allow(match, allow);
    apr_table_set(r->err_headers_out, "Allow", allow);
}

/* Finds the route.  Returns OK, or the result of an answer in *answer. */
static int find_route(mf_run *x, call *c, int *answer)
{
    request_rec *r = x->r;
    const char *path = mf_request_path(r);
    int method = mf_request_method(r->method_number);
    apr_size_t n = path ? strlen(path) : 0;
    char *buffer = apr_palloc(r->pool, n + 1);
    if (!path || !mf_router_match(x->program->router, path, n, buffer, &c->match)) {
        *answer = mf_run_error(x, MF_NOT_FOUND, HTTP_NOT_FOUND, "not found");
        return DONE;
    }
    if (r->header_only && c->match.route[MF_HEAD] >= 0)
        method = MF_HEAD;
    if (method >= 0 && c->match.route[method] >= 0) {
        c->number = (uint32_t)c->match.route[method];
        c->route = forge_route_get(x->program->tmpl, c->number);
        mf_log_stage(r, "route %s %s of %s:%u", c->route->method, c->route->pattern,
                     c->route->place.file, c->route->place.line);
        mf_cors_route(r, c->route);
        return OK;
    }
    set_allow(r, &c->match);
    if (r->method_number == M_OPTIONS) {
        mf_cors_preflight(r, x->program->tmpl, &c->match);
        mf_request_discard(r);
        *answer = mf_send_empty(r, HTTP_OK);
    } else {
        *answer = mf_run_error(x, MF_NO_METHOD, HTTP_METHOD_NOT_ALLOWED,
                               "method not allowed");
    }
    return DONE;
}

int mf_serve_app(mf_run *x)
{
    request_rec *r = x->r;
    call c;
    int answer = OK;
    c.body = NULL;
    c.body_len = 0;
    if (find_route(x, &c, &answer) != OK)
        return answer;
    if (mf_view_query(x, &c.query, &answer) != OK)
        return answer;
    c.wants = mf_bind_wants(c.route, &c.match);
    c.wants.request |= c.route->nmiddleware > 0;
    if (c.wants.request && !c.wants.body)
        x->body = mf_body_new(r, mf_limit_of(x->dir, MF_MAX_BODY));
    else if (take_body(x, mf_request_method(r->method_number), &c, &answer) != OK)
        return answer;
    forge_status s = mf_run_begin(x);
    if (s != FORGE_OK)
        return mf_run_failed(x, s);
    answer = in_fork(x, &c);
    mf_run_end(x);
    return answer;
}
