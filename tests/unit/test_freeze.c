// SPDX-License-Identifier: Apache-2.0
/* Freezing of graphs made by hand, without a compiler or an interpreter in between:
 * what is written where, which instructions change, what is refused and with which
 * words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "code/opcode.h"
#include "template/template.h"
#include "value/array.h"
#include "value/equal.h"
#include "value/keys.h"
#include "value/record.h"
#include "value/string.h"
#include "value/table.h"

#include <stdlib.h>

#define GLOBALS 8
#define CODE 64

/* A VM that has run a program of GLOBALS globals, g0 to g7. */
typedef struct world {
    fg_region region;
    fg_program *program;
    fg_vm vm;
    fg_cellref globals[GLOBALS];
    fg_value window[GLOBALS];
    fg_frame frame;
    fg_proto *proto; /* for closures */
    uint64_t *code;
    fg_template *tmpl;
} world;

static fg_string *frozen_string(fg_region *r, const char *text)
{
    uint32_t n = (uint32_t)strlen(text);
    fg_string *s = fg_region_get(r, sizeof *s + n);
    *s = (fg_string){ { FG_STRING, 0, 0, 0, 0 }, n, 0, fg_string_bytes(s) };
    memcpy(fg_string_bytes(s), text, n);
    fg_string_hash(s);
    fg_string_is_ascii(s);
    s->h.flags = FG_F_FROZEN;
    return s;
}

static void make_program(world *w)
{
    fg_region *r = &w->region;
    fg_program *p = fg_region_get(r, sizeof *p);
    p->nglobals = GLOBALS;
    p->globals = fg_region_get(r, GLOBALS * sizeof *p->globals);
    for (int i = 0; i < GLOBALS; i++) {
        char name[] = { 'g', (char)('0' + i), '\0' };
        p->globals[i].name = frozen_string(r, name);
    }
    p->ncode = CODE;
    p->code = w->code = fg_region_get(r, CODE * sizeof *w->code);
    w->proto = fg_region_get(r, sizeof *w->proto);
    w->proto->h = (fg_obj){ FG_PROTO, FG_F_FROZEN, 0, 0, 0 };
    w->proto->program = p;
    p->main = w->proto;
    w->program = p;
}

/* The program's own strings are found by text. */
static void intern_names(world *w)
{
    fg_program *p = w->program;
    p->nintern = 4 * GLOBALS;
    p->intern = fg_region_get(&w->region, p->nintern * sizeof *p->intern);
    p->intern_type = fg_region_get(&w->region, p->nintern * sizeof *p->intern_type);
    for (int i = 0; i < GLOBALS; i++) {
        uint32_t at = p->globals[i].name->hash & (p->nintern - 1);
        while (p->intern[at])
            at = (at + 1) & (p->nintern - 1);
        p->intern[at] = p->globals[i].name;
    }
}

static int set_up(void **state)
{
    world *w = calloc(1, sizeof *w);
    assert_int_equal(fg_region_open(&w->region, NULL, 0), FG_OK);
    make_program(w);
    intern_names(w);
    for (int i = 0; i < GLOBALS; i++) {
        w->window[i] = fg_undef();
        w->globals[i] = (fg_cellref)i * sizeof(fg_value) + 1;
    }
    w->vm.window = w->window;
    w->vm.base[1] = (uintptr_t)w->window - 1;
    w->vm.globals = w->globals;
    w->vm.nslots = GLOBALS;
    w->vm.frames = &w->frame;
    w->vm.frame = &w->frame - 1; /* none is running */
    w->vm.program = w->program;
    fg_heap_init(&w->vm.heap, &fg_host_malloc, NULL, 0, SIZE_MAX, &w->vm.slice);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;
    fg_error_clear(&w->vm);
    fg_heap_drop(&w->vm.heap);
    fg_region_close(&w->region);
    free(w);
    return 0;
}

/* Freezes, then takes the old heap away and makes the region read-only. */
static void freeze(world *w)
{
    assert_int_equal(fg_freeze(&w->vm, &w->region, w->program, false, &w->tmpl), FG_OK);
    fg_heap_drop(&w->vm.heap);
    assert_int_equal(fg_region_seal(&w->region), FG_OK);
    assert_true(w->tmpl->size == w->region.used);
}

static void set_global(world *w, int i, void *object)
{
    fg_value v = fg_obj_value(object);
    fg_copy_counted(&w->window[i], &v);
}

