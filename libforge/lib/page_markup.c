// SPDX-License-Identifier: Apache-2.0
/* The reader of page_markup.h: the tokeniser of HTML as far as it matters, with readers of
 * script and style inside. */
#include "lib/page_markup.h"

#include "lib/token.h"

enum state {
    TEXT,     /* first: the start of a page */
    OPEN,     /* behind < */
    OPEN_END, /* behind </ */
    TAG_NAME,
    GAP, /* in a tag, between attributes */
    NAME,
    NAME_GAP, /* behind the name of an attribute */
    EQUALS,   /* behind = */
    VALUE,
    VALUE_OPEN, /* without quotes, begun by the template's text */
    VALUE_AUTO, /* without quotes, begun by a value: quotes are added */
    VALUE_END,  /* behind the closing quote */
    CUT_NAME,   /* behind a way that may have ended in a name */
    DECLARED,   /* behind <! or <? */
    COMMENT,
    RAW, /* text of an element that is not read as markup */
};

/* What stands before in a comment; > ends it behind all but the first two. */
enum comment { NOTHING, DASH, DASHES, BANG, FIRST, FIRST_DASH };

enum element {
    ORDINARY,
    SCRIPT,
    STYLE,
    TITLE,
    TEXTAREA,
    XMP,
    IFRAME,
    NOEMBED,
    NOFRAMES
};

static const char *const raw_elements[] = { "",       "script",   "style",
                                            "title",  "textarea", "xmp",
                                            "iframe", "noembed",  "noframes" };

enum attribute { PLAIN, ADDRESS, SRCSET, SRCDOC, HANDLER, STYLED };

enum part { START, SCHEME, PATH, QUERY };

#define UNSURE 1u /* `before` when two ways ended in different bytes */

enum code {
    CODE,
    DOUBLE, /* in quotes */
    SINGLE,
    TICKS,
    PATTERN,       /* a regular expression of a script */
    PATTERN_CLASS, /* [ ] in it */
    SLASH,         /* behind /, which decides what it is */
    LINE_NOTE,     /* comments */
    BLOCK_NOTE,
    URL, /* in url( of a style */
    URL_DOUBLE,
    URL_SINGLE,
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

static bool is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '$'
           || (uint8_t)c >= 0x80;
}

/* A name that is too long is none that is known. */
static void add_to_name(fg_markup *m, char c)
{
    if (m->length < FG_MARKUP_NAME)
        m->name[m->length++] = fg_ascii_lower(c);
}

static void clear_name(fg_markup *m)
{
    memset(m->name, 0, sizeof m->name);
    m->length = 0;
}

static fg_slice name_of(const fg_markup *m) { return fg_slice_of(m->name, m->length); }

/* ---- scripts -------------------------------------------------------------------- */

/* Would / begin a regular expression here?  Behind what can end a value it divides. */
static bool begins_pattern(const fg_markup *m)
{
    static const char *const words[] = { "return", "typeof", "case",  "in",        "of",
                                         "delete", "void",   "throw", "new",       "do",
                                         "else",   "yield",  "await", "instanceof" };
    if (is_word((char)m->before)) {
        for (uint32_t i = 0; i < FG_COUNT(words); i++)
            if (fg_slice_eq(name_of(m), fg_slice_str(words[i])))
                return true;
        return false;
    }
    return !m->before || !strchr(")]\"'`/", m->before);
}

static void note_code(fg_markup *m, char c)
{
    if (is_space(c))
        return;
    if (!is_word(c) || !is_word((char)m->before))
        clear_name(m);
    if (is_word(c))
        add_to_name(m, c);
    bool twice = (c == '+' || c == '-') && m->before == (uint8_t)c;
    m->before = (uint8_t)(twice ? ')' : c); /* x++ ends a value */
}

static const char *open_ticks_part(fg_markup *m)
{
    if (m->nested == FG_MARKUP_NESTED)
        return "the parts ${…} of this script are nested too deep";
    m->braces[m->nested++] = 0;
    m->code = CODE;
    m->before = 0;
    return NULL;
}

