// SPDX-License-Identifier: Apache-2.0
/* Directories of scripts.  What is in one is reached through descriptors, name by name,
 * and links in it are never followed. */
#define _GNU_SOURCE
#include "lib/file.h"
#include "lib/lib.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define DEPTH_MAX 128u /* directories in each other that are removed at once */
#define ENTRY_WORK 32u /* of one name */

static bool is_dots(const char *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* ---- listing -------------------------------------------------------------------- */

static fg_status list_names(fg_vm *vm, const char *prefix, DIR *d, fg_value *out)
{
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(d);
        if (!e)
            return errno ? fg_file_raise(vm, prefix, NULL, errno) : FG_OK;
        if (is_dots(e->d_name))
            continue;
        fg_string *name = fg_string_new(&vm->heap, e->d_name, strlen(e->d_name));
        FG_TRY(fg_push_object(vm, out->as.arr, name));
        FG_TRY(fg_tick(vm, ENTRY_WORK));
    }
}

fg_status fg_file_list(fg_vm *vm, const char *prefix, fg_slice path, fg_value *out)
{
    fg_filepath p;
    FG_TRY(fg_file_take(vm, 1));
    int error = fg_filepath_find(vm, path, false, &p);
    int fd = error ? -error : fg_filepath_open(&p, O_RDONLY | O_DIRECTORY, 0);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    fg_status status = FG_OK;
    if (fd < 0)
        status = fg_file_raise(vm, prefix, &p, -fd);
    else if (!d)
        status = fg_file_raise(vm, prefix, &p, errno);
    if (status == FG_OK)
        status = list_names(vm, prefix, d, out);
    if (d)
        closedir(d);
    else if (fd >= 0)
        close(fd);
    fg_filepath_drop(&p);
    fg_file_give(vm, 1);
    return status;
}

/* ---- making --------------------------------------------------------------------- */

/* Cuts the last name off and gives the length that is left, 0 for "."; -1 if there is no
 * name. */
static int cut_last(char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    size_t end = n;
    while (n > 0 && path[n - 1] != '/')
        n--;
    if (n == end)
        return -1;
    while (n > 1 && path[n - 1] == '/')
        n--;
    path[n] = '\0';
    if (n == 0)
        strcpy(path, ".");
    return (int)n;
}

/* Opens the nearest directory on the way that exists: a descriptor or minus an error.
 * p->path becomes the path of it; *n: its length in the path that it was. */
static int open_nearest(fg_filepath *p, size_t *n)
{
    int fd = fg_filepath_open(p, O_PATH | O_DIRECTORY, 0);
    *n = strlen(p->path);
    if (fd == -ENOTDIR) { /* does something else have the name? */
        fd = fg_filepath_open(p, O_PATH, 0);
        if (fd < 0)
            return fd;
        close(fd);
        return -EEXIST;
    }
    while (fd == -ENOENT) {
        int left = cut_last(p->path);
        if (left < 0)
            break;
        *n = (size_t)left;
        fd = fg_filepath_open(p, O_PATH | O_DIRECTORY, 0);
    }
    return fd;
}

/* Makes the directories of `rest` below `at`, which is closed; 0 or an error.  Nothing
 * leads back up from what does not exist. */
static int make_rest(int at, const char *rest)
{
    char name[PATH_MAX];
    int error = 0;
    while (error == 0 && *(rest += strspn(rest, "/"))) {
        size_t n = strcspn(rest, "/");
        memcpy(name, rest, n);
        name[n] = '\0';
        rest += n;
        if (strcmp(name, ".") == 0)
            continue;
        bool up = strcmp(name, "..") == 0;
        if (up || (mkdirat(at, name, 0777) < 0 && errno != EEXIST)) {
            error = up ? ENOENT : errno;
            break;
        }
        int next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        error = next < 0 ? errno : 0;
        close(at);
        at = next;
    }
    if (at >= 0)
        close(at);
    return error;
}

fg_status fg_file_mkdir(fg_vm *vm, const char *prefix, fg_slice path)
{
    fg_filepath p;
    int error = fg_filepath_find(vm, path, false, &p);
    if (error == 0) {
        char all[PATH_MAX];
        size_t n;
        strcpy(all, p.path);
        int fd = open_nearest(&p, &n);
        error = fd < 0 ? -fd : make_rest(fd, all + n);
    }
    fg_status status = error ? fg_file_raise(vm, prefix, &p, error) : FG_OK;
    fg_filepath_drop(&p);
    return status;
}

