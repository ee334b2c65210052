// SPDX-License-Identifier: Apache-2.0
/* What the term module writes to standard error and reads from standard input, exactly;
 * that other tasks run while it waits, and that limits and cancellation end it. */
#include "prog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ESC "\033["
#define FOUR(s) s s s s
#define FORTY(s)                                                                       \
    FOUR(s) FOUR(s) FOUR(s) FOUR(s) FOUR(s) FOUR(s) FOUR(s) FOUR(s) FOUR(s) FOUR(s)

static struct {
    char text[8192]; /* of standard error */
    size_t n;
    const char *late; /* is put into standard input when `after` is shown */
    const char *after;
    int input; /* where it is put */
    int polls_left;
} host;

static void feed(const char *text)
{
    size_t n = strlen(text);
    assert_int_equal(write(host.input, text, n), n);
    close(host.input);
    host.input = -1;
}

static void on_write_err(void *ctx, const char *text, size_t n)
{
    (void)ctx;
    assert_true(n < sizeof host.text - host.n);
    memcpy(host.text + host.n, text, n);
    host.n += n;
    host.text[host.n] = '\0';
    if (host.late && strstr(host.text, host.after)) {
        const char *late = host.late;
        host.late = NULL;
        feed(late);
    }
}

static int on_poll(void *ctx)
{
    (void)ctx;
    return host.polls_left > 0 && --host.polls_left == 0;
}

static forge_env env = { .write_err = on_write_err, .poll = on_poll };

/* Standard input becomes a pipe that host.input leads into. */
static void open_input(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    host.input = ends[1];
}

static forge_fork *begin(prog *p, const char *body, const forge_limits *limits)
{
    char source[1024];
    forge_fork *f = NULL;
    snprintf(source, sizeof source, "fn main() { %s }\n", body);
    prog_build(p, source);
    assert_int_equal(forge_fork_begin(p->tmpl, NULL, limits, &env, &f), FORGE_OK);
    host.n = 0;
    host.text[0] = '\0';
    return f;
}

/* Runs the body of a function, which gives `result`; what it shows is in host.text. */
static void runs(const char *body, const char *result)
{
    prog p;
    forge_fork *f = begin(&p, body, NULL);
    prog_expect(f, "main", result);
    forge_fork_end(f);
    prog_free(&p);
}

static void shows(const char *body, const char *result, const char *text)
{
    runs(body, result);
    assert_string_equal(host.text, text);
}

/* The same with this in standard input. */
static void answers(const char *input, const char *body, const char *result,
                    const char *text)
{
    open_input();
    feed(input);
    shows(body, result, text);
}

static void ends(const char *body, const forge_limits *limits, forge_status status)
{
    prog p;
    forge_value v;
    forge_fork *f = begin(&p, body, limits);
    assert_int_equal(forge_call(f, "main", NULL, 0, &v), status);
    forge_fork_end(f);
    prog_free(&p);
}

static void lines(void **state)
{
    (void)state;
    shows("return term.hr()", "null", FORTY("─") "\n");
    shows("return term.hr(\"x\", 5)", "null", FORTY("─") "\n");
    shows("return term.hr(3, \"=-\")", "null", "=-=-=-\n");
    shows("return term.hr(0)", "null", "\n");
    shows("return term.hr(1000000000, \"\")", "null", "\n");
    shows("return term.success(\"done\")", "null", "  " ESC "32m✅ done" ESC "0m\n");
    shows("return term.error([1, \"a\"])", "null", "  " ESC "31m❌ [1, a]" ESC "0m\n");
    shows("return term.warning(\"hm\")", "null", "  " ESC "33m⚠️  hm" ESC "0m\n");
    shows("return term.info(freeze 5)", "null", "  " ESC "36mℹ️  5" ESC "0m\n");
    shows("return term.info()", "null", "  " ESC "36mℹ️  " ESC "0m\n");
    shows("return term.clear()", "null", ESC "2J" ESC "1;1H");
    shows("return term.beep()", "null", "\a");
    shows("return term.spinner()", "null", ESC "2K\rLoading... ⠋");
    shows("return term.spinner(\"w\")", "null", ESC "2K\rw ⠋");
}

