// SPDX-License-Identifier: Apache-2.0
/* Functions that make responses, and the methods of responses.  What could not be sent is
 * refused where it is said, so that the error names the line. */
#include "lib/response.h"

#include "lib/cookie.h"
#include "lib/http_date.h"
#include "lib/lib.h"
#include "lib/options.h"
#include "lib/percent.h"
#include "lib/token.h"

#include "base/nearest.h"
#include "base/number.h"
#include "base/utf8.h"

#include <stdio.h>

#define HINTS_MAX 64u /* links of one early_hints() */

/* A response that is being made.  Its headers are new, so they may be written. */
typedef struct reply {
    fg_vm *vm;
    const char *function; /* "respond" */
    int64_t status;
    fg_body_kind kind;
    fg_array *headers;
    size_t bytes; /* of headers */
} reply;

static fg_status raise(const reply *r, const char *what)
{
    return fg_raise(r->vm, FG_E_RUNTIME, "%s(): %s", r->function, what);
}

static fg_status reply_begin(fg_vm *vm, const char *function, reply *r)
{
    *r = (reply){ .vm = vm, .function = function, .status = 200 };
    r->headers = fg_array_new(&vm->heap, 2);
    return r->headers ? FG_OK : FG_NOMEM;
}

/* What is raised for a wrong argument. */
static fg_status expected(const reply *r, const char *what, int argc,
                          const fg_value *argv, int i)
{
    fg_value v = fg_arg(argc, argv, i);
    return fg_raise(r->vm, FG_E_TYPE, "%s() requires %s, got %s", r->function, what,
                    i < argc ? fg_type_name(&v) : "nothing");
}

static fg_status text_arg(const reply *r, const char *what, int argc,
                          const fg_value *argv, int i, fg_slice *text)
{
    fg_value v = fg_arg(argc, argv, i);
    if (!fg_is_string(v))
        return expected(r, what, argc, argv, i);
    *text = fg_string_slice(v.as.str);
    return FG_OK;
}

static fg_status status_arg(reply *r, int argc, const fg_value *argv, int i)
{
    fg_value v = fg_arg(argc, argv, i);
    if (i >= argc || fg_is_null(v))
        return FG_OK;
    if (!fg_is_int(v))
        return expected(r, "a status, an Int", argc, argv, i);
    if (!fg_status_allowed(v.as.i))
        return fg_raise(r->vm, FG_E_RUNTIME,
                        "%s(): a status is from 200 to 599, got %lld", r->function,
                        (long long)v.as.i);
    r->status = v.as.i;
    return FG_OK;
}

/* ---- headers ---------------------------------------------------------------------- */

static fg_status add_string(reply *r, fg_slice name, fg_slice value)
{
    char why[FG_WHY_SIZE];
    fg_value pair[2];
    if (!fg_header_allowed(name, value, why))
        return raise(r, why);
    r->bytes += name.n + value.n;
    if (r->headers->len == FG_HEADERS_MAX)
        return raise(r, "a response has at most 200 headers");
    if (r->bytes > FG_HEADERS_BYTES_MAX)
        return raise(r, "the headers of a response are longer than 49152 bytes");
    FG_TRY(fg_make_string(r->vm, name, &pair[0]));
    FG_TRY(fg_make_string(r->vm, value, &pair[1]));
    return fg_push_object(r->vm, r->headers, fg_array_of(&r->vm->heap, pair, 2));
}

static fg_status bad_value(const reply *r, fg_slice name, const fg_value *v)
{
    return fg_raise(
        r->vm, FG_E_TYPE,
        "%s(): the header '%.*s' must be a string or an array of strings, got %s",
        r->function, (int)fg_utf8_fit(name, 80), name.p, fg_type_name(v));
}

/* A string, or an array of them: a header each. */
static fg_status add_value(reply *r, fg_slice name, fg_value v)
{
    if (fg_is_string(v))
        return add_string(r, name, fg_string_slice(v.as.str));
    if (!fg_is(v, FG_ARRAY))
        return bad_value(r, name, &v);
    if (v.as.arr->len > 1 && fg_same_word(name, "content-type"))
        return raise(r, "a response has one Content-Type");
    for (uint32_t i = 0; i < v.as.arr->len; i++) {
        fg_value element = fg_array_at(v.as.arr, i), text;
        fg_peel(&element, &text);
        if (!fg_is_string(text))
            return bad_value(r, name, &text);
        FG_TRY(add_string(r, name, fg_string_slice(text.as.str)));
    }
    return FG_OK;
}

