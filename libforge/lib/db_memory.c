// SPDX-License-Identifier: Apache-2.0
/* Memory of SQLite: it takes no more during a call than the program that makes the call
 * may take.  A thread works for one program at a time, so the account is the thread's.
 *
 * Where SQLite looks at no limits otherwise, it gets no memory any more when the call has
 * to end. */
#include "lib/db.h"

#include <malloc.h>
#include <stdlib.h>

#define REQUEST_UNITS 128u /* what taking memory counts as */

static _Thread_local int64_t left = FG_DB_NO_LIMIT;
static _Thread_local fg_db *watched;

fg_db *fg_db_watch_memory(fg_db *c)
{
    fg_db *before = watched;
    watched = c;
    return before;
}

static bool is_stopped(void)
{
    return watched && fg_db_is_stopped(watched, REQUEST_UNITS);
}

int64_t fg_db_allow(int64_t bytes)
{
    int64_t before = left;
    left = bytes;
    return before;
}

static void *memory_get(int n)
{
    void *at = n <= left && !is_stopped() ? malloc((size_t)n) : NULL;
    if (at)
        left -= (int64_t)malloc_usable_size(at);
    return at;
}

static void memory_put(void *at)
{
    left += (int64_t)malloc_usable_size(at);
    free(at);
}

static void *memory_resize(void *at, int n)
{
    int64_t had = (int64_t)malloc_usable_size(at);
    void *to = n <= left + had && !is_stopped() ? realloc(at, (size_t)n) : NULL;
    if (to)
        left += had - (int64_t)malloc_usable_size(to);
    return to;
}

static int memory_size(void *at) { return at ? (int)malloc_usable_size(at) : 0; }
static int memory_round(int n) { return (n + 7) & ~7; }

static int memory_begin(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void memory_end(void *ctx) { (void)ctx; }

static void configure(void)
{
    static const sqlite3_mem_methods methods = {
        memory_get,   memory_put,   memory_resize, memory_size,
        memory_round, memory_begin, memory_end,    NULL,
    };
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* else all threads share one lock */
}

void fg_db_count_memory(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure);
}
