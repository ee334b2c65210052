// SPDX-License-Identifier: Apache-2.0
/* The store against a model in memory: random batches, reads at all versions, unwinding,
 * pruning, reopening.
 *
 * The model keeps a whole copy of the state for each version; FORGE_SEED chooses another
 * run. */
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>

#define KEYS 24
#define VALUE 12
#define VERSIONS 4000
#define ROUNDS 3000 /* of mostly several operations each */

typedef struct model_value {
    bool there;
    uint8_t n;
    char bytes[VALUE];
} model_value;

typedef struct model_state {
    bool exists; /* the version does */
    model_value values[KEYS];
    uint64_t changed[KEYS]; /* the version that changed it last */
} model_state;

typedef struct model {
    scratch t;
    model_state *versions; /* by number */
    uint64_t tip, last, oldest, finalized;
    uint64_t random;
    char keys[KEYS][520];
    uint32_t key_n[KEYS];
    uint64_t operations;
} model;

static uint32_t rnd(model *m, uint32_t below)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return (uint32_t)(m->random >> 33) % below;
}

static fg_slice key_of(model *m, unsigned i)
{
    return fg_slice_of(m->keys[i], m->key_n[i]);
}

/* Keys in the order of the store: some with zeros, some longer than LMDB takes. */
static void make_keys(model *m)
{
    for (unsigned i = 0; i < KEYS; i++) {
        char *k = m->keys[i];
        m->key_n[i] = (uint32_t)sprintf(k, "%c%u", 'a' + (int)i, rnd(m, 100));
        if (i % 5 == 1)
            memset(k + m->key_n[i], 0, 8), m->key_n[i] += rnd(m, 9);
        if (i % 5 == 2) {
            memset(k + m->key_n[i], 'x', 517 - m->key_n[i]);
            m->key_n[i] = 455 + rnd(m, 60);
        }
    }
}

/* ---- batches --------------------------------------------------------------------- */

#define OPS_MAX 6

typedef struct made {
    fg_store_op ops[OPS_MAX];
    fg_store_batch batch;
    unsigned target[OPS_MAX], end[OPS_MAX];
    char values[OPS_MAX][VALUE];
    fg_store_cell reads[2];
    unsigned read[2];
    fg_store_range range;
    unsigned range_from, range_to;
} made;

static uint64_t some_version(model *m)
{
    for (;;) {
        uint64_t v = m->oldest + rnd(m, (uint32_t)(m->tip - m->oldest) + 1);
        /* Mostly a recent one. */
        if (rnd(m, 4) != 0 && v + 3 < m->tip)
            continue;
        if (m->versions[v].exists)
            return v;
    }
}

static void make_op(model *m, made *b, unsigned i)
{
    fg_store_op *op = &b->ops[i];
    unsigned target = b->target[i] = rnd(m, KEYS);
    *op = (fg_store_op){ .kind = rnd(m, 7), .key = key_of(m, target) };
    uint32_t n = rnd(m, 5);
    for (uint32_t j = 0; j < n; j++)
        b->values[i][j] = (char)rnd(m, 3); /* one byte of them is an integer */
    op->value = fg_slice_of(b->values[i], n);
    op->amount = op->kind == FG_STORE_DELETE_RANGE ? 0 : (int64_t)rnd(m, 40) - 20;
    op->expect_absent = rnd(m, 2);
    op->expected = fg_slice_of("\1", rnd(m, 2));
    if (op->kind == FG_STORE_DELETE_RANGE) {
        b->end[i] = target + rnd(m, 4);
        op->to_end = b->end[i] >= KEYS;
        op->value = op->to_end ? (fg_slice){ 0 } : key_of(m, b->end[i]);
    }
}

