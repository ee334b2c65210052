// SPDX-License-Identifier: Apache-2.0
/* `forge test`: the functions marked @test, each in a fork of its own.
 *
 * A file's top level runs once, when its template is built; what a test changes ends with
 * its fork.  Files are only compiled until one of their tests is wanted. */
#define _GNU_SOURCE /* asprintf */
#include "cli/coverage.h"
#include "cli/test.h"

#include "api.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_DIRECTORY "tests"
#define DEFAULT_SECONDS 60.0
#define DEFAULT_MEMORY ((size_t)1 << 30)
#define MAX_SECONDS 1e9
#define MAX_OUTPUT 65536u /* bytes kept of what a test prints */

typedef struct run {
    const char *filter; /* NULL: every test */
    forge_limits limits;
    cli_test_report report;
    bool covers;
    cli_coverage coverage;
    char **files;
    size_t nfiles, cfiles;
} run;

/* ---- files -------------------------------------------------------------------------- */

static bool add_file(run *r, char *name)
{
    if (r->nfiles == r->cfiles) {
        size_t cap = r->cfiles ? r->cfiles * 2 : 16;
        char **grown = realloc(r->files, cap * sizeof *grown);
        if (grown) {
            r->files = grown;
            r->cfiles = cap;
        }
    }
    if (!name || r->nfiles == r->cfiles) {
        cli_error("out of memory");
        free(name);
        return false;
    }
    r->files[r->nfiles++] = name;
    return true;
}

