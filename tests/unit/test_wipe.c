// SPDX-License-Identifier: Apache-2.0
/* Memory between tenants: what one leaves the other never finds, and who comes again finds
 * his block as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wipe.h"

#define SIZE 4096

static uint64_t block[SIZE / sizeof(uint64_t)];
static const char tenants[2];
#define one tenants[0]
#define two tenants[1]

static void leave(const void *tenant)
{
    mf_wipe_take(block, SIZE, mf_wipe_tag(tenant));
    memset(block, 's', SIZE);
    mf_wipe_give(block, mf_wipe_tag(tenant));
}

static int count(char c)
{
    int n = 0;
    for (size_t i = 0; i < SIZE; i++)
        n += ((const char *)block)[i] == c;
    return n;
}

static void test_others_find_zeros(void **state)
{
    (void)state;
    leave(&one);
    mf_wipe_take(block, SIZE, mf_wipe_tag(&two));
    assert_int_equal(count(0), SIZE);
    mf_wipe_give(block, mf_wipe_tag(&two));
    mf_wipe_take(block, SIZE, mf_wipe_tag(&one));
    assert_int_equal(count(0), SIZE);
}

static void test_the_same_finds_his_own(void **state)
{
    (void)state;
    leave(&one);
    mf_wipe_take(block, SIZE, mf_wipe_tag(&one));
    assert_int_equal(count('s'), SIZE - sizeof *block);
}

static void test_memory_of_nobody(void **state)
{
    (void)state;
    memset(block, 's', SIZE);
    mf_wipe_take(block, SIZE, mf_wipe_tag(&one));
    assert_int_equal(count(0), SIZE);
    memset(block, 0, SIZE);
    mf_wipe_take(block, SIZE, mf_wipe_tag(NULL));
    assert_int_equal(count(0), SIZE);
}

static void test_tags_differ(void **state)
{
    (void)state;
    assert_int_not_equal(mf_wipe_tag(&one), mf_wipe_tag(&two));
    assert_int_not_equal(mf_wipe_tag(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others_find_zeros),
        cmocka_unit_test(test_the_same_finds_his_own),
        cmocka_unit_test(test_memory_of_nobody),
        cmocka_unit_test(test_tags_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
