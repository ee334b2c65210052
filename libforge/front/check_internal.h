// SPDX-License-Identifier: Apache-2.0
/* What the files of the checker share.
 *
 * The program is walked twice: a silent pass finds the types that functions return, the
 * second one reports.  Everything lives in the arena.  When memory ends, status says so,
 * types become Unknown and the walk runs out without effect.
 *
 * A variable has the type it was declared with, against which assignments are checked,
 * and its current type, which conditions narrow.  Each narrowing is in a journal, so that
 * leaving a branch takes it back; what a branch assigned is Unknown behind it. */
#ifndef FG_CHECK_INTERNAL_H
#define FG_CHECK_INTERNAL_H

#include "front/check.h"

typedef enum fg_ck_kind {
    FG_CK_UNKNOWN,
    FG_CK_INT,
    FG_CK_FLOAT,
    FG_CK_STRING,
    FG_CK_BOOL,
    FG_CK_NULL,
    FG_CK_OBJECT,
    FG_CK_FUNCTION, /* list: parameters, b: result */
    FG_CK_ARRAY,    /* a: element */
    FG_CK_OPTION,   /* a: what may be there */
    FG_CK_RESULT,   /* a: success, b: failure */
    FG_CK_NAMED,    /* name: of a struct, enum, interface or alias */
    FG_CK_UNION,    /* list: members */
    FG_CK_PARAM     /* name: a type parameter; as good as Unknown */
} fg_ck_kind;

typedef struct fg_ck_type fg_ck_type;
struct fg_ck_type {
    fg_ck_kind kind;
    uint32_t depth; /* nesting; bounded, so that walkers may recurse */
    fg_slice name;
    const fg_ck_type *a, *b;
    const fg_ck_type **list;
    uint32_t n;
};

/* A function with a name. */
typedef struct fg_ck_fn {
    fg_node *node;
    const fg_ck_type *result;  /* declared or inferred, Unknown until it is */
    const fg_ck_type **params; /* declared types */
    uint32_t required;         /* parameters without a default */
} fg_ck_fn;

typedef struct fg_ck_symbol fg_ck_symbol;
typedef struct fg_ck_var fg_ck_var;
typedef struct fg_ck_scope fg_ck_scope;

struct fg_ck_var {
    fg_ck_symbol *symbol;
    fg_ck_var *shadowed; /* the same name further out */
    fg_ck_var *next;     /* in its scope */
    fg_ck_scope *scope;
    const fg_ck_type *declared, *current;
    fg_ck_fn *fn;   /* what a call of it runs, or NULL */
    uint32_t depth; /* of functions around it */
    bool reached;   /* its declaration has been walked */
    bool repeated;  /* declared more than once in its scope */
    bool mutable_;
};

typedef struct fg_ck_impl {
    struct fg_ck_impl *next;
    fg_node *node;
} fg_ck_impl;

/* A name, and what it means here. */
struct fg_ck_symbol {
    fg_ck_symbol *next; /* in its bucket */
    fg_slice name;
    uint32_t hash;
    fg_ck_var *var;    /* innermost, or NULL */
    fg_node *type;     /* STRUCT_DEF, TYPE_DEF or INTERFACE, or NULL */
    bool ambiguous;    /* several types have the name */
    fg_ck_impl *impls; /* of the struct */
};

struct fg_ck_scope {
    fg_ck_scope *parent;
    fg_ck_var *first;
    uint32_t mark; /* length of the journal when it was entered */
};

typedef struct fg_ck_change {
    fg_ck_var *var;
    const fg_ck_type *old; /* its current type before */
    bool assigned;         /* by an assignment, not by a condition */
} fg_ck_change;

/* A function whose body is being walked. */
typedef struct fg_ck_body {
    const fg_ck_type *expected; /* declared result, or NULL */
    const fg_ck_type *result;   /* of all returns so far; NULL: none yet */
    bool leaves;                /* `?` may return something else */
    const fg_node *params;      /* type parameters, or NULL */
    struct fg_ck_body *outer;
} fg_ck_body;

typedef struct fg_checker {
    fg_arena *arena;
    fg_slice source;
    fg_status status;
    bool loud;    /* report */
    bool imports; /* other files declare names, too */
    uint32_t depth;
    fg_ck_scope *scope;
    fg_ck_body *body;
    const fg_node *server; /* the first @server */
    fg_ck_symbol **buckets;
    uint32_t nbuckets, nsymbols;
    fg_ck_change *journal;
    uint32_t njournal, journal_cap;
    fg_diag **found;
    uint32_t nfound;
} fg_checker;

/* ---- types (check_types.c) ----------------------------------------------------------- */

