// SPDX-License-Identifier: Apache-2.0
/* A private httpd: where its parts are, its directory, its configuration (httpd.c), and
 * the command that starts, watches and stops it (serve.c). */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "cli/cli.h"

#include <limits.h>
#include <sys/types.h>

typedef struct cli_httpd {
    char file[PATH_MAX]; /* the program, absolute */
    char host[64];       /* a numeric address, IPv6 without brackets */
    int port;
    bool page;
    char user[64]; /* that the children run as, or "": as we */
    char group[64];
    uid_t uid;
    gid_t gid;
    char program[PATH_MAX]; /* httpd */
    char modules[PATH_MAX]; /* directory of its modules */
    char module[PATH_MAX];  /* mod_forge.so */
    char root[PATH_MAX];    /* the directory made for this run, "": none */
    int log;                /* the pipe that httpd logs to, -1: none */
    pid_t pid;              /* of httpd, 0: none */
} cli_httpd;

/* Finds httpd, its modules and mod_forge.so; false: a message was printed. */
bool cli_httpd_find(cli_httpd *h);
/* Chooses the user of the children and checks that it can read the program. */
bool cli_httpd_user(cli_httpd *h);
/* Makes the directory with configuration and log pipe. */
bool cli_httpd_prepare(cli_httpd *h);
/* Starts httpd in a process group of its own. */
bool cli_httpd_start(cli_httpd *h);
/* Removes the directory. */
void cli_httpd_clean(cli_httpd *h);
/* "127.0.0.1:8080", "[::1]:8080" */
void cli_httpd_address(const cli_httpd *h, const char *host, char *at, size_t n);

#endif
