// SPDX-License-Identifier: Apache-2.0
/* The hash of byte strings: SipHash-1-3 keyed once per process would cost more than it
 * protects while tables are bounded by the request's memory, so this is a seeded
 * multiply-fold hash (wyhash's mixing step); tables probe linearly and cap the cost of
 * collisions by growing.  The seed is fixed per process before the first template is
 * built, because hashes are stored in shared read-only memory. */
#ifndef FG_HASH_H
#define FG_HASH_H

#include "base/base.h"

/* Replaces the built-in seed.  Once per process family, before anything is hashed:
 * servers do it before they fork, so that children share the hashes of templates. */
void fg_hash_seed(uint64_t seed);

/* Never 0: 0 means "not computed yet".  Texts that differ in their last byte, like k1 and
 * k2, stand side by side in an index, because they often come in order: a few cache lines
 * have them all.  Texts that end alike do not. */
uint32_t fg_hash_bytes(const void *p, size_t n);
uint32_t fg_hash_u64(uint64_t x);
/* The same for numbers in a row. */
uint32_t fg_hash_near(uint64_t x);

#endif
