// SPDX-License-Identifier: Apache-2.0
/* The store: opening, namespaces, reading at versions, expiry, history, copies. */
#include "scratch.h"

#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- opening --------------------------------------------------------------------- */

static void refuse_open(scratch *t, const fg_store_options *o, const char *code)
{
    fg_store *s;
    assert_string_equal(fg_state_name(fg_store_open(o, &s, &t->err)), code);
    assert_null(s);
    assert_non_null(strstr(t->err.text, "; "));
}

static void test_options_are_checked(void **state)
{
    (void)state;
    scratch t = { 0 };
    scratch_dir(t.dir);
    fg_store_options o = scratch_options(&t);
    o.map_size = 0;
    refuse_open(&t, &o, "BAD_REQUEST");
    o.map_size = (uint64_t)-4096;
    refuse_open(&t, &o, "BAD_REQUEST");
    o.map_size = FG_STORE_MAP_MIN;
    o.reserve = FG_STORE_MAP_MIN;
    refuse_open(&t, &o, "BAD_REQUEST");
    o.path = "/nowhere/at/all";
    o.reserve = 0;
    refuse_open(&t, &o, "NOT_FOUND");
    o.path = "/dev/null";
    refuse_open(&t, &o, "BAD_REQUEST");
    o.path = t.dir;
    o.writer = false;
    refuse_open(&t, &o, "NOT_FOUND");
    scratch_remove(t.dir);
}

static void test_once_per_process(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    fg_store_options o = scratch_options(&t);
    refuse_open(&t, &o, "BUSY");
    o.writer = false;
    refuse_open(&t, &o, "BUSY");
    put(&t, "k", "still there");
    assert_string_equal(get(&t, "k"), "still there");
    scratch_close(&t);
}

/* Runs f in a child; it returns 0 for success. */
static void in_child(int (*f)(scratch *), scratch *t)
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(f(t));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int child_uses_its_own(scratch *t)
{
    fg_store *mine;
    fg_store_reader *r;
    fg_store_batch b = { .ns = t->ns };
    fg_store_options o = scratch_options(t);
    if (fg_store_reader_new(t->store, &r, NULL) != FG_STATE_OK
        || fg_store_reader_begin(r, NULL) != FG_STATE_BAD_REQUEST
        || fg_store_commit(t->store, &b, 1, NULL) != FG_STATE_READ_ONLY)
        return 1;
    fg_store_reader_free(r);
    fg_store_reader_free(t->reader);
    fg_store_close(t->store);
    if (fg_store_open(&o, &mine, NULL) != FG_STATE_BUSY)
        return 2;
    o.writer = false;
    if (fg_store_open(&o, &mine, NULL) != FG_STATE_OK)
        return 3;
    if (fg_store_commit(mine, &b, 1, NULL) != FG_STATE_READ_ONLY)
        return 4;
    fg_store_close(mine);
    return 0;
}

static void test_a_child_opens_its_own(void **state)
{
    (void)state;
    scratch t;
    fg_store_item item;
    scratch_open(&t, MAP);
    put(&t, "k", "before");
    fg_store_view v = view_at(&t, FG_STORE_LATEST);
    in_child(child_uses_its_own, &t);
    /* The parent's slot is still its own: what it sees is kept while others are written. */
    for (int i = 0; i < 50; i++)
        put(&t, "k", "after");
    OK(&t, fg_store_get(&v, 0, S("k"), &item, &t.err));
    assert_memory_equal(item.value.p, "before", 6);
    scratch_close(&t);
}

static void test_it_persists(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    assert_int_equal(fg_store_incarnation(t.store), 1);
    put(&t, "a", "1");
    put(&t, "a", "2");
    scratch_reopen(&t);
    assert_int_equal(fg_store_incarnation(t.store), 2);
    assert_string_equal(get(&t, "a"), "2");
    assert_string_equal(get_at(&t, 1, "a"), "1");
    assert_int_equal(put(&t, "a", "3"), 3);
    scratch_close(&t);
}

/* Changes a record of the meta table behind the store's back. */
static void damage(scratch *t, const void *key, size_t n, size_t at)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val k = { n, (void *)key }, v;
    uint8_t bytes[1024];
    fg_store_reader_free(t->reader);
    fg_store_close(t->store);
    t->store = NULL;
    t->reader = NULL;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
    assert_int_equal(mdb_env_open(env, t->dir, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &dbi), 0);
    assert_int_equal(mdb_get(txn, dbi, &k, &v), 0);
    memcpy(bytes, v.mv_data, v.mv_size);
    bytes[at] ^= 0x10;
    v.mv_data = bytes;
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void test_another_format_is_refused(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    damage(&t, "format", 6, 2);
    fg_store_options o = scratch_options(&t);
    refuse_open(&t, &o, "FORMAT");
    o.writer = false;
    refuse_open(&t, &o, "FORMAT");
    scratch_close(&t);
}

static void test_a_damaged_record_is_found(void **state)
{
    (void)state;
    for (size_t at = 0; at < 100; at += 9) {
        scratch t;
        scratch_open(&t, MAP);
        put(&t, "k", "v");
        damage(&t, "i\0\0\0\1", 5, at);
        fg_store_options o = scratch_options(&t);
        OK(&t, fg_store_open(&o, &t.store, &t.err));
        FAILS(&t, CORRUPT,
              fg_namespace_open(t.store, S("test"), OWNER, NULL, &t.ns, &t.err));
        scratch_close(&t);
    }
}

