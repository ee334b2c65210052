// SPDX-License-Identifier: Apache-2.0
/* Functions of arrays that call nothing back: building, cutting, searching, folding.
 * Everything returns a new array; in-place push and pop are instructions of the VM. */
#include "lib/lib.h"
#include "lib/random.h"

#include "base/number.h"

#include <math.h>

static fg_status raise(fg_vm *vm, const char *text)
{
    return fg_raise(vm, FG_E_RUNTIME, "%s", text);
}

/* ---- one element ---------------------------------------------------------------- */

static fg_status array_push(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc != 2)
        return raise(vm, "push() requires array and value");
    fg_value a = fg_arg(argc, argv, 0);
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, "push() first argument must be array");
    FG_TRY(fg_give_copy(vm, argc, argv, 1, out));
    return fg_array_push(&vm->heap, out->as.arr, &argv[1]);
}

static fg_status last_of(fg_vm *vm, fg_value a, const char *error, fg_value *out)
{
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, error);
    if (a.as.arr->len == 0)
        return fg_give(out, fg_null());
    fg_array_get(a.as.arr, a.as.arr->len - 1, out);
    return FG_OK;
}

static fg_status array_pop(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return last_of(vm, fg_arg(argc, argv, 0), "pop() requires array", out);
}

static fg_status array_last(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return last_of(vm, fg_arg(argc, argv, 0), "last() requires an array", out);
}

static fg_status array_first(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0);
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, "first() requires an array");
    if (a.as.arr->len == 0)
        return fg_give(out, fg_null());
    fg_array_get(a.as.arr, 0, out);
    return FG_OK;
}

/* ---- range and enumerate -------------------------------------------------------- */

/* Numbers from start to before end. */
static uint64_t range_count(int64_t start, int64_t end, int64_t step)
{
    if (step > 0)
        return start >= end
                   ? 0
                   : ((uint64_t)end - (uint64_t)start - 1) / (uint64_t)step + 1;
    if (start <= end)
        return 0;
    return ((uint64_t)start - (uint64_t)end - 1) / (0 - (uint64_t)step) + 1;
}

static fg_status array_range(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0), b = fg_arg(argc, argv, 1);
    fg_value c = argc > 2 ? fg_arg(argc, argv, 2) : fg_int(1);
    if (!fg_is_int(a) || (argc > 1 && !fg_is_int(b)) || !fg_is_int(c))
        return raise(vm, "range() requires integer arguments");
    if (c.as.i == 0)
        return raise(vm, "range() step must not be zero");
    int64_t start = argc > 1 ? a.as.i : 0, end = argc > 1 ? b.as.i : a.as.i;
    uint64_t n = range_count(start, end, c.as.i);
    FG_TRY(fg_check_room(vm, "range()", n, sizeof(int64_t)));
    FG_TRY(fg_work(vm, n));
    FG_TRY(fg_give_object(out, fg_array_ints(&vm->heap, (uint32_t)n)));
    uint64_t x = (uint64_t)start;
    for (uint32_t i = 0; i < n; i++, x += (uint64_t)c.as.i)
        out->as.arr->as.ints[i] = (int64_t)x;
    return FG_OK;
}

static fg_status array_enumerate(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    const fg_slice names[] = { FG_SLICE("index"), FG_SLICE("value") };
    fg_value a = fg_arg(argc, argv, 0);
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, "enumerate() requires array");
    FG_TRY(fg_check_room(vm, "enumerate()", a.as.arr->len, 80));
    FG_TRY(fg_work(vm, (uint64_t)a.as.arr->len * 4));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, a.as.arr->len)));
    fg_keys *k = fg_shape(vm, names, 2);
    for (uint32_t i = 0; k && i < a.as.arr->len; i++) {
        fg_object *o = fg_object_new(&vm->heap, k);
        if (!o)
            return FG_NOMEM;
        o->slots[0] = fg_int(i);
        fg_array_get(a.as.arr, i, &o->slots[1]);
        fg_retain(&o->slots[1]);
        FG_TRY(fg_push_object(vm, out->as.arr, o));
    }
    return k ? FG_OK : FG_NOMEM;
}

/* ---- parts ---------------------------------------------------------------------- */

