// SPDX-License-Identifier: Apache-2.0
/* How many CPUs this process may really use, and the thread budget that follows.
 *
 * The number of CPUs of the machine is the wrong one: in a container of two CPUs on a host
 * of 192, a pool of that size meets the limit of threads.  What counts is the smallest of
 * the affinity mask, the CPU quota of each control group above the process (version 2 and
 * version 1, rounded up), and a cap of the configuration.  What cannot be read limits
 * nothing.  Safe in any thread. */
#ifndef FG_CPUS_H
#define FG_CPUS_H

#include "base/base.h"

#define FG_CPUS_MAX_THREADS 16u
#define FG_CPUS_MIN_THREADS 2u

/* Where to look; zeros are the kernel's own places. */
typedef struct fg_cpus_source {
    uint32_t affinity;      /* CPUs in the mask of the process */
    const char *membership; /* /proc/self/cgroup */
    const char *groups;     /* /sys/fs/cgroup */
} fg_cpus_source;

/* CPUs in the affinity mask of the calling thread; at least 1. */
uint32_t fg_cpus_affinity(void);

/* At least 1.  `from` may be NULL; a `cap` of 0 is none. */
uint32_t fg_cpus_effective(const fg_cpus_source *from, uint32_t cap);

/* Threads of a pool for so many CPUs: from FG_CPUS_MIN_THREADS to FG_CPUS_MAX_THREADS. */
uint32_t fg_cpus_threads(uint32_t cpus);

#endif
