// SPDX-License-Identifier: Apache-2.0
/* The parser of multipart.h.
 *
 * A delimiter begins with CR, which stands nowhere else in it.  So when its first bytes
 * were read and the next one does not fit, they are content, and only that one byte can
 * begin another. */
#include "lib/multipart.h"

#include "lib/percent.h"
#include "lib/token.h"

#include "base/utf8.h"

enum state {
    PREAMBLE,
    DELIMITED, /* behind a delimiter */
    LAST_DASH, /* behind one dash after it */
    PADDING,   /* blanks up to the end of its line */
    PADDING_END,
    LINE,      /* in a header */
    LINE_END,  /* behind its CR */
    FOLDED,    /* behind its line end: a blank continues it */
    EMPTY_END, /* behind the CR of the empty line */
    DATA,
    EPILOGUE,
};

static fg_status bad(fg_multipart *p, const char *why)
{
    p->why = why;
    return FG_RAISED;
}

static bool is_boundary(char c)
{
    return fg_ascii_alnum(c) || (c && strchr("'()+_,-./:=? ", c));
}

bool fg_multipart_init(fg_multipart *p, fg_slice boundary, fg_multipart_sink sink)
{
    if (boundary.n == 0 || boundary.n > FG_MULTIPART_BOUNDARY
        || boundary.p[boundary.n - 1] == ' ')
        return false;
    for (uint32_t i = 0; i < boundary.n; i++)
        if (!is_boundary(boundary.p[i]))
            return false;
    p->sink = sink;
    p->max_parts = FG_MULTIPART_PARTS;
    p->parts = p->nline = p->left = 0;
    p->offset = 0;
    p->why = NULL;
    p->state = PREAMBLE;
    p->matched = p->assumed = 2; /* the body begins a line */
    memcpy(p->delimiter, "\r\n--", 4);
    memcpy(p->delimiter + 4, boundary.p, boundary.n);
    p->ndelimiter = boundary.n + 4;
    return true;
}

/* ---- content -------------------------------------------------------------------- */

static fg_status give(fg_multipart *p, const char *at, size_t n)
{
    if (n == 0)
        return FG_OK;
    p->offset += n;
    if (p->state == PREAMBLE)
        return FG_OK;
    return p->sink.data(p->sink.ctx, fg_slice_of(at, n));
}

/* The whole delimiter was read. */
static fg_status delimited(fg_multipart *p)
{
    bool part = p->state == DATA;
    p->state = DELIMITED;
    p->offset += p->ndelimiter - p->assumed;
    p->matched = p->assumed = 0;
    return part ? p->sink.end(p->sink.ctx) : FG_OK;
}

/* What was taken for a delimiter is content. */
static fg_status not_delimited(fg_multipart *p)
{
    uint32_t n = p->matched - p->assumed;
    p->matched = p->assumed = 0;
    return give(p, p->delimiter, n);
}

/* Content up to the next delimiter or the end of what there is; *used bytes of it. */
static fg_status content(fg_multipart *p, fg_slice s, uint32_t *used)
{
    uint32_t i = 0;
    if (p->matched == 0) {
        const char *at = memchr(s.p, '\r', s.n);
        i = at ? (uint32_t)(at - s.p) : s.n;
        *used = i;
        FG_TRY(give(p, s.p, i));
    }
    while (i < s.n && p->matched < p->ndelimiter
           && s.p[i] == p->delimiter[p->matched]) {
        i++;
        p->matched++;
    }
    *used = i;
    if (p->matched == p->ndelimiter)
        return delimited(p);
    return i < s.n && p->matched > 0 ? not_delimited(p) : FG_OK;
}

/* ---- headers -------------------------------------------------------------------- */

