// SPDX-License-Identifier: Apache-2.0
/* A private httpd: finding its parts, its directory and configuration.
 *
 * Everything it writes lies in one directory that is removed at the end.  Its log is a
 * named pipe there, which also works where standard error cannot be opened by name. */
#define _GNU_SOURCE /* nftw */
#include "cli/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char conf_text[] =
#include "serve_conf.h"
    ;

/* ---- finding ---------------------------------------------------------------------- */

/* Joins a path; false if it is too long. */
static bool join(char *at, const char *directory, size_t n, const char *name)
{
    int k = snprintf(at, PATH_MAX, "%.*s/%s", (int)n, directory, name);
    return k > 0 && k < PATH_MAX;
}

/* Looks for an executable in the colon-separated directories. */
static bool find_program(const char *path, const char *name, char *at)
{
    while (path && *path) {
        size_t n = strcspn(path, ":");
        if (n > 0 && join(at, path, n, name) && access(at, X_OK) == 0)
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}

static bool find_httpd(cli_httpd *h)
{
    static const char *const names[] = { "apache2", "httpd" };
    static const char system[] = "/usr/sbin:/usr/local/sbin:/usr/local/apache2/bin";
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (find_program(getenv("PATH"), names[i], h->program)
            || find_program(system, names[i], h->program))
            return true;
    cli_error(
        "forge serve needs Apache httpd, and neither apache2 nor httpd is installed");
    cli_hint("on Debian: apt-get install apache2-bin");
    return false;
}

/* Asks apxs for the modules' directory. */
static bool ask_apxs(char *at)
{
    FILE *f = popen("{ apxs -q LIBEXECDIR || apxs2 -q LIBEXECDIR; } 2>/dev/null", "r");
    if (!f)
        return false;
    bool ok = fgets(at, PATH_MAX, f) != NULL;
    pclose(f);
    at[ok ? strcspn(at, "\n") : 0] = '\0';
    return ok;
}

static bool holds(const char *directory, const char *name)
{
    char path[PATH_MAX];
    return join(path, directory, strlen(directory), name) && access(path, R_OK) == 0;
}

static bool find_modules(cli_httpd *h)
{
    static const char *const places[] = {
        "/usr/lib/apache2/modules", "/usr/lib64/httpd/modules",
        "/usr/lib/httpd/modules",   "/usr/local/apache2/modules",
        "/usr/libexec/apache2",
    };
    for (size_t i = 0; i < FG_COUNT(places); i++)
        if (holds(places[i], "mod_authz_core.so")) {
            strcpy(h->modules, places[i]);
            return true;
        }
    if (ask_apxs(h->modules) && holds(h->modules, "mod_authz_core.so"))
        return true;
    cli_error("the modules of %s were not found", h->program);
    cli_hint("on Debian: apt-get install apache2-bin");
    return false;
}

/* mod_forge.so beside this executable, or among httpd's modules. */
static bool find_module(cli_httpd *h)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        self[n] = '\0';
        char *slash = strrchr(self, '/');
        if (slash && join(h->module, self, (size_t)(slash - self), "mod_forge.so")
            && access(h->module, R_OK) == 0)
            return true;
    }
    if (join(h->module, h->modules, strlen(h->modules), "mod_forge.so")
        && access(h->module, R_OK) == 0)
        return true;
    cli_error("mod_forge.so is neither beside forge nor in %s", h->modules);
    cli_hint("`make` builds both, `make install` puts them where they are found");
    return false;
}

bool cli_httpd_find(cli_httpd *h)
{
    return find_httpd(h) && find_modules(h) && find_module(h);
}

/* ---- the user of the children -------------------------------------------------------- */

/* Tries as the user of the children. */
static bool readable_by(const cli_httpd *h, const char *file)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(!(setgid(h->gid) == 0 && initgroups(h->user, h->gid) == 0
                && setuid(h->uid) == 0 && access(file, R_OK) == 0));
    int status = 0;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* Copies, because the C library's records last until its next call. */
static bool choose_user(cli_httpd *h)
{
    static const char *const users[] = { "www-data", "apache", "httpd", "nobody" };
    const struct passwd *user = NULL;
    for (size_t i = 0; i < FG_COUNT(users) && !user; i++)
        user = getpwnam(users[i]);
    if (!user)
        return false;
    snprintf(h->user, sizeof h->user, "%s", user->pw_name);
    h->uid = user->pw_uid;
    h->gid = user->pw_gid;
    const struct group *group = getgrgid(h->gid);
    snprintf(h->group, sizeof h->group, "%s", group ? group->gr_name : "");
    return group != NULL;
}

bool cli_httpd_user(cli_httpd *h)
{
    if (geteuid() != 0)
        return true;
    if (!choose_user(h)) {
        cli_error("there is no user www-data for httpd to run as");
        cli_hint("run forge serve as an ordinary user");
        return false;
    }
    if (readable_by(h, h->file))
        return true;
    cli_error("httpd runs as %s, who cannot read %s", h->user, h->file);
    cli_hint(
        "let others read the file and enter its directories, or run forge serve as an "
        "ordinary user");
    return false;
}

/* ---- configuration ---------------------------------------------------------------------- */

/* Text inside quotation marks of a configuration line. */
static void put_quoted(fg_bytes *b, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fg_bytes_char(b, '\\');
        fg_bytes_char(b, *text);
    }
}

void cli_httpd_address(const cli_httpd *h, const char *host, char *at, size_t n)
{
    snprintf(at, n, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, h->port);
}

