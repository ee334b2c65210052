// SPDX-License-Identifier: Apache-2.0
/* Moments in headers, whatever the locale. */
#include "lib/http_date.h"

#include "value/record.h"

#include <time.h>

#define FIRST_SECOND (-11644473600)
#define LAST_SECOND 253402300799

bool fg_http_instant(fg_value v, int64_t *at)
{
    fg_value seconds;
    fg_peel(&v, &seconds);
    if (fg_is(seconds, FG_OBJECT)) {
        const fg_value *field = fg_object_find_slice(seconds.as.obj, FG_SLICE("unix"));
        if (!field)
            return false;
        fg_peel(field, &seconds);
    }
    *at = seconds.as.i;
    return fg_is_int(seconds) && *at >= FIRST_SECOND && *at <= LAST_SECOND;
}

void fg_http_date_put(fg_bytes *b, int64_t at)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm;
    time_t seconds = (time_t)at;
    gmtime_r(&seconds, &tm);
    fg_bytes_fmt(b, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + tm.tm_wday * 3,
                 tm.tm_mday, months + tm.tm_mon * 3, tm.tm_year + 1900, tm.tm_hour,
                 tm.tm_min, tm.tm_sec);
}
