// SPDX-License-Identifier: Apache-2.0
/* Functions, structs, enums, interfaces, method blocks, decorators.
 *
 * What is known of a type at run time lives in a hidden global (fg_typeinfo); definitions
 * replace its parts when they are executed, like any assignment. */
#include "code/compiler.h"

#include "value/keys.h"
#include "value/string.h"

#include <stdlib.h>
#include <strings.h>

/* ---- functions ----------------------------------------------------------------------------- */

static bool gives_value(const fg_node *n)
{
    switch ((fg_node_kind)n->kind) {
    case FG_N_LET:
    case FG_N_UNPACK:
    case FG_N_ASSIGN:
    case FG_N_FN:
    case FG_N_RETURN:
    case FG_N_BREAK:
    case FG_N_CONTINUE:
    case FG_N_FOR:
    case FG_N_WHILE:
    case FG_N_LOOP:
    case FG_N_REPEAT:
    case FG_N_STRUCT_DEF:
    case FG_N_TYPE_DEF:
    case FG_N_INTERFACE:
    case FG_N_IMPL:
    case FG_N_DECORATOR:
    case FG_N_IMPORT:
    case FG_N_YIELD: return false;
    default: return true;
    }
}

static void parameter_names(fg_compiler *c, fg_node *n, fg_proto *p)
{
    p->nparams = n->list.n;
    p->params = fg_region_get(c->region, sizeof(fg_string *) * (n->list.n + 1));
    if (!p->params) {
        fg_c_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < n->list.n; i++) {
        p->params[i] = fg_c_string(c, n->list.at[i]->name);
        p->ndefaults += n->list.at[i]->a != NULL;
    }
}

/* Parameters arrive counted in registers 0 …; an absent one is UNDEF if the function has
 * defaults, else null.  One that the default of an earlier one captures has its cell in
 * another register, which is there from the start. */
static void parameters(fg_compiler *c, fg_node *n)
{
    fg_proto *p = c->fn->proto;
    fg_c_temps(c, n->list.n);
    fg_c_enter(c, c->fn->scope);
    for (uint32_t i = 0; i < n->list.n && fg_c_ok(c); i++) {
        fg_node *param = n->list.at[i];
        fg_var *v = param->info;
        uint32_t reg = fg_c_reg((int32_t)i);
        if (param->a) {
            uint32_t top = c->fn->top;
            uint32_t given = fg_c_emit32(c, FG_OPC_JDEF, 0, reg, 0);
            fg_c_expr(c, param->a, (int32_t)i);
            fg_c_emit(c, FG_OPC_OWN, 0, reg, 0, 0);
            fg_c_patch(c, given);
            c->fn->top = top;
        } else if (p->ndefaults) {
            fg_c_emit32(c, FG_OPC_ARG, 0, reg, i);
        }
        v->live = true;
        if (fg_c_is_cell(v) && v->late) {
            fg_c_emit(c, FG_OPC_DEFCELL, 0, fg_c_reg(v->reg), reg, 0);
            fg_c_drop(c, (int32_t)i, 1);
            continue;
        }
        v->reg = (int32_t)i;
        if (fg_c_is_cell(v)) {
            fg_c_drop(c, (int32_t)i, 1);
            fg_c_emit(c, FG_OPC_NEWCELL, 0, reg, reg, 0);
        }
    }
}

void fg_c_returning(fg_compiler *c, const fg_list *l)
{
    for (uint32_t i = 0; i + 1 < l->n; i++)
        fg_c_stmt(c, l->at[i], -1);
    if (l->n == 0 || !gives_value(l->at[l->n - 1])) {
        if (l->n)
            fg_c_stmt(c, l->at[l->n - 1], -1);
        fg_c_return(c, -1);
        return;
    }
    fg_node *last = l->at[l->n - 1];
    fg_c_at(c, last);
    fg_c_cover(c, last);
    fg_c_return(c, fg_c_any(c, last));
}

