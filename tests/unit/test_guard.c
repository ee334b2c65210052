// SPDX-License-Identifier: Apache-2.0
/* Which addresses are private, and what the lists of a site allow. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "lib/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static char nothing[] = "";

static fg_site site_of(const char *allow, const char *only, bool hosted, char **vars)
{
    static char *none[] = { NULL };
    return (fg_site){ .hosted = hosted,
                      .allow = allow ? (char *)(uintptr_t)allow : nothing,
                      .only = (char *)(uintptr_t)only,
                      .vars = vars ? vars : none };
}

/* Of a name that resolved to an address; NULL: not yet. */
static fg_reach judge(const fg_site *s, const char *host, const char *ip)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    if (!ip)
        return fg_guard_judge(s, host, NULL);
    if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1)
        return fg_guard_judge(s, host, (struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, ip, &v6.sin6_addr), 1);
    return fg_guard_judge(s, host, (struct sockaddr *)&v6);
}

static void private_addresses(void **state)
{
    static const char *const refused[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.9.9",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.1.1",
        "::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:1::1",
        "2001:db8::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "100::1",
    };
    static const char *const reached[] = {
        "1.1.1.1",         "8.8.8.8",         "9.255.255.255",   "11.0.0.0",
        "100.63.255.255",  "100.128.0.0",     "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "172.15.255.255",  "172.32.0.0",      "192.0.1.0",
        "192.167.255.255", "198.17.255.255",  "198.20.0.0",      "223.255.255.255",
        "::ffff:8.8.8.8",  "2606:4700::1111", "2a00::1",         "2003::1",
    };
    fg_site s = site_of(NULL, NULL, true, NULL);
    (void)state;
    for (size_t i = 0; i < FG_COUNT(refused); i++) {
        if (judge(&s, "name", refused[i]) != FG_REACH_PRIVATE)
            fail_msg("%s is reached", refused[i]);
        if (judge(&s, refused[i], NULL) != FG_REACH_PRIVATE)
            fail_msg("%s as a host is reached", refused[i]);
    }
    for (size_t i = 0; i < FG_COUNT(reached); i++)
        if (judge(&s, "name", reached[i]) != FG_REACH_OK
            || judge(&s, reached[i], NULL) != FG_REACH_OK)
            fail_msg("%s is refused", reached[i]);
}

/* What is neither IPv4 nor IPv6 is nothing that one may reach. */
static void other_families(void **state)
{
    fg_site s = site_of(NULL, NULL, true, NULL);
    struct sockaddr local = { .sa_family = AF_UNIX };
    (void)state;
    assert_int_equal(fg_guard_judge(&s, "name", &local), FG_REACH_PRIVATE);
}

static void names_that_are_not_resolved(void **state)
{
    fg_site s = site_of(NULL, NULL, true, NULL);
    (void)state;
    assert_int_equal(judge(&s, "localhost", NULL), FG_REACH_OK);
    assert_int_equal(judge(&s, "[::1]", NULL), FG_REACH_PRIVATE);
    assert_int_equal(judge(&s, "1.2.3", NULL), FG_REACH_OK);
}

static void allowed(void **state)
{
    fg_site s = site_of(" db.intern  *.lan 10.1.0.0/16\t192.168.7.7 fd00:1::/32 ", NULL,
                        true, NULL);
    (void)state;
    assert_int_equal(judge(&s, "db.intern", "127.0.0.1"), FG_REACH_OK);
    assert_int_equal(judge(&s, "DB.Intern.", "10.9.9.9"), FG_REACH_OK);
    assert_int_equal(judge(&s, "xdb.intern", "127.0.0.1"), FG_REACH_PRIVATE);
    assert_int_equal(judge(&s, "a.b.lan", "10.0.0.1"), FG_REACH_OK);
    assert_int_equal(judge(&s, "lan", "10.0.0.1"), FG_REACH_PRIVATE);
    assert_int_equal(judge(&s, ".lan", "10.0.0.1"), FG_REACH_PRIVATE);
    assert_int_equal(judge(&s, "x", "10.1.255.255"), FG_REACH_OK);
    assert_int_equal(judge(&s, "x", "::ffff:10.1.0.1"), FG_REACH_OK);
    assert_int_equal(judge(&s, "x", "10.2.0.0"), FG_REACH_PRIVATE);
    assert_int_equal(judge(&s, "192.168.7.7", NULL), FG_REACH_OK);
    assert_int_equal(judge(&s, "192.168.7.8", NULL), FG_REACH_PRIVATE);
    assert_int_equal(judge(&s, "x", "fd00:1:2::9"), FG_REACH_OK);
    assert_int_equal(judge(&s, "x", "fd00:2::9"), FG_REACH_PRIVATE);
    s = site_of("*", NULL, true, NULL);
    assert_int_equal(judge(&s, "x", "127.0.0.1"), FG_REACH_OK);
}

