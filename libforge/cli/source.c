// SPDX-License-Identifier: Apache-2.0
/* Programs as files: reading them with a clear message for everything that is none. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SOURCE ((size_t)64 << 20)

static bool refuse_open(const char *file)
{
    int e = errno;
    cli_error("cannot read %s: %s", file, strerror(e));
    if (e == ENOENT)
        cli_hint("check the name; `forge -e CODE` runs a piece of code");
    else if (e == EACCES)
        cli_hint("check the permissions of the file and of its directories");
    return false;
}

/* What the descriptor is, before reading from it. */
static bool acceptable(int fd, const char *file)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return refuse_open(file);
    if (S_ISDIR(st.st_mode)) {
        cli_error("%s is a directory, not a program", file);
        return false;
    }
    if (S_ISREG(st.st_mode) && (size_t)st.st_size > MAX_SOURCE) {
        cli_error("%s is too large for a program: %lld bytes, at most %zu are allowed",
                  file, (long long)st.st_size, MAX_SOURCE);
        return false;
    }
    return true;
}

static bool read_all(int fd, fg_bytes *b, const char *file)
{
    for (;;) {
        char part[65536];
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refuse_open(file);
        if (n == 0)
            return true;
        fg_bytes_put(b, part, (size_t)n);
        if (b->failed || b->n > MAX_SOURCE) {
            cli_error("%s is too large for a program: more than %zu bytes", file,
                      MAX_SOURCE);
            return false;
        }
    }
}

bool cli_source_read(cli_source *s, const char *file)
{
    bool standard = strcmp(file, "-") == 0;
    s->file = standard ? "<stdin>" : file;
    fg_bytes_init(&s->text);
    int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse_open(file);
    bool ok = acceptable(fd, s->file) && read_all(fd, &s->text, s->file);
    if (!standard)
        close(fd);
    if (!ok)
        fg_bytes_drop(&s->text);
    return ok;
}

void cli_source_drop(cli_source *s) { fg_bytes_drop(&s->text); }

typedef struct lint {
    bool strict;
    bool found;
} lint;

static void on_finding(void *ctx, const forge_finding *f)
{
    lint *l = ctx;
    l->found = true;
    cli_report_finding(f, l->strict);
}

bool cli_lint(const cli_source *s, bool strict)
{
    lint l = { .strict = strict };
    forge_status status = forge_lint(s->file, s->text.p, s->text.n, on_finding, &l);
    if (strict && status == FORGE_NOMEM)
        cli_error("out of memory");
    return !strict || (status == FORGE_OK && !l.found);
}

forge_status cli_build_page(const cli_source *s, forge_template **out)
{
    forge_build b = { .file = s->file,
                      .source = s->text.p,
                      .source_len = s->text.n,
                      .page = 1,
                      .loader = &cli_loader };
    forge_error *error = NULL;
    forge_status status = forge_build_template(&b, out, &error);
    if (status != FORGE_OK)
        cli_report_error(status, error);
    forge_error_free(error);
    return status;
}