/* Captured variables into consecutive registers of the enclosing function. */
static int32_t load_captures(fg_compiler *c, const fg_fn *fn)
{
    int32_t base = fg_c_temps(c, fn->ncaptures ? fn->ncaptures : 1);
    for (uint32_t i = 0; i < fn->ncaptures; i++) {
        uint32_t to = fg_c_reg(base + (int32_t)i);
        fg_capture *cap = &fn->captures[i];
        if (cap->reg < 0)
            fg_c_emit32(c, FG_OPC_GETUP, 0, to, cap->outer);
        else if (cap->var->reg >= 0)
            fg_c_emit(c, FG_OPC_MOVE, 0, to, fg_c_reg(cap->var->reg), 0);
        else
            fg_c_emit(c, FG_OPC_LOADUNDEF, 0, to, 0, 0);
    }
    return base;
}

fg_fn *fg_c_body(fg_compiler *c, fg_node *n, fg_slice name)
{
    fg_fn *fn = fg_c_fn_begin(c, n, n->b->info);
    if (!fn)
        return NULL;
    fg_proto *p = fn->proto;
    p->name = name.n ? fg_c_string(c, name) : NULL;
    p->off = n->start;
    fg_c_at(c, n);
    parameter_names(c, n, p);
    if (fg_c_ok(c)) {
        parameters(c, n);
        fg_c_returning(c, &n->b->list);
    }
    fg_c_fn_end(c);
    return fn;
}

void fg_c_closure(fg_compiler *c, const fg_node *n, const fg_fn *fn, fg_opcode op,
                  int32_t dst)
{
    uint32_t top = c->fn->top;
    int32_t base = load_captures(c, fn);
    if (fn->ncaptures > 255)
        fg_c_error(
            c, n,
            "this function uses more than 255 variables of the functions around it");
    fg_c_emit(c, op, fn->ncaptures, fg_c_reg(dst),
              fg_c_near(c, (fg_value){ FG_PROTO, { .ptr = fn->proto } }),
              fg_c_reg(base));
    c->fn->top = top;
}

static void function_named(fg_compiler *c, fg_node *n, fg_slice name, int32_t dst)
{
    fg_fn *fn = fg_c_body(c, n, name);
    if (!fn)
        return;
    /* The variables of a module are captured, so its functions stay where it ran. */
    bool of_program = n->kind == FG_N_FN && c->fn == c->main;
    fn->proto->home = of_program ? FG_HOME_CALLER : FG_HOME_MAIN;
    fg_c_closure(c, n, fn, FG_OPC_CLOSURE, dst);
}

void fg_c_function(fg_compiler *c, fg_node *n, int32_t dst)
{
    function_named(c, n, n->kind == FG_N_FN ? n->name : (fg_slice){ "", 0 }, dst);
}

/* ---- decorators ------------------------------------------------------------------------------ */

static uint8_t annotation(const fg_compiler *c, const fg_node *type)
{
    static const struct {
        const char *name;
        uint8_t kind;
    } names[] = {
        { "int", FG_ANN_INT },       { "i64", FG_ANN_INT },
        { "integer", FG_ANN_INT },   { "float", FG_ANN_FLOAT },
        { "f64", FG_ANN_FLOAT },     { "number", FG_ANN_FLOAT },
        { "bool", FG_ANN_BOOL },     { "boolean", FG_ANN_BOOL },
        { "string", FG_ANN_STRING }, { "str", FG_ANN_STRING },
        { "json", FG_ANN_JSON },
    };
    if (type && type->kind == FG_N_TYPE_OPTION)
        type = type->a;
    if (!type || type->kind != FG_N_TYPE_NAME)
        return FG_ANN_NONE;
    if (fg_slice_eq(type->name, FG_SLICE("Request")))
        return fg_c_find(c->file->scope, type->name)
                   ? FG_ANN_NONE /* the program's own */
                   : FG_ANN_REQUEST;
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (strlen(names[i].name) == type->name.n
            && strncasecmp(names[i].name, type->name.p, type->name.n) == 0)
            return names[i].kind;
    return FG_ANN_NONE;
}

static fg_string *route_pattern(fg_compiler *c, const fg_node *deco, fg_slice handler)
{
    for (uint32_t i = 0; i < deco->list.n; i++) {
        const fg_node *arg = deco->list.at[i];
        if (arg->name.n == 0)
            return arg->a->kind == FG_N_STRING ? fg_c_string(c, arg->a->name) : NULL;
    }
    char *text = fg_arena_get(c->arena, (size_t)handler.n + 1);
    if (!text) {
        fg_c_nomem(c);
        return NULL;
    }
    text[0] = '/';
    memcpy(text + 1, handler.p, handler.n);
    return fg_c_string(c, fg_slice_of(text, (size_t)handler.n + 1));
}

