// SPDX-License-Identifier: Apache-2.0
/* The url module. */
#include "lib/url.h"
#include "lib/lib.h"
#include "lib/percent.h"

#include "base/number.h"

#define PORT_MAX 65535
#define TICK 4096u /* pairs of a query between two reports of work */

/* ---- parsing -------------------------------------------------------------------- */

static fg_status raise_fault(fg_vm *vm, fg_url_fault fault)
{
    if (fault == FG_URL_MEMORY)
        return FG_NOMEM;
    fg_raise(vm, FG_E_RUNTIME, "URL parse error: %s", fg_url_fault_text(fault));
    if (fault == FG_URL_RELATIVE)
        return fg_advise(vm, "begin it with a scheme, like https://");
    return FG_RAISED;
}

/* Appends the decoded form of a name or value in b as a string. */
static fg_string *decoded(fg_vm *vm, fg_bytes *b, fg_slice text, bool key)
{
    b->n = 0;
    fg_percent_decode(b, text, true);
    if (b->failed)
        return NULL;
    return key ? fg_make_key(vm, fg_bytes_view(b))
               : fg_string_new(&vm->heap, b->p, b->n);
}

/* Sets the pair that a part of the query between '&' holds. */
static fg_status set_param(fg_vm *vm, fg_object *params, fg_bytes *b, fg_slice pair)
{
    const char *sign = memchr(pair.p, '=', pair.n);
    uint32_t n = sign ? (uint32_t)(sign - pair.p) : pair.n;
    fg_slice value = sign ? fg_slice_of(sign + 1, pair.n - n - 1) : FG_SLICE("");
    fg_string *k = decoded(vm, b, fg_slice_of(pair.p, n), true);
    fg_string *v = k ? decoded(vm, b, value, false) : NULL;
    if (!v)
        return FG_NOMEM;
    fg_value x = fg_string_value(v);
    return fg_object_set(&vm->heap, params, k, &x);
}

/* An object of the pairs in a query, in out, which is a root; of equal names the last
 * value counts.  May collect. */
static fg_status query_params(fg_vm *vm, fg_slice query, fg_value *out)
{
    uint32_t pairs = 0;
    fg_object *params = fg_object_empty(&vm->heap, 0);
    fg_status status = fg_give_object(out, params);
    fg_bytes b;
    fg_begin_text(vm, &b);
    const char *end = query.p + query.n;
    for (const char *p = query.p; status == FG_OK && p < end;) {
        const char *sign = memchr(p, '&', (size_t)(end - p));
        const char *stop = sign ? sign : end;
        if (stop > p)
            status = set_param(vm, params, &b, fg_slice_of(p, (size_t)(stop - p)));
        if (status == FG_OK && ++pairs % TICK == 0)
            status = fg_tick(vm, TICK);
        p = stop + 1;
    }
    fg_bytes_drop(&b);
    return status;
}

/* A part as a string, or null when there is none. */
static fg_status part(fg_vm *vm, const fg_bytes *b, bool there, fg_value *out)
{
    if (!there)
        return fg_give(out, fg_null());
    return fg_make_string(vm, fg_bytes_view(b), out);
}

/* The object of a URL.  Its names and values stand in the same order. */
static fg_status describe(fg_vm *vm, const fg_url *u, fg_value *out)
{
    static const char *const names[] = { "scheme",   "host",     "port",   "path",
                                         "query",    "fragment", "params", "origin",
                                         "username", "password" };
    fg_value *v = fg_scratch(vm, FG_COUNT(names));
    fg_bytes origin;
    if (!v)
        return FG_NOMEM;
    FG_TRY(part(vm, &u->scheme, true, &v[0]));
    FG_TRY(part(vm, &u->host, u->host.n > 0, &v[1]));
    v[2] = u->port < 0 ? fg_null() : fg_int(u->port);
    FG_TRY(part(vm, &u->path, true, &v[3]));
    FG_TRY(part(vm, &u->query, u->has_query, &v[4]));
    FG_TRY(part(vm, &u->fragment, u->has_fragment, &v[5]));
    FG_TRY(query_params(vm, fg_bytes_view(&u->query), &v[6]));
    fg_begin_text(vm, &origin);
    fg_url_origin(u, &origin);
    FG_TRY(fg_take_bytes(vm, &origin, &v[7]));
    FG_TRY(part(vm, &u->username, u->username.n > 0, &v[8]));
    FG_TRY(part(vm, &u->password, u->password.n > 0, &v[9]));
    return fg_give_object(out, fg_record(vm, names, v, FG_COUNT(names)));
}

static fg_status url_parse(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value text = fg_arg(argc, argv, 0);
    fg_bytes room;
    fg_url u;
    if (!fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME, "url.parse() requires a URL string");
    FG_TRY(fg_work(vm, text.as.str->len));
    fg_begin_text(vm, &room);
    fg_url_init(&u, room.max);
    fg_url_fault fault = fg_url_parse(&u, fg_string_slice(text.as.str), NULL);
    fg_status status = fault ? raise_fault(vm, fault) : describe(vm, &u, out);
    fg_url_drop(&u);
    return status;
}

