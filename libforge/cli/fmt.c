// SPDX-License-Identifier: Apache-2.0
/* `forge fmt`: put programs into the one style.
 *
 * A file is replaced by a new one written beside it, so that it is whole at any time,
 * and only after both were parsed and found to be the same program. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include "front/format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct run {
    bool check; /* write nothing */
    unsigned formatted, unchanged, errors;
} run;

/* ---- one text ------------------------------------------------------------------------ */

/* Formats s into out; false: a message was printed. */
static bool format(const cli_source *s, fg_bytes *out)
{
    fg_slice source = fg_bytes_view(&s->text);
    fg_diag d;
    forge_error *error = NULL;
    fg_status status = fg_format(source, out, &d);
    if (status == FG_RAISED) {
        forge_status checked = forge_check(s->file, s->text.p, s->text.n, NULL, &error);
        cli_report_error(checked, error);
        forge_error_free(error);
        return false;
    }
    if (status != FG_OK) {
        cli_error("%s: out of memory", s->file);
        return false;
    }
    if (fg_slice_eq(source, fg_bytes_view(out)))
        return true;
    if (fg_format_same(source, fg_bytes_view(out)) == FG_OK)
        return true;
    cli_error("%s: formatting would change the program; it is left as it is", s->file);
    cli_hint("this is a fault of forge fmt; please report it with the file");
    return false;
}

static int format_stdin(bool check)
{
    cli_source s;
    fg_bytes out;
    if (!cli_source_read(&s, "-"))
        return CLI_FAILED;
    fg_bytes_init(&out);
    bool good = format(&s, &out);
    bool same = good && fg_slice_eq(fg_bytes_view(&s.text), fg_bytes_view(&out));
    if (good && check)
        printf("%s %s\n", same ? "unchanged" : "would format", s.file);
    else if (good)
        fwrite(out.p, 1, out.n, stdout);
    if (good && fflush(stdout) != 0) {
        cli_error("cannot write to standard output");
        good = false;
    }
    fg_bytes_drop(&out);
    cli_source_drop(&s);
    return good && (same || !check) ? CLI_OK : CLI_FAILED;
}

/* ---- replacing a file ---------------------------------------------------------------- */

static bool write_all(int fd, fg_slice text)
{
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text.p += n;
        text.n -= (uint32_t)n;
    }
    return true;
}

/* The text, durable and with the owner and mode of the file it replaces.  Only root can
 * give a file away; for others an owner that stays their own is no failure. */
static bool fill(int fd, const struct stat *like, fg_slice text)
{
    struct stat is;
    bool ok = fstat(fd, &is) == 0 && write_all(fd, text);
    if (ok && (is.st_uid != like->st_uid || is.st_gid != like->st_gid))
        ok = fchown(fd, like->st_uid, like->st_gid) == 0 || errno == EPERM;
    ok = ok && fchmod(fd, like->st_mode & 07777) == 0 && fsync(fd) == 0;
    int e = errno;
    if (close(fd) != 0 && ok)
        return false;
    errno = e;
    return ok;
}

/* Replaces the file `path`, which is no symbolic link; errno says why not. */
static bool replace(const char *path, fg_slice text)
{
    struct stat like;
    char new[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    if (access(path, W_OK) != 0 || stat(path, &like) != 0)
        return false;
    if (snprintf(new, sizeof new, "%.*s.forge-fmt-XXXXXX", folder, path)
        >= (int)sizeof new) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = mkostemp(new, O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fill(fd, &like, text) && rename(new, path) == 0)
        return true;
    int e = errno;
    unlink(new);
    errno = e;
    return false;
}

/* Replaces the file behind `name`; false: a message was printed. */
static bool rewrite(const char *name, fg_slice text)
{
    char path[PATH_MAX];
    if (realpath(name, path) && replace(path, text))
        return true;
    int e = errno;
    cli_error("cannot write %s: %s", name, strerror(e));
    if (e == EACCES || e == EPERM)
        cli_hint("the file and its directory must be writable");
    return false;
}

/* ---- files and directories ----------------------------------------------------------- */

static void format_file(run *r, const char *name)
{
    cli_source s;
    fg_bytes out;
    if (!cli_source_read(&s, name)) {
        r->errors++;
        return;
    }
    fg_bytes_init(&out);
    if (!format(&s, &out)) {
        r->errors++;
    } else if (fg_slice_eq(fg_bytes_view(&s.text), fg_bytes_view(&out))) {
        printf("unchanged %s\n", name);
        r->unchanged++;
    } else if (r->check || rewrite(name, fg_bytes_view(&out))) {
        printf("%s %s\n", r->check ? "would format" : "formatted", name);
        r->formatted++;
    } else {
        r->errors++;
    }
    fg_bytes_drop(&out);
    cli_source_drop(&s);
}

/* Directories that hold what others wrote. */
static bool is_foreign(const char *name)
{
    return name[0] == '.' || strcmp(name, "target") == 0
           || strcmp(name, "node_modules") == 0 || strcmp(name, "forge_modules") == 0;
}

static bool is_program(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, ".fg") == 0;
}

static void format_folder(run *r, const char *folder);

/* An entry of a directory; symbolic links are not followed. */
static void format_entry(run *r, const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat st;
    bool here = strcmp(folder, ".") == 0;
    int n = snprintf(path, sizeof path, "%s%s%s", here ? "" : folder, here ? "" : "/",
                     name);
    if (n >= (int)sizeof path || lstat(path, &st) != 0)
        return;
    if (S_ISDIR(st.st_mode) && !is_foreign(name))
        format_folder(r, path);
    else if (S_ISREG(st.st_mode) && is_program(name))
        format_file(r, path);
}

static void format_folder(run *r, const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0) {
        cli_error("cannot read %s: %s", folder, strerror(errno));
        r->errors++;
        return;
    }
    for (int i = 0; i < n; i++) {
        if (strcmp(entries[i]->d_name, ".") != 0
            && strcmp(entries[i]->d_name, "..") != 0)
            format_entry(r, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static void format_path(run *r, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        format_folder(r, path);
    else
        format_file(r, path);
}

/* ---- the command --------------------------------------------------------------------- */

static int finish(const run *r)
{
    unsigned files = r->formatted + r->unchanged + r->errors;
    printf("%u %s: %u %s, %u unchanged", files, files == 1 ? "file" : "files",
           r->formatted, r->check ? "to format" : "formatted", r->unchanged);
    if (r->errors)
        printf(", %u with errors", r->errors);
    putchar('\n');
    if (fflush(stdout) != 0) {
        cli_error("cannot write to standard output");
        return CLI_FAILED;
    }
    return r->errors || (r->check && r->formatted) ? CLI_FAILED : CLI_OK;
}

int cli_fmt(int argc, char **argv)
{
    run r = { 0 };
    int files = 0;
    bool standard = false;
    for (int i = 0; i < argc; i++) {
        bool option = argv[i][0] == '-' && argv[i][1];
        if (option && strcmp(argv[i], "--check") != 0) {
            cli_error("forge fmt has no option '%s'", argv[i]);
            return CLI_USAGE;
        }
        r.check |= option;
        files += !option;
        standard |= strcmp(argv[i], "-") == 0;
    }
    if (standard && files > 1) {
        cli_error("forge fmt takes either - or files");
        return CLI_USAGE;
    }
    if (standard)
        return format_stdin(r.check);
    if (files == 0)
        format_folder(&r, ".");
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--check") != 0)
            format_path(&r, argv[i]);
    return finish(&r);
}
