// SPDX-License-Identifier: Apache-2.0
/* Assignments and the calls that change a variable in place.
 *
 * A variable in a register is written there.  One that lives elsewhere is read into a
 * temporary (borrowed, so its count is still 1 and the write happens in place) and
 * stored back, which costs nothing when the object is the same. */
#include "code/compiler.h"

#include "value/string.h"

#include <stdio.h>

#define MAX_PATH 15u

static bool in_register(const fg_ref *r)
{
    return r->kind == FG_REF_LOCAL && !fg_c_is_cell(r->var) && r->var->reg >= 0;
}

static void raise_name(fg_compiler *c, uint32_t what, fg_slice name)
{
    fg_c_emit32(c, FG_OPC_RAISE, what, 0, fg_c_near(c, fg_c_strv(c, name)));
}

/* Where the variable was declared, and how it should have been. */
static void raise_immutable(fg_compiler *c, const fg_var *v, fg_slice name)
{
    char text[160];
    uint32_t line, col;
    const fg_node *let = v->let;
    if (let) {
        fg_source_position(c->file->source, let->start, &line, &col);
        bool worded = c->file->source->text.p[let->start] == 's'; /* set, not let */
        snprintf(text, sizeof text, "declared on line %u; write `%s mut %.*s%s` there",
                 line, worded ? "set" : "let", (int)fg_diag_fit(name, 60), name.p,
                 worded ? " to …" : " = …");
        fg_c_note(c, fg_slice_str(text));
    }
    raise_name(c, FG_RAISE_IMMUTABLE, name);
}

static void store_capture(fg_compiler *c, const fg_ref *ref, fg_slice name, int32_t r)
{
    uint32_t i = fg_c_capture(c, c->fn, ref->var);
    uint32_t k = fg_c_near(c, fg_c_strv(c, name));
    if (!ref->late) {
        fg_c_emit(c, FG_OPC_SETUPC, 0, fg_c_reg(r), i, k);
        return;
    }
    int32_t t = fg_c_temp(c);
    fg_c_emit(c, FG_OPC_PEEKUPC, 0, fg_c_reg(t), i, k);
    uint32_t set = fg_c_emit32(c, FG_OPC_JDEF, 0, fg_c_reg(t), 0);
    fg_c_store_ref(c, ref->outer, name, r);
    uint32_t end = fg_c_jump(c);
    fg_c_patch(c, set);
    if (ref->var->mutable_)
        fg_c_emit(c, FG_OPC_SETUPC, 0, fg_c_reg(r), i, k);
    else
        raise_immutable(c, ref->var, name);
    fg_c_patch(c, end);
}

void fg_c_store_ref(fg_compiler *c, const fg_ref *ref, fg_slice name, int32_t r)
{
    if (!ref)
        return;
    if (!ref->var) {
        raise_name(c, FG_RAISE_UNDEFINED_WRITE, name);
        return;
    }
    if (!ref->var->mutable_ && !ref->late) {
        raise_immutable(c, ref->var, name);
        return;
    }
    switch (ref->kind) {
    case FG_REF_LOCAL:
        if (fg_c_is_cell(ref->var))
            fg_c_emit(c, FG_OPC_SETCELL, 0, fg_c_reg(r), fg_c_reg(ref->var->reg),
                      fg_c_near(c, fg_c_strv(c, name)));
        else if (ref->var->reg != r)
            fg_c_emit(c, ref->var->scalar ? FG_OPC_MOVE : FG_OPC_MOVEC, 0,
                      fg_c_reg(ref->var->reg), fg_c_reg(r), 0);
        return;
    case FG_REF_CAPTURE: store_capture(c, ref, name, r); return;
    case FG_REF_GLOBAL:
        fg_c_emit32(c, FG_OPC_SETG, 0, fg_c_reg(r), ref->var->global);
        return;
    case FG_REF_BUILTIN:
    case FG_REF_MODULE:
    case FG_REF_UNDEFINED: break;
    }
    fg_unreachable();
}

/* ---- plain names ------------------------------------------------------------------------ */

static fg_node operation_node(const fg_node *n)
{
    fg_node op = { .kind = FG_N_BINARY,
                   .op = n->op,
                   .a = n->a,
                   .b = n->b,
                   .start = n->start,
                   .end = n->end,
                   .flags = n->flags };
    return op;
}

/* May the value be computed right in the variable's register?  Only if it is written by
 * the last instruction, so that an error leaves the old value. */
static bool writes_last(const fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_INT:
    case FG_N_FLOAT:
    case FG_N_STRING:
    case FG_N_INTERP:
    case FG_N_BINARY:
    case FG_N_UNARY:
    case FG_N_TRUE:
    case FG_N_FALSE:
    case FG_N_NULL: return true;
    default: return false;
    }
}

