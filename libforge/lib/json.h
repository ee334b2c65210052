// SPDX-License-Identifier: Apache-2.0
/* JSON for hosts and for the json module. */
#ifndef FG_JSON_H
#define FG_JSON_H

#include "run/vm.h"

#define FG_JSON_DEPTH 127u /* arrays and objects inside each other */

/* Reads RFC 8259 text strictly.  Objects keep the order of their keys; of a repeated
 * key the first place and the last value count.  Never collects.  What is wrong is
 * raised as "JSON parse error: … at line L column C". */
fg_status fg_json_read(fg_vm *vm, fg_slice text, fg_value *out);
/* The same for text that has a name: "<what>: … at line L column C". */
fg_status fg_json_read_as(fg_vm *vm, const char *what, fg_slice text, fg_value *out);
/* True if the text is JSON; raises nothing, makes no values. */
bool fg_json_valid(fg_vm *vm, fg_slice text);
/* JSON text of a value as a string: on one line if indent is -1, else with so many blanks
 * a level.  Raises for what JSON cannot say. */
fg_status fg_json_write(fg_vm *vm, const fg_value *v, int indent, fg_value *out);
#define FG_JSON_INDENT 2 /* of pretty text, unless somebody asks for another */

#endif