static const char *script_brace(fg_markup *m, char c)
{
    if (m->nested == 0)
        return NULL;
    uint8_t *open = &m->braces[m->nested - 1];
    if (c == '{' && *open == UINT8_MAX)
        return "the braces of this script are nested too deep";
    if (c == '{') {
        ++*open;
    } else if (*open > 0) {
        --*open;
    } else {
        m->nested--;
        m->code = TICKS;
    }
    return NULL;
}

static const char *script_code(fg_markup *m, char c)
{
    const char *fault = NULL;
    switch (c) {
    case '"': m->code = DOUBLE; break;
    case '\'': m->code = SINGLE; break;
    case '`': m->code = TICKS; break;
    case '/': m->code = SLASH; return NULL;
    case '{':
    case '}': fault = script_brace(m, c); break;
    default: break;
    }
    note_code(m, c);
    return fault;
}

/* Behind a slash. */
static const char *script_slash(fg_markup *m, char c)
{
    if (c == '/' || c == '*') {
        m->code = c == '/' ? LINE_NOTE : BLOCK_NOTE;
        m->matched = 0;
        return NULL;
    }
    if (m->before == UNSURE)
        return "it is not clear whether this / divides or begins a regular expression";
    if (!begins_pattern(m)) {
        m->code = CODE;
        note_code(m, '+'); /* any operator */
        return script_code(m, c);
    }
    m->code = c == '[' ? PATTERN_CLASS : PATTERN;
    m->escaped = c == '\\';
    m->before = '/';
    clear_name(m);
    return NULL;
}

/* In quotes: an unescaped line end closes them, as every reader of scripts does. */
static void in_quotes(fg_markup *m, char c, char quote, uint8_t outside)
{
    if (m->escaped)
        m->escaped = false;
    else if (c == '\\')
        m->escaped = true;
    else if (c == quote || c == '\n')
        m->code = outside;
}

static void in_pattern(fg_markup *m, char c)
{
    if (m->escaped)
        m->escaped = false;
    else if (c == '\\')
        m->escaped = true;
    else if (c == '[')
        m->code = PATTERN_CLASS;
    else if (c == ']')
        m->code = PATTERN;
    else if ((c == '/' && m->code == PATTERN) || c == '\n')
        m->code = CODE;
}

static const char *in_ticks(fg_markup *m, char c)
{
    bool dollar = m->matched;
    m->matched = c == '$' && !m->escaped;
    if (m->escaped)
        m->escaped = false;
    else if (c == '\\')
        m->escaped = true;
    else if (c == '`')
        m->code = CODE;
    else if (c == '{' && dollar)
        return open_ticks_part(m);
    return NULL;
}

static void in_block_note(fg_markup *m, char c)
{
    if (c == '/' && m->matched)
        m->code = CODE;
    m->matched = c == '*' && m->code == BLOCK_NOTE;
}

static const char *step_script(fg_markup *m, char c)
{
    switch ((enum code)m->code) {
    case CODE: return script_code(m, c);
    case SLASH: return script_slash(m, c);
    case DOUBLE: in_quotes(m, c, '"', CODE); return NULL;
    case SINGLE: in_quotes(m, c, '\'', CODE); return NULL;
    case TICKS: return in_ticks(m, c);
    case PATTERN:
    case PATTERN_CLASS: in_pattern(m, c); return NULL;
    case BLOCK_NOTE: in_block_note(m, c); return NULL;
    case LINE_NOTE:
        if (c == '\n' || c == '\r')
            m->code = CODE;
        return NULL;
    case URL:
    case URL_DOUBLE:
    case URL_SINGLE: break;
    }
    fg_unreachable();
}

