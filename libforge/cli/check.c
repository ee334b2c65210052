// SPDX-License-Identifier: Apache-2.0
/* `forge check`: compile, look for what is probably wrong, run nothing. */
#include "cli/cli.h"

#include "value/show.h"

#include <stdio.h>

typedef struct checking {
    bool strict;
    bool json;
    uint32_t findings; /* written as JSON so far */
    bool good;
} checking;

/* ---- for people ------------------------------------------------------------------- */

static bool check_text(const cli_source *s, bool strict)
{
    forge_error *error = NULL;
    forge_status status =
        forge_check(s->file, s->text.p, s->text.n, &cli_loader, &error);
    if (status != FORGE_OK)
        cli_report_error(status, error);
    forge_error_free(error);
    return status == FORGE_OK && cli_lint(s, strict);
}

/* ---- for machines ------------------------------------------------------------------ */

static void put_string(fg_bytes *b, const char *name, const char *text)
{
    fg_bytes_fmt(b, "\"%s\":", name);
    if (text)
        fg_show_quoted(b, fg_slice_str(text));
    else
        fg_bytes_str(b, "null");
}

/* One element of the array; an unknown end is left out. */
static void put_finding(checking *c, const forge_finding *f, bool error)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_bytes_str(&b, c->findings++ ? ",\n{" : "\n{");
    put_string(&b, "file", f->place.file);
    fg_bytes_fmt(&b, ",\"line\":%u,\"column\":%u", f->place.line, f->place.column);
    if (f->end_line)
        fg_bytes_fmt(&b, ",\"endLine\":%u,\"endColumn\":%u", f->end_line,
                     f->end_column);
    fg_bytes_fmt(&b, ",\"severity\":\"%s\",", error ? "error" : "warning");
    put_string(&b, "message", f->message);
    fg_bytes_char(&b, ',');
    put_string(&b, "hint", f->hint);
    fg_bytes_char(&b, '}');
    fwrite(b.p, 1, b.n, stdout);
    fg_bytes_drop(&b);
}

static void on_finding(void *ctx, const forge_finding *f)
{
    checking *c = ctx;
    put_finding(c, f, c->strict);
    c->good &= !c->strict;
}

static void put_error(checking *c, const char *file, forge_status s,
                      const forge_error *e)
{
    const forge_report *r = forge_error_report(e);
    forge_finding f = { .message = cli_status_text(s), .place = { .file = file } };
    if (r) {
        f.message = r->message;
        f.hint = r->hint;
        f.place = r->place;
        f.end_line = r->end_line;
        f.end_column = r->end_column;
    }
    put_finding(c, &f, true);
}

static bool check_json(const cli_source *s, checking *c)
{
    forge_error *error = NULL;
    forge_status status =
        forge_check(s->file, s->text.p, s->text.n, &cli_loader, &error);
    c->good = true;
    if (status == FORGE_OK)
        status = forge_lint(s->file, s->text.p, s->text.n, on_finding, c);
    if (status != FORGE_OK)
        put_error(c, s->file, status, error);
    forge_error_free(error);
    return status == FORGE_OK && c->good;
}

/* ---- the command ---------------------------------------------------------------------- */

static bool check_file(const char *file, checking *c)
{
    cli_source s;
    if (!cli_source_read(&s, file))
        return false;
    bool good = c->json ? check_json(&s, c) : check_text(&s, c->strict);
    cli_source_drop(&s);
    return good;
}

static bool check_files(int n, char **files, checking *c)
{
    bool good = true;
    if (c->json)
        putchar('[');
    for (int i = 0; i < n; i++)
        good = check_file(files[i], c) && good;
    if (c->json)
        puts(c->findings ? "\n]" : "]");
    return cli_printed() && good;
}

int cli_check(int argc, char **argv)
{
    checking c = { 0 };
    int files = 0;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--strict") == 0) {
            c.strict = true;
        } else if (strcmp(argv[i], "--json") == 0) {
            c.json = true;
        } else if (argv[i][0] == '-' && argv[i][1]) {
            cli_error("forge check has no option '%s'", argv[i]);
            return CLI_USAGE;
        } else {
            argv[files++] = argv[i];
        }
    }
    if (files == 0) {
        cli_error("forge check needs a file");
        cli_hint("forge check [--strict] [--json] FILE...");
        return CLI_USAGE;
    }
    return check_files(files, argv, &c) ? CLI_OK : CLI_FAILED;
}
