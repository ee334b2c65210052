// SPDX-License-Identifier: Apache-2.0
/* Opening what lies beneath a directory. */
#define _GNU_SOURCE
#include "lib/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AGAIN_MAX 64 /* a directory was renamed while ".." was followed */

int fg_open_beneath(int dir, const char *path, int flags, mode_t mode)
{
    bool creates = flags & O_CREAT;
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .mode = creates ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    for (int i = 0; i < AGAIN_MAX; i++) {
        int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != ENOSYS))
            return fd;
        if (errno == ENOSYS)
            return fg_walk_beneath(dir, path, flags, mode);
    }
    return -1;
}

/* Writes the components of a path without "." and ".." into out, which has as much room
 * as the path; false if it leads out.  Links are not followed, so text is enough. */
static bool straighten(const char *path, char *out)
{
    size_t n = 0;
    while (*path) {
        size_t len = strcspn(path, "/");
        if (len == 2 && path[0] == '.' && path[1] == '.') {
            if (n == 0)
                return false;
            while (n > 0 && out[--n] != '/')
                ;
        } else if (len > 0 && !(len == 1 && path[0] == '.')) {
            if (n > 0)
                out[n++] = '/';
            memcpy(out + n, path, len);
            n += len;
        }
        path += len;
        path += *path == '/';
    }
    if (n == 0)
        out[n++] = '.';
    out[n] = '\0';
    return true;
}

/* The directory `name`, opened from `at`, which is closed unless it is `dir`. */
static int step_into(int dir, int at, const char *name)
{
    int next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int why = errno;
    if (at != dir)
        close(at);
    errno = why;
    return next;
}

int fg_walk_beneath(int dir, const char *path, int flags, mode_t mode)
{
    char names[PATH_MAX + 1];
    size_t n = strlen(path);
    if (n == 0 || n >= PATH_MAX) {
        errno = n ? ENAMETOOLONG : ENOENT;
        return -1;
    }
    if (path[0] == '/' || !straighten(path, names)) {
        errno = EXDEV;
        return -1;
    }
    int at = dir;
    char *name = names;
    for (char *slash; (slash = strchr(name, '/')); name = slash + 1) {
        *slash = '\0';
        at = step_into(dir, at, name);
        if (at < 0)
            return -1;
    }
    bool folder = path[n - 1] == '/'; /* it says that it is one */
    int fd = openat(at, name,
                    flags | O_NOFOLLOW | O_CLOEXEC | (folder ? O_DIRECTORY : 0), mode);
    int why = errno;
    if (at != dir)
        close(at);
    struct stat st;
    if (fd >= 0 && (flags & O_PATH) && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode)) {
        close(fd);
        fd = -1;
        why = ELOOP;
    }
    errno = why;
    return fd;
}
