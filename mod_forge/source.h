// SPDX-License-Identifier: Apache-2.0
/* Reads the sources of programs. */
#ifndef MF_SOURCE_H
#define MF_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Which file, in which state.  Without holes: two are compared as bytes. */
typedef struct mf_identity {
    uint64_t device, inode, owner, size;
    int64_t modified, changed; /* nanoseconds */
} mf_identity;

mf_identity mf_identity_of(const struct stat *state);

/* The whole text of a regular file of at most 16 MiB, and the state of the very file
 * that was read.  The caller frees it.  NULL with errno set. */
char *mf_source_read(const char *file, struct stat *state, size_t *n);
/* The same of an open descriptor, which is closed. */
char *mf_source_take(int fd, struct stat *state, size_t *n);

/* 1 if the directory holds, under the last name of `file`, the very file that was read;
 * otherwise errno is ESTALE: the path has been turned to another directory meanwhile. */
int mf_source_lies_in(int directory, const char *file, const struct stat *state);

#endif
