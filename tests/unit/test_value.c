// SPDX-License-Identifier: Apache-2.0
/* value/: strings, arrays, key lists, objects, tables, equality, text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "value/array.h"
#include "value/equal.h"
#include "value/func.h"
#include "value/record.h"
#include "value/show.h"
#include "value/string.h"
#include "value/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static fg_heap heap;

static int setup(void **state)
{
    (void)state;
    fg_heap_init(&heap, &fg_host_malloc, NULL, 0, (size_t)1 << 30, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fg_heap_drop(&heap);
    return 0;
}

static fg_string *str(const char *s) { return fg_string_new(&heap, s, strlen(s)); }

static fg_value text(const char *s) { return fg_string_value(str(s)); }

static fg_value wrap(uint64_t kind, fg_value v)
{
    fg_value out;
    assert_int_equal(fg_wrap(&heap, kind, &v, &out), FG_OK);
    return out;
}

#define LIST(...) ((fg_value[]){ __VA_ARGS__ })
#define ARRAY(...)                                                                     \
    fg_obj_value(fg_array_of(&heap, LIST(__VA_ARGS__),                                 \
                             sizeof(LIST(__VA_ARGS__)) / sizeof(fg_value)))
#define TUPLE(...)                                                                     \
    fg_obj_value(fg_tuple_of(&heap, LIST(__VA_ARGS__),                                 \
                             sizeof(LIST(__VA_ARGS__)) / sizeof(fg_value)))

static fg_value table_of(fg_type kind, const fg_value *v, uint32_t n)
{
    fg_table *t = fg_table_new(&heap, kind, 0);
    for (uint32_t i = 0; i < n; i += kind == FG_MAP ? 2 : 1)
        assert_int_equal(fg_table_put(&heap, t, &v[i], &v[i + (kind == FG_MAP)]),
                         FG_OK);
    return fg_obj_value(t);
}

#define SET(...)                                                                       \
    table_of(FG_SET, LIST(__VA_ARGS__), sizeof(LIST(__VA_ARGS__)) / sizeof(fg_value))
#define MAP(...)                                                                       \
    table_of(FG_MAP, LIST(__VA_ARGS__), sizeof(LIST(__VA_ARGS__)) / sizeof(fg_value))

static void put(fg_object *o, const char *name, fg_value v)
{
    assert_int_equal(fg_object_set(&heap, o, str(name), &v), FG_OK);
}

static fg_value object2(const char *a, fg_value va, const char *b, fg_value vb)
{
    fg_object *o = fg_object_empty(&heap, 0);
    put(o, a, va);
    put(o, b, vb);
    return fg_obj_value(o);
}

/* ---- strings ----------------------------------------------------------------- */

static void assert_text(const fg_string *s, const char *want)
{
    assert_int_equal(s->len, strlen(want));
    assert_memory_equal(s->bytes, want, s->len);
}

static void string_shapes(void **state)
{
    (void)state;
    fg_string *empty = fg_string_new(&heap, NULL, 0);
    assert_int_equal(empty->len, 0);
    assert_true(fg_string_is_ascii(empty));
    assert_int_not_equal(fg_string_hash(empty), 0);
    fg_string *flat = str("h\xc3\xa9llo");
    assert_int_equal(fg_string_length(flat), 5);
    assert_int_equal(fg_string_size(flat), sizeof(fg_string) + 6);
    static const char fixed[] =
        "static text that is long enough to be shared by a part of it, "
        "because short parts are copied";
    fg_string *st = fg_string_static(&heap, fixed, sizeof fixed - 1);
    assert_ptr_equal(st->bytes, fixed);
    assert_int_equal(fg_string_size(st), sizeof(fg_string));
    fg_string *part = fg_string_part(&heap, st, 7, 80);
    assert_ptr_equal(part->bytes, fixed + 7);
    assert_true(part->h.bits & FG_S_STATIC);
    fg_string *s = str("static text");
    fg_string *same = str("static text");
    assert_true(fg_string_eq(s, same));
    assert_int_equal(fg_string_hash(s), fg_string_hash(same));
    assert_true(fg_string_eq(s, same));
    assert_false(fg_string_eq(s, flat));
    assert_int_equal(fg_string_cmp(s, same), 0);
    assert_int_equal(fg_string_cmp(str("a"), str("ab")), -1);
    assert_int_equal(fg_string_cmp(str("b"), str("ab")), 1);
    assert_int_equal(fg_string_cmp(str("\xc3\xa9"), str("z")), 1);
    assert_int_equal(fg_string_cmp(empty, str("")), 0);
}

static void string_parts(void **state)
{
    (void)state;
    fg_string *s = fg_string_new(&heap, NULL, 1000);
    for (int i = 0; i < 1000; i++)
        fg_string_bytes(s)[i] = (char)('a' + i % 26);
    assert_true(fg_string_is_ascii(s));
    assert_ptr_equal(fg_string_part(&heap, s, 0, 1000), s);
    fg_string *part = fg_string_part(&heap, s, 26, 500);
    assert_true(part->h.bits & FG_S_SLICE);
    assert_true(part->h.bits & FG_S_ASCII);
    assert_ptr_equal(((fg_strslice *)part)->owner, s);
    assert_int_equal(fg_string_size(part), sizeof(fg_strslice));
    fg_string *inner = fg_string_part(&heap, part, 26, 100);
    assert_ptr_equal(((fg_strslice *)inner)->owner, s); /* no chains */
    assert_ptr_equal(inner->bytes, s->bytes + 52);
    fg_string *small = fg_string_part(&heap, part, 0, 3);
    assert_false(small->h.bits & FG_S_SLICE);
    assert_text(small, "abc");
    assert_int_equal(fg_string_part(&heap, s, 1000, 0)->len, 0);
    fg_string *big = fg_string_new(&heap, NULL, 100000);
    memset(fg_string_bytes(big), 'x', 100000);
    fg_string *few = fg_string_part(&heap, big, 10, 100);
    assert_false(few->h.bits & FG_S_SLICE); /* does not keep 100 KB alive */
}

