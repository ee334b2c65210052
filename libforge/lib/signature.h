// SPDX-License-Identifier: Apache-2.0
/* How a function of the library is called, as its doc string says (value/func.h). */
#ifndef FG_SIGNATURE_H
#define FG_SIGNATURE_H

#include "value/func.h"

#define FG_ANY_NUMBER UINT32_MAX

typedef struct fg_signature {
    fg_slice call;     /* "json.pretty(value, indent = 2)" */
    fg_slice meaning;  /* "JSON text over several lines" */
    uint32_t min, max; /* arguments it takes, the receiver of a method among them */
    bool method;       /* "s.trim()": the name is behind a receiver */
    bool constant;     /* it is no function */
} fg_signature;

/* False if the doc is not of one of the forms
 *   name(a, b?, c = 1, rest...): meaning      receiver.name(…): meaning
 *   name x: meaning                           name: meaning                          */
bool fg_signature_read(const fg_native *n, fg_signature *s);

#endif
