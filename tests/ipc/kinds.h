// SPDX-License-Identifier: Apache-2.0
/* Generated from kinds.schema by `make stubs`: change that instead. */
#ifndef FG_STUBS_KINDS_H
#define FG_STUBS_KINDS_H

#include "ipc/service.h"

typedef struct kinds_hash {
    unsigned char bytes[32];
} kinds_hash;

enum { KINDS_MODE_FAST, KINDS_MODE_SAFE, KINDS_MODE_BOTH };

typedef struct kinds_inner {
    uint32_t mode;
    fg_slice note;
} kinds_inner;

typedef struct kinds_list_of_kinds_inner {
    kinds_inner *at;
    uint32_t n;
} kinds_list_of_kinds_inner;

typedef struct kinds_opt_of_kinds_inner {
    bool present;
    kinds_inner value;
} kinds_opt_of_kinds_inner;

typedef struct kinds_outer {
    kinds_inner inner;
    kinds_list_of_kinds_inner more;
    kinds_opt_of_kinds_inner maybe;
} kinds_outer;

typedef struct kinds_scalars {
    bool yes;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    int64_t i64;
    double f64;
    uint32_t mode;
    fg_slice text;
    fg_slice data;
    fg_bin32 plain;
    kinds_hash hash;
    fg_slice any;
} kinds_scalars;

typedef struct kinds_scalars_response {
    char nothing;
} kinds_scalars_response;

typedef struct kinds_list_of_u64 {
    uint64_t *at;
    uint32_t n;
} kinds_list_of_u64;

typedef struct kinds_opt_of_list_of_u64 {
    bool present;
    kinds_list_of_u64 value;
} kinds_opt_of_list_of_u64;

typedef struct kinds_opt_of_u64 {
    bool present;
    uint64_t value;
} kinds_opt_of_u64;

typedef struct kinds_list_of_opt_of_u64 {
    kinds_opt_of_u64 *at;
    uint32_t n;
} kinds_list_of_opt_of_u64;

typedef struct kinds_map_of_string {
    struct {
        fg_slice key;
        fg_slice value;
    } * at;
    uint32_t n;
} kinds_map_of_string;

typedef struct kinds_map_of_i64 {
    struct {
        fg_slice key;
        int64_t value;
    } * at;
    uint32_t n;
} kinds_map_of_i64;

typedef struct kinds_list_of_map_of_i64 {
    kinds_map_of_i64 *at;
    uint32_t n;
} kinds_list_of_map_of_i64;

typedef struct kinds_map_of_list_of_map_of_i64 {
    struct {
        fg_slice key;
        kinds_list_of_map_of_i64 value;
    } * at;
    uint32_t n;
} kinds_map_of_list_of_map_of_i64;

typedef struct kinds_opt_of_map_of_list_of_map_of_i64 {
    bool present;
    kinds_map_of_list_of_map_of_i64 value;
} kinds_opt_of_map_of_list_of_map_of_i64;

typedef struct kinds_2_of_f64 {
    double at[2];
} kinds_2_of_f64;

typedef struct kinds_list_of_2_of_f64 {
    kinds_2_of_f64 *at;
    uint32_t n;
} kinds_list_of_2_of_f64;

typedef struct kinds_2_of_hash {
    kinds_hash at[2];
} kinds_2_of_hash;

typedef struct kinds_shapes {
    kinds_outer outer;
    kinds_opt_of_list_of_u64 maybe_list;
    kinds_list_of_opt_of_u64 list_of_maybe;
    kinds_map_of_string named;
    kinds_opt_of_map_of_list_of_map_of_i64 deep;
    kinds_list_of_2_of_f64 pairs;
    kinds_2_of_hash two;
} kinds_shapes;

/* Places in the table of commands. */
enum {
    KINDS_SCALARS,
    KINDS_SHAPES,
};

/* What a server does; each answers exactly once, now or later.  The request lives as long
 * as the responder. */
typedef struct kinds_handlers {
    void (*scalars)(void *ctx, const kinds_scalars *q, fg_responder *r);
    void (*shapes)(void *ctx, const kinds_shapes *q, fg_responder *r);
} kinds_handlers;

extern const fg_service kinds_service;

static inline void kinds_dispatch(const kinds_handlers *h, void *ctx, fg_responder *r)
{
    fg_service_dispatch(&kinds_service, h, ctx, r);
}

static inline bool kinds_scalars_answer(fg_responder *r,
                                        const kinds_scalars_response *v)
{
    return fg_service_answer(r, &kinds_service.commands[KINDS_SCALARS], v);
}

static inline void kinds_scalars_write(fg_bytes *b, const kinds_scalars *q)
{
    fg_service_request(b, &kinds_service.commands[KINDS_SCALARS], q);
}

static inline bool kinds_scalars_read(fg_slice payload, fg_arena *arena,
                                      kinds_scalars_response *v, fg_service_error *e)
{
    return fg_service_response(&kinds_service, &kinds_service.commands[KINDS_SCALARS],
                               payload, arena, v, e);
}

static inline bool kinds_shapes_answer(fg_responder *r, const kinds_scalars_response *v)
{
    return fg_service_answer(r, &kinds_service.commands[KINDS_SHAPES], v);
}

static inline void kinds_shapes_write(fg_bytes *b, const kinds_shapes *q)
{
    fg_service_request(b, &kinds_service.commands[KINDS_SHAPES], q);
}

static inline bool kinds_shapes_read(fg_slice payload, fg_arena *arena,
                                     kinds_scalars_response *v, fg_service_error *e)
{
    return fg_service_response(&kinds_service, &kinds_service.commands[KINDS_SHAPES],
                               payload, arena, v, e);
}

#endif
