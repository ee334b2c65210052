// SPDX-License-Identifier: Apache-2.0
/* Owners and modes of programs. */
#include "trust.h"

#include <pwd.h>
#include <string.h>

#include "apr_strings.h"
#include "apr_user.h"
#include "config.h"
#include "http_core.h"

void mf_trust_init(mf_trust *t)
{
    *t = (mf_trust){ .writers = MF_UNSET, .owned = MF_UNSET };
}

mf_trust mf_trust_merge(const mf_trust *base, const mf_trust *add)
{
    mf_trust t = add->owned != MF_UNSET ? *add : *base;
    t.writers = add->writers != MF_UNSET ? add->writers : base->writers;
    return t;
}

unsigned int mf_trust_bits(const mf_trust *t)
{
    return (unsigned int)(t->writers + 1) << 4 | (unsigned int)(t->owned + 1) << 1
           | (unsigned int)t->docroot;
}

/* ---- checks ---------------------------------------------------------------------- */

static const char *check_writers(const mf_trust *t, int group, int others)
{
    int writers = t->writers == MF_UNSET ? MF_WRITERS_GROUP : t->writers;
    if (others && writers < MF_WRITERS_ALL)
        return "everybody on this host can write to it";
    if (group && writers < MF_WRITERS_GROUP)
        return "its group can write to it";
    return NULL;
}

const char *mf_trust_found(const mf_trust *t, const request_rec *r)
{
    if (!(r->finfo.valid & APR_FINFO_PROT))
        return NULL;
    return check_writers(t, r->finfo.protection & APR_FPROT_GWRITE,
                         r->finfo.protection & APR_FPROT_WWRITE);
}

static int is_owner(const mf_trust *t, request_rec *r, uid_t owner)
{
    struct stat root;
    if (t->owned != 1)
        return 1;
    for (int i = 0; i < t->owners->nelts; i++)
        if (APR_ARRAY_IDX(t->owners, i, uid_t) == owner)
            return 1;
    return t->docroot && stat(ap_document_root(r), &root) == 0 && root.st_uid == owner;
}

const char *mf_trust_file(const mf_trust *t, request_rec *r, const struct stat *state)
{
    if (!is_owner(t, r, state->st_uid))
        return apr_psprintf(r->pool,
                            "its owner has the id %lu, which ForgeScriptOwner "
                            "does not name",
                            (unsigned long)state->st_uid);
    return check_writers(t, state->st_mode & S_IWGRP, state->st_mode & S_IWOTH);
}

const char *mf_trust_directory(const mf_trust *t, int directory)
{
    struct stat state;
    /* With the sticky bit nobody can replace what is another's. */
    if (fstat(directory, &state) != 0 || state.st_mode & S_ISVTX)
        return NULL;
    return check_writers(t, state.st_mode & S_IWGRP, state.st_mode & S_IWOTH)
               ? "others can replace it: they can write to its directory"
               : NULL;
}

/* ---- directives ------------------------------------------------------------------ */

static mf_trust *trust_of(void *conf) { return &((mf_dir *)conf)->trust; }

const char *mf_set_owner(cmd_parms *cmd, void *conf, int argc, char *const argv[])
{
    mf_trust *t = trust_of(conf);
    apr_array_header_t *owners = apr_array_make(cmd->pool, argc, sizeof(uid_t));
    const char *fault = ap_check_cmd_context(cmd, NOT_IN_HTACCESS);
    if (fault)
        return fault;
    if (argc == 0)
        return "ForgeScriptOwner: name users, docroot, or any";
    t->owned = 1;
    t->docroot = 0;
    t->owners = owners;
    for (int i = 0; i < argc; i++) {
        uid_t uid;
        gid_t gid;
        if (strcasecmp(argv[i], "docroot") == 0)
            t->docroot = 1;
        else if (strcasecmp(argv[i], "any") == 0 && argc == 1)
            t->owned = 0;
        else if (apr_uid_get(&uid, &gid, argv[i], cmd->temp_pool) == APR_SUCCESS)
            APR_ARRAY_PUSH(owners, uid_t) = uid;
        else
            return apr_psprintf(cmd->pool, "ForgeScriptOwner: there is no user '%s'",
                                argv[i]);
    }
    return NULL;
}

const char *mf_set_writers(cmd_parms *cmd, void *conf, const char *arg)
{
    static const char *const names[] = { "owner", "group", "all" };
    const char *fault = ap_check_cmd_context(cmd, NOT_IN_HTACCESS);
    if (fault)
        return fault;
    for (int i = 0; i < 3; i++)
        if (strcasecmp(arg, names[i]) == 0) {
            trust_of(conf)->writers = i;
            return NULL;
        }
    return "ForgeScriptWritable must be owner, group or all";
}