/* How the program is mounted: an app at /, a page with the files beside it. */
static void put_site(fg_bytes *b, const cli_httpd *h)
{
    if (!h->page) {
        fg_bytes_str(b, "DocumentRoot \"");
        put_quoted(b, h->root);
        fg_bytes_str(b, "/www\"\nForgeApp / \"");
        put_quoted(b, h->file);
        fg_bytes_str(b, "\"");
        return;
    }
    const char *slash = strrchr(h->file, '/');
    char directory[PATH_MAX];
    snprintf(directory, sizeof directory, "%.*s",
             slash == h->file ? 1 : (int)(slash - h->file), h->file);
    fg_bytes_str(b, "DocumentRoot \"");
    put_quoted(b, directory);
    fg_bytes_str(b, "\"\n<Directory \"");
    put_quoted(b, directory);
    fg_bytes_str(b, "\">\n    Require all granted\n    DirectoryIndex \"");
    put_quoted(b, slash + 1);
    fg_bytes_str(b, "\"\n    <Files \"");
    put_quoted(b, slash + 1);
    fg_bytes_str(b, "\">\n        SetHandler forge-script\n    </Files>\n"
                    "    <FilesMatch \".\\.fg$\">\n        SetHandler forge-script\n"
                    "    </FilesMatch>\n</Directory>");
}

static void put_value(fg_bytes *b, const cli_httpd *h, fg_slice name)
{
    char address[80];
    if (fg_slice_eq(name, FG_SLICE("ROOT"))) {
        put_quoted(b, h->root);
    } else if (fg_slice_eq(name, FG_SLICE("MODULES"))) {
        put_quoted(b, h->modules);
    } else if (fg_slice_eq(name, FG_SLICE("MODULE"))) {
        put_quoted(b, h->module);
    } else if (fg_slice_eq(name, FG_SLICE("LISTEN"))) {
        cli_httpd_address(h, h->host, address, sizeof address);
        fg_bytes_str(b, address);
    } else if (fg_slice_eq(name, FG_SLICE("USER"))) {
        if (h->user[0])
            fg_bytes_fmt(b, "User %s\nGroup %s", h->user, h->group);
    } else {
        assert(fg_slice_eq(name, FG_SLICE("SITE")));
        put_site(b, h);
    }
}

static void put_conf(fg_bytes *b, const cli_httpd *h)
{
    for (const char *p = conf_text; *p;) {
        size_t n = strcspn(p, "@");
        fg_bytes_put(b, p, n);
        p += n;
        if (!*p)
            return;
        const char *end = strchr(p + 1, '@');
        put_value(b, h, fg_slice_of(p + 1, (size_t)(end - p - 1)));
        p = end + 1;
    }
}

static bool write_conf(const cli_httpd *h)
{
    char path[PATH_MAX];
    if (!join(path, h->root, strlen(h->root), "httpd.conf"))
        return false;
    fg_bytes b;
    fg_bytes_init(&b);
    put_conf(&b, h);
    FILE *f = b.failed ? NULL : fopen(path, "we");
    bool ok = f && fwrite(b.p, 1, b.n, f) == b.n;
    if (f)
        ok &= fclose(f) == 0;
    fg_bytes_drop(&b);
    return ok;
}

/* ---- the directory -------------------------------------------------------------------------- */

static bool make_directory(cli_httpd *h, const char *name)
{
    char path[PATH_MAX];
    return join(path, h->root, strlen(h->root), name) && mkdir(path, 0755) == 0;
}

static bool make_log(cli_httpd *h)
{
    char path[PATH_MAX];
    if (!join(path, h->root, strlen(h->root), "log") || mkfifo(path, 0600) != 0)
        return false;
    /* Open for writing too, so that the pipe never ends while httpd reopens it. */
    h->log = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return h->log >= 0;
}

/* Where the directory is made: the children must get there, too. */
static const char *parent_directory(const cli_httpd *h)
{
    const char *places[] = { h->user[0] ? NULL : getenv("XDG_RUNTIME_DIR"),
                             getenv("TMPDIR") };
    for (size_t i = 0; i < FG_COUNT(places); i++)
        if (places[i] && places[i][0] == '/' && access(places[i], W_OK) == 0
            && (!h->user[0] || readable_by(h, places[i])))
            return places[i];
    return "/tmp";
}

bool cli_httpd_prepare(cli_httpd *h)
{
    const char *parent = parent_directory(h);
    umask(022);
    if (!join(h->root, parent, strlen(parent), "forge-XXXXXX") || !mkdtemp(h->root)) {
        cli_error("cannot make a directory in %s: %s", parent, strerror(errno));
        h->root[0] = '\0';
        return false;
    }
    /* The children of a root httpd run as somebody else and must get in. */
    bool ok = chmod(h->root, h->user[0] ? 0755 : 0700) == 0 && make_directory(h, "run")
              && make_directory(h, "www") && make_log(h) && write_conf(h);
    if (!ok)
        cli_error("cannot fill %s: %s", h->root, strerror(errno));
    return ok;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void cli_httpd_clean(cli_httpd *h)
{
    if (h->log >= 0)
        close(h->log);
    h->log = -1;
    if (h->root[0])
        nftw(h->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    h->root[0] = '\0';
}

/* ---- starting ---------------------------------------------------------------------------------- */

static void become_httpd(const cli_httpd *h, pid_t parent)
{
    char conf[PATH_MAX];
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent || !join(conf, h->root, strlen(h->root), "httpd.conf"))
        _exit(127);
    execl(h->program, h->program, "-f", conf, "-D", "FOREGROUND", (char *)NULL);
    cli_error("cannot start %s: %s", h->program, strerror(errno));
    _exit(127);
}

bool cli_httpd_start(cli_httpd *h)
{
    pid_t self = getpid(), pid = fork();
    if (pid == 0)
        become_httpd(h, self);
    if (pid < 0) {
        cli_error("cannot start %s: %s", h->program, strerror(errno));
        return false;
    }
    h->pid = pid;
    return true;
}