/* Strings that share a buffer never see each other's appends. */
static void string_concat_shares(void **state)
{
    (void)state;
    fg_string *base = fg_string_new(&heap, NULL, 100);
    memset(fg_string_bytes(base), 'b', 100);
    assert_ptr_equal(fg_string_concat(&heap, base, FG_SLICE("")), base);
    fg_string *one = fg_string_concat(&heap, base, FG_SLICE("1"));
    fg_buffer *buffer = (fg_buffer *)((fg_strslice *)one)->owner;
    assert_int_equal(buffer->h.kind, FG_BUFFER);
    fg_string *two = fg_string_concat(&heap, one, FG_SLICE("2"));
    assert_ptr_equal(((fg_strslice *)two)->owner, buffer);
    assert_ptr_equal(two->bytes, one->bytes);
    fg_string *other =
        fg_string_concat(&heap, one, FG_SLICE("X")); /* not the end any more */
    assert_ptr_not_equal(((fg_strslice *)other)->owner, buffer);
    fg_string *tail =
        fg_string_part(&heap, two, 20, 82); /* a slice that ends at the end */
    fg_string *three = fg_string_concat(&heap, tail, FG_SLICE("3"));
    assert_ptr_equal(((fg_strslice *)three)->owner, buffer);
    fg_string *twice = fg_string_concat(&heap, three, fg_string_slice(three));
    assert_int_equal(base->len, 100);
    assert_int_equal(one->bytes[100], '1');
    assert_int_equal(one->len, 101);
    assert_memory_equal(two->bytes + 100, "12", 2);
    assert_memory_equal(other->bytes + 100, "1X", 2);
    assert_memory_equal(three->bytes + 80, "123", 3);
    assert_int_equal(twice->len, 166);
    assert_memory_equal(twice->bytes + 80, "123b", 4);
    assert_memory_equal(twice->bytes + 163, "123", 3);
    assert_text(fg_string_concat(&heap, str("a"), FG_SLICE("b")), "ab");
    assert_text(fg_string_concat(&heap, str(""), FG_SLICE("b")), "b");
    buffer = (fg_buffer *)((fg_strslice *)twice)->owner;
    buffer->h.flags |= FG_F_FROZEN; /* a frozen buffer is left alone */
    fg_string *more = fg_string_concat(&heap, twice, FG_SLICE("!"));
    assert_ptr_not_equal(((fg_strslice *)more)->owner, buffer);
}

static void string_concat_is_linear(void **state)
{
    (void)state;
    fg_string *s = str("");
    for (int i = 0; i < 20000; i++)
        s = fg_string_concat(&heap, s, FG_SLICE("ab"));
    assert_int_equal(s->len, 40000);
    for (uint32_t i = 0; i < s->len; i++)
        assert_int_equal(s->bytes[i], "ab"[i & 1]);
    assert_true(heap.peak < (size_t)2 << 20);
}

static void string_concat_ascii(void **state)
{
    (void)state;
    fg_string *s = str("a");
    fg_string *unknown = fg_string_concat(&heap, s, FG_SLICE("b"));
    assert_false(unknown->h.bits & FG_S_SCANNED);
    assert_true(fg_string_is_ascii(s));
    fg_string *ascii = fg_string_concat(&heap, s, FG_SLICE("b"));
    assert_true((ascii->h.bits & FG_S_SCANNED) && (ascii->h.bits & FG_S_ASCII));
    fg_string *not = fg_string_concat(&heap, ascii, FG_SLICE("\xc3"));
    assert_true(not ->h.bits & FG_S_SCANNED);
    assert_false(fg_string_is_ascii(not ));
    fg_string *joined =
        fg_string_concat(&heap, not, FG_SLICE("\xa9")); /* becomes one é */
    assert_int_equal(fg_string_length(not ), 3);
    assert_int_equal(fg_string_length(joined), 3);
}

static void string_too_long(void **state)
{
    (void)state;
    assert_null(fg_string_new(&heap, NULL, (size_t)FG_MAX_LEN + 1));
    assert_true(heap.nomem);
    heap.nomem = false;
    assert_null(fg_string_static(&heap, "", (size_t)FG_MAX_LEN + 1));
    assert_true(heap.nomem);
    heap.nomem = false;
    fg_string *s = fg_string_static(&heap, "", 0);
    s->len = FG_MAX_LEN;
    assert_null(fg_string_concat(&heap, s, FG_SLICE("x")));
    assert_true(heap.nomem);
}

static void frozen_strings_are_not_written(void **state)
{
    (void)state;
    fg_string *s = str("frozen");
    s->h.flags |= FG_F_FROZEN;
    fg_string before = *s;
    fg_string_hash(s);
    fg_string_is_ascii(s);
    assert_memory_equal(s, &before, sizeof before);
}

/* ---- arrays ------------------------------------------------------------------ */

