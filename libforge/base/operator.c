// SPDX-License-Identifier: Apache-2.0
/* Texts of operators. */
#include "base/operator.h"

const char *fg_operator_text(fg_operator op)
{
    static const char *const texts[] = {
#define X(name, text) text,
        FG_OPERATORS(X)
#undef X
    };

    assert(op < FG_COUNT(texts));
    return texts[op];
}
