// SPDX-License-Identifier: Apache-2.0
/* Opening what lies beneath a directory.  Neither "..", nor an absolute path, nor a link
 * leads out of it, even when links are exchanged while they are followed.  Both give a
 * descriptor, closed by exec, or -1 with errno; EXDEV says that the path leads out. */
#ifndef FG_BENEATH_H
#define FG_BENEATH_H

#include <sys/types.h>

/* Links that stay beneath are followed. */
int fg_open_beneath(int dir, const char *path, int flags, mode_t mode);
/* The same for systems without openat2: one component after the other, and a link on the
 * way gives ELOOP or ENOTDIR. */
int fg_walk_beneath(int dir, const char *path, int flags, mode_t mode);

#endif
