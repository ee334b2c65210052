// SPDX-License-Identifier: Apache-2.0
/* Which files of a document root may be programs: whoever can write to one runs with the
 * rights of its virtual host.
 *
 * What is asked is the open file, so that nobody can put another one in between; and for
 * a file that others may write to, what httpd found on its way, too, which costs
 * nothing. */
#ifndef MF_TRUST_H
#define MF_TRUST_H

#include <sys/stat.h>

#include "httpd.h"

#include "apr_tables.h"
#include "http_config.h"

/* Who may be able to write to a program. */
typedef enum mf_writers {
    MF_WRITERS_OWNER,
    MF_WRITERS_GROUP,
    MF_WRITERS_ALL
} mf_writers;

typedef struct mf_trust {
    int writers;                      /* mf_writers, or MF_UNSET */
    int owned;                        /* 1: only these may own programs; or MF_UNSET */
    int docroot;                      /* who owns the document root may */
    const apr_array_header_t *owners; /* of uid_t: others who may */
} mf_trust;

void mf_trust_init(mf_trust *t);
mf_trust mf_trust_merge(const mf_trust *base, const mf_trust *add);

/* All but the list of owners as a number. */
unsigned int mf_trust_bits(const mf_trust *t);

/* NULL, or why the file that httpd found cannot be a program. */
const char *mf_trust_found(const mf_trust *t, const request_rec *r);
/* The same of an opened file, program or import; `what` is its name in the reason. */
const char *mf_trust_file(const mf_trust *t, request_rec *r, const struct stat *state);
/* The same of the directory that it lies in. */
const char *mf_trust_directory(const mf_trust *t, int directory);

/* Directives; `conf` is an mf_dir. */
const char *mf_set_owner(cmd_parms *cmd, void *conf, int argc, char *const argv[]);
const char *mf_set_writers(cmd_parms *cmd, void *conf, const char *arg);

#endif
