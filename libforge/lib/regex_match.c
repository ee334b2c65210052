// SPDX-License-Identifier: Apache-2.0
/* Searching with compiled patterns in bounded time.
 *
 * PCRE2 backtracks, which can take exponential time, and it limits only the steps from
 * one start.  So it is asked about a window of starts with few steps for each; where
 * that is not enough, about fewer starts with more steps.  When a single start takes
 * more than STEPS_MAX, PCRE2's other algorithm, which follows all ways at once, says
 * whether there is a match at all; mostly there is none, which is why it took so long.
 *
 * A step may run through all that a start sees, so few are allowed where that is much.
 * What takes more runs in a form of the pattern that calls back between its items, and
 * ends at cancellation and limits. */
#include "lib/regex_cache.h"

#include "base/utf8.h"
#include "run/fiber.h"

#define STARTS_MAX 4096u /* with STEPS_MIN each */
#define LIGHT_MAX 32768u /* with accordingly fewer */
#define STEPS_MIN 1000u
#define STEPS_MAX 1000000u /* from one start */
#define STEPS_WATCHED 100000u
#define RUN_MAX ((uint64_t)1 << 23) /* steps times bytes seen that nobody watches */
#define RUN_UNIT 64u                /* bytes */
/* Patterns that cost at most STEPS_MIN from any start: the steps of a window. */
#define KNOWN_STEPS ((uint32_t)1 << 20)
#define KNOWN_SLOWER 4u /* so many times less without machine code */
/* Others: starts times bytes they can see in one window: so much may a window take.  Each
 * that was over soon makes the next one larger. */
#define REACH_MIN ((uint64_t)1 << 22)
#define REACH_FIRST ((uint64_t)1 << 25)
#define REACH_MAX ((uint64_t)1 << 27)
#define LINES_MAX 8u /* that one start is followed through */
#define TICK_CALLS 64u
#define SOON_NS 100000u
#define LATE_NS 4000000u
#define WORK_MAX (32u * STEPS_MAX) /* of a whole search in hard places */
#define WAYS_MAX 512u        /* the other algorithm follows at once, and compares */
#define WAYS_WORK (1u << 28) /* ways times ways times bytes */
#define WAY_INTS 6u          /* of its working space */

/* ---- text that is not UTF-8 -------------------------------------------------------------- */

static void repair(fg_search *s)
{
    fg_slice text = fg_string_slice(s->original);
    s->repaired.max = FG_MAX_LEN;
    for (const char *p = text.p, *end = p + text.n; p < end;) {
        char bytes[4];
        uint32_t cp;
        p += fg_utf8_get(p, end, &cp);
        fg_bytes_put(&s->repaired, bytes, fg_utf8_put(bytes, cp));
    }
    s->text = fg_bytes_view(&s->repaired);
}

/* The place in the original text of one in `text`, not before the last one marked. */
static uint32_t original_place(const fg_search *s, uint32_t place)
{
    uint32_t seen = s->seen, before = s->before;
    while (seen < place) {
        char bytes[4];
        uint32_t cp;
        before += fg_utf8_get(s->original->bytes + before,
                              s->original->bytes + s->original->len, &cp);
        seen += fg_utf8_put(bytes, cp);
    }
    return before;
}

/* All later places lie behind this one. */
static void mark_place(fg_search *s, uint32_t place)
{
    if (s->verbatim)
        return;
    s->before = original_place(s, place);
    s->seen = place;
}

/* ---- birth and end ------------------------------------------------------------------------ */

fg_status fg_search_begin(fg_vm *vm, fg_string *text, fg_string *pattern, fg_search *s)
{
    memset(s, 0, sizeof *s);
    fg_bytes_init(&s->repaired);
    s->vm = vm;
    s->original = text;
    s->reach = REACH_FIRST;
    s->text = fg_string_slice(text);
    FG_TRY(fg_work(vm, (uint64_t)text->len + pattern->len));
    FG_TRY(fg_regex_cache_of(vm, &s->cache));
    FG_TRY(fg_regex_get(s->cache, fg_string_slice(pattern), &s->regex));
    FG_TRY(fg_regex_data(s->cache, s->regex));
    s->pairs = pcre2_get_ovector_pointer(s->cache->data);
    bool ascii = fg_string_is_ascii(text);
    s->form = fg_regex_form_for(s->cache, s->regex, text->len, ascii);
    if (!ascii && !fg_utf8_valid(s->text))
        repair(s);
    s->verbatim = s->text.p == text->bytes;
    return s->repaired.failed ? FG_NOMEM : FG_OK;
}

