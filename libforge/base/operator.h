// SPDX-License-Identifier: Apache-2.0
/* The operators, which parser, compiler and VM must agree on. */
#ifndef FG_OPERATOR_H
#define FG_OPERATOR_H

#include "base/base.h"

/* Operators; the text is the one in error messages ("cannot apply Add to …"). */
/* clang-format off */
#define FG_OPERATORS(X)                                                               \
    X(NONE, "") X(ADD, "Add") X(SUB, "Sub") X(MUL, "Mul") X(DIV, "Div") X(MOD, "Mod") \
    X(EQ, "Eq") X(NE, "NotEq") X(LT, "Lt") X(GT, "Gt") X(LE, "LtEq") X(GE, "GtEq")    \
    X(NOT, "Not")                                                                     \
    X(SAY, "say") X(YELL, "yell") X(WHISPER, "whisper")                               \
    X(OBJECT, "object") X(ARRAY, "array") X(TUPLE, "tuple")                           \
    X(CHECK_TRUTHY, "") X(CHECK_NOT_EMPTY, "") X(CHECK_BETWEEN, "") X(CHECK_CONTAINS, "")
/* clang-format on */

typedef enum fg_operator {
#define X(name, text) FG_OP_##name,
    FG_OPERATORS(X)
#undef X
} fg_operator;

const char *fg_operator_text(fg_operator op);

#endif