static const char *script_value(fg_markup *m, fg_escape *how)
{
    *how = m->code == CODE || m->code == SLASH ? FG_ESC_JS_VALUE : FG_ESC_JS_STRING;
    if (m->escaped)
        return "a value cannot follow a backslash";
    switch ((enum code)m->code) {
    case SLASH:
        if (begins_pattern(m))
            return "a value cannot stand in a regular expression";
        m->code = CODE;
        break;
    case PATTERN:
    case PATTERN_CLASS: return "a value cannot stand in a regular expression";
    case LINE_NOTE:
    case BLOCK_NOTE: return "a value cannot stand in a comment of a script";
    default: break;
    }
    m->matched = 0;
    if (m->code == CODE) {
        clear_name(m);
        m->before = ')'; /* a value ends here */
    }
    return NULL;
}

/* ---- styles --------------------------------------------------------------------- */

static void style_code(fg_markup *m, char c)
{
    bool slash = m->before == '/';
    m->before = (uint8_t)(c == '/' ? c : 0);
    if (c == '(' && fg_slice_eq(name_of(m), FG_SLICE("url"))) {
        m->code = URL;
        m->part = START;
    } else if (c == '"' || c == '\'') {
        m->code = c == '"' ? DOUBLE : SINGLE;
    } else if (c == '*' && slash) {
        m->code = BLOCK_NOTE;
        m->matched = 0;
    }
    if (is_word(c) || c == '-')
        add_to_name(m, c);
    else
        clear_name(m);
}

static void read_part(fg_markup *m, char c)
{
    if (c == '?' || c == '#')
        m->part = QUERY;
    else if (m->part != QUERY && (c == '/' || c == ':'))
        m->part = PATH;
    else if (m->part == START && !is_space(c))
        m->part = SCHEME;
}

static void in_url(fg_markup *m, char c)
{
    bool quoted = m->code != URL;
    if (m->escaped) {
        m->escaped = false;
    } else if (c == '\\') {
        m->escaped = true;
    } else if (!quoted && m->part == START && (c == '"' || c == '\'')) {
        m->code = c == '"' ? URL_DOUBLE : URL_SINGLE;
        return;
    } else if (c
               == (m->code == URL_DOUBLE   ? '"'
                   : m->code == URL_SINGLE ? '\''
                                           : ')')) {
        m->code = CODE;
        m->part = START;
        clear_name(m);
        return;
    }
    read_part(m, c);
}

static const char *step_style(fg_markup *m, char c)
{
    switch ((enum code)m->code) {
    case CODE: style_code(m, c); return NULL;
    case DOUBLE: in_quotes(m, c, '"', CODE); return NULL;
    case SINGLE: in_quotes(m, c, '\'', CODE); return NULL;
    case BLOCK_NOTE: in_block_note(m, c); return NULL;
    case URL:
    case URL_DOUBLE:
    case URL_SINGLE: in_url(m, c); return NULL;
    case TICKS:
    case PATTERN:
    case PATTERN_CLASS:
    case SLASH:
    case LINE_NOTE: break;
    }
    fg_unreachable();
}

static fg_escape address_value(fg_markup *m)
{
    fg_escape how = m->part == START    ? FG_ESC_URL_START
                    : m->part == SCHEME ? FG_ESC_URL_SCHEME
                    : m->part == PATH   ? FG_ESC_URL_PATH
                                        : FG_ESC_URL_QUERY;
    if (m->part == START)
        m->part = SCHEME;
    return how;
}

static const char *style_value(fg_markup *m, fg_escape *how)
{
    if (m->escaped)
        return "a value cannot follow a backslash";
    clear_name(m);
    m->before = 0;
    switch ((enum code)m->code) {
    case DOUBLE:
    case SINGLE: *how = FG_ESC_CSS_STRING; return NULL;
    case BLOCK_NOTE: return "a value cannot stand in a comment of a style";
    case URL:
    case URL_DOUBLE:
    case URL_SINGLE: *how = address_value(m); return NULL;
    default: *how = FG_ESC_CSS_VALUE; return NULL;
    }
}

