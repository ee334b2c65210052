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

bool fg_ast_is_route(fg_slice name)
{
    static const char *const names[] = { "get",   "post", "put",     "delete",
                                         "patch", "head", "options", "ws" };
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (fg_slice_eq(name, fg_slice_str(names[i])))
            return true;
    return false;
}
