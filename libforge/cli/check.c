// SPDX-License-Identifier: Apache-2.0
/* `forge check`: compile, look for what is probably wrong, run nothing. */
#include "cli/cli.h"

static bool check_file(const char *file, bool strict)
{
    cli_source s;
    if (!cli_source_read(&s, file))
        return false;
    forge_error *error = NULL;
    forge_status status = forge_check(s.file, s.text.p, s.text.n, &cli_loader, &error);
    bool good = status == FORGE_OK && cli_lint(&s, strict);
    if (status != FORGE_OK)
        cli_report_error(status, error);
    forge_error_free(error);
    cli_source_drop(&s);
    return good;
}

int cli_check(int argc, char **argv)
{
    bool strict = false, good = true;
    int files = 0;
    for (int i = 0; i < argc; i++) {
        bool option = argv[i][0] == '-' && argv[i][1];
        if (option && strcmp(argv[i], "--strict") != 0) {
            cli_error("forge check has no option '%s'", argv[i]);
            return CLI_USAGE;
        }
        strict |= option;
        files += !option;
    }
    if (files == 0) {
        cli_error("forge check needs a file");
        cli_hint("forge check [--strict] FILE...");
        return CLI_USAGE;
    }
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--strict") != 0)
            good &= check_file(argv[i], strict);
    return good ? CLI_OK : CLI_FAILED;
}
