// SPDX-License-Identifier: Apache-2.0
/* The state of one fork, and what natives may do.
 *
 * Rules for natives (fg_native_fn):
 *  - argv are roots, borrowed: copy with fg_copy, store durable references with counting
 *    functions (fg_array_push …).  argv may be Frozen-wrapped: peel first.
 *  - *out is a root, distinct from argv; it receives an uncounted temporary.
 *  - The collector runs only inside fg_call and fg_tick.  A native that uses neither may
 *    hold any pointer.  One that does keeps objects it still needs reachable: in *out, in
 *    argv, or in slots from fg_scratch; and counts what it holds across the call
 *    (fg_retain/fg_release), because the callee may write to whatever is unique.
 *  - Long loops call fg_tick about every thousand steps.
 *  - Failure: return what fg_raise returned, or a callee's status unchanged, or FG_NOMEM
 *    when an allocation gave NULL. */
#ifndef FG_VM_H
#define FG_VM_H

#include "base/bytes.h"
#include "code/program.h"
#include "value/library.h"

/* clang-format off */
#define FG_ERROR_KINDS(X)                                                             \
    X(RUNTIME, "RuntimeError") X(TYPE, "TypeError") X(ARITHMETIC, "ArithmeticError")  \
    X(ASSERTION, "AssertionError") X(INDEX, "IndexError")                             \
    X(REFERENCE, "ReferenceError") X(SYNTAX, "SyntaxError") X(LIMIT, "LimitError")    \
    X(CANCELLED, "Cancelled")
/* clang-format on */

typedef enum fg_errkind {
#define X(name, text) FG_E_##name,
    FG_ERROR_KINDS(X)
#undef X
} fg_errkind;

/* Which limit an error of the kind LIMIT is about (forge.h: forge_bound). */
typedef enum fg_bound {
    FG_BOUND_NONE,
    FG_BOUND_TIME,
    FG_BOUND_CPU,
    FG_BOUND_FUEL,
    FG_BOUND_MEMORY,
    FG_BOUND_OUTPUT,
    FG_BOUND_FILES,
    FG_BOUND_TASKS
} fg_bound;

#define FG_TRACE_MAX 32
typedef struct fg_trace {
    const fg_proto *proto;
    uint32_t off, end; /* bytes of the source */
} fg_trace;

/* The last error.  Texts are malloc'ed by the record. */
typedef struct fg_error {
    fg_errkind kind;
    fg_bound bound;           /* LIMIT: which */
    char *message;            /* first line, no hint */
    char hint[256];           /* "" or what to try */
    bool aside;               /* the hint is for the report only, not for scripts */
    struct fg_failure *cause; /* the error of a task that this one reports, or NULL */
    int status;      /* the request is to blame (forge.h: forge_report), or 0 */
    uint32_t ntrace; /* frames kept, innermost first */
    uint32_t depth;  /* frames there were */
    fg_trace trace[FG_TRACE_MAX];
} fg_error;

typedef struct fg_frame {
    const fg_func *func;
    const uint64_t *pc; /* next instruction when the frame is not running */
    fg_value *base;     /* register 0 */
    uint32_t flags;     /* FG_FR_… */
    uint32_t argc;      /* arguments given, for defaults */
} fg_frame;
#define FG_FR_ENTRY 1u /* returning leaves fg_run */
#define FG_FR_CHUNK 2u /* base is the start of a stack chunk of its own */
#define FG_FR_WORLD 4u /* it runs in another task's world: go back when it ends */
#define FG_FR_DEFER 8u /* functions are to be called when it ends (defer.h) */

typedef struct fg_limits {
    size_t memory;
    uint64_t wall_us, cpu_us, fuel;
    uint32_t depth;
    size_t output;
    uint32_t files, tasks; /* 0: no bound */
} fg_limits;

/* How grave a message for the log is (forge.h: forge_level). */
typedef enum fg_level { FG_LOG_ERROR, FG_LOG_WARN, FG_LOG_INFO, FG_LOG_DEBUG } fg_level;
typedef void fg_log_fn(void *ctx, fg_level level, const char *file, uint32_t line,
                       const char *text, size_t n);

