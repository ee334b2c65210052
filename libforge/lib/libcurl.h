// SPDX-License-Identifier: Apache-2.0
/* The functions of libcurl that are used; see dynlib.h. */
#ifndef FG_LIBCURL_H
#define FG_LIBCURL_H

#include "lib/dynlib.h"

#include <curl/curl.h>

/* libcurl has macros that check the types of these arguments, but they call the functions by
 * name, which is not linked.  These ones see what a compiler cannot know and libcurl would
 * read wrongly, an int for a long; which of them is meant, the number of an option or a
 * piece of information says.  curl_off_t is a long. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#define curl_easy_setopt(easy, option, value)                                          \
    curl_easy_setopt(easy, option,                                                     \
                     FG_CURL_CHECKED(value, long,                                      \
                                     (option) < CURLOPTTYPE_OBJECTPOINT                \
                                         || (option) >= CURLOPTTYPE_OFF_T))
#define curl_easy_getinfo(easy, info, to)                                              \
    curl_easy_getinfo(                                                                 \
        easy, info,                                                                    \
        FG_CURL_CHECKED(to, long *,                                                    \
                        ((info)&CURLINFO_TYPEMASK) == CURLINFO_LONG                    \
                            || ((info)&CURLINFO_TYPEMASK) == CURLINFO_OFF_T))
/* The value, which has the type if, and only if, it is wanted. */
#define FG_CURL_CHECKED(value, type, wanted)                                           \
    ((void)sizeof(struct {                                                             \
         int any;                                                                      \
         _Static_assert(__builtin_types_compatible_p(__typeof__(value), type)          \
                            == (wanted),                                               \
                        "libcurl reads another type than that of " #value);            \
     }),                                                                               \
     (value))

/* clang-format off */
#define FG_LIBCURL_FUNCTIONS(X)                                                        \
    X(curl_easy_cleanup)                                                               \
    X(curl_easy_getinfo)                                                               \
    X(curl_easy_init)                                                                  \
    X(curl_easy_recv)                                                                  \
    X(curl_easy_send)                                                                  \
    X(curl_easy_setopt)                                                                \
    X(curl_easy_strerror)                                                              \
    X(curl_free)                                                                       \
    X(curl_global_init)                                                                \
    X(curl_multi_add_handle)                                                           \
    X(curl_multi_cleanup)                                                              \
    X(curl_multi_info_read)                                                            \
    X(curl_multi_init)                                                                 \
    X(curl_multi_remove_handle)                                                        \
    X(curl_multi_setopt)                                                               \
    X(curl_multi_socket_action)                                                        \
    X(curl_share_cleanup)                                                              \
    X(curl_share_init)                                                                 \
    X(curl_share_setopt)                                                               \
    X(curl_slist_append)                                                               \
    X(curl_slist_free_all)                                                             \
    X(curl_url)                                                                        \
    X(curl_url_cleanup)                                                                \
    X(curl_url_get)                                                                    \
    X(curl_url_set)                                                                    \
    X(curl_url_strerror)
/* clang-format on */

extern struct fg_libcurl {
    FG_LIBCURL_FUNCTIONS(FG_DYNLIB_POINTER)
} fg_libcurl;
extern fg_dynlib fg_libcurl_dynlib;

#endif
