// SPDX-License-Identifier: Apache-2.0
/* The type Request: what a handler sees of a request.  Fields are plain values, so methods
 * that only read fields also work on an object that a test has made. */
#include "lib/request.h"

#include "lib/cookie.h"
#include "lib/lib.h"
#include "lib/token.h"

#include "base/utf8.h"

/* ---- the one that is served ------------------------------------------------------- */

static void request_end(fg_vm *vm, fg_resource *resource)
{
    fg_request *r = (fg_request *)(void *)resource;
    fg_form_end(vm, &r->form);
    fg_intake_drop(vm, &r->body);
    if (r->piece)
        fg_memory_give(vm, r->piece, FG_BODY_PIECE);
    fg_memory_give(vm, r, sizeof *r);
}

static fg_request *served(const fg_vm *vm)
{
    return (fg_request *)(void *)fg_resource_of(vm, request_end);
}

static fg_request *note(fg_vm *vm, const fg_request_facts *facts)
{
    fg_request *r = served(vm);
    if (!r) {
        r = fg_memory_take(vm, sizeof *r);
        if (!r)
            return NULL;
        memset(r, 0, sizeof *r);
        r->form.spool = -1;
        fg_resource_add(vm, &r->resource, request_end);
    }
    r->facts = *facts;
    if (facts->body) {
        r->use = FG_BODY_WHOLE;
        r->ended = true;
    }
    return r;
}

fg_status fg_request_here(fg_vm *vm, const char *method, fg_request **out)
{
    *out = served(vm);
    if (*out)
        return FG_OK;
    fg_raise(vm, FG_E_RUNTIME, "%s: no request is being answered here", method);
    return fg_hint(vm,
                   "it belongs to handlers that a server calls; tests can call what "
                   "the handler does with the result");
}

fg_slice fg_request_header(const fg_request *r, const char *name)
{
    for (uint32_t i = 0; i < r->facts.nheaders; i++) {
        const fg_pair *p = &r->facts.headers[i];
        if (fg_same_word(fg_slice_of(p->key, p->key_len), name))
            return fg_slice_of(p->value, p->value_len);
    }
    return (fg_slice){ NULL, 0 };
}

/* ---- making the object ------------------------------------------------------------- */

fg_status fg_request_text(fg_vm *vm, fg_slice s, fg_value *out)
{
    fg_bytes b;
    if (fg_utf8_valid(s))
        return fg_make_string(vm, s, out);
    fg_begin_text(vm, &b);
    fg_put_valid(&b, s);
    return fg_take_bytes(vm, &b, out);
}

static fg_status text_or_null(fg_vm *vm, const char *s, fg_value *out)
{
    if (s)
        return fg_request_text(vm, fg_slice_str(s), out);
    return fg_give(out, fg_null());
}

/* Of a repeated name the last value counts, at its first place. */
static fg_status object_of(fg_vm *vm, const fg_pair *p, uint32_t n, fg_value *out)
{
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, n)));
    for (uint32_t i = 0; i < n; i++) {
        fg_value v;
        fg_string *key = fg_make_key(vm, fg_slice_of(p[i].key, p[i].key_len));
        if (!key)
            return FG_NOMEM;
        FG_TRY(fg_request_text(vm, fg_slice_of(p[i].value, p[i].value_len), &v));
        FG_TRY(fg_object_set(&vm->heap, out->as.obj, key, &v));
    }
    return FG_OK;
}

/* Names with '_' are what somebody sends who wants to be taken for a header with '-'. */
static bool is_header_name(fg_slice s)
{
    return fg_is_token(s) && !memchr(s.p, '_', s.n);
}

/* Values of a name that is repeated are joined, as httpd does. */
static fg_status header_value(fg_vm *vm, const fg_value *before, fg_slice s,
                              fg_value *out)
{
    fg_bytes b;
    if (!before)
        return fg_request_text(vm, s, out);
    fg_begin_text(vm, &b);
    fg_bytes_slice(&b, fg_string_slice(before->as.str));
    fg_bytes_str(&b, ", ");
    fg_put_valid(&b, s);
    return fg_take_bytes(vm, &b, out);
}

static fg_status lower_key(fg_vm *vm, fg_slice name, fg_string **out)
{
    fg_bytes b;
    fg_bytes_init(&b);
    for (uint32_t i = 0; i < name.n; i++)
        fg_bytes_char(&b, fg_ascii_lower(name.p[i]));
    *out = b.failed ? NULL : fg_make_key(vm, fg_bytes_view(&b));
    fg_bytes_drop(&b);
    return *out ? FG_OK : FG_NOMEM;
}

