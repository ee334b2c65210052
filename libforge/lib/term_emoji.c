// SPDX-License-Identifier: Apache-2.0
/* Emoji by name. */
#include "lib/term.h"

/* clang-format off */
#define EMOJIS(X) /* name, other names, emoji */                                       \
    X("check", "ok, yes", "✅")                                                        \
    X("cross", "no, fail", "❌")                                                       \
    X("star", "fav", "⭐")                                                             \
    X("fire", "hot", "🔥")                                                             \
    X("heart", "love", "❤️")                                                            \
    X("rocket", "launch", "🚀")                                                        \
    X("warn", "warning", "⚠️")                                                          \
    X("info", "information", "ℹ️")                                                      \
    X("bug", "error", "🐛")                                                            \
    X("clock", "time", "⏰")                                                           \
    X("folder", "dir", "📁")                                                           \
    X("file", "doc", "📄")                                                             \
    X("lock", "secure", "🔒")                                                          \
    X("key", "", "🔑")                                                                 \
    X("link", "url", "🔗")                                                             \
    X("mail", "email", "📧")                                                           \
    X("globe", "web, world", "🌍")                                                     \
    X("party", "celebrate", "🎉")                                                      \
    X("think", "hmm", "🤔")                                                            \
    X("wave", "hi, hello", "👋")                                                       \
    X("thumbsup", "good", "👍")                                                        \
    X("thumbsdown", "bad", "👎")                                                       \
    X("100", "perfect", "💯")                                                          \
    X("zap", "bolt, fast", "⚡")                                                       \
    X("gear", "settings", "⚙️")                                                         \
    X("tools", "wrench", "🔧")
/* clang-format on */

static const struct emoji {
    const char *name, *others, *text;
} emojis[] = {
#define X(name, others, text) { name, others, text },
    EMOJIS(X)
#undef X
};

/* Is the name one of a list with ", " between? */
static bool listed(const char *list, fg_slice name)
{
    while (*list) {
        size_t n = strcspn(list, ",");
        if (fg_slice_eq(fg_slice_of(list, n), name))
            return true;
        list += n + strspn(list + n, ", ");
    }
    return false;
}

fg_status fg_term_emoji(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_value v = fg_arg(argc, argv, 0);
    for (uint32_t i = 0; fg_is_string(v) && i < FG_COUNT(emojis); i++) {
        const struct emoji *e = &emojis[i];
        fg_slice name = fg_string_slice(v.as.str);
        if (fg_slice_eq(fg_slice_str(e->name), name) || listed(e->others, name))
            return fg_make_string(vm, fg_slice_str(e->text), out);
    }
    return fg_make_string(vm, FG_SLICE("❓"), out);
}

fg_status fg_term_emojis(fg_vm *vm, int argc, fg_value *argv, fg_value *out)
{
    fg_bytes b;
    (void)argc;
    (void)argv;
    fg_begin_text(vm, &b);
    fg_bytes_str(&b, "\n  \033[1mAvailable Emojis:\033[0m  term.emoji(\"name\")\n  ");
    fg_term_repeat(&b, FG_SLICE("─"), 45);
    fg_bytes_char(&b, '\n');
    for (uint32_t i = 0; i < FG_COUNT(emojis); i++) {
        const struct emoji *e = &emojis[i];
        fg_bytes_fmt(&b, "  %s  %-12s", e->text, e->name);
        if (*e->others)
            fg_bytes_fmt(&b, " \033[90malso: %s\033[0m", e->others);
        fg_bytes_char(&b, '\n');
    }
    fg_bytes_char(&b, '\n');
    return fg_term_print(vm, &b, out);
}