static fg_status add_type(reply *r, fg_slice type)
{
    return add_string(r, FG_SLICE("Content-Type"), type);
}

static bool has_type(const reply *r)
{
    for (uint32_t i = 0; i < r->headers->len; i++) {
        fg_value pair = fg_array_at(r->headers, i);
        if (fg_same_word(fg_string_slice(fg_array_at(pair.as.arr, 0).as.str),
                         "content-type"))
            return true;
    }
    return false;
}

static fg_status add_all(reply *r, fg_value headers)
{
    if (fg_is_null(headers))
        return FG_OK;
    if (!fg_is(headers, FG_OBJECT))
        return fg_raise(r->vm, FG_E_TYPE, "%s(): headers are an object, got %s",
                        r->function, fg_type_name(&headers));
    const fg_object *o = headers.as.obj;
    for (uint32_t i = 0; i < o->keys->n; i++) {
        fg_slice name = fg_string_slice(o->keys->names[i]);
        fg_value v;
        fg_peel(&o->slots[i], &v);
        if (fg_same_word(name, "content-type") && has_type(r))
            return raise(r, "a response has one Content-Type");
        FG_TRY(add_value(r, name, v));
    }
    return FG_OK;
}

/* ---- making ------------------------------------------------------------------------ */

static fg_status give_reply(const reply *r, const fg_value *body, fg_value *out)
{
    static const char *const names[] = { "status", "headers", "body", "kind",
                                         "__type__" };
    fg_value values[5] = { fg_int(r->status), fg_obj_value(r->headers) };
    if (r->kind != FG_BODY_NONE && !fg_status_has_body(r->status))
        return fg_raise(r->vm, FG_E_RUNTIME,
                        "%s(): a response with the status %d has no body", r->function,
                        (int)r->status);
    fg_copy(&values[2], body);
    FG_TRY(fg_make_string(r->vm, fg_slice_str(fg_body_kinds[r->kind]), &values[3]));
    FG_TRY(fg_make_string(r->vm, FG_SLICE("Response"), &values[4]));
    return fg_give_object(out, fg_record(r->vm, names, values, 5));
}

static fg_status respond(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    reply r;
    fg_value body = fg_null(), plain = fg_arg(argc, argv, 1);
    FG_TRY(reply_begin(vm, "respond", &r));
    if (argc < 1 || fg_is_null(fg_arg(argc, argv, 0)))
        return expected(&r, "a status, an Int", argc, argv, 0);
    FG_TRY(status_arg(&r, argc, argv, 0));
    FG_TRY(add_all(&r, fg_arg(argc, argv, 2)));
    if (argc > 1)
        fg_copy(&body, &argv[1]);
    r.kind = fg_is_null(plain)                     ? FG_BODY_NONE
             : fg_is_string(plain) && has_type(&r) ? FG_BODY_TEXT
                                                   : FG_BODY_JSON;
    return give_reply(&r, &body, out);
}

static fg_status give_text(fg_vm *vm, const char *function, const char *type, int argc,
                           const fg_value *argv, fg_value *out)
{
    reply r;
    fg_slice text;
    FG_TRY(reply_begin(vm, function, &r));
    FG_TRY(text_arg(&r, "a string", argc, argv, 0, &text));
    FG_TRY(status_arg(&r, argc, argv, 1));
    FG_TRY(add_type(&r, fg_slice_str(type)));
    r.kind = FG_BODY_TEXT;
    return give_reply(&r, &argv[0], out);
}

static fg_status respond_text(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return give_text(vm, "text", "text/plain; charset=utf-8", argc, argv, out);
}

static fg_status respond_html(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return give_text(vm, "html", "text/html; charset=utf-8", argc, argv, out);
}

