// SPDX-License-Identifier: Apache-2.0
/* The cookie module: reading a Cookie header, writing Set-Cookie (RFC 6265bis).  What a
 * browser would refuse or read differently is an error here, and what is not said is as
 * safe as it can be. */
#include "lib/cookie.h"

#include "lib/http_date.h"
#include "lib/lib.h"
#include "lib/options.h"
#include "lib/token.h"

#include "base/number.h"
#include "base/utf8.h"

#include <stdio.h>

#define LONGEST 4096u        /* name and value; browsers ignore longer ones */
#define LONGEST_OPTION 1024u /* one attribute; the same */

/* ---- reading -------------------------------------------------------------------- */

static fg_slice trimmed(fg_slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = fg_slice_of(s.p + 1, s.n - 1);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* Takes the text up to `end`, which is dropped, off *rest. */
static fg_slice take_until(fg_slice *rest, char end)
{
    const char *at = rest->n ? memchr(rest->p, end, rest->n) : NULL;
    uint32_t n = at ? (uint32_t)(at - rest->p) : rest->n, skip = n + (at != NULL);
    fg_slice part = fg_slice_of(rest->p, n);
    *rest = fg_slice_of(rest->p + skip, rest->n - skip);
    return part;
}

/* Browsers send the cookie that fits best first: the first of a name counts. */
static fg_status add_pair(fg_vm *vm, fg_object *o, fg_slice pair)
{
    fg_value v;
    if (!pair.n || !memchr(pair.p, '=', pair.n))
        return FG_OK;
    fg_slice name = trimmed(take_until(&pair, '=')), value = trimmed(pair);
    if (name.n == 0 || fg_object_find_slice(o, name))
        return FG_OK;
    if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
        value = fg_slice_of(value.p + 1, value.n - 2);
    fg_string *key = fg_make_key(vm, name);
    if (!key)
        return FG_NOMEM;
    FG_TRY(fg_make_string(vm, value, &v));
    return fg_object_set(&vm->heap, o, key, &v);
}

fg_status fg_cookie_read(fg_vm *vm, fg_slice header, fg_value *out)
{
    FG_TRY(fg_give_object(out, fg_object_empty(&vm->heap, 0)));
    while (header.n > 0)
        FG_TRY(add_pair(vm, out->as.obj, take_until(&header, ';')));
    return FG_OK;
}

static fg_status cookie_parse(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value header = fg_arg(argc, argv, 0);
    bool none = argc > 0 && fg_is_null(header);
    if (!none && !fg_is_string(header))
        return fg_raise(vm, FG_E_TYPE, "cookie.parse() requires a string, got %s",
                        argc < 1 ? "nothing" : fg_type_name(&header));
    if (!none)
        FG_TRY(fg_work(vm, (uint64_t)header.as.str->len * 4));
    return fg_cookie_read(vm, none ? FG_SLICE("") : fg_string_slice(header.as.str),
                          out);
}

/* ---- options -------------------------------------------------------------------- */

/* clang-format off */
#define OPTIONS(X)                                                                    \
    X(DOMAIN, "domain") X(EXPIRES, "expires") X(HTTP_ONLY, "http_only")               \
    X(MAX_AGE, "max_age") X(PARTITIONED, "partitioned") X(PATH, "path")               \
    X(SAME_SITE, "same_site") X(SECURE, "secure")
/* clang-format on */

enum option {
#define X(name, text) name,
    OPTIONS(X)
#undef X
        OPTION_COUNT
};

static const char *const option_names[] = {
#define X(name, text) text,
    OPTIONS(X)
#undef X
};

/* A cookie that is being written.  Options that are null are left out. */
typedef struct jar {
    fg_vm *vm;
    const char *function; /* "cookie.build" */
    fg_slice name, value;
    fg_value options[OPTION_COUNT];
} jar;

static fg_status raise(const jar *j, const char *what)
{
    return fg_raise(j->vm, FG_E_RUNTIME, "%s(): %s", j->function, what);
}

static fg_status read_options(jar *j, fg_value options)
{
    static const char root[] = "/", lax[] = "Lax";
    FG_TRY(fg_make_string(j->vm, fg_slice_str(root), &j->options[PATH]));
    FG_TRY(fg_make_string(j->vm, fg_slice_str(lax), &j->options[SAME_SITE]));
    j->options[HTTP_ONLY] = fg_bool(true);
    return fg_options_read(j->vm, j->function, options, option_names, OPTION_COUNT,
                           j->options);
}

static bool is_on(const jar *j, enum option which)
{
    return fg_truthy(&j->options[which]);
}

/* ---- checks --------------------------------------------------------------------- */

/* What may stand in a value without quotes. */
static bool is_octet(char c) { return c > ' ' && c < 0x7f && !strchr("\",;\\", c); }

static fg_status check_value(const jar *j)
{
    char what[16];
    for (uint32_t i = 0; i < j->value.n; i++) {
        char c = j->value.p[i];
        if (is_octet(c))
            continue;
        if (c >= ' ' && c < 0x7f)
            snprintf(what, sizeof what, "'%c'", c);
        else
            snprintf(what, sizeof what, "the byte 0x%02x", (unsigned)(uint8_t)c);
        fg_raise(j->vm, FG_E_RUNTIME,
                 "%s(): %s at position %u cannot stand in the value of a cookie",
                 j->function, what, i);
        return fg_hint(j->vm, "value.encode_uri() makes it fit, decode_uri() reads it");
    }
    return FG_OK;
}

/* Prefixes are promises that browsers check. */
static fg_status check_prefix(const jar *j)
{
    fg_value path = j->options[PATH];
    bool host = fg_begins_word(j->name, "__host-");
    if (!host && !fg_begins_word(j->name, "__secure-"))
        return FG_OK;
    if (!is_on(j, SECURE)) {
        raise(j, "a cookie whose name begins with __Host- or __Secure- must be secure");
        return fg_hint(j->vm, "add secure: true");
    }
    if (host && !fg_is_null(j->options[DOMAIN]))
        return raise(j, "a cookie whose name begins with __Host- has no domain");
    if (host
        && (!fg_is_string(path)
            || !fg_slice_eq(fg_string_slice(path.as.str), FG_SLICE("/"))))
        return raise(j, "a cookie whose name begins with __Host- has the path /");
    return FG_OK;
}

static fg_status check_name(const jar *j)
{
    if (j->name.n == 0)
        return raise(j, "the name of a cookie cannot be empty");
    if (!fg_is_token(j->name))
        return raise(j, "the name of a cookie has letters, digits and "
                        "!#$%&'*+-.^_`|~ only");
    if (j->name.n + j->value.n > LONGEST)
        return raise(j, "name and value are longer than 4096 bytes, so browsers would "
                        "ignore the cookie");
    return check_prefix(j);
}

/* ---- writing -------------------------------------------------------------------- */

static fg_status option_text(const jar *j, enum option which, fg_slice *s)
{
    fg_value v = j->options[which];
    *s = fg_slice_of("", 0);
    if (!fg_is_string(v))
        return fg_raise(j->vm, FG_E_TYPE, "%s(): %s must be a string, got %s",
                        j->function, option_names[which], fg_type_name(&v));
    *s = fg_string_slice(v.as.str);
    if (s->n > LONGEST_OPTION)
        return fg_raise(j->vm, FG_E_RUNTIME, "%s(): %s is longer than %u bytes",
                        j->function, option_names[which], LONGEST_OPTION);
    return FG_OK;
}

static fg_status put_path(const jar *j, fg_bytes *b)
{
    fg_slice s;
    if (fg_is_null(j->options[PATH]))
        return FG_OK;
    FG_TRY(option_text(j, PATH, &s));
    bool good = s.n > 0 && s.p[0] == '/';
    for (uint32_t i = 0; i < s.n; i++)
        good &= s.p[i] >= ' ' && s.p[i] < 0x7f && s.p[i] != ';';
    if (!good)
        return raise(j, "path must begin with / and have visible ASCII without ';'");
    fg_bytes_str(b, "; Path=");
    fg_bytes_slice(b, s);
    return FG_OK;
}

static fg_status put_domain(const jar *j, fg_bytes *b)
{
    fg_slice s;
    if (fg_is_null(j->options[DOMAIN]))
        return FG_OK;
    FG_TRY(option_text(j, DOMAIN, &s));
    if (s.n > 0 && s.p[0] == '.') /* means nothing, and no longer does harm */
        s = fg_slice_of(s.p + 1, s.n - 1);
    bool good = s.n > 0 && s.p[0] != '-' && s.p[0] != '.';
    for (uint32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        good &= fg_ascii_alnum(c) || c == '-'
                || (c == '.' && i + 1 < s.n && s.p[i + 1] != '.');
    }
    if (!good)
        return raise(j, "domain must be a name of a host, like example.org");
    fg_bytes_str(b, "; Domain=");
    fg_bytes_slice(b, s);
    return FG_OK;
}

static fg_status put_max_age(const jar *j, fg_bytes *b)
{
    char text[FG_NUMBER_MAX];
    fg_value v = j->options[MAX_AGE];
    if (fg_is_null(v))
        return FG_OK;
    if (!fg_is_int(v))
        return raise(j, "max_age must be an Int, in seconds");
    fg_bytes_str(b, "; Max-Age=");
    fg_bytes_put(b, text, fg_int_text(v.as.i, text));
    return FG_OK;
}

static fg_status put_expires(const jar *j, fg_bytes *b)
{
    int64_t at;
    if (fg_is_null(j->options[EXPIRES]))
        return FG_OK;
    if (!fg_http_instant(j->options[EXPIRES], &at))
        return raise(j, "expires must be a time object or seconds since 1970, in the "
                        "years 1601 to 9999");
    fg_bytes_str(b, "; Expires=");
    fg_http_date_put(b, at);
    return FG_OK;
}

static fg_status put_same_site(const jar *j, fg_bytes *b)
{
    static const char *const levels[] = { "Strict", "Lax", "None" };
    fg_slice s;
    uint32_t i = 0;
    if (fg_is_null(j->options[SAME_SITE]))
        return FG_OK;
    FG_TRY(option_text(j, SAME_SITE, &s));
    while (i < FG_COUNT(levels) && !fg_same_word(s, levels[i]))
        i++;
    if (i == FG_COUNT(levels))
        return raise(j, "same_site must be \"Strict\", \"Lax\" or \"None\"");
    if (i == 2 && !is_on(j, SECURE)) {
        raise(j, "a cookie with same_site \"None\" must be secure");
        return fg_hint(j->vm, "add secure: true");
    }
    fg_bytes_fmt(b, "; SameSite=%s", levels[i]);
    return FG_OK;
}

static fg_status put_cookie(const jar *j, fg_bytes *b)
{
    FG_TRY(check_name(j));
    FG_TRY(check_value(j));
    fg_bytes_slice(b, j->name);
    fg_bytes_char(b, '=');
    fg_bytes_slice(b, j->value);
    FG_TRY(put_path(j, b));
    FG_TRY(put_domain(j, b));
    FG_TRY(put_max_age(j, b));
    FG_TRY(put_expires(j, b));
    if (is_on(j, SECURE))
        fg_bytes_str(b, "; Secure");
    if (is_on(j, HTTP_ONLY))
        fg_bytes_str(b, "; HttpOnly");
    FG_TRY(put_same_site(j, b));
    if (!is_on(j, PARTITIONED))
        return FG_OK;
    if (!is_on(j, SECURE)) {
        raise(j, "a partitioned cookie must be secure");
        return fg_hint(j->vm, "add secure: true");
    }
    fg_bytes_str(b, "; Partitioned");
    return FG_OK;
}

static fg_status give_cookie(const jar *j, fg_value *out)
{
    fg_bytes b;
    fg_begin_text(j->vm, &b);
    fg_status status = put_cookie(j, &b);
    if (status == FG_OK)
        return fg_take_bytes(j->vm, &b, out);
    fg_bytes_drop(&b);
    return status;
}

static fg_status name_arg(jar *j, int argc, const fg_value *argv)
{
    fg_value name = fg_arg(argc, argv, 0);
    if (!fg_is_string(name))
        return fg_raise(j->vm, FG_E_TYPE, "%s() requires a name, a string, got %s",
                        j->function, argc < 1 ? "nothing" : fg_type_name(&name));
    j->name = fg_string_slice(name.as.str);
    return FG_OK;
}

fg_status fg_cookie_text(fg_vm *vm, const char *function, int argc,
                         const fg_value *argv, fg_value *out)
{
    jar j = { .vm = vm, .function = function };
    char digits[FG_NUMBER_MAX];
    fg_value value = fg_arg(argc, argv, 1);
    FG_TRY(name_arg(&j, argc, argv));
    if (fg_is_string(value))
        j.value = fg_string_slice(value.as.str);
    else if (fg_is_int(value))
        j.value = fg_slice_of(digits, fg_int_text(value.as.i, digits));
    else
        return fg_raise(vm, FG_E_TYPE,
                        "%s() requires a value, a string or an Int, got %s", function,
                        argc < 2 ? "nothing" : fg_type_name(&value));
    FG_TRY(read_options(&j, fg_arg(argc, argv, 2)));
    return give_cookie(&j, out);
}

static fg_status cookie_build(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return fg_cookie_text(vm, "cookie.build", argc, argv, out);
}

static fg_status cookie_expire(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    jar j = { .vm = vm, .function = "cookie.expire", .value = FG_SLICE("") };
    FG_TRY(name_arg(&j, argc, argv));
    FG_TRY(read_options(&j, fg_arg(argc, argv, 1)));
    if (!fg_is_null(j.options[MAX_AGE]) || !fg_is_null(j.options[EXPIRES]))
        return raise(&j, "max_age and expires are what it sets itself");
    j.options[MAX_AGE] = j.options[EXPIRES] = fg_int(0);
    return give_cookie(&j, out);
}

static const fg_member members[] = {
    FG_FN("cookie.parse", cookie_parse, FG_CAP_NONE,
          "(header): names and values of a Cookie header; {} for null"),
    FG_FN("cookie.build", cookie_build, FG_CAP_NONE,
          "(name, value, options?): a Set-Cookie header; HttpOnly, SameSite=Lax and "
          "Path=/ unless options say otherwise"),
    FG_FN(
        "cookie.expire", cookie_expire, FG_CAP_NONE,
        "(name, options?): a Set-Cookie header that removes a cookie of that path and "
        "domain"),
};

const fg_module fg_cookie_module = { "cookie", FG_COUNT(members), members };
