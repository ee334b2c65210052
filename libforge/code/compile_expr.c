// SPDX-License-Identifier: Apache-2.0
/* Expressions. */
#include "code/compiler.h"

#include "base/nearest.h"
#include "value/keys.h"
#include "value/string.h"

#include <stdlib.h>

#define LITERAL_RUN 48u /* elements of a literal that are in registers at once */

void fg_c_null(fg_compiler *c, int32_t dst)
{
    fg_c_emit(c, FG_OPC_LOADNULL, 0, fg_c_reg(dst), 0, 0);
}

void fg_c_drop(fg_compiler *c, int32_t r, uint32_t n)
{
    fg_c_emit32(c, FG_OPC_DROP, 0, fg_c_reg(r), n);
}

/* ---- names ---------------------------------------------------------------------------- */

static fg_value member_value(fg_compiler *c, const fg_member *m)
{
    if (m->native.fn)
        return fg_native_value(&m->native);
    return m->text ? fg_c_strv(c, fg_slice_str(m->text)) : m->constant;
}

/* The object that a module's name denotes, made once. */
static fg_value module_object(fg_compiler *c, const fg_module *m)
{
    fg_slice *names = fg_arena_get(c->arena, sizeof(fg_slice) * (m->nmembers + 1));
    fg_object *o = fg_region_get(c->region, sizeof *o + sizeof(fg_value) * m->nmembers);
    if (!names || !o) {
        fg_c_nomem(c);
        return fg_null();
    }
    for (uint32_t i = 0; i < m->nmembers; i++)
        names[i] = fg_member_name(&m->members[i]);
    o->h.kind = FG_OBJECT;
    o->h.flags = FG_F_FROZEN;
    o->h.bits = FG_O_INLINE;
    o->keys = fg_c_keys(c, names, m->nmembers);
    o->cap = m->nmembers;
    o->slots = (fg_value *)(o + 1);
    for (uint32_t i = 0; i < m->nmembers; i++)
        o->slots[i] = member_value(c, &m->members[i]);
    return fg_obj_value(o);
}

/* The note names the variable of this and the enclosing functions that is most like it;
 * globals and library are known when it is raised. */
void fg_c_undefined(fg_compiler *c, fg_slice name)
{
    fg_nearest g;
    fg_nearest_init(&g, name);
    for (const fg_scope *s = c->fn->inner; s && s != c->globals; s = s->parent)
        for (const fg_var *v = s->first; v; v = v->next)
            if (v->fn != c->fn || v->declared <= c->span.start)
                fg_nearest_add(&g, v->name);
    if (g.best.n)
        fg_c_note(c, g.best);
    fg_c_emit32(c, FG_OPC_RAISE, FG_RAISE_UNDEFINED_READ, 0,
                fg_c_near(c, fg_c_strv(c, name)));
}

static void load_local(fg_compiler *c, fg_var *v, fg_slice name, int32_t dst)
{
    if (v->reg < 0) { /* declared by a statement that has not run */
        fg_c_undefined(c, name);
        return;
    }
    if (fg_c_is_cell(v))
        fg_c_emit(c, FG_OPC_GETCELL, 0, fg_c_reg(dst), fg_c_reg(v->reg),
                  fg_c_near(c, fg_c_strv(c, name)));
    else if (v->reg != dst)
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(v->reg), 0);
}

static void load_capture(fg_compiler *c, const fg_ref *ref, fg_slice name, int32_t dst)
{
    uint32_t i = fg_c_capture(c, c->fn, ref->var);
    uint32_t k = fg_c_near(c, fg_c_strv(c, name));
    if (!fg_c_is_cell(ref->var)) {
        fg_c_emit32(c, FG_OPC_GETUP, 0, fg_c_reg(dst), i);
        return;
    }
    if (!ref->late) {
        fg_c_emit(c, FG_OPC_GETUPC, 0, fg_c_reg(dst), i, k);
        return;
    }
    fg_c_emit(c, FG_OPC_PEEKUPC, 0, fg_c_reg(dst), i, k);
    uint32_t set = fg_c_emit32(c, FG_OPC_JDEF, 0, fg_c_reg(dst), 0);
    fg_c_load_ref(c, ref->outer, name, dst);
    fg_c_patch(c, set);
}

