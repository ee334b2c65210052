// SPDX-License-Identifier: Apache-2.0
/* Blocks, lines and large objects (see heap.h).
 *
 * - `blocks` and `spare` own every block, `large` every large object; the block at `first`
 *   lies in memory of the caller.  `bytes` is their sum with the index.
 * - [bump, limit) and [over, over_limit) are free runs inside blocks.  Objects above
 *   one line that do not fit the first go to the second, so that small holes are not
 *   passed over for the sake of one larger object.
 * - Line maps mean something between fg_heap_mark_begin and the next one; `cursor`
 *   walks the blocks of the last sweep only, because new blocks are put in front of
 *   them.
 * - The index finds the block of an address.  It exists before it is needed: a block
 *   that it has no room for is refused. */
#include "base/heap.h"

#include "base/slab.h"

#ifdef FG_ASAN
#include <sanitizer/asan_interface.h>
#define HIDES 1
#define hide(at, n) ASAN_POISON_MEMORY_REGION(at, n)
#define unhide(at, n) ASAN_UNPOISON_MEMORY_REGION(at, n)
#else
#define HIDES 0
#define hide(at, n) ((void)(at), (void)(n))
#define unhide(at, n) ((void)(at), (void)(n))
#endif

#define FIRST_GC ((size_t)1 << 20)
#define FULL_STEP ((size_t)15 << 18) /* with the last block less than 4 MiB */
#define SMALL_LIVE ((size_t)12 << 20)
#define FEW_BLOCKS 8 /* up to here a walk over the list beats the index */
#define HEAD_LINES ((uint32_t)((sizeof(fg_block) + FG_LINE - 1) / FG_LINE))

_Static_assert(FG_LARGE <= FG_BLOCK_SIZE - (HEAD_LINES + 1) * FG_LINE,
               "an object that is not large fits an empty block");
_Static_assert(FG_LINES <= sizeof(((fg_block *)0)->lines), "a byte for each line");
_Static_assert(sizeof(fg_large) % FG_ALIGN == 0, "large objects stay aligned");

#ifdef FG_GC_SWITCH
uint32_t fg_gc_stress;
#endif

const fg_host fg_host_malloc = { fg_slab_get, fg_slab_put, NULL };

void *fg_heap_refuse(fg_heap *h)
{
    h->nomem = true;
    if (h->slice) {
        h->taken += *h->slice;
        *h->slice = 0;
    }
    return NULL;
}

/* Asks for a collection if what was handed out and `more` bytes are enough for one. */
static void ask_gc(fg_heap *h, size_t more)
{
    if (h->bytes + h->reuse + more <= h->gc_at)
        return;
    h->want_gc = true;
    if (h->slice) {
        h->taken += *h->slice;
        *h->slice = 0;
    }
}

void fg_heap_expect(fg_heap *h, size_t size)
{
    h->expected = size < fg_heap_left(h) ? size : fg_heap_left(h);
    ask_gc(h, size);
    if (!h->want_gc)
        h->expected = 0;
}

static void give_back(fg_heap *h, void *at, size_t size)
{
    unhide(at, size);
    h->bytes -= size;
    h->host.block_put(h->host.ctx, at, size);
}

static void put_spare(fg_heap *h, fg_block *b)
{
    b->next = h->spare;
    h->spare = b;
    h->nspare++;
}

static fg_block *take_spare(fg_heap *h)
{
    fg_block *b = h->spare;
    h->spare = b->next;
    h->nspare--;
    return b;
}

static void drop_spare(fg_heap *h, uint32_t most)
{
    while (h->nspare > most)
        give_back(h, take_spare(h), FG_BLOCK_SIZE);
}

bool fg_heap_fits(fg_heap *h, size_t size)
{
    if (size > fg_heap_left(h))
        return false;
    if (h->bytes > h->max_bytes || size > h->max_bytes - h->bytes)
        drop_spare(h, 0);
    return true;
}

/* Memory within the limit, or NULL. */
static void *take(fg_heap *h, size_t size)
{
    void *at = fg_heap_fits(h, size) ? h->host.block_get(h->host.ctx, size) : NULL;
    if (!at)
        return NULL;
    h->bytes += size;
    if (h->bytes > h->peak)
        h->peak = h->bytes;
    ask_gc(h, 0);
    return at;
}

