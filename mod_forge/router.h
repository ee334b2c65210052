// SPDX-License-Identifier: Apache-2.0
/* From a request path to a route.
 *
 * A router is a tree of path segments, built once and then only read, by any number of
 * threads.  Literal segments beat captures and captures beat a wildcard, whatever the
 * order of declaration.  Matching is exact about case, slashes and the trailing slash.
 * Plain C: no httpd, no APR, no engine. */
#ifndef MF_ROUTER_H
#define MF_ROUTER_H

#include <stddef.h>
#include <stdint.h>

#define MF_MAX_CAPTURES 32
#define MF_MAX_SEGMENTS 256
/* Enough for every method's name. */
#define MF_ALLOW_SIZE 56

typedef enum mf_method {
    MF_GET,
    MF_POST,
    MF_PUT,
    MF_DELETE,
    MF_PATCH,
    MF_HEAD,    /* a route of its own; else that of GET answers */
    MF_OPTIONS, /* the same; else the server answers */
    MF_METHODS
} mf_method;

/* A declaration.  The strings must outlive the router. */
typedef struct mf_route {
    const char *method;  /* decorator; one that is no method is skipped */
    const char *pattern; // "/x/:id", "/files/*rest"
    const char *file;
    uint32_t line, column;
} mf_route;

typedef struct mf_router mf_router;

typedef struct mf_router_error {
    char message[512];
    uint32_t route; /* index of the declaration at fault */
} mf_router_error;

typedef struct mf_capture {
    const char *name, *text; /* not terminated; the text is decoded */
    size_t name_len, n;
} mf_capture;

typedef struct mf_match {
    int32_t route[MF_METHODS]; /* index of the declaration, or -1 */
    uint32_t ncaptures;
    mf_capture captures[MF_MAX_CAPTURES];
} mf_match;

/* NULL with *e filled for a bad or conflicting pattern; NULL with an empty message when
 * there is no memory. */
mf_router *mf_router_new(const mf_route *routes, uint32_t n, mf_router_error *e);
void mf_router_free(mf_router *router);

/* Matches an undecoded path that begins with '/'.  `buffer` takes the decoded text,
 * at most as long as the path, and must live as long as the match.  Returns 1 for a
 * match. */
int mf_router_match(const mf_router *router, const char *path, size_t n, char *buffer,
                    mf_match *match);

/* The value of an Allow header. */
void mf_match_allow(const mf_match *match, char allow[MF_ALLOW_SIZE]);

/* Decodes %XX; `out` may be `text`.  Returns the new length. */
size_t mf_percent_decode(const char *text, size_t n, char *out);

#endif
