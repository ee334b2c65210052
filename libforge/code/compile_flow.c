// SPDX-License-Identifier: Apache-2.0
/* Conditions, branches, matching, loops, protected blocks. */
#include "code/compiler.h"

#include "value/string.h"

#include <stdlib.h>

void fg_c_jumps_add(fg_compiler *c, fg_jumps *j, uint32_t at)
{
    if (fg_c_grow(c, &j->at, j->n, &j->cap, sizeof(uint32_t)))
        j->at[j->n++] = at;
}

void fg_c_jumps_here(fg_compiler *c, fg_jumps *j)
{
    for (uint32_t i = 0; i < j->n; i++)
        fg_c_patch(c, j->at[i]);
    free(j->at);
    *j = (fg_jumps){ 0 };
}

static void jumps_to(fg_compiler *c, uint32_t *at, uint32_t n, uint32_t target)
{
    for (uint32_t i = 0; i < n; i++)
        fg_c_patch_to(c, at[i], target);
}

/* ---- conditions --------------------------------------------------------------------------- */

/* Jump opcodes of a comparison: when it holds, when it does not; against a constant. */
static const struct {
    uint8_t yes, no, yes_k, no_k;
} compare[] = {
    [FG_OP_LT] = { FG_OPC_JLT, FG_OPC_JNLT, FG_OPC_JLTK, FG_OPC_JNLTK },
    [FG_OP_LE] = { FG_OPC_JLE, FG_OPC_JNLE, FG_OPC_JLEK, FG_OPC_JNLEK },
    [FG_OP_GT] = { FG_OPC_JGT, FG_OPC_JNGT, FG_OPC_JGTK, FG_OPC_JNGTK },
    [FG_OP_GE] = { FG_OPC_JGE, FG_OPC_JNGE, FG_OPC_JGEK, FG_OPC_JNGEK },
    [FG_OP_EQ] = { FG_OPC_JEQ, FG_OPC_JNE, FG_OPC_JEQK, FG_OPC_JNEK },
    [FG_OP_NE] = { FG_OPC_JNE, FG_OPC_JEQ, FG_OPC_JNEK, FG_OPC_JEQK },
};

static bool constant(fg_compiler *c, const fg_node *n, fg_value *k)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_INT: *k = fg_int(n->num.i); return true;
    case FG_N_FLOAT: *k = fg_float(n->num.f); return true;
    case FG_N_STRING: *k = fg_c_strv(c, n->name); return true;
    case FG_N_TRUE: *k = fg_bool(true); return true;
    case FG_N_FALSE: *k = fg_bool(false); return true;
    case FG_N_NULL: *k = fg_null(); return true;
    default: return false;
    }
}

static void cond_compare(fg_compiler *c, fg_node *n, bool sense, fg_jumps *out)
{
    uint32_t top = c->fn->top;
    bool drop;
    int32_t left = fg_c_operand(c, n->a, n->b->flags, &drop);
    fg_value k;
    uint32_t at;
    if (constant(c, n->b, &k)) {
        fg_c_at(c, n);
        at = fg_c_emit(c, sense ? compare[n->op].yes_k : compare[n->op].no_k, 0,
                       fg_c_reg(left), fg_c_near(c, k), 0);
    } else {
        int32_t right = fg_c_any(c, n->b);
        fg_c_at(c, n);
        if (drop) { /* the comparison itself cannot run code: release before it jumps */
            fg_c_drop(c, left, 1);
        }
        at = fg_c_emit(c, sense ? compare[n->op].yes : compare[n->op].no, 0,
                       fg_c_reg(left), fg_c_reg(right), 0);
    }
    fg_c_jumps_add(c, out, at);
    c->fn->top = top;
}

