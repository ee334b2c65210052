// SPDX-License-Identifier: Apache-2.0
/* The disassembler.  How operands are read comes from the table in opcode.h. */
#include "code/dis.h"

#include "code/opcode.h"
#include "value/func.h"
#include "value/show.h"
#include "value/string.h"

static void constant(fg_bytes *out, const fg_value *v)
{
    switch ((unsigned int)fg_type_of(*v)) {
    case FG_PROTO: {
        const fg_string *name = ((const fg_proto *)v->as.ptr)->name;
        fg_bytes_slice(out, name ? fg_string_slice(name) : FG_SLICE("<lambda>"));
        return;
    }
    case FG_KEYS: {
        const fg_keys *k = v->as.ptr;
        fg_bytes_char(out, '{');
        for (uint32_t i = 0; i < k->n; i++)
            fg_bytes_fmt(out, "%s%.*s", i ? " " : "", (int)k->names[i]->len,
                         k->names[i]->bytes);
        fg_bytes_char(out, '}');
        return;
    }
    case FG_STRING: fg_show_quoted(out, fg_string_slice(v->as.str)); return;
    default: fg_show(out, v); return;
    }
}

static void operand(fg_bytes *out, const fg_proto *p, char kind, uint32_t v, bool wide,
                    uint32_t pc)
{
    int32_t by = wide ? (int32_t)v : (int16_t)v;
    switch (kind) {
    case 'R': fg_bytes_fmt(out, " r%u", v / 16); return;
    case 'N': fg_bytes_fmt(out, " %d", by); return;
    case 'J': fg_bytes_fmt(out, " ->%d", (int32_t)pc + 1 + by); return;
    case 'G': {
        const fg_string *name = p->program->globals[v].name;
        fg_bytes_fmt(out, " %.*s", (int)name->len, name->bytes);
        return;
    }
    case 'K':
        fg_bytes_char(out, ' ');
        constant(out, &p->consts[v / 16]);
        return;
    default: return;
    }
}

static void instruction(fg_bytes *out, const fg_proto *p, uint32_t pc)
{
    uint64_t ins = p->code[pc];
    uint32_t line, col;
    fg_source_position(p->source, fg_proto_offset(p, pc), &line, &col);
    const fg_opcode_info *op = &fg_opcodes[fg_ins_op(ins)];
    const char *format = op->format;
    fg_bytes_fmt(out, "%5u %5u  %-9s", line, pc, op->name);
    bool wide = fg_op_wide(fg_ins_op(ins));
    operand(out, p, format[0], fg_ins_a(ins), false, pc);
    operand(out, p, format[1], wide ? fg_ins_bc(ins) : fg_ins_b(ins), wide, pc);
    if (!wide)
        operand(out, p, format[2], fg_ins_c(ins), false, pc);
    if (fg_ins_aux(ins))
        fg_bytes_fmt(out, "  (%u)", fg_ins_aux(ins));
    fg_bytes_char(out, '\n');
}

/* Modules import each other: they come one by one. */
static bool is_module(const fg_proto *p) { return p->source->unit == p; }

static void function(fg_bytes *out, const fg_proto *p)
{
    fg_bytes_fmt(out, "%s%.*s", out->n ? "\n" : "", p->name ? (int)p->name->len : 8,
                 p->name ? p->name->bytes : "<lambda>");
    if (p->source->unit)
        fg_bytes_fmt(out, " of %.*s", (int)p->source->file.n, p->source->file.p);
    fg_bytes_fmt(out, ": %u parameters, %u registers, %u constants\n", p->nparams,
                 p->nregs, p->nconsts);
    for (uint32_t pc = 0; pc < p->ncode; pc++)
        instruction(out, p, pc);
    for (uint32_t i = 0; i < p->nhandlers; i++)
        fg_bytes_fmt(out, "      errors in %u..%u continue at %u\n",
                     p->handlers[i].from, p->handlers[i].to, p->handlers[i].handler);
    for (uint32_t i = 0; i < p->nconsts; i++)
        if ((unsigned int)fg_type_of(p->consts[i]) == FG_PROTO
            && !is_module(p->consts[i].as.ptr))
            function(out, p->consts[i].as.ptr);
}

void fg_disassemble(const fg_program *p, fg_bytes *out)
{
    function(out, p->main);
    for (uint32_t i = 1; i < p->nsources; i++)
        function(out, p->sources[i]->unit);
}
