// SPDX-License-Identifier: Apache-2.0
/* The standard library as compiler and VM see it. */
#ifndef FG_LIB_LIBRARY_H
#define FG_LIB_LIBRARY_H

#include "value/library.h"

extern const fg_library fg_standard_library;

/* What was loaded because programs named what needs it, as bits; and loading what has bits
 * of another process. */
uint32_t fg_libraries(void);
void fg_libraries_load(uint32_t which);

#endif
