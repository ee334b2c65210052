// SPDX-License-Identifier: Apache-2.0
#include "ipc/responder.h"

#include <stdarg.h>
#include <stdlib.h>

#include "ipc/envelope.h"

#define ARENA_MAX ((size_t)64 << 20)

struct fg_responder {
    uint32_t references;
    uint32_t answers; /* more than one: somebody answered again */
    fg_request request;
    fg_respond_fn *respond;
    void *ctx;
    const char *error_type;
    fg_arena arena;
    char bytes[];
};

fg_responder *fg_responder_new(const fg_request *request, fg_respond_fn *respond,
                               void *ctx)
{
    fg_responder *r = malloc(sizeof *r + request->payload.n);
    if (!r)
        return NULL;
    r->references = 1;
    r->answers = 0;
    r->request = *request;
    r->request.payload.p = r->bytes;
    if (request->payload.n > 0)
        memcpy(r->bytes, request->payload.p, request->payload.n);
    r->respond = respond;
    r->ctx = ctx;
    r->error_type = "ErrorResponse";
    fg_arena_init(&r->arena, ARENA_MAX);
    return r;
}

void fg_responder_ref(fg_responder *r)
{
    __atomic_fetch_add(&r->references, 1, __ATOMIC_RELAXED);
}

void fg_responder_drop(fg_responder *r)
{
    if (__atomic_sub_fetch(&r->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    if (!fg_responder_answered(r))
        fg_responder_error(r, "the request was dropped without an answer");
    fg_arena_drop(&r->arena);
    free(r);
}

const fg_request *fg_responder_request(const fg_responder *r) { return &r->request; }
fg_arena *fg_responder_arena(fg_responder *r) { return &r->arena; }

void fg_responder_service(fg_responder *r, const char *error_type)
{
    r->error_type = error_type;
}

bool fg_responder_answered(const fg_responder *r)
{
    return __atomic_load_n(&r->answers, __ATOMIC_ACQUIRE) > 0;
}

bool fg_responder_answer(fg_responder *r, fg_bytes *payload)
{
    if (__atomic_fetch_add(&r->answers, 1, __ATOMIC_ACQ_REL) > 0) {
        fg_bytes_drop(payload);
        return false;
    }
    r->respond(r->ctx, r->request.connection, r->request.id, payload);
    return true;
}

bool fg_responder_error(fg_responder *r, const char *fmt, ...)
{
    fg_bytes message, payload;
    va_list ap;
    fg_bytes_init(&message);
    fg_bytes_init(&payload);
    va_start(ap, fmt);
    fg_bytes_vfmt(&message, fmt, ap);
    va_end(ap);
    fg_envelope_error(&payload, fg_slice_str(r->error_type), fg_bytes_view(&message));
    fg_bytes_drop(&message);
    return fg_responder_answer(r, &payload);
}
