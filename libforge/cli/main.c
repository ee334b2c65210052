// SPDX-License-Identifier: Apache-2.0
/* The `forge` command: one table of commands. */
#include "cli/cli.h"

#include <stdio.h>
#include <unistd.h>

static int help(int argc, char **argv);
static int version(int argc, char **argv);

static const cli_command commands[] = {
    { "run", "run [OPTIONS] FILE [WORDS...]",
      "run a program; one with @server is served",
      "  FILE           the program; - reads it from standard input\n"
      "  WORDS          for the program: io.args() gives the whole command line\n"
      "  --strict       do not run what the checker warns of\n"
      "  --allow-run    let it run commands of the system: sh, shell, run_command\n"
      "  --memory SIZE  most memory it may use, like 512M (4G)\n"
      "\n"
      "The exit status is 0, n after exit(n), or 1 after an error.\n",
      cli_run },
    { "repl", "repl", "try things out at a prompt; so does forge alone",
      "Variables, functions and types stay from line to line, also after an error, "
      "and\n"
      "the value of an expression is shown.  `help` at the prompt lists its words.\n"
      "Without a terminal, lines are read without prompts.\n"
      "\n"
      "Lines are kept in the file that FORGE_HISTORY names, ~/.forge_history without "
      "it;\n"
      "an empty name keeps none.\n",
      cli_repl },
    { "check", "check [--strict] [--json] FILE...",
      "find errors without running anything",
      "Prints a report for each program that does not compile, and warns of what is\n"
      "probably wrong in the others.  The exit status is 1 if there was a report.\n"
      "\n"
      "  --strict  warnings are errors\n"
      "  --json    print one array of what was found, with file, line, column,\n"
      "            endLine, endColumn, severity, message and hint, and no reports\n",
      cli_check },
    { "fmt", "fmt [FILES...] [--check]", "put programs into the one style",
      "  FILES    programs, directories of programs, or - from standard input to "
      "standard\n"
      "           output; by default every .fg file below the current directory, "
      "except\n"
      "           in directories named .*, target, node_modules and forge_modules\n"
      "  --check  only say what would be formatted\n"
      "\n"
      "Line breaks stay where they are; indentation, blanks, blank lines and "
      "semicolons are\n"
      "put in order.  A file that does not parse is left as it is.  The exit status is "
      "1\n"
      "after an error, and with --check if a file would be formatted.\n",
      cli_fmt },
    { "serve", "serve FILE [--port N] [--host ADDRESS]",
      "serve a program from a private Apache httpd",
      "  --port N        where to listen; 0 takes a free port (@server's, or 8080)\n"
      "  --host ADDRESS  address to listen at (@server's, or 127.0.0.1)\n"
      "\n"
      "A program with routes is mounted at /; a program without is a page at /.\n"
      "Errors are shown in the browser.  Ctrl-C ends the server.\n",
      cli_serve },
    { "test", "test [DIR|FILE...] [--filter TEXT]", "run the functions marked @test",
      "  DIR                its *.fg files, not those of directories in it (tests)\n"
      "  --filter TEXT      only tests with TEXT in their name\n"
      "  --timeout SECONDS  most time one test may take (60)\n"
      "  --memory SIZE      most memory one test may use, like 512M (1G)\n"
      "  --format FORMAT    text, tap or json (text)\n"
      "  --coverage         say which share of the lines they run\n"
      "\n"
      "A file's top level runs once; every test then starts from the state it left, "
      "so\n"
      "no test sees what another did.  @before and @after functions run around each\n"
      "test, @skip leaves one out.  What a failing test printed is shown below it.\n"
      "The exit status is 1 if a test failed, 2 if no name contains TEXT.\n",
      cli_test },
    { "doc", "doc [--markdown] [NAME...]", "explain what the standard library has",
      "  NAME  a function (sort), a module (json), one of its members (json.parse), "
      "or\n"
      "        a method (trim)\n"
      "  --markdown  as a chapter of a manual\n"
      "\n"
      "Without a name, it lists all of it.  The exit status is 1 if there is nothing "
      "of\n"
      "a name.\n",
      cli_doc },
    { "dis", "dis FILE", "show the instructions a program compiles to", "", cli_dis },
    { "version", "version", "print the version", "", version },
    { "help", "help [COMMAND]", "explain a command", "", help },
};

static const cli_command *find(const char *name)
{
    for (size_t i = 0; i < FG_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int printed(void) { return cli_printed() ? CLI_OK : CLI_FAILED; }

static int version(int argc, char **argv)
{
    (void)argv;
    if (argc > 0) {
        cli_error("forge version takes no arguments");
        return CLI_USAGE;
    }
    printf("forge %s\n", FORGE_VERSION);
    return printed();
}

static int overview(void)
{
    fputs("forge runs and serves programs written in Forge.\n\n"
          "  forge -e CODE                                   run a piece of code\n",
          stdout);
    for (size_t i = 0; i < FG_COUNT(commands); i++)
        printf("  forge %-41s %s\n", commands[i].usage, commands[i].summary);
    fputs("\nforge help COMMAND says more.\n", stdout);
    return printed();
}

static int unknown(const char *word)
{
    const char *names[FG_COUNT(commands)];
    for (size_t i = 0; i < FG_COUNT(commands); i++)
        names[i] = commands[i].name;
    cli_error("forge has no command '%s'", word);
    const char *near = cli_nearest(word, names, FG_COUNT(commands));
    if (near)
        cli_hint("did you mean `forge %s`?", near);
    else if (access(word, R_OK) == 0)
        cli_hint("did you mean `forge run %s`?", word);
    else
        cli_hint("`forge help` lists the commands");
    return CLI_USAGE;
}

static int explain(const cli_command *c)
{
    printf("usage: forge %s\n\n%s\n", c->usage, c->summary);
    if (c->help[0])
        printf("\n%s", c->help);
    return printed();
}

static int help(int argc, char **argv)
{
    if (argc == 0)
        return overview();
    const cli_command *c = find(argv[0]);
    return c ? explain(c) : unknown(argv[0]);
}

static bool is(const char *word, const char *brief, const char *full)
{
    return strcmp(word, brief) == 0 || strcmp(word, full) == 0;
}

int main(int argc, char **argv)
{
    if (!cli_site_begin(argv))
        return CLI_FAILED;
    if (argc < 2 && cli_repl_wanted())
        return cli_repl(0, NULL);
    if (argc < 2) {
        overview();
        return CLI_USAGE;
    }
    const char *word = argv[1];
    argc -= 2;
    argv += 2;
    if (is(word, "-e", "--eval"))
        return cli_eval(argc, argv);
    if (is(word, "-h", "--help"))
        return help(argc, argv);
    if (is(word, "-V", "--version"))
        return version(argc, argv);
    const cli_command *c = find(word);
    if (!c)
        return unknown(word);
    for (int i = 0; i < argc; i++) {
        if (is(argv[i], "-h", "--help"))
            return explain(c);
        if (c->run == cli_run && argv[i][0] != '-')
            break; /* what follows is the program's */
    }
    return c->run(argc, argv);
}
