// SPDX-License-Identifier: Apache-2.0
/* HTTP requests from options. */
#include "lib/http_request.h"

#include "lib/json.h"
#include "lib/percent.h"
#include "lib/token.h"

#include "base/utf8.h"

#include <strings.h>

#define REDIRECTS 5u
#define TIMEOUT_MAX_S 86400.0

fg_value fg_http_option(const fg_object *o, const char *name)
{
    const fg_value *v = o ? fg_object_find_slice(o, fg_slice_str(name)) : NULL;
    fg_value peeled = fg_null();
    if (v)
        fg_peel(v, &peeled);
    return peeled;
}

static const fg_object *object_option(const fg_object *o, const char *name)
{
    fg_value v = fg_http_option(o, name);
    return fg_is(v, FG_OBJECT) ? v.as.obj : NULL;
}

/* ---- headers -------------------------------------------------------------------------- */

static bool is_one_line(fg_slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
            return false;
    return true;
}

static fg_status add_line(fg_http_call *c, fg_bytes *line)
{
    fg_bytes_char(line, '\0');
    struct curl_slist *more =
        line->failed ? NULL : fg_libcurl.curl_slist_append(c->request.headers, line->p);
    if (more)
        c->request.headers = more;
    return more ? FG_OK : FG_NOMEM;
}

fg_status fg_http_call_header(fg_vm *vm, fg_http_call *c, fg_slice name,
                              const fg_value *value)
{
    fg_bytes shown, line;
    fg_begin_text(vm, &shown);
    fg_begin_text(vm, &line);
    fg_slice text = fg_shown(&shown, value);
    fg_status s = FG_OK;
    if (!fg_is_token(name))
        s = fg_raise(vm, FG_E_RUNTIME, "%s() header name '%.*s' is not one",
                     c->request.what, (int)fg_utf8_fit(name, 60), name.p);
    else if (!is_one_line(text))
        s = fg_raise(vm, FG_E_RUNTIME, "%s() header '%.*s' has more than one line",
                     c->request.what, (int)fg_utf8_fit(name, 60), name.p);
    if (s == FG_OK) {
        fg_bytes_slice(&line, name);
        /* A value that is empty needs another sign to be sent at all. */
        fg_bytes_str(&line, text.n ? ": " : ";");
        fg_bytes_slice(&line, text);
        s = add_line(c, &line);
    }
    fg_bytes_drop(&shown);
    fg_bytes_drop(&line);
    return s;
}

static fg_status header_text(fg_vm *vm, fg_http_call *c, const char *name, fg_bytes *b)
{
    fg_value v;
    FG_TRY(fg_take_bytes(vm, b, &v));
    return fg_http_call_header(vm, c, fg_slice_str(name), &v);
}

static bool has_header(const fg_http_call *c, const char *name)
{
    size_t n = strlen(name);
    for (struct curl_slist *h = c->request.headers; h; h = h->next)
        if (strncasecmp(h->data, name, n) == 0
            && (h->data[n] == ':' || h->data[n] == ';'))
            return true;
    return false;
}

static fg_status read_cookies(fg_vm *vm, fg_http_call *c, const fg_object *cookies)
{
    fg_bytes b, shown;
    fg_begin_text(vm, &b);
    fg_begin_text(vm, &shown);
    for (uint32_t i = 0; i < cookies->keys->n; i++) {
        if (i > 0)
            fg_bytes_str(&b, "; ");
        fg_bytes_slice(&b, fg_string_slice(cookies->keys->names[i]));
        fg_bytes_char(&b, '=');
        fg_bytes_slice(&b, fg_shown(&shown, &cookies->slots[i]));
    }
    fg_bytes_drop(&shown);
    return header_text(vm, c, "Cookie", &b);
}

static void read_credentials(fg_http_call *c, const fg_object *basic)
{
    fg_bytes shown;
    fg_bytes_init(&shown);
    fg_value user = fg_http_option(basic, "user"), pass = fg_http_option(basic, "pass");
    fg_bytes_slice(&c->user, fg_shown(&shown, &user));
    fg_bytes_char(&c->user, '\0');
    fg_bytes_slice(&c->password,
                   fg_is_null(pass) ? FG_SLICE("") : fg_shown(&shown, &pass));
    fg_bytes_char(&c->password, '\0');
    fg_bytes_drop(&shown);
    c->request.user = c->user.p;
    c->request.password = c->password.p;
}

