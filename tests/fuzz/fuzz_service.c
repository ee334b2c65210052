// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a request to two services: each is answered once, and what a handler was
 * given is, written again, a request that gives the same. */
#include "fuzz.h"

#include "echo.h"
#include "kinds.h"

#define LARGEST ((size_t)64 << 10)

typedef struct sink {
    uint32_t answers;
    fg_bytes written; /* what the handler was given */
} sink;

static void take(void *ctx, uint64_t connection, uint64_t id, fg_bytes *payload)
{
    sink *s = ctx;
    REQUIRE(connection == 1 && id == 2 && !payload->failed && payload->n > 0);
    s->answers++;
    fg_bytes_drop(payload);
}

#define HANDLER(service, command)                                                      \
    static void on_##service##_##command(void *ctx, const service##_##command *q,      \
                                         fg_responder *r)                              \
    {                                                                                  \
        sink *s = ctx;                                                                 \
        (void)r;                                                                       \
        service##_##command##_write(&s->written, q);                                   \
    }

HANDLER(echo, bytes)
HANDLER(echo, fields)
HANDLER(echo, nested)
HANDLER(echo, aliases)
HANDLER(echo, blobs)
HANDLER(echo, fail)
HANDLER(kinds, scalars)
HANDLER(kinds, shapes)

static const echo_handlers echo = { on_echo_bytes,   on_echo_fields, on_echo_nested,
                                    on_echo_aliases, on_echo_blobs,  on_echo_fail };
static const kinds_handlers kinds = { on_kinds_scalars, on_kinds_shapes };

static void ask(int which, fg_slice payload, fg_bytes *written)
{
    fg_request request = { payload, 1, 2 };
    sink s = { .answers = 0 };
    fg_bytes_init(&s.written);
    fg_responder *r = fg_responder_new(&request, take, &s);
    REQUIRE(r);
    if (which)
        kinds_dispatch(&kinds, &s, r);
    else
        echo_dispatch(&echo, &s, r);
    fg_responder_drop(r);
    REQUIRE(s.answers == 1);
    fg_bytes_slice(written, fg_bytes_view(&s.written));
    fg_bytes_drop(&s.written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fg_bytes first, second;
    if (size > LARGEST)
        return 0;
    for (int which = 0; which < 2; which++) {
        fg_bytes_init(&first);
        fg_bytes_init(&second);
        ask(which, fg_slice_of((const char *)data, size), &first);
        if (first.n > 0) {
            ask(which, fg_bytes_view(&first), &second);
            REQUIRE(fg_slice_eq(fg_bytes_view(&first), fg_bytes_view(&second)));
        }
        fg_bytes_drop(&first);
        fg_bytes_drop(&second);
    }
    return 0;
}
