// SPDX-License-Identifier: Apache-2.0
/* Tables and frames.  Widths are columns of the terminal: wide characters take two, and
 * colours none. */
#include "base/utf8.h"
#include "lib/term.h"

#include <uniwidth.h>

#define ZERO_WIDTH_JOINER 0x200Du
#define EMOJI_STYLE 0xFE0Fu /* the character before it is shown as an emoji */

/* Bytes of the control sequence at the start of s, or 0. */
static uint32_t control_sequence(fg_slice s)
{
    if (s.n < 2 || s.p[0] != '\033' || s.p[1] != '[')
        return 0;
    uint32_t i = 2;
    while (i < s.n && s.p[i] >= 0x20 && s.p[i] < 0x40)
        i++;
    return i < s.n && s.p[i] >= 0x40 && s.p[i] < 0x7F ? i + 1 : 0;
}

static bool is_skin_tone(uint32_t cp) { return cp >= 0x1F3FB && cp <= 0x1F3FF; }

/* Columns that the text takes. */
static uint32_t width_of(fg_slice s)
{
    uint32_t width = 0, last = 0, cp = 0;
    for (uint32_t i = 0; i < s.n;) {
        uint32_t skip = control_sequence((fg_slice){ s.p + i, s.n - i });
        if (skip > 0) {
            i += skip;
            continue;
        }
        bool joined = cp == ZERO_WIDTH_JOINER && last == 2;
        i += fg_utf8_get(s.p + i, s.p + s.n, &cp);
        int columns = uc_width(cp, "UTF-8");
        if (cp == EMOJI_STYLE && last == 1) {
            width++;
            last = 2;
        } else if (columns > 0 && !joined && !(is_skin_tone(cp) && last == 2)) {
            last = (uint32_t)columns;
            width += last;
        }
    }
    return width;
}

static void put_padded(fg_bytes *b, fg_slice text, uint32_t width)
{
    uint32_t own = width_of(text);
    fg_bytes_slice(b, text);
    fg_term_repeat(b, FG_SLICE(" "), width > own ? width - own : 0);
}

/* ---- tables ------------------------------------------------------------------------- */

typedef struct grid {
    fg_vm *vm;
    const fg_array *rows;
    const fg_keys *keys; /* a column each */
    uint32_t *widths;
    fg_bytes cell; /* scratch space */
} grid;

/* Row i if it is an object. */
static const fg_object *row_at(const grid *g, uint32_t i)
{
    fg_value v = fg_array_at(g->rows, i);
    fg_peel(&v, &v);
    return fg_is(v, FG_OBJECT) ? v.as.obj : NULL;
}

/* What stands in column k, empty when the row has no such field. */
static fg_slice cell_of(grid *g, const fg_object *row, uint32_t k)
{
    const fg_value *v = fg_object_find(row, g->keys->names[k]);
    return v ? fg_shown(&g->cell, v) : (fg_slice){ "", 0 };
}

static fg_status measure(grid *g)
{
    for (uint32_t k = 0; k < g->keys->n; k++)
        g->widths[k] = width_of(fg_string_slice(g->keys->names[k]));
    for (uint32_t i = 0; i < g->rows->len; i++) {
        const fg_object *row = row_at(g, i);
        FG_TRY(fg_tick(g->vm, 1 + g->keys->n));
        for (uint32_t k = 0; row && k < g->keys->n; k++) {
            fg_slice text = cell_of(g, row, k);
            uint32_t width = width_of(text);
            g->widths[k] = width > g->widths[k] ? width : g->widths[k];
            FG_TRY(fg_work(g->vm, text.n));
        }
    }
    return g->cell.failed ? FG_NOMEM : FG_OK;
}

/* One line: the names of the columns without a row. */
static fg_status put_line(grid *g, fg_bytes *b, const fg_object *row)
{
    FG_TRY(fg_tick(g->vm, 1 + g->keys->n));
    for (uint32_t k = 0; k < g->keys->n && !b->failed; k++) {
        fg_slice text = row ? cell_of(g, row, k) : fg_string_slice(g->keys->names[k]);
        fg_bytes_str(b, k > 0 ? "| " : " ");
        put_padded(b, text, g->widths[k]);
        fg_bytes_char(b, ' ');
        FG_TRY(fg_work(g->vm, g->widths[k]));
    }
    return FG_OK;
}

static fg_status put_table(grid *g, fg_bytes *b)
{
    FG_TRY(measure(g));
    fg_bytes_str(b, "\033[1m");
    FG_TRY(put_line(g, b, NULL));
    fg_bytes_str(b, "\033[0m\n");
    for (uint32_t k = 0; k < g->keys->n; k++) {
        fg_bytes_str(b, k > 0 ? "+" : "");
        fg_term_repeat(b, FG_SLICE("-"), (uint64_t)g->widths[k] + 2);
    }
    fg_bytes_char(b, '\n');
    for (uint32_t i = 0; i < g->rows->len && !b->failed; i++) {
        const fg_object *row = row_at(g, i);
        if (!row)
            continue;
        FG_TRY(put_line(g, b, row));
        fg_bytes_char(b, '\n');
    }
    return b->failed ? FG_NOMEM : FG_OK;
}

