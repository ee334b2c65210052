// SPDX-License-Identifier: Apache-2.0
/* Inside the compiler: shared by scope.c, emit.c and compile*.c, by nobody else.
 *
 * Three passes over the tree: scope.c declares every variable, then resolves every name
 * and learns what is captured and assigned; compile*.c emit code function by function.
 * All of it lives in one arena but the vectors of emit.c, which are malloc'ed.
 *
 * Registers are numbers here; emit scales them.  A named variable owns its register until
 * its scope ends; temporaries are taken and given back like a stack. */
#ifndef FG_COMPILER_H
#define FG_COMPILER_H

#include "code/compile.h"
#include "code/opcode.h"
#include "front/ast.h"

/* Flags that scope.c adds to nodes. */
#define FG_NF_RUNS 0x100u    /* evaluating it may run other code of the program */
#define FG_NF_ASSIGNS 0x200u /* evaluating it may assign variables of this function */

struct fg_scope;
struct fg_fn;

/* A variable. */
typedef struct fg_var {
    fg_slice name;
    struct fg_fn *fn;
    struct fg_var *next; /* in its scope, declaration order */
    uint32_t declared;   /* source offset from which the name is visible */
    uint32_t global;     /* index, when is_global */
    int32_t reg;         /* register, or -1 before its scope is entered */
    bool is_global;
    bool mutable_;
    bool assigned; /* anywhere but in its one declaration */
    bool captured;
    bool late;          /* captured by a function that stands before the declaration */
    bool scalar;        /* never holds a container: no counting */
    bool live;          /* declared at this point of emission */
    const fg_node *let; /* the LET that counts now, or NULL */
} fg_var;

typedef struct fg_scope {
    struct fg_scope *parent;
    struct fg_fn *fn;
    fg_var *first, *last;
    uint32_t nvars;
    fg_var **table; /* hash of names once there are many */
    uint32_t ntable;
    uint32_t top; /* register to go back to when it is left */
} fg_scope;

/* What a name means at one place. */
typedef enum fg_refkind {
    FG_REF_LOCAL,
    FG_REF_CAPTURE,
    FG_REF_GLOBAL,
    FG_REF_BUILTIN,
    FG_REF_MODULE,
    FG_REF_UNDEFINED
} fg_refkind;

typedef struct fg_ref {
    fg_refkind kind;
    bool late; /* a CAPTURE that may not be set yet: then `outer` */
    fg_var *var;
    /* BUILTIN; of a MODULE the function that a call of it is, or NULL; for GLOBAL what the
     * name means while unset */
    const fg_native *native;
    const fg_module *module;
    struct fg_ref *outer;
} fg_ref;

typedef struct fg_capture {
    fg_var *var;
    int32_t reg;    /* register of the enclosing function, or -1 */
    uint32_t outer; /* else capture of the enclosing function */
} fg_capture;

/* Jumps to be patched. */
typedef struct fg_jumps {
    uint32_t *at;
    uint32_t n, cap;
} fg_jumps;

typedef struct fg_loop {
    struct fg_loop *parent;
    fg_scope *scope; /* variables of inner scopes are dropped on the way out */
    uint32_t *breaks, *continues;
    uint32_t nbreaks, ncontinues;
} fg_loop;

/* A squad or timeout block being compiled.  Whatever leaves it early jumps behind it
 * first, where it is ended in the open, and leaves from there. */
typedef struct fg_guard {
    struct fg_guard *parent;
    fg_scope *scope; /* around it */
    fg_loop *loop;   /* around it */
    int32_t value;   /* register for what is returned; owned meanwhile */
    fg_jumps returns, failures, breaks, continues;
} fg_guard;

/* A function being compiled. */
typedef struct fg_fn {
    struct fg_fn *parent;
    fg_node *node; /* FN or LAMBDA; NULL for the top level */
    fg_scope *scope;
    fg_proto *proto;
    uint64_t *code;
    fg_line *lines;
    uint16_t *lengths; /* beside lines */
    fg_note *notes;
    fg_handler *handlers;
    fg_value *near_k, *far_k; /* constants for b and c operands, others */
    uint32_t ncode, ccode, nlines, clines, clengths, nhandlers, chandlers;
    uint32_t nnotes, cnotes;
    uint32_t nnear, cnear, nfar, cfar;
    fg_capture *captures;
    uint32_t ncaptures, ccaptures;
    uint32_t top, nregs; /* next free register, most ever used */
    fg_loop *loop;
    fg_scope *inner; /* innermost scope at this point of emission */
    uint32_t tries;  /* enclosing try, safe … blocks */
    fg_guard *guard; /* innermost squad or timeout block */
    bool task;       /* the body of spawn, schedule or watch */
    bool has_params_default;
    struct fg_fn *next; /* list of finished functions */
} fg_fn;

