// SPDX-License-Identifier: Apache-2.0
/* The test runner: what a test came to (test.c), and how that is printed
 * (test_report.c). */
#ifndef CLI_TEST_H
#define CLI_TEST_H

#include "cli/cli.h"

typedef enum cli_outcome {
    CLI_TEST_PASSED,
    CLI_TEST_FAILED,
    CLI_TEST_SKIPPED,
} cli_outcome;

/* One test that ran or was skipped.  A failed one has texts. */
typedef struct cli_tested {
    const char *file, *name;
    uint32_t line; /* of its decorator, 0: unknown */
    cli_outcome outcome;
    uint64_t ms;
    fg_bytes message; /* first line of what failed first */
    fg_bytes report;  /* everything that failed */
    fg_bytes colored; /* the same for a terminal */
    fg_bytes output;  /* what it printed */
    size_t cut;       /* bytes of output that are left out at the end */
} cli_tested;

typedef struct cli_test_report cli_test_report;

/* How results are printed. */
typedef struct cli_test_format {
    const char *name;
    void (*begin)(cli_test_report *r);
    void (*file)(cli_test_report *r, const char *file); /* tests of it follow */
    void (*test)(cli_test_report *r, const cli_tested *t);
    void (*end)(cli_test_report *r);
} cli_test_format;

struct cli_test_report {
    const cli_test_format *format;
    bool many;                        /* of files */
    bool colored;                     /* standard output is a terminal */
    uint32_t passed, failed, skipped; /* the test being printed included */
};

/* The format of this name, or NULL. */
const cli_test_format *cli_test_format_of(const char *name);
/* Tests counted. */
uint32_t cli_test_total(const cli_test_report *r);

#endif
