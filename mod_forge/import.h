// SPDX-License-Identifier: Apache-2.0
/* The files that a program imports.
 *
 * They lie beneath the directory of the program and end in .fg, as it does itself: what
 * a program may read otherwise has nothing to do with it.  What was looked for while the
 * program was built is remembered, so that later changes are seen. */
#ifndef MF_IMPORT_H
#define MF_IMPORT_H

#include <stddef.h>
#include <sys/stat.h>

#include "forge.h"

typedef struct mf_imports mf_imports;

/* For one build of the program in `file`, which is a path from the root and was read in
 * this state; NULL with errno. */
mf_imports *mf_imports_new(const char *file, const struct stat *state);
void mf_imports_free(mf_imports *m);

/* For the build; lives as long as m. */
const forge_loader *mf_imports_loader(const mf_imports *m);
/* Asks this of each file and of the directory before it is used: NULL, or why it cannot
 * be. */
typedef struct mf_imports_judge {
    const char *(*file)(void *ctx, const struct stat *state);
    const char *(*directory)(void *ctx, int directory);
    void *ctx;
} mf_imports_judge;
/* Why the program's directory cannot be used, or NULL; the judge lives as long as the
 * build. */
const char *mf_imports_ask(mf_imports *m, const mf_imports_judge *judge);
/* The build is over: nothing will be opened any more. */
void mf_imports_end(mf_imports *m);

/* 1 if a file that was found is another one now or was written to, or there is one now
 * where there was none. */
int mf_imports_changed(const mf_imports *m);

/* Bytes that it takes. */
size_t mf_imports_size(const mf_imports *m);

#endif
