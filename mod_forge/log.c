// SPDX-License-Identifier: Apache-2.0
/* Writes the log lines of log.h.
 *
 * httpd escapes what is not printable ASCII, so the frames of reports are put into
 * ASCII first; everything else is left to httpd's own escaping. */
#include "log.h"

#include <stdarg.h>
#include <string.h>

#include "apr_strings.h"
#include "reqid.h"
#include "rights.h"

APLOG_USE_MODULE(forge);

#define MAX_LINE 1024

static const struct {
    int number;
    int level;
    const char *text;
} codes[] = {
#define X(name, number, level, text) { number, level, text },
    MF_CODES(X)
#undef X
};

void mf_log_server(mf_code code, server_rec *s, apr_status_t rv, const char *format,
                   ...)
{
    char detail[MAX_LINE * 2];
    va_list args;
    va_start(args, format);
    apr_vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    ap_log_error(APLOG_MARK, codes[code].level, rv, s, "FG%04d: %s: %s",
                 codes[code].number, codes[code].text, detail);
}

static void log_request(mf_code code, request_rec *r, apr_status_t rv, const char *text)
{
    const char *id = mf_request_id_for_log(r);
    ap_log_rerror(APLOG_MARK, codes[code].level, rv, r, "FG%04d: %s: %s [id %s]",
                  codes[code].number, codes[code].text, text, id ? id : "-");
}

