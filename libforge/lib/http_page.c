// SPDX-License-Identifier: Apache-2.0
/* Reading a web page: what a crawler wants to know of it.  HTML is searched for what is
 * looked for, not parsed. */
#include "lib/http_page.h"

#include "base/utf8.h"
#include "lib/lib.h"
#include "lib/unicode.h"

#include <strings.h>

#define TEXT_MAX 500u /* bytes */

static fg_slice from(fg_slice s, uint32_t at)
{
    return fg_slice_of(s.p + at, s.n - at);
}

/* What stands between two texts, or p NULL. */
static fg_slice between(fg_slice s, fg_slice open, fg_slice close)
{
    const char *at = fg_find(s, open);
    if (!at)
        return (fg_slice){ NULL, 0 };
    fg_slice rest = from(s, (uint32_t)(at - s.p) + open.n);
    const char *end = fg_find(rest, close);
    return end ? fg_slice_of(rest.p, (uint32_t)(end - rest.p)) : (fg_slice){ NULL, 0 };
}

static fg_status text_or_null(fg_vm *vm, fg_slice s, fg_value *out)
{
    *out = fg_null();
    return s.p ? fg_make_string(vm, s, out) : FG_OK;
}

static fg_slice title_of(fg_slice html)
{
    fg_slice s = between(html, FG_SLICE("<title>"), FG_SLICE("</title>"));
    return s.p ? fg_unicode_trim(s, true, true) : s;
}

static fg_slice description_of(fg_slice html)
{
    const char *at = fg_find(html, FG_SLICE("name=\"description\""));
    if (!at)
        return (fg_slice){ NULL, 0 };
    return between(from(html, (uint32_t)(at - html.p)), FG_SLICE("content=\""),
                   FG_SLICE("\""));
}

static fg_status links_of(fg_vm *vm, fg_slice html, fg_value *out)
{
    static const fg_slice open = { "href=\"", 6 };
    fg_array *a = fg_array_new(&vm->heap, 8);
    if (!a)
        return FG_NOMEM;
    for (const char *at; (at = fg_find(html, open));) {
        html = from(html, (uint32_t)(at - html.p) + open.n);
        const char *end = memchr(html.p, '"', html.n);
        if (!end)
            break;
        fg_slice link = fg_slice_of(html.p, (uint32_t)(end - html.p));
        if (link.n < 4 || memcmp(link.p, "http", 4) != 0)
            continue;
        FG_TRY(fg_push_object(vm, a, fg_string_new(&vm->heap, link.p, link.n)));
        html = from(html, link.n);
    }
    return fg_give_object(out, a);
}

/* Does the tag that begins at s have this name? */
static bool is_tag(fg_slice s, const char *name)
{
    size_t n = strlen(name);
    return s.n > n + 1 && strncasecmp(s.p + 1, name, n) == 0
           && !((s.p[n + 1] | 0x20) >= 'a' && (s.p[n + 1] | 0x20) <= 'z');
}

/* The bytes of a tag, with the content of scripts and styles. */
static uint32_t tag_length(fg_slice s)
{
    fg_slice close = is_tag(s, "script")  ? FG_SLICE("</script")
                     : is_tag(s, "style") ? FG_SLICE("</style")
                                          : FG_SLICE("");
    uint32_t at = 1;
    if (close.n) {
        while (at + close.n < s.n && strncasecmp(s.p + at, close.p, close.n) != 0)
            at++;
    }
    const char *end = memchr(s.p + at, '>', s.n - at);
    return end ? (uint32_t)(end - s.p) + 1 : s.n;
}

/* The text without tags, blanks collapsed; one byte more than wanted tells of a cut. */
static void put_text(fg_bytes *b, fg_slice html)
{
    bool blank = false;
    for (uint32_t at = 0; at < html.n && b->n <= TEXT_MAX && !b->failed;) {
        fg_slice rest = from(html, at);
        unsigned char c = (unsigned char)*rest.p;
        if (c == '<') {
            at += tag_length(rest);
            blank = true;
        } else if (c <= ' ') {
            at++;
            blank = true;
        } else {
            if (blank && b->n > 0)
                fg_bytes_char(b, ' ');
            blank = false;
            fg_bytes_char(b, *rest.p);
            at++;
        }
    }
}

static fg_status text_of(fg_vm *vm, fg_slice html, fg_value *out)
{
    fg_bytes b;
    fg_bytes_init(&b);
    put_text(&b, html);
    if (!b.failed && b.n > TEXT_MAX) {
        b.n = fg_utf8_fit(fg_bytes_view(&b), TEXT_MAX);
        fg_bytes_str(&b, "...");
    }
    return fg_take_bytes(vm, &b, out);
}

fg_status fg_http_page(fg_vm *vm, const fg_http_response *r, fg_value *out)
{
    static const char *const names[] = { "url",   "status", "title",      "description",
                                         "links", "text",   "html_length" };
    fg_value v[FG_COUNT(names)];
    fg_slice html = fg_intake_view(&r->body);
    FG_TRY(fg_make_string(vm, fg_slice_str(r->url), &v[0]));
    v[1] = fg_int(r->status);
    FG_TRY(text_or_null(vm, title_of(html), &v[2]));
    FG_TRY(text_or_null(vm, description_of(html), &v[3]));
    FG_TRY(links_of(vm, html, &v[4]));
    FG_TRY(text_of(vm, html, &v[5]));
    v[6] = fg_int(html.n);
    return fg_give_object(out, fg_record(vm, names, v, FG_COUNT(names)));
}
