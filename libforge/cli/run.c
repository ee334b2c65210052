// SPDX-License-Identifier: Apache-2.0
/* `forge run` and `forge -e`: a program's top level in a fork of its unfrozen template,
 * with everything a shell user expects to be allowed.
 *
 * A signal cancels the program first, so that its `defer` blocks run; a second one ends
 * the process. */
#include "cli/output.h"

#include <signal.h>
#include <stdlib.h>

#define DEFAULT_MEMORY ((size_t)4 << 30)

/* The fork that a signal cancels, and the signal that came; signal handlers have no
 * other way to reach either. */
static forge_fork *volatile interrupted_fork;
static volatile sig_atomic_t interrupted_by;

static void on_signal(int number)
{
    interrupted_by = number;
    forge_cancel(interrupted_fork);
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

static int finish(forge_status s, forge_fork *f, cli_output *o)
{
    if (!cli_output_flush(o))
        return cli_output_failed(o);
    if (interrupted_by && s == FORGE_CANCELLED)
        return 128 + interrupted_by;
    if (s == FORGE_OK)
        return CLI_OK;
    if (s == FORGE_EXIT)
        return forge_exit_code(f);
    cli_report_fork(s, f);
    return CLI_FAILED;
}

typedef struct options {
    size_t memory;
    bool strict;   /* warnings are errors */
    bool commands; /* the program may run commands of the system */
} options;

static int run_template(forge_template *t, const options *how)
{
    cli_output *o = cli_output_new();
    if (!o)
        return CLI_FAILED;
    forge_limits limits = { .memory = how->memory };
    forge_env env = cli_output_env(o);
    if (!how->commands)
        env.capabilities &= ~FORGE_CAP_EXEC;
    forge_fork *f;
    forge_status s = forge_fork_begin(t, NULL, &limits, &env, &f);
    if (s != FORGE_OK) {
        cli_error("out of memory: a program needs more than %zu bytes to start",
                  how->memory);
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
static int run_or_serve(const cli_source *source, const char *path, const options *how)
{
    forge_template *t;
    if (cli_build_page(source, &t) != FORGE_OK)
        return CLI_FAILED;
    int code;
    if (!cli_lint(source, how->strict)) {
        code = CLI_FAILED;
    } else if (!forge_server(t, NULL, NULL, NULL)) {
        code = run_template(t, how);
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

/* Reads the options in front of the program; *i becomes its place.  False: a message was
 * printed. */
static bool read_options(int argc, char **argv, int *i, options *o)
{
    for (; *i < argc && argv[*i][0] == '-' && argv[*i][1]; ++*i) {
        const char *word = argv[*i], *value = cli_option(argc, argv, i, "--memory");
        if (value && (!cli_size(value, &o->memory) || o->memory == 0)) {
            cli_error("--memory needs a size like 512M or 4G, not '%s'", value);
            return false;
        }
        if (value)
            continue;
        if (strcmp(word, "--strict") == 0) {
            o->strict = true;
        } else if (strcmp(word, "--allow-run") == 0) {
            o->commands = true;
        } else {
            cli_error("forge run has no option '%s'", word);
            cli_hint("what the program itself shall see stands behind its name");
            return false;
        }
    }
    return true;
}

int cli_run(int argc, char **argv)
{
    options how = { .memory = DEFAULT_MEMORY };
    int i = 0;
    if (!read_options(argc, argv, &i, &how))
        return CLI_USAGE;
    if (i == argc) {
        cli_error("forge run needs a file");
        cli_hint("forge run FILE, or forge -e CODE");
        return CLI_USAGE;
    }
    const char *file = argv[i];
    cli_source source;
    if (!cli_source_read(&source, file))
        return CLI_FAILED;
    int code = run_or_serve(&source, strcmp(file, "-") ? file : NULL, &how);
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
    const options how = { .memory = DEFAULT_MEMORY, .commands = true };
    int code = run_or_serve(&source, NULL, &how);
    cli_source_drop(&source);
    return code;
}
