// SPDX-License-Identifier: Apache-2.0
/* The multipart module: whole bodies, read into and written from objects.  The content of
 * a part shares the bytes of the body it was read from. */
#include "lib/multipart.h"
#include "lib/lib.h"
#include "lib/token.h"

#include <sys/random.h>

/* ---- reading -------------------------------------------------------------------- */

typedef struct reading {
    fg_vm *vm;
    fg_multipart parser;
    fg_string *body;
    fg_array *parts;
    fg_object *headers; /* of the part being read */
    bool form;          /* each part has a name */
    uint32_t from, n;   /* its content in the body */
} reading;

static fg_status on_begin(void *ctx)
{
    reading *r = ctx;
    r->headers = fg_object_empty(&r->vm->heap, 4);
    r->from = r->n = 0;
    return r->headers ? FG_OK : FG_NOMEM;
}

/* Of a repeated header the values are joined. */
static fg_status on_header(void *ctx, fg_slice name, fg_slice value)
{
    reading *r = ctx;
    fg_bytes b;
    fg_value v;
    fg_bytes_init(&b);
    for (uint32_t i = 0; i < name.n; i++)
        fg_bytes_char(&b, fg_ascii_lower(name.p[i]));
    fg_string *key = b.failed ? NULL : fg_make_key(r->vm, fg_bytes_view(&b));
    b.n = 0;
    fg_value *before = key ? fg_object_find(r->headers, key) : NULL;
    if (before) {
        fg_bytes_slice(&b, fg_string_slice(before->as.str));
        fg_bytes_str(&b, ", ");
    }
    fg_bytes_slice(&b, value);
    fg_status status = fg_take_bytes(r->vm, &b, &v);
    if (!key || status != FG_OK)
        return FG_NOMEM;
    return fg_object_set(&r->vm->heap, r->headers, key, &v);
}

static fg_status on_data(void *ctx, fg_slice bytes)
{
    reading *r = ctx;
    if (r->n == 0)
        r->from = (uint32_t)r->parser.offset - bytes.n;
    r->n += bytes.n;
    return FG_OK;
}

static fg_slice header_of(const reading *r, fg_slice name)
{
    const fg_value *v = fg_object_find_slice(r->headers, name);
    return v ? fg_string_slice(v->as.str) : fg_slice_of("", 0);
}

/* What a parameter of Content-Disposition says, or null. */
static fg_status parameter(const reading *r, const char *name, bool file, fg_value *out)
{
    fg_bytes b;
    fg_bytes_init(&b);
    *out = fg_null();
    fg_slice value = header_of(r, FG_SLICE("content-disposition"));
    if (!fg_header_parameter(&b, value, name)) {
        fg_bytes_drop(&b);
        return FG_OK;
    }
    fg_slice s = fg_bytes_view(&b);
    if (file)
        s = fg_upload_name(s);
    fg_status status = b.failed ? FG_NOMEM : fg_make_string(r->vm, s, out);
    fg_bytes_drop(&b);
    return status;
}

static fg_status on_end(void *ctx)
{
    static const char *const names[] = { "name", "filename", "type", "headers",
                                         "data" };
    reading *r = ctx;
    fg_value v[FG_COUNT(names)];
    fg_slice type = header_of(r, FG_SLICE("content-type"));
    FG_TRY(parameter(r, "name", false, &v[0]));
    FG_TRY(parameter(r, "filename", true, &v[1]));
    if (r->form && fg_is_null(v[0]))
        return fg_raise(r->vm, FG_E_RUNTIME,
                        "multipart.parse(): part %u of the form has no name",
                        r->parser.parts);
    if (type.n == 0)
        type = FG_SLICE("text/plain");
    FG_TRY(fg_make_string(r->vm, type, &v[2]));
    v[3] = fg_obj_value(r->headers);
    fg_string *data = fg_string_part(&r->vm->heap, r->body, r->from, r->n);
    FG_TRY(fg_give_object(&v[4], data));
    return fg_push_object(r->vm, r->parts, fg_record(r->vm, names, v, FG_COUNT(names)));
}

static fg_status bad_boundary(fg_vm *vm, const char *what)
{
    fg_raise(vm, FG_E_RUNTIME, "multipart.parse(): the content type %s", what);
    return fg_hint(vm, "it looks like multipart/form-data; boundary=…");
}

