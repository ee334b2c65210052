// SPDX-License-Identifier: Apache-2.0
/* Generated from echo.schema by `make stubs`: change that instead. */
#include "echo.h"

static const fg_record records[13];

static const fg_type types[13] = {
    { .kind = FG_KIND_BYTES, .size = sizeof(fg_slice), .max = UINT32_MAX }, /* bytes */
    { .kind = FG_KIND_LIST,
      .size = sizeof(echo_list_of_bytes),
      .max = UINT32_MAX,
      .of = &types[0] },                                               /* bytes[] */
    { .kind = FG_KIND_BOOL, .size = sizeof(bool), .max = UINT32_MAX }, /* bool */
    { .kind = FG_KIND_OPTIONAL,
      .size = sizeof(echo_opt_of_bool),
      .max = UINT32_MAX,
      .of = &types[2],
      .inner = offsetof(echo_opt_of_bool, value) },                       /* bool? */
    { .kind = FG_KIND_U32, .size = sizeof(uint32_t), .max = UINT32_MAX }, /* u32 */
    { .kind = FG_KIND_U64, .size = sizeof(uint64_t), .max = UINT32_MAX }, /* u64 */
    { .kind = FG_KIND_STRING,
      .size = sizeof(fg_slice),
      .max = UINT32_MAX }, /* string */
    { .kind = FG_KIND_RECORD,
      .size = sizeof(echo_inner),
      .max = UINT32_MAX,
      .record = &records[0] },                                   /* EchoInner */
    { .kind = FG_KIND_BIN, .size = sizeof(echo_fr), .max = 32 }, /* Fr */
    { .kind = FG_KIND_OPTIONAL,
      .size = sizeof(echo_opt_of_fr),
      .max = UINT32_MAX,
      .of = &types[8],
      .inner = offsetof(echo_opt_of_fr, value) }, /* Fr? */
    { .kind = FG_KIND_LIST,
      .size = sizeof(echo_list_of_fr),
      .max = UINT32_MAX,
      .of = &types[8] }, /* Fr[] */
    { .kind = FG_KIND_OPTIONAL,
      .size = sizeof(echo_opt_of_bytes),
      .max = UINT32_MAX,
      .of = &types[0],
      .inner = offsetof(echo_opt_of_bytes, value) }, /* bytes? */
    { .kind = FG_KIND_ARRAY,
      .size = sizeof(echo_2_of_bytes),
      .max = 2,
      .of = &types[0] }, /* bytes[2] */
};

static const fg_field fields_of_echo_inner[] = {
    { "values", offsetof(echo_inner, values), &types[1] },
    { "flag", offsetof(echo_inner, flag), &types[3] },
};

static const fg_field fields_of_echo_bytes[] = {
    { "data", offsetof(echo_bytes, data), &types[0] },
};

static const fg_field fields_of_echo_bytes_response[] = {
    { "data", offsetof(echo_bytes_response, data), &types[0] },
};

static const fg_field fields_of_echo_fields[] = {
    { "a", offsetof(echo_fields, a), &types[4] },
    { "b", offsetof(echo_fields, b), &types[5] },
    { "name", offsetof(echo_fields, name), &types[6] },
};

static const fg_field fields_of_echo_fields_response[] = {
    { "a", offsetof(echo_fields_response, a), &types[4] },
    { "b", offsetof(echo_fields_response, b), &types[5] },
    { "name", offsetof(echo_fields_response, name), &types[6] },
};

static const fg_field fields_of_echo_nested[] = {
    { "inner", offsetof(echo_nested, inner), &types[7] },
};

static const fg_field fields_of_echo_nested_response[] = {
    { "inner", offsetof(echo_nested_response, inner), &types[7] },
};

static const fg_field fields_of_echo_aliases[] = {
    { "treeId", offsetof(echo_aliases, tree_id), &types[4] },
    { "hash", offsetof(echo_aliases, hash), &types[8] },
    { "maybeHash", offsetof(echo_aliases, maybe_hash), &types[9] },
    { "hashes", offsetof(echo_aliases, hashes), &types[10] },
};

