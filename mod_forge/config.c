// SPDX-License-Identifier: Apache-2.0
/* Directives: parsing, creation and merging.
 *
 * All numbers go through one table, so that a limit is one line.  MF_UNSET (-1) means
 * that nobody said anything; defaults apply only when a value is read. */
#include "config.h"

#include <string.h>

#include "ap_mmn.h"
#include "app.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_log.h"

APLOG_USE_MODULE(forge);

#define DEFAULT_CACHE ((apr_int64_t)64 * 1024 * 1024)
#define DEFAULT_DRAIN (10 * APR_USEC_PER_SEC)

typedef enum unit { UNIT_COUNT, UNIT_TIME, UNIT_RELOAD } unit;

static const struct {
    apr_int64_t fallback;
    apr_int64_t least, most; /* what the directive accepts */
    unit unit;
} limits[MF_LIMITS] = {
    [MF_MAX_BODY] = { 2097152, 0, APR_INT64_MAX, UNIT_COUNT },
    [MF_MAX_TIME] = { 30 * APR_USEC_PER_SEC, 1, APR_INT64_MAX, UNIT_TIME },
    [MF_MAX_MEMORY] = { (apr_int64_t)64 << 20, 65536, APR_INT64_MAX, UNIT_COUNT },
    [MF_MAX_OUTPUT] = { (apr_int64_t)16 << 20, 1, APR_INT64_MAX, UNIT_COUNT },
    [MF_MAX_FUEL] = { MF_NEVER, 1, APR_INT64_MAX, UNIT_COUNT },
    [MF_MAX_DEPTH] = { 10000, 1, APR_INT32_MAX, UNIT_COUNT },
    [MF_BUILD_TIME] = { 30 * APR_USEC_PER_SEC, 1, APR_INT64_MAX, UNIT_TIME },
    [MF_MAX_CPU] = { MF_NEVER, 1, APR_INT64_MAX / 1000, UNIT_TIME },
    [MF_MAX_FILES] = { 256, 1, APR_INT32_MAX, UNIT_COUNT },
    [MF_MAX_TASKS] = { 10000, 1, APR_INT32_MAX, UNIT_COUNT },
    [MF_MAX_LOG] = { 100, 1, APR_INT32_MAX, UNIT_COUNT },
    [MF_CONNECTIONS] = { 64, 1, 10000, UNIT_COUNT },
    [MF_RELOAD] = { APR_USEC_PER_SEC, 0, APR_INT64_MAX, UNIT_RELOAD },
};

int mf_in_htaccess(cmd_parms *cmd)
{
    return ap_check_cmd_context(cmd, NOT_IN_HTACCESS) != NULL;
}

/* The stricter of two values, either of which may be unset. */
static apr_int64_t stricter(mf_limit which, apr_int64_t a, apr_int64_t b)
{
    if (a == MF_UNSET || b == MF_UNSET)
        return a == MF_UNSET ? b : a;
    if (which == MF_RELOAD)
        return a > b ? a : b;
    return a < b ? a : b;
}

/* ---- creation and merging -------------------------------------------------------- */

void *mf_dir_create(apr_pool_t *p, char *path)
{
    (void)path;
    mf_dir *d = apr_pcalloc(p, sizeof *d);
    d->engine = d->engine_htaccess = d->errors = d->ignore_abort = MF_UNSET;
    for (int i = 0; i < MF_LIMITS; i++)
        d->limit[i] = d->limit_htaccess[i] = MF_UNSET;
    mf_hosting_init(&d->hosting);
    mf_trust_init(&d->trust);
    return d;
}

static int later(int base, int add) { return add != MF_UNSET ? add : base; }

void *mf_dir_merge(apr_pool_t *p, void *base_conf, void *add_conf)
{
    const mf_dir *base = base_conf;
    const mf_dir *add = add_conf;
    mf_dir *d = apr_palloc(p, sizeof *d);
    d->engine = later(base->engine, add->engine);
    d->engine_htaccess = later(base->engine_htaccess, add->engine_htaccess);
    d->errors = later(base->errors, add->errors);
    d->errors_for = add->errors != MF_UNSET ? add->errors_for : base->errors_for;
    d->ignore_abort = later(base->ignore_abort, add->ignore_abort);
    for (int i = 0; i < MF_LIMITS; i++) {
        d->limit[i] = add->limit[i] != MF_UNSET ? add->limit[i] : base->limit[i];
        d->limit_htaccess[i] =
            stricter((mf_limit)i, base->limit_htaccess[i], add->limit_htaccess[i]);
    }
    d->hosting = mf_hosting_merge(p, &base->hosting, &add->hosting);
    d->trust = mf_trust_merge(&base->trust, &add->trust);
    d->settled = 0;
    d->section = add->section ? add->section : base->section;
    return d;
}

