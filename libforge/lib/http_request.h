// SPDX-License-Identifier: Apache-2.0
/* An HTTP request as scripts describe it: a URL and an object of options. */
#ifndef FG_HTTP_REQUEST_H
#define FG_HTTP_REQUEST_H

#include "lib/http_transfer.h"
#include "lib/lib.h"

/* What may be said if nothing is given. */
typedef struct fg_http_defaults {
    uint64_t timeout_s, max_bytes;
    bool shortened; /* only timeout, max_redirects and max_bytes may be given */
    bool bodiless;  /* neither body, json nor form */
} fg_http_defaults;

typedef struct fg_http_call {
    fg_http_request request;
    fg_bytes url, body, user, password, method;
} fg_http_call;

/* Loads libcurl and reads the options, which may be missing; method NULL: one of them
 * says.  Whatever happens, fg_http_call_drop is to follow. */
fg_status fg_http_call_read(fg_vm *vm, fg_http_call *c, const char *what,
                            const char *method, fg_slice url, fg_value options,
                            const fg_http_defaults *d);
void fg_http_call_drop(fg_http_call *c);

/* The option of this name, peeled; null if there is none.  Borrowed; o may be NULL. */
fg_value fg_http_option(const fg_object *o, const char *name);

/* ask EXPR (ask.c). */
fg_status fg_ask(fg_vm *vm, int argc, fg_value *argv, fg_value *out);

/* Adds a header; the value's display form.  Raises when it could not be one. */
fg_status fg_http_call_header(fg_vm *vm, fg_http_call *c, fg_slice name,
                              const fg_value *value);

#endif
