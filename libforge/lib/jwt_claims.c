// SPDX-License-Identifier: Apache-2.0
/* The claims of JSON Web Tokens (RFC 7519): completed, written, judged. */
#include "lib/json.h"
#include "lib/jwt.h"
#include "lib/unicode.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

/* Options that name the value of a claim. */
static const struct named {
    const char *option, *claim;
} named[] = { { "issuer", "iss" }, { "audience", "aud" }, { "subject", "sub" } };

/* Options that are times from now on. */
static const struct named times[] = { { "expires", "exp" }, { "not_before", "nbf" } };

fg_status fg_jwt_option(fg_vm *vm, const char *function, fg_value options,
                        const char *name, fg_value *out)
{
    *out = fg_option(options, name);
    if (fg_is_null(*out) || fg_is_string(*out))
        return FG_OK;
    return fg_raise(vm, FG_E_RUNTIME, "%s option '%s' must be a string, got %s",
                    function, name, fg_type_name(out));
}

/* ---- times ---------------------------------------------------------------------- */

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec;
}

static bool ends_with(fg_slice s, fg_slice end)
{
    return s.n >= end.n && fg_slice_eq(fg_slice_of(s.p + s.n - end.n, end.n), end);
}

/* Seconds from `start`, which a text like "15m" is added to. */
static fg_status add_duration(fg_vm *vm, fg_slice text, int64_t start, int64_t *out)
{
    static const struct unit {
        const char *name;
        int64_t seconds, parts;
    } units[] = { { "ms", 1, 1000 }, { "s", 1, 1 },     { "m", 60, 1 },
                  { "h", 3600, 1 },  { "d", 86400, 1 }, { "w", 604800, 1 } };
    int64_t n;
    uint32_t u = 0;
    text = fg_unicode_trim(text, true, true);
    if (text.n == 0)
        return fg_raise(vm, FG_E_RUNTIME, "empty duration string");
    while (u < FG_COUNT(units) && !ends_with(text, fg_slice_str(units[u].name)))
        u++;
    if (u == FG_COUNT(units))
        return fg_raise(vm, FG_E_RUNTIME, "invalid duration unit in '%.*s'",
                        (int)text.n, text.p);
    fg_slice number = fg_slice_of(text.p, text.n - strlen(units[u].name));
    if (!fg_int_parse(number, &n) || __builtin_mul_overflow(n, units[u].seconds, &n)
        || __builtin_add_overflow(start, n / units[u].parts, out))
        return fg_raise(vm, FG_E_RUNTIME, "invalid duration number in '%.*s'",
                        (int)text.n, text.p);
    return FG_OK;
}

/* ---- completing ------------------------------------------------------------------ */

static fg_status set(fg_vm *vm, fg_object *o, const char *name, const fg_value *v)
{
    fg_string *key = fg_make_key(vm, fg_slice_str(name));
    return key ? fg_object_set(&vm->heap, o, key, v) : FG_NOMEM;
}

fg_status fg_jwt_complete(fg_vm *vm, const fg_object *claims, fg_value options,
                          fg_value *out)
{
    int64_t start = now(), t;
    fg_value v = fg_int(start);
    fg_object *o = fg_object_copy(&vm->heap, claims, FG_COUNT(named) + 3);
    FG_TRY(fg_give_object(out, o));
    if (!fg_object_find_slice(claims, FG_SLICE("iat")))
        FG_TRY(set(vm, o, "iat", &v));
    for (size_t i = 0; i < FG_COUNT(times); i++) {
        FG_TRY(fg_jwt_option(vm, "jwt.sign()", options, times[i].option, &v));
        if (fg_is_null(v))
            continue;
        FG_TRY(add_duration(vm, fg_string_slice(v.as.str), start, &t));
        v = fg_int(t);
        FG_TRY(set(vm, o, times[i].claim, &v));
    }
    for (size_t i = 0; i < FG_COUNT(named); i++) {
        FG_TRY(fg_jwt_option(vm, "jwt.sign()", options, named[i].option, &v));
        if (!fg_is_null(v))
            FG_TRY(set(vm, o, named[i].claim, &v));
    }
    return FG_OK;
}

/* ---- writing --------------------------------------------------------------------- */

typedef struct member {
    const fg_string *key;
    const fg_value *v;
} member;

#define FEW 16u /* members that are put in order without taking memory */

static fg_status write_value(fg_vm *vm, fg_bytes *b, const fg_value *v, uint32_t depth);

