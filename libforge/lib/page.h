// SPDX-License-Identifier: Apache-2.0
/* Templates of pages: text with values in it, which are escaped for the place they stand
 * in.  A template is compiled once, with all files it includes, and then filled with data
 * any number of times.
 *
 *   {expr}                             the value, escaped; null is nothing
 *   {raw expr}                         the value as it is
 *   {if a} … {elif b} … {else} … {/if}
 *   {for x in list} … {else} … {/for}  {for i, x in …}: with positions or keys;
 *                                      loop.index (from 1), .index0, .first, .last, .length
 *   {let name = expr}                  a name from here to the end of the block
 *   {include "file"}                   the file, with the same data; {include "file" with x}
 *   {# … #}                            a comment
 *   {{ and }}                          braces
 *
 * A brace that no letter, underscore or one of ( ! = # / follows is text; {=expr} is an
 * expression whatever it begins with.
 * Within <script> and <style> braces belong to the script or style, and each tag begins
 * with {= there: {=expr}, {=if a} … {=/if}; elsewhere that is allowed too.  A tag for a
 * block, or a comment, that stands alone on a line takes the line with it.
 *
 * Expressions are those of Forge without calls of one's own: paths (a.b, a[0]), literals,
 * arithmetic, comparisons, `in`, `and` `or` `not` (or && || !), `a ?? b` for what is null
 * or missing, and functions of the table in page_filter.c as f(x), x.f() or x |> f().  A
 * name is a key of the data, `it` the data itself. */
#ifndef FG_PAGE_H
#define FG_PAGE_H

#include "base/bytes.h"
#include "base/heap.h"
#include "run/vm.h"

#define FG_PAGE_TEXT_MAX (2u << 20) /* bytes of a template and all it includes */
#define FG_PAGE_FILES 256u          /* of one template */
#define FG_PAGE_INCLUDED 16u        /* files inside each other */

/* A compiled template: read-only, for any number of threads. */
typedef struct fg_page fg_page;

/* A file that a loader opened. */
typedef struct fg_page_file {
    fg_slice text; /* stays until it is closed */
    char why[256]; /* why it cannot be read */
    void *handle;  /* the loader's own */
} fg_page_file;

/* Opens the files that templates include, each once, one at a time and in the order of
 * fg_page_source.  `path` is relative to where the template's own
 * name is: the folders of both are joined, "." and ".." taken away as far as they go. */
typedef struct fg_page_loader {
    bool (*open)(void *ctx, const char *path, fg_page_file *out);
    void (*close)(void *ctx, fg_page_file *file);
    void *ctx;
} fg_page_loader;

/* Why a template cannot be compiled. */
typedef struct fg_page_fault {
    bool no_memory; /* then nothing else is set */
    uint32_t line, column;
    char file[256], message[256], hint[256];
} fg_page_fault;

/* NULL: see *fault.  `host` gives the memory of the template; while it is compiled some
 * more is taken from malloc, at most `room` bytes for each of a few tables.  loader NULL:
 * nothing can be included. */
fg_page *fg_page_compile(const fg_host *host, size_t room, fg_slice name, fg_slice text,
                         const fg_page_loader *loader, fg_page_fault *fault);
void fg_page_free(fg_page *p);
size_t fg_page_bytes(const fg_page *p);
/* The path of the i-th file it was compiled from, the template itself first; false if there
 * are fewer. */
bool fg_page_source(const fg_page *p, uint32_t i, fg_slice *path);

/* Raises what compiling found. */
fg_status fg_page_raise(fg_vm *vm, const fg_page_fault *fault);
/* Appends the page filled with data, which is a root. */
fg_status fg_page_run(fg_vm *vm, const fg_page *p, const fg_value *data, fg_bytes *out);
/* The same as a string. */
fg_status fg_page_fill(fg_vm *vm, const fg_page *p, const fg_value *data,
                       fg_value *out);

#endif