/* Elements [from, to) of a, clamped. */
static fg_status give_part(fg_vm *vm, const fg_array *a, uint64_t from, uint64_t to,
                           fg_value *out)
{
    if (to > a->len)
        to = a->len;
    if (from >= to)
        return fg_give_object(out, fg_array_new(&vm->heap, 0));
    FG_TRY(fg_check_room(vm, "slice()", to - from, fg_array_stride(a)));
    return fg_give_object(
        out, fg_array_part(&vm->heap, a, (uint32_t)from, (uint32_t)(to - from)));
}

/* A bound of slice(): negative counts from the end. */
static uint64_t slice_bound(fg_value v, uint32_t len, uint32_t absent)
{
    if (!fg_is_int(v))
        return absent;
    if (v.as.i >= 0)
        return (uint64_t)v.as.i;
    return v.as.i < -(int64_t)len ? 0 : (uint64_t)(v.as.i + len);
}

static fg_status array_slice(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    if (!fg_is(x, FG_ARRAY) && !fg_is(x, FG_STRING))
        return raise(vm, "slice() requires an array or string as first argument");
    uint32_t len = fg_is(x, FG_ARRAY) ? x.as.arr->len : fg_string_length(x.as.str);
    uint64_t from = slice_bound(fg_arg(argc, argv, 1), len, 0);
    uint64_t to = slice_bound(fg_arg(argc, argv, 2), len, len);
    if (fg_is(x, FG_ARRAY))
        return give_part(vm, x.as.arr, from, to, out);
    return fg_string_cut(vm, x.as.str, from, to, out);
}

static fg_status array_take_n(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0), n = fg_arg(argc, argv, 1);
    if (!fg_is(a, FG_ARRAY) || !fg_is_int(n))
        return raise(vm, "take() requires (array, count)");
    return give_part(vm, a.as.arr, 0, n.as.i < 0 ? 0 : (uint64_t)n.as.i, out);
}

static fg_status array_skip(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0), n = fg_arg(argc, argv, 1);
    if (!fg_is(a, FG_ARRAY) || !fg_is_int(n))
        return raise(vm, "skip() requires (array, count)");
    return give_part(vm, a.as.arr, n.as.i < 0 ? 0 : (uint64_t)n.as.i, UINT32_MAX, out);
}

static fg_status array_chunk(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0), n = fg_arg(argc, argv, 1);
    if (!fg_is(a, FG_ARRAY) || !fg_is_int(n))
        return raise(vm, "chunk() requires (array, size)");
    if (n.as.i <= 0)
        return raise(vm, "chunk() size must be positive");
    uint32_t len = a.as.arr->len, size = n.as.i > len ? len : (uint32_t)n.as.i;
    FG_TRY(fg_work(vm, len));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (uint32_t i = 0; i < len; i += size) {
        uint32_t part = len - i < size ? len - i : size;
        FG_TRY(fg_push_object(vm, out->as.arr,
                              fg_array_part(&vm->heap, a.as.arr, i, part)));
    }
    return FG_OK;
}

/* ---- other order, other shape --------------------------------------------------- */

static fg_status reverse_array(fg_vm *vm, const fg_array *a, fg_value *out)
{
    FG_TRY(fg_give_object(out, fg_array_copy(&vm->heap, a, 0)));
    fg_array *r = out->as.arr;
    for (uint32_t i = 0, j = r->len; i + 1 < j; i++) {
        j--;
        if (r->h.bits == FG_A_ANY) {
            fg_value v;
            fg_copy(&v, &r->as.any[i]);
            fg_copy(&r->as.any[i], &r->as.any[j]);
            fg_copy(&r->as.any[j], &v);
        } else {
            int64_t x = r->as.ints[i];
            r->as.ints[i] = r->as.ints[j];
            r->as.ints[j] = x;
        }
    }
    return FG_OK;
}

static fg_status array_reverse(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0);
    if (fg_is(x, FG_STRING))
        return fg_string_reverse(vm, x.as.str, out);
    if (!fg_is(x, FG_ARRAY))
        return raise(vm, "reverse() requires an array or string");
    FG_TRY(fg_work(vm, x.as.arr->len));
    return reverse_array(vm, x.as.arr, out);
}

