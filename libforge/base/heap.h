// SPDX-License-Identifier: Apache-2.0
/* Memory of one fork: bump allocation in blocks that a host hands out.
 *
 * Everything is dropped at once by fg_heap_drop.  Between, the collector (run/gc.c)
 * marks lines of blocks and gives free runs of lines back to the bump pointer; it
 * runs only at safepoints, so an address stays valid for the length of a native that
 * does not call back.  Allocation never collects: it only asks (`want_gc`, and the
 * slice counter of the VM is zeroed through `slice`).
 *
 * It asks when much was handed out since the last collection.  Endless garbage takes as
 * much memory above what lives as lives (at least 1 MiB), at most 4 MiB, as long as no
 * more than 16 MiB live; then what lives beyond 12 MiB, at most half of it all: with
 * 10 MiB alive a collection takes 1 ms, and a program that only allocates makes 4 MiB in
 * as much.  While what lives grows by most of what is
 * handed out, a step is as much as lives, so that building costs the same for each
 * element.
 *
 * One heap belongs to one thread at a time. */
#ifndef FG_HEAP_H
#define FG_HEAP_H

#include "base/base.h"

/* Stress: polls between two collections, which then overwrite what they free; 0: collect
 * when there is reason to.  A constant, but in the builds of the fuzzers, which switch it
 * between runs. */
#define FG_STRESS_POLLS 3
#if defined(FG_GC_SWITCH)
extern uint32_t fg_gc_stress;
#elif defined(FG_GC_STRESS)
enum { fg_gc_stress = FG_STRESS_POLLS };
#else
enum { fg_gc_stress = 0 };
#endif

/* Where blocks come from.  block_get returns NULL when there is none; sizes given to
 * block_put are those asked for.  Alignment of at least 16 is expected. */
typedef struct fg_host {
    void *(*block_get)(void *ctx, size_t size);
    void (*block_put)(void *ctx, void *block, size_t size);
    void *ctx;
} fg_host;

/* The process's own: base/slab.h. */
extern const fg_host fg_host_malloc;

#define FG_BLOCK_SIZE 65480u /* fits an APR node of 64 KiB with its header */
#define FG_LINE 128u
#define FG_LINES (FG_BLOCK_SIZE / FG_LINE)
#define FG_LARGE 8192u /* objects above this many bytes get memory of their own */
#define FG_ALIGN 16u

/* A block; allocation starts at the first line after this header. */
typedef struct fg_block {
    struct fg_block *next;
    uint32_t size;      /* bytes of the whole block */
    uint32_t nlines;    /* size / FG_LINE */
    uint8_t lines[512]; /* 1: something live touches the line (valid after a mark) */
} fg_block;

/* In front of each large object. */
typedef struct fg_large {
    struct fg_large *next, *prev;
    size_t size; /* whole, header included */
    uint8_t mark;
    uint8_t pad[7];
} fg_large;

/* By granule of 64 KiB: blocks of full size where lines were marked last, or NULL. */
typedef struct fg_near {
    fg_block *at[64];
} fg_near;

typedef struct fg_heap {
    char *bump, *limit;      /* the free run being filled */
    fg_block *blocks;        /* those in use, newest first */
    fg_block *spare;         /* nspare wholly free ones that the last sweep kept */
    fg_block *cursor;        /* block whose free runs are being handed out, or NULL */
    uint32_t cursor_line;    /* next line to look at in it */
    char *over, *over_limit; /* run for objects above a line that do not fit bump's */
    fg_block **index; /* blocks by 64 KiB granule, open addressing; NULL: few blocks */
    uint32_t nindex;  /* power of two, or 0 */
    fg_near *near;    /* while marking */
    uint32_t nblocks, nspare;
    fg_large *large;
    fg_host host;
    size_t bytes;     /* taken from the host now */
    size_t peak;      /* the most it ever was */
    size_t max_bytes; /* limit on bytes */
    size_t gc_at;     /* ask for a collection when bytes passes this */
    size_t reuse;     /* bytes of lines given out again since the last collection */
    size_t live;      /* bytes that it left */
    size_t step;      /* bytes after which the next one is to come */
    size_t expected;  /* what is going to be asked for at once (see fg_heap_expect) */
    int64_t taken;    /* polls that asking cut off the slice */
    int64_t *slice;   /* the VM's poll counter, zeroed to ask for a collection */
    bool want_gc;
    bool reported; /* the VM recorded an error for nomem */
    uint8_t mark;  /* colour of objects marked by the last collection: 1 or 2 */
    bool nomem;    /* a request was refused: the next poll ends the script */
    bool unmarked; /* a marking was not finished: nothing is collected any more */
    void *first;   /* memory of the first block is the host's (see fg_heap_init) */
} fg_heap;

