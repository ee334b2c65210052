// SPDX-License-Identifier: Apache-2.0
/* A site whose root was opened by its host keeps to that directory. */
#define _GNU_SOURCE
#include "prog.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/forge-site-XXXXXX";

static void make(const char *folder, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", top, folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/%s/data", top, folder);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void turn(const char *from, const char *to)
{
    char a[128], b[128];
    snprintf(a, sizeof a, "%s/%s", top, from);
    snprintf(b, sizeof b, "%s/%s", top, to);
    assert_int_equal(rename(a, b), 0);
}

/* What fs.read("data") gives where the root is `top`/now, opened before if fd > 0. */
static void reads(int fd, const char *expected)
{
    static const char source[] = "fn f() { return fs.read(\"data\") }";
    char path[128];
    forge_template *t;
    forge_fork *f;
    forge_value v;
    size_t n;
    snprintf(path, sizeof path, "%s/now", top);
    forge_site_options o = { .hosted = 1, .root = path, .root_fd = fd };
    forge_build b = { .source = source, .source_len = strlen(source) };
    forge_env env = { .capabilities = FORGE_CAP_FS_READ, .site = forge_site_new(&o) };
    assert_non_null(env.site);
    assert_int_equal(forge_build_template(&b, &t, NULL), FORGE_OK);
    assert_int_equal(forge_fork_begin(t, NULL, NULL, &env, &f), FORGE_OK);
    assert_int_equal(forge_call(f, "f", NULL, 0, &v), FORGE_OK);
    const char *text = forge_to_string(v, &n);
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(text, expected, n);
    forge_fork_end(f);
    forge_template_free(t);
    forge_site_free(env.site);
}

static void an_opened_root(void **state)
{
    char path[128];
    (void)state;
    make("now", "first");
    make("other", "second");
    snprintf(path, sizeof path, "%s/now", top);
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd > 0);
    reads(fd, "first");
    turn("now", "before");
    turn("other", "now");
    reads(fd, "first");
    reads(0, "second");
    assert_int_not_equal(fcntl(fd, F_GETFD), -1); /* it stays the host's own */
    close(fd);
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(top) ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const names[] = { "before/data", "before", "now/data", "now",
                                         "" };
    char path[128];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", top, names[i]);
        if (remove(path) != 0)
            return -1;
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(an_opened_root) };
    return cmocka_run_group_tests(tests, setup, teardown);
}
