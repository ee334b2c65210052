/* SPDX-License-Identifier: Apache-2.0 */
/* What the measurements in C share: the clock, medians, templates, and bars. */
#ifndef BENCH_H
#define BENCH_H

#include "include/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double bench_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int bench_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts v. */
static inline double bench_median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, bench_by_value);
    return v[n / 2];
}

static inline void bench_die(const char *what, const char *text)
{
    fprintf(stderr, "%s: %s\n", what, text ? text : "no report");
    exit(1);
}

static inline forge_template *bench_template(const char *source)
{
    forge_build b = { .file = "bench.fg",
                      .source = source,
                      .source_len = strlen(source) };
    forge_template *t;
    forge_error *err;
    if (forge_build_template(&b, &t, &err) != FORGE_OK)
        bench_die("build", err ? forge_error_report(err)->text : NULL);
    return t;
}

/* A fork on malloc without limits, output and rights. */
static inline forge_fork *bench_fork(forge_template *t)
{
    forge_fork *f;
    if (forge_fork_begin(t, NULL, NULL, NULL, &f) != FORGE_OK)
        bench_die("fork", NULL);
    return f;
}

/* name(k); ends the program when that fails. */
static inline void bench_call(forge_fork *f, const char *name, int64_t k)
{
    forge_value argument = forge_int(k), result;
    if (forge_call(f, name, &argument, 1, &result) != FORGE_OK)
        bench_die(name, forge_fork_report(f)->text);
}

/* Prints a figure that must not be above its bar; 1 if it is. */
static inline int bench_bar(const char *what, double value, const char *unit,
                            double bar)
{
    int missed = value > bar;
    printf("%s: %.2f %s (at most %g)%s\n", what, value, unit, bar,
           missed ? "  above the bar" : "");
    return missed;
}

#endif
