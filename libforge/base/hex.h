// SPDX-License-Identifier: Apache-2.0
/* Bytes as hexadecimal digits. */
#ifndef FG_HEX_H
#define FG_HEX_H

#include "base/base.h"

/* Writes 2 n digits at `at`, in lower case. */
static inline void fg_hex_encode(char *at, const void *bytes, uint32_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = bytes;
    for (uint32_t i = 0; i < n; i++) {
        *at++ = digits[p[i] >> 4];
        *at++ = digits[p[i] & 15];
    }
}

#endif
