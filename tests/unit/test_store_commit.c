// SPDX-License-Identifier: Apache-2.0
/* Batches: operations, conflicts, tokens, quotas, a full map. */
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- operations ------------------------------------------------------------------ */

static int64_t add(scratch *t, const char *key, int64_t n)
{
    fg_store_op op = op_of(FG_STORE_INCREMENT, key, n);
    OK(t, commit_ops(t, FG_STORE_BLIND, &op, 1, NULL));
    return op.result;
}

static void test_increments_are_messagepack(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        const char *bytes;
        uint32_t len;
    } cases[] = {
        { 0, "\0", 1 },
        { 127, "\x7f", 1 },
        { 128, "\xcc\x80", 2 },
        { 255, "\xcc\xff", 2 },
        { 256, "\xcd\1\0", 3 },
        { 65536, "\xce\0\1\0\0", 5 },
        { INT64_C(1) << 32, "\xcf\0\0\0\1\0\0\0\0", 9 },
        { INT64_MAX, "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9 },
        { -1, "\xff", 1 },
        { -32, "\xe0", 1 },
        { -33, "\xd0\xdf", 2 },
        { -128, "\xd0\x80", 2 },
        { -129, "\xd1\xff\x7f", 3 },
        { -40000, "\xd2\xff\xff\x63\xc0", 5 },
        { INT64_MIN, "\xd3\x80\0\0\0\0\0\0\0", 9 },
    };
    scratch t;
    fg_store_item item;
    scratch_open(&t, MAP);
    for (unsigned i = 0; i < FG_COUNT(cases); i++) {
        del(&t, "n");
        assert_true(add(&t, "n", cases[i].n) == cases[i].n);
        fg_store_view v = view_at(&t, FG_STORE_LATEST);
        OK(&t, fg_store_get(&v, 0, S("n"), &item, &t.err));
        assert_int_equal(item.value.n, cases[i].len);
        assert_memory_equal(item.value.p, cases[i].bytes, cases[i].len);
        assert_true(add(&t, "n", 0) == cases[i].n); /* reads what it wrote */
    }
    scratch_close(&t);
}

