// SPDX-License-Identifier: Apache-2.0
/* `forge serve`: a program behind a private Apache httpd with mod_forge, until a signal
 * ends both.
 *
 * httpd runs in a process group of its own, so that a Ctrl-C reaches it as the orderly
 * SIGTERM sent from here; should this process be killed, the kernel sends it too. */
#include "cli/serve.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 15000 /* httpd must answer by then */
#define TICK_MS 20     /* between two tries */

/* ---- the address ---------------------------------------------------------------------- */

static struct addrinfo *resolve(const char *host, int port)
{
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    return getaddrinfo(host, service, &hints, &found) == 0 ? found : NULL;
}

static void refuse_port(const cli_httpd *h, int error)
{
    if (error == EADDRINUSE) {
        cli_error("port %d of %s is in use", h->port, h->host);
        cli_hint("stop what listens there, or choose another with --port");
    } else if (error == EACCES) {
        cli_error("only root may listen on port %d", h->port);
        cli_hint("choose one from 1024 up with --port");
    } else {
        cli_error("cannot listen on %s port %d: %s", h->host, h->port, strerror(error));
    }
}

/* Checks that the port is free; port 0 becomes a free one. */
static bool claim_port(cli_httpd *h)
{
    struct addrinfo *to = resolve(h->host, h->port);
    if (!to) {
        cli_error("'%s' is no address to listen at", h->host);
        cli_hint("write a numeric address like 127.0.0.1, 0.0.0.0 or ::1");
        return false;
    }
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
              && bind(fd, to->ai_addr, to->ai_addrlen) == 0;
    struct sockaddr_storage got;
    socklen_t n = sizeof got;
    if (!ok)
        refuse_port(h, errno);
    else if (getsockname(fd, (struct sockaddr *)&got, &n) == 0)
        h->port =
            ntohs(got.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&got)->sin6_port
                                            : ((struct sockaddr_in *)&got)->sin_port);
    if (fd >= 0)
        close(fd);
    freeaddrinfo(to);
    return ok;
}

