// SPDX-License-Identifier: Apache-2.0
/* Between the files of run/: slow paths of instructions and what they share, beside those
 * in values.h.  Everything here may raise and returns the status to pass up; nothing
 * collects but fg_poll. */
#ifndef FG_RUN_INTERNAL_H
#define FG_RUN_INTERNAL_H

#include "code/opcode.h"
#include "run/run.h"
#include "run/values.h"

/* run.c: runs from vm->frame until an ENTRY frame returns. */
fg_status fg_execute(fg_vm *vm);

/* call.c: makes room for a frame of fn whose arguments stand at base; the caller's pc is
 * saved.  Grows frames and stack; checks the depth.  Returns where the arguments stand
 * now, with the flags of the frame in vm->enter_flags, or NULL with vm->status. */
fg_value *fg_enter_slow(fg_vm *vm, const fg_func *fn, fg_value *base, uint32_t argc);
/* Leaves a stack chunk. */
void fg_chunk_pop(fg_vm *vm);
/* Will a handler of the program receive an error that is raised now? */
bool fg_is_caught(const fg_vm *vm);
/* Finds the handler of what vm->status says: true and vm->frame set, or false when an
 * ENTRY frame was left. */
bool fg_unwind(fg_vm *vm);

/* What x.name(…) or f(…) calls, into vm->target. */
fg_status fg_target_of(fg_vm *vm, const fg_value *callee);
/* *receiver is a slot that only holds the receiver: it may become the part of it that has
 * the method. */
fg_status fg_method_of(fg_vm *vm, fg_value *receiver, fg_string *name, uint32_t method);
/* The function that r.name(…) calls, where r is an object made as a value of a type that
 * has this method; *hint: where among the methods.  NULL: whatever else it is. */
const fg_func *fg_own_method(const fg_vm *vm, const fg_value *r, fg_string *name,
                             uint8_t *hint);
fg_value fg_target_value(const fg_target *t);
fg_status fg_construct(fg_vm *vm, const fg_ctor *c, int argc, const fg_value *argv,
                       fg_value *out);
fg_status fg_call_native(fg_vm *vm, const fg_native *n, int argc, fg_value *argv,
                         fg_value *out);
/* Calls with the arguments in an array; recv NULL or the receiver of method `name`. */
fg_status fg_call_spread(fg_vm *vm, const fg_value *callee, const fg_value *recv,
                         fg_string *name, const fg_value *args, fg_value *out);

/* Counts memory about to be taken from the host; false: the limit is reached. */
bool fg_within_limit(fg_vm *vm, size_t more);

/* poll.c */
fg_status fg_poll(fg_vm *vm);
void fg_poll_arm(fg_vm *vm);

/* fiber.c: ends all tasks and gives their memory back */
void fg_scheduler_drop(fg_vm *vm);
/* task.c, for the scheduler */
struct fg_task;
struct fg_squad;
void fg_task_release(fg_vm *vm, struct fg_task *t); /* what an ended task held */
void fg_squad_cancel(fg_vm *vm, struct fg_squad *q);
void fg_background_failed(fg_vm *vm, struct fg_task *t);
bool fg_background_due(fg_vm *vm,
                       struct fg_task *t); /* may change what it knows of its file */

/* arith.c */
fg_status fg_arith_int(fg_vm *vm, fg_operator op, const fg_value *a, int64_t b,
                       fg_value *out);
bool fg_order_quiet(fg_operator op, const fg_value *a, const fg_value *b);
fg_status fg_concat(fg_vm *vm, const fg_value *v, uint32_t n, fg_value *out);

/* access.c */
fg_status fg_get_field(fg_vm *vm, const fg_value *o, fg_string *name, fg_value *out);
/* Assigns below the variable in *var.  shape: number of keys, FG_AUX_OWNED if var is a
 * register that counts, and from bit 16 on the mask of keys that are fields. */
fg_status fg_set_path(fg_vm *vm, fg_value *var, const fg_value *keys, uint32_t shape,
                      const fg_value *value);
/* Grows the container at the end of a path, see GROWPATH; the arguments stand behind the
 * keys.  1; 0 if it is none that grows so; -1 with vm->status. */
int fg_grow_path(fg_vm *vm, fg_value *var, const fg_value *keys, uint32_t shape);
/* One field; leaves in *hint where it was found. */
fg_status fg_set_field(fg_vm *vm, fg_value *var, const fg_value *key, uint32_t owned,
                       const fg_value *value, uint8_t *hint);
fg_status fg_inplace(fg_vm *vm, uint32_t which, fg_value *var, bool owned,
                     const fg_value *arg, fg_value *out);

/* build.c */
fg_status fg_new_array(fg_vm *vm, const fg_value *v, uint32_t n, fg_value *out);
fg_status fg_new_struct(fg_vm *vm, const fg_value *v, fg_keys *keys, bool declared,
                        fg_value *out);
