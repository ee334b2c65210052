// SPDX-License-Identifier: Apache-2.0
/* Writing MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md).
 *
 * Each value has one form: integers, texts, bytes, arrays and maps take the shortest,
 * floats always eight bytes.  A buffer that cannot grow is `failed` (base/bytes.h), which
 * whoever sends it looks at once. */
#ifndef FG_PACK_H
#define FG_PACK_H

#include "base/bytes.h"

void fg_pack_nil(fg_bytes *b);
void fg_pack_bool(fg_bytes *b, bool v);
void fg_pack_u64(fg_bytes *b, uint64_t v);
/* What is not negative is written as fg_pack_u64 does. */
void fg_pack_i64(fg_bytes *b, int64_t v);
void fg_pack_f64(fg_bytes *b, double v);
/* UTF-8 by promise of the caller; the length counts bytes. */
void fg_pack_str(fg_bytes *b, fg_slice s);
void fg_pack_bin(fg_bytes *b, fg_slice s);
/* n values follow, or n pairs. */
void fg_pack_array(fg_bytes *b, uint32_t n);
void fg_pack_map(fg_bytes *b, uint32_t n);

#endif