static fg_status array_zip(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0), b = fg_arg(argc, argv, 1);
    if (!fg_is(a, FG_ARRAY) || !fg_is(b, FG_ARRAY))
        return raise(vm, "zip() requires two arrays");
    uint32_t n = a.as.arr->len < b.as.arr->len ? a.as.arr->len : b.as.arr->len;
    FG_TRY(fg_check_room(vm, "zip()", n, 80));
    FG_TRY(fg_work(vm, (uint64_t)n * 4));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, n)));
    for (uint32_t i = 0; i < n; i++) {
        fg_value pair[2];
        fg_array_get(a.as.arr, i, &pair[0]);
        fg_array_get(b.as.arr, i, &pair[1]);
        FG_TRY(fg_push_object(vm, out->as.arr, fg_array_of(&vm->heap, pair, 2)));
    }
    return FG_OK;
}

static fg_status append_all(fg_vm *vm, fg_array *to, const fg_array *a)
{
    for (uint32_t i = 0; i < a->len; i++) {
        fg_value v;
        fg_array_get(a, i, &v);
        FG_TRY(fg_array_push(&vm->heap, to, &v));
    }
    return FG_OK;
}

static fg_status array_flatten(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0);
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, "flatten() requires an array");
    FG_TRY(fg_work(vm, a.as.arr->len));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (uint32_t i = 0; i < a.as.arr->len; i++) {
        fg_value v, inner;
        fg_array_get(a.as.arr, i, &v);
        fg_peel(&v, &inner);
        if (fg_is(inner, FG_ARRAY)) {
            FG_TRY(fg_check_room(vm, "flatten()", inner.as.arr->len, 8));
            FG_TRY(append_all(vm, out->as.arr, inner.as.arr));
        } else {
            FG_TRY(fg_array_push(&vm->heap, out->as.arr, &v));
        }
    }
    return FG_OK;
}

static fg_status array_compact(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0);
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, "compact() requires an array");
    if (a.as.arr->h.bits != FG_A_ANY)
        return give_part(vm, a.as.arr, 0, a.as.arr->len, out);
    FG_TRY(fg_work(vm, a.as.arr->len));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    for (uint32_t i = 0; i < a.as.arr->len; i++) {
        const fg_value *v = &a.as.arr->as.any[i];
        if (fg_is_null(*v) || fg_is(*v, FG_NONE) || (fg_is_bool(*v) && !v->as.i))
            continue;
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, v));
    }
    return FG_OK;
}

static fg_status unique_into(fg_vm *vm, const fg_array *a, fg_array *to, fg_bytes *b)
{
    fg_value v, key;
    fg_table *seen = fg_table_new(&vm->heap, FG_SET, 0);
    for (uint32_t i = 0; seen && i < a->len; i++) {
        fg_array_get(a, i, &v);
        FG_TRY(fg_shown_key(vm, b, &v, &key));
        uint32_t before = seen->len;
        FG_TRY(fg_table_put(&vm->heap, seen, &key, &key));
        if (seen->len > before)
            FG_TRY(fg_array_push(&vm->heap, to, &v));
    }
    return seen ? FG_OK : FG_NOMEM;
}

static fg_status array_unique(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0);
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, "unique() requires an array");
    FG_TRY(fg_work(vm, (uint64_t)a.as.arr->len * 4));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, 0)));
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_status status = unique_into(vm, a.as.arr, out->as.arr, &b);
    fg_bytes_drop(&b);
    return status;
}

static fg_status count_into(fg_vm *vm, const fg_array *a, fg_object *to, fg_bytes *b)
{
    for (uint32_t i = 0; i < a->len; i++) {
        fg_value v = fg_array_at(a, i), one = fg_int(1);
        fg_slice text = fg_shown(b, &v);
        if (b->failed)
            return FG_NOMEM;
        fg_value *n = fg_object_find_slice(to, text);
        if (n) {
            n->as.i++;
            continue;
        }
        fg_string *key = fg_make_key(vm, text);
        if (!key)
            return FG_NOMEM;
        FG_TRY(fg_object_set(&vm->heap, to, key, &one));
    }
    return FG_OK;
}

static fg_status array_frequencies(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0);
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, "frequencies() requires an array");
    FG_TRY(fg_work(vm, (uint64_t)a.as.arr->len * 4));
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_status status = count_into(vm, a.as.arr, out->as.obj, &b);
    fg_bytes_drop(&b);
    return status;
}

/* ---- folds ---------------------------------------------------------------------- */

