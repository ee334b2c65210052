// SPDX-License-Identifier: Apache-2.0
/* What a program prints. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/cli.h"

#define CLI_OUTPUT_SIZE 65536

typedef struct cli_output {
    size_t n;
    uint64_t since; /* when the first byte waiting came, 0: at the next poll */
    int error;      /* errno of the write that failed */
    bool terminal;
    char text[CLI_OUTPUT_SIZE];
} cli_output;

/* On malloc; NULL: a message was printed. */
cli_output *cli_output_new(void);
/* An environment that prints to it and allows everything. */
forge_env cli_output_env(cli_output *o);
/* False: it cannot be written, see `error`. */
bool cli_output_put(cli_output *o, const char *text, size_t n);
bool cli_output_flush(cli_output *o);
/* Says why it cannot be written: the exit status. */
int cli_output_failed(const cli_output *o);

#endif
