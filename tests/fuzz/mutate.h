// SPDX-License-Identifier: Apache-2.0
/* Mutations of program text: they work on lines, blocks, names and literals, so that most
 * results still compile. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* The line before which a program's top level runs when a template is built (fuzz_diff.c). */
#define FUZZ_MARKER "// ----"

/* Remembers a program as a source of parts for others. */
void fuzz_remember(const uint8_t *data, size_t size);

/* Changes the program in place; its new size, or 0 when bytes should be changed instead.
 * The same seed and the same memory give the same result. */
size_t fuzz_mutate(uint8_t *data, size_t size, size_t max, unsigned seed);

/* What both fuzzers of programs give to libFuzzer. */
size_t fuzz_mutate_or(uint8_t *data, size_t size, size_t max, unsigned seed,
                      size_t (*bytes)(uint8_t *data, size_t size, size_t max));

#endif
