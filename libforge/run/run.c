// SPDX-License-Identifier: Apache-2.0
/* The interpreter: what a handler of ops.h is.
 *
 * With gcc on x86-64 a handler is a function without arguments that ends in a jump to the
 * next one; VM, registers, pc, constants and the table of handlers live in registers of the
 * machine, which slow calls preserve because they are callee-saved.  Everywhere else, and
 * with FG_DISPATCH_GOTO, the same text becomes one function with computed gotos.
 *
 * A hot handler calls nothing, so that it needs no frame on the C stack: what is rare goes
 * on in a handler of its own (SLOW, or APART if it is less rare), which reads the same
 * operands again.
 *
 * fg_execute saves and restores those registers; nothing may longjmp past it. */
#include "run/defer.h"
#include "run/internal.h"
#include "run/task.h"

#include "value/array.h"
#include "value/equal.h"
#include "value/keys.h"
#include "value/record.h"
#include "value/table.h"

#if !defined(FG_DISPATCH_GOTO)                                                         \
    && (!defined(__x86_64__) || defined(__clang__) || !defined(__OPTIMIZE__))
#define FG_DISPATCH_GOTO
#endif

/* ---- operands --------------------------------------------------------------------------- */

/* Of the instruction before PC, each field by a load of its own. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FIELD(type, n) (((const type *)(const void *)PC)[-1 - (n)])
#else
#define FIELD(type, n) (((const type *)(const void *)(PC - 1))[n])
#endif
#define AUX ((uint32_t)FIELD(uint8_t, 1))
#define NA ((uint32_t)FIELD(uint16_t, 1))
#define NB ((uint32_t)FIELD(uint16_t, 2))
#define NC ((uint32_t)FIELD(uint16_t, 3))
#define SC (FIELD(int16_t, 3))
#define BC (FIELD(uint32_t, 1))
#define SBC (FIELD(int32_t, 1))
#define RA ((fg_value *)(R + NA))
#define RB ((fg_value *)(R + NB))
#define RC ((fg_value *)(R + NC))
#define KB ((const fg_value *)(K + NB))
#define KC ((const fg_value *)(K + NC))
#define KBC ((const fg_value *)(K + BC))
#define HINT (&VM->hints[PC - 1 - VM->code0])

#define FETCH (PC++)
#define SAVE (VM->frame->pc = PC)
/* First slot that natives may use. */
#define TOP (VM->top = (fg_value *)R + VM->frame->func->proto->nregs)

#define RAISE(why)                                                                     \
    do {                                                                               \
        SAVE;                                                                          \
        VM->status = (why);                                                            \
        GOTO(raise);                                                                   \
    } while (0)
#define TRY(e)                                                                         \
    do {                                                                               \
        fg_status try_ = (e);                                                          \
        if (fg_unlikely(try_ != FG_OK))                                                \
            RAISE(try_);                                                               \
    } while (0)
#define POLL(n)                                                                        \
    do {                                                                               \
        if (fg_unlikely((VM->slice -= (n)) < 0))                                       \
            GOTO(poll);                                                                \
    } while (0)

/* Enters fn, whose argc arguments stand at `args`; the result will be at args[-1].  What is
 * unusual about it goes the long way. */
#define ENTER(function, args, count)                                                   \
    do {                                                                               \
        const fg_func *fn_ = (function);                                               \
        const fg_proto *p_ = fn_->proto;                                               \
        fg_value *base_ = (args);                                                      \
        uint32_t n_ = (count);                                                         \
        fg_frame *f_ = VM->frame;                                                      \
        f_->pc = PC;                                                                   \
        if (fg_unlikely(n_ != p_->nparams || base_ + p_->nregs + 1 > VM->limit         \
                        || f_ + 1 >= VM->frames_end || (fn_->home & VM->foreign))) {   \
            VM->target.fn = fn_;                                                       \
            VM->callee = base_;                                                        \
            VM->argc = n_;                                                             \
            GOTO(enter);                                                               \
        }                                                                              \
        VM->frame = ++f_;                                                              \
        f_->func = fn_;                                                                \
        PC = f_->pc = p_->code;                                                        \
        f_->base = base_;                                                              \
        f_->flags = 0;                                                                 \
        f_->argc = n_;                                                                 \
        R = (char *)base_;                                                             \
        K = (const char *)p_->consts;                                                  \
        for (; n_; n_--)                                                               \
            fg_retain(base_++);                                                        \
        POLL(1);                                                                       \
        NEXT;                                                                          \
    } while (0)

