// SPDX-License-Identifier: Apache-2.0
/* Results of tests as text for people, as TAP and as JSON. */
#include "cli/test.h"

#include "value/show.h"

#include <inttypes.h>
#include <stdio.h>

uint32_t cli_test_total(const cli_test_report *r)
{
    return r->passed + r->failed + r->skipped;
}

static void nothing(cli_test_report *r) { (void)r; }
static void no_file(cli_test_report *r, const char *file)
{
    (void)r;
    (void)file;
}

/* A JSON string, which is also a string of YAML. */
static void put_quoted(fg_slice text)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_show_quoted(&b, text);
    fwrite(b.p, 1, b.n, stdout);
    fg_bytes_drop(&b);
}

/* ---- text ------------------------------------------------------------------------- */

/* Every line of a text behind some blanks. */
static void put_lines(fg_slice text, int blanks)
{
    for (uint32_t i = 0; i < text.n;) {
        const char *line = text.p + i;
        const char *end = memchr(line, '\n', text.n - i);
        uint32_t n = end ? (uint32_t)(end - line) : text.n - i;
        printf("%*s%.*s\n", n ? blanks : 0, "", (int)n, line);
        i += n + 1;
    }
}

static void text_file(cli_test_report *r, const char *file)
{
    if (r->many)
        printf("%s\n", file);
}

static void text_test(cli_test_report *r, const cli_tested *t)
{
    static const struct {
        const char *word, *color;
    } outcomes[] = {
        [CLI_TEST_PASSED] = { "ok", "\033[32m" },
        [CLI_TEST_FAILED] = { "FAIL", "\033[1;31m" },
        [CLI_TEST_SKIPPED] = { "SKIP", "\033[33m" },
    };
    printf("%s%s%s %s", r->colored ? outcomes[t->outcome].color : "",
           outcomes[t->outcome].word, r->colored ? "\033[0m" : "", t->name);
    if (t->outcome == CLI_TEST_SKIPPED) {
        putchar('\n');
        return;
    }
    printf(" (%" PRIu64 "ms)\n", t->ms);
    if (t->outcome == CLI_TEST_PASSED)
        return;
    put_lines(fg_bytes_view(r->colored ? &t->colored : &t->report), 2);
    if (t->output.n > 0) {
        printf("  output:\n");
        put_lines(fg_bytes_view(&t->output), 4);
    }
    if (t->cut > 0)
        printf("    (%zu more bytes)\n", t->cut);
}

static void text_end(cli_test_report *r)
{
    printf("%s%u passed, %u failed", cli_test_total(r) ? "\n" : "", r->passed,
           r->failed);
    if (r->skipped)
        printf(", %u skipped", r->skipped);
    printf(", %u total\n", cli_test_total(r));
}

/* ---- Test Anything Protocol --------------------------------------------------------- */

static void tap_begin(cli_test_report *r)
{
    (void)r;
    printf("TAP version 13\n");
}

static void tap_field(const char *name, fg_slice text)
{
    printf("  %s: ", name);
    put_quoted(text);
    putchar('\n');
}

static void tap_test(cli_test_report *r, const cli_tested *t)
{
    printf("%sok %u - %s: %s%s\n", t->outcome == CLI_TEST_FAILED ? "not " : "",
           cli_test_total(r), t->file, t->name,
           t->outcome == CLI_TEST_SKIPPED ? " # SKIP" : "");
    if (t->outcome != CLI_TEST_FAILED)
        return;
    printf("  ---\n");
    tap_field("message", fg_bytes_view(&t->message));
    tap_field("file", fg_slice_str(t->file));
    printf("  line: %u\n  duration_ms: %" PRIu64 "\n", t->line, t->ms);
    tap_field("report", fg_bytes_view(&t->report));
    tap_field("output", fg_bytes_view(&t->output));
    printf("  ...\n");
}

static void tap_end(cli_test_report *r) { printf("1..%u\n", cli_test_total(r)); }

/* ---- JSON ----------------------------------------------------------------------------- */

static void json_begin(cli_test_report *r)
{
    (void)r;
    printf("{\"tests\":[");
}

static void json_field(const char *name, fg_slice text)
{
    printf(",\"%s\":", name);
    put_quoted(text);
}

static void json_test(cli_test_report *r, const cli_tested *t)
{
    static const char *const outcomes[] = {
        [CLI_TEST_PASSED] = "passed",
        [CLI_TEST_FAILED] = "failed",
        [CLI_TEST_SKIPPED] = "skipped",
    };
    printf("%s\n{\"file\":", cli_test_total(r) > 1 ? "," : "");
    put_quoted(fg_slice_str(t->file));
    json_field("name", fg_slice_str(t->name));
    printf(",\"line\":%u,\"outcome\":\"%s\",\"ms\":%" PRIu64, t->line,
           outcomes[t->outcome], t->ms);
    if (t->outcome == CLI_TEST_FAILED) {
        json_field("message", fg_bytes_view(&t->message));
        json_field("report", fg_bytes_view(&t->report));
        json_field("output", fg_bytes_view(&t->output));
    }
    putchar('}');
}

static void json_end(cli_test_report *r)
{
    printf("%s],\"passed\":%u,\"failed\":%u,\"skipped\":%u,\"total\":%u}\n",
           cli_test_total(r) ? "\n" : "", r->passed, r->failed, r->skipped,
           cli_test_total(r));
}

static const cli_test_format formats[] = {
    { "text", nothing, text_file, text_test, text_end },
    { "tap", tap_begin, no_file, tap_test, tap_end },
    { "json", json_begin, no_file, json_test, json_end },
};

const cli_test_format *cli_test_format_of(const char *name)
{
    for (size_t i = 0; i < FG_COUNT(formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
