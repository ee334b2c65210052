// SPDX-License-Identifier: Apache-2.0
/* Rights by name. */
#include "rights.h"

#include <string.h>

#include "apr_strings.h"
#include "forge.h"

static const struct {
    const char *name;
    uint32_t right;
} rights[] = {
    { "fs.read", FORGE_CAP_FS_READ }, { "fs.write", FORGE_CAP_FS_WRITE },
    { "net", FORGE_CAP_NET },         { "db", FORGE_CAP_DB },
    { "exec", FORGE_CAP_EXEC },       { "env", FORGE_CAP_ENV },
    { "state", FORGE_CAP_STATE },     { "ws", FORGE_CAP_WS },
    { "all", FORGE_CAP_ALL },
};

enum { RIGHTS = sizeof rights / sizeof rights[0] };

static uint32_t right_of(const char *word)
{
    for (int i = 0; i < RIGHTS; i++)
        if (strcasecmp(word, rights[i].name) == 0)
            return rights[i].right;
    return 0;
}

const char *mf_rights_read(apr_pool_t *p, const char *directive, int count,
                           char *const words[], uint32_t *out)
{
    if (count == 0)
        return apr_psprintf(p, "%s: name a right, such as fs.read, or none", directive);
    if (count == 1 && strcasecmp(words[0], "none") == 0)
        return NULL;
    for (int i = 0; i < count; i++) {
        uint32_t right = right_of(words[i]);
        if (strcasecmp(words[i], "none") == 0)
            return apr_psprintf(p, "%s: 'none' does not go with other words",
                                directive);
        if (!right)
            return apr_psprintf(p,
                                "%s: '%s' is no right; try fs.read, fs.write, net, db, "
                                "exec, env, state, ws, all or none",
                                directive, words[i]);
        *out |= right;
    }
    return NULL;
}

const char *mf_right_denied(const char *message)
{
    static const char prefix[] = "permission denied: ";
    if (strncmp(message, prefix, sizeof prefix - 1) != 0)
        return NULL;
    for (int i = 0; i < RIGHTS; i++)
        if (strcmp(message + sizeof prefix - 1, rights[i].name) == 0)
            return rights[i].name;
    return NULL;
}
