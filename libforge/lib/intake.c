// SPDX-License-Identifier: Apache-2.0
/* Bytes from afar. */
#include "lib/intake.h"

#define FIRST 4096u

char *fg_intake_room(fg_vm *vm, fg_intake *b, size_t n)
{
    if (b->n + n > b->cap) {
        size_t cap = b->cap ? b->cap * 2 : FIRST;
        while (cap < b->n + n)
            cap *= 2;
        char *more = fg_memory_take(vm, cap);
        if (!more)
            return NULL;
        if (b->cap) {
            memcpy(more, b->p, b->n);
            fg_memory_give(vm, b->p, b->cap);
        }
        b->p = more;
        b->cap = cap;
    }
    return b->p + b->n;
}

bool fg_intake_put(fg_vm *vm, fg_intake *b, const void *p, size_t n)
{
    char *at = fg_intake_room(vm, b, n);
    if (!at)
        return false;
    memcpy(at, p, n);
    b->n += n;
    return true;
}

void fg_intake_drop(fg_vm *vm, fg_intake *b)
{
    if (b->cap)
        fg_memory_give(vm, b->p, b->cap);
    *b = (fg_intake){ 0 };
}
