// SPDX-License-Identifier: Apache-2.0
/* The instruction set: one table.
 *
 *    63     48 47     32 31     16 15  8 7   0
 *   |    c    |    b    |    a    | aux |  op |
 *
 * a, b, c are byte offsets of registers (index * 16) or of constants (K); "bc" is one
 * 32-bit field.  Jumps are relative to the next instruction, in instructions: c (int16)
 * where b is used too, else bc (int32).
 *
 * Counting: a register of a named variable owns a reference to its container, any other
 * register borrows.  OWN, INITC, MOVEC, DROP, TAKE keep that up. */
#ifndef FG_OPCODE_H
#define FG_OPCODE_H

#include "base/base.h"

/* name, operand format (for the disassembler): R register, K constant, J jump, N number,
 * G global, - unused; in the order a b c, or a and bc when two letters. */
/* clang-format off */
#define FG_OPCODES(X)                                                                 \
    X(COVER, "-N")     /* noted as run, where a program is compiled so: file a, line bc */ \
    /* moves */                                                                       \
    X(MOVE, "RR-")     /* a = b, borrowed */                                          \
    X(MOVEC, "RR-")    /* variable a = b; releases the old value */                   \
    X(INITC, "RR-")    /* new variable a = b */                                       \
    X(OWN, "R--")      /* a was computed in place and is a variable from now on */    \
    X(DROP, "RN")      /* bc variables from a end */                                  \
    X(TAKE, "RR-")     /* a = b, which gives up its reference */                      \
    X(LOADK, "RK")     /* a = constant bc */                                          \
    X(LOADINT, "RN")   /* a = int bc */                                               \
    X(LOADNULL, "R--") X(LOADBOOL, "R--") /* aux */                                   \
    X(LOADUNDEF, "R--")                                                               \
    /* variables that are not registers */                                            \
    X(GETG, "RG") X(SETG, "RG") X(DEFG, "RG") /* global bc; DEFG declares */          \
    X(GETW, "RN") X(SETW, "RN") /* after freezing: window byte offset bc */           \
    X(GETC, "RN")      /* after freezing: never assigned; byte offset bc */           \
    X(NEWCELL, "RR-")  /* a = cell with the value of b */                             \
    X(GETCELL, "RRK") X(SETCELL, "RRK") /* a <-> cell b, name c */                    \
    X(DEFCELL, "RR-")  /* cell b is declared with a */                                \
    X(GETUP, "RN")     /* a = capture bc as it is */                                  \
    X(GETUPC, "RNK") X(SETUPC, "RNK") /* a <-> shared capture b (index), name c */    \
    X(PEEKUPC, "RNK")  /* as GETUPC, but an unset variable gives the UNDEF value */   \
    X(CLOSURE, "RKR")  /* a = closure of prototype b over aux captures from c */      \
    /* arithmetic, comparison */                                                      \
    /* aux 1: b was owned, and is released */                                         \
    X(ADD, "RRR") X(SUB, "RRR") X(MUL, "RRR") X(DIV, "RRR") X(MOD, "RRR")             \
    X(ADDK, "RRK") X(SUBK, "RRK") X(MULK, "RRK") X(DIVK, "RRK") X(MODK, "RRK")        \
    X(ADDI, "RRN") X(SUBI, "RRN") /* c: int16 */                                      \
    X(INC, "R-N")      /* a = a + c; aux 1: for the error, it is a - -c */                                      \
    X(NEG, "RR-") X(NOT, "RR-")                                                       \
    X(EQ, "RRR") X(NE, "RRR") X(LT, "RRR") X(GT, "RRR") X(LE, "RRR") X(GE, "RRR")     \
    X(CONCAT, "RRN")   /* a = display texts of c registers from b */                  \
    /* jumps; each that goes back polls, for aux turns more than one */                \
    X(JUMP, "-J") X(LOOP, "-J")                                                       \
    X(JT, "RJ") X(JF, "RJ") X(JDEF, "RJ") /* truthy, falsy, not UNDEF */              \
    X(JLT, "RRJ") X(JNLT, "RRJ") X(JLE, "RRJ") X(JNLE, "RRJ")                         \
    X(JGT, "RRJ") X(JNGT, "RRJ") X(JGE, "RRJ") X(JNGE, "RRJ")                         \
    X(JEQ, "RRJ") X(JNE, "RRJ")                                                       \
    X(JLTK, "RKJ") X(JNLTK, "RKJ") X(JLEK, "RKJ") X(JNLEK, "RKJ")                     \
    X(JGTK, "RKJ") X(JNGTK, "RKJ") X(JGEK, "RKJ") X(JNGEK, "RKJ")                     \
    X(JEQK, "RKJ") X(JNEK, "RKJ")                                                     \
    /* containers */                                                                  \
    X(NEWARRAY, "RRN") X(NEWTUPLE, "RRN") /* c elements from b */                     \
    X(ARRAYADD, "RR-") X(ARRAYCAT, "RR-") /* append b / splice b to temporary a */    \
    X(NEWOBJECT, "RRK") /* key list c, values from b */                               \
    X(OBJECTPUT, "RRK") X(OBJECTCAT, "RR-") /* temporary a: key c = b / entries of b */ \
    X(NEWSTRUCT, "RRK") /* key list c of the given fields, values from b, the type's  \
                           name behind them; aux 1: check for defaults */             \
    X(GETFIELD, "RRK") X(GETINDEX, "RRR")                                             \
    X(SETFIELD, "RRK") X(SETINDEX, "RRR") /* a.c = b, a[b] = c; aux bit 7: a is a variable */ \
    X(SETPATH, "RRN")  /* a path = value; aux keys from b, then the value; c: mask of  \
                          those spelled as fields; aux bit 7: a is a variable */      \
    X(GROWPATH, "RRN") /* operands as SETPATH, with FG_GROW_… in c: if the path leads to  \
                          a container of the right kind, which is what stands behind the \
                          arguments if that is given, grow it in place and skip an     \
                          instruction */                                               \
    X(INPLACE, "RRR")  /* c = a.push/pop/add/remove(b); aux: which, bit 7: variable */ \
    /* queries: array in b, value to compare with behind it, field c, aux: fg_operator */ \
    X(WHERE, "RRK") X(KEEP, "RRK")                                                    \
    X(SORTBY, "RRK") X(TAKE_N, "RRR") /* SORTBY aux 0: no field */                    \
    /* calls: callee or room in a, arguments behind it, result in a */                \
    X(CALL, "R-N")     /* c arguments */                                              \
    X(CALLG, "RG") X(CALLC, "RN") /* aux arguments; global bc / constant offset bc */ \
    X(CALLN, "RK")     /* aux arguments; native constant bc */                        \
    X(CALLM, "RKN")    /* receiver in a+1, aux more arguments; name b; method c */    \
    X(CALLV, "RR-")    /* callee a, arguments in array b */                           \
    X(CALLMV, "RKR")   /* receiver a+1, name b, arguments in array c */               \
    X(RET, "RRN") X(RETNULL, "-RN") /* returns a; c variables from b end */           \
    X(ARG, "RN")       /* a is null if it was not given */                            \
    /* loops */                                                                       \
    X(FORPREP, "RJ")   /* a: current, a+1: limit, a+2: step, a+3: variable; past the end */ \
    X(FORLOOP, "RJ")   /* next turn or on */                                          \
    X(UPTO, "RJ")      /* the same, by 1, and nothing else writes to the variable */  \
    X(UPTO2, "RJ")     /* the same, behind two turns */                               \
    X(BEYOND, "RJ")    /* the opposite: jump at the end, else on */                   \
    X(ITER, "RR-")     /* a = iteration over b: collection, a+1: position */          \
    X(MORE, "RJ")      /* a+2 = element, aux 2: a+3 too; jump if there is one */      \
    /* matching */                                                                    \
    X(JNWRAP, "RJ")    /* not wrapped in aux << FG_WRAP_SHIFT */                      \
    X(UNWRAP, "RR-")                                                                  \
    X(JNVARIANT, "RKJ") /* not the variant (or type) b with at least aux fields */    \
    X(PAYLOAD, "RRN")  /* a = field _c of b */                                        \
    X(JNNONE, "RJ")                                                                   \
    X(EXHAUST, "RK")   /* enum value a: each variant must be in array bc */           \
    X(WHENOP, "RRR")   /* a = b OP c, false where incompatible; aux: fg_operator */   \
    /* errors */                                                                      \
    X(TRYOP, "RR-")    /* a = b?; aux 1: an Err is an error here */                   \
    X(MUST, "RR-") X(FREEZE, "RR-")                                                   \
    X(WAIT, "RK")      /* a units of bc milliseconds */                               \
    X(RETRY, "R--")    /* a: attempts made, a+1: allowed; aux 1: one has failed */    \
    /* tasks */                                                                       \
    X(SPAWN, "RKR")    /* a = task of body b with aux captures from c */              \
    X(LATER, "RKR")    /* body b again and again: a+1 is null: whenever file a changes; \
                          else every a units of a+1 milliseconds */                   \
    X(AWAIT, "RR-")    /* a = result of task b, or b */                               \
    X(SQUAD, "R--")    /* aux: FG_SQUAD_…; END: a = results */                        \
    X(TIMEOUT, "RK")   /* aux: FG_TIMEOUT_…; a: 3 registers, a+2 the time in units of \
                          bc milliseconds */                                          \
    X(CHECK, "RRR")    /* aux: fg_operator */                                         \
    X(RAISE, "-K")     /* aux: FG_RAISE_… about the name bc; a: subject of NO_MATCH */\
    X(PART, "RRN")     /* a = elements of array b from c on */                        \
    X(PICK, "RRK")     /* a = field c of object b or null */                          \
    X(ELEM, "RRN")     /* a = element c of array or tuple b or null */                \
    X(SETTLED, "R--")  /* a must be an object (aux 0), array (1), tuple (2) to destructure */ \
    /* definitions */                                                                 \
    X(TYPESET, "RG")   /* typeinfo in global bc: member aux = a */                    \
    X(METHOD, "RKN")   /* typeinfo in global c: method b = a; aux 1: static too */    \
    X(ABILITY, "RKN")  /* interface a (name b) is satisfied by the type in global c */ \
    X(TYPELINK, "-NN") /* the type in global b becomes the one in c; aux 1: unknown */ \
    X(IMPORT, "-K")    /* module bc (a prototype) must not be in execution */