static void array_types(void **state)
{
    (void)state;
    fg_array *a = fg_array_new(&heap, 0);
    fg_value v = fg_int(7), f = fg_float(1.5), s = text("x");
    assert_null(a->as.data);
    assert_int_equal(fg_array_push(&heap, a, &v), FG_OK);
    assert_int_equal(a->h.bits, FG_A_INT);
    for (int i = 1; i < 1000; i++) {
        v = fg_int(i);
        assert_int_equal(fg_array_push(&heap, a, &v), FG_OK);
    }
    assert_int_equal(a->h.bits, FG_A_INT);
    assert_int_equal(fg_array_push(&heap, a, &f), FG_OK);
    assert_int_equal(a->h.bits, FG_A_ANY);
    assert_int_equal(a->len, 1001);
    assert_true(fg_is_int(fg_array_at(a, 999)) && fg_array_at(a, 999).as.i == 999);
    assert_true(fg_is_float(fg_array_at(a, 1000)));
    fg_value out;
    while (a->len)
        fg_array_pop(a, &out);
    assert_int_equal(out.as.i, 7);
    fg_array_pop(a, &out);
    assert_true(fg_is_null(out));
    assert_int_equal(fg_array_push(&heap, a, &f), FG_OK); /* empty: typed anew */
    assert_int_equal(a->h.bits, FG_A_FLOAT);
    fg_array_pop(a, &out);
    assert_true(fg_is_float(out));
    assert_int_equal(fg_array_push(&heap, a, &s), FG_OK);
    assert_int_equal(a->h.bits, FG_A_ANY);
    fg_array *b = fg_array_ints(&heap, 3);
    memset(b->as.ints, 0, 24);
    assert_int_equal(fg_array_set(&heap, b, 1, &v), FG_OK);
    assert_int_equal(b->h.bits, FG_A_INT);
    assert_int_equal(fg_array_set(&heap, b, 1, &s), FG_OK);
    assert_int_equal(b->h.bits, FG_A_ANY);
    assert_true(fg_is_int(fg_array_at(b, 2)) && fg_is_string(fg_array_at(b, 1)));
    assert_int_equal(fg_array_floats(&heap, 5)->len, 5);
    assert_int_equal(fg_array_floats(&heap, 0)->len, 0);
    fg_array *wide = fg_array_of(&heap, LIST(fg_int(1), fg_int(2), fg_int(3)), 3);
    assert_int_equal(wide->h.bits, FG_A_INT);
    assert_int_equal(fg_array_widen(&heap, wide), FG_OK);
    assert_int_equal(fg_array_widen(&heap, wide), FG_OK);
    assert_int_equal(wide->h.bits, FG_A_ANY);
    assert_int_equal(fg_array_narrow(&heap, wide), FG_OK);
    assert_int_equal(wide->h.bits, FG_A_INT);
    assert_int_equal(wide->as.ints[2], 3);
    fg_array *mixed = fg_array_of(&heap, LIST(fg_int(1), fg_float(2)), 2);
    assert_int_equal(fg_array_narrow(&heap, mixed), FG_OK);
    assert_int_equal(mixed->h.bits, FG_A_ANY);
    assert_int_equal(fg_array_of(&heap, NULL, 0)->len, 0);
}

static void array_counts(void **state)
{
    (void)state;
    fg_value child = ARRAY(fg_int(1)), out;
    fg_obj *o = child.as.o;
    assert_int_equal(o->count, 0);
    fg_array *a = fg_array_of(&heap, LIST(child, child), 2);
    assert_int_equal(o->count, 2);
    fg_array *copy = fg_array_copy(&heap, a, 3);
    assert_int_equal(o->count, 4);
    assert_true(copy->cap >= 5);
    fg_array *part = fg_array_part(&heap, a, 1, 1);
    assert_int_equal(o->count, 5);
    assert_int_equal(part->len, 1);
    assert_int_equal(fg_array_push(&heap, copy, &child), FG_OK);
    assert_int_equal(o->count, 6);
    fg_array_pop(copy, &out);
    assert_int_equal(o->count, 5);
    fg_value nothing = fg_null();
    assert_int_equal(fg_array_set(&heap, copy, 0, &nothing), FG_OK);
    assert_int_equal(o->count, 4);
    assert_int_equal(fg_array_set(&heap, part, 0, &child), FG_OK); /* by itself */
    assert_int_equal(o->count, 4);
    fg_tuple_of(&heap, LIST(child), 1);
    assert_int_equal(o->count, 5);
    assert_false(fg_unique(child));
    fg_value frozen = child;
    o->flags |= FG_F_FROZEN;
    frozen = fg_obj_value(o);
    assert_int_equal(fg_array_push(&heap, a, &frozen), FG_OK);
    assert_int_equal(o->count, 5);
    assert_int_equal(fg_array_part(&heap, a, 0, 0)->len, 0);
}

/* Old large storage goes back at once, also when the pushed value lies in it. */
static void array_grows_large(void **state)
{
    (void)state;
    fg_array *a = fg_array_new(&heap, 1);
    fg_value v = text("item");
    assert_int_equal(fg_array_push(&heap, a, &v), FG_OK);
    for (int i = 0; i < 200000; i++)
        assert_int_equal(fg_array_push(&heap, a, &a->as.any[0]), FG_OK);
    for (uint32_t i = 0; i < a->len; i++)
        assert_ptr_equal(a->as.any[i].as.str, v.as.str);
    assert_true(heap.bytes < a->cap * sizeof(fg_value) + 4 * FG_BLOCK_SIZE);
    assert_null(heap.large->next);
    assert_int_equal(fg_array_reserve(&heap, a, FG_MAX_LEN + 1), FG_NOMEM);
    assert_null(fg_array_copy(&heap, a, FG_MAX_LEN));
    assert_null(fg_array_new(&heap, FG_MAX_LEN + 1));
    assert_null(fg_tuple_of(&heap, NULL, FG_MAX_LEN + 1));
    /* Storage between small and large keeps its size while it is retyped. */
    for (uint32_t n = 1020; n < 1030; n++) {
        fg_array *b = fg_array_ints(&heap, n);
        fg_value out, item = fg_int(1);
        while (b->len)
            fg_array_pop(b, &out);
        assert_int_equal(fg_array_push(&heap, b, &v), FG_OK);
        fg_array_pop(b, &out);
        assert_int_equal(fg_array_push(&heap, b, &item), FG_OK);
        assert_int_equal(fg_array_reserve(&heap, b, 5000), FG_OK);
        fg_free_large(&heap, b->as.data, (size_t)b->cap * 8);
        assert_null(heap.large->next);
    }
}

/* ---- key lists and objects --------------------------------------------------- */

