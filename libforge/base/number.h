// SPDX-License-Identifier: Apache-2.0
/* Numbers as text.  Floats print the shortest digits that read back to the same
 * double, always positional, never with an exponent, without a trailing ".0":
 * 1.0 -> 1, 1e21 -> 1000000000000000000000, inf, -inf, NaN. */
#ifndef FG_NUMBER_H
#define FG_NUMBER_H

#include "base/base.h"

#define FG_NUMBER_MAX 352 /* the longest float text and its terminator */

/* Writes to `at` (FG_NUMBER_MAX bytes), returns the length; not terminated. */
uint32_t fg_float_text(double f, char *at);
#define FG_INT_TEXT 20 /* the longest int */
/* The same for FG_INT_TEXT bytes. */
uint32_t fg_int_text(int64_t i, char *at);

/* int("..."): optional sign, ASCII digits only; false if anything else or out of range. */
bool fg_int_parse(fg_slice s, int64_t *out);
/* float("..."): [+-](digits[.digits]|.digits|digits.)[e[+-]digits] or inf, infinity,
 * nan in any case; false if anything else. */
bool fg_float_parse(fg_slice s, double *out);

/* Truncation with saturation; NaN gives 0. */
int64_t fg_float_to_int(double f);

#endif
