// SPDX-License-Identifier: Apache-2.0
/* Questions and slow text.  A web server has nobody to ask and nobody who watches: there
 * the answer is no, and all text comes at once. */
#include "base/number.h"
#include "base/utf8.h"
#include "lib/input.h"
#include "lib/site.h"
#include "lib/term.h"
#include "lib/unicode.h"
#include "run/fiber.h"

#include <stdio.h>
#include <strings.h>

#define DELAY_MS 30.0

static bool is_watched(const fg_vm *vm) { return !fg_site_of(vm)->hosted; }

/* Lets the other tasks run for a while. */
static fg_status pause_ms(fg_vm *vm, double ms)
{
    bool ready;
    uint64_t ns = ms > 1e12 ? (uint64_t)1e18 : (uint64_t)(ms * 1e6);
    return fg_wait_fds(vm, NULL, 0, fg_now_ns() + ns, &ready);
}

/* ---- questions ---------------------------------------------------------------------- */

/* The next line of the input without white space around it, in b. */
static fg_status answer(fg_vm *vm, fg_bytes *b, fg_slice *text)
{
    fg_begin_text(vm, b);
    FG_TRY(fg_input_line(vm, b));
    *text = fg_unicode_trim(fg_bytes_view(b), true, true);
    return FG_OK;
}

static bool is_yes(fg_slice s)
{
    return (s.n == 1 || s.n == 3) && strncasecmp(s.p, "yes", s.n) == 0;
}

fg_status fg_term_confirm(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    fg_slice text;
    FG_TRY(fg_input_refuse(vm, "term.confirm()"));
    fg_begin_text(vm, &b);
    fg_term_text(&b, argc, argv, 0, "Continue?");
    fg_bytes_str(&b, " [y/N] ");
    FG_TRY(fg_term_print(vm, &b, out));
    fg_status status = answer(vm, &b, &text);
    if (status == FG_OK)
        fg_give(out, fg_bool(is_yes(text)));
    fg_bytes_drop(&b);
    return status;
}

static fg_status show_menu(fg_vm *vm, int argc, const fg_value *argv, fg_value *out)
{
    const fg_array *options = fg_arg(argc, argv, 0).as.arr;
    fg_bytes b;
    FG_TRY(fg_work(vm, options->len * (uint64_t)16));
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "\n  ");
    fg_term_text(&b, argc, argv, 1, "Choose an option:");
    fg_bytes_char(&b, '\n');
    for (uint32_t i = 0; i < options->len && !b.failed; i++) {
        fg_value option = fg_array_at(options, i);
        fg_bytes_fmt(&b, "  \033[36m%u)\033[0m ", i + 1);
        fg_show(&b, &option);
        fg_bytes_char(&b, '\n');
    }
    fg_bytes_str(&b, "\n  Your choice: ");
    return fg_term_print(vm, &b, out);
}

fg_status fg_term_menu(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value options = fg_arg(argc, argv, 0);
    fg_bytes b;
    fg_slice text;
    int64_t choice;
    if (!fg_is(options, FG_ARRAY))
        return fg_raise(vm, FG_E_RUNTIME, "term.menu() requires an array of options");
    FG_TRY(fg_input_refuse(vm, "term.menu()"));
    FG_TRY(show_menu(vm, argc, argv, out));
    fg_status status = answer(vm, &b, &text);
    if (status == FG_OK && fg_int_parse(text, &choice) && choice > 0
        && choice <= options.as.arr->len)
        fg_array_get(options.as.arr, (uint32_t)(choice - 1), out);
    fg_bytes_drop(&b);
    return status;
}

/* ---- slow text ---------------------------------------------------------------------- */

/* Shows s, a character at a time if there is a delay. */
static fg_status type(fg_vm *vm, fg_slice s, double delay_ms)
{
    uint32_t cp, n;
    for (uint32_t i = 0; i < s.n; i += n) {
        n = delay_ms > 0 ? fg_utf8_get(s.p + i, s.p + s.n, &cp) : s.n;
        fg_write_err(vm, (fg_slice){ s.p + i, n });
        if (delay_ms > 0)
            FG_TRY(pause_ms(vm, delay_ms));
    }
    fg_write_err(vm, FG_SLICE("\n"));
    return FG_OK;
}

fg_status fg_term_typewriter(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value delay = fg_arg(argc, argv, 1);
    double delay_ms = fg_is_number(delay) ? fg_number(delay) : DELAY_MS;
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_term_text(&b, argc, argv, 0, "");
    fg_status status = FG_NOMEM;
    if (!b.failed)
        status = type(vm, fg_bytes_view(&b), is_watched(vm) ? delay_ms : 0);
    fg_bytes_drop(&b);
    fg_give(out, fg_null());
    return status;
}

fg_status fg_term_countdown(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int64_t seconds = is_watched(vm) ? fg_arg_int(argc, argv, 0, 3) : 0;
    char text[32];
    for (; seconds > 0; seconds--) {
        int n = snprintf(text, sizeof text, "\r  %lld ", (long long)seconds);
        fg_write_err(vm, fg_slice_of(text, (size_t)n));
        FG_TRY(pause_ms(vm, 1000));
    }
    fg_write_err(vm, FG_SLICE("\r  Go! 🚀\n"));
    return fg_give(out, fg_null());
}
