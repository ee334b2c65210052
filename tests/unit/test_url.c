// SPDX-License-Identifier: Apache-2.0
/* URLs against the WHATWG URL Standard: what an input is relative to a base, how it is
 * written, its origin, and the kind and bytes of its host. */
#include "prog.h"

#include "lib/url.h"

#include <stdio.h>
#include <string.h>

typedef struct vector {
    const char *input, *base; /* base NULL: none */
    const char *href;         /* NULL: the fault below */
    const char *origin;       /* NULL: not compared */
    fg_url_fault fault;
} vector;

#define GOOD(input, href)                                                              \
    {                                                                                  \
        input, NULL, href, NULL, FG_URL_OK                                             \
    }
#define FROM(base, input, href)                                                        \
    {                                                                                  \
        input, base, href, NULL, FG_URL_OK                                             \
    }
#define ORIGIN(input, origin)                                                          \
    {                                                                                  \
        input, NULL, NULL, origin, FG_URL_OK                                           \
    }
#define BAD(input, fault)                                                              \
    {                                                                                  \
        input, NULL, NULL, NULL, FG_URL_##fault                                        \
    }
#define BAD_FROM(base, input, fault)                                                   \
    {                                                                                  \
        input, base, NULL, NULL, FG_URL_##fault                                        \
    }

#define FOO "http://example.org/foo/bar"