static int by_key(const void *a, const void *b)
{
    return fg_string_cmp(((const member *)a)->key, ((const member *)b)->key);
}

static fg_status write_members(fg_vm *vm, fg_bytes *b, const fg_object *o, member *m,
                               uint32_t depth)
{
    uint32_t n = o->keys->n;
    for (uint32_t i = 0; i < n; i++)
        m[i] = (member){ o->keys->names[i], &o->slots[i] };
    qsort(m, n, sizeof *m, by_key);
    fg_bytes_char(b, '{');
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            fg_bytes_char(b, ',');
        fg_show_quoted(b, fg_string_slice(m[i].key));
        fg_bytes_char(b, ':');
        FG_TRY(write_value(vm, b, m[i].v, depth));
    }
    fg_bytes_char(b, '}');
    return FG_OK;
}

static fg_status write_object(fg_vm *vm, fg_bytes *b, const fg_object *o,
                              uint32_t depth)
{
    member few[FEW];
    size_t size = o->keys->n * sizeof *few;
    if (o->keys->n <= FEW)
        return write_members(vm, b, o, few, depth);
    member *many = fg_memory_take(vm, size);
    if (!many)
        return FG_NOMEM;
    fg_status status = write_members(vm, b, o, many, depth);
    fg_memory_give(vm, many, size);
    return status;
}

static fg_status write_array(fg_vm *vm, fg_bytes *b, const fg_array *a, uint32_t depth)
{
    fg_bytes_char(b, '[');
    for (uint32_t i = 0; i < a->len; i++) {
        fg_value v;
        fg_array_get(a, i, &v);
        if (i > 0)
            fg_bytes_char(b, ',');
        FG_TRY(write_value(vm, b, &v, depth));
    }
    fg_bytes_char(b, ']');
    return FG_OK;
}

/* Large and small numbers with an exponent: d.ddde-7.  Text is the positional form. */
static void write_exponent(fg_bytes *b, fg_slice text)
{
    char digits[FG_NUMBER_MAX];
    uint32_t n = 0, point = text.n, first = text.n;
    for (uint32_t i = 0; i < text.n; i++) {
        if (text.p[i] == '.')
            point = i;
        if (text.p[i] < '0' || text.p[i] > '9' || (n == 0 && text.p[i] == '0'))
            continue;
        first = n == 0 ? i : first;
        digits[n++] = text.p[i];
    }
    while (digits[n - 1] == '0')
        n--;
    int exponent = point > first ? (int)(point - first) - 1 : (int)point - (int)first;
    if (text.p[0] == '-')
        fg_bytes_char(b, '-');
    fg_bytes_char(b, digits[0]);
    if (n > 1)
        fg_bytes_char(b, '.');
    fg_bytes_put(b, digits + 1, n - 1);
    fg_bytes_fmt(b, "e%d", exponent);
}

/* Floats stay floats where they are read: they have a point or an exponent. */
static void write_float(fg_bytes *b, double f)
{
    char text[FG_NUMBER_MAX];
    if (!isfinite(f)) {
        fg_bytes_str(b, "null");
        return;
    }
    uint32_t n = fg_float_text(f, text);
    if (f != 0 && (fabs(f) < 1e-5 || fabs(f) >= 1e16)) {
        write_exponent(b, fg_slice_of(text, n));
        return;
    }
    fg_bytes_put(b, text, n);
    if (!memchr(text, '.', n))
        fg_bytes_str(b, ".0");
}

static fg_status write_container(fg_vm *vm, fg_bytes *b, fg_value v, uint32_t depth)
{
    uint32_t n = fg_is(v, FG_ARRAY) ? v.as.arr->len : v.as.obj->keys->n;
    if (depth == FG_JSON_DEPTH)
        return fg_raise(vm, FG_E_RUNTIME,
                        "jwt.sign error: claims are nested deeper than %u",
                        FG_JSON_DEPTH);
    if (b->failed)
        return FG_NOMEM;
    FG_TRY(fg_tick(vm, n / 4 + 1));
    return fg_is(v, FG_ARRAY) ? write_array(vm, b, v.as.arr, depth + 1)
                              : write_object(vm, b, v.as.obj, depth + 1);
}

