// SPDX-License-Identifier: Apache-2.0
/* Words that are statements in other languages, and misspelt words of this one.
 *
 * They are names here, and a name may be a statement of its own, so what follows them on
 * the line would silently become another.  Only what no program can mean is refused: a
 * bare name before an operand, or what looks like a call before a block. */
#include "front/parse_internal.h"

#include "front/slip.h"

/* Tokens to the one behind the bracket that closes the one at `ahead`, on one line. */
static uint32_t behind_brackets(const fg_parser *p, uint32_t ahead)
{
    uint32_t open = 0;

    for (;; ahead++) {
        fg_token_kind k = fg_parse_peek(p, ahead);
        if (k == FG_TOK_LPAREN)
            open++;
        else if (k == FG_TOK_RPAREN && --open == 0)
            return ahead + 1;
        else if (k == FG_TOK_NEWLINE || k == FG_TOK_EOF)
            return ahead;
    }
}

/* NAME NAME, NAME "text" …: the first is no statement that does anything. */
static bool before_operand(const fg_parser *p)
{
    fg_token_kind next = fg_parse_peek(p, 1);

    switch (next) {
    case FG_TOK_NAME:
        return !fg_parse_is_word(p, 1, "and") && !fg_parse_is_word(p, 1, "or");
    case FG_TOK_INT:
    case FG_TOK_FLOAT:
    case FG_TOK_STRING:
    case FG_TOK_PLAIN:
    case FG_TOK_RAW:
    case FG_TOK_TRUE:
    case FG_TOK_FALSE:
    case FG_TOK_NULL: return true;
    default: return false;
    }
}

static bool before_block(const fg_parser *p)
{
    if (fg_parse_peek(p, 1) == FG_TOK_LBRACE)
        return true;
    return fg_parse_peek(p, 1) == FG_TOK_LPAREN
           && fg_parse_peek(p, behind_brackets(p, 1)) == FG_TOK_LBRACE;
}

fg_status fg_parse_slip(fg_parser *p)
{
    fg_slice word = fg_parse_slice(p, fg_parse_token(p, 0));
    bool operand = before_operand(p);
    char hint[sizeof p->d->hint];

    if (!operand && fg_parse_peek(p, 1) != FG_TOK_LPAREN
        && fg_parse_peek(p, 1) != FG_TOK_LBRACE)
        return FG_OK;
    bool slip = fg_slip_foreign(word, hint, sizeof hint)
                    ? operand || before_block(p)
                    : operand && fg_slip_misspelt(word, hint, sizeof hint) > 0;
    if (!slip)
        return FG_OK;
    fg_parse_unexpected(p);
    fg_diag_hint(p->d, "%s", hint);
    return FG_RAISED;
}