/* Enters VM->target.fn with whatever number of arguments, where memory may have to be made,
 * and in the world of another task. */
#define HANDLE_ENTER                                                                   \
    do {                                                                               \
        const fg_func *fn_ = VM->target.fn;                                            \
        const fg_proto *p_ = fn_->proto;                                               \
        fg_value *base_ = VM->callee;                                                  \
        uint32_t n_ = VM->argc, flags_ = 0;                                            \
        if (fg_unlikely(                                                               \
                base_ + p_->nregs + 1 > VM->limit || base_ + n_ + 1 > VM->limit        \
                || VM->frame + 1 >= VM->frames_end || (fn_->home & VM->foreign))) {    \
            base_ = fg_enter_slow(VM, fn_, base_, n_);                                 \
            if (!base_)                                                                \
                GOTO(raise);                                                           \
            flags_ = VM->enter_flags;                                                  \
        }                                                                              \
        fg_frame *f_ = ++VM->frame;                                                    \
        f_->func = fn_;                                                                \
        f_->pc = p_->code;                                                             \
        f_->base = base_;                                                              \
        f_->flags = flags_;                                                            \
        f_->argc = n_;                                                                 \
        uint32_t given_ = n_ < p_->nparams ? n_ : p_->nparams, i_ = 0;                 \
        for (; i_ < given_; i_++)                                                      \
            fg_retain(&base_[i_]);                                                     \
        for (; i_ < p_->nparams; i_++)                                                 \
            base_[i_].tag = p_->ndefaults ? FG_UNDEF : FG_NULL;                        \
        R = (char *)base_;                                                             \
        PC = p_->code;                                                                 \
        K = (const char *)p_->consts;                                                  \
        POLL(1);                                                                       \
        NEXT;                                                                          \
    } while (0)

/* Calls whatever is in a, with n arguments behind it. */
#define CALL_SLOW(a, n)                                                                \
    do {                                                                               \
        SAVE;                                                                          \
        VM->callee = (a);                                                              \
        VM->argc = (n);                                                                \
        GOTO(call);                                                                    \
    } while (0)
#define HANDLE_CALL                                                                    \
    do {                                                                               \
        fg_value *a_ = VM->callee;                                                     \
        uint32_t argc_ = VM->argc;                                                     \
        TOP;                                                                           \
        TRY(fg_target_of(VM, a_));                                                     \
        if (VM->target.fn)                                                             \
            ENTER(VM->target.fn, a_ + 1, argc_);                                       \
        if (VM->target.native)                                                         \
            TRY(fg_call_native(VM, VM->target.native, (int)argc_, a_ + 1, a_));        \
        else                                                                           \
            TRY(fg_construct(VM, VM->target.ctor, (int)argc_, a_ + 1, a_));            \
        POLL(1);                                                                       \
        NEXT;                                                                          \
    } while (0)

/* Leaves the frame; its result stands below its first register. */
#define RETURN                                                                         \
    do {                                                                               \
        fg_frame *f_ = VM->frame;                                                      \
        if (fg_unlikely(f_->flags))                                                    \
            GOTO(leave);                                                               \
        VM->frame = --f_;                                                              \
        R = (char *)f_->base;                                                          \
        PC = f_->pc;                                                                   \
        K = (const char *)f_->func->proto->consts;                                     \
        NEXT;                                                                          \
    } while (0)
#define HANDLE_LEAVE                                                                   \
    do {                                                                               \
        if (VM->frame->flags & FG_FR_DEFER) {                                          \
            SAVE;                                                                      \
            TRY(fg_deferred_run(VM, FG_OK));                                           \
        }                                                                              \
        const fg_frame *left_ = VM->frame--;                                           \
        if (left_->flags & FG_FR_WORLD)                                                \
            fg_world_back(VM);                                                         \
        if (left_->flags & FG_FR_ENTRY)                                                \
            LEAVE(FG_OK);                                                              \
        if (left_->flags & FG_FR_CHUNK) {                                              \
            fg_copy(call_result(VM), left_->base - 1);                                 \
            fg_chunk_pop(VM);                                                          \
        }                                                                              \
        LOAD;                                                                          \
        NEXT;                                                                          \
    } while (0)