/* ---- removing ------------------------------------------------------------------- */

static fg_status remove_entry(fg_vm *vm, const char *prefix, int dir, const char *name,
                              uint32_t depth);

/* Removes what is in a directory; *any: there was something. */
static fg_status empty(fg_vm *vm, const char *prefix, DIR *d, uint32_t depth, bool *any)
{
    *any = false;
    rewinddir(d);
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(d);
        if (!e)
            return errno ? fg_file_raise(vm, prefix, NULL, errno) : FG_OK;
        if (is_dots(e->d_name))
            continue;
        FG_TRY(remove_entry(vm, prefix, dirfd(d), e->d_name, depth));
        *any = true;
    }
}

static fg_status remove_folder(fg_vm *vm, const char *prefix, int dir, const char *name,
                               uint32_t depth)
{
    if (depth == 0) {
        fg_raise(vm, FG_E_RUNTIME, "%s: directories are nested deeper than %u", prefix,
                 DEPTH_MAX);
        return fg_hint(vm, "remove the inner ones first");
    }
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return fg_file_raise(vm, prefix, NULL, error);
    }
    fg_status status;
    bool any, gone;
    do { /* names that come meanwhile, or were overlooked, are removed too */
        status = empty(vm, prefix, d, depth - 1, &any);
        gone = status == FG_OK && unlinkat(dir, name, AT_REMOVEDIR) == 0;
    } while (status == FG_OK && !gone && errno == ENOTEMPTY && any);
    if (status == FG_OK && !gone)
        status = fg_file_raise(vm, prefix, NULL, errno);
    closedir(d);
    return status;
}

static fg_status remove_entry(fg_vm *vm, const char *prefix, int dir, const char *name,
                              uint32_t depth)
{
    FG_TRY(fg_tick(vm, ENTRY_WORK));
    if (unlinkat(dir, name, 0) == 0)
        return FG_OK;
    if (errno != EISDIR && errno != EPERM)
        return fg_file_raise(vm, prefix, NULL, errno);
    FG_TRY(fg_file_take(vm, 1));
    fg_status status = remove_folder(vm, prefix, dir, name, depth);
    fg_file_give(vm, 1);
    return status;
}

/* Opens the directory of an entry that is removed or renamed: a descriptor or minus an
 * error.  What paths begin with is no entry of anything. */
static int open_holder(const fg_filepath *p, char name[PATH_MAX])
{
    int dir = fg_filepath_parent(p, name);
    if (dir >= 0 && (!name[0] || is_dots(name))) {
        close(dir);
        return -EINVAL;
    }
    return dir;
}

fg_status fg_file_remove(fg_vm *vm, const char *prefix, fg_slice path)
{
    fg_filepath p;
    char name[PATH_MAX];
    int error = fg_filepath_find(vm, path, true, &p);
    int dir = error ? -error : open_holder(&p, name);
    fg_status status = dir < 0 ? fg_file_raise(vm, prefix, &p, -dir)
                               : remove_entry(vm, prefix, dir, name, DEPTH_MAX);
    if (dir >= 0)
        close(dir);
    fg_filepath_drop(&p);
    return status;
}

/* ---- renaming ------------------------------------------------------------------- */

fg_status fg_file_rename(fg_vm *vm, const char *prefix, fg_slice from, fg_slice to)
{
    fg_filepath p, q;
    char old[PATH_MAX], fresh[PATH_MAX];
    int error = fg_filepath_find(vm, from, true, &p);
    int dir = error ? -error : open_holder(&p, old);
    fg_status status = dir < 0 ? fg_file_raise(vm, prefix, &p, -dir) : FG_OK;
    if (status == FG_OK) {
        error = fg_filepath_find(vm, to, true, &q);
        int there = error ? -error : open_holder(&q, fresh);
        if (there < 0)
            status = fg_file_raise(vm, prefix, &q, -there);
        else if (renameat(dir, old, there, fresh) < 0)
            status = fg_file_raise(vm, prefix, NULL, errno);
        if (there >= 0)
            close(there);
        fg_filepath_drop(&q);
        close(dir);
    }
    fg_filepath_drop(&p);
    return status;
}
