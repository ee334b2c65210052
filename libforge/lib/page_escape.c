// SPDX-License-Identifier: Apache-2.0
/* The ways of page_escape.h.  Each works on bytes: all that is special anywhere is ASCII,
 * except two line ends of JavaScript, and invalid UTF-8 passes through unchanged, because
 * no decoder takes an ASCII byte for a part of a sequence. */
#include "lib/page_escape.h"

#include "lib/token.h"

/* ---- markup --------------------------------------------------------------------- */

static const char *entity_of(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void fg_escape_html(fg_bytes *b, fg_slice s)
{
    uint32_t from = 0; /* [from, i) is still to be written */
    for (uint32_t i = 0; i < s.n; i++) {
        const char *entity = entity_of(s.p[i]);
        if (!entity)
            continue;
        fg_bytes_put(b, s.p + from, i - from);
        fg_bytes_str(b, entity);
        from = i + 1;
    }
    fg_bytes_put(b, s.p + from, s.n - from);
}

/* Without quotes white space ends a value too; in a comment -- may end it. */
static void put_numbered(fg_bytes *b, fg_slice s, fg_wrapping around)
{
    static const char also[] = "=`/";
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        const char *entity = entity_of(c);
        bool special = around == FG_WRAPPED_COMMENT
                           ? c == '-' || c == '!'
                           : (uint8_t)c <= ' ' || memchr(also, c, sizeof also - 1);
        if (entity)
            fg_bytes_str(b, entity);
        else if (c == 0) /* has no number that a reader of markup accepts */
            fg_bytes_str(b, "&#65533;");
        else if (special)
            fg_bytes_fmt(b, "&#%u;", (unsigned)(uint8_t)c);
        else
            fg_bytes_char(b, c);
    }
}

/* ---- addresses ------------------------------------------------------------------ */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static void put_percent(fg_bytes *b, char c)
{
    static const char hex[] = "0123456789ABCDEF";
    fg_bytes_put(b, (char[3]){ '%', hex[(uint8_t)c >> 4], hex[c & 15] }, 3);
}

/* `kept` stands as it is, beside letters and digits; an escape that is there already
 * stays one where `escapes` says so. */
static void put_encoded(fg_bytes *b, fg_slice s, const char *kept, bool escapes)
{
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool escape = escapes && c == '%' && i + 2 < s.n && is_hex(s.p[i + 1])
                      && is_hex(s.p[i + 2]);
        if (fg_ascii_alnum(c) || escape || (c && strchr(kept, c)))
            fg_bytes_char(b, c);
        else
            put_percent(b, c);
    }
}

/* No quotes, parentheses or backslashes: the text stays whole in url(…) of a style too. */
#define IN_ADDRESS "-._~!#$&*+,/:;=?@[]"
#define IN_VALUE "-._~"

static bool same_word(fg_slice s, const char *word)
{
    size_t n = strlen(word);
    if (s.n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]) != word[i])
            return false;
    return true;
}

/* An image inside an address, of a kind that cannot hold scripts. */
static bool is_image(fg_slice rest)
{
    static const char *const kinds[] = { "image/png", "image/gif",  "image/jpeg",
                                         "image/jpg", "image/webp", "image/avif",
                                         "image/bmp" };
    const char *end = rest.n ? memchr(rest.p, ';', rest.n) : NULL;
    for (uint32_t i = 0; end && i < FG_COUNT(kinds); i++)
        if (same_word(fg_slice_of(rest.p, (size_t)(end - rest.p)), kinds[i]))
            return true;
    return false;
}

/* Does an address begin here that runs nothing?  What has no scheme, or one of a few. */
static bool is_harmless(fg_slice s)
{
    static const char *const schemes[] = { "http", "https", "mailto", "tel",
                                           "sms",  "ftp",   "ftps" };
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '/' || c == '?' || c == '#')
            return true;
        if (c != ':')
            continue;
        fg_slice scheme = fg_slice_of(s.p, i);
        for (uint32_t k = 0; k < FG_COUNT(schemes); k++)
            if (same_word(scheme, schemes[k]))
                return true;
        return same_word(scheme, "data")
               && is_image(fg_slice_of(s.p + i + 1, s.n - i - 1));
    }
    return true;
}

static fg_slice without_outer_space(fg_slice s)
{
    while (s.n > 0 && (uint8_t)s.p[0] <= ' ')
        s = fg_slice_of(s.p + 1, s.n - 1);
    while (s.n > 0 && (uint8_t)s.p[s.n - 1] <= ' ')
        s.n--;
    return s;
}

static void put_start(fg_bytes *b, fg_slice s)
{
    s = without_outer_space(s);
    if (is_harmless(s))
        put_encoded(b, s, IN_ADDRESS, true);
    else
        fg_bytes_str(b, FG_ESC_BLOCKED_URL);
}

/* The text before may be the start of a scheme, which no value may end. */
static void put_scheme(fg_bytes *b, fg_slice s)
{
    uint32_t n = 0;
    while (n < s.n && s.p[n] != '/' && s.p[n] != '?' && s.p[n] != '#')
        n++;
    put_encoded(b, fg_slice_of(s.p, n), "-._~!$&*+,;=@[]", true);
    put_encoded(b, fg_slice_of(s.p + n, s.n - n), IN_ADDRESS, true);
}

