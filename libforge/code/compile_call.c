// SPDX-License-Identifier: Apache-2.0
/* Calls.  The arguments are evaluated into the registers behind the result's, which
 * become the callee's first registers; an argument that must be counted while later ones
 * run is first kept in a register below. */
#include "code/compiler.h"

#include "value/string.h"

#define MAX_DIRECT 200u /* more arguments go through an array */

static bool spreads(const fg_list *l)
{
    if (l->n > MAX_DIRECT)
        return true;
    for (uint32_t i = 0; i < l->n; i++)
        if (l->at[i]->kind == FG_N_SPREAD)
            return true;
    return false;
}

/* Registers below the call for arguments that must be held. */
typedef struct held_args {
    int32_t base;
    uint32_t n;
} held_args;

static held_args reserve_held(fg_compiler *c, const fg_list *l, fg_node *receiver)
{
    held_args h = { 0, 0 };
    if (receiver && fg_c_needs_hold(receiver, fg_c_flags_from(l, 0)))
        h.n++;
    for (uint32_t i = 0; i < l->n; i++)
        if (fg_c_needs_hold(l->at[i], fg_c_flags_from(l, i + 1)))
            h.n++;
    if (h.n)
        h.base = fg_c_temps(c, h.n);
    h.n = 0;
    return h;
}

static void argument(fg_compiler *c, held_args *h, fg_node *e, uint32_t rest,
                     int32_t to)
{
    uint32_t top = c->fn->top;
    if (fg_c_needs_hold(e, rest)) {
        int32_t r = h->base + (int32_t)h->n++;
        fg_c_held(c, e, rest, r);
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(to), fg_c_reg(r), 0);
    } else {
        fg_c_expr(c, e, to);
    }
    c->fn->top = top;
}

static void arguments(fg_compiler *c, held_args *h, const fg_list *l, int32_t first)
{
    for (uint32_t i = 0; i < l->n && fg_c_ok(c); i++)
        argument(c, h, l->at[i], fg_c_flags_from(l, i + 1), first + (int32_t)i);
}

/* n registers for a call whose result goes to dst: dst and those behind it if dst is the
 * newest register, which saves moving the result. */
int32_t fg_c_call_base(fg_compiler *c, int32_t dst, uint32_t n)
{
    if ((uint32_t)dst + 1 != c->fn->top)
        return fg_c_temps(c, n);
    fg_c_temps(c, n - 1);
    return dst;
}

static void finish(fg_compiler *c, const held_args *h, int32_t a, int32_t dst)
{
    if (h->n)
        fg_c_drop(c, h->base, h->n);
    if (dst != a)
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(a), 0);
}

/* The arguments as one temporary array. */
static int32_t argument_array(fg_compiler *c, const fg_list *l)
{
    fg_node array = { .kind = FG_N_ARRAY, .list = *l };
    int32_t r = fg_c_temp(c);
    array.start = c->span.start;
    array.end = c->span.end;
    fg_c_expr(c, &array, r);
    return r;
}

/* The native that a callee certainly is, or NULL. */
static const fg_native *known_native(const fg_node *callee)
{
    if (callee->kind == FG_N_NAME) {
        const fg_ref *r = fg_c_name_ref(callee);
        bool known = r && (r->kind == FG_REF_BUILTIN || r->kind == FG_REF_MODULE);
        return known ? r->native : NULL;
    }
    const fg_ref *r = callee->kind == FG_N_FIELD && callee->a->kind == FG_N_NAME
                          ? fg_c_name_ref(callee->a)
                          : NULL;
    if (!r || r->kind != FG_REF_MODULE)
        return NULL;
    const fg_member *m = fg_module_member(r->module, callee->name);
    return m && m->native.fn ? &m->native : NULL;
}

/* What is called, in a register. */
static void callee(fg_compiler *c, fg_node *e, int32_t dst)
{
    const fg_native *native = known_native(e);
    if (native)
        fg_c_loadk(c, dst, fg_native_value(native));
    else
        fg_c_expr(c, e, dst);
}

