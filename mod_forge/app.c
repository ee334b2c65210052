// SPDX-License-Identifier: Apache-2.0
/* Mounts, builds and finds apps.
 *
 * The parent only keeps the address of a template and the text of a failure; it never
 * looks into a template, which the site's code has written. */
#include "app.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "apr_fnmatch.h"
#include "apr_strings.h"
#include "builder.h"
#include "config.h"
#include "http_core.h"
#include "http_request.h"
#include "log.h"

mf_app *mf_app_create(apr_pool_t *p, server_rec *s, const char *prefix,
                      const char *file)
{
    mf_app *app = apr_pcalloc(p, sizeof *app);
    char *text = apr_pstrdup(p, prefix);
    app->prefix_len = strlen(text);
    while (app->prefix_len > 0 && text[app->prefix_len - 1] == '/')
        text[--app->prefix_len] = '\0';
    app->prefix = text;
    app->file = ap_server_root_relative(p, file);
    app->server = s;
    app->root = -1;
    return app->file ? app : NULL;
}

/* ---- building -------------------------------------------------------------------- */

/* Calls `act` for every app of every server, once. */
static void each_app(server_rec *s, void (*act)(mf_app *, void *), void *ctx)
{
    for (; s; s = s->next) {
        const apr_array_header_t *apps = mf_server_of(s)->apps;
        for (int i = 0; i < apps->nelts; i++) {
            mf_app *app = APR_ARRAY_IDX(apps, i, mf_app *);
            if (app->server == s)
                act(app, ctx);
        }
    }
}

/* 1 if a Location section holds for the whole of an app.  What it compares with is the
 * address of the app's first page. */
static int is_for(const core_dir_config *section, const char *uri)
{
    if (section->r)
        return ap_regexec(section->r, uri, 0, NULL, 0) == 0;
    if (section->d_is_fnmatch)
        return apr_fnmatch(section->d, uri, APR_FNM_PATHNAME) == APR_SUCCESS;
    apr_size_t n = strlen(section->d);
    return strncmp(uri, section->d, n) == 0
           && (n == 0 || section->d[n - 1] == '/' || uri[n] == '/');
}

/* The settings of the app's server and of the Location sections around it. */
static const mf_dir *settings_of(apr_pool_t *p, const mf_app *app)
{
    const core_server_config *core =
        ap_get_core_module_config(app->server->module_config);
    const char *uri = apr_pstrcat(p, app->prefix, "/", NULL);
    const mf_dir *dir = mf_dir_of_server(app->server);
    for (int i = 0; i < core->sec_url->nelts; i++) {
        const ap_conf_vector_t *v =
            APR_ARRAY_IDX(core->sec_url, i, const ap_conf_vector_t *);
        mf_dir *more = ap_get_module_config(v, &forge_module);
        if (more && is_for(ap_get_core_module_config(v), uri))
            dir = mf_dir_merge(p, (mf_dir *)dir, more);
    }
    return dir;
}

static apr_status_t close_root(void *data)
{
    mf_app *app = data;
    close(app->root);
    return APR_SUCCESS;
}

static const forge_report *plain_fault(apr_pool_t *p, const mf_app *app,
                                       const char *text)
{
    forge_report *r = apr_pcalloc(p, sizeof *r);
    r->message = text;
    r->kind = "BuildError";
    r->text = "";
    r->place.file = app->file;
    return r;
}

static void report_failure(mf_app *app, mf_build_outcome outcome, const mf_build *b,
                           apr_pool_t *p)
{
    switch (outcome) {
    case MF_BUILT: break;
    case MF_BUILD_FAILED:
        app->fault = apr_pmemdup(p, &b->report, sizeof b->report);
        mf_log_server_report(b->check_only ? MF_CHECK_BROKEN : MF_BUILD_BROKEN,
                             app->server, p, app->fault);
        break;
    case MF_BUILD_TOO_LATE:
        mf_log_server(MF_BUILD_LATE, app->server, 0, "%s", app->file);
        app->fault =
            plain_fault(p, app, "its top level takes longer than ForgeBuildTime");
        break;
    case MF_BUILD_CRASHED:
        mf_log_server(MF_BUILD_DIED, app->server, 0, "%s", app->file);
        app->fault = plain_fault(p, app, "the builder ended without a result");
        break;
    case MF_BUILD_IMPOSSIBLE:
        mf_log_server(MF_BUILD_SYSTEM, app->server, b->rv, "%s: cannot %s", app->file,
                      b->step);
        app->fault = plain_fault(p, app, "the system refused to build it");
        break;
    }
}

static void build_app(mf_app *app, void *ctx)
{
    apr_pool_t *pconf = ctx;
    mf_build b = { .file = app->file };
    app->dir = settings_of(pconf, app);
    app->root = mf_root_open(pconf, app->dir, app->file);
    if (app->root < 0) {
        mf_log_server(MF_APP_ROOT, app->server, errno, "%s: %s", app->file,
                      mf_root_path(pconf, app->dir, app->file));
        app->fault = plain_fault(pconf, app, "no directory for its files");
        return;
    }
    apr_pool_cleanup_register(pconf, app, close_root, apr_pool_cleanup_null);
    b.dir = app->dir;
    b.root = app->root;
    b.limits = mf_build_limits(app->dir);
    mf_build_outcome outcome = mf_builder_run(pconf, app->server, &b);
    app->region = b.region;
    if (outcome == MF_BUILT)
        mf_log_server(MF_BUILD_DONE, app->server, 0, "%s at %s/", app->file,
                      app->prefix);
    if (outcome == MF_BUILT && b.background)
        mf_log_server(MF_BACKGROUND, app->server, 0, "%s", app->file);
    report_failure(app, outcome, &b, pconf);
}

