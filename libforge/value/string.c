// SPDX-License-Identifier: Apache-2.0
/* Strings in their three shapes: flat (bytes behind the header), slice (bytes of an
 * owner) and static.
 *
 * The owner of a slice is a buffer or a flat string, never another slice.  Bytes
 * below a buffer's `used` are never written again.  Hash and ASCII flag are cached in
 * the header, but a frozen header is only read. */
#include "value/string.h"

#include "base/hash.h"
#include "base/utf8.h"

#define COPY_PART 64 /* parts up to here are copied: as small as sharing */
#define SHORT 32
#define COPY_CONCAT 64 /* results up to here are flat */
#define KEEP_RATIO 64 /* a part smaller than 1/64 of its owner does not keep it alive */

static void init(fg_string *s, uint8_t bits, const char *bytes, size_t n)
{
    s->h = (fg_obj){ FG_STRING, 0, 0, bits, 0 };
    s->len = (uint32_t)n;
    s->hash = 0;
    s->bytes = bytes;
}

/* A string with bytes of its own, n <= FG_MAX_LEN. */
static inline fg_string *flat_new(fg_heap *h, const char *bytes, size_t n)
{
    fg_string *s = fg_alloc(h, sizeof *s + n);
    if (!s)
        return NULL;
    init(s, 0, fg_string_bytes(s), n);
    if (bytes)
        fg_copy_bytes(fg_string_bytes(s), bytes, n);
    return s;
}

fg_string *fg_string_new(fg_heap *h, const char *bytes, size_t n)
{
    return n > FG_MAX_LEN ? fg_heap_refuse(h) : flat_new(h, bytes, n);
}

fg_string *fg_string_static(fg_heap *h, const char *bytes, size_t n)
{
    if (n > FG_MAX_LEN)
        return fg_heap_refuse(h);
    fg_string *s = fg_alloc(h, sizeof *s);
    if (s)
        init(s, FG_S_STATIC, bytes, n);
    return s;
}

/* A header over bytes of owner. */
static fg_string *slice_new(fg_heap *h, fg_obj *owner, const char *bytes, size_t n)
{
    fg_strslice *slice = fg_alloc(h, sizeof *slice);
    if (!slice)
        return NULL;
    init(&slice->s, FG_S_SLICE, bytes, n);
    slice->owner = owner;
    return &slice->s;
}

/* What holds the bytes of a string that is not static, and how many there are. */
static fg_obj *owner_of(fg_string *s, uint32_t *size)
{
    fg_obj *owner = s->h.bits & FG_S_SLICE ? ((fg_strslice *)s)->owner : &s->h;
    *size = owner->kind == FG_BUFFER ? ((fg_buffer *)owner)->cap
                                     : ((fg_string *)owner)->len;
    return owner;
}

/* A copy of a part of at most COPY_PART bytes.  How many cannot be foreseen: up to SHORT of
 * them are copied as SHORT, where those are there; the next object takes the place of what
 * was too much. */
static fg_string *copied_part(fg_heap *h, const fg_string *s, uint32_t from, uint32_t n)
{
    fg_string *part = fg_alloc(h, sizeof *part + n);
    if (!part)
        return NULL;
    char *to = fg_string_bytes(part);
    bool ascii = fg_string_known_ascii(s);
    init(part, ascii ? FG_S_ASCII | FG_S_SCANNED : 0, to, n);
    assert(to <= h->limit); /* it is smaller than a line */
    if (n <= SHORT && s->len - from >= SHORT && h->limit - to >= SHORT)
        memcpy(to, s->bytes + from, SHORT);
    else
        fg_copy_bytes(to, s->bytes + from, n);
    return part;
}

fg_string *fg_string_part(fg_heap *h, fg_string *s, uint32_t from, uint32_t n)
{
    assert(from <= s->len && n <= s->len - from);
    if (n == s->len)
        return s;
    if (n <= COPY_PART)
        return copied_part(h, s, from, n);
    fg_string *part;
    uint32_t size = 0;
    if (s->h.bits & FG_S_STATIC) {
        part = fg_string_static(h, s->bytes + from, n);
    } else {
        fg_obj *owner = owner_of(s, &size);
        part = n < size / KEEP_RATIO ? fg_string_new(h, s->bytes + from, n)
                                     : slice_new(h, owner, s->bytes + from, n);
    }
    if (part && fg_string_known_ascii(s))
        fg_string_set_ascii(part);
    return part;
}

/* Keeps the ASCII flag of a string that grows: only the new bytes are looked at. */
static void inherit_ascii(fg_string *s, const fg_string *left, fg_slice right)
{
    if (!(left->h.bits & FG_S_SCANNED))
        return;
    s->h.bits |= FG_S_SCANNED;
    if ((left->h.bits & FG_S_ASCII) && fg_is_ascii(right))
        s->h.bits |= FG_S_ASCII;
}

