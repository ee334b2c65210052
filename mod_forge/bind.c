// SPDX-License-Identifier: Apache-2.0
/* Query strings, coercion and the binding of parameters. */
#include "bind.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- UTF-8 ----------------------------------------------------------------------- */

/* Length of the well-formed sequence at the start of s, or 0. */
static size_t sequence(const unsigned char *s, size_t n)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t length;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        length = 2;
    else if (s[0] >= 0xe0 && s[0] <= 0xef)
        length = 3;
    else if (s[0] >= 0xf0 && s[0] <= 0xf4)
        length = 4;
    else
        return 0;
    if (s[0] == 0xe0)
        low = 0xa0;
    if (s[0] == 0xed)
        high = 0x9f;
    if (s[0] == 0xf0)
        low = 0x90;
    if (s[0] == 0xf4)
        high = 0x8f;
    if (n < length || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

int mf_utf8_valid(const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t length = sequence((const unsigned char *)text + i, n - i);
        if (length == 0)
            return 0;
        i += length;
    }
    return 1;
}

size_t mf_utf8_repair(const char *text, size_t n, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < n;) {
        size_t length = sequence((const unsigned char *)text + i, n - i);
        if (length == 0) {
            memcpy(out + at, "\xef\xbf\xbd", 3);
            at += 3;
            i++;
            continue;
        }
        memcpy(out + at, text + i, length);
        at += length;
        i += length;
    }
    return at;
}

/* ---- query string ---------------------------------------------------------------- */

/* Decodes one key or value into fresh memory. */
static const char *decode(const char *text, size_t n, const mf_memory *memory,
                          size_t *len)
{
    char *raw = memory->get(memory->ctx, n + 1);
    for (size_t i = 0; i < n; i++)
        raw[i] = text[i] == '+' ? ' ' : text[i];
    size_t length = mf_percent_decode(raw, n, raw);
    if (!mf_utf8_valid(raw, length)) {
        char *good = memory->get(memory->ctx, 3 * length + 1);
        length = mf_utf8_repair(raw, length, good);
        raw = good;
    }
    raw[length] = '\0';
    *len = length;
    return raw;
}

static uint32_t count_pairs(const char *text)
{
    uint32_t count = 0;
    for (const char *at = text; *at; at += strcspn(at, "&")) {
        at += strspn(at, "&");
        if (*at && ++count > MF_MAX_QUERY)
            break;
    }
    return count;
}

int mf_query_parse(const char *text, const mf_memory *memory, mf_query *out)
{
    uint32_t count = text ? count_pairs(text) : 0;
    *out = (mf_query){ NULL, 0 };
    if (count > MF_MAX_QUERY)
        return 0;
    if (count == 0)
        return 1;
    out->pairs = memory->get(memory->ctx, count * sizeof *out->pairs);
    for (const char *at = text; out->count < count; at += strcspn(at, "&")) {
        at += strspn(at, "&");
        size_t n = strcspn(at, "&"), key = strcspn(at, "=&");
        size_t skip = key < n ? key + 1 : n;
        mf_pair *p = &out->pairs[out->count++];
        p->key = decode(at, key, memory, &p->key_len);
        p->value = decode(at + skip, n - skip, memory, &p->value_len);
    }
    return 1;
}

static const mf_pair *find_pair(const mf_query *q, const char *name)
{
    size_t n = strlen(name);
    for (uint32_t i = q->count; i > 0; i--) {
        const mf_pair *p = &q->pairs[i - 1];
        if (p->key_len == n && memcmp(p->key, name, n) == 0)
            return p;
    }
    return NULL;
}

/* ---- coercion -------------------------------------------------------------------- */

int mf_parse_int(const char *text, size_t n, int64_t *out)
{
    size_t i = n > 0 && text[0] == '-';
    int negative = (int)i;
    int64_t value = 0;
    if (i == n)
        return 0;
    for (; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        int digit = text[i] - '0';
        /* Downwards, since the negative numbers reach one further. */
        if (__builtin_mul_overflow(value, 10, &value)
            || __builtin_sub_overflow(value, digit, &value))
            return 0;
    }
    if (!negative && value == INT64_MIN)
        return 0;
    *out = negative ? value : -value;
    return 1;
}

static size_t digits(const char *text, size_t n, size_t i)
{
    size_t start = i;
    while (i < n && text[i] >= '0' && text[i] <= '9')
        i++;
    return i - start;
}

/* 1 for -?digits[.digits][e[+-]digits], the form that every language prints. */
static int looks_like_float(const char *text, size_t n)
{
    size_t i = n > 0 && text[0] == '-';
    size_t d = digits(text, n, i);
    if (d == 0)
        return 0;
    i += d;
    if (i < n && text[i] == '.') {
        if ((d = digits(text, n, ++i)) == 0)
            return 0;
        i += d;
    }
    if (i < n && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        if (i < n && (text[i] == '+' || text[i] == '-'))
            i++;
        if ((d = digits(text, n, i)) == 0)
            return 0;
        i += d;
    }
    return i == n;
}

