// SPDX-License-Identifier: Apache-2.0
/* The syntax tree as indented text, one node a line, for tests and debugging. */
#ifndef FG_DUMP_H
#define FG_DUMP_H

#include "base/bytes.h"
#include "front/ast.h"

/* KIND op name name2 number flags [start,end), only what is set; children follow, one
 * level deeper, marked by the member that holds them. */
void fg_dump(fg_bytes *b, const fg_node *n, bool offsets);

#endif