static const fg_field fields_of_echo_aliases_response[] = {
    { "treeId", offsetof(echo_aliases_response, tree_id), &types[4] },
    { "hash", offsetof(echo_aliases_response, hash), &types[8] },
    { "maybeHash", offsetof(echo_aliases_response, maybe_hash), &types[9] },
    { "hashes", offsetof(echo_aliases_response, hashes), &types[10] },
};

static const fg_field fields_of_echo_blobs[] = {
    { "maybeData", offsetof(echo_blobs, maybe_data), &types[11] },
    { "parts", offsetof(echo_blobs, parts), &types[12] },
};

static const fg_field fields_of_echo_blobs_response[] = {
    { "maybeData", offsetof(echo_blobs_response, maybe_data), &types[11] },
    { "parts", offsetof(echo_blobs_response, parts), &types[12] },
};

static const fg_field fields_of_echo_fail[] = {
    { "message", offsetof(echo_fail, message), &types[6] },
};

static const fg_record records[13] = {
    { "EchoInner", sizeof(echo_inner), 2, fields_of_echo_inner },
    { "EchoBytes", sizeof(echo_bytes), 1, fields_of_echo_bytes },
    { "EchoBytesResponse", sizeof(echo_bytes_response), 1,
      fields_of_echo_bytes_response },
    { "EchoFields", sizeof(echo_fields), 3, fields_of_echo_fields },
    { "EchoFieldsResponse", sizeof(echo_fields_response), 3,
      fields_of_echo_fields_response },
    { "EchoNested", sizeof(echo_nested), 1, fields_of_echo_nested },
    { "EchoNestedResponse", sizeof(echo_nested_response), 1,
      fields_of_echo_nested_response },
    { "EchoAliases", sizeof(echo_aliases), 4, fields_of_echo_aliases },
    { "EchoAliasesResponse", sizeof(echo_aliases_response), 4,
      fields_of_echo_aliases_response },
    { "EchoBlobs", sizeof(echo_blobs), 2, fields_of_echo_blobs },
    { "EchoBlobsResponse", sizeof(echo_blobs_response), 2,
      fields_of_echo_blobs_response },
    { "EchoFail", sizeof(echo_fail), 1, fields_of_echo_fail },
    { "EchoFailResponse", sizeof(echo_fail_response), 0,
      NULL /* echo_fail_response */ },
};

static void call_bytes(const void *h, void *ctx, const void *q, fg_responder *r)
{
    ((const echo_handlers *)h)->bytes(ctx, q, r);
}

static void call_fields(const void *h, void *ctx, const void *q, fg_responder *r)
{
    ((const echo_handlers *)h)->fields(ctx, q, r);
}

static void call_nested(const void *h, void *ctx, const void *q, fg_responder *r)
{
    ((const echo_handlers *)h)->nested(ctx, q, r);
}

static void call_aliases(const void *h, void *ctx, const void *q, fg_responder *r)
{
    ((const echo_handlers *)h)->aliases(ctx, q, r);
}

static void call_blobs(const void *h, void *ctx, const void *q, fg_responder *r)
{
    ((const echo_handlers *)h)->blobs(ctx, q, r);
}

static void call_fail(const void *h, void *ctx, const void *q, fg_responder *r)
{
    ((const echo_handlers *)h)->fail(ctx, q, r);
}

static const fg_command commands[] = {
    [ECHO_BYTES] = { "EchoBytes", "EchoBytesResponse", &records[1], &records[2],
                     call_bytes },
    [ECHO_FIELDS] = { "EchoFields", "EchoFieldsResponse", &records[3], &records[4],
                      call_fields },
    [ECHO_NESTED] = { "EchoNested", "EchoNestedResponse", &records[5], &records[6],
                      call_nested },
    [ECHO_ALIASES] = { "EchoAliases", "EchoAliasesResponse", &records[7], &records[8],
                       call_aliases },
    [ECHO_BLOBS] = { "EchoBlobs", "EchoBlobsResponse", &records[9], &records[10],
                     call_blobs },
    [ECHO_FAIL] = { "EchoFail", "EchoFailResponse", &records[11], &records[12],
                    call_fail },
};

const fg_service echo_service = {
    "Echo",
    "EchoErrorResponse",
    "110e30ae148a67af42ba01224287184ee842553f4bf33e6e8d34c6d8e4f28bb7",
    6,
    commands,
};
