// SPDX-License-Identifier: Apache-2.0
/* The public interface: sites (see include/forge.h). */
#include "api.h"

#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), "see forge.h")
SAME(FG_LOG_ERROR, FORGE_LOG_ERROR);
SAME(FG_LOG_WARN, FORGE_LOG_WARN);
SAME(FG_LOG_INFO, FORGE_LOG_INFO);
SAME(FG_LOG_DEBUG, FORGE_LOG_DEBUG);
SAME(FG_READ_LATER, FORGE_READ_LATER);
SAME(FG_READ_FAILED, FORGE_READ_FAILED);
SAME(sizeof(fg_incoming), sizeof(forge_incoming));
SAME(sizeof(fg_tls), sizeof(forge_tls));

forge_site *forge_site_new(const forge_site_options *o)
{
    fg_site_options mine = {
        .hosted = o->hosted,
        .root = o->root,
        .root_fd = o->root_fd,
        .vars = o->vars,
        .args = o->args,
        .allow = o->allow,
        .only = o->only,
        .spool = o->spool,
        .connections = o->connections,
    };
    return (forge_site *)fg_site_new(&mine);
}

void forge_site_free(forge_site *s) { fg_site_free((fg_site *)s); }
