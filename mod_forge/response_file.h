// SPDX-License-Identifier: Apache-2.0
/* Sends the content of a file that a program opened.
 *
 * All of it is about the descriptor: the path may lead elsewhere by now. */
#ifndef MF_RESPONSE_FILE_H
#define MF_RESPONSE_FILE_H

#include "httpd.h"

#include "apr_file_io.h"
#include "forge.h"

typedef struct mf_file {
    apr_file_t *file; /* of r->pool */
    apr_finfo_t info;
    int fd;
} mf_file;

/* Takes a descriptor of its own, beyond the life of the fork; what fails is logged. */
apr_status_t mf_file_open(request_rec *r, const forge_response *a, mf_file *f);
/* What the program did not set: type, ETag, Last-Modified; and Accept-Ranges. */
void mf_file_headers(request_rec *r, const forge_response *a, const mf_file *f);
int mf_file_send(request_rec *r, const mf_file *f);

#endif