/* The string of an array of Ints from 0 to 255. */
static fg_status join_bytes(const reply *r, const fg_array *a, fg_value *out)
{
    fg_bytes b;
    fg_begin_text(r->vm, &b);
    for (uint32_t i = 0; i < a->len; i++) {
        fg_value element = fg_array_at(a, i), v;
        fg_peel(&element, &v);
        if (!fg_is_int(v) || v.as.i < 0 || v.as.i > 255) {
            fg_bytes_drop(&b);
            return raise(r, "the bytes of an array are Ints from 0 to 255");
        }
        fg_bytes_char(&b, (char)(uint8_t)v.as.i);
    }
    return fg_take_bytes(r->vm, &b, out);
}

static fg_status respond_bytes(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    reply r;
    fg_slice type = FG_SLICE("application/octet-stream");
    fg_value body = fg_arg(argc, argv, 0);
    if (fg_is(body, FG_ARRAY)) /* before anything is made: it may collect */
        FG_TRY(fg_work(vm, body.as.arr->len));
    FG_TRY(reply_begin(vm, "bytes", &r));
    if (!fg_is_string(body) && !fg_is(body, FG_ARRAY))
        return expected(&r, "a string or an array of Ints", argc, argv, 0);
    if (!fg_is_null(fg_arg(argc, argv, 1)))
        FG_TRY(text_arg(&r, "a type, a string", argc, argv, 1, &type));
    FG_TRY(status_arg(&r, argc, argv, 2));
    FG_TRY(add_type(&r, type));
    if (fg_is(body, FG_ARRAY))
        FG_TRY(join_bytes(&r, body.as.arr, &body));
    r.kind = FG_BODY_TEXT;
    return give_reply(&r, &body, out);
}

/* ---- redirect ----------------------------------------------------------------------- */

/* A URL as a header has it: what cannot stand in one as %XX. */
static fg_status put_url(const reply *r, fg_slice url, fg_bytes *b)
{
    if (url.n == 0)
        return raise(r, "the URL cannot be empty");
    if (url.n > FG_HEADER_BYTES_MAX)
        return raise(r, "the URL is longer than 16384 bytes");
    for (uint32_t i = 0; i < url.n; i++) {
        uint8_t c = (uint8_t)url.p[i];
        if (c < ' ' || c == 0x7f)
            return fg_raise(r->vm, FG_E_RUNTIME,
                            "%s(): the URL cannot have the byte 0x%02x at position %u",
                            r->function, (unsigned)c, i);
        if (c >= 0x80 || strchr(" \"<>\\^`{|}", c))
            fg_percent_byte(b, c);
        else
            fg_bytes_char(b, (char)c);
    }
    return FG_OK;
}

static fg_status redirect(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    reply r;
    fg_slice url;
    fg_bytes b;
    fg_value none = fg_null();
    FG_TRY(reply_begin(vm, "redirect", &r));
    FG_TRY(text_arg(&r, "a URL, a string", argc, argv, 0, &url));
    r.status = 302;
    FG_TRY(status_arg(&r, argc, argv, 1));
    if (r.status < 301 || r.status > 308 || (r.status > 303 && r.status < 307))
        return raise(&r, "the status is one of 301, 302, 303, 307 and 308");
    fg_begin_text(vm, &b);
    fg_status status = put_url(&r, url, &b);
    if (status == FG_OK)
        status = b.failed ? FG_NOMEM
                          : add_string(&r, FG_SLICE("Location"), fg_bytes_view(&b));
    fg_bytes_drop(&b);
    return status == FG_OK ? give_reply(&r, &none, out) : status;
}

/* ---- files --------------------------------------------------------------------------- */

/* clang-format off */
#define FILE_OPTIONS(X)                                                               \
    X(DOWNLOAD, "download") X(INLINE, "inline") X(MAX_AGE, "max_age") X(TYPE, "type")
/* clang-format on */

enum {
#define X(name, text) name,
    FILE_OPTIONS(X)
#undef X
        OPTION_COUNT
};

static const char *const option_names[] = {
#define X(name, text) text,
    FILE_OPTIONS(X)
#undef X
};

static fg_status read_options(const reply *r, fg_value options,
                              fg_value values[OPTION_COUNT])
{
    for (uint32_t k = 0; k < OPTION_COUNT; k++)
        values[k] = fg_null();
    return fg_options_read(r->vm, r->function, options, option_names, OPTION_COUNT,
                           values);
}