static void keys_many(void **state)
{
    (void)state;
    enum { N = 10000 };
    static fg_string *names[N];
    char at[32];
    fg_object *o = fg_object_empty(&heap, 0);
    for (int i = 0; i < N; i++) {
        snprintf(at, sizeof at, "key %d", i);
        names[i] = str(at);
        fg_value v = fg_int(i);
        assert_int_equal(fg_object_set(&heap, o, names[i], &v), FG_OK);
        if (i < 20) /* around the birth of the index */
            for (int k = 0; k <= i; k++)
                assert_int_equal(fg_keys_find(o->keys, names[k]), k);
    }
    assert_int_equal(fg_object_len(o), N);
    assert_true(fg_keys_same(o->keys, names, N));
    assert_false(fg_keys_same(o->keys, names, N - 1));
    for (int i = 0; i < N; i++) {
        snprintf(at, sizeof at, "key %d", i);
        assert_int_equal(fg_object_find(o, str(at))->as.i, i);
        assert_int_equal(fg_object_find_slice(o, fg_slice_str(at))->as.i, i);
    }
    assert_null(fg_object_find_slice(o, FG_SLICE("key")));
    assert_null(fg_object_find(o, str("key 10000")));
    fg_keys *copy = fg_keys_copy(&heap, o->keys, 5);
    assert_int_equal(copy->h.count, 0);
    assert_int_equal(fg_keys_find(copy, names[N - 1]), N - 1);
    assert_true(heap.bytes < (size_t)4 << 20);
}

static void keys_shared(void **state)
{
    (void)state;
    fg_string *names[] = { str("a"), str("b") };
    fg_keys *k = fg_keys_new(&heap, names, 2, 0);
    fg_object *x = fg_object_new(&heap, k), *y = fg_object_new(&heap, k);
    assert_int_equal(k->h.count, 2);
    assert_true(fg_is_null(x->slots[1]));
    put(x, "a", fg_int(1));
    assert_ptr_equal(x->keys, k);
    put(x, "c", fg_int(3));
    assert_ptr_not_equal(x->keys, k);
    assert_int_equal(k->n, 2);
    assert_int_equal(k->h.count, 1);
    assert_int_equal(x->keys->h.count, 1);
    put(y, "d", fg_int(4)); /* the only user now: in place */
    assert_ptr_equal(y->keys, k);
    fg_object *z = fg_object_copy(&heap, y, 2);
    assert_ptr_equal(z->keys, k);
    assert_int_equal(k->h.count, 2);
    put(z, "e", fg_int(5));
    assert_int_equal(fg_object_len(y), 3);
    assert_int_equal(fg_object_len(z), 4);
    k->h.flags |= FG_F_FROZEN;
    fg_keys before = *k;
    fg_object *w = fg_object_new(&heap, k);
    put(w, "f", fg_int(6));
    assert_memory_equal(k, &before, sizeof before);
    assert_int_equal(fg_keys_find(&fg_keys_empty, names[0]), -1);
    assert_int_equal(fg_keys_find_slice(&fg_keys_empty, FG_SLICE("")), -1);
    assert_int_equal(fg_keys_empty.h.count, 0);
    assert_int_equal(fg_keys_new(&heap, NULL, 0, 0)->n, 0);
}

static void object_counts(void **state)
{
    (void)state;
    fg_value child = ARRAY(fg_int(1));
    fg_object *o = fg_object_empty(&heap, 0);
    put(o, "a", child);
    put(o, "b", child);
    assert_int_equal(child.as.o->count, 2);
    fg_object_copy(&heap, o, 0);
    assert_int_equal(child.as.o->count, 4);
    put(o, "a", fg_int(1));
    assert_int_equal(child.as.o->count, 3);
    put(o, "b", child); /* by itself */
    assert_int_equal(child.as.o->count, 3);
    fg_object *big =
        fg_object_empty(&heap, 1000); /* slots of their own from the start */
    assert_false(big->h.bits & FG_O_INLINE);
    assert_true(o->h.bits == 0 || o->slots == (fg_value *)(o + 1));
    put(big, "first", child);
    for (int i = 0; i < 3000; i++) {
        char at[16];
        snprintf(at, sizeof at, "%d", i);
        fg_string *name = str(at);
        assert_int_equal(fg_object_set(&heap, big, name, &big->slots[0]), FG_OK);
    }
    assert_int_equal(child.as.o->count, 3004);
}

/* ---- tables ------------------------------------------------------------------ */

static void table_numbers(void **state)
{
    (void)state;
    for (uint32_t room = 0; room < 40; room += 20) { /* scanned and indexed */
        fg_table *t = fg_table_new(&heap, FG_MAP, room);
        fg_value one = fg_int(1), same = fg_float(1.0), nan1 = fg_float(NAN);
        fg_value nan2 = fg_float(-NAN), zero = fg_float(-0.0), izero = fg_int(0);
        fg_value a = text("a"), b = text("b");
        assert_int_equal(fg_table_put(&heap, t, &one, &a), FG_OK);
        assert_int_equal(fg_table_put(&heap, t, &same, &b), FG_OK);
        assert_int_equal(fg_table_put(&heap, t, &nan1, &a), FG_OK);
        assert_int_equal(fg_table_put(&heap, t, &nan2, &b), FG_OK);
        assert_int_equal(fg_table_put(&heap, t, &zero, &a), FG_OK);
        assert_int_equal(fg_table_put(&heap, t, &izero, &b), FG_OK);
        assert_int_equal(t->len, 3);
        assert_true(fg_is_int(*fg_table_key(t, 0))); /* the first key stays */
        for (uint32_t i = 0; i < 3; i++)
            assert_ptr_equal(fg_table_value(t, i)->as.str, b.as.str);
        fg_value big = fg_int((INT64_C(1) << 53) + 1),
                 bigf = fg_float(9007199254740992.0);
        assert_int_equal(fg_table_put(&heap, t, &big, &a), FG_OK);
        assert_int_equal(fg_table_find(t, &bigf), 3);
    }
}

