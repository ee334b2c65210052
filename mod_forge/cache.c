// SPDX-License-Identifier: Apache-2.0
/* The script cache.
 *
 * One mutex guards everything: the table, the order of use, the counts.  It is held
 * for a lookup only, never while a file is read or a program is built.  An entry
 * belongs to the table; its version is counted once for the entry and once for each
 * lease. */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apr_hash.h"
#include "apr_ring.h"
#include "apr_strings.h"
#include "apr_thread_cond.h"
#include "apr_thread_mutex.h"
#include "cancel.h"
#include "config.h"
#include "import.h"
#include "log.h"
#include "source.h"

/* A file whose directory is exchanged while it is read is read again, so often. */
#define TURNS 5

typedef struct version {
    mf_program *program;
    mf_identity file;
    mf_imports *imports;
    mf_site *site;
    unsigned int references;
} version;

/* Entries of one virtual host. */
typedef struct tenant {
    APR_RING_HEAD(entry_ring, entry) order; /* most recently used first */
    apr_size_t bytes;
    const server_rec *server;
} tenant;

typedef struct entry {
    APR_RING_ENTRY(entry) link;
    tenant *owner;
    version *current; /* NULL until the first build ends */
    apr_size_t bytes;
    apr_time_t checked;
    int building;
    apr_size_t key_len;
    char key[]; /* virtual host, path, and what its programs are given */
} entry;

typedef struct cache {
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *built; /* signalled whenever a build ends */
    apr_hash_t *table;
    apr_hash_t
        *tenants; /* by server_rec; there is one for each virtual host that was asked */
    apr_size_t bytes, most;
} cache;

struct mf_lease {
    cache *owner;
    version *held;
    apr_pool_t *pool;
};

/* Set by child_init, before the child has threads; NULL again when the child ends. */
static cache *the_cache;

/* A child may end in a signal handler, in the middle of a request; then nothing is freed,
 * and the mutex may be gone before the pools of requests are. */
static apr_status_t end_cache(void *unused)
{
    (void)unused;
    the_cache = NULL;
    return APR_SUCCESS;
}

void mf_cache_child_init(apr_pool_t *pchild, server_rec *s)
{
    cache *c = apr_pcalloc(pchild, sizeof *c);
    apr_pool_t *pool;
    apr_allocator_t *allocator;
    /* The table's memory is used by many threads, always under the mutex; it gets an
     * allocator of its own so that no other user of pchild is in the way. */
    if (apr_allocator_create(&allocator) != APR_SUCCESS
        || apr_pool_create_ex(&pool, pchild, NULL, allocator) != APR_SUCCESS
        || apr_thread_mutex_create(&c->mutex, APR_THREAD_MUTEX_DEFAULT, pool)
        || apr_thread_cond_create(&c->built, pool)) {
        mf_log_server(MF_CACHE_MISSING, s, APR_EGENERAL, "scripts answer 500");
        return;
    }
    apr_allocator_owner_set(allocator, pool);
    c->table = apr_hash_make(pool);
    c->tenants = apr_hash_make(pool);
    c->most = (apr_size_t)mf_cache_size(s);
    the_cache = c;
    apr_pool_pre_cleanup_register(pchild, NULL, end_cache);
}

/* ---- versions; the mutex is held ------------------------------------------------- */

/* Drops one reference; returns what is to be freed without the mutex, or NULL. */
static version *drop(version *v) { return v && --v->references == 0 ? v : NULL; }

static void free_version(version *v)
{
    if (v) {
        mf_program_free(v->program);
        mf_imports_free(v->imports);
        mf_site_drop(v->site);
    }
    free(v);
}

/* Takes the entry out of everything. */
static void forget(cache *c, entry *e)
{
    apr_hash_set(c->table, e->key, (apr_ssize_t)e->key_len, NULL);
    APR_RING_REMOVE(e, link);
    e->owner->bytes -= e->bytes;
    c->bytes -= e->bytes;
    free(e);
}

/* The tenant's least recently used entry that is not being built, or NULL. */
static entry *oldest(tenant *t, const entry *keep)
{
    for (entry *e = APR_RING_LAST(&t->order);
         e != APR_RING_SENTINEL(&t->order, entry, link); e = APR_RING_PREV(e, link))
        if (!e->building && e != keep)
            return e;
    return NULL;
}

