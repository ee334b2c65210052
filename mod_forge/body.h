// SPDX-License-Identifier: Apache-2.0
/* The body of a request as its program asks for it.
 *
 * Nothing is read before the program asks, so a client that waits for 100-continue gets it
 * only then.  Reads never wait: the engine does, and other tasks of the program run
 * meanwhile. */
#ifndef MF_BODY_H
#define MF_BODY_H

#include "apr_buckets.h"
#include "forge.h"
#include "httpd.h"

typedef struct mf_body {
    request_rec *r;
    apr_int64_t most, n;    /* bytes that are allowed, and that came */
    apr_bucket_brigade *bb; /* what came and was not asked for yet; NULL: not begun */
    apr_time_t last;        /* when something came */
    int ended;              /* all is in bb, or was given */
    int status;             /* why it cannot be read, or OK */
    const char *why;
} mf_body;

/* Of at most `most` bytes.  Lives as long as the request. */
mf_body *mf_body_new(request_rec *r, apr_int64_t most);
/* As forge_env.read says. */
apr_int64_t mf_body_read(mf_body *b, char *at, apr_size_t n, forge_incoming *how);
/* Before the answer: gets what is unread out of the way of the next request. */
void mf_body_end(mf_body *b);

#endif
