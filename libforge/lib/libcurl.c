// SPDX-License-Identifier: Apache-2.0
/* libcurl: HTTP, and the connections below WebSocket. */
#include "lib/libcurl.h"

struct fg_libcurl fg_libcurl;

static const char *const names[] = { FG_LIBCURL_FUNCTIONS(FG_DYNLIB_NAME) };

/* Before any other function, while no other thread calls it. */
static bool begin(void)
{
    return fg_libcurl.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

fg_dynlib fg_libcurl_dynlib = { .soname = "libcurl.so.4",
                                .package = "libcurl4",
                                .names = names,
                                .at = (void **)&fg_libcurl,
                                .n = FG_COUNT(names),
                                .begin = begin };
