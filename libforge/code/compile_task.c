// SPDX-License-Identifier: Apache-2.0
/* Tasks: spawn, schedule, watch, squad, timeout, and the ? that may leave them. */
#include "code/compiler.h"

#include "value/string.h"

#include <stdlib.h>

/* ---- bodies that run as tasks --------------------------------------------------------- */

static fg_fn *task_body(fg_compiler *c, fg_node *n, fg_slice name)
{
    const fg_scope *s = n->b->info;
    s->fn->task = true;
    c->has_tasks = true;
    return fg_c_body(c, n, name);
}

void fg_c_spawn(fg_compiler *c, fg_node *n, int32_t dst)
{
    fg_fn *fn = task_body(c, n, FG_SLICE("<spawn>"));
    if (fn)
        fg_c_closure(c, n, fn, FG_OPC_SPAWN, dst);
}

void fg_c_later(fg_compiler *c, fg_node *n)
{
    bool watch = n->kind == FG_N_WATCH;
    int32_t r = fg_c_temps(c, 2);
    fg_c_expr(c, n->a, r);
    if (watch)
        fg_c_null(c, r + 1);
    else
        fg_c_loadk(c, r + 1, fg_int(n->num.i));
    fg_fn *fn = task_body(c, n, watch ? FG_SLICE("<watch>") : FG_SLICE("<schedule>"));
    if (fn)
        fg_c_closure(c, n, fn, FG_OPC_LATER, r);
}

/* ---- blocks that must be ended --------------------------------------------------------- */

static void guard_begin(fg_compiler *c, fg_guard *g)
{
    *g = (fg_guard){ .parent = c->fn->guard,
                     .scope = c->fn->inner,
                     .loop = c->fn->loop,
                     .value = fg_c_temp(c) };
    c->fn->guard = g;
}

/* Leaves for one of the jumps behind the block; r: value to take along, -1: null. */
static void leave_guard(fg_compiler *c, fg_guard *g, int32_t r, fg_jumps *to)
{
    if (r >= 0)
        fg_c_emit(c, FG_OPC_INITC, 0, fg_c_reg(g->value), fg_c_reg(r), 0);
    else
        fg_c_null(c, g->value);
    fg_c_drop_to(c, g->scope);
    fg_c_jumps_add(c, to, fg_c_jump(c));
}

bool fg_c_guarded_return(fg_compiler *c, int32_t r)
{
    fg_guard *g = c->fn->guard;
    if (g)
        leave_guard(c, g, r, &g->returns);
    return g != NULL;
}

bool fg_c_guarded_leave(fg_compiler *c, const fg_node *n)
{
    fg_guard *g = c->fn->guard;
    if (!g || g->loop != c->fn->loop)
        return false;
    leave_guard(c, g, -1, n->kind == FG_N_BREAK ? &g->breaks : &g->continues);
    return true;
}

void fg_c_try_op(fg_compiler *c, fg_node *n, int32_t dst)
{
    bool raises = c->fn->tries > 0 || fg_c_at_top(c) || c->fn->task;
    fg_guard *g = c->fn->guard;
    uint32_t top = c->fn->top;
    int32_t r = fg_c_any(c, n->a);
    if (g && !raises) { /* an Err returns from the function: by way of the guard */
        uint32_t fine =
            fg_c_emit32(c, FG_OPC_JNWRAP, FG_WRAP_ERR >> FG_WRAP_SHIFT, fg_c_reg(r), 0);
        leave_guard(c, g, r, &g->failures);
        fg_c_patch(c, fine);
    }
    fg_c_emit(c, FG_OPC_TRYOP, raises, fg_c_reg(dst), fg_c_reg(r), 0);
    c->fn->top = top;
}

/* What ends a block: op with this aux in register r. */
typedef struct ending {
    fg_opcode op;
    uint32_t end, abandon, failed;
    int32_t r;
} ending;

static void end_block(fg_compiler *c, const ending *e, uint32_t aux)
{
    fg_c_emit(c, e->op, aux, fg_c_reg(e->r), 0, 0);
}

static void return_behind(fg_compiler *c, fg_guard *g, fg_jumps *from, const ending *e,
                          uint32_t aux)
{
    if (from->n == 0)
        return;
    fg_c_jumps_here(c, from);
    end_block(c, e, aux);
    int32_t r = fg_c_temp(c);
    fg_c_emit(c, FG_OPC_TAKE, 0, fg_c_reg(r), fg_c_reg(g->value), 0);
    fg_c_return(c, r);
}

static void loop_behind(fg_compiler *c, fg_jumps *from, const ending *e,
                        fg_node_kind kind)
{
    fg_node n = { .kind = (uint8_t)kind };
    if (from->n == 0)
        return;
    fg_c_jumps_here(c, from);
    end_block(c, e, e->end);
    fg_c_leave_loop(c, &n);
}

/* The block and every way out of it.  What is protected begins with the instruction
 * before it, which begins it: a loop may go back to the block's first instruction, and an
 * error found there counts as the one before. */
