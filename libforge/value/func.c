// SPDX-License-Identifier: Apache-2.0
/* Constructors of callables, and wrapping.
 *
 * A wrapper is three bits of the tag, so one fits.  A second goes around an fg_box that
 * holds the first; the box counts its content like any container does. */
#include "value/func.h"

fg_func *fg_func_new(fg_heap *h, const struct fg_proto *proto, uint32_t ncaptures)
{
    fg_func *fn = fg_alloc(h, sizeof *fn + ncaptures * sizeof fn->captures[0]);
    if (!fn)
        return NULL;
    fn->h = (fg_obj){ FG_FUNC, 0, 0, 0, 0 };
    fn->ncaptures = ncaptures;
    fn->home = FG_HOME_CALLER;
    fn->proto = proto;
    for (uint32_t i = 0; i < ncaptures; i++)
        fn->captures[i] = fg_null();
    return fn;
}

fg_cell *fg_cell_new(fg_heap *h, const fg_value *v)
{
    fg_cell *cell = fg_alloc(h, sizeof *cell);
    if (!cell)
        return NULL;
    cell->h = (fg_obj){ FG_CELLOBJ, 0, 0, 0, 0 };
    cell->pad = 0;
    fg_copy_counted(&cell->v, v);
    return cell;
}

fg_ctor *fg_ctor_new(fg_heap *h, fg_string *type, fg_string *variant, uint32_t arity,
                     fg_keys *keys)
{
    fg_ctor *ctor = fg_alloc(h, sizeof *ctor);
    if (!ctor)
        return NULL;
    ctor->h = (fg_obj){ FG_CTOR, 0, 0, 0, 0 };
    ctor->arity = arity;
    ctor->pad = 0;
    ctor->type = type;
    ctor->variant = variant;
    ctor->keys = keys;
    if (!(keys->h.flags & FG_F_FROZEN))
        keys->h.count++;
    return ctor;
}

fg_status fg_wrap(fg_heap *h, uint64_t wrap, const fg_value *v, fg_value *out)
{
    uint64_t inner = fg_wrap_of(*v);
    if (inner == 0 || (wrap == FG_WRAP_FROZEN && inner == FG_WRAP_FROZEN)) {
        fg_copy(out, v);
        out->tag |= wrap;
        return FG_OK;
    }
    fg_box *box = fg_alloc(h, sizeof *box);
    if (!box)
        return FG_NOMEM;
    box->h = (fg_obj){ FG_BOX, 0, 0, 0, 0 };
    box->pad = 0;
    fg_copy_counted(&box->v, v);
    *out = (fg_value){ FG_BOX | wrap, { .box = box } };
    return FG_OK;
}

void fg_unwrap(const fg_value *v, fg_value *out)
{
    if (fg_type_of(*v) == FG_BOX) {
        fg_copy(out, &v->as.box->v);
        return;
    }
    uint64_t payload = v->as.u;
    out->tag = v->tag & ~(uint64_t)FG_WRAP_MASK;
    out->as.u = payload;
}