/* The frozen value of global i. */
static fg_value frozen(const world *w, int i)
{
    fg_cellref ref = w->tmpl->globals[i];
    return ref & 1 ? *(const fg_value *)((uintptr_t)w->tmpl->slots + ref - 1)
                   : *(const fg_value *)ref;
}

static const fg_value *slot(const world *w, fg_cellref ref)
{
    assert_true(ref & 1);
    assert_true(ref / sizeof(fg_value) < w->tmpl->nslots);
    return (const fg_value *)((uintptr_t)w->tmpl->slots + ref - 1);
}

/* In the region, FROZEN, not counted. */
static void check_object(const world *w, const void *object)
{
    const fg_obj *o = object;
    assert_true((uintptr_t)o - (uintptr_t)w->region.base < w->region.used);
    assert_true(o->flags & FG_F_FROZEN);
    assert_int_equal(o->count, 0);
}

static void *check_value(const world *w, const fg_value *v, fg_type type)
{
    assert_int_equal(fg_type_of(*v), type);
    assert_false(v->tag & FG_COUNTED);
    check_object(w, v->as.o);
    return v->as.o;
}

static fg_string *string(world *w, const char *text)
{
    return fg_string_new(&w->vm.heap, text, strlen(text));
}

/* ---- values --------------------------------------------------------------------- */

static void strings_become_flat(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_string *s = string(w, "");
    for (int i = 0; i < 40; i++)
        s = fg_string_concat(h, s, FG_SLICE("0123456789"));
    assert_true(s->h.bits & FG_S_SLICE);
    set_global(w, 0, s);
    set_global(w, 1, fg_string_part(h, s, 100, 200));
    set_global(w, 2, string(w, "\xc3\xa9"));
    set_global(w, 3, string(w, "g5")); /* a text of the program's */
    set_global(w, 4, string(w, ""));
    freeze(w);
    static const uint32_t lengths[] = { 400, 200, 2, 2, 0 };
    for (int i = 0; i < 5; i++) {
        fg_value v = frozen(w, i);
        fg_string *at = check_value(w, &v, FG_STRING);
        assert_int_equal(at->len, lengths[i]);
        assert_true(at->hash != 0);
        assert_int_equal(at->h.bits, FG_S_SCANNED | (i == 2 ? 0 : FG_S_ASCII));
        if (i != 3)
            assert_ptr_equal(at->bytes, at + 1);
    }
    assert_memory_equal(frozen(w, 0).as.str->bytes + 390, "0123456789", 10);
    assert_ptr_equal(frozen(w, 3).as.str, w->program->globals[5].name);
}

static void arrays_keep_their_type(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_array *ints = fg_array_ints(h, 3), *any = fg_array_new(h, 100);
    for (int i = 0; i < 3; i++)
        ints->as.ints[i] = i;
    fg_value v = fg_obj_value(ints), n = fg_null();
    fg_array_push(h, any, &v);
    fg_array_push(h, any, &v);
    fg_array_push(h, any, &n);
    set_global(w, 0, any);
    set_global(w, 1, fg_array_new(h, 10));
    freeze(w);
    fg_value f = frozen(w, 0);
    fg_array *a = check_value(w, &f, FG_ARRAY);
    assert_int_equal(a->len, 3);
    assert_int_equal(a->cap, 3);
    fg_array *inner = check_value(w, &a->as.any[0], FG_ARRAY);
    assert_ptr_equal(inner, a->as.any[1].as.arr);
    assert_int_equal(inner->h.bits, FG_A_INT);
    assert_int_equal(inner->as.ints[2], 2);
    assert_int_equal(a->as.any[2].tag, FG_NULL);
    f = frozen(w, 1);
    a = check_value(w, &f, FG_ARRAY);
    assert_int_equal(a->len, 0);
    assert_null(a->as.data);
}

