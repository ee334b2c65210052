// SPDX-License-Identifier: Apache-2.0
/* Generated from kinds.schema by `make stubs`: change that instead. */
#include "kinds.h"

static const fg_record records[5];

static const fg_type types[32] = {
    { .kind = FG_KIND_ENUM, .size = sizeof(uint32_t), .max = 2 }, /* Mode */
    { .kind = FG_KIND_STRING,
      .size = sizeof(fg_slice),
      .max = UINT32_MAX },                                           /* string */
    { .kind = FG_KIND_STRING, .size = sizeof(fg_slice), .max = 10 }, /* string<=10 */
    { .kind = FG_KIND_RECORD,
      .size = sizeof(kinds_inner),
      .max = UINT32_MAX,
      .record = &records[0] }, /* KindsInner */
    { .kind = FG_KIND_LIST,
      .size = sizeof(kinds_list_of_kinds_inner),
      .max = 3,
      .of = &types[3] }, /* KindsInner[]<=3 */
    { .kind = FG_KIND_OPTIONAL,
      .size = sizeof(kinds_opt_of_kinds_inner),
      .max = UINT32_MAX,
      .of = &types[3],
      .inner = offsetof(kinds_opt_of_kinds_inner, value) },            /* KindsInner? */
    { .kind = FG_KIND_BOOL, .size = sizeof(bool), .max = UINT32_MAX }, /* bool */
    { .kind = FG_KIND_U8, .size = sizeof(uint8_t), .max = UINT32_MAX },     /* u8 */
    { .kind = FG_KIND_U16, .size = sizeof(uint16_t), .max = UINT32_MAX },   /* u16 */
    { .kind = FG_KIND_U32, .size = sizeof(uint32_t), .max = UINT32_MAX },   /* u32 */
    { .kind = FG_KIND_U64, .size = sizeof(uint64_t), .max = UINT32_MAX },   /* u64 */
    { .kind = FG_KIND_I64, .size = sizeof(int64_t), .max = UINT32_MAX },    /* i64 */
    { .kind = FG_KIND_F64, .size = sizeof(double), .max = UINT32_MAX },     /* f64 */
    { .kind = FG_KIND_BYTES, .size = sizeof(fg_slice), .max = UINT32_MAX }, /* bytes */
    { .kind = FG_KIND_BYTES, .size = sizeof(fg_slice), .max = 4 },  /* bytes<=4 */
    { .kind = FG_KIND_BIN, .size = sizeof(fg_bin32), .max = 32 },   /* bin32 */
    { .kind = FG_KIND_BIN, .size = sizeof(kinds_hash), .max = 32 }, /* Hash */
    { .kind = FG_KIND_VALUE, .size = sizeof(fg_slice), .max = UINT32_MAX }, /* value */
    { .kind = FG_KIND_VALUE, .size = sizeof(fg_slice), .max = 64 }, /* value<=64 */
    { .kind = FG_KIND_RECORD,
      .size = sizeof(kinds_outer),
      .max = UINT32_MAX,
      .record = &records[1] }, /* KindsOuter */
    { .kind = FG_KIND_LIST,
      .size = sizeof(kinds_list_of_u64),
      .max = UINT32_MAX,
      .of = &types[10] }, /* u64[] */
    { .kind = FG_KIND_OPTIONAL,
      .size = sizeof(kinds_opt_of_list_of_u64),
      .max = UINT32_MAX,
      .of = &types[20],
      .inner = offsetof(kinds_opt_of_list_of_u64, value) }, /* u64[]? */
    { .kind = FG_KIND_OPTIONAL,
      .size = sizeof(kinds_opt_of_u64),
      .max = UINT32_MAX,
      .of = &types[10],
      .inner = offsetof(kinds_opt_of_u64, value) }, /* u64? */
    { .kind = FG_KIND_LIST,
      .size = sizeof(kinds_list_of_opt_of_u64),
      .max = UINT32_MAX,
      .of = &types[22] }, /* u64?[] */
    { .kind = FG_KIND_MAP,
      .size = sizeof(kinds_map_of_string),
      .max = UINT32_MAX,
      .of = &types[1],
      .inner = offsetof(__typeof__(*((kinds_map_of_string *)0)->at), value),
      .pair = sizeof(*((kinds_map_of_string *)0)->at) }, /* map<string> */
    { .kind = FG_KIND_MAP,
      .size = sizeof(kinds_map_of_i64),
      .max = UINT32_MAX,
      .of = &types[11],
      .inner = offsetof(__typeof__(*((kinds_map_of_i64 *)0)->at), value),
      .pair = sizeof(*((kinds_map_of_i64 *)0)->at) }, /* map<i64> */
    { .kind = FG_KIND_LIST,
      .size = sizeof(kinds_list_of_map_of_i64),
      .max = UINT32_MAX,
      .of = &types[25] }, /* map<i64>[] */
    { .kind = FG_KIND_MAP,
      .size = sizeof(kinds_map_of_list_of_map_of_i64),
      .max = UINT32_MAX,
      .of = &types[26],
      .inner = offsetof(__typeof__(*((kinds_map_of_list_of_map_of_i64 *)0)->at), value),
      .pair =
          sizeof(*((kinds_map_of_list_of_map_of_i64 *)0)->at) }, /* map<map<i64>[]> */
    { .kind = FG_KIND_OPTIONAL,
      .size = sizeof(kinds_opt_of_map_of_list_of_map_of_i64),
      .max = UINT32_MAX,
      .of = &types[27],
      .inner = offsetof(kinds_opt_of_map_of_list_of_map_of_i64,
                        value) }, /* map<map<i64>[]>? */
    { .kind = FG_KIND_ARRAY,
      .size = sizeof(kinds_2_of_f64),
      .max = 2,
      .of = &types[12] }, /* f64[2] */
    { .kind = FG_KIND_LIST,
      .size = sizeof(kinds_list_of_2_of_f64),
      .max = UINT32_MAX,
      .of = &types[29] }, /* f64[2][] */
    { .kind = FG_KIND_ARRAY,
      .size = sizeof(kinds_2_of_hash),
      .max = 2,
      .of = &types[16] }, /* Hash[2] */
};