static fg_status headers_of(fg_vm *vm, const fg_request_facts *facts, fg_value *out)
{
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, facts->nheaders)));
    for (uint32_t i = 0; i < facts->nheaders; i++) {
        const fg_pair *p = &facts->headers[i];
        fg_slice name = fg_slice_of(p->key, p->key_len);
        fg_string *key;
        fg_value v;
        if (!is_header_name(name))
            continue;
        FG_TRY(lower_key(vm, name, &key));
        FG_TRY(header_value(vm, fg_object_find(out->as.obj, key),
                            fg_slice_of(p->value, p->value_len), &v));
        FG_TRY(fg_object_set(&vm->heap, out->as.obj, key, &v));
    }
    return FG_OK;
}

static fg_status client_of(fg_vm *vm, const fg_request_facts *facts, fg_value *out)
{
    static const char *const names[] = { "address", "port" };
    fg_value v[FG_COUNT(names)];
    FG_TRY(text_or_null(vm, facts->address, &v[0]));
    v[1] = fg_int(facts->port);
    return fg_give_object(out, fg_record(vm, names, v, FG_COUNT(names)));
}

/* clang-format off */
#define FIELDS(X)                                                                      \
    X(METHOD, "method") X(PATH, "path") X(ROUTE, "route") X(PARAMS, "params")          \
    X(QUERY, "query") X(HEADERS, "headers") X(COOKIES, "cookies") X(SCHEME, "scheme")  \
    X(HOST, "host") X(CLIENT, "client") X(USER, "user") X(ID, "id")                    \
    X(TYPE, "__type__")
/* clang-format on */

enum field {
#define X(name, text) name,
    FIELDS(X)
#undef X
        FIELD_COUNT
};

static const char *const field_names[] = {
#define X(name, text) text,
    FIELDS(X)
#undef X
};

fg_status fg_request_make(fg_vm *vm, const fg_request_facts *facts, fg_value *out)
{
    fg_value v[FIELD_COUNT];
    const fg_request *r = note(vm, facts);
    if (!r)
        return FG_NOMEM;
    fg_slice cookies = fg_request_header(r, "cookie");
    FG_TRY(text_or_null(vm, facts->method, &v[METHOD]));
    FG_TRY(text_or_null(vm, facts->path, &v[PATH]));
    FG_TRY(text_or_null(vm, facts->route, &v[ROUTE]));
    FG_TRY(object_of(vm, facts->params, facts->nparams, &v[PARAMS]));
    FG_TRY(object_of(vm, facts->query, facts->nquery, &v[QUERY]));
    FG_TRY(headers_of(vm, facts, &v[HEADERS]));
    FG_TRY(fg_cookie_read(vm, cookies, &v[COOKIES]));
    FG_TRY(text_or_null(vm, facts->scheme, &v[SCHEME]));
    FG_TRY(text_or_null(vm, facts->host, &v[HOST]));
    FG_TRY(client_of(vm, facts, &v[CLIENT]));
    FG_TRY(text_or_null(vm, facts->user, &v[USER]));
    FG_TRY(text_or_null(vm, facts->id, &v[ID]));
    FG_TRY(fg_make_string(vm, FG_SLICE("Request"), &v[TYPE]));
    return fg_give_object(out, fg_record(vm, field_names, v, FIELD_COUNT));
}

/* ---- methods that read fields ------------------------------------------------------ */

/* Argument 1, the name of something. */
static fg_status name_arg(fg_vm *vm, int argc, const fg_value *argv, const char *method,
                          fg_slice *name)
{
    fg_value v = fg_arg(argc, argv, 1);
    if (!fg_is_string(v))
        return fg_raise(vm, FG_E_TYPE, "Request.%s() requires a name, a string, got %s",
                        method, argc < 2 ? "nothing" : fg_type_name(&v));
    *name = fg_string_slice(v.as.str);
    return FG_OK;
}

/* Member `name` of the object in that field of the receiver, or null; borrowed. */
static fg_value member(int argc, const fg_value *argv, enum field field, fg_slice name)
{
    fg_value v = fg_null(), o = fg_option(fg_arg(argc, argv, 0), field_names[field]);
    if (!fg_is(o, FG_OBJECT))
        return v;
    fg_value *slot = fg_object_find_slice(o.as.obj, name);
    if (slot)
        fg_peel(slot, &v);
    return v;
}

static fg_status give_or_default(int argc, const fg_value *argv, fg_value v,
                                 fg_value *out)
{
    return fg_give(out, fg_is_null(v) ? fg_arg(argc, argv, 2) : v);
}

static fg_status find_header(fg_vm *vm, int argc, const fg_value *argv,
                             const char *method, fg_value *v)
{
    fg_slice name;
    fg_string *key;
    FG_TRY(name_arg(vm, argc, argv, method, &name));
    FG_TRY(lower_key(vm, name, &key));
    *v = member(argc, argv, HEADERS, fg_string_slice(key));
    return FG_OK;
}

static fg_status request_header(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v;
    FG_TRY(find_header(vm, argc, argv, "header", &v));
    return give_or_default(argc, argv, v, out);
}

