// SPDX-License-Identifier: Apache-2.0
/* Tokens of the language.
 *
 * A text is lexed into an array before it is parsed, because the grammar looks ahead
 * without limit in places.  A token knows two places: `at` and `len` in the text it was
 * lexed from, and `start` and `end` in the source.  The two differ only inside the
 * interpolations of strings whose source had to be unescaped first (parse_string.c). */
#ifndef FG_LEX_H
#define FG_LEX_H

#include "front/diag.h"

/* What may be done with a kind of token. */
#define FG_TF_NAME 1u    /* a keyword that is also accepted as a name */
#define FG_TF_OPERAND 2u /* can start an operand */
#define FG_TF_TYPE 4u    /* a type word */

/* Punctuation: name, name in messages, text, flags.  Longer texts come before their
 * prefixes: the first match is taken. */
#define FG_PUNCTUATION(X)                                                              \
    X(DOTS, "DotDotDot", "...", FG_TF_OPERAND)                                         \
    X(DOT_DOT, "DotDot", "..", 0)                                                      \
    X(DOT, "Dot", ".", 0)                                                              \
    X(PLUS_EQ, "PlusEq", "+=", 0)                                                      \
    X(PLUS, "Plus", "+", 0)                                                            \
    X(MINUS_EQ, "MinusEq", "-=", 0)                                                    \
    X(ARROW, "Arrow", "->", 0)                                                         \
    X(MINUS, "Minus", "-", FG_TF_OPERAND)                                              \
    X(STAR_EQ, "StarEq", "*=", 0)                                                      \
    X(STAR, "Star", "*", 0)                                                            \
    X(SLASH_EQ, "SlashEq", "/=", 0)                                                    \
    X(SLASH, "Slash", "/", 0)                                                          \
    X(PERCENT_EQ, "PercentEq", "%=", 0)                                                \
    X(PERCENT, "Percent", "%", 0)                                                      \
    X(EQ_EQ, "EqEq", "==", 0)                                                          \
    X(FAT_ARROW, "FatArrow", "=>", 0)                                                  \
    X(EQ, "Eq", "=", 0)                                                                \
    X(NOT_EQ, "NotEq", "!=", 0)                                                        \
    X(NOT, "Not", "!", FG_TF_OPERAND)                                                  \
    X(LT_EQ, "LtEq", "<=", 0)                                                          \
    X(LT, "Lt", "<", 0)                                                                \
    X(GT_EQ, "GtEq", ">=", 0)                                                          \
    X(PIPE_RIGHT, "PipeRight", ">>", 0)                                                \
    X(GT, "Gt", ">", 0)                                                                \
    X(AND, "And", "&&", 0)                                                             \
    X(AMPERSAND, "Ampersand", "&", 0)                                                  \
    X(OR, "Or", "||", 0)                                                               \
    X(PIPE, "Pipe", "|>", 0)                                                           \
    X(BAR, "Bar", "|", 0)                                                              \
    X(QUESTION, "Question", "?", 0)                                                    \
    X(LPAREN, "LParen", "(", FG_TF_OPERAND)                                            \
    X(RPAREN, "RParen", ")", 0)                                                        \
    X(LBRACE, "LBrace", "{", FG_TF_OPERAND)                                            \
    X(RBRACE, "RBrace", "}", 0)                                                        \
    X(LBRACKET, "LBracket", "[", FG_TF_OPERAND)                                        \
    X(RBRACKET, "RBracket", "]", 0)                                                    \
    X(COMMA, "Comma", ",", 0)                                                          \
    X(COLON, "Colon", ":", 0)                                                          \
    X(AT, "At", "@", 0)

