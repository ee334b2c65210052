// SPDX-License-Identifier: Apache-2.0
/* Instructions, constants, registers, captures, and the layout of the finished program.
 *
 * A function's vectors are malloc'ed while it grows and copied into the region by
 * fg_c_link, the code of all functions one behind the other so that one array of hints
 * can run beside it. */
#include "code/compiler.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "value/keys.h"
#include "value/string.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_REGISTERS 4000u
#define MAX_NEAR 4095u
#define KEEP_FAR 1u /* aux of a LOADK whose constant is counted behind the near ones */

void fg_c_error(fg_compiler *c, const fg_node *at, const char *fmt, ...)
{
    if (!fg_c_ok(c))
        return;
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fg_diag_set(c->diag, at->start, at->end, "%s", text);
    c->status = FG_RAISED;
}

void fg_c_nomem(fg_compiler *c)
{
    if (fg_c_ok(c))
        c->status = FG_NOMEM;
}

bool fg_c_grow(fg_compiler *c, void *vector, uint32_t n, uint32_t *cap, size_t size)
{
    if (n < *cap)
        return true;
    uint32_t want = *cap ? *cap * 2 : 16;
    void *at = realloc(*(void **)vector, size * want);
    if (!at) {
        fg_c_nomem(c);
        return false;
    }
    *(void **)vector = at;
    *cap = want;
    return true;
}

/* ---- instructions ------------------------------------------------------------------- */

static void note_line(fg_compiler *c, fg_fn *fn)
{
    uint32_t last = fn->nlines - 1, off = c->span.start, n = c->span.end - off;
    uint16_t length = n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;

    if (fn->nlines && fn->lines[last].off == off && fn->lengths[last] == length)
        return;
    if (!fn->nlines || fn->lines[last].pc != fn->ncode) {
        if (!fg_c_grow(c, &fn->lines, fn->nlines, &fn->clines, sizeof(fg_line))
            || !fg_c_grow(c, &fn->lengths, fn->nlines, &fn->clengths, sizeof length))
            return;
        last = fn->nlines++;
    }
    fn->lines[last] = (fg_line){ fn->ncode, off };
    fn->lengths[last] = length;
}

void fg_c_note(fg_compiler *c, fg_slice text)
{
    fg_fn *fn = c->fn;
    if (fg_c_grow(c, &fn->notes, fn->nnotes, &fn->cnotes, sizeof(fg_note)))
        fn->notes[fn->nnotes++] = (fg_note){ fn->ncode, fg_c_string(c, text) };
}

uint32_t fg_c_append(fg_compiler *c, uint64_t ins)
{
    fg_fn *fn = c->fn;
    note_line(c, fn);
    if (!fg_c_ok(c)
        || !fg_c_grow(c, &fn->code, fn->ncode, &fn->ccode, sizeof(uint64_t)))
        return 0;
    fn->code[fn->ncode] = ins;
    return fn->ncode++;
}

uint32_t fg_c_emit(fg_compiler *c, fg_opcode op, uint32_t aux, uint32_t a, uint32_t b,
                   uint32_t k)
{
    return fg_c_append(c, fg_ins(op, aux, a, b, k));
}

uint32_t fg_c_emit32(fg_compiler *c, fg_opcode op, uint32_t aux, uint32_t a,
                     uint32_t bc)
{
    return fg_c_append(c, fg_ins32(op, aux, a, bc));
}

void fg_c_unemit(fg_compiler *c)
{
    fg_fn *fn = c->fn;
    fn->ncode--;
    if (fn->nlines && fn->lines[fn->nlines - 1].pc == fn->ncode)
        fn->nlines--;
}

void fg_c_patch_to(fg_compiler *c, uint32_t at, uint32_t target)
{
    if (!fg_c_ok(c))
        return;
    uint64_t *ins = &c->fn->code[at];
    int64_t by = (int64_t)target - (int64_t)at - 1;
    if (fg_op_wide(fg_ins_op(*ins))) {
        *ins = (*ins & 0xffffffffu) | (uint64_t)(uint32_t)(int32_t)by << 32;
        return;
    }
    if (by < INT16_MIN || by > INT16_MAX) {
        fg_diag_set(c->diag, c->span.start, c->span.end,
                    "this block is too long (%lld instructions)", (long long)by);
        fg_diag_hint(c->diag, "move parts of it into functions");
        c->status = FG_RAISED;
        return;
    }
    *ins = (*ins & 0x0000ffffffffffffu) | (uint64_t)(uint16_t)(int16_t)by << 48;
}

