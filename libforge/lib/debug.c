// SPDX-License-Identifier: Apache-2.0
/* Assertions, and the kit for looking at and timing code. */
#include "lib/lib.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RUNS_MAX 1000000 /* slay() keeps one time per run */

static fg_status raise(fg_vm *vm, const char *text)
{
    return fg_raise(vm, FG_E_RUNTIME, "%s", text);
}

/* Raises the text of b, which is dropped. */
static fg_status raise_bytes(fg_vm *vm, fg_errkind kind, fg_bytes *b)
{
    fg_status status =
        b->failed ? FG_NOMEM : fg_raise(vm, kind, "%.*s", (int)b->n, b->p);
    fg_bytes_drop(b);
    return status;
}

static bool is_function(int argc, const fg_value *argv)
{
    return argc > 0 && fg_is(fg_arg(argc, argv, 0), FG_FUNC);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- assertions ----------------------------------------------------------------- */

static fg_status debug_assert(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc > 0 && fg_truthy(&argv[0]))
        return fg_give(out, fg_null());
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "assertion failed: ");
    if (argc > 1)
        fg_show(&b, &argv[1]);
    else
        fg_bytes_str(&b, "assertion failed");
    return raise_bytes(vm, FG_E_ASSERTION, &b);
}

/* "assertion failed: " and the message of argument 2, if there is one. */
static void begin_failure(fg_vm *vm, fg_bytes *b, int argc, const fg_value *argv)
{
    fg_begin_text(vm, b);
    fg_bytes_str(b, "assertion failed: ");
    uint32_t before = b->n;
    if (argc > 2)
        fg_show(b, &argv[2]);
    if (b->n > before)
        fg_bytes_str(b, ": ");
}

static fg_status debug_assert_eq(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 2)
        return fg_raise(vm, FG_E_RUNTIME, "assert_eq() requires at least 2 arguments");
    if (fg_same(&argv[0], &argv[1]))
        return fg_give(out, fg_null());
    fg_bytes b;
    begin_failure(vm, &b, argc, argv);
    fg_bytes_str(&b, "expected `");
    fg_show(&b, &argv[1]);
    fg_bytes_str(&b, "`, got `");
    fg_show(&b, &argv[0]);
    fg_bytes_str(&b, "`");
    return raise_bytes(vm, FG_E_ASSERTION, &b);
}

static fg_status debug_assert_ne(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 2)
        return fg_raise(vm, FG_E_RUNTIME, "assert_ne() requires at least 2 arguments");
    if (!fg_same(&argv[0], &argv[1]))
        return fg_give(out, fg_null());
    fg_bytes b;
    begin_failure(vm, &b, argc, argv);
    fg_bytes_str(&b, "expected values to differ, both are `");
    fg_show(&b, &argv[0]);
    fg_bytes_str(&b, "`");
    return raise_bytes(vm, FG_E_ASSERTION, &b);
}

static fg_status debug_assert_throws(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 1)
        return raise(vm, "assert_throws() requires a function");
    fg_status status = fg_call(vm, &argv[0], 0, NULL, out);
    if (status == FG_OK)
        return fg_raise(vm, FG_E_ASSERTION,
                        "assertion failed: expected function to throw an error, "
                        "but it succeeded");
    if (status != FG_RAISED)
        return status;
    fg_error_clear(vm);
    return fg_give(out, fg_bool(true));
}

static fg_status debug_no_cap(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 2)
        return raise(vm, "no_cap() needs two values to compare, fr fr");
    if (fg_same(&argv[0], &argv[1]))
        return fg_give(out, fg_bool(true));
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "CAP DETECTED: ");
    fg_show(&b, &argv[0]);
    fg_bytes_str(&b, " ≠ ");
    fg_show(&b, &argv[1]);
    return raise_bytes(vm, FG_E_RUNTIME, &b);
}

