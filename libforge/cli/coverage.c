// SPDX-License-Identifier: Apache-2.0
/* Coverage of tests. */
#include "cli/coverage.h"

#include <stdio.h>
#include <stdlib.h>

enum { NO_STATEMENT, NOT_RUN, RUN };

static cli_covered *file_of(cli_coverage *c, const char *name)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (strcmp(c->files[i].name, name) == 0)
            return &c->files[i];
    cli_covered *more = realloc(c->files, (c->n + 1) * sizeof *more);
    if (!more)
        return NULL;
    c->files = more;
    more[c->n] = (cli_covered){ .name = strdup(name) };
    return more[c->n].name ? &more[c->n++] : NULL;
}

static bool reach(cli_covered *f, uint32_t line)
{
    if (line < f->n)
        return true;
    uint32_t n = line < 256 ? 512 : line * 2;
    uint8_t *more = realloc(f->lines, n);
    if (!more)
        return false;
    memset(more + f->n, NO_STATEMENT, n - f->n);
    f->lines = more;
    f->n = n;
    return true;
}

void cli_coverage_add(void *ctx, const char *file, uint32_t line, int ran)
{
    cli_coverage *c = ctx;
    cli_covered *f = file_of(c, file);
    if (!f || !reach(f, line)) {
        c->failed = true;
        return;
    }
    if (ran)
        f->lines[line] = RUN;
    else if (f->lines[line] == NO_STATEMENT)
        f->lines[line] = NOT_RUN;
}

static void print_share(const char *prefix, const char *name, uint32_t ran,
                        uint32_t lines, bool colored)
{
    double share = lines ? 100.0 * ran / lines : 100;
    const char *color = share >= 80   ? "\x1b[32m"
                        : share >= 50 ? "\x1b[33m"
                                      : "\x1b[31m";
    printf("%s%s%5.1f %%%s  %s (%u of %u lines)\n", prefix, colored ? color : "", share,
           colored ? "\x1b[0m" : "", name, ran, lines);
}

void cli_coverage_print(const cli_coverage *c, const char *prefix, bool colored)
{
    uint32_t all_ran = 0, all = 0;
    printf("%scoverage\n", prefix);
    for (uint32_t i = 0; i < c->n; i++) {
        const cli_covered *f = &c->files[i];
        uint32_t ran = 0, lines = 0;
        for (uint32_t k = 0; k < f->n; k++) {
            ran += f->lines[k] == RUN;
            lines += f->lines[k] != NO_STATEMENT;
        }
        print_share(prefix, f->name, ran, lines, colored);
        all_ran += ran;
        all += lines;
    }
    print_share(prefix, "all", all_ran, all, colored);
}

void cli_coverage_drop(cli_coverage *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        free(c->files[i].name);
        free(c->files[i].lines);
    }
    free(c->files);
}
