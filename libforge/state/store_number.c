// SPDX-License-Identifier: Apache-2.0
#include "state/store_internal.h"

/* The integers of MessagePack that have a length: first byte, bytes that follow, sign. */
static const struct form {
    uint8_t first, n;
    bool is_signed;
} forms[] = {
    { 0xcc, 1, false }, { 0xcd, 2, false }, { 0xce, 4, false }, { 0xcf, 8, false },
    { 0xd0, 1, true },  { 0xd1, 2, true },  { 0xd2, 4, true },  { 0xd3, 8, true },
};

bool fg_number_read(fg_slice value, int64_t *out)
{
    if (value.n == 0)
        return false;
    const uint8_t *p = (const uint8_t *)value.p;
    if (value.n == 1 && (p[0] < 0x80 || p[0] >= 0xe0)) {
        *out = (int8_t)p[0];
        return true;
    }
    for (unsigned i = 0; i < FG_COUNT(forms); i++) {
        const struct form *f = &forms[i];
        if (p[0] != f->first || value.n != 1u + f->n)
            continue;
        uint64_t v = fg_be_get(p + 1, f->n);
        unsigned unused = 64 - 8 * f->n;
        *out = f->is_signed ? (int64_t)(v << unused) >> unused : (int64_t)v;
        return f->is_signed || v <= INT64_MAX;
    }
    return false;
}

static unsigned width_unsigned(uint64_t v)
{
    return v <= UINT8_MAX ? 1 : v <= UINT16_MAX ? 2 : v <= UINT32_MAX ? 4 : 8;
}

static unsigned width_signed(int64_t v)
{
    return v >= INT8_MIN ? 1 : v >= INT16_MIN ? 2 : v >= INT32_MIN ? 4 : 8;
}

uint32_t fg_number_write(char to[FG_NUMBER_MAX], int64_t v)
{
    if (v >= -32 && v < 128) {
        to[0] = (char)v;
        return 1;
    }
    unsigned n = v < 0 ? width_signed(v) : width_unsigned((uint64_t)v);
    for (unsigned i = 0; i < FG_COUNT(forms); i++)
        if (forms[i].n == n && forms[i].is_signed == (v < 0))
            to[0] = (char)forms[i].first;
    fg_be_put((uint8_t *)to + 1, (uint64_t)v, n);
    return 1 + n;
}
