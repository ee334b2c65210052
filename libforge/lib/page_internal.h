// SPDX-License-Identifier: Apache-2.0
/* Between the files of templates: the compiled form and the compiler's state.
 *
 * A template is a row of instructions for a stack of values.  Texts are parts of one pool.
 * Each file is a range of instructions that ends with RETURN; its local names are slots
 * behind its data. */
#ifndef FG_PAGE_INTERNAL_H
#define FG_PAGE_INTERNAL_H

#include "lib/page.h"
#include "lib/page_markup.h"

/* a and b are operands, n is a small one. */
/* clang-format off */
#define FG_PAGE_OPS(X)                                                                \
    X(TEXT)      /* write the text a … a + b */                                       \
    X(PRINT)     /* write the top as `flag` and n say */                              \
    X(TEXT_VALUE)/* push the string a … a + b */                                      \
    X(INT)       /* push the number in a and b */                                     \
    X(FLOAT)                                                                          \
    X(BOOL)                                                                           \
    X(NULL)                                                                           \
    X(DATA)      /* push the data */                                                  \
    X(NAME)      /* push the field of the data; flag: null if there is none */        \
    X(SLOT)      /* push slot a */                                                    \
    X(LOOP)      /* push property n of the loop at slot a */                          \
    X(FIELD)     /* replace the top by its field; flag as in NAME */                  \
    X(INDEX)     /* replace two by the element; flag as in NAME */                    \
    X(ARITH)     /* n: operator */                                                    \
    X(ORDER)                                                                          \
    X(EQUAL)     /* n: 1 for != */                                                    \
    X(IN)        /* is the second among the elements of the top? */                   \
    X(NOT)                                                                            \
    X(NEGATE)                                                                         \
    X(TRUTH)     /* replace the top by whether it is true */                          \
    X(CALL)      /* function a with n arguments */                                    \
    X(ARRAY)     /* of the n values on top */                                         \
    X(OBJECT)    /* of n pairs of key and value */                                    \
    X(JUMP)      /* to a */                                                           \
    X(UNLESS)    /* pop; to a if it is false */                                       \
    X(AND)       /* to a if the top is false, else pop */                             \
    X(OR)        /* to a if the top is true, else pop */                              \
    X(ELSE)      /* ??: to a if the top is not null, else pop */                      \
    X(SET)       /* pop into slot a */                                                \
    X(FOR)       /* pop into the loop at slot a; to b if it is empty */               \
    X(NEXT)      /* n names; to b with the next item of the loop at slot a */         \
    X(INCLUDE)   /* file a; flag: with the popped data */                             \
    X(RETURN)
/* clang-format on */

enum fg_page_op {
#define X(name) FG_PAGE_##name,
    FG_PAGE_OPS(X)
#undef X
};

typedef struct fg_page_ins {
    uint8_t op, flag;
    uint16_t n;
    uint32_t a, b;
} fg_page_ins;

/* Where an instruction comes from. */
typedef struct fg_page_place {
    uint32_t offset; /* in the text of the file */
    uint32_t file;
} fg_page_place;

/* A loop takes slots: what fg_next uses (source, position, two names), its length, and the
 * number of the turn. */
#define FG_PAGE_LOOP_SLOTS 6u

typedef struct fg_page_unit {
    uint32_t path, npath; /* in the pool */
    uint32_t text, ntext; /* its source, there too */
    uint32_t start;       /* first instruction */
    uint32_t nslots;      /* of its own names, data included */
    uint32_t need;        /* with those of what it includes */
    uint32_t depth;       /* files inside each other, from here on */
} fg_page_unit;

struct fg_page {
    fg_host host;
    size_t bytes;
    const fg_page_ins *code;
    const fg_page_place *places;
    const fg_page_unit *units;
    const char *pool;
    uint32_t ncode, nunits, npool;
    uint32_t nstack; /* most values on the stack */
};

