// SPDX-License-Identifier: Apache-2.0
/* A run of a program for a request: from the start of its fork to the answer if it fails.
 *
 * Everything lives until the handler returns; a run belongs to one thread. */
#ifndef MF_RUN_H
#define MF_RUN_H

#include "apr_buckets.h"
#include "cancel.h"
#include "config.h"
#include "forge.h"
#include "gate.h"
#include "host.h"
#include "httpd.h"
#include "log.h"
#include "program.h"
#include "site.h"

struct mf_body;

/* The first four are set by whoever makes one. */
typedef struct mf_run {
    request_rec *r;
    const mf_dir *dir;
    const mf_program *program;
    const mf_site *site;
    forge_fork *fork;
    apr_bucket_brigade *output; /* of a page; NULL: what is said is logged */
    struct mf_body *body;       /* that the program asks for itself, or NULL */
    mf_permit *permit;          /* to run at all; whoever goes on later shares it */
    mf_host host;
    mf_cancel cancel;
    mf_log_quota quota;
    int in_error; /* its @error function is called */
} mf_run;

/* Starts the fork under the limits and rights of the directory. */
forge_status mf_run_begin(mf_run *x);
/* Ends it, if there is one. */
void mf_run_end(mf_run *x);

/* Calls the handler of a route with all that is around it, or a function, or runs the top
 * level of a page. */
forge_status mf_run_route(mf_run *x, uint32_t route, const forge_value *argv,
                          uint32_t argc, forge_value request, forge_value *out);
forge_status mf_run_call(mf_run *x, const char *function, const forge_value *argv,
                         uint32_t argc, forge_value *out);
forge_status mf_run_page(mf_run *x);

/* Answers for a run that did not end well. */
int mf_run_failed(mf_run *x, forge_status status);
/* What a failed program shows: everything in development, nothing in production. */
int mf_run_broken(mf_run *x, const forge_report *report);
/* Answers a request that the program is not run for, with a line in the log and
 * MF_BAD_REQUEST, or without a line. */
int mf_run_refuse(mf_run *x, int status, const char *message);
int mf_run_error(mf_run *x, mf_code code, int status, const char *message);

#endif
