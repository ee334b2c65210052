// SPDX-License-Identifier: Apache-2.0
/* Libraries that are loaded when a program first needs them. */
#include "lib/dynlib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

/* One at a time, so that nobody uses one that has not begun. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool load(fg_dynlib *d)
{
    void *handle = dlopen(d->soname, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(d->why, sizeof d->why, "cannot be loaded: %s", dlerror());
        return false;
    }
    for (uint32_t i = 0; i < d->n; i++) {
        d->at[i] = dlsym(handle, d->names[i]);
        if (!d->at[i]) {
            snprintf(d->why, sizeof d->why, "cannot be used: it has no %s()",
                     d->names[i]);
            return false;
        }
    }
    if (!d->begin || d->begin())
        return true;
    snprintf(d->why, sizeof d->why, "cannot be used: it does not begin");
    return false;
}

bool fg_dynlib_load(fg_dynlib *d)
{
    fg_dynlib_state state = __atomic_load_n(&d->state, __ATOMIC_ACQUIRE);
    if (state != FG_DYNLIB_UNTRIED)
        return state == FG_DYNLIB_LOADED;
    pthread_mutex_lock(&lock);
    state = d->state;
    if (state == FG_DYNLIB_UNTRIED) {
        state = load(d) ? FG_DYNLIB_LOADED : FG_DYNLIB_FAILED;
        __atomic_store_n(&d->state, state, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&lock);
    return state == FG_DYNLIB_LOADED;
}

fg_status fg_dynlib_need(fg_vm *vm, fg_dynlib *d, const char *what)
{
    if (fg_dynlib_load(d))
        return FG_OK;
    fg_raise(vm, FG_E_RUNTIME, "%s: %s %s", what, d->soname, d->why);
    return fg_hint(vm, "install the Debian package %s", d->package);
}