/* ---- namespaces ------------------------------------------------------------------ */

static void test_namespaces_have_owners(void **state)
{
    (void)state;
    scratch t;
    uint32_t id, same;
    char *longest = test_malloc(300);
    memset(longest, 'n', 300);
    scratch_open(&t, MAP);
    OK(&t, fg_namespace_open(t.store, S("other"), S("me"), NULL, &id, &t.err));
    assert_int_not_equal(id, t.ns);
    OK(&t, fg_namespace_open(t.store, S("other"), S("me"), NULL, &same, &t.err));
    assert_int_equal(same, id);
    FAILS(&t, DENIED,
          fg_namespace_open(t.store, S("other"), S("you"), NULL, &same, &t.err));
    FAILS(&t, BAD_REQUEST,
          fg_namespace_open(t.store, S(""), S("me"), NULL, &id, &t.err));
    FAILS(&t, BAD_REQUEST,
          fg_namespace_open(t.store, fg_slice_of(longest, 256), S(""), NULL, &id,
                            &t.err));
    OK(&t, fg_namespace_open(t.store, fg_slice_of(longest, 255),
                             fg_slice_of(longest, 255), NULL, &id, &t.err));

    OK(&t, fg_store_reader_begin(t.reader, &t.err));
    FAILS(&t, NOT_FOUND, fg_namespace_find(t.reader, S("none"), S("me"), &id, &t.err));
    FAILS(&t, DENIED, fg_namespace_find(t.reader, S("other"), S("you"), &id, &t.err));
    OK(&t, fg_namespace_find(t.reader, S("other"), S("me"), &id, &t.err));
    assert_int_equal(id, same);
    fg_namespace ns;
    int n = 0;
    for (id = 0; fg_namespace_next(t.reader, id, &ns, &t.err) == FG_STATE_OK;
         id = ns.id)
        n++;
    assert_int_equal(n, 3);
    FAILS(&t, NOT_FOUND, fg_namespace_get(t.reader, 77, &ns, &t.err));
    scratch_close(&t);
    test_free(longest);
}

static void test_namespaces_are_apart(void **state)
{
    (void)state;
    scratch t;
    uint32_t first;
    scratch_open(&t, MAP);
    first = t.ns;
    put(&t, "k", "first");
    OK(&t, fg_namespace_open(t.store, S("second"), OWNER, NULL, &t.ns, &t.err));
    assert_null(get(&t, "k"));
    assert_int_equal(put(&t, "k", "second"), 1);
    t.ns = first;
    assert_string_equal(get(&t, "k"), "first");
    fg_store_range all = FG_STORE_TABLE(0);
    assert_string_equal(list_at(&t, FG_STORE_LATEST, &all, false), "k=first");
    assert_string_equal(list_at(&t, FG_STORE_LATEST, &all, true), "k=first");
    scratch_close(&t);
}

static void test_dropping_goes_in_steps(void **state)
{
    (void)state;
    scratch t;
    char key[16];
    bool more = true;
    int steps = 0;
    fg_store_status st;
    scratch_open(&t, MAP);
    uint32_t dropped = t.ns;
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "k%d", i % 30);
        fg_store_op op = put_op(key, "v");
        op.ttl_ms = 100000;
        OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    }
    OK(&t, fg_namespace_open(t.store, S("kept"), OWNER, NULL, &t.ns, &t.err));
    put(&t, "k", "kept");
    OK(&t, fg_namespace_drop(t.store, dropped, 50, &more, &t.err));
    assert_true(more);

    uint32_t kept = t.ns, anew;
    fg_namespace ns;
    fg_store_reader_end(t.reader);
    OK(&t, fg_store_reader_begin(t.reader, &t.err));
    FAILS(&t, NOT_FOUND, fg_namespace_get(t.reader, dropped, &ns, &t.err));
    OK(&t, fg_namespace_next(t.reader, 0, &ns, &t.err));
    assert_true(ns.dropping);
    OK(&t, fg_namespace_open(t.store, S("test"), S("new owner"), NULL, &anew, &t.err));
    assert_int_not_equal(anew, dropped);

    while (more && steps++ < 100)
        OK(&t, fg_namespace_drop(t.store, dropped, 50, &more, &t.err));
    /* 30 keys that expire, 100 versions with one change each. */
    assert_true(steps >= (30 + 30 + 100 + 100 + 100) / 50 - 1);
    FAILS(&t, NOT_FOUND, fg_namespace_drop(t.store, dropped, 50, &more, &t.err));
    OK(&t, fg_store_get_status(t.store, &st, &t.err));
    assert_int_equal(st.cells + st.undo + st.history + st.logs, 4);
    assert_int_equal(st.expiring, 0);
    t.ns = kept;
    assert_string_equal(get(&t, "k"), "kept");
    scratch_close(&t);
}

/* ---- keys and scans -------------------------------------------------------------- */

