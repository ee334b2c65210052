// SPDX-License-Identifier: Apache-2.0
/* The functions of libmariadb that are used; see dynlib.h. */
#ifndef FG_LIBMARIADB_H
#define FG_LIBMARIADB_H

#include "lib/dynlib.h"

#include <mariadb/mysql.h>

/* clang-format off */
#define FG_LIBMARIADB_FUNCTIONS(X)                                                     \
    X(mariadb_cancel)                                                                  \
    X(mysql_affected_rows)                                                             \
    X(mysql_close)                                                                     \
    X(mysql_errno)                                                                     \
    X(mysql_error)                                                                     \
    X(mysql_fetch_fields)                                                              \
    X(mysql_fetch_lengths)                                                             \
    X(mysql_fetch_row_cont)                                                            \
    X(mysql_fetch_row_start)                                                           \
    X(mysql_field_count)                                                               \
    X(mysql_free_result)                                                               \
    X(mysql_get_socket)                                                                \
    X(mysql_get_timeout_value_ms)                                                      \
    X(mysql_init)                                                                      \
    X(mysql_more_results)                                                              \
    X(mysql_num_fields)                                                                \
    X(mysql_options)                                                                   \
    X(mysql_real_connect_cont)                                                         \
    X(mysql_real_connect_start)                                                        \
    X(mysql_real_query_cont)                                                           \
    X(mysql_real_query_start)                                                          \
    X(mysql_reset_connection_cont)                                                     \
    X(mysql_reset_connection_start)                                                    \
    X(mysql_stmt_affected_rows)                                                        \
    X(mysql_stmt_bind_param)                                                           \
    X(mysql_stmt_bind_result)                                                          \
    X(mysql_stmt_close_cont)                                                           \
    X(mysql_stmt_close_start)                                                          \
    X(mysql_stmt_errno)                                                                \
    X(mysql_stmt_error)                                                                \
    X(mysql_stmt_execute_cont)                                                         \
    X(mysql_stmt_execute_start)                                                        \
    X(mysql_stmt_fetch_column)                                                         \
    X(mysql_stmt_fetch_cont)                                                           \
    X(mysql_stmt_fetch_start)                                                          \
    X(mysql_stmt_field_count)                                                          \
    X(mysql_stmt_init)                                                                 \
    X(mysql_stmt_more_results)                                                         \
    X(mysql_stmt_next_result_cont)                                                     \
    X(mysql_stmt_next_result_start)                                                    \
    X(mysql_stmt_param_count)                                                          \
    X(mysql_stmt_prepare_cont)                                                         \
    X(mysql_stmt_prepare_start)                                                        \
    X(mysql_stmt_result_metadata)                                                      \
    X(mysql_use_result)
/* clang-format on */

extern struct fg_libmariadb {
    FG_LIBMARIADB_FUNCTIONS(FG_DYNLIB_POINTER)
} fg_libmariadb;
extern fg_dynlib fg_libmariadb_dynlib;

#endif
