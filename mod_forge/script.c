// SPDX-License-Identifier: Apache-2.0
/* The checks before a script runs: engine, name, ExecCGI, file. */
#include "script.h"

#include <string.h>

#include "config.h"
#include "http_core.h"
#include "http_request.h"
#include "log.h"

static int names_script(const char *handler)
{
    return handler && strcmp(handler, MF_HANDLER_SCRIPT) == 0;
}

/* 1 if the sections of a configuration set the handler.  Sections do not nest deeply,
 * and httpd has refused configurations that do. */
static int maps_scripts(const ap_conf_vector_t *vector, int depth)
{
    const core_dir_config *core = ap_get_core_module_config(vector);
    if (!core || depth > 8)
        return core != NULL;
    if (names_script(core->handler) || core->expr_handler)
        return 1;
    const apr_array_header_t *lists[] = { core->sec_file, core->sec_if };
    for (int l = 0; l < 2; l++)
        for (int i = 0; lists[l] && i < lists[l]->nelts; i++)
            if (maps_scripts(APR_ARRAY_IDX(lists[l], i, ap_conf_vector_t *), depth + 1))
                return 1;
    return 0;
}

/* 1 if a .htaccess file may be what mapped the request.  What mod_mime keeps is its own
 * secret, so any directive of it in a .htaccess file counts. */
static int mapped_by_htaccess(const request_rec *r)
{
    const module *mime = ap_find_linked_module("mod_mime.c");
    for (const struct htaccess_result *h = r->htaccess; h; h = h->next)
        if (h->htaccess
            && (maps_scripts(h->htaccess, 0)
                || (mime && ap_get_module_config(h->htaccess, mime))))
            return 1;
    return 0;
}

static int has_extension(const char *name)
{
    apr_size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, ".fg") == 0 && name[n - 4] != '/';
}

static int admit_file(request_rec *r)
{
    switch (r->finfo.filetype) {
    case APR_REG: return OK;
    case APR_NOFILE: return HTTP_NOT_FOUND;
    default:
        mf_log_request(MF_SCRIPT_KIND, r, 0, "%s", r->filename);
        return HTTP_FORBIDDEN;
    }
}

int mf_script_admit(request_rec *r)
{
    const mf_dir *dir = mf_dir_of(r);
    if (!mf_engine_is_on(dir)) {
        mf_log_request(MF_ENGINE_OFF, r, 0, "%s", r->filename);
        return HTTP_FORBIDDEN;
    }
    if (r->finfo.filetype != APR_REG)
        return admit_file(r);
    if (!has_extension(r->filename)) {
        mf_log_request(MF_SCRIPT_NAME, r, 0, "%s", r->filename);
        return HTTP_FORBIDDEN;
    }
    const char *why = mf_trust_found(&dir->trust, r);
    if (why) {
        mf_log_request(MF_SCRIPT_TRUST, r, 0, "%s: %s", r->filename, why);
        return HTTP_FORBIDDEN;
    }
    if (dir->engine != 1 && !(ap_allow_options(r) & OPT_EXECCGI)
        && mapped_by_htaccess(r)) {
        mf_log_request(MF_SCRIPT_EXECCGI, r, 0, "%s", r->filename);
        return HTTP_FORBIDDEN;
    }
    return OK;
}