/* Takes what is before the next comma outside of quotes, without blanks. */
static fg_slice take_element(fg_slice *rest)
{
    bool quoted = false;
    uint32_t i = 0;
    for (; i < rest->n && (quoted || rest->p[i] != ','); i++) {
        if (rest->p[i] == '"')
            quoted = !quoted;
        else if (quoted && rest->p[i] == '\\')
            i += i + 1 < rest->n;
    }
    fg_slice s = fg_slice_of(rest->p, i);
    i += i < rest->n;
    *rest = fg_slice_of(rest->p + i, rest->n - i);
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = fg_slice_of(s.p + 1, s.n - 1);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static fg_status add_text(fg_vm *vm, fg_array *a, fg_slice s)
{
    fg_value v;
    FG_TRY(fg_make_string(vm, s, &v));
    return fg_array_push(&vm->heap, a, &v);
}

static fg_status request_header_all(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v;
    FG_TRY(find_header(vm, argc, argv, "header_all", &v));
    if (fg_is_string(v))
        FG_TRY(fg_work(vm, (uint64_t)v.as.str->len * 4));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (fg_slice rest = fg_is_string(v) ? fg_string_slice(v.as.str) : FG_SLICE("");
         rest.n > 0;) {
        fg_slice s = take_element(&rest);
        if (s.n > 0)
            FG_TRY(add_text(vm, out->as.arr, s));
    }
    return FG_OK;
}

/* The field keeps the last value only; the request knows all. */
static fg_status request_query_all(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    const fg_request *r = served(vm);
    fg_slice name;
    FG_TRY(name_arg(vm, argc, argv, "query_all", &name));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    if (!r) {
        fg_value v = member(argc, argv, QUERY, name);
        return fg_is_null(v) ? FG_OK : fg_array_push(&vm->heap, out->as.arr, &v);
    }
    for (uint32_t i = 0; i < r->facts.nquery; i++) {
        const fg_pair *p = &r->facts.query[i];
        if (fg_slice_eq(fg_slice_of(p->key, p->key_len), name))
            FG_TRY(add_text(vm, out->as.arr, fg_slice_of(p->value, p->value_len)));
    }
    return FG_OK;
}

static fg_status request_param(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice name;
    FG_TRY(name_arg(vm, argc, argv, "param", &name));
    fg_value v = member(argc, argv, PARAMS, name);
    if (fg_is_null(v))
        v = member(argc, argv, QUERY, name);
    return give_or_default(argc, argv, v, out);
}

static fg_status request_tls(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char *const names[] = { "protocol", "cipher", "client_verify",
                                         "client_subject" };
    (void)argc;
    (void)argv;
    fg_value v[FG_COUNT(names)];
    fg_request *r;
    fg_tls tls = { 0 };
    FG_TRY(fg_request_here(vm, "Request.tls()", &r));
    fg_give(out, fg_null());
    if (!vm->env.tls || !vm->env.tls(vm->env.ctx, &tls))
        return FG_OK;
    FG_TRY(text_or_null(vm, tls.protocol, &v[0]));
    FG_TRY(text_or_null(vm, tls.cipher, &v[1]));
    FG_TRY(text_or_null(vm, tls.client_verify, &v[2]));
    FG_TRY(text_or_null(vm, tls.client_subject, &v[3]));
    return fg_give_object(out, fg_record(vm, names, v, FG_COUNT(names)));
}

static const fg_member members[] = {
    FG_FN(
        "Request.header", request_header, FG_CAP_NONE,
        "(name, default = null): the value of a header, whatever the case of its name"),
    FG_FN("Request.header_all", request_header_all, FG_CAP_NONE,
          "(name): the elements of a header that is a list"),
    FG_FN("Request.query_all", request_query_all, FG_CAP_NONE,
          "(name): all values of that name in the query, in order"),
    FG_FN("Request.param", request_param, FG_CAP_NONE,
          "(name, default = null): a capture of the path, else a value of the query"),
    FG_FN("Request.text", fg_body_text, FG_CAP_NONE, "(): the body as text"),
    FG_FN("Request.json", fg_body_json, FG_CAP_NONE,
          "(): the value that the body describes; {} without a body"),
    FG_FN("Request.bytes", fg_body_bytes, FG_CAP_NONE, "(): the body, byte for byte"),
    FG_FN("Request.form", fg_form_object, FG_CAP_NONE,
          "(): the fields of a form, of repeated ones the last"),
    FG_FN("Request.form_all", fg_form_all, FG_CAP_NONE,
          "(name): all values of that field of a form, in order"),
    FG_FN("Request.files", fg_form_files, FG_CAP_NONE,
          "(): the files of a form, as objects of the type Upload"),
    FG_FN("Request.read", fg_body_read, FG_CAP_NONE,
          "(max = 65536): the next piece of the body, null at its end"),
    FG_FN("Request.tls", request_tls, FG_CAP_NONE,
          "(): { protocol, cipher, client_verify, client_subject }; null without TLS"),
};

const fg_module fg_request_module = { "Request", FG_COUNT(members), members };
