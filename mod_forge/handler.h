// SPDX-License-Identifier: Apache-2.0
/* The content handler: one fork per request.
 *
 * First comes what is known without work: whose request it is, whether Forge is on here,
 * and for a script whether its file may run; all of that refuses whatever the load.  Then
 * a permit, maybe after a wait, or 503.  Only then come the app's site or the script's
 * template, the route and its method, the body, and the run; the permit is given back
 * when the response is on its way, or later by whom it was shared with. */
#ifndef MF_HANDLER_H
#define MF_HANDLER_H

#include "httpd.h"

int mf_handler(request_rec *r);

#endif