/* The name twice if it is not ASCII: for browsers that know only that, too. */
static void put_file_name(fg_bytes *b, fg_slice name)
{
    bool plain = true;
    fg_bytes_str(b, "; filename=\"");
    for (uint32_t i = 0; i < name.n; i++) {
        uint8_t c = (uint8_t)name.p[i];
        bool good = c >= ' ' && c < 0x7f && !strchr("\"\\/%", c);
        fg_bytes_char(b, good ? (char)c : '_');
        plain &= good;
    }
    fg_bytes_char(b, '"');
    if (plain)
        return;
    fg_bytes valid;
    fg_bytes_init(&valid);
    fg_put_valid(&valid, name);
    fg_bytes_str(b, "; filename*=UTF-8''");
    fg_percent_encode(b, fg_bytes_view(&valid));
    b->failed |= valid.failed;
    fg_bytes_drop(&valid);
}

/* Content-Disposition of `download` or `inline`, which are a name or just true. */
static fg_status add_disposition(reply *r, const char *how, fg_value v, fg_slice name)
{
    fg_bytes b;
    if (fg_is_null(v) || (fg_is_bool(v) && !v.as.i))
        return FG_OK;
    if (fg_is_string(v))
        name = fg_string_slice(v.as.str);
    else if (!fg_is_bool(v))
        return raise(r, "download and inline are true or a file name");
    if (name.n == 0 || name.n > 1024)
        return raise(r, "a file name has 1 to 1024 bytes");
    fg_bytes_init(&b);
    fg_bytes_str(&b, how);
    put_file_name(&b, name);
    fg_status status =
        b.failed ? FG_NOMEM
                 : add_string(r, FG_SLICE("Content-Disposition"), fg_bytes_view(&b));
    fg_bytes_drop(&b);
    return status;
}

static fg_status add_max_age(reply *r, fg_value v)
{
    char text[FG_NUMBER_MAX + 8] = "max-age=";
    if (fg_is_null(v))
        return FG_OK;
    if (!fg_is_int(v) || v.as.i < 0)
        return raise(r, "max_age must be an Int, in seconds");
    uint32_t n = fg_int_text(v.as.i, text + 8);
    return add_string(r, FG_SLICE("Cache-Control"), fg_slice_of(text, 8 + n));
}

/* What a response knows of its file: { path, size, handle }. */
static fg_status file_body(fg_vm *vm, const fg_value *path, int64_t handle,
                           fg_value *out)
{
    static const char *const names[] = { "path", "size", "handle" };
    const fg_sent_file *file = fg_sent_file_of(vm, handle);
    fg_value values[3] = { fg_null(), fg_int(file->st.st_size), fg_int(handle) };
    fg_copy(&values[0], path);
    return fg_give_object(out, fg_record(vm, names, values, 3));
}

static fg_status respond_file(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    reply r;
    fg_slice path, type;
    int64_t handle;
    fg_value options[OPTION_COUNT], body;
    FG_TRY(reply_begin(vm, "file", &r));
    FG_TRY(text_arg(&r, "a path, a string", argc, argv, 0, &path));
    FG_TRY(read_options(&r, fg_arg(argc, argv, 1), options));
    if (!fg_is_null(options[TYPE])) {
        FG_TRY(text_arg(&r, "a type, a string", OPTION_COUNT, options, TYPE, &type));
        FG_TRY(add_type(&r, type));
    }
    uint32_t from = path.n;
    while (from > 0 && path.p[from - 1] != '/')
        from--;
    fg_slice name = fg_slice_of(path.p + from, path.n - from);
    if (fg_truthy(&options[DOWNLOAD]) && fg_truthy(&options[INLINE]))
        return raise(&r, "download and inline exclude each other");
    FG_TRY(add_disposition(&r, "attachment", options[DOWNLOAD], name));
    FG_TRY(add_disposition(&r, "inline", options[INLINE], name));
    FG_TRY(add_max_age(&r, options[MAX_AGE]));
    FG_TRY(fg_sent_file_open(vm, path, &handle));
    FG_TRY(file_body(vm, &argv[0], handle, &body));
    r.kind = FG_BODY_FILE;
    return give_reply(&r, &body, out);
}

/* ---- changing ----------------------------------------------------------------------- */

/* A response that is being changed: its object is in `out`, and may be written. */
typedef struct change {
    reply reply;
    fg_response was;
    fg_value *out;
} change;