static const vector vectors[] = {
    /* the examples of the standard's introduction */
    GOOD("https:example.org", "https://example.org/"),
    GOOD("https://////example.com///", "https://example.com///"),
    GOOD("https://example.com/././foo", "https://example.com/foo"),
    FROM("https://example.com", "hello:world", "hello:world"),
    FROM("https://example.com", "https:example.org", "https://example.com/example.org"),
    FROM("https://example.com/demo", "\\example\\..\\demo/.\\",
         "https://example.com/demo/"),
    FROM("https://example.com/demo", "example", "https://example.com/example"),
    GOOD("file:///C|/demo", "file:///C:/demo"),
    FROM("file:///C:/demo", "..", "file:///C:/"),
    GOOD("file://loc%61lhost/", "file:///"),
    GOOD("https://user:password@example.org/", "https://user:password@example.org/"),
    GOOD("https://example.org/foo bar", "https://example.org/foo%20bar"),
    GOOD("https://EXAMPLE.com/../x", "https://example.com/x"),
    BAD("https://ex ample.org/", DOMAIN),
    BAD("example", RELATIVE),
    BAD("https://example.com:demo", PORT),
    BAD("http://[www.example.com]/", IPV6),
    GOOD("https://example.org//", "https://example.org//"),

    /* blanks, control characters, bytes that are not UTF-8 */
    GOOD("  \x01http://a/\x1f ", "http://a/"),
    GOOD("ht\ntp:\t//a\r/b\nc", "http://a/bc"),
    FROM(FOO, " \t", FOO),
    GOOD("http://a/b c?d e#f g", "http://a/b%20c?d%20e#f%20g"),
    GOOD("http://a/\x7f\x01z", "http://a/%7F%01z"),
    GOOD("http://a/\xff?\xc3#\xe2\x82", "http://a/%EF%BF%BD?%EF%BF%BD#%EF%BF%BD"),

    /* schemes */
    GOOD("HTTP://A", "http://a/"),
    GOOD("a+-.1:b", "a+-.1:b"),
    BAD("1a:b", RELATIVE),
    BAD(":b", RELATIVE),
    BAD("", RELATIVE),
    BAD("//a", RELATIVE),
    FROM(FOO, "1a:b", "http://example.org/foo/1a:b"),
    FROM(FOO, ":b", "http://example.org/foo/:b"),
    FROM(FOO, "a/b:c", "http://example.org/foo/a/b:c"),
    FROM(FOO, "", FOO),

    /* what is encoded in which part */
    GOOD("http://a/ \"#<>?`{}", "http://a/%20%22#%3C%3E?%60{}"),
    GOOD("http://a/<>^`{}|'\\x", "http://a/%3C%3E%5E%60%7B%7D|'/x"),
    GOOD("http://a/?\"<>'`{}|^[]", "http://a/?%22%3C%3E%27`{}|^[]"),
    GOOD("a://a/?\"<>'`", "a://a/?%22%3C%3E'`"),
    GOOD("http://a/#\"<>'`{}#", "http://a/#%22%3C%3E'%60{}#"),
    GOOD("http://u/:;=@a/", "http://u/:;=@a/"),
    GOOD("http://a;=[]^|b:c:d@h/", "http://a%3B%3D%5B%5D%5E%7Cb:c%3Ad@h/"),
    GOOD("http://a@b@c/", "http://a%40b@c/"),
    GOOD("http://a:b@c:d@e/", "http://a:b%40c%3Ad@e/"),
    GOOD("http://:p@h/", "http://:p@h/"),
    GOOD("http://u:@h/", "http://u@h/"),
    GOOD("http://@h/", "http://h/"),
    GOOD("http://:@h/", "http://h/"),
    GOOD("http://a/%zz%2f%", "http://a/%zz%2f%"),
    GOOD("http://a/\xc3\xa9?\xc3\xa9#\xc3\xa9", "http://a/%C3%A9?%C3%A9#%C3%A9"),
    GOOD("http://a?b", "http://a/?b"),
    GOOD("http://a#b?c", "http://a/#b?c"),
    GOOD("http://a?#", "http://a/?#"),
    BAD("http://u@/x", EMPTY_HOST),
    BAD("a://u@/x", EMPTY_HOST),
    BAD("http://u:p@", EMPTY_HOST),

    /* dots */
    GOOD("http://a/b/../c/./d", "http://a/c/d"),
    GOOD("http://a/b/..", "http://a/"),
    GOOD("http://a/b/.", "http://a/b/"),
    GOOD("http://a/../../b", "http://a/b"),
    GOOD("http://a/b/%2e%2E/c/.%2e/%2e/d", "http://a/d"),
    GOOD("http://a/...", "http://a/..."),
    GOOD("http://a/%2e%2e%2e", "http://a/%2e%2e%2e"),
    GOOD("http://a/b/..?c", "http://a/?c"),
    GOOD("http://a//../b", "http://a/b"),
    GOOD("http://a/b//..//c", "http://a/b//c"),
    GOOD("a:/b/../../c", "a:/c"),
    GOOD("a:b/../c", "a:b/../c"),
    GOOD("a:/.//b", "a:/.//b"),
    GOOD("a:/..//b", "a:/.//b"),
    GOOD("a:/x/..//b", "a:/.//b"),
    FROM("a:/.//b", "c", "a:/.//c"),

    /* relative */
    FROM("http://a/b/c/d;p?q", "g", "http://a/b/c/g"),
    FROM("http://a/b/c/d;p?q", "./g", "http://a/b/c/g"),
    FROM("http://a/b/c/d;p?q", "g/", "http://a/b/c/g/"),
    FROM("http://a/b/c/d;p?q", "/g", "http://a/g"),
    FROM("http://a/b/c/d;p?q", "//g", "http://g/"),
    FROM("http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y"),
    FROM("http://a/b/c/d;p?q", "g?y#s", "http://a/b/c/g?y#s"),
    FROM("http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q#s"),
    FROM("http://a/b/c/d;p?q", ";x", "http://a/b/c/;x"),
    FROM("http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q"),
    FROM("http://a/b/c/d;p?q", ".", "http://a/b/c/"),
    FROM("http://a/b/c/d;p?q", "../..", "http://a/"),
    FROM("http://a/b/c/d;p?q", "../../../../g", "http://a/g"),
    FROM("http://a/b/c/d;p?q", "http:g", "http://a/b/c/g"),
    FROM("http://a/b/c/d;p?q", "http:/g", "http://a/g"),
    FROM("http://a/b/c/d;p?q", "http://g", "http://g/"),
    FROM("http://a/b/c/d;p?q", "https:g", "https://g/"),
    FROM("http://a/b/c/d;p?q", "\\g", "http://a/g"),
    FROM("http://a/b/c/d;p?q", "/\\g", "http://g/"),
    FROM("http://a/b#f", "c", "http://a/c"),
    FROM("http://a/b#f", "", "http://a/b"),
    FROM("http://u:p@a:81/b", "c", "http://u:p@a:81/c"),
    FROM("http://u:p@a:81/b", "//c", "http://c/"),
    FROM("a://h/b/c", "d", "a://h/b/d"),
    FROM("a://h/b/c", "\\d", "a://h/b/\\d"),
    FROM("a://h", "d", "a://h/d"),
    FROM("a://h", "?d", "a://h?d"),
    FROM("a:/b/c", "//d", "a://d"),
    FROM("a:b", "#c", "a:b#c"),
    FROM("a:b?x", "#c", "a:b?x#c"),
    BAD_FROM("a:b", "c", RELATIVE),
    BAD_FROM("a:b", "?c", RELATIVE),
    BAD_FROM("mailto:x@y", "", RELATIVE),
    BAD_FROM(FOO, "http://", EMPTY_HOST),

    /* opaque paths */
    GOOD("mailto:a@b.c", "mailto:a@b.c"),
    GOOD("data:text/plain, a b", "data:text/plain, a b"),
    GOOD("data:a  ?b", "data:a %20?b"),
    GOOD("data:a #b", "data:a%20#b"),
    GOOD("data:a  ", "data:a"),
    GOOD("javascript:\xc3\xa9\"<>`", "javascript:%C3%A9\"<>`"),
    GOOD("a:", "a:"),

    /* ports */
    GOOD("http://a:80/", "http://a/"),
    GOOD("https://a:443/", "https://a/"),
    GOOD("ws://a:80", "ws://a/"),
    GOOD("wss://a:443", "wss://a/"),
    GOOD("ftp://a:21/", "ftp://a/"),
    GOOD("https://a:80/", "https://a:80/"),
    GOOD("http://a:/b", "http://a/b"),
    GOOD("http://a:00000000000080/", "http://a/"),
    GOOD("http://a:65535/", "http://a:65535/"),
    GOOD("http://a:0/", "http://a:0/"),
    GOOD("a://h:80", "a://h:80"),
    BAD("http://a:65536/", PORT),
    BAD("http://a:99999999999999999999/", PORT),
    BAD("http://a:8a/", PORT),
    BAD("http://a:-1/", PORT),
    BAD("http://:80/", EMPTY_HOST),
    BAD("a://:80", EMPTY_HOST),
    BAD("http://", EMPTY_HOST),
    BAD("http:", EMPTY_HOST),
    BAD("http://?x", EMPTY_HOST),

    /* IPv4 */
    GOOD("http://127.0.0.1/", "http://127.0.0.1/"),
    GOOD("http://127.1/", "http://127.0.0.1/"),
    GOOD("http://0x7f.1/", "http://127.0.0.1/"),
    GOOD("http://0x7F000001", "http://127.0.0.1/"),
    GOOD("http://017700000001", "http://127.0.0.1/"),
    GOOD("http://2130706433/", "http://127.0.0.1/"),
    GOOD("http://192.168.257", "http://192.168.1.1/"),
    GOOD("http://192.168.0.257.com", "http://192.168.0.257.com/"),
    GOOD("http://0x.0x.0", "http://0.0.0.0/"),
    GOOD("http://256", "http://0.0.1.0/"),
    GOOD("http://1.2.3.4./", "http://1.2.3.4/"),
    GOOD("http://%31.2.3.4", "http://1.2.3.4/"),
    GOOD("http://\xef\xbc\x91.2.3.4", "http://1.2.3.4/"),
    GOOD("http://1.2.3.0x", "http://1.2.3.0/"),
    GOOD("http://1.2.3.0xg", "http://1.2.3.0xg/"),
    GOOD("http://4294967295", "http://255.255.255.255/"),
    GOOD("http://1.16777215", "http://1.255.255.255/"),
    GOOD("a://127.1", "a://127.1"),
    BAD("http://4294967296", IPV4),
    BAD("http://1.16777216", IPV4),
    BAD("http://1.2.3.256", IPV4),
    BAD("http://256.1.1.1", IPV4),
    BAD("http://1.2.3.4.5", IPV4),
    BAD("http://1..2", IPV4),
    BAD("http://1.2.3.08", IPV4),
    BAD("http://foo.09", IPV4),
    BAD("http://foo.0x4", IPV4),
    BAD("http://foo.1.", IPV4),
    BAD("http://0x100000000000000000000", IPV4),
    GOOD("http://1.2.3.4..", "http://1.2.3.4../"),
    GOOD("http://./", "http://./"),
    GOOD("http://a../", "http://a../"),

    /* IPv6 */
    GOOD("http://[::1]:81/", "http://[::1]:81/"),
    GOOD("http://[::]", "http://[::]/"),
    GOOD("http://[0:0:0:0:0:0:0:0]", "http://[::]/"),
    GOOD("http://[2001:DB8:0:0:1:0:0:1]", "http://[2001:db8::1:0:0:1]/"),
    GOOD("http://[2001:db8:0:1:0:0:0:1]", "http://[2001:db8:0:1::1]/"),
    GOOD("http://[1:0:0:0:0:0:0:0]", "http://[1::]/"),
    GOOD("http://[1:2:3:4:5:6:7::]", "http://[1:2:3:4:5:6:7:0]/"),
    GOOD("http://[1:0:2:3:4:5:6:7]", "http://[1:0:2:3:4:5:6:7]/"),
    GOOD("http://[::127.0.0.1]", "http://[::7f00:1]/"),
    GOOD("http://[1:2:3:4:5:6:1.2.3.4]", "http://[1:2:3:4:5:6:102:304]/"),
    GOOD("http://[00ab::]", "http://[ab::]/"),
    GOOD("a://[::1]", "a://[::1]"),
    GOOD("http://u@[::1]/x", "http://u@[::1]/x"),
    BAD("http://[::1", IPV6),
    BAD("http://[]", IPV6),
    BAD("http://[:1]", IPV6),
    BAD("http://[1:]", IPV6),
    BAD("http://[::1::]", IPV6),
    BAD("http://[1:2:3:4:5:6:7]", IPV6),
    BAD("http://[1:2:3:4:5:6:7:8:9]", IPV6),
    BAD("http://[1:2:3:4:5:6:7::8]", IPV6),
    BAD("http://[12345::]", IPV6),
    BAD("http://[::g]", IPV6),
    BAD("http://[::1.2.3]", IPV6),
    BAD("http://[::1.2.3.04]", IPV6),
    BAD("http://[::1.2.3.256]", IPV6),
    BAD("http://[::1.2.3.4x]", IPV6),
    BAD("http://[1:2:3:4:5:6:7:1.2.3.4]", IPV6),
    BAD("http://[::.1.2.3]", IPV6),
    BAD("http://[::1%25eth0]", IPV6),
    BAD("http://[::1]x/", IPV6),

    /* domains */
    GOOD("http://EXAMPLE%2ecom/", "http://example.com/"),
    GOOD("http://m\xc3\xbcnchen.de/", "http://xn--mnchen-3ya.de/"),
    GOOD("http://fa\xc3\x9f.de", "http://xn--fa-hia.de/"),
    GOOD("http://FA%C3%9F.de", "http://xn--fa-hia.de/"),
    GOOD("http://xn--fa-hia.de", "http://xn--fa-hia.de/"),
    GOOD("http://XN--FA-HIA.de", "http://xn--fa-hia.de/"),
    GOOD("http://\xe2\x98\x95.example", "http://xn--53h.example/"),
    GOOD("http://xn--53h.example", "http://xn--53h.example/"),
    GOOD("http://\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
         "http://xn--r8jz45g.xn--zckzah/"),
    GOOD("http://a\xe3\x80\x82"
         "b\xef\xbc\x8e"
         "c\xef\xbd\xa1"
         "d",
         "http://a.b.c.d/"),
    GOOD("http://\xef\xbc\xa7\xef\xbd\x8f.com", "http://go.com/"),
    GOOD("http://a\xc2\xad"
         "b.com",
         "http://ab.com/"),
    GOOD("http://a_b.c--d.-e.com", "http://a_b.c--d.-e.com/"),
    GOOD("http://!\"$&'()*+,-.;=_`{}~/", "http://!\"$&'()*+,-.;=_`{}~/"),
    BAD("http://\xc2\xad/", EMPTY_HOST),
    BAD("http://\xcc\x81"
        "a.com/",
        IDNA),
    BAD("http://xn--/", IDNA),
    BAD("http://xn--ab-/", IDNA),
    BAD("http://xn--AB-/", IDNA),
    BAD("http://xn---/", IDNA),
    BAD("http://xn--\xe2\x98\x95/", IDNA),
    BAD("http://xn--a/", IDNA),
    BAD("http://xn--\xc3\xbc/", IDNA),
    BAD("http://a\xef\xbf\xbd"
        "b/",
        IDNA),
    BAD("http://%ff/", IDNA),
    BAD("http://a\xe2\x80\xae"
        "b.com/",
        IDNA),
    BAD("http://a%00b/", DOMAIN),
    BAD("http://a%b/", DOMAIN),
    BAD("http://a<b/", DOMAIN),
    BAD("http://a|b/", DOMAIN),
    BAD("http://a^b/", DOMAIN),
    BAD("http://a%20b/", DOMAIN),
    BAD("http://a%3Ab/", DOMAIN),
    BAD("http://a%7Fb/", DOMAIN),
    BAD("http://a]b/", DOMAIN),
    BAD("http://a b/", DOMAIN),

    /* opaque hosts */
    GOOD("a://\xc3\xa9%20H/", "a://%C3%A9%20H/"),
    GOOD("a://h%zz!/", "a://h%zz!/"),
    GOOD("a://h\"x{}`", "a://h\"x{}`"),
    GOOD("a://", "a://"),
    GOOD("a:///b", "a:///b"),
    BAD("a://h\\b", DOMAIN),
    BAD("a://h x/", DOMAIN),
    BAD("a://h<x/", DOMAIN),
    BAD("a://h^x/", DOMAIN),
    BAD("a://h|x/", DOMAIN),

    /* file */
    GOOD("file:", "file:///"),
    GOOD("file:a", "file:///a"),
    GOOD("file:/a", "file:///a"),
    GOOD("file://a", "file://a/"),
    GOOD("file:///a", "file:///a"),
    GOOD("file:////a", "file:////a"),
    GOOD("file:\\\\h\\a", "file://h/a"),
    GOOD("file://localhost/a", "file:///a"),
    GOOD("file://H/C|/x", "file://h/C:/x"),
    GOOD("file:c|/x/../..", "file:///c:/"),
    GOOD("file:///C|", "file:///C:"),
    GOOD("file:///C|x", "file:///C|x"),
    GOOD("file:///C:/../x", "file:///C:/x"),
    GOOD("file:///x/C|/y", "file:///x/C|/y"),
    GOOD("file://C:/x", "file:///C:/x"),
    GOOD("file:?q", "file:///?q"),
    GOOD("file:#f", "file:///#f"),
    BAD("file://a:80/", DOMAIN),
    BAD("file://u@h/", DOMAIN),
    FROM("file:///C:/a/b", "c", "file:///C:/a/c"),
    FROM("file:///C:/a/b", "/c", "file:///C:/c"),
    FROM("file:///C:/a/b", "/D:/c", "file:///D:/c"),
    FROM("file:///C:/a/b", "D|/c", "file:///D:/c"),
    FROM("file:///C:/a/b", "//h/c", "file://h/c"),
    FROM("file:///C:/a/b", "///c", "file:///c"),
    FROM("file://h/C:/a", "/c", "file://h/C:/c"),
    FROM("file:///a/b?q", "", "file:///a/b?q"),
    FROM("file:///a/b?q", "?r", "file:///a/b?r"),
    FROM("file:///a/b?q", "#f", "file:///a/b?q#f"),
    FROM("file:///a/b", "file:c", "file:///a/c"),
    FROM(FOO, "file:c", "file:///c"),
    FROM("file:///a/b", "http:c", "http://c/"),

    /* origins */
    ORIGIN("https://u:p@a:8443/x?y#z", "https://a:8443"),
    ORIGIN("http://a:80", "http://a"),
    ORIGIN("ws://[::1]:9", "ws://[::1]:9"),
    ORIGIN("ftp://a", "ftp://a"),
    ORIGIN("file:///a", "null"),
    ORIGIN("mailto:a@b", "null"),
    ORIGIN("a://h:1", "null"),
    ORIGIN("blob:https://a.com:443/uuid", "https://a.com"),
    ORIGIN("blob:http://a.com:81/uuid", "http://a.com:81"),
    ORIGIN("blob:file:///a", "null"),
    ORIGIN("blob:ftp://a/", "null"),
    ORIGIN("blob:", "null"),
    ORIGIN("blob:blob:https://a/", "null"),
};

