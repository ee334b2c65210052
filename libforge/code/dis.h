// SPDX-License-Identifier: Apache-2.0
/* Code as text, for people who work on the compiler and for tests. */
#ifndef FG_DIS_H
#define FG_DIS_H

#include "base/bytes.h"
#include "code/program.h"

/* Every function of the program and of the files it imports: a heading, then one line an instruction:
 * source line, position, name, operands (r3 a register, constants as they display). */
void fg_disassemble(const fg_program *p, fg_bytes *out);

#endif
