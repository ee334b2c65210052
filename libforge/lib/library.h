// SPDX-License-Identifier: Apache-2.0
/* The standard library as compiler and VM see it. */
#ifndef FG_LIB_LIBRARY_H
#define FG_LIB_LIBRARY_H

#include "value/library.h"

extern const fg_library fg_standard_library;

#endif
