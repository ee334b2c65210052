// SPDX-License-Identifier: Apache-2.0
/* The collector on graphs made by hand: what is reachable from the window and the stack
 * survives with its content, the rest is given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/run.h"
#include "value/array.h"
#include "value/keys.h"
#include "value/record.h"
#include "value/string.h"
#include "value/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define SLOTS 4
#define STACK 64

/* A VM at rest: no frame, a window and a stack. */
typedef struct world {
    fg_vm vm;
    fg_value window[SLOTS], stack[STACK];
    fg_proto proto;
} world;

static int set_up(void **state)
{
    world *w = calloc(1, sizeof *w);
    w->vm.window = w->vm.own_window = w->window;
    w->vm.base[1] = (uintptr_t)w->window - 1;
    w->vm.nslots = SLOTS;
    w->vm.stack0 = w->vm.top = w->stack;
    w->vm.limit = w->vm.hard_limit = w->vm.stack0_end = w->stack + STACK;
    w->proto.h = (fg_obj){ FG_PROTO, FG_F_FROZEN, 0, 0, 0 };
    fg_heap_init(&w->vm.heap, &fg_host_malloc, NULL, 0, SIZE_MAX, &w->vm.slice);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;
    fg_heap_drop(&w->vm.heap);
    free(w);
    return 0;
}

static fg_value text(world *w, int i)
{
    char buffer[32];
    int n = snprintf(buffer, sizeof buffer, "text %d", i);
    return fg_obj_value(fg_string_new(&w->vm.heap, buffer, (size_t)n));
}

static void check_text(const fg_value *v, int i)
{
    char buffer[32];
    int n = snprintf(buffer, sizeof buffer, "text %d", i);
    assert_int_equal(v->tag, FG_STRING);
    assert_int_equal(v->as.str->len, n);
    assert_memory_equal(v->as.str->bytes, buffer, (size_t)n);
}

static void set_slot(world *w, int i, const fg_value *v) { fg_store(&w->window[i], v); }

/* Fills what is free with something else, so that a loss shows. */
static void churn(world *w)
{
    fg_gc(&w->vm);
    for (int i = 0; i < 20000; i++) {
        fg_string *s = fg_string_new(&w->vm.heap, NULL, 40);
        memset(fg_string_bytes(s), 0xee, 40);
    }
    fg_gc(&w->vm);
}

/* An array of one of each kind, the ith from text i. */
static fg_value one_of_each(world *w)
{
    fg_heap *h = &w->vm.heap;
    fg_array *all = fg_array_new(h, 0);
    fg_value v[8], t = text(w, 0);
    v[0] = fg_obj_value(fg_array_of(h, &t, 1));
    fg_object *o = fg_object_empty(h, 0);
    for (int i = 0; i < 100; i++) {
        t = text(w, i);
        fg_object_set(h, o, text(w, 1000 + i).as.str, &t);
    }
    v[1] = fg_obj_value(o);
    t = text(w, 2);
    v[2] = fg_obj_value(fg_tuple_of(h, &t, 1));
    fg_table *m = fg_table_new(h, FG_MAP, 0);
    for (int i = 0; i < 100; i++) {
        fg_value k = text(w, 2000 + i);
        t = text(w, i);
        fg_table_put(h, m, &k, &t);
    }
    v[3] = fg_obj_value(m);
    t = text(w, 4);
    fg_func *f = fg_func_new(h, &w->proto, 2);
    fg_cell *c = fg_cell_new(h, &t);
    f->captures[0] = (fg_value){ FG_CELL, { .cell = (fg_cellref)&c->v } };
    f->captures[1] = fg_obj_value(f);
    v[4] = fg_obj_value(f);
    t = text(w, 5);
    fg_wrap(h, FG_WRAP_SOME, &t, &t);
    fg_wrap(h, FG_WRAP_OK, &t, &v[5]);
    fg_string *s = fg_string_new(h, "", 0);
    for (int i = 0; i < 3000; i++)
        s = fg_string_concat(h, s, FG_SLICE("0123456789"));
    v[6] = fg_obj_value(fg_string_part(h, s, 100, 20000));
    fg_string *names[] = { text(w, 6).as.str, text(w, 7).as.str };
    v[7] = fg_obj_value(
        fg_ctor_new(h, names[0], names[1], 0, fg_keys_new(h, names, 2, 0)));
    for (int i = 0; i < 8; i++)
        fg_array_push(h, all, &v[i]);
    return fg_obj_value(all);
}

