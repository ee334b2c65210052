// SPDX-License-Identifier: Apache-2.0
/* From a request to the arguments of a handler.
 *
 * Parameters are bound by name: a path capture, then the request, which the annotation
 * Request asks for, too, then body or data, then query or qs, then a key of the query string, then the default or null.  Texts are coerced to
 * Int, Float and Bool where the parameter says so.  Plain C on top of forge.h. */
#ifndef MF_BIND_H
#define MF_BIND_H

#include "forge.h"
#include "router.h"

#define MF_MAX_QUERY 1000

/* Decoded, valid UTF-8, terminated. */
typedef forge_pair mf_pair;

/* The pairs of a query string, in the order of the wire. */
typedef struct mf_query {
    mf_pair *pairs;
    uint32_t count;
} mf_query;

/* Memory that lives as long as the request. */
typedef struct mf_memory {
    void *(*get)(void *ctx, size_t n);
    void *ctx;
} mf_memory;

typedef struct mf_binding {
    forge_fork *fork;
    const forge_route *route;
    const mf_match *match;
    const mf_query *query;
    forge_value body;
    forge_value request; /* see mf_bind_wants */
} mf_binding;

/* Why a request cannot be bound. */
typedef struct mf_bind_fault {
    const char *parameter; /* not terminated */
    size_t parameter_len;
    const char *expected; /* what its text should have been */
    const char *text;
    size_t n;
} mf_bind_fault;

typedef enum mf_bind_status {
    MF_BIND_OK,
    MF_BIND_FAULT, /* the client's: see the fault */
    MF_BIND_FORK   /* the engine's: see the fork's report */
} mf_bind_status;

/* Returns 0 when there are more than MF_MAX_QUERY pairs.  NULL text is no pairs. */
int mf_query_parse(const char *text, const mf_memory *memory, mf_query *out);

/* Whether parameters of a route take the request, and its body as a value. */
typedef struct mf_wants {
    int request, body;
} mf_wants;
mf_wants mf_bind_wants(const forge_route *route, const mf_match *match);

/* Fills argv, one value for each parameter of the route. */
mf_bind_status mf_bind(const mf_binding *b, forge_value *argv, mf_bind_fault *fault);

/* Strict readers of a whole text; 0 when it is none. */
int mf_parse_int(const char *text, size_t n, int64_t *out);
int mf_parse_float(const char *text, size_t n, double *out);
int mf_parse_bool(const char *text, size_t n, int *out);

int mf_utf8_valid(const char *text, size_t n);
/* Copies with U+FFFD for what is not UTF-8; out has room for 3 * n bytes. */
size_t mf_utf8_repair(const char *text, size_t n, char *out);

#endif