static void table_remove_and_reinsert(void **state)
{
    (void)state;
    fg_table *t = fg_table_new(&heap, FG_MAP, 0);
    fg_value v = fg_null();
    enum { N = 2000 };
    for (int64_t i = 0; i < N; i++) {
        fg_value key = fg_int(i);
        assert_int_equal(fg_table_put(&heap, t, &key, &key), FG_OK);
    }
    for (int64_t i = 0; i < N; i += 2) {
        fg_value key = fg_int(i);
        assert_true(fg_table_remove(t, &key));
        assert_false(fg_table_remove(t, &key));
    }
    assert_int_equal(t->len, N / 2);
    for (int64_t i = 0; i < N; i += 2) {
        fg_value key = fg_int(i), value = fg_int(-i);
        assert_int_equal(fg_table_find(t, &key), -1);
        assert_int_equal(fg_table_put(&heap, t, &key, &value), FG_OK);
    }
    assert_int_equal(t->len, N);
    int64_t seen = 0;
    for (uint32_t i = 0; (i = fg_table_next(t, i)) < t->used; i++, seen++) {
        int64_t want = seen < N / 2 ? 2 * seen + 1 : 2 * (seen - N / 2);
        assert_int_equal(fg_table_key(t, i)->as.i, want);
        assert_int_equal(fg_table_value(t, i)->as.i, want & 1 ? want : -want);
    }
    assert_int_equal(seen, N);
    uint32_t cap = t->cap;
    for (int64_t i = 0; i < 100000; i++) { /* a queue stays as large as it is */
        fg_value in = fg_int(N + i), out = fg_int(i);
        if (i < N)
            fg_table_remove(t, &out);
        fg_table_remove(t, &(fg_value){ FG_INT, { .i = N + i - 10 } });
        assert_int_equal(fg_table_put(&heap, t, &in, &v), FG_OK);
    }
    assert_true(t->cap <= 2 * cap);
    assert_true(t->len <= 11);
    fg_table *copy = fg_table_copy(&heap, t, 0);
    assert_int_equal(copy->len, t->len);
    assert_int_equal(copy->used, t->len);
}

static void table_small_packs(void **state)
{
    (void)state;
    fg_table *t = fg_table_new(&heap, FG_SET, 0);
    for (int64_t i = 0; i < 1000; i++) {
        fg_value key = fg_int(i), old = fg_int(i - 2);
        assert_int_equal(fg_table_put(&heap, t, &key, NULL), FG_OK);
        assert_int_equal(fg_table_remove(t, &old), i >= 2);
        assert_int_equal(t->len, i == 0 ? 1 : 2);
        assert_int_equal(fg_table_find(t, &key) >= 0, 1);
    }
    assert_true(t->cap <= 8);
    assert_null(fg_table_copy(&heap, t, FG_MAX_LEN));
}

static void table_counts(void **state)
{
    (void)state;
    fg_value key = ARRAY(fg_int(1)), v = ARRAY(fg_int(2)), other = ARRAY(fg_int(3));
    fg_table *t = fg_table_new(&heap, FG_MAP, 0);
    fg_table_put(&heap, t, &key, &v);
    fg_table_put(&heap, t, &key, &v);
    assert_int_equal(key.as.o->count, 1);
    assert_int_equal(v.as.o->count, 1);
    fg_table_put(&heap, t, &key, &other);
    assert_int_equal(v.as.o->count, 0);
    for (int64_t i = 0; i < 5000;
         i++) /* growth moves references; the value lies inside */
        fg_table_put(&heap, t, &(fg_value){ FG_INT, { .i = i } }, fg_table_value(t, 0));
    assert_int_equal(key.as.o->count, 1);
    assert_int_equal(other.as.o->count, 5001);
    fg_table *copy = fg_table_copy(&heap, t, 10);
    assert_int_equal(key.as.o->count, 2);
    assert_int_equal(other.as.o->count, 10002);
    assert_true(fg_table_remove(copy, &key));
    assert_int_equal(key.as.o->count, 1);
    assert_int_equal(other.as.o->count, 10001);
    assert_int_equal(fg_table_find(copy, &key), -1);
    assert_int_equal(fg_table_find(t, &key), 0);
}

/* ---- equality ---------------------------------------------------------------- */

static bool eq(fg_value a, fg_value b)
{
    bool equal = fg_equal(&a, &b);
    assert_int_equal(fg_equal(&b, &a), equal);
    if (fg_same(&a, &b))
        assert_int_equal(fg_value_hash(&a), fg_value_hash(&b));
    if (equal)
        assert_true(fg_same(&a, &b));
    return equal;
}

static bool strict(fg_value a, fg_value b)
{
    bool equal = fg_strict_equal(&a, &b);
    assert_int_equal(fg_strict_equal(&b, &a), equal);
    return equal;
}

static bool same(fg_value a, fg_value b)
{
    eq(a, b);
    return fg_same(&a, &b);
}

static void equality(void **state)
{
    (void)state;
    fg_value nan = fg_float(NAN), i1 = fg_int(1), f1 = fg_float(1);
    assert_true(eq(i1, f1));
    assert_false(strict(i1, f1));
    assert_false(eq(nan, nan));
    assert_true(same(nan, nan));
    assert_false(strict(nan, nan));
    assert_true(eq(fg_float(0.0), fg_float(-0.0)));
    assert_true(eq(fg_int(0), fg_float(-0.0)));
    assert_true(eq(fg_int((INT64_C(1) << 53) + 1), fg_float(9007199254740992.0)));
    assert_false(eq(i1, text("1")));
    assert_false(eq(i1, fg_bool(true)));
    assert_true(eq(fg_null(), fg_null()));
    assert_false(eq(fg_null(), fg_none()));
    assert_true(eq(text("a"), text("a")));
    assert_true(eq(ARRAY(i1), ARRAY(f1)));
    assert_true(eq(ARRAY(i1, text("a")), ARRAY(f1, text("a"))));
    assert_false(strict(ARRAY(i1), ARRAY(f1)));
    assert_true(strict(ARRAY(i1), ARRAY(i1)));
    assert_false(eq(ARRAY(i1), ARRAY(i1, i1)));
    assert_false(eq(ARRAY(nan), ARRAY(nan)));
    assert_true(same(ARRAY(nan), ARRAY(nan)));
    assert_true(eq(TUPLE(i1, text("x")), TUPLE(f1, text("x"))));
    assert_false(eq(TUPLE(i1), ARRAY(i1)));
    assert_true(eq(object2("a", i1, "b", nan), object2("a", i1, "b", f1)) == false);
    assert_true(eq(object2("a", i1, "b", fg_null()), object2("b", fg_null(), "a", f1)));
    assert_false(eq(object2("a", i1, "b", i1), object2("a", i1, "c", i1)));
    assert_true(eq(SET(i1, text("b")), SET(text("b"), f1)));
    assert_false(eq(SET(i1), SET(fg_int(2))));
    assert_true(eq(SET(nan), SET(nan)));
    assert_false(strict(SET(i1), SET(f1)));
    assert_true(eq(MAP(i1, text("x"), nan, i1), MAP(nan, f1, f1, text("x"))));
    assert_false(eq(MAP(i1, nan), MAP(i1, nan)));
    assert_true(same(MAP(i1, nan), MAP(i1, nan)));
    assert_false(eq(MAP(i1, i1), SET(i1)));
}

