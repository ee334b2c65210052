// SPDX-License-Identifier: Apache-2.0
/* Reading responses, which may be anything that says it is one. */
#include "lib/lib.h"
#include "lib/response.h"

#include <stdio.h>

const char *const fg_body_kinds[] = {
#define X(name, text) text,
    FG_BODY_KINDS(X)
#undef X
};

/* Values of a type of the program have typed keys, or a variant. */
bool fg_is_response(const fg_value *v)
{
    fg_value o;
    fg_peel(v, &o);
    if (fg_wrap_of(o) || !fg_is(o, FG_OBJECT) || (o.as.obj->keys->h.bits & FG_K_TYPED))
        return false;
    const fg_value *type = fg_object_find_slice(o.as.obj, FG_SLICE("__type__"));
    return type && fg_is_string(*type)
           && fg_slice_eq(fg_string_slice(type->as.str), FG_SLICE("Response"))
           && !fg_object_find_slice(o.as.obj, FG_SLICE("__variant__"));
}

/* A field without Frozen wrappers; null if there is none. */
static fg_value field(const fg_object *o, const char *name)
{
    fg_value v = fg_null();
    const fg_value *slot = fg_object_find_slice(o, fg_slice_str(name));
    if (slot)
        fg_peel(slot, &v);
    return v;
}

static bool wrong(char why[FG_WHY_SIZE], const char *what)
{
    snprintf(why, FG_WHY_SIZE, "%s", what);
    return false;
}

void fg_response_header(const fg_response *r, uint32_t i, fg_slice *name,
                        fg_slice *value)
{
    fg_value element = fg_array_at(r->headers, i), pair, text;
    fg_peel(&element, &pair);
    element = fg_array_at(pair.as.arr, 0);
    fg_peel(&element, &text);
    *name = fg_string_slice(text.as.str);
    element = fg_array_at(pair.as.arr, 1);
    fg_peel(&element, &text);
    *value = fg_string_slice(text.as.str);
}

static bool is_string_at(const fg_array *a, uint32_t i)
{
    fg_value element = fg_array_at(a, i), text;
    fg_peel(&element, &text);
    return fg_is_string(text);
}

static bool is_pair(fg_value element)
{
    fg_value pair;
    fg_peel(&element, &pair);
    return fg_is(pair, FG_ARRAY) && pair.as.arr->len == 2
           && is_string_at(pair.as.arr, 0) && is_string_at(pair.as.arr, 1);
}

static bool read_headers(fg_response *r, char why[FG_WHY_SIZE])
{
    fg_value v = field(r->object, "headers");
    size_t bytes = 0;
    if (!fg_is(v, FG_ARRAY))
        return wrong(why, "the headers of a response are an array of [name, value]");
    r->headers = v.as.arr;
    if (r->headers->len > FG_HEADERS_MAX)
        return wrong(why, "a response has at most 200 headers");
    for (uint32_t i = 0; i < r->headers->len; i++) {
        fg_slice name, value;
        if (!is_pair(fg_array_at(r->headers, i)))
            return wrong(why, "a header of a response is [name, value], two strings");
        fg_response_header(r, i, &name, &value);
        if (!fg_header_allowed(name, value, why))
            return false;
        bytes += name.n + value.n;
    }
    r->header_bytes = (uint32_t)bytes;
    return bytes <= FG_HEADERS_BYTES_MAX
           || wrong(why, "the headers of a response are longer than 49152 bytes");
}

static bool read_kind(fg_response *r, char why[FG_WHY_SIZE])
{
    fg_value v = field(r->object, "kind");
    uint32_t i = 0;
    while (
        i < FG_COUNT(fg_body_kinds)
        && !(fg_is_string(v)
             && fg_slice_eq(fg_string_slice(v.as.str), fg_slice_str(fg_body_kinds[i]))))
        i++;
    if (i == FG_COUNT(fg_body_kinds))
        return wrong(
            why, "the kind of a response is \"none\", \"text\", \"json\" or \"file\"");
    r->kind = (fg_body_kind)i;
    return true;
}

/* The file that a body { path, size, handle } is about, or NULL.  The path tells a response
 * of the top level, whose file is closed, from one of the request with the same number. */
static const fg_sent_file *file_of(const fg_vm *vm, fg_value body)
{
    fg_value handle = fg_option(body, "handle"), path = fg_option(body, "path");
    const fg_sent_file *file =
        fg_is_int(handle) ? fg_sent_file_of(vm, handle.as.i) : NULL;
    if (!file || !fg_is_string(path))
        return NULL;
    fg_slice whole = fg_string_slice(path.as.str), name = fg_slice_str(file->name);
    bool ends =
        whole.n >= name.n && memcmp(whole.p + whole.n - name.n, name.p, name.n) == 0;
    return ends ? file : NULL;
}

static bool read_body(const fg_vm *vm, fg_response *r, char why[FG_WHY_SIZE])
{
    r->body = field(r->object, "body");
    r->file = NULL;
    if (r->kind == FG_BODY_TEXT && !fg_is_string(r->body))
        return wrong(why,
                     "the body of a response of the kind \"text\" must be a string");
    if (r->kind == FG_BODY_FILE) {
        r->file = file_of(vm, r->body);
        if (!r->file)
            return wrong(why, "the file of a response must be opened by file() in the "
                              "same request");
    }
    return true;
}

bool fg_response_read(const fg_vm *vm, const fg_value *v, fg_response *out,
                      char why[FG_WHY_SIZE])
{
    fg_value o;
    if (!fg_is_response(v))
        return wrong(why, "this is no response");
    fg_peel(v, &o);
    out->object = o.as.obj;
    fg_value status = field(out->object, "status");
    if (!fg_is_int(status) || !fg_status_allowed(status.as.i))
        return wrong(why, "the status of a response is an Int from 200 to 599");
    out->status = (int)status.as.i;
    if (!read_kind(out, why) || !read_headers(out, why) || !read_body(vm, out, why))
        return false;
    if (out->kind != FG_BODY_NONE && !fg_status_has_body(out->status)) {
        snprintf(why, FG_WHY_SIZE, "a response with the status %d has no body",
                 out->status);
        return false;
    }
    return true;
}