static void test_scans(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    const char *const keys[] = { "b", "a", "ba", "c", "", "bb", "b\xff", "b\xff\xff" };
    for (unsigned i = 0; i < FG_COUNT(keys); i++)
        put(&t, keys[i], "v");
    fg_store_op in_next = put_op("a", "other table");
    in_next.table = 1;
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &in_next, 1, NULL));
    fg_store_op in_last = put_op("z", "last");
    in_last.table = UINT16_MAX;
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &in_last, 1, NULL));

    const struct {
        const char *prefix, *from, *to, *up, *down;
    } cases[] = {
        { "", "", NULL, "=v a=v b=v ba=v bb=v b\xff=v b\xff\xff=v c=v",
          "c=v b\xff\xff=v b\xff=v bb=v ba=v b=v a=v =v" },
        { "b", "", NULL, "b=v ba=v bb=v b\xff=v b\xff\xff=v",
          "b\xff\xff=v b\xff=v bb=v ba=v b=v" },
        { "b\xff", "", NULL, "b\xff=v b\xff\xff=v", "b\xff\xff=v b\xff=v" },
        { "", "b", "bb", "b=v ba=v", "ba=v b=v" },
        { "b", "a", "bb", "b=v ba=v", "ba=v b=v" },
        { "b", "ba", "c", "ba=v bb=v b\xff=v b\xff\xff=v",
          "b\xff\xff=v b\xff=v bb=v ba=v" },
        { "", "x", NULL, "", "" },
        { "", "c", "b", "", "" },
        { "", "", "", "", "" },
        { "zz", "", NULL, "", "" },
    };
    for (unsigned i = 0; i < FG_COUNT(cases); i++) {
        fg_store_range r = { .prefix = S(cases[i].prefix),
                             .from = S(cases[i].from),
                             .to_end = !cases[i].to };
        if (cases[i].to)
            r.to = S(cases[i].to);
        assert_string_equal(list_at(&t, FG_STORE_LATEST, &r, false), cases[i].up);
        assert_string_equal(list_at(&t, FG_STORE_LATEST, &r, true), cases[i].down);
    }
    fg_store_range last = FG_STORE_TABLE(UINT16_MAX), all = FG_STORE_TABLE(0);
    assert_string_equal(list_at(&t, FG_STORE_LATEST, &last, true), "z=last");
    assert_string_equal(list_at(&t, FG_STORE_LATEST, &last, false), "z=last");

    fg_store_view v = view_at(&t, FG_STORE_LATEST);
    uint64_t n;
    bool is;
    OK(&t, fg_store_count(&v, &all, &n, &t.err));
    assert_int_equal(n, 8);
    OK(&t, fg_store_exists(&v, 0, S("bb"), &is, &t.err));
    assert_true(is);
    OK(&t, fg_store_exists(&v, 1, S("bb"), &is, &t.err));
    assert_false(is);
    scratch_close(&t);
}

/* Three at a time, going on after the last key, also when that is gone by then. */
static void page_through(scratch *t, bool reverse, const char *expected)
{
    fg_store_range all = FG_STORE_TABLE(0);
    char text[256] = "", last[16];
    fg_slice after = { 0 };
    bool more = true, first = true;
    while (more) {
        fg_store_view v = view_at(t, FG_STORE_LATEST);
        fg_store_scan scan;
        fg_store_item item;
        more = false;
        OK(t, fg_store_scan_open(&v, &all, reverse, 3, first ? NULL : &after, &scan,
                                 &t->err));
        while (fg_store_scan_next(&scan, &item, &t->err) == FG_STATE_OK) {
            memcpy(last, item.key.p, item.key.n);
            last[item.key.n] = 0;
            strcat(strcat(text, last), " ");
            more = true;
        }
        fg_store_scan_close(&scan);
        after = fg_slice_str(last);
        first = false;
        if (more)
            del(t, last);
    }
    assert_string_equal(text, expected);
}

static void test_scans_go_on(void **state)
{
    (void)state;
    for (int reverse = 0; reverse < 2; reverse++) {
        scratch t;
        char key[2] = "a";
        scratch_open(&t, MAP);
        for (; key[0] <= 'h'; key[0]++)
            put(&t, key, "v");
        page_through(&t, reverse, reverse ? "h g f e d c b a " : "a b c d e f g h ");
        scratch_close(&t);
    }
}

/* A key of n bytes: the same byte, then a number at the end. */
static fg_slice long_key(char *to, uint32_t n, char fill, int i)
{
    char tail[8];
    memset(to, fill, n);
    snprintf(tail, sizeof tail, "%04d", i);
    memcpy(to + n - 4, tail, 4);
    return fg_slice_of(to, n);
}

static uint64_t count_of(scratch *t, const fg_store_range *r)
{
    fg_store_view v = view_at(t, FG_STORE_LATEST);
    uint64_t n;
    OK(t, fg_store_count(&v, r, &n, &t->err));
    return n;
}

