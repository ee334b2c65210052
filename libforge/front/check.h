// SPDX-License-Identifier: Apache-2.0
/* The gradual type checker: what is probably wrong in a program that parses.
 *
 * It knows annotations, literals and the functions of the program; whatever it does not
 * know is Unknown, and Unknown is never reported.  Nothing depends on its findings. */
#ifndef FG_CHECK_H
#define FG_CHECK_H

#include "front/ast.h"
#include "front/diag.h"

#define FG_MAX_FINDINGS 100u

/* In source order, without repetition, in the arena.  A message stands once in a line. */
typedef struct fg_findings {
    const fg_diag *const *at;
    uint32_t n; /* at most FG_MAX_FINDINGS */
} fg_findings;

/* Checks the tree that fg_parse made of the source.  The `info` of its nodes is used on
 * the way and NULL again afterwards.  FG_NOMEM is the only failure. */
fg_status fg_check(fg_arena *arena, fg_slice source, fg_node *root, fg_findings *out);

#endif
