// SPDX-License-Identifier: Apache-2.0
/* Schemas: what they say, and each way in which one is refused. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ipc/stubs/emit.h"

#define SERVICE "{\"service\":\"S\",\"error\":{\"message\":\"string\"},"
#define COMMANDS "\"commands\":{\"C\":{\"request\":{},\"response\":{}}}"

static void expect_fault(const char *text, const char *expected)
{
    fg_arena arena;
    fg_schema s;
    fg_arena_init(&arena, 0);
    assert_false(fg_schema_parse(&s, &arena, fg_slice_str(text)));
    assert_string_equal(s.error, expected);
    fg_arena_drop(&arena);
}

/* A schema whose only command asks for a field of that type. */
static void expect_type_fault(const char *type, const char *expected)
{
    char text[512];
    snprintf(text, sizeof text,
             SERVICE
             "\"aliases\":{\"A\":\"u8\"},\"types\":{\"T\":{\"x\":\"u8\"}},"
             "\"commands\":{\"C\":{\"request\":{\"f\":\"%s\"},\"response\":{}}}}",
             type);
    expect_fault(text, expected);
}

static void shapes_are_checked(void **state)
{
    (void)state;
    expect_fault("", "line 1, column 0: '[' or '{' expected near end of file");
    expect_fault("[]", "a schema is one object");
    expect_fault("{\"error\":{\"message\":\"string\"}," COMMANDS "}",
                 "\"service\" must be the name of the service");
    expect_fault(
        SERVICE COMMANDS ",\"more\":{}}",
        "'more' is not known: service, aliases, enums, types, error and commands "
        "are");
    expect_fault(SERVICE "\"types\":[]," COMMANDS "}", "\"types\" must be { … }");
    expect_fault("{\"service\":\"S\"," COMMANDS "}",
                 "\"error\" must be exactly { \"message\": \"string\" }");
    expect_fault("{\"service\":\"S\",\"error\":{\"message\":\"u8\"}," COMMANDS "}",
                 "\"error\" must be exactly { \"message\": \"string\" }");
    expect_fault("{\"service\":\"S\",\"error\":{\"message\":\"string\",\"x\":\"u8\"},"
                 "" COMMANDS "}",
                 "\"error\" must be exactly { \"message\": \"string\" }");
    expect_fault(SERVICE "\"types\":{}}", "\"commands\" must be { \"Name\": { … } }");
    expect_fault(SERVICE "\"commands\":{\"C\":{\"request\":{}}}}",
                 "C: a command is { \"request\": …, \"response\": … }");
    expect_fault("{\"service\":\"9\",\"error\":{\"message\":\"string\"}," COMMANDS "}",
                 "'9' cannot be the name of a service: use letters, digits and '_', a "
                 "letter first, at most 64");
    expect_fault(SERVICE "\"commands\":{\"C\":{\"request\":{},\"response\":{}},"
                         "\"C\":{\"request\":{},\"response\":{}}}}",
                 "line 1, column 92: duplicate object key near '\"C\"'");
}

static void fields_are_checked(void **state)
{
    char text[2048] = SERVICE "\"commands\":{\"C\":{\"request\":{";
    (void)state;
    for (int i = 0; i < 21; i++)
        sprintf(text + strlen(text), "%s\"f%d\":\"u8\"", i ? "," : "", i);
    strcat(text, "},\"response\":{}}}}");
    expect_fault(text, "SC: more than 20 fields: put some into a type");
    expect_fault(SERVICE "\"types\":{\"T\":{\"int\":\"u8\"}}," COMMANDS "}",
                 "T: 'int' is a reserved word: choose another name");
    expect_fault(SERVICE "\"types\":{\"T\":{\"forkId\":\"u8\",\"fork_id\":\"u8\"}},"
                         "" COMMANDS "}",
                 "T: 'forkId' and 'fork_id' are both fork_id in C");
    expect_fault(SERVICE "\"types\":{\"T\":{\"x\":1}}," COMMANDS "}",
                 "T: the type of 'x' must be a text such as \"u32\"");
    expect_fault(SERVICE "\"types\":{\"T\":\"u8\"}," COMMANDS "}",
                 "T: fields must be { \"name\": \"type\" }");
    expect_fault(
        SERVICE "\"types\":{\"T\":{\"a-b\":\"u8\"}}," COMMANDS "}",
        "T: 'a-b' cannot be the name of a field: use letters, digits and '_', a "
        "letter first, at most 64");
    expect_fault(SERVICE "\"types\":{\"SC\":{}}," COMMANDS "}",
                 "SC: there are two of this name");
}