void fg_c_load_ref(fg_compiler *c, const fg_ref *ref, fg_slice name, int32_t dst)
{
    if (!ref || !fg_c_ok(c))
        return;
    switch (ref->kind) {
    case FG_REF_LOCAL: load_local(c, ref->var, name, dst); return;
    case FG_REF_CAPTURE: load_capture(c, ref, name, dst); return;
    case FG_REF_GLOBAL:
        fg_c_emit32(c, FG_OPC_GETG, 0, fg_c_reg(dst), ref->var->global);
        return;
    case FG_REF_BUILTIN:
        fg_c_loadk(c, dst, ref->native ? fg_native_value(ref->native) : fg_none());
        return;
    case FG_REF_MODULE: fg_c_loadk(c, dst, module_object(c, ref->module)); return;
    case FG_REF_UNDEFINED: fg_c_undefined(c, name); return;
    }
    fg_unreachable();
}

/* ---- operands that stay valid --------------------------------------------------------- */

bool fg_c_needs_hold(const fg_node *n, uint32_t rest_flags)
{
    if (!(rest_flags & (FG_NF_RUNS | FG_NF_ASSIGNS)))
        return false;
    switch ((fg_node_kind)n->kind) {
    case FG_N_ARRAY:
    case FG_N_OBJECT:
    case FG_N_TUPLE:
    case FG_N_STRUCT_LIT: return false; /* nobody else has them */
    case FG_N_NAME: {
        const fg_ref *r = fg_c_name_ref(n);
        if (!r || !r->var)
            return false;
        if (r->kind == FG_REF_LOCAL && !fg_c_is_cell(r->var))
            return !r->var->scalar && (rest_flags & FG_NF_ASSIGNS);
        return r->kind == FG_REF_GLOBAL || fg_c_is_cell(r->var);
    }
    default: return !fg_c_scalar(n);
    }
}

bool fg_c_held(fg_compiler *c, fg_node *n, uint32_t rest_flags, int32_t dst)
{
    fg_c_expr(c, n, dst);
    if (!fg_c_needs_hold(n, rest_flags))
        return false;
    fg_c_emit(c, FG_OPC_OWN, 0, fg_c_reg(dst), 0, 0);
    return true;
}

int32_t fg_c_operand(fg_compiler *c, fg_node *n, uint32_t rest_flags, bool *drop)
{
    *drop = false;
    if (!(rest_flags & FG_NF_ASSIGNS) && !fg_c_needs_hold(n, rest_flags))
        return fg_c_any(c, n);
    int32_t r = fg_c_temp(c);
    *drop = fg_c_held(c, n, rest_flags, r);
    return r;
}

int32_t fg_c_any(fg_compiler *c, fg_node *n)
{
    if (n->kind == FG_N_NAME) {
        const fg_ref *r = fg_c_name_ref(n);
        if (r && r->kind == FG_REF_LOCAL && !fg_c_is_cell(r->var) && r->var->reg >= 0)
            return r->var->reg;
    }
    int32_t dst = fg_c_temp(c);
    fg_c_expr(c, n, dst);
    return dst;
}

/* ---- literals --------------------------------------------------------------------------- */

/* What evaluating the elements from `from` on may do. */
uint32_t fg_c_flags_from(const fg_list *l, uint32_t from)
{
    uint32_t flags = 0;
    for (uint32_t i = from; i < l->n; i++)
        flags |= l->at[i]->flags;
    return flags;
}

static bool has_spread(const fg_list *l)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (l->at[i]->kind == FG_N_SPREAD)
            return true;
    return false;
}

/* Evaluates n elements into consecutive registers; held marks those to drop. */
static int32_t run_of(fg_compiler *c, const fg_list *l, uint32_t from, uint32_t n,
                      bool *held)
{
    memset(held, 0, n * sizeof *held);
    int32_t base = fg_c_temps(c, n ? n : 1);
    for (uint32_t i = 0; i < n && fg_c_ok(c); i++) {
        fg_node *e = l->at[from + i];
        if (e->kind == FG_N_ENTRY)
            e = e->a;
        held[i] = fg_c_held(c, e, fg_c_flags_from(l, from + i + 1), base + (int32_t)i);
    }
    return base;
}

static void drop_held(fg_compiler *c, int32_t base, const bool *held, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (held[i])
            fg_c_drop(c, base + (int32_t)i, 1);
}

