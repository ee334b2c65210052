// SPDX-License-Identifier: Apache-2.0
/* Copying of the object graph a program's top level left into the template's region;
 * shared by the files of this folder only. */
#ifndef FG_FREEZE_H
#define FG_FREEZE_H

#include "base/region.h"
#include "run/run.h"

/* One object or cell that was reached: where it was, where it is. */
typedef struct fg_moved {
    fg_obj *old;
    union {
        fg_obj *now;
        fg_cellref cell; /* of a captured variable: its window slot */
    } to;
    uint32_t parent; /* entry it was first reached from, or FG_FROM_GLOBAL | global */
} fg_moved;

#define FG_FROM_GLOBAL 0x80000000u

typedef struct fg_freezer {
    fg_vm *vm;
    fg_region *region;
    const fg_program *program;
    fg_moved *moved; /* in the order they were reached: the queue of the copy, too */
    uint32_t nmoved, cap;
    uint32_t *index; /* entry + 1 by old address, open addressing, 0 empty */
    uint32_t nindex;
    uint32_t from;   /* what is being scanned, for messages: see fg_moved.parent */
    uint32_t nslots; /* window slots given away so far */
} fg_freezer;

/* The frozen form of a value; new objects are put on the queue. */
fg_status fg_freeze_value(fg_freezer *f, const fg_value *v, fg_value *out);
/* Copies until nothing is left on the queue, then indexes sets and maps. */
fg_status fg_freeze_rest(fg_freezer *f);
/* Raises the error for an object that cannot be frozen, naming its path. */
fg_status fg_freeze_refuse(fg_freezer *f, const fg_obj *o);

/* The window slot i as a cell reference. */
static inline fg_cellref fg_slot_ref(uint32_t i)
{
    return (fg_cellref)i * sizeof(fg_value) + 1;
}

#endif
