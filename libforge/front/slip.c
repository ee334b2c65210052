// SPDX-License-Identifier: Apache-2.0
#include "front/slip.h"

#include "base/nearest.h"
#include "base/utf8.h"
#include "front/lex.h"

#include <stdio.h>

#define SHORTEST 4u /* letters of a word that can be misspelt */

#define FUNCTION "a function is written fn name(x) { … }, without a name as a value"
#define BINDING                                                                        \
    "a variable is declared let NAME = VALUE, or let mut NAME = VALUE if it changes"
#define ELSE_IF "write else if"
#define MATCH "write match VALUE { PATTERN => RESULT, _ => RESULT }"
#define PRINT "say VALUE prints a line; println(a, b) prints several values"
#define RAISE "an error is raised with must Err(MESSAGE)"
#define CATCH "write try { … } catch e { … }"
#define RECEIVER "a method names its receiver as its first parameter: fn area(it) { … }"
#define IMPORT "a file is imported with import \"file.fg\""
#define TYPE "write thing NAME { field: Type } and give NAME { fn method(it) { … } }"

static const struct slip {
    const char *word, *hint;
} slips[] = {
    { "FALSE", "write false" },
    { "False", "write false" },
    { "NULL", "write null" },
    { "Null", "write null" },
    { "TRUE", "write true" },
    { "True", "write true" },
    { "case", MATCH },
    { "class", TYPE },
    { "console", PRINT },
    { "const", BINDING },
    { "def", FUNCTION },
    { "do", "write loop { … } with break, or while CONDITION { … }" },
    { "echo", PRINT },
    { "elif", ELSE_IF },
    { "elseif", ELSE_IF },
    { "elsif", ELSE_IF },
    { "end", "a block ends with }" },
    { "enum", "write type NAME = First | Second(Int)" },
    { "except", CATCH },
    { "finally", "write what is to happen after try { … } catch e { … } behind it" },
    { "foreach", "write for x in VALUES { … }" },
    { "fun", FUNCTION },
    { "func", FUNCTION },
    { "function", FUNCTION },
    { "include", IMPORT },
    { "lambda", FUNCTION },
    { "new", "a value of a type is written NAME { field: value }" },
    { "nil", "write null" },
    { "printf", PRINT },
    { "proc", FUNCTION },
    { "puts", PRINT },
    { "raise", RAISE },
    { "require", IMPORT },
    { "rescue", CATCH },
    { "self", RECEIVER },
    { "switch", MATCH },
    { "then", "a block follows the condition: if CONDITION { … }" },
    { "this", RECEIVER },
    { "throw", RAISE },
    { "undefined", "write null" },
    { "val", BINDING },
    { "var", BINDING },
};

static const char *find(fg_slice word)
{
    for (size_t i = 0; i < FG_COUNT(slips); i++)
        if (fg_slice_eq(word, fg_slice_str(slips[i].word)))
            return slips[i].hint;
    return NULL;
}

bool fg_slip_foreign(fg_slice word, char *hint, size_t size)
{
    const char *found = find(word);

    if (found)
        snprintf(hint, size, "%s", found);
    return found != NULL;
}

uint32_t fg_slip_misspelt(fg_slice word, char *hint, size_t size)
{
    fg_nearest g;

    fg_nearest_init(&g, word);
    if (word.n < SHORTEST)
        return 0;
    for (uint32_t k = FG_TOK_BOOL_TYPE; k < FG_TOK_COUNT; k++)
        if (!(fg_token_flags(k) & (FG_TF_NAME | FG_TF_TYPE)))
            fg_nearest_add(&g, fg_slice_str(fg_token_text(k)));
    for (size_t i = 0; i < FG_COUNT(slips); i++)
        if (strlen(slips[i].word) >= SHORTEST + 2)
            fg_nearest_add(&g, fg_slice_str(slips[i].word));
    if (g.best.n < 3)
        return 0;
    if (!fg_slip_foreign(g.best, hint, size))
        snprintf(hint, size, "did you mean '%.*s'?", (int)g.best.n, g.best.p);
    return g.distance;
}
