/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_SUBJECT_H
#define TEST_SUBJECT_H

/* Prints "C LABEL ADDRESS", the address being where the call of it returns to. */
typedef void (*Report) (const char *label);

/* Keeps a call from being the last act of its function, which would make it a jump. */
#define NOT_LAST __asm__ volatile("" ::: "memory")

void library_call (Report report);
void library_ask (Report report);

#endif
