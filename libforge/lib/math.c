// SPDX-License-Identifier: Apache-2.0
/* The math module.  Int results that overflow become Floats, as with the operators. */
#include "lib/lib.h"
#include "lib/random.h"

#include "base/number.h"

#include <math.h>

/* Argument 0 as a double, or the error "NAME requires a number". */
static fg_status number(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                        double *f)
{
    fg_value v = fg_arg(argc, argv, 0);
    *f = fg_number(v);
    if (!fg_is_number(v))
        return fg_raise(vm, FG_E_RUNTIME, "math.%s() requires a number", name);
    return FG_OK;
}

static fg_status float_of(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                          double (*fn)(double), fg_value *out)
{
    double f;
    FG_TRY(number(vm, argc, argv, name, &f));
    return fg_give(out, fg_float(fn(f)));
}

/* As float_of, rounded to an Int; an Int stays itself. */
static fg_status int_of(fg_vm *vm, int argc, const fg_value *argv, const char *name,
                        double (*fn)(double), fg_value *out)
{
    double f;
    FG_TRY(number(vm, argc, argv, name, &f));
    fg_value v = fg_arg(argc, argv, 0);
    return fg_give(out, fg_is_int(v) ? v : fg_int(fg_float_to_int(fn(f))));
}

static fg_status math_sqrt(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return float_of(vm, argc, argv, "sqrt", sqrt, out);
}

static fg_status math_sin(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return float_of(vm, argc, argv, "sin", sin, out);
}

static fg_status math_cos(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return float_of(vm, argc, argv, "cos", cos, out);
}

static fg_status math_tan(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return float_of(vm, argc, argv, "tan", tan, out);
}

static fg_status math_log(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return float_of(vm, argc, argv, "log", log, out);
}

static fg_status math_floor(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return int_of(vm, argc, argv, "floor", floor, out);
}

static fg_status math_ceil(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return int_of(vm, argc, argv, "ceil", ceil, out);
}

static fg_status math_round(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return int_of(vm, argc, argv, "round", round, out);
}

static fg_status math_abs(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    double f;
    FG_TRY(number(vm, argc, argv, "abs", &f));
    fg_value v = fg_arg(argc, argv, 0);
    if (fg_is_int(v) && v.as.i != INT64_MIN)
        return fg_give(out, fg_int(v.as.i < 0 ? -v.as.i : v.as.i));
    return fg_give(out, fg_float(fabs(f)));
}

/* base to the power n by squaring; false on overflow. */
static bool int_power(int64_t base, uint64_t n, int64_t *out)
{
    int64_t result = 1;
    for (;;) {
        if ((n & 1) && __builtin_mul_overflow(result, base, &result))
            return false;
        n >>= 1;
        if (n == 0)
            break;
        if (__builtin_mul_overflow(base, base, &base))
            return false;
    }
    *out = result;
    return true;
}

static fg_status math_pow(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), y = fg_arg(argc, argv, 1);
    int64_t i;
    if (!fg_is_number(x) || !fg_is_number(y))
        return fg_raise(vm, FG_E_RUNTIME, "math.pow() requires two numbers");
    if (fg_is_int(x) && fg_is_int(y) && y.as.i >= 0 && y.as.i <= UINT32_MAX
        && int_power(x.as.i, (uint64_t)y.as.i, &i))
        return fg_give(out, fg_int(i));
    return fg_give(out, fg_float(pow(fg_number(x), fg_number(y))));
}

static fg_status choose(fg_vm *vm, int argc, const fg_value *argv, bool larger,
                        fg_value *out)
{
    fg_value x = fg_arg(argc, argv, 0), y = fg_arg(argc, argv, 1);
    if (!fg_is_number(x) || !fg_is_number(y))
        return fg_raise(vm, FG_E_RUNTIME, "math.%s() requires two numbers",
                        larger ? "max" : "min");
    if (fg_is_int(x) && fg_is_int(y))
        return fg_give(out, (x.as.i > y.as.i) == larger ? x : y);
    double f = fg_number(x), g = fg_number(y);
    return fg_give(out, fg_float(larger ? fmax(f, g) : fmin(f, g)));
}

