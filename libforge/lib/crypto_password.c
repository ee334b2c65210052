// SPDX-License-Identifier: Apache-2.0
/* Passwords: Argon2id (RFC 9106), kept as PHC text:
 *
 *     $argon2id$v=19$m=19456,t=2,p=1$salt$hash       salt and hash in base64, no padding
 *
 * Argon2 computes in one piece, which nothing can stop: its library has no place to ask, and
 * a thread of its own would go on, with the memory, after the fork has ended.  So
 * cancellation and limits are looked at before and after, and what one call may cost is
 * bounded here: some tens of milliseconds by default, a few hundred at the most, which other
 * languages have as their default.  Its memory is taken from the fork, so it
 * counts against the limit. */
#include "lib/crypto.h"
#include "lib/lib.h"
#include "lib/random.h"

#include "base/base64.h"
#include "base/number.h"

#include <argon2.h>
#include <openssl/crypto.h>

#define PASSWORD_MAX 4096u
#define SALT 16u
#define HASH 32u
#define MEMORY_MAX (128u << 10) /* KiB */
#define WORK_MAX (256u << 10)   /* KiB times passes */
#define UNITS 32u               /* of work in a KiB in a pass */

/* What the hashing costs, by the letters of the text and the names of the options; the
 * least and the most are for new hashes. */
/* clang-format off */
#define COSTS(X)                                                                       \
    X(MEMORY, 'm', "memory", 19456, 1024, MEMORY_MAX)                                  \
    X(PASSES, 't', "passes", 2, 1, 16)                                                 \
    X(LANES, 'p', "lanes", 1, 1, 16)
/* clang-format on */

enum {
#define X(id, letter, option, usual, least, most) id,
    COSTS(X)
#undef X
        NCOSTS
};

static const struct cost {
    char letter;
    const char *option;
    uint32_t usual, least, most;
} costs[] = {
#define X(id, letter, option, usual, least, most)                                      \
    { letter, option, usual, least, most },
    COSTS(X)
#undef X
};

typedef struct hashing {
    uint32_t cost[NCOSTS];
    uint8_t salt[64], hash[64];
    uint32_t nsalt, nhash;
} hashing;

/* ---- Argon2 --------------------------------------------------------------------- */

/* Argon2 hands nothing of the caller's to its allocator, so the memory to be used waits
 * here for the call that is about to ask. */
static _Thread_local struct lent {
    void *at;
    size_t size;
} lent;

static int lend(uint8_t **memory, size_t size)
{
    *memory = size <= lent.size ? lent.at : NULL;
    return *memory ? ARGON2_OK : ARGON2_MEMORY_ALLOCATION_ERROR;
}

/* Argon2 has wiped it. */
static void take_back(uint8_t *memory, size_t size)
{
    (void)memory;
    (void)size;
}

/* Computes the hash of the password, nhash bytes, from salt and costs; never collects. */
static bool argon2(fg_slice password, hashing *h, void *memory, size_t size)
{
    argon2_context c = {
        .out = h->hash,
        .outlen = h->nhash,
        .pwd = (uint8_t *)(uintptr_t)password.p,
        .pwdlen = password.n,
        .salt = h->salt,
        .saltlen = h->nsalt,
        .t_cost = h->cost[PASSES],
        .m_cost = h->cost[MEMORY],
        .lanes = h->cost[LANES],
        .threads = 1,
        .version = ARGON2_VERSION_13,
        .allocate_cbk = lend,
        .free_cbk = take_back,
        .flags = ARGON2_DEFAULT_FLAGS,
    };
    lent = (struct lent){ memory, size };
    int result = argon2id_ctx(&c);
    lent = (struct lent){ NULL, 0 };
    return result == ARGON2_OK;
}

static fg_status compute(fg_vm *vm, const char *name, fg_slice password, hashing *h)
{
    size_t size = (size_t)h->cost[MEMORY] << 10;
    vm->heap.want_gc |= size > fg_heap_left(&vm->heap); /* garbage may be in the way */
    FG_TRY(fg_tick(vm, FG_SLICE_POLLS + h->cost[MEMORY] * h->cost[PASSES] * UNITS));
    if (size > fg_heap_left(&vm->heap)) {
        fg_raise(vm, FG_E_RUNTIME,
                 "%s takes %u KiB of memory, more than the limit leaves", name,
                 h->cost[MEMORY]);
        return fg_hint(vm, "raise the memory limit, or hash with {memory: …} KiB");
    }
    void *memory = fg_memory_take(vm, size);
    if (!memory)
        return FG_NOMEM;
    bool done = argon2(password, h, memory, size);
    fg_memory_give(vm, memory, size);
    if (!done)
        return fg_raise(vm, FG_E_RUNTIME, "%s failed", name);
    return fg_tick(vm, FG_SLICE_POLLS);
}

/* ---- hash_password -------------------------------------------------------------- */

static fg_status read_costs(fg_vm *vm, fg_value options, hashing *h)
{
    static const char name[] = "crypto.hash_password()";
    if (!fg_is_null(options) && !fg_is(options, FG_OBJECT))
        return fg_raise(vm, FG_E_RUNTIME, "%s options must be an object, got %s", name,
                        fg_type_name(&options));
    for (int i = 0; i < NCOSTS; i++) {
        fg_value v = fg_option(options, costs[i].option);
        if (fg_is_null(v))
            v = fg_int(costs[i].usual);
        if (!fg_is_int(v) || v.as.i < costs[i].least || v.as.i > costs[i].most)
            return fg_raise(vm, FG_E_RUNTIME,
                            "%s option '%s' must be an integer from %u to %u", name,
                            costs[i].option, costs[i].least, costs[i].most);
        h->cost[i] = (uint32_t)v.as.i;
    }
    if ((uint64_t)h->cost[MEMORY] * h->cost[PASSES] > WORK_MAX)
        return fg_raise(vm, FG_E_RUNTIME, "%s takes at most %u KiB times passes", name,
                        WORK_MAX);
    return FG_OK;
}

