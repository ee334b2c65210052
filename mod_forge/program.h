// SPDX-License-Identifier: Apache-2.0
/* A program as requests use it: its template and its router, or why it is broken.
 *
 * Immutable once made, so that any number of threads may use it.  It owns the
 * template's handle and everything that its report points to. */
#ifndef MF_PROGRAM_H
#define MF_PROGRAM_H

#include "forge.h"
#include "router.h"

typedef struct mf_program {
    forge_template *tmpl; /* NULL: broken */
    mf_router *router;    /* NULL: broken, or a page */
    forge_report report;  /* of a broken program */
    char *words;          /* what the report's strings point into */
} mf_program;

/* Compiles and initialises a source under limits, its top level with an environment.  A broken one is a program, too; NULL
 * only without memory. */
mf_program *mf_program_build(const char *file, const char *source, size_t n,
                             const forge_loader *loader, const forge_limits *limits,
                             const forge_env *env);
/* The same of a template; takes it over. */
mf_program *mf_program_of(forge_template *tmpl, const char *file);
/* A broken program with a copy of the report. */
mf_program *mf_program_broken(const forge_report *report);
void mf_program_free(mf_program *p);

/* NULL if the routes of a program that was not built do not conflict; else a broken one
 * that says how. */
mf_program *mf_program_of_routes(const forge_route *routes, uint32_t n,
                                 const char *file);

/* Bytes that it takes. */
size_t mf_program_size(const mf_program *p);

#endif