void fg_search_end(fg_search *s)
{
    fg_bytes_drop(&s->repaired);
    if (s->cache)
        fg_regex_data_trim(s->cache);
}

/* ---- one window ---------------------------------------------------------------------------- */

static bool limited(int rc)
{
    return rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT
           || rc == PCRE2_ERROR_HEAPLIMIT;
}

/* Lets PCRE2 look at `starts` starts from s->at, with so many steps for each. */
static void set_window(fg_search *s, uint32_t starts, uint32_t steps)
{
    s->until = s->at + starts;
    pcre2_set_match_limit(s->cache->limits, steps);
    pcre2_set_offset_limit(s->cache->limits, s->until - 1);
}

/* What PCRE2 says of matches that start in [at, until). */
static int window(fg_search *s)
{
    const pcre2_code *code = s->form->code;
    PCRE2_SPTR text = (PCRE2_SPTR)s->text.p;
    fg_regex_cache *c = s->cache;
    int rc = PCRE2_ERROR_JIT_STACKLIMIT;
    if (s->form->native_bytes > 0)
        rc = pcre2_jit_match(code, text, s->text.n, s->at, 0, c->data, c->limits);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
        rc = pcre2_match(code, text, s->text.n, s->at,
                         PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, c->data, c->limits);
    return rc;
}

/* PCRE2 calls it between the items of a watched pattern. */
static int watch(pcre2_callout_block *block, void *search)
{
    fg_search *s = search;
    (void)block;
    s->halted = fg_tick_within(s->vm, s->units);
    return s->halted == FG_OK ? 0 : PCRE2_ERROR_CALLOUT;
}

/* The form to be watched; the other one if there is no room for it. */
static const pcre2_code *watched(fg_search *s, uint32_t units)
{
    const pcre2_code *code = fg_regex_watched(s->cache, s->regex);
    s->halted = FG_OK;
    s->units = units;
    pcre2_set_callout(s->cache->limits, watch, s);
    return code ? code : s->regex->any.code;
}

/* What PCRE2 says of matches that start at s->at, after so many steps. */
static fg_status watched_start(fg_search *s, uint32_t steps, int *rc)
{
    const pcre2_code *code = watched(s, 1 + (s->text.n - s->at) / RUN_UNIT);
    set_window(s, 1, steps);
    *rc = pcre2_match(code, (PCRE2_SPTR)s->text.p, s->text.n, s->at,
                      PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, s->cache->data,
                      s->cache->limits);
    return s->halted;
}

/* Whether there is a match that starts at s->at, by following all ways at once.  1: there
 * is one, with its only possible end; 0: one with several. */
static fg_status all_ways(fg_search *s, int *rc)
{
    const pcre2_code *code = watched(s, 1);
    int space[WAYS_MAX * WAY_INTS];
    uint64_t ways = WAYS_MAX, n = s->text.n - s->at + 1;
    while (ways > 16 && ways * ways * n > WAYS_WORK)
        ways /= 2;
    pcre2_set_match_limit(s->cache->limits, STEPS_MAX);
    pcre2_set_offset_limit(s->cache->limits, PCRE2_UNSET);
    *rc = pcre2_dfa_match(code, (PCRE2_SPTR)s->text.p, s->text.n, s->at,
                          PCRE2_NO_UTF_CHECK | PCRE2_ANCHORED, s->cache->data,
                          s->cache->limits, space, ways * WAY_INTS);
    *rc = *rc > 1 ? 0 : *rc;
    return s->halted;
}

static fg_status too_hard(fg_search *s)
{
    fg_raise(s->vm, FG_E_RUNTIME,
             "regex takes too many steps on a text of %u bytes, at character %u",
             s->original->len, fg_utf8_len(fg_slice_of(s->text.p, s->at)) + 1);
    return fg_hint(s->vm,
                   "repetitions inside repetitions, as in (a+)+, try every way to "
                   "divide the text: make the pattern simpler or the text shorter");
}

