// SPDX-License-Identifier: Apache-2.0
/* Sends responses.
 *
 * Every function ends the request and returns what the handler hook returns.  Texts are
 * copied, so that nothing points into a fork that ends. */
#ifndef MF_RESPONSE_H
#define MF_RESPONSE_H

#include "httpd.h"

#include "apr_buckets.h"
#include "forge.h"

apr_bucket_brigade *mf_brigade(request_rec *r);
/* Ends the body with what is in the brigade, which is taken.  If that fails when it has been
 * begun, the client sees that it is cut off. */
int mf_pass(request_rec *r, apr_bucket_brigade *bb);

int mf_send_json(request_rec *r, int status, const char *text, apr_size_t n);
/* What a page has printed; the brigade is taken. */
int mf_send_page(request_rec *r, apr_bucket_brigade *bb);
/* Headers only. */
int mf_send_empty(request_rec *r, int status);

/* {"error": message, "request_id": id, "code": code}, and the report unless it is NULL. */
int mf_send_error_json(request_rec *r, int status, const char *message,
                       const forge_report *report);
/* The same as a page; the site's ErrorDocument is used if it has one. */
int mf_send_error_page(request_rec *r, int status, const char *message);
/* For a status that was to be returned to httpd, whose page would not have the code: one of
 * them in a few words.  The site's ErrorDocument, and who includes a page, get the status. */
int mf_send_status(request_rec *r, int status, int page);
/* The page for those who write the program. */
int mf_send_report_page(request_rec *r, int status, const forge_report *report);
/* Nobody is there to receive anything. */
int mf_send_nothing(request_rec *r);

#endif
