// SPDX-License-Identifier: Apache-2.0
/* What a fork costs: begin and end, the block of a per-thread free list included, for a
 * small and a large template, alone and with many threads; then a call into a fork and
 * the rate of allocation inside one.  Times are medians over batches, so that a batch
 * that was interrupted does not count. */
#include "include/forge.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLOTS 256
#define WIDE 5000 /* variables of a program whose window is paged */
#define BATCH 512
#define BATCHES 201
#define ROUNDS 9 /* small and large templates take turns */
#define THREADS 16

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

/* ---- a host with a free list --------------------------------------------------- */

#define KEPT 64

typedef struct pool {
    void *blocks[KEPT];
    size_t sizes[KEPT];
    unsigned n;
} pool;

static void *pool_get(void *ctx, size_t size)
{
    pool *p = ctx;
    if (p->n > 0 && p->sizes[p->n - 1] == size)
        return p->blocks[--p->n];
    return malloc(size);
}

static void pool_put(void *ctx, void *block, size_t size)
{
    pool *p = ctx;
    if (p->n == KEPT) {
        free(block);
        return;
    }
    p->blocks[p->n] = block;
    p->sizes[p->n++] = size;
}

static void pool_drop(pool *p)
{
    while (p->n > 0)
        free(p->blocks[--p->n]);
}

/* ---- templates ------------------------------------------------------------------- */

static void die(const char *what, const char *text)
{
    fprintf(stderr, "bench_fork: %s: %s\n", what, text ? text : "no report");
    exit(1);
}

/* A program with `slots` assigned variables and `megabytes` of data. */
static char *source_of(int slots, int megabytes)
{
    size_t size = 1 << 20, n = 0;
    char *text = malloc(size);
    if (!text)
        die("source", "no memory");
    for (int i = 0; i < slots - 1; i++)
        n += (size_t)snprintf(text + n, size - n, "let mut v%d = %d\n", i, i);
    n += (size_t)snprintf(text + n, size - n,
                          "let mut s = \"0123456789abcdef\"\n"
                          "repeat 16 times { s = s + s }\n"
                          "let mut data = []\n"
                          "repeat %d times { data.push(s + str(_)) }\n",
                          megabytes);
    if (megabytes == 0)
        n += (size_t)snprintf(text + n, size - n, "s = \"\"\n");
    n += (size_t)snprintf(text + n, size - n, "fn set_all(x) {\n  s = x\n");
    for (int i = 0; i < slots - 1; i++)
        n += (size_t)snprintf(text + n, size - n, "  v%d = x\n", i);
    snprintf(text + n, size - n,
             "}\n"
             "fn nothing() { return 1 }\n"
             "fn arrays(k) { let mut a = null\n"
             "  let mut i = 0\n"
             "  while i < k { a = [i]  i = i + 1 }\n"
             "  return a }\n"
             "fn objects(k) { let mut o = null\n"
             "  let mut i = 0\n"
             "  while i < k { o = { id: i, ok: true }  i = i + 1 }\n"
             "  return o }\n");
    return text;
}

static forge_template *build(int slots, int megabytes)
{
    char *text = source_of(slots, megabytes);
    forge_build b = {
        .file = "bench.fg", .source = text, .source_len = strlen(text), .region_size = 0
    };
    forge_template *t;
    forge_error *err;
    if (forge_build_template(&b, &t, &err) != FORGE_OK)
        die("build", err ? forge_error_report(err)->text : NULL);
    free(text);
    return t;
}

/* ---- measurements --------------------------------------------------------------- */

typedef struct job {
    forge_template *tmpl;
    pthread_barrier_t *start;
    double ns;
} job;

static void *forks(void *arg)
{
    job *j = arg;
    pool p = { .n = 0 };
    forge_host host = { pool_get, pool_put, &p };
    forge_limits limits = { .memory = (size_t)64 << 20 };
    forge_env env = { 0 };
    double *ns = malloc(BATCHES * sizeof *ns);
    if (!ns)
        die("forks", "no memory");
    pthread_barrier_wait(j->start);
    for (int b = 0; b < BATCHES; b++) {
        double from = now_ns();
        for (int i = 0; i < BATCH; i++) {
            forge_fork *f;
            if (forge_fork_begin(j->tmpl, &host, &limits, &env, &f) != FORGE_OK)
                die("fork", NULL);
            forge_fork_end(f);
        }
        ns[b] = (now_ns() - from) / BATCH;
    }
    j->ns = median(ns, BATCHES);
    free(ns);
    pool_drop(&p);
    return NULL;
}

