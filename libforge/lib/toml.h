// SPDX-License-Identifier: Apache-2.0
/* TOML 1.0 for the toml module and what reads files. */
#ifndef FG_TOML_H
#define FG_TOML_H

#include "run/vm.h"

#define FG_TOML_DEPTH 127u /* tables and arrays inside each other */

/* Reads a document into an object with keys in the order of the text.  Dates and times
 * are strings in TOML's notation, with T and Z in capitals.  What is wrong is raised as
 * "TOML parse error: … at line L column C".  May collect: text stays reachable, and out is
 * a root. */
fg_status fg_toml_read(fg_vm *vm, fg_slice text, fg_value *out);

/* Appends the document of an object: keys in byte order, values before tables, null left
 * out.  May collect: v stays reachable; b may have failed when this succeeds. */
fg_status fg_toml_write(fg_vm *vm, const fg_value *v, fg_bytes *b);

#endif