/* ---- attributes ----------------------------------------------------------------- */

static bool starts(fg_slice s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

static bool holds(fg_slice s, const char *part)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (starts(fg_slice_of(s.p + i, s.n - i), part))
            return true;
    return false;
}

/* Names of one's own are addresses when they say so. */
static enum attribute kind_of(fg_slice name)
{
    static const char *const addresses[] = {
        "action",   "archive",  "background", "cite",       "classid",
        "codebase", "data",     "dynsrc",     "formaction", "href",
        "icon",     "longdesc", "lowsrc",     "manifest",   "ping",
        "poster",   "profile",  "src",        "usemap"
    };
    if (starts(name, "data-"))
        name = fg_slice_of(name.p + 5, name.n - 5);
    const char *colon = name.n ? memchr(name.p, ':', name.n) : NULL;
    if (colon && !starts(name, "xmlns"))
        name = fg_slice_of(colon + 1, (size_t)(name.p + name.n - colon) - 1);
    if (starts(name, "on"))
        return HANDLER;
    if (fg_slice_eq(name, FG_SLICE("style")))
        return STYLED;
    if (fg_slice_eq(name, FG_SLICE("srcdoc")))
        return SRCDOC;
    if (fg_slice_eq(name, FG_SLICE("srcset"))
        || fg_slice_eq(name, FG_SLICE("imagesrcset")))
        return SRCSET;
    for (uint32_t i = 0; i < FG_COUNT(addresses); i++)
        if (fg_slice_eq(name, fg_slice_str(addresses[i])))
            return ADDRESS;
    return holds(name, "src") || holds(name, "uri") || holds(name, "url") ? ADDRESS
                                                                          : PLAIN;
}

static void begin_value(fg_markup *m, uint8_t state, char quote)
{
    m->attribute = kind_of(name_of(m));
    clear_name(m);
    m->state = state;
    m->quote = (uint8_t)quote;
}

static void end_value(fg_markup *m, uint8_t state)
{
    m->attribute = m->quote = m->part = m->code = m->escaped = m->entity = 0;
    m->before = m->matched = m->nested = 0;
    memset(m->braces, 0, sizeof m->braces);
    clear_name(m);
    m->state = state;
}

static const char *read_value(fg_markup *m, char c)
{
    switch ((enum attribute)m->attribute) {
    case PLAIN:
    case SRCDOC:
    case SRCSET: break;
    case ADDRESS: read_part(m, c); break;
    case HANDLER:
    case STYLED:
        m->entity |= c == '&';
        return m->attribute == HANDLER ? step_script(m, c) : step_style(m, c);
    }
    return NULL;
}

/* ---- tags ----------------------------------------------------------------------- */

/* The element is kept in `element` while its tag is read. */
static void end_tag_name(fg_markup *m)
{
    m->element = ORDINARY;
    for (uint8_t i = SCRIPT; i < FG_COUNT(raw_elements) && !m->ended; i++)
        if (fg_slice_eq(name_of(m), fg_slice_str(raw_elements[i])))
            m->element = i;
    clear_name(m);
}

static void end_tag(fg_markup *m)
{
    uint8_t element = m->element;
    memset(m, 0, sizeof *m);
    m->element = element;
    m->state = element == ORDINARY ? TEXT : RAW;
}

/* A byte between attributes, or one that ends a name or value. */
static void step_gap(fg_markup *m, char c)
{
    clear_name(m);
    m->state = GAP;
    if (c == '>')
        end_tag(m);
    else if (!is_space(c) && c != '/') {
        m->state = NAME;
        add_to_name(m, c);
    }
}

static void step_name(fg_markup *m, char c)
{
    if (c == '=')
        m->state = EQUALS;
    else if (is_space(c))
        m->state = NAME_GAP;
    else if (c == '>' || c == '/')
        step_gap(m, c);
    else if (m->state == NAME)
        add_to_name(m, c);
    else
        step_gap(m, c);
}

