// SPDX-License-Identifier: Apache-2.0
/* Answering a request exactly once.
 *
 * A server makes a responder for each request and gives it to the handler, which answers at
 * once or later, from any thread.  The request's bytes, and what was decoded from them, are
 * valid until the last reference is dropped.  If that happens without an answer, the
 * responder itself answers with an error; a second answer is counted and forgotten. */
#ifndef FG_RESPONDER_H
#define FG_RESPONDER_H

#include "base/arena.h"
#include "base/bytes.h"

typedef struct fg_responder fg_responder;

/* What the transport does with an answer: takes the buffer's bytes (a failed buffer is an
 * answer that could not be written down) and drops it.  Called once for each responder,
 * by whichever thread answers. */
typedef void fg_respond_fn(void *ctx, uint64_t connection, uint64_t id,
                           fg_bytes *payload);

typedef struct fg_request {
    fg_slice payload;
    uint64_t connection,
        id; /* of the frame; positional: its number on the connection */
} fg_request;

/* With one reference, the caller's.  Copies the payload.  NULL: no memory. */
fg_responder *fg_responder_new(const fg_request *request, fg_respond_fn *respond,
                               void *ctx);
void fg_responder_ref(fg_responder *r);
void fg_responder_drop(fg_responder *r);

const fg_request *fg_responder_request(const fg_responder *r);
/* For what is decoded from the request; until the handler is called, or by it alone. */
fg_arena *fg_responder_arena(fg_responder *r);
/* The type of error responses, a constant; "ErrorResponse" until a dispatcher says it. */
void fg_responder_service(fg_responder *r, const char *error_type);

/* Answers with what `payload` holds, and empties it.  False: it was answered before. */
bool fg_responder_answer(fg_responder *r, fg_bytes *payload);
/* Answers with an error response. */
bool fg_responder_error(fg_responder *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool fg_responder_answered(const fg_responder *r);

#endif
