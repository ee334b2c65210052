// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a message: what is read from them is what is read again from what it is
 * written as, skipping passes over as much as reading, and reading stays within them. */
#include "fuzz.h"

#include "ipc/envelope.h"

#define LARGEST ((size_t)64 << 10)
#define DEEPEST 64u

/* Writes again what is read.  False: it is too deep for this test, or of a type that is only
 * skipped. */
static bool copy(fg_unpacker *u, fg_bytes *b, uint32_t depth)
{
    uint32_t n;
    if (depth == 0)
        return false;
    switch (fg_unpack_peek(u)) {
    case FG_UNPACK_NIL:
        REQUIRE(fg_unpack_nil(u));
        fg_pack_nil(b);
        return true;
    case FG_UNPACK_BOOL: fg_pack_bool(b, fg_unpack_bool(u)); return true;
    case FG_UNPACK_UINT: fg_pack_u64(b, fg_unpack_u64(u, UINT64_MAX)); return true;
    case FG_UNPACK_INT: fg_pack_i64(b, fg_unpack_i64(u)); return true;
    case FG_UNPACK_FLOAT: fg_pack_f64(b, fg_unpack_f64(u)); return true;
    case FG_UNPACK_STR: fg_pack_str(b, fg_unpack_str(u, FG_MAX_LEN)); return true;
    case FG_UNPACK_BIN: fg_pack_bin(b, fg_unpack_bin(u, FG_MAX_LEN)); return true;
    case FG_UNPACK_ARRAY:
        n = fg_unpack_array(u, FG_MAX_LEN);
        fg_pack_array(b, n);
        break;
    case FG_UNPACK_MAP:
        n = 2 * fg_unpack_map(u, FG_MAX_LEN);
        fg_pack_map(b, n / 2);
        break;
    case FG_UNPACK_EXT:
    case FG_UNPACK_END:
    default: return false;
    }
    while (n-- > 0 && !u->fault)
        if (!copy(u, b, depth - 1))
            return false;
    return true;
}

/* Opens whatever it may be; names and faults lie where they must. */
static void open_envelopes(fg_slice message)
{
    fg_unpacker u;
    fg_slice name;
    for (int request = 0; request < 2; request++) {
        fg_unpack_begin(&u, message);
        bool open = request ? fg_envelope_open_request(&u, &name)
                            : fg_envelope_open_response(&u, &name);
        REQUIRE(open == !u.fault && open == (name.n > 0));
        REQUIRE(u.offset <= message.n && u.at >= u.begin && u.at <= u.end);
        REQUIRE(!open || (name.p > message.p && name.p + name.n <= u.at));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fg_unpacker read, skip, again;
    fg_bytes first, second;
    if (size > LARGEST)
        return 0;
    fg_slice message = fg_slice_of((const char *)data, size);
    open_envelopes(message);
    fg_unpack_begin(&skip, message);
    fg_slice skipped = fg_unpack_skip(&skip);
    REQUIRE(skip.fault ? skipped.n == 0 : skipped.n > 0 && skipped.n <= size);
    fg_unpack_begin(&read, message);
    fg_bytes_init(&first);
    fg_bytes_init(&second);
    if (copy(&read, &first, DEEPEST) && !read.fault) {
        REQUIRE(!skip.fault && skip.at == read.at);
        fg_unpack_begin(&again, fg_bytes_view(&first));
        REQUIRE(copy(&again, &second, DEEPEST) && fg_unpack_end(&again));
        REQUIRE(fg_slice_eq(fg_bytes_view(&first), fg_bytes_view(&second)));
    }
    fg_bytes_drop(&first);
    fg_bytes_drop(&second);
    return 0;
}
