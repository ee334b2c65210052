// SPDX-License-Identifier: Apache-2.0
/* Settles the request id once per request.
 *
 * The id lives in r->notes of the first request of a chain of internal redirects, and the
 * header in its err_headers_out, which redirects share and most error pages keep. */
#include "reqid.h"

#include <string.h>

#include "apr_general.h"
#include "apr_sha1.h"
#include "apr_strings.h"
#include "apr_tables.h"
#include "config.h"
#include "log.h"

#define MAX_ID 64
/* Part of every computed id, so that it differs from other hashes of UNIQUE_ID. */
#define LABEL "mod_forge request id\n"

/* The request that the client sent. */
static request_rec *original(request_rec *r)
{
    while (r->main || r->prev)
        r = r->main ? r->main : r->prev;
    return r;
}

/* A version 4 UUID of 16 bytes, whose version and variant bits are set here. */
static const char *uuid_text(apr_pool_t *p, unsigned char *b)
{
    static const char digits[] = "0123456789abcdef";
    char *text = apr_palloc(p, 37), *at = text;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[b[i] >> 4];
        *at++ = digits[b[i] & 15];
    }
    *at = '\0';
    return text;
}

static const char *make_id(request_rec *r, int mode)
{
    const char *unique = apr_table_get(r->subprocess_env, "UNIQUE_ID");
    unsigned char bytes[APR_SHA1_DIGESTSIZE];
    if (unique && mode == MF_ID_UNIQUE)
        return unique;
    if (unique) {
        apr_sha1_ctx_t sha;
        apr_sha1_init(&sha);
        apr_sha1_update(&sha, LABEL, sizeof LABEL - 1);
        apr_sha1_update(&sha, unique, (unsigned int)strlen(unique));
        apr_sha1_final(bytes, &sha);
    } else {
        apr_generate_random_bytes(bytes, 16);
    }
    return uuid_text(r->pool, bytes);
}

/* The client's id, or NULL when it sent none that can be used. */
static const char *inbound_id(request_rec *r)
{
    const char *value = apr_table_get(r->headers_in, "X-Request-Id");
    if (!value)
        return NULL;
    /* Repeated headers arrive merged with commas: the first one counts. */
    apr_size_t n = strcspn(value, ",");
    while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        n--;
    int good = n > 0;
    for (apr_size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)value[i];
        good = good && (c == '\t' || (c >= 0x20 && c < 0x7f));
    }
    if (!good) {
        mf_log_request(MF_ID_REPLACED, r, 0, "a new id was made; it had %lu bytes",
                       (unsigned long)strlen(value));
        return NULL;
    }
    if (n > MAX_ID)
        apr_table_setn(r->notes, "forge-request-id-length",
                       apr_psprintf(r->pool, "%lu", (unsigned long)n));
    return apr_pstrmemdup(r->pool, value, n < MAX_ID ? n : MAX_ID);
}

static void settle(request_rec *r, int mode)
{
    const char *id = inbound_id(r);
    if (!id)
        id = make_id(r, mode);
    apr_table_setn(r->notes, MF_REQUEST_ID_NOTE, id);
}

/* The id that the first request of the chain has got goes into the headers of this one,
 * unless it is among them. */
static void show(request_rec *r)
{
    request_rec *first = original(r);
    int mode = mf_server_of(first->server)->request_id;
    if (mode == MF_ID_OFF)
        return;
    if (!mf_request_id(r))
        settle(first, mode);
    if (!apr_table_get(r->err_headers_out, "X-Request-Id"))
        apr_table_setn(r->err_headers_out, "X-Request-Id", mf_request_id(r));
}

/* httpd asks again after each internal redirect. */
int mf_reqid_read(request_rec *r)
{
    show(r);
    return DECLINED;
}

/* When a filter refuses an answer on its way, its headers are put together already, and
 * httpd throws all of them away. */
void mf_reqid_error(request_rec *r) { show(r); }

const char *mf_request_id(request_rec *r)
{
    return apr_table_get(original(r)->notes, MF_REQUEST_ID_NOTE);
}

const char *mf_request_id_for_log(request_rec *r)
{
    const char *id = mf_request_id(r);
    if (!id || !strpbrk(id, "\t\"\\"))
        return id;
    char *clean = apr_pstrdup(r->pool, id);
    for (char *c = strpbrk(clean, "\t\"\\"); c; c = strpbrk(c, "\t\"\\"))
        *c = '_';
    return clean;
}