static const char *step_equals(fg_markup *m, char c)
{
    if (is_space(c))
        return NULL;
    if (c == '>') {
        step_gap(m, c);
        return NULL;
    }
    bool quote = c == '"' || c == '\'';
    begin_value(m, quote ? VALUE : VALUE_OPEN, quote ? c : 0);
    return quote ? NULL : read_value(m, c);
}

/* Without quotes, written by the template or closed with added ones. */
static const char *step_unquoted(fg_markup *m, char c, fg_bytes *out)
{
    bool added = m->state == VALUE_AUTO;
    if (is_space(c) || c == '>') {
        if (added)
            fg_bytes_char(out, '"');
        end_value(m, GAP);
        step_gap(m, c);
        fg_bytes_char(out, c);
        return NULL;
    }
    if (added && c == '"')
        fg_bytes_str(out, "&quot;");
    else
        fg_bytes_char(out, c);
    return read_value(m, c);
}

static void step_open(fg_markup *m, char c)
{
    if (c == '/') {
        m->state = OPEN_END;
        m->ended = true;
    } else if (c == '!' || c == '?') {
        m->state = DECLARED;
        m->matched = c == '!' ? 0 : 2;
    } else if (is_letter(c)) {
        m->state = TAG_NAME;
        add_to_name(m, c);
    } else if (c != '<') {
        end_tag(m);
    }
}

static void step_open_end(fg_markup *m, char c)
{
    m->state = is_letter(c) ? TAG_NAME : DECLARED;
    if (is_letter(c)) {
        add_to_name(m, c);
        return;
    }
    m->ended = 0;
    m->matched = 2;
    if (c == '>')
        end_tag(m);
}

static void step_tag_name(fg_markup *m, char c)
{
    if (is_space(c) || c == '/' || c == '>') {
        end_tag_name(m);
        step_gap(m, c);
    } else {
        add_to_name(m, c);
    }
}

/* Behind <!: `matched` dashes; two make it a comment. */
static void step_declared(fg_markup *m, char c)
{
    if (c == '>') {
        end_tag(m);
    } else if (c == '-' && m->matched == 0) {
        m->matched = 1;
    } else if (c == '-' && m->matched == 1) {
        m->state = COMMENT;
        m->matched = FIRST;
    } else {
        m->matched = 2;
    }
}

static void step_comment(fg_markup *m, char c)
{
    static const uint8_t dashed[] = {
        [NOTHING] = DASH, [DASH] = DASHES,      [DASHES] = DASHES,
        [BANG] = DASH,    [FIRST] = FIRST_DASH, [FIRST_DASH] = DASHES
    };
    if (c == '>' && m->matched >= DASHES)
        end_tag(m);
    else if (c == '-')
        m->matched = dashed[m->matched];
    else
        m->matched = c == '!' && m->matched == DASHES ? BANG : NOTHING;
}

/* ---- text of special elements --------------------------------------------------- */

/* `name` collects what could be the end tag in elements that are not code; in code it is
 * the reader's, so `ended` counts the bytes that match. */
static bool ends_element(fg_markup *m, char c)
{
    const char *name = raw_elements[m->element];
    uint8_t n = (uint8_t)strlen(name), at = m->ended;
    if (at == n + 2u) {
        m->ended = c == '<';
        return is_space(c) || c == '/' || c == '>';
    }
    char want = at == 0 ? '<' : at == 1 ? '/' : name[at - 2];
    m->ended = fg_ascii_lower(c) == want ? (uint8_t)(at + 1) : c == '<';
    return false;
}

static const char *step_raw(fg_markup *m, char c)
{
    static const char note[] = "<!--";
    if (ends_element(m, c)) {
        memset(m, 0, sizeof *m);
        step_gap(m, c);
        return NULL;
    }
    if (m->element == SCRIPT) {
        m->quote = c == note[m->quote] ? (uint8_t)(m->quote + 1) : c == '<';
        if (m->quote == sizeof note - 1)
            return "'<!--' cannot stand in a script: readers disagree on where it ends";
        return step_script(m, c);
    }
    return m->element == STYLE ? step_style(m, c) : NULL;
}