static uint32_t mentions(const fg_node *n, const fg_var *v)
{
    if (!n)
        return 0;
    if (n->kind == FG_N_LAMBDA || n->kind == FG_N_FN)
        return 0; /* v is not captured */
    if (n->kind == FG_N_NAME)
        return fg_c_name_ref(n) && fg_c_name_ref(n)->var == v;
    uint32_t k = mentions(n->a, v) + mentions(n->b, v) + mentions(n->c, v);
    for (uint32_t i = 0; i < n->list.n; i++)
        k += mentions(n->list.at[i], v);
    return k;
}

/* `c = c.inc(1)`, `a = grow(a)`: the old value is moved into the call, so that the callee
 * is its only owner.  Only where an error cannot be caught with the variable in sight. */
static fg_node *moved_argument(fg_compiler *c, fg_node *call, const fg_var *v)
{
    int which;
    fg_node *arg, *receiver;
    if (call->kind != FG_N_CALL || v->captured || c->fn->tries
        || mentions(call, v) != 1)
        return NULL;
    if (fg_c_inplace(call, &which, &arg, &receiver)) /* writes only what is counted */
        return NULL;
    if (call->a->kind == FG_N_FIELD && call->a->a->kind == FG_N_NAME
        && mentions(call->a->a, v))
        return call->a->a;
    for (uint32_t i = 0; i < call->list.n; i++)
        if (call->list.at[i]->kind == FG_N_NAME && mentions(call->list.at[i], v))
            return call->list.at[i];
    return NULL;
}

static void assign_register(fg_compiler *c, fg_node *value, const fg_ref *r,
                            fg_slice name)
{
    fg_var *v = r->var;
    if (v->scalar && v->mutable_ && writes_last(value)) {
        fg_c_expr(c, value, v->reg);
        return;
    }
    fg_node *moved = v->mutable_ && !v->scalar ? moved_argument(c, value, v) : NULL;
    if (!moved) {
        fg_c_store_ref(c, r, name, fg_c_any(c, value));
        return;
    }
    /* The variable's name stands for a temporary register while the call is compiled. */
    int32_t t = fg_c_temp(c), home = v->reg;
    fg_c_emit(c, FG_OPC_TAKE, 0, fg_c_reg(t), fg_c_reg(home), 0);
    v->reg = t;
    bool scalar = v->scalar;
    v->scalar = true; /* no counting: it is the only reference */
    int32_t result = fg_c_temp(c);
    fg_c_expr(c, value, result);
    v->reg = home;
    v->scalar = scalar;
    fg_c_store_ref(c, r, name, result);
}

static void assign_name(fg_compiler *c, fg_node *n)
{
    const fg_ref *r = fg_c_name_ref(n->a);
    fg_node op = operation_node(n);
    fg_node *value = n->op ? &op : n->b;
    if (!r)
        return;
    if (in_register(r)) {
        assign_register(c, value, r, n->a->name);
        return;
    }
    int32_t t = fg_c_temp(c);
    fg_c_expr(c, value, t);
    fg_c_at(c, n);
    fg_c_store_ref(c, r, n->a->name, t);
}

/* ---- paths ------------------------------------------------------------------------------- */

typedef struct path {
    fg_node *steps[MAX_PATH]; /* outermost first */
    uint32_t n;
    fg_node *root;
} path;

static bool path_of(fg_compiler *c, fg_node *target, path *p)
{
    uint32_t n = 0;
    for (fg_node *s = target; s->kind == FG_N_FIELD || s->kind == FG_N_INDEX; s = s->a)
        n++;
    if (n > MAX_PATH) {
        fg_c_error(c, target, "this path is longer than %u steps", MAX_PATH);
        return false;
    }
    p->n = n;
    p->root = target;
    while (p->root->kind == FG_N_FIELD || p->root->kind == FG_N_INDEX) {
        p->steps[--n] = p->root;
        p->root = p->root->a;
    }
    return true;
}

/* Keys into consecutive registers; returns the first and the mask of fields. */
static int32_t path_keys(fg_compiler *c, const path *p, uint32_t *fields)
{
    int32_t base = fg_c_temps(c, p->n + 1); /* and the value behind them */
    *fields = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->steps[i]->kind == FG_N_FIELD) {
            *fields |= 1u << i;
            fg_c_loadk(c, base + (int32_t)i, fg_c_strv(c, p->steps[i]->name));
        } else {
            fg_c_expr(c, p->steps[i]->b, base + (int32_t)i);
        }
    }
    return base;
}