static void equality_of_wrapped(void **state)
{
    (void)state;
    fg_value i1 = fg_int(1), f1 = fg_float(1);
    fg_value ok = wrap(FG_WRAP_OK, i1), err = wrap(FG_WRAP_ERR, i1);
    fg_value some = wrap(FG_WRAP_SOME, i1);
    assert_true(eq(ok, wrap(FG_WRAP_OK, f1)));
    assert_false(eq(ok, err));
    assert_false(eq(ok, i1));
    assert_false(eq(some, fg_none()));
    fg_value frozen = wrap(FG_WRAP_FROZEN, i1);
    assert_true(eq(frozen, f1));
    assert_true(eq(wrap(FG_WRAP_FROZEN, ok), ok));
    assert_true(eq(wrap(FG_WRAP_OK, frozen), ok));
    assert_true(eq(ARRAY(frozen), ARRAY(i1)));
    assert_true(eq(wrap(FG_WRAP_FROZEN, frozen), i1));
    fg_value two = wrap(FG_WRAP_SOME, some);
    assert_int_equal(fg_type_of(two), FG_BOX);
    assert_true(eq(two, wrap(FG_WRAP_SOME, wrap(FG_WRAP_SOME, f1))));
    assert_false(eq(two, some));
    fg_value inner;
    fg_unwrap(&two, &inner);
    assert_int_equal(inner.tag, some.tag);
    fg_unwrap(&inner, &inner);
    assert_true(fg_is_int(inner));
    fg_value child = ARRAY(i1), boxed = wrap(FG_WRAP_OK, wrap(FG_WRAP_OK, child));
    assert_int_equal(child.as.o->count, 1); /* held by the box */
    assert_true(wrap(FG_WRAP_OK, child).tag & FG_COUNTED);
    assert_int_equal(fg_wrap(&heap, FG_WRAP_ERR, &boxed, &boxed), FG_OK); /* in place */
    assert_string_equal(fg_type_name(&boxed), "Result");
    assert_string_equal(fg_type_name(&two), "Option");
    assert_string_equal(fg_type_name(&frozen), "Int");
}

static fg_native print_row = { "print", NULL, FG_CAP_NONE, "print(x)" };

static void equality_of_callables(void **state)
{
    (void)state;
    fg_protohead named = { { FG_PROTO, FG_F_FROZEN, 0, 0, 0 }, str("foo") };
    fg_protohead unnamed = { { FG_PROTO, FG_F_FROZEN, 0, 0, 0 }, NULL };
    fg_value f = fg_obj_value(fg_func_new(&heap, (const struct fg_proto *)&named, 2));
    fg_value g = fg_obj_value(fg_func_new(&heap, (const struct fg_proto *)&named, 0));
    fg_value lambda =
        fg_obj_value(fg_func_new(&heap, (const struct fg_proto *)&unnamed, 0));
    assert_true(fg_is_null(f.as.fn->captures[1]));
    assert_true(eq(f, f));
    assert_false(eq(f, g));
    assert_false(eq(f, lambda));
    assert_string_equal(fg_type_name(&f), "Function");
    assert_string_equal(fg_type_name(&lambda), "Lambda");
    fg_value native = fg_native_value(&print_row);
    assert_true(eq(native, fg_native_value(&print_row)));
    fg_value a =
        fg_obj_value(fg_ctor_new(&heap, str("T"), str("V"), 1, &fg_keys_empty));
    fg_value b =
        fg_obj_value(fg_ctor_new(&heap, str("T"), str("V"), 1, &fg_keys_empty));
    fg_value c =
        fg_obj_value(fg_ctor_new(&heap, str("T"), str("W"), 1, &fg_keys_empty));
    assert_true(eq(a, b));
    assert_false(eq(a, c));
    fg_value v = ARRAY(fg_int(1));
    assert_int_equal(fg_cell_new(&heap, &v)->v.as.o->count, 1);
}

static void truth(void **state)
{
    (void)state;
    fg_value no[] = { fg_bool(false),
                      fg_null(),
                      fg_int(0),
                      fg_float(0.0),
                      fg_float(-0.0),
                      text(""),
                      fg_obj_value(fg_array_new(&heap, 4)),
                      fg_obj_value(fg_object_empty(&heap, 2)),
                      fg_obj_value(fg_tuple_of(&heap, NULL, 0)),
                      fg_obj_value(fg_table_new(&heap, FG_SET, 0)),
                      fg_none(),
                      wrap(FG_WRAP_ERR, fg_int(1)),
                      wrap(FG_WRAP_FROZEN, fg_int(0)),
                      wrap(FG_WRAP_FROZEN, wrap(FG_WRAP_ERR, fg_int(1))) };
    fg_value yes[] = { fg_bool(true),
                       fg_int(-1),
                       text("0"),
                       fg_float(NAN),
                       ARRAY(fg_null()),
                       wrap(FG_WRAP_SOME, fg_null()),
                       wrap(FG_WRAP_OK, fg_int(0)),
                       fg_native_value(&print_row),
                       wrap(FG_WRAP_FROZEN, fg_int(1)) };
    for (size_t i = 0; i < FG_COUNT(no); i++)
        assert_false(fg_truthy(&no[i]));
    for (size_t i = 0; i < FG_COUNT(yes); i++)
        assert_true(fg_truthy(&yes[i]));
}

/* ---- text -------------------------------------------------------------------- */

typedef void (*writer)(fg_bytes *b, const fg_value *v);

static void strict_json(fg_bytes *b, const fg_value *v)
{
    fg_show_json(b, v, ", ", ": ");
}

