// SPDX-License-Identifier: Apache-2.0
/* The ws module: connections to WebSocket servers. */
#include "lib/json.h"
#include "lib/natives.h"
#include "lib/token.h"
#include "lib/ws_connection.h"
#include "lib/ws_handshake.h"

#include "base/hex.h"
#include "base/utf8.h"

#include <stdio.h>

#define RECEIVE_MS 30000
#define RECEIVE_MAX_MS 86400000.0

static const fg_http_defaults defaults = { .timeout_s = 30,
                                           .max_bytes = 16u << 20,
                                           .bodiless = true };

/* ---- connect -------------------------------------------------------------------------- */

/* Adds a subprotocol to the list. */
static fg_status add_protocol(fg_vm *vm, fg_bytes *list, fg_value v)
{
    fg_slice name = fg_is_string(v) ? fg_string_slice(v.as.str) : FG_SLICE("");
    if (!fg_is_token(name))
        return fg_raise(vm, FG_E_RUNTIME, "ws.connect() protocol '%.*s' is not one",
                        (int)fg_utf8_fit(name, 60), name.p);
    if (list->n)
        fg_bytes_str(list, ", ");
    fg_bytes_slice(list, name);
    return FG_OK;
}

/* One subprotocol, or an array of them. */
static fg_status read_protocols(fg_vm *vm, fg_value options, fg_bytes *list)
{
    fg_value v = fg_is(options, FG_OBJECT) ? fg_http_option(options.as.obj, "protocols")
                                           : fg_null();
    if (fg_is_null(v))
        return FG_OK;
    if (!fg_is(v, FG_ARRAY))
        return add_protocol(vm, list, v);
    FG_TRY(fg_work(vm, v.as.arr->len));
    for (uint32_t i = 0; i < v.as.arr->len; i++) {
        fg_value item, peeled;
        fg_array_get(v.as.arr, i, &item);
        fg_peel(&item, &peeled);
        FG_TRY(add_protocol(vm, list, peeled));
    }
    return FG_OK;
}

/* The handshake's own headers are not the caller's. */
static fg_status check_headers(fg_vm *vm, const fg_http_request *q)
{
    for (const struct curl_slist *h = q->headers; h; h = h->next) {
        fg_slice name = fg_slice_of(h->data, strcspn(h->data, ":;"));
        if (fg_ws_is_own_header(name))
            return fg_raise(vm, FG_E_RUNTIME,
                            "ws.connect() header '%.*s' is set by the handshake itself",
                            (int)name.n, name.p);
    }
    return FG_OK;
}

/* {id, url, connected: true}, and the subprotocol if the server took one. */
static fg_status connected(fg_vm *vm, uint64_t id, fg_slice url, fg_slice protocol,
                           fg_value *out)
{
    static const char *const names[] = { "id", "url", "connected", "protocol" };
    fg_value v[FG_COUNT(names)];
    char name[32];
    snprintf(name, sizeof name, "ws_%llu", (unsigned long long)id);
    FG_TRY(fg_make_string(vm, fg_slice_str(name), &v[0]));
    FG_TRY(fg_make_string(vm, url, &v[1]));
    v[2] = fg_bool(true);
    FG_TRY(fg_make_string(vm, protocol, &v[3]));
    return fg_give_object(out, fg_record(vm, names, v, protocol.n ? 4 : 3));
}

static fg_status ws_connect(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value url = fg_arg(argc, argv, 0), options = fg_arg(argc, argv, 1);
    if (!fg_is_string(url))
        return fg_raise(vm, FG_E_RUNTIME, "ws.connect() requires a URL string");
    fg_http_call c;
    fg_bytes protocols, taken;
    uint64_t id;
    fg_begin_text(vm, &protocols);
    fg_begin_text(vm, &taken);
    fg_status s = fg_http_call_read(vm, &c, "ws.connect", "GET",
                                    fg_string_slice(url.as.str), options, &defaults);
    if (s == FG_OK)
        s = check_headers(vm, &c.request);
    if (s == FG_OK)
        s = read_protocols(vm, options, &protocols);
    if (s == FG_OK)
        s = protocols.failed
                ? FG_NOMEM
                : fg_ws_open(vm, &c.request, fg_bytes_view(&protocols), &taken, &id);
    if (s == FG_OK)
        s = connected(vm, id, fg_string_slice(url.as.str), fg_bytes_view(&taken), out);
    fg_bytes_drop(&protocols);
    fg_bytes_drop(&taken);
    fg_http_call_drop(&c);
    return s;
}

