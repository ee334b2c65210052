// SPDX-License-Identifier: Apache-2.0
/* Advancing a stream: each stage asks the one above it for an item.
 *
 * The stages of a stream nest on the C stack; FG_STREAM_STAGES bounds one stream, and
 * FG_PULL_DEPTH those that functions of stages read in turn.  A stage that has come to
 * its end stays there, so streams that share a stage do not walk it again and again. */
#include "run/internal.h"

#include "base/utf8.h"
#include "value/array.h"
#include "value/equal.h"
#include "value/stream.h"
#include "value/string.h"
#include "value/table.h"

#define FG_PULL_DEPTH 1000u

static fg_status give(fg_value *out, void *object, bool *more)
{
    if (!object)
        return FG_NOMEM;
    *out = fg_obj_value(object);
    *more = true;
    return FG_OK;
}

/* ---- what functions raise ------------------------------------------------------- */

/* Keeps the error, so that the stage raises it whenever it is advanced again. */
static fg_status keep_error(fg_vm *vm, fg_stream *s)
{
    const fg_error *e = &vm->error;
    const char *text = e->message ? e->message : "out of memory";
    fg_string *hint = NULL;
    if (e->hint[0] && !e->aside) {
        hint = fg_string_new(&vm->heap, e->hint, strlen(e->hint));
        if (!hint)
            return FG_NOMEM;
    }
    s->error = fg_string_new(&vm->heap, text, strlen(text));
    s->error_hint = hint;
    s->error_kind = (uint8_t)e->kind;
    return s->error ? FG_RAISED : FG_NOMEM;
}

static fg_status raise_kept(fg_vm *vm, const fg_stream *s)
{
    const fg_string *text = s->error, *hint = s->error_hint;
    fg_status status =
        fg_raise(vm, (fg_errkind)s->error_kind, "%.*s", (int)text->len, text->bytes);
    return hint ? fg_hint(vm, "%.*s", (int)hint->len, hint->bytes) : status;
}

/* Calls the stage's function.  The item is counted meanwhile: it is still needed, and
 * the function may write to what it is given. */
static fg_status ask(fg_vm *vm, fg_stream *s, const fg_value *item, fg_value *answer)
{
    fg_retain(item);
    fg_status status = fg_call(vm, &s->with, 1, item, answer);
    fg_release(item);
    return status == FG_RAISED ? keep_error(vm, s) : status;
}

/* ---- sources -------------------------------------------------------------------- */

static fg_status next_array(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    const fg_array *a = s->with.as.arr;
    (void)vm;
    *more = s->n < a->len;
    if (*more)
        fg_array_get(a, (uint32_t)s->n++, out);
    return FG_OK;
}

static fg_status next_tuple(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    const fg_tuple *t = s->with.as.tup;
    (void)vm;
    *more = s->n < t->len;
    if (*more)
        fg_copy(out, &t->v[s->n++]);
    return FG_OK;
}

static fg_status next_entry(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    const fg_table *t = s->with.as.tab;
    uint32_t i = fg_table_next(t, (uint32_t)s->n);
    if (i >= t->used)
        return FG_OK;
    s->n = (int64_t)i + 1;
    if (t->h.kind == FG_MAP) {
        fg_value pair[2];
        fg_copy(&pair[0], fg_table_key(t, i));
        fg_copy(&pair[1], fg_table_value(t, i));
        return give(out, fg_tuple_of(&vm->heap, pair, 2), more);
    }
    *more = true;
    fg_copy(out, fg_table_key(t, i));
    return FG_OK;
}

static fg_status next_char(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    fg_slice text = fg_string_slice(s->with.as.str);
    const char *p = text.p + s->n;
    uint32_t cp;
    if (s->n >= text.n)
        return FG_OK;
    uint32_t n = fg_utf8_get(p, text.p + text.n, &cp);
    s->n += n;
    *more = true;
    return fg_make_string(vm, fg_slice_of(p, n), out);
}

/* ---- stages over others --------------------------------------------------------- */

