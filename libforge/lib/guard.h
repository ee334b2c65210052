// SPDX-License-Identifier: Apache-2.0
/* Whom programs may reach over the network.
 *
 * Addresses that are not of the public Internet are refused, since a server can reach
 * there what its visitors cannot.  It is the address a connection is made to that counts,
 * at the time it is made: names can resolve to another one each time.
 *
 * A site's lists (site.h) hold patterns separated by spaces: "host.name", "*.example.org"
 * for the names below one, "10.1.0.0/16", "fd00::/8", "192.168.1.7", or "*" for any. */
#ifndef FG_GUARD_H
#define FG_GUARD_H

#include "lib/site.h"

#include <sys/socket.h>

typedef enum fg_reach {
    FG_REACH_OK,
    FG_REACH_PRIVATE, /* not public, and not on the list of what is allowed */
    FG_REACH_UNLISTED /* there is a list of all that may be reached: it is not on it */
} fg_reach;

/* May host, whose name resolved to `to`, be reached?  `to` is IPv4 or IPv6; any other
 * family is private.  NULL: nothing is known but the name, which may be an address. */
fg_reach fg_guard_judge(const fg_site *s, const char *host, const struct sockaddr *to);

/* The sentence about it; resolved: the name is not an address itself. */
void fg_guard_reason(const fg_site *s, fg_reach r, const char *host, bool resolved,
                     fg_bytes *out);

/* Do these two say that the address is not of the public Internet? */
bool fg_is_private4(const uint8_t ip[4]);
bool fg_is_private6(const uint8_t ip[16]);

#endif
