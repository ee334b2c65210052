// SPDX-License-Identifier: Apache-2.0
/* The facts about a request, and those about its connection when they are asked for.
 * Nothing else of httpd is shown. */
#include "view.h"

#include <string.h>

#include "apr_strings.h"
#include "body.h"
#include "http_protocol.h"
#include "http_ssl.h"
#include "reqid.h"
#include "request.h"

static forge_pair *new_pairs(const request_rec *r, uint32_t n)
{
    return apr_palloc(r->pool, (n > 0 ? n : 1) * sizeof(forge_pair));
}

static const forge_pair *params_of(const request_rec *r, const mf_match *match)
{
    forge_pair *pairs = new_pairs(r, match->ncaptures);
    for (uint32_t i = 0; i < match->ncaptures; i++) {
        const mf_capture *c = &match->captures[i];
        pairs[i] = (forge_pair){ c->name, c->text, c->name_len, c->n };
    }
    return pairs;
}

static const forge_pair *headers_of(const request_rec *r, uint32_t *n)
{
    const apr_array_header_t *all = apr_table_elts(r->headers_in);
    const apr_table_entry_t *e = (const apr_table_entry_t *)(void *)all->elts;
    forge_pair *pairs = new_pairs(r, (uint32_t)all->nelts);
    *n = 0;
    for (int i = 0; i < all->nelts; i++)
        if (e[i].key && e[i].val)
            pairs[(*n)++] =
                (forge_pair){ e[i].key, e[i].val, strlen(e[i].key), strlen(e[i].val) };
    return pairs;
}

forge_request *mf_view_of(mf_run *x, const forge_route *route, const mf_match *match,
                          const mf_query *query)
{
    request_rec *r = x->r;
    forge_request *f = apr_pcalloc(r->pool, sizeof *f);
    f->method = r->method;
    f->path = mf_request_asked_path(r);
    f->route = route->pattern;
    f->scheme = ap_http_scheme(r);
    f->host = r->hostname;
    f->address = r->useragent_ip;
    f->port = r->useragent_addr ? r->useragent_addr->port : 0;
    f->user = r->user;
    f->id = mf_request_id(r);
    f->params = params_of(r, match);
    f->nparams = match->ncaptures;
    f->query = query->pairs;
    f->nquery = query->count;
    f->headers = headers_of(r, &f->nheaders);
    return f;
}

int mf_view_query(mf_run *x, mf_query *out, int *answer)
{
    if (mf_request_query(x->r, out))
        return OK;
    *answer =
        mf_run_refuse(x, HTTP_BAD_REQUEST,
                      apr_psprintf(x->r->pool, "the query has more than %d parameters",
                                   MF_MAX_QUERY));
    return DONE;
}

forge_status mf_view_without_route(mf_run *x, const mf_query *query, forge_value *out)
{
    static const forge_route none = { .pattern = NULL };
    mf_match match = { .ncaptures = 0 };
    forge_request *view = mf_view_of(x, &none, &match, query);
    if (!x->body)
        view->body = "";
    return forge_request_value(x->fork, view, out);
}

int64_t mf_view_read(void *ctx, char *at, size_t n, forge_incoming *how)
{
    mf_run *x = ctx;
    return x->body ? mf_body_read(x->body, at, n, how) : 0;
}

static const char *tls_fact(const request_rec *r, const char *name)
{
    const char *value =
        ap_ssl_var_lookup(r->pool, r->server, r->connection, (request_rec *)r, name);
    return value && value[0] ? value : NULL;
}

int mf_view_tls(void *ctx, forge_tls *out)
{
    const request_rec *r = ((const mf_run *)ctx)->r;
    conn_rec *c = r->connection;
    if (!ap_ssl_conn_is_ssl(c->master ? c->master : c))
        return 0;
    out->protocol = tls_fact(r, "SSL_PROTOCOL");
    out->cipher = tls_fact(r, "SSL_CIPHER");
    out->client_verify = tls_fact(r, "SSL_CLIENT_VERIFY");
    out->client_subject = tls_fact(r, "SSL_CLIENT_S_DN");
    return 1;
}
