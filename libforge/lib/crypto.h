// SPDX-License-Identifier: Apache-2.0
/* The parts of the crypto module that have files of their own. */
#ifndef FG_CRYPTO_H
#define FG_CRYPTO_H

#include "run/vm.h"

/* crypto.hash_password() and crypto.verify_password() */
fg_status fg_crypto_hash_password(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_crypto_verify_password(fg_vm *vm, int argc, fg_value *argv, fg_value *out);

#endif
