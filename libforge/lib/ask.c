// SPDX-License-Identifier: Apache-2.0
/* Questions to a language model, over the chat interface that most servers of such models
 * have. */
#include "lib/env.h"
#include "lib/http_request.h"
#include "lib/json.h"
#include "lib/natives.h"

#include "base/utf8.h"

#define DEFAULT_URL "https://api.openai.com/v1/chat/completions"
#define DEFAULT_MODEL "gpt-4o-mini"
#define MAX_TOKENS 1000

static const fg_http_defaults defaults = { .timeout_s = 120, .max_bytes = 16u << 20 };

/* The variable's text, or `otherwise` when it is missing or empty; p NULL: neither. */
static fg_slice setting(const fg_vm *vm, const char *name, fg_slice otherwise)
{
    fg_slice text;
    return fg_env_get(vm, fg_slice_str(name), &text) && text.n ? text : otherwise;
}

/* {model, messages: [{role: "user", content}], max_tokens} */
static fg_status question(fg_vm *vm, const fg_value *text, fg_value *out)
{
    static const char *const message[] = { "role", "content" };
    static const char *const body[] = { "model", "messages", "max_tokens" };
    fg_value m[2], b[3];
    FG_TRY(fg_make_string(vm, FG_SLICE("user"), &m[0]));
    m[1] = *text;
    fg_array *list = fg_array_new(&vm->heap, 1);
    if (!list)
        return FG_NOMEM;
    FG_TRY(fg_push_object(vm, list, fg_record(vm, message, m, 2)));
    FG_TRY(fg_make_string(vm, setting(vm, "FORGE_AI_MODEL", FG_SLICE(DEFAULT_MODEL)),
                          &b[0]));
    b[1] = fg_obj_value(list);
    b[2] = fg_int(MAX_TOKENS);
    return fg_give_object(out, fg_record(vm, body, b, 3));
}

/* {auth, json} */
static fg_status options(fg_vm *vm, fg_slice key, const fg_value *body, fg_value *out)
{
    static const char *const names[] = { "auth", "json" };
    fg_value v[2];
    FG_TRY(fg_make_string(vm, key, &v[0]));
    v[1] = *body;
    return fg_give_object(out, fg_record(vm, names, v, 2));
}

/* v.name, or null. */
static fg_value field(fg_value v, const char *name)
{
    const fg_value *f =
        fg_is(v, FG_OBJECT) ? fg_object_find_slice(v.as.obj, fg_slice_str(name)) : NULL;
    return f ? *f : fg_null();
}

static fg_value first(fg_value v)
{
    fg_value e = fg_null();
    if (fg_is(v, FG_ARRAY) && v.as.arr->len > 0)
        fg_array_get(v.as.arr, 0, &e);
    return e;
}

/* The text of the first choice. */
static fg_status answer(fg_vm *vm, const fg_http_response *r, fg_value *out)
{
    fg_slice body = fg_intake_view(&r->body);
    fg_value v = fg_null();
    if (body.n && fg_json_valid(vm, body))
        FG_TRY(fg_json_read(vm, body, &v));
    if (r->status >= 400) {
        fg_value why = field(field(v, "error"), "message");
        fg_slice text = fg_is_string(why) ? fg_string_slice(why.as.str) : body;
        return fg_raise(vm, FG_E_RUNTIME, "ask error: HTTP %ld: %.*s", r->status,
                        (int)fg_utf8_fit(text, 300), text.p);
    }
    v = field(field(first(field(v, "choices")), "message"), "content");
    return fg_give(out, fg_is_string(v) ? v : fg_null());
}

static fg_status exchange(fg_vm *vm, fg_slice key, const fg_value *body, fg_value *out)
{
    fg_value o;
    FG_TRY(options(vm, key, body, &o));
    fg_slice url = setting(vm, "FORGE_AI_URL", FG_SLICE(DEFAULT_URL));
    fg_http_call c;
    fg_http_response r = { 0 };
    fg_status s = fg_http_call_read(vm, &c, "ask", "POST", url, o, &defaults);
    if (s == FG_OK)
        s = fg_http_transfer(vm, &c.request, &r);
    if (s == FG_OK)
        s = answer(vm, &r, out);
    fg_http_response_drop(vm, &r);
    fg_http_call_drop(&c);
    return s;
}

fg_status fg_ask(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const fg_slice none = { NULL, 0 };
    fg_slice key = setting(vm, "FORGE_AI_KEY", setting(vm, "OPENAI_API_KEY", none));
    if (!key.p) {
        fg_raise(vm, FG_E_RUNTIME,
                 "ask requires FORGE_AI_KEY or OPENAI_API_KEY environment variable");
        return fg_hint(vm, "set one of them to a key of the server at FORGE_AI_URL");
    }
    fg_bytes b;
    fg_value text, body;
    fg_begin_text(vm, &b);
    if (argc > 0)
        fg_show(&b, &argv[0]);
    FG_TRY(fg_take_bytes(vm, &b, &text));
    FG_TRY(question(vm, &text, &body));
    return exchange(vm, key, &body, out);
}
