// SPDX-License-Identifier: Apache-2.0
/* Services: commands by name, with typed requests and responses.
 *
 * The table of a service is generated from its schema together with typed functions around
 * what stands here (ipc/stubs). */
#ifndef FG_SERVICE_H
#define FG_SERVICE_H

#include "ipc/record.h"
#include "ipc/responder.h"

struct fg_command;

/* Gives a decoded request to the typed handler; `handlers` is the service's own structure of
 * functions.  The request lives as long as the responder. */
typedef void fg_call_fn(const void *handlers, void *ctx, const void *request,
                        fg_responder *r);

typedef struct fg_command {
    const char *name, *response_name; /* as they travel */
    const fg_record *request, *response;
    fg_call_fn *call; /* NULL: the handlers have no function for it */
} fg_command;

typedef struct fg_service {
    const char *name, *error_name;
    const char *hash; /* SHA-256 of the schema, 64 hexadecimal digits */
    uint32_t n;
    const fg_command *commands;
} fg_service;

/* What came instead of a response. */
typedef struct fg_service_error {
    char message[512]; /* of the server, or what is wrong with its response */
    bool remote;       /* the server said so */
} fg_service_error;

/* ---- the server's side ------------------------------------------------------------- */

/* Decodes the request and calls its handler, or answers with an error. */
void fg_service_dispatch(const fg_service *s, const void *handlers, void *ctx,
                         fg_responder *r);
/* Answers with a response.  False: it was answered before. */
bool fg_service_answer(fg_responder *r, const fg_command *c, const void *response);

/* ---- the client's side ------------------------------------------------------------- */

/* The payload of a request. */
void fg_service_request(fg_bytes *b, const fg_command *c, const void *request);
/* Decodes the payload of the response to it.  *out points into the payload and the arena. */
bool fg_service_response(const fg_service *s, const fg_command *c, fg_slice payload,
                         fg_arena *arena, void *out, fg_service_error *e);

#endif