static void put_base64(fg_bytes *b, const uint8_t *p, uint32_t n)
{
    uint32_t length = (uint32_t)fg_base64_length(n, 0);
    char *at = fg_bytes_room(b, length + 1);
    if (!at)
        return;
    *at = '$';
    fg_base64_encode(at + 1, p, n, 0);
    b->n += length + 1;
}

fg_status fg_crypto_hash_password(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char name[] = "crypto.hash_password()";
    fg_value password = fg_arg(argc, argv, 0);
    hashing h = { .nsalt = SALT, .nhash = HASH };
    fg_bytes b;
    if (!fg_is_string(password))
        return fg_raise(vm, FG_E_RUNTIME, "%s requires a string", name);
    if (password.as.str->len > PASSWORD_MAX)
        return fg_raise(vm, FG_E_RUNTIME, "%s takes at most %u bytes", name,
                        PASSWORD_MAX);
    FG_TRY(read_costs(vm, fg_arg(argc, argv, 1), &h));
    FG_TRY(fg_random_secret(vm, name, h.salt, SALT));
    FG_TRY(compute(vm, name, fg_string_slice(password.as.str), &h));
    fg_begin_text(vm, &b);
    fg_bytes_fmt(&b, "$argon2id$v=19$m=%u,t=%u,p=%u", h.cost[MEMORY], h.cost[PASSES],
                 h.cost[LANES]);
    put_base64(&b, h.salt, SALT);
    put_base64(&b, h.hash, HASH);
    return fg_take_bytes(vm, &b, out);
}

/* ---- verify_password ------------------------------------------------------------ */

/* Takes what the text begins with off it. */
static bool skip(fg_slice *rest, fg_slice text)
{
    if (rest->n < text.n || !fg_slice_eq(fg_slice_of(rest->p, text.n), text))
        return false;
    *rest = fg_slice_of(rest->p + text.n, rest->n - text.n);
    return true;
}

/* Takes the text up to `end`, and that, off the rest; all of it without an `end`. */
static fg_slice take_field(fg_slice *rest, char end)
{
    const char *at = rest->n ? memchr(rest->p, end, rest->n) : NULL;
    fg_slice field = { rest->p, at ? (uint32_t)(at - rest->p) : rest->n };
    uint32_t used = field.n + (at != NULL);
    *rest = (fg_slice){ rest->p + used, rest->n - used };
    return field;
}

static bool read_cost(fg_slice field, char letter, uint32_t *out)
{
    int64_t n;
    if (field.n < 3 || field.n > 9 || field.p[0] != letter || field.p[1] != '=')
        return false;
    field = fg_slice_of(field.p + 2, field.n - 2);
    if (field.p[0] < '1' || field.p[0] > '9' || !fg_int_parse(field, &n))
        return false;
    *out = (uint32_t)n;
    return true;
}

/* Decodes at least `least` bytes, at most 64. */
static bool read_bytes(fg_slice field, uint32_t least, uint8_t *at, uint32_t *n)
{
    char bytes[96], why[FG_BASE64_WHY];
    if (fg_base64_room(field.n) > sizeof bytes
        || !fg_base64_decode(field, 0, bytes, n, why) || *n < least || *n > 64)
        return false;
    memcpy(at, bytes, *n);
    return true;
}

/* False if the text is no Argon2id hash, or one that costs more than is allowed. */
static bool read_hash(fg_slice rest, hashing *h)
{
    if (!skip(&rest, FG_SLICE("$argon2id$v=19$")))
        return false;
    for (int i = 0; i < NCOSTS; i++)
        if (!read_cost(take_field(&rest, i + 1 < NCOSTS ? ',' : '$'), costs[i].letter,
                       &h->cost[i])
            || h->cost[i] > costs[i].most)
            return false;
    return h->cost[MEMORY] >= 8 * h->cost[LANES]
           && h->cost[MEMORY] * h->cost[PASSES] <= WORK_MAX
           && read_bytes(take_field(&rest, '$'), ARGON2_MIN_SALT_LENGTH, h->salt,
                         &h->nsalt)
           && read_bytes(rest, 16, h->hash, &h->nhash);
}

fg_status fg_crypto_verify_password(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char name[] = "crypto.verify_password()";
    fg_value password = fg_arg(argc, argv, 0), text = fg_arg(argc, argv, 1);
    hashing h, again;
    if (!fg_is_string(password) || !fg_is_string(text))
        return fg_raise(vm, FG_E_RUNTIME, "%s requires (password, hash) strings", name);
    if (password.as.str->len > PASSWORD_MAX
        || !read_hash(fg_string_slice(text.as.str), &h))
        return fg_give(out, fg_bool(false));
    again = h;
    FG_TRY(compute(vm, name, fg_string_slice(password.as.str), &again));
    bool same = CRYPTO_memcmp(h.hash, again.hash, h.nhash) == 0;
    return fg_give(out, fg_bool(same));
}
