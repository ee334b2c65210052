// SPDX-License-Identifier: Apache-2.0
/* Percent encoding of URLs (RFC 3986) and of forms. */
#ifndef FG_PERCENT_H
#define FG_PERCENT_H

#include "base/bytes.h"

/* Value of a hexadecimal digit, or -1. */
int fg_hex_digit(char c);
/* Appends %XX. */
void fg_percent_byte(fg_bytes *b, uint8_t c);
/* Appends s with %XX for all but letters, digits and - _ . ~ */
void fg_percent_encode(fg_bytes *b, fg_slice s);
/* Appends s with escapes decoded, and '+' as a blank when it is from a form.  Malformed
 * escapes stay; bytes that are not UTF-8 then become U+FFFD. */
void fg_percent_decode(fg_bytes *b, fg_slice s, bool form);
#endif
