// SPDX-License-Identifier: Apache-2.0
/* Bodies of several parts (RFC 2046, RFC 7578): a parser that is fed with pieces of any
 * size as they arrive, keeps no more of them than a header, and knows no VM. */
#ifndef FG_MULTIPART_H
#define FG_MULTIPART_H

#include "base/bytes.h"

#define FG_MULTIPART_BOUNDARY 70u /* its longest text */
#define FG_MULTIPART_HEADER 8192u /* bytes of all headers of a part */
#define FG_MULTIPART_PARTS 1000u

/* What becomes of the parts, in their order: begin, header for each header, data for each
 * piece of the content that is not empty, end.  Slices are borrowed for the call; what a
 * function returns that is not FG_OK ends the parsing and is passed up. */
typedef struct fg_multipart_sink {
    fg_status (*begin)(void *ctx);
    fg_status (*header)(void *ctx, fg_slice name, fg_slice value);
    fg_status (*data)(void *ctx, fg_slice bytes);
    fg_status (*end)(void *ctx);
    void *ctx;
} fg_multipart_sink;

typedef struct fg_multipart {
    fg_multipart_sink sink;
    uint32_t max_parts; /* may be changed before the first byte */
    uint32_t parts;     /* begun */
    uint64_t offset;    /* of the body, bytes of which the meaning is decided */
    const char *why;    /* what is wrong with the body, after FG_RAISED */
    uint8_t state;
    uint32_t matched;                 /* bytes of the delimiter that were read */
    uint32_t assumed;                 /* of these, that stand before the body */
    uint32_t nline, ndelimiter, left; /* `left`: of a part's headers */
    char delimiter[FG_MULTIPART_BOUNDARY + 5]; /* CR LF -- and the boundary */
    char line[FG_MULTIPART_HEADER];            /* a header that is being read */
} fg_multipart;

/* False if that can be no boundary. */
bool fg_multipart_init(fg_multipart *p, fg_slice boundary, fg_multipart_sink sink);
/* The next bytes.  FG_RAISED: the body is bad, see p->why; feed no more after an error. */
fg_status fg_multipart_feed(fg_multipart *p, fg_slice bytes);
/* The body has ended: FG_RAISED if it should not have. */
fg_status fg_multipart_finish(fg_multipart *p);

/* ---- values of headers -------------------------------------------------------------- */

/* Appends the parameter of a header's value, as in: form-data; name="a"; filename=b.  A
 * quoted one loses its quotes; of name*=UTF-8''… the text is decoded.  False if there is
 * none. */
bool fg_header_parameter(fg_bytes *b, fg_slice value, const char *name);
/* What of a file's name may be used: its last part, nothing that leads elsewhere. */
fg_slice fg_upload_name(fg_slice name);
/* Is the value's first word this one, in any case?  ("multipart/form-data; …") */
bool fg_header_is(fg_slice value, const char *word);

#endif
