// SPDX-License-Identifier: Apache-2.0
/* Where paths of scripts lead, and why they do not. */
#define _GNU_SOURCE
#include "lib/file.h"

#include "lib/beneath.h"
#include "lib/env.h"
#include "lib/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- finding -------------------------------------------------------------------- */

/* What follows `base` in an absolute path that lies below it or is it, else NULL. */
static const char *below(const char *path, const char *base)
{
    size_t n = strlen(base);
    if (n == 1) /* "/" */
        return path[0] == '/' ? path : NULL;
    if (strncmp(path, base, n) != 0 || (path[n] != '/' && path[n] != '\0'))
        return NULL;
    return path + n;
}

/* A path relative to p->dir; all that is left of `rest`. */
static void begin_beneath(fg_filepath *p, const char *rest)
{
    rest += strspn(rest, "/");
    memmove(p->path, *rest ? rest : ".", *rest ? strlen(rest) + 1 : 2);
    p->beneath = true;
}

static int find_in_root(const fg_site *s, fg_filepath *p)
{
    const char *rest = p->path;
    if (p->path[0] == '/')
        rest = below(p->path, s->root);
    if (!rest)
        return FG_FILE_OUTSIDE;
    p->dir = s->root_fd;
    begin_beneath(p, rest);
    return 0;
}

/* Cuts a path into its parent, "." if it names none, and its last name. */
static void split(const char *path, char parent[PATH_MAX], char name[PATH_MAX])
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t from = end;
    while (from > 0 && path[from - 1] != '/')
        from--;
    memcpy(name, path + from, end - from);
    name[end - from] = '\0';
    memcpy(parent, path, from);
    parent[from] = '\0';
    if (from == 0)
        strcpy(parent, path[0] == '/' ? "/" : ".");
}

static bool is_name(const char *name)
{
    return name[0] && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* The real path of what exists; else that of its parent with the last name behind. */
static int find_real(fg_filepath *p, bool entry)
{
    char parent[PATH_MAX], name[PATH_MAX];
    split(p->path, parent, name);
    bool named = is_name(name);
    if (!(entry && named)) {
        if (realpath(p->path, p->real))
            return 0;
        p->number = errno;
        if (p->number != ENOENT || !named)
            return FG_FILE_NO_REAL;
    }
    if (!realpath(parent, p->real)) {
        p->number = errno;
        return FG_FILE_NO_PARENT;
    }
    size_t n = strlen(p->real);
    n -= p->real[n - 1] == '/';
    if (n + 1 + strlen(name) >= sizeof p->real)
        return ENAMETOOLONG;
    p->real[n] = '/';
    strcpy(p->real + n + 1, name);
    return 0;
}

static int find_in_base(fg_filepath *p, const char *base, bool entry)
{
    int error = find_real(p, entry);
    if (error)
        return error;
    const char *rest = below(p->real, base);
    p->base = base;
    if (!rest)
        return FG_FILE_OUTSIDE;
    p->dir = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (p->dir < 0)
        return errno;
    p->own = true;
    begin_beneath(p, rest);
    return 0;
}

/* Where there is no root: the real path of the base, or NULL if there is none; an error
 * if it does not exist. */
static int find_base(fg_vm *vm, const fg_site *s, fg_filepath *p, const char **real)
{
    fg_slice own;
    *real = s->base_real;
    p->base = s->base;
    if (s->base) {
        p->number = s->base_error;
        return s->base_real ? 0 : FG_FILE_NO_BASE;
    }
    if (!fg_env_get(vm, FG_SLICE("FORGE_FS_BASE"), &own) || own.n == 0)
        return 0;
    if (own.n >= PATH_MAX)
        return ENAMETOOLONG;
    char name[PATH_MAX];
    memcpy(name, own.p, own.n);
    name[own.n] = '\0';
    *real = realpath(name, p->base_own);
    if (*real)
        return 0;
    p->number = errno;
    memcpy(p->base_own, name, own.n + 1);
    p->base = p->base_own;
    return FG_FILE_NO_BASE;
}

int fg_filepath_find(fg_vm *vm, fg_slice path, bool entry, fg_filepath *p)
{
    const fg_site *s = fg_site_of(vm);
    const char *base;
    p->dir = AT_FDCWD;
    p->beneath = p->own = false;
    p->base = NULL;
    p->number = 0;
    p->path[0] = p->real[0] = '\0';
    if (path.n == 0)
        return ENOENT;
    if (path.n >= sizeof p->path)
        return ENAMETOOLONG;
    memcpy(p->path, path.p, path.n);
    p->path[path.n] = '\0';
    if (memchr(path.p, '\0', path.n))
        return FG_FILE_NUL;
    if (s->root)
        return find_in_root(s, p);
    int error = find_base(vm, s, p, &base);
    return error || !base ? error : find_in_base(p, base, entry);
}

void fg_filepath_drop(fg_filepath *p)
{
    if (p->own)
        close(p->dir);
    p->own = false;
}

/* ---- opening -------------------------------------------------------------------- */

static int open_path(const fg_filepath *p, const char *path, int flags, mode_t mode)
{
    flags |= O_CLOEXEC | (flags & O_PATH ? 0 : O_NONBLOCK | O_NOCTTY);
    int fd = p->beneath ? fg_open_beneath(p->dir, path, flags, mode)
                        : openat(p->dir, path, flags, mode);
    if (fd >= 0)
        return fd;
    return p->beneath && errno == EXDEV ? -FG_FILE_OUTSIDE : -errno;
}

fg_status fg_file_take(fg_vm *vm, uint32_t n)
{
    if (vm->limits.files && vm->files + n > vm->limits.files) {
        fg_raise_limit(vm, FG_BOUND_FILES, "limit of %u open files at once is reached",
                       vm->limits.files);
        return fg_hint(vm, "let fewer tasks use files or commands at a time");
    }
    vm->files += n;
    return FG_OK;
}

void fg_file_give(fg_vm *vm, uint32_t n) { vm->files -= n; }

int fg_filepath_open(const fg_filepath *p, int flags, mode_t mode)
{
    return open_path(p, p->path, flags, mode);
}

int fg_filepath_parent(const fg_filepath *p, char name[PATH_MAX])
{
    char parent[PATH_MAX];
    split(p->path, parent, name);
    return open_path(p, parent, O_PATH | O_DIRECTORY, 0);
}

int fg_filepath_real(const fg_filepath *p, char real[PATH_MAX])
{
    if (!p->beneath)
        return realpath(p->path, real) ? 0 : errno;
    int fd = fg_filepath_open(p, O_PATH, 0);
    if (fd < 0)
        return -fd;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, real, PATH_MAX - 1);
    int error = n < 0 ? errno : 0;
    close(fd);
    if (error)
        return error;
    real[n] = '\0';
    return 0;
}

