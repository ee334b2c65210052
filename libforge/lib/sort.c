// SPDX-License-Identifier: Apache-2.0
/* sort and sort_by: stable, and safe under a comparison that contradicts itself.
 *
 * Arrays of ints and of floats are sorted by radix on their raw storage.  Everything
 * else is a merge sort of items (key and position) outside the heap; the elements stay
 * reachable through the source array, which is retained while comparators run. */
#include "lib/lib.h"

#include <stdlib.h>

#define RUN 8u         /* runs sorted by insertion before merging */
#define RADIX_FROM 64u /* shorter raw arrays are sorted by insertion */

static fg_status raise(fg_vm *vm, const char *text)
{
    return fg_raise(vm, FG_E_RUNTIME, "%s", text);
}

/* ---- raw storage ---------------------------------------------------------------- */

/* The order of floats as the order of integers: -0 equals 0, NaN comes last. */
static inline uint64_t float_key(uint64_t bits)
{
    const uint64_t sign = 1ull << 63;
    if ((bits & ~sign) > 0x7FF0000000000000u)
        return UINT64_MAX;
    if (bits == sign)
        bits = 0;
    return bits & sign ? ~bits : bits | sign;
}

static inline uint64_t raw_key(uint64_t bits, bool floats)
{
    return floats ? float_key(bits) : bits ^ (1ull << 63);
}