/* Starts an empty heap.  `first` may be memory for the first block, owned by the
 * caller and never given back; NULL takes blocks when needed. */
void fg_heap_init(fg_heap *h, const fg_host *host, void *first, size_t first_size,
                  size_t max_bytes, int64_t *slice);

/* Gives every block and large object back to the host. */
void fg_heap_drop(fg_heap *h);

/* The rest of fg_alloc; do not call directly. */
void *fg_alloc_slow(fg_heap *h, size_t size);

/* Uninitialised memory, 16-aligned, or NULL when the limit is reached (then nomem is
 * set and the caller returns FG_NOMEM). */
static inline void *fg_alloc(fg_heap *h, size_t size)
{
    size = (size + (FG_ALIGN - 1)) & ~(size_t)(FG_ALIGN - 1);
    if (fg_likely(size <= (size_t)(h->limit - h->bump) && size <= FG_LARGE)) {
        void *at = h->bump;
        h->bump += size;
        return at;
    }
    return fg_alloc_slow(h, size);
}

/* Tells that about `size` bytes are going to be asked for in a row.  Asks for a collection
 * if one would come to be due before they are all there: run now, it need not mark them,
 * and they take the place of garbage. */
void fg_heap_expect(fg_heap *h, size_t size);

/* Bytes within the limit that nothing uses. */
static inline size_t fg_heap_left(const fg_heap *h)
{
    size_t used = h->bytes - (size_t)h->nspare * FG_BLOCK_SIZE;
    return h->max_bytes > used ? h->max_bytes - used : 0;
}

/* May `size` more bytes be taken from the host?  Spare blocks are given back for them. */
bool fg_heap_fits(fg_heap *h, size_t size);

/* Refuses a request that cannot be met: sets nomem, ends the slice, returns NULL. */
void *fg_heap_refuse(fg_heap *h);

/* Gives storage back at once if it is large; small storage waits for the collector.
 * For buffers whose only owner has grown out of them. */
void fg_free_large(fg_heap *h, void *at, size_t size);

/* True if memory of `size` bytes is an own large object. */
static inline bool fg_is_large(size_t size)
{
    return ((size + (FG_ALIGN - 1)) & ~(size_t)(FG_ALIGN - 1)) > FG_LARGE;
}

/* ---- for the collector ------------------------------------------------------- */

/* Clears the line maps and flips the mark colour; returns the new colour.  `near` is used
 * up to the sweep. */
uint8_t fg_heap_mark_begin(fg_heap *h, fg_near *near);

static inline fg_block **fg_heap_near(const fg_heap *h, const void *at)
{
    return &h->near->at[(uintptr_t)at >> 16 & (FG_COUNT(h->near->at) - 1)];
}

/* The rest of fg_heap_mark; do not call directly. */
void fg_heap_mark_slow(fg_heap *h, const void *at, size_t size);

/* Marks [at, at+size) as live: its lines, or its large header. */
static inline void fg_heap_mark(fg_heap *h, const void *at, size_t size)
{
    fg_block *b = *fg_heap_near(h, at);
    size_t offset = (uintptr_t)at - (uintptr_t)b;
    if (fg_likely(size - 1 < FG_LINE && offset < FG_BLOCK_SIZE)) {
        b->lines[offset / FG_LINE] = 1;
        b->lines[(offset + size - 1) / FG_LINE] = 1;
    } else {
        fg_heap_mark_slow(h, at, size);
    }
}

/* Frees unmarked large objects and wholly free blocks but some, sets up the free runs,
 * and chooses the next collection point. */
void fg_heap_sweep(fg_heap *h);

#endif
