// SPDX-License-Identifier: Apache-2.0
/* Words that people write by habit or by mistake where this language has another. */
#ifndef FG_SLIP_H
#define FG_SLIP_H

#include "base/base.h"

/* Writes what to write instead of a word that other languages have.  False: unknown. */
bool fg_slip_foreign(fg_slice word, char *hint, size_t size);
/* The same for a misspelt word of this language or another.  How many letters are wrong,
 * or 0: unknown. */
uint32_t fg_slip_misspelt(fg_slice word, char *hint, size_t size);

#endif