/* Raises `label` and argument 1 if it is a string, else the default text. */
static fg_status reject(fg_vm *vm, int argc, const fg_value *argv, const char *label,
                        const char *text)
{
    fg_value message = fg_arg(argc, argv, 1);
    fg_slice s = fg_slice_str(text);
    if (fg_is_string(message))
        s = fg_string_slice(message.as.str);
    return fg_raise(vm, FG_E_RUNTIME, "%s%.*s", label, (int)s.n, s.p);
}

static fg_status debug_bet(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 1)
        return raise(vm, "bet() needs a condition, no cap");
    if (!fg_truthy(&argv[0]))
        return reject(vm, argc, argv, "LOST THE BET: ", "condition was false");
    return fg_give(out, fg_bool(true));
}

static fg_status debug_ick(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 1)
        return raise(vm, "ick() needs a condition to reject");
    if (fg_truthy(&argv[0]))
        return reject(vm, argc, argv, "ICK: ", "that's an ick");
    return fg_give(out, fg_bool(true));
}

static fg_status debug_bruh(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)out;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "BRUH: ");
    if (argc > 0)
        fg_show(&b, &argv[0]);
    else
        fg_bytes_str(&b, "something ain't right");
    return raise_bytes(vm, FG_E_RUNTIME, &b);
}

/* ---- looking -------------------------------------------------------------------- */

/* Writes b to standard error and drops it. */
static fg_status write_note(fg_vm *vm, fg_bytes *b)
{
    fg_status status = b->failed ? FG_NOMEM : FG_OK;
    if (status == FG_OK)
        fg_write_err(vm, fg_bytes_view(b));
    fg_bytes_drop(b);
    return status;
}

static fg_status debug_sus(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (argc < 1)
        return raise(vm, "sus() needs something to inspect, bestie");
    fg_value shown;
    fg_peel(&argv[0], &shown);
    const char *quote = fg_is_string(shown) ? "\"" : "";
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "\033[33m🔍 SUS CHECK:\033[0m ");
    fg_bytes_str(&b, quote);
    fg_show(&b, &argv[0]);
    fg_bytes_fmt(&b, "%s \033[2m(%s)\033[0m\n", quote, fg_type_name(&argv[0]));
    fg_copy(out, &argv[0]);
    return write_note(vm, &b);
}

/* ---- running -------------------------------------------------------------------- */

/* How cook() judges a time below `below` seconds. */
static const struct verdict {
    double below;
    const char *color, *phrase;
    double scale;
    const char *format;
} verdicts[] = {
    { 1e-3, "32", "speed demon fr", 1e6, "%.2fµs" },
    { 0.1, "32", "no cap that was fast", 1e3, "%.2fms" },
    { 1, "33", "it's giving adequate", 1e3, "%.0fms" },
    { INFINITY, "31", "bruh that took a minute", 1, "%.2fs" },
};

static fg_status debug_cook(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (!is_function(argc, argv))
        return raise(vm, "cook() needs a function — let him cook!");
    double start = seconds();
    FG_TRY(fg_call(vm, &argv[0], 0, NULL, out));
    double took = seconds() - start;
    const struct verdict *v = verdicts;
    while (took >= v->below)
        v++;
    char text[64];
    snprintf(text, sizeof(text), v->format, took * v->scale);
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_fmt(&b,
                 "\033[%sm👨‍🍳 COOKED:\033[0m done in %s — \033[2m%s\033[0m\n",
                 v->color, text, v->phrase);
    return write_note(vm, &b);
}

static fg_status debug_yolo(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (!is_function(argc, argv))
        return raise(vm, "yolo() needs a function to send it on");
    fg_status status = fg_call(vm, &argv[0], 0, NULL, out);
    if (status != FG_RAISED)
        return status;
    fg_error_clear(vm);
    return fg_give(out, fg_none());
}

static int write_nothing(void *ctx, const char *text, size_t n)
{
    (void)ctx;
    (void)text;
    (void)n;
    return 0;
}

