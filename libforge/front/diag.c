// SPDX-License-Identifier: Apache-2.0
/* Positions and framed reports. */
#include "front/diag.h"

#include "base/utf8.h"

#include <stdio.h>
#include <uniwidth.h>

uint32_t fg_diag_fit(fg_slice s, uint32_t max)
{
    const char *newline = s.n > 0 ? memchr(s.p, '\n', s.n) : NULL;
    uint32_t n = newline ? (uint32_t)(newline - s.p) : s.n;

    return fg_utf8_fit((fg_slice){ s.p, n }, max);
}

/* Formats into size bytes, cut between characters. */
static void format(char *at, size_t size, const char *fmt, va_list ap)
{
    int n = vsnprintf(at, size, fmt, ap);

    if (n < 0 || (size_t)n < size)
        return;
    n = (int)size - 1;
    while (n > 0 && ((unsigned char)at[n - 1] & 0xc0) == 0x80)
        n--;
    if (n > 0 && (unsigned char)at[n - 1] >= 0xc0)
        at[n - 1] = 0;
}

void fg_diag_vset(fg_diag *d, uint32_t start, uint32_t end, const char *fmt, va_list ap)
{
    d->start = start;
    d->end = end < start ? start : end;
    d->opened = 0;
    d->hint[0] = 0;
    format(d->message, sizeof d->message, fmt, ap);
}

void fg_diag_set(fg_diag *d, uint32_t start, uint32_t end, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fg_diag_vset(d, start, end, fmt, ap);
    va_end(ap);
}

void fg_diag_hint(fg_diag *d, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    format(d->hint, sizeof d->hint, fmt, ap);
    va_end(ap);
}

/* Offset of the first byte of the line that holds `off`. */
static uint32_t line_start(fg_slice source, uint32_t off)
{
    while (off > 0 && source.p[off - 1] != '\n')
        off--;
    return off;
}

void fg_position(fg_slice source, uint32_t off, uint32_t *line, uint32_t *col)
{
    if (off > source.n)
        off = source.n;
    uint32_t start = line_start(source, off), n = 1;
    const char *p = source.p, *end = source.p + start;

    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        p++;
        n++;
    }
    *line = n;
    *col = 1 + fg_utf8_len((fg_slice){ source.p + start, off - start });
}

/* ---- the frame --------------------------------------------------------------------- */

#define WINDOW 100u /* columns of source shown */
#define BEFORE 40u  /* of them before the span, if the line is longer */

#define GREY "\x1b[90m"
#define RED "\x1b[31m"
#define PLAIN "\x1b[0m"

/* The line under report and the part of it that is shown; all in bytes of the line. */
typedef struct report {
    fg_bytes *b;
    fg_slice line;
    uint32_t start, end; /* the span */
    uint32_t from, to;   /* the window */
    int gutter;          /* columns left of the bar */
    bool color;
} report;

/* Characters that a terminal does not show as they are: control characters and those
 * that change the direction of text. */
static bool is_hidden(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x202a && cp <= 0x202e)
           || (cp >= 0x2066 && cp <= 0x2069) || cp == FG_REPLACEMENT;
}

/* Columns of the character at p, and its bytes.  Hidden ones are shown as U+FFFD. */
static uint32_t char_width(const char *p, const char *end, uint32_t *bytes)
{
    uint32_t cp;
    int width;

    *bytes = fg_utf8_get(p, end, &cp);
    width = is_hidden(cp) ? 1 : uc_width(cp, "UTF-8");
    return width < 0 ? 1 : (uint32_t)width;
}

static uint32_t columns(fg_slice line, uint32_t from, uint32_t to)
{
    uint32_t sum = 0, bytes;

    for (; from < to; from += bytes)
        sum += char_width(line.p + from, line.p + line.n, &bytes);
    return sum;
}

/* The offset at least `want` columns behind `from`. */
static uint32_t skip_columns(fg_slice line, uint32_t from, uint32_t want)
{
    uint32_t bytes;

    for (uint32_t sum = 0; from < line.n && sum < want; from += bytes)
        sum += char_width(line.p + from, line.p + line.n, &bytes);
    return from;
}

static void set_window(report *f)
{
    uint32_t before = columns(f->line, 0, f->start);

    f->from = 0;
    f->to = f->line.n;
    if (before + columns(f->line, f->start, f->line.n) <= WINDOW)
        return;
    if (before > BEFORE)
        f->from = skip_columns(f->line, 0, before - BEFORE);
    f->to = skip_columns(f->line, f->from, WINDOW);
    if (f->end > f->to)
        f->end = f->to;
}

static void put_color(const report *f, const char *color)
{
    if (f->color)
        fg_bytes_str(f->b, color);
}

static void put_times(report *f, const char *s, uint32_t n)
{
    while (n-- > 0)
        fg_bytes_str(f->b, s);
}