/* Chooses when the next collection comes (see heap.h): not before what is expected is
 * there, but under a limit that is nearer, halfway to the limit.  `before` lived after the
 * last one. */
static void choose_gc_point(fg_heap *h, size_t before)
{
    bool grows = h->live > before + h->step / 2;
    size_t step = grows || h->live < FULL_STEP ? h->live : FULL_STEP;
    if (step < FIRST_GC)
        step = FIRST_GC;
    size_t beyond = h->live > SMALL_LIVE ? h->live - SMALL_LIVE : 0;
    if (beyond > h->live / 2)
        beyond = h->live / 2;
    if (step < beyond)
        step = beyond;
    size_t left = fg_heap_left(h), most = h->expected + h->expected / 4;
    if (step < most)
        step = most;
    h->expected = 0;
    if (step > left) {
        step = left / 2;
        if (step < FG_BLOCK_SIZE)
            step = FG_BLOCK_SIZE;
    }
    h->step = step;
    h->gc_at = h->bytes + step;
}

/* ---- finding blocks ---------------------------------------------------------- */

static inline uint32_t index_slot(const fg_heap *h, uintptr_t granule)
{
    return (uint32_t)((granule * 0x9e3779b97f4a7c15ull) >> 32) & (h->nindex - 1);
}

static void index_put(fg_heap *h, uintptr_t granule, fg_block *b)
{
    uint32_t i = index_slot(h, granule);
    while (h->index[i])
        i = (i + 1) & (h->nindex - 1);
    h->index[i] = b;
}

/* A block is at most 64 KiB, so it touches one or two granules of that size. */
static void index_add(fg_heap *h, fg_block *b)
{
    uintptr_t from = (uintptr_t)b >> 16, to = ((uintptr_t)b + b->size - 1) >> 16;
    index_put(h, from, b);
    if (to != from)
        index_put(h, to, b);
}

static void index_rebuild(fg_heap *h)
{
    if (!h->index)
        return;
    memset(h->index, 0, h->nindex * sizeof *h->index);
    for (fg_block *b = h->blocks; b; b = b->next)
        index_add(h, b);
}

/* Room for one block more, at most half full; false if there is no memory. */
static bool index_reserve(fg_heap *h)
{
    uint32_t blocks = h->nblocks + 1;
    if (blocks <= FEW_BLOCKS || blocks * 4 <= h->nindex)
        return true;
    uint32_t n = h->nindex ? h->nindex * 2 : FEW_BLOCKS * 8;
    fg_block **index = take(h, n * sizeof *index);
    if (!index)
        return false;
    if (h->index)
        give_back(h, h->index, h->nindex * sizeof *h->index);
    h->index = index;
    h->nindex = n;
    index_rebuild(h);
    return true;
}

static inline bool inside(const fg_block *b, uintptr_t at)
{
    return at - (uintptr_t)b < b->size;
}

/* The block that holds `at`, which is the heap's. */
static fg_block *find_block(const fg_heap *h, uintptr_t at)
{
    if (!h->index) {
        fg_block *b = h->blocks;
        while (!inside(b, at))
            b = b->next;
        return b;
    }
    uint32_t i = index_slot(h, at >> 16);
    while (!inside(h->index[i], at))
        i = (i + 1) & (h->nindex - 1);
    return h->index[i];
}

/* ---- blocks and runs --------------------------------------------------------- */

static inline char *line_at(fg_block *b, uint32_t line)
{
    return (char *)b + (size_t)line * FG_LINE;
}

static void add_block(fg_heap *h, fg_block *b, size_t size)
{
    b->size = (uint32_t)size;
    b->nlines = (uint32_t)(size / FG_LINE);
    b->next = h->blocks; /* its lines are set by the next mark */
    h->blocks = b;
    h->nblocks++;
    if (h->index)
        index_add(h, b);
}

static fg_block *take_block(fg_heap *h)
{
    if (!index_reserve(h))
        return NULL;
    fg_block *b;
    if (h->nspare > 0) {
        b = take_spare(h);
        unhide(b, FG_BLOCK_SIZE);
        h->reuse += FG_BLOCK_SIZE;
        ask_gc(h, 0);
    } else {
        b = take(h, FG_BLOCK_SIZE);
    }
    if (b)
        add_block(h, b, FG_BLOCK_SIZE);
    return b;
}