static void make_batch(model *m, made *b)
{
    memset(b, 0, sizeof *b);
    b->batch = (fg_store_batch){ .ns = m->t.ns,
                                 .base = rnd(m, 3) ? some_version(m) : FG_STORE_BLIND,
                                 .mode = rnd(m, 2),
                                 .ops = b->ops,
                                 .n_ops = rnd(m, OPS_MAX + 1),
                                 .reads = b->reads,
                                 .n_reads = rnd(m, 3),
                                 .ranges = &b->range,
                                 .n_ranges = rnd(m, 2) };
    for (unsigned i = 0; i < b->batch.n_ops; i++)
        make_op(m, b, i);
    for (unsigned i = 0; i < 2; i++) {
        b->read[i] = rnd(m, KEYS);
        b->reads[i].key = key_of(m, b->read[i]);
    }
    b->range_from = rnd(m, KEYS);
    b->range_to = b->range_from + rnd(m, 3);
    b->range = (fg_store_range){ .from = key_of(m, b->range_from) };
    b->range.to_end = b->range_to >= KEYS;
    if (!b->range.to_end)
        b->range.to = key_of(m, b->range_to);
}

/* ---- what the model makes of them ------------------------------------------------ */

static bool model_number(const model_value *v, int64_t *n)
{
    *n = 0;
    if (!v->there)
        return true;
    if (v->n == 1 && ((uint8_t)v->bytes[0] < 0x80 || (uint8_t)v->bytes[0] >= 0xe0)) {
        *n = (int8_t)v->bytes[0];
        return true;
    }
    if (v->n == 2 && (uint8_t)v->bytes[0] == 0xcc) {
        *n = (uint8_t)v->bytes[1];
        return true;
    }
    if (v->n == 2 && (uint8_t)v->bytes[0] == 0xd0) {
        *n = (int8_t)v->bytes[1];
        return true;
    }
    return false;
}

/* Within -128 … 255, beyond which this model does not go. */
static bool model_set_number(model_value *v, int64_t n)
{
    if (n < -128 || n > 255)
        return false;
    v->there = true;
    v->n = 1;
    v->bytes[0] = (char)n;
    if (n < -32 || n > 127) {
        v->n = 2;
        v->bytes[0] = (char)(n < 0 ? 0xd0 : 0xcc);
        v->bytes[1] = (char)n;
    }
    return true;
}

static void model_set(model_value *v, fg_slice s)
{
    v->there = true;
    v->n = (uint8_t)s.n;
    fg_copy_bytes(v->bytes, s.p, s.n);
}

/* One key of one operation; `late`: it changed after the base. */
static fg_state model_op(const fg_store_op *op, model_value *v, bool late,
                         bool *changed)
{
    int64_t n;
    *changed = true;
    switch (op->kind) {
    case FG_STORE_PUT:
        if (late)
            return FG_STATE_CONFLICT;
        model_set(v, op->value);
        return FG_STATE_OK;
    case FG_STORE_DELETE:
    case FG_STORE_DELETE_RANGE:
        if (late)
            return FG_STATE_CONFLICT;
        *changed = v->there;
        v->there = false;
        return FG_STATE_OK;
    case FG_STORE_COMPARE_AND_SWAP:
        if (op->expect_absent
                ? v->there
                : !v->there || !fg_slice_eq(op->expected, fg_slice_of(v->bytes, v->n)))
            return FG_STATE_CONFLICT;
        model_set(v, op->value);
        return FG_STATE_OK;
    case FG_STORE_INCREMENT:
        if (!model_number(v, &n))
            return FG_STATE_BAD_REQUEST;
        return model_set_number(v, n + op->amount) ? FG_STATE_OK : FG_STATE_OVERFLOW;
    case FG_STORE_APPEND:
        if (!v->there)
            v->n = 0;
        if (v->n + op->value.n > VALUE)
            return FG_STATE_QUOTA;
        v->there = true;
        memcpy(v->bytes + v->n, op->value.p, op->value.n);
        v->n = (uint8_t)(v->n + op->value.n);
        return FG_STATE_OK;
    case FG_STORE_TOUCH: *changed = v->there; return FG_STATE_OK;
    }
    return FG_STATE_IO;
}

static bool is_late(const model *m, const made *b, unsigned key)
{
    return b->batch.base != FG_STORE_BLIND
           && m->versions[m->tip].changed[key] > b->batch.base;
}

static fg_state model_reads(const model *m, const made *b)
{
    if (b->batch.mode != FG_STORE_SERIALISABLE)
        return FG_STATE_OK;
    for (unsigned i = 0; i < b->batch.n_reads; i++)
        if (is_late(m, b, b->read[i]))
            return FG_STATE_CONFLICT;
    for (unsigned i = b->range_from; b->batch.n_ranges && i < b->range_to && i < KEYS;
         i++)
        if (is_late(m, b, i))
            return FG_STATE_CONFLICT;
    return FG_STATE_OK;
}

