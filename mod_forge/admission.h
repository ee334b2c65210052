// SPDX-License-Identifier: Apache-2.0
/* Admission: a request needs a permit before anything is done for it that costs.
 *
 * Caps hold over all children of a server, also while those of the previous generation
 * end after a graceful restart: all count on one board.  A new board is made, and the
 * old generation's permits no longer count, if a restart brings more virtual hosts and
 * sections with caps than the board has lanes for, or another version of this module.
 *
 * Workers are left to everything but programs, in two ways.  A reserve of the server's
 * workers is never used: the scoreboard tells how many are busy, with whatever, and a
 * child whose workers are all busy leaves new connections to the others.  And in each
 * child an eighth of the threads runs no programs, by default, since connections that are
 * kept stay with their child.  A program that finds only these waits on one of them.
 * Requests of HTTP/2 run on threads that mod_http2 has for each child, by default half as
 * many again as the MPM has; when programs have to wait for long, an eighth of a child's
 * threads is left there as well. */
#ifndef MF_ADMISSION_H
#define MF_ADMISSION_H

#include "httpd.h"

#include "ap_mpm.h"
#include "gate.h"
#include "mpm_common.h"

/* Hook post_config: makes the board, or goes on with the one there is. */
int mf_admission_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                             server_rec *s);
/* Hook child_status, in the parent: what a child held is free when it has ended. */
void mf_admission_child_status(server_rec *s, pid_t pid, ap_generation_t generation,
                               int slot, mpm_child_status state);
/* Part of child_init. */
void mf_admission_child_init(apr_pool_t *pchild, server_rec *s);

/* Asks for a permit; *asking tells afterwards what was full. */
mf_entry mf_admit(request_rec *r, mf_asking *asking, mf_permit *permit);
/* Answers a request that has not entered, and returns what the handler hook returns.  Its
 * body is not read.  An app answers in JSON; a script has no kind yet, so browsers get a
 * page. */
int mf_admit_not(request_rec *r, const mf_asking *asking, mf_entry entry);

#endif
