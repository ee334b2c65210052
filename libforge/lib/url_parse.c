// SPDX-License-Identifier: Apache-2.0
/* The parser of URLs: the states of the WHATWG URL Standard as functions, each of which
 * leaves p where the next one begins.  Characters that the standard has encoded are
 * encoded per part; what it only reports as untidy is accepted. */
#define _GNU_SOURCE /* memrchr */
#include "lib/lib.h"
#include "lib/percent.h"
#include "lib/url.h"

/* What is encoded in each part, besides control characters and what is not ASCII. */
#define SET_FRAGMENT " \"<>`"
#define SET_QUERY " \"#<>"
#define SET_SPECIAL_QUERY SET_QUERY "'"
#define SET_PATH SET_QUERY "?^`{}"
#define SET_USERINFO SET_PATH "/:;=@[\\]|"

#define PORT_MAX 65535

static const struct {
    const char *scheme;
    int32_t port;
} specials[] = {
    { "http", 80 }, { "https", 443 }, { "ws", 80 },
    { "wss", 443 }, { "ftp", 21 },    { "file", -1 },
};

typedef struct parser {
    fg_url *u;
    const fg_url *base; /* or NULL */
    const char *p, *end;
} parser;

/* ---- parts ---------------------------------------------------------------------- */

void fg_url_init(fg_url *u, uint32_t max)
{
    fg_bytes *parts[] = { &u->scheme, &u->username, &u->password, &u->host,
                          &u->path,   &u->query,    &u->fragment };
    for (size_t i = 0; i < FG_COUNT(parts); i++) {
        fg_bytes_init(parts[i]);
        parts[i]->max = max;
    }
    memset(u->address, 0, sizeof u->address);
    u->host_kind = FG_HOST_NONE;
    u->port = -1;
    u->special = u->opaque_path = u->has_query = u->has_fragment = false;
}

void fg_url_drop(fg_url *u)
{
    fg_bytes *parts[] = { &u->scheme, &u->username, &u->password, &u->host,
                          &u->path,   &u->query,    &u->fragment };
    for (size_t i = 0; i < FG_COUNT(parts); i++)
        fg_bytes_drop(parts[i]);
}

static bool part_failed(const fg_url *u)
{
    return u->scheme.failed || u->username.failed || u->password.failed
           || u->host.failed || u->path.failed || u->query.failed || u->fragment.failed;
}

const char *fg_url_fault_text(fg_url_fault fault)
{
    static const char *const texts[] = { "",
#define X(name, text) text,
                                         FG_URL_FAULTS(X)
#undef X
    };
    return texts[fault];
}

static bool same(const fg_bytes *b, const char *text)
{
    return fg_slice_eq(fg_bytes_view(b), fg_slice_str(text));
}

static bool is_file(const fg_url *u) { return same(&u->scheme, "file"); }

static bool is_special(fg_slice scheme)
{
    for (size_t i = 0; i < FG_COUNT(specials); i++)
        if (fg_slice_eq(scheme, fg_slice_str(specials[i].scheme)))
            return true;
    return false;
}

int32_t fg_url_default_port(fg_slice scheme)
{
    for (size_t i = 0; i < FG_COUNT(specials); i++)
        if (fg_slice_eq(scheme, fg_slice_str(specials[i].scheme)))
            return specials[i].port;
    return -1;
}

void fg_url_escape(fg_bytes *b, fg_slice text, const char *set)
{
    const char *from = text.p, *end = text.p + text.n;
    for (const char *p = from; p < end; p++) {
        uint8_t c = (uint8_t)*p;
        if (c >= 0x20 && c < 0x7f && !strchr(set, c))
            continue;
        fg_bytes_put(b, from, (size_t)(p - from));
        fg_percent_byte(b, c);
        from = p + 1;
    }
    fg_bytes_put(b, from, (size_t)(end - from));
}

