// SPDX-License-Identifier: Apache-2.0
/* Time zones: how far the clocks of a place are ahead of UTC, at each instant.
 *
 * A zone is read from a TZif file (RFC 9636) and never changes.  Those that the system
 * lists are kept for the whole process once they were asked for, shared by all threads;
 * their number is bounded by the list.  No function here uses the C library's notion of a
 * local time, which belongs to the whole process. */
#ifndef FG_LIB_TIME_ZONE_H
#define FG_LIB_TIME_ZONE_H

#include "base/base.h"

/* ---- rules for all years (time_rule.c) ---------------------------------------------- */

#define FG_ZONE_LETTERS 16 /* of an abbreviation, with its terminator */

/* When the clocks are changed in each year: a day and a time of it, in seconds of the
 * clocks before the change. */
typedef struct fg_rule_edge {
    enum { FG_EDGE_JULIAN, FG_EDGE_DAY, FG_EDGE_WEEKDAY } kind;
    int day; /* 1 … 365 without February 29; 0 … 365; or 0 … 6 from Sunday */
    int month, week; /* FG_EDGE_WEEKDAY; week 5 is the last one */
    int32_t time;
} fg_rule_edge;

/* What a POSIX TZ string says: "CET-1CEST,M3.5.0,M10.5.0/3". */
typedef struct fg_rule {
    int32_t offset, dst_offset; /* seconds ahead of UTC */
    bool has_dst;
    char letters[FG_ZONE_LETTERS], dst_letters[FG_ZONE_LETTERS];
    fg_rule_edge start, end; /* of daylight saving time */
} fg_rule;

/* False if the text is no such string. */
bool fg_rule_parse(fg_slice text, fg_rule *rule);
/* Does it say that daylight saving time is used then? */
bool fg_rule_is_dst(const fg_rule *rule, int64_t unix_time);

/* ---- one zone (time_zone.c) --------------------------------------------------------- */

typedef struct fg_zone_kind {
    int32_t offset; /* seconds ahead of UTC */
    bool dst;
    char letters[FG_ZONE_LETTERS]; /* "CEST" */
} fg_zone_kind;

typedef struct fg_zone {
    char name[48];
    uint32_t ntimes, nkinds;
    bool has_rule; /* for instants from the last of times on */
    fg_rule rule;
    const int64_t *times;      /* ascending: instants from which on … */
    const fg_zone_kind *kinds; /* … */
    const uint8_t *kind;       /* … this kind is used; kinds[0] before the first */
} fg_zone;

extern const fg_zone fg_zone_utc;

#define FG_ZONE_FILE_MAX ((size_t)64 << 10)

/* The zone in the bytes of a file, malloc'ed; FG_NOMEM.  NULL: it is none that can be
 * used. */
fg_status fg_zone_parse(const uint8_t *p, size_t n, const char *name, fg_zone **out);
/* The zone of a POSIX TZ string. */
fg_status fg_zone_of_rule(const fg_rule *rule, const char *name, fg_zone **out);
/* What is used at an instant. */
fg_zone_kind fg_zone_at(const fg_zone *z, int64_t unix_time);
/* The instant at which clocks show `local` (seconds since 1970 on them): the first of
 * two; and for a time that is skipped, what clocks show that are not changed. */
int64_t fg_zone_instant(const fg_zone *z, int64_t local);

/* ---- those of the system (time_zones.c) ----------------------------------------------- */

/* NULL in *out: there is no zone with this name. */
fg_status fg_zone_find(fg_slice name, const fg_zone **out);
/* What the environment variable TZ or the system says; UTC if neither does.  Its name is
 * "Local". */
fg_status fg_zone_local(const fg_zone **out);
/* The names, sorted; *n is 0 when the system has no list. */
fg_status fg_zone_names(const char *const **names, uint32_t *n);

#endif
