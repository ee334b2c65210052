// SPDX-License-Identifier: Apache-2.0
/* Hashes, keyed hashes and signatures of text on OpenSSL.
 *
 * Text is taken in pieces between which the fork can be stopped; that may collect, so the
 * text must be reachable or outside the heap.  OpenSSL's queue of errors is left as it was
 * found, because other users of the thread look into it. */
#ifndef FG_DIGEST_H
#define FG_DIGEST_H

#include "run/vm.h"

#include <openssl/evp.h>

typedef struct fg_digest {
    uint8_t bytes[EVP_MAX_MD_SIZE];
    uint32_t n;
} fg_digest;

fg_status fg_hash(fg_vm *vm, const EVP_MD *md, fg_slice text, fg_digest *out);
fg_status fg_hmac(fg_vm *vm, const EVP_MD *md, fg_slice text, fg_slice key,
                  fg_digest *out);

/* The signature of text with a private key: at most *n bytes at `at`, then their number. */
fg_status fg_sign_text(fg_vm *vm, const EVP_MD *md, EVP_PKEY *key, fg_slice text,
                       uint8_t *at, size_t *n);
/* Does the signature belong to text and a public key? */
fg_status fg_check_text(fg_vm *vm, const EVP_MD *md, EVP_PKEY *key, fg_slice text,
                        fg_slice signature, bool *good);

/* Are they equal?  The time tells their lengths at most. */
bool fg_same_secret(fg_slice a, fg_slice b);

#endif