/* What has to go: of the tenant who has most, so that nobody pushes out what others
 * have. */
static entry *victim(cache *c, const entry *keep)
{
    entry *found = NULL;
    apr_size_t most = 0;
    for (apr_hash_index_t *i = apr_hash_first(NULL, c->tenants); i;
         i = apr_hash_next(i)) {
        tenant *t = apr_hash_this_val(i);
        entry *e = t->bytes > most || !found ? oldest(t, keep) : NULL;
        if (e) {
            found = e;
            most = t->bytes;
        }
    }
    return found;
}

static int over_full(const cache *c) { return c->bytes > c->most || mf_site_crowded(); }

/* ---- one build; the mutex is not held -------------------------------------------- */

typedef struct talk {
    request_rec *r;
    mf_log_quota quota;
} talk;

static void on_log(void *ctx, forge_level level, const char *file, uint32_t line,
                   const char *text, size_t n)
{
    talk *t = ctx;
    mf_log_message(t->r, level, file, line, text, n, &t->quota);
}

/* Others wait for it, too: it does not end with this client. */
static int on_poll(void *ctx)
{
    (void)ctx;
    return mf_cancel_all() ? FORGE_STOP : FORGE_GO_ON;
}

/* Runs the top level with what requests are given. */
static void build_program(request_rec *r, version *v, const char *text, size_t n)
{
    const mf_dir *dir = mf_dir_of(r);
    forge_limits limits = mf_build_limits(dir);
    talk t = { .r = r, .quota.most = mf_limit_of(dir, MF_MAX_LOG) };
    forge_env env = { .log = on_log, .poll = on_poll, .ctx = &t };
    env.capabilities = mf_hosting_rights(&dir->hosting);
    env.site = mf_site_of(v->site);
    v->program = mf_program_build(r->filename, text, n, mf_imports_loader(v->imports),
                                  &limits, &env);
    mf_log_quota_end(r, &t.quota);
    if (!v->program)
        errno = ENOMEM;
}

static mf_site *site_of(request_rec *r, const struct stat *state)
{
    mf_tenant t = { .server = r->server, .dir = mf_dir_of(r), .file = r->filename };
    t.state = state;
    t.root = -1;
    return mf_site_get(r->pool, &t);
}

static const char *judge_file(void *ctx, const struct stat *state)
{
    request_rec *r = ctx;
    return mf_trust_file(&mf_dir_of(r)->trust, r, state);
}

static const char *judge_directory(void *ctx, int directory)
{
    return mf_trust_directory(&mf_dir_of(ctx)->trust, directory);
}

/* Why there is no version. */
typedef struct fault {
    mf_code code;
    int error;
    const char *why; /* of SCRIPT_TRUST */
} fault;

/* 1 if nobody who may not can have written the program or can exchange it. */
static int is_trusted(request_rec *r, version *v, const struct stat *state, fault *f)
{
    mf_imports_judge judge = { judge_file, judge_directory, r };
    f->why = judge_file(r, state);
    if (!f->why)
        f->why = mf_imports_ask(v->imports, &judge);
    if (!f->why)
        return 1;
    f->code = MF_SCRIPT_TRUST;
    errno = EACCES;
    return 0;
}

/* The file's present version; what is compiled is what was looked at.  NULL: *f says
 * why. */
static version *try_build(request_rec *r, fault *f)
{
    struct stat st;
    size_t n = 0;
    char *text = mf_source_read(r->filename, &st, &n);
    version *v = text ? calloc(1, sizeof *v) : NULL;
    *f = (fault){ .code = MF_SCRIPT_UNREADABLE };
    if (v && (v->imports = mf_imports_new(r->filename, &st)) != NULL
        && is_trusted(r, v, &st, f)) {
        v->file = mf_identity_of(&st);
        v->references = 1;
        v->site = site_of(r, &st);
        if (!v->site)
            f->code = MF_NO_ROOT;
        else
            build_program(r, v, text, n);
        mf_imports_end(v->imports);
    }
    f->error = errno;
    free(text);
    if (v && v->program)
        return v;
    free_version(v);
    return NULL;
}