/* Parses base and input; the URLs are to be dropped in every case. */
static fg_url_fault parse(const char *input, const char *base, fg_url *b, fg_url *u)
{
    fg_url_init(b, 0);
    fg_url_init(u, 0);
    if (base)
        assert_int_equal(fg_url_parse(b, fg_slice_str(base), NULL), FG_URL_OK);
    return fg_url_parse(u, fg_slice_str(input), base ? b : NULL);
}

static void expect_text(const char *input, fg_bytes *got, const char *want)
{
    fg_bytes_char(got, '\0');
    if (strcmp(got->p, want) != 0)
        fail_msg("%s gives %s, not %s", input, got->p, want);
}

static void check(const vector *v)
{
    fg_url base, u;
    fg_bytes text;
    fg_bytes_init(&text);
    fg_url_fault fault = parse(v->input, v->base, &base, &u);
    if (fault != v->fault)
        fail_msg("%s: fault '%s', not '%s'", v->input, fg_url_fault_text(fault),
                 fg_url_fault_text(v->fault));
    if (v->href) {
        fg_url_write(&u, true, &text);
        expect_text(v->input, &text, v->href);
    }
    if (v->origin) {
        fg_url_origin(&u, &text);
        expect_text(v->input, &text, v->origin);
    }
    fg_bytes_drop(&text);
    fg_url_drop(&u);
    fg_url_drop(&base);
}

