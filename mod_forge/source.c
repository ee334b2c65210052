// SPDX-License-Identifier: Apache-2.0
/* Opens first and asks the descriptor then, so that nobody can put another file in
 * between. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SOURCE ((off_t)16 << 20)

/* Reads up to `size` bytes; a file that shrinks meanwhile is shorter. */
static char *read_text(int fd, size_t size, size_t *n)
{
    char *text = malloc(size + 1);
    *n = 0;
    while (text && *n < size) {
        ssize_t got = read(fd, text + *n, size - *n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        *n += (size_t)got;
    }
    return text;
}

mf_identity mf_identity_of(const struct stat *state)
{
    return (mf_identity){
        .device = state->st_dev,
        .inode = state->st_ino,
        .owner = state->st_uid,
        .size = (uint64_t)state->st_size,
        .modified =
            (int64_t)state->st_mtim.tv_sec * 1000000000 + state->st_mtim.tv_nsec,
        .changed = (int64_t)state->st_ctim.tv_sec * 1000000000 + state->st_ctim.tv_nsec,
    };
}

char *mf_source_read(const char *file, struct stat *state, size_t *n)
{
    /* Without O_NONBLOCK a pipe of that name would hang the thread. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? NULL : mf_source_take(fd, state, n);
}

char *mf_source_take(int fd, struct stat *state, size_t *n)
{
    char *text = NULL;
    int fault = 0;
    if (fstat(fd, state) != 0)
        fault = errno;
    else if (S_ISDIR(state->st_mode))
        fault = EISDIR;
    else if (!S_ISREG(state->st_mode))
        fault = EINVAL;
    else if (state->st_size > MAX_SOURCE)
        fault = EFBIG;
    else if (!(text = read_text(fd, (size_t)state->st_size, n)))
        fault = ENOMEM;
    close(fd);
    errno = fault;
    return text;
}

int mf_source_lies_in(int directory, const char *file, const struct stat *state)
{
    const char *slash = strrchr(file, '/');
    struct stat is;
    if (fstatat(directory, slash ? slash + 1 : file, &is, 0) == 0
        && is.st_dev == state->st_dev && is.st_ino == state->st_ino)
        return 1;
    errno = ESTALE;
    return 0;
}
