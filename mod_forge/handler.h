// SPDX-License-Identifier: Apache-2.0
/* The content handler: one fork per request. */
#ifndef MF_HANDLER_H
#define MF_HANDLER_H

#include "httpd.h"

int mf_handler(request_rec *r);

#endif
