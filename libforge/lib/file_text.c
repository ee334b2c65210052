// SPDX-License-Identifier: Apache-2.0
/* Whole files of scripts: reading, replacing, appending, copying. */
#define _GNU_SOURCE
#include "lib/file.h"
#include "lib/lib.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#define CHUNK (64u << 10)      /* bytes between two looks at limits */
#define COPY_CHUNK (16u << 10) /* of copies that go through memory */

/* The work that n bytes are. */
static fg_status tick(fg_vm *vm, ssize_t n)
{
    return fg_tick(vm, 1 + (uint32_t)((size_t)n >> 5));
}

/* ---- reading -------------------------------------------------------------------- */

/* Opens a regular file: a descriptor or minus an error. */
static int open_regular(const fg_filepath *p, int flags, mode_t mode, struct stat *st)
{
    int fd = fg_filepath_open(p, flags, mode), error = 0;
    if (fd < 0)
        return fd == -ENXIO ? -FG_FILE_IRREGULAR : fd; /* a FIFO nobody reads */
    if (fstat(fd, st) < 0)
        error = errno;
    else if (S_ISDIR(st->st_mode))
        error = EISDIR;
    else if (!S_ISREG(st->st_mode))
        error = FG_FILE_IRREGULAR;
    if (error == 0)
        return fd;
    close(fd);
    return -error;
}

/* One read of up to n bytes. */
static ssize_t read_some(int fd, char *at, size_t n)
{
    ssize_t got;
    do
        got = read(fd, at, n < CHUNK ? n : CHUNK);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Up to `size` bytes, straight into the string. */
static fg_status read_sized(fg_vm *vm, const char *prefix, int fd, uint32_t size,
                            fg_value *out)
{
    uint32_t n = 0;
    fg_string *s = fg_string_new(&vm->heap, NULL, size);
    FG_TRY(fg_give_object(out, s));
    while (n < size) {
        ssize_t got = read_some(fd, fg_string_bytes(s) + n, size - n);
        if (got < 0)
            return fg_file_raise(vm, prefix, NULL, errno);
        if (got == 0)
            break;
        n += (uint32_t)got;
        FG_TRY(tick(vm, got));
    }
    return n == size ? FG_OK : fg_give_object(out, fg_string_part(&vm->heap, s, 0, n));
}

/* Appends up to n bytes of a file whose size need not be known; what cannot be read sets
 * *error. */
static fg_status read_bytes(fg_vm *vm, int fd, uint32_t n, fg_bytes *b, int *error)
{
    while (n > 0) {
        uint32_t most = n < COPY_CHUNK ? n : COPY_CHUNK;
        char *at = fg_bytes_room(b, most);
        if (!at)
            return FG_NOMEM;
        ssize_t got = read_some(fd, at, most);
        if (got < 0)
            *error = errno;
        if (got <= 0)
            break;
        b->n += (uint32_t)got;
        n -= (uint32_t)got;
        FG_TRY(tick(vm, got));
    }
    return FG_OK;
}

/* Files of the system that do not know their size. */
static fg_status read_unsized(fg_vm *vm, const char *prefix, int fd, fg_value *out)
{
    fg_bytes b;
    int error = 0;
    fg_begin_text(vm, &b);
    fg_status status = read_bytes(vm, fd, FG_MAX_LEN, &b, &error);
    if (error)
        status = fg_file_raise(vm, prefix, NULL, error);
    if (status == FG_OK)
        return fg_take_bytes(vm, &b, out);
    fg_bytes_drop(&b);
    return status;
}

static fg_status read_open(fg_vm *vm, const char *prefix, int fd, off_t size,
                           fg_value *out)
{
    char what[64];
    snprintf(what, sizeof what, "%s: the", prefix);
    if (size == 0)
        return read_unsized(vm, prefix, fd, out);
    FG_TRY(fg_check_room(vm, what, (uint64_t)size, 1));
    return read_sized(vm, prefix, fd, (uint32_t)size, out);
}

fg_status fg_file_read(fg_vm *vm, const char *prefix, fg_slice path, fg_value *out)
{
    fg_filepath p;
    struct stat st;
    FG_TRY(fg_file_take(vm, 1));
    int error = fg_filepath_find(vm, path, false, &p);
    int fd = error ? -error : open_regular(&p, O_RDONLY, 0, &st);
    fg_status status = fd < 0 ? fg_file_raise(vm, prefix, &p, -fd)
                              : read_open(vm, prefix, fd, st.st_size, out);
    if (fd >= 0)
        close(fd);
    fg_file_give(vm, 1);
    fg_filepath_drop(&p);
    return status;
}

fg_status fg_filepath_read(fg_vm *vm, const fg_filepath *p, uint32_t n, fg_bytes *b,
                           struct stat *st, int *error)
{
    FG_TRY(fg_file_take(vm, 1));
    int fd = open_regular(p, O_RDONLY, 0, st);
    *error = fd < 0 ? -fd : 0;
    fg_status status = fd < 0 ? FG_OK : read_bytes(vm, fd, n, b, error);
    if (fd >= 0)
        close(fd);
    fg_file_give(vm, 1);
    return status;
}

/* ---- writing -------------------------------------------------------------------- */

/* Can a new file take the place of this one, or of none? */
static bool replaceable(const fg_filewriter *w, int why)
{
    if (why)
        return why == ENOENT;
    return S_ISREG(w->old.st_mode) && w->old.st_nlink == 1 && w->old.st_uid == geteuid()
           && faccessat(w->dir, w->name, W_OK, AT_EACCESS) == 0;
}

/* A new file beside the old one, which it is like.  False: it has to be written itself. */
static bool open_fresh(fg_filewriter *w, bool exists)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    snprintf(w->fresh, sizeof w->fresh, ".%016llx.new", (unsigned long long)random);
    w->fd =
        openat(w->dir, w->fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
               exists ? 0600 : 0666);
    if (w->fd < 0)
        return false;
    struct stat now;
    bool like = !exists
                || (fstat(w->fd, &now) == 0
                    && (now.st_gid == w->old.st_gid
                        || fchown(w->fd, (uid_t)-1, w->old.st_gid) == 0)
                    && fchmod(w->fd, w->old.st_mode & 07777) == 0);
    if (like)
        return true;
    close(w->fd);
    unlinkat(w->dir, w->fresh, 0);
    return false;
}

