// SPDX-License-Identifier: Apache-2.0
/* Tells a running program that nobody waits for its answer any more. */
#ifndef MF_CANCEL_H
#define MF_CANCEL_H

#include "httpd.h"

typedef struct mf_cancel {
    conn_rec *connection;
    apr_int64_t next; /* coarse time of the next look */
    int gone;
} mf_cancel;

void mf_cancel_init(mf_cancel *c, conn_rec *connection);
/* Nonzero when the client is gone or the child must stop; cheap enough for every
 * poll. */
int mf_cancel_poll(mf_cancel *c);

/* Nonzero when the child must stop. */
int mf_cancel_all(void);

/* Hook child_stopping. */
void mf_cancel_stopping(apr_pool_t *pchild, int graceful);

#endif