void *mf_server_create(apr_pool_t *p, server_rec *s)
{
    (void)s;
    mf_server *c = apr_pcalloc(p, sizeof *c);
    c->apps = apr_array_make(p, 2, sizeof(mf_app *));
    c->request_id = MF_UNSET;
    c->cache_size = c->drain = MF_UNSET;
    mf_caps_init(&c->caps, p);
    return c;
}

void *mf_server_merge(apr_pool_t *p, void *base_conf, void *add_conf)
{
    const mf_server *base = base_conf;
    const mf_server *add = add_conf;
    mf_server *c = apr_palloc(p, sizeof *c);
    /* A virtual host's own app comes first and so hides one of the same prefix. */
    c->apps = apr_array_append(p, add->apps, base->apps);
    c->request_id = later(base->request_id, add->request_id);
    c->cache_size = add->cache_size != MF_UNSET ? add->cache_size : base->cache_size;
    c->upload_dir = add->upload_dir ? add->upload_dir : base->upload_dir;
    c->caps = mf_caps_merge(&base->caps, &add->caps);
    c->drain = base->drain; /* of the main server only */
    return c;
}

/* ---- directives ------------------------------------------------------------------ */

static const char *parse_number(cmd_parms *cmd, mf_limit which, const char *arg,
                                apr_int64_t *out)
{
    apr_off_t size;
    apr_interval_time_t time;
    const char *name = cmd->cmd->name;
    switch (limits[which].unit) {
    case UNIT_RELOAD:
        if (strcasecmp(arg, "never") == 0) {
            *out = MF_NEVER;
            return NULL;
        }
        /* fall through */
    case UNIT_TIME:
        if (ap_timeout_parameter_parse(arg, &time, "s") != APR_SUCCESS)
            return apr_psprintf(
                cmd->pool, "%s: '%s' is no duration; try 10, 500ms or 2min", name, arg);
        *out = time;
        break;
    case UNIT_COUNT:
        if (!ap_parse_strict_length(&size, arg))
            return apr_psprintf(cmd->pool, "%s: '%s' is no whole number", name, arg);
        *out = size;
        break;
    }
    if (*out < limits[which].least || *out > limits[which].most)
        return apr_psprintf(
            cmd->pool, "%s: %s is outside %" APR_INT64_T_FMT " to %" APR_INT64_T_FMT,
            name, arg, limits[which].least, limits[which].most);
    return NULL;
}

static const char *set_limit(cmd_parms *cmd, void *conf, const char *arg)
{
    mf_dir *d = conf;
    mf_limit which = (mf_limit)(apr_uintptr_t)cmd->info;
    apr_int64_t value = 0;
    const char *fault = parse_number(cmd, which, arg, &value);
    if (fault)
        return fault;
    if (mf_in_htaccess(cmd))
        d->limit_htaccess[which] = stricter(which, d->limit_htaccess[which], value);
    else
        d->limit[which] = value;
    return NULL;
}

static const char *set_engine(cmd_parms *cmd, void *conf, int on)
{
    mf_dir *d = conf;
    if (mf_in_htaccess(cmd))
        d->engine_htaccess = on;
    else
        d->engine = on;
    return NULL;
}

static const char *set_errors(cmd_parms *cmd, void *conf, const char *arg,
                              const char *clients)
{
    mf_dir *d = conf;
    /* Whatever AllowOverrideList says: an expression can read files. */
    const char *fault = ap_check_cmd_context(cmd, NOT_IN_HTACCESS);
    if (fault)
        return fault;
    d->errors_for = NULL;
    if (strcasecmp(arg, "dev") == 0)
        d->errors = MF_ERRORS_DEV;
    else if (strcasecmp(arg, "prod") == 0 && !clients)
        d->errors = MF_ERRORS_PROD;
    else
        return "ForgeErrors must be dev, dev and an expression, or prod";
    if (clients)
        d->errors_for =
            ap_expr_parse_cmd(cmd, clients, AP_EXPR_FLAG_DONT_VARY, &fault, NULL);
    return fault ? apr_psprintf(cmd->pool, "ForgeErrors: '%s' is no expression: %s",
                                clients, fault)
                 : NULL;
}

