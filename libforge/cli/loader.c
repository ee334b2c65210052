// SPDX-License-Identifier: Apache-2.0
/* Imported files for the commands: whatever the user may read. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_IMPORTED ((off_t)64 << 20)

static forge_found refuse(forge_file *f, const char *why)
{
    snprintf(f->why, sizeof f->why, "%s", why);
    return FORGE_REFUSED;
}

/* Reads up to `size` bytes; a file that shrinks meanwhile is shorter. */
static forge_found read_text(int fd, size_t size, forge_file *f)
{
    char *text = malloc(size + 1);
    if (!text)
        return refuse(f, "out of memory");
    while (f->n < size) {
        ssize_t n = read(fd, text + f->n, size - f->n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(text);
            return refuse(f, strerror(errno));
        }
        if (n == 0)
            break;
        f->n += (size_t)n;
    }
    f->text = f->handle = text;
    return FORGE_FOUND;
}

static forge_found open_fd(int fd, forge_file *f)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return refuse(f, strerror(errno));
    if (S_ISDIR(st.st_mode)) /* the program beside it may be meant */
        return FORGE_MISSING;
    if (!S_ISREG(st.st_mode))
        return refuse(f, "not a file");
    if (st.st_size > MAX_IMPORTED)
        return refuse(f, "too large for a program");
    f->id[0] = (uint64_t)st.st_dev;
    f->id[1] = (uint64_t)st.st_ino;
    return read_text(fd, (size_t)st.st_size, f);
}

static forge_found open_path(void *ctx, const char *path, forge_file *f)
{
    (void)ctx;
    /* Without O_NONBLOCK a pipe of that name would never be opened. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG))
        return FORGE_MISSING;
    if (fd < 0)
        return refuse(f, strerror(errno));
    forge_found found = open_fd(fd, f);
    close(fd);
    return found;
}

static void close_path(void *ctx, forge_file *f)
{
    (void)ctx;
    free(f->handle);
}

const forge_loader cli_loader = { open_path, close_path, NULL };