/* Tells why there is no version; the status to answer with. */
static int unusable(request_rec *r, const fault *f)
{
    mf_note_code(r, f->code);
    if (f->code == MF_NO_ROOT) {
        mf_log_request(f->code, r, f->error, "%s",
                       mf_root_path(r->pool, mf_dir_of(r), r->filename));
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (f->code == MF_SCRIPT_TRUST)
        mf_log_request(f->code, r, 0, "%s: %s", r->filename, f->why);
    else
        mf_log_request(f->code, r, f->error, "%s", r->filename);
    switch (f->error) {
    case ENOENT: return HTTP_NOT_FOUND;
    case ENOMEM:
    case ESTALE: return HTTP_INTERNAL_SERVER_ERROR;
    default: return HTTP_FORBIDDEN;
    }
}

/* Builds a version.  Returns OK, or the status to answer with. */
static int build(request_rec *r, version **out)
{
    fault f;
    for (int turn = 0; turn < TURNS; turn++) {
        *out = try_build(r, &f);
        if (*out)
            return OK;
        if (f.error != ESTALE)
            break;
    }
    return unusable(r, &f);
}

/* ---- entries; the mutex is held -------------------------------------------------- */

static tenant *tenant_of(cache *c, const server_rec *server)
{
    tenant *t = apr_hash_get(c->tenants, &server, sizeof server);
    if (!t) {
        t = apr_pcalloc(apr_hash_pool_get(c->tenants), sizeof *t);
        t->server = server;
        APR_RING_INIT(&t->order, entry, link);
        apr_hash_set(c->tenants, &t->server, sizeof t->server, t);
    }
    return t;
}

static entry *find_or_add(cache *c, const server_rec *server, const char *key,
                          apr_size_t n)
{
    entry *e = apr_hash_get(c->table, key, (apr_ssize_t)n);
    if (e) {
        APR_RING_REMOVE(e, link);
    } else {
        e = calloc(1, sizeof *e + n);
        if (!e)
            return NULL;
        memcpy(e->key, key, n);
        e->key_len = n;
        e->owner = tenant_of(c, server);
        apr_hash_set(c->table, e->key, (apr_ssize_t)n, e);
    }
    APR_RING_INSERT_HEAD(&e->owner->order, e, entry, link);
    return e;
}

/* 1 when the entry's version is of another owner's file: a link was turned, and however
 * seldom files are looked at, this request must not get it. */
static int is_foreign(const entry *e, const request_rec *r)
{
    return e->current->file.device != (apr_uint64_t)r->finfo.device
           || e->current->file.owner != (apr_uint64_t)r->finfo.user;
}

/* 1 when the entry's version must be replaced before this request. */
static int is_stale(entry *e, const request_rec *r, apr_time_t now)
{
    struct stat st;
    if (is_foreign(e, r))
        return 1;
    apr_int64_t interval = mf_limit_of(mf_dir_of(r), MF_RELOAD);
    if (interval == MF_NEVER || now - e->checked < interval)
        return 0;
    e->checked = now;
    if (stat(r->filename, &st) != 0)
        return 1;
    mf_identity is = mf_identity_of(&st);
    return memcmp(&is, &e->current->file, sizeof is) != 0
           || mf_imports_changed(e->current->imports)
           || mf_site_moved(e->current->site);
}

/* Waits until the entry has a usable version or nobody builds it.  Entries may be
 * evicted and moved while waiting, so it is looked up anew.  NULL when the time is
 * up. */
static entry *wait_for_build(cache *c, request_rec *r, const char *key, apr_size_t n)
{
    apr_time_t end = apr_time_now() + apr_time_from_sec(1)
                     + mf_limit_of(mf_dir_of(r), MF_BUILD_TIME);
    for (;;) {
        entry *e = find_or_add(c, r->server, key, n);
        apr_time_t left = end - apr_time_now();
        if (!e || !e->building || (e->current && !is_foreign(e, r)))
            return e;
        if (left <= 0)
            return NULL;
        apr_thread_cond_timedwait(c->built, c->mutex, left);
    }
}

/* Puts a build's result into its entry; returns the version it replaces. */
static version *install(cache *c, entry *e, version *v, apr_time_t now)
{
    version *old = drop(e->current);
    c->bytes -= e->bytes;
    e->owner->bytes -= e->bytes;
    e->current = v;
    e->bytes = mf_program_size(v->program) + mf_imports_size(v->imports)
               + mf_site_size(v->site) + e->key_len;
    e->checked = now;
    e->building = 0;
    c->bytes += e->bytes;
    e->owner->bytes += e->bytes;
    return old;
}

/* ---- leases ---------------------------------------------------------------------- */

static apr_status_t end_lease(void *data)
{
    mf_lease *lease = data;
    if (!lease->held || !the_cache)
        return APR_SUCCESS;
    apr_thread_mutex_lock(lease->owner->mutex);
    version *v = drop(lease->held);
    apr_thread_mutex_unlock(lease->owner->mutex);
    lease->held = NULL;
    free_version(v);
    return APR_SUCCESS;
}

void mf_cache_release(mf_lease *lease)
{
    apr_pool_cleanup_run(lease->pool, lease, end_lease);
}

mf_site *mf_cache_site(const mf_lease *lease) { return lease->held->site; }

static mf_lease *new_lease(cache *c, request_rec *r)
{
    mf_lease *lease = apr_pcalloc(r->pool, sizeof *lease);
    lease->owner = c;
    lease->pool = r->pool;
    apr_pool_cleanup_register(r->pool, lease, end_lease, apr_pool_cleanup_null);
    return lease;
}

/* ---- lookup ---------------------------------------------------------------------- */

/* Builds the entry, which is marked as being built; the mutex is held on entry and
 * exit. Returns OK or a status. */
static int rebuild(cache *c, request_rec *r, entry *e, mf_lease *lease)
{
    version *v = NULL, *old = NULL;
    apr_thread_mutex_unlock(c->mutex);
    int status = build(r, &v);
    mf_log_stage(r, "built %s", r->filename);
    if (v && !v->program->tmpl)
        mf_log_request_report(MF_SCRIPT_BROKEN, r, &v->program->report);
    else if (v && forge_has_background(v->program->tmpl))
        mf_log_request(MF_BACKGROUND, r, 0, "%s", r->filename);
    apr_thread_mutex_lock(c->mutex);
    if (v) {
        old = install(c, e, v, apr_time_now());
        lease->held = v;
        v->references++;
    } else {
        old = drop(e->current);
        forget(c, e);
    }
    apr_thread_cond_broadcast(c->built);
    while (over_full(c)) {
        entry *out = victim(c, v ? e : NULL);
        if (!out)
            break; /* only entries that must stay are left */
        version *unused = drop(out->current);
        forget(c, out);
        free_version(unused);
    }
    free_version(old);
    return status;
}

int mf_cache_get(request_rec *r, const mf_program **program, mf_lease **lease)
{
    cache *c = the_cache;
    if (!c) {
        mf_note_code(r, MF_CACHE_MISSING);
        mf_log_request(MF_CACHE_MISSING, r, 0, "%s", r->filename);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    const mf_dir *dir = mf_dir_of(r);
    const char *key = apr_psprintf(
        r->pool, "%pp %pp %x %x %" APR_INT64_T_FMT " %" APR_SIZE_T_FMT ":%s %s",
        (void *)r->server, (void *)dir->trust.owners, mf_trust_bits(&dir->trust),
        mf_hosting_rights(&dir->hosting), mf_limit_of(dir, MF_CONNECTIONS),
        strlen(r->filename), r->filename, mf_hosting_text(r->pool, &dir->hosting));
    int status = OK;
    *lease = new_lease(c, r);
    apr_thread_mutex_lock(c->mutex);
    entry *e = wait_for_build(c, r, key, strlen(key));
    if (!e) {
        mf_note_code(r, MF_SCRIPT_WAIT);
        mf_log_request(MF_SCRIPT_WAIT, r, 0, "%s", r->filename);
        status = HTTP_SERVICE_UNAVAILABLE;
    } else if (!e->building && (!e->current || is_stale(e, r, apr_time_now()))) {
        e->building = 1;
        status = rebuild(c, r, e, *lease);
    } else {
        (*lease)->held = e->current;
        e->current->references++;
    }
    apr_thread_mutex_unlock(c->mutex);
    *program = status == OK ? (*lease)->held->program : NULL;
    return status;
}