fg_status fg_term_table(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value rows = fg_arg(argc, argv, 0);
    fg_give(out, fg_null());
    if (!fg_is(rows, FG_ARRAY))
        return fg_raise(vm, FG_E_RUNTIME, "term.table() requires an array of objects");
    if (rows.as.arr->len == 0)
        return FG_OK;
    grid g = { .vm = vm, .rows = rows.as.arr };
    const fg_object *first = row_at(&g, 0);
    if (!first)
        return fg_raise(vm, FG_E_RUNTIME, "term.table() requires array of objects");
    g.keys = first->keys;
    size_t size = (size_t)(g.keys->n + 1) * sizeof *g.widths;
    g.widths = fg_memory_take(vm, size);
    if (!g.widths)
        return FG_NOMEM;
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_begin_text(vm, &g.cell);
    fg_status status = put_table(&g, &b);
    if (status == FG_OK)
        status = fg_term_print(vm, &b, out);
    fg_bytes_drop(&b);
    fg_bytes_drop(&g.cell);
    fg_memory_give(vm, g.widths, size);
    return status;
}

/* ---- frames ------------------------------------------------------------------------- */

typedef struct frame {
    fg_slice top_left, top_right, bottom_left, bottom_right, across, down;
    uint32_t margin;
} frame;

/* Takes the next line off *rest. */
static fg_slice next_line(fg_slice *rest)
{
    const char *at = memchr(rest->p, '\n', rest->n);
    fg_slice line = { rest->p, at ? (uint32_t)(at - rest->p) : rest->n };
    uint32_t taken = line.n + (at != NULL);
    line.n -= at && line.n > 0 && line.p[line.n - 1] == '\r';
    *rest = (fg_slice){ rest->p + taken, rest->n - taken };
    return line;
}

static void put_edge(fg_bytes *b, const frame *f, fg_slice left, fg_slice right,
                     uint32_t width)
{
    fg_bytes_slice(b, left);
    fg_term_repeat(b, f->across, (uint64_t)width + 2 * f->margin);
    fg_bytes_slice(b, right);
    fg_bytes_char(b, '\n');
}

/* One line at least. */
static fg_status put_frame(fg_vm *vm, fg_bytes *b, const frame *f, fg_slice text)
{
    uint32_t width = 0;
    FG_TRY(fg_work(vm, (uint64_t)text.n * 8));
    for (fg_slice rest = text; rest.n > 0;) {
        uint32_t own = width_of(next_line(&rest));
        width = own > width ? own : width;
    }
    put_edge(b, f, f->top_left, f->top_right, width);
    fg_slice rest = text;
    do {
        fg_bytes_slice(b, f->down);
        fg_term_repeat(b, FG_SLICE(" "), f->margin);
        put_padded(b, next_line(&rest), width);
        fg_term_repeat(b, FG_SLICE(" "), f->margin);
        fg_bytes_slice(b, f->down);
        fg_bytes_char(b, '\n');
        FG_TRY(fg_work(vm, width));
    } while (rest.n > 0 && !b->failed);
    put_edge(b, f, f->bottom_left, f->bottom_right, width);
    return FG_OK;
}

static fg_status print_frame(fg_vm *vm, int argc, const fg_value *argv, const frame *f,
                             fg_value *out)
{
    fg_bytes text, b;
    fg_begin_text(vm, &text);
    fg_begin_text(vm, &b);
    fg_term_text(&text, argc, argv, 0, "");
    fg_status status =
        text.failed ? FG_NOMEM : put_frame(vm, &b, f, fg_bytes_view(&text));
    if (status == FG_OK)
        status = fg_term_print(vm, &b, out);
    fg_bytes_drop(&text);
    fg_bytes_drop(&b);
    return status;
}

fg_status fg_term_banner(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const frame f = { FG_SLICE("╔"),
                             FG_SLICE("╗"),
                             FG_SLICE("╚"),
                             FG_SLICE("╝"),
                             FG_SLICE("═"),
                             FG_SLICE("║"),
                             2 };
    return print_frame(vm, argc, argv, &f, out);
}

fg_status fg_term_box(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const frame f = { FG_SLICE("┌"),
                             FG_SLICE("┐"),
                             FG_SLICE("└"),
                             FG_SLICE("┘"),
                             FG_SLICE("─"),
                             FG_SLICE("│"),
                             1 };
    return print_frame(vm, argc, argv, &f, out);
}
