// SPDX-License-Identifier: Apache-2.0
/* Tokens of libmpack, each from the whole rest of the message, so that one which is cut
 * off is a fault and nothing is kept between two reads. */
#include "ipc/unpack.h"

#include <mpack.h>

#define EXACT ((int64_t)1 << 53) /* integers up to here are floats */

void fg_unpack_begin(fg_unpacker *u, fg_slice message)
{
    *u = (fg_unpacker){ .begin = message.p,
                        .at = message.p,
                        .end = message.p + message.n };
}

static uint32_t left(const fg_unpacker *u) { return (uint32_t)(u->end - u->at); }

void fg_unpack_fail(fg_unpacker *u, const char *what)
{
    if (u->fault)
        return;
    u->fault = what;
    u->offset = (uint32_t)(u->at - u->begin);
    u->at = u->end;
}

bool fg_unpack_end(fg_unpacker *u)
{
    if (u->at != u->end)
        fg_unpack_fail(u, "something follows the value");
    return !u->fault;
}

/* ---- tokens ---------------------------------------------------------------------- */

/* The next token, and where it ends. */
static bool look(const fg_unpacker *u, mpack_token_t *token, const char **end)
{
    mpack_tokbuf_t buffer;
    size_t n = left(u);
    *end = u->at;
    mpack_tokbuf_init(&buffer);
    return n > 0 && mpack_read(&buffer, end, &n, token) == MPACK_OK;
}

/* The next token, if there is one; its content is still to come.  u->at stays where the
 * value begins until the value is taken. */
static bool next(fg_unpacker *u, mpack_token_t *token, const char **end)
{
    if (u->fault)
        return false;
    if (u->at == u->end)
        fg_unpack_fail(u, "the message ends where a value is expected");
    else if (!look(u, token, end))
        fg_unpack_fail(u, "a value is cut off or not MessagePack");
    return !u->fault;
}

static bool take(fg_unpacker *u, mpack_token_type_t type, const char *expected,
                 mpack_token_t *token)
{
    const char *end;
    if (!next(u, token, &end))
        return false;
    if (token->type != type) {
        fg_unpack_fail(u, expected);
        return false;
    }
    u->at = end;
    return true;
}

/* libmpack and we number them differently on purpose: its numbers are no contract. */
static fg_unpack_type type_of(const mpack_token_t *token)
{
    switch (token->type) {
    case MPACK_TOKEN_NIL: return FG_UNPACK_NIL;
    case MPACK_TOKEN_BOOLEAN: return FG_UNPACK_BOOL;
    case MPACK_TOKEN_UINT: return FG_UNPACK_UINT;
    case MPACK_TOKEN_SINT: return FG_UNPACK_INT;
    case MPACK_TOKEN_FLOAT: return FG_UNPACK_FLOAT;
    case MPACK_TOKEN_STR: return FG_UNPACK_STR;
    case MPACK_TOKEN_BIN: return FG_UNPACK_BIN;
    case MPACK_TOKEN_ARRAY: return FG_UNPACK_ARRAY;
    case MPACK_TOKEN_MAP: return FG_UNPACK_MAP;
    case MPACK_TOKEN_EXT: return FG_UNPACK_EXT;
    case MPACK_TOKEN_CHUNK: break;
    }
    return FG_UNPACK_END;
}

fg_unpack_type fg_unpack_peek(const fg_unpacker *u)
{
    mpack_token_t token;
    const char *end;
    return look(u, &token, &end) ? type_of(&token) : FG_UNPACK_END;
}

/* ---- scalars --------------------------------------------------------------------- */

bool fg_unpack_nil(fg_unpacker *u)
{
    if (fg_unpack_peek(u) != FG_UNPACK_NIL)
        return false;
    u->at++;
    return true;
}

bool fg_unpack_bool(fg_unpacker *u)
{
    mpack_token_t token;
    return take(u, MPACK_TOKEN_BOOLEAN, "expected a boolean", &token)
           && mpack_unpack_boolean(token);
}

uint64_t fg_unpack_u64(fg_unpacker *u, uint64_t max)
{
    const char *begin = u->at;
    mpack_token_t token;
    if (!take(u, MPACK_TOKEN_UINT, "expected an unsigned integer", &token))
        return 0;
    uint64_t v = mpack_unpack_uint(token);
    if (v <= max)
        return v;
    u->at = begin;
    fg_unpack_fail(u, "an integer is too large");
    return 0;
}

/* The token's own sign is that of its shortest form. */
static bool signed_of(const mpack_token_t *token, int64_t *out)
{
    uint64_t v;
    if (token->type == MPACK_TOKEN_SINT) {
        *out = mpack_unpack_sint(*token);
        return true;
    }
    if (token->type != MPACK_TOKEN_UINT || (v = mpack_unpack_uint(*token)) > INT64_MAX)
        return false;
    *out = (int64_t)v;
    return true;
}

int64_t fg_unpack_i64(fg_unpacker *u)
{
    mpack_token_t token;
    const char *end;
    int64_t v;
    if (!next(u, &token, &end))
        return 0;
    if (!signed_of(&token, &v)) {
        fg_unpack_fail(u, "expected an integer of 64 bits");
        return 0;
    }
    u->at = end;
    return v;
}

