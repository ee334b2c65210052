// SPDX-License-Identifier: Apache-2.0
/* Leaves it to the kernel to keep paths within. */
#include "beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

int mf_open_beneath(int directory, const char *path, int flags)
{
    struct open_how how = { .flags = (unsigned int)flags | O_CLOEXEC,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}