static const char *set_client_abort(cmd_parms *cmd, void *conf, const char *arg)
{
    mf_dir *d = conf;
    (void)cmd;
    if (strcasecmp(arg, "cancel") == 0)
        d->ignore_abort = 0;
    else if (strcasecmp(arg, "ignore") == 0)
        d->ignore_abort = 1;
    else
        return "ForgeClientAbort must be cancel or ignore";
    return NULL;
}

static mf_server *server_for_write(cmd_parms *cmd)
{
    return ap_get_module_config(cmd->server->module_config, &forge_module);
}

static const char *set_request_id(cmd_parms *cmd, void *conf, const char *arg)
{
    static const char *const names[] = { "uuid", "unique-id", "off" };
    (void)conf;
    for (int i = 0; i < 3; i++)
        if (strcasecmp(arg, names[i]) == 0) {
            server_for_write(cmd)->request_id = i;
            return NULL;
        }
    return "ForgeRequestId must be uuid, unique-id or off";
}

static const char *set_cache_size(cmd_parms *cmd, void *conf, const char *arg)
{
    apr_off_t size;
    (void)conf;
    if (!ap_parse_strict_length(&size, arg) || size < 1)
        return "ForgeCacheSize must be a number of bytes, at least 1";
    server_for_write(cmd)->cache_size = size;
    return NULL;
}

static const char *set_upload_dir(cmd_parms *cmd, void *conf, const char *arg)
{
    apr_finfo_t info;
    (void)conf;
    const char *path = ap_server_root_relative(cmd->pool, arg);
    if (!path || apr_stat(&info, path, APR_FINFO_TYPE, cmd->temp_pool) != APR_SUCCESS
        || info.filetype != APR_DIR)
        return apr_psprintf(cmd->pool, "ForgeUploadDir: '%s' is no directory", arg);
    server_for_write(cmd)->upload_dir = path;
    return NULL;
}

static const char *set_drain(cmd_parms *cmd, void *conf, const char *arg)
{
    apr_interval_time_t time;
    (void)conf;
    const char *fault = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    if (fault)
        return fault;
    if (!apr_isdigit(*arg)
        || ap_timeout_parameter_parse(arg, &time, "s") != APR_SUCCESS)
        return apr_psprintf(
            cmd->pool, "ForgeDrainTimeout: '%s' is no duration; try 10, 500ms or 2min",
            arg);
    server_for_write(cmd)->drain = time;
    return NULL;
}

static const char *add_app(cmd_parms *cmd, void *conf, const char *prefix,
                           const char *file)
{
    apr_array_header_t *apps = server_for_write(cmd)->apps;
    (void)conf;
    const char *fault =
        ap_check_cmd_context(cmd, NOT_IN_DIRECTORY | NOT_IN_LOCATION | NOT_IN_FILES);
    if (fault)
        return fault;
    if (prefix[0] != '/')
        return apr_psprintf(cmd->pool, "ForgeApp: the prefix '%s' must begin with '/'",
                            prefix);
    mf_app *app = mf_app_create(cmd->pool, cmd->server, prefix, file);
    if (!app)
        return apr_psprintf(cmd->pool, "ForgeApp: '%s' is no valid path", file);
    for (int i = 0; i < apps->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(apps, i, mf_app *)->prefix, app->prefix) == 0)
            return apr_psprintf(cmd->pool, "ForgeApp: '%s' is already mounted", prefix);
    APR_ARRAY_PUSH(apps, mf_app *) = app;
    return NULL;
}

#define LIMIT(name, which, where, help)                                                \
    AP_INIT_TAKE1(name, set_limit, (void *)(apr_uintptr_t)(which), where, help)

#define WORDS(name, set, where, help) AP_INIT_TAKE_ARGV(name, set, NULL, where, help)