/* "    │ " */
static void put_gutter(report *f)
{
    put_color(f, GREY);
    fg_bytes_fmt(f->b, "%*s│ ", f->gutter, "");
    put_color(f, PLAIN);
    if (f->from > 0)
        fg_bytes_char(f->b, ' ');
}

static void put_source(report *f)
{
    const char *end = f->line.p + f->line.n;
    uint32_t bytes;

    if (f->from > 0)
        fg_bytes_str(f->b, "…");
    for (uint32_t i = f->from; i < f->to; i += bytes) {
        const char *p = f->line.p + i;
        uint32_t cp;
        bytes = fg_utf8_get(p, end, &cp);
        if (*p == '\t' || !is_hidden(cp))
            fg_bytes_put(f->b, p, bytes);
        else
            fg_bytes_str(f->b, "\xef\xbf\xbd");
    }
    if (f->to < f->line.n)
        fg_bytes_str(f->b, "…");
    fg_bytes_char(f->b, '\n');
}

/* Blanks as wide as the shown source before `to`; tabs stay tabs. */
static void put_padding(report *f, uint32_t to)
{
    uint32_t bytes;

    for (uint32_t i = f->from; i < to; i += bytes) {
        uint32_t width = char_width(f->line.p + i, f->line.p + f->line.n, &bytes);
        if (f->line.p[i] == '\t')
            fg_bytes_char(f->b, '\t');
        else
            put_times(f, " ", width);
    }
}

/* The character of the span under which the message hangs: the middle one. */
static uint32_t middle(const report *f)
{
    uint32_t width = columns(f->line, f->start, f->end), bytes, at = f->start;
    uint32_t sum = 0;

    while (at < f->end) {
        uint32_t w = char_width(f->line.p + at, f->line.p + f->line.n, &bytes);
        if (sum + w > (width - (width > 0)) / 2 && f->line.p[at] != '\t')
            return at;
        sum += w;
        at += bytes;
    }
    return f->start;
}

static void put_marker(report *f, uint32_t mid)
{
    uint32_t bytes;

    put_gutter(f);
    put_padding(f, f->start);
    put_color(f, RED);
    if (f->start == f->end)
        fg_bytes_str(f->b, "┬");
    for (uint32_t i = f->start; i < f->end; i += bytes) {
        uint32_t width = char_width(f->line.p + i, f->line.p + f->line.n, &bytes);
        if (i == mid) {
            fg_bytes_str(f->b, "┬");
            width -= width > 0;
        } else if (f->line.p[i] == '\t') {
            fg_bytes_char(f->b, '\t');
            continue;
        }
        put_times(f, "─", width);
    }
    put_color(f, PLAIN);
    fg_bytes_char(f->b, '\n');
}

static void put_message(report *f, uint32_t mid, const char *message)
{
    put_gutter(f);
    put_padding(f, mid);
    put_color(f, RED);
    fg_bytes_str(f->b, "╰── ");
    put_color(f, PLAIN);
    fg_bytes_put(f->b, message, strcspn(message, "\n"));
    fg_bytes_char(f->b, '\n');
}

/* The line of `start` without its end, and the span in it. */
static report report_of(fg_bytes *b, fg_slice source, uint32_t start, uint32_t end)
{
    uint32_t from = line_start(source, start), to = start;
    report f = { .b = b };

    while (to < source.n && source.p[to] != '\n')
        to++;
    if (to > from && source.p[to - 1] == '\r' && to > start)
        to--;
    f.line = (fg_slice){ source.p + from, to - from };
    f.start = start - from;
    f.end = end < to ? end - from : to - from;
    set_window(&f);
    return f;
}

void fg_diag_frame(fg_bytes *b, fg_slice file, fg_slice source, uint32_t start,
                   uint32_t end, const char *message, bool color)
{
    uint32_t line, col;
    char number[16];

    start = start < source.n ? start : source.n;
    end = end < source.n ? end : source.n;
    report f = report_of(b, source, start, end < start ? start : end);
    fg_position(source, start, &line, &col);
    f.gutter = snprintf(number, sizeof number, "%u", line) + 2;
    f.color = color;

    put_color(&f, GREY);
    fg_bytes_fmt(b, "%*s╭─[", f.gutter, "");
    fg_bytes_slice(b, file);
    fg_bytes_fmt(b, ":%u:%u]\n%*s│\n %s │ ", line, col, f.gutter, "", number);
    put_color(&f, PLAIN);
    put_source(&f);
    uint32_t mid = middle(&f);
    put_marker(&f, mid);
    put_message(&f, mid, message);
    put_color(&f, GREY);
    put_times(&f, "─", (uint32_t)f.gutter);
    fg_bytes_str(b, "╯");
    put_color(&f, PLAIN);
    fg_bytes_char(b, '\n');
}