static void put_srcset(fg_bytes *b, fg_slice s)
{
    while (s.n > 0) {
        const char *comma = memchr(s.p, ',', s.n);
        uint32_t n = comma ? (uint32_t)(comma - s.p) : s.n;
        fg_slice item = without_outer_space(fg_slice_of(s.p, n));
        uint32_t end = 0;
        while (end < item.n && (uint8_t)item.p[end] > ' ')
            end++;
        put_start(b, fg_slice_of(item.p, end));
        if (end < item.n)
            put_encoded(b, fg_slice_of(item.p + end, item.n - end), "-._ ", true);
        if (comma)
            fg_bytes_char(b, ',');
        n += comma != NULL;
        s = fg_slice_of(s.p + n, s.n - n);
    }
}

/* ---- scripts -------------------------------------------------------------------- */

/* Bytes of a line end that JavaScript knows and JSON does not, at i; or 0. */
static uint32_t far_line_end(fg_slice s, uint32_t i)
{
    return i + 2 < s.n && s.p[i] == '\xe2' && s.p[i + 1] == '\x80'
                   && ((uint8_t)s.p[i + 2] | 1) == 0xa9
               ? 3
               : 0;
}

/* $ begins an expression when { follows, or may follow. */
static bool is_dollar(fg_slice s, uint32_t i)
{
    return s.p[i] == '$' && (i + 1 == s.n || s.p[i + 1] == '{');
}

/* `special` must not appear as it is; control characters neither. */
static void put_unicode_escapes(fg_bytes *b, fg_slice s, const char *special)
{
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (far_line_end(s, i)) {
            fg_bytes_str(b, (uint8_t)s.p[i + 2] == 0xa8 ? "\\u2028" : "\\u2029");
            i += 2;
        } else if ((uint8_t)c < ' ' || strchr(special, c) || is_dollar(s, i)) {
            fg_bytes_fmt(b, "\\u%04x", (unsigned)(uint8_t)c);
        } else {
            fg_bytes_char(b, c);
        }
    }
}

/* What could run together with the literal. */
static bool needs_gap(const fg_bytes *b, fg_slice s)
{
    char before = b->n > 0 ? b->p[b->n - 1] : ' ', c = s.n > 0 ? s.p[0] : ' ';
    return (fg_ascii_alnum(c) || c == '-')
           && (fg_ascii_alnum(before) || strchr("_$-.", before));
}

/* ---- styles --------------------------------------------------------------------- */

static bool holds_word(fg_slice s, const char *word)
{
    uint32_t n = (uint32_t)strlen(word);
    for (uint32_t i = 0; i + n <= s.n; i++)
        if (same_word(fg_slice_of(s.p + i, n), word))
            return true;
    return false;
}

/* Only what can be no more than one value: no quotes, brackets, escapes or ends. */
static void put_css_value(fg_bytes *b, fg_slice s)
{
    bool safe = !holds_word(s, "expression") && !holds_word(s, "binding");
    for (uint32_t i = 0; safe && i < s.n; i++)
        safe = fg_ascii_alnum(s.p[i]) || (uint8_t)s.p[i] >= 0x80
               || (s.p[i] && strchr(" #.,%+-_!", s.p[i]));
    if (safe)
        fg_bytes_slice(b, s);
    else
        fg_bytes_str(b, FG_ESC_BLOCKED_CSS);
}

static void put_css_string(fg_bytes *b, fg_slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == 0)
            fg_bytes_str(b, "\xef\xbf\xbd");
        else if (fg_ascii_alnum(c) || (uint8_t)c >= 0x80 || strchr(" -_.,", c))
            fg_bytes_char(b, c);
        else
            fg_bytes_fmt(b, "\\%x ", (unsigned)(uint8_t)c);
    }
}

/* ---- both ----------------------------------------------------------------------- */

static void put_inner(fg_bytes *b, fg_slice s, fg_escape how)
{
    switch (how) {
    case FG_ESC_PLAIN: fg_bytes_slice(b, s); return;
    case FG_ESC_URL_START: put_start(b, s); return;
    case FG_ESC_URL_SCHEME: put_scheme(b, s); return;
    case FG_ESC_URL_PATH: put_encoded(b, s, IN_ADDRESS, true); return;
    case FG_ESC_URL_QUERY: put_encoded(b, s, IN_VALUE, false); return;
    case FG_ESC_SRCSET: put_srcset(b, s); return;
    case FG_ESC_SRCDOC: fg_escape_html(b, s); return;
    case FG_ESC_JS_VALUE: put_unicode_escapes(b, s, "<>&'`"); return;
    case FG_ESC_JS_STRING: put_unicode_escapes(b, s, "<>&'`\"\\{"); return;
    case FG_ESC_CSS_VALUE: put_css_value(b, s); return;
    case FG_ESC_CSS_STRING: put_css_string(b, s); return;
    }
}

static void put_outer(fg_bytes *b, fg_slice s, fg_wrapping around)
{
    switch (around) {
    case FG_WRAPPED_NOT: fg_bytes_slice(b, s); return;
    case FG_WRAPPED_TEXT: fg_escape_html(b, s); return;
    case FG_WRAPPED_UNQUOTED:
    case FG_WRAPPED_COMMENT: put_numbered(b, s, around); return;
    }
}

void fg_escape_put(fg_bytes *b, fg_slice s, fg_escape how, fg_wrapping around)
{
    if (how == FG_ESC_JS_VALUE && needs_gap(b, s))
        fg_bytes_char(b, ' ');
    if (how == FG_ESC_PLAIN || around == FG_WRAPPED_NOT) {
        if (how == FG_ESC_PLAIN)
            put_outer(b, s, around);
        else
            put_inner(b, s, how);
        return;
    }
    fg_bytes inner;
    fg_bytes_init(&inner);
    inner.max = b->max;
    put_inner(&inner, s, how);
    if (inner.failed)
        b->failed = true;
    else
        put_outer(b, fg_bytes_view(&inner), around);
    fg_bytes_drop(&inner);
}
