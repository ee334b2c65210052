// SPDX-License-Identifier: Apache-2.0
/* What the program of a request sees of it. */
#ifndef MF_VIEW_H
#define MF_VIEW_H

#include "bind.h"
#include "run.h"

/* The facts about a request, without its body; everything lives as long as it does. */
forge_request *mf_view_of(mf_run *x, const forge_route *route, const mf_match *match,
                          const mf_query *query);
/* The same as a value of the fork, for who has no route. */
forge_status mf_view_without_route(mf_run *x, const mf_query *query, forge_value *out);

/* The query.  Returns OK, or DONE with the result of a refusal in *answer: it has too many
 * parameters. */
int mf_view_query(mf_run *x, mf_query *out, int *answer);

/* forge_env.read and forge_env.tls of a run. */
int64_t mf_view_read(void *ctx, char *at, size_t n, forge_incoming *how);
int mf_view_tls(void *ctx, forge_tls *out);

#endif
