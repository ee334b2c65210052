// SPDX-License-Identifier: Apache-2.0
/* Files.
 *
 * Where nothing but the network reads it, the file is httpd's own bucket, so that the system
 * may send it and no thread waits for the client; a mark behind it finds out if it became
 * shorter meanwhile.  Elsewhere (HTTP/2, ranges, filters) it is a bucket that fails then.
 * Neither is mapped: who reads a mapping that became shorter gets a signal. */
#include "response_file.h"

#include "apr_buckets.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "bucket.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "log.h"
#include "response.h"
#include "util_filter.h"

APLOG_USE_MODULE(forge);

static apr_int32_t open_flags(const request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    return core->enable_sendfile == ENABLE_SENDFILE_ON
               ? APR_FOPEN_READ | APR_FOPEN_SENDFILE_ENABLED
               : APR_FOPEN_READ;
}

apr_status_t mf_file_open(request_rec *r, const forge_response *a, mf_file *f)
{
    apr_file_t *borrowed;
    apr_os_file_t fd = a->file;
    apr_status_t rv = apr_os_file_put(&borrowed, &fd, open_flags(r), r->pool);
    if (rv == APR_SUCCESS)
        rv = apr_file_dup(&f->file, borrowed, r->pool);
    if (rv == APR_SUCCESS)
        rv = apr_file_info_get(&f->info, APR_FINFO_NORM, f->file);
    if (rv == APR_SUCCESS)
        rv = apr_os_file_get(&f->fd, f->file);
    if (rv != APR_SUCCESS) {
        mf_note_code(r, MF_FILE_UNUSABLE);
        mf_log_request(MF_FILE_UNUSABLE, r, rv, "%s", a->file_name);
    }
    return rv;
}

/* ---- headers ----------------------------------------------------------------------------- */

/* What httpd makes of a name like that.  Modules that look for types get a request of their
 * own, with a type that is as good as none, so that no one opens the name. */
static void set_type(request_rec *r, const char *name)
{
    request_rec asked = *r;
    asked.request_config = ap_create_request_config(r->pool); /* of no app */
    ap_set_core_module_config(asked.request_config,
                              ap_get_core_module_config(r->request_config));
    asked.filename = apr_pstrcat(r->pool, "/", name, NULL);
    asked.uri = asked.filename;
    asked.path_info = NULL;
    asked.finfo.filetype = APR_REG;
    asked.content_type = "application/octet-stream";
    asked.content_encoding = NULL;
    asked.content_languages = NULL;
    asked.handler = NULL;
    asked.headers_out = apr_table_make(r->pool, 2);
    asked.notes = apr_table_make(r->pool, 2);
    asked.subprocess_env = apr_table_make(r->pool, 2);
    ap_run_type_checker(&asked);
    ap_set_content_type(r, asked.content_type);
    r->content_encoding = asked.content_encoding;
    r->content_languages = asked.content_languages;
}

static void set_etag(request_rec *r, const mf_file *f)
{
    apr_finfo_t info = f->info;
    etag_rec ingredients = {
        .request_time = r->request_time,
        .finfo = &info,
        .fd = f->file,
    };
    const char *tag = ap_make_etag_ex(r, &ingredients);
    if (tag && tag[0])
        apr_table_setn(r->headers_out, "ETag", tag);
}

void mf_file_headers(request_rec *r, const forge_response *a, const mf_file *f)
{
    if (!a->type)
        set_type(r, a->file_name);
    if (!apr_table_get(r->headers_out, "ETag"))
        set_etag(r, f);
    if (!apr_table_get(r->headers_out, "Last-Modified")) {
        ap_update_mtime(r, f->info.mtime);
        ap_set_last_modified(r);
    }
    ap_set_accept_ranges(r);
}

/* ---- content ----------------------------------------------------------------------------- */

/* Does anything between here and the network read what it is given? */
static int is_read_on_the_way(const request_rec *r)
{
    if (r->connection->master || apr_table_get(r->headers_in, "Range"))
        return 1;
    for (const ap_filter_t *f = r->output_filters; f && f != r->proto_output_filters;
         f = f->next)
        if (strcmp(f->frec->name, "fixup_headers_out") != 0)
            return 1;
    return 0;
}

static apr_status_t add_content(request_rec *r, const mf_file *f,
                                apr_bucket_brigade *bb)
{
    if (is_read_on_the_way(r))
        return mf_bucket_exact(bb, f->fd, f->info.size);
    apr_brigade_insert_file(bb, f->file, 0, f->info.size, r->pool);
    for (apr_bucket *b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b))
        apr_bucket_file_enable_mmap(b, 0);
    return mf_bucket_check(bb, f->fd, f->info.size, r->connection);
}

int mf_file_send(request_rec *r, const mf_file *f)
{
    apr_bucket_brigade *bb = mf_brigade(r);
    ap_set_content_length(r, f->info.size);
    if (f->info.size > 0) {
        apr_status_t rv = add_content(r, f, bb);
        if (rv != APR_SUCCESS) {
            mf_note_code(r, MF_FILE_UNUSABLE);
            mf_log_request(MF_FILE_UNUSABLE, r, rv, "%s", r->uri);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    int answer = mf_pass(r, bb);
    apr_finfo_t now;
    if (f->info.size > 0 && is_read_on_the_way(r)
        && apr_file_info_get(&now, APR_FINFO_SIZE, f->file) == APR_SUCCESS
        && now.size < f->info.size) {
        mf_note_code(r, MF_FILE_SHRANK);
        mf_log_request(MF_FILE_SHRANK, r, 0,
                       "%s: it has %" APR_OFF_T_FMT " of %" APR_OFF_T_FMT " bytes",
                       r->uri, now.size, f->info.size);
    }
    return answer;
}
