// SPDX-License-Identifier: Apache-2.0
/* Source text in the one style.
 *
 * Formatting moves blanks, line ends and statement-separating semicolons, and nothing
 * else: words, comments, numbers and strings keep their spelling.  Line breaks stay where
 * the author put them.  Formatted text is a fixed point. */
#ifndef FG_FORMAT_H
#define FG_FORMAT_H

#include "base/bytes.h"
#include "front/diag.h"

/* Appends the formatted source to out.  FG_RAISED: it does not parse, d says why;
 * FG_NOMEM: no memory, or the text grew beyond what out takes.  out is then undefined. */
fg_status fg_format(fg_slice source, fg_bytes *out, fg_diag *d);

/* Whether both texts parse to the same tree, positions aside; the proof that formatting
 * changed nothing.  FG_RAISED: they do not, or one has no tree. */
fg_status fg_format_same(fg_slice source, fg_slice text);

#endif
