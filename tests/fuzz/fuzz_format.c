// SPDX-License-Identifier: Apache-2.0
/* Any bytes that parse are formatted: the result is the same program, and formatting it
 * again changes nothing. */
#include "fuzz.h"

#include "front/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fg_slice source = { (const char *)data, (uint32_t)size };
    fg_bytes once, twice;
    fg_diag d;

    fg_bytes_init(&once);
    fg_bytes_init(&twice);
    switch (fg_format(source, &once, &d)) {
    case FG_OK:
        REQUIRE(fg_format_same(source, fg_bytes_view(&once)) == FG_OK);
        REQUIRE(fg_format(fg_bytes_view(&once), &twice, &d) == FG_OK);
        REQUIRE(fg_slice_eq(fg_bytes_view(&once), fg_bytes_view(&twice)));
        break;
    case FG_RAISED: REQUIRE(d.start <= d.end && d.end <= size && d.message[0]); break;
    default: abort();
    }
    fg_bytes_drop(&twice);
    fg_bytes_drop(&once);
    return 0;
}