/* The first line behind `from` whose state is another, or nlines. */
static uint32_t run_end(const fg_block *b, uint32_t from)
{
    uint32_t to = from + 1;
    while (to < b->nlines && b->lines[to] == b->lines[from])
        to++;
    return to;
}

/* Points bump at the next free run of the last sweep that holds `size` bytes, which is
 * at most a line; false at the end. */
static bool next_run(fg_heap *h, size_t size)
{
    for (; h->cursor; h->cursor = h->cursor->next, h->cursor_line = HEAD_LINES) {
        fg_block *b = h->cursor;
        uint32_t from = h->cursor_line;
        if (from < b->nlines && b->lines[from])
            from = run_end(b, from);
        if (from == b->nlines)
            continue;
        uint32_t to = run_end(b, from);
        h->cursor_line = to;
        h->bump = line_at(b, from);
        h->limit = line_at(b, to);
        assert(size <= (size_t)(h->limit - h->bump));
        (void)size;
        unhide(h->bump, (size_t)(h->limit - h->bump));
        h->reuse += (size_t)(h->limit - h->bump);
        ask_gc(h, 0);
        return true;
    }
    return false;
}

/* Room for an object of at most a line in bump's run. */
static bool refill_small(fg_heap *h, size_t size)
{
    if (next_run(h, size))
        return true;
    if (size <= (size_t)(h->over_limit - h->over)) {
        h->bump = h->over;
        h->limit = h->over_limit;
        h->over = h->over_limit = NULL;
        return true;
    }
    fg_block *b = take_block(h);
    if (!b)
        return false;
    h->bump = line_at(b, HEAD_LINES);
    h->limit = line_at(b, b->nlines);
    return true;
}

/* Room for a larger one in the other run. */
static bool refill_over(fg_heap *h, size_t size)
{
    if (size <= (size_t)(h->over_limit - h->over))
        return true;
    fg_block *b = take_block(h);
    if (!b)
        return false;
    h->over = line_at(b, HEAD_LINES);
    h->over_limit = line_at(b, b->nlines);
    return true;
}

/* ---- large objects ----------------------------------------------------------- */

static void *alloc_large(fg_heap *h, size_t size)
{
    fg_large *l = take(h, sizeof *l + size);
    if (!l)
        return NULL;
    l->size = sizeof *l + size;
    l->mark = 0;
    l->prev = NULL;
    l->next = h->large;
    if (l->next)
        l->next->prev = l;
    h->large = l;
    return l + 1;
}

static void free_large(fg_heap *h, fg_large *l)
{
    if (l->prev)
        l->prev->next = l->next;
    else
        h->large = l->next;
    if (l->next)
        l->next->prev = l->prev;
    give_back(h, l, l->size);
}

void fg_free_large(fg_heap *h, void *at, size_t size)
{
    if (at && fg_is_large(size))
        free_large(h, (fg_large *)at - 1);
}

/* ---- allocation -------------------------------------------------------------- */

void *fg_alloc_slow(fg_heap *h, size_t size)
{
    if (size > FG_LARGE) {
        void *at = size > SIZE_MAX / 2 ? NULL : alloc_large(h, size);
        return at ? at : fg_heap_refuse(h);
    }
    if (size > FG_LINE) {
        if (!refill_over(h, size))
            return fg_heap_refuse(h);
        void *at = h->over;
        h->over += size;
        return at;
    }
    if (!refill_small(h, size))
        return fg_heap_refuse(h);
    void *at = h->bump;
    h->bump += size;
    return at;
}

void fg_heap_init(fg_heap *h, const fg_host *host, void *first, size_t first_size,
                  size_t max_bytes, int64_t *slice)
{
    memset(h, 0, sizeof *h);
    h->host = *host;
    h->max_bytes = max_bytes;
    h->slice = slice;
    h->mark = 1;
    size_t skip = -(uintptr_t)first & (FG_ALIGN - 1);
    if (first && first_size >= skip + (HEAD_LINES + 1) * FG_LINE) {
        size_t size = first_size - skip;
        if (size > FG_BLOCK_SIZE)
            size = FG_BLOCK_SIZE;
        fg_block *b = (fg_block *)((char *)first + skip);
        add_block(h, b, size);
        h->first = b;
        h->bytes = h->peak = size;
        h->bump = line_at(b, HEAD_LINES);
        h->limit = line_at(b, b->nlines);
    }
    choose_gc_point(h, 0);
}

