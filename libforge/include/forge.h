/* SPDX-License-Identifier: Apache-2.0 */
/* forge.h - the public interface of libforge, the Forge language.
 *
 * A program is compiled and initialised once into a read-only template; every request
 * runs in its own fork of it.  Nothing here knows a web server.
 *
 * Threads   A forge_template may be used by any number of threads at once without locks.
 *           A forge_fork belongs to one thread at a time; only forge_cancel may be called
 *           from elsewhere.
 * Memory    A fork takes blocks from its host and gives every one back in
 *           forge_fork_end.  Strings returned by functions of a fork live until then.
 * Errors    Functions return forge_status; a fork keeps the report of its last error.
 */
#ifndef FORGE_H
#define FORGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define FORGE_API __attribute__((visibility("default")))
#else
#define FORGE_API
#endif

#define FORGE_VERSION "0.1.0"

typedef enum forge_status {
    FORGE_OK = 0,
    FORGE_ERROR, /* the program failed: syntax, or a run-time error; see the report */
    FORGE_LIMIT, /* a limit ended it: memory, time, fuel, depth */
    FORGE_CANCELLED, /* forge_cancel, or the poll callback said so */
    FORGE_EXIT,      /* the program called exit() */
    FORGE_USAGE,     /* the caller's mistake: bad argument */
    FORGE_NOMEM,     /* the host has no memory */
    FORGE_IO         /* a file cannot be read; see the report */
} forge_status;

typedef struct forge_template forge_template;
typedef struct forge_fork forge_fork;

/* Where forks take memory from.  block_get returns NULL when there is none; memory is
 * aligned to 16 bytes.  block_put gets the size that was asked for. */
typedef struct forge_host {
    void *(*block_get)(void *ctx, size_t size);
    void (*block_put)(void *ctx, void *block, size_t size);
    void *ctx;
} forge_host;

/* Bounds of one run; 0 means no bound (depth: 10,000). */
typedef struct forge_limits {
    size_t memory;    /* bytes of blocks */
    uint64_t wall_us; /* microseconds from fork or forge_limits_restart */
    uint64_t cpu_us;  /* microseconds of CPU time */
    uint64_t fuel;    /* polls: loop turns and calls, in slices of 4,096 */
    uint32_t depth;   /* nested calls */
    size_t output;    /* bytes written by say, print … */
    uint32_t files;   /* open at once: files, and pipes to commands */
    uint32_t tasks;   /* that have not ended */
} forge_limits;

/* Which of them ended a run with FORGE_LIMIT.  (Too many nested calls are an error that
 * programs may catch.) */
typedef enum forge_bound {
    FORGE_BOUND_NONE,
    FORGE_BOUND_TIME,
    FORGE_BOUND_CPU,
    FORGE_BOUND_FUEL,
    FORGE_BOUND_MEMORY,
    FORGE_BOUND_OUTPUT,
    FORGE_BOUND_FILES,
    FORGE_BOUND_TASKS
} forge_bound;

/* What the poll callback of an environment may answer.  Functions that a program deferred
 * still run, for 100 ms, 2^20 steps and with 256 KiB at most, whatever ends it. */
enum {
    FORGE_GO_ON,
    FORGE_CANCEL, /* outside of uncancellable sections, and when the last one ends */
    FORGE_STOP    /* in them, too */
};

/* Where programs run: what their forks may reach, and the connections that they use one
 * after the other.  Any number of threads may use it; it outlives its forks. */
typedef struct forge_site forge_site;

/* Options of a site; zero-initialise. */
typedef struct forge_site_options {
    int hosted; /* programs answer requests: no terminal, neutral facts of the host */
    /* Directory that files are confined to; NULL: FORGE_FS_BASE among vars may name one. */
    const char *root;
    int root_fd; /* above 0: that directory, opened, in case its path changes */
    const char *const *vars; /* "NAME=value", NULL at the end: their environment */
    const char *const *args; /* NULL at the end: their arguments */
    /* Hosts and networks separated by spaces ("api.intern *.example.org 10.1.0.0/16"):
     * `allow` private ones that may be reached, `only` the only ones that may. */
    const char *allow, *only;
    const char *spool;    /* directory for large uploads; NULL: /var/tmp or /tmp */
    uint32_t connections; /* open ones of each kind at most; 0: 64 */
} forge_site_options;