/* Who is asked can find the request that this one is for. */
static fg_status pass_id_on(fg_vm *vm, fg_http_call *c)
{
    fg_bytes b;
    if (!vm->env.request_id || has_header(c, "X-Request-Id"))
        return FG_OK;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, vm->env.request_id);
    return header_text(vm, c, "X-Request-Id", &b);
}

static fg_status read_headers(fg_vm *vm, fg_http_call *c, const fg_object *o)
{
    const fg_object *headers = object_option(o, "headers");
    const fg_object *cookies = object_option(o, "cookies");
    const fg_object *basic = object_option(o, "basic_auth");
    fg_value auth = fg_http_option(o, "auth");
    for (uint32_t i = 0; headers && i < headers->keys->n; i++)
        FG_TRY(fg_http_call_header(vm, c, fg_string_slice(headers->keys->names[i]),
                                   &headers->slots[i]));
    if (basic)
        read_credentials(c, basic);
    if (cookies && cookies->keys->n)
        FG_TRY(read_cookies(vm, c, cookies));
    if (!fg_is_string(auth))
        return FG_OK;
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "Bearer ");
    fg_bytes_slice(&b, fg_string_slice(auth.as.str));
    return header_text(vm, c, "Authorization", &b);
}

/* ---- parameters and bodies ------------------------------------------------------------ */

/* Percent-encoded; in forms a blank is '+'. */
static void put_text(fg_bytes *b, fg_slice s, bool form)
{
    const char *blank;
    while (form && (blank = memchr(s.p, ' ', s.n))) {
        uint32_t n = (uint32_t)(blank - s.p);
        fg_percent_encode(b, fg_slice_of(s.p, n));
        fg_bytes_char(b, '+');
        s = fg_slice_of(blank + 1, s.n - n - 1);
    }
    fg_percent_encode(b, s);
}

/* name=value&… */
static void put_pairs(fg_bytes *b, const fg_object *pairs, bool form)
{
    fg_bytes shown;
    fg_bytes_init(&shown);
    for (uint32_t i = 0; i < pairs->keys->n; i++) {
        if (i > 0)
            fg_bytes_char(b, '&');
        put_text(b, fg_string_slice(pairs->keys->names[i]), form);
        fg_bytes_char(b, '=');
        put_text(b, fg_shown(&shown, &pairs->slots[i]), form);
    }
    b->failed |= shown.failed;
    fg_bytes_drop(&shown);
}

static fg_status read_body(fg_vm *vm, fg_http_call *c, const fg_object *o)
{
    const fg_value *body = o ? fg_object_find_slice(o, FG_SLICE("body")) : NULL;
    const fg_value *json = o ? fg_object_find_slice(o, FG_SLICE("json")) : NULL;
    const fg_object *form = object_option(o, "form");
    const char *type = "application/json";
    fg_value text = fg_http_option(o, "body");
    if (!json && fg_is_string(text)) {
        type = "text/plain; charset=utf-8";
        fg_bytes_slice(&c->body, fg_string_slice(text.as.str));
    } else if (json || body) {
        FG_TRY(fg_json_write(vm, json ? json : body, -1, &text));
        fg_bytes_slice(&c->body, fg_string_slice(text.as.str));
    } else if (form) {
        type = "application/x-www-form-urlencoded";
        put_pairs(&c->body, form, true);
    } else {
        return FG_OK;
    }
    if (c->body.failed)
        return FG_NOMEM;
    c->request.body = fg_bytes_view(&c->body);
    if (has_header(c, "Content-Type"))
        return FG_OK;
    fg_bytes b;
    fg_bytes_init(&b);
    fg_bytes_str(&b, type);
    return header_text(vm, c, "Content-Type", &b);
}