static const char *outcome_of(mf_code code)
{
    static const struct {
        mf_code code;
        const char *name;
    } outcomes[] = {
#define X(code, name) { MF_##code, name },
        MF_OUTCOMES(X)
#undef X
    };
    for (apr_size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (outcomes[i].code == code)
            return outcomes[i].name;
    return "error";
}

void mf_note_code(request_rec *r, mf_code code)
{
    apr_table_setn(r->notes, MF_CODE_NOTE,
                   apr_psprintf(r->pool, "FG%04d", codes[code].number));
    apr_table_setn(r->notes, MF_OUTCOME_NOTE, outcome_of(code));
}

void mf_note_end(request_rec *r)
{
    if (!apr_table_get(r->notes, MF_OUTCOME_NOTE))
        apr_table_setn(r->notes, MF_OUTCOME_NOTE, "ok");
}

/* An error document that went well does not hide what it is for. */
int mf_log_notes(request_rec *r)
{
    static const char *const names[] = { MF_REQUEST_ID_NOTE, MF_CODE_NOTE,
                                         MF_OUTCOME_NOTE, MF_WAIT_NOTE };
    for (request_rec *next = r->next; next; r = next, next = next->next) {
        const char *code = apr_table_get(next->notes, MF_CODE_NOTE);
        for (int i = 0; i < 4; i++) {
            const char *had = apr_table_get(r->notes, names[i]);
            if (had && (!code || !apr_table_get(next->notes, names[i])))
                apr_table_setn(next->notes, names[i], had);
        }
    }
    return DECLINED;
}

void mf_log_request(mf_code code, request_rec *r, apr_status_t rv, const char *format,
                    ...)
{
    char detail[MAX_LINE * 2];
    va_list args;
    va_start(args, format);
    apr_vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    log_request(code, r, rv, detail);
}

void mf_log_stage(request_rec *r, const char *format, ...)
{
    char detail[MAX_LINE * 2];
    va_list args;
    if (!APLOGrtrace1(r))
        return;
    va_start(args, format);
    apr_vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    log_request(MF_STAGE, r, 0, detail);
}

/* Where an error is, in the form that editors understand. */
static const char *place_text(apr_pool_t *p, const forge_report *e)
{
    const char *file = e->place.file ? e->place.file : "-";
    if (e->place.line == 0)
        return file;
    return apr_psprintf(p, "%s:%u:%u", file, e->place.line, e->place.column);
}

/* ASCII for a frame character U+2500 … U+257F, whose bytes are e2 94 80 … e2 95 bf. */
static char frame_char(unsigned char second, unsigned char third)
{
    if (second == 0x94 && third == 0x80)
        return '-';
    if (second == 0x94 && third == 0x82)
        return '|';
    if (second == 0x94 && third == 0xac)
        return '^';
    return second == 0x95 && third == 0xb0 ? '`' : '.';
}

/* Replaces the frame characters of a line in place. */
static void to_ascii(char *line)
{
    char *out = line;
    for (const unsigned char *in = (const unsigned char *)line; *in;) {
        if (in[0] == 0xe2 && (in[1] == 0x94 || in[1] == 0x95) && in[2]) {
            *out++ = frame_char(in[1], in[2]);
            in += 3;
        } else {
            *out++ = (char)*in++;
        }
    }
    *out = '\0';
}

/* The next line of *text in p, or NULL at its end; blank lines are skipped. */
static char *next_line(apr_pool_t *p, const char **text)
{
    while (**text) {
        const char *end = strchr(*text, '\n');
        apr_size_t n = end ? (apr_size_t)(end - *text) : strlen(*text);
        const char *start = *text;
        *text += end ? n + 1 : n;
        if (strspn(start, " \r\t") < n) {
            char *line = apr_pstrmemdup(p, start, n);
            to_ascii(line);
            return line;
        }
    }
    return NULL;
}

/* What the administrator can do about a right that is missing. */
static const char *right_text(apr_pool_t *p, const char *right)
{
    return apr_psprintf(p,
                        "'ForgeAllow %s' in the server's configuration grants it where "
                        "no ForgeDrop takes it away",
                        right);
}

void mf_log_server_report(mf_code code, server_rec *s, apr_pool_t *p,
                          const forge_report *report)
{
    const char *place = place_text(p, report);
    const char *right = mf_right_denied(report->message);
    mf_log_server(code, s, 0, "%s: %s: %s", place, report->kind, report->message);
    const char *text = report->text ? report->text : "";
    for (char *line = next_line(p, &text); line; line = next_line(p, &text))
        ap_log_error(APLOG_MARK, codes[code].level, 0, s, "FG%04d: %s | %s",
                     codes[code].number, place, line);
    if (right)
        mf_log_server(MF_RIGHT_MISSING, s, 0, "%s", right_text(p, right));
}

void mf_log_request_report(mf_code code, request_rec *r, const forge_report *report)
{
    const char *id = mf_request_id_for_log(r);
    const char *place = place_text(r->pool, report);
    const char *right = mf_right_denied(report->message);
    log_request(
        code, r, 0,
        apr_pstrcat(r->pool, place, ": ", report->kind, ": ", report->message, NULL));
    const char *text = report->text ? report->text : "";
    for (char *line = next_line(r->pool, &text); line; line = next_line(r->pool, &text))
        ap_log_rerror(APLOG_MARK, codes[code].level, 0, r, "FG%04d: %s | %s [id %s]",
                      codes[code].number, place, line, id ? id : "-");
    if (right)
        log_request(MF_RIGHT_MISSING, r, 0, right_text(r->pool, right));
}

/* ---- what programs say ----------------------------------------------------------- */

/* 1 if one more line may be logged. */
static int take_line(mf_log_quota *q)
{
    int may = q->lines < q->most;
    q->lines += (unsigned int)may;
    q->dropped += (unsigned int)!may;
    return may;
}

/* The bytes of a text that fit into a line, without half a character at the end. */
static int fitting(const char *text, size_t n)
{
    if (n <= MAX_LINE)
        return (int)n;
    n = MAX_LINE;
    while (n > MAX_LINE - 4 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

void mf_log_text(mf_code code, request_rec *r, const char *text, size_t n,
                 mf_log_quota *q)
{
    const char *end = text + n;
    if (!APLOG_R_IS_LEVEL(r, codes[code].level))
        return;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((stop ? stop : end) - text);
        if (length > 0 && take_line(q))
            mf_log_request(code, r, 0, "%.*s%s", fitting(text, length), text,
                           length > MAX_LINE ? " ..." : "");
        text += length + 1;
    }
}

static mf_code code_of(forge_level level)
{
    switch (level) {
    case FORGE_LOG_ERROR: return MF_LOG_ERROR;
    case FORGE_LOG_WARN: return MF_LOG_WARN;
    case FORGE_LOG_INFO: return MF_LOG_INFO;
    case FORGE_LOG_DEBUG: break;
    }
    return MF_LOG_DEBUG;
}

void mf_log_message(request_rec *r, forge_level level, const char *file, uint32_t line,
                    const char *text, size_t n, mf_log_quota *q)
{
    mf_code code = code_of(level);
    if (APLOG_R_IS_LEVEL(r, codes[code].level) && take_line(q))
        mf_log_request(code, r, 0, "%s:%u: %.*s%s", file, line, fitting(text, n), text,
                       n > MAX_LINE ? " ..." : "");
}

void mf_log_server_message(server_rec *s, forge_level level, const char *file,
                           uint32_t line, const char *text, size_t n, mf_log_quota *q)
{
    mf_code code = code_of(level);
    if (APLOG_IS_LEVEL(s, codes[code].level) && take_line(q))
        mf_log_server(code, s, 0, "%s:%u: %.*s%s", file, line, fitting(text, n), text,
                      n > MAX_LINE ? " ..." : "");
}

void mf_log_quota_end(request_rec *r, const mf_log_quota *q)
{
    if (q->dropped)
        mf_log_request(MF_LINES_DROPPED, r, 0, "%u dropped", q->dropped);
}

void mf_log_server_quota_end(server_rec *s, const mf_log_quota *q)
{
    if (q->dropped)
        mf_log_server(MF_LINES_DROPPED, s, 0, "%u dropped", q->dropped);
}