/* The rest of a literal, element by element onto a temporary array. */
static void add_elements(fg_compiler *c, const fg_list *l, uint32_t from, int32_t arr)
{
    for (uint32_t i = from; i < l->n && fg_c_ok(c); i++) {
        fg_node *e = l->at[i];
        bool splice = e->kind == FG_N_SPREAD;
        uint32_t top = c->fn->top;
        int32_t r = fg_c_any(c, splice ? e->a : e);
        fg_c_emit(c, splice ? FG_OPC_ARRAYCAT : FG_OPC_ARRAYADD, 0, fg_c_reg(arr),
                  fg_c_reg(r), 0);
        c->fn->top = top;
    }
}

static void array(fg_compiler *c, fg_node *n, int32_t dst)
{
    bool held[LITERAL_RUN];
    uint32_t top = c->fn->top;
    uint32_t first = has_spread(&n->list)       ? 0
                     : n->list.n <= LITERAL_RUN ? n->list.n
                                                : LITERAL_RUN;
    int32_t base = run_of(c, &n->list, 0, first, held);
    int32_t to = first == n->list.n ? dst : fg_c_temp(c);
    fg_c_emit(c, FG_OPC_NEWARRAY, 0, fg_c_reg(to), fg_c_reg(base), first);
    drop_held(c, base, held, first);
    add_elements(c, &n->list, first, to);
    if (to != dst)
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(to), 0);
    c->fn->top = top;
}

/* dst = OP of all elements in consecutive registers. */
static void gathered(fg_compiler *c, fg_node *n, fg_opcode op, int32_t dst)
{
    uint32_t top = c->fn->top;
    bool *held = fg_arena_get(c->arena, n->list.n + 1);
    if (!held) {
        fg_c_nomem(c);
        return;
    }
    int32_t base = run_of(c, &n->list, 0, n->list.n, held);
    fg_c_emit(c, op, 0, fg_c_reg(dst), fg_c_reg(base), n->list.n);
    drop_held(c, base, held, n->list.n);
    c->fn->top = top;
}

static bool plain_object(const fg_list *l)
{
    if (l->n > LITERAL_RUN || has_spread(l))
        return false;
    for (uint32_t i = 0; i < l->n; i++)
        for (uint32_t j = 0; j < i; j++)
            if (fg_slice_eq(l->at[i]->name, l->at[j]->name))
                return false;
    return true;
}

static void object_run(fg_compiler *c, fg_node *n, int32_t dst)
{
    bool held[LITERAL_RUN];
    fg_slice names[LITERAL_RUN];
    int32_t base = run_of(c, &n->list, 0, n->list.n, held);
    for (uint32_t i = 0; i < n->list.n; i++)
        names[i] = n->list.at[i]->name;
    fg_keys *k = fg_c_keys(c, names, n->list.n);
    fg_c_emit(c, FG_OPC_NEWOBJECT, 0, fg_c_reg(dst), fg_c_reg(base),
              fg_c_near(c, (fg_value){ FG_KEYS, { .ptr = k } }));
    drop_held(c, base, held, n->list.n);
}

static void object(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top;
    if (plain_object(&n->list)) {
        object_run(c, n, dst);
        c->fn->top = top;
        return;
    }
    int32_t o = fg_c_temp(c);
    fg_c_emit(c, FG_OPC_NEWOBJECT, 0, fg_c_reg(o), fg_c_reg(o),
              fg_c_near(c, (fg_value){ FG_KEYS, { .ptr = &fg_keys_empty } }));
    for (uint32_t i = 0; i < n->list.n && fg_c_ok(c); i++) {
        fg_node *e = n->list.at[i];
        uint32_t t = c->fn->top;
        int32_t r = fg_c_any(c, e->a);
        if (e->kind == FG_N_SPREAD)
            fg_c_emit(c, FG_OPC_OBJECTCAT, 0, fg_c_reg(o), fg_c_reg(r), 0);
        else
            fg_c_emit(c, FG_OPC_OBJECTPUT, 0, fg_c_reg(o), fg_c_reg(r),
                      fg_c_near(c, fg_c_strv(c, e->name)));
        c->fn->top = t;
    }
    fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(o), 0);
    c->fn->top = top;
}

/* ---- operators ---------------------------------------------------------------------------- */