static void check_each(const fg_value *all)
{
    const fg_value *v = all->as.arr->as.any;
    check_text(&v[0].as.arr->as.any[0], 0);
    assert_int_equal(v[1].as.obj->keys->n, 100);
    for (int i = 0; i < 100; i++) {
        fg_value name = fg_obj_value(v[1].as.obj->keys->names[i]);
        check_text(&name, 1000 + i);
        check_text(fg_object_find(v[1].as.obj, name.as.str), i);
    }
    check_text(&v[2].as.tup->v[0], 2);
    assert_int_equal(v[3].as.tab->len, 100);
    for (uint32_t i = 0; i < 100; i++) {
        check_text(fg_table_key(v[3].as.tab, i), 2000 + (int)i);
        check_text(fg_table_value(v[3].as.tab, i), (int)i);
    }
    assert_ptr_equal(v[4].as.fn->captures[1].as.fn, v[4].as.fn);
    check_text((const fg_value *)v[4].as.fn->captures[0].as.cell, 4);
    fg_value inner;
    fg_unwrap(&v[5], &inner);
    fg_unwrap(&inner, &inner);
    check_text(&inner, 5);
    assert_int_equal(v[6].as.str->len, 20000);
    assert_memory_equal(v[6].as.str->bytes + 19990, "0123456789", 10);
    fg_value name = fg_obj_value(v[7].as.ctor->keys->names[1]);
    check_text(&name, 7);
}

static void every_kind_survives(void **state)
{
    world *w = *state;
    fg_value all = one_of_each(w);
    set_slot(w, 1, &all);
    all = one_of_each(w);
    w->vm.top = w->stack + 3;
    fg_copy(&w->stack[2], &all); /* as scratch: not counted */
    for (int i = 0; i < 5; i++)
        churn(w);
    check_each(&w->window[1]);
    check_each(&w->stack[2]);
}

static void garbage_is_given_back(void **state)
{
    world *w = *state;
    for (int i = 0; i < 100; i++) {
        one_of_each(w);
        fg_array_ints(&w->vm.heap, 10000);
    }
    assert_true(w->vm.heap.bytes > 10000000);
    fg_gc(&w->vm);
    assert_true(w->vm.heap.bytes < 500000 + w->vm.heap.nspare * FG_BLOCK_SIZE);
    assert_true(w->vm.heap.bytes < (size_t)1 << 20);
    assert_null(w->vm.heap.large);
}

static void slots_above_the_top_are_cleared(void **state)
{
    world *w = *state;
    for (int i = 0; i < STACK; i++)
        w->stack[i] = text(w, i);
    w->vm.top = w->stack + 10;
    churn(w);
    for (int i = 0; i < STACK; i++) {
        if (i < 10)
            check_text(&w->stack[i], i);
        else
            assert_int_equal(w->stack[i].tag, FG_NULL);
    }
}

/* The second of two chunks is in use; the first is scanned as far as it is valid. */
static void chunks_below_are_roots(void **state)
{
    world *w = *state;
    fg_chunk *chunk = calloc(1, sizeof *chunk + 8 * sizeof(fg_value));
    chunk->end = chunk->v + 8;
    chunk->resume = w->stack + 20;
    for (int i = 0; i < 20; i++)
        w->stack[i] = text(w, i);
    w->stack[20] = (fg_value){ FG_STRING, { .u = 0x10 } }; /* was never valid */
    w->vm.chunk = chunk;
    w->vm.limit = w->vm.hard_limit = chunk->end;
    w->vm.top = chunk->v + 2;
    chunk->v[1] = text(w, 99);
    churn(w);
    for (int i = 0; i < 20; i++)
        check_text(&w->stack[i], i);
    check_text(&chunk->v[1], 99);
    free(chunk);
}

/* A chain whose links are arrays of WIDE elements, the next one first: each is scanned
 * in part only when it is followed. */
#define WIDE 20

static fg_value make_wide(world *w, int n)
{
    fg_heap *h = &w->vm.heap;
    fg_value chain = fg_null();
    for (int i = 0; i < n; i++) {
        fg_value all[WIDE] = { chain }, t = text(w, i);
        for (int k = 1; k < WIDE; k++)
            all[k] = t;
        chain = fg_obj_value(fg_array_of(h, all, WIDE));
    }
    return chain;
}

