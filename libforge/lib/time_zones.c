// SPDX-License-Identifier: Apache-2.0
/* The time zones that the system knows: the package tzdata has a file for each, and one
 * that names them all.
 *
 * What was read is kept for the process.  It is published with one exchange of a pointer:
 * of two threads that read the same file, the second drops what it has.  There is no lock
 * that a fork of the process could find taken. */
#include "lib/time_zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/usr/share/zoneinfo/"
#define LIST FOLDER "tzdata.zi"
#define LOCAL_FILE "/etc/localtime"
#define LOCAL_NAME "Local"
#define LIST_MAX ((size_t)1 << 20)
#define NAMES_MAX 4096u
#define NAME_MAX_LEN 40u
#define LINKS_MAX 8

typedef struct entry {
    const char *name;
    const char *target; /* the zone that this is another name of, or NULL */
    fg_zone *zone;      /* atomic; NULL: not read yet */
} entry;

typedef struct zone_list {
    uint32_t n;
    const char **names; /* sorted */
    entry *entries;     /* in the same order */
    char *text;
} zone_list;

static zone_list *known_list;
static fg_zone *known_local;

/* ---- files -------------------------------------------------------------------------- */

static ssize_t read_all(int fd, char *at, size_t size)
{
    size_t n = 0;
    while (n < size) {
        ssize_t got = read(fd, at + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

/* The bytes of a file and a terminator, malloc'ed.  NULL: it cannot be read, or is longer
 * than `most`. */
static fg_status read_file(const char *path, size_t most, char **out, size_t *n)
{
    struct stat st;
    fg_status s = FG_OK;
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return FG_OK;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0
        && (size_t)st.st_size <= most) {
        char *text = malloc((size_t)st.st_size + 1);
        ssize_t got = text ? read_all(fd, text, (size_t)st.st_size) : 0;
        s = text ? FG_OK : FG_NOMEM;
        if (text && got > 0) {
            text[got] = '\0';
            *out = text;
            *n = (size_t)got;
        } else {
            free(text);
        }
    }
    close(fd);
    return s;
}

static fg_status read_zone_file(const char *path, const char *name, fg_zone **out)
{
    char *bytes;
    size_t n;
    *out = NULL;
    FG_TRY(read_file(path, FG_ZONE_FILE_MAX, &bytes, &n));
    if (!bytes)
        return FG_OK;
    fg_status s = fg_zone_parse((const uint8_t *)bytes, n, name, out);
    free(bytes);
    return s;
}

/* ---- the list ----------------------------------------------------------------------- */

/* Can this be part of a file name?  There are no dots, so it stays in the folder. */
static bool is_name(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                         "0123456789_+-/");
    return n > 0 && n <= NAME_MAX_LEN && s[n] == '\0' && s[0] != '/';
}

/* One line: "Z NAME …" or "L TARGET NAME"; the others say when clocks are changed.  Cuts
 * it into words. */
static bool read_line(char *line, entry *e)
{
    char *rest, *kind = strtok_r(line, " ", &rest);
    if (!kind || kind[1] != '\0' || (*kind != 'Z' && *kind != 'L'))
        return false;
    char *target = *kind == 'L' ? strtok_r(NULL, " ", &rest) : NULL;
    char *name = strtok_r(NULL, " ", &rest);
    if (!name || !is_name(name) || (target && !is_name(target)))
        return false;
    *e = (entry){ .name = name, .target = target };
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static void list_drop(zone_list *l)
{
    free(l->names);
    free(l->entries);
    free(l->text);
    free(l);
}

/* Fills the list from its text. */
static bool list_read(zone_list *l)
{
    char *rest;
    l->entries = calloc(NAMES_MAX, sizeof *l->entries);
    if (!l->entries)
        return false;
    for (char *line = strtok_r(l->text, "\n", &rest); line && l->n < NAMES_MAX;
         line = strtok_r(NULL, "\n", &rest))
        l->n += read_line(line, &l->entries[l->n]);
    qsort(l->entries, l->n, sizeof *l->entries, by_name);
    entry *fit = realloc(l->entries, (l->n + 1) * sizeof *fit);
    l->entries = fit ? fit : l->entries;
    l->names = calloc(l->n + 1, sizeof *l->names);
    for (uint32_t i = 0; l->names && i < l->n; i++)
        l->names[i] = l->entries[i].name;
    return l->names != NULL;
}

/* The list; NULL when there is none. */
static fg_status list_of(zone_list **out)
{
    char *text;
    size_t n;
    *out = __atomic_load_n(&known_list, __ATOMIC_ACQUIRE);
    if (*out)
        return FG_OK;
    FG_TRY(read_file(LIST, LIST_MAX, &text, &n));
    if (!text)
        return FG_OK;
    zone_list *l = calloc(1, sizeof *l), *other = NULL;
    if (!l) {
        free(text);
        return FG_NOMEM;
    }
    l->text = text;
    if (!list_read(l)) {
        list_drop(l);
        return FG_NOMEM;
    }
    if (!__atomic_compare_exchange_n(&known_list, &other, l, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        list_drop(l);
        l = other;
    }
    *out = l;
    return FG_OK;
}

fg_status fg_zone_names(const char *const **names, uint32_t *n)
{
    zone_list *l;
    FG_TRY(list_of(&l));
    *names = l ? l->names : NULL;
    *n = l ? l->n : 0;
    return FG_OK;
}

static entry *find_entry(zone_list *l, const char *name)
{
    entry key = { .name = name };
    return l ? bsearch(&key, l->entries, l->n, sizeof key, by_name) : NULL;
}

/* ---- zones -------------------------------------------------------------------------- */

/* Reads the file of a listed zone; a name that has no file of its own uses that of the
 * zone it stands for. */
static fg_status read_zone(zone_list *l, const entry *e, const char *name,
                           fg_zone **out)
{
    char path[sizeof FOLDER + NAME_MAX_LEN];
    *out = NULL;
    for (int i = 0; e && !*out && i < LINKS_MAX; i++) {
        snprintf(path, sizeof path, "%s%s", FOLDER, e->name);
        FG_TRY(read_zone_file(path, name, out));
        e = e->target ? find_entry(l, e->target) : NULL;
    }
    return FG_OK;
}

/* What is in the slot from now on: z, or what another thread was quicker with. */
static const fg_zone *publish(fg_zone **slot, fg_zone *z)
{
    fg_zone *other = NULL;
    if (__atomic_compare_exchange_n(slot, &other, z, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return z;
    free(z);
    return other;
}

fg_status fg_zone_find(fg_slice name, const fg_zone **out)
{
    char text[NAME_MAX_LEN + 1];
    zone_list *l;
    fg_zone *z;
    *out = NULL;
    if (fg_slice_eq(name, FG_SLICE("UTC"))) {
        *out = &fg_zone_utc;
        return FG_OK;
    }
    if (name.n > NAME_MAX_LEN || memchr(name.p, 0, name.n))
        return FG_OK;
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    FG_TRY(list_of(&l));
    entry *e = find_entry(l, text);
    if (!e)
        return FG_OK;
    *out = __atomic_load_n(&e->zone, __ATOMIC_ACQUIRE);
    if (*out)
        return FG_OK;
    FG_TRY(read_zone(l, e, e->name, &z));
    if (z)
        *out = publish(&e->zone, z);
    return FG_OK;
}

/* The zone that a value of TZ says; NULL: none. */
static fg_status zone_of_variable(const char *tz, fg_zone **out)
{
    zone_list *l;
    fg_rule rule;
    *out = NULL;
    tz += *tz == ':';
    if (strcmp(tz, LOCAL_FILE) == 0)
        return read_zone_file(LOCAL_FILE, LOCAL_NAME, out);
    if (strncmp(tz, FOLDER, strlen(FOLDER)) == 0)
        tz += strlen(FOLDER);
    FG_TRY(list_of(&l));
    const entry *e = find_entry(l, tz);
    if (e)
        return read_zone(l, e, LOCAL_NAME, out);
    if (strlen(tz) <= FG_MAX_LEN && fg_rule_parse(fg_slice_str(tz), &rule))
        return fg_zone_of_rule(&rule, LOCAL_NAME, out);
    return FG_OK;
}

fg_status fg_zone_local(const fg_zone **out)
{
    static const fg_rule utc = { .letters = "UTC" };
    fg_zone *z;
    *out = __atomic_load_n(&known_local, __ATOMIC_ACQUIRE);
    if (*out)
        return FG_OK;
    const char *tz = getenv("TZ");
    if (tz)
        FG_TRY(zone_of_variable(tz, &z));
    else
        FG_TRY(read_zone_file(LOCAL_FILE, LOCAL_NAME, &z));
    if (!z)
        FG_TRY(fg_zone_of_rule(&utc, LOCAL_NAME, &z));
    *out = publish(&known_local, z);
    return FG_OK;
}