/* ---- all ------------------------------------------------------------------------ */

bool fg_markup_is_code(const fg_markup *m)
{
    return m->state == RAW && (m->element == SCRIPT || m->element == STYLE);
}

const char *fg_markup_step(fg_markup *m, char c, fg_bytes *out)
{
    const char *fault = NULL;
    if (m->state == VALUE_OPEN || m->state == VALUE_AUTO)
        return step_unquoted(m, c, out);
    fg_bytes_char(out, c);
    switch ((enum state)m->state) {
    case TEXT: m->state = c == '<' ? OPEN : TEXT; break;
    case OPEN: step_open(m, c); break;
    case OPEN_END: step_open_end(m, c); break;
    case TAG_NAME: step_tag_name(m, c); break;
    case GAP:
    case VALUE_END: step_gap(m, c); break;
    case NAME:
    case NAME_GAP: step_name(m, c); break;
    case EQUALS: fault = step_equals(m, c); break;
    case VALUE:
        if (c == (char)m->quote)
            end_value(m, VALUE_END);
        else
            fault = read_value(m, c);
        break;
    case CUT_NAME:
        if (!is_space(c) && c != '/' && c != '>')
            return "a name cannot go on behind {/if} or {/for}";
        step_gap(m, c);
        break;
    case DECLARED: step_declared(m, c); break;
    case COMMENT: step_comment(m, c); break;
    case RAW: fault = step_raw(m, c); break;
    case VALUE_OPEN:
    case VALUE_AUTO: break;
    }
    return fault;
}

/* A value inside the value of an attribute. */
static const char *attribute_value(fg_markup *m, fg_escape *how)
{
    switch ((enum attribute)m->attribute) {
    case PLAIN: return NULL;
    case ADDRESS: *how = address_value(m); return NULL;
    case SRCSET: *how = FG_ESC_SRCSET; return NULL;
    case SRCDOC: *how = FG_ESC_SRCDOC; return NULL;
    case HANDLER:
    case STYLED: break;
    }
    if (m->entity)
        return "a value cannot follow an entity in a script or style";
    return m->attribute == HANDLER ? script_value(m, how) : style_value(m, how);
}

static const char *raw_value(fg_markup *m, fg_escape *how, fg_wrapping *around)
{
    m->ended = 0;
    if (!fg_markup_is_code(m))
        return NULL;
    m->quote = 0;
    *around = FG_WRAPPED_NOT;
    return m->element == SCRIPT ? script_value(m, how) : style_value(m, how);
}

const char *fg_markup_value(fg_markup *m, fg_bytes *out, fg_escape *how,
                            fg_wrapping *around)
{
    *how = FG_ESC_PLAIN;
    *around = FG_WRAPPED_TEXT;
    switch ((enum state)m->state) {
    case TEXT: return NULL;
    case DECLARED: m->matched = 2; return NULL;
    case COMMENT:
        m->matched = NOTHING;
        *around = FG_WRAPPED_COMMENT;
        return NULL;
    case RAW: return raw_value(m, how, around);
    case EQUALS:
        fg_bytes_char(out, '"');
        begin_value(m, VALUE_AUTO, 0);
        return attribute_value(m, how);
    case VALUE_OPEN: *around = FG_WRAPPED_UNQUOTED; return attribute_value(m, how);
    case VALUE:
    case VALUE_AUTO: return attribute_value(m, how);
    case OPEN:
    case OPEN_END:
    case TAG_NAME: return "a value cannot be the name of an element";
    case GAP:
    case NAME:
    case NAME_GAP:
    case VALUE_END:
    case CUT_NAME: break;
    }
    return "a value cannot be the name of an attribute";
}