/* Median over threads of each thread's median. */
static double fork_ns(forge_template *t, unsigned nthreads)
{
    pthread_t threads[THREADS];
    job jobs[THREADS];
    double ns[THREADS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, nthreads);
    for (unsigned i = 0; i < nthreads; i++) {
        jobs[i] = (job){ t, &start, 0 };
        if (pthread_create(&threads[i], NULL, forks, &jobs[i]) != 0)
            die("threads", "cannot start");
    }
    for (unsigned i = 0; i < nthreads; i++) {
        pthread_join(threads[i], NULL);
        ns[i] = jobs[i].ns;
    }
    pthread_barrier_destroy(&start);
    return median(ns, nthreads);
}

/* One block of memory, touched, copied to: what a fork cannot be faster than. */
static double copy_ns(void)
{
    static char from[SLOTS * 16], to[SLOTS * 16];
    double ns[BATCHES];
    for (int b = 0; b < BATCHES; b++) {
        double start = now_ns();
        for (int i = 0; i < BATCH; i++) {
            memcpy(to, from, sizeof to);
            __asm__ volatile("" : : "r"(to), "r"(from) : "memory");
        }
        ns[b] = (now_ns() - start) / BATCH;
    }
    return median(ns, BATCHES);
}

static forge_fork *fork_of(forge_template *t)
{
    forge_fork *f;
    if (forge_fork_begin(t, NULL, NULL, NULL, &f) != FORGE_OK)
        die("fork", NULL);
    return f;
}

static double call_ns(forge_template *t)
{
    forge_fork *f = fork_of(t);
    double ns[BATCHES];
    forge_value v;
    for (int b = 0; b < BATCHES; b++) {
        double from = now_ns();
        for (int i = 0; i < BATCH; i++)
            if (forge_call(f, "nothing", NULL, 0, &v) != FORGE_OK)
                die("call", forge_fork_report(f)->text);
        ns[b] = (now_ns() - from) / BATCH;
    }
    forge_fork_end(f);
    return median(ns, BATCHES);
}

/* Nanoseconds a turn of a loop that allocates one value, collections included. */
static double turn_ns(forge_template *t, const char *name)
{
    enum { RUNS = 15, TURNS = 1000000 };
    double ns[RUNS];
    for (int r = 0; r < RUNS; r++) {
        forge_fork *f = fork_of(t);
        forge_value k = forge_int(TURNS), v;
        double from = now_ns();
        if (forge_call(f, name, &k, 1, &v) != FORGE_OK)
            die(name, forge_fork_report(f)->text);
        ns[r] = (now_ns() - from) / TURNS;
        forge_fork_end(f);
    }
    return median(ns, RUNS);
}

static void compare_forks(forge_template *const t[2])
{
    static const unsigned nthreads[] = { 1, THREADS };
    double ns[2][2][ROUNDS];
    for (int r = 0; r < ROUNDS; r++)
        for (int n = 0; n < 2; n++)
            for (int i = 0; i < 2; i++)
                ns[n][i][r] = fork_ns(t[i], nthreads[n]);
    for (int n = 0; n < 2; n++) {
        double small = median(ns[n][0], ROUNDS), large = median(ns[n][1], ROUNDS);
        printf(
            "fork and end, %2u threads: %zu KiB %.1f ns, %zu KiB %.1f ns, ratio %.2f\n",
            nthreads[n], forge_template_size(t[0]) >> 10, small,
            forge_template_size(t[1]) >> 10, large, large / small);
    }
}

int main(void)
{
    forge_template *t[2] = { build(SLOTS, 0), build(SLOTS, 100) };
    forge_template *wide = build(WIDE, 0);
    printf("copying %d slots: %.1f ns\n", SLOTS, copy_ns());
    compare_forks(t);
    printf("fork and end, %d variables, in pages: %.1f ns\n", WIDE, fork_ns(wide, 1));
    printf("call of a function: %.1f ns\n", call_ns(t[0]));
    printf("loop turn with an array: %.1f ns\n", turn_ns(t[0], "arrays"));
    printf("loop turn with an object: %.1f ns\n", turn_ns(t[0], "objects"));
    forge_template_free(t[0]);
    forge_template_free(t[1]);
    forge_template_free(wide);
    return 0;
}