/* Element i, out of Frozen. */
static fg_value number_at(const fg_array *a, uint32_t i)
{
    fg_value v = fg_array_at(a, i);
    fg_peel(&v, &v);
    return v;
}

/* Adds the elements to the int *sum; returns how many were added before an overflow. */
static uint32_t sum_ints(const fg_array *a, int64_t *sum)
{
    for (uint32_t i = 0; i < a->len; i++)
        if (__builtin_add_overflow(*sum, a->as.ints[i], sum)) {
            *sum = (int64_t)((uint64_t)*sum - (uint64_t)a->as.ints[i]);
            return i;
        }
    return a->len;
}

/* x + v with the rules of the operator +. */
static fg_value add(fg_value x, fg_value v)
{
    int64_t r;
    if (fg_is_int(x) && fg_is_int(v) && !__builtin_add_overflow(x.as.i, v.as.i, &r))
        return fg_int(r);
    return fg_float(fg_number(x) + fg_number(v));
}

static fg_status array_sum(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), sum = fg_int(0);
    if (!fg_is(x, FG_ARRAY))
        return raise(vm, "sum() requires an array");
    const fg_array *a = x.as.arr;
    uint32_t i = 0;
    FG_TRY(fg_work(vm, a->len / 4));
    if (a->h.bits == FG_A_INT)
        i = sum_ints(a, &sum.as.i);
    for (; i < a->len; i++) {
        fg_value v = number_at(a, i);
        if (!fg_is_number(v))
            return raise(vm, "sum() requires array of numbers");
        sum = add(sum, v);
    }
    return fg_give(out, sum);
}

/* The smaller (larger) of two numbers; NaN loses; Float as soon as one of them is. */
static fg_value choose(fg_value x, fg_value y, bool larger)
{
    if (fg_is_int(x) && fg_is_int(y))
        return (x.as.i > y.as.i) == larger ? x : y;
    double f = fg_number(x), g = fg_number(y);
    return fg_float(larger ? fmax(f, g) : fmin(f, g));
}

static int64_t extreme_int(const fg_array *a, bool larger)
{
    int64_t best = a->as.ints[0];
    for (uint32_t i = 1; i < a->len; i++) {
        int64_t x = a->as.ints[i];
        best = (x > best) == larger ? x : best;
    }
    return best;
}

/* Texts of min_of() and max_of(): no array, empty, no numbers. */
static const char *const extreme_errors[2][3] = {
    { "min_of() requires an array", "min_of() requires a non-empty array",
      "min_of() requires array of numbers" },
    { "max_of() requires an array", "max_of() requires a non-empty array",
      "max_of() requires array of numbers" },
};

static fg_status extreme(fg_vm *vm, fg_value x, bool larger, fg_value *out)
{
    const char *const *errors = extreme_errors[larger];
    if (!fg_is(x, FG_ARRAY))
        return raise(vm, errors[0]);
    const fg_array *a = x.as.arr;
    if (a->len == 0)
        return raise(vm, errors[1]);
    FG_TRY(fg_work(vm, a->len / 4));
    if (a->h.bits == FG_A_INT)
        return fg_give(out, fg_int(extreme_int(a, larger)));
    fg_value best = number_at(a, 0);
    if (!fg_is_number(best))
        return raise(vm, errors[2]);
    for (uint32_t i = 1; i < a->len; i++) {
        fg_value v = number_at(a, i);
        if (!fg_is_number(v))
            return raise(vm, errors[2]);
        best = choose(best, v, larger);
    }
    return fg_give(out, best);
}

static fg_status array_min_of(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return extreme(vm, fg_arg(argc, argv, 0), false, out);
}

static fg_status array_max_of(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return extreme(vm, fg_arg(argc, argv, 0), true, out);
}

/* ---- chance --------------------------------------------------------------------- */

static fg_status array_sample(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0), n = fg_arg(argc, argv, 1);
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, "sample() requires an array");
    int64_t count = fg_is_int(n) ? n.as.i : 1;
    if (count < 0)
        return raise(vm, "sample() count must be non-negative");
    uint32_t len = a.as.arr->len;
    if (len > 0 && count == 1) {
        fg_array_get(a.as.arr, (uint32_t)fg_random_below(vm, len), out);
        return FG_OK;
    }
    uint64_t picks = len ? (uint64_t)count : 0;
    FG_TRY(fg_check_room(vm, "sample()", picks, fg_array_stride(a.as.arr)));
    FG_TRY(fg_work(vm, picks));
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, (uint32_t)picks)));
    for (uint64_t i = 0; i < picks; i++) {
        fg_value v = fg_array_at(a.as.arr, (uint32_t)fg_random_below(vm, len));
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, &v));
    }
    return FG_OK;
}

