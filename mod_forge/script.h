// SPDX-License-Identifier: Apache-2.0
/* Whether a file may be run as a script.
 *
 * Once a request is mapped to forge-script it is never declined: the default handler
 * would send the source. */
#ifndef MF_SCRIPT_H
#define MF_SCRIPT_H

#include "httpd.h"

/* OK, or the status to answer with; the reason is logged. */
int mf_script_admit(request_rec *r);

#endif