/* Patterns that mean nothing allow nothing. */
static void nonsense(void **state)
{
    static const char *const lists[] = { "/8",         "10.0.0.0/33", "10.0.0.0/",
                                         "10.0.0.0/x", "10.0/8",      "*.",
                                         "10.0.0.0/-1" };
    (void)state;
    for (size_t i = 0; i < FG_COUNT(lists); i++) {
        fg_site s = site_of(lists[i], NULL, true, NULL);
        if (judge(&s, "x", "10.0.0.1") != FG_REACH_PRIVATE)
            fail_msg("'%s' allows 10.0.0.1", lists[i]);
    }
}

static void only_those_listed(void **state)
{
    fg_site s = site_of(NULL, "api.example.org *.example.net", true, NULL);
    (void)state;
    assert_int_equal(judge(&s, "api.example.org", NULL), FG_REACH_OK);
    assert_int_equal(judge(&s, "api.example.org", "8.8.8.8"), FG_REACH_OK);
    assert_int_equal(judge(&s, "api.example.org", "10.0.0.1"), FG_REACH_PRIVATE);
    assert_int_equal(judge(&s, "x.example.net", "8.8.8.8"), FG_REACH_OK);
    /* before its name is even looked up */
    assert_int_equal(judge(&s, "evil.org", NULL), FG_REACH_UNLISTED);
    assert_int_equal(judge(&s, "8.8.8.8", NULL), FG_REACH_UNLISTED);
    s = site_of(NULL, "8.8.0.0/16", true, NULL);
    assert_int_equal(judge(&s, "dns", NULL), FG_REACH_OK);
    assert_int_equal(judge(&s, "dns", "8.8.8.8"), FG_REACH_OK);
    assert_int_equal(judge(&s, "dns", "8.9.8.8"), FG_REACH_UNLISTED);
    s = site_of(NULL, "", true, NULL);
    assert_int_equal(judge(&s, "dns", NULL), FG_REACH_UNLISTED);
}

/* The switch for developers does nothing in a web server. */
static void developers_switch(void **state)
{
    static char on[] = "FORGE_HTTP_ALLOW_PRIVATE=1",
                off[] = "FORGE_HTTP_ALLOW_PRIVATE=0";
    char *vars[] = { off, NULL };
    fg_site s = site_of(NULL, NULL, false, vars);
    (void)state;
    assert_int_equal(judge(&s, "x", "127.0.0.1"), FG_REACH_PRIVATE);
    vars[0] = on;
    assert_int_equal(judge(&s, "x", "127.0.0.1"), FG_REACH_OK);
    s.hosted = true;
    assert_int_equal(judge(&s, "x", "127.0.0.1"), FG_REACH_PRIVATE);
}

static void reasons(void **state)
{
    fg_site s = site_of(NULL, NULL, false, NULL);
    fg_bytes b;
    (void)state;
    fg_bytes_init(&b);
    fg_guard_reason(&s, FG_REACH_PRIVATE, "h", true, &b);
    fg_bytes_char(&b, '\0');
    assert_string_equal(b.p, "url host 'h' resolves to a private/loopback address (set "
                             "FORGE_HTTP_ALLOW_PRIVATE=1 to allow)");
    b.n = 0;
    s.hosted = true;
    fg_guard_reason(&s, FG_REACH_PRIVATE, "h", false, &b);
    fg_bytes_char(&b, '\0');
    assert_string_equal(b.p, "url host 'h' is a private/loopback address");
    fg_bytes_drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_addresses),
        cmocka_unit_test(other_families),
        cmocka_unit_test(names_that_are_not_resolved),
        cmocka_unit_test(allowed),
        cmocka_unit_test(nonsense),
        cmocka_unit_test(only_those_listed),
        cmocka_unit_test(developers_switch),
        cmocka_unit_test(reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
