// SPDX-License-Identifier: Apache-2.0
/* Sites. */
#define _GNU_SOURCE
#include "lib/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define CONNECTIONS 64u

/* A copy of a list that ends with NULL. */
static char **copy_list(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    char **copy = calloc(n + 1, sizeof *copy);
    for (size_t i = 0; copy && i < n; i++)
        copy[i] = strdup(list[i]);
    return copy;
}

static void free_list(char **list)
{
    for (char **at = list; at && *at; at++)
        free(*at);
    free(list);
}

static bool open_root(fg_site *s, const char *root, int opened)
{
    s->root = realpath(root, NULL);
    if (!s->root)
        return false;
    s->root_fd = opened > 0 ? fcntl(opened, F_DUPFD_CLOEXEC, 0)
                            : open(s->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return s->root_fd >= 0;
}

/* Takes the base from the variables; false: no memory. */
static bool find_base(fg_site *s)
{
    static const char name[] = "FORGE_FS_BASE=";
    for (char **v = s->vars; *v; v++)
        if (strncmp(*v, name, sizeof name - 1) == 0 && (*v)[sizeof name - 1]) {
            s->base = strdup(*v + sizeof name - 1);
            if (!s->base)
                return false;
            s->base_real = realpath(s->base, NULL);
            s->base_error = errno;
            return true;
        }
    return true;
}

fg_site *fg_site_new(const fg_site_options *o)
{
    fg_site *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->pools = fg_pools_new(o->connections ? o->connections : CONNECTIONS);
    fg_page_cache_init(&s->pages, FG_PAGE_CACHE_BYTES, FG_PAGE_CHECK_NS);
    s->hosted = o->hosted;
    s->root_fd = AT_FDCWD;
    s->vars = copy_list(o->vars);
    s->args = copy_list(o->args);
    s->allow = strdup(o->allow ? o->allow : "");
    s->only = o->only ? strdup(o->only) : NULL;
    s->spool = o->spool ? strdup(o->spool) : NULL;
    bool made = s->pools && s->vars && s->args && s->allow && (s->only || !o->only)
                && (s->spool || !o->spool) && find_base(s);
    if (made && (!o->root || open_root(s, o->root, o->root_fd)))
        return s;
    int why = made ? errno : ENOMEM;
    fg_site_free(s);
    errno = why;
    return NULL;
}

void fg_site_free(fg_site *s)
{
    if (!s)
        return;
    fg_pools_drop(s->pools);
    fg_page_cache_drop(&s->pages);
    if (s->root_fd >= 0)
        close(s->root_fd);
    free_list(s->vars);
    free_list(s->args);
    free(s->root);
    free(s->base);
    free(s->base_real);
    free(s->allow);
    free(s->only);
    free(s->spool);
    free(s);
}

const char *fg_site_var(const fg_site *s, const char *name)
{
    size_t n = strlen(name);
    for (char **v = s->vars; *v; v++)
        if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
            return *v + n + 1;
    return NULL;
}

static fg_site plain; /* of programs whose host names none */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void drop_plain(void)
{
    fg_pools_drop(plain.pools);
    fg_page_cache_drop(&plain.pages);
    free(plain.base);
    free(plain.base_real);
}

static void make_plain(void)
{
    static char *no_args[] = { NULL }, nothing[] = "";
    plain = (fg_site){
        .root_fd = AT_FDCWD, .vars = environ, .args = no_args, .allow = nothing
    };
    plain.pools = fg_pools_new(CONNECTIONS);
    fg_page_cache_init(&plain.pages, FG_PAGE_CACHE_BYTES, FG_PAGE_CHECK_NS);
    if (!plain.pools || !find_base(&plain))
        abort(); /* without a base nothing would be confined */
    atexit(drop_plain);
}

fg_site *fg_site_of(const fg_vm *vm)
{
    if (vm->env.site)
        return vm->env.site;
    pthread_once(&once, make_plain);
    return &plain;
}

fg_status fg_site_refuse(fg_vm *vm, const char *what, const char *instead)
{
    if (!fg_site_of(vm)->hosted)
        return FG_OK;
    fg_raise(vm, FG_E_RUNTIME, "%s is not available in a web server", what);
    return fg_hint(vm, "%s", instead);
}

bool fg_site_denied(fg_vm *vm, uint32_t caps)
{
    if (!(caps & FG_CAP_EXEC) || fg_site_of(vm)->hosted)
        return false;
    fg_raise(vm, FG_E_RUNTIME,
             "Shell execution denied. Use --allow-run to enable "
             "sh/shell/run_command.");
    return true;
}