const command_rec mf_commands[] = {
    WORDS("ForgeAllow", mf_set_allow, RSRC_CONF | ACCESS_CONF,
          "what programs may do: fs.read fs.write net db exec env state ws, all, none"),
    WORDS("ForgeAllowHosts", mf_set_allow_hosts, RSRC_CONF | ACCESS_CONF,
          "private hosts and networks that programs may reach, or none"),
    AP_INIT_TAKE2("ForgeApp", add_app, NULL, RSRC_CONF,
                  "URL prefix and program: mount a Forge program"),
    AP_INIT_TAKE1("ForgeClientAbort", set_client_abort, NULL, RSRC_CONF | OR_FILEINFO,
                  "cancel or ignore: what becomes of a program whose client leaves"),
    AP_INIT_TAKE1("ForgeDrainTimeout", set_drain, NULL, RSRC_CONF,
                  "how long programs may go on when the server is stopped or restarted "
                  "gracefully"),
    WORDS("ForgeDrop", mf_set_drop, RSRC_CONF | OR_FILEINFO,
          "rights of ForgeAllow that programs do not have here"),
    AP_INIT_FLAG("ForgeEngine", set_engine, NULL, RSRC_CONF | OR_FILEINFO,
                 "on or off: whether Forge programs run here; off answers 403"),
    AP_INIT_TAKE12("ForgeErrors", set_errors, NULL, RSRC_CONF | ACCESS_CONF,
                   "dev or prod: whether clients see error reports; and an expression: "
                   "which clients do"),
    LIMIT("ForgeMaxBody", MF_MAX_BODY, RSRC_CONF | OR_FILEINFO,
          "largest request body in bytes"),
    LIMIT("ForgeMaxTime", MF_MAX_TIME, RSRC_CONF | OR_FILEINFO,
          "longest run of a request, such as 30s or 500ms"),
    LIMIT("ForgeMaxMemory", MF_MAX_MEMORY, RSRC_CONF | OR_FILEINFO,
          "most memory of a request in bytes"),
    LIMIT("ForgeMaxOutput", MF_MAX_OUTPUT, RSRC_CONF | OR_FILEINFO,
          "most bytes that a request may print"),
    LIMIT("ForgeMaxFuel", MF_MAX_FUEL, RSRC_CONF | OR_FILEINFO,
          "most loop turns and calls of a request"),
    LIMIT("ForgeMaxDepth", MF_MAX_DEPTH, RSRC_CONF | OR_FILEINFO,
          "most nested calls of a request"),
    WORDS("ForgeMaxConcurrent", mf_set_max_concurrent, RSRC_CONF | ACCESS_CONF,
          "N [queue M] [wait T]: programs of a virtual host, or of a section, that run "
          "at once; and those that wait; or none"),
    WORDS("ForgeMaxPerChild", mf_set_max_per_child, RSRC_CONF,
          "N [queue M] [wait T]: the same of one child process"),
    WORDS("ForgeMaxTotal", mf_set_max_total, RSRC_CONF,
          "N [queue M] [wait T]: the same of the whole server"),
    LIMIT("ForgeMaxCpu", MF_MAX_CPU, RSRC_CONF | OR_FILEINFO,
          "most processor time of a request"),
    LIMIT("ForgeMaxFiles", MF_MAX_FILES, RSRC_CONF | OR_FILEINFO,
          "files and pipes that a request may have open at once"),
    LIMIT("ForgeMaxTasks", MF_MAX_TASKS, RSRC_CONF | OR_FILEINFO,
          "tasks that a request may have at once"),
    LIMIT("ForgeMaxLog", MF_MAX_LOG, RSRC_CONF | OR_FILEINFO,
          "lines that a request may write to the error log"),
    LIMIT("ForgeBuildTime", MF_BUILD_TIME, RSRC_CONF | OR_FILEINFO,
          "longest compilation and top level of a program"),
    LIMIT("ForgeMaxConnections", MF_CONNECTIONS, RSRC_CONF | OR_FILEINFO,
          "connections of each kind that the programs of a site keep in one child"),
    WORDS("ForgeOnlyHosts", mf_set_only_hosts, RSRC_CONF | ACCESS_CONF,
          "the only hosts and networks that programs may reach, or none"),
    LIMIT("ForgeReload", MF_RELOAD, RSRC_CONF | OR_FILEINFO,
          "seconds between two looks at a script, or never"),
    AP_INIT_TAKE1("ForgeRequestId", set_request_id, NULL, RSRC_CONF,
                  "uuid, unique-id or off: the id of a request that brings none"),
    AP_INIT_TAKE1("ForgeReserve", mf_set_reserve, NULL, RSRC_CONF,
                  "workers of the server that are left to everything but programs"),
    AP_INIT_TAKE1("ForgeRoot", mf_set_root, NULL, RSRC_CONF | OR_FILEINFO,
                  "the directory that the files of programs are confined to"),
    WORDS("ForgeScriptOwner", mf_set_owner, RSRC_CONF | ACCESS_CONF,
          "who owns the scripts that run: users, docroot for its owner, or any"),
    AP_INIT_TAKE1(
        "ForgeScriptWritable", mf_set_writers, NULL, RSRC_CONF | ACCESS_CONF,
        "who may be able to write to a script that runs: owner, group or all"),
    AP_INIT_TAKE12(
        "ForgeSet", mf_set_var, NULL, RSRC_CONF | OR_FILEINFO,
        "a variable that programs read with env.get: name, and value or nothing"),
    AP_INIT_TAKE1("ForgeCacheSize", set_cache_size, NULL, RSRC_CONF,
                  "bytes that the compiled scripts of a child may take"),
    AP_INIT_TAKE1(
        "ForgeUploadDir", set_upload_dir, NULL, RSRC_CONF,
        "directory for what uploads have beyond 64 KiB; not /var/tmp or /tmp"),
    { NULL, { NULL }, NULL, 0, RAW_ARGS, NULL },
};