static void copy_part(fg_bytes *to, const fg_bytes *from)
{
    to->n = 0;
    fg_bytes_put(to, from->p, from->n);
}

/* ---- characters ----------------------------------------------------------------- */

static bool is_alpha(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool at(const parser *x, char c) { return x->p < x->end && *x->p == c; }

/* A slash, or a backslash where that means the same. */
static bool at_slash(const parser *x)
{
    return at(x, '/') || (x->u->special && at(x, '\\'));
}

/* The first of the characters in `stops` from p on, or the end.  A backslash among them
 * counts for special schemes only. */
static const char *find_stop(const parser *x, const char *stops)
{
    for (const char *p = x->p; p < x->end; p++)
        if (*p && strchr(stops, *p) && (*p != '\\' || x->u->special))
            return p;
    return x->end;
}

static fg_slice between(const char *from, const char *to)
{
    return (fg_slice){ from, (uint32_t)(to - from) };
}

/* ---- drive letters -------------------------------------------------------------- */

static bool is_drive(fg_slice s)
{
    return s.n == 2 && is_alpha(s.p[0]) && (s.p[1] == ':' || s.p[1] == '|');
}

/* Does what is left begin with one that is a whole segment? */
static bool at_drive(const parser *x)
{
    return x->end - x->p >= 2 && is_drive(between(x->p, x->p + 2))
           && (x->end - x->p == 2 || (x->p[2] && strchr("/\\?#", x->p[2])));
}

/* Length of the drive letter with its slash that a path begins with, or 0. */
static uint32_t drive_length(const fg_bytes *path)
{
    bool drive = path->n >= 3 && is_alpha(path->p[1]) && path->p[2] == ':'
                 && (path->n == 3 || path->p[3] == '/');
    return drive ? 3 : 0;
}

/* ---- path, query, fragment ------------------------------------------------------ */

/* Takes the last segment off the path; a drive letter stays. */
static void shorten(fg_url *u)
{
    if (is_file(u) && u->path.n == 3 && drive_length(&u->path))
        return;
    while (u->path.n > 0 && u->path.p[--u->path.n] != '/')
        ;
}

/* Number of dots that a segment of one or two dots stands for, or 0. */
static int dots_of(fg_slice s)
{
    int dots = 0;
    for (uint32_t i = 0; i < s.n; dots++) {
        if (dots == 2)
            return 0;
        if (s.p[i] == '.')
            i++;
        else if (s.n - i >= 3 && s.p[i] == '%' && s.p[i + 1] == '2'
                 && (s.p[i + 2] | 0x20) == 'e')
            i += 3;
        else
            return 0;
    }
    return dots;
}

static void add_segment(fg_url *u, fg_slice s)
{
    bool drive = is_file(u) && u->path.n == 0 && is_drive(s);
    fg_bytes_char(&u->path, '/');
    fg_url_escape(&u->path, s, SET_PATH);
    if (drive && !u->path.failed)
        u->path.p[2] = ':';
}

/* The rest from a '?' or '#' on. */
static fg_url_fault read_tail(parser *x)
{
    fg_url *u = x->u;
    if (at(x, '?')) {
        x->p++;
        const char *stop = find_stop(x, "#");
        u->has_query = true;
        u->query.n = 0;
        fg_url_escape(&u->query, between(x->p, stop),
                      u->special ? SET_SPECIAL_QUERY : SET_QUERY);
        x->p = stop;
    }
    if (at(x, '#')) {
        u->has_fragment = true;
        fg_url_escape(&u->fragment, between(x->p + 1, x->end), SET_FRAGMENT);
    }
    return FG_URL_OK;
}

/* Segments from p on, which stands behind a slash or where one is understood. */
static fg_url_fault read_path(parser *x)
{
    for (bool more = true; more;) {
        const char *stop = find_stop(x, "/\\?#");
        fg_slice segment = between(x->p, stop);
        int dots = dots_of(segment);
        x->p = stop;
        more = at_slash(x);
        if (dots == 2)
            shorten(x->u);
        if (dots == 0)
            add_segment(x->u, segment);
        else if (!more)
            fg_bytes_char(&x->u->path, '/');
        x->p += more;
    }
    return read_tail(x);
}

/* What follows a host. */
static fg_url_fault read_path_start(parser *x)
{
    if (!x->u->special && (x->p == x->end || *x->p == '?' || *x->p == '#'))
        return read_tail(x);
    x->p += at_slash(x);
    return read_path(x);
}

/* A path that is no list of segments.  A blank at its end would be lost when the query
 * or fragment behind it is. */
static fg_url_fault read_opaque_path(parser *x)
{
    const char *stop = find_stop(x, "?#");
    x->u->opaque_path = true;
    bool blank = stop < x->end && stop > x->p && stop[-1] == ' ';
    fg_url_escape(&x->u->path, between(x->p, stop - blank), "");
    if (blank)
        fg_percent_byte(&x->u->path, ' ');
    x->p = stop;
    return read_tail(x);
}

/* ---- authority ------------------------------------------------------------------ */

static fg_url_fault read_port(parser *x, const char *stop)
{
    int32_t port = 0;
    if (x->p == stop)
        return FG_URL_OK;
    for (; x->p < stop; x->p++) {
        if (!is_digit(*x->p))
            return FG_URL_PORT;
        port = port * 10 + (*x->p - '0');
        if (port > PORT_MAX)
            return FG_URL_PORT;
    }
    if (port != fg_url_default_port(fg_bytes_view(&x->u->scheme)))
        x->u->port = port;
    return FG_URL_OK;
}

/* The colon behind the host [p, stop), outside brackets; stop if there is none. */
static const char *find_colon(const parser *x, const char *stop)
{
    bool inside = false;
    for (const char *p = x->p; p < stop; p++) {
        if (*p == ':' && !inside)
            return p;
        if (*p == '[' || *p == ']')
            inside = *p == '[';
    }
    return stop;
}

/* Everything between the slashes and the path. */
static fg_url_fault read_authority(parser *x)
{
    fg_url *u = x->u;
    const char *stop = find_stop(x, "/\\?#");
    const char *sign = memrchr(x->p, '@', (size_t)(stop - x->p));
    if (sign) {
        const char *colon = memchr(x->p, ':', (size_t)(sign - x->p));
        const char *name_end = colon ? colon : sign;
        fg_url_escape(&u->username, between(x->p, name_end), SET_USERINFO);
        if (colon)
            fg_url_escape(&u->password, between(colon + 1, sign), SET_USERINFO);
        x->p = sign + 1;
    }
    const char *colon = find_colon(x, stop);
    fg_slice host = between(x->p, colon);
    if (host.n == 0 && (u->special || colon < stop || sign))
        return FG_URL_EMPTY_HOST;
    fg_url_fault fault = fg_url_host(u, host);
    if (fault)
        return fault;
    x->p = colon + (colon < stop);
    fault = read_port(x, stop);
    return fault ? fault : read_path_start(x);
}

/* The authority of a special scheme: however many slashes there are. */
static fg_url_fault skip_slashes(parser *x)
{
    while (at_slash(x))
        x->p++;
    return read_authority(x);
}

/* ---- relative ------------------------------------------------------------------- */

static void copy_host(fg_url *u, const fg_url *base)
{
    copy_part(&u->host, &base->host);
    u->host_kind = base->host_kind;
    memcpy(u->address, base->address, sizeof u->address);
}

static void copy_authority(fg_url *u, const fg_url *base)
{
    copy_part(&u->username, &base->username);
    copy_part(&u->password, &base->password);
    u->port = base->port;
    copy_host(u, base);
}

static void copy_path(fg_url *u, const fg_url *base)
{
    copy_part(&u->path, &base->path);
    copy_part(&u->query, &base->query);
    u->has_query = base->has_query;
}

static void forget_query(fg_url *u)
{
    u->query.n = 0;
    u->has_query = false;
}

static fg_url_fault read_relative(parser *x)
{
    fg_url *u = x->u;
    if (at_slash(x)) {
        x->p++;
        if (u->special && at_slash(x))
            return skip_slashes(x);
        if (at(x, '/')) {
            x->p++;
            return read_authority(x);
        }
        copy_authority(u, x->base);
        return read_path(x);
    }
    copy_authority(u, x->base);
    copy_path(u, x->base);
    if (x->p == x->end || *x->p == '?' || *x->p == '#')
        return read_tail(x);
    forget_query(u);
    shorten(u);
    return read_path(x);
}

/* ---- file ----------------------------------------------------------------------- */

/* Behind two slashes: a host, unless it is a drive letter. */
static fg_url_fault read_file_host(parser *x)
{
    const char *stop = find_stop(x, "/\\?#");
    fg_slice host = between(x->p, stop);
    if (is_drive(host))
        return read_path(x);
    if (host.n > 0) {
        fg_url_fault fault = fg_url_host(x->u, host);
        if (fault)
            return fault;
        if (same(&x->u->host, "localhost")) {
            x->u->host.n = 0;
            x->u->host_kind = FG_HOST_EMPTY;
        }
    }
    x->p = stop;
    return read_path_start(x);
}

static fg_url_fault read_file(parser *x)
{
    fg_url *u = x->u;
    const fg_url *base = x->base && is_file(x->base) ? x->base : NULL;
    u->host_kind = FG_HOST_EMPTY;
    if (at_slash(x)) {
        x->p++;
        if (at_slash(x)) {
            x->p++;
            return read_file_host(x);
        }
        if (base) {
            copy_host(u, base);
            if (!at_drive(x))
                fg_bytes_put(&u->path, base->path.p, drive_length(&base->path));
        }
        return read_path(x);
    }
    if (!base)
        return read_path(x);
    copy_host(u, base);
    copy_path(u, base);
    if (x->p == x->end || *x->p == '?' || *x->p == '#')
        return read_tail(x);
    forget_query(u);
    if (at_drive(x))
        u->path.n = 0;
    else
        shorten(u);
    return read_path(x);
}

/* ---- scheme --------------------------------------------------------------------- */

/* Takes the scheme and its colon, or nothing. */
static bool read_scheme(parser *x)
{
    const char *p = x->p;
    if (p == x->end || !is_alpha(*p))
        return false;
    while (p < x->end && (is_alpha(*p) || is_digit(*p) || strchr("+-.", *p)) && *p)
        p++;
    if (p == x->end || *p != ':')
        return false;
    for (; x->p < p; x->p++)
        fg_bytes_char(&x->u->scheme, is_alpha(*x->p) ? *x->p | 0x20 : *x->p);
    x->p++;
    x->u->special = is_special(fg_bytes_view(&x->u->scheme));
    return true;
}

static bool at_two_slashes(const parser *x)
{
    return x->end - x->p >= 2 && x->p[0] == '/' && x->p[1] == '/';
}

static fg_url_fault read_after_scheme(parser *x)
{
    fg_url *u = x->u;
    if (is_file(u))
        return read_file(x);
    bool alike =
        u->special && x->base
        && fg_slice_eq(fg_bytes_view(&x->base->scheme), fg_bytes_view(&u->scheme));
    if (alike && !at_two_slashes(x))
        return read_relative(x);
    if (u->special)
        return skip_slashes(x);
    if (!at(x, '/'))
        return read_opaque_path(x);
    x->p++;
    if (!at(x, '/'))
        return read_path(x);
    x->p++;
    return read_authority(x);
}

static fg_url_fault read_without_scheme(parser *x)
{
    const fg_url *base = x->base;
    if (!base || (base->opaque_path && !at(x, '#')))
        return FG_URL_RELATIVE;
    copy_part(&x->u->scheme, &base->scheme);
    x->u->special = base->special;
    if (base->opaque_path) {
        copy_path(x->u, base);
        x->u->opaque_path = true;
        return read_tail(x);
    }
    return is_file(base) ? read_file(x) : read_relative(x);
}

/* ---- whole ---------------------------------------------------------------------- */

/* The text without control characters and blanks around it, tabs and line ends in it, and
 * bytes that are not UTF-8. */
static void clean(fg_bytes *b, fg_slice text)
{
    const char *from = text.p, *end = text.p + text.n;
    while (from < end && (uint8_t)*from <= ' ')
        from++;
    while (end > from && (uint8_t)end[-1] <= ' ')
        end--;
    fg_put_valid(b, between(from, end));
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->n; i++)
        if (b->p[i] != '\t' && b->p[i] != '\n' && b->p[i] != '\r')
            b->p[n++] = b->p[i];
    b->n = n;
}

