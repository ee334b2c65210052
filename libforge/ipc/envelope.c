// SPDX-License-Identifier: Apache-2.0
#include "ipc/envelope.h"

void fg_envelope_request(fg_bytes *b, fg_slice name)
{
    fg_pack_array(b, 1);
    fg_envelope_response(b, name);
}

void fg_envelope_response(fg_bytes *b, fg_slice name)
{
    fg_pack_array(b, 2);
    fg_pack_str(b, name);
}

void fg_envelope_error(fg_bytes *b, fg_slice name, fg_slice message)
{
    fg_envelope_response(b, name);
    fg_pack_map(b, 1);
    fg_pack_str(b, FG_SLICE("message"));
    fg_pack_str(b, message);
}

static bool open(fg_unpacker *u, fg_slice *name, const char *shape)
{
    fg_unpacker before = *u;
    if (fg_unpack_array(u, 2) == 2)
        *name = fg_unpack_str(u, FG_ENVELOPE_NAME_MAX);
    else
        *name = FG_SLICE("");
    if (name->n > 0 && !u->fault)
        return true;
    *u = before;
    fg_unpack_fail(u, shape);
    return false;
}

bool fg_envelope_open_request(fg_unpacker *u, fg_slice *name)
{
    fg_unpacker before = *u;
    *name = FG_SLICE("");
    if (fg_unpack_array(u, 1) == 1)
        return open(u, name, "a request is [[name, payload]]: the inner array is not");
    *u = before;
    fg_unpack_fail(u, "a request is [[name, payload]]: the outer array is not");
    return false;
}

bool fg_envelope_open_response(fg_unpacker *u, fg_slice *name)
{
    return open(u, name, "a response is [name, payload]: this is not");
}