/* ---- reading --------------------------------------------------------------------- */

const mf_dir *mf_dir_of(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &forge_module);
}

const mf_dir *mf_dir_of_server(const server_rec *s)
{
    return ap_get_module_config(s->lookup_defaults, &forge_module);
}

const mf_server *mf_server_of(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &forge_module);
}

apr_int64_t mf_cache_size(const server_rec *main_server)
{
    apr_int64_t size = mf_server_of(main_server)->cache_size;
    return size != MF_UNSET ? size : DEFAULT_CACHE;
}

apr_int64_t mf_drain_timeout(const server_rec *main_server)
{
    apr_int64_t drain = mf_server_of(main_server)->drain;
    return drain != MF_UNSET ? drain : DEFAULT_DRAIN;
}

apr_int64_t mf_limit_of(const mf_dir *d, mf_limit which)
{
    apr_int64_t value = d->limit[which];
    if (value == MF_UNSET)
        value = limits[which].fallback;
    return stricter(which, value, d->limit_htaccess[which]);
}

int mf_engine_is_on(const mf_dir *d)
{
    return d->engine != 0 && d->engine_htaccess != 0;
}

int mf_shows_errors(request_rec *r)
{
    const mf_dir *d = mf_dir_of(r);
    const char *fault = NULL;
    if (d->errors != MF_ERRORS_DEV)
        return 0;
    return !d->errors_for || (ap_expr_exec(r, d->errors_for, &fault) > 0 && !fault);
}

forge_limits mf_run_limits(const mf_dir *d)
{
    if (d->settled)
        return d->run;
    apr_int64_t fuel = mf_limit_of(d, MF_MAX_FUEL), cpu = mf_limit_of(d, MF_MAX_CPU);
    return (forge_limits){
        .memory = (size_t)mf_limit_of(d, MF_MAX_MEMORY),
        .wall_us = (uint64_t)mf_limit_of(d, MF_MAX_TIME),
        .cpu_us = cpu == MF_NEVER ? 0 : (uint64_t)cpu,
        .fuel = fuel == MF_NEVER ? 0 : (uint64_t)fuel,
        .depth = (uint32_t)mf_limit_of(d, MF_MAX_DEPTH),
        .output = (size_t)mf_limit_of(d, MF_MAX_OUTPUT),
        .files = (uint32_t)mf_limit_of(d, MF_MAX_FILES),
        .tasks = (uint32_t)mf_limit_of(d, MF_MAX_TASKS),
    };
}

void mf_config_child_init(server_rec *s)
{
    for (; s; s = s->next) {
        mf_dir *d = ap_get_module_config(s->lookup_defaults, &forge_module);
        d->run = mf_run_limits(d);
        d->settled = 1;
    }
}

forge_limits mf_build_limits(const mf_dir *d)
{
    forge_limits l = mf_run_limits(d);
    l.wall_us = (uint64_t)mf_limit_of(d, MF_BUILD_TIME);
    l.cpu_us = l.fuel = 0;
    return l;
}