static void vectors_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < FG_COUNT(vectors); i++)
        check(&vectors[i]);
}

/* What was written is read as the same. */
static void written_is_stable(void **state)
{
    (void)state;
    for (size_t i = 0; i < FG_COUNT(vectors); i++)
        if (vectors[i].href) {
            vector again = GOOD(vectors[i].href, vectors[i].href);
            check(&again);
        }
}

static void hosts_have_kinds(void **state)
{
    static const struct {
        const char *input;
        fg_host_kind kind;
        uint8_t address[16];
    } hosts[] = {
        { "http://0x7f.1/", FG_HOST_IPV4, { 127, 0, 0, 1 } },
        { "http://1.2.3.4./", FG_HOST_IPV4, { 1, 2, 3, 4 } },
        { "http://[::ffff:1.2.3.4]/",
          FG_HOST_IPV6,
          { [10] = 0xff, [11] = 0xff, [12] = 1, [13] = 2, [14] = 3, [15] = 4 } },
        { "http://[fe80::1:2]/", FG_HOST_IPV6, { 0xfe, 0x80, [13] = 1, [15] = 2 } },
        { "a://[::1]", FG_HOST_IPV6, { [15] = 1 } },
        { "http://a.1b", FG_HOST_DOMAIN, { 0 } },
        { "a://127.0.0.1", FG_HOST_OPAQUE, { 0 } },
        { "a:///b", FG_HOST_EMPTY, { 0 } },
        { "file:///b", FG_HOST_EMPTY, { 0 } },
        { "file://localhost/b", FG_HOST_EMPTY, { 0 } },
        { "a:/b", FG_HOST_NONE, { 0 } },
        { "mailto:b", FG_HOST_NONE, { 0 } },
    };
    (void)state;
    for (size_t i = 0; i < FG_COUNT(hosts); i++) {
        fg_url base, u;
        assert_int_equal(parse(hosts[i].input, NULL, &base, &u), FG_URL_OK);
        assert_int_equal(u.host_kind, hosts[i].kind);
        assert_memory_equal(u.address, hosts[i].address, sizeof u.address);
        fg_url_drop(&u);
        fg_url_drop(&base);
    }
}