static fg_deco deco_kind(fg_slice name)
{
    if (fg_slice_eq(name, FG_SLICE("middleware")))
        return FG_DECO_MIDDLEWARE;
    if (fg_slice_eq(name, FG_SLICE("error")))
        return FG_DECO_ERROR;
    return fg_slice_eq(name, FG_SLICE("cors")) ? FG_DECO_CORS : FG_DECO_OTHER;
}

/* Refuses what no server could make sense of. */
static void check_decorator(fg_compiler *c, const fg_node *deco, const fg_decorator *d)
{
    bool given = deco->list.n > 0;
    if (d->kind == FG_DECO_MIDDLEWARE && given
        && !(d->text && d->text->len > 0 && d->text->bytes[0] == '/'))
        fg_c_error(c, deco,
                   "@middleware takes the path that it is for, such as "
                   "@middleware(\"/admin\"), or nothing");
    if (d->kind == FG_DECO_ERROR && given && !(d->number >= 400 && d->number <= 599))
        fg_c_error(c, deco,
                   "@error takes a status from 400 to 599, such as @error(404), "
                   "or nothing for all of them");
    if (d->kind == FG_DECO_CORS && !(d->text && d->text->len > 0))
        fg_c_error(c, deco,
                   "@cors takes the origins that may read answers, such as "
                   "@cors(\"https://example.org\"), or \"*\" for all");
}

/* All decorators of functions are data for hosts: servers, the test runner. */
static void note_decorator(fg_compiler *c, const fg_node *deco, const fg_node *f)
{
    fg_decorator d = {
        .name = fg_c_string(c, deco->name),
        .function = fg_c_string(c, f->name),
        .kind = deco_kind(deco->name),
        .global = ((fg_var *)f->info)->global,
        .nparams = f->list.n,
        .off = deco->start,
    };
    const fg_node *arg = deco->list.n > 0 ? deco->list.at[0] : NULL;
    if (arg && arg->name.n == 0 && arg->a->kind == FG_N_STRING)
        d.text = fg_c_string(c, arg->a->name);
    if (arg && arg->name.n == 0 && arg->a->kind == FG_N_INT)
        d.number = arg->a->num.i;
    check_decorator(c, deco, &d);
    c->program->nmiddleware += d.kind == FG_DECO_MIDDLEWARE;
    if (fg_c_grow(c, &c->decorators, c->ndecorators, &c->cdecorators, sizeof d))
        c->decorators[c->ndecorators++] = d;
}

static void route(fg_compiler *c, const fg_node *deco, const fg_node *f)
{
    if (!fg_ast_is_route(deco->name))
        return;
    fg_string *pattern = route_pattern(c, deco, f->name);
    if (!pattern) {
        fg_c_error(c, deco, "the path of @%.*s must be a plain string",
                   (int)deco->name.n, deco->name.p);
        return;
    }
    fg_param *params = fg_region_get(c->region, sizeof *params * (f->list.n + 1));
    if (!params
        || !fg_c_grow(c, &c->routes, c->nroutes, &c->croutes, sizeof(fg_route))) {
        fg_c_nomem(c);
        return;
    }
    for (uint32_t i = 0; i < f->list.n; i++) {
        const fg_node *p = f->list.at[i];
        params[i] =
            (fg_param){ fg_c_string(c, p->name), annotation(c, p->b), p->a != NULL };
    }
    c->routes[c->nroutes++] = (fg_route){
        .method = fg_c_string(c, deco->name),
        .pattern = pattern,
        .handler = fg_c_string(c, f->name),
        .global = ((fg_var *)f->info)->global,
        .off = deco->start,
        .nparams = f->list.n,
        .params = params,
    };
}

static fg_slice region_text(fg_compiler *c, fg_slice s)
{
    return fg_string_slice(fg_c_string(c, s));
}

