// SPDX-License-Identifier: Apache-2.0
/* Life of a VM and its interpreter. */
#ifndef FG_RUN_H
#define FG_RUN_H

#include "run/vm.h"

/* Memory a VM starts with: vm itself, frames, the first stack chunk, the window; the rest
 * is the heap's first block. */
typedef struct fg_vm_setup {
    const fg_program *program;
    const fg_library *library;
    const fg_cellref *globals; /* global index -> cell */
    const fg_value *slots;     /* initial window, or NULL: all UNDEF */
    uint32_t nslots;
    fg_value remembered;
    const fg_value *consts; /* globals nobody assigns, after freezing (GETC) */
    uint8_t *hints;         /* program->ncode bytes, shared */
    const uint64_t *code0;  /* what hints[0] is for; NULL: the program's code */
    fg_host host;
    fg_limits limits;
    fg_env env;
} fg_vm_setup;

/* Carves a VM out of `block` (of block_size bytes, the caller's until fg_vm_end). */
fg_status fg_vm_begin(const fg_vm_setup *s, void *block, size_t block_size,
                      fg_vm **out);
/* Gives all memory but the block back. */
void fg_vm_end(fg_vm *vm);
/* Restarts deadline, CPU and fuel counters (a new message on the same fork). */
void fg_vm_rearm(fg_vm *vm);

/* Goes on with another program whose globals begin with those of the present one.  The
 * window has nslots values and replaces the present one.  Nothing may be running. */
void fg_vm_continue(fg_vm *vm, const fg_program *p, const fg_cellref *globals,
                    fg_value *window, uint32_t nslots);
/* Makes a VM whose last run was ended by a limit or cancelled ready for another one;
 * FG_NOMEM: its memory is still used up. */
fg_status fg_vm_recover(fg_vm *vm);

/* Runs the program's top level. */
fg_status fg_run_main(fg_vm *vm, fg_value *out);

/* Collects now; called by the poll only (every register and scratch slot is a root). */
void fg_gc(fg_vm *vm);
/* The same, and tells `frozen` of each frozen object that others refer to, once or more
 * often; what frozen ones refer to themselves is not followed.  False: there was no
 * memory for it, and not all were told. */
typedef void fg_frozen_fn(void *ctx, const fg_obj *o);
bool fg_gc_frozen(fg_vm *vm, fg_frozen_fn *frozen, void *ctx);
/* With FG_AUDIT: aborts if a container is referenced more often than counted. */
void fg_gc_audit(fg_vm *vm);

#endif
