// SPDX-License-Identifier: Apache-2.0
/* What the operators and statements of the language do with values, for parts of the
 * library that compute as programs do.
 *
 * Operands are roots or reachable from one, and may be Frozen-wrapped; out is a root and
 * receives an uncounted temporary.  Nothing here collects, except that advancing over a
 * stream or a channel may call functions and wait.  Failures raise as the language does,
 * with the place of the running instruction. */
#ifndef FG_VALUES_H
#define FG_VALUES_H

#include "base/operator.h"
#include "run/vm.h"

/* ---- operators (arith.c) ---------------------------------------------------------- */

fg_status fg_arith(fg_vm *vm, fg_operator op, const fg_value *a, const fg_value *b,
                   fg_value *out);
/* Comparison by order: 1, 0, or -1 with vm->status.  (Handlers must not hand out addresses
 * of their locals, or gcc does not turn their last call into a jump.) */
int fg_order(fg_vm *vm, fg_operator op, const fg_value *a, const fg_value *b);
fg_status fg_negate(fg_vm *vm, const fg_value *a, fg_value *out);

/* ---- parts (access.c) ------------------------------------------------------------- */

/* o[i]; what there is not raises. */
fg_status fg_get_index(fg_vm *vm, const fg_value *o, const fg_value *i, fg_value *out);
/* The name of the object's type, or NULL; borrowed. */
fg_string *fg_object_type(const fg_object *o);
/* The field of what the object's type embeds, or NULL; borrowed. */
const fg_value *fg_embedded_field(fg_vm *vm, const fg_object *o, fg_string *name);

/* ---- loops (build.c) -------------------------------------------------------------- */

/* Begins a loop in four counted slots, with what is walked over in r[1], uncounted: then
 * r[0] holds it, r[1] the position, and r[2] and r[3] are null. */
fg_status fg_iterate(fg_vm *vm, fg_value *r);
/* The next item in r[2], or for two names its position or key there and the item in r[3]:
 * 1, 0 at the end, or -1 with vm->status. */
int fg_next(fg_vm *vm, fg_value *r, uint32_t names);

/* ---- errors (raise.c) ------------------------------------------------------------- */

/* Another message for the error that was raised, which keeps its place and its hint. */
fg_status fg_reword(fg_vm *vm, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