/* A reference takes the base's host with its kind and address. */
static void relative_keeps_address(void **state)
{
    fg_url base, u;
    (void)state;
    assert_int_equal(parse("/x", "http://u@10.0.0.1:81/y", &base, &u), FG_URL_OK);
    assert_int_equal(u.host_kind, FG_HOST_IPV4);
    assert_memory_equal(u.address, "\x0a\x00\x00\x01", 4);
    assert_int_equal(u.port, 81);
    assert_true(u.special);
    fg_url_drop(&u);
    fg_url_drop(&base);
}

static void fragment_can_be_left_out(void **state)
{
    fg_url base, u;
    fg_bytes text;
    (void)state;
    fg_bytes_init(&text);
    assert_int_equal(parse("http://a/b?c#d", NULL, &base, &u), FG_URL_OK);
    fg_url_write(&u, false, &text);
    expect_text("http://a/b?c#d", &text, "http://a/b?c");
    fg_bytes_drop(&text);
    fg_url_drop(&u);
    fg_url_drop(&base);
}

/* Parts that may not grow are a fault, whichever it is. */
static void parts_are_bounded(void **state)
{
    static const char *const before[] = {
        "http://", "http://h/", "http://h/?", "http://h/#", "http://u", "a:", ""
    };
    char text[5000];
    (void)state;
    for (size_t i = 0; i < FG_COUNT(before); i++) {
        fg_url u;
        size_t n = strlen(before[i]);
        memcpy(text, before[i], n);
        memset(text + n, 'x', sizeof text - n);
        memcpy(text + sizeof text - 4, ":@h/", 4);
        fg_url_init(&u, 1000);
        assert_int_equal(fg_url_parse(&u, (fg_slice){ text, sizeof text }, NULL),
                         FG_URL_MEMORY);
        fg_url_drop(&u);
    }
}

