// SPDX-License-Identifier: Apache-2.0
/* The http module, and the global fetch. */
#include "lib/file.h"
#include "lib/http_page.h"
#include "lib/http_request.h"
#include "lib/json.h"
#include "lib/natives.h"

#include "base/utf8.h"

#include <stdio.h>

static const fg_http_defaults defaults = { .timeout_s = 30, .max_bytes = 100u << 20 };

/* ---- response objects ----------------------------------------------------------------- */

/* Of a name that comes again the last value counts. */
static fg_status header_object(fg_vm *vm, const fg_intake *b, fg_value *out)
{
    fg_object *o = fg_object_empty(&vm->heap, 16);
    fg_status s = o ? FG_OK : FG_NOMEM;
    for (const char *p = b->p; s == FG_OK && p < b->p + b->n;) {
        fg_slice name = fg_slice_str(p), text = fg_slice_str(p + name.n + 1);
        p = text.p + text.n + 1;
        fg_string *key = fg_make_key(vm, name);
        fg_value v;
        s = key ? fg_make_string(vm, fg_is_ascii(text) ? text : FG_SLICE(""), &v)
                : FG_NOMEM;
        if (s == FG_OK)
            s = fg_object_set(&vm->heap, o, key, &v);
    }
    return s == FG_OK ? fg_give_object(out, o) : s;
}

/* The body as JSON, or null when it is none. */
static fg_status parsed(fg_vm *vm, fg_slice body, fg_value *out)
{
    *out = fg_null();
    return body.n && fg_json_valid(vm, body) ? fg_json_read(vm, body, out) : FG_OK;
}

/* The response object; `full`: with time and method. */
static fg_status response_object(fg_vm *vm, const fg_http_request *q,
                                 const fg_http_response *r, bool full, fg_value *out)
{
    static const char *const names[] = { "status",  "ok",   "url",  "body",
                                         "headers", "json", "time", "method" };
    fg_value v[FG_COUNT(names)];
    fg_slice body = fg_intake_view(&r->body);
    v[0] = fg_int(r->status);
    v[1] = fg_bool(r->status >= 200 && r->status < 300);
    FG_TRY(fg_make_string(vm, fg_slice_str(r->url), &v[2]));
    FG_TRY(fg_make_string(vm, body, &v[3]));
    FG_TRY(header_object(vm, &r->headers, &v[4]));
    FG_TRY(parsed(vm, body, &v[5]));
    v[6] = fg_int((int64_t)(r->ns / 1000000u));
    FG_TRY(fg_make_string(vm, fg_slice_str(q->method), &v[7]));
    return fg_give_object(out, fg_record(vm, names, v, full ? 8 : 6));
}

/* ---- requests ------------------------------------------------------------------------- */

/* what: "http.get"; method NULL: an option says. */
static fg_status exchange(fg_vm *vm, const char *what, const char *method, int argc,
                          const fg_value *argv, fg_value *out)
{
    fg_value url = fg_arg(argc, argv, 0);
    if (!fg_is_string(url))
        return fg_raise(vm, FG_E_RUNTIME, "%s() requires a URL string", what);
    fg_http_call c;
    fg_http_response r = { 0 };
    fg_status s = fg_http_call_read(vm, &c, what, method, fg_string_slice(url.as.str),
                                    fg_arg(argc, argv, 1), &defaults);
    if (s == FG_OK)
        s = fg_http_transfer(vm, &c.request, &r);
    if (s == FG_OK)
        s = response_object(vm, &c.request, &r, method != NULL, out);
    fg_http_response_drop(vm, &r);
    fg_http_call_drop(&c);
    return s;
}

/* clang-format off */
#define METHODS(X)                                                                     \
    X(get, "GET") X(post, "POST") X(put, "PUT") X(delete, "DELETE") X(patch, "PATCH")   \
    X(head, "HEAD")
/* clang-format on */