static void test_long_keys(void **state)
{
    (void)state;
    scratch t;
    static char key[1024], low[1024], high[1024];
    const uint32_t sizes[] = { FG_STORE_KEY_INLINE - 1,
                               FG_STORE_KEY_INLINE,
                               FG_STORE_KEY_INLINE + 1,
                               511,
                               600,
                               1024 };
    scratch_open(&t, MAP);
    for (unsigned i = 0; i < FG_COUNT(sizes); i++)
        for (int j = 0; j < 20; j++) {
            fg_store_op op = { .kind = FG_STORE_PUT,
                               .key = long_key(key, sizes[i], 'k', j),
                               .value = fg_slice_of(key, sizes[i] - 4) };
            op.ttl_ms = j % 2 ? 1000 : 0;
            OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
        }
    put(&t, "k", "short");
    put(&t, "l", "above");
    fg_store_view v = view_at(&t, FG_STORE_LATEST);
    fg_store_item item;
    for (unsigned i = 0; i < FG_COUNT(sizes); i++)
        for (int j = 0; j < 20; j++) {
            fg_slice k = long_key(key, sizes[i], 'k', j);
            OK(&t, fg_store_get(&v, 0, k, &item, &t.err));
            assert_int_equal(item.value.n, sizes[i] - 4);
        }
    /* Ranges and prefixes among keys that begin alike hold what they should. */
    fg_store_range r = { .from = long_key(low, 600, 'k', 5),
                         .to = long_key(high, 600, 'k', 15) };
    assert_int_equal(count_of(&t, &r), 10);
    r = (fg_store_range){ .prefix = fg_slice_of(low, 599), .to_end = true };
    assert_int_equal(count_of(&t, &r), 10);
    r = (fg_store_range){ .prefix = fg_slice_of(low, 596), .to_end = true };
    assert_int_equal(count_of(&t, &r), 2 * 20);
    r = (fg_store_range){ .prefix = S("k"), .to_end = true };
    assert_int_equal(count_of(&t, &r), 6 * 20 + 1);
    memset(low, 'k', 463);
    r = (fg_store_range){ .from = fg_slice_of(low, 463), .to = S("l") };
    assert_int_equal(count_of(&t, &r), 3 * 20);
    r = (fg_store_range){ .to = fg_slice_of(low, 463) };
    assert_int_equal(count_of(&t, &r), 3 * 20 + 1);
    check_counts(&t);

    fg_store_op all = { .kind = FG_STORE_DELETE_RANGE, .to_end = true };
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &all, 1, NULL));
    assert_int_equal(all.result, 6 * 20 + 2);
    check_counts(&t);
    OK(&t, fg_store_unwind(t.store, t.ns, 121, &t.err));
    assert_int_equal(counts(&t).keys, 121);
    check_counts(&t);
    scratch_close(&t);
}

/* Long keys come in both directions in the same order, and a scan goes on among them. */
static void test_long_keys_have_one_order(void **state)
{
    (void)state;
    scratch t;
    static char key[600], seen[40][600];
    char last[600];
    fg_slice after = { 0 };
    int n = 0;
    scratch_open(&t, MAP);
    for (int j = 0; j < 40; j++) {
        fg_store_op op = { .kind = FG_STORE_PUT, .key = long_key(key, 600, 'k', j) };
        OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    }
    fg_store_range all = FG_STORE_TABLE(0);
    fg_store_view v = view_at(&t, FG_STORE_LATEST);
    for (bool more = true; more;) {
        fg_store_scan scan;
        fg_store_item item;
        more = false;
        OK(&t,
           fg_store_scan_open(&v, &all, false, 7, n ? &after : NULL, &scan, &t.err));
        while (fg_store_scan_next(&scan, &item, &t.err) == FG_STATE_OK) {
            assert_true(n < 40);
            memcpy(last, item.key.p, item.key.n);
            memcpy(seen[n++], item.key.p, item.key.n);
            more = true;
        }
        after = fg_slice_of(last, 600);
        fg_store_scan_close(&scan);
    }
    assert_int_equal(n, 40);
    fg_store_scan scan;
    fg_store_item item;
    OK(&t, fg_store_scan_open(&v, &all, true, 0, NULL, &scan, &t.err));
    while (fg_store_scan_next(&scan, &item, &t.err) == FG_STATE_OK)
        assert_memory_equal(item.key.p, seen[--n], 600);
    assert_int_equal(n, 0);
    fg_store_scan_close(&scan);
    scratch_close(&t);
}

/* Versions of one key are not taken for those of another that begins like it. */
static void test_keys_with_zeros(void **state)
{
    (void)state;
    scratch t;
    fg_store_item item;
    static const char bytes[] = "k\0\0\0\0\0\0\0\3";
    scratch_open(&t, MAP);
    for (int i = 0; i < 5; i++)
        for (uint32_t n = 1; n < sizeof bytes; n++) {
            char value[12];
            snprintf(value, sizeof value, "%d", i);
            fg_store_op op = { .kind = FG_STORE_PUT,
                               .key = fg_slice_of(bytes, n),
                               .value = S(value) };
            OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
        }
    for (uint64_t version = 0; version <= 45; version++) {
        fg_store_view v = view_at(&t, version);
        for (uint32_t n = 1; n < sizeof bytes; n++) {
            fg_state code = fg_store_get(&v, 0, fg_slice_of(bytes, n), &item, &t.err);
            if (version < n) {
                assert_int_equal(code, FG_STATE_NOT_FOUND);
                continue;
            }
            assert_int_equal(code, FG_STATE_OK);
            assert_int_equal(item.value.p[0] - '0', (int)(version - n) / 9);
        }
    }
    scratch_close(&t);
}

/* ---- versions -------------------------------------------------------------------- */

