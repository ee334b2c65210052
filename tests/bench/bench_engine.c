// SPDX-License-Identifier: Apache-2.0
/* What calls, allocation and collections cost inside one fork: a function called from C,
 * a loop that makes garbage of 32 bytes a turn, the pause of a collection for what is
 * alive, and how much memory endless garbage takes above what is alive.  Times are
 * medians.  What misses its bar fails. */
#include "bench.h"

#include "api.h"
#include "run/run.h"

#define MIB (1024.0 * 1024.0)
#define BATCH 512
#define BATCHES 201
#define RUNS 15
#define PAUSES 31
#define TURNS 1000000
#define LOOSE 10000 /* turns that no collection interrupts */
#define ENDLESS 5000000
#define GARBAGE 32

#define PAUSE_BAR 1.0   /* ms for 10 MiB alive */
#define GARBAGE_BAR 4.0 /* MiB above what is alive, up to 15 MiB of that */
#define GARBAGE_SHARE                                                                  \
    0.55 /* of what is alive, where that is more: half and the blocks */

/* Tuples of one element, cells of closures and short texts are 32 bytes; a tuple it is,
 * which nothing but its allocation makes dear. */
static const char program[] =
    "let mut keep = null\n"
    "fn nothing() { return 1 }\n"
    "fn add(a, b) { return a + b }\n"
    "fn turns(k) { let mut i = 0\n"
    "  while i < k { i = i + 1 }\n"
    "  return i }\n"
    "fn garbage(k) { let mut t = null\n"
    "  let mut i = 0\n"
    "  while i < k { t = (i,)  i = i + 1 }\n"
    "  return t }\n"
    "fn arrays(k) { let mut a = null\n"
    "  let mut i = 0\n"
    "  while i < k { a = [i]  i = i + 1 }\n"
    "  return a }\n"
    "fn objects(k) { let mut o = null\n"
    "  let mut i = 0\n"
    "  while i < k { o = { id: i, ok: true }  i = i + 1 }\n"
    "  return o }\n"
    "fn grow(depth) {\n"
    "  if depth == 0 { return null }\n"
    "  return { left: grow(depth - 1), right: grow(depth - 1) } }\n"
    "fn keep_nothing(n) { keep = null }\n"
    "fn keep_integers(n) { keep = []\n"
    "  for i in range(0, n) { keep.push(i) } }\n"
    "fn keep_texts(n) { keep = []\n"
    "  for i in range(0, n) { keep.push(str(i)) } }\n"
    "fn keep_records(n) { keep = []\n"
    "  for i in range(0, n) { keep.push({ id: i, name: str(i), ok: true }) } }\n"
    "fn keep_list(n) { keep = null\n"
    "  for i in range(0, n) { keep = { value: i, next: keep } } }\n"
    "fn keep_tree(depth) { keep = grow(depth) }\n";

/* ---- calls and allocation ---------------------------------------------------------- */

static double call_ns(forge_template *t, const char *name, uint32_t argc)
{
    forge_fork *f = bench_fork(t);
    double ns[BATCHES];
    forge_value result;
    for (int b = 0; b < BATCHES; b++) {
        double from = bench_ns();
        for (int i = 0; i < BATCH; i++) {
            forge_value argv[2] = { forge_int(i), forge_int(b) };
            if (forge_call(f, name, argv, argc, &result) != FORGE_OK)
                bench_die(name, forge_fork_report(f)->text);
        }
        ns[b] = (bench_ns() - from) / BATCH;
    }
    forge_fork_end(f);
    return bench_median(ns, BATCHES);
}

/* Nanoseconds a turn of a loop, collections included. */
static double turn_ns(forge_template *t, const char *name)
{
    double ns[RUNS];
    for (int r = 0; r < RUNS; r++) {
        forge_fork *f = bench_fork(t);
        double from = bench_ns();
        bench_call(f, name, TURNS);
        ns[r] = (bench_ns() - from) / TURNS;
        forge_fork_end(f);
    }
    return bench_median(ns, RUNS);
}

