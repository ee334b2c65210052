// SPDX-License-Identifier: Apache-2.0
/* What the files of the standard library share: reading arguments, handing out results,
 * keeping sizes within bounds. */
#ifndef FG_LIB_H
#define FG_LIB_H

#include "lib/natives.h"
#include "run/vm.h"
#include "value/array.h"
#include "value/equal.h"
#include "value/record.h"
#include "value/show.h"
#include "value/string.h"
#include "value/table.h"

/* Argument i without Frozen wrappers, null when it is missing; borrowed. */
static inline fg_value fg_arg(int argc, const fg_value *argv, int i)
{
    fg_value v = fg_null();
    if (i < argc)
        fg_peel(&argv[i], &v);
    return v;
}

/* Argument i when it is an Int. */
static inline int64_t fg_arg_int(int argc, const fg_value *argv, int i,
                                 int64_t otherwise)
{
    fg_value v = fg_arg(argc, argv, i);
    return fg_is_int(v) ? v.as.i : otherwise;
}

static inline fg_status fg_give(fg_value *out, fg_value v)
{
    fg_copy(out, &v);
    return FG_OK;
}

/* Hands out a new heap object; NULL is FG_NOMEM. */
static inline fg_status fg_give_object(fg_value *out, void *object)
{
    if (fg_unlikely(!object))
        return FG_NOMEM;
    fg_value v = fg_obj_value(object);
    fg_copy(out, &v);
    return FG_OK;
}

/* Is the container in argv[0] a temporary that nobody holds, and no other argument? */
static inline bool fg_is_unheld(int argc, const fg_value *argv)
{
    if (!(argv[0].tag & FG_COUNTED) || argv[0].as.o->count > 0 || fg_wrap_of(argv[0]))
        return false;
    for (int i = 1; i < argc; i++)
        if (argv[i].as.o == argv[0].as.o)
            return false;
    return true;
}

/* The array, set or map in argv[0] for a native that gives a changed one: itself if it is
 * unheld, else a copy with room for `room` more. */
static inline fg_status fg_give_copy(fg_vm *vm, int argc, fg_value *argv, uint32_t room,
                                     fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (fg_is_unheld(argc, argv))
        return fg_give(out, v);
    if (fg_is(v, FG_ARRAY))
        return fg_give_object(out, fg_array_copy(&vm->heap, v.as.arr, room));
    return fg_give_object(out, fg_table_copy(&vm->heap, v.as.tab, room));
}

/* Pushes a new heap object; NULL is FG_NOMEM. */
static inline fg_status fg_push_object(fg_vm *vm, fg_array *a, void *object)
{
    if (fg_unlikely(!object))
        return FG_NOMEM;
    fg_value v = fg_obj_value(object);
    return fg_array_push(&vm->heap, a, &v);
}

/* Reports the work of a loop over n elements before it starts.  May collect: call it
 * while everything needed is reachable from argv. */
static inline fg_status fg_work(fg_vm *vm, uint64_t n)
{
    return n < 4096 ? FG_OK : fg_tick(vm, n > 1u << 30 ? 1u << 28 : (uint32_t)(n >> 2));
}

/* The same in front of a loop that makes about so many bytes: if they would make a
 * collection due, it comes first, when they need not be marked.  *out may hold what the
 * same call gave before, and is cleared. */
static inline fg_status fg_work_for(fg_vm *vm, uint64_t n, uint64_t bytes,
                                    fg_value *out)
{
    if (bytes < FG_BLOCK_SIZE)
        return fg_work(vm, n);
    *out = fg_null();
    fg_heap_expect(&vm->heap, bytes);
    FG_TRY(fg_tick(vm, 1));
    return fg_work(vm, n);
}

/* Refuses a result of n elements of `size` bytes that is too long or cannot fit into
 * what is left of the fork's memory.  `what` names the function: "range()". */
fg_status fg_check_room(fg_vm *vm, const char *what, uint64_t n, uint32_t size);

/* Starts a buffer that may grow to what is left of the fork's memory. */
void fg_begin_text(const fg_vm *vm, fg_bytes *b);

/* The string of a buffer of bytes from outside, which is dropped: what is not UTF-8 becomes
 * U+FFFD. */
fg_status fg_take_text(fg_vm *vm, fg_bytes *b, fg_value *out);

/* Member `name` of an object of options without Frozen wrappers, null when there is none
 * or no object; borrowed. */
fg_value fg_option(fg_value options, const char *name);

/* The key list with these names; taken from the fork's cache when it was made before.
 * Repeated names are kept once, so n > keys->n tells of them.  NULL: no memory. */
fg_keys *fg_shape(fg_vm *vm, const fg_slice *names, uint32_t n);

/* An object with n literal names and values.  NULL: no memory. */
fg_object *fg_record(fg_vm *vm, const char *const *names, const fg_value *values,
                     uint32_t n);

/* The display text of v, as bytes of v itself or in b, which is reused. */
fg_slice fg_shown(fg_bytes *b, const fg_value *v);

/* A value equal for exactly those values that have the same display text: an int when
 * the text is one, else a string.  b is scratch space. */
fg_status fg_shown_key(fg_vm *vm, fg_bytes *b, const fg_value *v, fg_value *key);

/* Appends text; bytes that are not UTF-8 become U+FFFD. */
void fg_put_valid(fg_bytes *b, fg_slice s);

/* ---- strings (string.c) --------------------------------------------------------- */

/* The first `part` in s, or NULL. */
const char *fg_find(fg_slice s, fg_slice part);
/* Code points [from, to) of s; both are clamped. */
fg_status fg_string_cut(fg_vm *vm, fg_string *s, uint64_t from, uint64_t to,
                        fg_value *out);
fg_status fg_string_reverse(fg_vm *vm, fg_string *s, fg_value *out);
/* Index in code points of the first `sub`, or -1. */
int64_t fg_string_index(fg_string *s, fg_slice sub);

/* ---- tables (table.c) ----------------------------------------------------------- */

/* map() and map(pairs). */
fg_status fg_map_construct(fg_vm *vm, int argc, const fg_value *argv, fg_value *out);

#endif
