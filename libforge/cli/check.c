// SPDX-License-Identifier: Apache-2.0
/* `forge check`: compile, report, run nothing. */
#include "cli/cli.h"

static bool check_file(const char *file)
{
    cli_source s;
    if (!cli_source_read(&s, file))
        return false;
    forge_error *error = NULL;
    forge_status status = forge_check(s.file, s.text.p, s.text.n, &error);
    if (status != FORGE_OK)
        cli_report_error(status, error);
    forge_error_free(error);
    cli_source_drop(&s);
    return status == FORGE_OK;
}

int cli_check(int argc, char **argv)
{
    if (argc == 0) {
        cli_error("forge check needs a file");
        cli_hint("forge check FILE...");
        return CLI_USAGE;
    }
    bool good = true;
    for (int i = 0; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1]) {
            cli_error("forge check has no option '%s'", argv[i]);
            return CLI_USAGE;
        }
        good &= check_file(argv[i]);
    }
    return good ? CLI_OK : CLI_FAILED;
}