static const fg_field fields_of_kinds_inner[] = {
    { "mode", offsetof(kinds_inner, mode), &types[0] },
    { "note", offsetof(kinds_inner, note), &types[2] },
};

static const fg_field fields_of_kinds_outer[] = {
    { "inner", offsetof(kinds_outer, inner), &types[3] },
    { "more", offsetof(kinds_outer, more), &types[4] },
    { "maybe", offsetof(kinds_outer, maybe), &types[5] },
};

static const fg_field fields_of_kinds_scalars[] = {
    { "yes", offsetof(kinds_scalars, yes), &types[6] },
    { "u8", offsetof(kinds_scalars, u8), &types[7] },
    { "u16", offsetof(kinds_scalars, u16), &types[8] },
    { "u32", offsetof(kinds_scalars, u32), &types[9] },
    { "u64", offsetof(kinds_scalars, u64), &types[10] },
    { "i64", offsetof(kinds_scalars, i64), &types[11] },
    { "f64", offsetof(kinds_scalars, f64), &types[12] },
    { "mode", offsetof(kinds_scalars, mode), &types[0] },
    { "text", offsetof(kinds_scalars, text), &types[1] },
    { "data", offsetof(kinds_scalars, data), &types[14] },
    { "plain", offsetof(kinds_scalars, plain), &types[15] },
    { "hash", offsetof(kinds_scalars, hash), &types[16] },
    { "any", offsetof(kinds_scalars, any), &types[18] },
};

static const fg_field fields_of_kinds_shapes[] = {
    { "outer", offsetof(kinds_shapes, outer), &types[19] },
    { "maybeList", offsetof(kinds_shapes, maybe_list), &types[21] },
    { "listOfMaybe", offsetof(kinds_shapes, list_of_maybe), &types[23] },
    { "named", offsetof(kinds_shapes, named), &types[24] },
    { "deep", offsetof(kinds_shapes, deep), &types[28] },
    { "pairs", offsetof(kinds_shapes, pairs), &types[30] },
    { "two", offsetof(kinds_shapes, two), &types[31] },
};

static const fg_record records[5] = {
    { "KindsInner", sizeof(kinds_inner), 2, fields_of_kinds_inner },
    { "KindsOuter", sizeof(kinds_outer), 3, fields_of_kinds_outer },
    { "KindsScalars", sizeof(kinds_scalars), 13, fields_of_kinds_scalars },
    { "KindsScalarsResponse", sizeof(kinds_scalars_response), 0,
      NULL /* kinds_scalars_response */ },
    { "KindsShapes", sizeof(kinds_shapes), 7, fields_of_kinds_shapes },
};

static void call_scalars(const void *h, void *ctx, const void *q, fg_responder *r)
{
    ((const kinds_handlers *)h)->scalars(ctx, q, r);
}

static void call_shapes(const void *h, void *ctx, const void *q, fg_responder *r)
{
    ((const kinds_handlers *)h)->shapes(ctx, q, r);
}

static const fg_command commands[] = {
    [KINDS_SCALARS] = { "KindsScalars", "KindsScalarsResponse", &records[2],
                        &records[3], call_scalars },
    [KINDS_SHAPES] = { "KindsShapes", "KindsScalarsResponse", &records[4], &records[3],
                       call_shapes },
};

const fg_service kinds_service = {
    "Kinds",
    "KindsErrorResponse",
    "bc36c1290664793d30c903f1e243a2f87120715df6ed05be04fdd9ab6d0fa523",
    2,
    commands,
};
