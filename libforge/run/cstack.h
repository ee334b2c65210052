// SPDX-License-Identifier: Apache-2.0
/* C stacks to switch between, on the C library's contexts. */
#ifndef FG_CSTACK_H
#define FG_CSTACK_H

#include "base/base.h"

#include <ucontext.h>

typedef struct fg_cstack {
    ucontext_t context;
    struct fg_cstack *next; /* in the owner's list */
    void *memory; /* mapping, guard page first; NULL: the thread's own stack */
    size_t size;
    const void *bottom; /* for the sanitizers: usable part */
    size_t usable;
    void *fake, *thread;  /* the sanitizers' own */
    unsigned int watched; /* valgrind's own */
    void (*entry)(void *);
    void *arg;
} fg_cstack;

/* A stack on which entry(arg) will run, which must not return; NULL: no memory. */
fg_cstack *fg_cstack_new(void (*entry)(void *), void *arg);
void fg_cstack_free(fg_cstack *s);
/* Describes the stack of the calling thread. */
void fg_cstack_adopt(fg_cstack *s);
/* Leaves `from`, which is the one in use, for `to`; returns when somebody switches back. */
void fg_cstack_switch(fg_cstack *from, fg_cstack *to);

#endif
