// SPDX-License-Identifier: Apache-2.0
/* Any bytes are a token, and claims in JSON.  A token is refused with words of the module,
 * or what is verified is what is decoded; claims that were signed come back, and signing
 * them again gives the same token. */
#include "fuzz.h"

#define LARGEST 65536u

/* clang-format off */
static const char source[] =
    "let public_key = \""
    "-----BEGIN PUBLIC KEY-----\\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEq3lCEadfteoT7sMSWXxFwvG8gB/Q\\n"
    "Cy9zCljMRfuc543RyA3XvnAfWSb1GEwzWqhxeEew531FTbNorvnSQRWMHw==\\n"
    "-----END PUBLIC KEY-----\\n"
    "\"\n"
    "fn in_words(text) {\n"
    "    return starts_with(text, \"JWT \") || starts_with(text, \"unsupported JWT algorithm: \") ||\n"
    "        starts_with(text, \"algorithm 'none' is not allowed\")\n"
    "}\n"
    "fn check(token, decoded, key, options) {\n"
    "    let mut claims = null\n"
    "    try { claims = jwt.verify(token, key, options) } catch e {\n"
    "        if !in_words(e.message) { return e.message }\n"
    "    }\n"
    "    if jwt.valid(token, key, options) != (claims != null) { return \"valid\" }\n"
    "    if claims != null && claims != decoded.payload { return \"payload\" }\n"
    "    return \"ok\"\n"
    "}\n"
    "fn token(text) {\n"
    "    let mut decoded = null\n"
    "    try { decoded = jwt.decode(text) } catch e {\n"
    "        if !starts_with(e.message, \"jwt.decode() invalid \") { return e.message }\n"
    "    }\n"
    "    let first = check(text, decoded, \"k\", {leeway: 60})\n"
    "    if first != \"ok\" { return first }\n"
    "    return check(text, decoded, public_key, {algorithm: \"ES256\"})\n"
    "}\n"
    "fn claims(text) {\n"
    "    if !json.valid(text) { return \"ok\" }\n"
    "    let read = json.parse(text)\n"
    "    if typeof(read) != \"Object\" { return \"ok\" }\n"
    "    let signed = jwt.sign(merge(omit(read, [\"exp\", \"nbf\"]), {iat: 1}), \"k\")\n"
    "    let back = jwt.verify(signed, \"k\")\n"
    "    if jwt.sign(back, \"k\") != signed { return \"again\" }\n"
    "    return \"ok\"\n"
    "}\n";
/* clang-format on */

/* name(data) is "ok", or ends at a limit. */
static void check(const char *name, const uint8_t *data, size_t size)
{
    forge_fork *f = fuzz_fork(source);
    forge_value arg = fuzz_text(f, data, size);
    REQUIRE(fuzz_agree(f, name, &arg, 1) || fuzz_limited(f));
    forge_fork_end(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LARGEST)
        return 0;
    check("token", data, size);
    check("claims", data, size);
    return 0;
}