/* Everything is copied.  NULL with errno: no memory, or root is no directory. */
FORGE_API forge_site *forge_site_new(const forge_site_options *o);
/* No fork that uses it may be alive. */
FORGE_API void forge_site_free(forge_site *s);

typedef enum forge_level {
    FORGE_LOG_ERROR,
    FORGE_LOG_WARN,
    FORGE_LOG_INFO,
    FORGE_LOG_DEBUG
} forge_level;

/* What a read of the request's body says beside its result. */
typedef struct forge_incoming {
    int fd; /* FORGE_READ_LATER: wait for this descriptor; -1: ask again soon */
    const char *why; /* FORGE_READ_FAILED: one line; stays until the fork ends */
    int status;      /* the same: what the answer would be, see forge_report */
} forge_incoming;

#define FORGE_READ_LATER (-1)
#define FORGE_READ_FAILED (-2)

/* The TLS connection of a request; texts stay until the fork ends, NULL: unknown. */
typedef struct forge_tls {
    const char *protocol, *cipher, *client_verify, *client_subject;
} forge_tls;

/* What a host gives a fork.  Any callback may be NULL. */
typedef struct forge_env {
    /* Text printed by the program (say, print …).  Nonzero cancels the program.  n 0: the
     * program is about to wait, so what a host has collected should be sent. */
    int (*write)(void *ctx, const char *text, size_t n);
    /* Text for standard error (sus, warnings). */
    void (*write_err)(void *ctx, const char *text, size_t n);
    /* Asked about every 4,096 polls (some 20 µs), and every 5 ms by what waits: whether
     * the program goes on. */
    int (*poll)(void *ctx);
    /* A message of the program's log module, from the line of `file` where it stands: one
     * line, whose control characters are escaped.  NULL: it is written to standard error,
     * as FORGE_LOG and FORGE_LOG_FORMAT say. */
    void (*log)(void *ctx, forge_level level, const char *file, uint32_t line,
                const char *text, size_t n);
    /* Sends a 103 response with n Link headers, which are checked, before the response of
     * the program.  0: it was not sent. */
    int (*early_hints)(void *ctx, const char *const *links, uint32_t n);
    /* The next bytes of the request's body, at most n, which is not 0: how many there are,
     * 0 at its end, or FORGE_READ_….  It never waits, it is first called when the program
     * asks for the body, and after a failure it fails again. */
    int64_t (*read)(void *ctx, char *at, size_t n, forge_incoming *how);
    /* Fills in the facts; 0: the request came without TLS. */
    int (*tls)(void *ctx, forge_tls *out);
    void *ctx;
    const char
        *request_id; /* X-Request-Id of what the program asks others; NULL: none */
    uint32_t capabilities; /* FORGE_CAP_… granted; 0: none */
    forge_site *site;      /* where the program runs; NULL: as the process does */
} forge_env;

#define FORGE_CAP_FS_READ 1u
#define FORGE_CAP_FS_WRITE 2u
#define FORGE_CAP_NET 4u
#define FORGE_CAP_DB 8u
#define FORGE_CAP_EXEC 16u
#define FORGE_CAP_ENV 32u
#define FORGE_CAP_STATE 64u
#define FORGE_CAP_WS 128u
#define FORGE_CAP_ALL 255u

/* A place in a source text; line 0: unknown. */
typedef struct forge_place {
    const char *file;
    uint32_t line, column; /* 1-based; columns in code points */
} forge_place;

/* Text of an error; all strings live as long as the object it was taken from. */
typedef struct forge_report {
    const char *message; /* first line: what happened */
    const char *hint;    /* what to try, or NULL */
    const char *kind;    /* SyntaxError, TypeError, LimitError, … */
    /* The request is to blame: what forge_incoming said, or 400 or 415 for a body that is
     * not what the program asked for.  0: the program is. */
    int status;
    forge_place place;
    uint32_t end_line, end_column; /* just behind it; 0: unknown */
    const char *text; /* whole framed report with hint and call stack, no colour */
} forge_report;

/* ---- imported files ------------------------------------------------------------- */

/* A file that a program imports, as the host opened it. */
typedef struct forge_file {
    const char *text; /* UTF-8, not terminated; stays until it is closed */
    size_t n;
    uint64_t id[2]; /* which file it is, whatever the path: its device and inode */
    char why[256];  /* FORGE_MISSING: what may help, or ""; FORGE_REFUSED: the reason */
    void *handle;   /* the host's own */
} forge_file;

