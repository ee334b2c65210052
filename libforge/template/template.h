// SPDX-License-Identifier: Apache-2.0
/* A program whose top level ran, frozen into one read-only region, and its forks.
 *
 * Everything reachable lies in the region; the fg_template itself too, so a region may
 * be mapped by other processes at the same address.  What a process adds (the hint
 * bytes) is in fg_template_use. */
#ifndef FG_TEMPLATE_H
#define FG_TEMPLATE_H

#include "base/region.h"
#include "run/run.h"

#define FG_TEMPLATE_MAGIC 0x3465746c706d6574ull /* changes with the layout */

typedef struct fg_template {
    uint64_t magic;
    const struct fg_template *self; /* its address: proves the mapping */
    const void *library; /* address of the library tables, for the same proof */
    size_t size;         /* bytes of the region in use */
    const fg_program *program;
    uint32_t nslots;
    bool page;
    bool background;       /* the top level started schedule or watch blocks */
    const fg_value *slots; /* window of a new fork */
    fg_value remembered;   /* by the library */
    const fg_cellref *globals;
    const fg_value *consts;
} fg_template;

/* Freezes what vm's top level left: copies everything reachable from its globals into r,
 * gives assigned globals and reachable cells their slots, turns the other globals into
 * constants, rewrites the code.  page: nothing ran; every global is a slot.
 * FG_RAISED: vm->error names the variable that holds what cannot be frozen. */
fg_status fg_freeze(fg_vm *vm, fg_region *r, fg_program *program, bool page,
                    fg_template **out);

/* Per process use of a template. */
typedef struct fg_template_use {
    const fg_template *tmpl;
    const fg_library *library;
    uint8_t *hints; /* malloc'ed */
} fg_template_use;
fg_status fg_template_use_begin(fg_template_use *u, const fg_template *t,
                                const fg_library *lib);
void fg_template_use_end(fg_template_use *u);

/* A fork in a block taken from the host. */
fg_status fg_fork_begin(const fg_template_use *u, const fg_host *host,
                        const fg_limits *limits, const fg_env *env, fg_vm **out);
/* Gives everything back to the host, the vm's own block last. */
void fg_fork_end(fg_vm *vm);

#endif