#define X(name, method)                                                                \
    static fg_status http_##name(fg_vm *vm, int argc, fg_value *argv, fg_value *out)   \
    {                                                                                  \
        return exchange(vm, "http." #name, method, argc, argv, out);                   \
    }
METHODS(X)
#undef X

static fg_status fetch(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return exchange(vm, "fetch", NULL, argc, argv, out);
}

/* ---- pages ---------------------------------------------------------------------------- */

static const fg_http_defaults crawl_defaults = { .timeout_s = 30,
                                                 .max_bytes = 16u << 20,
                                                 .shortened = true };

static fg_status http_crawl(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value url = fg_arg(argc, argv, 0);
    if (!fg_is_string(url))
        return fg_raise(vm, FG_E_RUNTIME, "http.crawl() requires a URL string");
    fg_http_call c;
    fg_http_response r = { 0 };
    fg_status s = fg_http_call_read(vm, &c, "crawl", "GET", fg_string_slice(url.as.str),
                                    fg_arg(argc, argv, 1), &crawl_defaults);
    if (s == FG_OK)
        s = fg_http_transfer(vm, &c.request, &r);
    if (s == FG_OK)
        s = fg_http_page(vm, &r, out);
    fg_http_response_drop(vm, &r);
    fg_http_call_drop(&c);
    return s;
}

/* ---- downloads ------------------------------------------------------------------------ */

static const fg_http_defaults download_defaults = { .timeout_s = 300,
                                                    .max_bytes = 1u << 30,
                                                    .shortened = true };

typedef struct download {
    fg_vm *vm;
    fg_filewriter file;
    uint64_t size;
} download;

static fg_status save(void *ctx, const char *p, size_t n)
{
    download *d = ctx;
    d->size += n;
    return fg_filewriter_put(d->vm, &d->file, fg_slice_of(p, (uint32_t)n));
}

/* What is behind the last '/' of the URL. */
static fg_value name_in_url(fg_vm *vm, fg_string *url)
{
    uint32_t at = url->len;
    while (at > 0 && url->bytes[at - 1] != '/')
        at--;
    fg_string *name = fg_string_part(&vm->heap, url, at, url->len - at);
    return name ? fg_obj_value(name) : fg_null();
}

static fg_status fetch_file(download *d, fg_http_call *c, fg_http_response *r,
                            fg_slice path)
{
    fg_vm *vm = d->vm;
    FG_TRY(fg_filewriter_begin(vm, "write error", path, &d->file));
    c->request.sink = save;
    c->request.ctx = d;
    c->request.failed_bodies = true;
    fg_status s = fg_http_transfer(vm, &c->request, r);
    if (s == FG_OK && r->status >= 400)
        s = fg_raise(vm, FG_E_RUNTIME, "download failed: HTTP %ld", r->status);
    return fg_filewriter_end(vm, &d->file, s);
}

/* One line on standard error. */
static fg_status tell(fg_vm *vm, const char *what, fg_slice name, const char *end)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_fmt(&b, "  %s ", what);
    fg_bytes_slice(&b, name);
    fg_bytes_str(&b, end);
    if (!b.failed)
        fg_write_err(vm, fg_bytes_view(&b));
    fg_bytes_drop(&b);
    return FG_OK;
}

static fg_status saved(download *d, const fg_http_response *r, fg_value path,
                       fg_value *out)
{
    static const char *const names[] = { "path", "size", "status" };
    char end[48];
    snprintf(end, sizeof end, " (%llu bytes)\n", (unsigned long long)d->size);
    FG_TRY(tell(d->vm, "Saved to", fg_string_slice(path.as.str), end));
    fg_value v[] = { path, fg_int((int64_t)d->size), fg_int(r->status) };
    return fg_give_object(out, fg_record(d->vm, names, v, FG_COUNT(names)));
}

static fg_status http_download(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value url = fg_arg(argc, argv, 0), path = fg_arg(argc, argv, 1);
    fg_value options = fg_is(path, FG_OBJECT) ? path : fg_arg(argc, argv, 2);
    if (!fg_is_string(url))
        return fg_raise(vm, FG_E_RUNTIME, "http.download() requires a URL string");
    if (!fg_is_string(path))
        path = name_in_url(vm, url.as.str);
    if (!fg_is_string(path))
        return FG_NOMEM;
    fg_copy(out, &path); /* a root while others run */
    fg_http_call c;
    fg_http_response r = { 0 };
    download d = { .vm = vm };
    fg_status s =
        fg_http_call_read(vm, &c, "download", "GET", fg_string_slice(url.as.str),
                          options, &download_defaults);
    if (s == FG_OK)
        s = tell(vm, "Downloading", fg_string_slice(url.as.str), "...\n");
    if (s == FG_OK)
        s = fetch_file(&d, &c, &r, fg_string_slice(path.as.str));
    if (s == FG_OK)
        s = saved(&d, &r, path, out);
    fg_http_response_drop(vm, &r);
    fg_http_call_drop(&c);
    return s;
}

