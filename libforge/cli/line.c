// SPDX-License-Identifier: Apache-2.0
/* Lines from a terminal.
 *
 * libedit reads single characters through read_char, which alone lets SIGINT in: a
 * signal can neither be lost before it waits nor arrive while libedit works. */
#include "cli/line.h"

#include <errno.h>
#include <histedit.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>
#include <wchar.h>

#define HISTORY_LINES 1000
#define INDENT "    "

struct cli_line {
    cli_line_setup setup;
    EditLine *edit;
    History *history;
    const char *prompt;
    sigset_t outside; /* signals blocked while no line is read */
};

static cli_line *line_of(EditLine *e)
{
    cli_line *l = NULL;
    el_get(e, EL_CLIENTDATA, &l);
    return l;
}

static char *prompt_of(EditLine *e) { return (char *)(uintptr_t)line_of(e)->prompt; }

/* ---- characters ------------------------------------------------------------------- */

/* Waits for a byte; 1, 0 at the end of input, -1 on an error or SIGINT. */
static int read_byte(cli_line *l, char *out)
{
    for (;;) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(STDIN_FILENO, &set);
        if (*l->setup.interrupted)
            return -1;
        if (pselect(STDIN_FILENO + 1, &set, NULL, NULL, NULL, &l->outside) < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        ssize_t n = read(STDIN_FILENO, out, 1);
        if (n >= 0 || errno != EINTR)
            return (int)n;
    }
}

/* A character, made of as many bytes as it has; bytes that make none become '?'. */
static int read_char(EditLine *e, wchar_t *out)
{
    mbstate_t state = { 0 };
    for (size_t i = 0; i < MB_LEN_MAX; i++) {
        char byte;
        int n = read_byte(line_of(e), &byte);
        if (n <= 0)
            return n;
        size_t done = mbrtowc(out, &byte, 1, &state);
        if (done == (size_t)-1)
            break;
        if (done != (size_t)-2)
            return 1;
    }
    *out = L'?';
    return 1;
}

/* ---- completion -------------------------------------------------------------------- */

static bool is_name_byte(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z') || (c & 0x80);
}

static size_t common_length(cli_names names)
{
    size_t n = strlen(names.at[0]);
    for (size_t i = 1; i < names.n; i++) {
        size_t k = 0;
        while (k < n && names.at[i][k] == names.at[0][k])
            k++;
        n = k;
    }
    return n;
}

static void list_names(cli_names names)
{
    size_t width = 0, column = 0;
    for (size_t i = 0; i < names.n; i++)
        width = strlen(names.at[i]) > width ? strlen(names.at[i]) : width;
    size_t columns = width < 38 ? 78 / (width + 2) : 1;
    putchar('\n');
    for (size_t i = 0; i < names.n; i++) {
        bool last = ++column == columns || i + 1 == names.n;
        printf("%-*s%s", last ? 0 : (int)width + 2, names.at[i], last ? "\n" : "");
        column = last ? 0 : column;
    }
    fflush(stdout);
}

/* Completes the word in front of the cursor; in front of any word, indents. */
static unsigned char complete(EditLine *e, int key)
{
    cli_line *l = line_of(e);
    const LineInfo *info = el_line(e);
    const char *word = info->cursor;
    (void)key;
    while (word > info->buffer && is_name_byte(word[-1]))
        word--;
    size_t n = (size_t)(info->cursor - word), before = (size_t)(word - info->buffer);
    if (n == 0 && (before == 0 || word[-1] != '.'))
        return el_insertstr(e, INDENT) == 0 ? CC_REFRESH : CC_ERROR;
    cli_names names =
        l->setup.complete(l->setup.ctx, info->buffer, before, fg_slice_of(word, n));
    if (names.n == 0)
        return CC_REFRESH_BEEP;
    size_t common = common_length(names);
    if (common == n && names.n > 1) {
        list_names(names);
        return CC_REDISPLAY;
    }
    char *rest = strndup(names.at[0] + n, common - n);
    bool done = rest && (common == n || el_insertstr(e, rest) == 0);
    free(rest);
    return done ? CC_REFRESH : CC_ERROR;
}

/* ---- history ------------------------------------------------------------------------- */

static bool open_history(cli_line *l)
{
    HistEvent event;
    l->history = history_init();
    if (!l->history)
        return false;
    history(l->history, &event, H_SETSIZE, HISTORY_LINES);
    history(l->history, &event, H_SETUNIQUE, 1);
    if (l->setup.history)
        history(l->history, &event, H_LOAD, l->setup.history);
    el_set(l->edit, EL_HIST, history, l->history);
    return true;
}

/* Written at once, so that a terminal that is closed loses nothing. */
static void remember(cli_line *l, const char *line)
{
    HistEvent event;
    if (line[strspn(line, " \t\n")] == '\0')
        return;
    history(l->history, &event, H_ENTER, line);
    if (l->setup.history)
        history(l->history, &event, H_SAVE, l->setup.history);
}

/* ---- lines ------------------------------------------------------------------------------ */

/* Characters are UTF-8, whatever the environment says. */
static void choose_characters(void)
{
    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1)
        setlocale(LC_CTYPE, "C.UTF-8");
}

cli_line *cli_line_open(const cli_line_setup *setup)
{
    choose_characters();
    cli_line *l = calloc(1, sizeof *l);
    if (l) {
        l->setup = *setup;
        l->prompt = "";
        l->edit = el_init("forge", stdin, stdout, stderr);
    }
    if (!l || !l->edit || !open_history(l)) {
        cli_error("the terminal cannot be used for editing");
        cli_line_close(l);
        return NULL;
    }
    el_set(l->edit, EL_CLIENTDATA, l);
    el_set(l->edit, EL_PROMPT, prompt_of);
    el_set(l->edit, EL_EDITOR, "emacs");
    el_set(l->edit, EL_GETCFN, read_char);
    el_wset(l->edit, EL_ADDFN, L"forge-complete", L"complete a name", complete);
    el_set(l->edit, EL_BIND, "^I", "forge-complete", NULL);
    el_set(l->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(l->edit, NULL);
    return l;
}

void cli_line_close(cli_line *l)
{
    if (!l)
        return;
    if (l->history)
        history_end(l->history);
    if (l->edit)
        el_end(l->edit);
    free(l);
}

cli_read cli_line_read(cli_line *l, const char *prompt, fg_bytes *out)
{
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt, &l->outside);
    l->prompt = prompt;
    el_resize(l->edit);
    int n = 0;
    const char *line = el_gets(l->edit, &n);
    sigprocmask(SIG_SETMASK, &l->outside, NULL);
    if (line && n > 0) {
        remember(l, line);
        fg_bytes_put(out, line, (size_t)n);
        return CLI_READ_LINE;
    }
    el_reset(l->edit);
    return *l->setup.interrupted ? CLI_READ_INTERRUPTED : CLI_READ_END;
}
