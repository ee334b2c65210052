// SPDX-License-Identifier: Apache-2.0
/* The part of the settings that says how many programs run at once. */
#ifndef MF_CAPS_H
#define MF_CAPS_H

#include "httpd.h"

#include "apr_tables.h"
#include "gate.h"
#include "http_config.h"

/* Of a server; the first three count in the main server's only. */
typedef struct mf_caps {
    mf_cap child, total;          /* most is 0: nobody said anything */
    int reserve;                  /* workers, or MF_UNSET */
    mf_quota host;                /* of the virtual host itself; most as above */
    apr_array_header_t *sections; /* of mf_quota *: of all sections in the host */
} mf_caps;

void mf_caps_init(mf_caps *c, apr_pool_t *p);
/* A virtual host that says nothing has the main server's cap, and counts for itself. */
mf_caps mf_caps_merge(const mf_caps *base, const mf_caps *add);

/* Directives: "N [queue M] [wait T]" or "none"; `conf` is an mf_dir. */
const char *mf_set_max_concurrent(cmd_parms *cmd, void *conf, int argc,
                                  char *const argv[]);
const char *mf_set_max_per_child(cmd_parms *cmd, void *conf, int argc,
                                 char *const argv[]);
const char *mf_set_max_total(cmd_parms *cmd, void *conf, int argc, char *const argv[]);
const char *mf_set_reserve(cmd_parms *cmd, void *conf, const char *arg);

#endif