typedef enum forge_found {
    FORGE_FOUND,
    FORGE_MISSING, /* there is no such file: the next candidate is tried */
    FORGE_REFUSED  /* there is one that cannot be used: the import fails */
} forge_found;

/* Opens the files that a program imports, while it is compiled.  The library decides
 * which paths are tried for an import and in which order: beside the importing file,
 * whose name begins the path, then in the current directory, whose name does not; what
 * directory that is, and which paths are allowed, is up to the host. */
typedef struct forge_loader {
    forge_found (*open)(void *ctx, const char *path, forge_file *out);
    /* Follows every open that returned FORGE_FOUND; may be NULL. */
    void (*close)(void *ctx, forge_file *file);
    void *ctx;
} forge_loader;

/* ---- templates ---------------------------------------------------------------- */

/* Options of a build; zero-initialise. */
typedef struct forge_build {
    const char *file;   /* name for reports; copied */
    const char *source; /* program text; copied */
    size_t source_len;
    int page;            /* do not run the top level: every fork runs it (forge_run) */
    int auto_page;       /* page when the program has no routes */
    forge_limits limits; /* of the top level's run */
    forge_env env;       /* of the top level's run */
    void *
        region; /* memory for the template, page-aligned, zeroed, writable; NULL: own */
    size_t
        region_size; /* its size; own regions reserve this much address space, 0: 1 GiB */
    const forge_loader *loader; /* NULL: importing a file is an error */
    int coverage;               /* note which lines run: forge_coverage */
} forge_build;

/* Compiles, runs the top level, freezes.  On failure *out is NULL and *err (if not NULL)
 * holds a report that the caller frees with forge_error_free.  With an own region the
 * memory is made read-only and forge_template_free unmaps it.  With a given region
 * everything, the template itself included, lies inside it, so it may be shared with
 * other processes that map it at the same address and have this library at the same
 * address: see forge_template_attach. */
typedef struct forge_error forge_error;
FORGE_API forge_status forge_build_template(const forge_build *b, forge_template **out,
                                            forge_error **err);
/* Compiles only; FORGE_OK when the program is free of syntax errors.  With a loader, so
 * are the files it imports, and none is missing; without, they are not looked at. */
FORGE_API forge_status forge_check(const char *file, const char *source, size_t n,
                                   const forge_loader *loader, forge_error **err);

/* The same, and a program that compiles tells its routes, none or more, as its template
 * would.  They are valid during the callback. */
struct forge_route;
typedef void forge_routes_fn(void *ctx, const struct forge_route *routes, uint32_t n);
FORGE_API forge_status forge_check_routes(const char *file, const char *source,
                                          size_t n, const forge_loader *loader,
                                          forge_routes_fn *found, void *ctx,
                                          forge_error **err);

/* Something that is probably wrong in a program that compiles: an argument too few, a
 * value that does not go with its annotation, a match that leaves a case out.  All
 * strings are valid during the callback. */
typedef struct forge_finding {
    const char *message;
    const char *hint; /* what to try, or NULL */
    forge_place place;
    uint32_t end_line, end_column; /* just behind it */
    const char *frame;             /* the source line with the place underlined */
    const char *colored_frame;     /* the same with terminal colours */
} forge_finding;

/* Calls `found` for each finding of the gradual type checker, in source order, at most
 * 100; never twice with the same message for one line.  Runs nothing, and what it finds
 * has no influence on what the program does.  FORGE_OK with or without findings;
 * FORGE_ERROR when the text is no program: forge_check says why. */
FORGE_API forge_status forge_lint(const char *file, const char *source, size_t n,
                                  void (*found)(void *ctx, const forge_finding *f),
                                  void *ctx);
FORGE_API const forge_report *forge_error_report(const forge_error *e);
FORGE_API void forge_error_free(forge_error *e);

/* The template in a region filled by another process at the same address.  The handle
 * is process-local memory; NULL without memory or if the region holds no template of
 * this version. */
FORGE_API forge_template *forge_template_attach(void *region);
/* Frees the handle (and an own region).  No fork of it may be alive. */
FORGE_API void forge_template_free(forge_template *t);
/* Bytes of the region in use; slots a fork copies. */
FORGE_API size_t forge_template_size(const forge_template *t);
FORGE_API uint32_t forge_template_slots(const forge_template *t);
/* The files the program was made of, itself first, as they were named to the build and
 * to its loader; they live as long as the template. */
