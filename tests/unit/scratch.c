// SPDX-License-Identifier: Apache-2.0
#include "scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void scratch_dir(char dir[64])
{
    struct stat st;
    bool memory = stat("/dev/shm", &st) == 0 && access("/dev/shm", W_OK) == 0;
    snprintf(dir, 64, "%s/forge-store-XXXXXX", memory ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(dir));
}

void scratch_remove(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    char name[512];
    while (d && (e = readdir(d))) {
        snprintf(name, sizeof name, "%s/%s", dir, e->d_name);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0
            && unlink(name) != 0)
            scratch_remove(name);
    }
    if (d)
        closedir(d);
    rmdir(dir);
}

static uint64_t still(void *arg) { return ((scratch *)arg)->now; }

fg_store_options scratch_options(scratch *t)
{
    return (fg_store_options){ .path = t->dir,
                               .writer = true,
                               .map_size = MAP,
                               .max_readers = 64,
                               .wait_ms = 50,
                               .now = still,
                               .now_arg = t };
}

static void open_with(scratch *t, const fg_store_options *o)
{
    OK(t, fg_store_open(o, &t->store, &t->err));
    OK(t, fg_namespace_open(t->store, S("test"), OWNER, NULL, &t->ns, &t->err));
    OK(t, fg_store_reader_new(t->store, &t->reader, &t->err));
}

void scratch_open(scratch *t, uint64_t map_size)
{
    memset(t, 0, sizeof *t);
    t->now = 1000;
    scratch_dir(t->dir);
    fg_store_options o = scratch_options(t);
    o.map_size = map_size;
    open_with(t, &o);
}

void scratch_reopen(scratch *t)
{
    fg_store_reader_free(t->reader);
    fg_store_close(t->store);
    fg_store_options o = scratch_options(t);
    open_with(t, &o);
}

void scratch_close(scratch *t)
{
    fg_store_reader_free(t->reader);
    fg_store_close(t->store);
    scratch_remove(t->dir);
}

/* ---- writing --------------------------------------------------------------------- */

fg_store_op put_op(const char *key, const char *value)
{
    return (fg_store_op){ .kind = FG_STORE_PUT, .key = S(key), .value = S(value) };
}

fg_store_op op_of(fg_store_op_kind kind, const char *key, int64_t amount)
{
    return (fg_store_op){ .kind = kind, .key = S(key), .amount = amount };
}

fg_state commit_ops(scratch *t, uint64_t base, fg_store_op *ops, uint32_t n,
                    uint64_t *version)
{
    fg_store_batch b = { .ns = t->ns, .base = base, .ops = ops, .n_ops = n };
    OK(t, fg_store_commit(t->store, &b, 1, &t->err));
    t->err = b.error;
    if (version)
        *version = b.version;
    return b.error.code;
}

uint64_t put(scratch *t, const char *key, const char *value)
{
    uint64_t version;
    fg_store_op op = put_op(key, value);
    OK(t, commit_ops(t, FG_STORE_BLIND, &op, 1, &version));
    return version;
}

uint64_t del(scratch *t, const char *key)
{
    uint64_t version;
    fg_store_op op = op_of(FG_STORE_DELETE, key, 0);
    OK(t, commit_ops(t, FG_STORE_BLIND, &op, 1, &version));
    return version;
}

/* ---- reading --------------------------------------------------------------------- */

fg_store_view view_at(scratch *t, uint64_t version)
{
    fg_store_view v;
    fg_store_reader_end(t->reader);
    OK(t, fg_store_reader_begin(t->reader, &t->err));
    OK(t, fg_store_view_open(t->reader, t->ns, version, &v, &t->err));
    return v;
}

const char *get_at(scratch *t, uint64_t version, const char *key)
{
    static char value[4096];
    fg_store_item item;
    fg_store_view v = view_at(t, version);
    fg_state state = fg_store_get(&v, 0, S(key), &item, &t->err);
    if (state == FG_STATE_NOT_FOUND)
        return NULL;
    OK(t, state);
    assert_true(item.value.n < sizeof value);
    memcpy(value, item.value.p, item.value.n);
    value[item.value.n] = 0;
    return value;
}

const char *get(scratch *t, const char *key) { return get_at(t, FG_STORE_LATEST, key); }

fg_namespace counts(scratch *t)
{
    fg_namespace ns;
    fg_store_reader_end(t->reader);
    OK(t, fg_store_reader_begin(t->reader, &t->err));
    OK(t, fg_namespace_get(t->reader, t->ns, &ns, &t->err));
    return ns;
}

const char *list_at(scratch *t, uint64_t version, const fg_store_range *range,
                    bool reverse)
{
    static char text[4096];
    fg_store_view v = view_at(t, version);
    fg_store_scan scan;
    fg_store_item item;
    size_t n = 0;
    text[0] = 0;
    OK(t, fg_store_scan_open(&v, range, reverse, 0, NULL, &scan, &t->err));
    fg_state state;
    while ((state = fg_store_scan_next(&scan, &item, &t->err)) == FG_STATE_OK)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s=%.*s", n ? " " : "",
                              (int)item.key.n, item.key.p, (int)item.value.n,
                              item.value.p);
    assert_int_equal(state, FG_STATE_NOT_FOUND);
    fg_store_scan_close(&scan);
    return text;
}

void check_counts(scratch *t)
{
    fg_namespace ns = counts(t);
    fg_store_view v = view_at(t, FG_STORE_LATEST);
    fg_store_item item;
    fg_store_scan scan;
    uint64_t keys = 0, bytes = 0;
    v.now = 0; /* what has expired counts until it is swept */
    for (uint16_t table = 0; table < 3; table++) {
        fg_store_range all = FG_STORE_TABLE(table);
        OK(t, fg_store_scan_open(&v, &all, false, 0, NULL, &scan, &t->err));
        while (fg_store_scan_next(&scan, &item, &t->err) == FG_STATE_OK) {
            keys++;
            bytes += item.key.n + item.value.n;
        }
        fg_store_scan_close(&scan);
    }
    assert_int_equal(ns.keys, keys);
    assert_int_equal(ns.bytes, bytes);
}