static void key_lists_stay_shared(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_object *o = fg_object_empty(h, 4);
    fg_object *big = fg_object_empty(h, 4);
    fg_value one = fg_int(1);
    fg_object_set(h, o, string(w, "g1"), &one);
    fg_object_set(h, o, string(w, "b"), &one);
    for (int i = 0; i < 40; i++) {
        char name[] = { 'k', (char)('0' + i), '\0' };
        fg_value v = fg_int(i);
        fg_object_set(h, big, string(w, name), &v);
    }
    set_global(w, 0, o);
    set_global(w, 1, fg_object_copy(h, o, 3));
    set_global(w, 2, big);
    set_global(w, 3, fg_object_empty(h, 0));
    freeze(w);
    fg_value v = frozen(w, 0), u = frozen(w, 1);
    fg_object *p = check_value(w, &v, FG_OBJECT), *q = check_value(w, &u, FG_OBJECT);
    assert_ptr_equal(p->keys, q->keys);
    check_object(w, p->keys);
    assert_int_equal(p->keys->cap, 2);
    assert_ptr_equal(p->keys->names[0], w->program->globals[1].name);
    v = frozen(w, 2);
    p = check_value(w, &v, FG_OBJECT);
    assert_int_equal(fg_object_find_slice(p, FG_SLICE("k9"))->as.i, 9);
    assert_null(fg_object_find_slice(p, FG_SLICE("nothing")));
    assert_int_equal(frozen(w, 3).as.obj->keys->n, 0);
}

static void tables_are_packed(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_table *m = fg_table_new(h, FG_MAP, 0), *set = fg_table_new(h, FG_SET, 0);
    fg_func *fns[50];
    for (int i = 0; i < 50; i++) {
        fns[i] = fg_func_new(h, w->proto, 0);
        fg_value k = fg_int(i), v = fg_obj_value(string(w, "v")),
                 f = fg_obj_value(fns[i]);
        fg_table_put(h, m, &k, &v);
        fg_table_put(h, set, &f, NULL);
    }
    for (int i = 0; i < 50; i += 3) {
        fg_value k = fg_int(i);
        assert_true(fg_table_remove(m, &k));
    }
    fg_value all = fg_obj_value(fg_array_new(h, 0));
    for (int i = 0; i < 50; i++) {
        fg_value f = fg_obj_value(fns[i]);
        fg_array_push(h, all.as.arr, &f);
    }
    set_global(w, 0, m);
    set_global(w, 1, set);
    set_global(w, 2, all.as.arr);
    set_global(w, 3, fg_table_new(h, FG_MAP, 0));
    freeze(w);
    fg_value vm = frozen(w, 0), vs = frozen(w, 1), va = frozen(w, 2);
    fg_table *t = check_value(w, &vm, FG_MAP), *s = check_value(w, &vs, FG_SET);
    assert_int_equal(t->used, 33);
    assert_int_equal(t->cap, 33);
    for (int i = 0; i < 50; i++) {
        fg_value k = fg_int(i);
        int32_t at = fg_table_find(t, &k);
        assert_int_equal(at >= 0, i % 3 != 0);
        if (at >= 0)
            assert_int_equal(fg_table_value(t, (uint32_t)at)->as.str->len, 1);
        assert_true(fg_table_find(s, &va.as.arr->as.any[i]) >= 0);
    }
    assert_int_equal(frozen(w, 3).as.tab->len, 0);
}

static void other_kinds(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_string *names[] = { string(w, "__type__"), string(w, "__variant__") };
    fg_keys *keys = fg_keys_new(h, names, 2, 0);
    set_global(w, 0, fg_ctor_new(h, string(w, "T"), string(w, "V"), 0, keys));
    fg_struct *st = fg_alloc(h, sizeof *st);
    *st = (fg_struct){ .h = { FG_STRUCT, 0, 0, 0, 0 }, .name = string(w, "S") };
    set_global(w, 1, st);
    fg_value v = fg_obj_value(fg_array_new(h, 0)), pair[2];
    assert_int_equal(fg_wrap(h, FG_WRAP_SOME, &v, &v), FG_OK);
    assert_int_equal(fg_wrap(h, FG_WRAP_OK, &v, &w->window[2]), FG_OK);
    pair[0] = v;
    pair[1] = fg_none();
    set_global(w, 3, fg_tuple_of(h, pair, 2));
    fg_typeinfo *ti = fg_alloc(h, sizeof *ti);
    *ti = (fg_typeinfo){ .h = { FG_TYPEINFO, 0, 0, 0, 0 }, .name = string(w, "T") };
    ti->variants = fg_obj_value(fg_array_new(h, 0));
    w->window[4] = (fg_value){ FG_TYPEINFO, { .ptr = ti } };
    freeze(w);
    fg_value f = frozen(w, 0);
    fg_ctor *c = check_value(w, &f, FG_CTOR);
    check_object(w, c->type);
    check_object(w, c->variant);
    check_object(w, c->keys->names[1]);
    f = frozen(w, 1);
    check_object(w, ((fg_struct *)check_value(w, &f, FG_STRUCT))->name);
    f = frozen(w, 2);
    fg_box *box = check_value(w, &f, FG_BOX);
    assert_int_equal(fg_wrap_of(f), FG_WRAP_OK);
    assert_int_equal(fg_wrap_of(box->v), FG_WRAP_SOME);
    check_value(w, &box->v, FG_ARRAY);
    f = frozen(w, 3);
    fg_tuple *t = check_value(w, &f, FG_TUPLE);
    assert_int_equal(t->v[0].tag, FG_ARRAY | FG_WRAP_SOME);
    assert_int_equal(t->v[1].tag, FG_NONE);
    f = frozen(w, 4);
    ti = check_value(w, &f, FG_TYPEINFO);
    check_object(w, ti->name);
    check_value(w, &ti->variants, FG_ARRAY);
    assert_int_equal(frozen(w, 5).tag, FG_UNDEF);
}

