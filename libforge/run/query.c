// SPDX-License-Identifier: Apache-2.0
/* Query forms over arrays: `xs where f OP v`, `>> keep where …`, `>> sort by …`,
 * `>> take n`. */
#include "run/internal.h"

#include "value/array.h"
#include "value/equal.h"
#include "value/record.h"
#include "value/show.h"
#include "value/string.h"

#include <stdlib.h>

#define SHOWN_MAX (1u << 20) /* display texts longer than this compare by their start */

/* ---- order --------------------------------------------------------------------------- */

/* Display texts in byte order. */
static int compare_shown(const fg_value *a, const fg_value *b)
{
    if (fg_is_string(*a) && fg_is_string(*b))
        return fg_string_cmp(a->as.str, b->as.str);
    fg_bytes x, y;
    fg_bytes_init(&x);
    fg_bytes_init(&y);
    x.max = y.max = SHOWN_MAX;
    fg_show(&x, a);
    fg_show(&y, b);
    uint32_t n = x.n < y.n ? x.n : y.n;
    int order = memcmp(x.p, y.p, n);
    if (order == 0)
        order = (x.n > y.n) - (x.n < y.n);
    fg_bytes_drop(&x);
    fg_bytes_drop(&y);
    return order;
}

static bool order_holds(fg_operator op, int order)
{
    switch (op) {
    case FG_OP_EQ: return order == 0;
    case FG_OP_NE: return order != 0;
    case FG_OP_LT: return order < 0;
    case FG_OP_GT: return order > 0;
    case FG_OP_LE: return order <= 0;
    default: return order >= 0;
    }
}

/* ---- where, keep ------------------------------------------------------------------------ */

/* Numbers numerically, everything else by display text. */
static bool where_holds(fg_operator op, const fg_value *item, const fg_value *value)
{
    fg_value a, b;
    fg_peel(item, &a);
    fg_peel(value, &b);
    if (fg_is_number(a) && fg_is_number(b))
        return fg_order_quiet(op, &a, &b);
    return order_holds(op, compare_shown(&a, &b));
}

fg_status fg_where(fg_vm *vm, const fg_value *source, fg_string *field, fg_operator op,
                   fg_value *out)
{
    fg_value xs, item;
    fg_peel(&source[0], &xs);
    if (fg_wrap_of(xs) || fg_type_of(xs) != FG_ARRAY) {
        fg_raise(vm, FG_E_RUNTIME, "where requires an array");
        return fg_advise_kind(vm, &xs, false);
    }
    fg_array *found = fg_array_new(&vm->heap, 0);
    if (!found)
        return FG_NOMEM;
    for (uint32_t i = 0; i < xs.as.arr->len; i++) {
        fg_value element = fg_array_at(xs.as.arr, i);
        fg_peel(&element, &item);
        if (fg_wrap_of(item) || fg_type_of(item) != FG_OBJECT)
            continue;
        const fg_value *v = fg_object_find(item.as.obj, field);
        if (v && where_holds(op, v, &source[1]))
            FG_TRY(fg_array_push(&vm->heap, found, &element));
    }
    *out = fg_obj_value(found);
    return FG_OK;
}

/* it.field [OP value] with the ordinary meaning of both: 1, 0, or -1 with vm->status. */
static int keeps(fg_vm *vm, const fg_value *item, fg_string *field, fg_operator op,
                 const fg_value *value)
{
    fg_value v;
    vm->status = fg_get_field(vm, item, field, &v);
    if (vm->status != FG_OK)
        return -1;
    switch (op) {
    case FG_OP_NONE: return fg_truthy(&v);
    case FG_OP_EQ: return fg_equal(&v, value);
    case FG_OP_NE: return !fg_equal(&v, value);
    default: return fg_order(vm, op, &v, value);
    }
}

fg_status fg_keep(fg_vm *vm, const fg_value *source, fg_string *field, fg_operator op,
                  fg_value *out)
{
    fg_value xs;
    fg_peel(&source[0], &xs);
    if (fg_wrap_of(xs) || fg_type_of(xs) != FG_ARRAY) {
        fg_copy(out, &source[0]);
        return FG_OK;
    }
    fg_array *kept = fg_array_new(&vm->heap, 0);
    if (!kept)
        return FG_NOMEM;
    for (uint32_t i = 0; i < xs.as.arr->len; i++) {
        fg_value element = fg_array_at(xs.as.arr, i);
        int keep = keeps(vm, &element, field, op, &source[1]);
        if (keep < 0)
            return vm->status;
        if (keep)
            FG_TRY(fg_array_push(&vm->heap, kept, &element));
    }
    *out = fg_obj_value(kept);
    return FG_OK;
}

