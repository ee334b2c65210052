// SPDX-License-Identifier: Apache-2.0
/* What a program says itself when a request cannot be answered: its @error functions. */
#ifndef MF_ERROR_HANDLER_H
#define MF_ERROR_HANDLER_H

#include "run.h"

/* Calls the function for this status, with the request and { status, message, id }, in a
 * fork of its own that takes the place of the run's.  1: it has answered, *answer is what
 * the handler hook returns.  0: there is none, or it failed, which is in the log; or this
 * is already about its failure. */
int mf_error_handler(mf_run *x, int status, const char *message, int *answer);

#endif
