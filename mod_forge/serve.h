// SPDX-License-Identifier: Apache-2.0
/* The two kinds of programs; both functions return what the handler hook returns. */
#ifndef MF_SERVE_H
#define MF_SERVE_H

#include "run.h"

/* A program with routes: finds the one of the request and calls its handler. */
int mf_serve_app(mf_run *x);
/* A page: runs the top level and sends what it prints. */
int mf_serve_page(mf_run *x);

#endif
