// SPDX-License-Identifier: Apache-2.0
/* The functions of libpq that are used; see dynlib.h. */
#ifndef FG_LIBPQ_H
#define FG_LIBPQ_H

#include "lib/dynlib.h"

#include <postgresql/libpq-fe.h>

/* clang-format off */
#define FG_LIBPQ_FUNCTIONS(X)                                                          \
    X(PQcancel)                                                                        \
    X(PQclear)                                                                         \
    X(PQcmdStatus)                                                                     \
    X(PQcmdTuples)                                                                     \
    X(PQconnectPoll)                                                                   \
    X(PQconnectStartParams)                                                            \
    X(PQconninfoFree)                                                                  \
    X(PQconninfoParse)                                                                 \
    X(PQconsumeInput)                                                                  \
    X(PQenterPipelineMode)                                                             \
    X(PQerrorMessage)                                                                  \
    X(PQexitPipelineMode)                                                              \
    X(PQfinish)                                                                        \
    X(PQflush)                                                                         \
    X(PQfname)                                                                         \
    X(PQfreeCancel)                                                                    \
    X(PQfreemem)                                                                       \
    X(PQftype)                                                                         \
    X(PQgetCancel)                                                                     \
    X(PQgetResult)                                                                     \
    X(PQgetisnull)                                                                     \
    X(PQgetlength)                                                                     \
    X(PQgetvalue)                                                                      \
    X(PQisBusy)                                                                        \
    X(PQnfields)                                                                       \
    X(PQntuples)                                                                       \
    X(PQpipelineSync)                                                                  \
    X(PQresultErrorField)                                                              \
    X(PQresultErrorMessage)                                                            \
    X(PQresultStatus)                                                                  \
    X(PQsendQueryParams)                                                               \
    X(PQsetNoticeReceiver)                                                             \
    X(PQsetSingleRowMode)                                                              \
    X(PQsetnonblocking)                                                                \
    X(PQsocket)                                                                        \
    X(PQstatus)                                                                        \
    X(PQtransactionStatus)
/* clang-format on */

extern struct fg_libpq {
    FG_LIBPQ_FUNCTIONS(FG_DYNLIB_POINTER)
} fg_libpq;
extern fg_dynlib fg_libpq_dynlib;

#endif