static fg_status debug_ghost(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (!is_function(argc, argv))
        return raise(vm, "ghost() needs a function to haunt");
    int (*saved)(void *, const char *, size_t) = vm->env.write;
    vm->env.write = write_nothing;
    fg_status status = fg_call(vm, &argv[0], 0, NULL, out);
    vm->env.write = saved;
    return status;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Calls fn n times; the times in milliseconds, the last value in *last. */
static fg_status time_runs(fg_vm *vm, const fg_value *fn, double *ms, uint32_t n,
                           fg_value *last)
{
    for (uint32_t i = 0; i < n; i++) {
        double start = seconds();
        FG_TRY(fg_call(vm, fn, 0, NULL, last));
        ms[i] = (seconds() - start) * 1e3;
    }
    return FG_OK;
}

/* Prints and gives what n sorted times say. */
static fg_status report_runs(fg_vm *vm, const double *ms, uint32_t n, fg_value last,
                             fg_value *out)
{
    static const char *const names[] = { "avg_ms", "min_ms", "max_ms",
                                         "p99_ms", "runs",   "result" };
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += ms[i];
    uint32_t p = (uint32_t)(n * 0.99);
    double p99 = ms[p < n ? p : n - 1];
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_fmt(&b,
                 "\033[35m💅 SLAYED:\033[0m %ux runs — avg %.3fms, min %.3fms, "
                 "max %.3fms, p99 %.3fms\n",
                 n, sum / n, ms[0], ms[n - 1], p99);
    FG_TRY(write_note(vm, &b));
    const fg_value values[] = { fg_float(sum / n), fg_float(ms[0]), fg_float(ms[n - 1]),
                                fg_float(p99),     fg_int(n),       last };
    return fg_give_object(out, fg_record(vm, names, values, FG_COUNT(names)));
}

static fg_status debug_slay(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    if (!is_function(argc, argv))
        return raise(vm, "slay() needs a function to benchmark");
    fg_value count = fg_arg(argc, argv, 1);
    int64_t n = fg_is_int(count) ? count.as.i : 100;
    n = n < 1 ? 1 : n > RUNS_MAX ? RUNS_MAX : n;
    double *ms = malloc((size_t)n * sizeof(*ms));
    if (!ms)
        return FG_NOMEM;
    fg_status status = time_runs(vm, &argv[0], ms, (uint32_t)n, out);
    if (status == FG_OK) {
        qsort(ms, (size_t)n, sizeof(*ms), by_time);
        status = report_runs(vm, ms, (uint32_t)n, *out, out);
    }
    free(ms);
    return status;
}

const struct fg_debug_natives fg_debug_natives = {
    .assert_ = { "assert", debug_assert, FG_CAP_NONE,
                 "assert(cond, msg?): an error unless cond is true" },
    .assert_eq = { "assert_eq", debug_assert_eq, FG_CAP_NONE,
                   "assert_eq(actual, expected, msg?): an error unless they are "
                   "equal" },
    .assert_ne = { "assert_ne", debug_assert_ne, FG_CAP_NONE,
                   "assert_ne(a, b, msg?): an error if they are equal" },
    .assert_throws = { "assert_throws", debug_assert_throws, FG_CAP_NONE,
                       "assert_throws(fn): an error unless fn() fails" },
    .bet = { "bet", debug_bet, FG_CAP_NONE, "bet(cond, msg?): an error unless true" },
    .bruh = { "bruh", debug_bruh, FG_CAP_NONE, "bruh(msg?): raises an error" },
    .cook = { "cook", debug_cook, FG_CAP_NONE, "cook(fn): fn(), and how long it took" },
    .ghost = { "ghost", debug_ghost, FG_CAP_NONE,
               "ghost(fn): fn() without its output" },
    .ick = { "ick", debug_ick, FG_CAP_NONE, "ick(cond, msg?): an error if true" },
    .no_cap = { "no_cap", debug_no_cap, FG_CAP_NONE,
                "no_cap(a, b): an error unless they are equal" },
    .slay = { "slay", debug_slay, FG_CAP_NONE,
              "slay(fn, n = 100): times of n runs of fn()" },
    .sus = { "sus", debug_sus, FG_CAP_NONE,
             "sus(x): x, and a look at it on standard error" },
    .yolo = { "yolo", debug_yolo, FG_CAP_NONE, "yolo(fn): fn(), or None if it fails" },
};