/* The receiver, or a copy if others hold it, with headers of its own except `without`. */
static fg_status change_begin(fg_vm *vm, const char *function, fg_slice without,
                              int argc, fg_value *argv, fg_value *out, change *c)
{
    char why[FG_WHY_SIZE];
    fg_value v = fg_arg(argc, argv, 0);
    FG_TRY(reply_begin(vm, function, &c->reply));
    if (!fg_is_response(&v))
        return expected(&c->reply, "a response", argc, argv, 0);
    if (!fg_response_read(vm, &v, &c->was, why))
        return raise(&c->reply, why);
    c->out = out;
    for (uint32_t i = 0; i < c->was.headers->len; i++) {
        fg_slice name, value;
        fg_response_header(&c->was, i, &name, &value);
        if (without.n == name.n && fg_same_word(name, without.p))
            continue;
        c->reply.bytes += name.n + value.n;
        fg_value pair = fg_array_at(c->was.headers, i);
        FG_TRY(fg_array_push(&vm->heap, c->reply.headers, &pair));
    }
    if (fg_is_unheld(argc, argv))
        return fg_give(out, v);
    return fg_give_object(out, fg_object_copy(&vm->heap, v.as.obj, 0));
}

static fg_status change_field(const change *c, const char *name, const fg_value *v)
{
    fg_string *key = fg_make_key(c->reply.vm, fg_slice_str(name));
    return key ? fg_object_set(&c->reply.vm->heap, c->out->as.obj, key, v) : FG_NOMEM;
}

static fg_status change_end(const change *c)
{
    fg_value headers = fg_obj_value(c->reply.headers);
    return change_field(c, "headers", &headers);
}

static fg_status name_arg(const reply *r, int argc, const fg_value *argv,
                          fg_slice *name)
{
    FG_TRY(text_arg(r, "the name of a header, a string", argc, argv, 1, name));
    if (memchr(name->p, '\0', name->n))
        return raise(r, "the name of a header has no NUL");
    return FG_OK;
}

static fg_status set_header(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    change c;
    fg_slice name = FG_SLICE("");
    fg_value value = fg_arg(argc, argv, 2);
    reply r = { .vm = vm, .function = "Response.header" };
    FG_TRY(name_arg(&r, argc, argv, &name));
    if (argc < 3)
        return expected(&r, "a value, a string, an array of strings, or null", argc,
                        argv, 2);
    FG_TRY(change_begin(vm, r.function, name, argc, argv, out, &c));
    if (!fg_is_null(value))
        FG_TRY(add_value(&c.reply, name, value));
    return change_end(&c);
}

static fg_status add_header(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    change c;
    fg_slice name = FG_SLICE("");
    reply r = { .vm = vm, .function = "Response.add_header" };
    FG_TRY(name_arg(&r, argc, argv, &name));
    FG_TRY(change_begin(vm, r.function, FG_SLICE(""), argc, argv, out, &c));
    if (fg_same_word(name, "content-type") && has_type(&c.reply))
        return raise(&r, "a response has one Content-Type");
    FG_TRY(add_value(&c.reply, name, fg_arg(argc, argv, 2)));
    return change_end(&c);
}

static fg_status add_cookie(fg_vm *vm, const char *function, int argc, fg_value *argv,
                            fg_value *out)
{
    change c;
    fg_value text;
    FG_TRY(change_begin(vm, function, FG_SLICE(""), argc, argv, out, &c));
    FG_TRY(fg_cookie_text(vm, function, argc - 1, argv + 1, &text));
    FG_TRY(add_string(&c.reply, FG_SLICE("Set-Cookie"), fg_string_slice(text.as.str)));
    return change_end(&c);
}

static fg_status response_cookie(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return add_cookie(vm, "Response.cookie", argc, argv, out);
}

/* Any value of a handler becomes the response that would be sent for it. */
static fg_status set_cookie(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    reply r;
    fg_value v = fg_arg(argc, argv, 0);
    if (argc < 1 || fg_is_response(&v))
        return add_cookie(vm, "set_cookie", argc, argv, out);
    FG_TRY(reply_begin(vm, "set_cookie", &r));
    r.kind = FG_BODY_JSON;
    FG_TRY(give_reply(&r, &argv[0], out));
    fg_value args[4];
    int n = argc < 4 ? argc : 4;
    for (int i = 1; i < n; i++)
        fg_copy(&args[i], &argv[i]);
    fg_copy(&args[0], out);
    return add_cookie(vm, "set_cookie", n, args, out);
}