static fg_status next_filter(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    fg_value *answer = fg_scratch(vm, 1);
    if (!answer)
        return FG_NOMEM;
    do {
        FG_TRY(fg_stream_next(vm, s->up, out, more));
        if (*more)
            FG_TRY(ask(vm, s, out, answer));
    } while (*more && !fg_truthy(answer));
    return FG_OK;
}

static fg_status next_map(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    fg_value *item = fg_scratch(vm, 1);
    if (!item)
        return FG_NOMEM;
    FG_TRY(fg_stream_next(vm, s->up, item, more));
    return *more ? ask(vm, s, item, out) : FG_OK;
}

static fg_status next_take(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    if (s->n == 0)
        return FG_OK;
    FG_TRY(fg_stream_next(vm, s->up, out, more));
    s->n--;
    return FG_OK;
}

static fg_status next_skip(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    for (; s->n > 0; s->n--) {
        FG_TRY(fg_stream_next(vm, s->up, out, more));
        if (!*more)
            return FG_OK;
    }
    return fg_stream_next(vm, s->up, out, more);
}

static fg_status next_chain(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    if (s->up) {
        FG_TRY(fg_stream_next(vm, s->up, out, more));
        if (*more)
            return FG_OK;
        s->up = NULL;
    }
    return fg_stream_next(vm, s->other, out, more);
}

/* The left item is counted while the right one is made: functions run meanwhile. */
static fg_status next_zip(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    fg_value *pair = fg_scratch(vm, 2);
    if (!pair)
        return FG_NOMEM;
    FG_TRY(fg_stream_next(vm, s->up, &pair[0], more));
    if (!*more)
        return FG_OK;
    fg_retain(&pair[0]);
    fg_status status = fg_stream_next(vm, s->other, &pair[1], more);
    fg_release(&pair[0]);
    if (status != FG_OK || !*more)
        return status;
    return give(out, fg_tuple_of(&vm->heap, pair, 2), more);
}

static fg_status next_numbered(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    FG_TRY(fg_stream_next(vm, s->up, out, more));
    if (!*more)
        return FG_OK;
    fg_value pair[2] = { fg_int(s->n++) };
    fg_copy(&pair[1], out);
    return give(out, fg_tuple_of(&vm->heap, pair, 2), more);
}

/* ---- any stage ------------------------------------------------------------------ */

static fg_status (*const stages[])(fg_vm *vm, fg_stream *s, fg_value *out,
                                   bool *more) = {
    [FG_STREAM_ArrayIter] = next_array, [FG_STREAM_TupleIter] = next_tuple,
    [FG_STREAM_SetIter] = next_entry,   [FG_STREAM_MapIter] = next_entry,
    [FG_STREAM_StringIter] = next_char, [FG_STREAM_Filter] = next_filter,
    [FG_STREAM_Map] = next_map,         [FG_STREAM_Take] = next_take,
    [FG_STREAM_Skip] = next_skip,       [FG_STREAM_Chain] = next_chain,
    [FG_STREAM_Zip] = next_zip,         [FG_STREAM_Enumerate] = next_numbered,
};

/* Why s cannot be advanced now. */
static fg_status ready(fg_vm *vm, const fg_stream *s)
{
    if (s->running)
        return fg_raise(vm, FG_E_RUNTIME, "stream already in use (re-entrant advance)");
    if (s->error)
        return raise_kept(vm, s);
    if (vm->pull_depth >= FG_PULL_DEPTH) {
        fg_raise(vm, FG_E_RUNTIME,
                 "maximum recursion depth exceeded (%u stages of streams)",
                 FG_PULL_DEPTH);
        return fg_hint(vm, "collect() streams that functions of other streams read");
    }
    return fg_tick(vm, 1);
}

fg_status fg_stream_next(fg_vm *vm, fg_stream *s, fg_value *out, bool *more)
{
    *more = false;
    if (s->ended)
        return FG_OK;
    FG_TRY(ready(vm, s));
    fg_value *top = vm->top;
    const fg_chunk *chunk = vm->chunk;
    s->running = true;
    vm->pull_depth++;
    fg_status status = stages[s->h.bits](vm, s, out, more);
    vm->pull_depth--;
    s->running = false;
    fg_scratch_end(vm, top, chunk);
    if (status == FG_OK && !*more)
        fg_stream_end(s);
    return status;
}