/* A read of the request's body, and facts of its connection (forge.h: forge_incoming,
 * forge_tls). */
typedef struct fg_incoming {
    int fd;
    const char *why;
    int status;
} fg_incoming;
#define FG_READ_LATER (-1)
#define FG_READ_FAILED (-2)
typedef int64_t fg_read_fn(void *ctx, char *at, size_t n, fg_incoming *how);

typedef struct fg_tls {
    const char *protocol, *cipher, *client_verify, *client_subject;
} fg_tls;
typedef int fg_tls_fn(void *ctx, fg_tls *out);

/* What the host gives (forge.h: forge_env). */
typedef struct fg_env {
    int (*write)(void *ctx, const char *text, size_t n);
    void (*write_err)(void *ctx, const char *text, size_t n);
    int (*poll)(void *ctx); /* 1: cancelled, 2: stopped at once (forge.h) */
    fg_log_fn *log;
    int (*early_hints)(void *ctx, const char *const *links, uint32_t n);
    fg_read_fn *read;
    fg_tls_fn *tls;
    void *ctx;
    const char *request_id; /* or NULL */
    uint32_t caps;
    struct fg_site *site; /* of the library (lib/site.h), or NULL */
} fg_env;

typedef struct fg_chunk {
    struct fg_chunk *prev;
    fg_value *end;    /* of this chunk */
    fg_value *resume; /* `limit` of the chunk below when this one was begun */
    size_t size;      /* bytes taken from the host */
    fg_value v[];
} fg_chunk;

/* What a name or value calls: one of the three. */
typedef struct fg_target {
    const fg_func *fn;
    const fg_native *native;
    const fg_ctor *ctor;
    bool receiver; /* the receiver is the first argument */
} fg_target;

/* A window of up to FG_FLAT_SLOTS variables is one array that a fork copies.  A larger one
 * is pages: a fork copies their addresses and copies a page when it first writes to it. */
#define FG_FLAT_SLOTS 512u
#define FG_PAGE_SLOTS 256u
#define FG_PAGE_BYTES (FG_PAGE_SLOTS * sizeof(fg_value))
static inline bool fg_paged(uint32_t nslots) { return nslots > FG_FLAT_SLOTS; }
static inline uint32_t fg_page_count(uint32_t nslots)
{
    return (nslots + FG_PAGE_SLOTS - 1) / FG_PAGE_SLOTS;
}

#define FG_SLICE_POLLS 4096
#define FG_DEPTH_DEFAULT 10000u
#define FG_NATIVE_DEPTH 200u /* natives that call back, nested: bounds the C stack */

/* What a part of the library keeps beside the heap for as long as the VM lives: the start
 * of a struct of its own. */
typedef struct fg_resource {
    struct fg_resource *next;
    /* Gives everything back, this struct too; called once, before the heap is dropped. */
    void (*end)(struct fg_vm *vm, struct fg_resource *r);
} fg_resource;

/* The one that this function ends, or NULL: there is one of each sort at most. */
fg_resource *fg_resource_of(const struct fg_vm *vm,
                            void (*end)(struct fg_vm *vm, fg_resource *r));
void fg_resource_add(struct fg_vm *vm, fg_resource *r,
                     void (*end)(struct fg_vm *vm, fg_resource *r));

#define FG_NOTES_ROOM 1024u