static void test_reading_at_versions(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    fg_store_range all = FG_STORE_TABLE(0);
    assert_string_equal(list_at(&t, 0, &all, false), "");
    put(&t, "a", "1");
    put(&t, "b", "2");
    put(&t, "a", "3");
    del(&t, "b");
    put(&t, "b", "5");
    static const char *const lists[] = { "",        "a=1", "a=1 b=2",
                                         "a=3 b=2", "a=3", "a=3 b=5" };
    for (unsigned v = 0; v < FG_COUNT(lists); v++)
        assert_string_equal(list_at(&t, v, &all, false), lists[v]);
    assert_string_equal(list_at(&t, 2, &all, true), "b=2 a=1");
    assert_string_equal(get_at(&t, 2, "a"), "1");
    assert_null(get_at(&t, 4, "b"));
    fg_store_view v;
    FAILS(&t, NOT_FOUND, fg_store_view_open(t.reader, t.ns, 6, &v, &t.err));
    FAILS(&t, NOT_FOUND, fg_store_view_open(t.reader, 99, 0, &v, &t.err));
    scratch_close(&t);
}

static void test_a_snapshot_stays(void **state)
{
    (void)state;
    scratch t;
    fg_store_item item;
    scratch_open(&t, MAP);
    put(&t, "a", "old");
    fg_store_view v = view_at(&t, FG_STORE_LATEST);
    for (int i = 0; i < 100; i++)
        put(&t, "a", "new");
    OK(&t, fg_store_get(&v, 0, S("a"), &item, &t.err));
    assert_memory_equal(item.value.p, "old", 3);
    assert_int_equal(v.tip, 1);
    assert_int_equal(fg_store_reader_since(t.reader), 1000);
    fg_store_reader_end(t.reader);
    assert_int_equal(fg_store_reader_since(t.reader), 0);
    assert_string_equal(get(&t, "a"), "new");
    scratch_close(&t);
}

static void check_past(scratch *t, uint64_t version, const char *key,
                       const char *expected)
{
    fg_store_view v = view_at(t, version);
    fg_store_past p;
    fg_store_item item;
    char text[256] = "";
    size_t n = 0;
    fg_store_past_open(&v, 0, S(key), &p);
    while (fg_store_past_next(&p, &item, &t->err) == FG_STATE_OK)
        n += (size_t)snprintf(text + n, sizeof text - n, "%d:%.*s ", (int)item.version,
                              item.deleted ? 1 : (int)item.value.n,
                              item.deleted ? "-" : item.value.p);
    assert_string_equal(text, expected);
    assert_int_equal(fg_store_past_next(&p, &item, &t->err), FG_STATE_NOT_FOUND);
}

static void test_the_past_of_a_key(void **state)
{
    (void)state;
    scratch t;
    bool more;
    scratch_open(&t, MAP);
    put(&t, "a", "1");
    put(&t, "x", "2");
    put(&t, "a", "3");
    del(&t, "a");
    put(&t, "a", "5");
    check_past(&t, FG_STORE_LATEST, "a", "5:5 4:- 3:3 1:1 ");
    check_past(&t, 4, "a", "4:- 3:3 1:1 ");
    check_past(&t, 2, "a", "1:1 ");
    check_past(&t, 0, "a", "");
    check_past(&t, FG_STORE_LATEST, "none", "");
    OK(&t, fg_store_finalize(t.store, t.ns, 4, &t.err));
    OK(&t, fg_store_prune(t.store, t.ns, 3, 1000, &more, &t.err));
    check_past(&t, FG_STORE_LATEST, "a", "5:5 4:- 3:3 ");
    scratch_close(&t);
}

static void check_diff(scratch *t, uint64_t from, uint64_t to, const char *expected)
{
    fg_store_view v = view_at(t, to);
    fg_store_diff d;
    fg_store_change c;
    char text[256] = "";
    size_t n = 0;
    OK(t, fg_store_diff_open(&v, from, &d, &t->err));
    while (fg_store_diff_next(&d, &c, &t->err) == FG_STATE_OK)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "%.*s:%.*s>%.*s ", (int)c.key.n,
                             c.key.p, c.before.deleted ? 1 : (int)c.before.value.n,
                             c.before.deleted ? "-" : c.before.value.p,
                             c.after.deleted ? 1 : (int)c.after.value.n,
                             c.after.deleted ? "-" : c.after.value.p);
    fg_store_diff_close(&d);
    assert_string_equal(text, expected);
}

static void test_differences(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    put(&t, "a", "1");
    put(&t, "b", "2");
    put(&t, "a", "3");
    del(&t, "b");
    put(&t, "c", "5");
    del(&t, "c");
    put(&t, "a", "1");
    check_diff(&t, 0, 7, "a:->1 ");
    check_diff(&t, 1, 7, "");
    check_diff(&t, 2, 5, "a:1>3 b:2>- c:->5 ");
    check_diff(&t, 3, 3, "");
    check_diff(&t, 6, 7, "a:3>1 ");
    fg_store_view v = view_at(&t, 3);
    fg_store_diff d;
    FAILS(&t, BAD_REQUEST, fg_store_diff_open(&v, 4, &d, &t.err));
    FAILS(&t, NOT_FOUND, fg_store_diff_open(&v, 44, &d, &t.err));
    scratch_close(&t);
}

