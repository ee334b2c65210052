// SPDX-License-Identifier: Apache-2.0
/* The generator (Blackman and Vigna's xoshiro256**), secrets and uuids. */
#include "lib/random.h"
#include "lib/lib.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

bool fg_random_kernel(void *at, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = getrandom((char *)at + done, n - done, 0);
        if (got < 0 && errno != EINTR)
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = *x += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void seed(fg_vm *vm)
{
    if (!fg_random_kernel(vm->random, sizeof(vm->random))) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        uint64_t x =
            (uint64_t)now.tv_nsec ^ ((uint64_t)now.tv_sec << 30) ^ (uintptr_t)vm;
        for (int i = 0; i < 4; i++)
            vm->random[i] = splitmix(&x);
    }
    vm->random[0] |= 1; /* the state must not be all zero */
    vm->random_ready = true;
}

static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

uint64_t fg_random(fg_vm *vm)
{
    if (!vm->random_ready)
        seed(vm);
    uint64_t *s = vm->random, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t fg_random_below(fg_vm *vm, uint64_t n)
{
    unsigned __int128 m = (unsigned __int128)fg_random(vm) * n;
    if ((uint64_t)m < n) {
        uint64_t uneven =
            -n % n; /* Lemire: reject the low part that n does not divide */
        while ((uint64_t)m < uneven)
            m = (unsigned __int128)fg_random(vm) * n;
    }
    return (uint64_t)(m >> 64);
}

double fg_random_unit(fg_vm *vm) { return (double)(fg_random(vm) >> 11) * 0x1p-53; }

fg_status fg_random_secret(fg_vm *vm, const char *what, void *at, size_t n)
{
    if (!fg_random_kernel(at, n))
        return fg_raise(vm, FG_E_RUNTIME, "%s has no source of random numbers", what);
    return FG_OK;
}

/* ---- uuids ---------------------------------------------------------------------- */

static fg_status give_uuid(fg_vm *vm, uint8_t b[16], uint8_t version, fg_value *out)
{
    static const char digits[] = "0123456789abcdef";
    char text[36];
    b[6] = (uint8_t)((b[6] & 0x0F) | version << 4);
    b[8] = (b[8] & 0x3F) | 0x80;
    for (int i = 0, at = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[at++] = '-';
        text[at++] = digits[b[i] >> 4];
        text[at++] = digits[b[i] & 15];
    }
    return fg_give_object(out, fg_string_new(&vm->heap, text, sizeof(text)));
}

static fg_status random_uuid(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    uint8_t b[16];
    (void)argc;
    (void)argv;
    FG_TRY(fg_random_secret(vm, "uuid()", b, sizeof(b)));
    return give_uuid(vm, b, 4, out);
}

/* The clock in 1/4096 milliseconds, and later than all results before: threads share the
 * last one, because the order of uuids is a promise for the whole process. */
static uint64_t next_instant(void)
{
    static uint64_t last;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t instant = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    instant = instant << 12 | ((uint64_t)now.tv_nsec % 1000000 << 12) / 1000000;
    uint64_t before = __atomic_load_n(&last, __ATOMIC_RELAXED), next;
    do {
        next = instant > before ? instant : before + 1;
    } while (!__atomic_compare_exchange_n(&last, &before, next, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return next;
}

fg_status fg_random_uuid7(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    uint8_t b[16];
    (void)argc;
    (void)argv;
    FG_TRY(fg_random_secret(vm, "crypto.uuid7()", b, sizeof(b)));
    uint64_t instant = next_instant();
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)(instant >> (52 - 8 * i));
    b[6] = (uint8_t)(instant >> 8 & 15);
    b[7] = (uint8_t)instant;
    return give_uuid(vm, b, 7, out);
}

const struct fg_random_natives fg_random_natives = {
    .uuid = { "uuid", random_uuid, FG_CAP_NONE, "uuid(): a random UUID (version 4)" },
};
