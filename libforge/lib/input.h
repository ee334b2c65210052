// SPDX-License-Identifier: Apache-2.0
/* Standard input.  While it is waited for other tasks run, and the wait can be cancelled.
 * What was read for somebody who was cancelled is kept for the next one. */
#ifndef FG_INPUT_H
#define FG_INPUT_H

#include "base/bytes.h"
#include "run/vm.h"

/* Raises that `what` cannot ask anybody in a web server; FG_OK elsewhere. */
fg_status fg_input_refuse(fg_vm *vm, const char *what);
/* Appends the next line without its newline; nothing when the input has ended. */
fg_status fg_input_line(fg_vm *vm, fg_bytes *b);
/* Appends what there is up to the end. */
fg_status fg_input_rest(fg_vm *vm, fg_bytes *b);

#endif
