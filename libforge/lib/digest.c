// SPDX-License-Identifier: Apache-2.0
/* Hashes and signatures: begin, the text in pieces, end. */
#include "lib/digest.h"
#include "lib/lib.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#define PIECE (256u << 10) /* bytes of text between two looks at the limits */

static fg_status refused(fg_vm *vm)
{
    return fg_raise(vm, FG_E_RUNTIME,
                    "the cryptographic library of this system refuses the operation");
}

/* Hands the text to one of OpenSSL's functions that take a part of it. */
static fg_status feed(fg_vm *vm, EVP_MD_CTX *c, fg_slice text,
                      int (*take)(EVP_MD_CTX *c, const void *p, size_t n))
{
    while (text.n > 0) {
        uint32_t n = text.n < PIECE ? text.n : PIECE;
        FG_TRY(fg_work(vm, n));
        if (take(c, text.p, n) != 1)
            return refused(vm);
        text.p += n;
        text.n -= n;
    }
    return FG_OK;
}

static fg_status hash(fg_vm *vm, EVP_MD_CTX *c, const EVP_MD *md, fg_slice text,
                      fg_digest *out)
{
    unsigned n;
    if (EVP_DigestInit_ex(c, md, NULL) != 1)
        return refused(vm);
    FG_TRY(feed(vm, c, text, EVP_DigestUpdate));
    if (EVP_DigestFinal_ex(c, out->bytes, &n) != 1)
        return refused(vm);
    out->n = n;
    return FG_OK;
}

fg_status fg_hash(fg_vm *vm, const EVP_MD *md, fg_slice text, fg_digest *out)
{
    ERR_set_mark();
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    fg_status status = c ? hash(vm, c, md, text, out) : FG_NOMEM;
    EVP_MD_CTX_free(c);
    ERR_pop_to_mark();
    return status;
}

fg_status fg_hmac(fg_vm *vm, const EVP_MD *md, fg_slice text, fg_slice key,
                  fg_digest *out)
{
    size_t n = sizeof out->bytes;
    ERR_set_mark();
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(
        EVP_PKEY_HMAC, NULL, (const uint8_t *)(key.n ? key.p : ""), key.n);
    fg_status status = k ? fg_sign_text(vm, md, k, text, out->bytes, &n) : refused(vm);
    EVP_PKEY_free(k);
    ERR_pop_to_mark();
    out->n = (uint32_t)n;
    return status;
}

static fg_status sign(fg_vm *vm, EVP_MD_CTX *c, const EVP_MD *md, EVP_PKEY *key,
                      fg_slice text, uint8_t *at, size_t *n)
{
    if (EVP_DigestSignInit(c, NULL, md, NULL, key) != 1)
        return refused(vm);
    FG_TRY(feed(vm, c, text, EVP_DigestSignUpdate));
    return EVP_DigestSignFinal(c, at, n) == 1 ? FG_OK : refused(vm);
}

fg_status fg_sign_text(fg_vm *vm, const EVP_MD *md, EVP_PKEY *key, fg_slice text,
                       uint8_t *at, size_t *n)
{
    ERR_set_mark();
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    fg_status status = c ? sign(vm, c, md, key, text, at, n) : FG_NOMEM;
    EVP_MD_CTX_free(c);
    ERR_pop_to_mark();
    return status;
}

static fg_status check(fg_vm *vm, EVP_MD_CTX *c, const EVP_MD *md, EVP_PKEY *key,
                       fg_slice text, fg_slice signature, bool *good)
{
    if (EVP_DigestVerifyInit(c, NULL, md, NULL, key) != 1)
        return refused(vm);
    FG_TRY(feed(vm, c, text, EVP_DigestVerifyUpdate));
    *good = EVP_DigestVerifyFinal(c, (const uint8_t *)signature.p, signature.n) == 1;
    return FG_OK;
}

fg_status fg_check_text(fg_vm *vm, const EVP_MD *md, EVP_PKEY *key, fg_slice text,
                        fg_slice signature, bool *good)
{
    ERR_set_mark();
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    fg_status status = c ? check(vm, c, md, key, text, signature, good) : FG_NOMEM;
    EVP_MD_CTX_free(c);
    ERR_pop_to_mark();
    return status;
}

bool fg_same_secret(fg_slice a, fg_slice b)
{
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}
