// SPDX-License-Identifier: Apache-2.0
/* Libraries that are loaded when a program first needs them: most programs need none, and
 * with all they depend on they would take longer than the rest of a start.
 *
 * For each there is a header with the list X of the functions that are used, a struct with
 * a pointer to each of them, and the fg_dynlib that fills it: `fg_libpq.PQfinish(c)` is to
 * be called only after fg_libpq_dynlib was loaded.
 *
 * A library is never closed: threads that it has begun, destructors of what belongs to a
 * thread and functions for the end of the process lie in its code.  httpd unloads and loads
 * this code when it restarts: then the library is found where it still is. */
#ifndef FG_DYNLIB_H
#define FG_DYNLIB_H

#include "run/vm.h"

typedef enum fg_dynlib_state {
    FG_DYNLIB_UNTRIED,
    FG_DYNLIB_LOADED,
    FG_DYNLIB_FAILED,
} fg_dynlib_state;

typedef struct fg_dynlib {
    const char *soname;       /* "libpq.so.5" */
    const char *package;      /* of Debian that has it */
    const char *const *names; /* of n functions */
    void **at;                /* receives their addresses */
    uint32_t n;
    bool (*begin)(void);   /* called once they are there, before others are; or NULL */
    fg_dynlib_state state; /* atomic */
    char why[256];         /* it cannot be loaded */
} fg_dynlib;

/* Rows for the list of a library: members of its struct, and their names. */
#define FG_DYNLIB_POINTER(name) __typeof__(&name) name;
#define FG_DYNLIB_NAME(name) #name,

/* Loads it, unless that was tried before: the first result stays.  False: it failed. */
bool fg_dynlib_load(fg_dynlib *d);
/* Was it? */
static inline bool fg_dynlib_loaded(const fg_dynlib *d)
{
    return __atomic_load_n(&d->state, __ATOMIC_ACQUIRE) == FG_DYNLIB_LOADED;
}
/* Loads it; raises "what: …" and which package to install if that fails. */
fg_status fg_dynlib_need(fg_vm *vm, fg_dynlib *d, const char *what);

#endif
