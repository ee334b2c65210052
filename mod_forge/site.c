// SPDX-License-Identifier: Apache-2.0
/* The sites of a child.
 *
 * One mutex guards the table, the order of use and the counts.  A site is made without
 * it.  Sites end before the child does only for want of room: a child that ends may do
 * so in a signal handler, and the system closes what it has open. */
#include "site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "apr_hash.h"
#include "apr_ring.h"
#include "apr_strings.h"
#include "apr_thread_mutex.h"
#include "beneath.h"
#include "source.h"

#define FEWEST 16
#define MOST 1000

struct mf_site {
    APR_RING_ENTRY(mf_site) link; /* used last first */
    forge_site *made;
    char *root;
    apr_uint64_t device, inode; /* of the root */
    unsigned int references;
    unsigned int counts; /* 0: it lasts as long as the child */
    apr_size_t key_len;
    char key[];
};

APR_RING_HEAD(site_ring, mf_site);

typedef struct sites {
    apr_thread_mutex_t *mutex;
    apr_hash_t *table;
    struct site_ring order;
    unsigned int count, most; /* of those that do not last */
} sites;

/* Set by child_init, before the child has threads, and NULL again when the child ends;
 * without it there are no sites. */
static sites *the_sites;

static apr_status_t end_sites(void *unused)
{
    (void)unused;
    the_sites = NULL;
    return APR_SUCCESS;
}

/* ---- roots ----------------------------------------------------------------------- */

/* The directory of a file. */
static const char *directory_of(apr_pool_t *p, const char *file)
{
    const char *slash = strrchr(file, '/');
    if (!slash || slash == file)
        return slash ? "/" : ".";
    return apr_pstrmemdup(p, file, (apr_size_t)(slash - file));
}

const char *mf_root_path(apr_pool_t *p, const mf_dir *dir, const char *file)
{
    const mf_hosting *h = &dir->hosting;
    const char *root = h->root ? h->root : directory_of(p, file);
    return h->below ? apr_pstrcat(p, root, "/", h->below, NULL) : root;
}

int mf_root_fits(const mf_tenant *t)
{
    return t->dir->hosting.root || mf_source_lies_in(t->root, t->file, t->state);
}

int mf_root_open(apr_pool_t *p, const mf_dir *dir, const char *file)
{
    const mf_hosting *h = &dir->hosting;
    const char *root = h->root ? h->root : directory_of(p, file);
    return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Opens the root of a script. */
static int open_script_root(apr_pool_t *p, const mf_tenant *t)
{
    mf_tenant opened = *t;
    const char *below = t->dir->hosting.below;
    opened.root = mf_root_open(p, t->dir, t->file);
    int fits = opened.root >= 0 && mf_root_fits(&opened);
    if (fits && !below)
        return opened.root;
    int fd = fits ? mf_open_beneath(opened.root, below, O_PATH | O_DIRECTORY) : -1;
    int fault = errno;
    if (opened.root >= 0)
        close(opened.root);
    errno = fault;
    return fd;
}

/* ---- making ---------------------------------------------------------------------- */

forge_site *mf_site_make(apr_pool_t *p, const mf_tenant *t)
{
    const mf_hosting *h = &t->dir->hosting;
    int n = h->vars ? h->vars->nelts : 0;
    const char **vars = apr_pcalloc(p, ((apr_size_t)n + 1) * sizeof *vars);
    for (int i = 0; i < n; i++)
        vars[i] = APR_ARRAY_IDX(h->vars, i, const char *);
    forge_site_options o = {
        .hosted = 1,
        .root = mf_root_path(p, t->dir, t->file),
        .root_fd = t->root,
        .vars = vars,
        .allow = h->allow_hosts,
        .only = h->only_hosts,
        .spool = mf_server_of(t->server)->upload_dir,
        .connections = (uint32_t)mf_limit_of(t->dir, MF_CONNECTIONS),
    };
    return forge_site_new(&o);
}

/* Names what the site is for: sites of different keys share nothing. */
static const char *key_of(apr_pool_t *p, const mf_tenant *t, const struct stat *root)
{
    const char *whose = t->app
                            ? apr_pstrcat(p, "app ", t->app, " ", t->file, NULL)
                            : apr_psprintf(p, "%lu %s", (unsigned long)t->state->st_uid,
                                           directory_of(p, t->file));
    return apr_psprintf(p, "%pp %lx:%lx %" APR_INT64_T_FMT " %" APR_SIZE_T_FMT ":%s %s",
                        (const void *)t->server, (unsigned long)root->st_dev,
                        (unsigned long)root->st_ino,
                        mf_limit_of(t->dir, MF_CONNECTIONS), strlen(whose), whose,
                        mf_hosting_text(p, &t->dir->hosting));
}

static void end_site(mf_site *site)
{
    if (!site)
        return;
    forge_site_free(site->made);
    free(site->root);
    free(site);
}

static mf_site *new_site(apr_pool_t *p, const mf_tenant *t, const char *key,
                         const struct stat *root)
{
    apr_size_t n = strlen(key);
    mf_site *site = calloc(1, sizeof *site + n);
    if (!site)
        return NULL;
    memcpy(site->key, key, n);
    site->key_len = n;
    site->counts = !t->lasts;
    site->device = root->st_dev;
    site->inode = root->st_ino;
    site->root = strdup(mf_root_path(p, t->dir, t->file));
    site->made = site->root ? mf_site_make(p, t) : NULL;
    if (site->made)
        return site;
    int fault = site->root ? errno : ENOMEM;
    end_site(site);
    errno = fault;
    return NULL;
}

/* ---- the table; the mutex is held ------------------------------------------------ */

static void cut(sites *all, mf_site *site)
{
    apr_hash_set(all->table, site->key, (apr_ssize_t)site->key_len, NULL);
    APR_RING_REMOVE(site, link);
    all->count -= site->counts;
}

/* Cuts off the site that has been without use for longest. */
static mf_site *cut_idle(sites *all)
{
    for (mf_site *s = APR_RING_LAST(&all->order);
         s != APR_RING_SENTINEL(&all->order, mf_site, link); s = APR_RING_PREV(s, link))
        if (s->references == 0) {
            cut(all, s);
            return s;
        }
    return NULL;
}

static mf_site *find(sites *all, const char *key)
{
    mf_site *site = apr_hash_get(all->table, key, APR_HASH_KEY_STRING);
    if (site) {
        site->references++;
        APR_RING_REMOVE(site, link);
        APR_RING_INSERT_HEAD(&all->order, site, mf_site, link);
    }
    return site;
}

static void add(sites *all, mf_site *site)
{
    site->references = 1;
    apr_hash_set(all->table, site->key, (apr_ssize_t)site->key_len, site);
    APR_RING_INSERT_HEAD(&all->order, site, mf_site, link);
    all->count += site->counts;
}

/* ---- for the child --------------------------------------------------------------- */

/* A quarter of the descriptors is for roots. */
static unsigned int most_sites(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur / 4 > MOST)
        return MOST;
    return l.rlim_cur / 4 < FEWEST ? FEWEST : (unsigned int)(l.rlim_cur / 4);
}