FORGE_API uint32_t forge_file_count(const forge_template *t);
FORGE_API const char *forge_file_name(const forge_template *t, uint32_t i);
/* Checksum of the region, for tests that prove it is never written. */
FORGE_API uint64_t forge_template_checksum(const forge_template *t);

/* Libraries of the system are loaded when a program that is built names what needs them:
 * which this process has, as bits, and loading those that another has, so that processes
 * which are forked share them.  What is missing is left out; calls raise why. */
FORGE_API uint32_t forge_libraries(void);
FORGE_API void forge_load_libraries(uint32_t which);

/* ---- routes and decorators -------------------------------------------------------- */

typedef enum forge_type {
    FORGE_TYPE_ANY,
    FORGE_TYPE_INT,
    FORGE_TYPE_FLOAT,
    FORGE_TYPE_BOOL,
    FORGE_TYPE_STRING,
    FORGE_TYPE_JSON,
    FORGE_TYPE_REQUEST
} forge_type;

typedef struct forge_param {
    const char *name;
    forge_type type; /* its annotation */
    int has_default;
} forge_param;

/* One @get("/x/:id") fn f(id) of the program, in source order. */
typedef struct forge_route {
    const char *method;  /* get post put delete patch head options ws */
    const char *pattern; // "/x/:id", "/files/*rest"
    const char *handler; /* function name */
    forge_place place;
    uint32_t nparams;
    const forge_param *params;
    uint32_t
        nmiddleware; /* functions that forge_call_handler calls around the handler */
    /* Origins of other sites whose scripts may read the answer, separated by spaces, "*"
     * for all: of its @cors, else of @server; or NULL. */
    const char *cors;
} forge_route;

FORGE_API uint32_t forge_route_count(const forge_template *t);
FORGE_API const forge_route *forge_route_get(const forge_template *t, uint32_t i);

/* One @name in front of a function of the top level, whatever the name, in source order;
 * the function can be called with forge_call.  Routes are among them. */
typedef struct forge_decorator {
    const char *name;
    const char *function;
    forge_place place; /* of the decorator */
    uint32_t nparams;  /* of the function */
} forge_decorator;

FORGE_API uint32_t forge_decorator_count(const forge_template *t);
FORGE_API const forge_decorator *forge_decorator_get(const forge_template *t,
                                                     uint32_t i);
/* The @error of a status: that with its number, else the one without a number, or NULL. */
FORGE_API const forge_decorator *forge_error_handler(const forge_template *t,
                                                     int status);

/* Of a template built with `coverage`: calls line() for each statement, with 1 if it has
 * run since, in the top level or in a fork of this handle. */
typedef void forge_line_fn(void *ctx, const char *file, uint32_t number, int ran);
FORGE_API void forge_coverage(const forge_template *t, forge_line_fn *line, void *ctx);

/* 1 if the program is a page (its top level runs per fork). */
FORGE_API int forge_is_page(const forge_template *t);
/* 1 if the top level started `schedule` or `watch` blocks.  They ended with it. */
FORGE_API int forge_has_background(const forge_template *t);
/* Literals of @server; port -1, host and cors NULL when absent.  Returns 1 if there is one. */
FORGE_API int forge_server(const forge_template *t, int *port, const char **host,
                           const char **cors);

/* ---- forks ------------------------------------------------------------------------ */

/* Starts a fork.  host NULL: malloc; limits NULL: none; env NULL: no output, no rights.
 * All three are copied. */
FORGE_API forge_status forge_fork_begin(forge_template *t, const forge_host *host,
                                        const forge_limits *limits,
                                        const forge_env *env, forge_fork **out);
FORGE_API void forge_fork_end(forge_fork *f);
/* Ends whatever the fork runs at its next poll, as FORGE_CANCEL does, from any thread or
 * signal handler. */
FORGE_API void forge_cancel(forge_fork *f);
/* Starts wall time, CPU time and fuel afresh (a new message on the same fork). */
FORGE_API void forge_limits_restart(forge_fork *f);

/* A value of a fork: opaque.  Values made here or returned by a run are valid until the
 * fork runs again or ends.  Arguments are given away: the function may change a container
 * it was passed in place. */
typedef struct forge_value {
    uint64_t w[2];
} forge_value;