static fg_status write_value(fg_vm *vm, fg_bytes *b, const fg_value *v, uint32_t depth)
{
    fg_value x;
    fg_peel(v, &x);
    if (fg_is(x, FG_ARRAY) || fg_is(x, FG_OBJECT))
        return write_container(vm, b, x, depth);
    if (fg_is_string(x))
        fg_show_quoted(b, fg_string_slice(x.as.str));
    else if (fg_is_float(x))
        write_float(b, x.as.f);
    else if (fg_is_int(x))
        fg_bytes_fmt(b, "%lld", (long long)x.as.i);
    else if (fg_is_bool(x))
        fg_bytes_str(b, x.as.i ? "true" : "false");
    else
        fg_bytes_str(b, "null");
    return FG_OK;
}

fg_status fg_jwt_write(fg_vm *vm, const fg_value *claims, fg_bytes *b)
{
    return write_value(vm, b, claims, 0);
}

/* ---- judging --------------------------------------------------------------------- */

/* Seconds that clocks may differ. */
static fg_status leeway_of(fg_vm *vm, fg_value options, int64_t *out)
{
    fg_value v = fg_option(options, "leeway");
    *out = fg_is_int(v) ? v.as.i : 0;
    if (fg_is_string(v))
        FG_TRY(add_duration(vm, fg_string_slice(v.as.str), 0, out));
    else if (!fg_is_int(v) && !fg_is_null(v))
        return fg_raise(vm, FG_E_RUNTIME,
                        "jwt.verify() option 'leeway' must be seconds or a text like "
                        "\"30s\", got %s",
                        fg_type_name(&v));
    if (*out < 0)
        return fg_raise(vm, FG_E_RUNTIME,
                        "jwt.verify() option 'leeway' must not be negative");
    return FG_OK;
}

/* Is the time in a claim below `limit` (sign 1) or above it (sign -1)?  No when there is
 * no such claim. */
static fg_status is_beyond(fg_vm *vm, const fg_object *claims, const char *name,
                           int sign, int64_t limit, bool *out)
{
    const fg_value *v = fg_object_find_slice(claims, fg_slice_str(name));
    *out = false;
    if (!v)
        return FG_OK;
    if (!fg_is_number(*v))
        return fg_raise(vm, FG_E_RUNTIME,
                        "JWT verification error: claim '%s' must be a number", name);
    if (fg_is_int(*v))
        *out = sign > 0 ? v->as.i < limit : v->as.i > limit;
    else
        *out = sign > 0 ? v->as.f < (double)limit : v->as.f > (double)limit;
    return FG_OK;
}

/* Is it the string, or for an audience an array that has it? */
static bool has_text(const fg_value *claim, fg_slice text)
{
    if (fg_is_string(*claim))
        return fg_slice_eq(fg_string_slice(claim->as.str), text);
    if (!fg_is(*claim, FG_ARRAY))
        return false;
    for (uint32_t i = 0; i < claim->as.arr->len; i++) {
        fg_value v;
        fg_array_get(claim->as.arr, i, &v);
        if (fg_is_string(v) && fg_slice_eq(fg_string_slice(v.as.str), text))
            return true;
    }
    return false;
}

static fg_status judge_names(fg_vm *vm, const fg_object *claims, fg_value options)
{
    for (size_t i = 0; i < FG_COUNT(named); i++) {
        fg_value want;
        const fg_value *v = fg_object_find_slice(claims, fg_slice_str(named[i].claim));
        FG_TRY(fg_jwt_option(vm, "jwt.verify()", options, named[i].option, &want));
        if (fg_is_null(want))
            continue;
        bool list = v && fg_is(*v, FG_ARRAY) && strcmp(named[i].claim, "aud") != 0;
        if (!v || list || !has_text(v, fg_string_slice(want.as.str)))
            return fg_raise(vm, FG_E_RUNTIME, "JWT %s mismatch", named[i].option);
    }
    return FG_OK;
}

fg_status fg_jwt_judge(fg_vm *vm, const fg_object *claims, fg_value options)
{
    int64_t t = now(), leeway, late;
    bool beyond;
    FG_TRY(leeway_of(vm, options, &leeway));
    if (__builtin_add_overflow(t, leeway, &late))
        late = INT64_MAX;
    FG_TRY(is_beyond(vm, claims, "exp", 1, t - leeway, &beyond));
    if (beyond)
        return fg_raise(vm, FG_E_RUNTIME, "JWT expired");
    FG_TRY(is_beyond(vm, claims, "nbf", -1, late, &beyond));
    if (beyond)
        return fg_raise(vm, FG_E_RUNTIME, "JWT not yet valid");
    return judge_names(vm, claims, options);
}
