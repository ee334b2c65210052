// SPDX-License-Identifier: Apache-2.0
#include "state/error.h"

#include <stdarg.h>
#include <stdio.h>

#define QUOTE_MAX 60u

static const struct {
    const char *name, *what, *advice;
} codes[] = {
#define X(name, what, advice) { #name, what, advice },
    FG_STATE_CODES(X)
#undef X
};

const char *fg_state_name(fg_state code) { return codes[code].name; }

bool fg_state_of_name(fg_slice name, fg_state *out)
{
    for (unsigned i = 0; i < FG_COUNT(codes); i++)
        if (fg_slice_eq(name, fg_slice_str(codes[i].name))) {
            *out = (fg_state)i;
            return true;
        }
    return false;
}

static fg_state record(fg_state_error *err, fg_state code, const char *advice,
                       const char *format, va_list ap)
{
    if (!err)
        return code;
    err->code = code;
    int n = vsnprintf(err->text, sizeof err->text, format, ap);
    if (n > 0 && (size_t)n < sizeof err->text)
        snprintf(err->text + n, sizeof err->text - (size_t)n, "; %s", advice);
    return code;
}

fg_state fg_state_fail(fg_state_error *err, fg_state code, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    record(err, code, codes[code].advice, format, ap);
    va_end(ap);
    return code;
}

fg_state fg_state_fail_try(fg_state_error *err, fg_state code, const char *advice,
                           const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    record(err, code, advice, format, ap);
    va_end(ap);
    return code;
}

const char *fg_state_quote(char to[FG_STATE_QUOTED], fg_slice bytes)
{
    uint32_t shown = bytes.n < QUOTE_MAX ? bytes.n : QUOTE_MAX;
    char *at = to;
    *at++ = '\'';
    for (uint32_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)bytes.p[i];
        if (c < ' ' || c == 127)
            at += sprintf(at, "\\x%02x", c);
        else
            *at++ = (char)c;
    }
    strcpy(at, shown < bytes.n ? "...'" : "'");
    return to;
}