static void guarded(fg_compiler *c, fg_node *block, const ending *e)
{
    fg_guard g;
    fg_span outer = c->span;
    uint32_t from = c->fn->ncode - 1;
    guard_begin(c, &g);
    fg_c_block(c, block, -1);
    uint32_t to = c->fn->ncode;
    c->fn->guard = g.parent;
    c->span = outer;
    end_block(c, e, e->end);
    uint32_t end = fg_c_jump(c);
    fg_c_handler(c, from, to, c->fn->ncode, FG_CLEAN_UP);
    end_block(c, e, e->failed);
    return_behind(c, &g, &g.returns, e, e->end);
    return_behind(c, &g, &g.failures, e, e->abandon);
    loop_behind(c, &g.breaks, e, FG_N_BREAK);
    loop_behind(c, &g.continues, e, FG_N_CONTINUE);
    fg_c_patch(c, end);
}

void fg_c_squad(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top;
    ending e = { FG_OPC_SQUAD, FG_SQUAD_END, FG_SQUAD_ABANDON, FG_SQUAD_FAILED,
                 fg_c_temp(c) };
    fg_c_emit(c, FG_OPC_SQUAD, FG_SQUAD_BEGIN, fg_c_reg(e.r), 0, 0);
    guarded(c, n->a, &e);
    if (dst >= 0)
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(e.r), 0);
    c->fn->top = top;
}

void fg_c_timeout(fg_compiler *c, fg_node *n)
{
    ending e = { FG_OPC_TIMEOUT, FG_TIMEOUT_END, FG_TIMEOUT_END, FG_TIMEOUT_FAILED,
                 fg_c_temps(c, 3) };
    fg_c_expr(c, n->a, e.r + 2);
    fg_c_at(c, n);
    fg_c_emit32(c, FG_OPC_TIMEOUT, FG_TIMEOUT_BEGIN, fg_c_reg(e.r),
                fg_c_near(c, fg_int(n->num.i)));
    guarded(c, n->b, &e);
}

/* ---- what a task may touch --------------------------------------------------------------
 *
 * A task gets copies of the globals that its body, or a function that runs in its world,
 * mentions: functions named at the top level and methods do, lambdas stay where they were
 * made.  The others need no copy, so that what only the spawning task uses – often the
 * array of handles – remains the sole reference to its value. */

typedef uint8_t bits;

static void mention(bits *set, uint32_t global) { set[global / 8] |= 1u << global % 8; }

static void mention_name(fg_compiler *c, bits *set, const fg_value *name)
{
    const fg_var *v = fg_c_find(c->globals, fg_string_slice(name->as.str));
    if (v)
        mention(set, v->global);
}

static void mentions(fg_compiler *c, const fg_fn *fn, bits *set)
{
    for (uint32_t i = 0; i < fn->ncode; i++) {
        uint64_t ins = fn->code[i];
        switch ((unsigned int)fg_ins_op(ins)) {
        case FG_OPC_GETG:
        case FG_OPC_SETG:
        case FG_OPC_DEFG:
        case FG_OPC_CALLG: mention(set, fg_ins_bc(ins)); break;
        case FG_OPC_CALLM:
        case FG_OPC_CALLMV: /* it may find a function of that name */
            mention_name(c, set, &fn->near_k[fg_ins_b(ins) / 16]);
            break;
        default: break;
        }
    }
}

/* The function around fn that stands at the top level, or fn. */
static const fg_fn *outermost(const fg_compiler *c, const fg_fn *fn)
{
    while (fn->parent && fn->parent != c->main)
        fn = fn->parent;
    return fn;
}

static bool inside(const fg_fn *fn, const fg_fn *task)
{
    while (fn && fn != task)
        fn = fn->parent;
    return fn != NULL;
}

static void snapshot(fg_compiler *c, fg_fn *task, const bits *always, bits *set)
{
    uint32_t size = c->nglobals / 8 + 1, n = 0;
    memcpy(set, always, size);
    for (const fg_fn *fn = c->done; fn; fn = fn->next)
        if (inside(fn, task))
            mentions(c, fn, set);
    for (uint32_t i = 0; i < c->nglobals; i++)
        n += set[i / 8] >> i % 8 & 1;
    uint32_t *shots = fg_region_get(c->region, sizeof *shots * (n ? n : 1));
    if (!shots) {
        fg_c_nomem(c);
        return;
    }
    task->proto->shots = shots;
    for (uint32_t i = 0; i < c->nglobals; i++)
        if (set[i / 8] >> i % 8 & 1)
            shots[task->proto->nshots++] = i;
}

void fg_c_snapshots(fg_compiler *c)
{
    if (!c->has_tasks)
        return;
    uint32_t size = c->nglobals / 8 + 1;
    bits *always = fg_arena_get(c->arena, size), *set = fg_arena_get(c->arena, size);
    if (!always || !set) {
        fg_c_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < c->nglobals; i++) /* types are found by their names */
        if (c->glist[i].hidden || c->before)   /* and functions of before call others */
            mention(always, i);
    for (const fg_fn *fn = c->done; fn; fn = fn->next) {
        const fg_fn *top = outermost(c, fn);
        if (top != c->main && !top->task && top->proto->home == FG_HOME_CALLER)
            mentions(c, fn, always);
    }
    for (fg_fn *fn = c->done; fn && fg_c_ok(c); fn = fn->next)
        if (fn->task)
            snapshot(c, fn, always, set);
}