/* ---- variables ------------------------------------------------------------------ */

static fg_value cell_value(fg_cell *c)
{
    return (fg_value){ FG_CELL, { .cell = (fg_cellref)&c->v } };
}

/* Two closures share a variable that holds one of them. */
static void captured_variables_become_slots(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_value n = fg_int(41), undef = fg_undef();
    fg_cell *count = fg_cell_new(h, &n), *self = fg_cell_new(h, &undef);
    fg_func *f = fg_func_new(h, w->proto, 2), *g = fg_func_new(h, w->proto, 1);
    f->captures[0] = cell_value(count);
    f->captures[1] = cell_value(self);
    g->captures[0] = cell_value(count);
    self->v = fg_obj_value(f);
    set_global(w, 0, f);
    set_global(w, 1, g);
    set_global(w, 2, f);
    w->program->globals[2].assigned = true;
    freeze(w);
    assert_int_equal(w->tmpl->nslots, 3);
    assert_int_equal(w->tmpl->globals[2], 1);
    fg_value vf = frozen(w, 0), vg = frozen(w, 1);
    fg_func *nf = check_value(w, &vf, FG_FUNC), *ng = check_value(w, &vg, FG_FUNC);
    assert_ptr_equal(frozen(w, 2).as.fn, nf);
    assert_int_equal(nf->captures[0].tag, FG_CELL);
    assert_int_equal(nf->captures[0].as.cell, ng->captures[0].as.cell);
    assert_int_equal(slot(w, nf->captures[0].as.cell)->as.i, 41);
    assert_ptr_equal(slot(w, nf->captures[1].as.cell)->as.fn, nf);
}

static void deep_chains_need_no_stack(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_value v = fg_null();
    for (int i = 0; i < 1000000; i++)
        v = fg_obj_value(fg_array_of(h, &v, 1));
    fg_copy_counted(&w->window[0], &v);
    freeze(w);
    v = frozen(w, 0);
    int depth = 0;
    for (; fg_type_of(v) == FG_ARRAY; depth++)
        v = v.as.arr->as.any[0];
    assert_int_equal(depth, 1000000);
}

/* ---- code ----------------------------------------------------------------------- */

static void code_is_resolved(void **state)
{
    world *w = *state;
    set_global(w, 0, fg_func_new(&w->vm.heap, w->proto, 0)); /* a constant function */
    w->window[1] = fg_int(7);                                /* a constant */
    w->window[2] = fg_int(8);                                /* assigned */
    w->program->globals[2].assigned = true;
    for (uint32_t i = 0; i < 4; i++) { /* 3 was never set */
        w->code[i] = fg_ins32(FG_OPC_GETG, 0, 16, i);
        w->code[4 + i] = fg_ins32(FG_OPC_SETG, 0, 32, i);
        w->code[8 + i] = fg_ins32(FG_OPC_CALLG, 3, 48, i);
        w->code[12 + i] = fg_ins32(FG_OPC_DEFG, 0, 0, i);
    }
    w->code[16] = fg_ins(FG_OPC_ADD, 0, 16, 32, 48);
    freeze(w);
    const uint64_t *c = w->program->code;
    assert_true(c[0] == fg_ins32(FG_OPC_GETC, 0, 16, 0));
    assert_true(c[1] == fg_ins32(FG_OPC_GETC, 0, 16, 16));
    assert_true(c[2] == fg_ins32(FG_OPC_GETW, 0, 16, 0));
    assert_true(c[3] == fg_ins32(FG_OPC_GETG, 0, 16, 3));
    assert_true(c[4] == fg_ins32(FG_OPC_SETG, 0, 32, 0));
    assert_true(c[6] == fg_ins32(FG_OPC_SETW, 0, 32, 0));
    assert_true(c[8] == fg_ins32(FG_OPC_CALLC, 3, 48, 0));
    assert_true(c[9] == fg_ins32(FG_OPC_CALLG, 3, 48, 1));
    assert_true(c[10] == fg_ins32(FG_OPC_CALLG, 3, 48, 2));
    for (uint32_t i = 0; i < 4; i++)
        assert_true(c[12 + i] == fg_ins32(FG_OPC_DEFG, 0, 0, i));
    assert_true(c[16] == fg_ins(FG_OPC_ADD, 0, 16, 32, 48));
    assert_int_equal(w->tmpl->consts[1].as.i, 7);
}