/* Bytes of the source. */
typedef struct fg_span {
    uint32_t start, end;
} fg_span;

typedef struct fg_typedecl {
    fg_slice name;
    uint32_t global;
    bool linked;      /* some import of this file brings a type of the name */
    fg_string *label; /* what values of the type carry as their type's name */
    struct fg_typedecl *next;
} fg_typedecl;

/* Something that the top level of a file defines for files that import it. */
typedef struct fg_export {
    fg_slice name;
    fg_slice owner; /* the type or interface that it comes with, or n == 0 */
    bool type;      /* a struct or an enum */
    bool unit;      /* a variant without values */
    bool hidden;    /* comes with its owner */
    bool listed;    /* only for those that ask for it by name */
} fg_export;

/* A text that belongs to the program.  A module's top level becomes a function that
 * returns an array of what the module exports, in the order of `exports`. */
typedef struct fg_file {
    struct fg_file *next;
    fg_source *source;
    uint64_t id[2];         /* of a module */
    uint32_t number;        /* among the program's sources */
    uint32_t counted, line; /* line ends before this offset: see COVER */
    fg_node *root;
    const fg_import_fault *broken; /* why it is no module, or NULL */
    fg_fn *fn;                     /* its top level */
    fg_scope *scope;
    fg_typedecl *types;
    fg_slice *units; /* names of unit variants, malloc'ed */
    uint32_t nunits, cunits;
    fg_export *exports; /* malloc'ed */
    uint32_t nexports, cexports;
    fg_slice *shared; /* types that come with an import of everything, malloc'ed */
    uint32_t nshared, cshared;
} fg_file;

/* In `info` of an IMPORT node, unless a module of the library is meant. */
typedef struct fg_import {
    fg_file *file;   /* NULL: `fault` says why not */
    fg_slice fault;  /* message, newline, hint or nothing */
    fg_list names;   /* NAME nodes of the variables to set, each with its fg_var */
    uint32_t *at;    /* parallel: position in the exports, or UINT32_MAX */
    fg_slice *types; /* that come along */
    uint32_t ntypes;
} fg_import;

typedef struct fg_compiler {
    fg_arena *arena;
    fg_region *region;
    const fg_library *lib;
    const fg_program *before; /* this one goes on where it ended, or NULL */
    fg_diag *diag;
    fg_status status; /* the first failure; everything after it is a no-op */
    fg_program *program;
    const fg_loader *loader;
    fg_file *files, *last_file; /* the program's own first */
    uint32_t nfiles, nimports;
    size_t loaded;           /* bytes of modules */
    fg_import_fault **fault; /* where the next one belongs */
    fg_file *file;           /* being compiled */
    fg_fn *fn;               /* being compiled */
    fg_fn *done;             /* finished functions */
    fg_scope *scope;         /* during scope.c */
    fg_scope *globals;       /* the top level's scope, in the program's own file */
    fg_fn *main;
    fg_string **intern; /* growing table of interned strings */
    uint32_t nintern, cintern;
    fg_global *glist;
    uint32_t nglobals, cglobals;
    struct fg_assignment *assignments; /* for scalar inference */
    bool cover;                        /* statements note that they ran */
    bool has_tasks;                    /* some function is the body of a task */
    fg_span span; /* of the source that instructions are attributed to */
    uint32_t depth;
    fg_route *routes;
    fg_decorator *decorators;
    uint32_t nroutes, croutes, ndecorators, cdecorators;
} fg_compiler;