static void types_are_checked(void **state)
{
    (void)state;
    expect_type_fault("", "SC: '' is no type");
    expect_type_fault("Nix", "SC: there is no type 'Nix'");
    expect_type_fault("u8??", "SC: '?' says nothing here: it is optional already");
    expect_type_fault("value?", "SC: '?' says nothing here: a value may be nil itself");
    expect_type_fault("u8[0]",
                      "SC: '[0]' is no number of elements: write [] or [1] to [4096]");
    expect_type_fault(
        "u8[4097]", "SC: '[4097]' is no number of elements: write [] or [1] to [4096]");
    expect_type_fault("u8[x]",
                      "SC: '[x]' is no number of elements: write [] or [1] to [4096]");
    expect_type_fault("u8<=3",
                      "SC: 'u8' has no bound: string, bytes, value, map<T> and [] "
                      "may have one");
    expect_type_fault("bytes<=0",
                      "SC: '<=0' bounds nothing: write <= and a number from 1 "
                      "to 1073741823");
    expect_type_fault("bytes<=-1",
                      "SC: '<=-1' bounds nothing: write <= and a number from "
                      "1 to 1073741823");
    expect_type_fault("bytes!", "SC: '!' does not belong to the type of 'f'");
    expect_type_fault("map<u8", "SC: '>' is missing after map<...");
    expect_type_fault("map<map<map<map<map<map<map<map<map<u8>>>>>>>>>",
                      "SC: a type of more than 8 parts");
    expect_type_fault("u8[][][][][][][][][]", "SC: a type of more than 8 parts");
}

static void names_are_checked(void **state)
{
    (void)state;
    expect_fault(SERVICE
                 "\"types\":{\"T\":{\"t\":\"U\"},\"U\":{\"u\":\"T[]\"}}," COMMANDS "}",
                 "U: the type 'T' contains itself");
    expect_fault(SERVICE "\"aliases\":{\"A\":\"B\",\"B\":\"u8\"}," COMMANDS "}",
                 "the alias 'A' must stand for a leaf such as \"u32\" or \"bin32\"");
    expect_fault(SERVICE "\"aliases\":{\"u8\":\"u16\"}," COMMANDS "}",
                 "the alias 'u8' is the name of a leaf");
    expect_fault(SERVICE "\"types\":{\"u8\":{}}," COMMANDS "}",
                 "'u8' is two things: a type, and an alias, enum or leaf");
    expect_fault(SERVICE "\"enums\":{\"E\":[]}," COMMANDS "}",
                 "the enum 'E' must be a list of 1 to 1,000 names");
    expect_fault(SERVICE "\"enums\":{\"E\":[\"a\",\"a\"]}," COMMANDS "}",
                 "the enum 'E' has 'a' twice");
    expect_fault(SERVICE "\"enums\":{\"E\":[1]}," COMMANDS "}",
                 "the enum 'E' must be a list of names");
    expect_fault(SERVICE
                 "\"commands\":{\"C\":{\"request\":{},\"response\":\"DResponse\"},"
                 "\"D\":{\"request\":{},\"response\":{}}}}",
                 "C: there is no response 'DResponse' before it");
    expect_fault(SERVICE "\"commands\":{\"C\":{\"request\":{},\"response\":{}},"
                         "\"D\":{\"request\":{},\"response\":\"C\"}}}",
                 "D: there is no response 'C' before it");
}