static const struct {
    uint8_t reg, konst;
} arithmetic[] = {
    [FG_OP_ADD] = { FG_OPC_ADD, FG_OPC_ADDK },
    [FG_OP_SUB] = { FG_OPC_SUB, FG_OPC_SUBK },
    [FG_OP_MUL] = { FG_OPC_MUL, FG_OPC_MULK },
    [FG_OP_DIV] = { FG_OPC_DIV, FG_OPC_DIVK },
    [FG_OP_MOD] = { FG_OPC_MOD, FG_OPC_MODK },
    [FG_OP_EQ] = { FG_OPC_EQ, 0 },
    [FG_OP_NE] = { FG_OPC_NE, 0 },
    [FG_OP_LT] = { FG_OPC_LT, 0 },
    [FG_OP_GT] = { FG_OPC_GT, 0 },
    [FG_OP_LE] = { FG_OPC_LE, 0 },
    [FG_OP_GE] = { FG_OPC_GE, 0 },
};

static bool small_int(const fg_node *n)
{
    return n->kind == FG_N_INT && n->num.i >= INT16_MIN && n->num.i <= INT16_MAX;
}

/* dst = left OP node, left being in a register; drop: which it owns until then. */
static void apply(fg_compiler *c, uint32_t op, int32_t dst, int32_t left, bool drop,
                  fg_node *right)
{
    bool small = small_int(right) && (op == FG_OP_ADD || op == FG_OP_SUB);
    if (small && dst == left && right->num.i != INT16_MIN) {
        int64_t by = op == FG_OP_ADD ? right->num.i : -right->num.i;
        fg_c_emit(c, FG_OPC_INC, op == FG_OP_SUB, fg_c_reg(dst), 0, (uint16_t)by);
    } else if (small) {
        fg_c_emit(c, op == FG_OP_ADD ? FG_OPC_ADDI : FG_OPC_SUBI, 0, fg_c_reg(dst),
                  fg_c_reg(left), (uint16_t)right->num.i);
    } else if (arithmetic[op].konst
               && (right->kind == FG_N_INT || right->kind == FG_N_FLOAT)) {
        fg_value k =
            right->kind == FG_N_INT ? fg_int(right->num.i) : fg_float(right->num.f);
        fg_c_emit(c, arithmetic[op].konst, 0, fg_c_reg(dst), fg_c_reg(left),
                  fg_c_near(c, k));
    } else {
        int32_t r = fg_c_any(c, right);
        fg_c_emit(c, arithmetic[op].reg, drop, fg_c_reg(dst), fg_c_reg(left),
                  fg_c_reg(r));
    }
}

/* ---- chains of + ---- */

#define CHAIN_PARTS 16u /* registers that a chain takes at once */

static bool is_text(const fg_node *n)
{
    return n->kind == FG_N_STRING || n->kind == FG_N_INTERP;
}

static bool is_sum(const fg_node *n)
{
    return n->kind == FG_N_BINARY && n->op == FG_OP_ADD;
}

/* a + "text" + b + c joins texts from "text" on, whatever the others are: one CONCAT of
 * at least three parts.  The parts as a list from the arena, or one of none. */
static fg_list joined_parts(fg_compiler *c, fg_node *n)
{
    fg_list parts = { 0 };
    uint32_t levels = 0, found = 0;
    for (fg_node *at = n; is_sum(at) && levels < CHAIN_PARTS - 1; at = at->a) {
        levels++;
        if (is_text(at->b) || is_text(at->a))
            found = levels;
    }
    if (found < 2)
        return parts;
    parts.at = fg_arena_get(c->arena, (found + 1) * sizeof(fg_node *));
    if (!parts.at) {
        fg_c_nomem(c);
        return parts;
    }
    parts.n = found + 1;
    for (uint32_t i = found; i > 0; i--, n = n->a)
        parts.at[i] = n->b;
    parts.at[0] = n;
    return parts;
}

static void binary(fg_compiler *c, fg_node *n, int32_t dst)
{
    if (is_sum(n)) {
        fg_node chain = *n;
        chain.list = joined_parts(c, n);
        if (chain.list.n) {
            gathered(c, &chain, FG_OPC_CONCAT, dst);
            return;
        }
    }
    uint32_t top = c->fn->top;
    bool drop;
    int32_t left = fg_c_operand(c, n->a, n->b->flags, &drop);
    fg_span outer = c->span;
    fg_c_at(c, n);
    apply(c, n->op, dst, left, drop, n->b);
    c->span = outer;
    c->fn->top = top;
}

