// SPDX-License-Identifier: Apache-2.0
/* The least a module does to answer: what cpu.fg answers to /ping and /cpu, below /floor.
 * Like mod_forge it takes its URLs before httpd looks for files. */
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>

#define PREFIX "/floor/"
#define HANDLER "forge-floor"

static int floor_translate(request_rec *r)
{
    if (strncmp(r->uri, PREFIX, strlen(PREFIX)) != 0)
        return DECLINED;
    r->filename = apr_pstrdup(r->pool, PREFIX);
    r->path_info = apr_pstrdup(r->pool, r->uri + strlen(PREFIX));
    r->handler = HANDLER;
    return OK;
}

static int floor_taken(request_rec *r)
{
    return r->handler && strcmp(r->handler, HANDLER) == 0 ? OK : DECLINED;
}

static int floor_handler(request_rec *r)
{
    if (floor_taken(r) != OK)
        return DECLINED;
    ap_set_content_type(r, "application/json");
    if (strcmp(r->path_info, "cpu") == 0) {
        int total = 0;
        for (int i = 0; i < 200000; i++) {
            total++;
            __asm__ volatile("" : "+r"(total)); /* every addition happens */
        }
        ap_rprintf(r, "{\"ok\":true,\"work\":%d}", total);
    } else {
        ap_rputs("{\"ok\":true}", r);
    }
    return OK;
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_translate_name(floor_translate, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_map_to_storage(floor_taken, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_type_checker(floor_taken, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_handler(floor_handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(floor) = { STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL,
                             register_hooks,          0 };
