// SPDX-License-Identifier: Apache-2.0
/* Hosts of URLs: domain names, IPv4 in all the ways to write it, IPv6, and the opaque
 * hosts of schemes that are not special. */
#include "lib/percent.h"
#include "lib/url.h"

#include "base/utf8.h"

#include <idn2.h>
#include <stdio.h>

#define DOMAIN_MAX 4096u /* bytes of a name that is not plain ASCII; DNS takes 253 */

/* ---- IPv6 ----------------------------------------------------------------------- */

typedef struct six {
    const char *p, *end;
    uint16_t pieces[8];
    int n;        /* pieces read */
    int compress; /* the piece that :: stands in front of, or -1 */
} six;

static bool at(const six *x, char c) { return x->p < x->end && *x->p == c; }

static bool at_digit(const six *x)
{
    return x->p < x->end && *x->p >= '0' && *x->p <= '9';
}

/* A number up to 255 without leading zeros. */
static bool read_octet(six *x, unsigned *value)
{
    const char *from = x->p;
    for (*value = 0; at_digit(x); x->p++) {
        if (x->p > from && *value == 0)
            return false;
        *value = *value * 10 + (unsigned)(*x->p - '0');
        if (*value > 255)
            return false;
    }
    return x->p > from;
}

/* The IPv4 address that may take the place of the last two pieces. */
static bool read_tail(six *x)
{
    if (x->n > 6)
        return false;
    for (int i = 0; i < 4; i++) {
        unsigned octet;
        if (i > 0 && !at(x, '.'))
            return false;
        x->p += i > 0;
        if (!read_octet(x, &octet))
            return false;
        x->pieces[x->n] = (uint16_t)(x->pieces[x->n] << 8 | octet);
        x->n += i & 1;
    }
    return x->p == x->end;
}

/* A piece and the colon behind it, or the tail. */
static bool read_piece(six *x)
{
    const char *from = x->p;
    unsigned value = 0;
    while (x->p < x->end && x->p - from < 4 && fg_hex_digit(*x->p) >= 0)
        value = value << 4 | (unsigned)fg_hex_digit(*x->p++);
    if (at(x, '.')) {
        if (x->p == from)
            return false;
        x->p = from;
        return read_tail(x);
    }
    if (at(x, ':')) {
        if (++x->p == x->end)
            return false;
    } else if (x->p < x->end) {
        return false;
    }
    x->pieces[x->n++] = (uint16_t)value;
    return true;
}

/* Moves the pieces behind :: to the end. */
static void spread(six *x)
{
    int tail = x->n - x->compress, gap = 8 - x->n;
    for (int i = 7; i >= x->compress; i--)
        x->pieces[i] = i >= 8 - tail ? x->pieces[i - gap] : 0;
}

static bool parse_ipv6(fg_slice s, six *x)
{
    *x = (six){ .p = s.p, .end = s.p + s.n, .compress = -1 };
    if (at(x, ':')) {
        if (s.n < 2 || s.p[1] != ':')
            return false;
        x->p += 2;
        x->compress = x->n = 1;
    }
    while (x->p < x->end) {
        if (x->n == 8)
            return false;
        if (!at(x, ':')) {
            if (!read_piece(x))
                return false;
            continue;
        }
        if (x->compress >= 0)
            return false;
        x->p++;
        x->compress = ++x->n;
    }
    if (x->compress < 0)
        return x->n == 8;
    spread(x);
    return true;
}

/* The first of the longest runs of zero pieces, at least two, or 8. */
static int longest_zeros(const uint16_t *pieces, int *length)
{
    int best = 8;
    *length = 1;
    for (int i = 0, run = 0; i < 8; i++) {
        run = pieces[i] == 0 ? run + 1 : 0;
        if (run > *length) {
            *length = run;
            best = i - run + 1;
        }
    }
    return best;
}

static void write_ipv6(fg_bytes *b, const uint16_t *pieces)
{
    int length, zeros = longest_zeros(pieces, &length);
    fg_bytes_char(b, '[');
    for (int i = 0; i < 8; i++) {
        if (i == zeros) {
            fg_bytes_str(b, i == 0 ? "::" : ":");
            i += length - 1;
            continue;
        }
        fg_bytes_fmt(b, i < 7 ? "%x:" : "%x", pieces[i]);
    }
    fg_bytes_char(b, ']');
}

