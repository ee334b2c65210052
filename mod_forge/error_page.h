// SPDX-License-Identifier: Apache-2.0
/* The page for those who write the program: what failed, where, and in which request. */
#ifndef MF_ERROR_PAGE_H
#define MF_ERROR_PAGE_H

#include "forge.h"
#include "httpd.h"

/* 1 if the client would rather see a page than JSON. */
int mf_wants_page(const request_rec *r);
/* The text of the page, in r->pool. */
const char *mf_error_page(request_rec *r, int status, const forge_report *report);

#endif
