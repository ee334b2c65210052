// SPDX-License-Identifier: Apache-2.0
/* Branches: if and match, and what holds in them and behind them. */
#include "front/check_internal.h"

/* ---- leaving --------------------------------------------------------------------------- */

static bool ends_program(const fg_node *n)
{
    static const char *const names[] = { "exit",  "panic", "throw",
                                         "raise", "fail",  "error" };
    for (size_t i = 0; i < FG_COUNT(names); i++)
        if (fg_slice_eq(n->name, fg_slice_str(names[i])))
            return true;
    return false;
}

static bool all_branches_exit(const fg_node *n)
{
    for (; n && n->kind == FG_N_IF; n = n->c)
        if (!fg_ck_exits(n->b))
            return false;
    return n && fg_ck_exits(n);
}

bool fg_ck_exits(const fg_node *n)
{
    if (n->kind == FG_N_BLOCK)
        return n->list.n > 0 && fg_ck_exits(n->list.at[n->list.n - 1]);
    if (n->kind == FG_N_IF)
        return all_branches_exit(n);
    if (n->kind == FG_N_CALL)
        return n->a->kind == FG_N_NAME && ends_program(n->a);
    return n->kind == FG_N_RETURN || n->kind == FG_N_BREAK || n->kind == FG_N_CONTINUE;
}

/* ---- if -------------------------------------------------------------------------------- */

/* What holds behind an if whose branches did not all fall through. */
static void refine_behind(fg_checker *c, const fg_node *n)
{
    if (n->c && n->c->kind != FG_N_IF) {
        if (fg_ck_exits(n->c) && !fg_ck_exits(n->b))
            fg_ck_refine(c, n->a, true);
        else if (fg_ck_exits(n->b))
            fg_ck_refine(c, n->a, false);
        return;
    }
    for (; n && n->kind == FG_N_IF && fg_ck_exits(n->b); n = n->c)
        fg_ck_refine(c, n->a, false);
}

void fg_ck_if(fg_checker *c, fg_node *n)
{
    uint32_t mark = c->njournal;
    for (fg_node *at = n; at; at = at->c) {
        if (at->kind != FG_N_IF) {
            fg_ck_block(c, at);
            break;
        }
        uint32_t here = c->njournal;
        fg_ck_expr(c, at->a);
        fg_ck_refine(c, at->a, true);
        fg_ck_block(c, at->b);
        fg_ck_undo(c, here);
        fg_ck_refine(c, at->a, false);
    }
    fg_ck_undo(c, mark);
    refine_behind(c, n);
}

/* ---- match ----------------------------------------------------------------------------- */

/* The cases of the types whose values can be enumerated. */
#define CASE_NONE 1u
#define CASE_SOME 2u
#define CASE_OK 4u
#define CASE_ERR 8u
#define CASE_TRUE 16u
#define CASE_FALSE 32u
#define CASE_ALL 63u

static const struct {
    const char *name;
    unsigned bit;
} cases[] = {
    { "None", CASE_NONE }, { "Some", CASE_SOME }, { "Ok", CASE_OK },
    { "Err", CASE_ERR },   { "true", CASE_TRUE }, { "false", CASE_FALSE },
};

static unsigned case_of_name(fg_slice name)
{
    for (size_t i = 0; i < 4; i++)
        if (fg_slice_eq(name, fg_slice_str(cases[i].name)))
            return cases[i].bit;
    return 0;
}

static unsigned case_of_value(const fg_node *value)
{
    switch ((fg_node_kind)value->kind) {
    case FG_N_NULL: return CASE_NONE;
    case FG_N_TRUE: return CASE_TRUE;
    case FG_N_FALSE: return CASE_FALSE;
    default: return 0;
    }
}

/* The cases that a pattern covers.  A name that is no case of the language's own types
 * takes everything: it is a binding, or at worst an enum's variant. */
static unsigned cases_of(const fg_node *p)
{
    unsigned all = 0;
    switch ((fg_node_kind)p->kind) {
    case FG_N_PAT_NAME: all = case_of_name(p->name); return all ? all : CASE_ALL;
    case FG_N_PAT_VARIANT: return case_of_name(p->name);
    case FG_N_PAT_VALUE: return case_of_value(p->a);
    case FG_N_PAT_OR:
        for (uint32_t i = 0; i < p->list.n; i++)
            all |= cases_of(p->list.at[i]);
        return all;
    default: return CASE_ALL; /* PAT_ANY */
    }
}