void fg_heap_drop(fg_heap *h)
{
    drop_spare(h, 0);
    while (h->large)
        free_large(h, h->large);
    for (fg_block *b = h->blocks, *next; b; b = next) {
        next = b->next;
        if (b == h->first)
            unhide(b, b->size);
        else
            give_back(h, b, b->size);
    }
    if (h->index)
        give_back(h, h->index, h->nindex * sizeof *h->index);
    h->blocks = h->cursor = NULL;
    h->bump = h->limit = h->over = h->over_limit = NULL;
    h->index = NULL;
    h->nindex = h->nblocks = 0;
    h->first = NULL;
    h->bytes = h->reuse = 0;
}

/* ---- collection -------------------------------------------------------------- */

uint8_t fg_heap_mark_begin(fg_heap *h, fg_near *near)
{
    for (fg_block *b = h->blocks; b; b = b->next)
        memset(b->lines, 0, sizeof b->lines);
    h->mark = h->mark == 1 ? 2 : 1;
    memset(near, 0, sizeof *near);
    h->near = near;
    return h->mark;
}

void fg_heap_mark_slow(fg_heap *h, const void *at, size_t size)
{
    if (size == 0)
        return;
    if (fg_is_large(size)) {
        ((fg_large *)(uintptr_t)at - 1)->mark = h->mark;
        return;
    }
    fg_block *b = find_block(h, (uintptr_t)at);
    if (b->size == FG_BLOCK_SIZE)
        *fg_heap_near(h, at) = b;
    size_t offset = (size_t)((const char *)at - (const char *)b);
    size_t first = offset / FG_LINE, last = (offset + size - 1) / FG_LINE;
    memset(b->lines + first, 1, last - first + 1);
}

/* Frees what was not marked; returns the bytes that stay. */
static size_t sweep_large(fg_heap *h)
{
    size_t live = 0;
    for (fg_large *l = h->large, *next; l; l = next) {
        next = l->next;
        if (l->mark == h->mark)
            live += l->size;
        else
            free_large(h, l);
    }
    return live;
}

/* Bytes of the live lines of b. */
static size_t live_bytes(const fg_block *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < sizeof b->lines; i++)
        n += b->lines[i];
    return (size_t)n * FG_LINE;
}

/* Makes the free lines of b unusable until they are handed out again. */
static void hide_lines(fg_block *b)
{
    for (uint32_t i = HEAD_LINES, to; i < b->nlines; i = to) {
        to = run_end(b, i);
        size_t n = (size_t)(to - i) * FG_LINE;
        if (b->lines[i])
            continue;
        if (fg_gc_stress) {
            unhide(line_at(b, i), n);
            memset(line_at(b, i), 0xdb, n);
        }
        hide(line_at(b, i), n);
    }
}

/* How many wholly free blocks are kept for what is asked for next: so much as comes to be
 * garbage again anyway, but little when the limit is near. */
static uint32_t most_spare(const fg_heap *h)
{
    size_t bytes = h->live > FIRST_GC ? h->live / 2 : FIRST_GC / 2;
    if (bytes < h->expected)
        bytes = h->expected;
    if (bytes > fg_heap_left(h) / 4)
        bytes = fg_heap_left(h) / 4;
    return (uint32_t)(bytes / FG_BLOCK_SIZE);
}

void fg_heap_sweep(fg_heap *h)
{
    size_t before = h->live, live = sweep_large(h);
    for (fg_block **link = &h->blocks, *b; (b = *link);) {
        size_t bytes = live_bytes(b);
        live += bytes;
        if (HIDES || fg_gc_stress)
            hide_lines(b);
        if (bytes > 0 || b == h->first) {
            link = &b->next;
            continue;
        }
        *link = b->next;
        h->nblocks--;
        put_spare(h, b);
    }
    h->live = live;
    drop_spare(h, most_spare(h));
    index_rebuild(h);
    h->bump = h->limit = h->over = h->over_limit = NULL;
    h->cursor = h->blocks;
    h->cursor_line = HEAD_LINES;
    h->near = NULL;
    h->reuse = 0;
    h->want_gc = false;
    choose_gc_point(h, before);
}
