// SPDX-License-Identifier: Apache-2.0
/* What the files of the parser share.
 *
 * The parser is a recursive descent over the token array.  fg_parse_X expects the
 * current token to be the first of an X and leaves the first token behind it.  Errors
 * are recorded in `d` by fg_parse_error and friends, which return FG_RAISED.
 *
 * Nesting is counted by fg_parse_enter in operands, statements, patterns and types;
 * everything that can be long without being nested is a loop. */
#ifndef FG_PARSE_INTERNAL_H
#define FG_PARSE_INTERNAL_H

#include "front/lex.h"
#include "front/parse.h"

/* A list under construction, in the arena. */
typedef struct fg_parse_list {
    fg_list list;
    uint32_t cap;
} fg_parse_list;

/* What the brackets around a place say about it; saved and replaced at each bracket. */
typedef struct fg_parse_context {
    bool joined;  /* newlines are blanks */
    bool header;  /* a capitalised name before { is no struct literal */
    bool between; /* `and` ends the expression */
} fg_parse_context;

typedef struct fg_parser {
    fg_arena *arena;
    fg_lexer lx;
    uint32_t at; /* current token */
    const fg_text *text;
    fg_slice source;
    uint32_t last_end; /* source offset behind the last consumed token */
    unsigned depth;
    fg_parse_context ctx;
    fg_parse_list imports; /* of the whole program */
    fg_diag *d;
} fg_parser;

/* ---- tokens (parse.c) -------------------------------------------------------------- */

/* Valid until something is parsed: interpolations add tokens. */
static inline const fg_token *fg_parse_token(const fg_parser *p, uint32_t ahead)
{
    uint32_t i = p->at + ahead;
    return &p->lx.tokens[i < p->lx.n ? i : p->lx.n - 1];
}

static inline fg_token_kind fg_parse_peek(const fg_parser *p, uint32_t ahead)
{
    return (fg_token_kind)fg_parse_token(p, ahead)->kind;
}

static inline bool fg_parse_at(const fg_parser *p, fg_token_kind k)
{
    return fg_parse_peek(p, 0) == k;
}

static inline uint32_t fg_parse_start(const fg_parser *p)
{
    return fg_parse_token(p, 0)->start;
}

static inline fg_slice fg_parse_slice(const fg_parser *p, const fg_token *t)
{
    return (fg_slice){ p->text->s.p + t->at, t->len };
}

static inline bool fg_parse_is_name(fg_token_kind k)
{
    return k == FG_TOK_NAME || (fg_token_flags(k) & FG_TF_NAME);
}

static inline bool fg_parse_is_else(fg_token_kind k)
{
    return k == FG_TOK_ELSE || k == FG_TOK_OTHERWISE || k == FG_TOK_NAH;
}

void fg_parse_advance(fg_parser *p);
/* Consumes the token if it is there. */
bool fg_parse_accept(fg_parser *p, fg_token_kind k);
void fg_parse_newlines(fg_parser *p);
/* Steps over a newline when token k follows it. */
bool fg_parse_accept_below(fg_parser *p, fg_token_kind k);
/* Whether token `ahead` is the identifier `word`. */
bool fg_parse_is_word(const fg_parser *p, uint32_t ahead, const char *word);
bool fg_parse_accept_word(fg_parser *p, const char *word);
/* Raises "expected K, got …" if the token is another. */
fg_status fg_parse_expect(fg_parser *p, fg_token_kind k);
fg_status fg_parse_name(fg_parser *p, fg_slice *out);

/* Consumes an opening bracket; inside, newlines are blanks if `joined`. */
fg_parse_context fg_parse_open(fg_parser *p, bool joined);
/* Expects the closing bracket and restores the context; `start` is the opening one. */
fg_status fg_parse_close(fg_parser *p, fg_token_kind k, fg_parse_context outside,
                         uint32_t start);
/* "," and newlines after a list item. */
void fg_parse_separator(fg_parser *p);

/* ---- errors ------------------------------------------------------------------------ */