/* A setting that is not written out would be ignored, so it is refused. */
static void setting(fg_compiler *c, const fg_node *arg)
{
    fg_program *p = c->program;
    bool number = arg->a->kind == FG_N_INT, text = arg->a->kind == FG_N_STRING;
    if (fg_slice_eq(arg->name, FG_SLICE("port"))) {
        if (!number)
            fg_c_error(c, arg->a, "the port of @server must be a number");
        else if (arg->a->num.i < 0 || arg->a->num.i > 65535)
            fg_c_error(c, arg->a, "a port is a number from 0 to 65535");
        else
            p->port = (int32_t)arg->a->num.i;
        return;
    }
    bool host = fg_slice_eq(arg->name, FG_SLICE("host"));
    if (!host && !fg_slice_eq(arg->name, FG_SLICE("cors")))
        fg_c_error(c, arg, "@server takes port, host and cors");
    else if (!text)
        fg_c_error(c, arg->a, "the %s of @server must be a plain string",
                   host ? "host" : "cors");
    else if (host)
        p->host = region_text(c, arg->a->name);
    else
        p->cors = region_text(c, arg->a->name);
}

/* @server(port: 8080, host: "…", cors: "…"): the first one counts. */
static void server(fg_compiler *c, const fg_node *n)
{
    fg_program *p = c->program;
    if (p->has_server || c->fn != c->main || c->fn->inner != c->globals)
        return;
    p->has_server = true;
    for (uint32_t i = 0; i < n->list.n; i++)
        setting(c, n->list.at[i]);
}

void fg_c_decorator(fg_compiler *c, fg_node *n)
{
    if (fg_c_in_module(c))
        return;
    if (fg_slice_eq(n->name, FG_SLICE("server")))
        server(c, n);
    else if (fg_ast_is_route(n->name) || deco_kind(n->name) != FG_DECO_OTHER)
        fg_c_error(c, n, "@%.*s must stand before a function", (int)n->name.n,
                   n->name.p);
    for (uint32_t i = 0; i < n->list.n; i++) {
        uint32_t top = c->fn->top;
        fg_c_any(c, n->list.at[i]->a);
        c->fn->top = top;
    }
}

void fg_c_fn_stmt(fg_compiler *c, fg_node *n)
{
    fg_var *v = n->info;
    int32_t t = fg_c_temp(c);
    fg_c_function(c, n, t);
    fg_c_define(c, v, t);
    if (!v->is_global)
        return;
    for (uint32_t i = 0; i < n->list2.n; i++) {
        note_decorator(c, n->list2.at[i], n);
        route(c, n->list2.at[i], n);
    }
}

/* ---- structs --------------------------------------------------------------------------------- */

static void typeset(fg_compiler *c, uint32_t what, int32_t r, uint32_t global)
{
    fg_c_emit32(c, FG_OPC_TYPESET, what, fg_c_reg(r), global);
}

/* An object literal of the members that `pick` chooses. */
static int32_t member_object(fg_compiler *c, fg_node *n,
                             fg_node *(*pick)(fg_compiler *, fg_node *))
{
    fg_node **entries = fg_arena_get(c->arena, sizeof(fg_node *) * (n->list.n + 1));
    fg_node obj = { .kind = FG_N_OBJECT, .start = n->start, .end = n->end };
    if (!entries) {
        fg_c_nomem(c);
        return 0;
    }
    obj.list.at = entries;
    for (uint32_t i = 0; i < n->list.n; i++) {
        fg_node *value = pick(c, n->list.at[i]);
        fg_node *e = value ? fg_arena_get(c->arena, sizeof *e) : NULL;
        if (!e)
            continue;
        e->kind = FG_N_ENTRY;
        e->name = n->list.at[i]->name;
        e->a = value;
        e->flags = value->flags & (FG_NF_RUNS | FG_NF_ASSIGNS);
        entries[obj.list.n++] = e;
    }
    int32_t r = fg_c_temp(c);
    fg_c_expr(c, &obj, r);
    return r;
}

static fg_node *default_of(fg_compiler *c, fg_node *f)
{
    (void)c;
    return f->a;
}

