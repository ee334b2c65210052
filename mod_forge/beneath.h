// SPDX-License-Identifier: Apache-2.0
/* Opening what lies beneath a directory: no path and no link leads out of it, even when
 * links are exchanged meanwhile. */
#ifndef MF_BENEATH_H
#define MF_BENEATH_H

/* A descriptor, closed by exec, or -1 with errno; EXDEV: the path leads out. */
int mf_open_beneath(int directory, const char *path, int flags);

#endif
