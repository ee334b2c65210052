// SPDX-License-Identifier: Apache-2.0
/* Bytes from afar. */
#include "lib/intake.h"

#define FIRST 4096u

bool fg_intake_put(fg_vm *vm, fg_intake *b, const void *p, size_t n)
{
    if (b->n + n > b->cap) {
        size_t cap = b->cap ? b->cap * 2 : FIRST;
        while (cap < b->n + n)
            cap *= 2;
        char *more = fg_memory_take(vm, cap);
        if (!more)
            return false;
        if (b->cap) {
            memcpy(more, b->p, b->n);
            fg_memory_give(vm, b->p, b->cap);
        }
        b->p = more;
        b->cap = cap;
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return true;
}

void fg_intake_drop(fg_vm *vm, fg_intake *b)
{
    if (b->cap)
        fg_memory_give(vm, b->p, b->cap);
    *b = (fg_intake){ 0 };
}