static fg_state model_apply(model *m, made *b, model_state *next)
{
    FG_STATE_TRY(model_reads(m, b));
    *next = m->versions[m->tip];
    for (unsigned i = 0; i < b->batch.n_ops; i++) {
        const fg_store_op *op = &b->ops[i];
        bool range = op->kind == FG_STORE_DELETE_RANGE;
        unsigned end = range ? b->end[i] : b->target[i] + 1;
        for (unsigned k = b->target[i]; k < end && k < KEYS; k++) {
            bool changed;
            if (range && !next->values[k].there)
                continue;
            FG_STATE_TRY(model_op(op, &next->values[k], is_late(m, b, k), &changed));
            if (changed)
                next->changed[k] = m->last + 1;
        }
    }
    return FG_STATE_OK;
}

/* ---- steps ----------------------------------------------------------------------- */

static void step_commit(model *m)
{
    static made made_batches[3];
    fg_store_batch batches[3];
    uint32_t n = 1 + rnd(m, 3);
    for (uint32_t i = 0; i < n; i++) {
        make_batch(m, &made_batches[i]);
        batches[i] = made_batches[i].batch;
        m->operations += batches[i].n_ops;
    }
    OK(&m->t, fg_store_commit(m->t.store, batches, n, &m->t.err));
    for (uint32_t i = 0; i < n; i++) {
        model_state next = { 0 };
        fg_state expected = model_apply(m, &made_batches[i], &next);
        if (batches[i].error.code != expected)
            fail_msg("%s instead of %s: %s", fg_state_name(batches[i].error.code),
                     fg_state_name(expected), batches[i].error.text);
        if (expected != FG_STATE_OK)
            continue;
        m->tip = ++m->last;
        assert_int_equal(batches[i].version, m->tip);
        next.exists = true;
        m->versions[m->tip] = next;
    }
}

static void step_unwind(model *m)
{
    uint64_t to = some_version(m);
    fg_state code = fg_store_unwind(m->t.store, m->t.ns, to, &m->t.err);
    if (to >= m->tip || to < m->finalized) {
        assert_int_equal(code, FG_STATE_BAD_REQUEST);
        return;
    }
    OK(&m->t, code);
    for (uint64_t v = to + 1; v <= m->tip; v++)
        m->versions[v].exists = false;
    m->tip = to;
}

static void step_finalize(model *m)
{
    uint64_t to = some_version(m);
    to = to > m->oldest + 40 ? to - 40 : to;
    if (!m->versions[to].exists)
        return;
    fg_state code = fg_store_finalize(m->t.store, m->t.ns, to, &m->t.err);
    assert_int_equal(code, to <= m->finalized ? FG_STATE_BAD_REQUEST : FG_STATE_OK);
    if (code == FG_STATE_OK)
        m->finalized = to;
}

static void step_prune(model *m)
{
    bool more = true;
    uint64_t to = m->finalized;
    fg_store_reader_end(m->t.reader);
    if (to <= m->oldest)
        return;
    while (more)
        OK(&m->t,
           fg_store_prune(m->t.store, m->t.ns, to, 1 + rnd(m, 50), &more, &m->t.err));
    m->oldest = to;
}

/* ---- comparing ------------------------------------------------------------------- */

static void compare_item(const model_value *v, const fg_store_item *item)
{
    assert_true(v->there);
    assert_int_equal(item->value.n, v->n);
    assert_memory_equal(item->value.p, v->bytes, v->n);
}

static void compare_scan(model *m, const fg_store_view *v, bool reverse)
{
    fg_store_range all = FG_STORE_TABLE(0);
    fg_store_scan scan;
    fg_store_item item;
    const model_state *s = &m->versions[v->version];
    OK(&m->t, fg_store_scan_open(v, &all, reverse, 0, NULL, &scan, &m->t.err));
    for (unsigned i = 0; i < KEYS; i++) {
        unsigned k = reverse ? KEYS - 1 - i : i;
        if (!s->values[k].there)
            continue;
        OK(&m->t, fg_store_scan_next(&scan, &item, &m->t.err));
        assert_true(fg_slice_eq(item.key, key_of(m, k)));
        compare_item(&s->values[k], &item);
    }
    assert_int_equal(fg_store_scan_next(&scan, &item, &m->t.err), FG_STATE_NOT_FOUND);
    fg_store_scan_close(&scan);
}