void fg_c_cond(fg_compiler *c, fg_node *n, bool sense, fg_jumps *out)
{
    if (!fg_c_ok(c))
        return;
    fg_c_at(c, n);
    if (n->kind == FG_N_UNARY && n->op == FG_OP_NOT) {
        fg_c_cond(c, n->a, !sense, out);
        return;
    }
    if (n->kind == FG_N_BINARY && n->op >= FG_OP_EQ && n->op <= FG_OP_GE) {
        cond_compare(c, n, sense, out);
        return;
    }
    if (n->kind == FG_N_AND || n->kind == FG_N_OR) {
        bool jumps_early = (n->kind == FG_N_OR) == sense;
        if (jumps_early) {
            fg_c_cond(c, n->a, sense, out);
            fg_c_cond(c, n->b, sense, out);
            return;
        }
        fg_jumps skip = { 0 };
        fg_c_cond(c, n->a, !sense, &skip);
        fg_c_cond(c, n->b, sense, out);
        fg_c_jumps_here(c, &skip);
        return;
    }
    uint32_t top = c->fn->top;
    int32_t r = fg_c_any(c, n);
    fg_c_jumps_add(c, out,
                   fg_c_emit32(c, sense ? FG_OPC_JT : FG_OPC_JF, 0, fg_c_reg(r), 0));
    c->fn->top = top;
}

/* ---- if, when ------------------------------------------------------------------------------ */

void fg_c_if(fg_compiler *c, fg_node *n, int32_t dst)
{
    fg_jumps ends = { 0 };
    for (;;) { /* else-if chains may be long: no recursion */
        fg_jumps no = { 0 };
        fg_c_cond(c, n->a, false, &no);
        fg_c_block(c, n->b, dst);
        if (n->c || dst >= 0)
            fg_c_jumps_add(c, &ends, fg_c_jump(c));
        fg_c_jumps_here(c, &no);
        if (!n->c || n->c->kind != FG_N_IF || !fg_c_ok(c))
            break;
        n = n->c;
        fg_c_at(c, n);
    }
    if (n->c && n->c->kind != FG_N_IF)
        fg_c_block(c, n->c, dst);
    else if (dst >= 0)
        fg_c_null(c, dst);
    fg_c_jumps_here(c, &ends);
}

void fg_c_when(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top;
    uint32_t flags = 0;
    for (uint32_t i = 0; i < n->list.n; i++)
        flags |= n->list.at[i]->flags;
    bool drop;
    int32_t s = fg_c_operand(c, n->a, flags, &drop);
    int32_t t = fg_c_temp(c), to = dst >= 0 ? dst : fg_c_temp(c);
    bool total = false;
    fg_jumps ends = { 0 };
    for (uint32_t i = 0; i < n->list.n && !total; i++) {
        fg_node *arm = n->list.at[i];
        uint32_t inner = c->fn->top, no = 0;
        total = arm->a == NULL;
        if (!total) {
            int32_t v = fg_c_any(c, arm->a);
            fg_c_at(c, arm);
            fg_c_emit(c, FG_OPC_WHENOP, arm->op, fg_c_reg(t), fg_c_reg(s), fg_c_reg(v));
            no = fg_c_emit32(c, FG_OPC_JF, 0, fg_c_reg(t), 0);
        }
        fg_c_expr(c, arm->b, to);
        fg_c_jumps_add(c, &ends, fg_c_jump(c));
        if (!total)
            fg_c_patch(c, no);
        c->fn->top = inner;
    }
    if (!total)
        fg_c_null(c, to);
    fg_c_jumps_here(c, &ends);
    if (drop)
        fg_c_drop(c, s, 1);
    c->fn->top = top;
}

/* ---- match ------------------------------------------------------------------------------- */

static uint64_t wrapper_of(fg_slice name)
{
    if (fg_slice_eq(name, FG_SLICE("Ok")))
        return FG_WRAP_OK;
    if (fg_slice_eq(name, FG_SLICE("Err")))
        return FG_WRAP_ERR;
    if (fg_slice_eq(name, FG_SLICE("Some")))
        return FG_WRAP_SOME;
    return 0;
}

static void pattern_tests(fg_compiler *c, fg_node *p, int32_t s, fg_jumps *no);

