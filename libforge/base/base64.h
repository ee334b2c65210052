// SPDX-License-Identifier: Apache-2.0
/* Base64 (RFC 4648), strict: no white space, and the bits behind the last byte are 0, so
 * that bytes have one text only. */
#ifndef FG_BASE64_H
#define FG_BASE64_H

#include "base/base.h"

/* Kinds of text, to be combined. */
#define FG_BASE64_URL 1u /* the alphabet with - and _ instead of + and / */
#define FG_BASE64_PAD 2u /* '=' up to a multiple of four characters */
#define FG_BASE64_ANY 4u /* for decoding: padding may be there or not */

/* Characters that n bytes become. */
uint64_t fg_base64_length(uint32_t n, unsigned kind);
/* Writes that many at `at`. */
void fg_base64_encode(char *at, const void *bytes, uint32_t n, unsigned kind);

#define FG_BASE64_WHY 48 /* bytes that the reason of a fault takes */

/* Bytes of room that decoding n characters takes. */
static inline uint32_t fg_base64_room(uint32_t n) { return n / 4 * 3 + 3; }
/* Writes the bytes at `at` and their number; false: what is wrong stands in `why`. */
bool fg_base64_decode(fg_slice text, unsigned kind, char *at, uint32_t *n, char *why);

#endif