static fg_status set_status(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    change c;
    char what[80];
    FG_TRY(change_begin(vm, "Response.status", FG_SLICE(""), argc, argv, out, &c));
    if (argc < 2 || fg_is_null(fg_arg(argc, argv, 1)))
        return expected(&c.reply, "a status, an Int", argc, argv, 1);
    FG_TRY(status_arg(&c.reply, argc, argv, 1));
    snprintf(what, sizeof what, "a response with the status %d has no body",
             (int)c.reply.status);
    if (c.was.kind != FG_BODY_NONE && !fg_status_has_body(c.reply.status))
        return raise(&c.reply, what);
    fg_value status = fg_int(c.reply.status);
    return change_field(&c, "status", &status);
}

static fg_status set_etag(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    change c;
    fg_slice tag;
    char text[1040];
    fg_value weak = fg_arg(argc, argv, 2);
    FG_TRY(change_begin(vm, "Response.etag", FG_SLICE("etag"), argc, argv, out, &c));
    FG_TRY(text_arg(&c.reply, "a tag, a string", argc, argv, 1, &tag));
    if (tag.n > 1024)
        return raise(&c.reply, "a tag is at most 1024 bytes long");
    for (uint32_t i = 0; i < tag.n; i++)
        if ((uint8_t)tag.p[i] <= ' ' || tag.p[i] == '"' || tag.p[i] == 0x7f)
            return raise(
                &c.reply,
                "a tag has no blanks, quotes or control characters; its quotes "
                "are added");
    int n = snprintf(text, sizeof text, "%s\"%.*s\"", fg_truthy(&weak) ? "W/" : "",
                     (int)tag.n, tag.p);
    FG_TRY(add_string(&c.reply, FG_SLICE("ETag"), fg_slice_of(text, (size_t)n)));
    return change_end(&c);
}

static fg_status set_last_modified(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    change c;
    int64_t at;
    fg_bytes b;
    FG_TRY(change_begin(vm, "Response.last_modified", FG_SLICE("last-modified"), argc,
                        argv, out, &c));
    if (argc < 2 || !fg_http_instant(fg_arg(argc, argv, 1), &at))
        return raise(&c.reply,
                     "the moment must be a time object or seconds since 1970, "
                     "in the years 1601 to 9999");
    fg_bytes_init(&b);
    fg_http_date_put(&b, at);
    fg_status status =
        add_string(&c.reply, FG_SLICE("Last-Modified"), fg_bytes_view(&b));
    fg_bytes_drop(&b);
    return status == FG_OK ? change_end(&c) : status;
}

/* ---- early hints --------------------------------------------------------------------- */

/* The links of a 103 as C strings, one behind the other. */
static fg_status add_link(const reply *r, fg_value v, fg_bytes *b, uint32_t *n)
{
    char why[FG_WHY_SIZE];
    fg_value link;
    fg_peel(&v, &link);
    if (!fg_is_string(link))
        return fg_raise(r->vm, FG_E_TYPE, "%s(): a link must be a string, got %s",
                        r->function, fg_type_name(&link));
    fg_slice text = fg_string_slice(link.as.str);
    if (!fg_header_allowed(FG_SLICE("Link"), text, why))
        return raise(r, why);
    if (++*n > HINTS_MAX || b->n + text.n > FG_HEADERS_BYTES_MAX)
        return raise(r, "there are too many links");
    fg_bytes_slice(b, text);
    fg_bytes_char(b, '\0');
    return FG_OK;
}

static fg_status add_links(const reply *r, fg_value v, fg_bytes *b, uint32_t *n)
{
    if (!fg_is(v, FG_ARRAY))
        return add_link(r, v, b, n);
    for (uint32_t i = 0; i < v.as.arr->len; i++)
        FG_TRY(add_link(r, fg_array_at(v.as.arr, i), b, n));
    return FG_OK;
}

