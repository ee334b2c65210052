// SPDX-License-Identifier: Apache-2.0
/* Hashes and signatures: begin, the text in pieces, end. */
#include "lib/digest.h"
#include "lib/lib.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#define PIECE (256u << 10) /* bytes of text between two looks at the limits */
#define BLOCK_MAX 128      /* bytes that SHA-512 works on at once */
#define INNER 0x36
#define OUTER 0x5c

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

/* The hash of `before` and then text. */
static fg_status hash(fg_vm *vm, EVP_MD_CTX *c, const EVP_MD *md, fg_slice before,
                      fg_slice text, fg_digest *out)
{
    unsigned n;
    if (EVP_DigestInit_ex(c, md, NULL) != 1
        || EVP_DigestUpdate(c, before.p, before.n) != 1)
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
    fg_status status = c ? hash(vm, c, md, FG_SLICE(""), text, out) : FG_NOMEM;
    EVP_MD_CTX_free(c);
    ERR_pop_to_mark();
    return status;
}

static fg_slice digest_slice(const fg_digest *d)
{
    return fg_slice_of((const char *)d->bytes, d->n);
}

/* RFC 2104.  OpenSSL's own costs many times as much for the short texts that most are,
 * because it looks up its parts by name each time. */
static fg_status hmac(fg_vm *vm, EVP_MD_CTX *c, const EVP_MD *md, fg_slice text,
                      fg_slice key, char *pad, fg_digest *out)
{
    fg_slice block = fg_slice_of(pad, (size_t)EVP_MD_get_block_size(md));
    assert(block.n <= BLOCK_MAX);
    if (key.n > block.n) {
        FG_TRY(hash(vm, c, md, FG_SLICE(""), key, out));
        key = digest_slice(out);
    }
    for (uint32_t i = 0; i < block.n; i++)
        pad[i] = (char)((i < key.n ? key.p[i] : 0) ^ INNER);
    FG_TRY(hash(vm, c, md, block, text, out));
    for (uint32_t i = 0; i < block.n; i++)
        pad[i] ^= INNER ^ OUTER;
    return hash(vm, c, md, block, digest_slice(out), out);
}

fg_status fg_hmac(fg_vm *vm, const EVP_MD *md, fg_slice text, fg_slice key,
                  fg_digest *out)
{
    char pad[BLOCK_MAX];
    ERR_set_mark();
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    fg_status status = c ? hmac(vm, c, md, text, key, pad, out) : FG_NOMEM;
    OPENSSL_cleanse(pad, sizeof pad);
    EVP_MD_CTX_free(c);
    ERR_pop_to_mark();
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