typedef struct fg_vm {
    uintptr_t base[2];      /* { 0, window - 1 }: see fg_cell_at */
    fg_value **pages;       /* of a paged window, or NULL */
    const fg_value *frozen; /* the template's slots: pages that are not copied yet */
    int64_t slice;          /* polls left before the slow check */
    uint32_t foreign;       /* FG_HOME_… that may belong to another world than ours */
    bool again;             /* suspended: the same instruction is executed again */
    fg_frame *frame;        /* the running frame */
    fg_frame *frames, *frames_end;
    fg_value *limit;           /* up to here the current chunk holds valid values */
    fg_value *hard_limit;      /* end of the current chunk */
    fg_value *top;             /* first free slot, valid while a native runs */
    const uint64_t *code0;     /* program->code */
    uint8_t *hints;            /* one byte an instruction, shared by threads, relaxed */
    fg_value *window;          /* this fork's variables */
    const fg_cellref *globals; /* global index -> cell */
    const fg_value *consts;    /* values of globals nobody assigns (GETC) */
    const fg_program *program;
    const fg_library *library;
    fg_heap heap;
    fg_chunk *chunk;               /* newest further chunk, NULL: in the first */
    fg_value *stack0, *stack0_end; /* the first chunk */
    uint32_t nslots;               /* values in the window */
    uint32_t native_depth;
    uint32_t pull_depth; /* stages of streams that are being advanced */
    uint32_t max_depth;  /* frames: calls on top of the outermost one, and that */
    bool frames_own;     /* frames came from the host, not from the first block */
    fg_status status;    /* why the interpreter was left */
    fg_target target;    /* of the call being made */
    fg_value *callee;    /* the same, before the target is known */
    uint32_t argc;
    uint32_t enter_flags; /* of the frame being entered */
    fg_limits limits;
    fg_env env;
    uint64_t fuel_used, deadline_ns;
    uint64_t cpu_deadline_ns, cpu_look_ns; /* of the thread's clock; and when to look */
    uint64_t cpu_other_ns;                 /* what other threads used for it */
    uint64_t spare_ns, spare_fuel; /* what deferred functions may still use (defer.h) */
    fg_value deferred;             /* of the running fiber: an array, or null */
    uint32_t shield, shields;      /* open sections: of the running fiber, of all */
    uint32_t deferring;            /* deferred functions that run */
    uint32_t files, tasks;         /* open files, and tasks that have not ended */
    size_t output_bytes;
    int cancelled; /* atomic: set by other threads */
    int exit_code;
    uint32_t select_start;  /* where the next select() begins to look */
    bool random_ready;      /* random is seeded */
    bool key_cache_ready;   /* key_cache is cleared */
    bool page;              /* the public interface: this fork runs the top level */
    bool served;            /* the same: the top level has run, before the freeze */
    struct fg_notes *notes; /* the public interface's own (api.h), or NULL */
    fg_value *own_window;   /* the program's own, whoever runs */
    fg_value **own_pages;
    struct fg_world *world; /* of the running task; NULL: the program's own */
    struct fg_fiber *fiber; /* that runs, once there are tasks */
    struct fg_sched *sched; /* or NULL: nothing has waited for anything yet */
    bool keeps_tasks;       /* tasks outlive the call from C that started them */
    bool background;        /* a schedule or watch block was started */
    fg_resource *resources; /* of the library */
    fg_value remembered;    /* by the library: an object, or null */
    /* From here on nothing is set at birth: each part says elsewhere when it is valid. */
    fg_error error;
    fg_keys *key_cache[64]; /* key lists of decoded objects, by hash of the names */
    uint64_t random[4];     /* generator state, seeded on first use */
    _Alignas(16) char notes_room[FG_NOTES_ROOM]; /* for what `notes` points to */
} fg_vm;

/* The value a cell reference denotes, for reading. */
static inline const fg_value *fg_cell_at(const fg_vm *vm, fg_cellref r)
{
    if (fg_unlikely(vm->pages != NULL) && (r & 1))
        return &vm->pages[r / FG_PAGE_BYTES][r % FG_PAGE_BYTES / sizeof(fg_value)];
    return (const fg_value *)(vm->base[r & 1] + r);
}

/* The copy of a page that this fork writes to; NULL: FG_NOMEM. */
fg_value *fg_page_own(fg_vm *vm, fg_cellref r);

/* The same for writing: NULL is FG_NOMEM. */
static inline fg_value *fg_cell_write(fg_vm *vm, fg_cellref r)
{
    if (fg_unlikely(vm->pages != NULL) && (r & 1))
        return fg_page_own(vm, r);
    return (fg_value *)(vm->base[r & 1] + r);
}

/* ---- errors --------------------------------------------------------------------- */

/* Records the error with the place of the running frame; returns FG_RAISED (FG_STOPPED
 * for LIMIT and CANCELLED). */
