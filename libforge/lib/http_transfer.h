// SPDX-License-Identifier: Apache-2.0
/* One exchange with an HTTP server, on libcurl.
 *
 * Each hop of a redirection is judged on its own (guard.h), by the address that is
 * connected to.  Other tasks run meanwhile; cancellation and the time limit end it.
 * Connections stay open for the next fork of the site. */
#ifndef FG_HTTP_TRANSFER_H
#define FG_HTTP_TRANSFER_H

#include "lib/intake.h"
#include "lib/libcurl.h"

typedef struct fg_http_request {
    const char *what;   /* begins messages: "http.get" */
    const char *method; /* upper case */
    const char *url;
    struct curl_slist *headers;
    const char *user, *password; /* basic authentication, or NULL */
    fg_slice body;               /* p NULL: none */
    uint64_t timeout_ns;         /* for all of it */
    uint64_t max_bytes;          /* of the body */
    uint32_t max_redirects;
    /* Takes the body as it comes instead of the response; false ends the transfer and has
     * raised why (or FG_NOMEM when nothing was raised). */
    fg_status (*sink)(void *ctx, const char *p, size_t n);
    void *ctx;
    bool
        failed_bodies; /* a body of status 400 and above goes to the response, not the sink */
} fg_http_request;

typedef struct fg_http_response {
    long status;
    char *url;         /* of the last hop; malloc'ed */
    fg_intake body;    /* decoded from chunks */
    fg_intake headers; /* "name\0value\0" of the last hop, names in lower case */
    uint64_t ns;       /* it took */
} fg_http_response;

/* Raises what went wrong; the response is to be dropped in any case.  May collect. */
fg_status fg_http_transfer(fg_vm *vm, const fg_http_request *q, fg_http_response *r);
void fg_http_response_drop(fg_vm *vm, fg_http_response *r);

#endif