/* Sets the parser up from the content type. */
static fg_status begin(reading *r, fg_slice type)
{
    fg_multipart_sink sink = { on_begin, on_header, on_data, on_end, r };
    fg_bytes b;
    if (!fg_begins_word(type, "multipart/"))
        return bad_boundary(r->vm, "is not multipart");
    r->form = fg_header_is(type, "multipart/form-data");
    fg_bytes_init(&b);
    bool found = fg_header_parameter(&b, type, "boundary") && !b.failed;
    bool good = found && fg_multipart_init(&r->parser, fg_bytes_view(&b), sink);
    fg_bytes_drop(&b);
    return good    ? FG_OK
           : found ? bad_boundary(r->vm, "has a boundary that cannot be one")
                   : bad_boundary(r->vm, "has no boundary");
}

static fg_status read_body(reading *r, fg_value *out)
{
    fg_status status = fg_multipart_feed(&r->parser, fg_string_slice(r->body));
    if (status == FG_OK)
        status = fg_multipart_finish(&r->parser);
    if (status == FG_RAISED && r->parser.why)
        return fg_raise(r->vm, FG_E_RUNTIME, "multipart.parse(): %s (at byte %llu)",
                        r->parser.why, (unsigned long long)r->parser.offset);
    FG_TRY(status);
    return fg_give_object(out, r->parts);
}

static fg_status multipart_parse(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value body = fg_arg(argc, argv, 0), type = fg_arg(argc, argv, 1);
    if (!fg_is_string(body) || !fg_is_string(type))
        return fg_raise(vm, FG_E_TYPE,
                        "multipart.parse() requires a body and its content type, both "
                        "strings");
    FG_TRY(fg_work(vm, body.as.str->len / 16));
    reading *r = fg_memory_take(vm, sizeof *r);
    if (!r)
        return FG_NOMEM;
    r->vm = vm;
    r->body = body.as.str;
    r->parts = fg_array_new(&vm->heap, 0);
    fg_status status = r->parts ? begin(r, fg_string_slice(type.as.str)) : FG_NOMEM;
    if (status == FG_OK)
        status = read_body(r, out);
    fg_memory_give(vm, r, sizeof *r);
    return status;
}

/* ---- writing -------------------------------------------------------------------- */

/* A body that is being written; `at` is the number of the part, from 1. */
typedef struct writing {
    fg_vm *vm;
    fg_bytes b;
    uint32_t at;
} writing;

static fg_status bad_part(const writing *w, const char *what)
{
    return fg_raise(w->vm, FG_E_RUNTIME, "multipart.build(): part %u %s", w->at, what);
}

/* Field of a part that is a string; an empty slice with p NULL if it is not there. */
static fg_status text_field(const writing *w, const fg_object *part, const char *name,
                            fg_slice *s)
{
    fg_value v = fg_null();
    const fg_value *field = fg_object_find_slice(part, fg_slice_str(name));
    *s = (fg_slice){ NULL, 0 };
    if (field)
        fg_peel(field, &v);
    if (fg_is_null(v))
        return FG_OK;
    if (!fg_is_string(v))
        return fg_raise(w->vm, FG_E_TYPE,
                        "multipart.build(): %s of part %u must be a string, got %s",
                        name, w->at, fg_type_name(&v));
    *s = fg_string_slice(v.as.str);
    return FG_OK;
}

/* As browsers write names: what would end the quotes or the line is encoded. */
static void put_quoted(fg_bytes *b, const char *before, fg_slice s)
{
    fg_bytes_str(b, before);
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '"' || (uint8_t)c < ' ' || c == 0x7f)
            fg_bytes_fmt(b, "%%%02X", (unsigned)(uint8_t)c);
        else
            fg_bytes_char(b, c);
    }
    fg_bytes_char(b, '"');
}

static fg_status put_headers(writing *w, const fg_object *part)
{
    fg_value v = fg_null();
    const fg_value *field = fg_object_find_slice(part, FG_SLICE("headers"));
    if (field)
        fg_peel(field, &v);
    if (fg_is_null(v))
        return FG_OK;
    if (!fg_is(v, FG_OBJECT))
        return bad_part(w, "has headers that are no object");
    for (uint32_t i = 0; i < v.as.obj->keys->n; i++) {
        fg_value text;
        fg_slice name = fg_string_slice(v.as.obj->keys->names[i]);
        fg_peel(&v.as.obj->slots[i], &text);
        if (!fg_is_token(name))
            return bad_part(w, "has a header with a bad name");
        if (!fg_is_string(text) || !fg_is_header_text(fg_string_slice(text.as.str)))
            return bad_part(w, "has a header that is no text of one line");
        fg_bytes_slice(&w->b, name);
        fg_bytes_str(&w->b, ": ");
        fg_bytes_slice(&w->b, fg_string_slice(text.as.str));
        fg_bytes_str(&w->b, "\r\n");
    }
    return FG_OK;
}

