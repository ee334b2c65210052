// SPDX-License-Identifier: Apache-2.0
/* Keys and signatures of JSON Web Tokens (RFC 7518): secrets, RSA with PKCS #1 v1.5, and
 * ECDSA, whose signatures are the two numbers r and s side by side where OpenSSL wants
 * ASN.1. */
#include "lib/jwt.h"

#include "lib/digest.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

#define PEM_MAX 8192   /* bytes of key text */
#define RSA_LEAST 2048 /* bits */
#define RSA_MOST 8192  /* what a signature takes grows with their cube */
#define ECDSA_MAX 160  /* bytes of a signature in ASN.1, at most */

static const fg_jwt_algorithm algorithms[] = {
#define X(name, family, hash, curve, curve_name, half)                                 \
    { #name, FG_JWT_##family, EVP_##hash, curve, curve_name, half },
    FG_JWT_ALGORITHMS(X)
#undef X
};

const fg_jwt_algorithm *fg_jwt_algorithm_of(fg_slice name)
{
    for (size_t i = 0; i < FG_COUNT(algorithms); i++)
        if (fg_slice_eq(name, fg_slice_str(algorithms[i].name)))
            return &algorithms[i];
    return NULL;
}

bool fg_jwt_is_pem(fg_slice key) { return fg_find(key, FG_SLICE("-----BEGIN ")); }

/* ---- keys ----------------------------------------------------------------------- */

static const char *family_name(const fg_jwt_algorithm *a)
{
    return a->family == FG_JWT_RSA ? "RSA" : "EC";
}

/* Called for keys that need a passphrase, which would be asked for at the terminal. */
static int no_passphrase(char *at, int size, int writing, void *asked)
{
    (void)at;
    (void)size;
    (void)writing;
    *(bool *)asked = true;
    return -1;
}

/* Why the key is not one for the algorithm, or NULL. */
static const char *unfit(const fg_jwt_algorithm *a, const EVP_PKEY *key, char *at,
                         size_t size)
{
    char curve[64];
    int bits = EVP_PKEY_get_bits(key);
    if (a->family == FG_JWT_RSA) {
        if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
            return "it is a key of another kind";
        if (bits >= RSA_LEAST && bits <= RSA_MOST)
            return NULL;
        snprintf(at, size, "it has %d bits, from %d to %d are accepted", bits,
                 RSA_LEAST, RSA_MOST);
        return at;
    }
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
        return "it is a key of another kind";
    if (EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) == 1
        && strcmp(curve, a->curve) == 0)
        return NULL;
    snprintf(at, size, "%s takes a key on the curve %s", a->name, a->curve_name);
    return at;
}

/* Reads the private or public key; NULL: *why tells what is wrong, maybe in `at`. */
static EVP_PKEY *read_key(const fg_jwt_algorithm *a, fg_slice text, bool private,
                          const char **why, char *at, size_t size)
{
    bool asked = false;
    BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
    EVP_PKEY *key = NULL;
    if (bio && private)
        key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
    else if (bio)
        key = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, &asked);
    BIO_free(bio);
    if (key) {
        *why = unfit(a, key, at, size);
        if (!*why)
            return key;
    } else {
        *why = asked     ? "it is protected by a passphrase"
               : private ? "no private key is found in it"
                         : "no public key is found in it";
    }
    EVP_PKEY_free(key);
    return NULL;
}

static fg_status key_of(fg_vm *vm, const fg_jwt_algorithm *a, fg_slice text,
                        bool private, EVP_PKEY **out)
{
    char at[96];
    const char *why = "it is longer than a key";
    *out = NULL;
    if (text.n <= PEM_MAX) {
        ERR_set_mark();
        *out = read_key(a, text, private, &why, at, sizeof at);
        ERR_pop_to_mark();
    }
    if (*out)
        return FG_OK;
    fg_raise(vm, FG_E_RUNTIME, "invalid %s PEM key: %s", family_name(a), why);
    return fg_advise(vm, "%s takes the text from \"-----BEGIN %s KEY-----\" on",
                     a->name, private ? "PRIVATE" : "PUBLIC");
}