static fg_status array_shuffle(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0);
    if (!fg_is(a, FG_ARRAY))
        return raise(vm, "shuffle() requires an array");
    FG_TRY(fg_work(vm, a.as.arr->len));
    FG_TRY(fg_give_object(out, fg_array_copy(&vm->heap, a.as.arr, 0)));
    fg_array *r = out->as.arr;
    for (uint32_t i = r->len; i > 1; i--) {
        uint32_t j = (uint32_t)fg_random_below(vm, i);
        if (r->h.bits == FG_A_ANY) {
            fg_value v;
            fg_copy(&v, &r->as.any[j]);
            fg_copy(&r->as.any[j], &r->as.any[i - 1]);
            fg_copy(&r->as.any[i - 1], &v);
        } else {
            int64_t x = r->as.ints[j];
            r->as.ints[j] = r->as.ints[i - 1];
            r->as.ints[i - 1] = x;
        }
    }
    return FG_OK;
}

/* ---- search --------------------------------------------------------------------- */

/* Does some of the n values have the display text of item? */
static bool shows_as(const fg_value *v, uint32_t n, fg_slice item, fg_bytes *b)
{
    for (uint32_t i = 0; i < n; i++)
        if (fg_slice_eq(fg_shown(b, &v[i]), item))
            return true;
    return false;
}

static bool contains_int(const fg_array *a, int64_t x)
{
    for (uint32_t i = 0; i < a->len; i++)
        if (a->as.ints[i] == x)
            return true;
    return false;
}

static bool contains_float(const fg_array *a, fg_slice text)
{
    char at[FG_NUMBER_MAX];
    for (uint32_t i = 0; i < a->len; i++) {
        uint32_t n = fg_float_text(a->as.floats[i], at);
        if (fg_slice_eq((fg_slice){ at, n }, text))
            return true;
    }
    return false;
}

static fg_status contains_shown(fg_vm *vm, fg_value x, const fg_value *item,
                                fg_value *out)
{
    fg_bytes b, each;
    fg_begin_text(vm, &b);
    fg_begin_text(vm, &each);
    fg_slice text = fg_shown(&b, item);
    fg_value key;
    fg_status status = FG_OK;
    bool found = false;
    if (fg_is(x, FG_TUPLE)) {
        found = shows_as(x.as.tup->v, x.as.tup->len, text, &each);
    } else if (x.as.arr->h.bits == FG_A_ANY) {
        found = shows_as(x.as.arr->as.any, x.as.arr->len, text, &each);
    } else if (x.as.arr->h.bits == FG_A_FLOAT) {
        found = contains_float(x.as.arr, text);
    } else {
        status = fg_shown_key(vm, &each, item, &key);
        found = status == FG_OK && fg_is_int(key) && contains_int(x.as.arr, key.as.i);
    }
    if (b.failed || each.failed)
        status = FG_NOMEM;
    fg_bytes_drop(&b);
    fg_bytes_drop(&each);
    fg_give(out, fg_bool(found));
    return status;
}

static fg_status array_contains(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), item = fg_arg(argc, argv, 1);
    bool found;
    if (argc < 2)
        goto refuse;
    if (fg_is(x, FG_ARRAY) || fg_is(x, FG_TUPLE)) {
        FG_TRY(fg_work(vm, fg_is(x, FG_ARRAY) ? x.as.arr->len : x.as.tup->len));
        return contains_shown(vm, x, &item, out);
    }
    if (fg_is(x, FG_STRING) && fg_is_string(item))
        found =
            fg_find(fg_string_slice(x.as.str), fg_string_slice(item.as.str)) != NULL;
    else if (fg_is(x, FG_SET) || fg_is(x, FG_MAP))
        found = fg_table_find(x.as.tab, &item) >= 0;
    else if (fg_is(x, FG_OBJECT) && fg_is_string(item))
        found = fg_object_find(x.as.obj, item.as.str) != NULL;
    else
        goto refuse;
    return fg_give(out, fg_bool(found));
