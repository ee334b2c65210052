// SPDX-License-Identifier: Apache-2.0
/* The body of the request that is served. */
#include "lib/request.h"

#include "lib/json.h"
#include "lib/lib.h"

#include "base/utf8.h"
#include "run/fiber.h"

#define TURN_NS 1000000u /* between two looks whether another task has finished */
#define SOON_NS 4000000u /* between two reads where nothing can be waited for */
#define LOOK_NS                                                                        \
    200000000u /* the same where it can: hosts have deadlines of their own */
#define FIRST_ROOM                                                                     \
    ((size_t)8 << 10) /* bytes asked for at once, doubled up to a piece */

/* ---- reading -------------------------------------------------------------------- */

fg_status fg_body_hold(fg_vm *vm, fg_request *r)
{
    while (r->busy) {
        bool ready;
        FG_TRY(fg_wait_fds(vm, NULL, 0, fg_now_ns() + TURN_NS, &ready));
    }
    r->busy = true;
    return FG_OK;
}

static fg_status wait_for(fg_vm *vm, int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    bool ready;
    return fg_wait_fds(vm, &p, fd >= 0, fg_now_ns() + (fd >= 0 ? LOOK_NS : SOON_NS),
                       &ready);
}

static fg_status failed(fg_vm *vm, const fg_incoming *how)
{
    fg_status status = fg_raise(vm, FG_E_RUNTIME, "%s",
                                how->why ? how->why : "the body cannot be read");
    vm->error.status = how->status;
    return status;
}

fg_status fg_body_pull(fg_vm *vm, fg_request *r, char *at, size_t n, size_t *got)
{
    *got = 0;
    while (!r->ended) {
        fg_incoming how = { .fd = -1 };
        /* Before the read: an error behind it would lose what was read. */
        FG_TRY(fg_tick(vm, 1 + (uint32_t)(n >> 6)));
        int64_t some = vm->env.read ? vm->env.read(vm->env.ctx, at, n, &how) : 0;
        if (some == FG_READ_LATER) {
            FG_TRY(wait_for(vm, how.fd));
        } else if (some < 0) {
            return failed(vm, &how);
        } else {
            r->ended = some == 0;
            *got = (size_t)some;
            return FG_OK;
        }
    }
    return FG_OK;
}

char *fg_body_piece(fg_vm *vm, fg_request *r)
{
    if (!r->piece)
        r->piece = fg_memory_take(vm, FG_BODY_PIECE);
    return r->piece;
}

fg_status fg_body_begin(fg_vm *vm, fg_request *r, fg_body_use use)
{
    if (r->use == FG_BODY_UNREAD)
        r->use = use;
    if (r->use == use)
        return FG_OK;
    switch (r->use) {
    case FG_BODY_WHOLE:
        fg_raise(vm, FG_E_RUNTIME, "the body was read as a whole already");
        break;
    case FG_BODY_PIECES:
        fg_raise(vm, FG_E_RUNTIME, "the body is being read piece by piece");
        break;
    case FG_BODY_FORM:
        fg_raise(vm, FG_E_RUNTIME, "the body was read as a form already");
        break;
    case FG_BODY_UNREAD: fg_unreachable();
    }
    return fg_hint(vm,
                   "a request's body comes once: by read(), or by form() and files(), "
                   "or by text(), json() and bytes()");
}

fg_status fg_body_take(fg_vm *vm, fg_request *r)
{
    size_t got = 1;
    FG_TRY(fg_body_begin(vm, r, FG_BODY_WHOLE));
    while (!r->ended && got > 0) {
        size_t n = r->body.n < FIRST_ROOM      ? FIRST_ROOM
                   : r->body.n < FG_BODY_PIECE ? r->body.n
                                               : FG_BODY_PIECE;
        if (r->body.n + n > FG_MAX_LEN)
            return fg_raise(vm, FG_E_RUNTIME, "the body is too long for one string");
        char *at = fg_intake_room(vm, &r->body, n);
        if (!at)
            return FG_NOMEM;
        FG_TRY(fg_body_pull(vm, r, at, n, &got));
        r->body.n += got;
    }
    return FG_OK;
}

fg_slice fg_body_view(const fg_request *r)
{
    return r->facts.body ? fg_slice_of(r->facts.body, r->facts.body_len)
                         : fg_intake_view(&r->body);
}

/* ---- methods -------------------------------------------------------------------- */

/* The whole body. */
static fg_status whole(fg_vm *vm, const char *method, fg_slice *s)
{
    fg_request *r;
    FG_TRY(fg_request_here(vm, method, &r));
    FG_TRY(fg_body_hold(vm, r));
    FG_TRY(fg_body_let_go(r, fg_body_take(vm, r)));
    *s = fg_body_view(r);
    return fg_work(vm, s->n);
}

fg_status fg_body_string(fg_vm *vm, fg_slice s, fg_value *out)
{
    return fg_give_object(out, fg_string_static(&vm->heap, s.p, s.n));
}

fg_status fg_body_text(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_slice s;
    FG_TRY(whole(vm, "Request.text()", &s));
    return fg_utf8_valid(s) ? fg_body_string(vm, s, out) : fg_request_text(vm, s, out);
}

fg_status fg_body_bytes(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_slice s;
    FG_TRY(whole(vm, "Request.bytes()", &s));
    return fg_body_string(vm, s, out);
}

fg_status fg_body_json(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_slice s;
    FG_TRY(whole(vm, "Request.json()", &s));
    if (s.n == 0)
        return fg_give_object(out, fg_object_empty(&vm->heap, 0));
    fg_status status = fg_json_read_as(vm, "the body is not JSON", s, out);
    if (status == FG_RAISED)
        vm->error.status = 400;
    return status;
}

fg_status fg_body_max(fg_vm *vm, int argc, const fg_value *argv, const char *method,
                      uint64_t *max)
{
    fg_value v = fg_arg(argc, argv, 1);
    if (argc > 1 && (!fg_is_int(v) || v.as.i < 1))
        return fg_raise(vm, FG_E_TYPE,
                        "%s requires a number of bytes, an Int from 1 up", method);
    *max = argc > 1 ? (uint64_t)v.as.i : FG_BODY_PIECE;
    return FG_OK;
}

static fg_status read_piece(fg_vm *vm, fg_request *r, size_t max, fg_value *out)
{
    size_t got;
    FG_TRY(fg_body_begin(vm, r, FG_BODY_PIECES));
    char *at = fg_body_piece(vm, r);
    if (!at)
        return FG_NOMEM;
    FG_TRY(fg_body_pull(vm, r, at, max, &got));
    if (got == 0)
        return fg_give(out, fg_null());
    return fg_give_object(out, fg_string_new(&vm->heap, at, got));
}

fg_status fg_body_read(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_request *r;
    uint64_t max;
    FG_TRY(fg_request_here(vm, "Request.read()", &r));
    FG_TRY(fg_body_max(vm, argc, argv, "Request.read()", &max));
    FG_TRY(fg_body_hold(vm, r));
    return fg_body_let_go(
        r, read_piece(vm, r, max < FG_BODY_PIECE ? (size_t)max : FG_BODY_PIECE, out));
}
