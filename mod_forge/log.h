// SPDX-License-Identifier: Apache-2.0
/* Log lines with stable codes.
 *
 * Every line of the module in the error log is "FG0012: …".  A code never changes its
 * meaning; a new event gets a new code.  Lines about a request carry its request id. */
#ifndef MF_LOG_H
#define MF_LOG_H

#include "httpd.h"

#include "forge.h"
#include "http_log.h"

/* name, number, level, what it says */
#define MF_CODES(X)                                                                    \
    X(BUILD_BROKEN, 1, APLOG_ERR, "the app is broken and answers 500")                 \
    X(BUILD_LATE, 2, APLOG_ERR, "the builder took longer than ForgeBuildTime")         \
    X(BUILD_DIED, 3, APLOG_ERR, "the builder ended without a result")                  \
    X(BUILD_SYSTEM, 4, APLOG_ERR, "the app cannot be built")                           \
    X(BUILD_ATTACH, 5, APLOG_ERR, "the built app cannot be used by this child")        \
    X(BUILD_DONE, 6, APLOG_INFO, "the app is ready")                                   \
    X(CHECK_BROKEN, 7, APLOG_ERR, "the app does not compile")                          \
    X(BACKGROUND, 8, APLOG_WARNING, "schedule and watch blocks are not run by httpd")  \
    X(APP_ROOT, 9, APLOG_ERR, "the directory for the app's files cannot be opened")    \
    X(APP_SITE, 10, APLOG_CRIT, "the app has no site in this child")                   \
    X(SCRIPT_BROKEN, 101, APLOG_ERR, "the script is broken and answers 500")           \
    X(SCRIPT_UNREADABLE, 102, APLOG_ERR, "the script cannot be read")                  \
    X(SCRIPT_NAME, 103, APLOG_ERR, "the name does not end in .fg")                     \
    X(SCRIPT_EXECCGI, 104, APLOG_ERR,                                                  \
      "a script mapped by .htaccess needs Options +ExecCGI, or ForgeEngine on in the " \
      "server's configuration")                                                        \
    X(SCRIPT_KIND, 105, APLOG_ERR, "the script is not a regular file")                 \
    X(SCRIPT_WAIT, 106, APLOG_ERR, "gave up waiting for another thread to build it")   \
    X(ENGINE_OFF, 107, APLOG_INFO, "refused: ForgeEngine is off here")                 \
    X(NO_APP, 108, APLOG_ERR, "the handler forge-app is only for ForgeApp")            \
    X(CACHE_MISSING, 109, APLOG_CRIT, "this child has no script cache")                \
    X(NO_ROOT, 110, APLOG_ERR, "the directory for the program's files cannot be used") \
    X(SCRIPT_TRUST, 111, APLOG_ERR, "the script is not trusted")                       \
    X(OVERLOAD, 120, APLOG_WARNING, "refused: at capacity")                            \
    X(LEFT_QUEUE, 121, APLOG_INFO, "the client went away before its program started")  \
    X(NO_BOARD, 122, APLOG_ERR, "permits are counted in each child alone")             \
    X(HANDLER_FAILED, 201, APLOG_ERR, "the program failed")                            \
    X(LIMIT, 202, APLOG_ERR, "a limit ended the program")                              \
    X(CLIENT_GONE, 203, APLOG_INFO,                                                    \
      "the client went away and the program was stopped")                              \
    X(EXITED, 204, APLOG_INFO, "the program called exit")                              \
    X(NO_MEMORY, 205, APLOG_CRIT, "no memory for the request")                         \
    X(BODY_READ, 206, APLOG_INFO, "the request body cannot be read")                   \
    X(BAD_REQUEST, 207, APLOG_INFO, "refused")                                         \
    X(SAID, 208, APLOG_INFO, "said")                                                   \
    X(WARNED, 209, APLOG_WARNING, "warned")                                            \
    X(SEND_FAILED, 210, APLOG_INFO, "the response was not delivered")                  \
    X(BROKEN, 211, APLOG_ERR, "answered 500 for a broken program")                     \
    X(RIGHT_MISSING, 212, APLOG_ERR, "a right is missing")                             \
    X(LINES_DROPPED, 213, APLOG_WARNING, "too many lines for one request")             \
    X(STOPPED, 214, APLOG_INFO, "the server stops and the program was ended")          \
    X(DRAINED, 215, APLOG_WARNING,                                                     \
      "ForgeDrainTimeout is over and the program was ended")                           \
    X(STAGE, 216, APLOG_TRACE1, "stage")                                               \
    X(NOT_FOUND, 220, APLOG_DEBUG, "there is nothing at this path")                    \
    X(NO_METHOD, 221, APLOG_DEBUG, "the method is not allowed here")                   \
    X(NOT_MET, 222, APLOG_DEBUG, "a condition of the request does not hold")           \
    X(FILTERED, 223, APLOG_DEBUG, "a filter of httpd answered instead")                \
    X(RESPONSE_BAD, 230, APLOG_ERR, "the program's response cannot be sent")           \
    X(FILE_SHRANK, 231, APLOG_WARNING, "a file became shorter while it was sent")      \
    X(FILE_UNUSABLE, 232, APLOG_ERR, "a file cannot be sent")                          \
    X(LIMIT_TIME, 240, APLOG_ERR, "ForgeMaxTime ended the program")                    \
    X(LIMIT_CPU, 241, APLOG_ERR, "ForgeMaxCpu ended the program")                      \
    X(LIMIT_FUEL, 242, APLOG_ERR, "ForgeMaxFuel ended the program")                    \
    X(LIMIT_MEMORY, 243, APLOG_ERR, "ForgeMaxMemory ended the program")                \
    X(LIMIT_OUTPUT, 244, APLOG_ERR, "ForgeMaxOutput ended the program")                \
    X(LIMIT_FILES, 245, APLOG_ERR, "ForgeMaxFiles ended the program")                  \
    X(LIMIT_TASKS, 246, APLOG_ERR, "ForgeMaxTasks ended the program")                  \
    X(ID_REPLACED, 301, APLOG_WARNING, "X-Request-Id is empty or not printable ASCII") \
    X(LOG_ERROR, 401, APLOG_ERR, "error")                                              \
    X(LOG_WARN, 402, APLOG_WARNING, "warning")                                         \
    X(LOG_INFO, 403, APLOG_INFO, "info")                                               \
    X(LOG_DEBUG, 404, APLOG_DEBUG, "debug")

