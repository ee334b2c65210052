// SPDX-License-Identifier: Apache-2.0
/* The part of the settings that says what programs may do and reach.
 *
 * Of the administrator's words those of the innermost section count, and lines of one
 * section add up.  What is dropped stays dropped in all sections within, whoever dropped
 * it.  Settings add up by name, and the innermost value of a name counts. */
#ifndef MF_HOSTING_H
#define MF_HOSTING_H

#include <stdint.h>

#include "httpd.h"

#include "apr_tables.h"
#include "http_config.h"

typedef struct mf_hosting {
    int allow;                      /* rights by the administrator, or MF_UNSET */
    uint32_t drop;                  /* rights taken away by anyone */
    const char *root;               /* by the administrator, from "/", or NULL */
    const char *below;              /* by .htaccess files: where in it, or NULL */
    const apr_array_header_t *vars; /* "NAME=value" (const char *), or NULL */
    const char *allow_hosts;        /* patterns with spaces between, or NULL */
    const char *only_hosts;         /* the same */
} mf_hosting;

void mf_hosting_init(mf_hosting *h);
mf_hosting mf_hosting_merge(apr_pool_t *p, const mf_hosting *base,
                            const mf_hosting *add);

/* The rights that are left. */
uint32_t mf_hosting_rights(const mf_hosting *h);
/* 1 if all but the rights is the same. */
int mf_hosting_same(apr_pool_t *p, const mf_hosting *a, const mf_hosting *b);
/* Everything but the rights as one text, different for different settings. */
const char *mf_hosting_text(apr_pool_t *p, const mf_hosting *h);

/* Directives; `conf` is an mf_dir. */
const char *mf_set_allow(cmd_parms *cmd, void *conf, int argc, char *const argv[]);
const char *mf_set_drop(cmd_parms *cmd, void *conf, int argc, char *const argv[]);
const char *mf_set_root(cmd_parms *cmd, void *conf, const char *path);
/* Without a value it is empty. */
const char *mf_set_var(cmd_parms *cmd, void *conf, const char *name, const char *value);
const char *mf_set_allow_hosts(cmd_parms *cmd, void *conf, int argc,
                               char *const argv[]);
const char *mf_set_only_hosts(cmd_parms *cmd, void *conf, int argc, char *const argv[]);

#endif
