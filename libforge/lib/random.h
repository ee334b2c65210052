// SPDX-License-Identifier: Apache-2.0
/* Random numbers of one fork: xoshiro256** seeded by the kernel on first use.  Fast and
 * even, not for secrets; uuid() asks the kernel itself. */
#ifndef FG_RANDOM_H
#define FG_RANDOM_H

#include "run/vm.h"

uint64_t fg_random(fg_vm *vm);
/* Even over 0 … n-1; n > 0. */
uint64_t fg_random_below(fg_vm *vm, uint64_t n);
/* Even over [0, 1) with 53 bits. */
double fg_random_unit(fg_vm *vm);

#endif
