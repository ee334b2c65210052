// SPDX-License-Identifier: Apache-2.0
/* Builds templates in a process without privileges.
 *
 * The parent of a server runs as root and must not parse or run a site's code, nor read
 * what that code has written.  A builder process does both and leaves the template in
 * memory that is then sealed, mapped read-only and inherited by every child. */
#ifndef MF_BUILDER_H
#define MF_BUILDER_H

#include "apr_pools.h"
#include "config.h"
#include "forge.h"
#include "httpd.h"

/* Address space of one template; memory is taken only for what is used. */
#define MF_REGION_SIZE ((apr_size_t)1 << 30)

typedef enum mf_build_outcome {
    MF_BUILT,
    MF_BUILD_FAILED,     /* the program: see the report */
    MF_BUILD_TOO_LATE,   /* killed at the deadline */
    MF_BUILD_CRASHED,    /* ended by itself without a result */
    MF_BUILD_IMPOSSIBLE, /* the system refused something: see rv and step */
} mf_build_outcome;

typedef struct mf_build {
    const char *file;
    const mf_dir *dir;   /* settings that hold for it */
    int root;            /* the directory for its files, opened */
    forge_limits limits; /* of the top level; wall_us is also the deadline */
    int check_only;      /* compile, run nothing, keep nothing */
    forge_report report; /* out, in the pool */
    apr_status_t rv;     /* out */
    const char *step;    /* out: what the system refused */
    int background;      /* out: it has schedule or watch blocks */
    void *region;        /* out: mapped read-only until the pool is cleared */
} mf_build;

/* Runs a builder and waits for it.  The region lives as long as the pool. */
mf_build_outcome mf_builder_run(apr_pool_t *pool, server_rec *s, mf_build *b);

#endif
