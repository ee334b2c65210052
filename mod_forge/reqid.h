// SPDX-License-Identifier: Apache-2.0
/* The request id: X-Request-Id of every response, the same in the logs.
 *
 * An inbound id of printable ASCII is taken over, cut to 64 characters; otherwise
 * one is made from mod_unique_id's UNIQUE_ID, or from random bytes without that
 * module. */
#ifndef MF_REQID_H
#define MF_REQID_H

#include "httpd.h"

/* Note that carries the id; LogFormat shows it as %{forge-request-id}n. */
#define MF_REQUEST_ID_NOTE "forge-request-id"

/* Hook post_read_request: settles the id before anything can refuse the request. */
int mf_reqid_read(request_rec *r);
/* Hook insert_error_filter: the same for requests refused while they were read, and for
 * answers that httpd puts in the place of one that was begun. */
void mf_reqid_error(request_rec *r);

/* The id of a request, also within internal redirects and subrequests; NULL when
 * off. */
const char *mf_request_id(request_rec *r);
/* The same with quotes, backslashes and tabs replaced. */
const char *mf_request_id_for_log(request_rec *r);

#endif
