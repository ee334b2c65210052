// SPDX-License-Identifier: Apache-2.0
/* `xs where f OP v` and chains of `>>` steps.  The value that passes through a chain stays
 * in one register, with what a step compares it to behind it. */
#include "code/compiler.h"

#include "value/string.h"

static uint32_t field_constant(fg_compiler *c, const fg_node *n)
{
    return fg_c_near(c, fg_c_strv(c, n->name));
}

void fg_c_where(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top;
    int32_t r = fg_c_temps(c, 2);
    bool drop = fg_c_held(c, n->a, n->b->flags, r);
    fg_c_expr(c, n->b, r + 1);
    int32_t to = drop ? fg_c_temp(c) : dst;
    fg_c_at(c, n);
    fg_c_emit(c, FG_OPC_WHERE, n->op, fg_c_reg(to), fg_c_reg(r), field_constant(c, n));
    if (drop) {
        fg_c_drop(c, r, 1);
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(to), 0);
    }
    c->fn->top = top;
}

/* Evaluates the operand of a step behind r; what passes through is counted meanwhile. */
static void step_operand(fg_compiler *c, fg_node *value, int32_t r)
{
    bool hold = (value->flags & (FG_NF_RUNS | FG_NF_ASSIGNS)) != 0;
    if (hold)
        fg_c_emit(c, FG_OPC_OWN, 0, fg_c_reg(r), 0, 0);
    fg_c_expr(c, value, r + 1);
    if (hold)
        fg_c_drop(c, r, 1);
}

static void step(fg_compiler *c, fg_node *s, int32_t r)
{
    uint32_t reg = fg_c_reg(r);
    switch ((fg_node_kind)s->kind) {
    case FG_N_STEP_KEEP:
        if (s->b)
            step_operand(c, s->b, r);
        fg_c_at(c, s);
        fg_c_emit(c, FG_OPC_KEEP, s->b ? s->op : FG_OP_NONE, reg, reg,
                  field_constant(c, s));
        return;
    case FG_N_STEP_SORT:
        fg_c_at(c, s);
        fg_c_emit(c, FG_OPC_SORTBY, s->name.n > 0, reg, reg, field_constant(c, s));
        return;
    case FG_N_STEP_TAKE:
        step_operand(c, s->a, r);
        fg_c_at(c, s);
        fg_c_emit(c, FG_OPC_TAKE_N, 0, reg, reg, fg_c_reg(r + 1));
        return;
    default: fg_c_apply(c, s->a, r); return;
    }
}

void fg_c_chain(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top;
    int32_t r = fg_c_temps(c, 2);
    fg_c_expr(c, n->a, r);
    for (uint32_t i = 0; i < n->list.n && fg_c_ok(c); i++)
        step(c, n->list.at[i], r);
    fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(r), 0);
    c->fn->top = top;
}
