// SPDX-License-Identifier: Apache-2.0
/* The npc module: made-up people and things to try a program with.  Mail addresses are
 * under names that are reserved for examples, so that they reach nobody. */
#include "lib/lib.h"
#include "lib/random.h"

#define SENTENCE_MIN 5
#define SENTENCE_MAX 12

typedef struct words {
    const char *const *at;
    uint32_t n;
} words;

#define LIST(name, ...)                                                                \
    static const char *const name##_list[] = { __VA_ARGS__ };                          \
    static const words name = { name##_list, FG_COUNT(name##_list) };

LIST(first_names, "Ada", "Amir", "Anneke", "Bela", "Boris", "Carla", "Chen", "Clara",
     "Dario", "Dina", "Elif", "Emil", "Farah", "Felix", "Greta", "Hana", "Hugo", "Ines",
     "Ivan", "Jonas", "Kaori", "Lena", "Luis", "Maya", "Nadia", "Nils", "Olga", "Pablo",
     "Rosa", "Samir", "Tessa", "Viktor")
LIST(last_names, "Abbott", "Becker", "Brook", "Castillo", "Dahl", "Dubois", "Eriksen",
     "Fischer", "Fontaine", "Garcia", "Haddad", "Hoffman", "Ito", "Jansen", "Kaplan",
     "Kowalski", "Larsen", "Lindgren", "Marino", "Meyer", "Nakamura", "Novak", "Okafor",
     "Petrov", "Quinn", "Rossi", "Santos", "Schneider", "Tanaka", "Vargas", "Weber",
     "Young")
LIST(adjectives, "amber", "brave", "bright", "calm", "clever", "cosy", "curious",
     "eager", "gentle", "happy", "jolly", "kind", "lucky", "quiet", "sunny", "swift")
LIST(nouns, "badger", "beacon", "cedar", "comet", "falcon", "garden", "harbor",
     "lantern", "maple", "meadow", "otter", "pebble", "river", "robin", "sparrow",
     "violin")
LIST(common_words, "apple", "bridge", "candle", "cloud", "corner", "door", "early",
     "evening", "field", "follow", "forest", "green", "hill", "island", "kitchen",
     "letter", "light", "morning", "music", "north", "ocean", "paper", "quick", "rain",
     "road", "silver", "stone", "story", "summer", "table", "water", "window")
LIST(companies, "Alderway", "Birchline", "Brightfield", "Clearbrook", "Dayspring",
     "Eastgate", "Fernhill", "Goodwind", "Highmoor", "Kestrel", "Lakeside",
     "Northlight", "Oakbridge", "Riverbend", "Stonecrest", "Willowworks")
LIST(domains, "example.com", "example.net", "example.org", "inbox.example",
     "letters.example", "mail.example", "mail.test", "post.example")
LIST(pages, "api", "dashboard", "app", "docs", "status", "blog")

/* ---- drawing ---------------------------------------------------------------------- */

/* Even over low … high. */
static uint32_t between(fg_vm *vm, uint32_t low, uint32_t high)
{
    return low + (uint32_t)fg_random_below(vm, high - low + 1);
}

static fg_slice draw(fg_vm *vm, words list)
{
    return fg_slice_str(list.at[fg_random_below(vm, list.n)]);
}

static fg_status give_word(fg_vm *vm, words list, fg_value *out)
{
    return fg_make_string(vm, draw(vm, list), out);
}

static void put_lower(fg_bytes *b, fg_slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        fg_bytes_char(b,
                      s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i]);
}

/* ---- people ----------------------------------------------------------------------- */

static fg_status npc_first_name(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return give_word(vm, first_names, out);
}

static fg_status npc_last_name(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return give_word(vm, last_names, out);
}

static fg_status npc_name(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)argc;
    (void)argv;
    fg_bytes_init(&b);
    fg_bytes_slice(&b, draw(vm, first_names));
    fg_bytes_char(&b, ' ');
    fg_bytes_slice(&b, draw(vm, last_names));
    return fg_take_bytes(vm, &b, out);
}

static fg_status npc_email(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)argc;
    (void)argv;
    fg_bytes_init(&b);
    put_lower(&b, draw(vm, first_names));
    fg_bytes_char(&b, '.');
    put_lower(&b, draw(vm, last_names));
    fg_bytes_fmt(&b, "%02u@", between(vm, 1, 99));
    fg_bytes_slice(&b, draw(vm, domains));
    return fg_take_bytes(vm, &b, out);
}

static fg_status npc_username(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)argc;
    (void)argv;
    fg_bytes_init(&b);
    fg_bytes_slice(&b, draw(vm, adjectives));
    fg_bytes_char(&b, '_');
    fg_bytes_slice(&b, draw(vm, nouns));
    fg_bytes_fmt(&b, "%u", between(vm, 1, 999));
    return fg_take_bytes(vm, &b, out);
}

static fg_status npc_phone(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)argc;
    (void)argv;
    fg_bytes_init(&b);
    fg_bytes_fmt(&b, "(%u) ", between(vm, 200, 999));
    fg_bytes_fmt(&b, "%u-", between(vm, 100, 999));
    fg_bytes_fmt(&b, "%u", between(vm, 1000, 9999));
    return fg_take_bytes(vm, &b, out);
}

static fg_status npc_company(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return give_word(vm, companies, out);
}

/* ---- values ----------------------------------------------------------------------- */

