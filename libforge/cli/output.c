// SPDX-License-Identifier: Apache-2.0
/* What a program prints, on its way to standard output and standard error.
 *
 * Output is collected in 64 KiB and written when that is full, before the program waits,
 * when it has computed for FLUSH_NS, and at the end; to a terminal at once.  A closed
 * pipe ends the program and then this process as SIGPIPE would have. */
#include "cli/output.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_NS 50000000

static bool write_all(cli_output *o, const char *p, size_t n)
{
    while (n > 0 && !o->error) {
        ssize_t k = write(STDOUT_FILENO, p, n);
        if (k >= 0) {
            p += k;
            n -= (size_t)k;
        } else if (errno != EINTR) {
            o->error = errno;
        }
    }
    return !o->error;
}

bool cli_output_flush(cli_output *o)
{
    size_t n = o->n;
    o->n = 0;
    o->since = 0;
    return write_all(o, o->text, n);
}

static int on_write(void *ctx, const char *text, size_t n)
{
    cli_output *o = ctx;
    if (n == 0)
        return !cli_output_flush(o);
    if (n > sizeof o->text - o->n && !cli_output_flush(o))
        return 1;
    if (n > sizeof o->text)
        return !write_all(o, text, n);
    memcpy(o->text + o->n, text, n);
    o->n += n;
    return o->terminal ? !cli_output_flush(o) : o->error != 0;
}

static void on_write_err(void *ctx, const char *text, size_t n)
{
    cli_output_flush(ctx);
    while (n > 0) {
        ssize_t k = write(STDERR_FILENO, text, n);
        if (k < 0 && errno != EINTR)
            return;
        if (k > 0) {
            text += k;
            n -= (size_t)k;
        }
    }
}

/* Sends output on that has waited long enough. */
static int on_poll(void *ctx)
{
    cli_output *o = ctx;
    if (o->n == 0)
        return 0;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    if (!o->since)
        o->since = now;
    else if (now - o->since >= FLUSH_NS)
        return !cli_output_flush(o);
    return 0;
}

cli_output *cli_output_new(void)
{
    cli_output *o = calloc(1, sizeof *o);
    if (o)
        o->terminal = isatty(STDOUT_FILENO);
    else
        cli_error("out of memory");
    return o;
}

forge_env cli_output_env(cli_output *o)
{
    return (forge_env){ .write = on_write,
                        .write_err = on_write_err,
                        .poll = on_poll,
                        .ctx = o,
                        .site = cli_site(),
                        .capabilities = FORGE_CAP_ALL };
}

bool cli_output_put(cli_output *o, const char *text, size_t n)
{
    return on_write(o, text, n) == 0;
}

int cli_output_failed(const cli_output *o)
{
    if (o->error == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    cli_error("cannot write to standard output: %s", strerror(o->error));
    return CLI_FAILED;
}
