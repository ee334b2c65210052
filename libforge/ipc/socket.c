// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* accept4, struct ucred */
#include "ipc/socket.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/clock.h"

#define RETRY (10 * FG_MS)

/* False. */
static bool fail(fg_bytes *why, const char *act, const char *path)
{
    fg_bytes_fmt(why, "cannot %s '%s': %s", act, path, strerror(errno));
    return false;
}

static bool name(struct sockaddr_un *to, const char *path, fg_bytes *why)
{
    size_t n = strlen(path);
    *to = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (n == 0 || n >= sizeof to->sun_path) {
        fg_bytes_fmt(why, "the path of a socket has 1 to %zu bytes, '%s' has %zu",
                     sizeof to->sun_path - 1, path, n);
        return false;
    }
    memcpy(to->sun_path, path, n);
    return true;
}

static int make(int flags, fg_bytes *why)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd < 0)
        fg_bytes_fmt(why, "cannot make a socket: %s", strerror(errno));
    return fd;
}

/* Makes room for a new file: true if nothing is there, or was left there by a server that
 * is gone. */
static bool clear(const struct sockaddr_un *at, fg_bytes *why)
{
    struct stat st;
    if (lstat(at->sun_path, &st) != 0)
        return errno == ENOENT || fail(why, "look at", at->sun_path);
    if (!S_ISSOCK(st.st_mode)) {
        fg_bytes_fmt(why, "'%s' exists and is no socket", at->sun_path);
        return false;
    }
    int fd = make(SOCK_NONBLOCK, why);
    if (fd < 0)
        return false;
    bool alone = connect(fd, (const struct sockaddr *)at, sizeof *at) != 0
                 && errno == ECONNREFUSED;
    close(fd);
    if (!alone) {
        fg_bytes_fmt(why, "another server listens on '%s'", at->sun_path);
        return false;
    }
    return unlink(at->sun_path) == 0 || errno == ENOENT
           || fail(why, "remove", at->sun_path);
}

/* The file takes the mode of the socket, so nobody ever sees it with another one. */
static bool listening(int fd, const struct sockaddr_un *at, uint32_t backlog,
                      fg_bytes *why)
{
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0
        || bind(fd, (const struct sockaddr *)at, sizeof *at) != 0)
        return fail(why, "make the socket", at->sun_path);
    if (listen(fd, (int)backlog) == 0)
        return true;
    fail(why, "listen on", at->sun_path);
    unlink(at->sun_path);
    return false;
}

bool fg_listener_open(fg_listener *l, const char *path, uint32_t backlog, fg_bytes *why)
{
    struct sockaddr_un at;
    struct stat st;
    l->fd = -1;
    if (!name(&at, path, why) || !clear(&at, why))
        return false;
    int fd = make(SOCK_NONBLOCK, why);
    if (fd < 0)
        return false;
    if (!listening(fd, &at, backlog, why)) {
        close(fd);
        return false;
    }
    if (lstat(path, &st) != 0) {
        close(fd);
        return fail(why, "look at", path);
    }
    l->fd = fd;
    memcpy(l->path, at.sun_path, sizeof l->path);
    l->device = st.st_dev;
    l->inode = st.st_ino;
    return true;
}

void fg_listener_close(fg_listener *l)
{
    struct stat st;
    if (l->fd < 0)
        return;
    if (lstat(l->path, &st) == 0 && st.st_dev == l->device && st.st_ino == l->inode)
        unlink(l->path);
    close(l->fd);
    l->fd = -1;
}

int fg_listener_accept(const fg_listener *l)
{
    int fd;
    do {
        fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    return fd;
}

/* Whoever is to listen there may come yet, or be too busy now. */
static bool passing(int error)
{
    return error == ENOENT || error == ECONNREFUSED || error == EAGAIN
           || error == EINTR;
}

int fg_socket_connect(const char *path, uint64_t budget, fg_bytes *why)
{
    struct sockaddr_un at;
    struct timespec pause = fg_clock_spec(RETRY);
    uint64_t now = fg_clock();
    uint64_t end = budget < FG_NEVER - now ? now + budget : FG_NEVER;
    if (!name(&at, path, why))
        return -1;
    int fd = make(SOCK_NONBLOCK, why);
    if (fd < 0)
        return -1;
    while (connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        if (!passing(errno) || fg_clock_left(end) == 0) {
            fail(why, "connect to", path);
            close(fd);
            return -1;
        }
        nanosleep(&pause, NULL);
    }
    int blocking = 0;
    if (ioctl(fd, FIONBIO, &blocking) != 0) {
        fail(why, "set up", path);
        close(fd);
        return -1;
    }
    return fd;
}

bool fg_socket_trusted(int fd)
{
    struct ucred peer;
    socklen_t n = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0
           && (peer.uid == geteuid() || peer.uid == 0);
}

static fg_moved moved(ssize_t result, size_t *n)
{
    *n = result > 0 ? (size_t)result : 0;
    if (result > 0)
        return FG_MOVED;
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
               ? FG_MOVED_NONE
               : FG_MOVED_OVER;
}

fg_moved fg_socket_send(int fd, struct iovec *parts, uint32_t count, size_t *n)
{
    struct msghdr m = { .msg_iov = parts, .msg_iovlen = count };
    return moved(sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT), n);
}

fg_moved fg_socket_receive(int fd, char *to, size_t room, bool wait, size_t *n)
{
    return moved(recv(fd, to, room, wait ? 0 : MSG_DONTWAIT), n);
}
