// SPDX-License-Identifier: Apache-2.0
#include "cors.h"

#include <string.h>

#include "apr_strings.h"
#include "http_protocol.h"
#include "request.h"

#define MAX_AGE "600" /* seconds that a browser remembers a preflight */
#define LONGEST 1000  /* list of headers that is asked for */

static int is_word(const char *text, apr_size_t n, const char *word)
{
    return strlen(word) == n && strncasecmp(text, word, n) == 0;
}

/* "*" if everybody may, the origin if it is one of the list, else NULL. */
static const char *allowed(const char *origins, const char *origin)
{
    for (const char *at = origins; *at; at += strcspn(at, " ,")) {
        at += strspn(at, " ,");
        apr_size_t n = strcspn(at, " ,");
        if (is_word(at, n, "*") || is_word(at, n, "any")
            || is_word(at, n, "permissive"))
            return "*";
        if (n > 0 && is_word(at, n, origin))
            return origin;
    }
    return NULL;
}

/* 1 if the origin may read the answer. */
static int answer(request_rec *r, const char *origins)
{
    const char *origin = apr_table_get(r->headers_in, "Origin");
    const char *who = origins ? allowed(origins, origin ? origin : "") : NULL;
    if (!origins)
        return 0;
    if (!who || *who != '*') /* who asks decides, also for caches */
        apr_table_mergen(r->err_headers_out, "Vary", "Origin");
    if (!who || !origin)
        return 0;
    apr_table_setn(r->err_headers_out, "Access-Control-Allow-Origin", who);
    return 1;
}

void mf_cors_route(request_rec *r, const forge_route *route)
{
    if (route->cors)
        answer(r, route->cors);
}

/* 1 for names of headers with commas between. */
static int is_list(const char *text)
{
    const char *at = text;
    while (*at == ' ' || *at == ',' || (*at && *ap_scan_http_token(at) != *at))
        at++;
    return *at == '\0' && at - text <= LONGEST;
}

void mf_cors_preflight(request_rec *r, const forge_template *t, const mf_match *match)
{
    const char *method = apr_table_get(r->headers_in, "Access-Control-Request-Method");
    const char *headers =
        apr_table_get(r->headers_in, "Access-Control-Request-Headers");
    int index = method ? mf_request_method(ap_method_number_of(method)) : -1;
    char allow[MF_ALLOW_SIZE];
    if (index < 0 || match->route[index] < 0
        || !answer(r, forge_route_get(t, (uint32_t)match->route[index])->cors))
        return;
    mf_match_allow(match, allow);
    apr_table_set(r->err_headers_out, "Access-Control-Allow-Methods", allow);
    apr_table_setn(r->err_headers_out, "Access-Control-Max-Age", MAX_AGE);
    if (headers && is_list(headers))
        apr_table_setn(r->err_headers_out, "Access-Control-Allow-Headers", headers);
}
