// SPDX-License-Identifier: Apache-2.0
/* Buckets for files that may get shorter while they are sent.
 *
 * httpd's own file bucket takes the end of a file for the end of the bucket: a client
 * would wait for the rest, or take the next response for it. */
#ifndef MF_BUCKET_H
#define MF_BUCKET_H

#include "httpd.h"

#include "apr_buckets.h"

/* Appends the first n bytes of a file.  Reading them fails when they are not there. */
apr_status_t mf_bucket_exact(apr_bucket_brigade *bb, int fd, apr_off_t n);
/* Appends a mark behind file buckets of a connection: if the file has become shorter than
 * n bytes by the time what stands before the mark has been sent, the connection is closed
 * after it. */
apr_status_t mf_bucket_check(apr_bucket_brigade *bb, int fd, apr_off_t n, conn_rec *c);

#endif