/* The buffer in which left can grow by n bytes, or NULL. */
static fg_buffer *growing(const fg_string *left, uint32_t n)
{
    if (!(left->h.bits & FG_S_SLICE))
        return NULL;
    fg_obj *owner = ((const fg_strslice *)left)->owner;
    if (owner->kind != FG_BUFFER || (owner->flags & FG_F_FROZEN))
        return NULL;
    fg_buffer *b = (fg_buffer *)owner;
    bool at_end = left->bytes + left->len == b->bytes + b->used;
    return at_end && n <= b->cap - b->used ? b : NULL;
}

/* A buffer that starts with the bytes of left and has room for n in all.  A string that
 * grows for the second time gets twice the room. */
static fg_buffer *buffer_for(fg_heap *h, const fg_string *left, size_t n)
{
    size_t cap = left->h.bits & FG_S_SLICE ? n * 2 : n + n / 2;
    cap = ((cap + sizeof(fg_buffer) + FG_ALIGN - 1) & ~(size_t)(FG_ALIGN - 1))
          - sizeof(fg_buffer);
    if (cap > FG_MAX_LEN)
        cap = FG_MAX_LEN;
    fg_buffer *b = fg_alloc(h, sizeof *b + cap);
    if (!b)
        return NULL;
    b->h = (fg_obj){ FG_BUFFER, 0, 0, 0, 0 };
    b->cap = (uint32_t)cap;
    b->used = left->len;
    memcpy(b->bytes, left->bytes, left->len);
    return b;
}

/* left + right where the result is short. */
static fg_string *concat_flat(fg_heap *h, const fg_string *left, fg_slice right)
{
    fg_string *s = fg_string_new(h, NULL, (size_t)left->len + right.n);
    if (!s)
        return NULL;
    if (left->len)
        memcpy(fg_string_bytes(s), left->bytes, left->len);
    memcpy(fg_string_bytes(s) + left->len, right.p, right.n);
    inherit_ascii(s, left, right);
    return s;
}

fg_string *fg_string_concat(fg_heap *h, fg_string *left, fg_slice right)
{
    size_t n = (size_t)left->len + right.n;
    if (n > FG_MAX_LEN)
        return fg_heap_refuse(h);
    if (right.n == 0)
        return left;
    fg_buffer *b = growing(left, right.n);
    if (!b && n <= COPY_CONCAT)
        return concat_flat(h, left, right);
    const char *bytes = left->bytes;
    if (!b) {
        b = buffer_for(h, left, n);
        if (!b)
            return NULL;
        bytes = b->bytes;
    }
    fg_string *s = slice_new(h, &b->h, bytes, n);
    if (!s)
        return NULL;
    fg_copy_bytes(b->bytes + b->used, right.p, right.n);
    b->used += right.n;
    inherit_ascii(s, left, right);
    return s;
}

uint32_t fg_string_hash(fg_string *s)
{
    if (fg_likely(s->hash))
        return s->hash;
    uint32_t hash = fg_hash_bytes(s->bytes, s->len);
    if (!(s->h.flags & FG_F_FROZEN))
        s->hash = hash;
    return hash;
}

bool fg_string_eq(const fg_string *a, const fg_string *b)
{
    if (a == b)
        return true;
    if (a->len != b->len || (a->hash && b->hash && a->hash != b->hash))
        return false;
    return a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0;
}

int fg_string_cmp(const fg_string *a, const fg_string *b)
{
    uint32_t n = a->len < b->len ? a->len : b->len;
    int order = n ? memcmp(a->bytes, b->bytes, n) : 0;
    if (order == 0)
        return (a->len > b->len) - (a->len < b->len);
    return order < 0 ? -1 : 1;
}

bool fg_string_is_ascii(fg_string *s)
{
    if (s->h.bits & FG_S_SCANNED)
        return s->h.bits & FG_S_ASCII;
    bool ascii = fg_is_ascii(fg_string_slice(s));
    if (!(s->h.flags & FG_F_FROZEN))
        s->h.bits |= FG_S_SCANNED | (ascii ? FG_S_ASCII : 0);
    return ascii;
}

uint32_t fg_string_length(fg_string *s)
{
    return fg_string_is_ascii(s) ? s->len : fg_utf8_len(fg_string_slice(s));
}

size_t fg_string_size(const fg_string *s)
{
    if (s->h.bits & FG_S_SLICE)
        return sizeof(fg_strslice);
    return sizeof *s + (s->h.bits & FG_S_STATIC ? 0 : s->len);
}