extern const fg_ck_type fg_ck_simple[FG_CK_OBJECT + 1];
static inline const fg_ck_type *fg_ck_basic(fg_ck_kind k) { return &fg_ck_simple[k]; }
#define FG_CK_T(kind) fg_ck_basic(FG_CK_##kind)

static inline bool fg_ck_known(const fg_ck_type *t)
{
    return t->kind != FG_CK_UNKNOWN && t->kind != FG_CK_PARAM;
}

static inline bool fg_ck_number(const fg_ck_type *t)
{
    return t->kind == FG_CK_INT || t->kind == FG_CK_FLOAT;
}

const fg_ck_type *fg_ck_array(fg_checker *c, const fg_ck_type *element);
const fg_ck_type *fg_ck_option(fg_checker *c, const fg_ck_type *inner);
const fg_ck_type *fg_ck_result(fg_checker *c, const fg_ck_type *a, const fg_ck_type *b);
const fg_ck_type *fg_ck_named(fg_checker *c, fg_slice name);
const fg_ck_type *fg_ck_function(fg_checker *c, const fg_list *params,
                                 const fg_ck_type *result);
/* The type that an annotation means; NULL is Unknown. */
const fg_ck_type *fg_ck_annotation(fg_checker *c, const fg_node *n);
/* The union behind an alias; any other type itself. */
const fg_ck_type *fg_ck_resolve(fg_checker *c, const fg_ck_type *t);
bool fg_ck_same(const fg_ck_type *a, const fg_ck_type *b);
/* Whether a value of type `actual` may be where `expected` is. */
bool fg_ck_fits(fg_checker *c, const fg_ck_type *expected, const fg_ck_type *actual);
/* For messages; in the arena. */
const char *fg_ck_show(fg_checker *c, const fg_ck_type *t);

/* ---- names and narrowing (check_scope.c) ----------------------------------------------- */

/* NULL without memory. */
fg_ck_symbol *fg_ck_symbol_of(fg_checker *c, fg_slice name);
void fg_ck_enter(fg_checker *c, fg_ck_scope *s);
void fg_ck_leave(fg_checker *c);
/* The variable `name` of the current scope, made when there is none; NULL: no memory. */
fg_ck_var *fg_ck_declare(fg_checker *c, fg_slice name, const fg_ck_type *t);
/* Declares the names of a statement, so that nothing before it takes them for others. */
void fg_ck_announce(fg_checker *c, fg_node *n);
fg_ck_var *fg_ck_find(fg_checker *c, fg_slice name);
/* What is known of a variable's value at this place. */
const fg_ck_type *fg_ck_type_of(const fg_checker *c, const fg_ck_var *v);
/* The function that a call of the name runs, or NULL. */
fg_ck_fn *fg_ck_function_of(fg_checker *c, fg_slice name);
void fg_ck_change_type(fg_checker *c, fg_ck_var *v, const fg_ck_type *t, bool assigned);
/* Takes changes back, down to a journal of length `mark`. */
void fg_ck_undo(fg_checker *c, uint32_t mark);
/* What conditions said of variables that may change until the code here runs is void. */
void fg_ck_forget(fg_checker *c);
/* null or None. */
bool fg_ck_is_nothing(fg_checker *c, const fg_node *n);
/* What holds when the condition is `truth`. */
void fg_ck_refine(fg_checker *c, const fg_node *condition, bool truth);

/* ---- walking ----------------------------------------------------------------------------- */

/* Any expression or statement; the type of its value (check_infer.c). */
const fg_ck_type *fg_ck_expr(fg_checker *c, fg_node *n);
/* A call of a name (check_call.c). */
const fg_ck_type *fg_ck_call(fg_checker *c, fg_node *n);
/* True if n was a statement without a value (check_stmt.c). */
bool fg_ck_statement(fg_checker *c, fg_node *n);
/* A scope of its own: a BLOCK or one statement. */
void fg_ck_block(fg_checker *c, fg_node *n);
/* Code that runs later, with its own `return`. */
void fg_ck_task(fg_checker *c, fg_node *block);
void fg_ck_lambda(fg_checker *c, fg_node *n);
fg_ck_fn *fg_ck_fn_of(fg_checker *c, fg_node *n);
void fg_ck_if(fg_checker *c, fg_node *n);    /* check_flow.c */
void fg_ck_match(fg_checker *c, fg_node *n); /* check_flow.c */
/* Whether nothing behind the statement runs. */
bool fg_ck_exits(const fg_node *n);

/* ---- findings (check.c) ------------------------------------------------------------------- */

void *fg_ck_get(fg_checker *c, size_t n);
void fg_ck_report(fg_checker *c, uint32_t start, uint32_t end, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