/* 0 or an error; end_write follows when it is 0. */
static int begin_write(const fg_filepath *p, fg_filewriter *w)
{
    memset(&w->old, 0, sizeof w->old);
    w->dir = fg_filepath_parent(p, w->name);
    if (w->dir < 0)
        return -w->dir;
    int why = fstatat(w->dir, w->name, &w->old, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
    bool folder = p->path[strlen(p->path) - 1] == '/';
    if (!folder && replaceable(w, why) && open_fresh(w, why == 0))
        return 0;
    close(w->dir);
    w->dir = -1;
    w->fd = open_regular(p, O_WRONLY | O_CREAT, 0666, &w->old);
    if (w->fd < 0)
        return -w->fd;
    return 0;
}

/* Puts the new content in place if all went well; 0 or an error. */
static int end_write(fg_filewriter *w, bool good)
{
    int error = close(w->fd) < 0 && errno != EINTR ? errno : 0;
    if (w->dir < 0)
        return error;
    if (good && error == 0 && renameat(w->dir, w->fresh, w->dir, w->name) < 0)
        error = errno;
    if (!good || error)
        unlinkat(w->dir, w->fresh, 0);
    close(w->dir);
    return error;
}

static fg_status write_all(fg_vm *vm, const char *prefix, int fd, fg_slice text)
{
    for (uint32_t at = 0; at < text.n;) {
        uint32_t n = text.n - at < CHUNK ? text.n - at : CHUNK;
        ssize_t put = write(fd, text.p + at, n);
        if (put < 0 && errno != EINTR)
            return fg_file_raise(vm, prefix, NULL, errno);
        if (put > 0) {
            at += (uint32_t)put;
            FG_TRY(tick(vm, put));
        }
    }
    return FG_OK;
}

fg_status fg_filewriter_begin(fg_vm *vm, const char *prefix, fg_slice path,
                              fg_filewriter *w)
{
    FG_TRY(fg_file_take(vm, 1));
    w->prefix = prefix;
    int error = fg_filepath_find(vm, path, false, &w->path);
    if (error == 0)
        error = begin_write(&w->path, w);
    if (error == 0 && w->dir < 0 && ftruncate(w->fd, 0) < 0) {
        error = errno;
        close(w->fd);
    }
    if (error == 0)
        return FG_OK;
    fg_status status = fg_file_raise(vm, prefix, &w->path, error);
    fg_filepath_drop(&w->path);
    fg_file_give(vm, 1);
    return status;
}

/* 0 or an error; end_write follows when it is 0. */
static int begin_new(const fg_filepath *p, fg_filewriter *w)
{
    memset(&w->old, 0, sizeof w->old);
    if (p->path[strlen(p->path) - 1] == '/')
        return EISDIR;
    w->dir = fg_filepath_parent(p, w->name);
    if (w->dir < 0)
        return -w->dir;
    int error = fstatat(w->dir, w->name, &w->old, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
    if (error == ENOENT)
        error = 0;
    else if (error == 0 && S_ISDIR(w->old.st_mode))
        error = EISDIR;
    else if (error == 0 && !S_ISREG(w->old.st_mode))
        error = S_ISLNK(w->old.st_mode) ? FG_FILE_LINK : FG_FILE_IRREGULAR;
    errno = 0;
    if (error == 0 && !open_fresh(w, false))
        error = errno ? errno : EIO;
    if (error)
        close(w->dir);
    return error;
}

fg_status fg_filewriter_begin_new(fg_vm *vm, const char *prefix, fg_slice path,
                                  fg_filewriter *w)
{
    w->prefix = prefix;
    int error = fg_filepath_find(vm, path, true, &w->path);
    if (error == 0)
        error = begin_new(&w->path, w);
    if (error == 0)
        return FG_OK;
    fg_status status = fg_file_raise(vm, prefix, &w->path, error);
    fg_filepath_drop(&w->path);
    return status;
}

fg_status fg_filewriter_put(fg_vm *vm, fg_filewriter *w, fg_slice text)
{
    return write_all(vm, w->prefix, w->fd, text);
}

fg_status fg_filewriter_end(fg_vm *vm, fg_filewriter *w, fg_status status)
{
    int error = end_write(w, status == FG_OK);
    if (error && status == FG_OK)
        status = fg_file_raise(vm, w->prefix, &w->path, error);
    fg_filepath_drop(&w->path);
    fg_file_give(vm, 1);
    return status;
}

fg_status fg_file_write(fg_vm *vm, const char *prefix, fg_slice path, fg_slice text)
{
    fg_filewriter w;
    FG_TRY(fg_filewriter_begin(vm, prefix, path, &w));
    return fg_filewriter_end(vm, &w, fg_filewriter_put(vm, &w, text));
}

fg_status fg_file_append(fg_vm *vm, const char *prefix, fg_slice path, fg_slice text)
{
    fg_filepath p;
    struct stat st;
    FG_TRY(fg_file_take(vm, 1));
    int error = fg_filepath_find(vm, path, false, &p);
    int fd =
        error ? -error : open_regular(&p, O_WRONLY | O_CREAT | O_APPEND, 0666, &st);
    fg_status status =
        fd < 0 ? fg_file_raise(vm, prefix, &p, -fd) : write_all(vm, prefix, fd, text);
    if (fd >= 0)
        close(fd);
    fg_file_give(vm, 1);
    fg_filepath_drop(&p);
    return status;
}

/* ---- copying -------------------------------------------------------------------- */

/* One step through memory. */
static ssize_t copy_step(int from, int to)
{
    char text[COPY_CHUNK];
    ssize_t n = read_some(from, text, sizeof text);
    for (ssize_t at = 0; at < n;) {
        ssize_t put = write(to, text + at, (size_t)(n - at));
        if (put < 0 && errno != EINTR)
            return -1;
        at += put > 0 ? put : 0;
    }
    return n;
}

/* The content; the system copies it itself where it can. */
static fg_status copy_content(fg_vm *vm, const char *prefix, int from, int to,
                              int64_t *n)
{
    bool itself = true;
    for (*n = 0;;) {
        ssize_t some = itself ? copy_file_range(from, NULL, to, NULL, CHUNK, 0)
                              : copy_step(from, to);
        if (some < 0 && errno == EINTR)
            continue;
        /* Some files look empty to the system's own way. */
        if (itself && *n == 0 && some <= 0) {
            itself = false;
            continue;
        }
        if (some < 0)
            return fg_file_raise(vm, prefix, NULL, errno);
        if (some == 0)
            return FG_OK;
        *n += some;
        FG_TRY(tick(vm, some));
    }
}

static fg_status copy_open(fg_vm *vm, const char *prefix, int from,
                           const struct stat *st, const fg_filepath *to, int64_t *n)
{
    fg_filewriter w;
    fg_status status = FG_OK;
    int error = begin_write(to, &w);
    if (error)
        return fg_file_raise(vm, prefix, to, error);
    if (w.old.st_ino == st->st_ino && w.old.st_dev == st->st_dev) {
        *n = st->st_size; /* onto itself */
        end_write(&w, false);
        return FG_OK;
    }
    if (w.dir < 0 && ftruncate(w.fd, 0) < 0)
        status = fg_file_raise(vm, prefix, NULL, errno);
    if (status == FG_OK)
        status = copy_content(vm, prefix, from, w.fd, n);
    if (status == FG_OK && fchmod(w.fd, st->st_mode & 0777) < 0)
        status = fg_file_raise(vm, prefix, NULL, errno);
    error = end_write(&w, status == FG_OK);
    return error && status == FG_OK ? fg_file_raise(vm, prefix, to, error) : status;
}

fg_status fg_file_copy(fg_vm *vm, const char *prefix, fg_slice from, fg_slice to,
                       int64_t *n)
{
    fg_filepath p, q;
    struct stat st;
    FG_TRY(fg_file_take(vm, 2));
    int error = fg_filepath_find(vm, from, false, &p);
    int fd = error ? -error : open_regular(&p, O_RDONLY, 0, &st);
    fg_status status = fd < 0 ? fg_file_raise(vm, prefix, &p, -fd) : FG_OK;
    if (status == FG_OK) {
        error = fg_filepath_find(vm, to, false, &q);
        status = error ? fg_file_raise(vm, prefix, &q, error)
                       : copy_open(vm, prefix, fd, &st, &q, n);
        fg_filepath_drop(&q);
        close(fd);
    }
    fg_filepath_drop(&p);
    fg_file_give(vm, 2);
    return status;
}
