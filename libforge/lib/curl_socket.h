// SPDX-License-Identifier: Apache-2.0
/* What every use of libcurl here has in common: one handle, alone in a multi handle that
 * says which sockets it waits for, so that other tasks run meanwhile; and the guard, which
 * judges each address before it is connected to. */
#ifndef FG_CURL_SOCKET_H
#define FG_CURL_SOCKET_H

#include "lib/guard.h"
#include "lib/libcurl.h"

#include <poll.h>

#define FG_CURL_SOCKETS 16u

/* Stays where it is from fg_curl_begin to fg_curl_end. */
typedef struct fg_curl {
    fg_vm *vm;
    const fg_site *site;
    const char *prefix; /* begins messages about the URL and whom it leads to */
    CURL *easy;
    CURLM *multi;
    char *host;       /* of the URL, or NULL */
    fg_reach refused; /* by the guard */
    fg_status status; /* why a callback ended it */
    struct pollfd fds[FG_CURL_SOCKETS];
    uint32_t nfds;
    uint64_t timer_ns; /* when libcurl wants to be called, or 0 */
    char error[CURL_ERROR_SIZE];
} fg_curl;

/* Makes the handles and sets what all of them have; vm, site and prefix are set, libcurl
 * is loaded.  FG_NOMEM is not recorded.  In any case fg_curl_end is to follow. */
fg_status fg_curl_begin(fg_curl *c);
void fg_curl_end(fg_curl *c);

/* Parses a URL into u and looks at it before anything is sent: its scheme, which must be
 * one of two, and its host, which it remembers.  Raises what is wrong. */
fg_status fg_curl_inspect(fg_curl *c, CURLU *u, const char *url,
                          const char *const schemes[2]);

/* Runs the handle, which is in the multi handle, to its end or for so many ns; *code says
 * how libcurl saw it end.  May collect. */
fg_status fg_curl_run(fg_curl *c, uint64_t ns, CURLcode *code);

/* Raises that the host could not be found or must not be reached; FG_OK: that is not why
 * it ended with this code. */
fg_status fg_curl_unreached(fg_curl *c, CURLcode code);
/* libcurl's own words. */
const char *fg_curl_why(const fg_curl *c, CURLcode code);

#endif