static void variant_tests(fg_compiler *c, fg_node *p, int32_t s, fg_jumps *no)
{
    uint64_t wrap = wrapper_of(p->name);
    if (wrap) {
        fg_c_jumps_add(c, no,
                       fg_c_emit32(c, FG_OPC_JNWRAP, (uint32_t)(wrap >> FG_WRAP_SHIFT),
                                   fg_c_reg(s), 0));
        if (p->list.n == 0)
            return;
        int32_t inner = fg_c_temp(c);
        fg_c_emit(c, FG_OPC_UNWRAP, 0, fg_c_reg(inner), fg_c_reg(s), 0);
        pattern_tests(c, p->list.at[0], inner, no);
        return;
    }
    fg_c_jumps_add(c, no,
                   fg_c_emit(c, FG_OPC_JNVARIANT, p->list.n, fg_c_reg(s),
                             fg_c_near(c, fg_c_strv(c, p->name)), 0));
    for (uint32_t i = 0; i < p->list.n; i++) {
        int32_t part = fg_c_temp(c);
        fg_c_emit(c, FG_OPC_PAYLOAD, 0, fg_c_reg(part), fg_c_reg(s), i);
        pattern_tests(c, p->list.at[i], part, no);
    }
}

static bool binds(const fg_node *p)
{
    if (p->kind == FG_N_PAT_NAME)
        return p->info != NULL;
    for (uint32_t i = 0; i < p->list.n; i++)
        if (binds(p->list.at[i]))
            return true;
    return false;
}

static void alternatives(fg_compiler *c, fg_node *p, int32_t s, fg_jumps *no)
{
    fg_jumps yes = { 0 };
    if (binds(p)) {
        fg_c_error(c, p, "alternatives of a pattern cannot bind names");
        return;
    }
    for (uint32_t i = 0; i < p->list.n; i++) {
        bool last = i + 1 == p->list.n;
        fg_jumps next = { 0 };
        pattern_tests(c, p->list.at[i], s, last ? no : &next);
        if (!last)
            fg_c_jumps_add(c, &yes, fg_c_jump(c));
        fg_c_jumps_here(c, &next);
    }
    fg_c_jumps_here(c, &yes);
}

/* Emits jumps to `no` unless the value in s matches; registers of parts stay taken, and
 * num.i of a binding remembers where its value is. */
static void pattern_tests(fg_compiler *c, fg_node *p, int32_t s, fg_jumps *no)
{
    fg_value k;
    switch ((fg_node_kind)p->kind) {
    case FG_N_PAT_ANY: return;
    case FG_N_PAT_NAME:
        p->num.i = s;
        if (fg_slice_eq(p->name, FG_SLICE("None")))
            fg_c_jumps_add(c, no, fg_c_emit32(c, FG_OPC_JNNONE, 0, fg_c_reg(s), 0));
        else if (!p->info)
            fg_c_jumps_add(c, no,
                           fg_c_emit(c, FG_OPC_JNVARIANT, 0, fg_c_reg(s),
                                     fg_c_near(c, fg_c_strv(c, p->name)), 0));
        return;
    case FG_N_PAT_VARIANT: variant_tests(c, p, s, no); return;
    case FG_N_PAT_VALUE:
        if (constant(c, p->a, &k))
            fg_c_jumps_add(
                c, no, fg_c_emit(c, FG_OPC_JNEK, 0, fg_c_reg(s), fg_c_near(c, k), 0));
        return;
    case FG_N_PAT_OR: alternatives(c, p, s, no); return;
    default: fg_c_error(c, p, "expected pattern");
    }
}

static void pattern_bind(fg_compiler *c, fg_node *p)
{
    if (p->kind == FG_N_PAT_NAME && p->info)
        fg_c_define(c, p->info, (int32_t)p->num.i);
    for (uint32_t i = 0; i < p->list.n; i++)
        pattern_bind(c, p->list.at[i]);
}

/* Names that top-level patterns mention; false if some arm takes anything, or None: then
 * the match is about more than the variants of one type. */
static bool mentioned(const fg_node *p, bool guarded, fg_slice *names, uint32_t *n,
                      uint32_t max)
{
    if (p->kind == FG_N_PAT_ANY || (p->kind == FG_N_PAT_NAME && p->info))
        return guarded;
    if (p->kind == FG_N_PAT_NAME && fg_slice_eq(p->name, FG_SLICE("None")))
        return guarded;
    if (p->kind == FG_N_PAT_OR) {
        for (uint32_t i = 0; i < p->list.n; i++)
            if (!mentioned(p->list.at[i], guarded, names, n, max))
                return false;
        return true;
    }
    if (!guarded && p->name.n && *n < max)
        names[(*n)++] = p->name;
    return true;
}

