// SPDX-License-Identifier: Apache-2.0
/* Bytes that grow in memory counted against the fork's limit, for what comes from afar. */
#ifndef FG_INTAKE_H
#define FG_INTAKE_H

#include "run/vm.h"

typedef struct fg_intake {
    char *p; /* NULL: nothing was put yet */
    size_t n, cap;
} fg_intake;

/* Room for n more bytes behind what is in it; NULL: no memory, and it is as it was. */
char *fg_intake_room(fg_vm *vm, fg_intake *b, size_t n);
/* False: no memory; then the buffer is as it was. */
bool fg_intake_put(fg_vm *vm, fg_intake *b, const void *p, size_t n);
/* Empties it and gives its memory back. */
void fg_intake_drop(fg_vm *vm, fg_intake *b);

/* What is in it. */
static inline fg_slice fg_intake_view(const fg_intake *b)
{
    return fg_slice_of(b->p ? b->p : "", b->n);
}

#endif
