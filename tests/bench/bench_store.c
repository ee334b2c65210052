/* SPDX-License-Identifier: Apache-2.0 */
/* What shared state costs: reads from the mapping, alone and by several threads, at the
 * newest version and at earlier ones, and commits by the number of batches that share one,
 * in memory and on a disk (FORGE_BENCH_DISK, a directory; the current one otherwise).  A
 * read has a bar. */
#include "bench.h"

#include "state/store_commit.h"

#include <lmdb.h>
#include <pthread.h>
#include <unistd.h>

#define KEYS 100000
#define READS 200000
#define ROUNDS 7
#define THREADS 2
#define READ_BAR 2.0 /* times LMDB alone, with a snapshot for each read */

typedef struct bench_store {
    char dir[256];
    fg_store *s;
    uint32_t ns;
} bench_store;

static void ok(fg_state state, const fg_state_error *err, const char *what)
{
    if (state != FG_STATE_OK)
        bench_die(what, err->text);
}

static void begin(bench_store *b, const char *where)
{
    fg_state_error err;
    snprintf(b->dir, sizeof b->dir, "%s/forge-bench-XXXXXX", where);
    if (!mkdtemp(b->dir))
        bench_die("directory", where);
    fg_store_options o = { .path = b->dir,
                           .writer = true,
                           .map_size = UINT64_C(2) << 30 };
    ok(fg_store_open(&o, &b->s, &err), &err, "open");
    ok(fg_namespace_open(b->s, fg_slice_str("bench"), (fg_slice){ 0 }, NULL, &b->ns,
                         &err),
       &err, "namespace");
}

static void end(bench_store *b)
{
    static const char *const files[] = { "data.mdb", "lock.mdb", "writer.lock" };
    char name[300];
    fg_store_close(b->s);
    for (unsigned i = 0; i < FG_COUNT(files); i++) {
        snprintf(name, sizeof name, "%s/%s", b->dir, files[i]);
        unlink(name);
    }
    rmdir(b->dir);
}

#define KEY 11u
static char read_keys[KEYS][16]; /* in the order of the reads */

static uint32_t key_of(char key[16], unsigned i)
{
    return (uint32_t)snprintf(key, 16, "key%08u",
                              (unsigned)(i * UINT64_C(7919) % KEYS));
}

/* n batches of one operation each, in one transaction. */
static void commit(bench_store *b, unsigned from, unsigned n)
{
    static fg_store_batch batches[1024];
    static fg_store_op ops[1024];
    static char keys[1024][16];
    fg_state_error err;
    for (unsigned i = 0; i < n; i++) {
        ops[i] = (fg_store_op){ .kind = FG_STORE_PUT,
                                .key = { keys[i], key_of(keys[i], from + i) },
                                .value = FG_SLICE(
                                    "0123456789012345678901234567890123456789") };
        batches[i] = (fg_store_batch){
            .ns = b->ns, .base = FG_STORE_BLIND, .ops = &ops[i], .n_ops = 1
        };
    }
    ok(fg_store_commit(b->s, batches, n, &err), &err, "commit");
    for (unsigned i = 0; i < n; i++)
        ok(batches[i].error.code, &batches[i].error, "batch");
}

/* All keys, a hundred in each version. */
static void fill(bench_store *b)
{
    static fg_store_op ops[100];
    static char keys[100][16];
    fg_state_error err;
    for (unsigned from = 0; from < KEYS; from += 100) {
        for (unsigned i = 0; i < 100; i++)
            ops[i] = (fg_store_op){ .kind = FG_STORE_PUT,
                                    .key = { keys[i], key_of(keys[i], from + i) },
                                    .value = FG_SLICE(
                                        "0123456789012345678901234567890123456789") };
        fg_store_batch batch = {
            .ns = b->ns, .base = FG_STORE_BLIND, .ops = ops, .n_ops = 100
        };
        ok(fg_store_commit(b->s, &batch, 1, &err), &err, "fill");
        ok(batch.error.code, &batch.error, "fill");
    }
}

/* ---- reading --------------------------------------------------------------------- */

/* Of this thread alone: reading waits for nothing, and others may be at work. */
static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

typedef struct reading {
    bench_store *b;
    uint64_t version;
    bool each; /* a snapshot for each read */
    double ns; /* per read */
} reading;

static void *read_some(void *arg)
{
    reading *r = arg;
    fg_state_error err;
    fg_store_reader *reader;
    fg_store_view v;
    fg_store_item item;
    ok(fg_store_reader_new(r->b->s, &reader, &err), &err, "reader");
    double start = cpu_ns();
    for (unsigned i = 0; i < READS; i++) {
        if (r->each || i == 0) {
            fg_store_reader_end(reader);
            ok(fg_store_reader_begin(reader, &err), &err, "begin");
            ok(fg_store_view_open(reader, r->b->ns, r->version, &v, &err), &err,
               "view");
        }
        const char *key = read_keys[i * 7 % KEYS];
        ok(fg_store_get(&v, 0, (fg_slice){ key, KEY }, &item, &err), &err, "get");
    }
    r->ns = (cpu_ns() - start) / READS;
    fg_store_reader_free(reader);
    return NULL;
}

