// SPDX-License-Identifier: Apache-2.0
/* Random numbers of one fork: xoshiro256** seeded by the kernel on first use.  Fast and
 * even, not for secrets; those, and uuids, come from the kernel itself. */
#ifndef FG_RANDOM_H
#define FG_RANDOM_H

#include "run/vm.h"

uint64_t fg_random(fg_vm *vm);
/* Even over 0 … n-1; n > 0. */
uint64_t fg_random_below(fg_vm *vm, uint64_t n);
/* Even over [0, 1) with 53 bits. */
double fg_random_unit(fg_vm *vm);
/* Fills it from the kernel; false if it has no generator. */
bool fg_random_kernel(void *at, size_t n);

/* Bytes nobody can foretell; the error names the function that needs them. */
fg_status fg_random_secret(fg_vm *vm, const char *what, void *at, size_t n);

/* crypto.uuid7() */
fg_status fg_random_uuid7(fg_vm *vm, int argc, fg_value *argv, fg_value *out);

#endif
