// SPDX-License-Identifier: Apache-2.0
/* Letters and their cases, by the Unicode tables.  Text that is all ASCII never reaches
 * them.  Invalid bytes come out of a case mapping as U+FFFD. */
#ifndef FG_UNICODE_H
#define FG_UNICODE_H

#include "base/bytes.h"

/* ASCII text in upper (lower) case, s.n bytes. */
void fg_ascii_upper(char *to, fg_slice s);
void fg_ascii_lower(char *to, fg_slice s);
/* Append the text in upper (lower) case: full mapping, no locale, final sigma. */
void fg_unicode_upper(fg_bytes *b, fg_slice s);
void fg_unicode_lower(fg_bytes *b, fg_slice s);
/* First character in upper case, the rest in lower case. */
void fg_unicode_capitalize(fg_bytes *b, fg_slice s);
/* Only the first code point of the full mapping of cp. */
uint32_t fg_unicode_upper_first(uint32_t cp);
uint32_t fg_unicode_lower_first(uint32_t cp);

bool fg_unicode_is_space(uint32_t cp);
bool fg_unicode_is_alpha(uint32_t cp);
bool fg_unicode_is_numeric(uint32_t cp); /* Nd, Nl, No */
bool fg_unicode_is_upper(uint32_t cp);
bool fg_unicode_is_lower(uint32_t cp);

/* The slice without white space at its start and/or end. */
fg_slice fg_unicode_trim(fg_slice s, bool start, bool end);
/* Takes the next word off *rest; false when only white space is left. */
bool fg_unicode_word(fg_slice *rest, fg_slice *word);

#endif