FORGE_API forge_value forge_null(void);
FORGE_API forge_value forge_bool(int b);
FORGE_API forge_value forge_int(int64_t i);
FORGE_API forge_value forge_float(double d);
/* Marks an argument as absent, so that the parameter's default applies. */
FORGE_API forge_value forge_absent(void);
FORGE_API forge_status forge_string(forge_fork *f, const char *s, size_t n,
                                    forge_value *out);
FORGE_API forge_status forge_object(forge_fork *f, forge_value *out);
/* Sets a key of an object made by forge_object, which is refused with FORGE_USAGE once
 * the object itself was stored or passed; so is an absent value. */
FORGE_API forge_status forge_object_put(forge_fork *f, forge_value object,
                                        const char *key, size_t n, forge_value v);
FORGE_API forge_status forge_array(forge_fork *f, forge_value *out);
/* Appends to an array made by forge_array, under the same terms. */
FORGE_API forge_status forge_array_add(forge_fork *f, forge_value array, forge_value v);
/* Parses JSON; on FORGE_ERROR the fork's report says what and where (line, column). */
FORGE_API forge_status forge_json_parse(forge_fork *f, const char *text, size_t n,
                                        forge_value *out);
/* Text of a value; lives until the fork ends. */
FORGE_API forge_status forge_json_text(forge_fork *f, forge_value v, const char **text,
                                       size_t *n);
FORGE_API forge_status forge_display_text(forge_fork *f, forge_value v,
                                          const char **text, size_t *n);

/* A name and what it stands for. */
typedef struct forge_pair {
    const char *key, *value;
    size_t key_len, value_len;
} forge_pair;

/* A request as its handler sees it.  Texts and pairs stay until the fork ends; a text that
 * is NULL is null. */
typedef struct forge_request {
    const char *method;       /* "GET" */
    const char *path;         /* decoded, without the query */
    const char *route;        // "/x/:id"
    const char *scheme;       /* "http" or "https" */
    const char *host;         /* that was asked for, without the port */
    const char *address;      /* of the client */
    int port;                 /* of the client */
    const char *user;         /* that the host has authenticated */
    const char *id;           /* of the request */
    const forge_pair *params; /* captures of the path */
    const forge_pair *query;  /* decoded, in the order of the wire */
    const forge_pair
        *headers; /* those whose name is no token or has a '_' are left out */
    uint32_t nparams, nquery, nheaders;
    const char *body; /* not NULL: it was read already, so env.read is not asked */
    size_t body_len;
} forge_request;

/* The request that a fork serves, as an object of the type Request: once a fork. */
FORGE_API forge_status forge_request_value(forge_fork *f, const forge_request *r,
                                           forge_value *out);

typedef enum forge_kind {
    FORGE_NULL,
    FORGE_BOOL,
    FORGE_INT,
    FORGE_FLOAT,
    FORGE_STRING,
    FORGE_ARRAY,
    FORGE_OBJECT,
    FORGE_OTHER
} forge_kind;
FORGE_API forge_kind forge_kind_of(forge_value v);
/* Numbers and bools as a number, saturating; 0 for anything else. */
FORGE_API int64_t forge_to_int(forge_value v);
FORGE_API double forge_to_float(forge_value v);
/* Bytes of a string value, borrowed; not terminated.  NULL for anything else. */
FORGE_API const char *forge_to_string(forge_value v, size_t *n);

/* ---- responses --------------------------------------------------------------------- */

typedef struct forge_header {
    const char *name, *value;
} forge_header;

typedef enum forge_body {
    FORGE_BODY_NONE, /* the response has no body */
    FORGE_BODY_TEXT, /* `text`, as it is */
    FORGE_BODY_JSON, /* the JSON text of `value` */
    FORGE_BODY_FILE  /* the content of `file` */
} forge_body;

/* What a handler chose to answer.  All of it is checked: names are tokens, values have no
 * line breaks, and nothing is there that frames the message or belongs to the connection;
 * a status that has no body comes without one. */
typedef struct forge_response {
    int status;       /* 200 … 599 */
    const char *type; /* Content-Type, or NULL */
    uint32_t nheaders;
    const forge_header *headers; /* the others, in order; names may be repeated */
    forge_body kind;
    const char *text; /* not terminated */
    size_t n;
    forge_value value;
    int file;              /* a regular file, open for reading, the fork's own */
    const char *file_name; /* the last name of its path */
} forge_response;