static fg_node *embed_of(fg_compiler *c, fg_node *f)
{
    if (!(f->flags & FG_NF_HAS) || !f->b || f->b->kind != FG_N_TYPE_NAME)
        return NULL;
    fg_node *s = fg_arena_get(c->arena, sizeof *s);
    if (!s) {
        fg_c_nomem(c);
        return NULL;
    }
    s->kind = FG_N_STRING;
    s->name = f->b->name;
    s->start = f->start;
    s->end = f->end;
    s->info = fg_c_type_label(c, s->name).as.str;
    return s;
}

/* Binds a name to its marker value. */
static void define_marker(fg_compiler *c, fg_var *v, fg_slice name, uint8_t kind)
{
    fg_struct *marker = fg_region_get(c->region, sizeof *marker);
    if (!marker) {
        fg_c_nomem(c);
        return;
    }
    marker->h.kind = FG_STRUCT;
    marker->h.flags = FG_F_FROZEN;
    marker->h.bits = kind;
    marker->name = kind == FG_MARKER_STRUCT ? fg_c_type_label(c, name).as.str
                                            : fg_c_string(c, name);
    int32_t r = fg_c_temp(c);
    fg_c_loadk(c, r, fg_obj_value(marker));
    fg_c_define(c, v, r);
}

/* Prompts and agents only have a name: calling one is an error. */
void fg_c_placeholder(fg_compiler *c, fg_node *n)
{
    define_marker(c, n->info, n->name,
                  n->kind == FG_N_PROMPT ? FG_MARKER_PROMPT : FG_MARKER_AGENT);
}

/* A definition does not change the type of that name that an import brought. */
static void forget_linked(fg_compiler *c, fg_slice name)
{
    const fg_typedecl *t = fg_c_typedecl(c, c->file, name);
    if (t && t->linked)
        fg_c_type_forget(c, name);
}

void fg_c_struct_def(fg_compiler *c, fg_node *n)
{
    uint32_t global = fg_c_type(c, n->name);
    forget_linked(c, n->name);
    typeset(c, FG_TI_DEFAULTS, member_object(c, n, default_of), global);
    typeset(c, FG_TI_EMBEDS, member_object(c, n, embed_of), global);
    define_marker(c, n->info, n->name, FG_MARKER_STRUCT);
}

static bool declared_type(const fg_compiler *c, fg_slice name)
{
    for (const fg_typedecl *t = c->file->types; t; t = t->next)
        if (fg_slice_eq(t->name, name))
            return true;
    return false;
}

void fg_c_struct_lit(fg_compiler *c, fg_node *n, int32_t dst)
{
    uint32_t top = c->fn->top, count = 0;
    fg_slice *names = fg_arena_get(c->arena, sizeof(fg_slice) * (n->list.n + 1));
    int32_t *at = fg_arena_get(c->arena, sizeof(int32_t) * (n->list.n + 1));
    if (!names || !at) {
        fg_c_nomem(c);
        return;
    }
    int32_t base = fg_c_temps(c, n->list.n + 1);
    for (uint32_t i = 0; i < n->list.n && fg_c_ok(c); i++) {
        fg_node *e = n->list.at[i];
        uint32_t j = 0, rest = 0;
        if (e->kind != FG_N_ENTRY) {
            fg_c_error(c, e, "'...' is not possible in a struct literal");
            return;
        }
        while (j < count && !fg_slice_eq(names[j], e->name))
            j++;
        for (uint32_t k = i + 1; k < n->list.n; k++)
            rest |= n->list.at[k]->flags;
        at[i] = -1;
        if (fg_c_held(c, e->a, rest, base + (int32_t)j))
            at[i] = base + (int32_t)j;
        names[j] = e->name;
        count += j == count;
    }
    bool declared = declared_type(c, n->name);
    fg_c_loadk(c, base + (int32_t)count,
               declared ? fg_c_type_label(c, n->name) : fg_c_strv(c, n->name));
    names[count] = FG_SLICE("__type__");
    fg_c_at(c, n);
    fg_keys *k = fg_c_keys(c, names, count + 1);
    if (declared && count < FG_KEYS_INDEX && fg_c_ok(c)) {
        k->h.bits |= FG_K_TYPED;
        k->type = fg_c_type_label(c, n->name).as.str;
        k->type_global = fg_c_type(c, n->name);
    }
    fg_c_emit(c, FG_OPC_NEWSTRUCT, declared, fg_c_reg(dst), fg_c_reg(base),
              fg_c_near(c, (fg_value){ FG_KEYS, { .ptr = k } }));
    for (uint32_t i = 0; i < n->list.n; i++)
        if (at[i] >= 0)
            fg_c_drop(c, at[i], 1);
    c->fn->top = top;
}