int fg_file_stat(fg_vm *vm, fg_slice path, struct stat *st)
{
    fg_filepath p;
    int error = fg_filepath_find(vm, path, false, &p);
    if (error == 0) {
        int fd = fg_filepath_open(&p, O_PATH, 0);
        error = fd < 0 ? -fd : fstat(fd, st) < 0 ? errno : 0;
        if (fd >= 0)
            close(fd);
    }
    fg_filepath_drop(&p);
    return error;
}

bool fg_file_changed(fg_vm *vm, fg_slice path, uint64_t *ns)
{
    struct stat st;
    *ns = 0;
    if (fg_file_stat(vm, path, &st) != 0)
        return false;
    *ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
    return true;
}

/* ---- errors --------------------------------------------------------------------- */

void fg_file_error_text(int number, fg_bytes *b)
{
    char text[128];
    fg_bytes_str(b, strerror_r(number, text, sizeof text));
    fg_bytes_fmt(b, " (os error %d)", number);
}

static bool is_about_bound(int error)
{
    return error == FG_FILE_OUTSIDE || error == FG_FILE_NO_BASE
           || error == FG_FILE_NO_REAL || error == FG_FILE_NO_PARENT;
}

static void put_bound(const fg_filepath *p, int error, fg_bytes *b)
{
    if (error == FG_FILE_OUTSIDE && p->base)
        fg_bytes_fmt(b, "path '%s' escapes FORGE_FS_BASE '%s'", p->real, p->base);
    else if (error == FG_FILE_OUTSIDE)
        fg_bytes_fmt(b, "path '%s' leads out of the application's directory", p->path);
    else if (error == FG_FILE_NO_BASE)
        fg_bytes_fmt(b, "FORGE_FS_BASE '%s' is not accessible: ", p->base);
    else if (error == FG_FILE_NO_REAL)
        fg_bytes_fmt(b, "cannot canonicalise '%s': ", p->path);
    else if (error == FG_FILE_NO_PARENT)
        fg_bytes_fmt(b, "cannot canonicalise parent of '%s': ", p->path);
}

void fg_file_reason(const fg_filepath *p, int error, fg_bytes *b)
{
    if (is_about_bound(error))
        put_bound(p, error, b);
    if (error == FG_FILE_NUL)
        fg_bytes_str(b, "file name contained an unexpected NUL byte");
    else if (error == FG_FILE_IRREGULAR)
        fg_bytes_str(b, "not a regular file");
    else if (error == FG_FILE_LINK)
        fg_bytes_str(b, "a link has that name");
    else if (error != FG_FILE_OUTSIDE)
        fg_file_error_text(error < FG_FILE_NUL ? error : p->number, b);
}

fg_status fg_file_raise(fg_vm *vm, const char *prefix, const fg_filepath *p, int error)
{
    fg_bytes b;
    fg_bytes_init(&b);
    if (!is_about_bound(error))
        fg_bytes_fmt(&b, "%s: ", prefix);
    fg_file_reason(p, error, &b);
    fg_status status =
        b.failed ? FG_NOMEM : fg_raise(vm, FG_E_RUNTIME, "%.*s", (int)b.n, b.p);
    fg_bytes_drop(&b);
    if (status == FG_RAISED && error == FG_FILE_OUTSIDE && !p->base)
        fg_hint(vm, "paths of this program begin in that directory, and links must not "
                    "lead out of it");
    return status;
}
