// SPDX-License-Identifier: Apache-2.0
/* Every instruction's handler, once.
 *
 * Rules for this file:
 *  1. It is included by run.c alone, which says what OP, NEXT and the operands are.
 *  2. A handler starts with FETCH and ends with NEXT, or leaves through RAISE or LEAVE.
 *  3. Hot work stands here; everything that allocates, raises or compares text is a
 *     function of run/internal.h.
 *  4. SAVE before anything that may raise, call or collect.
 *  5. Values are copied with fg_copy; a variable's register is written with counting.
 *  6. What runs often in programs calls no function: the rest of it is a SLOW handler, which
 *     stands before it and finds PC as FETCH left it.
 *  7. Operands are loads, so what is used twice is kept in a local. */

/* ---- coverage ------------------------------------------------------------------------ */

OP(COVER)
{
    PC++;
    __atomic_store_n(HINT, 1, __ATOMIC_RELAXED);
    NEXT;
}

/* ---- moves --------------------------------------------------------------------------- */

OP(MOVE)
{
    FETCH;
    fg_copy(RA, RB);
    NEXT;
}
OP(MOVEC)
{
    FETCH;
    fg_store(RA, RB);
    NEXT;
}
OP(INITC)
{
    FETCH;
    fg_copy_counted(RA, RB);
    NEXT;
}
OP(OWN)
{
    FETCH;
    fg_retain(RA);
    NEXT;
}
OP(DROP)
{
    FETCH;
    for (fg_value *v = RA, *end = v + BC; v < end; v++)
        fg_release(v);
    NEXT;
}
OP(TAKE)
{
    FETCH;
    fg_copy(RA, RB);
    fg_release(RA);
    RB->tag = FG_NULL;
    NEXT;
}
OP(LOADK)
{
    FETCH;
    fg_copy(RA, KBC);
    NEXT;
}
OP(LOADINT)
{
    FETCH;
    RA->tag = FG_INT;
    RA->as.i = SBC;
    NEXT;
}
OP(LOADNULL)
{
    FETCH;
    RA->tag = FG_NULL;
    NEXT;
}
OP(LOADUNDEF)
{
    FETCH;
    RA->tag = FG_UNDEF;
    NEXT;
}
OP(LOADBOOL)
{
    FETCH;
    RA->tag = FG_BOOL;
    RA->as.i = AUX;
    NEXT;
}

/* ---- variables that are not registers ---------------------------------------------------- */

