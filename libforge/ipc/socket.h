// SPDX-License-Identifier: Apache-2.0
/* Unix sockets: names in the file system, streams between processes of one machine.
 *
 * Every descriptor is closed on exec, and none of them ever raises SIGPIPE. */
#ifndef FG_SOCKET_H
#define FG_SOCKET_H

#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/bytes.h"

/* A socket that listens, and the file that leads to it. */
typedef struct fg_listener {
    int fd;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    dev_t device; /* of the file */
    ino_t inode;
} fg_listener;

/* Only its user may connect: the file has mode 0600 from the beginning.  A socket that
 * nobody listens on any more is replaced; anything else at this path is an error.  Whoever
 * starts servers sees to it that no two of them begin on one path at the same moment.
 * False: the reason is appended to `why`. */
bool fg_listener_open(fg_listener *l, const char *path, uint32_t backlog,
                      fg_bytes *why);
/* Removes the file, unless another server has put its own there; again: does nothing. */
void fg_listener_close(fg_listener *l);
/* The next connection, non-blocking, or -1 with errno. */
int fg_listener_accept(const fg_listener *l);

/* A blocking stream to whoever listens there.  While nobody does, tries again every ten
 * milliseconds for so many nanoseconds, at least once.  -1: the reason is in `why`. */
int fg_socket_connect(const char *path, uint64_t budget, fg_bytes *why);

/* The other end belongs to this process's effective user, or to root. */
bool fg_socket_trusted(int fd);

typedef enum fg_moved {
    FG_MOVED,      /* `n` bytes, at least one */
    FG_MOVED_NONE, /* not now */
    FG_MOVED_OVER  /* the other end is gone, or the stream is broken */
} fg_moved;

/* What can be sent without waiting, of all parts in their order. */
fg_moved fg_socket_send(int fd, struct iovec *parts, uint32_t count, size_t *n);
/* What has come, at most `room` bytes; waits if the socket is blocking and `wait`. */
fg_moved fg_socket_receive(int fd, char *to, size_t room, bool wait, size_t *n);

#endif
