// SPDX-License-Identifier: Apache-2.0
/* Names of the rights that programs have, as ForgeAllow and ForgeDrop list them. */
#ifndef MF_RIGHTS_H
#define MF_RIGHTS_H

#include <stdint.h>

#include "apr_pools.h"

/* Adds the rights that `count` words name to *rights; the word "all" is every one, and
 * "none", which stands alone, is no right.  NULL, or what is wrong with the words. */
const char *mf_rights_read(apr_pool_t *p, const char *directive, int count,
                           char *const words[], uint32_t *rights);

/* The name of the right whose absence an error's message tells of, or NULL. */
const char *mf_right_denied(const char *message);

#endif
