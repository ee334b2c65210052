// SPDX-License-Identifier: Apache-2.0
/* Sites: where the programs of one tenant run in one child.
 *
 * A site has a root that files are confined to, variables, lists of hosts, and the
 * connections that its programs use one after the other.  An app has one of its own, and
 * one more for each virtual host that shares it or section inside that has settings of
 * its own.  Scripts share one if they are of one virtual host, directory and owner and
 * have the same settings.  Sites are counted, and what nobody refers to is kept for the
 * next one who asks, up to a bound, since .htaccess files can ask for any number. */
#ifndef MF_SITE_H
#define MF_SITE_H

#include <sys/stat.h>

#include "config.h"
#include "forge.h"
#include "httpd.h"

typedef struct mf_site mf_site;

/* What a site is for. */
typedef struct mf_tenant {
    const server_rec *server;
    const mf_dir *dir;        /* its settings */
    const char *file;         /* of the program */
    const struct stat *state; /* of the file, as it was read; not for apps in a child */
    const char *app;          /* its prefix, or NULL: a script */
    int root;                 /* the root of an app, opened, or -1 */
    int lasts;                /* as long as the child does: it does not count */
} mf_tenant;

/* The directory that programs in `file` are confined to: ForgeRoot, or that of the file,
 * as far as .htaccess files leave it. */
const char *mf_root_path(apr_pool_t *p, const mf_dir *dir, const char *file);
/* Opens it as the administrator named it, or -1 with errno. */
int mf_root_open(apr_pool_t *p, const mf_dir *dir, const char *file);
/* 0, with ESTALE, if the opened root should be the file's own directory and does not hold
 * the file that was read: somebody has exchanged it meanwhile. */
int mf_root_fits(const mf_tenant *t);

/* A site that is nobody else's, with a root that was opened; NULL with errno. */
forge_site *mf_site_make(apr_pool_t *p, const mf_tenant *t);

/* Part of child_init. */
void mf_site_child_init(apr_pool_t *pchild);
/* The site of a tenant for whom it is until it is dropped; NULL with errno. */
mf_site *mf_site_get(apr_pool_t *p, const mf_tenant *t);
/* No fork uses it for the caller any more. */
void mf_site_drop(mf_site *site);
/* 1 if there are more sites than a child should have: some that keep one should end. */
int mf_site_crowded(void);

forge_site *mf_site_of(const mf_site *site);
/* 1 if the root's path leads to another directory by now. */
int mf_site_moved(const mf_site *site);
/* Bytes that it takes beside its connections. */
apr_size_t mf_site_size(const mf_site *site);

#endif