/* ---- enums ------------------------------------------------------------------------------------ */

/* A frozen object of string values. */
static fg_object *constant_object(fg_compiler *c, const fg_slice *names,
                                  const fg_value *values, uint32_t n)
{
    fg_object *o = fg_region_get(c->region, sizeof *o + sizeof(fg_value) * n);
    if (!o) {
        fg_c_nomem(c);
        return NULL;
    }
    o->h.kind = FG_OBJECT;
    o->h.flags = FG_F_FROZEN;
    o->h.bits = FG_O_INLINE;
    o->cap = n;
    o->keys = fg_c_keys(c, names, n);
    o->slots = (fg_value *)(o + 1);
    memcpy(o->slots, values, sizeof(fg_value) * n);
    return o;
}

static fg_array *constant_array(fg_compiler *c, uint32_t n)
{
    fg_array *a = fg_region_get(c->region, sizeof *a);
    fg_value *v = fg_region_get(c->region, sizeof(fg_value) * (n ? n : 1));
    if (!a || !v) {
        fg_c_nomem(c);
        return NULL;
    }
    a->h.kind = FG_ARRAY;
    a->h.flags = FG_F_FROZEN;
    a->h.bits = FG_A_ANY;
    a->len = a->cap = n;
    a->as.any = v;
    return a;
}

static fg_value constructor(fg_compiler *c, fg_slice type, const fg_node *variant)
{
    uint32_t arity = variant->list.n;
    fg_slice *names = fg_arena_get(c->arena, sizeof(fg_slice) * (arity + 2));
    fg_ctor *ctor = fg_region_get(c->region, sizeof *ctor);
    if (!names || !ctor) {
        fg_c_nomem(c);
        return fg_null();
    }
    names[0] = FG_SLICE("__type__");
    names[1] = FG_SLICE("__variant__");
    for (uint32_t i = 0; i < arity; i++) {
        char *text = fg_arena_get(c->arena, 16);
        if (!text) {
            fg_c_nomem(c);
            return fg_null();
        }
        text[0] = '_';
        uint32_t len = 1, digits = i >= 100 ? 3 : i >= 10 ? 2 : 1;
        for (uint32_t d = digits, rest = i; d > 0; d--, rest /= 10, len++)
            text[d] = (char)('0' + rest % 10);
        names[2 + i] = fg_slice_of(text, len);
    }
    ctor->h.kind = FG_CTOR;
    ctor->h.flags = FG_F_FROZEN;
    ctor->arity = arity;
    ctor->type = fg_c_type_label(c, type).as.str;
    ctor->variant = fg_c_string(c, variant->name);
    ctor->keys = fg_c_keys(c, names, arity + 2);
    return fg_obj_value(ctor);
}

void fg_c_type_def(fg_compiler *c, fg_node *n)
{
    static const fg_slice unit_names[] = { { "__type__", 8 }, { "__variant__", 11 } };
    static const fg_slice kind_names[] = { { "__kind__", 8 },
                                           { "name", 4 },
                                           { "variants", 8 } };
    fg_value type = fg_c_type_label(c, n->name);
    forget_linked(c, n->name);
    fg_array *variants = constant_array(c, n->list.n);
    define_marker(c, fg_c_find(c->fn->inner, n->name), n->name, FG_MARKER_STRUCT);
    int32_t r = fg_c_temp(c);
    for (uint32_t i = 0; i < n->list.n && variants && fg_c_ok(c); i++) {
        fg_node *v = n->list.at[i];
        variants->as.any[i] = fg_c_strv(c, v->name);
        if (v->list.n > 999) {
            fg_c_error(c, v, "a variant has at most 999 values");
            return;
        }
        fg_value unit[2] = { type, variants->as.any[i] };
        fg_object *o = v->list.n ? NULL : constant_object(c, unit_names, unit, 2);
        fg_c_loadk(c, r, o ? fg_obj_value(o) : constructor(c, n->name, v));
        fg_c_define(c, v->info, r);
    }
    if (!variants)
        return;
    fg_c_loadk(c, r, fg_obj_value(variants));
    typeset(c, FG_TI_VARIANTS, r, fg_c_type(c, n->name));
    fg_value meta[3] = { fg_c_strv(c, FG_SLICE("type")), type, fg_obj_value(variants) };
    fg_object *o = constant_object(c, kind_names, meta, 3);
    if (o) {
        fg_c_loadk(c, r, fg_obj_value(o));
        fg_c_define(c, n->info, r);
    }
}

