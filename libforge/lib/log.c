// SPDX-License-Identifier: Apache-2.0
/* The log module.  A host that keeps a log of its own gets the messages; otherwise they
 * are lines on standard error, in a form that FORGE_LOG_FORMAT chooses (compact, json,
 * pretty), unless FORGE_LOG, or else RUST_LOG, leaves them out. */
#include "base/utf8.h"
#include "lib/env.h"
#include "lib/lib.h"

#include <stdio.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define TARGET "forge.user"
#define FILTER_DEFAULT TARGET "=info"
#define TRACE (FG_LOG_DEBUG + 1) /* everything */
#define OFF (-1)

static const char *const levels[] = { "ERROR", "WARN", "INFO", "DEBUG" };

/* ---- the filter ----------------------------------------------------------------- */

/* The level that a word names; false: none. */
static bool level_of(fg_slice word, int *level)
{
    static const struct {
        const char *name;
        int level;
    } names[] = {
        { "off", OFF },          { "error", FG_LOG_ERROR }, { "warn", FG_LOG_WARN },
        { "info", FG_LOG_INFO }, { "debug", FG_LOG_DEBUG }, { "trace", TRACE }
    };
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (strlen(names[i].name) == word.n
            && strncasecmp(names[i].name, word.p, word.n) == 0) {
            *level = names[i].level;
            return true;
        }
    return false;
}

static fg_slice trim(fg_slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = (fg_slice){ s.p + 1, s.n - 1 };
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* What one of the directives "level", "target" and "target=level" says of our messages:
 * false if nothing.  *length: of the target it names. */
static bool directive(fg_slice s, int *level, uint32_t *length)
{
    const char *is = memchr(s.p, '=', s.n);
    fg_slice target = trim((fg_slice){ s.p, is ? (uint32_t)(is - s.p) : s.n });
    *level = TRACE;
    *length = 0;
    if (!is && level_of(target, level))
        return true;
    *length = target.n;
    if (target.n == 0 || target.n > strlen(TARGET)
        || memcmp(target.p, TARGET, target.n) != 0)
        return false;
    return !is
           || level_of(trim((fg_slice){ is + 1, s.n - (uint32_t)(is + 1 - s.p) }),
                       level);
}

/* The least grave level that is written; the longest target that fits counts. */
static int threshold(const fg_vm *vm)
{
    fg_slice filter;
    if ((!fg_env_get(vm, FG_SLICE("FORGE_LOG"), &filter) || filter.n == 0)
        && (!fg_env_get(vm, FG_SLICE("RUST_LOG"), &filter) || filter.n == 0))
        filter = FG_SLICE(FILTER_DEFAULT);
    int most = OFF, level;
    uint32_t longest = 0, length;
    while (filter.n > 0) {
        const char *comma = memchr(filter.p, ',', filter.n);
        uint32_t n = comma ? (uint32_t)(comma - filter.p) : filter.n;
        if (directive((fg_slice){ filter.p, n }, &level, &length)
            && length >= longest) {
            longest = length;
            most = level;
        }
        n += comma != NULL;
        filter = (fg_slice){ filter.p + n, filter.n - n };
    }
    return most;
}

/* ---- lines ---------------------------------------------------------------------- */

/* A text on one line, which no terminal takes for a command. */
static void put_line(fg_bytes *b, fg_slice s)
{
    for (const char *p = s.p, *end = p + s.n; p < end;) {
        uint32_t cp, n = fg_utf8_get(p, end, &cp);
        p += n;
        char text[8];
        if (cp == '\n')
            fg_bytes_str(b, "\\n");
        else if (cp == '\r')
            fg_bytes_str(b, "\\r");
        else if (cp == '\t')
            fg_bytes_str(b, "\\t");
        else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029)
            fg_bytes_fmt(b, "\\u%04x", cp);
        else
            fg_bytes_put(b, text, fg_utf8_put(text, cp));
    }
}

static void put_time(fg_bytes *b)
{
    struct timespec now;
    struct tm t;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &t);
    fg_bytes_fmt(b, "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", t.tm_year + 1900,
                 t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
                 now.tv_nsec / 1000);
}

static void put_json(fg_bytes *b, fg_level level, fg_slice message)
{
    fg_bytes_str(b, "{\"timestamp\":\"");
    put_time(b);
    fg_bytes_fmt(b, "\",\"level\":\"%s\",\"fields\":{\"message\":", levels[level]);
    fg_show_quoted(b, message);
    fg_bytes_str(b, "},\"target\":\"" TARGET "\"}\n");
}

