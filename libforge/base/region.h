// SPDX-License-Identifier: Apache-2.0
/* A contiguous range of memory that a program and its template are written into once and
 * that is read-only afterwards.  Address space is reserved, memory is touched as used. */
#ifndef FG_REGION_H
#define FG_REGION_H

#include "base/base.h"

#define FG_REGION_RESERVE ((size_t)1 << 30)

typedef struct fg_region {
    char *base;
    size_t used, cap;
    bool own; /* mapped by fg_region_open */
} fg_region;

/* Reserves `size` bytes (0: FG_REGION_RESERVE), or adopts `at`, zeroed and page-aligned. */
fg_status fg_region_open(fg_region *r, void *at, size_t size);
/* Unmaps an own region. */
void fg_region_close(fg_region *r);
/* Zeroed, 16-aligned; NULL when the region is full. */
void *fg_region_get(fg_region *r, size_t n);
/* Gives back the unused tail of an own region and makes the rest read-only. */
fg_status fg_region_seal(fg_region *r);

#endif
