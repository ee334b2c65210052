// SPDX-License-Identifier: Apache-2.0
/* Nothing in it comes from elsewhere, and all that is not ours is escaped. */
#include "error_page.h"

#include <string.h>

#include "apr_strings.h"
#include "http_protocol.h"
#include "log.h"
#include "reqid.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<style>"
    "body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 "
    "1em}"
    "h1{font-size:1.4em}pre{padding:1em;overflow:auto;border:1px solid;line-height:1.3}"
    "dt{font-weight:bold}dd{margin:0 0 .5em;overflow-wrap:anywhere}"
    "</style>\n<title>";

int mf_wants_page(const request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");
    return accept && strstr(accept, "text/html");
}

static const char *item(request_rec *r, const char *name, const char *text)
{
    return text ? apr_pstrcat(r->pool, "<dt>", name, "</dt><dd>",
                              ap_escape_html(r->pool, text), "</dd>\n", NULL)
                : "";
}

const char *mf_error_page(request_rec *r, int status, const forge_report *report)
{
    apr_pool_t *p = r->pool;
    const char *asked = apr_pstrcat(p, r->method, " ",
                                    r->unparsed_uri ? r->unparsed_uri : r->uri, NULL);
    const char *title = ap_escape_html(p, ap_get_status_line(status));
    return apr_pstrcat(
        p, head, title, "</title></head>\n<body>\n<h1>",
        ap_escape_html(p, report->kind), ": ", ap_escape_html(p, report->message),
        "</h1>\n<pre>", ap_escape_html(p, report->text), "</pre>\n<dl>\n",
        item(r, "Answer", ap_get_status_line(status)), item(r, "Request", asked),
        item(r, "Client", r->useragent_ip), item(r, "Request id", mf_request_id(r)),
        item(r, "Code", apr_table_get(r->notes, MF_CODE_NOTE)),
        "</dl>\n</body></html>\n", NULL);
}