static void compare_diff(model *m, const fg_store_view *v)
{
    uint64_t from = some_version(m);
    const model_state *a = &m->versions[from], *b = &m->versions[v->version];
    fg_store_diff d;
    fg_store_change c;
    unsigned n = 0, expected = 0;
    if (from > v->version)
        return;
    OK(&m->t, fg_store_diff_open(v, from, &d, &m->t.err));
    while (fg_store_diff_next(&d, &c, &m->t.err) == FG_STATE_OK)
        n++;
    fg_store_diff_close(&d);
    for (unsigned k = 0; k < KEYS; k++) {
        const model_value *x = &a->values[k], *y = &b->values[k];
        expected += x->there != y->there
                    || (x->there && (x->n != y->n || memcmp(x->bytes, y->bytes, x->n)));
    }
    assert_int_equal(n, expected);
}

static void compare_at(model *m, uint64_t version)
{
    fg_store_view v = view_at(&m->t, version);
    const model_state *s = &m->versions[version];
    fg_store_item item;
    for (unsigned k = 0; k < KEYS; k++) {
        fg_state code = fg_store_get(&v, 0, key_of(m, k), &item, &m->t.err);
        if (!s->values[k].there) {
            assert_int_equal(code, FG_STATE_NOT_FOUND);
            continue;
        }
        OK(&m->t, code);
        compare_item(&s->values[k], &item);
        /* The model keeps no record of what was pruned away. */
        assert_int_equal(item.version, s->changed[k]);
    }
    compare_scan(m, &v, rnd(m, 2));
    compare_diff(m, &v);
}

static void compare(model *m)
{
    fg_namespace ns = counts(&m->t);
    assert_int_equal(ns.tip, m->tip);
    assert_int_equal(ns.last, m->last);
    assert_int_equal(ns.oldest, m->oldest);
    assert_int_equal(ns.finalized, m->finalized);
    check_counts(&m->t);
    compare_at(m, m->tip);
    compare_at(m, some_version(m));
}

static void compare_all(model *m)
{
    fg_store_view v;
    compare(m);
    for (uint64_t at = 0; at <= m->last; at++)
        if (at >= m->oldest && m->versions[at].exists)
            compare_at(m, at);
        else
            FAILS(&m->t, NOT_FOUND,
                  fg_store_view_open(m->t.reader, m->t.ns, at, &v, &m->t.err));
}

static void test_random(void **state)
{
    (void)state;
    const char *seed = getenv("FORGE_SEED");
    model *m = test_calloc(1, sizeof *m);
    m->versions = test_calloc(VERSIONS * 3, sizeof *m->versions);
    m->versions[0].exists = true;
    m->random =
        UINT64_C(0x9e3779b97f4a7c15) ^ (seed ? strtoull(seed, NULL, 0) << 7 : 0);
    scratch_open(&m->t, MAP);
    fg_quota q = fg_quota_default();
    q.max_value_size = VALUE;
    OK(&m->t, fg_namespace_set_quota(m->t.store, m->t.ns, &q, &m->t.err));
    make_keys(m);
    for (int i = 0; i < ROUNDS && m->last < 3 * VERSIONS - 4; i++) {
        uint32_t what = rnd(m, 200);
        fg_store_reader_end(m->t.reader);
        if (what < 2)
            step_unwind(m);
        else if (what < 5)
            step_finalize(m);
        else if (what < 7)
            step_prune(m);
        else if (what == 7)
            scratch_reopen(&m->t);
        else
            step_commit(m);
        if (rnd(m, 3) == 0)
            compare(m);
    }
    compare_all(m);
    assert_true(m->operations > 10000);
    if (m->finalized < m->tip) {
        OK(&m->t, fg_store_unwind(m->t.store, m->t.ns, m->finalized, &m->t.err));
        m->tip = m->finalized;
    }
    step_prune(m);
    assert_int_equal(counts(&m->t).history_bytes, 0);
    scratch_close(&m->t);
    test_free(m->versions);
    test_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
