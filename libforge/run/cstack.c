// SPDX-License-Identifier: Apache-2.0
/* C stacks.  The sanitizers are told of each switch, because they watch stacks. */
#include "run/cstack.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef FG_ASAN
#include <dlfcn.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define STACK_SIZE ((size_t)4 << 20) /* frames are several times larger */
#else
#define STACK_SIZE ((size_t)1 << 20)
#endif

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

/* A few instructions that mean something to valgrind only. */
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

/* The sanitizer's own swapcontext prints that it does not know what we tell it anyway. */
static void swap(ucontext_t *from, const ucontext_t *to)
{
#ifdef FG_ASAN
    static int (*real)(ucontext_t *, const ucontext_t *);
    if (!real) {
        void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
        real = (int (*)(ucontext_t *, const ucontext_t *))dlsym(libc, "swapcontext");
    }
    real(from, to);
#else
    swapcontext(from, to);
#endif
}

/* After a switch, on the stack that was switched to. */
static void arrived(fg_cstack *to, fg_cstack *from)
{
#ifdef FG_ASAN
    const void *bottom;
    size_t size;
    __sanitizer_finish_switch_fiber(to->fake, &bottom, &size);
    if (from && !from->memory) {
        from->bottom = bottom;
        from->usable = size;
    }
#else
    (void)to;
    (void)from;
#endif
}

static _Thread_local fg_cstack *left; /* the stack of the switch that is under way */

static void start(unsigned int high, unsigned int low)
{
    fg_cstack *s = (fg_cstack *)(((uintptr_t)high << 16 << 16) | low);
    arrived(s, left);
    s->entry(s->arg);
    abort(); /* there is nothing to return to */
}

/* Maps the memory, with a page at its end that must not be touched. */
static bool map(fg_cstack *s)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    s->size = STACK_SIZE + page;
    s->memory = mmap(NULL, s->size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (s->memory == MAP_FAILED)
        return false;
    s->bottom = (char *)s->memory + page;
    s->usable = STACK_SIZE;
    s->watched = VALGRIND_STACK_REGISTER(s->bottom, (char *)s->bottom + s->usable);
    return mprotect(s->memory, page, PROT_NONE) == 0;
}

static void prepare(fg_cstack *s)
{
    uintptr_t p = (uintptr_t)s;
    getcontext(&s->context);
    s->context.uc_stack.ss_sp = (void *)(uintptr_t)s->bottom;
    s->context.uc_stack.ss_size = s->usable;
    s->context.uc_link = NULL;
    makecontext(&s->context, (void (*)(void))(void *)start, 2,
                (unsigned int)(p >> 16 >> 16), (unsigned int)p);
}

fg_cstack *fg_cstack_new(void (*entry)(void *), void *arg)
{
    fg_cstack *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (!map(s)) {
        if (s->memory != MAP_FAILED) {
            VALGRIND_STACK_DEREGISTER(s->watched);
            munmap(s->memory, s->size);
        }
        free(s);
        return NULL;
    }
    s->entry = entry;
    s->arg = arg;
    prepare(s);
#ifdef __SANITIZE_THREAD__
    s->thread = __tsan_create_fiber(0);
#endif
    return s;
}

void fg_cstack_free(fg_cstack *s)
{
#ifdef __SANITIZE_THREAD__
    __tsan_destroy_fiber(s->thread);
#endif
#ifdef FG_ASAN /* what is mapped there next is no stack */
    __asan_unpoison_memory_region(s->memory, s->size);
#endif
    VALGRIND_STACK_DEREGISTER(s->watched);
    munmap(s->memory, s->size);
    free(s);
}

void fg_cstack_adopt(fg_cstack *s) { memset(s, 0, sizeof *s); }

void fg_cstack_switch(fg_cstack *from, fg_cstack *to)
{
    left = from;
#ifdef FG_ASAN
    __sanitizer_start_switch_fiber(&from->fake, to->bottom, to->usable);
#endif
#ifdef __SANITIZE_THREAD__
    if (!from->memory) /* the thread's own, which may be another one each time */
        from->thread = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->thread, 0);
#endif
    swap(&from->context, &to->context);
    arrived(from, left);
}
