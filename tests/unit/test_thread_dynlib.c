// SPDX-License-Identifier: Apache-2.0
/* Libraries that are loaded when they are needed: what is missing is said, what was found
 * out stays, and threads that ask at the same time get one result.  `make check` runs this
 * under the thread sanitizer, too. */
#include "prog.h"

#include "api.h"
#include "lib/dynlib.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#define THREADS 8
#define ROUNDS 20

/* What is used of the library that all have. */
static const char *const names[] = { "strlen", "strchr" };
static struct {
    size_t (*strlen)(const char *s);
    char *(*strchr)(const char *s, int c);
} functions;

static int begun; /* times */

static bool begin(void)
{
    int now = __atomic_add_fetch(&begun, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 100; i++) /* others come meanwhile */
        sched_yield();
    return now > 0 && functions.strlen("four") == 4;
}

static bool refuse(void)
{
    __atomic_add_fetch(&begun, 1, __ATOMIC_RELAXED);
    return false;
}

static fg_dynlib library(bool (*start)(void))
{
    begun = 0;
    memset(&functions, 0, sizeof functions);
    return (fg_dynlib){ .soname = "libc.so.6",
                        .package = "libc6",
                        .names = names,
                        .at = (void **)&functions,
                        .n = FG_COUNT(names),
                        .begin = start };
}

/* ---- errors --------------------------------------------------------------------------- */

static void needs(fg_dynlib *d, const char *message, const char *hint)
{
    prog p;
    prog_build(&p, "");
    forge_fork *f = prog_fork(&p);
    fg_vm *vm = fg_fork_vm(f);
    assert_int_equal(fg_dynlib_need(vm, d, "pg.connect error"), FG_RAISED);
    assert_non_null(strstr(vm->error.message, message));
    assert_ptr_equal(strstr(vm->error.message, "pg.connect error: "),
                     vm->error.message);
    assert_string_equal(vm->error.hint, hint);
    fg_error_clear(vm);
    forge_fork_end(f);
    prog_free(&p);
}

static void a_library_may_be_missing(void **state)
{
    (void)state;
    fg_dynlib d = library(begin);
    d.soname = "libforge-missing.so.9";
    d.package = "libforge9";
    needs(&d, ": libforge-missing.so.9 cannot be loaded: ",
          "install the Debian package libforge9");
    d.soname = "libc.so.6"; /* once is enough */
    assert_false(fg_dynlib_load(&d));
    assert_int_equal(begun, 0);
}

static void a_function_may_be_missing(void **state)
{
    (void)state;
    static const char *const others[] = { "strlen", "forge_missing" };
    fg_dynlib d = library(begin);
    d.names = others;
    needs(&d, ": libc.so.6 cannot be used: it has no forge_missing()",
          "install the Debian package libc6");
    d.names = names;
    assert_false(fg_dynlib_load(&d));
    assert_int_equal(begun, 0);
}

static void it_may_not_begin(void **state)
{
    (void)state;
    fg_dynlib d = library(refuse);
    needs(&d, ": libc.so.6 cannot be used: it does not begin",
          "install the Debian package libc6");
    assert_false(fg_dynlib_load(&d));
    assert_int_equal(begun, 1);
}

static void it_is_there(void **state)
{
    (void)state;
    fg_dynlib d = library(NULL);
    assert_true(fg_dynlib_load(&d));
    assert_int_equal(functions.strlen("abc"), 3);
    assert_string_equal(functions.strchr("abc", 'b'), "bc");
}

/* ---- threads -------------------------------------------------------------------------- */

typedef struct loader {
    pthread_t thread;
    pthread_barrier_t *together;
    fg_dynlib *library;
    bool loaded;
    size_t length; /* what a function of it said */
} loader;

static void *load(void *arg)
{
    loader *l = arg;
    pthread_barrier_wait(l->together);
    l->loaded = fg_dynlib_load(l->library);
    l->length = l->loaded ? functions.strlen("library") : 0;
    return NULL;
}

static void together(bool (*start)(void), bool loaded)
{
    loader loaders[THREADS];
    pthread_barrier_t barrier;
    fg_dynlib d = library(start);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        loaders[i] = (loader){ .together = &barrier, .library = &d };
        assert_int_equal(pthread_create(&loaders[i].thread, NULL, load, &loaders[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(loaders[i].thread, NULL), 0);
        assert_int_equal(loaders[i].loaded, loaded);
        assert_int_equal(loaders[i].length, loaded ? 7 : 0);
    }
    assert_int_equal(begun, 1);
    pthread_barrier_destroy(&barrier);
}

static void threads_get_one_result(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        together(begin, true);
        together(refuse, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_library_may_be_missing),
        cmocka_unit_test(a_function_may_be_missing),
        cmocka_unit_test(it_may_not_begin),
        cmocka_unit_test(it_is_there),
        cmocka_unit_test(threads_get_one_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