/* Where the running frame's last call wants its result. */
static fg_value *call_result(const fg_vm *vm)
{
    const fg_frame *f = vm->frame;
    return (fg_value *)((char *)f->base + fg_ins_a(f->pc[-1]));
}

/* After a raised error: continue at a handler, or leave. */
#define HANDLE_RAISE                                                                   \
    do {                                                                               \
        if (!fg_unwind(VM))                                                            \
            LEAVE(VM->status);                                                         \
        LOAD;                                                                          \
        NEXT;                                                                          \
    } while (0)
#define HANDLE_POLL                                                                    \
    do {                                                                               \
        SAVE;                                                                          \
        fg_status s_ = fg_poll(VM);                                                    \
        if (s_ != FG_OK)                                                               \
            RAISE(s_);                                                                 \
        NEXT;                                                                          \
    } while (0)
#define LOAD                                                                           \
    do {                                                                               \
        const fg_frame *f_ = VM->frame;                                                \
        R = (char *)f_->base;                                                          \
        PC = f_->pc;                                                                   \
        K = (const char *)f_->func->proto->consts;                                     \
    } while (0)

#ifndef FG_DISPATCH_GOTO

/* ---- tail calls ----------------------------------------------------------------------------- */

register fg_vm *VM __asm__("r12");
register char *R __asm__("rbx");
register const uint64_t *PC __asm__("r13");
register const char *K __asm__("r14");
typedef void (*handler)(void);
register const handler *HANDLERS __asm__("r15");

#define OP(name) static void op_##name(void)
#define SLOW(name) static __attribute__((noinline, cold)) void op_##name(void)
#define APART(name) static __attribute__((noinline)) void op_##name(void)
#define NEXT                                                                           \
    do {                                                                               \
        HANDLERS[(uint8_t)*PC]();                                                      \
        return;                                                                        \
    } while (0)
#define GOTO(place)                                                                    \
    do {                                                                               \
        op_##place();                                                                  \
        return;                                                                        \
    } while (0)
#define LEAVE(s)                                                                       \
    do {                                                                               \
        VM->status = (s);                                                              \
        return;                                                                        \
    } while (0)

SLOW(raise);
SLOW(poll);
SLOW(call);
SLOW(enter);
SLOW(leave);

#include "run/ops.h"

SLOW(raise) { HANDLE_RAISE; }
SLOW(poll) { HANDLE_POLL; }
SLOW(call) { HANDLE_CALL; }
SLOW(enter) { HANDLE_ENTER; }
SLOW(leave) { HANDLE_LEAVE; }

static const handler handlers[256] = {
#define X(name, format) [FG_OPC_##name] = op_##name,
    FG_OPCODES(X)
#undef X
};

__attribute__((noinline)) fg_status fg_execute(fg_vm *vm)
{
    /* The machine registers belong to our caller, or to an interpreter below. */
    fg_vm *saved_vm = VM;
    char *saved_r = R;
    const uint64_t *saved_pc = PC;
    const char *saved_k = K;
    const handler *saved_handlers = HANDLERS;
    VM = vm;
    HANDLERS = handlers;
    LOAD;
    handlers[(uint8_t)*PC]();
    fg_status s = VM->status;
    VM = saved_vm;
    R = saved_r;
    PC = saved_pc;
    K = saved_k;
    HANDLERS = saved_handlers;
    return s;
}

#else

/* ---- computed gotos --------------------------------------------------------------------------- */

#define OP(name) op_##name:
#define SLOW(name) op_##name:
#define APART(name) op_##name:
#define NEXT goto *labels[(uint8_t)*PC]
#define GOTO(place) goto op_##place
#define LEAVE(s)                                                                       \
    do {                                                                               \
        VM->status = (s);                                                              \
        return VM->status;                                                             \
    } while (0)

fg_status fg_execute(fg_vm *vm)
{
    static const void *const labels[256] = {
#define X(name, format) [FG_OPC_##name] = &&op_##name,
        FG_OPCODES(X)
#undef X
    };
    fg_vm *const VM = vm;
    char *R;
    const uint64_t *PC;
    const char *K;
    LOAD;
    NEXT;
#include "run/ops.h"
op_raise:
    HANDLE_RAISE;
op_poll:
    HANDLE_POLL;
op_call:
    HANDLE_CALL;
op_enter:
    HANDLE_ENTER;
op_leave:
    HANDLE_LEAVE;
}

#endif