/* "time LEVEL target: message" */
static void put_compact(fg_bytes *b, fg_level level, fg_slice message)
{
    put_time(b);
    fg_bytes_fmt(b, " %5s " TARGET ": ", levels[level]);
    put_line(b, message);
    fg_bytes_char(b, '\n');
}

/* Where the program is. */
static const char *place(const fg_vm *vm, uint32_t *line)
{
    uint32_t column;
    const fg_frame *f = vm->frame;
    *line = 0;
    if (f < vm->frames)
        return vm->program->sources[0]->file.p;
    const fg_proto *p = f->func->proto;
    uint32_t pc = f->pc > p->code ? (uint32_t)(f->pc - p->code) - 1 : 0;
    fg_source_position(p->source, fg_proto_offset(p, pc), line, &column);
    return p->source->file.p;
}

static void put_pretty(const fg_vm *vm, fg_bytes *b, fg_level level, fg_slice message)
{
    uint32_t line;
    const char *file = place(vm, &line);
    fg_bytes_str(b, "  ");
    put_compact(b, level, message);
    fg_bytes_fmt(b, "    at %s:%u\n\n", file, line);
}

static void put_record(const fg_vm *vm, fg_bytes *b, fg_level level, fg_slice message)
{
    fg_slice format;
    if (!fg_env_get(vm, FG_SLICE("FORGE_LOG_FORMAT"), &format))
        format = FG_SLICE("");
    if (fg_slice_eq(format, FG_SLICE("json")))
        put_json(b, level, message);
    else if (fg_slice_eq(format, FG_SLICE("pretty"))
             || (!fg_slice_eq(format, FG_SLICE("compact")) && isatty(STDERR_FILENO)))
        put_pretty(vm, b, level, message);
    else
        put_compact(b, level, message);
}

/* ---- the functions -------------------------------------------------------------- */

/* Gives the message to the host's log, or to standard error. */
static void put_out(fg_vm *vm, fg_level level, fg_slice message, fg_bytes *b)
{
    uint32_t line;
    if (!vm->env.log) {
        put_record(vm, b, level, message);
        if (!b->failed)
            fg_write_err(vm, fg_bytes_view(b));
        return;
    }
    put_line(b, message);
    const char *file = place(vm, &line);
    if (!b->failed)
        vm->env.log(vm->env.ctx, level, file, line, b->p, b->n);
}

static fg_status log_at(fg_vm *vm, fg_level level, int argc, const fg_value *argv,
                        fg_value *out)
{
    fg_bytes message, b;
    fg_give(out, fg_null());
    if (!vm->env.log && (int)level > threshold(vm))
        return FG_OK;
    fg_begin_text(vm, &message);
    fg_begin_text(vm, &b);
    for (int i = 0; i < argc; i++) {
        if (i > 0)
            fg_bytes_char(&message, ' ');
        fg_show(&message, &argv[i]);
    }
    if (!message.failed)
        put_out(vm, level, fg_bytes_view(&message), &b);
    bool failed = message.failed || b.failed;
    uint32_t n = b.n;
    fg_bytes_drop(&message);
    fg_bytes_drop(&b);
    return failed ? FG_NOMEM : fg_tick(vm, 16 + n / 16);
}

#define LOG(name, level)                                                               \
    static fg_status log_##name(fg_vm *vm, int argc, fg_value *argv, fg_value *out)    \
    {                                                                                  \
        return log_at(vm, level, argc, argv, out);                                     \
    }
LOG(debug, FG_LOG_DEBUG)
LOG(error, FG_LOG_ERROR)
LOG(info, FG_LOG_INFO)
LOG(warn, FG_LOG_WARN)

static const fg_member members[] = {
    FG_FN("log.info", log_info, FG_CAP_NONE, "(values...): notes what happens"),
    FG_FN("log.warn", log_warn, FG_CAP_NONE, "(values...): notes what may be wrong"),
    FG_FN("log.error", log_error, FG_CAP_NONE, "(values...): notes what went wrong"),
    FG_FN("log.debug", log_debug, FG_CAP_NONE,
          "(values...): notes what helps to find faults; hidden unless asked for"),
};

const fg_module fg_log_module = { "log", FG_COUNT(members), members };