/* clang-format on */

typedef enum fg_opcode {
#define X(name, format) FG_OPC_##name,
    FG_OPCODES(X)
#undef X
        FG_OPC_COUNT
} fg_opcode;

/* aux of RAISE. */
enum {
    FG_RAISE_UNDEFINED_READ,  /* undefined variable: 'x' + hint */
    FG_RAISE_UNDEFINED_WRITE, /* undefined variable: x */
    FG_RAISE_UNDEFINED_BASE,  /* undefined: x */
    FG_RAISE_IMMUTABLE,
    FG_RAISE_BREAK,
    FG_RAISE_CONTINUE,
    FG_RAISE_NO_MATCH,
    FG_RAISE_IMPORT, /* the text says everything: message, newline, hint */
    FG_RAISE_TARGET
};
/* aux of SQUAD and TIMEOUT. */
enum { FG_SQUAD_BEGIN, FG_SQUAD_END, FG_SQUAD_ABANDON, FG_SQUAD_FAILED };
enum { FG_TIMEOUT_BEGIN, FG_TIMEOUT_END, FG_TIMEOUT_FAILED };
/* c of GROWPATH above the mask of fields: what; the old value stands behind the arguments. */
enum { FG_GROW_PUSH, FG_GROW_ADD, FG_GROW_SET };
#define FG_GROW_STEPS 13u
#define FG_GROW_SHIFT 13
#define FG_GROW_HELD 0x8000u
/* aux of INPLACE, bits 0-1. */
enum { FG_IN_PUSH, FG_IN_POP, FG_IN_ADD, FG_IN_REMOVE };
#define FG_AUX_OWNED 0x80u
/* aux of TYPESET. */
enum { FG_TI_DEFAULTS, FG_TI_EMBEDS, FG_TI_VARIANTS };

