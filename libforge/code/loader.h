// SPDX-License-Identifier: Apache-2.0
/* Where the compiler gets the files from that a program imports.  Which names are tried
 * for an import is decided by the compiler; the host only opens candidates. */
#ifndef FG_LOADER_H
#define FG_LOADER_H

#include "base/base.h"

/* A file as it was opened. */
typedef struct fg_loaded {
    fg_slice text;  /* until it is closed */
    uint64_t id[2]; /* which file it is, whatever the path: device and inode */
    char why[256];  /* missing: a hint, or ""; refused: the reason */
    void *handle;   /* the host's */
} fg_loaded;

typedef enum fg_load_result {
    FG_LOADED,
    FG_LOAD_MISSING,
    FG_LOAD_REFUSED
} fg_load_result;

typedef struct fg_loader {
    /* Opens a candidate; a relative path is meant from the current directory.  MISSING:
     * there is no such file, the next candidate is tried.  REFUSED: there is one, but it
     * cannot be used.  `out` is zeroed before. */
    fg_load_result (*open)(void *ctx, const char *path, fg_loaded *out);
    /* Follows every open that was FG_LOADED. */
    void (*close)(void *ctx, fg_loaded *file);
    void *ctx;
} fg_loader;

#endif
