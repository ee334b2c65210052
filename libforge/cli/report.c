// SPDX-License-Identifier: Apache-2.0
/* Messages on standard error, coloured when it is a terminal and NO_COLOR is not set. */
#include "cli/cli.h"

#include "api.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool cli_colored(int fd)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(fd) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

static bool colored(void) { return cli_colored(STDERR_FILENO); }

void cli_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs(colored() ? "\033[1;31merror:\033[0m " : "error: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

void cli_warning(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs(colored() ? "\033[1;33mwarning\033[0m: " : "warning: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

bool cli_printed(void)
{
    if (fflush(stdout) == 0)
        return true;
    cli_error("cannot write to standard output");
    return false;
}

void cli_report_finding(const forge_finding *f, bool strict)
{
    if (!strict) {
        cli_warning("line %u: %s", f->place.line, f->message);
        return;
    }
    cli_error("[%s:%u] %s", f->place.file, f->place.line, f->message);
    fputs(colored() ? f->colored_frame : f->frame, stderr);
}

void cli_hint(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("  hint: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

const char *cli_status_text(forge_status s)
{
    switch (s) {
    case FORGE_OK: return "nothing went wrong";
    case FORGE_ERROR: return "the program failed";
    case FORGE_LIMIT: return "the program reached a limit";
    case FORGE_CANCELLED: return "the program was cancelled";
    case FORGE_EXIT: return "the program ended itself";
    case FORGE_USAGE: return "libforge refused the call";
    case FORGE_NOMEM: return "out of memory";
    case FORGE_IO: return "a file cannot be read";
    }
    return "unknown failure";
}

static void put_report(forge_status s, const char *plain, const char *color)
{
    const char *text = colored() ? color : plain;
    if (!text) {
        cli_error("%s", cli_status_text(s));
        return;
    }
    fputs(text, stderr);
    size_t n = strlen(text);
    if (n == 0 || text[n - 1] != '\n')
        fputc('\n', stderr);
}

void cli_report_error(forge_status s, const forge_error *e)
{
    const forge_report *r = forge_error_report(e);
    put_report(s, r ? r->text : NULL, fg_error_colored(e));
}

void cli_report_fork(forge_status s, forge_fork *f)
{
    const forge_report *r = forge_fork_report(f);
    put_report(s, r ? r->text : NULL, fg_fork_colored(f));
}