void fg_markup_raw(fg_markup *m)
{
    fg_bytes unused;
    fg_escape how;
    fg_wrapping around;
    switch ((enum state)m->state) {
    case GAP:
    case NAME:
    case NAME_GAP:
    case VALUE_END:
    case CUT_NAME: end_value(m, CUT_NAME); return;
    case EQUALS: begin_value(m, VALUE_OPEN, 0); return;
    case OPEN:
    case OPEN_END:
    case TAG_NAME:
        m->state = TAG_NAME;
        add_to_name(m, '?');
        return;
    default: break;
    }
    fg_bytes_init(&unused);
    fg_markup_value(m, &unused, &how, &around);
    fg_bytes_drop(&unused);
}

/* Places in a tag behind a whole attribute, or behind a name that nothing follows. */
static bool is_between(const fg_markup *m)
{
    return m->state == GAP || m->state == VALUE_END || m->state == NAME
           || m->state == NAME_GAP || m->state == CUT_NAME;
}

/* The name of an element is whole where one way went on behind it. */
static void leave_name(fg_markup *m)
{
    if (m->state != TAG_NAME)
        return;
    end_tag_name(m);
    m->state = CUT_NAME;
}

static bool is_script(const fg_markup *m)
{
    return m->state == RAW ? m->element == SCRIPT : m->attribute == HANDLER;
}

/* Of an address what the stricter way of writing fits. */
static void join_parts(fg_markup *a, fg_markup *b)
{
    if (a->part != b->part)
        a->part = b->part = a->part == QUERY || b->part == QUERY ? QUERY : SCHEME;
}

/* Of code what was written last, which only guesses rest upon. */
static void join_code(fg_markup *a, fg_markup *b)
{
    bool same = a->before == b->before && memcmp(a->name, b->name, sizeof a->name) == 0;
    if (same || a->code != CODE || b->code != CODE)
        return;
    clear_name(a);
    clear_name(b);
    a->before = b->before = is_script(a) ? UNSURE : 0;
}

bool fg_markup_join(fg_markup *m, const fg_markup *other)
{
    fg_markup a = *m, b = *other;
    if (memcmp(m, other, sizeof *m) == 0)
        return true;
    leave_name(&a);
    leave_name(&b);
    if (is_between(&a) && is_between(&b) && a.element == b.element
        && a.ended == b.ended) {
        end_value(&a, CUT_NAME);
        *m = a;
        return true;
    }
    join_parts(&a, &b);
    if (fg_markup_is_code(m) || m->attribute == HANDLER || m->attribute == STYLED)
        join_code(&a, &b);
    a.entity = b.entity = a.entity | b.entity;
    if (memcmp(&a, &b, sizeof a) != 0)
        return false;
    *m = a;
    return true;
}

static const char *where_code(const fg_markup *m)
{
    switch ((enum code)m->code) {
    case CODE:
    case SLASH: return "in a script or style";
    case DOUBLE:
    case SINGLE:
    case TICKS: return "inside quotes in a script or style";
    case PATTERN:
    case PATTERN_CLASS: return "in a regular expression";
    case LINE_NOTE:
    case BLOCK_NOTE: return "in a comment of a script or style";
    case URL:
    case URL_DOUBLE:
    case URL_SINGLE: return "in url() of a style";
    }
    fg_unreachable();
}

const char *fg_markup_where(const fg_markup *m)
{
    switch ((enum state)m->state) {
    case TEXT: return "between elements";
    case DECLARED: return "in a declaration";
    case COMMENT: return "in a comment";
    case RAW: return fg_markup_is_code(m) ? where_code(m) : "in the text of an element";
    case VALUE:
    case VALUE_OPEN:
    case VALUE_AUTO: return "in the value of an attribute";
    case EQUALS: return "before the value of an attribute";
    case OPEN:
    case OPEN_END:
    case TAG_NAME:
    case GAP:
    case NAME:
    case NAME_GAP:
    case VALUE_END:
    case CUT_NAME: break;
    }
    return "in a tag";
}