static int is_program(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 3 && e->d_name[0] != '.' && strcmp(e->d_name + n - 3, ".fg") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool refuse_place(const char *place)
{
    int e = errno;
    cli_error("cannot read %s: %s", place, strerror(e));
    if (e == ENOENT)
        cli_hint("forge test [DIR|FILE...]; without one, it is the directory `%s`",
                 DEFAULT_DIRECTORY);
    return false;
}

static bool add_directory(run *r, const char *directory)
{
    struct dirent **entries;
    int n = scandir(directory, &entries, is_program, by_name);
    if (n < 0)
        return refuse_place(directory);
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    bool ok = true;
    for (int i = 0; i < n; i++) {
        char *name = NULL;
        if (ok
            && asprintf(&name, "%.*s/%s", (int)length, directory, entries[i]->d_name)
                   < 0)
            name = NULL;
        ok = ok && add_file(r, name);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static bool add_place(run *r, const char *place)
{
    struct stat st;
    if (stat(place, &st) != 0)
        return refuse_place(place);
    return S_ISDIR(st.st_mode) ? add_directory(r, place) : add_file(r, strdup(place));
}

/* ---- one test ------------------------------------------------------------------------- */

static void tested_init(cli_tested *t, const char *file, const char *name,
                        uint32_t line)
{
    *t = (cli_tested){ .file = file, .name = name, .line = line };
    fg_bytes_init(&t->message);
    fg_bytes_init(&t->report);
    fg_bytes_init(&t->colored);
    fg_bytes_init(&t->output);
}

static void tested_drop(cli_tested *t)
{
    fg_bytes_drop(&t->message);
    fg_bytes_drop(&t->report);
    fg_bytes_drop(&t->colored);
    fg_bytes_drop(&t->output);
}

/* Counts and prints a result, and ends it. */
static void done(run *r, cli_tested *t)
{
    uint32_t *counts[] = { [CLI_TEST_PASSED] = &r->report.passed,
                           [CLI_TEST_FAILED] = &r->report.failed,
                           [CLI_TEST_SKIPPED] = &r->report.skipped };
    ++*counts[t->outcome];
    r->report.format->test(&r->report, t);
    tested_drop(t);
}

static void collect(void *ctx, const char *text, size_t n)
{
    cli_tested *t = ctx;
    size_t room = t->output.n < MAX_OUTPUT ? MAX_OUTPUT - t->output.n : 0;
    size_t kept = t->cut ? 0 : n < room ? n : room;
    fg_bytes_put(&t->output, text, kept);
    t->cut += n - kept;
}

static int on_write(void *ctx, const char *text, size_t n)
{
    collect(ctx, text, n);
    return 0;
}

static forge_env env_of(cli_tested *t)
{
    return (forge_env){
        .write = on_write,
        .write_err = collect,
        .ctx = t,
        .capabilities = FORGE_CAP_ALL,
        .site = cli_site(),
    };
}

/* A piece of a report, behind the name of the function it is about if there is one. */
static void put_part(fg_bytes *b, const char *where, const char *text)
{
    if (where)
        fg_bytes_fmt(b, "in %s:\n", where);
    fg_bytes_str(b, text);
    if (b->n > 0 && b->p[b->n - 1] != '\n')
        fg_bytes_char(b, '\n');
}

/* Notes a failure; `where` names a function that stands around the test, or is NULL. */
static void failed(cli_tested *t, const char *where, const char *message,
                   const char *text, const char *colored)
{
    t->outcome = CLI_TEST_FAILED;
    if (t->message.n == 0)
        fg_bytes_str(&t->message, message);
    put_part(&t->report, where, text ? text : message);
    put_part(&t->colored, where, colored ? colored : text ? text : message);
}

/* Calls a function of the program with time of its own; false: it failed. */
static bool call(forge_fork *f, const char *name, const char *where, cli_tested *t)
{
    char message[64];
    forge_limits_restart(f);
    forge_status s = forge_call(f, name, NULL, 0, NULL);
    if (s == FORGE_OK)
        return true;
    const forge_report *r = s == FORGE_EXIT ? NULL : forge_fork_report(f);
    snprintf(message, sizeof message, "it called exit(%d)", forge_exit_code(f));
    if (r)
        failed(t, where, r->message, r->text, fg_fork_colored(f));
    else
        failed(t, where, s == FORGE_EXIT ? message : cli_status_text(s), NULL, NULL);
    return false;
}

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/* The function of the first decorator of this name, or NULL. */
static const char *first(const forge_template *t, const char *name)
{
    for (uint32_t i = 0; i < forge_decorator_count(t); i++)
        if (strcmp(forge_decorator_get(t, i)->name, name) == 0)
            return forge_decorator_get(t, i)->function;
    return NULL;
}

static void call_around(forge_fork *f, const forge_template *tmpl, cli_tested *t)
{
    const char *before = first(tmpl, "before"), *after = first(tmpl, "after");
    if (before && !call(f, before, before, t))
        return;
    call(f, t->name, NULL, t);
    if (after)
        call(f, after, after, t);
}

/* Remembers the current directory, which programs may change. */
static int keep_directory(void) { return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC); }

static void restore_directory(int kept)
{
    if (kept < 0)
        return;
    if (fchdir(kept) < 0)
        cli_error("cannot go back to the current directory: %s", strerror(errno));
    close(kept);
}

static void run_test(run *r, forge_template *tmpl, cli_tested *t)
{
    uint64_t start = now_us();
    int directory = keep_directory();
    forge_env env = env_of(t);
    forge_fork *f;
    forge_status s = forge_fork_begin(tmpl, NULL, &r->limits, &env, &f);
    if (s == FORGE_OK) {
        call_around(f, tmpl, t);
        forge_fork_end(f);
    } else {
        failed(t, NULL, cli_status_text(s), NULL, NULL);
    }
    restore_directory(directory);
    t->ms = (now_us() - start + 500) / 1000;
}

/* ---- the tests of a file --------------------------------------------------------------- */

static bool is_test(const forge_decorator *d) { return strcmp(d->name, "test") == 0; }

static bool wanted(const run *r, const forge_decorator *d)
{
    return is_test(d) && (!r->filter || strstr(d->function, r->filter));
}

static bool any_wanted(const run *r, const forge_template *t)
{
    for (uint32_t i = 0; i < forge_decorator_count(t); i++)
        if (wanted(r, forge_decorator_get(t, i)))
            return true;
    return false;
}

/* Another decorator of the function that decorator i belongs to. */
static bool has(const forge_template *t, uint32_t i, const char *name)
{
    const char *function = forge_decorator_get(t, i)->function;
    for (uint32_t k = 0; k < forge_decorator_count(t); k++) {
        const forge_decorator *d = forge_decorator_get(t, k);
        if (strcmp(d->function, function) == 0 && strcmp(d->name, name) == 0)
            return true;
    }
    return false;
}

/* The last test of the same name replaces the ones before it. */
static bool replaced(const forge_template *t, uint32_t i)
{
    const char *function = forge_decorator_get(t, i)->function;
    for (uint32_t k = i + 1; k < forge_decorator_count(t); k++) {
        const forge_decorator *d = forge_decorator_get(t, k);
        if (is_test(d) && strcmp(d->function, function) == 0)
            return true;
    }
    return false;
}

static void run_tests(run *r, forge_template *tmpl, const char *file)
{
    for (uint32_t i = 0; i < forge_decorator_count(tmpl); i++) {
        const forge_decorator *d = forge_decorator_get(tmpl, i);
        if (!wanted(r, d))
            continue;
        cli_tested t;
        tested_init(&t, file, d->function, d->place.line);
        if (replaced(tmpl, i))
            failed(&t, NULL, "another test below has the same name: rename one of them",
                   NULL, NULL);
        else if (has(tmpl, i, "skip"))
            t.outcome = CLI_TEST_SKIPPED;
        else
            run_test(r, tmpl, &t);
        done(r, &t);
    }
}

/* Builds a template; a failure is the failed test "setup". */
static forge_template *build(run *r, const cli_source *s, bool page)
{
    cli_tested t;
    tested_init(&t, s->file, "setup", 0);
    uint64_t start = now_us();
    forge_build b = { .file = s->file,
                      .source = s->text.p,
                      .source_len = s->text.n,
                      .page = page,
                      .limits = r->limits,
                      .loader = &cli_loader,
                      .coverage = r->covers,
                      .env = env_of(&t) };
    forge_template *tmpl;
    forge_error *error = NULL;
    forge_status status = forge_build_template(&b, &tmpl, &error);
    if (status != FORGE_OK) {
        const forge_report *e = forge_error_report(error);
        failed(&t, NULL, e ? e->message : cli_status_text(status), e ? e->text : NULL,
               fg_error_colored(error));
        t.line = e ? e->place.line : 0;
        t.ms = (now_us() - start + 500) / 1000;
        r->report.format->file(&r->report, s->file);
        done(r, &t);
    } else {
        tested_drop(&t);
    }
    forge_error_free(error);
    return tmpl;
}

/* False: the file cannot be read. */
static bool test_file(run *r, const char *file)
{
    cli_source s;
    if (!cli_source_read(&s, file))
        return false;
    forge_template *outline = build(r, &s, true), *tmpl = NULL;
    int directory = keep_directory();
    if (outline && any_wanted(r, outline))
        tmpl = build(r, &s, false);
    if (tmpl) {
        r->report.format->file(&r->report, s.file);
        run_tests(r, tmpl, s.file);
        if (r->covers)
            forge_coverage(tmpl, cli_coverage_add, &r->coverage);
    }
    restore_directory(directory);
    forge_template_free(tmpl);
    forge_template_free(outline);
    cli_source_drop(&s);
    return true;
}

/* ---- the command ------------------------------------------------------------------------- */

static bool set_timeout(run *r, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds > 0) || seconds > MAX_SECONDS) {
        cli_error("--timeout needs a number of seconds, not '%s'", text);
        return false;
    }
    r->limits.wall_us = seconds < 1e-6 ? 1 : (uint64_t)(seconds * 1e6);
    return true;
}

