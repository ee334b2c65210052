// SPDX-License-Identifier: Apache-2.0
/* What a handler takes from a request: its path, its query and its body. */
#ifndef MF_REQUEST_H
#define MF_REQUEST_H

#include "bind.h"
#include "httpd.h"

/* One of MF_GET … for a method of httpd's, or -1: no route can have it. */
int mf_request_method(int number);

/* The undecoded path to route on, below the app or script; NULL for a path with dot
 * segments, which no route can have. */
const char *mf_request_path(request_rec *r);

/* Hook fixups, first: remembers what was asked for where there is no file, in case a script
 * is chosen for it. */
int mf_request_asked(request_rec *r);

/* Bytes of an unwanted body worth reading to keep a connection. */
#define MF_WORTH_READING 65536

/* The decoded path that the client asked for, without the query. */
const char *mf_request_asked_path(request_rec *r);

/* The announced length of the body, or -1. */
apr_off_t mf_request_announced(request_rec *r);
/* The parameters behind the path, decoded; 0: there are more than MF_MAX_QUERY. */
int mf_request_query(request_rec *r, mf_query *out);

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
