// SPDX-License-Identifier: Apache-2.0
/* Equality, order, truth. */
#ifndef FG_EQUAL_H
#define FG_EQUAL_H

#include "value/object.h"

/* Walks that recurse stop at this nesting (values are trees, but may be deep). */
#define FG_MAX_NESTING 2000

/* The operator ==: total, structural; NaN differs from NaN. */
bool fg_equal(const fg_value *a, const fg_value *b);
/* Membership: as ==, but NaN equals NaN. */
bool fg_same(const fg_value *a, const fg_value *b);
/* Strict: as ==, but Int never equals Float (index_of, diff). */
bool fg_strict_equal(const fg_value *a, const fg_value *b);
/* Consistent with fg_same. */
uint32_t fg_value_hash(const fg_value *v);
/* False: false null 0 0.0 "" empty containers None Err; frozen as its content. */
bool fg_truthy(const fg_value *v);
/* typeof: peels Frozen; "Lambda" for unnamed functions. */
const char *fg_type_name(const fg_value *v);

#endif