static const fg_schema *parse(fg_schema *s, fg_arena *arena, const char *text)
{
    fg_arena_init(arena, 0);
    if (!fg_schema_parse(s, arena, fg_slice_str(text)))
        fail_msg("%s", s->error);
    return s;
}

static void expect_type(const fg_schema_field *f, const char *c_name, const char *text)
{
    fg_bytes b;
    fg_bytes_init(&b);
    fg_stubs_type_text(&b, f->type);
    fg_bytes_char(&b, '\0');
    assert_string_equal(f->c_name, c_name);
    assert_string_equal(b.p, text);
    fg_bytes_drop(&b);
}

static void types_mean_what_they_say(void **state)
{
    fg_arena arena;
    fg_schema s;
    (void)state;
    parse(&s, &arena,
          SERVICE
          "\"aliases\":{\"Id\":\"u32\",\"Fr\":\"bin32\"},\"enums\":{\"E\":[\"a\"]},"
          "\"types\":{\"T\":{\"treeID\":\"Id\",\"aB\":\"Fr[2]?\",\"x\":\"u64?[]\","
          "\"y\":\"u64[]?\",\"HTTPCode\":\"map<string<=3>[]<=9\",\"e\":\"E\"}},"
          "" COMMANDS "}");
    const fg_schema_record *t = s.records;
    assert_string_equal(t->name, "T");
    assert_int_equal(t->n, 6);
    expect_type(&t->fields[0], "tree_id", "u32");
    expect_type(&t->fields[1], "a_b", "Fr[2]?");
    expect_type(&t->fields[2], "x", "u64?[]");
    assert_int_equal(t->fields[2].type->kind, FG_KIND_LIST);
    expect_type(&t->fields[3], "y", "u64[]?");
    assert_int_equal(t->fields[3].type->kind, FG_KIND_OPTIONAL);
    expect_type(&t->fields[4], "http_code", "map<string<=3>[]<=9");
    expect_type(&t->fields[5], "e", "E");
    assert_string_equal(s.commands->request->name, "SC");
    assert_string_equal(s.commands->response->name, "SCResponse");
    fg_arena_drop(&arena);
}

static void comments_and_their_likes(void **state)
{
    fg_arena arena;
    fg_schema s;
    (void)state;
    parse(&s, &arena,
          "// one\n/* two\n \" */" SERVICE "/**/\"enums\":{\"E\":[\"a\"/*//*/]},//\n"
          "" COMMANDS "} // end");
    assert_string_equal(s.enums->names[0], "a");
    fg_arena_drop(&arena);
    expect_fault("{\n  /* open", "line 2, column 9: string or '}' expected near end of "
                                 "file");
    expect_fault(SERVICE "\n\n  oops}", "line 3, column 6: string or '}' expected near "
                                        "'oops'");
    expect_fault(
        SERVICE "\"enums\":{\"E\":[\"//\"]}," COMMANDS "}",
        "'//' cannot be the name of a word of an enum: use letters, digits and "
        "'_', a letter first, at most 64");
}

static void the_hash_is_of_the_trimmed_text(void **state)
{
    char first[65];
    fg_arena arena;
    fg_schema s;
    (void)state;
    parse(&s, &arena, SERVICE COMMANDS "}");
    memcpy(first, s.hash, sizeof first);
    assert_int_equal(strlen(first), 64);
    fg_arena_drop(&arena);
    parse(&s, &arena, "\n\t " SERVICE COMMANDS "}\n\n");
    assert_string_equal(s.hash, first);
    fg_arena_drop(&arena);
    parse(&s, &arena, SERVICE " " COMMANDS "}");
    assert_string_not_equal(s.hash, first);
    fg_arena_drop(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_checked),
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(types_are_checked),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(types_mean_what_they_say),
        cmocka_unit_test(comments_and_their_likes),
        cmocka_unit_test(the_hash_is_of_the_trimmed_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