static unsigned cases_of_type(const fg_ck_type *t)
{
    switch (t->kind) {
    case FG_CK_OPTION: return CASE_NONE | CASE_SOME;
    case FG_CK_RESULT: return CASE_OK | CASE_ERR;
    case FG_CK_BOOL: return CASE_TRUE | CASE_FALSE;
    default: return 0;
    }
}

static void report_missing(fg_checker *c, const fg_node *n, const fg_ck_type *t,
                           unsigned missing)
{
    char list[64] = "";
    for (size_t i = 0; i < FG_COUNT(cases); i++)
        if (missing & cases[i].bit) {
            strcat(list, list[0] ? ", " : "");
            strcat(list, cases[i].name);
        }
    fg_ck_report(c, n->start, n->a->end, "non-exhaustive match on %s — missing: %s",
                 fg_ck_show(c, t), list);
}

/* What a value that is one case of type t holds. */
static const fg_ck_type *payload(const fg_ck_type *t, unsigned one)
{
    if (t->kind == FG_CK_OPTION && one == CASE_SOME)
        return t->a;
    if (t->kind == FG_CK_OPTION && one == CASE_NONE)
        return FG_CK_T(NULL);
    if (t->kind == FG_CK_RESULT && one == CASE_OK)
        return t->a;
    if (t->kind == FG_CK_RESULT && one == CASE_ERR)
        return t->b;
    return FG_CK_T(UNKNOWN);
}

static void bind_pattern(fg_checker *c, const fg_node *p, const fg_ck_type *t)
{
    if (p->kind == FG_N_PAT_NAME && case_of_name(p->name) == 0)
        fg_ck_declare(c, p->name, FG_CK_T(UNKNOWN));
    const fg_ck_type *held = p->kind == FG_N_PAT_VARIANT
                                 ? payload(t, case_of_name(p->name))
                                 : FG_CK_T(UNKNOWN);
    for (uint32_t i = 0; i < p->list.n; i++) {
        const fg_node *sub = p->list.at[i];
        bind_pattern(c, sub, p->kind == FG_N_PAT_OR ? t : held);
        if (sub->kind == FG_N_PAT_NAME && p->kind == FG_N_PAT_VARIANT && p->list.n == 1
            && case_of_name(sub->name) == 0)
            fg_ck_declare(c, sub->name, held);
    }
}

static void check_arm(fg_checker *c, const fg_node *arm, fg_ck_var *subject,
                      const fg_ck_type *t)
{
    fg_ck_scope scope;
    fg_ck_enter(c, &scope);
    if (subject && t->kind == FG_CK_OPTION)
        fg_ck_change_type(c, subject, payload(t, cases_of(arm->a)), false);
    else if (subject && t->kind == FG_CK_RESULT)
        fg_ck_change_type(c, subject, FG_CK_T(UNKNOWN), false);
    bind_pattern(c, arm->a, t);
    if (arm->c) {
        fg_ck_expr(c, arm->c);
        fg_ck_refine(c, arm->c, true);
    }
    fg_ck_block(c, arm->b);
    fg_ck_leave(c);
}

void fg_ck_match(fg_checker *c, fg_node *n)
{
    const fg_ck_type *t = fg_ck_expr(c, n->a);
    fg_ck_var *subject = n->a->kind == FG_N_NAME ? fg_ck_find(c, n->a->name) : NULL;
    unsigned covered = 0;
    for (uint32_t i = 0; i < n->list.n; i++) {
        const fg_node *arm = n->list.at[i];
        if (!arm->c) /* a guard may refuse whatever the pattern takes */
            covered |= cases_of(arm->a);
        check_arm(c, arm, subject, t);
    }
    unsigned of_type = cases_of_type(t);
    unsigned missing = of_type & ~covered;
    if (missing
        && !(covered & ~of_type)) /* cases of another type: it may be that one */
        report_missing(c, n, t, missing);
}
