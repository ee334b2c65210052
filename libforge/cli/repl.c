// SPDX-License-Identifier: Apache-2.0
/* `forge repl`: a session at a terminal, or of lines that come from a pipe.
 *
 * Every piece is run once.  What it leaves - variables, functions, types - is there for
 * the next one, also after an error.  SIGINT clears the line at the prompt and cancels
 * what is running. */
#include "cli/line.h"
#include "cli/output.h"

#include "api.h"
#include "front/lex.h"
#include "value/equal.h"
#include "value/show.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_MEMORY ((size_t)4 << 30)
#define PROMPT "forge> "
#define CONTINUATION "  ...> "
#define SHOWN 100 /* bytes of a value that `env` shows */

typedef struct names {
    const char **at;
    size_t n, cap;
    fg_slice prefix;
} names;

typedef struct repl {
    forge_session *session;
    cli_output *out;
    cli_line *line; /* NULL: input is no terminal */
    fg_bytes text;  /* lines of the piece so far */
    bool colored;   /* standard output */
    bool over;
    int code; /* exit status */
    names names;
} repl;

/* What a signal handler reaches: the fork that runs, and that SIGINT came. */
static forge_fork *volatile running;
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
    forge_cancel(running);
}

/* System calls are not restarted: a read that waits has to end. */
static void watch_interrupts(void)
{
    struct sigaction act = { .sa_handler = on_interrupt };
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* ---- printing ------------------------------------------------------------------------ */

static void put(repl *r, const char *text)
{
    cli_output_put(r->out, text, strlen(text));
}

/* Sends everything; the session ends when nobody reads it. */
static void flush(repl *r)
{
    if (cli_output_flush(r->out))
        return;
    r->over = true;
    r->code = cli_output_failed(r->out);
}

static void show(repl *r, forge_value v)
{
    const char *text;
    size_t n;
    forge_status s = forge_display_text(forge_session_fork(r->session), v, &text, &n);
    if (s != FORGE_OK) {
        cli_report_fork(s, forge_session_fork(r->session));
        return;
    }
    put(r, r->colored ? "\033[36m=>\033[0m " : "=> ");
    cli_output_put(r->out, text, n);
    put(r, "\n");
}

/* ---- running --------------------------------------------------------------------------- */

/* Runs a piece; what went wrong is printed. */
static bool run(repl *r, const char *text, size_t n, forge_value *out)
{
    forge_fork *f = forge_session_fork(r->session);
    interrupted = 0;
    running = f;
    forge_status s = forge_session_run(r->session, text, n, out);
    running = NULL;
    flush(r);
    if (s == FORGE_OK || r->over)
        return s == FORGE_OK;
    if (s == FORGE_EXIT) {
        r->over = true;
        r->code = forge_exit_code(f);
    } else if (interrupted && s == FORGE_CANCELLED) {
        cli_error("interrupted");
        if (!r->line) {
            r->over = true;
            r->code = 128 + SIGINT;
        }
    } else {
        cli_report_fork(s, f);
    }
    return false;
}

static void run_piece(repl *r)
{
    forge_value v;
    if (!run(r, r->text.p, r->text.n, &v) || forge_kind_of(v) == FORGE_NULL)
        return;
    show(r, v);
    flush(r);
}

/* ---- words of the prompt ------------------------------------------------------------------ */

static void say_help(repl *r, fg_slice rest);

static void clear_screen(repl *r, fg_slice rest)
{
    (void)rest;
    if (r->line)
        put(r, "\033[H\033[2J");
}

static void put_variable(void *ctx, const char *name, forge_value v)
{
    repl *r = ctx;
    fg_value value = fg_from_outside(v);
    fg_bytes b;
    if (strncmp(name, "__", 2) == 0)
        return;
    fg_bytes_init(&b);
    if (fg_is_string(value))
        fg_show_json(&b, &value, ", ", ": ");
    else
        fg_show(&b, &value);
    uint32_t n = fg_diag_fit(fg_bytes_view(&b), SHOWN);
    put(r, name);
    put(r, " = ");
    cli_output_put(r->out, b.p, n);
    put(r, n < b.n ? " …\n" : "\n");
    fg_bytes_drop(&b);
}

static void list_variables(repl *r, fg_slice rest)
{
    (void)rest;
    forge_session_each(r->session, put_variable, r);
}

static void say_version(repl *r, fg_slice rest)
{
    (void)rest;
    put(r, "forge " FORGE_VERSION "\n");
}

static void leave(repl *r, fg_slice rest)
{
    (void)rest;
    r->over = true;
}

static void say_type(repl *r, fg_slice rest)
{
    forge_value v;
    if (rest.n == 0) {
        cli_error(":type needs an expression");
    } else if (run(r, rest.p, rest.n, &v)) {
        fg_value value = fg_from_outside(v);
        put(r, fg_type_name(&value));
        put(r, "\n");
    }
}

static const struct word {
    const char *name;
    void (*act)(repl *r, fg_slice rest); /* rest: what stands behind the word */
    const char *help;
} words[] = {
    { "help", say_help, "this list" },
    { "env", list_variables, "the variables there are" },
    { "clear", clear_screen, "an empty screen" },
    { "version", say_version, "the version" },
    { ":type", say_type, "EXPR: the type of its value" },
    { ":quit", leave, "the end, like exit and Ctrl-D" },
    { "exit", leave, NULL },
};

static void say_help(repl *r, fg_slice rest)
{
    (void)rest;
    put(r, "Type statements and expressions; the value of an expression is shown.\n"
           "Open brackets and \"\"\" strings go on in the next line, Tab completes "
           "names,\n"
           "Ctrl-C clears the line or stops what is running.\n\n");
    for (size_t i = 0; i < FG_COUNT(words); i++) {
        char line[80];
        if (!words[i].help)
            continue;
        snprintf(line, sizeof line, "  %-8s %s\n", words[i].name, words[i].help);
        put(r, line);
    }
}

typedef struct search {
    fg_slice name;
    bool found;
} search;

static void compare_name(void *ctx, const char *name, forge_value v)
{
    search *s = ctx;
    (void)v;
    s->found |= fg_slice_eq(fg_slice_str(name), s->name);
}

static fg_slice trim(fg_slice s)
{
    while (s.n > 0 && strchr(" \t\r\n", s.p[0]))
        s = (fg_slice){ s.p + 1, s.n - 1 };
    while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Does what a word says; false: the line is none, or the name of a variable. */
static bool act_on_word(repl *r)
{
    fg_slice line = trim(fg_bytes_view(&r->text)), head = line;
    if (line.n > 0 && line.p[0] == ':') {
        const char *end = memchr(line.p, ' ', line.n);
        head.n = end ? (uint32_t)(end - line.p) : line.n;
    }
    search s = { .name = head };
    forge_session_each(r->session, compare_name, &s);
    for (size_t i = 0; i < FG_COUNT(words) && !s.found; i++) {
        if (!fg_slice_eq(head, fg_slice_str(words[i].name)))
            continue;
        words[i].act(r, trim((fg_slice){ line.p + head.n, line.n - head.n }));
        flush(r);
        return true;
    }
    if (head.n == 0 || head.p[0] != ':')
        return false;
    cli_error("the prompt has no word '%.*s'", (int)head.n, head.p);
    cli_hint("help lists them");
    return true;
}

/* ---- completion ------------------------------------------------------------------------------ */

static void add_name(void *ctx, const char *name)
{
    names *l = ctx;
    if (strlen(name) < l->prefix.n || memcmp(name, l->prefix.p, l->prefix.n) != 0
        || strncmp(name, "__", 2) == 0)
        return;
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        const char **grown = realloc(l->at, cap * sizeof *grown);
        if (!grown)
            return;
        l->at = grown;
        l->cap = cap;
    }
    l->at[l->n++] = name;
}

static void add_variable(void *ctx, const char *name, forge_value v)
{
    (void)v;
    add_name(ctx, name);
}

/* What may follow the dot at the end of a text: members of a module, or methods. */
static void add_members(names *l, fg_slice before)
{
    uint32_t n = before.n - 1, from = n;
    while (from > 0
           && (before.p[from - 1] == '_' || isalnum((unsigned char)before.p[from - 1])))
        from--;
    const fg_module *m =
        fg_standard_library.module((fg_slice){ before.p + from, n - from });
    for (uint32_t i = 0; m && i < m->nmembers; i++)
        add_name(l, fg_member_name(&m->members[i]).p);
    for (uint32_t i = 0; !m && i < fg_standard_library.nmethods; i++)
        add_name(l, fg_standard_library.methods[i].name);
}

static void add_keywords(names *l)
{
    for (int k = 0; k < FG_TOK_COUNT; k++) {
        const char *text = fg_token_text((fg_token_kind)k);
        if (text && fg_token_keyword(fg_slice_str(text)) == (fg_token_kind)k)
            add_name(l, text);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static cli_names complete(void *ctx, const char *text, size_t n, fg_slice word)
{
    repl *r = ctx;
    names *l = &r->names;
    l->n = 0;
    l->prefix = word;
    if (n > 0 && text[n - 1] == '.') {
        add_members(l, fg_slice_of(text, n));
    } else {
        forge_session_each(r->session, add_variable, l);
        fg_standard_library.each_name(add_name, l);
        add_keywords(l);
    }
    if (l->n > 0)
        qsort(l->at, l->n, sizeof *l->at, by_text);
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++)
        if (kept == 0 || strcmp(l->at[kept - 1], l->at[i]) != 0)
            l->at[kept++] = l->at[i];
    l->n = kept;
    return (cli_names){ l->at, l->n };
}

/* ---- lines ---------------------------------------------------------------------------------------- */

/* Byte by byte, so that input() of the program gets what follows. */
static cli_read read_plain(fg_bytes *out)
{
    uint32_t from = out->n;
    char c = 0;
    while (c != '\n') {
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && errno == EINTR && !interrupted)
            continue;
        if (n < 0 && interrupted)
            return CLI_READ_INTERRUPTED;
        if (n <= 0)
            return out->n > from ? CLI_READ_LINE : CLI_READ_END;
        fg_bytes_char(out, c);
    }
    return CLI_READ_LINE;
}

static cli_read read_line(repl *r)
{
    interrupted = 0;
    if (!r->line)
        return read_plain(&r->text);
    return cli_line_read(r->line, r->text.n ? CONTINUATION : PROMPT, &r->text);
}

/* A line was added to the text. */
static void take_line(repl *r, bool first)
{
    if (r->text.failed) {
        cli_error("out of memory");
        r->over = true;
        r->code = CLI_FAILED;
        return;
    }
    if (first && act_on_word(r)) {
        r->text.n = 0;
        return;
    }
    if (forge_session_incomplete(r->text.p, r->text.n))
        return;
    run_piece(r);
    r->text.n = 0;
}

static void converse(repl *r)
{
    while (!r->over) {
        bool first = r->text.n == 0;
        switch (read_line(r)) {
        case CLI_READ_LINE: take_line(r, first); break;
        case CLI_READ_INTERRUPTED:
            r->text.n = 0;
            r->over = !r->line;
            r->code = r->line ? CLI_OK : 128 + SIGINT;
            put(r, r->line ? "^C\n" : "");
            break;
        case CLI_READ_END:
            if (r->line)
                put(r, "\n");
            else if (r->text.n > 0)
                run_piece(r); /* says what is open */
            r->over = true;
            break;
        }
    }
}

/* ---- the command -------------------------------------------------------------------------------------- */

/* The file of the history, malloc'ed; NULL: none. */
static char *history_file(void)
{
    const char *file = getenv("FORGE_HISTORY"), *home = getenv("HOME");
    if (file)
        return *file ? strdup(file) : NULL;
    size_t n = home ? strlen(home) : 0;
    char *path = n ? malloc(n + sizeof "/.forge_history") : NULL;
    if (path)
        sprintf(path, "%s/.forge_history", home);
    return path;
}

static bool open_terminal(repl *r, const char *history)
{
    cli_line_setup setup = { history, &interrupted, complete, r };
    r->line = cli_line_open(&setup);
    if (!r->line)
        return false;
    put(r, "forge " FORGE_VERSION "; help says more, exit ends\n");
    return true;
}

static void close_all(repl *r)
{
    forge_session_end(r->session);
    cli_line_close(r->line);
    fg_bytes_drop(&r->text);
    free(r->names.at);
    free(r->out);
}

bool cli_repl_wanted(void) { return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO); }

int cli_repl(int argc, char **argv)
{
    if (argc > 0) {
        cli_error("forge repl takes no arguments; what is '%s'?", argv[0]);
        return CLI_USAGE;
    }
    repl r = { .colored = cli_colored(STDOUT_FILENO), .code = CLI_FAILED };
    fg_bytes_init(&r.text);
    r.out = cli_output_new();
    if (!r.out)
        return CLI_FAILED;
    forge_limits limits = { .memory = DEFAULT_MEMORY };
    forge_env env = cli_output_env(r.out);
    char *history = history_file();
    forge_status s =
        forge_session_begin("<repl>", NULL, &limits, &env, &cli_loader, &r.session);
    if (s != FORGE_OK)
        cli_error("%s", cli_status_text(s));
    watch_interrupts();
    if (s == FORGE_OK && (!cli_repl_wanted() || open_terminal(&r, history))) {
        r.code = CLI_OK;
        converse(&r);
    }
    close_all(&r);
    free(history);
    return r.code;
}
