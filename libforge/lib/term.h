// SPDX-License-Identifier: Apache-2.0
/* The term module: what its files share, and their rows. */
#ifndef FG_TERM_H
#define FG_TERM_H

#include "lib/lib.h"

/* Appends the display form of argument i, or `otherwise` when it is missing. */
void fg_term_text(fg_bytes *b, int argc, const fg_value *argv, int i,
                  const char *otherwise);
/* Appends the text n times. */
void fg_term_repeat(fg_bytes *b, fg_slice text, uint64_t n);
/* Writes b to standard error and drops it; *out is null. */
fg_status fg_term_print(fg_vm *vm, fg_bytes *b, fg_value *out);

/* ---- what stands in columns (term_layout.c) ---------------------------------------- */

fg_status fg_term_table(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_term_banner(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_term_box(fg_vm *vm, int argc, fg_value *argv, fg_value *out);

/* ---- term_emoji.c ------------------------------------------------------------------- */

fg_status fg_term_emoji(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_term_emojis(fg_vm *vm, int argc, fg_value *argv, fg_value *out);

/* ---- what waits (term_wait.c) ------------------------------------------------------- */

fg_status fg_term_confirm(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_term_menu(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_term_typewriter(fg_vm *vm, int argc, fg_value *argv, fg_value *out);
fg_status fg_term_countdown(fg_vm *vm, int argc, fg_value *argv, fg_value *out);

#endif
