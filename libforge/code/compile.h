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

#endif