int mf_parse_float(const char *text, size_t n, double *out)
{
    char copy[512];
    if (n >= sizeof copy || !looks_like_float(text, n))
        return 0;
    memcpy(copy, text, n);
    copy[n] = '\0';
    double value = strtod(copy, NULL);
    if (!isfinite(value))
        return 0;
    *out = value;
    return 1;
}

static int is_text(const char *text, size_t n, const char *word)
{
    return strlen(word) == n && memcmp(text, word, n) == 0;
}

int mf_parse_bool(const char *text, size_t n, int *out)
{
    *out = is_text(text, n, "true") || is_text(text, n, "1");
    return *out || is_text(text, n, "false") || is_text(text, n, "0");
}

/* ---- binding --------------------------------------------------------------------- */

static mf_bind_status coerce(const mf_binding *b, const forge_param *p,
                             const char *text, size_t n, forge_value *out,
                             mf_bind_fault *fault)
{
    int64_t i = 0;
    double d = 0;
    int truth = 0;
    *fault = (mf_bind_fault){ p->name, strlen(p->name), NULL, text, n };
    switch (p->type) {
    case FORGE_TYPE_INT:
        fault->expected = "Int";
        if (!mf_parse_int(text, n, &i))
            return MF_BIND_FAULT;
        *out = forge_int(i);
        return MF_BIND_OK;
    case FORGE_TYPE_FLOAT:
        fault->expected = "Float";
        if (!mf_parse_float(text, n, &d))
            return MF_BIND_FAULT;
        *out = forge_float(d);
        return MF_BIND_OK;
    case FORGE_TYPE_BOOL:
        fault->expected = "Bool (true, false, 1 or 0)";
        if (!mf_parse_bool(text, n, &truth))
            return MF_BIND_FAULT;
        *out = forge_bool(truth);
        return MF_BIND_OK;
    case FORGE_TYPE_ANY:
    case FORGE_TYPE_REQUEST:
    case FORGE_TYPE_STRING:
    case FORGE_TYPE_JSON: break;
    }
    return forge_string(b->fork, text, n, out) == FORGE_OK ? MF_BIND_OK : MF_BIND_FORK;
}

/* All pairs as an object; of repeated keys the last one counts. */
static mf_bind_status query_object(const mf_binding *b, forge_value *out)
{
    if (forge_object(b->fork, out) != FORGE_OK)
        return MF_BIND_FORK;
    for (uint32_t i = 0; i < b->query->count; i++) {
        const mf_pair *p = &b->query->pairs[i];
        forge_value v;
        if (forge_string(b->fork, p->value, p->value_len, &v) != FORGE_OK
            || forge_object_put(b->fork, *out, p->key, p->key_len, v) != FORGE_OK)
            return MF_BIND_FORK;
    }
    return MF_BIND_OK;
}

static const mf_capture *find_capture(const mf_match *m, const char *name)
{
    for (uint32_t i = 0; i < m->ncaptures; i++)
        if (is_text(m->captures[i].name, m->captures[i].name_len, name))
            return &m->captures[i];
    return NULL;
}

static int takes_request(const forge_param *p)
{
    return p->type == FORGE_TYPE_REQUEST || strcmp(p->name, "request") == 0;
}

static int takes_body(const forge_param *p)
{
    return strcmp(p->name, "body") == 0 || strcmp(p->name, "data") == 0;
}

mf_wants mf_bind_wants(const forge_route *route, const mf_match *match)
{
    mf_wants wants = { 0, 0 };
    for (uint32_t i = 0; i < route->nparams; i++) {
        const forge_param *p = &route->params[i];
        if (find_capture(match, p->name))
            continue;
        wants.request |= takes_request(p);
        wants.body |= !takes_request(p) && takes_body(p);
    }
    return wants;
}

static mf_bind_status bind_one(const mf_binding *b, const forge_param *p,
                               forge_value *out, mf_bind_fault *fault)
{
    const mf_capture *c = find_capture(b->match, p->name);
    if (c)
        return coerce(b, p, c->text, c->n, out, fault);
    if (takes_request(p)) {
        *out = b->request;
        return MF_BIND_OK;
    }
    if (takes_body(p)) {
        *out = b->body;
        return MF_BIND_OK;
    }
    if (strcmp(p->name, "query") == 0 || strcmp(p->name, "qs") == 0)
        return query_object(b, out);
    const mf_pair *pair = find_pair(b->query, p->name);
    if (pair)
        return coerce(b, p, pair->value, pair->value_len, out, fault);
    *out = p->has_default ? forge_absent() : forge_null();
    return MF_BIND_OK;
}

mf_bind_status mf_bind(const mf_binding *b, forge_value *argv, mf_bind_fault *fault)
{
    for (uint32_t i = 0; i < b->match->ncaptures; i++) {
        const mf_capture *c = &b->match->captures[i];
        *fault = (mf_bind_fault){ c->name, c->name_len, "valid UTF-8", c->text, c->n };
        if (!mf_utf8_valid(c->text, c->n))
            return MF_BIND_FAULT;
    }
    for (uint32_t i = 0; i < b->route->nparams; i++) {
        mf_bind_status s = bind_one(b, &b->route->params[i], &argv[i], fault);
        if (s != MF_BIND_OK)
            return s;
    }
    return MF_BIND_OK;
}