static fg_status put_part_headers(writing *w, const fg_object *part)
{
    fg_slice name, file, type;
    FG_TRY(text_field(w, part, "name", &name));
    FG_TRY(text_field(w, part, "filename", &file));
    FG_TRY(text_field(w, part, "type", &type));
    if (!name.p)
        return bad_part(w, "has no name");
    if (file.p && !type.p)
        type = FG_SLICE("application/octet-stream");
    if (!fg_is_header_text(type))
        return bad_part(w, "has a type that is no text of one line");
    put_quoted(&w->b, "Content-Disposition: form-data; name=\"", name);
    if (file.p)
        put_quoted(&w->b, "; filename=\"", file);
    fg_bytes_str(&w->b, "\r\n");
    if (type.n > 0) {
        fg_bytes_str(&w->b, "Content-Type: ");
        fg_bytes_slice(&w->b, type);
        fg_bytes_str(&w->b, "\r\n");
    }
    return put_headers(w, part);
}

static fg_status put_part(writing *w, fg_value part, fg_slice boundary)
{
    if (!fg_is(part, FG_OBJECT))
        return bad_part(w, "is no object with name and data");
    const fg_value *data = fg_object_find_slice(part.as.obj, FG_SLICE("data"));
    fg_value v = fg_null();
    if (data)
        fg_peel(data, &v);
    if (!fg_is_string(v) && !fg_is_number(v) && !fg_is_bool(v))
        return bad_part(w, "has no data that is a string, number or Bool");
    fg_bytes_str(&w->b, "--");
    fg_bytes_slice(&w->b, boundary);
    fg_bytes_str(&w->b, "\r\n");
    FG_TRY(put_part_headers(w, part.as.obj));
    fg_bytes_str(&w->b, "\r\n");
    fg_show(&w->b, &v);
    fg_bytes_str(&w->b, "\r\n");
    return w->b.failed ? FG_NOMEM : FG_OK;
}

/* 128 bits of the kernel: they occur in no part by chance, and nobody can foresee them. */
static fg_status new_boundary(fg_vm *vm, fg_bytes *b)
{
    uint64_t bits[2];
    if (getrandom(bits, sizeof bits, 0) != sizeof bits)
        return fg_raise(vm, FG_E_RUNTIME,
                        "multipart.build(): no random numbers to make a boundary of");
    fg_bytes_fmt(b, "forge-%016llx%016llx", (unsigned long long)bits[0],
                 (unsigned long long)bits[1]);
    return FG_OK;
}

static fg_status build(writing *w, const fg_array *parts, fg_slice boundary,
                       fg_value *out)
{
    static const char *const names[] = { "type", "body" };
    fg_value v[FG_COUNT(names)];
    fg_bytes type;
    for (uint32_t i = 0; i < parts->len; i++) {
        fg_value part = fg_array_at(parts, i);
        fg_peel(&part, &part);
        w->at = i + 1;
        FG_TRY(put_part(w, part, boundary));
    }
    fg_bytes_str(&w->b, "--");
    fg_bytes_slice(&w->b, boundary);
    fg_bytes_str(&w->b, "--\r\n");
    fg_bytes_init(&type);
    fg_bytes_str(&type, "multipart/form-data; boundary=");
    fg_bytes_slice(&type, boundary);
    FG_TRY(fg_take_bytes(w->vm, &type, &v[0]));
    FG_TRY(fg_take_bytes(w->vm, &w->b, &v[1]));
    return fg_give_object(out, fg_record(w->vm, names, v, FG_COUNT(names)));
}

static fg_status multipart_build(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value parts = fg_arg(argc, argv, 0);
    fg_bytes boundary;
    writing w = { .vm = vm };
    if (!fg_is(parts, FG_ARRAY))
        return fg_raise(vm, FG_E_TYPE, "multipart.build() requires an array of parts");
    FG_TRY(fg_work(vm, parts.as.arr->len * (uint64_t)16));
    fg_bytes_init(&boundary);
    FG_TRY(new_boundary(vm, &boundary));
    fg_begin_text(vm, &w.b);
    fg_status status = build(&w, parts.as.arr, fg_bytes_view(&boundary), out);
    fg_bytes_drop(&w.b);
    fg_bytes_drop(&boundary);
    return status;
}

static const fg_member members[] = {
    FG_FN("multipart.parse", multipart_parse, FG_CAP_NONE,
          "(body, content_type): the parts as objects with name, filename, type, "
          "headers, data"),
    FG_FN(
        "multipart.build", multipart_build, FG_CAP_NONE,
        "(parts): { type, body } of a form with these parts, each with name and data, "
        "and filename, type, headers if it has them"),
};

const fg_module fg_multipart_module = { "multipart", FG_COUNT(members), members };
