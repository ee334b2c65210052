// SPDX-License-Identifier: Apache-2.0
/* Both kinds own a descriptor, so that they do not depend on a pool. */
#include "bucket.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

APLOG_USE_MODULE(forge);

#define PIECE ((apr_size_t)64 << 10) /* read at once */
#define LONGEST ((apr_off_t)1 << 30) /* bytes of one bucket */

/* ---- bytes of a file, all of them or an error ------------------------------------------ */

typedef struct exact {
    apr_bucket_refcount count; /* must be first */
    int fd;
} exact;

static void exact_destroy(void *data)
{
    exact *e = data;
    if (!apr_bucket_shared_destroy(e))
        return;
    close(e->fd);
    apr_bucket_free(e);
}

static apr_status_t exact_read(apr_bucket *b, const char **text, apr_size_t *n,
                               apr_read_type_e block);

static const apr_bucket_type_t exact_type = {
    "FORGE-FILE",
    5,
    APR_BUCKET_DATA,
    exact_destroy,
    exact_read,
    apr_bucket_setaside_noop,
    apr_bucket_shared_split,
    apr_bucket_shared_copy,
};

static ssize_t read_at(int fd, char *to, apr_size_t n, apr_off_t at)
{
    ssize_t got;
    do
        got = pread(fd, to, n, at);
    while (got < 0 && errno == EINTR);
    return got;
}

/* The bucket becomes the bytes that were read, and the rest follows it. */
static apr_status_t exact_read(apr_bucket *b, const char **text, apr_size_t *n,
                               apr_read_type_e block)
{
    exact *e = b->data;
    apr_size_t rest = b->length, want = rest < PIECE ? rest : PIECE;
    apr_off_t start = b->start;
    char *buffer = apr_bucket_alloc(want, b->list);
    (void)block;
    *text = NULL;
    *n = 0;
    ssize_t got = read_at(e->fd, buffer, want, start);
    if (got <= 0) {
        apr_status_t rv = got < 0 ? APR_FROM_OS_ERROR(errno) : APR_EGENERAL;
        apr_bucket_free(buffer);
        return rv;
    }
    *text = buffer;
    *n = (apr_size_t)got;
    apr_bucket_heap_make(b, buffer, *n, apr_bucket_free);
    if (*n == rest) {
        exact_destroy(e);
        return APR_SUCCESS;
    }
    apr_bucket *after = apr_bucket_alloc(sizeof *after, b->list);
    APR_BUCKET_INIT(after);
    after->free = apr_bucket_free;
    after->list = b->list;
    after->type = &exact_type;
    after->data = e;
    after->start = start + got;
    after->length = rest - *n;
    APR_BUCKET_INSERT_AFTER(b, after);
    return APR_SUCCESS;
}

static apr_bucket *exact_new(apr_bucket_alloc_t *list, exact *e, apr_off_t start,
                             apr_size_t n)
{
    apr_bucket *b = apr_bucket_alloc(sizeof *b, list);
    APR_BUCKET_INIT(b);
    b->free = apr_bucket_free;
    b->list = list;
    b = apr_bucket_shared_make(b, e, start, n);
    b->type = &exact_type;
    return b;
}

apr_status_t mf_bucket_exact(apr_bucket_brigade *bb, int fd, apr_off_t n)
{
    if (n == 0)
        return APR_SUCCESS;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return APR_FROM_OS_ERROR(errno);
    exact *e = apr_bucket_alloc(sizeof *e, bb->bucket_alloc);
    e->fd = own;
    apr_bucket *b = exact_new(bb->bucket_alloc, e, 0, (apr_size_t)n);
    APR_BRIGADE_INSERT_TAIL(bb, b);
    for (; b->length > (apr_size_t)LONGEST; b = APR_BUCKET_NEXT(b))
        apr_bucket_split(b, (apr_size_t)LONGEST);
    return APR_SUCCESS;
}

/* ---- the mark behind a file -------------------------------------------------------------- */

typedef struct check {
    conn_rec *connection;
    apr_off_t n;
    int fd;
} check;

static void check_destroy(void *data)
{
    check *k = data;
    conn_rec *c = k->connection;
    struct stat st;
    if (fstat(k->fd, &st) != 0 || st.st_size < k->n) {
        mf_log_server(MF_FILE_SHRANK, c->base_server, 0,
                      "the connection of %s is closed behind it", c->client_ip);
        c->keepalive = AP_CONN_CLOSE;
        c->aborted = 1;
    }
    close(k->fd);
    apr_bucket_free(k);
}

static apr_status_t check_read(apr_bucket *b, const char **text, apr_size_t *n,
                               apr_read_type_e block)
{
    (void)b;
    (void)block;
    *text = "";
    *n = 0;
    return APR_SUCCESS;
}

static const apr_bucket_type_t check_type = {
    "FORGE-CHECK",
    5,
    APR_BUCKET_METADATA,
    check_destroy,
    check_read,
    apr_bucket_setaside_noop,
    apr_bucket_split_notimpl,
    apr_bucket_copy_notimpl,
};

apr_status_t mf_bucket_check(apr_bucket_brigade *bb, int fd, apr_off_t n, conn_rec *c)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return APR_FROM_OS_ERROR(errno);
    check *k = apr_bucket_alloc(sizeof *k, bb->bucket_alloc);
    *k = (check){ .connection = c, .n = n, .fd = own };
    apr_bucket *b = apr_bucket_alloc(sizeof *b, bb->bucket_alloc);
    APR_BUCKET_INIT(b);
    b->free = apr_bucket_free;
    b->list = bb->bucket_alloc;
    b->type = &check_type;
    b->data = k;
    b->length = 0;
    b->start = -1;
    APR_BRIGADE_INSERT_TAIL(bb, b);
    return APR_SUCCESS;
}