fg_url_fault fg_url_parse(fg_url *u, fg_slice text, const fg_url *base)
{
    fg_bytes b;
    fg_bytes_init(&b);
    b.max = u->path.max;
    clean(&b, text);
    parser x = { .u = u, .base = base, .p = b.p, .end = b.p + b.n };
    fg_url_fault fault =
        read_scheme(&x) ? read_after_scheme(&x) : read_without_scheme(&x);
    if (b.failed || part_failed(u))
        fault = FG_URL_MEMORY;
    fg_bytes_drop(&b);
    return fault;
}

void fg_url_write(const fg_url *u, bool fragment, fg_bytes *b)
{
    fg_bytes_slice(b, fg_bytes_view(&u->scheme));
    fg_bytes_char(b, ':');
    if (u->host_kind != FG_HOST_NONE) {
        fg_bytes_str(b, "//");
        fg_bytes_slice(b, fg_bytes_view(&u->username));
        if (u->password.n > 0) {
            fg_bytes_char(b, ':');
            fg_bytes_slice(b, fg_bytes_view(&u->password));
        }
        if (u->username.n > 0 || u->password.n > 0)
            fg_bytes_char(b, '@');
        fg_bytes_slice(b, fg_bytes_view(&u->host));
        if (u->port >= 0)
            fg_bytes_fmt(b, ":%d", (int)u->port);
    } else if (!u->opaque_path && u->path.n > 1 && u->path.p[1] == '/') {
        fg_bytes_str(b, "/."); /* or the path would begin an authority */
    }
    fg_bytes_slice(b, fg_bytes_view(&u->path));
    if (u->has_query) {
        fg_bytes_char(b, '?');
        fg_bytes_slice(b, fg_bytes_view(&u->query));
    }
    if (fragment && u->has_fragment) {
        fg_bytes_char(b, '#');
        fg_bytes_slice(b, fg_bytes_view(&u->fragment));
    }
}

/* The origin of the URL inside blob:… */
static bool inner_origin(const fg_url *u, fg_bytes *b)
{
    fg_url inner;
    fg_url_init(&inner, u->path.max);
    bool found = fg_url_parse(&inner, fg_bytes_view(&u->path), NULL) == FG_URL_OK
                 && (same(&inner.scheme, "http") || same(&inner.scheme, "https"));
    if (found)
        fg_url_origin(&inner, b);
    fg_url_drop(&inner);
    return found;
}

void fg_url_origin(const fg_url *u, fg_bytes *b)
{
    if (same(&u->scheme, "blob") && inner_origin(u, b))
        return;
    if (!u->special || is_file(u)) {
        fg_bytes_str(b, "null");
        return;
    }
    fg_bytes_slice(b, fg_bytes_view(&u->scheme));
    fg_bytes_str(b, "://");
    fg_bytes_slice(b, fg_bytes_view(&u->host));
    if (u->port >= 0)
        fg_bytes_fmt(b, ":%d", (int)u->port);
}