static fg_slice trimmed(fg_slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = fg_slice_of(s.p + 1, s.n - 1);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static fg_status end_header(fg_multipart *p)
{
    fg_slice line = fg_slice_of(p->line, p->nline);
    const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
    if (!colon || colon == line.p)
        return bad(p, "a header of a part has no name");
    fg_slice name = fg_slice_of(line.p, (size_t)(colon - line.p));
    if (!fg_is_token(name))
        return bad(p, "a header of a part has a bad name");
    fg_slice value = fg_slice_of(colon + 1, line.n - name.n - 1);
    p->nline = 0;
    return p->sink.header(p->sink.ctx, name, trimmed(value));
}

static fg_status add_to_line(fg_multipart *p, char c)
{
    if (p->left == 0)
        return bad(p, "the headers of a part are too long");
    if (((uint8_t)c < ' ' && c != '\t') || c == 0x7f)
        return bad(p, "a header of a part holds a control character");
    p->left--;
    p->line[p->nline++] = c;
    p->state = LINE;
    return FG_OK;
}

static fg_status begin_part(fg_multipart *p)
{
    if (p->parts == p->max_parts)
        return bad(p, "there are too many parts");
    p->parts++;
    p->state = FOLDED;
    p->nline = 0;
    p->left = FG_MULTIPART_HEADER;
    return p->sink.begin(p->sink.ctx);
}

/* The first byte of a line of headers. */
static fg_status new_line(fg_multipart *p, char c)
{
    if (p->nline > 0 && (c == ' ' || c == '\t'))
        return add_to_line(p, ' ');
    if (p->nline > 0)
        FG_TRY(end_header(p));
    if (c != '\r')
        return add_to_line(p, c);
    p->state = EMPTY_END;
    return FG_OK;
}

/* Goes on if the byte is the expected one. */
static fg_status expect(fg_multipart *p, char c, char wanted, enum state next,
                        const char *why)
{
    p->state = (uint8_t)next;
    return c == wanted ? FG_OK : bad(p, why);
}

static fg_status step(fg_multipart *p, char c)
{
    static const char line_end[] = "a line of headers does not end in CR LF";
    static const char after[] = "something follows a boundary on its line";
    switch ((enum state)p->state) {
    case DELIMITED:
        if (c == '-')
            p->state = LAST_DASH;
        else
            return p->state = PADDING, step(p, c);
        return FG_OK;
    case LAST_DASH: return expect(p, c, '-', EPILOGUE, after);
    case PADDING:
        if (c == ' ' || c == '\t')
            return FG_OK;
        return expect(p, c, '\r', PADDING_END, after);
    case PADDING_END:
        if (c != '\n')
            return bad(p, after);
        return begin_part(p);
    case LINE:
        if (c != '\r')
            return add_to_line(p, c);
        p->state = LINE_END;
        return FG_OK;
    case LINE_END: return expect(p, c, '\n', FOLDED, line_end);
    case FOLDED: return new_line(p, c);
    case EMPTY_END: return expect(p, c, '\n', DATA, line_end);
    case PREAMBLE:
    case DATA:
    case EPILOGUE: break;
    }
    fg_unreachable();
}

fg_status fg_multipart_feed(fg_multipart *p, fg_slice s)
{
    while (s.n > 0 && p->state != EPILOGUE) {
        uint32_t used = 1;
        if (p->state == DATA || p->state == PREAMBLE) {
            FG_TRY(content(p, s, &used));
        } else {
            p->offset++;
            FG_TRY(step(p, s.p[0]));
        }
        s = fg_slice_of(s.p + used, s.n - used);
    }
    return FG_OK;
}

fg_status fg_multipart_finish(fg_multipart *p)
{
    if (p->state == EPILOGUE)
        return FG_OK;
    if (p->state == PREAMBLE)
        return bad(p, "the boundary does not occur");
    return bad(p, "it ends before its last boundary");
}

/* ---- values of headers ---------------------------------------------------------- */

/* Takes what is before `end`, outside of quotes, off *rest; `end` is dropped. */
static fg_slice take_until(fg_slice *rest, char end)
{
    bool quoted = false;
    uint32_t i = 0;
    for (; i < rest->n && (quoted || rest->p[i] != end); i++) {
        if (rest->p[i] == '"')
            quoted = !quoted;
        else if (quoted && rest->p[i] == '\\' && i + 1 < rest->n
                 && (rest->p[i + 1] == '"' || rest->p[i + 1] == '\\'))
            i++;
    }
    i = i < rest->n ? i : rest->n;
    fg_slice part = fg_slice_of(rest->p, i);
    i += i < rest->n;
    *rest = fg_slice_of(rest->p + i, rest->n - i);
    return trimmed(part);
}

bool fg_header_is(fg_slice value, const char *word)
{
    return fg_same_word(take_until(&value, ';'), word);
}

/* Only a name may become a path, never a way to somewhere else. */
fg_slice fg_upload_name(fg_slice name)
{
    uint32_t i = name.n;
    while (i > 0 && name.p[i - 1] != '/' && name.p[i - 1] != '\\')
        i--;
    name = fg_slice_of(name.p + i, name.n - i);
    if (fg_slice_eq(name, FG_SLICE(".")) || fg_slice_eq(name, FG_SLICE("..")))
        name.n = 0;
    return name;
}

/* Browsers send names of files with backslashes as they are: only a quote or another
 * backslash is escaped by one. */
static void put_quoted(fg_bytes *b, fg_slice s)
{
    for (uint32_t i = 1; i < s.n && s.p[i] != '"'; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
            i++;
        fg_bytes_char(b, s.p[i]);
    }
}

/* charset'language'text, RFC 8187; false if it is not that. */
static bool put_extended(fg_bytes *b, fg_slice s)
{
    fg_slice charset = take_until(&s, '\'');
    bool latin = fg_same_word(charset, "iso-8859-1");
    uint32_t before = b->n;
    if (!latin && !fg_same_word(charset, "utf-8"))
        return false;
    if (!s.n || !memchr(s.p, '\'', s.n))
        return false;
    take_until(&s, '\'');
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i], text[4];
        if (c == '%') {
            int high = i + 2 < s.n ? fg_hex_digit(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? fg_hex_digit(s.p[i + 2]) : -1;
            c = high < 0 || low < 0 ? 0 : (char)(high * 16 + low);
            i += 2;
        }
        if ((uint8_t)c < ' ' || c == 0x7f)
            return b->n = before, false;
        if (latin)
            fg_bytes_put(b, text, fg_utf8_put(text, (uint8_t)c));
        else
            fg_bytes_char(b, c);
    }
    if (fg_utf8_valid(fg_slice_of(b->p + before, b->n - before)))
        return true;
    b->n = before;
    return false;
}

static bool find_parameter(fg_slice value, fg_slice name, bool star, fg_slice *found)
{
    take_until(&value, ';');
    while (value.n > 0) {
        fg_slice text = take_until(&value, ';'), key = take_until(&text, '=');
        if (star && (key.n == 0 || key.p[--key.n] != '*'))
            continue;
        if (fg_same_word(key, name.p)) {
            *found = trimmed(text);
            return true;
        }
    }
    return false;
}

bool fg_header_parameter(fg_bytes *b, fg_slice value, const char *name)
{
    fg_slice found;
    if (find_parameter(value, fg_slice_str(name), true, &found)
        && put_extended(b, found))
        return true;
    if (!find_parameter(value, fg_slice_str(name), false, &found))
        return false;
    if (found.n > 0 && found.p[0] == '"')
        put_quoted(b, found);
    else
        fg_bytes_slice(b, found);
    return true;
}
