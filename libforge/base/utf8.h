// SPDX-License-Identifier: Apache-2.0
/* UTF-8 decoding.  Text is byte-safe: invalid bytes are kept where text is stored, and
 * decode as U+FFFD, one per maximal invalid prefix (Unicode 15, 3.9, best practice). */
#ifndef FG_UTF8_H
#define FG_UTF8_H

#include "base/base.h"

#define FG_REPLACEMENT 0xFFFDu

/* Decodes the code point at p (p < end) and returns the bytes it takes, at least 1.
 * Overlong forms, surrogates and values past U+10FFFF are invalid. */
uint32_t fg_utf8_get(const char *p, const char *end, uint32_t *cp);
/* Writes cp to at (4 bytes of room), returns the bytes written. */
uint32_t fg_utf8_put(char *at, uint32_t cp);
/* Code points in the slice. */
uint32_t fg_utf8_len(fg_slice s);
/* Byte offset of code point `index` (at most s.n). */
uint32_t fg_utf8_offset(fg_slice s, uint32_t index);
/* Bytes of s that fit into max without cutting a code point. */
uint32_t fg_utf8_fit(fg_slice s, uint32_t max);
bool fg_utf8_valid(fg_slice s);
bool fg_is_ascii(fg_slice s);

#endif
