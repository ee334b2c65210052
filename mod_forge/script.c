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

static int refuse(request_rec *r, mf_code code)
{
    mf_note_code(r, code);
    mf_log_request(code, r, 0, "%s", r->filename);
    return HTTP_FORBIDDEN;
}

static int refuse_kind(request_rec *r)
{
    if (r->finfo.filetype != APR_NOFILE)
        return refuse(r, MF_SCRIPT_KIND);
    mf_note_code(r, MF_NOT_FOUND);
    return HTTP_NOT_FOUND;
}

int mf_script_admit(request_rec *r)
{
    const mf_dir *dir = mf_dir_of(r);
    if (!mf_engine_is_on(dir))
        return refuse(r, MF_ENGINE_OFF);
    if (r->finfo.filetype != APR_REG)
        return refuse_kind(r);
    if (!has_extension(r->filename))
        return refuse(r, MF_SCRIPT_NAME);
    const char *why = mf_trust_found(&dir->trust, r);
    if (why) {
        mf_note_code(r, MF_SCRIPT_TRUST);
        mf_log_request(MF_SCRIPT_TRUST, r, 0, "%s: %s", r->filename, why);
        return HTTP_FORBIDDEN;
    }
    if (dir->engine != 1 && !(ap_allow_options(r) & OPT_EXECCGI)
        && mapped_by_htaccess(r))
        return refuse(r, MF_SCRIPT_EXECCGI);
    return OK;
}