static void logic(fg_compiler *c, fg_node *n, int32_t dst)
{
    fg_jumps no = { 0 };
    fg_c_cond(c, n, false, &no);
    fg_c_emit(c, FG_OPC_LOADBOOL, 1, fg_c_reg(dst), 0, 0);
    uint32_t end = fg_c_jump(c);
    fg_c_jumps_here(c, &no);
    fg_c_emit(c, FG_OPC_LOADBOOL, 0, fg_c_reg(dst), 0, 0);
    fg_c_patch(c, end);
}

static void unary(fg_compiler *c, fg_node *n, int32_t dst)
{
    if (n->op == FG_OP_SUB && n->a->kind == FG_N_INT) {
        fg_c_loadk(c, dst, fg_int(-n->a->num.i));
        return;
    }
    if (n->op == FG_OP_SUB && n->a->kind == FG_N_FLOAT) {
        fg_c_loadk(c, dst, fg_float(-n->a->num.f));
        return;
    }
    uint32_t top = c->fn->top;
    int32_t r = fg_c_any(c, n->a);
    fg_c_emit(c, n->op == FG_OP_SUB ? FG_OPC_NEG : FG_OPC_NOT, 0, fg_c_reg(dst),
              fg_c_reg(r), 0);
    c->fn->top = top;
}

/* dst = OP of one operand, with aux. */
static void one_operand(fg_compiler *c, fg_node *n, fg_opcode op, uint32_t aux,
                        int32_t dst)
{
    uint32_t top = c->fn->top;
    int32_t r = fg_c_any(c, n->a);
    fg_c_emit(c, op, aux, fg_c_reg(dst), fg_c_reg(r), 0);
    c->fn->top = top;
}

/* math.pi and the like; false if it is no constant of a module. */
static bool module_member(fg_compiler *c, fg_node *n, int32_t dst)
{
    const fg_ref *r = n->a->kind == FG_N_NAME ? fg_c_name_ref(n->a) : NULL;
    if (!r || r->kind != FG_REF_MODULE)
        return false;
    const fg_member *m = fg_module_member(r->module, n->name);
    if (m)
        fg_c_loadk(c, dst, member_value(c, m));
    return m != NULL;
}

static void field(fg_compiler *c, fg_node *n, int32_t dst)
{
    if (module_member(c, n, dst))
        return;
    uint32_t top = c->fn->top;
    int32_t r = fg_c_any(c, n->a);
    fg_c_at(c, n);
    fg_c_emit(c, FG_OPC_GETFIELD, 0, fg_c_reg(dst), fg_c_reg(r),
              fg_c_near(c, fg_c_strv(c, n->name)));
    c->fn->top = top;
}

static void index_expr(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top;
    bool drop;
    int32_t r = fg_c_operand(c, n->a, n->b->flags, &drop);
    int32_t i = fg_c_any(c, n->b);
    int32_t to = drop && r == dst ? fg_c_temp(c) : dst;
    fg_c_at(c, n);
    fg_c_emit(c, FG_OPC_GETINDEX, 0, fg_c_reg(to), fg_c_reg(r), fg_c_reg(i));
    if (drop)
        fg_c_drop(c, r, 1);
    if (to != dst)
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(to), 0);
    c->fn->top = top;
}

void fg_c_call_native(fg_compiler *c, const fg_node *n, const fg_native *f,
                      fg_node *first, fg_node *second, int32_t dst)
{
    uint32_t top = c->fn->top, argc = second ? 2 : 1;
    int32_t a = fg_c_call_base(c, dst, 1 + argc);
    fg_c_expr(c, first, a + 1);
    if (second)
        fg_c_expr(c, second, a + 2);
    fg_c_at(c, n);
    fg_c_emit32(c, FG_OPC_CALLN, argc, fg_c_reg(a), fg_c_near(c, fg_native_value(f)));
    if (dst != a)
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(a), 0);
    c->fn->top = top;
}

static void output(fg_compiler *c, fg_node *n, int32_t dst)
{
    const fg_native *f = n->op == FG_OP_SAY    ? c->lib->say
                         : n->op == FG_OP_YELL ? c->lib->yell
                                               : c->lib->whisper;
    fg_c_call_native(c, n, f, n->a, NULL, dst);
}