/* ---- send ----------------------------------------------------------------------------- */

/* The connection that the first argument names. */
static fg_status find(fg_vm *vm, const char *what, int argc, const fg_value *argv,
                      fg_ws_connection **out)
{
    fg_value id = fg_arg(argc, argv, 0);
    if (!fg_is_string(id))
        return fg_raise(vm, FG_E_RUNTIME, "%s() requires a connection ID", what);
    fg_slice name = fg_string_slice(id.as.str);
    *out = fg_ws_find(vm, name);
    if (*out)
        return FG_OK;
    return fg_raise(vm, FG_E_RUNTIME, "WebSocket connection '%.*s' not found",
                    (int)fg_utf8_fit(name, 60), name.p);
}

static fg_status ws_send(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_ws_connection *c;
    fg_value v = fg_arg(argc, argv, 1);
    fg_value id = fg_arg(argc, argv, 0);
    if (!fg_is_string(id))
        return fg_raise(vm, FG_E_RUNTIME, "ws.send() requires a connection ID");
    if (!fg_is_string(v) && !fg_is(v, FG_OBJECT) && !fg_is(v, FG_ARRAY))
        return fg_raise(vm, FG_E_RUNTIME,
                        "ws.send() requires a message string or object");
    FG_TRY(find(vm, "ws.send", argc, argv, &c));
    if (fg_is_string(v))
        fg_copy(out, &v);
    else
        FG_TRY(fg_json_write(vm, &argv[1], -1, out));
    fg_slice text = fg_string_slice(out->as.str);
    FG_TRY(fg_work(vm, text.n));
    if (!fg_utf8_valid(text))
        return fg_raise(vm, FG_E_RUNTIME, "WebSocket send error: text is not UTF-8");
    fg_retain(out); /* other tasks run: none may write to it */
    fg_status s = fg_ws_send(vm, c, text);
    fg_release(out);
    *out = fg_bool(true);
    return s;
}

/* ---- receive -------------------------------------------------------------------------- */

/* {type: "text", data, raw}; data is the text itself when it is no JSON. */
static fg_status give_text(fg_vm *vm, const fg_ws_received *r, fg_value *out)
{
    static const char *const names[] = { "type", "data", "raw" };
    fg_value v[FG_COUNT(names)];
    fg_slice text = fg_intake_view(&r->message);
    FG_TRY(fg_make_string(vm, FG_SLICE("text"), &v[0]));
    FG_TRY(fg_make_string(vm, text, &v[2]));
    v[1] = v[2];
    if (text.n && fg_json_valid(vm, text))
        FG_TRY(fg_json_read(vm, text, &v[1]));
    return fg_give_object(out, fg_record(vm, names, v, FG_COUNT(names)));
}

static fg_status hex(fg_vm *vm, fg_slice bytes, fg_value *out)
{
    FG_TRY(fg_check_room(vm, "ws.receive()", 2 * (uint64_t)bytes.n, 1));
    FG_TRY(fg_give_object(out, fg_string_new(&vm->heap, NULL, 2 * bytes.n)));
    fg_hex_encode(fg_string_bytes(out->as.str), bytes.p, bytes.n);
    return FG_OK;
}

/* {type: "binary", data, size} */
static fg_status give_binary(fg_vm *vm, const fg_ws_received *r, fg_value *out)
{
    static const char *const names[] = { "type", "data", "size" };
    fg_value v[FG_COUNT(names)];
    FG_TRY(fg_make_string(vm, FG_SLICE("binary"), &v[0]));
    FG_TRY(hex(vm, fg_intake_view(&r->message), &v[1]));
    v[2] = fg_int((int64_t)r->message.n);
    return fg_give_object(out, fg_record(vm, names, v, FG_COUNT(names)));
}

