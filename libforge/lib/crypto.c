// SPDX-License-Identifier: Apache-2.0
/* The crypto module: hashes, encodings, signed values, random tokens.  Text is taken as
 * its bytes; what a decoder gives is text again, so bytes that are not UTF-8 become
 * U+FFFD. */
#include "lib/crypto.h"
#include "lib/digest.h"
#include "lib/lib.h"
#include "lib/random.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/utf8.h"

#include <stdio.h>

#define RANDOM_MAX (1 << 20) /* bytes of random_bytes() */
#define TOKEN_MAX 1024       /* bytes of random_token() */
#define TOKEN_DEFAULT 32

/* The first n arguments if they are strings; `what` says so for the error. */
static fg_status strings(fg_vm *vm, int argc, const fg_value *argv, int n,
                         const char *name, const char *what, fg_slice *s)
{
    for (int i = 0; i < n; i++) {
        fg_value v = fg_arg(argc, argv, i);
        if (!fg_is_string(v))
            return fg_raise(vm, FG_E_RUNTIME, "%s requires %s", name, what);
        s[i] = fg_string_slice(v.as.str);
    }
    return FG_OK;
}

/* ---- hexadecimal ---------------------------------------------------------------- */

static fg_status give_hex(fg_vm *vm, const fg_digest *d, fg_value *out)
{
    char text[2 * sizeof d->bytes];
    fg_hex_encode(text, d->bytes, d->n);
    return fg_give_object(out, fg_string_new(&vm->heap, text, 2 * d->n));
}