fg_status fg_raise(fg_vm *vm, fg_errkind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a limit that is reached: FG_STOPPED. */
fg_status fg_raise_limit(fg_vm *vm, fg_bound which, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Refuses what needs rights that this program does not have; `what` names it. */
fg_status fg_denied(fg_vm *vm, const char *what, uint32_t caps);
/* Adds what to try to the error just raised; returns its status. */
fg_status fg_hint(fg_vm *vm, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, but only for people: scripts that catch the error do not see it. */
fg_status fg_advise(fg_vm *vm, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Message and hint as scripts see them: "message\n  hint: …". */
void fg_error_text(const fg_error *e, fg_bytes *out);
const char *fg_errkind_name(fg_errkind k);
/* The program that the place of the last error is in. */
const fg_source *fg_error_source(const fg_vm *vm);
/* The whole report: framed source, hint, call stack. */
void fg_error_report(const fg_vm *vm, fg_bytes *out, bool color);
void fg_error_clear(fg_vm *vm);

/* ---- for natives -------------------------------------------------------------------- */

/* Calls any callable.  out is a root (scratch slot or the native's out). */
fg_status fg_call(fg_vm *vm, const fg_value *fn, int argc, const fg_value *argv,
                  fg_value *out);
/* n null slots that are roots until the native returns; NULL: FG_NOMEM. */
fg_value *fg_scratch(fg_vm *vm, uint32_t n);
/* Gives back what was taken since vm->top and vm->chunk were these; natives need not. */
void fg_scratch_end(fg_vm *vm, fg_value *top, const fg_chunk *chunk);
/* Reports work units; may collect, and ends the script at limits. */
fg_status fg_tick(fg_vm *vm, uint32_t units);
/* The same without collecting, for what a foreign library calls in the middle of its own
 * work. */
fg_status fg_tick_within(fg_vm *vm, uint32_t units);
/* Only what the host decides: cancellation and limits. */
fg_status fg_poll_host(fg_vm *vm);
/* Counts time of the processor that another thread has spent for this program. */
void fg_count_cpu(fg_vm *vm, uint64_t ns);
/* Waits so many milliseconds; none, or less, only lets other tasks run.  They may collect,
 * and the native ends with what this gives: *out is set before. */
fg_status fg_sleep_ms(fg_vm *vm, double ms);
/* Advances a stream that is reachable: its next item in out, which is a root, or no *more.
 * May call functions and collect. */
fg_status fg_stream_next(fg_vm *vm, struct fg_stream *s, fg_value *out, bool *more);
/* True if the value can be called. */
bool fg_callable(const fg_value *v);
/* Memory that no collector sees, counted against the fork's limit, or NULL.  It is given
 * back with the same size before the VM ends. */
void *fg_memory_take(fg_vm *vm, size_t size);
void fg_memory_give(fg_vm *vm, void *at, size_t size);
/* What the library keeps for the program under a name of its own: part of the template,
 * so that what the top level did is there in every fork.  v must be freezable. */
fg_status fg_remember(fg_vm *vm, const char *name, const fg_value *v);
/* False and null if there is nothing; borrowed. */
bool fg_recall(const fg_vm *vm, const char *name, fg_value *out);
/* Text to the program's output or standard error. */
fg_status fg_write(fg_vm *vm, fg_slice text);
void fg_write_err(fg_vm *vm, fg_slice text);
/* Has the host send what it collected; before a native waits for anything. */
fg_status fg_flush(fg_vm *vm);
/* A string value; FG_NOMEM.  The program's own string object if it knows the text. */
fg_status fg_make_string(fg_vm *vm, fg_slice text, fg_value *out);
/* A key for objects: the program's string of this text if there is one, else new. */
fg_string *fg_make_key(fg_vm *vm, fg_slice text);
/* The string of a buffer, which is dropped; FG_NOMEM if the buffer had failed. */
fg_status fg_take_bytes(fg_vm *vm, fg_bytes *b, fg_value *out);
/* Method `name` of the type of an object with __type__, or NULL. */
const fg_value *fg_type_method(fg_vm *vm, const fg_object *o, fg_string *name);

#endif