/* Current value of the path whose keys are in registers. */
static void path_read(fg_compiler *c, const path *p, int32_t root, int32_t keys,
                      int32_t dst)
{
    int32_t from = root;
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->steps[i]->kind == FG_N_FIELD)
            fg_c_emit(c, FG_OPC_GETFIELD, 0, fg_c_reg(dst), fg_c_reg(from),
                      fg_c_near(c, fg_c_strv(c, p->steps[i]->name)));
        else
            fg_c_emit(c, FG_OPC_GETINDEX, 0, fg_c_reg(dst), fg_c_reg(from),
                      fg_c_reg(keys + (int32_t)i));
        from = dst;
    }
}

/* Register to write through: the variable's own, or a temporary copy of it. */
static int32_t path_root(fg_compiler *c, const fg_ref *r, fg_slice name, uint32_t *aux)
{
    *aux = 0;
    if (in_register(r)) {
        *aux = FG_AUX_OWNED;
        return r->var->reg;
    }
    int32_t t = fg_c_temp(c);
    fg_c_load_ref(c, r, name, t);
    return t;
}

static void path_write(fg_compiler *c, const path *p, int32_t root, uint32_t aux,
                       int32_t keys, uint32_t fields)
{
    uint32_t value = fg_c_reg(keys + (int32_t)p->n);
    if (p->n == 1 && fields)
        fg_c_emit(c, FG_OPC_SETFIELD, aux, fg_c_reg(root), value,
                  fg_c_near(c, fg_c_strv(c, p->steps[0]->name)));
    else if (p->n == 1)
        fg_c_emit(c, FG_OPC_SETINDEX, aux, fg_c_reg(root), fg_c_reg(keys), value);
    else
        fg_c_emit(c, FG_OPC_SETPATH, aux | p->n, fg_c_reg(root), fg_c_reg(keys),
                  fields);
}

/* One step from a register with a value that needs no copy: the common case. */
static bool assign_simple(fg_compiler *c, fg_node *n, const path *p, const fg_ref *r)
{
    if (n->op || p->n != 1 || !in_register(r) || (n->b->flags & FG_NF_ASSIGNS))
        return false;
    fg_node *step = p->steps[0];
    bool drop = false;
    int32_t value = step->kind == FG_N_INDEX
                        ? fg_c_operand(c, n->b, step->b->flags, &drop)
                        : fg_c_any(c, n->b);
    uint32_t root = fg_c_reg(r->var->reg);
    if (step->kind == FG_N_FIELD) {
        fg_c_at(c, n);
        fg_c_emit(c, FG_OPC_SETFIELD, FG_AUX_OWNED, root, fg_c_reg(value),
                  fg_c_near(c, fg_c_strv(c, step->name)));
    } else {
        int32_t i = fg_c_any(c, step->b);
        fg_c_at(c, n);
        fg_c_emit(c, FG_OPC_SETINDEX, FG_AUX_OWNED, root, fg_c_reg(i), fg_c_reg(value));
    }
    if (drop)
        fg_c_drop(c, value, 1);
    return true;
}

static void assign_path(fg_compiler *c, fg_node *n, const path *p)
{
    const fg_ref *r = fg_c_name_ref(p->root);
    fg_slice name = p->root->name;
    uint32_t aux, fields;
    if (!r)
        return;
    if (!r->var || !r->var->mutable_) {
        fg_c_any(c, n->b);
        if (r->var)
            raise_immutable(c, r->var, name);
        else
            raise_name(c, FG_RAISE_UNDEFINED_BASE, name);
        return;
    }
    if (assign_simple(c, n, p, r))
        return;
    int32_t held = fg_c_temp(c);
    bool drop = false;
    if (!n->op) /* the right-hand side comes first */
        drop = fg_c_held(c, n->b, n->a->flags, held);
    int32_t keys = path_keys(c, p, &fields);
    int32_t value = keys + (int32_t)p->n;
    if (n->op) {
        int32_t root = path_root(c, r, name, &aux);
        path_read(c, p, root, keys, held);
        drop = (n->b->flags & (FG_NF_RUNS | FG_NF_ASSIGNS)) != 0;
        if (drop) /* code of the right-hand side may write what was read */
            fg_c_emit(c, FG_OPC_OWN, 0, fg_c_reg(held), 0, 0);
        fg_node op = operation_node(n);
        fg_ref as_local = { .kind = FG_REF_LOCAL };
        fg_var slot = { .reg = held, .fn = c->fn, .scalar = true, .live = true };
        fg_node name_node = {
            .kind = FG_N_NAME, .start = n->a->start, .end = n->a->end, .info = &as_local
        };
        as_local.var = &slot;
        op.a = &name_node;
        fg_c_expr(c, &op, value);
    } else {
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(value), fg_c_reg(held), 0);
    }
    int32_t root = path_root(c, r, name, &aux);
    fg_c_at(c, n);
    path_write(c, p, root, aux, keys, fields);
    if (!aux)
        fg_c_store_ref(c, r, name, root);
    if (drop)
        fg_c_drop(c, held, 1);
}

