// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a stream of frames of both forms: whole, byte by byte and in pieces it gives
 * the same frames and the same end. */
#include "fuzz.h"

#include "ipc/frame.h"

#define LARGEST ((size_t)64 << 10)
#define MAX 5000u

/* Feeds pieces of that size; notes what is taken. */
static void read_stream(fg_bytes *notes, fg_frame_form form, const char *p, size_t n,
                        size_t piece)
{
    fg_frames f;
    fg_frame frame;
    fg_frame_next next = FG_FRAME_NONE;
    fg_frames_begin(&f, form, MAX);
    for (size_t fed = 0; fed < n && next != FG_FRAME_BAD;) {
        size_t room, part = n - fed < piece ? n - fed : piece;
        char *at = fg_frames_room(&f, &room);
        REQUIRE(at && room > 0);
        part = part < room ? part : room;
        memcpy(at, p + fed, part);
        fg_frames_filled(&f, part);
        fed += part;
        while ((next = fg_frames_take(&f, &frame)) == FG_FRAME_ONE) {
            REQUIRE(frame.payload.n <= MAX);
            fg_bytes_fmt(notes, "%llu %u ", (unsigned long long)frame.id,
                         frame.payload.n);
            fg_bytes_slice(notes, frame.payload);
        }
    }
    fg_bytes_str(notes, f.fault                 ? f.fault
                        : fg_frames_partial(&f) ? "partial"
                                                : "whole");
    fg_frames_drop(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = { 1, 3, 17, 1000 };
    fg_bytes whole, cut;
    if (size > LARGEST)
        return 0;
    for (int form = FG_FRAME_POSITIONAL; form <= FG_FRAME_NUMBERED; form++) {
        fg_bytes_init(&whole);
        read_stream(&whole, (fg_frame_form)form, (const char *)data, size, LARGEST);
        for (size_t i = 0; i < FG_COUNT(pieces); i++) {
            fg_bytes_init(&cut);
            read_stream(&cut, (fg_frame_form)form, (const char *)data, size, pieces[i]);
            REQUIRE(fg_slice_eq(fg_bytes_view(&whole), fg_bytes_view(&cut)));
            fg_bytes_drop(&cut);
        }
        fg_bytes_drop(&whole);
    }
    return 0;
}