static inline void insertion_raw(uint64_t *v, uint32_t n, bool floats)
{
    for (uint32_t i = 1; i < n; i++) {
        uint64_t x = v[i], key = raw_key(x, floats);
        uint32_t j = i;
        for (; j > 0 && raw_key(v[j - 1], floats) > key; j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
}

/* One pass per byte of the key, least significant first; bytes that are the same in all
 * keys are skipped.  The result is in v. */
static inline void radix_raw(uint64_t *v, uint64_t *buf, uint32_t n, bool floats)
{
    uint32_t counts[8][256] = { 0 };
    uint64_t *from = v, *to = buf;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t key = raw_key(v[i], floats);
        for (int b = 0; b < 8; b++)
            counts[b][key >> (8 * b) & 255]++;
    }
    for (int b = 0; b < 8; b++) {
        if (counts[b][raw_key(v[0], floats) >> (8 * b) & 255] == n)
            continue;
        uint32_t place[256], sum = 0;
        for (int d = 0; d < 256; d++) {
            place[d] = sum;
            sum += counts[b][d];
        }
        for (uint32_t i = 0; i < n; i++)
            to[place[raw_key(from[i], floats) >> (8 * b) & 255]++] = from[i];
        uint64_t *other = from;
        from = to;
        to = other;
    }
    if (from != v)
        memcpy(v, from, n * sizeof(*v));
}

static bool ordered_raw(const uint64_t *v, uint32_t n, bool floats)
{
    for (uint32_t i = 1; i < n; i++)
        if (raw_key(v[i - 1], floats) > raw_key(v[i], floats))
            return false;
    return true;
}

static fg_status sort_raw(fg_array *a)
{
    uint64_t *v = (uint64_t *)a->as.data;
    bool floats = a->h.bits == FG_A_FLOAT;
    if (a->len < RADIX_FROM) {
        if (floats)
            insertion_raw(v, a->len, true);
        else
            insertion_raw(v, a->len, false);
        return FG_OK;
    }
    if (ordered_raw(v, a->len, floats))
        return FG_OK;
    uint64_t *buf = malloc(a->len * sizeof(*buf));
    if (!buf)
        return FG_NOMEM;
    if (floats)
        radix_raw(v, buf, a->len, true);
    else
        radix_raw(v, buf, a->len, false);
    free(buf);
    return FG_OK;
}

/* ---- texts ---------------------------------------------------------------------- */

/* A string by its head: seven bytes, zeros behind its end, and then its length, 8 for all
 * that are longer.  Heads have the order of strings; equal ones are those of equal strings
 * unless the strings are longer. */
typedef struct text_item {
    uint64_t head;
    uint32_t at; /* position in the source */
} text_item;

#define HEAD_BYTES 7u

static uint64_t head_of(const fg_string *s)
{
    uint64_t head = 0;
    uint32_t n = s->len < HEAD_BYTES ? s->len : HEAD_BYTES;
    for (uint32_t i = 0; i < n; i++)
        head |= (uint64_t)(uint8_t)s->bytes[i] << (56 - 8 * i);
    return head | (s->len > HEAD_BYTES ? HEAD_BYTES + 1 : s->len);
}

/* Does b come before a? */
static inline bool text_before(const fg_value *keys, const text_item *b,
                               const text_item *a)
{
    if (fg_likely(a->head != b->head))
        return b->head < a->head;
    return (a->head & 255) > HEAD_BYTES
           && fg_string_cmp(keys[b->at].as.str, keys[a->at].as.str) < 0;
}

static void insertion_texts(const fg_value *keys, text_item *v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        text_item x = v[i];
        uint32_t j = i;
        for (; j > 0 && text_before(keys, &x, &v[j - 1]); j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
}

/* Merges v[0, mid) and v[mid, n), the left half by way of buf. */
static void merge_texts(const fg_value *keys, text_item *v, text_item *buf,
                        uint32_t mid, uint32_t n)
{
    if (!text_before(keys, &v[mid], &v[mid - 1]))
        return;
    memcpy(buf, v, mid * sizeof(*v));
    uint32_t i = 0, j = mid, to = 0;
    while (i < mid && j < n) {
        bool right = text_before(keys, &v[j], &buf[i]);
        const text_item *from = right ? &v[j] : &buf[i];
        v[to++] = *from;
        j += right;
        i += !right;
    }
    memcpy(&v[to], &buf[i], (mid - i) * sizeof(*v));
}

static bool all_strings(const fg_array *a)
{
    if (a->h.bits != FG_A_ANY)
        return false;
    for (uint32_t i = 0; i < a->len; i++)
        if (!fg_is_string(a->as.any[i]))
            return false;
    return true;
}

/* Sorts src by keys of the same length, which are strings. */
static fg_status sort_by_texts(fg_vm *vm, const fg_array *src, const fg_array *keys,
                               fg_value *out)
{
    uint32_t n = src->len;
    const fg_value *k = keys->as.any;
    text_item *v = malloc(2 * ((size_t)n + 1) * sizeof(*v));
    if (!v)
        return FG_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        v[i] = (text_item){ head_of(k[i].as.str), i };
    for (uint64_t i = 0; i < n; i += RUN)
        insertion_texts(k, &v[i], n - i < RUN ? (uint32_t)(n - i) : RUN);
    for (uint64_t width = RUN; width < n; width *= 2)
        for (uint64_t i = 0; i + width < n; i += 2 * width)
            merge_texts(k, &v[i], v + n, (uint32_t)width,
                        (uint32_t)(n - i < 2 * width ? n - i : 2 * width));
    fg_status status = fg_give_object(out, fg_array_new(&vm->heap, n));
    for (uint32_t i = 0; status == FG_OK && i < n; i++) {
        fg_value x = fg_array_at(src, v[i].at);
        status = fg_array_push(&vm->heap, out->as.arr, &x);
    }
    free(v);
    return status;
}

/* ---- merge sort of items -------------------------------------------------------- */

typedef struct item {
    fg_value key; /* without Frozen wrappers, borrowed */
    uint32_t at;  /* position in the source */
} item;

/* Puts the order of a and b into *order: negative, 0, positive. */
typedef fg_status (*comparison)(void *ctx, const item *a, const item *b, int *order);

static inline void move(item *to, const item *from)
{
    fg_copy(&to->key, &from->key);
    to->at = from->at;
}

static inline __attribute__((always_inline)) fg_status insertion(item *v, uint32_t n,
                                                                 comparison compare,
                                                                 void *ctx)
{
    for (uint32_t i = 1; i < n; i++) {
        item x;
        int order;
        uint32_t j = i;
        move(&x, &v[i]);
        for (; j > 0; j--) {
            FG_TRY(compare(ctx, &v[j - 1], &x, &order));
            if (order <= 0)
                break;
            move(&v[j], &v[j - 1]);
        }
        move(&v[j], &x);
    }
    return FG_OK;
}

/* Merges v[0, mid) and v[mid, n), the left half by way of buf. */
static inline __attribute__((always_inline)) fg_status merge(item *v, item *buf,
                                                             uint32_t mid, uint32_t n,
                                                             comparison compare,
                                                             void *ctx)
{
    int order;
    FG_TRY(compare(ctx, &v[mid - 1], &v[mid], &order));
    if (order <= 0)
        return FG_OK;
    memcpy(buf, v, mid * sizeof(*v));
    uint32_t i = 0, j = mid, to = 0;
    while (i < mid && j < n) {
        FG_TRY(compare(ctx, &buf[i], &v[j], &order));
        move(&v[to++], order <= 0 ? &buf[i++] : &v[j++]);
    }
    memcpy(&v[to], &buf[i], (mid - i) * sizeof(*v));
    return FG_OK;
}

static inline __attribute__((always_inline)) fg_status merge_sort(item *v, item *buf,
                                                                  uint32_t n,
                                                                  comparison compare,
                                                                  void *ctx)
{
    for (uint64_t i = 0; i < n; i += RUN)
        FG_TRY(insertion(&v[i], n - i < RUN ? (uint32_t)(n - i) : RUN, compare, ctx));
    for (uint64_t width = RUN; width < n; width *= 2)
        for (uint64_t i = 0; i + width < n; i += 2 * width) {
            uint64_t size = n - i < 2 * width ? n - i : 2 * width;
            FG_TRY(merge(&v[i], buf, (uint32_t)width, (uint32_t)size, compare, ctx));
        }
    return FG_OK;
}

static int compare_floats(double x, double y)
{
    if (x != x || y != y)
        return (x != x) - (y != y);
    return (x > y) - (x < y);
}

/* Numbers by value, strings by bytes; other pairs stay as they stand. */
static fg_status natural(void *ctx, const item *a, const item *b, int *order)
{
    (void)ctx;
    if (fg_is_int(a->key) && fg_is_int(b->key))
        *order = (a->key.as.i > b->key.as.i) - (a->key.as.i < b->key.as.i);
    else if (fg_is_number(a->key) && fg_is_number(b->key))
        *order = compare_floats(fg_number(a->key), fg_number(b->key));
    else if (fg_is_string(a->key) && fg_is_string(b->key))
        *order = fg_string_cmp(a->key.as.str, b->key.as.str);
    else
        *order = 0;
    return FG_OK;
}

static fg_status sort_natural(item *v, item *buf, uint32_t n)
{
    return merge_sort(v, buf, n, natural, NULL);
}

/* A comparator of the program. */
typedef struct custom {
    fg_vm *vm;
    const fg_array *src;
    const fg_value *fn;
    fg_value *root; /* two elements, answer */
} custom;

static fg_status ask(void *ctx, const item *a, const item *b, int *order)
{
    custom *c = ctx;
    fg_value answer;
    fg_array_get(c->src, a->at, &c->root[0]);
    fg_array_get(c->src, b->at, &c->root[1]);
    FG_TRY(fg_call(c->vm, c->fn, 2, c->root, &c->root[2]));
    fg_peel(&c->root[2], &answer);
    *order = 0;
    if (fg_is_int(answer))
        *order = (answer.as.i > 0) - (answer.as.i < 0);
    else if (fg_is_float(answer))
        *order = (answer.as.f > 0) - (answer.as.f < 0);
    return FG_OK;
}

static fg_status sort_custom(item *v, item *buf, uint32_t n, custom *c)
{
    return merge_sort(v, buf, n, ask, c);
}

/* Items over the keys, and as many again for merging; freed by the caller. */
static item *new_items(const fg_array *keys)
{
    item *v = malloc(2 * ((size_t)keys->len + 1) * sizeof(*v));
    for (uint32_t i = 0; v && i < keys->len; i++) {
        fg_array_get(keys, i, &v[i].key);
        fg_peel(&v[i].key, &v[i].key);
        v[i].at = i;
    }
    return v;
}

/* The elements of src in the order of the items. */
static fg_status give_sorted(fg_vm *vm, const fg_array *src, const item *v,
                             fg_value *out)
{
    FG_TRY(fg_give_object(out, fg_array_new(&vm->heap, src->len)));
    for (uint32_t i = 0; i < src->len; i++) {
        fg_value x;
        fg_array_get(src, v[i].at, &x);
        FG_TRY(fg_array_push(&vm->heap, out->as.arr, &x));
    }
    return FG_OK;
}

/* Sorts src by keys of the same length. */
static fg_status sort_by_keys(fg_vm *vm, const fg_array *src, const fg_array *keys,
                              fg_value *out)
{
    if (all_strings(keys))
        return sort_by_texts(vm, src, keys, out);
    item *v = new_items(keys);
    if (!v)
        return FG_NOMEM;
    fg_status status = sort_natural(v, v + src->len, src->len);
    if (status == FG_OK)
        status = give_sorted(vm, src, v, out);
    free(v);
    return status;
}

/* ---- natives -------------------------------------------------------------------- */

static fg_status sort_with(fg_vm *vm, fg_value src, const fg_value *fn, fg_value *out)
{
    custom c = { vm, src.as.arr, fn, fg_scratch(vm, 3) };
    item *v = c.root ? new_items(src.as.arr) : NULL;
    if (!v)
        return FG_NOMEM;
    fg_retain(&src);
    fg_status status = sort_custom(v, v + src.as.arr->len, src.as.arr->len, &c);
    if (status == FG_OK)
        status = give_sorted(vm, src.as.arr, v, out);
    fg_release(&src);
    free(v);
    return status;
}

static fg_status sort_sort(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value src = fg_arg(argc, argv, 0);
    if (!fg_is(src, FG_ARRAY))
        return raise(vm, "sort() requires an array");
    if (argc > 1)
        return sort_with(vm, src, &argv[1], out);
    FG_TRY(fg_work(vm, (uint64_t)src.as.arr->len * 16));
    if (src.as.arr->h.bits == FG_A_ANY)
        return sort_by_keys(vm, src.as.arr, src.as.arr, out);
    FG_TRY(fg_give_object(out, fg_array_copy(&vm->heap, src.as.arr, 0)));
    return sort_raw(out->as.arr);
}

/* The array of fn(x) into root[2]; root[0] and [1] are for the calls. */
static fg_status call_keys(fg_vm *vm, const fg_array *src, const fg_value *fn,
                           fg_value *root)
{
    FG_TRY(fg_give_object(&root[2], fg_array_new(&vm->heap, src->len)));
    for (uint32_t i = 0; i < src->len; i++) {
        fg_array_get(src, i, &root[0]);
        FG_TRY(fg_call(vm, fn, 1, &root[0], &root[1]));
        FG_TRY(fg_array_push(&vm->heap, root[2].as.arr, &root[1]));
    }
    return FG_OK;
}

static fg_status sort_sort_by(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value src = fg_arg(argc, argv, 0);
    if (argc < 2 || !fg_is(src, FG_ARRAY))
        return raise(vm, "sort_by() requires (array, key_function)");
    fg_value *root = fg_scratch(vm, 3);
    if (!root)
        return FG_NOMEM;
    fg_retain(&src);
    fg_status status = call_keys(vm, src.as.arr, &argv[1], root);
    fg_release(&src);
    FG_TRY(status);
    return sort_by_keys(vm, src.as.arr, root[2].as.arr, out);
}

const struct fg_sort_natives fg_sort_natives = {
    .sort = { "sort", sort_sort, FG_CAP_NONE,
              "sort(array, cmp?): in order, or by the sign of cmp(a, b)" },
    .sort_by = { "sort_by", sort_sort_by, FG_CAP_NONE,
                 "sort_by(array, fn): in the order of fn(x)" },
};