static fg_status read_links(const reply *r, fg_value headers, fg_bytes *b, uint32_t *n)
{
    if (!fg_is(headers, FG_OBJECT))
        return add_links(r, headers, b, n);
    const fg_object *o = headers.as.obj;
    for (uint32_t i = 0; i < o->keys->n; i++) {
        fg_slice name = fg_string_slice(o->keys->names[i]);
        fg_value v;
        if (!fg_same_word(name, "link"))
            return fg_raise(r->vm, FG_E_RUNTIME,
                            "%s(): early hints are Link headers, not '%.*s'",
                            r->function, (int)fg_utf8_fit(name, 80), name.p);
        fg_peel(&o->slots[i], &v);
        FG_TRY(add_links(r, v, b, n));
    }
    return FG_OK;
}

static bool send_links(const fg_vm *vm, const fg_bytes *b, uint32_t n)
{
    const char *links[HINTS_MAX], *at = b->p;
    if (!vm->env.early_hints || n == 0)
        return false;
    for (uint32_t i = 0; i < n; i++, at += strlen(at) + 1)
        links[i] = at;
    return vm->env.early_hints(vm->env.ctx, links, n) != 0;
}

static fg_status early_hints(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    reply r = { .vm = vm, .function = "early_hints" };
    fg_bytes b;
    uint32_t n = 0;
    if (argc < 1)
        return expected(&r, "links, strings", argc, argv, 0);
    fg_begin_text(vm, &b);
    fg_status status = read_links(&r, fg_arg(argc, argv, 0), &b, &n);
    if (status == FG_OK && b.failed)
        status = FG_NOMEM;
    if (status == FG_OK)
        fg_give(out, fg_bool(send_links(vm, &b, n)));
    fg_bytes_drop(&b);
    return status;
}

/* ---- tables --------------------------------------------------------------------------- */

const struct fg_response_natives fg_response_natives = {
    .bytes = { "bytes", respond_bytes, FG_CAP_NONE,
               "bytes(body, type = \"application/octet-stream\", status = 200): a "
               "response of bytes: a string or an array of Ints from 0 to 255" },
    .early_hints = { "early_hints", early_hints, FG_CAP_NONE,
                     "early_hints(links): sends a 103 with Link headers at once: a "
                     "string, an array of them, or { Link: … }; was it sent?" },
    .file = { "file", respond_file, FG_CAP_FS_READ,
              "file(path, options = {}): a response with the content of a file; "
              "options "
              "type, download, inline, max_age" },
    .html = { "html", respond_html, FG_CAP_NONE,
              "html(body, status = 200): a response with HTML" },
    .redirect = { "redirect", redirect, FG_CAP_NONE,
                  "redirect(url, status = 302): a response that sends the client "
                  "elsewhere; status 301, 302, 303, 307 or 308" },
    .respond = { "respond", respond, FG_CAP_NONE,
                 "respond(status, body = null, headers = null): a response; the body "
                 "becomes JSON unless it is null, or headers name a content-type and "
                 "it "
                 "is a string" },
    .set_cookie = { "set_cookie", set_cookie, FG_CAP_NONE,
                    "set_cookie(response, name, value, options?): the response with a "
                    "cookie; options as for cookie.build" },
    .text = { "text", respond_text, FG_CAP_NONE,
              "text(body, status = 200): a response with plain text" },
};

static const fg_member members[] = {
    FG_FN("Response.header", set_header, FG_CAP_NONE,
          "(name, value): the response with this header instead of others of "
          "that name; a string, an array of them, or null for none"),
    FG_FN("Response.add_header", add_header, FG_CAP_NONE,
          "(name, value): the response with one more header"),
    FG_FN("Response.cookie", response_cookie, FG_CAP_NONE,
          "(name, value, options?): the response with a cookie; options as for "
          "cookie.build"),
    FG_FN("Response.status", set_status, FG_CAP_NONE,
          "(status): the response with another status"),
    FG_FN("Response.etag", set_etag, FG_CAP_NONE,
          "(tag, weak = false): the response with an ETag; clients that have "
          "it get a 304"),
    FG_FN("Response.last_modified", set_last_modified, FG_CAP_NONE,
          "(time): the response with the time of its last change, a time "
          "object or seconds since 1970"),
};

const fg_module fg_response_module = { "Response", FG_COUNT(members), members };
