// SPDX-License-Identifier: Apache-2.0
/* Opens imported files by openat2 from the directory of the program, which no path and
 * no link leads out of. */
#include "import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "beneath.h"
#include "source.h"

/* Names without a file that are watched; those of found files always are. */
#define MOST_ABSENT 4000

typedef struct watched {
    char *path;
    int found;
    mf_identity file; /* zero: there was none */
} watched;

struct mf_imports {
    char *root; /* with a slash at the end */
    size_t root_len;
    int directory; /* opened, or -1 */
    watched *files;
    size_t count, room, bytes;
    forge_loader loader;
    mf_imports_judge judge;
};

/* ---- what is watched --------------------------------------------------------------- */

static int is_watched(const mf_imports *m, const char *path)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->files[i].path, path) == 0)
            return 1;
    return 0;
}

/* Remembers a path below the root; 0 without memory. */
static int watch(mf_imports *m, const char *below, const struct stat *state)
{
    if (!state && m->count >= MOST_ABSENT)
        return 1;
    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 16;
        watched *more = realloc(m->files, room * sizeof *more);
        if (!more)
            return 0;
        m->files = more;
        m->room = room;
    }
    size_t n = m->root_len + strlen(below) + 1;
    char *path = malloc(n);
    if (!path)
        return 0;
    snprintf(path, n, "%s%s", m->root, below);
    if (is_watched(m, path)) {
        free(path);
        return 1;
    }
    watched *w = &m->files[m->count++];
    memset(w, 0, sizeof *w);
    w->path = path;
    w->found = state && S_ISREG(state->st_mode);
    if (w->found)
        w->file = mf_identity_of(state);
    m->bytes += n;
    return 1;
}

int mf_imports_changed(const mf_imports *m)
{
    for (size_t i = 0; i < m->count; i++) {
        struct stat state;
        const watched *w = &m->files[i];
        int found = stat(w->path, &state) == 0 && S_ISREG(state.st_mode);
        if (found != w->found)
            return 1;
        mf_identity is = found ? mf_identity_of(&state) : w->file;
        if (memcmp(&is, &w->file, sizeof is) != 0)
            return 1;
    }
    return 0;
}

size_t mf_imports_size(const mf_imports *m)
{
    return sizeof *m + m->root_len + m->bytes + m->room * sizeof *m->files;
}

/* ---- opening ----------------------------------------------------------------------- */

static forge_found refuse(forge_file *f, int fault)
{
    snprintf(f->why, sizeof f->why, "%s", strerror(fault));
    return FORGE_REFUSED;
}

static forge_found outside(const mf_imports *m, forge_file *f)
{
    snprintf(f->why, sizeof f->why,
             "a program imports files beneath its own directory, %s, only", m->root);
    return FORGE_MISSING;
}

/* One that cannot be used, until it is changed. */
static forge_found unusable(mf_imports *m, const char *below, int fault, forge_file *f)
{
    struct stat state;
    int known = fstatat(m->directory, below, &state, 0) == 0;
    return refuse(f, watch(m, below, known ? &state : NULL) ? fault : ENOMEM);
}

static forge_found absent(mf_imports *m, const char *below, forge_file *f)
{
    return watch(m, below, NULL) ? FORGE_MISSING : refuse(f, ENOMEM);
}

static forge_found take(mf_imports *m, const char *below, int fd, forge_file *f)
{
    struct stat state;
    char *text = mf_source_take(fd, &state, &f->n);
    if (!text && errno == EISDIR)
        return absent(m, below, f);
    if (!text)
        return unusable(m, below, errno, f);
    const char *why = m->judge.file ? m->judge.file(m->judge.ctx, &state) : NULL;
    if (!watch(m, below, &state) || why) {
        free(text);
        if (!why)
            return refuse(f, ENOMEM);
        snprintf(f->why, sizeof f->why, "%s", why);
        return FORGE_REFUSED;
    }
    f->text = f->handle = text;
    f->id[0] = (uint64_t)state.st_dev;
    f->id[1] = (uint64_t)state.st_ino;
    return FORGE_FOUND;
}

static forge_found open_file(void *ctx, const char *path, forge_file *f)
{
    mf_imports *m = ctx;
    if (path[0] == '/' && strncmp(path, m->root, m->root_len) == 0)
        path += m->root_len;
    else if (path[0] == '/')
        return outside(m, f);
    size_t n = strlen(path);
    if (n < 4 || strcmp(path + n - 3, ".fg") != 0)
        return FORGE_MISSING;
    int fd = mf_open_beneath(m->directory, path, O_RDONLY | O_NONBLOCK);
    if (fd >= 0)
        return take(m, path, fd, f);
    switch (errno) {
    case ENOENT:
    case ENOTDIR: return absent(m, path, f);
    case ENAMETOOLONG: return FORGE_MISSING;
    case EXDEV: return outside(m, f);
    default: return unusable(m, path, errno, f);
    }
}

static void close_file(void *ctx, forge_file *f)
{
    (void)ctx;
    free(f->handle);
}

/* ---- life -------------------------------------------------------------------------- */

mf_imports *mf_imports_new(const char *file, const struct stat *state)
{
    const char *slash = strrchr(file, '/');
    mf_imports *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->root = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup("./");
    if (!m->root) {
        free(m);
        return NULL;
    }
    m->root_len = strlen(m->root);
    m->directory = open(m->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    m->loader = (forge_loader){ open_file, close_file, m };
    if (m->directory >= 0 && !mf_source_lies_in(m->directory, file, state)) {
        mf_imports_free(m);
        errno = ESTALE;
        return NULL;
    }
    return m;
}

void mf_imports_end(mf_imports *m)
{
    if (m->directory >= 0)
        close(m->directory);
    m->directory = -1;
    m->judge = (mf_imports_judge){ 0 };
}

void mf_imports_free(mf_imports *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++)
        free(m->files[i].path);
    mf_imports_end(m);
    free(m->files);
    free(m->root);
    free(m);
}

const char *mf_imports_ask(mf_imports *m, const mf_imports_judge *judge)
{
    m->judge = *judge;
    return judge->directory(judge->ctx, m->directory);
}

const forge_loader *mf_imports_loader(const mf_imports *m) { return &m->loader; }
