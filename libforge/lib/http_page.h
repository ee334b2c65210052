// SPDX-License-Identifier: Apache-2.0
/* What http.crawl tells of a page. */
#ifndef FG_HTTP_PAGE_H
#define FG_HTTP_PAGE_H

#include "lib/http_transfer.h"

fg_status fg_http_page(fg_vm *vm, const fg_http_response *r, fg_value *out);

#endif