/* Names too long for DNS are refused before they cost anything. */
static void long_names(void **state)
{
    static char text[200000];
    fg_url u;
    (void)state;
    memcpy(text, "http://", 7);
    for (size_t i = 7; i + 2 <= sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    fg_url_init(&u, 0);
    assert_int_equal(fg_url_parse(&u, (fg_slice){ text, sizeof text - 1 }, NULL),
                     FG_URL_IDNA);
    fg_url_drop(&u);
    memset(text + 7, 'A', sizeof text - 7);
    fg_url_init(&u, 0);
    assert_int_equal(fg_url_parse(&u, (fg_slice){ text, sizeof text }, NULL),
                     FG_URL_OK);
    assert_int_equal(u.host.n, sizeof text - 7);
    fg_url_drop(&u);
}

static void ports_of_schemes(void **state)
{
    (void)state;
    assert_int_equal(fg_url_default_port(FG_SLICE("https")), 443);
    assert_int_equal(fg_url_default_port(FG_SLICE("ws")), 80);
    assert_int_equal(fg_url_default_port(FG_SLICE("file")), -1);
    assert_int_equal(fg_url_default_port(FG_SLICE("gopher")), -1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_hold),
        cmocka_unit_test(written_is_stable),
        cmocka_unit_test(hosts_have_kinds),
        cmocka_unit_test(relative_keeps_address),
        cmocka_unit_test(fragment_can_be_left_out),
        cmocka_unit_test(parts_are_bounded),
        cmocka_unit_test(long_names),
        cmocka_unit_test(ports_of_schemes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
