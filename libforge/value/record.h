// SPDX-License-Identifier: Apache-2.0
/* Objects: a shared key list and slots.  Writing functions require that the caller may
 * write the object in place (see value.h). */
#ifndef FG_RECORD_H
#define FG_RECORD_H

#include "value/keys.h"

/* An object over `keys` (counted), slots null, room for at least keys->n. */
fg_object *fg_object_new(fg_heap *h, fg_keys *keys);
fg_object *fg_object_empty(fg_heap *h, uint32_t room);
/* A writable copy, one level deep. */
fg_object *fg_object_copy(fg_heap *h, const fg_object *o, uint32_t room);
static inline uint32_t fg_object_len(const fg_object *o) { return o->keys->n; }

/* The slot of name, or NULL. */
static inline fg_value *fg_object_find(const fg_object *o, fg_string *name)
{
    int32_t i = fg_keys_find(o->keys, name);
    return i < 0 ? NULL : &o->slots[i];
}
fg_value *fg_object_find_slice(const fg_object *o, fg_slice name);
/* Inserts or replaces; counts the new value, releases the old. */
fg_status fg_object_set(fg_heap *h, fg_object *o, fg_string *name, const fg_value *v);

#endif