/* ---- showing a response ----------------------------------------------------------------- */

static void show_field(fg_bytes *b, const fg_object *o, const char *name,
                       const char *otherwise)
{
    const fg_value *v = fg_object_find_slice(o, fg_slice_str(name));
    if (v)
        fg_show(b, v);
    else
        fg_bytes_str(b, otherwise);
}

/* JSON text, each line two blanks further in. */
static void indent_lines(fg_bytes *b, fg_slice text)
{
    while (text.n) {
        const char *end = memchr(text.p, '\n', text.n);
        uint32_t n = end ? (uint32_t)(end - text.p) : text.n;
        fg_bytes_str(b, "  ");
        fg_bytes_put(b, text.p, n);
        fg_bytes_char(b, '\n');
        n += end != NULL;
        text = fg_slice_of(text.p + n, text.n - n);
    }
}

static fg_status http_pretty(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0), text;
    if (!fg_is(v, FG_OBJECT))
        return fg_raise(vm, FG_E_RUNTIME, "http.pretty() requires a response object");
    const fg_object *o = v.as.obj;
    const fg_value *status = fg_object_find_slice(o, FG_SLICE("status"));
    const fg_value *json = fg_object_find_slice(o, FG_SLICE("json"));
    int64_t code = status && fg_is_int(*status) ? status->as.i : 0;
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "\n  \033[1m");
    show_field(&b, o, "method", "GET");
    fg_bytes_char(&b, ' ');
    show_field(&b, o, "url", "");
    fg_bytes_fmt(&b, "\033[0m\n  \033[%dmStatus: ",
                 code >= 200 && code < 300   ? 32
                 : code >= 300 && code < 400 ? 33
                                             : 31);
    show_field(&b, o, "status", "?");
    fg_bytes_str(&b, "\033[0m  \033[90mTime: ");
    show_field(&b, o, "time", "?");
    fg_bytes_str(&b, "ms\033[0m\n");
    fg_status s = FG_OK;
    if (json && !fg_is_null(*json)) {
        fg_bytes_char(&b, '\n');
        s = fg_json_write(vm, json, 2, &text);
        if (s == FG_OK)
            indent_lines(&b, fg_string_slice(text.as.str));
    }
    fg_bytes_char(&b, '\n');
    if (s == FG_OK && b.failed)
        s = FG_NOMEM;
    if (s == FG_OK)
        fg_write_err(vm, fg_bytes_view(&b));
    fg_bytes_drop(&b);
    *out = fg_null();
    return s;
}

/* ---- tables --------------------------------------------------------------------------- */

#define OPTIONS                                                                        \
    "headers, auth, basic_auth, params, form, cookies, json, body, timeout, "          \
    "max_redirects, max_bytes"

static const fg_member members[] = {
    FG_FN("http.get", http_get, FG_CAP_NET,
          "(url, options?): the response to a GET request; options: " OPTIONS),
    FG_FN("http.post", http_post, FG_CAP_NET,
          "(url, options?): the response to a POST request; options as for http.get"),
    FG_FN("http.put", http_put, FG_CAP_NET,
          "(url, options?): the response to a PUT request; options as for http.get"),
    FG_FN("http.delete", http_delete, FG_CAP_NET,
          "(url, options?): the response to a DELETE request; options as for http.get"),
    FG_FN("http.patch", http_patch, FG_CAP_NET,
          "(url, options?): the response to a PATCH request; options as for http.get"),
    FG_FN("http.head", http_head, FG_CAP_NET,
          "(url, options?): the response to a HEAD request; options as for http.get"),
    FG_FN("http.download", http_download, FG_CAP_NET | FG_CAP_FS_WRITE,
          "(url, path?, options?): saves what is there in a file; options: timeout, "
          "max_redirects, max_bytes"),
    FG_FN("http.crawl", http_crawl, FG_CAP_NET,
          "(url, options?): title, description, links and text of a page"),
    FG_FN("http.pretty", http_pretty, FG_CAP_NONE,
          "(response): shows it on standard error"),
};

const fg_module fg_http_module = { "http", FG_COUNT(members), members };

const struct fg_http_natives fg_http_natives = {
    .ask = { "ask", fg_ask, FG_CAP_NET | FG_CAP_ENV,
             "ask question: what a language model answers" },
    .fetch = { "fetch", fetch, FG_CAP_NET,
               "fetch(url, options?): the response to a request; options: "
               "method, " OPTIONS },
};
