// SPDX-License-Identifier: Apache-2.0
/* Many threads fork one template and run at the same time: every fork gives what it
 * gives alone.  `make check` runs this under the thread sanitizer. */
#include "prog.h"

#include <pthread.h>
#include <string.h>

#define THREADS 16
#define ROUNDS 12

static const char source[] =
    "thing Acc { items: Json = [1, 2], note: String = \"n\" }\n"
    "give Acc { fn grow(it, k) { let mut xs = it.items  xs.push(k)  return xs } }\n"
    "fn counter() {\n"
    "  let mut n = 0\n"
    "  return { add: fn(k) { n = n + k  return n } }\n"
    "}\n"
    "let mut total = 0\n"
    "let c = counter()\n"
    "let mut table = { a: [1, 2, 3], b: { x: 1, y: 2 } }\n"
    "let mut words = map([(\"one\", 1), (\"two\", 2)])\n"
    "fn fib(n) { if n < 2 { return n }  return fib(n - 1) + fib(n - 2) }\n"
    "fn work() {\n"
    "  let add = c.add\n"
    "  let mut text = \"\"\n"
    "  for i in range(0, 200) {\n"
    "    total = total + i\n"
    "    add(i)\n"
    "    table.a[1] = table.a[1] + i\n"
    "    table[\"k\" + str(i % 20)] = { x: i, y: [i, str(i)] }\n"
    "    words[\"w\" + str(i)] = i\n"
    "    text = text + str(i)\n"
    "  }\n"
    "  let tasks = squad {\n"
    "    for i in range(4) { spawn { map([i], fn(x) { wait 0  return x + add(x) })[0] "
    "} }\n"
    "    spawn { total + len(words) }\n"
    "  }\n"
    "  let acc = Acc { }\n"
    "  return [total, add(0), table.a, len(table), len(words), len(text), fib(12),\n"
    "          acc.grow(3), len(Acc { }.items), table.k7.y[1], tasks]\n"
    "}\n";

typedef struct worker {
    prog *p;
    const char *expected;
    int wrong;
    char first[256]; /* what it got instead */
} worker;

/* What a fork of its own gives, or the message of its error. */
static void work(prog *p, char *out, size_t size)
{
    forge_fork *f;
    forge_value v;
    const char *text = "no fork";
    size_t n = strlen(text);
    if (forge_fork_begin(p->tmpl, NULL, NULL, NULL, &f) == FORGE_OK) {
        if (forge_call(f, "work", NULL, 0, &v) != FORGE_OK
            || forge_display_text(f, v, &text, &n) != FORGE_OK) {
            text = forge_fork_report(f)->message;
            n = strlen(text);
        }
    }
    n = n < size ? n : size - 1;
    memcpy(out, text, n);
    out[n] = '\0';
    forge_fork_end(f);
}

static void *run(void *arg)
{
    worker *w = arg;
    for (int round = 0; round < ROUNDS; round++) {
        char text[256];
        work(w->p, text, sizeof text);
        if (strcmp(text, w->expected) != 0 && w->wrong++ == 0)
            strcpy(w->first, text);
    }
    return NULL;
}

static void threads_give_what_one_gives(void **context)
{
    (void)context;
    prog p;
    prog_build(&p, source);
    char expected[256];
    work(&p, expected, sizeof expected);
    assert_int_equal(expected[0], '[');
    pthread_t threads[THREADS];
    worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){ .p = &p, .expected = expected };
        assert_int_equal(pthread_create(&threads[i], NULL, run, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        if (workers[i].wrong)
            fail_msg("%d times not %s but %s", workers[i].wrong, expected,
                     workers[i].first);
    prog_free(&p);
}

/* ---- cancellation from elsewhere ------------------------------------------------ */

static void *cancel(void *arg)
{
    forge_cancel(arg);
    return NULL;
}

static void another_thread_cancels(void **context)
{
    (void)context;
    prog p;
    prog_build(&p, "fn spin() { while true { } }\n");
    forge_fork *f = prog_fork(&p);
    pthread_t other;
    forge_value v;
    assert_int_equal(pthread_create(&other, NULL, cancel, f), 0);
    assert_int_equal(forge_call(f, "spin", NULL, 0, &v), FORGE_CANCELLED);
    pthread_join(other, NULL);
    forge_fork_end(f);
    prog_free(&p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_give_what_one_gives),
        cmocka_unit_test(another_thread_cancels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