void mf_site_child_init(apr_pool_t *pchild)
{
    sites *all = apr_pcalloc(pchild, sizeof *all);
    apr_pool_t *pool;
    apr_allocator_t *allocator;
    /* Like the script cache: memory that many threads use under the mutex. */
    if (apr_allocator_create(&allocator) != APR_SUCCESS
        || apr_pool_create_ex(&pool, pchild, NULL, allocator) != APR_SUCCESS
        || apr_thread_mutex_create(&all->mutex, APR_THREAD_MUTEX_DEFAULT, pool))
        return;
    apr_allocator_owner_set(allocator, pool);
    all->table = apr_hash_make(pool);
    APR_RING_INIT(&all->order, mf_site, link);
    all->most = most_sites();
    the_sites = all;
    apr_pool_pre_cleanup_register(pchild, NULL, end_sites);
}

/* Finds or makes the site of a tenant whose root is open. */
static mf_site *get_rooted(sites *all, apr_pool_t *p, const mf_tenant *t)
{
    struct stat root;
    if (fstat(t->root, &root) != 0)
        return NULL;
    const char *key = key_of(p, t, &root);
    apr_thread_mutex_lock(all->mutex);
    mf_site *site = find(all, key);
    apr_thread_mutex_unlock(all->mutex);
    if (site)
        return site;
    mf_site *mine = new_site(p, t, key, &root), *idle = NULL;
    if (!mine)
        return NULL;
    apr_thread_mutex_lock(all->mutex);
    site = find(all, key);
    if (!site) {
        if (mine->counts && all->count >= all->most)
            idle = cut_idle(all);
        add(all, mine);
    }
    apr_thread_mutex_unlock(all->mutex);
    end_site(idle);
    if (site)
        end_site(mine);
    return site ? site : mine;
}

mf_site *mf_site_get(apr_pool_t *p, const mf_tenant *t)
{
    mf_tenant mine = *t;
    if (!the_sites) {
        errno = ENOMEM;
        return NULL;
    }
    if (t->root < 0)
        mine.root = t->app ? mf_root_open(p, t->dir, t->file) : open_script_root(p, t);
    if (mine.root < 0)
        return NULL;
    mf_site *site = get_rooted(the_sites, p, &mine);
    int fault = errno;
    if (t->root < 0)
        close(mine.root);
    errno = fault;
    return site;
}

void mf_site_drop(mf_site *site)
{
    sites *all = the_sites;
    if (!site || !all)
        return;
    apr_thread_mutex_lock(all->mutex);
    site->references--;
    mf_site *over = site->references == 0 && all->count > all->most ? site : NULL;
    if (over)
        cut(all, over);
    apr_thread_mutex_unlock(all->mutex);
    end_site(over);
}

int mf_site_crowded(void)
{
    sites *all = the_sites;
    if (!all)
        return 0;
    apr_thread_mutex_lock(all->mutex);
    int crowded = all->count > all->most;
    apr_thread_mutex_unlock(all->mutex);
    return crowded;
}

/* ---- reading --------------------------------------------------------------------- */

forge_site *mf_site_of(const mf_site *site) { return site->made; }

int mf_site_moved(const mf_site *site)
{
    struct stat is;
    return stat(site->root, &is) != 0 || is.st_dev != site->device
           || is.st_ino != site->inode;
}

apr_size_t mf_site_size(const mf_site *site)
{
    return sizeof *site + 3 * site->key_len + 1024; /* variables are in the key, too */
}