/* Do two paths name the same place?  Only steps that cannot run code are compared. */
static bool same_path(const fg_node *a, const fg_node *b)
{
    for (; a->kind == b->kind; a = a->a, b = b->a) {
        if (a->kind == FG_N_NAME)
            return fg_c_name_ref(a) && fg_c_name_ref(b)
                   && fg_c_name_ref(a)->var == fg_c_name_ref(b)->var
                   && fg_c_name_ref(a)->var && !fg_c_name_ref(a)->late;
        if (a->kind == FG_N_FIELD) {
            if (!fg_slice_eq(a->name, b->name))
                return false;
        } else if (a->kind != FG_N_INDEX || a->b->kind != b->b->kind) {
            return false;
        } else if (a->b->kind == FG_N_INT ? a->b->num.i != b->b->num.i
                   : a->b->kind == FG_N_STRING
                       ? !fg_slice_eq(a->b->name, b->b->name)
                       : a->b->kind != FG_N_NAME || !same_path(a->b, b->b)) {
            return false;
        }
    }
    return false;
}

/* `P = P.push(v)`, `P = push(P, v)`, `P = P.add(v)` and `P = P.set(k, v)`: what grows. */
typedef struct growth {
    uint32_t which, nargs;
    fg_node **receiver, **args; /* in the call */
} growth;

static bool growth_of(const fg_node *target, const fg_node *call, growth *g)
{
    static const char *const names[] = {
        [FG_GROW_PUSH] = "push", [FG_GROW_ADD] = "add", [FG_GROW_SET] = "set"
    };
    if (call->kind != FG_N_CALL
        || (call->a->kind != FG_N_NAME && call->a->kind != FG_N_FIELD))
        return false;
    bool method = call->a->kind == FG_N_FIELD;
    const fg_ref *f = method ? NULL : fg_c_name_ref(call->a);
    *g = (growth){ .which = 0 };
    while (g->which < FG_COUNT(names)
           && !fg_slice_eq(call->a->name, fg_slice_str(names[g->which])))
        g->which++;
    if (g->which == FG_COUNT(names)
        || (!method && (g->which != FG_GROW_PUSH || !f || f->kind != FG_REF_BUILTIN)))
        return false;
    g->nargs = g->which == FG_GROW_SET ? 2 : 1;
    if (call->list.n != g->nargs + !method)
        return false;
    g->args = &call->list.at[!method];
    g->receiver = method ? &call->a->a : &call->list.at[0];
    for (uint32_t i = 0; i < g->nargs; i++)
        if (g->args[i]->kind == FG_N_SPREAD)
            return false;
    return same_path(target, *g->receiver);
}

/* A name node that means a register. */
typedef struct stand_in {
    fg_node node, *original;
    fg_ref ref;
    fg_var var;
} stand_in;

static void stand_in_begin(fg_compiler *c, stand_in *s, fg_node **place, int32_t reg)
{
    s->original = *place;
    s->var = (fg_var){ .fn = c->fn, .reg = reg, .scalar = true, .live = true };
    s->ref = (fg_ref){ .kind = FG_REF_LOCAL, .var = &s->var };
    s->node = (fg_node){ .kind = FG_N_NAME,
                         .start = s->original->start,
                         .end = s->original->end,
                         .info = &s->ref };
    *place = &s->node;
}

/* Reads P, counted, into a register: if P still refers to that after the arguments are
 * evaluated, they have not written to it. */
static int32_t hold_path(fg_compiler *c, const path *p, const fg_ref *r)
{
    uint32_t aux, fields;
    int32_t held = fg_c_temp(c);
    int32_t keys = path_keys(c, p, &fields);
    int32_t root = path_root(c, r, p->root->name, &aux);
    if (p->n == 0)
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(held), fg_c_reg(root), 0);
    else
        path_read(c, p, root, keys, held);
    fg_c_emit(c, FG_OPC_OWN, 0, fg_c_reg(held), 0, 0);
    return held;
}

/* The growth in place, when P holds a container of the right kind; whatever else it is,
 * the instruction behind jumps to the ordinary assignment. */
