// SPDX-License-Identifier: Apache-2.0
/* Words of the command line. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>

const char *cli_option(int argc, char **argv, int *i, const char *name)
{
    size_t n = strlen(name);
    const char *word = argv[*i];
    if (strncmp(word, name, n) != 0)
        return NULL;
    if (word[n] == '=')
        return word + n + 1;
    if (word[n] != '\0')
        return NULL;
    return *i + 1 < argc ? argv[++*i] : "";
}

/* Leading decimal digits; false if there are none or too many. */
static bool number(const char *text, unsigned long long *out, const char **rest)
{
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    *rest = end;
    return errno == 0;
}

bool cli_size(const char *text, size_t *out)
{
    unsigned long long n;
    const char *rest;
    if (!number(text, &n, &rest))
        return false;
    unsigned shift = 0;
    if (*rest) {
        static const char units[] = "KMGTkmgt";
        const char *unit = strchr(units, *rest);
        if (!unit || rest[1])
            return false;
        shift = 10u * (unsigned)((unit - units) % 4 + 1);
    }
    if (n > (SIZE_MAX >> shift))
        return false;
    *out = (size_t)n << shift;
    return true;
}

bool cli_port(const char *text, int *out)
{
    unsigned long long n;
    const char *rest;
    if (!number(text, &n, &rest) || *rest || n > 65535)
        return false;
    *out = (int)n;
    return true;
}

#define WORD_MAX 32

/* Edits that turn a into b; long words are far from everything. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), row[WORD_MAX + 1];
    if (n > WORD_MAX || m > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

const char *cli_nearest(const char *text, const char *const *names, size_t n)
{
    const char *found = NULL;
    size_t least = 3;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(text, names[i]);
        if (d < least && d < strlen(names[i])) {
            least = d;
            found = names[i];
        }
    }
    return found;
}
