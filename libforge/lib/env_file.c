// SPDX-License-Identifier: Apache-2.0
/* Files of variables: NAME=value in each line, perhaps behind `export`; # begins a
 * comment.  'single quotes' mean what stands in them; in "double quotes", which may go on
 * over lines, and outside of quotes, a backslash takes the next character as it is (\n in
 * double quotes is a newline), and $NAME and ${NAME} are replaced. */
#include "lib/env.h"
#include "lib/lib.h"

typedef struct reader {
    fg_vm *vm;
    const char *p, *end;
    fg_bytes value; /* of the line being read */
} reader;

static bool at_end(const reader *r) { return r->p == r->end || *r->p == '\n'; }

static void skip_blanks(reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\r'))
        r->p++;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_char(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

static fg_slice take_name(reader *r)
{
    const char *from = r->p;
    if (r->p < r->end && is_letter(*r->p))
        while (r->p < r->end && (is_name_char(*r->p) || *r->p == '.'))
            r->p++;
    return fg_slice_of(from, (size_t)(r->p - from));
}

/* Behind a dollar sign: what is replaced, or the sign itself. */
static void put_variable(reader *r)
{
    bool braced = r->p < r->end && *r->p == '{';
    const char *from = r->p += braced, *end = from;
    while (end < r->end && is_name_char(*end))
        end++;
    fg_slice name = fg_slice_of(from, (size_t)(end - from)), value;
    if (name.n == 0 || (braced && (end == r->end || *end != '}'))) {
        fg_bytes_char(&r->value, '$');
        r->p -= braced;
        return;
    }
    r->p = end + braced;
    if (fg_env_get(r->vm, name, &value))
        fg_bytes_slice(&r->value, value);
}

/* Behind a backslash; false: nothing may be escaped so. */
static bool put_escaped(reader *r, bool quoted)
{
    if (r->p == r->end)
        return false;
    char c = *r->p++;
    if (quoted && c == 'n')
        c = '\n';
    else if (!strchr("\\\"'$ ", c) || c == '\0')
        return false;
    fg_bytes_char(&r->value, c);
    return true;
}

/* Up to the quote that ends it; false if there is none. */
static bool put_single(reader *r)
{
    const char *end = memchr(r->p, '\'', (size_t)(r->end - r->p));
    if (!end)
        return false;
    fg_bytes_put(&r->value, r->p, (size_t)(end - r->p));
    r->p = end + 1;
    return true;
}

static bool put_double(reader *r)
{
    while (r->p < r->end) {
        char c = *r->p++;
        if (c == '"')
            return true;
        if (c == '$')
            put_variable(r);
        else if (c != '\\')
            fg_bytes_char(&r->value, c);
        else if (!put_escaped(r, true))
            return false;
    }
    return false;
}

/* The rest of the line behind the sign; false: it makes no sense. */
static bool take_value(reader *r)
{
    bool blank = false; /* just now, outside of quotes: only a comment may follow */
    r->value.n = 0;
    skip_blanks(r);
    while (!at_end(r)) {
        const char *before = r->p;
        skip_blanks(r);
        blank |= r->p > before;
        if (at_end(r) || (blank && *r->p == '#'))
            return true;
        if (blank)
            return false;
        char c = *r->p++;
        bool good = true;
        if (c == '\'')
            good = put_single(r);
        else if (c == '"')
            good = put_double(r);
        else if (c == '$')
            put_variable(r);
        else if (c == '\\')
            good = put_escaped(r, false);
        else
            fg_bytes_char(&r->value, c);
        if (!good)
            return false;
    }
    return true;
}

/* One line: its name, empty if it has none.  False: it makes no sense. */
static bool take_line(reader *r, fg_slice *name)
{
    *name = fg_slice_of("", 0);
    skip_blanks(r);
    if (at_end(r) || *r->p == '#')
        return true;
    *name = take_name(r);
    const char *before = r->p;
    skip_blanks(r);
    if (fg_slice_eq(*name, FG_SLICE("export")) && r->p > before && !at_end(r)
        && *r->p != '=') {
        *name = take_name(r);
        skip_blanks(r);
    }
    if (name->n == 0 || at_end(r) || *r->p != '=')
        return false;
    r->p++;
    return take_value(r) && !memchr(r->value.p, '\0', r->value.n);
}

static fg_status raise_line(const reader *r, const char *prefix, const char *line,
                            const char *at)
{
    const char *end = memchr(line, '\n', (size_t)(r->end - line));
    size_t n = (size_t)((end ? end : r->end) - line);
    return fg_raise(r->vm, FG_E_RUNTIME,
                    "%s: Error parsing line: '%.*s', error at line index: %u", prefix,
                    (int)(n > 200 ? 200 : n), line, (uint32_t)(at - line));
}

fg_status fg_env_read(fg_vm *vm, const char *prefix, fg_slice text)
{
    reader r = { .vm = vm, .p = text.p, .end = text.p + text.n };
    fg_status status = FG_OK;
    fg_begin_text(vm, &r.value);
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        r.p += 3;
    while (status == FG_OK && r.p < r.end) {
        const char *line = r.p;
        fg_slice name, known;
        if (!take_line(&r, &name)) {
            status = raise_line(&r, prefix, line, r.p);
            break;
        }
        if (r.p < r.end && *r.p == '#')
            while (!at_end(&r))
                r.p++;
        r.p += r.p < r.end;
        if (r.value.failed)
            status = FG_NOMEM;
        else if (name.n > 0 && !fg_env_get(vm, name, &known))
            status = fg_env_set(vm, name, fg_bytes_view(&r.value));
        if (status == FG_OK)
            status = fg_tick(vm, 8 + (uint32_t)(r.p - line) / 16);
    }
    fg_bytes_drop(&r.value);
    return status;
}
