// SPDX-License-Identifier: Apache-2.0
/* Freezing: from a VM whose top level ran to a template.
 *
 * The window of a fork holds the assigned globals first, in program order, then the
 * captured variables in the order they were reached.  Globals nobody assigns become
 * constants in the region.  The program's code lies in the same region and is rewritten
 * in place, which is the only write to it after compilation and the last. */
#include "template/freeze.h"
#include "template/template.h"

#include "code/opcode.h"

#include <stdlib.h>

/* Where a template's globals went. */
typedef struct layout {
    fg_cellref *globals;
    fg_value *consts;
    uint32_t nconsts;
} layout;

static bool is_slot(const fg_template *t, uint32_t global)
{
    return t->globals[global] & 1;
}

/* Gives every global its slot or constant. */
static fg_status place_globals(fg_freezer *f, bool page, layout *l)
{
    uint32_t n = f->program->nglobals;
    l->globals = fg_region_get(f->region, n * sizeof *l->globals);
    l->consts = fg_region_get(f->region, (page ? 0 : n) * sizeof *l->consts);
    if (!l->globals || !l->consts)
        return FG_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        if (page || f->program->globals[i].assigned)
            l->globals[i] = fg_slot_ref(f->nslots++);
        else
            l->globals[i] = (fg_cellref)&l->consts[l->nconsts++];
    }
    return FG_OK;
}

/* Frozen value of a global of the program that ran. */
static fg_status freeze_global(fg_freezer *f, uint32_t i, fg_value *out)
{
    f->from = FG_FROM_GLOBAL | i;
    return fg_freeze_value(f, fg_cell_at(f->vm, f->vm->globals[i]), out);
}

/* Copies everything reachable; afterwards the captured variables have their slots. */
static fg_status copy_graph(fg_freezer *f)
{
    fg_value unused;
    for (uint32_t i = 0; i < f->program->nglobals; i++)
        FG_TRY(freeze_global(f, i, &unused));
    FG_TRY(fg_freeze_value(f, &f->vm->remembered, &unused));
    return fg_freeze_rest(f);
}

/* Writes the values into slots and constants.  Everything has been copied: values only
 * look up where. */
static fg_status fill(fg_freezer *f, const layout *l, fg_value *slots)
{
    for (uint32_t i = 0; i < f->program->nglobals; i++) {
        fg_cellref ref = l->globals[i];
        fg_value *to =
            ref & 1 ? (fg_value *)((uintptr_t)slots + ref - 1) : (fg_value *)ref;
        FG_TRY(freeze_global(f, i, to));
    }
    for (uint32_t i = 0; i < f->nmoved; i++) {
        const fg_moved *m = &f->moved[i];
        if (m->old->kind != FG_CELLOBJ)
            continue;
        fg_value *to = (fg_value *)((uintptr_t)slots + m->to.cell - 1);
        FG_TRY(fg_freeze_value(f, &((fg_cell *)m->old)->v, to));
    }
    return FG_OK;
}

/* One instruction with its global resolved.  A constant that was never set stays a
 * look-up by number, which reports it. */
static uint64_t resolve(const fg_template *t, uint64_t ins)
{
    fg_opcode op = fg_ins_op(ins);
    if (op != FG_OPC_GETG && op != FG_OPC_SETG && op != FG_OPC_CALLG)
        return ins;
    uint32_t global = fg_ins_bc(ins), aux = fg_ins_aux(ins), a = fg_ins_a(ins);
    if (is_slot(t, global)) {
        if (op == FG_OPC_CALLG || fg_paged(t->nslots)) /* pages are found by number */
            return ins;
        return fg_ins32(op == FG_OPC_GETG ? FG_OPC_GETW : FG_OPC_SETW, aux, a,
                        (uint32_t)(t->globals[global] - 1));
    }
    const fg_value *v = (const fg_value *)t->globals[global];
    uint32_t offset = (uint32_t)((uintptr_t)v - (uintptr_t)t->consts);
    if (op == FG_OPC_GETG && v->tag != FG_UNDEF)
        return fg_ins32(FG_OPC_GETC, aux, a, offset);
    if (op == FG_OPC_CALLG && v->tag == FG_FUNC)
        return fg_ins32(FG_OPC_CALLC, aux, a, offset);
    return ins;
}

static void resolve_code(const fg_template *t)
{
    uint64_t *code = (uint64_t *)(uintptr_t)t->program->code;
    for (uint32_t i = 0; i < t->program->ncode; i++)
        code[i] = resolve(t, code[i]);
}

/* Slots of a page: its top level has not run. */
static void fill_unset(const fg_freezer *f, fg_value *slots)
{
    for (uint32_t i = 0; i < f->nslots; i++)
        slots[i] = fg_undef();
}

static fg_status build(fg_freezer *f, bool page, fg_template *t)
{
    layout l = { 0 };
    FG_TRY(place_globals(f, page, &l));
    if (!page)
        FG_TRY(copy_graph(f));
    /* Whole pages, so that one can be copied without looking at its length. */
    fg_value *slots =
        fg_region_get(f->region, fg_page_count(f->nslots) * FG_PAGE_BYTES);
    if (!slots)
        return FG_NOMEM;
    if (page)
        fill_unset(f, slots);
    else
        FG_TRY(fill(f, &l, slots));
    *t = (fg_template){
        .magic = FG_TEMPLATE_MAGIC,
        .self = t,
        .library = f->vm->library,
        .size = f->region->used,
        .program = f->program,
        .nslots = f->nslots,
        .page = page,
        .background = f->vm->background,
        .slots = slots,
        .globals = l.globals,
        .consts = l.consts,
    };
    if (!page)
        FG_TRY(fg_freeze_value(f, &f->vm->remembered, &t->remembered));
    resolve_code(t);
    return FG_OK;
}

fg_status fg_freeze(fg_vm *vm, fg_region *r, fg_program *program, bool page,
                    fg_template **out)
{
    fg_freezer f = { .vm = vm, .region = r, .program = program };
    fg_template *t = fg_region_get(r, sizeof *t);
    fg_status status = t ? build(&f, page, t) : FG_NOMEM;
    free(f.moved);
    free(f.index);
    if (status == FG_OK)
        *out = t;
    return status;
}
