// SPDX-License-Identifier: Apache-2.0
/* Doc strings, read. */
#include "lib/signature.h"

#include <ctype.h>

/* Length of a parameter at the start of s: "x", "x?", "x = 1", "x..."; 0: it is none. */
static uint32_t parameter(fg_slice s, fg_signature *out)
{
    uint32_t at = 0, depth = 0;
    while (at < s.n && (isalnum((unsigned char)s.p[at]) || s.p[at] == '_'))
        at++;
    if (at == 0)
        return 0;
    fg_slice rest = fg_slice_of(s.p + at, s.n - at);
    bool optional = rest.n > 0 && rest.p[0] == '?';
    bool repeated = rest.n >= 3 && memcmp(rest.p, "...", 3) == 0;
    bool given = rest.n >= 3 && memcmp(rest.p, " = ", 3) == 0;
    at += optional ? 1 : repeated ? 3 : 0;
    for (; given && at < s.n; at++) { /* a default may have commas in brackets */
        char c = s.p[at];
        depth += c == '(' || c == '[' || c == '{';
        if (depth == 0 && (c == ',' || c == ')'))
            break;
        depth -= c == ')' || c == ']' || c == '}';
    }
    out->min += !optional && !repeated && !given;
    out->max = repeated ? FG_ANY_NUMBER : out->max + (out->max != FG_ANY_NUMBER);
    return at;
}

/* "a, b)" and what follows; the bytes up to behind the parenthesis, or 0. */
static uint32_t parameters(fg_slice s, fg_signature *out)
{
    uint32_t at = 0;
    if (s.n > 0 && s.p[0] == ')')
        return 1;
    for (;;) {
        uint32_t n = parameter(fg_slice_of(s.p + at, s.n - at), out);
        if (n == 0 || at + n >= s.n)
            return 0;
        at += n;
        if (s.p[at] == ')')
            return at + 1;
        if (s.p[at] != ',' || at + 1 >= s.n || s.p[at + 1] != ' ')
            return 0;
        at += 2;
    }
}

/* What is behind "name" at the start of doc, or behind "receiver.name"; 0: no name. */
static uint32_t name_end(const fg_native *n, fg_slice doc, fg_signature *out)
{
    uint32_t length = (uint32_t)strlen(n->name);
    const char *dot = memchr(doc.p, '.', doc.n);
    uint32_t skip = 0;
    if (doc.n <= length || memcmp(doc.p, n->name, length) != 0) {
        skip = dot ? (uint32_t)(dot - doc.p) + 1 : 0;
        out->method = skip != 0;
        if (!skip || doc.n <= skip + length
            || memcmp(doc.p + skip, n->name, length) != 0)
            return 0;
        out->min = out->max = 1;
    }
    return skip + length;
}

bool fg_signature_read(const fg_native *n, fg_signature *s)
{
    fg_slice doc = fg_slice_str(n->doc);
    *s = (fg_signature){ .call = doc, .constant = !n->fn };
    uint32_t at = name_end(n, doc, s);
    if (at == 0 || at >= doc.n)
        return false;
    if (doc.p[at] == '(') {
        uint32_t length = parameters(fg_slice_of(doc.p + at + 1, doc.n - at - 1), s);
        if (length == 0)
            return false;
        at += 1 + length;
    } else if (doc.p[at] == ' ') { /* an operator: "say x" */
        while (++at < doc.n && isalpha((unsigned char)doc.p[at]))
            ;
        s->min = s->max = 1;
    }
    if (at + 2 >= doc.n || doc.p[at] != ':' || doc.p[at + 1] != ' ')
        return false;
    s->call = fg_slice_of(doc.p, at);
    s->meaning = fg_slice_of(doc.p + at + 2, doc.n - at - 2);
    return true;
}
