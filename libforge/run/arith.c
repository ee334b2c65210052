// SPDX-License-Identifier: Apache-2.0
/* Operators away from the fast path: mixed and wrong operands, overflow, text. */
#include "run/internal.h"

#include "base/number.h"
#include "value/equal.h"
#include "value/func.h"
#include "value/show.h"
#include "value/string.h"

#include <math.h>

static fg_status refuse_operands(fg_vm *vm, fg_operator op, const fg_value *a,
                                 const fg_value *b)
{
    bool sa = fg_is_string(*a), sb = fg_is_string(*b);
    if (sa && sb)
        return fg_raise(vm, FG_E_RUNTIME, "invalid operator for String");
    if (sa || sb)
        return fg_raise(vm, FG_E_RUNTIME, "invalid operator");
    if (fg_is_null(*a) || fg_is_null(*b))
        return fg_raise(vm, FG_E_RUNTIME, "cannot perform arithmetic on null");
    if (fg_is_bool(*a) && fg_is_bool(*b))
        return fg_raise(vm, FG_E_RUNTIME, "invalid operator for Bool");
    if (fg_type_of(*a) == fg_type_of(*b) && !fg_wrap_of(*a) && !fg_wrap_of(*b)) {
        if (fg_is(*a, FG_TUPLE))
            return fg_raise(vm, FG_E_RUNTIME,
                            "tuples only support == and != operators");
        if (fg_type_of(*a) == FG_SET)
            return fg_raise(vm, FG_E_RUNTIME, "sets only support == and != operators");
        if (fg_type_of(*a) == FG_MAP)
            return fg_raise(vm, FG_E_RUNTIME, "maps only support == and != operators");
    }
    const char *ta = fg_type_name(a), *tb = fg_type_name(b);
    if (strcmp(ta, "Option") == 0 && strcmp(tb, "Option") == 0)
        return fg_raise(vm, FG_E_RUNTIME, "invalid operator for Option");
    return fg_raise(vm, FG_E_RUNTIME, "cannot apply %s to %s and %s",
                    fg_operator_text(op), ta, tb);
}

static fg_status wrong_operands(fg_vm *vm, fg_operator op, const fg_value *a,
                                const fg_value *b)
{
    refuse_operands(vm, op, a, b);
    return fg_advise_operator(vm, op, a, b);
}

static fg_status int_division(fg_vm *vm, fg_operator op, int64_t a, int64_t b,
                              fg_value *out)
{
    if (b == 0 && op == FG_OP_DIV) {
        fg_raise(vm, FG_E_ARITHMETIC, "division by zero");
        return fg_hint(vm, "check that the divisor is not zero before dividing");
    }
    if (b == 0) {
        fg_raise(vm, FG_E_ARITHMETIC, "modulo by zero");
        return fg_hint(vm, "check that the divisor is not zero before using %%");
    }
    if (b == -1) { /* the smallest Int has no positive counterpart */
        *out = op == FG_OP_MOD  ? fg_int(0)
               : a == INT64_MIN ? fg_float(9223372036854775808.0)
                                : fg_int(-a);
        return FG_OK;
    }
    *out = fg_int(op == FG_OP_DIV ? a / b : a % b);
    return FG_OK;
}

static fg_status ints(fg_vm *vm, fg_operator op, int64_t a, int64_t b, fg_value *out)
{
    int64_t r;
    switch (op) {
    case FG_OP_ADD:
        *out = __builtin_add_overflow(a, b, &r) ? fg_float((double)a + (double)b)
                                                : fg_int(r);
        return FG_OK;
    case FG_OP_SUB:
        *out = __builtin_sub_overflow(a, b, &r) ? fg_float((double)a - (double)b)
                                                : fg_int(r);
        return FG_OK;
    case FG_OP_MUL:
        *out = __builtin_mul_overflow(a, b, &r) ? fg_float((double)a * (double)b)
                                                : fg_int(r);
        return FG_OK;
    default: return int_division(vm, op, a, b, out);
    }
}

static double floats(fg_operator op, double a, double b)
{
    switch (op) {
    case FG_OP_ADD: return a + b;
    case FG_OP_SUB: return a - b;
    case FG_OP_MUL: return a * b;
    case FG_OP_DIV: return a / b;
    default: return fmod(a, b);
    }
}

static void show_bounded(const fg_vm *vm, fg_bytes *b, const fg_value *v)
{
    size_t left = fg_heap_left(&vm->heap);
    b->max = left < FG_MAX_LEN ? (uint32_t)left : FG_MAX_LEN;
    fg_show(b, v);
}

/* + with a string on either side joins the display forms. */
static fg_status join(fg_vm *vm, const fg_value *a, const fg_value *b, fg_value *out)
{
    if (!fg_is_string(*a) || !fg_is_string(*b)) {
        fg_value both[2] = { *a, *b };
        return fg_concat(vm, both, 2, out);
    }
    fg_string *s = fg_string_concat(&vm->heap, a->as.str, fg_string_slice(b->as.str));
    if (!s)
        return FG_NOMEM;
    *out = fg_string_value(s);
    return FG_OK;
}

