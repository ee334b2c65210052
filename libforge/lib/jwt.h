// SPDX-License-Identifier: Apache-2.0
/* JSON Web Tokens: what the files of the module share. */
#ifndef FG_JWT_H
#define FG_JWT_H

#include "lib/lib.h"

#include <openssl/evp.h>

/* ---- algorithms and signatures (jwt_key.c) --------------------------------------- */

/* Name, family, hash, and for curves their names and the bytes of a coordinate. */
/* clang-format off */
#define FG_JWT_ALGORITHMS(X)                                                           \
    X(HS256, SECRET, sha256, NULL, NULL, 0)                                            \
    X(HS384, SECRET, sha384, NULL, NULL, 0)                                            \
    X(HS512, SECRET, sha512, NULL, NULL, 0)                                            \
    X(RS256, RSA, sha256, NULL, NULL, 0)                                               \
    X(RS384, RSA, sha384, NULL, NULL, 0)                                               \
    X(RS512, RSA, sha512, NULL, NULL, 0)                                               \
    X(ES256, EC, sha256, "prime256v1", "P-256", 32)                                    \
    X(ES384, EC, sha384, "secp384r1", "P-384", 48)
/* clang-format on */

typedef enum fg_jwt_family { FG_JWT_SECRET, FG_JWT_RSA, FG_JWT_EC } fg_jwt_family;

typedef struct fg_jwt_algorithm {
    const char *name;
    fg_jwt_family family;
    const EVP_MD *(*hash)(void);
    const char *curve, *curve_name;
    uint32_t half; /* bytes of a coordinate; a signature has two */
} fg_jwt_algorithm;

/* The algorithm with exactly this name, or NULL. */
const fg_jwt_algorithm *fg_jwt_algorithm_of(fg_slice name);
/* Does it hold a key of an algorithm that has two? */
bool fg_jwt_is_pem(fg_slice key);

/* Appends the signature of text to b.  The key is the secret or the private key; both must
 * be reachable. */
fg_status fg_jwt_sign(fg_vm *vm, const fg_jwt_algorithm *a, fg_slice text, fg_slice key,
                      fg_bytes *b);
/* Is it the signature of text by the owner of the secret or public key? */
fg_status fg_jwt_check(fg_vm *vm, const fg_jwt_algorithm *a, fg_slice text,
                       fg_slice key, fg_slice signature, bool *good);

/* ---- claims (jwt_claims.c) ------------------------------------------------------- */

/* Option `name`, a String or null.  Others are refused: an option that is overlooked is a
 * check that is not made. */
fg_status fg_jwt_option(fg_vm *vm, const char *function, fg_value options,
                        const char *name, fg_value *out);

/* The claims, completed by the options of jwt.sign(); a new object. */
fg_status fg_jwt_complete(fg_vm *vm, const fg_object *claims, fg_value options,
                          fg_value *out);
/* Appends claims, which must be reachable, as JSON without blanks, keys in byte order; null
 * for what JSON has no form for.  May collect. */
fg_status fg_jwt_write(fg_vm *vm, const fg_value *claims, fg_bytes *b);
/* Refuses claims whose time is over or has not come, and those that differ from what the
 * options of jwt.verify() expect. */
fg_status fg_jwt_judge(fg_vm *vm, const fg_object *claims, fg_value options);

#endif