/* Properties of a loop, as names in templates. */
#define FG_PAGE_LOOP_NAMES(X)                                                          \
    X(INDEX, "index")                                                                  \
    X(INDEX0, "index0") X(FIRST, "first") X(LAST, "last") X(LENGTH, "length")
enum fg_page_loop_name {
#define X(name, text) FG_PAGE_LOOP_##name,
    FG_PAGE_LOOP_NAMES(X)
#undef X
};

/* ---- functions (page_filter.c) -------------------------------------------------- */

/* Number of the function with this name, or -1. */
int32_t fg_page_filter_find(fg_slice name);
/* Is it default(), whose first argument may be missing? */
bool fg_page_filter_forgives(int32_t number);
const fg_native *fg_page_filter(uint32_t number);
/* NULL behind the last. */
const char *fg_page_filter_name(uint32_t number);

/* ---- the compiler --------------------------------------------------------------- */

/* A growing table on malloc. */
typedef struct fg_page_table {
    char *at;
    uint32_t n, cap; /* elements */
} fg_page_table;

typedef struct fg_page_local {
    fg_slice name;
    uint32_t slot;
    bool loop; /* a loop, named "loop", begins at the slot */
} fg_page_local;

#define FG_PAGE_LOCALS 64u

typedef struct fg_page_compiler {
    fg_page_table code, places, units, pool;
    size_t room;
    fg_page_fault *fault;
    const fg_page_loader *loader;
    uint32_t text_left;
    uint32_t stack, nstack; /* values on the stack now, and at most */
    /* of the file being compiled */
    const char *start, *p, *end;
    uint32_t file;
    const char *at; /* start of what is compiled, for its place */
    bool alone;     /* the tag stands alone on its line */
    fg_markup markup;
    fg_bytes text;  /* literal text that is not emitted yet */
    uint32_t depth; /* of blocks and expressions */
    uint32_t nlocals, nslots, most_slots;
    fg_page_local locals[FG_PAGE_LOCALS];
} fg_page_compiler;

/* Line and column of an offset, both from 1; columns in code points. */
void fg_page_position(fg_slice text, uint32_t offset, uint32_t *line, uint32_t *column);
/* False, and the fault is set: `at` is in the text of the file. */
bool fg_page_fail(fg_page_compiler *c, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* False; adds what to try. */
bool fg_page_hint(fg_page_compiler *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A new last element, zeroed, or NULL: there is no memory. */
void *fg_page_grow(fg_page_compiler *c, fg_page_table *t, uint32_t size);
/* Appends an instruction whose place is c->at; `effect` on the stack. */
bool fg_page_emit(fg_page_compiler *c, fg_page_ins ins, int effect);
static inline fg_page_ins *fg_page_code(fg_page_compiler *c, uint32_t i)
{
    return (fg_page_ins *)(void *)c->code.at + i;
}
/* Appends text to the pool: its offset in *at. */
bool fg_page_pool(fg_page_compiler *c, fg_slice text, uint32_t *at);

/* Reads an expression at c->p and leaves its value on the stack (page_expr.c). */
bool fg_page_expr(fg_page_compiler *c);
void fg_page_space(fg_page_compiler *c);
/* A name at c->p, or an empty one. */
fg_slice fg_page_word(fg_page_compiler *c);
/* Takes the word if it is next. */
bool fg_page_take_word(fg_page_compiler *c, const char *word);
/* Is it a word that cannot be a name? */
bool fg_page_reserved(fg_slice name);
/* A string literal at c->p, without escapes, appended to b. */
bool fg_page_string(fg_page_compiler *c, fg_bytes *b);

/* Compiles the text of a file whose unit is c->file (page_parse.c). */
bool fg_page_parse(fg_page_compiler *c, fg_slice text);
/* Number of the unit for a path in an include, which may be new (page.c). */
bool fg_page_unit_of(fg_page_compiler *c, const char *at, fg_slice name,
                     uint32_t *unit);

#endif
