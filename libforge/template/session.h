// SPDX-License-Identifier: Apache-2.0
/* A program that grows while its VM lives, piece by piece: what a prompt reads.
 *
 * Each piece is a program of its own that continues the one before (fg_compile_next): the
 * numbers of globals hold for all of them, so one window serves functions of any piece.
 * The programs share one range of memory, so that one array of hints runs beside all
 * code.  A piece whose code and constants nothing refers to any more gives its memory
 * back; what a session keeps is what its variables hold. */
#ifndef FG_SESSION_H
#define FG_SESSION_H

#include "base/region.h"
#include "code/compile.h"
#include "run/run.h"

/* Memory of one program. */
typedef struct fg_unit {
    size_t from, to; /* offsets into the region */
    bool used;       /* found by the sweep that is going on */
} fg_unit;

typedef struct fg_session {
    const fg_loader *loader; /* of imported files, or NULL; the caller's */
    fg_vm *vm;               /* its program is the last piece that compiled */
    void *block;             /* of the VM; malloc'ed, like the vectors below */
    fg_region region;        /* address space of all units */
    fg_region hints;         /* a byte for each 8 of it */
    fg_unit *units;          /* by address */
    uint32_t nunits, cunits;
    size_t used;     /* bytes of all units */
    size_t sweep_at; /* look for units to give back when they have so many */
    fg_value *window;
    fg_cellref *globals;
    uint32_t nglobals, cglobals; /* slots that are set up, room */
} fg_session;

/* On failure nothing is held. */
fg_status fg_session_begin(fg_session *s, const fg_library *lib,
                           const fg_loader *loader, fg_slice file, const fg_host *host,
                           const fg_limits *limits, const fg_env *env);
void fg_session_end(fg_session *s);
/* Compiles a piece, which becomes the VM's program: fg_run_main runs it.  Values of
 * earlier runs that no variable holds are collected.  FG_RAISED: d says why, and
 * nothing changed. */
fg_status fg_session_compile(fg_session *s, fg_slice source, fg_diag *d);

#endif
