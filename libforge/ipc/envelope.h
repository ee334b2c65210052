// SPDX-License-Identifier: Apache-2.0
/* Envelopes: what a payload is, by name.
 *
 *     request    [[ "<Service><Command>", payload ]]
 *     response   [ "<Service><Command>Response", payload ]
 *     error      [ "<Service>ErrorResponse", { "message": text } ]
 *
 * in MessagePack.  Only the name tells an error from a response. */
#ifndef FG_ENVELOPE_H
#define FG_ENVELOPE_H

#include "ipc/pack.h"
#include "ipc/unpack.h"

#define FG_ENVELOPE_NAME_MAX 256u

/* The payload follows. */
void fg_envelope_request(fg_bytes *b, fg_slice name);
void fg_envelope_response(fg_bytes *b, fg_slice name);
/* With its payload. */
void fg_envelope_error(fg_bytes *b, fg_slice name, fg_slice message);

/* Reads up to the payload.  The name is a slice of the message. */
bool fg_envelope_open_request(fg_unpacker *u, fg_slice *name);
bool fg_envelope_open_response(fg_unpacker *u, fg_slice *name);

#endif