/* Looks at a handler's value.  1: it is a response, and *out is filled; what it points to
 * lives as long as the value, the file until the fork ends.  0: it is any other value, to
 * be sent as JSON with the status 200.  -1: it says that it is a response, but cannot be
 * sent; the fork's report says why. */
FORGE_API int forge_response_of(forge_fork *f, forge_value v, forge_response *out);

/* 1 if the program reads the variable `request` without declaring it: forge_give_request
 * has one to set. */
FORGE_API int forge_reads_request(const forge_template *t);
/* What that variable of this fork is from now on; else it is undefined. */
FORGE_API forge_status forge_give_request(forge_fork *f, forge_value request);
/* Runs the top level of a page; FORGE_USAGE for other templates. */
FORGE_API forge_status forge_run(forge_fork *f);
/* Calls the handler of route i with argc (at most 255) arguments in parameter order.
 * out may be NULL; unless a run succeeded it receives null, or is left alone after
 * FORGE_USAGE. */
FORGE_API forge_status forge_call_route(forge_fork *f, uint32_t route,
                                        const forge_value *argv, uint32_t argc,
                                        forge_value *out);
/* The same through the program's middleware: each @middleware whose path the route's pattern
 * begins with is called with the request and next(), which calls the next one and at last
 * the handler, and whose value it gives; it may be given another request instead.  One
 * with a single parameter comes before: what it returns is the answer unless it is null.
 * Where `request` stands among the arguments, the handler gets the one that arrives. */
FORGE_API forge_status forge_call_handler(forge_fork *f, uint32_t route,
                                          const forge_value *argv, uint32_t argc,
                                          forge_value request, forge_value *out);
/* Calls a global function by name; FORGE_USAGE if there is none. */
FORGE_API forge_status forge_call(forge_fork *f, const char *name,
                                  const forge_value *argv, uint32_t argc,
                                  forge_value *out);
/* The last error of the fork, or NULL; valid until the next run, call or failure. */
FORGE_API const forge_report *forge_fork_report(forge_fork *f);
/* Of the last run, after FORGE_LIMIT. */
FORGE_API forge_bound forge_fork_bound(const forge_fork *f);
/* Of exit(n) after FORGE_EXIT: 0 … 255. */
FORGE_API int forge_exit_code(const forge_fork *f);
/* Figures: bytes of blocks at their peak, fuel used. */
FORGE_API size_t forge_fork_memory(const forge_fork *f);
FORGE_API uint64_t forge_fork_fuel(const forge_fork *f);

/* ---- sessions ---------------------------------------------------------------------- */

/* A program that is given piece by piece, as at a prompt.  Variables, functions and types
 * of a piece are there for the ones after it, and stay when a piece fails.  Memory of
 * code that nothing refers to any more is used again. */
typedef struct forge_session forge_session;

/* `file` is the name for reports; the loader, which is copied, is as in a build, and the
 * rest as in forge_fork_begin. */
FORGE_API forge_status forge_session_begin(const char *file, const forge_host *host,
                                           const forge_limits *limits,
                                           const forge_env *env,
                                           const forge_loader *loader,
                                           forge_session **out);
FORGE_API void forge_session_end(forge_session *s);
/* The fork it runs in, for forge_cancel, forge_call, values, texts and reports; it ends
 * with the session. */
FORGE_API forge_fork *forge_session_fork(forge_session *s);
/* Compiles and runs a piece once.  Limits count anew, a cancellation before it is
 * forgotten, and values and texts of the fork are valid until this is called again.
 * *out is the value of the last statement, null if it has none.  What is wrong with a
 * piece that does not compile is the fork's report, too. */
FORGE_API forge_status forge_session_run(forge_session *s, const char *source, size_t n,
                                         forge_value *out);
/* 1 if a piece has to go on: a bracket, a triple-quoted string or a comment is open. */
FORGE_API int forge_session_incomplete(const char *source, size_t n);
/* Calls `found` for each variable that is set, in the order of their definition. */
typedef void forge_session_fn(void *ctx, const char *name, forge_value value);
FORGE_API void forge_session_each(const forge_session *s, forge_session_fn *found,
                                  void *ctx);
/* Bytes of compiled code and constants that it holds. */
FORGE_API size_t forge_session_code(const forge_session *s);

#ifdef __cplusplus
}
#endif

#endif