static void check_wide(fg_value v, int n)
{
    while (n-- > 0) {
        check_text(&v.as.arr->as.any[WIDE - 1], n);
        v = v.as.arr->as.any[0];
    }
    assert_int_equal(v.tag, FG_NULL);
}

/* A chain in which each link waits for the next to be marked. */
static fg_value make_comb(world *w, int n)
{
    fg_heap *h = &w->vm.heap;
    fg_value comb = fg_null();
    for (int i = 0; i < n; i++) {
        fg_value two[2] = { text(w, i), comb };
        two[0] = fg_obj_value(fg_array_of(h, &two[0], 1));
        comb = fg_obj_value(fg_array_of(h, two, 2));
    }
    return comb;
}

static void check_comb(fg_value v, int n)
{
    while (n-- > 0) {
        check_text(&v.as.arr->as.any[0].as.arr->as.any[0], n);
        v = v.as.arr->as.any[1];
    }
    assert_int_equal(v.tag, FG_NULL);
}

static void shapes_do_not_matter(void **state)
{
    world *w = *state;
    fg_heap *h = &w->vm.heap;
    fg_value deep = fg_null(), wide = fg_obj_value(fg_array_new(h, 0));
    for (int i = 0; i < 1000000; i++) {
        deep = fg_obj_value(fg_array_of(h, &deep, 1));
        fg_value leaf = fg_obj_value(fg_array_of(h, NULL, 0));
        fg_array_push(h, wide.as.arr, &leaf);
    }
    set_slot(w, 0, &deep);
    set_slot(w, 1, &wide);
    fg_value comb = make_comb(w, 200000);
    set_slot(w, 2, &comb);
    churn(w);
    int n = 0;
    for (fg_value v = w->window[0]; fg_type_of(v) == FG_ARRAY; n++)
        v = v.as.arr->as.any[0];
    assert_int_equal(n, 1000000);
    assert_int_equal(w->window[1].as.arr->as.any[999999].as.arr->len, 0);
    check_comb(w->window[2], 200000);
    fg_value chain = make_wide(w, 20000);
    set_slot(w, 3, &chain);
    churn(w);
    check_wide(w->window[3], 20000);
}

/* Loops of garbage between collections stay within the memory of the first few. */
static void memory_stays_flat(void **state)
{
    world *w = *state;
    fg_value keep = one_of_each(w);
    set_slot(w, 0, &keep);
    size_t most = 0;
    for (int round = 0; round < 200; round++) {
        while (!w->vm.heap.want_gc)
            one_of_each(w);
        fg_gc(&w->vm);
        if (round == 20)
            most = w->vm.heap.peak;
    }
    assert_true(w->vm.heap.peak <= most + most / 4);
    check_each(&w->window[0]);
}

/* Without memory for the marker's stack nothing is lost, and the program ends. */
static void marking_without_memory_keeps_everything(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)state;
    skip(); /* the sanitizer needs the address space itself */
#else
    world *w = *state;
    fg_value chain = make_wide(w, 300000);
    set_slot(w, 0, &chain);
    fg_gc(&w->vm);
    for (int i = 0; i < 100000; i++)
        text(w, i);
    struct rlimit was, none;
    getrlimit(RLIMIT_AS, &was);
    none = was;
    none.rlim_cur = 1 << 20;
    setrlimit(RLIMIT_AS, &none);
    size_t bytes = w->vm.heap.bytes;
    void **taken = NULL; /* what the C library still had */
    for (size_t n = (size_t)1 << 24; n >= 4096;) {
        void **more = malloc(n);
        if (more) {
            *more = (void *)taken;
            taken = more;
        } else {
            n /= 2;
        }
    }
    fg_gc(&w->vm);
    setrlimit(RLIMIT_AS, &was);
    while (taken) {
        void **next = *taken;
        free((void *)taken);
        taken = next;
    }
    assert_true(w->vm.heap.bytes == bytes);
    assert_true(w->vm.heap.nomem);
    churn(w);
    check_wide(w->window[0], 300000);
#endif
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(every_kind_survives),
        WORLD_TEST(garbage_is_given_back),
        WORLD_TEST(slots_above_the_top_are_cleared),
        WORLD_TEST(chunks_below_are_roots),
        WORLD_TEST(shapes_do_not_matter),
        WORLD_TEST(memory_stays_flat),
        WORLD_TEST(marking_without_memory_keeps_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
