// SPDX-License-Identifier: Apache-2.0
/* The directives and what they set.
 *
 * Merged structures are new; parents are never written.  What a .htaccess file says is
 * kept apart from what the administrator says: it can only tighten. */
#ifndef MF_CONFIG_H
#define MF_CONFIG_H

#include "httpd.h"

#include "ap_expr.h"
#include "apr_tables.h"
#include "caps.h"
#include "forge.h"
#include "hosting.h"
#include "http_config.h"
#include "trust.h"

/* The one symbol that httpd looks up; everything else stays hidden. */
extern module AP_MODULE_DECLARE_DATA forge_module
    __attribute__((visibility("default")));

/* Names in SetHandler, and the one that ForgeApp sets itself. */
#define MF_HANDLER_SCRIPT "forge-script"
#define MF_HANDLER_APP "forge-app"

/* Numbers that a directive sets: bytes, microseconds, counts. */
typedef enum mf_limit {
    MF_MAX_BODY,
    MF_MAX_TIME,
    MF_MAX_MEMORY,
    MF_MAX_OUTPUT,
    MF_MAX_FUEL,
    MF_MAX_DEPTH,
    MF_BUILD_TIME,
    MF_MAX_CPU,
    MF_MAX_FILES,
    MF_MAX_TASKS,
    MF_MAX_LOG,     /* lines */
    MF_CONNECTIONS, /* of each kind and child */
    MF_RELOAD,      /* interval between two looks at a file */
    MF_LIMITS
} mf_limit;

#define MF_NEVER APR_INT64_MAX

enum { MF_UNSET = -1 };
enum { MF_ERRORS_PROD, MF_ERRORS_DEV };
enum { MF_ID_UUID, MF_ID_UNIQUE, MF_ID_OFF };

typedef struct mf_dir {
    int engine;          /* by the administrator: on, off or MF_UNSET */
    int engine_htaccess; /* by a .htaccess file */
    int errors;
    const ap_expr_info_t *errors_for; /* dev, for clients that are so; NULL: for all */
    int ignore_abort;                 /* programs go on when the client leaves */
    apr_int64_t limit[MF_LIMITS];     /* by the administrator */
    apr_int64_t limit_htaccess[MF_LIMITS]; /* strictest of the .htaccess files */
    mf_hosting hosting;
    mf_trust trust;
    int settled;      /* run is valid: this is what a server says outside directories */
    forge_limits run; /* what mf_run_limits gives */
    const mf_quota *section; /* of the innermost section that has one, or NULL */
} mf_dir;

typedef struct mf_server {
    apr_array_header_t *apps; /* of mf_app *; those of a parent are shared */
    int request_id;
    apr_int64_t cache_size;
    const char *upload_dir; /* NULL: the system's */
    mf_caps caps;
    apr_int64_t drain; /* time for programs when the server is stopping */
} mf_server;

extern const command_rec mf_commands[];

/* 1 while a .htaccess file is read. */
int mf_in_htaccess(cmd_parms *cmd);

void *mf_dir_create(apr_pool_t *p, char *path);
void *mf_dir_merge(apr_pool_t *p, void *base, void *add);
void *mf_server_create(apr_pool_t *p, server_rec *s);
void *mf_server_merge(apr_pool_t *p, void *base, void *add);

/* Part of child_init: computes what holds for most requests. */
void mf_config_child_init(server_rec *s);

const mf_dir *mf_dir_of(const request_rec *r);
/* The settings of a server outside any directory. */
const mf_dir *mf_dir_of_server(const server_rec *s);
const mf_server *mf_server_of(const server_rec *s);
/* Bytes that all cached scripts of a child may take. */
apr_int64_t mf_cache_size(const server_rec *main_server);

/* How long programs may go on when the server is stopped or restarted gracefully. */
apr_int64_t mf_drain_timeout(const server_rec *main_server);

apr_int64_t mf_limit_of(const mf_dir *d, mf_limit which);
int mf_engine_is_on(const mf_dir *d);
/* 1 if the client may see reports. */
int mf_shows_errors(request_rec *r);
/* What the engine is told: all limits of one run. */
forge_limits mf_run_limits(const mf_dir *d);
/* The same for a top level, which has ForgeBuildTime. */
forge_limits mf_build_limits(const mf_dir *d);

#endif
