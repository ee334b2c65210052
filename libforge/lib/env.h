// SPDX-License-Identifier: Apache-2.0
/* The environment of a program: what its site gives it, and over that what it set itself.
 * The environment of the process never changes. */
#ifndef FG_ENV_H
#define FG_ENV_H

#include "run/vm.h"

/* The value of a variable, borrowed until the program sets it; false: it has none. */
bool fg_env_get(const fg_vm *vm, fg_slice name, fg_slice *value);
/* May a variable have this name? */
bool fg_env_name(fg_slice name);
/* For this program and what it starts; FG_NOMEM.  Name and value have no zero byte. */
fg_status fg_env_set(fg_vm *vm, fg_slice name, fg_slice value);
/* Calls fn for each variable, the site's first, until it gives something else than FG_OK,
 * which is the result.  fn must not set any. */
fg_status fg_env_each(const fg_vm *vm,
                      fg_status (*fn)(void *ctx, fg_slice name, fg_slice value),
                      void *ctx);

/* Sets what the text of a file says, line by line, and is not set yet (env_file.c).
 * FG_RAISED: `prefix` and the line that is wrong; what stands above it is set. */
fg_status fg_env_read(fg_vm *vm, const char *prefix, fg_slice text);

#endif
