// SPDX-License-Identifier: Apache-2.0
/* What the layers below the standard library know of it: tables by name.  The library
 * (lib/library.c) fills one fg_library; compiler and VM receive it. */
#ifndef FG_LIBRARY_H
#define FG_LIBRARY_H

#include "value/func.h"

#define FG_USER_TYPES (FG_BOUND + 1)

/* A name callable as x.name(…).  `on[type]` is preferred, then `any`; a method that is
 * listed without a native for the receiver is "unknown method". */
typedef struct fg_method {
    const char *name;
    const fg_native *any;               /* any receiver; checks its argument itself */
    const fg_native *on[FG_USER_TYPES]; /* by type of the receiver */
    bool
        shared; /* on the list of methods of all types: a receiver without a native gives
                    "unknown method", else "cannot call" */
} fg_method;

/* A member of a module: a function; or, without one, a string, else a constant that is
 * no heap object, with name and doc in `native` too. */
typedef struct fg_member {
    fg_native native; /* its name is "math.sqrt" */
    const char *text;
    fg_value constant;
} fg_member;

/* Its name behind the dot. */
static inline fg_slice fg_member_name(const fg_member *m)
{
    return fg_slice_str(strchr(m->native.name, '.') + 1);
}

typedef struct fg_module {
    const char *name;
    uint32_t nmembers;
    const fg_member *members;
} fg_module;

/* The member with this name, or NULL. */
static inline const fg_member *fg_module_member(const fg_module *m, fg_slice name)
{
    for (uint32_t i = 0; i < m->nmembers; i++)
        if (fg_slice_eq(name, fg_member_name(&m->members[i])))
            return &m->members[i];
    return NULL;
}

typedef struct fg_library {
    const fg_native *(*global)(
        fg_slice name); /* "len", "print"; NULL if there is none */
    const fg_module *(*module)(fg_slice name); /* "math" */
    const fg_method *methods;
    uint32_t nmethods;
    int32_t (*method)(fg_slice name); /* index into methods or -1 */
    /* A method of objects whose __type__ is a type of the library, such as "Request", unless
     * the program has a method of that name for its own type of that name; or NULL.  The
     * receiver may be any object that says so. */
    const fg_native *(*type_method)(fg_slice type, fg_slice name);
    const fg_module *(*type)(fg_slice name); /* "Request", or NULL */
    /* s.name without a call: pseudo-field of strings and others, or NULL. */
    const fg_native *(*field)(fg_type receiver, fg_slice name);
    const fg_native *say, *yell, *whisper, *ask; /* one argument each */
    const fg_native *fetch;                      /* a URL and options */
    /* What there is, for documentation; globals stand in no order. */
    void (*each_global)(void (*fn)(void *ctx, const fg_native *n), void *ctx);
    void (*each_module)(void (*fn)(void *ctx, const fg_module *m), void *ctx);
    void (*each_type)(void (*fn)(void *ctx, const fg_module *m), void *ctx);
    /* Calls fn(name) for each global and module name, for "did you mean". */
    void (*each_name)(void (*fn)(void *ctx, const char *name), void *ctx);
    /* A program that is compiled names this function or module: what must be loaded for it
     * is loaded now, so that processes which are forked share it.  If that fails, a call
     * says why. */
    void (*expect)(fg_slice name);
    /* When the content of a file changed, in nanoseconds; false: scripts see none. */
    bool (*changed)(struct fg_vm *vm, fg_slice path, uint64_t *ns);
    /* Raises a text of its own about missing rights; false: there is none, and nothing was
     * raised. */
    bool (*denied)(struct fg_vm *vm, uint32_t caps);
} fg_library;

#endif