/* Stops unless a turn of garbage() takes as much as is said. */
static void prove_garbage(forge_template *t)
{
    forge_fork *f = bench_fork(t);
    fg_heap *h = &fg_fork_vm(f)->heap;
    bench_call(f, "garbage", 1);
    h->gc_at = SIZE_MAX;
    size_t before = h->bytes;
    bench_call(f, "garbage", LOOSE);
    double turn = (double)(h->bytes - before) / LOOSE;
    forge_fork_end(f);
    /* Blocks are taken whole. */
    if (turn < GARBAGE - 8 || turn > GARBAGE + 8) {
        fprintf(stderr, "garbage: %.1f bytes a turn\n", turn);
        exit(1);
    }
}

/* ---- collections --------------------------------------------------------------------- */

/* Bytes of lines and large objects that the last collection found alive. */
static double alive(const fg_heap *h)
{
    size_t n = 0;
    for (const fg_block *b = h->blocks; b; b = b->next)
        for (uint32_t i = 0; i < b->nlines; i++)
            n += b->lines[i] ? FG_LINE : 0;
    for (const fg_large *l = h->large; l; l = l->next)
        n += l->size;
    return (double)n;
}

typedef struct living {
    const char *what, *fill;
    int64_t n;
} living;

static const living shapes[] = {
    { "an array of integers", "keep_integers", 4000000 },
    { "an array of texts", "keep_texts", 400000 },
    { "an array of records", "keep_records", 150000 },
    { "a list", "keep_list", 300000 },
    { "a tree", "keep_tree", 17 },
};

static int pauses(forge_template *t)
{
    int missed = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        forge_fork *f = bench_fork(t);
        fg_vm *vm = fg_fork_vm(f);
        double ns[PAUSES];
        bench_call(f, shapes[i].fill, shapes[i].n);
        for (int r = 0; r < PAUSES; r++) {
            double from = bench_ns();
            fg_gc(vm);
            ns[r] = bench_ns() - from;
        }
        double tens = alive(&vm->heap) / (10 * MIB);
        char what[128];
        snprintf(what, sizeof what, "pause for 10 MiB, of %.0f in %s", tens * 10,
                 shapes[i].what);
        missed +=
            bench_bar(what, bench_median(ns, PAUSES) / 1e6 / tens, "ms", PAUSE_BAR);
        forge_fork_end(f);
    }
    return missed;
}

static int endless(forge_template *t)
{
    static const living kept[] = {
        { "nothing", "keep_nothing", 0 },
        { "1 MiB", "keep_texts", 20000 },
        { "10 MiB", "keep_texts", 200000 },
        { "100 MiB", "keep_texts", 2000000 },
    };
    int missed = 0;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        forge_fork *f = bench_fork(t);
        fg_vm *vm = fg_fork_vm(f);
        bench_call(f, kept[i].fill, kept[i].n);
        fg_gc(vm);
        double live = alive(&vm->heap);
        vm->heap.peak = vm->heap.bytes;
        bench_call(f, "garbage", ENDLESS);
        char what[128];
        snprintf(what, sizeof what,
                 "endless garbage, %.1f MiB alive: memory above that", live / MIB);
        double bar = live < 15 * MIB ? 0 : live * GARBAGE_SHARE / MIB;
        missed += bench_bar(what, ((double)vm->heap.peak - live) / MIB, "MiB",
                            bar > GARBAGE_BAR ? bar : GARBAGE_BAR);
        forge_fork_end(f);
    }
    return missed;
}

int main(void)
{
    forge_template *t = bench_template(program);
    printf("call of a function from C: %.1f ns, with two arguments: %.1f ns\n",
           call_ns(t, "nothing", 0), call_ns(t, "add", 2));
    prove_garbage(t);
    printf("turn of an empty loop: %.1f ns\n", turn_ns(t, "turns"));
    printf("turn with %d bytes of garbage: %.1f ns\n", GARBAGE, turn_ns(t, "garbage"));
    printf("turn with an array: %.1f ns\n", turn_ns(t, "arrays"));
    printf("turn with an object: %.1f ns\n", turn_ns(t, "objects"));
    int missed = pauses(t) + endless(t);
    forge_template_free(t);
    return missed ? 1 : 0;
}
