// SPDX-License-Identifier: Apache-2.0
/* Names of the syntax tree. */
#include "front/ast.h"

const char *fg_node_name(fg_node_kind k)
{
    static const char *const names[] = {
#define X(name) #name,
        FG_NODES(X)
#undef X
    };

    assert(k < FG_N_COUNT);
    return names[k];
}
