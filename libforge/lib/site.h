// SPDX-License-Identifier: Apache-2.0
/* A site: where programs run, as their host describes it, and what their forks share in
 * one process.  Any number of threads may use it; what is not guarded by the lock never
 * changes. */
#ifndef FG_SITE_H
#define FG_SITE_H

#include "lib/page_cache.h"
#include "lib/pool.h"
#include "run/vm.h"

typedef struct fg_site {
    bool hosted; /* programs answer requests of strangers: no terminal, no process */
    char *root;  /* real path of the directory that files are confined to, or NULL */
    int root_fd; /* of it, or AT_FDCWD */
    char
        *base; /* FORGE_FS_BASE of vars, which counts where there is no root, or NULL */
    char *base_real; /* its real path when the site was made, or NULL: base_error */
    int base_error;
    char **vars; /* "NAME=value", NULL at the end: the environment to begin with */
    char **args; /* of the program, NULL at the end */
    char *allow; /* private hosts and networks that may be reached, see lib/guard.h */
    char *only;  /* the only hosts and networks that may be reached, or NULL */
    char *spool; /* directory for uploads, or NULL: the system's */
    fg_pools *pools;     /* connections that are open */
    fg_page_cache pages; /* templates in files, compiled */
} fg_site;

typedef struct fg_site_options {
    bool hosted;
    const char *root;
    int root_fd; /* above 0: the opened root, whatever its path leads to by now */
    const char *const *vars, *const *args; /* NULL: none */
    const char *allow, *only, *spool;
    uint32_t connections; /* open ones of each kind at most, 0: 64 */
} fg_site_options;

/* Everything is copied.  NULL with errno: no memory, or root is no directory. */
fg_site *fg_site_new(const fg_site_options *o);
/* No fork that uses it may be alive. */
void fg_site_free(fg_site *s);

/* The value of a variable to begin with, or NULL. */
const char *fg_site_var(const fg_site *s, const char *name);
/* The site of a program; one without any has what the process has. */
fg_site *fg_site_of(const fg_vm *vm);

/* Raises that `what` is not for programs that serve requests, with what to try instead;
 * FG_OK elsewhere. */
fg_status fg_site_refuse(fg_vm *vm, const char *what, const char *instead);

/* What is told of missing rights: somebody at a command line hears of its option (see
 * fg_library). */
bool fg_site_denied(fg_vm *vm, uint32_t caps);

#endif
