// SPDX-License-Identifier: Apache-2.0
/* The request that a fork serves: what its host says of it, and its body.
 *
 * The body is asked for by the first method that needs it, and is either read as a whole,
 * which stays in memory, or taken piece by piece by the program, or taken apart as a form
 * of several parts.  What has begun one way cannot be had another way.  All of it is given
 * back when the fork ends. */
#ifndef FG_REQUEST_H
#define FG_REQUEST_H

#include "lib/intake.h"
#include "lib/multipart.h"

#define FG_FORM_FIELDS 1000u
#define FG_FORM_FILES 100u
#define FG_UPLOAD_KEPT 65536u /* bytes of a file that stay in memory */
#define FG_BODY_PIECE 65536u  /* bytes that are read at once */

typedef struct fg_pair {
    const char *key, *value;
    size_t key_len, value_len;
} fg_pair;

/* The host's (forge.h: forge_request). */
typedef struct fg_request_facts {
    const char *method, *path, *route, *scheme, *host, *address;
    int port;
    const char *user, *id;
    const fg_pair *params, *query, *headers;
    uint32_t nparams, nquery, nheaders;
    const char *body;
    size_t body_len;
} fg_request_facts;

/* A part of the texts of a form. */
typedef struct fg_form_text {
    uint32_t at, n;
} fg_form_text;

typedef struct fg_form_field {
    fg_form_text name, value;
} fg_form_field;

/* A file of a form; its content is in memory, or a piece of the form's spool. */
typedef struct fg_upload {
    fg_form_text name, filename, type;
    fg_intake kept;
    bool spooled;
    uint64_t from; /* in the spool */
    uint64_t size;
    uint64_t at; /* of Upload.read() */
} fg_upload;

typedef struct fg_form {
    bool ready;
    char why[160];    /* it cannot be read: "" or what is wrong */
    int status;       /* of the answer to that */
    fg_intake texts;  /* that its fields refer to */
    fg_intake fields; /* of fg_form_field */
    fg_upload *files; /* FG_FORM_FILES, or NULL: none yet */
    uint32_t nfiles;
    int spool;        /* a file without a name for the content of large ones, or -1 */
    uint64_t spooled; /* bytes in it */
    fg_multipart *parser; /* of a form that is being read, or NULL */
    fg_form_text name, filename, type, value; /* of the part that is being read */
    bool named, is_file, settled;             /* the same: what its headers have said */
} fg_form;

typedef enum fg_body_use {
    FG_BODY_UNREAD,
    FG_BODY_WHOLE,
    FG_BODY_PIECES,
    FG_BODY_FORM, /* of several parts */
} fg_body_use;

typedef struct fg_request {
    fg_resource resource;
    fg_request_facts facts;
    fg_body_use use;
    bool ended; /* nothing more will come */
    bool busy;  /* a task is reading */
    fg_intake body;
    char *piece; /* FG_BODY_PIECE bytes of scratch space, or NULL: none yet */
    fg_form form;
} fg_request;

/* The object of the type Request for these facts, which stay until the VM ends.  Takes note
 * of them; never collects. */
fg_status fg_request_make(fg_vm *vm, const fg_request_facts *facts, fg_value *out);
/* The request that is served, for a method that cannot do without. */
fg_status fg_request_here(fg_vm *vm, const char *method, fg_request **out);
/* A value for a header's name in small letters; p NULL: there is none. */
fg_slice fg_request_header(const fg_request *r, const char *name);
/* A text for scripts: bytes that are not UTF-8 become U+FFFD. */
fg_status fg_request_text(fg_vm *vm, fg_slice s, fg_value *out);

/* ---- the body (request_body.c) ---------------------------------------------------- */

/* One task at a time reads: waits for its turn, and gives it back. */
fg_status fg_body_hold(fg_vm *vm, fg_request *r);
static inline fg_status fg_body_let_go(fg_request *r, fg_status status)
{
    r->busy = false;
    return status;
}
/* These are for whoever holds it; they may collect.  Reads up to n bytes as they arrive;
 * *got is 0 only at the end. */
fg_status fg_body_pull(fg_vm *vm, fg_request *r, char *at, size_t n, size_t *got);
/* Reads all that is missing of the whole. */
fg_status fg_body_take(fg_vm *vm, fg_request *r);
/* Begins to read in a way that is not as a whole, or goes on. */
fg_status fg_body_begin(fg_vm *vm, fg_request *r, fg_body_use use);
/* The whole. */
fg_slice fg_body_view(const fg_request *r);
/* The scratch space; NULL: no memory. */
char *fg_body_piece(fg_vm *vm, fg_request *r);
/* Bytes that stay until the VM ends, as a string that does not copy them. */
fg_status fg_body_string(fg_vm *vm, fg_slice s, fg_value *out);
/* Argument 1, the size of a piece. */
fg_status fg_body_max(fg_vm *vm, int argc, const fg_value *argv, const char *method,
                      uint64_t *max);

/* Request.text(), bytes(), json(), read(). */
fg_status fg_body_text(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_body_bytes(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_body_json(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_body_read(fg_vm *vm, int argc, fg_value *argv, fg_value *out);

/* ---- forms (request_form.c) ------------------------------------------------------- */

void fg_form_end(fg_vm *vm, fg_form *f);
/* Request.form(), form_all(), files(). */
fg_status fg_form_object(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_form_all(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_form_files(fg_vm *vm, int argc, fg_value *argv, fg_value *out);

/* ---- files of forms (upload.c) ----------------------------------------------------- */

/* Adds to the content of the form's last file. */
fg_status fg_upload_put(fg_vm *vm, fg_form *f, fg_slice bytes);

#endif
