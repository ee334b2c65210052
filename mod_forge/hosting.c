// SPDX-License-Identifier: Apache-2.0
/* Directives about rights, the root, settings and hosts.
 *
 * A .htaccess file has no way to add: it cannot use the administrator's directives, even
 * if AllowOverrideList names them, and a root of it lies beneath the administrator's. */
#include "hosting.h"

#include <string.h>

#include "apr_strings.h"
#include "config.h"
#include "forge.h"
#include "rights.h"

#define MOST_VARS 256
#define MOST_WORDS 50 /* of a line; httpd itself drops what follows the 64th */

void mf_hosting_init(mf_hosting *h) { *h = (mf_hosting){ .allow = MF_UNSET }; }

/* ---- merging --------------------------------------------------------------------- */

static int same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");
    return strncmp(a, b, n + 1) == 0;
}

static int sets(const apr_array_header_t *vars, const char *var)
{
    for (int i = 0; i < vars->nelts; i++)
        if (same_name(APR_ARRAY_IDX(vars, i, const char *), var))
            return 1;
    return 0;
}

/* What `base` sets and `add` does not, then `add`. */
static const apr_array_header_t *merge_vars(apr_pool_t *p,
                                            const apr_array_header_t *base,
                                            const apr_array_header_t *add)
{
    if (!base || !add)
        return add ? add : base;
    apr_array_header_t *all =
        apr_array_make(p, base->nelts + add->nelts, sizeof(const char *));
    for (int i = 0; i < base->nelts; i++) {
        const char *var = APR_ARRAY_IDX(base, i, const char *);
        if (!sets(add, var))
            APR_ARRAY_PUSH(all, const char *) = var;
    }
    apr_array_cat(all, add);
    return all;
}

static const char *later(const char *base, const char *add) { return add ? add : base; }

static const char *join(apr_pool_t *p, const char *base, const char *add, char between)
{
    if (!base || !add)
        return later(base, add);
    return apr_psprintf(p, "%s%c%s", base, between, add);
}

mf_hosting mf_hosting_merge(apr_pool_t *p, const mf_hosting *base,
                            const mf_hosting *add)
{
    mf_hosting h = {
        .allow = add->allow != MF_UNSET ? add->allow : base->allow,
        .drop = base->drop | add->drop,
        .root = later(base->root, add->root),
        .vars = merge_vars(p, base->vars, add->vars),
        .allow_hosts = later(base->allow_hosts, add->allow_hosts),
        .only_hosts = later(base->only_hosts, add->only_hosts),
    };
    /* A new root of the administrator is no place for what narrowed the old one. */
    h.below = add->root ? add->below : join(p, base->below, add->below, '/');
    return h;
}

/* ---- reading --------------------------------------------------------------------- */

/* Whoever sets variables wants them read, and there is nothing else that could be. */
uint32_t mf_hosting_rights(const mf_hosting *h)
{
    uint32_t rights = h->allow == MF_UNSET ? 0 : (uint32_t)h->allow;
    if (h->vars)
        rights |= FORGE_CAP_ENV;
    return rights & ~h->drop;
}

/* A part that no other text can be taken for. */
static const char *part(apr_pool_t *p, char kind, const char *text)
{
    if (!text)
        return "";
    return apr_psprintf(p, "%c%" APR_SIZE_T_FMT ":%s", kind, strlen(text), text);
}

const char *mf_hosting_text(apr_pool_t *p, const mf_hosting *h)
{
    const char *vars = "";
    if (!h->root && !h->below && !h->vars && !h->allow_hosts && !h->only_hosts)
        return "";
    if (h->vars) {
        apr_array_header_t *parts =
            apr_array_make(p, h->vars->nelts, sizeof(const char *));
        for (int i = 0; i < h->vars->nelts; i++)
            APR_ARRAY_PUSH(parts, const char *) =
                part(p, 'v', APR_ARRAY_IDX(h->vars, i, const char *));
        vars = apr_array_pstrcat(p, parts, 0);
    }
    return apr_pstrcat(p, part(p, 'r', h->root), part(p, 'b', h->below),
                       part(p, 'a', h->allow_hosts), part(p, 'o', h->only_hosts), vars,
                       NULL);
}