static int digit_of(char c)
{
    char low = (char)(c | 0x20);
    if (c >= '0' && c <= '9')
        return c - '0';
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static fg_status crypto_hex_encode(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s;
    FG_TRY(strings(vm, argc, argv, 1, "crypto.hex_encode()", "a string", &s));
    FG_TRY(fg_check_room(vm, "crypto.hex_encode()", 2 * (uint64_t)s.n, 1));
    FG_TRY(fg_work(vm, s.n));
    FG_TRY(fg_give_object(out, fg_string_new(&vm->heap, NULL, 2 * s.n)));
    fg_hex_encode(fg_string_bytes(out->as.str), s.p, s.n);
    return FG_OK;
}

/* Names the character at byte `at`, which is no digit. */
static fg_status bad_digit(fg_vm *vm, fg_slice s, uint32_t at)
{
    static const char controls[] = "\n\r\t", names[] = "nrt";
    char text[16];
    uint32_t cp;
    fg_utf8_get(s.p + at, s.p + s.n, &cp);
    const char *control = cp && cp < 0x80 ? strchr(controls, (int)cp) : NULL;
    if (control)
        snprintf(text, sizeof text, "\\%c", names[control - controls]);
    else if (cp < 0x20 || cp == 0x7F)
        snprintf(text, sizeof text, "\\u{%x}", cp);
    else
        text[fg_utf8_put(text, cp)] = '\0';
    return fg_raise(vm, FG_E_RUNTIME,
                    "hex decode error: Invalid character '%s' at position %u", text,
                    at);
}

static fg_status crypto_hex_decode(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s;
    fg_bytes b;
    FG_TRY(strings(vm, argc, argv, 1, "crypto.hex_decode()", "a string", &s));
    if (s.n % 2)
        return fg_raise(vm, FG_E_RUNTIME, "hex decode error: Odd number of digits");
    FG_TRY(fg_work(vm, s.n));
    for (uint32_t i = 0; i < s.n; i++)
        if (digit_of(s.p[i]) < 0)
            return bad_digit(vm, s, i);
    fg_begin_text(vm, &b);
    char *at = fg_bytes_room(&b, s.n / 2);
    for (uint32_t i = 0; at && i < s.n / 2; i++)
        at[b.n++] = (char)(digit_of(s.p[2 * i]) << 4 | digit_of(s.p[2 * i + 1]));
    return fg_take_text(vm, &b, out);
}

/* ---- hashes --------------------------------------------------------------------- */

static fg_status hash(fg_vm *vm, int argc, const fg_value *argv, const EVP_MD *md,
                      const char *name, fg_value *out)
{
    fg_slice s;
    fg_digest d;
    FG_TRY(strings(vm, argc, argv, 1, name, "a string", &s));
    FG_TRY(fg_hash(vm, md, s, &d));
    return give_hex(vm, &d, out);
}

static fg_status hmac(fg_vm *vm, int argc, const fg_value *argv, const EVP_MD *md,
                      const char *name, fg_value *out)
{
    fg_slice s[2];
    fg_digest d;
    FG_TRY(strings(vm, argc, argv, 2, name, "(message, key) strings", s));
    FG_TRY(fg_hmac(vm, md, s[0], s[1], &d));
    return give_hex(vm, &d, out);
}

#define HASH(name)                                                                     \
    static fg_status crypto_##name(fg_vm *vm, int argc, fg_value *argv, fg_value *out) \
    {                                                                                  \
        return hash(vm, argc, argv, EVP_##name(), "crypto." #name "()", out);          \
    }
HASH(md5)
HASH(sha1)
HASH(sha256)
HASH(sha384)
HASH(sha512)

#define HMAC(md)                                                                       \
    static fg_status crypto_hmac_##md(fg_vm *vm, int argc, fg_value *argv,             \
                                      fg_value *out)                                   \
    {                                                                                  \
        return hmac(vm, argc, argv, EVP_##md(), "crypto.hmac_" #md "()", out);         \
    }
HMAC(sha256)
HMAC(sha512)

/* ---- base64 --------------------------------------------------------------------- */

static fg_status encode(fg_vm *vm, int argc, fg_value *argv, unsigned kind,
                        const char *name, fg_value *out)
{
    fg_slice s;
    FG_TRY(strings(vm, argc, argv, 1, name, "a string", &s));
    uint64_t n = fg_base64_length(s.n, kind);
    FG_TRY(fg_check_room(vm, name, n, 1));
    FG_TRY(fg_work(vm, s.n));
    FG_TRY(fg_give_object(out, fg_string_new(&vm->heap, NULL, n)));
    fg_base64_encode(fg_string_bytes(out->as.str), s.p, s.n, kind);
    return FG_OK;
}

static fg_status decode(fg_vm *vm, int argc, fg_value *argv, unsigned kind,
                        const char *name, fg_value *out)
{
    fg_slice s;
    fg_bytes b;
    char why[FG_BASE64_WHY];
    FG_TRY(strings(vm, argc, argv, 1, name, "a string", &s));
    FG_TRY(fg_work(vm, s.n));
    fg_begin_text(vm, &b);
    char *at = fg_bytes_room(&b, fg_base64_room(s.n));
    if (!at || fg_base64_decode(s, kind, at, &b.n, why))
        return fg_take_text(vm, &b, out);
    fg_bytes_drop(&b);
    return fg_raise(vm, FG_E_RUNTIME, "base64 decode error: %s", why);
}

static fg_status crypto_base64_encode(fg_vm *vm, int argc, fg_value *argv,
                                      fg_value *out)
{
    return encode(vm, argc, argv, FG_BASE64_PAD, "crypto.base64_encode()", out);
}

static fg_status crypto_base64_decode(fg_vm *vm, int argc, fg_value *argv,
                                      fg_value *out)
{
    return decode(vm, argc, argv, FG_BASE64_PAD, "crypto.base64_decode()", out);
}

static fg_status crypto_base64url_encode(fg_vm *vm, int argc, fg_value *argv,
                                         fg_value *out)
{
    return encode(vm, argc, argv, FG_BASE64_URL, "crypto.base64url_encode()", out);
}

static fg_status crypto_base64url_decode(fg_vm *vm, int argc, fg_value *argv,
                                         fg_value *out)
{
    return decode(vm, argc, argv, FG_BASE64_URL | FG_BASE64_ANY,
                  "crypto.base64url_decode()", out);
}

/* ---- chance --------------------------------------------------------------------- */

static fg_status crypto_random_bytes(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char name[] = "crypto.random_bytes()";
    fg_value n = fg_arg(argc, argv, 0);
    if (!fg_is_int(n))
        return fg_raise(vm, FG_E_RUNTIME, "%s requires an integer length", name);
    if (n.as.i < 0 || n.as.i > RANDOM_MAX)
        return fg_raise(vm, FG_E_RUNTIME, "%s length must be between 0 and %d", name,
                        RANDOM_MAX);
    FG_TRY(fg_work(vm, (uint64_t)n.as.i));
    FG_TRY(fg_check_room(vm, name, 2 * (uint64_t)n.as.i, 1));
    FG_TRY(fg_give_object(out, fg_string_new(&vm->heap, NULL, 2 * (size_t)n.as.i)));
    char *at = fg_string_bytes(out->as.str);
    uint8_t part[256];
    for (size_t left = (size_t)n.as.i, k; left > 0; left -= k, at += 2 * k) {
        k = left < sizeof part ? left : sizeof part;
        FG_TRY(fg_random_secret(vm, name, part, k));
        fg_hex_encode(at, part, (uint32_t)k);
    }
    return FG_OK;
}

static fg_status crypto_random_token(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char name[] = "crypto.random_token()";
    fg_value n = fg_arg(argc, argv, 0);
    uint8_t bytes[TOKEN_MAX];
    if (fg_is_null(n))
        n = fg_int(TOKEN_DEFAULT);
    if (!fg_is_int(n))
        return fg_raise(vm, FG_E_RUNTIME, "%s requires an integer length", name);
    if (n.as.i < 1 || n.as.i > TOKEN_MAX)
        return fg_raise(vm, FG_E_RUNTIME, "%s length must be between 1 and %d", name,
                        TOKEN_MAX);
    uint32_t count = (uint32_t)n.as.i;
    uint64_t length = fg_base64_length(count, FG_BASE64_URL);
    FG_TRY(fg_random_secret(vm, name, bytes, count));
    FG_TRY(fg_give_object(out, fg_string_new(&vm->heap, NULL, length)));
    fg_base64_encode(fg_string_bytes(out->as.str), bytes, count, FG_BASE64_URL);
    return FG_OK;
}

/* ---- secrets -------------------------------------------------------------------- */

static fg_status crypto_equal(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s[2];
    FG_TRY(strings(vm, argc, argv, 2, "crypto.equal()", "two strings", s));
    FG_TRY(fg_work(vm, s[0].n));
    return fg_give(out, fg_bool(fg_same_secret(s[0], s[1])));
}

#define SIGNATURE 43 /* characters of a SHA-256 in base64 */

/* The signature of a value.  An empty secret is one that everybody knows. */
static fg_status signature_of(fg_vm *vm, const char *name, fg_slice value,
                              fg_slice secret, char *at)
{
    fg_digest d;
    if (secret.n == 0)
        return fg_raise(vm, FG_E_RUNTIME, "%s secret must not be empty", name);
    FG_TRY(fg_hmac(vm, EVP_sha256(), value, secret, &d));
    fg_base64_encode(at, d.bytes, d.n, FG_BASE64_URL);
    return FG_OK;
}

static fg_status crypto_sign(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s[2];
    fg_bytes b;
    char signature[SIGNATURE];
    FG_TRY(strings(vm, argc, argv, 2, "crypto.sign()", "(value, secret) strings", s));
    FG_TRY(fg_check_room(vm, "crypto.sign()", (uint64_t)s[0].n + 1 + SIGNATURE, 1));
    FG_TRY(signature_of(vm, "crypto.sign()", s[0], s[1], signature));
    fg_begin_text(vm, &b);
    fg_bytes_slice(&b, s[0]);
    fg_bytes_char(&b, '.');
    fg_bytes_put(&b, signature, sizeof signature);
    return fg_take_bytes(vm, &b, out);
}

static fg_status crypto_unsign(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_slice s[2];
    char signature[SIGNATURE];
    FG_TRY(strings(vm, argc, argv, 2, "crypto.unsign()", "(text, secret) strings", s));
    bool cut = s[0].n > SIGNATURE && s[0].p[s[0].n - SIGNATURE - 1] == '.';
    uint32_t n = cut ? s[0].n - SIGNATURE - 1 : 0;
    FG_TRY(
        signature_of(vm, "crypto.unsign()", fg_slice_of(s[0].p, n), s[1], signature));
    if (!cut
        || !fg_same_secret(fg_slice_of(s[0].p + n + 1, SIGNATURE),
                           fg_slice_of(signature, SIGNATURE)))
        return fg_give(out, fg_null());
    fg_string *whole = fg_arg(argc, argv, 0).as.str;
    return fg_give_object(out, fg_string_part(&vm->heap, whole, 0, n));
}

static const fg_member members[] = {
    FG_FN("crypto.sha256", crypto_sha256, FG_CAP_NONE,
          "(s): the hash of s in hexadecimal digits"),
    FG_FN("crypto.sha384", crypto_sha384, FG_CAP_NONE,
          "(s): the hash of s in hexadecimal digits"),
    FG_FN("crypto.sha512", crypto_sha512, FG_CAP_NONE,
          "(s): the hash of s in hexadecimal digits"),
    FG_FN("crypto.sha1", crypto_sha1, FG_CAP_NONE,
          "(s): the hash that old protocols ask for; not for security"),
    FG_FN("crypto.md5", crypto_md5, FG_CAP_NONE,
          "(s): the hash that old protocols ask for; not for security"),
    FG_FN("crypto.hmac_sha256", crypto_hmac_sha256, FG_CAP_NONE,
          "(message, key): the keyed hash in hexadecimal digits"),
    FG_FN("crypto.hmac_sha512", crypto_hmac_sha512, FG_CAP_NONE,
          "(message, key): the keyed hash in hexadecimal digits"),
    FG_FN("crypto.base64_encode", crypto_base64_encode, FG_CAP_NONE,
          "(s): s in base64, padded"),
    FG_FN("crypto.base64_decode", crypto_base64_decode, FG_CAP_NONE,
          "(s): the text that padded base64 stands for"),
    FG_FN("crypto.base64url_encode", crypto_base64url_encode, FG_CAP_NONE,
          "(s): s in base64 for URLs, without padding"),
    FG_FN("crypto.base64url_decode", crypto_base64url_decode, FG_CAP_NONE,
          "(s): the text that base64 for URLs stands for, padded or not"),
    FG_FN("crypto.hex_encode", crypto_hex_encode, FG_CAP_NONE,
          "(s): the bytes of s in hexadecimal digits"),
    FG_FN("crypto.hex_decode", crypto_hex_decode, FG_CAP_NONE,
          "(s): the text that hexadecimal digits stand for"),
    FG_FN("crypto.random_bytes", crypto_random_bytes, FG_CAP_NONE,
          "(n): n random bytes in hexadecimal digits"),
    FG_FN("crypto.random_token", crypto_random_token, FG_CAP_NONE,
          "(n = 32): n random bytes in base64 for URLs, as a secret to hand out"),
    FG_FN("crypto.uuid7", fg_random_uuid7, FG_CAP_NONE,
          "(): a UUID (version 7) that is greater than all before"),
    FG_FN("crypto.equal", crypto_equal, FG_CAP_NONE,
          "(a, b): are the strings equal?  The time does not tell where they differ"),
    FG_FN("crypto.sign", crypto_sign, FG_CAP_NONE,
          "(value, secret): \"value.signature\" for crypto.unsign"),
    FG_FN("crypto.unsign", crypto_unsign, FG_CAP_NONE,
          "(text, secret): the value that was signed with the secret, else null"),
    FG_FN("crypto.hash_password", fg_crypto_hash_password, FG_CAP_NONE,
          "(password, options?): a text to keep instead of the password; slow by "
          "intention, other tasks and cancellation wait for it; options: memory in "
          "KiB, passes, lanes"),
    FG_FN("crypto.verify_password", fg_crypto_verify_password, FG_CAP_NONE,
          "(password, hash): does hash_password's text belong to the password?"),
};

const fg_module fg_crypto_module = { "crypto", FG_COUNT(members), members };