int mf_app_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    (void)plog;
    (void)ptemp;
    /* The first pass only tries the configuration; the second one is for real. */
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG)
        each_app(s, build_app, pconf);
    return OK;
}

static void check_app(mf_app *app, void *ctx)
{
    mf_build b = { .file = app->file, .check_only = 1 };
    b.dir = settings_of(ctx, app);
    b.limits = mf_build_limits(b.dir);
    report_failure(app, mf_builder_run(ctx, app->server, &b), &b, ctx);
}

void mf_app_test_config(apr_pool_t *pconf, server_rec *s)
{
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST)
        each_app(s, check_app, pconf);
}

/* ---- in a child ------------------------------------------------------------------ */

static mf_tenant tenant_of(const mf_app *app, const server_rec *s, const mf_dir *dir)
{
    mf_tenant t = { .server = s, .dir = dir, .file = app->file };
    const char *root = dir->hosting.root, *own = app->dir->hosting.root;
    t.app = app->prefix[0] ? app->prefix : "/";
    t.root = root == own || (root && own && strcmp(root, own) == 0) ? app->root : -1;
    return t;
}

static void attach_app(mf_app *app, void *ctx)
{
    apr_pool_t *pchild = ctx;
    mf_program *p = NULL;
    if (app->region) {
        mf_tenant tenant = tenant_of(app, app->server, app->dir);
        tenant.lasts = 1;
        app->site = mf_site_get(pchild, &tenant);
        if (!app->site) {
            mf_log_server(MF_APP_SITE, app->server, errno, "%s", app->file);
            app->fault = plain_fault(pchild, app, "this child has no site for it");
        }
    }
    if (app->site) {
        forge_template *t = forge_template_attach(app->region);
        if (t)
            p = mf_program_of(t, app->file);
        if (!p || !p->tmpl) {
            mf_log_server(MF_BUILD_ATTACH, app->server, 0, "%s", app->file);
            app->fault = plain_fault(pchild, app, "this child cannot use it");
        }
    }
    if (!p && app->fault)
        p = mf_program_broken(app->fault);
    app->program = p;
}

void mf_app_child_init(apr_pool_t *pchild, server_rec *s)
{
    each_app(s, attach_app, pchild);
}

/* ---- per request ----------------------------------------------------------------- */

/* The app with the longest prefix of the path. */
static const mf_app *find_app(const mf_server *conf, const char *uri)
{
    const mf_app *best = NULL;
    for (int i = 0; i < conf->apps->nelts; i++) {
        const mf_app *app = APR_ARRAY_IDX(conf->apps, i, mf_app *);
        if (best && app->prefix_len <= best->prefix_len)
            continue;
        if (strncmp(uri, app->prefix, app->prefix_len) == 0
            && (uri[app->prefix_len] == '/' || uri[app->prefix_len] == '\0'))
            best = app;
    }
    return best;
}

int mf_app_translate(request_rec *r)
{
    const mf_server *conf = mf_server_of(r->server);
    if (conf->apps->nelts == 0 || !r->uri || r->uri[0] != '/' || r->proxyreq)
        return DECLINED;
    const mf_app *app = find_app(conf, r->uri);
    if (!app)
        return DECLINED;
    ap_set_module_config(r->request_config, &forge_module, (void *)app);
    r->filename = apr_pstrdup(r->pool, app->file);
    r->path_info = apr_pstrdup(r->pool, r->uri + app->prefix_len);
    r->handler = MF_HANDLER_APP;
    return OK;
}

int mf_app_map_to_storage(request_rec *r) { return mf_app_of(r) ? OK : DECLINED; }

int mf_app_type(request_rec *r) { return mf_app_of(r) ? OK : DECLINED; }

static apr_status_t drop_site(void *data)
{
    mf_site_drop(data);
    return APR_SUCCESS;
}

/* 1 if it is the app's own virtual host, and sections further inside change nothing that a
 * site is made of. */
static int is_own_site(request_rec *r, const mf_app *app)
{
    const mf_dir *a = mf_dir_of(r), *b = app->dir;
    return r->server == app->server
           && mf_limit_of(a, MF_CONNECTIONS) == mf_limit_of(b, MF_CONNECTIONS)
           && mf_hosting_same(r->pool, &a->hosting, &b->hosting);
}

mf_site *mf_app_site(request_rec *r, const mf_app *app)
{
    if (is_own_site(r, app))
        return app->site;
    mf_tenant tenant = tenant_of(app, r->server, mf_dir_of(r));
    mf_site *site = mf_site_get(r->pool, &tenant);
    if (site)
        apr_pool_cleanup_register(r->pool, site, drop_site, apr_pool_cleanup_null);
    return site;
}

const mf_app *mf_app_of(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &forge_module);
}