/* The address a client of this machine uses. */
static const char *client_host(const cli_httpd *h)
{
    if (strcmp(h->host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(h->host, "::") == 0 ? "::1" : h->host;
}

static bool answers(const cli_httpd *h)
{
    struct addrinfo *to = resolve(client_host(h), h->port);
    if (!to)
        return false;
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) == 0;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(to);
    return ok;
}

/* ---- what is printed ---------------------------------------------------------------------- */

/* A value that a capture of this name accepts; the name itself if anything will do. */
static void print_capture(const forge_route *r, const char *name, int n)
{
    for (uint32_t i = 0; i < r->nparams; i++) {
        const forge_param *p = &r->params[i];
        if (strlen(p->name) != (size_t)n || memcmp(p->name, name, (size_t)n) != 0)
            continue;
        if (p->type == FORGE_TYPE_INT || p->type == FORGE_TYPE_FLOAT) {
            putchar('1');
            return;
        }
        if (p->type == FORGE_TYPE_BOOL) {
            fputs("true", stdout);
            return;
        }
    }
    printf("%.*s", n, name);
}

/* A path that the route's pattern matches; captures begin with a colon, a star or a brace. */
static void print_path(const forge_route *r)
{
    for (const char *p = r->pattern; *p;) {
        putchar(*p++);
        size_t sign = p[-1] == '/' ? strspn(p, ":*{") : 0;
        if (sign == 0)
            continue;
        p += sign;
        size_t n = strcspn(p, "/}");
        print_capture(r, p, (int)n);
        p += n + (p[n] == '}');
    }
}

static const forge_route *example(const forge_template *t)
{
    for (uint32_t i = 0; i < forge_route_count(t); i++)
        if (strcmp(forge_route_get(t, i)->method, "get") == 0)
            return forge_route_get(t, i);
    return forge_route_get(t, 0);
}

static void announce(const cli_httpd *h, const forge_template *t)
{
    char address[80];
    cli_httpd_address(h, client_host(h), address, sizeof address);
    printf("serving %s at http://%s/\n", h->file, address);
    const forge_route *r = example(t);
    printf("try:  curl -i ");
    if (r && strcmp(r->method, "get") != 0) {
        printf("-X ");
        for (const char *p = r->method; *p; p++)
            putchar(toupper((unsigned char)*p));
        putchar(' ');
    }
    printf("http://%s", address);
    if (r)
        print_path(r);
    else
        putchar('/');
    printf("\nstop: Ctrl-C\n");
    fflush(stdout);
}

/* Lines of httpd's about its own life, which the messages here replace. */
static bool is_noise(const char *line)
{
    return strncmp(line, "[mpm_", 5) == 0 || strncmp(line, "[core:notice]", 13) == 0;
}

/* Passes the log on, line by line; a line that is too long comes in parts. */
typedef struct log_copy {
    size_t n;
    char text[8192];
} log_copy;

static void copy_log(log_copy *c, int fd)
{
    ssize_t k;
    while ((k = read(fd, c->text + c->n, sizeof c->text - 1 - c->n)) > 0) {
        c->n += (size_t)k;
        c->text[c->n] = '\0';
        char *line = c->text, *end;
        while ((end = memchr(line, '\n', c->n - (size_t)(line - c->text)))) {
            if (!is_noise(line))
                fwrite(line, 1, (size_t)(end + 1 - line), stderr);
            line = end + 1;
        }
        size_t rest = c->n - (size_t)(line - c->text);
        if (rest == sizeof c->text - 1) {
            fwrite(line, 1, rest, stderr);
            rest = 0;
        }
        memmove(c->text, line, rest);
        c->n = rest;
    }
}

/* ---- watching --------------------------------------------------------------------------------- */

typedef struct watch {
    cli_httpd *h;
    const forge_template *tmpl;
    int signals;  /* descriptor */
    int waited;   /* milliseconds, until it answers */
    bool up;      /* it answered */
    int stopping; /* signals that asked to stop */
    int status;   /* of httpd once it ended */
    log_copy log;
} watch;

/* Passes a request to stop on; the second one is no longer polite. */
static void on_stop(watch *w)
{
    if (w->stopping++ == 0)
        kill(w->h->pid, SIGTERM);
    else
        kill(-w->h->pid, SIGKILL);
}

/* Reads the signals that came; true when httpd has ended. */
static bool on_signals(watch *w)
{
    struct signalfd_siginfo info;
    while (read(w->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo != SIGCHLD)
            on_stop(w);
    return waitpid(w->h->pid, &w->status, WNOHANG) == w->h->pid;
}

static void on_tick(watch *w)
{
    if (w->up || w->stopping)
        return;
    if (answers(w->h)) {
        w->up = true;
        announce(w->h, w->tmpl);
    } else if ((w->waited += TICK_MS) > START_MS) {
        cli_error("httpd does not answer");
        on_stop(w);
    }
}

static int watch_httpd(watch *w)
{
    struct pollfd fds[] = { { .fd = w->signals, .events = POLLIN },
                            { .fd = w->h->log, .events = POLLIN } };
    bool ended = false;
    while (!ended) {
        poll(fds, FG_COUNT(fds), w->up ? -1 : TICK_MS);
        copy_log(&w->log, w->h->log);
        ended = on_signals(w);
        if (!ended)
            on_tick(w);
    }
    copy_log(&w->log, w->h->log);
    kill(-w->h->pid, SIGKILL); /* whoever is left of its group */
    if (w->stopping && w->up)
        return CLI_OK;
    if (!w->stopping)
        cli_error("httpd ended by itself with status %d",
                  WIFEXITED(w->status) ? WEXITSTATUS(w->status)
                                       : 128 + WTERMSIG(w->status));
    return CLI_FAILED;
}

/* Signals become readable before httpd starts, so that none is lost. */
static int start_and_watch(cli_httpd *h, const forge_template *t)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    watch *w = calloc(1, sizeof *w);
    int code = CLI_FAILED;
    if (w) {
        *w = (watch){ .h = h, .tmpl = t };
        w->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
        if (w->signals >= 0 && cli_httpd_start(h))
            code = watch_httpd(w);
        if (w->signals >= 0)
            close(w->signals);
    }
    free(w);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    return code;
}

/* ---- the command --------------------------------------------------------------------------------- */

static bool set_host(cli_httpd *h, const char *host)
{
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    size_t n = strlen(host);
    bool brackets = n > 2 && host[0] == '[' && host[n - 1] == ']';
    int k = snprintf(h->host, sizeof h->host, "%.*s", (int)(brackets ? n - 2 : n),
                     host + brackets);
    if (n > 0 && k < (int)sizeof h->host)
        return true;
    cli_error("'%s' is no address to listen at", host);
    return false;
}

/* What a quoted word of a configuration cannot hold. */
static bool set_file(cli_httpd *h, const char *file)
{
    if (!realpath(file, h->file)) {
        cli_error("cannot find %s: %s", file, strerror(errno));
        return false;
    }
    if (!strpbrk(h->file, "\n\r") && !strstr(h->file, "${"))
        return true;
    cli_error("httpd cannot be told a file name with a line break or \"${\": %s",
              h->file);
    return false;
}

int cli_serve_program(const char *file, const forge_template *t, const char *host,
                      int port)
{
    cli_httpd h = { .log = -1 };
    int program_port = -1;
    const char *program_host = NULL;
    forge_server(t, &program_port, &program_host, NULL);
    if (!host)
        host = program_host ? program_host : "127.0.0.1";
    h.port = port >= 0 ? port : program_port >= 0 ? program_port : 8080;
    h.page = forge_route_count(t) == 0;
    int code = CLI_FAILED;
    if (set_file(&h, file) && set_host(&h, host) && cli_httpd_find(&h)
        && cli_httpd_user(&h) && claim_port(&h) && cli_httpd_prepare(&h))
        code = start_and_watch(&h, t);
    cli_httpd_clean(&h);
    return code;
}

/* Compiles first: a program that is broken is reported here, not by httpd. */
static int serve_file(const char *file, const char *host, int port)
{
    cli_source source;
    if (!cli_source_read(&source, file))
        return CLI_FAILED;
    forge_template *t;
    int code = CLI_FAILED;
    if (cli_build_page(&source, &t) == FORGE_OK) {
        code = cli_serve_program(file, t, host, port);
        forge_template_free(t);
    }
    cli_source_drop(&source);
    return code;
}

int cli_serve(int argc, char **argv)
{
    const char *file = NULL, *host = NULL, *value;
    int port = -1;
    for (int i = 0; i < argc; i++) {
        if ((value = cli_option(argc, argv, &i, "--port"))) {
            if (!cli_port(value, &port)) {
                cli_error("--port needs a number from 0 to 65535, not '%s'", value);
                return CLI_USAGE;
            }
        } else if ((value = cli_option(argc, argv, &i, "--host"))) {
            host = value;
        } else if (file || argv[i][0] == '-') {
            cli_error(file ? "forge serve takes one program; what is '%s'?"
                           : "forge serve has no option '%s'",
                      argv[i]);
            return CLI_USAGE;
        } else {
            file = argv[i];
        }
    }
    if (!file) {
        cli_error("forge serve needs a file");
        cli_hint("forge serve FILE [--port N] [--host ADDRESS]");
        return CLI_USAGE;
    }
    return serve_file(file, host, port);
}