#define FG_METHOD_NONE 0xffffu

static inline uint64_t fg_ins(fg_opcode op, uint32_t aux, uint32_t a, uint32_t b,
                              uint32_t c)
{
    return (uint64_t)op | (uint64_t)(aux & 0xff) << 8 | (uint64_t)(a & 0xffff) << 16
           | (uint64_t)(b & 0xffff) << 32 | (uint64_t)(c & 0xffff) << 48;
}
static inline uint64_t fg_ins32(fg_opcode op, uint32_t aux, uint32_t a, uint32_t bc)
{
    return (uint64_t)op | (uint64_t)(aux & 0xff) << 8 | (uint64_t)(a & 0xffff) << 16
           | (uint64_t)bc << 32;
}
static inline fg_opcode fg_ins_op(uint64_t i) { return (fg_opcode)(i & 0xff); }
static inline uint32_t fg_ins_aux(uint64_t i) { return (uint32_t)(i >> 8) & 0xff; }
static inline uint32_t fg_ins_a(uint64_t i) { return (uint32_t)(i >> 16) & 0xffff; }
static inline uint32_t fg_ins_b(uint64_t i) { return (uint32_t)(i >> 32) & 0xffff; }
static inline uint32_t fg_ins_c(uint64_t i) { return (uint32_t)(i >> 48); }
static inline uint32_t fg_ins_bc(uint64_t i) { return (uint32_t)(i >> 32); }

typedef struct fg_opcode_info {
    const char *name, *format;
} fg_opcode_info;
extern const fg_opcode_info fg_opcodes[FG_OPC_COUNT];

bool fg_op_wide(fg_opcode op);  /* has operands a and bc */
bool fg_op_jumps(fg_opcode op); /* its last operand is a jump */
int32_t fg_ins_by(uint64_t i);  /* how far it jumps */

#endif