static void test_increments(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",    "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "\x01\x02", "\xcd\x01", "\xa1x",
        "\xc0"
    };
    scratch t;
    scratch_open(&t, MAP);
    /* Any width is read. */
    fg_store_op wide = { .kind = FG_STORE_PUT,
                         .key = S("w"),
                         .value = fg_slice_of("\xd3\0\0\0\0\0\0\0\5", 9) };
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &wide, 1, NULL));
    assert_int_equal(add(&t, "w", 1), 6);

    add(&t, "n", INT64_MAX - 1);
    fg_store_op op = op_of(FG_STORE_INCREMENT, "n", 2);
    FAILS(&t, OVERFLOW, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_true(add(&t, "n", 1) == INT64_MAX);
    add(&t, "m", INT64_MIN);
    op = op_of(FG_STORE_INCREMENT, "m", -1);
    FAILS(&t, OVERFLOW, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    for (unsigned i = 0; i < FG_COUNT(others); i++) {
        put(&t, "s", others[i]);
        op = op_of(FG_STORE_INCREMENT, "s", 1);
        FAILS(&t, BAD_REQUEST, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
        assert_string_equal(get(&t, "s"), others[i]);
    }
    check_counts(&t);
    scratch_close(&t);
}

static void test_appends(void **state)
{
    (void)state;
    scratch t;
    fg_store_item item;
    scratch_open(&t, MAP);
    for (int i = 0; i < 3; i++) {
        fg_store_op op = { .kind = FG_STORE_APPEND, .key = S("log"), .value = S("ab") };
        OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
        assert_int_equal(op.result, 2 * (i + 1));
    }
    assert_string_equal(get(&t, "log"), "ababab");
    assert_string_equal(get_at(&t, 1, "log"), "ab");
    fg_store_view v = view_at(&t, FG_STORE_LATEST);
    OK(&t, fg_store_get(&v, 0, S("log"), &item, &t.err));
    assert_true(item.sequence);
    put(&t, "log", "x");
    v = view_at(&t, FG_STORE_LATEST);
    OK(&t, fg_store_get(&v, 0, S("log"), &item, &t.err));
    assert_false(item.sequence);
    check_counts(&t);
    scratch_close(&t);
}

static fg_store_op swap(const char *key, const char *expected, const char *value)
{
    fg_store_op op = put_op(key, value);
    op.kind = FG_STORE_COMPARE_AND_SWAP;
    op.expect_absent = !expected;
    if (expected)
        op.expected = S(expected);
    return op;
}

static void test_compare_and_swap(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    fg_store_op op = swap("k", "1", "2");
    FAILS(&t, CONFLICT, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    op = swap("k", NULL, "1");
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    FAILS(&t, CONFLICT, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    op = swap("k", "1", "2");
    OK(&t, commit_ops(&t, 0, &op, 1, NULL)); /* by value, not by version */
    op = swap("k", "", "3");
    FAILS(&t, CONFLICT, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    del(&t, "k");
    op = swap("k", NULL, "4");
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_string_equal(get(&t, "k"), "4");
    scratch_close(&t);
}

static void test_deleting_ranges(void **state)
{
    (void)state;
    scratch t;
    char key[16];
    fg_store_range all = FG_STORE_TABLE(0);
    scratch_open(&t, MAP);
    for (int i = 0; i < 9; i++) {
        snprintf(key, sizeof key, "k%d", i);
        put(&t, key, "");
    }
    fg_store_op op = { .kind = FG_STORE_DELETE_RANGE,
                       .key = S("k2"),
                       .value = S("k5") };
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_int_equal(op.result, 3);
    op.to_end = true;
    op.amount = 2;
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_int_equal(op.result, 2);
    assert_string_equal(list_at(&t, FG_STORE_LATEST, &all, false), "k0= k1= k7= k8=");
    check_counts(&t);
    /* What came into the range after the base is not deleted unseen. */
    op.amount = 0;
    FAILS(&t, CONFLICT, commit_ops(&t, 7, &op, 1, NULL));
    OK(&t, commit_ops(&t, 9, &op, 1, NULL));
    assert_int_equal(op.result, 2);
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_int_equal(op.result, 0);
    scratch_close(&t);
}

/* Operations of one batch see what those before them did, and make one change of a key. */
static void test_operations_follow_each_other(void **state)
{
    (void)state;
    scratch t;
    fg_store_range all = FG_STORE_TABLE(0);
    scratch_open(&t, MAP);
    fg_store_op ops[] = {
        put_op("a", "1"),
        op_of(FG_STORE_DELETE, "a", 0),
        op_of(FG_STORE_DELETE, "a", 0),
        put_op("b", "\5"),
        op_of(FG_STORE_INCREMENT, "b", 1),
        swap("b", "\6", "\7"),
        swap("c", NULL, "c"),
        { .kind = FG_STORE_APPEND, .key = S("c"), .value = S("d") },
        put_op("d", "gone"),
        { .kind = FG_STORE_DELETE_RANGE, .key = S("d"), .to_end = true },
    };
    OK(&t, commit_ops(&t, 0, ops, FG_COUNT(ops), NULL));
    assert_int_equal(ops[1].result, 1);
    assert_int_equal(ops[2].result, 0);
    assert_int_equal(ops[9].result, 1);
    assert_string_equal(list_at(&t, 1, &all, false), "b=\7 c=cd");
    assert_string_equal(list_at(&t, 0, &all, false), "");
    check_counts(&t);
    OK(&t, fg_store_unwind(t.store, t.ns, 0, &t.err));
    assert_int_equal(counts(&t).history_bytes, 0);
    assert_string_equal(list_at(&t, FG_STORE_LATEST, &all, false), "");
    scratch_close(&t);
}

/* ---- conflicts ------------------------------------------------------------------- */

static void test_the_first_one_wins(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    put(&t, "a", "1");
    fg_store_op mine = put_op("a", "mine"), yours = put_op("a", "yours");
    OK(&t, commit_ops(&t, 1, &mine, 1, NULL));
    FAILS(&t, CONFLICT, commit_ops(&t, 1, &yours, 1, NULL));
    assert_non_null(strstr(t.err.text, "'a'"));
    OK(&t, commit_ops(&t, 2, &yours, 1, NULL));
    /* A deletion counts as a change, and so does what replaces it. */
    del(&t, "a");
    FAILS(&t, CONFLICT, commit_ops(&t, 3, &yours, 1, NULL));
    fg_store_op gone = op_of(FG_STORE_DELETE, "a", 0);
    FAILS(&t, CONFLICT, commit_ops(&t, 3, &gone, 1, NULL));
    OK(&t, commit_ops(&t, 4, &yours, 1, NULL));
    FAILS(&t, BAD_REQUEST, commit_ops(&t, 99, &yours, 1, NULL));
    /* An increment in front does not hide it. */
    add(&t, "n", 1);
    add(&t, "n", 1);
    fg_store_op both[] = { op_of(FG_STORE_INCREMENT, "n", 1), put_op("n", "x") };
    FAILS(&t, CONFLICT, commit_ops(&t, 6, both, 2, NULL));
    OK(&t, commit_ops(&t, 7, both, 2, NULL));
    scratch_close(&t);
}

static void test_merging_never_conflicts(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    put(&t, "x", "");
    for (int i = 0; i < 100; i++) {
        fg_store_op ops[] = {
            op_of(FG_STORE_INCREMENT, "n", 3),
            { .kind = FG_STORE_APPEND, .key = S("log"), .value = S("z") },
        };
        OK(&t, commit_ops(&t, 1, ops, 2, NULL));
        assert_int_equal(ops[0].result, 3 * (i + 1));
    }
    assert_int_equal(strlen(get(&t, "log")), 100);
    scratch_close(&t);
}

static void test_bases_that_are_gone(void **state)
{
    (void)state;
    scratch t;
    bool more;
    scratch_open(&t, MAP);
    for (int i = 0; i < 6; i++)
        put(&t, "a", "v");
    fg_store_op op = put_op("b", "1");
    OK(&t, fg_store_unwind(t.store, t.ns, 4, &t.err));
    FAILS(&t, CONFLICT, commit_ops(&t, 5, &op, 1, NULL));
    OK(&t, fg_store_finalize(t.store, t.ns, 3, &t.err));
    OK(&t, fg_store_prune(t.store, t.ns, 3, 100, &more, &t.err));
    FAILS(&t, CONFLICT, commit_ops(&t, 2, &op, 1, NULL));
    OK(&t, commit_ops(&t, 3, &op, 1, NULL));
    FAILS(&t, CONFLICT, commit_ops(&t, 6, &op, 1, NULL));
    scratch_close(&t);
}

/* ---- anomalies ------------------------------------------------------------------- */

/* Two transactions that read at the same version; what the second one gets. */
static fg_state race(scratch *t, fg_store_mode mode, fg_store_batch *first,
                     fg_store_batch *second, bool together)
{
    fg_namespace ns = counts(t);
    first->ns = second->ns = t->ns;
    first->base = second->base = ns.tip;
    first->mode = second->mode = mode;
    if (together) {
        fg_store_batch both[] = { *first, *second };
        OK(t, fg_store_commit(t->store, both, 2, &t->err));
        OK(t, both[0].error.code);
        return both[1].error.code;
    }
    OK(t, fg_store_commit(t->store, first, 1, &t->err));
    OK(t, first->error.code);
    OK(t, fg_store_commit(t->store, second, 1, &t->err));
    return second->error.code;
}

static void test_anomalies(void **state)
{
    (void)state;
    for (int together = 0; together < 2; together++) {
        scratch t;
        scratch_open(&t, MAP);
        put(&t, "x", "1");
        put(&t, "y", "1");
        fg_store_cell xy[] = { { 0, S("x") }, { 0, S("y") } };
        fg_store_cell none[] = { { 0, S("absent") } };
        fg_store_op put_x = put_op("x", "2"), put_y = put_op("y", "2"),
                    put_z = put_op("z", "2"), put_absent = put_op("absent", "2"),
                    del_x = op_of(FG_STORE_DELETE, "x", 0);
        fg_store_range range = { .from = S("p"), .to = S("q") },
                       other = { .table = 1, .from = S("p"), .to = S("q") },
                       prefix = { .prefix = S("p"), .to_end = true };
        fg_store_op put_p = put_op("pp", "2"),
                    add_p = op_of(FG_STORE_INCREMENT, "pn", 1);
#define B(...) (&(fg_store_batch){ __VA_ARGS__ })
#define OPS(o) .ops = &(o), .n_ops = 1
#define READS(r) .reads = (r), .n_reads = FG_COUNT(r)
#define RANGES(r) .ranges = &(r), .n_ranges = 1
#define RACE(which, mode, a, b)                                                        \
    assert_string_equal(fg_state_name(race(&t, mode, a, b, together)), #which)
        /* Lost update. */
        RACE(CONFLICT, FG_STORE_SNAPSHOT, B(OPS(put_x)), B(OPS(put_x)));
        /* Write skew: both read both, each writes one. */
        RACE(OK, FG_STORE_SNAPSHOT, B(OPS(put_x), READS(xy)), B(OPS(put_y), READS(xy)));
        RACE(CONFLICT, FG_STORE_SERIALISABLE, B(OPS(put_x), READS(xy)),
             B(OPS(put_y), READS(xy)));
        /* What was read and deleted. */
        RACE(OK, FG_STORE_SNAPSHOT, B(OPS(del_x)), B(OPS(put_z), READS(xy)));
        put(&t, "x", "1");
        RACE(CONFLICT, FG_STORE_SERIALISABLE, B(OPS(del_x)), B(OPS(put_z), READS(xy)));
        put(&t, "x", "1");
        /* What was looked for in vain. */
        RACE(OK, FG_STORE_SNAPSHOT, B(OPS(put_absent)), B(OPS(put_z), READS(none)));
        del(&t, "absent");
        RACE(CONFLICT, FG_STORE_SERIALISABLE, B(OPS(put_absent)),
             B(OPS(put_z), READS(none)));
        /* Phantoms: in the range, in another table, beside it. */
        RACE(OK, FG_STORE_SNAPSHOT, B(OPS(put_p)), B(OPS(put_z), RANGES(range)));
        RACE(CONFLICT, FG_STORE_SERIALISABLE, B(OPS(put_p)),
             B(OPS(put_z), RANGES(range)));
        RACE(CONFLICT, FG_STORE_SERIALISABLE, B(OPS(put_p)),
             B(OPS(put_z), RANGES(prefix)));
        RACE(CONFLICT, FG_STORE_SERIALISABLE, B(OPS(add_p)),
             B(OPS(put_z), RANGES(range)));
        RACE(OK, FG_STORE_SERIALISABLE, B(OPS(put_p)), B(OPS(put_z), RANGES(other)));
        RACE(OK, FG_STORE_SERIALISABLE, B(OPS(put_x)), B(OPS(put_z), RANGES(range)));
        check_counts(&t);
        scratch_close(&t);
    }
}

/* ---- several batches at once ----------------------------------------------------- */

static void test_batches_do_not_spoil_each_other(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    put(&t, "a", "1");
    uint32_t other;
    OK(&t, fg_namespace_open(t.store, S("other"), OWNER, NULL, &other, &t.err));
    fg_store_op a = put_op("a", "no number"), b = put_op("a", "lost"), n[2],
                c = put_op("a", "c");
    n[0] = put_op("left", "no trace");
    n[1] = op_of(FG_STORE_INCREMENT, "a", 1);
    fg_store_batch batches[] = {
        { .ns = t.ns, .base = 1, .ops = &a, .n_ops = 1 },
        { .ns = t.ns, .base = 1, .ops = &b, .n_ops = 1 },
        { .ns = t.ns, .base = FG_STORE_BLIND, .ops = n, .n_ops = 2 },
        { .ns = 99, .base = FG_STORE_BLIND, .ops = &b, .n_ops = 1 },
        { .ns = other, .base = 0, .ops = &c, .n_ops = 1 },
        { .ns = t.ns, .base = FG_STORE_BLIND },
    };
    static const char *const codes[] = { "OK",        "CONFLICT", "BAD_REQUEST",
                                         "NOT_FOUND", "OK",       "OK" };
    static const uint64_t versions[] = { 2, 0, 0, 0, 1, 3 };
    OK(&t, fg_store_commit(t.store, batches, FG_COUNT(batches), &t.err));
    for (unsigned i = 0; i < FG_COUNT(batches); i++) {
        assert_string_equal(fg_state_name(batches[i].error.code), codes[i]);
        assert_int_equal(batches[i].version, versions[i]);
    }
    fg_store_range all = FG_STORE_TABLE(0);
    assert_string_equal(list_at(&t, FG_STORE_LATEST, &all, false), "a=no number");
    check_counts(&t);
    scratch_close(&t);
}

static void test_tokens(void **state)
{
    (void)state;
    scratch t;
    uint32_t n, other;
    const uint8_t one[FG_STORE_TOKEN] = { 1 }, two[FG_STORE_TOKEN] = { 2 };
    scratch_open(&t, MAP);
    OK(&t, fg_namespace_open(t.store, S("other"), OWNER, NULL, &other, &t.err));
    fg_store_op op = op_of(FG_STORE_INCREMENT, "n", 1);
    fg_store_batch b = { .ns = t.ns, .base = 0, .token = one, .ops = &op, .n_ops = 1 };
    for (int i = 0; i < 3; i++) {
        OK(&t, fg_store_commit(t.store, &b, 1, &t.err));
        OK(&t, b.error.code);
        assert_int_equal(b.version, 1);
        assert_int_equal(b.repeated, i > 0);
        scratch_reopen(&t);
    }
    fg_store_batch twins[] = { b, b, b };
    twins[0].token = twins[1].token = two;
    OK(&t, fg_store_commit(t.store, twins, 3, &t.err));
    assert_int_equal(twins[0].version, 2);
    assert_int_equal(twins[1].version, 2);
    assert_int_equal(twins[2].version, 1);
    assert_false(twins[0].repeated);
    assert_true(twins[1].repeated && twins[2].repeated);
    assert_string_equal(get(&t, "n"), "\2");

    b.ns = other;
    OK(&t, fg_store_commit(t.store, &b, 1, &t.err));
    assert_int_equal(b.error.code, FG_STATE_BAD_REQUEST);
    b.ns = t.ns;
    /* A refused batch does not use its token up. */
    const uint8_t three[FG_STORE_TOKEN] = { 3 };
    fg_store_op bad = put_op("n", "x");
    fg_store_batch r = {
        .ns = t.ns, .base = 1, .token = three, .ops = &bad, .n_ops = 1
    };
    OK(&t, fg_store_commit(t.store, &r, 1, &t.err));
    assert_int_equal(r.error.code, FG_STATE_CONFLICT);
    r.base = 2;
    OK(&t, fg_store_commit(t.store, &r, 1, &t.err));
    assert_int_equal(r.version, 3);
    /* What was unwound may be done again. */
    OK(&t, fg_store_unwind(t.store, t.ns, 1, &t.err));
    twins[0].base = FG_STORE_BLIND;
    OK(&t, fg_store_commit(t.store, twins, 1, &t.err));
    assert_int_equal(twins[0].version, 4);
    assert_false(twins[0].repeated);

    t.now += 100;
    OK(&t, fg_store_forget_tokens(t.store, 1000, 100, &n, &t.err));
    assert_int_equal(n, 0);
    OK(&t, fg_store_forget_tokens(t.store, 1001, 100, &n, &t.err));
    assert_int_equal(n, 2);
    scratch_close(&t);
}

static void test_tokens_are_forgotten_in_steps(void **state)
{
    (void)state;
    scratch t;
    fg_store_status st;
    uint32_t n, total = 0;
    scratch_open(&t, MAP);
    for (uint8_t i = 0; i < 250; i++) {
        uint8_t token[FG_STORE_TOKEN] = { i };
        fg_store_batch b = { .ns = t.ns, .base = FG_STORE_BLIND, .token = token };
        t.now = i % 2 ? 1000 : 2000;
        OK(&t, fg_store_commit(t.store, &b, 1, &t.err));
    }
    for (int i = 0; i < 26; i++) {
        OK(&t, fg_store_forget_tokens(t.store, 1500, 10, &n, &t.err));
        assert_true(n <= 10);
        total += n;
    }
    assert_int_equal(total, 125);
    OK(&t, fg_store_get_status(t.store, &st, &t.err));
    assert_int_equal(st.tokens, 125);
    scratch_close(&t);
}

/* ---- quotas ---------------------------------------------------------------------- */

static void set_quota(scratch *t, uint64_t bytes, uint64_t keys)
{
    fg_quota q = fg_quota_default();
    q.max_bytes = bytes;
    q.max_keys = keys;
    q.max_key_size = 8;
    q.max_value_size = 20;
    q.max_ops = 5;
    OK(t, fg_namespace_set_quota(t->store, t->ns, &q, &t->err));
}

static void test_quotas(void **state)
{
    (void)state;
    scratch t;
    fg_quota q = fg_quota_default();
    scratch_open(&t, MAP);
    q.max_key_size = FG_STORE_KEY_MAX + 1;
    FAILS(&t, BAD_REQUEST, fg_namespace_set_quota(t.store, t.ns, &q, &t.err));
    set_quota(&t, 20, 3);
    fg_store_op op = put_op("k23456789", "");
    FAILS(&t, QUOTA, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    op = put_op("k", "v23456789012345678901");
    FAILS(&t, QUOTA, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    fg_store_op six[6];
    for (int i = 0; i < 6; i++)
        six[i] = op_of(FG_STORE_INCREMENT, "n", 1);
    FAILS(&t, QUOTA, commit_ops(&t, FG_STORE_BLIND, six, 6, NULL));
    OK(&t, commit_ops(&t, FG_STORE_BLIND, six, 5, NULL)); /* n=5: two bytes */

    put(&t, "a", "12345678901234567"); /* 20 bytes are there */
    assert_int_equal(counts(&t).bytes, 20);
    op = put_op("b", "");
    FAILS(&t, QUOTA, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_non_null(strstr(t.err.text, "21 bytes are over the limit of 20"));
    put(&t, "a", "1");
    put(&t, "b", "1");
    op = put_op("c", "1");
    FAILS(&t, QUOTA, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_non_null(strstr(t.err.text, "4 keys"));
    /* An append is of the whole value, a swap within one batch may go over in between. */
    op = (fg_store_op){ .kind = FG_STORE_APPEND,
                        .key = S("a"),
                        .value = S("12345678901234567890") };
    FAILS(&t, QUOTA, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    fg_store_op over[] = { put_op("c", "1"), op_of(FG_STORE_DELETE, "b", 0) };
    OK(&t, commit_ops(&t, FG_STORE_BLIND, over, 2, NULL));
    check_counts(&t);

    /* Over a lowered limit, less is always possible. */
    set_quota(&t, 3, 1);
    put(&t, "a", "");
    op = put_op("a", "1");
    FAILS(&t, QUOTA, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    del(&t, "a");
    del(&t, "c");
    check_counts(&t);
    assert_int_equal(counts(&t).keys, 1);
    scratch_close(&t);
}

static void test_ranges_count_as_operations(void **state)
{
    (void)state;
    scratch t;
    char key[16];
    scratch_open(&t, MAP);
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "k%d", i);
        put(&t, key, "");
    }
    set_quota(&t, 100, 100);
    fg_store_op op = { .kind = FG_STORE_DELETE_RANGE, .to_end = true };
    FAILS(&t, QUOTA, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_int_equal(counts(&t).keys, 10);
    op.amount = 5;
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_int_equal(counts(&t).keys, 5);
    scratch_close(&t);
}

static void test_what_is_too_large(void **state)
{
    (void)state;
    scratch t;
    char *key = test_calloc(1, FG_STORE_KEY_MAX + 1);
    fg_quota q = fg_quota_default();
    q.max_key_size = FG_STORE_KEY_MAX;
    scratch_open(&t, MAP);
    OK(&t, fg_namespace_set_quota(t.store, t.ns, &q, &t.err));
    fg_store_op op = { .kind = FG_STORE_PUT,
                       .key = fg_slice_of(key, FG_STORE_KEY_MAX + 1) };
    FAILS(&t, TOO_LARGE, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    op.key.n--;
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    fg_store_op gone = { .kind = FG_STORE_DELETE_RANGE, .to_end = true };
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &gone, 1, NULL));
    assert_int_equal(gone.result, 1);
    OK(&t, fg_store_unwind(t.store, t.ns, 0, &t.err));
    test_free(key);
    scratch_close(&t);
}

/* ---- a full map ------------------------------------------------------------------ */

/* Puts until the map is full; how many keys are there. */
static int fill_map(scratch *t, uint32_t size, uint32_t group)
{
    static char value[60000];
    char keys[8][16];
    for (int n = 0;; n += (int)group) {
        fg_store_op ops[8];
        fg_store_batch b[8];
        assert_true(n < 100000);
        for (uint32_t i = 0; i < group; i++) {
            snprintf(keys[i], sizeof keys[i], "k%06d", n + (int)i);
            ops[i] = put_op(keys[i], "");
            ops[i].value = fg_slice_of(value, size);
            b[i] = (fg_store_batch){
                .ns = t->ns, .base = FG_STORE_BLIND, .ops = &ops[i], .n_ops = 1
            };
        }
        OK(t, fg_store_commit(t->store, b, group, &t->err));
        for (uint32_t i = 0; i < group; i++)
            if (b[i].error.code != FG_STATE_OK) {
                assert_int_equal(b[i].error.code, FG_STATE_QUOTA);
                return n + (int)i;
            }
    }
}

static void test_deletes_work_on_a_full_map(void **state)
{
    (void)state;
    static char value[20000];
    static const struct {
        uint32_t size, group;
    } cases[] = { { 1, 1 }, { 100, 1 }, { 100, 8 }, { 3000, 1 }, { 20000, 1 } };
    for (unsigned i = 0; i < FG_COUNT(cases); i++) {
        scratch t;
        char key[16];
        bool more = true;
        scratch_open(&t, UINT64_C(2) << 20);
        int n = fill_map(&t, cases[i].size, cases[i].group);
        assert_true(n > 10);
        fg_store_op op = put_op("one more", "");
        op.value = fg_slice_of(value, cases[i].size);
        /* Several at once need more than one alone, for which there may be room. */
        for (int j = 0; cases[i].group > 1 && j < n; j++)
            if (commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL) != FG_STATE_OK)
                break;
        FAILS(&t, QUOTA, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
        for (int j = 0; j < 10; j++) {
            snprintf(key, sizeof key, "k%06d", j);
            del(&t, key);
        }
        check_counts(&t);
        /* What was deleted makes room when its history goes. */
        uint64_t tip = counts(&t).tip;
        fg_store_reader_end(t.reader);
        OK(&t, fg_store_finalize(t.store, t.ns, tip, &t.err));
        while (more)
            OK(&t, fg_store_prune(t.store, t.ns, tip, 100, &more, &t.err));
        put(&t, "one more", "v");
        check_counts(&t);
        fg_store_reader_end(t.reader);
        for (more = true; more;)
            OK(&t, fg_namespace_drop(t.store, t.ns, 100, &more, &t.err));
        scratch_close(&t);
    }
}

/* Filled again and again, with history pruned in between: nothing leaks. */
static void test_a_full_map_recovers(void **state)
{
    (void)state;
    scratch t;
    int first = 0;
    scratch_open(&t, UINT64_C(2) << 20);
    for (int round = 0; round < 6; round++) {
        int n = fill_map(&t, 2000, 1);
        if (round == 0)
            first = n;
        assert_true(n >= first - 2 && n <= first + 2);
        for (bool more = true; more;)
            OK(&t, fg_namespace_drop(t.store, t.ns, 50, &more, &t.err));
        OK(&t, fg_namespace_open(t.store, S("test"), OWNER, NULL, &t.ns, &t.err));
    }
    scratch_close(&t);
}

/* One that does not fit does not take the others with it. */
static void test_a_group_that_is_too_large(void **state)
{
    (void)state;
    scratch t;
    static char value[1 << 20];
    scratch_open(&t, UINT64_C(2) << 20);
    fg_store_op small = put_op("small", "v"), big = put_op("big", "");
    big.value = fg_slice_of(value, sizeof value);
    fg_store_batch b[] = {
        { .ns = t.ns, .base = FG_STORE_BLIND, .ops = &big, .n_ops = 1 },
        { .ns = t.ns, .base = FG_STORE_BLIND, .ops = &big, .n_ops = 1 },
        { .ns = t.ns, .base = FG_STORE_BLIND, .ops = &small, .n_ops = 1 },
    };
    OK(&t, fg_store_commit(t.store, b, FG_COUNT(b), &t.err));
    assert_string_equal(fg_state_name(b[0].error.code), "OK");
    assert_string_equal(fg_state_name(b[1].error.code), "QUOTA");
    assert_string_equal(fg_state_name(b[2].error.code), "OK");
    assert_string_equal(get(&t, "small"), "v");
    check_counts(&t);
    scratch_close(&t);
}

/* A snapshot that stays open keeps pages, so that the map fills although little is there. */
static void test_a_reader_that_stays(void **state)
{
    (void)state;
    scratch t;
    fg_store_item item;
    scratch_open(&t, UINT64_C(2) << 20);
    put(&t, "k", "first");
    fg_store_view v = view_at(&t, FG_STORE_LATEST);
    fg_state code = FG_STATE_OK;
    for (int i = 0; code == FG_STATE_OK; i++) {
        bool more;
        uint64_t version;
        assert_true(i < 10000);
        fg_store_op op = put_op("k", "next");
        code = commit_ops(&t, FG_STORE_BLIND, &op, 1, &version);
        if (code == FG_STATE_OK
            && fg_store_finalize(t.store, t.ns, version, &t.err) == FG_STATE_OK)
            code = fg_store_prune(t.store, t.ns, version, 10, &more, &t.err);
    }
    assert_string_equal(fg_state_name(code), "QUOTA");
    OK(&t, fg_store_get(&v, 0, S("k"), &item, &t.err));
    assert_memory_equal(item.value.p, "first", 5);
    fg_store_reader_end(t.reader);
    put(&t, "k", "at last");
    assert_string_equal(get(&t, "k"), "at last");
    check_counts(&t);
    scratch_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_increments_are_messagepack),
        cmocka_unit_test(test_increments),
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_compare_and_swap),
        cmocka_unit_test(test_deleting_ranges),
        cmocka_unit_test(test_operations_follow_each_other),
        cmocka_unit_test(test_the_first_one_wins),
        cmocka_unit_test(test_merging_never_conflicts),
        cmocka_unit_test(test_bases_that_are_gone),
        cmocka_unit_test(test_anomalies),
        cmocka_unit_test(test_batches_do_not_spoil_each_other),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_tokens_are_forgotten_in_steps),
        cmocka_unit_test(test_quotas),
        cmocka_unit_test(test_ranges_count_as_operations),
        cmocka_unit_test(test_what_is_too_large),
        cmocka_unit_test(test_deletes_work_on_a_full_map),
        cmocka_unit_test(test_a_full_map_recovers),
        cmocka_unit_test(test_a_group_that_is_too_large),
        cmocka_unit_test(test_a_reader_that_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