static void emoji(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "\n  " ESC "1mAvailable Emojis:" ESC
        "0m  term.emoji(\"name\")\n  " FORTY("─") "─────\n  ✅  check        " ESC
                                                  "90malso: ok, yes" ESC "0m\n  ❌",
        "\n  🔑  key         \n  🔗  link         " ESC "90malso: url" ESC "0m\n",
        "\n  🔧  tools        " ESC "90malso: wrench" ESC "0m\n\n",
    };
    runs("return term.emojis()", "null");
    const char *at = strstr(host.text, parts[0]);
    assert_ptr_equal(at, host.text);
    assert_non_null(strstr(at, parts[1]));
    at = strstr(at, parts[2]);
    assert_non_null(at);
    assert_string_equal(at, parts[2]);
}

static void bars(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *percent;
        int full;
    } cases[] = {
        { "50", "50", 15 },      { "", "0", 0 },           { "29", "29", 8 },
        { "2, 3", "66", 20 },    { "0.999, 1", "99", 29 }, { "200", "100", 30 },
        { "-5", "0", 0 },        { "1, 0", "100", 30 },    { "0, 0", "0", 0 },
        { "5, -5", "0", 0 },     { "1.0 / 0", "100", 30 }, { "\"x\", null", "0", 0 },
        { "0.0 / 0.0", "0", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[100], text[200] = "  CPU [";
        snprintf(body, sizeof body, "return term.bar(\"CPU\", %s)", cases[i].arguments);
        for (int k = 0; k < 30; k++)
            strcat(text, k < cases[i].full ? "█" : "░");
        strcat(strcat(strcat(text, "] "), cases[i].percent), "%\n");
        shows(body, "null", text);
    }
}

static void tables(void **state)
{
    (void)state;
    shows("return term.table([])", "null", "");
    shows("return term.table([{a: 1, b: \"xx\"}, {a: \"long\", c: 1}])", "null",
          ESC "1m a    | b  " ESC "0m\n------+----\n 1    | xx \n long |    \n");
    shows("return term.table(freeze [{ab: null}, 5, {ab: [1, 2]}])", "null",
          ESC "1m ab     " ESC "0m\n--------\n null   \n [1, 2] \n");
    /* wide characters, colours, emoji of several code points */
    shows("return term.table([{n: \"日本\"}, {n: term.red(\"abc\")}, {n: \"é\"}])",
          "null",
          ESC "1m n    " ESC "0m\n------\n 日本 \n " ESC "31mabc" ESC "0m  \n é    \n");
    shows("return term.table([{n: \"❤️\"}, {n: \"👍🏽\"}, {n: "
          "\"👨‍👩‍👧\"}, "
          "{n: "
          "\"abc\"}])",
          "null",
          ESC "1m n   " ESC
              "0m\n-----\n ❤️  \n 👍🏽  \n 👨‍👩‍👧  \n abc \n");
}

static void frames(void **state)
{
    (void)state;
    shows("return term.banner(\"ab\")", "null", "╔══════╗\n║  ab  ║\n╚══════╝\n");
    shows("return term.banner()", "null", "╔════╗\n║    ║\n╚════╝\n");
    shows("return term.banner(\"日\\na\")", "null",
          "╔══════╗\n║  日  ║\n║  a   ║\n╚══════╝\n");
    shows("return term.box(\"ab\\r\\nabcd\\n\")", "null",
          "┌──────┐\n│ ab   │\n│ abcd │\n└──────┘\n");
    shows("return term.box(\"\")", "null", "┌──┐\n│  │\n└──┘\n");
    shows("return term.box(\"a\\n\\nb\")", "null",
          "┌───┐\n│ a │\n│   │\n│ b │\n└───┘\n");
    shows("return term.box(term.bold(7))", "null",
          "┌───┐\n│ " ESC "1m7" ESC "0m │\n└───┘\n");
}

