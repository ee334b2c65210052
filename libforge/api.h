// SPDX-License-Identifier: Apache-2.0
/* What the three files of the public interface and the command line share.
 *
 * A forge_fork is the fork's fg_vm; what the interface keeps for it beyond that (the
 * report of the last error, texts handed out) is an fg_notes, made when it is first
 * needed in the room that the VM has for it, and reached through vm->notes. */
#ifndef FG_API_H
#define FG_API_H

#include "base/bytes.h"
#include "code/loader.h"
#include "front/diag.h"
#include "include/forge.h"
#include "lib/library.h"
#include "lib/site.h"
#include "template/template.h"

/* A forge_report and the memory of its texts. */
typedef struct fg_api_report {
    forge_report view;
    char *message, *hint, *file, *text;
} fg_api_report;

struct forge_error {
    fg_api_report report;
    char *colored; /* the text with terminal colours */
};

struct forge_template {
    fg_region region; /* own, or adopted: then not unmapped */
    const fg_template *tmpl;
    fg_template_use use;
    forge_route *routes;
    forge_param *params;
    forge_decorator *decorators;
    char *names; /* all strings of routes, params, decorators, host and cors */
    const char *host, *cors;
};

/* A text given out by forge_json_text and the like. */
typedef struct fg_given_text {
    struct fg_given_text *next;
    fg_bytes bytes;
} fg_given_text;

typedef enum fg_fault {
    FG_FAULT_NONE,
    FG_FAULT_VM,  /* vm->error says what */
    FG_FAULT_OWN, /* `message` says what */
} fg_fault;

typedef struct fg_notes {
    fg_fault fault;
    const char *kind;  /* of an own fault */
    char message[256]; /* of an own fault */
    bool reported;     /* report is made */
    fg_api_report report;
    char *colored;
    fg_given_text *texts;
    fg_given_text first; /* the place of a text when there is none yet */
} fg_notes;

static inline fg_vm *fg_fork_vm(const forge_fork *f) { return (fg_vm *)(uintptr_t)f; }
static inline fg_notes *fg_fork_notes(const forge_fork *f)
{
    return fg_fork_vm(f)->notes;
}

/* The two words, as the engine and as outsiders see them. */
static inline fg_value fg_from_outside(forge_value v)
{
    return (fg_value){ v.w[0], { .u = v.w[1] } };
}
static inline forge_value fg_to_outside(fg_value v)
{
    return (forge_value){ { v.tag, v.as.u } };
}

/* The fork's notes, made if there are none; in the VM itself. */
fg_notes *fg_api_notes(forge_fork *f);
void fg_api_notes_free(fg_notes *n);
/* Drops the texts that were handed out. */
void fg_api_texts_drop(fg_notes *n);
/* A text that lives until the fork ends, or NULL; `end` follows, and drops it if it has
 * failed. */
fg_given_text *fg_api_text_begin(forge_fork *f);
forge_status fg_api_text_end(forge_fork *f, fg_given_text *t);
/* Forgets the last error before something new begins. */
void fg_api_begin(forge_fork *f);
/* Translates a status of the engine and notes the fault. */
forge_status fg_api_status(forge_fork *f, fg_status s);
/* Notes a fault of the caller's (or of memory) and returns `s`. */
forge_status fg_api_fault(forge_fork *f, forge_status s, const char *kind,
                          const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The report of an engine error as texts; false without memory.  Texts are NULL-safe to
 * drop in either case. */
bool fg_api_report_vm(fg_api_report *r, const fg_vm *vm);
/* A report without a place and without a hint. */
bool fg_api_report_plain(fg_api_report *r, const char *file, const char *kind,
                         const char *message);
/* Adds a hint; "" is none.  Without memory there is none either. */
void fg_api_report_hint(fg_api_report *r, const char *hint);
void fg_api_report_drop(fg_api_report *r);
/* Why a text cannot be a program before any of it is read; false: it may be one. */
bool fg_api_source_fault(fg_slice source, fg_diag *d);
/* The report of a text that does not compile, and the one with colours. */
bool fg_api_report_diag(fg_api_report *r, char **colored, fg_slice file,
                        fg_slice source, const fg_diag *d);
/* A terminated copy of a buffer, which is dropped; NULL without memory. */
char *fg_api_text(fg_bytes *b);

/* The host's loader as the compiler calls it, in *out, while the host's exists; NULL: there
 * is none. */
const fg_loader *fg_api_loader(const forge_loader *host, fg_loader *out);

/* The framed reports with terminal colours, for the command line; NULL: there is none. */
const char *fg_error_colored(const forge_error *e);
const char *fg_fork_colored(forge_fork *f);

static inline fg_limits fg_limits_of(const forge_limits *l)
{
    fg_limits r = { .memory = SIZE_MAX, .depth = FG_DEPTH_DEFAULT };
    if (!l)
        return r;
    if (l->memory)
        r.memory = l->memory;
    if (l->depth)
        r.depth = l->depth;
    r.wall_us = l->wall_us;
    r.cpu_us = l->cpu_us;
    r.fuel = l->fuel;
    r.output = l->output;
    r.files = l->files;
    r.tasks = l->tasks;
    return r;
}

static inline fg_env fg_env_of(const forge_env *e)
{
    if (!e)
        return (fg_env){ 0 };
    return (fg_env){
        .write = e->write,
        .write_err = e->write_err,
        .poll = e->poll,
        .log = (fg_log_fn *)e->log,
        .early_hints = e->early_hints,
        .read = (fg_read_fn *)e->read,
        .tls = (fg_tls_fn *)e->tls,
        .ctx = e->ctx,
        .request_id = e->request_id,
        .caps = e->capabilities,
        .site = (fg_site *)e->site,
    };
}

#endif
