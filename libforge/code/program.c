// SPDX-License-Identifier: Apache-2.0
/* Look-ups in a finished program. */
#include "code/program.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "front/diag.h"
#include "front/slip.h"
#include "value/string.h"

fg_string *fg_program_intern(const fg_program *p, fg_slice text)
{
    if (!p->nintern)
        return NULL;
    uint32_t hash = fg_hash_bytes(text.p, text.n);
    for (uint32_t at = hash & (p->nintern - 1); p->intern[at];
         at = (at + 1) & (p->nintern - 1))
        if (p->intern[at]->hash == hash
            && fg_slice_eq(fg_string_slice(p->intern[at]), text))
            return p->intern[at];
    return NULL;
}

int32_t fg_program_type(const fg_program *p, fg_string *name)
{
    if (name->h.bits & FG_S_TYPE)
        return (int32_t)((const fg_typename *)name)->global;
    if (!p->nintern)
        return -1;
    uint32_t hash = fg_string_hash(name);
    for (uint32_t at = hash & (p->nintern - 1); p->intern[at];
         at = (at + 1) & (p->nintern - 1))
        if (p->intern[at] == name
            || (p->intern[at]->hash == hash && fg_string_eq(p->intern[at], name)))
            return (int32_t)p->intern_type[at] - 1;
    return -1;
}

void fg_source_position(const fg_source *s, uint32_t off, uint32_t *line, uint32_t *col)
{
    fg_position(s->text, off, line, col);
}

void fg_source_frame(const fg_source *s, fg_bytes *out, uint32_t start, uint32_t end,
                     const char *message, bool color)
{
    fg_diag_frame(out, s->file, s->text, start, end, message, color);
}

bool fg_program_foreign(fg_slice word, char *hint, size_t size)
{
    return fg_slip_foreign(word, hint, size);
}

uint32_t fg_program_misspelt(fg_slice word, char *hint, size_t size)
{
    return fg_slip_misspelt(word, hint, size);
}

/* One more than the index of the last line entry up to pc, or 0. */
static uint32_t line_of(const fg_proto *p, uint32_t pc)
{
    uint32_t low = 0, high = p->nlines;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (p->lines[mid].pc <= pc)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

uint32_t fg_proto_offset(const fg_proto *p, uint32_t pc)
{
    uint32_t line = line_of(p, pc);
    return line ? p->lines[line - 1].off : p->off;
}

uint32_t fg_proto_end(const fg_proto *p, uint32_t pc)
{
    uint32_t line = line_of(p, pc);
    return line ? p->lines[line - 1].off + p->lengths[line - 1] : p->off;
}

const fg_string *fg_proto_note(const fg_proto *p, uint32_t pc)
{
    for (uint32_t i = 0; i < p->nnotes; i++)
        if (p->notes[i].pc == pc)
            return p->notes[i].text;
    return NULL;
}
