// SPDX-License-Identifier: Apache-2.0
/* Responses: what handlers give to choose status, headers and body.
 *
 * A response is an ordinary object { status, headers, body, kind, __type__: "Response" },
 * with headers as [[name, value], …], so programs can make one themselves or change one.
 * Whoever uses it reads it anew, and all rules are checked again.  Nothing here collects,
 * unless it says so. */
#ifndef FG_RESPONSE_H
#define FG_RESPONSE_H

#include "run/vm.h"

#include <sys/stat.h>

#define FG_WHY_SIZE 320u

/* ---- headers (response_header.c) -------------------------------------------------- */

#define FG_HEADERS_MAX 200u         /* in one response */
#define FG_HEADER_BYTES_MAX 16384u  /* of one value */
#define FG_HEADERS_BYTES_MAX 49152u /* of all names and values of one response */

/* May a program send this header?  If not, why says why and names it. */
bool fg_header_allowed(fg_slice name, fg_slice value, char why[FG_WHY_SIZE]);
/* Is s a status that programs choose, and may a response with it have a body? */
bool fg_status_allowed(int64_t s);
bool fg_status_has_body(int64_t s);

/* ---- files (response_file.c) ------------------------------------------------------- */

/* A file that was opened for a response: it is open until the fork ends. */
typedef struct fg_sent_file {
    int fd;
    struct stat st; /* when it was opened */
    char *name;     /* the last name of its path */
} fg_sent_file;

/* Opens a regular file; *handle is its number.  Raises "file error: …". */
fg_status fg_sent_file_open(fg_vm *vm, fg_slice path, int64_t *handle);
/* The file with this number, or NULL. */
const fg_sent_file *fg_sent_file_of(const fg_vm *vm, int64_t handle);

/* ---- reading (response_read.c) ------------------------------------------------------ */

/* clang-format off */
#define FG_BODY_KINDS(X) X(NONE, "none") X(TEXT, "text") X(JSON, "json") X(FILE, "file")
/* clang-format on */

typedef enum fg_body_kind {
#define X(name, text) FG_BODY_##name,
    FG_BODY_KINDS(X)
#undef X
} fg_body_kind;

extern const char *const fg_body_kinds[];

/* A response that was read; borrowed from the object. */
typedef struct fg_response {
    int status;
    fg_body_kind kind;
    const fg_object *object;
    const fg_array *headers;  /* each [name, value], two strings */
    uint32_t header_bytes;    /* of all names and values */
    fg_value body;            /* without Frozen wrappers; a string for TEXT */
    const fg_sent_file *file; /* of FILE */
} fg_response;

/* Is v a response, and none of the program's own types of that name?  It may be wrong. */
bool fg_is_response(const fg_value *v);
/* Reads one and checks all of it; if it cannot be sent, why says why. */
bool fg_response_read(const fg_vm *vm, const fg_value *v, fg_response *out,
                      char why[FG_WHY_SIZE]);
/* Name and value of header i. */
void fg_response_header(const fg_response *r, uint32_t i, fg_slice *name,
                        fg_slice *value);

#endif
