// SPDX-License-Identifier: Apache-2.0
#include "ipc/service.h"

#include <stdarg.h>
#include <stdio.h>

#include "ipc/envelope.h"

static bool named(fg_slice name, const char *text)
{
    return name.n == strlen(text) && memcmp(name.p, text, name.n) == 0;
}

/* ---- the server's side ------------------------------------------------------------- */

static const fg_command *find(const fg_service *s, fg_slice name)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (named(name, s->commands[i].name))
            return &s->commands[i];
    return NULL;
}

/* What is wrong with a message, and where. */
static void explain(const fg_unpacker *u, const fg_record_place *place, char *out,
                    size_t size)
{
    snprintf(out, size, "%s%s%s%s%s (byte %u)", place->record ? place->record : "",
             place->field ? "." : "", place->field ? place->field : "",
             place->record ? ": " : "", u->fault, u->offset);
}

static void reject(fg_responder *r, const fg_unpacker *u, const fg_record_place *place)
{
    char why[512];
    explain(u, place, why, sizeof why);
    fg_responder_error(r, "%s", why);
}

void fg_service_dispatch(const fg_service *s, const void *handlers, void *ctx,
                         fg_responder *r)
{
    fg_record_place place = { NULL, NULL };
    fg_unpacker u;
    fg_slice name;
    fg_responder_service(r, s->error_name);
    fg_unpack_begin(&u, fg_responder_request(r)->payload);
    if (!fg_envelope_open_request(&u, &name)) {
        reject(r, &u, &place);
        return;
    }
    const fg_command *c = find(s, name);
    if (!c || !c->call) {
        fg_responder_error(r, "there is no command '%.*s' in the service %s",
                           (int)name.n, name.p, s->name);
        return;
    }
    fg_arena *arena = fg_responder_arena(r);
    void *request = fg_arena_get(arena, c->request->size);
    if (!request)
        fg_responder_error(r, "%s: there is no memory", c->name);
    else if (!fg_record_unpack(&u, arena, c->request, request, &place)
             || !fg_unpack_end(&u))
        reject(r, &u, &place);
    else
        c->call(handlers, ctx, request, r);
}

bool fg_service_answer(fg_responder *r, const fg_command *c, const void *response)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_envelope_response(&b, fg_slice_str(c->response_name));
    fg_record_pack(&b, c->response, response);
    return fg_responder_answer(r, &b);
}

/* ---- the client's side ------------------------------------------------------------- */

void fg_service_request(fg_bytes *b, const fg_command *c, const void *request)
{
    fg_envelope_request(b, fg_slice_str(c->name));
    fg_record_pack(b, c->request, request);
}

__attribute__((format(printf, 2, 3))) static bool fail(fg_service_error *e,
                                                       const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->message, sizeof e->message, fmt, ap);
    va_end(ap);
    return false;
}

typedef struct remote_error {
    fg_slice message;
} remote_error;

static const fg_type text = { .kind = FG_KIND_STRING,
                              .size = sizeof(fg_slice),
                              .max = UINT32_MAX };
static const fg_field message_field[] = {
    { "message", offsetof(remote_error, message), &text },
};
static const fg_record error_record = { "ErrorResponse", sizeof(remote_error), 1,
                                        message_field };

static bool remote(fg_unpacker *u, fg_arena *arena, fg_service_error *e)
{
    fg_record_place place;
    remote_error said;
    if (!fg_record_unpack(u, arena, &error_record, &said, &place))
        return fail(e, "the server's error has no message: %s", u->fault);
    e->remote = true;
    return fail(e, "%.*s", (int)said.message.n, said.message.p);
}

bool fg_service_response(const fg_service *s, const fg_command *c, fg_slice payload,
                         fg_arena *arena, void *out, fg_service_error *e)
{
    fg_record_place place = { NULL, NULL };
    fg_unpacker u;
    fg_slice name;
    e->remote = false;
    fg_unpack_begin(&u, payload);
    if (!fg_envelope_open_response(&u, &name))
        return fail(e, "%s (byte %u)", u.fault, u.offset);
    if (named(name, s->error_name))
        return remote(&u, arena, e);
    if (!named(name, c->response_name))
        return fail(e, "expected %s of the server, got %.*s", c->response_name,
                    (int)name.n, name.p);
    if (fg_record_unpack(&u, arena, c->response, out, &place) && fg_unpack_end(&u))
        return true;
    return fail(e, "%s.%s: %s (byte %u)",
                place.record ? place.record : c->response_name,
                place.field ? place.field : "", u.fault, u.offset);
}