static fg_status math_max(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return choose(vm, argc, argv, true, out);
}

static fg_status math_min(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return choose(vm, argc, argv, false, out);
}

static fg_status math_clamp(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0), lo = fg_arg(argc, argv, 1);
    fg_value hi = fg_arg(argc, argv, 2);
    if (!fg_is_number(v) || !fg_is_number(lo) || !fg_is_number(hi))
        return fg_raise(vm, FG_E_RUNTIME,
                        "math.clamp() requires (value, min, max) numbers");
    if (fg_is_int(v) && fg_is_int(lo) && fg_is_int(hi)) {
        int64_t i = v.as.i > lo.as.i ? v.as.i : lo.as.i;
        return fg_give(out, fg_int(i < hi.as.i ? i : hi.as.i));
    }
    return fg_give(out,
                   fg_float(fmin(fmax(fg_number(v), fg_number(lo)), fg_number(hi))));
}

static fg_status math_random(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return fg_give(out, fg_float(fg_random_unit(vm)));
}

static fg_status math_random_int(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value lo = fg_arg(argc, argv, 0), hi = fg_arg(argc, argv, 1);
    if (!fg_is_int(lo) || !fg_is_int(hi))
        return fg_raise(vm, FG_E_RUNTIME,
                        "math.random_int() requires two integers (min, max)");
    if (lo.as.i > hi.as.i)
        return fg_raise(vm, FG_E_RUNTIME,
                        "math.random_int() requires min <= max, got %lld > %lld",
                        (long long)lo.as.i, (long long)hi.as.i);
    uint64_t n = (uint64_t)hi.as.i - (uint64_t)lo.as.i + 1;
    uint64_t x = n == 0 ? fg_random(vm) : fg_random_below(vm, n);
    return fg_give(out, fg_int((int64_t)((uint64_t)lo.as.i + x)));
}

#define NUMBER(x) .constant = { FG_FLOAT, { .f = x } }

static const fg_member members[] = {
    FG_CONST("math.pi", NUMBER(M_PI), ": half the circumference of the unit circle"),
    FG_CONST("math.e", NUMBER(M_E), ": the base of the natural logarithm"),
    FG_CONST("math.inf", NUMBER(INFINITY), ": more than any other number"),
    FG_FN("math.sqrt", math_sqrt, FG_CAP_NONE, "(n): square root"),
    FG_FN("math.pow", math_pow, FG_CAP_NONE, "(x, y): x to the power y"),
    FG_FN("math.abs", math_abs, FG_CAP_NONE, "(n): n without its sign"),
    FG_FN("math.max", math_max, FG_CAP_NONE, "(a, b): the larger number"),
    FG_FN("math.min", math_min, FG_CAP_NONE, "(a, b): the smaller number"),
    FG_FN("math.floor", math_floor, FG_CAP_NONE, "(n): n rounded down"),
    FG_FN("math.ceil", math_ceil, FG_CAP_NONE, "(n): n rounded up"),
    FG_FN("math.round", math_round, FG_CAP_NONE,
          "(n): nearest Int, halves away from zero"),
    FG_FN("math.random", math_random, FG_CAP_NONE,
          "(): a random Float from 0 to before 1"),
    FG_FN("math.random_int", math_random_int, FG_CAP_NONE,
          "(min, max): a random Int, both ends included"),
    FG_FN("math.sin", math_sin, FG_CAP_NONE, "(n): sine of n radians"),
    FG_FN("math.cos", math_cos, FG_CAP_NONE, "(n): cosine of n radians"),
    FG_FN("math.tan", math_tan, FG_CAP_NONE, "(n): tangent of n radians"),
    FG_FN("math.log", math_log, FG_CAP_NONE, "(n): natural logarithm"),
    FG_FN("math.clamp", math_clamp, FG_CAP_NONE,
          "(v, lo, hi): v, but at least lo and at most hi"),
};

const fg_module fg_math_module = { "math", FG_COUNT(members), members };
