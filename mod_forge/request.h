// SPDX-License-Identifier: Apache-2.0
/* What a handler takes from a request: its path and its body. */
#ifndef MF_REQUEST_H
#define MF_REQUEST_H

#include "httpd.h"

/* The undecoded path to route on, below the app or script; NULL for a path with dot
 * segments, which no route can have. */
const char *mf_request_path(request_rec *r);

/* 1 if the client announced a body. */
int mf_request_has_body(const request_rec *r);
/* 1 for application/json and application/….+json. */
int mf_request_is_json(request_rec *r);
/* Reads the body, at most `most` bytes, into r->pool.  Returns OK or a status; when
 * that can be told from the headers, nothing was read and no 100-continue sent. */
int mf_request_body(request_rec *r, apr_int64_t most, const char **text, apr_size_t *n);
/* Gets an unread body out of the way of the next request of the connection. */
void mf_request_discard(request_rec *r);

#endif
