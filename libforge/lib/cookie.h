// SPDX-License-Identifier: Apache-2.0
/* Cookies for other parts of the library: those that clients send, and Set-Cookie. */
#ifndef FG_COOKIE_H
#define FG_COOKIE_H

#include "run/vm.h"

/* The header's value from argv[0] a name, argv[1] a value and maybe argv[2] options; errors
 * begin with `function`. */
fg_status fg_cookie_text(fg_vm *vm, const char *function, int argc,
                         const fg_value *argv, fg_value *out);
/* An object of the names and values in a Cookie header.  Never collects. */
fg_status fg_cookie_read(fg_vm *vm, fg_slice header, fg_value *out);

#endif
