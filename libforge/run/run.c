// SPDX-License-Identifier: Apache-2.0
/* The interpreter: what a handler of ops.h is.
 *
 * With gcc on x86-64 a handler is a function without arguments that ends in a jump to the
 * next one; VM, registers, pc and constants live in registers of the machine, which slow
 * calls preserve because they are callee-saved.  Everywhere else, and with
 * FG_DISPATCH_GOTO, the same text becomes one function with computed gotos.
 *
 * fg_execute saves and restores those registers; nothing may longjmp past it. */
#include "run/internal.h"
#include "run/task.h"

#include "value/array.h"
#include "value/equal.h"
#include "value/keys.h"
#include "value/record.h"

#if !defined(FG_DISPATCH_GOTO)                                                         \
    && (!defined(__x86_64__) || defined(__clang__) || !defined(__OPTIMIZE__))
#define FG_DISPATCH_GOTO
#endif

/* ---- operands --------------------------------------------------------------------------- */

#define AUX ((uint32_t)(I >> 8) & 0xff)
#define NB ((uint32_t)(I >> 32) & 0xffff)
#define NC ((uint32_t)(I >> 48))
#define SC ((int16_t)(I >> 48))
#define BC ((uint32_t)(I >> 32))
#define SBC ((int32_t)(I >> 32))
#define RA ((fg_value *)(R + ((I >> 16) & 0xffff)))
#define RB ((fg_value *)(R + ((I >> 32) & 0xffff)))
#define RC ((fg_value *)(R + (I >> 48)))
#define KB ((const fg_value *)(K + ((I >> 32) & 0xffff)))
#define KC ((const fg_value *)(K + (I >> 48)))
#define KBC ((const fg_value *)(K + (I >> 32)))
#define HINT (&VM->hints[PC - 1 - VM->code0])

#define FETCH const uint64_t I = *PC++
#define SAVE (VM->frame->pc = PC)
/* First slot that natives may use. */
#define TOP (VM->top = (fg_value *)R + VM->frame->func->proto->nregs)

#define TRUTHY(v) ((v)->tag == FG_BOOL ? (v)->as.i != 0 : fg_truthy(v))
#define EQUAL(x, y)                                                                    \
    ((x)->tag == FG_INT && (y)->tag == FG_INT ? (x)->as.i == (y)->as.i : fg_equal(x, y))

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
#define POLL                                                                           \
    do {                                                                               \
        if (fg_unlikely(--VM->slice < 0))                                              \
            GOTO(poll);                                                                \
    } while (0)

/* Enters fn, whose argc arguments stand at `args`; the result will be at args[-1]. */
#define ENTER(function, args, count)                                                   \
    do {                                                                               \
        const fg_func *fn_ = (function);                                               \
        const fg_proto *p_ = fn_->proto;                                               \
        fg_value *base_ = (args);                                                      \
        uint32_t n_ = (count), flags_ = 0;                                             \
        SAVE;                                                                          \
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
        POLL;                                                                          \
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
        POLL;                                                                          \
        NEXT;                                                                          \
    } while (0)

/* Leaves the frame; its result stands below its first register. */
#define RETURN                                                                         \
    do {                                                                               \
        fg_frame *f_ = VM->frame--;                                                    \
        if (fg_unlikely(f_->flags)) {                                                  \
            if (f_->flags & FG_FR_WORLD)                                               \
                fg_world_back(VM);                                                     \
            if (f_->flags & FG_FR_ENTRY)                                               \
                LEAVE(FG_OK);                                                          \
            if (f_->flags & FG_FR_CHUNK) {                                             \
                fg_copy(call_result(VM), f_->base - 1);                                \
                fg_chunk_pop(VM);                                                      \
            }                                                                          \
        }                                                                              \
        f_ = VM->frame;                                                                \
        R = (char *)f_->base;                                                          \
        PC = f_->pc;                                                                   \
        K = (const char *)f_->func->proto->consts;                                     \
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
static const handler handlers[256];

#define OP(name) static void op_##name(void)
#define NEXT                                                                           \
    do {                                                                               \
        handlers[(uint8_t)*PC]();                                                      \
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

static void op_raise(void);
static void op_poll(void);
static void op_call(void);

#include "run/ops.h"

static void op_raise(void) { HANDLE_RAISE; }
static void op_poll(void) { HANDLE_POLL; }
static void op_call(void) { HANDLE_CALL; }

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
    VM = vm;
    LOAD;
    handlers[(uint8_t)*PC]();
    fg_status s = VM->status;
    VM = saved_vm;
    R = saved_r;
    PC = saved_pc;
    K = saved_k;
    return s;
}

#else

/* ---- computed gotos --------------------------------------------------------------------------- */

#define OP(name) op_##name:
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
}

#endif