static fg_url_fault ipv6_host(fg_url *u, fg_slice text)
{
    six x;
    if (text.p[text.n - 1] != ']'
        || !parse_ipv6((fg_slice){ text.p + 1, text.n - 2 }, &x))
        return FG_URL_IPV6;
    for (int i = 0; i < 8; i++) {
        u->address[2 * i] = (uint8_t)(x.pieces[i] >> 8);
        u->address[2 * i + 1] = (uint8_t)x.pieces[i];
    }
    u->host_kind = FG_HOST_IPV6;
    write_ipv6(&u->host, x.pieces);
    return FG_URL_OK;
}

/* ---- IPv4 ----------------------------------------------------------------------- */

#define TOO_LARGE (UINT64_C(1) << 32)

/* One part of an address: decimal, 0 octal, 0x hexadecimal.  Large ones are TOO_LARGE. */
static bool read_number(fg_slice s, uint64_t *value)
{
    int base = 10;
    if (s.n == 0)
        return false;
    if (s.n >= 2 && s.p[0] == '0') {
        base = (s.p[1] | 0x20) == 'x' ? 16 : 8;
        uint32_t prefix = base == 16 ? 2 : 1;
        s = (fg_slice){ s.p + prefix, s.n - prefix };
    }
    *value = 0;
    for (uint32_t i = 0; i < s.n; i++) {
        int digit = fg_hex_digit(s.p[i]);
        if (digit < 0 || digit >= base)
            return false;
        *value = *value * (uint64_t)base + (uint64_t)digit;
        if (*value > TOO_LARGE)
            *value = TOO_LARGE;
    }
    return true;
}

/* s without a dot at its end. */
static fg_slice without_dot(fg_slice s)
{
    return s.n > 0 && s.p[s.n - 1] == '.' ? (fg_slice){ s.p, s.n - 1 } : s;
}

static bool all_digits(fg_slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* Is the last label a number, so that the host can only be an address? */
static bool ends_in_number(fg_slice s)
{
    uint64_t value;
    s = without_dot(s);
    uint32_t from = s.n;
    while (from > 0 && s.p[from - 1] != '.')
        from--;
    fg_slice last = { s.p + from, s.n - from };
    return all_digits(last) || read_number(last, &value);
}

static bool parse_ipv4(fg_slice s, uint32_t *address)
{
    uint64_t parts[4];
    uint32_t n = 0;
    s = without_dot(s);
    for (const char *p = s.p, *end = s.p + s.n; p <= end; n++) {
        const char *dot = memchr(p, '.', (size_t)(end - p));
        const char *stop = dot ? dot : end;
        if (n == 4 || !read_number((fg_slice){ p, (uint32_t)(stop - p) }, &parts[n]))
            return false;
        p = stop + 1;
    }
    if (parts[n - 1] >= UINT64_C(1) << (8 * (5 - n)))
        return false;
    *address = (uint32_t)parts[n - 1];
    for (uint32_t i = 0; i + 1 < n; i++) {
        if (parts[i] > 255)
            return false;
        *address |= (uint32_t)parts[i] << (8 * (3 - i));
    }
    return true;
}

static fg_url_fault ipv4_host(fg_url *u)
{
    uint32_t address;
    if (!parse_ipv4(fg_bytes_view(&u->host), &address))
        return FG_URL_IPV4;
    for (int i = 0; i < 4; i++)
        u->address[i] = (uint8_t)(address >> (8 * (3 - i)));
    u->host_kind = FG_HOST_IPV4;
    u->host.n = 0;
    fg_bytes_fmt(&u->host, "%u.%u.%u.%u", u->address[0], u->address[1], u->address[2],
                 u->address[3]);
    return FG_URL_OK;
}

/* ---- domain names --------------------------------------------------------------- */

static bool is_ace(fg_slice label)
{
    return label.n >= 4 && (label.p[0] | 0x20) == 'x' && (label.p[1] | 0x20) == 'n'
           && label.p[2] == '-' && label.p[3] == '-';
}

/* Is the library's objection to a label one of IDNA 2008 alone, which knows no symbols?
 * The four letters that a transitional mapping changes must not be in it. */
static bool may_retry(int rc, const char *text)
{
    if (rc != IDN2_DISALLOWED && rc != IDN2_CONTEXTO)
        return false;
    return !strstr(text, "\xc3\x9f") && !strstr(text, "\xcf\x82")
           && !strstr(text, "\xe2\x80\x8c") && !strstr(text, "\xe2\x80\x8d");
}

/* Appends the label as ASCII by UTS #46, not transitional.  The library then checks
 * IDNA 2008 too; a label it refuses for that is mapped again in the transitional way,
 * where it checks UTS #46 alone.  What stays refused although the standard allows it are
 * labels that are not ASCII with signs other than letters and digits, or with hyphens at
 * their ends or in third and fourth place: no registry has them. */
static bool put_label(fg_bytes *b, fg_slice label)
{
    char text[DOMAIN_MAX + 1];
    uint8_t *ascii = NULL;
    if (fg_is_ascii(label) && !is_ace(label)) {
        for (uint32_t i = 0; i < label.n; i++)
            fg_bytes_char(b, label.p[i] >= 'A' && label.p[i] <= 'Z' ? label.p[i] | 0x20
                                                                    : label.p[i]);
        return true;
    }
    memcpy(text, label.p, label.n);
    text[label.n] = '\0';
    int rc = idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_NONTRANSITIONAL);
    if (may_retry(rc, text))
        rc = idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_TRANSITIONAL);
    if (rc == IDN2_OK)
        fg_bytes_str(b, (const char *)ascii);
    b->failed |= rc == IDN2_MALLOC;
    idn2_free(ascii);
    return rc == IDN2_OK;
}