fg_status fg_arith(fg_vm *vm, fg_operator op, const fg_value *left,
                   const fg_value *right, fg_value *out)
{
    fg_value a, b;
    if (op == FG_OP_ADD && left->tag == FG_STRING && right->tag == FG_STRING)
        return join(vm, left, right, out);
    fg_peel(left, &a);
    fg_peel(right, &b);
    if (fg_is_int(a) && fg_is_int(b))
        return ints(vm, op, a.as.i, b.as.i, out);
    if (fg_is_number(a) && fg_is_number(b)) {
        *out = fg_float(floats(op, fg_number(a), fg_number(b)));
        return FG_OK;
    }
    if (op == FG_OP_ADD && (fg_is_string(a) || fg_is_string(b)))
        return join(vm, &a, &b, out);
    return wrong_operands(vm, op, &a, &b);
}

static bool numbers_in_order(fg_operator op, const fg_value *a, const fg_value *b)
{
    if (fg_is_int(*a) && fg_is_int(*b)) {
        int64_t x = a->as.i, y = b->as.i;
        return op == FG_OP_LT   ? x < y
               : op == FG_OP_GT ? x > y
               : op == FG_OP_LE ? x <= y
                                : x >= y;
    }
    double x = fg_number(*a), y = fg_number(*b);
    return op == FG_OP_LT   ? x < y
           : op == FG_OP_GT ? x > y
           : op == FG_OP_LE ? x <= y
                            : x >= y;
}

static bool strings_in_order(fg_operator op, const fg_value *a, const fg_value *b)
{
    int c = fg_string_cmp(a->as.str, b->as.str);
    return op == FG_OP_LT   ? c < 0
           : op == FG_OP_GT ? c > 0
           : op == FG_OP_LE ? c <= 0
                            : c >= 0;
}

fg_status fg_arith_int(fg_vm *vm, fg_operator op, const fg_value *a, int64_t b,
                       fg_value *out)
{
    fg_value right = fg_int(b);
    return fg_arith(vm, op, a, &right, out);
}

int fg_order(fg_vm *vm, fg_operator op, const fg_value *left, const fg_value *right)
{
    fg_value a, b;
    fg_peel(left, &a);
    fg_peel(right, &b);
    if (fg_is_number(a) && fg_is_number(b))
        return numbers_in_order(op, &a, &b);
    if (fg_is_string(a) && fg_is_string(b))
        return strings_in_order(op, &a, &b);
    vm->status = wrong_operands(vm, op, &a, &b);
    return -1;
}

bool fg_order_quiet(fg_operator op, const fg_value *left, const fg_value *right)
{
    fg_value a, b;
    fg_peel(left, &a);
    fg_peel(right, &b);
    if (op == FG_OP_EQ || op == FG_OP_NE)
        return fg_equal(&a, &b) == (op == FG_OP_EQ);
    if (fg_is_number(a) && fg_is_number(b))
        return numbers_in_order(op, &a, &b);
    return fg_is_string(a) && fg_is_string(b) && strings_in_order(op, &a, &b);
}

fg_status fg_negate(fg_vm *vm, const fg_value *v, fg_value *out)
{
    fg_value a;
    fg_peel(v, &a);
    if (fg_is_int(a)) {
        *out = a.as.i == INT64_MIN ? fg_float(9223372036854775808.0) : fg_int(-a.as.i);
        return FG_OK;
    }
    if (fg_is_float(a)) {
        *out = fg_float(-a.as.f);
        return FG_OK;
    }
    return fg_raise(vm, FG_E_RUNTIME, "cannot negate non-number");
}

/* The display form of one part: most are strings and ints. */
static void put_part(const fg_vm *vm, fg_bytes *text, const fg_value *v)
{
    char *at;
    if (v->tag == FG_INT && (at = fg_bytes_room(text, FG_INT_TEXT))) {
        text->n += fg_int_text(v->as.i, at);
    } else if (v->tag == FG_STRING && v->as.str->len <= text->cap - text->n) {
        fg_copy_bytes(text->p + text->n, v->as.str->bytes, v->as.str->len);
        text->n += v->as.str->len;
    } else {
        show_bounded(vm, text, v);
    }
}

fg_status fg_concat(fg_vm *vm, const fg_value *v, uint32_t n, fg_value *out)
{
    fg_bytes text;
    fg_string *s = NULL;
    fg_bytes_init(&text);
    if (n > 1 && fg_is_string(v[0])) { /* the first part may grow in place */
        for (uint32_t i = 1; i < n; i++)
            put_part(vm, &text, &v[i]);
        if (!text.failed)
            s = fg_string_concat(&vm->heap, v[0].as.str, fg_bytes_view(&text));
    } else {
        for (uint32_t i = 0; i < n; i++)
            put_part(vm, &text, &v[i]);
        if (!text.failed)
            s = fg_string_new(&vm->heap, text.p, text.n);
    }
    fg_bytes_drop(&text);
    if (!s)
        return FG_NOMEM;
    *out = fg_string_value(s);
    return FG_OK;
}
