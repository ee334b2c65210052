// SPDX-License-Identifier: Apache-2.0
/* Programs mounted by ForgeApp.
 *
 * An app is built once per start of the server, before there are children.  Every child
 * attaches to the template that it inherited and makes its own router. */
#ifndef MF_APP_H
#define MF_APP_H

#include "apr_pools.h"
#include "httpd.h"
#include "program.h"
#include "site.h"

typedef struct mf_app {
    const char *prefix; /* without trailing slash: "" is the whole site */
    apr_size_t prefix_len;
    const char *file;
    server_rec *server;        /* that declares it */
    const mf_dir *dir;         /* settings that hold for all that is below the prefix */
    int root;                  /* the directory for its files, opened, or -1 */
    void *region;              /* the template, or NULL */
    const forge_report *fault; /* why there is none */
    const mf_program *program; /* in a child: maybe broken; NULL without memory */
    mf_site *site;             /* in a child, or NULL: it is broken */
} mf_app;

/* NULL when the file's path is invalid. */
mf_app *mf_app_create(apr_pool_t *p, server_rec *s, const char *prefix,
                      const char *file);

/* Hook post_config: builds all apps of all servers. */
int mf_app_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s);
/* Hook test_config: compiles all apps without running them. */
void mf_app_test_config(apr_pool_t *pconf, server_rec *s);
/* Part of child_init: makes the programs. */
void mf_app_child_init(apr_pool_t *pchild, server_rec *s);

/* The site for a request of the app; NULL with errno.  It lasts until the request's pool
 * ends. */
mf_site *mf_app_site(request_rec *r, const mf_app *app);

/* Hook translate_name: claims the requests below a prefix. */
int mf_app_translate(request_rec *r);
/* Hook map_to_storage: no file is behind an app, so no directory rules apply to one. */
int mf_app_map_to_storage(request_rec *r);
/* Hook type_checker: the file's name says nothing about the response. */
int mf_app_type(request_rec *r);
/* The app of a request, or NULL. */
const mf_app *mf_app_of(const request_rec *r);

#endif