/* Exhaustiveness is checked at run time, before any arm is tried. */
static void exhaust(fg_compiler *c, fg_node *n, int32_t s)
{
    enum { MAX = 512 };
    fg_slice *names = fg_arena_get(c->arena, sizeof(fg_slice) * MAX);
    uint32_t count = 0;
    if (!names) {
        fg_c_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < n->list.n; i++)
        if (!mentioned(n->list.at[i]->a, n->list.at[i]->c != NULL, names, &count, MAX))
            return;
    fg_tuple *t = fg_region_get(c->region, sizeof *t + sizeof(fg_value) * count);
    if (!t) {
        fg_c_nomem(c);
        return;
    }
    t->h.kind = FG_TUPLE;
    t->h.flags = FG_F_FROZEN;
    t->len = count;
    for (uint32_t i = 0; i < count; i++)
        t->v[i] = fg_c_strv(c, names[i]);
    fg_c_at(c, n);
    fg_c_emit32(c, FG_OPC_EXHAUST, 0, fg_c_reg(s), fg_c_near(c, fg_obj_value(t)));
}

static void arm(fg_compiler *c, fg_node *a, int32_t s, int32_t dst, fg_jumps *ends)
{
    uint32_t top = c->fn->top;
    fg_jumps no = { 0 }, guard = { 0 };
    fg_scope *scope = a->info;
    fg_c_enter(c, scope);
    pattern_tests(c, a->a, s, &no);
    pattern_bind(c, a->a);
    if (a->c)
        fg_c_cond(c, a->c, false, &guard);
    if (a->b->kind == FG_N_BLOCK)
        fg_c_block(c, a->b, dst);
    else
        fg_c_stmt(c, a->b, dst);
    if (guard.n) { /* bindings are released on both ways out */
        fg_c_drop_to(c, scope->parent);
        fg_c_jumps_add(c, ends, fg_c_jump(c));
        fg_c_jumps_here(c, &guard);
        fg_c_leave(c, scope);
    } else {
        fg_c_leave(c, scope);
        fg_c_jumps_add(c, ends, fg_c_jump(c));
    }
    fg_c_jumps_here(c, &no);
    c->fn->top = top;
}

void fg_c_match(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top, flags = 0;
    fg_jumps ends = { 0 };
    bool drop;
    for (uint32_t i = 0; i < n->list.n; i++)
        if (n->list.at[i]->c)
            flags |= n->list.at[i]->c->flags;
    int32_t s = fg_c_operand(c, n->a, flags, &drop);
    exhaust(c, n, s);
    for (uint32_t i = 0; i < n->list.n && fg_c_ok(c); i++)
        arm(c, n->list.at[i], s, dst, &ends);
    fg_c_at(c, n);
    fg_c_emit32(c, FG_OPC_RAISE, FG_RAISE_NO_MATCH, fg_c_reg(s),
                fg_c_near(c, fg_c_strv(c, FG_SLICE(""))));
    fg_c_jumps_here(c, &ends);
    if (drop)
        fg_c_drop(c, s, 1);
    c->fn->top = top;
}

/* ---- loops ------------------------------------------------------------------------------- */

static void loop_begin(fg_compiler *c, fg_loop *l)
{
    *l = (fg_loop){ .parent = c->fn->loop, .scope = c->fn->inner };
    c->fn->loop = l;
}

static void loop_end(fg_compiler *c, fg_loop *l, uint32_t again)
{
    jumps_to(c, l->continues, l->ncontinues, again);
    jumps_to(c, l->breaks, l->nbreaks, c->fn->ncode);
    free(l->breaks);
    free(l->continues);
    c->fn->loop = l->parent;
}

static void add_to(fg_compiler *c, uint32_t **list, uint32_t *n, uint32_t at)
{
    uint32_t *more = realloc(*list, sizeof(uint32_t) * (*n + 1));
    if (!more) {
        fg_c_nomem(c);
        return;
    }
    *list = more;
    more[(*n)++] = at;
}