SLOW(GETG_slow)
{
    SAVE;
    TRY(fg_undefined_global(VM, BC, RA));
    NEXT;
}
OP(GETG)
{
    FETCH;
    const fg_value *v = fg_cell_at(VM, VM->globals[BC]);
    if (fg_unlikely(v->tag == FG_UNDEF))
        GOTO(GETG_slow);
    fg_copy(RA, v);
    NEXT;
}
OP(SETG)
{
    FETCH;
    fg_value *v = fg_cell_write(VM, VM->globals[BC]);
    if (fg_unlikely(!v))
        RAISE(FG_NOMEM);
    if (fg_unlikely(v->tag == FG_UNDEF)) {
        SAVE;
        RAISE(
            fg_raise_name(VM, FG_RAISE_UNDEFINED_WRITE, VM->program->globals[BC].name));
    }
    fg_store(v, RA);
    NEXT;
}
OP(DEFG)
{
    FETCH;
    fg_value *v = fg_cell_write(VM, VM->globals[BC]);
    if (fg_unlikely(!v))
        RAISE(FG_NOMEM);
    fg_store(v, RA);
    NEXT;
}
SLOW(GETW_slow)
{
    SAVE;
    TRY(fg_undefined_window(VM, BC, RA));
    NEXT;
}
OP(GETW)
{
    FETCH;
    const fg_value *v = (const fg_value *)((const char *)VM->window + BC);
    if (fg_unlikely(v->tag == FG_UNDEF))
        GOTO(GETW_slow);
    fg_copy(RA, v);
    NEXT;
}
SLOW(SETW_slow)
{
    SAVE;
    RAISE(fg_raise_name(VM, FG_RAISE_UNDEFINED_WRITE, fg_window_name(VM, BC)));
}
OP(SETW)
{
    FETCH;
    fg_value *v = (fg_value *)((char *)VM->window + BC);
    if (fg_unlikely(v->tag == FG_UNDEF))
        GOTO(SETW_slow);
    fg_store(v, RA);
    NEXT;
}
SLOW(GETC_slow)
{
    SAVE;
    TRY(fg_undefined_const(VM, BC, RA));
    NEXT;
}
OP(GETC)
{
    FETCH;
    const fg_value *v = (const fg_value *)((const char *)VM->consts + BC);
    if (fg_unlikely(v->tag == FG_UNDEF))
        GOTO(GETC_slow);
    fg_copy(RA, v);
    NEXT;
}
OP(NEWCELL)
{
    FETCH;
    fg_cell *cell = fg_cell_new(&VM->heap, RB);
    if (fg_unlikely(!cell))
        RAISE(FG_NOMEM);
    RA->tag = FG_CELL;
    RA->as.cell = (fg_cellref)&cell->v;
    NEXT;
}
OP(GETCELL)
{
    FETCH;
    const fg_value *v = fg_cell_at(VM, RB->as.cell);
    if (fg_unlikely(v->tag == FG_UNDEF)) {
        SAVE;
        RAISE(fg_raise_name(VM, FG_RAISE_UNDEFINED_READ, KC->as.str));
    }
    fg_copy(RA, v);
    NEXT;
}
OP(SETCELL)
{
    FETCH;
    fg_value *v = fg_cell_write(VM, RB->as.cell);
    if (fg_unlikely(!v))
        RAISE(FG_NOMEM);
    if (fg_unlikely(v->tag == FG_UNDEF)) {
        SAVE;
        RAISE(fg_raise_name(VM, FG_RAISE_UNDEFINED_WRITE, KC->as.str));
    }
    fg_store(v, RA);
    NEXT;
}
OP(DEFCELL)
{
    FETCH;
    fg_value *v = fg_cell_write(VM, RA->as.cell);
    if (fg_unlikely(!v))
        RAISE(FG_NOMEM);
    fg_store(v, RB);
    NEXT;
}
OP(GETUP)
{
    FETCH;
    fg_copy(RA, &VM->frame->func->captures[BC]);
    NEXT;
}
SLOW(GETUPC_slow)
{
    const fg_value *v = fg_cell_at(VM, VM->frame->func->captures[NB].as.cell);
    if (v->tag == FG_UNDEF) {
        SAVE;
        RAISE(fg_raise_name(VM, FG_RAISE_UNDEFINED_READ, KC->as.str));
    }
    fg_copy(RA, v);
    NEXT;
}
OP(GETUPC)
{
    FETCH;
    fg_cellref r = VM->frame->func->captures[NB].as.cell;
    const fg_value *v = (const fg_value *)(VM->base[r & 1] + r);
    if (fg_unlikely(VM->pages != NULL || v->tag == FG_UNDEF))
        GOTO(GETUPC_slow);
    fg_copy(RA, v);
    NEXT;
}
SLOW(SETUPC_slow)
{
    fg_value *v = fg_cell_write(VM, VM->frame->func->captures[NB].as.cell);
    if (fg_unlikely(!v))
        RAISE(FG_NOMEM);
    if (fg_unlikely(v->tag == FG_UNDEF)) {
        SAVE;
        RAISE(fg_raise_name(VM, FG_RAISE_UNDEFINED_WRITE, KC->as.str));
    }
    fg_store(v, RA);
    NEXT;
}
OP(SETUPC)
{
    FETCH;
    fg_cellref r = VM->frame->func->captures[NB].as.cell;
    fg_value *v = (fg_value *)(VM->base[r & 1] + r);
    if (fg_unlikely(VM->pages != NULL || v->tag == FG_UNDEF))
        GOTO(SETUPC_slow);
    fg_store(v, RA);
    NEXT;
}
OP(PEEKUPC)
{
    FETCH;
    fg_copy(RA, fg_cell_at(VM, VM->frame->func->captures[NB].as.cell));
    NEXT;
}
OP(CLOSURE)
{
    FETCH;
    const fg_proto *proto = KB->as.ptr;
    fg_func *fn;
    if (fg_unlikely(VM->world != NULL)) {
        fn = fg_world_closure(VM, proto, AUX);
        if (fg_unlikely(!fn))
            RAISE(FG_NOMEM);
    } else {
        fn = fg_func_new(&VM->heap, proto, AUX);
        if (fg_unlikely(!fn))
            RAISE(FG_NOMEM);
        fn->home = proto->home;
    }
    for (uint32_t i = 0; i < AUX; i++)
        fg_copy_counted(&fn->captures[i], RC + i);
    *RA = fg_obj_value(fn);
    NEXT;
}

/* ---- arithmetic ---------------------------------------------------------------------------- */

/* With aux the left operand was held while the right one was computed; numbers, which the
 * fast paths are about, have nothing to release. */
#define RELEASE_HELD(left)                                                             \
    do {                                                                               \
        if (AUX)                                                                       \
            fg_release(left);                                                          \
    } while (0)