/* Bytes of the full stop at p: one of four, or 0. */
static uint32_t stop_at(const char *p, const char *end)
{
    if (*p == '.')
        return 1;
    if (end - p < 3 || (uint8_t)*p < 0xe0)
        return 0;
    return memcmp(p, "\xe3\x80\x82", 3) == 0 || memcmp(p, "\xef\xbc\x8e", 3) == 0
                   || memcmp(p, "\xef\xbd\xa1", 3) == 0
               ? 3
               : 0;
}

/* Appends a name that is valid UTF-8 as ASCII. */
static bool put_ascii(fg_bytes *b, fg_slice name)
{
    const char *from = name.p, *end = name.p + name.n;
    if (name.n > DOMAIN_MAX && !fg_is_ascii(name))
        return false;
    for (const char *p = from;; p++) {
        uint32_t stop = p < end ? stop_at(p, end) : 0;
        if (p < end && !stop)
            continue;
        fg_slice label = { from, (uint32_t)(p - from) };
        if ((label.n > DOMAIN_MAX && is_ace(label)) || !put_label(b, label))
            return false;
        if (p == end)
            return true;
        fg_bytes_char(b, '.');
        p += stop - 1;
        from = p + 1;
    }
}

/* A character that no host may have; `domain` for those of special schemes. */
static bool is_forbidden(char c, bool domain)
{
    if (c == '\0' || strchr("\t\n\r #/:<>?@[\\]^|", c))
        return true;
    return domain && ((uint8_t)c < 0x20 || c == '%' || c == 0x7f);
}

static bool has_forbidden(fg_slice s, bool domain)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (is_forbidden(s.p[i], domain))
            return true;
    return false;
}

static fg_url_fault domain_host(fg_url *u, fg_slice text)
{
    fg_bytes name;
    fg_bytes_init(&name);
    name.max = u->host.max;
    fg_percent_decode(&name, text, false);
    fg_url_fault fault = FG_URL_OK;
    if (memchr(name.p, '\0', name.n))
        fault = FG_URL_DOMAIN;
    else if (!put_ascii(&u->host, fg_bytes_view(&name)))
        fault = FG_URL_IDNA;
    u->host.failed |= name.failed;
    fg_bytes_drop(&name);
    if (fault)
        return fault;
    if (has_forbidden(fg_bytes_view(&u->host), true))
        return FG_URL_DOMAIN;
    if (u->host.n == 0)
        return FG_URL_EMPTY_HOST;
    if (ends_in_number(fg_bytes_view(&u->host)))
        return ipv4_host(u);
    u->host_kind = FG_HOST_DOMAIN;
    return FG_URL_OK;
}

fg_url_fault fg_url_host(fg_url *u, fg_slice text)
{
    u->host.n = 0;
    if (text.n > 0 && text.p[0] == '[')
        return ipv6_host(u, text);
    if (u->special)
        return domain_host(u, text);
    if (has_forbidden(text, false))
        return FG_URL_DOMAIN;
    u->host_kind = text.n > 0 ? FG_HOST_OPAQUE : FG_HOST_EMPTY;
    fg_url_escape(&u->host, text, "");
    return FG_URL_OK;
}
