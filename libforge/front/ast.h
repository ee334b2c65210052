// SPDX-License-Identifier: Apache-2.0
/* The syntax tree.  All nodes have one shape; the table says what each kind uses.
 *
 * Nodes, lists and unescaped texts live in an fg_arena and die with it; slices of names
 * point into the source text or the arena.  Positions are byte offsets into the source,
 * also inside interpolated strings; parentheses belong to the node they group.
 *
 * Nesting is limited (FG_MAX_DEPTH) but rows are not: a + b + c … and a.b().c() … are
 * deep to the left, else-ifs deep to the right.  A walker follows those in a loop. */
#ifndef FG_AST_H
#define FG_AST_H

#include "base/arena.h"
#include "base/operator.h"

typedef struct fg_node fg_node;

typedef struct fg_list {
    fg_node **at;
    uint32_t n;
} fg_list;

/* kind: members used.  "list" holds children in source order; absent children are NULL.
 *
 * Expressions */
/* clang-format off */
#define FG_NODES(X)                                                                   \
    X(INT)         /* i */                                                            \
    X(FLOAT)       /* f */                                                            \
    X(STRING)      /* name: the text, unescaped; never interpolated */                \
    X(INTERP)      /* list: parts, STRING or any expression */                        \
    X(TRUE) X(FALSE) X(NULL)                                                          \
    X(NAME)        /* name */                                                         \
    X(ARRAY)       /* list: elements, SPREAD allowed */                               \
    X(TUPLE)       /* list */                                                         \
    X(OBJECT)      /* list: ENTRY or SPREAD */                                        \
    X(ENTRY)       /* name: key, a: value (shorthand { a, b } gives a NAME) */        \
    X(STRUCT_LIT)  /* name: type, list: ENTRY (flag CRAFT if spelled craft) */        \
    X(SPREAD)      /* a */                                                            \
    X(UNARY)       /* op: SUB or NOT, a */                                            \
    X(BINARY)      /* op, a, b (arithmetic, comparison) */                            \
    X(AND) X(OR)   /* a, b */                                                         \
    X(CALL)        /* a: callee, list: arguments (SPREAD allowed) */                  \
    X(FIELD)       /* a, name; a CALL of a FIELD is a method call */                  \
    X(INDEX)       /* a, b: index */                                                  \
    X(TRY_OP)      /* a?  */                                                          \
    X(MUST) X(FREEZE) X(AWAIT) X(ASK) /* a */                                         \
    X(PIPE)        /* a |> b */                                                       \
    X(WHERE)       /* a where name OP b: op, name, b */                               \
    X(CHAIN)       /* a >> steps: list of STEP_* */                                   \
    X(STEP_KEEP)   /* keep where name [op b]; b NULL: truthiness */                   \
    X(STEP_SORT)   /* sort [by name]; name.n == 0: plain */                           \
    X(STEP_TAKE)   /* take a */                                                       \
    X(STEP_APPLY)  /* a: callable */                                                  \
    X(IF)          /* a: condition, b: BLOCK, c: IF, BLOCK or NULL; statement or value */ \
    X(MATCH)       /* a: subject, list: ARM */                                        \
    X(ARM)         /* a: pattern, b: BLOCK or one statement, c: guard or NULL */      \
    X(WHEN)        /* a: subject, list: WHEN_ARM */                                   \
    X(WHEN_ARM)    /* op (EQ when none is written), a: value or NULL for else, b: result */ \
    X(BLOCK)       /* list: statements; also a block expression; of a program, list2: \
                      every IMPORT in it */                                           \
    X(SAFE)        /* a: BLOCK */                                                     \
    X(TRY)         /* a: BLOCK, name: error variable, b: BLOCK */                     \
    X(SPAWN) /* b: BLOCK */ X(SQUAD) /* a: BLOCK */                                                  \
    X(OUTPUT)      /* op: SAY YELL WHISPER, a */                                      \
    X(LAMBDA)      /* list: PARAM, b: body BLOCK */                                   \
    /* Patterns (children of ARM and of each other) */                                \
    X(PAT_ANY)     /* _ */                                                            \
    X(PAT_NAME)    /* name: binding or unit variant */                                \
    X(PAT_VARIANT) /* name, list: sub-patterns */                                     \
    X(PAT_VALUE)   /* a: INT FLOAT STRING TRUE FALSE NULL */                          \
    X(PAT_OR)      /* list: alternatives */                                           \
    /* Statements */                                                                  \
    X(LET)         /* name, b: type or NULL, a: value; flag MUT */                    \
    X(UNPACK)      /* op: OBJECT ARRAY TUPLE, list: NAME (flag REST on ...name), a: value; flag MUT */ \
    X(ASSIGN)      /* a: target (NAME FIELD INDEX; anything else is the compiler's error), \
                      b: value, op: NONE or the arithmetic of t op= v */              \
    X(FN)          /* name, list: PARAM, a: return type or NULL, b: body BLOCK,       \
                      list2: decorators, c: type parameters (below) or NULL */        \
    X(PARAM)       /* name, b: type or NULL, a: default or NULL */                    \
    X(RETURN)      /* a or NULL */                                                    \
    X(BREAK) X(CONTINUE)                                                              \
    X(FOR)         /* name, name2 (n == 0: one name), a: iterable, b: BLOCK */        \
    X(WHILE)       /* a, b: BLOCK  (until gives a UNARY NOT) */                       \
    X(LOOP)        /* b: BLOCK */                                                     \
    X(REPEAT)      /* a: count, b: BLOCK; binds _ */                                  \
    X(STRUCT_DEF)  /* name, list: FIELD_DEF, c: type parameters or NULL */            \
    X(FIELD_DEF)   /* name, b: type or NULL, a: default or NULL; flag HAS */          \
    X(TYPE_DEF)    /* name, list: VARIANT */                                          \
    X(VARIANT)     /* name, list: types of the payload */                             \
    X(INTERFACE)   /* name, list: FN without body (b NULL) */                         \
    X(IMPL)        /* name: type, name2: ability or n == 0, list: FN */               \
    X(DECORATOR)   /* name, list: DECO_ARG; as a statement: stand-alone */            \
    X(DECO_ARG)    /* name: key or n == 0, a: value */                                \
    X(IMPORT)      /* name: path, list: NAME (empty: all) */                          \
    X(CHECK)       /* op: CHECK_*, a, b, c */                                         \
    X(WAIT)        /* a; i: factor in milliseconds (1000 for seconds) */              \
    X(TIMEOUT)     /* a: amount, i: factor in milliseconds, b: BLOCK */               \
    X(RETRY)       /* a: times, b: BLOCK */                                           \
    X(SCHEDULE)    /* a: amount, i: factor in milliseconds, b: BLOCK */               \
    X(WATCH)       /* a: path, b: BLOCK */                                            \
    X(YIELD)       /* a */                                                            \
    X(GRAB)        /* name, a: url, b: options or NULL */                             \
    X(DOWNLOAD)    /* a: url, b: path or NULL */                                      \
    X(CRAWL)       /* a */                                                            \
    X(PROMPT)      /* name, list: PARAM, list2: ENTRY with STRING */                  \
    X(AGENT)       /* name, list: PARAM, list2: ENTRY (tools is an ARRAY) */          \
    /* Types of annotations */                                                        \
    X(TYPE_NAME)   /* name, list: arguments; type parameters <T, U> have no name */   \
    X(TYPE_ARRAY)  /* a: element */                                                   \
    X(TYPE_OPTION) /* a */
/* clang-format on */

typedef enum fg_node_kind {
#define X(name) FG_N_##name,
    FG_NODES(X)
#undef X
        FG_N_COUNT
} fg_node_kind;

#define FG_NF_MUT 1u
#define FG_NF_REST 2u
#define FG_NF_HAS 4u
#define FG_NF_CRAFT 8u
#define FG_NF_GROUPED 16u /* was written in parentheses */

struct fg_node {
    uint8_t kind; /* fg_node_kind */
    uint8_t op;   /* fg_operator */
    uint16_t flags;
    uint32_t start, end; /* source bytes [start, end) */
    fg_slice name, name2;
    union {
        int64_t i;
        double f;
    } num;
    fg_node *a, *b, *c;
    fg_list list, list2;
    void *info; /* the compiler's annotation; NULL from the parser */
};

/* "IF", "CALL", … for tools and tests. */
const char *fg_node_name(fg_node_kind k);

/* Whether functions with the decorator of this name answer requests. */
bool fg_ast_is_route(fg_slice name);

#endif
