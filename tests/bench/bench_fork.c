// SPDX-License-Identifier: Apache-2.0
/* What a fork costs: begin and end, the block of a per-thread free list included, for a
 * small and a large template, alone and with many threads.  Times are medians over
 * batches, so that a batch that was interrupted does not count.  A fork of a small
 * template on one thread has a bar. */
#include "bench.h"

#include <pthread.h>

#define SLOTS 256
#define WIDE 5000 /* variables of a program whose window is paged */
#define BATCH 512
#define BATCHES 201
#define ROUNDS 9 /* small and large templates take turns */
#define THREADS 16
#define FORK_BAR 100.0 /* ns */

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

/* A program with `slots` assigned variables and `megabytes` of data. */
static char *source_of(int slots, int megabytes)
{
    size_t size = 1 << 20, n = 0;
    char *text = malloc(size);
    if (!text)
        bench_die("source", "no memory");
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
    snprintf(text + n, size - n, "}\n");
    return text;
}

static forge_template *build(int slots, int megabytes)
{
    char *text = source_of(slots, megabytes);
    forge_template *t = bench_template(text);
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
        bench_die("forks", "no memory");
    pthread_barrier_wait(j->start);
    for (int b = 0; b < BATCHES; b++) {
        double from = bench_ns();
        for (int i = 0; i < BATCH; i++) {
            forge_fork *f;
            if (forge_fork_begin(j->tmpl, &host, &limits, &env, &f) != FORGE_OK)
                bench_die("fork", NULL);
            forge_fork_end(f);
        }
        ns[b] = (bench_ns() - from) / BATCH;
    }
    j->ns = bench_median(ns, BATCHES);
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
            bench_die("threads", "cannot start");
    }
    for (unsigned i = 0; i < nthreads; i++) {
        pthread_join(threads[i], NULL);
        ns[i] = jobs[i].ns;
    }
    pthread_barrier_destroy(&start);
    return bench_median(ns, nthreads);
}

/* One block of memory, touched, copied to: what a fork cannot be faster than. */
static double copy_ns(void)
{
    static char from[SLOTS * 16], to[SLOTS * 16];
    double ns[BATCHES];
    for (int b = 0; b < BATCHES; b++) {
        double start = bench_ns();
        for (int i = 0; i < BATCH; i++) {
            memcpy(to, from, sizeof to);
            __asm__ volatile("" : : "r"(to), "r"(from) : "memory");
        }
        ns[b] = (bench_ns() - start) / BATCH;
    }
    return bench_median(ns, BATCHES);
}

static int compare_forks(forge_template *const t[2])
{
    static const unsigned nthreads[] = { 1, THREADS };
    double ns[2][2][ROUNDS];
    for (int r = 0; r < ROUNDS; r++)
        for (int n = 0; n < 2; n++)
            for (int i = 0; i < 2; i++)
                ns[n][i][r] = fork_ns(t[i], nthreads[n]);
    for (int n = 0; n < 2; n++) {
        double small = bench_median(ns[n][0], ROUNDS),
               large = bench_median(ns[n][1], ROUNDS);
        printf(
            "fork and end, %2u threads: %zu KiB %.1f ns, %zu KiB %.1f ns, ratio %.2f\n",
            nthreads[n], forge_template_size(t[0]) >> 10, small,
            forge_template_size(t[1]) >> 10, large, large / small);
    }
    return bench_bar("fork and end, one thread", bench_median(ns[0][0], ROUNDS), "ns",
                     FORK_BAR);
}

int main(void)
{
    forge_template *t[2] = { build(SLOTS, 0), build(SLOTS, 100) };
    forge_template *wide = build(WIDE, 0);
    printf("copying %d slots: %.1f ns\n", SLOTS, copy_ns());
    int missed = compare_forks(t);
    printf("fork and end, %d variables, in pages: %.1f ns\n", WIDE, fork_ns(wide, 1));
    forge_template_free(t[0]);
    forge_template_free(t[1]);
    forge_template_free(wide);
    return missed;
}
