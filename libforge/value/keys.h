// SPDX-License-Identifier: Apache-2.0
/* Ordered key lists shared by objects.
 *
 * Names that the program mentions are one string object per text (its intern table), so
 * a pointer compare usually decides; names made at run time are compared by hash and
 * bytes.  h.count is the number of objects that use the list; a list is written only by
 * its single user and never when frozen. */
#ifndef FG_KEYS_H
#define FG_KEYS_H

#include "value/object.h"

/* The frozen list without keys. */
extern fg_keys fg_keys_empty;

/* A list of n names (copied array); duplicates are the caller's problem. */
fg_keys *fg_keys_new(fg_heap *h, fg_string *const *names, uint32_t n, uint32_t room);
fg_keys *fg_keys_copy(fg_heap *h, const fg_keys *k, uint32_t room);
/* Position of name or -1.  O(1) from FG_KEYS_INDEX keys up. */
int32_t fg_keys_find(const fg_keys *k, fg_string *name);
int32_t fg_keys_find_slice(const fg_keys *k, fg_slice name);
/* Appends a name that is not there; k is unshared and writable. */
fg_status fg_keys_add(fg_heap *h, fg_keys *k, fg_string *name);
/* True if k has exactly these names in this order (pointer or content). */
bool fg_keys_same(const fg_keys *k, fg_string *const *names, uint32_t n);

#endif
