// SPDX-License-Identifier: Apache-2.0
/* Compiled scripts of one child.
 *
 * A script is built by the first request that needs it, while others wait; a newer
 * version is built while others still get the old one.  Programs are counted: one
 * that is in use is never freed.  The cache forgets what was not used for longest. */
#ifndef MF_CACHE_H
#define MF_CACHE_H

#include "httpd.h"

#include "program.h"
#include "site.h"

/* Part of child_init. */
void mf_cache_child_init(apr_pool_t *pchild, server_rec *s);

/* The program of r->filename for the time of the request, maybe broken.  Returns OK, or
 * the status to answer with; the reason is logged.  Released by r->pool's end or by
 * mf_cache_release, whichever comes first. */
typedef struct mf_lease mf_lease;
int mf_cache_get(request_rec *r, const mf_program **program, mf_lease **lease);
void mf_cache_release(mf_lease *lease);
/* Where the program runs, as long as it is leased. */
mf_site *mf_cache_site(const mf_lease *lease);

#endif
