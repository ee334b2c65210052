// SPDX-License-Identifier: Apache-2.0
/* `forge dis`: what a program compiles to. */
#include "api.h"
#include "cli/cli.h"

#include "code/compile.h"
#include "code/dis.h"
#include "lib/library.h"

#include <stdio.h>

static int disassemble(const cli_source *s)
{
    fg_region region;
    fg_program *program;
    fg_diag diag;
    fg_bytes text;
    if (fg_region_open(&region, NULL, 0) != FG_OK) {
        cli_error("out of memory");
        return CLI_FAILED;
    }
    fg_bytes_init(&text);
    fg_loader loader;
    fg_status status =
        fg_compile(&region, &fg_standard_library, fg_api_loader(&cli_loader, &loader),
                   fg_slice_str(s->file), fg_bytes_view(&s->text), &program, &diag);
    if (status == FG_OK) {
        fg_disassemble(program, &text);
        fwrite(text.p, 1, text.n, stdout);
    }
    fg_bytes_drop(&text);
    fg_region_close(&region);
    return status == FG_OK && fflush(stdout) == 0 ? CLI_OK : CLI_FAILED;
}

int cli_dis(int argc, char **argv)
{
    if (argc != 1) {
        cli_error("forge dis needs one file");
        return CLI_USAGE;
    }
    cli_source s;
    if (!cli_source_read(&s, argv[0]))
        return CLI_FAILED;
    forge_error *error = NULL; /* a program with errors is reported as by check */
    forge_status checked = forge_check(s.file, s.text.p, s.text.n, &cli_loader, &error);
    int result = CLI_FAILED;
    if (checked == FORGE_OK)
        result = disassemble(&s);
    else
        cli_report_error(checked, error);
    forge_error_free(error);
    cli_source_drop(&s);
    return result;
}
