// SPDX-License-Identifier: Apache-2.0
/* Sends what handlers give. */
#ifndef MF_RESPONSE_SEND_H
#define MF_RESPONSE_SEND_H

#include "run.h"

/* Answers with any value of a handler of the run's fork: a response as it says, every other
 * value as JSON with the status 200.  What is sent does not need the fork any more.
 * Returns what the handler hook returns. */
int mf_send_value(mf_run *x, forge_value v);

#endif
