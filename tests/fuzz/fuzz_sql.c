// SPDX-License-Identifier: Apache-2.0
/* Any bytes are what a PostgreSQL server sends for a column, the first of them saying of
 * which type, and the URL of a MySQL server: a value comes out of the one, and words are
 * said about the other. */
#include "fuzz.h"

#include "api.h"
#include "lib/mysql.h"
#include "lib/pg.h"

#define LARGEST 4096u

static const Oid types[] = {
    16,   17,   20,   21,   25,   114,  199,  701,  1001, 1009, 1016, 1022,
    1082, 1083, 1114, 1115, 1184, 1185, 1231, 1266, 1700, 3802, 3807, 999999,
};

static void check_value(forge_fork *f, Oid type, fg_slice text)
{
    fg_value v = fg_undef();
    const char *shown;
    size_t n;
    REQUIRE(fg_pg_value(fg_fork_vm(f), type, text, &v) == FG_OK);
    REQUIRE(forge_display_text(f, fg_to_outside(v), &shown, &n) == FORGE_OK);
    if (type == 25)
        REQUIRE(n == text.n && memcmp(shown, text.p, n) == 0);
}

static void check_url(fg_vm *vm, fg_slice text)
{
    static const char prefix[] = "mysql.connect() invalid URL: ";
    if (fg_mysql_check_url(vm, text) != FG_OK)
        REQUIRE(strncmp(vm->error.message, prefix, sizeof prefix - 1) == 0);
    else
        REQUIRE(text.n > 8 && strncmp(text.p, "mysql://", 8) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > LARGEST)
        return 0;
    fg_slice text = { (const char *)data + 1, (uint32_t)size - 1 };
    forge_fork *f = fuzz_fork("");
    check_value(f, types[data[0] % FG_COUNT(types)], text);
    check_url(fg_fork_vm(f), text);
    forge_fork_end(f);
    return 0;
}