void fg_c_leave_loop(fg_compiler *c, fg_node *n)
{
    fg_loop *l = c->fn->loop;
    bool out = n->kind == FG_N_BREAK;
    if (l && fg_c_guarded_leave(c, n))
        return;
    if (!l && fg_c_at_top(c)) {
        fg_c_emit32(c, FG_OPC_RAISE, out ? FG_RAISE_BREAK : FG_RAISE_CONTINUE, 0,
                    fg_c_near(c, fg_c_strv(c, FG_SLICE(""))));
        return;
    }
    if (!l) { /* directly in a function it just ends the function */
        fg_c_return(c, -1);
        return;
    }
    fg_c_drop_to(c, l->scope);
    uint32_t at = out ? fg_c_jump(c) : fg_c_emit32(c, FG_OPC_LOOP, 0, 0, 0);
    if (out)
        add_to(c, &l->breaks, &l->nbreaks, at);
    else
        add_to(c, &l->continues, &l->ncontinues, at);
}

static void while_loop(fg_compiler *c, fg_node *n)
{
    fg_loop l;
    fg_jumps on = { 0 };
    loop_begin(c, &l);
    uint32_t first = n->kind == FG_N_WHILE ? fg_c_jump(c) : 0;
    uint32_t body = c->fn->ncode, again = body;
    fg_c_block(c, n->b, -1);
    if (n->kind == FG_N_WHILE) { /* behind the body: one jump a turn */
        fg_c_patch(c, first);
        again = c->fn->ncode;
        fg_c_cond(c, n->a, true, &on);
        jumps_to(c, on.at, on.n, body);
        free(on.at);
        fg_c_unroll(c, body);
    } else {
        fg_c_back(c, body);
    }
    loop_end(c, &l, again);
}

/* The loop variable: its register, or a cell made anew in each turn. */
static void loop_variable(fg_compiler *c, fg_var *v, int32_t raw)
{
    if (fg_c_is_cell(v)) {
        fg_c_emit(c, FG_OPC_NEWCELL, 0, fg_c_reg(fg_c_var_reg(c, v)), fg_c_reg(raw), 0);
    } else {
        v->reg = raw;
    }
    v->live = true;
}

static bool is_range_call(const fg_node *n)
{
    if (n->kind != FG_N_CALL || n->a->kind != FG_N_NAME || n->list.n < 1
        || n->list.n > 3)
        return false;
    const fg_ref *r = fg_c_name_ref(n->a);
    for (uint32_t i = 0; i < n->list.n; i++)
        if (n->list.at[i]->kind == FG_N_SPREAD)
            return false;
    return r && r->kind == FG_REF_BUILTIN && fg_slice_eq(n->a->name, FG_SLICE("range"));
}

/* Counted loop over r..r+3: current, limit, step, variable; by_one: the step is 1. */
static void counted_loop(fg_compiler *c, fg_node *n, int32_t r, bool by_one)
{
    fg_loop l;
    fg_scope *s = n->info;
    uint32_t prep = fg_c_emit32(c, FG_OPC_FORPREP, 0, fg_c_reg(r), 0);
    fg_c_enter(c, s);
    loop_begin(c, &l);
    uint32_t body = c->fn->ncode;
    loop_variable(c, s->first, r + 3);
    fg_c_block(c, n->b, -1);
    uint32_t again = c->fn->ncode;
    fg_opcode next = by_one && !s->first->assigned ? FG_OPC_UPTO : FG_OPC_FORLOOP;
    fg_c_patch_to(c, fg_c_emit32(c, next, 0, fg_c_reg(r), 0), body);
    fg_c_unroll(c, body);
    fg_c_patch(c, prep);
    loop_end(c, &l, again);
    s->first->live = false; /* ints: nothing to release */
    fg_c_leave(c, s);
}

static void range_loop(fg_compiler *c, fg_node *n)
{
    int32_t r = fg_c_temps(c, 4);
    const fg_list *args = &n->a->list;
    if (args->n == 1)
        fg_c_loadk(c, r, fg_int(0));
    else
        fg_c_expr(c, args->at[0], r);
    fg_c_expr(c, args->at[args->n == 1 ? 0 : 1], r + 1);
    if (args->n == 3)
        fg_c_expr(c, args->at[2], r + 2);
    else
        fg_c_loadk(c, r + 2, fg_int(1));
    fg_c_at(c, n->a);
    counted_loop(c, n, r, args->n < 3);
}

