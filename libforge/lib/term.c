// SPDX-License-Identifier: Apache-2.0
/* The term module: colours and small drawings for a terminal.  What only makes text gives
 * a string; what shows something writes it to standard error, apart from the output. */
#include "lib/term.h"

#include "base/utf8.h"

#include <math.h>

#define BAR_CELLS 30

void fg_term_text(fg_bytes *b, int argc, const fg_value *argv, int i,
                  const char *otherwise)
{
    if (i < argc)
        fg_show(b, &argv[i]);
    else
        fg_bytes_str(b, otherwise);
}

void fg_term_repeat(fg_bytes *b, fg_slice text, uint64_t n)
{
    char *at = n > FG_MAX_LEN ? NULL : fg_bytes_room(b, n * text.n);
    b->failed |= !at;
    for (uint64_t i = 0; at && text.n > 0 && i < n; i++)
        memcpy(at + i * text.n, text.p, text.n);
    b->n += at ? (uint32_t)n * text.n : 0;
}

fg_status fg_term_print(fg_vm *vm, fg_bytes *b, fg_value *out)
{
    fg_status status = b->failed ? FG_NOMEM : FG_OK;
    if (status == FG_OK)
        fg_write_err(vm, fg_bytes_view(b));
    fg_bytes_drop(b);
    fg_give(out, fg_null());
    return status;
}

/* ---- colours ------------------------------------------------------------------------ */

#define STYLES(X)                                                                      \
    X(red, 31)                                                                         \
    X(green, 32)                                                                       \
    X(yellow, 33)                                                                      \
    X(blue, 34)                                                                        \
    X(magenta, 35)                                                                     \
    X(cyan, 36)                                                                        \
    X(bold, 1)                                                                         \
    X(dim, 2)

static fg_status styled(fg_vm *vm, int argc, const fg_value *argv, const char *start,
                        fg_value *out)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, start);
    fg_term_text(&b, argc, argv, 0, "");
    fg_bytes_str(&b, "\033[0m");
    return fg_take_bytes(vm, &b, out);
}

#define X(name, code)                                                                  \
    static fg_status term_##name(fg_vm *vm, int argc, fg_value *argv, fg_value *out)   \
    {                                                                                  \
        return styled(vm, argc, argv, "\033[" #code "m", out);                         \
    }
STYLES(X)
#undef X

/* One colour after the other, character by character. */
static fg_status put_gradient(fg_vm *vm, fg_bytes *b, fg_slice s)
{
    static const uint8_t colors[] = { 196, 202, 208, 214, 220, 226,
                                      190, 154, 118, 82,  46 };
    uint32_t cp, n;
    for (uint32_t i = 0, k = 0; i < s.n && !b->failed; i += n, k++) {
        n = fg_utf8_get(s.p + i, s.p + s.n, &cp);
        fg_bytes_fmt(b, "\033[38;5;%um", colors[k % FG_COUNT(colors)]);
        fg_bytes_put(b, s.p + i, n);
        if (k % 1024 == 1023)
            FG_TRY(fg_tick(vm, 1024));
    }
    fg_bytes_str(b, "\033[0m");
    return FG_OK;
}

static fg_status term_gradient(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes text, b;
    fg_begin_text(vm, &text);
    fg_begin_text(vm, &b);
    fg_term_text(&text, argc, argv, 0, "");
    fg_status status =
        text.failed ? FG_NOMEM : put_gradient(vm, &b, fg_bytes_view(&text));
    if (status == FG_OK)
        status = fg_take_bytes(vm, &b, out);
    fg_bytes_drop(&text);
    fg_bytes_drop(&b);
    return status;
}

/* ---- drawings ----------------------------------------------------------------------- */

/* What is no number counts as 0. */
static double number_at(const fg_array *a, uint32_t i)
{
    fg_value v = fg_array_at(a, i);
    fg_peel(&v, &v);
    return fg_is_number(v) ? fg_number(v) : 0;
}

static fg_status term_sparkline(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    if (!fg_is(v, FG_ARRAY))
        return fg_raise(vm, FG_E_RUNTIME,
                        "term.sparkline() requires an array of numbers");
    const fg_array *a = v.as.arr;
    FG_TRY(fg_check_room(vm, "term.sparkline()", a->len, 3));
    FG_TRY(fg_work(vm, a->len));
    double min = INFINITY, max = -INFINITY;
    for (uint32_t i = 0; i < a->len; i++) {
        min = fmin(min, number_at(a, i));
        max = fmax(max, number_at(a, i));
    }
    double span = max - min < 0.001 ? 1 : max - min;
    fg_bytes b;
    fg_begin_text(vm, &b);
    for (uint32_t i = 0; i < a->len; i++) {
        double level = (number_at(a, i) - min) / span * 7;
        char bar[] = "▁"; /* the next ones follow it */
        bar[2] = (char)(bar[2] + (level > 0 ? (int)fmin(level, 7) : 0));
        fg_bytes_str(&b, bar);
    }
    return fg_take_bytes(vm, &b, out);
}

static fg_status term_hr(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int64_t width = fg_arg_int(argc, argv, 0, 40);
    fg_value v = fg_arg(argc, argv, 1);
    fg_slice text = fg_is_string(v) ? fg_string_slice(v.as.str) : FG_SLICE("─");
    if (width < 0)
        return fg_raise(vm, FG_E_RUNTIME,
                        "term.hr() requires a width of 0 or more, got %lld",
                        (long long)width);
    FG_TRY(fg_check_room(vm, "term.hr()", (uint64_t)width, text.n));
    FG_TRY(fg_work(vm, (uint64_t)width * text.n));
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_term_repeat(&b, text, (uint64_t)width);
    fg_bytes_char(&b, '\n');
    return fg_term_print(vm, &b, out);
}

/* The whole part of value / max of n, within 0 … n. */
static uint32_t share(double value, double max, uint32_t n)
{
    double part = value * n / max;
    return part > 0 ? (uint32_t)fmin(part, n) : 0;
}

static fg_status term_bar(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 1), m = fg_arg(argc, argv, 2);
    double value = fg_is_number(v) ? fg_number(v) : 0;
    double max = fg_is_number(m) ? fg_number(m) : 100;
    uint32_t full = share(value, max, BAR_CELLS);
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "  ");
    fg_term_text(&b, argc, argv, 0, "");
    fg_bytes_str(&b, " [");
    fg_term_repeat(&b, FG_SLICE("█"), full);
    fg_term_repeat(&b, FG_SLICE("░"), BAR_CELLS - full);
    fg_bytes_fmt(&b, "] %u%%\n", share(value, max, 100));
    return fg_term_print(vm, &b, out);
}

