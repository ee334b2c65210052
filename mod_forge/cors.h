// SPDX-License-Identifier: Apache-2.0
/* Who else may read answers: the Fetch standard's CORS protocol, for the origins that
 * @cors or @server(cors: …) name.  A browser of another site gets the answer either way;
 * what is said here is whether its scripts see it, and whether it may ask at all for more
 * than a form could. */
#ifndef MF_CORS_H
#define MF_CORS_H

#include "forge.h"
#include "httpd.h"
#include "router.h"

/* Adds to whatever will be answered what the route says; errors keep it, too. */
void mf_cors_route(request_rec *r, const forge_route *route);
/* Adds it to the answer to a preflight request of a path; `t` has the routes of match. */
void mf_cors_preflight(request_rec *r, const forge_template *t, const mf_match *match);

#endif