static fg_status npc_number(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int64_t min = fg_arg_int(argc, argv, 0, 0), max = fg_arg_int(argc, argv, 1, 100);
    if (min >= max)
        return fg_give(out, fg_int(min));
    uint64_t n = (uint64_t)max - (uint64_t)min + 1; /* 0: as many as there are */
    uint64_t at = n ? fg_random_below(vm, n) : fg_random(vm);
    return fg_give(out, fg_int((int64_t)((uint64_t)min + at)));
}

static fg_status npc_bool(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return fg_give(out, fg_bool(fg_random_below(vm, 2) == 1));
}

static fg_status npc_pick(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value a = fg_arg(argc, argv, 0);
    if (!fg_is(a, FG_ARRAY) || a.as.arr->len == 0)
        return fg_raise(vm, FG_E_RUNTIME, "npc.pick() requires a non-empty array");
    fg_array_get(a.as.arr, (uint32_t)fg_random_below(vm, a.as.arr->len), out);
    return FG_OK;
}

static fg_status npc_id(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char text[sizeof form - 1];
    (void)argc;
    (void)argv;
    for (uint32_t i = 0; i < sizeof text; i++)
        text[i] = form[i] == '-' ? '-' : digits[fg_random_below(vm, sizeof digits - 1)];
    return fg_give_object(out, fg_string_new(&vm->heap, text, sizeof text));
}

static fg_status npc_color(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)argc;
    (void)argv;
    fg_bytes_init(&b);
    fg_bytes_fmt(&b, "#%06x", between(vm, 0, 0xffffff));
    return fg_take_bytes(vm, &b, out);
}

static fg_status npc_ip(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)argc;
    (void)argv;
    fg_bytes_init(&b);
    fg_bytes_fmt(&b, "%u.", between(vm, 1, 254));
    fg_bytes_fmt(&b, "%u.", between(vm, 0, 255));
    fg_bytes_fmt(&b, "%u.", between(vm, 0, 255));
    fg_bytes_fmt(&b, "%u", between(vm, 1, 254));
    return fg_take_bytes(vm, &b, out);
}

static fg_status npc_url(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)argc;
    (void)argv;
    fg_bytes_init(&b);
    fg_bytes_str(&b, "https://");
    put_lower(&b, draw(vm, companies));
    fg_bytes_str(&b, ".io/");
    fg_bytes_slice(&b, draw(vm, pages));
    return fg_take_bytes(vm, &b, out);
}

/* ---- text ------------------------------------------------------------------------- */

static fg_status npc_word(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    (void)argc;
    (void)argv;
    return give_word(vm, common_words, out);
}

/* n words with blanks between, the first one capitalised. */
static fg_status put_words(fg_vm *vm, fg_bytes *b, uint32_t n)
{
    for (uint32_t i = 0; i < n && !b->failed; i++) {
        if (i > 0)
            fg_bytes_char(b, ' ');
        fg_bytes_slice(b, draw(vm, common_words));
        if (i == 0)
            b->p[0] = (char)(b->p[0] ^ 0x20);
        if (i % 1024 == 1023)
            FG_TRY(fg_tick(vm, 1024));
    }
    return FG_OK;
}

static fg_status npc_sentence(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    int64_t n = fg_arg_int(argc, argv, 0, between(vm, SENTENCE_MIN, SENTENCE_MAX));
    if (n < 0)
        return fg_raise(vm, FG_E_RUNTIME,
                        "npc.sentence() requires 0 words or more, got %lld",
                        (long long)n);
    FG_TRY(fg_check_room(vm, "npc.sentence()", (uint64_t)n, 4));
    fg_bytes b;
    fg_begin_text(vm, &b);
    fg_status status = put_words(vm, &b, (uint32_t)n);
    if (status != FG_OK) {
        fg_bytes_drop(&b);
        return status;
    }
    fg_bytes_char(&b, '.');
    return fg_take_bytes(vm, &b, out);
}

static const fg_member members[] = {
    FG_FN("npc.name", npc_name, FG_CAP_NONE, "(): \"First Last\""),
    FG_FN("npc.first_name", npc_first_name, FG_CAP_NONE, "(): a first name"),
    FG_FN("npc.last_name", npc_last_name, FG_CAP_NONE, "(): a last name"),
    FG_FN("npc.email", npc_email, FG_CAP_NONE,
          "(): a mail address that reaches nobody"),
    FG_FN("npc.username", npc_username, FG_CAP_NONE,
          "(): an adjective, a noun and a number up to 999"),
    FG_FN("npc.number", npc_number, FG_CAP_NONE,
          "(min = 0, max = 100): an Int of the range, both ends included"),
    FG_FN("npc.pick", npc_pick, FG_CAP_NONE, "(array): one of the elements"),
    FG_FN("npc.sentence", npc_sentence, FG_CAP_NONE,
          "(words?): so many words, 5 to 12 without a number"),
    FG_FN("npc.id", npc_id, FG_CAP_NONE,
          "(): 32 letters and digits in groups of 8, 4, 4, 4 and 12"),
    FG_FN("npc.bool", npc_bool, FG_CAP_NONE, "(): true or false"),
    FG_FN("npc.phone", npc_phone, FG_CAP_NONE, "(): \"(AAA) MMM-EEEE\""),
    FG_FN("npc.color", npc_color, FG_CAP_NONE, "(): \"#rrggbb\""),
    FG_FN("npc.ip", npc_ip, FG_CAP_NONE, "(): an IPv4 address"),
    FG_FN("npc.url", npc_url, FG_CAP_NONE, "(): the address of a page of a company"),
    FG_FN("npc.company", npc_company, FG_CAP_NONE, "(): the name of a company"),
    FG_FN("npc.word", npc_word, FG_CAP_NONE, "(): a word"),
};

const fg_module fg_npc_module = { "npc", FG_COUNT(members), members };
