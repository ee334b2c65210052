// SPDX-License-Identifier: Apache-2.0
/* libpq: PostgreSQL. */
#include "lib/libpq.h"

struct fg_libpq fg_libpq;

static const char *const names[] = { FG_LIBPQ_FUNCTIONS(FG_DYNLIB_NAME) };

fg_dynlib fg_libpq_dynlib = { .soname = "libpq.so.5",
                              .package = "libpq5",
                              .names = names,
                              .at = (void **)&fg_libpq,
                              .n = FG_COUNT(names) };
