// SPDX-License-Identifier: Apache-2.0
/* Tells a running program that nobody waits for its answer any more, or that the server is
 * stopping. */
#ifndef MF_CANCEL_H
#define MF_CANCEL_H

#include "httpd.h"

typedef struct mf_cancel {
    conn_rec *connection; /* NULL: whether the client is there does not matter */
    apr_int64_t next;     /* coarse time of the next look */
    int wish;             /* what the last one saw: FORGE_GO_ON … FORGE_STOP */
} mf_cancel;

void mf_cancel_init(mf_cancel *c, conn_rec *connection);
/* FORGE_CANCEL when the client is gone, FORGE_STOP when programs of this child must end,
 * else FORGE_GO_ON; cheap enough for every poll. */
int mf_cancel_poll(mf_cancel *c);

/* 1 if either is so, at once, for who waits anyway. */
int mf_cancel_look(conn_rec *c);

/* 1 when programs of this child must end. */
int mf_cancel_all(void);
/* 1 if that is because a graceful stop has lasted for ForgeDrainTimeout. */
int mf_cancel_drains(void);

/* Between hold and release a signal that would end a child of prefork at once makes its
 * program end first. */
void mf_cancel_hold(void);
void mf_cancel_release(void);

/* Hooks child_init and child_stopping. */
void mf_cancel_child_init(apr_pool_t *pchild, server_rec *main_server);
void mf_cancel_stopping(apr_pool_t *pchild, int graceful);

#endif