/* How requests end that end with a code, for the access log; with any other one it is an
 * "error", and without one "ok". */
#define MF_OUTCOMES(X)                                                                 \
    X(ENGINE_OFF, "refused")                                                           \
    X(NO_APP, "refused")                                                               \
    X(SCRIPT_NAME, "refused")                                                          \
    X(SCRIPT_EXECCGI, "refused")                                                       \
    X(SCRIPT_KIND, "refused")                                                          \
    X(SCRIPT_TRUST, "refused")                                                         \
    X(BAD_REQUEST, "refused")                                                          \
    X(NOT_FOUND, "refused")                                                            \
    X(NO_METHOD, "refused")                                                            \
    X(NOT_MET, "refused")                                                              \
    X(FILTERED, "refused")                                                             \
    X(OVERLOAD, "overload")                                                            \
    X(LEFT_QUEUE, "left-queue")                                                        \
    X(CLIENT_GONE, "client-abort")                                                     \
    X(SEND_FAILED, "client-abort")                                                     \
    X(STOPPED, "stopped")                                                              \
    X(DRAINED, "drained")                                                              \
    X(LIMIT, "limit")                                                                  \
    X(LIMIT_TIME, "limit-time")                                                        \
    X(LIMIT_CPU, "limit-cpu")                                                          \
    X(LIMIT_FUEL, "limit-fuel")                                                        \
    X(LIMIT_MEMORY, "limit-memory")                                                    \
    X(LIMIT_OUTPUT, "limit-output")                                                    \
    X(LIMIT_FILES, "limit-files")                                                      \
    X(LIMIT_TASKS, "limit-tasks")

typedef enum mf_code {
#define X(name, number, level, text) MF_##name,
    MF_CODES(X)
#undef X
} mf_code;

/* One line: code, its text, then the formatted detail. */
void mf_log_server(mf_code code, server_rec *s, apr_status_t rv, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));
void mf_log_request(mf_code code, request_rec *r, apr_status_t rv, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));

/* Where a request has come to, for LogLevel forge:trace1; else it costs nothing. */
void mf_log_stage(request_rec *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "file:line:col: kind: message", then the framed report line by line, and for a right
 * that is missing who grants it. */
void mf_log_server_report(mf_code code, server_rec *s, apr_pool_t *p,
                          const forge_report *report);
void mf_log_request_report(mf_code code, request_rec *r, const forge_report *report);

/* Notes for the access log: %{forge-code}n, which error bodies have, too, %{forge-outcome}n,
 * and the microseconds in a queue. */
#define MF_CODE_NOTE "forge-code"
#define MF_OUTCOME_NOTE "forge-outcome"
#define MF_WAIT_NOTE "forge-wait"

/* The request ends with this code; the last one counts. */
void mf_note_code(request_rec *r, mf_code code);
/* The request ends well, unless it has a code. */
void mf_note_end(request_rec *r);
/* Hook log_transaction: the notes are on the request that the log looks at. */
int mf_log_notes(request_rec *r);

/* What the program of a request, or a program that is built, puts into the log: at most
 * so many lines, without those that LogLevel leaves out. */
typedef struct mf_log_quota {
    apr_int64_t most;
    unsigned int lines, dropped;
} mf_log_quota;

/* Text of a program, one log line for each of its lines. */
void mf_log_text(mf_code code, request_rec *r, const char *text, size_t n,
                 mf_log_quota *q);
/* A message of a program's log module, at the level it chose, on one line. */
void mf_log_message(request_rec *r, forge_level level, const char *file, uint32_t line,
                    const char *text, size_t n, mf_log_quota *q);
/* The same without a request. */
void mf_log_server_message(server_rec *s, forge_level level, const char *file,
                           uint32_t line, const char *text, size_t n, mf_log_quota *q);
/* Says how many lines were dropped, if any. */
void mf_log_quota_end(request_rec *r, const mf_log_quota *q);
void mf_log_server_quota_end(server_rec *s, const mf_log_quota *q);

#endif