/* NaN and all, as they came; mpack_unpack_float does not tell four bytes from eight. */
static double float_of(const mpack_token_t *token)
{
    double wide;
    float narrow;
    if (token->length == sizeof narrow) {
        uint32_t bits = token->data.value.lo;
        memcpy(&narrow, &bits, sizeof narrow);
        return (double)narrow;
    }
    uint64_t bits = (uint64_t)token->data.value.hi << 32 | token->data.value.lo;
    memcpy(&wide, &bits, sizeof wide);
    return wide;
}

double fg_unpack_f64(fg_unpacker *u)
{
    mpack_token_t token;
    const char *end;
    int64_t v;
    if (!next(u, &token, &end))
        return 0;
    if (token.type == MPACK_TOKEN_FLOAT) {
        u->at = end;
        return float_of(&token);
    }
    if (!signed_of(&token, &v) || v > EXACT || v < -EXACT) {
        fg_unpack_fail(u, "expected a float");
        return 0;
    }
    u->at = end;
    return (double)v;
}

/* ---- texts and bytes --------------------------------------------------------------- */

static fg_slice content(fg_unpacker *u, mpack_token_type_t type, const char *expected,
                        uint32_t least, uint32_t most)
{
    const char *begin = u->at;
    mpack_token_t token;
    const char *wrong = NULL;
    if (!take(u, type, expected, &token))
        return FG_SLICE("");
    if (token.length > left(u))
        wrong = "a value is cut off or not MessagePack";
    else if (token.length > most)
        wrong = least == most ? "bytes of another length are expected"
                              : "a text or bytes are too long";
    else if (token.length < least)
        wrong = "bytes of another length are expected";
    if (wrong) {
        u->at = begin;
        fg_unpack_fail(u, wrong);
        return FG_SLICE("");
    }
    fg_slice s = { u->at, token.length };
    u->at += token.length;
    return s;
}

fg_slice fg_unpack_str(fg_unpacker *u, uint32_t max)
{
    return content(u, MPACK_TOKEN_STR, "expected a text", 0, max);
}

fg_slice fg_unpack_bin(fg_unpacker *u, uint32_t max)
{
    return content(u, MPACK_TOKEN_BIN, "expected bytes", 0, max);
}

fg_slice fg_unpack_bin_of(fg_unpacker *u, uint32_t n)
{
    return content(u, MPACK_TOKEN_BIN, "expected bytes", n, n);
}

/* ---- arrays and maps ----------------------------------------------------------------- */

/* Each value that follows takes a byte at least. */
static uint32_t counted(fg_unpacker *u, mpack_token_type_t type, const char *expected,
                        uint32_t values, uint32_t max)
{
    const char *begin = u->at;
    mpack_token_t token;
    if (!take(u, type, expected, &token))
        return 0;
    bool whole = token.length <= left(u) / values;
    if (whole && token.length <= max)
        return token.length;
    u->at = begin;
    fg_unpack_fail(u, whole ? "an array or a map has too many elements"
                            : "a value is cut off or not MessagePack");
    return 0;
}

uint32_t fg_unpack_array(fg_unpacker *u, uint32_t max)
{
    return counted(u, MPACK_TOKEN_ARRAY, "expected an array", 1, max);
}

uint32_t fg_unpack_map(fg_unpacker *u, uint32_t max)
{
    return counted(u, MPACK_TOKEN_MAP, "expected a map", 2, max);
}

/* Passes over one token with its content; how many values follow it. */
static uint64_t skip_one(fg_unpacker *u)
{
    mpack_token_t token;
    const char *end;
    uint64_t inside = 0;
    if (!next(u, &token, &end))
        return 0;
    uint64_t room = (uint64_t)(u->end - end), bytes = 0;
    switch (type_of(&token)) {
    case FG_UNPACK_STR:
    case FG_UNPACK_BIN:
    case FG_UNPACK_EXT: bytes = token.length; break;
    case FG_UNPACK_ARRAY: inside = token.length; break;
    case FG_UNPACK_MAP: inside = 2 * (uint64_t)token.length; break;
    case FG_UNPACK_END:
    case FG_UNPACK_NIL:
    case FG_UNPACK_BOOL:
    case FG_UNPACK_UINT:
    case FG_UNPACK_INT:
    case FG_UNPACK_FLOAT: break;
    }
    if (bytes > room || inside > room) {
        fg_unpack_fail(u, "a value is cut off or not MessagePack");
        return 0;
    }
    u->at = end + bytes;
    return inside;
}

fg_slice fg_unpack_skip(fg_unpacker *u)
{
    const char *begin = u->at;
    uint64_t pending = 1; /* never more than the message has bytes, after each step */
    while (pending > 0 && !u->fault) {
        pending += skip_one(u) - 1;
        if (pending > left(u))
            fg_unpack_fail(u, "a value is cut off or not MessagePack");
    }
    return u->fault ? FG_SLICE("") : (fg_slice){ begin, (uint32_t)(u->at - begin) };
}
