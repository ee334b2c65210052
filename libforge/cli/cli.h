// SPDX-License-Identifier: Apache-2.0
/* What the files of the `forge` command share.  Commands print their own errors and
 * return the exit status: 0 success, 1 failure, 2 a command line that makes no sense;
 * a program's exit(n) gives n modulo 256. */
#ifndef CLI_H
#define CLI_H

#include "base/bytes.h"
#include "include/forge.h"

#define CLI_OK 0
#define CLI_FAILED 1
#define CLI_USAGE 2

typedef struct cli_command {
    const char *name;
    const char *usage;                 /* behind "forge " */
    const char *summary;               /* one line */
    const char *help;                  /* further lines, or "" */
    int (*run)(int argc, char **argv); /* arguments behind the command's name */
} cli_command;

int cli_run(int argc, char **argv);
int cli_eval(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_fmt(int argc, char **argv);
int cli_doc(int argc, char **argv);
int cli_dis(int argc, char **argv);
int cli_serve(int argc, char **argv);
int cli_test(int argc, char **argv);
int cli_repl(int argc, char **argv);
/* True if `forge` alone means the prompt: there is a terminal to talk to. */
bool cli_repl_wanted(void);

/* ---- messages (report.c) ----------------------------------------------------------- */

/* "error: …" on standard error, coloured on a terminal. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "  hint: …" below it. */
void cli_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "warning: …" */
void cli_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* True if text for a descriptor may be coloured: a terminal, and NO_COLOR is not set. */
bool cli_colored(int fd);
/* Flushes standard output, so that a full disk or closed pipe is no silent success;
 * false: a message was printed. */
bool cli_printed(void);
/* Text of an outcome that has no report. */
const char *cli_status_text(forge_status s);
/* A finding of the checker as a warning, or as an error with its frame. */
void cli_report_finding(const forge_finding *f, bool strict);
/* The report of a build or check, or a line that says which status there was. */
void cli_report_error(forge_status s, const forge_error *e);
/* The report of a fork. */
void cli_report_fork(forge_status s, forge_fork *f);

/* ---- programs (source.c) ------------------------------------------------------------ */

typedef struct cli_source {
    const char *file; /* name for reports */
    fg_bytes text;
} cli_source;

/* Reads a program; "-" is standard input.  false: a message was printed. */
bool cli_source_read(cli_source *s, const char *file);
void cli_source_drop(cli_source *s);

/* Prints what the checker finds; false: that are errors, and there were some. */
bool cli_lint(const cli_source *s, bool strict);

/* Compiles into a template whose forks run the top level; prints the report on failure. */
forge_status cli_build_page(const cli_source *s, forge_template **out);

/* Where programs run (site.c): this process, with the command line that it began with.
 * False: a message was printed. */
bool cli_site_begin(char **argv);
forge_site *cli_site(void);

/* Opens imported files by their paths (loader.c). */
extern const forge_loader cli_loader;

/* ---- options (options.c) -------------------------------------------------------------- */

/* The value of option `name` at argv[*i], as "--name=V" or "--name V"; NULL: argv[*i] is
 * something else.  A missing value is "". */
const char *cli_option(int argc, char **argv, int *i, const char *name);
/* A size like 512M or 4G; false if it is none. */
bool cli_size(const char *text, size_t *out);
/* A port, 0 … 65535. */
bool cli_port(const char *text, int *out);
/* The name nearest to `text`, or NULL if none is near. */
const char *cli_nearest(const char *text, const char *const *names, size_t n);

/* ---- serving (serve.c) ------------------------------------------------------------------ */

/* Serves a program that compiled, until a signal ends it; host NULL and port -1 ask the
 * program's @server. */
int cli_serve_program(const char *file, const forge_template *t, const char *host,
                      int port);

#endif