void fg_c_patch(fg_compiler *c, uint32_t at) { fg_c_patch_to(c, at, c->fn->ncode); }

uint32_t fg_c_jump(fg_compiler *c) { return fg_c_emit32(c, FG_OPC_JUMP, 0, 0, 0); }

void fg_c_back(fg_compiler *c, uint32_t target)
{
    fg_c_patch_to(c, fg_c_emit32(c, FG_OPC_LOOP, 0, 0, 0), target);
}

int32_t fg_c_temps(fg_compiler *c, uint32_t n)
{
    fg_fn *fn = c->fn;
    uint32_t r = fn->top;
    fn->top += n;
    if (fn->top > MAX_REGISTERS) {
        if (fg_c_ok(c)) {
            fg_diag_set(c->diag, c->span.start, c->span.end,
                        "this function needs more than %u registers", MAX_REGISTERS);
            fg_diag_hint(c->diag, "split it, or build large literals in steps");
            c->status = FG_RAISED;
        }
        fn->top = r;
        return 0;
    }
    if (fn->top > fn->nregs)
        fn->nregs = fn->top;
    return (int32_t)r;
}

int32_t fg_c_temp(fg_compiler *c) { return fg_c_temps(c, 1); }

void fg_c_handler(fg_compiler *c, uint32_t from, uint32_t to, uint32_t handler,
                  uint32_t reg)
{
    fg_fn *fn = c->fn;
    if (fg_c_grow(c, &fn->handlers, fn->nhandlers, &fn->chandlers, sizeof(fg_handler)))
        fn->handlers[fn->nhandlers++] = (fg_handler){ from, to, handler, reg };
}

/* ---- constants ---------------------------------------------------------------------- */

static uint32_t const_find(fg_compiler *c, fg_value **v, uint32_t *n, uint32_t *cap,
                           fg_value k)
{
    /* Recent constants are the likely ones; a bounded look back keeps this linear. */
    for (uint32_t i = *n; i > 0 && i + 64 > *n; i--)
        if ((*v)[i - 1].tag == k.tag && (*v)[i - 1].as.u == k.as.u)
            return i - 1;
    if (!fg_c_grow(c, v, *n, cap, sizeof(fg_value)))
        return 0;
    (*v)[*n] = k;
    return (*n)++;
}

uint32_t fg_c_near(fg_compiler *c, fg_value v)
{
    fg_fn *fn = c->fn;
    uint32_t i = const_find(c, &fn->near_k, &fn->nnear, &fn->cnear, v);
    if (i > MAX_NEAR && fg_c_ok(c)) {
        fg_diag_set(c->diag, c->span.start, c->span.end,
                    "this function uses more than %u names", MAX_NEAR);
        fg_diag_hint(c->diag, "split it into several functions");
        c->status = FG_RAISED;
    }
    return i * 16;
}

void fg_c_loadk(fg_compiler *c, int32_t dst, fg_value v)
{
    if (v.tag == FG_INT && v.as.i >= INT32_MIN && v.as.i <= INT32_MAX) {
        fg_c_emit32(c, FG_OPC_LOADINT, 0, fg_c_reg(dst), (uint32_t)(int32_t)v.as.i);
        return;
    }
    fg_fn *fn = c->fn;
    uint32_t i = const_find(c, &fn->far_k, &fn->nfar, &fn->cfar, v);
    fg_c_emit32(c, FG_OPC_LOADK, KEEP_FAR, fg_c_reg(dst), i * 16);
}

static fg_string *string_in_region(fg_compiler *c, fg_slice text, uint32_t hash)
{
    fg_string *s = fg_region_get(c->region, sizeof *s + text.n + 1);
    if (!s) {
        fg_c_nomem(c);
        return NULL;
    }
    s->h.kind = FG_STRING;
    s->h.flags = FG_F_FROZEN;
    s->h.bits = FG_S_SCANNED | (fg_is_ascii(text) ? FG_S_ASCII : 0);
    s->len = text.n;
    s->hash = hash;
    s->bytes = (char *)(s + 1);
    if (text.n)
        memcpy(s + 1, text.p, text.n);
    return s;
}

