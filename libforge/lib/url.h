// SPDX-License-Identifier: Apache-2.0
/* URLs as the WHATWG URL Standard parses and writes them.
 *
 * A URL is kept in its parts, each as it is serialised: percent-encoded, the host in
 * lower case and ASCII.  Parsing needs no VM and takes time linear in the text.
 *
 *     fg_url u;
 *     fg_url_init(&u, max);
 *     fault = fg_url_parse(&u, text, base);    (base: a parsed URL or NULL)
 *     …
 *     fg_url_drop(&u);
 */
#ifndef FG_URL_H
#define FG_URL_H

#include "base/bytes.h"

/* Why a text is no URL. */
/* clang-format off */
#define FG_URL_FAULTS(X)                                                               \
    X(RELATIVE, "relative URL without a base")                                         \
    X(EMPTY_HOST, "empty host")                                                        \
    X(PORT, "invalid port number")                                                     \
    X(DOMAIN, "invalid domain character")                                              \
    X(IDNA, "invalid international domain name")                                       \
    X(IPV4, "invalid IPv4 address")                                                    \
    X(IPV6, "invalid IPv6 address")                                                    \
    X(MEMORY, "not enough memory")
/* clang-format on */

typedef enum fg_url_fault {
    FG_URL_OK,
#define X(name, text) FG_URL_##name,
    FG_URL_FAULTS(X)
#undef X
} fg_url_fault;

typedef enum fg_host_kind {
    FG_HOST_NONE,   /* there is no "//" */
    FG_HOST_EMPTY,  /* nothing behind it */
    FG_HOST_DOMAIN, /* of a special scheme */
    FG_HOST_IPV4,
    FG_HOST_IPV6,
    FG_HOST_OPAQUE, /* of another scheme */
} fg_host_kind;

typedef struct fg_url {
    fg_bytes scheme;             /* without the colon */
    fg_bytes username, password; /* empty when there is none */
    fg_bytes host;               /* IPv6 in brackets */
    fg_bytes path;               /* "/a/b", or anything if opaque_path */
    fg_bytes query, fragment;    /* without ? and # */
    fg_host_kind host_kind;
    uint8_t address[16]; /* of an IPv4 (4 bytes) or IPv6 host, in network order */
    int32_t port;        /* -1: none, or the scheme's own */
    bool special;        /* http, https, ws, wss, ftp, file */
    bool opaque_path;    /* like that of mailto: and data: */
    bool has_query, has_fragment;
} fg_url;

/* An empty URL whose parts may grow to `max` bytes each (0: FG_MAX_LEN). */
void fg_url_init(fg_url *u, uint32_t max);
void fg_url_drop(fg_url *u);

/* Parses text, relative to base unless that is NULL, into u, which must be new.  After
 * a fault the parts say nothing, but u is to be dropped as always. */
fg_url_fault fg_url_parse(fg_url *u, fg_slice text, const fg_url *base);
const char *fg_url_fault_text(fg_url_fault fault);

/* Appends the whole URL. */
void fg_url_write(const fg_url *u, bool fragment, fg_bytes *b);
/* Appends scheme://host[:port], or "null" when the origin is like no other. */
void fg_url_origin(const fg_url *u, fg_bytes *b);
/* The port that a special scheme has when none is given, or -1. */
int32_t fg_url_default_port(fg_slice scheme);

/* ---- url_host.c ----------------------------------------------------------------- */

/* Parses a host into host, host_kind and address of u, which says whether it is special. */
fg_url_fault fg_url_host(fg_url *u, fg_slice text);
/* Appends text with %XX for control characters, what is not ASCII, and those in `set`. */
void fg_url_escape(fg_bytes *b, fg_slice text, const char *set);

#endif
