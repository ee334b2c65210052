// SPDX-License-Identifier: Apache-2.0
/* How many CPUs may be used: files of control groups that say so in both versions, that are
 * broken, or that belong to a host of 192 CPUs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/cpus.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOST 192

typedef struct tree {
    char root[32];
    char membership[64];
    char groups[64];
} tree;

/* Writes a file below the tree, with the folders on its way. */
static void put(const tree *t, const char *name, const char *text)
{
    char path[512];
    assert_true(snprintf(path, sizeof path, "%s/%s", t->root, name) < (int)sizeof path);
    for (char *at = path + strlen(t->root) + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        mkdir(path, 0700);
        *at = '/';
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int setup(void **state)
{
    static tree t;
    memcpy(t.root, "/tmp/fg_cpus_XXXXXX", sizeof "/tmp/fg_cpus_XXXXXX");
    if (!mkdtemp(t.root))
        return -1;
    snprintf(t.membership, sizeof t.membership, "%s/member", t.root);
    snprintf(t.groups, sizeof t.groups, "%s/groups", t.root);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", ((tree *)*state)->root);
    return system(command);
}

static uint32_t effective(const tree *t, uint32_t affinity, uint32_t cap)
{
    fg_cpus_source from = { affinity, t->membership, t->groups };
    return fg_cpus_effective(&from, cap);
}

static void nothing_to_read_limits_nothing(void **state)
{
    const tree *t = *state;
    assert_int_equal(effective(t, HOST, 0), HOST);
    put(t, "member", "0::/\n");
    assert_int_equal(effective(t, HOST, 0), HOST);
}

static void broken_files_limit_nothing(void **state)
{
    static const char *const limits[] = {
        "",
        "\n",
        "max 100000\n",
        "max\n",
        "-1 100000\n",
        "x 100000",
        "200000\n",
        "200000 \n",
        "200000 0\n",
        "0 100000\n",
        "2e5 1e5\n",
        "200000  1\n",
        "200000 x\n",
        "200000 100000 9",
        "99999999999999999999999 100000\n",
        "0000000000000000000000000000000000000000000000000000000200000 100000\n",
    };
    static const char *const members[] = {
        "", "\n", "0\n", "0:\n", "0::\n", "0::relative\n", "::::\n", "\xff\xfe:\n",
    };
    const tree *t = *state;
    put(t, "member", "0::/\n");
    for (size_t i = 0; i < FG_COUNT(limits); i++) {
        put(t, "groups/cpu.max", limits[i]);
        assert_int_equal(effective(t, HOST, 0), HOST);
    }
    put(t, "groups/cpu.max", "200000 100000\n");
    for (size_t i = 0; i < FG_COUNT(members); i++) {
        put(t, "member", members[i]);
        assert_int_equal(effective(t, HOST, 0), HOST);
    }
    put(t, "groups/cpu/cpu.cfs_quota_us", "-1\n");
    put(t, "groups/cpu/cpu.cfs_period_us", "100000\n");
    put(t, "member", "3:cpu:/\n");
    assert_int_equal(effective(t, HOST, 0), HOST);
}

static void a_quota_is_rounded_up(void **state)
{
    static const struct {
        const char *limit;
        uint32_t cpus;
    } cases[] = {
        { "200000 100000\n", 2 },   { "200001 100000\n", 3 }, { "100000 100000", 1 },
        { "1000 100000\n", 1 },     { "150000 100000\n", 2 }, { "50000 10000\n", 5 },
        { "99999999 1000\n", 192 },
    };
    const tree *t = *state;
    put(t, "member", "0::/\n");
    for (size_t i = 0; i < FG_COUNT(cases); i++) {
        put(t, "groups/cpu.max", cases[i].limit);
        assert_int_equal(effective(t, HOST, 0), cases[i].cpus);
    }
}

static void the_smallest_counts(void **state)
{
    const tree *t = *state;
    put(t, "member", "0::/\n");
    put(t, "groups/cpu.max", "800000 100000\n");
    assert_int_equal(effective(t, HOST, 0), 8);
    assert_int_equal(effective(t, HOST, 3), 3);
    assert_int_equal(effective(t, HOST, 100), 8);
    assert_int_equal(effective(t, 4, 0), 4);
    assert_int_equal(effective(t, 1, 3), 1);
}

static void groups_above_count(void **state)
{
    const tree *t = *state;
    put(t, "member", "0::/a/b/c\n");
    put(t, "groups/a/cpu.max", "200000 100000\n");
    put(t, "groups/a/b/cpu.max", "max 100000\n");
    put(t, "groups/a/b/c/cpu.max", "600000 100000\n");
    assert_int_equal(effective(t, HOST, 0), 2);
    put(t, "groups/a/cpu.max", "700000 100000\n");
    assert_int_equal(effective(t, HOST, 0), 6);
    put(t, "member", "0::/a/b/d\n"); /* a sibling does not */
    assert_int_equal(effective(t, HOST, 0), 7);
}

/* The path is the host's and not there, the mounted root is the container's own. */
static void a_path_of_the_host(void **state)
{
    const tree *t = *state;
    put(t, "member", "0::/docker/0123456789abcdef\n");
    put(t, "groups/cpu.max", "200000 100000\n");
    assert_int_equal(effective(t, HOST, 0), 2);
}

static void version_one(void **state)
{
    const tree *t = *state;
    put(t, "member",
        "12:cpuset:/x\n7:memory:/x\n4:cpu,cpuacct:/x\n1:name=systemd:/x\n0::/x\n");
    put(t, "groups/cpuset/x/cpu.cfs_quota_us", "100000\n"); /* not the controller */
    put(t, "groups/cpuset/x/cpu.cfs_period_us", "100000\n");
    assert_int_equal(effective(t, HOST, 0), HOST);
    put(t, "groups/cpu,cpuacct/x/cpu.cfs_quota_us", "250000\n");
    put(t, "groups/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
    assert_int_equal(effective(t, HOST, 0), 3);
    put(t, "groups/cpu,cpuacct/cpu.cfs_quota_us", "100000\n");
    put(t, "groups/cpu,cpuacct/cpu.cfs_period_us", "50000\n");
    assert_int_equal(effective(t, HOST, 0), 2);
    put(t, "groups/x/cpu.max", "100000 100000\n"); /* both versions at once */
    assert_int_equal(effective(t, HOST, 0), 1);
}

static void this_machine(void **state)
{
    (void)state;
    uint32_t mask = fg_cpus_affinity(), cpus = fg_cpus_effective(NULL, 0);
    assert_in_range(mask, 1, 1u << 20);
    assert_in_range(cpus, 1, mask);
    assert_int_equal(fg_cpus_effective(NULL, 1), 1);
}

static void budget(void **state)
{
    (void)state;
    static const uint32_t cases[][2] = { { 0, 2 },    { 1, 2 },          { 2, 2 },
                                         { 3, 3 },    { 16, 16 },        { 17, 16 },
                                         { 192, 16 }, { UINT32_MAX, 16 } };
    for (size_t i = 0; i < FG_COUNT(cases); i++)
        assert_int_equal(fg_cpus_threads(cases[i][0]), cases[i][1]);
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    static const struct CMUnitTest tests[] = {
        FRESH(nothing_to_read_limits_nothing),
        FRESH(broken_files_limit_nothing),
        FRESH(a_quota_is_rounded_up),
        FRESH(the_smallest_counts),
        FRESH(groups_above_count),
        FRESH(a_path_of_the_host),
        FRESH(version_one),
        cmocka_unit_test(this_machine),
        cmocka_unit_test(budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