static void questions(void **state)
{
    (void)state;
    static const char *const yes[] = { "y\n", "Y\n", "yes\n", " YES \r\n", "y" };
    static const char *const no[] = { "", "\n", "n\n", "ye\n", "yess\n", "\ny\n" };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        answers(yes[i], "return term.confirm(\"Sure?\")", "true", "Sure? [y/N] ");
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        answers(no[i], "return term.confirm()", "false", "Continue? [y/N] ");
    static const char menu[] = "\n  Choose an option:\n  " ESC "36m1)" ESC
                               "0m a\n  " ESC "36m2)" ESC "0m 2\n\n  Your choice: ";
    static const struct {
        const char *input, *result;
    } picks[] = {
        { "1\n", "a" },     { " 2 \n", "2" },
        { "3\n", "null" },  { "0\n", "null" },
        { "-1\n", "null" }, { "a\n", "null" },
        { "", "null" },     { "99999999999999999999\n", "null" },
    };
    for (size_t i = 0; i < sizeof picks / sizeof *picks; i++)
        answers(picks[i].input, "return term.menu([\"a\", 2])", picks[i].result, menu);
    answers("1\n", "return term.menu([], \"Pick:\")", "null",
            "\n  Pick:\n\n  Your choice: ");
    /* each takes its line and leaves the rest */
    answers("y\n2\n\nthe\nrest\n",
            "let a = [term.confirm(1), term.menu([5, 6], 2), term.confirm(3)]\n"
            "return [a, input(), input(), term.confirm(4)]",
            "[[true, 6, false], the\nrest, , false]",
            "1 [y/N] \n  2\n  " ESC "36m1)" ESC "0m 5\n  " ESC "36m2)" ESC
            "0m 6\n\n  Your choice: 3 [y/N] 4 [y/N] ");
}

/* The answer comes only when another task has shown something. */
static void others_run(void **state)
{
    (void)state;
    static const char *const asks[] = {
        "term.confirm(1)", "map([1], fn(x) { return term.confirm(x) })[0]"
    };
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        char body[300];
        open_input();
        host.late = "yes\nall\n";
        host.after = "ticks\n";
        snprintf(body, sizeof body,
                 "spawn { wait 0.02\n term.typewriter(\"ticks\", 1) }\n"
                 "return [%s, input()]",
                 asks[i]);
        shows(body, "[true, all]", "1 [y/N] ticks\n");
    }
    open_input();
    host.late = "all of it\n";
    host.after = "ticks\n";
    shows("spawn { term.typewriter(\"ticks\", 1) }\nreturn input()", "all of it",
          "ticks\n");
}

static void slow_text(void **state)
{
    (void)state;
    shows("return term.typewriter(\"aé日\", 0)", "null", "aé日\n");
    shows("return term.typewriter(\"aé日\", 0.5)", "null", "aé日\n");
    shows("return term.typewriter([1, \"a\"], 0.5)", "null", "[1, a]\n");
    shows("return term.typewriter()", "null", "\n");
    shows("return map([\"aé\", \"b\"], fn(s) { return term.typewriter(s, 1) })",
          "[null, null]", "aé\nb\n");
    shows("term.typewriter(\"ab\", 1)\n term.typewriter(\"cd\", -1)\n return 1", "1",
          "ab\ncd\n");
    shows("return term.countdown(0)", "null", "\r  Go! 🚀\n");
    shows("return term.countdown(-3)", "null", "\r  Go! 🚀\n");
    shows("return term.countdown(1)", "null", "\r  1 \r  Go! 🚀\n");
    /* two at a time: each its own, in order */
    runs("squad { spawn { term.typewriter(\"abcdef\", 1) }\n"
         " spawn { map([1], fn(x) { term.typewriter(\"123456\", 1) }) } }\n return 1",
         "1");
    char of[2][16] = { "", "" };
    size_t n[2] = { 0, 0 };
    for (const char *c = host.text; *c; c++) {
        int digit = *c >= '0' && *c <= '9';
        if (*c != '\n' && n[digit] < sizeof of[0] - 1)
            of[digit][n[digit]++] = *c;
    }
    assert_string_equal(of[0], "abcdef");
    assert_string_equal(of[1], "123456");
}

/* Time and cancellation end what waits. */
static void cut_short(void **state)
{
    (void)state;
    shows("try { timeout 0.02 { term.countdown(50) } } catch e { }\n"
          "term.typewriter(\"ab\", 1)\n term.countdown(0)\n return 1",
          "1", "\r  50 ab\n\r  Go! 🚀\n");
    open_input();
    host.late = "y\n";
    host.after = "2 [y/N]";
    shows("try { timeout 0.02 { term.confirm(1) } } catch e { }\n"
          "try { timeout 0.02 { map([3], term.confirm) } } catch e { }\n"
          "return term.confirm(2)",
          "true", "1 [y/N] 3 [y/N] 2 [y/N] ");
    static const char *const bodies[] = { "term.confirm()",
                                          "term.menu([1])",
                                          "input()",
                                          "term.countdown(1000)",
                                          "term.typewriter(\"ab\", 1000000)",
                                          "map([1], fn(x) { term.confirm() })" };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        open_input();
        host.polls_left = 5;
        ends(bodies[i], NULL, FORGE_CANCELLED);
        close(host.input);
    }
}

