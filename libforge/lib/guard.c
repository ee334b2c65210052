// SPDX-License-Identifier: Apache-2.0
/* Whom programs may reach.  The ranges are those of the IANA special-purpose registries
 * that are not globally reachable, and those that carry an IPv4 address which the far end
 * of a tunnel would reach. */
#include "lib/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>

typedef struct range {
    uint8_t ip[16];
    uint8_t bits;
} range;

static const range private4[] = {
    { { 0 }, 8 },
    { { 10 }, 8 },
    { { 100, 64 }, 10 },
    { { 127 }, 8 },
    { { 169, 254 }, 16 },
    { { 172, 16 }, 12 },
    { { 192, 0, 0 }, 24 },
    { { 192, 0, 2 }, 24 },
    { { 192, 88, 99 }, 24 },
    { { 192, 168 }, 16 },
    { { 198, 18 }, 15 },
    { { 198, 51, 100 }, 24 },
    { { 203, 0, 113 }, 24 },
    { { 224 }, 3 }, /* multicast, reserved, broadcast */
};

static const range private6[] = {
    { { 0 }, 96 },                         /* ::, ::1, ::a.b.c.d */
    { { 0, 0x64, 0xff, 0x9b }, 96 },       /* NAT64 */
    { { 0, 0x64, 0xff, 0x9b, 0, 1 }, 48 }, /* NAT64, local */
    { { 1 }, 64 },                         /* discard */
    { { 0x20, 0x01 }, 23 },                /* Teredo, ORCHID … */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 },    /* documentation */
    { { 0x20, 0x02 }, 16 },                /* 6to4 */
    { { 0xfc }, 7 },                       /* unique local */
    { { 0xfe, 0x80 }, 10 },                /* link-local */
    { { 0xfe, 0xc0 }, 10 },                /* site-local */
    { { 0xff }, 8 },                       /* multicast */
};

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool within(const uint8_t *ip, const uint8_t *net, uint32_t bits)
{
    if (memcmp(ip, net, bits / 8) != 0)
        return false;
    uint32_t rest = bits % 8;
    return rest == 0 || ((ip[bits / 8] ^ net[bits / 8]) >> (8 - rest)) == 0;
}

static bool in_ranges(const uint8_t *ip, const range *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (within(ip, r[i].ip, r[i].bits))
            return true;
    return false;
}

bool fg_is_private4(const uint8_t ip[4])
{
    return in_ranges(ip, private4, FG_COUNT(private4));
}

bool fg_is_private6(const uint8_t ip[16])
{
    if (memcmp(ip, mapped, sizeof mapped) == 0)
        return fg_is_private4(ip + 12);
    return in_ranges(ip, private6, FG_COUNT(private6));
}

/* ---- addresses ------------------------------------------------------------------------ */

typedef struct address {
    uint8_t ip[16];
    uint32_t n; /* bytes: 4, 16, or 0: there is none */
} address;

/* IPv4 addresses in IPv6 clothes are IPv4 addresses. */
static address unmapped(address a)
{
    if (a.n != 16 || memcmp(a.ip, mapped, sizeof mapped) != 0)
        return a;
    memmove(a.ip, a.ip + 12, 4);
    a.n = 4;
    return a;
}

static address of_sockaddr(const struct sockaddr *s)
{
    address a = { .n = 0 };
    if (s->sa_family == AF_INET) {
        a.n = 4;
        memcpy(a.ip, &((const struct sockaddr_in *)(const void *)s)->sin_addr, 4);
    } else if (s->sa_family == AF_INET6) {
        a.n = 16;
        memcpy(a.ip, &((const struct sockaddr_in6 *)(const void *)s)->sin6_addr, 16);
    }
    return unmapped(a);
}

/* Of "1.2.3.4", "::1" or "[::1]"; anything else is none. */
static address of_text(const char *text, size_t n)
{
    address a = { .n = 0 };
    char copy[64];
    if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
        text++;
        n -= 2;
    }
    if (n >= sizeof copy)
        return a;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (inet_pton(AF_INET, copy, a.ip) == 1)
        a.n = 4;
    else if (inet_pton(AF_INET6, copy, a.ip) == 1)
        a.n = 16;
    return unmapped(a);
}

static bool is_private(const address *a)
{
    return a->n == 4 ? fg_is_private4(a->ip) : a->n != 16 || fg_is_private6(a->ip);
}

/* ---- lists ---------------------------------------------------------------------------- */

/* Is "net" or "net/bits" what the address lies in? */
static bool in_network(const char *p, size_t n, const address *a)
{
    const char *slash = memchr(p, '/', n);
    address net = of_text(p, slash ? (size_t)(slash - p) : n);
    uint32_t bits = net.n * 8;
    if (slash) {
        char *end;
        unsigned long given = strtoul(slash + 1, &end, 10);
        if (end != p + n || end == slash + 1 || given > bits)
            return false;
        bits = (uint32_t)given;
    }
    return net.n != 0 && net.n == a->n && within(a->ip, net.ip, bits);
}

/* Is the name the one of the pattern, or below it? */
static bool is_named(const char *p, size_t n, const char *host)
{
    size_t len = strlen(host);
    if (len > 0 && host[len - 1] == '.')
        len--;
    if (n > 2 && p[0] == '*' && p[1] == '.')
        return len > n - 1 && strncasecmp(host + len - (n - 1), p + 1, n - 1) == 0;
    return len == n && strncasecmp(host, p, n) == 0;
}

static bool listed(const char *list, const char *host, const address *a)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, " \t");
        if (n > 0 && (is_named(p, n, host) || in_network(p, n, a)))
            return true;
        if (n == 1 && *p == '*')
            return true;
        p += n + strspn(p + n, " \t");
    }
    return false;
}

/* The switch for developers; programs cannot set it. */
static bool allows_private(const fg_site *s)
{
    const char *v = s->hosted ? NULL : fg_site_var(s, "FORGE_HTTP_ALLOW_PRIVATE");
    return v && strcmp(v, "1") == 0;
}

/* Could an address be on a list that a name is not on? */
static bool has_networks(const char *list)
{
    for (const char *p = list; *p; p += strspn(p, " \t")) {
        size_t n = strcspn(p, " \t/");
        if (of_text(p, n).n)
            return true;
        p += strcspn(p, " \t");
    }
    return false;
}

fg_reach fg_guard_judge(const fg_site *s, const char *host, const struct sockaddr *to)
{
    address a = to ? of_sockaddr(to) : of_text(host, strlen(host));
    bool known = to || a.n;
    if (s->only && !listed(s->only, host, &a) && (known || !has_networks(s->only)))
        return FG_REACH_UNLISTED;
    if (!known || !is_private(&a) || allows_private(s) || listed(s->allow, host, &a))
        return FG_REACH_OK;
    return FG_REACH_PRIVATE;
}

void fg_guard_reason(const fg_site *s, fg_reach r, const char *host, bool resolved,
                     fg_bytes *out)
{
    fg_bytes_fmt(out, "url host '%s' ", host);
    if (r == FG_REACH_UNLISTED)
        fg_bytes_str(out, "is not among those that this program may reach");
    else
        fg_bytes_fmt(out, "%s a private/loopback address",
                     resolved ? "resolves to" : "is");
    if (r == FG_REACH_PRIVATE && !s->hosted)
        fg_bytes_str(out, " (set FORGE_HTTP_ALLOW_PRIVATE=1 to allow)");
}