/* ---- failure ---------------------------------------------------------------------- */
void fg_c_error(fg_compiler *c, const fg_node *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void fg_c_nomem(fg_compiler *c);
/* Instructions emitted from here on belong to n. */
static inline void fg_c_at(fg_compiler *c, const fg_node *n)
{
    c->span = (fg_span){ n->start, n->end };
}
static inline bool fg_c_ok(const fg_compiler *c) { return c->status == FG_OK; }
/* Is the top level of a file being compiled? */
static inline bool fg_c_at_top(const fg_compiler *c) { return c->fn == c->file->fn; }
static inline bool fg_c_in_module(const fg_compiler *c) { return c->file != c->files; }
/* Room for one more element of a malloc'ed vector. */
bool fg_c_grow(fg_compiler *c, void *vector, uint32_t n, uint32_t *cap, size_t size);

/* ---- scope.c ------------------------------------------------------------------------ */
void fg_c_declare(fg_compiler *c, fg_node *root);
void fg_c_resolve(fg_compiler *c, fg_node *root);
fg_var *fg_c_find(const fg_scope *s, fg_slice name);
/* A type of this file, declared if it was not; NULL without memory. */
fg_typedecl *fg_c_typedecl(fg_compiler *c, fg_file *f, fg_slice name);
uint32_t fg_c_type(fg_compiler *c,
                   fg_slice name); /* global of the type's fg_typeinfo */
/* The name of a type as values carry it. */
fg_value fg_c_type_label(fg_compiler *c, fg_slice name);
fg_slice fg_c_hidden_name(fg_compiler *c, const char *before, fg_slice name);
void fg_c_set_mutable(const fg_node *let);
bool fg_c_is_unit(const fg_compiler *c, fg_slice name);
void fg_c_add_unit(fg_compiler *c, fg_slice name); /* to the file's */
/* Never a container? */
bool fg_c_scalar(const fg_node *n);
/* The variable that xs.push(v), push(xs, v) … changes in place, or NULL; which: FG_IN_…;
 * arg: the argument node or NULL. */
fg_var *fg_c_inplace(const fg_node *call, int *which, fg_node **arg,
                     fg_node **receiver);
static inline bool fg_c_is_cell(const fg_var *v)
{
    return v->captured && (v->assigned || v->late) && !v->is_global;
}

/* ---- emit.c ------------------------------------------------------------------------- */
uint32_t fg_c_emit(fg_compiler *c, fg_opcode op, uint32_t aux, uint32_t a, uint32_t b,
                   uint32_t k);
uint32_t fg_c_append(fg_compiler *c, uint64_t ins);
uint32_t fg_c_emit32(fg_compiler *c, fg_opcode op, uint32_t aux, uint32_t a,
                     uint32_t bc);
/* Operands: R scales a register, K a near constant. */
void fg_c_unemit(fg_compiler *c); /* takes the last one back: nothing jumps behind it */
static inline uint32_t fg_c_reg(int32_t r) { return (uint32_t)r * 16u; }
uint32_t fg_c_near(fg_compiler *c, fg_value v); /* scaled, for b and c */
void fg_c_loadk(fg_compiler *c, int32_t dst, fg_value v);
/* Attaches advice to the instruction emitted next, for the error it raises. */
void fg_c_note(fg_compiler *c, fg_slice text);
void fg_c_patch(fg_compiler *c, uint32_t at); /* jump at `at` comes here */
void fg_c_patch_to(fg_compiler *c, uint32_t at, uint32_t target);
uint32_t fg_c_jump(fg_compiler *c);              /* forward JUMP to patch */
void fg_c_back(fg_compiler *c, uint32_t target); /* LOOP to target */
/* The code from there on ends with a conditional jump back to it, nothing from elsewhere
 * jumps into it, and no jump out of it is without target: makes two turns of it if it is
 * short. */
void fg_c_unroll(fg_compiler *c, uint32_t from);
int32_t fg_c_temp(fg_compiler *c); /* a fresh register */
int32_t fg_c_temps(fg_compiler *c, uint32_t n);
void fg_c_handler(fg_compiler *c, uint32_t from, uint32_t to, uint32_t handler,
                  uint32_t reg);
fg_string *fg_c_string(fg_compiler *c, fg_slice text); /* interned */
fg_value fg_c_strv(fg_compiler *c, fg_slice text);
fg_keys *fg_c_keys(fg_compiler *c, const fg_slice *names, uint32_t n);
uint32_t fg_c_capture(fg_compiler *c, fg_fn *fn, fg_var *v);
fg_fn *fg_c_fn_begin(fg_compiler *c, fg_node *node, fg_scope *scope);
void fg_c_fn_end(fg_compiler *c);
uint32_t fg_c_global(fg_compiler *c, fg_slice name); /* a new hidden or named global */
fg_status fg_c_link(fg_compiler *c);                 /* lays everything out */

void fg_c_fn_drop(fg_fn *fn); /* its vectors */

/* ---- compile.c: blocks, scopes, statements ------------------------------------------ */
/* Notes that the statement runs, if statements do. */
void fg_c_cover(fg_compiler *c, const fg_node *n);
void fg_c_stmt(fg_compiler *c, fg_node *n, int32_t dst); /* dst -1: no value wanted */
void fg_c_block(fg_compiler *c, fg_node *block, int32_t dst);
void fg_c_enter(fg_compiler *c, fg_scope *s);
void fg_c_leave(fg_compiler *c, fg_scope *s);
/* Releases the variables of scopes inside `outer` (NULL: all of the function). */
void fg_c_drop_to(fg_compiler *c, const fg_scope *outer);
/* Makes v a live variable whose value is in register r (r may be v's own register). */
void fg_c_define(fg_compiler *c, fg_var *v, int32_t r);
int32_t fg_c_var_reg(fg_compiler *c, fg_var *v); /* allocates it */
void fg_c_return(fg_compiler *c, int32_t r);     /* -1: null */

/* ---- compile_expr.c, compile_call.c -------------------------------------------------- */
void fg_c_expr(fg_compiler *c, fg_node *n, int32_t dst);
/* dst = f(first, second); second may be NULL. */
void fg_c_call_native(fg_compiler *c, const fg_node *n, const fg_native *f,
                      fg_node *first, fg_node *second, int32_t dst);
int32_t fg_c_any(fg_compiler *c, fg_node *n); /* a register that holds it */
void fg_c_load_ref(fg_compiler *c, const fg_ref *ref, fg_slice name, int32_t dst);
void fg_c_call(fg_compiler *c, fg_node *n, int32_t dst);
/* Raises that the name means nothing here. */
void fg_c_undefined(fg_compiler *c, fg_slice name);
int32_t fg_c_call_base(fg_compiler *c, int32_t dst, uint32_t n);
void fg_c_apply(fg_compiler *c, fg_node *f, int32_t r);
void fg_c_pipe(fg_compiler *c, fg_node *n, int32_t dst);
/* Evaluates n into dst, counted while later code runs if `rest` says it must be; returns
 * true if the caller has to DROP it. */
bool fg_c_held(fg_compiler *c, fg_node *n, uint32_t rest_flags, int32_t dst);
uint32_t fg_c_flags_from(const fg_list *l, uint32_t from);
bool fg_c_needs_hold(const fg_node *n, uint32_t rest_flags);
/* A register with the value of n that stays valid while code with rest_flags runs. */
int32_t fg_c_operand(fg_compiler *c, fg_node *n, uint32_t rest_flags, bool *drop);
void fg_c_drop(fg_compiler *c, int32_t r, uint32_t n);
void fg_c_null(fg_compiler *c, int32_t dst);
const fg_ref *fg_c_name_ref(const fg_node *n);

/* ---- import.c ------------------------------------------------------------------------ */
/* A file of the program with a copy of the text; NULL without memory. */
fg_file *fg_c_file(fg_compiler *c, fg_slice file, fg_slice text);
/* Finds and parses all files that can be reached from the first, and says in each
 * fg_import what it brings. */
void fg_c_load(fg_compiler *c);
void fg_c_files_drop(fg_compiler *c);
/* Notes that an import fails; text: message, newline, hint or nothing.  NULL without
 * memory. */
const fg_import_fault *fg_c_import_fault(fg_compiler *c, const fg_source *s,
                                         uint32_t start, uint32_t end, fg_slice text);
/* Begins b with the message that a file does not export a name. */
void fg_c_not_exported(fg_bytes *b, const fg_node *import, const fg_node *name);
/* Notes what is wrong with a file, which c->diag says; the compiler goes on. */
void fg_c_broken(fg_compiler *c, fg_file *f);

/* ---- compile_import.c ---------------------------------------------------------------- */
void fg_c_import(fg_compiler *c, fg_node *n);
/* The type of this name starts afresh. */
void fg_c_type_forget(fg_compiler *c, fg_slice name);
/* Compiles a file that is not the first. */
void fg_c_module(fg_compiler *c, fg_file *f);
/* Returns from the top level of a module. */
void fg_c_module_return(fg_compiler *c);

/* ---- compile_query.c ----------------------------------------------------------------- */
void fg_c_where(fg_compiler *c, fg_node *n, int32_t dst);
void fg_c_chain(fg_compiler *c, fg_node *n, int32_t dst);

/* ---- compile_assign.c --------------------------------------------------------------- */
void fg_c_assign(fg_compiler *c, fg_node *n);
/* Assigns register r to the variable a reference means. */
void fg_c_store_ref(fg_compiler *c, const fg_ref *ref, fg_slice name, int32_t r);
void fg_c_inplace_call(fg_compiler *c, fg_node *n, int32_t dst);

/* ---- compile_flow.c ------------------------------------------------------------------ */
/* Jumps to be patched when n is truthy (sense true) or falsy; otherwise falls through. */
void fg_c_cond(fg_compiler *c, fg_node *n, bool sense, fg_jumps *out);
void fg_c_jumps_here(fg_compiler *c, fg_jumps *j);
void fg_c_jumps_add(fg_compiler *c, fg_jumps *j, uint32_t at);
void fg_c_if(fg_compiler *c, fg_node *n, int32_t dst);
void fg_c_match(fg_compiler *c, fg_node *n, int32_t dst);
void fg_c_when(fg_compiler *c, fg_node *n, int32_t dst);
void fg_c_loop(fg_compiler *c, fg_node *n);             /* FOR WHILE LOOP REPEAT */
void fg_c_leave_loop(fg_compiler *c, fg_node *n);       /* BREAK CONTINUE */
void fg_c_try(fg_compiler *c, fg_node *n, int32_t dst); /* TRY SAFE */
void fg_c_retry(fg_compiler *c, fg_node *n);

/* ---- compile_task.c ------------------------------------------------------------------ */
void fg_c_spawn(fg_compiler *c, fg_node *n, int32_t dst);
void fg_c_later(fg_compiler *c, fg_node *n); /* SCHEDULE WATCH */
void fg_c_squad(fg_compiler *c, fg_node *n, int32_t dst);
void fg_c_timeout(fg_compiler *c, fg_node *n);
/* Returns r (-1: null) by way of the guards around; false if there are none. */
bool fg_c_guarded_return(fg_compiler *c, int32_t r);
/* The same for BREAK and CONTINUE of the loop around. */
bool fg_c_guarded_leave(fg_compiler *c, const fg_node *n);
/* a?  */
void fg_c_try_op(fg_compiler *c, fg_node *n, int32_t dst);
/* Which globals each task may touch, when all functions are compiled. */
void fg_c_snapshots(fg_compiler *c);

/* ---- compile_def.c -------------------------------------------------------------------- */
/* The statements, and the return of what the last one gives. */
void fg_c_returning(fg_compiler *c, const fg_list *l);
void fg_c_function(fg_compiler *c, fg_node *n,
                   int32_t dst); /* closure of FN or LAMBDA */
void fg_c_fn_stmt(fg_compiler *c, fg_node *n);
/* Compiles the body in n->b as a function of this name (n 0: none). */
fg_fn *fg_c_body(fg_compiler *c, fg_node *n, fg_slice name);
/* Emits op dst, prototype of fn, captures, which are loaded first. */
void fg_c_closure(fg_compiler *c, const fg_node *n, const fg_fn *fn, fg_opcode op,
                  int32_t dst);
void fg_c_struct_def(fg_compiler *c, fg_node *n);
void fg_c_type_def(fg_compiler *c, fg_node *n);
void fg_c_interface(fg_compiler *c, fg_node *n);
void fg_c_impl(fg_compiler *c, fg_node *n);
void fg_c_struct_lit(fg_compiler *c, fg_node *n, int32_t dst);
void fg_c_placeholder(fg_compiler *c, fg_node *n); /* PROMPT AGENT */
void fg_c_decorator(fg_compiler *c, fg_node *n);

#endif
