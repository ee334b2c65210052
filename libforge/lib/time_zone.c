// SPDX-License-Identifier: Apache-2.0
/* One time zone: reading a TZif file, and asking (see time_zone.h).
 *
 * A file has a block of 32-bit data that is skipped, the same with 64 bits, and between
 * line feeds the rule for what comes after.  All counts are checked against the size
 * before anything is read. */
#include "lib/time_zone.h"

#include "lib/calendar.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADER 44u
#define TIMES_MAX 4096u
#define KINDS_MAX 256u
#define LETTERS_MAX 2048u
#define OFFSET_MIN (-89999) /* seconds: a minute less than 25 hours … */
#define OFFSET_MAX 93599    /* … and than 26 */

static const fg_zone_kind utc_kind = { 0, false, "UTC" };
const fg_zone fg_zone_utc = { .name = "UTC", .nkinds = 1, .kinds = &utc_kind };

/* ---- reading ------------------------------------------------------------------------ */

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t get64(const uint8_t *p)
{
    return (int64_t)((uint64_t)get32(p) << 32 | get32(p + 4));
}

typedef struct block {
    uint32_t nutc, nstd, nleap, ntimes, nkinds, nletters;
    const uint8_t *times, *kind, *kinds, *letters;
} block;

/* Reads the header at p and finds the parts behind it; their size with the header, or 0
 * if there are fewer bytes. */
static size_t find_block(const uint8_t *p, size_t n, uint32_t time_size, block *b)
{
    if (n < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
        return 0;
    *b = (block){
        .nutc = get32(p + 20),
        .nstd = get32(p + 24),
        .nleap = get32(p + 28),
        .ntimes = get32(p + 32),
        .nkinds = get32(p + 36),
        .nletters = get32(p + 40),
    };
    if (b->ntimes > TIMES_MAX || b->nkinds > KINDS_MAX || b->nletters > LETTERS_MAX
        || b->nutc > KINDS_MAX || b->nstd > KINDS_MAX || b->nleap > TIMES_MAX)
        return 0;
    b->times = p + HEADER;
    b->kind = b->times + b->ntimes * time_size;
    b->kinds = b->kind + b->ntimes;
    b->letters = b->kinds + b->nkinds * 6;
    size_t size = HEADER + b->ntimes * (time_size + 1) + b->nkinds * 6 + b->nletters
                  + b->nleap * (time_size + 4) + b->nstd + b->nutc;
    return size <= n ? size : 0;
}

static bool read_kinds(const block *b, fg_zone_kind *kinds)
{
    for (uint32_t i = 0; i < b->nkinds; i++) {
        const uint8_t *p = b->kinds + i * 6;
        int32_t offset = (int32_t)get32(p);
        uint32_t at = p[5];
        if (offset < OFFSET_MIN || offset > OFFSET_MAX || p[4] > 1 || at >= b->nletters)
            return false;
        const uint8_t *end = memchr(b->letters + at, 0, b->nletters - at);
        size_t n = end ? (size_t)(end - (b->letters + at)) : FG_ZONE_LETTERS;
        if (n >= FG_ZONE_LETTERS)
            return false;
        kinds[i] = (fg_zone_kind){ .offset = offset, .dst = p[4] };
        memcpy(kinds[i].letters, b->letters + at, n);
    }
    return true;
}

static bool read_times(const block *b, int64_t *times, uint8_t *kind)
{
    for (uint32_t i = 0; i < b->ntimes; i++) {
        times[i] = get64(b->times + i * 8);
        kind[i] = b->kind[i];
        if (kind[i] >= b->nkinds || (i > 0 && times[i] <= times[i - 1]))
            return false;
    }
    return true;
}

/* The rule at the end of a file: "\n", perhaps nothing, "\n". */
static bool read_rule(const uint8_t *p, size_t n, fg_zone *z)
{
    if (n < 2 || p[0] != '\n')
        return false;
    const uint8_t *end = memchr(p + 1, '\n', n - 1);
    if (!end)
        return false;
    fg_slice text = fg_slice_of((const char *)p + 1, (size_t)(end - p) - 1);
    z->has_rule = text.n > 0;
    return text.n == 0 || fg_rule_parse(text, &z->rule);
}

static fg_zone *new_zone(const char *name, uint32_t ntimes, uint32_t nkinds)
{
    size_t kinds = sizeof(fg_zone) + ntimes * sizeof(int64_t);
    size_t kind = kinds + nkinds * sizeof(fg_zone_kind);
    char *at = calloc(1, kind + ntimes);
    fg_zone *z = (fg_zone *)(void *)at;
    if (!z)
        return NULL;
    snprintf(z->name, sizeof z->name, "%s", name);
    z->ntimes = ntimes;
    z->nkinds = nkinds;
    z->times = (const int64_t *)(const void *)(at + sizeof *z);
    z->kinds = (const fg_zone_kind *)(const void *)(at + kinds);
    z->kind = (const uint8_t *)at + kind;
    return z;
}

fg_status fg_zone_parse(const uint8_t *p, size_t n, const char *name, fg_zone **out)
{
    block b;
    *out = NULL;
    size_t first = n > FG_ZONE_FILE_MAX ? 0 : find_block(p, n, 4, &b);
    size_t second = first ? find_block(p + first, n - first, 8, &b) : 0;
    if (!second || b.nkinds == 0 || b.nleap > 0) /* those count in other seconds */
        return FG_OK;
    fg_zone *z = new_zone(name, b.ntimes, b.nkinds);
    if (!z)
        return FG_NOMEM;
    if (read_kinds(&b, (fg_zone_kind *)z->kinds)
        && read_times(&b, (int64_t *)z->times, (uint8_t *)z->kind)
        && read_rule(p + first + second, n - first - second, z))
        *out = z;
    else
        free(z);
    return FG_OK;
}

fg_status fg_zone_of_rule(const fg_rule *rule, const char *name, fg_zone **out)
{
    fg_zone *z = *out = new_zone(name, 0, 0);
    if (!z)
        return FG_NOMEM;
    z->has_rule = true;
    z->rule = *rule;
    return FG_OK;
}

/* ---- asking ------------------------------------------------------------------------- */

static fg_zone_kind kind_of_rule(const fg_rule *r, bool dst)
{
    fg_zone_kind k = { dst ? r->dst_offset : r->offset, dst, "" };
    memcpy(k.letters, dst ? r->dst_letters : r->letters, sizeof k.letters);
    return k;
}

fg_zone_kind fg_zone_at(const fg_zone *z, int64_t unix_time)
{
    uint32_t from = 0, to = z->ntimes; /* the number of times that are not later */
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        if (z->times[middle] <= unix_time)
            from = middle + 1;
        else
            to = middle;
    }
    if (from == z->ntimes && z->has_rule)
        return kind_of_rule(&z->rule, fg_rule_is_dst(&z->rule, unix_time));
    return z->kinds[from == 0 ? 0 : z->kind[from - 1]];
}

int64_t fg_zone_instant(const fg_zone *z, int64_t local)
{
    int32_t before = fg_zone_at(z, local - FG_DAY).offset;
    int32_t after = fg_zone_at(z, local + FG_DAY).offset;
    if (before != after && fg_zone_at(z, local - before).offset != before
        && fg_zone_at(z, local - after).offset == after)
        return local - after;
    return local - before;
}
