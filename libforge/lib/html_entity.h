// SPDX-License-Identifier: Apache-2.0
/* Character references of HTML. */
#ifndef FG_HTML_ENTITY_H
#define FG_HTML_ENTITY_H

#include "base/bytes.h"

/* Appends s with its references replaced, as HTML reads them in text: all 2,231 names and
 * numbers, the semicolon optional where HTML says so.  What is no reference stays. */
void fg_html_unescape(fg_bytes *b, fg_slice s);

#endif