/* ---- signatures of curves -------------------------------------------------------- */

/* The n bytes of ASN.1 in der as r and s; false if they are not. */
static bool from_der(const uint8_t *der, size_t n, uint32_t half, uint8_t *at)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
    bool done = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), at, (int)half) >= 0
                && BN_bn2binpad(ECDSA_SIG_get0_s(sig), at + half, (int)half) >= 0;
    ECDSA_SIG_free(sig);
    return done;
}

/* The other way round: the bytes written to der, 0 if there are none. */
static size_t to_der(const uint8_t *rs, uint32_t half, uint8_t *der)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(rs, (int)half, NULL);
    BIGNUM *s = BN_bin2bn(rs + half, (int)half, NULL);
    int n = 0;
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* they are sig's now */
        if (i2d_ECDSA_SIG(sig, NULL) <= ECDSA_MAX)
            n = i2d_ECDSA_SIG(sig, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return n > 0 ? (size_t)n : 0;
}

/* ---- signing and checking -------------------------------------------------------- */

static fg_status sign_with_key(fg_vm *vm, const fg_jwt_algorithm *a, EVP_PKEY *key,
                               fg_slice text, fg_bytes *b)
{
    uint8_t signature[RSA_MOST / 8], rs[2 * 48];
    size_t n = sizeof signature;
    FG_TRY(fg_sign_text(vm, a->hash(), key, text, signature, &n));
    if (a->family == FG_JWT_RSA) {
        fg_bytes_put(b, signature, n);
        return FG_OK;
    }
    if (!from_der(signature, n, a->half, rs))
        return fg_raise(vm, FG_E_RUNTIME, "jwt.sign error: no signature was made");
    fg_bytes_put(b, rs, 2 * a->half);
    return FG_OK;
}

fg_status fg_jwt_sign(fg_vm *vm, const fg_jwt_algorithm *a, fg_slice text, fg_slice key,
                      fg_bytes *b)
{
    if (a->family == FG_JWT_SECRET) {
        fg_digest d;
        FG_TRY(fg_hmac(vm, a->hash(), text, key, &d));
        fg_bytes_put(b, d.bytes, d.n);
        return FG_OK;
    }
    EVP_PKEY *k;
    FG_TRY(key_of(vm, a, key, true, &k));
    fg_status status = sign_with_key(vm, a, k, text, b);
    EVP_PKEY_free(k);
    return status;
}

static fg_status check_with_key(fg_vm *vm, const fg_jwt_algorithm *a, EVP_PKEY *key,
                                fg_slice text, fg_slice signature, bool *good)
{
    uint8_t der[ECDSA_MAX];
    if (a->family == FG_JWT_EC) {
        *good = false;
        if (signature.n != 2 * a->half)
            return FG_OK;
        size_t n = to_der((const uint8_t *)signature.p, a->half, der);
        signature = fg_slice_of((const char *)der, n);
    }
    return fg_check_text(vm, a->hash(), key, text, signature, good);
}

fg_status fg_jwt_check(fg_vm *vm, const fg_jwt_algorithm *a, fg_slice text,
                       fg_slice key, fg_slice signature, bool *good)
{
    if (a->family == FG_JWT_SECRET) {
        fg_digest d;
        FG_TRY(fg_hmac(vm, a->hash(), text, key, &d));
        *good = fg_same_secret(fg_slice_of((const char *)d.bytes, d.n), signature);
        return FG_OK;
    }
    EVP_PKEY *k;
    FG_TRY(key_of(vm, a, key, false, &k));
    fg_status status = check_with_key(vm, a, k, text, signature, good);
    EVP_PKEY_free(k);
    return status;
}