static void repeat_loop(fg_compiler *c, fg_node *n)
{
    int32_t r = fg_c_temps(c, 4);
    fg_c_loadk(c, r, fg_int(0));
    fg_c_expr(c, n->a, r + 1);
    fg_c_loadk(c, r + 2, fg_int(1));
    fg_c_at(c, n->a);
    counted_loop(c, n, r, true);
}

/* r: collection, r+1: position, r+2, r+3: variables.  The collection is counted by the
 * nameless variable of the loop's scope, so a body that writes it copies it first. */
static void each_loop(fg_compiler *c, fg_node *n)
{
    fg_loop l;
    fg_scope *s = n->info;
    int32_t r = fg_c_temps(c, 4);
    fg_var *walked = s->first;
    while (walked->name.n)
        walked = walked->next;
    fg_c_expr(c, n->a, r + 1);
    fg_c_at(c, n->a);
    fg_c_emit(c, FG_OPC_ITER, 0, fg_c_reg(r), fg_c_reg(r + 1), 0);
    fg_c_enter(c, s);
    walked->reg = r;
    walked->scalar = false;
    walked->live = true;
    loop_begin(c, &l);
    uint32_t first = fg_c_jump(c), body = c->fn->ncode;
    loop_variable(c, s->first, r + 2);
    if (n->name2.n && s->first->next != walked)
        loop_variable(c, s->first->next, r + 3);
    fg_c_block(c, n->b, -1);
    fg_c_at(c, n);
    fg_c_patch(c, first);
    uint32_t again = fg_c_emit32(c, FG_OPC_MORE, n->name2.n ? 2 : 1, fg_c_reg(r), 0);
    fg_c_patch_to(c, again, body);
    loop_end(c, &l, again);
    fg_c_leave(c, s);
}

void fg_c_loop(fg_compiler *c, fg_node *n)
{
    if (n->kind == FG_N_REPEAT)
        repeat_loop(c, n);
    else if (n->kind != FG_N_FOR)
        while_loop(c, n);
    else if (n->name2.n == 0 && is_range_call(n->a))
        range_loop(c, n);
    else
        each_loop(c, n);
}

/* ---- protected blocks ----------------------------------------------------------------------- */

void fg_c_try(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t from = c->fn->ncode;
    c->fn->tries++;
    fg_c_block(c, n->a, dst);
    c->fn->tries--;
    uint32_t to = c->fn->ncode, end = fg_c_jump(c);
    if (n->kind == FG_N_SAFE) {
        fg_c_handler(c, from, to, c->fn->ncode, FG_NO_REG);
        if (dst >= 0)
            fg_c_null(c, dst);
    } else {
        fg_scope *s = n->info;
        fg_c_enter(c, s);
        int32_t r = fg_c_is_cell(s->first) ? fg_c_temp(c) : fg_c_var_reg(c, s->first);
        fg_c_handler(c, from, to, c->fn->ncode, (uint32_t)r);
        fg_c_define(c, s->first, r);
        fg_c_block(c, n->b, dst);
        fg_c_leave(c, s);
    }
    fg_c_patch(c, end);
}

/* r: attempts made, r+1: attempts allowed. */
void fg_c_retry(fg_compiler *c, fg_node *n)
{
    int32_t r = fg_c_temps(c, 2);
    fg_c_expr(c, n->a, r + 1);
    fg_c_at(c, n);
    fg_c_emit(c, FG_OPC_RETRY, 0, fg_c_reg(r), 0, 0);
    uint32_t again = c->fn->ncode;
    c->fn->tries++;
    fg_c_block(c, n->b, -1);
    c->fn->tries--;
    uint32_t to = c->fn->ncode, end = fg_c_jump(c);
    fg_c_handler(c, again, to, c->fn->ncode, FG_NO_REG);
    fg_c_at(c, n);
    fg_c_emit(c, FG_OPC_RETRY, 1, fg_c_reg(r), 0, 0);
    fg_c_back(c, again);
    fg_c_patch(c, end);
}
