// SPDX-License-Identifier: Apache-2.0
/* Directives about caps.
 *
 * Who says nothing about a queue gets a quarter as many places as permits: a request then
 * waits for about a quarter of what one takes, and the slowest that are let in stay well
 * below one and a half times of what they take on an idle server.  Each one that waits
 * holds a worker, so more places help nobody; and where programs are stuck, a second is
 * long enough to know it.
 */
#include "caps.h"

#include "apr_lib.h"
#include "apr_strings.h"
#include "config.h"

#define MOST 1000000
#define DEFAULT_WAIT APR_USEC_PER_SEC

void mf_caps_init(mf_caps *c, apr_pool_t *p)
{
    *c = (mf_caps){ .reserve = MF_UNSET };
    c->host.lane = MF_LANE_NONE;
    c->sections = apr_array_make(p, 1, sizeof(mf_quota *));
}

mf_caps mf_caps_merge(const mf_caps *base, const mf_caps *add)
{
    mf_caps c = *add;
    c.child = base->child;
    c.total = base->total;
    c.reserve = base->reserve;
    if (c.host.cap.most == 0)
        c.host = base->host;
    return c;
}

/* ---- directives ------------------------------------------------------------------ */

static const char *read_count(cmd_parms *cmd, const char *what, const char *arg,
                              int least, uint32_t *out)
{
    apr_off_t n;
    if (!ap_parse_strict_length(&n, arg) || n < least || n > MOST)
        return apr_psprintf(cmd->pool,
                            "%s: %s must be a number from %d to %d, not '%s'",
                            cmd->cmd->name, what, least, MOST, arg);
    *out = (uint32_t)n;
    return NULL;
}

static const char *read_wait(cmd_parms *cmd, const char *arg, int64_t *out)
{
    apr_interval_time_t time;
    /* What has no number would be taken for none of a unit. */
    if (!apr_isdigit(arg[0])
        || ap_timeout_parameter_parse(arg, &time, "s") != APR_SUCCESS)
        return apr_psprintf(cmd->pool, "%s: '%s' is no duration; try 1, 500ms or 2s",
                            cmd->cmd->name, arg);
    *out = time;
    return NULL;
}

static const char *read_cap(cmd_parms *cmd, int argc, char *const argv[], mf_cap *cap)
{
    if (argc == 1 && strcasecmp(argv[0], "none") == 0) {
        *cap = (mf_cap){ .most = MF_NO_CAP };
        return NULL;
    }
    if (argc != 1 && argc != 3 && argc != 5)
        return apr_psprintf(cmd->pool,
                            "%s takes a number, then maybe 'queue' and a number, "
                            "'wait' and a duration; or none",
                            cmd->cmd->name);
    const char *fault = read_count(cmd, "the number", argv[0], 1, &cap->most);
    cap->queue = (cap->most + 3) / 4;
    cap->wait = DEFAULT_WAIT;
    for (int i = 1; i < argc && !fault; i += 2) {
        if (strcasecmp(argv[i], "queue") == 0)
            fault = read_count(cmd, "the queue", argv[i + 1], 0, &cap->queue);
        else if (strcasecmp(argv[i], "wait") == 0)
            fault = read_wait(cmd, argv[i + 1], &cap->wait);
        else
            fault = apr_psprintf(cmd->pool, "%s: '%s' is neither queue nor wait",
                                 cmd->cmd->name, argv[i]);
    }
    return fault;
}

static mf_caps *caps_of(cmd_parms *cmd)
{
    mf_server *s = ap_get_module_config(cmd->server->module_config, &forge_module);
    return &s->caps;
}

const char *mf_set_max_concurrent(cmd_parms *cmd, void *conf, int argc,
                                  char *const argv[])
{
    const char *fault = ap_check_cmd_context(cmd, NOT_IN_HTACCESS);
    mf_caps *caps = caps_of(cmd);
    if (fault)
        return fault;
    if (!cmd->path)
        return read_cap(cmd, argc, argv, &caps->host.cap);
    mf_quota *q = apr_pcalloc(cmd->pool, sizeof *q);
    q->lane = MF_LANE_NONE;
    q->name = cmd->path;
    APR_ARRAY_PUSH(caps->sections, mf_quota *) = q;
    ((mf_dir *)conf)->section = q;
    return read_cap(cmd, argc, argv, &q->cap);
}

static const char *set_cap(cmd_parms *cmd, int argc, char *const argv[], mf_cap *cap)
{
    const char *fault = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    return fault ? fault : read_cap(cmd, argc, argv, cap);
}

const char *mf_set_max_per_child(cmd_parms *cmd, void *conf, int argc,
                                 char *const argv[])
{
    (void)conf;
    return set_cap(cmd, argc, argv, &caps_of(cmd)->child);
}

const char *mf_set_max_total(cmd_parms *cmd, void *conf, int argc, char *const argv[])
{
    (void)conf;
    return set_cap(cmd, argc, argv, &caps_of(cmd)->total);
}

const char *mf_set_reserve(cmd_parms *cmd, void *conf, const char *arg)
{
    uint32_t n = 0;
    (void)conf;
    const char *fault = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    if (!fault)
        fault = read_count(cmd, "the reserve", arg, 0, &n);
    if (!fault)
        caps_of(cmd)->reserve = (int)n;
    return fault;
}