/* ---- encoding ------------------------------------------------------------------- */

static fg_status url_encode(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value text = fg_arg(argc, argv, 0);
    fg_bytes b;
    if (!fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME, "url.encode() requires a string");
    FG_TRY(fg_work(vm, text.as.str->len));
    fg_begin_text(vm, &b);
    fg_percent_encode(&b, fg_string_slice(text.as.str));
    return fg_take_bytes(vm, &b, out);
}

static fg_status url_decode(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value text = fg_arg(argc, argv, 0);
    fg_bytes b;
    if (!fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME, "url.decode() requires a string");
    FG_TRY(fg_work(vm, text.as.str->len));
    fg_begin_text(vm, &b);
    fg_percent_decode(&b, fg_string_slice(text.as.str), true);
    return fg_take_bytes(vm, &b, out);
}

/* ---- building ------------------------------------------------------------------- */

/* The field of an object without wrappers, or null. */
static fg_value field(const fg_object *o, const char *name)
{
    fg_value v = fg_null();
    fg_value *slot = fg_object_find_slice(o, fg_slice_str(name));
    if (slot)
        fg_peel(slot, &v);
    return v;
}

/* The same if it is a string, else `otherwise`. */
static fg_slice text_field(const fg_object *o, const char *name, fg_slice otherwise)
{
    fg_value v = field(o, name);
    return fg_is_string(v) ? fg_string_slice(v.as.str) : otherwise;
}

static fg_status put_port(fg_vm *vm, fg_bytes *b, fg_value port)
{
    if (fg_is_null(port))
        return FG_OK;
    if (!fg_is_int(port) || port.as.i < 0 || port.as.i > PORT_MAX)
        return fg_raise(vm, FG_E_RUNTIME,
                        "url.build() port must be an Int from 0 to %d", PORT_MAX);
    fg_bytes_fmt(b, ":%d", (int)port.as.i);
    return FG_OK;
}

static void put_params(fg_vm *vm, fg_bytes *b, const fg_object *params)
{
    fg_bytes shown;
    fg_begin_text(vm, &shown);
    for (uint32_t i = 0; i < params->keys->n; i++) {
        fg_value v;
        fg_peel(&params->slots[i], &v);
        fg_bytes_char(b, i == 0 ? '?' : '&');
        fg_percent_encode(b, fg_string_slice(params->keys->names[i]));
        fg_bytes_char(b, '=');
        fg_percent_encode(b, fg_shown(&shown, &v));
    }
    b->failed |= shown.failed;
    fg_bytes_drop(&shown);
}

static fg_status build(fg_vm *vm, const fg_object *o, fg_slice host, fg_bytes *b)
{
    fg_slice path = text_field(o, "path", FG_SLICE("/"));
    fg_value params = field(o, "params"), fragment = field(o, "fragment");
    fg_bytes_slice(b, text_field(o, "scheme", FG_SLICE("https")));
    fg_bytes_str(b, "://");
    fg_bytes_slice(b, host);
    FG_TRY(put_port(vm, b, field(o, "port")));
    if (path.n == 0 || path.p[0] != '/')
        fg_bytes_char(b, '/');
    fg_bytes_slice(b, path);
    if (fg_is(params, FG_OBJECT))
        put_params(vm, b, params.as.obj);
    if (fg_is_string(fragment)) {
        fg_bytes_char(b, '#');
        fg_bytes_slice(b, fg_string_slice(fragment.as.str));
    }
    return FG_OK;
}

static fg_status url_build(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value options = fg_arg(argc, argv, 0);
    fg_bytes b;
    if (!fg_is(options, FG_OBJECT))
        return fg_raise(vm, FG_E_RUNTIME, "url.build() requires an options object");
    fg_value host = field(options.as.obj, "host");
    if (!fg_is_string(host))
        return fg_raise(vm, FG_E_RUNTIME, "url.build() requires a 'host' field");
    fg_begin_text(vm, &b);
    fg_status status = build(vm, options.as.obj, fg_string_slice(host.as.str), &b);
    if (status == FG_OK)
        status = fg_work(vm, b.n);
    if (status == FG_OK)
        return fg_take_bytes(vm, &b, out);
    fg_bytes_drop(&b);
    return status;
}

static const fg_member members[] = {
    FG_FN("url.parse", url_parse, FG_CAP_NONE, "(text): the parts of a URL"),
    FG_FN("url.encode", url_encode, FG_CAP_NONE, "(s): s with %XX for reserved bytes"),
    FG_FN("url.decode", url_decode, FG_CAP_NONE, "(s): s with %XX and + decoded"),
    FG_FN("url.build", url_build, FG_CAP_NONE,
          "(options): the URL of scheme, host, port, path, params and fragment"),
};

const fg_module fg_url_module = { "url", FG_COUNT(members), members };