static void call_spread(fg_compiler *c, fg_node *n, int32_t dst)
{
    int32_t a = fg_c_temps(c, 2);
    if (n->a->kind == FG_N_FIELD) {
        bool drop = fg_c_held(c, n->a->a, fg_c_flags_from(&n->list, 0), a + 1);
        int32_t args = argument_array(c, &n->list);
        fg_c_emit(c, FG_OPC_CALLMV, 0, fg_c_reg(a),
                  fg_c_near(c, fg_c_strv(c, n->a->name)), fg_c_reg(args));
        if (drop)
            fg_c_drop(c, a + 1, 1);
    } else {
        callee(c, n->a, a);
        int32_t args = argument_array(c, &n->list);
        fg_c_emit(c, FG_OPC_CALLV, 0, fg_c_reg(a), fg_c_reg(args), 0);
    }
    if (dst != a)
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(a), 0);
}

static void call_method(fg_compiler *c, fg_node *n, int32_t dst)
{
    fg_node *f = n->a;
    held_args h = reserve_held(c, &n->list, f->a);
    int32_t a = fg_c_call_base(c, dst, 2 + n->list.n);
    argument(c, &h, f->a, fg_c_flags_from(&n->list, 0), a + 1);
    arguments(c, &h, &n->list, a + 2);
    int32_t m = c->lib->method(f->name);
    fg_c_at(c, n);
    fg_c_emit(c, FG_OPC_CALLM, n->list.n, fg_c_reg(a),
              fg_c_near(c, fg_c_strv(c, f->name)),
              m < 0 ? FG_METHOD_NONE : (uint32_t)m);
    finish(c, &h, a, dst);
}

/* May the callee be read from its global when the arguments are there?  Not if they may
 * assign another function to it. */
static bool calls_global(const fg_node *n)
{
    const fg_ref *r = n->a->kind == FG_N_NAME ? fg_c_name_ref(n->a) : NULL;
    if (!r || r->kind != FG_REF_GLOBAL)
        return false;
    return !r->var->assigned
           || !(fg_c_flags_from(&n->list, 0) & (FG_NF_RUNS | FG_NF_ASSIGNS));
}

static void call_plain(fg_compiler *c, fg_node *n, int32_t dst)
{
    held_args h = reserve_held(c, &n->list, NULL);
    int32_t a = fg_c_call_base(c, dst, 1 + n->list.n);
    const fg_native *native = known_native(n->a);
    bool global = calls_global(n);
    if (!native && !global)
        fg_c_expr(c, n->a, a);
    arguments(c, &h, &n->list, a + 1);
    fg_c_at(c, n);
    if (native)
        fg_c_emit32(c, FG_OPC_CALLN, n->list.n, fg_c_reg(a),
                    fg_c_near(c, fg_native_value(native)));
    else if (global)
        fg_c_emit32(c, FG_OPC_CALLG, n->list.n, fg_c_reg(a),
                    fg_c_name_ref(n->a)->var->global);
    else
        fg_c_emit(c, FG_OPC_CALL, 0, fg_c_reg(a), 0, n->list.n);
    finish(c, &h, a, dst);
}

void fg_c_call(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top;
    int which;
    fg_node *arg, *receiver;
    if (fg_c_inplace(n, &which, &arg, &receiver))
        fg_c_inplace_call(c, n, dst);
    else if (spreads(&n->list))
        call_spread(c, n, dst);
    else if (n->a->kind == FG_N_FIELD && !known_native(n->a))
        call_method(c, n, dst);
    else
        call_plain(c, n, dst);
    c->fn->top = top;
}

/* r = f(r) */
void fg_c_apply(fg_compiler *c, fg_node *f, int32_t r)
{
    uint32_t top = c->fn->top;
    bool hold = (f->flags & (FG_NF_RUNS | FG_NF_ASSIGNS)) != 0;
    int32_t kept = hold ? fg_c_temp(c) : r;
    if (hold)
        fg_c_emit(c, FG_OPC_INITC, 0, fg_c_reg(kept), fg_c_reg(r), 0);
    int32_t a = fg_c_temps(c, 2);
    callee(c, f, a);
    fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(a + 1), fg_c_reg(kept), 0);
    fg_c_at(c, f);
    fg_c_emit(c, FG_OPC_CALL, 0, fg_c_reg(a), 0, 1);
    if (hold)
        fg_c_drop(c, kept, 1);
    fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(r), fg_c_reg(a), 0);
    c->fn->top = top;
}

/* v |> f: the value first, then the function. */
void fg_c_pipe(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top;
    int32_t r = fg_c_temp(c);
    fg_c_expr(c, n->a, r);
    fg_c_apply(c, n->b, r);
    fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(r), 0);
    c->fn->top = top;
}
