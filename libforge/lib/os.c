// SPDX-License-Identifier: Apache-2.0
/* The os module.  Programs that serve requests are told nothing about the machine. */
#define _GNU_SOURCE
#include "lib/env.h"
#include "lib/lib.h"
#include "lib/site.h"

#include <sched.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

static fg_status os_hostname(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    struct utsname u;
    bool known = !fg_site_of(vm)->hosted && uname(&u) == 0;
    return fg_make_string(vm, known ? fg_slice_str(u.nodename) : FG_SLICE("localhost"),
                          out);
}

static fg_status os_platform(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return fg_make_string(vm, FG_SLICE("linux"), out);
}

static fg_status os_arch(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    struct utsname u;
    return fg_make_string(vm, fg_slice_str(uname(&u) == 0 ? u.machine : ""), out);
}

static fg_status os_pid(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return fg_give(out, fg_int(fg_site_of(vm)->hosted ? 1 : getpid()));
}

/* Processors that this process may use. */
static int64_t allowed_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? n : 1;
}

/* The share of processors that its control group may use, rounded up, at most n. */
static int64_t granted_cpus(int64_t n)
{
    unsigned long long quota, period;
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (!f)
        return n;
    if (fscanf(f, "%llu %llu", &quota, &period) == 2 && period > 0) {
        unsigned long long share = (quota + period - 1) / period;
        if (share < (unsigned long long)n)
            n = share > 0 ? (int64_t)share : 1;
    }
    fclose(f);
    return n;
}

static fg_status os_cpus(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return fg_give(out,
                   fg_int(fg_site_of(vm)->hosted ? 1 : granted_cpus(allowed_cpus())));
}

static fg_status os_homedir(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_slice home;
    if ((fg_env_get(vm, FG_SLICE("HOME"), &home) && home.n > 0)
        || (fg_env_get(vm, FG_SLICE("USERPROFILE"), &home) && home.n > 0))
        return fg_make_string(vm, home, out);
    return fg_give(out, fg_null());
}

static const fg_member members[] = {
    FG_FN("os.hostname", os_hostname, FG_CAP_ENV, "(): the name of this machine"),
    FG_FN("os.platform", os_platform, FG_CAP_ENV, "(): the system: \"linux\""),
    FG_FN("os.arch", os_arch, FG_CAP_ENV, "(): the processor: \"x86_64\", \"aarch64\""),
    FG_FN("os.pid", os_pid, FG_CAP_ENV, "(): the number of this process"),
    FG_FN("os.cpus", os_cpus, FG_CAP_ENV, "(): how many processors can be used"),
    FG_FN("os.homedir", os_homedir, FG_CAP_ENV, "(): the home directory, or null"),
};

const fg_module fg_os_module = { "os", FG_COUNT(members), members };