static bool intern_grow(fg_compiler *c)
{
    uint32_t cap = c->cintern ? c->cintern * 2 : 256;
    fg_string **table = calloc(cap, sizeof *table);
    if (!table) {
        fg_c_nomem(c);
        return false;
    }
    for (uint32_t i = 0; i < c->cintern; i++) {
        fg_string *s = c->intern[i];
        if (!s)
            continue;
        uint32_t at = s->hash & (cap - 1);
        while (table[at])
            at = (at + 1) & (cap - 1);
        table[at] = s;
    }
    free(c->intern);
    c->intern = table;
    c->cintern = cap;
    return true;
}

fg_string *fg_c_string(fg_compiler *c, fg_slice text)
{
    static fg_string nothing = { .h = { .kind = FG_STRING, .flags = FG_F_FROZEN },
                                 .bytes = "" };
    if (c->nintern * 2 >= c->cintern && !intern_grow(c))
        return &nothing;
    uint32_t hash = fg_hash_bytes(text.p, text.n);
    uint32_t at = hash & (c->cintern - 1);
    for (; c->intern[at]; at = (at + 1) & (c->cintern - 1))
        if (c->intern[at]->hash == hash
            && fg_slice_eq(fg_string_slice(c->intern[at]), text))
            return c->intern[at];
    fg_string *s = string_in_region(c, text, hash);
    if (!s)
        return &nothing;
    c->intern[at] = s;
    c->nintern++;
    return s;
}

fg_value fg_c_strv(fg_compiler *c, fg_slice text)
{
    return fg_string_value(fg_c_string(c, text));
}

/* A frozen key list; duplicate names are the caller's problem. */
fg_keys *fg_c_keys(fg_compiler *c, const fg_slice *names, uint32_t n)
{
    fg_keys *k = fg_region_get(c->region, sizeof *k);
    fg_string **list = fg_region_get(c->region, sizeof *list * (n ? n : 1));
    if (!k || !list) {
        fg_c_nomem(c);
        return &fg_keys_empty;
    }
    k->h.kind = FG_KEYS;
    k->h.flags = FG_F_FROZEN;
    k->n = k->cap = n;
    k->names = list;
    for (uint32_t i = 0; i < n; i++)
        list[i] = fg_c_string(c, names[i]);
    if (n < FG_KEYS_INDEX)
        return k;
    k->nindex = 16;
    while (k->nindex < n * 2)
        k->nindex *= 2;
    k->index = fg_region_get(c->region, sizeof *k->index * k->nindex);
    if (!k->index) {
        k->nindex = 0;
        fg_c_nomem(c);
        return &fg_keys_empty;
    }
    for (uint32_t i = 0; i < n; i++)
        fg_index_put(k->index, k->nindex, list[i]->hash, i);
    return k;
}

uint32_t fg_c_global(fg_compiler *c, fg_slice name)
{
    if (!fg_c_grow(c, &c->glist, c->nglobals, &c->cglobals, sizeof(fg_global)))
        return 0;
    c->glist[c->nglobals] = (fg_global){ .name = fg_c_string(c, name) };
    return c->nglobals++;
}

/* ---- functions ---------------------------------------------------------------------- */

fg_fn *fg_c_fn_begin(fg_compiler *c, fg_node *node, fg_scope *scope)
{
    fg_fn *fn = scope->fn;
    fn->node = node;
    if (!fn->proto) /* a module's is known from the start */
        fn->proto = fg_region_get(c->region, sizeof *fn->proto);
    if (!fn->proto) {
        fg_c_nomem(c);
        return NULL;
    }
    fn->proto->h.kind = FG_PROTO;
    fn->proto->h.flags = FG_F_FROZEN;
    fn->proto->source = c->file->source;
    fn->proto->program = c->program;
    fn->inner = scope;
    c->fn = fn;
    return fn;
}

void fg_c_fn_end(fg_compiler *c)
{
    fg_fn *fn = c->fn;
    fn->next = c->done;
    c->done = fn;
    c->fn = fn->parent;
}

/* Position of v in the captures of fn; the functions between capture it too. */
uint32_t fg_c_capture(fg_compiler *c, fg_fn *fn, fg_var *v)
{
    for (uint32_t i = 0; i < fn->ncaptures; i++)
        if (fn->captures[i].var == v)
            return i;
    fg_capture cap = { .var = v, .reg = -1 };
    if (fn->parent == v->fn)
        cap.reg = 0; /* its register is read where the closure is made */
    else
        cap.outer = fg_c_capture(c, fn->parent, v);
    if (!fg_c_grow(c, &fn->captures, fn->ncaptures, &fn->ccaptures, sizeof(fg_capture)))
        return 0;
    fn->captures[fn->ncaptures] = cap;
    return fn->ncaptures++;
}

