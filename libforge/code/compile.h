// SPDX-License-Identifier: Apache-2.0
/* Syntax tree to program. */
#ifndef FG_COMPILE_H
#define FG_COMPILE_H

#include "base/region.h"
#include "code/loader.h"
#include "code/program.h"
#include "front/diag.h"
#include "value/library.h"

/* Parses and compiles a source text and the files it imports, which come from the loader
 * (NULL: importing a file is an error).  Everything is copied into the region, which
 * holds all the program consists of.  FG_RAISED: d says what and where in `source`; what
 * is wrong with an imported file is an error only when the import is executed. */
fg_status fg_compile(fg_region *r, const fg_library *lib, const fg_loader *loader,
                     fg_slice file, fg_slice source, fg_program **out, fg_diag *d);

/* The same for a text that goes on where the program `before` ended: globals keep their
 * numbers and new ones follow, a name that a function does not find yet is one of them,
 * and the top level returns the value of a last statement that has one.  Nothing of the
 * new program refers to the old one. */
/* The same with each statement noting that it ran: see COVER in opcode.h. */
fg_status fg_compile_covered(fg_region *r, const fg_library *lib,
                             const fg_loader *loader, fg_slice file, fg_slice source,
                             fg_program **out, fg_diag *d);
fg_status fg_compile_next(fg_region *r, const fg_library *lib, const fg_loader *loader,
                          fg_slice file, fg_slice source, const fg_program *before,
                          fg_program **out, fg_diag *d);

#endif
