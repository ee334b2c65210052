/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - runs a fuzz target over files instead of over invented input.
 *
 * usage: replay FILE|DIRECTORY...
 * The name of the file being fed is printed when the target dies in it. */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char current[4096];
static unsigned long fed;

/* SIGABRT: say which input it was, then die as before. */
static void died(int number)
{
    ssize_t n = write(STDERR_FILENO, current, strlen(current));

    (void)n;
    signal(number, SIG_DFL);
    raise(number);
}

/* Feeds one regular file; what cannot be read ends the replay. */
static void feed(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0;

    if (!file) {
        perror(path);
        exit(2);
    }
    for (size_t got = 1; got > 0; size += got) {
        uint8_t *more = realloc(data, size + 65536);
        if (!more)
            abort();
        data = more;
        got = fread(data + size, 1, 65536, file);
    }
    fclose(file);
    uint8_t *exact =
        malloc(size ? size : 1); /* so that a read behind the end is seen */
    if (!exact)
        abort();
    memcpy(exact, data, size);
    free(data);
    snprintf(current, sizeof current, "in %s\n", path);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    fed++;
}

static void walk(const char *path)
{
    struct stat st;
    struct dirent *entry;
    DIR *dir;

    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        feed(path);
        return;
    }
    dir = opendir(path);
    if (!dir)
        return;
    while ((entry = readdir(dir)) != NULL) {
        char child[4096];
        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(child, sizeof child, "%s/%s", path, entry->d_name)
            < (int)sizeof child)
            walk(child);
    }
    closedir(dir);
}

int main(int argc, char **argv)
{
    signal(SIGABRT, died);
    for (int i = 1; i < argc; i++)
        walk(argv[i]);
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    printf("%s: %lu inputs\n", argv[0], fed);
    return 0;
}