/* ---- interfaces and method blocks --------------------------------------------------------------- */

static fg_value method_signature(fg_compiler *c, const fg_node *m)
{
    static const fg_slice names[] = { { "name", 4 },
                                      { "param_count", 11 },
                                      { "return_type", 11 } };
    fg_value v[3] = { fg_c_strv(c, m->name), fg_int(m->list.n), fg_null() };
    uint32_t n = 2;
    if (m->a) {
        v[2] = fg_c_strv(c, fg_slice_of(c->file->source->text.p + m->a->start,
                                        m->a->end - m->a->start));
        n = 3;
    }
    fg_object *o = constant_object(c, names, v, n);
    return o ? fg_obj_value(o) : fg_null();
}

void fg_c_interface(fg_compiler *c, fg_node *n)
{
    static const fg_slice names[] = { { "__kind__", 8 },
                                      { "name", 4 },
                                      { "methods", 7 } };
    fg_array *methods = constant_array(c, n->list.n);
    if (!methods)
        return;
    for (uint32_t i = 0; i < n->list.n; i++)
        methods->as.any[i] = method_signature(c, n->list.at[i]);
    fg_value v[3] = { fg_c_strv(c, FG_SLICE("interface")), fg_c_strv(c, n->name),
                      fg_obj_value(methods) };
    fg_object *o = constant_object(c, names, v, 3);
    if (!o)
        return;
    int32_t r = fg_c_temp(c);
    fg_c_loadk(c, r, fg_obj_value(o));
    fg_c_define(c, n->info, r);
    /* The hidden second name stands right behind the first in its scope. */
    fg_var *hidden = ((fg_var *)n->info)->next;
    if (hidden && hidden->name.n > 14
        && memcmp(hidden->name.p, "__interface_", 12) == 0)
        fg_c_define(c, hidden, r);
}

static void method(fg_compiler *c, fg_node *f, fg_slice type, uint32_t global)
{
    char *full = fg_arena_get(c->arena, (size_t)type.n + f->name.n + 2);
    if (!full) {
        fg_c_nomem(c);
        return;
    }
    memcpy(full, type.p, type.n);
    memcpy(full + type.n, "::", 2);
    memcpy(full + type.n + 2, f->name.p, f->name.n);
    bool is_static =
        f->list.n == 0 || !fg_slice_eq(f->list.at[0]->name, FG_SLICE("it"));
    uint32_t top = c->fn->top;
    int32_t r = fg_c_temp(c);
    function_named(c, f, fg_slice_of(full, (size_t)type.n + f->name.n + 2), r);
    fg_c_emit(c, FG_OPC_METHOD, is_static, fg_c_reg(r),
              fg_c_near(c, fg_c_strv(c, f->name)), global);
    c->fn->top = top;
}

void fg_c_impl(fg_compiler *c, fg_node *n)
{
    uint32_t global = fg_c_type(c, n->name);
    if (global > UINT16_MAX) {
        fg_c_error(c, n, "a program has at most 65,535 global names");
        return;
    }
    for (uint32_t i = 0; i < n->list.n && fg_c_ok(c); i++)
        method(c, n->list.at[i], n->name, global);
    if (n->name2.n == 0)
        return;
    int32_t r = fg_c_temp(c);
    fg_c_at(c, n);
    const fg_ref *ref = n->info;
    if (ref && ref->kind == FG_REF_UNDEFINED)
        fg_c_null(c, r);
    else
        fg_c_load_ref(c, ref, n->name2, r);
    fg_c_emit(c, FG_OPC_ABILITY, 0, fg_c_reg(r), fg_c_near(c, fg_c_strv(c, n->name2)),
              global);
}
