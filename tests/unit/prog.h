// SPDX-License-Identifier: Apache-2.0
/* Programs in unit tests: build, fork, call, compare.  Every function fails the running
 * test, with the program's own report, when something does not succeed. */
#ifndef PROG_H
#define PROG_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "include/forge.h"

/* A number, or one in a program's text: much smaller where each step collects. */
#ifdef FG_GC_STRESS
#define PROG_STRESS 1
#define MANY(n, stressed) stressed
#else
#define PROG_STRESS 0
#define MANY(n, stressed) n
#endif

/* A template in memory that was made read-only. */
typedef struct prog {
    forge_template *tmpl;
    void *region;
    size_t size;
    uint64_t sum; /* its checksum when it was built */
} prog;

void prog_build(prog *p, const char *source);
/* The same with what the top level may use. */
void prog_build_with(prog *p, const char *source, const forge_env *env);
/* Fails if a byte of the template has changed; unmaps it. */
void prog_free(prog *p);

/* Without limits, on malloc. */
forge_fork *prog_fork(prog *p);
/* The display text of name(), until the next call. */
const char *prog_call(forge_fork *f, const char *name);
void prog_expect(forge_fork *f, const char *name, const char *text);

/* A host that counts what is outstanding and can fail. */
typedef struct prog_host {
    size_t bytes, blocks; /* outstanding */
    uint64_t gets;        /* calls of block_get */
    uint64_t fail_at;     /* this one and all later ones fail; 0: none */
} prog_host;
forge_host prog_host_of(prog_host *h);

#endif