fg_status fg_array_splice(fg_vm *vm, fg_value *array, const fg_value *more);
fg_status fg_object_splice(fg_vm *vm, fg_value *object, const fg_value *more);
fg_status fg_destructure_check(fg_vm *vm, fg_value *v, uint32_t kind);
fg_status fg_array_rest(fg_vm *vm, const fg_value *a, uint32_t from, fg_value *out);
/* Peels the bounds and the step in r[0 … 2], which must be ints. */
fg_status fg_range_bounds(fg_vm *vm, fg_value *r);

/* query.c; source[1] is the value compared with */
fg_status fg_where(fg_vm *vm, const fg_value *source, fg_string *field, fg_operator op,
                   fg_value *out);
fg_status fg_keep(fg_vm *vm, const fg_value *source, fg_string *field, fg_operator op,
                  fg_value *out);
/* field NULL: the elements themselves */
fg_status fg_sort_by(fg_vm *vm, const fg_value *source, fg_string *field,
                     fg_value *out);
fg_status fg_take(fg_vm *vm, const fg_value *source, const fg_value *count,
                  fg_value *out);

/* sleep.c; factor: milliseconds a unit */
fg_status fg_wait(fg_vm *vm, const fg_value *amount, int64_t factor);
fg_status fg_retry_begin(fg_vm *vm, fg_value *r);
fg_status fg_retry_failed(fg_vm *vm, fg_value *r);

/* define.c */
fg_typeinfo *fg_type_info(fg_vm *vm, fg_string *name); /* NULL: nothing known */
fg_status fg_type_set(fg_vm *vm, uint32_t global, uint32_t what, const fg_value *v);
fg_status fg_type_add_method(fg_vm *vm, uint32_t global, fg_string *name,
                             const fg_value *fn, bool is_static);
fg_status fg_check_ability(fg_vm *vm, const fg_value *iface, fg_string *name,
                           uint32_t global);
bool fg_is_variant(const fg_value *v, fg_string *name, uint32_t fields);
void fg_variant_field(const fg_value *v, uint32_t i, fg_value *out);
fg_status fg_exhaustive(fg_vm *vm, const fg_value *v, const fg_tuple *names);
/* The type in global `to` becomes the one in `from`, or with `unknown` none. */
fg_status fg_type_link(fg_vm *vm, uint32_t to, uint32_t from, bool unknown);
/* FG_RAISED if the module whose top level this is is being executed. */
fg_status fg_import_begin(fg_vm *vm, const fg_proto *module);
fg_status fg_check_value(fg_vm *vm, fg_operator op, const fg_value *v,
                         const fg_value *a, const fg_value *b);

/* hint.c: what to try, added to the error just raised; nothing that is for the report
 * only is looked for if a handler will receive the error */
const fg_string *fg_running_note(const fg_vm *vm); /* of the running instruction */
fg_status fg_hint_name(fg_vm *vm, fg_slice name);
fg_status fg_advise_name(fg_vm *vm, fg_slice name);
/* A struct or placeholder that was called. */
fg_status fg_advise_marker(fg_vm *vm, const fg_struct *s);
fg_status fg_advise_method(fg_vm *vm, const fg_value *receiver, fg_slice name);
fg_status fg_advise_field(fg_vm *vm, const fg_value *holder, fg_slice name);
fg_status fg_advise_key(fg_vm *vm, const fg_object *o, fg_slice key);
fg_status fg_advise_length(fg_vm *vm, uint32_t n, bool from_end);
/* What a value is that is of the wrong kind; iterated: it should have elements. */
fg_status fg_advise_kind(fg_vm *vm, const fg_value *v, bool iterated);
fg_status fg_advise_operator(fg_vm *vm, fg_operator op, const fg_value *a,
                             const fg_value *b);
fg_status fg_advise_index(fg_vm *vm, const fg_value *holder);
/* Of the match that runs: the value that no arm fits. */
fg_status fg_advise_subject(fg_vm *vm);
fg_status fg_advise_variants(fg_vm *vm, const fg_array *variants, const fg_tuple *arms);
/* The signature, if the native itself refused how it was called. */
fg_status fg_advise_usage(fg_vm *vm, const fg_native *n);

/* Does the running frame belong to a module?  Such code sees no globals of the program. */
static inline bool fg_in_module(const fg_vm *vm)
{
    return vm->frame >= vm->frames && vm->frame->func->proto->source->unit != NULL;
}

/* raise.c */
fg_status fg_raise_name(fg_vm *vm, uint32_t what, fg_string *name);
fg_status fg_undefined_global(fg_vm *vm, uint32_t global, fg_value *out);
/* The same for a variable in the window or among the constants, by its byte offset. */
fg_status fg_undefined_window(fg_vm *vm, uint32_t offset, fg_value *out);
fg_status fg_undefined_const(fg_vm *vm, uint32_t offset, fg_value *out);
fg_string *fg_window_name(const fg_vm *vm, uint32_t offset);
/* v? where v is no Ok and there is no function to return an Err from. */
fg_status fg_question_mark(fg_vm *vm, const fg_value *v);
fg_status fg_must(fg_vm *vm, const fg_value *v, fg_value *out);
fg_status fg_out_of_memory(fg_vm *vm);
/* The identifier the running statement assigns to, for messages. */
fg_slice fg_assigned_name(const fg_vm *vm);

#endif