/* Takes the option at argv[*i]; 1: taken, 0: it is none, -1: a message was printed. */
static int take_option(run *r, int argc, char **argv, int *i)
{
    const char *value;
    if ((value = cli_option(argc, argv, i, "--filter"))) {
        r->filter = value;
    } else if ((value = cli_option(argc, argv, i, "--timeout"))) {
        if (!set_timeout(r, value))
            return -1;
    } else if ((value = cli_option(argc, argv, i, "--memory"))) {
        if (!cli_size(value, &r->limits.memory) || r->limits.memory == 0) {
            cli_error("--memory needs a size like 512M or 4G, not '%s'", value);
            return -1;
        }
    } else if (strcmp(argv[*i], "--coverage") == 0) {
        r->covers = true;
    } else if ((value = cli_option(argc, argv, i, "--format"))) {
        r->report.format = cli_test_format_of(value);
        if (!r->report.format) {
            cli_error("--format is text, tap or json, not '%s'", value);
            return -1;
        }
    } else if (argv[*i][0] == '-') {
        cli_error("forge test has no option '%s'", argv[*i]);
        return -1;
    } else {
        return 0;
    }
    return 1;
}

/* Options and places; false with *code set: nothing can be run. */
static bool take_words(run *r, int argc, char **argv, int *code)
{
    int places = 0;
    bool ok = true;
    *code = CLI_USAGE;
    for (int i = 0; i < argc; i++) {
        int taken = take_option(r, argc, argv, &i);
        if (taken < 0)
            return false;
        if (taken == 0)
            argv[places++] = argv[i];
    }
    if (r->covers && strcmp(r->report.format->name, "json") == 0) {
        cli_error("--coverage goes with --format text and tap");
        return false;
    }
    *code = CLI_FAILED;
    for (int i = 0; i < places; i++)
        ok = add_place(r, argv[i]) && ok;
    return places ? ok : add_place(r, DEFAULT_DIRECTORY);
}

/* Tests read nothing: one that waits for a terminal could not be stopped. */
static void close_input(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        dup2(fd, STDIN_FILENO);
        close(fd);
    }
}

static int run_files(run *r)
{
    bool readable = true;
    close_input();
    r->report.many = r->nfiles > 1;
    r->report.colored = cli_colored(STDOUT_FILENO);
    r->report.format->begin(&r->report);
    for (size_t i = 0; i < r->nfiles; i++) {
        readable = test_file(r, r->files[i]) && readable;
        fflush(stdout);
    }
    r->report.format->end(&r->report);
    if (r->coverage.failed)
        cli_error("out of memory: the coverage is not complete");
    if (r->covers)
        cli_coverage_print(&r->coverage,
                           strcmp(r->report.format->name, "tap") == 0 ? "# " : "",
                           r->report.colored);
    if (!cli_printed() || !readable || r->report.failed)
        return CLI_FAILED;
    if (r->filter && cli_test_total(&r->report) == 0) {
        cli_error("no test has '%s' in its name", r->filter);
        return CLI_USAGE;
    }
    return CLI_OK;
}

int cli_test(int argc, char **argv)
{
    run r = { .limits = { .memory = DEFAULT_MEMORY,
                          .wall_us = (uint64_t)(DEFAULT_SECONDS * 1e6) },
              .report = { .format = cli_test_format_of("text") } };
    int code;
    if (take_words(&r, argc, argv, &code))
        code = run_files(&r);
    for (size_t i = 0; i < r.nfiles; i++)
        free(r.files[i]);
    free(r.files);
    cli_coverage_drop(&r.coverage);
    return code;
}
