// SPDX-License-Identifier: Apache-2.0
/* The site of programs that the command runs: this process, its environment and its
 * command line. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

/* Facts of the process, set once when it starts, and the site made of them. */
static const char *const *words;
static forge_site *site;

void cli_site_words(char **argv) { words = (const char *const *)argv; }

static void drop(void) { forge_site_free(site); }

forge_site *cli_site(void)
{
    if (site)
        return site;
    forge_site_options o = { .vars = (const char *const *)environ, .args = words };
    site = forge_site_new(&o);
    if (site)
        atexit(drop);
    return site;
}
