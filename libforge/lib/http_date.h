// SPDX-License-Identifier: Apache-2.0
/* Moments as headers have them: "Sun, 06 Nov 1994 08:49:37 GMT". */
#ifndef FG_HTTP_DATE_H
#define FG_HTTP_DATE_H

#include "base/bytes.h"
#include "value/func.h"

/* Seconds since 1970 of an Int or a time object; false: it is neither, or is not in the
 * years 1601 to 9999, beyond which browsers know no time. */
bool fg_http_instant(fg_value v, int64_t *at);
/* Appends such a moment. */
void fg_http_date_put(fg_bytes *b, int64_t at);

#endif