/* ---- one line ----------------------------------------------------------------------- */

/* Shows the first argument, or `otherwise`, between two texts. */
static fg_status show(fg_vm *vm, int argc, const fg_value *argv, const char *before,
                      const char *otherwise, const char *after, fg_value *out)
{
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, before);
    fg_term_text(&b, argc, argv, 0, otherwise);
    fg_bytes_str(&b, after);
    return fg_term_print(vm, &b, out);
}

#define MESSAGES(X)                                                                    \
    X(success, "  \033[32m✅ ")                                                         \
    X(error, "  \033[31m❌ ")                                                           \
    X(warning, "  \033[33m⚠️  ")                                                   \
    X(info, "  \033[36mℹ️  ")

#define X(name, before)                                                                \
    static fg_status term_##name(fg_vm *vm, int argc, fg_value *argv, fg_value *out)   \
    {                                                                                  \
        return show(vm, argc, argv, before, "", "\033[0m\n", out);                     \
    }
MESSAGES(X)
#undef X

static fg_status term_spinner(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    return show(vm, argc, argv, "\033[2K\r", "Loading...", " ⠋", out);
}

static fg_status term_clear(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_write_err(vm, FG_SLICE("\033[2J\033[1;1H"));
    return fg_give(out, fg_null());
}

static fg_status term_beep(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    fg_write_err(vm, FG_SLICE("\a"));
    return fg_give(out, fg_null());
}

static const fg_member members[] = {
#define X(name, code)                                                                  \
    FG_FN("term." #name, term_##name, FG_CAP_NONE,                                     \
          "(text = \"\"): the text, shown " #name),
    STYLES(X)
#undef X
        FG_FN("term.gradient", term_gradient, FG_CAP_NONE,
              "(text = \"\"): the text in the colours of the rainbow"),
    FG_FN("term.sparkline", term_sparkline, FG_CAP_NONE,
          "(numbers): a small chart, one character each"),
    FG_FN("term.emoji", fg_term_emoji, FG_CAP_NONE,
          "(name?): the emoji of that name, or a question mark"),
    FG_FN("term.emojis", fg_term_emojis, FG_CAP_NONE, "(): shows the names of emoji"),
    FG_FN("term.table", fg_term_table, FG_CAP_NONE,
          "(rows): shows objects, the fields of the first one as columns"),
    FG_FN("term.hr", term_hr, FG_CAP_NONE,
          "(width = 40, text = \"─\"): shows a line across"),
    FG_FN("term.bar", term_bar, FG_CAP_NONE,
          "(label?, value = 0, max = 100): shows how much of max value is"),
    FG_FN("term.banner", fg_term_banner, FG_CAP_NONE,
          "(text?): shows the text in a double frame"),
    FG_FN("term.box", fg_term_box, FG_CAP_NONE, "(text?): shows the text in a frame"),
#define X(name, before)                                                                \
    FG_FN("term." #name, term_##name, FG_CAP_NONE,                                     \
          "(text?): shows the text, marked as " #name),
    MESSAGES(X)
#undef X
        FG_FN("term.clear", term_clear, FG_CAP_NONE, "(): empties the terminal"),
    FG_FN("term.beep", term_beep, FG_CAP_NONE, "(): rings the terminal's bell"),
    FG_FN("term.spinner", term_spinner, FG_CAP_NONE,
          "(text = \"Loading...\"): shows that something goes on"),
    FG_FN("term.confirm", fg_term_confirm, FG_CAP_NONE,
          "(prompt = \"Continue?\"): asks; true when the answer is y or yes"),
    FG_FN("term.menu", fg_term_menu, FG_CAP_NONE,
          "(options, prompt = \"Choose an option:\"): the one whose number is entered, "
          "or null"),
    FG_FN("term.typewriter", fg_term_typewriter, FG_CAP_NONE,
          "(text?, delay_ms = 30): shows the text a character at a time"),
    FG_FN("term.countdown", fg_term_countdown, FG_CAP_NONE,
          "(seconds = 3): shows how the time runs out"),
};

const fg_module fg_term_module = { "term", FG_COUNT(members), members };
