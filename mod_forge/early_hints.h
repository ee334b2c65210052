// SPDX-License-Identifier: Apache-2.0
/* 103 responses: what a browser may fetch while the program still works. */
#ifndef MF_EARLY_HINTS_H
#define MF_EARLY_HINTS_H

#include "httpd.h"

/* Sends n Link headers at once.  1: they went out; 0: the client is of HTTP/1.0, or the
 * response has begun. */
int mf_send_early_hints(request_rec *r, const char *const *links, apr_uint32_t n);

#endif
