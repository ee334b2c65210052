// SPDX-License-Identifier: Apache-2.0
/* Files that responses send.
 *
 * Responses name them by a number, which is good only for files that this fork opened; so
 * a program that makes one up reaches nothing that it could not reach anyway. */
#include "lib/file.h"
#include "lib/lib.h"
#include "lib/response.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define OPEN_MAX_FILES 16u

typedef struct files {
    fg_resource resource;
    uint32_t n;
    fg_sent_file at[OPEN_MAX_FILES];
} files;

static void close_file(fg_sent_file *file)
{
    close(file->fd);
    free(file->name);
}

static void files_end(fg_vm *vm, fg_resource *resource)
{
    files *f = (files *)(void *)resource;
    for (uint32_t i = 0; i < f->n; i++)
        close_file(&f->at[i]);
    fg_memory_give(vm, f, sizeof *f);
}

static files *files_of(fg_vm *vm)
{
    files *f = (files *)(void *)fg_resource_of(vm, files_end);
    if (f)
        return f;
    f = fg_memory_take(vm, sizeof *f);
    if (!f)
        return NULL;
    f->n = 0;
    fg_resource_add(vm, &f->resource, files_end);
    return f;
}

/* A descriptor of a regular file, or minus an error. */
static int open_regular(const fg_filepath *p, struct stat *st)
{
    int fd = fg_filepath_open(p, O_RDONLY, 0);
    if (fd < 0)
        return fd;
    int error = fstat(fd, st) != 0     ? errno
                : S_ISREG(st->st_mode) ? 0
                                       : FG_FILE_IRREGULAR;
    if (!error)
        return fd;
    close(fd);
    return -error;
}

static fg_status open_file(fg_vm *vm, fg_slice path, fg_sent_file *file)
{
    fg_filepath p;
    int error = fg_filepath_find(vm, path, false, &p);
    file->fd = error ? -error : open_regular(&p, &file->st);
    fg_status status =
        file->fd < 0 ? fg_file_raise(vm, "file error", &p, -file->fd) : FG_OK;
    fg_filepath_drop(&p);
    if (status != FG_OK)
        return status;
    uint32_t from = path.n;
    while (from > 0 && path.p[from - 1] != '/')
        from--;
    file->name = strndup(path.p + from, path.n - from);
    if (file->name)
        return FG_OK;
    close(file->fd);
    return FG_NOMEM;
}

static bool is_same(const fg_sent_file *a, const fg_sent_file *b)
{
    return a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino
           && strcmp(a->name, b->name) == 0;
}

fg_status fg_sent_file_open(fg_vm *vm, fg_slice path, int64_t *handle)
{
    fg_sent_file file;
    files *f = files_of(vm);
    if (!f)
        return FG_NOMEM;
    FG_TRY(open_file(vm, path, &file));
    for (uint32_t i = 0; i < f->n; i++)
        if (is_same(&f->at[i], &file)) {
            f->at[i].st = file.st;
            close_file(&file);
            *handle = i + 1;
            return FG_OK;
        }
    if (f->n == OPEN_MAX_FILES) {
        close_file(&file);
        return fg_raise(vm, FG_E_RUNTIME,
                        "file(): %u files are open already, and each stays open until "
                        "the request ends",
                        OPEN_MAX_FILES);
    }
    f->at[f->n] = file;
    *handle = ++f->n;
    return FG_OK;
}

const fg_sent_file *fg_sent_file_of(const fg_vm *vm, int64_t handle)
{
    const files *f = (const files *)(const void *)fg_resource_of(vm, files_end);
    return f && handle >= 1 && handle <= f->n ? &f->at[handle - 1] : NULL;
}