static void limited(void **state)
{
    (void)state;
    const forge_limits limits = { .memory = 4 << 20 };
    ends("term.hr(1000000000)", &limits, FORGE_ERROR);
    ends("term.hr(9223372036854775807)", &limits, FORGE_ERROR);
    static const char *const bodies[] = {
        "term.gradient(repeat_str(\"ab\", 500000))",
        "term.table(map(range(2000), fn(i) { return if i { {a: i} } else { {a: "
        "repeat_str(\"x\", 100000)} } }))",
        "term.box(repeat_str(\"\\n\", 50000) + repeat_str(\"x\", 500000))",
        "let a = repeat_str(\"x\", 500000)\n term.banner([a, a, a, a, a, a, a, a, a])",
        "let a = repeat_str(\"x\", 500000)\n term.menu([a, a, a, a, a, a, a, a, a, a])",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        ends(bodies[i], &limits, FORGE_LIMIT);
}

/* Nobody can be asked, and nothing waits. */
static void hosted(void **state)
{
    (void)state;
    const forge_site_options options = { .hosted = 1 };
    env.site = forge_site_new(&options);
    assert_non_null(env.site);
    answers(
        "y\n1\n",
        "let mut said = []\n"
        "for question in [fn() { term.confirm() }, fn() { term.menu([1]) }] {\n"
        "    try { question() } catch e { said.push(e.message.split(\"\\n\")[0]) }\n"
        "}\n"
        "return said",
        "[term.confirm() is not available in a web server, "
        "term.menu() is not available in a web server]",
        "");
    shows("return [term.typewriter(\"aé\", 1000000), term.countdown(1000)]",
          "[null, null]", "aé\n\r  Go! 🚀\n");
    forge_site_free(env.site);
    env.site = NULL;
}

/* Bytes that are no text are shown as they are. */
static void any_bytes(void **state)
{
    (void)state;
    answers("\xff\xe2\x96", "return term.box(input())", "null",
            "┌────┐\n│ \xff\xe2\x96 │\n└────┘\n");
    answers("\xff\xe2\x96", "return term.typewriter(input(), 1)", "null",
            "\xff\xe2\x96\n");
    answers("\xff\xe2\x96", "return term.table([{ a: input() }])", "null",
            ESC "1m a  " ESC "0m\n----\n \xff\xe2\x96 \n");
    answers("\xff\n\xff\n", "return [term.confirm(), term.menu([1])] == [false, null]",
            "true",
            "Continue? [y/N] \n  Choose an option:\n  " ESC "36m1)" ESC
            "0m 1\n\n  Your choice: ");
    answers("\033[\033[3", "return term.box(input())", "null",
            "┌─────┐\n│ \033[\033[3 │\n└─────┘\n");
}

/* Every block that is asked for is refused once. */
static void no_memory(void **state)
{
    (void)state;
    prog p;
    prog_build(&p, "fn main() {\n"
                   "  spawn { map([1], fn(x) { term.typewriter(\"ab\", 1) }) }\n"
                   "  let answers = [term.confirm(), term.menu([1]), input()]\n"
                   "  term.table([{ a: 1 }])\n"
                   "  return [answers, npc.sentence(50), term.gradient(npc.name())]\n"
                   "}\n");
    for (uint64_t at = 1;; at++) {
        prog_host counted = { .fail_at = at };
        forge_host h = prog_host_of(&counted);
        forge_fork *f = NULL;
        forge_value v;
        open_input();
        feed("y\n1\nrest");
        host.n = 0;
        forge_status s = forge_fork_begin(p.tmpl, &h, NULL, &env, &f);
        if (s == FORGE_OK)
            s = forge_call(f, "main", NULL, 0, &v);
        if (f)
            forge_fork_end(f);
        assert_int_equal(counted.blocks, 0);
        if (s == FORGE_OK && counted.gets < at)
            break;
        assert_true(s == FORGE_OK || s == FORGE_NOMEM || s == FORGE_LIMIT);
    }
    prog_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),      cmocka_unit_test(emoji),
        cmocka_unit_test(bars),       cmocka_unit_test(tables),
        cmocka_unit_test(frames),     cmocka_unit_test(questions),
        cmocka_unit_test(others_run), cmocka_unit_test(slow_text),
        cmocka_unit_test(cut_short),  cmocka_unit_test(limited),
        cmocka_unit_test(hosted),     cmocka_unit_test(any_bytes),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
