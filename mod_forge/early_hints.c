// SPDX-License-Identifier: Apache-2.0
/* An interim response has headers and a status of its own, and httpd takes both from the
 * request, so what the request has is put aside meanwhile. */
#include "early_hints.h"

#include "http_protocol.h"
#include "http_request.h"

int mf_send_early_hints(request_rec *r, const char *const *links, apr_uint32_t n)
{
    apr_table_t *headers = r->headers_out;
    const char *line = r->status_line;
    int status = r->status;
    if (r->proto_num < HTTP_VERSION(1, 1) || r->sent_bodyct || r->main
        || r->connection->aborted)
        return 0;
    r->headers_out = apr_table_make(r->pool, (int)n);
    for (apr_uint32_t i = 0; i < n; i++)
        apr_table_add(r->headers_out, "Link", links[i]);
    r->status = HTTP_EARLY_HINTS;
    r->status_line = NULL;
    ap_send_interim_response(r, 1);
    r->headers_out = headers;
    r->status = status;
    r->status_line = line;
    return 1;
}
