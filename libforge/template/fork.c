// SPDX-License-Identifier: Apache-2.0
/* A fork: one block from the host, in which fg_vm_begin builds the VM and copies the
 * template's slots.
 *
 * The VM lies at the start of its block, whose size follows from the number of slots;
 * that is all fg_fork_end needs to give it back. */
#include "template/template.h"

#include <stdlib.h>

/* What a VM wants beside itself and its window: frames, registers, a first heap
 * block. */
#define FG_FORK_ROOM 16384u

static size_t block_size(uint32_t nslots)
{
    size_t window = fg_paged(nslots) ? fg_page_count(nslots) * sizeof(fg_value *)
                                     : nslots * sizeof(fg_value);
    size_t need = sizeof(fg_vm) + window + FG_FORK_ROOM;
    return need <= FG_BLOCK_SIZE ? FG_BLOCK_SIZE : need;
}

fg_status fg_template_use_begin(fg_template_use *u, const fg_template *t,
                                const fg_library *lib)
{
    uint8_t *hints = calloc(t->program->ncode + 1, 1);
    if (!hints)
        return FG_NOMEM;
    *u = (fg_template_use){ .tmpl = t, .library = lib, .hints = hints };
    return FG_OK;
}

void fg_template_use_end(fg_template_use *u)
{
    free(u->hints);
    u->hints = NULL;
}

fg_status fg_fork_begin(const fg_template_use *u, const fg_host *host,
                        const fg_limits *limits, const fg_env *env, fg_vm **out)
{
    const fg_template *t = u->tmpl;
    size_t size = block_size(t->nslots);
    void *block = host->block_get(host->ctx, size);
    if (!block)
        return FG_NOMEM;
    fg_vm_setup setup = {
        .program = t->program,
        .library = u->library,
        .globals = t->globals,
        .slots = t->slots,
        .nslots = t->nslots,
        .remembered = t->remembered,
        .consts = t->consts,
        .hints = u->hints,
        .host = *host,
        .limits = *limits,
        .env = *env,
    };
    fg_status status = fg_vm_begin(&setup, block, size, out);
    if (status != FG_OK)
        host->block_put(host->ctx, block, size);
    return status;
}

void fg_fork_end(fg_vm *vm)
{
    fg_host host = vm->heap.host;
    size_t size = block_size(vm->nslots);
    fg_vm_end(vm);
    host.block_put(host.ctx, vm, size);
}