/* ---- layout ------------------------------------------------------------------------- */

static void *copy_in(fg_compiler *c, const void *from, size_t size)
{
    void *at = fg_region_get(c->region, size ? size : 1);
    if (!at)
        fg_c_nomem(c);
    else if (size)
        memcpy(at, from, size);
    return at;
}

static void link_fn(fg_compiler *c, fg_fn *fn, uint64_t *code)
{
    fg_proto *p = fn->proto;
    for (uint32_t i = 0; i < fn->ncode; i++) {
        uint64_t ins = fn->code[i];
        if (fg_ins_op(ins) == FG_OPC_LOADK && fg_ins_aux(ins) == KEEP_FAR)
            ins = fg_ins32(FG_OPC_LOADK, 0, fg_ins_a(ins),
                           fg_ins_bc(ins) + fn->nnear * 16);
        code[i] = ins;
    }
    p->code = code;
    p->ncode = fn->ncode;
    p->nregs = fn->nregs;
    p->nconsts = fn->nnear + fn->nfar;
    fg_value *k =
        fg_region_get(c->region, sizeof(fg_value) * (p->nconsts ? p->nconsts : 1));
    if (!k) {
        fg_c_nomem(c);
        return;
    }
    if (fn->nnear)
        memcpy(k, fn->near_k, sizeof(fg_value) * fn->nnear);
    if (fn->nfar)
        memcpy(k + fn->nnear, fn->far_k, sizeof(fg_value) * fn->nfar);
    p->consts = k;
    p->nlines = fn->nlines;
    p->lines = copy_in(c, fn->lines, sizeof(fg_line) * fn->nlines);
    p->lengths = copy_in(c, fn->lengths, sizeof(uint16_t) * fn->nlines);
    p->nnotes = fn->nnotes;
    p->notes = copy_in(c, fn->notes, sizeof(fg_note) * fn->nnotes);
    p->nhandlers = fn->nhandlers;
    p->handlers = copy_in(c, fn->handlers, sizeof(fg_handler) * fn->nhandlers);
}

static void link_intern(fg_compiler *c)
{
    fg_program *p = c->program;
    p->nintern = c->cintern;
    p->intern = copy_in(c, c->intern, sizeof(fg_string *) * c->cintern);
    p->intern_type =
        fg_region_get(c->region, sizeof(uint32_t) * (c->cintern ? c->cintern : 1));
    if (!p->intern || !p->intern_type) {
        fg_c_nomem(c);
        return;
    }
    for (fg_typedecl *t = c->files->types; t; t = t->next) {
        fg_string *name = fg_c_string(c, t->name);
        uint32_t at = name->hash & (p->nintern - 1);
        while (p->intern[at] != name)
            at = (at + 1) & (p->nintern - 1);
        p->intern_type[at] = t->global + 1;
    }
}

static void link_sources(fg_compiler *c)
{
    fg_program *p = c->program;
    p->sources = fg_region_get(c->region, sizeof(fg_source *) * c->nfiles);
    if (!p->sources) {
        fg_c_nomem(c);
        return;
    }
    for (fg_file *f = c->files; f; f = f->next)
        p->sources[p->nsources++] = f->source;
}

fg_status fg_c_link(fg_compiler *c)
{
    if (!fg_c_ok(c))
        return c->status;
    fg_program *p = c->program;
    for (fg_fn *fn = c->done; fn; fn = fn->next)
        p->ncode += fn->ncode;
    uint64_t *code = fg_region_get(c->region, sizeof(uint64_t) * p->ncode);
    if (!code)
        return FG_NOMEM;
    p->code = code;
    for (fg_fn *fn = c->done; fn; code += fn->ncode, fn = fn->next)
        link_fn(c, fn, code);
    p->main = c->main->proto;
    for (const fg_var *v = c->globals->first; v; v = v->next) {
        c->glist[v->global].mutable_ = v->mutable_;
        c->glist[v->global].unit = fg_c_is_unit(c, v->name);
    }
    p->nglobals = c->nglobals;
    p->globals = copy_in(c, c->glist, sizeof(fg_global) * c->nglobals);
    p->nroutes = c->nroutes;
    p->routes = copy_in(c, c->routes, sizeof(fg_route) * c->nroutes);
    p->ndecorators = c->ndecorators;
    p->decorators = copy_in(c, c->decorators, sizeof(fg_decorator) * c->ndecorators);
    link_sources(c);
    link_intern(c);
    return c->status;
}
