// SPDX-License-Identifier: Apache-2.0
/* Functions that are called when another one ends, and sections that are not cancelled.
 *
 * What a function defers is called when its frame is left, the last one first, however
 * that comes about: by a value, an error, exit, a limit, a cancellation.  It keeps what
 * is being returned or raised; an error of its own is a warning.  Deferred functions are
 * sections themselves.  Once the program must end they have a little more time, fuel and
 * memory, all of them together, and other tasks do not run meanwhile.
 *
 * While a section is open in any fiber, the program is not cancelled, and a fiber that has
 * one open is not cancelled by its squad.  Limits hold, and a stop at once, too. */
#ifndef FG_DEFER_H
#define FG_DEFER_H

#include "run/vm.h"

#define FG_DEFER_DEPTH 8u /* nested calls beyond the limits */

/* Has fn called when the running frame ends. */
fg_status fg_defer(fg_vm *vm, const fg_value *fn);
/* Calls what the running frame, which has FG_FR_DEFER, deferred; s is how it ends: FG_OK
 * with its result below its registers, or the status of vm->error.  The status to go on
 * with; the frame has the flag no more. */
fg_status fg_deferred_run(fg_vm *vm, fg_status s);
bool fg_has_deferred(const fg_value *deferred);

/* A section: begin, and end with the status of what ran in it.  The end may give an error,
 * because what was cancelled meanwhile is cancelled then; it may collect. */
void fg_section_begin(fg_vm *vm);
fg_status fg_section_end(fg_vm *vm, fg_status s);

/* For fg_poll_host, when the program must end while deferred functions run: FG_OK as long
 * as they have something left. */
fg_status fg_deferred_check(fg_vm *vm);
/* Do deferred functions run in a program that must end? (fiber.c) */
bool fg_is_ending(const fg_vm *vm);

#endif