/* {type: "control", kind: "ping" or "pong", data} */
static fg_status give_control(fg_vm *vm, const fg_ws_received *r, fg_value *out)
{
    static const char *const names[] = { "type", "kind", "data" };
    fg_value v[FG_COUNT(names)];
    const char *kind = r->kind == FG_WS_GOT_PING ? "ping" : "pong";
    FG_TRY(fg_make_string(vm, FG_SLICE("control"), &v[0]));
    FG_TRY(fg_make_string(vm, fg_slice_str(kind), &v[1]));
    FG_TRY(hex(vm, fg_slice_of(r->data, r->n), &v[2]));
    return fg_give_object(out, fg_record(vm, names, v, FG_COUNT(names)));
}

/* {type: "close", code, reason} */
static fg_status give_close(fg_vm *vm, const fg_ws_received *r, fg_value *out)
{
    static const char *const names[] = { "type", "code", "reason" };
    fg_value v[FG_COUNT(names)];
    FG_TRY(fg_make_string(vm, FG_SLICE("close"), &v[0]));
    v[1] = fg_int(r->code);
    FG_TRY(fg_make_string(vm, fg_slice_of(r->data, r->n), &v[2]));
    return fg_give_object(out, fg_record(vm, names, v, FG_COUNT(names)));
}

/* {type: "timeout"} */
static fg_status give_timeout(fg_vm *vm, fg_value *out)
{
    static const char *const names[] = { "type" };
    fg_value v;
    FG_TRY(fg_make_string(vm, FG_SLICE("timeout"), &v));
    return fg_give_object(out, fg_record(vm, names, &v, 1));
}

static fg_status give_received(fg_vm *vm, const fg_ws_received *r, fg_value *out)
{
    switch (r->kind) {
    case FG_WS_GOT_TEXT: return give_text(vm, r, out);
    case FG_WS_GOT_BINARY: return give_binary(vm, r, out);
    case FG_WS_GOT_PING:
    case FG_WS_GOT_PONG: return give_control(vm, r, out);
    case FG_WS_GOT_CLOSE: return give_close(vm, r, out);
    case FG_WS_GOT_NOTHING: return give_timeout(vm, out);
    }
    fg_unreachable();
}

static fg_status ws_receive(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_ws_connection *c;
    fg_ws_received r;
    fg_value wait = fg_arg(argc, argv, 1);
    double ms = fg_is_number(wait) ? fg_number(wait) : RECEIVE_MS;
    FG_TRY(find(vm, "ws.receive", argc, argv, &c));
    ms = !(ms > 0) ? 0 : ms < RECEIVE_MAX_MS ? ms : RECEIVE_MAX_MS;
    fg_status s = fg_ws_receive(vm, c, (uint64_t)(ms * 1e6), &r);
    if (s == FG_OK)
        s = fg_work(vm, r.message.n);
    if (s == FG_OK)
        s = give_received(vm, &r, out);
    fg_intake_drop(vm, &r.message);
    return s;
}

/* ---- close ---------------------------------------------------------------------------- */

static fg_status ws_close(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value id = fg_arg(argc, argv, 0);
    if (!fg_is_string(id))
        return fg_raise(vm, FG_E_RUNTIME, "ws.close() requires a connection ID");
    fg_ws_connection *c = fg_ws_find(vm, fg_string_slice(id.as.str));
    *out = fg_bool(c != NULL);
    return c ? fg_ws_close(vm, c) : FG_OK;
}

static const fg_member members[] = {
    FG_FN("ws.connect", ws_connect, FG_CAP_NET,
          "(url, options?): a connection {id, url, connected} to a WebSocket server; "
          "options: headers, auth, basic_auth, params, cookies, protocols, timeout, "
          "max_bytes"),
    FG_FN("ws.send", ws_send, FG_CAP_NET,
          "(id, message): true once the text, or the object as JSON, is sent"),
    FG_FN("ws.receive", ws_receive, FG_CAP_NET,
          "(id, timeout_ms = 30000): what comes next, as an object whose type is text, "
          "binary, control, close or timeout"),
    FG_FN("ws.close", ws_close, FG_CAP_NET,
          "(id): closes a connection; false if there is none"),
};

const fg_module fg_ws_module = { "ws", FG_COUNT(members), members };