static void grow_in_place(fg_compiler *c, fg_node *n, const path *p, const growth *g,
                          int32_t args, int32_t held)
{
    const fg_ref *r = fg_c_name_ref(p->root);
    uint32_t aux, fields;
    int32_t keys = path_keys(c, p, &fields);
    fg_c_temps(c, g->nargs);
    for (uint32_t i = 0; i < g->nargs; i++)
        fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(keys + (int32_t)(p->n + i)),
                  fg_c_reg(args + (int32_t)i), 0);
    uint32_t behind = fg_c_reg(keys + (int32_t)(p->n + g->nargs));
    if (held >= 0)
        fg_c_emit(c, FG_OPC_MOVE, 0, behind, fg_c_reg(held), 0);
    int32_t root = path_root(c, r, p->root->name, &aux);
    fg_c_at(c, n);
    fg_c_emit(c, FG_OPC_GROWPATH, aux | p->n, fg_c_reg(root), fg_c_reg(keys),
              fields | g->which << FG_GROW_SHIFT | (held >= 0 ? FG_GROW_HELD : 0));
    uint32_t other = fg_c_jump(c);
    if (!aux)
        fg_c_store_ref(c, r, p->root->name, root);
    uint32_t end = fg_c_jump(c);
    fg_c_patch(c, other);
    stand_in s[3];
    uint32_t k = 0;
    for (; k < g->nargs; k++)
        stand_in_begin(c, &s[k], &g->args[k], args + (int32_t)k);
    if (held >= 0)
        stand_in_begin(c, &s[k++], g->receiver, held);
    if (p->n)
        assign_path(c, n, p);
    else
        assign_name(c, n);
    for (uint32_t i = 0; i < g->nargs; i++)
        g->args[i] = s[i].original;
    if (held >= 0)
        *g->receiver = s[k - 1].original;
    fg_c_patch(c, end);
}

/* `P = P.push(v)` and the like.  false: it is no such assignment. */
static bool assign_growth(fg_compiler *c, fg_node *n, const path *p)
{
    growth g;
    const fg_ref *r = fg_c_name_ref(p->root);
    if (n->op || p->n > FG_GROW_STEPS || !growth_of(n->a, n->b, &g) || !r->var->mutable_
        || (p->n == 0 && in_register(r)))
        return false;
    uint32_t flags = 0;
    for (uint32_t i = 0; i < g.nargs; i++)
        flags |= g.args[i]->flags;
    bool hold = (flags & FG_NF_ASSIGNS) || ((flags & FG_NF_RUNS) && !in_register(r));
    int32_t held = hold ? hold_path(c, p, r) : -1;
    int32_t args = fg_c_temps(c, g.nargs);
    bool drop = g.nargs == 2 && fg_c_held(c, g.args[0], g.args[1]->flags, args);
    fg_c_expr(c, g.args[g.nargs - 1], args + (int32_t)g.nargs - 1);
    grow_in_place(c, n, p, &g, args, held);
    if (drop)
        fg_c_drop(c, args, 1);
    return true;
}

void fg_c_assign(fg_compiler *c, fg_node *n)
{
    path p;
    if (!path_of(c, n->a, &p))
        return;
    if (p.root->kind != FG_N_NAME) {
        fg_c_any(c, n->b);
        raise_name(c, FG_RAISE_TARGET, FG_SLICE(""));
    } else if (fg_c_name_ref(p.root) && fg_c_name_ref(p.root)->var
               && assign_growth(c, n, &p)) {
        return;
    } else if (p.n == 0) {
        assign_name(c, n);
    } else {
        assign_path(c, n, &p);
    }
}

/* ---- xs.push(v) and its kin ------------------------------------------------------------ */

void fg_c_inplace_call(fg_compiler *c, fg_node *n, int32_t dst)
{
    int which = 0;
    fg_node *arg = NULL, *receiver = NULL;
    if (!fg_c_inplace(n, &which, &arg, &receiver))
        return;
    const fg_ref *r = fg_c_name_ref(receiver);
    uint32_t aux;
    int32_t value = fg_c_temp(c), result = fg_c_temp(c);
    if (arg)
        fg_c_expr(c, arg, value);
    int32_t root = path_root(c, r, receiver->name, &aux);
    fg_c_at(c, n);
    fg_c_emit(c, FG_OPC_INPLACE, aux | (uint32_t)which, fg_c_reg(root), fg_c_reg(value),
              fg_c_reg(result));
    if (!aux)
        fg_c_store_ref(c, r, receiver->name, root);
    fg_c_emit(c, FG_OPC_MOVE, 0, fg_c_reg(dst), fg_c_reg(result), 0);
}