/* ---- sort ------------------------------------------------------------------------------- */

typedef struct item {
    fg_value key;
    uint32_t at;
} item;

static int compare_keys(const fg_value *a, const fg_value *b)
{
    if (fg_is_number(*a) && fg_is_number(*b))
        return fg_order_quiet(FG_OP_LT, a, b) ? -1 : fg_order_quiet(FG_OP_GT, a, b);
    return compare_shown(a, b);
}

/* Merges the sorted runs [from, middle) and [middle, to) of `in` into `out`. */
static void merge(const item *in, item *out, size_t from, size_t middle, size_t to)
{
    size_t left = from, right = middle;
    for (size_t i = from; i < to; i++) {
        bool take_left =
            left < middle
            && (right == to || compare_keys(&in[left].key, &in[right].key) <= 0);
        out[i] = take_left ? in[left++] : in[right++];
    }
}

/* Stable; returns the one of the two halves of `room` that holds the result. */
static item *sort_items(item *room, size_t n)
{
    item *in = room, *out = room + n;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t from = 0; from < n; from += 2 * width) {
            size_t middle = from + width < n ? from + width : n;
            size_t to = from + 2 * width < n ? from + 2 * width : n;
            merge(in, out, from, middle, to);
        }
        item *swap = in;
        in = out;
        out = swap;
    }
    return in;
}

/* The key an element is sorted by: itself, or its field, null when it has none. */
static fg_value sort_key(const fg_value *element, fg_string *field)
{
    fg_value v;
    fg_peel(element, &v);
    if (!field)
        return v;
    const fg_value *f = fg_wrap_of(v) || fg_type_of(v) != FG_OBJECT
                            ? NULL
                            : fg_object_find(v.as.obj, field);
    if (!f)
        return fg_null();
    fg_peel(f, &v);
    return v;
}

fg_status fg_sort_by(fg_vm *vm, const fg_value *source, fg_string *field, fg_value *out)
{
    fg_value xs;
    fg_peel(source, &xs);
    if (fg_wrap_of(xs) || fg_type_of(xs) != FG_ARRAY) {
        fg_copy(out, source);
        return FG_OK;
    }
    uint32_t n = xs.as.arr->len;
    item *room = malloc(sizeof *room * 2 * (n ? n : 1));
    fg_array *sorted = fg_array_new(&vm->heap, n);
    fg_status status = room && sorted ? FG_OK : FG_NOMEM;
    for (uint32_t i = 0; status == FG_OK && i < n; i++) {
        fg_value element = fg_array_at(xs.as.arr, i);
        room[i] = (item){ sort_key(&element, field), i };
    }
    const item *order = status == FG_OK ? sort_items(room, n) : NULL;
    for (uint32_t i = 0; status == FG_OK && i < n; i++) {
        fg_value element = fg_array_at(xs.as.arr, order[i].at);
        status = fg_array_push(&vm->heap, sorted, &element);
    }
    free(room);
    if (status == FG_OK)
        *out = fg_obj_value(sorted);
    return status;
}

/* ---- take -------------------------------------------------------------------------------- */

fg_status fg_take(fg_vm *vm, const fg_value *source, const fg_value *count,
                  fg_value *out)
{
    fg_value xs, n;
    fg_peel(source, &xs);
    fg_peel(count, &n);
    if (fg_wrap_of(xs) || fg_type_of(xs) != FG_ARRAY) {
        fg_copy(out, source);
        return FG_OK;
    }
    int64_t want = fg_is_int(n) ? n.as.i : 10;
    uint32_t len = xs.as.arr->len;
    if (want >= 0 && want < len)
        len = (uint32_t)want;
    fg_array *part = fg_array_part(&vm->heap, xs.as.arr, 0, len);
    if (!part)
        return FG_NOMEM;
    *out = fg_obj_value(part);
    return FG_OK;
}