/* About the current token. */
fg_status fg_parse_error(fg_parser *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "expected WHAT, got TOKEN" */
fg_status fg_parse_expected(fg_parser *p, const char *what);
fg_status fg_parse_unexpected(fg_parser *p);

/* ---- nodes ------------------------------------------------------------------------- */

fg_status fg_parse_enter(fg_parser *p);
static inline void fg_parse_leave(fg_parser *p) { p->depth--; }

/* A node from source byte `start`; its end is set by fg_parse_finish. */
fg_status fg_parse_node(fg_parser *p, fg_node_kind kind, uint32_t start, fg_node **out);
/* Ends the node behind the last consumed token. */
static inline void fg_parse_finish(const fg_parser *p, fg_node *n)
{
    n->end = p->last_end;
}
fg_status fg_parse_push(fg_parser *p, fg_parse_list *b, fg_node *n);

/* ---- the grammar ------------------------------------------------------------------- */

/* parse.c */
fg_status fg_parse_block(fg_parser *p, fg_node **out); /* newlines before { allowed */
fg_status fg_parse_statement(fg_parser *p, fg_node **out);
fg_status fg_parse_header(fg_parser *p, fg_node **out); /* an expression before { */
/* A block or one statement, after the arrow of an arm. */
fg_status fg_parse_arm_body(fg_parser *p, fg_node **out);

/* parse_stmt.c: statements that start with the current keyword */
fg_status fg_parse_let(fg_parser *p, fg_node **out);
fg_status fg_parse_set(fg_parser *p, fg_node **out);
fg_status fg_parse_change(fg_parser *p, fg_node **out);
fg_status fg_parse_unpack(fg_parser *p, fg_node **out);
fg_status fg_parse_return(fg_parser *p, fg_node **out);
fg_status fg_parse_jump(fg_parser *p, fg_node **out);
fg_status fg_parse_for(fg_parser *p, fg_node **out);
fg_status fg_parse_while(fg_parser *p, fg_node **out);
fg_status fg_parse_unless(fg_parser *p, fg_node **out);
fg_status fg_parse_loop(fg_parser *p, fg_node **out);
fg_status fg_parse_counted(fg_parser *p, fg_node **out);
fg_status fg_parse_timed(fg_parser *p, fg_node **out);
fg_status fg_parse_watch(fg_parser *p, fg_node **out);
fg_status fg_parse_wait(fg_parser *p, fg_node **out);
fg_status fg_parse_yield(fg_parser *p, fg_node **out);
fg_status fg_parse_grab(fg_parser *p, fg_node **out);
fg_status fg_parse_download(fg_parser *p, fg_node **out);
fg_status fg_parse_check(fg_parser *p, fg_node **out);
fg_status fg_parse_import(fg_parser *p, fg_node **out);
fg_status fg_parse_simple(fg_parser *p, fg_node **out); /* expression or assignment */

/* parse_def.c */
fg_status fg_parse_function(fg_parser *p, fg_node **out);
fg_status fg_parse_struct(fg_parser *p, fg_node **out);
fg_status fg_parse_interface(fg_parser *p, fg_node **out);
fg_status fg_parse_impl(fg_parser *p, fg_node **out);
fg_status fg_parse_type_def(fg_parser *p, fg_node **out);
fg_status fg_parse_prompt(fg_parser *p, fg_node **out);
fg_status fg_parse_agent(fg_parser *p, fg_node **out);
/* One FN with its decorators, or the run of decorators as statements. */
fg_status fg_parse_decorated(fg_parser *p, fg_parse_list *out);
fg_status fg_parse_params(fg_parser *p, fg_list *out);
fg_status fg_parse_type(fg_parser *p, fg_node **out);

/* parse_expr.c */
fg_status fg_parse_expr(fg_parser *p, fg_node **out);
fg_status fg_parse_pipeline(fg_parser *p, fg_node **out);
fg_status fg_parse_spread(fg_parser *p, fg_node **out); /* "..." expr, or expr */
/* EQ … GE, or NONE if the token is no comparison. */
fg_operator fg_parse_comparison(fg_token_kind k);

/* parse_operand.c */
fg_status fg_parse_operand(fg_parser *p, fg_node **out);
fg_status fg_parse_if(fg_parser *p, fg_node **out);
fg_status fg_parse_match(fg_parser *p, fg_node **out);
fg_status fg_parse_when(fg_parser *p, fg_node **out);
fg_status fg_parse_try(fg_parser *p, fg_node **out);

/* parse_literal.c */
fg_status fg_parse_paren(fg_parser *p, fg_node **out);
fg_status fg_parse_array(fg_parser *p, fg_node **out);
fg_status fg_parse_brace(fg_parser *p, fg_node **out);
fg_status fg_parse_struct_literal(fg_parser *p, fg_node **out);
/* The current { starts an object literal that is not empty. */
bool fg_parse_is_object(const fg_parser *p);
/* The current name and the { behind it start a struct literal. */
bool fg_parse_is_struct(const fg_parser *p);

/* parse_slip.c: raises if the statement that starts with the current name is what people
 * write who think of another language, or misspells a word. */
fg_status fg_parse_slip(fg_parser *p);

/* parse_pattern.c */
fg_status fg_parse_pattern(fg_parser *p, fg_node **out);

/* parse_string.c */
fg_status fg_parse_string(fg_parser *p, fg_node **out);   /* interpolated */
fg_status fg_parse_verbatim(fg_parser *p, fg_node **out); /* "…", '…' or raw */

#endif
