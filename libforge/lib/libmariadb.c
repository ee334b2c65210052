// SPDX-License-Identifier: Apache-2.0
/* libmariadb: MySQL and MariaDB. */
#include "lib/libmariadb.h"

struct fg_libmariadb fg_libmariadb;

static const char *const names[] = { FG_LIBMARIADB_FUNCTIONS(FG_DYNLIB_NAME) };

fg_dynlib fg_libmariadb_dynlib = { .soname = "libmariadb.so.3",
                                   .package = "libmariadb3",
                                   .names = names,
                                   .at = (void **)&fg_libmariadb,
                                   .n = FG_COUNT(names) };
