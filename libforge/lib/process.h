// SPDX-License-Identifier: Apache-2.0
/* Programs that scripts start.  One runs in a process group of its own, with the
 * environment of the program that started it, and inherits no descriptor. */
#ifndef FG_PROCESS_H
#define FG_PROCESS_H

#include "base/bytes.h"
#include "run/vm.h"

typedef struct fg_command {
    const char *file;    /* a path */
    char **argv;         /* NULL at the end */
    fg_slice input;      /* what it reads; a root keeps it alive */
    fg_bytes *out, *err; /* get what it prints; NULL: nobody wants it */
} fg_command;

/* Runs a command to the end of its output, while other tasks go on.  A cancelled wait ends
 * its group.  *status: its exit code, or -1 after a signal.  Raises "prefix: …" if it
 * cannot be started.  May collect. */
fg_status fg_process_run(fg_vm *vm, const char *prefix, const fg_command *c,
                         int *status);
/* Fills in the path, terminated, of the program that is meant by a name; false: there is
 * none. */
bool fg_process_find(fg_vm *vm, fg_slice name, fg_bytes *path);

#endif
