// SPDX-License-Identifier: Apache-2.0
/* A compiled program: everything the compiler makes, in one region of memory that is
 * never written after the template is frozen (but for the region's owner: see region.h). */
#ifndef FG_PROGRAM_H
#define FG_PROGRAM_H

#include "base/bytes.h"
#include "value/func.h"

/* One of the texts that a program consists of: its own, or a file's that it imports. */
typedef struct fg_source {
    fg_slice file, text;         /* file is also terminated */
    fg_slice name;               /* of a module: as the first import of it spells it */
    const struct fg_proto *unit; /* of a module: the function that is its top level */
} fg_source;

/* Why an import is an error wherever it is executed. */
typedef struct fg_import_fault {
    struct fg_import_fault *next; /* in the order they were found */
    const fg_source *source;
    uint32_t start, end; /* in it */
    fg_slice text;       /* message, newline, hint or nothing */
} fg_import_fault;

/* The name of a type that a module defines, as values of the type carry it.  The
 * program's own types are found by their text; types of modules are only found by such
 * a string, so that types of one name in several files are different types. */
typedef struct fg_typename {
    fg_string s;
    uint32_t global; /* of its fg_typeinfo */
} fg_typename;

/* Code address -> source position, sorted by pc; an entry holds until the next. */
typedef struct fg_line {
    uint32_t pc;  /* index into code */
    uint32_t off; /* byte offset into the source */
} fg_line;

/* Advice about the error that the instruction at pc raises; sorted by pc, rare. */
typedef struct fg_note {
    uint32_t pc;
    fg_string *text;
} fg_note;

/* A protected range of code: an error in [from, to) continues at `handler`; inner
 * ranges come first.  One with FG_CLEAN_UP does not end the error, and sees also those
 * that no `try` can catch but a timeout block. */
typedef struct fg_handler {
    uint32_t from, to, handler;
    uint32_t reg; /* register that receives the error object, or FG_NO_REG */
} fg_handler;
#define FG_NO_REG UINT32_MAX
#define FG_CLEAN_UP (UINT32_MAX - 1)

/* One function.  Starts as an fg_protohead (value/func.h). */
typedef struct fg_proto {
    fg_obj h;
    fg_string *name;  /* NULL for lambdas */
    uint32_t nparams; /* declared */
    uint32_t nregs;   /* registers of a frame, parameters first */
    uint32_t ncode, nconsts, nlines, nnotes, nhandlers;
    const uint64_t *code;
    const fg_value *consts;
    const fg_line *lines;
    const uint16_t *lengths; /* beside lines: bytes of source, or UINT16_MAX for more */
    const fg_note *notes;
    const fg_handler *handlers;
    fg_string **params; /* names */
    uint32_t ndefaults; /* parameters with a default: entry code handles them */
    uint32_t off;       /* of the definition in the source */
    uint32_t home;      /* FG_HOME_CALLER or FG_HOME_MAIN: see value/object.h */
    uint32_t nshots;    /* the body of a task: globals that it may touch */
    const uint32_t *shots;
    const fg_source *source;
    const struct fg_program *program;
} fg_proto;

/* A global variable of the program; builtins are not globals. */
typedef struct fg_global {
    fg_string *name;
    bool assigned; /* some instruction outside the top level may store to it */
    bool hidden;   /* a type's fg_typeinfo */
    bool mutable_; /* its last declaration allows assignments */
    bool module;   /* hidden, and belongs to an imported file */
    bool unit;     /* a variant of an enum, without values: what it means in patterns */
    bool given;    /* no statement declares it: a page's host sets it (FG_GIVEN) */
} fg_global;

/* The name by which a page knows the request that it answers. */
#define FG_GIVEN FG_SLICE("request")

/* A parameter of a route handler as bound by servers. */
typedef struct fg_param {
    fg_string *name;
    uint8_t type; /* FG_ANN_… */
    bool has_default;
} fg_param;
enum {
    FG_ANN_NONE,
    FG_ANN_INT,
    FG_ANN_FLOAT,
    FG_ANN_BOOL,
    FG_ANN_STRING,
    FG_ANN_JSON,
    FG_ANN_REQUEST
};

/* What a decorator is to a server; FG_DECO_OTHER: nothing, or a route. */
typedef enum fg_deco {
    FG_DECO_OTHER,
    FG_DECO_MIDDLEWARE,
    FG_DECO_ERROR,
    FG_DECO_CORS
} fg_deco;

/* One decorator in front of a function of the top level, e.g. @test fn f. */
typedef struct fg_decorator {
    fg_string *name;
    fg_string *function;
    fg_string
        *text; /* its first argument, if that is a string without a name, or NULL */
    int64_t number; /* the same for an integer, or 0 */
    fg_deco kind;
    uint32_t global;  /* index of the function's global */
    uint32_t nparams; /* of the function */
    uint32_t off;     /* of the decorator in the source */
} fg_decorator;

/* One of them that names a route, e.g. @get("/x") fn f. */
typedef struct fg_route {
    fg_string *method;  /* decorator name: get post put delete patch ws … */
    fg_string *pattern; /* "/x/:id" or "/" + function name */
    fg_string *handler; /* function name */
    uint32_t global;    /* index of the handler's global */
    uint32_t off;       /* of the decorator in the source */
    uint32_t nparams;
    fg_param *params;
} fg_route;

typedef struct fg_program {
    uint32_t nsources;
    fg_source **sources; /* the program's own comes first */
    fg_import_fault *faults;
    fg_proto *main;
    uint32_t nglobals;
    fg_global *globals;
    uint32_t nroutes;
    fg_route *routes;
    uint32_t ndecorators;
    fg_decorator *decorators; /* in source order */
    uint32_t nmiddleware;     /* how many of them are */
    bool has_server;          /* a literal @server stands at the top level */
    int32_t port;             /* its port, -1 not given */
    fg_slice host, cors;      /* n == 0: not given */
    uint32_t ncode;           /* instructions of all functions; hints run parallel */
    const uint64_t *code;     /* all code, contiguous */
    uint32_t nintern;         /* power of two; strings the program mentions, by hash */
    fg_string **intern;       /* open addressing, linear probing, NULL ends a run */
    uint32_t *intern_type;    /* parallel: 1 + global of the type of that name, or 0 */
} fg_program;

/* The program's string of this text, or NULL. */
fg_string *fg_program_intern(const fg_program *p, fg_slice text);
/* Global that holds the fg_typeinfo of a type name, or -1.  What is no fg_typename names
 * a type of the program's own file. */
int32_t fg_program_type(const fg_program *p, fg_string *name);
/* Line and column (1-based, columns in code points) of a source offset. */
void fg_source_position(const fg_source *s, uint32_t off, uint32_t *line,
                        uint32_t *col);
/* The source around [start, end) in a frame with a message (front/diag.h). */
void fg_source_frame(const fg_source *s, fg_bytes *out, uint32_t start, uint32_t end,
                     const char *message, bool color);
/* What to write instead of a word that other languages have, or that is misspelt
 * (front/slip.h). */
bool fg_program_foreign(fg_slice word, char *hint, size_t size);
uint32_t fg_program_misspelt(fg_slice word, char *hint, size_t size);
/* Source offset of an instruction, and where its source ends. */
uint32_t fg_proto_offset(const fg_proto *p, uint32_t pc);
uint32_t fg_proto_end(const fg_proto *p, uint32_t pc);
/* The advice attached to an instruction, or NULL. */
const fg_string *fg_proto_note(const fg_proto *p, uint32_t pc);

#endif
