// SPDX-License-Identifier: Apache-2.0
/* Objects of options, such as { path: "/", secure: true }. */
#ifndef FG_OPTIONS_H
#define FG_OPTIONS_H

#include "run/vm.h"

/* Puts what the options say into values[k] for names[k], and leaves the others alone; null
 * is no options.  Raises "FUNCTION(): …" for what is no object and for a name that is none
 * of them; the hint has the nearest one, or all. */
fg_status fg_options_read(fg_vm *vm, const char *function, fg_value options,
                          const char *const *names, uint32_t n, fg_value *values);

#endif
