// SPDX-License-Identifier: Apache-2.0
/* mod_forge: Forge programs in Apache httpd.
 *
 * This file only ties the parts to httpd: the module structure and the hooks. */
#include "config.h"

#include "admission.h"
#include "app.h"
#include "cache.h"
#include "cancel.h"
#include "handler.h"
#include "http_protocol.h"
#include "http_request.h"
#include "log.h"
#include "mpm_common.h"
#include "reqid.h"
#include "request.h"
#include "site.h"

static void child_init(apr_pool_t *pchild, server_rec *s)
{
    mf_config_child_init(s);
    mf_cancel_child_init(pchild, s);
    mf_admission_child_init(pchild, s);
    mf_site_child_init(pchild);
    mf_app_child_init(pchild, s);
    mf_cache_child_init(pchild, s);
}

static void register_hooks(apr_pool_t *p)
{
    static const char *const after_ids[] = { "mod_unique_id.c", NULL };
    static const char *const after_rewrite[] = { "mod_rewrite.c", NULL };
    static const char *const before_files[] = { "mod_alias.c", "mod_userdir.c",
                                                "mod_vhost_alias.c", "mod_proxy.c",
                                                NULL };
    (void)p;
    ap_hook_test_config(mf_app_test_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(mf_app_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(mf_admission_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(mf_admission_child_status, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_stopping(mf_cancel_stopping, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_read_request(mf_reqid_read, after_ids, NULL, APR_HOOK_MIDDLE);
    ap_hook_insert_error_filter(mf_reqid_error, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_log_transaction(mf_log_notes, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_translate_name(mf_app_translate, after_rewrite, before_files,
                           APR_HOOK_FIRST);
    ap_hook_map_to_storage(mf_app_map_to_storage, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_type_checker(mf_app_type, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_fixups(mf_request_asked, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(mf_handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(forge) = {
    STANDARD20_MODULE_STUFF, mf_dir_create, mf_dir_merge,   mf_server_create,
    mf_server_merge,         mf_commands,   register_hooks, 0,
};