static void test_the_log(void **state)
{
    (void)state;
    scratch t;
    fg_store_log log;
    scratch_open(&t, MAP);
    put(&t, "a", "1");
    t.now = 5000;
    fg_store_op ops[] = { put_op("a", "2"), put_op("b", "2"), put_op("b", "3") };
    fg_store_batch b = { .ns = t.ns,
                         .base = 1,
                         .ops = ops,
                         .n_ops = 3,
                         .author = S("someone"),
                         .request = S("r-1") };
    OK(&t, fg_store_commit(t.store, &b, 1, &t.err));
    put(&t, "a", "3");
    fg_store_view v = view_at(&t, 2);
    OK(&t, fg_store_log_next(&v, 1, &log, &t.err));
    assert_int_equal(log.version, 2);
    assert_int_equal(log.time, 5000);
    assert_int_equal(log.ops, 3);
    assert_int_equal(log.changes, 2);
    assert_true(fg_slice_eq(log.author, S("someone")));
    assert_true(fg_slice_eq(log.request, S("r-1")));
    assert_int_equal(fg_store_log_next(&v, 2, &log, &t.err), FG_STATE_NOT_FOUND);
    scratch_close(&t);
}

/* ---- the line of versions -------------------------------------------------------- */

static void test_finalize(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, MAP);
    for (int i = 0; i < 6; i++)
        put(&t, "a", "v");
    FAILS(&t, BAD_REQUEST, fg_store_finalize(t.store, t.ns, 0, &t.err));
    OK(&t, fg_store_finalize(t.store, t.ns, 4, &t.err));
    assert_int_equal(counts(&t).finalized, 4);
    FAILS(&t, BAD_REQUEST, fg_store_finalize(t.store, t.ns, 4, &t.err));
    FAILS(&t, BAD_REQUEST, fg_store_finalize(t.store, t.ns, 3, &t.err));
    FAILS(&t, NOT_FOUND, fg_store_finalize(t.store, t.ns, 7, &t.err));
    FAILS(&t, BAD_REQUEST, fg_store_unwind(t.store, t.ns, 3, &t.err));
    FAILS(&t, BAD_REQUEST, fg_store_unwind(t.store, t.ns, 6, &t.err));
    FAILS(&t, BAD_REQUEST, fg_store_unwind(t.store, t.ns, 9, &t.err));
    OK(&t, fg_store_unwind(t.store, t.ns, 4, &t.err));
    assert_int_equal(counts(&t).tip, 4);
    scratch_close(&t);
}

static void fill(scratch *t)
{
    put(t, "a", "1");
    put(t, "b", "2");
    fg_store_op ops[] = { put_op("a", "3"), put_op("c", "3"),
                          op_of(FG_STORE_DELETE, "b", 0) };
    OK(t, commit_ops(t, FG_STORE_BLIND, ops, 3, NULL));
    OK(t, commit_ops(t, FG_STORE_BLIND, NULL, 0, NULL)); /* an empty version */
    del(t, "a");
    put(t, "b", "6");
}

static void test_unwinding_in_steps_and_at_once(void **state)
{
    (void)state;
    fg_store_range all = FG_STORE_TABLE(0);
    for (uint64_t to = 0; to < 6; to++) {
        scratch t;
        char before[64], steps[64];
        scratch_open(&t, MAP);
        fill(&t);
        strcpy(before, list_at(&t, to, &all, false));
        for (uint64_t v = 6; v-- > to;)
            OK(&t, fg_store_unwind(t.store, t.ns, v, &t.err));
        strcpy(steps, list_at(&t, FG_STORE_LATEST, &all, false));
        fg_namespace a = counts(&t);
        check_counts(&t);
        scratch_close(&t);

        scratch_open(&t, MAP);
        fill(&t);
        OK(&t, fg_store_unwind(t.store, t.ns, to, &t.err));
        assert_string_equal(list_at(&t, FG_STORE_LATEST, &all, false), before);
        assert_string_equal(steps, before);
        fg_namespace b = counts(&t);
        assert_int_equal(b.tip, to);
        assert_int_equal(a.history_bytes, b.history_bytes);
        assert_int_equal(a.bytes, b.bytes);
        assert_int_equal(a.keys, b.keys);
        if (to == 0)
            assert_int_equal(b.history_bytes + b.bytes + b.keys, 0);
        /* What was unwound is nobody's version ever after. */
        assert_int_equal(put(&t, "n", "new"), 7);
        fg_store_view v;
        if (to < 5)
            FAILS(&t, NOT_FOUND, fg_store_view_open(t.reader, t.ns, 5, &v, &t.err));
        assert_string_equal(list_at(&t, to, &all, false), before);
        OK(&t, fg_store_unwind(t.store, t.ns, to, &t.err));
        assert_string_equal(list_at(&t, FG_STORE_LATEST, &all, false), before);
        scratch_close(&t);
    }
}

static void test_prune(void **state)
{
    (void)state;
    scratch t;
    bool more;
    fg_store_view v;
    fg_store_status st;
    fg_store_range all = FG_STORE_TABLE(0);
    scratch_open(&t, MAP);
    fill(&t);
    FAILS(&t, BAD_REQUEST, fg_store_prune(t.store, t.ns, 0, 100, &more, &t.err));
    FAILS(&t, BAD_REQUEST, fg_store_prune(t.store, t.ns, 3, 100, &more, &t.err));
    OK(&t, fg_store_finalize(t.store, t.ns, 6, &t.err));
    OK(&t, fg_store_prune(t.store, t.ns, 3, 100, &more, &t.err));
    assert_false(more);
    assert_string_equal(list_at(&t, 3, &all, false), "a=3 c=3");
    assert_string_equal(list_at(&t, 6, &all, false), "b=6 c=3");
    FAILS(&t, NOT_FOUND, fg_store_view_open(t.reader, t.ns, 2, &v, &t.err));
    FAILS(&t, BAD_REQUEST, fg_store_prune(t.store, t.ns, 3, 100, &more, &t.err));
    FAILS(&t, NOT_FOUND, fg_store_prune(t.store, t.ns, 2, 100, &more, &t.err));

    more = true;
    int steps = 0;
    for (; more; steps++)
        OK(&t, fg_store_prune(t.store, t.ns, 6, 1, &more, &t.err));
    assert_true(steps > 1);
    assert_string_equal(list_at(&t, 6, &all, false), "b=6 c=3");
    assert_int_equal(counts(&t).history_bytes, 0);
    OK(&t, fg_store_get_status(t.store, &st, &t.err));
    assert_int_equal(st.undo + st.history + st.logs, 0);
    assert_int_equal(st.cells, 2); /* no deletion is left */
    check_counts(&t);
    scratch_close(&t);
}

