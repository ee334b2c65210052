// SPDX-License-Identifier: Apache-2.0
/* Generated from echo.schema by `make stubs`: change that instead. */
#ifndef FG_STUBS_ECHO_H
#define FG_STUBS_ECHO_H

#include "ipc/service.h"

typedef struct echo_fr {
    unsigned char bytes[32];
} echo_fr;

typedef struct echo_list_of_bytes {
    fg_slice *at;
    uint32_t n;
} echo_list_of_bytes;

typedef struct echo_opt_of_bool {
    bool present;
    bool value;
} echo_opt_of_bool;

typedef struct echo_inner {
    echo_list_of_bytes values;
    echo_opt_of_bool flag;
} echo_inner;

typedef struct echo_bytes {
    fg_slice data;
} echo_bytes;

typedef struct echo_bytes_response {
    fg_slice data;
} echo_bytes_response;

typedef struct echo_fields {
    uint32_t a;
    uint64_t b;
    fg_slice name;
} echo_fields;

typedef struct echo_fields_response {
    uint32_t a;
    uint64_t b;
    fg_slice name;
} echo_fields_response;

typedef struct echo_nested {
    echo_inner inner;
} echo_nested;

typedef struct echo_nested_response {
    echo_inner inner;
} echo_nested_response;

typedef struct echo_opt_of_fr {
    bool present;
    echo_fr value;
} echo_opt_of_fr;

typedef struct echo_list_of_fr {
    echo_fr *at;
    uint32_t n;
} echo_list_of_fr;

typedef struct echo_aliases {
    uint32_t tree_id;
    echo_fr hash;
    echo_opt_of_fr maybe_hash;
    echo_list_of_fr hashes;
} echo_aliases;

typedef struct echo_aliases_response {
    uint32_t tree_id;
    echo_fr hash;
    echo_opt_of_fr maybe_hash;
    echo_list_of_fr hashes;
} echo_aliases_response;

typedef struct echo_opt_of_bytes {
    bool present;
    fg_slice value;
} echo_opt_of_bytes;

typedef struct echo_2_of_bytes {
    fg_slice at[2];
} echo_2_of_bytes;

typedef struct echo_blobs {
    echo_opt_of_bytes maybe_data;
    echo_2_of_bytes parts;
} echo_blobs;

typedef struct echo_blobs_response {
    echo_opt_of_bytes maybe_data;
    echo_2_of_bytes parts;
} echo_blobs_response;

typedef struct echo_fail {
    fg_slice message;
} echo_fail;

typedef struct echo_fail_response {
    char nothing;
} echo_fail_response;

/* Places in the table of commands. */
enum {
    ECHO_BYTES,
    ECHO_FIELDS,
    ECHO_NESTED,
    ECHO_ALIASES,
    ECHO_BLOBS,
    ECHO_FAIL,
};

/* What a server does; each answers exactly once, now or later.  The request lives as long
 * as the responder. */
typedef struct echo_handlers {
    void (*bytes)(void *ctx, const echo_bytes *q, fg_responder *r);
    void (*fields)(void *ctx, const echo_fields *q, fg_responder *r);
    void (*nested)(void *ctx, const echo_nested *q, fg_responder *r);
    void (*aliases)(void *ctx, const echo_aliases *q, fg_responder *r);
    void (*blobs)(void *ctx, const echo_blobs *q, fg_responder *r);
    void (*fail)(void *ctx, const echo_fail *q, fg_responder *r);
} echo_handlers;

extern const fg_service echo_service;

static inline void echo_dispatch(const echo_handlers *h, void *ctx, fg_responder *r)
{
    fg_service_dispatch(&echo_service, h, ctx, r);
}

static inline bool echo_bytes_answer(fg_responder *r, const echo_bytes_response *v)
{
    return fg_service_answer(r, &echo_service.commands[ECHO_BYTES], v);
}

static inline void echo_bytes_write(fg_bytes *b, const echo_bytes *q)
{
    fg_service_request(b, &echo_service.commands[ECHO_BYTES], q);
}

static inline bool echo_bytes_read(fg_slice payload, fg_arena *arena,
                                   echo_bytes_response *v, fg_service_error *e)
{
    return fg_service_response(&echo_service, &echo_service.commands[ECHO_BYTES],
                               payload, arena, v, e);
}

static inline bool echo_fields_answer(fg_responder *r, const echo_fields_response *v)
{
    return fg_service_answer(r, &echo_service.commands[ECHO_FIELDS], v);
}

static inline void echo_fields_write(fg_bytes *b, const echo_fields *q)
{
    fg_service_request(b, &echo_service.commands[ECHO_FIELDS], q);
}

static inline bool echo_fields_read(fg_slice payload, fg_arena *arena,
                                    echo_fields_response *v, fg_service_error *e)
{
    return fg_service_response(&echo_service, &echo_service.commands[ECHO_FIELDS],
                               payload, arena, v, e);
}

static inline bool echo_nested_answer(fg_responder *r, const echo_nested_response *v)
{
    return fg_service_answer(r, &echo_service.commands[ECHO_NESTED], v);
}

static inline void echo_nested_write(fg_bytes *b, const echo_nested *q)
{
    fg_service_request(b, &echo_service.commands[ECHO_NESTED], q);
}

static inline bool echo_nested_read(fg_slice payload, fg_arena *arena,
                                    echo_nested_response *v, fg_service_error *e)
{
    return fg_service_response(&echo_service, &echo_service.commands[ECHO_NESTED],
                               payload, arena, v, e);
}

static inline bool echo_aliases_answer(fg_responder *r, const echo_aliases_response *v)
{
    return fg_service_answer(r, &echo_service.commands[ECHO_ALIASES], v);
}

static inline void echo_aliases_write(fg_bytes *b, const echo_aliases *q)
{
    fg_service_request(b, &echo_service.commands[ECHO_ALIASES], q);
}

static inline bool echo_aliases_read(fg_slice payload, fg_arena *arena,
                                     echo_aliases_response *v, fg_service_error *e)
{
    return fg_service_response(&echo_service, &echo_service.commands[ECHO_ALIASES],
                               payload, arena, v, e);
}

static inline bool echo_blobs_answer(fg_responder *r, const echo_blobs_response *v)
{
    return fg_service_answer(r, &echo_service.commands[ECHO_BLOBS], v);
}

static inline void echo_blobs_write(fg_bytes *b, const echo_blobs *q)
{
    fg_service_request(b, &echo_service.commands[ECHO_BLOBS], q);
}

static inline bool echo_blobs_read(fg_slice payload, fg_arena *arena,
                                   echo_blobs_response *v, fg_service_error *e)
{
    return fg_service_response(&echo_service, &echo_service.commands[ECHO_BLOBS],
                               payload, arena, v, e);
}

static inline bool echo_fail_answer(fg_responder *r, const echo_fail_response *v)
{
    return fg_service_answer(r, &echo_service.commands[ECHO_FAIL], v);
}

static inline void echo_fail_write(fg_bytes *b, const echo_fail *q)
{
    fg_service_request(b, &echo_service.commands[ECHO_FAIL], q);
}

static inline bool echo_fail_read(fg_slice payload, fg_arena *arena,
                                  echo_fail_response *v, fg_service_error *e)
{
    return fg_service_response(&echo_service, &echo_service.commands[ECHO_FAIL],
                               payload, arena, v, e);
}

#endif