#define ARITH_SLOW(name, operand, fgop)                                                \
    SLOW(name##_slow)                                                                  \
    {                                                                                  \
        fg_value left = *RB;                                                           \
        SAVE;                                                                          \
        TRY(fg_arith(VM, fgop, RB, operand, RA));                                      \
        RELEASE_HELD(&left);                                                           \
        NEXT;                                                                          \
    }
#define ARITH(name, operand, overflow, fop, fgop)                                      \
    ARITH_SLOW(name, operand, fgop)                                                    \
    OP(name)                                                                           \
    {                                                                                  \
        FETCH;                                                                         \
        const fg_value *x = RB, *y = operand;                                          \
        fg_value *a = RA;                                                              \
        if (fg_likely(x->tag == FG_INT && y->tag == FG_INT)) {                         \
            int64_t r;                                                                 \
            if (fg_likely(!overflow(x->as.i, y->as.i, &r))) {                          \
                a->tag = FG_INT;                                                       \
                a->as.i = r;                                                           \
                NEXT;                                                                  \
            }                                                                          \
        } else if (fg_likely(x->tag == FG_FLOAT && y->tag == FG_FLOAT)) {              \
            double r = x->as.f fop y->as.f;                                            \
            a->tag = FG_FLOAT;                                                         \
            a->as.f = r;                                                               \
            NEXT;                                                                      \
        }                                                                              \
        GOTO(name##_slow);                                                             \
    }
ARITH(ADD, RC, __builtin_add_overflow, +, FG_OP_ADD)
ARITH(SUB, RC, __builtin_sub_overflow, -, FG_OP_SUB)
ARITH(MUL, RC, __builtin_mul_overflow, *, FG_OP_MUL)
ARITH(ADDK, KC, __builtin_add_overflow, +, FG_OP_ADD)
ARITH(SUBK, KC, __builtin_sub_overflow, -, FG_OP_SUB)
ARITH(MULK, KC, __builtin_mul_overflow, *, FG_OP_MUL)
#undef ARITH

/* Ints divide here only by what cannot fail or overflow. */
#define DIVIDE(name, operand, iop, fgop)                                               \
    ARITH_SLOW(name, operand, fgop)                                                    \
    OP(name)                                                                           \
    {                                                                                  \
        FETCH;                                                                         \
        const fg_value *x = RB, *y = operand;                                          \
        fg_value *a = RA;                                                              \
        if (fg_likely(x->tag == FG_INT && y->tag == FG_INT && y->as.i > 0)) {          \
            int64_t r = ((x->as.i | y->as.i) >> 31) == 0                               \
                            ? (int64_t)((uint32_t)x->as.i iop(uint32_t) y->as.i)       \
                            : x->as.i iop y->as.i;                                     \
            a->tag = FG_INT;                                                           \
            a->as.i = r;                                                               \
            NEXT;                                                                      \
        }                                                                              \
        GOTO(name##_slow);                                                             \
    }
DIVIDE(DIV, RC, /, FG_OP_DIV)
DIVIDE(DIVK, KC, /, FG_OP_DIV)
DIVIDE(MOD, RC, %, FG_OP_MOD)
DIVIDE(MODK, KC, %, FG_OP_MOD)
#undef DIVIDE
#undef ARITH_SLOW

#define ADD_SMALL(name, overflow, fop, fgop)                                           \
    SLOW(name##_slow)                                                                  \
    {                                                                                  \
        SAVE;                                                                          \
        TRY(fg_arith_int(VM, fgop, RB, SC, RA));                                       \
        NEXT;                                                                          \
    }                                                                                  \
    OP(name)                                                                           \
    {                                                                                  \
        FETCH;                                                                         \
        const fg_value *x = RB;                                                        \
        fg_value *a = RA;                                                              \
        int64_t r;                                                                     \
        if (fg_likely(x->tag == FG_INT && !overflow(x->as.i, (int64_t)SC, &r))) {      \
            a->tag = FG_INT;                                                           \
            a->as.i = r;                                                               \
            NEXT;                                                                      \
        }                                                                              \
        GOTO(name##_slow);                                                             \
    }
ADD_SMALL(ADDI, __builtin_add_overflow, +, FG_OP_ADD)
ADD_SMALL(SUBI, __builtin_sub_overflow, -, FG_OP_SUB)
#undef ADD_SMALL

SLOW(INC_slow)
{
    fg_value *a = RA;
    SAVE;
    TRY(AUX ? fg_arith_int(VM, FG_OP_SUB, a, -(int64_t)SC, a)
            : fg_arith_int(VM, FG_OP_ADD, a, SC, a));
    NEXT;
}
OP(INC)
{
    FETCH;
    fg_value *a = RA;
    int64_t r;
    if (fg_likely(a->tag == FG_INT
                  && !__builtin_add_overflow(a->as.i, (int64_t)SC, &r))) {
        a->as.i = r;
        NEXT;
    }
    GOTO(INC_slow);
}

SLOW(NEG_slow)
{
    SAVE;
    TRY(fg_negate(VM, RB, RA));
    NEXT;
}
OP(NEG)
{
    FETCH;
    const fg_value *x = RB;
    fg_value *a = RA;
    if (fg_likely(x->tag == FG_FLOAT)) {
        double r = -x->as.f;
        a->tag = FG_FLOAT;
        a->as.f = r;
        NEXT;
    }
    GOTO(NEG_slow);
}
SLOW(NOT_slow)
{
    fg_value *a = RA;
    bool t = fg_truthy(RB);
    a->tag = FG_BOOL;
    a->as.i = !t;
    NEXT;
}
OP(NOT)
{
    FETCH;
    const fg_value *x = RB;
    fg_value *a = RA;
    if (fg_likely(x->tag == FG_BOOL)) {
        bool t = x->as.i != 0;
        a->tag = FG_BOOL;
        a->as.i = !t;
        NEXT;
    }
    GOTO(NOT_slow);
}

/* a = b OP c for ints; the rest is name##_slow. */
#define COMPARE(name, cop)                                                             \
    OP(name)                                                                           \
    {                                                                                  \
        FETCH;                                                                         \
        const fg_value *x = RB, *y = RC;                                               \
        fg_value *a = RA;                                                              \
        if (fg_likely(x->tag == FG_INT && y->tag == FG_INT)) {                         \
            bool t = x->as.i cop y->as.i;                                              \
            a->tag = FG_BOOL;                                                          \
            a->as.i = t;                                                               \
            NEXT;                                                                      \
        }                                                                              \
        GOTO(name##_slow);                                                             \
    }
#define EQUALITY(name, cop, wanted)                                                    \
    SLOW(name##_slow)                                                                  \
    {                                                                                  \
        bool t = fg_equal(RB, RC);                                                     \
        fg_value *a = RA;                                                              \
        RELEASE_HELD(RB);                                                              \
        a->tag = FG_BOOL;                                                              \
        a->as.i = t == wanted;                                                         \
        NEXT;                                                                          \
    }                                                                                  \
    COMPARE(name, cop)
EQUALITY(EQ, ==, true)
EQUALITY(NE, !=, false)
#undef EQUALITY

#define ORDER(name, cop, fgop)                                                         \
    SLOW(name##_slow)                                                                  \
    {                                                                                  \
        fg_value *a = RA;                                                              \
        SAVE;                                                                          \
        int order = fg_order(VM, fgop, RB, RC);                                        \
        if (fg_unlikely(order < 0))                                                    \
            GOTO(raise);                                                               \
        RELEASE_HELD(RB);                                                              \
        a->tag = FG_BOOL;                                                              \
        a->as.i = order;                                                               \
        NEXT;                                                                          \
    }                                                                                  \
    COMPARE(name, cop)
ORDER(LT, <, FG_OP_LT)
ORDER(GT, >, FG_OP_GT)
ORDER(LE, <=, FG_OP_LE)
ORDER(GE, >=, FG_OP_GE)
#undef ORDER
#undef COMPARE

OP(CONCAT)
{
    FETCH;
    SAVE;
    TRY(fg_concat(VM, RB, NC, RA));
    NEXT;
}

/* ---- jumps ------------------------------------------------------------------------------------ */

OP(JUMP)
{
    FETCH;
    PC += SBC;
    NEXT;
}
OP(LOOP)
{
    FETCH;
    PC += SBC;
    POLL(1);
    NEXT;
}
/* Goes there; a loop counts its turns. */
#define JUMP_BY(offset)                                                                \
    do {                                                                               \
        int32_t by_ = (offset);                                                        \
        const uint64_t *from_ = PC;                                                    \
        PC += by_;                                                                     \
        if (by_ < 0)                                                                   \
            POLL(1 + fg_ins_aux(from_[-1]));                                           \
    } while (0)

/* Jumps where `x` is as wanted; most conditions are Bools. */
#define TEST(name, x, wanted)                                                          \
    SLOW(name##_slow)                                                                  \
    {                                                                                  \
        if (fg_truthy(x) == wanted)                                                    \
            JUMP_BY(SBC);                                                              \
        NEXT;                                                                          \
    }                                                                                  \
    OP(name)                                                                           \
    {                                                                                  \
        FETCH;                                                                         \
        if (fg_unlikely((x)->tag != FG_BOOL))                                          \
            GOTO(name##_slow);                                                         \
        if (((x)->as.i != 0) == wanted)                                                \
            JUMP_BY(SBC);                                                              \
        NEXT;                                                                          \
    }
TEST(JT, RA, true)
TEST(JF, RA, false)
#undef TEST
OP(JDEF)
{
    FETCH;
    if (RA->tag != FG_UNDEF)
        PC += SBC;
    NEXT;
}

#define BRANCH(name, operand, cop, wanted, fgop)                                       \
    SLOW(name##_slow)                                                                  \
    {                                                                                  \
        SAVE;                                                                          \
        int order = fg_order(VM, fgop, RA, operand);                                   \
        if (fg_unlikely(order < 0))                                                    \
            GOTO(raise);                                                               \
        if (order == wanted)                                                           \
            JUMP_BY(SC);                                                               \
        NEXT;                                                                          \
    }                                                                                  \
    OP(name)                                                                           \
    {                                                                                  \
        FETCH;                                                                         \
        const fg_value *x = RA, *y = operand;                                          \
        if (fg_likely(x->tag == FG_INT && y->tag == FG_INT)) {                         \
            if ((x->as.i cop y->as.i) == wanted)                                       \
                JUMP_BY(SC);                                                           \
            NEXT;                                                                      \
        }                                                                              \
        if (fg_likely(x->tag == FG_FLOAT && y->tag == FG_FLOAT)) {                     \
            if ((x->as.f cop y->as.f) == wanted)                                       \
                JUMP_BY(SC);                                                           \
            NEXT;                                                                      \
        }                                                                              \
        GOTO(name##_slow);                                                             \
    }
BRANCH(JLT, RB, <, true, FG_OP_LT)
BRANCH(JNLT, RB, <, false, FG_OP_LT)
BRANCH(JLE, RB, <=, true, FG_OP_LE)
BRANCH(JNLE, RB, <=, false, FG_OP_LE)
BRANCH(JGT, RB, >, true, FG_OP_GT)
BRANCH(JNGT, RB, >, false, FG_OP_GT)
BRANCH(JGE, RB, >=, true, FG_OP_GE)
BRANCH(JNGE, RB, >=, false, FG_OP_GE)
BRANCH(JLTK, KB, <, true, FG_OP_LT)
BRANCH(JNLTK, KB, <, false, FG_OP_LT)
BRANCH(JLEK, KB, <=, true, FG_OP_LE)
BRANCH(JNLEK, KB, <=, false, FG_OP_LE)
BRANCH(JGTK, KB, >, true, FG_OP_GT)
BRANCH(JNGTK, KB, >, false, FG_OP_GT)
BRANCH(JGEK, KB, >=, true, FG_OP_GE)
BRANCH(JNGEK, KB, >=, false, FG_OP_GE)
#undef BRANCH

#define BRANCH_EQUAL(name, operand, wanted)                                            \
    SLOW(name##_slow)                                                                  \
    {                                                                                  \
        if (fg_equal(RA, operand) == wanted)                                           \
            JUMP_BY(SC);                                                               \
        NEXT;                                                                          \
    }                                                                                  \
    OP(name)                                                                           \
    {                                                                                  \
        FETCH;                                                                         \
        const fg_value *x = RA, *y = operand;                                          \
        if (fg_unlikely(x->tag != FG_INT || y->tag != FG_INT))                         \
            GOTO(name##_slow);                                                         \
        if ((x->as.i == y->as.i) == wanted)                                            \
            JUMP_BY(SC);                                                               \
        NEXT;                                                                          \
    }
BRANCH_EQUAL(JEQ, RB, true)
BRANCH_EQUAL(JNE, RB, false)
BRANCH_EQUAL(JEQK, KB, true)
BRANCH_EQUAL(JNEK, KB, false)
#undef BRANCH_EQUAL

/* ---- containers ---------------------------------------------------------------------------------- */

OP(NEWARRAY)
{
    FETCH;
    TRY(fg_new_array(VM, RB, NC, RA));
    NEXT;
}
OP(NEWTUPLE)
{
    FETCH;
    fg_tuple *t = fg_tuple_of(&VM->heap, RB, NC);
    if (fg_unlikely(!t))
        RAISE(FG_NOMEM);
    *RA = fg_obj_value(t);
    NEXT;
}
OP(ARRAYADD)
{
    FETCH;
    TRY(fg_array_push(&VM->heap, RA->as.arr, RB));
    NEXT;
}
OP(ARRAYCAT)
{
    FETCH;
    TRY(fg_array_splice(VM, RA, RB));
    NEXT;
}
OP(NEWOBJECT)
{
    FETCH;
    fg_keys *keys = KC->as.ptr;
    fg_object *o = fg_object_new(&VM->heap, keys);
    if (fg_unlikely(!o))
        RAISE(FG_NOMEM);
    const fg_value *from = RB;
    for (uint32_t i = 0; i < keys->n; i++)
        fg_copy_counted(&o->slots[i], &from[i]);
    *RA = fg_obj_value(o);
    NEXT;
}
OP(OBJECTPUT)
{
    FETCH;
    TRY(fg_object_set(&VM->heap, RA->as.obj, KC->as.str, RB));
    NEXT;
}
OP(OBJECTCAT)
{
    FETCH;
    SAVE;
    TRY(fg_object_splice(VM, RA, RB));
    NEXT;
}
OP(NEWSTRUCT)
{
    FETCH;
    SAVE;
    TRY(fg_new_struct(VM, RB, KC->as.ptr, AUX, RA));
    NEXT;
}
/* Looks the field up and leaves where it was found; or it is no object's own. */
SLOW(GETFIELD_slow)
{
    const fg_value *o = RB;
    fg_string *key = KC->as.str;
    if ((o->tag & ~(uint64_t)FG_COUNTED) == FG_OBJECT) {
        const fg_object *obj = o->as.obj;
        int32_t at = fg_keys_find(obj->keys, key);
        if (at >= 0) {
            if (at < 256)
                __atomic_store_n(HINT, (uint8_t)at, __ATOMIC_RELAXED);
            fg_copy(RA, &obj->slots[at]);
            NEXT;
        }
    }
    SAVE;
    TOP;
    TRY(fg_get_field(VM, o, key, RA));
    NEXT;
}
OP(GETFIELD)
{
    FETCH;
    const fg_value *o = RB;
    if (fg_likely((o->tag & ~(uint64_t)FG_COUNTED) == FG_OBJECT)) {
        const fg_object *obj = o->as.obj;
        const fg_keys *keys = obj->keys;
        uint8_t hint = __atomic_load_n(HINT, __ATOMIC_RELAXED);
        if (fg_likely(hint < keys->n && keys->names[hint] == KC->as.str)) {
            fg_copy(RA, &obj->slots[hint]);
            NEXT;
        }
    }
    GOTO(GETFIELD_slow);
}
SLOW(GETINDEX_slow)
{
    SAVE;
    TRY(fg_get_index(VM, RB, RC, RA));
    NEXT;
}
OP(GETINDEX)
{
    FETCH;
    const fg_value *o = RB, *i = RC;
    fg_value *a = RA;
    if (fg_likely((o->tag & ~(uint64_t)FG_COUNTED) == FG_ARRAY && i->tag == FG_INT
                  && (uint64_t)i->as.i < o->as.arr->len)) {
        fg_array_get(o->as.arr, (uint32_t)i->as.i, a);
        NEXT;
    }
    GOTO(GETINDEX_slow);
}
SLOW(SETFIELD_slow)
{
    SAVE;
    VM->status = fg_set_field(VM, RA, KC, AUX, RB, HINT);
    if (fg_unlikely(VM->status != FG_OK))
        GOTO(raise);
    NEXT;
}
OP(SETFIELD)
{
    FETCH;
    fg_value *o = RA;
    const fg_value *v = RB;
    if (fg_likely(o->tag == (FG_OBJECT | FG_COUNTED) && o->as.obj->h.count <= 1
                  && v->as.o != o->as.o)) {
        fg_object *obj = o->as.obj;
        const fg_keys *keys = obj->keys;
        uint8_t hint = __atomic_load_n(HINT, __ATOMIC_RELAXED);
        if (fg_likely(hint < keys->n && keys->names[hint] == KC->as.str)) {
            fg_store(&obj->slots[hint], v);
            NEXT;
        }
    }
    GOTO(SETFIELD_slow);
}
SLOW(SETINDEX_slow)
{
    fg_value *o = RA;
    const fg_value *key = RB, *v = RC;
    if (o->tag == (FG_MAP | FG_COUNTED) && o->as.tab->h.count <= 1
        && key->tag == FG_STRING && v->as.o != o->as.o) {
        TRY(fg_table_put(&VM->heap, o->as.tab, key, v));
        NEXT;
    }
    SAVE;
    TRY(fg_set_path(VM, RA, RB, AUX | 1, RC));
    NEXT;
}
OP(SETINDEX)
{
    FETCH;
    fg_value *o = RA;
    const fg_value *i = RB, *v = RC;
    if (fg_likely(o->tag == (FG_ARRAY | FG_COUNTED) && o->as.arr->h.count <= 1
                  && i->tag == FG_INT && (uint64_t)i->as.i < o->as.arr->len)) {
        fg_array *arr = o->as.arr;
        if (arr->h.bits == FG_A_INT && v->tag == FG_INT) {
            arr->as.ints[i->as.i] = v->as.i;
            NEXT;
        }
        if (arr->h.bits == FG_A_FLOAT && v->tag == FG_FLOAT) {
            arr->as.floats[i->as.i] = v->as.f;
            NEXT;
        }
    }
    GOTO(SETINDEX_slow);
}
OP(SETPATH)
{
    FETCH;
    SAVE;
    TRY(fg_set_path(VM, RA, RB, AUX | NC << 16, RB + (AUX & 0x7f)));
    NEXT;
}
OP(GROWPATH)
{
    FETCH;
    SAVE;
    int done = fg_grow_path(VM, RA, RB, AUX | NC << 16);
    if (fg_unlikely(done < 0))
        GOTO(raise);
    PC += done;
    NEXT;
}
SLOW(INPLACE_slow)
{
    SAVE;
    TOP;
    TRY(fg_inplace(VM, AUX & 3, RA, (AUX & FG_AUX_OWNED) != 0, RB, RC));
    NEXT;
}
OP(INPLACE)
{
    FETCH;
    fg_value *o = RA;
    const fg_value *v = RB;
    if (fg_likely((AUX & 3) == FG_IN_PUSH && o->tag == (FG_ARRAY | FG_COUNTED)
                  && o->as.arr->h.count <= 1)) {
        fg_array *arr = o->as.arr;
        if (arr->len < arr->cap && arr->h.bits == FG_A_INT && v->tag == FG_INT) {
            arr->as.ints[arr->len++] = v->as.i;
            fg_copy(RC, o);
            NEXT;
        }
    }
    GOTO(INPLACE_slow);
}

/* ---- queries ----------------------------------------------------------------------- */

OP(WHERE)
{
    FETCH;
    SAVE;
    TRY(fg_where(VM, RB, KC->as.str, (fg_operator)AUX, RA));
    NEXT;
}
OP(KEEP)
{
    FETCH;
    SAVE;
    TOP;
    TRY(fg_keep(VM, RB, KC->as.str, (fg_operator)AUX, RA));
    NEXT;
}
OP(SORTBY)
{
    FETCH;
    SAVE;
    TRY(fg_sort_by(VM, RB, AUX ? KC->as.str : NULL, RA));
    NEXT;
}
OP(TAKE_N)
{
    FETCH;
    SAVE;
    TRY(fg_take(VM, RB, RC, RA));
    NEXT;
}

/* ---- calls ------------------------------------------------------------------------------------------ */

OP(CALL)
{
    FETCH;
    fg_value *a = RA;
    if (fg_likely(a->tag == FG_FUNC))
        ENTER(a->as.fn, a + 1, NC);
    CALL_SLOW(a, NC);
}
SLOW(CALLG_slow)
{
    const fg_value *v = fg_cell_at(VM, VM->globals[BC]);
    fg_value *a = RA;
    fg_copy(a, v);
    if (v->tag == FG_UNDEF) {
        SAVE;
        TRY(fg_undefined_global(VM, BC, a));
    }
    CALL_SLOW(a, AUX);
}
OP(CALLG)
{
    FETCH;
    const fg_value *v = fg_cell_at(VM, VM->globals[BC]);
    if (fg_likely(v->tag == FG_FUNC))
        ENTER(v->as.fn, RA + 1, AUX);
    GOTO(CALLG_slow);
}
OP(CALLC)
{
    FETCH;
    const fg_value *v = (const fg_value *)((const char *)VM->consts + BC);
    ENTER(v->as.fn, RA + 1, AUX);
}
OP(CALLN)
{
    FETCH;
    const fg_native *n = KBC->as.native;
    SAVE;
    TOP;
    TRY(fg_call_native(VM, n, (int)AUX, RA + 1, RA));
    POLL(1);
    NEXT;
}
SLOW(CALLM_slow)
{
    fg_value *a = RA;
    uint32_t argc = AUX + 1;
    SAVE;
    TOP;
    TRY(fg_method_of(VM, a + 1, KB->as.str, NC));
    const fg_target *t = &VM->target;
    if (t->native) {
        uint32_t skip = !t->receiver;
        TRY(fg_call_native(VM, t->native, (int)(argc - skip), a + 1 + skip, a));
        POLL(1);
        NEXT;
    }
    if (!t->receiver) { /* a function in a field: the receiver is no argument */
        argc--;
        for (uint32_t i = 0; i < argc; i++)
            fg_copy(a + 1 + i, a + 2 + i);
    }
    if (t->fn)
        ENTER(t->fn, a + 1, argc);
    TRY(fg_construct(VM, t->ctor, (int)argc, a + 1, a));
    NEXT;
}
/* A method of the library that the receiver's type has. */
APART(CALLM_native)
{
    uint32_t method = NC;
    uint64_t type = RA[1].tag & ~(uint64_t)FG_COUNTED;
    if (fg_likely(method != FG_METHOD_NONE && type < FG_USER_TYPES && type != FG_OBJECT
                  && type != FG_STRUCT)) {
        const fg_native *n = VM->library->methods[method].on[type];
        if (fg_likely(n != NULL)) {
            SAVE;
            TOP;
            TRY(fg_call_native(VM, n, (int)AUX + 1, RA + 1, RA));
            POLL(1);
            NEXT;
        }
    }
    GOTO(CALLM_slow);
}
OP(CALLM)
{
    FETCH;
    const fg_value *r = RA + 1;
    if (fg_likely((r->tag & ~(uint64_t)FG_COUNTED) == FG_OBJECT)) {
        const fg_func *fn = fg_own_method(VM, r, KB->as.str, HINT);
        if (fg_likely(fn != NULL))
            ENTER(fn, RA + 1, AUX + 1);
    }
    GOTO(CALLM_native);
}
OP(CALLV)
{
    FETCH;
    SAVE;
    TOP;
    TRY(fg_call_spread(VM, RA, NULL, NULL, RB, RA));
    POLL(1);
    NEXT;
}
OP(CALLMV)
{
    FETCH;
    SAVE;
    TOP;
    TRY(fg_call_spread(VM, NULL, RA + 1, KB->as.str, RC, RA));
    POLL(1);
    NEXT;
}
/* The result is a temporary, and so may be one of the variables that end here. */
OP(RET)
{
    FETCH;
    fg_copy((fg_value *)R - 1, RA);
    for (fg_value *v = RB, *end = v + NC; v < end; v++)
        fg_release(v);
    RETURN;
}
OP(RETNULL)
{
    FETCH;
    ((fg_value *)R)[-1].tag = FG_NULL;
    for (fg_value *v = RB, *end = v + NC; v < end; v++)
        fg_release(v);
    RETURN;
}
OP(ARG)
{
    FETCH;
    if (RA->tag == FG_UNDEF)
        RA->tag = FG_NULL;
    NEXT;
}

/* ---- loops -------------------------------------------------------------------------------------------- */

OP(FORPREP)
{
    FETCH;
    fg_value *r = RA;
    if (fg_unlikely(r[0].tag != FG_INT || r[1].tag != FG_INT || r[2].tag != FG_INT)) {
        SAVE;
        TRY(fg_range_bounds(VM, r));
    }
    if (fg_unlikely(r[2].as.i == 0)) {
        SAVE;
        RAISE(fg_raise(VM, FG_E_RUNTIME, "range() step must not be zero"));
    }
    if (r[2].as.i > 0 ? r[0].as.i >= r[1].as.i : r[0].as.i <= r[1].as.i)
        PC += SBC;
    fg_copy(&r[3], &r[0]);
    NEXT;
}
OP(FORLOOP)
{
    FETCH;
    fg_value *r = RA;
    int64_t i;
    bool on = !__builtin_add_overflow(r[0].as.i, r[2].as.i, &i)
              && (fg_likely(r[2].as.i > 0) ? i < r[1].as.i : i > r[1].as.i);
    if (fg_likely(on)) {
        PC += SBC;
        r[0].as.i = i;
        r[3].tag = FG_INT;
        r[3].as.i = i;
        POLL(1);
    }
    NEXT;
}
#define UPTO(name, turns)                                                              \
    OP(name)                                                                           \
    {                                                                                  \
        FETCH;                                                                         \
        fg_value *r = RA;                                                              \
        int64_t i = r[3].as.i + 1;                                                     \
        if (fg_likely(i < r[1].as.i)) {                                                \
            r[3].as.i = i;                                                             \
            PC += SBC;                                                                 \
            POLL(turns);                                                               \
        }                                                                              \
        NEXT;                                                                          \
    }
UPTO(UPTO, 1)
UPTO(UPTO2, 2)
#undef UPTO
OP(BEYOND)
{
    FETCH;
    fg_value *r = RA;
    int64_t i = r[3].as.i + 1;
    if (fg_likely(i < r[1].as.i))
        r[3].as.i = i;
    else
        PC += SBC;
    NEXT;
}
OP(ITER)
{
    FETCH;
    SAVE;
    TRY(fg_iterate(VM, RA));
    NEXT;
}
SLOW(MORE_slow)
{
    SAVE;
    TOP;
    int more = fg_next(VM, RA, AUX);
    if (fg_unlikely(more < 0))
        GOTO(raise);
    if (more != 0) {
        PC += SBC;
        POLL(1);
    }
    NEXT;
}
OP(MORE)
{
    FETCH;
    fg_value *r = RA;
    if (fg_unlikely(AUX != 1 || fg_type_of(r[0]) != FG_ARRAY))
        GOTO(MORE_slow);
    const fg_array *arr = r[0].as.arr;
    if (fg_likely((uint64_t)r[1].as.i < arr->len)) {
        fg_release(&r[2]);
        fg_array_get(arr, (uint32_t)r[1].as.i++, &r[2]);
        fg_retain(&r[2]);
        PC += SBC;
        POLL(1);
    }
    NEXT;
}

/* ---- matching ------------------------------------------------------------------------------------------ */

OP(JNWRAP)
{
    FETCH;
    if (fg_wrap_below(RA) != (uint64_t)AUX << FG_WRAP_SHIFT)
        PC += SBC;
    NEXT;
}
OP(UNWRAP)
{
    FETCH;
    fg_peel(RB, RA);
    fg_unwrap(RA, RA);
    NEXT;
}
OP(JNVARIANT)
{
    FETCH;
    if (!fg_is_variant(RA, KB->as.str, AUX))
        PC += SC;
    NEXT;
}
OP(PAYLOAD)
{
    FETCH;
    fg_variant_field(RB, NC, RA);
    NEXT;
}
OP(JNNONE)
{
    FETCH;
    if (RA->tag != FG_NONE && RA->tag != (FG_NONE | FG_WRAP_FROZEN))
        PC += SBC;
    NEXT;
}
OP(EXHAUST)
{
    FETCH;
    SAVE;
    TRY(fg_exhaustive(VM, RA, KBC->as.tup));
    NEXT;
}
OP(WHENOP)
{
    FETCH;
    bool t = fg_order_quiet((fg_operator)AUX, RB, RC);
    RA->tag = FG_BOOL;
    RA->as.i = t;
    NEXT;
}

/* ---- errors ---------------------------------------------------------------------------------------------- */

OP(TRYOP)
{
    FETCH;
    fg_value *v = RB;
    uint64_t wrap = fg_wrap_below(v);
    if (fg_likely(wrap == FG_WRAP_OK)) {
        fg_peel(v, RA);
        fg_unwrap(RA, RA);
        NEXT;
    }
    if (wrap == FG_WRAP_ERR && !AUX) {
        fg_peel(v, (fg_value *)R - 1);
        RETURN;
    }
    SAVE;
    RAISE(fg_question_mark(VM, v));
}
OP(MUST)
{
    FETCH;
    SAVE;
    TRY(fg_must(VM, RB, RA));
    NEXT;
}
OP(FREEZE)
{
    FETCH;
    TRY(fg_wrap(&VM->heap, FG_WRAP_FROZEN, RB, RA));
    NEXT;
}
OP(WAIT)
{
    FETCH;
    SAVE;
    TRY(fg_wait(VM, RA, KBC->as.i));
    NEXT;
}
OP(RETRY)
{
    FETCH;
    SAVE;
    if (AUX)
        TRY(fg_retry_failed(VM, RA));
    else
        TRY(fg_retry_begin(VM, RA));
    NEXT;
}
OP(SPAWN)
{
    FETCH;
    SAVE;
    TRY(fg_spawn(VM, KB->as.ptr, AUX, RC, RA));
    NEXT;
}
OP(LATER)
{
    FETCH;
    SAVE;
    fg_value *r = RA;
    if (r[1].tag == FG_INT)
        TRY(fg_schedule(VM, KB->as.ptr, AUX, RC, r[1].as.i, r));
    else
        TRY(fg_watch(VM, KB->as.ptr, AUX, RC, r));
    NEXT;
}
OP(AWAIT)
{
    FETCH;
    SAVE;
    TOP;
    TRY(fg_await(VM, RB, RA));
    NEXT;
}
OP(SQUAD)
{
    FETCH;
    fg_status s; /* first, because how the body ended is still in VM->status */
    if (AUX == FG_SQUAD_FAILED)
        s = fg_squad_failed(VM);
    else if (AUX == FG_SQUAD_BEGIN)
        s = fg_squad_begin(VM);
    else if (AUX == FG_SQUAD_END) {
        SAVE;
        s = fg_squad_end(VM, RA);
    } else
        s = fg_squad_abandon(VM);
    TRY(s);
    NEXT;
}
OP(TIMEOUT)
{
    FETCH;
    if (AUX == FG_TIMEOUT_FAILED)
        TRY(fg_timeout_failed(VM, RA));
    else if (AUX == FG_TIMEOUT_BEGIN)
        TRY(fg_timeout_begin(VM, RA, KBC->as.i));
    else
        fg_timeout_end(VM, RA);
    NEXT;
}
OP(CHECK)
{
    FETCH;
    SAVE;
    TOP;
    TRY(fg_check_value(VM, (fg_operator)AUX, RA, RB, RC));
    NEXT;
}
OP(RAISE)
{
    FETCH;
    SAVE;
    RAISE(fg_raise_name(VM, AUX, KBC->as.str));
}
OP(PART)
{
    FETCH;
    TRY(fg_array_rest(VM, RB, NC, RA));
    NEXT;
}
OP(PICK)
{
    FETCH;
    const fg_value *v = fg_object_find(RB->as.obj, KC->as.str);
    fg_value none = fg_null();
    fg_copy(RA, v ? v : &none);
    NEXT;
}
OP(ELEM)
{
    FETCH;
    const fg_value *v = RB;
    uint32_t i = NC;
    fg_value none = fg_null();
    if (fg_type_of(*v) == FG_TUPLE)
        fg_copy(RA, i < v->as.tup->len ? &v->as.tup->v[i] : &none);
    else if (i < v->as.arr->len)
        fg_array_get(v->as.arr, i, RA);
    else
        fg_copy(RA, &none);
    NEXT;
}
OP(SETTLED)
{
    FETCH;
    SAVE;
    TRY(fg_destructure_check(VM, RA, AUX));
    NEXT;
}

/* ---- definitions -------------------------------------------------------------------------------------- */

OP(TYPESET)
{
    FETCH;
    TRY(fg_type_set(VM, BC, AUX, RA));
    NEXT;
}
OP(METHOD)
{
    FETCH;
    TRY(fg_type_add_method(VM, NC, KB->as.str, RA, AUX));
    NEXT;
}
OP(ABILITY)
{
    FETCH;
    SAVE;
    TRY(fg_check_ability(VM, RA, KB->as.str, NC));
    NEXT;
}
OP(TYPELINK)
{
    FETCH;
    TRY(fg_type_link(VM, NB, NC, AUX));
    NEXT;
}
OP(IMPORT)
{
    FETCH;
    SAVE;
    TRY(fg_import_begin(VM, KBC->as.ptr));
    NEXT;
}