/* ---- expiry ---------------------------------------------------------------------- */

static void test_expiry(void **state)
{
    (void)state;
    scratch t;
    fg_store_item item;
    uint32_t n;
    fg_store_range all = FG_STORE_TABLE(0);
    scratch_open(&t, MAP);
    fg_store_op ops[] = { put_op("a", "1"), put_op("b", "2"), put_op("c", "3") };
    ops[0].ttl_ms = 10;
    ops[1].ttl_ms = UINT64_MAX;
    OK(&t, commit_ops(&t, FG_STORE_BLIND, ops, 3, NULL));
    t.now = 1009;
    assert_string_equal(get(&t, "a"), "1");
    fg_store_view v = view_at(&t, FG_STORE_LATEST);
    OK(&t, fg_store_get(&v, 0, S("a"), &item, &t.err));
    assert_int_equal(item.expires, 1010);
    OK(&t, fg_store_get(&v, 0, S("c"), &item, &t.err));
    assert_int_equal(item.expires, 0);
    OK(&t, fg_store_expire(t.store, t.ns, 100, &n, &t.err));
    assert_int_equal(n, 0);
    assert_int_equal(counts(&t).tip, 1);

    t.now = 1010;
    assert_null(get(&t, "a"));
    assert_string_equal(list_at(&t, FG_STORE_LATEST, &all, false), "b=2 c=3");
    assert_int_equal(counts(&t).keys, 3);
    /* To operations, too, it is absent. */
    fg_store_op touch = op_of(FG_STORE_TOUCH, "a", 0);
    touch.ttl_ms = 1000;
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &touch, 1, NULL));
    assert_int_equal(touch.result, 0);
    fg_store_op add = op_of(FG_STORE_INCREMENT, "a", 7);
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &add, 1, NULL));
    assert_int_equal(add.result, 7);
    assert_string_equal(get(&t, "a"), "\7");
    check_counts(&t);

    touch = op_of(FG_STORE_TOUCH, "c", 0);
    touch.ttl_ms = 5;
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &touch, 1, NULL));
    assert_int_equal(touch.result, 1);
    assert_string_equal(get(&t, "c"), "3");
    t.now = 1015;
    assert_null(get(&t, "c"));
    OK(&t, fg_store_expire(t.store, t.ns, 100, &n, &t.err));
    assert_int_equal(n, 1);
    assert_int_equal(counts(&t).keys, 2);
    check_counts(&t);
    t.now = 1014;
    assert_string_equal(get_at(&t, 4, "c"), "3"); /* before the sweep and its hour */
    touch = op_of(FG_STORE_TOUCH, "b", 0);
    OK(&t, commit_ops(&t, FG_STORE_BLIND, &touch, 1, NULL));
    t.now = UINT64_MAX;
    assert_string_equal(get(&t, "b"), "2");
    scratch_close(&t);
}

static void test_expiry_goes_in_steps(void **state)
{
    (void)state;
    scratch t;
    char key[12];
    uint32_t n;
    fg_store_status st;
    scratch_open(&t, MAP);
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "%d", i);
        fg_store_op op = put_op(key, "v");
        op.ttl_ms = 1 + (uint64_t)i;
        OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    }
    t.now += 8;
    for (int left = 8; left > 0; left -= (int)n) {
        OK(&t, fg_store_expire(t.store, t.ns, 3, &n, &t.err));
        assert_int_equal(n, left > 3 ? 3 : left);
    }
    assert_int_equal(counts(&t).keys, 2);
    OK(&t, fg_store_get_status(t.store, &st, &t.err));
    assert_int_equal(st.expiring, 2);
    OK(&t, fg_store_unwind(t.store, t.ns, 10, &t.err));
    OK(&t, fg_store_get_status(t.store, &st, &t.err));
    assert_int_equal(st.expiring, 10);
    check_counts(&t);
    scratch_close(&t);
}

/* ---- copies, growth, status ------------------------------------------------------ */