static fg_status failed(fg_search *s, int rc)
{
    char text[256] = "";
    if (rc == PCRE2_ERROR_NOMEMORY) {
        fg_heap_refuse(&s->vm->heap);
        return FG_NOMEM;
    }
    if (limited(rc) || rc == PCRE2_ERROR_DFA_WSSIZE)
        return too_hard(s);
    pcre2_get_error_message(rc, (PCRE2_UCHAR *)text, sizeof text);
    return fg_raise(s->vm, FG_E_RUNTIME, "regex cannot be matched: %s", text);
}

/* ---- the search ----------------------------------------------------------------------------- */

/* Bytes of the character at `at`, 1 at the end. */
static uint32_t step_at(const fg_search *s, uint32_t at)
{
    uint32_t n = 1;
    while (at + n < s->text.n && ((uint8_t)s->text.p[at + n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* One start that is hard: what pcre2_match would say. */
static fg_status hard_start(fg_search *s, int *rc)
{
    uint32_t n = s->text.n - s->at + 1;
    s->work += n;
    *rc = PCRE2_ERROR_MATCHLIMIT;
    if (s->work > WORK_MAX)
        return FG_OK;
    FG_TRY(all_ways(s, rc));
    FG_TRY(fg_tick(s->vm, n));
    if (s->any_end || *rc < 0
        || (*rc == 1 && !(s->wants_groups && s->regex->ngroups > 1)))
        return FG_OK;
    s->work += STEPS_MAX;
    *rc = PCRE2_ERROR_MATCHLIMIT;
    return s->work > WORK_MAX ? FG_OK : watched_start(s, STEPS_MAX, rc);
}

/* Goes by how long the last window took. */
static void adapt_reach(fg_search *s)
{
    uint64_t now = fg_now_ns(), spent = now - s->began_ns;
    if (s->began_ns && spent < SOON_NS && s->reach < REACH_MAX)
        s->reach *= 4;
    else if (s->began_ns && spent > LATE_NS && s->reach > REACH_MIN)
        s->reach /= 8;
    s->began_ns = now;
}

/* Do starts in front of `place` see less than n bytes behind it?  That is so when enough
 * line feeds follow. */
static bool sees_less(fg_search *s, uint64_t place, uint32_t n)
{
    if (place + n >= s->text.n)
        return true;
    if (s->form->cost.lines > LINES_MAX || place < s->long_line)
        return false;
    const char *p = s->text.p + place, *end = p + n;
    for (uint32_t i = 0; p && i <= s->form->cost.lines; i++) {
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    if (!p)
        s->long_line = place + n;
    return p;
}

/* The number of starts that take no longer than a window may, with *seen bytes behind;
 * *seen becomes how many of them a start sees. */
static uint32_t affordable(fg_search *s, uint32_t *seen)
{
    uint32_t rest = *seen;
    uint32_t known = s->form->cost.steps, starts = LIGHT_MAX;
    if (known <= STEPS_MIN) {
        *seen = 1;
        return KNOWN_STEPS / (s->form->native_bytes ? 1 : KNOWN_SLOWER) / (known + 1)
               + 1;
    }
    adapt_reach(s);
    while ((uint64_t)starts * starts * 2 > s->reach)
        starts /= 2;
    if (sees_less(s, (uint64_t)s->at + starts, starts)) {
        *seen = 2 * starts;
        return starts;
    }
    starts = s->reach / rest < STARTS_MAX ? (uint32_t)(s->reach / rest) : STARTS_MAX;
    return starts > 1 ? starts : 1;
}

static fg_status begin_window(fg_search *s)
{
    uint32_t rest = s->text.n - s->at + 1, starts = STARTS_MAX, seen = rest;
    s->steps = STEPS_MIN;
    if (rest > STARTS_MAX) {
        starts = affordable(s, &seen);
        starts = starts < rest ? starts : rest;
        if (starts > STARTS_MAX && s->form->cost.steps > STEPS_MIN)
            s->steps = STARTS_MAX * STEPS_MIN / starts;
    }
    uint64_t most = RUN_MAX / seen + 1;
    s->steps_most = most < STEPS_MAX / 4 ? (uint32_t)most : STEPS_MAX;
    if (s->steps > s->steps_most)
        s->steps = s->steps_most;
    set_window(s, starts, s->steps);
    return fg_tick(s->vm, starts < rest ? 1 + starts / 16 : 1 + rest / 16);
}

/* What PCRE2 says of the window, which becomes smaller as long as it is too hard. */
static fg_status easy_starts(fg_search *s, int *rc)
{
    if (s->at >= s->until)
        FG_TRY(begin_window(s));
    *rc = window(s);
    for (uint32_t steps = s->steps, most = s->steps_most; fg_unlikely(limited(*rc));) {
        uint32_t starts = s->until - s->at;
        if (starts == 1 && steps == most) {
            if (most < STEPS_MAX)
                FG_TRY(watched_start(s, STEPS_WATCHED, rc));
            s->slow = limited(*rc);
            break;
        }
        FG_TRY(fg_tick(s->vm, steps / 16));
        steps = steps < most / 8 ? steps * 8 : most;
        set_window(s, starts > 8 ? starts / 8 : 1, steps);
        *rc = window(s);
    }
    return FG_OK;
}

/* Nothing starts in it. */
static void leave_window(fg_search *s)
{
    s->at = s->regex->anchored ? s->text.n : s->until - 1;
    if (s->regex->at_lines && s->at < s->text.n) {
        const char *p = memchr(s->text.p + s->at, '\n', s->text.n - s->at);
        s->at = p ? (uint32_t)(p - s->text.p) : s->text.n;
    }
    s->at = s->at >= s->text.n ? s->text.n + 1 : s->at + step_at(s, s->at);
}

/* The first match that starts at s->at or later; none: s->at lies behind the text. */
static fg_status search(fg_search *s, int *rc)
{
    *rc = PCRE2_ERROR_NOMATCH;
    while (s->at <= s->text.n && *rc == PCRE2_ERROR_NOMATCH) {
        if (!s->slow)
            FG_TRY(easy_starts(s, rc));
        if (fg_unlikely(s->slow)) {
            s->until = s->at + 1;
            FG_TRY(hard_start(s, rc));
        }
        if (*rc != PCRE2_ERROR_NOMATCH)
            break;
        leave_window(s);
    }
    return *rc >= 0 || *rc == PCRE2_ERROR_NOMATCH ? FG_OK : failed(s, *rc);
}

/* Looks for a match in what is left of the window: most calls do no more. */
static inline int rest_of_window(fg_search *s)
{
    if (s->at >= s->until || s->slow || !s->form->native_bytes)
        return PCRE2_ERROR_NOMATCH;
    int rc = pcre2_jit_match(s->form->code, (PCRE2_SPTR)s->text.p, s->text.n, s->at, 0,
                             s->cache->data, s->cache->limits);
    if (rc == PCRE2_ERROR_NOMATCH)
        leave_window(s);
    return rc;
}

fg_status fg_search_next(fg_search *s, bool *found)
{
    if (fg_unlikely(++s->calls % TICK_CALLS == 0))
        FG_TRY(fg_tick(s->vm, TICK_CALLS));
    for (;;) {
        int rc = rest_of_window(s);
        if (fg_unlikely(rc < 0))
            FG_TRY(search(s, &rc));
        *found = rc != PCRE2_ERROR_NOMATCH;
        if (!*found)
            return FG_OK;
        s->npairs = (uint32_t)rc;
        uint32_t start = (uint32_t)s->pairs[0], end = (uint32_t)s->pairs[1];
        bool again = s->matched && start == end && end == s->end;
        s->at = again ? end + (end < s->text.n ? step_at(s, end) : 1) : end;
        if (again)
            continue;
        mark_place(s, start);
        s->matched = true;
        s->end = end;
        return FG_OK;
    }
}

void fg_search_original(const fg_search *s, uint32_t *from, uint32_t *to)
{
    *from = original_place(s, *from);
    *to = original_place(s, *to);
}

int64_t fg_search_named(const fg_search *s, fg_slice name)
{
    const fg_regex *r = s->regex;
    uint64_t number = 0;
    for (uint32_t i = 0; i < r->nnames; i++) {
        fg_group_name g;
        memcpy(&g, r->pattern + r->npattern + i * sizeof g, sizeof g);
        if (fg_slice_eq(fg_slice_of(r->pattern + g.from, g.n), name))
            return g.group;
    }
    for (uint32_t i = 0; i < name.n; i++) {
        if (name.p[i] < '0' || name.p[i] > '9')
            return -1;
        number =
            number > r->ngroups ? number : number * 10 + (uint64_t)(name.p[i] - '0');
    }
    return name.n > 0 && number < r->ngroups ? (int64_t)number : -1;
}
