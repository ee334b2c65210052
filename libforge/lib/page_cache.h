// SPDX-License-Identifier: Apache-2.0
/* The compiled templates of a site: shared by its forks and threads, kept by what they
 * were asked for, the one that was not used for the longest time dropped first.
 *
 * A compiled template never changes; who fills one has a reference to it, so it may be
 * replaced or dropped meanwhile.  Their memory is the process's, not a fork's.
 *
 * Files are looked at once in an interval: one of the threads that ask then is told to,
 * while the others go on with what there is. */
#ifndef FG_PAGE_CACHE_H
#define FG_PAGE_CACHE_H

#include "lib/page.h"

#include <pthread.h>
#include <sys/stat.h>

#define FG_PAGE_CACHE_BYTES ((size_t)16 << 20) /* of all templates of a site */
#define FG_PAGE_CHECK_NS 1000000000ull /* between two looks at the files of one */

/* The state in which a file was read. */
typedef struct fg_page_stamp {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec changed;
    bool young; /* it was so new that its next change may not show in the time */
} fg_page_stamp;

/* The state that st tells of; now: seconds since 1970 before it was asked for. */
fg_page_stamp fg_page_stamp_of(const struct stat *st, time_t now);
/* Is the file as it was read? */
bool fg_page_unchanged(const fg_page_stamp *s, const struct stat *st);

/* A kept template. */
typedef struct fg_kept_page {
    struct fg_kept_page *newer, *older; /* by their last use */
    struct fg_kept_page *next;          /* in the same bucket */
    fg_page *page;
    fg_page_stamp *stamps; /* of the files of the page, in their order */
    char *key;
    uint32_t nkey, hash, nstamps;
    uint32_t refs; /* atomic: of those who use it, and of the cache */
    bool kept;     /* the cache has it */
    uint64_t checked_ns;
    size_t bytes;
} fg_kept_page;

typedef struct fg_page_cache {
    pthread_mutex_t lock;
    size_t bytes, max_bytes;
    uint64_t check_ns;
    fg_kept_page *newest, *oldest;
    fg_kept_page *buckets[256];
} fg_page_cache;

void fg_page_cache_init(fg_page_cache *c, size_t max_bytes, uint64_t check_ns);
/* Nobody may use the cache any more. */
void fg_page_cache_drop(fg_page_cache *c);

/* The template with this key, or NULL; fg_page_release follows.  *check: the caller must
 * look at its files now, which is `now_ns` by fg_now_ns. */
fg_kept_page *fg_page_cache_find(fg_page_cache *c, fg_slice key, uint64_t now_ns,
                                 bool *check);
/* Keeps a page whose files were in these states at checked_ns, instead of one with the
 * same key; if it is larger than the cache it is only given.  Takes the page, which is on
 * malloc; copies the rest.  fg_page_release follows.  NULL: no memory, and the page is
 * freed. */
fg_kept_page *fg_page_cache_put(fg_page_cache *c, fg_slice key, fg_page *page,
                                const fg_page_stamp *stamps, uint32_t nstamps,
                                uint64_t checked_ns);
/* No longer keeps it; the caller's reference stays. */
void fg_page_cache_forget(fg_page_cache *c, fg_kept_page *p);
/* Gives a reference back. */
void fg_page_release(fg_kept_page *p);

#endif