static fg_status read_url(fg_vm *vm, fg_http_call *c, fg_slice url, const fg_object *o)
{
    const fg_object *params = object_option(o, "params");
    const char *fragment = memchr(url.p, '#', url.n);
    fg_slice base = fg_slice_of(url.p, fragment ? (uint32_t)(fragment - url.p) : url.n);
    fg_bytes_slice(&c->url, base);
    if (params && params->keys->n) {
        fg_bytes_char(&c->url, memchr(base.p, '?', base.n) ? '&' : '?');
        put_pairs(&c->url, params, false);
    }
    fg_bytes_char(&c->url, '\0');
    if (c->url.failed)
        return FG_NOMEM;
    c->request.url = c->url.p;
    if (strlen(c->url.p) + 1 == c->url.n)
        return FG_OK;
    return fg_raise(vm, FG_E_RUNTIME, "invalid url '%.200s': it has a NUL byte",
                    c->url.p);
}

static fg_status read_method(fg_vm *vm, fg_http_call *c, const fg_object *o)
{
    fg_value v = fg_http_option(o, "method");
    fg_slice name = fg_is_string(v) ? fg_string_slice(v.as.str) : FG_SLICE("GET");
    if (!fg_is_token(name) || name.n > 32)
        return fg_raise(vm, FG_E_RUNTIME, "%s() method '%.*s' is not one",
                        c->request.what, (int)fg_utf8_fit(name, 60), name.p);
    for (uint32_t i = 0; i < name.n; i++)
        fg_bytes_char(&c->method, name.p[i] >= 'a' && name.p[i] <= 'z' ? name.p[i] - 32
                                                                       : name.p[i]);
    fg_bytes_char(&c->method, '\0');
    c->request.method = c->method.p;
    return FG_OK;
}

static void read_limits(fg_http_call *c, const fg_object *o, const fg_http_defaults *d)
{
    fg_value timeout = fg_http_option(o, "timeout"),
             redirects = fg_http_option(o, "max_redirects");
    fg_value bytes = fg_http_option(o, "max_bytes");
    double s = fg_is_number(timeout) && fg_number(timeout) > 0 ? fg_number(timeout)
                                                               : (double)d->timeout_s;
    c->request.timeout_ns = (uint64_t)((s < TIMEOUT_MAX_S ? s : TIMEOUT_MAX_S) * 1e9);
    c->request.max_bytes =
        fg_is_int(bytes) && bytes.as.i >= 0 ? (uint64_t)bytes.as.i : d->max_bytes;
    c->request.max_redirects = REDIRECTS;
    if (fg_is_int(redirects) && redirects.as.i >= 0)
        c->request.max_redirects =
            redirects.as.i < 1000 ? (uint32_t)redirects.as.i : 1000;
}

fg_status fg_http_call_read(fg_vm *vm, fg_http_call *c, const char *what,
                            const char *method, fg_slice url, fg_value options,
                            const fg_http_defaults *d)
{
    const fg_object *o = fg_is(options, FG_OBJECT) ? options.as.obj : NULL;
    memset(&c->request, 0, sizeof c->request);
    fg_begin_text(vm, &c->url);
    fg_begin_text(vm, &c->body);
    fg_begin_text(vm, &c->user);
    fg_begin_text(vm, &c->password);
    fg_begin_text(vm, &c->method);
    c->request.what = what;
    c->request.method = method;
    FG_TRY(fg_dynlib_need(vm, &fg_libcurl_dynlib, what));
    read_limits(c, o, d);
    if (d->shortened)
        o = NULL;
    if (!method)
        FG_TRY(read_method(vm, c, o));
    FG_TRY(read_url(vm, c, url, o));
    FG_TRY(read_headers(vm, c, o));
    FG_TRY(pass_id_on(vm, c));
    return d->bodiless ? FG_OK : read_body(vm, c, o);
}

void fg_http_call_drop(fg_http_call *c)
{
    if (c->request.headers) /* else it may not have been loaded */
        fg_libcurl.curl_slist_free_all(c->request.headers);
    fg_bytes_drop(&c->url);
    fg_bytes_drop(&c->body);
    fg_bytes_drop(&c->user);
    fg_bytes_drop(&c->password);
    fg_bytes_drop(&c->method);
}
