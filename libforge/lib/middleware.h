// SPDX-License-Identifier: Apache-2.0
/* Functions around the handlers of routes. */
#ifndef FG_MIDDLEWARE_H
#define FG_MIDDLEWARE_H

#include "run/vm.h"

/* True for a @middleware whose path is the pattern or begins it, segment by segment. */
bool fg_middleware_covers(const fg_decorator *d, const fg_route *r);

/* Calls the handler of a route through the middleware that covers it.  request and the
 * argc arguments at argv are roots, which may be written to; out, too, is a root. */
fg_status fg_middleware_call(fg_vm *vm, const fg_route *r, fg_value *request, int argc,
                             fg_value *argv, fg_value *out);

#endif
