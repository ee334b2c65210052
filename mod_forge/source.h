// SPDX-License-Identifier: Apache-2.0
/* Reads the source of a program. */
#ifndef MF_SOURCE_H
#define MF_SOURCE_H

#include <stddef.h>
#include <sys/stat.h>

/* The whole text of a regular file of at most 16 MiB, and the state of the very file
 * that was read.  The caller frees it.  NULL with errno set. */
char *mf_source_read(const char *file, struct stat *state, size_t *n);

#endif
