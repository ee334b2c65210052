// SPDX-License-Identifier: Apache-2.0
/* Values as text: the display form, the JSON style used inside displayed objects, and real
 * JSON for responses and json.stringify. */
#ifndef FG_SHOW_H
#define FG_SHOW_H

#include "base/bytes.h"
#include "value/object.h"

/* Display form.  Nesting has no limit but memory (then b has failed). */
void fg_show(fg_bytes *b, const fg_value *v);
/* The JSON style inside objects, with blanks: { "k": v } */
void fg_show_json_style(fg_bytes *b, const fg_value *v);
/* A quoted JSON string (escapes: \" \\ \n \r \t \u00xx). Invalid UTF-8 becomes U+FFFD. */
void fg_show_quoted(fg_bytes *b, fg_slice s);
/* Valid JSON: null for what JSON cannot say; Some(x) is x, None null, Ok/Err {"Ok": x}.
 * comma and colon are the separators: (", ", ": ") or (",", ":"). */
void fg_show_json(fg_bytes *b, const fg_value *v, const char *comma, const char *colon);

#endif
