// SPDX-License-Identifier: Apache-2.0
/* The jwt module: JSON Web Tokens in their compact form, header.payload.signature, each
 * part in base64 for URLs.
 *
 * A token says itself how it is signed, and whoever forges one chooses that.  So secrets
 * and key pairs are kept apart: a PEM key is never taken for a secret, and a caller who
 * checks with a public key must name the algorithm. */
#include "lib/jwt.h"

#include "lib/json.h"

#include "base/base64.h"
#include "base/utf8.h"

#include <stdio.h>

#define WHAT 64 /* bytes of what names a part in errors */

typedef struct token {
    fg_slice header, payload, signature;
    fg_slice text; /* what is signed: header and payload */
    bool whole;    /* there are three parts; else only the header is valid */
} token;

static token cut_token(fg_slice s)
{
    token t = { .header = s };
    const char *dots[3] = { NULL, NULL, NULL };
    const char *p = s.n ? s.p : NULL, *end = p + s.n;
    uint32_t n = 0;
    for (; p && n < 3 && (p = memchr(p, '.', (size_t)(end - p))); p++)
        dots[n++] = p;
    if (n > 0)
        t.header.n = (uint32_t)(dots[0] - s.p);
    t.whole = n == 2;
    if (!t.whole)
        return t;
    t.payload = fg_slice_of(dots[0] + 1, (size_t)(dots[1] - dots[0] - 1));
    t.signature = fg_slice_of(dots[1] + 1, (size_t)(end - dots[1] - 1));
    t.text = fg_slice_of(s.p, (size_t)(dots[1] - s.p));
    return t;
}

/* ---- reading ---------------------------------------------------------------------- */

/* Decodes a part into b, which the caller drops. */
static fg_status read_bytes(fg_vm *vm, const char *what, fg_slice part, fg_bytes *b)
{
    char why[FG_BASE64_WHY];
    fg_begin_text(vm, b);
    char *at = fg_bytes_room(b, fg_base64_room(part.n));
    if (!at)
        return FG_NOMEM;
    if (fg_base64_decode(part, FG_BASE64_URL, at, &b->n, why))
        return FG_OK;
    return fg_raise(vm, FG_E_RUNTIME, "%s encoding: %s", what, why);
}

/* The value that a part describes.  Never collects. */
static fg_status read_json(fg_vm *vm, const char *what, fg_slice part, fg_value *out)
{
    char name[WHAT];
    fg_bytes b;
    snprintf(name, sizeof name, "%s JSON", what);
    fg_status status = read_bytes(vm, what, part, &b);
    if (status == FG_OK)
        status = fg_json_read_as(vm, name, fg_bytes_view(&b), out);
    fg_bytes_drop(&b);
    return status;
}

/* ---- algorithms ------------------------------------------------------------------- */

