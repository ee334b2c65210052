// SPDX-License-Identifier: Apache-2.0
/* Lines from a terminal: editing, history and completion, by libedit. */
#ifndef CLI_LINE_H
#define CLI_LINE_H

#include "cli/cli.h"

#include <signal.h>

typedef struct cli_line cli_line;

typedef enum cli_read {
    CLI_READ_LINE,
    CLI_READ_END,         /* of input */
    CLI_READ_INTERRUPTED, /* SIGINT came */
} cli_read;

/* Names that may stand at the end of a text. */
typedef struct cli_names {
    const char *const *at; /* borrowed until the next call */
    size_t n;
} cli_names;

typedef struct cli_line_setup {
    const char *history;                      /* file, or NULL: none is kept */
    const volatile sig_atomic_t *interrupted; /* set by the handler of SIGINT */
    /* The names that begin with `word`, sorted; text[0, n) is what stands before it. */
    cli_names (*complete)(void *ctx, const char *text, size_t n, fg_slice word);
    void *ctx;
} cli_line_setup;

/* Standard input and output must be a terminal.  NULL: a message was printed. */
cli_line *cli_line_open(const cli_line_setup *setup);
void cli_line_close(cli_line *l);
/* Appends a line with its newline to `out`. */
cli_read cli_line_read(cli_line *l, const char *prompt, fg_bytes *out);

#endif
