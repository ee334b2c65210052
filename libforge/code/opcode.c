// SPDX-License-Identifier: Apache-2.0
#include "code/opcode.h"

const fg_opcode_info fg_opcodes[FG_OPC_COUNT] = {
#define X(name, format) { #name, format },
    FG_OPCODES(X)
#undef X
};

bool fg_op_wide(fg_opcode op) { return fg_opcodes[op].format[2] == '\0'; }

bool fg_op_jumps(fg_opcode op)
{
    const char *format = fg_opcodes[op].format;
    return format[fg_op_wide(op) ? 1 : 2] == 'J';
}

int32_t fg_ins_by(uint64_t i)
{
    return fg_op_wide(fg_ins_op(i)) ? (int32_t)fg_ins_bc(i) : (int16_t)fg_ins_c(i);
}
