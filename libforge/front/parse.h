// SPDX-License-Identifier: Apache-2.0
/* Source text to syntax tree. */
#ifndef FG_PARSE_H
#define FG_PARSE_H

#include "front/ast.h"
#include "front/diag.h"

/* Nesting of expressions, blocks, patterns and types beyond this is an error, so that no
 * input can exhaust the C stack. */
#define FG_MAX_DEPTH 250

/* Parses a whole program.  *out is a BLOCK of the top level's statements, in the arena.
 * FG_RAISED: d holds the first error (kind SyntaxError).  FG_NOMEM: no memory.
 * The source must stay as long as the tree. */
fg_status fg_parse(fg_arena *arena, fg_slice source, fg_node **out, fg_diag *d);

#endif
