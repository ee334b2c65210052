// SPDX-License-Identifier: Apache-2.0
/* `forge run` and `forge -e`: a program's top level in a fork of its unfrozen template,
 * with everything a shell user expects to be allowed.
 *
 * Output is collected in 64 KiB and written when that is full, before the program waits,
 * when it has computed for FLUSH_NS, and at the end; to a terminal at once.  A closed pipe ends the program and
 * then this process as SIGPIPE would have; a signal cancels the program first, so that
 * its `defer` blocks run, and a second one ends the process. */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_SIZE 65536
#define FLUSH_NS 50000000
#define DEFAULT_MEMORY ((size_t)4 << 30)

typedef struct output {
    size_t n;
    uint64_t since; /* when the first byte waiting came, 0: at the next poll */
    int error;      /* errno of the write that failed */
    bool terminal;
    char text[OUTPUT_SIZE];
} output;

/* The fork that a signal cancels, and the signal that came; signal handlers have no
 * other way to reach either. */
static forge_fork *volatile interrupted_fork;
static volatile sig_atomic_t interrupted_by;

static void on_signal(int number)
{
    interrupted_by = number;
    forge_cancel(interrupted_fork);
}

static bool write_all(output *o, const char *p, size_t n)
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

static bool flush(output *o)
{
    size_t n = o->n;
    o->n = 0;
    o->since = 0;
    return write_all(o, o->text, n);
}

static int on_write(void *ctx, const char *text, size_t n)
{
    output *o = ctx;
    if (n == 0)
        return !flush(o);
    if (n > sizeof o->text - o->n && !flush(o))
        return 1;
    if (n > sizeof o->text)
        return !write_all(o, text, n);
    memcpy(o->text + o->n, text, n);
    o->n += n;
    return o->terminal ? !flush(o) : o->error != 0;
}

static void on_write_err(void *ctx, const char *text, size_t n)
{
    flush(ctx);
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
    output *o = ctx;
    if (o->n == 0)
        return 0;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    if (!o->since)
        o->since = now;
    else if (now - o->since >= FLUSH_NS)
        return !flush(o);
    return 0;
}

/* SIGINT and SIGTERM cancel once; a second one has its default effect. */
static void watch_signals(forge_fork *f)
{
    interrupted_fork = f;
    struct sigaction act = { .sa_flags = (int)SA_RESETHAND };
    act.sa_handler = on_signal;
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void unwatch_signals(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    interrupted_fork = NULL;
}

/* The exit status of an output that failed. */
static int output_failed(const output *o)
{
    if (o->error == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    cli_error("cannot write to standard output: %s", strerror(o->error));
    return CLI_FAILED;
}

static int finish(forge_status s, forge_fork *f, output *o)
{
    flush(o);
    if (o->error)
        return output_failed(o);
    if (interrupted_by && s == FORGE_CANCELLED)
        return 128 + interrupted_by;
    if (s == FORGE_OK)
        return CLI_OK;
    if (s == FORGE_EXIT)
        return forge_exit_code(f);
    cli_report_fork(s, f);
    return CLI_FAILED;
}

static int run_template(forge_template *t, size_t memory)
{
    output *o = calloc(1, sizeof *o);
    if (!o) {
        cli_error("out of memory");
        return CLI_FAILED;
    }
    o->terminal = isatty(STDOUT_FILENO);
    forge_limits limits = { .memory = memory };
    forge_env env = { on_write, on_write_err, on_poll, o, FORGE_CAP_ALL };
    forge_fork *f;
    forge_status s = forge_fork_begin(t, NULL, &limits, &env, &f);
    if (s != FORGE_OK) {
        cli_error("out of memory: a program needs more than %zu bytes to start",
                  memory);
        free(o);
        return CLI_FAILED;
    }
    watch_signals(f);
    s = forge_run(f);
    unwatch_signals();
    int code = finish(s, f, o);
    forge_fork_end(f);
    free(o);
    return code;
}

/* Runs a program, or serves one that says @server. */
static int run_or_serve(const cli_source *source, const char *path, size_t memory,
                        bool strict)
{
    forge_template *t;
    if (cli_build_page(source, &t) != FORGE_OK)
        return CLI_FAILED;
    int code;
    if (!cli_lint(source, strict)) {
        code = CLI_FAILED;
    } else if (!forge_server(t, NULL, NULL, NULL)) {
        code = run_template(t, memory);
    } else if (forge_route_count(t) == 0) {
        cli_error("%s has @server but no routes", source->file);
        cli_hint("put @get(\"/\") in front of a function, or remove @server");
        code = CLI_FAILED;
    } else if (!path) {
        cli_error("a program with @server must be a file");
        code = CLI_FAILED;
    } else {
        code = cli_serve_program(path, t, NULL, -1);
    }
    forge_template_free(t);
    return code;
}

int cli_run(int argc, char **argv)
{
    const char *file = NULL;
    bool strict = false;
    size_t memory = DEFAULT_MEMORY;
    for (int i = 0; i < argc; i++) {
        const char *value = cli_option(argc, argv, &i, "--memory");
        if (value && (!cli_size(value, &memory) || memory == 0)) {
            cli_error("--memory needs a size like 512M or 4G, not '%s'", value);
            return CLI_USAGE;
        }
        if (value)
            continue;
        if (strcmp(argv[i], "--strict") == 0) {
            strict = true;
            continue;
        }
        if (file || (argv[i][0] == '-' && argv[i][1])) {
            cli_error(file ? "forge run takes one program; what is '%s'?"
                           : "forge run has no option '%s'",
                      argv[i]);
            return CLI_USAGE;
        }
        file = argv[i];
    }
    if (!file) {
        cli_error("forge run needs a file");
        cli_hint("forge run FILE, or forge -e CODE");
        return CLI_USAGE;
    }
    cli_source source;
    if (!cli_source_read(&source, file))
        return CLI_FAILED;
    int code = run_or_serve(&source, strcmp(file, "-") ? file : NULL, memory, strict);
    cli_source_drop(&source);
    return code;
}

int cli_eval(int argc, char **argv)
{
    if (argc != 1) {
        cli_error(argc ? "forge -e takes one piece of code" : "forge -e needs code");
        cli_hint("forge -e 'say 6 * 7'");
        return CLI_USAGE;
    }
    cli_source source = { .file = "<eval>" };
    fg_bytes_init(&source.text);
    fg_bytes_str(&source.text, argv[0]);
    int code = run_or_serve(&source, NULL, DEFAULT_MEMORY, false);
    cli_source_drop(&source);
    return code;
}