int mf_hosting_same(apr_pool_t *p, const mf_hosting *a, const mf_hosting *b)
{
    /* What no section within says anything about is the same object. */
    if (a->root == b->root && a->below == b->below && a->vars == b->vars
        && a->allow_hosts == b->allow_hosts && a->only_hosts == b->only_hosts)
        return 1;
    return strcmp(mf_hosting_text(p, a), mf_hosting_text(p, b)) == 0;
}

/* ---- directives ------------------------------------------------------------------ */

static mf_hosting *hosting_of(void *conf) { return &((mf_dir *)conf)->hosting; }

const char *mf_set_allow(cmd_parms *cmd, void *conf, int argc, char *const argv[])
{
    mf_hosting *h = hosting_of(conf);
    uint32_t rights = h->allow == MF_UNSET ? 0 : (uint32_t)h->allow;
    const char *fault = ap_check_cmd_context(cmd, NOT_IN_HTACCESS);
    if (!fault)
        fault = mf_rights_read(cmd->pool, cmd->cmd->name, argc, argv, &rights);
    if (!fault)
        h->allow = (int)rights;
    return fault;
}

const char *mf_set_drop(cmd_parms *cmd, void *conf, int argc, char *const argv[])
{
    return mf_rights_read(cmd->pool, cmd->cmd->name, argc, argv,
                          &hosting_of(conf)->drop);
}

/* 1 for a path that stays where it begins. */
static int is_below(const char *path)
{
    if (path[0] == '/' || path[0] == '\0')
        return 0;
    for (const char *at = path; at; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0'))
            return 0;
    }
    return 1;
}

const char *mf_set_root(cmd_parms *cmd, void *conf, const char *path)
{
    mf_hosting *h = hosting_of(conf);
    if (mf_in_htaccess(cmd)) {
        if (!is_below(path))
            return apr_psprintf(cmd->pool,
                                "ForgeRoot: '%s' leads out; a .htaccess file can name "
                                "a directory beneath the root it has, such as data",
                                path);
        h->below = path;
        return NULL;
    }
    h->root = ap_server_root_relative(cmd->pool, path);
    return h->root ? NULL
                   : apr_psprintf(cmd->pool, "ForgeRoot: '%s' is no valid path", path);
}

const char *mf_set_var(cmd_parms *cmd, void *conf, const char *name, const char *value)
{
    mf_hosting *h = hosting_of(conf);
    if (strchr(name, '='))
        return apr_psprintf(cmd->pool, "ForgeSet: '%s' is no name: it has a '='", name);
    apr_array_header_t *one = apr_array_make(cmd->pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(one, const char *) =
        apr_psprintf(cmd->pool, "%s=%s", name, value ? value : "");
    h->vars = merge_vars(cmd->pool, h->vars, one);
    return h->vars->nelts <= MOST_VARS
               ? NULL
               : apr_psprintf(cmd->pool, "ForgeSet: more than %d settings in a section",
                              MOST_VARS);
}

static const char *add_hosts(cmd_parms *cmd, const char **list, int argc,
                             char *const argv[])
{
    const char *fault = ap_check_cmd_context(cmd, NOT_IN_HTACCESS);
    int none = argc == 1 && strcasecmp(argv[0], "none") == 0;
    if (fault)
        return fault;
    if (argc == 0)
        return apr_psprintf(cmd->pool, "%s: name a host, *.domain or network, or none",
                            cmd->cmd->name);
    if (argc > MOST_WORDS)
        return apr_psprintf(cmd->pool, "%s: more than %d hosts; use several lines",
                            cmd->cmd->name, MOST_WORDS);
    for (int i = 0; i < argc; i++) {
        if (strpbrk(argv[i], ", \t"))
            return apr_psprintf(cmd->pool, "%s: put spaces between hosts, not '%s'",
                                cmd->cmd->name, argv[i]);
        if (!none && strcasecmp(argv[i], "none") == 0)
            return apr_psprintf(cmd->pool, "%s: 'none' does not go with other words",
                                cmd->cmd->name);
        *list = none ? later("", *list) : join(cmd->pool, *list, argv[i], ' ');
    }
    return NULL;
}

const char *mf_set_allow_hosts(cmd_parms *cmd, void *conf, int argc, char *const argv[])
{
    return add_hosts(cmd, &hosting_of(conf)->allow_hosts, argc, argv);
}

const char *mf_set_only_hosts(cmd_parms *cmd, void *conf, int argc, char *const argv[])
{
    return add_hosts(cmd, &hosting_of(conf)->only_hosts, argc, argv);
}