refuse:
    return raise(vm, "contains() requires (string, substring), (array, value), "
                     "(object, key), or (map, key)");
}

static int64_t index_in_array(const fg_array *a, const fg_value *item)
{
    if (a->h.bits == FG_A_INT) {
        for (uint32_t i = 0; fg_is_int(*item) && i < a->len; i++)
            if (a->as.ints[i] == item->as.i)
                return i;
        return -1;
    }
    for (uint32_t i = 0; i < a->len; i++) {
        fg_value v;
        fg_array_get(a, i, &v);
        if (fg_strict_equal(&v, item))
            return i;
    }
    return -1;
}

static fg_status array_index_of(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), item = fg_arg(argc, argv, 1);
    if (fg_is(x, FG_STRING)) {
        if (!fg_is_string(item))
            return fg_raise(vm, FG_E_INDEX, "index_of() requires (string, substring)");
        return fg_give(out,
                       fg_int(fg_string_index(x.as.str, fg_string_slice(item.as.str))));
    }
    if (!fg_is(x, FG_ARRAY))
        return fg_raise(vm, FG_E_INDEX,
                        "index_of() requires a string or array as first argument");
    if (argc < 2)
        return fg_raise(vm, FG_E_INDEX, "index_of() requires 2 arguments");
    FG_TRY(fg_work(vm, x.as.arr->len));
    return fg_give(out, fg_int(index_in_array(x.as.arr, &item)));
}

const struct fg_array_natives fg_array_natives = {
    .chunk = { "chunk", array_chunk, FG_CAP_NONE,
               "chunk(array, size): arrays of at most size elements" },
    .compact = { "compact", array_compact, FG_CAP_NONE,
                 "compact(array): without null, None and false" },
    .contains = { "contains", array_contains, FG_CAP_NONE,
                  "contains(x, item): is item a part, element or key of x?" },
    .enumerate = { "enumerate", array_enumerate, FG_CAP_NONE,
                   "enumerate(array): objects with index and value" },
    .first = { "first", array_first, FG_CAP_NONE,
               "first(array): first element, or null" },
    .flatten = { "flatten", array_flatten, FG_CAP_NONE,
                 "flatten(array): arrays inside replaced by their elements, one "
                 "level" },
    .frequencies = { "frequencies", array_frequencies, FG_CAP_NONE,
                     "frequencies(array): object of text and count" },
    .index_of = { "index_of", array_index_of, FG_CAP_NONE,
                  "index_of(x, item): position of the first item in x, or -1" },
    .last = { "last", array_last, FG_CAP_NONE, "last(array): last element, or null" },
    .max_of = { "max_of", array_max_of, FG_CAP_NONE, "max_of(array): largest number" },
    .min_of = { "min_of", array_min_of, FG_CAP_NONE, "min_of(array): smallest number" },
    .pop = { "pop", array_pop, FG_CAP_NONE,
             "pop(array): removes and returns the last element of a mutable variable" },
    .push = { "push", array_push, FG_CAP_NONE,
              "push(array, value): array with value behind it" },
    .range = { "range", array_range, FG_CAP_NONE,
               "range(start = 0, end, step = 1): ints from start to before end" },
    .reverse = { "reverse", array_reverse, FG_CAP_NONE,
                 "reverse(x): array or string backwards" },
    .sample = { "sample", array_sample, FG_CAP_NONE,
                "sample(array, n = 1): n random elements, repeats possible" },
    .shuffle = { "shuffle", array_shuffle, FG_CAP_NONE,
                 "shuffle(array): the elements in random order" },
    .skip = { "skip", array_skip, FG_CAP_NONE, "skip(array, n): without the first n" },
    .slice = { "slice", array_slice, FG_CAP_NONE,
               "slice(x, start = 0, end = len): part of an array or string" },
    .sum = { "sum", array_sum, FG_CAP_NONE, "sum(array): sum of the numbers" },
    .take_n = { "take_n", array_take_n, FG_CAP_NONE, "take_n(array, n): the first n" },
    .unique = { "unique", array_unique, FG_CAP_NONE,
                "unique(array): without elements that print the same as an earlier "
                "one" },
    .zip = { "zip", array_zip, FG_CAP_NONE, "zip(a, b): pairs of elements" },
};
