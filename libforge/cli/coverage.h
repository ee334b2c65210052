// SPDX-License-Identifier: Apache-2.0
/* Which lines tests have run, by file. */
#ifndef CLI_COVERAGE_H
#define CLI_COVERAGE_H

#include "cli/cli.h"

typedef struct cli_covered {
    char *name;
    uint8_t *lines; /* by number: 0 no statement begins there, 1 not run, 2 run */
    uint32_t n;
} cli_covered;

typedef struct cli_coverage {
    cli_covered *files; /* in the order they were met */
    uint32_t n;
    bool failed; /* no memory */
} cli_coverage;

/* A forge_line_fn; ctx: the cli_coverage.  A line that ran once has run. */
void cli_coverage_add(void *ctx, const char *file, uint32_t line, int ran);
/* The share of each file and of all; green from 80 %, yellow from 50 % on. */
void cli_coverage_print(const cli_coverage *c, const char *prefix, bool colored);
void cli_coverage_drop(cli_coverage *c);

#endif