/* The algorithm with this name in capitals; an error without. */
static fg_status find_algorithm(fg_vm *vm, fg_slice name, const fg_jwt_algorithm **out)
{
    char text[WHAT];
    fg_slice upper = { text, fg_utf8_fit(name, sizeof text) };
    for (uint32_t i = 0; i < upper.n; i++) {
        char c = name.p[i];
        text[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    if (fg_slice_eq(upper, FG_SLICE("NONE")))
        return fg_raise(vm, FG_E_RUNTIME,
                        "algorithm 'none' is not allowed for security reasons");
    *out = fg_jwt_algorithm_of(upper);
    if (!*out)
        return fg_raise(vm, FG_E_RUNTIME, "unsupported JWT algorithm: %.*s",
                        (int)upper.n, upper.p);
    return FG_OK;
}

/* Option `algorithm`; NULL without it. */
static fg_status algorithm_option(fg_vm *vm, const char *function, fg_value options,
                                  const fg_jwt_algorithm **out)
{
    fg_value name;
    *out = NULL;
    FG_TRY(fg_jwt_option(vm, function, options, "algorithm", &name));
    return fg_is_null(name) ? FG_OK
                            : find_algorithm(vm, fg_string_slice(name.as.str), out);
}

/* A secret must be one: not empty, and no key whose other half is public. */
static fg_status check_secret(fg_vm *vm, const char *error, const fg_jwt_algorithm *a,
                              fg_slice key)
{
    if (a->family != FG_JWT_SECRET)
        return FG_OK;
    if (key.n == 0)
        return fg_raise(vm, FG_E_RUNTIME, "%s: the secret is empty", error);
    if (fg_jwt_is_pem(key))
        return fg_raise(vm, FG_E_RUNTIME, "%s: %s takes a secret, not a PEM key", error,
                        a->name);
    return FG_OK;
}

static fg_status check_options(fg_vm *vm, const char *function, fg_value options)
{
    if (fg_is_null(options) || fg_is(options, FG_OBJECT))
        return FG_OK;
    return fg_raise(vm, FG_E_RUNTIME, "%s options must be an object, got %s", function,
                    fg_type_name(&options));
}

/* ---- sign --------------------------------------------------------------------------- */

static void put_base64(fg_bytes *b, fg_slice bytes)
{
    uint64_t n = fg_base64_length(bytes.n, FG_BASE64_URL);
    char *at = fg_bytes_room(b, n);
    if (!at)
        return;
    fg_base64_encode(at, bytes.p, bytes.n, FG_BASE64_URL);
    b->n += (uint32_t)n;
}

/* Appends header and payload. */
static fg_status put_text(fg_vm *vm, const fg_jwt_algorithm *a, const fg_value *claims,
                          fg_bytes *b)
{
    char header[WHAT];
    fg_bytes json;
    snprintf(header, sizeof header, "{\"typ\":\"JWT\",\"alg\":\"%s\"}", a->name);
    put_base64(b, fg_slice_str(header));
    fg_bytes_char(b, '.');
    fg_begin_text(vm, &json);
    fg_status status = fg_jwt_write(vm, claims, &json);
    if (json.failed)
        b->failed = true;
    else
        put_base64(b, fg_bytes_view(&json));
    fg_bytes_drop(&json);
    return status == FG_OK && b->failed ? FG_NOMEM : status;
}

static fg_status put_signature(fg_vm *vm, const fg_jwt_algorithm *a, fg_slice key,
                               fg_bytes *b)
{
    fg_bytes signature;
    fg_bytes_init(&signature);
    fg_status status = fg_jwt_sign(vm, a, fg_bytes_view(b), key, &signature);
    fg_bytes_char(b, '.');
    put_base64(b, fg_bytes_view(&signature));
    fg_bytes_drop(&signature);
    return status;
}

static fg_status jwt_sign(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value claims = fg_arg(argc, argv, 0), key = fg_arg(argc, argv, 1),
             options = fg_arg(argc, argv, 2);
    const fg_jwt_algorithm *a;
    fg_bytes b;
    if (!fg_is(claims, FG_OBJECT))
        return fg_raise(vm, FG_E_RUNTIME,
                        "jwt.sign() requires an object as first argument (claims)");
    if (!fg_is_string(key))
        return fg_raise(vm, FG_E_RUNTIME,
                        "jwt.sign() requires a string as second argument (secret)");
    FG_TRY(check_options(vm, "jwt.sign()", options));
    FG_TRY(algorithm_option(vm, "jwt.sign()", options, &a));
    if (!a)
        a = fg_jwt_algorithm_of(FG_SLICE("HS256"));
    FG_TRY(check_secret(vm, "jwt.sign error", a, fg_string_slice(key.as.str)));
    FG_TRY(fg_jwt_complete(vm, claims.as.obj, options, out));
    fg_begin_text(vm, &b);
    fg_status status = put_text(vm, a, out, &b);
    if (status == FG_OK)
        status = put_signature(vm, a, fg_string_slice(key.as.str), &b);
    if (status == FG_OK)
        return fg_take_bytes(vm, &b, out);
    fg_bytes_drop(&b);
    return status;
}

/* ---- verify ------------------------------------------------------------------------- */

/* The algorithm that the header names.  Never collects. */
static fg_status read_header(fg_vm *vm, const token *t, const fg_jwt_algorithm **out)
{
    fg_value header, name;
    FG_TRY(read_json(vm, "JWT invalid header", t->header, &header));
    name = fg_option(header, "alg");
    if (!fg_is_string(name))
        return fg_raise(vm, FG_E_RUNTIME, "JWT header missing 'alg' field");
    FG_TRY(find_algorithm(vm, fg_string_slice(name.as.str), out));
    if (!fg_slice_eq(fg_string_slice(name.as.str), fg_slice_str((*out)->name)))
        return fg_raise(vm, FG_E_RUNTIME,
                        "JWT decode error: algorithm names are written in capitals");
    if (!t->whole)
        return fg_raise(vm, FG_E_RUNTIME,
                        "JWT decode error: invalid token format (expected 3 parts)");
    /* "crit" lists extensions without which a token must not be accepted. */
    if (fg_object_find_slice(header.as.obj, FG_SLICE("crit")))
        return fg_raise(vm, FG_E_RUNTIME,
                        "JWT decode error: the header demands unknown extensions");
    return FG_OK;
}

/* May the token be checked in the way that it says? */
static fg_status check_algorithm(fg_vm *vm, const fg_jwt_algorithm *says, fg_slice key,
                                 fg_value options)
{
    const fg_jwt_algorithm *expected;
    FG_TRY(algorithm_option(vm, "jwt.verify()", options, &expected));
    if (expected && expected != says)
        return fg_raise(
            vm, FG_E_RUNTIME,
            "JWT algorithm mismatch: token header says %s but caller expects %s",
            says->name, expected->name);
    if (!expected && says->family != FG_JWT_SECRET) {
        fg_raise(vm, FG_E_RUNTIME,
                 "JWT algorithm mismatch: token header says %s but caller names no "
                 "algorithm",
                 says->name);
        return fg_advise(vm,
                         "with a public key, name the algorithm: jwt.verify(token, "
                         "key, {algorithm: \"%s\"})",
                         says->name);
    }
    return check_secret(vm, "JWT algorithm mismatch", says, key);
}

static fg_status check_signature(fg_vm *vm, const fg_jwt_algorithm *a, const token *t,
                                 fg_slice key)
{
    bool good = false;
    fg_bytes b;
    fg_status status =
        read_bytes(vm, "JWT verification error: invalid signature", t->signature, &b);
    if (status == FG_OK)
        status = fg_jwt_check(vm, a, t->text, key, fg_bytes_view(&b), &good);
    fg_bytes_drop(&b);
    if (status == FG_OK && !good)
        return fg_raise(vm, FG_E_RUNTIME, "JWT signature verification failed");
    return status;
}

static fg_status jwt_verify(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value text = fg_arg(argc, argv, 0), secret = fg_arg(argc, argv, 1),
             options = fg_arg(argc, argv, 2);
    const fg_jwt_algorithm *a;
    if (!fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME,
                        "jwt.verify() requires a string as first argument (token)");
    if (!fg_is_string(secret))
        return fg_raise(vm, FG_E_RUNTIME,
                        "jwt.verify() requires a string as second argument (secret)");
    FG_TRY(check_options(vm, "jwt.verify()", options));
    fg_slice key = fg_string_slice(secret.as.str);
    token t = cut_token(fg_string_slice(text.as.str));
    FG_TRY(fg_work(vm, text.as.str->len));
    FG_TRY(read_header(vm, &t, &a));
    FG_TRY(check_algorithm(vm, a, key, options));
    FG_TRY(check_signature(vm, a, &t, key));
    FG_TRY(read_json(vm, "JWT verification error: invalid payload", t.payload, out));
    if (!fg_is(*out, FG_OBJECT))
        return fg_raise(vm, FG_E_RUNTIME, "JWT invalid token format");
    return fg_jwt_judge(vm, out->as.obj, options);
}

static fg_status jwt_valid(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_status status = jwt_verify(vm, argc, argv, out);
    if (status != FG_OK && status != FG_RAISED)
        return status;
    if (status == FG_RAISED)
        fg_error_clear(vm);
    return fg_give(out, fg_bool(status == FG_OK));
}

/* ---- decode ------------------------------------------------------------------------- */

static fg_status jwt_decode(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char *const names[] = { "header", "payload" };
    fg_value text = fg_arg(argc, argv, 0), parts[2];
    if (!fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME,
                        "jwt.decode() requires a string as first argument (token)");
    FG_TRY(fg_work(vm, text.as.str->len));
    token t = cut_token(fg_string_slice(text.as.str));
    if (!t.whole)
        return fg_raise(vm, FG_E_RUNTIME,
                        "jwt.decode() invalid token format (expected 3 parts)");
    FG_TRY(read_json(vm, "jwt.decode() invalid header", t.header, &parts[0]));
    FG_TRY(read_json(vm, "jwt.decode() invalid payload", t.payload, &parts[1]));
    return fg_give_object(out, fg_record(vm, names, parts, FG_COUNT(names)));
}

static const fg_member members[] = {
    FG_FN("jwt.sign", jwt_sign, FG_CAP_NONE,
          "(claims, secret, options?): a signed token; options: algorithm, expires, "
          "not_before, issuer, audience, subject"),
    FG_FN("jwt.verify", jwt_verify, FG_CAP_NONE,
          "(token, secret, options?): the claims of a token that is genuine and valid "
          "now; options: algorithm, issuer, audience, subject, leeway"),
    FG_FN("jwt.decode", jwt_decode, FG_CAP_NONE,
          "(token): header and payload, unchecked: anybody may have written them"),
    FG_FN("jwt.valid", jwt_valid, FG_CAP_NONE,
          "(token, secret, options?): would jwt.verify accept it?"),
};

const fg_module fg_jwt_module = { "jwt", FG_COUNT(members), members };