static void check(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top;
    int32_t a = fg_c_temps(c, 3);
    fg_c_expr(c, n->a, a);
    if (n->b)
        fg_c_expr(c, n->b, a + 1);
    if (n->c)
        fg_c_expr(c, n->c, a + 2);
    fg_c_at(c, n);
    fg_c_emit(c, FG_OPC_CHECK, n->op, fg_c_reg(a), fg_c_reg(a + 1), fg_c_reg(a + 2));
    fg_c_null(c, dst);
    c->fn->top = top;
}

static bool literal(fg_compiler *c, fg_node *n, int32_t dst)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_INT: fg_c_loadk(c, dst, fg_int(n->num.i)); return true;
    case FG_N_FLOAT: fg_c_loadk(c, dst, fg_float(n->num.f)); return true;
    case FG_N_STRING:
        fg_c_loadk(c, dst, n->info ? fg_string_value(n->info) : fg_c_strv(c, n->name));
        return true;
    case FG_N_TRUE: fg_c_emit(c, FG_OPC_LOADBOOL, 1, fg_c_reg(dst), 0, 0); return true;
    case FG_N_FALSE: fg_c_emit(c, FG_OPC_LOADBOOL, 0, fg_c_reg(dst), 0, 0); return true;
    case FG_N_NULL: fg_c_null(c, dst); return true;
    case FG_N_INTERP: gathered(c, n, FG_OPC_CONCAT, dst); return true;
    case FG_N_ARRAY: array(c, n, dst); return true;
    case FG_N_TUPLE: gathered(c, n, FG_OPC_NEWTUPLE, dst); return true;
    case FG_N_OBJECT: object(c, n, dst); return true;
    case FG_N_STRUCT_LIT: fg_c_struct_lit(c, n, dst); return true;
    case FG_N_LAMBDA: fg_c_function(c, n, dst); return true;
    default: return false;
    }
}

static bool operation(fg_compiler *c, fg_node *n, int32_t dst)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_NAME: fg_c_load_ref(c, fg_c_name_ref(n), n->name, dst); return true;
    case FG_N_UNARY: unary(c, n, dst); return true;
    case FG_N_BINARY: binary(c, n, dst); return true;
    case FG_N_AND:
    case FG_N_OR: logic(c, n, dst); return true;
    case FG_N_CALL: fg_c_call(c, n, dst); return true;
    case FG_N_PIPE: fg_c_pipe(c, n, dst); return true;
    case FG_N_WHERE: fg_c_where(c, n, dst); return true;
    case FG_N_CHAIN: fg_c_chain(c, n, dst); return true;
    case FG_N_FIELD: field(c, n, dst); return true;
    case FG_N_INDEX: index_expr(c, n, dst); return true;
    case FG_N_TRY_OP: fg_c_try_op(c, n, dst); return true;
    case FG_N_SPAWN: fg_c_spawn(c, n, dst); return true;
    case FG_N_SQUAD: fg_c_squad(c, n, dst); return true;
    case FG_N_MUST: one_operand(c, n, FG_OPC_MUST, 0, dst); return true;
    case FG_N_FREEZE: one_operand(c, n, FG_OPC_FREEZE, 0, dst); return true;
    case FG_N_AWAIT: one_operand(c, n, FG_OPC_AWAIT, 0, dst); return true;
    case FG_N_IF: fg_c_if(c, n, dst); return true;
    case FG_N_MATCH: fg_c_match(c, n, dst); return true;
    case FG_N_WHEN: fg_c_when(c, n, dst); return true;
    case FG_N_BLOCK: fg_c_block(c, n, dst); return true;
    case FG_N_SAFE:
    case FG_N_TRY: fg_c_try(c, n, dst); return true;
    case FG_N_OUTPUT: output(c, n, dst); return true;
    case FG_N_ASK:
        c->lib->expect(FG_SLICE("ask"));
        fg_c_call_native(c, n, c->lib->ask, n->a, NULL, dst);
        return true;
    case FG_N_CHECK: check(c, n, dst); return true;
    default: return false;
    }
}

void fg_c_expr(fg_compiler *c, fg_node *n, int32_t dst)
{
    if (!fg_c_ok(c))
        return;
    fg_span outer = c->span;
    fg_c_at(c, n);
    if (!literal(c, n, dst) && !operation(c, n, dst)) {
        if (n->kind == FG_N_SPREAD)
            fg_c_error(c, n, "'...' is only possible in arrays, objects and calls");
        else
            fg_c_stmt(c, n, dst); /* a statement where a value may stand, e.g. an arm */
    }
    c->span = outer;
}
