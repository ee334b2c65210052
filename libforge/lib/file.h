// SPDX-License-Identifier: Apache-2.0
/* Files of scripts: the one place where they are opened.
 *
 * Where a path may lead depends on the site of the program.  With a root, paths begin
 * there, absolute ones must lie below it, and nothing outside is ever reached.  Without
 * one, FORGE_FS_BASE may name a directory that no path leaves; the host's own counts
 * before the program's.  Otherwise there is no bound.  The system is asked to keep the
 * bound while it opens, so links that change meanwhile lead nowhere.
 *
 * Content is read from regular files only: nothing else has an end.  An `error` is what
 * errno says, or one of FG_FILE_…, and 0 is success. */
#ifndef FG_FILE_H
#define FG_FILE_H

#include "run/vm.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

/* Errors beside those of the system. */
enum {
    FG_FILE_NUL = 100001, /* the path has a NUL byte */
    FG_FILE_OUTSIDE,      /* the path leads out */
    FG_FILE_NO_BASE,      /* the base is no directory, see `number` */
    FG_FILE_NO_REAL,      /* below a base: the path has no real one, see `number` */
    FG_FILE_NO_PARENT,    /* the same of its parent */
    FG_FILE_IRREGULAR,    /* no regular file */
    FG_FILE_LINK,         /* a link where none may be */
};

/* What a path leads to. */
typedef struct fg_filepath {
    int dir;             /* where path begins: AT_FDCWD, or a directory */
    bool beneath, own;   /* it is never left; it is closed with the place */
    const char *base;    /* FORGE_FS_BASE for errors, or NULL */
    int number;          /* errno of some errors */
    char path[PATH_MAX]; /* not empty */
    char real[PATH_MAX]; /* below a base: the real path, for errors */
    char base_own[PATH_MAX];
} fg_filepath;

/* Finds out where a path leads.  `entry`: the name itself is meant, not what a link of
 * that name points to.  fg_filepath_drop follows in any case. */
int fg_filepath_find(fg_vm *vm, fg_slice path, bool entry, fg_filepath *p);
void fg_filepath_drop(fg_filepath *p);
/* A descriptor, or minus an error.  Never waits for the other end of a FIFO. */
int fg_filepath_open(const fg_filepath *p, int flags, mode_t mode);
/* The directory that holds the last name of the path, as a descriptor or minus an error,
 * and that name, which may be empty, "." or "..". */
int fg_filepath_parent(const fg_filepath *p, char name[PATH_MAX]);
/* An absolute path without links; of what exists. */
int fg_filepath_real(const fg_filepath *p, char real[PATH_MAX]);

/* Raises "prefix: No such file or directory (os error 2)"; texts about the bounds stand
 * without the prefix.  p may be NULL for errors of the system. */
fg_status fg_file_raise(fg_vm *vm, const char *prefix, const fg_filepath *p, int error);
/* Why that error, with what to say about the bounds but without a prefix. */
void fg_file_reason(const fg_filepath *p, int error, fg_bytes *b);
/* The text of an error of the system: "No such file or directory (os error 2)". */
void fg_file_error_text(int number, fg_bytes *b);

/* Counts files, pipes and directories that are opened, against the fork's limit; and when
 * they are closed. */
fg_status fg_file_take(fg_vm *vm, uint32_t n);
void fg_file_give(fg_vm *vm, uint32_t n);

/* ---- whole files ---------------------------------------------------------------- */

int fg_file_stat(fg_vm *vm, fg_slice path, struct stat *st);
/* When the content changed, in nanoseconds since 1970 (see fg_library); 0 if there is no
 * such file. */
bool fg_file_changed(fg_vm *vm, fg_slice path, uint64_t *ns);
/* Appends the first n bytes of a file, or all, and tells what it was before.  What cannot
 * be read sets *error and raises nothing.  May collect, and can be cancelled. */
fg_status fg_filepath_read(fg_vm *vm, const fg_filepath *p, uint32_t n, fg_bytes *b,
                           struct stat *st, int *error);

/* These raise with the prefix, may collect, and can be cancelled.  out and what the
 * slices lie in are roots. */

/* The content as a string, byte for byte. */
fg_status fg_file_read(fg_vm *vm, const char *prefix, fg_slice path, fg_value *out);
/* Replaces the content.  Whoever reads meanwhile sees the old or the new one, unless the
 * file is a link, has several names, or cannot be replaced; its mode stays. */
fg_status fg_file_write(fg_vm *vm, const char *prefix, fg_slice path, fg_slice text);
/* The same piece by piece.  `end` follows every `begin` that succeeded; the new content
 * stays only if what happened until then is FG_OK.  prefix stays until then. */
typedef struct fg_filewriter {
    fg_filepath path;
    const char *prefix;
    int fd;
    int dir; /* where the new file stands beside the old one; -1: that is written itself */
    char name[PATH_MAX]; /* of the file, in dir */
    char fresh[32];      /* of the new one */
    struct stat old;     /* st_ino 0: there was none */
} fg_filewriter;
fg_status fg_filewriter_begin(fg_vm *vm, const char *prefix, fg_slice path,
                              fg_filewriter *w);
/* A new file that takes the place of what has the name, which must be a regular file: a
 * link is not followed, and nobody ever sees half of the content. */
fg_status fg_filewriter_begin_new(fg_vm *vm, const char *prefix, fg_slice path,
                                  fg_filewriter *w);
fg_status fg_filewriter_put(fg_vm *vm, fg_filewriter *w, fg_slice text);
fg_status fg_filewriter_end(fg_vm *vm, fg_filewriter *w, fg_status status);

fg_status fg_file_append(fg_vm *vm, const char *prefix, fg_slice path, fg_slice text);
/* Content and permissions; *n: bytes. */
fg_status fg_file_copy(fg_vm *vm, const char *prefix, fg_slice from, fg_slice to,
                       int64_t *n);

/* ---- directories (file_tree.c) -------------------------------------------------- */

/* The names in a directory, in no order. */
fg_status fg_file_list(fg_vm *vm, const char *prefix, fg_slice path, fg_value *out);
/* With all its parents; it may exist. */
fg_status fg_file_mkdir(fg_vm *vm, const char *prefix, fg_slice path);
/* A file, a link itself, or a directory with all that is in it. */
fg_status fg_file_remove(fg_vm *vm, const char *prefix, fg_slice path);
fg_status fg_file_rename(fg_vm *vm, const char *prefix, fg_slice from, fg_slice to);

#endif
