// SPDX-License-Identifier: Apache-2.0
/* stubs SCHEMA OUT INCLUDE: writes OUT.h, OUT.c and OUT.md.
 *
 * INCLUDE is what OUT.h is included as, without the `.h`.  Results replace old ones by
 * rename, so that a build that runs beside it never reads half of one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ipc/stubs/emit.h"

#define LARGEST (1u << 20)

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "stubs: %s: %s\n", what, why);
    return 1;
}

static int write_file(const char *out, const char *suffix, const fg_bytes *b)
{
    char path[1024], fresh[1032];
    snprintf(path, sizeof path, "%s%s", out, suffix);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *f = b->failed ? NULL : fopen(fresh, "wb");
    if (!f)
        return complain(fresh, b->failed ? "no memory" : strerror(errno));
    size_t n = fwrite(b->p, 1, b->n, f);
    if (fclose(f) != 0 || n != b->n || rename(fresh, path) != 0)
        return complain(path, strerror(errno));
    return 0;
}

static int write_all(const fg_schema *s, const char *out, const fg_stubs_names *names)
{
    fg_bytes header, source, doc;
    fg_bytes_init(&header);
    fg_bytes_init(&source);
    fg_bytes_init(&doc);
    fg_stubs_header(&header, s, names);
    fg_stubs_source(&source, s, names);
    fg_stubs_doc(&doc, s);
    int failed = write_file(out, ".h", &header) || write_file(out, ".c", &source)
                 || write_file(out, ".md", &doc);
    fg_bytes_drop(&header);
    fg_bytes_drop(&source);
    fg_bytes_drop(&doc);
    return failed;
}

int main(int argc, char **argv)
{
    fg_arena arena;
    fg_schema schema;
    if (argc != 4) {
        fprintf(stderr, "usage: stubs SCHEMA OUT INCLUDE\n");
        return 2;
    }
    char *text = malloc(LARGEST);
    FILE *f = fopen(argv[1], "rb");
    if (!f || !text)
        return complain(argv[1], f ? "no memory" : strerror(errno));
    size_t n = fread(text, 1, LARGEST, f);
    fclose(f);
    if (n == LARGEST)
        return complain(argv[1], "it has more than 1 MiB");
    fg_arena_init(&arena, 0);
    const char *base = strrchr(argv[1], '/');
    fg_stubs_names names = { argv[3], base ? base + 1 : argv[1] };
    int failed = fg_schema_parse(&schema, &arena, fg_slice_of(text, n))
                     ? write_all(&schema, argv[2], &names)
                     : complain(argv[1], schema.error);
    fg_arena_drop(&arena);
    free(text);
    return failed;
}