/* What LMDB alone needs for the same, in a table of the same keys and values. */
static double read_raw(const char *dir)
{
    static MDB_env *env;
    static MDB_dbi dbi;
    MDB_txn *txn;
    MDB_val k, v;
    if (!env) {
        mdb_env_create(&env);
        mdb_env_set_mapsize(env, UINT64_C(1) << 30);
        if (mdb_env_open(env, dir, MDB_NOSYNC, 0600) != 0
            || mdb_txn_begin(env, NULL, 0, &txn) != 0
            || mdb_dbi_open(txn, NULL, 0, &dbi) != 0)
            bench_die("raw", dir);
        for (unsigned i = 0; i < KEYS; i++) {
            k = (MDB_val){ KEY, read_keys[i] };
            v = (MDB_val){ 49, "0123456789012345678901234567890123456789.........." };
            mdb_put(txn, dbi, &k, &v, 0);
        }
        mdb_txn_commit(txn);
    }
    mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    double start = cpu_ns();
    for (unsigned i = 0; i < READS; i++) {
        mdb_txn_reset(txn);
        mdb_txn_renew(txn);
        k = (MDB_val){ KEY, read_keys[i * 7 % KEYS] };
        if (mdb_get(txn, dbi, &k, &v) != 0)
            bench_die("raw", "get");
    }
    double ns = (cpu_ns() - start) / READS;
    mdb_txn_abort(txn);
    return ns;
}

/* The slowest of so many threads. */
static double read_by(bench_store *b, unsigned threads, uint64_t version, bool each)
{
    pthread_t ids[THREADS];
    reading r[THREADS];
    double slowest = 0;
    for (unsigned i = 0; i < threads; i++) {
        r[i] = (reading){ .b = b, .version = version, .each = each };
        pthread_create(&ids[i], NULL, read_some, &r[i]);
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        slowest = r[i].ns > slowest ? r[i].ns : slowest;
    }
    return slowest;
}

static bool reads(void)
{
    bench_store b;
    double one[ROUNDS], each[ROUNDS], two[ROUNDS], past[ROUNDS], raw[ROUNDS];
    char dir[] = "/dev/shm/forge-bench-XXXXXX", name[64];
    for (unsigned i = 0; i < KEYS; i++)
        key_of(read_keys[i], i);
    begin(&b, "/dev/shm");
    fill(&b);
    fill(&b);
    if (!mkdtemp(dir))
        bench_die("directory", dir);
    for (unsigned i = 0; i < ROUNDS; i++) {
        raw[i] = read_raw(dir);
        one[i] = read_by(&b, 1, FG_STORE_LATEST, false);
        each[i] = read_by(&b, 1, FG_STORE_LATEST, true);
        two[i] = read_by(&b, THREADS, FG_STORE_LATEST, true);
        past[i] = read_by(&b, 1, KEYS / 100, false);
    }
    double median = bench_median(each, ROUNDS);
    printf("get, one of %d keys of 11 bytes\n", KEYS);
    printf("  in one snapshot            %7.0f ns\n", bench_median(one, ROUNDS));
    printf("  a snapshot for each        %7.0f ns\n", median);
    printf("  the same, %d threads        %7.0f ns each\n", THREADS,
           bench_median(two, ROUNDS));
    printf("  at an earlier version      %7.0f ns\n", bench_median(past, ROUNDS));
    double ratio = median / bench_median(raw, ROUNDS);
    printf("  LMDB alone, the same       %7.0f ns   %.2f times, bar %.1f\n",
           bench_median(raw, ROUNDS), ratio, READ_BAR);
    end(&b);
    static const char *const files[] = { "data.mdb", "lock.mdb" };
    for (unsigned i = 0; i < FG_COUNT(files); i++) {
        snprintf(name, sizeof name, "%s/%s", dir, files[i]);
        unlink(name);
    }
    rmdir(dir);
    return ratio <= READ_BAR;
}

/* ---- committing ------------------------------------------------------------------ */

static void commits(const char *where, unsigned rounds)
{
    static const unsigned groups[] = { 1, 4, 16, 64, 256 };
    bench_store b;
    double alone = 0;
    begin(&b, where);
    fill(&b);
    printf("commits of one put each, in %s\n", where);
    for (unsigned g = 0; g < FG_COUNT(groups); g++) {
        double took[64];
        for (unsigned i = 0; i < rounds; i++) {
            double start = bench_ns();
            commit(&b, i * 1000, groups[g]);
            took[i] = (bench_ns() - start) / groups[g];
        }
        double median = bench_median(took, rounds);
        alone = g == 0 ? median : alone;
        printf("  %3u in a transaction       %7.1f us each   %6.1f times as many\n",
               groups[g], median / 1e3, alone / median);
    }
    end(&b);
}

int main(void)
{
    const char *disk = getenv("FORGE_BENCH_DISK");
    bool fast = reads();
    commits("/dev/shm", 40);
    commits(disk ? disk : ".", 20);
    return fast ? 0 : 1;
}