static void test_copies(void **state)
{
    (void)state;
    for (int compact = 0; compact < 2; compact++) {
        scratch t, u;
        char to[96];
        scratch_open(&t, MAP);
        fill(&t);
        snprintf(to, sizeof to, "%s/copy", t.dir);
        OK(&t, fg_store_copy(t.store, to, compact, &t.err));
        assert_int_not_equal(fg_store_copy(t.store, to, compact, &t.err), FG_STATE_OK);
        put(&t, "late", "not in the copy");
        memset(&u, 0, sizeof u);
        u.now = 1000;
        strcpy(u.dir, to);
        fg_store_options o = scratch_options(&u);
        OK(&u, fg_store_open(&o, &u.store, &u.err));
        OK(&u, fg_store_reader_new(u.store, &u.reader, &u.err));
        u.ns = t.ns;
        fg_store_range all = FG_STORE_TABLE(0);
        assert_string_equal(list_at(&u, FG_STORE_LATEST, &all, false), "b=6 c=3");
        assert_string_equal(list_at(&u, 3, &all, false), "a=3 c=3");
        check_counts(&u);
        scratch_close(&u);
        scratch_close(&t);
    }
}

static void test_growth(void **state)
{
    (void)state;
    scratch t;
    scratch_open(&t, FG_STORE_MAP_MIN);
    char *big = test_calloc(1, 200001);
    memset(big, 'v', 200000);
    put(&t, "a", "1");
    fg_store_op op = put_op("big", big);
    fg_state code;
    int n = 0;
    while ((code = commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL)) == FG_STATE_OK)
        assert_true(n++ < 20);
    assert_int_equal(code, FG_STATE_QUOTA);
    FAILS(&t, BAD_REQUEST, fg_store_grow(t.store, FG_STORE_MAP_MIN, &t.err));
    view_at(&t, FG_STORE_LATEST);
    FAILS(&t, BUSY, fg_store_grow(t.store, MAP, &t.err)); /* the reader is open */
    fg_store_reader_end(t.reader);
    OK(&t, fg_store_grow(t.store, MAP, &t.err));
    for (int i = 0; i < 20; i++)
        OK(&t, commit_ops(&t, FG_STORE_BLIND, &op, 1, NULL));
    assert_string_equal(get(&t, "a"), "1");
    fg_store_status st;
    OK(&t, fg_store_get_status(t.store, &st, &t.err));
    assert_int_equal(st.map_size, MAP);
    test_free(big);
    scratch_close(&t);
}

static void test_status(void **state)
{
    (void)state;
    scratch t;
    fg_store_status a, b;
    uint32_t dead;
    scratch_open(&t, MAP);
    OK(&t, fg_store_get_status(t.store, &a, &t.err));
    assert_int_equal(a.oldest_reader, 0);
    fill(&t);
    view_at(&t, FG_STORE_LATEST);
    put(&t, "a", "1");
    OK(&t, fg_store_get_status(t.store, &b, &t.err));
    assert_int_equal(b.transaction, a.transaction + 7);
    assert_int_equal(b.oldest_reader, a.transaction + 6);
    assert_int_equal(b.incarnation, 1);
    assert_int_equal(b.max_readers, 64);
    assert_int_equal(b.cells, 3);
    assert_int_equal(b.logs, 7);
    assert_int_equal(b.undo, b.history);
    assert_true(b.pages_live <= b.pages_high && b.pages_live > 7);
    assert_true(b.reserve > 0 && b.map_size == MAP);
    OK(&t, fg_store_reap(t.store, &dead, &t.err));
    assert_int_equal(dead, 0);
    scratch_close(&t);
}

/* ---- errors ---------------------------------------------------------------------- */

static void test_errors_have_names(void **state)
{
    (void)state;
    fg_state code;
    fg_state_error e;
    char quoted[FG_STATE_QUOTED];
    char many[300];
    memset(many, 1, sizeof many);
    assert_string_equal(fg_state_name(FG_STATE_SHUTTING_DOWN), "SHUTTING_DOWN");
    assert_true(fg_state_of_name(S("FORK_LOST"), &code));
    assert_int_equal(code, FG_STATE_FORK_LOST);
    assert_false(fg_state_of_name(S("fork_lost"), &code));
    assert_int_equal(fg_state_fail(&e, FG_STATE_BUSY, "store %d", 7), FG_STATE_BUSY);
    assert_string_equal(e.text, "store 7; try again later");
    assert_int_equal(fg_state_fail(NULL, FG_STATE_IO, "x"), FG_STATE_IO);
    assert_string_equal(fg_state_quote(quoted, fg_slice_of("a\nb", 3)), "'a\\x0ab'");
    assert_true(strlen(fg_state_quote(quoted, fg_slice_of(many, 300)))
                < FG_STATE_QUOTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_are_checked),
        cmocka_unit_test(test_once_per_process),
        cmocka_unit_test(test_a_child_opens_its_own),
        cmocka_unit_test(test_it_persists),
        cmocka_unit_test(test_another_format_is_refused),
        cmocka_unit_test(test_a_damaged_record_is_found),
        cmocka_unit_test(test_namespaces_have_owners),
        cmocka_unit_test(test_namespaces_are_apart),
        cmocka_unit_test(test_dropping_goes_in_steps),
        cmocka_unit_test(test_scans),
        cmocka_unit_test(test_scans_go_on),
        cmocka_unit_test(test_long_keys),
        cmocka_unit_test(test_long_keys_have_one_order),
        cmocka_unit_test(test_keys_with_zeros),
        cmocka_unit_test(test_reading_at_versions),
        cmocka_unit_test(test_a_snapshot_stays),
        cmocka_unit_test(test_the_past_of_a_key),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_the_log),
        cmocka_unit_test(test_finalize),
        cmocka_unit_test(test_unwinding_in_steps_and_at_once),
        cmocka_unit_test(test_prune),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_expiry_goes_in_steps),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_errors_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
