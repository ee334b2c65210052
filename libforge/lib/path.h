// SPDX-License-Identifier: Apache-2.0
/* Paths as text: what the path and the fs module share. */
#ifndef FG_PATH_H
#define FG_PATH_H

#include "run/vm.h"

/* p without its last name; the last name; its extension with the dot.  Empty if there is
 * none.  out shares the bytes of p. */
fg_status fg_path_parent(fg_vm *vm, fg_string *p, fg_value *out);
fg_status fg_path_name(fg_vm *vm, fg_string *p, fg_value *out);
fg_status fg_path_extension(fg_vm *vm, fg_string *p, fg_value *out);
/* The parts with slashes between, from the last absolute one on. */
fg_status fg_path_join(fg_vm *vm, const fg_slice *parts, uint32_t n, fg_value *out);

#endif