static void pages_have_only_slots(void **state)
{
    world *w = *state;
    w->code[0] = fg_ins32(FG_OPC_GETG, 0, 16, 5);
    assert_int_equal(fg_freeze(&w->vm, &w->region, w->program, true, &w->tmpl), FG_OK);
    assert_int_equal(w->tmpl->nslots, GLOBALS);
    assert_true(w->tmpl->page);
    for (int i = 0; i < GLOBALS; i++)
        assert_int_equal(frozen(w, i).tag, FG_UNDEF);
    assert_true(w->code[0] == fg_ins32(FG_OPC_GETW, 0, 16, 5 * sizeof(fg_value)));
}

/* ---- refusals ------------------------------------------------------------------- */

/* A stream, as far as freezing looks at it. */
static fg_value stream(world *w)
{
    fg_obj *o = fg_alloc(&w->vm.heap, 64);
    *o = (fg_obj){ FG_STREAM, 0, 0, 0, 0 };
    return (fg_value){ FG_STREAM, { .o = o } };
}

static void refused(world *w, const char *start)
{
    fg_status s = fg_freeze(&w->vm, &w->region, w->program, false, &w->tmpl);
    assert_int_equal(s, FG_RAISED);
    assert_int_equal(w->vm.error.kind, FG_E_TYPE);
    if (strncmp(w->vm.error.message, start, strlen(start)) != 0)
        fail_msg("%s", w->vm.error.message);
    assert_true(w->vm.error.hint[0]);
}

static void a_stream_in_a_variable_is_refused(void **state)
{
    world *w = *state;
    w->window[3] = stream(w);
    refused(w, "cannot keep a Stream in 'g3': ");
}

static void a_stream_in_containers_is_refused(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_value s = stream(w), v;
    fg_object *o = fg_object_empty(h, 0);
    fg_object_set(h, o, string(w, "items"), &s);
    fg_value two[2] = { fg_null(), fg_obj_value(o) };
    v = fg_obj_value(fg_array_of(h, two, 2));
    fg_table *m = fg_table_new(h, FG_MAP, 0);
    fg_value key = fg_obj_value(string(w, "k"));
    fg_table_put(h, m, &key, &v);
    set_global(w, 2, m);
    refused(w, "cannot keep a Stream in 'g2[k][1].items': ");
}

static void a_task_in_a_captured_variable_is_refused(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_value t = stream(w);
    t.tag = FG_TASK;
    t.as.o->kind = FG_TASK;
    fg_cell *cell = fg_cell_new(h, &t);
    fg_func *f = fg_func_new(h, w->proto, 1);
    f->captures[0] = cell_value(cell);
    set_global(w, 1, f);
    refused(w, "cannot keep a TaskHandle in 'g1.<captured variable>': ");
}

static void a_full_region_is_no_memory(void **state)
{
    world *w = *state;
    w->region.cap = w->region.used + 4096;
    set_global(w, 0, fg_array_ints(&w->vm.heap, 100000));
    assert_int_equal(fg_freeze(&w->vm, &w->region, w->program, false, &w->tmpl),
                     FG_NOMEM);
    w->region.cap = FG_REGION_RESERVE;
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(strings_become_flat),
        WORLD_TEST(arrays_keep_their_type),
        WORLD_TEST(key_lists_stay_shared),
        WORLD_TEST(tables_are_packed),
        WORLD_TEST(other_kinds),
        WORLD_TEST(captured_variables_become_slots),
        WORLD_TEST(deep_chains_need_no_stack),
        WORLD_TEST(code_is_resolved),
        WORLD_TEST(pages_have_only_slots),
        WORLD_TEST(a_stream_in_a_variable_is_refused),
        WORLD_TEST(a_stream_in_containers_is_refused),
        WORLD_TEST(a_task_in_a_captured_variable_is_refused),
        WORLD_TEST(a_full_region_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
