// SPDX-License-Identifier: Apache-2.0
/* Two turns of a short loop for one jump back: the next instruction is known only when
 * the jump's distance has been loaded, and that is what a short loop waits for. */
#include "code/compiler.h"

#include "code/opcode.h"

#define MOST 12u /* instructions of a turn */

/* Jumps that end a turn, and what jumps where they do not. */
/* clang-format off */
#define OPPOSITES(X)                                                                   \
    X(UPTO, BEYOND) X(JT, JF)                                          \
    X(JLT, JNLT) X(JLE, JNLE) X(JGT, JNGT) X(JGE, JNGE) X(JEQ, JNE)                    \
    X(JLTK, JNLTK) X(JLEK, JNLEK) X(JGTK, JNGTK) X(JGEK, JNGEK) X(JEQK, JNEK)
/* clang-format on */

static fg_opcode opposite(fg_opcode op)
{
    switch (op) {
#define X(one, other)                                                                  \
    case FG_OPC_##one: return FG_OPC_##other;
        OPPOSITES(X)
#undef X
#define X(one, other)                                                                  \
    case FG_OPC_##other: return FG_OPC_##one;
        OPPOSITES(X)
#undef X
    default: return FG_OPC_COUNT;
    }
}

/* Is what comes before the last of the n instructions the same anywhere, and no loop?  Its
 * jumps go forward and stay inside; those that go nowhere yet will leave it. */
static bool is_closed(const uint64_t *code, uint32_t n)
{
    for (uint32_t i = 0; i + 1 < n; i++) {
        if (!fg_op_jumps(fg_ins_op(code[i])))
            continue;
        int32_t by = fg_ins_by(code[i]);
        if (by <= 0 || i + 1 + (uint32_t)by >= n)
            return false;
    }
    return true;
}

/* Do errors or notes have their places in code from there on? */
static bool has_marks(const fg_fn *fn, uint32_t from)
{
    return (fn->nhandlers && fn->handlers[fn->nhandlers - 1].handler >= from)
           || (fn->nnotes && fn->notes[fn->nnotes - 1].pc >= from);
}

static void copy_code(fg_compiler *c, uint32_t from, uint32_t to)
{
    fg_fn *fn = c->fn;
    fg_span span = c->span;
    uint32_t nlines = fn->nlines, line = nlines;
    while (fn->lines[line - 1].pc > from)
        line--;
    for (uint32_t at = from; at < to && fg_c_ok(c); at++) {
        if (line < nlines && fn->lines[line].pc == at)
            line++;
        uint32_t start = fn->lines[line - 1].off;
        c->span = (fg_span){ start, start + fn->lengths[line - 1] };
        fg_c_append(c, fn->code[at]);
    }
    c->span = span;
}

void fg_c_unroll(fg_compiler *c, uint32_t from)
{
    fg_fn *fn = c->fn;
    uint32_t to = fn->ncode, last = to - 1;
    if (!fg_c_ok(c) || c->cover || to - from > MOST || has_marks(fn, from)
        || !is_closed(fn->code + from, to - from))
        return;
    fg_opcode leaving = opposite(fg_ins_op(fn->code[last]));
    if (leaving == FG_OPC_COUNT
        || (int64_t)to + fg_ins_by(fn->code[last]) != (int64_t)from)
        return;
    copy_code(c, from, to);
    if (!fg_c_ok(c))
        return;
    fg_c_patch_to(c, fn->ncode - 1, from);
    uint64_t *back = &fn->code[fn->ncode - 1];
    if (fg_ins_op(*back) == FG_OPC_UPTO)
        *back = (*back & ~UINT64_C(0xff)) | FG_OPC_UPTO2;
    else
        *back |= 1u << 8; /* aux: one turn more is over */
    fn->code[last] = (fn->code[last] & ~UINT64_C(0xff)) | leaving;
    fg_c_patch(c, last);
}