static void tight_json(fg_bytes *b, const fg_value *v) { fg_show_json(b, v, ",", ":"); }

static void check(writer write, fg_value v, const char *want)
{
    fg_bytes b;
    fg_bytes_init(&b);
    write(&b, &v);
    fg_bytes_char(&b, 0);
    assert_string_equal(b.p, want);
    fg_bytes_drop(&b);
}

static fg_value everything(void)
{
    fg_object *o = fg_object_empty(&heap, 0);
    put(o, "name", text("Ada"));
    put(o, "tags", ARRAY(text("x"), fg_float(1.0)));
    put(o, "opt", wrap(FG_WRAP_SOME, fg_int(2)));
    put(o, "none", fg_none());
    put(o, "r", wrap(FG_WRAP_ERR, text("e")));
    put(o, "f", fg_native_value(&print_row));
    put(o, "m", MAP(text("k"), fg_int(1), fg_int(2), TUPLE(fg_int(3))));
    put(o, "s", SET(text("q"), fg_bool(true)));
    put(o, "n", fg_float(NAN));
    return fg_obj_value(o);
}

static void display(void **state)
{
    (void)state;
    check(fg_show, ARRAY(text("a"), fg_int(1), fg_null(), fg_bool(true)),
          "[a, 1, null, true]");
    check(fg_show, ARRAY(fg_float(1), fg_float(2.5)), "[1, 2.5]");
    check(fg_show, TUPLE(text("a"), fg_int(1)), "(a, 1)");
    check(fg_show, TUPLE(fg_int(1)), "(1)");
    check(fg_show, SET(text("a"), fg_int(1)), "set(a, 1)");
    check(fg_show, fg_obj_value(fg_table_new(&heap, FG_SET, 0)), "set()");
    check(fg_show, MAP(text("k"), text("v"), fg_int(2), ARRAY(text("x"))),
          "Map(k => v, 2 => [x])");
    check(fg_show, fg_obj_value(fg_table_new(&heap, FG_MAP, 0)), "Map()");
    check(fg_show, fg_obj_value(fg_object_empty(&heap, 0)), "{  }");
    check(fg_show, fg_obj_value(fg_array_new(&heap, 0)), "[]");
    check(fg_show, ARRAY(text("Ada"), object2("k", text("v"), "l", fg_int(1))),
          "[Ada, { \"k\": \"v\", \"l\": 1 }]");
    check(fg_show, everything(),
          "{ \"name\": \"Ada\", \"tags\": [\"x\", 1], \"opt\": 2, \"none\": null, "
          "\"r\": { \"Err\": \"e\" }, \"f\": \"<BuiltIn>\", \"m\": [[\"k\", 1], [2, "
          "[3]]], "
          "\"s\": [\"q\", true], \"n\": NaN }");
    check(fg_show, wrap(FG_WRAP_OK, ARRAY(fg_int(1), text("q"))), "Ok([1, q])");
    check(fg_show, wrap(FG_WRAP_SOME, wrap(FG_WRAP_ERR, text("x"))), "Some(Err(x))");
    check(fg_show, wrap(FG_WRAP_FROZEN, wrap(FG_WRAP_OK, fg_none())), "Ok(None)");
    fg_protohead named = { { FG_PROTO, FG_F_FROZEN, 0, 0, 0 }, str("T::m") };
    fg_protohead unnamed = { { FG_PROTO, FG_F_FROZEN, 0, 0, 0 }, NULL };
    fg_value f = fg_obj_value(fg_func_new(&heap, (const struct fg_proto *)&named, 0));
    fg_value lambda =
        fg_obj_value(fg_func_new(&heap, (const struct fg_proto *)&unnamed, 0));
    check(fg_show, f, "<fn T::m>");
    check(fg_show, lambda, "<lambda>");
    check(fg_show_json_style, f, "\"<Function>\"");
    check(fg_show_json_style, lambda, "\"<Lambda>\"");
    check(fg_show, fg_native_value(&print_row), "<builtin print>");
    check(fg_show,
          fg_obj_value(
              fg_ctor_new(&heap, str("Shape"), str("Circle"), 1, &fg_keys_empty)),
          "<builtin adt:Shape:Circle:1>");
    fg_struct st = { { FG_STRUCT, 0, 0, 0, 0 }, 0, str("Point") };
    fg_obj channel = { FG_CHANNEL, 0, 0, 0, 0 }, task = { FG_TASK, 0, 0, 0, 0 };
    fg_obj stream = { FG_STREAM, 0, 0, FG_STREAM_Take, 0 };
    check(fg_show, fg_obj_value(&st), "<builtin struct:Point>");
    check(fg_show, fg_obj_value(&channel), "<channel>");
    check(fg_show, fg_obj_value(&task), "<task>");
    check(fg_show, fg_obj_value(&stream), "Stream(Take)");
    check(fg_show_json_style, fg_obj_value(&channel), "\"<Channel>\"");
    check(fg_show_json_style, fg_obj_value(&task), "\"<TaskHandle>\"");
}

