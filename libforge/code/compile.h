// SPDX-License-Identifier: Apache-2.0
/* Syntax tree to program. */
#ifndef FG_COMPILE_H
#define FG_COMPILE_H

#include "base/region.h"
#include "code/program.h"
#include "front/diag.h"
#include "value/library.h"

/* Parses and compiles a source text.  file and source are copied into the region, which
 * holds everything the program consists of.  FG_RAISED: d says what and where. */
fg_status fg_compile(fg_region *r, const fg_library *lib, fg_slice file,
                     fg_slice source, fg_program **out, fg_diag *d);

#endif