/* Keywords: name, name in messages, text, flags; in byte order of the text. */
#define FG_KEYWORDS(X)                                                                 \
    X(BOOL_TYPE, "BoolType", "Bool", FG_TF_TYPE)                                       \
    X(FLOAT_TYPE, "FloatType", "Float", FG_TF_TYPE)                                    \
    X(INT_TYPE, "IntType", "Int", FG_TF_TYPE)                                          \
    X(JSON_TYPE, "JsonType", "Json", FG_TF_TYPE)                                       \
    X(STRING_TYPE, "StringType", "String", FG_TF_TYPE)                                 \
    X(AGENT, "Agent", "agent", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(ANY, "Any", "any", FG_TF_NAME | FG_TF_OPERAND)                                   \
    X(ASK, "Ask", "ask", FG_TF_NAME | FG_TF_OPERAND)                                   \
    X(ASYNC, "Async", "async", 0)                                                      \
    X(AWAIT, "Await", "await", FG_TF_OPERAND)                                          \
    X(BREAK, "Break", "break", 0)                                                      \
    X(BY, "By", "by", FG_TF_NAME | FG_TF_OPERAND)                                      \
    X(CATCH, "Catch", "catch", 0)                                                      \
    X(CHANGE, "Change", "change", 0)                                                   \
    X(CHECK, "Check", "check", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(CONTINUE, "Continue", "continue", 0)                                             \
    X(CRAFT, "Craft", "craft", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(CRAWL, "Crawl", "crawl", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(DEFINE, "Define", "define", 0)                                                   \
    X(DOWNLOAD, "Download", "download", FG_TF_NAME | FG_TF_OPERAND)                    \
    X(EACH, "Each", "each", 0)                                                         \
    X(ELSE, "Else", "else", 0)                                                         \
    X(EMIT, "Emit", "emit", 0)                                                         \
    X(EVERY, "Every", "every", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(FALSE, "False", "false", FG_TF_OPERAND)                                          \
    X(FN, "Fn", "fn", FG_TF_OPERAND)                                                   \
    X(FOR, "For", "for", 0)                                                            \
    X(FORGE, "ForgeKw", "forge", 0)                                                    \
    X(FREEZE, "Freeze", "freeze", FG_TF_NAME | FG_TF_OPERAND)                          \
    X(FROM, "From", "from", FG_TF_NAME | FG_TF_OPERAND)                                \
    X(GIVE, "Give", "give", FG_TF_NAME | FG_TF_OPERAND)                                \
    X(GRAB, "Grab", "grab", 0)                                                         \
    X(HOLD, "Hold", "hold", FG_TF_OPERAND)                                             \
    X(IF, "If", "if", FG_TF_OPERAND)                                                   \
    X(IMPL, "Impl", "impl", 0)                                                         \
    X(IMPORT, "Import", "import", FG_TF_NAME | FG_TF_OPERAND)                          \
    X(IN, "In", "in", FG_TF_NAME | FG_TF_OPERAND)                                      \
    X(INTERFACE, "Interface", "interface", 0)                                          \
    X(KEEP, "Keep", "keep", FG_TF_NAME | FG_TF_OPERAND)                                \
    X(LET, "Let", "let", 0)                                                            \
    X(LIMIT, "Limit", "limit", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(LOOP, "Loop", "loop", 0)                                                         \
    X(MATCH, "Match", "match", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(MUST, "Must", "must", FG_TF_NAME | FG_TF_OPERAND)                                \
    X(MUT, "Mut", "mut", 0)                                                            \
    X(NAH, "Nah", "nah", 0)                                                            \
    X(NULL, "NullLit", "null", FG_TF_OPERAND)                                          \
    X(ORDER, "Order", "order", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(OTHERWISE, "Otherwise", "otherwise", 0)                                          \
    X(POWER, "Power", "power", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(PROMPT, "Prompt", "prompt", FG_TF_NAME | FG_TF_OPERAND)                          \
    X(PUB, "Pub", "pub", 0)                                                            \
    X(REPEAT, "Repeat", "repeat", 0)                                                   \
    X(RETRY, "Retry", "retry", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(RETURN, "Return", "return", 0)                                                   \
    X(SAFE, "Safe", "safe", FG_TF_NAME | FG_TF_OPERAND)                                \
    X(SAY, "Say", "say", FG_TF_OPERAND)                                                \
    X(SCHEDULE, "Schedule", "schedule", FG_TF_NAME | FG_TF_OPERAND)                    \
    X(SECONDS, "Seconds", "seconds", FG_TF_NAME | FG_TF_OPERAND)                       \
    X(SELECT, "Select", "select", FG_TF_NAME | FG_TF_OPERAND)                          \
    X(SET, "Set", "set", FG_TF_NAME | FG_TF_OPERAND)                                   \
    X(SPAWN, "Spawn", "spawn", FG_TF_OPERAND)                                          \
    X(SQUAD, "Squad", "squad", FG_TF_OPERAND)                                          \
    X(STRUCT, "Struct", "struct", 0)                                                   \
    X(TABLE, "Table", "table", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(TAKE, "Take", "take", FG_TF_NAME | FG_TF_OPERAND)                                \
    X(THE, "The", "the", FG_TF_NAME | FG_TF_OPERAND)                                   \
    X(THING, "Thing", "thing", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(TIMEOUT, "Timeout", "timeout", FG_TF_NAME | FG_TF_OPERAND)                       \
    X(TIMES, "Times", "times", 0)                                                      \
    X(TO, "To", "to", FG_TF_NAME | FG_TF_OPERAND)                                      \
    X(TRANSFORM, "Transform", "transform", FG_TF_NAME | FG_TF_OPERAND)                 \
    X(TRUE, "True", "true", FG_TF_OPERAND)                                             \
    X(TRY, "TryKw", "try", FG_TF_OPERAND)                                              \
    X(TYPE, "Type", "type", FG_TF_NAME | FG_TF_OPERAND)                                \
    X(UNLESS, "Unless", "unless", 0)                                                   \
    X(UNPACK, "Unpack", "unpack", 0)                                                   \
    X(UNTIL, "Until", "until", 0)                                                      \
    X(WAIT, "Wait", "wait", 0)                                                         \
    X(WATCH, "Watch", "watch", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(WHEN, "When", "when", FG_TF_OPERAND)                                             \
    X(WHERE, "Where", "where", FG_TF_NAME | FG_TF_OPERAND)                             \
    X(WHILE, "While", "while", 0)                                                      \
    X(WHISPER, "Whisper", "whisper", FG_TF_OPERAND)                                    \
    X(YELL, "Yell", "yell", FG_TF_OPERAND)                                             \
    X(YIELD, "Yield", "yield", 0)

/* The rest: name, name in messages, unused, flags. */
#define FG_OTHER_TOKENS(X)                                                             \
    X(EOF, "Eof", "", 0)                                                               \
    X(NEWLINE, "Newline", "", 0)                                                       \
    X(INT, "Int", "", FG_TF_OPERAND)                                                   \
    X(FLOAT, "Float", "", FG_TF_OPERAND)                                               \
    X(STRING, "StringLit", "", FG_TF_OPERAND)                                          \
    X(PLAIN, "StringLit", "", FG_TF_OPERAND)                                           \
    X(RAW, "RawStringLit", "", FG_TF_OPERAND)                                          \
    X(NAME, "Ident", "", FG_TF_OPERAND)

#define FG_TOKENS(X) FG_OTHER_TOKENS(X) FG_PUNCTUATION(X) FG_KEYWORDS(X)

/* STRING is "…", PLAIN is '…', RAW is """…""".  A run of newlines and semicolons is one
 * NEWLINE. */
typedef enum fg_token_kind {
#define X(name, shown, text, flags) FG_TOK_##name,
    FG_TOKENS(X)
#undef X
        FG_TOK_COUNT
} fg_token_kind;

typedef struct fg_token {
    uint8_t kind;        /* fg_token_kind */
    uint32_t at, len;    /* in the text that was lexed */
    uint32_t start, end; /* in the source */
    union {
        int64_t i;
        double f;
    } num;
} fg_token;

/* Something to lex: the source, or an unescaped piece of it.  Byte i of `s` is byte
 * map[i] of the source, or byte i when there is no map; map has s.n + 1 entries. */
typedef struct fg_text {
    fg_slice s;
    const uint32_t *map;
} fg_text;

static inline uint32_t fg_text_offset(const fg_text *t, uint32_t i)
{
    return t->map ? t->map[i] : i;
}

/* Tokens of all texts being parsed, the innermost last.  Owned by the parser. */
typedef struct fg_lexer {
    fg_token *tokens;
    uint32_t n, cap;
    const fg_text *text; /* being lexed now */
    uint32_t at, to;     /* next byte, end */
    uint64_t budget;     /* bytes that may still be read ahead for nested quotes */
    bool open; /* failed because a """ string or a comment was still open at the end */
    fg_diag *d;
} fg_lexer;

void fg_lexer_init(fg_lexer *lx, fg_slice source, fg_diag *d);
void fg_lexer_drop(fg_lexer *lx);
/* Appends the tokens of text[from, to) and an EOF. */
fg_status fg_lex(fg_lexer *lx, const fg_text *text, uint32_t from, uint32_t to);
/* FG_RAISED at the first byte of the source that is not UTF-8. */
fg_status fg_lex_check_utf8(fg_slice source, fg_diag *d);

/* Given the quote that opens a "…" or """…""" string within a line, the offset of its
 * last quote; without one, of the newline or end that stopped the search. */
uint32_t fg_lex_string_end(fg_lexer *lx, const fg_text *text, uint32_t quote);
/* Bytes of the escape sequence at the backslash p (p < end), and its code point;
 * 0 if there is no such escape. */
uint32_t fg_lex_escape(const char *p, const char *end, char quote, uint32_t *cp);

/* True if more lines may make a program of the text: a bracket, a """ string or a
 * comment is open at its end, and nothing else is wrong. */
bool fg_lex_incomplete(fg_slice source);

unsigned fg_token_flags(fg_token_kind k);
const char *fg_token_text(fg_token_kind k);
/* The name used in messages: Comma, Ident("x"). */
void fg_token_show(const fg_token *t, const fg_text *text, char *at, size_t size);
/* The keyword with that text, or NAME. */
fg_token_kind fg_token_keyword(fg_slice s);

#endif