static void json(void **state)
{
    (void)state;
    check(strict_json, everything(),
          "{\"name\": \"Ada\", \"tags\": [\"x\", 1], \"opt\": 2, \"none\": null, "
          "\"r\": {\"Err\": \"e\"}, \"f\": null, \"m\": [[\"k\", 1], [2, [3]]], "
          "\"s\": [\"q\", true], \"n\": null}");
    check(
        tight_json,
        MAP(text("a"), fg_int(1), wrap(FG_WRAP_FROZEN, text("b")), fg_float(-INFINITY)),
        "{\"a\":1,\"b\":null}");
    check(tight_json, wrap(FG_WRAP_OK, ARRAY(fg_int(INT64_MIN), fg_float(1e21))),
          "{\"Ok\":[-9223372036854775808,1000000000000000000000]}");
    check(strict_json, fg_obj_value(fg_object_empty(&heap, 0)), "{}");
    check(fg_show_json_style, text("a\"b\\c\n\r\t\b\x1f\x7f/\xc3\xa9"),
          "\"a\\\"b\\\\c\\n\\r\\t\\u0008\\u001f\x7f/\xc3\xa9\"");
    check(fg_show_json_style, text("\xff|\xe2\x82|\xef\xbf\xbd|\xed\xa0\x80"),
          "\"\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|"
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    check(fg_show_json_style, text(""), "\"\"");
    check(fg_show_json_style, fg_string_value(fg_string_new(&heap, "a\0b", 3)),
          "\"a\\u0000b\"");
}

/* ---- depth and sharing ------------------------------------------------------- */

static fg_value nested(int depth, int kind)
{
    fg_value v = fg_int(1);
    for (int i = 0; i < depth; i++) {
        switch (kind) {
        case 0: v = ARRAY(v); break;
        case 1: v = wrap(FG_WRAP_SOME, v); break;
        case 2: v = SET(v); break;
        case 3: v = MAP(fg_int(1), v); break;
        case 4: v = TUPLE(v); break;
        default: v = object2("a", v, "b", fg_null()); break;
        }
    }
    return v;
}

static void deep(void **state)
{
    (void)state;
    for (int kind = 0; kind < 6; kind++) {
        fg_value a = nested(100000, kind), b = nested(100000, kind);
        assert_int_equal(eq(a, b), kind != 2); /* keys in keys: too deep to say */
        assert_false(eq(a, nested(99999, kind)));
        fg_bytes out;
        fg_bytes_init(&out);
        fg_show(&out, &a);
        fg_show_json(&out, &a, ",", ":");
        assert_false(out.failed);
        assert_true(out.n > 200000);
        fg_bytes_drop(&out);
        assert_true(eq(nested(400, kind), nested(400, kind)));
    }
    check(fg_show, nested(3, 0), "[[[1]]]");
}

/* A small heap whose walk would never end. */
static void shared_parts(void **state)
{
    (void)state;
    fg_value a = fg_null(), b = fg_null();
    for (int i = 0; i < 100; i++) {
        a = ARRAY(a, a);
        b = ARRAY(b, b);
    }
    assert_false(fg_equal(&a, &b));
    fg_value_hash(&a);
    fg_value numbers[1000];
    for (size_t i = 0; i < FG_COUNT(numbers); i++)
        numbers[i] = fg_int((int64_t)i);
    a = b = fg_obj_value(fg_tuple_of(&heap, numbers, FG_COUNT(numbers)));
    for (int i = 0; i < 100; i++)
        a = b = TUPLE(a, a);
    assert_false(fg_equal(&a, &b)); /* wide ones cost more */
    fg_bytes out;
    fg_bytes_init(&out);
    out.max = 1 << 20;
    fg_show(&out, &a);
    assert_true(out.failed);
    fg_bytes_drop(&out);
}

/* ---- no memory --------------------------------------------------------------- */

typedef struct budget {
    size_t left;
} budget;

static void *budget_get(void *ctx, size_t size)
{
    budget *b = ctx;
    if (b->left == 0)
        return NULL;
    b->left--;
    return malloc(size);
}

static void budget_put(void *ctx, void *block, size_t size)
{
    (void)ctx;
    (void)size;
    free(block);
}

/* Builds some of everything; the first status that is not FG_OK ends it. */
static fg_status build(fg_heap *h)
{
    fg_string *s = fg_string_new(h, "start", 5);
    fg_object *o = s ? fg_object_empty(h, 0) : NULL;
    fg_table *t = o ? fg_table_new(h, FG_MAP, 0) : NULL;
    fg_array *a = t ? fg_array_new(h, 0) : NULL;
    if (!a)
        return FG_NOMEM;
    for (int64_t i = 0; i < 1500; i++) {
        char at[16];
        fg_value v = fg_int(i), item = i < 700 ? v : fg_obj_value(a);
        s = fg_string_concat(h, s, FG_SLICE("and more "));
        if (!s)
            return FG_NOMEM;
        fg_string *name =
            fg_string_new(h, at, (size_t)snprintf(at, sizeof at, "%d", (int)i));
        if (!name)
            return FG_NOMEM;
        uint32_t n = fg_object_len(o), len = a->len;
        fg_status status = fg_object_set(h, o, name, &v);
        assert_int_equal(fg_object_len(o), n + (status == FG_OK));
        FG_TRY(status);
        FG_TRY(fg_table_put(h, t, &v, &v));
        status = fg_array_push(h, a, &item);
        assert_int_equal(a->len, len + (status == FG_OK));
        FG_TRY(status);
        FG_TRY(fg_wrap(h, FG_WRAP_OK, &(fg_value){ FG_INT | FG_WRAP_OK, { .i = 1 } },
                       &item));
    }
    bool copied = fg_object_copy(h, o, 1) && fg_table_copy(h, t, 1)
                  && fg_array_copy(h, a, 1) && fg_keys_copy(h, o->keys, 1);
    return copied ? FG_OK : FG_NOMEM;
}

static void memory_ends_anywhere(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t left = 0;; left++) {
        budget b = { left };
        fg_host host = { budget_get, budget_put, &b };
        fg_heap h;
        fg_heap_init(&h, &host, NULL, 0, SIZE_MAX, NULL);
        fg_status status = build(&h);
        assert_int_equal(h.nomem, status == FG_NOMEM);
        fg_heap_drop(&h);
        if (status == FG_OK)
            break;
        failures++;
    }
    assert_true(failures > 10);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(string_shapes),
        TEST(string_parts),
        TEST(string_concat_shares),
        TEST(string_concat_is_linear),
        TEST(string_concat_ascii),
        TEST(string_too_long),
        TEST(frozen_strings_are_not_written),
        TEST(array_types),
        TEST(array_counts),
        TEST(array_grows_large),
        TEST(keys_many),
        TEST(keys_shared),
        TEST(object_counts),
        TEST(table_numbers),
        TEST(table_remove_and_reinsert),
        TEST(table_small_packs),
        TEST(table_counts),
        TEST(equality),
        TEST(equality_of_wrapped),
        TEST(equality_of_callables),
        TEST(truth),
        TEST(display),
        TEST(json),
        TEST(deep),
        TEST(shared_parts),
        TEST(memory_ends_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
