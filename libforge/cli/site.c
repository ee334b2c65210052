// SPDX-License-Identifier: Apache-2.0
/* The site of programs that the command runs: this process, its environment and its
 * command line. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

static forge_site *site; /* made once, when the process starts */

static void drop(void) { forge_site_free(site); }

bool cli_site_begin(char **argv)
{
    forge_site_options o = { .vars = (const char *const *)environ,
                             .args = (const char *const *)argv };
    site = forge_site_new(&o);
    if (!site)
        cli_error("out of memory");
    else
        atexit(drop);
    return site != NULL;
}

forge_site *cli_site(void) { return site; }
