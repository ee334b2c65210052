// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "state/cpus.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define MEMBERSHIP "/proc/self/cgroup"
#define GROUPS "/sys/fs/cgroup"
#define MAX_MASK (1u << 20) /* CPUs; no kernel has more */

uint32_t fg_cpus_affinity(void)
{
    for (uint32_t n = 1024; n <= MAX_MASK; n *= 2) {
        cpu_set_t *set = CPU_ALLOC(n);
        if (!set)
            return 1;
        int failed = sched_getaffinity(0, CPU_ALLOC_SIZE(n), set) ? errno : 0;
        int count = failed ? 0 : CPU_COUNT_S(CPU_ALLOC_SIZE(n), set);
        CPU_FREE(set);
        if (failed != EINVAL) /* the kernel's mask is longer */
            return count > 0 ? (uint32_t)count : 1;
    }
    return 1;
}

/* The first line of a file without its end; false: there is none, or it is too long. */
static bool first_line(const char *path, char *line, int size)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    bool is = fgets(line, size, f) != NULL;
    fclose(f);
    size_t n = is ? strlen(line) : 0;
    if (n + 1 == (size_t)size)
        return false;
    if (n > 0 && line[n - 1] == '\n')
        line[n - 1] = 0;
    return is;
}

/* A count in decimal digits; false: something else, such as "max" or -1. */
static bool count_of(const char *text, const char **end, uint64_t *out)
{
    char *stop;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoumax(text, &stop, 10);
    *end = stop;
    return errno == 0;
}

static uint32_t limited(uint32_t cpus, uint64_t quota, uint64_t period)
{
    if (quota == 0 || period == 0)
        return cpus;
    uint64_t n = quota / period + (quota % period != 0);
    return n < cpus ? (uint32_t)n : cpus;
}

/* cpu.max of version 2: "QUOTA PERIOD" or "max PERIOD", in microseconds. */
static uint32_t limit_unified(uint32_t cpus, const char *group)
{
    char path[PATH_MAX], line[64];
    const char *at;
    uint64_t quota, period;
    if (snprintf(path, sizeof path, "%s/cpu.max", group) >= (int)sizeof path
        || !first_line(path, line, sizeof line) || !count_of(line, &at, &quota)
        || *at != ' ' || !count_of(at + 1, &at, &period) || *at)
        return cpus;
    return limited(cpus, quota, period);
}

static bool number_in(const char *group, const char *name, uint64_t *out)
{
    char path[PATH_MAX], line[64];
    const char *at;
    return snprintf(path, sizeof path, "%s/%s", group, name) < (int)sizeof path
           && first_line(path, line, sizeof line) && count_of(line, &at, out) && !*at;
}

/* Version 1: two files; a quota of -1 is none. */
static uint32_t limit_split(uint32_t cpus, const char *group)
{
    uint64_t quota, period;
    if (!number_in(group, "cpu.cfs_quota_us", &quota)
        || !number_in(group, "cpu.cfs_period_us", &period))
        return cpus;
    return limited(cpus, quota, period);
}

/* The limits of a group and of those above it, up to the root of the hierarchy.  Inside a
 * container the path may be the host's and lead nowhere; then only the root counts. */
static uint32_t limit_path(uint32_t cpus, const char *root, const char *group,
                           uint32_t (*limit)(uint32_t cpus, const char *group))
{
    char path[PATH_MAX];
    size_t base = strlen(root);
    if (snprintf(path, sizeof path, "%s%s", root, group) >= (int)sizeof path)
        return cpus;
    for (;;) {
        cpus = limit(cpus, path);
        char *slash = strrchr(path + base, '/');
        if (!slash)
            return cpus;
        *slash = 0;
    }
}

/* Is "cpu" among the controllers, which commas separate? */
static bool has_cpu(const char *controllers)
{
    for (const char *at = controllers; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, "cpu", 3) == 0 && (at[3] == ',' || at[3] == 0))
            return true;
    }
    return false;
}

/* A line is "ID:CONTROLLERS:PATH"; version 2 has the id 0 and no controllers. */
static uint32_t limit_line(uint32_t cpus, const char *groups, char *line)
{
    char *controllers = strchr(line, ':'), root[PATH_MAX];
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path || path[1] != '/')
        return cpus;
    *path++ = 0;
    path[strcspn(path, "\n")] = 0;
    controllers++;
    if (!*controllers)
        return limit_path(cpus, groups, path, limit_unified);
    if (!has_cpu(controllers)
        || snprintf(root, sizeof root, "%s/%s", groups, controllers)
               >= (int)sizeof root)
        return cpus;
    return limit_path(cpus, root, path, limit_split);
}

uint32_t fg_cpus_effective(const fg_cpus_source *from, uint32_t cap)
{
    static const fg_cpus_source kernel;
    char line[PATH_MAX + 64];
    if (!from)
        from = &kernel;
    uint32_t cpus = from->affinity ? from->affinity : fg_cpus_affinity();
    FILE *f = fopen(from->membership ? from->membership : MEMBERSHIP, "re");
    while (f && fgets(line, sizeof line, f))
        cpus = limit_line(cpus, from->groups ? from->groups : GROUPS, line);
    if (f)
        fclose(f);
    return cap && cap < cpus ? cap : cpus;
}

uint32_t fg_cpus_threads(uint32_t cpus)
{
    if (cpus < FG_CPUS_MIN_THREADS)
        return FG_CPUS_MIN_THREADS;
    return cpus < FG_CPUS_MAX_THREADS ? cpus : FG_CPUS_MAX_THREADS;
}
