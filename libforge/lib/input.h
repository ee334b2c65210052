// SPDX-License-Identifier: Apache-2.0
/* Standard input.  While a program waits for it, its other tasks run, and it is cancelled;
 * these may collect. */
#ifndef FG_INPUT_H
#define FG_INPUT_H

#include "base/bytes.h"
#include "run/vm.h"

/* Appends the next line without its end; nothing when the input has ended. */
fg_status fg_input_line(fg_vm *vm, fg_bytes *b);
/* Appends what there is up to the end. */
fg_status fg_input_rest(fg_vm *vm, fg_bytes *b);

#endif
